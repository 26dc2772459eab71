//! The folder with the shell's start-up files and the two pipes, both ends of which are held here.
//!
//! The shell opens the pipes by path for each question, so that nothing of them is inherited by what it starts.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, open};

use crate::run;
use crate::shells::integration::{ANSWER, ASK};
use crate::shells::protocol::{Answer, Kind, Message, Reader};

/// Why there is no interactive shell.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The folder or the pipes could not be made.
    #[error("cannot set up {}", .0.display())]
    Channel(PathBuf, #[source] io::Error),
    /// The shell did not start.
    #[error(transparent)]
    Run(#[from] run::Error),
}

/// The way to and from one shell. Dropping it removes the folder.
pub(super) struct Channel {
    dir: PathBuf,
    name: String,
    questions: OwnedFd,
    answers: OwnedFd,
    key: String,
    /// The key of the next yes, and how many yeses came before it.
    yes: (String, u64),
    /// The one before: the shell that was interrupted has not read its yes.
    before: Option<String>,
    reader: Reader,
    /// Answers that did not fit into the pipe yet.
    waiting: Vec<u8>,
    /// Files that are removed once the shell has read them.
    files: std::cell::RefCell<Vec<PathBuf>>,
}

impl Channel {
    /// Makes a folder of its own below another.
    pub(super) fn open(parent: &Path) -> Result<Self, Broken> {
        let failed = |error: io::Error| Broken::Channel(parent.to_owned(), error);
        let dir = parent.join(format!("wardsh-{}", random().map_err(failed)?));
        fs::DirBuilder::new().mode(0o700).create(&dir).map_err(failed)?;
        let made = || -> io::Result<(OwnedFd, OwnedFd)> {
            // Whatever the umask is.
            fs::set_permissions(&dir, fs::Permissions::from_mode(0o700))?;
            let pipe = |name: &str| -> io::Result<OwnedFd> {
                let path = dir.join(name);
                mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?;
                let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
                Ok(open(&path, flags, Mode::empty())?)
            };
            Ok((pipe(ASK)?, pipe(ANSWER)?))
        };
        let name = dir.to_str().map(str::to_owned).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData));
        match made().and_then(|pipes| Ok((pipes, name?, random()?, random()?))) {
            Ok(((questions, answers), name, key, yes)) => Ok(Self {
                dir,
                name,
                questions,
                answers,
                yes: (yes, 0),
                key,
                before: None,
                reader: Reader::default(),
                waiting: Vec::new(),
                files: std::cell::RefCell::default(),
            }),
            Err(error) => {
                let _ = fs::remove_dir_all(&dir);
                Err(failed(error))
            }
        }
    }

    /// The folder's path.
    pub(super) fn dir(&self) -> &str {
        &self.name
    }

    /// The key that questions carry.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// The key of the next yes.
    pub(super) fn yes(&self) -> &str {
        &self.yes.0
    }

    /// The shell has had so many yeses.
    fn heard(&mut self, at: u64) {
        if at + 1 == self.yes.1
            && let Some(before) = self.before.take()
        {
            self.yes = (before, at);
        }
    }

    /// Writes start-up files.
    pub(super) fn write(&self, files: &[(&'static str, String)]) -> Result<(), Broken> {
        for (name, text) in files {
            let path = self.dir.join(name);
            let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
            written
                .and_then(|mut file| file.write_all(text.as_bytes()))
                .map_err(|error| Broken::Channel(path.clone(), error))?;
            self.files.borrow_mut().push(path);
        }
        Ok(())
    }

    /// Removes the start-up files; the pipes stay, and nobody can list the folder any more.
    pub(super) fn forget_files(&self) {
        for path in self.files.borrow_mut().drain(..) {
            let _ = fs::remove_file(path);
        }
    }

    /// Reads what the shell has written.
    pub(super) fn receive(&mut self) -> Option<Message> {
        let mut buffer = [0_u8; 16 << 10];
        loop {
            if let Some(message) = self.reader.next(&self.key) {
                // What waits for no answer counts no yeses.
                if let Message::Question(question) = &message
                    && question.kind != Kind::Seen
                {
                    self.heard(question.at);
                }
                return Some(message);
            }
            match rustix::io::read(&self.questions, &mut buffer) {
                Ok(count) if count > 0 => self.reader.push(buffer.get(..count).unwrap_or(&[])),
                _ => return None,
            }
        }
    }

    /// Answers a question; after a yes the next key holds, unless this one is kept.
    pub(super) fn answer(&mut self, id: &str, answer: &Answer, keep: bool) {
        let yes = matches!(answer, Answer::Allow { .. } | Answer::More);
        let next = if yes && !keep { random().ok() } else { Some(self.yes.0.clone()) };
        let bytes = match next {
            Some(next) => {
                let bytes = answer.encode(&self.yes.0, id, &next);
                if next != self.yes.0 {
                    let at = self.yes.1 + 1;
                    self.before = Some(std::mem::replace(&mut self.yes, (next, at)).0);
                }
                bytes
            }
            None => Answer::Deny("wardsh: the system gives no random numbers".to_owned()).encode("", id, ""),
        };
        // What an interrupted question has left in the pipe is the shell's to skip: two readers would tear answers apart.
        self.waiting.extend_from_slice(&bytes);
        self.flush();
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self) {
        while !self.waiting.is_empty() {
            match rustix::io::write(&self.answers, &self.waiting) {
                Ok(count) => drop(self.waiting.drain(..count)),
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
        }
    }

    /// The pipe that answers go through, where some wait for room.
    pub(super) fn blocked(&self) -> Option<BorrowedFd<'_>> {
        (!self.waiting.is_empty()).then(|| self.answers.as_fd())
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.questions.as_fd()
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// 96 random bits in hexadecimal.
fn random() -> io::Result<String> {
    let mut bytes = [0_u8; 12];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
