//! A throw-away machine: state, policy, a repository, and a process that waits.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Something critical that does nothing where there is no remote.
pub(crate) const CRITICAL: &str = "git push --force origin main; touch ran";
/// Something that may be granted for a session.
pub(crate) const GRANTABLE: &str = "git reset -q --hard; echo x >> ran";

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something holds.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub(crate) struct Stage {
    pub(crate) dir: tempfile::TempDir,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with_policy("")
    }

    /// `approve` is what the policy says about approval; empty for the built-in.
    pub(crate) fn with_policy(approve: &str) -> Self {
        let stage = Self { dir: tempfile::tempdir().unwrap() };
        for name in ["state", "config", "work"] {
            fs::create_dir(stage.path(name)).unwrap();
        }
        if !approve.is_empty() {
            fs::write(stage.path("config/policy.yaml"), format!("version: 1\napprove: {approve}\n")).unwrap();
        }
        let git = |args: &[&str]| {
            let done = Command::new("git")
                .args(["-c", "user.name=x", "-c", "user.email=x@example.invalid"])
                .args(args)
                .current_dir(stage.path("work"))
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GIT_CONFIG_SYSTEM", "/dev/null")
                .output()
                .unwrap();
            assert!(done.status.success(), "{args:?}");
        };
        git(&["init", "-q", "-b", "main"]);
        git(&["commit", "-q", "--allow-empty", "-m", "x"]);
        stage
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Our program with the stage's own folders, as shell words.
    pub(crate) fn words(&self) -> String {
        let [state, config] = ["state", "config"].map(|name| self.path(name).display().to_string());
        format!("{} --state-dir {state} --config-dir {config}", env!("CARGO_BIN_EXE_wardsh"))
    }

    /// A program with an agent's environment.
    pub(crate) fn agent(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path("work"))
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.dir.path())
            .env("TERM", "xterm")
            .env("CLAUDECODE", "1")
            .env("CLAUDE_CODE_SESSION_ID", self.dir.path())
            .stdin(Stdio::null());
        command
    }

    /// Our program, called by an agent.
    pub(crate) fn wardsh(&self) -> Command {
        let mut command = self.agent(env!("CARGO_BIN_EXE_wardsh"));
        command.arg0("wardsh").arg("--state-dir").arg(self.path("state")).arg("--config-dir").arg(self.path("config"));
        command
    }

    /// What our program prints, both ways.
    pub(crate) fn says(&self, args: &[&str]) -> String {
        let output = self.wardsh().args(args).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }

    /// The ids of all requests that wait, oldest first.
    pub(crate) fn waiting(&self) -> Vec<String> {
        let output = self.wardsh().args(["approvals", "list", "--json"]).output().unwrap();
        let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let requests = list["requests"].as_array().unwrap();
        requests.iter().map(|one| one["request"]["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Starts an agent's line that a rule asks about, and waits until it waits.
    pub(crate) fn ask(&self, line: &str) -> Asking {
        static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let log = self.path(&format!("log-{number}"));
        let child = self
            .wardsh()
            .args(["-c", line])
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut asking = Asking { child, log, id: String::new() };
        let id = eventually("a request", || {
            let text = asking.said();
            let id = text.split("approvals approve ").nth(1)?.lines().next()?.to_owned();
            (id.len() == 8).then_some(id)
        });
        asking.id = id;
        asking
    }

    /// Who was not taken for a person, and why.
    pub(crate) fn attempts(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("state/attempts.jsonl")).unwrap_or_default();
        let why =
            |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["why"].as_str().unwrap().to_owned();
        text.lines().map(why).collect()
    }

    /// Says whether the line ran.
    pub(crate) fn ran(&self) -> bool {
        self.path("work/ran").exists()
    }

    /// Nothing waits, and nothing is left of what has waited.
    pub(crate) fn is_tidy(&self) -> bool {
        fs::read_dir(self.path("state/queue")).is_ok_and(|entries| entries.count() == 0)
    }
}

/// An agent's line that waits.
pub(crate) struct Asking {
    pub(crate) child: Child,
    pub(crate) id: String,
    log: PathBuf,
}

impl Asking {
    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(crate) fn still_waits(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn end(&mut self) -> ExitStatus {
        eventually("the end of a line", || self.child.try_wait().unwrap())
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        // It has usually ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
