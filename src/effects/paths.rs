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

/// Matches a name against a pattern of `*`, `?` and `[...]`; `*` also matches a slash. No memory, no recursion.
#[must_use]
pub fn wild(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    // Behind the last star, and the text that it has not taken yet.
    let mut back: Option<(&str, &str)> = None;
    while let Some(c) = text.chars().next() {
        if pattern.as_bytes().first() == Some(&b'*') {
            pattern = behind(pattern, '*');
            back = Some((pattern, text));
        } else if let Some(next) = one(pattern, c) {
            (pattern, text) = (next, behind(text, c));
        } else {
            let Some((star, from)) = back else { return false };
            text = from.chars().next().map_or("", |c| behind(from, c));
            pattern = star;
            back = Some((star, text));
        }
    }
    pattern.bytes().all(|byte| byte == b'*')
}

/// What follows a character that a text starts with.
fn behind(text: &str, c: char) -> &str {
    text.get(c.len_utf8()..).unwrap_or_default()
}

/// Matches one character at the head of a pattern; answers where the pattern goes on.
fn one(pattern: &str, c: char) -> Option<&str> {
    let head = pattern.chars().next()?;
    let rest = behind(pattern, head);
    match head {
        '?' => Some(rest),
        '[' => match class(rest, c) {
            Some((hit, next)) => hit.then_some(next),
            None => (c == '[').then_some(rest),
        },
        '\\' if !rest.is_empty() => rest.starts_with(c).then(|| behind(rest, c)),
        other => (other == c).then_some(rest),
    }
}

/// Matches a bracket expression whose `[` is taken; `None` where it is not closed.
fn class(body: &str, c: char) -> Option<(bool, &str)> {
    let (negated, mut rest) = match body.strip_prefix(['!', '^']) {
        Some(rest) => (true, rest),
        None => (false, body),
    };
    let (mut hit, mut first) = (false, true);
    loop {
        let low = rest.chars().next()?;
        rest = behind(rest, low);
        if low == ']' && !first {
            return Some((hit != negated, rest));
        }
        first = false;
        let high = rest.strip_prefix('-').and_then(|tail| tail.chars().next()).filter(|high| *high != ']');
        if let Some(high) = high {
            hit |= low <= c && c <= high;
            rest = behind(behind(rest, '-'), high);
        } else {
            hit |= low == c;
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
            ("[]x]", "]", true),
            ("[a-]", "-", true),
            ("é*[à-ü]", "éxö", true),
            ("a\\", "a\\", true),
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
