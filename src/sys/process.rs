//! Children: forking, waiting, and ending as one of them ended.

use std::io;

use super::{SignalSet, signal_self};

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Ended {
    /// By itself, with this exit status (0 to 255).
    Status(i32),
    /// By this signal.
    Signal(i32),
}

impl Ended {
    /// The status as a shell would give it in `$?`.
    #[must_use]
    pub const fn code(self) -> i32 {
        match self {
            Self::Status(status) => status,
            Self::Signal(signal) => 128 + signal,
        }
    }
}

/// What happened to a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is gone.
    Ended(Ended),
    /// It was stopped by this signal.
    Stopped(i32),
    /// It goes on after a stop.
    Continued,
}

/// Asks without waiting what happened to a child since the last time. A child that is not ours counts as killed.
#[must_use]
pub fn changed(pid: i32) -> Option<Change> {
    wait(pid, libc::WNOHANG | libc::WUNTRACED | libc::WCONTINUED)
}

/// Waits for the end of a child.
pub fn wait_for(pid: i32) -> Ended {
    loop {
        if let Some(Change::Ended(ended)) = wait(pid, 0) {
            return ended;
        }
    }
}

fn wait(pid: i32, options: i32) -> Option<Change> {
    let mut status = 0;
    loop {
        // SAFETY: the status is a valid place to write to; the call reaps nothing but this child.
        let got = unsafe { libc::waitpid(pid, &raw mut status, options) };
        if got == pid {
            break;
        }
        if got == 0 {
            return None;
        }
        if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return Some(Change::Ended(Ended::Signal(libc::SIGKILL)));
        }
    }
    Some(if libc::WIFEXITED(status) {
        Change::Ended(Ended::Status(libc::WEXITSTATUS(status)))
    } else if libc::WIFSTOPPED(status) {
        Change::Stopped(libc::WSTOPSIG(status))
    } else if libc::WIFCONTINUED(status) {
        Change::Continued
    } else {
        Change::Ended(Ended::Signal(libc::WTERMSIG(status)))
    })
}

/// Which of the two processes goes on after a fork.
pub enum Forked {
    /// The one that forked, with the other's id.
    Parent(i32),
    /// The new one.
    Child,
}

/// Makes a copy of this process. This program has one thread, so the copy may do whatever the original may.
pub fn fork() -> io::Result<Forked> {
    // SAFETY: no other thread exists that could hold a lock.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Forked::Child),
        pid => Ok(Forked::Parent(pid)),
    }
}

/// Our own process id.
#[must_use]
pub fn own_id() -> i32 {
    // SAFETY: getpid takes nothing and cannot fail.
    unsafe { libc::getpid() }
}

/// Ends at once with a status: no destructor, no handler. For copies made by [`fork`].
pub fn leave(status: i32) -> ! {
    // SAFETY: _exit does not return and touches no memory.
    unsafe { libc::_exit(status) }
}

/// Kills this process when its parent, whose id is given, ends; false where the parent is gone already.
#[must_use]
pub fn die_with(parent: i32) -> bool {
    // SAFETY: the option takes a number. Async-signal-safe.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0);
        libc::getppid() == parent
    }
}

/// Ends this process as another one ended; a death by signal leaves no second core.
pub fn die_as(ended: Ended) -> ! {
    match ended {
        Ended::Status(status) => leave(status),
        Ended::Signal(signal) => {
            let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
            // SAFETY: the limit is a valid value; SIG_DFL involves no handler.
            unsafe {
                libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
                libc::signal(signal, libc::SIG_DFL);
            }
            // Pending signals of other kinds stay blocked, so that none of them comes first.
            let mut rest = SignalSet::of(&[]).block();
            rest.remove(signal);
            rest.set();
            signal_self(signal);
            // SIGKILL cannot be looked at by `signal`; what does not kill by default gives the shell's number.
            leave(128 + signal)
        }
    }
}

/// Makes this process the leader of a new session without a terminal.
pub fn new_session() -> io::Result<()> {
    // SAFETY: setsid takes nothing.
    if unsafe { libc::setsid() } < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
