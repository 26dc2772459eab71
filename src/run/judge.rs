//! Who decides about programs that the running program starts.

use std::os::fd::BorrowedFd;

use crate::policy::Decision;

/// Names one program that waits to be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExecId(pub u64);

/// A program that is about to start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exec {
    /// The process or thread that starts it.
    pub pid: i32,
    /// The file, as it was named.
    pub path: Vec<u8>,
    /// All words, argv\[0\] included.
    pub argv: Vec<Vec<u8>>,
    /// The folder that it starts in.
    pub cwd: Vec<u8>,
}

/// What a judge says at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Answer {
    /// The decision.
    Decided(Decision),
    /// Somebody is asked; the program waits, and everything else goes on.
    Waiting(ExecId),
}

/// Decides about programs. A call never blocks.
pub trait Judge {
    /// Judges one program.
    fn judge(&mut self, exec: &Exec) -> Answer;

    /// Descriptors on which answers come.
    fn fds(&self) -> Vec<BorrowedFd<'_>>;

    /// Decisions that have come in, or whose time is up.
    fn ready(&mut self) -> Vec<(ExecId, Decision)>;
}
