//! Where a secret may begin, and whether it is one: literals, forms and known values in the text.

#![forbid(unsafe_code)]

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Masker, Span, lock};
use crate::mask::digits;
use crate::mask::find::key::CROWD;
use crate::mask::find::{self, Candidate, Found, Look, Text, What};
use crate::mask::rule::{Form, Trigger};
use crate::mask::sieve::Places;

impl Masker {
    /// Looks for literals and forms in the text that came since.
    pub(super) fn scan(&mut self) {
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
    pub(super) fn literals(&mut self, known_only: bool) {
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
    pub(super) fn rule_hit(&mut self, number: usize) {
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
    pub(super) fn digits(&mut self, mut at: usize) {
        while let Some(end) = self.digits.run(&self.text, at) {
            at = end;
            self.forms(self.base + at as u64);
        }
    }

    /// Looks at the forms that digits in front of `end` may have.
    pub(super) fn forms(&mut self, end: u64) {
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
    pub(super) fn index(&self, at: u64) -> usize {
        usize::try_from(at - self.base).unwrap_or(0)
    }

    pub(super) fn known_hit(&mut self, number: usize) {
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
    pub(super) fn consider(&mut self, mut candidate: Candidate) {
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

    pub(super) fn look_again(&mut self) {
        if !self.pending.is_empty() {
            self.look_at(false);
        }
    }

    pub(super) fn look_at(&mut self, end: bool) {
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
    pub(super) fn add(&mut self, what: What, found: Found) {
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
}
