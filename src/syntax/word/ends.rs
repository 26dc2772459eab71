//! Where quotes, brackets and patterns end inside of a word.

use crate::syntax::skim;

/// Where the `"` stands that ends a double-quoted text starting at `start`.
pub(crate) fn double_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return Some(at),
            b'\\' => at += 2,
            b'`' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'`' {
                    at += 1 + usize::from(bytes[at] == b'\\');
                }
                at += 1;
            }
            b'$' if text.get(at..at + 3) == Some("$((") && skim::arith_end(text, at + 3).is_some() => {
                at = skim::arith_end(text, at + 3)? + 2;
            }
            b'$' if bytes.get(at + 1) == Some(&b'(') => at = skim::command_end(text, at + 2)? + 1,
            b'$' if bytes.get(at + 1) == Some(&b'{') => at = skim::brace_end(text, at + 2, true)? + 1,
            _ => at += 1,
        }
    }
    None
}

/// What hides the brackets that stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hiding {
    /// Escapes, quotes and everything that is expanded.
    Quotes,
    /// Escapes and command substitutions.
    Commands,
}

/// The last byte of what begins at `at` and is to be gone over as a whole; where nothing does, that is its own.
fn piece_end(text: &str, at: usize, hiding: Hiding) -> Option<usize> {
    let quotes = hiding == Hiding::Quotes;
    match (text.as_bytes().get(at)?, text.as_bytes().get(at + 1)) {
        (b'\\', _) => Some(at + 1),
        (b'\'', _) if quotes => Some(at + 1 + text.get(at + 1..)?.find('\'')?),
        (b'"', _) if quotes => double_end(text, at + 1),
        (b'$', Some(b'(')) => skim::command_end(text, at + 2),
        (b'$', Some(b'{')) if quotes => skim::brace_end(text, at + 2, false),
        _ => Some(at),
    }
}

/// Where the bracket stands that closes the one at `start`.
fn closing(text: &str, start: usize, (open, close): (u8, u8), hiding: Hiding) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, start);
    while let Some(&byte) = text.as_bytes().get(at) {
        if byte == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(at);
            }
        }
        depth += usize::from(byte == open);
        at = piece_end(text, at, hiding)? + 1;
    }
    None
}

/// Where the `)` stands that belongs to the `(` at `start`; quotes count.
pub(super) fn group_end(text: &str, start: usize) -> Option<usize> {
    closing(text, start, (b'(', b')'), Hiding::Quotes)
}

/// Where the `]` stands that belongs to the `[` at `start`.
pub(crate) fn subscript_end(text: &str, start: usize) -> Option<usize> {
    closing(text, start, (b'[', b']'), Hiding::Commands)
}

/// Where the unescaped, unquoted `/` stands that ends the pattern of `${x/p/r}`.
pub(crate) fn replace_split(text: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(&byte) = text.as_bytes().get(at) {
        if byte == b'/' {
            return Some(at);
        }
        at = piece_end(text, at, Hiding::Quotes)? + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_found() {
        let groups =
            [("(a)", Some(2)), ("(a(b)c)d", Some(6)), ("('(' \"(\" \\( $(x) ${y:-)})", Some(24)), ("(a", None)];
        for (text, end) in groups {
            assert_eq!(group_end(text, 0), end, "{text}");
        }
        for (text, end) in
            [("[a]", Some(2)), ("[a[b]]", Some(5)), ("['[']", None), ("[$(x ])]", Some(7)), ("[\\]]", Some(3))]
        {
            assert_eq!(subscript_end(text, 0), end, "{text}");
        }
        for (text, end) in [("a/b", Some(1)), ("'/'\"/\"\\/$(/)${x%/}/b", Some(18)), ("ab", None), ("'/", None)] {
            assert_eq!(replace_split(text), end, "{text}");
        }
    }
}
