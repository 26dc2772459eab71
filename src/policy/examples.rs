//! Runs the examples that rules carry. The analyser comes in as a function, since this layer reads no shell.

use super::bundle::Bundle;
use super::judge::matching_rules;
use super::layers::LayerKind;
use super::located::Place;
use super::rule::{Example, Examples, ProgramSpec, Rule};
use super::ruleset::{RuleLayer, RuleSet};
use crate::effects::Effect;
use crate::syntax::Analysis;

/// What turns a line into what is known of it.
pub type Analyse<'a> = dyn Fn(&str) -> (Analysis, Vec<Effect>) + 'a;

/// An example that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The rule.
    pub rule: String,
    /// The file it stands in.
    pub file: String,
    /// Where the example stands.
    pub place: Place,
    /// The example.
    pub line: String,
    /// It should have matched and did not; else it matched and should not have.
    pub missed: bool,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = if self.missed { "does not match" } else { "matches" };
        let Self { file, place, rule, line, .. } = self;
        write!(
            f,
            "{file}:{}:{}: `{rule}` {what} its `{}` example",
            place.line,
            place.column,
            if self.missed { "match" } else { "pass" }
        )?;
        write!(f, "\n  {line}")
    }
}

/// Runs examples against the rules that they belong to; failures are in the order of the examples.
#[must_use]
pub fn run(rules: &RuleSet, examples: &[Examples], analyse: &Analyse<'_>) -> Vec<Failure> {
    let mut failures = Vec::new();
    for of in examples {
        for (example, wanted) in both(of) {
            let (line, effects) = analyse(&example.line);
            let found = matching_rules(rules, &line, &effects).iter().any(|rule| rule.id == of.rule);
            if found != wanted {
                failures.push(failure(of, example, wanted));
            }
        }
    }
    failures
}

/// Runs one rule's examples against that rule alone, with the descriptions of programs that it needs.
///
/// # Errors
/// The rule cannot be stored.
pub fn run_alone(
    rule: &Rule,
    programs: &[ProgramSpec],
    of: &Examples,
    analyse: &Analyse<'_>,
) -> Result<Vec<Failure>, String> {
    let bundle = Bundle::build(std::slice::from_ref(rule), programs)?;
    let rules = RuleSet::new(vec![RuleLayer { kind: LayerKind::BuiltIn, trusted: true, bundle }]);
    Ok(run(&rules, std::slice::from_ref(of), analyse))
}

fn both(of: &Examples) -> impl Iterator<Item = (&Example, bool)> {
    of.hits.iter().map(|example| (example, true)).chain(of.pass.iter().map(|example| (example, false)))
}

fn failure(of: &Examples, example: &Example, missed: bool) -> Failure {
    Failure { rule: of.rule.clone(), file: of.file.clone(), place: example.place, line: example.line.clone(), missed }
}
