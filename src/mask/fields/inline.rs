//! A key anywhere, and its value: JSON in any layout, JSON within JSON strings and CSV cells, flow maps of YAML,
//! literals of other languages.
//!
//! Keys are found by looking back from a colon, so that documents may be cut, embedded in log lines, or strung
//! together. Only names with several segments need the nesting; it is followed from a document's beginning.

use super::Hint;
use super::flow::{Flow, Hold};
use super::names::FieldId;
use super::stage::{Masking, Stage, in_json, unquoted};

/// How far back a key is looked for, in bytes.
const BACK: usize = 512;
/// Deepest nesting that is followed.
const MAX_DEPTH: usize = 512;

/// How a string is quoted: by a quote behind backslashes, or by two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Token {
    quote: u8,
    slashes: usize,
    doubled: bool,
}

impl Token {
    const PLAIN: Self = Self { quote: b'"', slashes: 0, doubled: false };

    fn text(self) -> Vec<u8> {
        let mut text = vec![b'\\'; self.slashes];
        text.extend(std::iter::repeat_n(self.quote, if self.doubled { 2 } else { 1 }));
        text
    }

    /// Says whether a quote behind so many backslashes ends or begins a string.
    fn is_structural(self, slashes: usize) -> bool {
        slashes % (2 * (self.slashes + 1)) == self.slashes
    }
}

enum State {
    /// Between flagged values.
    Text,
    /// Behind a flagged key's colon.
    Before,
    /// In the quotes that open a value: so much of them has come.
    Open(usize),
    /// In a string; so many backslashes have come last.
    String { slashes: usize, pending: bool },
    /// In an object or array.
    Compound { depth: usize, string: bool, slashes: usize, skip: bool },
    /// In a number, a word.
    Scalar,
}

/// Reads keys and values.
pub(super) struct Inline {
    state: State,
    field: FieldId,
    token: Token,
    bare: bool,
    hold: Hold,
    /// The last that has come of this line.
    back: Vec<u8>,
    /// How much has come of this line.
    length: usize,
    /// Braces that are open in this line.
    open: usize,
    /// All values below `data` are masked.
    secret: bool,
    always: bool,
    /// An object of a cluster has begun whose kind is not known.
    object: bool,
    /// Depth within `data`, and what its values are.
    leaves: Option<usize>,
    leaf: FieldId,
    document: Option<Document>,
    line_start: bool,
}

/// The nesting of a document, followed only where names have several segments.
#[derive(Debug, Default)]
struct Document {
    stack: Vec<String>,
    key: String,
    string: Option<Vec<u8>>,
    slashes: usize,
    /// It began within a line, and ends with it.
    inline: bool,
}

impl Document {
    /// Takes a byte; says whether the document goes on.
    fn byte(&mut self, byte: u8) -> bool {
        if let Some(string) = &mut self.string {
            if byte == b'"' && self.slashes.is_multiple_of(2) {
                self.key = String::from_utf8_lossy(string).to_lowercase();
                self.string = None;
            } else if string.len() < BACK {
                string.push(byte);
            }
            self.slashes = if byte == b'\\' { self.slashes + 1 } else { 0 };
            return byte != b'\n';
        }
        match byte {
            b'"' => {
                self.string = Some(Vec::new());
                self.slashes = 0;
            }
            b'{' | b'[' => {
                let key = std::mem::take(&mut self.key);
                self.stack.push(key);
            }
            b'}' | b']' => {
                self.stack.pop();
                self.key.clear();
            }
            b',' => self.key.clear(),
            b'\n' => return !self.inline,
            b':' | b' ' | b'\t' | b'\r' | b'-' | b'+' | b'.' => {}
            _ if byte.is_ascii_alphanumeric() => {}
            _ => return false,
        }
        !self.stack.is_empty() && self.stack.len() < MAX_DEPTH
    }

    fn above(&self) -> Vec<&str> {
        self.stack.iter().map(String::as_str).filter(|key| !key.is_empty()).collect()
    }
}

impl Inline {
    pub(super) fn new(hint: Hint) -> Self {
        let secret = hint == Hint::KubectlSecret;
        Self {
            state: State::Text,
            field: FieldId::SECRET,
            token: Token::PLAIN,
            bare: false,
            hold: Hold::default(),
            back: Vec::new(),
            length: 0,
            open: 0,
            secret,
            always: secret,
            object: false,
            leaves: None,
            leaf: FieldId::SECRET,
            document: None,
            line_start: true,
        }
    }

    /// Takes a byte that is shown.
    fn shown(&mut self, byte: u8, out: &mut Flow, masking: &Masking) {
        out.push(byte);
        if masking.fields.has_paths() {
            self.follow(byte);
        }
        match byte {
            b'\n' => {
                self.back.clear();
                self.length = 0;
                self.open = 0;
                self.line_start = true;
                return;
            }
            b'{' => {
                self.open += 1;
                self.leaves = self.leaves.map(|depth| depth + 1);
            }
            b'}' => {
                self.open = self.open.saturating_sub(1);
                self.leaves = self.leaves.and_then(|depth| depth.checked_sub(1)).filter(|depth| *depth > 0);
            }
            _ => {}
        }
        // What stands at the margin and is no JSON ends an object.
        self.object &= self.length > 0 || byte.is_ascii_whitespace() || b"{}[],\"".contains(&byte);
        self.line_start &= byte.is_ascii_whitespace();
        self.remember(&[byte]);
        match byte {
            b':' => self.colon(masking),
            b'"' => self.kind(),
            _ => {}
        }
    }

    /// Keeps the last of a line, exactly so much that cutting the text elsewhere changes nothing.
    fn remember(&mut self, text: &[u8]) {
        self.length += text.len();
        self.back.extend_from_slice(text.get(text.len().saturating_sub(BACK)..).unwrap_or_default());
        if self.back.len() > 4 * BACK {
            self.back.drain(..self.back.len() - BACK);
        }
    }

    fn follow(&mut self, byte: u8) {
        match &mut self.document {
            Some(document) => {
                let goes_on = document.byte(byte);
                self.document = self.document.take().filter(|_| goes_on);
            }
            None if matches!(byte, b'{' | b'[') => {
                let mut document = Document { inline: !self.line_start, ..Document::default() };
                document.byte(byte);
                self.document = Some(document);
            }
            None => {}
        }
    }

    /// Looks whether a secret's kind has just been named.
    fn kind(&mut self) {
        let back = self.back.get(self.back.len().saturating_sub(BACK)..).unwrap_or_default();
        let back = back.strip_suffix(b"\"").unwrap_or_default();
        let back = back.strip_suffix(b"\\").unwrap_or(back);
        let Some(start) = back.iter().rposition(|byte| *byte == b'"') else { return };
        let (key, value) = back.split_at(start);
        let key: Vec<u8> = key.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\\' | b'"')).collect();
        if key.ends_with(b"kind:") && !self.always {
            let value = value.get(1..).unwrap_or_default();
            self.secret = value.eq_ignore_ascii_case(b"secret") || (self.secret && value.eq_ignore_ascii_case(b"list"));
            self.object = false;
        }
    }

    /// Looks at the key in front of a colon.
    fn colon(&mut self, masking: &Masking) {
        let back = self.back.get(self.back.len().saturating_sub(BACK)..).unwrap_or_default();
        let text = back.strip_suffix(b":").unwrap_or_default();
        let text = text.trim_ascii_end();
        let Some((key, token, bare)) = key_of(text, self.open > 0 || self.length > BACK) else { return };
        if let Some(depth) = self.leaves
            && depth > 0
        {
            (self.field, self.token, self.bare) = (self.leaf, token, bare);
            self.state = State::Before;
            return;
        }
        let (data, string) = (key.eq_ignore_ascii_case(b"data"), key.eq_ignore_ascii_case(b"stringdata"));
        if (self.secret || self.object) && (data || string) {
            self.leaves = Some(0);
            // Only secrets have strings.
            self.leaf = if self.secret || string { FieldId::SECRET } else { FieldId::MAYBE };
            (self.field, self.token, self.bare) = (self.leaf, token, bare);
            self.state = State::Before;
            return;
        }
        self.object |= key == b"apiVersion" && !bare && !self.always;
        let above = self.document.as_ref().map(Document::above);
        if let Some(field) = masking.fields.key(above.as_deref(), key) {
            (self.field, self.token, self.bare) = (field, token, bare);
            self.state = State::Before;
        }
    }

    /// Lets the value go, masked, as a string.
    fn close(&mut self, out: &mut Flow, masking: &mut Masking) {
        self.state = State::Text;
        self.leaves = self.leaves.filter(|depth| *depth > 0);
        if !self.hold.is_over() && Masking::passes(self.field, self.hold.text()) {
            self.hold.release(out);
            return;
        }
        let text = self.hold.text();
        let to = text.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(0, |at| at + 1);
        let mask = in_json(&masking.value(self.field, text.get(..to).unwrap_or_default()));
        let token = self.token.text();
        self.hold.replace(0, to, &[token.as_slice(), &mask, &token].concat(), out);
    }

    /// Lets the inside of a string go, masked; `quotes` of its end are held as well.
    fn close_string(&mut self, quotes: usize, out: &mut Flow, masking: &mut Masking) {
        self.state = State::Text;
        self.leaves = self.leaves.filter(|depth| *depth > 0);
        let over = self.hold.is_over();
        let to = if over { self.hold.text().len() } else { self.hold.text().len() - quotes };
        let text = self.hold.text().get(..to).unwrap_or_default();
        if !over && Masking::passes(self.field, text) {
            self.hold.release(out);
            return;
        }
        let value = unquoted(text, if self.token.doubled { 0 } else { b'"' });
        let mut mask = in_json(&masking.value(self.field, &value));
        if over && quotes > 0 {
            mask.extend(self.token.text());
        }
        self.hold.replace(0, to, &mask, out);
    }

    fn string(&mut self, byte: u8, slashes: usize, pending: bool, out: &mut Flow, masking: &mut Masking) {
        if pending && byte != self.token.quote {
            // One quote alone: the cell around has ended.
            self.close_string(1, out, masking);
            self.byte(byte, out, masking);
            return;
        }
        if byte == b'\n' {
            self.close_string(0, out, masking);
            self.shown(byte, out, masking);
            return;
        }
        self.hold.push(byte);
        if byte == self.token.quote {
            if self.token.doubled {
                let ends = pending && slashes.is_multiple_of(2);
                if ends {
                    self.close_string(2, out, masking);
                } else {
                    self.state = State::String { slashes: if pending { 0 } else { slashes }, pending: !pending };
                }
            } else if self.token.is_structural(slashes) {
                self.close_string(1 + self.token.slashes, out, masking);
            } else {
                self.state = State::String { slashes: 0, pending: false };
            }
            return;
        }
        let slashes = if byte == b'\\' { slashes + 1 } else { 0 };
        self.state = State::String { slashes, pending: false };
    }

    fn before(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking) {
        match byte {
            b' ' | b'\t' => out.push(byte),
            b'\n' | b'\r' if !self.bare => out.push(byte),
            b'\n' | b'\r' | b',' | b'}' | b']' | b':' | b'/' | b'=' => {
                self.state = State::Text;
                self.shown(byte, out, masking);
            }
            b'{' if self.leaves.is_some() && self.field == self.leaf => {
                self.state = State::Text;
                self.shown(byte, out, masking);
            }
            b'{' | b'[' => {
                self.hold.push(byte);
                self.state = State::Compound { depth: 1, string: false, slashes: 0, skip: false };
            }
            _ => {
                if self.bare && matches!(byte, b'"' | b'\'') {
                    self.token = Token { quote: byte, slashes: 0, doubled: false };
                }
                self.state = State::Open(0);
                self.open(byte, 0, out, masking);
            }
        }
    }

    /// Takes a byte of the quotes that open a value, or finds that it has none.
    fn open(&mut self, byte: u8, came: usize, out: &mut Flow, masking: &mut Masking) {
        let token = self.token.text();
        if token.get(came) == Some(&byte) {
            self.hold.push(byte);
            if came + 1 == token.len() {
                self.hold.release(out);
                self.state = State::String { slashes: 0, pending: false };
            } else {
                self.state = State::Open(came + 1);
            }
            return;
        }
        if self.bare {
            self.token = Token::PLAIN;
        }
        self.state = State::Scalar;
        self.scalar(byte, out, masking);
    }

    fn scalar(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking) {
        // What is no JSON goes to the line's end.
        let json = self.bare
            || self.token.slashes > 0
            || self
                .hold
                .text()
                .first()
                .is_none_or(|first| matches!(first, b'-' | b'0'..=b'9' | b't' | b'f' | b'n' | b'N' | b'T' | b'F'));
        if !json && byte != b'\n' {
            self.hold.push(byte);
            return;
        }
        let quoted = !self.bare && !self.hold.is_empty() && matches!(byte, b'"' | b'\\');
        if quoted || matches!(byte, b',' | b'}' | b']' | b'\n') {
            self.close(out, masking);
            self.shown(byte, out, masking);
        } else {
            self.hold.push(byte);
        }
    }

    fn compound(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking) {
        let State::Compound { depth, string, slashes, skip } = &mut self.state else { return };
        self.hold.push(byte);
        if byte == self.token.quote && self.token.is_structural(*slashes) {
            // Of two quotes, the first counts.
            if self.token.doubled && !*skip {
                *skip = true;
            } else {
                *string = !*string;
                *skip = false;
            }
            *slashes = 0;
            return;
        }
        *skip = false;
        *slashes = if byte == b'\\' { *slashes + 1 } else { 0 };
        match byte {
            b'{' | b'[' if !*string => *depth += 1,
            b'}' | b']' if !*string => *depth -= 1,
            _ => {}
        }
        if *depth == 0 {
            self.close(out, masking);
        }
    }
}

impl Stage for Inline {
    fn byte(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking) {
        match self.state {
            State::Text => self.shown(byte, out, masking),
            State::Before => self.before(byte, out, masking),
            State::Open(came) => self.open(byte, came, out, masking),
            State::String { slashes, pending } => self.string(byte, slashes, pending, out, masking),
            State::Compound { .. } => self.compound(byte, out, masking),
            State::Scalar => self.scalar(byte, out, masking),
        }
    }

    fn text(&mut self, text: &[u8], out: &mut Flow, masking: &mut Masking) {
        let mut rest = text;
        while let Some((first, behind)) = rest.split_first() {
            let plain = matches!(self.state, State::Text) && !masking.fields.has_paths();
            let special = |byte: &u8| matches!(byte, b'\n' | b'{' | b'}' | b':' | b'"');
            let end = if plain { rest.iter().position(special).unwrap_or(rest.len()) } else { 0 };
            if end > 0 {
                let (text, next) = rest.split_at(end);
                out.extend(text);
                let first = text.first().copied().unwrap_or(b' ');
                self.object &= self.length > 0 || first.is_ascii_whitespace() || b"{}[],\"".contains(&first);
                self.line_start &= text.trim_ascii().is_empty();
                self.remember(text);
                rest = next;
            } else {
                self.byte(*first, out, masking);
                rest = behind;
            }
        }
    }

    fn escape(&mut self, bytes: &[u8], out: &mut Flow) {
        match self.state {
            State::Text | State::Before => out.escape(bytes),
            _ => self.hold.escape(bytes),
        }
    }

    fn finish(&mut self, out: &mut Flow, masking: &mut Masking) {
        match self.state {
            State::Text | State::Before => {}
            State::String { pending, .. } => self.close_string(usize::from(pending), out, masking),
            _ => self.close(out, masking),
        }
        let hint = if self.always { Hint::KubectlSecret } else { Hint::None };
        *self = Self::new(hint);
    }

    fn holds(&self) -> bool {
        !self.hold.is_empty()
    }

    fn is_idle(&self) -> bool {
        matches!(self.state, State::Text)
            && self.leaves.is_none()
            && self.document.is_none()
            && (!self.secret || self.always)
            && !self.object
    }
}

/// The key at the end of a text, how it is quoted, and whether it is not. `open`: a brace is open in this line.
fn key_of(text: &[u8], open: bool) -> Option<(&[u8], Token, bool)> {
    let quote = *text.last()?;
    if !matches!(quote, b'"' | b'\'') {
        let start = text.iter().rposition(|byte| matches!(byte, b'{' | b',')).filter(|_| open)?;
        let key = text.get(start + 1..)?.trim_ascii_start();
        return (!key.is_empty()).then_some((key, Token::PLAIN, true));
    }
    let rest = text.get(..text.len() - 1)?;
    let slashes = rest.iter().rev().take_while(|byte| **byte == b'\\').count();
    let doubled = slashes == 0 && rest.last() == Some(&quote) && quote == b'"';
    let token = Token { quote, slashes, doubled };
    let rest = rest.get(..rest.len() - slashes - usize::from(doubled))?;
    let start = rest.iter().rposition(|byte| *byte == quote)?;
    let key = rest.get(start + 1..)?;
    let before = rest.get(..start)?;
    if before.iter().rev().take_while(|byte| **byte == b'\\').count() < slashes {
        return None;
    }
    Some((key, token, false))
}
