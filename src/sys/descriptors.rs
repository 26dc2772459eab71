//! What descriptors are, beyond what fstat(2) tells.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// Asks whether two descriptors share one open file description (`fcntl(2)`, since Linux 6.10).
const F_DUPFD_QUERY: i32 = 1027;
/// kcmp(2): compare file descriptors.
const KCMP_FILE: i32 = 0;

/// The device number of the terminal behind a descriptor, the same for `/dev/tty` and for the terminal by name;
/// `None` for everything else, a PTY's master side included.
#[must_use]
pub fn terminal(fd: BorrowedFd<'_>) -> Option<u32> {
    let mut number: libc::c_uint = 0;
    // SAFETY: both calls write one number to a valid place.
    unsafe {
        let mut ignored: libc::c_uint = 0;
        let found = libc::ioctl(fd.as_raw_fd(), libc::TIOCGDEV as _, &raw mut number) == 0;
        let master = found && libc::ioctl(fd.as_raw_fd(), libc::TIOCGPTN as _, &raw mut ignored) == 0;
        (found && !master).then_some(number)
    }
}

/// Says whether two descriptors share one open file description, and so one offset; `None` where the kernel does not tell.
#[must_use]
pub fn same_description(a: BorrowedFd<'_>, b: BorrowedFd<'_>) -> Option<bool> {
    // SAFETY: numbers only.
    let answer = unsafe { libc::fcntl(a.as_raw_fd(), F_DUPFD_QUERY, b.as_raw_fd()) };
    if answer >= 0 {
        return Some(answer == 1);
    }
    // SAFETY: numbers only.
    let order = unsafe {
        let pid = libc::getpid();
        libc::syscall(libc::SYS_kcmp, pid, pid, KCMP_FILE, a.as_raw_fd(), b.as_raw_fd())
    };
    (order >= 0).then_some(order == 0)
}

/// The same descriptor with a number of 3 or more, so that it never stands where a standard one belongs.
pub fn high(fd: OwnedFd) -> io::Result<OwnedFd> {
    if fd.as_raw_fd() > 2 {
        return Ok(fd);
    }
    Ok(rustix::io::fcntl_dupfd_cloexec(fd.as_fd(), 3)?)
}
