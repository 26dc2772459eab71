//! Git's index, read only: which files git knows, and whether they are as git last saw them.
//!
//! Format: gitformat-index(5), versions 2 to 4.

use std::collections::HashMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::effects::names;
use crate::effects::paths::{base, below, join, normalize};
use crate::syntax::Tracked;

/// Largest index that is read.
const MAX_BYTES: u64 = 64 << 20;
/// How many files a look at a folder may see.
const WALK: usize = 2_000;
/// Mode of a submodule's entry.
const GITLINK: u32 = 0o160_000;

/// What the index holds of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    seconds: u32,
    nanos: u32,
    size: u32,
    mode: u32,
}

/// One repository's work tree.
#[derive(Debug)]
pub(super) struct Repo {
    top: String,
    entries: Vec<(String, Entry)>,
}

/// The top of the work tree that a folder lies in, and where the repository's data is.
#[must_use]
pub(super) fn find(dir: &str) -> Option<(String, String)> {
    let mut at = dir;
    for _ in 0..256 {
        let dot = join(at, ".git");
        let meta = Path::new(&dot).symlink_metadata().ok();
        if let Some(meta) = meta {
            if meta.is_file() {
                let text = small_text(&dot)?;
                return Some((at.to_owned(), normalize(&join(at, text.strip_prefix("gitdir:")?.trim()))));
            }
            if Path::new(&dot).join("HEAD").exists() {
                return Some((at.to_owned(), dot));
            }
        }
        if at == "/" {
            return None;
        }
        at = crate::effects::paths::parent(at);
    }
    None
}

impl Repo {
    /// Reads a repository's index; one that is missing or cannot be read knows no file.
    #[must_use]
    pub(super) fn read(top: &str, git_dir: &str) -> Self {
        let path = join(git_dir, "index");
        let small = std::fs::metadata(&path).is_ok_and(|meta| meta.is_file() && meta.len() <= MAX_BYTES);
        let bytes = if small { std::fs::read(&path).unwrap_or_default() } else { Vec::new() };
        let hash = hash_len(git_dir);
        let mut entries = parse(&bytes, hash).unwrap_or_default();
        entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Self { top: top.to_owned(), entries }
    }

    /// How git stands to a path; a link is looked at itself.
    #[must_use]
    pub(super) fn tracked(&self, path: &str) -> Tracked {
        let relative = below(path, &self.top).unwrap_or_default();
        if relative == ".git" || relative.starts_with(".git/") {
            return Tracked::Untracked;
        }
        let Ok(meta) = Path::new(path).symlink_metadata() else {
            return if self.entry(relative).is_some() { Tracked::Modified } else { Tracked::Untracked };
        };
        if !meta.is_dir() {
            return self.file(relative, &meta);
        }
        if self.entry(relative).is_some_and(|entry| entry.mode == GITLINK) {
            return Tracked::Modified;
        }
        let prefix = if relative.is_empty() { String::new() } else { format!("{relative}/") };
        let at = self.entries.partition_point(|(name, _)| *name < prefix);
        if !self.entries.get(at).is_some_and(|(name, _)| name.starts_with(&prefix)) {
            return Tracked::Untracked;
        }
        let mut left = WALK;
        if self.folder_is_clean(path, relative, &mut left) { Tracked::Clean } else { Tracked::Modified }
    }

    fn entry(&self, relative: &str) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|(name, _)| name.as_str().cmp(relative)).ok()?;
        self.entries.get(at).map(|(_, entry)| entry)
    }

    fn file(&self, relative: &str, meta: &Metadata) -> Tracked {
        match self.entry(relative) {
            None => Tracked::Untracked,
            Some(entry) if same(entry, meta) => Tracked::Clean,
            Some(_) => Tracked::Modified,
        }
    }

    /// Walks a folder until something is found that git could not give back.
    fn folder_is_clean(&self, path: &str, relative: &str, left: &mut usize) -> bool {
        let mut stack = vec![(path.to_owned(), relative.to_owned())];
        while let Some((dir, relative)) = stack.pop() {
            let Ok(read) = std::fs::read_dir(&dir) else { return false };
            for entry in read {
                let Ok(entry) = entry else { return false };
                let Some(next) = left.checked_sub(1) else { return false };
                *left = next;
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let Ok(meta) = entry.path().symlink_metadata() else { return false };
                let inner = if relative.is_empty() { name.to_string() } else { format!("{relative}/{name}") };
                if inner == ".git" {
                    continue;
                }
                if meta.is_dir() {
                    if !is_by_product(&name) || self.entry_below(&inner) {
                        stack.push((join(&dir, &name), inner));
                    }
                } else if self.file(&inner, &meta) != Tracked::Clean && !is_by_product(base(&inner)) {
                    return false;
                }
            }
        }
        true
    }

    fn entry_below(&self, relative: &str) -> bool {
        let prefix = format!("{relative}/");
        let at = self.entries.partition_point(|(name, _)| *name < prefix);
        self.entries.get(at).is_some_and(|(name, _)| name.starts_with(&prefix))
    }
}

/// What a tool leaves among sources and makes again: `__pycache__`, `.DS_Store`.
fn is_by_product(name: &str) -> bool {
    names::built_by(name).is_some_and(<[_]>::is_empty)
        || matches!(name, ".DS_Store" | "Thumbs.db")
        || name.rsplit_once('.').is_some_and(|(_, ending)| ending == "pyc")
}

fn same(entry: &Entry, meta: &Metadata) -> bool {
    let size = u32::try_from(meta.size() & 0xffff_ffff).unwrap_or(u32::MAX);
    let seconds = u32::try_from(meta.mtime() & 0xffff_ffff).unwrap_or(u32::MAX);
    let nanos = u32::try_from(meta.mtime_nsec()).unwrap_or(0);
    entry.size == size && entry.seconds == seconds && (entry.nanos == 0 || entry.nanos == nanos)
}

/// The text of a file of git's own that is never large.
fn small_text(path: &str) -> Option<String> {
    let small = std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() <= 1 << 20);
    small.then(|| std::fs::read_to_string(path).ok()).flatten()
}

/// Length of object names: 20 bytes, 32 where the repository says so.
fn hash_len(git_dir: &str) -> usize {
    let config = small_text(&join(git_dir, "config")).unwrap_or_default().to_lowercase();
    let sha256 = config.lines().any(|line| line.replace(' ', "").trim() == "objectformat=sha256");
    if sha256 { 32 } else { 20 }
}

/// Reads entries; `None` for anything that is not an index of a known version.
fn parse(bytes: &[u8], hash: usize) -> Option<Vec<(String, Entry)>> {
    let version = number(bytes, 4)?;
    if bytes.get(..4)? != b"DIRC" || !(2..=4).contains(&version) {
        return None;
    }
    let count = usize::try_from(number(bytes, 8)?).ok()?;
    let mut out: HashMap<String, Entry> = HashMap::with_capacity(count.min(1 << 16));
    let mut at = 12;
    let mut name: Vec<u8> = Vec::new();
    for _ in 0..count {
        let start = at;
        let entry = Entry {
            seconds: number(bytes, at + 8)?,
            nanos: number(bytes, at + 12)?,
            size: number(bytes, at + 36)?,
            mode: number(bytes, at + 24)?,
        };
        let flags = half(bytes, at + 40 + hash)?;
        at += 42 + hash;
        if version >= 3 && flags & 0x4000 != 0 {
            at += 2;
        }
        if version == 4 {
            let (strip, used) = varint(bytes.get(at..)?)?;
            at += used;
            name.truncate(name.len().checked_sub(strip)?);
        } else {
            name.clear();
        }
        let length = bytes.get(at..)?.iter().position(|b| *b == 0)?;
        name.extend_from_slice(bytes.get(at..at + length)?);
        at += length + 1;
        if version < 4 {
            at = start + (at - start).div_ceil(8) * 8;
        }
        let conflict = flags & 0x3000 != 0;
        let entry = if conflict { Entry { seconds: 0, nanos: 1, size: u32::MAX, ..entry } } else { entry };
        out.insert(String::from_utf8_lossy(&name).into_owned(), entry);
    }
    Some(out.into_iter().collect())
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// The offset encoding of pack files: seven bits each, one added for every further byte.
fn varint(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0_usize;
    for (at, byte) in bytes.iter().enumerate().take(9) {
        value = value.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
        value = value.checked_add(1)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_indices_know_nothing() {
        for bytes in [
            &b""[..],
            b"DIRC",
            b"DIRC\0\0\0\x02\xff\xff\xff\xff",
            b"DIRC\0\0\0\x09\0\0\0\0",
            b"DIRC\0\0\0\x04\0\0\0\x01\0\0",
        ] {
            assert!(parse(bytes, 20).is_none(), "{bytes:?}");
        }
        assert_eq!(parse(b"DIRC\0\0\0\x02\0\0\0\0", 20), Some(Vec::new()));
    }
}
