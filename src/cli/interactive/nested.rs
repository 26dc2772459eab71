//! Programs in which lines are entered that nobody judges: other shells, other machines, interpreters at their prompts.

use std::collections::HashSet;
use std::path::Path;

use super::is_ours;
use crate::cli::render;
use crate::session::Judgement;
use crate::store;
use crate::syntax::{Invocation, Stdin, World as _};

const SHELLS: &[&str] = &[
    "bash", "zsh", "fish", "sh", "dash", "ksh", "mksh", "tcsh", "csh", "ash", "nu", "xonsh", "elvish", "pwsh", "rbash",
];
/// They open shells of `SHELL`, or of what a server of theirs was told.
const MULTIPLEXERS: &[&str] = &["tmux", "screen", "zellij", "byobu", "dtach", "abduco"];
/// Shells of other users or places, where no command is given.
const DOORS: &[&str] =
    &["sudo", "doas", "su", "login", "newgrp", "script", "chroot", "nsenter", "unshare", "nix-shell"];
const REMOTE: &[&str] = &["ssh", "mosh", "slogin", "telnet", "rlogin", "autossh"];
/// Interpreters and clients, and the words with which they do something else than to ask.
const PROMPTS: &[(&str, &[&str])] = &[
    ("python", &["-c", "-m", "-V", "-h"]),
    ("python3", &["-c", "-m", "-V", "-h"]),
    ("ipython", &["-c"]),
    ("node", &["-e", "-p", "-v", "-c"]),
    ("irb", &["-v"]),
    ("ghci", &["-e"]),
    ("lua", &["-e", "-v"]),
    ("psql", &["-c", "-f", "-l", "--command", "--file", "--list", "-V"]),
    ("mysql", &["-e", "--execute", "-V"]),
    ("mariadb", &["-e", "--execute", "-V"]),
    ("mongosh", &["--eval", "-f", "--file"]),
    ("gdb", &["-batch", "--batch"]),
];
/// Of these, the second word is a script or a command rather than a name.
const WITH_A_NAME: &[&str] = &["psql", "mysql", "mariadb", "mongosh", "gdb"];

/// A line about what a text opens; empty where that is guarded as well, or where it was said before. Of shells it is said
/// each time.
pub(super) fn note(judgement: &Judgement, cwd: &str, named: &mut HashSet<String>) -> String {
    let all = &judgement.line.invocations;
    for (at, inv) in all.iter().enumerate() {
        let Some(name) = inv.name().filter(|_| inv.stdin == Stdin::Inherit) else { continue };
        // What a wrapper starts stands for itself.
        let inner = all.iter().skip(at + 1).any(|other| other.via.len() > inv.via.len() && other.span == inv.span);
        let (opens, always) = match name {
            _ if SHELLS.contains(&name) => (at_its_prompt(inv) && !is_guarded(inv, cwd), true),
            _ if MULTIPLEXERS.contains(&name) => (inv.remote.is_some() || !shell_is_ours(cwd), true),
            _ if DOORS.contains(&name) => (!inner && !inv.wrapper && door(name, inv), true),
            _ if REMOTE.contains(&name) => (
                !inner && !inv.words().flatten().any(|word| matches!(word, "-N" | "-V" | "-G" | "-Q" | "-O" | "-W")),
                false,
            ),
            _ => (asks(name, inv), false),
        };
        let place = inv.remote.as_ref().map_or_else(String::new, |place| format!(" ({place})"));
        if opens && (always || named.insert(format!("{name}{place}"))) {
            let shown = render::visible(&format!("{name}{place}"), false);
            let instead = if inv.remote.is_none() { instead(name) } else { String::new() };
            return format!("wardsh: what is entered in {shown} is not judged{instead}");
        }
    }
    String::new()
}

/// What would be judged in its place.
fn instead(name: &str) -> String {
    match name {
        "bash" | "zsh" | "fish" => format!("; in `wardsh --shell {name}` it is"),
        "tmux" => "; in a window that runs wardsh it is (`tmux set -g default-command wardsh`)".to_owned(),
        _ if MULTIPLEXERS.contains(&name) => "; in a window that runs wardsh it is".to_owned(),
        _ => String::new(),
    }
}

/// A shell with neither a command nor a script.
fn at_its_prompt(inv: &Invocation) -> bool {
    let mut words = inv.words();
    while let Some(word) = words.next() {
        match word {
            Some("--rcfile" | "--init-file" | "-o" | "+o" | "-O" | "+O" | "-C" | "--init-command") => {
                let _ = words.next();
            }
            Some("--version" | "--help") | None => return false,
            Some("-s" | "-") => return true,
            Some(word) if word.starts_with("--") => {}
            Some(word) if word.starts_with(['-', '+']) && !word.contains('c') => {}
            Some(_) => return false,
        }
    }
    true
}

fn door(name: &str, inv: &Invocation) -> bool {
    let words: Vec<&str> = inv.words().flatten().collect();
    let short = |letters: &[char]| {
        words.iter().any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains(letters))
    };
    match name {
        "sudo" | "doas" => short(&['i', 's']) || words.iter().any(|word| matches!(*word, "--login" | "--shell")),
        "nix-shell" => !words.iter().any(|word| matches!(*word, "--run" | "--command")),
        "chroot" => words.iter().filter(|word| !word.starts_with('-')).count() == 1,
        "su" | "script" => !short(&['c', 'V', 'h']) && !words.iter().any(|word| word.starts_with("--c")),
        _ => true,
    }
}

fn asks(name: &str, inv: &Invocation) -> bool {
    let Some((name, otherwise)) =
        PROMPTS.iter().find(|(known, _)| name == *known || (*known == "python3" && name.starts_with("python3.")))
    else {
        return false;
    };
    let does = |word: &str| {
        otherwise.iter().any(|known| {
            word == *known
                || (known.len() == 2 && !word.starts_with("--") && word.starts_with(known))
                || word.split('=').next() == Some(*known)
        }) || matches!(word, "--version" | "--help")
    };
    inv.args.iter().all(|arg| {
        arg.value.literal().is_some_and(|word| {
            if word.starts_with('-') { word == "-i" || !does(word) } else { WITH_A_NAME.contains(name) }
        })
    })
}

/// The shell is a wardsh by another name.
fn is_guarded(inv: &Invocation, cwd: &str) -> bool {
    let Some(program) = inv.program.value.literal().filter(|_| inv.remote.is_none()) else { return false };
    found(program, cwd).is_some_and(|path| is_ours(Path::new(&path)))
}

/// A multiplexer's windows get this shell.
fn shell_is_ours(cwd: &str) -> bool {
    let shell = std::env::var("SHELL").ok();
    shell.and_then(|shell| found(&shell, cwd)).is_some_and(|shell| is_ours(Path::new(&shell)))
}

fn found(program: &str, cwd: &str) -> Option<String> {
    if program.contains('/') {
        return Some(program.to_owned());
    }
    which(program).or_else(|| store::RealWorld::new(std::sync::Arc::default(), cwd).which(program))
}

fn which(program: &str) -> Option<String> {
    let path = std::env::var("PATH").ok()?;
    path.split(':')
        .map(|dir| format!("{dir}/{program}"))
        .find(|path| rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok())
}
