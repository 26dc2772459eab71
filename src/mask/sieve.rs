//! Where literals may begin, told for a block of text at a time: the automaton walks over the rest of it for nothing.
//!
//! Two tables of hashes. The first knows the literals' first four bytes and is asked at every byte, which depends on
//! nothing that was asked before; the second knows six and is asked where the first says yes. Both may say yes too often,
//! never too seldom.

#![forbid(unsafe_code)]

use zeroize::Zeroize as _;

use super::class::Class;

/// How many bytes are looked at together: as many as there are bits for them.
const BLOCK: usize = 64;
/// So many bytes of a literal are looked at first.
pub(super) const NEAR: usize = 4;
/// So many are looked at then.
const FAR: usize = 6;
/// How many bits of the hash of three bytes count.
const FIRST: u32 = 13;
/// How many bits of the other hashes count.
const SECOND: u32 = 16;

/// What literals begin with.
#[derive(Debug)]
pub(super) struct Sieve {
    /// For each hash of three bytes, a bit for each remainder of the fourth.
    first: Box<[u8; 1 << FIRST]>,
    /// A bit for each hash of the first three bytes of a literal that has no more, of four, or of six.
    second: Box<[u64; 1 << (SECOND - 6)]>,
    /// A literal has a single byte.
    all: bool,
}

impl Drop for Sieve {
    fn drop(&mut self) {
        self.first.zeroize();
        self.second.zeroize();
    }
}

impl Default for Sieve {
    fn default() -> Self {
        Self { first: Box::new([0; 1 << FIRST]), second: Box::new([0; 1 << (SECOND - 6)]), all: false }
    }
}

impl Sieve {
    /// Adds a literal; `next` is what may stand behind it, where anything else makes it worthless.
    pub(super) fn add(&mut self, literal: &[u8], next: Option<Class>) {
        match *literal {
            [] => {}
            [_] => {
                self.first.fill(u8::MAX);
                self.all = true;
            }
            [one, two] => {
                let may = |byte: &u8| next.is_none_or(|next| next.has(*byte));
                (0..=u8::MAX).filter(may).for_each(|three| self.add(&[one, two, three], None));
            }
            [one, two, three] => {
                let window = window(&[one, two, three]);
                self.first[hash(low(window))] = u8::MAX;
                self.note(window, 3);
            }
            [one, two, three, four, ..] => {
                let four = window(&[one, two, three, four]);
                self.first[hash(low(four))] |= 1 << rest(low(four));
                match literal.first_chunk::<FAR>() {
                    Some(six) => self.note(window(six), FAR),
                    None => self.note(four, NEAR),
                }
            }
        }
    }

    fn note(&mut self, window: u64, length: usize) {
        let (word, bit) = place(window, length);
        self.second[word] |= 1 << bit;
    }

    fn notes(&self, window: u64, length: usize) -> bool {
        let (word, bit) = place(window, length);
        self.second[word] >> bit & 1 != 0
    }

    /// A bit for every byte of the next block where a literal may begin by the first table.
    fn block(&self, text: &[u8]) -> u64 {
        if let Some(block) = text.first_chunk() {
            return self.whole(block);
        }
        let mut block = [0; BLOCK + NEAR];
        block.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
        // Of the last bytes it cannot be told yet.
        let told = low_bits((text.len() + 1).saturating_sub(NEAR));
        (self.whole(&block) & told | !told) & low_bits(text.len())
    }

    fn whole(&self, block: &[u8; BLOCK + NEAR]) -> u64 {
        let mut places = 0;
        for four in 0..BLOCK / 4 {
            let at = 4 * four;
            let (low, high) = (&block[at..at + 4], &block[at + 4..at + 8]);
            let eight = [low[0], low[1], low[2], low[3], high[0], high[1], high[2], high[3]];
            let eight = u64::from_le_bytes(eight) | FOLD;
            for place in 0..4 {
                places |= self.may(self::low(eight >> (8 * place))) << (at + place);
            }
        }
        places
    }

    /// One where a literal may begin with four bytes.
    fn may(&self, four: u32) -> u64 {
        u64::from(self.first[hash(four)]) >> rest(four) & 1
    }

    /// Says whether a literal may begin at a place, by the second table.
    fn may_begin(&self, text: &[u8], at: usize) -> bool {
        let Some(six) = text.get(at..at + FAR) else { return true };
        let window = window(six);
        self.all || self.notes(window, FAR) || self.notes(window, NEAR) || self.notes(window, 3)
    }
}

/// A block of a text, and where literals may begin in it.
#[derive(Debug, Default)]
pub(super) struct Places {
    from: usize,
    /// None before the first block.
    to: usize,
    bits: u64,
}

impl Places {
    fn look(&mut self, sieve: &Sieve, text: &[u8], at: usize) {
        *self = Self { from: at, to: at + BLOCK, bits: sieve.block(text.get(at..).unwrap_or_default()) };
    }

    /// Says whether a literal may begin from `from` on and before `to`, which is near.
    pub(super) fn any(&mut self, sieve: &Sieve, text: &[u8], from: usize, to: usize) -> bool {
        if from == to {
            return false;
        }
        if from < self.from || self.to < to {
            self.look(sieve, text, from);
        }
        self.bits >> (from - self.from) & low_bits(to - from) != 0
    }

    /// The first place from `at` on where a literal may begin.
    pub(super) fn next(&mut self, sieve: &Sieve, text: &[u8], mut at: usize) -> Option<usize> {
        while at < text.len() {
            if at < self.from || self.to <= at {
                self.look(sieve, text, at);
            }
            let mut bits = self.bits >> (at - self.from) << (at - self.from);
            while bits != 0 {
                let place = self.from + bits.trailing_zeros() as usize;
                if sieve.may_begin(text, place) {
                    return Some(place);
                }
                self.bits &= !(bits & bits.wrapping_neg());
                bits &= bits - 1;
            }
            at = self.to;
        }
        None
    }
}

/// Makes letters of both cases equal; others with them.
const FOLD: u64 = 0x2020_2020_2020_2020;
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Bytes as a number, letters of both cases alike; no more than eight.
fn window(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte | 0x20))
}

#[allow(clippy::cast_possible_truncation, reason = "the first four bytes")]
fn low(window: u64) -> u32 {
    window as u32
}

fn low_bits(count: usize) -> u64 {
    if count < 64 { (1 << count) - 1 } else { u64::MAX }
}

/// The hash of the first three bytes.
fn hash(four: u32) -> usize {
    (four.wrapping_mul(0x9e37_79b1 << 8) >> (32 - FIRST)) as usize
}

/// What counts of the fourth byte.
fn rest(four: u32) -> u32 {
    four >> 24 & 7
}

/// Where the second table has its bit for the first bytes.
fn place(window: u64, length: usize) -> (usize, u64) {
    let hash = (window << (64 - 8 * length)).wrapping_mul(SPREAD) >> (64 - SECOND);
    (usize::try_from(hash >> 6).unwrap_or(0), hash & 63)
}
