//! Who is supervising right now: the wardsh processes that relay a command's output, and for whom.
//!
//! A wardsh below one of them that serves the same caller leaves masking and record to it (design 4, "guarded once, at
//! the edge"). That is proved by the kernel, not claimed: a supervisor holds a record lock on its own place in one file
//! of the state folder, and the kernel tells whose it is; the holder must run this very program file. What remains is a
//! program that lets nobody of its own user look into it, as ours do. Whoever could fake that would have to be an
//! ancestor of the wardsh that it wants to fool, and so could start the real shell itself.

use std::fs::{self, File};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::config::who;
use crate::sys;

/// Bytes of one supervisor's place; it lies at this times its process id.
const PLACE: i64 = 64;
/// Bytes of a tag.
const TAG: usize = 32;

/// The caller that a supervisor serves: equal for equal callers, zeros for one without a mark.
pub type Tag = [u8; TAG];

/// This process's entry among the supervisors; gone when dropped or when the process ends.
#[derive(Debug)]
pub struct Running {
    _file: File,
}

impl Running {
    /// Enters this process. `None` where the state folder cannot be written: those below then guard for themselves.
    #[must_use]
    pub fn enter(state: &Path, tag: &Tag) -> Option<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(state).ok()?;
        let file =
            File::options().read(true).write(true).create(true).truncate(false).mode(0o600).open(path(state)).ok()?;
        let at = place(i32::try_from(std::process::id()).ok()?);
        sys::claim(&file, at, PLACE).ok()?;
        file.write_all_at(tag, u64::try_from(at).ok()?).ok()?;
        Some(Self { _file: file })
    }
}

/// Looks whether any of `ancestors` (the parent first; asked for where anybody supervises) does so for this caller, with
/// no `agent` in between.
#[must_use]
pub fn is_below(state: &Path, tag: &Tag, ancestors: &dyn Fn() -> Vec<i32>, agent: &dyn Fn(i32) -> bool) -> bool {
    // For writing, too: that alone may ask about locks that others hold.
    let Ok(file) = File::options().read(true).write(true).open(path(state)) else { return false };
    if sys::lock_holder(&file, 0, 0).is_none() {
        return false;
    }
    for pid in ancestors() {
        if sys::lock_holder(&file, place(pid), PLACE) == Some(pid) && who::may_run_this_program(pid) {
            let mut theirs = Tag::default();
            let read = u64::try_from(place(pid)).is_ok_and(|at| file.read_exact_at(&mut theirs, at).is_ok());
            return read && theirs == *tag;
        }
        if agent(pid) {
            return false;
        }
    }
    false
}

fn path(state: &Path) -> std::path::PathBuf {
    state.join("running")
}

fn place(pid: i32) -> i64 {
    i64::from(pid) * PLACE
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Locks are a process's own, so the supervisor has to be another process: `flock` of the test's own making, through
    /// python or perl, would be a tool to install; a forked copy is not to be had without unsafe code. What is left to
    /// see here is the file itself; `tests/edge.rs` runs real processes.
    #[test]
    fn nobody_is_above_without_a_lock() {
        let dir = tempfile::tempdir().unwrap();
        let tag = [7; TAG];
        assert!(!is_below(dir.path(), &tag, &|| vec![1, 2], &|_| false));
        let own = Running::enter(dir.path(), &tag).unwrap();
        // Our own lock is no answer: a process is not its own ancestor.
        assert!(!is_below(dir.path(), &tag, &|| vec![i32::try_from(std::process::id()).unwrap()], &|_| false));
        drop(own);
    }
}
