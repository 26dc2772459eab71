//! The immutable request, and what is answered to it.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{canonical, hex, sha256};
use crate::policy::verdict::{EffectOut, MatchOut, Verdict};
use crate::policy::{Actor, Decision, Severity};
use crate::syntax::Span;

/// Bytes of a command that are shown.
const MAX_COMMAND: usize = 8 << 10;
/// Characters of any other text that are kept.
const MAX_TEXT: usize = 1_000;
/// Effects and rules that are shown.
const MAX_SHOWN: usize = 16;

/// The name of a request: a few letters that can be typed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(String);

impl RequestId {
    /// Letters in an id.
    pub const LENGTH: usize = 8;

    /// The id for random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; Self::LENGTH]) -> Self {
        Self(letters(&bytes))
    }

    /// Reads an id; anything else could name a file somewhere else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let good = text.len() == Self::LENGTH && text.bytes().all(|byte| LETTERS.contains(&byte));
        good.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Letters that look like no others.
const LETTERS: &[u8; 16] = b"acdefhkmnprtuvwx";

/// A word of such letters, four bits each.
#[must_use]
pub fn letters(random: &[u8]) -> String {
    random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 16)])).collect()
}

/// Says whether a text is made of such letters alone.
#[must_use]
pub fn are_letters(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| LETTERS.contains(&byte))
}

/// A question to people. Nothing of it changes once it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The form's version.
    pub v: u32,
    /// Its name.
    pub id: RequestId,
    /// Random, so that nobody knows a digest beforehand.
    pub nonce: String,
    /// The digest of the action, all that a judgement rests on.
    pub action: String,
    /// The digest that an approval binds to.
    pub digest: String,
    /// When it was asked, in seconds since 1970.
    pub created: u64,
    /// When it is too late, in seconds since 1970.
    pub expires: u64,
    /// The machine.
    pub host: String,
    /// The session that asks; opaque.
    pub session: String,
    /// Whether a grant for the session may be given.
    pub grantable: bool,
    /// What people see.
    pub shown: Shown,
}

/// What people see of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The command line, or its part around the offending words.
    pub command: String,
    /// Bytes of the command that are not in it.
    pub left_out: usize,
    /// The folder.
    pub cwd: String,
    /// Who asks.
    pub actor: Actor,
    /// What it would do: first what the rules are about.
    pub effects: Vec<EffectOut>,
    /// Effects beyond those.
    pub more_effects: usize,
    /// The rules that ask, strictest first.
    pub matches: Vec<MatchOut>,
    /// Parts that could not be resolved.
    pub unresolved: usize,
}

impl Shown {
    /// What people see of a verdict.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Self {
        let asking: Vec<&MatchOut> = verdict.matches.iter().filter(|found| found.decision >= Decision::Ask).collect();
        let command = &verdict.command;
        let boundary = |mut at: usize| {
            at = at.min(command.len());
            while !command.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let (from, to) = if command.len() <= MAX_COMMAND {
            (0, command.len())
        } else {
            let at = asking.first().map_or(0, |found| found.span.start);
            let from = boundary(at.saturating_sub(MAX_COMMAND / 4));
            (from, boundary(from + MAX_COMMAND))
        };
        let moved = |span: Span| {
            let inside = |at: usize| at.clamp(from, to.max(from)) - from;
            Span::new(inside(span.start), inside(span.end))
        };
        let concerns = |effect: &&EffectOut| asking.iter().any(|found| overlaps(found.span, effect.span));
        let (first, others): (Vec<&EffectOut>, Vec<&EffectOut>) = verdict.effects.iter().partition(concerns);
        let effects = first.into_iter().chain(others).take(MAX_SHOWN);
        Self {
            command: command.get(from..to).unwrap_or("").to_owned(),
            left_out: command.len() - (to - from),
            cwd: cut(&verdict.cwd),
            actor: verdict.actor.clone(),
            effects: effects
                .map(|effect| EffectOut {
                    span: moved(effect.span),
                    target: cut(&effect.target),
                    via: effect.via.iter().take(MAX_SHOWN).map(|step| cut(step)).collect(),
                    ..effect.clone()
                })
                .collect(),
            more_effects: verdict.effects.len().saturating_sub(MAX_SHOWN),
            matches: asking
                .into_iter()
                .take(MAX_SHOWN)
                .map(|found| MatchOut {
                    span: moved(found.span),
                    because: cut(&found.because),
                    instead: cut(&found.instead),
                    ..found.clone()
                })
                .collect(),
            unresolved: verdict.unresolved.len(),
        }
    }

    /// The gravest of the rules that ask.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.matches.iter().map(|found| found.severity).max().unwrap_or_default()
    }
}

/// What the machine brings into a request.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Its name.
    pub id: RequestId,
    /// 16 random bytes.
    pub nonce: [u8; 16],
    /// Now, in seconds since 1970.
    pub now: u64,
    /// How long an answer is waited for, in seconds.
    pub timeout_secs: u64,
    /// The machine.
    pub host: String,
    /// The session that asks.
    pub session: String,
    /// Whether a grant for the session may be given.
    pub grantable: bool,
}

impl Request {
    /// A request about a verdict that asks.
    #[must_use]
    pub fn new(verdict: &Verdict, asking: Asking) -> Self {
        let mut request = Self {
            v: 1,
            id: asking.id,
            nonce: hex(&asking.nonce),
            action: verdict.digest.clone(),
            digest: String::new(),
            created: asking.now,
            expires: asking.now.saturating_add(asking.timeout_secs),
            host: asking.host,
            session: hex(&sha256(asking.session.as_bytes())[..12]),
            grantable: asking.grantable,
            shown: Shown::of(verdict),
        };
        request.digest = request.computed();
        request
    }

    /// The same question, with no yes for the session on offer.
    #[must_use]
    pub fn ungrantable(mut self) -> Self {
        self.grantable = false;
        self.digest = self.computed();
        self
    }

    /// The digest over action, id, nonce and expiry, in canonical form.
    #[must_use]
    pub fn computed(&self) -> String {
        let mut map = Map::new();
        map.insert("v".to_owned(), Value::from(self.v));
        map.insert("action".to_owned(), Value::from(self.action.as_str()));
        map.insert("id".to_owned(), Value::from(self.id.as_str()));
        map.insert("nonce".to_owned(), Value::from(self.nonce.as_str()));
        map.insert("expires".to_owned(), Value::from(self.expires));
        let mut out = String::new();
        canonical(&Value::Object(map), &mut out);
        format!("sha256:{}", hex(&sha256(out.as_bytes())))
    }

    /// Says whether it is too late.
    #[must_use]
    pub const fn is_over(&self, now: u64) -> bool {
        now >= self.expires
    }
}

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It does not run.
    No,
    /// It runs, this once.
    Once,
    /// It runs, and so does what the same rules ask about in this session.
    Session,
}

/// An answer, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The request's digest.
    pub digest: String,
    /// What was answered.
    pub answer: Answer,
    /// The channel that it came by.
    pub channel: String,
    /// Who answered, as far as known.
    pub by: String,
}

/// A text of bounded length.
fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("")),
        None => text.to_owned(),
    }
}

/// Says whether two spans share a byte, or begin at the same place.
pub(super) fn overlaps(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(nonce: u8, timeout_secs: u64) -> Request {
        let mut verdict = Verdict::failed("rm x", "/w", &Actor::default());
        verdict.digest = "sha256:00".to_owned();
        let asking = Asking {
            id: RequestId::from_random([1; 8]),
            nonce: [nonce; 16],
            now: 1_000,
            timeout_secs,
            host: "h".into(),
            session: "s".into(),
            grantable: false,
        };
        Request::new(&verdict, asking)
    }

    #[test]
    fn ids_are_letters_and_nothing_else() {
        let id = RequestId::from_random(*b"\0\xff1234ab");
        assert_eq!(RequestId::parse(id.as_str()), Some(id));
        for bad in ["", "acdefhk", "../../xx", "acdefhkmn", "acdefhkb"] {
            assert_eq!(RequestId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_digest_binds_action_id_nonce_and_expiry() {
        let base = request(1, 300);
        assert_eq!(base.digest, base.computed());
        assert_eq!(base, request(1, 300));
        for other in [
            request(2, 300),
            request(1, 301),
            Request { action: "sha256:01".into(), ..base.clone() },
            Request { id: RequestId::from_random([2; 8]), ..base.clone() },
        ] {
            assert_ne!(other.computed(), base.digest);
        }
        assert!(!base.is_over(1_299));
        assert!(base.is_over(1_300));
    }

    #[test]
    fn long_commands_keep_the_words_that_matter() {
        let command = format!("{}rm -rf x{}", "é".repeat(20_000), "b".repeat(20_000));
        let mut verdict = Verdict::failed(&command, "/w", &Actor::default());
        let at = command.find("rm -rf x").unwrap();
        verdict.matches[0].span = Span::new(at, at + 8);
        let shown = Shown::of(&verdict);
        let span = shown.matches[0].span;
        assert_eq!(shown.command.get(span.start..span.end), Some("rm -rf x"));
        assert_eq!(shown.left_out + shown.command.len(), command.len());
        verdict.matches = vec![verdict.matches[0].clone(); 100];
        verdict.matches.iter_mut().for_each(|found| found.because = command.clone());
        assert!(serde_json::to_string(&Shown::of(&verdict)).unwrap().len() < 100_000, "fits into a socket's buffer");
    }
}
