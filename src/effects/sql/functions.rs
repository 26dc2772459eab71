//! Functions that do more than compute, wherever they are called in a statement.

use super::cursor::find;
use super::finding::Finding;
use super::lex::{Kind, Token};
use super::read::Reader;
use crate::effects::{Certainty, EffectKind, Trait};

/// What a call does.
struct Call {
    name: &'static str,
    kind: EffectKind,
    noun: &'static str,
    sure: Certainty,
}

const fn call(name: &'static str, kind: EffectKind, noun: &'static str, sure: Certainty) -> Call {
    Call { name, kind, noun, sure }
}

const CALLS: &[Call] = &[
    call("pg_drop_replication_slot", EffectKind::DbDrop, "replication slot", Certainty::Certain),
    call("lo_unlink", EffectKind::DbDrop, "large object", Certainty::Certain),
    call("drop_chunks", EffectKind::DbDrop, "chunks of", Certainty::Likely),
    call("pg_promote", EffectKind::SysService, "database server", Certainty::Possible),
    call("pg_read_file", EffectKind::DbExport, "server file", Certainty::Certain),
    call("pg_read_binary_file", EffectKind::DbExport, "server file", Certainty::Certain),
    call("pg_file_write", EffectKind::DbExport, "server file", Certainty::Certain),
    call("pg_file_unlink", EffectKind::DbDrop, "server file", Certainty::Certain),
    call("pg_file_rename", EffectKind::DbDrop, "server file", Certainty::Likely),
    call("pg_ls_dir", EffectKind::DbExport, "server folder", Certainty::Possible),
    call("lo_import", EffectKind::DbExport, "server file", Certainty::Certain),
    call("lo_export", EffectKind::DbExport, "server file", Certainty::Certain),
    call("load_file", EffectKind::DbExport, "server file", Certainty::Certain),
    call("utl_file.fremove", EffectKind::DbDrop, "server file", Certainty::Certain),
    call("sys_exec", EffectKind::PrivEscalate, "server program", Certainty::Certain),
    call("sys_eval", EffectKind::PrivEscalate, "server program", Certainty::Certain),
    call("load_extension", EffectKind::PrivEscalate, "server program", Certainty::Possible),
];

/// Procedures that T-SQL calls without parentheses.
const PROCEDURES: &[Call] = &[
    call("xp_cmdshell", EffectKind::PrivEscalate, "server program", Certainty::Certain),
    call("sp_oacreate", EffectKind::PrivEscalate, "server program", Certainty::Certain),
    call("xp_regwrite", EffectKind::PrivEscalate, "server registry", Certainty::Certain),
    call("sp_addsrvrolemember", EffectKind::DbGrant, "strong rights to", Certainty::Certain),
    call("sp_addrolemember", EffectKind::DbGrant, "rights to", Certainty::Likely),
    call("sp_detach_db", EffectKind::DbDrop, "database", Certainty::Likely),
    call("sp_dropuser", EffectKind::DbDrop, "user", Certainty::Certain),
    call("sp_droplogin", EffectKind::DbDrop, "user", Certainty::Certain),
];

/// Functions that run their strings as SQL.
const RUNNERS: &[&str] = &[
    "dblink",
    "dblink_exec",
    "dblink_send_query",
    "query_to_xml",
    "run_command_on_workers",
    "run_command_on_shards",
    "run_command_on_placements",
    "schedule",
    "exec_sql",
    "openquery",
    "sp_executesql",
];

/// Reads the calls of a statement.
pub(super) fn calls(reader: &mut Reader<'_>, tokens: &[Token<'_>]) {
    let mut runner = false;
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| matches!(token.kind, Kind::Word | Kind::Name)) {
        let called = tokens.get(at + 1).is_some_and(|next| next.op("("));
        let known = if called { CALLS.iter().find(|call| call.name.eq_ignore_ascii_case(token.text)) } else { None };
        let known = known.or_else(|| PROCEDURES.iter().find(|call| call.name.eq_ignore_ascii_case(token.text)));
        if let Some(call) = known {
            let argument = tokens.get(at + 1..).unwrap_or(&[]).iter().find(|token| token.kind == Kind::Str);
            let name = argument.map_or("", |token| token.text);
            reader.push(Finding::new(call.kind, call.noun, name).sure(call.sure));
        } else if called && token.text.eq_ignore_ascii_case("pg_terminate_backend") {
            reader.push(terminated(tokens));
        } else if called && RUNNERS.iter().any(|runner| runner.eq_ignore_ascii_case(token.text)) {
            runner = true;
        }
    }
    if runner && !tokens.first().is_some_and(|token| token.is_any(&["EXEC", "EXECUTE", "CALL"])) {
        reader.strings(tokens);
    }
    let configures = tokens.iter().any(|token| token.is("SP_CONFIGURE"))
        && tokens.iter().any(|token| token.kind == Kind::Str && token.text.eq_ignore_ascii_case("xp_cmdshell"));
    if configures {
        reader.push(Finding::new(EffectKind::PrivEscalate, "server program", "").sure(Certainty::Likely));
    }
}

/// One connection by its number, or those that a query lists.
fn terminated(tokens: &[Token<'_>]) -> Finding {
    let finding = Finding::new(EffectKind::ProcKill, "connections", "");
    match find(tokens, &["FROM"]) {
        Some(_) => finding.with(Trait::Bulk),
        None => finding.sure(Certainty::Possible),
    }
}
