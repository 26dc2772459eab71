//! A question on this terminal, to the person in front of it.

use super::person::Person;
use super::stage::{CRITICAL, GRANTABLE, Stage, eventually};

fn runs(person: &Person<'_>, stage: &Stage, line: &str) {
    person.types(&format!("{} -c '{line}'; echo \"status $?\"", stage.words()));
}

#[test]
fn no_is_the_default_and_once_is_once() {
    let stage = Stage::new();
    let Some(person) = Person::new(&stage) else { return };
    runs(&person, &stage, GRANTABLE);
    person.sees("> no");
    let screen = person.screen();
    for part in ["wardsh asks before this runs", "rule     git.discard-all", "once", "this session", "explain"] {
        assert!(screen.contains(part), "{part} in {screen}");
    }
    person.presses("Enter");
    person.sees("status 126");
    assert!(!stage.ran() && stage.is_tidy());
    person.types("clear");
    runs(&person, &stage, GRANTABLE);
    person.sees("> no");
    person.presses("Down");
    person.sees("> once");
    person.presses("Enter");
    person.sees("status 0");
    assert!(stage.ran());
    person.types("clear");
    runs(&person, &stage, GRANTABLE);
    person.sees("> no");
    person.presses("C-c");
    person.sees("status 126");
    assert!(stage.is_tidy());
}

#[test]
fn a_grant_for_the_session() {
    let stage = Stage::new();
    let Some(person) = Person::new(&stage) else { return };
    runs(&person, &stage, GRANTABLE);
    person.sees("> no");
    person.presses("Down");
    person.presses("Down");
    person.sees("> this rule");
    person.presses("Enter");
    person.sees("status 0");
    person.types("clear");
    runs(&person, &stage, GRANTABLE);
    person.sees("status 0");
    assert!(!person.screen().contains("asks before"), "{}", person.screen());
}

#[test]
fn what_is_critical_wants_a_word() {
    let stage = Stage::new();
    let Some(person) = Person::new(&stage) else { return };
    runs(&person, &stage, CRITICAL);
    person.word();
    assert!(!person.screen().contains("once\n"), "nothing else is offered");
    person.types("y");
    person.sees("status 126");
    assert!(!stage.ran());
    person.types("clear");
    runs(&person, &stage, CRITICAL);
    person.types(&person.word());
    person.sees("status 0");
    assert!(stage.ran());
}

#[test]
fn a_word_is_wanted_where_others_could_type() {
    let stage = Stage::new();
    let Some(person) = Person::new(&stage) else { return };
    let forbidden = std::fs::read_to_string("/proc/sys/dev/tty/legacy_tiocsti").is_ok_and(|text| text.trim() == "0");
    if forbidden {
        println!("left out: this kernel lets nobody type for others");
        return;
    }
    person.types("sleep 300 &");
    person.types("clear");
    runs(&person, &stage, GRANTABLE);
    person.types(&person.word());
    person.sees("status 0");
    assert!(stage.ran());
    person.types("kill %1");
}

#[test]
fn a_dumb_terminal_gets_plain_text() {
    let stage = Stage::new();
    let Some(person) = Person::called(&stage, "dumb", "dumb") else { return };
    runs(&person, &stage, GRANTABLE);
    person.sees("no is the default:");
    person.types("");
    person.sees("status 126");
    person.types("clear");
    runs(&person, &stage, GRANTABLE);
    eventually("a second question", || (person.screen().matches("no is the default:").count() == 2).then_some(()));
    person.types("o");
    person.sees("status 0");
    assert!(stage.ran());
}

#[test]
fn what_was_typed_ahead_does_not_count() {
    let stage = Stage::new();
    let Some(person) = Person::called(&stage, "ahead", "dumb") else { return };
    // The question comes a moment after the keys.
    person.types(&format!("sleep 1; {} -c '{GRANTABLE}'; echo \"status $?\"", stage.words()));
    person.types("o");
    person.types("o");
    person.sees("no is the default:");
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(!stage.ran(), "{}", person.screen());
    person.types("");
    person.sees("status 126");
}

#[test]
fn the_terminal_is_as_before_when_the_helper_is_killed() {
    let stage = Stage::new();
    let Some(person) = Person::new(&stage) else { return };
    person.types("stty -a > before");
    runs(&person, &stage, GRANTABLE);
    person.sees("> no");
    let state = stage.path("state").display().to_string();
    // The helper is the child of the process that has the stage's folder in its words.
    let pid = eventually("the helper", || {
        std::fs::read_dir("/proc").unwrap().find_map(|entry| {
            let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let words = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
            if !words.contains("__ask") {
                return None;
            }
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.to_owned();
            let above = std::fs::read_to_string(format!("/proc/{parent}/cmdline")).ok()?;
            above.contains(&state).then_some(pid)
        })
    });
    assert!(std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap().success());
    person.sees("status 126");
    person.types("stty -a > after; echo written");
    person.sees("\nwritten");
    let read = |name: &str| std::fs::read_to_string(stage.path("work").join(name)).unwrap();
    assert_eq!(read("before"), read("after"));
    assert!(!stage.ran() && stage.is_tidy());
}

#[test]
fn a_closed_window_means_no() {
    let stage = Stage::new();
    let Some(person) = Person::new(&stage) else { return };
    runs(&person, &stage, CRITICAL);
    person.word();
    person.leaves();
    eventually("the end of the question", || stage.is_tidy().then_some(()));
    assert!(!stage.ran());
}

#[test]
fn another_terminal_may_answer_first() {
    let stage = Stage::new();
    let (Some(one), Some(two)) = (Person::new(&stage), Person::called(&stage, "two", "xterm")) else { return };
    runs(&one, &stage, CRITICAL);
    one.word();
    let id = eventually("a request", || stage.waiting().pop());
    two.approvals(&format!("approve {id}"));
    two.types(&two.word());
    two.sees("approved  request");
    one.sees("approved by");
    one.sees("status 0");
    assert!(stage.ran());
}

#[test]
fn a_person_may_trust_a_policy() {
    let stage = Stage::new();
    let Some(person) = Person::new(&stage) else { return };
    std::fs::write(stage.path("work/p.yaml"), "version: 1\n").unwrap();
    person.types(&format!("{} policy trust p.yaml", stage.words()));
    person.types(&person.word());
    person.sees("trusted ");
    assert!(stage.path("state/trust.json").exists());
}

#[test]
fn a_terminal_that_something_else_types_into_is_no_persons() {
    let stage = Stage::with_policy("{ channels: [terminal] }");
    let Some(person) = Person::new(&stage) else { return };
    person.types("command -v script >/dev/null && echo there; echo over");
    if !person.sees("\nover").contains("\nthere") {
        eprintln!("left out: script is not installed");
        return;
    }
    person.types(&format!(
        "script -qec \"{} -c 'git push --force; touch ran'; echo status \\$?\" /dev/null",
        stage.words()
    ));
    let screen = person.sees("status 126");
    assert!(screen.contains("is held by `script`") && screen.contains("needs a person"), "{screen}");
    assert!(!stage.ran());
}
