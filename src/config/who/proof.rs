//! Proof of a person, asked about any process: for whoever answers a question, or loosens something.
//!
//! Only positive evidence counts, and only against: an agent's mark, an agent behind the terminal, a program that
//! types by itself. That nothing is found can mean a login, a console, or a holder that hides; a terminal emulator
//! cannot be told from an agent that drives a terminal without any mark. What races remain: a descriptor can be passed
//! on between two looks, and an environment is what a process was started with.

use std::fs;

use super::process::{self, Depth, Process, agent_at, upwards};

/// Terminals within terminals that are followed.
const MAX_RELAYS: usize = 8;
/// Descriptors of one process that are looked at.
const MAX_DESCRIPTORS: usize = 4_096;
/// Programs that hold a terminal and type into it by themselves. A person's own one is answered from another terminal.
const DRIVERS: &[&str] = &["script", "expect", "unbuffer", "tclsh", "python", "perl", "ruby", "socat", "asciinema"];
/// Variables that bring foreign code into a program. People have the last one set for other programs; a static program
/// does not look at it.
const LOADER: &[&str] = if cfg!(target_feature = "crt-static") {
    &["LD_PRELOAD", "LD_AUDIT"]
} else {
    &["LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH"]
};

/// Why a process is not taken for a person's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// The system tells nothing about it.
    #[error("nothing can be known about process {0}")]
    Unknown(i32),
    /// No controlling terminal.
    #[error("it has no controlling terminal")]
    NoTerminal,
    /// Others are in the foreground there.
    #[error("it is not in the foreground of its terminal")]
    Background,
    /// Foreign code may be inside.
    #[error("it was started with {0}")]
    Loader(&'static str),
    /// A mark in its environment or in an ancestor's.
    #[error("process {pid}, which it comes from, bears a mark of {agent}")]
    Agent {
        /// The marked process.
        pid: i32,
        /// The agent.
        agent: &'static str,
    },
    /// An agent shares the terminal's foreground.
    #[error("process {pid} in the foreground of its terminal bears a mark of {agent}")]
    Beside {
        /// The marked process.
        pid: i32,
        /// The agent.
        agent: &'static str,
    },
    /// The asking side's own session or descendants.
    #[error("it belongs to the session that asks")]
    Asker,
    /// A guarded session without a terminal of a person.
    #[error("it runs inside a guarded session of an agent (process {0})")]
    Guarded(i32),
    /// What holds the terminal is an agent's.
    #[error("its terminal is held by process {pid}, which is an agent's")]
    Held {
        /// The holder.
        pid: i32,
    },
    /// What holds the terminal types by itself.
    #[error("its terminal is held by `{program}` (process {pid}), which can type by itself")]
    Driven {
        /// The holder.
        pid: i32,
        /// Its program.
        program: String,
    },
}

/// Whose word does not count: who waits for it, and the agent that has started that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asker {
    /// Processes that nobody who answers may descend from.
    pids: Vec<i32>,
    /// The session that nobody who answers may belong to; zero for none.
    session: i32,
}

impl Asker {
    /// This process, as the one that waits.
    #[must_use]
    pub fn own() -> Self {
        let Some(own) = Process::own() else { return Self::default() };
        let line = upwards(own.pid);
        let agent = line.iter().rposition(|pid| agent_at(*pid, Depth::Environment).is_some());
        let pids = match agent {
            Some(at) => line.iter().take(at + 1).copied().collect(),
            None => {
                let inside = |pid: &&i32| {
                    Process::read(**pid).is_some_and(|process| process.session == own.session)
                        && (own.tty == 0 || **pid != own.session)
                };
                line.iter().take_while(inside).copied().collect()
            }
        };
        Self { pids, session: own.session }
    }

    fn is_above(&self, line: &[i32]) -> bool {
        line.iter().any(|pid| self.pids.contains(pid))
    }
}

/// Says whether a process is a proven person's, as far as that can be proven.
///
/// # Errors
/// What speaks against it.
pub fn person(pid: i32, asker: &Asker) -> Result<Process, Doubt> {
    // Whatever else stands at /proc could tell anything.
    let process = Process::read(pid).filter(|_| process::is_told_by_the_system()).ok_or(Doubt::Unknown(pid))?;
    if process.tty == 0 {
        return Err(Doubt::NoTerminal);
    }
    if !process.in_foreground() {
        return Err(Doubt::Background);
    }
    let environment = process::environment(pid).ok_or(Doubt::Unknown(pid))?;
    if let Some(name) = LOADER.iter().find(|name| process::value(&environment, name).is_some()) {
        return Err(Doubt::Loader(name));
    }
    if asker.session != 0 && process.session == asker.session {
        return Err(Doubt::Asker);
    }
    clean(pid, asker)?;
    // Whoever was moved away from its ancestors is still in its group and its session.
    for leader in [process.group, process.session] {
        if leader > 1 && leader != pid {
            clean(leader, asker)?;
        }
    }
    beside(&process)?;
    behind(&process, asker)?;
    if process.is_same() { Ok(process) } else { Err(Doubt::Unknown(pid)) }
}

/// Says whether this process is a proven person's: before a question on its terminal, and for whatever loosens.
///
/// # Errors
/// What speaks against it.
pub fn person_here() -> Result<(), Doubt> {
    if cfg!(target_os = "linux") {
        let own = i32::try_from(std::process::id()).unwrap_or(0);
        return person(own, &Asker::default()).map(drop);
    }
    // Elsewhere the system is not asked about other processes.
    if super::in_foreground() { Ok(()) } else { Err(Doubt::Background) }
}

/// Looks at a process and all it descends from.
fn clean(pid: i32, asker: &Asker) -> Result<(), Doubt> {
    let line = upwards(pid);
    for pid in &line {
        if let Some(agent) = agent_at(*pid, Depth::Environment) {
            return Err(Doubt::Agent { pid: *pid, agent });
        }
        if process::runs_this_program(*pid) && Process::read(*pid).is_some_and(|process| process.tty == 0) {
            return Err(Doubt::Guarded(*pid));
        }
    }
    if asker.is_above(&line) { Err(Doubt::Asker) } else { Ok(()) }
}

/// Looks at who else is in the foreground of the terminal.
fn beside(process: &Process) -> Result<(), Doubt> {
    for pid in process::everyone() {
        let shares = Process::read(pid)
            .is_some_and(|other| other.tty == process.tty && other.group == process.group && other.pid != process.pid);
        if shares && let Some(agent) = agent_at(pid, Depth::Environment) {
            return Err(Doubt::Beside { pid, agent });
        }
    }
    Ok(())
}

/// Looks at who holds the other side of the terminal; through our own relays, as far as they go.
fn behind(process: &Process, asker: &Asker) -> Result<(), Doubt> {
    let mut terminals: Vec<u64> = process.pty().into_iter().collect();
    let mut at = 0;
    while let Some(pty) = terminals.get(at).copied() {
        at += 1;
        for pid in holders(pty) {
            let Some(holder) = Process::read(pid) else { continue };
            if clean(pid, asker).is_err() || (asker.session != 0 && holder.session == asker.session) {
                return Err(Doubt::Held { pid });
            }
            if process::runs_this_program(pid) {
                match holder.pty() {
                    Some(outer) if !terminals.contains(&outer) && terminals.len() < MAX_RELAYS => {
                        terminals.push(outer);
                    }
                    _ => {}
                }
                continue;
            }
            let program = process::program_path(pid);
            let name = program.rsplit('/').next().unwrap_or("");
            if DRIVERS.iter().any(|driver| is_called(name, driver)) {
                return Err(Doubt::Driven { pid, program: name.to_owned() });
            }
        }
    }
    Ok(())
}

/// Says whether a program's name is a known one, maybe with a version: `python3.12`, `expect5.45`.
fn is_called(name: &str, known: &str) -> bool {
    name.strip_prefix(known).is_some_and(|rest| rest.chars().all(|ch| ch.is_ascii_digit() || matches!(ch, '.' | '-')))
}

/// Processes that hold the master side of a pseudo terminal, as far as they can be seen.
fn holders(pty: u64) -> Vec<i32> {
    let index = pty.to_string();
    let holds = |pid: i32, name: &str| {
        fs::read_link(format!("/proc/{pid}/fd/{name}")).is_ok_and(|path| path.ends_with("ptmx"))
            && fs::read_to_string(format!("/proc/{pid}/fdinfo/{name}")).is_ok_and(|info| {
                info.lines().any(|line| line.strip_prefix("tty-index:").is_some_and(|value| value.trim() == index))
            })
    };
    let looks = |pid: &i32| {
        let Ok(entries) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
        entries
            .take(MAX_DESCRIPTORS)
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .any(|name| holds(*pid, &name))
    };
    process::everyone().into_iter().filter(looks).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_versions() {
        for (name, known, want) in [
            ("python3.12", "python", true),
            ("python", "python", true),
            ("expect5.45", "expect", true),
            ("scripted", "script", false),
            ("tmux", "script", false),
        ] {
            assert_eq!(is_called(name, known), want, "{name}");
        }
    }

    #[test]
    fn whoever_asks_does_not_answer() {
        let asker = Asker::own();
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(asker.pids.contains(&own), "{asker:?}");
        assert!(person(own, &asker).is_err());
        assert_eq!(person(i32::MAX, &asker), Err(Doubt::Unknown(i32::MAX)));
    }
}
