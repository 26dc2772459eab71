//! A process of ours that does nothing but belong to our process group, with every signal blocked: what waits for it was
//! sent to the group, and so has reached the program as well; what does not was meant for us alone.
//!
//! It borrows our memory, so it costs neither page tables nor pages, and is killed when we end.

use std::fs;
use std::io;

use super::SignalSet;
use super::process::{die_with, leave, own_id};

/// Bytes of its stack, of which it needs little.
const STACK: usize = 16 << 10;

/// The process.
pub struct Witness {
    pid: i32,
    /// Alive for as long as the process is.
    _stack: Vec<u128>,
}

impl Witness {
    /// Starts one.
    pub fn start() -> io::Result<Self> {
        let mut stack: Vec<u128> = Vec::with_capacity(STACK / size_of::<u128>());
        let mask = SignalSet::all().block();
        // SAFETY: the child runs `stand` on a stack of its own, of which `top` is the aligned end and which outlives it (see
        // `drop`); it writes to no other memory, and makes no call that could set our `errno`.
        let pid = unsafe {
            let top = stack.as_mut_ptr().add(stack.capacity());
            libc::clone(
                stand,
                top.cast(),
                libc::CLONE_VM,
                std::ptr::without_provenance_mut(own_id().unsigned_abs() as usize),
            )
        };
        let failed = io::Error::last_os_error();
        mask.set();
        if pid < 0 { Err(failed) } else { Ok(Self { pid, _stack: stack }) }
    }

    /// Says whether a signal was sent to our whole group since this process was started; `None` where it cannot be seen.
    #[must_use]
    pub fn saw(&self, signal: i32) -> Option<bool> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("ShdPnd:"))?;
        let pending = u64::from_str_radix(line.trim(), 16).ok()?;
        Some(pending & (1 << (signal - 1)) != 0)
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        // SAFETY: the process is our child and not reaped yet, so the number is its own; nothing is written.
        unsafe {
            libc::kill(self.pid, libc::SIGKILL);
            while libc::waitpid(self.pid, std::ptr::null_mut(), libc::__WALL) < 0
                && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
            {}
        }
    }
}

/// The child's whole life.
extern "C" fn stand(parent: *mut libc::c_void) -> i32 {
    let parent = i32::try_from(parent.addr()).unwrap_or(0);
    // SAFETY: its table of descriptors is a copy; the descriptors themselves, and whoever waits for their end, are left alone.
    // Raw calls, so that `errno`, which is shared with our parent, is written by none that succeeds.
    unsafe {
        if !die_with(parent) || libc::syscall(libc::SYS_close_range, 0_u32, u32::MAX, 0_u32) != 0 {
            leave(1);
        }
        loop {
            libc::pause();
        }
    }
}
