//! Ids of processes, groups and sessions.
//!
//! Zero where the process in question lives outside of our process namespace, as a container's or a runner's often
//! does: an answer like any other, so plain numbers are handed out.

use std::os::fd::{AsRawFd, BorrowedFd};

/// The parent's process id; zero where it lives outside of our namespace.
#[must_use]
pub fn parent() -> i32 {
    // SAFETY: getppid takes nothing and cannot fail.
    unsafe { libc::getppid() }
}

/// The id of our process group; zero where its leader lives outside of our namespace.
#[must_use]
pub fn process_group() -> i32 {
    // SAFETY: getpgrp takes nothing and cannot fail.
    unsafe { libc::getpgrp() }
}

/// The process that leads our session; zero where it lives outside of our namespace.
#[must_use]
pub fn session_leader() -> i32 {
    // SAFETY: zero means the calling process; the call touches no memory of ours.
    unsafe { libc::getsid(0) }.max(0)
}

/// The foreground process group of a terminal, where that is our controlling terminal and the
/// group lives in our process namespace.
#[must_use]
pub fn foreground(tty: BorrowedFd<'_>) -> Option<i32> {
    // SAFETY: the descriptor is open for as long as it is borrowed; the call only reads from the kernel.
    let group = unsafe { libc::tcgetpgrp(tty.as_raw_fd()) };
    (group > 0).then_some(group)
}
