//! What a killed front end of an interactive shell leaves: the folder with its pipes, which nobody removes then.
//!
//! A pipe that nobody reads says that the front end is gone. Whoever starts next removes the folder.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;

use crate::shells::integration::{ANSWER, ASK};

/// In front of the folder's random name.
const FRONT: &str = "wardsh-";
/// Letters of that name.
const NAME: usize = 24;
/// Entries of the folder around it that are looked at.
const MAX_ENTRIES: usize = 2_000;
/// A folder that is younger may just be being made.
const BEING_MADE: Duration = Duration::from_secs(10);

/// Removes the folders of front ends that are gone. What cannot be removed stays.
pub fn clear(parent: &Path) {
    clear_older(parent, BEING_MADE);
}

fn clear_older(parent: &Path, age: Duration) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    let named = |name: &str| {
        name.strip_prefix(FRONT).is_some_and(|rest| {
            rest.len() == NAME && rest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
    };
    let folders: Vec<PathBuf> = entries
        .take(MAX_ENTRIES)
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_str().is_some_and(named))
        .map(|entry| entry.path())
        .collect();
    for folder in folders.iter().filter(|folder| is_left(folder, age)) {
        let _ = fs::remove_dir_all(folder);
    }
}

/// Says whether a folder is ours alone, holds both pipes, and nobody reads the questions.
fn is_left(folder: &Path, age: Duration) -> bool {
    let own = rustix::process::geteuid().as_raw();
    let Ok(meta) = fs::symlink_metadata(folder) else { return false };
    if !meta.is_dir() || meta.uid() != own || meta.mode() & 0o077 != 0 {
        return false;
    }
    if !meta.modified().is_ok_and(|made| made.elapsed().is_ok_and(|since| since >= age)) {
        return false;
    }
    let pipe = |name: &str| {
        let meta = fs::symlink_metadata(folder.join(name));
        meta.is_ok_and(|meta| meta.file_type().is_fifo() && meta.uid() == own)
    };
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    pipe(ASK) && pipe(ANSWER) && open(folder.join(ASK), flags, Mode::empty()).is_err_and(|error| error == Errno::NXIO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{CWD, FileType, mknodat};
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, symlink};

    const ID: &str = "wardsh-0123456789abcdef01234567";

    fn folder(parent: &Path, name: &str) -> PathBuf {
        let folder = parent.join(name);
        fs::DirBuilder::new().mode(0o700).create(&folder).unwrap();
        for name in [ASK, ANSWER] {
            mknodat(CWD, folder.join(name), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        }
        fs::write(folder.join("rc"), "x").unwrap();
        folder
    }

    #[test]
    fn a_folder_without_a_front_end_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let left = folder(dir.path(), ID);
        clear(dir.path());
        assert!(left.exists(), "it may just be being made");
        clear_older(dir.path(), Duration::ZERO);
        assert!(!left.exists());
    }

    #[test]
    fn everything_else_stays() {
        let dir = tempfile::tempdir().unwrap();
        let mut all = Vec::new();
        // In use.
        all.push(folder(dir.path(), ID));
        let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let _held = open(all[0].join(ASK), flags, Mode::empty()).unwrap();
        // Another name; another kind; somebody else's to write; a link to one.
        all.push(folder(dir.path(), "wardsh-0123456789abcdef0123456"));
        all.push(folder(dir.path(), "wardsh-0123456789abcdef0123456z"));
        let plain = folder(dir.path(), &ID.replace("01", "02"));
        fs::remove_file(plain.join(ASK)).unwrap();
        fs::write(plain.join(ASK), "").unwrap();
        all.push(plain);
        let open = folder(dir.path(), &ID.replace("01", "03"));
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
        all.push(open);
        let elsewhere = tempfile::tempdir().unwrap();
        let real = folder(elsewhere.path(), "real");
        let link = dir.path().join(ID.replace("01", "04"));
        symlink(&real, &link).unwrap();
        all.push(link);
        clear_older(dir.path(), Duration::ZERO);
        for path in &all {
            assert!(path.join("rc").exists(), "{}", path.display());
        }
    }
}
