//! Whole processes against `bash -c true`, taken by turns in the same run: medians, ratios, page faults, and what the
//! loader has to do. Prints; never asserts a time.
//!
//! The binary is the static release one (`WARDSH` names another); `ROUNDS` is how often each command is started.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

/// How often each command is started.
const ROUNDS: usize = 300;
/// Starts before anything is counted.
const WARM_UP: usize = 20;
/// Size of the policy file that is read.
const POLICY_BYTES: usize = 20 << 10;

/// One command and what its starts took.
struct Row {
    name: &'static str,
    /// The ratio that it should stay below.
    goal: Option<f64>,
    args: Vec<String>,
    times: Vec<Duration>,
    faults: Vec<u64>,
}

impl Row {
    fn new(name: &'static str, goal: Option<f64>, args: &[&str]) -> Self {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Self { name, goal, args, times: Vec::new(), faults: Vec::new() }
    }

    /// Starts the command once and waits for it.
    fn start(&self, folder: &Path) -> (Duration, u64) {
        let mut command = Command::new(&self.args[0]);
        command.args(&self.args[1..]).current_dir(folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let before = faults_of_children();
        let start = Instant::now();
        command.status().unwrap();
        (start.elapsed(), faults_of_children() - before)
    }
}

fn main() {
    let wardsh = binary();
    let wardsh = wardsh.to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.yaml"), policy()).unwrap();
    let config = folder.path().to_str().unwrap();
    let state = folder.path().join("state");
    let state = state.to_str().unwrap();
    let with_policy = ["--config-dir", config, "--state-dir", state];
    let check = |line: &'static str| [&[wardsh, "check"][..], &with_policy, &["--", line]].concat();
    let mut rows = [
        Row::new("bash -c true", None, &["/bin/bash", "-c", "true"]),
        Row::new("wardsh --version", None, &[wardsh, "--version"]),
        Row::new("wardsh -c true", Some(1.8), &[wardsh, "-c", "true"]),
        Row::new("check -- git status", Some(1.5), &[wardsh, "check", "--", "git status"]),
        Row::new("check -- rm -rf \"$HOME\"", Some(1.5), &[wardsh, "check", "--", "rm -rf \"$HOME\""]),
        Row::new("check -- SQL, pipe, heredoc", Some(1.5), &[wardsh, "check", "--", MIXED]),
        Row::new("check, 20 KB policy", Some(1.5), &check("git status")),
    ];
    for round in 0..WARM_UP + rounds() {
        for row in &mut rows {
            let (time, faults) = row.start(folder.path());
            if round >= WARM_UP {
                row.times.push(time);
                row.faults.push(faults);
            }
        }
    }
    report(&mut rows);
    let size = fs::metadata(wardsh).unwrap().len();
    println!("\nbinary       {wardsh}");
    println!("size         {:.2} MB", size as f64 / 1e6);
    println!("relocations  {}", relocations(wardsh));
}

/// A line that reaches most stages.
const MIXED: &str = "psql -h db.example -c 'DELETE FROM users WHERE 1=1' | tee out.log && python3 - <<'END'\nprint(open('x').read())\nEND";

fn report(rows: &mut [Row]) {
    let bash = median(&mut rows[0].times);
    let bash_least = rows[0].times[0];
    println!(
        "{:<30} {:>9} {:>7} {:>6} {:>9} {:>7} {:>12}",
        "started", "median", "ratio", "goal", "least", "ratio", "page faults"
    );
    for row in rows {
        let time = median(&mut row.times);
        let least = row.times[0];
        let goal = row.goal.map_or_else(String::new, |goal| format!("{goal:.1}"));
        println!(
            "{:<30} {:>6.3} ms {:>6.2}x {goal:>6} {:>6.3} ms {:>6.2}x {:>12}",
            row.name,
            time.as_secs_f64() * 1e3,
            time.as_secs_f64() / bash.as_secs_f64(),
            least.as_secs_f64() * 1e3,
            least.as_secs_f64() / bash_least.as_secs_f64(),
            median(&mut row.faults),
        );
    }
}

/// Sorts, and gives the value in the middle.
fn median<T: Ord + Copy>(values: &mut [T]) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

fn rounds() -> usize {
    env::var("ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS)
}

/// The release binary, built where it is missing.
fn binary() -> PathBuf {
    if let Some(path) = env::var_os("WARDSH") {
        return path.into();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let printed = Command::new(root.join(".cargo/release-target")).output().unwrap();
    let target = String::from_utf8(printed.stdout).unwrap().trim().to_owned();
    let path = root.join("target").join(&target).join("release/wardsh");
    let built = Command::new("cargo")
        .args(["build", "--release", "--locked", "--config", ".cargo/release.toml", "--target", &target])
        .current_dir(root)
        .status()
        .unwrap();
    assert!(built.success(), "the release binary could not be built");
    path
}

/// A policy of the size that a team may have, without effect on the lines above.
fn policy() -> String {
    let mut text = "version: 1\nprofile: standard\nexceptions:\n".to_owned();
    let mut number = 0;
    while text.len() < POLICY_BYTES {
        number += 1;
        text += &format!(
            "  - {{ command: terraform destroy -auto-approve stack-{number}, in: \"~/sandbox/{number}/**\", \
             reason: throw-away environment {number}, until: 2099-01-31 }}\n"
        );
    }
    text
}

/// Minor page faults of all children that were waited for; 0 where the system does not tell.
fn faults_of_children() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // proc(5): the name in parentheses may hold blanks; `cminflt` is the ninth field behind it.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    fields.split_whitespace().nth(8).and_then(|field| field.parse().ok()).unwrap_or(0)
}

/// How many places the loader or the start code has to write to, as readelf(1) counts them.
fn relocations(path: &str) -> String {
    match Command::new("readelf").args(["-rW", path]).output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_hexdigit())).count().to_string()
        }
        Err(error) => format!("unknown (readelf: {error})"),
    }
}
