//! A pseudo-terminal: opened and resized by portable-pty, everything else ours.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use portable_pty::{MasterPty, PtySize, native_pty_system};
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer};
use rustix::termios::Winsize;

/// The side that a terminal emulator holds.
pub struct Pty {
    /// For resizing; it holds the library's own descriptor.
    handle: Box<dyn MasterPty + Send>,
    /// Our copy: non-blocking, 3 or higher.
    master: OwnedFd,
}

impl Pty {
    /// A new pair of this size; the other side comes from [`Pty::slave`].
    pub fn open(size: Winsize) -> io::Result<Self> {
        let pair = native_pty_system().openpty(library_size(size)).map_err(io::Error::other)?;
        let Some(raw) = pair.master.as_raw_fd() else { return Err(io::ErrorKind::Unsupported.into()) };
        // SAFETY: the handle keeps its descriptor open, and we borrow it only for this call.
        let borrowed = unsafe { BorrowedFd::borrow_raw(raw) };
        let master = rustix::io::fcntl_dupfd_cloexec(borrowed, 3)?;
        rustix::io::ioctl_fionbio(&master, true)?;
        Ok(Self { handle: pair.master, master })
    }

    /// The other side, reached through the master itself: right also where another devpts is mounted.
    pub fn slave(&self) -> io::Result<OwnedFd> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        super::high(ioctl_tiocgptpeer(&self.master, flags)?)
    }

    /// Sets the size; where it is new, the kernel tells the foreground group. A failure changes nothing.
    pub fn resize(&self, size: Winsize) {
        let _ = self.handle.resize(library_size(size));
    }

    /// The foreground process group, where there is one in our process namespace.
    #[must_use]
    pub fn foreground(&self) -> Option<i32> {
        super::foreground(self.master.as_fd())
    }
}

impl AsFd for Pty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.master.as_fd()
    }
}

fn library_size(size: Winsize) -> PtySize {
    PtySize { rows: size.ws_row, cols: size.ws_col, pixel_width: size.ws_xpixel, pixel_height: size.ws_ypixel }
}

/// Makes a terminal the controlling one of this process, which leads a session without one.
pub fn take_terminal(slave: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: the ioctl takes a number; zero means that it is not to be stolen.
    if unsafe { libc::ioctl(slave.as_raw_fd(), libc::TIOCSCTTY as _, 0) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Makes a process group the foreground one of our controlling terminal. SIGTTOU is to be blocked or ignored.
pub fn set_foreground(terminal: BorrowedFd<'_>, group: i32) -> io::Result<()> {
    // SAFETY: the descriptor is open; no memory is touched.
    if unsafe { libc::tcsetpgrp(terminal.as_raw_fd(), group) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
