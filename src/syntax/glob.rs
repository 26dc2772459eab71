//! Shell patterns on text: `*`, `?`, `[…]`; the one matcher of the project.

/// Says whether the whole text matches the pattern; `*` also matches `/`.
///
/// Time is at most pattern length times text length; no memory, no recursion.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    if !may_match(pattern, text) {
        return false;
    }
    let (mut pattern, mut text) = (pattern, text);
    // Behind the last star, and the text that it has not taken yet.
    let mut back: Option<(&str, &str)> = None;
    while let Some(ch) = text.chars().next() {
        if pattern.as_bytes().first() == Some(&b'*') {
            pattern = behind(pattern, '*');
            back = Some((pattern, text));
        } else if let Some(next) = one(pattern, ch) {
            (pattern, text) = (next, behind(text, ch));
        } else {
            let Some((star, from)) = back else { return false };
            text = from.chars().next().map_or("", |ch| behind(from, ch));
            pattern = star;
            back = Some((star, text));
        }
    }
    pattern.bytes().all(|byte| byte == b'*')
}

/// A quick look at both ends: false only where the pattern does not match.
#[must_use]
pub fn may_match(pattern: &str, text: &str) -> bool {
    let first = pattern.as_bytes().first();
    // A character that is not special stands for itself.
    let differs = first.is_some_and(|byte| !b"*?[\\".contains(byte)) && first != text.as_bytes().first();
    !differs && may_end(pattern, text)
}

/// A quick look at the ends alone: false only where the pattern does not match.
#[must_use]
pub fn may_end(pattern: &str, text: &str) -> bool {
    let last = pattern.as_bytes().last();
    !(last.is_some_and(|byte| !b"*?]\\".contains(byte)) && last != text.as_bytes().last())
}

/// What follows a character that a text starts with.
fn behind(text: &str, ch: char) -> &str {
    text.get(ch.len_utf8()..).unwrap_or_default()
}

/// Matches one character at the head of a pattern; answers where the pattern goes on.
fn one(pattern: &str, ch: char) -> Option<&str> {
    let head = pattern.chars().next()?;
    let rest = behind(pattern, head);
    match head {
        '?' => Some(rest),
        '[' => match class(rest, ch) {
            Some((hit, next)) => hit.then_some(next),
            None => (ch == '[').then_some(rest),
        },
        '\\' if !rest.is_empty() => rest.starts_with(ch).then(|| behind(rest, ch)),
        other => (other == ch).then_some(rest),
    }
}

/// Matches a bracket expression whose `[` is taken; `None` where it is not closed.
fn class(body: &str, ch: char) -> Option<(bool, &str)> {
    let (negated, mut rest) = match body.strip_prefix(['!', '^']) {
        Some(rest) => (true, rest),
        None => (false, body),
    };
    let (mut hit, mut first) = (false, true);
    loop {
        if let Some((name, after)) = rest.strip_prefix("[:").and_then(|inner| inner.split_once(":]")) {
            hit |= named_class(name, ch);
            (rest, first) = (after, false);
            continue;
        }
        let low = rest.chars().next()?;
        rest = behind(rest, low);
        if low == ']' && !first {
            return Some((hit != negated, rest));
        }
        first = false;
        let high = rest.strip_prefix('-').and_then(|tail| tail.chars().next()).filter(|high| *high != ']');
        if let Some(high) = high {
            hit |= low <= ch && ch <= high;
            rest = behind(behind(rest, '-'), high);
        } else {
            hit |= low == ch;
        }
    }
}

fn named_class(name: &str, ch: char) -> bool {
    match name {
        "alpha" => ch.is_alphabetic(),
        "digit" => ch.is_ascii_digit(),
        "alnum" => ch.is_alphanumeric(),
        "upper" => ch.is_uppercase(),
        "lower" => ch.is_lowercase(),
        "space" | "blank" => ch.is_whitespace(),
        "punct" => ch.is_ascii_punctuation(),
        "xdigit" => ch.is_ascii_hexdigit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn takes_what_a_shell_takes() {
        let table = [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("?at", "cat", true),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[[:digit:]]", "7", true),
            ("[", "[", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("*.tar.*", "x.tar.gz", true),
            ("a*b*c", "aXbYbZc", true),
            ("[]x]", "]", true),
            ("[a-]", "-", true),
            ("é*[à-ü]", "éxö", true),
        ];
        for (pattern, text, want) in table {
            assert_eq!(matches(pattern, text), want, "{pattern} {text}");
        }
        for (pattern, text, _) in table.iter().filter(|(.., want)| *want) {
            assert!(super::may_match(pattern, text), "{pattern} {text}");
        }
        assert!(!matches(&"*a".repeat(200), &"b".repeat(2_000)));
    }
}
