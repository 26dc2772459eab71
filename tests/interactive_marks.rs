//! An editor's shell integration under the guard: marks around prompts and commands (OSC 633), made as editors make them, by
//! a start-up file of their own, a DEBUG trap or hooks, and a prompt command around the user's.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod terminal;

use std::fs;

use terminal::{Options, Terminal};

/// What an editor starts bash with: `--init-file`. It reads the user's file, goes around the user's prompt command and
/// trap, and wraps the prompts.
const BASH: &str = r#"
[ ! -r ~/.bashrc ] || . ~/.bashrc
ed_runs=1 ed_first=1 ed_line='' ed_nonce=4711 ed_prompt=$PS1
ed_mark() { builtin printf '\e]633;%s\a' "$1"; }
ed_before() {
  if [ "$ed_runs" = 0 ]; then
    ed_runs=1
    if [[ $BASH_COMMAND == ed_* ]]; then ed_line=''; else ed_line=$(builtin history 1 | sed 's/^ *[0-9]* *//'); fi
    ed_mark "E;$ed_line;$ed_nonce"; ed_mark C
  fi
}
ed_again() { return "$1"; }
ed_at_prompt() {
  ed_status=$?
  ed_again "$ed_status"
  for ed_each in "${ed_original[@]}"; do builtin eval "${ed_each:-:}"; ed_again "$ed_status"; done
  if [ "$ed_first" = 1 ]; then ed_first=0; else ed_mark "D;$ed_status"; fi
  ed_mark "P;Cwd=$PWD"
  PS1="\[$(ed_mark A)\]$ed_prompt\[$(ed_mark B)\]"
  PS2="\[$(ed_mark F)\]> \[$(ed_mark G)\]"
  ed_runs=0
}
ed_trap=$(trap -p DEBUG)
trap 'ed_before "$_"' DEBUG
ed_original=("${PROMPT_COMMAND[@]}")
PROMPT_COMMAND=ed_at_prompt
"#;

const ZSH: &str = r#"
PS1='PROMPT> ' ed_prompt=$PS1 ed_first=1
ed_mark() { builtin printf '\e]633;%s\a' "$1" }
ed_before() { ed_line=$1; ed_mark "E;$1;4711"; ed_mark C }
ed_behind() {
  local s=$?
  if (( ed_first )); then ed_first=0; elif [[ -n $ed_line ]]; then ed_mark "D;$s"; else ed_mark D; fi
  ed_line=
  ed_mark "P;Cwd=$PWD"
  PS1="%{$(ed_mark A)%}$ed_prompt%{$(ed_mark B)%}"
}
autoload -Uz add-zsh-hook
add-zsh-hook preexec ed_before
add-zsh-hook precmd ed_behind
"#;

const FISH: &str = r#"
function fish_greeting; end
function ed_mark; builtin printf '\e]633;%s\a' $argv[1]; end
function fish_prompt; ed_mark A; echo -n 'PROMPT> '; ed_mark B; end
function ed_before --on-event fish_preexec; ed_mark "E;$argv[1];4711"; ed_mark C; end
function ed_behind --on-event fish_postexec; ed_mark "D;$status"; end
function ed_cwd --on-event fish_prompt; ed_mark "P;Cwd=$PWD"; end
"#;

/// The marks on the screen, in order, without those of prompts that were drawn again.
fn marks(terminal: &Terminal) -> Vec<String> {
    let screen = terminal.screen();
    let all = screen.split("\x1b]633;").skip(1).filter_map(|rest| rest.split('\x07').next());
    all.filter(|mark| mark.starts_with(['C', 'D', 'E'])).map(str::to_owned).collect()
}

fn check(name: &str, terminal: &mut Terminal) {
    terminal.wait("the first marks", |terminal| terminal.screen().contains("\x1b]633;B"));
    terminal.clear();
    for (line, status) in [("true", 0), ("false", 1), ("cd /", 0), ("cd -", 0)] {
        terminal.keys(&format!("{line}\r"));
        let ended = format!("\x1b]633;D;{status}");
        terminal.wait(line, |terminal| terminal.screen().contains(&ended) && terminal.screen().contains("633;B"));
        terminal.settle();
        let marks = marks(terminal);
        let count = |letter: char| marks.iter().filter(|mark| mark.starts_with(letter)).count();
        assert_eq!((count('C'), count('D')), (1, 1), "{name}: {line}: {marks:?}");
        let (c, d) = (marks.iter().position(|mark| mark == "C"), marks.iter().position(|mark| mark.starts_with('D')));
        assert!(c < d, "{name}: {line}: {marks:?}");
        if name != "bash" {
            // bash's trap runs when Enter is pressed, before the history has the line.
            assert_eq!(marks[0], format!("E;{line};4711"), "{name}: {marks:?}");
        }
        let here = if line == "cd /" { "/".to_owned() } else { terminal.home.path().display().to_string() };
        assert!(terminal.screen().contains(&format!("\x1b]633;P;Cwd={here}\x07")), "{name}: {line}");
        terminal.clear();
    }
    terminal.keys("touch BAD\r");
    terminal.shows("refused:");
    terminal.settle();
    assert!(!marks(terminal).iter().any(|mark| mark.starts_with("D;")), "{name}: {:?}", marks(terminal));
    terminal.steps(if name == "fish" { "\x03|" } else { "" });
    // Over several prompts, and by a paste.
    terminal.clear();
    if name != "fish" {
        terminal.keys("for i in 1 2\rdo echo $i >>lines\rdone\r");
        terminal.after("after-1");
        assert_eq!(fs::read_to_string(terminal.home.path().join("lines")).unwrap(), "1\n2\n", "{name}");
    }
    terminal.keys("\x1b[200~: one\ntouch BAD\x1b[201~\r");
    terminal.shows("refused:");
    terminal.steps(if name == "fish" { "|\x03|" } else { "|" });
    terminal.after("after-2");
    let screen = terminal.screen();
    assert!(!terminal.made("BAD"), "{name}: {screen}");
    assert!(!screen.contains("without being judged") && !screen.contains("nobody judged"), "{name}: {screen}");
}

#[test]
fn an_editors_marks_come_around_each_line() {
    for (name, file, text) in [("zsh", ".zshrc", ZSH), ("fish", ".config/fish/config.fish", FISH)] {
        let Some(shell) = terminal::shell(name) else { continue };
        check(name, &mut Terminal::start(&shell, &Options { files: &[(file, text)], ..Options::default() }));
    }
    let Some(bash) = terminal::shell("bash") else { return };
    // From the user's own file, which must not read itself.
    let rc = format!("PS1='PROMPT> '\n{}", BASH.replace("[ ! -r ~/.bashrc ] || . ~/.bashrc", ""));
    let options = Options { files: &[(".bashrc", &rc)], ..Options::default() };
    check("bash", &mut Terminal::start(&bash, &options));
    // As it is started in the editor's terminal: wardsh in bash's place, with a file of the editor's.
    let mine = "PS1='PROMPT> '\nPROMPT_COMMAND='mine=$?; echo \"$mine\" >>~/mine'\n";
    let files = [("editor.sh", BASH), (".bashrc", mine), (".config/wardsh/rules/tables.yaml", terminal::RULES)];
    let dir = tempfile::tempdir().unwrap();
    let link = dir.path().join("bash");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_wardsh"), &link).unwrap();
    let run = format!("exec {} --init-file ~/editor.sh", link.display());
    let options = Options { bare: true, args: &["-c", &run], files: &files, ..Options::default() };
    let mut terminal = Terminal::start(&bash, &options);
    check("bash", &mut terminal);
    let mine = fs::read_to_string(terminal.home.path().join("mine")).unwrap();
    assert!(mine.lines().any(|line| line == "1"), "the user's own prompt command sees statuses: {mine}");
}
