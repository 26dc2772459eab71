//! Outputs that are no terminal: bytes, order, status.

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use super::{BASH, Test, own, within};

pub(super) const TESTS: &[Test] = &[
    ("bytes_and_status_are_those_of_bash", bytes_and_status),
    ("death_by_signal_is_passed_on", signals),
    ("death_by_signal_in_a_pipeline", pipeline_status),
    ("closed_descriptors_stay_closed", closed),
    ("few_descriptors_are_enough", few_descriptors),
    ("order_is_kept_where_outputs_are_one", order),
    ("two_opens_without_append_stay_two", two_opens),
    ("a_file_is_shared_with_writers_before_and_after", shared_offset),
    ("a_socket_is_written_to", socket),
    ("a_slow_reader_loses_nothing_and_holds_no_signal_up", slow_reader),
    ("our_caller's_pipe_stays_blocking", blocking),
    ("a_full_device_is_told", full),
    ("what_the_program_closes_is_closed", closes),
    ("loader_variables_reach_the_program", loader),
    ("nobody_else_may_look_into_the_loop", not_dumpable),
];

/// Runs a line with bash, bare or under the loop.
pub(super) fn shell(under: bool, line: &str) -> Command {
    let mut command = Command::new(if under { own() } else { BASH.into() });
    command.args(["-c", line]).stdin(Stdio::null());
    if !under {
        use std::os::unix::process::CommandExt;
        command.arg0("bash");
    }
    command
}

/// The same line both ways.
fn both(line: &str) -> [Output; 2] {
    [false, true].map(|under| shell(under, line).output().unwrap())
}

fn bytes_and_status() {
    let lines = [
        "true",
        "exit 3",
        "echo out; echo err >&2; exit 255",
        "printf 'no newline'",
        "printf '\\0\\377\\200 bytes'",
        "head -c 3000000 /dev/zero",
        "head -c 300000 /dev/zero >&2; exit 1",
        "nonexistent-program",
        "if",
        "echo $0 $# \"$@\"",
        "cat; echo $?",
        "exec echo replaced",
        "ulimit -c; umask; pwd; set -o | md5sum",
        "trap '' USR1; kill -USR1 $$; echo alive",
        "trap 'exit 4' TERM; kill $$; sleep 5",
        "grep -E 'Sig(Blk|Ign)' /proc/self/status",
        "env | grep -v ^_= | sort",
        "kill -STOP $BASHPID & sleep 0.1; kill -CONT $!; wait; echo $?",
        "(sleep 0.1; echo late) & wait",
    ];
    for line in lines {
        let [bare, under] = both(line);
        assert_eq!(under.status, bare.status, "{line}");
        assert!(under.stdout == bare.stdout, "{line}: {}", String::from_utf8_lossy(&under.stdout));
        assert_eq!(String::from_utf8_lossy(&under.stderr), String::from_utf8_lossy(&bare.stderr), "{line}");
    }
}

fn signals() {
    for signal in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 25, 31] {
        let [bare, under] = both(&format!("ulimit -c 0; trap - {signal}; kill -{signal} $$; sleep 0.2; echo alive"));
        assert_eq!(under.status.signal(), bare.status.signal(), "signal {signal}");
        assert_eq!(under.status.code(), bare.status.code(), "signal {signal}");
        assert_eq!(under.stdout, bare.stdout, "signal {signal}");
    }
}

fn pipeline_status() {
    let own = own();
    let lines = [
        "\"$SH\" -c yes | head -n 1; echo ${PIPESTATUS[*]}",
        "\"$SH\" -c 'sleep 0.2; echo a; echo b; sleep 0.1; echo c' | true; echo ${PIPESTATUS[*]}",
        "(trap '' PIPE; \"$SH\" -c 'yes 2>/dev/null; exit 9') | head -n 1; echo ${PIPESTATUS[*]}",
        "\"$SH\" -c 'kill -TERM $$' | cat; echo ${PIPESTATUS[*]}",
        "yes | \"$SH\" -c 'exec <&-; sleep 0.2'; echo ${PIPESTATUS[*]}",
    ];
    for line in lines {
        let run = |sh: &std::ffi::OsStr| Command::new(BASH).args(["-c", line]).env("SH", sh).output().unwrap();
        let (bare, under) = (run(BASH.as_ref()), run(own.as_os_str()));
        assert_eq!(String::from_utf8_lossy(&under.stdout), String::from_utf8_lossy(&bare.stdout), "{line}");
    }
    // A reader that leaves while we are idle is noticed at once.
    let mut child = shell(true, "sleep 1000; echo x").stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    thread::sleep(Duration::from_millis(50));
    assert!(child.try_wait().unwrap().is_none(), "an idle program lives on");
    child.kill().unwrap();
    child.wait().unwrap();
}

fn closed() {
    let own = own();
    for closing in ["<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"] {
        let inner = "cat; echo out; echo err >&2; test -e /proc/self/fd/0 && echo in; ls /proc/self/fd >$OUT/fds";
        let run = |sh: &std::ffi::OsStr| {
            let folder = tempfile::tempdir().unwrap();
            let line = format!("exec -a bash \"$SH\" -c '{inner}' {closing}");
            let output = Command::new(BASH)
                .args(["-c", &line])
                .env("SH", sh)
                .env("OUT", folder.path())
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let fds = fs::read_to_string(folder.path().join("fds")).unwrap_or_default();
            (output.status, output.stdout, String::from_utf8(output.stderr).unwrap(), fds)
        };
        assert_eq!(run(own.as_os_str()), run(BASH.as_ref()), "{closing}");
    }
}

fn few_descriptors() {
    let line = format!("ulimit -n 16; exec '{}' -c 'echo out; echo err >&2; exit 3'", own().display());
    let output = Command::new(BASH).args(["-c", &line]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!((output.stdout, output.stderr), (b"out\n".to_vec(), b"err\n".to_vec()));
    // Where it is not possible, it is said, and nothing runs.
    let line = format!("ulimit -n 5; exec '{}' -c 'echo out'", own().display());
    let output = Command::new(BASH).args(["-c", &line]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout), (Some(125), Vec::new()));
}

/// Writes lines to both outputs by turns.
const TURNS: &str = "for i in {1..1000}; do echo o$i; echo e$i >&2; done";

fn turns() -> String {
    (1..=1000).map(|i| format!("o{i}\ne{i}\n")).collect()
}

fn order() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f");
    let file = file.to_str().unwrap();
    let own = own();
    let rows = [
        ("a pipe", "\"$SH\" -c \"$TURNS\" 2>&1 | cat"),
        ("a pipe by name", "\"$SH\" -c \"$TURNS\" 2>/proc/self/fd/1 | cat"),
        ("a file", "\"$SH\" -c \"$TURNS\" >$F 2>&1; cat $F"),
        ("a file, appending", "\"$SH\" -c \"$TURNS\" >>$F 2>>$F; cat $F"),
    ];
    for (name, line) in rows {
        let _ = fs::remove_file(file);
        let run = Command::new(BASH).args(["-c", line]).env("SH", &own).env("TURNS", TURNS).env("F", file).output();
        assert_eq!(String::from_utf8(run.unwrap().stdout).unwrap(), turns(), "{name}");
    }
}

fn two_opens() {
    let folder = tempfile::tempdir().unwrap();
    let run = |sh: &std::ffi::OsStr| {
        let file = folder.path().join("f");
        let line = "\"$SH\" -c 'echo long line; sleep 0.1; echo e >&2' >$F 2>$F; cat $F";
        Command::new(BASH).args(["-c", line]).env("SH", sh).env("F", file).output().unwrap().stdout
    };
    assert_eq!(run(own().as_os_str()), run(BASH.as_ref()));
}

fn shared_offset() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f");
    let line = "{ echo before; \"$SH\" -c 'echo inside; echo error >&2'; echo after; } >$F 2>&1";
    Command::new(BASH).args(["-c", line]).env("SH", own()).env("F", &file).status().unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "before\ninside\nerror\nafter\n");
    // A second writer that appends.
    let mut other = OpenOptions::new().append(true).open(&file).unwrap();
    let appending = OpenOptions::new().append(true).open(&file).unwrap();
    std::io::Write::write_all(&mut other, b"other\n").unwrap();
    shell(true, "echo mine").stdout(appending).status().unwrap();
    assert!(fs::read_to_string(&file).unwrap().ends_with("after\nother\nmine\n"));
}

fn socket() {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut child = shell(true, "head -c 1000000 /dev/zero; exit 4").stdout(OwnedFd::from(theirs)).spawn().unwrap();
    let mut ours = ours;
    let mut got = Vec::new();
    ours.read_to_end(&mut got).unwrap();
    assert_eq!((got.len(), child.wait().unwrap().code()), (1_000_000, Some(4)));
    // Nobody reads any more.
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut child = shell(true, "exec yes").stdout(OwnedFd::from(theirs)).spawn().unwrap();
    drop(ours);
    assert_eq!(child.wait().unwrap().signal(), Some(13));
}

fn slow_reader() {
    let mut child = shell(true, "head -c 10000000 /dev/zero").stdout(Stdio::piped()).spawn().unwrap();
    thread::sleep(Duration::from_millis(100));
    assert!(child.try_wait().unwrap().is_none(), "it waits for its reader");
    let mut got = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut got).unwrap();
    assert_eq!((got.len(), child.wait().unwrap().code()), (10_000_000, Some(0)));
    // A signal acts though nobody reads.
    let mut child = shell(true, "exec head -c 10000000 /dev/zero").stdout(Stdio::piped()).spawn().unwrap();
    thread::sleep(Duration::from_millis(100));
    sys_kill(child.id(), "TERM");
    assert!(within(|| child.try_wait().unwrap().is_some()), "held up by its reader");
    assert_eq!(child.wait().unwrap().signal(), Some(15));
}

fn sys_kill(pid: u32, signal: &str) {
    assert!(Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).status().unwrap().success());
}

fn blocking() {
    let (read, write) = std::io::pipe().unwrap();
    let status = shell(true, "echo x").stdout(write.try_clone().unwrap()).stdin(read.try_clone().unwrap()).status();
    assert!(status.unwrap().success());
    for fd in [read.as_fd(), write.as_fd()] {
        let flags = rustix::fs::fcntl_getfl(fd).unwrap();
        assert!(!flags.contains(rustix::fs::OFlags::NONBLOCK));
    }
}

fn full() {
    for under in [false, true] {
        let output = shell(under, "echo x").stdout(File::create("/dev/full").unwrap()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("No space left"), "{output:?}");
    }
}

fn closes() {
    let mut child = shell(true, "exec >&-; read x").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut got = Vec::new();
    // The end comes while the program still runs.
    child.stdout.take().unwrap().read_to_end(&mut got).unwrap();
    assert!(child.try_wait().unwrap().is_none() && got.is_empty());
    drop(child.stdin.take());
    child.wait().unwrap();
}

fn loader() {
    let output = shell(true, "echo $LD_LIBRARY_PATH:$LD_BIND_NOW:$LD_DEBUG_OUTPUT")
        .env("LD_LIBRARY_PATH", "/nowhere")
        .env("LD_BIND_NOW", "1")
        .env("LD_DEBUG_OUTPUT", "/nowhere/else")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "/nowhere:1:/nowhere/else\n");
}

fn not_dumpable() {
    let output = shell(true, "echo ready; read x").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut child = output;
    let mut byte = [0];
    child.stdout.as_mut().unwrap().read_exact(&mut byte).unwrap();
    // Its files in /proc belong to root then; as root nothing is to be seen from that.
    let owner = std::os::unix::fs::MetadataExt::uid(&fs::metadata(format!("/proc/{}/maps", child.id())).unwrap());
    assert_eq!(owner, 0);
    drop(child.stdin.take());
    child.wait().unwrap();
}
