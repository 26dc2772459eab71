//! SQL text → tokens: words, names, strings, and where they stand.
//!
//! Comments and blanks vanish here, so that nothing behind it can be fooled by them. Knows nothing of statements.

use super::dialect::Dialect;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or a bare name.
    Word,
    /// A quoted name; `text` is without the quotes.
    Name,
    /// A string; `text` is without the quotes.
    Str,
    /// A number.
    Num,
    /// One character of punctuation.
    Op,
}

/// One token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its text, quotes removed, escapes as written.
    pub text: &'a str,
    /// Where it starts, quotes included.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Nothing but blanks stands before it on its line.
    pub first: bool,
}

impl Token<'_> {
    /// Says whether it is this keyword, in any case.
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Says whether it is one of these keywords.
    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        self.kind == Kind::Word && words.iter().any(|word| self.text.eq_ignore_ascii_case(word))
    }

    /// Says whether it is this punctuation.
    pub(super) fn op(&self, op: &str) -> bool {
        self.kind == Kind::Op && self.text == op
    }
}

/// Reads tokens one by one.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    pos: usize,
    dialect: Dialect,
    in_run_comment: bool,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(text: &'a str, dialect: Dialect) -> Self {
        Self { text, pos: 0, dialect, in_run_comment: false }
    }

    /// All tokens of a text.
    pub(super) fn all(text: &'a str, dialect: Dialect) -> Vec<Token<'a>> {
        let mut lexer = Self::new(text, dialect);
        std::iter::from_fn(|| lexer.token()).collect()
    }

    /// Where the next token would be looked for.
    pub(super) const fn pos(&self) -> usize {
        self.pos
    }

    /// Goes on at another place (a character boundary at or behind the current one).
    pub(super) fn seek(&mut self, pos: usize) {
        if self.text.is_char_boundary(pos) {
            self.pos = pos;
        }
    }

    /// The rest of the line from `from` on, without its end; the lexer goes on behind it.
    pub(super) fn take_line(&mut self, from: usize) -> &'a str {
        let rest = self.text.get(from..).unwrap_or("");
        let len = rest.find('\n').unwrap_or(rest.len());
        self.pos = (from + len + 1).min(self.text.len());
        rest.get(..len).unwrap_or("").trim_end_matches('\r')
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.pos..).unwrap_or("")
    }

    /// Skips blanks and comments; says whether a line began.
    fn skip_blank(&mut self) -> bool {
        let mut first = self.pos == 0;
        loop {
            match self.byte(self.pos) {
                b'\n' => {
                    first = true;
                    self.pos += 1;
                }
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => self.pos += 1,
                0 if self.pos < self.text.len() => self.pos += 1,
                _ => {
                    if let Some(len) = self.blank_char() {
                        self.pos += len;
                    } else if !self.skip_comment() {
                        return first || self.text.get(..self.pos).is_some_and(starts_line);
                    }
                }
            }
        }
    }

    /// The length of a blank that is not ASCII.
    fn blank_char(&self) -> Option<usize> {
        if self.byte(self.pos) < 0x80 {
            return None;
        }
        self.rest().chars().next().filter(|c| c.is_whitespace() || *c == '\u{feff}').map(char::len_utf8)
    }

    fn skip_comment(&mut self) -> bool {
        let rest = self.rest();
        if self.in_run_comment && rest.starts_with("*/") {
            self.in_run_comment = false;
            self.pos += 2;
            return true;
        }
        let dashes = rest.starts_with("--")
            && (!self.dialect.dashes_need_blank()
                || matches!(self.byte(self.pos + 2), 0 | b' ' | b'\t' | b'\n' | b'\r'));
        let line = dashes
            || (self.dialect.hash_comments() && rest.starts_with('#'))
            || (self.dialect.slash_comments() && rest.starts_with("//"));
        if line {
            self.pos += rest.find('\n').unwrap_or(rest.len());
            return true;
        }
        if rest.starts_with("/*") {
            self.skip_block_comment(rest);
            return true;
        }
        false
    }

    fn skip_block_comment(&mut self, rest: &str) {
        let bang = ["/*!", "/*M!"].iter().find(|open| rest.starts_with(**open));
        if let (true, Some(open)) = (self.dialect.runs_comments(), bang) {
            self.pos += open.len();
            while self.byte(self.pos).is_ascii_digit() {
                self.pos += 1;
            }
            self.in_run_comment = true;
            return;
        }
        let bytes = rest.as_bytes();
        let (mut at, mut depth) = (2, 1usize);
        while at < bytes.len() && depth > 0 {
            if bytes[at..].starts_with(b"*/") {
                depth -= 1;
                at += 2;
            } else if self.dialect.nested_comments() && bytes[at..].starts_with(b"/*") {
                depth += 1;
                at += 2;
            } else {
                at += 1;
            }
        }
        self.pos += at;
    }

    /// The next token; `None` at the end.
    pub(super) fn token(&mut self) -> Option<Token<'a>> {
        let first = self.skip_blank();
        let start = self.pos;
        let c = self.rest().chars().next()?;
        let mut token = match c {
            '\'' => self.string(b'\'', self.dialect.backslash_escapes(), Kind::Str),
            '"' if self.dialect.double_quoted_strings() => self.string(b'"', true, Kind::Str),
            '"' => self.string(b'"', false, Kind::Name),
            '`' => self.string(b'`', false, Kind::Name),
            '[' if self.dialect.brackets() => self.string(b']', false, Kind::Name),
            '$' => self.dollar().unwrap_or_else(|| self.one(c)),
            '0'..='9' => self.number(),
            '@' | '#' if self.dialect == Dialect::MsSql => self.word(),
            _ if c.is_alphabetic() || c == '_' => self.word(),
            _ => self.one(c),
        };
        token.start = start;
        token.first = first;
        Some(token)
    }

    fn made(&self, kind: Kind, from: usize, to: usize) -> Token<'a> {
        let text = self.text.get(from..to).unwrap_or("");
        Token { kind, text, start: from, end: self.pos, first: false }
    }

    fn one(&mut self, c: char) -> Token<'a> {
        let from = self.pos;
        self.pos += c.len_utf8();
        self.made(Kind::Op, from, self.pos)
    }

    fn number(&mut self) -> Token<'a> {
        let from = self.pos;
        while self.byte(self.pos).is_ascii_alphanumeric() || matches!(self.byte(self.pos), b'.' | b'_') {
            self.pos += 1;
        }
        self.made(Kind::Num, from, self.pos)
    }

    fn word(&mut self) -> Token<'a> {
        let from = self.pos;
        let len = self
            .rest()
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '@' | '#')))
            .unwrap_or(self.rest().len());
        let len = self.rest().get(..len).map_or(len, |word| self.word_len(word));
        self.pos += len.max(1);
        let token = self.made(Kind::Word, from, self.pos);
        if self.byte(self.pos) == b'\'' && token.text.len() == 1 {
            let escapes = match token.text.as_bytes() {
                [b'e' | b'E'] => true,
                [b'r' | b'R' | b'x' | b'X'] => false,
                [b'n' | b'N' | b'b' | b'B'] => self.dialect.backslash_escapes(),
                _ => return token,
            };
            return self.string(b'\'', escapes, Kind::Str);
        }
        token
    }

    /// `@` and `#` belong to a word only where the dialect says so.
    fn word_len(&self, word: &str) -> usize {
        if self.dialect == Dialect::MsSql {
            return word.len();
        }
        word.find(['@', '#']).unwrap_or(word.len())
    }

    fn string(&mut self, quote: u8, escapes: bool, kind: Kind) -> Token<'a> {
        let open = self.byte(self.pos);
        let triple = self.dialect.triple_quotes() && open == quote && {
            let three = [quote; 3];
            self.text.as_bytes().get(self.pos..).is_some_and(|rest| rest.starts_with(&three))
        };
        let width = if triple { 3 } else { 1 };
        let from = self.pos + width;
        let bytes = self.text.as_bytes();
        let mut at = from;
        while at < bytes.len() {
            let b = bytes[at];
            if escapes && b == b'\\' {
                at += 2;
            } else if b != quote {
                at += 1;
            } else if triple {
                if bytes[at..].starts_with(&[quote; 3]) {
                    break;
                }
                at += 1;
            } else if bytes.get(at + 1) == Some(&quote) {
                at += 2;
            } else {
                break;
            }
        }
        let to = at.min(bytes.len());
        self.pos = (to + width).min(bytes.len());
        while !self.text.is_char_boundary(self.pos) {
            self.pos += 1;
        }
        self.made(kind, from.min(to), to)
    }

    /// `$tag$ … $tag$`.
    fn dollar(&mut self) -> Option<Token<'a>> {
        if !self.dialect.dollar_quotes() {
            return None;
        }
        let rest = self.rest();
        let tag_len = rest.get(1..)?.find(|c: char| !(c.is_alphanumeric() || c == '_'))? + 1;
        if rest.as_bytes().get(tag_len) != Some(&b'$') || rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let tag = rest.get(..=tag_len)?;
        let from = self.pos + tag.len();
        let body = self.text.get(from..)?;
        let len = body.find(tag).unwrap_or(body.len());
        self.pos = (from + len + tag.len()).min(self.text.len());
        Some(self.made(Kind::Str, from, from + len))
    }
}

fn starts_line(before: &str) -> bool {
    before.bytes().rev().find(|b| !matches!(b, b' ' | b'\t')).is_none_or(|b| b == b'\n')
}
