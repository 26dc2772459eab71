//! What the stages share: how they take text in, and how a value becomes a mask.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use unicode_width::UnicodeWidthStr;

use super::flow::{Flow, Hold};
use super::names::{FieldId, Fields};
use crate::mask::find::{Written, plausible};
use crate::mask::known::MIN_LEN;
use crate::mask::known::like::{is_scrambled, is_secret_like, is_thing};

/// Gives the mask for a value of a field.
pub type MaskValue = Box<dyn FnMut(&str, &[u8]) -> Vec<u8> + Send>;

/// Reads a stream byte by byte, and gives on what may be seen.
///
/// Nothing may be held, or remembered beyond the line before, unless a name or mark that `Fields::find` looks for has
/// come: where every stage is idle, text without any of them does not reach the stages at all.
pub(super) trait Stage: Send {
    /// Takes a visible byte.
    fn byte(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking);
    /// Takes visible text: byte by byte, where a stage knows no quicker way.
    fn text(&mut self, text: &[u8], out: &mut Flow, masking: &mut Masking) {
        for byte in text {
            self.byte(*byte, out, masking);
        }
    }
    /// Takes an escape sequence.
    fn escape(&mut self, bytes: &[u8], out: &mut Flow);
    /// Takes the end of the stream.
    fn finish(&mut self, out: &mut Flow, masking: &mut Masking);
    /// Takes note that a reader waits for what is held: a prompt, and no value.
    fn prompted(&mut self) {}
    /// Says whether bytes are held back.
    fn holds(&self) -> bool;
    /// Says, at the beginning of a line, whether the lines before do not matter any more.
    fn is_idle(&self) -> bool;
}

/// What is masked and by what.
pub(super) struct Masking {
    /// The policy's fields.
    pub fields: Arc<Fields>,
    mask: MaskValue,
}

impl Masking {
    pub(super) fn new(fields: Arc<Fields>, mask: MaskValue) -> Self {
        Self { fields, mask }
    }

    /// Says whether a value may be seen: it gives nothing away, or is not what its field may hold.
    pub(super) fn passes(field: FieldId, value: &[u8]) -> bool {
        if is_public(value) {
            return true;
        }
        let bare = match trim(value) {
            [quote @ (b'"' | b'\''), inner @ .., last] if quote == last => inner,
            value => value,
        };
        match field {
            FieldId::MAYBE => !is_encoded(bare),
            FieldId::PASSWORD => !is_password(bare),
            FieldId::TOKEN => !is_token(bare),
            _ => false,
        }
    }

    /// The mask for a value.
    pub(super) fn value(&mut self, field: FieldId, value: &[u8]) -> Vec<u8> {
        (self.mask)(self.fields.name(field), value)
    }

    /// Lets a held value go, masked. Blanks around it stay, and so do quotes, empty values and masks.
    pub(super) fn cell(&mut self, hold: &mut Hold, field: FieldId, quoting: Quoting, out: &mut Flow) {
        let (from, to) = trimmed(hold.text());
        let text = hold.text().get(from..to).unwrap_or_default();
        if !hold.is_over() && Self::passes(field, text) {
            hold.release(out);
            return;
        }
        let (from, to, quote) = match text {
            [quote @ (b'"' | b'\''), inner @ .., last] if quote == last && !hold.is_over() => {
                if Self::passes(field, inner) {
                    hold.release(out);
                    return;
                }
                (from + 1, to - 1, Some(*quote))
            }
            [quote @ (b'"' | b'\''), ..] if hold.is_over() => (from + 1, to, Some(*quote)),
            _ => (from, to, None),
        };
        let value = hold.text().get(from..to).unwrap_or_default();
        let value = quote.map_or_else(|| value.to_vec(), |quote| unquoted(value, quote));
        let mask = self.value(field, &value);
        let mask = match (quote, quoting) {
            (None, Quoting::Add) => [b"\"", in_json(&mask).as_slice(), b"\""].concat(),
            (Some(quote), _) if hold.is_over() => [in_json(&mask), vec![quote]].concat(),
            (Some(_), _) => in_json(&mask),
            (None, Quoting::Keep) => one_line(&mask),
        };
        hold.replace(from, to, &mask, out);
    }
}

/// Whether a value without quotes gets some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    /// It does.
    Add,
    /// It does not.
    Keep,
}

/// Where text begins and ends without blanks around it.
pub(super) fn trimmed(text: &[u8]) -> (usize, usize) {
    let from = text.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(text.len());
    let to = text.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(from, |at| at + 1);
    (from, to)
}

/// Text without blanks around it.
pub(super) fn trim(text: &[u8]) -> &[u8] {
    let (from, to) = trimmed(text);
    text.get(from..to).unwrap_or_default()
}

/// Says whether a value gives nothing away: nothing, null, a rule between rows, or a mask already.
pub(super) fn is_public(value: &[u8]) -> bool {
    const NULLS: &[&str] = &["null", "<null>", "(null)", "[null]", "\\n", "none", "nil", "undefined", "~", "{}", "[]"];
    let value = trim(value);
    let rule = |text: &str| text.chars().all(is_rule);
    let Ok(text) = std::str::from_utf8(value) else { return false };
    text.is_empty() || NULLS.iter().any(|null| text.eq_ignore_ascii_case(null)) || rule(text) || is_mask(text)
}

/// Says whether a value is base64 of a text, or random.
fn is_encoded(value: &[u8]) -> bool {
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    if value.len() < 4 || !value.iter().all(base64) {
        return false;
    }
    let text = |plain: Vec<u8>| {
        let seen = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        String::from_utf8(plain).is_ok_and(|text| text.chars().all(seen))
    };
    STANDARD.decode(value).is_ok_and(text) || is_secret_like(value, "", MIN_LEN)
}

/// Says whether a cell below `password` is one: no plain word, no remark.
fn is_password(value: &[u8]) -> bool {
    let plain = value.iter().all(u8::is_ascii_alphabetic) && !is_scrambled(value)
        || value.len() < 6 && value.iter().all(u8::is_ascii_digit);
    value.len() >= 4 && !plain && plausible(value, Written::Assigned)
}

/// Says whether a cell below `token` is one: no name of a thing.
fn is_token(value: &[u8]) -> bool {
    let has = |kind: fn(&u8) -> bool| value.iter().any(kind);
    value.len() >= 8
        && (has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) || is_scrambled(value))
        && plausible(value, Written::Assigned)
        && std::str::from_utf8(value).is_ok_and(|text| !is_thing(text))
}

/// Says whether rules between rows are made of it.
pub(super) fn is_rule(c: char) -> bool {
    matches!(c, '-' | '=' | '+' | '|' | ':' | ' ' | '\u{2500}'..='\u{257f}' | '\r' | '\t')
}

/// Says whether text is a mask: `[masked:KIND:TAG]`.
fn is_mask(text: &str) -> bool {
    let inner = text.strip_prefix("[masked:").and_then(|text| text.strip_suffix(']'));
    let Some((kind, tag)) = inner.and_then(|inner| inner.rsplit_once(':')) else { return false };
    kind.len() <= 64
        && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        && tag.len() == 8
        && tag.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Columns that text takes on a screen.
pub(super) fn width(text: &[u8]) -> usize {
    std::str::from_utf8(text).map_or(text.len(), UnicodeWidthStr::width)
}

/// A mask as it can stand in a JSON string.
pub(super) fn in_json(mask: &[u8]) -> Vec<u8> {
    let safe = |byte: &u8| if matches!(byte, b'"' | b'\'' | b'\\' | 0..=0x1f) { b'?' } else { *byte };
    mask.iter().map(safe).collect()
}

/// A mask as it can stand in a cell.
pub(super) fn one_line(mask: &[u8]) -> Vec<u8> {
    mask.iter().map(|byte| if *byte < 0x20 { b'?' } else { *byte }).collect()
}

/// What stands between quotes: doubled ones are one, JSON's escapes are what they mean.
pub(super) fn unquoted(value: &[u8], quote: u8) -> Vec<u8> {
    if value.contains(&b'\\') && quote == b'"' {
        let text = [b"\"", value, b"\""].concat();
        if let Ok(text) = serde_json::from_slice::<String>(&text) {
            return text.into_bytes();
        }
    }
    let mut out = Vec::with_capacity(value.len());
    let mut bytes = value.iter().peekable();
    while let Some(byte) = bytes.next() {
        out.push(*byte);
        if *byte == quote && bytes.peek() == Some(&&quote) {
            bytes.next();
        }
    }
    out
}

/// Says whether text is a database client's prompt.
pub(super) fn is_prompt(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let Some(text) = text.strip_suffix(' ') else { return false };
    if matches!(text, "sqlite>" | "   ...>" | "mysql>" | "    ->" | "D") {
        return true;
    }
    if let Some(inner) = text.strip_prefix("MariaDB [") {
        return inner.ends_with("]>");
    }
    let Some(name) = text.strip_suffix(['#', '>']) else { return false };
    let Some(name) = name.strip_suffix(['=', '-', '*', '!', '(', '\'', '"']) else { return false };
    !name.is_empty() && name.len() <= 63 && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}
