//! The verdict: everything that was found, in the form that is fixed for machines.

use serde::{Deserialize, Serialize};

use super::context::Actor;
use super::decision::{Decision, Severity};
use crate::effects::{Certainty, Effect, EffectKind, Scope, Trait};
use crate::syntax::{Span, Unresolved};

/// What becomes of a line, and why. Fields may be added, never renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[must_use]
pub struct Verdict {
    /// The form's version.
    pub v: u32,
    /// The caller's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<serde_json::Value>,
    /// What applies.
    pub decision: Decision,
    /// What would apply if the policy did not only observe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Decision>,
    /// The line as submitted.
    pub command: String,
    /// The same in base64, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_b64: Option<String>,
    /// The agent's part of an envelope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inner: Option<Span>,
    /// Where the line starts.
    pub cwd: String,
    /// Who submitted it.
    pub actor: Actor,
    /// What it would do, in source order.
    pub effects: Vec<EffectOut>,
    /// Rules that matched, strictest first.
    pub matches: Vec<MatchOut>,
    /// What could not be known, in source order.
    pub unresolved: Vec<UnresolvedOut>,
    /// The action digest; the caller's to fill in.
    pub digest: String,
}

/// An effect in a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectOut {
    /// What.
    pub kind: EffectKind,
    /// To what.
    pub target: String,
    /// Where it lands.
    pub scope: String,
    /// How sure.
    pub certainty: Certainty,
    /// Git has the content; only said of files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recoverable: Option<bool>,
    /// What else is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traits: Vec<Trait>,
    /// Steps that led here, outermost first.
    pub via: Vec<String>,
    /// The words that cause it.
    pub span: Span,
}

/// A rule that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchOut {
    /// Its id.
    pub rule: String,
    /// What it decides here.
    pub decision: Decision,
    /// How bad.
    pub severity: Severity,
    /// Why.
    pub because: String,
    /// What to do instead; may be empty.
    pub instead: String,
    /// The words that decided.
    pub span: Span,
    /// How sure the match is.
    pub certainty: Certainty,
    /// The policy file that changed the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<String>,
    /// The reason of the exception that lets it through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
}

/// Something that could not be known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnresolvedOut {
    /// What kind of thing.
    pub what: String,
    /// The text concerned.
    pub text: String,
    /// Where.
    pub span: Span,
    /// Steps that led here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<String>,
}

impl Verdict {
    /// The verdict where judging itself has failed: a refusal that says so.
    pub fn failed(command: &str, cwd: &str, actor: &Actor) -> Self {
        let span = Span::new(0, command.len());
        Self {
            v: 1,
            id: None,
            decision: Decision::Deny,
            observed: None,
            command: command.to_owned(),
            command_b64: None,
            inner: None,
            cwd: cwd.to_owned(),
            actor: actor.clone(),
            effects: Vec::new(),
            matches: vec![MatchOut {
                rule: "guard.failed".to_owned(),
                decision: Decision::Deny,
                severity: Severity::Critical,
                because: "wardsh failed while it judged this line, so the line is not run.".to_owned(),
                instead: "Write it in another way, and report the line as a fault of wardsh.".to_owned(),
                span,
                certainty: Certainty::Certain,
                changed_by: None,
                exception: None,
            }],
            unresolved: Vec::new(),
            digest: String::new(),
        }
    }
}

impl From<&Effect> for EffectOut {
    fn from(effect: &Effect) -> Self {
        let on_disk = effect.kind.as_str().starts_with("fs.") && !matches!(effect.scope, Scope::Remote(_));
        Self {
            kind: effect.kind,
            target: effect.target.clone(),
            scope: effect.scope.to_string(),
            certainty: effect.certainty,
            recoverable: on_disk.then(|| effect.has(Trait::Recoverable)),
            traits: effect.traits.clone(),
            via: effect.via.clone(),
            span: effect.span,
        }
    }
}

impl From<&Unresolved> for UnresolvedOut {
    fn from(gap: &Unresolved) -> Self {
        Self { what: gap.what.as_str().to_owned(), text: gap.text.clone(), span: gap.span, via: gap.via.clone() }
    }
}
