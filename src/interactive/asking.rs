//! A line about which people are asked: this terminal's person, and whoever answers from elsewhere.
//!
//! The first valid answer wins, and every other channel is told. No answer in time means no.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use super::{Asked, Query};
use crate::approve;
use crate::approve::terminal::Terminal;
use crate::request::{Answer, Reply, Request};
use crate::shells::protocol::Question;

/// How often the wall clock is looked at: it may move.
const GLANCE: Duration = Duration::from_secs(1);

/// A question to people that stands.
pub(super) struct Asking {
    /// The shell's question.
    pub(super) question: Question,
    pub(super) count: usize,
    pub(super) asked: Asked,
    query: Query,
    /// Our terminal is lent, and the question is put next.
    fresh: bool,
    look: Instant,
}

/// How it ended.
pub(super) enum Ended {
    Answered(Reply),
    Expired,
}

impl Asking {
    pub(super) fn new(question: Question, count: usize, asked: Asked, query: Query) -> Self {
        Self { question, count, asked, query, fresh: true, look: Instant::now() }
    }

    /// Puts the question at our terminal; what is to be shown where it is answered elsewhere. False where nobody can be
    /// asked.
    pub(super) fn begin(&mut self, screen: &mut Vec<u8>) -> bool {
        if !std::mem::take(&mut self.fresh) {
            return true;
        }
        self.look = Instant::now() + GLANCE;
        match &self.query.here {
            Some(manner) => match Terminal::open(&self.query.request, manner) {
                Ok(terminal) => self.query.elsewhere.push(Box::new(terminal)),
                Err(_) => return false,
            },
            None => screen.extend_from_slice(self.query.waiting.replace('\n', "\r\n").as_bytes()),
        }
        !self.query.elsewhere.is_empty()
    }

    /// Says whether it stands at our terminal, where Ctrl-C ends the helper that asks.
    pub(super) fn is_here(&self) -> bool {
        self.query.here.is_some()
    }

    pub(super) fn fds(&self) -> Vec<BorrowedFd<'_>> {
        self.query.elsewhere.iter().flat_map(|channel| channel.fds()).collect()
    }

    /// When to look again even where nothing came.
    pub(super) fn deadline(&self) -> Instant {
        let channels = self.query.elsewhere.iter().filter_map(|channel| channel.deadline());
        channels.min().map_or(self.look, |at| at.min(self.look))
    }

    /// Takes an answer, if there is one.
    pub(super) fn step(&mut self) -> Option<Ended> {
        self.look = Instant::now() + GLANCE;
        let request: &Request = &self.query.request;
        let now = approve::now();
        if let Some(reply) = self.query.elsewhere.iter_mut().find_map(|channel| channel.step()) {
            // An answer that came too late, or to something else, is none.
            let counts = reply.digest == request.digest && !request.is_over(now);
            return Some(if counts { Ended::Answered(reply) } else { Ended::Expired });
        }
        request.is_over(now).then_some(Ended::Expired)
    }

    /// Ends it on every channel.
    pub(super) fn withdraw(&mut self, ended: Option<&Ended>) {
        let why = match ended {
            Some(Ended::Answered(reply)) => {
                let word = if reply.answer == Answer::No { "denied" } else { "approved" };
                format!("{word} by {} ({})", reply.by, reply.channel)
            }
            Some(Ended::Expired) => "nobody answered in time".to_owned(),
            None => "it is not waited for any more".to_owned(),
        };
        for mut channel in self.query.elsewhere.drain(..) {
            channel.withdraw(&why);
        }
    }
}
