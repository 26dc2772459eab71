//! Signals as descriptors (signalfd(2)), and sending them.

use std::io;
use std::mem::{MaybeUninit, size_of};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// A set of signals.
#[derive(Clone, Copy)]
pub struct SignalSet(pub(super) libc::sigset_t);

impl SignalSet {
    /// The set of these signals; numbers that the system does not know are left out.
    #[must_use]
    pub fn of(signals: &[i32]) -> Self {
        let mut set = MaybeUninit::uninit();
        // SAFETY: sigemptyset initialises the set, after which sigaddset may change it.
        unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            for signal in signals {
                libc::sigaddset(set.as_mut_ptr(), *signal);
            }
            Self(set.assume_init())
        }
    }

    /// Every signal.
    #[must_use]
    pub fn all() -> Self {
        let mut set = MaybeUninit::uninit();
        // SAFETY: sigfillset initialises the set.
        unsafe {
            libc::sigfillset(set.as_mut_ptr());
            Self(set.assume_init())
        }
    }

    /// Takes a signal out.
    pub fn remove(&mut self, signal: i32) {
        // SAFETY: the set is initialised; an unknown number changes nothing.
        unsafe {
            libc::sigdelset(&raw mut self.0, signal);
        }
    }

    /// Blocks these signals in addition; gives the mask that was in force.
    #[allow(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "not everybody puts the old mask back"
    )]
    pub fn block(&self) -> Self {
        self.change(libc::SIG_BLOCK)
    }

    /// Makes this the mask; gives the one that was in force.
    #[allow(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "not everybody puts the old mask back"
    )]
    pub fn set(&self) -> Self {
        self.change(libc::SIG_SETMASK)
    }

    fn change(&self, how: i32) -> Self {
        let mut old = Self::of(&[]);
        // SAFETY: both sets are initialised; the call cannot fail with a valid `how`. Async-signal-safe.
        unsafe {
            libc::sigprocmask(how, &raw const self.0, &raw mut old.0);
        }
        old
    }

    /// A descriptor that becomes readable when one of these signals, which are to be blocked, arrives.
    pub fn descriptor(&self) -> io::Result<OwnedFd> {
        // SAFETY: the set is initialised; -1 asks for a new descriptor.
        let fd = unsafe { libc::signalfd(-1, &raw const self.0, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call has just given us this descriptor.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    }
}

/// One signal that arrived.
#[derive(Clone, Copy, Debug)]
pub struct Arrived {
    /// Its number.
    pub signal: i32,
    /// A terminal sent it, to a whole process group; else a process did.
    pub from_kernel: bool,
    /// The process that sent it; zero where that cannot be seen.
    pub sender: i32,
}

/// Takes the next signal from a descriptor made by [`SignalSet::descriptor`]; `None` where none waits.
#[must_use]
pub fn next_signal(fd: BorrowedFd<'_>) -> Option<Arrived> {
    let mut info = MaybeUninit::<libc::signalfd_siginfo>::uninit();
    let size = size_of::<libc::signalfd_siginfo>();
    // SAFETY: the buffer has the size that is given; signalfd only writes whole records.
    let got = unsafe { libc::read(fd.as_raw_fd(), info.as_mut_ptr().cast(), size) };
    if usize::try_from(got) != Ok(size) {
        return None;
    }
    // SAFETY: a whole record was written.
    let info = unsafe { info.assume_init() };
    Some(Arrived {
        signal: info.ssi_signo.cast_signed(),
        from_kernel: info.ssi_code == libc::SI_KERNEL,
        sender: info.ssi_pid.cast_signed(),
    })
}

/// Sends a signal to one process, where there is one.
pub fn signal_process(pid: i32, signal: i32) {
    if pid > 0 {
        // SAFETY: kill touches no memory; zero and negative numbers, which mean groups, are kept out.
        unsafe {
            libc::kill(pid, signal);
        }
    }
}

/// Sends a signal to a process group, where there is one.
pub fn signal_group(group: i32, signal: i32) {
    if group > 1 {
        // SAFETY: as above; 1 would mean every process.
        unsafe {
            libc::kill(-group, signal);
        }
    }
}

/// Sends a signal to our own process group, ourselves included.
pub fn signal_own_group(signal: i32) {
    // SAFETY: kill touches no memory; 0 is our own group.
    unsafe {
        libc::kill(0, signal);
    }
}

/// Sends a signal to this process.
pub fn signal_self(signal: i32) {
    // SAFETY: neither call touches memory.
    unsafe {
        libc::kill(libc::getpid(), signal);
    }
}

/// Lets a blocked signal act on this process, and stops it where that is what the signal does; returns when it goes on.
pub fn stop_self(by: i32) {
    // Sent first: where it is blocked and waits already, it must not act twice.
    signal_self(by);
    let mut open = SignalSet::of(&[]).block();
    open.remove(by);
    let mask = open.set();
    mask.set();
}

/// Numbers of signals, for modules that make no raw calls.
pub mod signal {
    pub use libc::{
        SIGALRM as ALRM, SIGCHLD as CHLD, SIGCONT as CONT, SIGHUP as HUP, SIGINT as INT, SIGKILL as KILL,
        SIGPIPE as PIPE, SIGQUIT as QUIT, SIGSTOP as STOP, SIGTERM as TERM, SIGTSTP as TSTP, SIGTTIN as TTIN,
        SIGTTOU as TTOU, SIGUSR1 as USR1, SIGUSR2 as USR2, SIGWINCH as WINCH,
    };
}
