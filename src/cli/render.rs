//! What people read: verdicts, refusals, errors. One sanitiser for everything that is shown.

use std::fmt::Write as _;

use crate::policy::verdict::MatchOut;
use crate::policy::{Decision, Verdict};
use crate::syntax::Span;

/// Makes control, bidirectional and zero-width characters visible; keeps newlines where `multiline`.
pub(super) fn visible(text: &str, multiline: bool) -> String {
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

/// An error as users see it.
pub(super) fn error(error: &anyhow::Error) {
    eprintln!("wardsh: {}", visible(&format!("{error:#}"), true));
}

/// The verdict in a few lines on standard output.
pub(super) fn brief(verdict: &Verdict) {
    println!("{}", verdict.decision);
    for found in verdict.matches.iter().filter(|found| found.decision > Decision::Allow) {
        println!("{}", brief_match(verdict, found));
    }
}

fn brief_match(verdict: &Verdict, found: &MatchOut) -> String {
    format!(
        "{} {} ({}): {}\n  in: {}{}",
        found.decision,
        found.rule,
        found.severity,
        visible(&found.because, false),
        excerpt(&verdict.command, found.span, 120),
        if found.instead.is_empty() {
            String::new()
        } else {
            format!("\n  instead: {}", visible(&found.instead, false))
        }
    )
}

/// The text of a span, cut to a number of characters.
pub(super) fn excerpt(command: &str, span: Span, most: usize) -> String {
    let text = visible(command.get(span.start..span.end).unwrap_or(command), false);
    if text.chars().count() <= most {
        return text;
    }
    let head: String = text.chars().take(most).collect();
    format!("{head}…")
}

/// The line of the command that a span begins in, cut around it to 200 characters.
fn line_of(command: &str, span: Span) -> String {
    let start = command.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line = command.get(start..).unwrap_or(command).split('\n').next().unwrap_or("");
    let before = command.get(start..span.start).map_or(0, |text| text.chars().count());
    let skip = before.saturating_sub(80);
    let cut: String = line.chars().skip(skip).take(200).collect();
    let more = line.chars().count() > skip + 200;
    format!("{}{}{}", if skip > 0 { "…" } else { "" }, visible(&cut, false), if more { "…" } else { "" })
}

/// What a refused command's caller reads on standard error: what, which rule, why, what instead, and how to ask.
pub(super) fn refusal(verdict: &Verdict, how: &str) {
    eprint!("{}", refusal_text(verdict, how));
}

/// What [`refusal`] prints.
pub(super) fn refusal_text(verdict: &Verdict, how: &str) -> String {
    let mut text = String::new();
    let stopped = verdict.matches.iter().find(|found| found.decision == verdict.decision);
    match stopped {
        Some(found) => {
            let _ = writeln!(text, "wardsh: refused: {}", line_of(&verdict.command, found.span));
            let _ = writeln!(text, "rule: {} ({}, {})", found.rule, found.severity, found.decision);
            let _ = writeln!(text, "why: {}", visible(&found.because, false));
            for effect in verdict.effects.iter().filter(|effect| overlaps(effect.span, found.span)).take(4) {
                let _ = writeln!(
                    text,
                    "it would: {} {} ({})",
                    effect.kind.as_str(),
                    visible(&effect.target, false),
                    effect.scope
                );
            }
            if !found.instead.is_empty() {
                let _ = writeln!(text, "hint: {}", visible(&found.instead, false));
            }
        }
        None => {
            let _ = writeln!(
                text,
                "wardsh: refused: {}",
                excerpt(&verdict.command, Span::new(0, verdict.command.len()), 200)
            );
            let _ = writeln!(text, "why: no rule allows it, and the policy's profile asks about what no rule knows.");
        }
    }
    let _ = writeln!(text, "hint: {how}");
    text
}

fn overlaps(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end
}
