//! Builders for this layer's tests.

use super::bundle::Bundle;
use super::layers::LayerKind;
use super::load::{Checks, Source, load};
use super::ruleset::{RuleLayer, RuleSet};
use crate::syntax::{Analysis, Arg, Invocation, Origin, Seg, Span, Stdin, Stdout, Unknown, Value};

/// A word as a test writes it: `$NAME` is unknown, in `\"…\"` it is quoted.
pub(super) fn word(text: &str) -> Value {
    let quoted = text.contains('"');
    let text = text.replace('"', "");
    let mut value = Value::default();
    for (n, part) in text.split('$').enumerate() {
        if n == 0 {
            value.push_lit(part);
            continue;
        }
        let end = part.find(|c: char| !(c.is_alphanumeric() || "_@[]".contains(c))).unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        let origin = if name == "@" { Origin::Positional } else { Origin::Variable(name.to_owned()) };
        value.push(Seg::Unknown(Unknown { origin, quoted, may_be_empty: true, token: false }));
        value.push_lit(rest);
    }
    value
}

/// An invocation from words with single blanks between; `NAME=value` in front are assignments.
pub(super) fn invocation(line: &str) -> Invocation {
    let mut words: Vec<(Value, Span)> = Vec::new();
    let mut at = 0;
    for text in line.split(' ') {
        words.push((word(text), Span::new(at, at + text.len())));
        at += text.len() + 1;
    }
    let is_assign = |value: &Value| {
        value.prefix().split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase()))
    };
    let first = words.iter().position(|(value, _)| !is_assign(value)).unwrap();
    let assigns: Vec<_> = words[..first]
        .iter()
        .map(|(value, _)| {
            let (name, rest) = value.prefix().split_once('=').unwrap();
            let mut value = Value::lit(rest);
            value.push_value(&Value::default());
            (name.to_owned(), value)
        })
        .collect();
    let args = words[first + 1..].iter().map(|(value, span)| Arg { value: value.clone(), span: *span }).collect();
    Invocation {
        program: Arg { value: words[first].0.clone(), span: words[first].1 }.into(),
        args,
        assigns: assigns.into(),
        redirects: Vec::new(),
        stdin: Stdin::Inherit,
        stdout: Stdout::Inherit,
        cwd: Value::lit("/w"),
        via: Vec::new(),
        elevated: false,
        remote: None,
        span: Span::new(0, line.len()),
        facts: Vec::new(),
        wrapper: false,
        repeated: false,
    }
}

/// A line of several invocations.
pub(super) fn line(commands: &[&str]) -> Analysis {
    let mut from = 0;
    let mut analysis = Analysis::default();
    for command in commands {
        let mut inv = invocation(command);
        let shift = |span: Span| Span::new(span.start + from, span.end + from);
        inv.span = shift(inv.span);
        *inv.program.span_mut() = shift(inv.program.span);
        inv.args.iter_mut().for_each(|arg| arg.span = shift(arg.span));
        from += command.len() + 2;
        analysis.invocations.push(inv);
    }
    analysis
}

/// Rules from a pack's text.
pub(super) fn bundle(text: &str) -> Bundle {
    let checks = Checks { built_in: false, examples: 0, condition: &super::condition::check, taken: &|_| false };
    let loaded = load(&[Source { file: "t.yaml", text }], &checks);
    assert!(loaded.problems.is_empty(), "{}", loaded.problems[0]);
    Bundle::build(&loaded.rules, &loaded.programs).unwrap()
}

/// A rule set of packs, the first being the built-in one.
pub(super) fn rules(packs: &[(LayerKind, bool, &str)]) -> RuleSet {
    let layer = |(kind, trusted, text): &(LayerKind, bool, &str)| RuleLayer {
        kind: *kind,
        trusted: *trusted,
        bundle: bundle(text),
    };
    RuleSet::new(packs.iter().map(layer).collect())
}
