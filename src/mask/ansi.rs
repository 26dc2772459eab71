//! Escape sequences: which of them text goes on behind, which break it, and which switch the screen.
//!
//! Source: ECMA-48, xterm's control sequences. Eight-bit controls are not looked for: their bytes occur within UTF-8.

#![forbid(unsafe_code)]

/// Longest control string (OSC, DCS, …) that is waited for, in bytes.
pub(super) const LONGEST: usize = 64 << 10;
/// Longest other sequence.
const SHORT: usize = 256;

pub(super) const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;

/// What a sequence means to the text around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Text goes on behind it as if it were not there.
    Transparent,
    /// Text behind it stands elsewhere.
    Break,
    /// Text behind it stands further right: drawn programs skip blanks so.
    Blank,
    /// The alternate screen begins or ends.
    Screen(bool),
    /// A prompt begins or ends (OSC 133).
    Prompt(bool),
}

/// What became of a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The sequence goes on.
    More,
    /// It ended with this byte.
    Done(Meaning),
    /// It was broken off before this byte, which does not belong to it.
    Broken,
    /// It is too long; all of it is text.
    Text,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Escape,
    /// `ESC (` and the like: one more byte.
    Intermediate,
    Csi,
    /// OSC, DCS, APC, PM, SOS.
    String,
    /// `ESC` within one.
    StringEscape,
}

/// How long the short control sequence is that a text begins with, if it is all there, and what it means: colours, most
/// often.
pub(super) fn control(text: &[u8]) -> Option<(usize, Meaning)> {
    let body = text.strip_prefix(b"\x1b[")?;
    let end = body.iter().take(SHORT / 4).position(|byte| !matches!(byte, 0x20..=0x3f))?;
    matches!(body.get(end)?, 0x40..=0x7e).then(|| (end + 3, csi(&body[..=end])))
}

/// A sequence that has begun.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    pub(super) raw: Vec<u8>,
    state: State,
}

impl Sequence {
    /// Says whether one has begun.
    pub(super) fn open(&self) -> bool {
        !self.raw.is_empty()
    }

    /// Begins one.
    pub(super) fn begin(&mut self) {
        self.raw.clear();
        self.raw.push(ESC);
        self.state = State::Escape;
    }

    /// Takes the next byte.
    pub(super) fn push(&mut self, byte: u8) -> Step {
        let longest = if matches!(self.state, State::String | State::StringEscape) { LONGEST } else { SHORT };
        if self.raw.len() >= longest {
            return Step::Text;
        }
        let step = self.step(byte);
        if step != Step::Broken {
            self.raw.push(byte);
        }
        match step {
            Step::Done(Meaning::Break) => Step::Done(self.meaning()),
            step => step,
        }
    }

    /// `Done(Break)` stands for an end whose meaning is to be found.
    fn step(&mut self, byte: u8) -> Step {
        let done = Step::Done(Meaning::Break);
        match self.state {
            State::Escape => match byte {
                b'[' => self.go(State::Csi),
                b']' | b'P' | b'_' | b'^' | b'X' => self.go(State::String),
                0x20..=0x2f => self.go(State::Intermediate),
                0x30..=0x7e => done,
                _ => Step::Broken,
            },
            State::Intermediate => match byte {
                0x20..=0x2f => Step::More,
                0x30..=0x7e => done,
                _ => Step::Broken,
            },
            State::Csi => match byte {
                0x20..=0x3f => Step::More,
                0x40..=0x7e => done,
                _ => Step::Broken,
            },
            State::String => match byte {
                BEL => done,
                ESC => self.go(State::StringEscape),
                // CAN and SUB end every sequence.
                0x18 | 0x1a => done,
                _ => Step::More,
            },
            State::StringEscape => match byte {
                b'\\' => done,
                ESC => Step::More,
                _ => self.go(State::String),
            },
        }
    }

    fn go(&mut self, state: State) -> Step {
        self.state = state;
        Step::More
    }

    /// The part of a control string that programs and terminals read.
    pub(super) fn payload(&self) -> Option<std::ops::Range<usize>> {
        if !matches!(self.raw.get(1), Some(b']' | b'P' | b'_' | b'^' | b'X')) {
            return None;
        }
        let end = match self.raw.as_slice() {
            [.., ESC, b'\\'] if self.raw.len() >= 4 => self.raw.len() - 2,
            [.., BEL | 0x18 | 0x1a] => self.raw.len() - 1,
            _ => self.raw.len(),
        };
        Some(2..end)
    }

    fn meaning(&self) -> Meaning {
        let raw = self.raw.as_slice();
        match raw.get(1) {
            Some(b'[') => csi(&raw[2..]),
            Some(b']') => match self.payload().and_then(|range| raw.get(range)) {
                Some([b'1', b'3', b'3', b';', b'A' | b'B' | b'P' | b'I', ..]) => Meaning::Prompt(true),
                Some([b'1', b'3', b'3', b';', b'C' | b'D', ..]) => Meaning::Prompt(false),
                _ => Meaning::Transparent,
            },
            // Graphics move the cursor, strings for terminal multiplexers and settings do not.
            Some(b'P' | b'_' | b'^' | b'X') => Meaning::Transparent,
            // Character sets, keypad, saved cursor, string terminator, C1 in short form.
            Some(0x20..=0x2f | b'=' | b'>' | b'7' | b'\\' | b'F' | b'l'..=b'o' | b'|'..=b'~') => Meaning::Transparent,
            _ => Meaning::Break,
        }
    }
}

fn csi(body: &[u8]) -> Meaning {
    let Some((last, parameters)) = body.split_last() else { return Meaning::Break };
    let private = parameters.first() == Some(&b'?');
    match last {
        b'h' | b'l' if private => {
            let mut modes = parameters[1..].split(|byte| *byte == b';');
            if modes.clone().any(|mode| matches!(mode, b"1049" | b"1047" | b"47")) {
                Meaning::Screen(*last == b'h')
            } else if modes.any(|mode| matches!(mode, b"3" | b"6" | b"1048")) {
                Meaning::Break
            } else {
                Meaning::Transparent
            }
        }
        // Modes, reports, window, cursor form, colours.
        b'h' | b'l' | b'm' | b'n' | b'c' | b't' | b'q' | b'p' => Meaning::Transparent,
        // Marks of pasted text.
        b'~' if matches!(parameters, b"200" | b"201") => Meaning::Transparent,
        // Erasing behind the cursor, which `grep --color` does around every match.
        b'K' | b'J' if matches!(parameters, b"" | b"0") => Meaning::Transparent,
        b'C' => Meaning::Blank,
        // Keyboard protocol; without parameters it restores the cursor.
        b'u' if parameters.first().is_some_and(|byte| matches!(byte, b'>' | b'<' | b'=' | b'?')) => {
            Meaning::Transparent
        }
        _ => Meaning::Break,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(text: &str) -> Option<Meaning> {
        let mut sequence = Sequence::default();
        sequence.begin();
        let mut last = Step::More;
        for byte in text.bytes().skip(1) {
            assert_eq!(last, Step::More, "{text:?}");
            last = sequence.push(byte);
        }
        match last {
            Step::Done(meaning) => Some(meaning),
            _ => None,
        }
    }

    #[test]
    fn sequences() {
        for (text, wanted) in [
            ("\x1b[1;31m", Meaning::Transparent),
            ("\x1b[K", Meaning::Transparent),
            ("\x1b[2K", Meaning::Break),
            ("\x1b[?25l", Meaning::Transparent),
            ("\x1b[?1049h", Meaning::Screen(true)),
            ("\x1b[?47l", Meaning::Screen(false)),
            ("\x1b[3;4H", Meaning::Break),
            ("\x1b[7C", Meaning::Blank),
            ("\x1b[200~", Meaning::Transparent),
            ("\x1b(B", Meaning::Transparent),
            ("\x1b8", Meaning::Break),
            ("\x1b]8;;http://x\x1b\\", Meaning::Transparent),
            ("\x1b]133;A\x07", Meaning::Prompt(true)),
            ("\x1b]133;C;x\x07", Meaning::Prompt(false)),
            ("\x1bP1;2|x\x1by\x1b\\", Meaning::Transparent),
        ] {
            assert_eq!(meaning(text), Some(wanted), "{text:?}");
        }
        assert_eq!(meaning("\x1b[3"), None);
    }

    #[test]
    fn short_sequences_are_what_they_are_byte_by_byte() {
        for text in [
            "\x1b[1;31m",
            "\x1b[m",
            "\x1b[2K",
            "\x1b[?1049h",
            "\x1b[>4;2m",
            "\x1b[\x07",
            "\x1b[3",
            "\x1b]0;x\x07",
            "\x1b",
        ] {
            let whole = control(text.as_bytes());
            assert_eq!(
                whole.map(|(_, meaning)| meaning),
                meaning(text).filter(|_| text.starts_with("\x1b[")),
                "{text:?}"
            );
            assert!(whole.is_none_or(|(length, _)| length == text.len()), "{text:?}");
            assert_eq!(
                control(format!("{text}m").as_bytes()).is_some(),
                whole.is_some() || text == "\x1b[3",
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_control_string_that_never_ends_is_text() {
        let mut sequence = Sequence::default();
        sequence.begin();
        sequence.push(b']');
        let end = (0..LONGEST).find(|_| sequence.push(b'x') == Step::Text);
        assert_eq!(end, Some(LONGEST - 2));
    }
}
