//! What a shell or a program takes for code out of its environment, in a shell's place: refused before anything runs.
//!
//! The folders stand for nobody's home: where the guard fails, only they are lost.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a failure is a panic, what is left out is said")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A marker is made first, so that it shows if the text ran.
const DANGER: &str = "touch ran; rm -rf \"$HOME\"/* ~";

struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { dir: tempfile::tempdir().unwrap() };
        for name in ["bash", "zsh", "dash", "sh"] {
            symlink(env!("CARGO_BIN_EXE_wardsh"), desk.path(name)).unwrap();
        }
        fs::create_dir_all(desk.path(".config/wardsh")).unwrap();
        desk.write(".config/wardsh/policy.yaml", "version: 1\napprove: { channels: [] }\n");
        desk.write("bad.sh", &format!("{DANGER}\n"));
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn command(&self, shell: &str) -> Command {
        let mut command = Command::new(self.path(shell));
        command.current_dir(self.dir.path()).env_clear().env("HOME", self.dir.path());
        // Nobody is there to answer, wherever the home is.
        command.env("WARDSH_CONFIG_DIR", self.path(".config/wardsh"));
        command.env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").stdin(Stdio::null());
        command
    }

    #[track_caller]
    fn is_refused(&self, what: &str, output: &Output) {
        assert!(!self.path("ran").exists(), "{what}: it ran");
        let refused = output.status.code() == Some(126) && output.stderr.starts_with(b"wardsh: refused");
        assert!(refused && output.stdout.is_empty(), "{what}: {output:?}");
    }
}

fn is_here(program: &str) -> bool {
    let here = ["/bin", "/usr/bin"].iter().any(|dir| Path::new(dir).join(program).exists());
    if !here {
        eprintln!("left out: {program} is not installed");
    }
    here
}

/// Variables, words, and what the shell reads because of them.
#[test]
fn start_up_files_that_variables_name_are_judged() {
    let desk = Desk::new();
    let bad = desk.path("bad.sh").to_str().unwrap().to_owned();
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);
    let rows: &[Row<'_>] = &[
        ("bash", &[("ENV", &bad)], &["--posix", "-ic", "true"]),
        ("bash", &[("ENV", &bad)], &["-o", "posix", "-ic", "true"]),
        ("bash", &[("ENV", &bad)], &["-io", "posix", "-c", "true"]),
        ("bash", &[("ENV", &bad), ("POSIXLY_CORRECT", "")], &["-ic", "true"]),
        ("bash", &[("ENV", &bad), ("SHELLOPTS", "braceexpand:posix")], &["-ic", "true"]),
        ("sh", &[("ENV", &bad)], &["-ic", "true"]),
        ("dash", &[("ENV", &bad)], &["-ic", "true"]),
        ("dash", &[("ENV", "$HOME/bad.sh")], &["-ic", "true"]),
        ("zsh", &[("PS4", "$(touch ran; rm -rf ~)")], &["-o", "promptsubst", "-xc", "true"]),
        ("zsh", &[("PS4", "$(touch ran; rm -rf ~)")], &["-xc", "setopt promptsubst; true"]),
    ];
    for (shell, vars, words) in rows {
        if is_here(shell) {
            let output = desk.command(shell).envs(vars.iter().copied()).args(*words).output().unwrap();
            desk.is_refused(&format!("{shell} {vars:?} {words:?}"), &output);
        }
    }
}

#[test]
fn start_up_files_of_a_home_that_was_moved_are_judged() {
    for (shell, argv0, words, file) in [
        ("bash", "bash", &["-lc", "true"][..], ".bash_profile"),
        ("bash", "bash", &["-lc", "true"], ".bash_login"),
        ("bash", "bash", &["--login", "-c", "true"], ".profile"),
        ("bash", "-bash", &["-c", "true"], ".profile"),
        ("bash", "bash", &["-ic", "true"], ".bashrc"),
        ("sh", "sh", &["-lc", "true"], ".profile"),
        ("dash", "-dash", &["-c", "true"], ".profile"),
        ("zsh", "zsh", &["-c", "true"], ".zshenv"),
        ("zsh", "zsh", &["-lc", "true"], ".zprofile"),
        ("zsh", "zsh", &["-lc", "true"], ".zlogin"),
        ("zsh", "zsh", &["-ic", "true"], ".zshrc"),
        ("zsh", "-zsh", &["-c", "true"], ".zprofile"),
    ] {
        if !is_here(shell) {
            continue;
        }
        let desk = Desk::new();
        desk.write(&format!("moved/{file}"), &format!("{DANGER}\n"));
        let names: &[&str] = if shell == "zsh" { &["HOME", "ZDOTDIR"] } else { &["HOME"] };
        for name in names {
            let output = desk.command(shell).arg0(argv0).env(name, desk.path("moved")).args(words).output().unwrap();
            desk.is_refused(&format!("{name} {argv0} {words:?} {file}"), &output);
        }
    }
}

/// Whoever sets variables for every command of an agent (its own settings, a harness) does not get past the line.
#[test]
fn inherited_code_is_judged_where_a_program_would_run_it() {
    let desk = Desk::new();
    let alias = desk.write("gitconfig", "[alias]\n\tst = \"!touch ran; rm -rf ~\"\n");
    desk.write("xdg/git/config", "[alias]\n\tst = \"!touch ran; rm -rf ~\"\n");
    desk.write("elsewhere/.gitconfig", "[alias]\n\tst = \"!touch ran; rm -rf ~\"\n");
    desk.write("dir.git/config", "[alias]\n\tst = \"!touch ran; rm -rf ~\"\n");
    desk.write("Makefile", "all:\n\techo made\n");
    let mk = desk.write("first.mk", "$(shell touch ran; rm -rf ~)\n");
    let path = |name: &str| desk.path(name).to_str().unwrap().to_owned();
    let (xdg, elsewhere, git_dir) = (path("xdg"), path("elsewhere"), path("dir.git"));
    let rm = "touch ran; rm -rf ~";
    let counted =
        [("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "alias.st"), ("GIT_CONFIG_VALUE_0", "!touch ran; rm -rf ~")];
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a str);
    let rows: &[Row<'_>] = &[
        (&[("GIT_SSH_COMMAND", rm)], "git fetch ssh://127.0.0.1:1/x"),
        (&[("GIT_PAGER", rm)], "git -p log"),
        (&[("PAGER", rm)], "git log"),
        (&[("GIT_EXTERNAL_DIFF", rm)], "git diff"),
        (&[("EDITOR", rm)], "git commit --amend"),
        (&[("LESSOPEN", "|touch ran; rm -rf ~; cat %s")], "less bad.sh"),
        (&[("TAR_OPTIONS", "--checkpoint=1 --checkpoint-action=exec=sh\\ bad.sh")], "tar cf x.tar bad.sh"),
        (&[("PERL5OPT", "-Mbase;system(q{rm$IFS-rf$IFS~})")], "perl -e 1"),
        (&[("PERL5OPT", "-d"), ("PERL5DB", "BEGIN{system('rm -rf ~')}")], "perl -e 1"),
        (&[("MAKEFILES", &mk)], "make"),
        (&counted, "git st"),
        (&[("GIT_CONFIG_PARAMETERS", "'alias.st=!touch ran; rm -rf ~'")], "git st"),
        (&[("GIT_CONFIG_GLOBAL", &alias)], "git st"),
        (&[("GIT_CONFIG_SYSTEM", &alias)], "git st"),
        (&[("XDG_CONFIG_HOME", &xdg)], "git st"),
        (&[("HOME", &elsewhere)], "git st"),
        (&[("GIT_DIR", &git_dir)], "git st"),
    ];
    for (vars, line) in rows {
        let output = desk.command("bash").envs(vars.iter().copied()).args(["-c", line]).output().unwrap();
        desk.is_refused(&format!("{vars:?} {line}"), &output);
        // In the line itself it is the same.
        let sets: String =
            vars.iter().map(|(name, value)| format!("{name}='{}' ", value.replace('\'', "'\\''"))).collect();
        let output = desk.command("bash").args(["-c", &format!("{sets}{line}")]).output().unwrap();
        desk.is_refused(&format!("{sets}{line}"), &output);
    }
    let run = Command::new(env!("CARGO_BIN_EXE_wardsh"))
        .args(["run", "--", "git", "fetch", "ssh://127.0.0.1:1/x"])
        .current_dir(desk.dir.path())
        .env("WARDSH_CONFIG_DIR", desk.path(".config/wardsh"))
        .env("GIT_SSH_COMMAND", rm)
        .env("HOME", desk.dir.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    desk.is_refused("run", &run);
}

/// What agents and people have set, daily.
#[test]
fn harmless_variables_stay_silent() {
    let desk = Desk::new();
    let vars = [
        ("PAGER", "less -R"),
        ("GIT_PAGER", "cat"),
        ("EDITOR", "code --wait"),
        ("GIT_EDITOR", "true"),
        ("GIT_SSH_COMMAND", "ssh -i /home/dev/.ssh/id -o BatchMode=yes"),
        ("LESSOPEN", "|/usr/bin/lesspipe %s"),
        ("LESSCLOSE", "/usr/bin/lesspipe %s %s"),
        ("GIT_ASKPASS", "/usr/share/code/resources/app/extensions/git/dist/askpass.sh"),
        ("BROWSER", "/opt/server/bin/helpers/browser.sh"),
        ("NODE_OPTIONS", "--max-old-space-size=4096 --require /opt/x/bootloader.js"),
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "safe.directory"),
        ("GIT_CONFIG_VALUE_0", "*"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("RUSTC_WRAPPER", "sccache"),
        ("GOFLAGS", "-mod=mod"),
    ];
    for line in ["git --version", "git --version | cat", "make --version >/dev/null; echo made", "true"] {
        let output = desk.command("bash").envs(vars).args(["-c", line]).output().unwrap();
        assert!(output.stderr.is_empty() && output.status.success(), "{line}: {output:?}");
    }
}

/// A program in a temporary folder, in the folder at hand, or in one that the line puts into `PATH`, is that file.
#[test]
fn another_program_of_a_known_name_is_looked_into() {
    let desk = Desk::new();
    desk.write("own/ls", &format!("#!/bin/sh\n{DANGER}\n"));
    desk.write("ls", &format!("#!/bin/sh\n{DANGER}\n"));
    let own = desk.path("own").to_str().unwrap().to_owned();
    for path in [own.as_str(), "own", "."] {
        let first = format!("{path}:/usr/bin:/bin");
        let output = desk.command("bash").env("PATH", &first).args(["-c", "ls"]).output().unwrap();
        desk.is_refused(&format!("PATH={first}"), &output);
        let output = desk.command("bash").args(["-c", &format!("PATH={path}:$PATH ls")]).output().unwrap();
        desk.is_refused(&format!("PATH={path} in the line"), &output);
    }
    let output = desk.command("bash").env("PATH", ":/usr/bin:/bin").args(["-c", "ls"]).output().unwrap();
    desk.is_refused("an empty part of PATH", &output);
    // Behind the system's own it is not what runs.
    let output = desk.command("bash").env("PATH", "/usr/bin:/bin:own").args(["-c", "ls bad.sh"]).output().unwrap();
    assert_eq!(output.stdout, b"bad.sh\n", "{output:?}");
}
