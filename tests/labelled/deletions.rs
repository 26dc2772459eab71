//! Runs the cases marked `really` and compares what vanished with the effects that were foretold.
//!
//! Every command stays inside its own throw-away repository: it names relative paths only, and that is checked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cases::{Case, load};
use crate::judge::{Asked, Foretold, Outcome, check};
use crate::workspaces::Workspaces;

/// Kinds of effects after which a path may be gone.
const TAKES_AWAY: &[&str] = &["fs.delete", "fs.move", "vcs.discard"];

#[test]
fn deletes_for_real() {
    let cases: Vec<Case> = load("tests/cases").into_iter().filter(|case| case.really).collect();
    assert!(cases.len() >= 25, "only {} cases are run for real", cases.len());
    for case in &cases {
        assert!(stays_inside(&case.cmd), "`{}` may not be run for real", case.cmd);
    }
    let mut workspaces = Workspaces::new();
    let asked: Vec<Asked> =
        cases.iter().map(|case| Asked { case, cwd: workspaces.fresh(case.tree.as_ref()) }).collect();
    let outcomes = check(workspaces.home(), &asked, "bash");
    let wrong: Vec<String> =
        asked.iter().zip(&outcomes).flat_map(|(ask, outcome)| compare(workspaces.home(), ask, outcome)).collect();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// Says whether a command names only places below its working directory.
///
/// `..` is allowed where the case has first gone down as far.
fn stays_inside(cmd: &str) -> bool {
    let up = cmd.matches("..").count();
    let down = cmd.matches("cd ").count() + cmd.matches("src/..").count();
    let absolute = cmd.split([' ', '"', '\'', '=', '(']).any(|word| word.len() > 1 && word.starts_with('/'));
    up <= down && !absolute && !cmd.contains(['~', '`']) && !cmd.contains("HOME")
}

fn compare(home: &Path, ask: &Asked, outcome: &Outcome) -> Vec<String> {
    let before = paths_below(&ask.cwd);
    Command::new("/bin/bash")
        .args(["--norc", "-c", &ask.case.cmd])
        .current_dir(&ask.cwd)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home)
        .envs(&ask.case.env)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    let after = paths_below(&ask.cwd);
    let gone: BTreeSet<PathBuf> = before.difference(&after).cloned().collect();
    let mut wrong = Vec::new();
    for path in &gone {
        let covered = |effect: &Foretold| TAKES_AWAY.contains(&effect.kind.as_str()) && covers(effect, &ask.cwd, path);
        if !outcome.effects.iter().any(covered) {
            wrong.push(format!("`{}`: {} vanished unforetold", ask.case.cmd, shown(path, &ask.cwd)));
        }
    }
    for effect in outcome.effects.iter().filter(|effect| effect.kind == "fs.delete" && effect.certainty == "certain") {
        let target = located(&effect.target, &ask.cwd);
        if before.contains(&target) && !gone.contains(&target) {
            wrong.push(format!("`{}`: {} is still there", ask.case.cmd, shown(&target, &ask.cwd)));
        }
    }
    wrong
}

/// Says whether an effect's target is the path or above it. A target that was unknown covers everything; of one with a
/// glob, the part in front of the glob counts.
fn covers(effect: &Foretold, root: &Path, path: &Path) -> bool {
    let literal: PathBuf = located(&effect.target, root)
        .components()
        .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{', '$', '<']))
        .collect();
    effect.scope == "unknown" || path.starts_with(literal)
}

/// The target as an absolute path without `.` and `..`.
fn located(target: &str, root: &Path) -> PathBuf {
    let mut path = PathBuf::new();
    for part in root.join(target).components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path
}

fn shown(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

/// Every path below a folder, without the repository's own data.
fn paths_below(root: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.map(Result::unwrap).filter(|entry| entry.file_name() != ".git") {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
            found.insert(entry.path());
        }
    }
    found
}
