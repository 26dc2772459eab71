//! Our reading of zsh's grammar beside zsh's own: it prints a function's body as it has understood it, and that text must
//! mean to us what the original does. Nothing runs: bodies are only defined.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::process::{Command, Stdio};

use wardsh::syntax::{Dialect, placeless_by};

#[derive(serde::Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    cmd: String,
}

fn lines(file: &str) -> Vec<String> {
    let path = format!("{}/tests/cases/{file}.yaml", env!("CARGO_MANIFEST_DIR"));
    let file: File = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    file.cases.into_iter().map(|case| case.cmd).collect()
}

/// A function's body as zsh prints it; `None` where it does not take it.
fn printed(line: &str) -> Option<String> {
    let output = Command::new("zsh")
        .args(["-f", "-c", "zmodload zsh/parameter; functions[f]=$1 && functions f", "zsh", line])
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).ok()?;
    let body = text.split_once('\n')?.1.trim_end().strip_suffix('}')?;
    output.status.success().then(|| body.to_owned())
}

/// zsh leaves these out or writes them in words of bash; the last two are asked about.
fn is_rewritten(line: &str) -> bool {
    ["nocorrect", "|&", "function {", "()", "for ((", "(){", "f g", "1>", "$'a'", "<<", "}#", "x; {"]
        .iter()
        .any(|part| line.contains(part))
}

#[test]
fn what_zsh_prints_means_the_same() {
    if Command::new("zsh").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("skipped: no zsh");
        return;
    }
    let mut wrong = Vec::new();
    for line in ["shells/zsh", "everyday", "evasion"].into_iter().flat_map(lines) {
        if !line.is_ascii() || is_rewritten(&line) {
            continue;
        }
        let Some(body) = printed(&line) else { continue };
        match (placeless_by(Dialect::Zsh, &line), placeless_by(Dialect::Zsh, &body)) {
            (Ok(ours), Ok(theirs)) if ours == theirs => {}
            (ours, theirs) => wrong.push(format!("{line}\n{body}  read: {} {}", ours.is_ok(), theirs.is_ok())),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
