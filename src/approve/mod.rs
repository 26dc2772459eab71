//! Channels by which a human answers: this terminal, and another terminal of the same user.
//!
//! A channel never blocks: it is descriptors to poll, a time to look again, and a way to withdraw. The first valid
//! answer wins and every other channel is told. Here is the simple loop for questions that come before anything runs;
//! a run's own loop polls the same channels.
#![forbid(unsafe_code)]

pub mod client;
pub mod local;
pub mod prompt;
pub mod terminal;
mod wire;

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::request::{Answer, Reply, Request};
use crate::sys::{self, Caught, Interrupts};

/// A way to ask people.
pub trait Channel {
    /// Descriptors to wait for until one is readable.
    fn fds(&self) -> Vec<BorrowedFd<'_>>;
    /// When to look again even where none is.
    fn deadline(&self) -> Option<Instant>;
    /// Does what can be done without waiting; the answer, once there is one.
    fn step(&mut self) -> Option<Reply>;
    /// Ends it: whoever looks at the question is told why.
    fn withdraw(&mut self, why: &str);
}

/// How a wait has ended.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub enum Ending {
    /// Somebody answered.
    Answered(Reply),
    /// Nobody did in time.
    Expired,
    /// A signal came.
    Interrupted(Caught),
    /// Whoever started us is gone.
    Abandoned,
}

/// Waits for the first answer. Everything else means no.
///
/// # Errors
/// Waiting itself fails, which means no as well.
pub fn wait(request: &Request, channels: &mut [Box<dyn Channel>]) -> io::Result<Ending> {
    let interrupts = Interrupts::catch()?;
    let parent = parent_handle();
    let until = Instant::now() + Duration::from_secs(request.expires.saturating_sub(now()));
    let ending = loop {
        if let Some(caught) = interrupts.caught() {
            break Ending::Interrupted(caught);
        }
        let answer = channels.iter_mut().find_map(|channel| channel.step());
        if let Some(reply) = answer {
            // An answer that came too late, or to something else, is none.
            let counts = reply.digest == request.digest && !request.is_over(now());
            break if counts { Ending::Answered(reply) } else { Ending::Expired };
        }
        if Instant::now() >= until || request.is_over(now()) {
            break Ending::Expired;
        }
        let deadline = channels.iter().filter_map(|channel| channel.deadline()).min().map_or(until, |at| at.min(until));
        let mut fds = vec![PollFd::from_borrowed_fd(interrupts.fd(), PollFlags::IN)];
        fds.extend(parent.as_ref().map(|parent| PollFd::new(parent, PollFlags::IN)));
        let of_channels = channels.iter().flat_map(|channel| channel.fds());
        fds.extend(of_channels.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
        match poll(&mut fds, Some(&until_then(deadline))) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        if parent.is_some() && fds.get(1).is_some_and(|fd| !fd.revents().is_empty()) {
            break Ending::Abandoned;
        }
    };
    let why = match &ending {
        Ending::Answered(reply) if reply.answer == Answer::No => format!("denied by {} ({})", reply.by, reply.channel),
        Ending::Answered(reply) => format!("approved by {} ({})", reply.by, reply.channel),
        Ending::Expired => "nobody answered in time".to_owned(),
        Ending::Interrupted(_) | Ending::Abandoned => "it is not waited for any more".to_owned(),
    };
    for channel in channels {
        channel.withdraw(&why);
    }
    Ok(ending)
}

/// Time to wait at most; a second at a time, as the wall clock may move.
fn until_then(deadline: Instant) -> Timespec {
    let left = deadline.saturating_duration_since(Instant::now()).min(Duration::from_secs(1));
    Timespec { tv_sec: i64::try_from(left.as_secs()).unwrap_or(1), tv_nsec: i64::from(left.subsec_nanos()) }
}

/// Refers to the process that has started us, where it can be seen.
#[cfg(target_os = "linux")]
fn parent_handle() -> Option<OwnedFd> {
    let parent = rustix::process::Pid::from_raw(sys::parent()).filter(|pid| pid.as_raw_nonzero().get() > 1)?;
    rustix::process::pidfd_open(parent, rustix::process::PidfdFlags::empty()).ok()
}

/// Refers to the process that has started us: not known here.
#[cfg(not(target_os = "linux"))]
fn parent_handle() -> Option<OwnedFd> {
    let _ = sys::parent();
    None
}

/// Seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Random bytes of the system.
///
/// # Errors
/// There are none to be had: nothing that rests on them may go on.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0_u8; N];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
