//! Words that stand for one fixed text in bash, zsh and dash alike.

use super::{Envelope, Inner, Place};
use crate::syntax::Span;

/// Reads a word that is written in one of two ways: plain, or in single quotes with each inner one as `'"'"'` or
/// `'\''`.
///
/// Gives the text and where its bytes stand, `span` being the word's.
pub(super) fn read(word: &str, span: Span) -> Option<(String, Inner)> {
    if is_plain(word) {
        return Some((word.to_owned(), Inner { span, offsets: None }));
    }
    let body = word.strip_prefix('\'')?.strip_suffix('\'')?;
    let first = span.start + 1;
    let around = Span::new(first, first + body.len());
    if !body.contains('\'') {
        return Some((body.to_owned(), Inner { span: around, offsets: None }));
    }
    let mut text = String::with_capacity(body.len());
    let mut offsets = Vec::with_capacity(body.len());
    let mut rest = body;
    while !rest.is_empty() {
        let at = first + (body.len() - rest.len());
        if let Some(behind) = rest.strip_prefix("'\"'\"'").or_else(|| rest.strip_prefix("'\\''")) {
            // The quote stands in the middle of what quotes it.
            text.push('\'');
            offsets.push(at + 2);
            rest = behind;
            continue;
        }
        let letter = rest.chars().next()?;
        if letter == '\'' {
            return None;
        }
        text.push(letter);
        offsets.extend((0..letter.len_utf8()).map(|byte| at + byte));
        rest = rest.get(letter.len_utf8()..)?;
    }
    offsets.push(around.end);
    Some((text, Inner { span: around, offsets: Some(offsets) }))
}

/// The text of such a word.
pub(super) fn text(word: &str) -> Option<String> {
    read(word, Span::default()).map(|(text, _)| text)
}

/// Nothing in it means anything to a shell, at its start neither.
fn is_plain(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with(['=', '-', '+', '%'])
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./:@%+=,-".contains(&byte))
}

/// What stands for a long word while the text around it is read.
const SHORT: &str = "'_'";

/// Lets `find` read a text in which the quoted word behind `front` (which ends in its quote) is a short one, and puts
/// the word back into what was found: its length is no matter of the grammar's.
///
/// The short word stands where a word may begin, and so does the long one: the text around them is the same.
pub(super) fn shortened(text: &str, front: &str, find: fn(&str) -> Option<Envelope>) -> Option<Envelope> {
    let Some(start) = text.find(front).map(|at| at + front.len() - 1) else { return find(text) };
    let end = end_of(text, start)?;
    let short = format!("{}{SHORT}{}", text.get(..start)?, text.get(end..)?);
    let found = find(&short)?;
    let stands = Span::new(start + 1, start + SHORT.len() - 1);
    if found.place != Place::Text(Inner { span: stands, offsets: None }) {
        return None;
    }
    let (inner, place) = read(text.get(start..end)?, Span::new(start, end))?;
    Some(Envelope { inner, place: Place::Text(place), ..found })
}

/// Where the word that begins with the quote at `start` ends, if it is written as [`read`] takes it.
fn end_of(text: &str, start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += text.get(at..)?.find('\'')?;
        let rest = text.get(at..)?;
        match ["'\"'\"'", "'\\''"].iter().find(|inner| rest.starts_with(**inner)) {
            Some(inner) => at += inner.len(),
            None => return Some(at + 1),
        }
    }
}
