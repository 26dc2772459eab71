//! Questions about lines of an interactive shell: here, for the session, and from another terminal.

use super::person::Person;
use super::stage::{GRANTABLE, Stage, eventually};

/// A person whose shell in the terminal is a guarded one.
fn guarded<'s>(stage: &'s Stage, name: &str) -> Option<Person<'s>> {
    in_shell(stage, name, "bash")
}

/// As [`guarded`], around a certain shell; `None` also where that is missing.
fn in_shell<'s>(stage: &'s Stage, name: &str, shell: &str) -> Option<Person<'s>> {
    if !["/bin", "/usr/bin"].iter().any(|dir| std::path::Path::new(dir).join(shell).exists()) {
        eprintln!("left out: {shell} is not installed");
        return None;
    }
    let person = Person::called(stage, name, "xterm-256color")?;
    let fish = "function fish_prompt; echo 'PROMPT> '; end\nfunction fish_greeting; end\n";
    std::fs::create_dir_all(stage.path(".config/fish")).unwrap();
    for (file, text) in
        [(".bashrc", "PS1='PROMPT> '\n"), (".zshrc", "PS1='PROMPT> '\n"), (".config/fish/config.fish", fish)]
    {
        std::fs::write(stage.path(file), text).unwrap();
    }
    person.types(&format!("{} --shell {shell}", stage.words()));
    person.sees("PROMPT>");
    Some(person)
}

#[test]
fn no_once_and_for_the_session() {
    let stage = Stage::new();
    let Some(person) = guarded(&stage, "lines") else { return };
    person.types(GRANTABLE);
    person.sees("> no");
    let screen = person.screen();
    for part in ["rule     git.discard-all", "once", "this session", "explain", "elsewhere: wardsh approvals approve"] {
        assert!(screen.contains(part), "{part} in {screen}");
    }
    person.presses("Enter");
    person.sees("wardsh: not run");
    assert!(!stage.ran() && stage.is_tidy());
    person.types("clear");
    person.types(GRANTABLE);
    person.sees("> no");
    for (presses, sees) in [("Down", "> once"), ("Down", "> this rule"), ("Enter", "PROMPT> \n")] {
        person.presses(presses);
        person.sees(sees.trim_end());
    }
    eventually("the line", || stage.ran().then_some(()));
    person.types("clear");
    person.types(&format!("rm ran; {GRANTABLE}"));
    person.sees("allowed for this session (grant ");
    eventually("the line once more", || stage.ran().then_some(()));
    person.types("clear");
    person.approvals("list");
    person.sees("git.discard-all (up to high) for human");
    person.types(&format!("{} explain --actor human 'git reset -q --hard'", stage.words()));
    let screen = person.sees("granted for this session: ");
    let id = screen.split("granted for this session: ").nth(1).unwrap()[..8].to_owned();
    person.types("clear");
    person.approvals(&format!("revoke {id}"));
    person.sees("is taken back");
    person.types("clear");
    person.types(GRANTABLE);
    person.sees("> no");
    person.presses("C-c");
    person.sees("wardsh: not run");
}

#[test]
fn another_terminal_answers() {
    let stage = Stage::with_policy("{ channels: [terminal, local] }");
    let Some(person) = guarded(&stage, "asks") else { return };
    let Some(other) = Person::called(&stage, "answers", "xterm-256color") else { return };
    person.types("git reset -q --hard; touch ran");
    person.sees("> no");
    let id = stage.waiting().pop().unwrap();
    other.approvals(&format!("approve {id}"));
    other.types(&other.word());
    other.sees("approved  request");
    person.sees("(another terminal)");
    eventually("the line", || stage.ran().then_some(()));
    assert!(stage.is_tidy());
    person.types("clear");
    person.types("echo still $((20 + 22))");
    person.sees("still 42");
}

#[test]
fn without_the_channel_terminal_it_waits_for_another_one() {
    let stage = Stage::with_policy("{ channels: [local] }");
    let Some(person) = guarded(&stage, "waits") else { return };
    let Some(other) = Person::called(&stage, "denies", "xterm-256color") else { return };
    person.types("git reset -q --hard; touch ran");
    person.sees("Ctrl-C means no");
    let id = stage.waiting().pop().unwrap();
    other.approvals(&format!("deny {id}"));
    other.sees("denied  request");
    person.sees("wardsh: not run");
    person.types("clear");
    person.types("git reset -q --hard; touch ran");
    person.sees("Ctrl-C means no");
    person.presses("C-c");
    person.sees("wardsh: not run");
    assert!(!stage.ran());
    eventually("nothing left", || stage.is_tidy().then_some(()));
}

#[test]
fn channels_that_are_not_there_are_named() {
    let stage = Stage::with_policy("{ channels: [hub] }");
    assert!(stage.says(&["policy", "show"]).contains("this version of wardsh has no such channel"));
    assert!(stage.says(&["policy", "lint"]).contains("`channels: hub`"));
    assert!(stage.says(&["-c", "git reset --hard"]).contains("this version of wardsh has no such channel"));
}

/// Says which processes have this stage's folder among their words.
fn processes(stage: &Stage) -> Vec<String> {
    let name = stage.path("state").display().to_string();
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let words = all.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    let words = words.map(|words| String::from_utf8_lossy(&words).replace('\0', " "));
    words.filter(|words| words.contains("wardsh") && words.contains(&name)).collect()
}

/// Folders of interactive shells.
fn folders(stage: &Stage) -> usize {
    let entries = std::fs::read_dir(stage.path("state")).unwrap().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("wardsh-")).count()
}

#[test]
fn a_closed_window_means_no_and_leaves_nothing() {
    for shell in ["bash", "zsh", "fish"] {
        let stage = Stage::new();
        let Some(person) = in_shell(&stage, "closes", shell) else { continue };
        assert_eq!(folders(&stage), 1, "{shell}");
        person.types("git reset -q --hard; touch ran");
        person.sees("> no");
        person.leaves();
        eventually(&format!("{shell}: nothing left"), || {
            (stage.is_tidy() && folders(&stage) == 0 && processes(&stage).is_empty()).then_some(())
        });
        assert!(!stage.ran(), "{shell}");
    }
}

#[test]
fn keys_that_stop_things_mean_no_and_nothing_to_the_shell() {
    let stage = Stage::new();
    let Some(person) = guarded(&stage, "keys") else { return };
    person.types("sh -c 'echo up; exec sleep 300'");
    person.sees("\nup");
    person.presses("C-z");
    person.sees("Stopped");
    // Ctrl-\, Ctrl-Z and Ctrl-D do nothing where one chooses.
    for keys in [&["C-c"][..], &["Escape"], &["C-\\", "C-z", "C-d", "C-c"], &["q"]] {
        person.types("clear");
        person.types("git reset -q --hard; touch ran");
        person.sees("> no");
        for key in keys {
            person.presses(key);
        }
        person.sees("wardsh: not run");
        person.types("jobs; echo still $((20 + 22))");
        let screen = person.sees("still 42");
        assert!(screen.contains("exec sleep") && screen.contains("Stopped"), "{keys:?}: {screen}");
    }
    // Where a word is wanted, the key is a signal: it is the question's alone, whoever hears of it first.
    for round in 0..8 {
        person.types("clear");
        person.types("git push --force origin main; touch ran");
        person.word();
        person.presses("C-c");
        person.sees("wardsh: not run");
        person.types(&format!("echo round $(({round} + 100))"));
        person.sees(&format!("round {}", round + 100));
    }
    assert!(!stage.ran());
    person.types("kill %1");
}

#[test]
fn nobody_answers_in_time() {
    let stage = Stage::with_policy("{ timeout: 3s }");
    let Some(person) = guarded(&stage, "slow") else { return };
    person.types("git reset -q --hard; touch ran");
    person.sees("> no");
    person.sees("wardsh: not run: nobody answered in time");
    person.types("echo still $((20 + 22))");
    person.sees("still 42");
    assert!(!stage.ran() && stage.is_tidy());
}

#[test]
fn a_dumb_terminal_is_asked_in_plain_text() {
    let stage = Stage::new();
    let Some(person) = Person::called(&stage, "plain", "dumb") else { return };
    std::fs::write(stage.path(".bashrc"), "PS1='PROMPT> '\n").unwrap();
    person.types(&format!("{} --shell bash", stage.words()));
    person.sees("PROMPT>");
    // Such a terminal cannot be cleared: what is new is told by how often it stands there.
    for (round, key) in ["C-d", "C-c", "Enter"].into_iter().enumerate() {
        let times = |text: &str| person.screen().matches(text).count();
        person.types("git reset -q --hard; touch ran");
        eventually("a question", || (times("no is the default: ") > round).then_some(()));
        person.presses(key);
        eventually("an end", || (times("wardsh: not run") > round).then_some(()));
        person.types("echo still $((20 + 22))");
        eventually("a shell", || (times("still 42") > round).then_some(()));
    }
    assert!(!stage.ran());
}

#[test]
fn the_size_changes_while_a_question_stands() {
    let stage = Stage::new();
    let Some(person) = guarded(&stage, "sizes") else { return };
    person.types("git reset -q --hard; touch ran");
    person.sees("> no");
    person.resizes(90, 30);
    person.presses("Down");
    person.sees("> once");
    person.presses("Up");
    person.sees("> no");
    person.presses("Enter");
    person.sees("wardsh: not run");
    person.types("clear; stty size; echo $COLUMNS columns");
    let screen = person.sees("90 columns");
    assert!(screen.contains("30 90"), "{screen}");
    assert!(!stage.ran());
}

#[test]
fn terminals_inside_are_said_to_be_unjudged() {
    let stage = Stage::new();
    let Some(person) = guarded(&stage, "inside") else { return };
    person.types("bash --norc");
    person.sees("what is entered in bash is not judged; in `wardsh --shell bash` it is");
    person.types("exit");
    person.types("clear");
    person.types(&format!("{} status", stage.words()));
    person.sees("guarded  yes");
    person.types("exit");
}
