//! What is seen in code, and what stays silent.

mod command;
mod danger;
mod silent;

use super::*;
use crate::syntax::Seg;

pub(super) fn arg(text: &str) -> Arg {
    Arg { value: val::Val::marked(text), span: Span::default() }
}

/// A value as one text: globs in angle brackets, unknown parts as `?`.
pub(super) fn show(value: &Value) -> String {
    value
        .segs()
        .iter()
        .map(|seg| match seg {
            Seg::Lit(text) => text.clone(),
            Seg::Glob(text) => format!("<{text}>"),
            Seg::Unknown(_) => "?".to_owned(),
        })
        .collect()
}

fn fact(fact: &CodeFact) -> String {
    match fact {
        CodeFact::Delete { path, recursive: true } => format!("rmtree {}", show(path)),
        CodeFact::Delete { path, .. } => format!("rm {}", show(path)),
        CodeFact::Overwrite(path) => format!("write {}", show(path)),
        CodeFact::Empty(path) => format!("empty {}", show(path)),
        CodeFact::Move(path) => format!("mv {}", show(path)),
        CodeFact::Permission(path) => format!("chmod {}", show(path)),
        CodeFact::Read(path) => format!("read {}", show(path)),
        CodeFact::ReadEnv(None) => "env".to_owned(),
        CodeFact::ReadEnv(Some(name)) => format!("env {name}"),
        CodeFact::Network { host, sends: true } => format!("send {}", show(host)),
        CodeFact::Network { host, .. } => format!("net {}", show(host)),
        CodeFact::Listen => "listen".to_owned(),
        CodeFact::ReverseShell => "reverse-shell".to_owned(),
        CodeFact::Sql(text) => format!("sql {}", show(text)),
        CodeFact::Kill(what) => format!("kill {}", show(what)),
        CodeFact::Opaque(what) => format!("opaque {what}"),
    }
}

fn run(run: &Run) -> String {
    match run {
        Run::Shell(text) => format!("sh {}", show(text)),
        Run::Words(words) => format!("run {}", words.iter().map(show).collect::<Vec<_>>().join("|")),
        Run::Hidden(what) => format!("hidden {what}"),
    }
}

/// Everything seen in code that is called with the arguments `first` and `second`; facts first.
pub(super) fn seen(lang: Lang, code: &str) -> Vec<String> {
    let args = [arg("first"), arg("second")];
    let look = look(lang, code, &args);
    look.facts.iter().map(fact).chain(look.runs.iter().map(run)).collect()
}

/// Each row: code, and everything that must be seen.
pub(super) fn check(lang: Lang, rows: &[(&str, &[&str])]) {
    let mut wrong = String::new();
    for (code, wanted) in rows {
        let got = seen(lang, code);
        if got != *wanted {
            wrong = format!("{wrong}\n{code}\n  wanted {wanted:?}\n  got    {got:?}\n");
        }
    }
    assert!(wrong.is_empty(), "{lang:?}:{wrong}");
}
