//! Blanks, comments, words, operators, redirections, assignments and here-documents.

use smallvec::smallvec;

use super::super::ast::{Assign, AssignValue, Part, Redir, RedirOp, Script, SyntaxError, Word};
use super::super::parse::Base;
use super::super::word::{self, Mode};
use super::super::{ast, skim};
use super::{Parser, Read, Separator};

/// A here-document whose body is still to come; it stands in the tree under its number.
pub(super) struct Pending {
    delimiter: String,
    strip_tabs: bool,
    expands: bool,
    /// The body, once it was read.
    body: Option<Word>,
}

/// Says whether a word ends before this byte.
pub(super) fn ends_word(next: Option<u8>) -> bool {
    next.is_none_or(|byte| byte.is_ascii_whitespace() || b";&|<>()}".contains(&byte))
}

/// In front of a here-document's number in the tree, until its body is known.
const HERE: &str = "\u{0}here";

impl Parser<'_> {
    /// Goes over blanks, continued lines and comments.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.at(0) {
                b' ' | b'\t' | b'\r' => self.pos += 1,
                b'\\' if self.at(1) == b'\n' => self.pos += 2,
                b'#' if self.begins_comment() => {
                    self.pos += self.rest().find('\n').unwrap_or(self.rest().len());
                }
                _ => return,
            }
        }
    }

    fn begins_comment(&self) -> bool {
        !self.depth.literal_hash
            && self.pos.checked_sub(1).and_then(|at| self.bytes.get(at)).is_none_or(|byte| ends_word(Some(*byte)))
    }

    /// Goes over blanks and newlines; bodies of here-documents are read.
    pub(super) fn newlines(&mut self) -> Read<()> {
        loop {
            self.blanks();
            if self.at(0) != b'\n' || self.pos >= self.bytes.len() {
                return Ok(());
            }
            self.newline();
        }
    }

    /// Goes over everything that may stand between commands and means nothing.
    pub(super) fn separators(&mut self) -> Read<()> {
        loop {
            self.newlines()?;
            if self.at(0) != b';' || matches!(self.at(1), b';' | b'&' | b'|') {
                return Ok(());
            }
            self.pos += 1;
        }
    }

    /// What ends a command: `;`, a newline, `&`, `&!`, `&|`.
    pub(super) fn separator(&mut self) -> Separator {
        self.blanks();
        match (self.at(0), self.at(1)) {
            (b'\n', _) => {
                self.newline();
                Separator::Then
            }
            (b';', b';' | b'&' | b'|') => Separator::None,
            (b';', _) => {
                self.pos += 1;
                Separator::Then
            }
            (b'&', b'!' | b'|') => {
                self.pos += 2;
                Separator::Background
            }
            (b'&', second) if second != b'&' => {
                self.pos += 1;
                Separator::Background
            }
            _ => Separator::None,
        }
    }

    /// Says whether a command may begin here.
    pub(super) fn begins_command(&self) -> bool {
        if self.pos >= self.bytes.len() {
            return false;
        }
        const CLOSING: &[&str] = &["do", "done", "esac", "then", "elif", "else", "fi", "end", "}"];
        match self.at(0) {
            b')' | b'|' | b'\n' => false,
            b';' => false,
            b'&' => self.at(1) == b'>',
            _ => !CLOSING.iter().any(|word| self.is_word(word)),
        }
    }

    fn newline(&mut self) {
        self.pos += 1;
        for at in 0..self.pending.len() {
            if self.pending.get(at).is_some_and(|pending| pending.body.is_none()) {
                self.read_body(at);
            }
        }
    }

    /// The text ends: what is still to come of here-documents is empty.
    pub(super) fn bodies_at_end(&mut self) {
        for at in 0..self.pending.len() {
            if self.pending.get(at).is_some_and(|pending| pending.body.is_none()) {
                self.read_body(at);
            }
        }
    }

    fn read_body(&mut self, at: usize) {
        let Some(pending) = self.pending.get(at) else { return };
        let (strip, expands) = (pending.strip_tabs, pending.expands);
        let start = self.pos;
        let mut end = self.bytes.len();
        let mut next = end;
        while self.pos < self.bytes.len() {
            let line = self.rest().split('\n').next().unwrap_or("");
            let bare = if strip { line.trim_start_matches('\t') } else { line };
            if bare == pending.delimiter {
                end = self.pos;
                next = (self.pos + line.len() + 1).min(self.bytes.len());
                break;
            }
            self.pos = (self.pos + line.len() + 1).min(self.bytes.len());
        }
        self.pos = next;
        let raw = self.slice(start, end);
        let span = self.base.span(start, end);
        let stripped: String;
        let (text, base) = if strip && raw.contains('\t') {
            stripped = raw.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect();
            (stripped.as_str(), Base::Flat(span))
        } else {
            (raw, self.base.shift(start))
        };
        let parts = if expands {
            word::parts(text, base, Mode::Here, self.depth)
        } else {
            vec![Part::Lit { text: text.to_owned(), quoted: true }]
        };
        if let Some(pending) = self.pending.get_mut(at) {
            pending.body = Some(Word { parts: parts.into(), span, assign: None });
        }
    }

    /// The tree with the bodies of here-documents in their places.
    pub(super) fn finished(&mut self, mut script: Script) -> Script {
        if !self.pending.is_empty() {
            let bodies: Vec<Word> =
                std::mem::take(&mut self.pending).into_iter().map(|pending| pending.body.unwrap_or_default()).collect();
            ast::each_redirect(&mut script, &mut |redirect| {
                if let RedirOp::Here(word) = &mut redirect.op
                    && let [Part::Lit { text, .. }] = word.parts.as_slice()
                    && let Some(body) =
                        text.strip_prefix(HERE).and_then(|number| bodies.get(number.parse::<usize>().ok()?))
                {
                    *word = body.clone();
                    redirect.span = body.span;
                }
            });
        }
        script
    }

    /// A word; `None` where none begins here. `first` says that it would be a command's name.
    pub(super) fn word(&mut self, first: bool) -> Read<Option<Word>> {
        let start = self.pos;
        let end = self.word_end(first)?;
        if end == start {
            return Ok(None);
        }
        self.pos = end;
        Ok(Some(word::word(self.slice(start, end), self.base.shift(start), self.depth)))
    }

    pub(super) fn need(&mut self) -> Read<Word> {
        self.blanks();
        self.word(false)?.ok_or(SyntaxError::Rejected)
    }

    /// Where the word ends that begins here.
    pub(super) fn word_end(&self, first: bool) -> Read<usize> {
        let bytes = self.bytes;
        let mut at = self.pos;
        let (mut parens, mut braces) = (0_usize, 0_usize);
        let rejected = SyntaxError::Rejected;
        // `=(…)` is a file that holds what the commands print.
        if bytes.get(at) == Some(&b'=') && bytes.get(at + 1) == Some(&b'(') {
            at = skim::command_end(self.text, at + 2).ok_or(rejected.clone())? + 1;
        }
        while let Some(&byte) = bytes.get(at) {
            let next = bytes.get(at + 1).copied().unwrap_or(0);
            match byte {
                b'\\' => {
                    at += 1 + self.text.get(at + 1..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
                }
                b'\'' => at += 2 + self.text.get(at + 1..).and_then(|rest| rest.find('\'')).ok_or(rejected.clone())?,
                b'"' => at = word::double_end(self.text, at + 1).ok_or(rejected.clone())? + 1,
                b'`' => at = backquote_end(bytes, at + 1).ok_or(rejected.clone())?,
                b'$' => at = self.dollar_end(at, next)?,
                b'<' | b'>' if next == b'(' => {
                    at = skim::command_end(self.text, at + 2).ok_or(rejected.clone())? + 1;
                }
                b'<' if parens == 0 && numeric_range(bytes, at).is_none() => break,
                b'<' => at = numeric_range(bytes, at).unwrap_or(at + 1),
                b'(' if parens == 0 && next == b')' && at > self.pos => break,
                b'(' if parens == 0 && first && at == self.pos => break,
                b'(' => {
                    parens += 1;
                    at += 1;
                }
                b')' if parens == 0 => break,
                b')' => {
                    parens -= 1;
                    at += 1;
                }
                b' ' | b'\t' | b'\r' | b'|' | b'>' if parens > 0 => at += 1,
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'>' => break,
                b'{' => {
                    braces += 1;
                    at += 1;
                }
                // A brace that was not opened in the word ends it.
                b'}' if braces == 0 && parens == 0 => break,
                b'}' => {
                    braces = braces.saturating_sub(1);
                    at += 1;
                }
                _ => at += 1,
            }
        }
        if parens > 0 { Err(rejected) } else { Ok(at.min(bytes.len())) }
    }

    fn dollar_end(&self, at: usize, next: u8) -> Read<usize> {
        let rejected = SyntaxError::Rejected;
        match next {
            b'\'' => {
                let mut end = at + 2;
                while let Some(&byte) = self.bytes.get(end) {
                    end += 1 + usize::from(byte == b'\\');
                    if byte == b'\'' {
                        return Ok(end);
                    }
                }
                Err(rejected)
            }
            b'(' if self.bytes.get(at + 2) == Some(&b'(')
                && let Some(end) = skim::arith_end(self.text, at + 3) =>
            {
                Ok(end + 2)
            }
            b'(' => Ok(skim::command_end(self.text, at + 2).ok_or(rejected)? + 1),
            b'{' => Ok(skim::brace_end(self.text, at + 2, false).ok_or(rejected)? + 1),
            b'[' => Ok(at + 1 + self.text.get(at + 1..).and_then(|rest| rest.find(']')).ok_or(rejected)? + 1),
            _ => Ok(at + 1),
        }
    }

    /// `NAME=value`, `NAME+=value`, `NAME[subscript]=value`, `NAME=( … )`.
    pub(super) fn assignment(&mut self) -> Read<Option<Assign>> {
        let start = self.pos;
        let rest = self.rest();
        let length = rest.find(|ch: char| !(ch.is_ascii_alphanumeric() || ch == '_')).unwrap_or(rest.len());
        if length == 0 || rest.starts_with(|ch: char| ch.is_ascii_digit()) {
            return Ok(None);
        }
        let mut at = start + length;
        let mut index = None;
        if self.bytes.get(at) == Some(&b'[') {
            let Some(close) = word::subscript_end(self.text, at) else { return Ok(None) };
            index = Some((at + 1, close));
            at = close + 1;
        }
        let append = self.bytes.get(at) == Some(&b'+');
        at += usize::from(append);
        if self.bytes.get(at) != Some(&b'=') {
            return Ok(None);
        }
        self.pos = at + 1;
        let value = if self.at(0) == b'(' {
            self.pos += 1;
            let mut elements = Vec::new();
            loop {
                self.newlines()?;
                if self.eat(")") {
                    break;
                }
                elements.push((None, self.word(false)?.ok_or(SyntaxError::Rejected)?));
            }
            AssignValue::Array(elements)
        } else {
            let from = self.pos;
            let end = self.word_end(false)?;
            self.pos = end;
            AssignValue::Scalar(word::word(self.slice(from, end), self.base.shift(from), self.depth))
        };
        let span = self.base.span(start, self.pos);
        let index = index.map(|(from, to)| Word {
            parts: word::parts(self.slice(from, to), self.base.shift(from), Mode::Here, self.depth).into(),
            span,
            assign: None,
        });
        Ok(Some(Assign { name: rest.get(..length).unwrap_or("").to_owned(), index, append, value, span }))
    }

    /// A redirection, where one begins here.
    pub(super) fn redirect(&mut self) -> Read<Option<Redir>> {
        const OPERATORS: &[(&str, Kind)] = &[
            ("<<<", Kind::HereString),
            ("<<-", Kind::HereTabs),
            ("<<", Kind::Here),
            ("<>", Kind::ReadWrite),
            ("<&", Kind::DupInput),
            (">>&|", Kind::BothAppend),
            (">>&!", Kind::BothAppend),
            (">>&", Kind::BothAppend),
            (">>|", Kind::Append),
            (">>!", Kind::Append),
            (">>", Kind::Append),
            (">&|", Kind::Both),
            (">&!", Kind::Both),
            (">&", Kind::DupOutput),
            (">|", Kind::Write),
            (">!", Kind::Write),
            ("&>>|", Kind::BothAppend),
            ("&>>!", Kind::BothAppend),
            ("&>>", Kind::BothAppend),
            ("&>|", Kind::Both),
            ("&>!", Kind::Both),
            ("&>", Kind::Both),
            ("<", Kind::Read),
            (">", Kind::Write),
        ];
        let start = self.pos;
        let front = self.descriptor();
        self.pos += front.map_or(0, |(_, length)| length);
        let found = OPERATORS
            .iter()
            .find(|(operator, _)| self.rest().starts_with(operator) && !(operator.starts_with('&') && front.is_some()));
        let process = matches!(self.at(0), b'<' | b'>') && self.at(1) == b'(' && front.is_none()
            || self.at(0) == b'<' && numeric_range(self.bytes, self.pos).is_some();
        let Some((operator, kind)) = found.filter(|_| !process) else {
            self.pos = start;
            return Ok(None);
        };
        self.pos += operator.len();
        self.blanks();
        let fd = front.and_then(|(fd, _)| fd);
        let at = self.pos;
        let end = self.word_end(false)?;
        if end == at {
            return Err(SyntaxError::Rejected);
        }
        self.pos = end;
        let raw = self.slice(at, end);
        let target = word::word(raw, self.base.shift(at), self.depth);
        let span = target.span;
        let descriptor = raw.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-' || byte == b'p');
        let op = match kind {
            Kind::Here | Kind::HereTabs => {
                let expands = !raw.contains(['\'', '"', '\\', '$']);
                let number = self.pending.len();
                let delimiter = shell_words::split(raw).ok().and_then(|mut words| words.pop());
                self.pending.push(Pending {
                    delimiter: delimiter.unwrap_or_else(|| raw.to_owned()),
                    strip_tabs: *kind == Kind::HereTabs,
                    expands,
                    body: None,
                });
                let text = format!("{HERE}{number}");
                RedirOp::Here(Word { parts: smallvec![Part::Lit { text, quoted: true }], span, assign: None })
            }
            Kind::HereString => RedirOp::HereString(target),
            Kind::Read => RedirOp::Read(target),
            Kind::ReadWrite => RedirOp::ReadWrite(target),
            Kind::Write => RedirOp::Write(target),
            Kind::Append => RedirOp::Append(target),
            Kind::Both => RedirOp::Both(target),
            Kind::BothAppend => RedirOp::BothAppend(target),
            Kind::DupInput => RedirOp::Dup(target),
            Kind::DupOutput if descriptor => RedirOp::Dup(target),
            Kind::DupOutput => RedirOp::Both(target),
        };
        // Without a number the input is meant, or the output.
        let fd = if *kind == Kind::DupInput { fd.or(Some(0)) } else { fd };
        Ok(Some(Redir { fd, op, span }))
    }

    /// `2` or `{name}` in front of a redirection: which, and how long.
    fn descriptor(&self) -> Option<(Option<i32>, usize)> {
        let angle = |at: usize| matches!(self.bytes.get(self.pos + at), Some(b'<' | b'>'));
        if self.at(0).is_ascii_digit() && angle(1) {
            return Some((Some(i32::from(self.at(0) - b'0')), 1));
        }
        if self.at(0) != b'{' {
            return None;
        }
        let rest = self.rest();
        let close = rest.find('}')?;
        let name = rest.get(1..close)?;
        let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        // Such a descriptor is none of the first three.
        (named && angle(close + 1)).then_some((Some(9), close + 1))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Here,
    HereTabs,
    HereString,
    Read,
    ReadWrite,
    Write,
    Append,
    Both,
    BothAppend,
    DupInput,
    DupOutput,
}

/// `<1-5>`, `<->`: where it ends.
fn numeric_range(bytes: &[u8], at: usize) -> Option<usize> {
    let mut end = at + 1;
    let mut dashes = 0;
    while let Some(&byte) = bytes.get(end) {
        match byte {
            b'0'..=b'9' => {}
            b'-' => dashes += 1,
            b'>' if dashes == 1 => return Some(end + 1),
            _ => return None,
        }
        end += 1;
    }
    None
}

fn backquote_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        at += 1 + usize::from(byte == b'\\');
        if byte == b'`' {
            return Some(at);
        }
    }
    None
}
