//! The streaming masker: bytes in, bytes out, state carried.
//!
//! Escape sequences are taken out and remembered where they stood; the text without them is searched for literals;
//! candidates are looked at as soon as enough of the text is there. What is masked depends on the text alone. Output
//! is written up to the first byte of which that is not known yet.

#![forbid(unsafe_code)]

mod looking;
mod taking;
mod writing;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zeroize::Zeroize as _;

use super::ansi::{Meaning, Sequence};
use super::digits::{self, Digits};
use super::find::{self, Candidate, Found, Look, Run, Text, What};
use super::rule::Trigger;
use super::rules::Rules;
use super::sieve::Places;
use super::tag::Tagger;
use super::trie::{Trie, Walk};
use super::values::Known;

/// Bytes that are taken at a time.
const PIECE: usize = 16 << 10;
/// Bytes that stay remembered behind what was written: names of keys, what stands in front of a token.
pub(super) const BEHIND: u64 = 256;
/// Escape sequences that may stand within a secret, in bytes, before they break it.
const NOISE: usize = 64 << 10;
/// How many bytes of them every byte of text makes up for.
const QUIET: usize = 16;
/// So much of a known value may be shown while it is not complete.
const SHOWN: usize = 6;

/// Where masked text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// Lines: output of commands, records, what agents read. A mask says what it hides.
    Line,
    /// Cells of a screen: prompts and full-screen programs. A mask is as wide as what it hides.
    Screen,
}

/// What is masked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) rank: u8,
    pub(super) what: What,
    pub(super) tagged: (u64, u64),
    pub(super) cut: bool,
}

impl Span {
    /// The order in which spans decide about a mask's text.
    pub(super) fn order(&self) -> (u64, u8, std::cmp::Reverse<u64>, usize) {
        let number = match self.what {
            What::Rule(number) | What::Known(number) => number,
        };
        (self.from, self.rank, std::cmp::Reverse(self.to), number)
    }
}

/// An escape sequence, where it stood in the text.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: u64,
    length: usize,
    /// So many bytes of the text stand for it.
    stands: usize,
    meaning: Meaning,
}

/// Masks a stream.
pub struct Masker {
    pub(super) rules: Arc<Rules>,
    known: Arc<Mutex<Known>>,
    tagger: Arc<Tagger>,
    pub(super) trie: Arc<Trie>,
    pub(super) walk: Walk,
    digits: Digits,
    /// The literals that end at one place.
    found: Vec<u32>,
    /// How many forms of known values are in the trie.
    forms: usize,
    surface: Surface,
    alternate: bool,
    prompt: bool,
    /// Text without escape sequences, from `base` on.
    pub(super) text: Vec<u8>,
    base: u64,
    scanned: u64,
    written: u64,
    /// Where the last mask ends.
    masked: u64,
    marks: Vec<Mark>,
    pub(super) raw: Vec<u8>,
    noise: usize,
    sequence: Sequence,
    /// A carriage return whose next byte is awaited.
    carriage: bool,
    pub(super) pending: Vec<Candidate>,
    spans: Vec<Span>,
    runs: Vec<Run>,
    /// The last key behind which nothing is that could be a value: where it ends, and its length. More than one rule may
    /// look for it.
    idle: (u64, usize),
    /// How many control strings this text is within.
    nested: u8,
}

impl std::fmt::Debug for Masker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Masker").field("surface", &self.surface).finish_non_exhaustive()
    }
}

impl Drop for Masker {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Masker {
    /// A masker at the beginning of a stream.
    #[must_use]
    pub fn new(rules: Arc<Rules>, known: Arc<Mutex<Known>>, tagger: Arc<Tagger>, surface: Surface) -> Self {
        let (trie, forms) = {
            let mut known = lock(&known);
            (known.trie(&rules), known.len())
        };
        Self {
            walk: Walk::new(&trie),
            digits: rules.digits.clone(),
            found: Vec::new(),
            runs: vec![Run::default(); rules.rules.len()],
            rules,
            known,
            tagger,
            trie,
            forms,
            surface,
            alternate: false,
            prompt: false,
            text: Vec::with_capacity(super::HELD),
            base: 0,
            scanned: 0,
            written: 0,
            masked: 0,
            marks: Vec::new(),
            raw: Vec::new(),
            noise: 0,
            sequence: Sequence::default(),
            carriage: false,
            pending: Vec::new(),
            spans: Vec::new(),
            nested: 0,
            idle: (0, 0),
        }
    }

    /// Says how what comes is read. Full-screen programs and marked prompts are noticed without that.
    pub fn set_surface(&mut self, surface: Surface) {
        self.surface = surface;
    }

    /// Takes bytes, and writes what may be shown.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.refresh();
        for mut piece in bytes.chunks(PIECE) {
            while !piece.is_empty() {
                piece = self.take(piece);
                self.scan();
                self.settle(out);
            }
        }
    }

    /// Says whether something is held back.
    #[must_use]
    pub fn held(&self) -> bool {
        self.written < self.end() || self.carriage || !self.marks.is_empty() || self.sequence.open()
    }

    /// How long what is held may wait for more before [`Masker::release`]; `None` where there is nothing to release.
    #[must_use]
    pub fn hold(&self) -> Option<Duration> {
        if self.written >= self.end() && !self.carriage && self.marks.is_empty() {
            return None;
        }
        let depth = self.walk.held(&self.trie).1;
        let longest = self.pending.iter().map(|candidate| self.waiting(candidate)).max().unwrap_or(0);
        let millis = if depth >= SHOWN || longest >= SHOWN as u64 {
            250
        } else if depth >= 3 || longest > 0 {
            25
        } else {
            0
        };
        Some(Duration::from_millis(millis))
    }

    /// How much of what may be a secret is held for a candidate, in bytes; none where the rest of it is hidden already.
    fn waiting(&self, candidate: &Candidate) -> u64 {
        let What::Rule(number) = candidate.what else { return 1 };
        let value = match &self.rules.rules[number].rule.trigger {
            Trigger::Prefix(_) | Trigger::Keys(_) => candidate.value,
            Trigger::Url => {
                let text = Text { bytes: &self.text, base: self.base, end: false };
                let rest = text.between(candidate.at, self.end());
                memchr::memchr(b':', rest).map(|colon| candidate.at + colon as u64 + 1)
            }
            Trigger::Block { .. } => return u64::from(candidate.lines.good),
            Trigger::Form(_) => return 1,
        };
        value.filter(|value| candidate.start <= *value).map_or(0, |value| self.end().saturating_sub(value))
    }

    /// Writes what was held for too long: harmless beginnings as they are, what already is or looks like most of a
    /// secret as a mask. Whatever more comes of a secret stays hidden.
    pub fn release(&mut self, out: &mut Vec<u8>) {
        self.refresh();
        if std::mem::take(&mut self.carriage) {
            self.push(b"\r");
        }
        self.scan();
        self.look_again();
        let end = self.end();
        let mut pending = std::mem::take(&mut self.pending);
        for candidate in &mut pending {
            let Some(from) = self.likely(candidate).filter(|_| candidate.start < end) else { continue };
            self.add(candidate.what, Found { from, to: end, tagged: (from, end), cut: false });
            candidate.start = end;
        }
        self.pending = pending;
        self.partial(|depth, _| depth >= SHOWN);
        self.write(end, out);
    }

    /// Where a candidate's secret begins, if what is there would be one or is most of one.
    fn likely(&self, candidate: &Candidate) -> Option<u64> {
        let text = Text { bytes: &self.text, base: self.base, end: true };
        let mut runs = self.runs.clone();
        match find::look(&mut candidate.clone(), text, &self.rules, &mut runs) {
            Look::Yes(found) | Look::Open(found) => return Some(found.from),
            Look::No | Look::More => {}
        }
        let What::Rule(number) = candidate.what else { return None };
        let rule = &self.rules.rules[number].rule;
        let Trigger::Prefix(prefix) = &rule.trigger else { return None };
        let body = self.end().saturating_sub(candidate.value?);
        let enough = body >= u64::from(rule.value.min / 2).max(SHOWN as u64);
        (enough && !prefix.keep).then_some(candidate.start)
    }

    /// Ends the stream: writes all that is left. What a new stream brings begins anew.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.refresh();
        if std::mem::take(&mut self.carriage) {
            self.push(b"\r");
        }
        if self.sequence.open() {
            self.end_sequence(Meaning::Break);
        }
        self.scan();
        self.look_at(true);
        self.partial(|depth, length| depth >= SHOWN.max(length.div_ceil(2)));
        let end = self.end();
        self.write(end, out);
        let fresh = Self::new(Arc::clone(&self.rules), Arc::clone(&self.known), Arc::clone(&self.tagger), self.surface);
        *self = fresh;
    }

    /// Takes a text as a whole, and says what is to be masked in it. Nothing is written.
    pub(super) fn whole(&mut self, text: &[u8]) -> Vec<Span> {
        self.push(text);
        self.scan();
        self.look_at(true);
        self.partial(|depth, length| depth >= SHOWN.max(length.div_ceil(2)));
        std::mem::take(&mut self.spans)
    }

    /// Masks the beginning of a known value at the end of the text.
    fn partial(&mut self, enough: impl Fn(usize, usize) -> bool) {
        let end = self.end();
        let known = Arc::clone(&self.known);
        let known = lock(&known);
        let longest = self.walk.held(&self.trie).1.min(self.text.len());
        let depths: Vec<usize> = self.walk.suffixes(&self.trie).filter(|depth| *depth <= longest).collect();
        for depth in depths {
            let tail = &self.text[self.text.len() - depth..];
            let begun = |form: &super::values::Form| form.bytes.starts_with(tail) && enough(depth, form.bytes.len());
            if let Some(number) = known.forms.iter().take(self.forms).position(begun) {
                let found = Found::whole(end - depth as u64, end);
                self.add(What::Known(number), found);
                return;
            }
        }
    }

    fn end(&self) -> u64 {
        self.base + self.text.len() as u64
    }

    /// Takes over values that were added, and looks for them in what is held.
    fn refresh(&mut self) {
        let known = Arc::clone(&self.known);
        let mut known = lock(&known);
        if known.len() == self.forms {
            return;
        }
        self.trie = known.trie(&self.rules);
        self.forms = known.len();
        drop(known);
        self.walk = Walk::new(&self.trie);
        let (mut at, mut places) = (0, Places::default());
        while let Some(end) = self.walk.run(&self.trie, &self.text, at, &mut places) {
            at = end;
            let scanned = std::mem::replace(&mut self.scanned, self.base + at as u64);
            self.literals(true);
            self.scanned = scanned;
        }
    }

    /// Writes what is decided.
    fn settle(&mut self, out: &mut Vec<u8>) {
        self.look_again();
        let upto = self.decided();
        self.write(upto, out);
    }

    /// Up to where nothing that comes can change what is masked.
    pub(super) fn decided(&self) -> u64 {
        let end = self.end();
        let mut decided = self.pending.iter().map(|candidate| candidate.start).min().unwrap_or(end).min(end);
        let (public, _) = self.walk.held(&self.trie);
        decided = decided.min(end - public as u64);
        if !self.rules.forms.is_empty() {
            let least = self.text.len().saturating_sub(2 * digits::LONGEST);
            let tail = digits::tail(&self.text[least..]);
            decided = decided.min(self.base + (least + tail) as u64);
        }
        if let Some((class, most)) = &self.rules.before {
            for depth in self.walk.suffixes(&self.trie).chain([0]) {
                let to = self.text.len().saturating_sub(depth);
                let run = self.text[..to].iter().rev().take(*most).take_while(|byte| class.has(**byte)).count();
                if run > 0 {
                    decided = decided.min(self.base + (to - run) as u64);
                }
            }
        }
        decided
    }

    fn now(&self) -> Surface {
        if self.alternate || self.prompt { Surface::Screen } else { self.surface }
    }
}

/// Masks a text as a whole.
#[must_use]
pub fn mask_bytes(rules: &Arc<Rules>, known: &Arc<Mutex<Known>>, tagger: &Arc<Tagger>, bytes: &[u8]) -> Vec<u8> {
    let mut masker = Masker::new(Arc::clone(rules), Arc::clone(known), Arc::clone(tagger), Surface::Line);
    let mut out = Vec::with_capacity(bytes.len() + 64);
    masker.feed(bytes, &mut out);
    masker.finish(&mut out);
    out
}

/// Masks values in a text that is shown to a person or an agent: a refusal, an approval request.
#[must_use]
pub fn mask_text(rules: &Arc<Rules>, known: &Arc<Mutex<Known>>, tagger: &Arc<Tagger>, text: &str) -> String {
    String::from_utf8_lossy(&mask_bytes(rules, known, tagger, text.as_bytes())).into_owned()
}
