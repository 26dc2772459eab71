//! A job that ran although nobody had judged its line: written down, and told to whoever sits there.
//!
//! By then it stands still, whatever becomes of the writing.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use anyhow::Result;

use super::super::{launch, render, setup};
use super::lines::Lines;
use crate::approve;
use crate::interactive::Unasked;
use crate::output::Filter;
use crate::session::{Session, Submission};
use crate::shells::arguments;
use crate::store::{Done, UnaskedJob, UnaskedJobs};
use crate::syntax::bytes;

/// Letters of a command line that are shown.
const SHOWN: usize = 120;

/// Writes a job down; gives what is said about it.
pub(super) fn told(lines: &Lines, job: &Unasked) -> String {
    let (command, kept) = match keep(lines, job) {
        Ok((command, kept)) => (command, kept),
        Err(error) => (String::new(), Err(error)),
    };
    let mut words = render::visible(&command, false);
    if let Some((end, _)) = words.char_indices().nth(SHOWN) {
        words.truncate(end);
        words.push('…');
    }
    let what = if words.is_empty() { format!("process group {}", job.group) } else { format!("`{words}`") };
    let (done, end) = if job.pid.is_some() {
        ("was stopped", format!("end it with `kill -9 -{}`, then ", job.group))
    } else {
        ("has ended by now", String::new())
    };
    let mut text = format!(
        "wardsh: {what} ran without being judged and {done}: something has taken the gates off this shell\n\
         hint: {end}leave this shell with `exit`"
    );
    if let Err(error) = kept {
        text.push_str("\nwardsh: that could not be written down: ");
        text.push_str(&render::visible(&format!("{error:#}"), false));
    }
    text
}

/// Writes a job down; gives its words as they may be shown, and whether that went well.
fn keep(lines: &Lines, job: &Unasked) -> Result<(String, Result<()>)> {
    let session = lines.session()?;
    let cwd = job.cwd.as_deref().map(text).filter(|cwd| cwd.starts_with('/')).unwrap_or_else(|| "/".to_owned());
    let command = masked(lines, &session, job, &cwd);
    let settings = session.settings(&[&cwd]).ok();
    let policy = settings.map_or_else(crate::policy::Policy::built_in, |settings| settings.policy.clone());
    let filter = launch::filter(&session, &policy, Vec::new(), &cwd).ok();
    let path = |path: Option<&Path>| {
        let path = path.map_or_else(String::new, text);
        filter.as_ref().map_or_else(String::new, |filter: &Filter| filter.text(&path))
    };
    let done = match job.pid {
        Some(_) if job.stopped => Done::Stopped,
        Some(_) => Done::ToldToStop,
        None => Done::HadEnded,
    };
    let kept = UnaskedJobs::new(&session.machine().state_dir).add(&UnaskedJob {
        v: 1,
        at: approve::now(),
        session: setup::session_key(&session),
        actor: lines.actor.kind.to_string(),
        shell: lines.shell.name().to_owned(),
        shell_pid: job.shell,
        group: job.group,
        pid: job.pid.unwrap_or(0),
        command: command.clone(),
        exe: path(job.exe.as_deref()),
        cwd: path(job.cwd.as_deref()),
        done,
    });
    Ok((command, kept.map_err(anyhow::Error::from)))
}

/// What runs, as one line; values masked as in a line that people are asked about.
fn masked(lines: &Lines, session: &Session, job: &Unasked, cwd: &str) -> String {
    if job.words.is_empty() {
        return String::new();
    }
    let command = arguments::joined(&job.words).as_bytes().to_vec();
    let submission = Submission { command: &command, cwd, actor: &lines.actor, shell: &[] };
    match session.judge(&submission) {
        Ok(judgement) => launch::shown(session, &judgement).verdict.command,
        Err(error) => format!("(not shown: {error})"),
    }
}

fn text(path: &Path) -> String {
    bytes::decode(path.as_os_str().as_bytes()).text.into_owned()
}
