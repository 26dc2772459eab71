//! What stands between a command and the shell: the judgement, and the question where one is asked.

use super::{explain, render, setup};
use crate::approve::terminal;
use crate::policy::decision::ActorKind;
use crate::policy::{Actor, Decision, Severity, Verdict};
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

/// Says whether a command may run; what refuses it has been said on standard error.
pub(super) fn passes(session: &Session, wanted: &Wanted) -> anyhow::Result<bool> {
    let cwd = setup::cwd()?;
    let actor = setup::caller(session);
    let submission = Submission { command: &wanted.text, cwd: &cwd, actor: &actor, shell: &wanted.shell };
    let mut judgement = judge(session, wanted, &submission)?;
    // Only what a line would do can have been refused before.
    if actor.kind == ActorKind::Agent && !judgement.verdict.effects.is_empty() {
        session.remember(&|| setup::session_key(session), &mut judgement.verdict);
    }
    decide(session, wanted, &submission, &actor, &judgement)
}

fn judge(session: &Session, wanted: &Wanted, submission: &Submission<'_>) -> anyhow::Result<Judgement> {
    let mut judgement = session.judge_in(submission, &wanted.setting, &session.machine().vars)?;
    if wanted.wrapped {
        judgement.verdict.inner = Some(Span::new(0, wanted.text.len()));
    }
    Ok(judgement)
}

fn decide(
    session: &Session,
    wanted: &Wanted,
    submission: &Submission<'_>,
    actor: &Actor,
    judgement: &Judgement,
) -> anyhow::Result<bool> {
    let verdict = &judgement.verdict;
    match verdict.decision {
        Decision::Allow | Decision::Warn => Ok(true),
        Decision::Deny => {
            render::refusal(verdict, "this is refused for everyone; no approval changes it");
            Ok(false)
        }
        Decision::Ask if actor.kind == ActorKind::Human => {
            if !asked(judgement) {
                eprintln!("wardsh: not run");
                return Ok(false);
            }
            // What was approved is what runs: everything is read again.
            let again = judge(session, wanted, submission)?;
            if again.verdict.digest != verdict.digest {
                changed();
                return Ok(false);
            }
            Ok(true)
        }
        Decision::Ask => {
            render::refusal(
                verdict,
                "this needs a person: ask yours to run it from their own terminal, or to allow it with `wardsh policy except`",
            );
            Ok(false)
        }
    }
}

/// Says that what was judged is no longer what would run.
pub(super) fn changed() {
    eprintln!("wardsh: not run: something that the answer rested on has changed in the meantime");
    eprintln!("hint: submit the command again");
}

/// Words and names in the form that judging uses.
pub(super) fn decoded(word: &[u8]) -> String {
    bytes::decode(word).text.into_owned()
}

/// Shows what would happen and asks; critical things want a word typed.
fn asked(judgement: &Judgement) -> bool {
    let verdict = &judgement.verdict;
    eprint!("{}", question(verdict));
    let critical = verdict.matches.iter().any(|found| found.severity == Severity::Critical);
    if critical {
        return terminal::challenge("This is critical.", &terminal::random_word());
    }
    terminal::confirm("Run it once?")
}

/// At most 20 lines: the offending words first, then what it would do, which rule, why, and what instead.
pub(super) fn question(verdict: &Verdict) -> String {
    let mut out = String::from("wardsh asks before this runs:\n");
    let first = verdict.matches.first();
    out.push_str(&explain::underlined(&verdict.command, first.map(|found| found.span)));
    for effect in verdict.effects.iter().take(4) {
        out.push_str(&format!(
            "  would    {} {} ({})\n",
            effect.kind.as_str(),
            render::visible(&effect.target, false),
            effect.scope
        ));
    }
    if verdict.effects.len() > 4 {
        out.push_str(&format!("  … and {} more effects\n", verdict.effects.len() - 4));
    }
    if let Some(found) = first {
        out.push_str(&format!("  rule     {} ({})\n  why      {}\n", found.rule, found.severity, found.because));
        if !found.instead.is_empty() {
            out.push_str(&format!("  instead  {}\n", found.instead));
        }
    }
    let mut lines: Vec<&str> = out.lines().collect();
    if lines.len() > 20 {
        lines.truncate(19);
        lines.push("  … more with `wardsh explain`");
    }
    lines.join("\n") + "\n"
}
