//! A key at the beginning of a line, and its value: YAML with block scalars and nesting, psql's expanded output,
//! mysql's `\G`, sqlite3's line mode, `key = value`.

mod line;

use super::Hint;
use super::flow::{Flow, Hold};
use super::names::FieldId;
use super::stage::{Masking, Quoting, Stage, in_json, is_prompt, trim};
use line::{Key, Mark};

/// Longest key with what stands in front of it.
const MAX_KEY: usize = 512;
/// How much of a line tells what it is.
const MARK: usize = 256;

/// What is between a key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    Colon,
    Equals,
    Bar,
    Blank,
}

/// Which records the stream is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Context {
    None,
    /// mysql's `\G`.
    Vertical,
    /// psql's expanded output, with bars.
    Record,
    /// The same without.
    Plain,
}

enum State {
    /// Where a key may still come; it passes (in a secret's data it is held).
    Key,
    /// Behind a flagged key and its separator.
    Value(Separator),
    /// In a line without a flagged key, or behind its value.
    Rest,
    /// Below a flagged key: everything deeper is its value.
    Block { scalar: bool, blanks: usize, value: bool },
    /// In a line behind a flagged value, which may belong to it.
    After(Separator),
}

/// Reads keys at the beginning of lines.
pub(super) struct Keyed {
    hint: Hint,
    state: State,
    context: Context,
    line: Vec<u8>,
    hold: Hold,
    field: FieldId,
    /// Column of the flagged key, and of its separator.
    indent: usize,
    column: usize,
    /// Column of ` = ` in the line before.
    equals: Option<usize>,
    /// Column and width of a bar in the line before.
    bar: Option<usize>,
    before: (Option<usize>, Option<usize>),
    /// Keys above, that names with several segments have in front, with their columns.
    above: Vec<(usize, String)>,
    /// A secret's kind has been named at this column.
    secret: Option<usize>,
    /// An object of a cluster has begun at this column, whose kind is not known yet.
    object: Option<usize>,
    /// In a secret's data, which stands at this column; what its values are.
    data: Option<usize>,
    leaf: FieldId,
}

impl Keyed {
    pub(super) fn new(hint: Hint) -> Self {
        Self {
            hint,
            state: State::Key,
            context: Context::None,
            line: Vec::new(),
            hold: Hold::default(),
            field: FieldId::SECRET,
            indent: 0,
            column: 0,
            equals: None,
            bar: None,
            before: (None, None),
            above: Vec::new(),
            secret: None,
            object: None,
            data: None,
            leaf: FieldId::SECRET,
        }
    }

    fn show(&mut self, byte: u8, out: &mut Flow) {
        if self.data.is_some() { self.hold.push(byte) } else { out.push(byte) }
    }

    /// Takes a byte where a key may come.
    fn key(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking) {
        if byte == b'\n' {
            // A colon at the line's end is a key's as well.
            if self.line.ends_with(b":")
                && let Some(key) = line::key(&[self.line.as_slice(), b" "].concat(), false)
            {
                self.found(&key, out, masking);
                if !matches!(self.state, State::Key) {
                    self.byte(byte, out, masking);
                    return;
                }
            }
            self.end_of_key_line(out, masking);
            return;
        }
        self.line.push(byte);
        if self.data.is_some_and(|data| line::left(&self.line, data)) {
            self.data = None;
            self.hold.release(out);
            out.push(byte);
        } else {
            self.show(byte, out);
        }
        let Some(key) = line::key(&self.line, self.context == Context::Plain) else {
            // Cells of another kind stand here, and no key.
            let cells = matches!(byte, b',' | b';' | b'<' | b'(') && self.data.is_none();
            if cells || self.line.len() > MAX_KEY {
                self.pass_key(out);
            }
            return;
        };
        if let Some(place) = key.separator_at(b'=') {
            self.equals = Some(place);
        }
        if key.separator == Separator::Bar {
            self.bar = Some(key.at);
        }
        self.found(&key, out, masking);
    }

    /// Decides on a key with its separator.
    fn found(&mut self, key: &Key, out: &mut Flow, masking: &mut Masking) {
        let name = key.name.as_slice();
        let colon = key.separator == Separator::Colon;
        if colon && key.quoted && self.data.is_none() {
            // As JSON writes it: the next stage knows how such a value ends.
            self.pass_key(out);
            return;
        }
        if colon {
            self.above.retain(|(indent, _)| *indent < key.indent);
            if self.data.is_none() && self.secret.is_some_and(|at| key.indent < at) {
                self.secret = None;
            }
            if self.data.is_none() && self.object.is_some_and(|at| key.indent < at) {
                self.object = None;
            }
            if self.data.is_none() && name == b"apiVersion" && self.secret != Some(key.indent) {
                self.object = Some(key.indent);
            }
        }
        let secret = self.secret == Some(key.indent) || self.hint == Hint::KubectlSecret;
        let field = if self.data.is_some() {
            colon.then_some(self.leaf)
        } else if colon && (secret || self.object == Some(key.indent)) && (name == b"data" || name == b"stringData") {
            // Only secrets have strings.
            self.leaf = if secret || name == b"stringData" { FieldId::SECRET } else { FieldId::MAYBE };
            self.data = Some(key.indent);
            self.field = self.leaf;
            self.indent = key.indent;
            self.state = State::Value(Separator::Colon);
            return;
        } else {
            let above: Vec<&str> = self.above.iter().map(|(_, key)| key.as_str()).collect();
            // What is above but in no name is not kept; a key that stands deeper has something above.
            let above = if above.is_empty() && colon && self.line.first() == Some(&b' ') { vec![""] } else { above };
            let named = masking.fields.key(colon.then_some(above.as_slice()), name);
            let record = self.context != Context::None && !colon;
            named.or_else(|| masking.fields.record(name).filter(|_| record))
        };
        if colon && masking.fields.leads(name) {
            self.above.push((key.indent, String::from_utf8_lossy(name).to_lowercase()));
        }
        let Some(field) = field else {
            self.pass_key(out);
            return;
        };
        self.field = field;
        self.indent = key.indent;
        self.column = key.at;
        if self.data.is_some() {
            self.hold.release(out);
        }
        self.state = State::Value(key.separator);
    }

    /// Lets a line pass that has no flagged key. In a secret's data it is masked.
    fn pass_key(&mut self, out: &mut Flow) {
        if self.data.is_some() {
            self.state = State::Value(Separator::Bar);
        } else {
            self.hold.release(out);
            self.state = State::Rest;
        }
    }

    fn end_of_key_line(&mut self, out: &mut Flow, masking: &mut Masking) {
        if self.data.is_some() {
            masking.cell(&mut self.hold, self.leaf, Quoting::Add, out);
        }
        out.push(b'\n');
        self.end_line();
        self.state = State::Key;
    }

    /// Looks at a whole line, of which at least the beginning is known.
    fn end_line(&mut self) {
        match line::mark(&self.line) {
            Some(Mark::Vertical) => self.context = Context::Vertical,
            Some(Mark::Record) => self.context = Context::Record,
            Some(Mark::Plain) => self.context = Context::Plain,
            Some(Mark::Blank) if self.context != Context::Vertical => self.context = Context::None,
            Some(Mark::Count) => self.context = Context::None,
            Some(Mark::Secret(at)) => (self.secret, self.object) = (Some(at), None),
            Some(Mark::Kind(at)) => {
                self.secret = self.secret.filter(|secret| *secret != at);
                self.object = self.object.filter(|object| *object != at);
            }
            Some(Mark::Document) => {
                (self.secret, self.object) = (None, None);
                self.above.clear();
            }
            _ => {}
        }
        if line::is_outside(&self.line) {
            self.above.clear();
            self.object = None;
        }
        self.line.clear();
        self.before = (self.equals.take(), self.bar.take());
    }

    /// Takes a byte of a flagged value.
    fn value(&mut self, separator: Separator, byte: u8, out: &mut Flow, masking: &mut Masking) {
        if byte == b'\n' {
            self.end_value(separator, out, masking);
            return;
        }
        if self.line.len() < MAX_KEY {
            self.line.push(byte);
        }
        let first = self.hold.is_empty();
        if first && matches!(byte, b' ' | b'\t') {
            out.push(byte);
            return;
        }
        // What only begins like a key: `::`, `://`, `==`, `=>`.
        let other = match separator {
            Separator::Equals => matches!(byte, b'=' | b'>' | b'~'),
            _ => false,
        };
        if first && other {
            out.push(byte);
            self.state = State::Rest;
            return;
        }
        self.hold.push(byte);
    }

    fn end_value(&mut self, separator: Separator, out: &mut Flow, masking: &mut Masking) {
        let text = trim(self.hold.text()).to_vec();
        let secret_block = self.data == Some(self.indent) && self.field == self.leaf;
        let yaml = separator == Separator::Colon && self.context != Context::Vertical;
        if yaml && secret_block && (text.is_empty() || line::is_block_header(&text)) {
            // The data itself: each value below is masked, the keys are public.
            self.hold.release(out);
            out.push(b'\n');
            self.end_line();
            self.state = State::Key;
            return;
        }
        if secret_block {
            self.data = None;
        }
        // What is shown has no more lines that would have to be hidden.
        let shown = self.field != FieldId::SECRET && Masking::passes(self.field, &text);
        let shown = shown && matches!(self.field, FieldId::MAYBE | FieldId::PASSWORD | FieldId::TOKEN);
        if yaml && !shown && (text.is_empty() || text.starts_with(b"#") || line::is_block_header(&text)) {
            let scalar = !text.is_empty() && !text.starts_with(b"#");
            self.hold.release(out);
            out.push(b'\n');
            self.end_line();
            self.state = State::Block { scalar, blanks: 0, value: false };
            return;
        }
        let header = separator == Separator::Bar && self.data.is_none() && self.is_header(&text);
        if header {
            self.hold.release(out);
        } else if separator == Separator::Bar {
            line::close_bar(&mut self.hold, self.field, masking, out);
        } else {
            let quoting = if yaml { Quoting::Add } else { Quoting::Keep };
            masking.cell(&mut self.hold, self.field, quoting, out);
        }
        out.push(b'\n');
        let same = self.before.0 == Some(self.column) || self.hint == Hint::Sqlite;
        self.end_line();
        let goes_on = match separator {
            Separator::Colon => true,
            Separator::Equals => same,
            Separator::Bar | Separator::Blank => !header,
        };
        self.state = if goes_on && !shown { State::After(separator) } else { State::Key };
    }

    /// Says whether `key | text` is a header rather than a record's line.
    fn is_header(&self, text: &[u8]) -> bool {
        if self.context != Context::None || self.hint == Hint::PsqlExpanded {
            return false;
        }
        let text = String::from_utf8_lossy(text);
        let bar = |c: char| matches!(c, '|' | '\u{2502}');
        let text = text.strip_suffix(bar).unwrap_or(&text);
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | ' ');
        let name = text.chars().all(fits) && text.starts_with(char::is_alphabetic);
        text.contains(bar) || (name && self.before.1 != Some(self.column))
    }

    /// Takes a byte below a flagged key.
    fn block(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking) {
        let State::Block { scalar, blanks, value } = &mut self.state else { return };
        if *value {
            self.hold.push(byte);
            if byte == b'\n' {
                *value = false;
                self.line.clear();
            }
            return;
        }
        if byte == b'\n' {
            *blanks += 1;
            self.line.clear();
            return;
        }
        self.line.push(byte);
        if byte == b' ' || byte == b'\t' || byte == b'\r' {
            return;
        }
        let column = self.line.len() - 1;
        let item = byte == b'-' && column == self.indent && !*scalar;
        if column > self.indent || item {
            for _ in 0..std::mem::take(blanks) {
                self.hold.push(b'\n');
            }
            for byte in std::mem::take(&mut self.line) {
                self.hold.push(byte);
            }
            *value = true;
            return;
        }
        self.end_block(out, masking);
        self.replay(out, masking);
    }

    fn end_block(&mut self, out: &mut Flow, masking: &mut Masking) {
        let State::Block { scalar, blanks, .. } = self.state else { return };
        if !self.hold.is_empty() {
            let ended = self.hold.text().ends_with(b"\n") || self.hold.is_over();
            let public = !self.hold.is_over() && Masking::passes(self.field, self.hold.text());
            if public {
                self.hold.release(out);
            } else {
                let value = trim(self.hold.text()).to_vec();
                let mask = in_json(&masking.value(self.field, &value));
                let mut text = vec![b' '; self.indent + 2];
                text.extend(if scalar { mask } else { [b"\"", mask.as_slice(), b"\""].concat() });
                if ended {
                    text.push(b'\n');
                }
                let to = self.hold.text().len();
                self.hold.replace(0, to, &text, out);
            }
        }
        for _ in 0..blanks {
            out.push(b'\n');
        }
        self.state = State::Key;
    }

    /// Takes what has come of a line as a line of its own.
    fn replay(&mut self, out: &mut Flow, masking: &mut Masking) {
        self.state = State::Key;
        for byte in std::mem::take(&mut self.line) {
            self.byte(byte, out, masking);
        }
    }

    /// Takes a byte of a line behind a flagged value.
    fn after(&mut self, separator: Separator, byte: u8, out: &mut Flow, masking: &mut Masking) {
        if byte != b'\n' {
            self.line.push(byte);
            let column = self.line.len() - 1;
            let blank = matches!(byte, b' ' | b'\t' | b'\r');
            let plain = separator == Separator::Colon && self.context != Context::Vertical;
            let at_start =
                column <= self.indent && !blank && line::is_blank(self.line.get(..column).unwrap_or_default());
            let over = self.line.len() > super::flow::CAP;
            if over || (plain && at_start) || is_prompt(&self.line) {
                if over {
                    // Nothing that long is a line of its own.
                    self.mask_line(out, masking);
                    self.state = State::Value(Separator::Bar);
                    return;
                }
                self.replay(out, masking);
            }
            return;
        }
        if self.belongs(separator) {
            let drop = separator == Separator::Colon && self.context != Context::Vertical;
            if drop {
                self.line.clear();
                self.hold = Hold::default();
                return;
            }
            self.mask_line(out, masking);
            out.push(b'\n');
            return;
        }
        self.line.push(b'\n');
        self.replay(out, masking);
    }

    fn mask_line(&mut self, out: &mut Flow, masking: &mut Masking) {
        for byte in std::mem::take(&mut self.line) {
            self.hold.push(byte);
        }
        line::close_bar(&mut self.hold, self.field, masking, out);
    }

    /// Says whether this line belongs to the value before.
    fn belongs(&self, separator: Separator) -> bool {
        let text = self.line.as_slice();
        if line::is_blank(text)
            || matches!(line::mark(text), Some(Mark::Vertical | Mark::Record | Mark::Plain | Mark::Count))
        {
            return false;
        }
        let at = |token: &[u8]| text.get(self.column..).is_some_and(|text| text.starts_with(token));
        match separator {
            Separator::Colon if self.context == Context::Vertical => !at(b": ") && !text.ends_with(b":"),
            Separator::Colon => !line::looks_keyed(text),
            Separator::Equals => !text.get(self.column.saturating_sub(1)..).is_some_and(|text| text.starts_with(b" =")),
            Separator::Bar => line::continues(text),
            Separator::Blank => text.first() == Some(&b' '),
        }
    }
}

impl Stage for Keyed {
    fn byte(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking) {
        match self.state {
            State::Key => self.key(byte, out, masking),
            State::Value(separator) => self.value(separator, byte, out, masking),
            State::Rest => {
                out.push(byte);
                if byte == b'\n' {
                    self.end_line();
                    self.state = State::Key;
                } else if self.line.len() < MARK {
                    self.line.push(byte);
                }
            }
            State::Block { .. } => self.block(byte, out, masking),
            State::After(separator) => self.after(separator, byte, out, masking),
        }
    }

    fn text(&mut self, text: &[u8], out: &mut Flow, masking: &mut Masking) {
        let mut rest = text;
        while let Some((first, behind)) = rest.split_first() {
            if matches!(self.state, State::Rest) && self.line.len() >= MARK {
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
        let holding = match self.state {
            State::Rest => false,
            State::Key => !self.hold.is_empty(),
            State::Value(_) => !self.hold.is_empty(),
            State::Block { .. } | State::After(_) => !self.hold.is_empty() || !self.line.is_empty(),
        };
        if holding { self.hold.escape(bytes) } else { out.escape(bytes) }
    }

    fn finish(&mut self, out: &mut Flow, masking: &mut Masking) {
        match self.state {
            State::Key if self.data.is_some() => masking.cell(&mut self.hold, self.leaf, Quoting::Add, out),
            State::Value(Separator::Bar) => {
                let text = trim(self.hold.text()).to_vec();
                if self.data.is_none() && self.is_header(&text) {
                    self.hold.release(out);
                } else {
                    line::close_bar(&mut self.hold, self.field, masking, out);
                }
            }
            State::Value(separator) => {
                let quoting = if separator == Separator::Colon && self.context != Context::Vertical {
                    Quoting::Add
                } else {
                    Quoting::Keep
                };
                masking.cell(&mut self.hold, self.field, quoting, out);
            }
            State::Block { .. } => {
                self.end_block(out, masking);
                let rest = std::mem::take(&mut self.line);
                out.extend(&rest);
            }
            State::After(separator) => {
                if self.belongs(separator) {
                    self.mask_line(out, masking);
                } else {
                    self.replay(out, masking);
                    if matches!(self.state, State::Value(_)) {
                        masking.cell(&mut self.hold, self.field, Quoting::Keep, out);
                    }
                }
            }
            _ => {}
        }
        self.hold.release(out);
        *self = Self::new(self.hint);
    }

    fn holds(&self) -> bool {
        let line = matches!(self.state, State::Block { .. } | State::After(_)) && !self.line.is_empty();
        let blanks = matches!(self.state, State::Block { blanks, .. } if blanks > 0);
        line || blanks || !self.hold.is_empty()
    }

    fn is_idle(&self) -> bool {
        matches!(self.state, State::Key)
            && self.context == Context::None
            && self.above.is_empty()
            && self.secret.is_none()
            && self.object.is_none()
            && self.data.is_none()
    }
}
