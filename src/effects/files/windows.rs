//! What is left of `cmd` in the logs of agents: `del`, `rd`, `format`.

use super::super::scope::{self, Target};
use super::super::{Certainty, Cx, Effect, EffectKind, Scope, Trait};
use crate::syntax::{Arg, Invocation, Value};

/// `cmd /c del …`, and the builtins by their own names.
pub(super) fn cmd(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    if matches!(inv.name(), Some("rd")) {
        return rd(inv, cx, out);
    }
    if matches!(inv.name(), Some("erase")) {
        return del(inv, cx, out);
    }
    let text: Vec<String> = inv.args.iter().map(|arg| arg.value.text().into_owned()).collect();
    let Some(at) = text.iter().position(|word| matches!(word.to_lowercase().as_str(), "/c" | "/k" | "//c")) else {
        return;
    };
    let line = text.get(at + 1..).unwrap_or_default().join(" ");
    for command in line.split(['&', '|', ';']).take(32) {
        let mut words = command.split_whitespace();
        let name = words.next().unwrap_or_default().to_lowercase();
        let words: Vec<Arg> = words.map(|word| Arg::lit(word.trim_matches('"'), inv.span)).collect();
        builtin(&name, &words, inv, cx, out);
    }
}

fn builtin(name: &str, words: &[Arg], inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    match name {
        "del" | "erase" | "rd" | "rmdir" => delete(words, has(words, "/s"), inv, cx, out),
        "format" | "diskpart" => {
            let target = words.first().map_or_else(|| name.to_owned(), |arg| arg.value.text().into_owned());
            out.push(cx.effect(EffectKind::FsDevice, target, Scope::System, inv.span).with([Trait::Whole]));
        }
        _ => {}
    }
}

fn has(words: &[Arg], option: &str) -> bool {
    words.iter().any(|arg| arg.value.text().eq_ignore_ascii_case(option))
}

pub(super) fn rd(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    delete(&inv.args, has(&inv.args, "/s"), inv, cx, out);
}

pub(super) fn del(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    delete(&inv.args, has(&inv.args, "/s"), inv, cx, out);
}

fn delete(words: &[Arg], recursive: bool, inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    for arg in words.iter().filter(|arg| !is_option(&arg.value)) {
        for target in targets(&arg.value, inv, cx) {
            let effect = target.effect(EffectKind::FsDelete, cx, arg.span);
            out.push(if recursive { effect.with([Trait::Recursive]) } else { effect });
        }
    }
}

fn is_option(value: &Value) -> bool {
    value.literal().is_some_and(|text| {
        text.len() == 2 && text.starts_with('/') && text.bytes().all(|b| b == b'/' || b.is_ascii_alphabetic())
            || text.starts_with("/a:")
    })
}

/// Backslashes part folders; a drive by itself is the root of everything.
fn targets(value: &Value, inv: &Invocation, cx: &Cx<'_>) -> Vec<Target> {
    let text = value.text().replace('\\', "/");
    let drive = text
        .split_once(':')
        .filter(|(letter, _)| letter.len() == 1)
        .map(|(_, rest)| rest.trim_end_matches(['/', '*', '.']).to_owned());
    match drive {
        Some(rest) => {
            let lower = rest.to_lowercase();
            let (scope, traits) = match lower.as_str() {
                "" => (Scope::Root, vec![Trait::Whole]),
                "/windows" | "/program files" | "/users" => (Scope::System, vec![Trait::Whole]),
                _ if lower.starts_with("/windows") || lower.starts_with("/program") => (Scope::System, Vec::new()),
                _ if lower.contains("/temp/") => (Scope::Temp, Vec::new()),
                _ => (Scope::OutsideWorkspace, Vec::new()),
            };
            vec![Target { path: value.text().into_owned(), scope, certainty: Certainty::Certain, traits }]
        }
        None if text.contains('%') => vec![Target {
            path: text,
            scope: Scope::Unknown,
            certainty: Certainty::Likely,
            traits: vec![Trait::UnknownTarget],
        }],
        None => scope::entries(&Value::lit(text), cx, inv),
    }
}
