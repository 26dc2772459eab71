//! `key = value` in its many spellings.

#![forbid(unsafe_code)]

use super::apart;
use super::head::{Head, head};
use super::list;
use super::value::{Written, argument, is_label, is_wild, plausible};
use super::{Candidate, Found, Look, Text};
use crate::mask::known::like::{is_scrambled, is_thing};
use crate::mask::rule::ValueSpec;
use crate::mask::rules::Ready;
use crate::mask::schema::MAX_BODY;
use crate::mask::verify;

/// So far apart keys may stand that are counted together.
pub(super) const NEAR: u64 = 200;
/// So many keys with one value are looked at; what comes behind them is masked.
pub(in crate::mask) const CROWD: u16 = 16;

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
    /// With the bracket that closes a list.
    List,
    /// With the first line that is no item of a list, which stands in this column or behind it.
    Items(u8),
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
    if matches!(candidate.close, Close::List | Close::Items(_)) {
        return list::look(candidate, text, ready);
    }
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
    // What a command prints: PASSWORD=`cat x`.
    let quoted = candidate.close == Close::Quote(b'`') && value.contains(&b' ');
    if quoted && text.bytes[..text.index(from)].ends_with(b"=`") {
        return Look::No;
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

pub(super) fn fits(candidate: &Candidate, value: &[u8], ready: &Ready) -> bool {
    let spec = &ready.rule.value;
    let written = match candidate.close {
        Close::Blank | Close::Sign | Close::Cell if candidate.literal == 0 => Written::Spaced,
        Close::Blank | Close::Sign | Close::Cell => Written::Assigned,
        _ => Written::Quoted,
    };
    let column = candidate.close == Close::Cell;
    let mixed = || value.len() >= 8 && value.iter().any(u8::is_ascii_digit) && !value.iter().all(u8::is_ascii_digit);
    let mixed = || mixed() || is_scrambled(value);
    long_enough(spec, value)
        && (!column || !apart::is_sign(value.first()) || is_wild(value))
        && (!column || mixed() && std::str::from_utf8(value).is_ok_and(|value| !is_thing(value)))
        && spec.body.is_none_or(|body| value.iter().all(|byte| body.has(*byte)))
        && plausible(value, written)
        && verify::sound(spec, value)
        && ready.shape(value).is_some()
}

/// Says whether a bar stands in front of a value's cell.
fn framed(candidate: &Candidate, text: Text<'_>) -> bool {
    let front = candidate.value.map_or(&[][..], |from| &text.bytes[..text.index(from)]);
    let front = &front[front.len().saturating_sub(64)..];
    front.iter().rev().find(|byte| !b" `*".contains(byte)) == Some(&b'|')
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
                // At the line's end it joins the next.
                at += if bytes.get(at + 1).is_some_and(|next| *next >= b' ' || *next == b'\n') { 2 } else { 1 };
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
            Close::Cell if *byte == b'|' && framed(candidate, text) => true,
            Close::Cell if *byte == b'<' => match list::is_tag(text, at) {
                Some(true) => true,
                Some(false) => {
                    at += 1;
                    continue;
                }
                None => {
                    candidate.seen = text.place(at);
                    return None;
                }
            },
            Close::Sign | Close::Cell
                if (candidate.close == Close::Cell || candidate.leads && candidate.literal == 0)
                    && b",;&)]}<>|".contains(byte) =>
            {
                let from = candidate.value.map_or(at, |from| text.index(from));
                let cell = (candidate.close == Close::Cell).then(|| framed(candidate, text));
                match list::goes_on(text, from, at, cell) {
                    None => {
                        candidate.seen = text.place(at);
                        return None;
                    }
                    Some(end) => {
                        candidate.seen = text.place(end);
                        return Some(candidate.seen);
                    }
                }
            }
            Close::Sign | Close::Cell => b",;&)]}<>|".contains(byte),
            Close::Blank if b",;&".contains(byte) => match assigns(&bytes[at + 1..]) {
                Some(next) => next,
                None if text.end => false,
                None => {
                    candidate.seen = text.place(at);
                    return None;
                }
            },
            Close::Blank | Close::Block(_) | Close::List | Close::Items(_) | Close::Unknown => false,
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
        Some(b'=') => Some(name > 0 && !rest[0].is_ascii_digit()),
        None if name < 33 => None,
        _ => Some(false),
    }
}
