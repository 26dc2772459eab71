//! Requests that wait for an answer: one socket and one description each, in `queue` of the state folder (0700).
//!
//! Whoever waits owns both and removes them on every way out; what a killed process leaves behind is removed by the
//! next one who looks. A description says what there is; what counts is what comes over the socket.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::journal::Journal;
use crate::config::who::Process;
use crate::request::{Request, RequestId};

/// Questions that wait at most in one session.
const MAX_QUESTIONS: usize = 5;
/// Processes that wait at most for the answer to one question.
const MAX_SHARING: usize = 5;
/// Entries of the folder that are looked at.
const MAX_ENTRIES: usize = 1_000;
/// Largest description, in bytes.
const MAX_SIZE: u64 = 256 << 10;
/// How long a socket may be without a description: it is just being made.
const BEING_MADE: Duration = Duration::from_secs(5);
/// How long a lock is waited for.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);

/// The queue of a state folder.
#[derive(Clone, Debug)]
pub struct Queue {
    attempts: Journal,
    folder: PathBuf,
}

/// A request that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The request.
    pub request: Request,
    /// The process that waits.
    pub pid: i32,
    /// When that was started.
    pub started: u64,
}

/// Somebody who tried to answer and was not taken for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The form's version.
    pub v: u32,
    /// When, in seconds since 1970.
    pub at: u64,
    /// The request.
    pub request: RequestId,
    /// The process.
    pub pid: i32,
    /// Its user.
    pub uid: u32,
    /// Its program.
    pub program: String,
    /// What spoke against it.
    pub why: String,
}

/// Why a request cannot wait.
#[derive(Debug, thiserror::Error)]
pub enum Full {
    /// Enough questions wait.
    #[error("{MAX_QUESTIONS} questions of this session wait for an answer already")]
    Questions,
    /// Enough processes wait for this answer.
    #[error("{MAX_SHARING} processes wait for the answer to this question already")]
    Sharing,
    /// The folder is not ours alone, or cannot be used.
    #[error("the queue cannot be used: {0}")]
    Io(#[from] io::Error),
}

/// The place of one request in the queue; gives it up when dropped.
#[derive(Debug)]
pub struct Slot {
    /// Where answers arrive.
    pub listener: UnixListener,
    /// Other processes that wait for an answer to the same action.
    pub sharing: usize,
    paths: [PathBuf; 2],
}

impl Drop for Slot {
    fn drop(&mut self) {
        for path in &self.paths {
            // What cannot be removed is removed by whoever looks next.
            let _ = fs::remove_file(path);
        }
    }
}

impl Queue {
    /// The queue of a state folder.
    #[must_use]
    pub fn new(state: &Path) -> Self {
        Self { attempts: Journal::new(state, "attempts.jsonl"), folder: state.join("queue") }
    }

    /// Puts a request into the queue.
    ///
    /// # Errors
    /// Too many wait, or the folder cannot be used.
    pub fn join(&self, request: &Request) -> Result<Slot, Full> {
        let folder = self.open()?;
        // Nobody else counts until we are in.
        lock(&folder)?;
        let ours: Vec<Waiting> =
            self.list().into_iter().filter(|waiting| waiting.request.session == request.session).collect();
        let sharing = ours.iter().filter(|waiting| waiting.request.action == request.action).count();
        let mut actions: Vec<&str> = ours.iter().map(|waiting| waiting.request.action.as_str()).collect();
        actions.sort_unstable();
        actions.dedup();
        if sharing == 0 && actions.len() >= MAX_QUESTIONS {
            return Err(Full::Questions);
        }
        if sharing >= MAX_SHARING {
            return Err(Full::Sharing);
        }
        let own = Process::own().ok_or_else(|| io::Error::from(io::ErrorKind::Unsupported))?;
        let waiting = Waiting { request: request.clone(), pid: own.pid, started: own.started };
        let paths = [self.socket(&request.id), self.description(&request.id)];
        let listener = UnixListener::bind(reachable(&folder, &self.folder, &request.id))?;
        let slot = Slot { listener, sharing, paths };
        fs::set_permissions(&slot.paths[0], fs::Permissions::from_mode(0o600))?;
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&slot.paths[1])?;
        file.write_all(serde_json::to_string(&waiting).map_err(io::Error::from)?.as_bytes())?;
        Ok(slot)
    }

    /// Requests that wait, oldest first. Removes what nobody waits for any more.
    #[must_use]
    pub fn list(&self) -> Vec<Waiting> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let names = entries.take(MAX_ENTRIES).filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut ids: Vec<RequestId> =
            names.filter_map(|name| RequestId::parse(name.rsplit_once('.').map_or("", |(id, _)| id))).collect();
        ids.sort();
        ids.dedup();
        let mut all: Vec<Waiting> = ids.iter().filter_map(|id| self.waiting(id)).collect();
        all.sort_by(|a, b| (a.request.created, &a.request.id).cmp(&(b.request.created, &b.request.id)));
        all
    }

    /// One request that waits; removes what is left of one that nobody waits for.
    fn waiting(&self, id: &RequestId) -> Option<Waiting> {
        let found = self.read(id);
        let lives =
            |waiting: &Waiting| Process::read(waiting.pid).is_some_and(|process| process.started == waiting.started);
        if let Some(waiting) = found.as_ref().filter(|waiting| lives(waiting)) {
            return Some(waiting.clone());
        }
        // The process cannot be seen, and may still live in another namespace: the socket knows.
        if self.connect(id).is_ok() {
            return found;
        }
        let made = fs::symlink_metadata(self.socket(id)).and_then(|meta| meta.modified());
        if found.is_none() && made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age < BEING_MADE)) {
            return None;
        }
        for path in [self.socket(id), self.description(id)] {
            let _ = fs::remove_file(path);
        }
        None
    }

    fn read(&self, id: &RequestId) -> Option<Waiting> {
        let path = self.description(id);
        let small = fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_file() && meta.len() <= MAX_SIZE);
        let waiting: Waiting = serde_json::from_slice(&small.then(|| fs::read(&path).ok())??).ok()?;
        (waiting.request.id == *id).then_some(waiting)
    }

    /// Connects to the process that waits for an answer.
    ///
    /// # Errors
    /// Nobody waits there.
    pub fn connect(&self, id: &RequestId) -> io::Result<UnixStream> {
        let folder = File::open(&self.folder)?;
        UnixStream::connect(reachable(&folder, &self.folder, id))
    }

    /// Writes down an attempt that failed.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn note_attempt(&self, attempt: &Attempt) -> io::Result<()> {
        self.attempts.add(attempt)
    }

    /// Attempts to answer a request that failed, in order.
    #[must_use]
    pub fn attempts(&self, id: &RequestId) -> Vec<Attempt> {
        let all: Vec<Attempt> = self.attempts.all();
        all.into_iter().filter(|attempt| attempt.request == *id).collect()
    }

    fn socket(&self, id: &RequestId) -> PathBuf {
        self.folder.join(format!("{id}.sock"))
    }

    fn description(&self, id: &RequestId) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }

    /// Opens the folder, made where missing; nobody else may write there.
    fn open(&self) -> io::Result<File> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let folder = fs::OpenOptions::new()
            .read(true)
            .custom_flags(
                i32::try_from((rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::NOFOLLOW).bits()).unwrap_or(0),
            )
            .open(&self.folder)?;
        let meta = folder.metadata()?;
        if meta.uid() != rustix::process::geteuid().as_raw() || meta.mode() & 0o077 != 0 {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!("{} is not this user's alone", self.folder.display()),
            ));
        }
        Ok(folder)
    }
}

/// A path of a socket that is short whatever the folder is called: addresses have room for 108 bytes.
fn reachable(folder: &File, path: &Path, id: &RequestId) -> PathBuf {
    let name = format!("{id}.sock");
    if cfg!(target_os = "linux") {
        PathBuf::from(format!("/proc/self/fd/{}/{name}", folder.as_raw_fd()))
    } else {
        path.join(name)
    }
}

/// Locks a folder for as long as it is open. Whoever holds the lock for long does not stop us for ever.
///
/// # Errors
/// It cannot be had in time.
pub(super) fn lock(folder: &File) -> io::Result<()> {
    let started = Instant::now();
    loop {
        match rustix::fs::flock(folder, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(()),
            Err(rustix::io::Errno::WOULDBLOCK | rustix::io::Errno::INTR) if started.elapsed() < LOCK_PATIENCE => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::policy::Actor;
    use crate::policy::verdict::Verdict;
    use crate::request::Asking;

    pub(in crate::store) fn request(n: u8, action: &str, session: &str) -> Request {
        let mut verdict = Verdict::failed("rm x", "/w", &Actor::default());
        verdict.digest = action.to_owned();
        let asking = Asking {
            id: RequestId::from_random([n / 16, n % 16, 0, 0, 0, 0, 0, 0]),
            nonce: [n; 16],
            now: 1_000 + u64::from(n),
            timeout_secs: 300,
            host: "h".into(),
            session: session.into(),
            grantable: false,
        };
        Request::new(&verdict, asking)
    }

    #[test]
    fn a_request_waits_and_is_gone_afterwards() {
        let dir = tempfile::tempdir().unwrap();
        let queue = Queue::new(dir.path());
        assert!(queue.list().is_empty());
        let one = request(1, "a", "s");
        let slot = queue.join(&one).unwrap();
        assert_eq!(queue.list().iter().map(|waiting| &waiting.request).collect::<Vec<_>>(), [&one]);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&queue.folder), mode(&slot.paths[0]), mode(&slot.paths[1])), (0o700, 0o600, 0o600));
        assert!(queue.connect(&one.id).is_ok());
        drop(slot);
        assert!(queue.list().is_empty());
        assert_eq!(fs::read_dir(&queue.folder).unwrap().count(), 0);
    }

    #[test]
    fn five_questions_wait_and_equal_actions_share_one() {
        let dir = tempfile::tempdir().unwrap();
        let queue = Queue::new(dir.path());
        let mut slots: Vec<Slot> = (0..5).map(|n| queue.join(&request(n, &n.to_string(), "s")).unwrap()).collect();
        assert!(matches!(queue.join(&request(9, "9", "s")), Err(Full::Questions)));
        slots.push(queue.join(&request(10, "9", "other")).unwrap());
        for n in 11..15 {
            slots.push(queue.join(&request(n, "0", "s")).unwrap());
        }
        assert_eq!(slots.last().unwrap().sharing, 4);
        assert!(matches!(queue.join(&request(20, "0", "s")), Err(Full::Sharing)));
        slots.remove(1);
        assert!(queue.join(&request(21, "9", "s")).is_ok());
    }

    #[test]
    fn what_nobody_waits_for_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let queue = Queue::new(dir.path());
        let slot = queue.join(&request(1, "a", "s")).unwrap();
        // As after a kill: the files stay, the listener is gone, and so is the process.
        let paths = slot.paths.clone();
        let copy = Waiting { pid: i32::MAX, ..queue.list().remove(0) };
        fs::write(&paths[1], serde_json::to_string(&copy).unwrap()).unwrap();
        assert_eq!(queue.list().len(), 1, "somebody listens");
        let kept: Vec<Vec<u8>> = vec![fs::read(&paths[1]).unwrap()];
        let id = copy.request.id.clone();
        drop(slot);
        drop(UnixListener::bind(&paths[0]).unwrap());
        fs::write(&paths[1], &kept[0]).unwrap();
        assert!(queue.connect(&id).is_err());
        assert!(queue.list().is_empty());
        assert!(!paths[0].exists() && !paths[1].exists());
        fs::write(&paths[1], "no JSON").unwrap();
        // Without a socket nobody is just making it.
        assert!(queue.list().is_empty());
        assert!(!paths[1].exists());
    }

    #[test]
    fn a_folder_that_others_may_enter_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let queue = Queue::new(dir.path());
        fs::create_dir(&queue.folder).unwrap();
        fs::set_permissions(&queue.folder, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(queue.join(&request(1, "a", "s")), Err(Full::Io(_))));
        fs::remove_dir(&queue.folder).unwrap();
        std::os::unix::fs::symlink(dir.path(), &queue.folder).unwrap();
        assert!(matches!(queue.join(&request(1, "a", "s")), Err(Full::Io(_))));
    }

    #[test]
    fn long_folders_are_no_hindrance() {
        let dir = tempfile::tempdir().unwrap();
        let queue = Queue::new(&dir.path().join("x".repeat(150)));
        let slot = queue.join(&request(1, "a", "s")).unwrap();
        assert!(queue.connect(&request(1, "a", "s").id).is_ok());
        drop(slot);
    }

    #[test]
    fn attempts_are_kept_by_request() {
        let dir = tempfile::tempdir().unwrap();
        let queue = Queue::new(dir.path());
        let id = request(1, "a", "s").id;
        let attempt =
            Attempt { v: 1, at: 1, request: id.clone(), pid: 2, uid: 3, program: "/x".into(), why: "no".into() };
        queue.note_attempt(&attempt).unwrap();
        queue.note_attempt(&Attempt { request: request(2, "a", "s").id, ..attempt.clone() }).unwrap();
        assert_eq!(queue.attempts(&id), [attempt]);
    }
}
