//! All literals, the rules' and the known values', in one Aho-Corasick automaton.
//!
//! The tree and its failure links are built when the literals change; rows of transitions are filled in as states are
//! visited, so that starting costs little and a log touches a few hundred of them. Letter case is folded; who gets a hit
//! compares the bytes. Everything is overwritten when it is dropped.

#![forbid(unsafe_code)]

use zeroize::Zeroize as _;

/// Bytes of rows before they are thrown away and filled again.
const MAX_ROWS: usize = 1 << 20;
/// Nodes for which there is room from the beginning.
const ROOM: usize = 8 << 10;
/// No node, no hit.
const NONE: u32 = u32::MAX;
/// Marks an entry whose state has hits.
const HIT: u32 = 1 << 31;

/// What a literal does for whoever holds output back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// It is public and stays visible.
    Nothing,
    /// It is public and part of what is masked.
    Public,
    /// It is secret.
    Secret,
}

/// The tree of all literals.
#[derive(Debug, Default)]
pub(super) struct Trie {
    byte: Vec<u8>,
    child: Vec<u32>,
    sibling: Vec<u32>,
    fail: Vec<u32>,
    depth: Vec<u16>,
    /// Depth of the longest suffix that begins a public or secret literal, and of the longest that begins a secret one.
    held: Vec<(u16, u16)>,
    /// First of the node's own hits.
    own: Vec<u32>,
    /// The longest suffix that has hits.
    dict: Vec<u32>,
    /// A literal, and the next hit of the same node.
    hits: Vec<(u32, u32)>,
    /// Children of the root by folded byte.
    root: Vec<u32>,
    classes: Vec<u8>,
    width: usize,
}

impl Drop for Trie {
    fn drop(&mut self) {
        self.byte.zeroize();
        self.child.zeroize();
        self.sibling.zeroize();
    }
}

impl Trie {
    /// Builds it; a literal's number is its place.
    #[allow(clippy::field_reassign_with_default, reason = "what has a destructor cannot be built from parts")]
    pub(super) fn new<'a>(literals: impl Iterator<Item = (&'a [u8], Hold)>) -> Self {
        let mut trie = Self::default();
        trie.root = vec![NONE; 256];
        trie.reserve(ROOM);
        trie.node(0, 0);
        for (number, (bytes, hold)) in literals.enumerate() {
            trie.insert(bytes, hold, u32::try_from(number).unwrap_or(NONE));
        }
        trie.link();
        trie
    }

    fn reserve(&mut self, nodes: usize) {
        self.byte.reserve(nodes);
        self.child.reserve(nodes);
        self.sibling.reserve(nodes);
        self.fail.reserve(nodes);
        self.depth.reserve(nodes);
        self.held.reserve(nodes);
        self.own.reserve(nodes);
        self.dict.reserve(nodes);
    }

    fn node(&mut self, byte: u8, depth: u16) -> u32 {
        let node = u32::try_from(self.byte.len()).unwrap_or(NONE);
        self.byte.push(byte);
        self.child.push(NONE);
        self.sibling.push(NONE);
        self.fail.push(0);
        self.depth.push(depth);
        self.held.push((0, 0));
        self.own.push(NONE);
        self.dict.push(NONE);
        node
    }

    fn insert(&mut self, bytes: &[u8], hold: Hold, number: u32) {
        // Deeper than 16 bits cannot count, and known values end far before that.
        if bytes.is_empty() || bytes.len() > usize::from(u16::MAX) {
            return;
        }
        let mut at = 0;
        for (depth, byte) in (1..).zip(bytes) {
            let byte = byte.to_ascii_lowercase();
            let mut next = self.step(at, byte);
            if next == NONE {
                next = self.node(byte, depth);
                if at == 0 {
                    self.root[usize::from(byte)] = next;
                }
                self.sibling[next as usize] = std::mem::replace(&mut self.child[at as usize], next);
            }
            at = next;
            let held = &mut self.held[at as usize];
            match hold {
                Hold::Nothing => {}
                Hold::Public => held.0 = depth,
                Hold::Secret => *held = (depth, depth),
            }
        }
        let first = std::mem::replace(&mut self.own[at as usize], u32::try_from(self.hits.len()).unwrap_or(NONE));
        self.hits.push((number, first));
    }

    /// The child of a node.
    fn step(&self, node: u32, byte: u8) -> u32 {
        if node == 0 {
            return self.root[usize::from(byte)];
        }
        let mut child = self.child[node as usize];
        while child != NONE && self.byte[child as usize] != byte {
            child = self.sibling[child as usize];
        }
        child
    }

    /// Failure links, breadth first, and the classes of bytes.
    fn link(&mut self) {
        let mut queue = vec![0];
        let mut next = 0;
        while let Some(&node) = queue.get(next) {
            next += 1;
            let mut child = self.child[node as usize];
            while child != NONE {
                let at = child as usize;
                if node != 0 {
                    self.fail[at] = self.follow(self.fail[node as usize], self.byte[at]);
                }
                let fail = self.fail[at] as usize;
                let (own, theirs) = (self.held[at], self.held[fail]);
                self.held[at] = (own.0.max(theirs.0), own.1.max(theirs.1));
                self.dict[at] = if self.own[fail] == NONE { self.dict[fail] } else { self.fail[at] };
                queue.push(child);
                child = self.sibling[at];
            }
        }
        let mut used = [false; 256];
        self.byte.iter().skip(1).for_each(|byte| used[usize::from(*byte)] = true);
        let mut classes = vec![0; 256];
        let mut count = 1;
        for byte in 0..=255_u8 {
            if used[usize::from(byte)] {
                // A folded byte is no capital, so that there are at most 230.
                classes[usize::from(byte)] = count;
                count += 1;
            }
        }
        for byte in b'A'..=b'Z' {
            classes[usize::from(byte)] = classes[usize::from(byte.to_ascii_lowercase())];
        }
        self.classes = classes;
        self.width = usize::from(count);
    }

    /// The node that a byte leads to, over failure links.
    fn follow(&self, mut node: u32, byte: u8) -> u32 {
        loop {
            let child = self.step(node, byte);
            if child != NONE {
                return child;
            }
            if node == 0 {
                return 0;
            }
            node = self.fail[node as usize];
        }
    }
}

/// Rows of a trie's transitions, as far as they were needed, and the state.
#[derive(Debug)]
pub(super) struct Walk {
    rows: Vec<u32>,
    /// The node of each row.
    nodes: Vec<u32>,
    /// The row of each node, as an offset.
    row: Vec<u32>,
    state: u32,
}

impl Drop for Walk {
    fn drop(&mut self) {
        self.rows.zeroize();
    }
}

impl Walk {
    pub(super) fn new(trie: &Trie) -> Self {
        let mut walk = Self { rows: Vec::new(), nodes: Vec::new(), row: Vec::new(), state: 0 };
        walk.clear(trie, 0);
        walk
    }

    /// Throws the rows away and stands at a node.
    fn clear(&mut self, trie: &Trie, node: u32) {
        self.rows.clear();
        // Entry 0 means unknown, so no state may have the offset 0.
        self.rows.resize(trie.width, 0);
        self.nodes.clear();
        self.nodes.push(NONE);
        self.row.clear();
        self.row.resize(trie.byte.len(), 0);
        self.enter(trie, 0);
        self.state = self.enter(trie, node);
    }

    /// The offset of a node's row.
    fn enter(&mut self, trie: &Trie, node: u32) -> u32 {
        let known = self.row[node as usize];
        if known != 0 {
            return known;
        }
        let offset = u32::try_from(self.rows.len()).unwrap_or(0);
        self.rows.resize(self.rows.len() + trie.width, 0);
        self.nodes.push(node);
        self.row[node as usize] = offset;
        offset
    }

    /// The state's node.
    fn node(&self, trie: &Trie) -> u32 {
        self.nodes[self.state as usize / trie.width]
    }

    /// Walks over bytes until behind one that ends literals; how many bytes that took.
    ///
    /// The second table is walked beside it, and stops the walk where it says so.
    pub(super) fn run(&mut self, trie: &Trie, bytes: &[u8], digits: &mut super::digits::Digits) -> Option<usize> {
        let classes: &[u8; 256] = trie.classes.as_slice().try_into().ok()?;
        let mut state = self.state;
        let mut other = digits.state;
        let (table, kinds) = (digits.table.as_slice(), &digits.kinds);
        for (at, byte) in bytes.iter().enumerate() {
            let entry = self.rows[state as usize + usize::from(classes[usize::from(*byte)])];
            other = table[usize::from(other) + usize::from(kinds[usize::from(*byte)])];
            if entry.wrapping_sub(1) < HIT - 1 && other < super::digits::HIT {
                state = entry;
                continue;
            }
            if entry == 0 {
                self.state = state;
                let hit = self.fill(trie, *byte);
                state = self.state;
                if !hit && other < super::digits::HIT {
                    continue;
                }
            } else {
                state = entry & !HIT;
            }
            self.state = state;
            digits.state = other;
            return Some(at + 1);
        }
        self.state = state;
        digits.state = other;
        None
    }

    /// Finds a transition that is not known yet, and takes it; says whether there are hits.
    fn fill(&mut self, trie: &Trie, byte: u8) -> bool {
        let from = self.state as usize + usize::from(trie.classes[usize::from(byte)]);
        let node = trie.follow(self.node(trie), byte.to_ascii_lowercase());
        let hit = trie.own[node as usize] != NONE || trie.dict[node as usize] != NONE;
        if self.rows.len() * 4 > MAX_ROWS {
            self.clear(trie, node);
        } else {
            let row = self.enter(trie, node);
            self.rows[from] = if hit { row | HIT } else { row };
            self.state = row;
        }
        hit
    }

    /// The literals that end here, the longest first.
    pub(super) fn hits<'a>(&self, trie: &'a Trie) -> impl Iterator<Item = u32> + use<'a> {
        let mut node = self.node(trie);
        if trie.own[node as usize] == NONE {
            node = trie.dict[node as usize];
        }
        let mut hit = if node == NONE { NONE } else { trie.own[node as usize] };
        std::iter::from_fn(move || {
            if hit == NONE {
                return None;
            }
            let (number, next) = trie.hits[hit as usize];
            hit = next;
            if hit == NONE {
                node = trie.dict[node as usize];
                hit = if node == NONE { NONE } else { trie.own[node as usize] };
            }
            Some(number)
        })
    }

    /// How many of the last bytes may begin a literal that is masked, and how many one that is secret.
    pub(super) fn held(&self, trie: &Trie) -> (usize, usize) {
        let (public, secret) = trie.held[self.node(trie) as usize];
        (usize::from(public), usize::from(secret))
    }

    /// Lengths of all ends of the text that begin literals, the longest first.
    pub(super) fn suffixes<'a>(&self, trie: &'a Trie) -> impl Iterator<Item = usize> + use<'a> {
        let mut node = self.node(trie);
        std::iter::from_fn(move || {
            let depth = trie.depth[node as usize];
            node = trie.fail[node as usize];
            (depth > 0).then_some(usize::from(depth))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::digits::Digits;

    fn all(literals: &[&str], text: &str) -> Vec<(usize, u32)> {
        let trie = Trie::new(literals.iter().map(|literal| (literal.as_bytes(), Hold::Public)));
        let (mut walk, mut digits) = (Walk::new(&trie), Digits::none());
        let (mut at, mut found) = (0, Vec::new());
        while let Some(n) = walk.run(&trie, &text.as_bytes()[at..], &mut digits) {
            at += n;
            found.extend(walk.hits(&trie).map(|hit| (at, hit)));
        }
        found
    }

    #[test]
    fn overlapping_literals_are_all_found() {
        let literals = ["he", "she", "his", "hers", "HE"];
        let found = all(&literals, "ushers HIS");
        let mut naive = Vec::new();
        for end in 0..=10 {
            for (number, literal) in (0..).zip(literals) {
                if "ushers his"[..end].ends_with(&literal.to_lowercase()) {
                    naive.push((end, number));
                }
            }
        }
        let mut sorted = found.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, naive);
    }

    #[test]
    fn random_texts_against_comparing_everywhere() {
        let mut seed = 7_u32;
        let mut random = |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % below
        };
        for _ in 0..200 {
            let mut word =
                |most| (0..=random(most)).map(|_| if random(2) == 0 { 'a' } else { 'b' }).collect::<String>();
            let literals: Vec<String> = (0..6).map(|_| word(5)).collect();
            let text = word(60);
            let literals: Vec<&str> = literals.iter().map(String::as_str).collect();
            let mut found = all(&literals, &text);
            found.sort_unstable();
            let mut naive = Vec::new();
            for end in 1..=text.len() {
                naive.extend((0..).zip(&literals).filter(|(_, l)| text[..end].ends_with(**l)).map(|(n, _)| (end, n)));
            }
            assert_eq!(found, naive, "{literals:?} in {text}");
        }
    }
}
