//! Globs in the shell's sense: `*`, `?`, `[…]`; a leading dot must be matched by a dot; `**` is `*`.

use std::path::Path;

use crate::syntax::glob::matches;

/// How many folder entries one pattern may look at.
const LOOKS: usize = 10_000;

/// Paths that match an absolute pattern, sorted, at most `limit`. A backslash takes the next character as it is.
#[must_use]
pub(super) fn glob(pattern: &str, limit: usize) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut looks = LOOKS;
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    for (at, part) in parts.iter().enumerate() {
        let last = at + 1 == parts.len();
        let mut next = Vec::new();
        for dir in &found {
            if is_plain(part) {
                let path = format!("{dir}/{}", unescaped(part));
                if last && Path::new(&path).symlink_metadata().is_err() {
                    continue;
                }
                next.push(path);
            } else {
                entries(dir, part, last, &mut looks, &mut next);
            }
        }
        found = next;
    }
    found.retain(|path| !path.is_empty());
    if pattern.ends_with('/') {
        found.retain(|path| Path::new(path).is_dir());
    }
    found.sort_unstable();
    found.truncate(limit);
    found
}

fn entries(dir: &str, part: &str, last: bool, looks: &mut usize, out: &mut Vec<String>) {
    let Ok(read) = std::fs::read_dir(if dir.is_empty() { "/" } else { dir }) else { return };
    let dots = part.starts_with('.') || part.starts_with("\\.");
    for entry in read.flatten() {
        let Some(left) = looks.checked_sub(1) else { return };
        *looks = left;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if (name.starts_with('.') && !dots) || !matches(part, &name) {
            continue;
        }
        let path = format!("{dir}/{name}");
        if last || Path::new(&path).is_dir() {
            out.push(path);
        }
    }
}

fn is_plain(part: &str) -> bool {
    let mut chars = part.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '*' | '?' | '[' => return false,
            _ => {}
        }
    }
    true
}

fn unescaped(part: &str) -> String {
    let mut text = String::new();
    let mut chars = part.chars();
    while let Some(c) = chars.next() {
        text.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    text
}
