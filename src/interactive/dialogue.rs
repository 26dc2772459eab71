//! A question on our terminal, asked by a copy of this process, so that the loop stays awake.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags, open};
use rustix::pipe::{PipeFlags, pipe_with};

use super::Query;
use crate::approve::terminal;
use crate::sys::{self, Forked, signal};

/// A question that stands. Dropping it ends the copy: no answer means no.
pub(super) struct Dialogue {
    answer: OwnedFd,
    pid: i32,
}

impl Dialogue {
    /// Asks; `None` where no copy could be made.
    pub(super) fn begin(query: &Query) -> Option<Self> {
        let (answer, theirs) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).ok()?;
        match sys::fork().ok()? {
            Forked::Parent(pid) => Some(Self { answer, pid }),
            Forked::Child => {
                let yes = on_terminal() && ask(query);
                // A prompt that was cut off is taken away.
                let _ = rustix::io::write(rustix::stdio::stderr(), b"\r\x1b[K");
                let _ = rustix::io::write(&theirs, if yes { b"y" } else { b"n" });
                sys::leave(0)
            }
        }
    }

    /// The answer, once the copy has given it.
    pub(super) fn answer(&self) -> Option<bool> {
        let mut byte = [0_u8; 1];
        match rustix::io::read(&self.answer, &mut byte) {
            Ok(1) => Some(byte == *b"y"),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => None,
            _ => Some(false),
        }
    }
}

impl AsFd for Dialogue {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.answer.as_fd()
    }
}

impl Drop for Dialogue {
    fn drop(&mut self) {
        sys::signal_process(self.pid, signal::KILL);
        let _ = sys::wait_for(self.pid);
    }
}

/// Our terminal as standard input and output of the copy.
fn on_terminal() -> bool {
    let Ok(tty) = open("/dev/tty", OFlags::RDWR | OFlags::NOCTTY, Mode::empty()) else { return false };
    rustix::stdio::dup2_stdin(&tty).is_ok()
        && rustix::stdio::dup2_stdout(&tty).is_ok()
        && rustix::stdio::dup2_stderr(&tty).is_ok()
}

fn ask(query: &Query) -> bool {
    match &query.word {
        Some(word) => terminal::challenge("This is critical.", word),
        None => terminal::confirm("Run it once?"),
    }
}
