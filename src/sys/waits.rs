//! What a thread waits for: `/proc/PID/task/TID/syscall` (`proc_pid_syscall(5)`), and where it waits for one of several
//! descriptors, its own list of them.
//!
//! The answer is right for the moment only. A program of another word size (32 bits on 64) counts as waiting for nothing.

use std::fs::File;
use std::os::unix::fs::FileExt;

/// Descriptors of a list that are looked at.
const MAX_LIST: usize = 256;

/// A thread that waits until it can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    /// From any of these descriptors of its own.
    pub fds: Vec<i32>,
    /// Where it wants the bytes: tells one reader in a program from another. 0 where it only asks whether there are any.
    pub buffer: u64,
    /// How many bytes it takes, if so many are there; 1 where that is not known.
    pub count: usize,
}

/// What can be seen of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It waits for something to read.
    Waits(Waits),
    /// It does something else, or is gone.
    Busy,
    /// It may not be looked at.
    Hidden,
}

/// Looks what a thread waits for.
#[must_use]
pub fn waits(pid: i32, thread: i32) -> Seen {
    match std::fs::read_to_string(format!("/proc/{pid}/task/{thread}/syscall")) {
        Ok(text) => parse(&text, pid).map_or(Seen::Busy, Seen::Waits),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Seen::Hidden,
        Err(_) => Seen::Busy,
    }
}

fn parse(text: &str, pid: i32) -> Option<Waits> {
    let mut words = text.split_ascii_whitespace();
    let number: i64 = words.next()?.parse().ok()?;
    let mut args = words.map(|word| u64::from_str_radix(word.trim_start_matches("0x"), 16).unwrap_or(0));
    let (first, second, third) = (args.next()?, args.next()?, args.next()?);
    let fd = i32::try_from(first).ok();
    let looks = |fds: Vec<i32>| Some(Waits { fds, buffer: 0, count: 1 });
    match number {
        libc::SYS_read => Some(Waits { fds: vec![fd?], buffer: second, count: usize::try_from(third).ok()?.max(1) }),
        libc::SYS_readv | libc::SYS_splice | libc::SYS_sendfile | libc::SYS_recvfrom | libc::SYS_recvmsg => {
            looks(vec![if number == libc::SYS_sendfile { i32::try_from(second).ok()? } else { fd? }])
        }
        libc::SYS_ppoll => looks(polled(pid, first, second)?),
        libc::SYS_pselect6 => looks(selected(pid, second, first)?),
        libc::SYS_epoll_pwait => looks(watched(pid, fd?)?),
        _ => looks(older(number, pid, [first, second])?),
    }
}

/// Calls that newer systems do without.
#[cfg(target_arch = "x86_64")]
fn older(number: i64, pid: i32, [first, second]: [u64; 2]) -> Option<Vec<i32>> {
    match number {
        libc::SYS_poll => polled(pid, first, second),
        libc::SYS_select => selected(pid, second, first),
        libc::SYS_epoll_wait | libc::SYS_epoll_pwait2 => watched(pid, i32::try_from(first).ok()?),
        _ => None,
    }
}

/// As above, elsewhere.
#[cfg(not(target_arch = "x86_64"))]
fn older(_: i64, _: i32, _: [u64; 2]) -> Option<Vec<i32>> {
    None
}

fn memory(pid: i32, at: u64, length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    File::open(format!("/proc/{pid}/mem")).ok()?.read_exact_at(&mut bytes, at).ok()?;
    Some(bytes)
}

/// poll(2): a list of numbers, wanted events, events found.
fn polled(pid: i32, at: u64, count: u64) -> Option<Vec<i32>> {
    let count = usize::try_from(count).ok()?.min(MAX_LIST);
    let bytes = memory(pid, at, count * 8)?;
    let wants = |one: &[u8]| {
        let fd = i32::from_ne_bytes(one.get(..4)?.try_into().ok()?);
        let events = i16::from_ne_bytes(one.get(4..6)?.try_into().ok()?);
        (fd >= 0 && events & (libc::POLLIN | libc::POLLRDNORM) != 0).then_some(fd)
    };
    Some(bytes.chunks_exact(8).filter_map(wants).collect())
}

/// select(2): a bit for each number.
fn selected(pid: i32, at: u64, count: u64) -> Option<Vec<i32>> {
    if at == 0 {
        return None;
    }
    let count = usize::try_from(count).ok()?.min(MAX_LIST);
    let bytes = memory(pid, at, count.div_ceil(64) * 8)?;
    let set = |fd: &usize| bytes.get(fd / 8).is_some_and(|byte| byte & (1 << (fd % 8)) != 0);
    Some((0..count).filter(set).filter_map(|fd| i32::try_from(fd).ok()).collect())
}

/// epoll(7): the system lists what is watched.
fn watched(pid: i32, fd: i32) -> Option<Vec<i32>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/fdinfo/{fd}")).ok()?;
    let wants = |line: &str| {
        let mut words = line.strip_prefix("tfd:")?.split_ascii_whitespace();
        let fd = words.next()?.parse().ok()?;
        let events = u32::from_str_radix(words.nth(1)?, 16).ok()?;
        (events & 1 != 0).then_some(fd)
    };
    Some(text.lines().filter_map(wants).take(MAX_LIST).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    fn seen(program: &str, args: &[&str]) -> Waits {
        let mut child = Command::new(program).args(args).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        let waits = loop {
            match waits(pid, pid) {
                Seen::Waits(found) if found.fds.contains(&0) => break Some(found),
                _ if Instant::now() > until => break None,
                _ => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        drop(child.stdin.take());
        child.wait().unwrap();
        waits.expect("it waits for its standard input")
    }

    #[test]
    fn readers_are_seen() {
        assert_eq!(seen("/bin/bash", &[]).count, 1);
        assert_eq!(seen("head", &["-c", "5"]).count, 5);
        let select = seen("/bin/bash", &["-c", "read -t 19 x"]);
        assert_eq!((select.fds, select.count, select.buffer), (vec![0], 1, 0));
    }

    #[test]
    fn whoever_does_not_wait_is_busy() {
        assert_eq!(waits(i32::MAX, i32::MAX), Seen::Busy);
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(parse("running", own).is_none() && parse("-1 0x0 0x0", own).is_none() && parse("", own).is_none());
    }
}
