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
    // Zeroes where the kernel writes nothing: process 0 is nobody.
    let mut credentials = libc::ucred { pid: 0, uid: u32::MAX, gid: u32::MAX };
    option(socket, libc::SO_PEERCRED, &mut credentials)?;
    // Zero is a process outside of our namespace: nothing can be known about it.
    let Some(pid) = rustix::process::Pid::from_raw(credentials.pid) else {
        return Err(io::ErrorKind::NotFound.into());
    };
    // Before Linux 6.5 the number is all there is: opened now, compared by start time later.
    let handle = match peer_handle(socket) {
        Ok(handle) => handle,
        Err(error) if error.raw_os_error() == Some(libc::ENOPROTOOPT) => {
            rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty())?
        }
        Err(error) => return Err(error),
    };
    Ok(Peer { pid: credentials.pid, uid: credentials.uid, handle })
}

/// Finds out who has connected: not known on this system.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn peer(_socket: BorrowedFd<'_>) -> io::Result<Peer> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Reads an option of a socket that is a value of one plain type.
#[cfg(target_os = "linux")]
fn option<T: Copy>(socket: BorrowedFd<'_>, name: libc::c_int, into: &mut T) -> io::Result<()> {
    use std::os::fd::AsRawFd as _;
    let mut size = libc::socklen_t::try_from(size_of::<T>()).map_err(io::Error::other)?;
    // SAFETY: the socket is open for as long as it is borrowed; the kernel writes at most `size` bytes into `into`,
    // which is that large, and the types that callers ask for are integers or structures of integers.
    let done = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            name,
            std::ptr::from_mut(into).cast::<libc::c_void>(),
            &raw mut size,
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(target_os = "linux")]
fn peer_handle(socket: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    use std::os::fd::FromRawFd as _;
    const SO_PEERPIDFD: libc::c_int = 77;
    let mut handle: libc::c_int = -1;
    option(socket, SO_PEERPIDFD, &mut handle)?;
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
    use std::os::fd::AsRawFd as _;
    /// Room for the sender alone, aligned as the kernel wants it: descriptors that somebody attaches are dropped.
    #[repr(C, align(8))]
    struct Control([u8; 64]);
    let mut control = Control([0; 64]);
    let mut part = libc::iovec { iov_base: into.as_mut_ptr().cast::<libc::c_void>(), iov_len: into.len() };
    // SAFETY: `part` and `control` are valid for the lengths that stand beside them and outlive the calls; a zeroed
    // msghdr is a valid value; CMSG_FIRSTHDR and CMSG_DATA stay inside of `control`, whose filled length the kernel has
    // written, and the credentials are copied out only where that many bytes are there.
    unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        message.msg_control = (&raw mut control).cast::<libc::c_void>();
        // Just what the credentials need: there is no room left for a descriptor.
        message.msg_controllen = libc::CMSG_SPACE(u32::try_from(size_of::<libc::ucred>()).unwrap_or(12)) as _;
        let count = libc::recvmsg(socket.as_raw_fd(), &raw mut message, libc::MSG_DONTWAIT | libc::MSG_CMSG_CLOEXEC);
        let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        let needed = libc::CMSG_LEN(u32::try_from(size_of::<libc::ucred>()).unwrap_or(12));
        let is_sender = !header.is_null()
            && (*header).cmsg_level == libc::SOL_SOCKET
            && (*header).cmsg_type == libc::SCM_CREDENTIALS
            && (*header).cmsg_len as u64 >= u64::from(needed);
        let sender = is_sender.then(|| libc::CMSG_DATA(header).cast::<libc::ucred>().read_unaligned().pid);
        Ok((count, sender.filter(|pid| *pid > 0)))
    }
}

/// Receives bytes without waiting: senders are not known on this system.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn receive(_socket: BorrowedFd<'_>, _into: &mut [u8]) -> io::Result<(usize, Option<i32>)> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::os::fd::AsFd as _;
    use std::os::unix::net::UnixStream;

    #[test]
    fn this_process_is_its_own_peer() {
        let (mut one, two) = UnixStream::pair().unwrap();
        let own = i32::try_from(std::process::id()).unwrap();
        let peer = peer(two.as_fd()).unwrap();
        assert_eq!((peer.pid, peer.uid), (own, rustix::process::getuid().as_raw()));
        assert!(peer.is_alive());
        name_senders(two.as_fd()).unwrap();
        let mut bytes = [0; 8];
        assert_eq!(receive(two.as_fd(), &mut bytes).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        one.write_all(b"abc").unwrap();
        assert_eq!(receive(two.as_fd(), &mut bytes).unwrap(), (3, Some(own)));
        drop(one);
        assert_eq!(receive(two.as_fd(), &mut bytes).unwrap().0, 0);
    }
}
