//! Reads PowerShell text: words, quotes, groups, variables.

use super::super::val::{self, Val, unknown};
use crate::syntax::{Origin, Seg, Value};

/// A word of a command.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Word(Value),
    /// Quoted text.
    Text(Value),
    /// What stands in parentheses or braces, unread.
    Group(char, String),
}

enum Next {
    Item(Item),
    Pipe,
    End,
}

/// The state of reading.
pub(super) struct Reader {
    text: Vec<char>,
    at: usize,
}

/// Variables and their values, the last one counts.
pub(super) type Vars = [(String, Value)];

impl Reader {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.chars().collect(), at: 0 }
    }

    /// The commands of the next pipeline.
    pub(super) fn pipeline(&mut self, vars: &Vars) -> Option<Vec<Vec<Item>>> {
        let mut pipeline = Vec::new();
        let mut command = Vec::new();
        while let Some(next) = self.next(vars) {
            match next {
                Next::Item(item) => command.push(item),
                Next::Pipe => pipeline.push(std::mem::take(&mut command)),
                Next::End => {
                    pipeline.push(command);
                    return Some(pipeline);
                }
            }
        }
        if pipeline.is_empty() && command.is_empty() {
            return None;
        }
        pipeline.push(command);
        Some(pipeline)
    }

    fn peek(&self, ahead: usize) -> char {
        self.text.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn next(&mut self, vars: &Vars) -> Option<Next> {
        loop {
            let c = self.peek(0);
            if self.at >= self.text.len() {
                return None;
            }
            match c {
                ' ' | '\t' | '\r' => self.at += 1,
                '`' if self.peek(1) == '\n' => self.at += 2,
                '#' => {
                    while self.at < self.text.len() && self.peek(0) != '\n' {
                        self.at += 1;
                    }
                }
                '<' if self.peek(1) == '#' => {
                    while self.at < self.text.len() && !(self.peek(0) == '#' && self.peek(1) == '>') {
                        self.at += 1;
                    }
                    self.at += 2;
                }
                '\n' | ';' => {
                    self.at += 1;
                    return Some(Next::End);
                }
                '|' | '&' if self.peek(1) == c => {
                    self.at += 2;
                    return Some(Next::End);
                }
                '|' => {
                    self.at += 1;
                    return Some(Next::Pipe);
                }
                _ => return Some(Next::Item(self.item(vars))),
            }
        }
    }

    fn item(&mut self, vars: &Vars) -> Item {
        match (self.peek(0), self.peek(1)) {
            ('(' | '{', _) => self.group(),
            ('$' | '@', '(' | '{') => {
                self.at += 1;
                self.group()
            }
            (')' | '}', _) => {
                self.at += 1;
                Item::Word(Value::lit(")"))
            }
            ('@', quote @ ('"' | '\'')) => self.here_string(quote),
            (quote @ ('"' | '\''), _) => Item::Text(self.quoted(quote, vars)),
            ('+' | ',', '"' | '\'' | ' ' | '(' | '$') => {
                let sign = self.peek(0).to_string();
                self.at += 1;
                Item::Word(Value::lit(sign))
            }
            _ => self.word(vars),
        }
    }

    fn group(&mut self) -> Item {
        let open = self.peek(0);
        let close = if open == '(' { ')' } else { '}' };
        let start = self.at + 1;
        let mut depth = 0_usize;
        let mut quote = None;
        while self.at < self.text.len() {
            let c = self.peek(0);
            match quote {
                Some(own) if c == own => quote = None,
                None if c == '"' || c == '\'' => quote = Some(c),
                None if c == open => depth += 1,
                None if c == close => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        let inner = self.text.get(start..self.at).unwrap_or_default().iter().collect();
        self.at += 1;
        Item::Group(open, inner)
    }

    fn here_string(&mut self, quote: char) -> Item {
        self.at += 2;
        let start = self.at;
        while self.at < self.text.len() && !(self.peek(0) == '\n' && self.peek(1) == quote && self.peek(2) == '@') {
            self.at += 1;
        }
        let text: String = self.text.get(start..self.at).unwrap_or_default().iter().collect();
        self.at += 3;
        Item::Text(Val::marked(text.trim_start_matches('\n')))
    }

    fn quoted(&mut self, quote: char, vars: &Vars) -> Value {
        self.at += 1;
        let mut value = Value::default();
        while self.at < self.text.len() {
            let c = self.peek(0);
            if c == quote {
                if self.peek(1) != quote {
                    self.at += 1;
                    break;
                }
                self.at += 1;
                value.push_lit(&c.to_string());
            } else if c == '`' && quote == '"' {
                self.at += 1;
                value.push_lit(&self.peek(0).to_string());
            } else if c == '$' && quote == '"' {
                self.variable(&mut value, vars);
                continue;
            } else {
                value.push_lit(&c.to_string());
            }
            self.at += 1;
        }
        marked(&value)
    }

    fn word(&mut self, vars: &Vars) -> Item {
        let mut value = Value::default();
        let start = self.at;
        while self.at < self.text.len() {
            let c = self.peek(0);
            match c {
                '`' => {
                    self.at += 1;
                    value.push_lit(&self.peek(0).to_string());
                    self.at += 1;
                }
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '(' | ')' | '{' | '}' => break,
                '"' | '\'' => {
                    let text = self.quoted(c, vars);
                    value.push_value(&text);
                }
                '$' if !self.is_target(start) => {
                    self.variable(&mut value, vars);
                    self.property(&mut value);
                }
                _ => {
                    value.push_lit(&c.to_string());
                    self.at += 1;
                }
            }
        }
        if self.at == start {
            self.at += 1;
        }
        Item::Word(marked(&value))
    }

    /// `.Name` behind a variable: the path of a file, or something unknown.
    fn property(&mut self, value: &mut Value) {
        if self.peek(0) != '.' || !self.peek(1).is_alphabetic() {
            return;
        }
        let start = self.at + 1;
        while self.peek(0) == '.' || self.peek(0).is_alphanumeric() || self.peek(0) == '_' {
            self.at += 1;
        }
        let name: String = self.text.get(start..self.at).unwrap_or_default().iter().collect();
        if !matches!(name.to_lowercase().as_str(), "fullname" | "path" | "pspath" | "name") {
            *value = unknown();
        }
    }

    /// A variable that is being assigned keeps its name.
    fn is_target(&self, start: usize) -> bool {
        if start != self.at {
            return false;
        }
        let mut ahead = 1;
        while self.peek(ahead).is_alphanumeric() || matches!(self.peek(ahead), '_' | ':') {
            ahead += 1;
        }
        while self.peek(ahead) == ' ' {
            ahead += 1;
        }
        self.peek(ahead) == '=' && self.peek(ahead + 1) != '='
    }

    fn variable(&mut self, value: &mut Value, vars: &Vars) {
        self.at += 1;
        let braced = self.peek(0) == '{';
        if self.peek(0) == '(' {
            let Item::Group(..) = self.group() else { return };
            value.push_value(&unknown());
            return;
        }
        self.at += usize::from(braced);
        let mut name = String::new();
        while self.peek(0).is_alphanumeric() || matches!(self.peek(0), '_' | ':') {
            name.push(self.peek(0).to_ascii_lowercase());
            self.at += 1;
        }
        self.at += usize::from(braced && self.peek(0) == '}');
        let known = vars.iter().rev().find(|(own, _)| *own == name).map(|(_, value)| value.clone());
        match (known, name.as_str()) {
            (Some(known), _) => val::append(value, &known),
            (None, "home" | "env:userprofile" | "env:home") => value.push_lit("~"),
            (None, "env:temp" | "env:tmp") => value.push_lit("/tmp"),
            (None, "true" | "false" | "null") => value.push_lit(&format!("${name}")),
            (None, "pwd") => value.push_lit("."),
            (None, name) => value.push_value(&match name.strip_prefix("env:") {
                Some(name) => Value::unknown(Origin::Variable(name.to_uppercase())),
                None => unknown(),
            }),
        }
    }
}

/// Puts unknown parts in the place of the caller's marks.
fn marked(value: &Value) -> Value {
    let mut out = Value::default();
    for seg in value.segs() {
        match seg {
            Seg::Lit(text) => out.push_value(&Val::marked(text)),
            other => out.push(other.clone()),
        }
    }
    out
}
