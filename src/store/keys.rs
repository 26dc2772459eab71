//! Keys of the installation: one under which masks get their tags, one for seals. Random, made once, 0600 in the state
//! folder.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Bytes of a key.
pub(super) const LEN: usize = 32;

/// The installation's key; one for this process alone where the state folder holds none and takes none.
///
/// # Errors
/// The system has no random bytes.
pub fn installation_key(state: &Path) -> std::io::Result<[u8; LEN]> {
    key(state, "mask.key")
}

/// A key by its file's name; as [`installation_key`].
pub(super) fn key(state: &Path, name: &str) -> std::io::Result<[u8; LEN]> {
    let path = state.join(name);
    if let Some(key) = read(&path) {
        return Ok(key);
    }
    let mut key = [0; LEN];
    File::open("/dev/urandom")?.read_exact(&mut key)?;
    // Two that start at once: whose link comes first has made the key, and both use that one.
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(state).is_ok() && {
        let own = state.join(format!("{name}.{}", std::process::id()));
        let written = File::options().write(true).create_new(true).mode(0o600).open(&own);
        let written = written.and_then(|mut file| file.write_all(&key)).is_ok();
        let _ = written && fs::hard_link(&own, &path).is_ok();
        let _ = fs::remove_file(&own);
        written
    };
    Ok(if made { read(&path).unwrap_or(key) } else { key })
}

fn read(path: &Path) -> Option<[u8; LEN]> {
    let mut key = [0; LEN];
    // A pipe would hold us up.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    File::open(path).ok()?.read_exact(&mut key).ok()?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        let key = installation_key(&state).unwrap();
        assert_eq!(installation_key(&state).unwrap(), key);
        assert_ne!(key, [0; LEN]);
        assert_eq!(fs::read_dir(&state).unwrap().count(), 1);
    }
}
