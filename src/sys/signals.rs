//! The caller's SIGPIPE disposition. Rust's runtime ignores SIGPIPE before `main`; a shell and its children must get
//! what our caller gave us.

use std::sync::atomic::{AtomicBool, Ordering};

/// SIGPIPE was ignored when this process was started.
static IGNORED_AT_START: AtomicBool = AtomicBool::new(false);

/// Runs before `main`, and so before the runtime changes the disposition.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
#[used]
// SAFETY: the section holds pointers to functions of this type, which the C runtime calls once before main.
#[unsafe(link_section = ".init_array")]
static NOTE_SIGPIPE: extern "C" fn() = note_sigpipe;

/// As above, on macOS.
#[cfg(target_os = "macos")]
#[used]
// SAFETY: as above; the section's name on this system.
#[unsafe(link_section = "__DATA,__mod_init_func")]
static NOTE_SIGPIPE: extern "C" fn() = note_sigpipe;

extern "C" fn note_sigpipe() {
    // SAFETY: a zeroed sigaction is a valid value, and sigaction with a null new action only writes the old one.
    unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(libc::SIGPIPE, std::ptr::null(), &raw mut old) == 0 {
            IGNORED_AT_START.store(old.sa_sigaction == libc::SIG_IGN, Ordering::Relaxed);
        }
    }
}

/// Lets a closed pipe end this process quietly, as it ends any filter: for subcommands that only print.
pub fn end_on_closed_pipe() {
    // SAFETY: SIG_DFL is a valid disposition; no handler function is involved.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
    }
}

/// Puts SIGPIPE back to what it was when this process was started.
pub fn restore_sigpipe() {
    let disposition = if IGNORED_AT_START.load(Ordering::Relaxed) { libc::SIG_IGN } else { libc::SIG_DFL };
    // SAFETY: both are valid dispositions; no handler function is involved.
    unsafe {
        libc::signal(libc::SIGPIPE, disposition);
    }
}
