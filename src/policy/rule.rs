//! A rule as it is matched: checked, braces spelled out, ready to be stored. Owns no behaviour beyond small look-ups.

use serde::{Deserialize, Serialize};

use super::decision::{ActorKind, Decision, Severity};
use super::located::Place;
use super::pattern::Pattern;
use crate::effects::{Certainty, EffectKind, Trait};

/// A rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// `family.thing-done`, unique among all rules.
    pub id: String,
    /// What it catches.
    pub block: Block,
    /// What the command does, for rules about programs.
    pub effect: Option<EffectKind>,
    /// How bad.
    pub severity: Severity,
    /// What to do.
    pub decision: Decision,
    /// Why.
    pub because: String,
    /// What to do instead; may be empty.
    pub instead: String,
    /// Controls and groups that it belongs to.
    pub tags: Vec<String>,
    /// Only for this kind of actor.
    pub actor: Option<ActorKind>,
    /// A CEL condition.
    pub when: Option<String>,
    /// The file it stands in.
    pub file: String,
    /// Where in it.
    pub place: Place,
}

impl Rule {
    /// The first part of the id.
    #[must_use]
    pub fn family(&self) -> &str {
        self.id.split('.').next().unwrap_or_default()
    }

    /// Says whether the rule is about the guard itself: such rules are never loosened.
    #[must_use]
    pub fn guards_the_guard(&self) -> bool {
        self.family() == "guard" || self.effect == Some(EffectKind::GuardTamper)
    }

    /// Says whether a name in a policy means this rule: its id, one of its tags, or `family.*`.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        self.id == name
            || self.tags.iter().any(|tag| tag == name)
            || name.strip_suffix(".*").is_some_and(|family| family == self.family())
    }
}

/// Conditions that must all hold. An empty list is a key that was not given.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Block {
    /// Globs on the basename.
    pub program: Vec<String>,
    /// Alternatives, each a list of globs for the leading operands.
    pub subcommand: Vec<Vec<String>>,
    /// Conditions on the operands behind.
    pub args: Option<Args>,
    /// One of these is set.
    pub flags: Vec<Flag>,
    /// From each list one is set.
    pub all_flags: Vec<Vec<Flag>>,
    /// One of these variables is set.
    pub assigns: Vec<Assign>,
    /// A regular expression over the text.
    pub pattern: Option<Pattern>,
    /// Kinds of effects, as bits.
    pub effect: u64,
    /// Scopes, as bits.
    pub scope: u16,
    /// All of these traits.
    pub traits: Vec<Trait>,
    /// One of these traits.
    pub any_traits: Vec<Trait>,
    /// Globs on the target.
    pub target: Vec<String>,
    /// At least this sure.
    pub certainty: Option<Certainty>,
    /// Runs with another user's rights.
    pub elevated: Option<bool>,
    /// Runs elsewhere.
    pub remote: Option<bool>,
    /// Is run many times.
    pub repeated: Option<bool>,
    /// One of these must hold.
    pub any: Vec<Self>,
    /// None of these may hold.
    pub unless: Vec<Self>,
}

/// The bit of an effect kind in [`Block::effect`].
#[must_use]
pub const fn kind_bit(kind: EffectKind) -> u64 {
    1 << (kind as u64 & 63)
}

/// The names of scopes, in the order of their bits in [`Block::scope`].
pub const SCOPES: &[&str] = &[
    "root",
    "system",
    "home",
    "protected",
    "outside-workspace",
    "workspace",
    "temp",
    "regenerable",
    "remote",
    "unknown",
];

/// The bit of a scope's name in [`Block::scope`]; 0 where there is no such scope.
#[must_use]
pub fn scope_bit(name: &str) -> u16 {
    SCOPES.iter().position(|known| *known == name).map_or(0, |at| 1 << at)
}

/// Conditions on operands.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Args {
    /// One matches one of these.
    pub any: Vec<String>,
    /// Each of these (a list of alternatives) matches one.
    pub all: Vec<Vec<String>>,
    /// None matches any of these.
    pub none: Vec<String>,
    /// The first matches one of these.
    pub first: Vec<String>,
    /// The last matches one of these.
    pub last: Vec<String>,
    /// At least so many.
    pub min: Option<u32>,
    /// At most so many.
    pub max: Option<u32>,
}

/// An option to look for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// With its dashes; a glob.
    pub name: String,
    /// A glob for its value; without one any value does, and none.
    pub value: Option<String>,
}

/// A variable to look for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assign {
    /// A glob for its name.
    pub name: String,
    /// A glob for its value.
    pub value: Option<String>,
}

/// How a program reads its words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramSpec {
    /// The name that rules use.
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// Options that take the next word.
    pub values: Vec<ValueOption>,
    /// Long options that take no value.
    pub switches: Vec<String>,
    /// `-rf` means `-r -f`.
    pub bundle: bool,
    /// Long options may be cut short.
    pub abbrev: bool,
    /// Subcommands behind whose first operand options are no longer the program's.
    pub stops: Vec<Vec<String>>,
}

impl ProgramSpec {
    /// How a program reads its words when nobody said so.
    #[must_use]
    pub fn unknown() -> Self {
        Self { bundle: true, ..Self::default() }
    }
}

/// An option that takes the next word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueOption {
    /// Only behind these leading operands; empty for everywhere.
    pub under: Vec<String>,
    /// With its dashes.
    pub name: String,
}

/// What a rule must and must not match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examples {
    /// The rule.
    pub rule: String,
    /// The file it stands in.
    pub file: String,
    /// Lines that it catches.
    pub hits: Vec<Example>,
    /// Lines that it lets be.
    pub pass: Vec<Example>,
}

/// One example.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The command line.
    pub line: String,
    /// Where it stands.
    pub place: Place,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_bit() {
        assert!(EffectKind::ALL.len() <= 64);
        let all = EffectKind::ALL.iter().fold(0, |bits, kind| bits | kind_bit(*kind));
        assert_eq!(all.count_ones() as usize, EffectKind::ALL.len());
    }
}
