//! Statements about objects: `DROP`, `TRUNCATE`, `ALTER`, `CREATE`, `GRANT` and their kin.

use super::cursor::{Cursor, find};
use super::dialect::Dialect;
use super::finding::Finding;
use super::fold::Truth;
use super::lex::{Kind, Token};
use super::read::Reader;
use super::rows;
use crate::effects::{Certainty, EffectKind, Trait};

/// The first keywords read here.
pub(super) const WORDS: &[&str] = &["DROP", "TRUNCATE", "ALTER", "CREATE", "GRANT", "REVOKE", "DENY", "REMOVE"];

/// More names than this in one statement are counted, not listed.
const MAX_NAMES: usize = 8;

/// Rights and roles that give nearly everything.
const STRONG: &[&str] = &[
    "SUPERUSER",
    "BYPASSRLS",
    "CREATEROLE",
    "REPLICATION",
    "SYSADMIN",
    "DB_OWNER",
    "ACCOUNTADMIN",
    "SECURITYADMIN",
    "ORGADMIN",
    "DBA",
    "SUPER",
    "SYSTEM_ALL",
    "RDS_SUPERUSER",
    "CLOUDSQLSUPERUSER",
    "PG_EXECUTE_SERVER_PROGRAM",
    "PG_WRITE_SERVER_FILES",
    "PG_READ_SERVER_FILES",
    "PG_WRITE_ALL_DATA",
    "ADMIN",
    "CONTROL",
];

/// Reads a statement by its first keyword; the cursor stands behind it.
pub(super) fn read(reader: &mut Reader<'_>, word: &str, cursor: Cursor<'_, '_>) {
    match word {
        "DROP" | "REMOVE" => drop(reader, cursor),
        "TRUNCATE" => truncate(reader, cursor),
        "ALTER" => alter(reader, cursor),
        "CREATE" => create(reader, cursor),
        "GRANT" => grant(reader, cursor),
        _ => reader.push(Finding::new(EffectKind::DbGrant, "revoked rights", "").sure(Certainty::Possible)),
    }
}

/// Objects with a name of more than one word; the noun for a reader.
const NOUNS: &[(&[&str], &str)] = &[
    (&["MATERIALIZED", "VIEW"], "materialized view"),
    (&["RECURSIVE", "VIEW"], "view"),
    (&["FOREIGN", "TABLE"], "foreign table"),
    (&["EXTERNAL", "TABLE"], "external table"),
    (&["DYNAMIC", "TABLE"], "table"),
    (&["SNAPSHOT", "TABLE"], "table"),
    (&["COLUMN", "FAMILY"], "table"),
    (&["COLUMNFAMILY"], "table"),
    (&["UNIQUE", "INDEX"], "index"),
    (&["SEARCH", "INDEX"], "index"),
    (&["USER", "MAPPING"], "mapping"),
    (&["EVENT", "TRIGGER"], "trigger"),
    (&["EVENT", "NOTIFICATION"], "trigger"),
    (&["TEXT", "SEARCH"], "text search"),
    (&["ACCESS", "METHOD"], "access method"),
    (&["FOREIGN", "DATA", "WRAPPER"], "server"),
    (&["ROW", "ACCESS", "POLICY"], "policy"),
    (&["ROW", "POLICY"], "policy"),
    (&["MASKING", "POLICY"], "policy"),
    (&["RETENTION", "POLICY"], "retention policy"),
    (&["AVAILABILITY", "GROUP"], "availability group"),
    (&["RESOURCE", "POOL"], "resource pool"),
    (&["FILE", "FORMAT"], "file format"),
    (&["NAMED", "COLLECTION"], "collection"),
    (&["TABLES"], "table"),
    (&["PROC"], "procedure"),
];

/// Objects whose loss is not a loss of data.
const NOTHING: &[&str] = &["PREPARE", "PREPARED", "STATISTICS", "BUFFERS", "WORKLOAD"];

fn noun(cursor: &mut Cursor<'_, '_>) -> String {
    for (words, noun) in NOUNS {
        if cursor.eat_all(words) {
            return (*noun).to_owned();
        }
    }
    cursor.next().map_or(String::new(), |token| token.text.to_lowercase())
}

fn drop(reader: &mut Reader<'_>, mut cursor: Cursor<'_, '_>) {
    if cursor.eat("OWNED") {
        cursor.eat("BY");
        let name = cursor.name().unwrap_or_default();
        reader.push(Finding::new(EffectKind::DbDrop, "everything owned by", &name));
        return;
    }
    let mut temp = false;
    loop {
        if cursor.eat_any(&["TEMPORARY", "TEMP"]) {
            temp = true;
        } else if !cursor.eat_any(&["GLOBAL", "LOCAL", "TRANSIENT", "PUBLIC", "FORCE", "CLUSTERED"]) {
            break;
        }
    }
    if temp || cursor.peek().is_none_or(|token| token.is_any(NOTHING) || token.kind != Kind::Word) {
        return;
    }
    if super::placeholder::starts_with_hole(cursor.peek().map_or("", |token| token.text)) {
        reader.push(Finding::new(EffectKind::DbDrop, "object", "").with(Trait::UnknownTarget));
        return;
    }
    let noun = noun(&mut cursor);
    cursor.eat_if_exists();
    cursor.eat("CONCURRENTLY");
    cursor.eat_if_exists();
    let cascade = cursor.find(&["CASCADE"]).is_some();
    let names = lasting(reader, &mut cursor);
    let many = names.len() > MAX_NAMES;
    for name in names.iter().take(MAX_NAMES) {
        let mut finding = Finding::new(EffectKind::DbDrop, &noun, name);
        if name.is_empty() {
            finding.traits.push(Trait::UnknownTarget);
        }
        if cascade {
            finding.traits.push(Trait::Recursive);
        }
        if many {
            finding.traits.push(Trait::Bulk);
        }
        if noun == "database" {
            finding.database = Some(name.clone());
            finding.undo = super::finding::Undo::Never;
        }
        reader.out.push(finding);
    }
}

/// Names with commas between, temporary tables left out; one empty name where there is none.
fn lasting(reader: &Reader<'_>, cursor: &mut Cursor<'_, '_>) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        let name = cursor.name().unwrap_or_default();
        if !reader.is_temp(&name) {
            names.push(name);
        }
        cursor.eat_op("*");
        cursor.eat_parens();
        if !cursor.eat_op(",") {
            return names;
        }
    }
}

fn truncate(reader: &mut Reader<'_>, mut cursor: Cursor<'_, '_>) {
    if cursor.eat_all(&["ALL", "TABLES"]) {
        reader.push(Finding::new(EffectKind::DbTruncate, "all tables", "").with(Trait::Bulk));
        return;
    }
    let temp = cursor.eat_any(&["TEMPORARY", "TEMP"]);
    let noun = if cursor.eat("DATABASE") { "database" } else { "table" };
    cursor.eat("TABLE");
    cursor.eat_if_exists();
    cursor.eat("ONLY");
    if temp || cursor.peek().is_some_and(|token| token.op("(")) {
        return;
    }
    for name in lasting(reader, &mut cursor).iter().take(MAX_NAMES) {
        reader.out.push(Finding::new(EffectKind::DbTruncate, noun, name));
    }
}

fn alter(reader: &mut Reader<'_>, mut cursor: Cursor<'_, '_>) {
    while cursor.eat_any(&["FOREIGN", "EXTERNAL", "ICEBERG", "DYNAMIC", "ONLINE", "OFFLINE", "IGNORE"]) {}
    let rest = cursor.rest();
    let Some(what) = cursor.next() else { return };
    match what.text.to_ascii_uppercase().as_str() {
        "TABLE" => alter_table(reader, cursor),
        "ROLE" | "USER" | "LOGIN" | "GROUP" => alter_role(reader, cursor),
        "SERVER" if cursor.eat("ROLE") => alter_role(reader, cursor),
        "SYSTEM" => {
            reader.push(Finding::new(EffectKind::SysService, "database server settings", "").sure(Certainty::Possible));
        }
        "TYPE" if find(rest, &["DROP"]).is_some() => {
            let name = cursor.name().unwrap_or_default();
            reader.push(Finding::new(EffectKind::DbSchema, "type", &name).sure(Certainty::Possible));
        }
        _ => {}
    }
}

/// The actions of `ALTER TABLE` that lose data or protection.
fn alter_table(reader: &mut Reader<'_>, mut cursor: Cursor<'_, '_>) {
    cursor.eat_if_exists();
    cursor.eat("ONLY");
    let table = cursor.name().unwrap_or_default();
    if reader.is_temp(&table) {
        return;
    }
    let tokens = cursor.rest();
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        if token.op("(") {
            depth += 1;
        } else if token.op(")") {
            depth = depth.saturating_sub(1);
        }
        if depth > 0 || token.kind != Kind::Word {
            continue;
        }
        let starts = at == 0
            || tokens.get(at - 1).is_some_and(|before| before.op(",") || before.op(")") || before.kind != Kind::Word)
            || !altering(tokens, at);
        if starts {
            action(reader, &table, tokens, at);
        }
    }
}

/// `ALTER COLUMN c DROP DEFAULT`: the `DROP` belongs to the column's own clause.
fn altering(tokens: &[Token<'_>], at: usize) -> bool {
    let from = tokens.get(..at).unwrap_or(&[]).iter().rposition(|token| token.op(",")).map_or(0, |comma| comma + 1);
    tokens.get(from).is_some_and(|first| first.is_any(&["ALTER", "ADD", "MODIFY", "CHANGE", "RENAME", "SET"]))
}

fn action(reader: &mut Reader<'_>, table: &str, tokens: &[Token<'_>], at: usize) {
    let mut cursor = Cursor::new(tokens.get(at..).unwrap_or(&[]));
    if cursor.eat("DROP") {
        dropped_part(reader, table, cursor);
    } else if cursor.eat("CLEAR") && cursor.eat("COLUMN") {
        let name = cursor.name().unwrap_or_default();
        reader.push(Finding::new(EffectKind::DbSchema, "column", &format!("{table}.{name}")));
    } else if cursor.eat_all(&["TRUNCATE", "PARTITION"]) {
        reader.push(Finding::new(EffectKind::DbTruncate, "partition of", table));
    } else if cursor.eat_all(&["DISCARD", "TABLESPACE"]) {
        reader.push(Finding::new(EffectKind::DbTruncate, "table", table));
    } else if cursor.eat_all(&["DETACH", "PARTITION"]) {
        reader.push(Finding::new(EffectKind::DbSchema, "partition of", table).sure(Certainty::Possible));
    } else if cursor.eat_all(&["DISABLE", "ROW", "LEVEL", "SECURITY"]) {
        reader.push(Finding::new(EffectKind::DbGrant, "row security of", table).sure(Certainty::Likely));
    } else if reader.dialect == Dialect::ClickHouse
        && cursor.peek().is_some_and(|token| token.is_any(&["DELETE", "UPDATE"]))
    {
        mutation(reader, table, tokens.get(at..).unwrap_or(&[]));
    }
}

/// ClickHouse: `ALTER TABLE t DELETE WHERE …`.
fn mutation(reader: &mut Reader<'_>, table: &str, tokens: &[Token<'_>]) {
    let deletes = tokens.first().is_some_and(|token| token.is("DELETE"));
    let Some(at) = find(tokens, &["WHERE"]) else { return };
    let rest = tokens.get(at + 1..).unwrap_or(&[]);
    let truth = rows::condition(reader.text, rest, reader.dialect, table);
    let kind = if deletes { EffectKind::DbDeleteBulk } else { EffectKind::DbUpdateBulk };
    match truth {
        Truth::Always => reader.push(Finding::new(kind, "table", table)),
        Truth::Nearly => reader.push(Finding::new(kind, "table", table).sure(Certainty::Likely)),
        Truth::Never | Truth::Depends => {}
    }
}

fn dropped_part(reader: &mut Reader<'_>, table: &str, mut cursor: Cursor<'_, '_>) {
    let part = cursor.peek().map_or(String::new(), |token| token.text.to_ascii_uppercase());
    match part.as_str() {
        "DEFAULT" | "NOT" | "IDENTITY" | "EXPRESSION" | "SYSTEM" | "PROJECTION" | "STATISTICS" | "DETACHED" => {}
        "CONSTRAINT" | "INDEX" | "KEY" | "PRIMARY" | "FOREIGN" | "CHECK" | "UNIQUE" => {
            cursor.next();
            cursor.eat("KEY");
            cursor.eat_if_exists();
            let name = cursor.name().unwrap_or_default();
            let noun = if matches!(part.as_str(), "INDEX" | "KEY") { "index" } else { "constraint" };
            reader.push(Finding::new(EffectKind::DbSchema, noun, &format!("{table}.{name}")).sure(Certainty::Possible));
        }
        "PARTITION" | "PART" | "SUBPARTITION" => reader.push(Finding::new(EffectKind::DbDrop, "partition of", table)),
        _ => {
            cursor.eat_any(&["COLUMN", "COLUMNS"]);
            cursor.eat_if_exists();
            cursor.eat_op("(");
            let name = cursor.name().unwrap_or_default();
            reader.push(Finding::new(EffectKind::DbSchema, "column", &format!("{table}.{name}")));
        }
    }
}

fn alter_role(reader: &mut Reader<'_>, mut cursor: Cursor<'_, '_>) {
    cursor.eat_if_exists();
    let name = cursor.name().unwrap_or_default();
    let tokens = cursor.rest();
    let strong = tokens.iter().any(|token| token.is_any(STRONG)) || strong(&name) && find(tokens, &["ADD"]).is_some();
    let matters = tokens.iter().any(|token| {
        token.is_any(&["PASSWORD", "IDENTIFIED", "ADD", "LOGIN", "CREATEDB", "LOCK", "DISABLE", "ENABLE", "NOLOGIN"])
    });
    if strong {
        reader.push(Finding::new(EffectKind::DbGrant, "strong rights to", &name));
    } else if matters {
        reader.push(Finding::new(EffectKind::DbGrant, "user", &name).sure(Certainty::Possible));
    }
}

fn strong(name: &str) -> bool {
    STRONG.iter().any(|strong| name.eq_ignore_ascii_case(strong))
}

fn create(reader: &mut Reader<'_>, mut cursor: Cursor<'_, '_>) {
    let replace = cursor.eat_all(&["OR", "REPLACE"]);
    let mut temp = false;
    loop {
        if cursor.eat_any(&["TEMPORARY", "TEMP", "VOLATILE"]) {
            temp = true;
        } else if !cursor.eat_any(&[
            "GLOBAL",
            "LOCAL",
            "UNLOGGED",
            "TRANSIENT",
            "EXTERNAL",
            "DYNAMIC",
            "HYBRID",
            "ICEBERG",
        ]) {
            break;
        }
    }
    let Some(what) = cursor.next() else { return };
    match what.text.to_ascii_uppercase().as_str() {
        "TABLE" => {
            cursor.eat_if_exists();
            let name = cursor.name().unwrap_or_default();
            if temp {
                reader.temp.push(name.to_lowercase());
            } else if replace && !reader.is_temp(&name) {
                reader.push(Finding::new(EffectKind::DbDrop, "table", &name).sure(Certainty::Possible));
            }
        }
        noun @ ("DATABASE" | "SCHEMA") if replace => {
            cursor.eat_if_exists();
            let name = cursor.name().unwrap_or_default();
            reader.push(Finding::new(EffectKind::DbDrop, &noun.to_lowercase(), &name).sure(Certainty::Likely));
        }
        "USER" | "ROLE" | "LOGIN" if !cursor.is("MAPPING") => {
            cursor.eat_if_exists();
            let name = cursor.name().unwrap_or_default();
            if cursor.rest().iter().any(|token| token.is_any(STRONG)) {
                reader.push(Finding::new(EffectKind::DbGrant, "strong rights to", &name));
            } else {
                reader.push(Finding::new(EffectKind::DbGrant, "user", &name).sure(Certainty::Possible));
            }
        }
        "EVENT" => {
            if let Some(at) = cursor.find(&["DO"]) {
                cursor.seek(at + 1);
                cursor.eat("BEGIN");
                reader.nested(cursor.rest());
            }
        }
        _ => {}
    }
}

/// `GRANT ALL`, `… TO PUBLIC`, a strong role, or the right to pass rights on.
fn grant(reader: &mut Reader<'_>, cursor: Cursor<'_, '_>) {
    let tokens = cursor.rest();
    let to = find(tokens, &["TO"]).unwrap_or(tokens.len());
    let (rights, receivers) = tokens.split_at(to.min(tokens.len()));
    let mut receiver = Cursor::new(receivers.get(1..).unwrap_or(&[]));
    receiver.eat_any(&["ROLE", "USER", "GROUP"]);
    let name = receiver.name().unwrap_or_default();
    let all = rights.first().is_some_and(|token| token.is_any(&["ALL", "OWNERSHIP"]));
    let public = name.eq_ignore_ascii_case("public");
    let on = find(rights, &["ON"]);
    let strong_role = on.is_none() && rights.iter().any(|token| strong(token.text));
    let strong_right = on.is_some_and(|on| {
        rights.get(..on).unwrap_or(&[]).iter().any(|token| token.is_any(&["SUPER", "FILE", "CONTROL"]))
    });
    let passes_on =
        receivers.windows(2).any(|pair| matches!(pair, [a, b] if a.is_any(&["GRANT", "ADMIN"]) && b.is("OPTION")));
    let global = rights.windows(3).any(|w| matches!(w, [a, b, c] if a.op("*") && b.op(".") && c.op("*")))
        && !rights.first().is_some_and(|token| token.is("USAGE"));
    let noun = if public {
        "rights to"
    } else if all {
        "all rights to"
    } else {
        "rights to"
    };
    let usage = public && rights.first().is_some_and(|token| token.is("USAGE"));
    let sure = if (all || public || strong_role || strong_right || passes_on || global) && !usage {
        Certainty::Certain
    } else {
        Certainty::Possible
    };
    reader.push(Finding::new(EffectKind::DbGrant, noun, &name).sure(sure));
}
