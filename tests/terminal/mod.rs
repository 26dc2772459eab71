//! A guarded shell in a terminal of the test's own.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "shared by tests, each of which uses a part"
)]

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;

/// How long anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// Refuses each program that is given a word with `BAD` in it.
pub const RULES: &str = "family: tables
rules:
  - id: tables.bad
    match: { program: ['*'], args: { any: ['*BAD*'] } }
    severity: high
    decision: deny
    because: The test says so.
    instead: Nothing.
    examples: { match: ['touch BAD'], pass: ['touch good'] }
";

/// Where a shell is, if it is installed; says so if not. `TEST_BASH` and the like name another version.
pub fn shell(name: &str) -> Option<PathBuf> {
    if let Some(other) = std::env::var_os(format!("TEST_{}", name.to_uppercase())) {
        return Some(other.into());
    }
    let found =
        ["/bin", "/usr/bin", "/usr/local/bin"].iter().map(|dir| Path::new(dir).join(name)).find(|path| path.exists());
    if found.is_none() {
        println!("skipped: {name} is not installed");
    }
    found
}

/// What the guarded shell starts with.
#[derive(Default)]
pub struct Options<'a> {
    /// Files below the home folder.
    pub files: &'a [(&'a str, &'a str)],
    /// More arguments for wardsh.
    pub args: &'a [&'a str],
    /// More variables.
    pub vars: &'a [(&'a str, &'a str)],
    /// The bare shell, without wardsh.
    pub bare: bool,
    /// A policy file.
    pub policy: &'a str,
}

/// A shell at work. Dropping it ends it and removes its folders.
pub struct Terminal {
    pub home: TempDir,
    config: TempDir,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    /// Starts a shell and waits for its prompt.
    pub fn start(shell: &Path, options: &Options<'_>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let config = tempfile::tempdir().unwrap();
        fs::create_dir_all(config.path().join("rules")).unwrap();
        fs::write(config.path().join("rules/tables.yaml"), RULES).unwrap();
        if !options.policy.is_empty() {
            fs::write(config.path().join("policy.yaml"), options.policy).unwrap();
        }
        let write = |name: &str, text: &str| {
            let path = home.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(".bashrc", "PS1='PROMPT> '\n");
        write(".zshrc", "PS1='PROMPT> '\n");
        write(".config/fish/config.fish", "function fish_prompt; echo 'PROMPT> '; end\nfunction fish_greeting; end\n");
        options.files.iter().for_each(|(name, text)| write(name, text));
        let mut command = if options.bare {
            CommandBuilder::new(shell)
        } else {
            let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_wardsh"));
            command.arg("--config-dir");
            command.arg(config.path());
            command.arg("--state-dir");
            command.arg(config.path().join("state"));
            command.arg("--shell");
            command.arg(shell);
            command
        };
        command.args(options.args);
        command.env_clear();
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
        command.env("HOME", home.path());
        command.env("TERM", "xterm");
        command.env("LANG", "C.UTF-8");
        command.env("EDITOR", "true");
        options.vars.iter().for_each(|(name, value)| command.env(name, value));
        command.cwd(home.path());
        let pair =
            native_pty_system().openpty(PtySize { rows: 30, cols: 100, pixel_width: 0, pixel_height: 0 }).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                shared.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        let terminal = Self { home, config, child, master: pair.master, keys, seen };
        terminal.wait("the first prompt", |terminal| terminal.screen().contains("PROMPT> "));
        terminal.settle();
        terminal
    }

    /// The folder with what wardsh keeps.
    pub fn state(&self) -> PathBuf {
        self.config.path().join("state")
    }

    /// What `wardsh status` says about this shell's folders.
    pub fn status(&self, args: &[&str]) -> String {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wardsh"));
        command.arg("--config-dir").arg(self.config.path()).arg("--state-dir").arg(self.state());
        let output = command.arg("status").args(args).stdin(std::process::Stdio::null()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// The jobs of which is known that they ran unjudged, the last one first.
    pub fn jobs(&self) -> Vec<serde_json::Value> {
        let status: serde_json::Value = serde_json::from_str(&self.status(&["--json"])).unwrap();
        status["unasked_jobs"].as_array().unwrap().clone()
    }

    /// Everything that was shown so far.
    pub fn screen(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }

    /// How many bytes that is.
    pub fn shown(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// Types keys.
    pub fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Types keys in steps, separated by `|`, each after a moment without output.
    pub fn steps(&mut self, keys: &str) {
        for step in keys.split('|') {
            self.keys(step);
            self.settle();
        }
    }

    /// Waits until nothing has been shown for a moment. Only makes rows readable; nothing hangs on it.
    pub fn settle(&self) {
        let started = Instant::now();
        let mut last = (self.screen().len(), Instant::now());
        while started.elapsed() < Duration::from_secs(5) && last.1.elapsed() < Duration::from_millis(150) {
            std::thread::sleep(Duration::from_millis(15));
            let length = self.screen().len();
            if length != last.0 {
                last = (length, Instant::now());
            }
        }
    }

    /// Waits for something that has to come.
    pub fn wait(&self, what: &str, is: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !is(self) {
            assert!(started.elapsed() < PATIENCE, "{what} did not come; shown so far:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for a text to be shown.
    pub fn shows(&self, text: &str) {
        self.wait(text, |terminal| terminal.screen().contains(text));
    }

    /// Forgets what was shown.
    pub fn clear(&self) {
        self.seen.lock().unwrap().clear();
    }

    /// Says whether a file was made in the home folder.
    pub fn made(&self, name: &str) -> bool {
        self.home.path().join(name).exists()
    }

    /// Enters a harmless line and waits until it has run: what came before it is over then. Where its keys were taken by
    /// what still stood there, it is entered again.
    pub fn after(&mut self, name: &str) {
        for _ in 0..4 {
            self.keys(&format!("touch {name}\r"));
            let entered = Instant::now();
            while !self.made(name) && entered.elapsed() < PATIENCE / 4 {
                std::thread::sleep(Duration::from_millis(10));
            }
            if self.made(name) {
                return self.settle();
            }
            self.steps("\x03|");
        }
        self.wait(name, |terminal| terminal.made(name));
    }

    /// Waits for the end.
    pub fn ends(&mut self) -> u32 {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            assert!(started.elapsed() < PATIENCE, "it does not end; shown so far:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The process that the test started.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Sets the size of the terminal.
    pub fn resize(&self, rows: u16, cols: u16) {
        self.master.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
