//! Whoever waits: what it says, what ends it, and what a person's answer does.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;

use super::person::Person;
use super::stage::{CRITICAL, GRANTABLE, Stage, eventually};

#[test]
fn a_person_says_yes_and_it_runs() {
    let stage = Stage::new();
    let Some(person) = Person::new(&stage) else { return };
    let mut asking = stage.ask(CRITICAL);
    let said = asking.said();
    for part in ["wardsh: waiting for a person: git push", "rule: git.force-push", "it would: ", "for 5 min at most"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert_eq!(stage.waiting(), [asking.id.clone()]);
    person.approvals(&format!("approve {}", asking.id));
    let word = person.word();
    // Both sides show the same digest.
    let digest = said.split("digest ").nth(1).unwrap().lines().next().unwrap();
    assert!(person.screen().contains(digest), "{digest} in {}", person.screen());
    assert!(!stage.ran());
    person.types(&word);
    person.sees("approved  request");
    assert!(asking.end().success(), "{}", asking.said());
    assert!(stage.ran());
    assert!(stage.is_tidy());
    assert!(stage.attempts().is_empty(), "{:?}", stage.attempts());
}

#[test]
fn another_word_is_no_yes_and_no_is_no() {
    let stage = Stage::new();
    let Some(person) = Person::new(&stage) else { return };
    let mut asking = stage.ask(CRITICAL);
    person.approvals(&format!("approve {}", asking.id));
    person.word();
    person.types("yes");
    person.sees("still waits");
    assert!(asking.still_waits());
    person.types("clear");
    person.approvals(&format!("deny {}", asking.id));
    person.sees("denied  request");
    assert_eq!(asking.end().code(), Some(126));
    assert!(asking.said().contains("said no (another terminal)"), "{}", asking.said());
    assert!(!stage.ran() && stage.is_tidy());
}

#[test]
fn of_two_people_one_wins_and_the_other_is_told() {
    let stage = Stage::new();
    let (Some(one), Some(two)) = (Person::new(&stage), Person::called(&stage, "two", "dumb")) else { return };
    let mut asking = stage.ask(CRITICAL);
    one.approvals(&format!("approve {}", asking.id));
    two.approvals(&format!("approve {}", asking.id));
    let (word, other) = (one.word(), two.word());
    assert_ne!(word, other);
    one.types(&word);
    one.sees("approved  request");
    two.sees("it is over: approved by");
    assert!(asking.end().success());
}

#[test]
fn watching_shows_what_comes() {
    let stage = Stage::new();
    let Some(person) = Person::new(&stage) else { return };
    person.approvals("watch");
    person.sees("watching");
    let mut asking = stage.ask(CRITICAL);
    let word = person.word();
    person.types(&word);
    person.sees("approved  request");
    assert!(asking.end().success());
    let mut asking = stage.ask("git push --force origin main; echo other");
    person.sees(&asking.id);
    eventually("the second question", || (person.screen().matches("; anything else ").count() == 2).then_some(()));
    person.types("no");
    person.sees("denied  request");
    assert_eq!(asking.end().code(), Some(126));
}

#[test]
fn nobody_answers() {
    let stage = Stage::with_policy("{ timeout: 2s }");
    let mut asking = stage.ask(CRITICAL);
    assert_eq!(asking.end().code(), Some(126));
    assert!(asking.said().contains("nobody answered within 2 s"), "{}", asking.said());
    assert!(stage.is_tidy());
    // The like is refused at once now: another line, the same rule and kind.
    let said = stage.says(&["-c", "git push --force origin main; echo again"]);
    assert!(said.contains("asked earlier in this session and nobody answered"), "{said}");
    assert!(!stage.ran());
}

#[test]
fn signals_mean_no_and_leave_nothing_behind() {
    for (name, number) in [("TERM", 15), ("INT", 2), ("HUP", 1)] {
        let stage = Stage::new();
        let mut asking = stage.ask(CRITICAL);
        let pid = asking.child.id().to_string();
        assert!(std::process::Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
        assert_eq!(asking.end().signal(), Some(number), "{}", asking.said());
        assert!(stage.is_tidy() && !stage.ran());
    }
}

#[test]
fn what_a_killed_process_leaves_is_removed_by_the_list() {
    let stage = Stage::new();
    let mut asking = stage.ask(CRITICAL);
    asking.child.kill().unwrap();
    asking.end();
    assert!(!stage.is_tidy());
    assert!(stage.waiting().is_empty());
    assert!(stage.is_tidy());
}

#[test]
fn without_a_channel_it_is_refused_at_once() {
    for channels in ["[]", "[terminal]"] {
        let stage = Stage::with_policy(&format!("{{ channels: {channels} }}"));
        let output = stage.wardsh().args(["-c", CRITICAL]).output().unwrap();
        assert_eq!(output.status.code(), Some(126));
        assert!(String::from_utf8_lossy(&output.stderr).contains("this needs a person"));
        assert!(!stage.path("state/queue").exists());
    }
}

#[test]
fn five_questions_wait_and_the_sixth_does_not() {
    let stage = Stage::new();
    let waiting: Vec<_> = (0..5).map(|n| stage.ask(&format!("git push --force origin main; echo {n}"))).collect();
    let said = stage.says(&["-c", "git push --force origin main; echo 6"]);
    assert!(said.contains("5 questions of this session wait"), "{said}");
    assert_eq!(stage.waiting().len(), 5);
    drop(waiting);
}

#[test]
fn equal_actions_share_one_question() {
    let stage = Stage::new();
    let Some(person) = Person::new(&stage) else { return };
    let (mut one, mut two) = (stage.ask(CRITICAL), stage.ask(CRITICAL));
    assert!(two.said().contains("1 others wait"), "{}", two.said());
    assert_eq!(stage.waiting().len(), 1);
    person.approvals(&format!("approve {}", two.id));
    let word = person.word();
    assert!(person.screen().contains("2 processes wait"), "{}", person.screen());
    person.types(&word);
    eventually("both answers", || (person.screen().matches("approved  request").count() == 2).then_some(()));
    assert!(one.end().success() && two.end().success());
}

#[test]
fn what_has_changed_in_the_meantime_is_not_run() {
    let stage = Stage::new();
    let Some(person) = Person::new(&stage) else { return };
    fs::write(stage.path("work/x.sh"), "echo one\n").unwrap();
    let mut asking = stage.ask("bash x.sh; git push --force origin main; touch ran");
    fs::write(stage.path("work/x.sh"), "echo two\n").unwrap();
    person.approvals(&format!("approve {}", asking.id));
    person.types(&person.word());
    person.sees("approved  request");
    assert_eq!(asking.end().code(), Some(126));
    assert!(asking.said().contains("has changed in the meantime"), "{}", asking.said());
    assert!(!stage.ran());
}

#[test]
fn a_grant_holds_for_the_session_until_it_is_taken_back() {
    let stage = Stage::with_policy("{ timeout: 3s }");
    let Some(person) = Person::new(&stage) else { return };
    let critical = stage.ask(CRITICAL);
    person.approvals(&format!("approve --session {}", critical.id));
    person.sees("not granted for a session");
    drop(critical);
    // A person is slower than three seconds.
    fs::write(stage.path("config/policy.yaml"), "version: 1\n").unwrap();
    person.types("clear");
    let mut asking = stage.ask(GRANTABLE);
    let list: serde_json::Value = serde_json::from_str(&stage.says(&["approvals", "list", "--json"])).unwrap();
    if list["requests"][0]["request"]["grantable"] == false {
        eprintln!("left out: the session's process lives outside of our namespace, so nothing can be granted to it");
        return;
    }
    person.approvals(&format!("approve --session {}", asking.id));
    person.types(&person.word());
    assert!(asking.end().success(), "{}", asking.said());
    let runs = || fs::read_to_string(stage.path("work/ran")).unwrap_or_default().lines().count();
    assert_eq!(runs(), 1);
    assert!(stage.wardsh().args(["-c", GRANTABLE]).status().unwrap().success(), "the grant covers it");
    assert_eq!(runs(), 2);
    let said = stage.says(&["approvals", "grants"]);
    assert!(said.contains("git.discard-all"), "{said}");
    let id = said.split_whitespace().next().unwrap().to_owned();
    fs::create_dir(stage.path("work/sub")).unwrap();
    fs::write(stage.path("config/policy.yaml"), "version: 1\napprove: { channels: [] }\n").unwrap();
    let elsewhere = stage.wardsh().args(["-c", GRANTABLE]).current_dir(stage.path("work/sub")).output().unwrap();
    assert_eq!(elsewhere.status.code(), Some(126), "another folder");
    assert!(stage.says(&["approvals", "revoke", &id]).contains("taken back"));
    assert_eq!(stage.wardsh().args(["-c", GRANTABLE]).output().unwrap().status.code(), Some(126));
    assert_eq!(runs(), 2);
}

#[test]
fn whoever_is_not_waited_for_any_more_does_not_wait() {
    let stage = Stage::new();
    let script = format!("{} -c '{CRITICAL}' & wait", stage.words());
    let mut shell = stage.agent("sh").args(["-c", &script]).stderr(std::process::Stdio::null()).spawn().unwrap();
    eventually("a request", || stage.waiting().pop());
    shell.kill().unwrap();
    shell.wait().unwrap();
    eventually("the end of the question", || stage.is_tidy().then_some(()));
}

#[test]
fn a_secret_in_the_line_is_shown_to_nobody_and_runs_as_it_is() {
    let stage = Stage::new();
    let secret = ["gl", "pat-", "Zx81", "Kq02", "Lm77", "Pw3v", "Rt5y"].concat();
    let mut asking = stage.ask(&format!("DB_PASSWORD={secret} git push --force origin main; echo {secret} >> ran"));
    let id = asking.id.clone();
    let queued = fs::read_to_string(stage.path(&format!("state/queue/{id}.json"))).unwrap();
    let seen = [
        asking.said(),
        queued,
        stage.says(&["approvals", "list"]),
        stage.says(&["approvals", "list", "--json"]),
        stage.says(&["approvals", "show", &id]),
        stage.says(&["approvals", "show", &id, "--json"]),
    ];
    for text in &seen {
        assert!(!text.contains(&secret), "{text}");
    }
    // The underlined words are the right ones.
    let shown = stage.says(&["approvals", "show", &id]);
    let mut lines = shown.lines();
    let (line, carets) = (lines.next().unwrap(), lines.next().unwrap());
    let marked: String = line.chars().zip(carets.chars()).filter(|(_, mark)| *mark == '^').map(|(ch, _)| ch).collect();
    assert!(line.contains("[masked:") && marked == "main", "{shown}");
    let Some(person) = Person::new(&stage) else { return };
    person.approvals(&format!("approve {id}"));
    let word = person.word();
    assert!(!person.screen().contains(&secret), "{}", person.screen());
    person.types(&word);
    person.sees("approved  request");
    assert!(asking.end().success(), "{}", asking.said());
    assert_eq!(fs::read_to_string(stage.path("work/ran")).unwrap().trim(), secret);
}
