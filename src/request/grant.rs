//! A grant for a session: what a person has said yes to for longer than once, and when that covers a later line.

use serde::{Deserialize, Serialize};

use super::question::{RequestId, overlaps};
use crate::effects::{EffectKind, Trait};
use crate::policy::verdict::{EffectOut, MatchOut, Verdict};
use crate::policy::{Actor, Decision, Severity};

/// How long a grant lasts, in seconds.
pub const LIFETIME_SECS: u64 = 3_600;

/// One rule that is not asked about for a while, within bounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The form's version.
    pub v: u32,
    /// Its name: the request's, and a number where one request gave several.
    pub id: String,
    /// The request that it was given with.
    pub request: RequestId,
    /// When, in seconds since 1970.
    pub created: u64,
    /// Until when.
    pub expires: u64,
    /// Who gave it.
    pub by: String,
    /// What it is for.
    pub terms: Terms,
}

/// What a grant is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The rule.
    pub rule: String,
    /// At most this severity.
    pub severity: Severity,
    /// Whose lines.
    pub actor: Actor,
    /// The session's process and when it was started.
    pub process: (i32, u64),
    /// What the lines may do to what.
    pub covers: Vec<Cover>,
    /// Branch, cluster and the like.
    pub context: Vec<(String, String)>,
}

/// A kind of effect on a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// What.
    pub kind: EffectKind,
    /// Where it lands.
    pub scope: String,
    /// The folder that the target lies in, or the target itself where it is no file or goes with all below it.
    pub folder: String,
}

/// The circumstances of a line.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The session's process and when it was started.
    pub process: (i32, u64),
    /// Branch, cluster and the like.
    pub context: &'a [(String, String)],
}

/// What a grant is never given for.
fn is_excluded(kind: EffectKind) -> bool {
    matches!(
        kind,
        EffectKind::GuardTamper | EffectKind::CodeOpaque | EffectKind::NetDownloadExec | EffectKind::PrivEscalate
    ) || kind.as_str().starts_with("secret.")
}

/// The terms under which a line's rules may be granted for the session; one for each rule that asks. `None` where that
/// is not offered.
#[must_use]
pub fn terms(verdict: &Verdict, at: &Circumstances<'_>) -> Option<Vec<Terms>> {
    let all: Option<Vec<Terms>> = asking(verdict)
        .map(|found| {
            let effects = concerned(verdict, found);
            let plain = found.decision == Decision::Ask
                && found.severity < Severity::Critical
                && !found.rule.starts_with("guard.")
                && !found.rule.starts_with("policy.")
                && !effects.is_empty()
                && effects.iter().all(|effect| is_grantable(effect));
            plain.then(|| Terms {
                rule: found.rule.clone(),
                severity: found.severity,
                actor: verdict.actor.clone(),
                process: at.process,
                covers: effects.into_iter().map(cover).collect(),
                context: at.context.to_vec(),
            })
        })
        .collect();
    all.filter(|all| !all.is_empty() && at.process.0 > 0)
}

/// Says whether grants cover all that a line is asked about; the ids of those that do.
#[must_use]
pub fn covered(grants: &[Grant], verdict: &Verdict, at: &Circumstances<'_>, now: u64) -> Option<Vec<String>> {
    // What is not offered is not covered either.
    let wanted = terms(verdict, at)?;
    let by = |wanted: &Terms| {
        let fits = |grant: &&Grant| {
            let given = &grant.terms;
            grant.created <= now
                && now < grant.expires.min(grant.created.saturating_add(LIFETIME_SECS))
                && given.rule == wanted.rule
                && wanted.severity <= given.severity
                && given.actor == wanted.actor
                && given.process == wanted.process
                && given.context == wanted.context
                && wanted.covers.iter().all(|cover| given.covers.iter().any(|known| known.includes(cover)))
        };
        grants.iter().find(fits).map(|grant| grant.id.clone())
    };
    wanted.iter().map(by).collect()
}

/// The rules that ask.
fn asking(verdict: &Verdict) -> impl Iterator<Item = &MatchOut> {
    verdict.matches.iter().filter(|found| found.decision >= Decision::Ask && found.exception.is_none())
}

/// The effects that a rule is about.
fn concerned<'v>(verdict: &'v Verdict, found: &MatchOut) -> Vec<&'v EffectOut> {
    verdict.effects.iter().filter(|effect| overlaps(effect.span, found.span)).collect()
}

fn is_grantable(effect: &EffectOut) -> bool {
    !is_excluded(effect.kind)
        && !effect.target.is_empty()
        && effect.scope != "unknown"
        && !effect.traits.contains(&Trait::UnknownTarget)
}

fn cover(effect: &EffectOut) -> Cover {
    let with_all_below = effect.traits.iter().any(|known| matches!(known, Trait::Recursive | Trait::Whole));
    let folder = match effect.target.rsplit_once('/') {
        Some((folder, _)) if effect.target.starts_with('/') && !with_all_below && !folder.is_empty() => folder,
        _ => &effect.target,
    };
    Cover { kind: effect.kind, scope: effect.scope.clone(), folder: folder.to_owned() }
}

impl Cover {
    fn includes(&self, other: &Self) -> bool {
        self.kind == other.kind && self.scope == other.scope && self.folder == other.folder
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::Certainty;
    use crate::syntax::Span;

    fn verdict(rule: &str, severity: Severity, kind: EffectKind, target: &str, traits: &[Trait]) -> Verdict {
        let mut verdict = Verdict::failed("rm -r x", "/w", &Actor::default());
        verdict.decision = Decision::Ask;
        let found = &mut verdict.matches[0];
        (found.rule, found.severity, found.decision) = (rule.to_owned(), severity, Decision::Ask);
        verdict.effects = vec![EffectOut {
            kind,
            target: target.to_owned(),
            scope: "workspace".to_owned(),
            certainty: Certainty::Certain,
            recoverable: None,
            traits: traits.to_vec(),
            via: Vec::new(),
            span: Span::new(0, 7),
        }];
        verdict
    }

    const HERE: Circumstances<'_> = Circumstances { process: (7, 70), context: &[] };

    fn given(verdict: &Verdict, at: &Circumstances<'_>) -> Vec<Grant> {
        let grant = |terms| Grant {
            v: 1,
            id: "g".into(),
            request: RequestId::from_random([0; 8]),
            created: 100,
            expires: 100 + LIFETIME_SECS,
            by: "p".into(),
            terms,
        };
        terms(verdict, at).unwrap().into_iter().map(grant).collect()
    }

    #[test]
    fn a_grant_covers_the_same_and_nothing_else() {
        let line = |target: &str| verdict("files.x", Severity::Medium, EffectKind::FsDelete, target, &[]);
        let first = line("/w/a");
        let grants = given(&first, &HERE);
        let is_covered = |verdict: &Verdict, at: &Circumstances<'_>, now| covered(&grants, verdict, at, now).is_some();
        assert!(is_covered(&first, &HERE, 200));
        assert!(is_covered(&line("/w/b"), &HERE, 200), "another file of that folder");
        assert!(!is_covered(&line("/w/sub/b"), &HERE, 200), "a folder below");
        assert!(!is_covered(&line("/v/a"), &HERE, 200), "another folder");
        assert!(!is_covered(&first, &HERE, 99));
        assert!(!is_covered(&first, &HERE, 100 + LIFETIME_SECS));
        assert!(!is_covered(&first, &Circumstances { process: (7, 71), ..HERE }, 200), "another process");
        let branch = [("git.branch".to_owned(), "main".to_owned())];
        assert!(!is_covered(&first, &Circumstances { context: &branch, ..HERE }, 200));
        for other in [
            verdict("files.y", Severity::Medium, EffectKind::FsDelete, "/w/a", &[]),
            verdict("files.x", Severity::High, EffectKind::FsDelete, "/w/a", &[]),
            verdict("files.x", Severity::Medium, EffectKind::FsOverwrite, "/w/a", &[]),
            verdict("files.x", Severity::Medium, EffectKind::FsDelete, "/w/a", &[Trait::Recursive]),
        ] {
            assert!(!is_covered(&other, &HERE, 200), "{other:?}");
        }
        let mut other = first.clone();
        other.actor.name = "other".into();
        assert!(!is_covered(&other, &HERE, 200));
        let mut two = first.clone();
        let second = MatchOut { rule: "files.z".into(), ..two.matches[0].clone() };
        two.matches.push(second);
        assert!(!is_covered(&two, &HERE, 200), "a second rule that asks");
    }

    #[test]
    fn some_things_are_never_granted() {
        for (rule, severity, kind, target, traits) in [
            ("files.x", Severity::Critical, EffectKind::FsDelete, "/w/a", &[][..]),
            ("guard.x", Severity::Low, EffectKind::FsDelete, "/w/a", &[]),
            ("policy.refused-before", Severity::Low, EffectKind::FsDelete, "/w/a", &[]),
            ("x.x", Severity::Low, EffectKind::GuardTamper, "/w/a", &[]),
            ("x.x", Severity::Low, EffectKind::CodeOpaque, "x", &[]),
            ("x.x", Severity::Low, EffectKind::NetDownloadExec, "x", &[]),
            ("x.x", Severity::Low, EffectKind::PrivEscalate, "x", &[]),
            ("x.x", Severity::Low, EffectKind::SecretRead, "/w/a", &[]),
            ("files.x", Severity::Low, EffectKind::FsDelete, "", &[]),
            ("files.x", Severity::Low, EffectKind::FsDelete, "/w/a", &[Trait::UnknownTarget]),
        ] {
            assert_eq!(terms(&verdict(rule, severity, kind, target, traits), &HERE), None, "{rule} {kind:?}");
        }
        let fine = verdict("files.x", Severity::Low, EffectKind::FsDelete, "/w/a", &[]);
        assert_eq!(terms(&fine, &Circumstances { process: (0, 0), ..HERE }), None, "no process to bind to");
        assert_eq!(terms(&Verdict { matches: Vec::new(), ..fine }, &HERE), None, "no rule to bind to");
    }
}
