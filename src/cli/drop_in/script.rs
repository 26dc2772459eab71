//! Files that a shell would read commands from, read before it does.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::cli::gate;
use crate::syntax::{Code, Span, paths};
use crate::sys;

/// Bytes of a script that is judged.
const MAX_SCRIPT: u64 = 4 << 20;

/// A place that commands come from.
pub(super) struct Source {
    place: Place,
    identity: (u64, u64),
    pub(super) content: Content,
}

enum Place {
    Path(PathBuf),
    Stdin,
    /// What a shell opens anew by the descriptor's name, from the first byte on.
    Descriptor(i32),
}

/// What was found there.
pub(super) enum Content {
    /// These bytes.
    Text(Vec<u8>),
    /// Nothing that a shell would run: it says so itself.
    Nothing,
    /// It is not known what a shell would read there.
    Hidden(&'static str),
}

const TOO_LARGE: &str = "too large to be judged before it runs";
const NOT_A_FILE: &str = "what comes out of a pipe or a device cannot be judged before it runs";

/// What was read from it would not come again, and whoever opens it next may bring something else. On standard input it is
/// one pipe with one reader.
const NAMED_PIPE: &str =
    "a pipe with a name gives something else to each who opens it, so it cannot be judged before it runs";

impl Content {
    /// What would go.
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Hidden(why) if *why == NAMED_PIPE => {
                "let the shell read it as standard input (`<` in front of the pipe's name): that is judged command by command"
            }
            _ => "give the shell a regular file, so that it can be read before it runs",
        }
    }
}

impl Source {
    /// The script of that name: in the folder, else in `PATH` as bash looks for it. `None` where there is none.
    pub(super) fn find(path: &OsStr) -> Option<Self> {
        if let Some(source) = descriptor(path).and_then(Self::held) {
            return Some(source);
        }
        if let Some(found) = Self::read(path) {
            return Some(found);
        }
        if path.as_bytes().contains(&b'/') {
            return None;
        }
        let dirs = std::env::var_os("PATH")?;
        std::env::split_paths(&dirs)
            .map(|dir| dir.join(path))
            .filter(|candidate| candidate.is_file())
            .find_map(|candidate| Self::read(candidate.as_os_str()))
    }

    /// Reads a file. `None` where there is none.
    pub(super) fn read(path: &OsStr) -> Option<Self> {
        let meta = match std::fs::metadata(path) {
            Ok(meta) => meta,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return None,
            // The shell may see what this program, which nobody may look into, does not: `/dev/fd/3`.
            Err(_) => {
                let content = Content::Hidden("it cannot be looked at before it runs");
                return Some(Self { place: Place::Path(path.into()), identity: (0, 0), content });
            }
        };
        let content = if meta.is_file() {
            match File::open(path) {
                Ok(file) if meta.len() <= MAX_SCRIPT => whole(&file),
                Ok(_) => Content::Hidden(TOO_LARGE),
                Err(_) => Content::Hidden("it cannot be read before it runs"),
            }
        } else if meta.is_dir() || is_null(&meta) {
            Content::Nothing
        } else if meta.file_type().is_fifo() {
            Content::Hidden(NAMED_PIPE)
        } else {
            Content::Hidden(NOT_A_FILE)
        };
        Some(Self { place: Place::Path(path.into()), identity: (meta.dev(), meta.ino()), content })
    }

    /// What an inherited descriptor gives to whoever opens it by name. A pipe can be read once only: what was read takes
    /// its place. `None` where the descriptor is not open.
    fn held(fd: i32) -> Option<Self> {
        let file = sys::is_inherited(fd).then(|| sys::duplicate(fd)).flatten()?;
        let meta = file.metadata().ok()?;
        let readable = rustix::fs::fcntl_getfl(&file).is_ok_and(|flags| !flags.contains(OFlags::WRONLY));
        let content = if meta.is_dir() || is_null(&meta) {
            Content::Nothing
        } else if !readable {
            Content::Hidden("it cannot be read before it runs")
        } else if meta.is_file() {
            from(&file, 0)
        } else if meta.file_type().is_fifo() {
            match sys::take_stream(fd, usize::try_from(MAX_SCRIPT).unwrap_or(usize::MAX)) {
                // What stands there now.
                sys::Stream::Text(_) => return Self::held(fd),
                sys::Stream::Failed(error) if error.kind() == ErrorKind::FileTooLarge => Content::Hidden(TOO_LARGE),
                _ => Content::Hidden("what comes through the pipe cannot be read before it runs"),
            }
        } else {
            Content::Hidden(NOT_A_FILE)
        };
        Some(Self { place: Place::Descriptor(fd), identity: (meta.dev(), meta.ino()), content })
    }

    /// What is on standard input; `None` where it is closed.
    pub(super) fn stdin() -> Option<Self> {
        let stdin = (!sys::closed_at_start(0)).then(|| sys::duplicate(0)).flatten()?;
        let meta = stdin.metadata().ok()?;
        let offset = if meta.is_file() { rustix::fs::tell(&stdin).ok()? } else { 0 };
        let content = if meta.is_file() {
            from(&stdin, offset)
        } else if meta.is_dir() || is_null(&meta) {
            Content::Nothing
        } else if rustix::termios::isatty(&stdin) {
            Content::Hidden("an interactive shell is not guarded in this version")
        } else {
            Content::Hidden(NOT_A_FILE)
        };
        Some(Self { place: Place::Stdin, identity: (meta.dev(), meta.ino()), content })
    }

    /// Reads again, and says whether all is as it was.
    pub(super) fn is_as_read(&self) -> bool {
        let again = match &self.place {
            Place::Path(path) => Self::read(path.as_os_str()),
            Place::Stdin => Self::stdin(),
            Place::Descriptor(fd) => Self::held(*fd),
        };
        let Some(again) = again else { return false };
        let same = match (&self.content, &again.content) {
            (Content::Text(before), Content::Text(now)) => before == now,
            (Content::Nothing, Content::Nothing) => true,
            _ => false,
        };
        same && self.identity == again.identity
    }

    /// The text as code; with `standing`, a file outside of temporary folders counts as one that stood there before.
    pub(super) fn code(&self, standing: bool) -> Option<Code> {
        let Content::Text(text) = &self.content else { return None };
        let label = match &self.place {
            Place::Path(path) => gate::decoded(path.as_os_str().as_bytes()),
            Place::Stdin => "standard input".to_owned(),
            Place::Descriptor(fd) => format!("/dev/fd/{fd}"),
        };
        let full = match &self.place {
            Place::Path(path) => std::fs::canonicalize(path).unwrap_or_default(),
            Place::Stdin | Place::Descriptor(_) => PathBuf::new(),
        };
        let standing = standing && !full.as_os_str().is_empty() && !paths::is_temporary(&full.to_string_lossy());
        Some(Code { label, text: gate::decoded(text), span: Span::default(), standing })
    }
}

fn whole(file: &File) -> Content {
    let mut text = Vec::new();
    match file.take(MAX_SCRIPT + 1).read_to_end(&mut text) {
        Ok(_) if text.len() as u64 > MAX_SCRIPT => Content::Hidden(TOO_LARGE),
        Ok(_) => Content::Text(text),
        Err(_) => Content::Nothing,
    }
}

/// Reads from an offset to the end without moving the file's own.
fn from(file: &File, mut offset: u64) -> Content {
    let mut text = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read_at(&mut buffer, offset) {
            Ok(0) => return Content::Text(text),
            Ok(count) => {
                text.extend_from_slice(buffer.get(..count).unwrap_or_default());
                offset += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // Open for writing only: the shell cannot read it either.
            Err(_) => return Content::Nothing,
        }
        if text.len() as u64 > MAX_SCRIPT {
            return Content::Hidden(TOO_LARGE);
        }
    }
}

/// `/dev/null` and its kin give nothing.
fn is_null(meta: &std::fs::Metadata) -> bool {
    let null = std::fs::metadata("/dev/null").map(|null| null.rdev()).ok();
    meta.file_type().is_char_device() && Some(meta.rdev()) == null
}

/// What commands come through, where that is a pipe or a socket; true for a socket.
pub(super) fn piped() -> Option<(OwnedFd, bool)> {
    let stdin = (!sys::closed_at_start(0)).then(|| sys::duplicate(0)).flatten()?;
    let kind = stdin.metadata().ok()?.file_type();
    (kind.is_fifo() || kind.is_socket()).then(|| (stdin.into(), kind.is_socket()))
}

/// The descriptor that a path names, behind the standard ones.
fn descriptor(path: &OsStr) -> Option<i32> {
    let path = path.to_str()?;
    let number = ["/dev/fd/", "/proc/self/fd/"].iter().find_map(|dir| path.strip_prefix(dir))?;
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|fd| digits && *fd > 2 && cfg!(target_os = "linux"))
}

/// Names of standard input as a file.
pub(super) fn names_stdin(path: &OsStr) -> bool {
    ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].iter().any(|name| Path::new(name) == Path::new(path))
}

/// Names of standard input as a file that share its offset. On Linux they are opened anew, from the first byte on.
pub(super) fn is_stdin(path: &OsStr) -> bool {
    let names = ["/dev/stdin", "/dev/fd/0"];
    cfg!(not(target_os = "linux")) && names.iter().any(|name| Path::new(name) == Path::new(path))
}

/// Says whether standard input is a terminal.
pub(super) fn is_terminal() -> bool {
    sys::duplicate(0).is_some_and(|stdin| rustix::termios::isatty(&stdin))
}
