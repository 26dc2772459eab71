//! Grants for sessions, in `grants.json` of the state folder (0600), each under our seal. Whoever adds one has made sure
//! that a person said so.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::seal::Seal;
use super::trust::{unhex, write_private};
use crate::config::who::Process;
use crate::request::grant::Grant;
use crate::request::hex;

/// Largest file, in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// What its seals are for.
const WHAT: &str = "grant";

/// The grants of a state folder.
#[derive(Clone, Debug)]
pub struct Grants {
    folder: PathBuf,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct GrantFile {
    v: u32,
    grants: Vec<Sealed>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Sealed {
    grant: Grant,
    seal: String,
}

impl Grants {
    /// The grants of a state folder.
    #[must_use]
    pub fn new(state: &Path) -> Self {
        Self { folder: state.to_owned() }
    }

    /// Grants in force: under our seal, not over, and their session's process lives. What cannot be read grants nothing.
    #[must_use]
    pub fn all(&self, now: u64) -> Vec<Grant> {
        let path = self.folder.join("grants.json");
        let small = fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_file() && meta.len() <= MAX_SIZE);
        let Some(bytes) = small.then(|| fs::read(&path).ok()).flatten() else { return Vec::new() };
        let file: GrantFile = serde_json::from_slice(&bytes).unwrap_or_default();
        let lives = |grant: &Grant| {
            let (pid, started) = grant.terms.process;
            Process::read(pid).is_some_and(|process| process.started == started)
        };
        let in_force = |grant: &Grant| grant.v == 1 && now < grant.expires && lives(grant);
        if file.v != 1 || file.grants.is_empty() {
            return Vec::new();
        }
        let Ok(seal) = Seal::of(&self.folder) else { return Vec::new() };
        let ours = |sealed: &Sealed| {
            let text = serde_json::to_vec(&sealed.grant);
            text.is_ok_and(|text| unhex(&sealed.seal).is_some_and(|bytes| seal.holds(WHAT, &text, &bytes)))
        };
        file.grants.into_iter().filter(ours).map(|sealed| sealed.grant).filter(in_force).collect()
    }

    /// Adds grants; those that are over are forgotten.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn add(&self, grants: &[Grant], now: u64) -> io::Result<()> {
        let _lock = self.lock()?;
        let mut all = self.all(now);
        all.extend(grants.iter().cloned());
        self.write(all)
    }

    /// Takes a grant back; says whether there was one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn revoke(&self, id: &str, now: u64) -> io::Result<bool> {
        let _lock = self.lock()?;
        let mut all = self.all(now);
        let before = all.len();
        all.retain(|grant| grant.id != id);
        if all.len() == before {
            return Ok(false);
        }
        self.write(all).map(|()| true)
    }

    fn lock(&self) -> io::Result<fs::File> {
        use std::os::unix::fs::DirBuilderExt as _;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let folder = fs::File::open(&self.folder)?;
        super::queue::lock(&folder)?;
        Ok(folder)
    }

    fn write(&self, grants: Vec<Grant>) -> io::Result<()> {
        let seal = Seal::of(&self.folder)?;
        let grants = grants
            .into_iter()
            .map(|grant| {
                let bytes = seal.put(WHAT, &serde_json::to_vec(&grant)?).ok_or(io::ErrorKind::Unsupported)?;
                Ok(Sealed { grant, seal: hex(&bytes) })
            })
            .collect::<io::Result<Vec<Sealed>>>()?;
        let bytes = serde_json::to_vec_pretty(&GrantFile { v: 1, grants }).map_err(io::Error::from)?;
        write_private(&self.folder, "grants.json", &bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Actor, Severity};
    use crate::request::RequestId;
    use crate::request::grant::Terms;

    #[test]
    fn grants_end_with_their_time_and_their_process() {
        let dir = tempfile::tempdir().unwrap();
        let grants = Grants::new(dir.path());
        let own = Process::own().unwrap();
        let grant = |id: &str, process, expires| Grant {
            v: 1,
            id: id.into(),
            request: RequestId::from_random([1; 8]),
            created: 100,
            expires,
            by: "p".into(),
            terms: Terms {
                rule: "files.x".into(),
                severity: Severity::Low,
                actor: Actor::default(),
                process,
                covers: Vec::new(),
                context: Vec::new(),
            },
        };
        let ours = (own.pid, own.started);
        assert!(grants.all(150).is_empty());
        grants
            .add(&[grant("a", ours, 200), grant("b", ours, 300), grant("c", (own.pid, own.started + 1), 300)], 150)
            .unwrap();
        let ids = |now| grants.all(now).into_iter().map(|grant| grant.id).collect::<Vec<_>>();
        assert_eq!(ids(150), ["a", "b"]);
        assert_eq!(ids(200), ["b"]);
        assert!(grants.revoke("b", 150).unwrap());
        assert!(!grants.revoke("b", 150).unwrap());
        assert_eq!(ids(150), ["a"]);
        // What a hand has changed, or written without us, grants nothing.
        let path = dir.path().join("grants.json");
        let text = fs::read_to_string(&path).unwrap();
        for forged in [text.replace("files.x", "files.y"), text.replace("\"low\"", "\"high\""), "{".to_owned()] {
            assert_ne!(forged, text);
            fs::write(&path, forged).unwrap();
            assert!(ids(150).is_empty());
        }
        fs::write(&path, &text).unwrap();
        assert_eq!(ids(150), ["a"]);
        fs::remove_file(dir.path().join("seal.key")).unwrap();
        assert!(ids(150).is_empty());
    }
}
