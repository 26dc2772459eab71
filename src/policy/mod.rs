//! Rules and policy: what is known of a line → what becomes of it.
//!
//! Owns the form of rule packs and policy files, matching, layers, and the verdict. Reads no file and no clock:
//! texts, trust and context come in as arguments.
#![forbid(unsafe_code)]

pub mod builtin;
pub mod bundle;
pub mod condition;
pub mod context;
pub mod decision;
pub mod examples;
pub mod except;
pub mod file;
pub mod glob;
pub mod judge;
pub mod layers;
pub mod load;
pub mod located;
pub mod matching;
pub mod pattern;
pub mod rule;
pub mod ruleset;
pub mod schema;
#[cfg(test)]
mod testing;
pub mod verdict;

pub use context::{Actor, Context, Name};
pub use decision::{ActorKind, Decision, Severity};
pub use judge::judge;
pub use layers::Policy;
pub use ruleset::RuleSet;
pub use verdict::Verdict;
