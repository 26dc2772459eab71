//! The other end: asks a waiting process for its request and hands in what a person has answered.

use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::wire::{MAX_TOLD, Said, Told};
use crate::config::who;
use crate::request::{Answer, Request, RequestId, are_letters};
use crate::store::Queue;
use crate::sys;

/// How long whoever waits may take to answer us.
const PATIENCE: Duration = Duration::from_secs(20);

/// Letters that a word to be typed has at most.
const MAX_CHALLENGE: usize = 16;

/// Why a request cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Nobody waits.
    #[error("no request `{0}` waits for an answer")]
    Nobody(RequestId),
    /// We do not count.
    #[error("not accepted: {0}")]
    Refused(String),
    /// It is over.
    #[error("it is over: {0}")]
    Over(String),
    /// Whoever waits there is not what it should be.
    #[error("what waits there cannot be relied on: {0}")]
    Strange(&'static str),
    /// The socket failed.
    #[error("the waiting process cannot be reached: {0}")]
    Io(#[from] io::Error),
}

/// An open question.
#[derive(Debug)]
pub struct Question {
    /// The request, as the waiting process has sent it.
    pub request: Request,
    /// The word that must be typed for a yes.
    pub challenge: String,
    stream: UnixStream,
}

impl Question {
    /// Asks for a request.
    ///
    /// # Errors
    /// It cannot be had, or not by us.
    pub fn open(queue: &Queue, id: &RequestId) -> Result<Self, Failed> {
        let mut stream = queue.connect(id).map_err(|_| Failed::Nobody(id.clone()))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        // A program of somebody else could only take answers that are worth nothing; people need not be asked for them.
        if let Ok(peer) = sys::peer(stream.as_fd())
            && !who::may_run_this_program(peer.pid)
        {
            return Err(Failed::Strange("it is another program"));
        }
        say(&mut stream, &Said::Hello { v: 1 })?;
        match hear(&mut stream)? {
            Told::Request { v: 1, request, challenge } => {
                if request.id != *id || request.digest != request.computed() {
                    return Err(Failed::Strange("it answers for another request"));
                }
                // It is shown to people, beside those of others.
                if challenge.len() > MAX_CHALLENGE || !are_letters(&challenge) {
                    return Err(Failed::Strange("the word that it wants is none of ours"));
                }
                Ok(Self { request: *request, challenge, stream })
            }
            other => Err(failed(other)),
        }
    }

    /// Readable when it is over before we have answered.
    #[must_use]
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// Why it is over; for when [`Question::fd`] is readable.
    pub fn ended(mut self) -> Failed {
        hear(&mut self.stream).map_or_else(|error| error, failed)
    }

    /// Hands in an answer.
    ///
    /// # Errors
    /// It does not count, or came too late.
    pub fn answer(mut self, answer: Answer, typed: &str) -> Result<(), Failed> {
        let said = Said::Answer { v: 1, digest: self.request.digest.clone(), answer, typed: typed.to_owned() };
        // Where somebody else was quicker the socket may be closed, and still hold the news.
        let sent = say(&mut self.stream, &said);
        match hear(&mut self.stream) {
            Ok(Told::Accepted { v: 1 }) => Ok(()),
            Ok(other) => Err(failed(other)),
            Err(error) => sent.and(Err(error)),
        }
    }
}

fn failed(told: Told) -> Failed {
    match told {
        Told::Refused { why, .. } => Failed::Refused(why),
        Told::Over { why, .. } => Failed::Over(why),
        Told::Request { .. } | Told::Accepted { .. } => Failed::Strange("it speaks out of turn"),
    }
}

fn say(stream: &mut UnixStream, said: &Said) -> Result<(), Failed> {
    let mut text = serde_json::to_string(said).map_err(io::Error::from)?;
    text.push('\n');
    Ok(stream.write_all(text.as_bytes())?)
}

fn hear(stream: &mut UnixStream) -> Result<Told, Failed> {
    let mut line = Vec::new();
    let mut bytes = [0_u8; 4_096];
    while !line.contains(&b'\n') {
        match stream.read(&mut bytes) {
            Ok(0) => return Err(Failed::Over("the waiting process has gone".to_owned())),
            Ok(count) => line.extend_from_slice(bytes.get(..count).unwrap_or(&[])),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
        if line.len() > MAX_TOLD {
            return Err(Failed::Strange("it talks too much"));
        }
    }
    serde_json::from_slice(&line).map_err(|_| Failed::Strange("it does not speak our language"))
}
