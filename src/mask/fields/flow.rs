//! Text with the escape sequences that stand in it, and the cell that is being held.

/// Longest cell that is kept, in bytes. What a cell has beyond that is dropped, and the cell is masked whatever it is.
pub(super) const CAP: usize = 64 * 1024;

/// Visible text, and escape sequences at offsets into it, in order.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// The text.
    pub text: Vec<u8>,
    /// Offsets into `text` and what stands there.
    pub escapes: Vec<(usize, Vec<u8>)>,
}

impl Flow {
    /// Adds a byte of text.
    pub(super) fn push(&mut self, byte: u8) {
        self.text.push(byte);
    }

    /// Adds text.
    pub(super) fn extend(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
    }

    /// Adds an escape sequence.
    pub(super) fn escape(&mut self, bytes: &[u8]) {
        self.escapes.push((self.text.len(), bytes.to_vec()));
    }

    /// Moves all of another flow to the end.
    pub(super) fn append(&mut self, other: &mut Flow) {
        let base = self.text.len();
        self.text.append(&mut other.text);
        self.escapes.extend(other.escapes.drain(..).map(|(at, bytes)| (base + at, bytes)));
    }

    /// Writes text and escape sequences in their order.
    pub(super) fn render(&self, out: &mut Vec<u8>) {
        let mut from = 0;
        for (at, bytes) in &self.escapes {
            out.extend_from_slice(self.text.get(from..*at).unwrap_or_default());
            out.extend_from_slice(bytes);
            from = *at;
        }
        out.extend_from_slice(self.text.get(from..).unwrap_or_default());
    }
}

/// A cell that is held until it is known how it ends.
#[derive(Debug, Default)]
pub(super) struct Hold {
    flow: Flow,
    over: bool,
}

impl Hold {
    /// Says whether nothing is held.
    pub(super) fn is_empty(&self) -> bool {
        self.flow.text.is_empty() && self.flow.escapes.is_empty()
    }

    /// Says whether more came than is kept.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// What is held.
    pub(super) fn text(&self) -> &[u8] {
        &self.flow.text
    }

    /// Keeps a byte.
    pub(super) fn push(&mut self, byte: u8) {
        if self.flow.text.len() < CAP {
            self.flow.push(byte);
        } else {
            self.over = true;
        }
    }

    /// Keeps an escape sequence.
    pub(super) fn escape(&mut self, bytes: &[u8]) {
        if self.flow.escapes.len() < CAP / 64 && bytes.len() < CAP / 64 {
            self.flow.escape(bytes);
        }
    }

    /// Lets everything go as it came.
    pub(super) fn release(&mut self, out: &mut Flow) {
        out.append(&mut self.flow);
        self.over = false;
    }

    /// Lets `from..to` go as `text`, and all around it as it came. Escape sequences stay before and behind.
    pub(super) fn replace(&mut self, from: usize, to: usize, text: &[u8], out: &mut Flow) {
        let held = std::mem::take(&mut self.flow);
        self.over = false;
        let base = out.text.len();
        out.extend(held.text.get(..from).unwrap_or_default());
        out.extend(text);
        out.extend(held.text.get(to..).unwrap_or_default());
        for (at, bytes) in held.escapes {
            let at = if at <= from { at } else { at.max(to) - to + from + text.len() };
            out.escapes.push((base + at, bytes));
        }
    }
}
