//! What the system tells about a process: proc(5). Everything is a snapshot; whoever relies on it compares the start
//! time before and after, or holds a descriptor of the process.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;

use crate::agents;
use crate::sys;

/// Ancestors that are looked at.
pub(super) const MAX_ANCESTORS: usize = 64;
/// Bytes that are read of what the system tells about a process.
const MAX_PROC: u64 = 256 << 10;

/// What an agent is looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Command lines: enough for a name.
    Words,
    /// The environments they were started with, too.
    Environment,
}

/// One process as it is right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// Its parent; zero where that lives outside of our namespace.
    pub parent: i32,
    /// Its process group.
    pub group: i32,
    /// Its session.
    pub session: i32,
    /// The device number of its controlling terminal; zero where it has none.
    pub tty: u64,
    /// The foreground process group of that terminal.
    pub foreground: i32,
    /// When it was started, in clock ticks since boot.
    pub started: u64,
}

impl Process {
    /// Reads one; `None` where there is none, or where the system does not tell.
    #[must_use]
    pub fn read(pid: i32) -> Option<Self> {
        let text = String::from_utf8_lossy(&proc(pid, "stat")?).into_owned();
        // The name stands in parentheses and may hold anything.
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let number = |at: usize| fields.get(at)?.parse::<i64>().ok();
        let id = |at: usize| number(at).and_then(|value| i32::try_from(value).ok());
        Some(Self {
            pid,
            parent: id(1)?,
            group: id(2)?,
            session: id(3)?,
            // The kernel prints the device number as a signed one.
            tty: u64::from(u32::try_from(number(4)? & 0xffff_ffff).ok()?),
            foreground: id(5)?,
            started: u64::try_from(number(19)?).ok()?,
        })
    }

    /// This process; `None` where the system tells about other ones only.
    #[must_use]
    pub fn own() -> Option<Self> {
        if !is_told_by_the_system() {
            return None;
        }
        Self::read(i32::try_from(std::process::id()).ok()?)
    }

    /// Says whether it is still the same process, and not another one of that number.
    #[must_use]
    pub fn is_same(&self) -> bool {
        Self::read(self.pid).is_some_and(|now| now.started == self.started)
    }

    /// Says whether it is in the foreground of its controlling terminal.
    #[must_use]
    pub fn in_foreground(&self) -> bool {
        self.tty != 0 && self.foreground > 0 && self.group == self.foreground
    }

    /// The number of its pseudo terminal, where its controlling terminal is one: devices 136 to 143.
    pub(super) fn pty(&self) -> Option<u64> {
        let (major, minor) = ((self.tty >> 8) & 0xfff, (self.tty & 0xff) | ((self.tty >> 12) & 0xfff00));
        (136..=143).contains(&major).then(|| (major - 136) * 256 + minor)
    }
}

/// Process ids from the parent upwards.
#[must_use]
pub fn ancestors() -> Vec<i32> {
    upwards(sys::parent())
}

/// Process ids from one upwards, it included; the first process of all is left out.
pub(super) fn upwards(mut pid: i32) -> Vec<i32> {
    let mut all = Vec::new();
    while pid > 1 && all.len() < MAX_ANCESTORS && !all.contains(&pid) {
        all.push(pid);
        pid = Process::read(pid).map_or(0, |process| process.parent);
    }
    all
}

/// The agent that a process is, by its command line or by the marks it was started with.
pub(super) fn agent_at(pid: i32, depth: Depth) -> Option<&'static str> {
    if let Some(name) = agents::in_command_line(&words(pid)?) {
        return Some(name);
    }
    if depth == Depth::Words {
        return None;
    }
    let environment = environment(pid)?;
    agents::in_environment(&|name| value(&environment, name))
}

/// The command line of a process.
pub(super) fn words(pid: i32) -> Option<Vec<String>> {
    proc(pid, "cmdline").map(split)
}

/// The environment that a process was started with. Of a process that nobody may look into, as ours is, the file belongs
/// to root: our own is known without it.
pub(super) fn environment(pid: i32) -> Option<Vec<String>> {
    let own = || {
        let pair =
            |(name, value): (OsString, OsString)| format!("{}={}", name.to_string_lossy(), value.to_string_lossy());
        (i32::try_from(std::process::id()).ok() == Some(pid)).then(|| std::env::vars_os().map(pair).collect())
    };
    proc(pid, "environ").map(split).or_else(own)
}

/// A variable of an environment.
pub(super) fn value(environment: &[String], name: &str) -> Option<String> {
    environment.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

/// Device and inode of the program that a process runs, also where its file is gone.
#[must_use]
pub(super) fn program(pid: &str) -> Option<(u64, u64)> {
    fs::metadata(format!("/proc/{pid}/exe")).ok().map(|meta| (meta.dev(), meta.ino()))
}

/// Says whether a process runs this very program file.
#[must_use]
pub fn runs_this_program(pid: i32) -> bool {
    program("self").is_some_and(|own| program(&pid.to_string()) == Some(own))
}

/// Says whether a process may run this very program file: it does, or it is one of this user's that nobody may look
/// into, as ours are unless they ask to be looked at. Programs of others are not, unless they close themselves, too.
#[must_use]
pub fn may_run_this_program(pid: i32) -> bool {
    match fs::metadata(format!("/proc/{pid}/exe")) {
        Ok(meta) => program("self") == Some((meta.dev(), meta.ino())),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            fs::metadata(format!("/proc/{pid}")).is_ok_and(|meta| meta.uid() == rustix::process::geteuid().as_raw())
        }
        Err(_) => false,
    }
}

/// The path of a process's program, for people.
#[must_use]
pub fn program_path(pid: i32) -> String {
    fs::read_link(format!("/proc/{pid}/exe")).map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Says whether what stands at /proc is the system's own word, and about our own namespace of processes.
#[cfg(target_os = "linux")]
pub(super) fn is_told_by_the_system() -> bool {
    let own = std::process::id().to_string();
    let ours = fs::read_link("/proc/self").is_ok_and(|path| path.as_os_str() == own.as_str());
    ours && rustix::fs::statfs("/proc").is_ok_and(|about| about.f_type == rustix::fs::PROC_SUPER_MAGIC)
}

/// Says whether what stands at /proc is the system's own word: there is no such thing here.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_told_by_the_system() -> bool {
    false
}

/// Every process that can be seen.
pub(super) fn everyone() -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

fn split(bytes: Vec<u8>) -> Vec<String> {
    bytes.split(|&byte| byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

/// What the system tells about a process. Its files say that they are empty, so room is made beforehand.
fn proc(pid: i32, file: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(4 << 10);
    File::open(format!("/proc/{pid}/{file}")).ok()?.take(MAX_PROC).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Says whether programs other than our ancestors run on our terminal and could type into it (TIOCSTI, which newer
/// kernels can forbid).
#[must_use]
pub fn shares_terminal() -> bool {
    let forbidden = fs::read_to_string("/proc/sys/dev/tty/legacy_tiocsti").is_ok_and(|text| text.trim() == "0");
    let Some(own) = Process::own().filter(|own| own.tty != 0 && !forbidden) else { return false };
    let above = ancestors();
    let Ok(entries) = fs::read_dir("/proc") else { return true };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| !above.contains(pid))
        .filter_map(Process::read)
        .any(|other| other.tty == own.tty && other.group != own.group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_known() {
        let own = Process::own().unwrap();
        assert!(own.is_same());
        assert!(runs_this_program(own.pid));
        assert!(!Process { started: own.started + 1, ..own }.is_same());
        assert_eq!(Process::read(i32::MAX), None);
    }

    #[test]
    fn terminals_are_told_by_their_numbers() {
        let base = Process { pid: 2, parent: 1, group: 2, session: 2, tty: 0, foreground: 2, started: 0 };
        for (tty, pty) in [(0, None), (0x8800, Some(0)), (0x8803, Some(3)), (0x8901, Some(257)), (0x0401, None)] {
            assert_eq!(Process { tty, ..base }.pty(), pty, "{tty:x}");
        }
        assert!(!base.in_foreground());
        assert!(Process { tty: 0x8800, ..base }.in_foreground());
        assert!(!Process { tty: 0x8800, foreground: 3, ..base }.in_foreground());
    }
}
