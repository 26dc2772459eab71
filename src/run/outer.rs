//! Our own terminal: its modes, and whether we are in front. Background processes never touch modes.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::{Errno, ioctl_fionread, read};
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, Winsize, tcflush, tcgetattr, tcgetwinsize,
    tcsetattr,
};

use crate::sys;

/// The terminal, with the modes that it is to have afterwards. Dropping it puts them back.
pub(super) struct Outer {
    fd: OwnedFd,
    saved: Option<Termios>,
    /// So many of the next bytes were typed while the terminal still edited lines.
    early: u64,
}

impl Outer {
    /// Takes a descriptor of our own.
    pub(super) fn new(fd: OwnedFd) -> Self {
        Self { fd, saved: None, early: 0 }
    }

    /// Our process group is its foreground one.
    pub(super) fn in_front(&self) -> bool {
        sys::foreground(self.fd.as_fd()) == Some(sys::process_group())
    }

    /// The modes are ours now.
    pub(super) fn is_taken(&self) -> bool {
        self.saved.is_some()
    }

    /// It was hung up.
    pub(super) fn is_gone(&self) -> bool {
        tcgetattr(&self.fd).is_err()
    }

    pub(super) fn size(&self) -> Option<Winsize> {
        tcgetwinsize(&self.fd).ok()
    }

    /// The modes that programs see.
    pub(super) fn modes(&self) -> Option<Termios> {
        self.saved.clone().or_else(|| tcgetattr(&self.fd).ok())
    }

    /// Lets every key through as it is, where we are in front. How output is treated may stay.
    pub(super) fn make_raw(&mut self, keep_output: bool) {
        let edits = tcgetattr(&self.fd).is_ok_and(|modes| modes.local_modes.contains(LocalModes::ICANON));
        self.change(|modes, saved| {
            modes.make_raw();
            if keep_output {
                modes.output_modes = saved.output_modes;
            }
        });
        if edits && self.is_taken() {
            self.early = ioctl_fionread(&self.fd).unwrap_or(0);
        }
    }

    /// Reads keys. What ended the input of a terminal that edits lines lies there as a NUL byte: it is the key again.
    pub(super) fn read(&mut self, into: &mut [u8]) -> Result<usize, Errno> {
        let count = read(&self.fd, &mut *into)?;
        let early = usize::try_from(self.early).unwrap_or(usize::MAX).min(count);
        self.early -= early as u64;
        if early > 0
            && let Some(saved) = &self.saved
        {
            let key = saved.special_codes[SpecialCodeIndex::VEOF];
            into.iter_mut().take(early).filter(|byte| **byte == 0).for_each(|byte| *byte = key);
        }
        Ok(count)
    }

    /// Takes over how keys are treated from another terminal's modes, where we are in front.
    pub(super) fn mirror(&mut self, other: &Termios) {
        self.change(|modes, saved| {
            modes.input_modes = other.input_modes;
            modes.local_modes = other.local_modes;
            modes.special_codes = other.special_codes.clone();
            modes.output_modes = saved.output_modes;
        });
    }

    fn change(&mut self, how: impl FnOnce(&mut Termios, &Termios)) {
        if !self.in_front() {
            return;
        }
        let Some(saved) = self.modes() else { return };
        let mut modes = saved.clone();
        how(&mut modes, &saved);
        self.saved = Some(saved);
        let _ = tcsetattr(&self.fd, OptionalActions::Drain, &modes);
    }

    /// Puts the modes back, where they were changed and we are still in front.
    pub(super) fn restore(&mut self) {
        if let Some(saved) = self.saved.take()
            && self.in_front()
        {
            let _ = tcsetattr(&self.fd, OptionalActions::Drain, &saved);
        }
    }

    /// As [`Outer::restore`], in place of a process that was killed: whoever is in front.
    pub(super) fn restore_for(fd: BorrowedFd<'_>, modes: &Termios) {
        let _ = tcsetattr(fd, OptionalActions::Drain, modes);
    }

    /// Drops keys that were typed and not read.
    pub(super) fn drop_typed(&mut self) {
        self.early = 0;
        let _ = tcflush(&self.fd, QueueSelector::IFlush);
    }

    /// Leaves the modes to another process: this one is a copy.
    pub(super) fn disown(&mut self) {
        self.saved = None;
    }
}

impl AsFd for Outer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for Outer {
    fn drop(&mut self) {
        self.restore();
    }
}
