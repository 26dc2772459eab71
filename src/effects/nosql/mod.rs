//! Databases that do not speak SQL: documents, keys, graphs, search indices.
//!
//! What their shells' scripts and their HTTP interfaces amount to. Plain administration tools are rules.

mod graph;
mod http;
mod mongo;
mod redis;

use super::{Certainty, Cx, Effect, EffectKind, Trait, sql};
use crate::syntax::{Invocation, Span, Value};
use sql::{Place, Script};

/// Adds what an invocation does to such a database.
pub fn effects(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let Some(name) = inv.name() else { return };
    match name {
        "mongosh" | "mongo" | "mongoshell" | "arangosh" => mongo::effects(inv, cx, out),
        "redis-cli" | "valkey-cli" | "keydb-cli" | "dragonfly-cli" | "iredis" => redis::effects(inv, cx, out),
        "nc" | "ncat" | "netcat" | "telnet" | "socat" => redis::over_a_socket(inv, cx, out),
        "cypher-shell" => graph::effects(inv, cx, out),
        "curl" | "http" | "https" | "xh" | "wget" | "curlie" => http::effects(inv, cx, out),
        _ => {}
    }
}

/// Something found, before it is known where.
struct Hit {
    kind: EffectKind,
    target: String,
    sure: Certainty,
    bulk: bool,
}

impl Hit {
    fn new(kind: EffectKind, target: impl Into<String>) -> Self {
        Self { kind, target: target.into(), sure: Certainty::Certain, bulk: false }
    }

    const fn sure(mut self, sure: Certainty) -> Self {
        self.sure = sure;
        self
    }

    const fn bulk(mut self) -> Self {
        self.bulk = true;
        self
    }
}

fn push(hit: Hit, place: &Place, span: Span, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let mut effect = cx.effect(hit.kind, hit.target, place.scope.clone(), span);
    effect.certainty = hit.sure;
    let mut traits = Vec::new();
    if place.production {
        traits.push(Trait::Production);
    }
    if place.scratch {
        traits.push(Trait::Scratch);
    }
    if hit.bulk {
        traits.push(Trait::Bulk);
    }
    if effect.target.contains('$') {
        traits.push(Trait::UnknownTarget);
    }
    let effect = effect.with(traits);
    if !out.contains(&effect) {
        out.push(effect);
    }
}

/// Reads scripts with one reader; what cannot be seen is opaque.
fn scripts(
    scripts: Vec<(Script, Span)>,
    place: &Place,
    cx: &Cx<'_>,
    out: &mut Vec<Effect>,
    read: &dyn Fn(&str) -> Vec<Hit>,
) {
    for (script, span) in scripts {
        let opaque = |target: String, sure| Hit::new(EffectKind::CodeOpaque, target).sure(sure);
        match script {
            Script::Text(value) if value.is_wholly_unknown() => {
                push(opaque(format!("script {value}"), Certainty::Likely), place, span, cx, out);
            }
            Script::Text(value) => {
                for hit in read(&value.text()) {
                    push(hit, place, span, cx, out);
                }
            }
            Script::Hidden(name) => {
                push(opaque(format!("script from {name}"), Certainty::Certain), place, span, cx, out);
            }
            Script::Unread(name) => {
                push(opaque(format!("script file {name}"), Certainty::Possible), place, span, cx, out);
            }
            Script::Dump(_) | Script::Result(_) => {}
        }
    }
}

/// The words of an invocation apart: options with their values, and operands with their index.
struct Options<'a> {
    values: Vec<(&'a str, &'a Value, Span)>,
    words: Vec<(&'a Value, Span)>,
}

/// Takes the words apart; `takes` lists the options that take the next word.
fn options<'a>(inv: &'a Invocation, takes: &[&str]) -> Options<'a> {
    let mut found = Options { values: Vec::new(), words: Vec::new() };
    let mut args = inv.args.iter();
    while let Some(arg) = args.next() {
        match arg.value.literal() {
            Some(name) if takes.contains(&name) => {
                if let Some(next) = args.next() {
                    found.values.push((name, &next.value, next.span));
                }
            }
            _ if arg.value.prefix().starts_with('-') && !arg.value.is("-") => {
                found.values.push((arg.value.prefix(), &arg.value, arg.span));
            }
            _ => found.words.push((&arg.value, arg.span)),
        }
    }
    found
}

#[cfg(test)]
mod tests;
