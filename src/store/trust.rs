//! What humans have trusted: paths and contents, in `trust.json` of the state folder.
//!
//! A path keeps a copy of what was trusted there, so that it stays in force when the file changes or vanishes; only
//! the last one counts, the others are history. The form is versioned JSON. Whoever writes here has made sure that a
//! human asks for it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::policy::layers::{TrustStore, digest};

/// Earlier contents that are kept for each path.
const MAX_HISTORY: usize = 8;

/// The trust store.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    folder: PathBuf,
    file: TrustFile,
    fingerprint: [u8; 32],
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct TrustFile {
    v: u32,
    files: BTreeMap<String, Vec<Trusted>>,
}

/// A content that was trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trusted {
    /// SHA-256 of the text, in hex.
    pub sha256: String,
    /// When, for the reader.
    pub at: String,
    /// The content.
    pub text: String,
}

impl Trust {
    /// Opens the store in a state folder; empty where there is none.
    ///
    /// # Errors
    /// The file is there and cannot be read: what was trusted is not known, which is not the same as nothing.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join("trust.json");
        // A pipe would hold us up.
        let no_file = |meta: &fs::Metadata| !meta.is_file();
        if fs::metadata(&path).as_ref().is_ok_and(no_file) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no file"));
        }
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { folder: folder.to_owned(), ..Self::default() });
            }
            Err(error) => return Err(error),
        };
        let file: TrustFile = serde_json::from_slice(&bytes).map_err(io::Error::from)?;
        if file.v != 1 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("version {} is not known", file.v)));
        }
        Ok(Self { folder: folder.to_owned(), file, fingerprint: digest(&bytes) })
    }

    /// What was trusted at a path, oldest first; the last one counts.
    #[must_use]
    pub fn history(&self, path: &str) -> &[Trusted] {
        self.file.files.get(path).map_or(&[], Vec::as_slice)
    }

    /// Trusts a content at a path.
    ///
    /// # Errors
    /// The store cannot be written; it is unchanged then.
    pub fn trust(&mut self, path: &str, text: &str, at: &str) -> io::Result<()> {
        let mut file = self.file.clone();
        let history = file.files.entry(path.to_owned()).or_default();
        let entry = Trusted { sha256: hex(&digest(text.as_bytes())), at: at.to_owned(), text: text.to_owned() };
        history.retain(|known| known.sha256 != entry.sha256);
        history.push(entry);
        let surplus = history.len().saturating_sub(MAX_HISTORY);
        history.drain(..surplus);
        self.write(file)
    }

    /// Forgets a path; says whether there was anything to forget.
    ///
    /// # Errors
    /// The store cannot be written; it is unchanged then.
    pub fn untrust(&mut self, path: &str) -> io::Result<bool> {
        let mut file = self.file.clone();
        if file.files.remove(path).is_none() {
            return Ok(false);
        }
        self.write(file).map(|()| true)
    }

    /// Writes beside the store, then puts it in place.
    fn write(&mut self, mut file: TrustFile) -> io::Result<()> {
        file.v = 1;
        let bytes = serde_json::to_vec_pretty(&file).map_err(io::Error::from)?;
        write_private(&self.folder, "trust.json", &bytes)?;
        self.fingerprint = digest(&bytes);
        self.file = file;
        Ok(())
    }
}

impl TrustStore for Trust {
    fn is_trusted(&self, path: &str, sha256: &[u8; 32]) -> bool {
        self.history(path).last().is_some_and(|last| last.sha256 == hex(sha256))
    }

    fn last_trusted(&self, path: &str) -> Option<String> {
        self.history(path).last().map(|last| last.text.clone())
    }

    fn paths(&self) -> Vec<String> {
        self.file.files.keys().cloned().collect()
    }

    fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Replaces a file of a private folder (0700, made where missing) in one step; the file is 0600.
pub(super) fn write_private(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let draft = folder.join(format!(".{name}.{}", std::process::id()));
    let put = || -> io::Result<()> {
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        fs::rename(&draft, folder.join(name))
    };
    put().inspect_err(|_| {
        // Whatever is left of the draft is of no use; failing to remove it changes nothing.
        let _ = fs::remove_file(&draft);
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn only_the_last_trusted_content_counts() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("state/wardsh");
        let mut trust = Trust::open(&folder).unwrap();
        let empty = trust.fingerprint();
        assert!(trust.paths().is_empty());
        trust.trust("/p", "one", "2026-01-01").unwrap();
        trust.trust("/p", "two", "2026-01-02").unwrap();
        let again = Trust::open(&folder).unwrap();
        assert!(again.is_trusted("/p", &digest(b"two")));
        assert!(!again.is_trusted("/p", &digest(b"one")));
        assert!(!again.is_trusted("/q", &digest(b"two")));
        assert_eq!(again.last_trusted("/p").as_deref(), Some("two"));
        assert_eq!(again.history("/p").len(), 2);
        assert_eq!(again.fingerprint(), trust.fingerprint());
        assert_ne!(again.fingerprint(), empty);
        for n in 0..20 {
            trust.trust("/p", &n.to_string(), "").unwrap();
        }
        assert_eq!(trust.history("/p").len(), MAX_HISTORY);
        assert!(trust.untrust("/p").unwrap());
        assert!(!trust.untrust("/p").unwrap());
        assert_eq!(Trust::open(&folder).unwrap().last_trusted("/p"), None);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join("trust.json")), 0o600);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn a_store_that_cannot_be_read_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        for text in ["", "{", "{\"v\":2,\"files\":{}}", "[]"] {
            fs::write(dir.path().join("trust.json"), text).unwrap();
            assert!(Trust::open(dir.path()).is_err(), "{text}");
        }
    }
}
