//! `wardsh -c` beside the real shell: the same bytes, the same status; and what a refusal looks like.
#![allow(clippy::unwrap_used, reason = "a failure is a panic")]

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A throw-away folder with links named like shells.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in ["bash", "sh", "dash"] {
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_wardsh"), dir.path().join(name)).unwrap();
        }
        Self { dir }
    }

    fn link(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, program: &std::path::Path, argv0: &str, args: &[&str]) -> Output {
        Command::new(program)
            .arg0(argv0)
            .args(args)
            .current_dir(self.dir.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.dir.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }
}

#[test]
fn what_may_run_runs_as_in_the_real_shell() {
    let place = Place::new();
    let table: &[&[&str]] = &[
        &["-c", "echo out; echo err >&2; exit 7"],
        &["-c", "printf '%s\\n' \"$0\" \"$@\"", "name", "a b", "--", ""],
        &["-lc", "echo $-"],
        &["-c", "-l", "echo x"],
        &["-ec", "false; echo not reached"],
        &["-c", "kill -TERM $$"],
        &["-c", "echo $SHLVL"],
        &["-c", "cat <<EOF\n$((6*7))\nEOF"],
        &["-c", "printf '\\377\\000\\n'"],
        &["-c", "no-such-program-here"],
        &["-c", "echo 'unclosed"],
        &["-c", "yes | head -n 1"],
        &["-c", "--", "echo x"],
        &["-c"],
        &["-n", "-c", "echo x"],
        &["-c", "trap 'echo bye' EXIT; exit 3"],
    ];
    for shell in ["bash", "sh", "dash"] {
        let real = PathBuf::from(format!("/bin/{shell}"));
        if !real.exists() {
            continue;
        }
        for args in table {
            let (theirs, ours) = (place.run(&real, shell, args), place.run(&place.link(shell), shell, args));
            assert_eq!(ours.stdout, theirs.stdout, "{shell} {args:?}");
            assert_eq!(
                String::from_utf8_lossy(&ours.stderr),
                String::from_utf8_lossy(&theirs.stderr),
                "{shell} {args:?}"
            );
            assert_eq!(ours.status.code(), theirs.status.code(), "{shell} {args:?}");
            assert_eq!(ours.status.signal(), theirs.status.signal(), "{shell} {args:?}");
        }
    }
}

#[test]
fn a_refusal_says_what_why_and_what_instead_and_runs_nothing() {
    let place = Place::new();
    let marker = place.dir.path().join("ran");
    // Nothing but the judgement is dangerous: the line is never handed to a shell.
    let line = format!("touch {} && rm -rf \"$HOME\"", marker.display());
    let output = place.run(&place.link("bash"), "bash", &["-c", &line]);
    assert_eq!(output.status.code(), Some(126));
    assert!(output.stdout.is_empty());
    assert!(!marker.exists());
    let text = String::from_utf8(output.stderr).unwrap();
    for part in ["wardsh: refused: touch", "rule: files.", "why: ", "it would: fs.delete", "hint: "] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_broken_policy_stops_everything() {
    let place = Place::new();
    std::fs::write(place.dir.path().join(".wardsh.yaml"), "version: 1\nprofile: stric\n").unwrap();
    let output = place.run(&place.link("bash"), "bash", &["-c", "echo x"]);
    assert_eq!(output.status.code(), Some(125));
    assert!(output.stdout.is_empty());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains(".wardsh.yaml:2:10: unknown profile `stric`"), "{text}");
}

#[test]
fn a_project_may_tighten_and_an_agent_may_not_loosen() {
    let place = Place::new();
    let check =
        |line: &str| place.run(&PathBuf::from(env!("CARGO_BIN_EXE_wardsh")), "wardsh", &["check", line]).status.code();
    assert_eq!(check("make-believe --now"), Some(0));
    std::fs::write(place.dir.path().join(".wardsh.yaml"), "version: 1\nprofile: strict\n").unwrap();
    assert_eq!(check("make-believe --now"), Some(10));
    let loosen = "version: 1\nprofile: relaxed\nrules:\n  - { rule: files.delete-home, decision: allow }\n";
    std::fs::write(place.dir.path().join(".wardsh.yaml"), loosen).unwrap();
    assert_eq!(check("rm -rf ~"), Some(20));
}

#[test]
fn only_a_person_may_trust_or_except() {
    let place = Place::new();
    let file = place.dir.path().join("p.yaml");
    std::fs::write(&file, "version: 1\n").unwrap();
    let state = place.dir.path().join("state");
    let (file, state) = (file.to_str().unwrap(), state.to_str().unwrap());
    let wardsh = PathBuf::from(env!("CARGO_BIN_EXE_wardsh"));
    for args in [
        vec!["--state-dir", state, "policy", "trust", file],
        vec!["--state-dir", state, "policy", "untrust", file],
        vec!["--state-dir", state, "policy", "except", "--reason", "x", "--until", "2030-01-01", "--", "ls"],
    ] {
        let output = place.run(&wardsh, "wardsh", &args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("person"), "{args:?}");
    }
    assert!(!place.dir.path().join("state").exists());
}

#[test]
fn equal_actions_have_equal_digests() {
    let place = Place::new();
    let wardsh = PathBuf::from(env!("CARGO_BIN_EXE_wardsh"));
    let digest = |line: &str| {
        let output = place.run(&wardsh, "wardsh", &["check", "--json", line]);
        let verdict: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        verdict["digest"].as_str().unwrap().to_owned()
    };
    assert_eq!(digest("rm -rf ~"), digest("rm -rf ~"));
    assert_ne!(digest("rm -rf ~"), digest("rm -rf ~ "));
    std::fs::write(place.dir.path().join("x.sh"), "echo 1\n").unwrap();
    let before = digest("bash x.sh");
    std::fs::write(place.dir.path().join("x.sh"), "echo 2\n").unwrap();
    assert_ne!(digest("bash x.sh"), before, "a script's content is part of the action");
}

/// In a container the parent, the group's leader and the session's leader live outside of the process namespace and
/// have the number zero.
#[test]
fn a_process_namespace_of_its_own_changes_nothing() {
    let place = Place::new();
    let inside = |command: &str| {
        Command::new("unshare")
            .args(["--user", "--map-root-user", "--pid", "--fork"])
            .arg(place.link("sh"))
            .args(["-c", command])
            .current_dir(place.dir.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", place.dir.path())
            .stdin(Stdio::null())
            .output()
    };
    // The root of the namespace has a home that its user may not look into: nothing runs there.
    if std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(place.dir.path()).unwrap()) != 0 {
        eprintln!("left out: for root only");
        return;
    }
    let allowed = Command::new("unshare").args(["--user", "--map-root-user", "--pid", "--fork", "true"]).status();
    if !allowed.is_ok_and(|status| status.success()) {
        eprintln!("left out: no process namespaces for us here");
        return;
    }
    let run = inside("kill -0 $$; echo ran").unwrap();
    assert_eq!(String::from_utf8_lossy(&run.stdout), "ran\n", "{}", String::from_utf8_lossy(&run.stderr));
    let refused = inside("rm -rf /").unwrap();
    assert_eq!(refused.status.code(), Some(126), "{}", String::from_utf8_lossy(&refused.stderr));
}
