//! The rows below a header, character by character.

use unicode_width::UnicodeWidthStr;

use super::super::Hint;
use super::super::flow::{Flow, Hold};
use super::super::names::FieldId;
use super::super::stage::{Masking, is_prompt, trim};
use super::cell::{Style, close};
use super::header::{Geometry, Header, is_bar};

/// Lines in a row that do not fit, after which a table is over: where values are written as they are, and else.
const MAX_MISSES: usize = 64;
const MAX_MISSES_STRICT: usize = 3;
/// Longest that a quoted cell may be before its quote counts as part of the text.
const MAX_QUOTED: usize = 64 * 1024;
/// Names of types that duckdb writes below the header.
const TYPES: &[&str] = &[
    "varchar",
    "int8",
    "int16",
    "int32",
    "int64",
    "int128",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "double",
    "float",
    "boolean",
    "date",
    "timestamp",
    "blob",
    "uuid",
    "json",
    "time",
    "interval",
];

/// What became of the line with a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// It goes on.
    Goes,
    /// It has ended, and the table goes on.
    Ended,
    /// It has ended, and the table with it.
    Closed,
    /// The table is over, the line is not.
    Over,
}

/// A table's rows.
pub(super) struct Rows {
    header: Header,
    hint: Hint,
    hold: Hold,
    /// A cell is being held.
    holding: bool,
    /// Cells ended in this line.
    index: usize,
    /// Width of what has come of the cell (of the line for spans), in characters and on the screen.
    chars: usize,
    wide: usize,
    /// Nothing but blanks has come in this line.
    blank: bool,
    first: bool,
    /// The rest of the line is no cell's.
    loose: bool,
    quote: Quote,
    quoted: usize,
    /// Columns that this line's first cell may belong to, as bits: a value before may have broken the line.
    bases: u128,
    misses: usize,
    /// Lines that have come.
    lines: usize,
    last_line: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quote {
    /// At a cell's beginning.
    Start,
    /// In a cell without quotes, or behind them.
    Without,
    Inside,
    /// Behind a quote inside: its end, or the first of two.
    Maybe,
}

impl Rows {
    pub(super) fn new(header: Header, hint: Hint) -> Self {
        Self {
            header,
            hint,
            hold: Hold::default(),
            holding: false,
            index: 0,
            chars: 0,
            wide: 0,
            blank: true,
            first: true,
            loose: false,
            quote: Quote::Start,
            quoted: 0,
            bases: 1,
            misses: 0,
            lines: 0,
            last_line: String::new(),
        }
    }

    pub(super) fn holds(&self) -> bool {
        !self.hold.is_empty()
    }

    /// Drops what is held: it has been shown before it was known that a cell is there.
    pub(super) fn forget(&mut self) {
        self.hold = Hold::default();
    }

    pub(super) fn escape(&mut self, bytes: &[u8], out: &mut Flow) {
        if self.holding { self.hold.escape(bytes) } else { out.escape(bytes) }
    }

    /// Keeps a line, and gives the one before.
    pub(super) fn swap_last(&mut self, line: String) -> String {
        std::mem::replace(&mut self.last_line, line)
    }

    /// Says whether a rule belongs to another table.
    pub(super) fn is_other(&self, rule: &str) -> bool {
        match &self.header.geometry {
            Geometry::Free { .. } => false,
            Geometry::Bars { widths, framed } => {
                let rule = rule.trim();
                let total: usize = widths.iter().sum::<usize>() + widths.len() + 1;
                !framed || rule.chars().count() != total || rule.starts_with(['\u{250c}', '\u{256d}', '\u{250f}'])
            }
            Geometry::Spans { .. } => true,
        }
    }

    /// Takes a character.
    pub(super) fn char(&mut self, ch: &[u8], out: &mut Flow, masking: &mut Masking) -> Line {
        if ch == b"\n" {
            return self.newline(out, masking);
        }
        let c = match ch {
            [byte] if byte.is_ascii() => char::from(*byte),
            _ => std::str::from_utf8(ch).ok().and_then(|text| text.chars().next()).unwrap_or('\u{fffd}'),
        };
        let what = match self.header.geometry {
            Geometry::Free { separator, quote, .. } => self.free(c, ch, separator, quote, out, masking),
            Geometry::Bars { framed, .. } => self.bars(c, ch, framed, out, masking),
            Geometry::Spans { .. } => self.spans(c, ch, out, masking),
        };
        self.first = false;
        self.blank &= c == ' ' || c == '\r';
        what
    }

    fn keep(&mut self, ch: &[u8], out: &mut Flow) {
        if self.holding {
            for byte in ch {
                self.hold.push(*byte);
            }
        } else {
            out.extend(ch);
        }
    }

    fn count(&mut self, ch: &[u8]) {
        self.chars += 1;
        self.wide += if ch.len() == 1 { 1 } else { std::str::from_utf8(ch).map_or(1, UnicodeWidthStr::width) };
    }

    /// Lets the held cell go, masked.
    fn close(&mut self, field: FieldId, last: bool, masking: &mut Masking, out: &mut Flow) {
        let (aligned, margins, quote) = match &self.header.geometry {
            Geometry::Free { padded, quote, .. } => (*padded, false, *quote),
            Geometry::Bars { .. } => (true, true, None),
            Geometry::Spans { .. } => (true, false, None),
        };
        let kind = std::str::from_utf8(trim(self.hold.text())).unwrap_or_default();
        let kind = TYPES.contains(&kind) && self.lines == 0 && matches!(self.header.geometry, Geometry::Bars { .. });
        if kind {
            self.hold.release(out);
        } else {
            close(&mut self.hold, field, Style { aligned, margins, last, quote }, masking, out);
        }
        self.holding = false;
    }

    fn release(&mut self, out: &mut Flow) {
        self.hold.release(out);
        self.holding = false;
    }

    fn column(&self, index: usize) -> Option<FieldId> {
        self.header.columns.get(index).copied().flatten()
    }

    /// The field of this line's cell `index`, under any reading of the lines before that leaves room for `behind` more.
    fn field(&self, index: usize, behind: usize) -> Option<FieldId> {
        let count = self.header.columns.len();
        let mut bases = self.bases;
        while bases != 0 {
            let base = bases.trailing_zeros() as usize;
            bases &= bases - 1;
            if base + index + behind < count
                && let Some(field) = self.column(base + index)
            {
                return Some(field);
            }
        }
        // More cells than names: only the plain reading is left.
        None
    }

    fn free(
        &mut self,
        c: char,
        ch: &[u8],
        separator: char,
        quote: Option<char>,
        out: &mut Flow,
        masking: &mut Masking,
    ) -> Line {
        if self.quote == Quote::Start {
            self.holding = self.field(self.index, 0).is_some();
            self.quoted = 0;
        }
        self.quote = match (self.quote, quote) {
            (Quote::Start, Some(quote)) if c == quote => Quote::Inside,
            (Quote::Inside, Some(quote)) if c == quote => Quote::Maybe,
            (Quote::Maybe, Some(quote)) if c == quote => Quote::Inside,
            (Quote::Inside, _) if self.quoted < MAX_QUOTED => Quote::Inside,
            _ => Quote::Without,
        };
        self.quoted += ch.len();
        let inside = matches!(self.quote, Quote::Inside | Quote::Maybe);
        if c != separator || inside || self.header.columns.len() == 1 {
            self.keep(ch, out);
            if self.index == 0 && self.holding && matches!(c, ' ') && is_prompt(self.hold.text()) {
                self.release(out);
                return Line::Over;
            }
            return Line::Goes;
        }
        if self.holding {
            match self.field(self.index, 1) {
                Some(field) => self.close(field, false, masking, out),
                None => self.release(out),
            }
        }
        out.extend(ch);
        self.index += 1;
        self.quote = Quote::Start;
        Line::Goes
    }

    fn bars(&mut self, c: char, ch: &[u8], framed: bool, out: &mut Flow, masking: &mut Masking) -> Line {
        if self.loose {
            out.extend(ch);
            return Line::Goes;
        }
        if self.first && framed && self.chars == 0 {
            out.extend(ch);
            if is_bar(c) {
                self.start_cell();
                return Line::Goes;
            }
            self.loose = true;
            let rule = matches!(c, '+' | '\u{251c}' | '\u{255e}' | '\u{2561}' | '\u{2560}' | '\u{2521}' | '\u{2523}');
            let end = matches!(c, '\u{2514}' | '\u{2570}' | '\u{2517}' | '\u{255a}');
            return if rule || end || c == '\r' { Line::Goes } else { Line::Over };
        }
        if self.first && framed && is_bar(c) && self.holding {
            // A row begins within a cell: the cell was measured in another way.
            if let Some(field) = self.column(self.index) {
                self.close(field, true, masking, out);
            }
            self.restart();
            out.extend(ch);
            self.start_cell();
            return Line::Goes;
        }
        if self.first && !framed {
            self.start_cell();
        }
        let Geometry::Bars { widths, .. } = &self.header.geometry else { return Line::Goes };
        let last = widths.len() - 1;
        let width = widths.get(self.index).copied().unwrap_or(usize::MAX);
        let exact = self.chars == width || self.wide == width;
        let beyond = self.chars > width && self.wide > width;
        // An old-style continuation has other marks for bars, and blanks in front of them.
        let old = exact && !framed && self.blank && matches!(c, ':' | ';' | ' ');
        let ends = (is_bar(c) && (exact || beyond)) || old;
        if !ends || (self.index == last && !framed) {
            self.count(ch);
            self.keep(ch, out);
            return Line::Goes;
        }
        if self.holding
            && let Some(field) = self.column(self.index)
        {
            self.close(field, false, masking, out);
        }
        out.extend(ch);
        self.index += 1;
        if self.index > last {
            self.loose = true;
        } else {
            self.start_cell();
        }
        Line::Goes
    }

    fn start_cell(&mut self) {
        self.chars = 0;
        self.wide = 0;
        self.holding = self.column(self.index).is_some();
    }

    fn spans(&mut self, c: char, ch: &[u8], out: &mut Flow, masking: &mut Masking) -> Line {
        if self.loose {
            out.extend(ch);
            return Line::Goes;
        }
        let Geometry::Spans { spans, by_chars } = &self.header.geometry else { return Line::Goes };
        let at = if *by_chars { self.chars } else { self.wide };
        let (start, width) = spans.get(self.index).copied().unwrap_or((0, usize::MAX));
        let last = self.index + 1 >= spans.len();
        let (end, next) = (start.saturating_add(width), spans.get(self.index + 1).map_or(usize::MAX, |span| span.0));
        if self.holding && at >= end && is_mask_open(self.hold.text()) {
            // A mask that is wider than its column, from an earlier pass.
            self.keep(ch, out);
            return Line::Goes;
        }
        self.count(ch);
        if at >= next {
            if self.holding
                && let Some(field) = self.column(self.index)
            {
                self.close(field, false, masking, out);
            }
            self.index += 1;
            self.holding = self.column(self.index).is_some();
            self.keep(ch, out);
            return Line::Goes;
        }
        if at >= end && !last {
            if self.holding
                && let Some(field) = self.column(self.index)
            {
                self.close(field, false, masking, out);
            }
            if !matches!(c, ' ' | '+' | '.' | '\u{21b5}' | '\u{2026}') {
                self.loose = true;
            }
            out.extend(ch);
            return Line::Goes;
        }
        if at == 0 {
            self.holding = self.column(0).is_some();
        }
        self.keep(ch, out);
        if self.index == 0 && self.holding && c == ' ' && is_prompt(self.hold.text()) {
            self.release(out);
            return Line::Over;
        }
        Line::Goes
    }

    /// Forgets the line.
    fn restart(&mut self) {
        self.index = 0;
        self.chars = 0;
        self.wide = 0;
        self.blank = true;
        self.loose = false;
        self.quote = Quote::Start;
        self.holding = false;
        self.first = true;
    }

    fn newline(&mut self, out: &mut Flow, masking: &mut Masking) -> Line {
        if let Geometry::Free { .. } = self.header.geometry
            && self.quote == Quote::Inside
            && self.quoted < MAX_QUOTED
        {
            self.quoted += 1;
            self.keep(b"\n", out);
            return Line::Goes;
        }
        let what = match self.header.geometry {
            Geometry::Free { separator, quote, .. } => self.end_free(separator, quote, out, masking),
            Geometry::Bars { framed, .. } => {
                if framed && !self.loose && !(self.first && self.chars == 0) && self.lines_go_on() {
                    // A value with a line's end in it, as mysql writes it.
                    self.count(b"\n");
                    self.keep(b"\n", out);
                    self.first = true;
                    return Line::Ended;
                }
                self.end_bars(framed, out, masking)
            }
            Geometry::Spans { .. } => self.end_spans(out, masking),
        };
        out.push(b'\n');
        self.lines += 1;
        self.restart();
        what
    }

    /// Says whether a framed row has cells to come.
    fn lines_go_on(&self) -> bool {
        self.index < self.header.columns.len()
    }

    fn end_free(&mut self, separator: char, quote: Option<char>, out: &mut Flow, masking: &mut Masking) -> Line {
        let count = self.header.columns.len();
        let blank = self.index == 0 && (self.quote == Quote::Start || trim(self.hold.text()).is_empty()) && self.blank;
        let as_is = quote.is_none() || matches!(self.hint, Hint::Psql | Hint::Sqlite);
        let tight = !matches!(separator, '\t' | '|' | '\u{2502}' | '\0'..='\u{1f}');
        if blank {
            self.release(out);
            self.misses = self.misses.max(2);
            self.bases = 1;
            return if tight || count == 1 { Line::Closed } else { Line::Ended };
        }
        if self.index == 0 && self.holding && is_count(self.hold.text()) {
            self.release(out);
            return Line::Closed;
        }
        let doubt = self.index == 0 && count > 1 && self.misses >= 2;
        match self.field(self.index, 0) {
            Some(field) if self.holding && !doubt => self.close(field, true, masking, out),
            _ => self.release(out),
        }
        if count == 1 {
            return Line::Ended;
        }
        // Where the next line may stand: at a row's beginning, or in a cell that this one has left open.
        let (ended, last) = (self.index, count - 1);
        let mut bases = 1_u128;
        let mut whole = ended == last;
        for base in (1..count.min(128)).filter(|base| self.bases & (1 << base) != 0) {
            whole |= base + ended == last && ended > 0;
            if base + ended < last {
                bases |= 1 << (base + ended);
            }
        }
        if whole {
            self.misses = 0;
            self.bases = 1;
            if as_is && last < 128 {
                self.bases |= 1 << last;
            }
        } else {
            self.misses += 1;
            if ended < last && ended < 128 {
                bases |= 1 << ended;
            }
            // A last cell of several lines.
            if ended == 0 && last < 128 && self.misses < 2 {
                bases |= self.bases & (1 << last);
            }
            self.bases = bases;
        }
        let limit =
            if tight && !matches!(self.hint, Hint::Psql | Hint::Sqlite) { MAX_MISSES_STRICT } else { MAX_MISSES };
        if self.misses >= limit { Line::Closed } else { Line::Ended }
    }

    fn end_bars(&mut self, framed: bool, out: &mut Flow, masking: &mut Masking) -> Line {
        if self.loose {
            return Line::Ended;
        }
        if self.blank {
            self.release(out);
            return Line::Closed;
        }
        let single = self.header.columns.len() == 1;
        let counted = self.index == 0 && self.holding && is_count(self.hold.text());
        if !framed && (counted || (self.index == 0 && !single && !is_dashes(self.hold.text()))) {
            // No bar in it: no row.
            self.release(out);
            return Line::Closed;
        }
        if self.holding
            && let Some(field) = self.column(self.index)
        {
            self.close(field, true, masking, out);
        }
        Line::Ended
    }

    fn end_spans(&mut self, out: &mut Flow, masking: &mut Masking) -> Line {
        let Geometry::Spans { by_chars, .. } = self.header.geometry else { return Line::Closed };
        let counted = self.index == 0 && self.holding && is_count(self.hold.text());
        if counted || self.blank {
            self.release(out);
            // sqlite3 parts rows of several lines by blank ones.
            return if counted || !by_chars || self.last_line.is_empty() { Line::Closed } else { Line::Ended };
        }
        let loose = self.loose;
        if self.holding
            && let Some(field) = self.column(self.index)
        {
            self.close(field, true, masking, out);
        }
        if loose { Line::Closed } else { Line::Ended }
    }

    /// Takes the end of the stream.
    pub(super) fn end(&mut self, out: &mut Flow, masking: &mut Masking) {
        if !self.holding {
            return;
        }
        let field = match self.header.geometry {
            Geometry::Free { .. } => self.field(self.index, 0),
            _ => self.column(self.index),
        };
        let counted = self.index == 0 && is_count(self.hold.text());
        match field {
            Some(field) if !counted => self.close(field, true, masking, out),
            _ => self.release(out),
        }
    }
}

/// Says whether a line counts the rows: `(4 rows)`.
fn is_count(line: &[u8]) -> bool {
    let line = std::str::from_utf8(trim(line)).unwrap_or_default();
    let inner = line.strip_prefix('(').and_then(|line| line.strip_suffix(')'));
    let Some((count, word)) = inner.and_then(|inner| inner.split_once(' ')) else { return false };
    count.bytes().all(|byte| byte.is_ascii_digit()) && matches!(word, "row" | "rows")
}

/// Says whether a mask has begun and not ended.
fn is_mask_open(text: &[u8]) -> bool {
    let text = trim(text);
    text.starts_with(b"[masked:") && text.len() < 96 && !text.ends_with(b"]")
}

/// Says whether text is a part of a rule.
fn is_dashes(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(trim(text));
    !text.is_empty() && super::header::is_rule_line(&text)
}
