//! Compound commands inside lists: groups, subshells, `if`, `while`, `until`, `for`, functions. `case`, `select`,
//! `function`, `((…))` and `[[…]]` are the grammar's. POSIX XCU 2.9.4.

use std::rc::Rc;

use super::super::ast::{Command, CommandKind, Script};
use super::super::{Span, is_among};
use super::{FLAT, Reader, Simple};

/// How deep these may stand in each other here; what is nested deeper is the grammar's.
pub(super) const MOST_NESTED: usize = 6;

/// What ends a list of commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The end of the text.
    Text,
    /// A parenthesis.
    Paren,
    /// One of these words, where a command may begin.
    Words(&'static [&'static str]),
}

impl Reader<'_> {
    /// The word of letters, or brace, that stands here by itself; empty where none does.
    fn bare(&self) -> &str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = match rest.as_bytes().first() {
            Some(b'{' | b'}') => 1,
            _ => rest.bytes().take_while(u8::is_ascii_lowercase).count(),
        };
        let ended = matches!(self.ahead(length), 0 | b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b')');
        if ended { rest.get(..length).unwrap_or_default() } else { "" }
    }

    /// Says whether a list ends here.
    pub(super) fn ends(&self, end: End) -> bool {
        match end {
            End::Text => self.at >= self.bytes.len(),
            End::Paren => self.ahead(0) == b')',
            End::Words(words) => words.contains(&self.bare()),
        }
    }

    /// Takes a word that must stand here.
    fn word(&mut self, word: &str) -> Option<()> {
        (self.bare() == word).then(|| self.at += word.len())
    }

    /// Takes a word that begins a list of commands.
    fn opening(&mut self, word: &str) -> Option<()> {
        self.word(word)?;
        matches!(self.ahead(0), b' ' | b'\t' | b'\n').then_some(())
    }

    /// The compound command that begins here; `None` within where there is none.
    #[allow(clippy::option_option, reason = "not readable here, and nothing there, are two answers")]
    pub(super) fn compound(&mut self) -> Option<Option<Command>> {
        let start = self.at;
        let kind = match self.ahead(0) {
            b'(' if self.ahead(1) != b'(' => {
                self.at += 1;
                let script = self.nested(End::Paren)?;
                self.at += 1;
                CommandKind::Subshell(script)
            }
            b'{' if matches!(self.ahead(1), b' ' | b'\t' | b'\n') => {
                self.at += 1;
                let script = self.nested(End::Words(&["}"]))?;
                self.at += 1;
                CommandKind::Group(script)
            }
            b'f' | b'i' | b'u' | b'w' => match self.bare() {
                "if" => {
                    let kind = self.branches()?;
                    // As the grammar has it, an `if` stands where its first word does.
                    return self.redirected(kind, self.base.span(start, start + 2)).map(Some);
                }
                "while" => self.rounds("while")?,
                "until" => self.rounds("until")?,
                "for" => self.runs()?,
                _ => return Some(self.function()),
            },
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => return Some(self.function()),
            _ => return Some(None),
        };
        let span = self.base.span(start, self.at);
        self.redirected(kind, span).map(Some)
    }

    /// A list inside of a command, up to what ends it.
    fn nested(&mut self, end: End) -> Option<Script> {
        if self.nested >= MOST_NESTED || self.depth.is_too_deep(FLAT + MOST_NESTED) {
            return None;
        }
        let parens = self.parens;
        self.nested += 1;
        self.parens = end == End::Paren;
        let chains = self.list(end)?;
        self.nested -= 1;
        self.parens = parens;
        (!chains.is_empty()).then_some(Script { chains })
    }

    fn branches(&mut self) -> Option<CommandKind> {
        self.opening("if")?;
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.nested(End::Words(&["then"]))?;
            self.opening("then")?;
            branches.push((condition, self.nested(End::Words(&["elif", "else", "fi"]))?));
            if self.opening("elif").is_none() {
                break;
            }
        }
        if self.bare() == "else" {
            self.opening("else")?;
            otherwise = Some(self.nested(End::Words(&["fi"]))?);
        }
        self.word("fi")?;
        Some(CommandKind::If { branches, otherwise })
    }

    fn rounds(&mut self, word: &str) -> Option<CommandKind> {
        self.opening(word)?;
        let condition = self.nested(End::Words(&["do"]))?;
        Some(CommandKind::While { condition, body: self.body()? })
    }

    /// `for NAME in WORD …`
    fn runs(&mut self) -> Option<CommandKind> {
        self.opening("for")?;
        self.blanks();
        let name = self.name()?.to_owned();
        self.blanks();
        self.opening("in")?;
        let mut words = Vec::new();
        loop {
            self.blanks();
            match self.ahead(0) {
                b';' | b'\n' => break,
                0 | b'&' | b'|' | b'<' | b'>' => return None,
                _ => {}
            }
            let start = self.at;
            let raw = self.raw()?;
            if raw.is_empty() || matches!(self.ahead(0), b'<' | b'>') {
                return None;
            }
            words.push(super::word::word(raw, self.base.shift(start), self.depth));
        }
        if words.is_empty() {
            return None;
        }
        self.at += 1;
        self.lines();
        Some(CommandKind::For { name, words: Some(words), body: self.body()? })
    }

    fn body(&mut self) -> Option<Script> {
        self.opening("do")?;
        let body = self.nested(End::Words(&["done"]))?;
        self.word("done")?;
        Some(body)
    }

    /// `NAME() COMPOUND`; where it is none, nothing is taken.
    fn function(&mut self) -> Option<Command> {
        let start = self.at;
        let found = self.definition();
        if found.is_none() {
            self.at = start;
        }
        found
    }

    fn definition(&mut self) -> Option<Command> {
        let start = self.at;
        let length = self.name()?.len();
        self.blanks();
        if (self.ahead(0), self.ahead(1)) != (b'(', b')') {
            return None;
        }
        let name = self.text.get(start..start + length).filter(|name| !is_among(name, super::KEYWORDS))?.to_owned();
        self.at += 2;
        self.lines();
        if !matches!(self.ahead(0), b'{' | b'(') {
            return None;
        }
        let body = self.compound()??;
        let span = body.span;
        Some(Command { kind: CommandKind::Function { name, body: Rc::new(body) }, redirects: Vec::new(), span })
    }

    /// A name of letters, digits and underscores.
    fn name(&mut self) -> Option<&str> {
        let rest = self.text.get(self.at..)?;
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        self.at += length;
        rest.get(..length).filter(|name| name.starts_with(|ch: char| !ch.is_ascii_digit()))
    }

    /// The command with the redirections behind it.
    fn redirected(&mut self, kind: CommandKind, span: Span) -> Option<Command> {
        let mut simple = Simple::default();
        loop {
            self.blanks();
            match self.ahead(0) {
                b'&' if self.ahead(1) == b'>' => self.redirect(None, &mut simple)?,
                b'<' | b'>' => self.redirect(None, &mut simple)?,
                b'0'..=b'9' => {
                    let digits = self.raw()?;
                    let fd = digits.parse().ok().filter(|_| matches!(self.ahead(0), b'<' | b'>'))?;
                    self.redirect(Some(fd), &mut simple)?;
                }
                0 | b'\n' | b';' | b'&' | b'|' => break,
                b')' if self.parens => break,
                _ => return None,
            }
        }
        Some(Command { kind, redirects: simple.redirects, span })
    }
}
