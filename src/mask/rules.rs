//! Masking rules, ready for use: which kinds are on, their literals, and regexes that are compiled when first needed.

#![forbid(unsafe_code)]

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::builtin;
use super::class::Class;
use super::digits::Digits;
use super::rule::{Boundary, Form, SecretRule, Trigger};
use super::schema::anchored;
use super::trie::{Hold, Word};
use super::verify;

/// What policy says about kinds, by label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Kinds that are masked although they are not by default.
    pub on: Vec<String>,
    /// Kinds that are not masked.
    pub off: Vec<String>,
    /// Kinds of whose values the last four characters are shown.
    pub show_last_four: Vec<String>,
}

/// What has fewer bytes than this behind its prefix, and fewer than its rule wants, is no secret whatever follows.
const SHORT: usize = 6;

/// A literal of a rule.
pub(super) struct Literal {
    pub(super) bytes: Vec<u8>,
    pub(super) rule: usize,
    /// Letter case counts.
    exact: bool,
    hold: Hold,
    /// What may stand behind it, where anything else shows that there is no secret.
    next: Option<Class>,
    /// So many bytes behind it are of that kind where there is one.
    least: usize,
    /// Nothing may stand in front of it that goes on in it.
    word: bool,
}

impl Literal {
    /// Says whether this is the literal, and not one that differs in letter case.
    pub(super) fn is(&self, text: &[u8]) -> bool {
        !self.exact || self.bytes == text
    }

    /// Says whether the bytes beside the literal, which ends at a place, leave open that there is a secret: most often
    /// they do not.
    pub(super) fn may(&self, text: &[u8], end: usize) -> bool {
        let there = || text.get(end..).unwrap_or_default().iter().take(self.least);
        let behind = self.next.is_none_or(|next| there().all(|byte| next.has(*byte)));
        behind && (!self.word || verify::begins(text, end - self.bytes.len()))
    }
}

/// A rule and its regex.
pub(super) struct Ready {
    pub(super) rule: SecretRule,
    /// The last four characters are shown.
    pub(super) four: bool,
    shape: OnceLock<Option<Regex>>,
}

impl Ready {
    /// Where the rule's shape stands in a body: the secret's place; `None` where the body has another shape.
    pub(super) fn shape(&self, body: &[u8]) -> Option<(usize, usize)> {
        let Some(text) = &self.rule.value.shape else { return Some((0, body.len())) };
        let compile = || RegexBuilder::new(&anchored(text)).unicode(false).size_limit(1 << 20).build().ok();
        let regex = self.shape.get_or_init(compile).as_ref()?;
        if regex.captures_len() > 1 {
            let found = regex.captures(body)?;
            let secret = found.name("secret").or_else(|| found.get(0))?;
            return Some((secret.start(), secret.end()));
        }
        regex.find(body).map(|found| (found.start(), found.end()))
    }
}

/// Masking rules, ready for use.
#[allow(clippy::struct_field_names, reason = "they are what it holds")]
pub struct Rules {
    pub(super) rules: Vec<Ready>,
    literals: Vec<Literal>,
    pub(super) digits: Digits,
    /// The rule of each form.
    pub(super) forms: Vec<(Form, usize)>,
    /// What may stand in front of a prefix and belong to it, and how much of it.
    pub(super) before: Option<(Class, usize)>,
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rules({})", self.rules.len())
    }
}

impl Rules {
    /// The built-in rules.
    #[must_use]
    pub fn builtin(selection: &Selection) -> Self {
        Self::new(builtin::rules(), selection)
    }

    /// These rules.
    #[must_use]
    pub fn new(rules: Vec<SecretRule>, selection: &Selection) -> Self {
        let named = |list: &[String], rule: &SecretRule| list.contains(&rule.label);
        let wanted = |rule: &SecretRule| (rule.default || named(&selection.on, rule)) && !named(&selection.off, rule);
        let ready =
            |rule: SecretRule| Ready { four: named(&selection.show_last_four, &rule), rule, shape: OnceLock::new() };
        let mut rules: Vec<Ready> = rules.into_iter().filter(wanted).map(ready).collect();
        let mut literals = Vec::with_capacity(rules.iter().map(|ready| spellings(&ready.rule)).sum());
        let (mut forms, mut before) = (Vec::new(), None::<(Class, usize)>);
        for (number, ready) in rules.iter_mut().enumerate() {
            let (next, word) = beside(&ready.rule);
            let least = usize::from(ready.rule.value.min).min(SHORT);
            // The rule gives them away: nobody asks it for them any more.
            let mut add = |words: &mut Vec<String>, exact: bool, hold: Hold| {
                literals.extend(std::mem::take(words).into_iter().map(|text| Literal {
                    bytes: text.into_bytes(),
                    rule: number,
                    exact,
                    hold,
                    next,
                    least,
                    word,
                }));
            };
            match &mut ready.rule.trigger {
                Trigger::Prefix(prefix) => {
                    let hold = if prefix.keep { Hold::Nothing } else { Hold::Public };
                    add(&mut prefix.literals, !prefix.ignore_case, hold);
                    if let Some((class, _, most)) = &prefix.before {
                        let (known, longest) = before.unwrap_or_default();
                        before = Some((known.or(*class), longest.max(usize::from(*most))));
                    }
                }
                Trigger::Keys(keys) => add(keys, false, Hold::Nothing),
                Trigger::Url => add(&mut vec!["://".to_owned()], true, Hold::Nothing),
                Trigger::Block { begin, .. } => add(begin, true, Hold::Nothing),
                Trigger::Form(form) => forms.push((*form, number)),
            }
        }
        let digits = Digits::new(&forms.iter().map(|(form, _)| *form).collect::<Vec<_>>());
        Self { rules, literals, digits, forms, before }
    }

    /// No rules: only known values are masked.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Vec::new(), &Selection::default())
    }

    /// The labels of all rules, each once.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        let mut seen = Vec::new();
        self.rules.iter().map(|ready| ready.rule.label.as_str()).filter(move |label| {
            let new = !seen.contains(label);
            seen.push(*label);
            new
        })
    }

    pub(super) fn literals(&self) -> impl Iterator<Item = Word<'_>> {
        self.literals.iter().map(|literal| {
            let Literal { bytes, exact, hold, next, .. } = literal;
            Word { bytes, hold: *hold, exact: *exact, next: *next }
        })
    }

    /// A literal by its number; known values come behind.
    pub(super) fn literal(&self, number: usize) -> Option<&Literal> {
        self.literals.get(number)
    }

    /// How many literals there are.
    pub(super) fn count(&self) -> usize {
        self.literals.len()
    }
}

/// How many literals a rule has.
fn spellings(rule: &SecretRule) -> usize {
    match &rule.trigger {
        Trigger::Prefix(prefix) => prefix.literals.len(),
        Trigger::Keys(words) | Trigger::Block { begin: words, .. } => words.len(),
        Trigger::Url => 1,
        Trigger::Form(_) => 0,
    }
}

/// What is known of the bytes beside a rule's literals, as `find::token` has it: what may stand behind, and whether a word
/// must begin.
fn beside(rule: &SecretRule) -> (Option<Class>, bool) {
    let Trigger::Prefix(prefix) = &rule.trigger else { return (None, false) };
    // What ends with a colon may be about the next line.
    let about = prefix.lines.is_some() || prefix.literals.iter().any(|literal| literal.ends_with(':'));
    let next = rule.value.body.filter(|_| !about).map(|body| prefix.gap.map_or(body, |gap| body.or(gap)));
    (next, prefix.boundary != Boundary::None && prefix.before.is_none())
}
