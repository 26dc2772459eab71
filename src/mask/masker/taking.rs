//! What comes in, taken apart: text, and escape sequences with where they stood.

#![forbid(unsafe_code)]

use std::sync::Arc;

use super::{Mark, Masker, NOISE, PIECE, QUIET, Surface};
use crate::mask::ansi::{Meaning, Step};

impl Masker {
    /// Takes bytes apart into text and escape sequences; what it did not come to is left.
    pub(super) fn take<'a>(&mut self, mut rest: &'a [u8]) -> &'a [u8] {
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
            let end = memchr::memchr3(crate::mask::ansi::ESC, b'\r', 0x08, rest).unwrap_or(rest.len());
            if end > 0 {
                self.push(&rest[..end]);
            }
            let mut taken = end + 1;
            match rest.get(end) {
                Some(&crate::mask::ansi::ESC) => match crate::mask::ansi::control(&rest[end..]) {
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
            if self.text.len() > crate::mask::HELD {
                break;
            }
        }
        rest
    }

    /// Goes on in an escape sequence; what is left.
    pub(super) fn sequence<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
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

    pub(super) fn end_sequence(&mut self, meaning: Meaning) {
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
    pub(super) fn mark_sequence(&mut self, length: usize, meaning: Meaning) {
        let meaning = if self.noise > NOISE && meaning == Meaning::Transparent { Meaning::Break } else { meaning };
        self.mark(length, meaning);
    }

    /// A control string's payload without its secrets: titles, links, the clipboard.
    pub(super) fn payload(&self, payload: &[u8]) -> Vec<u8> {
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
    pub(super) fn mark(&mut self, length: usize, meaning: Meaning) {
        let stands = usize::from(matches!(meaning, Meaning::Break | Meaning::Blank | Meaning::Screen(_)));
        self.marks.push(Mark { at: self.end(), length, stands, meaning });
        if stands > 0 {
            self.noise = 0;
            self.push(if meaning == Meaning::Blank { b" " } else { b"\0" });
        }
    }

    /// Takes a backspace: what stands on the line now is read once more without its last character. The bytes that are
    /// read again are not written again.
    pub(super) fn back(&mut self) {
        let again = crate::mask::screen::without_last(&self.text).to_vec();
        self.raw.push(0x08);
        self.marks.push(Mark { at: self.end(), length: 1, stands: 1 + again.len(), meaning: Meaning::Break });
        self.push(&[0x08]);
        self.push(&again);
    }

    /// Takes text.
    pub(super) fn push(&mut self, text: &[u8]) {
        self.noise = self.noise.saturating_sub(text.len().saturating_mul(QUIET));
        self.text.extend_from_slice(text);
    }
}
