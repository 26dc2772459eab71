//! What counts as a secret, where it is found, and that every form of it is there.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::like::is_secret_like;
use super::*;

/// A made-up secret, put together when the test runs.
fn made_up() -> String {
    ["q7Zt", "W2xK", "9vLm", "B4nR", "c8Hd"].concat()
}

fn texts(values: &[Value]) -> Vec<String> {
    values.iter().map(|value| String::from_utf8_lossy(value.secret.bytes()).into_owned()).collect()
}

fn forms(value: &[u8]) -> Vec<Vec<u8>> {
    let value = Value { secret: Secret::from(value), label: "env", part: false };
    value.literals().into_iter().map(|literal| literal.bytes.bytes().to_vec()).collect()
}

fn has(value: &str, form: &str) -> bool {
    forms(value.as_bytes()).iter().any(|have| have == form.as_bytes())
}

#[test]
fn what_looks_like_a_secret() {
    let secret = made_up();
    let hex = ["9f86d081", "884c7d65", "9a2feaa0", "c55ad015", "a3bf4f1b"].concat();
    let slash = ["wJal", "rXUt", "nFE", "MI/K7", "MDENG", "/bPxR", "fiCYz", "kP3qW9sT2v"].concat();
    let yes: &[(&str, &str)] = &[
        (&secret, "TOKEN"),
        (&secret, "ANYTHING"),
        (&hex, "GITHUB_TOKEN"),
        (&slash, "AWS_SECRET_ACCESS_KEY"),
        (&format!("/{slash}"), "AWS_SECRET_ACCESS_KEY"),
        ("0b2f7a5c-92d4-4e07-b1d3-6e2a9c3f8d15", "HEROKU_API_KEY"),
        ("hunter2hunter2", "PASSWORD"),
        ("Summer-2024!", "PASSWORD"),
        ("postgres123", "POSTGRES_PASSWORD"),
        ("p@ss/w0rd", "PASSWORD"),
        ("correct-horse-battery-staple", "PASSWORD"),
        ("xkqjzvwpbtnrmdgh", "SMTP_PASSWORD"),
        ("8675309421", "PASSWORD"),
        ("pässwörter99", "PASSWORD"),
    ];
    for (value, name) in yes {
        assert!(is_secret_like(value.as_bytes(), name, MIN_LEN), "{name}={value}");
    }
    let no: &[(&str, &str)] = &[
        ("rm -rf /data", "TOKEN"),
        ("", "TOKEN"),
        ("short", "TOKEN"),
        ("true", "TOKEN"),
        ("disabled", "PASSWORD"),
        ("terraform", "PASSWORD"),
        ("kubernetes", "SECRET"),
        ("kubectl", "SECRET"),
        ("systemctl", "SECRET"),
        ("docker-compose", "SECRET"),
        ("my-secret-name", "SECRET"),
        ("MyServiceAccount", "SECRET"),
        ("production", "API_KEY"),
        ("--no-preserve-root", "TOKEN"),
        ("/run/secrets/db_password", "PASSWORD"),
        ("./secrets/token.txt", "TOKEN"),
        ("~/.ssh/id_ed25519", "PRIVATE_KEY"),
        ("config/secrets/key.pem", "PRIVATE_KEY"),
        ("C:\\Users\\me\\key.txt", "PRIVATE_KEY"),
        ("/usr/local/bin/helper", "TOKEN"),
        ("db.internal.example.com", "PASSWORD"),
        ("db.internal.example.com:5432", "PASSWORD"),
        ("localhost:8080", "AUTH"),
        ("192.168.100.200", "TOKEN"),
        ("10.20.30.40:8443", "TOKEN"),
        ("fe80::1ff:fe23:4567:890a", "TOKEN"),
        ("jane.doe@example.com", "CREDENTIALS"),
        ("https://vault.example.com/v1/secret", "SECRET"),
        ("12345678", "OTHER"),
        ("5432", "TOKEN"),
        ("10000000", "TOKEN_BUDGET"),
        ("20261121", "SECRET"),
        ("********", "PASSWORD"),
        ("xxxxxxxxxxxxxxxx", "PASSWORD"),
        ("changeme123", "PASSWORD"),
        ("your-api-key-here", "API_KEY"),
        ("<your-token>", "TOKEN"),
        ("${DATABASE_PASSWORD}", "PASSWORD"),
        ("$DATABASE_PASSWORD", "PASSWORD"),
        ("$(rm${IFS}-rf${IFS}/data)", "PASSWORD"),
        ("{{ .Values.password }}", "PASSWORD"),
        ("op://vault/item/password1", "PASSWORD"),
        ("arn:aws:secretsmanager:us-east-1:1:secret:x", "SECRET"),
        ("[masked:env:ABCDEFGH]", "SECRET"),
        ("us-east-1", "AWS_REGION"),
        ("my-dev-profile", "AWS_PROFILE"),
        ("0b2f7a5c-92d4-4e07-b1d3-6e2a9c3f8d15", "BUILD"),
        (&hex, "REVISION"),
        ("ghcr.io/acme/service:1.22.333", "IMAGE"),
        ("info,wardsh::mask=debug", "RUST_LOG"),
        ("2026-11-21T11:04:24.123Z", "STARTED"),
    ];
    for (value, name) in no {
        assert!(!is_secret_like(value.as_bytes(), name, MIN_LEN), "{name}={value}");
    }
    assert!(is_secret_like(b"k3Y-9x", "TOKEN", LEAST_LEN));
    assert!(!is_secret_like(b"k3Y-9", "TOKEN", 0), "policy goes down to six");
}

#[test]
fn what_names_a_thing() {
    for thing in [
        "my-secret-1",
        "orders.created",
        "user.updated.v2",
        "identifierWithLongName1",
        "same-origin",
        "tls-cert-2024",
        "deploy_key_3",
    ] {
        assert!(like::is_thing(thing), "{thing}");
    }
    let dotted = [made_up(), made_up()].join(".");
    for secret in [&made_up(), &dotted, "0b2f7a5c-92d4-4e07-b1d3-6e2a9c3f8d15", "9f86d081884c7d659a2feaa0c55ad015"] {
        assert!(!like::is_thing(secret), "{secret}");
    }
}

#[test]
fn variables() {
    let secret = made_up();
    let url = format!("postgres://app:{secret}@db.example.com:5432/app");
    let encoded = format!("redis://:{secret}%2Fx@cache:6379");
    let ado = format!("Server=db;User Id=app;Password={secret};Encrypt=true");
    let go = format!("app:{secret}@tcp(db:3306)/app");
    let dsn = ["https://4d5e6f708192a3b4c5d6e7f8091a2b3c", "@o1.ingest.sentry.io/42"].concat();
    let table: &[(&str, &str, &[&str])] = &[
        ("DEPLOY_TOKEN", &secret, &[&secret]),
        ("EDITOR", &secret, &[]),
        ("DATABASE_URL", &url, &[&secret]),
        ("CACHE", &encoded, &[&format!("{secret}%2Fx"), &format!("{secret}/x")]),
        ("AZURE_SQL_CONNECTION_STRING", &ado, &[&secret]),
        ("MYSQL_DSN", &go, &[&secret]),
        ("SENTRY_DSN", &dsn, &["4d5e6f708192a3b4c5d6e7f8091a2b3c"]),
        ("HOMEPAGE", "https://example.com/a/b", &[]),
        ("GIT_REMOTE", &format!("https://{secret}:x-oauth-basic@github.com/a/b"), &[&secret]),
        ("PATH", "/usr/local/bin:/usr/bin:/bin", &[]),
        ("PWD", "/work/secret", &[]),
    ];
    for (name, value, want) in table {
        assert_eq!(texts(&environment(name, value.as_bytes(), MIN_LEN)), *want, "{name}={value}");
    }
}

#[test]
fn files() {
    let a = made_up();
    let b = ["hT5r", "Jw8q", "Zb3k", "Mx6y"].concat();
    let pair = STANDARD.encode(format!("robot:{b}"));
    let table: &[(Kind, String, &[&str])] = &[
        (Kind::DotEnv, format!("# x\nexport API_TOKEN=\"{a}\" # why\nDEBUG=true\nOTHER='{b}'\nPORT=8080"), &[&a, &b]),
        (Kind::DotEnv, format!("PASSWORD={b} # comment\r\nNAME=rm -rf /data\r\nSECRET=`{a}`"), &[&a, &b]),
        (Kind::DotEnv, format!("A_SECRET=\"{b}\n{a}\"\nB=1"), &[&format!("{b}\n{a}"), &a, &b]),
        (Kind::DotEnv, format!("DATABASE_URL=mysql://u:{b}@h/d\nPASSWORD=\"{a}"), &[&a, &b]),
        (
            Kind::Ini,
            format!("[default]\naws_access_key_id = {b}\naws_secret_access_key = {a}\nregion = us-east-1"),
            &[&a, &b],
        ),
        (Kind::Ini, format!("//registry.npmjs.org/:_authToken={a}\nregistry=https://r.example.com/"), &[&a]),
        (Kind::Ini, format!("//r.example.com/:_auth={pair}"), &[&pair, &b]),
        (Kind::Ini, format!("[client]\nuser=root\npassword=\"{b}\""), &[&b]),
        (Kind::Ini, format!("[registries.mine]\ntoken = \"{a}\""), &[&a]),
        (Kind::Ini, format!("credentials \"app.terraform.io\" {{\n  token = \"{a}\"\n}}"), &[&a]),
        (Kind::Ini, format!("[global]\nindex-url = https://u:{b}@pypi.example.com/simple"), &[&b]),
        (Kind::Ini, format!("[pypi]\nusername = __token__\npassword = {a}"), &[&a]),
        (
            Kind::Json,
            format!("{{\"auths\":{{\"ghcr.io\":{{\"auth\":\"{pair}\"}}}},\"credsStore\":\"desktop\"}}"),
            &[&pair, &b],
        ),
        (
            Kind::Json,
            format!("{{\"refresh_token\": \"{a}\", \"client_id\": \"x-{b}\", \"type\": \"authorized_user\"}}"),
            &[&a],
        ),
        (Kind::Json, format!("{{\"credentials\": {{\"app.terraform.io\": {{\"token\": \"{a}"), &[&a]),
        (Kind::Yaml, format!("users:\n- name: me\n  user:\n    token: {a}\n    password: \"{b}\"\n"), &[&a, &b]),
        (Kind::Yaml, format!("github.com:\n    user: me\n    oauth_token: {a}\n    git_protocol: ssh"), &[&a]),
        (Kind::Yaml, format!("{{\"users\":[{{\"user\":{{\"token\":\"{a}\"}}}}]}}"), &[&a]),
        (Kind::Netrc, format!("machine h login me password {a}\ndefault login x password {b}"), &[&a, &b]),
        (Kind::Pgpass, format!("# x\nh:5432:d:u:{b}\nh\\:x:*:*:u:{a}\\:z"), &[&format!("{a}:z"), &b]),
        (Kind::Urls, format!("https://me:{a}@github.com\nhttps://{b}@gitlab.com"), &[&a, &b]),
        (Kind::Token, format!("{a}\n"), &[&a]),
        (Kind::Token, "not a token".to_owned(), &[]),
    ];
    for (kind, text, want) in table {
        assert_eq!(texts(&read(*kind, "x", text.as_bytes(), MIN_LEN)), *want, "{kind:?} {text}");
    }
}

/// A private key as it looks, with a body that is none.
fn key() -> (String, Vec<String>) {
    let body: Vec<String> =
        (0..3).map(|i| ["MIIE", "vQ7b", "K9xT", "aa/Z", "p+3L"].concat().repeat(3) + &format!("q{i}Z")).collect();
    let name = ["PRIVATE", " KEY"].concat();
    (format!("-----BEGIN {name}-----\n{}\nAb8=\n-----END {name}-----\n", body.join("\n")), body)
}

#[test]
fn keys_in_files() {
    let (pem, body) = key();
    let folded = pem.replace('\n', "\\n");
    let account = format!("{{\"type\":\"service_account\",\"private_key\":\"{folded}\"}}");
    let encoded = format!("    client-key-data: {}\n    client-certificate-data: {}", STANDARD.encode(&pem), made_up());
    for (kind, text) in [
        (Kind::Json, account.clone()),
        (Kind::Yaml, encoded),
        (Kind::DotEnv, format!("TLS_PRIVATE_KEY=\"{pem}\"")),
        (Kind::DotEnv, format!("TLS_PRIVATE_KEY='{folded}'")),
        (Kind::DotEnv, format!("GOOGLE_CREDENTIALS='{account}'")),
    ] {
        let found = texts(&read(kind, "x", text.as_bytes(), MIN_LEN));
        assert!(found.contains(&pem.trim().to_owned()), "{text}");
        assert!(body.iter().all(|line| found.contains(line)), "{text}");
        assert!(!found.iter().any(|value| value.starts_with("-----") && value.len() < 40), "{text}");
        assert!(!found.contains(&made_up()), "a certificate is public");
    }
}

#[test]
fn nobody_can_blind_the_guard() {
    let text = "SECRET=rm -rf /data\nTOKEN=/data\nPASSWORD=terraform\nAPI_KEY=production\nSECRETS=\"rm -rf /\nsudo reboot now\"\n\
                TOKEN2=git\nPRIVATE_KEY=--force\nX_TOKEN=main\nY_TOKEN=prod-db.example.com\nZ_TOKEN=wardsh\nMASK=[masked:x:y]";
    assert_eq!(texts(&read(Kind::DotEnv, "dotenv", text.as_bytes(), LEAST_LEN)), [""; 0]);
}

#[test]
fn bug_6_an_empty_value_is_no_value_and_the_longer_goes_first() {
    assert_eq!(environment("TOKEN", b"", MIN_LEN), []);
    assert_eq!(environment("TOKEN", b"\n \n", MIN_LEN), []);
    let short = made_up();
    let long = format!("{short}-{short}");
    let found =
        read(Kind::DotEnv, "x", format!("A_TOKEN={short}\nB_TOKEN={long}\nC_TOKEN={short}").as_bytes(), MIN_LEN);
    assert_eq!(texts(&found), [long, short]);
}

#[test]
fn bug_7_of_a_json_secret_the_texts_are_masked_not_the_braces() {
    let secret = made_up();
    let json = format!("{{\n  \"type\": \"service_account\",\n  \"api_token\": \"{secret}\"\n}}\n");
    assert_eq!(texts(&environment("APP_SECRETS", json.as_bytes(), LEAST_LEN)), [secret]);
}

#[test]
fn bug_7_every_line_of_a_value_is_masked() {
    let lines: Vec<String> = ["one", "two", "six"].iter().map(|end| made_up() + end).collect();
    let found = texts(&environment("APP_SECRETS", lines.join("\n").as_bytes(), MIN_LEN));
    assert!(lines.iter().all(|line| found.contains(line)) && found.contains(&lines.join("\n")));
}

#[test]
fn bug_8_a_percent_sign_in_a_value() {
    assert!(has("ab%25cd%0Aef9", "ab%25cd%0Aef9"));
    assert!(has("ab%25cd%0Aef9", "ab%2525cd%250Aef9"));
    assert!(has("a%b/c d+9e8", "a%25b%2Fc%20d%2B9e8"));
    assert!(has("a%b/c d+9e8", "a%25b%2fc%20d%2b9e8"));
    assert!(has("a%b/c d+9e8", "a%25b%2Fc+d%2B9e8"));
    assert!(has("a%b/c d+9e8", "a%25b/c%20d%2B9e8"));
}

#[test]
fn bug_9_set_x_prints_what_is_not_the_value() {
    assert!(has("foo'bar42", "foo'\\''bar42"));
    assert!(has("foo'bar42", "foo\\'bar42"));
    assert!(has("foo'bar42", "foo'\"'\"'bar42"));
    assert!(has("foo\"b$r`42", "foo\\\"b\\$r\\`42"));
    assert!(has("foo\nbar'42", "foo\\nbar\\'42"));
    assert!(has("foo bar!42", "foo\\ bar\\!42"));
    assert!(has("f\u{e4}\u{f6}\u{fc}42xyz", "f\\303\\244\\303\\266\\303\\27442xyz"));
}

#[test]
fn bug_11_overlapping_values_are_both_there() {
    let found = read(Kind::Ini, "x", b"store_password = android99\nkey_password = android99debugkey", MIN_LEN);
    assert_eq!(texts(&found), ["android99debugkey", "android99"]);
    let whole: Vec<bool> = found.iter().map(|value| value.literals()[0].whole_word).collect();
    assert_eq!(whole, [false, true]);
}

#[test]
fn bug_18_braces_never_become_secrets() {
    for text in ["{\n}\n", "{", "}", "{}", "[\n{\n}\n]", "{\n  \"a\": \"b\"\n}"] {
        assert_eq!(environment("SECRET", text.as_bytes(), 0), [], "{text}");
    }
    let secret = made_up();
    for form in forms(secret.as_bytes()) {
        assert!(form.len() >= MIN_LEN, "{}", String::from_utf8_lossy(&form));
    }
}

#[test]
fn forms_of_markup_and_code() {
    assert!(has("a<b&c\"d'e9f", "a&lt;b&amp;c&quot;d&#39;e9f"));
    assert!(has("a<b&c\"d'e9f", "a&lt;b&amp;c&#34;d&#39;e9f"));
    assert!(has("a<b&c\"d'e9f", "a&lt;b&amp;c\"d'e9f"));
    assert!(has("a<b&c\"d'e9f", "a\\u003cb\\u0026c\\\"d'e9f"));
    assert!(has("a/b\"c\\d9ef", "a\\/b\\\"c\\\\d9ef"));
    assert!(has("a/b\"c\\d9ef", "a/b\\\\\\\"c\\\\\\\\d9ef"));
    assert!(has("it's99it's", "it''s99it''s"));
    assert!(has("gr\u{fc}n\u{1f600}-99x", "gr\\u00fcn\\ud83d\\ude00-99x"));
    assert!(has("abcd1234", "6162636431323334"));
    assert!(has("mnop\u{ff}1234", "6d6e6f70c3bf31323334"));
    assert!(has("mnop\u{ff}1234", "6D6E6F70C3BF31323334"));
}

#[test]
fn nothing_prints_a_secret() {
    let found = environment("DEPLOY_TOKEN", made_up().as_bytes(), MIN_LEN);
    let shown = format!("{found:?}{:?}", found[0].literals());
    assert!(!shown.contains("q7Zt") && shown.contains("Secret(..)"));
}

#[test]
fn forms_stay_few() {
    let (pem, _) = key();
    let long = pem.repeat(20);
    for (value, most) in [(made_up(), 2 << 10), (pem, 30 << 10), (long, 400 << 10)] {
        let size: usize = forms(value.as_bytes()).iter().map(Vec::len).sum();
        assert!(size < most, "{size} bytes for {}", value.len());
    }
}

#[test]
fn hostile_files_are_read_in_linear_time() {
    for text in
        ["://a@", "@", "A=\"", "A=b:c@", "{\"", "\\u", "password ", "a:b@tcp(", "X_TOKEN=://;", "- ", "PASSWORD=a;"]
    {
        let file = text.repeat((1 << 17) / text.len());
        for kind in
            [Kind::DotEnv, Kind::Ini, Kind::Yaml, Kind::Json, Kind::Netrc, Kind::Pgpass, Kind::Urls, Kind::Token]
        {
            assert!(read(kind, "x", file.as_bytes(), MIN_LEN).len() <= 500);
        }
        assert!(environment("X_TOKEN", file.as_bytes(), MIN_LEN).len() <= 500);
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

proptest! {
    /// Encoded anywhere in a longer text, a value shows one of its forms.
    #[test]
    fn every_alignment_of_base64(
        value in proptest::collection::vec(any::<u8>(), 12..80),
        before in proptest::collection::vec(any::<u8>(), 0..9),
        behind in proptest::collection::vec(any::<u8>(), 0..9),
    ) {
        let forms = forms(&value);
        let whole = [before, value, behind].concat();
        for text in [STANDARD.encode(&whole), URL_SAFE.encode(&whole), STANDARD_NO_PAD.encode(&whole), URL_SAFE_NO_PAD.encode(&whole)] {
            prop_assert!(forms.iter().any(|form| contains(text.as_bytes(), form)));
        }
    }

    /// What standard encoders make of a value is one of its forms.
    #[test]
    fn encoders_agree(value in "[ -~äß€😀\\n\\t]{8,40}") {
        let forms = forms(value.as_bytes());
        let json = serde_json::to_string(&value).unwrap();
        prop_assert!(forms.iter().any(|form| *form == json.as_bytes()[1..json.len() - 1]));
        let shell = shell_words::quote(&value);
        prop_assert!(forms.iter().any(|form| contains(shell.as_bytes(), form)));
        let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        prop_assert!(forms.contains(&hex.into_bytes()));
    }

    /// Whatever the file says, reading it ends, and what it yields is allowed to be masked.
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for kind in [Kind::DotEnv, Kind::Ini, Kind::Yaml, Kind::Json, Kind::Netrc, Kind::Pgpass, Kind::Urls, Kind::Token] {
            for value in read(kind, "x", &bytes, MIN_LEN) {
                prop_assert!(value.secret.bytes().len() >= MIN_LEN);
            }
        }
    }

    #[test]
    fn any_lines(text in "([A-Z_]{0,9}(TOKEN|password)?[=: ]{1,2}[\"'{]?[ -~]{0,20}[\"'}\\\\]?\n){0,8}") {
        for kind in [Kind::DotEnv, Kind::Ini, Kind::Yaml, Kind::Json, Kind::Netrc, Kind::Pgpass, Kind::Urls, Kind::Token] {
            for value in read(kind, "x", text.as_bytes(), MIN_LEN) {
                prop_assert!(value.secret.bytes().len() >= MIN_LEN);
            }
        }
    }
}
