//! `wardsh check --file` as users call it: places, formats and exit statuses.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

struct Ran {
    status: i32,
    out: String,
    err: String,
}

/// A folder with a repository and these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn check(dir: &Path, args: &[&str]) -> Ran {
    let done = Command::new(env!("CARGO_BIN_EXE_wardsh"))
        .arg("check")
        .args(args)
        .current_dir(dir)
        .env_remove("DIR")
        .env("XDG_CONFIG_HOME", dir.join("none"))
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { status: done.status.code().unwrap(), out: text(done.stdout), err: text(done.stderr) }
}

/// `path:line:column: decision rule` of each match.
fn places(ran: &Ran) -> Vec<String> {
    let heads = ran.out.lines().filter(|line| !line.starts_with(' '));
    heads.filter_map(|line| line.splitn(3, ": ").take(2).collect::<Vec<_>>().join(" ").into()).collect()
}

/// The last line counts; it is no place.
fn findings(files: &[(&str, &str)]) -> (i32, Vec<String>) {
    let dir = folder(files);
    let ran = check(dir.path(), &["--file", "."]);
    let mut found = places(&ran);
    found.pop();
    (ran.status, found)
}

const HARMLESS: &[(&str, &str)] = &[
    (
        "Dockerfile",
        "FROM debian\nRUN apt-get update && apt-get install -y curl \\\n && rm -rf /var/lib/apt/lists/* /usr/share/doc\nRUN useradd -m app && chown -R app /app && chmod -R 777 /app\nUSER app\nCMD [\"node\", \"x.js\"]\n",
    ),
    ("Makefile", "OUT := build\nall:\n\t$(CC) -o $(OUT)/x x.c\nclean:\n\trm -rf $(OUT)\n\t-rm -f *.o\n"),
    (
        ".github/workflows/ci.yml",
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          sudo apt-get update\n          sudo systemctl start mysql\n          sudo rm -rf /usr/share/dotnet\n          echo \"$HOME/bin\" >> $GITHUB_PATH\n          ${{ matrix.cmd }} test\n      - run: npm publish\n      - run: echo \"$TITLE\"\n        env: {TITLE: \"${{ github.event.issue.title }}\"}\n",
    ),
    ("package.json", "{\"scripts\": {\"build\": \"tsc && rm -rf dist\"}}\n"),
    ("x.sh", "#!/bin/sh\nset -e\nrun() { \"$@\"; }\nrun cargo test\n$CC -c x.c\n"),
];

#[test]
fn everyday_files_are_silent() {
    assert_eq!(findings(HARMLESS), (0, Vec::new()));
}

#[test]
fn dangerous_commands_are_found_where_they_stand() {
    let table: &[(&str, &str, i32, &[&str])] = &[
        ("a.sh", "#!/bin/bash\nX=/\nf() {\n  rm -rf $X\n}\n", 20, &["a.sh:4:10 deny files.delete-root"]),
        ("run", "#!/usr/bin/env bash\nrm -rf /\n", 20, &["run:2:8 deny files.delete-root"]),
        ("Makefile", "D = /\nx:\n\t@rm -rf $(D)\n", 20, &["Makefile:3:10 deny files.delete-root"]),
        ("Dockerfile", "FROM a\nRUN rm -rf /\n", 10, &["Dockerfile:2:12 ask files.delete-remote"]),
        (
            "package.json",
            "{\"scripts\": {\n  \"x\": \"rm -rf /\"}}\n",
            20,
            &["package.json:2:16 deny files.delete-root"],
        ),
        (
            ".github/workflows/a.yml",
            "jobs:\n  a:\n    steps:\n      - run: |\n          true\n          rm -rf /\n",
            20,
            &[".github/workflows/a.yml:6:18 deny files.delete-root"],
        ),
        (
            ".github/workflows/a.yml",
            "jobs: {a: {steps: [{run: \"echo ${{ github.event.issue.title }}\"}]}}\n",
            10,
            &[".github/workflows/a.yml:1:32 ask ci.expression-injection"],
        ),
        (
            ".gitlab-ci.yml",
            "x:\n  script:\n    - cd /\n    - rm -rf *\n",
            20,
            &[".gitlab-ci.yml:4:14 deny files.delete-root"],
        ),
        ("justfile", "x:\n  @rm -rf /\n", 20, &["justfile:2:11 deny files.delete-root"]),
        ("a.service", "[Service]\nExecStop=-/bin/rm -rf /\n", 20, &["a.service:2:23 deny files.delete-root"]),
        ("cron.d/x", "0 0 * * * root rm -rf /\n", 20, &["cron.d/x:1:23 deny files.delete-root"]),
    ];
    for (name, text, status, want) in table {
        let (ran, found) = findings(&[(name, text)]);
        assert_eq!((ran, found), (*status, want.iter().map(|line| (*line).to_owned()).collect()), "{name}: {text}");
    }
}

#[test]
fn the_strictest_verdict_is_the_status_and_faults_do_not_stop_the_rest() {
    let dir = folder(&[
        ("a.sh", "rm -rf /\n"),
        ("ask.sh", "kubectl delete ns prod\n"),
        ("package.json", "{\n \"scripts\": {,}\n}\n"),
        ("notes.txt", "rm -rf /\n"),
        ("node_modules/x/a.sh", "rm -rf /\n"),
    ]);
    assert_eq!(check(dir.path(), &["--file", "ask.sh"]).status, 10);
    assert_eq!(check(dir.path(), &["--file", "ask.sh", "a.sh"]).status, 20);
    let ran = check(dir.path(), &["--file", "package.json", "notes.txt", "gone.sh", "a.sh"]);
    assert_eq!(ran.status, 2);
    assert!(ran.out.starts_with("a.sh:1:8: deny"), "{}", ran.out);
    let errors: Vec<&str> = ran.err.lines().collect();
    assert_eq!(errors.len(), 3, "{}", ran.err);
    assert!(ran.err.contains("wardsh: package.json:2:14: "), "{}", ran.err);
    assert!(ran.err.contains("wardsh: notes.txt: ") && ran.err.contains("wardsh: gone.sh: "), "{}", ran.err);
    let all = check(dir.path(), &["--file", "."]);
    assert!(!all.out.contains("node_modules"), "{}", all.out);
    assert_eq!(check(dir.path(), &["--file", "a.sh", "--batch"]).status, 2);
    assert_eq!(check(dir.path(), &["--format", "sarif", "ls"]).status, 2);
}

#[test]
fn json_has_the_whole_verdicts() {
    let dir = folder(&[("a.sh", "ls\nrm -rf / # \u{e9}\n"), ("Makefile", "x:\n\tls\n\tpwd\n")]);
    let ran = check(dir.path(), &["--file", "a.sh", "Makefile", "--format", "json"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.status, &report["v"], &report["errors"]), (20, &Value::from(1), &serde_json::json!([])));
    assert_eq!(report["files"][0]["commands"][0]["verdict"]["decision"], "deny");
    assert_eq!(report["files"][0]["commands"][0]["places"][0]["line"], 2);
    let lines: Vec<&Value> =
        report["files"][1]["commands"].as_array().unwrap().iter().map(|command| &command["line"]).collect();
    assert_eq!(lines, [2, 3]);
    assert_eq!(check(dir.path(), &["--file", "a.sh", "--json"]).out.lines().count(), 1);
}

#[test]
fn sarif_points_to_the_lines() {
    let dir = folder(&[("my scripts/a.sh", "ls\n  rm -rf /\n"), ("b.json/package.json", "[")]);
    let ran = check(dir.path(), &["--file", ".", "--format", "sarif"]);
    let log: Value = serde_json::from_str(&ran.out).unwrap();
    let run = &log["runs"][0];
    assert_eq!((&log["version"], &run["tool"]["driver"]["name"]), (&Value::from("2.1.0"), &Value::from("wardsh")));
    let result = &run["results"][0];
    let rule = &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
    assert_eq!((&result["ruleId"], &result["level"]), (&rule["id"], &Value::from("error")));
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "my%20scripts/a.sh");
    assert_eq!(place["region"], serde_json::json!({"startLine": 2, "startColumn": 10, "endLine": 2, "endColumn": 11}));
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    assert_eq!(ran.status, 2);
}

#[test]
fn bytes_that_are_no_text_are_taken_or_refused() {
    let dir = folder(&[]);
    fs::write(dir.path().join("a.sh"), b"echo \xff\xfe\nrm -rf /\n").unwrap();
    fs::write(dir.path().join("b.sh"), b"\0\0").unwrap();
    fs::write(dir.path().join("c.sh"), vec![b'#'; (1 << 20) + 1]).unwrap();
    let ran = check(dir.path(), &["--file", "a.sh"]);
    assert_eq!(ran.status, 20);
    assert!(ran.out.starts_with("a.sh:2:8: deny"), "{}", ran.out);
    assert_eq!(check(dir.path(), &["--file", "b.sh"]).status, 2);
    assert!(check(dir.path(), &["--file", "c.sh"]).err.contains("larger than 1 MB"));
}
