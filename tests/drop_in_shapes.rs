//! Every shape in which a shell is called, with something dangerous in it: it is refused and nothing runs.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a failure is a panic, what is left out is said")]

use std::fs::File;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A home folder with links named like shells.
struct Desk {
    dir: tempfile::TempDir,
}

/// Judged, never handed to a shell: a marker is touched first, so that it shows if the text ran.
const DANGER: &str = "touch ran; rm -rf \"$HOME\"/* ~";

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in ["bash", "zsh", "dash", "sh"] {
            symlink(env!("CARGO_BIN_EXE_wardsh"), dir.path().join(name)).unwrap();
        }
        let desk = Self { dir };
        desk.write("bad.sh", &format!("echo start\n{DANGER}\n"));
        desk.write("good.sh", "echo good \"$@\"\n");
        // Nobody is there to answer.
        std::fs::create_dir_all(desk.dir.path().join(".config/wardsh")).unwrap();
        desk.write(".config/wardsh/policy.yaml", "version: 1\napprove: { channels: [] }\n");
        desk
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join(name), text).unwrap();
    }

    fn command(&self, shell: &str) -> Command {
        let mut command = Command::new(self.dir.path().join(shell));
        command.current_dir(self.dir.path()).env_clear().env("HOME", self.dir.path());
        command.env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").stdin(Stdio::null());
        command
    }

    fn ran(&self) -> bool {
        self.dir.path().join("ran").exists()
    }
}

fn is_here(shell: &str) -> bool {
    let here = Path::new("/bin").join(shell).exists();
    if !here {
        eprintln!("left out: {shell} is not installed");
    }
    here
}

fn refused(output: &Output) -> bool {
    output.status.code() == Some(126) && output.stdout.is_empty() && output.stderr.starts_with(b"wardsh: refused")
}

#[test]
fn danger_is_refused_in_every_shape() {
    let desk = Desk::new();
    let shapes: &[(&str, &[&str], Option<&str>)] = &[
        ("", &["-c", DANGER], None),
        ("", &["-lc", DANGER], None),
        ("", &["-c", "-l", DANGER], None),
        ("", &["-ic", DANGER], None),
        ("", &["-c", "--", DANGER], None),
        ("", &["-c", "eval \"$1\"", "x", DANGER], None),
        ("", &["-c", "\"$@\"", "x", "rm", "-rf", "/"], None),
        ("", &["-c", "rm -rf \"$1\"/*", "x"], None),
        ("", &["-n", "+n", "-c", DANGER], None),
        ("", &["bad.sh"], None),
        ("", &["./bad.sh", "a"], None),
        ("", &["-e", "--", "bad.sh"], None),
        ("", &["/dev/stdin"], Some("bad.sh")),
        ("", &[], Some("bad.sh")),
        ("", &["-s", "a", "b"], Some("bad.sh")),
        ("", &["-"], Some("bad.sh")),
        ("bash", &["-in", "-c", DANGER], None),
        ("bash", &["-O", "extglob", "-c", DANGER, "--", "x"], None),
        ("bash", &["--norc", "-c", DANGER], None),
        ("bash", &["-norc", "-c", DANGER], None),
        ("bash", &["--rcfile", "bad.sh", "-ic", "ls"], None),
        ("bash", &["-so", "pipefail"], Some("bad.sh")),
        ("zsh", &["-fc", DANGER], None),
        ("zsh", &["-o", "extendedglob", "-c", DANGER, "--", "x"], None),
        ("zsh", &["--emulate", "sh", "-c", DANGER], None),
        ("zsh", &["-cb", DANGER], None),
        ("dash", &["-s", "-c", "echo x"], Some("bad.sh")),
        ("dash", &["-in", "-c", DANGER], None),
    ];
    for shell in ["bash", "zsh", "dash", "sh"] {
        for (only, args, stdin) in shapes {
            if !is_here(shell) || !(only.is_empty() || *only == shell) {
                continue;
            }
            let mut command = desk.command(shell);
            if let Some(file) = stdin {
                command.stdin(File::open(desk.dir.path().join(file)).unwrap());
            }
            let output = command.args(*args).output().unwrap();
            assert!(refused(&output), "{shell} {args:?}: {output:?}");
            assert!(!desk.ran(), "{shell} {args:?}");
        }
    }
    // On Linux `/dev/stdin` is opened anew: what was read of it already runs all the same.
    if cfg!(target_os = "linux") {
        let mut read = File::open(desk.dir.path().join("bad.sh")).unwrap();
        std::io::Seek::seek(&mut read, std::io::SeekFrom::End(0)).unwrap();
        let output = desk.command("bash").arg("/dev/stdin").stdin(read).output().unwrap();
        assert!(refused(&output), "{output:?}");
    }
    // A script that bash finds through PATH.
    std::fs::create_dir(desk.dir.path().join("bin")).unwrap();
    std::fs::copy(desk.dir.path().join("bad.sh"), desk.dir.path().join("bin/far.sh")).unwrap();
    let output = desk.command("bash").env("PATH", desk.dir.path().join("bin")).arg("far.sh").output().unwrap();
    assert!(refused(&output), "{output:?}");
}

/// The folder stands for nobody's home: where the guard fails, only it is lost.
#[test]
fn what_the_environment_brings_runs_first_and_is_judged_first() {
    let desk = Desk::new();
    let bad = desk.dir.path().join("bad.sh");
    std::fs::create_dir(desk.dir.path().join("z")).unwrap();
    std::fs::copy(&bad, desk.dir.path().join("z/.zshenv")).unwrap();
    let (bad, z) = (bad.to_str().unwrap(), desk.dir.path().join("z"));
    let function = format!("() {{ {DANGER}; }}");
    let table = [
        ("bash", "BASH_ENV", bad),
        ("bash", "BASH_ENV", "$HOME/bad.sh"),
        ("bash", "BASH_ENV", "$(touch ran; rm -rf ~)"),
        ("bash", "BASH_FUNC_ls%%", &function),
        ("bash", "PS4", "+ $(touch ran; rm -rf ~) "),
        ("zsh", "ZDOTDIR", z.to_str().unwrap()),
    ];
    for (shell, name, value) in table {
        if is_here(shell) {
            let output = desk.command(shell).env(name, value).args(["-c", "ls"]).output().unwrap();
            assert!(!desk.ran(), "{name}={value}");
            assert!(refused(&output), "{name}={value}: {output:?}");
        }
    }
    let output = desk.command("bash").env("BASH_FUNC_hi%%", "() { echo hi; }").args(["-c", "hi"]).output().unwrap();
    assert_eq!(output.stdout, b"hi\n", "{output:?}");
}

/// A pipe behind a descriptor is read to its end, judged, and stands there again; one with a name would be read twice.
#[test]
fn a_script_that_is_a_pipe_is_judged_or_refused() {
    let desk = Desk::new();
    let fifo = desk.dir.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let output = desk.command("bash").arg("fifo").output().unwrap();
    assert_eq!(output.status.code(), Some(126));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard input"), "{output:?}");
    // As that says.
    let writer = fifo.clone();
    let writing = std::thread::spawn(move || std::fs::write(writer, "echo one\nX=two\necho $X $0\n"));
    let output = desk.command("bash").stdin(File::open(&fifo).unwrap()).output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.stdout.starts_with(b"one\ntwo "), "{output:?}");
    for shell in ["bash", "zsh", "dash"] {
        if !is_here(shell) || !cfg!(target_os = "linux") {
            continue;
        }
        let call = |before: &str, path: &str| {
            let mut launcher = Command::new("/bin/bash");
            launcher.args(["-c", &format!("{before}; exec \"$@\"\n"), "x"]).arg(desk.dir.path().join(shell)).arg(path);
            launcher.current_dir(desk.dir.path()).env_clear().env("HOME", desk.dir.path());
            launcher.env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").stdin(Stdio::null()).output().unwrap()
        };
        for (before, path) in [
            ("exec 5< <(cat bad.sh)", "/dev/fd/5"),
            ("exec 5< <(printf 'touch ran; rm -rf '; sleep 0.1; echo '~')", "/proc/self/fd/5"),
            ("exec 5<bad.sh", "/dev/fd/5"),
            // What was read of it already runs all the same.
            ("exec 5<bad.sh; cat <&5 >/dev/null", "/dev/fd/5"),
            ("exec 5< <(yes '# x' | head -n 2000000)", "/dev/fd/5"),
        ] {
            let output = call(before, path);
            let text = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(126), "{shell} {before}: {output:?}");
            assert!(text.starts_with("wardsh: refused") && !desk.ran(), "{shell} {before}: {text}");
        }
        // Nobody writes into it once it was judged.
        let output = call("exec 5< <(echo 'echo x 2>/dev/null >>/dev/fd/5; echo end')", "/dev/fd/5");
        assert_eq!(output.stdout, b"end\n", "{shell}: {output:?}");
    }
}

/// A path is a script, and so is a file that is there, where it bears no subcommand's name.
#[test]
fn wardsh_runs_a_script() {
    let desk = Desk::new();
    let run = |name: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wardsh"));
        command.current_dir(desk.dir.path()).env_clear().env("HOME", desk.dir.path()).env("PATH", "/usr/bin:/bin");
        command.args([name, "a", "--json"]).stdin(Stdio::null()).output().unwrap()
    };
    desk.write("status", "echo a file\n");
    for name in ["good.sh", "./good.sh"] {
        assert_eq!(run(name).stdout, b"good a --json\n", "{name}");
    }
    assert!(refused(&run("bad.sh")) && refused(&run("./bad.sh")) && !desk.ran());
    assert_eq!(run("./no-such.sh").status.code(), Some(127));
    for name in ["status", "no-such"] {
        assert_eq!(run(name).status.code(), Some(2), "{name}");
    }
}

#[test]
fn a_shell_that_is_not_there_is_named() {
    let desk = Desk::new();
    let missing = ["zsh", "dash"].into_iter().find(|shell| !Path::new("/bin").join(shell).exists());
    let Some(shell) = missing else {
        eprintln!("left out: every shell is installed here");
        return;
    };
    let output = desk.command(shell).args(["-c", "echo x"]).output().unwrap();
    assert_eq!(output.status.code(), Some(127));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with(&format!("wardsh: no real {shell} was found")));
}

#[test]
fn the_environment_does_not_say_which_shell_is_real() {
    let desk = Desk::new();
    let fake = desk.dir.path().join("fake");
    std::fs::create_dir(&fake).unwrap();
    for name in ["bash", "sh", "env"] {
        std::fs::write(fake.join(name), "#!/bin/false\n").unwrap();
        std::fs::set_permissions(fake.join(name), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    let output = desk
        .command("bash")
        .env("PATH", format!("{}:/usr/bin:/bin", fake.display()))
        .env("SHELL", fake.join("bash"))
        .env("BASH", fake.join("bash"))
        .args(["-c", "echo $BASH_VERSION"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(!output.stdout.is_empty());
}

#[test]
fn one_program_runs_without_a_shell() {
    let desk = Desk::new();
    let wardsh = PathBuf::from(env!("CARGO_BIN_EXE_wardsh"));
    let run = |args: &[&str]| {
        let mut command = Command::new(&wardsh);
        command.current_dir(desk.dir.path()).env_clear().env("HOME", desk.dir.path()).env("PATH", "/usr/bin:/bin");
        command.arg("run").args(args).stdin(Stdio::null()).output().unwrap()
    };
    let output = run(&["--", "printf", "%s|", "a b", "--", "$HOME", "*", "-x"]);
    assert_eq!((output.stdout.as_slice(), output.status.code()), (&b"a b|--|$HOME|*|-x|"[..], Some(0)), "{output:?}");
    assert_eq!(run(&["--", "sh", "-c", "exit 9"]).status.code(), Some(9));
    assert_eq!(run(&["--", "no-such-program"]).status.code(), Some(127));
    assert_eq!(run(&["--", "./good.sh"]).status.code(), Some(126), "not executable");
    assert_eq!(run(&["--", "if", "x"]).status.code(), Some(127));
    for args in [
        &["--", "rm", "-rf", "/"][..],
        &["--", "sh", "-c", DANGER],
        &["--", "env", "X=1", "bash", "-c", DANGER],
        &["--", "sh", "bad.sh"],
    ] {
        assert!(refused(&run(args)), "{args:?}");
        assert!(!desk.ran());
    }
    // What a shell would expand is only a word here.
    assert_eq!(run(&["--", "echo", "$(rm -rf ~)", "; rm -rf /"]).status.code(), Some(0));
}

const CURSOR: &str = "snap=$(command cat <&3) && builtin shopt -s extglob && builtin eval -- \"$snap\" && { builtin set +u 2>/dev/null || true; builtin eval \"${__CURSOR_SANDBOX_ENV_RESTORE:-}\" 2>/dev/null; builtin export PWD=\"$(builtin pwd)\"; builtin shopt -s expand_aliases 2>/dev/null; builtin eval \"$1\" < /dev/null; }; COMMAND_EXIT_CODE=$?; dump_bash_state >&4; builtin exit $COMMAND_EXIT_CODE";

/// Cursor hands the earlier shell's state in through a pipe, and takes the new one from descriptor 4.
#[test]
fn cursors_state_is_judged_and_still_arrives() {
    let desk = Desk::new();
    let call = |state: &str, command: &str, restore: &str| {
        // The launcher makes the pipe; `cat` is on its other end.
        desk.write("state", state);
        let _ = std::fs::remove_file(desk.dir.path().join("out4"));
        let launcher = "exec 3< <(cat state) 4>out4; exec \"$0\" -O extglob -c \"$1\" -- \"$2\"";
        Command::new("/bin/bash")
            .args(["-c", launcher])
            .arg(desk.dir.path().join("bash"))
            .args([CURSOR, command])
            .current_dir(desk.dir.path())
            .env_clear()
            .env("HOME", desk.dir.path())
            .env("PATH", "/usr/bin:/bin")
            .env("__CURSOR_SANDBOX_ENV_RESTORE", restore)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    let dump = "dump_bash_state() {\n  builtin printf '%s\\n' \"$PWD\"\n  builtin export -p\n}\n";
    let state = format!(
        "cursor_snap=$(command base64 -d <<'E'\nZXhwb3J0IEdSRUVUSU5HPWhlbGxvCg==\nE\n)\neval \"$cursor_snap\"\ngreet() {{ echo \"$GREETING\"; }}\n{dump}"
    );
    let output = call(&state, "greet; echo 'a' \"b\"; exit 3", "");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "hello\na b\n", "{output:?}");
    let output = call(&state, "greet; (exit 3)", "");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let written = std::fs::read_to_string(desk.dir.path().join("out4")).unwrap();
    assert!(written.contains("GREETING"), "{written}");
    for (state, command, restore) in [
        (state.as_str(), DANGER, ""),
        (&format!("{state}\n{DANGER}\n"), "ls", ""),
        (&format!("{state}\nls() {{ {DANGER}; }}\n"), "ls", ""),
        (&format!("{state}\nalias ls='{}'\n", DANGER.replace('\'', "'\\''")), "ls", ""),
        (&format!("dump_bash_state() {{ {DANGER}; }}\n"), "ls", ""),
        (state.as_str(), "ls", DANGER),
    ] {
        let output = call(state, command, restore);
        assert!(refused(&output), "{command}: {output:?}");
        assert!(!desk.ran(), "{command}");
    }
    // Smuggled into the text around it: no envelope, and code that cannot be seen.
    let smuggled = CURSOR.replace("dump_bash_state >&4", "dump_bash_state >&4; rm -rf \"$HOME\"");
    let output = desk.command("bash").args(["-c", &smuggled, "--", "ls"]).output().unwrap();
    assert!(refused(&output), "{output:?}");
}
