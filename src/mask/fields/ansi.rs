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

    /// Takes a byte of a sequence; the first is ESC. Gives the sequence when it is complete.
    pub(super) fn byte(&mut self, byte: u8) -> Option<Vec<u8>> {
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
