//! `wardsh -c COMMAND`: a shell's own shape. Judged, then the real shell takes over this process.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::ExitCode;

use super::{Exit, Places, decide, interactive, render, setup};
use crate::session::Submission;
use crate::shells::{self, Mode, Shell};
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
pub(super) fn run(places: &Places, shell: Shell, args: &[OsString]) -> ExitCode {
    match guarded(places, shell, args) {
        Ok(exit) => exit.into(),
        Err(error) => {
            render::error(&error);
            eprintln!("hint: nothing was run; `wardsh policy lint` shows what is wrong with policy and rule files");
            Exit::Broken.into()
        }
    }
}

fn guarded(places: &Places, shell: Shell, args: &[OsString]) -> anyhow::Result<Exit> {
    let Some(path) = real_shell(shell) else {
        eprintln!("wardsh: no real {} was found\nhint: looked for {}", shell.name(), shell.places().join(", "));
        return Ok(Exit::NotFound);
    };
    let words = args.get(1..).unwrap_or(&[]);
    let text = match shells::read(words) {
        Mode::Command { text, .. } => text,
        Mode::Nothing | Mode::Invalid => return Ok(become_shell(path, shell, args)),
        Mode::Stdin if interactive::wanted(words) => {
            let login = args.first().is_some_and(|argv0| argv0.as_bytes().starts_with(b"-"));
            return interactive::as_shell(shell, path, words, login);
        }
        Mode::Script(_) | Mode::Stdin => {
            eprintln!("wardsh: only `-c COMMAND` is guarded in this version, so this is refused");
            eprintln!("hint: wardsh -c 'bash script.sh' judges a script and runs it");
            return Ok(Exit::Refused);
        }
    };
    let session = setup::session(places)?;
    let cwd = setup::cwd()?;
    let actor = setup::caller(&session);
    let shell_words: Vec<Vec<u8>> = std::iter::once(path.as_bytes().to_vec())
        .chain(words.iter().filter(|word| **word != text).map(|word| word.as_bytes().to_vec()))
        .collect();
    let submission = Submission { command: text.as_bytes(), cwd: &cwd, actor: &actor, shell: &shell_words };
    let judgement = session.judge(&submission)?;
    if !decide::decide(&session, &submission, judgement)? {
        return Ok(Exit::Refused);
    }
    Ok(become_shell(path, shell, args))
}

/// The first of the shell's places that is an executable file other than this program.
pub(super) fn real_shell(shell: Shell) -> Option<&'static str> {
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
