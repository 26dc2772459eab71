//! Masks the fields that a policy names, in tables, CSV, JSON, YAML and SQL that pass by as bytes.
//!
//! Bytes in, bytes out, state carried: the output is the same for every way of cutting the input. Headers and keys are
//! public and nothing is held before the cell that they flag; a cell is held to its delimiter, at most 64 KiB of it,
//! and beyond that it is masked and the rest dropped, never shown. Escape sequences hide nothing: they are taken out,
//! and put back where they stood.
//!
//! A stream in which no field's name occurs passes unchanged, and quickly: it is searched for the names, and only a
//! line that has one (with the line before it) reaches the stages. These are, each on what the one before gives:
//! `secret` (a whole `kubectl get secret`), `sql` (dumps), `html`, `table` (all that has columns), `keyed` (a key at
//! the beginning of a line) and `inline` (a key anywhere: JSON and its relatives).
//!
//! What this cannot see: columns that a query renames, tables without a header (`psql -t`, `sqlite3 -noheader`,
//! `mysql -N`), and a JSON value that a wrapped table cell cuts in two. It guards against accidental display.
#![forbid(unsafe_code)]

mod ansi;
mod bare;
mod find;
mod flow;
mod html;
mod inline;
mod keyed;
mod names;
mod secret;
mod sql;
mod stage;
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ansi::{Ansi, Apart, Escape};
use find::Hit;
use flow::Flow;
pub use names::Fields;
pub use stage::MaskValue;
use stage::{Masking, Stage};

/// Bytes that are taken at a time.
const PIECE: usize = 16 * 1024;
/// So far into a line a statement begins.
const STATEMENT: usize = 256;
/// Longest line that is remembered while nothing is masked in it.
const LINE: usize = 8 * 1024;

/// What is known of the program that writes the stream, from the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hint {
    /// Nothing: shapes alone tell.
    #[default]
    None,
    /// `kubectl get secret`, in any output format: all values are masked, and what is neither YAML, JSON nor a table
    /// is masked as a whole.
    KubectlSecret,
    /// `kubectl get secret` with `jsonpath`, `go-template` or the like: everything is masked.
    KubectlSecretValue,
    /// A program whose whole output is one secret: its first line is masked, and every line of one word.
    Secret,
    /// The same, where messages come the same way: lines of one word are masked.
    SecretWord,
    /// A program that may print a secret, or prints one beside others: lines of one word that looks like a secret.
    MaybeSecret,
    /// `psql`.
    Psql,
    /// `psql -x`, `\x`: a key and its value on a line.
    PsqlExpanded,
    /// `mysql`, `mariadb`.
    Mysql,
    /// `sqlite3`.
    Sqlite,
    /// A file or program whose output is CSV or TSV.
    Csv,
}

impl Hint {
    /// Says whether values are masked although policy names no field.
    #[must_use]
    pub const fn masks_by_itself(self) -> bool {
        matches!(self, Self::KubectlSecret | Self::KubectlSecretValue) || self.is_bare()
    }

    /// What it says of a terminal's lines, where messages, prompts and what is typed come the same way.
    #[must_use]
    pub const fn of_lines(self) -> Self {
        match self {
            Self::Secret | Self::SecretWord | Self::KubectlSecretValue => Self::SecretWord,
            Self::MaybeSecret => Self::MaybeSecret,
            _ => Self::None,
        }
    }

    /// Says whether it tells of secrets without a name.
    const fn is_bare(self) -> bool {
        matches!(self, Self::Secret | Self::SecretWord | Self::MaybeSecret)
    }

    /// Says whether a header of one column may stand alone.
    fn is_tabular(self) -> bool {
        matches!(self, Self::Psql | Self::Mysql | Self::Sqlite | Self::Csv)
    }
}

/// Masks a policy's fields in one stream.
pub struct FieldMasker {
    masking: Masking,
    stages: Vec<Box<dyn Stage>>,
    ansi: Ansi,
    /// What is being taken; kept for its memory.
    apart: Apart,
    /// What may be seen of it; kept for its memory.
    passed: Vec<u8>,
    /// Nothing is skipped.
    always: bool,
    /// Nothing is known of the lines before: text without a name passes.
    skipping: bool,
    /// The line has a word in it that would matter in a header.
    column: bool,
    /// The last whole line, where short, and what has come of this one, where short.
    recent: Recent,
    /// Where two texts meet; kept for its memory.
    seam: Vec<u8>,
}

#[derive(Default)]
struct Recent {
    last: Vec<u8>,
    line: Vec<u8>,
    over: bool,
}

impl Recent {
    fn text(&mut self, text: &[u8]) {
        let Some(end) = memchr::memrchr(b'\n', text) else {
            self.add(text);
            return;
        };
        let (lines, rest) = text.split_at(end + 1);
        let before = lines.get(..end).unwrap_or_default();
        match memchr::memrchr(b'\n', before) {
            Some(start) => {
                self.line.clear();
                self.over = false;
                self.add(lines.get(start + 1..).unwrap_or_default());
            }
            None => self.add(lines),
        }
        if self.over {
            self.line.clear();
        }
        self.last.clear();
        std::mem::swap(&mut self.last, &mut self.line);
        self.over = false;
        self.add(rest);
    }

    /// Adds to the line; of one that is too long, the last half at least is kept.
    fn add(&mut self, text: &[u8]) {
        self.line.extend_from_slice(text.get(text.len().saturating_sub(LINE)..).unwrap_or_default());
        if text.len() > LINE || self.line.len() > LINE {
            self.over = true;
            self.line.drain(..self.line.len() - LINE.min(self.line.len()));
        }
    }
}

impl FieldMasker {
    /// Begins a stream; `mask` gives the mask for a value of a field.
    #[must_use]
    pub fn new(fields: Arc<Fields>, hint: Hint, mask: MaskValue) -> Self {
        let always = hint.masks_by_itself();
        let mut stages: Vec<Box<dyn Stage>> = Vec::new();
        if hint.is_bare() {
            stages.push(Box::new(bare::Bare::new(hint)));
        } else if always {
            stages.push(Box::new(secret::Secret::new(hint)));
        }
        stages.push(Box::new(sql::Sql::default()));
        stages.push(Box::new(html::Html::default()));
        stages.push(Box::new(table::Table::new(hint)));
        stages.push(Box::new(keyed::Keyed::new(hint)));
        stages.push(Box::new(inline::Inline::new(hint)));
        let masking = Masking::new(fields, mask);
        Self {
            masking,
            stages,
            ansi: Ansi::default(),
            apart: Apart::default(),
            passed: Vec::new(),
            always,
            skipping: !always,
            column: false,
            recent: Recent::default(),
            seam: Vec::new(),
        }
    }

    /// Takes bytes, and adds to `out` what may be seen by now.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.feed_to(bytes, &mut |text| out.extend_from_slice(text));
    }

    /// As [`FieldMasker::feed`], for whoever reads at once what may be seen: what passes as it is, is not copied.
    pub fn feed_to(&mut self, bytes: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let (mut apart, mut out) = (std::mem::take(&mut self.apart), std::mem::take(&mut self.passed));
        for piece in bytes.chunks(PIECE) {
            let outside = self.ansi.is_outside();
            let (text, escapes) = if outside && memchr::memchr(0x1b, piece).is_none() {
                (piece, [].as_slice())
            } else {
                self.ansi.split(piece, &mut apart);
                (apart.text.as_slice(), apart.escapes.as_slice())
            };
            let first = if self.skipping { self.skip(text) } else { 0 };
            if self.skipping && first == text.len() && outside && self.ansi.is_outside() {
                sink(piece);
                continue;
            }
            out.clear();
            self.take(text, escapes, &apart, first, &mut out);
            if !out.is_empty() {
                sink(&out);
            }
        }
        (self.apart, self.passed) = (apart, out);
    }

    /// Says whether bytes are held back.
    #[must_use]
    pub fn holds(&self) -> bool {
        !self.ansi.is_outside() || self.stages.iter().any(|stage| stage.holds())
    }

    /// Says that a reader waits for what is held, as for a prompt: a line without an end is no secret by itself, and none
    /// of those that follow is. [`FieldMasker::finish`] then lets it go.
    pub fn prompted(&mut self) {
        self.stages.iter_mut().for_each(|stage| stage.prompted());
    }

    /// Ends the stream, or the output of one command in it: what is held goes, masked, and what follows is new.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let rest = self.ansi.take();
        if !rest.is_empty() {
            self.escape(&rest, out);
        }
        let mut flow = Flow::default();
        for stage in &mut self.stages {
            let mut next = pass(stage.as_mut(), &flow, &mut self.masking);
            stage.finish(&mut next, &mut self.masking);
            flow = next;
        }
        flow.render(out);
        self.skipping = !self.always;
        self.column = false;
        self.recent = Recent::default();
    }

    /// Takes visible text, and the escape sequences in it, which `apart` has the bytes of. So much of it was skipped.
    fn take(&mut self, text: &[u8], escapes: &[Escape], apart: &Apart, skipped: usize, out: &mut Vec<u8>) {
        let (mut at, mut to, mut escapes) = (0, skipped, escapes.iter().copied().peekable());
        loop {
            // What was skipped. Of what stands behind its last byte, stages may take over.
            while let Some(escape) = escapes.next_if(|escape| escape.at < to) {
                out.extend_from_slice(text.get(at..escape.at).unwrap_or_default());
                out.extend_from_slice(apart.bytes(escape));
                at = escape.at;
            }
            out.extend_from_slice(text.get(at..to).unwrap_or_default());
            at = to;
            while let Some(escape) = escapes.next_if(|escape| escape.at == at) {
                self.escape(apart.bytes(escape), out);
            }
            let rest = text.get(at..).unwrap_or_default();
            if rest.is_empty() {
                return;
            }
            if self.skipping {
                to = at + self.skip(rest);
            } else {
                let end = escapes.peek().map_or(text.len(), |escape| escape.at);
                at += self.line(text.get(at..end).unwrap_or_default(), out);
                to = at;
            }
        }
    }

    /// Lets text pass up to where a name or mark ends; says how much it was.
    fn skip(&mut self, text: &[u8]) -> usize {
        let found = if self.column {
            // A header's line is looked at as a whole. Until it ends, marks alone matter.
            let line = memchr::memchr(b'\n', text).map_or(text, |end| text.get(..=end).unwrap_or_default());
            let found = self.find(line);
            if found.is_none() && line.ends_with(b"\n") {
                return self.skip_line(line);
            }
            found
        } else {
            self.find(text)
        };
        let Some(hit) = found.and_then(|hit| self.beyond_lines(text, hit)) else {
            self.recent.text(text);
            return text.len();
        };
        let Hit { end, other } = hit;
        let passed = text.get(..end).unwrap_or_default();
        self.recent.text(passed);
        // Only a statement has values in the line that names its columns.
        if other && !self.recent.over && !is_statement(&self.recent.line) {
            self.column = true;
            return end;
        }
        self.column = false;
        self.skipping = false;
        // The stages see what has passed already, from the line before on; what they make of it goes nowhere.
        let mut seen = Flow::default();
        if self.recent.over {
            // Whatever a line that long is, it is no header.
            seen.extend(&[b'\0'; 2]);
        } else {
            seen.extend(&self.recent.last);
        }
        seen.extend(&self.recent.line);
        self.run(&mut seen);
        end
    }

    /// From a hit on, the first that cannot be passed over with its whole line: lines that lie within the text and are no
    /// headers need not be remembered.
    fn beyond_lines(&self, text: &[u8], mut hit: Hit) -> Option<Hit> {
        let fields = &self.masking.fields;
        while hit.other && !self.column {
            let before = text.get(..hit.end).unwrap_or_default();
            let behind = text.get(hit.end..).unwrap_or_default();
            let (Some(start), Some(end)) = (memchr::memrchr(b'\n', before), memchr::memchr(b'\n', behind)) else {
                break;
            };
            let (start, end) = (start + 1, hit.end + end + 1);
            let line = text.get(start..end).unwrap_or_default();
            let named = text.get(start..hit.end).unwrap_or_default();
            if line.len() > LINE || is_statement(named) || fields.heads(line) {
                break;
            }
            let mut next = fields.find(text, hit.end);
            while let Some(more) = next.filter(|more| more.other && more.end <= end) {
                next = fields.find(text, more.end);
            }
            // A mark in the line.
            if next.is_some_and(|more| more.end <= end) {
                break;
            }
            hit = next?;
        }
        Some(hit)
    }

    /// Lets the rest of a line pass with a word in it that matters in a header; says how much it was.
    fn skip_line(&mut self, rest: &[u8]) -> usize {
        self.column = false;
        let whole = !self.recent.over && self.recent.line.len() + rest.len() <= LINE;
        self.seam.clear();
        self.seam.extend_from_slice(&self.recent.line);
        self.seam.extend_from_slice(rest);
        if whole && self.masking.fields.heads(&self.seam) {
            let mut seen = Flow::default();
            seen.extend(&self.recent.last);
            seen.extend(&self.seam);
            self.run(&mut seen);
            self.skipping = false;
        }
        self.recent.text(rest);
        rest.len()
    }

    /// What ends first in `text`.
    fn find(&mut self, text: &[u8]) -> Option<Hit> {
        let fields = &self.masking.fields;
        let reach = fields.longest().saturating_sub(1);
        // One that began before ends in the first few bytes.
        let before = &self.recent.line;
        // A line's beginning counts as the end of the one before.
        let margin: &[u8] = if before.len() < reach { b"\n" } else { b"" };
        let before = before.get(before.len().saturating_sub(reach)..).unwrap_or_default();
        let passed = margin.len() + before.len();
        self.seam.clear();
        self.seam.extend_from_slice(margin);
        self.seam.extend_from_slice(before);
        self.seam.extend_from_slice(text.get(..reach.min(text.len())).unwrap_or_default());
        let look = |text, from| if self.column { fields.find_mark(text, from) } else { fields.find(text, from) };
        let over = look(&self.seam, passed).map(|hit| Hit { end: hit.end - passed, ..hit });
        over.or_else(|| look(text, 0))
    }

    /// Takes text through the stages, to the end of the line; says how much it was.
    fn line(&mut self, text: &[u8], out: &mut Vec<u8>) -> usize {
        let end = memchr::memchr(b'\n', text).map_or(text.len(), |at| at + 1);
        let line = text.get(..end).unwrap_or_default();
        self.recent.text(line);
        let mut flow = Flow::default();
        flow.extend(line);
        self.run(&mut flow);
        flow.render(out);
        if line.ends_with(b"\n") && !self.always && self.stages.iter().all(|stage| stage.is_idle() && !stage.holds()) {
            self.skipping = true;
        }
        end
    }

    fn escape(&mut self, sequence: &[u8], out: &mut Vec<u8>) {
        if self.skipping {
            out.extend_from_slice(sequence);
            return;
        }
        let mut flow = Flow::default();
        flow.escape(sequence);
        self.run(&mut flow);
        flow.render(out);
    }

    fn run(&mut self, flow: &mut Flow) {
        for stage in &mut self.stages {
            *flow = pass(stage.as_mut(), flow, &mut self.masking);
        }
    }
}

/// Says whether a line begins, or nearly begins, with an SQL statement that names columns before their values.
fn is_statement(line: &[u8]) -> bool {
    let head = line.get(..line.len().min(STATEMENT)).unwrap_or_default();
    memchr::memchr2_iter(b's', b'S', head).any(|at| {
        let word = at.checked_sub(2).and_then(|start| head.get(start..start + 6));
        word.is_some_and(|word| word.eq_ignore_ascii_case(b"insert"))
    })
}

/// Takes text and escape sequences through a stage.
fn pass(stage: &mut dyn Stage, flow: &Flow, masking: &mut Masking) -> Flow {
    let mut out = Flow::default();
    out.text.reserve(flow.text.len() + 32);
    let mut from = 0;
    for (at, sequence) in &flow.escapes {
        stage.text(flow.text.get(from..*at).unwrap_or_default(), &mut out, masking);
        stage.escape(sequence, &mut out);
        from = *at;
    }
    stage.text(flow.text.get(from..).unwrap_or_default(), &mut out, masking);
    out
}
