//! Whether a rule's block holds for an invocation, or for an effect of one.
//!
//! What tightens is matched loosely where words are not wholly known; what loosens (`unless`) counts only where it is
//! certain. Knows nothing of policy, actors or conditions.

mod fit;
mod flags;
#[cfg(test)]
mod tests;
mod words;

use std::cell::OnceCell;

use self::flags::Care;
use self::words::{Reading, readings};

use self::fit::Val;
use super::decision::Severity;
use super::glob;
use super::pattern::{self, Pattern};
use super::rule::{Args, Assign, Block, Flag, ProgramSpec, Rule, kind_bit, scope_bit};
use crate::effects::{Certainty, Effect, Trait};
use crate::syntax::{Invocation, Span, Stdin};

/// An invocation prepared for matching.
#[derive(Debug)]
pub struct Subject<'a> {
    inv: &'a Invocation,
    /// The basename, and the name that packs use for it.
    names: [&'a str; 2],
    /// How many it has of them.
    count: usize,
    spec: &'a ProgramSpec,
    readings: OnceCell<Vec<Reading<'a>>>,
    text: OnceCell<String>,
    folded: OnceCell<String>,
}

/// What a match rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// How sure it is.
    pub certainty: Certainty,
    /// The word that decided: an operand, else an option; `None` for the invocation as a whole.
    pub word: Option<usize>,
    /// Index of the operand that matched, or else of the first one behind the subcommand.
    pub operand: Option<usize>,
}

impl Found {
    const SURE: Self = Self { certainty: Certainty::Certain, word: None, operand: None };

    /// Both hold: the weaker certainty, the earlier find's words where it has any.
    fn and(self, other: Self) -> Self {
        Self {
            certainty: self.certainty.min(other.certainty),
            word: self.word.or(other.word),
            operand: self.operand.or(other.operand),
        }
    }

    fn at(certainty: Certainty, word: usize) -> Self {
        Self { certainty, word: Some(word), operand: None }
    }
}

impl<'a> Subject<'a> {
    /// Prepares an invocation. `spec` says how its program reads its words.
    #[must_use]
    pub fn new(inv: &'a Invocation, spec: &'a ProgramSpec) -> Self {
        let name = inv.name().map(plain_name);
        let other = name.map(|name| !spec.name.is_empty() && name != spec.name);
        let names = [name.unwrap_or_default(), spec.name.as_str()];
        let count = other.map_or(0, |other| 1 + usize::from(other));
        Self { inv, names, count, spec, readings: OnceCell::new(), text: OnceCell::new(), folded: OnceCell::new() }
    }

    /// The program's basename, and the name that packs use for it where that is another one.
    #[must_use]
    pub fn names(&self) -> &[&'a str] {
        self.names.get(..self.count).unwrap_or_default()
    }

    /// The invocation.
    #[must_use]
    pub const fn invocation(&self) -> &'a Invocation {
        self.inv
    }

    /// The ways to read its words; at least one.
    fn readings(&self) -> &[Reading<'a>] {
        self.readings.get_or_init(|| readings(self.inv, self.spec))
    }

    /// A long option's value in the likeliest reading, where it is known (`--context`).
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&'a str> {
        let options = &self.readings().first()?.options;
        let found = options.iter().rev().find(|opt| opt.name == words::Name::Long(name))?;
        found.value.or(found.maybe)?.literal()
    }

    /// Where a find stands in the line.
    #[must_use]
    pub fn span(&self, found: Found) -> Span {
        found.word.and_then(|at| self.inv.args.get(at)).map_or(self.inv.span, |arg| arg.span)
    }

    /// The text as [`pattern::folded`] gives it.
    fn folded(&self) -> &str {
        self.folded.get_or_init(|| pattern::folded(self.text()))
    }

    /// Says whether an expression may be found in the text.
    fn may_say(&self, pattern: &Pattern) -> bool {
        let words = || std::iter::once(self.inv.program.value.literal()).chain(self.inv.words());
        let known = words().all(|word| word.is_some());
        !known || pattern.may_be_in(words().flatten())
    }

    fn text(&self) -> &str {
        self.text.get_or_init(|| {
            let words = self.inv.text();
            match (self.inv.program.value.literal(), self.names().first()) {
                (Some(program), Some(name)) => {
                    format!("{name}{}", words.get(program.len()..).unwrap_or_default())
                }
                _ => words,
            }
        })
    }
}

/// A basename without the ending that Windows programs have.
fn plain_name(name: &str) -> &str {
    let cut = name.len().saturating_sub(4);
    match (name.get(..cut), name.get(cut..)) {
        (Some(stem), Some(ending)) if !stem.is_empty() && ending.eq_ignore_ascii_case(".exe") => stem,
        _ => name,
    }
}

/// Matches a rule against an invocation, or against one of its effects.
#[must_use]
pub fn matches(rule: &Rule, subject: Option<&Subject<'_>>, effect: Option<&Effect>) -> Option<Found> {
    let bold = rule.severity >= Severity::High;
    let Some(subject) = subject else {
        return Try { subject: None, reading: &Reading::default(), effect, bold }.block(
            &rule.block,
            Place::START,
            Care::Loose,
        );
    };
    // What is asked beside the words is the same in every reading.
    if !may_hold(&rule.block, Some(subject), effect) || !may_be_said(&rule.block, subject, effect) {
        return None;
    }
    let mut best: Option<Found> = None;
    let readings = subject.readings();
    for (n, reading) in readings.iter().enumerate() {
        let attempt = Try { subject: Some(subject), reading, effect, bold };
        let found = attempt.words(&rule.block, Place::START, Care::Loose);
        if let Some(found) = found
            && best.is_none_or(|best| found.certainty > best.certainty)
        {
            best = Some(found);
        }
        // The other readings are there to find a subcommand behind an option that nobody described.
        if n == 0 && readings.len() > 1 && (best.is_some() || !attempt.wants_subcommand(&rule.block)) {
            break;
        }
    }
    best
}

/// Says whether a rule can match an invocation as such: it does not ask about an effect.
#[must_use]
pub fn is_about_programs(rule: &Rule) -> bool {
    !asks_about_effect(&rule.block)
}

/// Says whether a rule can match an effect of this kind and scope that a program of the subject's name causes.
#[must_use]
pub fn may_concern(rule: &Rule, subject: Option<&Subject<'_>>, effect: &Effect) -> bool {
    is_of(&rule.block, effect) && is_program(&rule.block, subject)
}

/// Says whether all holds that a block asks beside the words.
fn may_hold(block: &Block, subject: Option<&Subject<'_>>, effect: Option<&Effect>) -> bool {
    about_effect(block, effect) && circumstances(block, subject, effect) && is_program(block, subject)
}

/// Says whether any words of such a program can be what a block asks for: a glance, before they are read.
fn may_be_said(block: &Block, subject: &Subject<'_>, effect: Option<&Effect>) -> bool {
    (block.any.is_empty() || block.any.iter().any(|inner| may_hold(inner, Some(subject), effect)))
        && block.pattern.as_ref().is_none_or(|pattern| subject.may_say(pattern))
}

fn circumstances(block: &Block, subject: Option<&Subject<'_>>, effect: Option<&Effect>) -> bool {
    let inv = subject.map(|subject| subject.inv);
    let is = |wanted: Option<bool>, has: bool| wanted.is_none_or(|wanted| wanted == has);
    let elevated = inv.is_some_and(|inv| inv.elevated) || effect.is_some_and(|e| e.has(Trait::Elevated));
    is(block.elevated, elevated)
        && is(block.remote, inv.is_some_and(|inv| inv.remote.is_some()))
        && is(block.repeated, inv.is_some_and(|inv| inv.repeated))
}

fn is_program(block: &Block, subject: Option<&Subject<'_>>) -> bool {
    block.program.is_empty()
        || subject.is_some_and(|subject| {
            subject.names().iter().any(|name| block.program.iter().any(|wanted| glob::matches(wanted, name)))
        })
}

fn asks_about_effect(block: &Block) -> bool {
    block.effect != 0
        || block.scope != 0
        || !block.traits.is_empty()
        || !block.any_traits.is_empty()
        || !block.target.is_empty()
        || block.certainty.is_some()
}

/// Says whether an effect's kind and scope are what a block asks for.
fn is_of(block: &Block, effect: &Effect) -> bool {
    (block.effect == 0 || block.effect & kind_bit(effect.kind) != 0)
        && (block.scope == 0 || block.scope & scope_bit(effect.scope.kind()) != 0)
}

fn about_effect(block: &Block, effect: Option<&Effect>) -> bool {
    if !asks_about_effect(block) {
        return true;
    }
    let Some(effect) = effect else { return false };
    is_of(block, effect)
        && block.traits.iter().all(|wanted| effect.has(*wanted))
        && (block.any_traits.is_empty() || block.any_traits.iter().any(|wanted| effect.has(*wanted)))
        && (block.target.is_empty() || block.target.iter().any(|wanted| glob::matches(wanted, &effect.target)))
        && block.certainty.is_none_or(|least| effect.certainty >= least)
}

/// How far into the operands a block looks.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Operands before this one belong to the subcommand.
    from: usize,
    /// The subcommand came from a word that may stand for anything, so that the rest may as well.
    free: bool,
}

impl Place {
    const START: Self = Self { from: 0, free: false };
}

/// One attempt: an invocation in one reading, and an effect of it.
struct Try<'a, 's> {
    subject: Option<&'s Subject<'a>>,
    reading: &'s Reading<'a>,
    effect: Option<&'s Effect>,
    /// The rule is grave enough for words that may be anything.
    bold: bool,
}

impl Try<'_, '_> {
    fn block(&self, block: &Block, place: Place, care: Care) -> Option<Found> {
        if may_hold(block, self.subject, self.effect) { self.words(block, place, care) } else { None }
    }

    /// What a block asks of the words.
    fn words(&self, block: &Block, place: Place, care: Care) -> Option<Found> {
        let before = self.assigned(&block.assigns, care)?.and(self.pattern(block, care)?);
        if block.subcommand.is_empty() {
            return Some(self.behind(block, place, care)?.and(before));
        }
        let paths = block.subcommand.iter().filter_map(|path| {
            let (place, certainty) = self.subcommand(path, place, care)?;
            let found = self.behind(block, place, care)?;
            Some(Found { certainty: found.certainty.min(certainty), ..found }.and(before))
        });
        paths.max_by_key(|found| found.certainty)
    }

    /// Says whether a block asks for a subcommand that is not there in this reading.
    fn wants_subcommand(&self, block: &Block) -> bool {
        if block.subcommand.is_empty() {
            return block.any.iter().any(|inner| self.wants_subcommand(inner));
        }
        block.subcommand.iter().all(|path| self.subcommand(path, Place::START, Care::Loose).is_none())
    }

    /// What a block says beside the subcommand, about what follows it.
    fn behind(&self, block: &Block, place: Place, care: Care) -> Option<Found> {
        let mut found = match &block.args {
            Some(args) => self.args(args, place, care)?,
            None => Found::SURE,
        };
        if !block.flags.is_empty() {
            found = found.and(self.flags(&block.flags, place, care)?);
        }
        for list in &block.all_flags {
            found = found.and(self.flags(list, place, care)?);
        }
        if !block.any.is_empty() {
            let inner = block.any.iter().filter_map(|inner| self.block(inner, place, care));
            found = found.and(inner.max_by_key(|found| found.certainty)?);
        }
        if block.unless.iter().any(|unless| self.block(unless, place, care.other()).is_some()) {
            return None;
        }
        found.operand = found.operand.or_else(|| self.reading.operands.get(place.from).copied());
        Some(found)
    }

    fn assigned(&self, wanted: &[Assign], care: Care) -> Option<Found> {
        if wanted.is_empty() {
            return Some(Found::SURE);
        }
        let assigns = &self.subject?.inv.assigns;
        let fits = |assign: &Assign| {
            let last = assigns.iter().rfind(|(name, _)| glob::matches(&assign.name, name))?;
            match &assign.value {
                None => Some(Certainty::Certain),
                Some(wanted) => fit(Val::whole(&last.1), wanted, care),
            }
        };
        let certainty = wanted.iter().filter_map(fits).max()?;
        Some(Found { certainty, ..Found::SURE })
    }

    fn pattern(&self, block: &Block, care: Care) -> Option<Found> {
        let Some(pattern) = &block.pattern else { return Some(Found::SURE) };
        let subject = self.subject?;
        let known = || subject.inv.words().all(|word| word.is_some());
        let found =
            || subject.may_say(pattern) && pattern.may_match(subject.folded()) && pattern.is_match(subject.text());
        ((care == Care::Loose || known()) && found()).then_some(Found::SURE)
    }

    /// Matches the leading operands (also in a nested block); returns where the rest starts.
    fn subcommand(&self, path: &[String], place: Place, care: Care) -> Option<(Place, Certainty)> {
        let inv = self.subject?.inv;
        let mut certainty = Certainty::Certain;
        let mut at = 0;
        for wanted in path {
            let arg = loop {
                let arg = inv.args.get(*self.reading.operands.get(at)?)?;
                if !fit::is_loose(arg) {
                    break arg;
                }
                let followed = |later: &usize| inv.args.get(*later).is_some_and(|arg| arg.value.literal().is_some());
                if self.reading.operands.iter().skip(at + 1).any(followed) {
                    // `git $OPTS push`: options, most likely.
                    at += 1;
                    continue;
                }
                let free = Place { from: at, free: true };
                return (care == Care::Loose && self.bold).then_some((free, Certainty::Possible));
            };
            if arg.value.is_wholly_unknown() {
                return None;
            }
            certainty = certainty.min(fit(Val::whole(&arg.value), wanted, care)?);
            at += 1;
        }
        Some((Place { from: at, ..place }, certainty))
    }

    fn flags(&self, wanted: &[Flag], place: Place, care: Care) -> Option<Found> {
        let subject = self.subject?;
        let set = |flag: &Flag| flags::set(flag, self.reading, subject.spec, care);
        if let Some((certainty, at)) = wanted.iter().filter_map(set).max_by_key(|(certainty, _)| *certainty) {
            return Some(Found::at(certainty, at));
        }
        self.loose_word(place, care)
    }

    /// A word that may stand for what is looked for.
    fn loose_word(&self, place: Place, care: Care) -> Option<Found> {
        if care == Care::Strict || !self.bold {
            return None;
        }
        let word = self.reading.loose.first().copied();
        if place.free || word.is_some() {
            return Some(Found { certainty: Certainty::Possible, word, operand: None });
        }
        None
    }

    fn args(&self, wanted: &Args, place: Place, care: Care) -> Option<Found> {
        if place.free {
            return self.loose_word(place, care);
        }
        let inv = self.subject?.inv;
        let operands = self.reading.operands.get(place.from..).unwrap_or_default();
        let val = |at: usize| inv.args.get(at).map(|arg| Val::whole(&arg.value));
        let one = |at: usize, globs: &[String]| {
            let certainty = globs.iter().filter_map(|wanted| fit(val(at)?, wanted, care)).max()?;
            Some(Found { certainty, word: Some(at), operand: Some(at) })
        };
        let best = |globs: &[String]| {
            let found = operands.iter().filter_map(|at| one(*at, globs));
            // The first of the surest.
            found.reduce(|best, next| if next.certainty > best.certainty { next } else { best })
        };
        if !self.counts(wanted, operands, care) {
            return None;
        }
        let mut found = Found::SURE;
        if !wanted.any.is_empty() {
            found = found.and(best(&wanted.any).or_else(|| self.loose_word(place, care))?);
        }
        for globs in &wanted.all {
            found = found.and(best(globs).or_else(|| self.loose_word(place, care))?);
        }
        let ends = [(&wanted.first, operands.first()), (&wanted.last, operands.last())];
        for (globs, at) in ends.into_iter().filter(|(globs, _)| !globs.is_empty()) {
            let end = at.and_then(|at| one(*at, globs));
            found = found.and(end.or_else(|| self.loose_word(place, care))?);
        }
        Some(found)
    }

    /// How many operands there are, and whether none is one that may not be there.
    fn counts(&self, wanted: &Args, operands: &[usize], care: Care) -> bool {
        let Some(subject) = self.subject else { return false };
        let value = |at: &usize| subject.inv.args.get(*at).map(|arg| &arg.value);
        let known = || operands.iter().all(|at| value(at).is_some_and(|value| value.literal().is_some()));
        let count = u32::try_from(operands.len()).unwrap_or(u32::MAX);
        if wanted.max.is_some_and(|max| count > max) || wanted.min.is_some_and(|min| count < min) {
            return false;
        }
        if care == Care::Strict && (wanted.max.is_some() || !wanted.none.is_empty()) && !known() {
            return false;
        }
        // An operand rules out only where it certainly is one of these.
        let ruled_out = |at: &usize| {
            let value = value(at).map(Val::whole);
            wanted.none.iter().any(|none| value.and_then(|value| value.fit(none)) == Some(Certainty::Certain))
        };
        !operands.iter().any(ruled_out)
    }
}

/// Fits a glob; where care is asked for, only to a word that it matches whatever is unknown of it.
fn fit(value: Val<'_>, wanted: &str, care: Care) -> Option<Certainty> {
    match care {
        Care::Loose => value.fit(wanted),
        Care::Strict => value.surely_fits(wanted).then_some(Certainty::Certain),
    }
}

/// Says whether nothing about an invocation is unknown, redirected, or set in front of it: what an exception demands.
#[must_use]
pub fn is_plain(inv: &Invocation) -> bool {
    inv.assigns.is_empty()
        && inv.redirects.is_empty()
        && inv.stdin == Stdin::Inherit
        && !inv.elevated
        && inv.remote.is_none()
        && inv.words().all(|word| word.is_some())
        && inv.program.value.literal().is_some()
}
