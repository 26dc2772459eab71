//! The output of `kubectl get secret`: what shape it has, and the whole of it where it has none.
//!
//! YAML, JSON and tables go on as they are, for the stages behind; `describe` and messages of kubectl itself pass.
//! Anything else can only be values (`-o jsonpath`, `-o go-template`, custom columns), and is masked line by line.

use super::Hint;
use super::flow::{Flow, Hold};
use super::names::FieldId;
use super::stage::{Masking, Quoting, Stage, trim};

/// How much is looked at before a shape must show.
const HEAD: usize = 1024;

enum Shape {
    Unknown,
    /// A document or table: it passes.
    Known,
    /// Values.
    Values,
}

/// Tells what a secret's output is.
pub(super) struct Secret {
    hint: Hint,
    shape: Shape,
    hold: Hold,
}

impl Secret {
    pub(super) fn new(hint: Hint) -> Self {
        let shape = if hint == Hint::KubectlSecretValue { Shape::Values } else { Shape::Unknown };
        Self { hint, shape, hold: Hold::default() }
    }

    fn values(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking) {
        if byte == b'\n' {
            masking.cell(&mut self.hold, FieldId::SECRET, Quoting::Keep, out);
            out.push(byte);
        } else {
            self.hold.push(byte);
        }
    }

    fn decide(&mut self, known: bool, out: &mut Flow, masking: &mut Masking) {
        if known {
            self.shape = Shape::Known;
            self.hold.release(out);
            return;
        }
        self.shape = Shape::Values;
        let mut held = Flow::default();
        self.hold.release(&mut held);
        for byte in held.text {
            self.values(byte, out, masking);
        }
        for (_, sequence) in held.escapes {
            out.escape(&sequence);
        }
    }
}

/// Says whether output that begins like this is a document or a table; `None` where more is needed.
fn is_known(head: &[u8], ended: bool) -> Option<bool> {
    const KEYS: &[&str] = &["apiVersion", "kind", "items", "metadata"];
    const LINES: &[&str] =
        &["NAME ", "NAMESPACE ", "Name: ", "secret/", "error: ", "Error from server", "No resources", "Warning: "];
    let text = String::from_utf8_lossy(trim(head)).into_owned();
    let ended = ended || head.len() >= HEAD;
    let (quote, text) = match text.strip_prefix('{') {
        Some(text) => (true, text.trim_start()),
        None => (false, text.as_str()),
    };
    let keys = KEYS.iter().map(|key| if quote { format!("\"{key}\"") } else { format!("{key}:") });
    let known: Vec<String> = if quote {
        keys.collect()
    } else {
        keys.chain(LINES.iter().map(|line| (*line).to_owned())).chain(["---\n".to_owned()]).collect()
    };
    if known.iter().any(|known| text.starts_with(known.as_str())) {
        return Some(true);
    }
    let possible = known.iter().any(|known| known.starts_with(text)) && !ended;
    if possible { None } else { Some(false) }
}

impl Stage for Secret {
    fn byte(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking) {
        match self.shape {
            Shape::Known => out.push(byte),
            Shape::Values => self.values(byte, out, masking),
            Shape::Unknown => {
                self.hold.push(byte);
                if let Some(known) = is_known(self.hold.text(), false) {
                    self.decide(known, out, masking);
                }
            }
        }
    }

    fn escape(&mut self, bytes: &[u8], out: &mut Flow) {
        if self.hold.is_empty() { out.escape(bytes) } else { self.hold.escape(bytes) }
    }

    fn finish(&mut self, out: &mut Flow, masking: &mut Masking) {
        if matches!(self.shape, Shape::Unknown) && !self.hold.is_empty() {
            let known = is_known(self.hold.text(), true).unwrap_or(false);
            self.decide(known, out, masking);
        }
        if !self.hold.is_empty() {
            masking.cell(&mut self.hold, FieldId::SECRET, Quoting::Keep, out);
        }
        *self = Self::new(self.hint);
    }

    fn holds(&self) -> bool {
        !self.hold.is_empty()
    }

    fn is_idle(&self) -> bool {
        false
    }
}
