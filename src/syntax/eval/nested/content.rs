//! Files that are about to be run as code: what they say, and whether the line itself wrote it.

use crate::syntax::eval::state::State;
use crate::syntax::eval::{Eval, MAX_SCRIPT, Written};
use crate::syntax::{FileRead, paths};

impl Eval<'_> {
    /// Looks at a file that is about to be run.
    pub(super) fn content(&mut self, st: &State, path: &str) -> Content {
        match self.files.get(path) {
            Some(Written::Text(text)) => {
                return Content::Fresh(text.text().into_owned(), path.trim_start_matches('\0').to_owned());
            }
            Some(Written::By(_)) => return Content::Hidden,
            Some(Written::Program(real)) if real != path && !self.files.contains_key(real) => {
                let real = real.clone();
                return self.content(st, &real);
            }
            None | Some(Written::Program(_)) => {}
        }
        if is_descriptor(path) {
            return Content::Hidden;
        }
        if st.remote.is_some() || !self.inspectable(path) {
            return Content::None;
        }
        self.file_code(path)
    }

    pub(super) fn file_code(&mut self, path: &str) -> Content {
        let Some(bytes) = self.world.read(path, MAX_SCRIPT) else { return Content::None };
        if bytes.iter().take(512).any(|&byte| byte == 0) {
            return Content::None;
        }
        let text = crate::syntax::bytes::decode(&bytes).text.into_owned();
        if !self.out.reads.iter().any(|read| read.path == path) {
            self.out.reads.push(FileRead { path: path.to_owned(), content: bytes });
        }
        if self.is_temporary(path) {
            return Content::Fresh(text, path.to_owned());
        }
        Content::Standing(text, path.to_owned())
    }

    /// Files of the workspace, the folder the line runs in and temporary folders are looked into; installed tools and
    /// a user's own start-up files are not.
    pub(super) fn inspectable(&self, path: &str) -> bool {
        const SKIPPED: [&str; 8] =
            ["/node_modules/", "/.venv/", "/venv/", "/site-packages/", "/.git/", "/.nvm/", "/.cargo/", "/.asdf/"];
        if SKIPPED.iter().any(|part| path.contains(part)) || path.ends_with("/activate") {
            return false;
        }
        let root = self.world.workspace().unwrap_or_else(|| self.world.cwd());
        paths::is_temporary(path) || (paths::is_within(path, root) && root != "/")
    }
}

/// Text that was found in a file.
pub(super) enum Content {
    /// The line itself wrote it, or the file is new: judged in full.
    Fresh(String, String),
    /// It stood there before: what is seen counts, what is not seen is left alone.
    Standing(String, String),
    /// Written by the line, content unknown.
    Hidden,
    /// Not there, not readable, not text, or not ours to look into.
    None,
}

/// Says whether a path names a descriptor: what is read from there is whatever the line, or our caller, has opened.
fn is_descriptor(path: &str) -> bool {
    path.starts_with("/dev/fd/") || path.starts_with("/proc/") && path.contains("/fd/")
}
