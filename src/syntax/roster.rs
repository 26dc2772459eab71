//! A digest of the names and patterns in a table: what tells almost every name at a glance that the table does not know
//! it.
//!
//! Made when the program is compiled. It never says no to a name that is in the table; the table itself has the last word.
#![forbid(unsafe_code)]

use super::glob;

/// Most patterns that are kept as they are.
const OPEN: usize = 8;

/// Which names a table may know.
#[derive(Clone, Copy, Debug)]
pub struct Roster {
    /// Two bits for each name without an operator of a pattern; several may share one, here and below.
    names: [u64; 32],
    /// A bit for the first two letters of each pattern that starts with them.
    heads: [u64; 4],
    /// A bit for the last two letters of each other pattern that ends with them.
    tails: [u64; 16],
    /// A bit for the one letter that a pattern ends with behind an operator.
    ends: [u64; 4],
    /// Patterns that neither start nor end with letters enough to tell.
    open: [&'static str; OPEN],
    /// The letters without which nothing matches each of them, as [`letter`] has them.
    needs: [u128; OPEN],
    /// How many there are of them; more than are kept means that any name may be known.
    opens: usize,
}

impl Roster {
    /// Knows no name.
    pub const EMPTY: Self = Self {
        names: [0; 32],
        heads: [0; 4],
        tails: [0; 16],
        ends: [0; 4],
        open: [""; OPEN],
        needs: [0; OPEN],
        opens: 0,
    };

    /// Adds names and patterns ([`super::glob`]).
    #[must_use]
    pub const fn with(mut self, names: &[&'static str]) -> Self {
        let mut at = 0;
        while at < names.len() {
            self.add(names[at]);
            at += 1;
        }
        self
    }

    const fn add(&mut self, text: &'static str) {
        let name = text.as_bytes();
        let count = name.len();
        let (mut first, mut last) = (count, 0);
        let mut at = 0;
        while at < count {
            if matches!(name[at], b'*' | b'?' | b'[' | b']' | b'\\') {
                first = if at < first { at } else { first };
                last = at + 1;
            }
            at += 1;
        }
        if first == count {
            let [one, other] = marks(name);
            self.names[one / 64] |= 1 << (one % 64);
            self.names[other / 64] |= 1 << (other % 64);
        } else if first >= 2 {
            let mark = pair(name[0], name[1]);
            self.heads[mark / 64] |= 1 << (mark % 64);
        } else if count - last >= 2 {
            let mark = tail(name[count - 2], name[count - 1]);
            self.tails[mark / 64] |= 1 << (mark % 64);
        } else if count - last == 1 {
            let mark = name[count - 1] as usize;
            self.ends[mark / 64] |= 1 << (mark % 64);
        } else {
            if self.opens < OPEN {
                self.open[self.opens] = text;
                self.needs[self.opens] = needed(name);
            }
            self.opens += 1;
        }
    }

    /// Says whether a table may know a name: false only where it does not.
    #[must_use]
    pub fn may_know(&self, text: &str) -> bool {
        let name = text.as_bytes();
        let has = |marks: &[u64], mark: usize| marks.get(mark / 64).is_some_and(|bits| bits >> (mark % 64) & 1 != 0);
        let ends = || match name {
            [first, second, ..] if has(&self.heads, pair(*first, *second)) => true,
            [.., before, last] => has(&self.tails, tail(*before, *last)) || has(&self.ends, *last as usize),
            [last] => has(&self.ends, *last as usize),
            [] => false,
        };
        let open = || {
            let has = if self.opens == 0 { 0 } else { name.iter().fold(0, |has, byte| has | letter(*byte)) };
            let mut open = self.open.iter().zip(&self.needs).take(self.opens);
            self.opens > OPEN || open.any(|(open, needs)| needs & !has == 0 && glob::matches(open, text))
        };
        let [one, other] = marks(name);
        has(&self.names, one) && has(&self.names, other) || ends() || open()
    }
}

/// A letter's bit; several letters may share one.
const fn letter(byte: u8) -> u128 {
    1 << (byte % 128)
}

/// The letters that a pattern asks for in front of its first bracket or backslash.
const fn needed(pattern: &[u8]) -> u128 {
    let mut needs = 0;
    let mut at = 0;
    while at < pattern.len() && !matches!(pattern[at], b'[' | b'\\') {
        if !matches!(pattern[at], b'*' | b'?') {
            needs |= letter(pattern[at]);
        }
        at += 1;
    }
    needs
}

/// A name's two places among the names: from its length and three of its letters.
const fn marks(name: &[u8]) -> [usize; 2] {
    let count = name.len();
    if count == 0 {
        return [0, 0];
    }
    let letters = [name[0], name[count / 2], name[count - 1], count.to_le_bytes()[0]];
    let mixed = u32::from_le_bytes(letters).wrapping_mul(0x9E37_79B1);
    [(mixed >> 21) as usize, (mixed >> 10) as usize % 2048]
}

/// The place of two letters.
const fn pair(one: u8, other: u8) -> usize {
    (one.wrapping_mul(37) ^ other.wrapping_mul(101)) as usize
}

/// The place of the two letters that a name ends with: more of them, since most patterns are endings.
const fn tail(one: u8, other: u8) -> usize {
    ((one as usize * 37) ^ (other as usize * 911)) % 1024
}

/// The roster of a table: of the names in a field of each row, `[field]` where that is a single name.
macro_rules! roster {
    ($table:expr, [$name:tt]) => {{
        let mut all = $crate::syntax::Roster::EMPTY;
        let mut at = 0;
        while at < $table.len() {
            all = all.with(&[$table[at].$name]);
            at += 1;
        }
        all
    }};
    ($table:expr, $names:tt) => {{
        let mut all = $crate::syntax::Roster::EMPTY;
        let mut at = 0;
        while at < $table.len() {
            all = all.with($table[at].$names);
            at += 1;
        }
        all
    }};
}
pub(crate) use roster;

#[cfg(test)]
mod tests {
    use super::Roster;

    const TABLE: &[(&[&str], u8)] =
        &[(&["git", "git.exe", "hub"], 1), (&["mkfs*", "python3", "*.log"], 2), (&["", "é", "[ab]x-*.o"], 3)];
    const ROSTER: Roster = roster!(TABLE, 0);

    #[test]
    fn knows_what_the_table_knows() {
        let known = ["git", "git.exe", "hub", "mkfs", "mkfs.ext4", "python3", "", "é", "a.log", ".log", "bx-1.o"];
        for name in known {
            assert!(ROSTER.may_know(name), "{name}");
        }
        let long = "x".repeat(300);
        let others = ["ls", "cat", "grep", "python", "rm", "echo", "true", "log", "l", &long];
        assert!(others.iter().filter(|name| ROSTER.may_know(name)).count() < 3);
        for pattern in ["*", "a*", "?nyth*", "[a]*", "*g", "?nything", "*y*t*"] {
            assert!(Roster::EMPTY.with(&[pattern]).may_know("anything"), "{pattern}");
        }
        assert!(!Roster::EMPTY.with(&["*y?t*", "[b]*"]).may_know("anything"));
        for (pattern, name) in [("*é*", "caféx"), ("*/.x/*", "a/.x/"), ("*[bc]y*", "any cyan"), ("*\\*n*", "a*nb")] {
            assert!(Roster::EMPTY.with(&[pattern]).may_know(name), "{pattern}");
        }
        assert!(Roster::EMPTY.with(&["*q*"; 9]).may_know("anything"));
    }
}
