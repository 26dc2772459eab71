//! The streaming masker: bytes in, bytes out, state carried.
//!
//! Escape sequences are taken out and remembered where they stood; the text without them is searched for literals;
//! candidates are looked at as soon as enough of the text is there. What is masked depends on the text alone. Output
//! is written up to the first byte of which that is not known yet.

#![forbid(unsafe_code)]

use std::cmp::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zeroize::Zeroize as _;

use super::ansi::{Meaning, Sequence, Step};
use super::digits::{self, Digits};
use super::find::key::CROWD;
use super::find::{self, Candidate, Found, Look, Run, Text, What};
use super::rule::{Form, Trigger};
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

    /// Takes bytes apart into text and escape sequences; what it did not come to is left.
    fn take<'a>(&mut self, mut rest: &'a [u8]) -> &'a [u8] {
        while let Some(first) = rest.first() {
            if std::mem::take(&mut self.carriage) {
                if *first == b'\n' {
                    self.raw.push(b'\r');
                    self.mark(1, Meaning::Transparent);
                } else {
                    self.push(b"\r");
                }
            }
            if self.sequence.open() {
                rest = self.sequence(rest);
                continue;
            }
            let end = memchr::memchr3(super::ansi::ESC, b'\r', 0x08, rest).unwrap_or(rest.len());
            if end > 0 {
                self.push(&rest[..end]);
            }
            let mut taken = end + 1;
            match rest.get(end) {
                Some(&super::ansi::ESC) => match super::ansi::control(&rest[end..]) {
                    Some((length, meaning)) => {
                        taken = end + length;
                        self.raw.extend_from_slice(&rest[end..taken]);
                        self.noise += length;
                        self.mark_sequence(length, meaning);
                    }
                    None => self.sequence.begin(),
                },
                Some(b'\r') if rest.get(taken) == Some(&b'\n') => {
                    self.raw.push(b'\r');
                    self.mark(1, Meaning::Transparent);
                }
                Some(b'\r') => self.carriage = true,
                Some(_) => self.back(),
                None => {}
            }
            rest = rest.get(taken..).unwrap_or_default();
            // What is read again must not pile up.
            if self.text.len() > super::HELD {
                break;
            }
        }
        rest
    }

    /// Goes on in an escape sequence; what is left.
    fn sequence<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        for (at, byte) in bytes.iter().enumerate() {
            match self.sequence.push(*byte) {
                Step::More => {}
                Step::Done(meaning) => {
                    self.end_sequence(meaning);
                    return &bytes[at + 1..];
                }
                Step::Broken => {
                    self.end_sequence(Meaning::Break);
                    return &bytes[at..];
                }
                Step::Text => {
                    let raw = std::mem::take(&mut self.sequence.raw);
                    for part in raw.chunks(PIECE) {
                        self.push(part);
                    }
                    return &bytes[at..];
                }
            }
        }
        &[]
    }

    fn end_sequence(&mut self, meaning: Meaning) {
        let payload = self.sequence.payload().filter(|range| range.len() >= 8 && self.nested < 2);
        let raw = std::mem::take(&mut self.sequence.raw);
        let before = self.raw.len();
        match payload {
            Some(range) => {
                let shown = self.payload(&raw[range.clone()]);
                self.raw.extend_from_slice(&raw[..range.start]);
                self.raw.extend_from_slice(&shown);
                self.raw.extend_from_slice(&raw[range.end..]);
            }
            None => self.raw.extend_from_slice(&raw),
        }
        self.noise += raw.len();
        self.mark_sequence(self.raw.len() - before, meaning);
        self.sequence.raw = raw;
        self.sequence.raw.clear();
    }

    /// Remembers an escape sequence, the last `length` bytes of `raw`, unless there are too many in one place.
    fn mark_sequence(&mut self, length: usize, meaning: Meaning) {
        let meaning = if self.noise > NOISE && meaning == Meaning::Transparent { Meaning::Break } else { meaning };
        self.mark(length, meaning);
    }

    /// A control string's payload without its secrets: titles, links, the clipboard.
    fn payload(&self, payload: &[u8]) -> Vec<u8> {
        use base64::Engine as _;
        use base64::engine::general_purpose::STANDARD;
        let mask = |bytes: &[u8]| {
            let (rules, known) = (Arc::clone(&self.rules), Arc::clone(&self.known));
            let mut inner = Self::new(rules, known, Arc::clone(&self.tagger), Surface::Line);
            inner.nested = self.nested + 1;
            let mut out = Vec::new();
            inner.feed(bytes, &mut out);
            inner.finish(&mut out);
            out
        };
        if payload.starts_with(b"52;") {
            let at = payload.iter().rposition(|byte| *byte == b';').map_or(0, |at| at + 1);
            if let Ok(plain) = STANDARD.decode(&payload[at..]) {
                let shown = mask(&plain);
                if shown == plain {
                    return payload.to_vec();
                }
                return [&payload[..at], STANDARD.encode(shown).as_bytes()].concat();
            }
        }
        mask(payload)
    }

    /// Remembers an escape sequence, the last `length` bytes of `raw`.
    fn mark(&mut self, length: usize, meaning: Meaning) {
        let stands = usize::from(matches!(meaning, Meaning::Break | Meaning::Blank | Meaning::Screen(_)));
        self.marks.push(Mark { at: self.end(), length, stands, meaning });
        if stands > 0 {
            self.noise = 0;
            self.push(if meaning == Meaning::Blank { b" " } else { b"\0" });
        }
    }

    /// Takes a backspace: what stands on the line now is read once more without its last character. The bytes that are
    /// read again are not written again.
    fn back(&mut self) {
        let again = super::screen::without_last(&self.text).to_vec();
        self.raw.push(0x08);
        self.marks.push(Mark { at: self.end(), length: 1, stands: 1 + again.len(), meaning: Meaning::Break });
        self.push(&[0x08]);
        self.push(&again);
    }

    /// Takes text.
    fn push(&mut self, text: &[u8]) {
        self.noise = self.noise.saturating_sub(text.len().saturating_mul(QUIET));
        self.text.extend_from_slice(text);
    }

    /// Looks for literals and forms in the text that came since.
    fn scan(&mut self) {
        let from = self.index(self.scanned);
        let (mut at, mut places) = (from, Places::default());
        while let Some(end) = self.walk.run(&self.trie, &self.text, at, &mut places) {
            at = end;
            self.scanned = self.base + at as u64;
            self.literals(false);
        }
        if !self.rules.forms.is_empty() {
            self.digits(from);
        }
        self.scanned = self.end();
    }

    /// Looks at the literals that end at `scanned`.
    fn literals(&mut self, known_only: bool) {
        let mut found = std::mem::take(&mut self.found);
        self.walk.hits(&self.trie, &mut found);
        for number in &found {
            let number = *number as usize;
            match number.checked_sub(self.rules.count()) {
                Some(form) => self.known_hit(form),
                None if !known_only => self.rule_hit(number),
                None => {}
            }
        }
        self.found = found;
    }

    /// Looks at a rule's literal that ends at `scanned`.
    fn rule_hit(&mut self, number: usize) {
        let end = self.scanned;
        let to = self.index(end);
        let Some(literal) = self.rules.literal(number) else { return };
        let (rule, length) = (literal.rule, literal.bytes.len());
        if to < length || !literal.may(&self.text, to) || !literal.is(&self.text[to - length..to]) {
            return;
        }
        let start = match &self.rules.rules[rule].rule.trigger {
            Trigger::Prefix(prefix) if !prefix.keep => end - length as u64,
            _ => end,
        };
        self.consider(Candidate::new(What::Rule(rule), start, end, length));
    }

    /// Looks for places where digits from `at` on may end one of the forms.
    fn digits(&mut self, mut at: usize) {
        while let Some(end) = self.digits.run(&self.text, at) {
            at = end;
            self.forms(self.base + at as u64);
        }
    }

    /// Looks at the forms that digits in front of `end` may have.
    fn forms(&mut self, end: u64) {
        for number in 0..self.rules.forms.len() {
            let (form, rule) = self.rules.forms[number];
            if self.digits.stops(form) {
                let back = if form == Form::Iban { 4 } else { digits::LONGEST / 2 };
                let start = end.saturating_sub(back as u64).max(self.base);
                self.consider(Candidate::new(What::Rule(rule), start, end, 0));
            }
        }
    }

    /// A place's index in the text.
    fn index(&self, at: u64) -> usize {
        usize::try_from(at - self.base).unwrap_or(0)
    }

    fn known_hit(&mut self, number: usize) {
        let to = self.index(self.scanned);
        let known = Arc::clone(&self.known);
        let known = lock(&known);
        let Some(form) = known.forms.get(number) else { return };
        let length = form.bytes.len();
        // What was released before may be forgotten already.
        let there = length.min(to);
        if form.bytes[length - there..] != self.text[to - there..to] {
            return;
        }
        let (from, end) = (self.base + (to - there) as u64, self.base + to as u64);
        if form.whole_word {
            drop(known);
            self.consider(Candidate::new(What::Known(number), from, end, there));
        } else {
            self.add(What::Known(number), Found::whole(from, end));
        }
    }

    /// Looks at a new candidate.
    fn consider(&mut self, mut candidate: Candidate) {
        let text = Text { bytes: &self.text, base: self.base, end: false };
        let (at, literal) = (candidate.at, candidate.literal);
        let rule = |number: usize| &self.rules.rules[number].rule.trigger;
        let key = matches!(candidate.what, What::Rule(number) if matches!(rule(number), Trigger::Keys(_)));
        if let What::Rule(number) = candidate.what
            && key
        {
            match self.runs[number].crowd(text, at).cmp(&CROWD) {
                Ordering::Less if self.idle == (at, literal) => return,
                Ordering::Less => {}
                Ordering::Equal => candidate = candidate.crowded(),
                // The one before masks this one's value too.
                Ordering::Greater => return,
            }
        }
        match find::look(&mut candidate, text, &self.rules, &mut self.runs) {
            Look::No if key && candidate.value.is_none() => self.idle = (at, literal),
            Look::No => {}
            Look::More => self.pending.push(candidate),
            Look::Yes(found) => self.add(candidate.what, found),
            Look::Open(found) => {
                self.add(candidate.what, found);
                self.pending.push(candidate);
            }
        }
    }

    fn look_again(&mut self) {
        if !self.pending.is_empty() {
            self.look_at(false);
        }
    }

    fn look_at(&mut self, end: bool) {
        let mut pending = std::mem::take(&mut self.pending);
        pending.retain_mut(|candidate| {
            loop {
                let text = Text { bytes: &self.text, base: self.base, end };
                match find::look(candidate, text, &self.rules, &mut self.runs) {
                    Look::No => return false,
                    Look::More => return !end,
                    Look::Yes(found) => {
                        self.add(candidate.what, found);
                        return false;
                    }
                    Look::Open(found) => {
                        let nothing = found.from >= found.to;
                        self.add(candidate.what, found);
                        if !end || nothing {
                            return !end;
                        }
                    }
                }
            }
        });
        self.pending = pending;
    }

    /// Remembers what is to be masked.
    fn add(&mut self, what: What, found: Found) {
        if found.from >= found.to {
            return;
        }
        let rank = match what {
            What::Known(_) => 0,
            What::Rule(number) => {
                let rule = &self.rules.rules[number].rule;
                match rule.trigger {
                    _ if rule.personal => 3,
                    Trigger::Prefix(_) | Trigger::Block { .. } => 1,
                    _ => 2,
                }
            }
        };
        self.spans.push(Span { from: found.from, to: found.to, rank, what, tagged: found.tagged, cut: found.cut });
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

    /// Writes up to a place.
    fn write(&mut self, upto: u64, out: &mut Vec<u8>) {
        if upto < self.written || upto == self.written && self.marks.is_empty() {
            return;
        }
        if !self.spans.is_empty() {
            let mut spans = std::mem::take(&mut self.spans);
            spans.sort_by_key(Span::order);
            for span in spans.iter().take_while(|span| span.from < upto) {
                if span.to <= self.written && span.to <= self.masked {
                    continue;
                }
                let from = span.from.max(self.written);
                if span.from > self.masked || self.masked == 0 && span.from == 0 {
                    self.hide_to(self.masked.min(from), out);
                    self.copy(from, false, out);
                    self.marks_at(from.max(self.written), out);
                    // What was only read again is nowhere to be hidden.
                    if self.written < span.to {
                        self.print(span, out);
                    }
                    self.masked = span.to;
                } else {
                    self.masked = self.masked.max(span.to);
                }
                self.hide_to(self.masked.min(upto), out);
            }
            spans.retain(|span| span.to > upto);
            self.spans = spans;
        }
        self.hide_to(self.masked.min(upto), out);
        self.copy(upto, false, out);
        if upto == self.end() {
            self.marks_at(upto, out);
        }
        self.forget();
    }

    fn hide_to(&mut self, to: u64, out: &mut Vec<u8>) {
        if to > self.written {
            self.copy(to, true, out);
        }
    }

    /// Writes text up to a place, hidden or not, and the escape sequences within.
    fn copy(&mut self, to: u64, hidden: bool, out: &mut Vec<u8>) {
        let mut done = 0;
        let mut raw = 0;
        while let Some(mark) = self.marks.get(done).copied().filter(|mark| mark.at < to) {
            self.put(mark.at, hidden, out);
            raw = self.put_mark(mark, raw, out);
            done += 1;
        }
        self.drop_marks(done, raw);
        self.put(to, hidden, out);
    }

    /// Writes the escape sequences that stand in front of a byte.
    fn marks_at(&mut self, at: u64, out: &mut Vec<u8>) {
        let (mut done, mut raw) = (0, 0);
        while let Some(mark) = self.marks.get(done).copied().filter(|mark| mark.at <= at && mark.stands == 0) {
            raw = self.put_mark(mark, raw, out);
            done += 1;
        }
        self.drop_marks(done, raw);
    }

    fn put_mark(&mut self, mark: Mark, raw: usize, out: &mut Vec<u8>) -> usize {
        let end = (raw + mark.length).min(self.raw.len());
        match self.raw[raw..end] {
            // A carriage return, most often.
            [one] => out.push(one),
            ref all => out.extend_from_slice(all),
        }
        match mark.meaning {
            Meaning::Screen(on) => self.alternate = on,
            Meaning::Prompt(on) => self.prompt = on,
            Meaning::Transparent | Meaning::Break | Meaning::Blank => {}
        }
        if mark.stands > 0 {
            self.written = mark.at + mark.stands as u64;
        }
        end
    }

    fn drop_marks(&mut self, done: usize, raw: usize) {
        if done == self.marks.len() {
            self.marks.clear();
            self.raw.clear();
        } else if done > 0 {
            self.marks.drain(..done);
            self.raw.drain(..raw);
        }
    }

    fn put(&mut self, to: u64, hidden: bool, out: &mut Vec<u8>) {
        if to <= self.written {
            return;
        }
        let text = Text { bytes: &self.text, base: self.base, end: false }.between(self.written, to);
        if !hidden {
            out.extend_from_slice(text);
        } else if self.now() == Surface::Screen {
            super::screen::dots(text, out);
        }
        self.written = to;
    }

    /// Writes a mask.
    fn print(&self, span: &Span, out: &mut Vec<u8>) {
        if self.now() == Surface::Screen {
            return;
        }
        let text = Text { bytes: &self.text, base: self.base, end: false };
        let secret = text.between(span.tagged.0, span.tagged.1);
        out.extend_from_slice(self.mask(span, secret).as_bytes());
    }

    /// The text of a mask.
    pub(super) fn mask(&self, span: &Span, secret: &[u8]) -> String {
        let (label, tag, four) = match span.what {
            What::Known(number) => {
                let known = lock(&self.known);
                let value = known.forms.get(number).and_then(|form| known.values.get(form.value));
                let tag = self.tagger.tag(value.map_or(secret, |value| &value.bytes));
                (value.map_or_else(|| "secret".to_owned(), |value| value.label.clone()), tag, false)
            }
            What::Rule(number) => {
                let ready = &self.rules.rules[number];
                let tag = if ready.rule.personal { self.tagger.personal(secret) } else { self.tagger.tag(secret) };
                (ready.rule.label.clone(), tag, ready.four)
            }
        };
        let last = secret.len().checked_sub(4).map(|at| &secret[at..]);
        let last = last.filter(|last| four && secret.len() >= 12 && last.iter().all(u8::is_ascii_alphanumeric));
        match last {
            _ if span.cut => format!("[masked:{label}:{tag}:cut]"),
            Some(last) => format!("[masked:{label}:{tag}:{}]", String::from_utf8_lossy(last)),
            None => format!("[masked:{label}:{tag}]"),
        }
    }

    /// Forgets text that is written and not needed any more.
    fn forget(&mut self) {
        let pending = self.pending.iter().map(|candidate| candidate.start.min(candidate.value.unwrap_or(u64::MAX)));
        let open = self.pending.iter().filter(|candidate| candidate.open).map(|candidate| candidate.seen);
        let closed = pending.zip(self.pending.iter()).filter(|(_, candidate)| !candidate.open).map(|(start, _)| start);
        let keep = closed.chain(open).min().unwrap_or(u64::MAX).min(self.written).saturating_sub(BEHIND);
        let surplus = usize::try_from(keep.saturating_sub(self.base)).unwrap_or(0);
        if surplus > PIECE / 2 {
            self.text.drain(..surplus);
            self.base += surplus as u64;
        }
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
