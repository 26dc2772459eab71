//! Shell scripts: one text as a whole, for what stands above decides what stands below.

use super::{Command, Text};
use crate::syntax::Span;

pub(super) fn commands(text: &str) -> Vec<Command> {
    vec![Command::new(&Text::of(text, Span::new(0, text.len())), "script")]
}
