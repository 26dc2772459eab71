//! Says whether a text is complete, and how many commands a shell runs one after the other when it reads it.
//!
//! For an interactive front end: judged is what is complete, and each of its commands is let through once. Both answers
//! may be wrong on the careful side only: a command too few is asked about again, one too many lets a later one through.

use std::io::Cursor;

use super::parse::{self, Base, Depth};
use super::skim;

/// What a shell would make of a text so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// It waits for more.
    Incomplete,
    /// It runs this many commands, each of which it reads to its line's end.
    Complete(usize),
    /// The grammar rejects it.
    Rejected,
}

/// Looks at a text as typed, without the newline at its end.
#[must_use]
pub fn shape(text: &str) -> Shape {
    let ended = format!("{text}\n");
    let trailing = text.bytes().rev().take_while(|&byte| byte == b'\\').count();
    let outline = skim::outline(&ended);
    if trailing % 2 == 1 && !ends_in_comment(text) || !outline.unended.is_empty() {
        return Shape::Incomplete;
    }
    let mut cuts = outline.cuts;
    if cuts.last() != Some(&ended.len()) {
        cuts.push(ended.len());
    }
    let depth = Depth::top(false);
    let (mut start, mut count, mut open) = (0, 0, 0);
    for &cut in &cuts {
        let part = ended.get(start..cut).unwrap_or("");
        if is_blank(part) {
            start = cut;
            continue;
        }
        match parse::script(part, Base::At(0), depth) {
            Ok(script) => {
                count += usize::from(!script.chains.is_empty());
                (start, open) = (cut, 0);
            }
            // A part of a command; what does not end soon never does.
            Err(_) if open < MAX_OPEN => open += 1,
            Err(_) => return Shape::Rejected,
        }
    }
    if start < ended.len() && !is_blank(ended.get(start..).unwrap_or("")) {
        let rest = ended.get(start..).unwrap_or("");
        return if waits(rest) { Shape::Incomplete } else { Shape::Rejected };
    }
    Shape::Complete(count)
}

/// Lines that one command is tried to be put together from where the walk takes them for several.
const MAX_OPEN: usize = 64;

/// Nothing but blank lines and comments.
fn is_blank(part: &str) -> bool {
    part.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
}

fn ends_in_comment(text: &str) -> bool {
    text.rsplit('\n').next().is_some_and(|line| line.trim_start().starts_with('#'))
}

/// The grammar wants more where the text ends.
fn waits(text: &str) -> bool {
    if text.len() > parse::MAX_PART || parse::wants_large_stack(text) || skim::outline(text).parens > 12 {
        return false;
    }
    let options = brush_parser::ParserOptions::default();
    match brush_parser::Parser::new(Cursor::new(text), &options).parse_program() {
        Err(brush_parser::ParseError::ParsingAtEndOfInput) => true,
        Err(brush_parser::ParseError::Tokenizing { inner, .. }) => inner.is_incomplete(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_as_they_are_typed() {
        use Shape::{Complete, Incomplete, Rejected};
        let table = [
            ("ls", Complete(1)),
            ("a; b & c", Complete(1)),
            ("a & b", Complete(1)),
            ("ls\npwd", Complete(2)),
            ("ls\n\n# x\npwd\n", Complete(2)),
            ("# only a comment", Complete(0)),
            ("# a comment \\", Complete(0)),
            ("", Complete(0)),
            ("for i in 1 2", Incomplete),
            ("for i in 1 2\ndo echo $i", Incomplete),
            ("for i in 1 2\ndo echo $i\ndone", Complete(1)),
            ("ls\nfor i in 1", Incomplete),
            ("cat <<E", Incomplete),
            ("cat <<E\nx", Incomplete),
            ("cat <<E\nx\nE", Complete(1)),
            ("cat <<E\nx\nE\nls", Complete(2)),
            ("echo 'a", Incomplete),
            ("echo \"a", Incomplete),
            ("echo \"a\nb\"", Complete(1)),
            ("echo \\", Incomplete),
            ("echo \\\nx", Complete(1)),
            ("echo \\\\", Complete(1)),
            ("a &&", Incomplete),
            ("a &&\nb", Complete(1)),
            ("a |", Incomplete),
            ("{ ls", Incomplete),
            ("(ls", Incomplete),
            ("f() {", Incomplete),
            ("f() {\nls\n}", Complete(1)),
            ("if true; then ls; fi", Complete(1)),
            ("if true", Incomplete),
            ("case x in", Incomplete),
            ("echo $(ls", Incomplete),
            ("ls )", Rejected),
            ("fi", Rejected),
        ];
        for (text, want) in table {
            assert_eq!(shape(text), want, "{text:?}");
        }
    }
}
