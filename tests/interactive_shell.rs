//! The guarded shell as its user sees it: start-up files, prompt, history, questions, what children inherit.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod terminal;

use std::fs;

use terminal::{Options, Terminal};

/// Says whether the person at this terminal is one for wardsh; under an agent's harness nobody is.
fn asks(terminal: &mut Terminal) -> bool {
    terminal.keys("git reset --hard\r");
    terminal.wait("a verdict", |terminal| {
        ["Run it?", "needs a person", "hint:"].iter().any(|text| terminal.screen().contains(text))
    });
    if terminal.screen().contains("needs a person") {
        println!("skipped: no person is proven here");
        return false;
    }
    true
}

#[test]
fn a_refusal_leaves_everything_as_it_was() {
    let Some(bash) = terminal::shell("bash") else { return };
    let mut terminal = Terminal::start(&bash, &Options::default());
    terminal.steps("sleep 60 &\r|");
    terminal.steps("(exit 7)\r|touch BAD\r|");
    terminal.keys("echo status $? jobs $(jobs -p | wc -l) $PWD >state\r");
    terminal.after("after-1");
    let state = fs::read_to_string(terminal.home.path().join("state")).unwrap();
    assert!(state.starts_with("status 7 jobs 1 "), "{state}");
    // Twice up: the line that was refused, exactly.
    terminal.steps("touch BAD  'a  b'\r|");
    terminal.steps("\x10|\x01echo \x05 >line\r|");
    terminal.steps("\x10|\x08\x08\x08\x08\x08\x08|");
    let shown = terminal.screen();
    assert!(shown.contains("touch BAD  'a  b'"), "{shown}");
    terminal.steps("\x15history >lines\r|");
    terminal.after("after-2");
    let lines = fs::read_to_string(terminal.home.path().join("lines")).unwrap();
    assert_eq!(lines.matches("touch BAD").count(), 3, "{lines}");
    terminal.steps("kill %1\r|");
}

#[test]
fn variables_of_the_shell_are_looked_up() {
    let Some(bash) = terminal::shell("bash") else { return };
    let mut terminal = Terminal::start(&bash, &Options { vars: &[("GIVEN", "BAD")], ..Options::default() });
    terminal.steps("touch $GIVEN\r|");
    terminal.after("after-1");
    assert!(!terminal.made("BAD"));
    // What is no longer what was inherited.
    terminal.steps("GIVEN=fine\r|touch $GIVEN\r|");
    terminal.after("after-2");
    assert!(terminal.made("fine"));
    // A name that stands for a name.
    terminal.steps("shopt -s expand_aliases; alias a=b b='touch'; W=BAD\r|a $W\r|");
    terminal.steps("g() { h; }; h() { a $W; }\r|g\r|");
    terminal.steps("declare -n R=W\r|touch $R\r|");
    // An alias that changes what the grammar makes of a line.
    terminal.steps("alias loop='for i in 1; do'\r|");
    terminal.keys("loop touch BAD; done\r");
    terminal.wait("a stop", |terminal| {
        terminal.screen().contains("this line was refused")
            || terminal.screen().contains("Run it?")
            || terminal.screen().contains("to go on")
    });
    terminal.steps("\x03|");
    terminal.after("after-3");
    assert!(!terminal.made("BAD"), "{}", terminal.screen());
}

#[test]
fn a_person_is_asked_and_ctrl_c_means_no() {
    let Some(bash) = terminal::shell("bash") else { return };
    let mut terminal = Terminal::start(&bash, &Options::default());
    terminal.steps("git init -q .; echo a >f; git add f; echo b >f\r|");
    if !asks(&mut terminal) {
        return;
    }
    terminal.steps("\x03|");
    terminal.shows("not run");
    terminal.after("after-1");
    let answer = |terminal: &mut Terminal, key: &str| {
        terminal.clear();
        // What is typed too early does not count.
        terminal.keys("git reset --hard\ry");
        terminal.shows("Run it?");
        terminal.keys(key);
        terminal.settle();
        terminal.keys("\x15");
    };
    answer(&mut terminal, "\r");
    terminal.after("after-2");
    // Each of the following lines has its own verdict.
    terminal.steps("touch BAD\r|touch one\r|touch BAD\r|touch two\r|");
    terminal.after("after-3");
    assert!(terminal.made("one") && terminal.made("two") && !terminal.made("BAD"));
}

#[test]
fn what_children_inherit_says_nothing() {
    let Some(bash) = terminal::shell("bash") else { return };
    let mut terminal = Terminal::start(&bash, &Options::default());
    terminal.steps("env >environment; ls -l /proc/self/fd >descriptors\r|");
    terminal.after("after");
    let environment = fs::read_to_string(terminal.home.path().join("environment")).unwrap();
    let descriptors = fs::read_to_string(terminal.home.path().join("descriptors")).unwrap();
    assert!(!environment.contains("wardsh"), "{environment}");
    assert!(!descriptors.contains("wardsh-"), "{descriptors}");
}

#[test]
fn forged_answers_and_questions_approve_nothing() {
    let Some(bash) = terminal::shell("bash") else { return };
    let mut terminal = Terminal::start(&bash, &Options::default());
    // The path is known to the shell alone; the test has it told.
    terminal.steps("echo $__wardsh_a >path\r|");
    terminal.after("after-1");
    let path = fs::read_to_string(terminal.home.path().join("path")).unwrap();
    let path = path.trim();
    assert!(path.ends_with("/answer"), "{path}");
    use std::io::Write;
    let mut answers = fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut questions = fs::OpenOptions::new().read(true).write(true).open(path.replace("answer", "ask")).unwrap();
    for id in 0..40 {
        answers.write_all(format!("guess {id} allow 9 next \0- {id} allow 9 next \0").as_bytes()).unwrap();
    }
    questions.write_all(b"guess 1\0line\0/\0ls\0.\n").unwrap();
    terminal.steps("touch BAD\r|touch BAD\r|");
    terminal.after("after-2");
    assert!(!terminal.made("BAD"));
}

#[test]
fn the_users_own_hooks_stay() {
    let Some(bash) = terminal::shell("bash") else { return };
    let rc = "PS1='PROMPT> '\nPS0='<zero>'\ntrap 'dbg=1' DEBUG\nPROMPT_COMMAND='last=$?; echo \"[$last]\" >>log'\n";
    let mut terminal = Terminal::start(&bash, &Options { files: &[(".bashrc", rc)], ..Options::default() });
    terminal.steps("(exit 3)\r|touch BAD\r|true\r|");
    terminal.after("after");
    terminal.shows("<zero>");
    let log = fs::read_to_string(terminal.home.path().join("log")).unwrap();
    assert!(log.contains("[3]") && log.contains("[0]"), "{log}");
    assert!(!terminal.made("BAD"));
    // bash-preexec's way: functions around each line, by DEBUG and PROMPT_COMMAND.
    let rc = "PS1='PROMPT> '\n__pre() { [[ ${at_prompt-} ]] || return 0; at_prompt=; echo \"pre:$BASH_COMMAND\" >>log; }\n\
              __post() { at_prompt=1; }\nPROMPT_COMMAND='__post'\ntrap '[[ ${READLINE_POINT+x} ]] || __pre' DEBUG\n";
    let mut terminal = Terminal::start(&bash, &Options { files: &[(".bashrc", rc)], ..Options::default() });
    terminal.steps("echo one\r|echo two\r|touch BAD\r|");
    terminal.after("after");
    let log = fs::read_to_string(terminal.home.path().join("log")).unwrap();
    let seen: Vec<&str> = log.lines().filter(|line| line.starts_with("pre:echo")).collect();
    assert_eq!(seen, ["pre:echo one", "pre:echo two"], "{log}");
}

/// Start-up files that write down their names.
fn start_up(shell: &str, files: &[&str], args: &[&str], bare_args: &[&str]) {
    let Some(path) = terminal::shell(shell) else { return };
    let texts: Vec<(String, String)> = files
        .iter()
        .map(|name| ((*name).to_owned(), format!("PS1='PROMPT> '\necho {name} ${{ZDOTDIR-unset}} >>$HOME/order\n")))
        .collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let order = |bare: bool, args: &[&str]| {
        let mut terminal = Terminal::start(&path, &Options { files: &texts, bare, args, ..Options::default() });
        terminal.after("after");
        fs::read_to_string(terminal.home.path().join("order")).unwrap_or_default()
    };
    assert_eq!(order(false, args), order(true, bare_args), "{shell} {args:?}");
}

#[test]
fn start_up_files_come_in_the_shells_order() {
    let bash = [".bashrc", ".bash_profile", ".bash_login", ".profile"];
    start_up("bash", &bash, &[], &["-i"]);
    start_up("bash", &bash, &["--login"], &["--login", "-i"]);
    start_up("bash", &bash[2..], &["--login"], &["--login", "-i"]);
    let zsh = [".zshenv", ".zprofile", ".zshrc", ".zlogin"];
    start_up("zsh", &zsh, &[], &["-i"]);
    start_up("zsh", &zsh, &["--login"], &["-l", "-i"]);
}

#[test]
fn zsh_reads_where_the_user_says() {
    let Some(zsh) = terminal::shell("zsh") else { return };
    let files = [
        (".zshenv", "export ZDOTDIR=$HOME/dot\n"),
        ("dot/.zshrc", "PS1='PROMPT> '\necho $ZDOTDIR >$HOME/where\nHISTFILE=$ZDOTDIR/history\n"),
    ];
    let mut terminal = Terminal::start(&zsh, &Options { files: &files, ..Options::default() });
    terminal.steps("touch BAD\r|echo $ZDOTDIR >now\r|");
    terminal.after("after");
    let read = |name: &str| fs::read_to_string(terminal.home.path().join(name)).unwrap();
    assert!(read("where").trim().ends_with("/dot") && read("now").trim().ends_with("/dot"));
    assert!(!terminal.made("BAD"));
    // Where the first file turns the others off.
    let files = [(".zshenv", "setopt no_rcs\nPS1='PROMPT> '\n")];
    let mut terminal = Terminal::start(&zsh, &Options { files: &files, ..Options::default() });
    terminal.steps("touch BAD\r|");
    terminal.after("after");
    assert!(!terminal.made("BAD"));
}

#[test]
fn a_broken_policy_is_said_loudly_and_the_shell_starts() {
    let Some(bash) = terminal::shell("bash") else { return };
    let mut terminal = Terminal::start(&bash, &Options { policy: "profile: [no, such]\n", ..Options::default() });
    terminal.wait("a banner or a prompt", |terminal| terminal.screen().contains("PROMPT> "));
    if !terminal.screen().contains("HAVE FAULTS") {
        println!("skipped: no person is proven here");
        return;
    }
    terminal.steps("rm -rf /nonexistent/../\r|");
    terminal.after("after");
    assert!(terminal.screen().contains("refused"), "{}", terminal.screen());
}

#[test]
fn another_shell_inside_is_said_to_be_unjudged() {
    let Some(bash) = terminal::shell("bash") else { return };
    let mut terminal = Terminal::start(&bash, &Options::default());
    terminal.keys("bash --norc\r");
    terminal.shows("what is entered in bash is not judged");
    terminal.steps("|exit\r|");
    terminal.after("after");
}

#[test]
fn what_opens_a_place_to_type_in_is_named() {
    let Some(bash) = terminal::shell("bash") else { return };
    let programs = ["ssh", "sudo", "su", "zsh", "tmux", "docker", "python3"];
    let texts: Vec<(String, &str)> = programs.iter().map(|name| (format!("bin/{name}"), "#!/bin/sh\n")).collect();
    let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let mut terminal = Terminal::start(&bash, &Options { files: &files, ..Options::default() });
    terminal.steps("chmod +x bin/*; PATH=~/bin:$PATH\r|");
    for (line, named) in [
        ("ssh host", Some("ssh")),
        ("ssh host", None),
        ("ssh host ls", None),
        ("sudo -i", Some("sudo")),
        ("sudo -l", None),
        ("su -", Some("su")),
        ("zsh -f", Some("zsh")),
        ("zsh -fc true", None),
        ("tmux", Some("tmux")),
        ("docker exec -it box bash", Some("bash (docker:box)")),
        ("python3", Some("python3")),
        ("python3 -c 1", None),
    ] {
        terminal.clear();
        terminal.keys(&format!("{line}; echo over >over\r"));
        terminal.wait(line, |terminal| {
            terminal.made("over") || ["Run it?", "hint:"].iter().any(|text| terminal.screen().contains(text))
        });
        let _ = fs::remove_file(terminal.home.path().join("over"));
        terminal.settle();
        let screen = terminal.screen();
        assert!(!screen.contains("Run it?") && !screen.contains("hint:"), "{line}: {screen}");
        match named {
            Some(named) => {
                assert!(screen.contains(&format!("what is entered in {named} is not judged")), "{line}: {screen}");
            }
            None => assert!(!screen.contains("is not judged"), "{line}: {screen}"),
        }
    }
}

#[test]
fn the_logout_file_is_read_at_the_end_of_a_login_shell() {
    let Some(bash) = terminal::shell("bash") else { return };
    for (args, read) in [(&["--login"][..], true), (&[], false)] {
        let files = [
            (".bash_profile", "PS1='PROMPT> '\n"),
            (".bashrc", "PS1='PROMPT> '\n"),
            (".bash_logout", "touch ~/left\n"),
        ];
        let mut terminal = Terminal::start(&bash, &Options { files: &files, args, ..Options::default() });
        terminal.keys("exit 3\r");
        assert_eq!(terminal.ends(), 3);
        assert_eq!(terminal.made("left"), read, "{args:?}");
    }
}

#[test]
fn the_shells_end_is_ours() {
    let Some(bash) = terminal::shell("bash") else { return };
    let mut terminal = Terminal::start(&bash, &Options::default());
    terminal.keys("exit 37\r");
    assert_eq!(terminal.ends(), 37);
    let mut terminal = Terminal::start(&bash, &Options::default());
    terminal.keys("\x04");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn the_terminals_size_arrives() {
    let Some(bash) = terminal::shell("bash") else { return };
    let mut terminal = Terminal::start(&bash, &Options::default());
    terminal.resize(40, 77);
    terminal.settle();
    terminal.keys("stty size >size\r");
    terminal.after("after");
    assert_eq!(fs::read_to_string(terminal.home.path().join("size")).unwrap().trim(), "40 77");
}

#[test]
fn what_a_command_reads_is_no_line() {
    let Some(bash) = terminal::shell("bash") else { return };
    let mut terminal = Terminal::start(&bash, &Options::default());
    terminal.steps("read -e -p 'name? ' X\r|touch BAD\r|");
    terminal.steps("declare -p X >got\r|");
    terminal.after("after");
    let got = fs::read_to_string(terminal.home.path().join("got")).unwrap();
    assert!(got.contains("touch BAD"), "{got}");
    assert!(!terminal.screen().contains("refused"), "{}", terminal.screen());
}

#[test]
fn a_link_named_like_a_shell_is_one() {
    let Some(bash) = terminal::shell("bash") else { return };
    let dir = tempfile::tempdir().unwrap();
    let link = dir.path().join("bash");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_wardsh"), &link).unwrap();
    for name in ["-bash", "bash"] {
        let run = format!("exec -a {name} {}", link.display());
        let files = [(".bash_profile", "PS1='PROMPT> '\n")];
        let options = Options { bare: true, args: &["-c", &run], files: &files, ..Options::default() };
        let mut terminal = Terminal::start(&bash, &options);
        terminal.keys("echo x >> ~/.ssh/authorized_keys\r");
        terminal.wait("a verdict", |terminal| {
            terminal.screen().contains("refused:") || terminal.screen().contains("means no")
        });
        terminal.keys("\x03");
        terminal.settle();
        terminal.after("after");
        terminal.keys("exit 5\r");
        assert_eq!(terminal.ends(), 5, "{name}");
    }
}

#[test]
fn a_link_named_like_a_shell_takes_its_options() {
    let dir = tempfile::tempdir().unwrap();
    let rows: [(&str, &str, &[&str], &[&str]); 5] = [
        ("bash", "--norc", &[], &[".bashrc", ".profile", "other"]),
        ("bash", "--rcfile ~/other", &["other"], &[".bashrc"]),
        ("bash", "--noprofile -l", &[], &[".bashrc", ".profile"]),
        ("bash", "-l", &[".profile"], &[".bashrc", "other"]),
        ("zsh", "-f", &[], &[".zshenv", ".zshrc"]),
    ];
    for (name, words, read, unread) in rows {
        let (Some(bash), Some(_)) = (terminal::shell("bash"), terminal::shell(name)) else { continue };
        let link = dir.path().join(name);
        let _ = std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_wardsh"), &link);
        let texts: Vec<(&str, String)> = [".bashrc", ".profile", "other", ".zshenv", ".zshrc"]
            .into_iter()
            .map(|file| (file, format!("PS1='PROMPT> '; echo {file} >>~/order\n")))
            .collect();
        let files: Vec<(&str, &str)> = texts.iter().map(|(file, text)| (*file, text.as_str())).collect();
        // Where no file of the user's is read the prompt is what was inherited.
        let run = format!("exec env PS1='PROMPT> ' {} {words}", link.display());
        let options = Options { bare: true, args: &["-c", &run], files: &files, ..Options::default() };
        let mut terminal = Terminal::start(&bash, &options);
        terminal.keys("echo x >> ~/.ssh/authorized_keys\r");
        terminal.wait("a verdict", |terminal| {
            terminal.screen().contains("refused:") || terminal.screen().contains("means no")
        });
        terminal.keys("\x03");
        terminal.settle();
        terminal.after("after");
        let order = fs::read_to_string(terminal.home.path().join("order")).unwrap_or_default();
        let has = |file: &&&str| order.lines().any(|line| line == **file);
        assert!(read.iter().all(|file| has(&file)) && !unread.iter().any(|file| has(&file)), "{name} {words}: {order}");
    }
}

#[test]
fn ctrl_c_and_jobs_work_as_ever() {
    let Some(bash) = terminal::shell("bash") else { return };
    let mut terminal = Terminal::start(&bash, &Options::default());
    // A key counts for the job once the job holds the terminal.
    let runs = |terminal: &mut Terminal, file: &str| {
        terminal.keys(&format!("sh -c 'echo >{file}; exec sleep 100'\r"));
        terminal.wait("the job", |terminal| terminal.made(file));
    };
    runs(&mut terminal, "one");
    terminal.steps("\x03|echo int $? >int\r|");
    runs(&mut terminal, "two");
    terminal.keys("\x1a");
    terminal.shows("Stopped");
    terminal.steps("jobs >jobs\r|kill %1\r|");
    terminal.after("after");
    let read = |name: &str| fs::read_to_string(terminal.home.path().join(name)).unwrap();
    assert_eq!(read("int").trim(), "int 130");
    assert!(read("jobs").contains("sleep 100"), "{}", read("jobs"));
}

#[test]
fn what_only_the_shell_underneath_can_read_is_not_harmless() {
    let table: [(&str, &[&str]); 2] = [
        ("zsh", &["for i (1) touch BAD", "repeat 1 touch BAD", "if (true) { touch BAD }", "ls *(e:'touch BAD':)"]),
        (
            "fish",
            &[
                "for i in 1; touch BAD; end",
                "true; and touch BAD",
                "not touch BAD",
                "if true; touch BAD; end",
                "echo 'a\\' ' ; touch BAD ; echo 'b'",
            ],
        ),
    ];
    for (name, lines) in table {
        let Some(shell) = terminal::shell(name) else { continue };
        for line in lines {
            let mut terminal = Terminal::start(&shell, &Options::default());
            terminal.keys(&format!("{line}\r"));
            terminal.wait("a verdict", |terminal| {
                terminal.screen().contains("refused:") || terminal.screen().contains("means no")
            });
            assert!(!terminal.made("BAD"), "{name}: {line}");
        }
    }
}

#[test]
fn without_its_front_end_a_shell_runs_nothing_more() {
    let Some(bash) = terminal::shell("bash") else { return };
    let mut terminal = Terminal::start(&bash, &Options::default());
    terminal.steps("echo $$ >pid\r|");
    terminal.after("after");
    let shell: i32 = fs::read_to_string(terminal.home.path().join("pid")).unwrap().trim().parse().unwrap();
    let front = rustix::process::Pid::from_raw(i32::try_from(terminal.pid()).unwrap()).unwrap();
    rustix::process::kill_process(front, rustix::process::Signal::KILL).unwrap();
    terminal.wait("the shell's end", |_| {
        let state = fs::read_to_string(format!("/proc/{shell}/stat")).unwrap_or_default();
        state.is_empty() || state.contains(") Z")
    });
}

#[test]
fn a_login_shell_in_every_spelling() {
    let Some(bash) = terminal::shell("bash") else { return };
    let wardsh = env!("CARGO_BIN_EXE_wardsh");
    let state = tempfile::tempdir().unwrap();
    let places = format!("--config-dir {0} --state-dir {0}", state.path().display());
    for (name, words) in [
        ("zsh", format!("{places} -l --shell zsh")),
        ("zsh", format!("{places} --shell=/bin/zsh --login")),
        ("bash", format!("{places} -il --shell bash")),
        ("fish", format!("{places} --shell fish -l")),
        ("bash", format!("-l --shell bash {places}")),
    ] {
        if terminal::shell(name).is_none() {
            continue;
        }
        let zprofile = "echo login >>~/order\n";
        let profile = "echo login >>~/order; PS1='PROMPT> '\n";
        let fish = "function fish_prompt; echo 'PROMPT> '; end\nfunction fish_greeting; end\nif status is-login; echo login >>~/order; end\n";
        let files = [(".zprofile", zprofile), (".bash_profile", profile), (".config/fish/config.fish", fish)];
        let run = format!("exec {wardsh} {words}");
        let options = Options { bare: true, args: &["-c", &run], files: &files, ..Options::default() };
        let mut terminal = Terminal::start(&bash, &options);
        terminal.after("after");
        let order = fs::read_to_string(terminal.home.path().join("order")).unwrap_or_default();
        assert_eq!(order, "login\n", "{words}");
        terminal.keys("exit 4\r");
        assert_eq!(terminal.ends(), 4, "{words}");
    }
}

#[test]
fn a_great_output_is_cut_off_by_a_key() {
    let Some(bash) = terminal::shell("bash") else { return };
    let mut terminal = Terminal::start(&bash, &Options::default());
    // Without the key it would go on for ever.
    terminal.keys("yes 'a line of some length, so that there is much of it'\r");
    terminal.wait("much output", |terminal| terminal.shown() > 4 << 20);
    terminal.keys("\x03");
    terminal.keys("echo \"status $?\" >status\r");
    terminal.after("after");
    assert_eq!(fs::read_to_string(terminal.home.path().join("status")).unwrap().trim(), "status 130");
    terminal.clear();
    terminal.keys("touch BAD\r");
    terminal.shows("refused:");
    assert!(!terminal.made("BAD"));
}

#[test]
fn a_program_that_takes_the_whole_screen_leaves_the_gates_as_they_were() {
    let Some(bash) = terminal::shell("bash") else { return };
    let mut terminal = Terminal::start(&bash, &Options::default());
    // The other screen, no echo, keys one by one; it tells the size, is told of another one, and of an end by a key.
    let program = "#!/bin/bash\nprintf '\\033[?1049h'; stty -echo -icanon\ntrap 'stty size >~/size' WINCH\n: >~/up\nuntil IFS= read -rsn1 -t 0.1 key && [ \"$key\" = q ]; do :; done\nstty sane; printf '\\033[?1049l'\n";
    fs::write(terminal.home.path().join("full"), program).unwrap();
    terminal.keys("bash ~/full; echo over >over\r");
    terminal.wait("the program", |terminal| terminal.made("up"));
    terminal.resize(33, 66);
    terminal.wait("the size", |terminal| {
        fs::read_to_string(terminal.home.path().join("size")).is_ok_and(|size| size.trim() == "33 66")
    });
    terminal.keys("q");
    terminal.wait("its end", |terminal| terminal.made("over"));
    terminal.settle();
    terminal.keys("echo $COLUMNS >columns\r");
    terminal.after("after-1");
    assert_eq!(fs::read_to_string(terminal.home.path().join("columns")).unwrap().trim(), "66");
    terminal.keys("touch BAD\r");
    terminal.shows("refused:");
    terminal.after("after-2");
    assert!(!terminal.made("BAD"));
}

#[test]
fn input_without_echo_is_none_of_ours() {
    let Some(bash) = terminal::shell("bash") else { return };
    let mut terminal = Terminal::start(&bash, &Options::default());
    terminal.keys("read -rsp 'word: ' WORD\r");
    terminal.shows("word: ");
    terminal.settle();
    let word = ["hid", "den-", "4711"].concat();
    terminal.keys(&format!("{word}\r"));
    terminal.after("after-1");
    assert!(!terminal.screen().contains(&word), "{}", terminal.screen());
    terminal.keys("[ \"$WORD\" = hid''den-4711 ] && echo same >same\r");
    terminal.after("after-2");
    assert!(terminal.made("same"));
    terminal.keys("touch BAD\r");
    terminal.shows("refused:");
    terminal.after("after-3");
    assert!(!terminal.made("BAD"));
}

#[test]
fn what_runs_in_the_background_goes_on_when_the_shell_has_gone() {
    let Some(bash) = terminal::shell("bash") else { return };
    let mut terminal = Terminal::start(&bash, &Options::default());
    terminal.keys("(until [ -e go ]; do sleep 0.1; done; echo late >late) & disown\r");
    terminal.after("after");
    terminal.keys("exit 6\r");
    // The shell's end is told although somebody still holds its terminal.
    assert_eq!(terminal.ends(), 6);
    fs::write(terminal.home.path().join("go"), "").unwrap();
    terminal.wait("the job's end", |terminal| terminal.made("late"));
}

#[test]
fn what_the_shell_itself_rejects_is_left_to_it() {
    for (name, says) in [("bash", "syntax error"), ("zsh", "parse error"), ("fish", "nexpected")] {
        let Some(shell) = terminal::shell(name) else { continue };
        let mut terminal = Terminal::start(&shell, &Options::default());
        terminal.keys(")( touch BAD\r");
        terminal.shows(says);
        terminal.settle();
        terminal.keys("\x03");
        terminal.settle();
        let screen = terminal.screen();
        assert!(!["asks before", "refused:"].iter().any(|text| screen.contains(text)), "{name}: {screen}");
        terminal.after("after");
        assert!(!terminal.made("BAD"), "{name}");
    }
}

#[test]
fn an_empty_line_is_the_first_one() {
    for name in ["bash", "zsh", "fish"] {
        let Some(shell) = terminal::shell(name) else { continue };
        let mut terminal = Terminal::start(&shell, &Options::default());
        terminal.steps("\r|\r|");
        terminal.after("after-1");
        terminal.steps("\r|");
        terminal.after("after-2");
    }
}

#[test]
fn a_value_without_a_name_is_masked_and_a_prompt_is_not() {
    let word = ["kestrel", "bay"].concat();
    for name in ["bash", "zsh"] {
        let Some(shell) = terminal::shell(name) else {
            println!("skipped: no {name}");
            continue;
        };
        let rc = "PS1='bash-5.2$ '\nchmod +x ~/bin/wg\nPATH=$HOME/bin:$PATH\necho 'PROMPT> '\n";
        let wg = "#!/bin/sh\nexec cat ~/word\n";
        let line = format!("{word}\n");
        let files = [(".bashrc", rc), (".zshrc", rc), ("bin/wg", wg), ("word", line.as_str())];
        let mut terminal = Terminal::start(&shell, &Options { files: &files, ..Options::default() });
        terminal.after("ready");
        terminal.clear();
        terminal.keys("wg genkey\r");
        terminal.shows("[masked:");
        terminal.wait("the prompt", |terminal| terminal.screen().matches("bash-5.2$").count() > 0);
        assert!(!terminal.screen().contains(&word), "{name}: {}", terminal.screen());
        terminal.keys("cat word\r");
        terminal.shows(&word);
    }
}
