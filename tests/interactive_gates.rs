//! Lines that would take a shell's gates off, once they are entered: they do not run, or what they do is mended; what is
//! entered next is judged as ever, and the shell is still of use.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod terminal;

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use terminal::{Options, Terminal};

/// Lines that are stopped.
const BASH: &[&str] = &[
    "trap - DEBUG",
    "bind '\"\\C-m\": accept-line'",
    "bind -f /dev/null",
    "b=bind; $b -r '\\C-m'",
    "unset -f __wardsh_enter",
    "unset PS0",
    "declare PS0=",
    "for PS0 in ''; do :; done",
    "exec bash --norc",
    "exec zsh",
    ". ./off",
    "eval 'PS0='",
    "enable -n builtin",
    "builtin() { :; }",
    "shopt -u promptvars",
    "set -r",
    "(( __wardsh_left = 99 ))",
    "echo $((__wardsh_left=99))",
    "let x=__wardsh_left=99",
    "declare -n R=__wardsh_left; R=99",
    "trap 'PS0=' EXIT",
];

const ZSH: &[&str] = &[
    "unfunction __wardsh_before",
    "unfunction -m '__w*'",
    "unset -f -m '*'",
    "disable -f -m '*'",
    "disable builtin",
    "__wardsh_ask() { __wardsh_v=allow }",
    "functions[__wardsh_before]=:",
    "unset functions",
    "zle -D zle-line-finish",
    "add-zle-hook-widget -d line-finish __wardsh_finish",
    "add-zsh-hook -d preexec __wardsh_before",
    "preexec_functions=()",
    "shift preexec_functions",
    "emulate sh",
    "setopt restricted",
    "(( __wardsh_left = 99 ))",
    "exec zsh -f",
    ". ./off",
];

const FISH: &[&str] = &[
    "functions -e __wardsh_before",
    "function __wardsh_ask; set -g __wardsh_v allow; end",
    "set -e __wardsh_key",
    "set -g __wardsh_ok 'touch BAD'",
    "bind -e \\r",
    "bind \\r execute",
    "exec bash",
    "source ./off",
];

/// Lines that run, and change nothing about what is judged.
const RUN: &[(&str, &str)] = &[
    ("bash", "shopt -u interactive_comments"),
    ("bash", "set -o vi"),
    ("bash", "HISTCONTROL=ignorespace"),
    ("bash", "PROMPT_COMMAND="),
    ("bash", "PS1='PROMPT> '"),
    ("bash", "unset PROMPT_COMMAND"),
    ("bash", "printf() { return 1; }; read() { :; }"),
    ("bash", "unalias -a; alias builtin=true"),
    ("zsh", "setopt no_interactive_comments no_bang_hist ksh_arrays"),
    ("zsh", "bindkey -d; bindkey -v"),
    ("zsh", "bindkey '^M' .accept-line"),
    ("zsh", "trap '' INT"),
    ("zsh", "alias -g print=true"),
    ("fish", "fish_vi_key_bindings"),
    ("fish", "function exit; end"),
    ("fish", "function printf; end; function commandline; end"),
];

const OFF: &str = "PS0= PROMPT_COMMAND= preexec_functions=()\nbind '\"\\C-m\": accept-line'\n";

/// Enters lines, one after the other, in a shell of their own; what went wrong.
fn check(name: &str, lines: &[&str], stopped: bool) -> Vec<String> {
    let Some(shell) = terminal::shell(name) else { return Vec::new() };
    let off = if name == "fish" { "functions -e __wardsh_before\nbind \\r execute\n" } else { OFF };
    let mut terminal = Terminal::start(&shell, &Options { files: &[("off", off)], ..Options::default() });
    let mut wrong = Vec::new();
    for line in lines {
        terminal.clear();
        terminal.keys(&format!("{line}\r"));
        let was = |terminal: &Terminal| {
            let screen = terminal.screen();
            ["refused:", "means no"].iter().any(|text| screen.contains(text))
        };
        if stopped {
            terminal.wait(line, was);
        }
        terminal.settle();
        if was(&terminal) != stopped {
            wrong.push(format!("{name}: {line}\n{}", terminal.screen()));
        }
        // No to a question; then an empty line where the refused one is still there.
        terminal.steps("\x03|\x03|");
    }
    terminal.after("good-1");
    terminal.steps("touch BAD\r|\x03|");
    terminal.after("good-2");
    if terminal.made("BAD") {
        wrong.push(format!("{name}: what came after {lines:?} ran\n{}", terminal.screen()));
    }
    wrong
}

#[test]
fn what_takes_the_gates_off_does_not() {
    // What is stopped leaves the shell as it was, so all of it may go into one.
    let mut all: Vec<(&str, Vec<&str>, bool)> =
        [("bash", BASH), ("zsh", ZSH), ("fish", FISH)].map(|(name, lines)| (name, lines.to_vec(), true)).into();
    all.extend(RUN.iter().map(|(name, line)| (*name, vec![*line], false)));
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((name, lines, stopped)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let wrong = check(name, lines, *stopped);
                    failed.lock().unwrap().extend(wrong);
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_shell_that_nobody_answers_says_what_to_do() {
    let Some(bash) = terminal::shell("bash") else { return };
    let mut terminal = Terminal::start(&bash, &Options::default());
    let folder = fs::read_dir(terminal.state()).unwrap().flatten().map(|entry| entry.path());
    let folder = folder.into_iter().find(|path| path.join("ask").exists()).unwrap();
    fs::rename(folder.join("ask"), folder.join("gone")).unwrap();
    terminal.keys("touch made\r");
    terminal.shows("no answer, so nothing runs");
    terminal.shows("hint: leave this shell with Ctrl-D");
    assert!(!terminal.made("made"));
    terminal.settle();
    terminal.keys("\x04");
    terminal.ends();
}

/// Ctrl-T takes the key away, by a function that was there before the gates: nobody is asked about what a key runs.
const KEYLESS: &[(&str, &str, &str)] = &[
    ("bash", ".bashrc", "PS1='PROMPT> '\nbind -x '\"\\C-t\": __wardsh_key='\n"),
    ("zsh", ".zshrc", "PS1='PROMPT> '\noff() { __wardsh_key= }\nzle -N off\nbindkey '^T' off\n"),
    (
        "fish",
        ".config/fish/config.fish",
        "function fish_prompt; echo 'PROMPT> '; end\nfunction fish_greeting; end\nbind \\ct 'set -e __wardsh_key'\n",
    ),
];

#[test]
fn a_shell_that_has_lost_its_key_is_told_so_and_ends_with_its_window() {
    for (name, file, text) in KEYLESS {
        let Some(shell) = terminal::shell(name) else { continue };
        let mut terminal = Terminal::start(&shell, &Options { files: &[(file, text)], ..Options::default() });
        terminal.after("before");
        terminal.steps("\x14|");
        terminal.keys("touch made\r");
        terminal.shows("this shell has lost what it asks by");
        terminal.settle();
        assert!(!terminal.made("made"), "{name}");
        terminal.steps("\x03|");
        terminal.keys("\x04");
        terminal.ends();
    }
}

#[test]
fn whoever_interrupts_the_start_up_files_is_guarded_all_the_same() {
    for (name, file) in
        [("bash", ".bashrc"), ("zsh", ".zshrc"), ("zsh", ".zshenv"), ("fish", ".config/fish/config.fish")]
    {
        let Some(shell) = terminal::shell(name) else { continue };
        let prompt = if name == "fish" { "function fish_prompt; echo 'PROMPT> '; end" } else { "PS1='PROMPT> '" };
        // As long as a start-up file waits, its prompt is no prompt yet.
        let text = format!("{prompt}\necho 'PROMPT> soon'\nsleep 300\n");
        let mut terminal = Terminal::start(&shell, &Options { files: &[(file, &text)], ..Options::default() });
        terminal.clear();
        terminal.keys("\x03");
        terminal.wait("a prompt", |terminal| terminal.screen().contains("PROMPT> ") || terminal.screen().contains('%'));
        terminal.settle();
        terminal.keys("touch BAD\r");
        terminal.shows("refused:");
        terminal.steps("|\x03|");
        terminal.after("after-1");
        terminal.steps("touch BAD\r|\x03|");
        terminal.after("after-2");
        assert!(!terminal.made("BAD"), "{name} {file}: {}", terminal.screen());
    }
}

#[test]
fn whoever_interrupts_the_systems_files_gets_no_shell() {
    use std::os::unix::fs::PermissionsExt as _;
    for name in ["bash", "zsh"] {
        let Some(shell) = terminal::shell(name) else { continue };
        // What stands before our own files, as the system's own do.
        let dir = tempfile::tempdir().unwrap();
        let slow = dir.path().join(name);
        fs::write(&slow, format!("#!/bin/sh\necho 'PROMPT> '\nsleep 300\nexec {} \"$@\"\n", shell.display())).unwrap();
        fs::set_permissions(&slow, fs::Permissions::from_mode(0o755)).unwrap();
        let mut terminal = Terminal::start(&slow, &Options::default());
        terminal.keys("\x03");
        terminal.shows("interrupted before the shell was there");
        assert_ne!(terminal.ends(), 0, "{name}");
    }
}
