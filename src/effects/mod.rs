//! Commands → what they would do: one file per program family.
//!
//! Reads [`Invocation`]s and yields [`Effect`]s. Does not decide anything (that is `policy`), and looks at
//! the machine only through [`World`].
#![forbid(unsafe_code)]

use std::cell::OnceCell;
use std::collections::HashSet;

pub mod agents;
mod effect;
#[cfg(test)]
pub(crate) mod fake;
mod feeds;
mod files;
mod git;
mod home;
mod makes;
mod manifests;
pub mod names;
pub mod net;
pub mod nosql;
pub mod opaque;
mod options;
pub mod paths;
pub mod persist;
mod place;
mod process;
pub mod scope;
pub mod secrets;
pub mod sql;
pub mod tamper;
#[cfg(test)]
mod testline;
#[cfg(test)]
mod tests_files;
#[cfg(test)]
mod tests_git;
#[cfg(test)]
mod tests_world;
mod touch;

pub use effect::{Certainty, Effect, EffectKind, Scope, Trait};
use makes::Makes;

use self::touch::{Touched, Writes};
use crate::syntax::{Analysis, Invocation, Setting, Span, World, only_asks_help};

/// Reads an invocation's effects of one family.
type Family = fn(&Invocation, &Cx<'_>, &mut Vec<Effect>);

/// Every family; each adds what it finds.
const FAMILIES: &[Family] = &[
    files::effects,
    git::effects,
    process::effects,
    sql::effects,
    nosql::effects,
    net::effects,
    secrets::effects,
    persist::effects,
    tamper::effects,
    opaque::effects,
    agents::effects,
    manifests::effects,
];

/// Everything that a line would do, in source order, without doubles.
#[must_use]
pub fn effects(line: &Analysis, world: &dyn World, protect: &[String]) -> Vec<Effect> {
    let mut out: Vec<Effect> = Vec::new();
    let shared = Shared::default();
    for (index, inv) in line.starting() {
        if only_asks_help(inv) {
            continue;
        }
        let cx = Cx::new(world, line, index, protect, &shared);
        for family in FAMILIES {
            family(inv, &cx, &mut out);
        }
    }
    tamper::line_effects(line, world, &mut out);
    opaque::line_effects(line, world, &mut out);
    out.sort_by_key(|effect| (effect.span, effect.invocation));
    let mut fresh = first_of_equals(&out).into_iter();
    out.retain(|_| fresh.next().unwrap_or(true));
    out
}

/// Says of each effect whether none in front of it says the same; they are sorted by their words.
fn first_of_equals(effects: &[Effect]) -> Vec<bool> {
    let mut fresh = Vec::with_capacity(effects.len());
    for near in effects.chunk_by(|one, next| one.span == next.span) {
        if let [_] = near {
            fresh.push(true);
            continue;
        }
        let mut seen = HashSet::new();
        for effect in near {
            fresh.push(seen.insert((effect.kind, &effect.target, &effect.scope, &effect.traits)));
        }
    }
    fresh
}

/// Reads a line with everything that its programs' own languages start.
#[must_use]
pub fn analyse(line: &str, world: &dyn World, large_stack: bool) -> Analysis {
    crate::syntax::analyse_with(line, world, large_stack, &sql::shell_escapes)
}

/// As [`analyse`], for text that stands somewhere else than on a command line.
#[must_use]
pub fn analyse_in(line: &str, world: &dyn World, setting: &Setting) -> Analysis {
    crate::syntax::analyse_in(line, world, setting, &sql::shell_escapes)
}

/// What is found out once for all invocations of a line.
#[derive(Debug, Default)]
pub struct Shared {
    makes: Makes,
    writes: Writes,
    readers: OnceCell<Vec<usize>>,
    workspace: OnceCell<Option<String>>,
    secrets: OnceCell<Vec<(String, String)>>,
}

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
    shared: &'a Shared,
    touched: OnceCell<Vec<Touched>>,
}

impl<'a> Cx<'a> {
    /// What is asked for the invocation at an index. `shared` is the line's.
    #[must_use]
    pub fn new(
        world: &'a dyn World,
        line: &'a Analysis,
        index: usize,
        protect: &'a [String],
        shared: &'a Shared,
    ) -> Self {
        Self { world, line, index, protect, shared, touched: OnceCell::new() }
    }

    /// The workspace as [`place::workspace`] has it.
    fn workspace(&self) -> Option<&'a str> {
        self.shared.workspace.get_or_init(|| place::workspace(self.world)).as_deref()
    }

    /// Invocations that read lines into variables, in order.
    fn readers(&self) -> &'a [usize] {
        self.shared.readers.get_or_init(|| {
            let all = self.line.invocations.iter().enumerate();
            let reads = |inv: &Invocation| matches!(inv.name(), Some("read" | "mapfile" | "readarray"));
            all.filter(|(_, inv)| reads(inv)).map(|(at, _)| at).collect()
        })
    }

    /// Inherited secret variables and their values.
    fn secrets(&self) -> &'a [(String, String)] {
        self.shared.secrets.get_or_init(|| secrets::inherited(self.world))
    }

    /// The paths that the invocation itself touches.
    fn touched(&self) -> &[Touched] {
        self.touched.get_or_init(|| {
            self.line.invocations.get(self.index).map(|inv| touch::touched(inv, self)).unwrap_or_default()
        })
    }

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
