//! Files that are about to be run as code: what they say, and whether the line itself wrote it.

use crate::syntax::eval::files::Written;
use crate::syntax::eval::state::State;
use crate::syntax::eval::{Eval, MAX_SCRIPT};
use crate::syntax::{FileRead, Gap, Span, Value, paths};

impl Eval<'_> {
    /// Looks at a file that is about to be run: each text that it may hold.
    pub(super) fn contents(&mut self, st: &State, path: &str) -> Vec<Content> {
        if st.repeated || self.files.is_beside() {
            self.files.note_run(path);
        }
        let mut seen = self.files.seen_run(path, |path| self.world.real_path(path));
        seen.ways.append(&mut seen.replaced);
        let name = path.trim_start_matches('\0');
        let mut found = Vec::new();
        let mut standing = !seen.settled;
        for way in seen.ways {
            match way {
                Written::Text(text) => found.push(Content::Fresh(text, name.to_owned())),
                Written::By(_) => found.push(Content::Hidden),
                // What came into a folder that `mktemp` made, nobody has seen.
                Written::Program(real) if real.starts_with('\0') && !self.files.contains_key(&real) => {
                    found.push(Content::Hidden);
                }
                Written::Program(real) if real != path && !self.files.contains_key(&real) => {
                    found.extend(self.contents(st, &real));
                }
                Written::Program(_) => standing = true,
            }
        }
        if standing && !path.starts_with('\0') {
            found.extend(self.standing(st, path));
        }
        found
    }

    /// Looks at the file that a word names as a script; of a name that is not known it is said so.
    pub(super) fn contents_of(&mut self, st: &State, path: &Value, span: Span) -> Vec<Content> {
        if let Some(full) = self.key(st, path) {
            return self.contents(st, &full);
        }
        if !self.stands(st, path) {
            // `"$DIR/deploy.sh"` has a name at least.
            let named = path.suffix().rsplit_once('/').is_some_and(|(_, name)| !name.is_empty());
            self.gap(st, if named { Gap::Argument } else { Gap::Code }, &path.text(), span);
        }
        self.contents_vaguely(st, path)
    }

    /// Texts of the line that may be in a file of which the name is not fully known.
    pub(super) fn contents_vaguely(&mut self, st: &State, path: &Value) -> Vec<Content> {
        if self.files.is_empty() || path.is_wholly_unknown() {
            return Vec::new();
        }
        let name = path.text().into_owned();
        let text = |way| match way {
            Written::Text(text) => Some(Content::Fresh(text, name.clone())),
            Written::By(_) => Some(Content::Hidden),
            Written::Program(_) => None,
        };
        self.files.seen_vaguely(&Self::vague(st, path)).into_iter().filter_map(text).collect()
    }

    /// What stands on disk.
    fn standing(&mut self, st: &State, path: &str) -> Option<Content> {
        if is_descriptor(path) {
            return Some(Content::Hidden);
        }
        if st.remote.is_some() || !self.inspectable(path) {
            return None;
        }
        self.file_code(path)
    }

    pub(super) fn file_code(&mut self, path: &str) -> Option<Content> {
        let bytes = self.world.read(path, MAX_SCRIPT)?;
        if bytes.iter().take(512).any(|&byte| byte == 0) {
            return None;
        }
        let text = crate::syntax::bytes::decode(&bytes).text.into_owned();
        if !self.out.reads.iter().any(|read| read.path == path) {
            self.out.reads.push(FileRead { path: path.to_owned(), content: bytes });
        }
        if self.is_temporary(path) {
            return Some(Content::Fresh(Value::lit(text), path.to_owned()));
        }
        Some(Content::Standing(text, path.to_owned()))
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
    Fresh(Value, String),
    /// It stood there before: what is seen counts, what is not seen is left alone.
    Standing(String, String),
    /// Written by the line, content unknown.
    Hidden,
}

/// Says whether a path names a descriptor: what is read from there is whatever the line, or our caller, has opened.
fn is_descriptor(path: &str) -> bool {
    path.starts_with("/dev/fd/") || path.starts_with("/proc/") && path.contains("/fd/")
}
