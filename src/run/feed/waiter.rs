//! Who waits for the bytes of a pipe: the shell itself, or a program below it.

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
    Nobody,
    /// It cannot be seen.
    Hidden,
}

/// A pipe, as others have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

impl Identity {
    pub(super) fn of(fd: BorrowedFd<'_>) -> Option<Self> {
        rustix::fs::fstat(fd).ok().map(|stat| Self(stat.st_dev, stat.st_ino))
    }

    fn is(self, pid: i32, fd: i32) -> bool {
        fs::metadata(format!("/proc/{pid}/fd/{fd}")).is_ok_and(|meta| Self(meta.dev(), meta.ino()) == self)
    }
}

/// Finds who waits: the shell first, then what it has started.
pub(super) fn find(shell: i32, pipe: Identity) -> Waiter {
    let mut left = vec![shell];
    let mut seen = 0;
    let mut hidden = false;
    while let Some(pid) = left.pop() {
        seen += 1;
        if seen > MAX_PROCESSES {
            break;
        }
        for thread in threads(pid) {
            match sys::waits(pid, thread) {
                Seen::Waits(waits) => {
                    if let Some(key) = reader(pid, &waits, pipe) {
                        return Waiter::Reader(key, waits.count);
                    }
                }
                Seen::Hidden => hidden |= pid == shell && thread == shell,
                Seen::Busy => {}
            }
            left.extend(children(pid, thread));
        }
    }
    if hidden { Waiter::Hidden } else { Waiter::Nobody }
}

fn reader(pid: i32, waits: &Waits, pipe: Identity) -> Option<Key> {
    let fd = *waits.fds.iter().find(|fd| pipe.is(pid, **fd))?;
    Some(Key { pid, fd, buffer: waits.buffer })
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
