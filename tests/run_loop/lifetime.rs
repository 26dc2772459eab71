//! Who outlives whom, and who gets which signal.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::relay::shell;
use super::{Test, own, within};

pub(super) const TESTS: &[Test] = &[
    ("a_background_job_holds_up_the_end_of_output_only", background),
    ("a_background_job_with_outputs_of_its_own_holds_nothing", redirected),
    ("a_chatty_background_job_does_not_hold_the_status", chatty),
    ("killing_the_group_ends_everything", group_kill),
    ("killing_the_leader_leaves_no_shell", leader_kill),
    ("an_interrupt_arrives_once", interrupts),
    ("other_signals_reach_the_shell", others),
    ("ignored_signals_stay_ignored", ignored),
    ("a_program_that_ends_while_we_are_stopped_is_heard", ends_meanwhile),
    ("no_child_is_left_to_reap", children),
];

fn background() {
    let line = "(while [ ! -e \"$GO\" ]; do sleep 0.02; done; echo late) & echo hi; exit 3";
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    let mut child = shell(true, line).env("GO", &go).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(child.wait().unwrap().code(), Some(3), "the status comes at once");
    let mut text = String::new();
    out.read_line(&mut text).unwrap();
    assert_eq!(text, "hi\n");
    std::fs::write(&go, "").unwrap();
    text.clear();
    out.read_to_string(&mut text).unwrap();
    assert_eq!(text, "late\n", "and what comes later arrives, with the end");
}

fn redirected() {
    let mut child = shell(true, "sleep 1000 >/dev/null 2>&1 & echo $!").stdout(Stdio::piped()).spawn().unwrap();
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(Command::new("kill").arg(text.trim()).status().unwrap().success(), "the job lives");
}

fn chatty() {
    let mut child = shell(true, "yes & echo $! >&2").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let reader = thread::spawn(move || {
        let mut buffer = vec![0; 65536];
        while out.read(&mut buffer).is_ok_and(|count| count > 0) {}
    });
    assert!(within(|| child.try_wait().unwrap().is_some()));
    let mut text = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut text).unwrap();
    assert!(Command::new("kill").arg(text.trim()).status().unwrap().success());
    reader.join().unwrap();
}

/// A line under the loop in a process group of its own; it has said that it is ready.
fn ready(line: &str, group: bool) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut command = shell(true, line);
    command.stdout(Stdio::piped());
    if group {
        command.process_group(0);
    }
    let mut child = command.spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    out.read_line(&mut text).unwrap();
    assert_eq!(text, "ready\n");
    (child, out)
}

fn kill(target: i64, signal: &str) {
    let status = Command::new("kill").args([&format!("-{signal}"), "--", &target.to_string()]).status();
    assert!(status.unwrap().success(), "{signal} to {target}");
}

fn gone(group: u32) -> bool {
    let running = Command::new("ps").args(["-eo", "pgid=,stat="]).output().unwrap().stdout;
    let text = String::from_utf8(running).unwrap();
    let group = group.to_string();
    !text.lines().any(|line| {
        let mut fields = line.split_whitespace();
        fields.next() == Some(&group) && !fields.next().unwrap_or("Z").starts_with('Z')
    })
}

fn group_kill() {
    // Before the shell's end, and after it.
    let (mut child, mut out) = ready("sleep 1000 & echo ready; sleep 1000", true);
    kill(-i64::from(child.id()), "KILL");
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    out.read_to_end(&mut Vec::new()).unwrap();
    assert!(within(|| gone(child.id())));
    let (mut child, mut out) = ready("sleep 1000 & echo ready", true);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    kill(-i64::from(child.id()), "KILL");
    out.read_to_end(&mut Vec::new()).unwrap();
    assert!(within(|| gone(child.id())));
}

fn leader_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let line = format!("echo ready; sleep 0.5; touch {}", mark.display());
    let (mut child, mut out) = ready(&line, true);
    kill(child.id().into(), "KILL");
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    out.read_to_end(&mut Vec::new()).unwrap();
    assert!(within(|| gone(child.id())));
    assert!(!mark.exists(), "the rest of the line never runs");
}

fn interrupts() {
    let line = "trap 'echo got' INT; echo ready; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.05; done; exit 7";
    for (name, group, to_group) in
        [("leader of a group", true, false), ("group", true, true), ("member of our group", false, false)]
    {
        let (mut child, mut out) = ready(line, group);
        // So long that the witness is there.
        thread::sleep(Duration::from_millis(100));
        let pid = i64::from(child.id());
        kill(if to_group { -pid } else { pid }, "INT");
        let mut text = String::new();
        out.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), child.wait().unwrap().code()), ("got\n", Some(7)), "{name}");
    }
    // Twice in a row, to the group.
    let (mut child, mut out) = ready(line, true);
    thread::sleep(Duration::from_millis(100));
    for _ in 0..2 {
        kill(-i64::from(child.id()), "INT");
        thread::sleep(Duration::from_millis(150));
    }
    let mut text = String::new();
    out.read_to_string(&mut text).unwrap();
    assert_eq!((text.as_str(), child.wait().unwrap().code()), ("got\ngot\n", Some(7)));
}

fn others() {
    for signal in ["TERM", "HUP", "USR1", "USR2", "QUIT", "ALRM"] {
        let line = format!("trap 'echo got; exit 6' {signal}; echo ready; while :; do sleep 0.02; done");
        let (mut child, mut out) = ready(&line, true);
        thread::sleep(Duration::from_millis(50));
        kill(child.id().into(), signal);
        let mut text = String::new();
        out.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), child.wait().unwrap().code()), ("got\n", Some(6)), "{signal}");
    }
    let start = Instant::now();
    let (mut child, _out) = ready("echo ready; exec sleep 1000", true);
    kill(child.id().into(), "TERM");
    assert_eq!(child.wait().unwrap().signal(), Some(15));
    assert!(start.elapsed() < Duration::from_secs(60));
}

fn ignored() {
    let line = "trap '' HUP INT PIPE CHLD; exec \"$SH\" -c 'grep SigIgn /proc/self/status; sleep 0; echo $?'";
    let run = |sh: &std::ffi::OsStr| Command::new(super::BASH).args(["-c", line]).env("SH", sh).output().unwrap();
    let (bare, under) = (run(super::BASH.as_ref()), run(own().as_os_str()));
    assert_eq!(String::from_utf8_lossy(&under.stdout), String::from_utf8_lossy(&bare.stdout));
}

fn children() {
    let (mut child, mut out) = ready("echo ready; sleep 0.2 & exec true", true);
    child.wait().unwrap();
    out.read_to_end(&mut Vec::new()).unwrap();
    assert!(within(|| gone(child.id())));
}

/// The whole group goes on, and the program is quicker than we are.
fn ends_meanwhile() {
    let mut child = shell(true, "echo $$; kill -STOP $$; exit 3").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let state = |pid: &str| {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        text.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next())
    };
    let (program, own) = (line.trim().to_owned(), child.id().to_string());
    let tell = |pid: &str| assert!(Command::new("kill").args(["-CONT", pid]).status().unwrap().success());
    assert!(within(|| state(&own) == Some('T')));
    tell(&program);
    assert!(within(|| state(&program) == Some('Z')));
    tell(&own);
    assert_eq!(child.wait().unwrap().code(), Some(3));
}
