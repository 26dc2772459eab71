//! What people read: verdicts, refusals, errors. One sanitiser for everything that is shown.

use std::fmt::Write as _;

use crate::policy::verdict::MatchOut;
use crate::policy::{Decision, Verdict};
pub(super) use crate::request::show::visible;
use crate::syntax::Span;

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
    around(command, span, 200)
}

/// The line of the command that a span begins in, cut around it to so many characters.
pub(super) fn around(command: &str, span: Span, most: usize) -> String {
    let start = command.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line = command.get(start..).unwrap_or(command).split('\n').next().unwrap_or("");
    let before = command.get(start..span.start).map_or(0, |text| text.chars().count());
    let skip = before.saturating_sub(most * 2 / 5);
    let cut: String = line.chars().skip(skip).take(most).collect();
    let more = line.chars().count() > skip + most;
    format!("{}{}{}", if skip > 0 { "…" } else { "" }, visible(&cut, false), if more { "…" } else { "" })
}

/// What a refused command's caller reads on standard error: what, which rule, why, what instead, and how to ask.
pub(super) fn refusal(verdict: &Verdict, how: &str) {
    eprint!("{}", refusal_text(verdict, how));
}

/// What [`refusal`] prints.
pub(super) fn refusal_text(verdict: &Verdict, how: &str) -> String {
    format!("{}hint: {}\n", stopped(verdict, "refused"), visible(how, false))
}

/// What was stopped, which rule, why, and what instead; `state` is what has become of it.
pub(super) fn stopped(verdict: &Verdict, state: &str) -> String {
    let mut text = String::new();
    let found = verdict.matches.iter().find(|found| found.decision == verdict.decision);
    match found {
        Some(found) => {
            let _ = writeln!(text, "wardsh: {state}: {}", line_of(&verdict.command, found.span));
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
                "wardsh: {state}: {}",
                excerpt(&verdict.command, Span::new(0, verdict.command.len()), 200)
            );
            let why = if verdict.unresolved.is_empty() {
                "no rule allows it, and the policy's profile asks about what no rule knows"
            } else {
                "it cannot be read as the shell reads it, so nobody can tell what it would do"
            };
            let _ = writeln!(text, "why: {why}.");
        }
    }
    text
}

fn overlaps(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end
}
