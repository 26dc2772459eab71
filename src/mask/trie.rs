//! All literals, the rules' and the known values', in one Aho-Corasick automaton.
//!
//! Only the tree is built when the literals change. Failure links and rows of transitions are found as states are
//! visited, so that starting costs little and a log touches a few hundred of them. Letter case is folded; who gets a hit
//! compares the bytes. Everything is overwritten when it is dropped.

#![forbid(unsafe_code)]

use zeroize::Zeroize as _;

use super::class::Class;
use super::sieve::{self, Places, Sieve};

/// Bytes of rows before they are thrown away and filled again.
const MAX_ROWS: usize = 1 << 20;
/// Nodes for which there is room from the beginning: the built-in rules', and some.
const ROOM: usize = 12 << 10;
/// No node, no hit.
const NONE: u32 = u32::MAX;
/// Marks an entry whose state has hits.
const HIT: u32 = 1 << 31;
/// Entries from here on tell more of their state than its row: hits, or in these bits, plus one, how deep it is where it
/// is not deep.
const TOLD: u32 = 1 << 28;

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

/// A literal.
pub(super) struct Word<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) hold: Hold,
    /// Letter case counts for who gets its hits.
    pub(super) exact: bool,
    /// What may stand behind it, where nobody wants a hit in front of anything else.
    pub(super) next: Option<Class>,
}

/// One node of the tree.
#[derive(Clone, Copy, Debug)]
struct Node {
    child: u32,
    sibling: u32,
    parent: u32,
    depth: u16,
    byte: u8,
    /// What the strictest literal through it does.
    hold: Hold,
}

impl zeroize::DefaultIsZeroes for Node {}

impl Default for Node {
    fn default() -> Self {
        Self { child: 0, sibling: 0, parent: 0, depth: 0, byte: 0, hold: Hold::Nothing }
    }
}

/// The tree of all literals.
#[derive(Debug, Default)]
pub(super) struct Trie {
    nodes: Vec<Node>,
    /// First of a node's own hits.
    own: Vec<u32>,
    /// A literal, and the next hit of the same node.
    hits: Vec<(u32, u32)>,
    /// Children of the root by folded byte.
    root: Vec<u32>,
    /// Behind this one are only nodes of secrets.
    public: usize,
    classes: Vec<u8>,
    width: usize,
    /// What literals begin with.
    sieve: Sieve,
}

impl Drop for Trie {
    fn drop(&mut self) {
        self.nodes[self.public..].zeroize();
    }
}

impl Trie {
    /// Builds it; a literal's number is its place.
    #[allow(clippy::field_reassign_with_default, reason = "what has a destructor cannot be built from parts")]
    pub(super) fn new<'a>(literals: impl Iterator<Item = Word<'a>>) -> Self {
        let mut trie = Self::default();
        trie.root = vec![NONE; 256];
        trie.nodes.reserve(ROOM);
        trie.node(0, 0, 0);
        let mut ends = Vec::with_capacity(2 << 10);
        let mut pairs = Pairs::new();
        for (number, word) in literals.enumerate() {
            let Word { bytes, hold, .. } = word;
            // Deeper than 16 bits cannot count, and known values end far before that.
            if !bytes.is_empty() && u16::try_from(bytes.len()).is_ok() {
                ends.push((trie.insert(bytes, hold, &mut pairs), u32::try_from(number).unwrap_or(NONE)));
                trie.sieve.add(&word);
            }
            if hold != Hold::Secret {
                trie.public = trie.nodes.len();
            }
        }
        trie.own = vec![NONE; trie.nodes.len()];
        for (node, number) in ends {
            let first = u32::try_from(trie.hits.len()).unwrap_or(NONE);
            trie.hits.push((number, std::mem::replace(&mut trie.own[node as usize], first)));
        }
        trie.classify();
        trie
    }

    fn node(&mut self, byte: u8, depth: u16, parent: u32) -> u32 {
        let node = u32::try_from(self.nodes.len()).unwrap_or(NONE);
        self.nodes.push(Node { child: NONE, sibling: NONE, parent, depth, byte, hold: Hold::Nothing });
        node
    }

    /// The node where a literal ends.
    fn insert(&mut self, bytes: &[u8], hold: Hold, pairs: &mut Pairs) -> u32 {
        let mut at = 0;
        for (depth, byte) in (1..).zip(bytes) {
            let byte = byte.to_ascii_lowercase();
            let pair = if depth == 2 { pairs.of(bytes[0], byte) } else { None };
            let mut next = pair.as_deref().map_or_else(|| self.step(at, byte), |known| *known);
            if next == NONE {
                next = self.node(byte, depth, at);
                if let Some(known) = pair {
                    *known = next;
                }
                if at == 0 {
                    self.root[usize::from(byte)] = next;
                }
                self.nodes[next as usize].sibling = std::mem::replace(&mut self.nodes[at as usize].child, next);
            }
            at = next;
            let held = &mut self.nodes[at as usize].hold;
            *held = match (*held, hold) {
                (Hold::Secret, _) | (_, Hold::Secret) => Hold::Secret,
                (Hold::Public, _) | (_, Hold::Public) => Hold::Public,
                (Hold::Nothing, Hold::Nothing) => Hold::Nothing,
            };
        }
        at
    }

    /// The child of a node.
    fn step(&self, node: u32, byte: u8) -> u32 {
        if node == 0 {
            return self.root[usize::from(byte)];
        }
        let mut child = self.nodes[node as usize].child;
        while child != NONE {
            let at = &self.nodes[child as usize];
            if at.byte == byte {
                break;
            }
            child = at.sibling;
        }
        child
    }

    /// The classes of bytes: those that no literal has are one.
    fn classify(&mut self) {
        let mut used = [false; 256];
        self.nodes.iter().skip(1).for_each(|node| used[usize::from(node.byte)] = true);
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
}

/// Nodes of the second level by the two bytes that lead there: while the tree is built, the first level's many children
/// would be searched again and again.
struct Pairs(Vec<u32>);

impl Pairs {
    fn new() -> Self {
        Self(vec![NONE; 1 << 14])
    }

    /// The entry of a pair; `None` where a byte is not ASCII.
    fn of(&mut self, first: u8, second: u8) -> Option<&mut u32> {
        let (first, second) = (usize::from(first.to_ascii_lowercase()), usize::from(second));
        (first < 128 && second < 128).then(|| &mut self.0[first << 7 | second])
    }
}

/// What is known of a node that was visited.
#[derive(Clone, Copy, Debug, Default)]
struct Link {
    /// The node of the longest proper suffix, plus one; 0 where nothing is known yet.
    fail: u32,
    /// The longest suffix that has hits, plus one; 0 where there is none.
    dict: u32,
    /// Depth of the longest suffix that begins a public or secret literal, and of the longest that begins a secret one.
    held: (u16, u16),
}

/// Rows of a trie's transitions, as far as they were needed, and the state.
#[derive(Debug)]
pub(super) struct Walk {
    /// Transitions by the class of a byte, and behind them the row's node.
    rows: Vec<u32>,
    /// The nodes that have rows.
    nodes: Vec<u32>,
    /// The row of each node, as an offset.
    row: Vec<u32>,
    /// Kept when rows are thrown away.
    links: Vec<Link>,
    state: u32,
}

impl Drop for Walk {
    fn drop(&mut self) {
        self.rows.zeroize();
    }
}

impl Walk {
    pub(super) fn new(trie: &Trie) -> Self {
        let links = vec![Link::default(); trie.nodes.len()];
        let row = vec![0; trie.nodes.len()];
        let mut walk = Self { rows: Vec::new(), nodes: Vec::new(), row, links, state: 0 };
        walk.links[0].fail = 1;
        walk.begin(trie, 0);
        walk
    }

    /// Stands at a node, with the rows of it and of the root.
    fn begin(&mut self, trie: &Trie, node: u32) {
        // Entry 0 means unknown, so no state may have the offset 0.
        self.rows.push(0);
        self.enter(trie, 0);
        self.state = self.enter(trie, node);
    }

    /// Throws the rows away.
    fn clear(&mut self) {
        self.rows.clear();
        for node in self.nodes.drain(..) {
            self.row[node as usize] = 0;
        }
    }

    /// The offset of a node's row.
    fn enter(&mut self, trie: &Trie, node: u32) -> u32 {
        let known = self.row[node as usize];
        if known != 0 {
            return known;
        }
        self.settle(trie, node);
        let offset = u32::try_from(self.rows.len()).unwrap_or(0);
        self.rows.resize(self.rows.len() + trie.width, 0);
        self.rows.push(node);
        self.nodes.push(node);
        self.row[node as usize] = offset;
        offset
    }

    /// The state's node.
    fn node(&self, trie: &Trie) -> u32 {
        self.rows[self.state as usize + trie.width]
    }

    /// Finds a node's links, and those of everything that they lead to.
    fn settle(&mut self, trie: &Trie, node: u32) {
        let mut todo = vec![node];
        while let Some(&at) = todo.last() {
            let known = self.links[at as usize].fail != 0;
            match if known { Ok(()) } else { self.link(trie, at) } {
                Ok(()) => drop(todo.pop()),
                Err(first) => todo.push(first),
            }
        }
    }

    /// Finds one node's links; where another's have to be found first, that node.
    fn link(&mut self, trie: &Trie, node: u32) -> Result<(), u32> {
        let Node { parent, byte, depth, hold, .. } = trie.nodes[node as usize];
        let fail = if parent == 0 { 0 } else { self.follow(trie, self.suffix(parent)?, byte)? };
        if fail != 0 {
            self.suffix(fail)?;
        }
        let theirs = self.links[fail as usize];
        let own = match hold {
            Hold::Nothing => (0, 0),
            Hold::Public => (depth, 0),
            Hold::Secret => (depth, depth),
        };
        let dict = if trie.own[fail as usize] == NONE { theirs.dict } else { fail + 1 };
        let held = (own.0.max(theirs.held.0), own.1.max(theirs.held.1));
        self.links[node as usize] = Link { fail: fail + 1, dict, held };
        Ok(())
    }

    /// The node of the longest proper suffix; the node itself where that is not known yet.
    fn suffix(&self, node: u32) -> Result<u32, u32> {
        self.links[node as usize].fail.checked_sub(1).ok_or(node)
    }

    /// The node that a byte leads to, over failure links; the node whose links are not known yet where that hinders.
    fn follow(&self, trie: &Trie, mut node: u32, byte: u8) -> Result<u32, u32> {
        loop {
            let child = trie.step(node, byte);
            if child != NONE {
                return Ok(child);
            }
            if node == 0 {
                return Ok(0);
            }
            node = self.suffix(node)?;
        }
    }

    /// Walks over a text from `at` on, until behind a byte that ends literals; where that is.
    ///
    /// `places` are of this text. Bytes are passed over where no literal can have begun that is wanted.
    pub(super) fn run(&mut self, trie: &Trie, text: &[u8], mut at: usize, places: &mut Places) -> Option<usize> {
        let classes: &[u8; 256] = trie.classes.as_slice().try_into().ok()?;
        // So many bytes are walked over whatever comes of it: a literal seems to begin with them.
        let mut sure = 0;
        loop {
            // Borrowed anew where a row was added.
            let rows = self.rows.as_slice();
            let next = |state: u32, byte: u8| rows[state as usize + usize::from(classes[usize::from(byte)])];
            let mut state = self.state;
            let mut stop = None;
            for byte in text.get(at..text.len().min(at + sure))? {
                (at, sure) = (at + 1, sure - 1);
                let entry = next(state, *byte);
                if entry.wrapping_sub(1) >= HIT - 1 {
                    stop = Some((entry, *byte));
                    break;
                }
                state = entry & (TOLD - 1);
            }
            if stop.is_none() {
                for byte in text.get(at..)? {
                    at += 1;
                    let entry = next(state, *byte);
                    if entry.wrapping_sub(1) >= TOLD - 1 {
                        stop = Some((entry, *byte));
                        break;
                    }
                    state = entry;
                }
            }
            self.state = state;
            let (entry, byte) = stop?;
            let entry = if entry == 0 { self.fill(trie, byte) } else { entry };
            self.state = entry & (TOLD - 1);
            if entry & HIT != 0 {
                return Some(at);
            }
            let Some(depth) = (entry / TOLD).checked_sub(1).filter(|_| sure == 0) else { continue };
            if !places.any(&trie.sieve, text, at.saturating_sub(depth as usize), at) {
                self.state = self.row[0];
                at = places.next(&trie.sieve, text, at)?;
                sure = sieve::NEAR - 1;
            }
        }
    }

    /// Finds a transition that is not known yet; the entry for it.
    fn fill(&mut self, trie: &Trie, byte: u8) -> u32 {
        let from = self.state as usize + usize::from(trie.classes[usize::from(byte)]);
        // The state's links are known, and with them those of all its suffixes.
        let node = self.follow(trie, self.node(trie), byte.to_ascii_lowercase()).unwrap_or(0);
        let full = self.rows.len() * 4 > MAX_ROWS;
        if full {
            self.clear();
            self.begin(trie, node);
        }
        let depth = trie.nodes[node as usize].depth;
        let told = if usize::from(depth) < sieve::NEAR { (u32::from(depth) + 1) * TOLD } else { 0 };
        let row = self.enter(trie, node);
        let entry = row | told | if self.has_hits(trie, node) { HIT } else { 0 };
        if !full {
            self.rows[from] = entry;
        }
        entry
    }

    fn has_hits(&self, trie: &Trie, node: u32) -> bool {
        trie.own[node as usize] != NONE || self.links[node as usize].dict != 0
    }

    /// The literals that end here, the longest first.
    pub(super) fn hits(&self, trie: &Trie, found: &mut Vec<u32>) {
        found.clear();
        let mut at = Some(self.node(trie));
        while let Some(node) = at {
            let mut hit = trie.own[node as usize];
            while hit != NONE {
                let (number, next) = trie.hits[hit as usize];
                found.push(number);
                hit = next;
            }
            at = self.links[node as usize].dict.checked_sub(1);
        }
    }

    /// How many of the last bytes may begin a literal that is masked, and how many one that is secret.
    pub(super) fn held(&self, trie: &Trie) -> (usize, usize) {
        let (public, secret) = self.links[self.node(trie) as usize].held;
        (usize::from(public), usize::from(secret))
    }

    /// Lengths of all ends of the text that begin literals, the longest first.
    pub(super) fn suffixes<'a>(&'a self, trie: &'a Trie) -> impl Iterator<Item = usize> + use<'a> {
        let mut node = self.node(trie);
        std::iter::from_fn(move || {
            let depth = trie.nodes[node as usize].depth;
            node = self.suffix(node).unwrap_or(0);
            (depth > 0).then_some(usize::from(depth))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn all(literals: &[&str], text: &str) -> Vec<(usize, u32)> {
        let word = |bytes| Word { bytes, hold: Hold::Public, exact: false, next: None };
        let trie = Trie::new(literals.iter().map(|literal| word(literal.as_bytes())));
        let (mut walk, mut places) = (Walk::new(&trie), Places::default());
        let (mut at, mut found) = (0, Vec::new());
        while let Some(end) = walk.run(&trie, text.as_bytes(), at, &mut places) {
            at = end;
            let mut hits = Vec::new();
            walk.hits(&trie, &mut hits);
            found.extend(hits.into_iter().map(|hit| (at, hit)));
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
