//! Refusals of an agent's session: what was refused once is at least asked about when it comes another way.
//!
//! One file of JSON lines per session under `refusals` of the state folder (0700). Only kinds, targets and rules are
//! kept, no commands.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::effects::EffectKind;

/// Refusals that one session remembers.
const MAX_LINES: usize = 1_000;

/// Something that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The form's version.
    pub v: u32,
    /// What it would have done.
    pub kind: EffectKind,
    /// To what.
    pub target: String,
    /// The rule that refused it.
    pub rule: String,
}

/// The refusals of one session.
#[derive(Clone, Debug)]
pub struct Refusals {
    path: PathBuf,
}

impl Refusals {
    /// The refusals of a session; `key` is any text.
    #[must_use]
    pub fn new(state: &Path, key: &str) -> Self {
        let name = crate::request::hex(&crate::request::sha256(key.as_bytes())[..12]);
        Self { path: state.join("refusals").join(format!("{name}.jsonl")) }
    }

    /// Says whether any session of this state folder has refusals.
    #[must_use]
    pub fn any(state: &Path) -> bool {
        state.join("refusals").is_dir()
    }

    /// Everything that was refused; empty where nothing was or nothing can be read.
    #[must_use]
    pub fn all(&self) -> Vec<Refusal> {
        let Ok(text) = fs::read_to_string(&self.path) else { return Vec::new() };
        text.lines().rev().take(MAX_LINES).filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Remembers refusals.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn add(&self, refusals: &[Refusal]) -> std::io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let mut text = String::new();
        for refusal in refusals {
            text.push_str(&serde_json::to_string(refusal)?);
            text.push('\n');
        }
        fs::OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?.write_all(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_remembers_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let refusal = Refusal { v: 1, kind: EffectKind::FsDelete, target: "/x".into(), rule: "files.x".into() };
        let one = Refusals::new(dir.path(), "one");
        one.add(std::slice::from_ref(&refusal)).unwrap();
        one.add(std::slice::from_ref(&refusal)).unwrap();
        assert_eq!(one.all(), [refusal.clone(), refusal]);
        assert_eq!(Refusals::new(dir.path(), "two").all(), []);
    }
}
