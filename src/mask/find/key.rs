//! `key = value` in its many spellings.

#![forbid(unsafe_code)]

use super::apart::{self, Apart};
use super::code;
use super::value::{Written, argument, is_label, plausible};
use super::{Candidate, Found, Look, Text};
use crate::mask::known::like::is_thing;
use crate::mask::rule::ValueSpec;
use crate::mask::rules::Ready;
use crate::mask::schema::MAX_BODY;
use crate::mask::verify;

/// Most bytes between a key and its value.
const BETWEEN: usize = 48;
/// So far apart keys may stand that are counted together.
pub(super) const NEAR: u64 = 200;
/// So many keys with one value are looked at; what comes behind them is masked.
pub(in crate::mask) const CROWD: u16 = 16;
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
    "v1",
    "v2",
    "v3",
    "v4",
    "value",
];

/// What makes a token the mark of a page in a listing.
const PAGES: &[&str] =
    &["page", "next", "prev", "previous", "continuation", "pagination", "sync", "start", "marker", "output"];

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
    /// As [`Close::Sign`], and nothing else stands in its cell.
    Cell,
    /// With the first line that is not indented more than this.
    Block(u8),
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
                candidate.leads = leads(text.bytes, text.index(candidate.at), candidate.literal);
                candidate.open = false;
                if written == Written::Spaced && close != Close::Tag {
                    candidate.literal = 0;
                }
            }
        }
    }
    let Some(from) = candidate.value else { return Look::No };
    let held = |candidate: &Candidate, end: u64| {
        is_open_cell(candidate, text, end) || is_sentence(candidate, text, end).is_none()
    };
    let Some(end) = end(candidate, text).filter(|end| !held(candidate, *end)) else {
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
    // A key of its own.
    if candidate.close == Close::Cell && value.ends_with(b":") {
        return Look::No;
    }
    if candidate.close == Close::Cell && apart::closes_cell(text, text.index(end)) == Some(false) {
        return Look::No;
    }
    if is_sentence(candidate, text, end) == Some(true) {
        return Look::No;
    }
    // `Password: Copperfield`, and nothing else: no type of a program.
    if candidate.leads && text.bytes.get(text.index(end)).is_none_or(|byte| *byte < b' ') && is_lone_word(value) {
        candidate.literal = candidate.literal.max(1);
    }
    let shown =
        if matches!(candidate.close, Close::Blank | Close::Sign | Close::Cell) { trimmed(value) } else { value };
    // `connect(password=pvk_password, …)`.
    let ended = value.len() > shown.len() || text.bytes.get(text.index(end)).is_some_and(|byte| b"),]".contains(byte));
    if ended && matches!(candidate.close, Close::Blank | Close::Sign) && argument(shown) {
        return Look::No;
    }
    let unclosed = candidate.close == Close::Tag && text.bytes.get(text.index(end)) != Some(&b'<');
    if unclosed || named_alike(candidate, text, shown) || !fits(candidate, shown, ready) {
        return Look::No;
    }
    let Some((first, last)) = ready.shape(shown) else { return Look::No };
    Look::Yes(Found::whole(from + first as u64, from + last as u64))
}

/// Says whether it is not to be seen yet what stands behind a cell.
fn is_open_cell(candidate: &Candidate, text: Text<'_>, end: u64) -> bool {
    candidate.close == Close::Cell && apart::closes_cell(text, text.index(end)).is_none()
}

/// Most letters of a word that a sentence goes on from.
const WORD: usize = 10;

/// Says whether behind `name: word` more words follow, as in `wrong password: please try again`; `None` where that is
/// not to be seen yet.
fn is_sentence(candidate: &Candidate, text: Text<'_>, end: u64) -> Option<bool> {
    let Some(from) = candidate.value.filter(|_| candidate.close == Close::Sign && candidate.literal == 0) else {
        return Some(false);
    };
    let value = text.between(from, end);
    if value.len() > WORD || !value.iter().all(u8::is_ascii_lowercase) {
        return Some(false);
    }
    let rest = &text.bytes[text.index(end)..];
    if rest.first().is_some_and(|byte| *byte != b' ') {
        return Some(false);
    }
    let word = rest.iter().skip(1).take(24).take_while(|byte| byte.is_ascii_lowercase()).count();
    match rest.get(1 + word) {
        None if !text.end && word < 24 => None,
        next => Some(word > 1 && next.is_none_or(|byte| *byte <= b' ' || b".,;!?".contains(byte))),
    }
}

/// Says whether a name begins its line, with nothing but blanks and the sign of an item in front.
fn leads(bytes: &[u8], at: usize, literal: usize) -> bool {
    let front = &bytes[at.saturating_sub(literal + 64)..at - literal];
    let line = memchr::memrchr(b'\n', front).map_or(front, |end| &front[end + 1..]);
    line.iter().all(|byte| byte.is_ascii_alphanumeric() || b" _-*.".contains(byte))
}

/// Ends of words that say what state a thing is in.
const STATES: &[&[u8]] = &[b"ed", b"ing", b"able", b"ful", b"tion", b"ent", b"ial", b"ble", b"ive"];

/// Says whether a value is one word with a capital in front that says nothing about a state.
fn is_lone_word(value: &[u8]) -> bool {
    let small = value.get(1..).is_some_and(|rest| rest.iter().all(u8::is_ascii_lowercase));
    value.len() >= 8
        && value[0].is_ascii_uppercase()
        && small
        && !STATES.iter().any(|end| value.ends_with(end))
        && !is_label(value)
}

/// Says whether a bare value is its own key again: `password=password` passes an argument on.
fn named_alike(candidate: &Candidate, text: Text<'_>, value: &[u8]) -> bool {
    let bare = matches!(candidate.close, Close::Blank | Close::Sign);
    let value = value.iter().rposition(|byte| !b")]}".contains(byte)).map_or(value, |last| &value[..=last]);
    let from = candidate.at.saturating_sub(value.len() as u64);
    let before = text.index(from).checked_sub(1).map(|place| text.bytes[place]);
    let whole = !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    bare && whole && text.between(from, candidate.at) == value
}

/// Without the signs that end a sentence.
fn trimmed(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|byte| !b".,;:".contains(byte)).map_or(0, |at| at + 1);
    &value[..end]
}

/// Says whether a value is as long as its rule wants it. What is plainly no word may be shorter.
fn long_enough(spec: &ValueSpec, value: &[u8]) -> bool {
    value.len() >= usize::from(spec.min) || spec.machine && spec.body.is_none() && verify::is_short_secret(value)
}

fn fits(candidate: &Candidate, value: &[u8], ready: &Ready) -> bool {
    let spec = &ready.rule.value;
    let written = match candidate.close {
        Close::Blank | Close::Sign | Close::Cell if candidate.literal == 0 => Written::Spaced,
        Close::Blank | Close::Sign | Close::Cell => Written::Assigned,
        _ => Written::Quoted,
    };
    let column = candidate.close == Close::Cell;
    let mixed = || value.len() >= 8 && value.iter().any(u8::is_ascii_digit) && !value.iter().all(u8::is_ascii_digit);
    long_enough(spec, value)
        && (!column || mixed() && std::str::from_utf8(value).is_ok_and(|value| !is_thing(value)))
        && spec.body.is_none_or(|body| value.iter().all(|byte| body.has(*byte)))
        && plausible(value, written)
        && verify::sound(spec, value)
        && ready.shape(value).is_some()
}

/// Where the value ends; remembers how far it looked.
fn end(candidate: &mut Candidate, text: Text<'_>) -> Option<u64> {
    let mut at = text.index(candidate.seen);
    let bytes = text.bytes;
    if let Close::Block(column) = candidate.close {
        let end = apart::block_end(text, at, column);
        candidate.seen = text.place(end.unwrap_or_else(|seen| seen));
        return end.is_ok().then_some(candidate.seen);
    }
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
            Close::Escaped(quote) if *byte == b'\\' => {
                // An odd number of them escapes what follows, however deep the quotes are.
                let slashes = bytes[at..].iter().take_while(|byte| **byte == b'\\').count();
                match bytes.get(at + slashes) {
                    None if !text.end => {
                        candidate.seen = text.place(at);
                        return None;
                    }
                    Some(next) if *next == quote && slashes % 2 == 1 => true,
                    Some(next) if *next >= b' ' => {
                        at += slashes + slashes % 2;
                        continue;
                    }
                    _ => false,
                }
            }
            Close::Escaped(_) => false,
            Close::Tag => *byte == b'<',
            Close::Blank | Close::Sign | Close::Cell if b" \t\"'`\x7f".contains(byte) => true,
            Close::Sign | Close::Cell => b",;&)]}<>|".contains(byte),
            Close::Blank if b",;&".contains(byte) => match assigns(&bytes[at + 1..]) {
                Some(next) => next,
                None if text.end => false,
                None => {
                    candidate.seen = text.place(at);
                    return None;
                }
            },
            Close::Blank | Close::Block(_) | Close::Unknown => false,
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
    let name = rest.iter().take(33).take_while(|byte| byte.is_ascii_alphanumeric() || b"_- .".contains(byte)).count();
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
    // A mask's text; `checksum/secret` is what clusters are told to notice changes by.
    if bytes[..named].ends_with(b"[masked:") || bytes[..named].ends_with(b"checksum/") {
        return Head::No;
    }
    // A type in a schema: `"AWS::IAM::AccessKey"`; a group of a pattern; what an ARN names.
    let front = &bytes[..named];
    if front.ends_with(b"::") && bytes.get(after) == Some(&b'"')
        || front.ends_with(b"(?P<")
        || front.ends_with(b":") && apart::is_arn(bytes, named)
    {
        return Head::No;
    }
    let in_front = named.checked_sub(1).map(|place| bytes[place]);
    // The name of a public key.
    if bytes[named..after].eq_ignore_ascii_case(b"user.signingkey") {
        return Head::No;
    }
    // What a listing goes on with.
    let word = &bytes[start..after];
    if word.eq_ignore_ascii_case(b"token") && pages(&bytes[named..start]) {
        return Head::No;
    }
    // The user's name in a URL: what stands behind its colon is the URL's affair.
    let user = bytes[..named].ends_with(b"://");
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
    if apart::is_named(bytes, named) {
        match apart::pair(text, place) {
            Apart::More => return Head::More,
            Apart::At(at) if bytes[at - 1] == b'>' => return Head::Value(at, Close::Tag, Written::Quoted),
            Apart::At(at) => return value(text, named, at, after + apart::PAIR + BETWEEN, Sign::Pair),
            Apart::No => {}
        }
    }
    // A closing tag's sign.
    if at(place) == Some(b'>') && in_front == Some(b'<') {
        return Head::Value(place + 1, Close::Tag, Written::Quoted);
    }
    let name = place;
    // Quotes and brackets that close the name.
    let closed = skip(place, b"\"'`\\]*");
    // Markdown's signs are no quotes.
    let marked = bytes[place..closed].iter().all(|byte| b"`*".contains(byte));
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
            // What is compared is shown only in quotes.
            if (sign, two) == (b'=', Some(b'=')) {
                return match code::compared(text, place + 2) {
                    Apart::More => Head::More,
                    Apart::No => Head::No,
                    Apart::At(at) => value(text, named, at, after + BETWEEN, Sign::Loose),
                };
            }
            // `PASSWORD :password` binds a parameter.
            let bound = blanks > 0 && two.is_some_and(|byte| byte.is_ascii_alphabetic());
            // `userPassword:: cGFzcw==`: LDIF's base64.
            let encoded = two == Some(b':') && closed == name && apart::begins_line(bytes, named);
            if encoded && at(place + 2).is_none() {
                return more;
            }
            let encoded = encoded && at(place + 2) == Some(b' ');
            if sign == b':' && (two == Some(b':') && !encoded || bound || user && blanks == 0) {
                return Head::No;
            }
            place += if double || encoded { 2 } else { 1 };
            tight &= sign == b'=' && !double;
        }
        // `--password hunter2`, `PASSWORD 'hunter2'`.
        // The next option.
        b'-' if dashed && blanks > 0 && at(place + 1).is_none() => return more,
        b'-' if dashed && blanks > 0 && at(place + 1) == Some(b'-') => return Head::No,
        _ if dashed && blanks > 0 && closed == after => match apart::is_prose(text, place, blanks) {
            None => return Head::More,
            Some(true) => return Head::No,
            Some(false) => tight = true,
        },
        // `["--password", "X"]`.
        b',' if dashed && closed == name + 1 => {
            let quote = skip(place + 1, b" ");
            return match (at(quote), at(quote + 1)) {
                (None, _) | (Some(b'"' | b'\''), None) => more,
                (Some(sign @ (b'"' | b'\'')), Some(first)) if first != b'-' && sign == bytes[name] => {
                    Head::Value(quote + 1, Close::Quote(sign), Written::Quoted)
                }
                _ => Head::No,
            };
        }
        // `variable "db_password" { default = "X" }`.
        b'{' if blanks > 0 && closed == name + 1 && bytes[..named].ends_with(b"variable \"") => {
            return match apart::default_of(text, place + 1) {
                Apart::More => Head::More,
                Apart::No => Head::No,
                Apart::At(at) => value(text, named, at, after + apart::PAIR + BETWEEN, Sign::Pair),
            };
        }
        // `os.getenv("DB_PASSWORD", "X")`: what stands in where nothing is set.
        b',' if closed == name + 1 && apart::is_asked(bytes, named) => {
            let quote = skip(place + 1, b" ");
            return match (at(quote), at(quote + 1)) {
                (None, _) | (Some(b'"' | b'\''), None) => more,
                (Some(sign @ (b'"' | b'\'')), Some(first)) if first != sign => {
                    Head::Value(quote + 1, Close::Quote(sign), Written::Quoted)
                }
                _ => Head::No,
            };
        }
        // `<wsse:Password Type="…">X<`.
        b'A'..=b'Z' | b'a'..=b'z' if blanks == 1 && closed == after && apart::is_tag(bytes, named) => {
            return match apart::tag_end(text, place) {
                Apart::More => Head::More,
                Apart::No => Head::No,
                Apart::At(at) => Head::Value(at, Close::Tag, Written::Quoted),
            };
        }
        // `<td>Password</td><td>X</td>`.
        b'<' if blanks == 0 && closed == name => {
            return match apart::next_tag(text, place) {
                Apart::More => Head::More,
                Apart::No => Head::No,
                Apart::At(at) => Head::Value(at, Close::Cell, Written::Assigned),
            };
        }
        // `token != "X"`.
        b'!' if blanks == 1 => {
            return match (at(place + 1), code::compared(text, place + 2)) {
                (None, _) => more,
                (Some(b'='), Apart::More) => Head::More,
                (Some(b'='), Apart::At(at)) => value(text, named, at, after + BETWEEN, Sign::Loose),
                _ => Head::No,
            };
        }
        // `assert_eq!(cfg.api_key, "X")`.
        b',' if closed == after && blanks == 0 && apart::is_tested(bytes, named) => {
            return match code::compared(text, place + 1) {
                Apart::More => Head::More,
                Apart::No => Head::No,
                Apart::At(at) => value(text, named, at, after + BETWEEN, Sign::Loose),
            };
        }
        // `expect(x.token).toBe("X")`.
        b')' if closed == after && blanks == 0 && apart::is_tested(bytes, named) => {
            let dot = skip(place, b")");
            let word = bytes[dot..room].iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'.').count();
            return match (at(dot + word), code::compared(text, dot + word + 1)) {
                (None, _) => more,
                (Some(b'('), Apart::More) => Head::More,
                (Some(b'('), Apart::At(at)) => value(text, named, at, after + BETWEEN, Sign::Pair),
                _ => Head::No,
            };
        }
        // `ENV["X"] ||= "…"`, `opts.password ?? "…"`.
        b'|' | b'?' if code::stands(text, place) != Some(false) => {
            return match code::stands_in(text, place) {
                Apart::More => Head::More,
                Apart::No => Head::No,
                Apart::At(at) => value(text, named, at, after + BETWEEN, Sign::Loose),
            };
        }
        b'|' if blanks == 0 && closed == name => {
            let cell = skip(place + 1, b" ");
            return if cell == room { more } else { Head::Value(cell, Close::Cell, Written::Assigned) };
        }
        // `getenv("X") || "…"`.
        b')' if closed == name + 1 => {
            return match code::stands_in(text, skip(place + 1, b" ")) {
                Apart::More => Head::More,
                Apart::No => Head::No,
                Apart::At(at) => value(text, named, at, after + BETWEEN + BETWEEN, Sign::Loose),
            };
        }
        // `setPassword("X")`.
        b'(' | b'{' if blanks == 0 && closed == after && code::sets(&bytes[named.saturating_sub(1)..start]) => {
            let quote = skip(place + 1, b" ");
            return match (at(quote), at(quote + 1)) {
                (None, _) | (Some(b'"' | b'\'' | b'`'), None) => more,
                (Some(sign @ (b'"' | b'\'' | b'`')), Some(first)) if first != sign => {
                    Head::Value(quote + 1, Close::Quote(sign), Written::Quoted)
                }
                _ => Head::No,
            };
        }
        // `char password[] = "X"`.
        b'[' if blanks == 0 && closed == after => {
            let end = skip(place + 1, b"0123456789]");
            let sign = skip(end, b" ");
            return match at(sign) {
                None => more,
                Some(b'=') if end > place + 1 => value(text, named, sign + 1, after + BETWEEN, Sign::Loose),
                _ => Head::No,
            };
        }
        // `Content-Disposition: form-data; name="password"`, and the value behind a blank line.
        b'\n' if closed == name + 1 && apart::is_part(bytes, named) => {
            return match (at(place + 1), at(place + 2)) {
                (None, _) | (Some(b'\n'), None) => more,
                (Some(b'\n'), Some(first)) if first >= b' ' => Head::Value(place + 2, Close::Blank, Written::Assigned),
                _ => Head::No,
            };
        }
        // `1) "requirepass"`, and the value on the next line.
        b'\n' if closed == name + 1 && bytes[name] == b'"' => {
            return match apart::reply(text, named, place + 1) {
                Apart::More => Head::More,
                Apart::No => Head::No,
                Apart::At(at) => Head::Value(at, Close::Quote(b'"'), Written::Quoted),
            };
        }
        // Go's `const apiKey string = "X"`.
        b's' if blanks == 1 && closed == after && code::is_go(text, place) != Some(false) => {
            return match code::is_go(text, place) {
                None => Head::More,
                Some(_) => value(text, named, place + 9, after + BETWEEN, Sign::Loose),
            };
        }
        b'\'' if blanks > 0 && closed == after => {}
        _ if blanks > 0 && marked => {
            let written = |close| if close == Close::Blank { Written::Assigned } else { Written::Spaced };
            return match apart::spaced(text, named, blanks, place) {
                Some((Apart::At(at), close)) => Head::Value(at, close, written(close)),
                Some((Apart::More, _)) => Head::More,
                _ => Head::No,
            };
        }
        _ => return Head::No,
    }
    let sign = match () {
        () if escaped => Sign::Escaped,
        () if tight => Sign::Tight,
        () => Sign::Loose,
    };
    value(text, named, place, after + BETWEEN, sign)
}

/// What stands between a name and its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// `=`, nothing else.
    Tight,
    /// With blanks, or a colon.
    Loose,
    /// The name was in escaped quotes.
    Escaped,
    /// They are a pair of fields.
    Pair,
}

/// Reads on from behind the sign, as far as `limit`.
fn value(text: Text<'_>, named: usize, begin: usize, limit: usize, sign: Sign) -> Head {
    let bytes = text.bytes;
    let room = bytes.len().min(limit);
    let more = if text.end || room == limit { Head::No } else { Head::More };
    let at = |place: usize| if place < room { bytes.get(place).copied() } else { None };
    let skip = |mut place: usize, set: &[u8]| {
        while at(place).is_some_and(|byte| set.contains(&byte)) {
            place += 1;
        }
        place
    };
    let in_front = named.checked_sub(1).map(|place| bytes[place]);
    let mut tight = sign == Sign::Tight;
    let mut place = skip(begin, b" \t");
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
                if room == limit || text.end {
                    break;
                }
                return more;
            }
            place = skip(place + scheme.len(), b" ");
            break;
        }
    }
    // `&anchor X`, `!tag X`.
    if sign == Sign::Loose && matches!(at(place), Some(b'&' | b'!')) && apart::is_yaml(bytes, named) {
        match apart::behind_tag(&bytes[place..room]) {
            None if room == limit || text.end => {}
            None => return more,
            Some(length) => place += length,
        }
    }
    // A letter in front of a quote: `b"…"`, `r'…'`.
    let Some(first) = at(place) else { return more };
    if b"bBrRfFuUN@".contains(&first) {
        match at(place + 1) {
            None => return more,
            Some(b'"' | b'\'') => place += 1,
            _ => {}
        }
    }
    let Some(first) = at(place) else { return more };
    if sign != Sign::Escaped && (first.is_ascii_alphabetic() || b"&_$[0".contains(&first)) {
        match code::expression(text, place, bytes[..begin].ends_with(b":")) {
            Apart::More => return Head::More,
            Apart::At(at) => return value(text, named, at, at + BETWEEN, Sign::Pair),
            Apart::No => {}
        }
    }
    match first {
        b'"' | b'\'' | b'`' => {
            let (two, three) = (at(place + 1), at(place + 2));
            if two.is_none() || two == Some(first) && three.is_none() {
                return more;
            }
            // A shell's way to write a quote in quotes: `'\''`.
            if first == b'\'' && two == Some(b'\\') {
                match (three, at(place + 3)) {
                    (None | Some(b'\''), None) => return more,
                    (Some(b'\''), Some(b'\'')) => {
                        return Head::Value(place + 4, Close::Quote(first), Written::Quoted);
                    }
                    _ => {}
                }
            }
            let closes = !matches!(sign, Sign::Pair) && apart::closes_quote(bytes, named, begin, first);
            if closes && two.is_some_and(|byte| byte < b' ' || b" ,;)]}+.:\\".contains(&byte)) {
                return Head::No;
            }
            // `"""X"""`.
            let width = if two == Some(first) && three == Some(first) { 3 } else { 1 };
            Head::Value(place + width, Close::Quote(first), Written::Quoted)
        }
        b'\\' => {
            let behind = skip(place, b"\\");
            match at(behind) {
                None => more,
                Some(quote @ (b'"' | b'\'')) if behind - place < 16 => {
                    Head::Value(behind + 1, Close::Escaped(quote), Written::Quoted)
                }
                _ => Head::No,
            }
        }
        b'\n' if sign == Sign::Loose => match apart::below(text, named, begin, place) {
            Apart::More => Head::More,
            Apart::No => Head::No,
            Apart::At(at) if bytes[at - 1] == b'"' => Head::Value(at, Close::Quote(b'"'), Written::Quoted),
            Apart::At(at) => Head::Value(at, Close::Cell, Written::Assigned),
        },
        byte if byte < b' ' => Head::No,
        b'|' | b'>' if sign == Sign::Loose && bytes[..begin].ends_with(b":") => {
            match apart::block(text, named, place) {
                Some((Apart::At(at), column)) => Head::Value(at, Close::Block(column), Written::Quoted),
                Some((Apart::More, _)) => Head::More,
                Some((Apart::No, _)) => Head::No,
                None => Head::Value(place, Close::Sign, Written::Spaced),
            }
        }
        // Unquoted in JSON: a number, an object, a list.
        b'{' if !tight && sign != Sign::Pair => match apart::member(text, place + 1) {
            Apart::More => Head::More,
            Apart::No => Head::No,
            Apart::At(at) => value(text, named, at, place + apart::PAIR + BETWEEN, Sign::Pair),
        },
        b'{' | b'[' if !tight => Head::No,
        _ if sign == Sign::Escaped => Head::Value(place, Close::Sign, Written::Spaced),
        _ if tight && (in_front.is_none_or(|byte| byte <= b' ' || b"\"'$:".contains(&byte))) => {
            Head::Value(place, Close::Blank, Written::Assigned)
        }
        _ if tight => Head::Value(place, Close::Sign, Written::Assigned),
        _ => Head::Value(place, Close::Sign, Written::Spaced),
    }
}

/// Says whether a name's front makes a token the mark of a page.
fn pages(front: &[u8]) -> bool {
    let front: Vec<u8> = front.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
    PAGES.iter().any(|word| front.ends_with(word.as_bytes()))
}

fn ending(text: &[u8]) -> bool {
    let text = text.iter().position(|byte| !b"_-".contains(byte)).map_or(&text[..0], |from| &text[from..]);
    let lower = text.to_ascii_lowercase();
    text.iter().all(u8::is_ascii_digit) || ENDINGS.iter().any(|ending| ending.as_bytes() == lower)
}
