//! Whether what stands behind `password =` or `token:` is a secret, or code that would get one.
//!
//! Works on the value alone: source code, schemas, logs and configuration all write `name: value`, and only a literal
//! is a secret. Where it is not plain which one it is, it is a literal.

#![forbid(unsafe_code)]

use super::known::like;

/// How the value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Between quotes or tags.
    Quoted,
    /// Bare, up to a delimiter.
    Bare,
}

/// What its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A password: people choose words.
    Password,
    /// A token or key: machines choose, and names of things stand in the same place.
    Token,
}

/// Types, keywords and what messages say of a password.
const WORDS: &[&str] = &[
    "any",
    "array",
    "auto",
    "base64",
    "binary",
    "blank",
    "bool",
    "boolean",
    "byte",
    "bytes",
    "char",
    "const",
    "default",
    "denied",
    "disabled",
    "empty",
    "enabled",
    "encrypted",
    "expired",
    "external",
    "failed",
    "false",
    "field",
    "file",
    "function",
    "hash",
    "hashed",
    "hidden",
    "incorrect",
    "input",
    "int",
    "integer",
    "invalid",
    "json",
    "keyboard",
    "let",
    "long",
    "masked",
    "missing",
    "must",
    "never",
    "nil",
    "none",
    "null",
    "number",
    "object",
    "off",
    "omitted",
    "optional",
    "options",
    "passphrase",
    "passwd",
    "password",
    "plain",
    "prompt",
    "protected",
    "random",
    "redacted",
    "rejected",
    "required",
    "reset",
    "return",
    "secret",
    "secretstr",
    "self",
    "should",
    "static",
    "stdin",
    "str",
    "strict",
    "string",
    "text",
    "this",
    "token",
    "true",
    "tuple",
    "unchanged",
    "undefined",
    "union",
    "unknown",
    "unset",
    "updated",
    "uuid",
    "valid",
    "value",
    "var",
    "varchar",
    "void",
    "with",
    "wrong",
    "yes",
];

/// Beginnings of what is resolved elsewhere.
const RESOLVED: &[&str] = &[
    "$",
    "{{",
    "${",
    "#{",
    "%{",
    "%(",
    "<",
    "@{",
    "!ref",
    "!sub",
    "!vault",
    "!secret",
    "!env",
    "!getatt",
    "env[",
    "enc[",
    "op://",
    "vault:",
    "arn:",
    "secretref:",
    "secret://",
    "file://",
    "[masked",
    "[redacted",
    "[filtered",
    "[hidden",
    "%env",
    "@microsoft.keyvault",
    "projects/",
];

/// Says whether a value may be masked as one.
#[must_use]
pub fn is_literal(value: &[u8], written: Written, named: Named) -> bool {
    let text = String::from_utf8_lossy(value);
    let text = text.trim();
    let bare = text.trim_end_matches([',', ';']);
    if bare.is_empty()
        || is_resolved(bare)
        || is_word(bare)
        || !bare.bytes().any(|b| b.is_ascii_alphanumeric() || b > 127)
    {
        return false;
    }
    if written == Written::Bare && is_code(bare) {
        return false;
    }
    match named {
        Named::Password => true,
        // The name has said already that it is one; what is left are names of things.
        Named::Token => like::is_secret_like(bare.as_bytes(), "token", super::known::LEAST_LEN),
    }
}

/// A reference, an expansion, a placeholder, an address or a place.
fn is_resolved(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let percent = text.len() > 2 && text.starts_with('%') && text.ends_with('%');
    let bound = text.strip_prefix([':', '@']).is_some_and(is_identifier);
    let placeholder = ["your-", "your_", "<your", "xxxx", "...", "…"].iter().any(|part| lower.contains(part));
    let stars = text.bytes().all(|b| b"*.-_xX#?".contains(&b));
    let place = ["~/", "./", "../", "/run/secrets/", "/etc/"].iter().any(|head| text.starts_with(head));
    RESOLVED.iter().any(|head| lower.starts_with(head))
        || lower.contains("${")
        || text.contains("$(")
        || percent
        || bound
        || placeholder
        || stars
        || place
}

/// A word that says something about a password, alone or in front of more: `required|min:8`.
fn is_word(text: &str) -> bool {
    let end = text.find(['|', '(', '<', '?', '[', '!', '.', ',']).unwrap_or(text.len());
    let head = text[..end].to_ascii_lowercase();
    // A `!` alone at the end is TypeScript's or a password's.
    let typed = text[end..].chars().all(|c| !c.is_ascii_digit() || text.contains(['(', '|']));
    typed && WORDS.binary_search(&head.as_str()).is_ok()
}

/// Names, calls, subscripts, paths of names, types.
fn is_code(text: &str) -> bool {
    let text = text.trim_start_matches(['&', '*']).trim_start_matches("[]");
    let name_len = text.bytes().take_while(|b| b.is_ascii_alphanumeric() || b"_.:>-".contains(b)).count();
    let (name, rest) = text.split_at(name_len);
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let called =
        starts && rest.starts_with(['(', '[', '<']) && name.split(['.', ':', '-', '>']).all(is_identifier_or_none);
    let arrow = text.contains("->") || text.contains("=>") || text.contains("::");
    let parts: Vec<&str> = text.trim_end_matches(['?', '!', ')', ']', '}']).split('.').collect();
    let member = parts.len() > 1 && parts.iter().all(|part| is_identifier(part) && named(part));
    let snake = text.contains('_') && is_identifier(text) && named(text);
    called || (arrow && starts) || member || snake
}

fn is_identifier_or_none(text: &str) -> bool {
    text.is_empty() || is_identifier(text)
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Put together from words.
fn named(text: &str) -> bool {
    text.split('_').all(|part| part.is_empty() || like::is_words(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted() {
        assert!(WORDS.is_sorted());
    }

    #[test]
    fn literals_and_code() {
        use Named::{Password, Token};
        use Written::{Bare, Quoted};
        let random = ["q7Zt", "W2xK", "9vLm", "B4nR"].concat();
        let dotted = ["mF_9", ".B5f-", "4.1JqM9x"].concat();
        let yes: &[(&str, Written, Named)] = &[
            ("hunter2", Bare, Password),
            ("postgres", Bare, Password),
            ("changeme", Bare, Password),
            ("Tr0ub4dor&3", Bare, Password),
            ("s3cr3t!pw", Quoted, Password),
            ("correct horse", Quoted, Password),
            ("ab(cd]9xyz", Bare, Password),
            ("pa$$w0rd", Bare, Password),
            (&random, Bare, Password),
            (&random, Bare, Token),
            (&random, Quoted, Token),
            (&dotted, Bare, Token),
            ("0b2f7a5c-92d4-4e07-b1d3-6e2a9c3f8d15", Bare, Token),
            ("9f86d081884c7d659a2feaa0c55ad015", Bare, Token),
        ];
        for (value, written, named) in yes {
            assert!(is_literal(value.as_bytes(), *written, *named), "{value} {written:?} {named:?}");
        }
        let no: &[(&str, Written, Named)] = &[
            ("getpass()", Bare, Password),
            ("str", Bare, Password),
            ("string", Quoted, Password),
            ("String,", Bare, Password),
            ("&str", Bare, Password),
            ("Option<String>", Bare, Password),
            ("Optional[str]", Bare, Password),
            ("varchar(255)", Bare, Password),
            ("[]byte", Bare, Password),
            ("required|min:8", Quoted, Password),
            ("$PASSWORD", Bare, Password),
            ("${PASSWORD:-x}", Quoted, Password),
            ("%PASSWORD%", Bare, Password),
            ("{{ .Values.pw }}", Quoted, Password),
            ("<your-password>", Bare, Password),
            ("********", Quoted, Password),
            ("os.environ[\"PASSWORD\"]", Bare, Password),
            ("os.getenv(\"PW\")", Bare, Password),
            ("process.env.PASSWORD", Bare, Password),
            ("self.password", Bare, Password),
            ("args.password,", Bare, Password),
            ("read_line()?;", Bare, Password),
            ("Secret::new(x)", Bare, Password),
            ("other_password", Bare, Password),
            (":password", Bare, Password),
            ("null", Bare, Password),
            ("true", Bare, Password),
            ("[REDACTED]", Bare, Password),
            ("[masked:password:ABCDEFGH]", Bare, Password),
            ("/run/secrets/pw", Bare, Password),
            ("my-secret", Bare, Token),
            ("my-secret-1", Quoted, Token),
            ("orders.created", Quoted, Token),
            ("YOUR_API_KEY_123456", Bare, Token),
            ("settings.openai_api_key_v1", Bare, Token),
            ("get_token_v2()", Bare, Token),
            ("identifierWithLongName1", Bare, Token),
            ("same-origin", Quoted, Token),
            ("https://example.com/token/1234567", Bare, Token),
            ("~/.ssh/id_rsa_2048_backup", Bare, Token),
            ("/etc/ssl/private/server1.key", Bare, Token),
            ("1234567", Bare, Token),
            ("", Bare, Password),
        ];
        for (value, written, named) in no {
            assert!(!is_literal(value.as_bytes(), *written, *named), "{value} {written:?} {named:?}");
        }
    }
}
