//! The result does not depend on how the input was cut.

use proptest::prelude::*;

use super::*;

/// Texts that hold something of every sort.
fn samples() -> Vec<String> {
    let (git, aws, pem) = (git(), aws(), pem());
    let long = made_up(5000);
    vec![
        format!("token {git} end\n"),
        format!("{git}{git} {git}"),
        format!("xx{git} _{git},\\n{git}%3D{git}"),
        format!("sha512-{}/{aws}/{}== {aws}.", made_up(40), made_up(20)),
        format!("a sk-sk-sk-{} b", made_up(30)),
        format!("sk-{long}-{long} after"),
        format!("bot 123456789:AA{} x", made_up(33)),
        format!("Authorization: Bearer   {} \r\n", made_up(40)),
        "password = hunter2\nDB_PASSWORD=p&ss;w0rd!\n\"password\": \"it's \\\"quoted\\\" 9\", x".to_owned(),
        "{\\\"password\\\":\\\"abc\\\\n9def\\\"} <password>hun&ter2</password> --password hunter2 -x".to_owned(),
        "password: must be at least 8 characters\npassword=$PASSWORD pwd=${X} passwd: *****\n".to_owned(),
        format!("password=\"{long}\" tail"),
        format!("password={long}\ntail"),
        "client-secret: 'a1b2c3d4e5f6g7h8' token=None, token: Compiling\n".to_owned(),
        "postgres://user:p@ss/w0rd@host/db https://x:8080/a@b http://h/ ftp://u:secret9@h".to_owned(),
        pem.clone(),
        format!("{{\"private_key\": \"{}\"}} after", pem.replace('\n', "\\n")),
        format!(
            "{}\nnothing here; it is\nonly a mention, and\nother text follows: \"x\"\nend\n",
            "-----BEGIN PRIVATE KEY-----"
        ),
        format!("{}\n{}\n", "-----BEGIN PRIVATE KEY-----", made_up(64)),
        format!(
            "{}\n{}{}\nx",
            "-----BEGIN PRIVATE KEY-----",
            format!("{}\n", made_up(64)).repeat(700),
            "-----END PRIVATE KEY-----"
        ),
        "paid 4111 1111 1111 1111, 378282246310005; at 1700000000000 1234567890123456\n".to_owned(),
        "ssn 536-22-1234 x1536-22-1234 iban DE89 3704 0044 0532 0130 00 and GB82WEST12345698765432.\n".to_owned(),
        "call +1 415 555 2671 or (415) 555-2671 now; me.you@example.com, <a@b.co>\n".to_owned(),
        "tok-tok-9f3 x tok-tok-tok-9f3 y androiddebugkey android aab aaab aaaaab\n".to_owned(),
        "\x1b[31mpass\x1b[0mword=\x1b[1mhunter\x1b[22m2\x1b[0m \x1b[2K\r\x1b[?1049hx\x1b[?1049l".to_owned(),
        "- name: DB_PASSWORD\n  value: \"hunter2x\"\n- {\"name\": \"PASSWD\",\n \"value\": \"hunter3x\"}<key>password</key>\n<string>hunter4x</string>\n"
            .to_owned(),
        "a:\n  password: |-\n    hunter2\n\n    more\n  b: c\npasswd: >\n  last".to_owned(),
        "machine h login me password hunter2\nENV PASSWD hunter3 x\n| PASSWORD | hunter4x | y\nPASSWORD   hunter5x  \n"
            .to_owned(),
        "line one\r\nsecond half\r\nlone \r return\x08\x08 [masked:password:ABCDEFGH] deploy-tok".to_owned(),
    ]
}

fn kit() -> Kit {
    Kit::new(&[
        "tok-tok-9f3",
        "aab",
        "aaab",
        "android1",
        "androiddebugkey",
        "one\nsecond half",
        "deploy-token-2026",
        "correct horse 7",
    ])
}

#[track_caller]
fn same(kit: &Kit, wanted: &[u8], got: &[u8], how: &str) {
    let _ = kit;
    assert!(
        wanted == got,
        "{how}:\nwanted {}\ngot    {}",
        String::from_utf8_lossy(wanted),
        String::from_utf8_lossy(got)
    );
}

#[test]
fn whole_input_is_as_the_naive_masker_has_it() {
    let kit = kit();
    for sample in samples().iter().filter(|sample| sample.len() < 3000) {
        same(&kit, &naive::mask(&kit, sample.as_bytes()), &kit.pieces(Surface::Line, [sample.as_bytes()]), sample);
    }
}

#[test]
fn every_split_of_small_inputs() {
    let kit = kit();
    for sample in samples() {
        let bytes = sample.as_bytes();
        let wanted = kit.pieces(Surface::Line, [bytes]);
        let single = kit.pieces(Surface::Line, bytes.chunks(1));
        same(&kit, &wanted, &single, &format!("byte by byte: {}", &sample[..sample.len().min(200)]));
        let step = if bytes.len() > 3000 { 97 } else { 1 };
        for at in (0..bytes.len()).step_by(step) {
            let got = kit.pieces(Surface::Line, [&bytes[..at], &bytes[at..]]);
            same(&kit, &wanted, &got, &format!("cut at {at}: {}", &sample[..sample.len().min(200)]));
        }
    }
}

#[test]
fn masking_twice_changes_nothing() {
    let kit = kit();
    for sample in samples() {
        let once = kit.mask(&sample);
        assert_eq!(kit.mask(&once), once);
    }
}

#[test]
fn a_colour_at_every_place() {
    let kit = kit();
    let text = format!("x {} y password=\"hunter2\" correct horse 7 z", git());
    let plain = kit.mask(&text);
    for at in 0..=text.len() {
        for code in ["\x1b[31m", "\x1b]8;;\x1b\\", "\x1b[200~", "\x1b[K"] {
            let coloured = format!("{}{code}{}", &text[..at], &text[at..]);
            let masked = kit.mask(&coloured);
            assert_eq!(masked.replace(code, ""), plain, "{coloured:?}");
            assert_eq!(masked.matches(code).count(), 1, "{coloured:?}");
        }
    }
    let all: String = text.chars().map(|c| format!("{c}\x1b[0m")).collect();
    assert_eq!(kit.mask(all).replace("\x1b[0m", ""), plain);
}

#[test]
fn values_that_are_added_mid_stream() {
    let text = "first my-secret-value-1 and my-secret-value-1 again";
    for at in 0..text.len() {
        let kit = Kit::new(&["another-value-22"]);
        let (mut masker, mut out) = (kit.masker(Surface::Line), Vec::new());
        masker.feed(&text.as_bytes()[..at], &mut out);
        kit.known.lock().unwrap().add_plain("env", b"my-secret-value-1");
        masker.feed(&text.as_bytes()[at..], &mut out);
        masker.finish(&mut out);
        let out = without_tags(&String::from_utf8(out).unwrap());
        let seen = out.matches("my-secret-value-1").count();
        // What was not complete when the value was added is masked, as far as it was not written yet.
        assert!(seen <= usize::from(at >= 23) + usize::from(at >= 45), "{at}: {out}");
        assert!(at >= 23 || !out.contains("secret"), "{at}: {out}");
    }
    // What is held while a value is added is looked at again.
    let kit = Kit::new(&[]);
    let (mut masker, mut out) = (kit.masker(Surface::Line), Vec::new());
    masker.feed(b"password=\"abc new-value-77 de", &mut out);
    kit.known.lock().unwrap().add_plain("env", b"new-value-77");
    masker.feed(b" for you\" x", &mut out);
    masker.finish(&mut out);
    let out = without_tags(&String::from_utf8(out).unwrap());
    assert_eq!(out, "password=\"abc [masked:env] de for you\" x");
}

#[test]
fn binary_data_passes_byte_for_byte() {
    let kit = kit();
    let mut seed = 3_u64;
    let bytes: Vec<u8> = (0..300_000)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 40) as u8
        })
        .collect();
    assert!(kit.pieces(Surface::Line, bytes.chunks(777)) == bytes);
}

#[test]
fn bounded_on_endless_input() {
    let kit = kit();
    let (mut masker, mut out) = (kit.masker(Surface::Line), Vec::new());
    let mut total = 0;
    let pieces: [&[u8]; 8] =
        [b"x", b"ghp_", b"password=\"", b"4111 ", b"\x1b[0m", b"://a:b", b"-----BEGIN PRIVATE KEY-----", b"\x1b]0;"];
    for piece in pieces {
        let many = piece.repeat(4096 / piece.len());
        for _ in 0..200 {
            masker.feed(&many, &mut out);
            total += out.len();
            out.clear();
            assert!(masker.text.len() + masker.raw.len() <= 8 * HELD, "{}", String::from_utf8_lossy(piece));
        }
        masker.finish(&mut out);
        out.clear();
    }
    assert!(total > 0);
}

fn fragment() -> impl Strategy<Value = String> {
    let words = vec![
        "password",
        "=",
        ": ",
        "\"",
        "'",
        "ghp_",
        "sk-",
        "AKIA",
        "hunter2",
        "token",
        "://",
        "user:",
        "@host",
        " ",
        "\n",
        "\r\n",
        "\r",
        "\x1b[31m",
        "\x1b[0m",
        "\x1b[2J",
        "\x1b[4C",
        "\x1b]0;t\x07",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "4111 1111",
        " 1111 1111",
        "536-22-",
        "1234",
        "DE89 3704 0044 0532 0130 00",
        "aab",
        "a",
        "tok-",
        "9f3",
        "deploy-token",
        "-2026",
        "\\n",
        "\\",
        "<password>",
        "</",
        "Bearer ",
        "123456789:AA",
        "é",
        "[masked:password:ABCDEFGH]",
        ",",
        ";",
        "&x=",
        "\x08",
        "--",
        "me@example.com",
        "+1 415 555 2671",
        "one",
        "second half",
        "\x1bM",
        "\x1b[",
        "[",
        "\x00",
        "name",
        "\", \"value\": \"",
        "\n    value: ",
        "<key>",
        "</key><string>",
        "machine h login me ",
        "  ",
        "| ",
        "ENV ",
        "|\n  ",
        ">-\n",
        "\n   ",
        "&anchor ",
        "!tag ",
        "\"\"\"",
        ": {\"type\": \"string\", ",
        "\"value\": \"",
        ":: ",
        "://x-token:",
        "|",
        "\t",
        " options",
        ":\n",
        "\n\n",
        "`",
        "**",
        "│",
        "│ ",
        "'\\''",
        "\\\\\\\"",
        "</td><td>",
        "<code>",
        "<ns:password a=\"b\"",
        "variable \"db_password\" {",
        " default = \"",
        "\"]=>\n  string(12) \"",
        "\", \"",
        "getenv(\"",
        "=\t",
        ":x-oauth-basic@",
        "\"type\": \"SecureString\", ",
        "-----BEGIN PRIVATE KEY-----",
        "END ",
    ];
    prop_oneof![
        6 => proptest::sample::select(words).prop_map(str::to_owned),
        2 => (1_usize..70).prop_map(made_up),
        1 => "[ -~]{0,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cuts_of_any_text(parts in proptest::collection::vec(fragment(), 0..40), cuts in proptest::collection::vec(1_usize..40, 1..60)) {
        let kit = kit();
        let text = parts.concat();
        let wanted = naive::mask(&kit, text.as_bytes());
        let mut rest = text.as_bytes();
        let mut pieces = Vec::new();
        for cut in cuts {
            let (piece, more) = rest.split_at(cut.min(rest.len()));
            pieces.push(piece);
            rest = more;
        }
        pieces.push(rest);
        let got = kit.pieces(Surface::Line, pieces);
        prop_assert_eq!(String::from_utf8_lossy(&got), String::from_utf8_lossy(&wanted));
    }
}

/// As [`any_cuts_of_any_text`], with all built-in rules too, for as long as `MASK_SECONDS` says (60).
#[test]
#[ignore = "takes as long as it is given"]
fn random_texts_for_a_long_time() {
    use proptest::strategy::ValueTree as _;
    let seconds = std::env::var("MASK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let end = std::time::Instant::now() + std::time::Duration::from_secs(seconds);
    let on = builtin::rules().into_iter().map(|rule| rule.label).collect();
    let all = Kit { rules: Arc::new(Rules::builtin(&Selection { on, ..Selection::default() })), ..kit() };
    let words: Vec<String> = all.rules.literals().map(|word| String::from_utf8(word.bytes.to_vec()).unwrap()).collect();
    let part = prop_oneof![5 => fragment(), 1 => proptest::sample::select(words)];
    let texts = proptest::collection::vec(part, 0..30);
    let cuts = proptest::collection::vec(1_usize..40, 1..60);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::default());
    let mut count = 0;
    while std::time::Instant::now() < end {
        let mut tree = texts.new_tree(&mut runner).unwrap();
        let cuts = cuts.new_tree(&mut runner).unwrap().current();
        let differs = |kit: &Kit, parts: &[String]| {
            let text = parts.concat();
            let mut rest = text.as_bytes();
            let mut pieces = Vec::new();
            for cut in &cuts {
                let (piece, more) = rest.split_at((*cut).min(rest.len()));
                pieces.push(piece);
                rest = more;
            }
            pieces.push(rest);
            let wanted = naive::mask(kit, text.as_bytes());
            let (got, single) =
                (kit.pieces(Surface::Line, pieces), kit.pieces(Surface::Line, text.as_bytes().chunks(1)));
            (wanted != got || wanted != single).then_some((text, wanted, got, single))
        };
        for kit in [&kit(), &all] {
            if differs(kit, &tree.current()).is_some() {
                let mut least = tree.current();
                let mut more = tree.simplify();
                while more {
                    let fails = differs(kit, &tree.current()).is_some();
                    if fails {
                        least = tree.current();
                    }
                    more = if fails { tree.simplify() } else { tree.complicate() };
                }
                let (text, wanted, got, single) = differs(kit, &least).unwrap();
                let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                panic!("{text:?}\nwanted {:?}\ngot    {:?}\nsingle {:?}", show(&wanted), show(&got), show(&single));
            }
        }
        count += 1;
    }
    eprintln!("{count} texts");
}
