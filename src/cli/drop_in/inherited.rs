//! Code that the environment brings into a shell before the first command: `BASH_ENV`, `ENV`, exported functions, `PS4`,
//! start-up files in a folder that a variable names. bash(1) and zshmisc(1) "INVOCATION", dash(1).

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::script::Source;
use crate::cli::gate;
use crate::shells::arguments::{Dialect, Reading};
use crate::syntax::{Code, Span};
use crate::sys;

/// How a shell was called, as far as its start-up files depend on it.
pub(super) struct Start<'a> {
    pub(super) dialect: Dialect,
    pub(super) reading: &'a Reading,
    /// The words behind argv\[0\].
    pub(super) words: &'a [OsString],
    /// A dash in front of argv\[0\].
    pub(super) login: bool,
    /// It is called `sh`.
    pub(super) as_sh: bool,
}

/// What runs, or is defined, before what the shell was called for.
pub(super) fn code(start: &Start<'_>) -> Vec<Code> {
    let interactive = start.reading.interactive;
    let mut all: Vec<Code> = Vec::new();
    match start.dialect {
        Dialect::Bash => {
            all.extend(functions().into_iter().chain(traced()));
            let posix = start.as_sh || is_posix(start.words);
            if interactive && posix {
                all.extend(set("ENV").and_then(|value| sourced("ENV", &value)));
            }
            if !interactive {
                all.extend(set("BASH_ENV").and_then(|value| sourced("BASH_ENV", &value)));
            }
        }
        Dialect::Dash if interactive => all.extend(set("ENV").and_then(|value| sourced("ENV", &value))),
        Dialect::Dash => {}
        Dialect::Zsh => all.extend(traced()),
    }
    all.extend(elsewhere(start));
    all
}

/// bash in its POSIX mode reads `ENV`; what cannot be ruled out counts.
fn is_posix(words: &[OsString]) -> bool {
    let said = |word: &OsString| matches!(word.as_bytes(), b"--posix" | b"-posix" | b"posix");
    let inherited = || {
        set("SHELLOPTS").is_some_and(|value| value.as_bytes().split(|&byte| byte == b':').any(|name| name == b"posix"))
    };
    std::env::var_os("POSIXLY_CORRECT").is_some() || words.iter().any(said) || inherited()
}

/// Start-up files in a home, or a folder of zsh's, that a variable has moved away from the user's own.
fn elsewhere(start: &Start<'_>) -> Vec<Code> {
    let own = PathBuf::from(crate::store::home_of_uid(crate::store::own_uid()));
    let dir = match start.dialect {
        Dialect::Zsh => set("ZDOTDIR").or_else(|| set("HOME")),
        _ => set("HOME"),
    };
    let Some(dir) = dir.map(PathBuf::from).filter(|dir| *dir != own) else { return Vec::new() };
    let login = start.login || start.reading.login;
    let interactive = start.reading.interactive;
    // bash takes a command that sshd starts for an interactive one.
    let remote = || set("SSH_CLIENT").or_else(|| set("SSH2_CLIENT")).is_some();
    let names: Vec<&str> = match start.dialect {
        Dialect::Bash => {
            let profiles: &[&str] =
                if login { &[".bash_profile", ".bash_login", ".profile", ".bash_logout"] } else { &[] };
            let rc: &[&str] = if interactive || remote() { &[".bashrc"] } else { &[] };
            [profiles, rc].concat()
        }
        Dialect::Dash => {
            if login {
                vec![".profile"]
            } else {
                Vec::new()
            }
        }
        Dialect::Zsh => {
            let profiles: &[&str] = if login { &[".zprofile", ".zlogin", ".zlogout"] } else { &[] };
            let rc: &[&str] = if interactive { &[".zshrc"] } else { &[] };
            [&[".zshenv"], profiles, rc].concat()
        }
    };
    let code = |name: &str| Source::read(dir.join(name).as_os_str())?.code(true);
    names.into_iter().filter_map(code).collect()
}

fn set(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The file that a variable names, after the shell has expanded it.
fn sourced(name: &str, value: &OsStr) -> Option<Code> {
    let text = gate::decoded(value.as_bytes());
    if !text.contains(['$', '`', '~']) {
        return Source::read(value).and_then(|source| source.code(true));
    }
    let text = format!(". \"{}\"\n", text.replace(['"', '\\'], ""));
    Some(Code { label: name.to_owned(), text, span: Span::default(), standing: true })
}

/// `PS4` is expanded in front of each command that is traced.
fn traced() -> Option<Code> {
    let value = set("PS4").filter(|value| value.as_bytes().iter().any(|byte| b"$`".contains(byte)))?;
    let text = format!(": \"{}\"\n", gate::decoded(value.as_bytes()).replace('"', "\\\""));
    Some(Code { label: "PS4".to_owned(), text, span: Span::default(), standing: true })
}

/// Functions that another bash has exported.
fn functions() -> Option<Code> {
    let mut text = String::new();
    for (name, value) in sys::environment().iter().filter(|(name, _)| name.as_bytes().starts_with(b"BASH_FUNC_")) {
        let (name, value) = (gate::decoded(name.as_bytes()), gate::decoded(value.as_bytes()));
        let Some(name) = name.strip_prefix("BASH_FUNC_").and_then(|rest| rest.strip_suffix("%%")) else { continue };
        if value.starts_with("() {") {
            text.push_str(&format!("{name} {value}\n"));
        }
    }
    let label = "exported functions".to_owned();
    (!text.is_empty()).then(|| Code { label, text, span: Span::default(), standing: true })
}
