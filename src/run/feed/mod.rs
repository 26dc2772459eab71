//! A script that comes through a pipe, handed to a shell through a pipe of our own: command by command, each only when the
//! shell waits for it and only after it was looked at. A program that waits in the shell's place gets the bytes as data.
//!
//! Whoever waits takes exactly what is written: it blocks in a read of so many bytes, and gets no more than these, so that
//! nothing is left over that somebody else could take for a command. What it leaves of a line is a line of its own, looked
//! at anew. Bytes for a program are looked at like commands all the same: it may be a shell, and it may be killed before
//! it takes them.
//!
//! Which bytes may pass is the [`Censor`]'s to say.

mod source;
mod waiter;

use std::collections::HashMap;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::fs::Mode;
use rustix::io::{Errno, write};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::watch::{Hands, Interest, State, Watch};
use super::{Ended, Error};
use crate::shells::feed::{self, DASH_BLOCK, Kind};
use crate::sys;
use source::Source;
use waiter::{Identity, Key, Lookout, Waiter};

/// Bytes of one command.
const MAX_COMMAND: usize = 4 << 20;
/// Bytes of data without a complete command in them that count for what follows.
const MAX_OPEN: usize = 64 << 10;
/// How often whoever waits is looked for in one go.
const GO: usize = 32;
/// Looks in vain after which nothing is to be seen on this system: some seconds.
const UNSEEN: u32 = 200;
/// The first pause between two looks, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_micros(50), Duration::from_millis(20));
/// So long may a program that nobody can look at do nothing, while input waits, before that is said: it may want it.
const IDLE: Duration = Duration::from_secs(20);
/// What is said then.
const UNGIVEN: &str = "input waits, and so does a program that cannot be looked at (of another user: sudo); what it may be waiting for is not given to it";
/// What the loop waits for.
const INPUT: usize = 0;
const OUTPUT: usize = 1;
const DECISION: usize = 2;

/// The process that feeds a pipe, as far as it says so.
#[must_use]
pub fn feeder_of(pipe: &OwnedFd) -> Option<i32> {
    sys::lock_holder(pipe, 0, 1)
}

/// How a shell takes its commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Each complete command is run before more is read.
    Commands,
    /// A block is read, and all of it is the shell's.
    Blocks,
}

/// For whom a text is.
#[derive(Clone, Copy, Debug)]
pub struct Readers<'a> {
    /// The shell that the commands are for in the end.
    pub shell: i32,
    /// The process that waits in its place, and the commands that it has taken before, where it may be a shell.
    pub other: Option<(i32, &'a [u8])>,
}

/// Says which text may pass.
pub trait Censor {
    /// Looks at a text; false where somebody has to decide.
    fn passes(&mut self, text: &[u8], readers: Readers<'_>) -> bool;

    /// Starts a process that decides: status 0 lets the text pass. What stops it has been said by then.
    ///
    /// # Errors
    /// It could not be started; the text does not pass.
    fn decide(&mut self, text: &[u8], readers: Readers<'_>) -> std::io::Result<i32>;

    /// The shell has got the text as commands.
    fn ran(&mut self, text: &[u8]);

    /// Something may not go on, for this reason.
    fn says(&mut self, why: &str);

    /// Nothing passes any more, for this reason.
    fn gives_up(&mut self, why: &str);
}

/// Feeds one shell.
pub struct Feeder<'a> {
    censor: &'a mut dyn Censor,
    reads: Reads,
    source: Option<Source>,
    /// Our pipe; its reading end tells whether it is empty.
    pipe: Option<(OwnedFd, OwnedFd)>,
    identity: Identity,
    shell: Option<i32>,
    lookout: Option<Lookout>,
    /// How often the shell could not be looked at.
    unseen: u32,
    /// What cannot be seen has taken so much of the processor since then; none once that was said.
    behind: Option<(u64, Instant)>,
    /// The pipe bears our lock: whoever has it can tell that we look at what comes through it.
    marked: bool,
    /// Where the shell reads its commands.
    reader: Option<Key>,
    /// Who got the last bytes.
    last: Option<Key>,
    /// Bytes of data behind the last complete command in it, where it is taken for commands.
    open: Vec<u8>,
    /// What other readers that may be shells have taken.
    taken: HashMap<i32, Vec<u8>>,
    /// So many of the next bytes were looked at and are for the same reader.
    cleared: usize,
    /// Commands that the grammar rejects and the shell may go on with.
    doubt: Vec<u8>,
    /// What does not fit into the pipe yet.
    queue: Vec<u8>,
    /// When to look again who waits; none while nothing could be given.
    next: Option<Instant>,
    pause: Duration,
    /// A text has to be decided about once the loop has been round.
    stopped: bool,
    asked: Option<(OwnedFd, i32, Vec<u8>)>,
    approved: Option<Vec<u8>>,
    refused: bool,
}

/// What came of a look.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Bytes went out.
    Fed,
    /// Nobody waits, or what waits is to be decided about.
    Later,
    /// More input is needed.
    Starved,
    /// There is nothing more to do.
    Over,
}

impl<'a> Feeder<'a> {
    /// Takes over an input, which is a pipe or a socket; gives what the shell gets in its place.
    ///
    /// # Errors
    /// The system gives no pipe.
    pub fn new(
        input: OwnedFd,
        socket: bool,
        reads: Reads,
        censor: &'a mut dyn Censor,
    ) -> Result<(Self, OwnedFd), Error> {
        if !waiter::is_told() {
            return Err(Error::setup("what tells who waits")(Errno::NOSYS));
        }
        let source = Source::new(input, socket).map_err(Error::setup("a pipe"))?;
        let (theirs, into) = pipe_with(PipeFlags::CLOEXEC).map_err(Error::setup("a pipe"))?;
        rustix::io::ioctl_fionbio(&into, true).map_err(Error::setup("a pipe"))?;
        // Whoever has the end to read from could open it for writing, too, and so bring commands past us.
        rustix::fs::fchmod(&theirs, Mode::RUSR).map_err(Error::setup("a pipe"))?;
        let (theirs, into) = (high(theirs)?, high(into)?);
        let copy = rustix::io::fcntl_dupfd_cloexec(&theirs, 3).map_err(Error::setup("a pipe"))?;
        let identity = Identity::of(theirs.as_fd()).ok_or(Errno::BADF).map_err(Error::setup("a pipe"))?;
        let feeder = Self {
            censor,
            reads,
            source: Some(source),
            pipe: Some((theirs, into)),
            identity,
            shell: None,
            lookout: None,
            unseen: 0,
            behind: Some((0, Instant::now())),
            marked: false,
            reader: None,
            last: None,
            open: Vec::new(),
            taken: HashMap::new(),
            cleared: 0,
            doubt: Vec::new(),
            queue: Vec::new(),
            next: None,
            pause: PAUSES.0,
            stopped: false,
            asked: None,
            approved: None,
            refused: false,
        };
        Ok((feeder, copy))
    }

    /// Says whether something did not pass, so that the rest was not run.
    #[must_use]
    pub fn refused(&self) -> bool {
        self.refused
    }

    /// Ends the shell's input.
    fn close(&mut self) -> Step {
        self.pipe = None;
        self.source = None;
        self.next = None;
        self.asked = None;
        Step::Over
    }

    fn refuse(&mut self) -> Step {
        self.refused = true;
        self.close()
    }

    /// Looks for somebody who waits, and gives him what there is.
    fn go(&mut self) {
        let mut fed = 0;
        let mut until = Instant::now() + PAUSES.0;
        loop {
            match self.step() {
                Step::Fed => {
                    fed += 1;
                    self.pause = PAUSES.0;
                    until = Instant::now() + PAUSES.0;
                    if fed == GO {
                        break;
                    }
                }
                // Most commands are over at once.
                Step::Later if self.waits_soon() && Instant::now() < until => {}
                Step::Later => break,
                Step::Starved => {
                    self.next = None;
                    self.pause = PAUSES.0;
                    return;
                }
                Step::Over => return,
            }
            std::thread::yield_now();
        }
        if self.asked.is_some() || !self.queue.is_empty() {
            self.next = None;
            return;
        }
        self.next = Some(Instant::now() + if self.stopped { Duration::ZERO } else { self.pause });
        self.pause = (self.pause * 2).min(PAUSES.1);
    }

    /// Nothing is known against the next look's finding somebody.
    fn waits_soon(&self) -> bool {
        self.pause == PAUSES.0 && !self.stopped && self.asked.is_none() && self.queue.is_empty() && self.pipe.is_some()
    }

    fn step(&mut self) -> Step {
        let (Some(source), Some((theirs, into)), Some(lookout)) = (&mut self.source, &self.pipe, &mut self.lookout)
        else {
            return Step::Over;
        };
        if !self.marked {
            // Only now: closing a copy of the pipe takes the lock away.
            self.marked = true;
            let _ = sys::claim(into, 0, 1);
        }
        if self.asked.is_some() || !self.queue.is_empty() || rustix::io::ioctl_fionread(theirs) != Ok(0) {
            return Step::Later;
        }
        source.look();
        if source.text().is_empty() {
            return if source.is_over() { self.close() } else { Step::Starved };
        }
        match lookout.find() {
            Waiter::Reader(key, count) => self.serve(key, count),
            Waiter::Nobody => Step::Later,
            Waiter::Behind(ticks) => {
                match self.behind {
                    Some((before, since)) if before == ticks && since.elapsed() > IDLE => {
                        self.behind = None;
                        self.censor.says(UNGIVEN);
                    }
                    Some((before, _)) if before != ticks || self.pause == PAUSES.0 => {
                        self.behind = Some((ticks, Instant::now()));
                    }
                    _ => {}
                }
                Step::Later
            }
            Waiter::Crowd => {
                self.censor
                    .gives_up("several programs read them at the same time, and nobody knows who gets which part");
                self.refuse()
            }
            // A program that has just been started cannot be looked at for a moment by an ordinary user.
            Waiter::Hidden if self.reader.is_none() && self.unseen < UNSEEN => {
                self.unseen += 1;
                Step::Later
            }
            Waiter::Hidden if self.reader.is_none() => {
                self.censor.gives_up("what the shell waits for cannot be seen on this system");
                self.refuse()
            }
            Waiter::Hidden => Step::Later,
        }
    }

    fn serve(&mut self, key: Key, count: usize) -> Step {
        if self.reader.is_none() && Some(key.pid) == self.shell {
            self.reader = Some(key);
        }
        let same = self.last.is_some_and(|last| last.goes_on_as(key)) && self.reader != Some(key);
        if !same {
            self.open.clear();
            self.cleared = 0;
        }
        if !same || key.takes() {
            self.last = Some(key);
        }
        if self.reader == Some(key) { self.command() } else { self.data(key, count) }
    }

    /// Gives the shell its next command, or a block of them.
    fn command(&mut self) -> Step {
        let Some(source) = &mut self.source else { return Step::Over };
        let (end, kind) = loop {
            let found = match self.reads {
                Reads::Commands => first(source.text()),
                Reads::Blocks => {
                    // It takes what is there, and at the end of all that too what is not whole.
                    if source.text().len() < DASH_BLOCK {
                        source.absorb();
                        source.look();
                    }
                    let rest = source.is_over() && source.text().len() <= DASH_BLOCK;
                    if rest { Some((source.text().len(), Kind::Open)) } else { block(source.text()) }
                }
            };
            match found {
                Some(found) => break found,
                None if source.is_over() => break (source.text().len(), Kind::Open),
                None => {
                    let before = source.text().len();
                    source.absorb();
                    source.look();
                    if source.text().len() > MAX_COMMAND {
                        self.censor.gives_up("a command is too large to be judged before it runs");
                        return self.refuse();
                    }
                    if source.text().len() <= before && !source.is_over() {
                        return Step::Starved;
                    }
                }
            }
        };
        let text = source.text().get(..end).unwrap_or_default().to_vec();
        if !self.may_pass(&text, None) {
            return Step::Later;
        }
        if !self.doubt.is_empty() || kind == Kind::Doubtful {
            self.doubt.extend_from_slice(&text);
        }
        self.censor.ran(&text);
        self.give(end)
    }

    /// Gives a reader that is not the shell's own what it takes.
    fn data(&mut self, key: Key, count: usize) -> Step {
        let Some(source) = &mut self.source else { return Step::Over };
        let count = count.min(source.text().len()).min(MAX_OPEN);
        if self.cleared < count {
            let rest = source.text().get(count..).unwrap_or_default();
            let end = rest.iter().position(|byte| *byte == b'\n').map_or(source.text().len(), |at| count + at + 1);
            let end = if source.text().get(count - 1) == Some(&b'\n') { count } else { end };
            let text = source.text().get(..end).unwrap_or_default().to_vec();
            let whole = [self.open.as_slice(), &text].concat();
            if !self.may_pass(&text, Some(key.pid)) || whole != text && !self.may_pass(&whole, Some(key.pid)) {
                return Step::Later;
            }
            self.cleared = end;
        }
        self.cleared -= count;
        let Some(source) = &self.source else { return Step::Over };
        let bytes = source.text().get(..count).unwrap_or_default();
        self.open.extend_from_slice(bytes);
        if waiter::may_be_shell(key.pid) {
            self.taken.entry(key.pid).or_default().extend_from_slice(bytes);
            self.taken.retain(|pid, text| *pid == key.pid || !text.is_empty() && waiter::lives(*pid));
        }
        if self.taken.values().any(|text| text.len() > MAX_OPEN) {
            self.censor.gives_up("a shell that reads them in the place of another is given too many to follow");
            return self.refuse();
        }
        if self.open.ends_with(b"\n") {
            let left = feed::pieces(&self.open).pop().filter(|piece| piece.kind == Kind::Open);
            self.open = left.and_then(|piece| Some(self.open.get(piece.range)?.to_vec())).unwrap_or_default();
        }
        if self.open.len() > MAX_OPEN {
            self.open.clear();
        }
        self.give(count)
    }

    /// Says whether a text may go; where it may not yet, somebody is asked once what came before is handed on.
    fn may_pass(&mut self, text: &[u8], other: Option<i32>) -> bool {
        let Some(shell) = self.shell else { return false };
        if self.approved.as_deref() == Some(text) {
            self.approved = None;
            return true;
        }
        let joined = (!self.doubt.is_empty()).then(|| [self.doubt.as_slice(), text].concat());
        if joined.as_ref().is_some_and(|joined| joined.len() > MAX_OPEN) {
            self.censor.gives_up("commands that are not understood go on for too long");
            self.refuse();
            return false;
        }
        let other = other.map(|pid| {
            let taken = self.taken.get(&pid).map_or(&[][..], Vec::as_slice);
            // What is not whole yet stands in front of the text where that matters.
            (pid, taken.strip_suffix(self.open.as_slice()).unwrap_or(taken))
        });
        let readers = Readers { shell, other };
        let stops = if self.censor.passes(text, readers) {
            joined.as_deref().filter(|joined| !self.censor.passes(joined, readers))
        } else {
            Some(text)
        };
        let Some(stops) = stops else { return true };
        if !self.stopped {
            // What the commands before have written comes first.
            self.stopped = true;
            return false;
        }
        self.stopped = false;
        let asked = self.censor.decide(stops, readers).ok().and_then(|pid| {
            let handle = pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()?;
            Some((handle, pid, text.to_vec()))
        });
        self.asked = asked;
        if self.asked.is_none() {
            self.refuse();
        }
        false
    }

    /// Writes the next bytes of the input.
    fn give(&mut self, count: usize) -> Step {
        let Some(source) = &mut self.source else { return Step::Over };
        self.queue = source.take(count);
        self.flush();
        Step::Fed
    }

    fn flush(&mut self) {
        let Some((_, into)) = &self.pipe else { return };
        while !self.queue.is_empty() {
            match write(into, &self.queue) {
                Ok(count) => {
                    self.queue.drain(..count);
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                Err(_) => {
                    self.queue.clear();
                    self.close();
                    return;
                }
            }
        }
    }
}

impl Watch for Feeder<'_> {
    fn interests(&self) -> Vec<Interest<'_>> {
        let mut all = Vec::with_capacity(1);
        if let Some((handle, ..)) = &self.asked {
            all.push(Interest { id: DECISION, fd: handle.as_fd(), write: false });
        } else if let Some((_, into)) = self.pipe.as_ref().filter(|_| !self.queue.is_empty()) {
            all.push(Interest { id: OUTPUT, fd: into.as_fd(), write: true });
        } else if let Some(source) = self.source.as_ref().filter(|_| self.next.is_none() && self.shell.is_some()) {
            all.push(Interest { id: INPUT, fd: source.fd(), write: false });
        }
        all
    }

    fn deadline(&self) -> Option<Instant> {
        self.next
    }

    fn ready(&mut self, id: usize, _: &mut Hands) {
        match id {
            OUTPUT => {
                self.flush();
                if self.queue.is_empty() {
                    self.go();
                }
            }
            DECISION => {
                if let Some((_, pid, text)) = self.asked.take() {
                    if sys::wait_for(pid) == Ended::Status(0) {
                        self.approved = Some(text);
                        self.go();
                    } else {
                        self.refuse();
                    }
                }
            }
            _ => self.go(),
        }
    }

    fn late(&mut self, _: &mut Hands) {
        self.next = None;
        self.go();
    }

    fn changed(&mut self, state: State, _: &mut Hands) {
        match state {
            State::Started(pid) => {
                self.shell = Some(pid);
                self.lookout = Some(Lookout::new(pid, self.identity));
            }
            State::Ended(_) => {
                if let Some((_, pid, _)) = self.asked.take() {
                    sys::signal_process(pid, sys::signal::KILL);
                    let _: Ended = sys::wait_for(pid);
                }
                self.close();
            }
            State::Stopped(_) | State::Continued => {}
        }
    }

    fn part(&mut self) {
        self.close();
    }
}

fn high(fd: OwnedFd) -> Result<OwnedFd, Error> {
    sys::high(fd).map_err(Error::setup("a pipe"))
}

/// Where the first command ends; `None` where it is not whole.
fn first(text: &[u8]) -> Option<(usize, Kind)> {
    // A short look is enough for nearly all.
    for window in [1 << 10, usize::MAX] {
        let part = text.get(..window).unwrap_or(text);
        let piece = feed::pieces(part).into_iter().next().filter(|piece| piece.kind != Kind::Open);
        if let Some(piece) = piece {
            return Some((piece.range.end, piece.kind));
        }
        if part.len() == text.len() {
            return None;
        }
    }
    None
}

/// Where the last command ends that fits into a block; of one that is larger, its own end.
fn block(text: &[u8]) -> Option<(usize, Kind)> {
    let part = text.get(..DASH_BLOCK).unwrap_or(text);
    let whole: Vec<_> = feed::pieces(part).into_iter().filter(|piece| piece.kind != Kind::Open).collect();
    let Some(last) = whole.last() else { return first(text) };
    let doubtful = whole.iter().any(|piece| piece.kind == Kind::Doubtful);
    Some((last.range.end, if doubtful { Kind::Doubtful } else { Kind::Complete }))
}
