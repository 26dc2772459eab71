//! The look-ups that judging may make. The real one lives in `store`; tests bring their own.

use std::borrow::Cow;

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// Nothing.
    Missing,
    /// A regular file.
    File,
    /// A folder.
    Dir,
    /// A block or character device.
    Device,
    /// A socket, a pipe, or something that may not be looked at.
    Other,
}

/// How git stands to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracked {
    /// In the index and unmodified on disk as far as size and time tell: git can give it back.
    Clean,
    /// In the index, changed on disk; or a folder of which some content is tracked and some is not or is changed.
    Modified,
    /// Not in the index.
    Untracked,
}

/// Everything that judging may ask of the machine. All paths are absolute, UTF-8, `/`-separated.
///
/// Implementations bound every answer and never fail: what cannot be seen is answered as missing, empty or `None`.
/// Bytes that are not UTF-8 are carried as in `syntax::bytes`.
pub trait World {
    /// The folder that the line starts in.
    fn cwd(&self) -> &str;
    /// The home folder of the real user (from the user database, never from `$HOME`).
    fn home(&self) -> &str;
    /// Every folder that counts as the user's home: [`World::home`], and what an inherited `HOME` says beside it (sudo,
    /// containers), by their real paths and as they are called; inner ones first. What lies in any of them is in the home; it is never a reason to let more pass.
    fn homes(&self) -> Cow<'_, [String]> {
        Cow::Owned(homes_of(self))
    }
    /// Another user's home folder.
    fn home_of(&self, user: &str) -> Option<String>;
    /// The workspace: fixed at the start of the session, never home or root.
    fn workspace(&self) -> Option<&str>;
    /// An inherited environment variable's value.
    fn var(&self, name: &str) -> Option<String>;
    /// Names of the inherited environment variables, in any order.
    fn var_names(&self) -> Vec<String>;
    /// What an alias of the calling shell stands for (only an interactive shell or an envelope knows any).
    fn alias(&self, name: &str) -> Option<String>;
    /// The body of a function of the calling shell.
    fn function(&self, name: &str) -> Option<String>;
    /// What stands at a path, links followed.
    fn kind(&self, path: &str) -> PathKind;
    /// The path with every link followed; parts that do not exist are kept as they are.
    fn real_path(&self, path: &str) -> String;
    /// Paths that match a pattern in the shell's sense, sorted, at most `limit`.
    fn glob(&self, pattern: &str, limit: usize) -> Vec<String>;
    /// Names in a folder, without `.` and `..`, at most `limit`.
    fn list(&self, dir: &str, limit: usize) -> Vec<String>;
    /// A regular file's content where it has at most `max` bytes.
    fn read(&self, path: &str, max: usize) -> Option<Vec<u8>>;
    /// Where a program of that name is found in `PATH`.
    fn which(&self, program: &str) -> Option<String>;
    /// How git stands to an existing path; `None` outside a work tree.
    fn tracked(&self, path: &str) -> Option<Tracked>;
    /// The line is entered in an interactive shell that asks before each line: what it changes in that shell lasts.
    fn interactive(&self) -> bool {
        false
    }
    /// Asks the real shell whether it would parse a text (`-n`; bash once plain, once with extglob); `None` where it
    /// cannot be asked.
    fn shell_accepts(&self, _text: &str, _dialect: super::Dialect) -> Option<bool> {
        None
    }
}

/// [`World::homes`], worked out.
pub fn homes_of(world: &(impl World + ?Sized)) -> Vec<String> {
    let inherited = world.var("HOME").filter(|path| path.starts_with('/')).map(|path| super::paths::normal(&path));
    let mut all = Vec::new();
    for home in std::iter::once(world.home().to_owned()).chain(inherited) {
        let real = world.real_path(&home);
        for path in [real, home] {
            if path.len() > 1 && !all.contains(&path) {
                all.push(path);
            }
        }
    }
    all.sort_by_key(|path| std::cmp::Reverse(path.len()));
    all
}

/// A world made of tables, for tests.
#[cfg(test)]
pub(crate) mod fake {
    use super::{PathKind, Tracked, World};
    use std::collections::{BTreeMap, BTreeSet, HashMap};

    /// Files, folders, links and variables as the test sets them; the folders above a file exist by themselves.
    #[derive(Clone, Debug)]
    pub(crate) struct FakeWorld {
        pub(crate) cwd: String,
        pub(crate) home: String,
        pub(crate) workspace: Option<String>,
        pub(crate) files: BTreeMap<String, Vec<u8>>,
        pub(crate) dirs: BTreeSet<String>,
        pub(crate) links: BTreeMap<String, String>,
        pub(crate) vars: HashMap<String, String>,
        pub(crate) aliases: HashMap<String, String>,
        pub(crate) functions: HashMap<String, String>,
        pub(crate) tracked: HashMap<String, Tracked>,
        pub(crate) programs: HashMap<String, String>,
        pub(crate) interactive: bool,
    }

    impl Default for FakeWorld {
        /// The workspace `/home/me/work` as the folder, `/home/me` as the home, nothing else.
        fn default() -> Self {
            Self {
                cwd: "/home/me/work".into(),
                home: "/home/me".into(),
                workspace: Some("/home/me/work".into()),
                files: BTreeMap::new(),
                dirs: ["/", "/home/me", "/home/me/work", "/tmp", "/etc", "/usr", "/var"].map(str::to_owned).into(),
                links: BTreeMap::new(),
                vars: HashMap::new(),
                aliases: HashMap::new(),
                functions: HashMap::new(),
                tracked: HashMap::new(),
                programs: HashMap::new(),
                interactive: false,
            }
        }
    }

    #[allow(dead_code, reason = "each test module uses what it needs")]
    impl FakeWorld {
        pub(crate) fn file(mut self, path: &str, content: &str) -> Self {
            self.files.insert(path.into(), content.as_bytes().to_vec());
            self
        }

        pub(crate) fn dir(mut self, path: &str) -> Self {
            self.dirs.insert(path.into());
            self
        }

        pub(crate) fn link(mut self, path: &str, target: &str) -> Self {
            self.links.insert(path.into(), target.into());
            self
        }

        pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
            self.vars.insert(name.into(), value.into());
            self
        }

        pub(crate) fn at(mut self, cwd: &str) -> Self {
            self.cwd = cwd.into();
            self.dir(cwd)
        }

        /// Says how git stands to a path and everything below it.
        pub(crate) fn git(mut self, path: &str, tracked: Tracked) -> Self {
            self.tracked.insert(path.into(), tracked);
            self
        }

        /// Every path that exists.
        fn paths(&self) -> BTreeSet<String> {
            let mut all = self.dirs.clone();
            for path in self.files.keys().chain(self.links.keys()).chain(&self.dirs) {
                all.insert(path.clone());
                for (at, _) in path.match_indices('/') {
                    all.insert(if at == 0 { "/".into() } else { path[..at].into() });
                }
            }
            all
        }
    }

    /// `*`, `?` and `[…]` within one component.
    fn matches(pattern: &[char], text: &[char]) -> bool {
        match (pattern.first(), text.first()) {
            (None, None) => true,
            (Some('*'), _) => matches(&pattern[1..], text) || (!text.is_empty() && matches(pattern, &text[1..])),
            (Some('?'), Some(_)) => matches(&pattern[1..], &text[1..]),
            (Some('['), Some(c)) => match pattern.iter().position(|&p| p == ']') {
                Some(end) if end > 1 => pattern[1..end].contains(c) && matches(&pattern[end + 1..], &text[1..]),
                _ => *c == '[' && matches(&pattern[1..], &text[1..]),
            },
            (Some(p), Some(c)) => p == c && matches(&pattern[1..], &text[1..]),
            _ => false,
        }
    }

    fn glob_matches(pattern: &str, path: &str) -> bool {
        let (want, have): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
        want.len() == have.len()
            && want.iter().zip(&have).all(|(want, have)| {
                (!have.starts_with('.') || want.starts_with('.'))
                    && matches(&want.chars().collect::<Vec<_>>(), &have.chars().collect::<Vec<_>>())
            })
    }

    impl World for FakeWorld {
        fn interactive(&self) -> bool {
            self.interactive
        }
        fn cwd(&self) -> &str {
            &self.cwd
        }
        fn home(&self) -> &str {
            &self.home
        }
        fn home_of(&self, user: &str) -> Option<String> {
            match user {
                "root" => Some("/root".into()),
                "me" => Some(self.home.clone()),
                _ => None,
            }
        }
        fn workspace(&self) -> Option<&str> {
            self.workspace.as_deref()
        }
        fn var(&self, name: &str) -> Option<String> {
            self.vars.get(name).cloned()
        }
        fn var_names(&self) -> Vec<String> {
            self.vars.keys().cloned().collect()
        }
        fn alias(&self, name: &str) -> Option<String> {
            self.aliases.get(name).cloned()
        }
        fn function(&self, name: &str) -> Option<String> {
            self.functions.get(name).cloned()
        }
        fn kind(&self, path: &str) -> PathKind {
            let path = self.real_path(path);
            if self.files.contains_key(&path) {
                PathKind::File
            } else if self.paths().contains(&path) {
                PathKind::Dir
            } else if path == "/dev/null" || path.starts_with("/dev/sd") || path.starts_with("/dev/nvme") {
                PathKind::Device
            } else {
                PathKind::Missing
            }
        }
        fn real_path(&self, path: &str) -> String {
            let mut real = String::new();
            for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
                if part == ".." {
                    real.truncate(real.rfind('/').unwrap_or(0));
                } else {
                    real = format!("{real}/{part}");
                }
                if let Some(target) = self.links.get(&real) {
                    real.clone_from(target);
                }
            }
            if real.is_empty() { "/".into() } else { real }
        }
        fn glob(&self, pattern: &str, limit: usize) -> Vec<String> {
            self.paths().into_iter().filter(|path| glob_matches(pattern, path)).take(limit).collect()
        }
        fn list(&self, dir: &str, limit: usize) -> Vec<String> {
            let prefix = if dir == "/" { "/".to_owned() } else { format!("{dir}/") };
            let names = self.paths();
            let names = names.iter().filter_map(|path| path.strip_prefix(&prefix));
            names.filter(|name| !name.is_empty() && !name.contains('/')).map(str::to_owned).take(limit).collect()
        }
        fn read(&self, path: &str, max: usize) -> Option<Vec<u8>> {
            self.files.get(&self.real_path(path)).filter(|content| content.len() <= max).cloned()
        }
        fn which(&self, program: &str) -> Option<String> {
            self.programs.get(program).cloned().or_else(|| Some(format!("/usr/bin/{program}")))
        }
        fn tracked(&self, path: &str) -> Option<Tracked> {
            let mut at = path;
            loop {
                if let Some(tracked) = self.tracked.get(at) {
                    return Some(*tracked);
                }
                at = &at[..at.rfind('/')?];
            }
        }
    }

    #[test]
    fn a_fake_world_answers_as_it_was_set() {
        let world = FakeWorld::default().file("/home/me/work/a.txt", "x").link("/home/me/work/out", "/etc");
        assert_eq!(world.kind("/home/me/work/out/"), PathKind::Dir);
        assert_eq!(world.real_path("/home/me/./work/../work/out/passwd"), "/etc/passwd");
        assert_eq!(world.glob("/home/me/work/*.txt", 9), ["/home/me/work/a.txt"]);
        assert_eq!(world.list("/home/me", 9), ["work"]);
        assert_eq!(world.read("/home/me/work/a.txt", 9), Some(b"x".to_vec()));
        assert_eq!(world.kind("/nothing"), PathKind::Missing);
    }
}
