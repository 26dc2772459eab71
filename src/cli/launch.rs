//! From a judged command to its running: at the edge, under the loop and through the filter; below it, by becoming the
//! program.
//!
//! "Guarded once, at the edge": the outermost wardsh of one call or session masks. One below it hands its descriptors on
//! untouched, so that `$(sh -c 'gh auth token')` and credential helpers get the true bytes.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;

use super::{Exit, explain, gate, render};
use crate::config::who;
use crate::effects::scope;
use crate::output::{self, Around, Filter};
use crate::policy::decision::ActorKind;
use crate::policy::{Policy, Verdict};
use crate::run::{self, Alone, Ended, Outlet, Party, Pass, Plan, Stage, Watch};
use crate::session::{Judgement, Session};
use crate::store::RealWorld;
use crate::store::running::{self, Running};
use crate::syntax::Invocation;
use crate::sys;

/// Runs a program whose line was judged; returns only where it could not be started.
///
/// # Errors
/// Its output could not be guarded; nothing has run then.
pub(super) fn launch(
    session: &Session,
    judgement: &Judgement,
    path: &OsStr,
    argv: Vec<OsString>,
) -> anyhow::Result<Exit> {
    if !is_edge(session) || is_transfer(session, judgement) || is_left_open(judgement) {
        return Ok(if session.still_holds(judgement) {
            failed(path, &sys::exec(path, &argv))
        } else {
            gate::changed()
        });
    }
    let plan = Plan { path: path.to_owned(), argv, ..Plan::default() };
    match served(session, judgement, plan, &mut Alone, true)? {
        Ok(ended) => sys::die_as(ended),
        Err(exit) => Ok(exit),
    }
}

/// Runs a program under the loop, with somebody who watches: at the edge through the filter, else its output is unchanged.
///
/// # Errors
/// As [`launch`].
pub(super) fn watched(
    session: &Session,
    judgement: &Judgement,
    plan: Plan,
    watch: &mut dyn Watch,
) -> anyhow::Result<Result<Ended, Exit>> {
    let guarded = is_edge(session) && !is_left_open(judgement);
    served(session, judgement, plan, watch, guarded)
}

/// As [`watched`]; `guarded` says whether the output goes through the filter.
fn served(
    session: &Session,
    judgement: &Judgement,
    plan: Plan,
    watch: &mut dyn Watch,
    guarded: bool,
) -> anyhow::Result<Result<Ended, Exit>> {
    let cwd = judgement.verdict.cwd.as_str();
    let settings = match &judgement.settings {
        Some(settings) => Arc::clone(settings),
        None => session.settings(&[cwd])?,
    };
    let path = plan.path.clone();
    let party = match judgement.verdict.actor.kind {
        ActorKind::Human => Party::Person,
        ActorKind::Agent => Party::Agent,
    };
    let plan = Plan { party, ..plan };
    let masks = || match &judgement.workspace {
        Some(workspace) => filter_in(session, &settings.policy, Vec::new(), cwd, workspace),
        None => filter(session, &settings.policy, Vec::new(), cwd),
    };
    let filter = guarded.then(masks).transpose()?;
    let _entered = if guarded { enter(session) } else { None };
    if !session.still_holds(judgement) {
        return Ok(Err(gate::changed()));
    }
    let hint = output::hint(&judgement.line);
    let mut stages = |outlet: Outlet| -> Box<dyn Stage> {
        filter.as_ref().map_or_else(|| Box::new(Pass) as Box<dyn Stage>, |filter| filter.stage(outlet, hint))
    };
    let outcome = run::run(plan, &mut stages, watch);
    match outcome {
        Ok(ended) => Ok(Ok(ended)),
        Err(run::Error::Start { error, .. }) => Ok(Err(failed(&path, &error))),
        Err(error) => Err(error.into()),
    }
}

/// Says why a program was not started, as a shell would.
pub(super) fn failed(path: &OsStr, error: &io::Error) -> Exit {
    eprintln!("wardsh: {}: {error}", render::visible(&path.to_string_lossy(), false));
    match error.kind() {
        io::ErrorKind::NotFound => Exit::NotFound,
        io::ErrorKind::PermissionDenied => Exit::Refused,
        _ => Exit::Broken,
    }
}

/// Everything that is masked in what a command prints that starts in a folder; `kinds` are masked beside what policy
/// says.
///
/// # Errors
/// The system has no random bytes.
pub(super) fn filter(session: &Session, policy: &Policy, kinds: Vec<String>, cwd: &str) -> io::Result<Filter> {
    let machine = session.machine();
    let world = RealWorld::with_home(Arc::clone(&machine.vars), cwd, &machine.home);
    let workspace = scope::workspace(&world).unwrap_or_else(|| cwd.to_owned());
    filter_in(session, policy, kinds, cwd, &workspace)
}

/// As [`filter`], where the workspace is known.
fn filter_in(session: &Session, policy: &Policy, kinds: Vec<String>, cwd: &str, workspace: &str) -> io::Result<Filter> {
    let machine = session.machine();
    let around = Around {
        home: Path::new(&machine.home),
        workspace: Path::new(workspace),
        cwd: Path::new(cwd),
        env: sys::environment(),
        state: &machine.state_dir,
    };
    let vars = Arc::clone(&machine.vars);
    let name = Box::new(move || who::session_key(&|name| vars.get(name).cloned()));
    Filter::with_kinds(policy, kinds, &around, name)
}

/// A judgement as it is shown to whoever is refused or asked: values masked.
pub(super) struct Shown {
    pub verdict: Verdict,
    pub explain: String,
}

/// What of a judgement is shown. Where nothing can be masked, the line is not shown at all.
pub(super) fn shown(session: &Session, judgement: &Judgement) -> Shown {
    let (verdict, line) = (&judgement.verdict, &judgement.line);
    let made = match &judgement.settings {
        Some(settings) => filter(session, &settings.policy, Vec::new(), &verdict.cwd),
        None => filter(session, &Policy::built_in(), Vec::new(), &verdict.cwd),
    };
    match made {
        Ok(filter) => {
            let verdict = filter.verdict(verdict, line);
            let explain = explain::explain(&verdict, line, &|inv| filter.invocation(inv));
            Shown { verdict, explain }
        }
        Err(error) => not_shown(verdict, &error),
    }
}

/// A verdict whose line cannot be masked.
pub(super) fn not_shown(verdict: &Verdict, why: &dyn std::fmt::Display) -> Shown {
    let verdict = Verdict { command: format!("(not shown: {why})"), command_b64: None, ..verdict.clone() };
    Shown { verdict, explain: String::new() }
}

/// Enters this process as the one that guards what its caller gets.
#[must_use]
pub(super) fn enter(session: &Session) -> Option<Running> {
    Running::enter(&session.machine().state_dir, &tag(session))
}

/// Says whether no wardsh above serves the same caller.
pub(super) fn is_edge(session: &Session) -> bool {
    let state = &session.machine().state_dir;
    !running::is_below(state, &tag(session), &who::ancestors, &who::is_agent)
}

/// Who looks at what comes through a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fed {
    /// Nobody that says so.
    No,
    /// A wardsh above that serves the same caller.
    ByUs,
    /// Somebody above of whom that is not sure.
    Unsure,
}

/// Looks who feeds a pipe.
pub(super) fn fed_by(session: &Session, pipe: &OwnedFd) -> Fed {
    let Some(feeder) = run::feeder_of(pipe) else { return Fed::No };
    let ancestors = who::ancestors();
    let Some(at) = ancestors.iter().position(|pid| *pid == feeder) else { return Fed::No };
    let (state, tag) = (&session.machine().state_dir, tag(session));
    let sure = !ancestors.iter().take(at).any(|pid| who::is_agent(*pid))
        && running::is_below(state, &tag, &|| vec![feeder], &|_| false);
    if sure { Fed::ByUs } else { Fed::Unsure }
}

/// What tells this process's caller from others.
fn tag(session: &Session) -> running::Tag {
    who::caller_tag(&|name| session.machine().vars.get(name).cloned())
}

/// `mask: off` counts for a person at a terminal.
fn is_left_open(judgement: &Judgement) -> bool {
    let off = judgement.settings.as_ref().is_some_and(|settings| settings.policy.masks_nothing(ActorKind::Human));
    off && judgement.verdict.actor.kind == ActorKind::Human && who::in_foreground()
}

/// Says whether the line is a server that a person's login over ssh was made for: its bytes are a protocol.
fn is_transfer(session: &Session, judgement: &Judgement) -> bool {
    let [inv] = judgement.line.invocations.as_slice() else { return false };
    let unmarked = tag(session) == running::Tag::default();
    let login = session.machine().vars.contains_key("SSH_CONNECTION") && who::parent_is(&["sshd", "sshd-session"]);
    unmarked && login && serves_transfer(inv)
}

fn serves_transfer(inv: &Invocation) -> bool {
    let has = |wanted: &[&str]| inv.words().flatten().any(|word| wanted.contains(&word));
    match inv.name() {
        Some("scp") => has(&["-t", "-f"]),
        Some("rsync") => has(&["--server"]),
        Some("sftp-server" | "internal-sftp" | "git-upload-pack" | "git-receive-pack" | "git-upload-archive") => true,
        _ => false,
    }
}
