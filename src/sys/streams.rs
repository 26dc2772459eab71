//! Descriptors that somebody left open for us.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::os::unix::fs::{FileExt, FileTypeExt};

/// What was found on a descriptor.
#[derive(Debug)]
pub enum Stream {
    /// It is not open.
    Closed,
    /// This can be read from it, now as before.
    Text(Vec<u8>),
    /// It is a terminal, a device or a folder.
    Other,
    /// Reading or putting back has failed: what was there may be lost.
    Failed(io::Error),
}

/// A copy of an open descriptor, close-on-exec; `None` where it is not open.
#[must_use]
pub fn duplicate(fd: RawFd) -> Option<File> {
    // SAFETY: the call takes numbers only; a result that is not negative is a new descriptor that nobody else has.
    let copy = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 3) };
    // SAFETY: as above: it is open, and ours alone.
    (copy >= 0).then(|| unsafe { File::from_raw_fd(copy) })
}

/// Says whether a descriptor came with the start of this process: what it opens itself is close-on-exec.
#[must_use]
pub fn is_inherited(fd: RawFd) -> bool {
    // SAFETY: the call takes numbers only.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFD) };
    flags >= 0 && flags & libc::FD_CLOEXEC == 0
}

/// Reads all that a descriptor gives, and leaves it so that the next program reads the same.
#[must_use]
pub fn take_stream(fd: RawFd, max: usize) -> Stream {
    let Some(mut file) = duplicate(fd) else { return Stream::Closed };
    let kind = match file.metadata() {
        Ok(meta) => meta.file_type(),
        Err(error) => return Stream::Failed(error),
    };
    let outcome = if kind.is_file() {
        read_in_place(&mut file, max)
    } else if kind.is_fifo() || kind.is_socket() {
        read_and_put_back(fd, &mut file, max)
    } else {
        return Stream::Other;
    };
    outcome.map_or_else(Stream::Failed, Stream::Text)
}

fn read_in_place(file: &mut File, max: usize) -> io::Result<Vec<u8>> {
    let (mut text, mut at) = (Vec::new(), file.stream_position()?);
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = file.read_at(&mut buffer, at)?;
        if count == 0 {
            return Ok(text);
        }
        at += count as u64;
        text.extend_from_slice(buffer.get(..count).unwrap_or_default());
        bounded(&text, max)?;
    }
}

fn bounded(text: &[u8], max: usize) -> io::Result<()> {
    if text.len() > max { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(()) }
}

fn read_and_put_back(fd: RawFd, file: &mut File, max: usize) -> io::Result<Vec<u8>> {
    let (mut text, mut buffer) = (Vec::new(), vec![0; 64 << 10]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => text.extend_from_slice(buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => wait(file)?,
            Err(error) => return Err(error),
        }
        bounded(&text, max)?;
    }
    let mut copy = memory_file()?;
    copy.write_all(&text)?;
    copy.rewind()?;
    seal(&copy)?;
    // SAFETY: both are open; the old file behind `fd` is closed by the kernel, and no object of ours stands for it.
    if unsafe { libc::dup2(copy.as_raw_fd(), fd) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(text)
}

fn wait(file: &File) -> io::Result<()> {
    let mut one = libc::pollfd { fd: file.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: the pointer is to one element, as the count says, and lives through the call.
    if unsafe { libc::poll(&raw mut one, 1, -1) } < 0 {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    Ok(())
}

/// Nobody changes the file any more, whoever else may open it.
#[cfg(target_os = "linux")]
fn seal(file: &File) -> io::Result<()> {
    let seals = libc::F_SEAL_WRITE | libc::F_SEAL_GROW | libc::F_SEAL_SHRINK | libc::F_SEAL_SEAL;
    // SAFETY: the call takes numbers only.
    if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// As above, elsewhere.
#[cfg(not(target_os = "linux"))]
fn seal(_file: &File) -> io::Result<()> {
    Ok(())
}

/// A file without a name.
#[cfg(target_os = "linux")]
fn memory_file() -> io::Result<File> {
    // SAFETY: the name is a NUL-terminated literal.
    let fd = unsafe { libc::memfd_create(c"wardsh".as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new and ours alone.
    Ok(unsafe { File::from_raw_fd(fd) })
}

/// As above, elsewhere.
#[cfg(not(target_os = "linux"))]
fn memory_file() -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}
