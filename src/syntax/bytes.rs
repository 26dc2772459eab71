//! Bytes that are not UTF-8, carried through text without loss.
//!
//! The grammar works on `str`. Each byte that is not part of valid UTF-8 becomes one private-use character, so that
//! text keeps its meaning and spans can be given in bytes of what was submitted.

use std::borrow::Cow;

use super::Span;

/// First of the 256 private-use characters that stand for raw bytes.
const FIRST: u32 = 0x10_F000;

/// Text with a way back to the offsets of the bytes it was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// Text offsets of replaced bytes, ascending; each is three bytes longer in the text.
    replaced: Vec<usize>,
}

impl Decoded<'_> {
    /// Turns a span of the text into a span of the original bytes.
    #[must_use]
    pub fn original(&self, span: Span) -> Span {
        Span::new(self.offset(span.start), self.offset(span.end))
    }

    /// Says whether the bytes were UTF-8 as they stood.
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        self.replaced.is_empty()
    }

    fn offset(&self, at: usize) -> usize {
        at - 3 * self.replaced.partition_point(|&replaced| replaced < at)
    }
}

/// Decodes bytes; valid UTF-8 is borrowed.
#[must_use]
pub fn decode(bytes: &[u8]) -> Decoded<'_> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: Cow::Borrowed(text), replaced: Vec::new() };
    }
    let mut text = String::with_capacity(bytes.len() + 16);
    let mut replaced = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for &byte in chunk.invalid() {
            replaced.push(text.len());
            text.extend(char::from_u32(FIRST + u32::from(byte)));
        }
    }
    Decoded { text: Cow::Owned(text), replaced }
}

/// Gives back the bytes that a decoded text was made of.
#[must_use]
pub fn encode(text: &str) -> Cow<'_, [u8]> {
    if !text.chars().any(is_raw) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for ch in text.chars() {
        if is_raw(ch) {
            bytes.extend(u8::try_from(u32::from(ch) - FIRST).ok());
        } else {
            bytes.extend_from_slice(ch.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    Cow::Owned(bytes)
}

fn is_raw(ch: char) -> bool {
    (FIRST..FIRST + 256).contains(&u32::from(ch))
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' + half - 10 });
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(digit(byte >> 4));
        out.push(digit(byte & 15));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_and_offsets_too() {
        let bytes = b"a\xffb\xc3\xa9\xfe";
        let decoded = decode(bytes);
        assert_eq!(&*encode(&decoded.text), bytes);
        let b = decoded.text.find('b').unwrap();
        assert_eq!(decoded.original(Span::new(b, decoded.text.len())), Span::new(2, 6));
        assert!(decode("é".as_bytes()).is_utf8());
    }
}
