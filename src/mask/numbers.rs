//! Where digits stand that may be one of the forms of `digits`: its table walks there, and nowhere else.
//!
//! Told for a block of bytes at once, and too often rather than too seldom.

#![forbid(unsafe_code)]

use super::lanes::{self, BLOCK};

/// A bit for each byte of a block.
#[derive(Clone, Copy)]
struct Kinds {
    digits: u64,
    /// What may stand between two digits.
    between: u64,
    capitals: u64,
}

impl Kinds {
    fn of(block: &[u8; BLOCK]) -> Self {
        let digits = lanes::bits(block, |lanes| lanes.within(b'0', 10));
        let capitals = lanes::bits(block, |lanes| lanes.within(b'A', 26));
        let between = lanes::bits(block, |lanes| lanes.is(b' ').or(lanes.within(b'(', 2)).or(lanes.within(b'-', 2)));
        Self { digits, between, capitals }
    }
}

/// Bits behind which `count` are set in a row, from theirs on.
fn rows(bits: u64, count: u32) -> u64 {
    let (mut all, mut length) = (bits, 1);
    while length < count {
        let step = length.min(count - length);
        all &= all >> step;
        length += step;
    }
    all
}

/// The first place from `at` on where one of the forms may begin, or what is there of the text may be the beginning of
/// one. What stands before `at` is no part of one.
pub(super) fn next(text: &[u8], mut at: usize) -> Option<usize> {
    while at < text.len() {
        let rest = &text[at..];
        let (kinds, length) = match rest.first_chunk() {
            Some(block) => (Kinds::of(block), BLOCK),
            None => {
                let mut block = [0; BLOCK];
                block[..rest.len()].copy_from_slice(rest);
                (Kinds::of(&block), rest.len())
            }
        };
        let Kinds { digits, between, capitals } = kinds;
        let number = digits | between & digits << 1;
        let account = capitals & capitals >> 1 & digits >> 2 & digits >> 3;
        let found = rows(number, 11) | rows(digits, 10) | account;
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize);
        }
        // What goes on behind the block.
        let top = BLOCK - length;
        let run = (number << top).leading_ones() as usize;
        let pair = capitals << top >> (BLOCK - 3);
        let open = if pair == 0 { run } else { run.max(3 - pair.trailing_zeros() as usize) };
        if length < BLOCK {
            return (open > 0).then_some(text.len() - open);
        }
        at += BLOCK - open;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::next;

    #[test]
    fn places_and_ends() {
        let far = "-".repeat(70);
        for (text, place) in [
            ("at 4111 1111 1111 1111.", Some(3)),
            ("on 2026-03-01T10:12:13.123Z or so", None),
            ("on 2026-03-01 10:12:13", Some(3)),
            ("at 1234567890,", Some(3)),
            ("to DE89 3704, x", Some(3)),
            ("an end: 41", Some(8)),
            ("an end: XDE", Some(8)),
            ("an end: D-", Some(8)),
            ("an end: D--x", None),
        ] {
            assert_eq!(next(text.as_bytes(), 0), place, "{text}");
            for more in 1..70 {
                let text = format!("{}{text}", &far[..more]);
                assert_eq!(next(text.as_bytes(), 0), place.map(|place| place + more), "{text}");
            }
        }
    }
}
