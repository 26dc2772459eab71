//! Rules in stored form: one run of bytes with an index, from which single rules are decoded when they are first needed.
//!
//! Form (all numbers `u32`, little-endian): the magic; seven counts; offsets of rules and of program descriptions into
//! the data; then sorted pairs program name hash → rule, effect kind → rule, name hash → description, id hash → rule,
//! and the rules to try always; then the data, one postcard record after another. Written by the build script for the
//! built-in packs and by the state folder's cache for a user's. Opening one costs no decoding at all.

use std::borrow::Cow;
use std::sync::OnceLock;

use serde::de::DeserializeOwned;

use super::glob;
use super::rule::{Block, ProgramSpec, Rule, kind_bit};
use crate::effects::EffectKind;

const MAGIC: &[u8; 4] = b"wrb3";
/// Counts behind the magic.
const COUNTS: usize = 7;

/// By what a rule is found.
enum Key {
    Programs(Vec<String>),
    Kinds(u64),
    Always,
}

/// Finds by what a rule is found.
fn key(block: &Block) -> Key {
    if block.effect != 0 {
        return Key::Kinds(block.effect);
    }
    let inner = || block.any.iter().map(key);
    if block.program.is_empty() {
        // Only where every way leads over a program, or every way over an effect.
        let kinds = inner().try_fold(0, |bits, key| if let Key::Kinds(more) = key { Some(bits | more) } else { None });
        if let Some(bits) = kinds.filter(|bits| *bits != 0) {
            return Key::Kinds(bits);
        }
        let names = inner().try_fold(Vec::new(), |mut all, key| match key {
            Key::Programs(names) => {
                all.extend(names);
                Some(all)
            }
            _ => None,
        });
        return names.filter(|names| !names.is_empty()).map_or(Key::Always, Key::Programs);
    }
    if inner().len() > 0 && inner().all(|key| matches!(key, Key::Kinds(_))) {
        return Key::Kinds(inner().fold(0, |bits, key| if let Key::Kinds(more) = key { bits | more } else { bits }));
    }
    Key::Programs(block.program.iter().map(String::as_str).map(indexed).collect())
}

/// What a program's glob stands under: itself, or its plain beginning with a star.
fn indexed(name: &str) -> String {
    if glob::is_literal(name) {
        return name.to_owned();
    }
    let prefix = glob::literal_prefix(name);
    let end = (0..=LONGEST.min(prefix.len())).rev().find(|end| prefix.is_char_boundary(*end)).unwrap_or(0);
    format!("{}*", &prefix[..end])
}

/// Most bytes of a glob's plain beginning that are looked at.
const LONGEST: usize = 32;

/// FNV-1a; collisions only cost a look at a rule that then does not match.
fn hash(text: &str) -> u32 {
    text.bytes().fold(EMPTY, mix)
}

/// The hash of nothing.
const EMPTY: u32 = 0x811c_9dc5;

/// The hash of what was hashed and a byte more.
fn mix(sum: u32, byte: u8) -> u32 {
    (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Writes rules and program descriptions in stored form.
///
/// # Errors
/// A record cannot be written, or there are 4 GB of them.
pub fn encode(rules: &[Rule], programs: &[ProgramSpec]) -> Result<Vec<u8>, String> {
    let mut data: Vec<u8> = Vec::new();
    let mut rule_offsets = vec![0];
    for rule in rules {
        let record = postcard::to_stdvec(rule).map_err(|error| format!("rule `{}`: {error}", rule.id))?;
        data.extend_from_slice(&record);
        rule_offsets.push(small(data.len()));
    }
    let mut spec_offsets = vec![small(data.len())];
    for spec in programs {
        let record = postcard::to_stdvec(spec).map_err(|error| format!("program `{}`: {error}", spec.name))?;
        data.extend_from_slice(&record);
        spec_offsets.push(small(data.len()));
    }
    if u32::try_from(data.len()).is_err() {
        return Err("the rules are too large".to_owned());
    }
    let (mut by_program, mut by_kind, mut by_id, mut always) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (number, rule) in rules.iter().enumerate() {
        let number = small(number);
        by_id.push((hash(&rule.id), number));
        match key(&rule.block) {
            Key::Programs(names) => by_program.extend(names.iter().map(|name| (hash(name), number))),
            Key::Kinds(bits) => {
                let kinds = EffectKind::ALL.iter().filter(|kind| bits & kind_bit(**kind) != 0);
                by_kind.extend(kinds.map(|kind| (*kind as u32, number)));
            }
            Key::Always => always.push(number),
        }
    }
    let mut by_name = Vec::new();
    for (number, spec) in programs.iter().enumerate() {
        let names = std::iter::once(&spec.name).chain(&spec.aliases);
        by_name.extend(names.map(|name| (hash(name), small(number))));
    }
    let mut bytes = MAGIC.to_vec();
    let tables = [&mut by_program, &mut by_kind, &mut by_name, &mut by_id];
    let mut numbers = vec![small(rules.len()), small(programs.len())];
    let mut pairs = Vec::new();
    for table in tables {
        table.sort_unstable();
        table.dedup();
        numbers.push(small(table.len()));
        pairs.extend(table.iter().flat_map(|(key, number)| [*key, *number]));
    }
    numbers.push(small(always.len()));
    numbers.extend(rule_offsets);
    numbers.extend(spec_offsets);
    numbers.extend(pairs);
    numbers.extend(always);
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    bytes.extend(data);
    Ok(bytes)
}

/// A part of the number table: first index and length.
#[derive(Clone, Copy, Debug, Default)]
struct Table {
    from: usize,
    len: usize,
}

/// Opened rules.
#[derive(Debug)]
pub struct Bundle {
    bytes: Cow<'static, [u8]>,
    rule_offsets: Table,
    spec_offsets: Table,
    by_program: Table,
    by_kind: Table,
    by_name: Table,
    by_id: Table,
    always: Table,
    data: usize,
    rules: Vec<OnceLock<Option<Box<Rule>>>>,
    specs: Vec<OnceLock<Option<Box<ProgramSpec>>>>,
}

impl Bundle {
    /// Opens stored rules; `None` where the bytes are not of this form.
    #[must_use]
    pub fn open(bytes: impl Into<Cow<'static, [u8]>>) -> Option<Self> {
        let bytes = bytes.into();
        if bytes.get(..MAGIC.len()) != Some(MAGIC.as_slice()) {
            return None;
        }
        let count = |at: usize| -> Option<usize> { usize::try_from(number(&bytes, at)?).ok() };
        let (rules, specs) = (count(0)?, count(1)?);
        let mut from = COUNTS;
        let mut table = |len: usize, width: usize| -> Option<Table> {
            let table = Table { from, len };
            from = from.checked_add(len.checked_mul(width)?)?;
            Some(table)
        };
        let rule_offsets = table(rules.checked_add(1)?, 1)?;
        let spec_offsets = table(specs.checked_add(1)?, 1)?;
        let by_program = table(count(2)?, 2)?;
        let by_kind = table(count(3)?, 2)?;
        let by_name = table(count(4)?, 2)?;
        let by_id = table(count(5)?, 2)?;
        let always = table(count(6)?, 1)?;
        let data = from.checked_mul(4)?.checked_add(MAGIC.len())?;
        let size = number(&bytes, spec_offsets.from + specs).and_then(|end| usize::try_from(end).ok())?;
        if data.checked_add(size)? != bytes.len() {
            return None;
        }
        let rules = std::iter::repeat_with(OnceLock::new).take(rules).collect();
        let specs = std::iter::repeat_with(OnceLock::new).take(specs).collect();
        let tables = (rule_offsets, spec_offsets, by_program, by_kind, by_name, by_id, always);
        let (rule_offsets, spec_offsets, by_program, by_kind, by_name, by_id, always) = tables;
        Some(Self {
            bytes,
            rule_offsets,
            spec_offsets,
            by_program,
            by_kind,
            by_name,
            by_id,
            always,
            data,
            rules,
            specs,
        })
    }

    /// Builds opened rules from rules in memory.
    ///
    /// # Errors
    /// As [`encode`].
    pub fn build(rules: &[Rule], programs: &[ProgramSpec]) -> Result<Self, String> {
        Self::open(encode(rules, programs)?).ok_or_else(|| "the rules do not open again".to_owned())
    }

    /// The stored form.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Says whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// A rule by its number; `None` where it does not exist or its record is damaged.
    #[must_use]
    pub fn rule(&self, at: usize) -> Option<&Rule> {
        self.rules.get(at)?.get_or_init(|| self.record(self.rule_offsets, at).map(Box::new)).as_deref()
    }

    /// Every rule that can be read, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        (0..self.len()).filter_map(|at| self.rule(at))
    }

    /// A rule by its id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Rule> {
        self.pairs(self.by_id, hash(id)).filter_map(|at| self.rule(at)).find(|rule| rule.id == id)
    }

    /// How a program of this name or alias reads its words.
    #[must_use]
    pub fn spec(&self, name: &str) -> Option<&ProgramSpec> {
        let spec = |at: usize| -> Option<&ProgramSpec> {
            self.specs.get(at)?.get_or_init(|| self.record(self.spec_offsets, at).map(Box::new)).as_deref()
        };
        let found = self.pairs(self.by_name, hash(name)).filter_map(spec);
        let mut alias = None;
        for spec in found {
            if spec.name == name {
                return Some(spec);
            }
            if spec.aliases.iter().any(|other| other == name) {
                alias = Some(spec);
            }
        }
        alias
    }

    /// Numbers of rules that may be about a program of this name.
    pub fn for_program(&self, name: &str) -> impl Iterator<Item = usize> {
        // Every beginning of the name may be that of a glob.
        let sums = name.bytes().take(LONGEST).scan(EMPTY, |sum, byte| {
            *sum = mix(*sum, byte);
            Some(*sum)
        });
        let globs = std::iter::once(EMPTY).chain(sums).map(|sum| mix(sum, b'*'));
        globs.chain([hash(name)]).flat_map(|key| self.pairs(self.by_program, key))
    }

    /// Numbers of rules about this kind of effect.
    pub fn for_kind(&self, kind: EffectKind) -> impl Iterator<Item = usize> {
        self.pairs(self.by_kind, kind as u32)
    }

    /// Numbers of rules that have to be tried on everything.
    pub fn always(&self) -> impl Iterator<Item = usize> {
        let Table { from, len } = self.always;
        (from..from + len).filter_map(|at| usize::try_from(number(&self.bytes, at)?).ok())
    }

    fn record<T: DeserializeOwned>(&self, offsets: Table, at: usize) -> Option<T> {
        let offset = |at: usize| usize::try_from(number(&self.bytes, offsets.from + at)?).ok()?.checked_add(self.data);
        postcard::from_bytes(self.bytes.get(offset(at)?..offset(at + 1)?)?).ok()
    }

    /// The numbers that stand beside a key in a sorted table of pairs.
    fn pairs(&self, table: Table, key: u32) -> impl Iterator<Item = usize> {
        let at = move |n: usize| number(&self.bytes, table.from + 2 * n);
        // Keys are spread evenly, most often: where one is to be expected, and from there in growing strides.
        let below = |n: usize| at(n).is_some_and(|found| found < key);
        let guess = usize::try_from((u64::from(key) * table.len as u64) >> 32).unwrap_or(0);
        let (mut low, mut high, mut stride) = (guess, table.len, 8);
        if below(guess) {
            low += 1;
            while low + stride < high && below(low + stride) {
                low += stride + 1;
                stride *= 2;
            }
            high = high.min(low + stride);
        } else {
            high = guess;
            while stride < high && !below(high - stride) {
                high -= stride;
                stride *= 2;
            }
            low = high.saturating_sub(stride);
        }
        while low < high {
            let middle = low.midpoint(high);
            if at(middle).is_some_and(|found| found < key) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low..table.len)
            .take_while(move |n| at(*n) == Some(key))
            .filter_map(move |n| usize::try_from(number(&self.bytes, table.from + 2 * n + 1)?).ok())
    }
}

/// The `at`th number behind the magic.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let start = MAGIC.len().checked_add(at.checked_mul(4)?)?;
    let four = bytes.get(start..start.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}
