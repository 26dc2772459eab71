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
    /// The same by their last.
    by_last: Vec<Vec<usize>>,
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
        let mut by_last = vec![Vec::new(); 256];
        let mut threes = vec![0_u64; 1 << (BITS - 6)];
        let mut mark = |three: [u8; 3]| {
            let bit = hash(three);
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
            if let Some(list) = word.last().and_then(|last| by_last.get_mut(usize::from(*last))) {
                list.push(at);
            }
            if let Some(list) = word.first().and_then(|first| by_first.get_mut(usize::from(*first))) {
                list.push(at);
            }
        }
        Self { words, by_first, by_last, threes, short: short.flatten(), longest }
    }

    /// Length of the longest word.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Where the word ends that ends first.
    pub(super) fn find(&self, text: &[u8]) -> Option<usize> {
        if let Some(short) = &self.short {
            return short.find(text).map(|found| found.end());
        }
        let mut best: Option<usize> = None;
        let mut at = 0;
        while let Some(&three) = text.get(at..).and_then(|rest| rest.first_chunk::<3>()) {
            if best.is_some_and(|best| at >= best) {
                return best;
            }
            let bit = hash(three);
            if self.threes[bit >> 6] >> (bit & 63) & 1 != 0 {
                best = [best, self.end(text, at.wrapping_sub(1)), self.end(text, at)].into_iter().flatten().min();
            }
            at += 2;
        }
        // A word of three bytes may stand at the end, with only two of them behind the last place.
        (at.saturating_sub(1)..text.len())
            .fold(best, |best, start| [best, self.end(text, start)].into_iter().flatten().min())
    }

    /// Where the shortest word ends that begins at a place.
    fn end(&self, text: &[u8], start: usize) -> Option<usize> {
        self.word_at(text.get(start..)?).map(|length| start + length)
    }

    /// Says whether a word ends at the end of a text.
    pub(super) fn ends(&self, text: &[u8]) -> bool {
        let fits = |word: &Vec<u8>| {
            let end = text.len().checked_sub(word.len()).and_then(|at| text.get(at..));
            end.is_some_and(|end| end.eq_ignore_ascii_case(word))
        };
        let last = text.last().and_then(|last| self.by_last.get(usize::from(last.to_ascii_lowercase())));
        last.is_some_and(|list| list.iter().filter_map(|at| self.words.get(*at)).any(fits))
    }

    /// Length of the shortest word that text begins with.
    fn word_at(&self, text: &[u8]) -> Option<usize> {
        let first = text.first()?.to_ascii_lowercase();
        let fits = |word: &&Vec<u8>| text.get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word));
        let words = self.by_first.get(usize::from(first))?.iter().filter_map(|at| self.words.get(*at));
        words.filter(fits).map(Vec::len).min()
    }
}

/// How many bits of a hash count.
const BITS: usize = 15;

/// The hash of three bytes, whatever their case.
fn hash([one, two, three]: [u8; 3]) -> usize {
    let all = u32::from_le_bytes([one, two, three, 0]) | 0x20_2020;
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
        let plain = |text: &[u8]| {
            let lower = text.to_ascii_lowercase();
            (1..=text.len()).find(|end| words.iter().any(|word| lower[..*end].ends_with(word)))
        };
        let mut seed = 1_u64;
        for _ in 0..4000 {
            let mut next = || {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                b"emailssntabEMcr  e"[usize::try_from(seed >> 33).unwrap() % 18]
            };
            let mut text: Vec<u8> = (0..12).map(|_| next()).collect();
            text.extend(b"Create Table");
            assert_eq!(finder.find(&text), plain(&text), "{:?}", String::from_utf8_lossy(&text));
        }
        assert_eq!(finder.find(b"x"), None);
        assert_eq!(Finder::new(vec![b"id".to_vec()]).find(b"xxID"), Some(4));
    }
}
