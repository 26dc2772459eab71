//! Regular expressions of rules: compiled only where the text has in it what every match must have.

use std::sync::OnceLock;

use regex_syntax::hir::{Class, Hir, HirKind};
use serde::{Deserialize, Serialize};

/// A regular expression that is compiled when it is first needed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Pattern {
    /// The expression.
    pub text: String,
    /// Texts of which every match has at least one in it, [folded]; none where nothing is known of what a match has in
    /// it.
    needs: Vec<String>,
    #[serde(skip)]
    regex: OnceLock<Option<regex::Regex>>,
    #[serde(skip)]
    marks: OnceLock<Option<Marks>>,
}

/// Two letters out of each text that an expression needs, as a set in which several pairs share a place.
#[derive(Clone, Debug)]
struct Marks([u64; 16]);

impl Marks {
    /// Letters that stand in most words: pairs of others tell more.
    const COMMON: &[u8] = b"etaoinsrlcdp-./0123456789_";

    /// A pair of each text; `None` where one has none that stands within a word.
    fn of(texts: &[String]) -> Option<Self> {
        let mut marks = Self([0; 16]);
        for text in texts {
            let within = |pair: &&[u8]| pair.iter().all(u8::is_ascii_graphic);
            let common = |pair: &&[u8]| pair.iter().filter(|byte| Self::COMMON.contains(byte)).count();
            let [one, other] = *text.as_bytes().windows(2).filter(within).min_by_key(common)? else { return None };
            let (at, bit) = Self::place(one, other);
            *marks.0.get_mut(at)? |= bit;
        }
        Some(marks)
    }

    fn place(one: u8, other: u8) -> (usize, u64) {
        let mixed = (usize::from(one.to_ascii_lowercase()) * 37) ^ (usize::from(other.to_ascii_lowercase()) * 5);
        ((mixed >> 6) & 15, 1 << (mixed & 63))
    }

    /// Says whether a word has one of the pairs in it; letters beyond ASCII may stand for any.
    fn may_be_in(&self, word: &[u8]) -> bool {
        let has = |pair: &[u8]| {
            let [one, other] = *pair else { return true };
            let (at, bit) = Self::place(one, other);
            self.0.get(at).is_none_or(|marks| marks & bit != 0)
        };
        word.windows(2).any(has) || !word.is_ascii()
    }
}

impl Pattern {
    /// Bytes that a compiled expression may take.
    const MAX_SIZE: usize = 1 << 20;
    /// Bytes of text that an expression may have.
    const MAX_TEXT: usize = 2_000;
    /// How deep groups may be nested.
    const MAX_NEST: u32 = 64;

    /// Checks an expression.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.len() > Self::MAX_TEXT {
            return Err(format!("the pattern is longer than {} bytes", Self::MAX_TEXT));
        }
        let regex = Self::compile(text).map_err(|error| match error {
            regex::Error::Syntax(message) => {
                let last = message.lines().last().unwrap_or_default();
                format!("the pattern is not a regular expression: {}", last.trim_start_matches("error: "))
            }
            other => format!("the pattern does not compile: {other}"),
        })?;
        let pattern =
            Self { text: text.to_owned(), needs: needs(text), regex: OnceLock::new(), marks: OnceLock::new() };
        // Fails only where it is set already.
        let _ = pattern.regex.set(Some(regex));
        Ok(pattern)
    }

    fn compile(text: &str) -> Result<regex::Regex, regex::Error> {
        regex::RegexBuilder::new(text).size_limit(Self::MAX_SIZE).nest_limit(Self::MAX_NEST).build()
    }

    /// Says whether the expression may be found in these words with blanks between; costs less than putting them together.
    #[must_use]
    pub fn may_be_in<'w>(&self, mut words: impl Iterator<Item = &'w str>) -> bool {
        let marks = self.marks.get_or_init(|| Marks::of(&self.needs).filter(|_| !self.needs.is_empty()));
        marks.as_ref().is_none_or(|marks| words.any(|word| marks.may_be_in(word.as_bytes())))
    }

    /// Says whether the expression may be found in a text, given [folded]; costs nothing like the search itself.
    #[must_use]
    pub fn may_match(&self, folded: &str) -> bool {
        self.needs.is_empty() || self.needs.iter().any(|need| folded.contains(need))
    }

    /// Says whether the expression is found in `text`. One that cannot be compiled is found everywhere.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.get_or_init(|| Self::compile(&self.text).ok()).as_ref().is_none_or(|regex| regex.is_match(text))
    }
}

/// A text without the difference between large and small ASCII letters, and those that an expression which ignores
/// that difference takes for one.
#[must_use]
pub fn folded(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().map(fold).collect() }
}

fn fold(letter: char) -> char {
    match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        letter => letter.to_ascii_lowercase(),
    }
}

/// Most texts that are looked for in an expression's place.
const MOST: usize = 48;

/// Texts of which every match has at least one in it, folded; none where that is not known.
fn needs(pattern: &str) -> Vec<String> {
    let mut parser = regex_syntax::ParserBuilder::new().nest_limit(Pattern::MAX_NEST).build();
    parser.parse(pattern).ok().and_then(|hir| required(&hir)).unwrap_or_default()
}

/// What a match must have in it: at least one of these; `None` where nothing is known.
fn required(hir: &Hir) -> Option<Vec<String>> {
    if let Some(text) = plain(hir) {
        return (!text.is_empty()).then(|| vec![text]);
    }
    match hir.kind() {
        HirKind::Capture(group) => required(&group.sub),
        HirKind::Repetition(repeated) if repeated.min > 0 => required(&repeated.sub),
        HirKind::Concat(parts) => {
            let (mut best, mut run) = (None, String::new());
            for part in parts {
                if let Some(text) = plain(part) {
                    run.push_str(&text);
                    continue;
                }
                best = better(best, Some(vec![std::mem::take(&mut run)]));
                best = better(best, required(part));
            }
            better(best, Some(vec![run]))
        }
        HirKind::Alternation(parts) => {
            let all: Vec<String> = parts.iter().map(required).collect::<Option<Vec<_>>>()?.concat();
            (all.len() <= MOST).then_some(all)
        }
        _ => None,
    }
}

/// What tells more: where the shortest text is longer.
fn better(one: Option<Vec<String>>, other: Option<Vec<String>>) -> Option<Vec<String>> {
    let length = |texts: &Option<Vec<String>>| texts.iter().flatten().map(String::len).min().unwrap_or(0);
    let best = if length(&other) > length(&one) { other } else { one };
    best.filter(|texts| texts.iter().all(|text| !text.is_empty()))
}

/// The text, folded, where an expression stands for nothing else; empty for what stands between letters.
fn plain(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(String::new()),
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).ok().map(folded),
        HirKind::Capture(group) => plain(&group.sub),
        HirKind::Concat(parts) => parts.iter().map(plain).collect(),
        // A letter whose case does not matter.
        HirKind::Class(Class::Unicode(class)) => {
            let mut letters = class.iter().map(|range| (range.start() == range.end()).then(|| fold(range.start())));
            let first = letters.next()??;
            letters.all(|letter| letter == Some(first)).then(|| first.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_the_needed_texts_is_in_every_match() {
        let rows: &[(&str, &[&str])] = &[
            ("", &[]),
            ("drop table", &["drop table"]),
            (r"\$\{.*\}", &["${"]),
            ("a|bc", &["a", "bc"]),
            ("(?i)DROP", &["drop"]),
            ("(drop|truncate) table", &[" table"]),
            ("abc?d", &["ab"]),
            ("ab+cde", &["cde"]),
            (r"rm\s+-rf", &["-rf"]),
            (r"x{3}yyyy", &["yyyy"]),
            ("^[^]a]foo", &["foo"]),
            (r"\bkill\b", &["kill"]),
            (r"(?i)\b(drop|delete\s+from)\b", &["rop", "elete"]),
            ("(a|)b*", &[]),
            ("[ab]", &[]),
        ];
        for (pattern, expected) in rows {
            assert_eq!(needs(pattern), *expected, "{pattern}");
            let pattern = Pattern::new(pattern).unwrap();
            assert!(
                !pattern.may_be_in(["f10", "~~"].into_iter())
                    || expected.iter().any(|need| need.len() < 2)
                    || expected.is_empty()
            );
            for text in
                ["drop table", "DROP TABLE", "${a}", "abd", "abbcde", "rm  -rf", "xxxyyyy", "zfoo", "\u{212a}ILL kill"]
            {
                assert!(!pattern.is_match(text) || pattern.may_match(&folded(text)), "{text}");
                assert!(!pattern.is_match(text) || pattern.may_be_in(text.split(' ')), "{text}");
            }
        }
        // The Kelvin sign is a `k` to an expression that ignores case.
        let kill = Pattern::new("(?i)kiss").unwrap();
        assert!(kill.is_match("\u{212a}i\u{17f}s") && kill.may_match(&folded("\u{212a}i\u{17f}s")));
    }

    #[test]
    fn what_is_no_expression_or_too_large_is_refused() {
        assert!(Pattern::new(r"(\pL{1000}){1000}").is_err());
        assert!(Pattern::new("(").is_err());
        assert!(Pattern::new(r"a(?=b)").is_err());
        assert!(Pattern::new(&"a".repeat(3000)).is_err());
    }
}
