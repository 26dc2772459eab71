//! What goes out: text with masks in the place of secrets, and the escape sequences where they belong.

#![forbid(unsafe_code)]

use super::{BEHIND, Mark, Masker, PIECE, Span, Surface, lock};
use crate::mask::ansi::Meaning;
use crate::mask::find::{Text, What};

impl Masker {
    /// Writes up to a place.
    pub(super) fn write(&mut self, upto: u64, out: &mut Vec<u8>) {
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

    pub(super) fn hide_to(&mut self, to: u64, out: &mut Vec<u8>) {
        if to > self.written {
            self.copy(to, true, out);
        }
    }

    /// Writes text up to a place, hidden or not, and the escape sequences within.
    pub(super) fn copy(&mut self, to: u64, hidden: bool, out: &mut Vec<u8>) {
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
    pub(super) fn marks_at(&mut self, at: u64, out: &mut Vec<u8>) {
        let (mut done, mut raw) = (0, 0);
        while let Some(mark) = self.marks.get(done).copied().filter(|mark| mark.at <= at && mark.stands == 0) {
            raw = self.put_mark(mark, raw, out);
            done += 1;
        }
        self.drop_marks(done, raw);
    }

    pub(super) fn put_mark(&mut self, mark: Mark, raw: usize, out: &mut Vec<u8>) -> usize {
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

    pub(super) fn drop_marks(&mut self, done: usize, raw: usize) {
        if done == self.marks.len() {
            self.marks.clear();
            self.raw.clear();
        } else if done > 0 {
            self.marks.drain(..done);
            self.raw.drain(..raw);
        }
    }

    pub(super) fn put(&mut self, to: u64, hidden: bool, out: &mut Vec<u8>) {
        if to <= self.written {
            return;
        }
        let text = Text { bytes: &self.text, base: self.base, end: false }.between(self.written, to);
        if !hidden {
            out.extend_from_slice(text);
        } else if self.now() == Surface::Screen {
            crate::mask::screen::dots(text, out);
        }
        self.written = to;
    }

    /// Writes a mask.
    pub(super) fn print(&self, span: &Span, out: &mut Vec<u8>) {
        if self.now() == Surface::Screen {
            return;
        }
        let text = Text { bytes: &self.text, base: self.base, end: false };
        let secret = text.between(span.tagged.0, span.tagged.1);
        out.extend_from_slice(self.mask(span, secret).as_bytes());
    }

    /// The text of a mask.
    pub(in crate::mask) fn mask(&self, span: &Span, secret: &[u8]) -> String {
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
    pub(super) fn forget(&mut self) {
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
