//! What stands behind a key and is no secret.

#![forbid(unsafe_code)]

use std::borrow::Cow;

use crate::mask::known::like::{is_scrambled, is_thing};
use crate::mask::tag::mask_at;
use crate::mask::verify;

/// Words that say something about a secret, or stand where one belongs.
const WORDS: &[&str] = &[
    "absent",
    "accepts",
    "allow",
    "allows",
    "always",
    "accepted",
    "any",
    "array",
    "authentication",
    "auto",
    "basic",
    "bearer",
    "bool",
    "boolean",
    "bytes",
    "changed",
    "changeme",
    "configured",
    "correct",
    "created",
    "credential",
    "credentials",
    "default",
    "denied",
    "disabled",
    "empty",
    "enabled",
    "error",
    "example",
    "examples",
    "expired",
    "failed",
    "false",
    "field",
    "file",
    "float",
    "found",
    "generated",
    "generating",
    "hashed",
    "hidden",
    "ignored",
    "incorrect",
    "inherit",
    "input",
    "int",
    "integer",
    "invalid",
    "locked",
    "manager",
    "masked",
    "mismatch",
    "missing",
    "needed",
    "never",
    "nil",
    "no",
    "none",
    "not",
    "null",
    "number",
    "object",
    "off",
    "ok",
    "on",
    "optional",
    "plain",
    "plaintext",
    "prompt",
    "provided",
    "redacted",
    "rejected",
    "rejects",
    "removed",
    "require",
    "required",
    "requires",
    "reset",
    "returns",
    "revoked",
    "rotated",
    "sent",
    "set",
    "skipped",
    "str",
    "string",
    "text",
    "true",
    "undefined",
    "unknown",
    "unset",
    "unchanged",
    "updated",
    "valid",
    "value",
    "validated",
    "verified",
    "wrong",
    "yes",
    "your",
];

/// Words of sentences.
const SENTENCE: &[&str] = &[
    "a", "an", "and", "are", "be", "can", "cannot", "could", "do", "does", "enter", "for", "from", "has", "have", "in",
    "invalid", "is", "must", "not", "of", "or", "please", "required", "should", "the", "this", "to", "was", "when",
    "will", "with", "you", "your",
];

/// What stands for a password in examples and help texts.
const STANDING: &[&str] = &["password", "passwd", "passphrase", "pass", "foobared"];
/// The same in capitals.
const CAPITALS: &[&str] = &["TOKEN", "SECRET", "PASSCODE", "APIKEY", "PWD", "PAT", "KEY", "CREDENTIALS"];

/// The word for it that interfaces show, in small letters.
const LABELS: &[&str] = &[
    "adgangskode",
    "contrasena",
    "contrase\u{f1}a",
    "has\u{142}o",
    "heslo",
    "jelsz\u{f3}",
    "kata sandi",
    "kennwort",
    "losenord",
    "l\u{f6}senord",
    "mot de passe",
    "parola",
    "passord",
    "passphrase",
    "password",
    "passwords",
    "passwort",
    "salasana",
    "senha",
    "wachtwoord",
    "\u{15f}ifre",
    "sifre",
    "lozinka",
    "geslo",
    "slapta\u{17e}odis",
    "clave",
    "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}",
    "\u{41f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}",
    "\u{5bc6}\u{7801}",
    "\u{5bc6}\u{78bc}",
    "\u{30d1}\u{30b9}\u{30ef}\u{30fc}\u{30c9}",
    "\u{be44}\u{bc00}\u{bc88}\u{d638}",
];

/// What begins the place of a value that is not there yet.
const FILL_IN: &[&str] =
    &["changeme", "change_me", "change-me", "replaceme", "replace_me", "replace-me", "your_", "your-"];

/// Says whether a value is the name of a constant or of what is to be put there: `DOCKER_PASSWORD`.
fn constant(value: &[u8]) -> bool {
    let name = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let word = |part: &[u8]| part.len() >= 4 && part.iter().all(u8::is_ascii_uppercase);
    let mut parts = value.split(|byte| *byte == b'_');
    value.iter().all(name) && value.contains(&b'_') && parts.any(word)
}

/// Says whether a value only stands for one: a variable, a mask, stars, a name in brackets.
pub(super) fn placeholder(value: &[u8]) -> bool {
    let rest = without_masks(value);
    let value = rest.as_ref();
    let Some(first) = value.first() else { return true };
    let filler = |byte: &u8| b"*.-_xX#?:".contains(byte);
    if value.iter().all(filler) || value.iter().all(|byte| byte == first) && value.len() > 2 {
        return true;
    }
    let wrapped = |open: &[u8], close: &[u8]| value.starts_with(open) && value.ends_with(close);
    let variable = value.strip_prefix(b"$").is_some_and(|name| {
        let name = name.strip_prefix(b"env:").unwrap_or(name);
        let named = name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let member = matches!(name[named..], [] | [b'[', ..] | [b'-'] | [b'-', b'>', ..]);
        let letter = !name.first().is_some_and(u8::is_ascii_digit) && name[..named].iter().any(u8::is_ascii_alphabetic);
        name.starts_with(b"{") || name.starts_with(b"(") || member && letter
    });
    if is_label(value) || is_format(value) {
        return true;
    }
    // zsh's completions: `--password=:password`.
    if value.strip_prefix(b":").is_some_and(is_label) {
        return true;
    }
    if STANDING.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(value))
        || CAPITALS.iter().any(|word| word.as_bytes() == value)
        || constant(value)
    {
        return true;
    }
    // A dollar sign also begins a hash: `$2b$10$…`.
    let dots = b"\xe2\x80\xa2";
    // `%(DB_PASSWORD)s`; where a value ends before a bracket, without it.
    let inserted = value.strip_prefix(b"%(").map(|rest| rest.strip_suffix(b")s").unwrap_or(rest));
    let named = |name: &[u8]| name.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    variable
        || inserted.is_some_and(named)
        || wrapped(b"<", b">")
        || wrapped(b"{{", b"}}")
        || wrapped(b"{", b"}")
        || wrapped(b"%", b"%")
        || wrapped(b"[", b"]")
        || wrapped(b"__", b"__")
        || value.starts_with(b"${")
        || value.chunks(3).all(|chunk| chunk == dots)
}

/// Says whether a value is a format without a letter of its own: `%s:%s`, `{}:{}`.
fn is_format(value: &[u8]) -> bool {
    let mut rest = value;
    let mut parts = 0;
    while let [first, behind @ ..] = rest {
        (rest, parts) = match (first, behind) {
            (b'%', [b's' | b'd' | b'v' | b'q' | b'@', behind @ ..]) | (b'{', [b'}', behind @ ..]) => {
                (behind, parts + 1)
            }
            (byte, _) if byte.is_ascii_punctuation() || *byte == b' ' => (behind, parts),
            _ => return false,
        };
    }
    parts > 0
}

/// Says whether a value is what an interface shows beside the field, a rule that a form's field has to keep, or what
/// says that it is to be filled in.
pub(super) fn is_label(value: &[u8]) -> bool {
    let end = value.iter().rposition(|byte| !b"?!.:*".contains(byte)).map_or(0, |at| at + 1);
    let lower = value[..end].to_ascii_lowercase();
    let words = lower.split(|byte| *byte == b' ').count();
    let alone = |label: &str| lower.len() == label.len() || lower[lower.len() - label.len() - 1] == b' ';
    let asks = end < value.len() && value[end] == b'?';
    let asked = |label: &str| asks && lower.starts_with(label.as_bytes()) && lower.get(label.len()) == Some(&b' ');
    let plain = lower.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b' ' || !byte.is_ascii());
    if words <= 4
        && plain
        && LABELS.iter().any(|label| lower.ends_with(label.as_bytes()) && alone(label) || asked(label))
    {
        return true;
    }
    // `required|min:8`.
    let first = lower.split(|byte| matches!(byte, b'|' | b':')).next().unwrap_or_default();
    if lower.contains(&b'|')
        && [b"required".as_slice(), b"nullable", b"sometimes", b"string", b"confirmed"].contains(&first)
    {
        return true;
    }
    let fill = |word: &&str| lower.starts_with(word.as_bytes());
    lower.len() > 8
        && FILL_IN.iter().any(fill)
        && lower.iter().all(|byte| byte.is_ascii_alphabetic() || b"_-".contains(byte))
}

/// The value without the masks in it.
fn without_masks(value: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memmem::find(value, b"[masked:").is_none() {
        return Cow::Borrowed(value);
    }
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    while at < value.len() {
        match mask_at(&value[at..]) {
            Some(length) => at += length,
            None => {
                out.push(value[at]);
                at += 1;
            }
        }
    }
    Cow::Owned(out)
}

/// Longest run of letters that is taken for a name without a look.
const LETTERS: usize = 12;

/// Says whether at least half of a name is words, and it is no accident.
fn named(text: &[u8]) -> bool {
    let word = |part: &&[u8]| part.len() >= 4 && std::str::from_utf8(part).is_ok_and(is_thing);
    let cut = |a: &u8, b: &u8| !(*a == b'_' || *b == b'_' || a.is_ascii_lowercase() && b.is_ascii_uppercase());
    let words: usize = text.chunk_by(cut).filter(word).map(<[u8]>::len).sum();
    words * 2 >= text.len() || std::str::from_utf8(text).is_ok_and(is_thing)
}

/// Says whether it is a name as of Python's own: `__token__`.
fn is_dunder(text: &[u8]) -> bool {
    let cased = |kind: fn(&u8) -> bool| text.iter().filter(|byte| byte.is_ascii_alphabetic()).all(kind);
    text.starts_with(b"__") && is_name(text) && (cased(u8::is_ascii_lowercase) || cased(u8::is_ascii_uppercase))
}

fn is_name(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mask) enum Written {
    /// In quotes, or between tags.
    Quoted,
    /// `KEY=value`, nothing between.
    Assigned,
    /// With blanks around the sign, or behind a colon.
    Spaced,
}

/// Says whether a value may be a secret.
pub(in crate::mask) fn plausible(value: &[u8], written: Written) -> bool {
    if placeholder(value) || path(value) {
        return false;
    }
    if value.windows(3).any(|three| three == b"://") {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    let is = |list: &[&str], word: &[u8]| list.iter().any(|known| known.as_bytes() == word);
    let bare = lower.trim_ascii_end();
    let bare = &bare[..bare.iter().rposition(|byte| !b")]}:;,!?".contains(byte)).map_or(0, |at| at + 1)];
    if is(WORDS, &lower) || written != Written::Quoted && is(WORDS, bare) {
        return false;
    }
    if sealed(value) || written != Written::Quoted && address(value) {
        return false;
    }
    // What a tag of YAML makes of the next word; what is kept elsewhere.
    let tag = value[0] == b'!'
        && value.len() < 16
        && value[1..].iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'!');
    if written == Written::Spaced && tag || value.starts_with(b"vault:") || value.starts_with(b"@env:") {
        return false;
    }
    if value.contains(&b' ') {
        let mut words = lower.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        return !words.any(|word| is(SENTENCE, word));
    }
    if written == Written::Quoted {
        return !template(value);
    }
    let inner = &value[..value.iter().rposition(|byte| !b")],;".contains(byte)).map_or(0, |at| at + 1)];
    if code(value) || inner.len() < value.len() && !inner.is_empty() && (code(inner) || argument(inner)) {
        return false;
    }
    // A role of reStructuredText.
    let role = |byte: &u8| byte.is_ascii_lowercase() || *byte == b':';
    if value[0] == b':' && value.len() > 2 && value[2..].contains(&b':') && value.iter().all(role) {
        return false;
    }
    // A plain word behind a colon, as of a sentence or a type.
    let plain = value.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    !(written == Written::Spaced
        && plain
        && (value.len() < 6 || value.contains(&b'_') || value[0].is_ascii_uppercase() && type_name(value)))
}

/// Says whether at least half of a value is names in braces: `share-{portfolio_id}-{kind}`.
fn template(value: &[u8]) -> bool {
    let mut inside = 0;
    let mut rest = value;
    while let Some(open) = memchr::memchr(b'{', rest) {
        let name =
            rest[open + 1..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(byte)).count();
        let closed = rest.get(open + 1 + name) == Some(&b'}') && name > 2;
        inside += if closed { name + 2 } else { 0 };
        rest = &rest[open + 1..];
    }
    inside * 2 >= value.len()
}

/// Says whether what ends with a bracket or comma is the name of what a call is given: `pvk_password)`.
pub(super) fn argument(value: &[u8]) -> bool {
    if value.is_empty() {
        return false;
    }
    let cased = |kind: fn(&u8) -> bool| value.iter().all(|byte| kind(byte) || *byte == b'_');
    let camel = || value.iter().all(u8::is_ascii_alphabetic) && value[0].is_ascii_lowercase() && type_name(value);
    value.contains(&b'_') && (cased(u8::is_ascii_lowercase) || cased(u8::is_ascii_uppercase)) || camel()
}

/// Says whether a cluster's controller alone can open it: a session key of 512 bytes in front, in base64.
fn sealed(value: &[u8]) -> bool {
    value.len() >= 600 && value.starts_with(b"Ag") && matches!(value[2], b'A'..=b'D')
}

/// Says whether it is where a thing lies in memory, as debuggers show it.
fn address(value: &[u8]) -> bool {
    let digits = value.strip_prefix(b"0x").unwrap_or_default();
    (6..=16).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit)
}

/// What names of types end with.
const TYPES: &[&str] = &[
    "String",
    "Str",
    "Bytes",
    "Key",
    "Type",
    "Flags",
    "Options",
    "Token",
    "Secret",
    "Password",
    "Config",
    "Provider",
    "Handler",
    "Mgr",
    "Fn",
    "Func",
    "Callback",
    "Option",
    "Credentials",
];

/// Says whether a word of letters is the name of a type or thing (`SecretString`), and not letters at random.
fn type_name(text: &[u8]) -> bool {
    if TYPES.iter().any(|kind| text.ends_with(kind.as_bytes())) {
        return true;
    }
    if text.iter().all(u8::is_ascii_uppercase) {
        return named(text);
    }
    let cut = |a: &u8, b: &u8| !(a.is_ascii_lowercase() && b.is_ascii_uppercase());
    let vowel = |part: &[u8]| part.iter().any(|byte| b"aeiouyAEIOUY".contains(byte));
    let word = |part: &[u8]| {
        let small = part.get(1..).is_some_and(|rest| rest.iter().all(u8::is_ascii_lowercase));
        small && (part.len() < 3 || vowel(part) && std::str::from_utf8(part).is_ok_and(is_thing))
    };
    let capitals = |part: &[u8]| part.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    // `HTTPServer`: an acronym in front of a word.
    let led = |part: &[u8]| {
        let first = capitals(part);
        (2..=5).contains(&first) && part.len() >= first + 2 && word(&part[first - 1..])
    };
    let fits = |part: &[u8]| part.len() <= 4 && capitals(part) == part.len() || word(part) || led(part);
    let parts = text.chunk_by(cut).count();
    (parts == 1 || text.len() >= parts * 4) && text.chunk_by(cut).all(fits)
}

/// Says whether a value is a file's name.
fn path(value: &[u8]) -> bool {
    let starts =
        [b"/".as_slice(), b"./", b"../", b"~/", b"C:\\", b"file:"].iter().any(|start| value.starts_with(start));
    let small = value.iter().filter(|byte| byte.is_ascii_lowercase() || b"/.-_~".contains(byte)).count();
    starts && small * 3 >= value.len() * 2
}

/// What a program's own values begin with.
const OWN: &[&[u8]] = &[
    b"self.",
    b"this.",
    b"cls.",
    b"args.",
    b"exports.",
    b"settings.",
    b"options.",
    b"opts.",
    b"config.",
    b"cfg.",
    b"props.",
    b"process.env.",
    b"request.",
    b"params.",
    b"module.",
    b"ctx.",
    b"!(",
];

/// What commands of PowerShell begin with.
const VERBS: &[&[u8]] =
    &[b"Read-", b"Get-", b"New-", b"ConvertTo-", b"ConvertFrom-", b"Import-", b"Invoke-", b"Select-", b"Unprotect-"];

/// Says whether a value has so many signs and sorts of letters in it that no program has written it.
pub(super) fn is_wild(value: &[u8]) -> bool {
    let end = value.iter().rposition(|byte| !b"?;,)!".contains(byte)).map_or(0, |at| at + 1);
    let value = &value[..end];
    let has = |kind: fn(&u8) -> bool| value.iter().any(kind);
    let signs = b"~%^@#?;|!+=*$".iter().filter(|sign| value.contains(sign)).count();
    let sorts = has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    // No program writes these one behind the other.
    let strange = |two: &[u8]| matches!(two[0], b'(' | b'[' | b',') && b",;|~%=?".contains(&two[1]);
    sorts && (signs >= 2 || value.windows(2).any(strange)) && value.len() >= 8
}

/// Says whether a value begins with a bracket that is not closed, and has digits and letters in it as no program has.
pub(super) fn is_unclosed(value: &[u8]) -> bool {
    let end = value.iter().rposition(|byte| !b",;".contains(byte)).map_or(0, |at| at + 1);
    let close = match value.first() {
        Some(b'(') => b')',
        Some(b'[') => b']',
        Some(b'{') => b'}',
        Some(b'<') => b'>',
        _ => return false,
    };
    let inner = &value[1..end.max(1)];
    let strange = |byte: &u8| b"()[]{}<>\"'`:,.|".contains(byte) || *byte == close;
    let signs = inner.iter().any(|byte| b"!#%^*+=~@?&;$".contains(byte));
    inner.len() >= 8 && !inner.iter().any(strange) && verify::is_short_secret(inner) && (signs || is_scrambled(inner))
}

/// Says whether an unquoted value is an expression of a program: `os.environ["X"]`, `Token::new()`, `self.token`.
fn code(value: &[u8]) -> bool {
    if is_wild(value) || is_unclosed(value) {
        return false;
    }
    let member = |rest: &[u8]| rest.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.()[]!?&|".contains(byte));
    if OWN.iter().any(|own| value.strip_prefix(*own).is_some_and(member)) {
        return true;
    }
    // A pointer to a type: `*oauth2.Token`.
    if let Some(name) = value.strip_prefix(b"*")
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._".contains(byte))
        && name.contains(&b'.')
    {
        return true;
    }
    // A command of PowerShell: `Read-Host`.
    let verb = VERBS.iter().find_map(|verb| value.strip_prefix(*verb));
    if verb.is_some_and(|noun| {
        noun.first().is_some_and(u8::is_ascii_uppercase) && noun.iter().all(u8::is_ascii_alphabetic)
    }) {
        return true;
    }
    // A variable of Vim's: `s:netrw_passwd`.
    if let [b's' | b'g' | b'b' | b'w' | b'l' | b'a' | b'v', b':', name @ ..] = value
        && name.first().is_some_and(u8::is_ascii_lowercase)
        && name.contains(&b'_')
        && name.iter().all(|byte| byte.is_ascii_lowercase() || b"_[].".contains(byte))
    {
        return true;
    }
    // A pattern of Perl.
    if value.starts_with(b"qr/") || value.starts_with(b"qr{") {
        return true;
    }
    if matches!(value, b"*mut" | b"*const") || is_dunder(value) {
        return true;
    }
    // An annotation: `@Value("…")`.
    if let Some(name) = value.strip_prefix(b"@") {
        let letters = name.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        return letters >= 3 && name[letters..].starts_with(b"(");
    }
    if !value[0].is_ascii_alphabetic() && !matches!(value[0], b'_' | b'&' | b'(' | b'[' | b'{') {
        return false;
    }
    if !value[0].is_ascii_alphabetic() && value[0] != b'_' {
        return value.len() < 2 || value[0] != b'&' || value[1].is_ascii_alphabetic() && value.contains(&b'.');
    }
    let name = value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let rest = &value[name..];
    let called = !is_scrambled(&value[..name])
        && [b"(".as_slice(), b"[", b"!(", b"![", b"::", b"->", b"<", b"?."].iter().any(|sign| rest.starts_with(sign));
    let letters = |part: &[u8]| part.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    let segment = |part: &[u8]| is_name(part) && letters(part) && (part.len() <= LETTERS || named(part));
    let mut parts = value.split(|byte| matches!(byte, b'.' | b'(' | b'['));
    let numbered = !value.iter().any(|byte| b"([".contains(byte))
        && value.split(|byte| *byte == b'.').any(|part| part.first().is_some_and(u8::is_ascii_digit));
    let dotted = rest.starts_with(b".")
        && !value.iter().any(|byte| b"#!%^~@$".contains(byte))
        && !numbered
        && parts.next().is_some_and(segment)
        && parts.next().is_some_and(|p| p.is_empty() || segment(p));
    // A call of something's member: `base64.b64encode(x)`.
    let path = value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(byte)).count();
    let called = called || value[..path].contains(&b'.') && value[path..].starts_with(b"(");
    called || dotted || value.ends_with(b"()") || value.ends_with(b"();")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_secret() {
        for no in [
            "",
            "***",
            "xxxxxxxx",
            "$PASSWORD",
            "${PASSWORD}",
            "$(cat x)",
            "<password>",
            "{{ secret }}",
            "%PASS%",
            "None",
            "/run/secrets/db_password",
            "./secret.txt",
            "[masked:password:ABCDEFGH]",
            "https://example.com/reset",
            "must be at least 8",
            "required",
            "getpass.getpass()",
            "os.environ[\"X\"]",
            "self.token",
            "Token::new(x)",
            "process.env.TOKEN",
            "••••••",
        ] {
            assert!(!plausible(no.as_bytes(), Written::Spaced), "{no}");
        }
        for yes in [
            "hunter2",
            "correct horse battery",
            "$2b$10$abcdefghij",
            "p@ss.w0rd",
            "abc.def1",
            "/9j4AAQSkZJRg+Ab=",
            "letmein",
        ] {
            assert!(plausible(yes.as_bytes(), Written::Spaced), "{yes}");
        }
    }
}
