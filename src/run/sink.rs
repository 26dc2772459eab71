//! Where a channel's bytes go: a queue before one of our own standard descriptors.
//!
//! The descriptor is shared with our caller, so it is never made non-blocking; a write that could block is never made
//! either, or signals and the program's end would wait.

use std::io::IoSlice;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, ReadWriteFlags, pwritev2, write};
use rustix::net::{SendFlags, send};
use rustix::termios::{Winsize, tcgetwinsize};

use super::layout::Kind;
use crate::sys;

/// A source is not read while more than this waits.
pub(super) const FULL: usize = 64 << 10;
/// A pipe that can be written to takes a page.
const PAGE: usize = 4096;

/// How to write without blocking.
enum Way {
    /// `RWF_NOWAIT`.
    NoWait,
    /// `MSG_DONTWAIT`.
    Socket,
    /// A descriptor of our own, non-blocking.
    Own(OwnedFd),
    /// Writes never wait for a reader.
    Plain,
    /// A page at a time, after a look.
    Careful,
}

/// One destination with what waits for it.
pub(super) struct Sink {
    /// `None` where the way has one of its own.
    fd: Option<BorrowedFd<'static>>,
    second: Option<BorrowedFd<'static>>,
    way: Way,
    queue: Vec<u8>,
    /// How much of the queue is written.
    written: usize,
    /// It took less than it was given, and has not said since that there is room: asking it again would be in vain.
    stuck: bool,
    gone: bool,
    failed: Option<Errno>,
}

impl Sink {
    /// A descriptor of our caller; `second` leads to the same place.
    pub(super) fn new(fd: BorrowedFd<'static>, second: Option<BorrowedFd<'static>>, kind: Kind) -> Self {
        let way = match kind {
            Kind::Pipe => Way::NoWait,
            Kind::Socket => Way::Socket,
            Kind::Terminal(_) => own_open(fd).map_or(Way::Careful, Way::Own),
            Kind::File { .. } => Way::Plain,
            Kind::Closed | Kind::Sink | Kind::Unwritable | Kind::Other => Way::Careful,
        };
        Self { fd: Some(fd), second, way, queue: Vec::new(), written: 0, stuck: false, gone: false, failed: None }
    }

    /// A terminal that was opened for ourselves.
    pub(super) fn own(terminal: OwnedFd) -> Self {
        let way = Way::Own(terminal);
        Self { fd: None, second: None, way, queue: Vec::new(), written: 0, stuck: false, gone: false, failed: None }
    }

    /// Where a stage appends.
    pub(super) fn queue(&mut self) -> &mut Vec<u8> {
        &mut self.queue
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue.len() - self.written
    }

    pub(super) fn is_full(&self) -> bool {
        self.waiting() >= FULL
    }

    /// Nobody reads any more.
    pub(super) fn is_gone(&self) -> bool {
        self.gone
    }

    /// The fault that made bytes get lost, where it was not simply a reader that left.
    pub(super) fn failed(&self) -> Option<Errno> {
        self.failed
    }

    /// What to wait for; with no event asked for, the end of the reader is told all the same.
    pub(super) fn interest(&self) -> Option<(BorrowedFd<'_>, PollFlags)> {
        let fd = match &self.way {
            Way::Own(own) => own.as_fd(),
            _ => self.fd?,
        };
        let flags = if self.waiting() > 0 { PollFlags::OUT } else { PollFlags::empty() };
        // A regular file is always ready.
        (!self.gone && !matches!(self.way, Way::Plain)).then_some((fd, flags))
    }

    /// Takes what poll(2) said.
    pub(super) fn polled(&mut self, events: PollFlags) {
        if events.intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL) {
            self.leave();
        } else if !events.is_empty() {
            self.stuck = false;
            self.flush();
        }
    }

    /// Writes what can be written now; what cannot is written when poll(2) says that there is room.
    pub(super) fn flush(&mut self) {
        while !self.gone && !self.stuck && self.waiting() > 0 {
            let wanted = self.waiting();
            match self.write_some() {
                Ok(0) | Err(Errno::AGAIN) => {
                    // A regular file is never waited for.
                    self.stuck = !matches!(self.way, Way::Plain);
                    break;
                }
                Ok(count) => {
                    self.written += count;
                    // A terminal that is full says so by taking a part.
                    self.stuck = count < wanted && matches!(self.way, Way::Own(_));
                }
                Err(Errno::INTR) => {}
                Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) if matches!(self.way, Way::NoWait) => {
                    self.way = Way::Careful;
                }
                Err(error) => {
                    if !matches!(error, Errno::PIPE | Errno::CONNRESET | Errno::NOTCONN) {
                        self.failed = Some(error);
                    }
                    self.leave();
                }
            }
        }
        if self.written == self.queue.len() {
            self.queue.clear();
            self.written = 0;
            // A stage may have appended far more than usual once.
            self.queue.shrink_to(2 * FULL);
        } else if self.written >= FULL {
            self.queue.drain(..self.written);
            self.written = 0;
        }
    }

    fn write_some(&self) -> Result<usize, Errno> {
        let bytes = &self.queue[self.written..];
        if let Way::Own(own) = &self.way {
            return write(own, bytes);
        }
        let Some(fd) = self.fd else { return Err(Errno::BADF) };
        match &self.way {
            Way::NoWait => pwritev2(fd, &[IoSlice::new(bytes)], u64::MAX, ReadWriteFlags::NOWAIT),
            Way::Socket => send(fd, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL),
            Way::Own(_) | Way::Plain => write(fd, bytes),
            Way::Careful => {
                let mut one = [PollFd::from_borrowed_fd(fd, PollFlags::OUT)];
                let now = Timespec { tv_sec: 0, tv_nsec: 0 };
                if poll(&mut one, Some(&now))? == 0 {
                    return Err(Errno::AGAIN);
                }
                write(fd, &bytes[..bytes.len().min(PAGE)])
            }
        }
    }

    /// Closes our caller's descriptors, so that whoever reads sees the end. Standard error stays while we may still have
    /// something to say.
    pub(super) fn let_go(&mut self, silent: bool) {
        for fd in [self.fd.take(), self.second.take()].into_iter().flatten() {
            if silent || fd.as_raw_fd() != 2 {
                sys::let_go_of(fd);
            }
        }
        self.leave();
    }

    /// The terminal that it is, by a descriptor of our own.
    pub(super) fn reopened(&self) -> Option<OwnedFd> {
        match &self.way {
            Way::Own(own) => own.try_clone().ok(),
            _ => None,
        }
    }

    /// The size of the terminal that it is.
    pub(super) fn size(&self) -> Option<Winsize> {
        tcgetwinsize(self.fd?).ok()
    }

    fn leave(&mut self) {
        self.gone = true;
        self.queue = Vec::new();
        self.written = 0;
    }
}

/// The same terminal, opened once more for ourselves: non-blocking, nobody else's.
pub(super) fn own_open(fd: BorrowedFd<'_>) -> Option<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let number = sys::terminal(fd)?;
    let names = [format!("/proc/self/fd/{}", fd.as_raw_fd()), "/dev/tty".to_owned()];
    names.iter().find_map(|name| {
        let own = open(name.as_str(), flags, Mode::empty()).ok()?;
        (sys::terminal(own.as_fd()) == Some(number)).then(|| sys::high(own).ok()).flatten()
    })
}
