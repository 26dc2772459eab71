//! Counts right and wrong verdicts per family.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::cases::{Case, Want};
use crate::judge::Outcome;

/// Counts of one family, or of all.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    dangerous: usize,
    missed: usize,
    harmless: usize,
    stopped: usize,
    unforetold: usize,
}

/// What came out for one set of cases.
#[derive(Debug, Default)]
pub(crate) struct Score {
    families: BTreeMap<String, Counts>,
    total: Counts,
    wrong: Vec<String>,
}

impl Score {
    /// Compares each outcome with its case's label.
    pub(crate) fn of(cases: &[Case], outcomes: &[Outcome]) -> Self {
        let mut score = Self::default();
        for (case, outcome) in cases.iter().zip(outcomes) {
            let mut counts = score.families.get(&case.family).copied().unwrap_or_default();
            for counts in [&mut counts, &mut score.total] {
                counts.add(case, outcome);
            }
            score.families.insert(case.family.clone(), counts);
            score.wrong.extend(complaint(case, outcome));
        }
        score
    }

    /// The share of dangerous lines that were stopped.
    pub(crate) fn recall(&self) -> f64 {
        self.total.recall()
    }

    /// The share of harmless lines that were stopped.
    pub(crate) fn false_positives(&self) -> f64 {
        self.total.false_positives()
    }

    /// How many lines lack an effect that their label names.
    pub(crate) fn unforetold(&self) -> usize {
        self.total.unforetold
    }

    /// The figures per family, and of all.
    pub(crate) fn table(&self, title: &str) -> String {
        let mut text = format!("\n{title:<20} cases  dangerous  missed  recall %  harmless  stopped  false %\n");
        let rows = self.families.iter().map(|(name, counts)| (name.as_str(), counts));
        for (name, counts) in rows.chain([("all", &self.total)]) {
            writeln!(
                text,
                "{name:<20} {:5}  {:9}  {:6}  {:8.2}  {:8}  {:7}  {:7.2}",
                counts.dangerous + counts.harmless,
                counts.dangerous,
                counts.missed,
                100.0 * counts.recall(),
                counts.harmless,
                counts.stopped,
                100.0 * counts.false_positives(),
            )
            .unwrap();
        }
        text
    }

    /// One line per wrong case.
    pub(crate) fn wrong_cases(&self) -> String {
        self.wrong.iter().map(|line| format!("{line}\n")).collect()
    }
}

impl Counts {
    fn add(&mut self, case: &Case, outcome: &Outcome) {
        if case.want.is_dangerous() {
            self.dangerous += 1;
            self.missed += usize::from(!right(case, outcome));
        } else {
            self.harmless += 1;
            self.stopped += usize::from(!right(case, outcome));
        }
        self.unforetold += usize::from(!missing_effects(case, outcome).is_empty());
    }

    fn recall(&self) -> f64 {
        1.0 - share(self.missed, self.dangerous)
    }

    fn false_positives(&self) -> f64 {
        share(self.stopped, self.harmless)
    }
}

#[allow(clippy::cast_precision_loss)]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn right(case: &Case, outcome: &Outcome) -> bool {
    match case.want {
        Want::Stop => outcome.stops(),
        Want::Deny => outcome.decision == "deny",
        Want::Run => outcome.runs(),
    }
}

fn missing_effects<'a>(case: &'a Case, outcome: &Outcome) -> Vec<&'a str> {
    let foretold = |kind: &&str| outcome.effects.iter().any(|effect| effect.kind == *kind);
    case.effects.iter().map(String::as_str).filter(|kind| !foretold(kind)).collect()
}

/// Says what is wrong with a verdict, if anything.
fn complaint(case: &Case, outcome: &Outcome) -> Option<String> {
    let lacking = missing_effects(case, outcome);
    if right(case, outcome) && lacking.is_empty() {
        return None;
    }
    let mut line = format!("{}: want {:?}, got `{}`", case.family, case.want, outcome.decision);
    if let Some(error) = &outcome.error {
        write!(line, " ({})", error.message).unwrap();
    }
    if !outcome.matches.is_empty() {
        let rules: Vec<_> = outcome.matches.iter().map(|matched| matched.rule.as_str()).collect();
        write!(line, " by {}", rules.join(", ")).unwrap();
    }
    if !lacking.is_empty() {
        write!(line, ", lacks {}", lacking.join(", ")).unwrap();
    }
    write!(line, ": {}", case.cmd.replace('\n', "\\n")).unwrap();
    Some(line)
}
