//! Expansion of make's variables and plain functions.

use super::read::Makefile;
use super::{Cx, MOST_DEPTH, MOST_LINES, MOST_TEXT};
use crate::syntax::{Origin, Seg, Unknown, Value};

/// Expands `$(NAME)`, `${NAME}`, `$@` and their like.
pub(super) struct Expander<'a> {
    pub(super) cx: &'a Cx<'a>,
    pub(super) makefile: &'a Makefile,
    pub(super) target: &'a str,
    pub(super) needs: &'a [String],
    /// Bytes yielded so far, over all expansions.
    pub(super) spent: &'a mut usize,
    /// Text of `$(shell …)` that came by.
    pub(super) shells: Vec<Value>,
}

impl Expander<'_> {
    pub(super) fn expand(&mut self, value: &Value, depth: usize) -> Value {
        let mut out = Value::default();
        for seg in value.segs() {
            match seg {
                Seg::Lit(text) => self.expand_text(text, depth, &mut out),
                other => out.push(other.clone()),
            }
        }
        out
    }

    fn text(&mut self, text: &str, depth: usize) -> Value {
        let mut out = Value::default();
        self.expand_text(text, depth, &mut out);
        out
    }

    fn expand_text(&mut self, text: &str, depth: usize, out: &mut Value) {
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('$') {
            *self.spent += before.len() + 1;
            out.push_lit(before);
            if *self.spent > MOST_TEXT {
                out.push_value(&hidden("make"));
                return;
            }
            let Some(c) = behind.chars().next() else { return };
            let width = c.len_utf8();
            if matches!(c, '(' | '{') {
                let close = closing(behind);
                let name = behind.get(width..close).unwrap_or("");
                let value = self.reference(name, depth);
                *self.spent +=
                    value.segs().iter().map(|seg| if let Seg::Lit(text) = seg { text.len() } else { 1 }).sum::<usize>();
                out.push_value(&value);
                rest = behind.get(close + 1..).unwrap_or("");
            } else {
                match c {
                    '$' => out.push_lit("$"),
                    c => out.push_value(&self.reference(&c.to_string(), depth)),
                }
                rest = behind.get(width..).unwrap_or("");
            }
        }
        *self.spent += rest.len();
        out.push_lit(rest);
    }

    fn reference(&mut self, name: &str, depth: usize) -> Value {
        if depth >= MOST_DEPTH {
            return hidden(name);
        }
        match name {
            "@" => return Value::lit(self.target),
            "<" => return self.needs.first().map_or(Value::default(), Value::lit),
            "^" | "+" | "?" => return Value::lit(self.needs.join(" ")),
            "*" => return hidden("stem"),
            "MAKE" => return Value::lit("make"),
            "CURDIR" | "PWD" => return Value::lit(self.makefile.folder.as_str()),
            "MAKEFILE_LIST" => return Value::lit(format!("{}/Makefile", self.makefile.folder)),
            _ => {}
        }
        if let Some((function, words)) = name.split_once(char::is_whitespace) {
            return self.function(function, words.trim_start(), depth);
        }
        let (name, change) = name.split_once(':').map_or((name, None), |(name, change)| (name, Some(change)));
        if name.contains('$') {
            return hidden(name);
        }
        let value = self.variable(name, depth);
        match (change.and_then(|change| change.split_once('=')), value.literal()) {
            (None, _) => value,
            (Some((from, to)), Some(words)) if from.contains('%') => Value::lit(substitute(words, from, to)),
            (Some((from, to)), Some(words)) => Value::lit(substitute(words, &format!("%{from}"), &format!("%{to}"))),
            _ => hidden(name),
        }
    }

    fn variable(&mut self, name: &str, depth: usize) -> Value {
        if let Some(var) = self.makefile.vars.get(name) {
            return if var.simple { var.value.clone() } else { self.expand(&var.value, depth + 1) };
        }
        match (self.cx.var(name), builtin(name)) {
            (Some(value), _) => value,
            (None, Some(value)) => Value::lit(value),
            (None, None) if self.makefile.partial => hidden(name),
            (None, None) => Value::default(),
        }
    }

    /// `$(shell cmd)` becomes a command substitution; functions of known words are worked out.
    fn function(&mut self, function: &str, words: &str, depth: usize) -> Value {
        match function {
            "shell" => {
                let text = self.text(words, depth + 1);
                let mut out = Value::lit("$(");
                out.push_value(&text);
                if self.shells.len() < MOST_LINES {
                    self.shells.push(text);
                }
                out.push_lit(")");
                return out;
            }
            "info" | "warning" | "error" | "eval" => {
                self.text(words, depth + 1);
                return Value::default();
            }
            "if" | "or" | "and" => return self.choice(function, words, depth),
            _ => {}
        }
        let args: Vec<Value> = arguments(words).into_iter().map(|arg| self.text(arg, depth + 1)).collect();
        let known: Option<Vec<&str>> = args.iter().map(Value::literal).collect();
        known.and_then(|args| self.computed(function, &args)).map_or_else(|| hidden(function), Value::lit)
    }

    fn choice(&mut self, function: &str, words: &str, depth: usize) -> Value {
        let args = arguments(words);
        for (index, arg) in args.iter().enumerate() {
            let value = self.text(arg.trim(), depth + 1);
            let Some(text) = value.literal() else { return hidden(function) };
            match (function, text.is_empty(), index) {
                ("if", empty, 0) => {
                    let branch = args.get(if empty { 2 } else { 1 });
                    return branch.map_or(Value::default(), |branch| self.text(branch, depth + 1));
                }
                ("or", false, _) | ("and", true, _) => return value,
                ("and", false, _) if index + 1 == args.len() => return value,
                _ => {}
            }
        }
        Value::default()
    }

    /// The functions over words, of which all are known.
    fn computed(&self, function: &str, args: &[&str]) -> Option<String> {
        let last = *args.last()?;
        let each = |change: &dyn Fn(&str) -> String| last.split_whitespace().map(change).collect::<Vec<_>>().join(" ");
        let matching = |wanted: bool| {
            let patterns: Vec<&str> =
                args.first().map(|patterns| patterns.split_whitespace().collect()).unwrap_or_default();
            let words = last
                .split_whitespace()
                .filter(|word| patterns.iter().any(|pattern| stem(pattern, word).is_some()) == wanted);
            words.collect::<Vec<_>>().join(" ")
        };
        Some(match (function, args) {
            ("wildcard" | "strip", _) => each(&str::to_owned),
            ("sort", _) => {
                let mut words: Vec<&str> = last.split_whitespace().collect();
                words.sort_unstable();
                words.dedup();
                words.join(" ")
            }
            ("abspath" | "realpath", _) => each(&|word| match word {
                word if word.starts_with('/') => word.to_owned(),
                "." => self.makefile.folder.clone(),
                word => format!("{}/{word}", self.makefile.folder),
            }),
            ("addprefix", [front, _]) => each(&|word| format!("{front}{word}")),
            ("addsuffix", [end, _]) => each(&|word| format!("{word}{end}")),
            ("notdir", _) => each(&|word| word.rsplit('/').next().unwrap_or(word).to_owned()),
            ("dir", _) => each(&|word| word.rfind('/').map_or("./", |at| word.get(..=at).unwrap_or(word)).to_owned()),
            ("basename", _) => each(&|word| match word.rsplit_once('.') {
                Some((base, end)) if !end.contains('/') => base.to_owned(),
                _ => word.to_owned(),
            }),
            ("patsubst", [from, to, words]) => substitute(words, from, to),
            ("subst", [from, to, text]) if !from.is_empty() => text.replace(from, to),
            ("filter", [_, _]) => matching(true),
            ("filter-out", [_, _]) => matching(false),
            ("firstword", _) => last.split_whitespace().next().unwrap_or("").to_owned(),
            ("lastword", _) => last.split_whitespace().next_back().unwrap_or("").to_owned(),
            ("word", [number, _]) => {
                let at = number.trim().parse::<usize>().ok()?.checked_sub(1)?;
                last.split_whitespace().nth(at).unwrap_or("").to_owned()
            }
            _ => return None,
        })
    }
}

/// What `%` stands for.
fn stem<'a>(pattern: &str, word: &'a str) -> Option<&'a str> {
    match pattern.split_once('%') {
        Some((front, end)) => word.strip_prefix(front)?.strip_suffix(end),
        None => (pattern == word).then_some(word),
    }
}

fn substitute(words: &str, from: &str, to: &str) -> String {
    let change =
        |word: &str| stem(from.trim(), word).map_or_else(|| word.to_owned(), |stem| to.trim().replacen('%', stem, 1));
    words.split_whitespace().map(change).collect::<Vec<_>>().join(" ")
}

/// Arguments between commas outside of brackets; at most eight.
fn arguments(words: &str) -> Vec<&str> {
    let mut args = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, c) in words.char_indices() {
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 && args.len() < 7 => {
                args.push(words.get(start..at).unwrap_or(""));
                start = at + 1;
            }
            _ => {}
        }
    }
    args.push(words.get(start..).unwrap_or(""));
    args
}

/// make's own variables that name programs; any other one is empty.
fn builtin(name: &str) -> Option<&'static str> {
    Some(match name {
        "RM" => "rm -f",
        "CC" => "cc",
        "CXX" => "c++",
        "AR" => "ar",
        "LD" => "ld",
        "AS" => "as",
        "SHELL" => "/bin/sh",
        _ => return None,
    })
}

fn hidden(name: &str) -> Value {
    let origin = Origin::Variable(name.chars().take(40).collect());
    let mut value = Value::default();
    value.push(Seg::Unknown(Unknown { origin, quoted: false, may_be_empty: true, token: false }));
    value
}

/// Where the bracket that opens `text` closes; the end where it does not.
fn closing(text: &str) -> usize {
    let (open, close) = if text.starts_with('(') { ('(', ')') } else { ('{', '}') };
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
    }
    text.len()
}
