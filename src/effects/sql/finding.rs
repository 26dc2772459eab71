//! What a statement does, before it is known on which server.

use crate::effects::{Certainty, EffectKind, Trait};

/// What a `ROLLBACK` takes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undo {
    /// Nothing: it reaches beyond the transaction.
    Never,
    /// Changed rows: every database with transactions takes them back.
    Rows,
    /// Dropped and changed objects: some databases do, in the others such a statement commits what came before it.
    Objects,
}

/// One thing that a statement does.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    /// What.
    pub kind: EffectKind,
    /// To what: a noun and a name (`table users`).
    pub target: String,
    /// How sure.
    pub certainty: Certainty,
    /// What else is known.
    pub traits: Vec<Trait>,
    /// What takes it back.
    pub undo: Undo,
    /// The database that it hits, where a statement named one.
    pub database: Option<String>,
}

impl Finding {
    /// A certain finding on `noun name`.
    pub(super) fn new(kind: EffectKind, noun: &str, name: &str) -> Self {
        let undo = match kind {
            EffectKind::DbDeleteBulk | EffectKind::DbUpdateBulk => Undo::Rows,
            EffectKind::DbDrop | EffectKind::DbTruncate | EffectKind::DbSchema | EffectKind::DbGrant => Undo::Objects,
            _ => Undo::Never,
        };
        let target = if name.is_empty() { noun.to_owned() } else { format!("{noun} {name}") };
        Self { kind, target, certainty: Certainty::Certain, traits: Vec::new(), undo, database: None }
    }

    pub(super) fn with(mut self, one: Trait) -> Self {
        self.traits.push(one);
        self
    }

    pub(super) fn sure(mut self, certainty: Certainty) -> Self {
        self.certainty = self.certainty.min(certainty);
        self
    }
}
