//! A question on this process's controlling terminal, asked by a helper process of our own binary.
//!
//! The helper has the terminal as its descriptors 0 to 2, gets the question over a pipe and answers over another, so
//! that whoever asks can go on with other things. Whoever asks puts the terminal's modes back, whatever becomes of the
//! helper. Typed-ahead keys are dropped; no key that is just pressed on means yes.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use dialoguer::Select;
use dialoguer::theme::Theme;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{self, LocalModes, OptionalActions, QueueSelector, Termios};
use serde::{Deserialize, Serialize};

use crate::request::Answer;
use crate::sys::{Interrupts, SignalSet};

/// The hidden subcommand that is the helper.
pub const SUBCOMMAND: &str = "__ask";
/// How long the terminal must be quiet before a key counts.
const QUIET: Duration = Duration::from_millis(300);
/// How long quiet is waited for; then the answer is no.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest question, in bytes: what a pipe holds at once.
const MAX_QUESTION: usize = 48 << 10;
/// Longest answer, in bytes.
const MAX_ANSWER: usize = 1 << 10;

/// A question as it is put.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ask {
    /// What is shown first; lines, already harmless.
    pub text: String,
    /// What is shown to whoever wants to know more; empty where there is nothing.
    pub explain: String,
    /// Whether a yes for the session is offered.
    pub session: bool,
    /// A word that must be typed for a yes; then nothing else is offered.
    pub word: Option<String>,
    /// What typing the word does: `run it once`.
    pub purpose: String,
    /// What becomes of the question where something else is typed: it `means no`, else as said here.
    #[serde(default)]
    pub otherwise: String,
    /// Plain text only.
    pub plain: bool,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    /// The answer.
    pub answer: Answer,
    /// What was typed, where a word was wanted.
    pub typed: String,
}

impl Typed {
    fn no() -> Self {
        Self { answer: Answer::No, typed: String::new() }
    }
}

/// A question that stands.
#[derive(Debug)]
pub struct Prompt {
    child: Child,
    answers: OwnedFd,
    buffer: Vec<u8>,
    terminal: Terminal,
    word: Option<String>,
    session: bool,
}

/// The terminal, and how it was.
#[derive(Debug)]
struct Terminal {
    tty: File,
    modes: Termios,
    plain: bool,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = termios::tcsetattr(&self.tty, OptionalActions::Drain, &self.modes);
        let _ = termios::tcflush(&self.tty, QueueSelector::IFlush);
        if !self.plain {
            let _ = self.tty.write_all(b"\x1b[?25h\x1b[0m\r\x1b[J");
        }
    }
}

impl Prompt {
    /// Puts a question.
    ///
    /// # Errors
    /// There is no terminal, or no process to be had.
    pub fn put(ask: &Ask) -> io::Result<Self> {
        let tty = terminal()?;
        let modes = termios::tcgetattr(&tty)?;
        let (question, ask_end) = pipe()?;
        let (answers, answer_end) = pipe()?;
        let mut text = serde_json::to_vec(ask).map_err(io::Error::from)?;
        if text.len() > MAX_QUESTION {
            let short = Ask { explain: String::new(), ..ask.clone() };
            text = serde_json::to_vec(&short).map_err(io::Error::from)?;
        }
        if text.len() > MAX_QUESTION {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        rustix::io::write(&ask_end, &text)?;
        drop(ask_end);
        // These two are the helper's.
        for end in [&question, &answer_end] {
            rustix::io::fcntl_setfd(end, rustix::io::FdFlags::empty())?;
        }
        let program = if cfg!(target_os = "linux") { "/proc/self/exe".into() } else { std::env::current_exe()? };
        let child = Command::new(program)
            .arg0("wardsh")
            .args([SUBCOMMAND, &question.as_raw_fd().to_string(), &answer_end.as_raw_fd().to_string()])
            .stdin(tty.try_clone()?)
            .stdout(tty.try_clone()?)
            .stderr(tty.try_clone()?)
            .spawn()?;
        let terminal = Terminal { tty, modes, plain: ask.plain };
        let flags = rustix::fs::fcntl_getfl(&answers)?;
        rustix::fs::fcntl_setfl(&answers, flags | rustix::fs::OFlags::NONBLOCK)?;
        Ok(Self { child, answers, buffer: Vec::new(), terminal, word: ask.word.clone(), session: ask.session })
    }

    /// Readable when there is an answer, or none will come.
    #[must_use]
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.answers.as_fd()
    }

    /// The answer, once there is one. A helper that ends without one has said no.
    pub fn step(&mut self) -> Option<Typed> {
        let mut bytes = [0_u8; 256];
        loop {
            match rustix::io::read(&self.answers, &mut bytes) {
                Ok(0) => return Some(self.read()),
                Ok(count) if self.buffer.len() < MAX_ANSWER => {
                    self.buffer.extend_from_slice(bytes.get(..count).unwrap_or(&[]));
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => return None,
                Ok(_) | Err(_) => return Some(Typed::no()),
            }
        }
    }

    fn read(&self) -> Typed {
        let typed: Typed = serde_json::from_slice(&self.buffer).unwrap_or_else(|_| Typed::no());
        let means_yes = match (&self.word, typed.answer) {
            (_, Answer::No) => false,
            (Some(word), _) => typed.typed.trim() == word,
            (None, Answer::Session) => self.session,
            (None, Answer::Once) => true,
        };
        if means_yes { typed } else { Typed { answer: Answer::No, ..typed } }
    }

    /// Takes the question back, and says why on the terminal.
    pub fn withdraw(mut self, why: &str) {
        self.end();
        // The terminal may be gone.
        let _ = self.terminal.tty.write_all(format!("\r\nwardsh: {why}\r\n").as_bytes());
    }

    fn end(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Prompt {
    fn drop(&mut self) {
        self.end();
    }
}

/// Puts a question and waits for the answer; `until` ends it with a no when readable.
///
/// # Errors
/// There is no terminal, or waiting fails.
pub fn ask(ask: &Ask, until: Option<BorrowedFd<'_>>) -> io::Result<Option<Typed>> {
    let interrupts = Interrupts::catch()?;
    let mut prompt = Prompt::put(ask)?;
    loop {
        if let Some(typed) = prompt.step() {
            return Ok(Some(typed));
        }
        if let Some(caught) = interrupts.caught() {
            drop(prompt);
            drop(interrupts);
            caught.raise();
            return Ok(Some(Typed::no()));
        }
        let mut fds = vec![
            PollFd::from_borrowed_fd(prompt.fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(interrupts.fd(), PollFlags::IN),
        ];
        fds.extend(until.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
        match poll(&mut fds, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        if fds.get(2).is_some_and(|fd| !fd.revents().is_empty()) {
            return Ok(None);
        }
    }
}

/// Says whether a terminal of this kind shows plain text only.
#[must_use]
pub fn is_plain(term: Option<&str>) -> bool {
    term.is_none_or(|term| term.is_empty() || term == "dumb")
}

fn terminal() -> io::Result<File> {
    File::options().read(true).write(true).open("/dev/tty")
}

fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = io::pipe()?;
    Ok((read.into(), write.into()))
}

/// The helper: reads the question from one inherited descriptor, asks, and answers on another.
///
/// # Errors
/// The terminal or a pipe fails, which means no.
pub fn helper(question: u32, answers: u32) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::HUP))?;
    // Whoever asks may take signals by descriptor, and has blocked them: here Ctrl-C ends the question.
    let _: SignalSet = SignalSet::of(&[]).set();
    let mut text = Vec::new();
    File::open(format!("/dev/fd/{question}"))?.take(MAX_QUESTION as u64).read_to_end(&mut text)?;
    let ask: Ask = serde_json::from_slice(&text).map_err(io::Error::from)?;
    let mut tty = terminal()?;
    let typed = put(&ask, &mut tty)?;
    let reply = serde_json::to_vec(&typed).map_err(io::Error::from)?;
    File::options().write(true).open(format!("/dev/fd/{answers}"))?.write_all(&reply)
}

fn put(ask: &Ask, tty: &mut File) -> io::Result<Typed> {
    // What is on the screen before the question is somebody else's: colours and hidden cursors end here.
    if !ask.plain {
        tty.write_all(b"\x1b[0m\x1b[?25h\r")?;
    }
    tty.write_all(ask.text.as_bytes())?;
    if !settle(tty)? {
        tty.write_all(b"wardsh: keys keep coming, so the answer is no\n")?;
        return Ok(Typed::no());
    }
    if let Some(word) = &ask.word {
        let otherwise = if ask.otherwise.is_empty() { "means no" } else { &ask.otherwise };
        tty.write_all(format!("Type {word} to {}; anything else {otherwise}: ", ask.purpose).as_bytes())?;
        let typed = line()?;
        let typed = typed.trim().to_owned();
        let answer = if typed == *word { Answer::Once } else { Answer::No };
        return Ok(Typed { answer, typed });
    }
    loop {
        match choose(ask, tty)? {
            Some(answer) => return Ok(Typed { answer, typed: String::new() }),
            None => tty.write_all(ask.explain.as_bytes())?,
        }
    }
}

/// dialoguer's own way to show things, without a colon behind what is a sentence by itself.
struct Plainly;

impl Theme for Plainly {
    fn format_select_prompt(&self, f: &mut dyn fmt::Write, prompt: &str) -> fmt::Result {
        f.write_str(prompt)
    }

    fn format_select_prompt_selection(&self, f: &mut dyn fmt::Write, _: &str, chosen: &str) -> fmt::Result {
        write!(f, "Run it? {chosen}")
    }
}

/// Lets people choose; `None` means that they want to know more.
fn choose(ask: &Ask, tty: &mut File) -> io::Result<Option<Answer>> {
    let mut choices = vec![("n", "no", Some(Answer::No)), ("o", "once", Some(Answer::Once))];
    if ask.session {
        choices.push(("s", "this rule for this session, for an hour", Some(Answer::Session)));
    }
    if !ask.explain.is_empty() {
        choices.push(("e", "explain", None));
    }
    if !ask.plain {
        let items: Vec<&str> = choices.iter().map(|(_, text, _)| *text).collect();
        let select = Select::with_theme(&Plainly).with_prompt("Run it? (arrow keys and Enter; Esc or Ctrl-C means no)");
        let chosen = select.items(&items).default(0).interact_opt();
        let at = chosen.map_err(|error| match error {
            dialoguer::Error::IO(error) => error,
        })?;
        return Ok(at.and_then(|at| choices.get(at)).map_or(Some(Answer::No), |choice| choice.2));
    }
    let names: Vec<String> = choices.iter().map(|(key, text, _)| format!("{key} = {text}")).collect();
    tty.write_all(format!("Run it? {}; no is the default: ", names.join(", ")).as_bytes())?;
    let typed = line()?;
    let typed = typed.trim();
    let chosen = choices.iter().find(|(key, text, _)| typed == *key || (!typed.is_empty() && typed == *text));
    Ok(chosen.map_or(Some(Answer::No), |choice| choice.2))
}

/// A line from the terminal; empty at its end.
fn line() -> io::Result<String> {
    let mut text = String::new();
    io::stdin().read_line(&mut text)?;
    Ok(text)
}

/// Drops what was typed before the question, and waits for a moment of quiet; false where there is none.
fn settle(tty: &File) -> io::Result<bool> {
    let before = termios::tcgetattr(tty)?;
    let mut listening = before.clone();
    // Keys are seen one by one, and not shown.
    listening.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
    termios::tcsetattr(tty, OptionalActions::Now, &listening)?;
    let quiet = is_quiet(tty);
    let _ = termios::tcflush(tty, QueueSelector::IFlush);
    termios::tcsetattr(tty, OptionalActions::Now, &before)?;
    quiet
}

fn is_quiet(tty: &File) -> io::Result<bool> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        termios::tcflush(tty, QueueSelector::IFlush)?;
        let mut fds = [PollFd::new(tty, PollFlags::IN)];
        let time = Timespec { tv_sec: 0, tv_nsec: i64::from(QUIET.subsec_nanos()) };
        match poll(&mut fds, Some(&time)) {
            Ok(0) => return Ok(true),
            Ok(_) if fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) => return Ok(false),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_where_the_terminal_is_dumb() {
        for (term, want) in [(None, true), (Some("dumb"), true), (Some(""), true), (Some("xterm-256color"), false)] {
            assert_eq!(is_plain(term), want, "{term:?}");
        }
    }
}
