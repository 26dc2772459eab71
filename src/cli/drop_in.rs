//! `wardsh -c COMMAND`: a shell's own shape. Judged, then the real shell takes over this process.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::ExitCode;

use super::{Exit, Places, explain, render, setup};
use crate::approve::terminal;
use crate::policy::decision::ActorKind;
use crate::policy::{Decision, Severity, Verdict};
use crate::session::{Judgement, Session, Submission};
use crate::shells::Shell;
use crate::shells::arguments::{self, Dialect, Mode};
use crate::sys;

/// Says whether the first word makes this a call of a shell: `-c`, `-lc`, `-o`, … but no long option of ours.
pub(super) fn is_shell_shape(first: &OsStr) -> bool {
    let bytes = first.as_bytes();
    match bytes {
        b"-h" | b"-V" => false,
        [b'-', b'-', ..] => {
            matches!(bytes, b"--login" | b"--norc" | b"--noprofile" | b"--posix" | b"--rcfile" | b"--init-file")
        }
        [b'-' | b'+', ..] => true,
        _ => false,
    }
}

/// Judges the text that a shell would be given, and becomes that shell where it may run.
pub(super) fn run(shell: Shell, args: &[OsString]) -> ExitCode {
    match guarded(shell, args) {
        Ok(exit) => exit.into(),
        Err(error) => {
            render::error(&error);
            eprintln!("hint: nothing was run; `wardsh policy lint` shows what is wrong with policy and rule files");
            Exit::Broken.into()
        }
    }
}

fn guarded(shell: Shell, args: &[OsString]) -> anyhow::Result<Exit> {
    let Some(path) = real_shell(shell) else {
        eprintln!("wardsh: no real {} was found\nhint: looked for {}", shell.name(), shell.places().join(", "));
        return Ok(Exit::NotFound);
    };
    let words = args.get(1..).unwrap_or(&[]);
    let text = match arguments::read(Dialect::Bash, words).mode {
        Mode::Command { text, .. } => text,
        Mode::Nothing => return Ok(become_shell(path, shell, args)),
        Mode::Script { .. } | Mode::Stdin { .. } => {
            eprintln!("wardsh: only `-c COMMAND` is guarded in this version, so this is refused");
            eprintln!("hint: wardsh -c 'bash script.sh' judges a script and runs it");
            return Ok(Exit::Refused);
        }
    };
    let session = setup::session(&Places::default())?;
    let cwd = setup::cwd()?;
    let actor = setup::caller(&session);
    let shell_words: Vec<Vec<u8>> = std::iter::once(path.as_bytes().to_vec())
        .chain(words.iter().filter(|word| **word != text).map(|word| word.as_bytes().to_vec()))
        .collect();
    let submission = Submission { command: text.as_bytes(), cwd: &cwd, actor: &actor, shell: &shell_words };
    let mut judgement = session.judge(&submission)?;
    // Only what a line would do can have been refused before.
    if actor.kind == ActorKind::Agent && !judgement.verdict.effects.is_empty() {
        session.remember(&|| setup::session_key(&session), &mut judgement.verdict);
    }
    if !decide(&session, &submission, &judgement)? {
        return Ok(Exit::Refused);
    }
    Ok(become_shell(path, shell, args))
}

/// Says whether the line may run; what refuses it has been said on standard error.
fn decide(session: &Session, submission: &Submission<'_>, judgement: &Judgement) -> anyhow::Result<bool> {
    let verdict = &judgement.verdict;
    match verdict.decision {
        Decision::Allow | Decision::Warn => Ok(true),
        Decision::Deny => {
            render::refusal(verdict, "this is refused for everyone; no approval changes it");
            Ok(false)
        }
        Decision::Ask if submission.actor.kind == ActorKind::Human => {
            if !asked(judgement) {
                eprintln!("wardsh: not run");
                return Ok(false);
            }
            // What was approved is what runs: everything is read again.
            let again = session.judge(submission)?;
            if again.verdict.digest != verdict.digest {
                eprintln!("wardsh: not run: something that the answer rested on has changed in the meantime");
                eprintln!("hint: submit the command again");
                return Ok(false);
            }
            Ok(true)
        }
        Decision::Ask => {
            render::refusal(
                verdict,
                "this needs a person: ask yours to run it from their own terminal, or to allow it with `wardsh policy except`",
            );
            Ok(false)
        }
    }
}

/// Shows what would happen and asks; critical things want a word typed.
fn asked(judgement: &Judgement) -> bool {
    let verdict = &judgement.verdict;
    eprint!("{}", question(verdict));
    let critical = verdict.matches.iter().any(|found| found.severity == Severity::Critical);
    if critical {
        return terminal::challenge("This is critical.", &terminal::random_word());
    }
    terminal::confirm("Run it once?")
}

/// At most 20 lines: the offending words first, then what it would do, which rule, why, and what instead.
fn question(verdict: &Verdict) -> String {
    let mut out = String::from("wardsh asks before this runs:\n");
    let first = verdict.matches.first();
    out.push_str(&explain::underlined(&verdict.command, first.map(|found| found.span)));
    for effect in verdict.effects.iter().take(4) {
        out.push_str(&format!(
            "  would    {} {} ({})\n",
            effect.kind.as_str(),
            render::visible(&effect.target, false),
            effect.scope
        ));
    }
    if verdict.effects.len() > 4 {
        out.push_str(&format!("  … and {} more effects\n", verdict.effects.len() - 4));
    }
    if let Some(found) = first {
        out.push_str(&format!("  rule     {} ({})\n  why      {}\n", found.rule, found.severity, found.because));
        if !found.instead.is_empty() {
            out.push_str(&format!("  instead  {}\n", found.instead));
        }
    }
    let mut lines: Vec<&str> = out.lines().collect();
    if lines.len() > 20 {
        lines.truncate(19);
        lines.push("  … more with `wardsh explain`");
    }
    lines.join("\n") + "\n"
}

/// The first of the shell's places that is an executable file other than this program.
fn real_shell(shell: Shell) -> Option<&'static str> {
    let identity = |path: &Path| std::fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
    let own = std::env::current_exe().ok().and_then(|path| identity(&path));
    shell.places().iter().copied().find(|path| {
        let real = identity(Path::new(path));
        real.is_some() && real != own && rustix::fs::access(*path, rustix::fs::Access::EXEC_OK).is_ok()
    })
}

/// Hands this process over to the real shell, with the caller's words.
fn become_shell(path: &str, shell: Shell, args: &[OsString]) -> Exit {
    let mut argv = args.to_vec();
    if let Some(argv0) = argv.first_mut()
        && Shell::of_argv0(argv0).is_none()
    {
        *argv0 = OsString::from(shell.name());
    }
    let error = sys::exec(OsStr::new(path), &argv);
    eprintln!("wardsh: {path}: {error}");
    Exit::Broken
}
