//! Questions about lines of an interactive shell: here, for the session, and from another terminal.

use super::person::Person;
use super::stage::{GRANTABLE, Stage, eventually};

/// A person whose shell in the terminal is a guarded one.
fn guarded<'s>(stage: &'s Stage, name: &str) -> Option<Person<'s>> {
    let person = Person::called(stage, name, "xterm-256color")?;
    std::fs::write(stage.path(".bashrc"), "PS1='PROMPT> '\n").unwrap();
    person.types(&format!("{} --shell /bin/bash", stage.words()));
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
