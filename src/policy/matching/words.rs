//! A program's words read as options, their values, and operands.
//!
//! What takes a value is known from the packs' `programs`. An undeclared long option in front of the subcommand may
//! take the next word or not: both are tried, so a line has several readings.

use super::fit::{Val, is_loose};
use crate::policy::rule::ProgramSpec;
use crate::syntax::{Arg, Invocation};

/// Most undeclared options that are read both ways.
const MAX_AMBIGUOUS: u8 = 3;
/// Operands behind which an undeclared option is no longer in front of the subcommand.
const SUBCOMMAND_WORDS: usize = 2;

/// Long options that take no value in any program that has them.
const SWITCHES: &[&str] = &[
    "--all",
    "--debug",
    "--dry-run",
    "--force",
    "--help",
    "--json",
    "--quiet",
    "--silent",
    "--verbose",
    "--version",
    "--yes",
];

/// An option's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name<'a> {
    /// `--name`, with its dashes.
    Long(&'a str),
    /// A letter behind one dash, alone or in a bundle.
    Short(char),
    /// A whole word behind one dash, with it: `-name`.
    Word(&'a str),
}

/// An option that is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opt<'a> {
    /// Its name.
    pub(super) name: Name<'a>,
    /// Its value: behind `=`, or the next word where the option is declared to take one.
    pub(super) value: Option<Val<'a>>,
    /// What would be its value if the option takes one, which is not known.
    pub(super) maybe: Option<Val<'a>>,
    /// The word's index in the invocation's arguments.
    pub(super) at: usize,
}

/// One way to read the words.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading<'a> {
    /// Options in order; a bundle is one entry for each letter.
    pub(super) options: Vec<Opt<'a>>,
    /// Indices of the operands, in order.
    pub(super) operands: Vec<usize>,
    /// Indices of words that may stand for options or for several words.
    pub(super) loose: Vec<usize>,
}

/// Reads an invocation's words in every way that is worth trying; at least one, the likeliest first.
#[must_use]
pub(super) fn readings<'a>(inv: &'a Invocation, spec: &ProgramSpec) -> Vec<Reading<'a>> {
    let (first, ambiguous) = Reader::new(&inv.args, spec, 0).read();
    let mut all = vec![first];
    all.extend((1_u8..1 << ambiguous).map(|takes| Reader::new(&inv.args, spec, takes).read().0));
    all
}

struct Reader<'a, 's> {
    args: &'a [Arg],
    spec: &'s ProgramSpec,
    /// Bit n: the nth ambiguous option takes a value.
    takes: u8,
    ambiguous: u8,
    reading: Reading<'a>,
    /// Options have ended.
    ended: bool,
}

impl<'a, 's> Reader<'a, 's> {
    fn new(args: &'a [Arg], spec: &'s ProgramSpec, takes: u8) -> Self {
        Self { args, spec, takes, ambiguous: 0, reading: Reading::default(), ended: false }
    }

    fn read(mut self) -> (Reading<'a>, u8) {
        let mut at = 0;
        while let Some(arg) = self.args.get(at) {
            at = self.word(at, arg);
        }
        (self.reading, self.ambiguous)
    }

    /// Reads the word at an index; returns the index of the next one to read.
    fn word(&mut self, at: usize, arg: &'a Arg) -> usize {
        let text = arg.value.prefix();
        let literal = arg.value.literal().is_some();
        if self.ended || !text.starts_with('-') || (literal && text == "-") {
            self.operand(at, arg);
            return at + 1;
        }
        if literal && text == "--" {
            self.ended = true;
            self.option(Name::Long("--"), None, None, at);
            return at + 1;
        }
        if text.starts_with("--") { self.long(at, arg, text, literal) } else { self.short(at, arg, text, literal) }
    }

    fn operand(&mut self, at: usize, arg: &Arg) {
        if !self.ended && is_loose(arg) {
            self.reading.loose.push(at);
        }
        self.reading.operands.push(at);
        let behind = |stop: &Vec<String>| {
            self.reading.operands.len() == stop.len() + 1 && self.leads_with(stop.iter().map(String::as_str))
        };
        if self.spec.stops.iter().any(behind) {
            self.ended = true;
        }
    }

    fn option(&mut self, name: Name<'a>, value: Option<Val<'a>>, maybe: Option<Val<'a>>, at: usize) {
        self.reading.options.push(Opt { name, value, maybe, at });
    }

    fn long(&mut self, at: usize, arg: &'a Arg, text: &'a str, literal: bool) -> usize {
        if let Some((name, _)) = text.split_once('=') {
            self.option(Name::Long(name), Some(Val::behind(&arg.value, name.len() + 1)), None, at);
            return at + 1;
        }
        if !literal {
            self.reading.loose.push(at);
            return at + 1;
        }
        let next = self.args.get(at + 1);
        if self.takes_value(text) {
            self.option(Name::Long(text), next.map(|next| Val::whole(&next.value)), None, at);
            return at + 2;
        }
        let follower = self.follower(at);
        if follower.is_some() && self.is_ambiguous(text) {
            let bit = 1 << self.ambiguous;
            self.ambiguous += 1;
            if self.takes & bit != 0 {
                self.option(Name::Long(text), follower, None, at);
                return at + 2;
            }
        }
        self.option(Name::Long(text), None, follower, at);
        at + 1
    }

    /// Says whether an undeclared option is to be read both ways.
    fn is_ambiguous(&self, name: &str) -> bool {
        self.ambiguous < MAX_AMBIGUOUS
            && self.reading.operands.len() < SUBCOMMAND_WORDS
            && !name.starts_with("--no-")
            && !SWITCHES.contains(&name)
            && !self.spec.switches.iter().any(|switch| switch == name)
    }

    fn short(&mut self, at: usize, arg: &'a Arg, text: &'a str, literal: bool) -> usize {
        if literal && self.takes_value(text) {
            let value = self.args.get(at + 1).map(|next| Val::whole(&next.value));
            self.option(single(text), value, None, at);
            return at + 2;
        }
        if let Some((name, _)) = text.split_once('=')
            && (!self.spec.bundle || name.chars().count() <= 2 || !is_bundle(name))
        {
            self.option(single(name), Some(Val::behind(&arg.value, name.len() + 1)), None, at);
            return at + 1;
        }
        if !literal && text == "-" {
            self.reading.loose.push(at);
            return at + 1;
        }
        if !self.spec.bundle {
            let follower = self.follower(at);
            self.option(single(text), None, follower, at);
            return at + 1;
        }
        self.bundle(at, arg, text, literal)
    }

    fn bundle(&mut self, at: usize, arg: &'a Arg, text: &'a str, literal: bool) -> usize {
        if text.chars().count() > 2 {
            self.option(Name::Word(text), None, self.follower(at), at);
        }
        for (offset, letter) in text.char_indices().skip(1) {
            if !letter.is_alphanumeric() && !matches!(letter, '?' | '#' | '@') {
                break;
            }
            let rest = offset + letter.len_utf8();
            let attached = (rest < text.len() || !literal).then(|| Val::behind(&arg.value, rest));
            let mut utf8 = [0; 5];
            if self.takes_value(dashed(letter, &mut utf8)) {
                if attached.is_some() {
                    self.option(Name::Short(letter), attached, None, at);
                    return at + 1;
                }
                let value = self.args.get(at + 1).map(|next| Val::whole(&next.value));
                self.option(Name::Short(letter), value, None, at);
                return at + 2;
            }
            let maybe = attached.or_else(|| self.follower(at));
            self.option(Name::Short(letter), None, maybe, at);
        }
        if !literal {
            self.reading.loose.push(at);
        }
        at + 1
    }

    /// The next word, where it could be a value: it does not look like an option.
    fn follower(&self, at: usize) -> Option<Val<'a>> {
        let next = self.args.get(at + 1)?;
        let dash = next.value.prefix();
        (!dash.starts_with('-') || dash == "-").then(|| Val::whole(&next.value))
    }

    /// Says whether the packs declare that an option takes the next word.
    fn takes_value(&self, name: &str) -> bool {
        let under = |path: &[String]| self.leads_with(path.iter().map(String::as_str));
        let exact = self.spec.values.iter().any(|option| option.name == name && under(&option.under));
        let short_of = |option: &&crate::policy::rule::ValueOption| abbreviates(name, &option.name);
        exact
            || (self.spec.abbrev
                && !self.spec.switches.iter().any(|switch| switch == name)
                && self.spec.values.iter().filter(short_of).any(|option| under(&option.under)))
    }

    /// Says whether the operands read so far start with these words.
    fn leads_with<'w>(&self, mut words: impl Iterator<Item = &'w str>) -> bool {
        let mut operands = self.reading.operands.iter();
        words
            .all(|word| operands.next().and_then(|at| self.args.get(*at)).is_some_and(|operand| operand.value.is(word)))
    }
}

/// Says whether `given` is a long option cut short, at least three letters long.
#[must_use]
pub(super) fn abbreviates(given: &str, full: &str) -> bool {
    given.len() >= 5 && given.starts_with("--") && given.len() < full.len() && full.starts_with(given)
}

/// A name behind one dash.
fn single(text: &str) -> Name<'_> {
    let mut letters = text.chars().skip(1);
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Name::Short(letter),
        _ => Name::Word(text),
    }
}

/// Says whether a word behind one dash can be letters of their own.
fn is_bundle(name: &str) -> bool {
    name.chars().skip(1).all(char::is_alphanumeric)
}

/// `-x` for a letter.
fn dashed(letter: char, buffer: &mut [u8; 5]) -> &str {
    if let Some((dash, rest)) = buffer.split_first_mut() {
        *dash = b'-';
        letter.encode_utf8(rest);
    }
    buffer.get(..=letter.len_utf8()).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}
