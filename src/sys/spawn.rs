//! Starting the real program (clone(2) as vfork does it: the child borrows our memory until its exec, so no page table
//! is copied, which is a tenth of a shell's start).
//!
//! Everything is prepared before; between clone and exec nothing is allocated and only async-signal-safe calls are made.
//! A child that has to wait for our verdict before its exec must not be started this way: we sleep until it has happened.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};

use super::process::{die_with, leave, own_id, wait_for};
use super::start::{closed_at_start, restore_dispositions};
use super::{Ended, SignalSet};

/// Bytes of the child's own stack until its exec.
const STACK: usize = 32 << 10;

/// Which process group the program runs in.
#[derive(Clone, Copy)]
pub enum Group<'a> {
    /// Ours.
    Kept,
    /// Its own, in the background of whatever terminal there is.
    Own,
    /// Its own, in the foreground of this terminal, which is our controlling one.
    Foreground(BorrowedFd<'a>),
}

/// A program to start.
pub struct Spawn<'a> {
    /// The file.
    pub path: &'a CStr,
    /// All words, argv\[0\] included.
    pub argv: &'a [CString],
    /// `NAME=value` each; `None` hands on what this process was given, byte for byte.
    pub environment: Option<&'a [CString]>,
    /// Descriptors, numbered 3 or higher, that the program gets as 0, 1 or 2.
    pub moves: &'a [(BorrowedFd<'a>, i32)],
    /// The program's signal mask.
    pub mask: &'a SignalSet,
    /// Its process group.
    pub group: Group<'a>,
}

/// What the child reads; all of it outlives the child's use, since the parent sleeps until then.
struct Job<'a> {
    spawn: &'a Spawn<'a>,
    argv: &'a [*const libc::c_char],
    environment: *const *const libc::c_char,
    parent: i32,
    error: AtomicI32,
}

unsafe extern "C" {
    /// environ(7).
    static environ: *const *const libc::c_char;
}

/// Starts a program, which is killed when this process ends.
///
/// # Errors
/// What clone(2), setpgid(2), dup2(2) or execve(2) said. No process is left then.
pub fn spawn(spawn: &Spawn<'_>) -> io::Result<i32> {
    let argv = pointers(spawn.argv);
    let given = spawn.environment.map(pointers);
    // SAFETY: nothing changes the environment of this process, which has one thread.
    let environment = given.as_ref().map_or_else(|| unsafe { environ }, Vec::as_ptr);
    let job = Job { spawn, argv: &argv, environment, parent: own_id(), error: AtomicI32::new(0) };
    let mut stack: Vec<u128> = Vec::with_capacity(STACK / size_of::<u128>());
    // Signals stay blocked in the child until it sets its own mask, so that no handler runs on borrowed memory.
    let mask = SignalSet::all().block();
    // SAFETY: the child runs `child` on a stack of its own, of which `top` is the aligned end, and with CLONE_VFORK we sleep
    // until it has left this memory for good; the job therefore outlives its use.
    let pid = unsafe {
        let top = stack.as_mut_ptr().add(stack.capacity());
        let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
        libc::clone(child, top.cast(), flags, (&raw const job).cast_mut().cast())
    };
    let failed = io::Error::last_os_error();
    mask.set();
    if pid < 0 {
        return Err(failed);
    }
    match job.error.load(Ordering::Acquire) {
        0 => Ok(pid),
        error => {
            let _: Ended = wait_for(pid);
            Err(io::Error::from_raw_os_error(error))
        }
    }
}

fn pointers(words: &[CString]) -> Vec<*const libc::c_char> {
    words.iter().map(|word| word.as_ptr()).chain([ptr::null()]).collect()
}

/// The child's whole life before its exec.
extern "C" fn child(job: *mut libc::c_void) -> i32 {
    // SAFETY: the parent gave us a pointer to a job that lives until we are gone.
    let job = unsafe { &*job.cast::<Job<'_>>() };
    let error = prepare(job).err().unwrap_or_else(|| {
        // SAFETY: path, words and environment are NUL-terminated, and the lists end with a null pointer.
        unsafe {
            libc::execve(job.spawn.path.as_ptr(), job.argv.as_ptr(), job.environment);
        }
        errno()
    });
    job.error.store(error, Ordering::Release);
    leave(127)
}

/// Everything between clone and exec.
fn prepare(job: &Job<'_>) -> Result<(), i32> {
    if !die_with(job.parent) {
        return Err(libc::ESRCH);
    }
    let check = |result: i32| if result < 0 { Err(errno()) } else { Ok(()) };
    if !matches!(job.spawn.group, Group::Kept) {
        // SAFETY: zeros mean this process; no memory is touched.
        check(unsafe { libc::setpgid(0, 0) })?;
    }
    if let Group::Foreground(terminal) = job.spawn.group {
        // SAFETY: the descriptor is open; SIGTTOU is blocked, so the call cannot stop us.
        check(unsafe { libc::tcsetpgrp(terminal.as_raw_fd(), libc::getpid()) })?;
    }
    for (from, to) in job.spawn.moves {
        // SAFETY: the sources are open and not among the targets; the copies are not closed by the exec.
        check(unsafe { libc::dup2(from.as_raw_fd(), *to) })?;
    }
    for fd in 0..3 {
        if closed_at_start(fd) && job.spawn.moves.iter().all(|(_, to)| *to != fd) {
            // SAFETY: it is the runtime's own /dev/null; this table of descriptors is the child's.
            unsafe { libc::close(fd) };
        }
    }
    restore_dispositions();
    job.spawn.mask.set();
    Ok(())
}

fn errno() -> i32 {
    // SAFETY: the C library gives a valid pointer to the calling thread's number.
    unsafe { *libc::__errno_location() }
}
