//! The output of a program that prints a secret and nothing beside it: the line is the value.

use super::Hint;
use super::flow::{Flow, Hold};
use super::names::FieldId;
use super::stage::{Masking, Quoting, Stage, trim};
use crate::mask::find::{Written, plausible};
use crate::mask::known::MIN_LEN;
use crate::mask::known::like::{is_secret_like, is_thing};

/// Shortest word that is masked whatever it is.
const WORD: usize = 6;

/// Masks lines that are a secret.
pub(super) struct Bare {
    hint: Hint,
    hold: Hold,
    /// No line has ended yet.
    first: bool,
    /// The rest of the line passes.
    loose: bool,
    /// A prompt has come, or may have: what follows is not the program's.
    over: bool,
}

impl Bare {
    pub(super) fn new(hint: Hint) -> Self {
        Self { hint, hold: Hold::default(), first: true, loose: false, over: false }
    }

    /// Says whether a line of several words may be a value.
    fn takes_words(&self) -> bool {
        self.first && self.hint == Hint::Secret
    }

    fn is_secret(&self, line: &[u8]) -> bool {
        let line = trim(line);
        let Ok(text) = std::str::from_utf8(line) else { return false };
        if line.contains(&b' ') || line.contains(&b'\t') {
            return self.takes_words()
                && !b"#-[{<".contains(&line.first().copied().unwrap_or(b'#'))
                && plausible(line, Written::Quoted);
        }
        if !plausible(line, Written::Assigned) {
            return false;
        }
        if self.hint != Hint::MaybeSecret {
            return line.len() >= if self.takes_words() { 4 } else { WORD };
        }
        let has = |kind: fn(&u8) -> bool| line.iter().any(kind);
        let id = line.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
        let mixed = line.len() >= MIN_LEN && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) && !id;
        mixed && !is_thing(text) || is_secret_like(line, "", MIN_LEN)
    }

    fn line(&mut self, out: &mut Flow, masking: &mut Masking) {
        if self.hold.is_over() || self.is_secret(self.hold.text()) {
            masking.cell(&mut self.hold, FieldId::SECRET, Quoting::Keep, out);
        } else {
            self.hold.release(out);
        }
    }
}

impl Stage for Bare {
    fn byte(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking) {
        if self.over {
            out.push(byte);
            return;
        }
        if byte == b'\n' {
            let blank = trim(self.hold.text()).is_empty() && !self.loose;
            self.line(out, masking);
            self.first &= blank;
            self.loose = false;
            out.push(byte);
            return;
        }
        if self.loose {
            out.push(byte);
            return;
        }
        // A second word, or no text at all.
        let word = byte > b' ' && matches!(self.hold.text(), [.., b' ' | b'\t']) && !trim(self.hold.text()).is_empty();
        let binary = byte < b' ' && !matches!(byte, b'\t' | b'\r') || byte == 0x7f;
        self.hold.push(byte);
        if word && !self.takes_words() || binary {
            self.hold.release(out);
            self.loose = true;
        }
    }

    fn escape(&mut self, bytes: &[u8], out: &mut Flow) {
        if self.hold.is_empty() { out.escape(bytes) } else { self.hold.escape(bytes) }
    }

    fn finish(&mut self, out: &mut Flow, masking: &mut Masking) {
        if self.over {
            self.hold.release(out);
            return;
        }
        if !self.hold.is_empty() {
            self.line(out, masking);
        }
        *self = Self::new(self.hint);
    }

    fn prompted(&mut self) {
        self.over |= !self.hold.is_empty();
    }

    fn holds(&self) -> bool {
        !self.hold.is_empty()
    }

    fn is_idle(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{FieldMasker, Fields};
    use super::*;

    fn masked(hint: Hint, text: &str) -> String {
        let run = |size: usize| {
            let mask = Box::new(|_: &str, _: &[u8]| b"[masked]".to_vec());
            let mut masker = FieldMasker::new(Arc::new(Fields::with_secrets(Vec::<String>::new())), hint, mask);
            let mut out = Vec::new();
            text.as_bytes().chunks(size).for_each(|piece| masker.feed(piece, &mut out));
            masker.finish(&mut out);
            String::from_utf8(out).unwrap()
        };
        let whole = run(1 << 20);
        (1..4).for_each(|size| assert_eq!(run(size), whole, "in pieces of {size}"));
        whole
    }

    #[test]
    fn a_line_that_is_a_secret_is_masked() {
        let word = ["kestrel", "bay"].concat();
        assert_eq!(masked(Hint::Secret, &format!("{word}\n")), "[masked]\n");
        assert_eq!(masked(Hint::Secret, &format!("{word}\nuser: ann\n")), "[masked]\nuser: ann\n");
        assert_eq!(masked(Hint::Secret, &format!("\n\x1b[1m{word} {word}\x1b[0m")), "\n\x1b[1m[masked]\x1b[0m");
        assert_eq!(
            masked(Hint::Secret, "Error: x is not in the password store.\n"),
            "Error: x is not in the password store.\n"
        );
        assert_eq!(masked(Hint::SecretWord, &format!("{word}\r\nmore of it\r\n")), "[masked]\r\nmore of it\r\n");
        assert_eq!(masked(Hint::SecretWord, &format!("{word} {word}\n")), format!("{word} {word}\n"));
        let random = ["9fK2", "mQx7", "Tz4w", "LpR8"].concat();
        assert_eq!(
            masked(Hint::MaybeSecret, &format!("{random}\n{word}\n  {random}\n")),
            format!("[masked]\n{word}\n  [masked]\n")
        );
        for line in [
            "On branch main",
            "db.example.org",
            "/srv/app/token",
            "3.14.2",
            "https://example.org/x1",
            "d41d8cd98f00b204e9800998ecf8427e",
        ] {
            assert_eq!(masked(Hint::MaybeSecret, &format!("{line}\n")), format!("{line}\n"));
        }
    }

    #[test]
    fn a_line_without_an_end_is_a_prompt_where_a_reader_waits() {
        let word = ["kestrel", "bay"].concat();
        let mask = Box::new(|_: &str, _: &[u8]| b"[masked]".to_vec());
        let mut masker = FieldMasker::new(Arc::new(Fields::with_secrets(Vec::<String>::new())), Hint::SecretWord, mask);
        let mut out = Vec::new();
        masker.feed(format!("\r\n{word}\r\nbash-5.2$ ").as_bytes(), &mut out);
        masker.prompted();
        masker.finish(&mut out);
        masker.feed(format!("{word}\r\n{word}\r\n").as_bytes(), &mut out);
        let wanted = format!("\r\n[masked]\r\nbash-5.2$ {word}\r\n{word}\r\n");
        assert_eq!(String::from_utf8(out).unwrap(), wanted);
    }

    #[test]
    fn what_is_no_text_passes_and_what_is_too_long_does_not() {
        let binary = "\0\u{1}ab\u{2}cdefgh\n\u{7f}ELF1234\n";
        assert_eq!(masked(Hint::SecretWord, binary), binary);
        assert_eq!(masked(Hint::SecretWord, &"x9".repeat(100_000)), "[masked]");
    }
}
