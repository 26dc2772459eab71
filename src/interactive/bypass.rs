//! Notices a line that got past both gates: Enter went to the shell's editor, no word came from its gates, and then
//! something ran.
//!
//! An editor is known by how it sets the terminal: keys one by one, and a carriage return as it is (readline, zle and
//! fish all do; `read -n1` and `select` do not). Whatever the gates do about an Enter, they say so first. What the shell
//! does by itself, without a job of its own, cannot be stopped here; that it happens is said.

use std::ffi::OsString;
use std::fs;
use std::io::Read as _;
use std::os::unix::ffi::OsStringExt as _;
use std::time::{Duration, Instant};

use super::Unasked;
use crate::config::who::Process;
use crate::run::Hands;

/// An Enter so soon after an answer may have been typed ahead of what the answer let run.
const AHEAD: Duration = Duration::from_millis(300);
/// How often the foreground is looked at after an Enter, and for how long.
const PACE: Duration = Duration::from_millis(5);
const WATCH: Duration = Duration::from_secs(2);
/// A shell that takes its time between Enter and its gates still has the editor's terminal.
const SLOW: Duration = Duration::from_millis(500);
/// Bytes of a command line that are read.
const MAX_WORDS: u64 = 16 << 10;
/// So often, a millisecond apart, is looked whether a shell's child has become the program.
const EXEC_LOOKS: u32 = 5;
/// Keys that enter a line: return, line feed, Ctrl-O.
const ENTER: &[u8] = b"\r\n\x0f";

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A job of the shell's is in front.
    Job(Unasked),
    /// This group is still in front, though it was told to stop. It is let go on and told again in turn: a process that
    /// waits for its child's exec (vfork) cannot stop while the child is stopped, and a shell may let a new job go on.
    Again(i32, bool),
    /// The shell has taken a line.
    Line,
}

/// An Enter that nothing has been heard about, if there is one.
#[derive(Debug, Default)]
pub(super) struct Bypass {
    since: Option<Instant>,
    look: Option<Instant>,
    /// The last answer to the shell, and when that was in clock ticks since boot.
    answered: Option<Instant>,
    ticks: u64,
    /// The job that was found.
    stopped: Option<i32>,
    goes: bool,
    said: bool,
}

impl Bypass {
    /// A gate has said something.
    pub(super) fn heard(&mut self) {
        self.since = None;
    }

    /// The shell is answered next: what it starts then is younger than this.
    pub(super) fn answers(&mut self) {
        self.answered = Some(Instant::now());
        self.ticks = ticks();
    }

    /// Keys go to the shell.
    pub(super) fn keys(&mut self, keys: &[u8], hands: &Hands) {
        let Some(shell) = hands.shell.filter(|_| keys.iter().any(|key| ENTER.contains(key))) else { return };
        let soon = self.answered.is_some_and(|at| at.elapsed() < AHEAD);
        if hands.edits && !soon && is_in_front(shell, hands) && is_alone(shell, self.ticks) {
            let now = Instant::now();
            self.since = Some(now);
            self.stopped = None;
            self.look = Some(now + PACE);
        }
    }

    /// When to look again.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.look.filter(|_| self.since.is_some())
    }

    /// Looks what runs. Whatever the gates had to say by the time that `hands` were made must have been heard.
    pub(super) fn look(&mut self, hands: &Hands) -> Option<Found> {
        let (since, shell) = (self.since?, hands.shell?);
        let now = Instant::now();
        if self.look.is_some_and(|at| now < at) {
            return None;
        }
        self.look = Some(now + PACE);
        if since.elapsed() > WATCH {
            self.since = None;
        }
        if let Some(group) = hands.foreground.filter(|_| !is_in_front(shell, hands)) {
            if self.stopped.replace(group) == Some(group) {
                self.goes = !self.goes;
                return Some(Found::Again(group, self.goes));
            }
            (self.since, self.goes) = (Some(now), false);
            return Some(Found::Job(Unasked { group, shell, words: started(shell, group), ..Unasked::default() }));
        }
        if since.elapsed() > SLOW && !hands.edits && !self.said && self.stopped.is_none() {
            self.said = true;
            return Some(Found::Line);
        }
        None
    }
}

fn is_in_front(shell: i32, hands: &Hands) -> bool {
    hands.foreground == Some(shell)
}

/// Says whether nobody shares the shell's group that was started since: what runs there for a substitution of the last
/// line's may be who reads the keys.
fn is_alone(shell: i32, since: u64) -> bool {
    let Ok(children) = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")) else { return false };
    let shares = |pid: &str| {
        let process = pid.parse().ok().and_then(Process::read);
        process.is_some_and(|process| process.group == shell && process.started >= since)
    };
    !children.split_whitespace().any(shares)
}

/// Clock ticks since boot, of which there are a hundred a second.
fn ticks() -> u64 {
    let uptime = fs::read_to_string("/proc/uptime").unwrap_or_default();
    let (seconds, parts) = uptime.split(' ').next().and_then(|first| first.split_once('.')).unwrap_or(("0", "0"));
    let number = |text: &str| text.parse::<u64>().unwrap_or(0);
    number(seconds) * 100 + number(parts)
}

/// As [`words`], a moment later where the shell's own child has not become the program yet.
fn started(shell: i32, group: i32) -> Vec<OsString> {
    let own = words(shell);
    for _ in 0..EXEC_LOOKS {
        let found = words(group);
        if found != own {
            return found;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Vec::new()
}

/// The command line of a process, or of a group's leader.
fn words(pid: i32) -> Vec<OsString> {
    let bytes = proc_bytes(pid, "cmdline");
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
    if bytes.is_empty() {
        return Vec::new();
    }
    bytes.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec())).collect()
}

/// What the system tells about a process, up to a bound.
fn proc_bytes(pid: i32, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Ok(file) = fs::File::open(format!("/proc/{pid}/{name}")) {
        let _ = file.take(MAX_WORDS).read_to_end(&mut bytes);
    }
    bytes
}

/// Adds what the system tells about a job by now, some of which it tells only once the shell's child has become the
/// program. Gives whether the job stands still, or is over.
pub(super) fn look_closer(job: &mut Unasked) -> bool {
    job.pid = member(job.shell, job.group);
    let Some(pid) = job.pid else { return true };
    job.stopped = matches!(state(pid), Some(b'T' | b't'));
    let link = |name: &str| fs::read_link(format!("/proc/{pid}/{name}")).ok();
    (job.exe, job.cwd) = (link("exe"), link("cwd"));
    let now = words(pid);
    if job.words.is_empty() && now != words(job.shell) {
        job.words = now;
    }
    job.stopped
}

/// A group's leader, or another of the shell's children in it where that has ended.
fn member(shell: i32, group: i32) -> Option<i32> {
    let lives = |pid: i32| state(pid).is_some_and(|state| !b"ZX".contains(&state));
    if lives(group) {
        return Some(group);
    }
    let children = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap_or_default();
    let mut pids = children.split_whitespace().filter_map(|pid| pid.parse::<i32>().ok());
    pids.find(|pid| lives(*pid) && Process::read(*pid).is_some_and(|process| process.group == group))
}

/// The letter for a process's state: proc(5).
fn state(pid: i32) -> Option<u8> {
    let stat = proc_bytes(pid, "stat");
    // The name stands in parentheses and may hold anything.
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    stat.get(end + 1..)?.iter().copied().find(|byte| *byte != b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hands(foreground: i32, edits: bool) -> Hands {
        let shell = i32::try_from(std::process::id()).unwrap();
        let foreground = if foreground == 0 { shell } else { foreground };
        Hands { terminal: true, foreground: Some(foreground), shell: Some(shell), edits, ..Hands::default() }
    }

    /// After an Enter that counts, with the next look due.
    fn entered() -> Bypass {
        let mut bypass = Bypass { since: Some(Instant::now()), ..Bypass::default() };
        bypass.look = bypass.since;
        bypass
    }

    #[test]
    fn a_job_that_nothing_was_heard_about() {
        let mut bypass = entered();
        assert_eq!(bypass.look(&hands(0, true)), None);
        bypass.look = bypass.since;
        assert!(matches!(bypass.look(&hands(i32::MAX, false)), Some(Found::Job(job)) if job.group == i32::MAX));
        bypass.look = bypass.since;
        assert_eq!(bypass.look(&hands(i32::MAX, false)), Some(Found::Again(i32::MAX, true)));
    }

    #[test]
    fn a_gate_that_has_spoken_clears_it() {
        let mut bypass = entered();
        bypass.heard();
        assert_eq!(bypass.look(&hands(i32::MAX, false)), None);
    }

    #[test]
    fn only_an_enter_at_an_editor_counts() {
        for (keys, edits, foreground) in [(&b"ls"[..], true, 0), (b"ls\r", false, 0), (b"ls\r", true, i32::MAX)] {
            let mut bypass = Bypass::default();
            bypass.keys(keys, &hands(foreground, edits));
            assert_eq!(bypass.deadline(), None, "{keys:?} {edits}");
        }
        let mut bypass = Bypass::default();
        bypass.answers();
        bypass.keys(b"\r", &hands(0, true));
        assert_eq!(bypass.deadline(), None, "typed ahead");
    }
}
