//! A look into awk programs and sed scripts.

use super::lex::{Form, Grammar, Kind, PLAIN, Piece, Token, tokens};
use super::val::{self, MARK, Val, unknown};
use super::{CodeFact, Look, Run};
use crate::syntax::Value;

const GRAMMAR: Grammar = Grammar { strings: &[("\"", "\"", Form::Escaped)], regex: true, ..PLAIN };

/// Files that stand for the program's own descriptors.
const DESCRIPTORS: &[&str] = &["/dev/stdout", "/dev/stderr", "/dev/stdin", "/dev/null", "/dev/tty", "-"];

/// Looks into an awk program.
pub(super) fn awk(code: &str) -> Look {
    let tokens = tokens(&GRAMMAR, code);
    let mut awk = Awk { tokens: &tokens, vars: Vec::new(), look: Look::default() };
    for at in 0..tokens.len() {
        awk.token(at);
    }
    awk.look
}

struct Awk<'t> {
    tokens: &'t [Token],
    vars: Vec<(String, Value)>,
    look: Look,
}

impl Awk<'_> {
    fn get(&self, at: usize) -> Option<&Token> {
        self.tokens.get(at)
    }

    fn is(&self, at: usize, op: &str) -> bool {
        self.get(at).is_some_and(|token| token.is(op))
    }

    fn word(&self, at: usize) -> Option<&str> {
        self.get(at).and_then(Token::word)
    }

    fn token(&mut self, at: usize) {
        match self.get(at).map(|token| &token.kind) {
            Some(Kind::Word(word)) => match word.as_str() {
                "system" if self.is(at + 1, "(") => {
                    let end = self.get(at + 1).map_or(at, |token| token.mate);
                    let text = self.concat(at + 2, end);
                    self.shell(text, "system");
                }
                "print" | "printf" => self.print(at),
                "getline" => self.getline(at),
                "ENVIRON" => self.environ(at),
                "sub" | "gsub" => {}
                name if self.is(at + 1, "=") && self.vars.len() < 256 => {
                    let name = name.to_owned();
                    let value = self.concat(at + 2, self.statement_end(at + 2));
                    self.vars.push((name, value));
                }
                _ => {}
            },
            Some(Kind::Op("@")) if self.word(at + 1) == Some("load") => {
                self.look.facts.push(CodeFact::Opaque("@load".to_owned()));
            }
            Some(Kind::Op("@")) if self.is(at + 2, "(") => {
                self.look.facts.push(CodeFact::Opaque("a function named at run time".to_owned()));
            }
            _ => {}
        }
    }

    fn statement_end(&self, from: usize) -> usize {
        let mut at = from;
        while let Some(token) = self.get(at) {
            match &token.kind {
                Kind::Newline | Kind::Op(";" | "}" | ")") => break,
                Kind::Op("(" | "[") => at = token.mate.max(at),
                _ => {}
            }
            at += 1;
        }
        at
    }

    /// `print … > file`, `print … | command`; comparisons stand in parentheses there.
    fn print(&mut self, start: usize) {
        let end = self.statement_end(start + 1);
        let mut at = start + 1;
        while at < end {
            let Some(token) = self.get(at) else { break };
            match token.kind {
                Kind::Op("(" | "[") => at = token.mate.max(at),
                Kind::Op("|") => {
                    let from = at + 1 + usize::from(self.is(at + 1, "&"));
                    let text = self.concat(from, end);
                    if super::process::is_bare_shell(&Run::Shell(text.clone())) {
                        let printed = self.concat(start + 1, at);
                        // Without words it is the line that was read.
                        self.shell(if printed.is("") { unknown() } else { printed }, "print |");
                    } else if !self.inet(&text, true) {
                        self.shell(text, "print |");
                    }
                    return;
                }
                Kind::Op(">" | ">>") => {
                    let path = self.concat(at + 1, end);
                    let descriptor = path.literal().is_some_and(|path| DESCRIPTORS.contains(&path));
                    if !path.is_wholly_unknown() && !descriptor && !path.is("") {
                        self.look.facts.push(CodeFact::Overwrite(path));
                    }
                    return;
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// `command | getline`, `getline < file`.
    fn getline(&mut self, at: usize) {
        let before = at.checked_sub(1).filter(|&at| self.is(at, "|"));
        let coprocess = at.checked_sub(2).filter(|&place| self.is(place, "|") && self.is(at - 1, "&"));
        if let Some(pipe) = before.or(coprocess) {
            let mut start = pipe;
            while start > 0 {
                let ends = self.get(start - 1).is_none_or(|token| {
                    matches!(token.kind, Kind::Newline | Kind::Op(";" | "{" | "}" | "(" | "&&" | "||" | "!"))
                });
                if ends || pipe - start > 32 {
                    break;
                }
                start -= 1;
            }
            let text = self.concat(start, pipe);
            if !self.inet(&text, false) {
                self.shell(text, "getline");
            }
            return;
        }
        let sign = (at + 1..at + 3).find(|&place| self.is(place, "<"));
        if let Some(sign) = sign {
            let path = self.concat(sign + 1, self.statement_end(sign + 1).min(sign + 2));
            if !path.is_wholly_unknown() && !path.is("-") {
                self.look.facts.push(CodeFact::Read(path));
            }
        }
    }

    fn environ(&mut self, at: usize) {
        let name = match self.get(at + 2).map(|token| &token.kind) {
            Some(Kind::Text(pieces)) if self.is(at + 1, "[") => match pieces.as_slice() {
                [Piece::Lit(name)] => Some(name.clone()),
                _ => return,
            },
            _ if self.is(at + 1, "[") => return,
            _ => None,
        };
        self.look.facts.push(CodeFact::ReadEnv(name));
    }

    /// gawk's `/inet/tcp/0/host/port`.
    fn inet(&mut self, text: &Value, sends: bool) -> bool {
        let Some(rest) = text.prefix().strip_prefix("/inet") else { return false };
        let host = rest.split('/').nth(3).map_or_else(unknown, Value::lit);
        let fact = CodeFact::Network { host, sends };
        if !self.look.facts.contains(&fact) {
            self.look.facts.push(fact);
        }
        true
    }

    fn shell(&mut self, text: Value, what: &str) {
        if text.is("") || self.look.runs.len() >= 256 {
            return;
        }
        let hidden = text.is_wholly_unknown();
        self.look.runs.push(if hidden { Run::Hidden(what.to_owned()) } else { Run::Shell(text) });
    }

    /// Values side by side are put together.
    fn concat(&self, from: usize, to: usize) -> Value {
        let mut value = Value::default();
        let mut at = from;
        while at < to.min(from + 128) {
            let Some(token) = self.get(at) else { break };
            match &token.kind {
                Kind::Text(pieces) => {
                    for piece in pieces {
                        if let Piece::Lit(text) = piece {
                            value.push_value(&Val::marked(text));
                        }
                    }
                }
                Kind::Number(number) => value.push_lit(number),
                Kind::Word(name) => {
                    let known = self.vars.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.clone());
                    val::append(&mut value, &known.unwrap_or_else(unknown));
                    if self.is(at + 1, "(") || self.is(at + 1, "[") {
                        at = self.get(at + 1).map_or(at, |token| token.mate);
                    }
                }
                Kind::Op("$") => {
                    value.push_value(&unknown());
                    at = if self.is(at + 1, "(") { self.get(at + 1).map_or(at, |token| token.mate) } else { at + 1 };
                }
                Kind::Op(",") => value.push_value(&unknown()),
                _ => {}
            }
            at += 1;
        }
        value
    }
}

/// Looks into a sed script.
pub(super) fn sed(code: &str) -> Look {
    let mut sed = Sed { text: code.chars().collect(), at: 0, look: Look::default() };
    while sed.at < sed.text.len() {
        let before = sed.at;
        sed.command();
        if sed.at == before {
            sed.at += 1;
        }
    }
    sed.look
}

struct Sed {
    text: Vec<char>,
    at: usize,
    look: Look,
}

impl Sed {
    fn peek(&self) -> char {
        self.text.get(self.at).copied().unwrap_or('\0')
    }

    fn address(&mut self) {
        loop {
            match self.peek() {
                '0'..='9' | '$' | ',' | '~' | '+' | '!' | ' ' | '\t' | ';' | '\n' | '{' | '}' => self.at += 1,
                '/' => {
                    self.part('/');
                    self.address_flags();
                }
                '\\' => {
                    self.at += 1;
                    let delimiter = self.peek();
                    self.part(delimiter);
                    self.address_flags();
                }
                '_' if self
                    .text
                    .get(self.at..)
                    .is_some_and(|rest| MARK.chars().eq(rest.iter().copied().take(MARK.len()))) =>
                {
                    self.at += MARK.len();
                }
                _ => return,
            }
        }
    }

    fn address_flags(&mut self) {
        while matches!(self.peek(), 'I' | 'M') {
            self.at += 1;
        }
    }

    /// What stands between this delimiter and the next one; steps over both.
    fn part(&mut self, delimiter: char) -> String {
        self.at += 1;
        self.until(delimiter, true)
    }

    /// Up to the delimiter and over it; in a pattern, brackets hide it.
    fn until(&mut self, delimiter: char, pattern: bool) -> String {
        let mut out = String::new();
        while self.at < self.text.len() {
            let c = self.peek();
            self.at += 1;
            if c == '\\' {
                let next = self.peek();
                if next != delimiter {
                    out.push('\\');
                }
                out.push(next);
                self.at += 1;
            } else if c == delimiter {
                break;
            } else if pattern && c == '[' {
                out.push(c);
                self.bracket(&mut out);
            } else {
                out.push(c);
            }
        }
        out
    }

    /// The rest of a bracket expression; nothing where it does not end on its line.
    fn bracket(&mut self, out: &mut String) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let skip = rest.iter().take(2).take_while(|c| matches!(c, '^' | ']')).count();
        let close = rest.iter().take(256).skip(skip).position(|c| matches!(c, ']' | '\n'));
        if let Some(length) = close.map(|length| skip + length).filter(|&length| rest.get(length) == Some(&']')) {
            out.extend(rest.iter().take(length + 1));
            self.at += length + 1;
        }
    }

    fn line(&mut self) -> String {
        let mut out = String::new();
        while self.at < self.text.len() && self.peek() != '\n' {
            out.push(self.peek());
            self.at += 1;
        }
        out.trim().to_owned()
    }

    fn command(&mut self) {
        self.address();
        let command = self.peek();
        self.at += 1;
        match command {
            's' => self.substitute(),
            'y' => {
                let delimiter = self.peek();
                self.part(delimiter);
                self.until(delimiter, false);
            }
            'e' => {
                let text = self.line();
                self.look.runs.push(if text.is_empty() {
                    Run::Hidden("sed e".to_owned())
                } else {
                    Run::Shell(Val::marked(&text))
                });
            }
            'w' | 'W' => {
                let path = self.line();
                self.write(&path);
            }
            'r' | 'R' => {
                let path = self.line();
                if !path.is_empty() && !DESCRIPTORS.contains(&path.as_str()) {
                    self.look.facts.push(CodeFact::Read(Val::marked(&path)));
                }
            }
            'a' | 'i' | 'c' => self.text_lines(),
            ':' | 'b' | 't' | 'T' => {
                while !matches!(self.peek(), '\0' | '\n' | ';' | '}') {
                    self.at += 1;
                }
            }
            '#' => {
                self.line();
            }
            _ => {}
        }
    }

    fn write(&mut self, path: &str) {
        if !path.is_empty() && !DESCRIPTORS.contains(&path) {
            self.look.facts.push(CodeFact::Overwrite(Val::marked(path)));
        }
    }

    fn text_lines(&mut self) {
        loop {
            let line = self.line();
            self.at += 1;
            if !line.ends_with('\\') || self.at >= self.text.len() {
                return;
            }
        }
    }

    fn substitute(&mut self) {
        let delimiter = self.peek();
        if delimiter == '\0' || delimiter.is_alphanumeric() || delimiter == '\n' {
            return;
        }
        let pattern = self.part(delimiter);
        let replacement = self.until(delimiter, false);
        loop {
            match self.peek() {
                'e' => {
                    let whole = matches!(pattern.as_str(), ".*" | "^.*$" | ".*$" | "^.*" | "^" | "$");
                    self.look.runs.push(if whole && !replacement.contains(['&', '\\']) {
                        Run::Shell(Val::marked(&replacement))
                    } else {
                        Run::Hidden("sed s///e".to_owned())
                    });
                }
                'w' => {
                    self.at += 1;
                    let path = self.line();
                    self.write(&path);
                    return;
                }
                'g' | 'p' | 'i' | 'I' | 'm' | 'M' | '0'..='9' => {}
                _ => return,
            }
            self.at += 1;
        }
    }
}
