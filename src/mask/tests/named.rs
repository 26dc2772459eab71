//! Bugs of other maskers, by name. Each has the number it has in the collection that they were taken from.

use base64::Engine as _;

use super::*;

/// 1: a needle that was split between two buffers was missed.
#[test]
fn a_needle_split_between_buffers() {
    let kit = Kit::usual(&["needle-in-the-hay-1"]);
    let text = format!("{}needle-in-the-hay-1{}", "x".repeat(PIECE - 7), "y".repeat(PIECE));
    let out = kit.pieces(Surface::Line, [text.as_bytes()]);
    assert!(!String::from_utf8_lossy(&out).contains("hay-1"));
}

const PIECE: usize = 16 << 10;

/// 2, 3: a chunk was sealed before the key or the token was complete.
#[test]
fn a_key_cut_in_its_middle() {
    let kit = Kit::usual(&[]);
    let out = kit.pieces(Surface::Line, [b"MY_AP".as_slice(), b"I_KEY=a1b2c3d4", b"e5f6g7h8\n"]);
    assert_eq!(without_tags(&String::from_utf8(out).unwrap()), "MY_API_KEY=[masked:api-key]\n");
}

/// 4: a long token leaked until its whole pattern was there.
#[test]
fn a_long_token_that_arrives_slowly() {
    let kit = Kit::usual(&[]);
    let (mut masker, mut out) = (kit.masker(Surface::Line), Vec::new());
    let token = format!("sk-{}", made_up(95));
    for byte in token.bytes() {
        masker.feed(&[byte], &mut out);
        assert!(out.is_empty());
    }
    masker.finish(&mut out);
    assert_eq!(without_tags(&String::from_utf8(out).unwrap()), "[masked:sk-key]");
}

/// 5: lines and keys longer than what is held were let through.
#[test]
fn what_is_too_long_is_cut_and_never_shown() {
    let kit = Kit::usual(&[]);
    let body = format!("{}\n", made_up(64)).repeat(2000);
    let key = format!("{}\n{body}{}\n", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    let wanted =
        format!("{}\n[masked:private-key:cut]{}\n", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    assert_eq!(kit.plain(&key), wanted);
    assert_eq!(kit.plain(format!("password=\"{}\" x", made_up(100_000))), "password=\"[masked:password:cut]\" x");
    assert_eq!(kit.plain(format!("sk-{} x", made_up(100_000))), "[masked:sk-key:cut] x");
}

/// 6: longer values were shown in part; an empty value brought the masker down.
#[test]
fn longer_values_win_and_empty_ones_do_nothing() {
    let kit = Kit::usual(&["", "secret-value", "secret-value-and-more"]);
    assert_eq!(kit.plain("a secret-value-and-more b secret-value c"), "a [masked:env] b [masked:env] c");
}

/// 7: of a value with several lines only the first was masked.
#[test]
fn values_with_several_lines() {
    let kit = Kit::usual(&["first line 1\nsecond line 2"]);
    for text in ["first line 1\nsecond line 2", "first line 1\r\nsecond line 2"] {
        assert_eq!(kit.plain(text).trim_end(), "[masked:env]");
    }
}

/// 11: values that overlap were masked piecemeal.
#[test]
fn overlapping_values_are_one_mask() {
    let kit = Kit::usual(&["androidkeys1", "androidkeys1debug", "debugkeystore7"]);
    assert_eq!(kit.plain("x androidkeys1debugkeystore7 y"), "x [masked:env] y");
}

/// GitLab's class of it: a value that overlaps itself, at every cut.
#[test]
fn self_overlapping_values() {
    for (value, text) in
        [("aab1", "xaaab1 aab1aab1"), ("tok-tok-9f3", "x tok-tok-tok-9f3 y"), ("ababac00", "abababac00")]
    {
        let mut known = Known::new();
        known.add("env", value.as_bytes(), [(value.as_bytes(), false)]);
        let kit = Kit { known: Arc::new(Mutex::new(known)), ..Kit::usual(&[]) };
        for at in 0..text.len() {
            let out = kit.pieces(Surface::Line, [&text.as_bytes()[..at], &text.as_bytes()[at..]]);
            assert!(!String::from_utf8_lossy(&out).contains(value), "{text} cut at {at}");
        }
    }
}

/// 16: a title, a link and the clipboard held the secret.
#[test]
fn control_strings_are_searched_too() {
    let kit = Kit::usual(&[]);
    let token = git();
    let clipboard = base64::engine::general_purpose::STANDARD.encode(format!("export T={token}"));
    for text in [
        format!("\x1b]0;run {token}\x07done"),
        format!("\x1b]8;;https://u:{token}@host/\x1b\\link\x1b]8;;\x1b\\"),
        format!("\x1bPtmux;\x1b\x1b]0;{token}\x07\x1b\\"),
        format!("\x1b]0;{token}"),
    ] {
        let masked = kit.mask(&text);
        assert!(!masked.contains(&token[8..]) && masked.contains("[masked:"), "{masked:?}");
    }
    let masked = kit.mask(format!("\x1b]52;c;{clipboard}\x07"));
    let inner = masked.trim_start_matches("\x1b]52;c;").trim_end_matches('\x07');
    let plain = base64::engine::general_purpose::STANDARD.decode(inner).unwrap();
    assert!(String::from_utf8(plain).unwrap().starts_with("export T=[masked:"));
}

/// 18: braces and other scraps became secrets.
#[test]
fn scraps_are_no_values() {
    let kit = Kit::usual(&["{", "}", "e", "abc"]);
    assert!(kit.known.lock().unwrap().is_empty());
    assert_eq!(kit.mask("{ \"e\": abc }"), "{ \"e\": abc }");
}

/// 20, 22: checksums, commits and identifiers are no secrets, and masks are not masked again.
#[test]
fn look_alikes_pass() {
    let kit = Kit::builtin();
    let text = format!(
        "\"integrity\": \"sha512-{}AKIA{}/AKIA{}==\"\ncommit {}\nid: 550e8400-e29b-41d4-a716-446655440000\n\
         nginx@sha256:{}\nETag: \"33a64df551425fcc55e4d42a148795d9f25f89d4\"\n[masked:aws-access-key:ABCDEFGH]\n",
        made_up(20),
        made_up(16).to_uppercase(),
        made_up(44),
        "0123456789abcdef0123456789abcdef01234567",
        "0123456789abcdef".repeat(4),
    );
    assert_eq!(kit.mask(&text), text);
}

/// A program's own placeholder, prose, and code that fetches a secret.
#[test]
fn prose_and_code_pass() {
    let kit = Kit::usual(&[]);
    for text in [
        "Enter password: ",
        "password: must have 8 characters",
        "token = get_token(request)",
        "password = os.environ[\"PASSWORD\"]",
        "if (password == null) {",
        "https://example.com:8443/a@b",
        "ssh://git@example.com/x.git",
        "error: token: expected `;`",
    ] {
        assert_eq!(kit.mask(text), text);
    }
}

/// A colour, a carriage return, and an overwritten prompt.
#[test]
fn pieces_of_grep_and_progress() {
    let kit = Kit::usual(&["known-value-0042"]);
    let text = "a=\x1b[01;31m\x1b[Kknown-\x1b[m\x1b[Kvalue-0042 b";
    assert_eq!(kit.plain(text), "a=\x1b[01;31m\x1b[K[masked:env]\x1b[m\x1b[K b");
    let progress = "\r 10%\r 20%\r 30%\x1b[K\r\n";
    assert_eq!(kit.mask(progress), progress);
}

#[test]
fn kinds_by_policy_and_the_last_four() {
    let card = "4111 1111 1111 1111";
    let selection =
        Selection { off: vec!["git-token".to_owned()], show_last_four: vec!["card".to_owned()], on: vec![] };
    let kit = Kit::with(&[], &selection);
    let token = git();
    assert!(kit.mask(&token).contains(&token), "switched off");
    let masked = kit.mask(card);
    assert!(masked.starts_with("[masked:card:") && masked.ends_with(":1111]"), "{masked}");
    assert_eq!(kit.mask(&masked), masked);
}

#[test]
fn equal_secrets_have_equal_tags_in_all_forms() {
    let mut known = Known::new();
    known.add("env", b"value-number-1", [(b"value-number-1".as_slice(), false), (b"dmFsdWUtbnVtYmVyLTE", false)]);
    let kit = Kit { known: Arc::new(Mutex::new(known)), ..Kit::usual(&[]) };
    let masked = kit.mask("value-number-1|dmFsdWUtbnVtYmVyLTE");
    let (one, two) = masked.split_once('|').unwrap();
    assert_eq!(one, two);
}

/// Values that stand apart from their key's name, or behind it in another way than `key = value`.
#[test]
fn values_in_all_places() {
    let kit = Kit::builtin();
    let (short, long) = (["Zx81", "Kq02", "Lm77"].concat(), ["9fK2", "mQx7", "Tz4w", "LpR8", "Vb3N"].concat());
    for template in [
        "{\"Env\":[\"DB_PASSWORD=#\",\"API_TOKEN=§\"]}",
        "  env:\n  - name: DB_PASSWORD\n    value: #\n  - name: API_TOKEN\n    value: \"§\"\n",
        "{\"name\":\"DB_PASSWORD\",\"value\":\"#\"},{\"name\": \"API_TOKEN\", \"value\": \"§\"}",
        "{\n        \"name\": \"DB_PASSWORD\",\n        \"value\": \"#\"\n    }",
        "{\"Key\":\"DB_PASSWORD\",\"Value\":\"#\"}",
        "{\"ParameterKey\": \"DbPassword\", \"ParameterValue\": \"#\"}",
        "{\\\"name\\\":\\\"DB_PASSWORD\\\",\\\"value\\\":\\\"#\\\"}",
        "password: |\n  #\n  second-#\nother: x\n",
        "  db_password: >-\n      #\n  next: y\n",
        "- password: |\n    #\n- x\n",
        "mysql -u root --password # -h db",
        "mysqldump -uroot -p# app",
        "docker login -u me -p # registry.example.com",
        "app --db-password=# --token §",
        "export DEPLOY_TOKEN=§",
        "declare -x DB_PASSWORD=\"#\"",
        "ENV DB_PASSWORD #\nENV DB_PASSWORD=#",
        "setenv API_TOKEN §",
        "set -gx DB_PASSWORD #",
        "//registry.npmjs.org/:_authToken=§\n//registry.npmjs.org/:_password=\"§\"",
        "db.example.com:5432:app:appuser:#\n*:*:*:postgres:#\nlocalhost:5432:*:me:p\\:#",
        "machine api.example.com login me password #\ndefault login anonymous password #",
        "machine api.example.com\n  login me\n  password #\n",
        "mysql://root:#,;!@db/app mongodb://u:#:#@h1:27017,h2:27017/db postgres://a:#/?#@db:5432/app",
        "host=db user=app password='# #' dbname=app",
        "| DB_PASSWORD | # |\n│ API_TOKEN │ § │\n",
        "Key         Value\n---         -----\npassword    #\n",
        "  ~ password = \"old-#\" -> \"#\"",
        "<key>password</key>\n\t<string>#</string>",
        "<name>db.password</name><value>#</value>",
        "Your password is:\n#\n",
        "Password:\n  #\nLogin succeeded\n",
        "| Password | `#` |\n",
        "│ **DB_PASSWORD** │ **#** │\n",
        "<td>Password</td>\n<td><code>#</code></td>",
        "<wsse:Password Type=\"text\">#</wsse:Password>",
        "\"{\\\"data\\\":\\\"{\\\\\\\"client_secret\\\\\\\":\\\\\\\"§\\\\\\\"}\\\"}\"",
        "api_key='\\''§'\\'' run",
        "variable \"db_password\" {\n  type    = string\n  default = \"#\"\n}",
        "  [\"password\"]=>\n  string(12) \"#\"\n",
        "[\"--requirepass\", \"#\"]",
        "os.getenv(\"DB_PASSWORD\", \"#\")",
        "ENVIRONMENT\tDB_PASSWORD\t#\n",
        "CREATE LOGIN app WITH PASSWORD = N'#';",
        "\"Type\": \"SecureString\",\n  \"Value\": \"#\"",
        "password: iWacEwgVbRNx",
    ] {
        let text = template.replace('#', &short).replace('§', &long);
        let masked = kit.mask(&text);
        assert!(!masked.contains(&short) && !masked.contains(&long), "{text}\nbecomes\n{masked}");
        assert_eq!(kit.mask(&masked), masked);
    }
}

/// The same words, and nothing secret.
#[test]
fn names_that_nothing_secret_stands_behind() {
    let kit = Kit::builtin();
    for text in [
        "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: db-password\n      key: password\n",
        "{\"name\": \"DB_PASSWORD\", \"valueFrom\": \"arn:aws:ssm:eu-west-1:123456789012:parameter/db\"}",
        "{\"name\": \"password\", \"type\": \"string\", \"required\": true}",
        "- name: password\n  description: The password of the user\n",
        "parameters:\n  - name: token\n    in: header\n    required: true\n",
        "NAME          TYPE     DATA   AGE\ndb-password   Opaque   1      3d\napi-token     Opaque   1      3d\n",
        "password    required for all users\ntoken       string\nsecret      Opaque\n",
        "password: |\nother: x\n",
        "description: |\n  The password is shown to nobody.\n",
        "| password | varchar(255) | NO |\n| token | text | YES |\n",
        "Field      Type\npassword   varchar(64)\n",
        "login with your password now please 12",
        "secret-scanner  1.2.3-rc1\ntoken-list      v2.0.14\n",
        "ENV PASSWORD_FILE /run/secrets/db\nARG TOKEN\n",
        "<key>token</key><string></string>",
        "password:\n  valueFrom:\n    key1: x\n",
        "Enter your password:\n",
        "Password:\n    The second argument, at least 12 characters.\n",
        "{\"nextPageToken\": \"CiAKGjBpNDd2Nmp2Zml2cXRwYjBpOXA\", \"next_token\": \"CiAKGjBpNDd2Nmp2\"}",
        "--username --password --no-auth-cache\n--token\n--other",
        "parser.add_argument(\"--password\", required=True)\nx(\"--token\", \"-t\", \"TOKEN\")",
        "<td>Password</td><td>none</td>",
        "pub const X_PASSWORD: HRESULT = 0x80090033;\n    password: SecretString,\n    pub passwd: CString,",
        "check_password (password=0x7ffd5eee0cac \"...\")",
        "e.password=t.password,e.token=n.token||null;",
        "os.getenv(\"DB_PASSWORD\", \"\")",
    ] {
        assert_eq!(kit.mask(text), text);
    }
}

/// What was typed wrong and taken back, and bold print by overstriking.
#[test]
fn a_backspace_does_not_save_a_secret() {
    let kit = Kit::usual(&["deploy-token-2026"]);
    let (token, x) = (git(), "x\x08 \x08");
    for (text, secret) in [
        (format!("{}{x}{} z", &token[..20], &token[20..]), token.clone()),
        (format!("gh{x}p_{} z", &token[4..]), token.clone()),
        (format!("deploy{x}-token-{x}2026 z"), "2026".to_owned()),
        (format!("password=hun{x}ter2{x}and-more"), "and-more".to_owned()),
        (format!("p{x}asswo\x08ord=hunter2"), "hunter2".to_owned()),
        ("deploy-tokxx\x08\x08en-2026".to_owned(), "2026".to_owned()),
    ] {
        let whole = kit.mask(&text);
        let tail = &secret[secret.len() - secret.len().min(8)..];
        assert!(!whole.contains(tail), "{text:?} becomes {whole:?}");
        assert!(!whole.contains(&token[..12]), "{text:?} becomes {whole:?}");
        assert_eq!(whole.as_bytes(), kit.pieces(Surface::Line, text.as_bytes().chunks(1)), "{text:?}");
    }
    // An editor that draws a line and goes back to the cursor; commands with which passwords may stand.
    for text in [
        "echo XYZ def\x08\x08\x08\x08\r\n",
        "echo a b ccc\x08\x08\x08",
        "printf '%s' abcdef\x08\x08",
        "smbclient //host/share\x08\x08",
        "mysql -h localhost\x08\x08\x08",
        "7z x file.7z dir\x08\x08\x08",
    ] {
        assert_eq!(kit.mask(text), text);
    }
    for text in ["|\x08/\x08-\x08\\\x08", "50%\x08\x08\x08 60%", "\x08\x08a", "N\x08NA\x08AM\x08ME", "\n\x08é\x08x"] {
        assert_eq!(kit.mask(text), text);
    }
}

/// A control string that never ends is text from its limit on: nothing of it is lost, and no secret in it is shown.
#[test]
fn an_endless_control_string() {
    let kit = Kit::usual(&[]);
    for begin in ["\x1b]0;", "\x1bP1;2|", "\x1b_"] {
        let text = format!("{begin}{}{} {}", "a ".repeat(40_000), git(), "b ".repeat(40_000));
        let masked = kit.plain(&text);
        assert_eq!(masked, text.replace(&git(), "[masked:git-token]"));
        let slowly = kit.pieces(Surface::Line, text.as_bytes().chunks(777));
        assert_eq!(without_tags(&String::from_utf8(slowly).unwrap()), masked);
        // The secret lies across the limit.
        let filler = "a".repeat((64 << 10) - begin.len() - 20);
        let text = format!("{begin}{filler} {} b", git());
        assert_eq!(kit.plain(&text), format!("{begin}{filler} [masked:git-token] b"));
    }
}

/// Spellings of keys and values that other readers of configuration know.
#[test]
fn values_in_more_places() {
    let kit = Kit::builtin();
    let (short, long) = (["Zx81", "Kq02", "Lm77"].concat(), ["9fK2", "mQx7", "Tz4w", "LpR8", "Vb3N"].concat());
    for template in [
        "{\"name\": \"DB_PASSWORD\",\n \"slotSetting\": false,\n \"value\": \"#\"}",
        "{\n  \"db_password\": {\n    \"sensitive\": true,\n    \"type\": \"string\",\n    \"value\": \"#\"\n  }\n}",
        "{\"api_token\":{\"sensitive\":true,\"type\":\"string\",\"value\":\"§\"}}",
        "{\"id\":\"password\",\"type\":\"CONCEALED\",\"purpose\":\"PASSWORD\",\"label\":\"password\",\"value\":\"#\"}",
        "password\t\t#\nPassword\t#\n",
        "userPassword:: #Zm9v\n",
        "password: &db #\n  token: !!str §\nsecret: !env_value §\n",
        "password = \"\"\"#\"\"\"\n",
        "password|#\nbob|x\n",
        "DSN=app:#@tcp(db.example.com:3306)/app?parseTime=true",
        "contraseña: #\nmot_de_passe = #\nclé_password: #\n",
        "https://Zx81Kq02Lm77@example.com/x",
        "Server=db;User=sa;Pwd=#;\nPwd: #\n",
        "AUTH #\r\nAUTH default #\r\n",
        "---> PASS #\r\n",
        "sh -c \"PASSWORD=\"#\" run\"",
    ] {
        let text = template.replace('#', &short).replace('§', &long);
        let masked = kit.mask(&text);
        assert!(!masked.contains(&short) && !masked.contains(&long), "{text}\nbecomes\n{masked}");
        assert_eq!(kit.mask(&masked), masked);
        assert_eq!(kit.pieces(Surface::Line, text.as_bytes().chunks(1)), masked.as_bytes(), "{text}");
    }
}

/// What people take for a secret is short, and looks like words.
#[test]
fn short_secrets_that_people_made() {
    let kit = Kit::builtin();
    for (front, secret) in [
        ("JWT_SECRET=", "Zq9#vLp2"),
        ("encryptionKey: ", "blue.Monkey.77"),
        ("redis-cli -a ", "Kx7_plum"),
        ("the password is ", "letmein-99-now"),
        ("credentials: ", "hunter2xyz"),
        ("token=", "Zx81Kq02Lm"),
    ] {
        let masked = kit.mask(format!("{front}{secret}\n"));
        assert!(masked.starts_with(front) && !masked.contains(secret), "{masked}");
    }
}

/// Names, sentences and labels beside the word.
#[test]
fn words_beside_the_word() {
    let kit = Kit::builtin();
    for text in [
        "getpass('Password: ', stream=None)",
        "print(\"Enter password: \", end=\"\")",
        "f(\"password=\" + quote(pw))",
        "  --password options\n  --passphrase with\n  --password   Password to use\n",
        "passwd:         files systemd\npasswd: files systemd\n",
        "'password' => 'required|min:8', 'password' => 'nullable|string|min:8'",
        "\"password\": \"Passwort\", \"password\": \"Mot de passe\", \"password\": \"Neues Passwort\", \"password\": \"Пароль\"",
        "password=changeme_via_env",
        "curl -u name:password https://x\ncurl -u user:$PASS https://x\n",
        "secret: my-secret-12-prod\ntoken: v1.2.3-rc1\nsecret: tls-cert-2024\n",
        "    password: &mut SecretBuf,\n    password: &'a str,\n    password: &str,\n",
        "Password: !Ref DbPassword\nPassword: !Sub x${DbPassword1}\n",
        "PASSWORD|TOKEN|NAME\n",
        "https://me-2024@bitbucket.org/x/y.git https://username@host.example/x",
        "{\"password\": {\"type\": \"string\", \"minLength\": 8}, \"token\": {\"value\": \"\"}}",
    ] {
        assert_eq!(kit.mask(text), text);
        assert_eq!(kit.pieces(Surface::Line, text.as_bytes().chunks(1)), text.as_bytes(), "{text}");
    }
}

/// A user's name that is a key's: only the URL's password is masked, and host and path stay.
#[test]
fn a_key_in_front_of_a_url_s_password() {
    let kit = Kit::builtin();
    let secret = ["v1", ".9fK2mQx7Tz4wLpR8"].concat();
    for user in ["x-access-token", "token", "oauth2-token", "password"] {
        let masked = kit.plain(format!("https://{user}:{secret}@github.com/o/r.git\n"));
        assert_eq!(masked, format!("https://{user}:[masked:url-password]@github.com/o/r.git\n"));
    }
}

/// Many keys in one run of text were each looked at to its end. Now the value of a crowd is masked as one.
#[test]
fn a_crowd_of_keys() {
    let kit = Kit::builtin();
    let secret = ["Zx81", "Kq02", "Lm77"].concat();
    for key in ["token=", "password=", "secret:", "a_token=", "password:x="] {
        for count in [3, 15, 16, 17, 18, 40, 900] {
            let text = format!("x {}{secret}, y {key}1\n{key}{key}none\n", key.repeat(count));
            let masked = kit.mask(&text);
            assert!(!masked.contains(&secret) && masked.contains(", y "), "{count} times {key}: {masked}");
            for size in [1, 7, 61, 100] {
                let pieces = kit.pieces(Surface::Line, text.as_bytes().chunks(size));
                assert_eq!(String::from_utf8_lossy(&pieces), masked, "{count} times {key} in pieces of {size}");
            }
        }
    }
}

#[test]
fn a_known_value_in_every_form() {
    let kit = Kit { rules: Arc::new(Rules::none()), ..Kit::new(&[]) };
    let secret = ["q7Zt'", "W2x\"", "9vL$", "B4n/", "c8Hd"].concat();
    for value in known::environment("DEPLOY_TOKEN", secret.as_bytes(), 8) {
        let literals = value.literals();
        let forms = literals.iter().map(|literal| (literal.bytes.bytes(), literal.whole_word));
        kit.known.lock().unwrap().add(value.label, value.secret.bytes(), forms);
    }
    let json = serde_json::to_string(&secret).unwrap();
    let coded = |before: &str| base64::engine::general_purpose::STANDARD.encode(format!("{before}{secret}:behind"));
    for text in [secret.clone(), json, coded(""), coded("x"), coded("xy"), shell_words::quote(&secret).into_owned()] {
        let masked = kit.mask(&text);
        assert!(masked.contains("[masked:env:"), "{text} becomes {masked}");
    }
}
