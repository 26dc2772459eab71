//! Ways in which a secret is written down, and what looks like them: tables of lines, with the built-in rules.
//!
//! `@` in a line stands for a made-up secret, `%` for a made-up password.

use super::*;

fn secret() -> String {
    format!("{}q7{}", &made_up(14)[..14], &made_up(17)[..16])
}

fn password() -> String {
    format!("{}{}", "Falcon-", "river81")
}

fn filled(line: &str) -> String {
    line.replace('@', &secret()).replace('%', &password())
}

/// Masks a line whole and byte by byte.
fn both(kit: &Kit, text: &str) -> String {
    let whole = kit.mask(text);
    let bytes = kit.pieces(Surface::Line, text.as_bytes().chunks(1));
    assert_eq!(String::from_utf8_lossy(&bytes), whole, "{text}: byte by byte");
    whole
}

fn hides(lines: &[&str]) {
    let kit = Kit::builtin();
    for line in lines {
        let text = filled(line);
        let out = both(&kit, &text);
        assert!(!out.contains(&secret()[4..20]) && !out.contains(&password()[4..]), "{text} -> {out}");
        assert!(out.contains("[masked:"), "{text} -> {out}");
    }
}

fn passes(lines: &[&str]) {
    let kit = Kit::builtin();
    for text in lines {
        assert_eq!(both(&kit, text), *text);
    }
}

#[test]
fn a_type_may_stand_between_a_name_and_its_value() {
    hides(&[
        "const SECRET: &str = \"@\";",
        "const API_KEY: &'static str = \"@\";",
        "    password: str = \"%\"",
        "let apiKey: String = \"@\"",
        "private token: string | undefined = '@';",
        "api_key: Optional[str] = \"@\"",
        "const apiKey string = \"@\"",
        "char password[] = \"%\";",
        "static const char password[32] = \"%\";",
    ]);
    passes(&[
        "token: str = \"token\"",
        "password: Optional[str] = None",
        "password: str = Field(min_length=8)",
        "secret: &str = \"my-secret-name\";",
        "const apiKey string = \"\"",
        "char password[128];",
        "let token: Token = lexer.next();",
    ]);
}

#[test]
fn a_call_may_make_the_value() {
    hides(&[
        "let api_key = String::from(\"@\");",
        "token: Some(String::from(\"@\")),",
        "let secret = Secret::new(String::from(\"@\"));",
        "api_key = SecretStr(\"@\")",
        "secretKey := []byte(\"@\")",
        "apiKey: pulumi.String(\"@\"),",
        "val token = Base64.getDecoder().decode(\"x\"); val apiKey = new String(\"@\")",
    ]);
    passes(&[
        "token = re.compile(\"[a-z0-9]+\")",
        "password = getpass.getpass(\"Password: \")",
        "password = input(\"Password: \")",
        "token = request.headers.get(\"X-Token-1\")",
        "secret = client.get_secret(\"prod/db-1\")",
        "token = String::new();",
        "api_key = os.environ.get(\"OPENAI_API_KEY\")",
    ]);
}

#[test]
fn a_call_may_set_the_value() {
    hides(&[
        "ds.setPassword(\"%\");",
        "Client.builder().withToken(\"@\").build();",
        "builder.password(\"%\")",
        "props.put(\"password\", \"%\");",
        "System.setProperty(\"javax.net.ssl.keyStorePassword\", \"%\");",
        "os.Setenv(\"API_TOKEN\", \"@\")",
        "form.append('password', '%')",
    ]);
    passes(&[
        "z.password(\"Must be at least 8 characters\")",
        "label.setPassword(\"Password\")",
        "errors.add(\"password\", \"too-weak-1\")",
        "getByLabel(\"Password\").fill(password)",
        "ds.setPassword(env.get(\"DB\"));",
        "lexer.token(\"IDENTIFIER\")",
        "test_password(name1)",
    ]);
}

#[test]
fn something_may_stand_in_for_the_value() {
    hides(&[
        "const secret = process.env.JWT_SECRET || '@';",
        "apiKey: process.env.API_KEY ?? \"@\",",
        "ENV['SECRET_TOKEN'] ||= '@'",
        "password = os.environ.get(\"X\") or \"%\"",
        "SECRET = os.environ[\"APP_SECRET\"] or \"@\"",
        "$token = getenv(\"API_TOKEN\") ?: \"@\";",
        "API_KEY ?= \"@\"",
        "if password == \"%\":",
        "if (token === '@') {",
    ]);
    passes(&[
        "const token = req.token || defaultToken1;",
        "a.secret===n?r:null",
        "if password == other.password1:",
        "const password = opts.password || '';",
        "| token || x |",
    ]);
}

#[test]
fn names_and_values_on_lines_of_their_own() {
    hides(&[
        "\"secret\" :\n    \"@\"\n",
        "1) \"requirepass\"\n2) \"%\"\n",
        " 3) \"api_key\"\n 4) \"@\"\n",
        "+-----------------+------+\n|  SecretAccessKey|  @  |\n",
        "Secret Access Key:  @\n",
        "  password = 0x5581c0 \"%\",",
    ]);
    passes(&[
        "\"token\":\n  null\n",
        "1) \"token\"\n2) (nil)\n",
        "Password: Required\n",
        "Password: Configured\n",
        "  password: SecretString\n",
    ]);
    let kit = Kit::builtin();
    for word in ["Copperfieldian", "Kestrelbayhill"] {
        let out = both(&kit, &format!("Password: {word}\n"));
        assert_eq!(without_tags(&out), "Password: [masked:password]\n");
    }
}

#[test]
fn sentences_go_on() {
    passes(&[
        "Incorrect password: please try again\n",
        "  ✓ password: accepts eight characters (3 ms)\n",
        "password: falls back to the keyring\n",
        "password: changeme\n",
        "type Mutation { login(email: String!, password: String!): Token! }\n",
        "password: @Value(\"${api.key}\")\n",
    ]);
    hides(&["password: % user: ann\n", "login ok, password: % (temporary)\n"]);
}

#[test]
fn numbers_of_spans_are_no_cards() {
    let card = ["4111", "1111", "1111", "1111"].concat();
    let hex = "6db351c3c27abb9f";
    passes(
        &[
            format!("trace_id={hex}{hex} span_id={card} service=api\n"),
            format!("{{\"spanId\":\"{card}\"}}\n"),
            format!("X-B3-SpanId: {card}\n"),
            format!("[{hex},{card},{hex}]\n"),
            format!("{card},{hex}\n"),
            format!("order_id={card}\n"),
            format!("dd.trace_id={card} done\n"),
        ]
        .each_ref()
        .map(String::as_str),
    );
    let kit = Kit::builtin();
    for line in ["card_id=#", "pan: #", "#,12/28", "id 7 #", "valid #", "\"number\":\"#\"", "7,#,Ann"] {
        let text = line.replace('#', &card);
        assert!(!both(&kit, &text).contains(&card), "{text}");
    }
}

#[test]
fn a_colon_behind_the_host_of_a_masked_address_is_none_of_it() {
    passes(&[
        "://[masked:password:ABCDEFGH]#123456789:AA",
        "https://[masked:password:ABCDEFGH]/x:y",
        "https://[masked:password:ABCDEFGH]?a:b@c",
    ]);
}

#[test]
fn names_of_arguments_are_no_values() {
    passes(&[
        "connect(user=name, password=pvk_password, port=1)",
        "load(CERTFILE, password=KEY_PASSWORD)",
        "  password: readPassword,",
        "password=args.password),",
        "'private_key': self._private_key_pkcs8_pem,",
        "self.username, self.password = credentials",
        "user_pass = '%s:%s' % (user, pw)",
        "share_token = f\"share-{portfolio_id}-{org_type}-{org_value}\"",
        "$password = Read-Host -AsSecureString",
        "\"auth.password\": \"Passwort vergessen?\",",
        "arn:aws:secretsmanager:eu-west-1:1:secret:MyBrokerSecretName1x\"",
        "r\"/secrets/(?P<secret>.+?)/versions/(?P<version>.+?)$\"",
        "\"pattern\": \"^(https?)://[-a-zA-Z0-9+&@#/%?=~_|!:,.;]*[-a-z]\"",
        "https://USERNAME:TOKEN@example.org/r.git",
    ]);
    hides(&["connect(user=name, password=%, port=1)", "DB_PASSWORD=%, X=1", "password: %,"]);
}

#[test]
fn letters_in_no_order_need_no_digit() {
    let kit = Kit::builtin();
    let value = ["gUCxCsQr", "cBQAgvltaDO"].concat();
    for line in ["using password #", "AUTH #", "/cgi?user=admin&pwd=#", "password set to #", "password -> #"] {
        let text = line.replace('#', &value);
        assert!(!both(&kit, &text).contains(&value[2..]), "{text}");
    }
    passes(&[
        "password set to PostgreSQL",
        "AUTH MechanismList",
        "pwd=WorkingDirectory",
        "using password AuthenticationProvider",
        "Password for the PostgreSQL connection",
    ]);
}

#[test]
fn more_ways_to_write_a_value() {
    hides(&[
        "define(\"API_SECRET\", \"@\");",
        "viper.SetDefault(\"jwt.secret\", \"@\")",
        "if token != \"@\" {",
        "assert_eq!(cfg.api_key, \"@\");",
        "expect(res.token).toBe(\"@\")",
        "builder.password(SecretString::from(\"%\"))",
        "#define API_TOKEN \"@\"",
        "(setq api-key \"@\")",
        "Dim password As String = \"%\"",
        "{:password, \"%\"}",
        "password <- \"%\"",
        "std::string api_key{\"@\"};",
        "Password [hidden]: %\n",
        "API_TOKEN | @\n",
        "\u{2551} Password \u{2551} Kx7mZq2wVb \u{2551}\n",
        "| API key | @ |\n",
        "  Secret key         @\n",
        "{\"k\":\"API_TOKEN\",\"v\":\"@\"}",
        "<meta name=\"api-key\" content=\"@\">",
        "Content-Disposition: form-data; name=\"password\"\n\n%\n--x\n",
        "<member><name>password</name><value><string>%</string></value></member>",
        "<td>SECRET_KEY</td><td class=\"c\"><pre>&#x27;@&#x27;</pre></td>",
    ]);
    passes(&[
        "if token != other.token1 {",
        "assert_eq!(token, \"token\");",
        "expect(page.token).toBe(undefined)",
        "#define API_TOKEN token_value_1",
        "#define PASSWORD_MAX 128",
        "Password (optional): \n",
        "password <- readline()",
        "API token (see docs): none\n",
        "Enter pass phrase:\nModulus=CA75C98C070E44A58131D962BF40334518A705D19C432D0F\n",
        "Content-Disposition: form-data; name=\"file\"\n\nabc123def456\n",
    ]);
}

/// Lists of secrets behind one name: from the first of them to the last.
#[test]
fn lists_of_secrets() {
    let kit = Kit::usual(&[]);
    let (one, two) = (format!("{}7", made_up(12)), format!("{}8", made_up(14)));
    let row = |text: String| kit.plain(text.replace('1', &one).replace('2', &two));
    assert_eq!(row("\"passwords\": [\"1\", \"2\"], x".into()), "\"passwords\": [\"[masked:password]\"], x");
    assert_eq!(row("passwords: [1, 2]\nx".into()), "passwords: [[masked:password]]\nx");
    assert_eq!(
        row("a:\n  tokens:\n    - 1\n    - '2'\n  x: y\n".into()),
        "a:\n  tokens:\n    - [masked:api-key]'\n  x: y\n"
    );
    for text in [
        "\"tokens\": [\"let\", \"x\", \"if\"]",
        "passwords: [a, b]\n",
        "tokens: [1, 2, 3]",
        "password: [u8; 32],\n",
        "passwords:\n  - name: x\n",
        "passwords:\n\n  text\n",
        "tokens = []",
    ] {
        assert_eq!(kit.plain(text), text);
    }
}

/// What is written without quotes has signs in it.
#[test]
fn signs_within_a_bare_value() {
    let kit = Kit::usual(&[]);
    for value in ["Xk9&mQ2)vL", "Xk9|mQ2}vL", "Xk9;mQ2,vL"] {
        for sign in [": ", " = ", "="] {
            assert_eq!(kit.plain(format!("  password{sign}{value}\n")), format!("  password{sign}[masked:password]\n"));
        }
    }
    for text in [
        "password: string | undefined\n",
        "password: Option<[u8; 32]>,\n",
        "token: u64|null\n",
        "password: f(x1),g(y2)\n",
    ] {
        assert_eq!(kit.plain(text), text);
    }
    let joined = kit.plain(format!("export API_TOKEN=\"{}1\\\n{}2\"\n", made_up(16), made_up(12)));
    assert_eq!(joined, "export API_TOKEN=\"[masked:api-key]\"\n");
}

/// What a generator makes of all signs, in columns and cells, and what a program or a person writes so.
#[test]
fn signs_within_a_cell() {
    let kit = Kit::builtin();
    for value in
        ["BU^0a1fBtw,@%ALY?s", "o5#AFp[?]zx4oE7F[g", "7/Ta+[(O?}OvqDnPsi", "bw5Qx(,?-q5dtOea?T", ";F9aB~x2<Q^z7"]
    {
        for text in
            [format!("| password | {value} |\n"), format!("password    {value}\n"), format!("password\t{value}\n")]
        {
            let out = both(&kit, &text);
            assert!(out.contains("[masked:password:") && !out.contains(&value[3..9]), "{text} -> {out}");
        }
    }
    passes(&[
        "password    (optional) what it opens\n",
        "token       <name-of-it-1>\n",
        "password=`cat /run/secrets/pw`\n",
        "DB_PASSWORD=${DB_PASSWORD:?required}\n",
        "--secret id=npmrc,src=.npmrc\n",
        "case \"password\": return PasswordField;\n",
        "bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/ls\n",
        "eyJoZWxsbyI6IndvcmxkIn0=\n",
    ]);
    hides(&[
        "<CardToken><Value>x</Value></CardToken> <AdminPassword><Value>@</Value></AdminPassword>",
        "DbPassword:\n  Type: String\n  Default: @\n",
        ">>> api_token\n'@'\n",
        "$ echo $API_TOKEN\n@\n",
        "token = \"\"\"\n@\"\"\"\n",
        "proxy_set_header X-Api-Key @;\n",
        "{password, \"@\"},",
        "Connect -ClientSecret @ -Name x",
        "**Password:** @\n",
        "HikariConfig - password........................@\n",
        "DB_PASSWORD: [\"@\"]\n",
        "\"Name\": \"/prod/api_key\",\n  \"Type\": \"String\",\n  \"Value\": \"@\"\n",
    ]);
}
