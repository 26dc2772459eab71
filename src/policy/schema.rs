//! A rule pack as people write it: the YAML form of `rules/README.md`, nothing checked but its shape.
//!
//! Also compiled into the build script, so it knows nothing of the rest of the crate. `load` turns it into rules.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// A pack: one file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackDoc {
    /// The program family, the file's stem.
    pub family: Spanned<String>,
    /// How programs read their words, by name.
    #[serde(default)]
    pub programs: BTreeMap<String, Spanned<ProgramDoc>>,
    /// The rules.
    #[serde(default)]
    pub rules: Vec<Spanned<RuleDoc>>,
}

/// How a program reads its words.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramDoc {
    /// Other names.
    #[serde(default)]
    pub aliases: Many,
    /// Options that take the next word as their value: `-n`, or `commit -m` for one subcommand alone.
    #[serde(default)]
    pub values: Many,
    /// Long options that are known to take no value.
    #[serde(default)]
    pub switches: Many,
    /// `-rf` means `-r -f`.
    pub bundle: Option<bool>,
    /// Long options may be cut short (`--recurs`).
    pub abbrev: Option<bool>,
    /// Subcommands behind whose first operand options belong to somebody else (`run`, `compose exec`); `""` for none.
    #[serde(default)]
    pub stops: Many,
}

/// A rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleDoc {
    /// `family.thing-done`.
    pub id: Spanned<String>,
    /// What it catches.
    #[serde(rename = "match")]
    pub block: Spanned<BlockDoc>,
    /// What the command does, for rules about programs.
    pub effect: Option<Spanned<String>>,
    /// `low`, `medium`, `high`, `critical`.
    pub severity: Option<Spanned<String>>,
    /// `allow`, `warn`, `ask`, `deny`.
    pub decision: Option<Spanned<String>>,
    /// Why.
    pub because: Option<Spanned<String>>,
    /// What to do instead.
    pub instead: Option<Spanned<String>>,
    /// Controls and groups that it belongs to.
    #[serde(default)]
    pub tags: Many,
    /// Only for this kind of actor.
    pub actor: Option<Spanned<String>>,
    /// A CEL condition.
    pub when: Option<Spanned<String>>,
    /// What it must and must not match.
    #[serde(default)]
    pub examples: ExamplesDoc,
}

/// A rule's examples.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExamplesDoc {
    /// Lines that the rule catches.
    #[serde(default, rename = "match")]
    pub hits: Many,
    /// Lines that it lets be.
    #[serde(default)]
    pub pass: Many,
}

/// A block of conditions; all keys must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockDoc {
    /// Basenames.
    pub program: Option<Many>,
    /// Leading operands.
    pub subcommand: Option<Many>,
    /// Operands behind the subcommand.
    pub args: Option<ArgsDoc>,
    /// One of these options is set.
    pub flags: Option<Many>,
    /// From each list one option is set.
    pub all_flags: Option<Vec<Many>>,
    /// One of these variables is set.
    pub assigns: Option<Many>,
    /// A regular expression over the text.
    pub pattern: Option<Spanned<String>>,
    /// An effect of one of these kinds was found.
    pub effect: Option<Many>,
    /// It lands in one of these scopes.
    pub scope: Option<Many>,
    /// It has all of these traits.
    pub traits: Option<Many>,
    /// It has one of these traits.
    pub any_traits: Option<Many>,
    /// Its target matches one of these globs.
    pub target: Option<Many>,
    /// It is at least this sure.
    pub certainty: Option<Spanned<String>>,
    /// Runs with another user's rights.
    pub elevated: Option<bool>,
    /// Runs elsewhere.
    pub remote: Option<bool>,
    /// Is run many times.
    pub repeated: Option<bool>,
    /// One of these blocks must hold.
    pub any: Option<Blocks>,
    /// None of these blocks may hold.
    pub unless: Option<Blocks>,
}

/// Conditions on the operands behind the subcommand.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArgsDoc {
    /// One operand matches one of these.
    pub any: Option<Many>,
    /// Each of these matches an operand.
    pub all: Option<Many>,
    /// No operand matches any of these.
    pub none: Option<Many>,
    /// The first operand matches one of these.
    pub first: Option<Many>,
    /// The last operand matches one of these.
    pub last: Option<Many>,
    /// At least so many operands.
    pub min: Option<u32>,
    /// At most so many operands.
    pub max: Option<u32>,
}

/// One text or a list of texts, each with its place (a lone text's place is not known).
#[derive(Clone, Debug, Default)]
pub struct Many(pub Vec<Spanned<String>>);

impl<'de> Deserialize<'de> for Many {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = Many;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Many, E> {
                let nowhere = serde_saphyr::Location::UNKNOWN;
                Ok(Many(vec![Spanned::new(text.to_owned(), nowhere, nowhere)]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Many, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = seq.next_element()? {
                    texts.push(text);
                }
                Ok(Many(texts))
            }
        }
        deserializer.deserialize_any(Texts)
    }
}

/// One block or a list of blocks.
#[derive(Clone, Debug, Default)]
pub struct Blocks(pub Vec<Spanned<BlockDoc>>);

impl<'de> Deserialize<'de> for Blocks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Blocks;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a block or a list of blocks")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Blocks, A::Error> {
                let block = BlockDoc::deserialize(MapAccessDeserializer::new(map))?;
                let nowhere = serde_saphyr::Location::UNKNOWN;
                Ok(Blocks(vec![Spanned::new(block, nowhere, nowhere)]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Blocks, A::Error> {
                let mut blocks = Vec::new();
                while let Some(block) = seq.next_element()? {
                    blocks.push(block);
                }
                Ok(Blocks(blocks))
            }
        }
        deserializer.deserialize_any(List)
    }
}
