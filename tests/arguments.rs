//! Arguments as we read them beside the shells themselves: the same words, and what each shell then runs.
#![allow(clippy::unwrap_used, reason = "a failure is a panic")]

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::process::Command;

use wardsh::shells::arguments::{Dialect, Mode, read};

/// Words that mean something to the shells, and three names: of scripts, and of no command.
const BASH: &[&str] = &[
    "-c",
    "-l",
    "-i",
    "-s",
    "-n",
    "-lc",
    "-ic",
    "-cl",
    "-o",
    "-O",
    "+O",
    "+o",
    "-x",
    "-",
    "--",
    "-e",
    "--login",
    "--norc",
    "--rcfile",
    "--version",
    "--help",
    "--posix",
    "-login",
    "-norc",
    "pipefail",
    "extglob",
    "noexec",
    "p1",
    "p2",
    "p3",
    "+n",
    "-in",
    "+c",
    "-p",
    "-r",
    "-D",
    "--foo",
    "+i",
    "-oc",
    "-co",
    "--noprofile",
    "-euo",
    "-so",
    "-cn",
    "--init-file",
    "/dev/null",
    "--dump-strings",
];
const ZSH: &[&str] = &[
    "-c",
    "-l",
    "-i",
    "-s",
    "-n",
    "-lc",
    "-ic",
    "-cl",
    "-o",
    "+o",
    "-x",
    "-",
    "--",
    "-e",
    "--login",
    "--no-rcs",
    "--emulate",
    "ksh",
    "--version",
    "--help",
    "-f",
    "-b",
    "-fc",
    "pipefail",
    "extendedglob",
    "noexec",
    "no_exec",
    "p1",
    "p2",
    "p3",
    "+n",
    "-in",
    "+c",
    "-p",
    "-cb",
    "-oextendedglob",
    "-onoexec",
    "+oexec",
    "--extended-glob",
    "+s",
    "+i",
    "-co",
    "-euo",
    "--no-exec",
    "-cf",
    "+",
    "--shinstdin",
    "interactive",
];
const DASH: &[&str] = &[
    "-c",
    "-l",
    "-i",
    "-s",
    "-n",
    "-lc",
    "-ic",
    "-cl",
    "-o",
    "+o",
    "-x",
    "-",
    "--",
    "-e",
    "--login",
    "--version",
    "noexec",
    "interactive",
    "stdin",
    "pipefail",
    "p1",
    "p2",
    "p3",
    "+n",
    "-in",
    "+c",
    "-co",
    "-oc",
    "+s",
    "+i",
    "-euo",
    "errexit",
    "-so",
    "-f",
    "-p",
    "+",
];

/// Every shape of `reference` use: agents, CI, editors, login.
const SHAPES: &[&[&str]] = &[
    &["-c", "p1"],
    &["-lc", "p1"],
    &["-c", "-l", "p1"],
    &["-l", "-c", "p1"],
    &["-cl", "p1"],
    &["-lic", "p1"],
    &["-l", "-i", "-c", "p1"],
    &["-ic", "p1"],
    &["-c", "-o", "pipefail", "p1"],
    &["-o", "pipefail", "-c", "p1"],
    &["-euo", "pipefail", "-c", "p1"],
    &["+o", "histexpand", "-c", "p1"],
    &["-O", "extglob", "-c", "p1", "--", "p2"],
    &["-o", "extendedglob", "-c", "p1", "--", "p2"],
    &["-c", "p1", "--", "p2"],
    &["-c", "--", "p1"],
    &["-c", "-", "p1"],
    &["--", "-c", "p1"],
    &["-", "-c", "p1"],
    &["--", "p1", "-c"],
    &["-s", "p1"],
    &["-s", "--", "p1"],
    &["-s", "-c", "p1"],
    &["-c", "-s", "p1"],
    &["-c"],
    &["-lc"],
    &["-"],
    &["--"],
    &[],
    &["p1"],
    &["p1", "-c", "p2"],
    &["-e", "p1", "p2"],
    &["--noprofile", "--norc", "-eo", "pipefail", "p1"],
    &["--norc", "-c", "p1"],
    &["--rcfile", "p2", "-c", "p1"],
    &["--rcfile", "p2", "-ic", "p1"],
    &["--init-file", "/dev/null", "-c", "p1"],
    &["--rcfile"],
    &["-c", "--norc", "p1"],
    &["--posix", "-c", "p1"],
    &["--login", "-c", "p1"],
    &["-norc", "-c", "p1"],
    &["--version"],
    &["--help"],
    &["--version", "-c", "p1"],
    &["-c", "p1", "--version"],
    &["-c", "--version", "p1"],
    &["-n", "p1"],
    &["-n", "-c", "p1"],
    &["-nc", "p1"],
    &["-in", "-c", "p1"],
    &["-n", "+n", "-c", "p1"],
    &["-o", "noexec", "-c", "p1"],
    &["-n", "-o", "exec", "-c", "p1"],
    &["-n", "+o", "noexec", "p1"],
    &["-onoexec", "-c", "p1"],
    &["-f", "-c", "p1"],
    &["-fc", "p1"],
    &["--emulate", "sh", "-c", "p1"],
    &["-x", "-v", "-c", "p1"],
    &["-r", "-c", "p1"],
    &["-p", "-c", "p1"],
    &["-D", "p1"],
    &["--dump-strings", "p1"],
    &["--foo", "-c", "p1"],
    &["-c", "--foo", "p1"],
    &["-i", "--rcfile", "p1", "-c", "p2"],
];

fn said(dialect: Dialect, words: &[&str]) -> Vec<String> {
    let words: Vec<OsString> = words.iter().map(OsString::from).collect();
    let reading = read(dialect, &words);
    let mut said = Vec::new();
    said.extend(reading.startup.map(|path| format!("file {}", path.to_str().unwrap())));
    match reading.mode {
        Mode::Command { text, at, .. } => {
            assert_eq!(words[at], text);
            said.push(format!("command {}", text.to_str().unwrap()));
        }
        Mode::Script { path, .. } => said.push(format!("file {}", path.to_str().unwrap())),
        Mode::Stdin { inert: false, .. } => said.push("stdin".to_owned()),
        Mode::Stdin { .. } | Mode::Nothing => {}
    }
    said.extend(reading.then_stdin.then(|| "stdin".to_owned()));
    said
}

/// What the shell runs: each of the scripts says its name, none of the names is a command.
fn ran(shell: &str, dir: &Path, words: &[&str]) -> Vec<String> {
    let output = Command::new(format!("/bin/{shell}"))
        .args(words)
        .current_dir(dir)
        .stdin(File::open(dir.join("in")).unwrap())
        .env_clear()
        .env("PATH", dir.join("none"))
        .env("HOME", dir)
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let mut ran = Vec::new();
    for name in ["p1", "p2", "p3"] {
        if out.contains(&format!("FILE-{name}")) {
            ran.push(format!("file {name}"));
        }
        let missing = |line: &str| line.contains("not found") && line.contains(name);
        if err.lines().any(missing) {
            ran.push(format!("command {name}"));
        }
    }
    if out.lines().any(|line| line == "STDIN") {
        ran.push("stdin".to_owned());
    }
    ran
}

/// A small generator, so that every run asks the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

#[test]
fn what_a_shell_runs_is_what_we_read() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["p1", "p2", "p3"] {
        std::fs::write(dir.path().join(name), format!("echo FILE-{name}\n")).unwrap();
    }
    std::fs::write(dir.path().join("in"), "echo STDIN\n").unwrap();
    for (shell, dialect, alphabet) in
        [("bash", Dialect::Bash, BASH), ("zsh", Dialect::Zsh, ZSH), ("dash", Dialect::Dash, DASH)]
    {
        if !Path::new("/bin").join(shell).exists() {
            eprintln!("left out: {shell} is not installed");
            continue;
        }
        let mut dice = Dice(0x5eed_0001);
        let mut all: Vec<Vec<&str>> = SHAPES.iter().map(|shape| shape.to_vec()).collect();
        for _ in 0..150 {
            let mut words: Vec<&str> = (0..=dice.below(5)).map(|_| alphabet[dice.below(alphabet.len())]).collect();
            words.extend([&["p1"][..], &["-c", "p3"], &["-c", "--", "p1"], &[]][dice.below(4)]);
            all.push(words);
        }
        for words in all {
            let said = said(dialect, &words);
            // Where the shell ends with an error we may have read more than it runs, never less and nothing else.
            for ran in ran(shell, dir.path(), &words) {
                assert!(said.contains(&ran), "{shell} {words:?} runs `{ran}`, read as {said:?}");
            }
        }
        // What is said is also run, where the words are in order.
        for (words, want) in [
            (&["-lc", "p1"][..], "command p1"),
            (&["-c", "-l", "p1"], "command p1"),
            (&["p1", "-c"], "file p1"),
            (&["-s", "p1"], "stdin"),
            (&["-e", "--", "p2"], "file p2"),
        ] {
            assert_eq!(said(dialect, words), [want]);
            assert_eq!(ran(shell, dir.path(), words), [want], "{shell} {words:?}");
        }
    }
}
