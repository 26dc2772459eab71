//! All rules that apply: the built-in bundle and those of system, user and projects.

use super::builtin;
use super::bundle::Bundle;
use super::condition::Conditions;
use super::layers::LayerKind;
use super::rule::{ProgramSpec, Rule};

/// Rules of one origin.
#[derive(Debug)]
pub struct RuleLayer {
    /// Where they come from.
    pub kind: LayerKind,
    /// Their `allow` rules count: a human has trusted the files, or they are built in.
    pub trusted: bool,
    /// The rules.
    pub bundle: Bundle,
}

/// All rules that apply.
#[derive(Debug)]
pub struct RuleSet {
    layers: Vec<RuleLayer>,
    unknown: ProgramSpec,
    pub(super) conditions: Conditions,
}

impl RuleSet {
    /// The built-in rules alone.
    ///
    /// # Errors
    /// The binary is damaged.
    pub fn builtin() -> Result<Self, builtin::Damaged> {
        Ok(Self::new(vec![RuleLayer { kind: LayerKind::BuiltIn, trusted: true, bundle: builtin::rules()? }]))
    }

    /// Rules of these origins; the first describes programs for the others too.
    #[must_use]
    pub fn new(layers: Vec<RuleLayer>) -> Self {
        Self { layers, unknown: ProgramSpec::unknown(), conditions: Conditions::default() }
    }

    /// Adds rules.
    pub fn push(&mut self, layer: RuleLayer) {
        self.layers.push(layer);
    }

    /// The origins, in order.
    #[must_use]
    pub fn layers(&self) -> &[RuleLayer] {
        &self.layers
    }

    /// A rule by its id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<(&RuleLayer, &Rule)> {
        self.layers.iter().find_map(|layer| Some((layer, layer.bundle.by_id(id)?)))
    }

    /// Every rule.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.layers.iter().flat_map(|layer| layer.bundle.iter())
    }

    /// How a program reads its words, for the rules of one origin: as that says, else as the first one does.
    #[must_use]
    pub fn spec<'a>(&'a self, layer: &'a RuleLayer, name: Option<&str>) -> &'a ProgramSpec {
        let first = || self.layers.first().and_then(|first| first.bundle.spec(name?));
        name.and_then(|name| layer.bundle.spec(name)).or_else(first).unwrap_or(&self.unknown)
    }
}
