//! Standard descriptors that our caller has closed. Rust's runtime opens `/dev/null` in their place before `main`; a
//! shell must find them as we did.

use std::sync::atomic::{AtomicU8, Ordering};

/// One bit for each of 0, 1 and 2 that was not open when this process was started.
static CLOSED_AT_START: AtomicU8 = AtomicU8::new(0);

/// Runs before `main`, and so before the runtime opens anything.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
#[used]
// SAFETY: the section holds pointers to functions of this type, which the C runtime calls once before main.
#[unsafe(link_section = ".init_array")]
static NOTE_CLOSED: extern "C" fn() = note_closed;

/// As above, on macOS.
#[cfg(target_os = "macos")]
#[used]
// SAFETY: as above; the section's name on this system.
#[unsafe(link_section = "__DATA,__mod_init_func")]
static NOTE_CLOSED: extern "C" fn() = note_closed;

extern "C" fn note_closed() {
    for fd in 0..3 {
        // SAFETY: the call takes numbers only and changes nothing.
        if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
            CLOSED_AT_START.fetch_or(1 << fd, Ordering::Relaxed);
        }
    }
}

/// Says whether a standard descriptor was closed when this process was started.
#[must_use]
pub fn was_closed(fd: i32) -> bool {
    (0..3).contains(&fd) && CLOSED_AT_START.load(Ordering::Relaxed) & (1 << fd) != 0
}

/// Lets the next program find the standard descriptors closed that were closed for us: for the last moment before exec.
pub(super) fn close_again() {
    for fd in (0..3).filter(|fd| was_closed(*fd)) {
        // SAFETY: the call takes numbers only; a failure leaves the descriptor as it was.
        unsafe {
            libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC);
        }
    }
}
