//! Values of several parts: lists behind a key's name, and bare values with signs in them.

#![forbid(unsafe_code)]

use super::apart::Apart;
use super::key::{Close, fits};
use super::{Candidate, Found, Look, Text, apart};
use crate::mask::rules::Ready;
use crate::mask::schema::MAX_BODY;
use crate::mask::verify;

/// Longest list that is looked at.
const LIST: usize = MAX_BODY as usize;
/// Longest rest of a bare value behind its first sign.
const REST: usize = 200;
/// Signs that end a bare value where nothing of it follows.
const ENDS: &[u8] = b".,;:)]}>|&";

/// Where the next item of a list is.
enum Item {
    /// More text is needed.
    More,
    /// There is none.
    End,
    /// From, to, and where to go on.
    At(usize, usize, usize),
}

/// Looks at a list of values: one mask from its first secret to its last. The first item says what the list is of.
pub(super) fn look(candidate: &mut Candidate, text: Text<'_>, ready: &Ready) -> Look {
    let Some(value) = candidate.value else { return Look::No };
    let from = text.index(value);
    let room = text.bytes.len().min(from + LIST);
    let cut = room == from + LIST;
    let bytes = &text.bytes[..room];
    let over = cut || text.end;
    let (mut at, mut found) = (from, None::<(usize, usize)>);
    loop {
        let next = match candidate.close {
            Close::Items(column) => line_item(bytes, at, usize::from(column), over),
            _ => item(bytes, at, over),
        };
        match next {
            Item::More if !over => return Look::More,
            Item::More | Item::End => break,
            Item::At(begin, end, behind) => {
                let value = &bytes[begin..end];
                let spec = &ready.rule.value;
                let made = verify::is_short_secret(value)
                    || spec.mixed && spec.machine
                    || spec.body.is_some_and(|body| !body.has(b'a'));
                let fit = made && fits(candidate, value, ready);
                match &mut found {
                    None if !fit => return Look::No,
                    None => found = Some((begin, end)),
                    Some((_, last)) if fit => *last = end,
                    Some(_) => {}
                }
                at = behind;
            }
        }
    }
    let Some((first, last)) = found else { return Look::No };
    let last = if cut && at + 1 < room { room } else { last };
    Look::Yes(Found::whole(text.place(first), text.place(last)))
}

/// The next item of `["X", 'Y', Z]`.
fn item(bytes: &[u8], at: usize, end: bool) -> Item {
    let at = at + bytes[at..].iter().take_while(|byte| b" \t\r\n,".contains(byte)).count();
    let escapes = bytes[at..].iter().take_while(|byte| **byte == b'\\').count();
    match bytes.get(at + escapes) {
        None => Item::More,
        Some(quote @ (b'"' | b'\'')) => {
            let begin = at + escapes + 1;
            let stop = bytes[begin..].iter().position(|byte| byte == quote || *byte < b' ' || *byte == b'\\');
            match stop.map(|stop| begin + stop) {
                None => Item::More,
                Some(stop) if escapes == 0 && bytes[stop] == *quote => Item::At(begin, stop, stop + 1),
                Some(stop) if escapes > 0 && bytes[stop] == b'\\' => Item::At(begin, stop, stop + escapes + 1),
                Some(_) => Item::End,
            }
        }
        Some(first) if escapes == 0 && (first.is_ascii_alphanumeric() || b"!@%^_+=~/".contains(first)) => {
            let run = bytes[at..].iter().take_while(|byte| **byte > b' ' && !b",]\"'".contains(byte)).count();
            match bytes.get(at + run) {
                None if !end => Item::More,
                // A call.
                _ if bytes[at..at + run].contains(&b'(') => Item::End,
                None | Some(b',' | b']' | b' ' | b'\n') => Item::At(at, at + run, at + run),
                Some(_) => Item::End,
            }
        }
        Some(_) => Item::End,
    }
}

/// The next line of a list in lines, indented at least as far as `column`: `- X`, `1. X`, `X`.
fn line_item(bytes: &[u8], at: usize, column: usize, end: bool) -> Item {
    let blank = |at: usize| bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let begin = at + blank(at);
    let Some(line) = memchr::memchr(b'\n', &bytes[begin..]).map(|stop| begin + stop).or(end.then_some(bytes.len()))
    else {
        return Item::More;
    };
    let text = bytes[begin..line].trim_ascii_end();
    let stop = begin + text.len();
    if begin - at < column || text.is_empty() {
        return Item::End;
    }
    let mark = marked(text);
    let text = &text[mark..];
    let quoted = matches!(text, [first @ (b'"' | b'\''), .., last] if first == last);
    let (from, to) = if quoted { (begin + mark + 1, stop - 1) } else { (begin + mark, stop) };
    let value = &bytes[from..to];
    let blank = |byte: &u8| *byte < b' ' || *byte == b' ' && !quoted;
    if value.is_empty() || value.iter().any(blank) || value.ends_with(b":") {
        return Item::End;
    }
    Item::At(from, to, (line + 1).min(bytes.len()))
}

/// Length of what marks an item in front of it: `- `, `* `, `12. `, `3) `.
pub(super) fn marked(text: &[u8]) -> usize {
    let digits = text.iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
    match &text[digits..] {
        [b'-' | b'*', b' ', ..] if digits == 0 => 2,
        [b'.' | b')', b' ', ..] if digits > 0 => digits + 2,
        _ => 0,
    }
}

/// Where a list begins on the line at `place`, behind `name:` in this column; `plain` where its lines need no marks.
pub(super) fn begins(text: Text<'_>, named: usize, place: usize, column: usize, plain: bool) -> Apart {
    let bytes = text.bytes;
    if !apart::is_yaml(bytes, named) {
        return Apart::No;
    }
    let blank = bytes[place..].iter().take(LIST).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let rest = &bytes[place + blank..];
    if rest.len() < 4 && !text.end {
        return Apart::More;
    }
    if blank >= column && (plain || marked(rest) > 0) { Apart::At(place) } else { Apart::No }
}

/// Says whether a tag of HTML stands at `at`; `None` where that is not to be seen yet.
pub(super) fn is_tag(text: Text<'_>, at: usize) -> Option<bool> {
    let rest = &text.bytes[at + 1..];
    let name = rest.iter().take(12).take_while(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()).count();
    match rest.get(name) {
        None if !text.end => None,
        None => Some(false),
        Some(b'/') if name == 0 => Some(true),
        Some(byte) => Some(name > 0 && b" />".contains(byte)),
    }
}

/// Where a bare value ends that has a sign at `at` which may end it: a password has such signs in it, too; of a cell, `cell` says whether it is
/// framed. `None` where
/// that is not to be seen yet.
pub(super) fn goes_on(text: Text<'_>, from: usize, at: usize, cell: Option<bool>) -> Option<usize> {
    let rest = &text.bytes[at..];
    // A cell ends with its bar.
    let bar = |byte: u8| cell == Some(true) && byte == b'|';
    let inside = |byte: &&u8| **byte > b' ' && **byte != 0x7f && !b"\"'`".contains(byte) && !bar(**byte);
    let run = rest.iter().take(REST).take_while(inside).count();
    if run == rest.len() && run < REST && !text.end {
        return None;
    }
    let whole = &text.bytes[from..at + run];
    let ends = whole.iter().rposition(|byte| !ENDS.contains(byte)).map_or(0, |last| last + 1);
    let end = if cell.is_some() && ends > at - from { whole.len() } else { ends };
    // A string follows, or nothing.
    if from + end <= at || rest.get(run).is_some_and(|byte| b"\"'`".contains(byte)) {
        return Some(at);
    }
    let (value, inner) = (&whole[..end], &whole[at - from..end]);
    // Another name with its value, or a sign of HTML.
    let names = |at: usize| {
        let behind = &inner[at + 1..];
        let name = behind.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.#".contains(byte)).count();
        let sign = behind.get(name).copied().unwrap_or_default();
        name > 1 && (b"=:".contains(&sign) && behind[0].is_ascii_alphabetic() || inner[at] == b'&' && sign == b';')
    };
    let another = memchr::memchr3_iter(b',', b';', b'&', inner).any(names);
    // No type's name begins with a digit.
    let word =
        |part: &[u8]| part.iter().all(u8::is_ascii_alphanumeric) && !part.first().is_some_and(u8::is_ascii_digit);
    let types = value.contains(&b'|') && value.split(|byte| *byte == b'|').all(word);
    let program =
        [b"</".as_slice(), b"->", b"()", b"<br"].iter().any(|sign| memchr::memmem::find(value, sign).is_some());
    Some(if another || types || program || !verify::is_short_secret(value) { at } else { from + end })
}
