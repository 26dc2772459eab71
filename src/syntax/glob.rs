//! Shell patterns on text: `*`, `?`, `[…]`; the one matcher of the project.

/// Says whether the whole text matches the pattern; `*` also matches `/`.
///
/// Time is at most pattern length times text length.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match one(&pattern, p, text[t]) {
            Some(next) => {
                p = next;
                t += 1;
            }
            None if pattern.get(p) == Some(&'*') => {
                star = Some((p + 1, t));
                p += 1;
            }
            None => match star {
                Some((after, from)) => {
                    p = after;
                    t = from + 1;
                    star = Some((after, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or(&[]).iter().all(|&ch| ch == '*')
}

/// Where the pattern goes on if its element at `p` takes the character.
fn one(pattern: &[char], p: usize, ch: char) -> Option<usize> {
    match pattern.get(p)? {
        '*' => None,
        '?' => Some(p + 1),
        '\\' => (*pattern.get(p + 1)? == ch).then_some(p + 2),
        '[' => match class(pattern, p, ch) {
            Some((true, next)) => Some(next),
            Some((false, _)) => None,
            None => (ch == '[').then_some(p + 1),
        },
        &other => (other == ch).then_some(p + 1),
    }
}

/// Reads the class at `p`: whether it takes the character, and what stands behind it. `None` where it is not closed.
fn class(pattern: &[char], p: usize, ch: char) -> Option<(bool, usize)> {
    let mut at = p + 1;
    let negated = matches!(pattern.get(at), Some('!' | '^'));
    at += usize::from(negated);
    let first = at;
    let mut hit = false;
    loop {
        let current = *pattern.get(at)?;
        if current == ']' && at > first {
            return Some((hit != negated, at + 1));
        }
        if current == '[' && pattern.get(at + 1) == Some(&':') {
            let close =
                (at + 2..pattern.len().saturating_sub(1)).find(|&i| pattern[i] == ':' && pattern[i + 1] == ']')?;
            let name: String = pattern[at + 2..close].iter().collect();
            hit |= named_class(&name, ch);
            at = close + 2;
            continue;
        }
        match (pattern.get(at + 1), pattern.get(at + 2)) {
            (Some('-'), Some(&last)) if last != ']' => {
                hit |= (current..=last).contains(&ch);
                at += 3;
            }
            _ => {
                hit |= current == ch;
                at += 1;
            }
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
        ];
        for (pattern, text, want) in table {
            assert_eq!(matches(pattern, text), want, "{pattern} {text}");
        }
        assert!(!matches(&"*a".repeat(200), &"b".repeat(2_000)));
    }
}
