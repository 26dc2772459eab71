//! Globs on words of which not everything is known.

use crate::effects::Certainty;
use crate::policy::glob;
use crate::syntax::{Arg, Origin, Seg, Unknown, Value};

/// A word, or the part of one that follows an option's name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Val<'a> {
    value: &'a Value,
    /// Bytes of the first literal part that do not belong to it.
    skip: usize,
}

impl<'a> Val<'a> {
    /// The whole word.
    #[must_use]
    pub(super) const fn whole(value: &'a Value) -> Self {
        Self { value, skip: 0 }
    }

    /// What follows the first `skip` bytes, which are known text.
    #[must_use]
    pub(super) const fn behind(value: &'a Value, skip: usize) -> Self {
        Self { value, skip }
    }

    /// The text, where all of it is known.
    #[must_use]
    pub(super) fn literal(&self) -> Option<&'a str> {
        self.value.literal().map(|text| text.get(self.skip..).unwrap_or_default())
    }

    /// The known text at the front.
    #[must_use]
    pub(super) fn prefix(&self) -> &'a str {
        self.value.prefix().get(self.skip..).unwrap_or_default()
    }

    /// The known text at the back; empty where it is the front as well.
    fn suffix(&self) -> &'a str {
        if self.value.segs().len() > 1 { self.value.suffix() } else { "" }
    }

    /// Says how sure it is that a glob matches the word; `None` where it does not.
    ///
    /// What is unknown is matched by a star for certain. Else the known text at the front or at the back has to
    /// agree with the glob's own, and has to say something: a lone `/` does not.
    #[must_use]
    pub(super) fn fit(&self, pattern: &str) -> Option<Certainty> {
        if let Some(text) = self.literal() {
            return glob::matches(pattern, text).then_some(Certainty::Certain);
        }
        if glob::matches(pattern, &self.with_holes()) {
            return Some(Certainty::Certain);
        }
        let (front, back) = (self.prefix(), self.suffix());
        let (head, tail) = (glob::literal_prefix(pattern), glob::literal_suffix(pattern));
        let literal = glob::is_literal(pattern);
        if literal && front.len() + back.len() > pattern.len() {
            return None;
        }
        let agree_front = front.starts_with(head) || head.starts_with(front);
        let agree_back = back.ends_with(tail) || tail.ends_with(back);
        let telling = says_something(front, head) || says_something(back, tail);
        (agree_front && agree_back && telling).then_some(Certainty::Likely)
    }

    /// Says whether a glob matches the word whatever its unknown parts are; they can be no words of their own.
    #[must_use]
    pub(super) fn surely_fits(&self, pattern: &str) -> bool {
        let whole = self.value.segs().iter().all(|seg| match seg {
            Seg::Lit(_) => true,
            Seg::Glob(_) => false,
            Seg::Unknown(unknown) => unknown.quoted || unknown.token,
        });
        whole && glob::matches(pattern, &self.with_holes())
    }

    /// The text with globs as written and a NUL, which no glob but a star matches, for what is unknown.
    fn with_holes(&self) -> String {
        let mut text = String::new();
        for seg in self.value.segs() {
            match seg {
                Seg::Lit(part) | Seg::Glob(part) => text.push_str(part),
                Seg::Unknown(_) => text.push('\0'),
            }
        }
        text.split_off(self.skip.min(text.len()))
    }
}

/// Says whether known text and a glob's own text have a letter or digit to agree in.
fn says_something(known: &str, own: &str) -> bool {
    !own.is_empty() && known.contains(char::is_alphanumeric)
}

/// Words in the names of variables that hold options or whole argument lists.
const LIST_NAMES: &[&str] = &["ARG", "OPT", "FLAG", "PARAM", "SWITCH"];

/// Says whether a word may well stand for several words or for options: `$ARGS`, `$@`, `$CURL_OPTS`.
#[must_use]
pub(super) fn is_loose(arg: &Arg) -> bool {
    let [Seg::Unknown(Unknown { origin, quoted, token, .. })] = arg.value.segs() else { return false };
    if *token {
        return false;
    }
    match origin {
        Origin::Positional => !quoted,
        Origin::Variable(name) => {
            let list = name.ends_with("[@]");
            let name = name.to_ascii_uppercase();
            let named = name.split(['_', '[']).any(|part| LIST_NAMES.iter().any(|word| part.starts_with(word)));
            named && (list || !quoted)
        }
        _ => false,
    }
}
