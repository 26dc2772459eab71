//! SQL text with holes: what cannot be known of a word stands in the text as a name of our own.

use std::fmt::Write as _;

use crate::syntax::{Seg, Unknown, Value};

/// SQL text in which unknown parts are names.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    /// The text.
    pub text: String,
    /// What each hole stands for.
    holes: Vec<Unknown>,
}

const OPEN: &str = "__w";
const CLOSE: &str = "__";

/// The hole at the front of a text: its number and its length.
fn hole(text: &str) -> Option<(usize, usize)> {
    let rest = text.strip_prefix(OPEN)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let number = rest.get(..digits)?.parse().ok()?;
    rest.get(digits..)?.strip_prefix(CLOSE)?;
    Some((number, OPEN.len() + digits + CLOSE.len()))
}

/// Says whether a token begins with a hole: what it is cannot be known.
pub(super) fn starts_with_hole(text: &str) -> bool {
    hole(text).is_some()
}

impl Text {
    /// The text of a word.
    pub(super) fn of(value: &Value) -> Self {
        let mut out = Self::default();
        for seg in value.segs() {
            match seg {
                Seg::Lit(text) | Seg::Glob(text) => out.text.push_str(text),
                Seg::Unknown(unknown) => {
                    let _ = write!(out.text, "{OPEN}{}{CLOSE}", out.holes.len());
                    out.holes.push(unknown.clone());
                }
            }
        }
        out
    }

    /// A part of the text as a value again.
    pub(super) fn value(&self, part: &str) -> Value {
        let mut value = Value::default();
        let mut rest = part;
        while let Some(at) = rest.find(OPEN) {
            let (before, from) = rest.split_at(at);
            value.push_lit(before);
            let known = hole(from).and_then(|(number, len)| Some((self.holes.get(number)?, from.get(len..)?)));
            if let Some((unknown, behind)) = known {
                value.push(Seg::Unknown(unknown.clone()));
                rest = behind;
            } else {
                // One byte only: `___w0__` has a hole behind its first underscore.
                value.push_lit("_");
                rest = from.get(1..).unwrap_or("");
            }
        }
        value.push_lit(rest);
        value
    }
}
