//! Known values: literals that are secret because somebody's secret is spelled that way.

#![forbid(unsafe_code)]

use std::collections::HashSet;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::rules::Rules;
use super::trie::{Hold, Trie, Word};

/// Shortest literal that is taken, in bytes.
const SHORTEST: usize = 4;

/// One form of one value.
pub(super) struct Form {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Which value it is a form of.
    pub(super) value: usize,
    /// Counts only between bytes that are no part of a word.
    pub(super) whole_word: bool,
}

/// A value, from which the tag of all its forms is made.
pub(super) struct Value {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) label: String,
}

/// The known values. More may be added at any time; whoever masks sees them with the next bytes.
#[derive(Default)]
pub struct Known {
    pub(super) forms: Vec<Form>,
    pub(super) values: Vec<Value>,
    seen: HashSet<[u8; 32]>,
    built: Option<(usize, usize, Arc<Trie>)>,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Known({} forms)", self.forms.len())
    }
}

impl Known {
    /// No values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value and the forms in which it is printed, the value itself among them where it is. A form with `true`
    /// counts only between bytes that are no part of a word. Forms under four bytes, and known ones, are left out.
    pub fn add<'a>(&mut self, label: &str, value: &[u8], forms: impl IntoIterator<Item = (&'a [u8], bool)>) {
        let number = self.values.len();
        for (form, whole_word) in forms {
            let fits = form.len() >= SHORTEST && form.len() < super::HELD / 2;
            if fits && self.seen.insert(<sha2::Sha256 as sha2::Digest>::digest(form).into()) {
                self.forms.push(Form { bytes: Zeroizing::new(form.to_vec()), value: number, whole_word });
            }
        }
        self.values.push(Value { bytes: Zeroizing::new(value.to_vec()), label: label.to_owned() });
    }

    /// Adds a value that is printed as it is.
    pub fn add_plain(&mut self, label: &str, value: &[u8]) {
        self.add(label, value, [(value, value.len() < 12)]);
    }

    /// How many forms there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.forms.len()
    }

    /// Says whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// All literals in one tree: the rules' first, then these.
    pub(super) fn trie(&mut self, rules: &Arc<Rules>) -> Arc<Trie> {
        let (owner, count) = (Arc::as_ptr(rules).addr(), self.forms.len());
        if let Some((_, _, trie)) = self.built.as_ref().filter(|built| (built.0, built.1) == (owner, count)) {
            return Arc::clone(trie);
        }
        let word = |bytes| Word { bytes, hold: Hold::Secret, exact: true, next: None };
        let own = self.forms.iter().map(|form| word(form.bytes.as_slice()));
        let trie = Arc::new(Trie::new(rules.literals().chain(own)));
        self.built = Some((owner, count, Arc::clone(&trie)));
        trie
    }
}
