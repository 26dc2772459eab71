//! How wide text is on a screen, and the dots that stand in for it.

#![forbid(unsafe_code)]

/// Ranges of characters that take two columns. Source: Unicode's East Asian Width, its W and F, in coarse blocks.
const WIDE: &[(u32, u32)] = &[
    (0x1100, 0x115f),
    (0x2e80, 0x303e),
    (0x3041, 0xa4cf),
    (0xac00, 0xd7a3),
    (0xf900, 0xfaff),
    (0xfe30, 0xfe6f),
    (0xff00, 0xff60),
    (0xffe0, 0xffe6),
    (0x1f300, 0x1faff),
    (0x20000, 0x3fffd),
];

/// Writes a dot per column; what is no printable text stays.
pub(super) fn dots(text: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < text.len() {
        let byte = text[at];
        let length = match byte {
            0..=0x1f | 0x7f => {
                out.push(byte);
                at += 1;
                continue;
            }
            0xf0.. => 4,
            0xe0.. => 3,
            0xc0.. => 2,
            _ => 1,
        };
        let end = (at + length).min(text.len());
        let wide = std::str::from_utf8(&text[at..end]).ok().and_then(|text| text.chars().next()).is_some_and(|c| {
            let c = u32::from(c);
            WIDE.iter().any(|(from, to)| (*from..=*to).contains(&c))
        });
        // A byte in the middle of a character, which was cut, has been counted.
        if !(0x80..0xc0).contains(&byte) {
            out.extend_from_slice(if wide { "••".as_bytes() } else { "•".as_bytes() });
        }
        at = if std::str::from_utf8(&text[at..end]).is_ok() { end } else { at + 1 };
    }
}

/// So much of a line is read again behind a backspace; less than what is always remembered.
const LINE: usize = 200;

/// What stands on a text's last line without its last character.
pub(super) fn without_last(text: &[u8]) -> &[u8] {
    let line = text.iter().rev().take(LINE).take_while(|byte| **byte >= b' ').count();
    let mut line = &text[text.len() - line..];
    while let [rest @ .., last] = line {
        line = rest;
        if !(0x80..0xc0).contains(last) {
            break;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_dot_per_column() {
        for (text, wanted) in [("abc", "•••"), ("é漢", "•••"), ("a\nb", "•\n•")] {
            let mut out = Vec::new();
            super::dots(text.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), wanted);
        }
    }
}
