//! How a question reads: what a person must see before they answer, and nothing that could deceive them.
//!
//! Owns the one sanitiser for everything that is shown.

use std::fmt::Write as _;

use super::question::{Request, Shown};
use crate::syntax::Span;

/// Lines that a question has at most.
pub const MAX_LINES: usize = 20;
/// Characters of a line that are shown.
const MAX_WIDTH: usize = 110;

/// Makes control, bidirectional and zero-width characters visible; keeps newlines where `multiline`.
#[must_use]
pub fn visible(text: &str, multiline: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '\n' if multiline => out.push(ch),
            '\n' => out.push('␤'),
            '\t' => out.push(' '),
            ch if ch.is_control() => {
                let code = u32::from(ch);
                match char::from_u32(0x2400 + code).filter(|_| code < 0x20) {
                    Some(picture) => out.push(picture),
                    None => {
                        let _ = write!(out, "<{code:02x}>");
                    }
                }
            }
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{ad}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{f0000}'..='\u{10ffff}' => {
                let _ = write!(out, "<{:04x}>", u32::from(ch));
            }
            ch => out.push(ch),
        }
    }
    out
}

/// The question in at most [`MAX_LINES`] lines, ending with a newline: the offending words first, then what it would do
/// to what, which rule, why, what instead, and how much is left out.
#[must_use]
pub fn question(shown: &Shown) -> String {
    let mut out: Vec<String> = Vec::new();
    let first = shown.matches.first();
    offending(&shown.command, first.map(|found| found.span), shown.left_out, &mut out);
    if let Some(found) = first {
        for effect in shown.effects.iter().take(4) {
            out.push(format!("  would    {} {} ({})", effect.kind.as_str(), short(&effect.target), effect.scope));
        }
        let more = shown.effects.len().saturating_sub(4) + shown.more_effects;
        if more > 0 {
            out.push(format!("  … and {more} more effects"));
        }
        out.push(format!("  rule     {} ({})", found.rule, found.severity));
        out.push(format!("  why      {}", short(&found.because)));
        if !found.instead.is_empty() {
            out.push(format!("  instead  {}", short(&found.instead)));
        }
        for other in shown.matches.iter().skip(1).take(2) {
            out.push(format!("  also     {} ({}): {}", other.rule, other.severity, short(&other.because)));
        }
        if shown.matches.len() > 3 {
            out.push(format!("  … and {} more rules", shown.matches.len() - 3));
        }
    } else {
        let why = if shown.unresolved > 0 {
            "it cannot be read as the shell reads it, so nobody can tell what it would do"
        } else {
            "no rule allows it, and the policy's profile asks about what no rule knows"
        };
        out.push(format!("  why      {why}"));
    }
    if shown.unresolved > 0 {
        let parts = if shown.unresolved == 1 { "part" } else { "parts" };
        out.push(format!("  unknown  {} {parts} of the line could not be resolved", shown.unresolved));
    }
    let who = if shown.actor.name.is_empty() {
        shown.actor.kind.as_str().to_owned()
    } else {
        format!("{} ({})", shown.actor.kind, short(&shown.actor.name))
    };
    out.push(format!("  asked by {who} in {}", short(&shown.cwd)));
    if out.len() > MAX_LINES {
        out.truncate(MAX_LINES - 1);
        out.push("  … more with `wardsh approvals show`".to_owned());
    }
    out.join("\n") + "\n"
}

/// What both sides show of a request, so that a person can compare them.
#[must_use]
pub fn identity(request: &Request) -> String {
    format!("request {}  digest {}", request.id, short_digest(&request.digest))
}

/// The start of a digest: 64 bits in groups.
#[must_use]
pub fn short_digest(digest: &str) -> String {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    let groups: Vec<&str> = (0..4).filter_map(|at| hex.get(at * 4..at * 4 + 4)).collect();
    groups.join("-")
}

/// A line of somebody else's text, cut.
fn short(text: &str) -> String {
    let text = visible(text, false);
    if text.chars().count() <= MAX_WIDTH { text } else { text.chars().take(MAX_WIDTH).collect::<String>() + "…" }
}

/// The line that the span begins in with the span underlined, and how much there is beside it.
fn offending(command: &str, span: Option<Span>, left_out: usize, out: &mut Vec<String>) {
    let boundary = |mut at: usize| {
        at = at.min(command.len());
        while !command.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let span = span.unwrap_or(Span::new(0, 0));
    let (from, to) = (boundary(span.start), boundary(span.end));
    let start = command.get(..from).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let end = command.get(from..).and_then(|rest| rest.find('\n')).map_or(command.len(), |at| from + at);
    let window = start.max(boundary(from.saturating_sub(MAX_WIDTH / 3)));
    let cut = boundary(end.min(window + MAX_WIDTH));
    let text = |from: usize, to: usize| visible(command.get(from..to.max(from)).unwrap_or(""), false);
    let (before, after) = (if window > start { "…" } else { "" }, if cut < end { "…" } else { "" });
    out.push(format!("  | {before}{}{after}", text(window, cut)));
    let marked = text(from, to.min(cut)).chars().count();
    if marked > 0 {
        let indent = before.chars().count() + text(window, from).chars().count();
        out.push(format!("  | {}{}", " ".repeat(indent), "^".repeat(marked)));
    }
    let lines = command.split('\n').count() - 1;
    let hidden = (window - start) + (end - cut);
    let mut rest = Vec::new();
    if lines > 0 {
        rest.push(format!("{lines} other lines"));
    }
    if hidden > 0 {
        rest.push(format!("{hidden} bytes of this line"));
    }
    if left_out > 0 {
        rest.push(format!("{left_out} bytes more"));
    }
    if !rest.is_empty() {
        out.push(format!("  | … left out here: {}", rest.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::verdict::Verdict;
    use crate::policy::{Actor, Decision};

    fn shown(command: &str, at: &str) -> Shown {
        let mut verdict = Verdict::failed(command, "/w", &Actor::default());
        verdict.decision = Decision::Ask;
        let start = command.find(at).unwrap();
        verdict.matches[0].span = Span::new(start, start + at.len());
        Shown::of(&verdict)
    }

    #[test]
    fn the_offending_words_come_first_and_what_is_left_out_is_said() {
        let long = format!("{}\nrm -rf x\n{}", "echo a\n".repeat(40), "echo b\n".repeat(40));
        let text = question(&shown(&long, "rm -rf x"));
        assert!(text.starts_with("  | rm -rf x\n  | ^^^^^^^^\n  | … left out here: 82 other lines"), "{text}");
        let wide = format!("{} rm -rf x {}", "a".repeat(500), "b".repeat(500));
        let text = question(&shown(&wide, "rm -rf x"));
        assert!(text.lines().next().unwrap().contains("rm -rf x"), "{text}");
        assert!(text.contains("bytes of this line"), "{text}");
    }

    #[test]
    fn never_more_than_twenty_lines_and_nothing_invisible() {
        let hostile = "echo \u{1b}[2J\u{202e}\r; rm -rf x # \u{200b}";
        let mut many = shown(hostile, "rm -rf x");
        let one = many.matches[0].clone();
        many.matches = vec![one; 60];
        many.unresolved = 3;
        let text = question(&many);
        assert!(text.lines().count() <= MAX_LINES, "{text}");
        assert!(text.chars().all(|ch| ch == '\n' || !ch.is_control()), "{text:?}");
        assert!(!text.contains(['\u{202e}', '\u{200b}']), "{text:?}");
        for command in ["", "\n\n", "é"] {
            let _ = question(&shown(command, ""));
        }
    }

    #[test]
    fn digests_are_short() {
        assert_eq!(short_digest("sha256:0123456789abcdef0123"), "0123-4567-89ab-cdef");
        assert_eq!(short_digest(""), "");
    }
}
