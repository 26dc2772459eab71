//! `redis-cli` and its forks, and memcached: commands as words, as lines on standard input, and over a plain socket.

use super::{Hit, options, push};
use crate::effects::sql::{self, Script};
use crate::effects::{Certainty, Cx, Effect, EffectKind};
use crate::syntax::{Invocation, Origin, Value};

const TAKES: &[&str] = &[
    "-h",
    "-p",
    "-s",
    "-a",
    "-n",
    "-r",
    "-i",
    "-d",
    "-D",
    "-X",
    "-u",
    "-t",
    "--user",
    "--pass",
    "--pattern",
    "--quoted-pattern",
    "--eval",
    "--cacert",
    "--cert",
    "--key",
    "--sni",
    "--memkeys-samples",
    "--lru-test",
    "--intrinsic-latency",
    "--functions-rdb",
    "--rdb",
    "--cluster-yes",
];

/// Adds what the words and the standard input of `redis-cli` do.
pub(super) fn effects(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let found = options(inv, TAKES);
    let option = |name: &str| found.values.iter().find(|(known, ..)| *known == name).map(|(_, value, _)| *value);
    let url = option("-u").and_then(|value| sql::url(&value.text()));
    let (url_host, url_database) = url.unwrap_or_default();
    let host = option("-h").map(|value| value.text().into_owned()).or(url_host);
    let number = option("-n").map(|value| value.text().into_owned()).or(url_database);
    let mut place = sql::named("redis", host.as_deref(), None);
    place.scratch = sql::is_fresh("redis", host.as_deref(), inv, cx);
    let database = number.as_deref().unwrap_or("0");
    if let Some(script) = option("--eval") {
        for script in sql::file(script, inv, cx) {
            if let Script::Text(text) = script {
                for hit in lua(&text.text(), database) {
                    push(hit, &place, inv.span, cx, out);
                }
            }
        }
        return;
    }
    let mut words: Vec<&Value> = found.words.iter().map(|(value, _)| *value).collect();
    if let Some(at) = words.iter().position(|word| word.is("call")).filter(|_| option("--cluster").is_some()) {
        words.drain(..(at + 2).min(words.len()));
    }
    if words.is_empty() {
        for script in sql::stdin(inv, cx) {
            for hit in from_script(&script, database, option("--pipe").is_some()) {
                push(hit, &place, inv.span, cx, out);
            }
        }
    } else if let Some(hit) = command(&words, database) {
        push(hit, &place, inv.span, cx, out);
    }
}

fn from_script(script: &Script, database: &str, bulk_protocol: bool) -> Vec<Hit> {
    match script {
        Script::Text(text) => lines(&text.text(), database),
        // A file of which not even the name is known.
        Script::Hidden(name) if name.starts_with('$') => {
            vec![Hit::new(EffectKind::CodeOpaque, format!("commands from {name}")).sure(Certainty::Likely)]
        }
        Script::Hidden(name) if !bulk_protocol => {
            vec![Hit::new(EffectKind::CodeOpaque, format!("commands from {name}")).sure(Certainty::Likely)]
        }
        _ => Vec::new(),
    }
}

/// Commands line by line.
fn lines(text: &str, database: &str) -> Vec<Hit> {
    text.lines()
        .filter_map(|line| {
            let words: Vec<Value> = line
                .replace("\\r", " ")
                .split_whitespace()
                .map(|word| Value::lit(word.trim_matches(['"', '\''])))
                .collect();
            words_only(&words.iter().collect::<Vec<_>>(), database)
        })
        .take(32)
        .collect()
}

fn upper(word: Option<&&Value>) -> String {
    word.and_then(|word| word.literal()).unwrap_or("").to_ascii_uppercase()
}

fn command(words: &[&Value], database: &str) -> Option<Hit> {
    let first = words.first()?;
    if first.is_wholly_unknown() {
        return None;
    }
    if matches!(upper(words.first()).as_str(), "DEL" | "UNLINK") {
        return deleted(words.get(1..)?);
    }
    words_only(words, database)
}

/// `DEL` of keys that another command lists: how many, only that command knows.
fn deleted(keys: &[&Value]) -> Option<Hit> {
    let listed = |origin: &Origin| matches!(origin, Origin::Command(_) | Origin::Appended(_));
    let bulk = keys.iter().any(|key| key.unknowns().any(|unknown| listed(&unknown.origin)));
    bulk.then(|| Hit::new(EffectKind::DbDeleteBulk, "keys").sure(Certainty::Likely).bulk())
}

fn words_only(words: &[&Value], database: &str) -> Option<Hit> {
    let second = upper(words.get(1));
    let hit = match upper(words.first()).as_str() {
        "FLUSHALL" => Hit::new(EffectKind::DbTruncate, "every database"),
        "FLUSHDB" => Hit::new(EffectKind::DbTruncate, format!("database {database}")),
        "FLUSH_ALL" => Hit::new(EffectKind::DbTruncate, "cache"),
        "SHUTDOWN" => Hit::new(EffectKind::SysService, "database server"),
        "DEBUG"
            if matches!(second.as_str(), "SEGFAULT" | "PANIC" | "RESTART" | "CRASH-AND-RECOVER" | "OOM" | "RELOAD") =>
        {
            Hit::new(EffectKind::SysService, "database server")
        }
        "CONFIG" if second == "SET" => match upper(words.get(2)).as_str() {
            // Where the server writes its dump: the way to write any file of its user.
            "DIR" | "DBFILENAME" => Hit::new(EffectKind::PrivEscalate, "server file").sure(Certainty::Likely),
            name => Hit::new(EffectKind::SysService, format!("database server setting {}", name.to_lowercase()))
                .sure(Certainty::Possible),
        },
        "MODULE" if second.starts_with("LOAD") => {
            Hit::new(EffectKind::PrivEscalate, "server module").sure(Certainty::Likely)
        }
        "REPLICAOF" | "SLAVEOF" if second != "NO" => {
            Hit::new(EffectKind::DbTruncate, "every database").sure(Certainty::Likely)
        }
        "CLUSTER" if second == "RESET" => Hit::new(EffectKind::DbTruncate, "cluster node").sure(Certainty::Likely),
        "CLUSTER" if matches!(second.as_str(), "FORGET" | "FLUSHSLOTS" | "FAILOVER") => {
            Hit::new(EffectKind::SysService, "cluster node").sure(Certainty::Possible)
        }
        "SWAPDB" => Hit::new(EffectKind::DbUpdateBulk, "databases").sure(Certainty::Possible),
        "ACL" if matches!(second.as_str(), "SETUSER" | "DELUSER" | "LOAD") => {
            Hit::new(EffectKind::DbGrant, "user").sure(Certainty::Possible)
        }
        "EVAL" => return lua(&words.get(1)?.text(), database).into_iter().next(),
        "FT.DROPINDEX" | "FT.DROP" => {
            Hit::new(EffectKind::DbDrop, format!("index {}", words.get(1)?.text())).sure(Certainty::Likely)
        }
        _ => return None,
    };
    Some(hit)
}

/// A Lua script: does it flush, or delete what `KEYS` lists?
fn lua(script: &str, database: &str) -> Vec<Hit> {
    let lower = script.to_ascii_lowercase();
    if lower.contains("flushall") {
        return vec![Hit::new(EffectKind::DbTruncate, "every database").sure(Certainty::Likely)];
    }
    if lower.contains("flushdb") {
        return vec![Hit::new(EffectKind::DbTruncate, format!("database {database}")).sure(Certainty::Likely)];
    }
    let deletes = ["'del'", "\"del\"", "'unlink'", "\"unlink\""].iter().any(|call| lower.contains(call));
    let lists = ["'keys'", "\"keys\"", "'scan'", "\"scan\""].iter().any(|call| lower.contains(call));
    if deletes && lists {
        return vec![Hit::new(EffectKind::DbDeleteBulk, "keys").sure(Certainty::Likely).bulk()];
    }
    Vec::new()
}

/// `echo flush_all | nc localhost 11211`.
pub(super) fn over_a_socket(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let port = inv
        .words()
        .flatten()
        .find(|word| ["11211", "6379", "6380"].iter().any(|port| word == port || word.ends_with(&format!(":{port}"))));
    let Some(port) = port else { return };
    let system = if port.ends_with("11211") { "memcached" } else { "redis" };
    let host = inv.words().flatten().find(|word| !word.starts_with('-'));
    let place = sql::named(system, host, None);
    for script in sql::stdin(inv, cx) {
        if let Script::Text(text) = script {
            for hit in lines(&text.text().replace("\\n", "\n"), "0") {
                push(hit, &place, inv.span, cx, out);
            }
        }
    }
}
