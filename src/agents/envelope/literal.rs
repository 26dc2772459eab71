//! Words that stand for one fixed text in bash, zsh and dash alike.

use super::Inner;
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
