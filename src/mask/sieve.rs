//! Where literals may begin, told for a block of text at a time: the automaton walks over the rest of it for nothing.
//!
//! Two tables. The first knows the literals' first five bytes, as pairs, and is asked at every second byte, which depends
//! on nothing that was asked before; the second knows hashes of three bytes, and of four or six, and is asked where the
//! first says yes. Both may say yes too often, never too seldom.

#![forbid(unsafe_code)]

use zeroize::Zeroize as _;

use super::lanes::{self, BLOCK, low_bits};
use super::trie::Word;

/// So many bytes behind a block are read with it.
const AHEAD: usize = 8;
/// So many pairs are looked up for a block.
const PAIRS: usize = BLOCK / 2 + AHEAD / 2;
/// So many bytes of a literal are walked over in any case.
pub(super) const NEAR: usize = 4;
/// So many are looked at then.
const FAR: usize = 6;
/// How many bits of the hashes count.
const HASH: u32 = 16;
/// Literals are in groups, a bit for each; three groups are for those that are short.
const GROUPS: u8 = 5;
const TWO: u32 = 1 << 5;
const THREE: u32 = 1 << 6;
const SIGN: u32 = 1 << 7;
/// Where the groups of a literal's second pair are.
const NEXT: u32 = 8;
/// Where those of the pair behind its first byte are.
const ODD: u32 = 16;
/// Where those of the pair behind that are. Short ones have none.
const ODD_NEXT: u32 = ODD + NEXT;
const NO_NEXT: u32 = (TWO | THREE | SIGN) << ODD;

/// What literals begin with.
#[derive(Debug)]
pub(super) struct Sieve {
    /// For each pair of bytes, the groups with a literal that begins with it; with one in which it comes next; with one
    /// that has it behind its first byte; and with one that has it behind its third.
    pairs: Vec<u32>,
    /// Two bits for each hash of three bytes: a literal of no more, or a longer one, begins with them.
    threes: Box<[u64; 1 << (HASH - 5)]>,
    /// A bit for each hash of the first four bytes of a literal of four or five, or of six.
    hashes: Box<[u64; 1 << (HASH - 6)]>,
}

/// A literal of no more than three bytes.
const SHORT: u64 = 1;
/// A longer one.
const LONG: u64 = 2;

impl Drop for Sieve {
    fn drop(&mut self) {
        self.pairs.zeroize();
        self.threes.zeroize();
        self.hashes.zeroize();
    }
}

impl Default for Sieve {
    fn default() -> Self {
        Self { pairs: vec![0; 1 << 16], threes: Box::new([0; 1 << (HASH - 5)]), hashes: Box::new([0; 1 << (HASH - 6)]) }
    }
}

impl Sieve {
    /// Adds a literal.
    pub(super) fn add(&mut self, word: &Word<'_>) {
        let any = 0..=u8::MAX;
        let next = |byte: &u8| word.next.is_none_or(|next| next.has(*byte));
        match *word.bytes {
            [] => {}
            [_] => {
                self.pairs.fill(u32::MAX);
                self.threes.fill(u64::MAX);
            }
            [one, two] => {
                self.pair([one, two], word.exact, TWO);
                for three in any.clone().filter(next) {
                    any.clone().for_each(|four| self.pair([three, four], true, TWO << NEXT));
                    self.pair([two, three], word.exact, TWO << ODD);
                    self.three([one, two, three], SHORT);
                }
            }
            [one, two, three] => {
                let group = if three.is_ascii_alphanumeric() { THREE } else { SIGN };
                self.pair([one, two], word.exact, group);
                self.pair([two, three], word.exact, group << ODD);
                any.filter(next).for_each(|four| self.pair([three, four], word.exact, group << NEXT));
                self.three([one, two, three], SHORT);
            }
            [one, two, three, four, ..] => {
                let group = group_of(one, two);
                self.pair([one, two], word.exact, group);
                self.pair([three, four], word.exact, group << NEXT);
                let group = group_of(two, three);
                self.pair([two, three], word.exact, group << ODD);
                match word.bytes.get(NEAR) {
                    Some(five) => self.pair([four, *five], word.exact, group << ODD_NEXT),
                    None => any.filter(next).for_each(|five| self.pair([four, five], word.exact, group << ODD_NEXT)),
                }
                self.three([one, two, three], LONG);
                match word.bytes.first_chunk::<FAR>() {
                    Some(six) => self.note(window(six), FAR),
                    None => self.note(window(&[one, two, three, four]), NEAR),
                }
            }
        }
    }

    /// Adds a pair of bytes, in every letter case or as it is.
    fn pair(&mut self, pair: [u8; 2], exact: bool, groups: u32) {
        if exact {
            self.pairs[usize::from(u16::from_be_bytes(pair))] |= groups;
            return;
        }
        let cases = |byte: u8| [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()];
        for one in cases(pair[0]) {
            for two in cases(pair[1]) {
                self.pairs[usize::from(u16::from_be_bytes([one, two]))] |= groups;
            }
        }
    }

    /// Adds what a literal begins with.
    fn three(&mut self, three: [u8; 3], length: u64) {
        let hash = hash(window(&three), 3);
        self.threes[place(hash >> 5)] |= length << (2 * (hash & 31));
    }

    fn note(&mut self, window: u64, length: usize) {
        let hash = hash(window, length);
        self.hashes[place(hash >> 6)] |= 1 << (hash & 63);
    }

    fn noted(&self, window: u64, length: usize) -> u64 {
        let hash = hash(window, length);
        self.hashes[place(hash >> 6)] >> (hash & 63) & 1
    }

    /// A bit for every byte of the next block where a literal may begin.
    fn block(&self, text: &[u8]) -> u64 {
        if let Some(block) = text.first_chunk() {
            return self.sifted(block, self.whole(block));
        }
        let mut block = [0; BLOCK + AHEAD];
        block.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
        // Of the last bytes it cannot be told yet.
        let told = low_bits((text.len() + 1).saturating_sub(AHEAD));
        (self.sifted(&block, self.whole(&block)) & told | !told) & low_bits(text.len())
    }

    fn whole(&self, block: &[u8; BLOCK + AHEAD]) -> u64 {
        let Some(pairs) = self.pairs.first_chunk::<{ 1 << 16 }>() else { return u64::MAX };
        let mut told = [0; PAIRS];
        for (told, eight) in told.as_chunks_mut::<4>().0.iter_mut().zip(block.as_chunks().0) {
            let eight = u64::from_be_bytes(*eight);
            for (told, behind) in told.iter_mut().zip([48, 32, 16, 0]) {
                *told = pairs[usize::from(low(eight >> behind))];
            }
        }
        // For every pair two bits: of a literal that begins with it, and of one that begins a byte before it.
        let both = lanes::halves(&told, NO_NEXT);
        let last = told[BLOCK / 2] & (told[BLOCK / 2 + 1] >> NEXT | NO_NEXT) & 0xff << ODD != 0;
        both & ODDS >> 1 | (both & ODDS) >> 2 | u64::from(last) << (BLOCK - 1)
    }

    /// Those of the bits that stay by the hashes. Which do is hard to foresee, so that all are asked alike.
    fn sifted(&self, block: &[u8; BLOCK + AHEAD], mut bits: u64) -> u64 {
        let (mut kept, mut long) = (0, 0);
        while bits != 0 {
            let at = bits.trailing_zeros();
            bits &= bits - 1;
            let three = hash(eight(block, at), 3);
            let three = self.threes[place(three >> 5)] >> (2 * (three & 31));
            kept |= (three & SHORT) << at;
            long |= (three >> 1 & SHORT) << at;
        }
        while long != 0 {
            let at = long.trailing_zeros();
            long &= long - 1;
            let window = eight(block, at);
            kept |= (self.noted(window, FAR) | self.noted(window, NEAR)) << at;
        }
        kept
    }
}

/// The group of a literal by a pair in it.
fn group_of(one: u8, two: u8) -> u32 {
    1 << ((one | 0x20).wrapping_mul(7).wrapping_add(two | 0x20) % GROUPS)
}

/// Eight bytes of a block, folded.
fn eight(block: &[u8; BLOCK + AHEAD], at: u32) -> u64 {
    let eight = block.get(at as usize..).and_then(<[u8]>::first_chunk);
    eight.map_or(u64::MAX, |eight| u64::from_le_bytes(*eight) | FOLD)
}

/// Every second bit.
const ODDS: u64 = 0xaaaa_aaaa_aaaa_aaaa;

/// A block of a text, and where literals may begin in it.
#[derive(Debug, Default)]
pub(super) struct Places {
    from: usize,
    /// None before the first block.
    to: usize,
    bits: u64,
    /// The last one that was given, plus one.
    last: usize,
}

impl Places {
    fn look(&mut self, sieve: &Sieve, text: &[u8], at: usize) {
        (self.from, self.to) = (at, at + BLOCK);
        self.bits = sieve.block(text.get(at..).unwrap_or_default());
    }

    /// Says whether a literal may begin from `from` on and before `to`, which is near.
    pub(super) fn any(&mut self, sieve: &Sieve, text: &[u8], from: usize, to: usize) -> bool {
        if from == to || self.last == from + 1 {
            return from != to;
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
            let bits = self.bits >> (at - self.from) << (at - self.from);
            if bits != 0 {
                let place = self.from + bits.trailing_zeros() as usize;
                // Nobody asks for those before it again.
                (self.bits, self.last) = (bits, place + 1);
                return Some(place);
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

#[allow(clippy::cast_possible_truncation, reason = "the last two bytes")]
fn low(eight: u64) -> u16 {
    eight as u16
}

/// The hash of a literal's first bytes.
fn hash(window: u64, length: usize) -> u64 {
    (window << (64 - 8 * length)).wrapping_mul(SPREAD) >> (64 - HASH)
}

fn place(hash: u64) -> usize {
    usize::try_from(hash).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Places, Sieve};
    use crate::mask::class::Class;
    use crate::mask::trie::{Hold, Word};

    /// Whether a literal begins at a place, or its beginning is all that is there.
    fn begins(word: &Word<'_>, text: &[u8]) -> bool {
        let there = word.bytes.len().min(text.len());
        let (own, text_) = (&word.bytes[..there], &text[..there]);
        let same = if word.exact { own == text_ } else { own.eq_ignore_ascii_case(text_) };
        let next = text.get(word.bytes.len());
        same && word.next.is_none_or(|class| next.is_none_or(|next| class.has(*next)))
    }

    #[test]
    fn no_literal_is_passed_over() {
        let mut seed = 5_u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % below
        };
        let alphabet = b"aAbBk_-\x00\xc3 ";
        for round in 0..300 {
            let least = if round % 10 == 0 { 1 } else { 2 };
            let mut text = |length: usize| (0..length).map(|_| alphabet[random(alphabet.len())]).collect::<Vec<u8>>();
            let literals: Vec<Vec<u8>> = (0..12).map(|at| text(least + at % 8)).collect();
            let all: Vec<u8> = (0..16).flat_map(|at| [text(at), literals[at % 12].clone()].concat()).collect();
            let words: Vec<Word<'_>> = literals
                .iter()
                .enumerate()
                .map(|(at, bytes)| {
                    let next = (at % 3 == 0).then(|| Class::of(b"aB-"));
                    Word { bytes, hold: Hold::Public, exact: at % 2 == 0, next }
                })
                .collect();
            let mut sieve = Sieve::default();
            for word in &words {
                sieve.add(word);
            }
            let (mut places, mut at, mut found) = (Places::default(), 0, Vec::new());
            while let Some(place) = places.next(&sieve, &all, at) {
                found.push(place);
                at = place + 1;
            }
            for at in 0..all.len() {
                let begun = words.iter().any(|word| begins(word, &all[at..]));
                assert!(!begun || found.contains(&at), "{at} in {}", String::from_utf8_lossy(&all));
            }
        }
    }

    #[test]
    fn most_places_are_passed_over() {
        let mut sieve = Sieve::default();
        for bytes in [b"password".as_slice(), b"ghp_", b"://"] {
            sieve.add(&Word { bytes, hold: Hold::Public, exact: false, next: None });
        }
        let text = b"a sentence of the usual kind, in which nothing stands that might begin any of them at all";
        let first = Places::default().next(&sieve, text, 0);
        assert!(first.is_some_and(|place| place > text.len() - 8), "{first:?}");
    }
}
