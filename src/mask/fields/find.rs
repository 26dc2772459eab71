//! Looks for the first of a few words in much text, whatever their case.
//!
//! A table of pairs of bytes is asked at every second byte: a word of three bytes has its first or its second pair at
//! such a place. Shorter words are left to an automaton, at a third of the speed.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// Words to look for.
#[derive(Debug)]
pub(super) struct Finder {
    words: Vec<Vec<u8>>,
    /// Words by their first byte, in lower case.
    by_first: Vec<Vec<usize>>,
    /// The same by their last.
    by_last: Vec<Vec<usize>>,
    /// A bit for each pair of bytes.
    pairs: Vec<u64>,
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
        let mut pairs = vec![0_u64; 1024];
        for (at, word) in words.iter().enumerate() {
            for pair in word.windows(2).take(2) {
                let [one, two] = [pair.first(), pair.get(1)].map(|byte| byte.copied().unwrap_or(0));
                for (one, two) in [
                    (one, two),
                    (one.to_ascii_uppercase(), two),
                    (one, two.to_ascii_uppercase()),
                    (one.to_ascii_uppercase(), two.to_ascii_uppercase()),
                ] {
                    let bit = usize::from(one) << 8 | usize::from(two);
                    if let Some(bits) = pairs.get_mut(bit >> 6) {
                        *bits |= 1 << (bit & 63);
                    }
                }
            }
            if let Some(list) = word.last().and_then(|last| by_last.get_mut(usize::from(*last))) {
                list.push(at);
            }
            if let Some(list) = word.first().and_then(|first| by_first.get_mut(usize::from(*first))) {
                list.push(at);
            }
        }
        Self { words, by_first, by_last, pairs, short: short.flatten(), longest }
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
        for (at, pair) in text.chunks_exact(2).enumerate() {
            let &[one, two] = pair else { continue };
            let bit = usize::from(one) << 8 | usize::from(two);
            if self.pairs.get(bit >> 6).is_some_and(|bits| bits >> (bit & 63) & 1 == 0) {
                continue;
            }
            let at = at * 2;
            if best.is_some_and(|best| at >= best) {
                break;
            }
            for start in [at.checked_sub(1), Some(at)].into_iter().flatten() {
                let end = self.word_at(text.get(start..).unwrap_or_default()).map(|length| start + length);
                best = match (best, end) {
                    (Some(best), Some(end)) => Some(best.min(end)),
                    (best, end) => best.or(end),
                };
            }
        }
        best
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
