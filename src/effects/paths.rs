//! Text work on absolute paths: joining, normalising, containment, name patterns. No look-ups.

use crate::syntax::paths::last_slash;
pub use crate::syntax::paths::{is_temporary, is_within, normal as normalize, normalised};
use crate::syntax::{Roster, glob};

/// Joins a path onto a folder; an absolute path stays as it is.
#[must_use]
pub fn join(dir: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    if dir.ends_with('/') { [dir, path].concat() } else { [dir, "/", path].concat() }
}

/// The folder that a normalised path stands in; `/` for `/`.
#[must_use]
pub fn parent(path: &str) -> &str {
    match last_slash(path) {
        Some(0) | None => "/",
        Some(at) => path.get(..at).unwrap_or("/"),
    }
}

/// The last part of a path, slashes at its end not counted; empty for `/`.
#[must_use]
pub fn base(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    last_slash(path).and_then(|at| path.get(at + 1..)).unwrap_or(path)
}

/// Says whether a normalised path lies below a folder (not the folder itself).
#[must_use]
pub fn is_below(path: &str, dir: &str) -> bool {
    if dir == "/" {
        return path != "/" && path.starts_with('/');
    }
    path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
}

/// The part of a path behind a folder, without the slash between; `None` where it is not below it.
#[must_use]
pub fn below<'a>(path: &'a str, dir: &str) -> Option<&'a str> {
    if !is_below(path, dir) {
        return None;
    }
    path.get(dir.trim_end_matches('/').len() + 1..)
}

/// Says whether a name matches one of some patterns.
#[must_use]
pub fn matches_any(patterns: &[&str], name: &str) -> bool {
    let matches = |pattern: &&str| {
        if pattern.contains(['*', '?', '[']) { glob::matches(pattern, name) } else { **pattern == *name }
    };
    patterns.iter().filter(|pattern| glob::may_match(pattern, name)).any(matches)
}

/// A table of name patterns.
#[derive(Debug)]
pub struct Patterns {
    all: &'static [&'static str],
    roster: Roster,
}

impl Patterns {
    /// A table of these.
    #[must_use]
    pub const fn of(all: &'static [&'static str]) -> Self {
        Self { all, roster: Roster::EMPTY.with(all) }
    }

    /// Says whether a name matches one of them.
    #[must_use]
    pub fn fit(&self, name: &str) -> bool {
        self.roster.may_know(name) && matches_any(self.all, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containment() {
        assert!(is_below("/a/b", "/a"));
        assert!(!is_below("/ab", "/a"));
        assert!(!is_below("/a", "/a"));
        assert!(is_within("/a", "/a"));
        assert!(is_below("/a", "/"));
        assert!(!is_below("/", "/"));
        assert_eq!(below("/a/b/c", "/a"), Some("b/c"));
        assert_eq!(below("/a", "/"), Some("a"));
        assert_eq!(parent("/a"), "/");
        assert_eq!(base("/a/b/"), "b");
    }
}
