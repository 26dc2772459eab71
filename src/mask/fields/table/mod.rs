//! Everything that has columns: a header is recognised by a field's name in it, and its column is masked in the rows.
//!
//! psql (aligned, wrapped, unaligned), mysql (boxes, batch), sqlite3 (list, column, table, box, markdown, csv, tabs,
//! quote), duckdb and ClickHouse boxes, CSV and TSV. A table ends at a row count, at a prompt, at its closing rule, or
//! at what cannot be a row; a header with other columns is read anew.

mod cell;
mod header;
mod rows;

use super::Hint;
use super::flow::Flow;
use super::stage::{Masking, Stage};
use header::{Header, is_rule_line};
use rows::{Line, Rows};

/// Longest line that may be a header.
const MAX_HEADER: usize = 16 * 1024;

/// Where the stream is.
enum Mode {
    /// Outside of a table.
    Text,
    /// Behind a line with a field's name in it.
    Pending { line: String, header: Option<Header> },
    /// In a table's rows.
    Rows(Box<Rows>),
}

/// Reads tables.
pub(super) struct Table {
    hint: Hint,
    mode: Mode,
    /// What has come of this line, where short.
    line: Vec<u8>,
    over: bool,
    /// The bytes of a character that is not complete.
    partial: Vec<u8>,
}

impl Table {
    pub(super) fn new(hint: Hint) -> Self {
        Self { hint, mode: Mode::Text, line: Vec::new(), over: false, partial: Vec::new() }
    }

    /// This line as text; empty where it is too long or none.
    fn so_far(&self) -> &str {
        if self.over { "" } else { std::str::from_utf8(&self.line).unwrap_or_default() }
    }

    fn take_line(&mut self) -> String {
        let line = self.so_far().to_owned();
        self.line.clear();
        self.over = false;
        line
    }

    /// Takes a line's end outside of a table.
    fn end_of_text(&mut self, masking: &Masking) {
        let line = self.take_line();
        if masking.fields.find(line.as_bytes(), 0).is_some() {
            let header = header::unruled(&masking.fields, &line, self.hint);
            self.mode = Mode::Pending { line, header };
        }
    }

    /// Takes a byte of the line behind a header.
    fn pending(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking) {
        let Mode::Pending { line, header } = &mut self.mode else { return };
        let (line, header) = (std::mem::take(line), header.take());
        if byte == b'\n' {
            out.push(byte);
            let rule = self.take_line();
            let ruled = if is_rule_line(&rule) { header::ruled(&masking.fields, &line, &rule) } else { None };
            let blank = rule.trim().is_empty();
            self.mode = match ruled.or(header) {
                Some(header) if !blank => Mode::Rows(Box::new(Rows::new(header, self.hint))),
                _ => Mode::Text,
            };
            return;
        }
        // A rule's characters say nothing; those of one may still be incomplete.
        let so_far = String::from_utf8_lossy(&self.line).into_owned();
        if so_far.chars().all(|c| super::stage::is_rule(c) || c == '\u{fffd}') && self.line.len() < MAX_HEADER {
            self.mode = Mode::Pending { line, header };
            out.push(byte);
            return;
        }
        let Some(header) = header else {
            self.mode = Mode::Text;
            out.push(byte);
            return;
        };
        // It is a row; what has passed of it is seen again, and goes nowhere.
        let mut rows = Box::new(Rows::new(header, self.hint));
        let seen = self.line.get(..self.line.len() - 1).unwrap_or_default().to_vec();
        let mut nowhere = Flow::default();
        let mut chars = Chars::default();
        for byte in seen {
            chars.byte(byte, &mut |ch| {
                rows.char(ch, &mut nowhere, masking);
            });
        }
        rows.forget();
        self.partial = chars.partial;
        self.mode = Mode::Rows(rows);
        self.row(byte, out, masking);
    }

    /// Takes a byte of a row.
    fn row(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking) {
        let Mode::Rows(rows) = &mut self.mode else { return };
        let mut what = Line::Goes;
        if byte < 0x80 && self.partial.is_empty() {
            what = rows.char(&[byte], out, masking);
        } else {
            let mut chars = Chars { partial: std::mem::take(&mut self.partial) };
            chars.byte(byte, &mut |ch| what = rows.char(ch, out, masking));
            self.partial = chars.partial;
        }
        match what {
            Line::Goes => {}
            Line::Over => self.mode = Mode::Text,
            Line::Ended | Line::Closed => {
                let line = if self.over { "" } else { std::str::from_utf8(&self.line).unwrap_or_default() };
                let line = line.to_owned();
                let before = rows.swap_last(line.clone());
                // Below a rule, the line above may be another header.
                let rule = is_rule_line(&line) && !before.is_empty();
                match if rule { header::ruled(&masking.fields, &before, &line) } else { None } {
                    Some(header) => **rows = Rows::new(header, self.hint),
                    None if what == Line::Closed || (rule && rows.is_other(&line)) => {
                        self.mode = Mode::Text;
                        self.end_of_text(masking);
                    }
                    None => {}
                }
                self.take_line();
            }
        }
    }
}

impl Stage for Table {
    fn byte(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking) {
        if self.line.len() < MAX_HEADER {
            self.line.push(byte);
        } else {
            self.over = true;
        }
        match self.mode {
            Mode::Text => {
                out.push(byte);
                if byte == b'\n' {
                    self.end_of_text(masking);
                }
            }
            Mode::Pending { .. } => self.pending(byte, out, masking),
            Mode::Rows(_) => self.row(byte, out, masking),
        }
    }

    fn escape(&mut self, bytes: &[u8], out: &mut Flow) {
        match &mut self.mode {
            Mode::Rows(rows) => rows.escape(bytes, out),
            _ => out.escape(bytes),
        }
    }

    fn finish(&mut self, out: &mut Flow, masking: &mut Masking) {
        if let Mode::Rows(rows) = &mut self.mode {
            let partial = std::mem::take(&mut self.partial);
            if !partial.is_empty() {
                rows.char(&partial, out, masking);
            }
            rows.end(out, masking);
        }
        *self = Self::new(self.hint);
    }

    fn holds(&self) -> bool {
        let held = matches!(&self.mode, Mode::Rows(rows) if rows.holds());
        held || (matches!(self.mode, Mode::Rows(_)) && !self.partial.is_empty())
    }

    fn is_idle(&self) -> bool {
        matches!(self.mode, Mode::Text)
    }
}

/// Puts bytes together to characters; what is none goes byte by byte.
#[derive(Default)]
struct Chars {
    partial: Vec<u8>,
}

impl Chars {
    fn byte(&mut self, byte: u8, each: &mut dyn FnMut(&[u8])) {
        if !self.partial.is_empty() && !(0x80..0xc0).contains(&byte) {
            for odd in std::mem::take(&mut self.partial) {
                each(&[odd]);
            }
        }
        if byte < 0x80 {
            each(&[byte]);
            return;
        }
        self.partial.push(byte);
        let wanted = match self.partial.first() {
            Some(0xc2..=0xdf) => 2,
            Some(0xe0..=0xef) => 3,
            Some(0xf0..=0xf4) => 4,
            _ => 1,
        };
        if self.partial.len() >= wanted {
            let whole = std::mem::take(&mut self.partial);
            if std::str::from_utf8(&whole).is_ok() {
                each(&whole);
            } else {
                for odd in whole {
                    each(&[odd]);
                }
            }
        }
    }
}
