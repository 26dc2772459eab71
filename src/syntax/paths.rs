//! Paths as text: joining and normalising without looking at the disk.

/// Joins a relative path to an absolute folder and normalises the result.
#[must_use]
pub fn join(dir: &str, path: &str) -> String {
    if path.starts_with('/') {
        return normal(path);
    }
    normalised([dir, "/", path].concat())
}

/// Where the last slash of a path stands.
#[must_use]
pub fn last_slash(path: &str) -> Option<usize> {
    // Names are short: what searches faster takes longer to start.
    path.bytes().rposition(|byte| byte == b'/')
}

/// As [`normal`], for a path of one's own.
#[must_use]
pub fn normalised(path: String) -> String {
    if is_normal(&path) { path } else { normal(&path) }
}

/// Takes `.`, `..` and double slashes out of an absolute path; `/` is the parent of itself.
#[must_use]
pub fn normal(path: &str) -> String {
    if is_normal(path) {
        return path.to_owned();
    }
    let mut out = String::with_capacity(path.len() + 1);
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => out.truncate(out.rfind('/').unwrap_or(0)),
            part => {
                out.push('/');
                out.push_str(part);
            }
        }
    }
    if out.is_empty() { "/".to_owned() } else { out }
}

/// Says whether a path is absolute and nothing is to be taken out of it.
fn is_normal(path: &str) -> bool {
    let path = path.as_bytes();
    let plain = |rest: &[u8]| {
        !matches!(rest, [] | [b'/', ..] | [b'.'] | [b'.', b'/', ..] | [b'.', b'.'] | [b'.', b'.', b'/', ..])
    };
    path == b"/"
        || path.first() == Some(&b'/')
            && (0..path.len()).filter(|at| path[*at] == b'/').all(|at| plain(path.get(at + 1..).unwrap_or_default()))
}

/// Says whether `path` is `dir` or lies below it; both normalised.
#[must_use]
pub fn is_within(path: &str, dir: &str) -> bool {
    dir == "/" || path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Says whether an absolute path lies in a folder for temporary files.
#[must_use]
pub fn is_temporary(path: &str) -> bool {
    ["/tmp", "/var/tmp", "/dev/shm", "/private/tmp", "/private/var/tmp", "/var/folders"]
        .iter()
        .any(|dir| is_within(path, dir))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalises() {
        assert_eq!(join("/a/b", "../c/./d//e"), "/a/c/d/e");
        assert_eq!(join("/a", "/x"), "/x");
        assert_eq!(normal("/../.."), "/");
        for path in ["/", "/a", "/a/b.c/..d/.e/f..", "/...", "/a/.../b"] {
            assert!(is_normal(path) && normal(path) == path, "{path}");
        }
        for path in ["", "a", "a/b", "//", "/a/", "/a//b", "/.", "/..", "/a/./b", "/a/../b", "/a/.", "/a/.."] {
            assert!(!is_normal(path) && normal(path) != path, "{path}");
        }
        assert!(is_within("/a/b", "/a") && !is_within("/ab", "/a") && is_within("/x", "/"));
    }
}
