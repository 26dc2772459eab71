//! The words of a decision: how strict, how grave, for whom. All are ordered, weakest first.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What becomes of a command line; the strictest of all matching rules wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[must_use]
pub enum Decision {
    /// It runs.
    #[default]
    Allow,
    /// It runs and is recorded; an interactive shell prints one line.
    Warn,
    /// A human has to say yes first.
    Ask,
    /// It does not run.
    Deny,
}

impl Decision {
    /// Every decision, weakest first.
    pub const ALL: &'static [Self] = &[Self::Allow, Self::Warn, Self::Ask, Self::Deny];

    /// The name in rules and verdicts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }

    /// Says whether the command does not run without more ado.
    #[must_use]
    pub const fn stops(self) -> bool {
        matches!(self, Self::Ask | Self::Deny)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How bad it would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A nuisance.
    #[default]
    Low,
    /// Some work is lost.
    Medium,
    /// Much is lost, or others notice.
    High,
    /// Cannot be made good.
    Critical,
}

impl Severity {
    /// Every severity, mildest first.
    pub const ALL: &'static [Self] = &[Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The name in rules and verdicts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who submits the command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActorKind {
    /// A proven human.
    Human,
    /// Anybody else.
    #[default]
    Agent,
}

impl ActorKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Human, Self::Agent];

    /// The name in rules and verdicts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Agent => "agent",
        }
    }
}

impl fmt::Display for ActorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
