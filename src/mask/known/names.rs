//! Which names of variables, keys and options say that their value is a secret.

use smallvec::SmallVec;

/// Longest name that is read, in bytes.
const LONGEST: usize = 256;

/// What a name says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hint {
    /// Nothing, or that it is public.
    None,
    /// That it may be one: the value must look random.
    Weak,
    /// That it is one.
    Strong,
}

/// Words of which one in a name says secret.
const STRONG: &[&str] = &[
    "token",
    "tokens",
    "secret",
    "secrets",
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "passcode",
    "apikey",
    "apikeys",
    "credential",
    "credentials",
    "creds",
    "bearer",
    "privatekey",
    "secretkey",
    "accesskey",
    "authkey",
    "masterkey",
    "encryptionkey",
    "signingkey",
    "dsn",
    "jwt",
    "cookie",
    "pat",
    "passwort",
    "webhook",
];

/// Words that say so at a name's end.
const STRONG_END: &[&str] = &["pass", "pwd", "pw", "auth", "psw", "salt", "pepper", "authtoken"];

/// Pairs of words that say so next to each other.
const STRONG_PAIRS: &[(&str, &str)] = &[
    ("api", "key"),
    ("api", "keys"),
    ("private", "key"),
    ("private", "keys"),
    ("secret", "key"),
    ("access", "key"),
    ("access", "keys"),
    ("account", "key"),
    ("storage", "key"),
    ("shared", "key"),
    ("encryption", "key"),
    ("signing", "key"),
    ("master", "key"),
    ("license", "key"),
    ("app", "key"),
    ("application", "key"),
    ("service", "key"),
    ("deploy", "key"),
    ("auth", "key"),
    ("admin", "key"),
    ("integration", "key"),
    ("routing", "key"),
    ("ingest", "key"),
    ("writekey", ""),
    ("client", "key"),
    ("key", "base"),
    ("key", "data"),
    ("connection", "string"),
];

/// Last words behind which something *about* a secret stands.
const ABOUT: &[&str] = &[
    "name",
    "names",
    "file",
    "files",
    "path",
    "paths",
    "dir",
    "url",
    "uri",
    "endpoint",
    "host",
    "port",
    "ttl",
    "type",
    "enabled",
    "disabled",
    "expiry",
    "expires",
    "expiration",
    "length",
    "len",
    "count",
    "limit",
    "version",
    "arn",
    "user",
    "username",
    "email",
    "helper",
    "provider",
    "algorithm",
    "alg",
    "method",
    "policy",
    "region",
    "id",
    "ids",
    "store",
    "backend",
    "command",
    "cmd",
    "prefix",
    "header",
    "field",
    "fingerprint",
    "sock",
    "socket",
    "mode",
    "program",
    "issuer",
    "audience",
    "scope",
    "scopes",
    "size",
    "index",
    "required",
    "rotation",
    "age",
    "at",
    "on",
    "status",
    "prompt",
];

/// Words that say that everybody may see it.
const PUBLIC: &[&str] = &["public", "pub", "publishable"];

/// Names that end like a secret's and are none.
const NEVER: &[&str] = &["pwd", "oldpwd", "ssh_auth_sock", "xauthority", "gpg_agent_info", "windowid"];

/// Says what a name tells of its value; `DATABASE_PASSWORDS`, `apiKey` and `client-secret` are all read.
#[must_use]
pub fn hint(name: &str) -> Hint {
    let mut lower = [0; LONGEST];
    let Some(lower) = lower.get_mut(..name.len()).filter(|lower| !lower.is_empty()) else { return Hint::None };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    let Ok(lower) = std::str::from_utf8(lower) else { return Hint::None };
    let words = words(name, lower);
    let word = |i: usize| words.get(i).copied().unwrap_or_default();
    let last = words.last().copied().unwrap_or_default();
    if NEVER.contains(&lower) || words.iter().any(|word| PUBLIC.contains(word)) {
        return Hint::None;
    }
    // `AWS_ACCESS_KEY_ID` and `SENTRY_DSN` are named by their makers.
    let access_id = words.ends_with(&["access", "key", "id"]);
    if ABOUT.contains(&last) && !access_id {
        let is_address = matches!(last, "url" | "uri" | "endpoint");
        return if is_address || word(0) == "aws" { Hint::Weak } else { Hint::None };
    }
    let second = |word: &str| matches!(word, "key" | "keys" | "base" | "data" | "string" | "");
    let pair = |i: usize| second(word(i + 1)) && STRONG_PAIRS.contains(&(word(i), word(i + 1)));
    let strong = words.iter().any(|word| STRONG.contains(word))
        || STRONG_END.contains(&last)
        || (0..words.len()).any(pair)
        || ["password", "passwd", "secret", "apikey", "token"].iter().any(|end| last.ends_with(end));
    if strong {
        return Hint::Strong;
    }
    let weak = word(0) == "aws" || matches!(last, "key" | "keys" | "auth" | "hash" | "sig" | "signature");
    if weak { Hint::Weak } else { Hint::None }
}

/// A name's words, cut from its small-letter form: at `_`, `-`, `.`, blanks, and where a capital follows a small letter.
fn words<'a>(name: &str, lower: &'a str) -> SmallVec<[&'a str; 8]> {
    let bytes = name.as_bytes();
    let mut out = SmallVec::new();
    let mut from = 0;
    for (i, &c) in bytes.iter().enumerate() {
        let before = if i > 0 { bytes[i - 1] } else { b'_' };
        let after = bytes.get(i + 1).copied().unwrap_or(b'_');
        let hump = c.is_ascii_uppercase()
            && (before.is_ascii_lowercase() || (before.is_ascii_uppercase() && after.is_ascii_lowercase()));
        let cut = !c.is_ascii_alphanumeric();
        if (hump || cut) && from < i {
            out.extend(lower.get(from..i));
        }
        if hump {
            from = i;
        } else if cut {
            from = i + 1;
        }
    }
    if from < bytes.len() {
        out.extend(lower.get(from..));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_ends_in_a_word_that_is_asked_for() {
        for (first, second) in STRONG_PAIRS {
            assert_eq!(hint(&format!("x_{first}_{second}")), Hint::Strong, "{first} {second}");
        }
        assert_eq!(hint(&"TOKEN_".repeat(43)), Hint::None);
        assert_eq!(hint(&"_TOKEN".repeat(42)), Hint::Strong);
    }

    #[test]
    fn names_say_what_they_hold() {
        let table: &[(&str, Hint)] = &[
            ("GITHUB_TOKEN", Hint::Strong),
            ("MY_SECRETS", Hint::Strong),
            ("DB_PASSWORDS", Hint::Strong),
            ("PGPASSWORD", Hint::Strong),
            ("MYSQL_PWD", Hint::Strong),
            ("SMTP_PASS", Hint::Strong),
            ("STRIPE_API_KEY", Hint::Strong),
            ("stripeApiKey", Hint::Strong),
            ("OPENAIAPIKEY", Hint::Strong),
            ("client-secret", Hint::Strong),
            ("clientSecret", Hint::Strong),
            ("TLS_PRIVATE_KEY", Hint::Strong),
            ("GOOGLE_CREDENTIALS", Hint::Strong),
            ("SENTRY_DSN", Hint::Strong),
            ("SECRET_KEY_BASE", Hint::Strong),
            ("AZURE_STORAGE_CONNECTION_STRING", Hint::Strong),
            ("AWS_SECRET_ACCESS_KEY", Hint::Strong),
            ("AWS_ACCESS_KEY_ID", Hint::Strong),
            ("AWS_PROFILE", Hint::Weak),
            ("AWS_REGION", Hint::Weak),
            ("HONEYCOMB_KEY", Hint::Weak),
            ("DATABASE_URL", Hint::Weak),
            ("PWD", Hint::None),
            ("OLDPWD", Hint::None),
            ("SSH_AUTH_SOCK", Hint::None),
            ("PASSWORD_FILE", Hint::None),
            ("SECRET_NAME", Hint::None),
            ("TOKEN_TTL", Hint::None),
            ("NEXT_PUBLIC_API_KEY", Hint::None),
            ("STRIPE_PUBLISHABLE_KEY", Hint::None),
            ("PATH", Hint::None),
            ("HOME", Hint::None),
            ("KEYBOARD", Hint::None),
            ("MONKEY", Hint::None),
            ("TOKENIZERS_PARALLELISM", Hint::None),
            ("", Hint::None),
        ];
        for (name, want) in table {
            assert_eq!(hint(name), *want, "{name}");
        }
    }

    #[test]
    fn bug_19_plural_names_are_covered() {
        for name in ["DEPLOY_SECRETS", "API_KEYS", "BOT_TOKENS", "DB_PASSWORDS", "CI_CREDENTIALS", "ACCESS_KEYS"] {
            assert_eq!(hint(name), Hint::Strong, "{name}");
        }
    }
}
