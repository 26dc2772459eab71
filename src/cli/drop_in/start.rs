//! The real shell: where it is, and how it takes over.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Call;
use crate::cli::{Exit, launch};
use crate::session::{Judgement, Session};
use crate::shells::Shell;
use crate::sys;

/// Where the administrator lists the login shells.
const LOGIN_SHELLS: &str = "/etc/shells";

/// The first of the shell's places, then of the system's login shells of that name, that is an executable file other
/// than this program.
pub(in crate::cli) fn real_shell(shell: Shell) -> Option<&'static str> {
    let identity = |path: &Path| std::fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
    let own = std::env::current_exe().ok().and_then(|path| identity(&path));
    let is_real = |path: &str| {
        let real = identity(Path::new(path));
        real.is_some() && real != own && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
    };
    if let Some(path) = shell.places().iter().copied().find(|path| is_real(path)) {
        return Some(path);
    }
    let listed = std::fs::read_to_string(LOGIN_SHELLS).ok()?;
    let named = |path: &&str| path.starts_with('/') && path.rsplit('/').next() == Some(shell.name());
    let path = listed.lines().map(str::trim).filter(named).find(|path| is_real(path))?;
    // Once per process.
    Some(Box::leak(path.to_owned().into_boxed_str()))
}

/// The name of the program behind a path, links followed.
pub(super) fn file_name(path: &str) -> OsString {
    // Where it is no link, its name is its own, whatever its folder is.
    let is_file = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file());
    let real = if is_file { path.into() } else { std::fs::canonicalize(path).unwrap_or_default() };
    real.file_name().unwrap_or_default().to_owned()
}

/// Hands this process over to the real shell, with the caller's words: nothing is to be judged.
pub(super) fn become_shell(call: &Call<'_>) -> Exit {
    launch::failed(OsStr::new(call.path), &sys::exec(OsStr::new(call.path), &argv(call)))
}

/// Runs the real shell with the caller's words.
pub(super) fn run_shell(call: &Call<'_>, session: &Session, judgement: &Judgement) -> anyhow::Result<Exit> {
    launch::launch(session, judgement, OsStr::new(call.path), argv(call))
}

/// The caller's words; for a name that is no shell's, the shell's own.
pub(super) fn argv(call: &Call<'_>) -> Vec<OsString> {
    let mut argv = call.args.to_vec();
    if let Some(argv0) = argv.first_mut()
        && Shell::of_argv0(argv0).is_none()
    {
        *argv0 = OsString::from(call.shell.name());
    }
    argv
}
