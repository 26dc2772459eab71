//! What an agent's session has asked people about: what nobody answered is not asked again for a while.
//!
//! One file of JSON lines per session under `asked` of the state folder (0700): written before the wait, so that it
//! stands even where the wait is killed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::journal::append;
use crate::request::RequestId;

/// How long an unanswered question is remembered, in seconds.
const REMEMBERED_SECS: u64 = 3_600;
/// Lines that are looked at.
const MAX_LINES: usize = 1_000;

/// The questions of one session.
#[derive(Clone, Debug)]
pub struct Asked {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Line {
    v: u32,
    at: u64,
    request: RequestId,
    /// Rule and kind of effect; empty where this says that it was answered.
    kinds: Vec<(String, String)>,
}

impl Asked {
    /// The questions of a session; `session` is [`crate::request::Request::session`].
    #[must_use]
    pub fn new(state: &Path, session: &str) -> Self {
        let name: String = session.chars().filter(char::is_ascii_alphanumeric).collect();
        Self { path: state.join("asked").join(format!("{name}.jsonl")) }
    }

    /// Notes that a question is asked: rule and kind of each thing that it is about.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn asked(&self, request: &RequestId, kinds: &[(String, String)], now: u64) -> io::Result<()> {
        append(&self.path, &Line { v: 1, at: now, request: request.clone(), kinds: kinds.to_vec() })
    }

    /// Notes that a person has answered it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn answered(&self, request: &RequestId, now: u64) -> io::Result<()> {
        append(&self.path, &Line { v: 1, at: now, request: request.clone(), kinds: Vec::new() })
    }

    /// Says whether one of these kinds was asked about before and nobody answered; `waits` knows what still waits.
    #[must_use]
    pub fn in_vain(&self, kinds: &[(String, String)], now: u64, waits: &dyn Fn(&RequestId) -> bool) -> bool {
        let Ok(text) = fs::read_to_string(&self.path) else { return false };
        let lines: Vec<Line> =
            text.lines().rev().take(MAX_LINES).filter_map(|line| serde_json::from_str(line).ok()).collect();
        let is_answered = |id: &RequestId| lines.iter().any(|line| line.kinds.is_empty() && line.request == *id);
        lines
            .iter()
            .filter(|line| now < line.at.saturating_add(REMEMBERED_SECS))
            .filter(|line| line.kinds.iter().any(|kind| kinds.contains(kind)))
            .any(|line| !is_answered(&line.request) && !waits(&line.request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_answered_is_not_asked_again() {
        let dir = tempfile::tempdir().unwrap();
        let asked = Asked::new(dir.path(), "00ff");
        let kinds = |rule: &str| vec![(rule.to_owned(), "fs.delete".to_owned())];
        let id = |n: u8| RequestId::from_random([n; 8]);
        let nobody = |_: &RequestId| false;
        assert!(!asked.in_vain(&kinds("a"), 100, &nobody));
        asked.asked(&id(1), &kinds("a"), 100).unwrap();
        assert!(asked.in_vain(&kinds("a"), 110, &nobody));
        assert!(!asked.in_vain(&kinds("a"), 110, &|request| *request == id(1)), "it still waits");
        assert!(!asked.in_vain(&kinds("b"), 110, &nobody));
        assert!(!asked.in_vain(&kinds("a"), 100 + REMEMBERED_SECS, &nobody));
        asked.answered(&id(1), 120).unwrap();
        assert!(!asked.in_vain(&kinds("a"), 130, &nobody));
        assert!(!Asked::new(dir.path(), "other").in_vain(&kinds("a"), 110, &nobody));
    }
}
