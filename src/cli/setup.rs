//! From the machine to a [`Session`]: what every subcommand needs before it can judge.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};

use super::Places;
use crate::approve::prompt;
use crate::config::who;
use crate::policy::Actor;
use crate::policy::context::{Date, Now};
use crate::policy::decision::ActorKind;
use crate::session::{Machine, Session};
use crate::syntax::Dialect;
use crate::sys;

/// Takes stock of the machine and opens its state.
pub(super) fn session(places: &Places) -> Result<Session> {
    Ok(Session::open(machine(places)?)?.started_with(who::started_with))
}

/// Who and where we are.
pub(super) fn machine(places: &Places) -> Result<Machine> {
    let text = |word: &OsString| crate::syntax::bytes::decode(word.as_bytes()).text.into_owned();
    let vars: HashMap<String, String> =
        sys::environment().iter().map(|(name, value)| (text(name), text(value))).collect();
    let uid = crate::store::own_uid();
    let home = crate::store::home_of_uid(uid);
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let user = crate::store::name_of_uid(uid).unwrap_or_else(|| uid.to_string());
    let absolute = |dir: &Path| std::path::absolute(dir).map(|dir| lossless(dir.into_os_string()));
    let state_dir = match &places.state_dir {
        Some(dir) => PathBuf::from(absolute(dir)?),
        None => Path::new(&home).join(".local/state/wardsh"),
    };
    let config_dir = places.config_dir.as_deref().map(absolute).transpose()?;
    Ok(Machine { vars: Arc::new(vars), host, user, uid, home, now: now(), config_dir, state_dir })
}

/// Who submits the commands of this process.
pub(super) fn caller(session: &Session) -> Actor {
    let machine = session.machine();
    who::actor(&machine.user, &|name| machine.vars.get(name).cloned())
}

/// What refusals of this process's session are remembered under.
pub(super) fn session_key(session: &Session) -> String {
    who::session_key(&|name| session.machine().vars.get(name).cloned())
}

/// Says whether the terminal shows plain text only.
pub(super) fn is_plain(session: &Session) -> bool {
    prompt::is_plain(session.machine().vars.get("TERM").map(String::as_str))
}

/// The folder this process is in.
pub(super) fn cwd() -> Result<String> {
    let dir = match std::env::current_dir() {
        Ok(dir) => dir,
        // A folder that was deleted under us has a name that no other has: `/old/name (deleted)`.
        Err(error) => {
            std::fs::read_link("/proc/self/cwd").map_err(|_| error).context("the current folder cannot be read")?
        }
    };
    Ok(lossless(dir.into_os_string()))
}

/// `human`, `agent` or `agent:NAME`.
pub(super) fn actor(text: &str) -> Result<Actor, String> {
    let (kind, name) = text.split_once(':').unwrap_or((text, ""));
    match kind {
        "human" => Ok(Actor { kind: ActorKind::Human, name: name.into() }),
        "agent" => Ok(Actor { kind: ActorKind::Agent, name: name.into() }),
        _ => Err(format!("`{text}` is not an actor; use human, agent or agent:NAME")),
    }
}

/// The name of a shell.
pub(super) fn dialect(text: &str) -> Result<Dialect, String> {
    Dialect::of_name(text).ok_or_else(|| format!("`{text}` is not a shell that is known; use bash, zsh, sh or fish"))
}

fn lossless(text: OsString) -> String {
    crate::syntax::bytes::decode(&text.into_vec()).text.into_owned()
}

/// An absolute folder: the given one, relative to this process's, or this process's.
pub(super) fn folder(given: Option<&str>) -> Result<String> {
    Ok(match given {
        Some(dir) if dir.starts_with('/') => dir.to_owned(),
        Some(dir) => crate::syntax::paths::join(&cwd()?, dir),
        None => cwd()?,
    })
}

/// The time, in UTC where the local zone cannot be had without reading tables.
fn now() -> Option<Now> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    let days = i64::try_from(seconds / 86_400).ok()?;
    let (year, month, day) = civil(days);
    Some(Now {
        date: Date { year: u16::try_from(year).ok()?, month, day },
        hour: u8::try_from(seconds % 86_400 / 3_600).ok()?,
        // The epoch was a Thursday.
        weekday: u8::try_from((days + 3).rem_euclid(7)).ok()?,
    })
}

/// Year, month and day of a count of days since 1970-01-01, by the proleptic Gregorian calendar.
fn civil(days: i64) -> (i64, u8, u8) {
    let mut year = 1970 + days / 366;
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let before = |year: i64| (year - 1970) * 365 + (year - 1969) / 4 - (year - 1901) / 100 + (year - 1601) / 400;
    while before(year + 1) <= days {
        year += 1;
    }
    let mut rest = days - before(year);
    let lengths = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1_u8;
    for length in lengths {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    (year, month, u8::try_from(rest + 1).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        let table = [
            (0, (1970, 1, 1)),
            (59, (1970, 3, 1)),
            (789, (1972, 2, 29)),
            (20_778, (2026, 11, 21)),
            (47_540, (2100, 2, 28)),
        ];
        for (days, want) in table {
            assert_eq!(civil(days), want, "{days}");
        }
    }
}
