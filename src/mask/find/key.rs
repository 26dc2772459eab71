//! `key = value` in its many spellings.

#![forbid(unsafe_code)]

use super::value::{Written, plausible};
use super::{Candidate, Found, Look, Text};
use crate::mask::rules::Ready;
use crate::mask::schema::MAX_BODY;
use crate::mask::verify;

/// Most bytes between a key and its value.
const BETWEEN: usize = 48;
/// Ends of a key's name behind the word that it is known by.
const ENDINGS: &[&str] = &[
    "b64",
    "base64",
    "bak",
    "default",
    "dev",
    "development",
    "live",
    "local",
    "main",
    "new",
    "old",
    "plain",
    "preprod",
    "primary",
    "prod",
    "production",
    "qa",
    "raw",
    "ro",
    "rw",
    "sandbox",
    "secondary",
    "stage",
    "staging",
    "test",
    "uat",
    "value",
];

/// How a value ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::mask) enum Close {
    /// It is not known where the value begins.
    #[default]
    Unknown,
    /// With this quote.
    Quote(u8),
    /// With this quote behind a backslash, as in JSON within JSON.
    Escaped(u8),
    /// With the next tag.
    Tag,
    /// With a blank.
    Blank,
    /// With a blank or a sign that separates.
    Sign,
}

enum Head {
    More,
    No,
    Value(usize, Close, Written),
}

pub(super) fn look(candidate: &mut Candidate, text: Text<'_>, ready: &Ready) -> Look {
    if candidate.value.is_none() {
        match head(text, text.index(candidate.at), candidate.literal) {
            Head::More => return Look::More,
            Head::No => return Look::No,
            Head::Value(at, close, written) => {
                let at = text.place(at);
                (candidate.value, candidate.close, candidate.start, candidate.seen) = (Some(at), close, at, at);
                candidate.lines.good = written == Written::Quoted;
                candidate.open = false;
                if written == Written::Spaced && close != Close::Tag {
                    candidate.literal = 0;
                }
            }
        }
    }
    let Some(from) = candidate.value else { return Look::No };
    let Some(end) = end(candidate, text) else {
        let seen = candidate.seen;
        if candidate.open {
            let begin = candidate.start;
            candidate.start = seen;
            return Look::Open(Found { from: begin, to: seen, tagged: (begin, begin), cut: true });
        }
        if seen - from <= u64::from(MAX_BODY) {
            return if seen - from > u64::from(ready.rule.value.max) { Look::No } else { Look::More };
        }
        let to = from + u64::from(MAX_BODY);
        if ready.rule.value.max < MAX_BODY || !fits(candidate, text.between(from, to), ready) {
            return Look::No;
        }
        candidate.open = true;
        candidate.start = seen;
        return Look::Open(Found { from, to: seen, tagged: (from, to), cut: true });
    };
    if candidate.open {
        let begin = candidate.start;
        return Look::Yes(Found { from: begin, to: end, tagged: (begin, begin), cut: true });
    }
    let value = text.between(from, end);
    if value.len() > usize::from(ready.rule.value.max) {
        if ready.rule.value.max < MAX_BODY || !fits(candidate, &value[..usize::from(MAX_BODY)], ready) {
            return Look::No;
        }
        return Look::Yes(Found { from, to: end, tagged: (from, from + u64::from(MAX_BODY)), cut: true });
    }
    let shown = if matches!(candidate.close, Close::Blank | Close::Sign) { trimmed(value) } else { value };
    if !fits(candidate, shown, ready) {
        return Look::No;
    }
    let Some((first, last)) = ready.shape(shown) else { return Look::No };
    Look::Yes(Found::whole(from + first as u64, from + last as u64))
}

/// Without the signs that end a sentence.
fn trimmed(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|byte| !b".,;:".contains(byte)).map_or(0, |at| at + 1);
    &value[..end]
}

fn fits(candidate: &Candidate, value: &[u8], ready: &Ready) -> bool {
    let spec = &ready.rule.value;
    let written = match candidate.close {
        Close::Blank | Close::Sign if candidate.literal == 0 => Written::Spaced,
        Close::Blank | Close::Sign => Written::Assigned,
        _ => Written::Quoted,
    };
    value.len() >= usize::from(spec.min)
        && spec.body.is_none_or(|body| value.iter().all(|byte| body.has(*byte)))
        && plausible(value, written)
        && verify::sound(spec, value)
        && ready.shape(value).is_some()
}

/// Where the value ends; remembers how far it looked.
fn end(candidate: &mut Candidate, text: Text<'_>) -> Option<u64> {
    let mut at = text.index(candidate.seen);
    let bytes = text.bytes;
    while let Some(byte) = bytes.get(at) {
        let over = match candidate.close {
            _ if *byte < b' ' && *byte != b'\t' => true,
            Close::Quote(quote) if *byte == b'\\' && quote != b'`' => {
                if at + 1 == bytes.len() && !text.end {
                    candidate.seen = text.place(at);
                    return None;
                }
                at += if bytes.get(at + 1).is_some_and(|next| *next >= b' ') { 2 } else { 1 };
                continue;
            }
            Close::Quote(quote) => *byte == quote,
            Close::Escaped(quote) if *byte == b'\\' => match bytes.get(at + 1) {
                None if !text.end => {
                    candidate.seen = text.place(at);
                    return None;
                }
                Some(next) if *next == quote => true,
                Some(next) if *next >= b' ' => {
                    at += 2;
                    continue;
                }
                _ => false,
            },
            Close::Escaped(_) => false,
            Close::Tag => *byte == b'<',
            Close::Blank | Close::Sign if b" \t\"'`\x7f".contains(byte) => true,
            Close::Sign => b",;&)]}<>|".contains(byte),
            Close::Blank if b",;&".contains(byte) => match assigns(&bytes[at + 1..]) {
                Some(next) => next,
                None if text.end => false,
                None => {
                    candidate.seen = text.place(at);
                    return None;
                }
            },
            Close::Blank | Close::Unknown => false,
        };
        if over {
            candidate.seen = text.place(at);
            return Some(candidate.seen);
        }
        at += 1;
    }
    candidate.seen = text.place(at);
    text.end.then_some(candidate.seen)
}

/// Says whether another `name=` begins here; `None` where that is not to be seen yet.
fn assigns(rest: &[u8]) -> Option<bool> {
    let blank = rest.iter().take(2).take_while(|byte| **byte == b' ').count();
    let rest = &rest[blank..];
    let name = rest.iter().take(33).take_while(|byte| byte.is_ascii_alphanumeric() || b"_- ".contains(byte)).count();
    match rest.get(name) {
        Some(b'=') => Some(name > 0),
        None if name < 33 => None,
        _ => Some(false),
    }
}

/// Reads on from behind a key's word to where its value begins.
#[allow(clippy::cognitive_complexity, reason = "a grammar, read from left to right")]
fn head(text: Text<'_>, after: usize, literal: usize) -> Head {
    let bytes = text.bytes;
    let room = bytes.len().min(after + BETWEEN);
    let more = if room == after + BETWEEN || text.end { Head::No } else { Head::More };
    let at = |place: usize| if place < room { bytes.get(place).copied() } else { None };
    let skip = |mut place: usize, set: &[u8]| {
        while at(place).is_some_and(|byte| set.contains(&byte)) {
            place += 1;
        }
        place
    };
    // The name as a whole.
    let start = after - literal;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let back = bytes[..start].iter().rev().take(64).take_while(|byte| is_name(byte)).count();
    let named = start - back;
    if bytes[..named].ends_with(b"[masked:") {
        return Head::No;
    }
    let in_front = named.checked_sub(1).map(|place| bytes[place]);
    let short = literal <= 5;
    if short && start > 0 {
        let (before, first) = (bytes[start - 1], bytes[start]);
        let camel = before.is_ascii_lowercase() && first.is_ascii_uppercase();
        if before.is_ascii_alphabetic() && !camel && !verify::begins(bytes, start) {
            return Head::No;
        }
    }
    let mut place = after;
    while at(place).is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
        place += 1;
        if place - after > 14 {
            return Head::No;
        }
    }
    if place == room {
        return more;
    }
    if place > after && !ending(&bytes[after..place]) {
        return Head::No;
    }
    // A closing tag's sign.
    if at(place) == Some(b'>') && in_front == Some(b'<') {
        return Head::Value(place + 1, Close::Tag, Written::Quoted);
    }
    // Quotes and brackets that close the name.
    let closed = skip(place, b"\"'`\\]");
    if closed - place > 4 {
        return Head::No;
    }
    let escaped = bytes[place..closed].contains(&b'\\');
    place = skip(closed, b" \t");
    let blanks = place - closed;
    let Some(sign) = at(place) else { return more };
    let dashed = bytes[named..start].starts_with(b"--");
    let mut tight = blanks == 0;
    match sign {
        b'=' | b':' => {
            let two = at(place + 1);
            if two.is_none() {
                return more;
            }
            let double = matches!((sign, two), (b'=', Some(b'>' | b'=')) | (b':', Some(b'=')));
            if sign == b':' && two == Some(b':') {
                return Head::No;
            }
            place += if double { 2 } else { 1 };
            tight &= sign == b'=' && !double;
        }
        // `--password hunter2`, `PASSWORD 'hunter2'`.
        _ if dashed && blanks > 0 && closed == after => tight = true,
        b'\'' if blanks > 0 && closed == after => {}
        _ => return Head::No,
    }
    let begin = place;
    place = skip(place, b" \t");
    if place > begin {
        tight = false;
    }
    if place == room {
        return more;
    }
    // `Authorization: Bearer …`.
    for scheme in [b"bearer ".as_slice(), b"basic ", b"token "] {
        let there = &bytes[place..room.min(place + scheme.len())];
        if !there.is_empty() && scheme.starts_with(&there.to_ascii_lowercase()) {
            if there.len() < scheme.len() {
                if room == after + BETWEEN || text.end {
                    break;
                }
                return more;
            }
            place = skip(place + scheme.len(), b" ");
            break;
        }
    }
    // A letter in front of a quote: `b"…"`, `r'…'`.
    let Some(first) = at(place) else { return more };
    if b"bBrRfFuU@".contains(&first) {
        match at(place + 1) {
            None => return more,
            Some(b'"' | b'\'') => place += 1,
            _ => {}
        }
    }
    let Some(first) = at(place) else { return more };
    match first {
        b'"' | b'\'' | b'`' => Head::Value(place + 1, Close::Quote(first), Written::Quoted),
        b'\\' => match at(place + 1) {
            None => more,
            Some(quote @ (b'"' | b'\'')) => Head::Value(place + 2, Close::Escaped(quote), Written::Quoted),
            _ => Head::No,
        },
        byte if byte < b' ' => Head::No,
        // Unquoted in JSON: a number, an object, a list.
        b'{' | b'[' if !tight => Head::No,
        _ if escaped => Head::Value(place, Close::Sign, Written::Spaced),
        _ if tight && (in_front.is_none_or(|byte| byte <= b' ' || b"\"'$:".contains(&byte))) => {
            Head::Value(place, Close::Blank, Written::Assigned)
        }
        _ if tight => Head::Value(place, Close::Sign, Written::Assigned),
        _ => Head::Value(place, Close::Sign, Written::Spaced),
    }
}

fn ending(text: &[u8]) -> bool {
    let text = text.iter().position(|byte| !b"_-".contains(byte)).map_or(&text[..0], |from| &text[from..]);
    let lower = text.to_ascii_lowercase();
    text.iter().all(u8::is_ascii_digit) || ENDINGS.iter().any(|ending| ending.as_bytes() == lower)
}
