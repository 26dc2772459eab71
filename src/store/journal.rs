//! Files of JSON lines that are only added to: private to the user, one write for each line, and put aside when they are
//! full, so that there are never more than two of them.
//!
//! What went wrong around the guard is written down here: answers by whoever is no person (`queue`), jobs that ran
//! unjudged (`unasked`). A line bears no seal: nothing is decided by what stands in one, it is shown to people.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes that a file holds before it is put aside.
const MAX_BYTES: u64 = 1 << 20;

/// One such file.
#[derive(Clone, Debug)]
pub(super) struct Journal {
    path: PathBuf,
}

impl Journal {
    /// A file of a state folder.
    pub(super) fn new(state: &Path, name: &str) -> Self {
        Self { path: state.join(name) }
    }

    /// Adds a line.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn add(&self, line: &impl Serialize) -> io::Result<()> {
        if fs::metadata(&self.path).is_ok_and(|meta| meta.len() > MAX_BYTES) {
            fs::rename(&self.path, self.aside())?;
        }
        append(&self.path, line)
    }

    /// What stands in it, in order, what was put aside first; without lines that cannot be read.
    pub(super) fn all<T: DeserializeOwned>(&self) -> Vec<T> {
        let texts = [self.aside(), self.path.clone()].map(|path| text(&path).unwrap_or_default());
        texts.iter().flat_map(|text| text.lines()).filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn aside(&self) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(".1");
        path.into()
    }
}

/// Appends one line of JSON with one write; the file is 0600. What lies there and is no plain file is left alone: a pipe
/// would hold us up.
pub(super) fn append(path: &Path, line: &impl Serialize) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut text = serde_json::to_string(line).map_err(io::Error::from)?;
    text.push('\n');
    let flags = flags(OFlags::NOFOLLOW | OFlags::NONBLOCK);
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{} is no file", path.display())));
    }
    file.write_all(text.as_bytes())
}

fn text(path: &Path) -> Option<String> {
    let file = OpenOptions::new().read(true).custom_flags(flags(OFlags::NONBLOCK)).open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(2 * MAX_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn flags(flags: OFlags) -> i32 {
    i32::try_from(flags.bits()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_full_file_is_put_aside_and_still_read() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::new(&dir.path().join("state"), "x.jsonl");
        let long = "x".repeat(300 << 10);
        for n in 0..12 {
            journal.add(&(n, &long)).unwrap();
        }
        let all: Vec<(u32, String)> = journal.all();
        let numbers: Vec<u32> = all.iter().map(|(n, _)| *n).collect();
        assert!((4..=10).contains(&numbers.len()), "{numbers:?}");
        assert_eq!(numbers, (12 - u32::try_from(numbers.len()).unwrap()..12).collect::<Vec<_>>());
        assert_eq!(fs::read_dir(dir.path().join("state")).unwrap().count(), 2);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&journal.path), mode(journal.path.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn a_pipe_or_a_link_in_its_place_holds_nobody_up() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::new(dir.path(), "x.jsonl");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &journal.path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .unwrap();
        assert!(journal.add(&1).is_err() && journal.all::<u32>().is_empty());
        let _reader = OpenOptions::new().read(true).write(true).open(&journal.path).unwrap();
        assert!(journal.add(&1).is_err(), "somebody reads it");
        fs::remove_file(&journal.path).unwrap();
        std::os::unix::fs::symlink(dir.path().join("elsewhere"), &journal.path).unwrap();
        assert!(journal.add(&1).is_err() && !dir.path().join("elsewhere").exists());
    }
}
