//! The leader of the session in which a program with a terminal of its own runs.
//!
//! A shell that led the session itself could not be stopped by Ctrl-Z: its process group would be orphaned. So a process of
//! ours stands between. It starts the shell, tells what becomes of it, lets it go on, and keeps the session alive for
//! background jobs until nobody relays their output any more.

use std::os::fd::{AsFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::termios::Termios;

use super::link::{Link, Message, Received};
use super::outer::Outer;
use super::start::Words;
use crate::sys::{self, Change, Ended, Group, SignalSet, signal};

/// What the monitor needs.
pub(super) struct Monitor {
    pub(super) link: Link,
    /// The terminal that becomes the session's.
    pub(super) slave: OwnedFd,
    /// The program.
    pub(super) words: Words,
    /// Descriptors, and which of the program's standard ones they become.
    pub(super) moves: Vec<(OwnedFd, i32)>,
    /// The program's signal mask.
    pub(super) mask: SignalSet,
    /// The program starts in the background of its terminal and gets it when it asks for it.
    pub(super) shy: bool,
    /// Our own terminal and its modes, to put back where the loop is killed.
    pub(super) outer: Option<(OwnedFd, Termios)>,
}

impl Monitor {
    /// Serves until the loop is gone; never returns.
    pub(super) fn run(self) -> ! {
        let Self { link, slave, words, moves, mask, shy, outer } = self;
        // Nothing that a terminal or a group is sent ends the monitor.
        SignalSet::all().block();
        let started = SignalSet::of(&[signal::CHLD]).descriptor().and_then(|signals| {
            sys::new_session()?;
            sys::take_terminal(slave.as_fd())?;
            if shy {
                sys::set_foreground(slave.as_fd(), sys::own_id())?;
            }
            let group = if shy { Group::Own } else { Group::Foreground(slave.as_fd()) };
            Ok((signals, words.start(&moves, &mask, group)?))
        });
        // Held here they would keep the program's terminal and pipes open.
        drop(moves);
        let (signals, shell) = match started {
            Ok(started) => started,
            Err(error) => {
                link.send(Message::Failed(error.raw_os_error().unwrap_or(0)));
                sys::leave(125)
            }
        };
        // The program has them; whoever waits at their other ends does not wait for us.
        sys::let_go_of_inherited();
        for fd in (0..3).filter_map(sys::standard) {
            sys::let_go_of(fd);
        }
        link.send(Message::Started(shell));
        match serve(&link, &signals, &slave, shell) {
            Some(ended) => finish(&link, slave, ended),
            None => abandoned(shell, outer),
        }
    }
}

/// Passes on what becomes of the shell until it is gone; `None` where the loop went first.
fn serve(link: &Link, signals: &OwnedFd, slave: &OwnedFd, shell: i32) -> Option<Ended> {
    loop {
        let mut fds = [PollFd::new(signals, PollFlags::IN), PollFd::new(link, PollFlags::IN)];
        let _ = poll(&mut fds, None);
        while sys::next_signal(signals.as_fd()).is_some() {}
        match link.receive() {
            Received::Message(Message::Front) => {
                let _ = sys::set_foreground(slave.as_fd(), shell);
                sys::signal_group(shell, signal::CONT);
            }
            Received::Message(Message::Continue) => sys::signal_group(shell, signal::CONT),
            Received::Closed => return None,
            _ => {}
        }
        match sys::changed(shell) {
            Some(Change::Ended(ended)) => return Some(ended),
            Some(Change::Stopped(by)) => link.send(Message::Stopped(by)),
            _ => {}
        }
    }
}

/// The shell is gone: its terminal stays for the jobs that hold it.
fn finish(link: &Link, slave: OwnedFd, ended: Ended) -> ! {
    // At our own end the kernel hangs up the foreground group, which is ours then, and nobody else's.
    let _ = sys::set_foreground(slave.as_fd(), sys::own_id());
    drop(slave);
    link.send(Message::Ended(ended));
    while link.receive() != Received::Closed {
        let _ = poll(&mut [PollFd::new(link, PollFlags::IN)], None);
    }
    sys::leave(0)
}

/// The loop was killed: the shell goes with it, as it would without us, and the terminal is made usable.
fn abandoned(shell: i32, outer: Option<(OwnedFd, Termios)>) -> ! {
    sys::signal_group(shell, signal::HUP);
    sys::signal_process(shell, signal::KILL);
    if let Some((outer, modes)) = outer {
        Outer::restore_for(outer.as_fd(), &modes);
    }
    sys::leave(0)
}
