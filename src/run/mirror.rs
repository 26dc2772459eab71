//! A program whose output is a relay terminal may take its keyboard from there: less opens `ttyname(2)`, curses sets modes on
//! descriptor 1. So a change of modes there is carried over to our terminal while we are in front, and where our standard
//! input is not that terminal, keys are passed on until the modes are ordinary again.

use rustix::termios::{LocalModes, tcgetattr};

use super::outer::Outer;
use crate::sys::Pty;

/// The mirrored relay.
pub(super) struct Mirror {
    /// Which channel it is.
    pub(super) channel: usize,
    /// Our standard input is not this terminal, so that keys reach the program through us.
    pub(super) passes_keys: bool,
    /// What was seen last; `None` where it counts as new.
    last: Option<LocalModes>,
}

impl Mirror {
    /// Starts with the relay's modes as they are.
    pub(super) fn new(channel: usize, passes_keys: bool, pty: Option<&Pty>) -> Self {
        Self { channel, passes_keys, last: pty.and_then(watched) }
    }

    /// Carries a change over.
    pub(super) fn look(&mut self, pty: &Pty, outer: &mut Outer) {
        let now = watched(pty);
        if now.is_some()
            && now != self.last
            && outer.in_front()
            && let Ok(modes) = tcgetattr(pty)
        {
            self.last = now;
            outer.mirror(&modes);
        }
    }

    /// The terminal was given back meanwhile; what is not ordinary is carried over again.
    pub(super) fn again(&mut self, pty: &Pty, outer: &mut Outer) {
        if self.last.is_some_and(|modes| !modes.contains(watched_bits())) {
            self.last = None;
            self.look(pty, outer);
        }
    }

    /// The program reads keys one by one, through us.
    pub(super) fn wants_keys(&self) -> bool {
        self.passes_keys && self.last.is_some_and(|modes| !modes.contains(LocalModes::ICANON))
    }
}

fn watched_bits() -> LocalModes {
    LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG
}

fn watched(pty: &Pty) -> Option<LocalModes> {
    tcgetattr(pty).ok().map(|modes| modes.local_modes & watched_bits())
}
