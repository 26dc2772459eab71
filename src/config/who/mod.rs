//! Who is asking: an agent, unless a human is proven.
//!
//! Human means: in the foreground of a controlling terminal, with no agent's mark in the environment or in an
//! ancestor. A terminal alone is not evidence: half of the agents hold the keyboard side of one.

mod process;
mod proof;

use std::fs::File;
use std::os::fd::AsFd;

use crate::agents;
use crate::policy::decision::ActorKind;
use crate::policy::{Actor, Name};
use crate::sys;

use self::process::{Depth, agent_at};
pub use self::process::{Process, ancestors, may_run_this_program, program_path, runs_this_program, shares_terminal};
pub use self::proof::{Asker, Doubt, person, person_here};

/// The actor of this process's command.
#[must_use]
pub fn actor(user: &str, var: &dyn Fn(&str) -> Option<String>) -> Actor {
    let agent = |name: Name| Actor { kind: ActorKind::Agent, name };
    if let Some(name) = agents::in_environment(var) {
        return agent(name.into());
    }
    let above = |depth| ancestors().into_iter().find_map(|pid| agent_at(pid, depth));
    // Without a terminal it is an agent, whatever the ancestors say: they are asked for its name, where that matters.
    if !in_foreground() {
        return agent(Name::later(move || above(Depth::Words).unwrap_or_default().to_owned()));
    }
    match above(Depth::Environment) {
        Some(name) => agent(name.into()),
        None => Actor { kind: ActorKind::Human, name: user.into() },
    }
}

/// Says whether this process is in the foreground of its controlling terminal.
#[must_use]
pub fn in_foreground() -> bool {
    let Ok(tty) = File::options().read(true).write(true).open("/dev/tty") else { return false };
    sys::foreground(tty.as_fd()).is_some_and(|group| group == sys::process_group())
}

/// What a refusal is remembered under: the agent's own session id, else the agent's process, else the session leader's.
#[must_use]
pub fn session_key(var: &dyn Fn(&str) -> Option<String>) -> String {
    if let Some(id) = agents::session(var) {
        return format!("id-{id}");
    }
    session_process().map_or_else(|| "none".to_owned(), |(pid, started)| format!("process-{pid}-{started}"))
}

/// The process that a session hangs on, with its start time: the agent's, else the session leader's.
#[must_use]
pub fn session_process() -> Option<(i32, u64)> {
    let agent = ancestors().into_iter().find(|pid| agent_at(*pid, Depth::Environment).is_some());
    let pid = agent.or_else(|| Some(sys::session_leader()).filter(|leader| *leader > 0))?;
    Some((pid, Process::read(pid).map_or(0, |process| process.started)))
}

/// A variable as the agent at work had it when a person started it.
#[must_use]
pub fn started_with(name: &str) -> Option<String> {
    process::value(&started_environment()?, name).filter(|value| !value.is_empty())
}

/// The environment that the agent at work was started with, `NAME=value` each. Of several agents the farthest counts: what
/// lies between it and us it may have started itself, with any environment.
#[must_use]
pub fn started_environment() -> Option<Vec<String>> {
    let agent = ancestors().into_iter().rfind(|pid| agent_at(*pid, Depth::Environment).is_some())?;
    process::environment(agent)
}

/// What tells one caller from another among those that we serve: the agent and its own session id, nothing for a person
/// or for a caller without a mark.
#[must_use]
pub fn caller_tag(var: &dyn Fn(&str) -> Option<String>) -> [u8; 32] {
    let Some(agent) = agents::in_environment(var) else { return [0; 32] };
    crate::request::sha256(format!("{agent}\0{}", agents::session(var).unwrap_or_default()).as_bytes())
}

/// Says whether our parent calls itself by one of these names.
#[must_use]
pub fn parent_is(names: &[&str]) -> bool {
    let name = std::fs::read_to_string(format!("/proc/{}/comm", sys::parent())).unwrap_or_default();
    names.contains(&name.trim_end())
}

/// Says whether a process is an agent's program, by its command line.
#[must_use]
pub fn is_agent(pid: i32) -> bool {
    agent_at(pid, Depth::Words).is_some()
}
