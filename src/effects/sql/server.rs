//! Statements that act on the server as a whole, and the small change of every dialect.

use super::cursor::Cursor;
use super::finding::Finding;
use super::read::Reader;
use crate::effects::{Certainty, EffectKind, Trait};

/// Reads a statement by its first keyword; the cursor stands behind it. What is not known does nothing.
pub(super) fn read(reader: &mut Reader<'_>, word: &str, mut cursor: Cursor<'_, '_>) {
    let finding = match word {
        "KILL" => {
            let name = cursor.rest().last().map_or("", |token| token.text);
            Finding::new(EffectKind::ProcKill, "connection", name).sure(Certainty::Possible)
        }
        "SHUTDOWN" => Finding::new(EffectKind::SysService, "database server", ""),
        "PURGE" if cursor.eat_any(&["BINARY", "MASTER"]) => Finding::new(EffectKind::DbDrop, "binary logs", ""),
        "PURGE" => Finding::new(EffectKind::DbDrop, "recycle bin", "").sure(Certainty::Likely),
        "RESET" if cursor.eat_any(&["MASTER", "BINARY"]) => Finding::new(EffectKind::DbDrop, "binary logs", ""),
        "RESET" if cursor.eat_any(&["SLAVE", "REPLICA"]) && cursor.eat("ALL") => {
            Finding::new(EffectKind::DbDrop, "replication settings", "").sure(Certainty::Likely)
        }
        "RESTORE" if cursor.is("DATABASE") && cursor.find(&["REPLACE"]).is_some() => {
            cursor.next();
            let name = cursor.name().unwrap_or_default();
            Finding::new(EffectKind::DbDrop, "database", &name).sure(Certainty::Likely)
        }
        "RM" => Finding::new(EffectKind::DbDrop, "staged files", "").sure(Certainty::Likely),
        "VACUUM" if retains_nothing(cursor) => {
            Finding::new(EffectKind::DbDrop, "old versions", "").sure(Certainty::Likely)
        }
        "PRAGMA" if cursor.eat("WRITABLE_SCHEMA") && switched_on(cursor) => {
            Finding::new(EffectKind::DbSchema, "schema table", "").sure(Certainty::Likely)
        }
        "REASSIGN" => {
            let name = cursor.rest().last().map_or("", |token| token.text);
            Finding::new(EffectKind::DbGrant, "ownership to", name).sure(Certainty::Possible)
        }
        "RENAME" if cursor.is("USER") => Finding::new(EffectKind::DbGrant, "user", "").sure(Certainty::Possible),
        _ => return,
    };
    let hidden = cursor.rest().iter().any(|token| super::placeholder::starts_with_hole(token.text));
    reader.push(if hidden { finding.with(Trait::UnknownTarget) } else { finding });
}

/// `VACUUM … RETAIN 0 HOURS`.
fn retains_nothing(cursor: Cursor<'_, '_>) -> bool {
    cursor.rest().windows(2).any(|pair| matches!(pair, [retain, zero] if retain.is("RETAIN") && zero.text == "0"))
}

fn switched_on(cursor: Cursor<'_, '_>) -> bool {
    cursor.rest().iter().any(|token| token.is_any(&["ON", "TRUE", "YES", "RESET"]) || token.text == "1")
}
