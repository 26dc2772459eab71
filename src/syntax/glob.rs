//! Shell patterns on text: `*`, `?`, `[…]`; the one matcher of the project.

/// Says whether the whole text matches the pattern; `*` also matches `/`.
///
/// Time is at most pattern length times text length; no memory is taken.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    // Behind the last star, and the text that it has not taken yet.
    let mut star: Option<(&str, &str)> = None;
    while let Some(ch) = text.chars().next() {
        if pattern.as_bytes().first() == Some(&b'*') {
            pattern = behind(pattern, '*');
            star = Some((pattern, text));
        } else if let Some(rest) = one(pattern, ch) {
            (pattern, text) = (rest, behind(text, ch));
        } else {
            let Some((after, from)) = star else { return false };
            text = from.chars().next().map_or("", |taken| behind(from, taken));
            pattern = after;
            star = Some((after, text));
        }
    }
    pattern.bytes().all(|byte| byte == b'*')
}

/// What follows a character that a text starts with.
fn behind(text: &str, ch: char) -> &str {
    text.get(ch.len_utf8()..).unwrap_or_default()
}

/// Where the pattern goes on if its first element, which is no star, takes the character.
fn one(pattern: &str, ch: char) -> Option<&str> {
    let head = pattern.chars().next()?;
    let rest = behind(pattern, head);
    match head {
        '?' => Some(rest),
        '\\' => rest.strip_prefix(ch),
        '[' => match class(rest, ch) {
            Some((true, next)) => Some(next),
            Some((false, _)) => None,
            None => (ch == '[').then_some(rest),
        },
        other => (other == ch).then_some(rest),
    }
}

/// Reads the class whose `[` is taken: whether it takes the character, and what stands behind it. `None` where it is
/// not closed.
fn class(body: &str, ch: char) -> Option<(bool, &str)> {
    let (negated, mut rest) = match body.strip_prefix(['!', '^']) {
        Some(rest) => (true, rest),
        None => (false, body),
    };
    let (mut hit, mut first) = (false, true);
    loop {
        if let Some(named) = rest.strip_prefix("[:") {
            let (name, tail) = named.split_once(":]")?;
            hit |= named_class(name, ch);
            rest = tail;
            first = false;
            continue;
        }
        let current = rest.chars().next()?;
        rest = behind(rest, current);
        if current == ']' && !first {
            return Some((hit != negated, rest));
        }
        first = false;
        match rest.strip_prefix('-').and_then(|tail| tail.chars().next()).filter(|last| *last != ']') {
            Some(last) => {
                hit |= (current..=last).contains(&ch);
                rest = behind(behind(rest, '-'), last);
            }
            None => hit |= current == ch,
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
            ("[]x]", "]", true),
            ("[a-]", "-", true),
            ("[[:alpha:]_]*", "_x", true),
            ("é*[à-ü]", "éxö", true),
            ("a\\", "a", false),
        ];
        for (pattern, text, want) in table {
            assert_eq!(matches(pattern, text), want, "{pattern} {text}");
        }
        assert!(!matches(&"*a".repeat(200), &"b".repeat(2_000)));
    }
}
