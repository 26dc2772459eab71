//! Secrets that stand on other lines than what tells of them, and in other cells.

use super::*;

/// Masks a text, and checks that no way of cutting it changes anything.
fn check(text: &str) -> String {
    let kit = Kit::builtin();
    let whole = kit.mask(text);
    for at in 0..=text.len() {
        let (one, two) = text.as_bytes().split_at(at);
        let cut = kit.pieces(Surface::Line, [one, two]);
        assert_eq!(String::from_utf8_lossy(&cut), whole, "cut at {at}");
    }
    for size in [1, 3, 7] {
        let cut = kit.pieces(Surface::Line, text.as_bytes().chunks(size));
        assert_eq!(String::from_utf8_lossy(&cut), whole, "in pieces of {size}");
    }
    assert_eq!(kit.mask(&whole), whole, "masked twice");
    whole
}

#[test]
fn lists_behind_what_tells_of_them() {
    let one = ["8153", "7639"].concat();
    for text in [
        "Backup codes:\n\nONE\n71032115\n25919752\n\nKeep them.\n",
        "Your emergency scratch codes are:\r\n  71032115\r\n  ONE\r\n  25919752\r\n",
        "recovery codes for ann\n-----\n* 71032115\n* 25919752\n* ONE",
        "| Backup codes |\n|--------------|\n| ONE     |\n| 71032115     |\n| 25919752     |\n",
        "{\"recovery_codes\": [\"ONE\", \"71032115\"]}\n",
        "backup_codes:\n  - \"7103 2115\"\n  - ONE\n",
    ] {
        let out = check(&text.replace("ONE", &one));
        assert!(!out.contains(&one) && out.contains("[masked:one-time-code"), "{out}");
    }
    for other in [
        "recovery codes:\n10\n20\n30\n",
        "3 backup codes are left:\n71032115\n",
        "Backup codes\nare 71032115\nor 25919752\nor 89151133\n",
        "The mnemonic\nof each instruction is listed below with what it does to flags and\nmemory\n",
    ] {
        assert_eq!(check(other), other);
    }
}

/// Where one line is enough, each line has a mask of its own, and what stands beside it stays.
#[test]
fn lines_with_a_mask_each() {
    let (one, two) = (["hunter", "22"].concat(), ["correct", "horse"].concat());
    let text = format!("$ cat /etc/pgbouncer/userlist.txt\n\"app\" \"{one}\"\n\"me\" \"{two}\"\n$ ls\n");
    let out = without_tags(&check(&text));
    let mask = "[masked:database-password]";
    assert_eq!(out, format!("$ cat /etc/pgbouncer/userlist.txt\n\"app\" \"{mask}\"\n\"me\" \"{mask}\"\n$ ls\n"));
    let key = made_up(56);
    let text = format!("{{\n  \"functionKeys\": {{\n    \"a\": \"{key}\",\n    \"b\": \"{key}\"\n  }}\n}}\n");
    assert_eq!(check(&text).matches("[masked:azure-function-key:").count(), 2);
}

/// What is not of the list is not held for it, and no list is looked at for longer than it may be.
#[test]
fn a_list_has_an_end() {
    let kit = Kit::builtin();
    let mut masker = kit.masker(Surface::Line);
    let mut out = Vec::new();
    masker.feed(b"Seed phrase (see there)", &mut out);
    assert_eq!(out, b"Seed phrase (see there)");
    masker.feed(b"\nnothing of it\n", &mut out);
    assert_eq!(out, b"Seed phrase (see there)\nnothing of it\n");
    let long = format!("Backup codes:\n{}", "12345678 ".repeat(2000));
    let before = out.len();
    masker.feed(long.as_bytes(), &mut out);
    let held = long.len() - (out.len() - before);
    assert!(held < 200, "{held} bytes are held");
}

#[test]
fn what_a_typed_command_prints() {
    let secret = made_up(24);
    for text in [
        "$ pass show prod/db\nONE\n",
        "ann@host:~/app$ gcloud secrets versions access latest --secret=x\r\nONE\r\n$ ",
        "PS C:\\> op read op://v/i/password\nONE\n",
        "# cat /run/secrets/db\nONE",
    ] {
        let out = check(&text.replace("ONE", &secret));
        assert!(!out.contains(&secret), "{out}");
    }
    for other in [
        "$ pass show prod/db\nError: prod/db is not in the password store.\n",
        "$ terraform output -raw name\nprod-cluster-eks-1\n",
        "$ cat /run/secrets/db\n$ ls\nfile-number-1.txt\n",
        "Run gh auth token, and then\nsomething-else-1\n",
    ] {
        assert_eq!(check(other), other);
    }
}

/// A flag or a type stands in the cell between, a name has the name of what it belongs to in front.
#[test]
fn cells_further_behind() {
    let secret = made_up(24);
    for text in [
        "MISTRAL_API_KEY            False          ONE\n",
        "    ApiToken    REG_SZ    ONE\n",
        "    DefaultPassword\tREG_SZ\tONE\n",
        "app:secretKey  ONE\n",
        "  <AdministratorPassword>\n    <Value>ONE</Value>\n",
        "expect \"Password:\"\nsend -- \"ONE\\r\"\n",
        "Token: 350519|ONE\n",
    ] {
        let out = check(&text.replace("ONE", &secret));
        assert!(!out.contains(&secret), "{out}");
    }
    for other in [
        "api-token    True   db-credentials-v2\n",
        "core:secretKeyRef   db-credentials-1\n",
        "Password    REG_SZ    \n",
        "expect \"login:\"\nsend \"root-user-1\\r\"\n",
        "token: string|number\n",
    ] {
        assert_eq!(check(other), other);
    }
}

#[test]
fn passwords_that_begin_with_a_bracket() {
    for value in ["{k9;Xv2!pQ", "[7Xq!m2Zt#", "(9fK2mQx7!", "<3xKq9!Zt7"] {
        for text in [
            "DB_PASSWORD=ONE\n",
            "Password: ONE\n",
            "password: \"ONE\"\n",
            "Your new password is ONE\n",
            "tool --password 'ONE' x\n",
        ] {
            let out = check(&text.replace("ONE", value));
            assert!(!out.contains(value), "{out}");
        }
    }
    for other in [
        "password: {type: string, x1: Y2}\n",
        "secret = (await getSecret2())\n",
        "token: [Foo1, Bar2]\n",
        "let password = (self.Password1\n",
        "Your new password is <password1>\n",
    ] {
        assert_eq!(check(other), other);
    }
}
