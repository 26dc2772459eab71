//! What else waits in the loop: questions, approvals, an interactive front end. Descriptors and deadlines, never a call
//! that blocks.

use std::os::fd::BorrowedFd;
use std::time::Instant;

use crate::sys::Ended;

/// A descriptor to wait for.
pub struct Interest<'a> {
    /// Comes back in [`Watch::ready`].
    pub id: usize,
    /// The descriptor. An error or a hang-up makes it ready too.
    pub fd: BorrowedFd<'a>,
    /// Wait until it can be written to, rather than until something can be read.
    pub write: bool,
}

/// Somebody beside the program whom the loop serves. Every method may use its [`Hands`]; none may block.
pub trait Watch {
    /// Descriptors to wait for now; asked again before each wait.
    fn interests(&self) -> Vec<Interest<'_>> {
        Vec::new()
    }

    /// When [`Watch::late`] is to be called; asked again before each wait.
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// A descriptor is ready.
    fn ready(&mut self, id: usize, hands: &mut Hands) {
        let _ = (id, hands);
    }

    /// The deadline has passed.
    fn late(&mut self, hands: &mut Hands) {
        let _ = hands;
    }

    /// Keys came from the terminal; gives those that go on to the program. Called only where the program has a terminal of
    /// its own.
    fn keys(&mut self, keys: Vec<u8>, hands: &mut Hands) -> Vec<u8> {
        let _ = hands;
        keys
    }

    /// A signal came from the terminal or from another process, and is about to be handed on; false keeps it. For Ctrl-C
    /// while a question stands.
    fn signal(&mut self, signal: i32, hands: &mut Hands) -> bool {
        let _ = (signal, hands);
        true
    }

    /// The program runs, has stopped or goes on.
    fn changed(&mut self, state: State, hands: &mut Hands) {
        let _ = (state, hands);
    }

    /// This is a copy of the process that serves nobody: whatever others wait for the end of is closed.
    fn part(&mut self) {}
}

/// What became of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was started with this process id.
    Started(i32),
    /// A signal stopped it; we stop next.
    Stopped(i32),
    /// It and we go on.
    Continued,
    /// It has ended; its last output may not have been read yet.
    Ended(Ended),
}

/// Nobody watches.
pub struct Alone;

impl Watch for Alone {}

/// Whom a signal is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// The shell alone.
    Shell,
    /// The foreground process group of the program's own terminal; the shell where it has none.
    Foreground,
    /// A process group of the program's session.
    Group(i32),
}

/// What a [`Watch`] may do. It takes effect when its method has returned, in the order of the fields.
#[derive(Default)]
pub struct Hands {
    /// The program has a terminal of its own, and ours is raw while we are in front.
    pub terminal: bool,
    /// The foreground process group of that terminal.
    pub foreground: Option<i32>,
    /// That terminal is set as line editors set it: `read -n1` and the like do not.
    pub edits: bool,
    /// The shell's process id, once it runs.
    pub shell: Option<i32>,
    /// Signals to send.
    pub signals: Vec<(Whom, i32)>,
    /// True holds everything that the program writes: it is not read, so that the program waits. False lets it go on.
    pub hold: Option<bool>,
    /// True gives the terminal away: its modes are put back, and keys are not read. False takes it again.
    pub lend: Option<bool>,
    /// Bytes for our terminal, which go through no stage.
    pub screen: Vec<u8>,
    /// Keys for the program, as if typed.
    pub typed: Vec<u8>,
}
