//! The machine as it is when the line has come so far: files that the line wrote before stand over those on disk.

use super::files::{Files, Written};
use crate::syntax::world::Tracked;
use crate::syntax::{PathKind, World};

/// A world with the line's own files in it.
pub(super) struct Overlay<'a> {
    pub(super) world: &'a dyn World,
    pub(super) files: &'a Files,
}

impl World for Overlay<'_> {
    fn interactive(&self) -> bool {
        self.world.interactive()
    }

    fn cwd(&self) -> &str {
        self.world.cwd()
    }

    fn home(&self) -> &str {
        self.world.home()
    }

    fn home_of(&self, user: &str) -> Option<String> {
        self.world.home_of(user)
    }

    fn workspace(&self) -> Option<&str> {
        self.world.workspace()
    }

    fn var(&self, name: &str) -> Option<String> {
        self.world.var(name)
    }

    fn var_names(&self) -> Vec<String> {
        self.world.var_names()
    }

    fn alias(&self, name: &str) -> Option<String> {
        self.world.alias(name)
    }

    fn function(&self, name: &str) -> Option<String> {
        self.world.function(name)
    }

    fn kind(&self, path: &str) -> PathKind {
        if self.files.contains_key(path) { PathKind::File } else { self.world.kind(path) }
    }

    fn real_path(&self, path: &str) -> String {
        self.world.real_path(path)
    }

    fn glob(&self, pattern: &str, limit: usize) -> Vec<String> {
        self.world.glob(pattern, limit)
    }

    fn list(&self, dir: &str, limit: usize) -> Vec<String> {
        self.world.list(dir, limit)
    }

    fn read(&self, path: &str, max: usize) -> Option<Vec<u8>> {
        if self.files.are_untouched() {
            return self.world.read(path, max);
        }
        let mut seen = self.files.seen_run(path, |path| self.world.real_path(path));
        seen.ways.append(&mut seen.replaced);
        if seen.ways.is_empty() {
            return self.world.read(path, max);
        }
        // Where one of several texts may be there, each is read.
        let mut all = Vec::new();
        for way in &seen.ways {
            match way {
                Written::Text(text) => all.extend_from_slice(text.text().as_bytes()),
                Written::By(_) => return None,
                Written::Program(_) => return self.world.read(path, max),
            }
            if seen.ways.len() > 1 {
                all.push(b'\n');
            }
        }
        Some(all).filter(|bytes| bytes.len() <= max)
    }

    fn which(&self, program: &str) -> Option<String> {
        self.world.which(program)
    }

    fn tracked(&self, path: &str) -> Option<Tracked> {
        self.world.tracked(path)
    }

    fn shell_accepts(&self, text: &str, dialect: crate::syntax::Dialect) -> Option<bool> {
        self.world.shell_accepts(text, dialect)
    }
}
