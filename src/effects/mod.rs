//! Commands → what they would do: one file per program family.
//!
//! Reads [`Invocation`]s and yields [`Effect`]s. Does not decide anything (that is `policy`), and looks at
//! the machine only through [`World`].
#![forbid(unsafe_code)]

pub mod agents;
mod effect;
pub mod net;
pub mod opaque;
mod options;
pub mod persist;
pub mod secrets;
pub mod tamper;
#[cfg(test)]
mod testline;
mod touch;

pub use effect::{Certainty, Effect, EffectKind, Scope, Trait};

use crate::syntax::{Analysis, Invocation, Span, World};

/// What a family needs beside the invocation itself.
pub struct Cx<'a> {
    /// Look-ups.
    pub world: &'a dyn World,
    /// The whole line, for data flow.
    pub line: &'a Analysis,
    /// Index of the invocation in `line.invocations`.
    pub index: usize,
    /// Places that policy protects beside the built-in ones; absolute paths.
    pub protect: &'a [String],
}

impl Cx<'_> {
    /// Starts an effect of this invocation: certain, no traits but those of the invocation itself.
    #[must_use]
    pub fn effect(&self, kind: EffectKind, target: impl Into<String>, scope: Scope, span: Span) -> Effect {
        let inv: &Invocation = &self.line.invocations[self.index];
        let scope = match (&inv.remote, scope) {
            (Some(name), scope) if !matches!(scope, Scope::Remote(_)) => Scope::Remote(name.clone()),
            (_, scope) => scope,
        };
        let effect = Effect {
            kind,
            target: target.into(),
            scope,
            certainty: Certainty::Certain,
            traits: Vec::new(),
            via: inv.via.clone(),
            span,
            invocation: self.index,
        };
        if inv.elevated { effect.with([Trait::Elevated]) } else { effect }
    }
}
