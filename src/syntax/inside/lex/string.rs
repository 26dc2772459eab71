//! Strings: finding their end, resolving escapes, cutting out the code put into them.

use super::{Form, Interpolation, Kind, Lexer, Piece};

/// Escapes of one character.
const ESCAPES: &[(char, char)] =
    &[('n', '\n'), ('t', '\t'), ('r', '\r'), ('a', '\x07'), ('b', '\x08'), ('f', '\x0c'), ('v', '\x0b'), ('e', '\x1b')];

/// Collects literal text and code in order.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    done: Vec<Piece>,
    text: String,
}

impl Pieces {
    pub(super) fn push(&mut self, c: char) {
        self.text.push(c);
    }

    fn code(&mut self, code: String) {
        if !self.text.is_empty() {
            self.done.push(Piece::Lit(std::mem::take(&mut self.text)));
        }
        self.done.push(Piece::Code(code));
    }

    pub(super) fn finish(mut self) -> Vec<Piece> {
        if !self.text.is_empty() {
            self.done.push(Piece::Lit(self.text));
        }
        self.done
    }
}

impl Lexer<'_> {
    /// Reads a string where one starts.
    pub(super) fn string(&mut self) -> bool {
        let (length, raw, formatted) = self.prefix();
        let start = self.at;
        self.at += length;
        let found = self.grammar.strings.iter().find(|(open, _, _)| self.starts(open));
        let Some(&(open, close, form)) = found else {
            self.at = start;
            return false;
        };
        self.at += open.chars().count();
        let form = match (raw, formatted) {
            (true, false) => Form::Raw,
            (_, true) => Form::Interpolated,
            (false, false) => form,
        };
        let pieces = self.body(close, form, raw);
        self.push(match form {
            Form::Template => Kind::Template(pieces),
            Form::Command => Kind::Command(pieces),
            _ => Kind::Text(pieces),
        });
        true
    }

    /// Letters before a quote: how many, raw, formatted.
    fn prefix(&self) -> (usize, bool, bool) {
        if !self.grammar.prefixes {
            return (0, false, false);
        }
        let letters: String = (0..2).map(|ahead| self.peek(ahead).to_ascii_lowercase()).collect();
        let length = (0..3).find(|&ahead| matches!(self.peek(ahead), '"' | '\'')).unwrap_or(0);
        let letters = letters.get(..length).unwrap_or_default();
        if !letters.chars().all(|c| "rbuft".contains(c)) {
            return (0, false, false);
        }
        (length, letters.contains('r'), letters.contains(['f', 't']))
    }

    /// Reads up to the closing text and over it. A string that never ends takes the rest of its line.
    pub(super) fn body(&mut self, close: &str, form: Form, raw: bool) -> Vec<Piece> {
        let start = self.at;
        let mut pieces = Pieces::default();
        let code = matches!(form, Form::Interpolated | Form::Template | Form::Command);
        while self.at < self.text.len() {
            if self.starts(close) {
                self.at += close.chars().count();
                return pieces.finish();
            }
            let c = self.peek(0);
            if c == '\\' && (raw || form != Form::Raw) {
                self.escape(form, raw, close, &mut pieces);
            } else if code && self.interpolation(&mut pieces) {
            } else {
                pieces.push(c);
                self.at += 1;
            }
        }
        // Unfinished: what follows on the next lines is code again, in languages whose strings are of one line.
        if close.len() == 1 && self.grammar.sigils.is_empty() && form != Form::Template {
            let length = self.text.get(start..).unwrap_or_default().iter().position(|&c| c == '\n');
            if let Some(length) = length
                && !self.gave_up
            {
                self.gave_up = true;
                self.at = start + length;
                return vec![Piece::Lit(self.text.get(start..self.at).unwrap_or_default().iter().collect())];
            }
        }
        pieces.finish()
    }

    fn escape(&mut self, form: Form, raw: bool, close: &str, pieces: &mut Pieces) {
        let next = self.peek(1);
        if raw || form == Form::Single {
            if !(form == Form::Single && (next == '\\' || close.starts_with(next))) {
                pieces.push('\\');
            }
            if self.at + 1 < self.text.len() {
                pieces.push(next);
            }
            self.at += 2;
            return;
        }
        self.at += 2;
        match next {
            'x' | 'u' if self.peek(0) == '{' => self.braced(pieces),
            'x' => self.code_point(2, 16, pieces),
            'u' => self.code_point(4, 16, pieces),
            'U' => self.code_point(8, 16, pieces),
            '0'..='7' => {
                self.at -= 1;
                self.code_point(3, 8, pieces);
            }
            '\n' | '\0' => {}
            _ => {
                let known = ESCAPES.iter().find(|(name, _)| *name == next).map(|(_, c)| *c);
                pieces.push(known.unwrap_or(next));
            }
        }
    }

    fn code_point(&mut self, most: usize, radix: u32, pieces: &mut Pieces) {
        let mut value = 0_u32;
        let mut read = 0;
        while read < most
            && let Some(digit) = self.peek(0).to_digit(radix)
        {
            value = value.wrapping_mul(radix).wrapping_add(digit);
            self.at += 1;
            read += 1;
        }
        if let Some(c) = char::from_u32(value) {
            pieces.push(c);
        }
    }

    fn braced(&mut self, pieces: &mut Pieces) {
        self.at += 1;
        self.code_point(8, 16, pieces);
        if self.peek(0) == '}' {
            self.at += 1;
        }
    }

    /// Cuts out code put into the string at this place.
    fn interpolation(&mut self, pieces: &mut Pieces) -> bool {
        let (c, next) = (self.peek(0), self.peek(1));
        match self.grammar.interpolation {
            Interpolation::None => false,
            Interpolation::Brace => match (c, next) {
                ('{', '{') | ('}', '}') => {
                    pieces.push(c);
                    self.at += 2;
                    true
                }
                ('{', _) => self.cut(1, pieces, formatted),
                _ => false,
            },
            Interpolation::DollarBrace => c == '$' && next == '{' && self.cut(2, pieces, str::to_owned),
            Interpolation::HashBrace => c == '#' && next == '{' && self.cut(2, pieces, str::to_owned),
            Interpolation::Dollar => self.dollar(c, next, pieces),
        }
    }

    fn dollar(&mut self, c: char, next: char, pieces: &mut Pieces) -> bool {
        match (c, next) {
            ('$', '(') => self.cut(2, pieces, str::to_owned),
            ('$', '{') => self.cut(2, pieces, braced_name),
            ('{', '$') => self.cut(1, pieces, str::to_owned),
            ('@', '{') => self.cut(2, pieces, |code| code.trim_matches(['[', ']', ' ', '\\']).to_owned()),
            ('$', next) if next.is_alphanumeric() || next == '_' => {
                self.variable(pieces);
                true
            }
            ('@', next) if self.grammar.sigils.contains('@') && (next.is_alphabetic() || next == '_') => {
                self.variable(pieces);
                true
            }
            _ => false,
        }
    }

    /// `$name`, `$name[0]`, `$name{key}`, `$name->{key}`.
    fn variable(&mut self, pieces: &mut Pieces) {
        let start = self.at;
        self.at += 1;
        while self.peek(0).is_alphanumeric() || self.peek(0) == '_' {
            self.at += 1;
        }
        let arrow = self.peek(0) == '-' && self.peek(1) == '>' && matches!(self.peek(2), '[' | '{');
        let ahead = if arrow { 2 } else { 0 };
        let close = match self.peek(ahead) {
            '[' => ']',
            '{' if self.grammar.quote_words => '}',
            _ => '\0',
        };
        let mut length = 0;
        while close != '\0' && length < 64 && self.peek(ahead + length) != '\0' {
            if self.peek(ahead + length) == close {
                self.at += ahead + length + 1;
                break;
            }
            length += 1;
        }
        pieces.code(self.text.get(start..self.at).unwrap_or_default().iter().collect());
    }

    fn cut(&mut self, open: usize, pieces: &mut Pieces, clean: fn(&str) -> String) -> bool {
        let start = self.at + open;
        if self.failures > 64 {
            return false;
        }
        let Some(end) = balanced(&self.text, start) else {
            self.failures += 1;
            return false;
        };
        let code: String = self.text.get(start..end).unwrap_or_default().iter().collect();
        pieces.code(clean(&code));
        self.at = end + 1;
        true
    }
}

/// The name in `${name}` with its sigil back; other code as it is.
fn braced_name(code: &str) -> String {
    if code.chars().all(|c| c.is_alphanumeric() || c == '_') { format!("${code}") } else { code.to_owned() }
}

/// The expression of an f-string part, without its conversion and format.
fn formatted(code: &str) -> String {
    let mut depth = 0_usize;
    let mut quote = None;
    for (index, c) in code.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, ':') if depth == 0 => return code.get(..index).unwrap_or(code).to_owned(),
            (None, '!') if depth == 0 && !code.get(index + 1..).unwrap_or_default().starts_with('=') => {
                return code.get(..index).unwrap_or(code).to_owned();
            }
            _ => {}
        }
    }
    code.trim_end().trim_end_matches('=').to_owned()
}

/// How far the end of an interpolation may lie from its start.
const LONGEST: usize = 16_384;

/// The index of the bracket that closes the one before `start`; strings and nested brackets are skipped.
fn balanced(text: &[char], start: usize) -> Option<usize> {
    let mut open: Vec<char> = Vec::new();
    let mut at = start;
    while at < text.len() && at - start < LONGEST {
        let c = *text.get(at)?;
        let inside = open.last().copied();
        match (inside, c) {
            (_, '\\') => at += 1,
            (Some(quote @ ('"' | '\'')), _) if c == quote => {
                open.pop();
            }
            (Some('`'), '`') => {
                open.pop();
            }
            (Some('`'), '$') if text.get(at + 1) == Some(&'{') => {
                open.push('{');
                at += 1;
            }
            (Some('`'), _) => {}
            (_, '"' | '\'' | '`' | '{' | '(' | '[') => open.push(c),
            (None, '}' | ')' | ']') => return Some(at),
            (Some(_), '}' | ')' | ']') => {
                open.pop();
            }
            _ => {}
        }
        at += 1;
    }
    None
}
