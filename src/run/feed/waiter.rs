//! Who waits for the bytes of a pipe: the shell itself, or a program below it.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::MetadataExt;

use crate::sys::{self, Seen, Waits};

/// Processes that are looked at.
const MAX_PROCESSES: usize = 512;

/// A reader: the process, and the place in it that wants the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) pid: i32,
    fd: i32,
    buffer: u64,
}

impl Key {
    /// It is in the middle of taking bytes, rather than asking whether there are any.
    pub(super) fn takes(self) -> bool {
        self.buffer != 0
    }

    /// The same reader, maybe between asking and taking.
    pub(super) fn goes_on_as(self, next: Self) -> bool {
        (self.pid, self.fd) == (next.pid, next.fd) && (self.buffer == next.buffer || !self.takes() || !next.takes())
    }
}

/// Says whether the system tells who waits.
pub(super) fn is_told() -> bool {
    fs::exists("/proc/self/syscall").unwrap_or(false)
}

/// Who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiter {
    /// This reader, for at most so many bytes.
    Reader(Key, usize),
    /// Several, of whom any may take the front of what comes.
    Crowd,
    Nobody,
    /// It cannot be seen.
    Hidden,
    /// Nobody who can be seen, and below the shell somebody who cannot (another user's program): how much of the processor
    /// such have taken, in clock ticks, by which who works is told from who only waits.
    Behind(u64),
}

/// A pipe, as others have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

impl Identity {
    pub(super) fn of(fd: BorrowedFd<'_>) -> Option<Self> {
        rustix::fs::fstat(fd).ok().map(|stat| Self(stat.st_dev, stat.st_ino))
    }

    fn is_held_by(self, pid: i32) -> bool {
        let listed = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().take(MAX_PROCESSES);
        listed.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).any(|fd| self.is(pid, fd))
    }

    fn is(self, pid: i32, fd: i32) -> bool {
        fs::metadata(format!("/proc/{pid}/fd/{fd}")).is_ok_and(|meta| Self(meta.dev(), meta.ino()) == self)
    }
}

/// Looks for those who wait below one shell.
pub(super) struct Lookout {
    shell: i32,
    pipe: Identity,
    /// Processes that were there before the shell: none of them can have the pipe.
    before: HashSet<i32>,
    /// The process that was started last, by anybody.
    newest: Vec<u8>,
    /// Processes that came later and were not found below the shell, and whether they have the pipe.
    others: HashMap<i32, bool>,
    /// Those that have it: their parents are gone.
    strays: Vec<i32>,
}

impl Lookout {
    pub(super) fn new(shell: i32, pipe: Identity) -> Self {
        let before = processes().filter(|pid| *pid != shell).collect();
        Self { shell, pipe, before, newest: Vec::new(), others: HashMap::new(), strays: Vec::new() }
    }

    /// Finds who waits: the shell, or what it has started.
    pub(super) fn find(&mut self) -> Waiter {
        let mut found: Option<(Key, usize)> = None;
        let mut hidden = false;
        let mut behind = None;
        let mut seen = HashSet::new();
        let mut left = vec![self.shell];
        loop {
            let Some(pid) = left.pop() else {
                if self.look_for_strays(&seen) {
                    left.extend(self.strays.iter().filter(|pid| !seen.contains(*pid)));
                }
                if left.is_empty() {
                    break;
                }
                continue;
            };
            if seen.len() > MAX_PROCESSES || !seen.insert(pid) {
                continue;
            }
            for thread in threads(pid) {
                match sys::waits(pid, thread) {
                    Seen::Waits(waits) => match (reader(pid, &waits, self.pipe), found) {
                        (Some(key), None) => found = Some((key, waits.count)),
                        (Some(key), Some((first, _))) if key.pid != first.pid => return Waiter::Crowd,
                        _ => {}
                    },
                    Seen::Hidden if pid == self.shell => hidden = true,
                    Seen::Hidden => behind = Some(behind.unwrap_or(0) + ticks(pid)),
                    Seen::Busy => {}
                }
                left.extend(children(pid, thread));
            }
        }
        match found {
            Some((key, count)) => Waiter::Reader(key, count),
            None if hidden => Waiter::Hidden,
            None => behind.map_or(Waiter::Nobody, Waiter::Behind),
        }
    }

    /// Looks again for processes that have lost their parents, where any was started since; says whether there are some.
    fn look_for_strays(&mut self, seen: &HashSet<i32>) -> bool {
        let newest = fs::read("/proc/loadavg").unwrap_or_default();
        let newest = newest.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
        if newest != self.newest || newest.is_empty() {
            self.newest = newest.to_vec();
            let own = sys::own_id();
            let new = processes().filter(|pid| *pid != own && !self.before.contains(pid) && !seen.contains(pid));
            let holds = |pid: i32| self.others.get(&pid).copied().unwrap_or_else(|| self.pipe.is_held_by(pid));
            self.others = new.map(|pid| (pid, holds(pid))).collect();
            self.strays = self.others.iter().filter(|(_, holds)| **holds).map(|(pid, _)| *pid).collect();
        }
        self.strays.iter().any(|pid| !seen.contains(pid))
    }
}

fn processes() -> impl Iterator<Item = i32> {
    let listed = fs::read_dir("/proc").into_iter().flatten();
    listed.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

fn reader(pid: i32, waits: &Waits, pipe: Identity) -> Option<Key> {
    let fd = *waits.fds.iter().find(|fd| pipe.is(pid, **fd))?;
    Some(Key { pid, fd, buffer: waits.buffer })
}

/// Says whether a process may read commands: a shell by its program's name, or one that cannot be looked at. A shell's
/// copy of itself (`while read …; do …; done | …`) runs what it was made for.
pub(super) fn may_be_shell(pid: i32) -> bool {
    if is_copy(pid) {
        return false;
    }
    let Ok(path) = fs::read_link(format!("/proc/{pid}/exe")) else { return true };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // `bash-static`, `ksh93`, `zsh-5.9`.
    let name = name.split(|ch: char| !ch.is_ascii_alphabetic()).next().unwrap_or_default();
    name.is_empty() || name.ends_with("sh") || matches!(name, "busybox" | "toybox")
}

/// Says whether a process has been forked and has not called execve(2) since: proc(5) "stat", `PF_FORKNOEXEC`.
fn is_copy(pid: i32) -> bool {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let flags = text.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(6)?.parse::<u64>().ok());
    flags.is_some_and(|flags| flags & 0x40 != 0)
}

/// What a process has taken of the processor, which the system tells everybody: proc(5) "stat", `utime` and `stime`.
fn ticks(pid: i32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = text.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ');
    fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}

/// Says whether a process is there.
pub(super) fn lives(pid: i32) -> bool {
    fs::exists(format!("/proc/{pid}")).unwrap_or(true)
}

/// The process itself first.
fn threads(pid: i32) -> Vec<i32> {
    let listed = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten();
    let others = listed.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mut all: Vec<i32> = others.take(MAX_PROCESSES).filter(|thread| *thread != pid).collect();
    all.insert(0, pid);
    all
}

fn children(pid: i32, thread: i32) -> Vec<i32> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{thread}/children")).unwrap_or_default();
    text.split_ascii_whitespace().filter_map(|word| word.parse().ok()).collect()
}
