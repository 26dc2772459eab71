//! Looking at candidates: a literal was found, is there a secret behind it?
//!
//! What a candidate turns out to be depends on the text alone, never on how it came in: as long as more text could
//! change the answer, the answer is [`Look::More`].

#![forbid(unsafe_code)]

mod apart;
mod block;
mod code;
mod form;
mod head;
pub(super) mod key;
mod list;
mod rows;
mod token;
mod url;
mod value;

pub(super) use value::{Written, plausible};

use super::class::Class;
use super::rule::Trigger;
use super::rules::Rules;

/// Text without its escape sequences, as far as it is remembered.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) bytes: &'a [u8],
    /// Where `bytes` begins.
    pub(super) base: u64,
    /// Nothing follows.
    pub(super) end: bool,
}

impl<'a> Text<'a> {
    pub(super) fn index(&self, at: u64) -> usize {
        usize::try_from(at.saturating_sub(self.base)).unwrap_or(usize::MAX).min(self.bytes.len())
    }

    pub(super) fn place(&self, index: usize) -> u64 {
        self.base + index as u64
    }

    pub(super) fn between(&self, from: u64, to: u64) -> &'a [u8] {
        let (from, to) = (self.index(from), self.index(to));
        &self.bytes[from.min(to)..to]
    }
}

/// A secret's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) from: u64,
    pub(super) to: u64,
    /// What its tag is made from.
    pub(super) tagged: (u64, u64),
    /// It goes on beyond what is held.
    pub(super) cut: bool,
}

impl Found {
    pub(super) fn whole(from: u64, to: u64) -> Self {
        Self { from, to, tagged: (from, to), cut: false }
    }
}

/// What a look at a candidate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// More text is needed.
    More,
    /// It is no secret.
    No,
    /// It is one.
    Yes(Found),
    /// It is one as far as this, and goes on.
    Open(Found),
}

/// What a candidate is a candidate for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A rule, by number.
    Rule(usize),
    /// A known value that counts only as a whole word, by its form.
    Known(usize),
}

/// Something that may be a secret.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) what: What,
    /// From where on text is held for it.
    pub(super) start: u64,
    /// Behind the literal.
    pub(super) at: u64,
    /// How long the literal is.
    pub(super) literal: usize,
    /// Where the secret's own text begins, once that is known.
    pub(super) value: Option<u64>,
    /// How far it was looked at.
    pub(super) seen: u64,
    /// How the value ends.
    pub(super) close: key::Close,
    /// Lines of a block.
    pub(super) lines: block::Lines,
    /// Its beginning is masked already, as it is too long to be held.
    pub(super) open: bool,
    /// Its key's name begins the line.
    pub(super) leads: bool,
}

impl Candidate {
    /// As one of a crowd of keys that have one value: that value is masked to its end, whatever it is.
    pub(super) fn crowded(mut self) -> Self {
        (self.value, self.close, self.open) = (Some(self.at), key::Close::Sign, true);
        self
    }

    pub(super) fn new(what: What, start: u64, at: u64, literal: usize) -> Self {
        let (close, lines) = (key::Close::default(), block::Lines::default());
        Self { what, start, at, literal, value: None, seen: at, close, lines, open: false, leads: false }
    }
}

/// What ends a run of text with keys in it, beside blanks.
const ENDS: Class = Class::of(b"\"'`\x7f,;&)]}<>|");

/// The last run of bytes of one set, by rule: runs are measured once, however many literals are in them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    from: u64,
    to: u64,
    /// How many candidates in it were looked at in vain; of keys, how many there are.
    tries: u16,
}

impl Run {
    /// Counts a key, by where its name ends: says how many before it have their value in the same run of text, which
    /// goes on over it. What is told depends on the text alone.
    pub(super) fn crowd(&mut self, text: Text<'_>, at: u64) -> u16 {
        let between = text.between(self.to, at);
        let signed = between.first().is_some_and(|byte| matches!(byte, b'=' | b':'));
        let near = self.to > 0 && at.saturating_sub(self.to) <= key::NEAR;
        let goes_on = near && !between.iter().any(|byte| *byte <= b' ' || ENDS.has(*byte));
        self.tries = if goes_on { self.tries.saturating_add(u16::from(signed)) } else { 0 };
        self.to = at;
        self.tries
    }
}

/// Looks at a candidate of a rule.
pub(super) fn look(candidate: &mut Candidate, text: Text<'_>, rules: &Rules, runs: &mut [Run]) -> Look {
    let What::Rule(number) = candidate.what else { return known(candidate, text) };
    let ready = &rules.rules[number];
    match &ready.rule.trigger {
        Trigger::Prefix(prefix) => match prefix.lines {
            Some(lines) => rows::look(candidate, text, ready, prefix, lines),
            None => token::look(candidate, text, ready, prefix, &mut runs[number]),
        },
        Trigger::Keys(_) => key::look(candidate, text, ready),
        Trigger::Url => url::look(candidate, text),
        Trigger::Block { end, .. } => block::look(candidate, text, end),
        Trigger::Form(form) => form::look(candidate, text, *form),
    }
}

fn known(candidate: &Candidate, text: Text<'_>) -> Look {
    let word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let (from, to) = (text.index(candidate.start), text.index(candidate.at));
    if word(from.checked_sub(1).and_then(|at| text.bytes.get(at))) && !super::verify::begins(text.bytes, from) {
        return Look::No;
    }
    match text.bytes.get(to) {
        None if !text.end => Look::More,
        next if word(next) => Look::No,
        _ => Look::Yes(Found::whole(candidate.start, candidate.at)),
    }
}
