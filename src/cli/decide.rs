//! From a judgement to a decision: grants, then people, by every channel that policy leaves open.
//!
//! The only way to a yes where a rule asks. What was approved is what runs: everything is judged again after the
//! answer, and the action digest must be the same.

use std::cell::OnceCell;

use anyhow::Result;

use super::launch::{self, Shown};
use super::{render, setup};
use crate::approve::local::Local;
use crate::approve::terminal::{Manner, Terminal};
use crate::approve::{self, Channel, Ending};
use crate::config::who;
use crate::policy::decision::ActorKind;
use crate::policy::layers::Refusal;
use crate::policy::{Actor, Decision, Verdict};
use crate::request::grant::{self, Circumstances, Grant, LIFETIME_SECS};
use crate::request::{Answer, Asking, Reply, Request, RequestId, hex, sha256, show};
use crate::session::{Judgement, Session, Submission};
use crate::store::{Asked, Grants, Queue, Slot};

/// Why an agent's line is not asked about.
const NO_CHANNEL: &str =
    "this needs a person: ask yours to run it from their own terminal, or to allow it with `wardsh policy except`";

/// Judges a submission; asked again where something may have changed.
type Judging<'a> = &'a dyn Fn(&Submission<'_>) -> Result<Judgement>;

/// Says whether the line may run, by giving its judgement; what refuses it has been said on standard error.
pub(super) fn decide(
    session: &Session,
    submission: &Submission<'_>,
    judging: Judging<'_>,
) -> Result<Option<Judgement>> {
    let judgement = judging(submission)?;
    match (judgement.verdict.decision, submission.actor.kind) {
        (Decision::Allow | Decision::Warn, ActorKind::Human) => return Ok(Some(judgement)),
        // Only before a question is it worth to look who is behind the terminal.
        (Decision::Ask, ActorKind::Human) => {
            if let Err(doubt) = who::person_here() {
                eprintln!("wardsh: this terminal is not taken for a person's: {doubt}");
                let actor = Actor { kind: ActorKind::Agent, ..Actor::default() };
                let submission = Submission { actor: &actor, ..*submission };
                return decide(session, &submission, judging);
            }
        }
        _ => {}
    }
    let mut judgement = judgement;
    let agent = submission.actor.kind == ActorKind::Agent;
    let key = || setup::session_key(session);
    // Only what a line would do can have been refused before.
    if agent {
        session.tighten(&key, &mut judgement.verdict);
        if judgement.verdict.decision >= Decision::Ask && judgement.verdict.digest.is_empty() {
            session.thorough();
            judgement = judging(submission)?;
            session.tighten(&key, &mut judgement.verdict);
        }
    }
    let shown = match judgement.verdict.decision {
        Decision::Allow | Decision::Warn => return Ok(Some(judgement)),
        Decision::Deny => {
            let shown = launch::shown(session, &judgement);
            render::refusal(&shown.verdict, "this is refused for everyone; no approval changes it");
            shown
        }
        Decision::Ask => {
            let question = Question::new(session, submission, judging, &judgement);
            if question.decide()? {
                return Ok(Some(judgement));
            }
            question.into_shown()
        }
    };
    if agent {
        session.note_refusal(&key(), &judgement.verdict, &shown.verdict);
    }
    Ok(None)
}

/// A line that a rule asks about.
struct Question<'a> {
    session: &'a Session,
    submission: &'a Submission<'a>,
    judging: Judging<'a>,
    judgement: &'a Judgement,
    /// What of it is shown; a granted line needs none.
    shown: OnceCell<Shown>,
    process: (i32, u64),
    queue: Queue,
}

impl<'a> Question<'a> {
    fn new(
        session: &'a Session,
        submission: &'a Submission<'a>,
        judging: Judging<'a>,
        judgement: &'a Judgement,
    ) -> Self {
        let process = who::session_process().unwrap_or_default();
        let queue = Queue::new(&session.machine().state_dir);
        Self { session, submission, judging, judgement, shown: OnceCell::new(), process, queue }
    }

    fn verdict(&self) -> &Verdict {
        &self.judgement.verdict
    }

    fn shown(&self) -> &Shown {
        self.shown.get_or_init(|| launch::shown(self.session, self.judgement))
    }

    fn into_shown(self) -> Shown {
        self.shown.into_inner().unwrap_or_else(|| launch::shown(self.session, self.judgement))
    }

    fn decide(&self) -> Result<bool> {
        if self.session.granted(self.judgement, self.process, approve::now()).is_some() {
            return Ok(true);
        }
        let is_on = |name: &str| is_open(self.judgement, name);
        let here = self.submission.actor.kind == ActorKind::Human && is_on("terminal");
        if !here && !is_on("local") {
            render::refusal(&self.shown().verdict, &(NO_CHANNEL.to_owned() + &absent(self.judgement)));
            return Ok(false);
        }
        let request = request(self.session, self.judgement, &self.shown().verdict, self.process)?;
        if !here && self.was_in_vain(&request) {
            render::refusal(
                &self.shown().verdict,
                "the like was asked earlier in this session and nobody answered, so it is not asked again for now",
            );
            return Ok(false);
        }
        let slot = if is_on("local") {
            match self.queue.join(&request) {
                Ok(slot) => Some(slot),
                Err(_) if here => None,
                Err(full) => {
                    render::refusal(&self.shown().verdict, &format!("nobody was asked: {full}"));
                    return Ok(false);
                }
            }
        } else {
            None
        };
        self.ask(&request, here, slot)
    }

    /// Rule and kind of what is asked about; a line without a rule is its own kind.
    fn kinds(&self) -> Vec<(String, String)> {
        let verdict = self.verdict();
        let asking = verdict.matches.iter().filter(|found| found.decision >= Decision::Ask);
        let mut kinds: Vec<(String, String)> = asking
            .flat_map(|found| {
                let effects = verdict
                    .effects
                    .iter()
                    .filter(|effect| effect.span.start < found.span.end && found.span.start < effect.span.end);
                let mut kinds: Vec<&str> = effects.map(|effect| effect.kind.as_str()).collect();
                kinds.dedup();
                if kinds.is_empty() {
                    kinds.push("");
                }
                kinds.into_iter().map(|kind| (found.rule.clone(), kind.to_owned())).collect::<Vec<_>>()
            })
            .collect();
        if kinds.is_empty() {
            kinds.push((String::new(), hex(&sha256(verdict.command.as_bytes()))));
        }
        kinds
    }

    fn asked(&self, request: &Request) -> Asked {
        Asked::new(&self.session.machine().state_dir, &request.session)
    }

    fn was_in_vain(&self, request: &Request) -> bool {
        let waiting = self.queue.list();
        let waits = |id: &RequestId| waiting.iter().any(|waiting| waiting.request.id == *id);
        self.asked(request).in_vain(&self.kinds(), approve::now(), &waits)
    }

    /// Asks by every channel, and takes the first answer.
    fn ask(&self, request: &Request, here: bool, slot: Option<Slot>) -> Result<bool> {
        let user = self.session.machine().user.clone();
        let mut channels: Vec<Box<dyn Channel>> = Vec::new();
        let sharing = slot.as_ref().map_or(0, |slot| slot.sharing);
        if let Some(slot) = slot {
            match Local::open(request.clone(), self.queue.clone(), slot, user.clone()) {
                Ok(local) => channels.push(Box::new(local)),
                Err(_) if here => {}
                Err(error) => {
                    render::refusal(&self.shown().verdict, &format!("nobody was asked: {error}"));
                    return Ok(false);
                }
            }
        }
        let elsewhere = !channels.is_empty();
        if here {
            let manner = Manner {
                explain: self.shown().explain.clone(),
                plain: setup::is_plain(self.session),
                shared: who::shares_terminal(),
                elsewhere: if elsewhere {
                    format!("elsewhere: wardsh approvals approve {}", request.id)
                } else {
                    String::new()
                },
                by: user,
            };
            channels.push(Box::new(Terminal::open(request, &manner)?));
        } else {
            // Written first: a wait that is killed was in vain, too. Where it cannot be written, it is asked again.
            let _ = self.asked(request).asked(&request.id, &self.kinds(), approve::now());
            announce(&self.shown().verdict, request, sharing);
        }
        let ending = approve::wait(request, &mut channels)?;
        drop(channels);
        match ending {
            Ending::Answered(reply) => {
                let _ = self.asked(request).answered(&request.id, approve::now());
                self.take(request, &reply)
            }
            Ending::Expired => {
                eprintln!("wardsh: refused: nobody answered within {}", spoken(request.expires - request.created));
                Ok(false)
            }
            Ending::Interrupted(caught) => {
                eprintln!("wardsh: not run");
                if !here {
                    caught.raise();
                }
                Ok(false)
            }
            Ending::Abandoned => Ok(false),
        }
    }

    /// Does what was answered.
    fn take(&self, request: &Request, reply: &Reply) -> Result<bool> {
        if reply.answer == Answer::No {
            let (by, channel) = (render::visible(&reply.by, false), &reply.channel);
            eprintln!("wardsh: refused: {by} said no ({channel})");
            return Ok(false);
        }
        // What was approved is what runs: everything is read again.
        let again = (self.judging)(self.submission)?;
        if again.verdict.digest != request.action {
            eprintln!("wardsh: not run: something that the answer rested on has changed in the meantime");
            eprintln!("hint: submit the command again");
            return Ok(false);
        }
        if reply.answer == Answer::Session {
            grant(self.session, self.judgement, self.process, reply, request)?;
        }
        Ok(true)
    }
}

/// What people are asked about a line; grants would hang on a process.
pub(super) fn request(
    session: &Session,
    judgement: &Judgement,
    shown: &Verdict,
    process: (i32, u64),
) -> Result<Request> {
    let settings = judgement.settings.as_ref();
    let at = Circumstances { process, context: &judgement.context };
    let asking = Asking {
        id: RequestId::from_random(approve::random()?),
        nonce: approve::random()?,
        now: approve::now(),
        timeout_secs: settings.map_or(0, |settings| settings.policy.timeout_secs.value),
        host: session.machine().host.clone(),
        session: setup::session_key(session),
        grantable: grant::terms(&judgement.verdict, &at).is_some(),
    };
    Ok(Request::new(shown, asking))
}

/// Writes down that the like is not asked about for a while.
pub(super) fn grant(
    session: &Session,
    judgement: &Judgement,
    process: (i32, u64),
    reply: &Reply,
    request: &Request,
) -> Result<()> {
    let now = approve::now();
    let at = Circumstances { process, context: &judgement.context };
    let terms = grant::terms(&judgement.verdict, &at).unwrap_or_default();
    let grants: Vec<Grant> = terms
        .into_iter()
        .enumerate()
        .map(|(n, terms)| Grant {
            v: 1,
            id: if n == 0 { request.id.to_string() } else { format!("{}-{n}", request.id) },
            request: request.id.clone(),
            created: now,
            expires: now + LIFETIME_SECS,
            by: reply.by.clone(),
            terms,
        })
        .collect();
    Ok(Grants::new(&session.machine().state_dir).add(&grants, now)?)
}

/// The channels that policy names and that this wardsh does not have, for whoever is told that nobody can be asked.
pub(super) fn absent(judgement: &Judgement) -> String {
    let settings = judgement.settings.as_ref();
    let named = settings.and_then(|settings| settings.policy.uncounted.iter().find(|one| one.why == Refusal::NotThere));
    named.map_or_else(String::new, |one| format!(" (policy has `{}`: {})", one.what, one.why))
}

/// Says whether policy leaves a channel open.
pub(super) fn is_open(judgement: &Judgement, channel: &str) -> bool {
    let settings = judgement.settings.as_ref();
    settings.is_some_and(|settings| settings.policy.channels.value.iter().any(|name| name == channel))
}

/// Tells whoever waits what is going on, how it can be answered, and how long that takes at most.
fn announce(verdict: &Verdict, request: &Request, sharing: usize) {
    let mut text = render::stopped(verdict, "waiting for a person");
    text.push_str(&format!("{}\n", show::identity(request)));
    if sharing > 0 {
        text.push_str(&format!("note: {sharing} others wait for the answer to the same question\n"));
    }
    text.push_str(&format!("hint: a person answers in another terminal: wardsh approvals approve {}\n", request.id));
    text.push_str(&format!(
        "hint: this waits for {} at most; no answer means no\n",
        spoken(request.expires - request.created)
    ));
    eprint!("{text}");
}

/// A time as people say it.
pub(super) fn spoken(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        120..7_200 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h", seconds / 3_600),
    }
}
