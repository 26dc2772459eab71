//! wardsh in a shell's place beside the bare shell: the same output, messages, status and death, class by class.
#![allow(clippy::unwrap_used, reason = "a failure is a panic")]

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One way of calling a shell.
struct Class {
    name: &'static str,
    /// What happens before, in bash: descriptors, limits, signals.
    before: &'static str,
    argv0: Option<&'static str>,
    args: Vec<OsString>,
    /// Whether standard input gives these bytes through a pipe.
    stdin: Option<&'static [u8]>,
    /// Shells to which it means nothing.
    not: &'static [&'static str],
}

fn class(name: &'static str, before: &'static str, args: &[&str]) -> Class {
    let args = args.iter().map(OsString::from).collect();
    Class { name, before, argv0: None, args, stdin: None, not: &[] }
}

fn classes() -> Vec<Class> {
    let c = |name, before, text: &str| class(name, before, &["-c", text]);
    let mut all = vec![
        c("output and status", "", "echo out; echo err >&2; exit 7"),
        c("status above 255", "", "exit 300"),
        c("bytes of every kind", "", "printf '\\377\\000\\n\\033[1m'"),
        c("a program in the shell's place", "", "exec printf x"),
        c("no such command", "", "no-such-program-here"),
        c("a syntax error", "", "echo a; if"),
        c("a folder as a command", "", "./"),
        c("descriptors 3 and 4", "exec 3<in 4>out", "cat <&3; echo four >&4; cat out"),
        c("descriptor 9", "exec 9<in", "cat <&9"),
        c("standard input closed", "exec 0<&-", "echo x; cat; echo $?"),
        c("standard output closed", "exec 1>&-", "echo x; echo $? >&2"),
        c("standard error closed", "exec 2>&-", "echo x; ls no-such-file; echo $?"),
        c("all closed", "exec 0<&- 1>&- 2>&-", "echo x && exit 3; exit 4"),
        c("standard output for reading only", "exec 1<in", "echo x; echo $? >&2; exit 4"),
        c("standard error for reading only", "exec 2<in", "echo x; ls no-such-file; exit 4"),
        c("output to a full disk", "exec 1>/dev/full", "echo x; echo $? >&2"),
        c("sixteen descriptors", "ulimit -n 16", "echo x | cat; exec 5<in; cat <&5"),
        c("SIGPIPE ignored", "trap '' PIPE", "grep -E '^Sig(Blk|Ign)' /proc/self/status"),
        c("SIGINT and SIGHUP ignored", "trap '' INT HUP", "grep -E '^Sig(Blk|Ign)' /proc/self/status"),
        c("signals as they come", "", "grep -E '^Sig(Blk|Ign)' /proc/self/status"),
        c("broken pipe", "", "yes | head -n 1"),
        c("umask", "umask 027", "umask"),
        c("limits", "ulimit -c 0; ulimit -f 1000", "ulimit -c; ulimit -f"),
        c("the environment", "export A=1 'B=x y'; unset _", "env | grep -v '^_=' | sort"),
        c("an odd environment", "export PS4='+x ' 'E=a\nb'", "printf '%s\\n' \"$E\"; set -x; true"),
        c("how deep", "export SHLVL=4", "echo $SHLVL"),
        c("its own parent", "", "echo $PPID | sed 's/[0-9][0-9]*/parent/'"),
        c("flags", "", "echo $-"),
        c("its own name", "", "echo \"$0\""),
        c("killed by itself", "", "kill -TERM $$"),
        c("killed for good", "", "kill -KILL $$"),
        c("a fault", "ulimit -c 0", "kill -SEGV $$"),
        c("interrupted", "", "kill -INT $$; echo after"),
        c("a child that is killed", "", "(sh -c 'kill -9 $$'; echo $?) 2>/dev/null"),
        c("traps", "", "trap 'echo bye' EXIT; trap 'echo usr' USR1; kill -USR1 $$; exit 3"),
        c("background jobs", "", "(sleep 0.05; echo late) & wait; echo done"),
        c("here-documents", "", "cat <<EOF\n$((6*7)) $0\nEOF\ncat <<'EOF'\n$x\nEOF"),
        c("a deleted folder", "mkdir gone; cd gone; rmdir ../gone", "echo x"),
        class("parameters", "", &["-c", "printf '%s|' \"$0\" \"$@\"; echo $#", "name", "a b", "--", "", "-c"]),
        class("login", "", &["-lc", "echo $-; echo x"]),
        class("options behind -c", "", &["-c", "-l", "echo x"]),
        class("errexit", "", &["-ec", "false; echo not reached"]),
        class("login behind -c", "", &["-cl", "echo $-; echo x"]),
        class("login before -c", "", &["-l", "-c", "echo $-; echo x"]),
        class("traced", "", &["-xc", "echo x; f() { echo $1; }; f y"]),
        class("verbose", "", &["-vc", "echo x"]),
        class("unset variables are errors", "", &["-uc", "echo $no_such_variable; echo x"]),
        class("a double dash behind the text", "", &["-c", "printf '%s|' \"$0\" \"$@\"", "--", "a b", "--", "c"]),
        class("a double dash before the text", "", &["-c", "--", "printf '%s|' \"$0\" \"$@\"", "a", "-c"]),
        class("git's alias", "", &["-c", "printf '%s|' one \"$@\"", "printf '%s|' one", "two", "three four"]),
        class("a script of a workflow", "", &["-e", "say.sh"]),
        class("a traced script", "", &["-x", "say.sh", "a"]),
        class("a dash alone", "exec 0<say.sh", &["-"]),
        class("words for standard input", "exec 0<say.sh", &["-s", "--", "-a", "b"]),
        class(
            "snapshot and folder (claude)",
            "",
            &[
                "-c",
                "source snap.sh 2>/dev/null || true && eval 'greet; (exit 3)' < /dev/null && pwd -P >| cwd; s=$?; cat cwd; exit $s",
            ],
        ),
        class(
            "two shells (codex)",
            "",
            &["-c", "if . './snap.sh' >/dev/null 2>&1; then :; fi\n\nexec '/bin/sh' -c 'echo \"$SNAP\"; exit 4'"],
        ),
        class(
            "brackets and jobs (gemini)",
            "",
            &[
                "-c",
                "_bgpids_file=bgpids\n(\n trap 'jobs -p > \"$_bgpids_file\"' EXIT\necho x; exit 6\n)\n__code=$?\nexit $__code",
            ],
        ),
        class("markers (copilot)", "", &["-c", "{ echo BEGIN; (exit 9); EC=$?; echo \"DONE$EC\"; }"]),
        class("no text", "", &["-c"]),
        class("syntax only", "", &["-n", "-c", "echo x"]),
        class("double dash", "", &["-c", "--", "echo x"]),
        class("version", "", &["--version"]),
        class("no such option", "", &["--no-such-option", "-c", "echo x"]),
        class("no such letter", "", &["-Z", "-c", "echo x"]),
        class("a script", "", &["say.sh", "a", "b c"]),
        class("a script by its path", "", &["./say.sh"]),
        class("a script and options", "", &["-e", "--", "say.sh", "-x"]),
        class("a script that a descriptor gives", "exec 5<say.sh", &["/dev/fd/5", "a"]),
        class("a script behind its first line", "exec 5<say.sh; read -r line <&5", &["/proc/self/fd/5", "a"]),
        class("a script that another program writes", "exec 5< <(cat say.sh)", &["/dev/fd/5", "a"]),
        class("a script through a pipe that is empty", "exec 5< <(:)", &["/proc/self/fd/5"]),
        class(
            "a script of 200 kilobytes through a pipe",
            "exec 5< <(yes '# x' | head -n 50000; cat say.sh)",
            &["/dev/fd/5"],
        ),
        class("a script that is not there", "", &["no-such.sh"]),
        class("a script that is a folder", "", &["/"]),
        class("an empty script", "", &["/dev/null"]),
        class("a script on standard input", "exec 0<say.sh", &[]),
        class("a script on standard input, named", "exec 0<say.sh", &["-s", "a", "b"]),
        class("the rest of a script on standard input", "exec 0<say.sh; read -r first", &[]),
        class("a script that reads its own text", "exec 0<reads.sh", &[]),
        class("nothing on standard input", "exec 0</dev/null", &[]),
        class("standard input closed and no text", "exec 0<&-", &[]),
    ];
    all.push(Class { stdin: Some(b"a\0b\xff\nlast"), ..c("binary input", "", "cat | od -c") });
    all.push(Class { stdin: Some(b"one\ntwo\nthree\n"), ..c("input in parts", "", "read x; echo $x; cat") });
    all.push(Class { argv0: Some("-"), ..c("login by name", "", "echo x") });
    all.push(Class { argv0: Some("/bin/"), ..c("a name with a path", "", "echo \"$0\"; nope") });
    let bytes = |name, args: Vec<Vec<u8>>| Class {
        args: args.into_iter().map(OsString::from_vec).collect(),
        ..class(name, "", &[])
    };
    all.push(bytes(
        "words that are not UTF-8",
        vec![b"-c".to_vec(), b"printf '%s' \"$1\xfe\" | od -c".to_vec(), b"x".to_vec(), b"\xff\xc3\x28".to_vec()],
    ));
    let mut large = vec![b"-c".to_vec(), b"echo $#; printf '%s' \"$*\" | wc -c".to_vec(), b"x".to_vec()];
    large.extend((0..15).map(|_| vec![b'a'; 120_000]));
    all.push(bytes("words of two megabytes", large));
    let line = format!("echo {}\n", "a".repeat(194));
    all.push(bytes("a text of 120 kilobytes", vec![b"-c".to_vec(), line.repeat(600).into_bytes()]));
    for class in [
        class("pipefail", "", &["-o", "pipefail", "-c", "false | true; echo $?"]),
        class("pipefail behind -c", "", &["-c", "-o", "pipefail", "false | true; echo $?"]),
        class("bundled", "", &["-euo", "pipefail", "-c", "echo $-; false | true; echo x"]),
    ] {
        all.push(Class { not: &["dash"], ..class });
    }
    for class in [
        class("extglob", "", &["-O", "extglob", "-c", "echo @(in|no)", "--", "x"]),
        class("its own path", "", &["-c", "echo $BASH"]),
        class("no start-up files", "", &["--norc", "--noprofile", "-c", "echo x"]),
        class("a dash and a plus", "", &["+o", "histexpand", "-c", "echo x"]),
        class("translatable strings", "", &["-D", "say.sh"]),
        class("help", "", &["--help"]),
        class("a step of a workflow", "", &["--noprofile", "--norc", "-eo", "pipefail", "say.sh", "a"]),
        class("posix", "", &["--posix", "-c", "echo x; set -o | grep posix"]),
        class("a script with bytes that bash leaves out", "", &["nul.sh"]),
        class("a script with something behind its end", "", &["packed.sh"]),
        class("privileged", "", &["-p", "-c", "echo $-"]),
        class("a start-up file that is not read", "", &["--rcfile", "say.sh", "-c", "echo x"]),
        class("interactive login without a terminal", "", &["-lic", "echo $-"]),
        class("interactive and login without a terminal", "", &["-l", "-i", "-c", "echo x"]),
        class("interactive without a terminal", "", &["-ic", "echo $-"]),
        class("restricted", "", &["-r", "-c", "cd /"]),
        class("a script in PATH", "mkdir -p bin; cp say.sh bin/inpath.sh; PATH=$PWD/bin:$PATH", &["inpath.sh"]),
    ] {
        all.push(Class { not: &["dash", "zsh"], ..class });
    }
    all
}

fn desk(dir: &Path) {
    let _ = std::fs::remove_dir_all(dir);
    std::fs::create_dir(dir).unwrap();
    std::fs::write(dir.join("in"), "from a file\n").unwrap();
    std::fs::write(dir.join("say.sh"), "echo first\necho \"$0|$#|$*\"\nexit 5\n").unwrap();
    std::fs::write(dir.join("nul.sh"), b"ec\0ho a\0b\ncat <<E\nx\0\nE\n").unwrap();
    std::fs::write(dir.join("packed.sh"), b"tail -n 1 \"$0\" | wc -c\nexit 3\n\0\x1f\x8b\xff'\"(").unwrap();
    std::fs::write(dir.join("reads.sh"), "echo before\nread line\nthis is data\necho \"got $line\"\n").unwrap();
    std::fs::write(dir.join("snap.sh"), "SNAP=set\nexport SNAP\ngreet() { echo \"hello $SNAP\"; }\n").unwrap();
    std::fs::write(dir.join(".profile"), "echo profile\n").unwrap();
}

#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    stdout: Vec<u8>,
    stderr: String,
    code: Option<i32>,
    signal: Option<i32>,
}

fn run(class: &Class, program: &Path, shell: &str, dir: &Path) -> Outcome {
    desk(dir);
    let argv0 = format!("{}{shell}", class.argv0.unwrap_or(""));
    let launcher = format!("{}\nexec -a \"$1\" \"$0\" \"${{@:2}}\"", class.before);
    let mut command = Command::new("/bin/bash");
    command.arg("-c").arg(launcher).arg(program).arg(argv0).args(&class.args);
    command.current_dir(dir).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", dir).env("LC_ALL", "C");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.stdin(if class.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    let mut child = command.spawn().unwrap();
    if let Some(bytes) = class.stdin {
        use std::io::Write;
        child.stdin.take().unwrap().write_all(bytes).unwrap();
    }
    let output = child.wait_with_output().unwrap();
    Outcome {
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        code: output.status.code(),
        signal: output.status.signal(),
    }
}

#[test]
fn every_class_is_as_in_the_bare_shell() {
    let links = tempfile::tempdir().unwrap();
    let place = tempfile::tempdir().unwrap();
    // The same folder for both, so that its name may show.
    let dir = place.path().join("desk");
    let mut differ = Vec::new();
    for shell in ["bash", "zsh", "dash", "sh"] {
        let real = PathBuf::from(format!("/bin/{shell}"));
        if !real.exists() {
            eprintln!("left out: {shell} is not installed");
            continue;
        }
        let link = links.path().join(shell);
        symlink(env!("CARGO_BIN_EXE_wardsh"), &link).unwrap();
        let family = std::fs::canonicalize(&real).unwrap();
        let family = family.file_name().and_then(OsStr::to_str).unwrap().to_owned();
        for class in classes() {
            if class.not.contains(&shell) || class.not.contains(&family.as_str()) {
                continue;
            }
            let bare = run(&class, &real, shell, &dir);
            let ours = run(&class, &link, shell, &dir);
            if ours != bare {
                let text = |outcome: &Outcome| String::from_utf8_lossy(&outcome.stdout).into_owned();
                let (out, bare_out) = (text(&ours), text(&bare));
                differ.push(format!("{shell}: {}: {ours:?} {out:?}\n  bare: {bare:?} {bare_out:?}", class.name));
            }
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
