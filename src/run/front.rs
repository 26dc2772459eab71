//! The loop: output first, then keys and whoever watches, then signals, then the program's end, so that the last bytes are
//! never lost.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::channel::Channel;
use super::layout::Standard;
use super::link::{Link, Message, Received};
use super::mirror::Mirror;
use super::outer::Outer;
use super::watch::{State, Watch};
use super::{Ended, Error};
use crate::sys::{self, Change, Forked, Witness, signal};

/// How often a run in the background looks whether it is in front: `fg` of a job that runs sends no signal.
const GLANCE: Duration = Duration::from_millis(200);

/// A run of less than this ends without a witness.
const SHORT: Duration = Duration::from_millis(5);

/// The program, as this process knows it.
pub(super) enum Child {
    /// Our own child.
    Direct(i32),
    /// The child of a monitor.
    Monitored {
        link: Link,
        monitor: i32,
        /// The shell, and its process group.
        shell: Option<i32>,
        /// It has not asked for our terminal yet.
        shy: bool,
        /// Our standard output leads past our terminal, so that others may print there meanwhile.
        piped: bool,
    },
}

/// Everything that one run has.
pub(super) struct Front<'a> {
    pub(super) channels: Vec<Channel>,
    signals: OwnedFd,
    pub(super) child: Child,
    pub(super) outer: Option<Outer>,
    /// A relay whose modes are carried over to our terminal.
    pub(super) mirror: Option<Mirror>,
    /// The program makes process groups of its own.
    pub(super) job_control: bool,
    /// Tells signals to our group from signals to us.
    pub(super) witness: Option<Witness>,
    /// Our terminal is gone, and the program has been told.
    pub(super) hung_up: bool,
    /// When the witness is called: a run that is short needs none.
    witness_at: Option<Instant>,
    pub(super) watch: &'a mut dyn Watch,
    /// What is read into; its pages are touched when they are first needed.
    buffer: Vec<u8>,
    /// Keys on their way to the program.
    pub(super) typed: Vec<u8>,
    pub(super) ended: Option<Ended>,
    failed: Option<i32>,
    /// The program's output is not read.
    pub(super) held: bool,
    /// The terminal belongs to somebody else for a while.
    pub(super) lent: bool,
    /// Stages have been told that the shell is gone.
    parted: bool,
    /// The program has ended, our caller knows, and what others still write is served.
    pub(super) behind: bool,
}

/// What poll(2) found something at.
#[derive(Clone, Copy)]
enum Token {
    Source(usize),
    Sink(usize),
    Keys,
    Typed,
    Extra(usize),
    Link,
    Signals,
}

/// What one wait is for.
struct List<'a> {
    fds: Vec<PollFd<'a>>,
    tokens: Vec<Token>,
}

impl<'a> List<'a> {
    fn add(&mut self, token: Token, fd: PollFd<'a>) {
        self.tokens.push(token);
        self.fds.push(fd);
    }
}

impl<'a> Front<'a> {
    pub(super) fn new(
        channels: Vec<Channel>,
        signals: OwnedFd,
        child: Child,
        outer: Option<Outer>,
        watch: &'a mut dyn Watch,
    ) -> Self {
        Self {
            channels,
            signals,
            child,
            outer,
            mirror: None,
            job_control: false,
            witness: None,
            hung_up: false,
            witness_at: None,
            watch,
            buffer: Vec::new(),
            typed: Vec::new(),
            ended: None,
            failed: None,
            held: false,
            lent: false,
            parted: false,
            behind: false,
        }
    }

    /// Serves until the program has ended and everything that it wrote is handed on.
    pub(super) fn run(mut self) -> Result<Ended, Error> {
        sys::let_go_of_inherited();
        if let Some(stdin) = sys::standard(0).filter(|fd| !Standard::look(Some(*fd)).is_sink()) {
            sys::let_go_of(stdin);
        }
        self.enter();
        if let Child::Direct(pid) = self.child {
            self.witness_at = Some(Instant::now() + SHORT);
            self.tell(State::Started(pid));
        }
        loop {
            if let Some(ended) = self.ended
                && self.is_drained(ended)
            {
                return self.leave(ended);
            }
            self.turn();
        }
    }

    /// One wait and what follows from it.
    fn turn(&mut self) {
        for (token, events) in self.wait() {
            match token {
                Token::Source(at) => self.pull(at),
                Token::Sink(at) => {
                    self.channels[at].polled_sink(events);
                    if at == 0 && self.channels[0].sink.is_gone() && !self.behind {
                        self.hang_up();
                    }
                }
                Token::Keys => self.read_keys(),
                Token::Typed => self.flush_keys(),
                Token::Extra(id) => self.with_hands(|watch, hands| watch.ready(id, hands)),
                Token::Link => self.hear(),
                Token::Signals => {
                    while let Some(arrived) = sys::next_signal(self.signals.as_fd()) {
                        self.arrived(arrived);
                    }
                }
            }
        }
        let now = Instant::now();
        for channel in &mut self.channels {
            channel.tick(now);
        }
        if self.lurks() && self.outer.as_ref().is_some_and(Outer::in_front) {
            self.enter();
        }
        if self.witness_at.is_some_and(|at| at <= now) && self.ended.is_none() {
            self.witness_at = None;
            self.witness = Witness::start().ok();
        }
        if !self.behind && self.watch.deadline().is_some_and(|at| at <= now) {
            self.with_hands(|watch, hands| watch.late(hands));
        }
        self.let_go_of_closed();
    }

    /// Waits for whatever comes first.
    fn wait(&self) -> Vec<(Token, PollFlags)> {
        let mut list = List { fds: Vec::with_capacity(8), tokens: Vec::with_capacity(8) };
        for (at, channel) in self.channels.iter().enumerate() {
            if let Some(fd) = channel.interest().filter(|_| !self.held) {
                list.add(Token::Source(at), PollFd::from_borrowed_fd(fd, PollFlags::IN));
            }
        }
        for (at, channel) in self.channels.iter().enumerate() {
            if let Some((fd, events)) = channel.sink.interest() {
                list.add(Token::Sink(at), PollFd::from_borrowed_fd(fd, events));
            }
        }
        let extra = if self.behind { Vec::new() } else { self.watch.interests() };
        if let Some(outer) = self.outer.as_ref().filter(|_| self.reads_keys()) {
            list.add(Token::Keys, PollFd::new(outer, PollFlags::IN));
        }
        if let Some(pty) = self.keyboard().filter(|_| !self.typed.is_empty()) {
            list.add(Token::Typed, PollFd::new(pty, PollFlags::OUT));
        }
        for interest in &extra {
            let events = if interest.write { PollFlags::OUT } else { PollFlags::IN };
            list.add(Token::Extra(interest.id), PollFd::from_borrowed_fd(interest.fd, events));
        }
        if let Child::Monitored { link, .. } = &self.child
            && self.ended.is_none()
        {
            list.add(Token::Link, PollFd::new(link, PollFlags::IN));
        }
        list.add(Token::Signals, PollFd::new(&self.signals, PollFlags::IN));
        let releases = self.channels.iter().filter_map(Channel::release_at);
        let deadline = releases.chain(self.watch.deadline().filter(|_| !self.behind)).chain(self.witness_at).min();
        let lurking = self.lurks().then(|| Instant::now() + GLANCE);
        let timeout = deadline.into_iter().chain(lurking).min().map(|at| {
            let left = at.saturating_duration_since(Instant::now());
            Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() }
        });
        if poll(&mut list.fds, timeout.as_ref()).is_err() {
            return Vec::new();
        }
        let found = list.fds.iter().map(PollFd::revents).zip(list.tokens);
        found.filter(|(events, _)| !events.is_empty()).map(|(events, token)| (token, events)).collect()
    }

    /// Reads what a channel has.
    pub(super) fn pull(&mut self, at: usize) {
        self.channels[at].pull(&mut self.buffer);
        if let (Some(mirror), Some(outer)) = (&mut self.mirror, &mut self.outer)
            && mirror.channel == at
            && !self.behind
            && !self.lent
            && let Some(pty) = self.channels[at].pty()
        {
            mirror.look(pty, outer);
        }
    }

    pub(super) fn pull_all(&mut self) {
        if !self.held {
            for at in 0..self.channels.len() {
                self.pull(at);
            }
        }
    }

    /// Lets go of our outputs that the program has closed, so that their readers see the end.
    fn let_go_of_closed(&mut self) {
        if self.ended.is_none() || self.behind {
            for channel in &mut self.channels {
                if channel.is_over() && channel.sink.waiting() == 0 {
                    channel.sink.let_go(self.behind);
                }
            }
        }
    }

    /// What the monitor has to say.
    fn hear(&mut self) {
        let Child::Monitored { link, .. } = &self.child else { return };
        match link.receive() {
            Received::Message(Message::Started(pid)) => {
                if let Child::Monitored { shell, .. } = &mut self.child {
                    *shell = Some(pid);
                }
                self.tell(State::Started(pid));
            }
            Received::Message(Message::Failed(error)) => {
                self.failed = Some(error);
                self.ends(Ended::Status(125));
            }
            Received::Message(Message::Stopped(by)) => self.stopped(by),
            Received::Message(Message::Ended(ended)) => self.ends(ended),
            // The monitor was killed, and the shell with it.
            Received::Closed => self.ends(Ended::Signal(signal::KILL)),
            Received::Message(_) | Received::Nothing => {}
        }
    }

    /// Looks what became of our own child.
    pub(super) fn reap(&mut self) {
        let Child::Direct(pid) = self.child else { return };
        while self.ended.is_none() {
            match sys::changed(pid) {
                Some(Change::Ended(ended)) => self.ends(ended),
                Some(Change::Stopped(by)) => self.stopped(by),
                Some(Change::Continued) => {}
                None => break,
            }
        }
    }

    pub(super) fn ends(&mut self, ended: Ended) {
        self.ended = Some(ended);
        self.witness_at = None;
        self.witness = None;
        self.tell(State::Ended(ended));
        for channel in &mut self.channels {
            channel.wind_down();
        }
        self.pull_all();
    }

    /// Everything that the program had written is where it belongs. What waits for a reader who does not read holds up the
    /// end, as it holds up a shell, but not an end by signal.
    fn is_drained(&mut self, ended: Ended) -> bool {
        let killed = matches!(ended, Ended::Signal(_));
        if self.held
            || !self.channels.iter().all(|channel| channel.is_drained() || killed && channel.sink.waiting() > 0)
        {
            return false;
        }
        if self.parted {
            return true;
        }
        self.parted = true;
        for channel in &mut self.channels {
            channel.part();
        }
        killed || self.channels.iter().all(|channel| channel.sink.waiting() == 0)
    }

    /// Ends the run: the terminal as it was, and a copy for what is left to serve.
    fn leave(mut self, ended: Ended) -> Result<Ended, Error> {
        if let Some(outer) = &mut self.outer {
            outer.restore();
        }
        if let Some(error) = self.failed {
            let error = std::io::Error::from_raw_os_error(error);
            return Err(Error::Setup { what: "the program's session", error });
        }
        let lost = self.channels.iter().find_map(|channel| channel.sink.failed());
        let ended = match lost {
            // The program was told of it by SIGPIPE at best, so it is said here.
            Some(error) => {
                let text = format!("wardsh: output was lost: {}\n", std::io::Error::from(error));
                let _ = rustix::io::write(rustix::stdio::stderr(), text.as_bytes());
                if ended == Ended::Status(0) { Ended::Status(1) } else { ended }
            }
            None => ended,
        };
        if self.channels.iter().all(|channel| channel.is_over() && channel.sink.waiting() == 0) {
            self.dismiss();
            return Ok(ended);
        }
        self.process_output(false);
        match sys::fork() {
            Ok(Forked::Parent(_)) => Ok(ended),
            Ok(Forked::Child) => self.stay_behind(),
            // Late is better than lost.
            Err(_) => {
                self.serve_rest();
                Ok(ended)
            }
        }
    }

    /// Lets the monitor go and takes its status, so that no zombie is left.
    fn dismiss(&mut self) {
        if let Child::Monitored { link, monitor, .. } = std::mem::replace(&mut self.child, Child::Direct(0)) {
            drop(link);
            let _: Ended = sys::wait_for(monitor);
        }
    }

    /// The copy's life: it relays until the last writer has left.
    fn stay_behind(mut self) -> ! {
        if let Some(outer) = &mut self.outer {
            outer.disown();
        }
        self.serve_rest();
        sys::leave(0)
    }

    fn serve_rest(&mut self) {
        for channel in &mut self.channels {
            channel.stay();
        }
        self.held = false;
        self.behind = true;
        while !self.channels.iter().all(|channel| channel.is_over() && channel.sink.waiting() == 0) {
            self.turn();
        }
    }
}
