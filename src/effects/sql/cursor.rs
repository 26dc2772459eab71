//! A reader's place in the tokens of one statement.

use super::lex::{Kind, Token};

/// Tokens and a place in them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t, 'a> {
    tokens: &'t [Token<'a>],
    at: usize,
}

impl<'t, 'a> Cursor<'t, 'a> {
    pub(super) const fn new(tokens: &'t [Token<'a>]) -> Self {
        Self { tokens, at: 0 }
    }

    /// The token here.
    pub(super) fn peek(&self) -> Option<&'t Token<'a>> {
        self.tokens.get(self.at)
    }

    /// The tokens from here on.
    pub(super) fn rest(&self) -> &'t [Token<'a>] {
        self.tokens.get(self.at..).unwrap_or(&[])
    }

    /// Goes one token on and returns the one passed.
    pub(super) fn next(&mut self) -> Option<&'t Token<'a>> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// Says whether this keyword is here.
    pub(super) fn is(&self, word: &str) -> bool {
        self.peek().is_some_and(|token| token.is(word))
    }

    /// Passes this keyword if it is here.
    pub(super) fn eat(&mut self, word: &str) -> bool {
        let here = self.is(word);
        self.at += usize::from(here);
        here
    }

    /// Passes one of these keywords if one is here.
    pub(super) fn eat_any(&mut self, words: &[&str]) -> bool {
        let here = self.peek().is_some_and(|token| token.is_any(words));
        self.at += usize::from(here);
        here
    }

    /// Passes this punctuation if it is here.
    pub(super) fn eat_op(&mut self, op: &str) -> bool {
        let here = self.peek().is_some_and(|token| token.op(op));
        self.at += usize::from(here);
        here
    }

    /// Passes these keywords if all are here in this order.
    pub(super) fn eat_all(&mut self, words: &[&str]) -> bool {
        let here = words.iter().zip(self.rest()).filter(|(word, token)| token.is(word)).count() == words.len();
        self.at += if here { words.len() } else { 0 };
        here
    }

    /// Passes `IF [NOT] EXISTS`; says whether it was there.
    pub(super) fn eat_if_exists(&mut self) -> bool {
        self.eat_all(&["IF", "EXISTS"]) || self.eat_all(&["IF", "NOT", "EXISTS"])
    }

    /// Passes `( … )` if it starts here.
    pub(super) fn eat_parens(&mut self) -> bool {
        if !self.peek().is_some_and(|token| token.op("(")) {
            return false;
        }
        self.at += inside(self.rest()).len() + 2;
        self.at = self.at.min(self.tokens.len());
        true
    }

    /// Reads a name with its qualifiers, quotes removed: `db.public.users`.
    pub(super) fn name(&mut self) -> Option<String> {
        let mut name = String::new();
        loop {
            let token = self.peek()?;
            if token.op("%") {
                // A format's `%I` or `%s`: a name that is filled in later.
                name.push('%');
                self.at += 1;
                continue_name(&mut name, self);
                return Some(name);
            } else if matches!(token.kind, Kind::Word | Kind::Name | Kind::Str | Kind::Num) || token.op("*") {
                name.push_str(token.text);
            } else if token.op(":") || token.op("{") || token.op("?") || token.op("$") || token.op("@") {
                // A client's variable or a parameter.
                self.at += 1;
                name.push('$');
                continue_name(&mut name, self);
                return Some(name);
            } else {
                return (!name.is_empty()).then_some(name);
            }
            self.at += 1;
            if !self.eat_op(".") {
                return Some(name);
            }
            name.push('.');
            if self.peek().is_none() {
                return Some(name);
            }
        }
    }

    /// Says whether a keyword stands outside parentheses from here on, and where.
    pub(super) fn find(&self, words: &[&str]) -> Option<usize> {
        find(self.rest(), words).map(|at| self.at + at)
    }

    /// Goes to a place returned by [`Self::find`].
    pub(super) fn seek(&mut self, at: usize) {
        self.at = at.min(self.tokens.len());
    }
}

fn continue_name(name: &mut String, cursor: &mut Cursor<'_, '_>) {
    if let Some(token) =
        cursor.peek().filter(|token| matches!(token.kind, Kind::Word | Kind::Name | Kind::Str | Kind::Num))
    {
        name.push_str(token.text);
        cursor.at += 1;
    }
}

/// The first place outside parentheses where one of these keywords stands.
pub(super) fn find(tokens: &[Token<'_>], words: &[&str]) -> Option<usize> {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        if token.op("(") {
            depth += 1;
        } else if token.op(")") {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && token.is_any(words) {
            return Some(at);
        }
    }
    None
}

/// The tokens inside the parentheses that open at the front; up to the end where they never close.
pub(super) fn inside<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        if token.op("(") {
            depth += 1;
        } else if token.op(")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return tokens.get(1..at).unwrap_or(&[]);
            }
        }
    }
    tokens.get(1..).unwrap_or(&[])
}
