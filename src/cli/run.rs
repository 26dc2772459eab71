//! `wardsh run`: one program, guarded, without a shell.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use rustix::io::Errno;

use super::gate::{self, Wanted};
use super::{Exit, Places, render, setup};
use crate::shells::arguments;
use crate::syntax::Setting;
use crate::sys;

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
    let session = setup::session(places)?;
    let wanted = Wanted { text, shell: Vec::new(), setting: Setting::default(), wrapped: false };
    if gate::passes(&session, &wanted)?.is_none() {
        return Ok(Exit::Refused);
    }
    Ok(become_program(words))
}

/// Becomes the program, found as execvp(3) finds it; returns only where that fails.
fn become_program(words: &[OsString]) -> Exit {
    let Some(name) = words.first() else { return Exit::Usage };
    let mut denied = None;
    for path in candidates(name) {
        let error = sys::exec(path.as_os_str(), words);
        match Errno::from_io_error(&error) {
            Some(Errno::NOENT | Errno::NOTDIR) => {}
            Some(Errno::ACCESS) => denied = Some(error),
            _ => {
                denied = Some(error);
                break;
            }
        }
    }
    let shown = render::visible(&name.to_string_lossy(), false);
    match denied {
        Some(error) => {
            eprintln!("wardsh: {shown}: {error}");
            Exit::Refused
        }
        None => {
            eprintln!("wardsh: {shown}: not found");
            Exit::NotFound
        }
    }
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
