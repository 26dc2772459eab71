//! Lines that get past both gates: what they start is stopped and shown. What only looks like one is left alone.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod terminal;

use std::fs;

use terminal::{Options, Terminal};

/// Ctrl-T takes the gates off, by a function that was there before them: nobody is asked about what a key runs.
const BASH: &str = "PS1='PROMPT> '\noff() { [[ $off ]] || return 0; PS0=; PROMPT_COMMAND=; bind '\"\\C-m\": accept-line'; }\nPROMPT_COMMAND=off\nbind -x '\"\\C-t\": off=1'\n";
const ZSH: &str = "PS1='PROMPT> '\noff() { add-zle-hook-widget -d line-finish __wardsh_finish; preexec_functions=() precmd_functions=(); }\nzle -N off\nbindkey '^T' off\n";
const FISH: &str = "function fish_prompt; echo 'PROMPT> '; end\nfunction fish_greeting; end\nfunction off; functions -e __wardsh_before __wardsh_bind; bind \\r execute; end\nbind \\ct off\n";

/// The group that was stopped, as it is shown.
fn group(terminal: &Terminal) -> i32 {
    terminal.shows("then leave this shell");
    let screen = terminal.screen();
    let shown = screen.split("kill -9 -").nth(1).unwrap();
    shown.split('`').next().unwrap().parse().unwrap()
}

/// Says whether a process was stopped.
fn is_stopped(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim().starts_with('T'))
}

#[test]
fn a_job_that_runs_unasked_is_stopped_and_shown() {
    for (name, file, text) in
        [("bash", ".bashrc", BASH), ("zsh", ".zshrc", ZSH), ("fish", ".config/fish/config.fish", FISH)]
    {
        let Some(shell) = terminal::shell(name) else { continue };
        let mut terminal = Terminal::start(&shell, &Options { files: &[(file, text)], ..Options::default() });
        terminal.after("before");
        // The second Enter is the first one that the gates do not see.
        terminal.steps("\x14||\r||");
        terminal.keys("sh -c 'sleep 300; touch BAD'\r");
        terminal.shows("ran without being judged and was stopped");
        let group = group(&terminal);
        terminal.wait("a stopped process", |_| is_stopped(group));
        let screen = terminal.screen();
        // It may have been stopped before it became the program.
        let named = screen.contains("`sh -c sleep 300") || screen.contains("process group");
        assert!(named, "{name}: what runs is named:\n{screen}");
        let group = rustix::process::Pid::from_raw(group).unwrap();
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
    }
}

#[test]
fn what_only_looks_like_an_unasked_job_is_left_alone() {
    let Some(bash) = terminal::shell("bash") else { return };
    let rows: [(&str, &str); 5] = [
        // Data for the line that runs, read with the editor.
        ("read -e X; sleep 1\r", "some text\r"),
        ("read -rsn1 X; sleep 1\r", "\r"),
        // A substitution of the line's takes the terminal, as `vim $(fzf)` does.
        ("sleep $(stty raw -echo </dev/tty; head -c1 </dev/tty >/dev/null; stty sane </dev/tty; echo 1)\r", "\r"),
        // Enter on an empty line, then a job by a key.
        ("\r", "\x14"),
        // Typed ahead.
        ("sleep 1\r", "sleep 1\r"),
    ];
    let rc = "PS1='PROMPT> '\nbind -x '\"\\C-t\": sleep 1'\n";
    let mut terminal = Terminal::start(&bash, &Options { files: &[(".bashrc", rc)], ..Options::default() });
    for (at, (line, then)) in rows.into_iter().enumerate() {
        terminal.steps(line);
        terminal.settle();
        terminal.keys(then);
        terminal.settle();
        terminal.after(&format!("after-{at}"));
        let screen = terminal.screen();
        assert!(!screen.contains("without being judged") && !screen.contains("nobody judged"), "{line:?}:\n{screen}");
    }
}
