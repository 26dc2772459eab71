//! Refusals of an agent's session: what was refused once is at least asked about when it comes another way.
//!
//! One file of JSON lines per session under `refusals` of the state folder (0700). Only kinds, targets and rules are
//! kept, no commands; of a target that holds a secret, its masked form and a seal to know it by.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::effects::EffectKind;
use crate::syntax::paths;

/// Refusals that one session remembers.
const MAX_LINES: usize = 1_000;

/// Something that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The form's version.
    pub v: u32,
    /// What it would have done.
    pub kind: EffectKind,
    /// To what, as it may be shown.
    pub target: String,
    /// The rule that refused it.
    pub rule: String,
    /// What the target is known by where it is not shown as it is: hexadecimal, under the installation's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<String>,
}

impl Refusal {
    /// What was refused; `shown` is the target as it may be shown.
    #[must_use]
    pub fn new(kind: EffectKind, target: &str, shown: &str, rule: &str, key: &[u8]) -> Self {
        let seal = (shown != target).then(|| seal(target, key));
        Self { v: 1, kind, target: shown.to_owned(), rule: rule.to_owned(), seal }
    }

    /// Says whether an effect does what was refused, or more.
    #[must_use]
    pub fn covers(&self, kind: EffectKind, target: &str, key: &[u8]) -> bool {
        self.kind == kind
            && match &self.seal {
                Some(known) => *known == seal(target, key),
                None => !self.target.is_empty() && paths::is_within(&self.target, target),
            }
    }
}

fn seal(target: &str, key: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    mac.update(b"refused target\0");
    mac.update(target.as_bytes());
    crate::request::hex(&mac.finalize().into_bytes())
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
        let refusal = Refusal::new(EffectKind::FsDelete, "/x", "/x", "files.x", b"key");
        let one = Refusals::new(dir.path(), "one");
        one.add(std::slice::from_ref(&refusal)).unwrap();
        one.add(std::slice::from_ref(&refusal)).unwrap();
        assert_eq!(one.all(), [refusal.clone(), refusal]);
        assert_eq!(Refusals::new(dir.path(), "two").all(), []);
    }

    #[test]
    fn a_target_with_a_secret_is_known_by_its_seal() {
        let (kind, secret) = (EffectKind::DbDrop, ["hunter2", "-hunter2"].concat());
        let target = format!("postgres://u:{secret}@h/db");
        let refusal = Refusal::new(kind, &target, "postgres://u:[masked]@h/db", "sql.x", b"key");
        let line = serde_json::to_string(&refusal).unwrap();
        assert!(!line.contains(&secret) && line.contains("[masked]"), "{line}");
        let read: Refusal = serde_json::from_str(&line).unwrap();
        assert!(read.covers(kind, &target, b"key"));
        assert!(!read.covers(kind, "postgres://u:[masked]@h/db", b"key") && !read.covers(kind, &target, b"other"));
        assert!(!read.covers(EffectKind::FsDelete, &target, b"key"));
        // Without a secret, and as they were written before there were seals.
        let old: Refusal = serde_json::from_str(r#"{"v":1,"kind":"fs.delete","target":"/srv/x","rule":"r"}"#).unwrap();
        assert!(
            old.covers(EffectKind::FsDelete, "/srv", b"key") && !old.covers(EffectKind::FsDelete, "/srv/x/y", b"key")
        );
        assert!(!Refusal::new(EffectKind::FsDelete, "", "", "r", b"key").covers(EffectKind::FsDelete, "/x", b"key"));
    }
}
