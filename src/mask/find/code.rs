//! Values behind a key in source code: with a type between, in a call that makes a string, or as what stands in where
//! nothing else is set.

#![forbid(unsafe_code)]

use super::Text;
use super::apart::Apart;
use crate::mask::verify::is_short_secret;

/// Most bytes of an expression in front of the quote.
const EXPRESSION: usize = 80;
/// What makes a string, or wraps one; a part of the called name, in small letters.
const MAKERS: &[&str] = &[
    "string",
    "string::new",
    "secretstring",
    "secretstr",
    "secretbox",
    "secret::new",
    "secret::from",
    "password::new",
    "apikey::new",
    "token::new",
    "zeroizing",
    "some",
    "just",
    "buffer",
    "cow",
    "box",
    "arc",
    "rc",
    "str",
    "bytes",
    "bytearray",
    "byte",
    "b64decode",
    "atob",
    "sensitive",
    "nonsensitive",
    "redacted",
    "stringvalue",
    "securestring",
    "unsafeplaintext",
    "strdup",
    "qstringliteral",
];
/// What a call sets that begins with the key's name: `setPassword(`, `with_token(`, `.password(`.
const SETTERS: &[&str] = &["set", "with", "use", "set_", "with_", "use_", ".", "string "];
/// What stands between an expression and what stands in for it.
const DEFAULTS: &[&[u8]] = &[b"||", b"??", b"?:", b"or "];

/// Where the quote of a string opens that an expression at `place` comes to: `String::from("X")`, `&str = "X"` (behind
/// a `colon`), `env.KEY || "X"`, a debugger's `0x55e0 "X"`.
pub(super) fn expression(text: Text<'_>, place: usize, colon: bool) -> Apart {
    let room = text.bytes.len().min(place + EXPRESSION);
    let bytes = &text.bytes[place..room];
    let missing = if room == place + EXPRESSION || text.end { Apart::No } else { Apart::More };
    let mut from = 0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let called = from > 0;
        match byte {
            b'"' | b'\'' | b'`' if called && at == from => return Apart::At(place + at),
            b'\'' if bytes[..at].ends_with(b"&") => {}
            b'(' if is_maker(&bytes[from..at]) => from = at + 1,
            b'(' | b'[' if bytes.len() == at + 1 => return missing,
            // What is asked for by its name.
            b'(' | b'[' if !called && matches!(bytes.get(at + 1), Some(b'"' | b'\'')) => {
                let name = &bytes[at + 2..];
                let end = name.iter().position(|byte| *byte == bytes[at + 1]);
                let Some(end) = end else { return if name.contains(&b'\n') { Apart::No } else { missing } };
                match name.get(end + 1) {
                    None => return missing,
                    Some(b')' | b']') => at += end + 3,
                    Some(_) => return Apart::No,
                }
            }
            b' ' | b'=' if !called => {
                let behind = blanks(bytes, at);
                // A debugger's pointer.
                let digits = bytes[..at].strip_prefix(b"0x").unwrap_or_default();
                if bytes.get(behind) == Some(&b'"') && digits.len() >= 3 && digits.iter().all(u8::is_ascii_hexdigit) {
                    return Apart::At(place + behind);
                }
                if !called && &bytes[..at] == b"new" {
                    (from, at) = (behind, behind);
                    continue;
                }
                // `&'static str`.
                if colon && bytes.starts_with(b"&'") && !bytes[..at].contains(&b' ') {
                    at = behind;
                    continue;
                }
                // A union of types.
                if colon && matches!(bytes[behind..], [b'|', b' ', ..]) {
                    at = behind + 2;
                    continue;
                }
                return match operator(&bytes[behind..], colon) {
                    None => missing,
                    Some(0) => Apart::No,
                    Some(width) => quote(bytes, behind + width, place, missing),
                };
            }
            b'&' | b'*' | b'[' if at == from || bytes[at - 1] != b' ' => {}
            b'.' | b':' | b'<' | b'>' | b']' | b'?' | b'$' | b'_' => {}
            byte if byte.is_ascii_alphanumeric() => {}
            _ => return Apart::No,
        }
        at += 1;
    }
    missing
}

/// Where the quote opens behind what a key's name is followed by at `place`: `||= "X"`, `?? "X"`, `|| 'X'`.
pub(super) fn stands_in(text: Text<'_>, place: usize) -> Apart {
    let room = text.bytes.len().min(place + 16);
    let bytes = &text.bytes[place..room];
    let missing = if room == place + 16 || text.end { Apart::No } else { Apart::More };
    for sign in [b"||=".as_slice(), b"??=", b"||", b"??", b"?:", b"?="] {
        if bytes.len() < sign.len() && sign.starts_with(bytes) {
            return missing;
        }
        if bytes.starts_with(sign) {
            return quote(bytes, sign.len(), place, missing);
        }
    }
    Apart::No
}

/// Says whether one of the signs of [`stands_in`] may be at `place`; `None` where that is not to be seen yet.
pub(super) fn stands(text: Text<'_>, place: usize) -> Option<bool> {
    match text.bytes.get(place + 1) {
        None if !text.end => None,
        next => Some(matches!((text.bytes[place], next), (b'|', Some(b'|')) | (b'?', Some(b'?' | b':' | b'=')))),
    }
}

/// Where the quote opens of what a key is compared with; `place` is behind the sign.
pub(super) fn compared(text: Text<'_>, place: usize) -> Apart {
    let room = text.bytes.len().min(place + 16);
    let bytes = text.bytes.get(place..room).unwrap_or_default();
    let missing = if room >= place + 16 || text.end { Apart::No } else { Apart::More };
    let at = usize::from(bytes.first() == Some(&b'='));
    quote(bytes, at, place, missing)
}

/// Longest value of a pair.
const PAIRED: usize = 200;
/// Shortest.
const LEAST: usize = 12;

/// Where a value in these quotes begins behind a name and a comma, where nothing else than a secret looks so.
pub(super) fn paired(text: Text<'_>, place: usize, own: u8) -> Apart {
    let room = text.bytes.len().min(place + PAIRED);
    let bytes = &text.bytes[..room];
    let missing = if room == place + PAIRED || text.end { Apart::No } else { Apart::More };
    let at = blanks(bytes, place);
    match bytes.get(at) {
        None => return missing,
        Some(quote) if *quote == own && matches!(own, b'"' | b'\'') => {}
        Some(_) => return Apart::No,
    }
    let inside = |byte: &&u8| **byte > b' ' && **byte < 0x7f && **byte != own && **byte != b'\\';
    let length = bytes[at + 1..].iter().take_while(inside).count();
    let value = &bytes[at + 1..at + 1 + length];
    match bytes.get(at + 1 + length) {
        None => missing,
        Some(quote) if *quote == own && length >= LEAST && is_short_secret(value) => Apart::At(at + 1),
        Some(_) => Apart::No,
    }
}

/// What stands between a name and its value in Go and Basic.
const TYPED: &[&[u8]] = &[b"string = ", b"As String = "];

/// Length of a string's type at `place`, with the sign behind it; 0 where none is, `None` where that is not to be seen
/// yet.
pub(super) fn typed(text: Text<'_>, place: usize) -> Option<usize> {
    let rest = &text.bytes[place..];
    if !text.end && TYPED.iter().any(|typed| rest.len() < typed.len() && typed.starts_with(rest)) {
        return None;
    }
    Some(TYPED.iter().find(|typed| rest.starts_with(typed)).map_or(0, |typed| typed.len()))
}

/// What defines a name by the string behind it.
const DEFINES: &[&[u8]] = &[b"#define", b"set", b"(setq", b"(def", b"(defvar", b"(defconst", b"(defparameter"];

/// Says whether a string behind a name is what the line defines it as.
pub(super) fn defines(front: &[u8]) -> bool {
    let front = front.trim_ascii();
    DEFINES.contains(&front)
}

/// Says whether a call sets what it is named after: `front` is what stands in front of the key's word.
pub(super) fn sets(front: &[u8]) -> bool {
    let lower = front[front.len().saturating_sub(8)..].to_ascii_lowercase();
    SETTERS.iter().any(|word| lower.ends_with(word.as_bytes()))
}

/// Length of the operator that `rest` begins with; 0 where it is none, `None` where that is not to be seen yet.
fn operator(rest: &[u8], colon: bool) -> Option<usize> {
    if rest.is_empty() {
        return None;
    }
    if rest[0] == b'=' {
        return match rest.get(1) {
            _ if !colon => Some(0),
            None => None,
            Some(b'=' | b'>' | b'~') => Some(0),
            Some(_) => Some(1),
        };
    }
    for sign in DEFAULTS {
        if rest.starts_with(sign) {
            return Some(sign.len());
        }
        if sign.starts_with(rest) {
            return None;
        }
    }
    Some(0)
}

fn quote(bytes: &[u8], at: usize, place: usize, missing: Apart) -> Apart {
    let at = blanks(bytes, at);
    match bytes.get(at) {
        None => missing,
        Some(b'"' | b'\'' | b'`') => Apart::At(place + at),
        Some(_) => Apart::No,
    }
}

fn blanks(bytes: &[u8], at: usize) -> usize {
    at + bytes[at.min(bytes.len())..].iter().take(8).take_while(|byte| **byte == b' ').count()
}

fn is_maker(called: &[u8]) -> bool {
    let lower = called.to_ascii_lowercase();
    let part = |maker: &[u8]| lower.split(|byte| b".:[]<>&".contains(byte)).any(|part| part == maker);
    let path = |maker: &[u8]| maker.contains(&b':') && lower.ends_with(maker);
    MAKERS.iter().map(|maker| maker.as_bytes()).any(|maker| part(maker) || path(maker))
}
