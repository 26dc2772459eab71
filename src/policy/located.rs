//! A complaint about a file that people write: where, what, the line itself, a caret below it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How long a shown line may be, in characters.
const MAX_SHOWN: usize = 160;

/// A place in a file; lines and columns (in characters) start at 1, and 0 is "unknown".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// Something that is wrong with a file, at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The file's name for the reader.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// The line concerned; may be empty.
    pub source: String,
}

impl Problem {
    /// Builds a problem; takes the line to show from the file's text.
    pub fn new(file: &str, text: &str, place: Place, message: impl Into<String>) -> Self {
        let line = usize::try_from(place.line).unwrap_or(0);
        let source = line.checked_sub(1).and_then(|n| text.lines().nth(n)).unwrap_or_default();
        let source = source.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Self { file: file.to_owned(), place, message: message.into(), source }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.line == 0 {
            return write!(f, "{}: {}", self.file, self.message);
        }
        write!(f, "{}:{}:{}: {}", self.file, self.place.line, self.place.column, self.message)?;
        if self.source.trim().is_empty() {
            return Ok(());
        }
        let column = usize::try_from(self.place.column).unwrap_or(1).max(1) - 1;
        // A long line is shown from shortly before the place.
        let skip = if column > MAX_SHOWN / 2 { column - MAX_SHOWN / 4 } else { 0 };
        let shown: String = self.source.chars().skip(skip).take(MAX_SHOWN).collect();
        write!(f, "\n  {shown}\n  {:>width$}", "^", width = column - skip + 1)
    }
}

impl std::error::Error for Problem {}
