//! From a plan to a running program: which descriptors lead where, and who is whose parent.

use std::ffi::{CString, OsString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use rustix::fs::{Mode, OFlags, open};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::termios::{OptionalActions, OutputModes, Winsize, tcgetattr, tcsetattr};

use super::channel::{Channel, Source};
use super::front::{Child, Front};
use super::layout::{Facts, Layout, Own, Route, Standard, Via};
use super::link::Link;
use super::mirror::Mirror;
use super::monitor::Monitor;
use super::outer::Outer;
use super::signals::TAKEN;
use super::sink::{Sink, own_open};
use super::stage::{Outlet, Stage};
use super::watch::Watch;
use super::{Error, Party, Plan};
use crate::sys::{self, Forked, Group, Pty, SignalSet, Spawn};

/// The program's words in the form that the kernel wants.
pub(super) struct Words {
    path: CString,
    argv: Vec<CString>,
    environment: Option<Vec<CString>>,
}

impl Words {
    fn of(plan: &mut Plan) -> Result<Self, Error> {
        let text = |word: OsString| CString::new(word.into_vec()).map_err(|_| Error::Nul);
        let list = |words: Vec<OsString>| words.into_iter().map(text).collect::<Result<Vec<_>, _>>();
        let path = CString::new(plan.path.as_bytes()).map_err(|_| Error::Nul)?;
        let argv = list(std::mem::take(&mut plan.argv))?;
        Ok(Self { path, argv, environment: plan.environment.take().map(list).transpose()? })
    }

    /// Starts the program.
    pub(super) fn start(&self, moves: &[(OwnedFd, i32)], mask: &SignalSet, group: Group<'_>) -> io::Result<i32> {
        let moves: Vec<(BorrowedFd<'_>, i32)> = moves.iter().map(|(fd, to)| (fd.as_fd(), *to)).collect();
        sys::spawn(&Spawn {
            path: &self.path,
            argv: &self.argv,
            environment: self.environment.as_deref(),
            moves: &moves,
            mask,
            group,
        })
    }
}

/// What the program's side of the relays is.
#[derive(Default)]
struct Ends {
    channels: Vec<Channel>,
    /// Descriptors of the program, and which of its standard ones they become.
    moves: Vec<(OwnedFd, i32)>,
}

/// Starts the program of a plan.
pub(super) fn front<'a>(
    mut plan: Plan,
    stages: &mut dyn FnMut(Outlet) -> Box<dyn Stage>,
    watch: &'a mut dyn Watch,
) -> Result<Front<'a>, Error> {
    let words = Words::of(&mut plan)?;
    let looked = [0, 1, 2].map(|fd| Standard::look(if fd == 0 { stdin(&plan) } else { sys::standard(fd) }));
    let confined = if plan.party == Party::Agent { controlling() } else { None };
    let facts = Facts {
        standard: looked,
        front: in_front(looked[0]),
        confined: confined.as_ref().and_then(|fd| sys::terminal(fd.as_fd())),
        shared: || match (sys::standard(1), sys::standard(2)) {
            (Some(a), Some(b)) => sys::same_description(a, b).unwrap_or(true),
            _ => false,
        },
    };
    let layout = Layout::of(&facts);
    sys::expect_children();
    let mask = SignalSet::of(TAKEN).block();
    let signals = SignalSet::of(TAKEN).descriptor().and_then(sys::high).map_err(Error::setup("signals"))?;
    let mut ends = Ends::default();
    for route in &layout.routes {
        relay(*route, &facts, stages, &mut ends)?;
    }
    let outer = outer(&layout, confined);
    if let Some(stdin) = plan.stdin.take() {
        ends.moves.push((sys::high(stdin).map_err(Error::setup("standard input"))?, 0));
    }
    let name = plan.path.to_string_lossy().into_owned();
    let failed = |error| Error::Start { path: name, error };
    let Some(own) = layout.own else {
        let pid = words.start(&ends.moves, &mask, Group::Kept).map_err(failed)?;
        drop(ends.moves);
        let (mirror, outer) = mirror(&facts, &ends.channels);
        let mut front = Front::new(ends.channels, signals, Child::Direct(pid), outer, watch);
        front.mirror = mirror;
        return Ok(front);
    };
    let slave = own_terminal(own, outer.as_ref(), stages, &mut ends)?;
    let (link, theirs) = Link::pair().map_err(Error::setup("a link"))?;
    let spare = outer.as_ref().and_then(|outer| Some((outer.as_fd().try_clone_to_owned().ok()?, outer.modes()?)));
    match sys::fork().map_err(failed)? {
        Forked::Parent(monitor) => {
            let piped = own.shy && !own.standing_for[1];
            let child = Child::Monitored { link, monitor, shell: None, shy: own.shy, piped };
            let mut front = Front::new(ends.channels, signals, child, outer, watch);
            front.job_control = plan.job_control;
            Ok(front)
        }
        Forked::Child => {
            // The copies would keep pipes and terminals open.
            drop((link, signals, ends.channels, outer));
            watch.part();
            Monitor { link: theirs, slave, words, moves: ends.moves, mask, shy: own.shy, outer: spare }.run()
        }
    }
}

/// What the program will have as standard input.
fn stdin(plan: &Plan) -> Option<BorrowedFd<'_>> {
    plan.stdin.as_ref().map(AsFd::as_fd).or_else(|| sys::standard(0))
}

/// The number of standard input's terminal, where we are in its foreground.
fn in_front(input: Standard) -> Option<u32> {
    let number = input.terminal()?;
    let group = sys::foreground(sys::standard(0)?)?;
    (group == sys::process_group()).then_some(number)
}

/// Our controlling terminal, opened for ourselves.
fn controlling() -> Option<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    open("/dev/tty", flags, Mode::empty()).ok().and_then(|fd| sys::high(fd).ok())
}

/// Our terminal, where the program's replaces it.
fn outer(layout: &Layout, confined: Option<OwnedFd>) -> Option<Outer> {
    layout.own?;
    confined.or_else(|| own_open(sys::standard(0)?)).map(Outer::new)
}

/// The relay that stands for our controlling terminal, where there is one.
fn mirror(facts: &Facts, channels: &[Channel]) -> (Option<Mirror>, Option<Outer>) {
    let Some((at, channel)) = channels.iter().enumerate().find(|(_, channel)| channel.pty().is_some()) else {
        return (None, None);
    };
    let Some(outer) = channel.sink.reopened().map(Outer::new) else { return (None, None) };
    let number = sys::terminal(outer.as_fd());
    let passes_keys = facts.standard[0].terminal() != number;
    (Some(Mirror::new(at, passes_keys, channel.pty())), Some(outer))
}

/// Sets up one relay.
fn relay(
    route: Route,
    facts: &Facts,
    stages: &mut dyn FnMut(Outlet) -> Box<dyn Stage>,
    ends: &mut Ends,
) -> Result<(), Error> {
    let Some(to) = sys::standard(route.to) else { return Ok(()) };
    let kind = facts.standard[usize::from(route.to == 2) + 1].kind;
    let (source, end) = match route.via {
        Via::Pipe => {
            let (ours, theirs) = pipe_with(PipeFlags::CLOEXEC).map_err(Error::setup("a pipe"))?;
            let ours = sys::high(ours).map_err(Error::setup("a pipe"))?;
            // Our end alone: the program's end has a description of its own.
            rustix::io::ioctl_fionbio(&ours, true).map_err(Error::setup("a pipe"))?;
            (Source::Pipe(ours), sys::high(theirs).map_err(Error::setup("a pipe"))?)
        }
        Via::Pty => {
            let size = rustix::termios::tcgetwinsize(to).unwrap_or(NO_SIZE);
            let pty = Pty::open(size).map_err(Error::setup("a terminal"))?;
            let slave = pty.slave().map_err(Error::setup("a terminal"))?;
            // In the background the modes are somebody else's: a line editor's, mostly.
            let front = sys::foreground(to) == Some(sys::process_group());
            if let Ok(mut modes) = if front { tcgetattr(to) } else { tcgetattr(&slave) } {
                // Our terminal does this already.
                modes.output_modes.remove(OutputModes::OPOST);
                let _ = tcsetattr(&slave, OptionalActions::Now, &modes);
            }
            (Source::Pty(pty), slave)
        }
    };
    let second = sys::standard(2).filter(|_| route.outlet == Outlet::Both);
    if second.is_some() {
        let second = rustix::io::fcntl_dupfd_cloexec(&end, 3).map_err(Error::setup("a pipe"))?;
        ends.moves.push((second, 2));
    }
    ends.moves.push((end, route.to));
    ends.channels.push(Channel::new(source, Sink::new(to, second, kind), stages(route.outlet)));
    Ok(())
}

const NO_SIZE: Winsize = Winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };

/// The program's own terminal, like ours in size and modes; its channel comes first.
fn own_terminal(
    own: Own,
    outer: Option<&Outer>,
    stages: &mut dyn FnMut(Outlet) -> Box<dyn Stage>,
    ends: &mut Ends,
) -> Result<OwnedFd, Error> {
    let Some(outer) = outer else {
        let error = io::ErrorKind::NotFound.into();
        return Err(Error::Setup { what: "the terminal", error });
    };
    let pty = Pty::open(outer.size().unwrap_or(NO_SIZE)).map_err(Error::setup("a terminal"))?;
    let slave = pty.slave().map_err(Error::setup("a terminal"))?;
    if let Some(mut modes) = outer.modes() {
        if own.shy {
            // As long as our terminal is not raw, it does this.
            modes.output_modes.remove(OutputModes::OPOST);
        }
        let _ = tcsetattr(&slave, OptionalActions::Now, &modes);
    }
    for (fd, _) in [0, 1, 2].into_iter().zip(own.standing_for).filter(|(_, stands)| *stands) {
        let copy = rustix::io::fcntl_dupfd_cloexec(&slave, 3).map_err(Error::setup("a terminal"))?;
        ends.moves.push((copy, fd));
    }
    let sink = Sink::own(outer.as_fd().try_clone_to_owned().map_err(Error::setup("the terminal"))?);
    ends.channels.insert(0, Channel::new(Source::Pty(pty), sink, stages(Outlet::Terminal)));
    Ok(slave)
}
