//! What an ordinary user's wardsh cannot look into: a program of another user that reads the pipe that is fed command by
//! command, and whoever holds a terminal and hides. Root sees both, so that the tests have to be somebody else.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a failure is a panic, what is left out is said")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
/// Users that nobody is.
const USER: u32 = 61_234;
const OTHER: u32 = 61_235;

/// A folder of that user's, with a wardsh in it.
struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    /// None where the tests may not become somebody else.
    fn new() -> Option<Self> {
        let desk = Self { dir: tempfile::tempdir().unwrap() };
        let become_user = rustix::process::geteuid().is_root()
            && desk
                .as_user("true")
                .and_then(|mut command| command.status().ok())
                .is_some_and(|status| status.success());
        if !become_user {
            eprintln!("left out: needs root, and setpriv");
            return None;
        }
        fs::copy(env!("CARGO_BIN_EXE_wardsh"), desk.path("bash")).unwrap();
        fs::create_dir_all(desk.path(".config/wardsh")).unwrap();
        for path in [desk.dir.path(), &desk.path(".config"), &desk.path(".config/wardsh")] {
            chown(path, Some(USER), Some(USER)).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Some(desk)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn as_user(&self, program: &str) -> Option<Command> {
        let setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].into_iter().find(|path| Path::new(path).exists())?;
        let mut command = Command::new(setpriv);
        let user = USER.to_string();
        command.args(["--reuid", &user, "--regid", &user, "--clear-groups", program]);
        command.current_dir(self.dir.path()).env_clear().env("HOME", self.dir.path());
        command.env("PATH", "/usr/bin:/bin").env("TERM", "xterm").stdin(Stdio::null());
        Some(command)
    }
}

/// Ends a program whatever becomes of the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn children(pid: &str) -> Vec<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    text.split_whitespace().map(str::to_owned).collect()
}

fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_reader_of_another_user_is_given_nothing() {
    let Some(desk) = Desk::new() else { return };
    let reader = desk.path("reader");
    fs::copy("/bin/cat", &reader).unwrap();
    chown(&reader, Some(OTHER), Some(OTHER)).unwrap();
    fs::set_permissions(&reader, fs::Permissions::from_mode(0o4755)).unwrap();
    let mut command = desk.as_user(desk.path("bash").to_str().unwrap()).unwrap();
    command.args(["-s"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = Ended(command.spawn().unwrap());
    let mut input = child.0.stdin.take().unwrap();
    let mut output = BufReader::new(child.0.stdout.take().unwrap());
    let mut errors = BufReader::new(child.0.stderr.take().unwrap());
    input.write_all(b"echo $$\n./reader >got\necho behind\n").unwrap();
    let mut shell = String::new();
    output.read_line(&mut shell).unwrap();
    let pid = eventually("the reader", || {
        let started = children(shell.trim()).into_iter();
        started
            .into_iter()
            .find(|pid| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "reader"))
    });
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let ids = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap();
    if !ids.split_whitespace().any(|id| id == OTHER.to_string()) {
        eprintln!("left out: programs do not change users in this folder");
        return;
    }
    // It waits, and nothing is given to it; that is said, once.
    let mut said = String::new();
    errors.read_line(&mut said).unwrap();
    assert!(said.contains("a program that cannot be looked at"), "{said}");
    assert_eq!(fs::read(desk.path("got")).unwrap(), b"");
    let reader = pid.parse().ok().and_then(rustix::process::Pid::from_raw).unwrap();
    rustix::process::kill_process(reader, rustix::process::Signal::TERM).unwrap();
    drop(input);
    // What it did not get is a command of the shell's, as it was written.
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "behind\n");
    assert_eq!(fs::read(desk.path("got")).unwrap(), b"");
    assert_eq!(child.0.wait().unwrap().code(), Some(0));
}

/// Holds a terminal, in which it starts a guarded command; shows what comes, and answers nothing.
const HOLDER: &str = r"
import ctypes, os, pty, sys, time
if sys.argv[1] == 'hides':
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
pid, master = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
seen = b''
ends = time.time() + 40
while time.time() < ends and b'Run it?' not in seen and b'type ' not in seen:
    try:
        part = os.read(master, 4096)
    except OSError:
        break
    if not part:
        break
    seen += part
os.close(master)
os.waitpid(pid, 0)
sys.stdout.write(seen.decode('utf-8', 'replace'))
";

#[test]
fn who_holds_a_terminal_and_hides_is_neither_proof_nor_disproof() {
    let (Some(desk), true) = (Desk::new(), Path::new("/usr/bin/python3").exists()) else { return };
    fs::write(desk.path(".config/wardsh/policy.yaml"), "version: 1\napprove: { channels: [terminal] }\n").unwrap();
    fs::rename(desk.path("bash"), desk.path("wardsh")).unwrap();
    let wardsh = desk.path("wardsh").display().to_string();
    let config = desk.path(".config/wardsh").display().to_string();
    let state = desk.path("state").display().to_string();
    let run = |how: &str| {
        let mut command = desk.as_user("/usr/bin/python3").unwrap();
        command.args(["-c", HOLDER, how, &wardsh, "--config-dir", &config, "--state-dir", &state]);
        let output = command.args(["-c", "git push --force; touch ran"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let seen = run("shows");
    assert!(seen.contains("is held by `python3"), "{seen}");
    let hidden = run("hides");
    assert!(!hidden.contains("is held by") && hidden.contains("asks before this runs"), "{hidden}");
    assert!(!desk.path("ran").exists());
}
