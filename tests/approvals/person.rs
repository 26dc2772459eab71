//! A person: a shell in a terminal that no agent has to do with.

use std::process::{Command, Stdio};

use super::stage::{Stage, eventually};

pub(crate) struct Person<'a> {
    stage: &'a Stage,
    name: String,
}

impl<'a> Person<'a> {
    /// `None` where there is no tmux, or where even this would be taken for an agent's.
    pub(crate) fn new(stage: &'a Stage) -> Option<Self> {
        Self::called(stage, "one", "xterm-256color")
    }

    pub(crate) fn called(stage: &'a Stage, name: &str, term: &str) -> Option<Self> {
        let person = Self { stage, name: name.to_owned() };
        let shell = format!("env TERM={term} PS1='> ' sh");
        let started =
            person.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", "160", "-y", "50", "-s", "s", &shell]);
        if started.is_none() {
            eprintln!("left out: tmux does not run here, and nobody else can be the person");
            return None;
        }
        person.types(&format!("cd {}", stage.path("work").display()));
        person.types(&format!("{} status; echo over", stage.words()));
        person.sees("\nover");
        if !person.screen().contains("caller   human") {
            eprintln!("left out: a terminal of its own is still an agent's here:\n{}", person.screen());
            return None;
        }
        person.types("clear");
        Some(person)
    }

    fn tmux(&self, args: &[&str]) -> Option<String> {
        let output = Command::new("setsid")
            .args(["tmux", "-u", "-L", &self.name])
            .args(args)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.stage.dir.path())
            .env("TMUX_TMPDIR", self.stage.dir.path())
            .env("TERM", "xterm")
            .stdin(Stdio::null())
            .output()
            .ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Types a line.
    pub(crate) fn types(&self, line: &str) {
        self.tmux(&["send-keys", "-t", "s", "-l", line]).unwrap();
        self.presses("Enter");
    }

    /// Presses a key, by tmux's name of it.
    pub(crate) fn presses(&self, key: &str) {
        self.tmux(&["send-keys", "-t", "s", key]).unwrap();
    }

    pub(crate) fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-t", "s", "-p", "-J"]).unwrap_or_default()
    }

    /// Waits until something is on the screen.
    pub(crate) fn sees(&self, text: &str) -> String {
        let mut last = String::new();
        eventually(&format!("{text:?} on the screen"), || {
            last = self.screen();
            last.contains(text).then(|| last.clone())
        })
    }

    /// Calls `wardsh approvals` with these words.
    pub(crate) fn approvals(&self, words: &str) {
        self.types(&format!("{} approvals {words}", self.stage.words()));
    }

    /// The word that must be typed, once the question stands.
    pub(crate) fn word(&self) -> String {
        let screen = self.sees("; anything else ");
        screen.rsplit("Type ").next().unwrap().split(' ').next().unwrap().to_owned()
    }

    /// Gives the window another size.
    pub(crate) fn resizes(&self, columns: u16, rows: u16) {
        self.tmux(&["resize-window", "-t", "s", "-x", &columns.to_string(), "-y", &rows.to_string()]).unwrap();
    }

    /// Closes the window.
    pub(crate) fn leaves(&self) {
        let _ = self.tmux(&["kill-server"]);
    }
}

impl Drop for Person<'_> {
    fn drop(&mut self) {
        self.leaves();
    }
}
