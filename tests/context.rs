//! Facts of the surroundings that conditions look at, as the real program finds them.
#![allow(clippy::unwrap_used, reason = "a failure is a panic")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

fn git(folder: &Path, args: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=x", "-c", "user.email=x@example.invalid"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env_remove("GIT_DIR")
        .output()
        .unwrap();
    assert!(done.status.success(), "{args:?} {}", String::from_utf8_lossy(&done.stderr));
}

/// The exit status of a check in a folder, under the configuration in another.
fn check(config: &Path, folder: &Path, line: &str) -> Option<i32> {
    let [config, state] = [config.to_str().unwrap().to_owned(), config.join("state").to_str().unwrap().to_owned()];
    let mut wardsh = Command::new(env!("CARGO_BIN_EXE_wardsh"));
    wardsh.args(["--config-dir", &config, "--state-dir", &state, "check", "--", line]).current_dir(folder);
    wardsh.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap().code()
}

#[test]
fn the_branch_is_known_in_a_repository_and_in_a_linked_work_tree() {
    let place = tempfile::tempdir().unwrap();
    let (config, repo, tree) = (place.path().join("config"), place.path().join("repo"), place.path().join("tree"));
    fs::create_dir_all(config.join("rules")).unwrap();
    fs::create_dir_all(&repo).unwrap();
    let rule = "{ id: mine.on-main, match: { program: deploy }, when: 'git.branch == \"main\"', severity: high, decision: ask, because: b }";
    fs::write(config.join("rules/mine.yaml"), format!("family: mine\nrules:\n  - {rule}\n")).unwrap();
    git(&repo, &["init", "-q", "-b", "main"]);
    git(&repo, &["commit", "-q", "--allow-empty", "-m", "x"]);
    git(&repo, &["worktree", "add", "-q", "-b", "other", tree.to_str().unwrap()]);
    assert_eq!(check(&config, &repo, "deploy"), Some(10), "on main");
    // Where the branch is not known, a condition of what tightens counts as true.
    assert_eq!(check(&config, &tree, "deploy"), Some(0), "on another branch");
    assert_eq!(check(&config, place.path(), "deploy"), Some(10), "outside of a repository");
}

/// What `wardsh -c` says of a line on standard error, and its status.
fn run(config: &Path, folder: &Path, line: &str) -> (Option<i32>, String) {
    let [config, state] = [config.to_str().unwrap().to_owned(), config.join("state").to_str().unwrap().to_owned()];
    let mut wardsh = Command::new(env!("CARGO_BIN_EXE_wardsh"));
    wardsh.args(["--config-dir", &config, "--state-dir", &state, "-c", line]).current_dir(folder);
    let done = wardsh.stdin(Stdio::null()).output().unwrap();
    (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
}

#[test]
fn another_way_to_what_was_refused_is_asked_about() {
    let place = tempfile::tempdir().unwrap();
    let (config, folder) = (place.path().join("config"), place.path().join("work"));
    fs::create_dir_all(config.join("rules")).unwrap();
    fs::create_dir_all(&folder).unwrap();
    let rule = "{ id: mine.no-shred, match: { program: shred }, severity: high, decision: deny, because: b }";
    fs::write(config.join("rules/mine.yaml"), format!("family: mine\nrules:\n  - {rule}\n")).unwrap();
    fs::write(config.join("policy.yaml"), "version: 1\napprove: { channels: [] }\n").unwrap();
    for name in ["other.o", "kept.o"] {
        fs::write(folder.join(name), "x").unwrap();
    }
    assert_eq!(run(&config, &folder, "rm -f other.o").0, Some(0), "nothing was refused yet");
    assert_eq!(run(&config, &folder, "shred -u kept.o").0, Some(126));
    let (status, said) = run(&config, &folder, "rm -f kept.o");
    assert_eq!(status, Some(126), "{said}");
    assert!(said.contains("refused earlier in this session by `mine.no-shred`"), "{said}");
    assert!(folder.join("kept.o").exists() && !folder.join("other.o").exists());
}

#[test]
fn what_was_refused_is_remembered_without_its_secrets() {
    let place = tempfile::tempdir().unwrap();
    let (config, folder) = (place.path().join("config"), place.path().join("work"));
    fs::create_dir_all(config.join("rules")).unwrap();
    fs::create_dir_all(&folder).unwrap();
    let rule = |id: &str, program: &str, decision: &str| {
        format!(
            "  - {{ id: mine.{id}, match: {{ program: {program} }}, effect: data.delete, severity: high, decision: {decision}, because: b }}\n"
        )
    };
    let rules =
        format!("family: mine\nrules:\n{}{}", rule("wipe", "wipe-db", "deny"), rule("clear", "clear-db", "warn"));
    fs::write(config.join("rules/mine.yaml"), rules).unwrap();
    fs::write(config.join("policy.yaml"), "version: 1\napprove: { channels: [] }\n").unwrap();
    let password = ["Zq8L", "m2Xw9"].concat();
    let target = |password: &str| format!("https://ci:{password}@127.0.0.1:9/db1");
    assert_eq!(run(&config, &folder, &format!("wipe-db {}", target(&password))).0, Some(126));
    let kept: String = fs::read_dir(config.join("state/refusals"))
        .unwrap()
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    assert!(kept.contains("data.delete") && kept.contains("@127.0.0.1:9/db1"), "{kept}");
    assert!(!kept.contains(&password) && kept.contains("[masked:"), "{kept}");
    // It is known all the same when it comes another way, and nothing else is taken for it.
    let (status, said) = run(&config, &folder, &format!("clear-db {}", target(&password)));
    assert_eq!(status, Some(126), "{said}");
    assert!(said.contains("refused earlier in this session by `mine.wipe`") && !said.contains(&password), "{said}");
    assert_eq!(run(&config, &folder, &format!("clear-db {}", target("another1"))).0, Some(127));
}
