//! One output: what the program writes → stage → where it goes.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Instant;

use rustix::buffer::spare_capacity;
use rustix::event::PollFlags;
use rustix::io::{Errno, ioctl_fionread, read};

use super::sink::{FULL, Sink};
use super::stage::Stage;
use crate::sys::Pty;

/// Where a channel's bytes come from: our end, non-blocking.
pub(super) enum Source {
    Pipe(OwnedFd),
    Pty(Pty),
}

impl AsFd for Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Pipe(fd) => fd.as_fd(),
            Self::Pty(pty) => pty.as_fd(),
        }
    }
}

/// One output on its way.
pub(super) struct Channel {
    source: Option<Source>,
    pub(super) sink: Sink,
    stage: Box<dyn Stage>,
    /// When what the stage keeps back is let go.
    release: Option<Instant>,
    /// Once the program has ended: how much of its output may still be there. `None` while it runs.
    left: Option<usize>,
}

impl Channel {
    pub(super) fn new(source: Source, sink: Sink, stage: Box<dyn Stage>) -> Self {
        Self { source: Some(source), sink, stage, release: None, left: None }
    }

    /// What to wait for at the source; nothing while the destination cannot take more.
    pub(super) fn interest(&self) -> Option<BorrowedFd<'_>> {
        self.source.as_ref().filter(|_| !self.sink.is_full()).map(AsFd::as_fd)
    }

    pub(super) fn release_at(&self) -> Option<Instant> {
        self.release
    }

    pub(super) fn pty(&self) -> Option<&Pty> {
        match &self.source {
            Some(Source::Pty(pty)) => Some(pty),
            _ => None,
        }
    }

    /// Nothing more can come.
    pub(super) fn is_over(&self) -> bool {
        self.source.is_none()
    }

    /// Everything has been handed on that the program had written when it ended.
    pub(super) fn is_drained(&self) -> bool {
        (self.is_over() || self.left == Some(0)) && self.sink.waiting() == 0
    }

    /// Reads until nothing is there or the destination is full, and writes as much as can be written.
    pub(super) fn pull(&mut self, buffer: &mut Vec<u8>) {
        let mut fed = false;
        // Behind the last byte there may be the end, which spares a process that waits for it.
        let mut looks = 1;
        while let Some(source) = &self.source {
            if self.sink.is_full() || self.left == Some(0) && looks == 0 {
                break;
            }
            looks -= i32::from(self.left == Some(0));
            buffer.clear();
            buffer.reserve(FULL);
            match read(source, spare_capacity(buffer)) {
                Ok(0) | Err(Errno::IO) => self.close(),
                Ok(count) => {
                    fed = true;
                    self.stage.feed(buffer, self.sink.queue());
                    if let Some(left) = &mut self.left {
                        *left = left.saturating_sub(count);
                    }
                    // What is less than asked for empties a pipe; a terminal gives 4 KB at most.
                    if matches!(source, Source::Pipe(_)) && count < FULL && self.left.is_none() {
                        break;
                    }
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    if self.left.is_some() {
                        self.left = Some(0);
                    }
                    break;
                }
                Err(_) => self.close(),
            }
        }
        if fed {
            self.release = self.stage.hold().map(|hold| Instant::now() + hold);
        }
        self.sink.flush();
        self.notice();
    }

    /// Takes what poll(2) said about the destination.
    pub(super) fn polled_sink(&mut self, events: PollFlags) {
        self.sink.polled(events);
        self.notice();
    }

    /// Lets go of what the stage kept back too long.
    pub(super) fn tick(&mut self, now: Instant) {
        if self.release.is_some_and(|at| at <= now) {
            self.let_go();
        }
    }

    /// Lets go of what the stage keeps back.
    pub(super) fn let_go(&mut self) {
        if self.release.take().is_some() {
            self.stage.release(self.sink.queue());
            self.sink.flush();
        }
    }

    /// Puts bytes of our own behind what waits.
    pub(super) fn insert(&mut self, bytes: &[u8]) {
        // What is gone would keep them for ever, and the end waits for what is kept.
        if self.sink.is_gone() {
            return;
        }
        self.sink.queue().extend_from_slice(bytes);
        self.sink.flush();
    }

    /// Our terminal is gone.
    pub(super) fn abandon(&mut self) {
        self.source = None;
        self.release = None;
    }

    /// The program has ended: what it wrote is read, no more. Others may hold the channel and write for ever.
    pub(super) fn wind_down(&mut self) {
        let Some(source) = &self.source else { return };
        self.left = Some(match source {
            Source::Pipe(fd) => ioctl_fionread(fd).map_or(FULL, |count| usize::try_from(count).unwrap_or(FULL)),
            // The count leaves out what is still on its way through the terminal.
            Source::Pty(_) => FULL,
        });
    }

    /// The shell's output is complete.
    pub(super) fn part(&mut self) {
        if self.source.is_some() {
            self.stage.finish(self.sink.queue());
            self.release = None;
            self.sink.flush();
        }
    }

    /// From now on everything counts again, until the last writer leaves.
    pub(super) fn stay(&mut self) {
        self.left = None;
    }

    /// The reader has left: so do we, and the program gets its own SIGPIPE at its next write.
    fn notice(&mut self) {
        if self.sink.is_gone() {
            self.source = None;
            self.release = None;
        }
    }

    fn close(&mut self) {
        self.source = None;
        self.release = None;
        self.stage.finish(self.sink.queue());
    }
}
