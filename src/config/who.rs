//! Who is asking: an agent, unless a human is proven.
//!
//! Human means: in the foreground of a controlling terminal, with no agent's mark in the environment or in an
//! ancestor. A terminal alone is not evidence: half of the agents hold the keyboard side of one.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::AsFd;

use crate::agents;
use crate::policy::Actor;
use crate::policy::decision::ActorKind;
use crate::sys;

/// Ancestors that are looked at.
const MAX_ANCESTORS: usize = 64;
/// Bytes that are read of what the system tells about a process.
const MAX_PROC: u64 = 256 << 10;

/// What an agent is looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    /// Command lines: enough for a name.
    Words,
    /// The environments they were started with, too.
    Environment,
}

/// The actor of this process's command.
#[must_use]
pub fn actor(user: &str, var: &dyn Fn(&str) -> Option<String>) -> Actor {
    let agent = |name: &str| Actor { kind: ActorKind::Agent, name: name.to_owned() };
    if let Some(name) = agents::in_environment(var) {
        return agent(name);
    }
    // Without a terminal it is an agent, whatever the ancestors say: they are only asked for its name then.
    let (depth, human) = if in_foreground() { (Depth::Environment, true) } else { (Depth::Words, false) };
    match ancestors().into_iter().find_map(|pid| agent_at(pid, depth)) {
        Some(name) => agent(name),
        None if human => Actor { kind: ActorKind::Human, name: user.to_owned() },
        None => agent(""),
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
    let process = |pid: i32| format!("process-{pid}-{}", started(pid).unwrap_or_default());
    if let Some(pid) = ancestors().into_iter().find(|pid| agent_at(*pid, Depth::Environment).is_some()) {
        return process(pid);
    }
    match sys::session_leader() {
        0 => "none".to_owned(),
        leader => process(leader),
    }
}

/// What tells one caller from another among those that we serve: the agent and its own session id, nothing for a person
/// or for a caller without a mark.
#[must_use]
pub fn caller_tag(var: &dyn Fn(&str) -> Option<String>) -> [u8; 32] {
    let Some(agent) = agents::in_environment(var) else { return [0; 32] };
    crate::request::sha256(format!("{agent}\0{}", agents::session(var).unwrap_or_default()).as_bytes())
}

/// Says whether a process is an agent's program, by its command line.
#[must_use]
pub fn is_agent(pid: i32) -> bool {
    agent_at(pid, Depth::Words).is_some()
}

/// Process ids from the parent upwards.
#[must_use]
pub fn ancestors() -> Vec<i32> {
    let mut all = Vec::new();
    let mut pid = sys::parent();
    while pid > 1 && all.len() < MAX_ANCESTORS {
        all.push(pid);
        pid = stat(pid).and_then(|fields| fields.get(1)?.parse().ok()).unwrap_or(0);
    }
    all
}

/// The agent that a process is, by its command line or by the marks it was started with.
fn agent_at(pid: i32, depth: Depth) -> Option<&'static str> {
    let split = |bytes: Vec<u8>| -> Vec<String> {
        bytes.split(|&byte| byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
    };
    let words = split(proc(pid, "cmdline")?);
    if let Some(name) = agents::in_command_line(&words) {
        return Some(name);
    }
    if depth == Depth::Words {
        return None;
    }
    let environment = split(proc(pid, "environ")?);
    agents::in_environment(&|name| {
        environment.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
    })
}

/// Fields of `/proc/PID/stat` behind the name: state first, then the parent.
fn stat(pid: i32) -> Option<Vec<String>> {
    let text = String::from_utf8_lossy(&proc(pid, "stat")?).into_owned();
    Some(text.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}

/// What the system tells about a process. Its files say that they are empty, so room is made beforehand.
fn proc(pid: i32, file: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(4 << 10);
    File::open(format!("/proc/{pid}/{file}")).ok()?.take(MAX_PROC).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// When a process was started, in clock ticks since boot.
fn started(pid: i32) -> Option<String> {
    stat(pid)?.get(19).cloned()
}
