//! What is checked of a candidate besides its form.

#![forbid(unsafe_code)]

use base64::Engine as _;

use super::known::like::{is_scrambled, is_thing};
use super::rule::{Check, ValueSpec};

/// So much of a body is looked at to see whether it names a thing.
const THING: usize = 256;

/// Says whether check digits, entropy and mixture of a body are as its rule wants them.
pub(super) fn sound(spec: &ValueSpec, body: &[u8]) -> bool {
    let mixed = || body.iter().any(u8::is_ascii_digit) && body.iter().any(u8::is_ascii_alphabetic);
    if spec.mixed && !mixed() && !is_scrambled(&body[..body.len().min(THING)]) {
        return false;
    }
    let thing = |text: &str| {
        let part = |part: &str| part.len() < 4 || part.bytes().all(|byte| byte.is_ascii_digit()) || is_thing(part);
        is_thing(text) || text.contains(' ') && text.split(' ').all(part)
    };
    // What names a thing is short.
    if spec.machine
        && !is_phrase(body)
        && !is_scrap(body)
        && !is_pair(body)
        && std::str::from_utf8(&body[..body.len().min(THING)]).is_ok_and(|text| thing(text) || is_foreign(text))
    {
        return false;
    }
    if spec.entropy > 0 && entropy(body) * 100.0 < f64::from(spec.entropy) {
        return false;
    }
    match spec.check {
        None => true,
        Some(Check::Github) => github(body),
        Some(Check::Luhn) => luhn(body),
        Some(Check::Mod97) => mod97(body),
        Some(Check::Jwt) => jwt(body),
    }
}

/// Says whether a short value is a secret all the same: signs of many sorts, or digits among its letters, and no name.
pub(super) fn is_short_secret(value: &[u8]) -> bool {
    let has = |kind: fn(&u8) -> bool| usize::from(value.iter().any(kind));
    let letters = has(u8::is_ascii_lowercase) + has(u8::is_ascii_uppercase);
    let digits = has(u8::is_ascii_digit);
    let sorts =
        letters + digits + usize::from(value.iter().any(|byte| byte.is_ascii_punctuation() && !b"_-.".contains(byte)));
    // A digit, and letters on both sides of it.
    let inside = value.windows(2).filter(|two| two[0].is_ascii_digit() != two[1].is_ascii_digit()).count() >= 2;
    let enough = digits > 0 && letters > 0 && (sorts >= 3 || inside && value.len() >= 10);
    let thing = || std::str::from_utf8(value).is_ok_and(is_thing);
    let address = value.strip_prefix(b"0x").is_some_and(|rest| rest.iter().all(u8::is_ascii_hexdigit));
    value.len() >= 8 && enough && !address && (is_phrase(value) || is_scrap(value) || !thing())
}

/// Words that names of things are put together from, where they stand beside a number.
const TECHNICAL: &[&str] = &[
    "access",
    "account",
    "admin",
    "algorithm",
    "alpha",
    "api",
    "app",
    "auth",
    "aws",
    "backend",
    "backup",
    "beta",
    "bot",
    "branch",
    "bucket",
    "build",
    "cache",
    "cert",
    "certificate",
    "chart",
    "client",
    "cloud",
    "cluster",
    "config",
    "core",
    "credential",
    "credentials",
    "customer",
    "daily",
    "data",
    "database",
    "day",
    "days",
    "default",
    "demo",
    "deploy",
    "dev",
    "development",
    "docker",
    "east",
    "encryption",
    "env",
    "error",
    "example",
    "expires",
    "external",
    "file",
    "frontend",
    "gateway",
    "group",
    "hash",
    "host",
    "hour",
    "hours",
    "id",
    "image",
    "index",
    "internal",
    "item",
    "job",
    "key",
    "kube",
    "label",
    "line",
    "live",
    "local",
    "login",
    "main",
    "master",
    "max",
    "min",
    "minute",
    "minutes",
    "month",
    "name",
    "network",
    "node",
    "north",
    "object",
    "page",
    "pass",
    "passwd",
    "password",
    "path",
    "pod",
    "policy",
    "port",
    "primary",
    "private",
    "prod",
    "production",
    "project",
    "proxy",
    "public",
    "queue",
    "release",
    "replica",
    "request",
    "root",
    "rule",
    "sample",
    "sec",
    "second",
    "seconds",
    "secret",
    "secrets",
    "server",
    "service",
    "session",
    "sha",
    "ssh",
    "ssl",
    "stack",
    "stage",
    "staging",
    "step",
    "storage",
    "store",
    "system",
    "table",
    "target",
    "task",
    "team",
    "test",
    "tests",
    "text",
    "tls",
    "token",
    "tokens",
    "type",
    "user",
    "users",
    "value",
    "values",
    "version",
    "volume",
    "web",
    "week",
    "west",
    "worker",
    "zone",
];

/// Says whether a text is words of a language that is not written in ASCII.
fn is_foreign(text: &str) -> bool {
    !text.is_ascii() && text.chars().all(|c| c.is_alphabetic() || c == ' ')
}

/// Says whether words and a number are put together as people make passwords: `letmein-99-now`, `blue.Monkey.77`.
fn is_phrase(value: &[u8]) -> bool {
    let parts = || value.split(|byte| b"-_.".contains(byte));
    let number = |part: &[u8]| part.len() == 2 && part.iter().all(u8::is_ascii_digit);
    let word = |part: &[u8]| part.len() >= 3 && part.iter().all(u8::is_ascii_alphabetic);
    let technical = |part: &[u8]| TECHNICAL.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(part));
    (10..=40).contains(&value.len())
        && parts().all(|part| (number(part) || word(part)) && !technical(part))
        && parts().filter(|part| number(part)).count() == 1
        && parts().filter(|part| word(part)).count() >= 2
}

/// Says whether two words and a number are put together as people make passwords, and names of things are not:
/// `river#violet51`, `meadow-Cobalt39`.
fn is_pair(value: &[u8]) -> bool {
    let signs = value.iter().filter(|byte| byte.is_ascii_punctuation()).count();
    let Some(sign) = value.iter().position(u8::is_ascii_punctuation).filter(|_| signs == 1 && value.len() <= 32) else {
        return false;
    };
    let letters = |part: &[u8]| part.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let technical = |part: &[u8]| TECHNICAL.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(part));
    let (first, last) = (&value[..sign], &value[sign + 1..]);
    let (one, two) = (letters(first), letters(last));
    let digits = last.len() - two;
    let odd = b"#@!%^*+".contains(&value[sign]);
    let upper = |part: &[u8]| part.first().is_some_and(u8::is_ascii_uppercase);
    let capital = (upper(first) || upper(last)) && b"-_.".contains(&value[sign]);
    one == first.len()
        && one >= 4
        && two >= 4
        && (2..=4).contains(&digits)
        && last[two..].iter().all(u8::is_ascii_digit)
        && (odd || capital)
        && !technical(first)
        && !technical(&last[..two])
}

/// Says whether a value has parts that no name has: `Kx7_plum`, `Zq9#vLp2`.
fn is_scrap(value: &[u8]) -> bool {
    let vowel = |byte: &u8| b"aeiouyAEIOUY".contains(byte);
    let scrap = |part: &[u8]| {
        let letters = part.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        matches!(letters, 2 | 3)
            && letters < part.len()
            && part[letters..].iter().all(u8::is_ascii_digit)
            && part[0].is_ascii_uppercase()
            && part[1..letters].iter().all(u8::is_ascii_lowercase)
            && !part[..letters].iter().any(vowel)
    };
    value.split(|byte| !byte.is_ascii_alphanumeric()).any(scrap)
}

/// Shannon entropy, in bits per byte.
pub(super) fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let all = bytes.len() as f64;
    let part = |count: &u32| {
        let share = f64::from(*count) / all;
        -share * share.log2()
    };
    counts.iter().filter(|count| **count > 0).map(part).sum()
}

/// Luhn's check over the digits of a text; separators do not count.
pub(super) fn luhn(text: &[u8]) -> bool {
    let digits = text.iter().rev().filter(|byte| byte.is_ascii_digit());
    let mut sum = 0_u32;
    for (place, digit) in digits.enumerate() {
        let value = u32::from(digit - b'0') * if place % 2 == 1 { 2 } else { 1 };
        sum += if value > 9 { value - 9 } else { value };
    }
    sum.is_multiple_of(10)
}

/// ISO 7064 mod 97-10, as in ISO 13616: the first four characters go to the end.
pub(super) fn mod97(text: &[u8]) -> bool {
    let letters: Vec<u8> = text.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    if letters.len() < 5 {
        return false;
    }
    let rest = letters[4..].iter().chain(&letters[..4]).fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.to_ascii_uppercase() - b'A') + 10) % 97,
    });
    rest == 1
}

/// The last six characters are the CRC-32 of those before, in base62.
fn github(body: &[u8]) -> bool {
    let Some(at) = body.len().checked_sub(6) else { return false };
    base62(crc32(&body[..at])) == body[at..]
}

/// Six base62 digits.
pub(super) fn base62(mut number: u32) -> [u8; 6] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut out = [b'0'; 6];
    for place in out.iter_mut().rev() {
        *place = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    out
}

/// CRC-32 as in ISO 3309.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |mut sum, byte| {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = sum >> 1 ^ (0xedb8_8320 & (sum & 1).wrapping_neg());
        }
        sum
    })
}

/// The part before the first point is base64 of something that begins as a JSON object.
fn jwt(body: &[u8]) -> bool {
    let head = body.split(|byte| *byte == b'.').next().unwrap_or_default();
    // Some prefixes end within the head, so both readings count.
    [head.to_vec(), [b"eyJ", head].concat()].iter().any(|head| {
        let decoded = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(head);
        // Other JSON is written so too: a map of sources, where a listing goes on.
        let telling = |json: &[u8]| body.contains(&b'.') || tells(json);
        decoded.is_ok_and(|json| json.starts_with(b"{\"") && json.ends_with(b"}") && telling(&json))
    })
}

/// Names in JSON whose values are secret, in small letters.
const TELLING: &[&str] =
    &["token", "secret", "passw", "\"auth", "cred", "payload", "key\"", "\"iv\"", "\"mac\"", "\"alg\"", "\"sig"];
/// Shortest string in JSON that may be one.
const SHOWN: usize = 6;
/// Shortest run of letters and digits in JSON that is taken for a secret.
const RANDOM: usize = 20;

/// Says whether JSON holds a secret: a name for one, or a run of letters and digits at random.
fn tells(json: &[u8]) -> bool {
    let lower = json.to_ascii_lowercase();
    if lower.starts_with(b"{\"version\":") {
        return false;
    }
    let random = |run: &[u8]| {
        let has = |kind: fn(&u8) -> bool| run.iter().any(kind);
        run.len() >= RANDOM && has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
    };
    // A string that is no name.
    let string = |(at, part): (usize, &[u8])| at % 2 == 1 && part.len() >= SHOWN;
    let mut parts = json.split(|byte| *byte == b'"').enumerate().peekable();
    let mut strings = 0;
    while let Some(part) = parts.next() {
        let named = parts.peek().is_some_and(|(_, next)| next.trim_ascii_start().starts_with(b":"));
        strings += usize::from(string(part) && !named);
    }
    strings > 0 && TELLING.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
        || json.split(|byte| !byte.is_ascii_alphanumeric() && !b"+/=_".contains(byte)).any(random)
}

/// Says whether a token may begin at `at`: no letter or digit stands in front, unless it ends an escape.
pub(super) fn begins(text: &[u8], at: usize) -> bool {
    let before = &text[..at];
    let Some(last) = before.last() else { return true };
    if matches!(last, b'+' | b'/') {
        return !embedded(before);
    }
    !last.is_ascii_alphanumeric() || ends_escape(before)
}

/// Says whether an escape (`\n`, `%3D`, `\u0022`, `\x22`, `[31m`) ends here.
fn ends_escape(before: &[u8]) -> bool {
    let back = |n: usize| before.len().checked_sub(n).map(|at| before[at]);
    let hex = |n: usize| before[before.len() - n..].iter().all(u8::is_ascii_hexdigit);
    let last = back(1).unwrap_or_default();
    if back(2) == Some(b'\\') && b"nrtbfve0a".contains(&last) {
        return true;
    }
    if back(3) == Some(b'%') && hex(2) || back(4) == Some(b'\\') && back(3) == Some(b'x') && hex(2) {
        return true;
    }
    if back(6) == Some(b'\\') && back(5) == Some(b'u') && hex(4) {
        return true;
    }
    let mut codes = before[..before.len() - 1].iter().rev().take(16);
    last == b'm' && codes.find(|byte| !byte.is_ascii_digit() && **byte != b';') == Some(&b'[')
}

/// Says whether a text ends within a longer run of base64, as of a checksum.
fn embedded(before: &[u8]) -> bool {
    let base64 = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let run = before.iter().rev().take(96).take_while(base64).count();
    let run = &before[before.len() - run..];
    let has = |kind: fn(&u8) -> bool| run.iter().any(kind);
    let sum = before[..before.len() - run.len()].ends_with(b"-") && run.len() >= 16;
    let mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    sum || run.len() >= 20 && mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert!(luhn(b"4111 1111 1111 1111") && !luhn(b"4111 1111 1111 1112"));
        assert!(mod97(b"DE89 3704 0044 0532 0130 00") && !mod97(b"DE89 3704 0044 0532 0130 01"));
        let body = [b"abcdefghijklmnopqrstuvwxyz1234".as_slice(), &base62(crc32(b"abcdefghijklmnopqrstuvwxyz1234"))];
        assert!(github(&body.concat()) && !github(b"abcdefghijklmnopqrstuvwxyz1234000000"));
        assert!(jwt(b"eyJhbGciOiJIUzI1NiJ9.x.y") && jwt(b"hbGciOiJIUzI1NiJ9.x.y") && !jwt(b"eyJhbGciOiJIUzI1.x.y"));
    }

    #[test]
    fn where_a_token_may_begin() {
        for yes in ["", " ", "=", "\"", "_", r"\n", "%3D", r"\u0022", r"\x22", "[31m", "https://a/", "[1;31m"] {
            assert!(begins(yes.as_bytes(), yes.len()), "{yes}");
        }
        for no in ["x", "9", "n", "%3", "sha512-AAAAbbbb1111CCCC/", "aGVsbG8gd29ybGQgQUJDRA/"] {
            assert!(!begins(no.as_bytes(), no.len()), "{no}");
        }
    }
}
