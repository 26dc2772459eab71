//! What humans have trusted: paths and contents, in `trust.json` of the state folder.
//!
//! A path keeps a copy of what was trusted there, so that it stays in force when the file changes or vanishes; only
//! the last one counts, the others are history. The form is versioned JSON, each entry under our seal: one without it was
//! not written by us, and is left out. Whoever writes here has made sure that a human asks for it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::seal::Seal;
use crate::policy::layers::{TrustStore, digest};
use crate::request::hex;

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
    /// Our seal, in hex.
    #[serde(default)]
    seal: String,
}

/// What the seals are for.
const WHAT: &str = "trust";

/// What is sealed of an entry.
fn sealed(path: &str, text: &str) -> Vec<u8> {
    [path.as_bytes(), text.as_bytes()].join(&0)
}

impl Trust {
    /// Opens the store in a state folder; empty where there is none.
    ///
    /// # Errors
    /// The file is there and cannot be read: what was trusted is not known, which is not the same as nothing.
    pub fn open(folder: &Path) -> io::Result<Self> {
        belongs_to_us(folder)?;
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
        let mut file: TrustFile = serde_json::from_slice(&bytes).map_err(io::Error::from)?;
        if file.v != 1 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("version {} is not known", file.v)));
        }
        if !file.files.is_empty() {
            let seal = Seal::of(folder)?;
            file.files.retain(|path, history| {
                history.retain(|entry| {
                    let bytes = unhex(&entry.seal);
                    let text = hex(&digest(entry.text.as_bytes()));
                    text == entry.sha256
                        && bytes.is_some_and(|bytes| seal.holds(WHAT, &sealed(path, &entry.text), &bytes))
                });
                !history.is_empty()
            });
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
        let seal = Seal::of(&self.folder)?.put(WHAT, &sealed(path, text)).ok_or(io::ErrorKind::Unsupported)?;
        let sha256 = hex(&digest(text.as_bytes()));
        let entry = Trusted { sha256, at: at.to_owned(), text: text.to_owned(), seal: hex(&seal) };
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

/// Bytes from hex; `None` where it is none.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    odd.is_empty().then(|| pairs.iter().map(byte).collect())?
}

/// Says no to a state folder that belongs to somebody else: they could have put anything there.
fn belongs_to_us(folder: &Path) -> io::Result<()> {
    let Ok(meta) = fs::metadata(folder) else { return Ok(()) };
    let own = rustix::process::geteuid().as_raw();
    if meta.uid() == own || meta.uid() == 0 {
        return Ok(());
    }
    let why = format!("{} belongs to another user ({})", folder.display(), meta.uid());
    Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
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
        let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["seal.key", "trust.json"]);
    }

    #[test]
    fn what_we_did_not_seal_is_not_trusted() {
        let dir = tempfile::tempdir().unwrap();
        Trust::open(dir.path()).unwrap().trust("/p", "one", "2026-01-01").unwrap();
        Trust::open(dir.path()).unwrap().trust("/q", "two", "2026-01-01").unwrap();
        let path = dir.path().join("trust.json");
        let text = fs::read_to_string(&path).unwrap();
        let two = hex(&digest(b"two"));
        for forged in [
            text.replace("\"two\"", "\"six\"").replace(&two, &hex(&digest(b"six"))),
            text.replace("\"two\"", "\"six\""),
            text.replace("/q", "/r"),
            text.replace("\"seal\"", "\"else\""),
        ] {
            assert_ne!(forged, text);
            fs::write(&path, forged).unwrap();
            let trust = Trust::open(dir.path()).unwrap();
            for path in ["/q", "/r"] {
                assert_eq!(trust.last_trusted(path), None);
            }
        }
        fs::write(&path, &text).unwrap();
        assert_eq!(Trust::open(dir.path()).unwrap().last_trusted("/q").as_deref(), Some("two"));
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
