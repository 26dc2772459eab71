//! Text work on absolute paths: joining, normalising, containment, name patterns. No look-ups.

/// Joins a path onto a folder; an absolute path stays as it is.
#[must_use]
pub fn join(dir: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    if dir.ends_with('/') { format!("{dir}{path}") } else { format!("{dir}/{path}") }
}

/// Removes `.`, `..` and doubled slashes by text alone. The answer is absolute and has no slash at its end.
#[must_use]
pub fn normalize(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The folder that a normalised path stands in; `/` for `/`.
#[must_use]
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(at) => path.get(..at).unwrap_or("/"),
    }
}

/// The last part of a path, slashes at its end not counted; empty for `/`.
#[must_use]
pub fn base(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

/// Says whether a normalised path lies below a folder (not the folder itself).
#[must_use]
pub fn is_below(path: &str, dir: &str) -> bool {
    if dir == "/" {
        return path != "/" && path.starts_with('/');
    }
    path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
}

/// Says whether a normalised path is a folder or lies below it.
#[must_use]
pub fn is_within(path: &str, dir: &str) -> bool {
    path == dir || is_below(path, dir)
}

/// The part of a path behind a folder, without the slash between; `None` where it is not below it.
#[must_use]
pub fn below<'a>(path: &'a str, dir: &str) -> Option<&'a str> {
    if !is_below(path, dir) {
        return None;
    }
    path.get(dir.trim_end_matches('/').len() + 1..)
}

/// Matches a name against a pattern of `*`, `?` and `[...]`; `*` also matches a slash. Linear memory, no recursion.
#[must_use]
pub fn wild(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut pos) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while pos < text.len() {
        if pattern.get(at) == Some(&'*') {
            back = Some((at + 1, pos));
            at += 1;
            continue;
        }
        if let Some(next) = one(&pattern, at, text[pos]) {
            at = next;
            pos += 1;
            continue;
        }
        let Some((star, from)) = back else { return false };
        back = Some((star, from + 1));
        at = star;
        pos = from + 1;
    }
    pattern.iter().skip(at).all(|&c| c == '*')
}

/// Matches one character at `at`; answers where the pattern goes on.
fn one(pattern: &[char], at: usize, c: char) -> Option<usize> {
    match *pattern.get(at)? {
        '?' => Some(at + 1),
        '[' => match class(pattern, at, c) {
            Some((hit, next)) => hit.then_some(next),
            None => (c == '[').then_some(at + 1),
        },
        '\\' if pattern.get(at + 1).is_some() => (pattern.get(at + 1) == Some(&c)).then_some(at + 2),
        other => (other == c).then_some(at + 1),
    }
}

/// Matches a bracket expression that opens at `at`; `None` where it is not closed.
fn class(pattern: &[char], at: usize, c: char) -> Option<(bool, usize)> {
    let mut i = at + 1;
    let negated = matches!(pattern.get(i), Some('!' | '^'));
    if negated {
        i += 1;
    }
    let first = i;
    let mut hit = false;
    loop {
        let low = *pattern.get(i)?;
        if low == ']' && i > first {
            return Some((hit != negated, i + 1));
        }
        match (pattern.get(i + 1), pattern.get(i + 2)) {
            (Some('-'), Some(&high)) if high != ']' => {
                hit |= low <= c && c <= high;
                i += 3;
            }
            _ => {
                hit |= low == c;
                i += 1;
            }
        }
    }
}

/// Says whether a name matches one of some patterns.
#[must_use]
pub fn matches_any(patterns: &[&str], name: &str) -> bool {
    patterns
        .iter()
        .any(|pattern| if pattern.contains(['*', '?', '[']) { wild(pattern, name) } else { *pattern == name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalising() {
        for (path, want) in
            [("/a/./b/../c/", "/a/c"), ("/", "/"), ("//", "/"), ("/../..", "/"), ("/a//b", "/a/b"), ("", "/")]
        {
            assert_eq!(normalize(path), want, "{path}");
        }
    }

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

    #[test]
    fn patterns() {
        for (pattern, text, want) in [
            ("*.log", "a.log", true),
            ("*.log", "a.log.gz", false),
            ("a?c", "abc", true),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[", "[", true),
            ("a*b*c", "aXbYbZc", true),
            ("*", "", true),
            ("", "a", false),
            ("\\*", "*", true),
            ("\\*", "a", false),
        ] {
            assert_eq!(wild(pattern, text), want, "{pattern} {text}");
        }
    }

    #[test]
    fn hostile_patterns_end() {
        let pattern = "*a".repeat(200) + "b";
        assert!(!wild(&pattern, &"a".repeat(2000)));
    }
}
