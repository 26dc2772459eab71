//! `wardsh`, `wardsh -l`, `-bash`: the user's own shell, each line judged before it runs.

mod lines;
mod nested;
mod options;
mod unasked;

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;

use super::{Exit, Places, drop_in, launch, render, setup};
use crate::mask::fields::Hint;
use crate::policy::decision::ActorKind;
use crate::shells::Shell;
use crate::shells::integration::Interactive;
use crate::{interactive, run, store, sys};

use lines::Lines;
use options::Options;

/// Where fish is.
const FISH: &[&str] = &["/usr/bin/fish", "/bin/fish", "/usr/local/bin/fish", "/opt/homebrew/bin/fish"];

/// The interactive shell, where no subcommand is named.
#[derive(Debug, Default, Args)]
pub(super) struct ShellArgs {
    /// The shell underneath: bash, zsh or fish
    #[arg(long, value_name = "PATH")]
    shell: Option<PathBuf>,
    /// As a login shell
    #[arg(short, long)]
    pub(super) login: bool,
    /// As every shell takes it; this one is interactive anyway
    #[arg(short, hide = true)]
    interactive: bool,
}

/// `wardsh`, `wardsh -l`, `-wardsh`, `wardsh -il --shell PATH` at a terminal: the user's own shell, whichever that is. Any
/// other word makes it bash's place that is taken, or a subcommand.
pub(super) fn is_own_call(words: &[OsString]) -> bool {
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        match word.as_bytes() {
            b"-l" | b"-i" | b"-il" | b"-li" | b"--login" => {}
            b"--shell" | b"--config-dir" | b"--state-dir" => {
                let _ = rest.next();
            }
            word if [&b"--shell="[..], b"--config-dir=", b"--state-dir="].iter().any(|own| word.starts_with(own)) => {}
            _ => return false,
        }
    }
    wanted(&[])
}

/// Says whether a shell called with these words, and no text to run, would be interactive.
pub(super) fn wanted(words: &[OsString]) -> bool {
    let short = |letter: u8| {
        words.iter().any(|word| matches!(word.as_bytes(), [b'-', first, rest @ ..] if *first != b'-' && (*first == letter || rest.contains(&letter))))
    };
    if short(b's') && !short(b'i') {
        return std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    }
    short(b'i') || (std::io::stdin().is_terminal() && std::io::stderr().is_terminal())
}

/// `wardsh`, `wardsh --shell PATH`, `wardsh --login`
pub(super) fn run(places: &Places, args: &ShellArgs) -> Result<Exit> {
    if !wanted(&[]) {
        bail!("standard input is no terminal: say what to do, or give a command with -c");
    }
    let path = match &args.shell {
        Some(path) => by_name(path).unwrap_or_else(|| path.clone()),
        None => own_shell(),
    };
    let Some(kind) = Interactive::of_name(&path.to_string_lossy()) else {
        bail!("{}: only bash, zsh and fish can be guarded line by line", path.display());
    };
    if is_ours(&path) || rustix::fs::access(&path, rustix::fs::Access::EXEC_OK).is_err() {
        bail!("{}: not a shell that can be started", path.display());
    }
    start(places, kind, &path, Options { login: args.login, ..Options::default() })
}

/// A link named like a shell, or a shell's own options.
pub(super) fn as_shell(places: &Places, shell: Shell, path: &str, words: &[OsString], argv0: bool) -> Result<Exit> {
    // sh and dash ask nobody before a line runs.
    let kind = Interactive::of_name(shell.name());
    let path = if kind.is_some() { Some(path) } else { drop_in::real_shell(Shell::Bash) };
    let Some(path) = path else {
        eprintln!("wardsh: {} cannot be guarded line by line, and there is no bash\nhint: install bash", shell.name());
        return Ok(Exit::NotFound);
    };
    let kind = kind.unwrap_or(Interactive::Bash);
    match options::read(kind, words) {
        Ok(options) => {
            let options = Options { login: options.login || argv0, ..options };
            start(places, kind, Path::new(path), options)
        }
        Err(word) => {
            let word = render::visible(&word.to_string_lossy(), false);
            eprintln!("wardsh: {word}: not possible for an interactive shell that is guarded");
            eprintln!("hint: the real shell is at {path}; what is entered there is not judged");
            Ok(Exit::Refused)
        }
    }
}

/// The user's login shell where it can be guarded, else bash.
fn own_shell() -> PathBuf {
    let uid = store::own_uid();
    let named = store::shell_of_uid(uid).filter(|path| Interactive::of_name(path).is_some());
    let usable = named.map(PathBuf::from).filter(|path| !is_ours(path) && path.exists());
    usable.unwrap_or_else(|| PathBuf::from(drop_in::real_shell(Shell::Bash).unwrap_or("/bin/bash")))
}

/// A shell that is given by its name alone, at the places where shells are; never by `PATH`.
fn by_name(name: &Path) -> Option<PathBuf> {
    if name.as_os_str().as_bytes().contains(&b'/') {
        return None;
    }
    let real = match Interactive::of_name(name.to_str()?)? {
        Interactive::Bash => drop_in::real_shell(Shell::Bash),
        Interactive::Zsh => drop_in::real_shell(Shell::Zsh),
        Interactive::Fish => FISH.iter().copied().find(|path| Path::new(path).exists() && !is_ours(Path::new(path))),
    };
    real.map(PathBuf::from)
}

/// Says whether a path leads to this very program.
fn is_ours(path: &Path) -> bool {
    let identity = |path: &Path| std::fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
    let own = std::env::current_exe().ok().and_then(|path| identity(&path));
    own.is_some() && identity(path) == own
}

fn start(places: &Places, kind: Interactive, path: &Path, options: Options) -> Result<Exit> {
    let mut lines = Lines::open(places, kind, path)?;
    if lines.actor.kind == ActorKind::Agent && !lines.faults.is_empty() {
        bail!("{}", lines.faults);
    }
    let shell = interactive::Shell {
        kind,
        path: path.as_os_str().to_owned(),
        login: options.login,
        files: options.files,
        options: options.rest,
        environment: sys::environment().to_vec(),
        runtime: runtime(places),
        greeting: lines.banner(),
    };
    store::leftovers::clear(&shell.runtime);
    let session = lines.session()?;
    let cwd = setup::cwd().unwrap_or_else(|_| "/".to_owned());
    let settings = session.settings(&[&cwd])?;
    let off = settings.policy.masks_nothing(lines.actor.kind);
    let filter = launch::filter(&session, &settings.policy, Vec::new(), &cwd)?;
    let _entered = launch::enter(&session);
    let expected = lines.expected.clone();
    let mut stages = |outlet: run::Outlet| -> Box<dyn run::Stage> {
        match outlet {
            _ if off => Box::new(run::Pass),
            run::Outlet::Terminal => filter.terminal(expected.clone()),
            _ => filter.stage(outlet, Hint::None),
        }
    };
    let ended = interactive::run(shell, &mut lines, &mut stages)?;
    sys::die_as(ended)
}

/// Where the channel's folder is made: below `--state-dir` where that is given, else in the user's own runtime folder, else
/// in the one for temporary files.
fn runtime(places: &Places) -> PathBuf {
    let given = places.state_dir.as_ref().and_then(|dir| std::path::absolute(dir).ok());
    if let Some(dir) = given.filter(|dir| std::fs::create_dir_all(dir).is_ok()) {
        return dir;
    }
    let uid = rustix::process::getuid().as_raw();
    let own = PathBuf::from(format!("/run/user/{uid}"));
    let fits = std::fs::metadata(&own).is_ok_and(|meta| meta.uid() == uid && meta.permissions().mode() % 0o100 == 0);
    if fits && rustix::fs::access(&own, rustix::fs::Access::WRITE_OK).is_ok() { own } else { PathBuf::from("/tmp") }
}
