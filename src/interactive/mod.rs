//! The interactive guarded shell: the user's own shell in a terminal of its own, and answers to what it asks before a
//! line runs.
//!
//! Owns the folder with start-up files and pipes, the order of question, look-ups and answer, and the dialogue on our
//! terminal. What a line means and whether it may run is the [`Guard`]'s to say; keys, output and signals are `run`'s.
//!
//! A process of the same user that may trace this shell can take it over; so can one that reads an answer on its way and
//! gives another. Everybody else lacks the key.
#![forbid(unsafe_code)]

mod asking;
mod bypass;
mod channel;
mod front;

use std::ffi::OsString;
use std::path::PathBuf;

use crate::approve::Channel;
use crate::approve::terminal::Manner;
use crate::request::{Reply, Request};
use crate::run::{self, Ended, Outlet, Plan, Stage};
use crate::shells::integration::{self, Files, Interactive, Start};
use crate::shells::protocol::Kind;

pub use channel::Broken;

/// A text that is judged.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The shell that would run it.
    pub shell: Interactive,
    /// How it came.
    pub kind: Kind,
    /// Its bytes.
    pub text: Vec<u8>,
    /// The shell's folder.
    pub cwd: String,
    /// What its names mean, as text that the shell would read.
    pub known: String,
    /// The grammar rejects it.
    pub rejected: bool,
}

/// A question to people.
pub struct Query {
    /// What is asked.
    pub request: Request,
    /// How it is put at this terminal; `None` where it is answered elsewhere only.
    pub here: Option<Manner>,
    /// Where else it can be answered; open.
    pub elsewhere: Vec<Box<dyn Channel>>,
    /// What is shown where it is not put here.
    pub waiting: String,
}

/// What becomes of a text.
pub enum Ruling {
    /// It runs; the note is shown first and may be empty.
    Run(String),
    /// A person is asked.
    Ask(Box<Query>),
    /// It does not run; the message says why.
    Refuse(String),
}

/// A job that runs although its line was not judged, as far as the system tells about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unasked {
    /// Its process group.
    pub group: i32,
    /// The shell.
    pub shell: i32,
    /// The process in the group that the rest is about; none where none is left.
    pub pid: Option<i32>,
    /// What runs, word by word.
    pub words: Vec<OsString>,
    /// Its program.
    pub exe: Option<PathBuf>,
    /// Its folder.
    pub cwd: Option<PathBuf>,
    /// It stands still.
    pub stopped: bool,
}

/// Decides about texts. A call may take as long as judging takes; it does not wait for anybody.
pub trait Guard {
    /// Decides.
    fn judge(&mut self, asked: &Asked) -> Ruling;

    /// A person said yes: `Err` with a message where what the answer rested on has changed since.
    ///
    /// # Errors
    /// The text is not to run.
    fn approved(&mut self, asked: &Asked, reply: &Reply) -> Result<(), String>;

    /// A job came to the front that nobody had been asked about; it has been told to stop. What is shown, without a line's end.
    fn unasked(&mut self, job: &Unasked) -> String;
}

/// A shell to run.
#[derive(Clone, Debug)]
pub struct Shell {
    /// Which one.
    pub kind: Interactive,
    /// The real program.
    pub path: OsString,
    /// As a login shell.
    pub login: bool,
    /// The user's start-up files.
    pub files: Files,
    /// More words for it.
    pub options: Vec<OsString>,
    /// Our environment, in order.
    pub environment: Vec<(OsString, OsString)>,
    /// A folder that may hold the channel's folder; of the user's own where there is one.
    pub runtime: PathBuf,
    /// Said when the shell is ready; may be empty.
    pub greeting: String,
}

/// Runs a shell to its end; all that it shows goes through `stages`.
///
/// # Errors
/// The channel or the terminal could not be set up, or the shell could not be started; nothing has run then.
pub fn run(
    shell: Shell,
    guard: &mut dyn Guard,
    stages: &mut dyn FnMut(Outlet) -> Box<dyn Stage>,
) -> Result<Ended, Broken> {
    let channel = channel::Channel::open(&shell.runtime)?;
    let value = |name: &str| {
        shell.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.to_string_lossy().into_owned())
    };
    let (zdotdir, prompt) = (value("ZDOTDIR"), value("PS1"));
    let setup = integration::setup(
        shell.kind,
        &Start {
            dir: channel.dir(),
            key: channel.key(),
            yes: channel.yes(),
            login: shell.login,
            zdotdir: zdotdir.as_deref(),
            files: &shell.files,
            prompt: prompt.as_deref(),
        },
    );
    channel.write(&setup.files)?;
    let mut argv = vec![OsString::from(setup.argv0.unwrap_or(shell.kind.name()))];
    // Long options come first, and before `-i` all are fine.
    let at = setup.args.iter().position(|word| word == "-i").unwrap_or(setup.args.len());
    let (before, behind) = setup.args.split_at(at);
    argv.extend(before.iter().map(OsString::from));
    argv.extend(shell.options.iter().cloned());
    argv.extend(behind.iter().map(OsString::from));
    let kept = shell.environment.iter().filter(|(name, _)| !setup.vars.iter().any(|(set, _)| name == set));
    let pair = |name: &std::ffi::OsStr, value: &std::ffi::OsStr| {
        let mut text = name.to_os_string();
        text.push("=");
        text.push(value);
        text
    };
    let mut environment: Vec<OsString> = kept.map(|(name, value)| pair(name, value)).collect();
    environment.extend(setup.vars.iter().map(|(name, value)| pair(name.as_ref(), value.as_ref())));
    let plan = Plan { path: shell.path.clone(), argv, environment: Some(environment), ..Plan::default() };
    let mut front = front::Front::new(&shell, channel, guard);
    Ok(run::run(plan, stages, &mut front)?)
}
