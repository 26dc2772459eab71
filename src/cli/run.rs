//! `wardsh run`: one program, guarded, without a shell.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use rustix::io::Errno;

use super::gate::{self, Wanted};
use super::{Exit, Places, launch, render, setup};
use crate::shells::arguments;
use crate::syntax::Setting;

/// Where programs are looked for when there is no `PATH`, as execvp(3) does.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// The program and its words
    #[arg(value_name = "PROGRAM", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

pub(super) fn run(places: &Places, args: &RunArgs) -> ExitCode {
    match guarded(places, &args.words) {
        Ok(exit) => exit.into(),
        Err(error) => {
            render::error(&error);
            Exit::Broken.into()
        }
    }
}

fn guarded(places: &Places, words: &[OsString]) -> anyhow::Result<Exit> {
    let text = arguments::joined(words).as_bytes().to_vec();
    let session = setup::session(places)?.lean();
    let wanted = Wanted { text, shell: Vec::new(), setting: Setting::default(), wrapped: false };
    let Some(judgement) = gate::passes(&session, &wanted)? else { return Ok(Exit::Refused) };
    match find(words) {
        Ok(path) => launch::launch(&session, &judgement, path.as_os_str(), words.to_vec()),
        Err(exit) => Ok(exit),
    }
}

/// The program's file, found as execvp(3) finds it. What is wrong where there is none has been said.
fn find(words: &[OsString]) -> Result<PathBuf, Exit> {
    let name = words.first().ok_or(Exit::Usage)?;
    let mut refused = None;
    for path in candidates(name) {
        match rustix::fs::access(&path, rustix::fs::Access::EXEC_OK) {
            Ok(()) if !path.is_dir() => return Ok(path),
            Ok(()) | Err(Errno::ACCESS) => refused = Some(path),
            Err(_) => {}
        }
    }
    let error = if refused.is_some() { Errno::ACCESS } else { Errno::NOENT };
    Err(launch::failed(name, &error.into()))
}

fn candidates(name: &OsStr) -> Vec<PathBuf> {
    if name.is_empty() || name.as_bytes().contains(&b'/') {
        return vec![name.into()];
    }
    let dirs = std::env::var_os("PATH").unwrap_or_else(|| DEFAULT_PATH.into());
    std::env::split_paths(&dirs)
        .map(|dir| if dir.as_os_str().is_empty() { name.into() } else { dir.join(name) })
        .collect()
}
