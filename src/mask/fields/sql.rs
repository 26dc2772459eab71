//! Dumps: `INSERT INTO t (columns) VALUES (…)`, `COPY t (columns) FROM stdin`, and `CREATE TABLE` for those without
//! columns. PostgreSQL, MySQL and SQLite.

use super::flow::{Flow, Hold};
use super::names::{FieldId, Fields};
use super::stage::{Masking, Stage, in_json, one_line, trimmed, unquoted};

/// Longest statement up to its values.
const MAX_HEAD: usize = 32 * 1024;
/// Most tables that are remembered.
const MAX_TABLES: usize = 1024;

/// The fields of a table's columns.
type Columns = Vec<Option<FieldId>>;

#[derive(Default)]
enum State {
    /// At the beginning of a statement, or in one that does not matter.
    #[default]
    Text,
    /// In a statement that may.
    Head,
    /// Between the rows of an INSERT.
    Values,
    /// In a row, so deep in parentheses, in a string.
    Row { index: usize, depth: usize, quote: Option<u8>, slash: bool },
    /// In the rows of a COPY.
    Copy { index: usize },
}

/// Reads SQL statements.
#[derive(Default)]
pub(super) struct Sql {
    state: State,
    head: Vec<u8>,
    line_start: bool,
    started: bool,
    columns: Columns,
    tables: Vec<(String, Columns)>,
    hold: Hold,
    holding: bool,
    /// A backslash in a string takes the next character's meaning: MySQL wrote the statement.
    backslash: bool,
    line: Vec<u8>,
}

impl Sql {
    fn between(&mut self, byte: u8) {
        if !self.started || self.line_start {
            self.head.clear();
            self.started = true;
            self.state = State::Text;
        }
        self.line_start = byte == b'\n';
        if self.head.len() < 16 {
            self.head.push(byte);
            const STARTS: &[&str] = &["insert into ", "replace into ", "create table", "copy "];
            if STARTS.iter().any(|start| self.head.eq_ignore_ascii_case(start.as_bytes())) {
                self.state = State::Head;
            }
        }
    }

    /// Takes a byte of a statement before its values.
    fn head(&mut self, byte: u8, masking: &Masking) {
        self.head.push(byte);
        self.line_start = byte == b'\n';
        if self.head.len() > MAX_HEAD {
            self.state = State::Text;
            return;
        }
        let ends = byte == b';' || byte == b'\n';
        if byte != b'(' && !ends {
            return;
        }
        let text = String::from_utf8_lossy(&self.head).into_owned();
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("create") {
            if byte == b';' {
                self.create(&text, &masking.fields);
                self.state = State::Text;
            }
            return;
        }
        if byte == b'(' {
            let before = lower.trim_end_matches('(').trim_end();
            if !lower.starts_with("copy") && before.ends_with("values") {
                self.columns = self.named(&text, before.len() - "values".len(), &masking.fields);
                self.backslash = text.contains('`');
                let any = self.columns.iter().any(Option::is_some);
                self.state = if any { self.row() } else { State::Text };
            }
        } else if byte == b';' {
            let from = lower.find(" from stdin").filter(|_| lower.starts_with("copy"));
            self.state = State::Text;
            if let Some(from) = from {
                self.columns = self.named(&text, from, &masking.fields);
                if self.columns.iter().any(Option::is_some) {
                    self.state = State::Copy { index: usize::MAX };
                }
            }
        }
    }

    fn row(&mut self) -> State {
        self.holding = self.columns.first().copied().flatten().is_some();
        State::Row { index: 0, depth: 0, quote: None, slash: false }
    }

    /// The columns that a statement names, or those of the table as it was created.
    fn named(&self, text: &str, end: usize, fields: &Fields) -> Columns {
        let head = text.get(..end).unwrap_or_default();
        let skip = if head.to_ascii_lowercase().starts_with("copy ") {
            5
        } else {
            head.to_ascii_lowercase().find("into ").map_or(0, |at| at + 5)
        };
        let head = head.get(skip..).unwrap_or_default().trim();
        let (table, columns) = head.split_once('(').unwrap_or((head, ""));
        let table = plain(table);
        let columns = columns.trim().trim_end_matches(')');
        if columns.is_empty() {
            return self
                .tables
                .iter()
                .find(|(name, _)| *name == table)
                .map(|(_, columns)| columns.clone())
                .unwrap_or_default();
        }
        columns.split(',').map(|column| fields.column(Some(&table), column.trim().as_bytes())).collect()
    }

    /// Remembers the columns of a table.
    fn create(&mut self, text: &str, fields: &Fields) {
        let Some((head, body)) = text.split_once('(') else { return };
        let lower = head.to_ascii_lowercase();
        let skip = lower.find("exists ").map_or("create table".len(), |at| at + 7);
        let table = plain(head.get(skip..).unwrap_or_default());
        let mut columns = Columns::new();
        let (mut depth, mut start) = (0_usize, 0);
        let mut add = |part: &str| {
            let first = part.split_whitespace().next().unwrap_or_default();
            let other = ["primary", "unique", "key", "constraint", "foreign", "check", "index", "fulltext"];
            if !first.is_empty() && !other.contains(&first.to_ascii_lowercase().as_str()) {
                columns.push(fields.column(Some(&table), first.as_bytes()));
            }
        };
        for (at, c) in body.char_indices() {
            match c {
                '(' => depth += 1,
                ')' if depth == 0 => {
                    add(body.get(start..at).unwrap_or_default());
                    break;
                }
                ')' => depth -= 1,
                ',' if depth == 0 => {
                    add(body.get(start..at).unwrap_or_default());
                    start = at + 1;
                }
                _ => {}
            }
        }
        if columns.iter().any(Option::is_some) && self.tables.len() < MAX_TABLES {
            self.tables.retain(|(name, _)| *name != table);
            self.tables.push((table, columns));
        }
    }

    fn keep(&mut self, byte: u8, out: &mut Flow) {
        if self.holding { self.hold.push(byte) } else { out.push(byte) }
    }

    fn values(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking) {
        let State::Row { index, depth, quote, slash } = &mut self.state else { return };
        if let Some(open) = *quote {
            if *slash {
                *slash = false;
            } else if byte == b'\\' && open == b'\'' && self.backslash {
                *slash = true;
            } else if byte == open {
                *quote = None;
            }
            self.keep(byte, out);
            return;
        }
        match byte {
            b'\'' | b'"' => *quote = Some(byte),
            b'(' => *depth += 1,
            b')' if *depth > 0 => *depth -= 1,
            b',' | b')' if *depth == 0 => {
                let at = *index;
                *index += 1;
                let next = self.columns.get(at + 1).copied().flatten();
                if self.holding
                    && let Some(field) = self.columns.get(at).copied().flatten()
                {
                    self.close(field, out, masking);
                }
                self.holding = byte == b',' && next.is_some();
                out.push(byte);
                if byte == b')' {
                    self.state = State::Values;
                }
                return;
            }
            _ => {}
        }
        self.keep(byte, out);
    }

    /// Lets a value go, masked, as a string.
    fn close(&mut self, field: FieldId, out: &mut Flow, masking: &mut Masking) {
        self.holding = false;
        let (from, to) = trimmed(self.hold.text());
        let text = self.hold.text().get(from..to).unwrap_or_default();
        if !self.hold.is_over() && (Masking::passes(field, text) || text == b"''") {
            self.hold.release(out);
            return;
        }
        let inner = text.strip_prefix(b"'").and_then(|text| text.strip_suffix(b"'"));
        let value = inner.map_or_else(|| text.to_vec(), |inner| unquoted(inner, b'\''));
        if !self.hold.is_over() && Masking::passes(field, &value) {
            self.hold.release(out);
            return;
        }
        let mask = in_json(&masking.value(field, &value));
        self.hold.replace(from, to, &[b"'", mask.as_slice(), b"'"].concat(), out);
    }

    fn copy(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking) {
        let State::Copy { index } = &mut self.state else { return };
        if *index == usize::MAX {
            // The rest of the statement's own line.
            out.push(byte);
            if byte == b'\n' {
                *index = 0;
                self.line.clear();
                self.holding = self.columns.first().copied().flatten().is_some();
            }
            return;
        }
        let at = *index;
        if byte != b'\t' && byte != b'\n' {
            if self.line.len() < 4 {
                self.line.push(byte);
            }
            self.keep(byte, out);
            return;
        }
        let over = byte == b'\n' && self.line.strip_suffix(b"\r").unwrap_or(&self.line) == b"\\.";
        *index = if byte == b'\n' { 0 } else { at + 1 };
        let next = *index;
        if self.holding {
            self.holding = false;
            let field = self.columns.get(at).copied().flatten();
            let public = |field: FieldId| !self.hold.is_over() && Masking::passes(field, self.hold.text());
            match field {
                Some(field) if !over && !public(field) => {
                    let value = self.hold.text().to_vec();
                    let to = value.len() - usize::from(value.ends_with(b"\r"));
                    let mask = one_line(&masking.value(field, value.get(..to).unwrap_or_default()));
                    self.hold.replace(0, to, &mask, out);
                }
                _ => self.hold.release(out),
            }
        }
        out.push(byte);
        if byte == b'\n' {
            self.line.clear();
        }
        if over {
            self.state = State::Text;
            self.line_start = true;
        } else {
            self.holding = self.columns.get(next).copied().flatten().is_some();
        }
    }
}

/// A table's name without quotes and schema, in lower case.
fn plain(name: &str) -> String {
    let name = name.trim().rsplit('.').next().unwrap_or_default();
    name.trim_matches(['"', '`', '[', ']', '\'', ' ']).to_lowercase()
}

impl Stage for Sql {
    fn byte(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking) {
        match self.state {
            State::Text => {
                out.push(byte);
                self.between(byte);
            }
            State::Head => {
                out.push(byte);
                self.head(byte, masking);
            }
            State::Values => {
                out.push(byte);
                match byte {
                    b'(' => self.state = self.row(),
                    b',' | b' ' | b'\n' | b'\r' | b'\t' => {}
                    _ => {
                        self.state = State::Text;
                        self.line_start = byte == b'\n';
                    }
                }
            }
            State::Row { .. } => self.values(byte, out, masking),
            State::Copy { .. } => self.copy(byte, out, masking),
        }
    }

    fn text(&mut self, text: &[u8], out: &mut Flow, masking: &mut Masking) {
        let mut rest = text;
        while let Some((first, behind)) = rest.split_first() {
            if matches!(self.state, State::Text) && self.started && !self.line_start && self.head.len() >= 16 {
                let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                let (plain, next) = rest.split_at(end);
                out.extend(plain);
                rest = next;
                if end > 0 {
                    continue;
                }
            }
            self.byte(*first, out, masking);
            rest = behind;
        }
    }

    fn escape(&mut self, bytes: &[u8], out: &mut Flow) {
        if self.holding { self.hold.escape(bytes) } else { out.escape(bytes) }
    }

    fn finish(&mut self, out: &mut Flow, masking: &mut Masking) {
        if self.holding && !self.hold.is_empty() {
            let at = match self.state {
                State::Row { index, .. } | State::Copy { index } => index,
                _ => 0,
            };
            let field = self.columns.get(at).copied().flatten().unwrap_or(FieldId::SECRET);
            self.close(field, out, masking);
        }
        *self = Self::default();
    }

    fn holds(&self) -> bool {
        !self.hold.is_empty()
    }

    fn is_idle(&self) -> bool {
        matches!(self.state, State::Text) && self.tables.is_empty()
    }
}
