//! Real output of real clients, with made-up people, in every way of cutting it.

use std::sync::Arc;

use super::{FieldMasker, Fields, Hint};

/// Whom nobody may see.
const PEOPLE: &[&str] =
    &["ann@exa", "carol", "49 30", "1234567", "34567", "555", "d@e", "f@g", "rol@", "long.add", ".org"];

fn masker(fields: &[&str], hint: Hint) -> FieldMasker {
    let mask = |field: &str, value: &[u8]| {
        let kind: String = field.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let sum = value.iter().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
        let tag: String = (0..8).map(|at| char::from(b'A' + u8::try_from((sum >> (at * 4)) & 15).unwrap())).collect();
        format!("[masked:{kind}:{tag}]").into_bytes()
    };
    FieldMasker::new(Arc::new(Fields::new(fields)), hint, Box::new(mask))
}

fn cut(fields: &[&str], hint: Hint, pieces: &[&[u8]]) -> Vec<u8> {
    let mut masker = masker(fields, hint);
    let mut out = Vec::new();
    for piece in pieces {
        masker.feed(piece, &mut out);
    }
    masker.finish(&mut out);
    out
}

fn whole(fields: &[&str], hint: Hint, text: &[u8]) -> Vec<u8> {
    cut(fields, hint, &[text])
}

/// Masks text, and checks that no way of cutting it changes anything, and that masking twice does not either.
fn check(fields: &[&str], hint: Hint, text: &str) -> String {
    let text = text.as_bytes();
    let out = whole(fields, hint, text);
    let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    // Longer samples are cut at some places only.
    for at in (0..=text.len()).step_by(1 + text.len() / 400) {
        let (one, two) = text.split_at(at);
        assert_eq!(show(&cut(fields, hint, &[one, two])), show(&out), "cut at {at}");
    }
    for size in [1, 2, 3, 5, 7] {
        let pieces: Vec<&[u8]> = text.chunks(size).collect();
        assert_eq!(show(&cut(fields, hint, &pieces)), show(&out), "pieces of {size}");
    }
    show(&out)
}

macro_rules! samples {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mask/", $name, ".txt")))),*]
    };
}

/// What clients printed for one table of four people, some with line ends in their values.
const SAMPLES: &[(&str, &str)] = samples![
    "mysql-batch",
    "mysql-html",
    "mysql-raw",
    "mysql-table",
    "mysql-two",
    "mysql-vertical",
    "mysql-xml",
    "pg_dump",
    "pg_dump-insert",
    "pg_dump-inserts",
    "psql-aligned",
    "psql-border0",
    "psql-border2",
    "psql-copy-header",
    "psql-copy-text-header",
    "psql-csv",
    "psql-expanded",
    "psql-expanded-unicode",
    "psql-expanded-unicode1",
    "psql-expanded0",
    "psql-expanded2",
    "psql-html",
    "psql-json",
    "psql-jsonpretty",
    "psql-null",
    "psql-oldascii",
    "psql-title",
    "psql-tuples-expanded",
    "psql-two",
    "psql-unaligned",
    "psql-unaligned-comma",
    "psql-unaligned-expanded",
    "psql-unaligned-tab",
    "psql-unicode",
    "psql-unicode0",
    "psql-unicode1",
    "psql-wrapped",
    "psql-wrapped-unicode",
    "sqlite-box",
    "sqlite-column",
    "sqlite-csv",
    "sqlite-html",
    "sqlite-insert",
    "sqlite-json",
    "sqlite-line",
    "sqlite-list",
    "sqlite-markdown",
    "sqlite-quote",
    "sqlite-table",
    "sqlite-tabs",
];

#[test]
fn every_format_masks_its_people_in_every_cut() {
    for (name, text) in SAMPLES {
        let out = check(&["Email", "phone"], Hint::None, text);
        for person in PEOPLE {
            let shown = out.lines().filter(|line| line.contains(person) && !line.contains("xmlns")).collect::<Vec<_>>();
            assert!(shown.is_empty(), "{name}: {person} in {shown:?}\n{out}");
        }
        for public in ["Ann", "Bob", "名前", "plain"] {
            assert!(out.contains(public), "{name}: {public} is missing\n{out}");
        }
        assert!(out.matches("[masked:").count() >= 6, "{name}\n{out}");
    }
}

#[test]
fn masking_twice_changes_nothing() {
    for (name, text) in SAMPLES {
        let once = whole(&["email", "phone"], Hint::None, text.as_bytes());
        let twice = whole(&["email", "phone"], Hint::None, &once);
        assert_eq!(String::from_utf8_lossy(&twice), String::from_utf8_lossy(&once), "{name}");
    }
}

#[test]
fn a_policy_that_names_nothing_here_changes_nothing() {
    for (name, text) in SAMPLES {
        assert_eq!(check(&["ssn", "people.iban"], Hint::None, text), *text, "{name}");
        assert_eq!(check(&[], Hint::None, text), *text, "{name}");
    }
}

#[test]
fn colour_hides_no_cell_and_stays() {
    for (name, text) in SAMPLES.iter().filter(|(name, _)| !name.contains("dump")) {
        let plain = whole(&["email", "phone"], Hint::None, text.as_bytes());
        for step in [1, 2, 3, 7] {
            let mut coloured = Vec::new();
            for (at, c) in text.chars().enumerate() {
                if at % step == 0 {
                    coloured.extend_from_slice(b"\x1b[1;31m");
                }
                coloured.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            let out = whole(&["email", "phone"], Hint::None, &coloured);
            let stripped = String::from_utf8_lossy(&out).replace("\x1b[1;31m", "");
            assert_eq!(stripped, String::from_utf8_lossy(&plain), "{name}, {step}");
        }
    }
}

#[test]
fn lines_end_as_on_a_terminal() {
    for (name, text) in SAMPLES {
        let out = whole(&["email", "phone"], Hint::None, text.replace('\n', "\r\n").as_bytes());
        let out = String::from_utf8_lossy(&out).into_owned();
        for person in PEOPLE {
            let shown = out.lines().any(|line| line.contains(person) && !line.contains("xmlns"));
            assert!(!shown, "{name}: {person}\n{out}");
        }
    }
}

#[test]
fn columns_stay_where_they_are() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mask/psql-border2.txt"));
    let out = check(&["email"], Hint::Psql, text);
    let width = |line: &str| unicode_width::UnicodeWidthStr::width(line);
    let widths: Vec<usize> = out.lines().filter(|line| line.starts_with(['|', '+'])).map(width).collect();
    assert!(widths.iter().all(|width| *width == widths[0]), "{out}");
}

/// Compares two documents; gives the keys whose values differ.
fn differing(one: &serde_json::Value, two: &serde_json::Value, key: &str, found: &mut Vec<String>) {
    use serde_json::Value::{Array, Object};
    match (one, two) {
        (Object(one), Object(two)) if one.len() == two.len() => {
            for (key, value) in one {
                differing(value, &two[key], key, found);
            }
        }
        (Array(one), Array(two)) if one.len() == two.len() => {
            for (one, two) in one.iter().zip(two) {
                differing(one, two, key, found);
            }
        }
        _ if one != two => found.push(key.to_owned()),
        _ => {}
    }
}

#[test]
fn json_stays_json_and_differs_only_where_flagged() {
    let document = serde_json::json!({
        "id": 7, "email": "a \"b\" \\ é", "ssn": 123_456_789, "deep": [{"ssn": {"a": ["x}", "]"], "b": 1}, "ok": true}],
        "Phone": [1, 2, "z,"], "none": {"email": null, "ssn": "", "phone": []}, "text": "email: x, ssn", "last": -1.5,
        "list": ["email", "ssn", {"email": false}], "nested": "{\"email\":\"x@y\\\"z\",\"ok\":1}"
    });
    for text in [document.to_string(), serde_json::to_string_pretty(&document).unwrap()] {
        let out = check(&["email", "ssn", "phone"], Hint::None, &text);
        let parsed: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|why| panic!("{why}\n{out}"));
        let mut found = Vec::new();
        differing(&document, &parsed, "", &mut found);
        found.sort();
        assert_eq!(found, ["Phone", "email", "email", "nested", "ssn", "ssn"], "{out}");
        serde_json::from_str::<serde_json::Value>(parsed["nested"].as_str().unwrap()).unwrap();
        assert!(!out.contains("x@y") && !out.contains("123456789"), "{out}");
    }
}

#[test]
fn each_shape_has_its_mask() {
    let table: &[(&[&str], Hint, &str, &str)] = &[
        (&["email"], Hint::None, "email: a@b\nnext: 1\n", "email: \"M\"\nnext: 1\n"),
        (&["email"], Hint::None, "- email: 'a@b'\n", "- email: 'M'\n"),
        (&["email"], Hint::None, "email: |-\n  a\n\n  b\nx: 1\n", "email: |-\n  M\nx: 1\n"),
        (&["email"], Hint::None, "email:\n- a@b\n- c\nx: 1\n", "email:\n  \"M\"\nx: 1\n"),
        (&["email"], Hint::None, "email:\n  work: a@b\nx: 1\n", "email:\n  \"M\"\nx: 1\n"),
        (&["email"], Hint::None, "u: {id: 1, email: a@b, x: 2}\n", "u: {id: 1, email: \"M\", x: 2}\n"),
        (&["email"], Hint::None, "email: ~\nemail:\nemail: \"\"\n", "email: ~\nemail:\nemail: \"\"\n"),
        (&["email"], Hint::None, "{'email': 'a@b', 'x': 1}\n", "{'email': 'M', 'x': 1}\n"),
        (&["email"], Hint::None, "1,\"{\"\"email\"\": \"\"a@b\"\"}\",2\n", "1,\"{\"\"email\"\": \"\"M\"\"}\",2\n"),
        (&["email"], Hint::None, "email = a@b\n", "email = M\n"),
        (&["email"], Hint::None, "EMAIL=a@b\n", "EMAIL=M\n"),
        (&["email"], Hint::None, "id;email\n1;a@b\n", "id;email\n1;M\n"),
        (&["email"], Hint::None, "\"id\",\"email\"\n1,\"a\"\"@b\nc\"\n2,\n", "\"id\",\"email\"\n1,\"M\"\n2,\n"),
        (
            &["email"],
            Hint::None,
            "NAME   EMAIL     AGE\nann    a@b.c     5d\n",
            "NAME   EMAIL     AGE\nann    M         5d\n",
        ),
        (&["email"], Hint::Csv, "email\na@b\nc@d\n", "email\nM\nM\n"),
        (&["email"], Hint::None, " email \n-------\n a@b\n(1 row)\n\nend\n", " email \n-------\n M\n(1 row)\n\nend\n"),
        (&["users.email"], Hint::None, "id|email\n1|a@b\n", "id|email\n1|M\n"),
        (&["users.email"], Hint::None, "id|orders.email\n1|a@b\n", "id|orders.email\n1|a@b\n"),
        (
            &["users.email"],
            Hint::None,
            "{\"o\":{\"email\":1},\"users\":[{\"email\":1}]}",
            "{\"o\":{\"email\":1},\"users\":[{\"email\":\"M\"}]}",
        ),
        (&["größe"], Hint::None, "{\"gr\\u00f6\\u00dfe\": 5}", "{\"gr\\u00f6\\u00dfe\": \"M\"}"),
    ];
    let mask = regex::Regex::new(r"\[masked:[a-z-]+:[A-Z]{8}\]").unwrap();
    let blanks = regex::Regex::new(" +").unwrap();
    for (fields, hint, text, wanted) in table {
        let out = check(fields, *hint, text);
        // Masks are all one here, and so is the width that they take.
        let squeeze = |text: &str| blanks.replace_all(text, " ").into_owned();
        assert_eq!(squeeze(&mask.replace_all(&out, "M")), squeeze(wanted), "{text}");
    }
}

#[test]
fn other_text_stays_as_it_is() {
    let same = [
        "Please give your name, email, and phone. Then wait.\nThank you, and goodbye, all, of, you\n",
        "Email\n=====\n\nHow to write one, and more.\n",
        "select id, email, phone from users;\n1, 2, 3\n",
        "the email\nof the day\n",
        "src/email.rs\nsrc/phone/mod.rs\n",
        "https://example.org/email?phone=1&x=2\nnext & last\n",
        "fn email(phone: &str) {}\n| email me |\n",
        "email::phone::x == y\n",
    ];
    for text in same {
        assert_eq!(check(&["email", "phone"], Hint::None, text), text);
    }
}

#[test]
fn a_table_ends_and_another_is_read_anew() {
    let text = "id|email\n1|a@b\n(1 row)\na|b|c\nphone|id\n5|1\n(1 row)\nx|y\n";
    let out = check(&["email", "phone"], Hint::Psql, text);
    assert!(out.contains("\na|b|c\n") && out.ends_with("|1\n(1 row)\nx|y\n"), "{out}");
    assert!(!out.contains("a@b") && !out.contains("5|"), "{out}");
}

#[test]
fn a_prompt_is_not_held() {
    let mut masker = masker(&["email"], Hint::Sqlite);
    let mut out = Vec::new();
    masker.feed(b"email|id\na@b|1\nsqlite> ", &mut out);
    assert!(out.ends_with(b"|1\nsqlite> ") && !masker.holds(), "{}", String::from_utf8_lossy(&out));
}

#[test]
fn nothing_is_held_before_a_flagged_cell() {
    let mut masker = masker(&["email"], Hint::None);
    let mut out = Vec::new();
    let text = " id | name | email \n----+------+-------\n  1 | Ann  | a@";
    for byte in text.bytes() {
        masker.feed(&[byte], &mut out);
    }
    assert!(out.ends_with(b"  1 | Ann  |"), "{}", String::from_utf8_lossy(&out));
    assert!(masker.holds());
}

#[test]
fn a_cluster_secret_is_masked_whole() {
    let yaml =
        "apiVersion: v1\ndata:\n  pass: cGFzcw==\n  crt: |\n    QUFB\n    QkJC\nkind: Secret\nmetadata:\n  name: db\n";
    let out = check(&[], Hint::KubectlSecret, yaml);
    assert!(!out.contains("cGFz") && !out.contains("QUFB") && !out.contains("QkJC"), "{out}");
    assert!(out.contains("  pass: \"[masked:secret:") && out.contains("  name: db\n"), "{out}");
    let list =
        "{\"apiVersion\":\"v1\",\"items\":[{\"data\":{\"p\":\"cGFz\",\"n\":null},\"kind\":\"Secret\",\"x\":\"keep\"}]}";
    let out = check(&[], Hint::KubectlSecret, list);
    let parsed: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(!out.contains("cGFz") && parsed["items"][0]["x"] == "keep", "{out}");
    for value in ["cGFzcw==", "map[pass:cGFzcw==]", "{\"pass\":\"cGFzcw==\"}", "a\nb cGFzcw==\n"] {
        for hint in [Hint::KubectlSecret, Hint::KubectlSecretValue] {
            assert!(!check(&[], hint, value).contains("cGFz"), "{value}");
        }
    }
    for public in ["NAME   TYPE   DATA   AGE\ndb   Opaque   1   5d\n", "No resources found\n", "secret/db\n"] {
        assert_eq!(check(&[], Hint::KubectlSecret, public), public);
    }
    let manifest = "kind: Secret\nstringData:\n  a: leak\n---\nkind: ConfigMap\ndata:\n  a: keep\n";
    let out = check(&[], Hint::None, manifest);
    assert!(!out.contains("leak") && out.ends_with("data:\n  a: keep\n"), "{out}");
}

#[test]
fn beyond_the_cap_a_value_is_masked_and_dropped() {
    let long = "x9".repeat(80 * 1024);
    let table = [
        format!("{{\"email\":\"{long}\",\"a\":1}}\n"),
        format!("{{\"email\":[\"{long}\"],\"a\":1}}\n"),
        format!("id,email,b\n1,{long},2\n"),
        format!("id,email,b\n1,\"{long}\",2\n"),
        format!("email: {long}\nb: 1\n"),
        format!("email:\n  {long}\nb: 1\n"),
        format!("INSERT INTO t (id, email) VALUES (1, '{long}');\n"),
        format!("<tr><th>email</th></tr><tr><td>{long}</td></tr>\n"),
    ];
    for text in table {
        let out = whole(&["email"], Hint::None, text.as_bytes());
        let pieces: Vec<&[u8]> = text.as_bytes().chunks(1000).collect();
        assert_eq!(cut(&["email"], Hint::None, &pieces), out);
        let out = String::from_utf8_lossy(&out).into_owned();
        assert!(!out.contains("x9x9") && out.contains("[masked:") && out.len() < 200, "{}", &out[..300.min(out.len())]);
    }
}

#[test]
fn hostile_bytes_neither_panic_nor_differ_by_cut() {
    let pieces: &[&[u8]] = &[
        b"email",
        b"phone",
        b"|",
        b" | ",
        b",",
        b"\"",
        b"'",
        b":",
        b": ",
        b" = ",
        b"\n",
        b"\r\n",
        b"{",
        b"}",
        b"[",
        b"]",
        b"\\",
        b"\xe2\x94\x82",
        b"\xe2",
        b"\xff",
        b"\x1b[1m",
        b"\x1b]0;",
        b"\x07",
        b"---+---",
        b"-- --",
        b"-[ RECORD 1 ]",
        b"*** 1. row ***",
        b"kind: Secret",
        b"data:",
        b"  ",
        b"- ",
        b"<tr>",
        b"<th>",
        b"</th>",
        b"<td>",
        b"</td>",
        b"INSERT INTO t VALUES (",
        b"(",
        b")",
        b";",
        b"COPY t (email) FROM stdin;",
        b"\\.",
        b"create table t (email x);",
        b"\t",
        b"a@b.c",
        b"1",
        b"NULL",
        b"* Record 1",
        b"email: |",
        b"(2 rows)",
        b"sqlite> ",
        b"email|phone\n",
    ];
    let mut seed = 42_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for hint in [Hint::None, Hint::Psql, Hint::Sqlite, Hint::PsqlExpanded, Hint::KubectlSecret] {
        for _ in 0..150 {
            let text: Vec<u8> = (0..40).flat_map(|_| pieces[random(pieces.len())].to_vec()).collect();
            let out = whole(&["email", "users.phone"], hint, &text);
            let bytes: Vec<&[u8]> = text.chunks(1).collect();
            let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            assert_eq!(show(&cut(&["email", "users.phone"], hint, &bytes)), show(&out), "{:?}", show(&text));
            let (one, two) = text.split_at(random(text.len()));
            assert_eq!(show(&cut(&["email", "users.phone"], hint, &[one, two])), show(&out), "{:?}", show(&text));
        }
    }
}

/// As [`check`], with columns whose names say secret.
fn check_secrets(text: &str) -> String {
    let make = || {
        let mask = |_: &str, value: &[u8]| {
            let sum = value.iter().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
            let tag: String =
                (0..8).map(|at| char::from(b'A' + u8::try_from((sum >> (at * 4)) & 15).unwrap())).collect();
            format!("[masked:field:{tag}]").into_bytes()
        };
        FieldMasker::new(Arc::new(Fields::with_secrets::<&str>([])), Hint::None, Box::new(mask))
    };
    let run = |pieces: &mut dyn Iterator<Item = &[u8]>| {
        let (mut masker, mut out) = (make(), Vec::new());
        pieces.for_each(|piece| masker.feed(piece, &mut out));
        masker.finish(&mut out);
        String::from_utf8(out).unwrap()
    };
    let out = run(&mut [text.as_bytes()].into_iter());
    for at in 0..text.len() {
        let (one, two) = text.as_bytes().split_at(at);
        assert_eq!(run(&mut [one, two].into_iter()), out, "cut at {at}");
    }
    for size in [1, 2, 3, 5, 7] {
        assert_eq!(run(&mut text.as_bytes().chunks(size)), out, "pieces of {size}");
    }
    assert_eq!(run(&mut [out.as_bytes()].into_iter()), out, "masked twice");
    out
}

/// `cat secret.yaml`, `helm get manifest`, `kubectl get -f x -o json`: nothing says what it is but itself.
#[test]
fn cluster_secrets_are_known_by_themselves() {
    let random = ["9fK2mQx7", "Tz4wLpR8", "Vb3N0sYc"].concat();
    for manifest in [
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\ntype: Opaque\ndata:\n  a: cGFzcw==\n  b: b3BlbjEy\n",
        "apiVersion: v1\ndata:\n  a: cGFzcw==\n  b: b3BlbjEy\nkind: Secret\n",
        "data:\n  c: d\n---\napiVersion: v1\ndata:\n  a: \"cGFzcw==\"\nkind: Secret\n",
        "---\n# Source: c/t.yaml\napiVersion: v1\nkind: Secret\nstringData:\n  a: cGFzcw==\n  b: |\n    cGFzcw==\n",
        "apiVersion: v1\nstringData:\n  a: \"cGFzcw==\"\nkind: Secret\n",
        "apiVersion: v1\nitems:\n- apiVersion: v1\n  data:\n    a: cGFzcw==\n  kind: Secret\nkind: List\n",
        "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"data\":{\"a\":\"cGFzcw==\"}}\n",
        "{\n  \"apiVersion\": \"v1\",\n  \"data\": {\n    \"a\": \"cGFzcw==\"\n  },\n  \"kind\": \"Secret\"\n}\n",
        "{\"kind\":\"Secret\",\"stringData\":{\"a\":\"cGFzcw==\"}}",
        "apiVersion: v1\ndata:\n  a: RANDOM\n  cGFzcw==: x\nkind: Secret\n",
    ] {
        let text = manifest.replace("RANDOM", &random);
        let out = check_secrets(&text);
        let values = ["a: cGFz", "a: \"cGFz", "\"cGFz", "    cGFz", "b3Blb", &random];
        assert!(!values.iter().any(|value| out.contains(value)), "{text}\nbecomes\n{out}");
        assert!(out.contains("kind") && out.contains("Secret"), "{out}");
    }
    for other in [
        "apiVersion: v1\ndata:\n  LOG_LEVEL: debug\n  url: http://db:80/x\n  app.conf: |\n    a = 1\n    b: two\n  c: \"1\"\nkind: ConfigMap\n",
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: cGFzcw==\n",
        "{\"apiVersion\":\"v1\",\"data\":{\"a\":\"debug\",\"b\":\"x y\"},\"kind\":\"ConfigMap\"}\n",
        "data:\n  a: cGFzcw==\n",
        "kind: SecretStore\napiVersion: x/v1\nspec:\n  a: b\n",
    ] {
        assert_eq!(check_secrets(other), other);
    }
}

/// A table's header says what its column holds.
#[test]
fn columns_that_are_called_secret() {
    let token = ["9fK2mQx7", "Tz4wLpR8"].concat();
    for table in [
        " id | email | api_token \n----+-------+-----------\n  1 | a@b.c | TOKEN\n  2 | d@e.f | hunter22x\n(2 rows)\n",
        "id,name,password\n1,bob,hunter22x\n2,eve,\"TOKEN\"\n",
        "name,url,username,password\nx,https://x.y,bob,hunter22x\n",
        "id\tpassword_hash\n1\thunter22x\n2\tTOKEN\n",
        "+----+-----------+\n| id | api_key   |\n+----+-----------+\n|  1 | TOKEN |\n+----+-----------+\n",
        "-[ RECORD 1 ]----\nid        | 1\napi_token | TOKEN\npassword | hunter22x\n",
        "ID     SECRET       AGE\n12     hunter22x    3d\n",
        "User name,Password,Access key ID,Secret access key\nbob,hunter22x,AKIA,TOKEN\n",
        "INSERT INTO users (id, password) VALUES (1, 'hunter22x');\n",
    ] {
        let text = table.replace("TOKEN", &token);
        let out = check_secrets(&text);
        assert!(!out.contains(&token) && !out.contains("hunter22x"), "{text}\nbecomes\n{out}");
    }
    for other in [
        "NAME        READY   SECRET         AGE\nweb-cert    True    web-cert-tls   3d\n",
        "Field,Password,Note\nlogin,required,none\n",
        "| name | token |\n|------|-------|\n| a | string |\n",
        "keyword, token, value\nif, KEYWORD, x\n",
        "Secrets are kept in a file, password, token\nand nothing else, is there, 1\n",
        "    Column     |          Type          | Nullable\n---------------+------------------------+----------\n password      | character varying(128) | not null\n secret_key    | bytea                  |\nIndexes:\n    \"users_pkey\" PRIMARY KEY, btree (id)\n",
        "Field\tType\tNull\npassword\tvarchar(255)\tYES\nsecret_key\tvarchar(64)\tNO\nlast_ip4\tvarchar(64)\tNO\n",
    ] {
        assert_eq!(check_secrets(other), other);
    }
}
