//! Becoming another program.

use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::ptr;

/// Replaces this process by the program at `path`, environment and descriptors kept.
///
/// `argv` includes argv\[0\]. Returns only on failure.
///
/// # Errors
/// What execv(3) says; `InvalidInput` where a word holds a NUL byte.
#[must_use]
pub fn exec(path: &OsStr, argv: &[OsString]) -> io::Error {
    let to_c = |text: &OsStr| CString::new(text.as_bytes());
    let Ok(path) = to_c(path) else { return io::ErrorKind::InvalidInput.into() };
    let Ok(words) = argv.iter().map(|word| to_c(word)).collect::<Result<Vec<_>, _>>() else {
        return io::ErrorKind::InvalidInput.into();
    };
    let mut pointers: Vec<*const libc::c_char> = words.iter().map(|word| word.as_ptr()).collect();
    pointers.push(ptr::null());
    super::restore_sigpipe();
    super::start::close_again();
    // SAFETY: path and words are NUL-terminated and outlive the call; the vector ends with a null pointer.
    unsafe {
        libc::execv(path.as_ptr(), pointers.as_ptr());
    }
    io::Error::last_os_error()
}
