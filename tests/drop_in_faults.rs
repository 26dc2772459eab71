//! In a shell's place on a machine in a bad state: system calls that fail, a root that cannot be written, pipes where files
//! should be. Harmless lines run as ever or are refused aloud; nothing dangerous ever runs.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a failure is a panic, what is left out is said")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const LINE: &str = "echo out; echo err >&2; seq 1 50000 | tail -n 1; exit 3";
const DANGER: &str = "touch ran; rm -rf /";

struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { dir: tempfile::tempdir().unwrap() };
        fs::create_dir(desk.path("config")).unwrap();
        fs::create_dir(desk.path("state")).unwrap();
        fs::write(desk.path("config/policy.yaml"), "version: 1\napprove: { channels: [] }\n").unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs a line, below another program with these words.
    fn run(&self, before: &[&str], line: &str) -> Output {
        let mut words: Vec<String> = before.iter().map(|word| (*word).to_owned()).collect();
        words.push(env!("CARGO_BIN_EXE_wardsh").to_owned());
        for (option, folder) in [("--config-dir", "config"), ("--state-dir", "state")] {
            words.extend([option.to_owned(), self.path(folder).display().to_string()]);
        }
        words.extend(["-c".to_owned(), line.to_owned()]);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(self.dir.path()).env("HOME", self.dir.path());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let started = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if started.elapsed() > Duration::from_secs(60) {
                child.kill().unwrap();
                panic!("{before:?} {line} does not end");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        child.wait_with_output().unwrap()
    }

    #[track_caller]
    fn holds(&self, what: &str, before: &[&str]) -> Output {
        let output = self.run(before, DANGER);
        assert!(!self.path("ran").exists(), "{what}: it ran");
        assert!(output.stdout.is_empty() && !output.status.success(), "{what}: {output:?}");
        output
    }
}

#[track_caller]
fn is_whole(what: &str, output: &Output) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let all = (text(&output.stdout), text(&output.stderr), output.status.code());
    assert_eq!(all, ("out\n50000\n".to_owned(), "err\n".to_owned(), Some(3)), "{what}");
}

#[test]
fn calls_that_fail_change_nothing() {
    let desk = Desk::new();
    let works = Command::new("strace").args(["-o", "/dev/null", "-e", "inject=getpid:error=EINTR", "true"]).output();
    if !works.is_ok_and(|output| output.status.success()) {
        eprintln!("left out: strace does not run here");
        return;
    }
    let strace = |fault: &str| {
        let fault = format!("inject={fault}");
        ["strace", "-o", "/dev/null", "-e", &fault].map(str::to_owned)
    };
    for fault in [
        "poll,ppoll:error=EINTR:when=1+2",
        "pwritev2:error=EINTR:when=1+2",
        "pwritev2:error=EAGAIN:when=1+2",
        "fcntl:error=EINTR:when=2+3",
        "pwrite64:error=ENOSPC",
        "mkdir:error=ENOSPC",
        "mkdir:error=EROFS",
        "rename,renameat,renameat2,link,linkat:error=EROFS",
    ] {
        let words = strace(fault);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        is_whole(fault, &desk.run(&words, LINE));
        assert_eq!(desk.holds(fault, &words).status.code(), Some(126), "{fault}");
    }
    // Wherever a call fails that judging needs: a verdict or a failure, never a run.
    for call in ["openat", "read", "mmap", "statx,newfstatat,fstat", "readlink,readlinkat", "prctl"] {
        for at in [3, 12, 20, 30, 45] {
            for error in ["EIO", "EAGAIN"] {
                let fault = format!("{call}:error={error}:when={at}+2");
                let words = strace(&fault);
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                desk.holds(&fault, &words);
            }
        }
    }
}

#[test]
fn a_root_that_cannot_be_written_is_no_hindrance() {
    let desk = Desk::new();
    let own = desk.dir.path().display().to_string();
    let script = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && cd \"$0\" && exec \"$@\"";
    let before = ["unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-c", script, &own];
    if !Command::new(before[0]).args(&before[1..]).arg("true").output().is_ok_and(|output| output.status.success()) {
        eprintln!("left out: no mount namespaces for us here");
        return;
    }
    is_whole("read-only", &desk.run(&before, LINE));
    assert_eq!(desk.holds("read-only", &before).status.code(), Some(126));
    // The whole tree.
    let script = "mount -o remount,bind,ro / && exec \"$@\"";
    let before = ["unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-c", script, "sh"];
    if Command::new(before[0]).args(&before[1..]).arg("true").output().is_ok_and(|output| output.status.success()) {
        is_whole("read-only root", &desk.run(&before, LINE));
        assert_eq!(desk.holds("read-only root", &before).status.code(), Some(126));
    }
}

#[test]
fn pipes_where_files_should_be_hold_nobody_up() {
    for name in [
        "config/policy.yaml",
        "config/rules/x.yaml",
        ".wardsh.yaml",
        "state/trust.json",
        "state/mask.key",
        "state/running",
    ] {
        let desk = Desk::new();
        fs::create_dir(desk.path("config/rules")).unwrap();
        let _ = fs::remove_file(desk.path(name));
        assert!(Command::new("mkfifo").arg(desk.path(name)).status().unwrap().success());
        let output = desk.run(&[], "echo x");
        assert!(matches!(output.status.code(), Some(0 | 125)), "{name}: {output:?}");
        // Nobody is asked: this is refused whatever policy says.
        desk.holds(name, &[]);
    }
}
