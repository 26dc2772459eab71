//! What the loop and the monitor tell each other: a pair of numbers per message, over a socket that keeps messages whole.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::{Errno, read};
use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, send, socketpair};

use crate::sys::{self, Ended};

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// The shell runs, with this process id.
    Started(i32),
    /// It could not be started, for this reason.
    Failed(i32),
    /// It was stopped by this signal.
    Stopped(i32),
    /// It is gone.
    Ended(Ended),
    /// To the monitor: the shell's process group goes on.
    Continue,
    /// To the monitor: the same, and it gets the terminal.
    Front,
}

impl Message {
    fn pair(self) -> (i32, i32) {
        match self {
            Self::Started(pid) => (0, pid),
            Self::Failed(error) => (1, error),
            Self::Stopped(signal) => (2, signal),
            Self::Ended(Ended::Status(status)) => (3, status),
            Self::Ended(Ended::Signal(signal)) => (4, signal),
            Self::Continue => (5, 0),
            Self::Front => (6, 0),
        }
    }

    fn of(kind: i32, value: i32) -> Option<Self> {
        Some(match kind {
            0 => Self::Started(value),
            1 => Self::Failed(value),
            2 => Self::Stopped(value),
            3 => Self::Ended(Ended::Status(value)),
            4 => Self::Ended(Ended::Signal(value)),
            5 => Self::Continue,
            6 => Self::Front,
            _ => return None,
        })
    }
}

/// What reading a link gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    Message(Message),
    Nothing,
    /// The other side is gone.
    Closed,
}

/// One end.
pub(super) struct Link(OwnedFd);

impl Link {
    /// Both ends.
    pub(super) fn pair() -> Result<(Self, Self), Errno> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let (a, b) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
        let high = |fd| sys::high(fd).map(Self).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::MFILE));
        Ok((high(a)?, high(b)?))
    }

    /// Sends a message; there is always room for the few that are ever under way.
    pub(super) fn send(&self, message: Message) {
        let (kind, value) = message.pair();
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&kind.to_ne_bytes());
        bytes[4..].copy_from_slice(&value.to_ne_bytes());
        while send(&self.0, &bytes, SendFlags::NOSIGNAL) == Err(Errno::INTR) {}
    }

    /// Takes the next message without waiting.
    pub(super) fn receive(&self) -> Received {
        let mut bytes = [0_u8; 8];
        loop {
            return match read(&self.0, &mut bytes) {
                Ok(8) => {
                    let (kind, value) = bytes.split_at(4);
                    let number = |part: &[u8]| part.try_into().map_or(0, i32::from_ne_bytes);
                    Message::of(number(kind), number(value)).map_or(Received::Nothing, Received::Message)
                }
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => Received::Nothing,
                _ => Received::Closed,
            };
        }
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
