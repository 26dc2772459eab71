//! The cache of compiled settings: files in `compiled` of the state folder (0700). Losing them costs a parse.

use std::fs;
use std::path::{Path, PathBuf};

use super::trust::write_private;
use crate::config::Cache;

/// Files that are kept; beyond that all are forgotten.
const MAX_FILES: usize = 64;
/// Largest file, in bytes.
const MAX_SIZE: u64 = 64 << 20;

/// The cache.
#[derive(Clone, Debug)]
pub struct CompiledStore {
    folder: PathBuf,
}

impl CompiledStore {
    /// The cache of a state folder.
    #[must_use]
    pub fn new(state: &Path) -> Self {
        Self { folder: state.join("compiled") }
    }
}

impl Cache for CompiledStore {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.folder.join(name);
        (fs::metadata(&path).ok()?.len() <= MAX_SIZE).then(|| fs::read(&path).ok())?
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
        // Without the cache the next start parses again, that is all.
        let _ = write_private(&self.folder, name, bytes);
    }
}
