//! Texts in JSON with the keys in front of them, without building a tree: what is broken is read as far as it goes.

use zeroize::Zeroizing;

use super::entries::Entry;

/// Gives every text that stands behind a key, and those in lists under the list's key.
pub(super) fn texts(bytes: &[u8]) -> Vec<Entry> {
    let mut out = Vec::new();
    let mut key = String::new();
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] != b'"' {
            i += 1;
            continue;
        }
        let (text, end) = text(bytes, i + 1);
        i = end;
        let next = bytes[i..].iter().position(|b| !b.is_ascii_whitespace()).map(|at| bytes[i + at]);
        if next == Some(b':') {
            key = String::from_utf8_lossy(&text).into_owned();
        } else {
            out.push((key.clone(), text));
        }
    }
    out
}

/// Reads one text from behind its quote; gives the position behind it.
fn text(bytes: &[u8], mut i: usize) -> (Zeroizing<Vec<u8>>, usize) {
    let mut out = Zeroizing::new(Vec::new());
    while i < bytes.len() && bytes[i] != b'"' {
        if bytes[i] != b'\\' {
            out.push(bytes[i]);
            i += 1;
            continue;
        }
        let sign = bytes.get(i + 1).copied().unwrap_or(b'\\');
        i += 2;
        match sign {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'u' => {
                let mut unit = hex4(bytes, i);
                i += 4;
                if (0xd800..0xdc00).contains(&unit) && bytes.get(i..i + 2) == Some(b"\\u") {
                    unit = 0x10000 + ((unit - 0xd800) << 10) + hex4(bytes, i + 2).saturating_sub(0xdc00);
                    i += 6;
                }
                let mut room = [0; 4];
                out.extend_from_slice(char::from_u32(unit).unwrap_or('\u{fffd}').encode_utf8(&mut room).as_bytes());
            }
            other => out.push(other),
        }
    }
    (out, (i + 1).min(bytes.len()))
}

fn hex4(bytes: &[u8], at: usize) -> u32 {
    let digits = bytes.get(at..at + 4).and_then(|four| std::str::from_utf8(four).ok());
    digits.and_then(|four| u32::from_str_radix(four, 16).ok()).unwrap_or(0xfffd)
}
