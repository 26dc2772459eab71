//! What stands between a command and the program that runs it: what is judged, and what is known of it.

use super::{Exit, decide, environment, setup};
use crate::policy::Actor;
use crate::policy::decision::ActorKind;
use crate::session::{Judgement, Session, Submission};
use crate::syntax::{Setting, Span, bytes};

/// What somebody wants to run.
pub(super) struct Wanted {
    /// The text that is judged and shown.
    pub text: Vec<u8>,
    /// The program that runs it, and its words without the text.
    pub shell: Vec<Vec<u8>>,
    /// What is known of the text beside itself.
    pub setting: Setting,
    /// The text is the command that an agent has put into a wrapping.
    pub wrapped: bool,
}

/// Says whether a command may run; what refuses it has been said on standard error. Where it may, the judgement comes
/// along.
pub(super) fn passes(session: &Session, wanted: &Wanted) -> anyhow::Result<Option<Judgement>> {
    passes_as(session, wanted, &setup::cwd()?, &setup::caller(session))
}

/// As [`passes`], in a folder and for an actor that are known.
pub(super) fn passes_as(
    session: &Session,
    wanted: &Wanted,
    cwd: &str,
    actor: &Actor,
) -> anyhow::Result<Option<Judgement>> {
    let submission = Submission { command: &wanted.text, cwd, actor, shell: &wanted.shell };
    let again = |submission: &Submission<'_>| judge(session, wanted, submission);
    decide::decide(session, &submission, &again)
}

pub(super) fn judge(session: &Session, wanted: &Wanted, submission: &Submission<'_>) -> anyhow::Result<Judgement> {
    let mut setting = wanted.setting.clone();
    if submission.actor.kind == ActorKind::Agent {
        setting.before.splice(0..0, environment::code());
    }
    let mut judgement = session.judge_in(submission, &setting, &session.machine().vars)?;
    if wanted.wrapped {
        judgement.verdict.inner = Some(Span::new(0, wanted.text.len()));
    }
    Ok(judgement)
}

/// Says that what was judged is no longer what would run.
pub(super) fn changed() -> Exit {
    eprintln!("wardsh: not run: something that the answer rested on has changed in the meantime");
    eprintln!("hint: submit the command again");
    Exit::Refused
}

/// Words and names in the form that judging uses.
pub(super) fn decoded(word: &[u8]) -> String {
    bytes::decode(word).text.into_owned()
}
