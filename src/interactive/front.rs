//! What the front end does when the shell asks: look up names, have the text judged, ask the person, answer.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};

use super::asking::{Asking, Ended};
use super::bypass::{self, Bypass, Found};
use super::channel::Channel;
use super::{Asked, Guard, Ruling, Shell, Unasked};
use crate::request;
use crate::run::{Hands, Interest, State, Watch, Whom};
use crate::shells::integration::Interactive;
use crate::shells::meaning::{self, Meaning};
use crate::shells::protocol::{Answer, Kind, Message, Question};
use crate::syntax::{self, Shape, bytes};
use crate::sys::signal;

/// Rounds of look-ups: what a name means may use names in turn.
const ROUNDS: usize = 8;
/// Looked up for every text: they change what words are and where programs are found.
const ALWAYS: [&str; 4] = ["PATH", "HOME", "IFS", "CDPATH"];
/// What the loop waits for.
const QUESTIONS: usize = 0;
const ANSWERS: usize = 1;
const PEOPLE: usize = 2;
/// Where a line was taken that no gate has seen.
const UNJUDGED: &str = "wardsh: a line was taken that nobody judged: something has taken the gates off this shell\nhint: what is entered here is not judged; leave it with `exit`";

/// How long is waited for a job to stop before it is told about, and how often that is looked at.
const STOPS: Duration = Duration::from_millis(300);
const GLANCE: Duration = Duration::from_millis(5);

/// A key at a question may arrive as a signal so long after its end.
const LATE: Duration = Duration::from_secs(1);

/// Ctrl-C, Ctrl-\ and Ctrl-Z.
const INTERRUPTS: &[u8] = b"\x03\x1c\x1a";
/// Where the start-up files did not come to their end.
const INTERRUPTED: &str = "wardsh: the start-up files were interrupted; lines are judged all the same, some of them only right before they run\nhint: start this shell again";
/// Where a line was taken before any gate had been heard of.
const UNREADY: &str = "wardsh: a line was taken before this shell could ask about it: what is entered here is not judged\nhint: if the start-up files were interrupted, leave this shell with `exit`, and start it again";

/// A text whose names are being looked up.
struct Standing {
    question: Question,
    count: usize,
    rejected: bool,
    wanted: HashSet<String>,
    meanings: Vec<Meaning>,
    rounds: usize,
}

impl Standing {
    /// Takes what the shell says about names.
    fn learn(&mut self, names: impl IntoIterator<Item = String>, meanings: Vec<Meaning>) {
        self.wanted.extend(names);
        for meaning in meanings {
            if !self.meanings.iter().any(|known| known.is_of(&meaning)) {
                self.meanings.push(meaning);
            }
        }
    }
}

/// A job that was told to stop, and has to be told about.
struct Stopped {
    job: Unasked,
    since: Instant,
    /// When to look at it next.
    look: Instant,
}

/// The front end of one shell.
pub(super) struct Front<'a> {
    shell: Interactive,
    greeting: String,
    /// Variables that the shell was started with.
    inherited: HashMap<String, String>,
    channel: Channel,
    guard: &'a mut dyn Guard,
    standing: Option<Standing>,
    /// What the shell has told before it asks: the question's id, names, what they mean.
    told: Option<(String, Vec<String>, Vec<Meaning>)>,
    asking: Option<Asking>,
    /// When the last question to people ended.
    ended: Option<Instant>,
    bypass: Bypass,
    stopped: Option<Stopped>,
    /// A start-up file of ours is being read, so that a gate is there.
    begun: bool,
    ready: bool,
    /// The program that runs as the shell, by device and inode.
    program: Option<(u64, u64)>,
    warned: bool,
}

impl<'a> Front<'a> {
    pub(super) fn new(shell: &Shell, channel: Channel, guard: &'a mut dyn Guard) -> Self {
        let text = |(name, value): &(OsString, OsString)| Some((name.to_str()?.to_owned(), value.to_str()?.to_owned()));
        let inherited = shell.environment.iter().filter_map(text);
        Self {
            shell: shell.kind,
            greeting: shell.greeting.clone(),
            inherited: inherited.filter(|(name, _)| meaning::is_variable(name)).collect(),
            channel,
            guard,
            standing: None,
            told: None,
            asking: None,
            ended: None,
            bypass: Bypass::default(),
            stopped: None,
            // fish reads ours whatever becomes of its own.
            begun: shell.kind == Interactive::Fish,
            ready: false,
            program: std::fs::metadata(&shell.path).ok().map(|meta| (meta.dev(), meta.ino())),
            warned: false,
        }
    }

    fn answer(&mut self, id: &str, answer: &Answer) {
        let keep = self.shell.keeps_key(id);
        if !matches!(answer, Answer::Meanings(_)) {
            self.bypass.answers();
        }
        self.channel.answer(id, answer, keep);
    }

    fn refuse(&mut self, id: &str, message: impl Into<String>) {
        self.answer(id, &Answer::Deny(message.into()));
    }

    fn heard(&mut self, message: Message, hands: &mut Hands) {
        if let Message::Keyless(id) = &message {
            return self.told_without_a_key(id, hands);
        }
        self.bypass.heard();
        self.begun = true;
        match message {
            Message::Keyless(_) => {}
            Message::Question(question) if question.kind == Kind::Seen => {}
            Message::Question(question) => self.questioned(question, hands),
            Message::Meanings(id, names, meanings) => {
                match self.standing.take_if(|standing| standing.question.id == id) {
                    Some(mut standing) => {
                        standing.learn(names, meanings);
                        self.look_up(standing, hands);
                    }
                    None => self.told = Some((id, names, meanings)),
                }
            }
        }
    }

    /// A shell that has lost its key waits for an answer all the same, and a no needs none. Whoever else it was is told the
    /// same, unless the shell itself has asked under that name.
    fn told_without_a_key(&mut self, id: &str, hands: &Hands) {
        let stands = self.standing.as_ref().is_some_and(|standing| standing.question.id == id)
            || self.asking.as_ref().is_some_and(|asking| asking.question.id == id);
        if !stands && self.channel.blocked().is_none() && hands.foreground == hands.shell {
            let why = "wardsh: not run: this shell has lost what it asks by\nhint: leave this shell with Ctrl-D, and start it again";
            self.channel.answer(id, &Answer::Deny(why.to_owned()), true);
        }
    }

    fn questioned(&mut self, question: Question, hands: &mut Hands) {
        // A new question means that the one before was given up.
        self.standing = None;
        let told = self.told.take().filter(|(id, ..)| *id == question.id);
        self.give_up(hands);
        if question.kind == Kind::Ready {
            self.ready = true;
            self.channel.forget_files();
            let message = std::mem::take(&mut self.greeting);
            return self.answer(&question.id, &Answer::Allow { count: 0, message });
        }
        if !self.ready {
            // Its start-up files ended before they had asked for this.
            self.ready = true;
            self.channel.forget_files();
            let text = format!("{INTERRUPTED}\n{}", std::mem::take(&mut self.greeting));
            hands.screen.extend_from_slice(format!("\r{}\r\n", text.trim_end().replace('\n', "\r\n")).as_bytes());
        }
        if hands.foreground.is_some() && hands.foreground != hands.shell {
            return self.refuse(&question.id, "wardsh: not run: it was not the shell in front that asked");
        }
        if question.kind == Kind::Blind {
            return self.refuse(
                &question.id,
                "wardsh: not run: this line came past the editor, and the history does not keep it, so nobody knows what it says",
            );
        }
        let text = bytes::decode(&question.text).text.into_owned();
        let (count, rejected) = match syntax::shape(&text) {
            _ if !self.shell.counts() => (1, false),
            Shape::Incomplete if question.kind == Kind::Line => return self.answer(&question.id, &Answer::More),
            Shape::Incomplete => (1, true),
            Shape::Complete(count) => (count, false),
            Shape::Rejected => (1, true),
        };
        let Some(names) = meaning::names(&text) else {
            return self.refuse(
                &question.id,
                "wardsh: not run: it uses more names than can be looked up\nhint: put it into a script",
            );
        };
        let mut standing =
            Standing { question, count, rejected, wanted: HashSet::new(), meanings: Vec::new(), rounds: 1 };
        if let Some((_, names, meanings)) = told {
            standing.learn(names.into_iter().chain(ALWAYS.map(str::to_owned)), meanings);
        }
        let names = names.into_iter().chain(ALWAYS.map(str::to_owned));
        let missing: Vec<String> = names.filter(|name| standing.wanted.insert(name.clone())).collect();
        if missing.is_empty() {
            return self.look_up(standing, hands);
        }
        let id = standing.question.id.clone();
        self.standing = Some(standing);
        self.answer(&id, &Answer::Meanings(missing));
    }

    /// Goes on where names have been looked up: with the names that their meanings use, else with the judgement.
    fn look_up(&mut self, mut standing: Standing, hands: &mut Hands) {
        let texts = standing.meanings.iter().filter(|meaning| !ALWAYS.contains(&meaning.name.as_str()));
        let mut more: Vec<String> = Vec::new();
        for name in texts
            .filter(|meaning| meaning.text().len() < 64 << 10)
            .filter_map(|meaning| meaning::names(meaning.text()))
            .flatten()
        {
            if standing.wanted.len() < meaning::MAX_NAMES && standing.wanted.insert(name.clone()) {
                more.push(name);
            }
        }
        if !more.is_empty() && standing.rounds < ROUNDS {
            standing.rounds += 1;
            let id = standing.question.id.clone();
            self.standing = Some(standing);
            return self.answer(&id, &Answer::Meanings(more));
        }
        self.decide(standing, hands);
    }

    fn decide(&mut self, standing: Standing, hands: &mut Hands) {
        let Standing { question, count, rejected, wanted, mut meanings, .. } = standing;
        let mut gone: Vec<String> = self
            .inherited
            .keys()
            .filter(|name| wanted.contains(*name) && !meanings.iter().any(|known| known.name == **name))
            .cloned()
            .collect();
        gone.sort();
        meanings.retain(|meaning| !meaning.is_unchanged(self.inherited.get(&meaning.name).map(String::as_str)));
        let asked = Asked {
            shell: self.shell,
            kind: question.kind,
            text: question.text.clone(),
            cwd: bytes::decode(&question.pwd).text.into_owned(),
            known: meaning::prelude(self.shell, &meanings, &gone),
            rejected,
        };
        match self.guard.judge(&asked) {
            Ruling::Run(note) => {
                // What the grammar rejects and the shell takes is asked about once more when it runs.
                let count = if rejected { 0 } else { count };
                self.answer(&question.id, &Answer::Allow { count, message: note });
            }
            Ruling::Refuse(message) => self.refuse(&question.id, message),
            Ruling::Ask(query) => {
                hands.hold = Some(true);
                hands.lend = Some(true);
                // bash has taken its line off the screen; the others still stand in it.
                if self.shell != Interactive::Bash {
                    hands.screen = b"
"
                    .to_vec();
                }
                self.asking = Some(Asking::new(question, count, asked, *query));
            }
        }
    }

    /// People have answered, or cannot be asked.
    fn answered(&mut self, ended: Option<&Ended>, hands: &mut Hands) {
        let Some(mut asking) = self.asking.take() else { return };
        asking.withdraw(ended);
        self.ended = Some(Instant::now());
        take_back(hands);
        let Asking { question, count, asked, .. } = asking;
        let reply = match ended {
            Some(Ended::Answered(reply)) => reply,
            Some(Ended::Expired) => {
                return self.refuse(&question.id, "wardsh: not run: nobody answered in time");
            }
            None => return self.refuse(&question.id, "wardsh: not run"),
        };
        if reply.answer == request::Answer::No {
            return self.refuse(&question.id, "wardsh: not run");
        }
        match self.guard.approved(&asked, reply) {
            Ok(()) => self.answer(&question.id, &Answer::Allow { count, message: String::new() }),
            Err(message) => self.refuse(&question.id, message),
        }
    }

    /// Nobody waits for the answer any more.
    fn give_up(&mut self, hands: &mut Hands) {
        if let Some(mut asking) = self.asking.take() {
            asking.withdraw(None);
            take_back(hands);
        }
    }

    /// Stops what runs although nobody was asked about it.
    fn look_for_bypass(&mut self, hands: &mut Hands) {
        if let Some(Stopped { job, since, look }) = &mut self.stopped {
            *look = Instant::now() + GLANCE;
            if bypass::look_closer(job) || since.elapsed() > STOPS {
                let text = self.guard.unasked(job);
                self.stopped = None;
                return hands.screen.extend_from_slice(format!("\r\n{}\r\n", text.replace('\n', "\r\n")).as_bytes());
            }
        }
        let text = match self.bypass.look(hands) {
            // Whatever asks for a line before the start-up files are through may be a part of them.
            Some(Found::Job(_) | Found::Line) if !self.ready && !self.warned => {
                self.warned = true;
                UNREADY.to_owned()
            }
            Some(Found::Job(_) | Found::Again(..)) if !self.ready => return,
            Some(Found::Job(job)) => {
                // It is stopped first; what is then looked up and written down may take its time, or fail.
                hands.signals.push((Whom::Group(job.group), signal::STOP));
                let now = Instant::now();
                self.stopped = Some(Stopped { job, since: now, look: now });
                return;
            }
            Some(Found::Again(group, goes)) => {
                let number = if goes { signal::CONT } else { signal::STOP };
                return hands.signals.push((Whom::Group(group), number));
            }
            Some(Found::Line) => UNJUDGED.to_owned(),
            None => return,
        };
        hands.screen.extend_from_slice(format!("\r\n{}\r\n", text.replace('\n', "\r\n")).as_bytes());
    }

    /// Says once when lines that are entered come by nobody.
    fn notice(&mut self, hands: &mut Hands) {
        let Some(shell) = hands.shell.filter(|_| !self.warned) else { return };
        let is = std::fs::metadata(format!("/proc/{shell}/exe")).ok().map(|meta| (meta.dev(), meta.ino()));
        if is.is_some() && is != self.program {
            self.warned = true;
            let name = std::fs::read_link(format!("/proc/{shell}/exe")).unwrap_or_default();
            let text = format!(
                "\r\nwardsh: {} took the shell's place; what is entered there is not judged\r\n",
                name.display()
            );
            hands.screen.extend_from_slice(text.as_bytes());
        }
    }
}

impl Watch for Front<'_> {
    fn interests(&self) -> Vec<Interest<'_>> {
        let mut all = vec![Interest { id: QUESTIONS, fd: self.channel.as_fd(), write: false }];
        all.extend(self.channel.blocked().map(|fd| Interest { id: ANSWERS, fd, write: true }));
        let people = self.asking.iter().flat_map(Asking::fds);
        all.extend(people.map(|fd| Interest { id: PEOPLE, fd, write: false }));
        all
    }

    fn deadline(&self) -> Option<Instant> {
        let stopped = self.stopped.as_ref().map(|stopped| stopped.look);
        self.asking.as_ref().map(Asking::deadline).into_iter().chain(self.bypass.deadline()).chain(stopped).min()
    }

    fn late(&mut self, hands: &mut Hands) {
        // Our terminal is lent by now to a question that was asked before.
        if self.asking.as_mut().is_some_and(|asking| !asking.begin(&mut hands.screen)) {
            self.answered(None, hands);
        }
        self.ready(PEOPLE, hands);
        // What was said before something ran is heard first.
        self.ready(QUESTIONS, hands);
        self.look_for_bypass(hands);
    }

    fn ready(&mut self, id: usize, hands: &mut Hands) {
        match id {
            QUESTIONS => {
                while let Some(message) = self.channel.receive() {
                    self.heard(message, hands);
                }
            }
            ANSWERS => self.channel.flush(),
            _ => {
                if let Some(ended) = self.asking.as_mut().and_then(Asking::step) {
                    self.answered(Some(&ended), hands);
                }
            }
        }
    }

    fn keys(&mut self, mut keys: Vec<u8>, hands: &mut Hands) -> Vec<u8> {
        // Whoever interrupts the system's own start-up files would keep a shell that never reads ours.
        if !self.begun && keys.iter().any(|key| INTERRUPTS.contains(key)) {
            keys.retain(|key| !INTERRUPTS.contains(key));
            let _ = end_early(hands);
        }
        if keys.contains(&b'\r') {
            self.notice(hands);
        }
        if !self.warned && self.standing.is_none() {
            self.bypass.keys(&keys, hands);
        }
        keys
    }

    fn signal(&mut self, number: i32, hands: &mut Hands) -> bool {
        if !self.begun && matches!(number, signal::INT | signal::QUIT | signal::TSTP) {
            return !end_early(hands);
        }
        let Some(asking) = &self.asking else {
            // Ctrl-C at the question was for it, also where the helper's end was heard of first. From now on keys come as
            // bytes, so this is nobody's else.
            let late = self.ended.take().is_some_and(|at| at.elapsed() < LATE);
            return !(late && matches!(number, signal::INT | signal::QUIT | signal::TSTP));
        };
        // Ctrl-C at the question is a no, and nothing to the shell. It ends the helper, where that asks.
        let interrupt = matches!(number, signal::INT | signal::QUIT) && !asking.is_here();
        if interrupt || matches!(number, signal::HUP | signal::TERM) {
            self.answered(None, hands);
        }
        !matches!(number, signal::INT | signal::QUIT | signal::TSTP)
    }

    fn changed(&mut self, state: State, hands: &mut Hands) {
        if matches!(state, State::Ended(_)) {
            self.give_up(hands);
        }
    }
}

/// Ends a shell that is not there yet; false where it has not even started.
fn end_early(hands: &mut Hands) -> bool {
    let Some(shell) = hands.shell else { return false };
    hands.screen.extend_from_slice(b"\r\nwardsh: interrupted before the shell was there\r\n");
    hands.signals.push((Whom::Group(shell), signal::HUP));
    true
}

/// Our terminal is ours again.
fn take_back(hands: &mut Hands) {
    // A dialogue that was cut off leaves the cursor hidden.
    hands.screen.extend_from_slice(b"\x1b[?25h");
    hands.lend = Some(false);
    hands.hold = Some(false);
}
