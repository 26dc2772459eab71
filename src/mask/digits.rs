//! A table for runs of digits that may be a card, an account, a telephone or a social security number.
//!
//! A handful of counters, turned into a table once; it only says *where to look*. Looking is `find/form.rs`.

#![forbid(unsafe_code)]

use std::collections::HashMap;

use super::rule::Form;

/// States from here on stop the walk.
pub(super) const HIT: u16 = 1 << 12;
/// Kinds of bytes.
const KINDS: usize = 8;

const OTHER: u8 = 0;
const DIGIT: u8 = 1;
const BLANK: u8 = 2;
const DASH: u8 = 3;
const CAPITAL: u8 = 4;
const SMALL: u8 = 5;
const POINT: u8 = 6;

/// What is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Count {
    /// Digits with at most one blank, dash or point between two, up to 13.
    digits: u8,
    /// The last byte was such a separator.
    gap: bool,
    /// How much of `ddd-dd-dddd` is there.
    ssn: u8,
    /// How much of two capitals and two digits is there, from a boundary on; 5 means no boundary.
    iban: u8,
    /// What stops here, as bits by [`Form`].
    stop: u8,
}

impl Count {
    fn next(self, kind: u8) -> Self {
        let mut next = Self::default();
        let digit = kind == DIGIT;
        let gap = matches!(kind, BLANK | DASH | POINT);
        if digit {
            next.digits = (self.digits + 1).min(13);
        } else if gap && self.digits > 0 && !self.gap {
            next.digits = self.digits;
            next.gap = true;
        }
        next.ssn = match (self.ssn, kind) {
            (0..=2 | 4..=5 | 7..=10, DIGIT) => self.ssn + 1,
            (3 | 6, DASH) => self.ssn + 1,
            (_, DIGIT) => 12,
            _ => 0,
        };
        next.iban = match (self.iban, kind) {
            (0 | 1, CAPITAL) | (2 | 3, DIGIT) => self.iban + 1,
            (_, CAPITAL | SMALL | DIGIT) => 5,
            _ => 0,
        };
        if digit && next.digits >= 10 {
            next.stop |= 1;
        }
        if digit && next.digits >= 13 {
            next.stop |= 2;
        }
        if next.ssn == 11 {
            next.stop |= 4;
        }
        if next.iban == 4 {
            next.stop |= 8;
        }
        next
    }
}

fn bit(form: Form) -> u8 {
    match form {
        Form::Phone => 1,
        Form::Card => 2,
        Form::Ssn => 4,
        Form::Iban => 8,
    }
}

/// The table and its state.
#[derive(Clone, Debug)]
pub(super) struct Digits {
    pub(super) table: Vec<u16>,
    pub(super) kinds: [u8; 256],
    pub(super) state: u16,
    /// What stops in states from [`HIT`] on.
    stops: Vec<u8>,
}

impl Digits {
    /// A table that stops for these forms.
    pub(super) fn new(forms: &[Form]) -> Self {
        let wanted = forms.iter().fold(0, |bits, form| bits | bit(*form));
        let mut kinds = [OTHER; 256];
        for byte in 0..=255_u8 {
            kinds[usize::from(byte)] = match byte {
                b'0'..=b'9' => DIGIT,
                b' ' => BLANK,
                b'-' => DASH,
                b'.' | b'(' | b')' => POINT,
                b'A'..=b'Z' => CAPITAL,
                b'a'..=b'z' | b'_' => SMALL,
                _ => OTHER,
            };
        }
        let mut digits = Self { table: vec![0; KINDS], kinds, state: 0, stops: Vec::new() };
        if wanted == 0 {
            return digits;
        }
        let mut numbers = HashMap::from([(Count::default(), 0_u16)]);
        let mut counts = vec![Count::default()];
        let mut at = 0;
        let mut edges: Vec<[u16; KINDS]> = Vec::new();
        while let Some(count) = counts.get(at).copied() {
            at += 1;
            let mut row = [0; KINDS];
            for (kind, entry) in (0..).zip(&mut row) {
                let mut next = count.next(kind);
                next.stop &= wanted;
                let known = u16::try_from(counts.len()).unwrap_or(0);
                *entry = *numbers.entry(next).or_insert_with(|| {
                    counts.push(next);
                    known
                });
            }
            edges.push(row);
        }
        // Those that stop come last.
        let stops = |number: &u16| counts[usize::from(*number)].stop != 0;
        let all = 0..u16::try_from(counts.len()).unwrap_or(0);
        let quiet: Vec<u16> = all.clone().filter(|number| !stops(number)).collect();
        let loud: Vec<u16> = all.filter(stops).collect();
        let width = u16::try_from(KINDS).unwrap_or(8);
        let mut place = vec![0; counts.len()];
        for (offset, list) in [(0, &quiet), (HIT, &loud)] {
            for (index, number) in (0..).zip(list) {
                place[usize::from(*number)] = offset + index * width;
            }
        }
        digits.table = vec![0; usize::from(HIT) + loud.len() * KINDS];
        for (number, row) in edges.iter().enumerate() {
            for (kind, target) in row.iter().enumerate() {
                digits.table[usize::from(place[number]) + kind] = place[usize::from(*target)];
            }
        }
        digits.stops = loud.iter().map(|number| counts[usize::from(*number)].stop).collect();
        digits
    }

    /// Walks over a text from `at` on, until behind a byte where a form may end; where that is.
    pub(super) fn run(&mut self, text: &[u8], mut at: usize) -> Option<usize> {
        let table = self.table.as_slice();
        let kind = |byte: u8| usize::from(self.kinds[usize::from(byte)]);
        let inside = table[usize::from(SMALL)];
        let mut state = self.state;
        while at < text.len() {
            if state == 0 || state == inside {
                let place = super::numbers::next(text, at);
                let before = place.unwrap_or(text.len());
                if before > at {
                    // Only whether a word goes on matters of what was passed over.
                    let word = matches!(text[before - 1], b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_');
                    state = if word { inside } else { 0 };
                }
                at = before;
                if place.is_none() {
                    break;
                }
            }
            state = table[usize::from(state) + kind(text[at])];
            at += 1;
            if state >= HIT {
                self.state = state;
                return Some(at);
            }
        }
        self.state = state;
        None
    }

    /// Says whether a form is to be looked for here.
    pub(super) fn stops(&self, form: Form) -> bool {
        let index = usize::from(self.state.wrapping_sub(HIT)) / KINDS;
        self.state >= HIT && self.stops.get(index).is_some_and(|stop| stop & bit(form) != 0)
    }
}

/// The longest that a form may be, with separators.
pub(super) const LONGEST: usize = 48;

/// Where the run of digits and letters at the end of a text begins that may become one of the forms.
pub(super) fn tail(text: &[u8]) -> usize {
    let least = text.len().saturating_sub(LONGEST);
    let mut at = text.len();
    let mut start = at;
    while at > least {
        match text[at - 1] {
            b'0'..=b'9' => start = at - 1,
            b' ' | b'-' | b'.' | b'(' | b')' if at < 2 || text[at - 2].is_ascii_digit() => {}
            b'+' => {
                start = at - 1;
                break;
            }
            _ => break,
        }
        at -= 1;
    }
    // Two capitals in front of it.
    let letters = text[..start].iter().rev().take(3).take_while(|byte| byte.is_ascii_uppercase()).count();
    let begun = if text.len() - start <= 2 { letters.min(2) } else { 0 };
    start - begun
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(form: Form, text: &str) -> Vec<usize> {
        let mut digits = Digits::new(&[Form::Card, Form::Iban, Form::Ssn, Form::Phone]);
        let mut found = Vec::new();
        for (at, byte) in text.bytes().enumerate() {
            digits.state = digits.table[usize::from(digits.state) + usize::from(digits.kinds[usize::from(byte)])];
            if digits.stops(form) {
                found.push(at + 1);
            }
        }
        found
    }

    #[test]
    fn walking_finds_what_stepping_finds_in_every_cut() {
        let forms = [Form::Card, Form::Iban, Form::Ssn, Form::Phone];
        let pieces =
            ["4111 1111 1111 1111", "123-45-6789", "DE89", "12", "X", "7", " ", "-", "(", "T", "ab_", ":", "GB1", "--"];
        let mut seed = 3_u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % below
        };
        for _ in 0..400 {
            let text: String = (0..random(60)).map(|_| pieces[random(pieces.len())]).collect();
            let mut stepped = Vec::new();
            for form in forms {
                stepped.extend(places(form, &text));
            }
            stepped.sort_unstable();
            let cut = random(text.len() + 1);
            let (mut digits, mut walked) = (Digits::new(&forms), Vec::new());
            for end in [cut, text.len()] {
                let mut at = if end == cut { 0 } else { cut };
                while let Some(stop) = digits.run(&text.as_bytes()[..end], at) {
                    let all = forms.iter().filter(|form| digits.stops(**form)).count();
                    walked.extend(std::iter::repeat_n(stop, all));
                    at = stop;
                }
                if end == text.len() && cut == end {
                    break;
                }
            }
            assert_eq!(walked, stepped, "{text} cut at {cut}");
        }
    }

    #[test]
    fn it_stops_where_one_may_be() {
        assert_eq!(places(Form::Card, "4111 1111 1111 1111"), [16, 17, 18, 19]);
        assert!(places(Form::Card, "2024-01-15T10:22:33.123 12345").is_empty());
        assert_eq!(places(Form::Ssn, "x 123-45-6789, 1123-45-6789"), [13]);
        assert_eq!(places(Form::Iban, "to DE89 3704, xDE89, a DE8"), [7]);
        assert_eq!(tail(b"at 4111 11"), 3);
        assert_eq!(tail(b"at DE8"), 3);
        assert_eq!(tail(b"at XDE"), 4);
        assert_eq!(tail(b"word"), 4);
    }
}
