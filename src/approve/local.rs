//! Another terminal of the same user: the waiting process listens on a socket and checks itself who connects.
//!
//! Who counts: the same user, running this very program file, a proven person ([`crate::config::who::person`]) in
//! another session than the asking one; looked at when the question is handed out and again when the answer comes, and
//! the answer must have been sent by that very process. A client's own check counts for nothing. Everybody else is
//! told so, and written down.

use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::wire::{MAX_SAID, Said, Told};
use super::{Channel, now, random};
use crate::config::who::{self, Asker, Process};
use crate::request::{Answer, Reply, Request, letters};
use crate::store::{Attempt, Queue, Slot};
use crate::sys::{self, Peer};

/// Clients at once; who comes beyond that is sent away.
const MAX_CLIENTS: usize = 8;
/// How long a client may be silent before it is looked at.
const SILENCE: Duration = Duration::from_secs(1);
/// Letters of the word to be typed.
const CHALLENGE: usize = 6;

/// The channel.
#[derive(Debug)]
pub struct Local {
    request: Request,
    queue: Queue,
    slot: Option<Slot>,
    asker: Asker,
    user: String,
    clients: Vec<Client>,
}

#[derive(Debug)]
struct Client {
    stream: UnixStream,
    since: Instant,
    buffer: Vec<u8>,
    /// Who it is, and the word that it was given; known once it was found to be a person's.
    known: Option<(Peer, Process, String)>,
}

/// What becomes of a client.
enum Then {
    Stays,
    Goes,
    Answers(Reply),
}

impl Local {
    /// Listens for answers to a request that stands in the queue.
    ///
    /// # Errors
    /// The socket cannot be used that way here.
    pub fn open(request: Request, queue: Queue, slot: Slot, user: String) -> io::Result<Self> {
        slot.listener.set_nonblocking(true)?;
        sys::name_senders(slot.listener.as_fd())?;
        Ok(Self { request, queue, slot: Some(slot), asker: Asker::own(), user, clients: Vec::new() })
    }

    fn accept(&mut self) {
        let Some(slot) = &self.slot else { return };
        while let Ok((stream, _)) = slot.listener.accept() {
            let usable = stream.set_nonblocking(true).is_ok() && sys::name_senders(stream.as_fd()).is_ok();
            if usable && self.clients.len() < MAX_CLIENTS {
                self.clients.push(Client { stream, since: Instant::now(), buffer: Vec::new(), known: None });
            }
        }
    }

    /// Looks at what a client has said.
    fn serve(&self, client: &mut Client) -> Then {
        let mut bytes = [0_u8; 1_024];
        loop {
            match sys::receive(client.stream.as_fd(), &mut bytes) {
                Ok((0, _)) => {
                    // Who says nothing only wanted to know whether somebody waits.
                    if !client.buffer.is_empty() && client.known.is_none() {
                        return self.greet(client);
                    }
                    return Then::Goes;
                }
                Ok((count, sender)) => {
                    if let Some((peer, ..)) = &client.known
                        && sender != Some(peer.pid)
                    {
                        return self.refuse(client, "the answer was sent by another process");
                    }
                    client.buffer.extend_from_slice(bytes.get(..count).unwrap_or(&[]));
                    if client.buffer.len() > MAX_SAID {
                        return self.refuse(client, "too much was said");
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Then::Goes,
            }
        }
        if client.known.is_none() {
            let looks = !client.buffer.is_empty() || client.since.elapsed() >= SILENCE;
            return if looks { self.greet(client) } else { Then::Stays };
        }
        match client.buffer.iter().position(|byte| *byte == b'\n') {
            Some(end) => {
                let line: Vec<u8> = client.buffer.drain(..=end).collect();
                self.answered(client, &line)
            }
            None => Then::Stays,
        }
    }

    /// Finds out who it is, and hands out the question.
    fn greet(&self, client: &mut Client) -> Then {
        let peer = match sys::peer(client.stream.as_fd()) {
            Ok(peer) => peer,
            Err(error) => return self.refuse(client, &format!("nothing can be known about it: {error}")),
        };
        let process = match self.check(&peer) {
            Ok(process) => process,
            Err(why) => return self.refuse(client, &why),
        };
        let Some(end) = client.buffer.iter().position(|byte| *byte == b'\n') else {
            return if client.buffer.is_empty() {
                Then::Stays
            } else {
                self.refuse(client, "it does not speak our language")
            };
        };
        let hello: Vec<u8> = client.buffer.drain(..=end).collect();
        if serde_json::from_slice::<Said>(&hello).ok() != Some(Said::Hello { v: 1 }) {
            return self.refuse(client, "it does not speak our language");
        }
        let Ok(word) = random::<CHALLENGE>().map(|bytes| letters(&bytes)) else { return Then::Goes };
        let request = Box::new(self.request.clone());
        if tell(client, &Told::Request { v: 1, request, challenge: word.clone() }).is_err() {
            return Then::Goes;
        }
        client.known = Some((peer, process, word));
        Then::Stays
    }

    /// Takes an answer, or says why not.
    fn answered(&self, client: &mut Client, line: &[u8]) -> Then {
        let Some((peer, process, word)) = &client.known else { return Then::Goes };
        let Ok(Said::Answer { v: 1, digest, answer, typed }) = serde_json::from_slice(line) else {
            return self.refuse(client, "it does not speak our language");
        };
        // Time has passed since the question was handed out.
        match self.check(peer) {
            Ok(again) if again.started == process.started && again.tty == process.tty => {}
            Ok(_) => return self.refuse(client, "it is another process now"),
            Err(why) => return self.refuse(client, &why),
        }
        if digest != self.request.digest {
            return self.refuse(client, "the answer is to another request");
        }
        if answer != Answer::No && typed.trim() != word {
            return self.refuse(client, "the word that was typed is not the one that was shown");
        }
        if answer == Answer::Session && !self.request.grantable {
            return self.refuse(client, "this is not granted for a session");
        }
        // Whether the client still hears it changes nothing.
        let _ = tell(client, &Told::Accepted { v: 1 });
        Then::Answers(Reply { digest, answer, channel: "another terminal".to_owned(), by: self.user.clone() })
    }

    /// Says whether a client counts.
    fn check(&self, peer: &Peer) -> Result<Process, String> {
        if peer.uid != rustix::process::getuid().as_raw() {
            return Err(format!("it belongs to another user ({})", peer.uid));
        }
        let before = Process::read(peer.pid).ok_or("it is gone")?;
        if !who::runs_this_program(peer.pid) {
            return Err("it is not this very program".to_owned());
        }
        let process = who::person(peer.pid, &self.asker).map_err(|doubt| doubt.to_string())?;
        if process.started != before.started || !peer.is_alive() {
            return Err("it is gone".to_owned());
        }
        Ok(process)
    }

    /// Sends a client away, and writes it down.
    fn refuse(&self, client: &mut Client, why: &str) -> Then {
        let peer = sys::peer(client.stream.as_fd()).ok();
        let (pid, uid) = peer.map_or((0, u32::MAX), |peer| (peer.pid, peer.uid));
        let attempt = Attempt {
            v: 1,
            at: now(),
            request: self.request.id.clone(),
            pid,
            uid,
            program: who::program_path(pid),
            why: why.to_owned(),
        };
        // It is refused whether or not it could be written down.
        let _ = self.queue.note_attempt(&attempt);
        let _ = tell(client, &Told::Refused { v: 1, why: why.to_owned() });
        Then::Goes
    }
}

impl Channel for Local {
    fn fds(&self) -> Vec<BorrowedFd<'_>> {
        let listener = self.slot.iter().map(|slot| slot.listener.as_fd());
        listener.chain(self.clients.iter().map(|client| client.stream.as_fd())).collect()
    }

    fn deadline(&self) -> Option<Instant> {
        self.clients.iter().filter(|client| client.known.is_none()).map(|client| client.since + SILENCE).min()
    }

    fn step(&mut self) -> Option<Reply> {
        self.accept();
        let mut clients = std::mem::take(&mut self.clients);
        let mut reply = None;
        clients.retain_mut(|client| {
            if reply.is_some() {
                return true;
            }
            match self.serve(client) {
                Then::Stays => true,
                Then::Goes => false,
                Then::Answers(found) => {
                    reply = Some(found);
                    false
                }
            }
        });
        self.clients = clients;
        reply
    }

    fn withdraw(&mut self, why: &str) {
        // Who has connected in the meantime is told, too.
        self.accept();
        for client in &mut self.clients {
            let _ = tell(client, &Told::Over { v: 1, why: why.to_owned() });
        }
        self.clients.clear();
        self.slot = None;
    }
}

/// Writes a line; a client that does not read is not waited for.
fn tell(client: &mut Client, told: &Told) -> io::Result<()> {
    let mut text = serde_json::to_string(told).map_err(io::Error::from)?;
    text.push('\n');
    client.stream.write_all(text.as_bytes())
}
