//! Commands that come through a pipe, beside the bare shells: the same bytes and status; and danger in every position.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a failure is a panic, what is left out is said")]

use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A home that may be lost, with links named like shells beside it.
struct Desk {
    dir: tempfile::TempDir,
}

#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    stdout: String,
    stderr: String,
    code: Option<i32>,
    signal: Option<i32>,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in ["bash", "zsh", "dash", "sh"] {
            symlink(env!("CARGO_BIN_EXE_wardsh"), dir.path().join(name)).unwrap();
        }
        let desk = Self { dir };
        std::fs::create_dir_all(desk.home().join(".config/wardsh")).unwrap();
        // Nobody is there to answer.
        desk.write(".config/wardsh/policy.yaml", "version: 1\napprove: { channels: [] }\n");
        desk.write("in", "echo from a file\nexit 4\n");
        desk.write("bad", "touch ran; rm -rf \"$HOME\"/*\n");
        desk
    }

    fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.home().join(name), text).unwrap();
    }

    /// The link for a shell, or the bare one; both under the same name.
    fn command(&self, shell: &str, bare: bool) -> Command {
        let program = if bare { Path::new("/bin").join(shell) } else { self.dir.path().join(shell) };
        let mut command = Command::new(program);
        command.arg0(shell).current_dir(self.home()).env_clear();
        command.env("HOME", self.home()).env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, shell: &str, bare: bool, args: &[&str], input: &[u8]) -> Outcome {
        outcome(self.command(shell, bare).args(args).spawn().unwrap(), input.to_vec(), Duration::ZERO)
    }

    fn ran(&self) -> bool {
        self.home().join("ran").exists()
    }
}

/// Writes the input, whole or byte by byte, and waits for the end.
fn outcome(mut child: Child, input: Vec<u8>, pause: Duration) -> Outcome {
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        if pause.is_zero() {
            let _ = stdin.write_all(&input);
            return;
        }
        for byte in input {
            let _ = stdin.write_all(&[byte]);
            std::thread::sleep(pause);
        }
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Outcome {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        code: output.status.code(),
        signal: output.status.signal(),
    }
}

fn shells(all: &[&'static str]) -> Vec<&'static str> {
    let (here, missing): (Vec<_>, Vec<_>) = all.iter().partition(|shell| Path::new("/bin").join(shell).exists());
    if !missing.is_empty() {
        eprintln!("left out: {missing:?} are not installed");
    }
    here
}

/// Scripts, and the shells to which they say nothing worth comparing.
const SCRIPTS: &[(&str, &[&str])] = &[
    ("", &[]),
    ("# nothing\n\n", &[]),
    ("echo a\necho b >&2\nexit 3\necho rest\n", &[]),
    ("read x\nhello\necho got $x\n", &[]),
    ("while read l; do echo \"<$l>\"; done\none\ntwo it's\n\nthree\n", &[]),
    ("read -t 15 x\nhello\necho got $x\n", &["dash"]),
    ("read -n 3 x\nabcecho rest $x\n", &["dash", "zsh"]),
    ("mapfile -n 2 a\nx\ny\necho \"${a[@]}\"\n", &["dash", "zsh"]),
    ("cat\nfoo\n", &[]),
    ("cat\nfoo\nbar without an end", &[]),
    ("head -n1\nfoo\necho bar\n", &[]),
    ("head -c 5\nabcdeecho rest\n", &[]),
    ("dd bs=1 count=3 2>/dev/null\nabcecho rest\n", &[]),
    ("wc -l\na\nb\nc\n", &[]),
    ("while read l; do echo \"<$l>\"; done | tail -n 2\none\ntwo\nthree\nx=$(y\n", &[]),
    ("(read x; echo \"sub $x\")\ndata\necho after\n", &[]),
    ("bash\necho inner\nexit\necho outer\n", &[]),
    ("echo a\nexec cat\nfoo\nbar\n", &[]),
    ("echo a\nexec < in\necho b\n", &[]),
    ("exec 0<&-\necho x\n", &[]),
    ("cat <<E\n$((6*7))\nE\ncat <<'E'\n$x\nE\necho x\n", &[]),
    ("echo a\necho b", &[]),
    ("echo a\r\necho b\r\n", &[]),
    ("echo a\necho b\nif then\necho c\n", &[]),
    ("echo a\necho )\necho b\n", &[]),
    ("echo a\nif true; then\necho b\n", &[]),
    ("echo a\necho 'x\n", &[]),
    ("for i in 1 2\ndo\n echo $i\ndone\nf() {\n echo f $1\n}\nf x\n", &[]),
    ("echo a \\\n b\necho c |\ncat\ntrue &&\necho d\n", &[]),
    ("set -e\necho a\nfalse\necho b\n", &[]),
    ("sleep 0.1 &\necho a\nwait\necho b\n", &[]),
    ("trap 'echo bye' EXIT\necho a\nexit 4\n", &[]),
    ("echo a\nkill -TERM $$\necho b\n", &[]),
    ("cd /\npwd\n", &[]),
    ("echo $LINENO\n\necho $LINENO\nno-such-program\n", &[]),
    ("x=1\ny=$x\necho $y\n", &[]),
];

#[test]
fn scripts_run_as_in_the_bare_shell() {
    let desk = Desk::new();
    let mut differ = Vec::new();
    for shell in shells(&["bash", "zsh", "dash", "sh"]) {
        for (script, not) in SCRIPTS {
            let family = std::fs::canonicalize(format!("/bin/{shell}")).unwrap();
            if not.iter().any(|not| family.ends_with(not)) {
                continue;
            }
            let bare = desk.run(shell, true, &[], script.as_bytes());
            let ours = desk.run(shell, false, &[], script.as_bytes());
            if ours != bare {
                differ.push(format!("{shell} {script:?}\n  ours {ours:?}\n  bare {bare:?}"));
            }
        }
        let (bare, ours) = [true, false].map(|bare| desk.run(shell, bare, &["-s", "p q"], b"echo $# $1\n")).into();
        assert_eq!(ours, bare, "{shell}");
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[test]
fn a_script_of_a_megabyte_runs_to_its_end() {
    let desk = Desk::new();
    let body = format!("{}\n", "some text that is data and no command ".repeat(25)).repeat(16);
    let mut script = String::new();
    while script.len() < 1 << 20 {
        script.push_str(&format!("wc -c <<'E'\n{body}E\n# a comment\n"));
    }
    script.push_str("echo the end\n");
    for shell in shells(&["bash", "dash"]) {
        let (bare, ours) = [true, false].map(|bare| desk.run(shell, bare, &[], script.as_bytes())).into();
        assert_eq!(ours, bare, "{shell}");
        assert!(ours.stdout.ends_with("the end\n"));
    }
}

#[test]
fn a_writer_that_takes_its_time() {
    let desk = Desk::new();
    // dash takes for commands what is there, which is a question of time.
    for shell in shells(&["bash", "zsh"]) {
        let child = desk.command(shell, false).spawn().unwrap();
        let text = b"read x\nhello\nif true; then\necho \"got $x\"\nfi\ncat\nq\n".to_vec();
        let ours = outcome(child, text, Duration::from_millis(2));
        assert_eq!((ours.stdout.as_str(), ours.code), ("got hello\nq\n", Some(0)), "{shell} {ours:?}");
    }
}

/// As agents do that keep a shell: a command, a mark, and nothing more before the mark has come back.
#[test]
fn a_shell_that_is_kept_answers_each_command() {
    let desk = Desk::new();
    for shell in shells(&["bash", "zsh", "dash"]) {
        let mut child = desk.command(shell, false).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut ask = |text: &str, want: &str| {
            stdin.write_all(text.as_bytes()).unwrap();
            assert_eq!(lines.next().unwrap().unwrap(), want, "{shell} {text:?}");
        };
        for round in 0..20 {
            ask(&format!("x{round}={round}; cd / ; echo END-$x{round}\n"), &format!("END-{round}"));
        }
        ask("for i in 1 2; do\necho $i; done | tail -n 1\n", "2");
        ask("sleep 0.3; echo slow\n", "slow");
        // dash has taken what came with the command already.
        if shell != "dash" {
            ask("read x; echo \"<$x>\"\nfrom the pipe\n", "<from the pipe>");
        }
        drop(stdin);
        assert!(child.wait().unwrap().success(), "{shell}");
    }
}

#[test]
fn what_the_shell_does_not_take_is_left_to_others() {
    let desk = Desk::new();
    for shell in shells(&["bash", "zsh"]) {
        let inner = desk.dir.path().join(shell);
        let script = format!("{}; cat", inner.display());
        let mut outer = desk.command("bash", true);
        outer.args(["-c", &script]);
        let ours = outcome(outer.spawn().unwrap(), b"echo a\nexit 3\nthe rest\n".to_vec(), Duration::ZERO);
        assert_eq!(ours.stdout, "a\nthe rest\n", "{ours:?}");
    }
    // A writer learns that the shell has gone.
    let mut child = desk.command("bash", false).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"exit 5\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(5));
    assert_eq!(stdin.write_all(b"x\n").unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
}

#[test]
fn a_socket_is_as_good_as_a_pipe() {
    let desk = Desk::new();
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let child = desk.command("bash", false).stdin(OwnedFd::from(theirs)).spawn().unwrap();
    ours.write_all(b"read x\nhello\necho got $x\n").unwrap();
    drop(ours);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.stdout.as_slice(), output.status.code()), (&b"got hello\n"[..], Some(0)), "{output:?}");
}

#[test]
fn wardsh_itself_takes_commands_from_a_pipe() {
    let desk = Desk::new();
    for args in [&[][..], &["-s"], &["-"], &["/dev/stdin"]] {
        let mut command = desk.command("bash", true);
        let script = format!("exec -a wardsh {} \"$@\"", env!("CARGO_BIN_EXE_wardsh"));
        command.args(["-c", &script, "x"]).args(args);
        let name = if args == ["/dev/stdin"] { "bash" } else { "wardsh" };
        if name == "bash" {
            command = desk.command("bash", false);
            command.args(args);
        }
        let ours = outcome(command.spawn().unwrap(), b"echo hi\nexit 7\n".to_vec(), Duration::ZERO);
        assert_eq!((ours.stdout.as_str(), ours.code), ("hi\n", Some(7)), "{args:?} {ours:?}");
    }
}

/// A process that has just been started cannot be looked at by a user without privileges, for a moment.
#[test]
fn an_ordinary_user_is_served_as_well() {
    let desk = Desk::new();
    let program = desk.dir.path().join("program");
    std::fs::create_dir(&program).unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_wardsh"), program.join("bash")).unwrap();
    let open = |path: &Path| {
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    };
    [desk.dir.path(), program.as_path(), desk.home().as_path()].into_iter().for_each(open);
    let run = || {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=61234", "--regid=61234", "--clear-groups"]).arg(program.join("bash"));
        command.current_dir(desk.home()).env_clear().env("HOME", desk.home()).env("PATH", "/usr/bin:/bin");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    };
    let is_root = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(desk.dir.path()).unwrap()) == 0;
    if !is_root || run().and_then(|mut child| child.wait()).is_err() {
        eprintln!("left out: needs root, and setpriv");
        return;
    }
    // Another of us cannot be seen; this user has no state folder in which we are known to be above.
    let script = format!("{0}\necho inner\n", program.join("bash").display());
    let ours = outcome(run().unwrap(), script.into_bytes(), Duration::ZERO);
    assert!(ours.code == Some(0) && ours.stderr.contains("another wardsh hands them out"), "{ours:?}");
    for _ in 0..20 {
        let ours = outcome(run().unwrap(), b"echo hi\nread x\nword\necho $x\nexit 7\n".to_vec(), Duration::ZERO);
        assert_eq!((ours.stdout.as_str(), ours.code), ("hi\nword\n", Some(7)), "{ours:?}");
    }
}

/// Scripts of which something is refused; a file `ran` shows where more ran than may, and only the desk's home is lost.
const DANGER: &[(&str, &[&str])] = &[
    ("echo a\ntouch ran; rm -rf ~\n", &[]),
    ("touch ran; rm -rf ~", &[]),
    ("X=~\nrm -rf $X\n", &[]),
    ("f() { rm -rf ~; }\nf\n", &[]),
    ("cd ..\nrm -rf home\n", &[]),
    ("x='rm -rf ~'\neval $x\n", &[]),
    ("printf 'rm -rf ~\\n' > f\n. ./f\n", &[]),
    ("trap 'rm -rf ~' EXIT\n", &[]),
    ("for i in 1\ndo\ntouch ran\nrm -rf ~\ndone\n", &[]),
    ("echo '\n' ; rm -rf ~ #'\n", &[]),
    ("bash <<E\ntouch ran; rm -rf ~\nE\n", &[]),
    // A reader takes the front away.
    ("head -c 5 >/dev/null\nabcdetouch ran; rm -rf ~\n", &[]),
    ("head -c1 >/dev/null\nxrm -rf ~\n", &["dash"]),
    ("dd bs=1 count=3 2>/dev/null\nabctouch ran; rm -rf ~\n", &[]),
    ("read -n 3 x\nabctouch ran; rm -rf ~\n", &["dash"]),
    ("head -c 5 <&0 >/dev/null &\nabcdetouch ran; rm -rf ~\n", &[]),
    // Another shell reads on.
    ("bash\ntouch ran; rm -rf ~\n", &[]),
    ("(read x; sh)\nfoo\ntouch ran; rm -rf ~\n", &[]),
    ("exec bash\ntouch ran; rm -rf ~\n", &[]),
    ("exec 5<&0\nbash <&5\ntouch ran; rm -rf ~\n", &[]),
    // It has a folder and a state of its own.
    ("bash\ncd ..\nrm -rf home\n", &[]),
    ("bash\nX=~\nrm -rf $X\n", &[]),
    ("bash\nf() { touch ran; rm -rf ~; }\nf\n", &[]),
    ("bash\nalias zz='touch ran; rm -rf ~'\nshopt -s expand_aliases\nzz\n", &[]),
    ("cd / && bash\ntrue\ncd - && true\nrm -rf ~\n", &[]),
    (". /dev/stdin\ntouch ran; rm -rf ~\n", &[]),
    // The shell reads on somewhere else.
    ("exec < bad\n", &[]),
    ("exec 0<>bad\n", &[]),
    ("command exec < bad\n", &[]),
    ("f() { exec < bad; }\nf\n", &[]),
    ("exec 3<bad\nexec <&3\n", &[]),
    ("exec <<E\ntouch ran; rm -rf ~\nE\n", &["zsh"]),
    // Somebody writes into its input.
    ("echo 'touch ran; rm -rf ~' > /dev/stdin\n", &[]),
    ("echo 'touch ran; rm -rf ~' > /proc/$$/fd/0\n", &[]),
    ("echo 'touch ran; rm -rf ~' | tee /dev/stdin\n", &[]),
];

#[test]
fn danger_is_refused_in_every_position() {
    for shell in shells(&["bash", "zsh", "dash"]) {
        for (script, not) in DANGER {
            if not.contains(&shell) {
                continue;
            }
            let desk = Desk::new();
            let ours = desk.run(shell, false, &[], script.as_bytes());
            assert!(!desk.ran() && desk.home().join("in").exists(), "{shell} {script:?} {ours:?}");
            assert_eq!(ours.code, Some(126), "{shell} {script:?} {ours:?}");
            assert!(ours.stderr.contains("wardsh: refused: "), "{shell} {script:?} {ours:?}");
        }
    }
}

/// Another of us reads on: the one above looks at what it gets, too.
#[test]
fn a_shell_of_ours_reads_the_same_pipe() {
    let desk = Desk::new();
    let bash = desk.dir.path().join("bash").display().to_string();
    let script = format!("{bash}\necho inner\nexit 3\necho outer $?\n{bash} -s a\necho $1\n");
    let ours = desk.run("bash", false, &[], script.as_bytes());
    assert_eq!((ours.stdout.as_str(), ours.code), ("inner\nouter 3\na\n", Some(0)), "{ours:?}");
    for danger in ["touch ran; rm -rf ~\n", "f() { touch ran; rm -rf ~; }\nf\n", "cd ..\nrm -rf home\n"] {
        let ours = desk.run("bash", false, &[], format!("{bash}\n{danger}").as_bytes());
        assert!(ours.code == Some(126) && !desk.ran() && desk.home().join("in").exists(), "{danger} {ours:?}");
    }
}

#[test]
fn a_refusal_comes_behind_what_has_run_and_ends_the_script() {
    let desk = Desk::new();
    let script = "trap 'echo bye' EXIT\necho before\nrm -rf ~\necho behind\n";
    let ours = desk.run("bash", false, &[], script.as_bytes());
    assert_eq!((ours.stdout.as_str(), ours.code), ("before\nbye\n", Some(126)), "{ours:?}");
    assert!(ours.stderr.starts_with("wardsh: refused: rm -rf ~\n"), "{ours:?}");
    assert!(ours.stderr.contains("the commands before it have run"), "{ours:?}");
    // Nothing had run.
    let ours = desk.run("bash", false, &[], b"rm -rf ~\n");
    assert!(!ours.stderr.contains("have run"), "{ours:?}");
}

#[test]
fn what_the_first_command_changes_counts_for_the_next() {
    let desk = Desk::new();
    // Judged only when the shell waits for it: by then the file says something else.
    desk.write("s.sh", "echo harmless\n");
    let script = "sleep 0.3; cp bad s.sh\nbash s.sh\n";
    let ours = desk.run("bash", false, &[], script.as_bytes());
    assert_eq!(ours.code, Some(126), "{ours:?}");
    assert!(!desk.ran());
    let project = desk.home().join("project");
    std::fs::create_dir(&project).unwrap();
    let child = desk.command("bash", false).current_dir(&project).spawn().unwrap();
    let script = b"touch Cargo.toml\nmkdir -p target/x\ncd target\nrm -r x\necho done\n";
    let ours = outcome(child, script.to_vec(), Duration::ZERO);
    assert_eq!((ours.stdout.as_str(), ours.stderr.as_str(), ours.code), ("done\n", "", Some(0)), "{ours:?}");
}

#[test]
fn a_broken_policy_lets_nothing_run() {
    let desk = Desk::new();
    desk.write(".wardsh.yaml", "version: 1\nprofile: stric\n");
    let ours = desk.run("bash", false, &[], b"touch ran\n");
    assert_eq!((ours.code, desk.ran()), (Some(125), false), "{ours:?}");
}
