//! Who is at the other end of a local socket: unix(7), `SO_PEERCRED`, `SO_PEERPIDFD`, `SCM_CREDENTIALS`.
//!
//! Linux tells; elsewhere nothing is known, and an unknown peer counts for nothing.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

/// The process that has connected.
#[derive(Debug)]
pub struct Peer {
    /// Its number.
    pub pid: i32,
    /// Its user.
    pub uid: u32,
    /// Refers to the process itself, so that a number that is used again deceives nobody.
    handle: OwnedFd,
}

impl Peer {
    /// Says whether the process is still there.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let mut fds = [PollFd::new(&self.handle, PollFlags::IN)];
        poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|ready| ready == 0)
    }
}

/// Finds out who has connected.
///
/// # Errors
/// The system does not tell, or the process is gone.
#[cfg(target_os = "linux")]
pub fn peer(socket: BorrowedFd<'_>) -> io::Result<Peer> {
    let credentials = rustix::net::sockopt::socket_peercred(socket)?;
    // Before Linux 6.5 the number is all there is: opened now, compared by start time later.
    let handle = match peer_handle(socket) {
        Ok(handle) => handle,
        Err(error) if error.raw_os_error() == Some(libc::ENOPROTOOPT) => {
            rustix::process::pidfd_open(credentials.pid, rustix::process::PidfdFlags::empty())?
        }
        Err(error) => return Err(error),
    };
    Ok(Peer { pid: credentials.pid.as_raw_nonzero().get(), uid: credentials.uid.as_raw(), handle })
}

/// Finds out who has connected: not known on this system.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn peer(_socket: BorrowedFd<'_>) -> io::Result<Peer> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(target_os = "linux")]
fn peer_handle(socket: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    use std::os::fd::{AsRawFd as _, FromRawFd as _};
    const SO_PEERPIDFD: libc::c_int = 77;
    let mut handle: libc::c_int = -1;
    let mut size = libc::socklen_t::try_from(size_of::<libc::c_int>()).unwrap_or(4);
    // SAFETY: the socket is open for as long as it is borrowed; the kernel writes one int into `handle`, whose size
    // stands in `size`.
    let done = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            SO_PEERPIDFD,
            (&raw mut handle).cast::<libc::c_void>(),
            &raw mut size,
        )
    };
    if done != 0 {
        return Err(io::Error::last_os_error());
    }
    if handle < 0 {
        return Err(io::ErrorKind::NotFound.into());
    }
    // SAFETY: the kernel has just made this descriptor for us, and nobody else owns it.
    let handle = unsafe { OwnedFd::from_raw_fd(handle) };
    Ok(handle)
}

/// Asks the system to say with every message which process has sent it.
///
/// # Errors
/// It cannot.
#[cfg(target_os = "linux")]
pub fn name_senders(socket: BorrowedFd<'_>) -> io::Result<()> {
    Ok(rustix::net::sockopt::set_socket_passcred(socket, true)?)
}

/// Asks the system to say with every message which process has sent it: not known on this system.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn name_senders(_socket: BorrowedFd<'_>) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Receives bytes without waiting, with the number of the process that has sent them; zero bytes at the end.
///
/// # Errors
/// `WouldBlock` where there is nothing yet; what recvmsg(2) says.
#[cfg(target_os = "linux")]
pub fn receive(socket: BorrowedFd<'_>, into: &mut [u8]) -> io::Result<(usize, Option<i32>)> {
    use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
    // Room for the sender alone: descriptors that somebody attaches are dropped by the kernel.
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmCredentials(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
    let got = recvmsg(socket, &mut [io::IoSliceMut::new(into)], &mut control, flags)?;
    let sender = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmCredentials(credentials) => Some(credentials.pid.as_raw_nonzero().get()),
        _ => None,
    });
    Ok((got.bytes, sender))
}

/// Receives bytes without waiting: senders are not known on this system.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn receive(_socket: BorrowedFd<'_>, _into: &mut [u8]) -> io::Result<(usize, Option<i32>)> {
    Err(io::ErrorKind::Unsupported.into())
}
