//! What our caller gave us and Rust's runtime changes before `main`: the SIGPIPE disposition (ignored from then on), and
//! standard descriptors that were closed (opened on /dev/null from then on). A shell and its children must get the
//! caller's.

use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use rustix::fs::{Mode, OFlags, open};

/// SIGPIPE was ignored when this process was started.
static SIGPIPE_IGNORED: AtomicBool = AtomicBool::new(false);
/// SIGXFSZ was ignored when this process was started.
static SIGXFSZ_IGNORED: AtomicBool = AtomicBool::new(false);
/// SIGCHLD was ignored when this process was started.
static SIGCHLD_IGNORED: AtomicBool = AtomicBool::new(false);
/// Which of the descriptors 0 to 2 were closed, a bit each.
static CLOSED: AtomicU8 = AtomicU8::new(0);
/// Which of the descriptors 3 to 63 our caller gave us, a bit each.
static GIVEN: AtomicU64 = AtomicU64::new(0);

/// Runs before `main`, and so before the runtime changes anything.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
#[used]
// SAFETY: the section holds pointers to functions of this type, which the C runtime calls once before main.
#[unsafe(link_section = ".init_array")]
static NOTE: extern "C" fn() = note;

/// As above, on macOS.
#[cfg(target_os = "macos")]
#[used]
// SAFETY: as above; the section's name on this system.
#[unsafe(link_section = "__DATA,__mod_init_func")]
static NOTE: extern "C" fn() = note;

extern "C" fn note() {
    SIGPIPE_IGNORED.store(ignored(libc::SIGPIPE), Ordering::Relaxed);
    SIGCHLD_IGNORED.store(ignored(libc::SIGCHLD), Ordering::Relaxed);
    // A file of ours that may not grow is an error like any other, and no end of the command.
    SIGXFSZ_IGNORED.store(ignored(libc::SIGXFSZ), Ordering::Relaxed);
    dispose(libc::SIGXFSZ, true);
    #[cfg(target_os = "linux")]
    // SAFETY: PR_SET_DUMPABLE takes a number. Nobody of the same user may read or trace this process; execve undoes it.
    unsafe {
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
    }
    note_descriptors();
}

/// Notes which descriptors are open.
fn note_descriptors() {
    let mut fds = [libc::pollfd { fd: 0, events: 0, revents: 0 }; 64];
    for (fd, number) in fds.iter_mut().zip(0..) {
        fd.fd = number;
    }
    // SAFETY: the list has at least the length that is given. Nothing is waited for; a closed number is told as such.
    let mut look = |count: usize| unsafe { libc::poll(fds.as_mut_ptr(), count as libc::nfds_t, 0) >= 0 };
    // More than may be open is refused as a whole.
    let Some(count) = [64, 16, 8, 3].into_iter().find(|count| look(*count)) else { return };
    let open = |fd: &&libc::pollfd| fd.revents & libc::POLLNVAL == 0;
    let bits = fds[..count].iter().filter(open).fold(0_u64, |bits, fd| bits | 1 << fd.fd);
    CLOSED.store((!bits & 7) as u8, Ordering::Relaxed);
    GIVEN.store(bits & !7, Ordering::Relaxed);
}

/// Lets others of the same user look at this process again: for one that has to show what it is.
pub fn be_looked_at() {
    #[cfg(target_os = "linux")]
    // SAFETY: PR_SET_DUMPABLE takes a number.
    unsafe {
        libc::prctl(libc::PR_SET_DUMPABLE, 1, 0, 0, 0);
    }
}

fn ignored(signal: i32) -> bool {
    // SAFETY: a zeroed sigaction is a valid value, and sigaction with a null new action only writes the old one.
    unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &raw mut old) == 0 && old.sa_sigaction == libc::SIG_IGN
    }
}

fn dispose(signal: i32, ignore: bool) {
    // SAFETY: both are valid dispositions; no handler function is involved. Async-signal-safe.
    unsafe {
        libc::signal(signal, if ignore { libc::SIG_IGN } else { libc::SIG_DFL });
    }
}

/// Lets a closed pipe end this process quietly, as it ends any filter: for subcommands that only print.
pub fn end_on_closed_pipe() {
    dispose(libc::SIGPIPE, false);
}

/// Closes what our caller gave us beyond the standard descriptors: the program has it, and whoever waits for the end of it
/// must not wait for us. Numbers of 64 and more are left.
pub fn let_go_of_inherited() {
    let given = GIVEN.swap(0, Ordering::Relaxed);
    for fd in (3..64).filter(|fd| given & (1 << fd) != 0) {
        // SAFETY: this program owns no descriptor that was there before its start, and forgets the number with this.
        unsafe {
            libc::close(fd);
        }
    }
}

/// Puts /dev/null in the place of a standard descriptor: the program has it, and whoever waits at its other end must not
/// wait for us. Without a /dev/null it stays.
pub fn let_go_of(standard: BorrowedFd<'_>) {
    let Ok(null) = open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()) else { return };
    let null = null.into_raw_fd();
    // SAFETY: both are open; the number stays open, on another file. The second closes what was just opened.
    unsafe {
        libc::dup2(null, standard.as_raw_fd());
        libc::close(null);
    }
}

/// Puts SIGPIPE, and what we ignore for ourselves, back to what it was when this process was started.
pub fn restore_sigpipe() {
    dispose(libc::SIGXFSZ, SIGXFSZ_IGNORED.load(Ordering::Relaxed));
    dispose(libc::SIGPIPE, SIGPIPE_IGNORED.load(Ordering::Relaxed));
}

/// Puts every disposition back that differs from what it was at the start; for a child before its exec.
pub(super) fn restore_dispositions() {
    restore_sigpipe();
    if SIGCHLD_IGNORED.load(Ordering::Relaxed) {
        dispose(libc::SIGCHLD, true);
    }
}

/// Makes children waitable even where our caller ignored SIGCHLD.
pub fn expect_children() {
    if SIGCHLD_IGNORED.load(Ordering::Relaxed) {
        dispose(libc::SIGCHLD, false);
    }
}

/// Says whether a standard descriptor was closed when this process was started.
#[must_use]
pub fn closed_at_start(fd: i32) -> bool {
    (0..3).contains(&fd) && CLOSED.load(Ordering::Relaxed) & (1 << fd) != 0
}

/// Lets the next program find the standard descriptors closed that were closed for us: for the last moment before exec.
pub(super) fn close_again() {
    for fd in (0..3).filter(|fd| closed_at_start(*fd)) {
        // SAFETY: the call takes numbers only; a failure leaves the descriptor as it was.
        unsafe {
            libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC);
        }
    }
}

/// A standard descriptor (0 to 2) as our caller gave it; `None` where it was closed.
#[must_use]
pub fn standard(fd: i32) -> Option<BorrowedFd<'static>> {
    if !(0..3).contains(&fd) || closed_at_start(fd) {
        return None;
    }
    // SAFETY: Rust's runtime has opened what was closed, and nothing in this program closes 0, 1 or 2.
    Some(unsafe { BorrowedFd::borrow_raw(fd) })
}
