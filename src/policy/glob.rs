//! Globs over whole words: `*`, `?`, `[ab]`, `[!a-z]`, `\x`; `{a,b}` is spelled out when a rule is loaded.
//!
//! Not paths: `*` also matches `/`, and a leading dot is nothing special. Matching needs no compilation, so that
//! start-up pays for nothing; it takes at most pattern length × text length steps.

/// How many globs the braces of one may amount to.
const MAX_ALTERNATIVES: usize = 64;

/// Says whether the whole of `text` matches `glob` (without braces).
#[must_use]
pub fn matches(glob: &str, text: &str) -> bool {
    // Most globs are plain text, and other text.
    let (first, last) = (glob.as_bytes().first(), glob.as_bytes().last());
    let differs =
        |own: Option<&u8>, theirs: Option<&u8>| own != theirs && own.is_some_and(|own| !b"*?[]\\".contains(own));
    if differs(first, text.as_bytes().first()) || differs(last, text.as_bytes().last()) {
        return false;
    }
    let (mut g, mut t) = (glob, text);
    // Where to go on when a star has to take one more character: behind the star, and the text it has not taken yet.
    let mut retry: Option<(&str, &str)> = None;
    loop {
        if g.as_bytes().first() == Some(&b'*') {
            let rest = g.get(1..).unwrap_or_default();
            if rest.is_empty() {
                return true;
            }
            retry = Some((rest, t));
            g = rest;
            continue;
        }
        let step = match t.chars().next() {
            None if g.is_empty() => return true,
            None => return false,
            Some(c) => one(g, c).map(|rest| (rest, t.get(c.len_utf8()..).unwrap_or_default())),
        };
        if let Some((rest, tail)) = step {
            (g, t) = (rest, tail);
            continue;
        }
        let Some((behind, from)) = retry else { return false };
        let Some(skipped) = from.chars().next() else { return false };
        t = from.get(skipped.len_utf8()..).unwrap_or_default();
        g = behind;
        retry = Some((behind, t));
    }
}

/// Matches one character against the head of the glob; returns the glob's rest.
fn one(glob: &str, c: char) -> Option<&str> {
    let mut chars = glob.chars();
    match chars.next()? {
        // The stand-in for an unknown part is no character.
        _ if c == '\0' => None,
        '?' => Some(chars.as_str()),
        '[' => class(chars.as_str(), c),
        '\\' => (chars.next()? == c).then_some(chars.as_str()),
        literal => (literal == c).then_some(chars.as_str()),
    }
}

/// Matches one character against a class whose `[` is taken; returns what follows its `]`.
fn class(body: &str, c: char) -> Option<&str> {
    let (negated, body) = match body.strip_prefix(['!', '^']) {
        Some(rest) => (true, rest),
        None => (false, body),
    };
    let mut chars = body.chars().peekable();
    let (mut hit, mut first) = (false, true);
    let mut at = 0;
    while let Some(low) = chars.next() {
        at += low.len_utf8();
        if low == ']' && !first {
            return (hit != negated).then(|| body.get(at..).unwrap_or_default());
        }
        first = false;
        let mut ahead = chars.clone();
        if ahead.next() == Some('-') && ahead.peek().is_some_and(|high| *high != ']') {
            let high = ahead.next().unwrap_or(low);
            at += 1 + high.len_utf8();
            chars = ahead;
            hit |= (low..=high).contains(&c);
        } else {
            hit |= low == c;
        }
    }
    None
}

/// Spells out the braces of a glob and checks its classes and escapes.
///
/// # Errors
/// Says what is wrong, in a form that follows "the glob `…`".
pub fn expand(glob: &str) -> Result<Vec<String>, String> {
    let mut done: Vec<String> = Vec::new();
    let mut open = vec![glob.to_owned()];
    while let Some(next) = open.pop() {
        match brace(&next)? {
            None => {
                check_classes(&next)?;
                done.push(next);
            }
            Some((head, parts, tail)) => open.extend(parts.iter().rev().map(|part| format!("{head}{part}{tail}"))),
        }
        if done.len() + open.len() > MAX_ALTERNATIVES {
            return Err(format!("stands for more than {MAX_ALTERNATIVES} alternatives"));
        }
    }
    Ok(done)
}

/// The first brace group: what stands before it, its parts, what follows.
type Brace<'a> = (&'a str, Vec<&'a str>, &'a str);

/// Finds the first brace group that is not escaped and has a comma; `{}` and `{a}` are plain text.
fn brace(glob: &str) -> Result<Option<Brace<'_>>, String> {
    let mut depth = 0_usize;
    let mut marks: Vec<usize> = Vec::new();
    let mut escaped = false;
    for (at, c) in glob.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match c {
            '\\' => escaped = true,
            '{' => {
                depth += 1;
                if depth == 1 {
                    marks = vec![at];
                }
            }
            ',' if depth == 1 => marks.push(at),
            '}' if depth == 1 && marks.len() > 1 => {
                marks.push(at);
                let parts =
                    marks.windows(2).filter_map(|pair| glob.get(pair.first()? + 1..*pair.get(1)?)).collect::<Vec<_>>();
                let head = marks.first().and_then(|start| glob.get(..*start)).unwrap_or_default();
                return Ok(Some((head, parts, glob.get(at + 1..).unwrap_or_default())));
            }
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    if depth > 0 && marks.len() > 1 { Err("has a `{` that is not closed".to_owned()) } else { Ok(None) }
}

/// Refuses an open class and a trailing backslash.
fn check_classes(glob: &str) -> Result<(), String> {
    let mut rest = glob;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '\\' => {
                let Some(next) = rest.chars().next() else { return Err("ends in a lone backslash".to_owned()) };
                rest = rest.get(next.len_utf8()..).unwrap_or_default();
            }
            '[' => {
                let body = rest.strip_prefix(['!', '^']).unwrap_or(rest);
                let from = body.chars().next().map_or(0, char::len_utf8);
                let Some(end) = body.get(from..).and_then(|tail| tail.find(']')) else {
                    return Err("has a `[` that is not closed".to_owned());
                };
                rest = body.get(from + end + 1..).unwrap_or_default();
            }
            _ => {}
        }
    }
    Ok(())
}

/// Says whether a glob is plain text.
#[must_use]
pub fn is_literal(glob: &str) -> bool {
    !glob.contains(['*', '?', '[', '\\'])
}

/// The plain text in front of the first glob character.
#[must_use]
pub fn literal_prefix(glob: &str) -> &str {
    glob.find(['*', '?', '[', '\\']).map_or(glob, |end| glob.get(..end).unwrap_or_default())
}

/// The plain text behind the last glob character; empty where an escape or a class makes that unclear.
#[must_use]
pub fn literal_suffix(glob: &str) -> &str {
    if glob.contains('\\') {
        return "";
    }
    glob.rfind(['*', '?', ']']).map_or(glob, |end| glob.get(end + 1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_whole_words() {
        let rows: &[(&str, &str, bool)] = &[
            ("", "", true),
            ("", "a", false),
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("*", "a/b/c", true),
            ("ns/*", "ns/x", true),
            ("ns/*", "ns", false),
            ("*prod*", "my-prod-1", true),
            ("*prod*", "my-pro", false),
            ("a*b*c", "aXXbYYc", true),
            ("a*b*c", "aXXbYY", false),
            ("a*ab", "aaab", true),
            ("?", "é", true),
            ("?", "", false),
            ("[ab]x", "bx", true),
            ("[ab]x", "cx", false),
            ("[!ab]x", "cx", true),
            ("[^ab]x", "ax", false),
            ("[a-f]", "e", true),
            ("[a-f]", "g", false),
            ("[a-]", "-", true),
            ("[]]", "]", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("of=/dev/*", "of=/dev/sda", true),
            ("/*", "/", true),
        ];
        for (glob, text, expected) in rows {
            assert_eq!(matches(glob, text), *expected, "{glob} on {text}");
        }
    }

    #[test]
    fn a_hostile_glob_takes_no_exponential_time() {
        let glob = "*a".repeat(60);
        assert!(!matches(&glob, &("a".repeat(5_000) + "b")));
    }

    #[test]
    fn braces_are_spelled_out() {
        assert_eq!(expand("a{b,c{d,e}}f").unwrap(), ["abf", "acdf", "acef"]);
        assert_eq!(expand("{ns,ns/*}").unwrap(), ["ns", "ns/*"]);
        assert_eq!(expand("{}").unwrap(), ["{}"]);
        assert_eq!(expand("x{}").unwrap(), ["x{}"]);
        assert!(expand("{a,b").unwrap_err().contains("not closed"));
        assert!(expand("[ab").unwrap_err().contains("not closed"));
        assert!(expand("a\\").unwrap_err().contains("backslash"));
        assert!(expand(&"{a,b}".repeat(12)).unwrap_err().contains("alternatives"));
    }
}
