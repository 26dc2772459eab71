//! The cache of compiled settings: files in `compiled` of the state folder (0700), each with our seal at its end. Losing
//! them costs a parse.

use std::fs;
use std::path::{Path, PathBuf};

use super::seal::{self, Seal};
use super::trust::write_private;
use crate::config::Cache;

/// Files that are kept; beyond that all are forgotten.
const MAX_FILES: usize = 64;
/// Largest file, in bytes.
const MAX_SIZE: u64 = 64 << 20;

/// The cache.
#[derive(Clone, Debug)]
pub struct CompiledStore {
    state: PathBuf,
    folder: PathBuf,
}

impl CompiledStore {
    /// The cache of a state folder.
    #[must_use]
    pub fn new(state: &Path) -> Self {
        Self { state: state.to_owned(), folder: state.join("compiled") }
    }
}

impl Cache for CompiledStore {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.folder.join(name);
        let mut bytes = (fs::metadata(&path).ok()?.len() <= MAX_SIZE).then(|| fs::read(&path).ok())??;
        let (content, seal) = bytes.split_at_checked(bytes.len().checked_sub(seal::LEN)?)?;
        let length = content.len();
        Seal::of(&self.state).ok()?.holds(name, content, seal).then(|| {
            bytes.truncate(length);
            bytes
        })
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        if bytes.len() as u64 > MAX_SIZE {
            return;
        }
        if let Ok(entries) = fs::read_dir(&self.folder) {
            let files: Vec<PathBuf> =
                entries.filter_map(|entry| Some(entry.ok()?.path())).take(MAX_FILES + 1).collect();
            if files.len() > MAX_FILES {
                for file in files {
                    // One that stays is overwritten or forgotten later.
                    let _ = fs::remove_file(file);
                }
            }
        }
        let Some(seal) = Seal::of(&self.state).ok().and_then(|seal| seal.put(name, bytes)) else { return };
        // Without the cache the next start parses again, that is all.
        let _ = write_private(&self.folder, name, &[bytes, &seal].concat());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_did_not_keep_is_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let store = CompiledStore::new(dir.path());
        assert_eq!(store.get("a"), None);
        store.put("a", b"settings");
        assert_eq!(store.get("a").as_deref(), Some(&b"settings"[..]));
        let path = dir.path().join("compiled/a");
        let bytes = fs::read(&path).unwrap();
        // Under another name, changed, without a seal, empty.
        fs::write(dir.path().join("compiled/b"), &bytes).unwrap();
        assert_eq!(store.get("b"), None);
        let mut changed = bytes.clone();
        changed[0] ^= 1;
        for forged in [changed, b"settings".to_vec(), Vec::new()] {
            fs::write(&path, forged).unwrap();
            assert_eq!(store.get("a"), None);
        }
    }
}
