//! Takes escape sequences out of a stream: ECMA-48 control sequences, strings (OSC, DCS, APC, PM, SOS) and short ones.

/// Longest control sequence, in bytes.
const MAX_SEQUENCE: usize = 256;
/// Longest control string, in bytes; behind that it is text again.
const MAX_STRING: usize = 64 * 1024;

/// Where in an escape sequence the stream is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Outside,
    /// Behind ESC.
    Escape,
    /// Behind ESC and intermediate bytes.
    Short,
    /// In a control sequence.
    Sequence,
    /// In a control string.
    String,
    /// In a control string, behind ESC.
    StringEscape,
}

/// Text, and the escape sequences that were taken out of it.
#[derive(Debug, Default)]
pub(super) struct Apart {
    /// The text.
    pub(super) text: Vec<u8>,
    /// Where in the text each sequence stood, in order.
    pub(super) escapes: Vec<Escape>,
    noise: Vec<u8>,
}

/// A sequence that was taken out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Escape {
    /// Where in the text it stood.
    pub(super) at: usize,
    from: usize,
    to: usize,
}

impl Apart {
    /// The bytes of a sequence.
    pub(super) fn bytes(&self, escape: Escape) -> &[u8] {
        self.noise.get(escape.from..escape.to).unwrap_or_default()
    }

    fn add(&mut self, sequence: &[u8]) {
        let from = self.noise.len();
        self.noise.extend_from_slice(sequence);
        self.escapes.push(Escape { at: self.text.len(), from, to: self.noise.len() });
    }
}

/// The state that is carried from byte to byte.
#[derive(Debug, Default)]
pub(super) struct Ansi {
    at: At,
    held: Vec<u8>,
}

impl Ansi {
    /// Says whether the stream is outside of any escape sequence.
    pub(super) fn is_outside(&self) -> bool {
        self.at == At::Outside
    }

    /// What has come of the sequence that has not ended yet.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.at = At::Outside;
        std::mem::take(&mut self.held)
    }

    /// Takes bytes apart; what was there before is forgotten.
    pub(super) fn split(&mut self, bytes: &[u8], apart: &mut Apart) {
        apart.text.clear();
        apart.escapes.clear();
        apart.noise.clear();
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            let taken = if !self.is_outside() {
                None
            } else if *first == 0x1b {
                control(rest).inspect(|taken| apart.add(rest.get(..*taken).unwrap_or_default()))
            } else {
                let end = memchr::memchr(0x1b, rest).unwrap_or(rest.len());
                apart.text.extend_from_slice(rest.get(..end).unwrap_or_default());
                Some(end)
            };
            let taken = taken.unwrap_or_else(|| {
                if let Some(sequence) = self.byte(*first) {
                    apart.add(&sequence);
                }
                1
            });
            rest = rest.get(taken..).unwrap_or_default();
        }
    }

    /// Takes a byte of a sequence; the first is ESC. Gives the sequence when it is complete.
    fn byte(&mut self, byte: u8) -> Option<Vec<u8>> {
        self.held.push(byte);
        let next = match (self.at, byte) {
            (At::Outside, _) => At::Escape,
            (At::Escape | At::Sequence | At::Short, 0x1b) => {
                // A new one begins; what was there is one as it is.
                let rest = self.held.split_off(self.held.len() - 1);
                self.at = At::Escape;
                return Some(std::mem::replace(&mut self.held, rest));
            }
            (At::Escape, b'[') => At::Sequence,
            (At::Escape, b']' | b'P' | b'_' | b'^' | b'X') => At::String,
            (At::Escape | At::Short, 0x20..=0x2f) => At::Short,
            (At::Escape | At::Short, _) => At::Outside,
            (At::Sequence, 0x40..=0x7e) => At::Outside,
            (At::Sequence, 0x20..=0x3f) if self.held.len() < MAX_SEQUENCE => At::Sequence,
            (At::Sequence, _) => At::Outside,
            (At::String, 0x07) => At::Outside,
            (At::String, 0x1b) => At::StringEscape,
            (At::StringEscape, b'\\') => At::Outside,
            (At::StringEscape, 0x1b) => At::StringEscape,
            (At::String | At::StringEscape, _) if self.held.len() < MAX_STRING => At::String,
            (At::String | At::StringEscape, _) => At::Outside,
        };
        self.at = next;
        (next == At::Outside).then(|| std::mem::take(&mut self.held))
    }
}

/// The length of the short control sequence that a text begins with, if it is all there: colours, most often.
fn control(text: &[u8]) -> Option<usize> {
    let body = text.strip_prefix(b"\x1b[")?;
    let end = body.iter().take(MAX_SEQUENCE / 4).position(|byte| !matches!(byte, 0x20..=0x3f))?;
    matches!(body.get(end)?, 0x40..=0x7e).then_some(end + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_sequences_are_what_they_are_byte_by_byte() {
        let texts =
            ["a\x1b[1;31mb\x1b[0mc\x1b[", "\x1b[\x1b[m\x1b[1\ncd\x1b]0;x\x07e\x1b(Bf", "\x1b[\x7fa\x1b[;;;;\x18b"];
        for text in texts {
            let whole = |sizes: usize| {
                let (mut ansi, mut all, mut text_of) = (Ansi::default(), Vec::new(), Vec::new());
                for piece in text.as_bytes().chunks(sizes) {
                    let mut apart = Apart::default();
                    ansi.split(piece, &mut apart);
                    all.extend(
                        apart.escapes.iter().map(|escape| (text_of.len() + escape.at, apart.bytes(*escape).to_vec())),
                    );
                    text_of.extend(apart.text);
                }
                (all, text_of, ansi.take())
            };
            assert_eq!(whole(1), whole(1000), "{text:?}");
        }
    }
}
