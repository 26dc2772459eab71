//! The only caller of the judge: feeds lines to `wardsh check --batch` and reads the verdicts.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::cases::Case;

/// A case and where it would run.
pub(crate) struct Asked<'a> {
    /// The case.
    pub(crate) case: &'a Case,
    /// The workspace's root, which is also the working directory.
    pub(crate) cwd: PathBuf,
}

/// What the judge said.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Outcome {
    /// `allow`, `warn`, `ask` or `deny`; empty where there was no verdict.
    pub(crate) decision: String,
    /// What the line would do.
    pub(crate) effects: Vec<Foretold>,
    /// The rules that matched, strictest first.
    pub(crate) matches: Vec<Matched>,
    /// Why there was no verdict.
    pub(crate) error: Option<Failure>,
}

/// One effect of a verdict.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Foretold {
    pub(crate) kind: String,
    pub(crate) target: String,
    pub(crate) scope: String,
    pub(crate) certainty: String,
}

/// One matched rule of a verdict.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Matched {
    pub(crate) rule: String,
}

/// The error that stands in a verdict's place.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Failure {
    pub(crate) message: String,
}

impl Outcome {
    /// Says whether the line would wait for a human or be refused.
    pub(crate) fn stops(&self) -> bool {
        matches!(self.decision.as_str(), "ask" | "deny")
    }

    /// Says whether the line would run.
    pub(crate) fn runs(&self) -> bool {
        matches!(self.decision.as_str(), "allow" | "warn")
    }
}

/// Judges each line as one of an agent's, in profile `standard`. Outcomes are in the order of `asked`.
///
/// One process serves all lines that share an environment.
pub(crate) fn check(home: &Path, asked: &[Asked], shell: &str) -> Vec<Outcome> {
    let mut by_env: BTreeMap<&BTreeMap<String, String>, Vec<usize>> = BTreeMap::new();
    for (index, ask) in asked.iter().enumerate() {
        by_env.entry(&ask.case.env).or_default().push(index);
    }
    let mut outcomes = vec![Outcome::default(); asked.len()];
    for (env, indices) in by_env {
        let lines = indices.iter().map(|&index| request(index, &asked[index])).collect::<String>();
        let answers = run_batch(home, env, lines, shell);
        assert_eq!(answers.len(), indices.len(), "`check --batch` must answer every line");
        for (index, answer) in indices.into_iter().zip(answers) {
            outcomes[index] = answer;
        }
    }
    outcomes
}

fn request(index: usize, ask: &Asked) -> String {
    let line = serde_json::json!({
        "id": index.to_string(), "command": ask.case.cmd, "cwd": ask.cwd, "actor": "agent",
    });
    format!("{line}\n")
}

fn run_batch(home: &Path, env: &BTreeMap<String, String>, lines: String, shell: &str) -> Vec<Outcome> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wardsh"))
        .args(["check", "--batch", "--shell", shell])
        .current_dir(home)
        .env_clear()
        .envs([("PATH", "/usr/local/bin:/usr/bin:/bin"), ("USER", "dev"), ("SHELL", "/bin/bash"), ("LANG", "C.UTF-8")])
        .env("HOME", home)
        .envs(env)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
