//! Runs the real program under one single-threaded event loop: output, exit, signals, window size, keys, and whatever
//! else waits.
//!
//! Knows neither rules nor approval. What comes out goes through a [`Stage`]; who asks questions meanwhile is a [`Watch`];
//! who judges what the program starts is a [`Judge`].
//!
//! With the program's outputs relayed through pipes it stays in our session and process group, so that terminals and callers
//! treat it as they would without us. Where the keyboard is ours, it gets a terminal of its own, and a monitor process
//! leads its session, so that Ctrl-Z works.
//!
//! Nothing here sets `O_NONBLOCK` on a descriptor that our caller gave us, and nothing blocks in a write.
#![forbid(unsafe_code)]

mod channel;
#[cfg(target_os = "linux")]
mod feed;
mod front;
mod judge;
mod layout;
mod link;
mod mirror;
mod monitor;
mod outer;
mod signals;
mod sink;
mod stage;
mod start;
mod watch;

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;

#[cfg(target_os = "linux")]
pub use feed::{Censor, Feeder, Readers, Reads, feeder_of};
pub use judge::{Answer, Exec, ExecId, Judge};
pub use stage::{Outlet, Pass, Stage};
pub use watch::{Alone, Hands, Interest, State, Watch, Whom};

pub use crate::sys::Ended;

/// For whom the program runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Party {
    /// A person: a terminal of its own only where the keyboard is ours.
    #[default]
    Person,
    /// A guarded agent: it never reaches our controlling terminal, which would lead past the stages.
    Agent,
}

/// A program to run.
#[derive(Debug, Default)]
pub struct Plan {
    /// The file, resolved.
    pub path: OsString,
    /// All words, argv\[0\] included.
    pub argv: Vec<OsString>,
    /// `NAME=value` each; `None` hands on our caller's environment byte for byte.
    pub environment: Option<Vec<OsString>>,
    /// What the program gets as standard input in place of ours.
    pub stdin: Option<OwnedFd>,
    /// For whom it runs.
    pub party: Party,
    /// It is an interactive shell, which makes process groups of its own: Ctrl-C is its own affair. Else everybody in our
    /// process group is told of it, as they would be without us.
    pub job_control: bool,
}

/// Why a program could not be run. Nothing of it has run then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A word or the path holds a NUL byte.
    #[error("a word holds a NUL byte")]
    Nul,
    /// The system would not give what the loop needs.
    #[error("cannot set up {what}")]
    Setup {
        /// What was wanted.
        what: &'static str,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// The program could not be started.
    #[error("cannot start `{path}`")]
    Start {
        /// The program.
        path: String,
        /// What the system said.
        #[source]
        error: io::Error,
    },
}

impl Error {
    fn setup<E: Into<io::Error>>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Setup { what, error: error.into() }
    }
}

/// Runs a shell to its end with its output unchanged and nobody watching: for an edge without masker and record.
///
/// # Errors
/// As [`run`].
pub fn shell(path: &OsStr, argv: Vec<OsString>, party: Party) -> Result<Ended, Error> {
    let plan = Plan { path: path.to_owned(), argv, party, ..Plan::default() };
    run(plan, &mut |_| Box::new(Pass), &mut Alone)
}

/// Runs a program to its end, and gives how it ended.
///
/// `stages` is asked once for each channel. Where background processes keep an output open, a copy of this process stays
/// behind and serves them, and this one returns at once; in the copy this function does not return. The caller is expected
/// to end with [`crate::sys::die_as`].
///
/// # Errors
/// Only before the program has run.
pub fn run(
    plan: Plan,
    stages: &mut dyn FnMut(Outlet) -> Box<dyn Stage>,
    watch: &mut dyn Watch,
) -> Result<Ended, Error> {
    start::front(plan, stages, watch)?.run()
}
