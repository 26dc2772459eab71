//! `cypher-shell`: graph queries that delete every node.

use super::{Hit, options, scripts};
use crate::effects::sql::{self, Script};
use crate::effects::{Certainty, Cx, Effect, EffectKind};
use crate::syntax::{Invocation, Span};

const TAKES: &[&str] = &[
    "-a",
    "--address",
    "-u",
    "--username",
    "-p",
    "--password",
    "-d",
    "--database",
    "-f",
    "--file",
    "--format",
    "-P",
    "--param",
    "--encryption",
    "--fail-fast",
];

/// Adds what the queries do.
pub(super) fn effects(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let found = options(inv, TAKES);
    let (mut host, mut database) = (None, None);
    let mut given: Vec<(Script, Span)> = Vec::new();
    for (name, value, span) in &found.values {
        match *name {
            "-f" | "--file" => given.extend(sql::file(value, inv, cx).into_iter().map(|script| (script, *span))),
            "-a" | "--address" => host = sql::url(&value.text()).and_then(|(host, _)| host),
            "-d" | "--database" => database = Some(value.text().into_owned()),
            _ => {}
        }
    }
    given.extend(found.words.iter().map(|(value, span)| (Script::Text((*value).clone()), *span)));
    if given.is_empty() {
        given.extend(sql::stdin(inv, cx).into_iter().map(|script| (script, inv.span)));
    }
    let place = sql::named("neo4j", host.as_deref(), database.as_deref());
    scripts(given, &place, cx, out, &read);
}

/// The queries without strings and comments, upper case.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                while chars.next().is_some_and(|inner| inner != c) {}
                plain.push_str(" 'S' ");
            }
            '/' if chars.peek() == Some(&'/') => while chars.next().is_some_and(|inner| inner != '\n') {},
            _ => plain.extend(c.to_uppercase()),
        }
    }
    plain
}

fn read(text: &str) -> Vec<Hit> {
    let upper = text.to_uppercase();
    let mut hits = Vec::new();
    if upper.contains("APOC.PERIODIC") && upper.contains("DELETE") && !upper.contains("WHERE") {
        hits.push(Hit::new(EffectKind::DbDeleteBulk, "nodes").sure(Certainty::Likely));
    }
    if upper.contains("APOC.SCHEMA.ASSERT") {
        hits.push(Hit::new(EffectKind::DbSchema, "indexes and constraints").sure(Certainty::Possible));
    }
    for query in plain(text).split(';') {
        let words: Vec<&str> =
            query.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
        let deletes = words.contains(&"DELETE") && words.contains(&"MATCH");
        let limited = query.contains('{') && !query.contains("CALL") || words.contains(&"WHERE");
        if deletes && !limited {
            hits.push(Hit::new(EffectKind::DbDeleteBulk, "nodes"));
        } else if words.first() == Some(&"DROP") {
            let noun = words.get(1).copied().unwrap_or("").to_lowercase();
            let name = words
                .iter()
                .skip(2)
                .find(|word| !["IF", "EXISTS"].contains(word))
                .copied()
                .unwrap_or("")
                .to_lowercase();
            let schema = matches!(noun.as_str(), "index" | "constraint");
            let kind = if schema { EffectKind::DbSchema } else { EffectKind::DbDrop };
            let hit = Hit::new(kind, format!("{noun} {name}").trim());
            hits.push(if schema { hit.sure(Certainty::Possible) } else { hit });
        }
    }
    hits
}
