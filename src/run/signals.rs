//! Signals, keys, stop and continue: who gets what.
//!
//! What a terminal sends goes to a whole process group, and so reaches a program that is in our group without us.

use rustix::event::{Timespec, poll};
use rustix::io::{Errno, write};
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

use super::Ended;
use super::channel::Channel;
use super::front::{Child, Front};
use super::link::Message;
use super::watch::{Hands, State, Watch, Whom};
use crate::sys::{self, Arrived, Change, Pty, Witness, signal};

/// The signals that the loop takes.
pub(super) const TAKEN: &[i32] = &[
    signal::CHLD,
    signal::WINCH,
    signal::CONT,
    signal::TSTP,
    signal::HUP,
    signal::INT,
    signal::QUIT,
    signal::TERM,
    signal::USR1,
    signal::USR2,
    signal::ALRM,
];

/// Those that end a run whose program has ended already.
const ENDING: &[i32] = &[signal::HUP, signal::INT, signal::QUIT, signal::TERM];

/// Keys are not read while more than this waits for the program.
const TYPED: usize = 4 << 10;

impl Front<'_> {
    /// The program's own terminal.
    pub(super) fn own_pty(&self) -> Option<&Pty> {
        match self.child {
            Child::Monitored { .. } => self.channels.first()?.pty(),
            Child::Direct(_) => None,
        }
    }

    /// The terminal into which keys go: the program's own, or a relay whose program reads keys.
    pub(super) fn keyboard(&self) -> Option<&Pty> {
        match (&self.child, &self.mirror) {
            (Child::Monitored { .. }, _) => self.own_pty(),
            (Child::Direct(_), Some(mirror)) if mirror.wants_keys() => self.channels[mirror.channel].pty(),
            (Child::Direct(_), _) => None,
        }
    }

    /// Takes our terminal, where the program has one in its place and we are in front.
    pub(super) fn enter(&mut self) {
        if let Child::Monitored { shy: false, piped, .. } = self.child
            && !self.lent
            && let Some(outer) = &mut self.outer
        {
            outer.make_raw(piped);
        }
        if let (Some(mirror), Some(outer)) = (&mut self.mirror, &mut self.outer)
            && !self.lent
            && let Some(pty) = self.channels[mirror.channel].pty()
        {
            mirror.again(pty, outer);
        }
        self.resize();
    }

    /// The program has a terminal of its own, and ours is not taken: we are in the background.
    pub(super) fn lurks(&self) -> bool {
        let owns = matches!(self.child, Child::Monitored { shy: false, .. });
        owns && !self.lent && !self.behind && self.outer.as_ref().is_some_and(|outer| !outer.is_taken())
    }

    /// Hands our terminals' sizes on.
    fn resize(&mut self) {
        let own = self.outer.as_ref().and_then(super::outer::Outer::size);
        for (at, channel) in self.channels.iter().enumerate() {
            let size = channel.sink.size().or(own.filter(|_| at == 0));
            if let (Some(pty), Some(size)) = (channel.pty(), size) {
                pty.resize(size);
            }
        }
    }

    /// A signal has come.
    pub(super) fn arrived(&mut self, arrived: Arrived) {
        match arrived.signal {
            _ if self.behind => {}
            // Our own word to our group.
            signal::INT | signal::QUIT if arrived.sender == sys::own_id() => {}
            signal::CHLD => self.reap(),
            signal::WINCH => self.resized(),
            signal::CONT => self.goes_on(),
            number if self.ended.is_some() => {
                if ENDING.contains(&number) {
                    self.ended = Some(Ended::Signal(number));
                }
            }
            number => {
                let mut goes_on = true;
                self.with_hands(|watch, hands| goes_on = watch.signal(number, hands));
                if goes_on {
                    self.forward(arrived);
                }
            }
        }
    }

    fn forward(&mut self, arrived: Arrived) {
        let number = arrived.signal;
        let whole = [signal::INT, signal::QUIT, signal::TSTP, signal::HUP, signal::TERM];
        match self.child {
            Child::Monitored { .. } if number == signal::HUP && self.is_hung_up() => self.hang_up(),
            Child::Monitored { shell: Some(shell), .. } => {
                let front = self.foreground();
                let whom = if whole.contains(&number) { Whom::Foreground } else { Whom::Shell };
                self.send(whom, number);
                if matches!(number, signal::HUP | signal::TERM) && front != Some(shell) {
                    sys::signal_group(shell, number);
                }
            }
            Child::Monitored { .. } => {}
            Child::Direct(_) => {
                if !arrived.from_kernel && self.only_we_got(number) {
                    self.send(Whom::Shell, number);
                }
            }
        }
    }

    /// Our terminal is gone: the program's goes with it, and it is told so, once. The kernel tells the monitor only.
    pub(super) fn hang_up(&mut self) {
        if self.hung_up {
            return;
        }
        self.hung_up = true;
        let front = self.foreground();
        let Child::Monitored { shell, .. } = self.child else { return };
        if let Some(channel) = self.channels.first_mut() {
            channel.abandon();
        }
        if self.ended.is_none() {
            front
                .into_iter()
                .chain(shell.filter(|_| shell != front))
                .for_each(|group| sys::signal_group(group, signal::HUP));
        }
    }

    /// Our terminal is gone, and so the program's is or goes now.
    fn is_hung_up(&self) -> bool {
        self.own_pty().is_none() || self.outer.as_ref().is_some_and(super::outer::Outer::is_gone)
    }

    /// A process sent us a signal: to us alone, or to our group, and so to the program as well?
    fn only_we_got(&mut self, number: i32) -> bool {
        // The kernel serves a group one by one.
        let _ = poll(&mut [], Some(&Timespec { tv_sec: 0, tv_nsec: 1_000_000 }));
        match self.witness.as_ref().and_then(|witness| witness.saw(number)) {
            Some(true) => {
                self.witness = None;
                self.witness = Witness::start().ok();
                false
            }
            Some(false) => true,
            // Twice does little harm with these. With others, whoever made a group signals the group.
            None => matches!(number, signal::HUP | signal::TERM) || sys::process_group() != sys::own_id(),
        }
    }

    /// The foreground group of the program's own terminal, where that is the program's and not the monitor's.
    fn foreground(&self) -> Option<i32> {
        let Child::Monitored { monitor, shell, .. } = self.child else { return None };
        self.own_pty().and_then(Pty::foreground).filter(|group| *group != monitor).or(shell)
    }

    fn send(&self, whom: Whom, number: i32) {
        if self.ended.is_some() {
            return;
        }
        match (&self.child, whom) {
            (Child::Direct(pid), _) => sys::signal_process(*pid, number),
            (Child::Monitored { shell: Some(shell), .. }, Whom::Shell) => sys::signal_process(*shell, number),
            (Child::Monitored { .. }, Whom::Group(group)) if group > 1 => sys::signal_group(group, number),
            (Child::Monitored { .. }, _) => {
                if let Some(group) = self.foreground() {
                    sys::signal_group(group, number);
                }
            }
        }
    }

    fn resized(&mut self) {
        self.resize();
        // The program got its signal together with us and may have looked before us.
        if matches!(self.child, Child::Direct(_)) && self.channels.iter().any(|channel| channel.pty().is_some()) {
            self.send(Whom::Shell, signal::WINCH);
        }
    }

    /// The program was stopped: so are we, with everybody who would be stopped without us.
    pub(super) fn stopped(&mut self, by: i32) {
        self.pull_all();
        if self.wants_terminal(by) {
            return;
        }
        // For as long as we stand still, what is kept back would not be seen.
        self.channels.iter_mut().for_each(Channel::let_go);
        self.tell(State::Stopped(by));
        if let Some(outer) = &mut self.outer {
            outer.restore();
        }
        match self.child {
            Child::Direct(_) => sys::stop_self(by),
            Child::Monitored { .. } => {
                let by = if by == signal::TSTP { by } else { signal::STOP };
                if by == signal::TSTP {
                    sys::signal_own_group(by);
                }
                sys::stop_self(by);
            }
        }
        if let Child::Direct(pid) = self.child {
            self.revive(pid);
        }
        self.goes_on();
    }

    /// Lets the program go on that still stands still after we do: whoever let us go on meant both. It may have gone on
    /// without us, to its end.
    fn revive(&mut self, pid: i32) {
        match sys::changed(pid) {
            Some(Change::Continued) => {}
            Some(Change::Ended(ended)) => self.ends(ended),
            Some(Change::Stopped(_)) | None => sys::signal_process(pid, signal::CONT),
        }
    }

    /// A program that was started without the terminal asks for it by stopping. Where we have it, it gets it and goes on.
    fn wants_terminal(&mut self, by: i32) -> bool {
        let in_front = self.outer.as_ref().is_some_and(super::outer::Outer::in_front);
        match &mut self.child {
            Child::Monitored { link, shy, piped, .. }
                if *shy && in_front && matches!(by, signal::TTIN | signal::TTOU) =>
            {
                *shy = false;
                let piped = *piped;
                link.send(Message::Front);
                self.enter();
                // Where our terminal goes on treating output, once is enough.
                if !piped {
                    self.process_output(true);
                }
                true
            }
            _ => false,
        }
    }

    /// Whether the program's own terminal makes `\r\n` of a newline. While ours is raw it has to; else ours does.
    pub(super) fn process_output(&self, on: bool) {
        if let Some(pty) = self.own_pty()
            && let Ok(mut modes) = tcgetattr(pty)
        {
            modes.output_modes.set(OutputModes::OPOST, on);
            let _ = tcsetattr(pty, OptionalActions::Now, &modes);
        }
    }

    /// We go on after a stop, perhaps in the foreground now.
    fn goes_on(&mut self) {
        self.enter();
        if let Child::Monitored { link, .. } = &self.child {
            link.send(Message::Continue);
            self.tell(State::Continued);
        }
    }

    /// The keyboard is ours to read, and there is room for what comes.
    pub(super) fn reads_keys(&self) -> bool {
        let taken = self.outer.as_ref().is_some_and(super::outer::Outer::is_taken);
        taken && !self.lent && !self.behind && self.keyboard().is_some() && self.typed.len() < TYPED
    }

    pub(super) fn read_keys(&mut self) {
        let Some(outer) = &mut self.outer else { return };
        let mut bytes = vec![0; TYPED];
        match outer.read(&mut bytes) {
            Ok(count) if count > 0 => {
                bytes.truncate(count);
                let mut kept = Vec::new();
                self.with_hands(|watch, hands| kept = watch.keys(bytes, hands));
                self.tell_our_group(&kept);
                self.typed.extend_from_slice(&kept);
                self.flush_keys();
            }
            Err(Errno::AGAIN | Errno::INTR) => {}
            // Our terminal is gone: so is the program's, which tells it.
            _ => {
                if let Some(at) = self.mirror.as_ref().map(|mirror| mirror.channel) {
                    self.channels[at].abandon();
                }
                self.hang_up();
            }
        }
    }

    /// Ctrl-C and Ctrl-\ reach everybody in the foreground without us: a script around us, too. The program gets them from
    /// its own terminal.
    fn tell_our_group(&self, keys: &[u8]) {
        let Child::Monitored { shell, .. } = self.child else { return };
        let Some(pty) = self.own_pty().filter(|pty| !self.job_control && pty.foreground() == shell) else { return };
        let Ok(modes) = tcgetattr(pty) else { return };
        if !modes.local_modes.contains(LocalModes::ISIG) {
            return;
        }
        for (key, number) in [(SpecialCodeIndex::VINTR, signal::INT), (SpecialCodeIndex::VQUIT, signal::QUIT)] {
            let code = modes.special_codes[key];
            if code != 0 && keys.contains(&code) {
                sys::signal_own_group(number);
            }
        }
    }

    pub(super) fn flush_keys(&mut self) {
        let Some(pty) = self.keyboard() else { return };
        match write(pty, &self.typed) {
            Ok(count) => drop(self.typed.drain(..count)),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => self.typed.clear(),
        }
    }

    /// Tells the watch what became of the program.
    pub(super) fn tell(&mut self, state: State) {
        self.with_hands(|watch, hands| watch.changed(state, hands));
    }

    /// Lets the watch act, and does what it wants done.
    pub(super) fn with_hands(&mut self, act: impl FnOnce(&mut dyn Watch, &mut Hands)) {
        let shell = match self.child {
            Child::Direct(pid) => Some(pid),
            Child::Monitored { shell, .. } => shell,
        };
        let terminal = self.own_pty().is_some();
        let edits = self.own_pty().and_then(|pty| tcgetattr(pty).ok()).is_some_and(|modes| is_edited(&modes));
        let mut hands = Hands { terminal, foreground: self.foreground(), edits, shell, ..Hands::default() };
        act(self.watch, &mut hands);
        for (whom, number) in hands.signals {
            self.send(whom, number);
        }
        self.held = hands.hold.unwrap_or(self.held);
        if let Some(lend) = hands.lend {
            self.lend(lend);
        }
        if let Some(channel) = self.channels.first_mut().filter(|_| !hands.screen.is_empty()) {
            channel.insert(&hands.screen);
        }
        if !hands.typed.is_empty() {
            self.typed.extend_from_slice(&hands.typed);
            self.flush_keys();
        }
    }

    fn lend(&mut self, lend: bool) {
        self.lent = lend;
        if lend {
            if let Some(outer) = &mut self.outer {
                outer.restore();
                outer.drop_typed();
            }
        } else {
            if let Some(outer) = &mut self.outer {
                outer.drop_typed();
            }
            self.enter();
        }
    }
}

/// Says whether a line editor reads the terminal: keys come one by one and are not shown, and a carriage return is told
/// from a line feed (readline and fish take both as they are, zle has them swapped).
fn is_edited(modes: &Termios) -> bool {
    let (input, local) = (modes.input_modes, modes.local_modes);
    !local.intersects(LocalModes::ICANON | LocalModes::ECHO)
        && (!input.contains(InputModes::ICRNL) || input.contains(InputModes::INLCR))
}
