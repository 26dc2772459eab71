//! Every way into a shell: a line that is refused makes nothing and leaves the shell alive, one that is let through runs.
//!
//! `%` stands for the file; `|` is a moment of waiting. Each row is entered twice, first with a name that is refused.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod terminal;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use terminal::{Options, Terminal};

const BASH: &[(&str, &str)] = &[
    ("typed", "touch %\r"),
    ("with line feed", "touch %\n"),
    ("in a list", "touch x; touch %; touch y\r"),
    ("bracketed paste", "\x1b[200~echo 1\ntouch %\necho 2\x1b[201~\r"),
    ("raw paste", "echo 1\rtouch %\r"),
    ("typed ahead", "sleep 0.3\rtouch %\r"),
    ("for over several prompts", "for i in 1 2\rdo touch %\rdone\r"),
    ("here-document", "cat <<E\rx $(touch %)\rE\r"),
    ("open quote, Ctrl-C", "echo \"x\r|\x03|touch %\r"),
    ("subshell", "(touch %)\r"),
    ("redirected group", "{ touch %; } > out\r"),
    ("background", "touch % &\r"),
    ("alias", "alias q=touch\r|q %\r"),
    ("function", "f() { touch \"$1\"; }\r|f %\r"),
    ("alias of another kind of name", "alias q-q=touch\r|q-q %\r"),
    (
        "alias in a long line",
        "alias q-q=touch\r|: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; q-q %\r",
    ),
    ("alias in posix mode", "set -o posix\r|alias q=touch\r|q %\r"),
    ("function that looks like two", "f() {\rcat <<E >x\r}\rls ()\r{\rE\rtouch \"$1\"\r}\r|f %\r"),
    ("readonly IFS", "readonly IFS\r|alias q=touch\r|q %\r"),
    ("IFS that splits names", "IFS=oqe\r|alias qoe=touch\r|qoe %\r"),
    ("from one keymap to the other", "set -o vi\r|set -o emacs\r|touch %\r"),
    ("variable of an earlier line", "X=%\r|touch $X\r"),
    ("array of an earlier line", "A=(a %)\r|touch \"${A[@]}\"\r"),
    ("leading blank", " touch %\r"),
    ("no history", "set +o history\r|touch %\r"),
    ("histcontrol", "HISTCONTROL=ignorespace\r| touch %\r"),
    ("PS1 and PROMPT_COMMAND empty", "PS1= PROMPT_COMMAND=\r|touch %\r"),
    ("PROMPT_COMMAND as an array", "PROMPT_COMMAND=(: :)\r|touch %\r"),
    ("vi insert", "set -o vi\r|touch %\r|"),
    ("vi command", "set -o vi\r|touch %|\x1b|\r|"),
    ("vi v", "set -o vi\r|touch %|\x1b|v|"),
    ("our own keys pasted", "true\x1b[9907~|\x15touch BAD\x1b[9907~\x1b[9909~|\x15touch %\r"),
    ("Ctrl-O", "touch %\x0f|"),
    ("Ctrl-X Ctrl-E", "touch %\x18\x05|"),
    ("macro", "bind '\"\\C-t\": \"touch %\\C-m\"'\r|\x14"),
    ("set -u", "set -u\r|touch %\r"),
    ("set -e", "set -e\r|touch %\r"),
    ("set -a", "set -a\r|touch %\r"),
    ("set -x", "set -x\r|touch %\r"),
    ("posix", "set -o posix\r|touch %\r"),
    ("extdebug", "shopt -s extdebug\r|touch %\r"),
    ("IFS", "IFS=ab/\r|touch %\r"),
    ("closed descriptors", "exec 3>&- 4>&-\r|touch %\r"),
    ("history expansion", ": touch %\r|!!:s/: //\r"),
    ("reverse search", ": touch %\r|\x12touch|\x01\x04\x04\r"),
    ("up", ": touch %\r|\x10|\x01\x04\x04\r"),
    ("functrace", "set -T\r|touch %\r"),
    ("another locale", "LC_ALL=C\r|: äöü; touch %\r"),
    ("paste of all kinds", "\x1b[200~# note\n\ntrue & true\ncat <<E\nx\nE\ntouch %\x1b[201~\r"),
    ("paste of a long line", "\x1b[200~: LONG; touch %\x1b[201~\r"),
    ("Ctrl-C and lines behind it", "echo x|\x03|true\r|false\r|touch %\r"),
    ("no line editing", "set +o emacs\r|touch %\r|"),
];

const ZSH: &[(&str, &str)] = &[
    ("typed", "touch %\r"),
    ("with line feed", "touch %\n"),
    ("in a list", "touch x; touch %; touch y\r"),
    ("bracketed paste", "\x1b[200~echo 1\ntouch %\necho 2\x1b[201~\r"),
    ("raw paste", "echo 1\rtouch %\r"),
    ("typed ahead", "sleep 0.3\rtouch %\r"),
    ("for over several prompts", "for i in 1 2\rdo touch %\rdone\r"),
    ("here-document", "cat <<E\rx $(touch %)\rE\r"),
    ("open quote, Ctrl-C", "echo \"x\r|\x03|touch %\r"),
    ("subshell", "(touch %)\r"),
    ("redirected group", "{ touch %; } > out\r"),
    ("background", "touch % &\r"),
    ("alias", "alias q=touch\r|q %\r"),
    ("global alias", "alias -g QQ=%\r|touch QQ\r"),
    ("suffix alias", "alias -s foo='touch %;'\r|x.foo\r"),
    ("function", "f() { touch \"$1\"; }\r|f %\r"),
    ("variable of an earlier line", "X=%\r|touch $X\r"),
    ("array of an earlier line", "A=(a %)\r|touch \"${A[@]}\"\r"),
    ("histignorespace", "setopt histignorespace\r| touch %\r"),
    ("reverse search", ": touch %\r|\x12touch|\x01\x04\x04\r"),
    ("history expansion", ": touch %\r|!!:s/: //\r"),
    ("vi insert", "bindkey -v\r|touch %\r|"),
    ("vi command", "bindkey -v\r|touch %|\x1b|\r|"),
    ("accept-and-hold", "touch %|\x1ba|\x15"),
    ("push-line", "touch %\x1bq|echo\r|\r"),
    ("PS1 empty", "PS1=\r|touch %\r"),
    ("TRAPINT", "TRAPINT() { : }\r|touch %\r"),
    ("INT ignored", "trap '' INT\r|touch %\r"),
    ("Ctrl-C at PS2", "for i in 1|\r|\x03|touch %\r"),
    ("behind what is no comment", "echo #; touch %\r"),
    ("nounset", "setopt nounset\r|touch %\r"),
    ("ksharrays", "setopt ksharrays\r|touch %\r"),
    ("errexit", "setopt errexit\r|touch %\r"),
    ("allexport", "setopt allexport\r|touch %\r"),
    ("xtrace", "setopt xtrace\r|touch %\r"),
    ("histreduceblanks", "setopt histreduceblanks\r|touch   %\r"),
    ("without zle", "unsetopt zle\r|touch %\r"),
];

const FISH: &[(&str, &str)] = &[
    ("typed", "touch %\r|\x03"),
    ("with line feed", "touch %\n|\x03"),
    ("in a list", "touch x; touch %; touch y\r|\x03"),
    ("bracketed paste", "\x1b[200~echo 1\ntouch %\x1b[201~\r|\x03"),
    ("raw paste", "echo 1\r|touch %\r|\x03"),
    ("background", "touch % &\r|\x03"),
    ("alias", "alias q=touch\r|q %\r|\x03"),
    ("function", "function f; if true; touch $argv; end; end\r|f %\r|\x03"),
    ("function with names", "function f --argument-names x y; touch $y; end\r|f x %\r|\x03"),
    ("variable of an earlier line", "set X %\r|\x03|touch $X\r|\x03"),
    ("list of an earlier line", "set X 'a b' %\r|\x03|touch $X\r|\x03"),
    ("leading blank", " touch %\r|\x03"),
    ("up", "touch\r|\x10| %\r|\x03"),
    ("vi insert", "fish_vi_key_bindings\r|touch %\r|\x1b|ddi"),
    ("alt-enter", "touch %\x1b\r|\r|\x03"),
];

/// Enters each row in a shell of its own, two at a time.
fn table(name: &str, rows: &[(&str, &str)]) {
    let Some(shell) = terminal::shell(name) else { return };
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some((title, keys)) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut terminal = Terminal::start(&shell, &Options::default());
                    let keys = keys.replace("LONG", &"a".repeat(20_000));
                    terminal.steps(&keys.replace('%', "BAD"));
                    terminal.after("after-1");
                    let bad = terminal.made("BAD");
                    terminal.steps(&keys.replace('%', "good"));
                    terminal.after("after-2");
                    // What runs in the background may come later.
                    let entered = Instant::now();
                    while !terminal.made("good") && entered.elapsed() < terminal::PATIENCE {
                        std::thread::sleep(Duration::from_millis(10));
                    }
                    if bad || !terminal.made("good") {
                        failed.lock().unwrap().push(format!("{title}: refused ran {bad}\n{}", terminal.screen()));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{name}:\n{}", failed.join("\n"));
}

#[test]
fn every_way_into_bash() {
    table("bash", BASH);
}

#[test]
fn every_way_into_zsh() {
    table("zsh", ZSH);
}

#[test]
fn every_way_into_fish() {
    table("fish", FISH);
}

/// What is pasted, and how many complete commands it holds: bash expands PS0 for each.
const PASTES: &[(&str, usize)] = &[
    ("true", 1),
    ("true\nfalse", 2),
    ("# note\ntrue\n\n\n# another\nfalse\n", 2),
    ("true & true & wait", 1),
    ("true &\ntrue; false\n", 2),
    ("cat <<E\nx\ntrue\nE\ntrue", 2),
    ("cat <<E <<-'F' | cat\n$(true)\nE\n\tx\n\tF\ntrue", 2),
    ("for i in 1 2\ndo true\ndone\ntrue", 2),
    ("if true\nthen true; fi; true\nf() {\ntrue\n}\nf", 3),
    ("case x in\nx) true;;\nesac\n[[ a == a &&\nb == b ]]", 2),
    ("(true\ntrue) && {\ntrue\n}", 1),
    ("x='a\nb'\ny=$(echo a\necho b)\n", 2),
    ("true \\\n&& true\ntrue |\ncat", 2),
    ("time true\n! true", 2),
];

#[test]
fn bash_counts_commands_as_we_do() {
    let Some(bash) = terminal::shell("bash") else { return };
    // At each prompt: how many commands may still run unasked. One too many would be a hole, one too few a question.
    let rc = "PS1='PROMPT> '\nPS0='${ev[n=n+1,0]}'\nev=('')\nPROMPT_COMMAND='echo \"$n $__wardsh_left\" >~/count'\n";
    let mut terminal = Terminal::start(&bash, &Options { files: &[(".bashrc", rc)], ..Options::default() });
    for (at, (paste, count)) in PASTES.iter().enumerate() {
        terminal.keys("n=0\r");
        terminal.after(&format!("before-{at}"));
        terminal.keys(&format!("\x1b[200~{paste}\x1b[201~\r"));
        terminal.settle();
        let counted = |terminal: &Terminal| {
            let text = std::fs::read_to_string(terminal.home.path().join("count")).unwrap_or_default();
            let mut numbers = text.split_whitespace().map(|word| word.parse::<i64>().unwrap_or(-9));
            (numbers.next().unwrap_or(-9), numbers.next().unwrap_or(-9))
        };
        // The line with `touch` is one more.
        let want = (i64::try_from(*count).unwrap() + 1, 0);
        terminal.wait(&format!("{want:?} of {paste:?}"), |terminal| counted(terminal) == want);
    }
    // What the shell rejects leaves nothing that another line could use up.
    terminal.keys("\x1b[200~true\n) true\ntrue\x1b[201~\r");
    terminal.settle();
    terminal.keys("\x03");
    terminal.after("rejected");
    let screen = terminal.screen();
    assert!(!screen.contains("this line was refused") && !screen.contains("means no"), "{screen}");
    terminal.steps("touch BAD\x0f|\x03|");
    terminal.after("last");
    assert!(!terminal.made("BAD"));
}

/// Keys that come before the shell can ask: while its start-up files are read.
#[test]
fn what_is_typed_before_the_first_prompt_is_judged() {
    let wait = "echo 'PROMPT> '; until [ -e ~/go ]; do sleep 0.05; done";
    let bash = format!("{wait}\nPS1='PROMPT> '\n");
    let fish = "function fish_prompt; echo 'PROMPT> '; end\nfunction fish_greeting; end\necho 'PROMPT> '\nwhile not test -e ~/go; sleep 0.05; end\n";
    for (name, file, text) in [
        ("bash", ".bashrc", bash.as_str()),
        ("zsh", ".zshrc", bash.as_str()),
        ("fish", ".config/fish/config.fish", fish),
    ] {
        let Some(shell) = terminal::shell(name) else { continue };
        let mut terminal = Terminal::start(&shell, &Options { files: &[(file, text)], ..Options::default() });
        terminal.keys("touch good\rtouch BAD\r");
        terminal.settle();
        assert!(!terminal.made("good"), "{name}: the files are still read");
        std::fs::write(terminal.home.path().join("go"), "").unwrap();
        terminal.wait("what was typed ahead", |terminal| terminal.made("good"));
        terminal.shows("refused:");
        terminal.steps("|\x03|");
        terminal.after("after");
        let screen = terminal.screen();
        assert!(!terminal.made("BAD"), "{name}: {screen}");
        assert!(!screen.contains("judged"), "{name}: nothing ran past the gates: {screen}");
    }
}

/// What was refused can be taken up again: from the history, or where it still stands in the editor.
#[test]
fn a_refused_line_of_fish_is_kept() {
    let Some(fish) = terminal::shell("fish") else { return };
    let version = std::process::Command::new(&fish).arg("--version").output().unwrap();
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let appends = !["version 2.", "version 3."].iter().any(|old| version.contains(old));
    let mut terminal = Terminal::start(&fish, &Options::default());
    terminal.keys("touch BAD 'a  b'\r");
    terminal.shows("refused:");
    terminal.settle();
    // Where it still stands it goes away with Ctrl-C.
    terminal.steps(if appends { "" } else { "\x03|" });
    terminal.keys(" touch BAD secretly\r");
    terminal.settle();
    terminal.steps("\x03|");
    terminal.keys("history >lines\r");
    terminal.after("after");
    let lines = std::fs::read_to_string(terminal.home.path().join("lines")).unwrap();
    assert_eq!(
        lines.lines().filter(|line| *line == "touch BAD 'a  b'").count(),
        usize::from(appends),
        "{version}: {lines}"
    );
    // What begins with a blank is not kept, as ever.
    assert!(!lines.contains("secretly"), "{lines}");
    if appends {
        terminal.clear();
        // The line that was entered since, then the refused one, which is refused again.
        terminal.steps("touch\x1b[A|\x1b[A|\r|");
        terminal.shows("refused: touch BAD 'a  b'");
    }
    assert!(!terminal.made("BAD"));
}
