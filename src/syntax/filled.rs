//! What the outcome of a test shows of variables: which of them cannot be empty behind it.
//!
//! POSIX, `test`; bash(1), CONDITIONAL EXPRESSIONS. Only what surely holds is listed.

use super::ast::{ParamOp, Part, Word};

/// Variables that are not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Where the test holds.
    pub holding: Vec<String>,
    /// Where it fails.
    pub failing: Vec<String>,
}

impl Filled {
    /// A test that holds for nothing that is empty.
    pub(crate) fn not_empty(word: &Word) -> Self {
        Self { holding: variable(word).into_iter().collect(), failing: Vec::new() }
    }

    /// A test that holds for whatever is empty.
    pub(crate) fn empty(word: &Word) -> Self {
        Self::not_empty(word).negated()
    }

    /// A test that holds where the left word is the right one.
    pub(crate) fn equal(left: &Word, right: &Word) -> Self {
        match right.parts.as_slice() {
            [] => Self::empty(left),
            [Part::Lit { text, .. }] if text.is_empty() => Self::empty(left),
            // A pattern of stars alone matches what is empty.
            [Part::Lit { text, quoted }] if *quoted || text.chars().all(|ch| ch.is_ascii_alphanumeric()) => {
                Self::not_empty(left)
            }
            _ => Self::default(),
        }
    }

    pub(crate) fn negated(self) -> Self {
        Self { holding: self.failing, failing: self.holding }
    }

    /// Both hold.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.holding.extend(other.holding);
        Self { failing: Vec::new(), ..self }
    }

    /// One of them holds.
    pub(crate) fn or(self, other: Self) -> Self {
        self.negated().and(other.negated()).negated()
    }

    /// Of `[ … ]` and `test …`, whose words may vanish: what stands unquoted and is empty is no word there.
    pub(crate) fn of_words(words: &[Word]) -> Self {
        let inner = match words {
            [first, inner @ .., last] if is_text(first, "[") && is_text(last, "]") => inner,
            [first, inner @ ..] if is_text(first, "test") => inner,
            _ => return Self::default(),
        };
        if inner.iter().any(|word| is_text(word, "-o") || is_text(word, "(") || is_text(word, ")")) {
            return Self::default();
        }
        inner.split(|word| is_text(word, "-a")).map(one).reduce(Self::and).unwrap_or_default()
    }
}

fn one(words: &[Word]) -> Filled {
    match words {
        [not, rest @ ..] if is_text(not, "!") && !rest.is_empty() => one(rest).negated(),
        [word] => Filled::not_empty(word),
        [operator, word] if is_text(operator, "-z") => Filled::empty(word),
        [operator, word] if is_operator(operator) && is_quoted(word) => Filled::not_empty(word),
        [left, operator, right] if is_quoted(left) && (is_text(operator, "=") || is_text(operator, "==")) => {
            Filled::equal(left, right)
        }
        [left, operator, right] if is_quoted(left) && is_text(operator, "!=") => Filled::equal(left, right).negated(),
        _ => Filled::default(),
    }
}

fn is_operator(word: &Word) -> bool {
    matches!(word.parts.as_slice(), [Part::Lit { text, quoted: false }] if text.len() == 2 && text.starts_with('-'))
}

fn is_quoted(word: &Word) -> bool {
    matches!(word.parts.as_slice(), [Part::Param { quoted: true, .. }])
}

/// The variable that a word is, and nothing else.
fn variable(word: &Word) -> Option<String> {
    match word.parts.as_slice() {
        [Part::Param { param, .. }]
            if param.op == ParamOp::Plain && param.index.is_none() && !param.indirect && param.zsh.is_none() =>
        {
            Some(param.name.clone())
        }
        _ => None,
    }
}

pub(crate) fn is_text(word: &Word, text: &str) -> bool {
    literal(word) == Some(text)
}

/// The text that a word is, and nothing else.
pub(crate) fn literal(word: &Word) -> Option<&str> {
    match word.parts.as_slice() {
        [Part::Lit { text, .. }] => Some(text),
        _ => None,
    }
}
