//! Our standard input as a stream of which no more is taken than has its use: what nobody read stays for whoever shares it
//! with us, as it does with a shell that reads byte by byte.
//!
//! A pipe is looked into by tee(2), a socket by `MSG_PEEK`.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::{Errno, read};
use rustix::net::{RecvFlags, recv};
use rustix::pipe::{PipeFlags, SpliceFlags, pipe_with, tee};

/// Bytes that are looked at in advance.
const AHEAD: usize = 16 << 10;

/// What stands in the stream.
pub(super) struct Source {
    fd: OwnedFd,
    /// What tee(2) fills; none for a socket.
    glass: Option<(OwnedFd, OwnedFd)>,
    /// What is known of the stream from here on.
    text: Vec<u8>,
    /// So many bytes of it are taken already.
    taken: usize,
    over: bool,
}

impl Source {
    pub(super) fn new(fd: OwnedFd, socket: bool) -> Result<Self, Errno> {
        let flags = PipeFlags::CLOEXEC | PipeFlags::NONBLOCK;
        let glass = if socket { None } else { Some(pipe_with(flags)?) };
        Ok(Self { fd, glass, text: Vec::new(), taken: 0, over: false })
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// What is known to stand there.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Nothing comes behind what is known.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Looks what stands there, where not enough is known.
    pub(super) fn look(&mut self) {
        if self.over || self.text.len() - self.taken >= AHEAD {
            return;
        }
        let mut buffer = vec![0; AHEAD];
        match self.peek(&mut buffer) {
            Ok(0) => self.over = true,
            Ok(count) => {
                self.text.truncate(self.taken);
                self.text.extend_from_slice(buffer.get(..count).unwrap_or_default());
            }
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => self.over = true,
        }
    }

    fn peek(&mut self, buffer: &mut [u8]) -> Result<usize, Errno> {
        let Some((out, into)) = &self.glass else {
            return recv(&self.fd, buffer, RecvFlags::PEEK | RecvFlags::DONTWAIT).map(|(count, _)| count);
        };
        let count = tee(&self.fd, into, buffer.len(), SpliceFlags::NONBLOCK)?;
        let mut filled = 0;
        while filled < count {
            filled += read(out, &mut buffer[filled..count])?;
        }
        Ok(count)
    }

    /// Takes all that is known out of the stream, so that more can be waited for.
    pub(super) fn absorb(&mut self) {
        self.reach(self.text.len());
    }

    /// Gives the next bytes, which are known.
    pub(super) fn take(&mut self, count: usize) -> Vec<u8> {
        self.reach(count);
        let count = count.min(self.text.len());
        self.taken = self.taken.saturating_sub(count);
        self.text.drain(..count).collect()
    }

    /// Takes so many bytes out of the stream. Where somebody else has taken them, what came in their place counts.
    fn reach(&mut self, count: usize) {
        while self.taken < count.min(self.text.len()) {
            let Some(into) = self.text.get_mut(self.taken..count) else { return };
            let expected = into.to_vec();
            match read(&self.fd, into) {
                Ok(0) => {
                    self.over = true;
                    self.text.truncate(self.taken);
                }
                Ok(got) => {
                    let same = self.text.get(self.taken..self.taken + got) == expected.get(..got);
                    self.taken += got;
                    if !same {
                        self.text.truncate(self.taken);
                    }
                }
                Err(Errno::INTR) => {}
                Err(_) => {
                    self.over = true;
                    self.text.truncate(self.taken);
                }
            }
        }
    }
}
