//! Record locks (fcntl(2), "Advisory record locking"): held by a process, told to others with its id by the kernel,
//! gone with the process, not handed on by fork.

use std::io;
use std::os::fd::AsRawFd;

/// A range of a file that one process claims.
fn request(kind: libc::c_int, start: i64, len: i64) -> libc::flock {
    // SAFETY: a zeroed flock is a valid value; every field that matters is set below.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = i16::try_from(kind).unwrap_or_default();
    lock.l_whence = i16::try_from(libc::SEEK_SET).unwrap_or_default();
    lock.l_start = start;
    lock.l_len = len;
    lock
}

/// Claims `len` bytes from `start` for this process, for as long as it keeps the file open.
///
/// # Errors
/// Another process holds a part of them, or the file system knows no locks.
pub fn claim(file: &impl AsRawFd, start: i64, len: i64) -> io::Result<()> {
    let mut lock = request(libc::F_WRLCK, start, len);
    // SAFETY: the descriptor is open for as long as `file` is borrowed; the pointer is to a flock that outlives the call.
    let done = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLK, &raw mut lock) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The process that holds a lock on any of `len` bytes from `start` (zero: to the end of the file); `None` where
/// nobody but this process does. Zero for one outside of our process namespace.
#[must_use]
pub fn holder(file: &impl AsRawFd, start: i64, len: i64) -> Option<i32> {
    let mut lock = request(libc::F_WRLCK, start, len);
    // SAFETY: as above.
    let done = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETLK, &raw mut lock) };
    let free = lock.l_type == i16::try_from(libc::F_UNLCK).unwrap_or_default();
    (done == 0 && !free).then_some(lock.l_pid.max(0))
}
