//! Jobs that came to the front of an interactive shell although nobody had judged their lines: what ran, as far as the
//! system told, and what was done. The last ones are kept; `wardsh status` shows them.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::journal::Journal;

/// Letters that are kept of each text.
const MAX_TEXT: usize = 4_096;

/// What became of a job that ran unjudged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Done {
    /// It stands still.
    Stopped,
    /// It was told to stop, and had not yet when this was written.
    ToldToStop,
    /// It was over before it could be stopped.
    HadEnded,
}

impl Done {
    /// For people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::ToldToStop => "told to stop",
            Self::HadEnded => "had ended",
        }
    }
}

/// A job that ran unjudged; its texts are as they may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnaskedJob {
    /// The form's version.
    pub v: u32,
    /// When, in seconds since 1970.
    pub at: u64,
    /// The session, as questions to people name it.
    pub session: String,
    /// Who entered lines there.
    pub actor: String,
    /// The shell's name.
    pub shell: String,
    /// The shell's process.
    pub shell_pid: i32,
    /// The job's process group.
    pub group: i32,
    /// The process in it that the rest is about; zero where none was seen.
    pub pid: i32,
    /// Its words, as a shell would read them; empty where nothing was told, as for the others.
    pub command: String,
    /// Its program.
    pub exe: String,
    /// Its folder.
    pub cwd: String,
    /// What was done.
    pub done: Done,
}

/// The jobs of a state folder.
#[derive(Clone, Debug)]
pub struct UnaskedJobs(Journal);

impl UnaskedJobs {
    /// Those of a state folder.
    #[must_use]
    pub fn new(state: &Path) -> Self {
        Self(Journal::new(state, "unasked.jsonl"))
    }

    /// Writes one down; of long texts the beginning.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn add(&self, job: &UnaskedJob) -> io::Result<()> {
        let mut job = job.clone();
        for text in [&mut job.session, &mut job.actor, &mut job.command, &mut job.exe, &mut job.cwd] {
            if let Some((end, _)) = text.char_indices().nth(MAX_TEXT) {
                text.truncate(end);
                text.push('…');
            }
        }
        self.0.add(&job)
    }

    /// Those that are kept, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<UnaskedJob> {
        self.0.all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_has_an_end() {
        let dir = tempfile::tempdir().unwrap();
        let jobs = UnaskedJobs::new(dir.path());
        let job = UnaskedJob {
            v: 1,
            at: 2,
            session: "s".into(),
            actor: "human".into(),
            shell: "bash".into(),
            shell_pid: 3,
            group: 4,
            pid: 4,
            command: "ö".repeat(100_000),
            exe: "/bin/x".into(),
            cwd: "/".into(),
            done: Done::Stopped,
        };
        jobs.add(&job).unwrap();
        let all = jobs.all();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].command.chars().count(), MAX_TEXT + 1);
        assert_eq!(
            UnaskedJob { command: String::new(), ..all[0].clone() },
            UnaskedJob { command: String::new(), ..job }
        );
        let text = std::fs::read_to_string(dir.path().join("unasked.jsonl")).unwrap();
        assert!(text.contains(r#""done":"stopped""#), "{text}");
    }
}
