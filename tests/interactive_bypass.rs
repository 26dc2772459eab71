//! Lines that get past both gates: what they start is stopped and shown. What only looks like one is left alone.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod terminal;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use terminal::{Options, Terminal};

/// Ctrl-T takes the gates off, by a function that was there before them: nobody is asked about what a key runs.
const BASH: &str = "PS1='PROMPT> '\noff() { [[ $off ]] || return 0; PS0=; PROMPT_COMMAND=; bind '\"\\C-m\": accept-line'; }\nPROMPT_COMMAND=off\nbind -x '\"\\C-t\": off=1'\n";
const ZSH: &str = "PS1='PROMPT> '\noff() { add-zle-hook-widget -d line-finish __wardsh_finish; preexec_functions=() precmd_functions=(); }\nzle -N off\nbindkey '^T' off\n";
const FISH: &str = "function fish_prompt; echo 'PROMPT> '; end\nfunction fish_greeting; end\nfunction off; functions -e __wardsh_before __wardsh_bind; bind \\r execute; end\nbind \\ct off\n";

/// A shell, its start-up file, and what that holds.
const SHELLS: [(&str, &str, &str); 3] =
    [("bash", ".bashrc", BASH), ("zsh", ".zshrc", ZSH), ("fish", ".config/fish/config.fish", FISH)];

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

/// A shell whose gates are off by the time that the next line is entered.
fn ungated(name: &str) -> Option<Terminal> {
    let (_, file, text) = SHELLS.iter().find(|(shell, ..)| *shell == name)?;
    let shell = terminal::shell(name)?;
    let mut terminal = Terminal::start(&shell, &Options { files: &[(file, text)], ..Options::default() });
    terminal.after("before");
    // The second Enter is the first one that the gates do not see.
    terminal.steps("\x14||\r||");
    Some(terminal)
}

/// Ends a stopped group.
fn end(group: i32) {
    let group = rustix::process::Pid::from_raw(group).unwrap();
    rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn a_job_that_runs_unasked_is_stopped_shown_and_recorded() {
    for (name, ..) in SHELLS {
        let Some(mut terminal) = ungated(name) else { continue };
        // What is kept of a value is its mask.
        let secret = ["gl", "pat-", "Zx81", "Kq02", "Lm77", "Pw3v", "Rt5y"].concat();
        terminal.keys(&format!("sh -c 'sleep 300; touch BAD' {secret}\r"));
        terminal.shows("ran without being judged and was stopped");
        let group = group(&terminal);
        terminal.wait("a stopped process", |_| is_stopped(group));
        let screen = terminal.screen();
        // It may have been stopped before it became the program.
        let named = screen.contains("`sh -c 'sleep 300") || screen.contains("process group");
        assert!(named, "{name}: what runs is named:\n{screen}");
        let said = screen.split("wardsh: ").last().unwrap();
        assert!(!said.contains(&secret), "{name}: {said}");
        let kept = terminal.state().join("unasked.jsonl");
        let text = fs::read_to_string(&kept).unwrap();
        assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!text.contains(&secret), "{text}");
        let [job] = terminal.jobs().try_into().unwrap_or_else(|jobs| panic!("{name}: one job: {jobs:?}"));
        let home = terminal.home.path().canonicalize().unwrap();
        assert_eq!((job["shell"].as_str(), job["group"].as_i64()), (Some(name), Some(group.into())), "{job}");
        assert_eq!((job["cwd"].as_str(), job["v"].as_u64()), (home.to_str(), Some(1)), "{job}");
        assert!(job["exe"].as_str().unwrap().starts_with('/') && job["at"].as_u64().unwrap() > 1_000_000, "{job}");
        assert!(!job["session"].as_str().unwrap().is_empty() && job["done"] == "stopped", "{job}");
        if screen.contains("`sh -c 'sleep 300") {
            assert!(job["command"].as_str().unwrap().starts_with("sh -c 'sleep 300; touch BAD' [masked:"), "{job}");
            let shown = terminal.status(&[]);
            assert!(shown.contains("1 job ran without being judged") && shown.contains("sh -c 'sleep 300"), "{shown}");
            assert!(!shown.contains(&secret), "{shown}");
        }
        end(group);
    }
}

#[test]
fn what_cannot_be_written_down_is_stopped_all_the_same() {
    // A file where the folder belongs, a folder where the file does, and nothing that takes any bytes.
    let rows: [fn(&Terminal); 3] = [
        |terminal| {
            fs::rename(terminal.state(), terminal.state().with_extension("moved")).unwrap();
            fs::write(terminal.state(), "").unwrap();
        },
        |terminal| fs::create_dir(terminal.state().join("unasked.jsonl")).unwrap(),
        |terminal| std::os::unix::fs::symlink("/dev/full", terminal.state().join("unasked.jsonl")).unwrap(),
    ];
    for (at, spoil) in rows.into_iter().enumerate() {
        let Some(mut terminal) = ungated("bash") else { return };
        spoil(&terminal);
        terminal.keys("sh -c 'sleep 300; touch BAD'\r");
        terminal.shows("could not be written down");
        let group = group(&terminal);
        terminal.wait("a stopped process", |_| is_stopped(group));
        assert!(!terminal.made("BAD"), "{at}");
        end(group);
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
