//! SQL, wherever it stands: in a client's words, in a script, on its standard input, in other languages' calls.
//!
//! Finds out what the statements do and where. Does not look at the database, and does not run the clients' shell
//! escapes: [`shell_escapes`] hands them to whoever reads shell text.

mod clients;
mod command;
mod cursor;
mod ddl;
mod dialect;
mod finding;
mod fold;
mod functions;
mod lex;
mod orm;
mod place;
mod placeholder;
mod read;
mod reading;
mod rows;
mod server;
mod session;
pub(in crate::effects) mod source;
mod split;

pub(in crate::effects) use place::{Place, is_fresh, is_production, is_scratch, named, url};
pub(in crate::effects) use session::Included;
pub(in crate::effects) use source::{Script, file, load, stdin};

pub use dialect::Dialect;

use finding::Finding;
use placeholder::Text;
use reading::Reading;
use session::Session;
use split::Commands;

use super::{Certainty, Cx, Effect, EffectKind, Scope, Shared, Trait};
use crate::syntax::{Analysis, CodeFact, Invocation, Span, Value, World};

/// Adds what an invocation's SQL does.
pub fn effects(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    if let Some(reading) = reading::reading(inv) {
        client(&reading, inv, cx, out);
    }
    // Where code of another language sends it is not known; SQL for a database in memory is no fact at all.
    let place = Place { scope: Scope::Unknown, production: false, scratch: false };
    for fact in &inv.facts {
        if let CodeFact::Sql(value) = fact {
            run(value, inv.span, Dialect::Generic, &place, cx, out);
        }
    }
    orm::effects(inv, cx, out);
}

/// The shell text that a client's script would run (`\! …`, `.shell …`, `\copy … program '…'`), in order, with the
/// span of the word that holds it.
///
/// Empty for programs that are no clients. Scripts are read through the world; `index` is the invocation's in `line`,
/// which may still be growing.
#[must_use]
pub fn shell_escapes(inv: &Invocation, index: usize, line: &Analysis, world: &dyn World) -> Vec<(Value, Span)> {
    let Some(reading) = reading::reading(inv).filter(|reading| reading.client.commands != Commands::None) else {
        return Vec::new();
    };
    let shared = Shared::default();
    let cx = &Cx::new(world, line, index, &[], &shared);
    let loader = |name: &str| load(name, inv, cx);
    let mut found = Vec::new();
    for (script, span) in scripts(&reading, inv, cx) {
        let Script::Text(value) = script else { continue };
        let text = Text::of(&value);
        if !command::may_hold(&text.text, reading.client.commands) {
            continue;
        }
        let mut session = Session::new(reading.client.dialect, reading.client.commands, &loader);
        session.run(&text);
        found.extend(session.shell().iter().map(|shell| (text.value(shell), span)));
    }
    found
}

/// Adds what SQL text does that an invocation runs on some server; for programs that are no database clients.
pub(in crate::effects) fn run(
    value: &Value,
    span: Span,
    dialect: Dialect,
    place: &Place,
    cx: &Cx<'_>,
    out: &mut Vec<Effect>,
) {
    if value.is_wholly_unknown() {
        out.push(opaque(&format!("SQL {value}"), Certainty::Likely, place, span, cx));
        return;
    }
    let loader = |_: &str| Included::Missing;
    let mut session = Session::new(dialect, Commands::None, &loader);
    session.run(&Text::of(value));
    add(session.findings(), place, span, cx, out);
}

/// Every script of a client's invocation in the order in which it runs them.
fn scripts(reading: &Reading, inv: &Invocation, cx: &Cx<'_>) -> Vec<(Script, Span)> {
    let mut scripts: Vec<_> = reading.texts.iter().map(|(text, span)| (Script::Text(text.clone()), *span)).collect();
    for (path, span) in &reading.files {
        scripts.extend(file(path, inv, cx).into_iter().map(|script| (script, *span)));
    }
    if reading.stdin {
        scripts.extend(stdin(inv, cx).into_iter().map(|script| (script, inv.span)));
    }
    scripts
}

fn client(reading: &Reading, inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    if reading.dry {
        return;
    }
    let place = place::of(reading, inv, cx);
    let loader = |name: &str| load(name, inv, cx);
    let mut session = Session::new(reading.client.dialect, reading.client.commands, &loader);
    let mut spans = Vec::new();
    for (script, span) in scripts(reading, inv, cx) {
        match script {
            Script::Text(value) if value.is_wholly_unknown() => {
                out.push(opaque(&format!("SQL {value}"), Certainty::Likely, &place, span, cx));
            }
            Script::Text(value) => {
                session.run(&Text::of(&value));
                spans.push(span);
            }
            Script::Dump(drops) => {
                if drops {
                    let finding = Finding::new(EffectKind::DbDrop, "tables of the dump", "").sure(Certainty::Possible);
                    add(vec![finding], &place, span, cx, out);
                }
            }
            Script::Result(at) => {
                let findings = session::generated(&query_strings(at, cx), reading.client.dialect);
                add(findings, &place, span, cx, out);
            }
            Script::Hidden(name) => out.push(opaque(&format!("SQL from {name}"), Certainty::Certain, &place, span, cx)),
            Script::Unread(name) => {
                out.push(opaque(&format!("SQL file {name}"), Certainty::Possible, &place, span, cx));
            }
        }
    }
    let span = spans.iter().copied().reduce(Span::join).unwrap_or(inv.span);
    add(session.findings(), &place, span, cx, out);
}

/// The strings in the SQL of another client's invocation.
fn query_strings(at: usize, cx: &Cx<'_>) -> Vec<String> {
    let Some(reading) = cx.line.invocations.get(at).and_then(reading::reading) else { return Vec::new() };
    let mut strings = Vec::new();
    for (value, _) in &reading.texts {
        let text = Text::of(value);
        let tokens = lex::Lexer::all(&text.text, reading.client.dialect);
        strings.extend(
            tokens.iter().filter(|token| token.kind == lex::Kind::Str).take(32).map(|token| token.text.to_owned()),
        );
    }
    strings
}

fn opaque(target: &str, certainty: Certainty, place: &Place, span: Span, cx: &Cx<'_>) -> Effect {
    let mut effect = cx.effect(EffectKind::CodeOpaque, target, place.scope.clone(), span);
    effect.certainty = certainty;
    if place.production { effect.with([Trait::Production]) } else { effect }
}

fn add(findings: Vec<Finding>, place: &Place, span: Span, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    for finding in findings {
        let mut effect = cx.effect(finding.kind, finding.target.clone(), place.scope.clone(), span);
        effect.certainty = finding.certainty;
        let name = finding.target.rsplit(' ').next().unwrap_or("");
        let mut traits = finding.traits;
        let database = finding.database.as_deref().unwrap_or("");
        if place.production || is_production(database) || is_production(name) {
            traits.push(Trait::Production);
        }
        if place.scratch && finding.database.is_none() || is_scratch(database) || place::is_scratch_object(name) {
            traits.push(Trait::Scratch);
        }
        let effect = effect.with(traits);
        if !out.contains(&effect) {
            out.push(effect);
        }
    }
}

#[cfg(test)]
mod tests;
