//! Where secrets stand in a text that is there as a whole: for whoever shows a command line and must keep parts of it.

#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex};

use super::masker::{Masker, Span, Surface};
use super::rules::Rules;
use super::tag::Tagger;
use super::values::Known;

/// A part of a text that is not to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// Offset of its first byte.
    pub from: usize,
    /// Offset behind its last byte.
    pub to: usize,
    /// What is shown instead.
    pub mask: String,
}

/// Finds what is secret in a text, in order of place; parts may overlap. Escape sequences count as text.
#[must_use]
pub fn ranges(rules: &Arc<Rules>, known: &Arc<Mutex<Known>>, tagger: &Arc<Tagger>, text: &str) -> Vec<Hidden> {
    let mut masker = Masker::new(Arc::clone(rules), Arc::clone(known), Arc::clone(tagger), Surface::Line);
    let place = |at: u64, up: bool| {
        let mut at = usize::try_from(at).unwrap_or(usize::MAX).min(text.len());
        while !text.is_char_boundary(at) {
            at = if up { at + 1 } else { at - 1 };
        }
        at
    };
    let mut spans: Vec<Span> = masker.whole(text.as_bytes());
    spans.sort_by_key(Span::order);
    let hidden = spans.iter().map(|span| {
        let tagged = place(span.tagged.0, false)..place(span.tagged.1, true);
        let secret = text.as_bytes().get(tagged).unwrap_or_default();
        Hidden { from: place(span.from, false), to: place(span.to, true), mask: masker.mask(span, secret) }
    });
    hidden.filter(|hidden| hidden.from < hidden.to).collect()
}
