//! Other people's prompt tools under the guard, themselves: the prompt comes, what they do works, and what is entered is
//! still judged, each line once.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod terminal;

use std::fs;
use std::path::Path;

use terminal::{Options, Terminal};

/// One tool in one shell.
struct Row {
    shell: &'static str,
    /// A file that it comes with.
    needs: &'static str,
    /// What the user's start-up file says of it.
    rc: &'static str,
    /// Keys, a moment of waiting at each `|`; `?` waits for a text, `^` presses Ctrl-R until it is there.
    keys: &'static str,
    /// What `~/got` holds afterwards; `~` is the home folder.
    got: &'static str,
}

/// The whole screen: otherwise fzf asks the terminal where the cursor is, and this one does not answer.
const FZF: (&str, &str) = ("FZF_DEFAULT_OPTS", "--no-height");
const DIRENV: &str = "/usr/bin/direnv";
const ZOXIDE: &str = "/usr/bin/zoxide";
const ALLOWED: &str = "direnv allow sub\r|cd sub\r|echo $FROM_SUB >~/got\r|cd\r|";
/// Fetched by `tests/run`.
const FETCHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/tools/bin");
const STARSHIP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/tools/bin/starship");
const ATUIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/tools/bin/atuin");
const PLAIN: &str = "false\r|echo \"$?$status\" >~/got\r|";
/// A line of the history, which Enter there runs.
const RECALLED: &str = "echo chosen >>~/got\r|^: exit,|chosen|\r|";
const JUMPED: &str = "cd sub\r|cd\r|z sub\r|pwd >~/got\r|cd\r|";

const ROWS: &[Row] = &[
    Row { shell: "bash", needs: DIRENV, rc: "eval \"$(direnv hook bash)\"", keys: ALLOWED, got: "yes" },
    Row { shell: "zsh", needs: DIRENV, rc: "eval \"$(direnv hook zsh)\"", keys: ALLOWED, got: "yes" },
    Row { shell: "fish", needs: DIRENV, rc: "direnv hook fish | source", keys: ALLOWED, got: "yes" },
    Row { shell: "bash", needs: ZOXIDE, rc: "eval \"$(zoxide init bash)\"", keys: JUMPED, got: "~/sub" },
    Row { shell: "zsh", needs: ZOXIDE, rc: "eval \"$(zoxide init zsh)\"", keys: JUMPED, got: "~/sub" },
    Row { shell: "bash", needs: STARSHIP, rc: "eval \"$(starship init bash)\"", keys: PLAIN, got: "1" },
    Row { shell: "zsh", needs: STARSHIP, rc: "eval \"$(starship init zsh)\"", keys: PLAIN, got: "11" },
    Row { shell: "fish", needs: STARSHIP, rc: "starship init fish | source", keys: "echo ok >~/got\r|", got: "ok" },
    // Brings bash-preexec with it, itself; the line that it enters comes past the editor's gate.
    Row { shell: "bash", needs: ATUIN, rc: "eval \"$(atuin init bash)\"", keys: RECALLED, got: "chosen\nchosen" },
    Row { shell: "zsh", needs: ATUIN, rc: "eval \"$(atuin init zsh)\"", keys: RECALLED, got: "chosen\nchosen" },
    // What is refused stands in its history.
    Row {
        shell: "bash",
        needs: ATUIN,
        rc: "eval \"$(atuin init bash)\"\natuin history end --exit 0 \"$(atuin history start -- 'touch BAD')\"",
        keys: "^: exit,|touch|\r|?refused|echo ok >~/got\r|",
        got: "ok",
    },
    Row {
        shell: "zsh",
        needs: ATUIN,
        rc: "eval \"$(atuin init zsh)\"\natuin history end --exit 0 \"$(atuin history start -- 'touch BAD')\"",
        keys: "^: exit,|touch|\r|?refused|echo ok >~/got\r|",
        got: "ok",
    },
    Row { shell: "fish", needs: ATUIN, rc: "atuin init fish | source", keys: RECALLED, got: "chosen\nchosen" },
    Row {
        shell: "bash",
        needs: ATUIN,
        rc: "eval \"$(starship init bash)\"\neval \"$(atuin init bash)\"\npreexec_functions+=(seen)\nseen() { [[ $1 == true* ]] && echo \"$1\" >>~/got; }",
        keys: "true\r|",
        got: "true",
    },
    // A line of the history, chosen in fzf; Enter there chooses, the next one runs it.
    Row {
        shell: "bash",
        needs: "/usr/share/doc/fzf/examples/key-bindings.bash",
        rc: ". /usr/share/doc/fzf/examples/key-bindings.bash",
        keys: "echo chosen >~/got\r|rm ~/got\r|\x12|?rm ~/got|chosen||\r|?\x1b[?1049l|\r|",
        got: "chosen",
    },
    Row {
        shell: "zsh",
        needs: "/usr/share/doc/fzf/examples/key-bindings.zsh",
        rc: ". /usr/share/doc/fzf/examples/key-bindings.zsh",
        keys: "echo chosen >~/got\r|rm ~/got\r|\x12|?rm ~/got|chosen||\r|?\x1b[?1049l|\r|",
        got: "chosen",
    },
    Row {
        shell: "bash",
        needs: "/usr/share/bash-completion/bash_completion",
        rc: ". /usr/share/bash-completion/bash_completion",
        keys: "cd su\t|\r|pwd >~/got\r|cd\r|",
        got: "~/sub",
    },
    // The rest of an earlier line is suggested, and taken with the right arrow.
    Row {
        shell: "zsh",
        needs: "/usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh",
        rc: ". /usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh",
        keys: "echo one >>~/got\r|echo o||\x1b[C|\r|",
        got: "one\none",
    },
    Row {
        shell: "zsh",
        needs: "/usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh",
        rc: ". /usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh\n. /usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh",
        keys: "echo one >>~/got\r|echo o||\x1b[C|\r|",
        got: "one\none",
    },
];

fn check(row: &Row) {
    let Some(shell) = terminal::shell(row.shell) else { return };
    if !Path::new(row.needs).exists() {
        println!("skipped: {} is not installed", row.needs);
        return;
    }
    let (file, prompt) = match row.shell {
        "fish" => {
            (".config/fish/config.fish", "function fish_prompt; echo 'PROMPT> '; end\nfunction fish_greeting; end\n")
        }
        "zsh" => (
            ".zshrc",
            "PS1='PROMPT> '\nHISTFILE=~/.history SAVEHIST=50 HISTSIZE=50\nautoload -Uz compinit && compinit -u\n",
        ),
        _ => (".bashrc", "PS1='PROMPT> '\n"),
    };
    let rc = format!("{prompt}{}\n", row.rc);
    let files = [
        (file, rc.as_str()),
        ("sub/.envrc", "export FROM_SUB=yes\n"),
        (".config/starship.toml", "format = 'PROMPT> '\nadd_newline = false\n"),
        (
            ".config/atuin/config.toml",
            "auto_sync = false\nupdate_check = false\ninline_height = 0\nenter_accept = true\n",
        ),
    ];
    let path = format!("{FETCHED}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
    let vars = [FZF, ("PATH", path.as_str())];
    let mut terminal = Terminal::start(&shell, &Options { files: &files, vars: &vars, ..Options::default() });
    let home = terminal.home.path().display().to_string();
    let want = row.got.replace('~', &home);
    for step in row.keys.split('|') {
        if let Some(text) = step.strip_prefix('?') {
            terminal.shows(text);
        } else if let Some(text) = step.strip_prefix('^') {
            // A shell that is still at work takes it for data.
            while !terminal.screen().contains(text) {
                terminal.steps("\x12||||||||||||");
            }
        } else {
            terminal.clear();
            terminal.steps(step);
        }
    }
    let got = |terminal: &Terminal| fs::read_to_string(terminal.home.path().join("got")).unwrap_or_default();
    terminal.wait(row.rc, |terminal| got(terminal).trim() == want);
    terminal.clear();
    terminal.keys("touch BAD\r");
    terminal.shows("refused");
    terminal.steps("|\x03|");
    terminal.after("after");
    let screen = terminal.screen();
    let what = format!("{} with {}:\n{screen}", row.shell, row.needs);
    assert!(!terminal.made("BAD") && screen.contains("refused"), "judged: {what}");
    assert!(!screen.contains("without being judged") && !screen.contains("nobody judged"), "noticed: {what}");
    assert_eq!(got(&terminal).trim(), want, "{what}");
}

#[test]
fn tools_work_and_lines_are_judged() {
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(row) = ROWS.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    check(row);
                }
            });
        }
    });
}

/// Hooks of the shape that prompt tools have: what was entered, right before it runs, and its status at the next prompt.
const HOOKS: &[(&str, &str, &str)] = &[
    (
        "bash",
        ".bashrc",
        "PS1='PROMPT> '\nbefore() { [[ ${READLINE_POINT-} || ! $ready ]] || { ready=; echo \"runs $(HISTTIMEFORMAT= history 1 | sed 's/^ *[0-9]*  //')\" >>~/hooks; }; }\nbehind() { echo \"status $?\" >>~/hooks; }\ntrap before DEBUG\nPROMPT_COMMAND=$'behind\\nready=1'\n",
    ),
    (
        "zsh",
        ".zshrc",
        "PS1='PROMPT> '\nbefore() { echo \"runs $1\" >>~/hooks }\nbehind() { echo \"status $?\" >>~/hooks }\nautoload -Uz add-zsh-hook; add-zsh-hook preexec before; add-zsh-hook precmd behind\n",
    ),
    (
        "fish",
        ".config/fish/config.fish",
        "function fish_prompt; echo 'PROMPT> '; end\nfunction fish_greeting; end\nfunction before --on-event fish_preexec; echo runs $argv[1] >>~/hooks; end\nfunction behind --on-event fish_postexec; echo status $status >>~/hooks; end\n",
    ),
];

#[test]
fn hooks_see_each_line_once_and_no_refused_one() {
    for (name, file, text) in HOOKS {
        let Some(shell) = terminal::shell(name) else { continue };
        let mut terminal = Terminal::start(&shell, &Options { files: &[(file, text)], ..Options::default() });
        terminal.steps("true\r|false\r|touch BAD\r|");
        // There the refused line still stands in the editor.
        terminal.steps(if *name == "fish" { "\x03|" } else { "" });
        terminal.keys("echo x | cat\r");
        terminal.after("after");
        let hooks = fs::read_to_string(terminal.home.path().join("hooks")).unwrap();
        let runs: Vec<&str> = hooks.lines().filter_map(|line| line.strip_prefix("runs ")).collect();
        assert_eq!(runs, ["true", "false", "echo x | cat", "touch after"], "{name}:\n{hooks}");
        let status = hooks.split("runs false").nth(1).unwrap().lines().find(|line| line.starts_with("status"));
        assert_eq!(status, Some("status 1"), "{name}:\n{hooks}");
        assert!(!terminal.made("BAD"), "{name}");
    }
}
