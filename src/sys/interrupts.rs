//! Signals that end a wait: caught while something has to be tidied up, and raised again afterwards.
//!
//! The handler writes one byte into a pipe, which is all that signal-safety(7) asks for.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};

/// What ends a wait.
const CAUGHT: [libc::c_int; 4] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT];

/// The pipe that the handler writes to; negative for none.
static PIPE: AtomicI32 = AtomicI32::new(-1);

extern "C" fn note(signal: libc::c_int) {
    let fd = PIPE.load(Ordering::Relaxed);
    if fd >= 0 {
        let byte = u8::try_from(signal).unwrap_or(0);
        // SAFETY: write(2) is async-signal-safe; the byte lives on this stack. A full pipe loses nothing: one byte
        // is as good as many.
        unsafe {
            libc::write(fd, (&raw const byte).cast::<libc::c_void>(), 1);
        }
    }
}

/// Catches SIGINT, SIGTERM, SIGHUP and SIGQUIT for as long as it lives; what is ignored stays ignored.
#[derive(Debug)]
pub struct Interrupts {
    before: Vec<(libc::c_int, libc::sigaction)>,
    read: OwnedFd,
    _write: OwnedFd,
}

impl std::fmt::Debug for Caught {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Caught({})", self.0)
    }
}

/// A signal that was caught.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Caught(i32);

impl Caught {
    /// Raises it again: usually the end of this process.
    pub fn raise(self) {
        // SAFETY: raise takes a number and touches no memory of ours.
        unsafe {
            libc::raise(self.0);
        }
    }
}

impl Interrupts {
    /// Starts to catch.
    ///
    /// # Errors
    /// There is no pipe to be had.
    pub fn catch() -> io::Result<Self> {
        let (read, write) = io::pipe()?;
        let (read, write) = (OwnedFd::from(read), OwnedFd::from(write));
        for end in [&read, &write] {
            let flags = rustix::fs::fcntl_getfl(end)?;
            rustix::fs::fcntl_setfl(end, flags | rustix::fs::OFlags::NONBLOCK)?;
        }
        PIPE.store(write.as_raw_fd(), Ordering::Relaxed);
        let mut before = Vec::new();
        for signal in CAUGHT {
            // SAFETY: a zeroed sigaction is a valid value; the handler is an extern "C" function of the right type
            // that only does what is async-signal-safe; both pointers are valid for the calls.
            unsafe {
                let mut old: libc::sigaction = std::mem::zeroed();
                if libc::sigaction(signal, std::ptr::null(), &raw mut old) != 0 || old.sa_sigaction == libc::SIG_IGN {
                    continue;
                }
                let mut new: libc::sigaction = std::mem::zeroed();
                new.sa_sigaction = note as *const () as libc::sighandler_t;
                if libc::sigaction(signal, &raw const new, std::ptr::null_mut()) == 0 {
                    before.push((signal, old));
                }
            }
        }
        Ok(Self { before, read, _write: write })
    }

    /// Readable when something was caught.
    #[must_use]
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.read.as_fd()
    }

    /// What was caught first.
    #[must_use]
    pub fn caught(&self) -> Option<Caught> {
        let mut byte = [0_u8; 1];
        (rustix::io::read(&self.read, &mut byte) == Ok(1)).then(|| Caught(i32::from(byte[0])))
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        for (signal, old) in &self.before {
            // SAFETY: `old` is what the kernel gave us for this very signal.
            unsafe {
                libc::sigaction(*signal, old, std::ptr::null_mut());
            }
        }
        PIPE.store(-1, Ordering::Relaxed);
    }
}
