//! What may count as a secret.
//!
//! A value that names something else (a command, a path, a host, a word) is none, whatever its variable is called:
//! masking it would hide from a reader what happened.

use super::names::{Hint, hint};
use super::{LEAST_LEN, MAX_LEN};

/// Letters that follow a letter in English words, from `a` on; what two letters in a row never do, random ones often do.
const FOLLOWS: [&str; 26] = [
    "abcdefghijklmnoprstuvwxyz",
    "abcdehijlorstuy",
    "acdeghiklmoprstuvy",
    "abcdefghilmnoprstuvy",
    "abcdefghijklmnopqrstuvwxyz",
    "adefilorstuy",
    "acefghilmnoprstuy",
    "aeilmnorstuy",
    "abcdefghijklmnoprstuvxyz",
    "aeiosu",
    "adehilnoprstuy",
    "abcdefghiklmnopstuvy",
    "abcdeilmoprstuy",
    "abcdefghijklmnoprstuvwyz",
    "abcdefghijklmnoprstuvwxyz",
    "acdeghikloprstuy",
    "u",
    "abcdefgiklmnoprstuvwy",
    "abcdefghiklmnopqrstuvwyz",
    "abcdefhiklmnoprstuwyz",
    "abcdefgiklmnoprstz",
    "aeios",
    "aehilnors",
    "aceiptx",
    "abceilmnoprstu",
    "aehiou",
];

/// What stands where a secret will be put in, lower case.
const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "replaceme",
    "replace-me",
    "replace_me",
    "placeholder",
    "redacted",
    "masked",
    "todo",
    "fixme",
    "example",
    "insert",
    "your-",
    "your_",
    "yourapi",
    "yourtoken",
    "yoursecret",
    "yourpassword",
    "dummy",
    "notasecret",
    "not-a-secret",
];

/// Beginnings of what points to a secret that is kept elsewhere.
const REFERENCES: &[&str] = &[
    "op://",
    "vault:",
    "secret:",
    "secrets:",
    "arn:",
    "projects/",
    "file:",
    "env:",
    "ref+",
    "keyring:",
    "ssm:",
    "awssm:",
    "gcpsm:",
    "azurekeyvault:",
    "sha1-",
    "sha256-",
    "sha384-",
    "sha512-",
    "sha1:",
    "sha256:",
    "sha512:",
    "--",
    "$",
    "%",
    "<",
    "{{",
    "${",
    "[masked",
    "***",
];

/// Longest word of letters alone that is taken for a word or a command without a look.
const SHORT_WORD: usize = 12;
/// Shortest passphrase of plain words, in bytes.
const PASSPHRASE: usize = 20;
/// Fewest letters that count for their order alone.
const SCRAMBLED: usize = 10;
/// Shortest value that counts for being random alone.
const RANDOM: usize = 16;

/// Says whether a value may be masked wherever it is printed.
///
/// `name` is the variable's or key's name. Where it says that the value is a secret, everything counts that is not
/// plainly something else; else the value has to look random. `min` is the policy's shortest length in bytes.
#[must_use]
pub fn is_secret_like(value: &[u8], name: &str, min: usize) -> bool {
    let Ok(text) = std::str::from_utf8(value) else { return false };
    let sized = (min.max(LEAST_LEN)..=MAX_LEN).contains(&value.len());
    if !sized || text.chars().any(|c| c.is_whitespace() || c.is_control()) || distinct(value) < 4 {
        return false;
    }
    !is_plain(text) && (hint(name) == Hint::Strong && is_number_or_more(text) || is_random(text))
}

/// Says whether a text names something that is no secret: a word or a name put together from words, a path, a host, an
/// address, a reference to where the secret is.
#[must_use]
pub fn is_thing(text: &str) -> bool {
    let text = text.trim_end_matches(['(', ')', ';', ',', '?']);
    let named = || humps(text).count() >= 3 && all_words(text) && has_vowels(text);
    is_plain(text) || is_composed(text) || named()
}

/// Says whether letters of both cases stand in an order that no words have: `gUCxCsQrcBQAgvltaDO`.
#[must_use]
pub fn is_scrambled(value: &[u8]) -> bool {
    let letters = || value.iter().filter(|byte| byte.is_ascii_alphabetic());
    let count = letters().count();
    let both = letters().any(u8::is_ascii_lowercase) && letters().any(u8::is_ascii_uppercase);
    let signs = value.iter().all(|byte| byte.is_ascii_alphabetic() || b"=+/_-!@#%^*".contains(byte));
    // What is a path or a list of words has more signs.
    if count < SCRAMBLED || !both || !signs || (value.len() - count) * 4 > value.len() {
        return false;
    }
    let pair = |two: &[u8]| two.iter().all(u8::is_ascii_alphabetic) && !follows(two[0], two[1]);
    let strange = value.windows(2).filter(|two| pair(two)).count();
    let letter = |byte: &u8| byte.is_ascii_alphabetic();
    let turns = |two: &[u8]| two.iter().all(letter) && two[0].is_ascii_lowercase() != two[1].is_ascii_lowercase();
    // A name has a capital in front, and perhaps an acronym.
    strange * 5 >= count && value.windows(2).filter(|two| turns(two)).count() >= 3
}

fn is_plain(text: &str) -> bool {
    is_pointer(text) || is_path(text) || is_host(text) || is_mail(text) || is_named(text)
}

/// How many different bytes there are.
fn distinct(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    for &byte in value {
        seen[usize::from(byte)] = true;
    }
    seen.iter().filter(|seen| **seen).count()
}

/// A placeholder, a reference, an expansion, an address without credentials.
fn is_pointer(text: &str) -> bool {
    let lower = zeroize::Zeroizing::new(text.to_ascii_lowercase());
    // Letters at random come in both cases.
    let crossed = text.contains("xxxx") || text.contains("XXXX");
    let placeholder = text.len() < 40 && (crossed || PLACEHOLDERS.iter().any(|word| lower.contains(word)));
    let expansion = ["${", "$(", "{{", "`", "://", "()"].iter().any(|sign| text.contains(sign));
    placeholder || expansion || REFERENCES.iter().any(|head| lower.starts_with(head)) && text.len() != 1
}

fn is_path(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.get(1) == Some(&b':') && matches!(bytes.get(2), Some(b'\\' | b'/')) && bytes[0].is_ascii_alphabetic() {
        return true;
    }
    if ["./", "../", "~/", "\\\\"].iter().any(|head| text.starts_with(head)) {
        return true;
    }
    if !text.contains('/') {
        return false;
    }
    let mut parts = text.split('/').filter(|part| !part.is_empty());
    let named = |part: &str| {
        let stem = part.trim_start_matches('.');
        stem.split(['.', '-', '_', '*']).all(|word| is_word(word) || is_short_number(word))
    };
    // A base64 value may start with `/` and holds some; a folder's name is a word.
    if text.starts_with('/') { parts.any(|part| part.len() > 2 && named(part)) } else { parts.all(named) }
}

/// A host name or address, with or without a port; a version.
fn is_host(text: &str) -> bool {
    let (host, port) = text.rsplit_once(':').unwrap_or((text, ""));
    let (host, port) =
        if port.len() > 5 || !port.bytes().all(|b| b.is_ascii_digit()) { (text, "") } else { (host, port) };
    let host_sign = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b':');
    if host.is_empty() || !host.bytes().all(host_sign) {
        return false;
    }
    let numeric = host.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    let six = host.contains(':') && host.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
    let labels: Vec<&str> = host.split('.').collect();
    let named = |label: &&str| label.len() < 20 || label.split('-').all(|word| is_word(word) || is_short_number(word));
    let last = labels.last().copied().unwrap_or_default();
    let dotted = labels.len() > 1 && labels.iter().all(named) && last.len() >= 2 && is_word(last);
    (numeric && host.contains('.')) || six || dotted || (!port.is_empty() && labels.iter().all(|label| is_word(label)))
}

fn is_mail(text: &str) -> bool {
    let Some((user, host)) = text.split_once('@') else { return false };
    let user_sign = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'+' | b'-');
    let last = host.rsplit('.').next().unwrap_or_default();
    let host_sign = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    user.bytes().all(user_sign) && host.bytes().all(host_sign) && host.contains('.') && last.len() > 1 && is_word(last)
}

/// A word, a name put together from words, a number.
fn is_named(text: &str) -> bool {
    if text.bytes().all(|b| b.is_ascii_alphabetic()) {
        return humps(text).all(|word| word.len() <= SHORT_WORD || is_word(word))
            && (is_cased(text) || all_words(text) && has_vowels(text));
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        // Years at the front, and what counts upwards; anything shorter is a port.
        let dated = text.starts_with("19") || text.starts_with("20");
        return text.len() < 8 || (dated && matches!(text.len(), 8 | 12 | 14));
    }
    let words = parts(text).filter(|part| part.len() >= 3 && is_word(part)).count();
    let passphrase = text.len() >= PASSPHRASE && words >= 4;
    is_composed(text) && !passphrase
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(['-', '_', '.', ':', '/', '@', '+', ',', '=', '#'])
}

/// Words, names and short numbers with signs between them.
fn is_composed(text: &str) -> bool {
    parts(text).count() > 1
        && parts(text).all(|part| part.is_empty() || is_short_number(part) || humps(part).all(is_word))
}

/// All small, all capital, or a capital in front.
fn is_cased(text: &str) -> bool {
    let rest = text.get(1..).unwrap_or_default();
    rest.bytes().all(|b| b.is_ascii_lowercase()) || text.bytes().all(|b| b.is_ascii_uppercase())
}

/// Says whether a name's words, three or more of them, have vowels as words do.
fn has_vowels(text: &str) -> bool {
    let bare = humps(text).filter(|hump| !hump.bytes().any(|byte| b"aeiouyAEIOUY".contains(&byte))).count();
    let count = humps(text).count();
    // Acronyms are short.
    let loud = |hump: &str| hump.len() > 4 && hump.bytes().all(|byte| !byte.is_ascii_lowercase());
    count < 3 || bare * 3 <= count && text.len() >= count * 3 && !humps(text).any(loud)
}

fn all_words(text: &str) -> bool {
    humps(text).all(is_word)
}

/// Cuts `camelCase` in front of each capital that follows a small letter.
fn humps(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let mut start = 0;
    (1..=bytes.len()).filter_map(move |i| {
        let cut = i == bytes.len()
            || (bytes[i].is_ascii_uppercase() && bytes[i - 1].is_ascii_lowercase() && text.is_char_boundary(i));
        cut.then(|| {
            let part = &text[start..i];
            start = i;
            part
        })
    })
}

/// Letters of one case in an order that words have, with at most four digits behind them.
fn is_word(text: &str) -> bool {
    let letters = text.trim_end_matches(|c: char| c.is_ascii_digit());
    if text.len() - letters.len() > 4 || !letters.bytes().all(|b| b.is_ascii_alphabetic()) || !is_cased(letters) {
        return false;
    }
    if letters.len() <= 3 {
        return !letters.is_empty();
    }
    let lower = letters.as_bytes();
    let strange = lower.windows(2).filter(|pair| !follows(pair[0], pair[1])).count();
    strange * 6 <= letters.len()
}

fn follows(a: u8, b: u8) -> bool {
    let row = usize::from(a.to_ascii_lowercase() - b'a');
    FOLLOWS[row].as_bytes().contains(&b.to_ascii_lowercase())
}

fn is_short_number(text: &str) -> bool {
    text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit())
}

/// More than one plain character repeated in a number: `10000000` is a limit.
fn is_number_or_more(text: &str) -> bool {
    !text.bytes().all(|b| b.is_ascii_digit()) || distinct(text.as_bytes()) >= 5
}

/// Letters and digits without order, and neither an id nor a digest.
fn is_random(text: &str) -> bool {
    let bytes = text.as_bytes();
    let hex = bytes.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-');
    let classes = [
        bytes.iter().any(u8::is_ascii_lowercase),
        bytes.iter().any(u8::is_ascii_uppercase),
        bytes.iter().any(u8::is_ascii_digit),
    ];
    let mixed = classes.iter().filter(|there| **there).count();
    let words = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| part.len() >= 4 && humps(part).all(is_word))
        .map(str::len)
        .sum::<usize>();
    let letters = bytes.iter().filter(|b| b.is_ascii_alphabetic()).count();
    bytes.len() >= RANDOM
        && letters * 4 >= bytes.len()
        && !hex
        && (mixed == 3 || (mixed == 2 && classes[2] && bytes.len() >= 24))
        && distinct(bytes) >= 10
        && words * 3 <= bytes.len()
}
