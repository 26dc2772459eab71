//! Looks for the first of a few words in much text, whatever their case.
//!
//! A table of three bytes is asked at every second byte: a word has its first three or those behind its first at such a
//! place. Words under three bytes are left to an automaton, at a third of the speed.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// Words to look for.
#[derive(Debug)]
pub(super) struct Finder {
    words: Vec<Vec<u8>>,
    /// Words by their first byte, in lower case.
    by_first: Vec<Vec<usize>>,
    /// A bit for each hash of three bytes.
    threes: Vec<u64>,
    short: Option<AhoCorasick>,
    longest: usize,
}

impl Finder {
    /// Takes words; empty ones are left out.
    pub(super) fn new(mut words: Vec<Vec<u8>>) -> Self {
        words.retain(|word| !word.is_empty());
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
        let mut by_first = vec![Vec::new(); 256];
        let mut threes = vec![0_u64; 1 << (BITS - 6)];
        let mut mark = |[one, two, three]: [u8; 3]| {
            let bit = hash(u32::from_le_bytes([one, two, three, 0]));
            threes[bit >> 6] |= 1 << (bit & 63);
        };
        for (at, word) in words.iter().enumerate() {
            match *word.as_slice() {
                [one, two, three] => {
                    mark([one, two, three]);
                    (0..=255).for_each(|next| mark([two, three, next]));
                }
                [one, two, three, four, ..] => {
                    mark([one, two, three]);
                    mark([two, three, four]);
                }
                _ => {}
            }
            if let Some(list) = word.first().and_then(|first| by_first.get_mut(usize::from(*first))) {
                list.push(at);
            }
        }
        Self { words, by_first, threes, short: short.flatten(), longest }
    }

    /// Length of the longest word.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Where the word ends that ends first, behind `from`.
    pub(super) fn find(&self, mut text: &[u8], from: usize) -> Option<usize> {
        if let Some(short) = &self.short {
            return short.find_overlapping_iter(text).map(|found| found.end()).find(|end| *end > from);
        }
        let mut best: Option<usize> = None;
        // What ends behind `from` begins at most so far in front of it.
        let mut at = (from + 1).saturating_sub(self.longest);
        while let Some(&four) = text.get(at..).and_then(|rest| rest.first_chunk::<4>()) {
            let bit = hash(u32::from_le_bytes(four));
            if self.threes[bit >> 6] >> (bit & 63) & 1 != 0 {
                let ends = [best, self.end(text, at.wrapping_sub(1), from), self.end(text, at, from)];
                best = ends.into_iter().flatten().min();
                // Only what ends in front of it can still be the first.
                text = text.get(..best.unwrap_or(text.len())).unwrap_or_default();
            }
            at += 2;
        }
        // What stands at the end has too few bytes behind the last place.
        let ends = (at.saturating_sub(1)..text.len()).map(|start| self.end(text, start, from));
        ends.chain([best]).flatten().min()
    }

    /// Where the shortest word ends that begins at a place and ends behind `from`.
    fn end(&self, text: &[u8], start: usize, from: usize) -> Option<usize> {
        let text = text.get(start..)?;
        let first = text.first()?.to_ascii_lowercase();
        let words = self.by_first.get(usize::from(first))?.iter().filter_map(|at| self.words.get(*at));
        let fits = |word: &&Vec<u8>| text.get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word));
        let ends = words.filter(|word| start + word.len() > from).filter(fits);
        ends.map(|word| start + word.len()).min()
    }
}

/// How many bits of a hash count.
const BITS: usize = 15;

/// The hash of three bytes, whatever their case; the fourth and highest does not count.
fn hash(four: u32) -> usize {
    let all = four & 0xff_ffff | 0x20_2020;
    (all.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::Finder;

    #[test]
    fn finds_what_a_plain_search_finds() {
        let words: Vec<Vec<u8>> =
            ["email", "mai", "ssn", "create table", "tab"].map(|w| w.as_bytes().to_vec()).to_vec();
        let finder = Finder::new(words.clone());
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
                assert_eq!(found, plain(&text, from), "{:?} behind {from}", String::from_utf8_lossy(&text));
            }
        }
        assert_eq!(finder.find(b"x", 0), None);
        assert_eq!(Finder::new(vec![b"id".to_vec()]).find(b"xxIDid", 4), Some(6));
    }
}
