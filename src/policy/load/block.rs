//! Condition blocks: shape → checked form.

use serde_saphyr::Spanned;

use super::{FileLoad, at, closest, reach};
use crate::effects::{Certainty, EffectKind, Trait};
use crate::policy::glob;
use crate::policy::located::Place;
use crate::policy::pattern::Pattern;
use crate::policy::rule::{Args, Assign, Block, Flag, SCOPES, kind_bit, scope_bit};
use crate::policy::schema::{ArgsDoc, BlockDoc, Blocks, Many, RuleDoc};

/// How deep `any` and `unless` may nest.
const MAX_DEPTH: usize = 6;

/// Names of traits in rules.
const TRAITS: &[(&str, Trait)] = &[
    ("recursive", Trait::Recursive),
    ("bulk", Trait::Bulk),
    ("unknown-target", Trait::UnknownTarget),
    ("missing", Trait::Missing),
    ("scratch", Trait::Scratch),
    ("valuable", Trait::Valuable),
    ("recoverable", Trait::Recoverable),
    ("whole", Trait::Whole),
    ("secret", Trait::Secret),
    ("startup", Trait::Startup),
    ("elevated", Trait::Elevated),
    ("production", Trait::Production),
    ("keeps-old", Trait::KeepsOld),
    ("prints", Trait::Prints),
    ("gate", Trait::Gate),
];

/// Names of certainties in rules.
const CERTAINTIES: &[(&str, Certainty)] =
    &[("possible", Certainty::Possible), ("likely", Certainty::Likely), ("certain", Certainty::Certain)];

impl FileLoad<'_> {
    /// Checks one block.
    pub(super) fn block(&mut self, doc: &BlockDoc, place: Place, depth: usize) -> Block {
        if depth > MAX_DEPTH {
            self.complain(place, "`any` and `unless` are nested too deep");
            return Block::default();
        }
        Block {
            program: self.programs(doc.program.as_ref(), place),
            subcommand: self.subcommands(doc.subcommand.as_ref(), place),
            args: doc.args.as_ref().map(|args| self.args(args, place)),
            flags: self.flags(doc.flags.as_ref(), "flags", place),
            all_flags: self.all_flags(doc, place),
            assigns: self.assigns(doc.assigns.as_ref(), place),
            pattern: doc.pattern.as_ref().and_then(|text| self.pattern(text, place)),
            effect: self.kinds(doc.effect.as_ref(), place),
            scope: self.scopes(doc.scope.as_ref(), place),
            traits: self.traits(doc.traits.as_ref(), "traits", place),
            any_traits: self.traits(doc.any_traits.as_ref(), "any_traits", place),
            target: self.globs(doc.target.as_ref(), "target", place),
            certainty: doc.certainty.as_ref().and_then(|text| self.named(text, "certainty", CERTAINTIES, place)),
            elevated: doc.elevated,
            remote: doc.remote,
            repeated: doc.repeated,
            any: self.blocks(doc.any.as_ref(), "any", place, depth),
            unless: self.blocks(doc.unless.as_ref(), "unless", place, depth),
        }
    }

    fn blocks(&mut self, docs: Option<&Blocks>, key: &str, place: Place, depth: usize) -> Vec<Block> {
        let Some(docs) = docs else { return Vec::new() };
        if docs.0.is_empty() {
            self.complain(place, format!("`{key}` is an empty list"));
        }
        let mut blocks = Vec::new();
        for doc in &docs.0 {
            let here = at(doc, place);
            let block = self.block(&doc.value, here, depth + 1);
            if reach::is_empty(&block) {
                self.complain(here, format!("a block of `{key}` has no condition"));
            }
            blocks.push(block);
        }
        blocks
    }

    /// The texts of a key; complains about an empty list, which nothing could ever match.
    fn texts<'d>(&mut self, many: Option<&'d Many>, key: &str, place: Place) -> &'d [Spanned<String>] {
        let Some(many) = many else { return &[] };
        if many.0.is_empty() {
            self.complain(place, format!("`{key}` is an empty list: nothing can ever match it"));
        }
        &many.0
    }

    /// Spells out one glob.
    fn glob(&mut self, text: &str, place: Place) -> Vec<String> {
        match glob::expand(text) {
            Ok(globs) => globs,
            Err(why) => {
                self.complain(place, format!("the glob `{text}` {why}"));
                Vec::new()
            }
        }
    }

    fn globs(&mut self, many: Option<&Many>, key: &str, place: Place) -> Vec<String> {
        let mut globs = Vec::new();
        for text in self.texts(many, key, place) {
            globs.extend(self.glob(&text.value, at(text, place)));
        }
        globs
    }

    fn programs(&mut self, many: Option<&Many>, place: Place) -> Vec<String> {
        for text in self.texts(many, "program", place) {
            if text.value.is_empty() || text.value.contains(['/', ' ']) {
                self.complain(at(text, place), format!("`{}` is not a program's basename", text.value));
            }
        }
        self.globs(many.filter(|many| !many.0.is_empty()), "program", place)
    }

    fn subcommands(&mut self, many: Option<&Many>, place: Place) -> Vec<Vec<String>> {
        let mut paths: Vec<Vec<String>> = Vec::new();
        for text in self.texts(many, "subcommand", place) {
            let here = at(text, place);
            if text.value.trim().is_empty() || text.value.split_whitespace().any(|word| word.starts_with('-')) {
                self.complain(here, format!("`{}` is not a subcommand: options go under `flags`", text.value));
                continue;
            }
            for spelled in self.glob(&text.value, here) {
                paths.push(spelled.split_whitespace().map(str::to_owned).collect());
            }
        }
        paths
    }

    fn args(&mut self, doc: &ArgsDoc, place: Place) -> Args {
        let mut all = Vec::new();
        for text in self.texts(doc.all.as_ref(), "args.all", place) {
            all.push(self.glob(&text.value, at(text, place)));
        }
        let args = Args {
            any: self.globs(doc.any.as_ref(), "args.any", place),
            all,
            none: self.globs(doc.none.as_ref(), "args.none", place),
            first: self.globs(doc.first.as_ref(), "args.first", place),
            last: self.globs(doc.last.as_ref(), "args.last", place),
            min: doc.min,
            max: doc.max,
        };
        if let Some(why) = reach::impossible_args(&args) {
            self.complain(place, format!("the rule can never match: {why}"));
        }
        args
    }

    fn flags(&mut self, many: Option<&Many>, key: &str, place: Place) -> Vec<Flag> {
        let mut flags = Vec::new();
        for text in self.texts(many, key, place) {
            let here = at(text, place);
            if !text.value.starts_with('-') || text.value.contains(' ') {
                let message =
                    format!("`{}` is not an option: it has to start with `-`, a value follows `=`", text.value);
                self.complain(here, message);
                continue;
            }
            for spelled in self.glob(&text.value, here) {
                flags.push(match spelled.split_once('=') {
                    Some((name, value)) => Flag { name: name.to_owned(), value: Some(value.to_owned()) },
                    None => Flag { name: spelled, value: None },
                });
            }
        }
        flags
    }

    fn all_flags(&mut self, doc: &BlockDoc, place: Place) -> Vec<Vec<Flag>> {
        let Some(lists) = &doc.all_flags else { return Vec::new() };
        if lists.is_empty() {
            self.complain(place, "`all_flags` is an empty list");
        }
        lists.iter().map(|list| self.flags(Some(list), "all_flags", place)).collect()
    }

    fn assigns(&mut self, many: Option<&Many>, place: Place) -> Vec<Assign> {
        let mut assigns = Vec::new();
        for text in self.texts(many, "assigns", place) {
            for spelled in self.glob(&text.value, at(text, place)) {
                assigns.push(match spelled.split_once('=') {
                    Some((name, value)) => Assign { name: name.to_owned(), value: Some(value.to_owned()) },
                    None => Assign { name: spelled, value: None },
                });
            }
        }
        assigns
    }

    fn pattern(&mut self, text: &Spanned<String>, place: Place) -> Option<Pattern> {
        match Pattern::new(&text.value) {
            Ok(pattern) => Some(pattern),
            Err(why) => {
                self.complain(at(text, place), why);
                None
            }
        }
    }

    fn kinds(&mut self, many: Option<&Many>, place: Place) -> u64 {
        let mut bits = 0;
        for text in self.texts(many, "effect", place) {
            let here = at(text, place);
            for spelled in self.glob(&text.value, here) {
                let found = EffectKind::ALL.iter().filter(|kind| glob::matches(&spelled, kind.as_str()));
                let found = found.fold(0, |bits, kind| bits | kind_bit(*kind));
                if found == 0 {
                    let names: Vec<&str> = EffectKind::ALL.iter().map(|kind| kind.as_str()).collect();
                    self.complain(here, format!("unknown effect `{spelled}`; {}", closest(&spelled, &names)));
                }
                bits |= found;
            }
        }
        bits
    }

    fn scopes(&mut self, many: Option<&Many>, place: Place) -> u16 {
        let mut bits = 0;
        for text in self.texts(many, "scope", place) {
            let bit = scope_bit(&text.value);
            if bit == 0 {
                self.complain(
                    at(text, place),
                    format!("unknown scope `{}`; {}", text.value, closest(&text.value, SCOPES)),
                );
            }
            bits |= bit;
        }
        bits
    }

    fn traits(&mut self, many: Option<&Many>, key: &str, place: Place) -> Vec<Trait> {
        let texts = self.texts(many, key, place);
        texts.iter().filter_map(|text| self.named(text, "trait", TRAITS, place)).collect()
    }

    /// Finds a value by its name.
    fn named<T: Copy>(&mut self, text: &Spanned<String>, what: &str, all: &[(&str, T)], place: Place) -> Option<T> {
        let found = all.iter().find(|(name, _)| *name == text.value).map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
            self.complain(
                at(text, place),
                format!("unknown {what} `{}`; {}", text.value, closest(&text.value, &names)),
            );
        }
        found
    }

    /// Checks what concerns the rule as a whole.
    pub(super) fn check_whole(&mut self, doc: &RuleDoc, block: &Block, place: Place) {
        let of = reach::needs(block);
        if !of.anchor {
            self.complain(place, "the rule needs `program`, `effect` or `pattern` under `match`");
            return;
        }
        if doc.effect.is_some() && of.mentions_effect {
            self.complain(place, "`effect` beside `match` and `effect` inside it do not mix");
        }
        if !of.effect && of.effect_keys {
            self.complain(
                place,
                "`scope`, `traits`, `any_traits`, `target` and `certainty` need `effect` under `match`",
            );
        }
        if let Some(why) = reach::never_matches(block) {
            self.complain(place, format!("the rule can never match: {why}"));
        }
    }
}
