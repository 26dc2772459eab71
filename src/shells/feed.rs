//! A script that comes through a pipe, cut into the pieces that a shell takes one after the other.
//!
//! bash and zsh read a pipe byte by byte and run each complete command before they read on, so that a program may take
//! what follows as its data. dash reads a block. Which piece may go when, and who waits for it, is for `run`. An
//! alias that stands for half of a construct (`alias begin={`) is not known here: the shell waits for more then, and
//! the next piece is judged by itself.

use std::ops::Range;

use crate::syntax::ast::SyntaxError;
use crate::syntax::{self, Span, bytes};

/// What dash reads at a time.
pub const DASH_BLOCK: usize = 8192;

/// A part of a script, from the end of the one before to behind its newline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it stands.
    pub range: Range<usize>,
    /// What is known of it.
    pub kind: Kind,
}

/// What is known of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole commands.
    Complete,
    /// It looks whole, and our grammar rejects it: the real shell's `-n` knows whether it is an error or goes on.
    Doubtful,
    /// The text ends in the middle of it. At the end of input the shell takes it as it is.
    Open,
}

/// Cuts a script into pieces; the last one is [`Kind::Open`] where more must come, and there is none for no bytes.
///
/// Each line that ends a command ends a piece: blank lines and comments are pieces, too.
#[must_use]
pub fn pieces(script: &[u8]) -> Vec<Piece> {
    let decoded = bytes::decode(script);
    let text: &str = &decoded.text;
    let place = |start: usize, end: usize| {
        let span = decoded.original(Span::new(start, end));
        span.start..span.end
    };
    let mut out = Vec::new();
    let mut start = 0;
    for end in syntax::command_ends(text) {
        let Some(part) = text.get(start..end).filter(|part| !part.is_empty()) else { continue };
        let kind = match syntax::placeless(part) {
            Ok(_) => Kind::Complete,
            // `a |` goes on in the next line.
            Err(_) if goes_on(part) => continue,
            Err(_) if part.trim().is_empty() || part.trim_start().starts_with('#') && one_line(part) => Kind::Complete,
            Err(SyntaxError::Rejected | SyntaxError::Bound) => Kind::Doubtful,
        };
        out.push(Piece { range: place(start, end), kind });
        start = end;
    }
    if start < text.len() {
        out.push(Piece { range: place(start, text.len()), kind: Kind::Open });
    }
    out
}

/// Says whether a text ends in an operator that wants another command.
fn goes_on(part: &str) -> bool {
    let part = part.trim_end();
    ["|", "&&", "|&"].iter().any(|operator| part.ends_with(operator))
}

fn one_line(part: &str) -> bool {
    part.trim_end().lines().count() == 1
}

/// Says whether a command of one of these names may hide in a text of which a reader may have taken the front away: the
/// rest may begin at any byte.
#[must_use]
pub fn may_begin_with<'n>(text: &[u8], mut names: impl Iterator<Item = &'n str>) -> bool {
    names.any(|name| !name.is_empty() && text.windows(name.len()).any(|window| window == name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(script: &str) -> Vec<(&str, Kind)> {
        pieces(script.as_bytes()).into_iter().map(|piece| (&script[piece.range], piece.kind)).collect()
    }

    #[test]
    fn pieces_end_where_a_shell_runs_them() {
        use Kind::{Complete, Doubtful, Open};
        let table: &[(&str, &[(&str, Kind)])] = &[
            ("", &[]),
            ("a\nb\n", &[("a\n", Complete), ("b\n", Complete)]),
            ("a; b\nc", &[("a; b\n", Complete), ("c", Open)]),
            ("# x\n\na\n", &[("# x\n", Complete), ("\n", Complete), ("a\n", Complete)]),
            ("if a\nthen b\nfi\nc\n", &[("if a\nthen b\nfi\n", Complete), ("c\n", Complete)]),
            ("f() {\n a\n}\nf\n", &[("f() {\n a\n}\n", Complete), ("f\n", Complete)]),
            ("for x in a b\ndo\n e\ndone | cat\n", &[("for x in a b\ndo\n e\ndone | cat\n", Complete)]),
            ("case x in\na) b;;\nesac\n", &[("case x in\na) b;;\nesac\n", Complete)]),
            ("cat <<E\nrm\nE\nb\n", &[("cat <<E\nrm\nE\n", Complete), ("b\n", Complete)]),
            ("cat <<A <<-B\nx\nA\ny\n\tB\nb\n", &[("cat <<A <<-B\nx\nA\ny\n\tB\n", Complete), ("b\n", Complete)]),
            ("cat <<E\nrm\n", &[("cat <<E\nrm\n", Open)]),
            ("echo 'a\nb'\nc\n", &[("echo 'a\nb'\n", Complete), ("c\n", Complete)]),
            ("echo \"$(a\nb)\"\nc\n", &[("echo \"$(a\nb)\"\n", Complete), ("c\n", Complete)]),
            ("a \\\n b\nc\n", &[("a \\\n b\n", Complete), ("c\n", Complete)]),
            ("a |\nb\nc\n", &[("a |\nb\n", Complete), ("c\n", Complete)]),
            ("a &&\nb\nc\n", &[("a &&\nb\n", Complete), ("c\n", Complete)]),
            ("(a\nb)\n", &[("(a\nb)\n", Complete)]),
            ("x=(1\n2)\nc\n", &[("x=(1\n2)\n", Complete), ("c\n", Complete)]),
            ("echo )\nb\n", &[("echo )\n", Doubtful), ("b\n", Complete)]),
            ("if a; then\n", &[("if a; then\n", Open)]),
        ];
        for (script, want) in table {
            assert_eq!(cut(script), *want, "{script:?}");
        }
    }

    #[test]
    fn pieces_cover_every_byte_in_order() {
        for script in [&b"a\xff\nb\xfe c\n\xc3"[..], b"\n\n", b"cat <<\xff\nx\n\xff\n", b"'\n\xff"] {
            let mut at = 0;
            for piece in pieces(script) {
                assert_eq!(piece.range.start, at, "{script:?}");
                at = piece.range.end;
            }
            assert_eq!(at, script.len(), "{script:?}");
        }
    }

    #[test]
    fn what_a_reader_leaves_may_begin_with_any_command() {
        assert!(may_begin_with(b"xrm -rf ~\n", ["rm", "dd"].into_iter()));
        assert!(!may_begin_with(b"echo x\n", ["rm", "dd", ""].into_iter()));
    }
}
