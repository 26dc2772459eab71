//! What was found in files: as JSON's shape, and as lines for a reader.

use std::collections::HashSet;

use serde::Serialize;

use super::{Command, Lines, Place};
use crate::effects::Certainty;
use crate::policy::verdict::MatchOut;
use crate::policy::{Decision, Severity, Verdict};
use crate::syntax::Span;

/// Rules that speak of the machine's own state. A machine that CI lends is new every time.
const ON_A_RUNNER: &[&str] = &[
    "accounts.*",
    "permissions.*",
    "persistence.*",
    "processes.*",
    "services.*",
    "packages.remove-*",
    "packages.upgrade-distribution",
    "packages.change-registry",
    "packages.trust-source",
    "packages.break-system",
    "files.add-to-system",
    "files.delete-caches",
    "files.delete-system",
    "files.overwrite-system",
];

/// What a person should leave to the pipeline, and this is the pipeline.
const IN_A_PIPELINE: &[&str] = &[
    "packages.publish-*",
    "packages.release-tool",
    "docker.push",
    "kubernetes.helm-push",
    "github.publish-release",
    "gitlab.publish-release",
    "cloud.deploy-production",
    "infra.deploy-stack",
];

/// What stands in an image is gone or changed for nobody else.
const IN_AN_IMAGE: &[&str] = &["files.*"];

/// All files of one check.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// The form's version.
    pub v: u32,
    /// Files that were read, in order.
    pub files: Vec<FileReport>,
    /// Files that could not be read.
    pub errors: Vec<Fault>,
}

/// One file.
#[derive(Debug, Serialize)]
pub struct FileReport {
    /// Its path as given.
    pub path: String,
    /// Its commands in order.
    pub commands: Vec<Judged>,
}

/// One command with its verdict; offsets of the verdict count in the command's own text.
#[derive(Debug, Serialize)]
pub struct Judged {
    /// Where it starts: the line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// Where it ends.
    pub end_line: usize,
    /// The column behind its last character.
    pub end_column: usize,
    /// What it is.
    pub kind: String,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Where each match of the verdict stands in the file, in the same order.
    pub places: Vec<Region>,
}

/// A stretch of a file, in lines and characters from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Region {
    /// The first line.
    pub line: usize,
    /// The first column.
    pub column: usize,
    /// The last line.
    pub end_line: usize,
    /// The column behind the last character.
    pub end_column: usize,
}

/// A file that could not be read.
#[derive(Debug, Serialize)]
pub struct Fault {
    /// Its path as given.
    pub path: String,
    /// The line, where one is to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// What is wrong.
    pub message: String,
}

impl Region {
    /// The lines and columns of a span.
    #[must_use]
    pub fn of(lines: &Lines<'_>, span: Span) -> Self {
        let (line, column) = lines.place(span.start);
        let (end_line, end_column) = lines.place(span.end);
        Self { line, column, end_line, end_column }
    }
}

impl Report {
    /// The strictest decision over all commands.
    pub fn decision(&self) -> Decision {
        let all = self.files.iter().flat_map(|file| &file.commands);
        all.map(|command| command.verdict.decision).max().unwrap_or_default()
    }
}

/// Puts a command and its verdict together.
///
/// What is said of the state of a machine that nobody keeps is left out; what only the file shows is put in.
#[must_use]
pub fn judged(lines: &Lines<'_>, command: &Command, mut verdict: Verdict) -> Judged {
    forget(command.place, &mut verdict);
    for finding in &command.findings {
        verdict.matches.push(MatchOut {
            rule: finding.rule.to_owned(),
            decision: Decision::Ask,
            severity: Severity::High,
            because: finding.because.clone(),
            instead: finding.instead.to_owned(),
            span: within(command, finding.span),
            certainty: Certainty::Certain,
            changed_by: None,
            exception: None,
        });
        raise(&mut verdict, Decision::Ask);
    }
    verdict.matches.sort_by_key(|found| std::cmp::Reverse(found.decision));
    let mut seen = HashSet::new();
    verdict.matches.retain(|found| seen.insert((found.rule.clone(), found.span)));
    let places = verdict.matches.iter().map(|found| Region::of(lines, command.text.origin(found.span))).collect();
    let Region { line, column, end_line, end_column } = Region::of(lines, command.span);
    Judged { line, column, end_line, end_column, kind: command.label.clone(), verdict, places }
}

/// The part of a command's text that comes from a place in the file.
fn within(command: &Command, place: Span) -> Span {
    let text = command.text.as_str();
    let inside = |at: usize| {
        let origin = command.text.origin(Span::new(at, at + 1));
        place.contains(origin) && origin.end > origin.start
    };
    let mut hits = text.char_indices().map(|(at, _)| at).filter(|&at| inside(at));
    let Some(first) = hits.next() else { return Span::new(0, text.len()) };
    let last = hits.next_back().unwrap_or(first);
    let width = text.get(last..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
    Span::new(first, last + width)
}

/// Leaves out what is said of the state of an image or a lent machine, and takes the strictest of the rest.
fn forget(place: Place, verdict: &mut Verdict) {
    let lists: &[&[&str]] = match place {
        Place::Here => return,
        Place::Runner => &[ON_A_RUNNER, IN_A_PIPELINE],
        Place::Image => &[ON_A_RUNNER, IN_AN_IMAGE],
    };
    let whole = |found: &MatchOut| {
        verdict.effects.iter().any(|effect| {
            found.span.contains(effect.span) && matches!(effect.target.trim_end_matches(['*', '.']), "/" | "//")
        })
    };
    let kept: Vec<bool> = verdict
        .matches
        .iter()
        .map(|found| !lists.iter().flat_map(|list| *list).any(|pattern| named(pattern, &found.rule)) || whole(found))
        .collect();
    if kept.iter().all(|kept| *kept) {
        return;
    }
    let mut kept = kept.into_iter();
    verdict.matches.retain(|_| kept.next().unwrap_or(true));
    let strictest = verdict.matches.iter().filter(|found| found.exception.is_none()).map(|found| found.decision).max();
    verdict.decision = Decision::default();
    let observed = verdict.observed.take();
    if observed.is_some() {
        verdict.observed = Some(Decision::default());
    }
    raise(verdict, strictest.unwrap_or_default());
}

/// Makes a verdict at least so strict; one that only observes goes no further than a warning.
fn raise(verdict: &mut Verdict, decision: Decision) {
    match &mut verdict.observed {
        Some(observed) => {
            *observed = decision.max(*observed);
            verdict.decision = verdict.decision.max(decision.min(Decision::Warn));
        }
        None => verdict.decision = verdict.decision.max(decision),
    }
}

fn named(pattern: &str, rule: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == rule, |front| rule.starts_with(front))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::RuleSet;

    #[test]
    fn every_pattern_names_a_rule() {
        let rules = RuleSet::builtin().unwrap();
        for pattern in [ON_A_RUNNER, IN_A_PIPELINE, IN_AN_IMAGE].into_iter().flatten() {
            assert!(rules.iter().any(|rule| named(pattern, &rule.id)), "{pattern}");
        }
    }
}
