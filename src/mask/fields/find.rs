//! Looks for the first of a few words in much text, whatever their case. Words are of two sorts: marks, and others.
//!
//! A table of three bytes is asked at every second byte, for a block of bytes at a time: a word has its first three or
//! those behind its first at such a place. Words under three bytes are left to an automaton, at a tenth of the speed.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// Words to look for.
#[derive(Debug)]
pub(super) struct Finder {
    words: Vec<Vec<u8>>,
    /// So many of them, the first ones, are marks.
    marks: usize,
    /// Words by the hash of their first three bytes.
    by_three: Vec<Vec<Word>>,
    /// For each hash of three bytes, [`FIRST`] where a word may begin with them, [`SECOND`] where they may stand behind its
    /// first.
    threes: Box<[u8; HASHES]>,
    short: Option<AhoCorasick>,
    longest: usize,
}

impl Finder {
    /// Takes marks and other words; empty ones are left out.
    pub(super) fn new(mut words: Vec<Vec<u8>>, mut others: Vec<Vec<u8>>) -> Self {
        words.retain(|word| !word.is_empty());
        others.retain(|word| !word.is_empty());
        let marks = words.len();
        words.append(&mut others);
        for word in &mut words {
            word.make_ascii_lowercase();
        }
        let longest = words.iter().map(Vec::len).max().unwrap_or(0);
        let short = words.iter().any(|word| word.len() < 3).then(|| {
            AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::Standard)
                .kind(Some(AhoCorasickKind::DFA))
                .build(&words)
                .ok()
        });
        let mut by_three = vec![Vec::new(); 256];
        let mut threes = Box::new([0; HASHES]);
        let mut mark = |[one, two, three]: [u8; 3], part: u8| {
            threes[hash(u32::from_le_bytes([one, two, three, 0]) | low(FOLD))] |= part;
        };
        for (at, word) in words.iter().enumerate() {
            match *word.as_slice() {
                [one, two, three] => {
                    mark([one, two, three], FIRST);
                    (0..=255).for_each(|next| mark([two, three, next], SECOND));
                }
                [one, two, three, four, ..] => {
                    mark([one, two, three], FIRST);
                    mark([two, three, four], SECOND);
                }
                _ => {}
            }
            if let Some(list) = by_three.get_mut(bucket(eight(word) | FOLD)) {
                let there = eight(&[0xff; 8][..word.len().min(8)]);
                list.push(Word { head: (eight(word) | FOLD) & there, there, number: at });
            }
        }
        Self { words, marks, by_three, threes, short: short.flatten(), longest }
    }

    /// Length of the longest word.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// The word that ends first behind `from`; a mark before another word.
    pub(super) fn find(&self, mut text: &[u8], from: usize) -> Option<Hit> {
        if let Some(short) = &self.short {
            let mut all =
                short.find_overlapping_iter(text).map(|found| self.hit(found.end(), found.pattern().as_usize()));
            let first = all.find(|hit| hit.end > from)?;
            return all.take_while(|hit| hit.end == first.end).chain([first]).min();
        }
        let mut best: Option<Hit> = None;
        // What ends behind `from` begins at most so far in front of it.
        let mut at = (from + 1).saturating_sub(self.longest);
        while let Some((start, mut places)) = self.next(text, at) {
            at = start;
            while places != 0 {
                let bit = places.trailing_zeros() & !1;
                let place = at + bit as usize;
                let parts = places >> bit;
                places &= !(3 << bit);
                if parts & u32::from(SECOND) != 0 {
                    best = [best, self.word(text, place.wrapping_sub(1), from)].into_iter().flatten().min();
                }
                if parts & u32::from(FIRST) != 0 {
                    best = [best, self.word(text, place, from)].into_iter().flatten().min();
                }
            }
            // Only what ends no later can still be the first.
            text = text.get(..best.map_or(text.len(), |hit| hit.end)).unwrap_or_default();
            at += BLOCK;
        }
        best
    }

    /// The next block from `at` on in which a word may begin, and two bits for every second byte of it, as in the table.
    fn next(&self, text: &[u8], mut at: usize) -> Option<(usize, u32)> {
        let mut rest = text.get(at..)?;
        while let Some(block) = rest.first_chunk() {
            // Most often there is none; where is asked only then.
            let mut any = 0;
            each(block, |_, hash| any |= self.threes[hash]);
            if any != 0 {
                return Some((at, self.places(block)));
            }
            (at, rest) = (at + BLOCK, &rest[BLOCK..]);
        }
        while !rest.is_empty() {
            let mut block = [0; BLOCK + AHEAD];
            block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            let places = self.places(&block);
            if places != 0 {
                return Some((at, places));
            }
            (at, rest) = (at + BLOCK, rest.get(BLOCK..).unwrap_or_default());
        }
        None
    }

    /// Two bits for every second byte of a block; apart, so that nothing is kept for it where only one is asked for.
    #[inline(never)]
    fn places(&self, block: &[u8; BLOCK + AHEAD]) -> u32 {
        let mut places = 0;
        each(block, |at, hash| places |= u32::from(self.threes[hash]) << (2 * at));
        places
    }

    /// The shortest word that begins at a place and ends behind `from`.
    fn word(&self, text: &[u8], start: usize, from: usize) -> Option<Hit> {
        let text = text.get(start..)?;
        let begin = eight(text) | FOLD;
        let mut best = None;
        for Word { head, there, number } in self.by_three.get(bucket(begin))? {
            if begin & there != *head {
                continue;
            }
            let word = self.words.get(*number)?;
            let close = start + word.len() > from;
            if close && text.get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word)) {
                let hit = self.hit(start + word.len(), *number);
                best = Some(best.map_or(hit, |best: Hit| best.min(hit)));
            }
        }
        best
    }

    fn hit(&self, end: usize, word: usize) -> Hit {
        Hit { end, other: word >= self.marks }
    }
}

/// A word to compare with.
#[derive(Clone, Copy, Debug)]
struct Word {
    /// Its first eight bytes, folded, and which of them it has.
    head: u64,
    there: u64,
    number: usize,
}

/// Where a word ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub(super) end: usize,
    /// It is no mark.
    pub(super) other: bool,
}

/// Three bytes are a word's first.
const FIRST: u8 = 1;
/// Three bytes are those behind a word's first.
const SECOND: u8 = 2;
/// How many bytes are looked at together: as many as there are bits for them.
const BLOCK: usize = 32;
/// How many bytes behind a block are read with it.
const AHEAD: usize = 4;
/// How many bits of a hash count.
const BITS: u32 = 13;
/// How many hashes there are.
const HASHES: usize = 1 << BITS;

/// Makes letters of both cases equal; others with them.
const FOLD: u64 = 0x2020_2020_2020_2020;

/// The first eight bytes of a text; what is missing is nought.
fn eight(text: &[u8]) -> u64 {
    if let Some(eight) = text.first_chunk() {
        return u64::from_le_bytes(*eight);
    }
    text.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The hash of three bytes that are folded; the fourth and highest does not count.
fn hash(four: u32) -> usize {
    (four.wrapping_mul(0x9e37_79b1 << 8) >> (32 - BITS)) as usize
}

/// Where words are that begin with these bytes, folded.
fn bucket(begin: u64) -> usize {
    hash(low(begin)) >> (BITS - 8)
}

/// The hash at every second byte of a block, by its number.
fn each(block: &[u8; BLOCK + AHEAD], mut take: impl FnMut(usize, usize)) {
    for at in 0..BLOCK / 4 {
        let Some(eight) = block[4 * at..].first_chunk::<8>() else { return };
        let eight = u64::from_le_bytes(*eight) | FOLD;
        take(2 * at, hash(low(eight)));
        take(2 * at + 1, hash(low(eight >> 16)));
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the first four bytes")]
fn low(eight: u64) -> u32 {
    eight as u32
}

#[cfg(test)]
mod tests {
    use super::{Finder, Hit};

    #[test]
    fn finds_what_a_plain_search_finds() {
        let words: Vec<Vec<u8>> =
            ["email", "mai", "ssn", "create table", "tab"].map(|w| w.as_bytes().to_vec()).to_vec();
        let (marks, others) = words.split_at(2);
        let finder = Finder::new(marks.to_vec(), others.to_vec());
        let plain = |text: &[u8], from: usize| {
            let lower = text.to_ascii_lowercase();
            (from + 1..=text.len()).find(|end| words.iter().any(|word| lower[..*end].ends_with(word)))
        };
        let mut seed = 1_u64;
        for _ in 0..4000 {
            let mut next = || {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                b"emailssntabEMcr  e"[usize::try_from(seed >> 33).unwrap() % 18]
            };
            let mut text: Vec<u8> = (0..12).map(|_| next()).collect();
            text.extend(b"Create Table");
            for from in [0, 3, 9] {
                let found = finder.find(&text, from);
                assert_eq!(
                    found.map(|hit| hit.end),
                    plain(&text, from),
                    "{:?} behind {from}",
                    String::from_utf8_lossy(&text)
                );
            }
        }
        assert_eq!(finder.find(b"x", 0), None);
        assert_eq!(finder.find(b"ssn email", 0), Some(Hit { end: 3, other: true }));
        assert_eq!(finder.find(b"ssn email", 3), Some(Hit { end: 8, other: false }));
        let short = Finder::new(vec![b"id".to_vec()], vec![b"grid".to_vec()]);
        assert_eq!(short.find(b"xxIDgrid", 4), Some(Hit { end: 8, other: false }));
    }
}
