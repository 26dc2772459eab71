//! What no honest caller sends, through the real program: a quick answer in bounded memory, a clear message, never a
//! crash, and never "allow" because something failed.
#![allow(clippy::unwrap_used)]

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The verdict's exit statuses.
const RUNS: i32 = 0;
const ASKS: i32 = 10;
const REFUSES: i32 = 20;
const FAULT: i32 = 2;

/// Runs wardsh with these words and this standard input in at most 4 GB of address space.
fn wardsh(folder: &Path, words: &[&[u8]], input: &[u8]) -> Output {
    let mut child = Command::new("/bin/sh")
        .args(["-c", "ulimit -v 4000000; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_wardsh")])
        .args(words.iter().map(|word| OsStr::from_bytes(word)))
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// Checks a line given on standard input: its exit status, and that nothing but a verdict came out.
#[track_caller]
fn check_in(folder: &Path, line: impl AsRef<[u8]>, want: i32) {
    let output = wardsh(folder, &[b"check", b"-"], line.as_ref());
    let head = String::from_utf8_lossy(line.as_ref().get(..60).unwrap_or(line.as_ref())).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(want), "{head}\n{errors}");
    assert!(errors.is_empty(), "{head}\n{errors}");
    assert!(!output.stdout.is_empty(), "{head}");
}

#[track_caller]
fn check(line: impl AsRef<[u8]>, want: i32) {
    check_in(tempfile::tempdir().unwrap().path(), line, want);
}

#[test]
fn bytes_that_are_no_text() {
    check(b"echo \xff\xfe", RUNS);
    check(b"rm -rf /\xff", ASKS);
    check(b"rm -rf ~ \xff\xc3", REFUSES);
    // bash leaves a NUL out of a script: this is `rm -rf ~`.
    check(b"rm -rf ~\0", ASKS);
    let folder = tempfile::tempdir().unwrap();
    let output = wardsh(folder.path(), &[b"check", b"--json", b"--", b"rm -rf /\xff"], b"");
    let verdict: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdict["command_b64"], "cm0gLXJmIC//");
    assert_eq!(verdict["decision"], "ask");
    let end = verdict["effects"][0]["span"][1].as_u64().unwrap();
    assert!(end <= 9, "the span {end} counts other bytes than the submitted ones");
}

#[test]
fn two_megabytes() {
    let whole = "true\n".repeat(400_000);
    check(format!("rm -rf ~\n{whole}"), REFUSES);
    check(format!("{whole}rm -rf ~"), ASKS);
    check("ls;".repeat(700_000), ASKS);
    check(format!("echo {}", "'word' ".repeat(300_000)), ASKS);
    check("x".repeat(2_000_000), ASKS);
    check(format!("cat <<'END'\n{}END\n", "rm -rf ~\n".repeat(100_000)), RUNS);
}

#[test]
fn nested_without_end() {
    check(format!("{}rm{}", "$(".repeat(10_000), ")".repeat(10_000)), ASKS);
    check("$(".repeat(10_000), ASKS);
    check(format!("{}rm -rf ~{}", "(".repeat(10_000), ")".repeat(10_000)), ASKS);
    check(format!("{}rm -rf ~{}", "{ ".repeat(10_000), "; }".repeat(10_000)), ASKS);
    check(format!("rm -rf ~\n{}", "if true; then ".repeat(10_000)), REFUSES);
    check(format!("echo {}a{}", "${x:-".repeat(10_000), "}".repeat(10_000)), ASKS);
    check(format!("echo $(({}1{}))", "(".repeat(10_000), ")".repeat(10_000)), ASKS);
    check("((".repeat(30), ASKS);
}

#[test]
fn quotes_that_stay_open() {
    // bash runs nothing of the first ones; of the last one it runs the first line.
    check("echo 'rm -rf ~", RUNS);
    check("rm -rf ~ \"", RUNS);
    check("echo $(rm -rf ~", RUNS);
    check("rm -rf ~\necho 'x", REFUSES);
}

#[test]
fn definitions_in_a_circle() {
    check("f() { f | f & }; f", ASKS);
    check("f() { g; }; g() { f; }; f", RUNS);
    check("alias a='b x' b='a y'\na", RUNS);
    check(format!("x=aaaaaaaa; {} echo $x", "x=$x$x;".repeat(64)), RUNS);
    // Each append may or may not happen.
    let appends: String = (0..2_000).map(|at| format!("if x{at}; then A+=(v{at}); fi\n")).collect();
    check(format!("A=()\n{appends}rm -rf \"${{A[@]}}\""), ASKS);
    let early: String = (0..2_000).map(|at| format!("if x; then A{at}=1; break; fi\n")).collect();
    check(format!("for i in a b; do\n{early}done"), ASKS);
}

#[test]
fn braces_without_end() {
    check("echo {1..100000000}", RUNS);
    check(format!("echo {}", "{1..9999}".repeat(50)), RUNS);
    check("rm -rf /home/{1..100000000}", ASKS);
    check("rm -rf {/,x}{1..100000000}/../..", REFUSES);
}

#[test]
fn many_files() {
    let folder = tempfile::tempdir().unwrap();
    let many = folder.path().join("many");
    fs::create_dir(&many).unwrap();
    for number in 0..20_000 {
        fs::write(many.join(format!("f{number}")), "").unwrap();
    }
    check_in(&many, "ls *", RUNS);
    check_in(&many, "cat f1* | wc -l", RUNS);
    check_in(folder.path(), "rm -rf ~ */*/* many/f*", REFUSES);
    check_in(&many, "rm -rf *", ASKS);
}

/// Writes a rule pack and looks for faults in it.
fn lint(text: impl AsRef<[u8]>) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine.yaml"), text).unwrap();
    let output = wardsh(folder.path(), &[b"rules", b"lint", b"mine.yaml"], b"");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn faults_in_rule_packs_have_a_place() {
    let rule = |rest: &str| format!("family: x\nrules:\n  - id: x.a\n    severity: low\n    because: b\n{rest}");
    let table: &[(String, &str)] = &[
        ("family: [".into(), "mine.yaml:1:"),
        ("family: x\nruls: []\n".into(), "mine.yaml:2:1: "),
        (rule("    match: { program: p }\n"), "mine.yaml:3:9: "),
        (rule("    decision: forbid\n    match: { program: p }\n"), "mine.yaml:6:15: "),
        (rule("    decision: ask\n    match: { pattern: '(((' }\n"), "mine.yaml:7:23: "),
        (rule("    decision: ask\n    match: { pattern: '((a{1000}){1000}){1000}' }\n"), "mine.yaml:7:23: "),
        (rule("    decision: ask\n    when: 'actor.kind =='\n    match: { program: p }\n"), "mine.yaml:7:11: "),
        ("[".repeat(100_000), "mine.yaml:1:"),
    ];
    for (text, place) in table {
        let (status, message) = lint(text);
        let head: String = text.chars().take(200).collect();
        assert_eq!(status, Some(FAULT), "{head}\n{message}");
        assert!(message.contains(place), "{place} is not in the message\n{head}\n{message}");
    }
    let (status, message) = lint(b"family: \xff\n");
    assert_eq!(status, Some(FAULT), "{message}");
    assert!(message.contains("mine.yaml"), "{message}");
}

/// Checks a harmless line under a configuration folder with this policy and this rule pack.
fn check_under(policy: &[u8], pack: &[u8]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("config/rules")).unwrap();
    fs::write(folder.path().join("config/policy.yaml"), policy).unwrap();
    fs::write(folder.path().join("config/rules/mine.yaml"), pack).unwrap();
    let places: [&[u8]; 4] = [b"--config-dir", b"config", b"--state-dir", b"state"];
    wardsh(folder.path(), &[&places[..], &[b"check", b"git status"]].concat(), b"")
}

#[test]
fn a_faulty_configuration_gives_no_verdict() {
    const POLICY: &str = "version: 1\n";
    const PACK: &str = "family: mine\nrules: []\n";
    assert_eq!(check_under(POLICY.as_bytes(), PACK.as_bytes()).status.code(), Some(RUNS));
    let table: &[(&[u8], &[u8], &str)] = &[
        (b"version: 1\nprofile: stric\n", PACK.as_bytes(), "policy.yaml:2:10: "),
        (b"version: 1\nproflie: strict\n", PACK.as_bytes(), "policy.yaml:2:1: "),
        (b"version: [", PACK.as_bytes(), "policy.yaml:1:"),
        (b"version: \xff\n", PACK.as_bytes(), "policy.yaml"),
        (b"", PACK.as_bytes(), "policy.yaml:1:"),
        (POLICY.as_bytes(), b"family: mine\nrules:\n  - { id: mine.a }\n", "mine.yaml:3:"),
        (POLICY.as_bytes(), b"\0", "mine.yaml:1:"),
    ];
    for (policy, pack, place) in table {
        let output = check_under(policy, pack);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(FAULT), "{place}\n{message}");
        assert!(output.stdout.is_empty(), "{place}");
        assert!(message.starts_with("wardsh: ") && message.contains(place), "{place}\n{message}");
    }
}

#[test]
fn a_configuration_that_cannot_be_read_gives_no_verdict() {
    let folder = tempfile::tempdir().unwrap();
    // A folder in the file's place: unreadable for root too.
    fs::create_dir_all(folder.path().join("config/policy.yaml")).unwrap();
    let places: [&[u8]; 4] = [b"--config-dir", b"config", b"--state-dir", b"state"];
    let output = wardsh(folder.path(), &[&places[..], &[b"check", b"git status"]].concat(), b"");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(FAULT), "{message}");
    assert!(message.contains("policy.yaml"), "{message}");
}

/// What cost seconds and hundreds of megabytes, as every part of it was looked at once for every other.
#[test]
fn what_grows_with_the_square() {
    check(format!("rm -rf {}", "a/".repeat(32_000)), RUNS);
    let many = |piece: &str| (0..3_000).map(|n| piece.replace('N', &n.to_string())).collect::<String>();
    check(many("aN=vN;echo $aN\n"), RUNS);
    check(many("export aN=N\n"), ASKS);
}
