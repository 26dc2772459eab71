//! Code that the environment brings into a shell before the first command: `BASH_ENV`, exported functions, `PS4`, zsh's
//! `.zshenv` in a folder that a variable names.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::script::Source;
use crate::cli::gate;
use crate::shells::arguments::{Dialect, Reading};
use crate::syntax::{Code, Span};

/// What runs, or is defined, before what the shell was called for.
pub(super) fn code(dialect: Dialect, reading: &Reading) -> Vec<Code> {
    match dialect {
        Dialect::Bash => {
            let mut all: Vec<Code> = functions().into_iter().chain(traced()).collect();
            if !reading.interactive {
                all.extend(set("BASH_ENV").and_then(|value| sourced("BASH_ENV", &value)));
            }
            all
        }
        Dialect::Dash if reading.interactive => {
            set("ENV").and_then(|value| sourced("ENV", &value)).into_iter().collect()
        }
        Dialect::Dash => Vec::new(),
        Dialect::Zsh => zshenv().into_iter().collect(),
    }
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
    for (name, value) in std::env::vars_os() {
        let (name, value) = (gate::decoded(name.as_bytes()), gate::decoded(value.as_bytes()));
        let Some(name) = name.strip_prefix("BASH_FUNC_").and_then(|rest| rest.strip_suffix("%%")) else { continue };
        if value.starts_with("() {") {
            text.push_str(&format!("{name} {value}\n"));
        }
    }
    let label = "exported functions".to_owned();
    (!text.is_empty()).then(|| Code { label, text, span: Span::default(), standing: true })
}

/// The first file that zsh reads, where a variable moves it away from the user's own home.
fn zshenv() -> Option<Code> {
    let own = crate::store::home_of_uid(rustix::process::getuid().as_raw());
    let dir: PathBuf = set("ZDOTDIR").or_else(|| set("HOME"))?.into();
    if dir == Path::new(&own) {
        return None;
    }
    Source::read(dir.join(".zshenv").as_os_str())?.code(true)
}
