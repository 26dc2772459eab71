//! The machine as it is.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use super::folders::{Folders, Number};
use super::{glob, index, users};
use crate::effects::paths::{base, is_within, join, normalize, parent};
use crate::syntax::paths::last_slash;
use crate::syntax::{Dialect, PathKind, Tracked, World, homes_of};

/// Bytes of the longest path that the system takes (`PATH_MAX`): nothing stands at a longer one.
const LONGEST: usize = 4_096;
/// How many links one path may run through.
const LINKS: usize = 40;

/// Folders that are never a workspace, nor anything below them unless it is a repository.
const NO_WORKSPACE: &[&str] = &[
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/usr",
    "/etc",
    "/boot",
    "/dev",
    "/proc",
    "/sys",
    "/run",
    "/System",
    "/Library",
    "/Applications",
    "/nix",
    "/snap",
    "/private/etc",
];

/// Folders that are never a workspace themselves.
const NEVER_ITSELF: &[&str] = &[
    "/",
    "/var",
    "/var/lib",
    "/var/log",
    "/var/www",
    "/tmp",
    "/var/tmp",
    "/dev/shm",
    "/private/tmp",
    "/private/var/tmp",
    "/home",
    "/Users",
    "/root",
    "/opt",
    "/srv",
    "/mnt",
    "/media",
    "/Volumes",
];

/// The real [`World`]: one snapshot of the environment, the disk as it is when asked.
#[derive(Debug)]
pub struct RealWorld {
    cwd: String,
    home: String,
    workspace: Option<String>,
    vars: Arc<HashMap<String, String>>,
    aliases: HashMap<String, String>,
    functions: HashMap<String, String>,
    repos: RefCell<HashMap<String, Option<Rc<index::Repo>>>>,
    links: Links,
    /// Where programs were found: one line asks for the same ones many times.
    programs: RefCell<HashMap<String, Option<String>>>,
    /// The folders of `PATH`.
    places: OnceCell<Vec<(String, Option<Number>)>>,
    homes: OnceCell<Vec<String>>,
    interactive: bool,
    reader: Option<String>,
}

impl RealWorld {
    /// Starts from a snapshot of the environment and an absolute folder. Home comes from the user database, the
    /// workspace is the repository around the folder, else the folder itself where that can be one.
    #[must_use]
    pub fn new(vars: Arc<HashMap<String, String>>, cwd: &str) -> Self {
        let home = users::home_of_uid(users::own_uid());
        Self::with_home(vars, cwd, &home)
    }

    /// As [`RealWorld::new`], with the home folder given.
    #[must_use]
    pub fn with_home(vars: Arc<HashMap<String, String>>, cwd: &str, home: &str) -> Self {
        let cwd = normalize(cwd);
        let links = Links::default();
        Self {
            workspace: find_workspace(&links.real(&cwd), &links.real(home)),
            cwd,
            home: home.to_owned(),
            vars,
            aliases: HashMap::new(),
            functions: HashMap::new(),
            repos: RefCell::new(HashMap::new()),
            links,
            programs: RefCell::default(),
            places: OnceCell::new(),
            homes: OnceCell::new(),
            interactive: false,
            reader: None,
        }
    }

    /// Takes the workspace that an agent gives, unless it is one that cannot be.
    #[must_use]
    pub fn with_workspace(mut self, dir: &str) -> Self {
        let dir = self.links.real(&normalize(dir));
        if can_be_workspace(&dir, &self.links.real(&self.home), true) {
            self.workspace = Some(dir);
        }
        self
    }

    /// Says that lines are entered in an interactive shell.
    #[must_use]
    pub fn with_interactive(mut self, interactive: bool) -> Self {
        self.interactive = interactive;
        self
    }

    /// Names the shell that reads the text, by its path, where that is not bash.
    #[must_use]
    pub fn with_reader(mut self, reader: Option<String>) -> Self {
        self.reader = reader;
        self
    }

    /// Adds aliases and functions of the calling shell.
    #[must_use]
    pub fn with_shell(mut self, aliases: Vec<(String, String)>, functions: Vec<(String, String)>) -> Self {
        self.aliases.extend(aliases);
        self.functions.extend(functions);
        self
    }

    /// The folders that programs are looked for in.
    fn places(&self) -> &[(String, Option<Number>)] {
        self.places.get_or_init(|| {
            let path = self.vars.get("PATH").map(|path| path.split(':'));
            let places = path.into_iter().flatten().map(|dir| join(&self.cwd, dir));
            // What a folder lacks it lacks by its other names as well (`/bin` for `/usr/bin`).
            let mut seen = HashSet::new();
            let places = places.filter(|dir| seen.insert(self.links.real(dir)));
            places.map(|dir| (dir.clone(), dir.starts_with('/').then(|| self.links.folders.folder(&dir)))).collect()
        })
    }

    /// The repository around a folder, read once.
    fn repo(&self, dir: &str) -> Option<Rc<index::Repo>> {
        if let Some(known) = self.repos.borrow().get(dir) {
            return known.clone();
        }
        let repo = match index::find(dir) {
            Some((top, _)) if top != dir => self.repo(&top),
            Some((top, git_dir)) => Some(Rc::new(index::Repo::read(&top, &git_dir))),
            None => None,
        };
        self.repos.borrow_mut().insert(dir.to_owned(), repo.clone());
        repo
    }
}

/// Says whether a real path may be a workspace.
fn can_be_workspace(dir: &str, home: &str, repository: bool) -> bool {
    !is_within(home, dir)
        && !NEVER_ITSELF.contains(&dir)
        && !NO_WORKSPACE.contains(&dir)
        && (repository || !NO_WORKSPACE.iter().any(|top| is_within(dir, top)))
}

fn find_workspace(cwd: &str, home: &str) -> Option<String> {
    if let Some((top, _)) = index::find(cwd).filter(|(top, _)| can_be_workspace(top, home, true)) {
        return Some(top);
    }
    can_be_workspace(cwd, home, false).then(|| cwd.to_owned())
}

/// Links that were looked at, each path once: one judgement sees one state of the disk.
#[derive(Debug, Default)]
struct Links {
    folders: Folders,
    /// Where each path leads, `None` where it is no link.
    targets: RefCell<HashMap<String, Option<String>>>,
    /// Paths with every link followed.
    real: RefCell<HashMap<String, String>>,
    /// The ways to folders that paths stand in.
    ways: RefCell<HashMap<String, Way>>,
}

impl Links {
    /// Where a link leads as it is written; each path is looked at once.
    fn target(&self, path: &str) -> Option<String> {
        if let Some(known) = self.targets.borrow().get(path) {
            return known.clone();
        }
        if self.folders.is_missing(path) {
            return None;
        }
        let target = std::fs::read_link(path).ok().map(|to| to.to_string_lossy().into_owned());
        self.targets.borrow_mut().insert(path.to_owned(), target.clone());
        target
    }

    /// Follows every link, part by part; what is not there is kept as it is.
    fn real(&self, path: &str) -> String {
        if let Some(known) = self.real.borrow().get(path) {
            return known.clone();
        }
        if let Some(real) = self.missing_in_known(path) {
            return real;
        }
        let real = self.followed(path);
        self.real.borrow_mut().insert(path.to_owned(), real.clone());
        real
    }

    /// The same for what does not stand in a folder to which the way is known.
    fn missing_in_known(&self, path: &str) -> Option<String> {
        let (dir, name) = path.split_at_checked(last_slash(path).filter(|_| self.folders.had_many())?)?;
        let real = match self.ways.borrow().get(dir) {
            Some(way) if !matches!(name, "/" | "/." | "/..") => [way.done.as_str(), name].concat(),
            _ => return None,
        };
        let missing = real.len() <= LONGEST && self.folders.is_missing(&real);
        (missing && !self.targets.borrow().contains_key(&real)).then_some(real)
    }

    fn followed(&self, path: &str) -> String {
        let done = match last_slash(path).and_then(|at| Some((path.get(..at)?, path.get(at..)?))) {
            Some((dir, name)) if dir.len() <= LONGEST => self.walk(self.way(dir), name).done,
            _ => self.walk(Way::default(), path).done,
        };
        if done.is_empty() { "/".to_owned() } else { done }
    }

    /// The way to a folder, once for all that it holds.
    fn way(&self, dir: &str) -> Way {
        if let Some(known) = self.ways.borrow().get(dir) {
            return known.clone();
        }
        let way = self.walk(Way::default(), dir);
        self.ways.borrow_mut().insert(dir.to_owned(), way.clone());
        way
    }

    /// Goes on, part by part.
    fn walk(&self, Way { mut done, mut links }: Way, path: &str) -> Way {
        let mut left: Vec<Cow<'_, str>> = path.split('/').rev().map(Cow::Borrowed).collect();
        while let Some(part) = left.pop() {
            match part.as_ref() {
                "" | "." => continue,
                ".." => {
                    done.truncate(done.rfind('/').unwrap_or(0));
                    continue;
                }
                _ => {}
            }
            let before = done.len();
            done.push('/');
            done.push_str(&part);
            if done.len() > LONGEST {
                continue;
            }
            let Some(to) = self.target(&done).filter(|_| links < LINKS) else { continue };
            links += 1;
            done.truncate(if to.starts_with('/') { 0 } else { before });
            left.extend(to.split('/').rev().map(|part| Cow::Owned(part.to_owned())));
        }
        Way { done, links }
    }
}

/// How far a path was followed.
#[derive(Clone, Debug, Default)]
struct Way {
    /// The real path up to there; empty for `/`.
    done: String,
    /// Links that it has run through.
    links: usize,
}

fn is_executable(path: &str) -> bool {
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Asks a shell whether it would parse a text; nothing is executed. `None` where it cannot be asked.
fn parses(shell: &str, text: &[u8], options: &[&str]) -> Option<bool> {
    exit_of(shell, text, options).map(|code| code == 0)
}

/// How a shell ends that is given these words and a text; `None` where a signal ended it: it has not rejected it then.
fn exit_of(shell: &str, text: &[u8], options: &[&str]) -> Option<i32> {
    use std::os::unix::ffi::OsStrExt;
    use std::process::{Command, Stdio};
    let status = Command::new(shell)
        .args(options)
        .arg(std::ffi::OsStr::from_bytes(text))
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()?;
    status.code()
}

impl RealWorld {
    /// Device and inode of a file, links followed.
    #[must_use]
    pub fn identity(&self, path: &str) -> Option<(u64, u64)> {
        use std::os::unix::fs::MetadataExt;
        let path = crate::syntax::paths::join(&self.cwd, path);
        std::fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
    }
}

impl World for RealWorld {
    fn shell_accepts(&self, text: &str, dialect: Dialect) -> Option<bool> {
        let bytes = crate::syntax::bytes::encode(text);
        if bytes.contains(&0) || bytes.len() > 64 << 10 {
            return None;
        }
        let own = self.reader.as_deref().filter(|path| Dialect::of_name(path) == Some(dialect));
        let at = |places: &[&'static str]| places.iter().copied().find(|path| std::path::Path::new(path).exists());
        match dialect {
            Dialect::Zsh => {
                let zsh = own.or_else(|| at(crate::shells::Shell::Zsh.places()))?;
                // `-n` expands words, and `!` turns its status around: a function's body is only parsed.
                let parse = "zmodload zsh/parameter || exit 3; functions[f]=$1 || exit 1; (( $+functions[f] ))";
                return match exit_of(zsh, &bytes, &["-f", "-c", parse, "zsh"])? {
                    0 => Some(true),
                    1 => Some(false),
                    _ => None,
                };
            }
            // Which shell `sh` is elsewhere is not known: bash is asked as well.
            Dialect::Sh => {
                let sh = own.or_else(|| at(crate::shells::Shell::Sh.places()))?;
                if parses(sh, &bytes, &["-n", "-c"])? {
                    return Some(true);
                }
            }
            Dialect::Fish => {
                let places = ["/usr/bin/fish", "/usr/local/bin/fish", "/opt/homebrew/bin/fish"];
                return parses(own.or_else(|| at(&places))?, &bytes, &["-N", "-n", "-c"]);
            }
            Dialect::Bash | Dialect::Foreign => {}
        }
        let bash = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/opt/homebrew/bin/bash"]
            .into_iter()
            .find(|path| std::path::Path::new(path).exists())?;
        let plain = parses(bash, &bytes, &["-n", "-c"])?;
        Some(plain || parses(bash, &bytes, &["-O", "extglob", "-n", "-c"])?)
    }

    fn interactive(&self) -> bool {
        self.interactive
    }

    fn cwd(&self) -> &str {
        &self.cwd
    }

    fn home(&self) -> &str {
        &self.home
    }

    fn homes(&self) -> Cow<'_, [String]> {
        Cow::Borrowed(self.homes.get_or_init(|| homes_of(self)))
    }

    fn home_of(&self, user: &str) -> Option<String> {
        users::home_of_name(user)
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
        if self.links.folders.is_missing(path) {
            return PathKind::Missing;
        }
        match std::fs::metadata(path) {
            Ok(meta) if meta.is_file() => PathKind::File,
            Ok(meta) if meta.is_dir() => PathKind::Dir,
            Ok(meta) if meta.file_type().is_block_device() || meta.file_type().is_char_device() => PathKind::Device,
            Ok(_) => PathKind::Other,
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => PathKind::Other,
            Err(_) => PathKind::Missing,
        }
    }

    fn real_path(&self, path: &str) -> String {
        self.links.real(path)
    }

    fn glob(&self, pattern: &str, limit: usize) -> Vec<String> {
        glob::glob(&join(&self.cwd, pattern), limit)
    }

    fn list(&self, dir: &str, limit: usize) -> Vec<String> {
        let Ok(read) = std::fs::read_dir(dir) else { return Vec::new() };
        let mut names: Vec<String> =
            read.flatten().take(limit).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort_unstable();
        names
    }

    fn read(&self, path: &str, max: usize) -> Option<Vec<u8>> {
        if self.links.folders.is_missing(path) {
            return None;
        }
        let meta = std::fs::metadata(path).ok()?;
        let limit = u64::try_from(max).unwrap_or(u64::MAX);
        if !meta.is_file() || meta.len() > limit {
            return None;
        }
        let mut bytes = Vec::new();
        std::fs::File::open(path).ok()?.take(limit.saturating_add(1)).read_to_end(&mut bytes).ok()?;
        (bytes.len() <= max).then_some(bytes)
    }

    fn which(&self, program: &str) -> Option<String> {
        if program.contains('/') {
            let path = join(&self.cwd, program);
            return is_executable(&path).then_some(path);
        }
        if let Some(known) = self.programs.borrow().get(program) {
            return known.clone();
        }
        let folders = &self.links.folders;
        if !folders.many() {
            let mut places = self.vars.get("PATH")?.split(':').map(|dir| join(&join(&self.cwd, dir), program));
            let found = places.find(|path| is_executable(path));
            self.programs.borrow_mut().insert(program.to_owned(), found.clone());
            return found;
        }
        let name = folders.name(program);
        let lacks = |at: &Number| name.is_some_and(|name| folders.lacks_in(*at, name));
        let places = self.places().iter().filter(|(_, at)| !at.as_ref().is_some_and(lacks));
        let found = places.map(|(dir, _)| join(dir, program)).find(|path| is_executable(path));
        self.programs.borrow_mut().insert(program.to_owned(), found.clone());
        found
    }

    fn tracked(&self, path: &str) -> Option<Tracked> {
        let plain = normalize(path);
        let dir = self.links.real(parent(&plain));
        let here = if plain == "/" { plain.clone() } else { join(&dir, base(&plain)) };
        // The top of a work tree belongs to that tree, not to one around it.
        let start =
            if Path::new(&join(&here, ".git")).symlink_metadata().is_ok() { here.as_str() } else { dir.as_str() };
        Some(self.repo(start)?.tracked(&here))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::process::Command;

    struct Box {
        dir: tempfile::TempDir,
    }

    impl Box {
        fn new() -> Self {
            Self { dir: tempfile::tempdir().unwrap() }
        }
        fn path(&self, name: &str) -> String {
            Links::default().real(&join(self.dir.path().to_str().unwrap(), name))
        }
        fn write(&self, name: &str, text: &str) {
            let path = self.path(name);
            fs::create_dir_all(parent(&path)).unwrap();
            fs::write(path, text).unwrap();
        }
        fn git(&self, dir: &str, args: &[&str]) {
            let done = Command::new("git")
                .args(["-c", "user.name=x", "-c", "user.email=x@example.invalid", "-c", "protocol.file.allow=always"])
                .args(args)
                .current_dir(self.path(dir))
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GIT_CONFIG_SYSTEM", "/dev/null")
                .env_remove("GIT_DIR")
                .output()
                .unwrap();
            assert!(done.status.success(), "{args:?} {}", String::from_utf8_lossy(&done.stderr));
        }
        fn world(&self, cwd: &str) -> RealWorld {
            RealWorld::with_home(
                Arc::new([("PATH".into(), format!("{}:/usr/bin:/bin", self.path("bin")))].into()),
                &self.path(cwd),
                &self.path("home"),
            )
        }
    }

    /// A repository with a committed folder and file, one changed file, one untracked.
    fn repository(version: &str) -> Box {
        let space = Box::new();
        for (name, text) in [
            ("home/x", ""),
            ("repo/src/a.rs", "a"),
            ("repo/src/deep/b.rs", "b"),
            ("repo/changed", "1"),
            ("repo/mixed/t", "t"),
        ] {
            space.write(name, text);
        }
        space.git("repo", &["init", "-q"]);
        space.git("repo", &["config", "index.version", version]);
        space.git("repo", &["add", "."]);
        space.git("repo", &["commit", "-qm", "x"]);
        space.write("repo/changed", "12");
        space.write("repo/new/x", "");
        space.write("repo/mixed/u", "");
        space.write("repo/src/__pycache__/a.pyc", "");
        space
    }

    #[test]
    fn knows_what_git_knows() {
        for version in ["2", "3", "4"] {
            let space = repository(version);
            let world = space.world("repo");
            for (path, want) in [
                ("repo/src/a.rs", Some(Tracked::Clean)),
                ("repo/src", Some(Tracked::Clean)),
                ("repo/src/deep", Some(Tracked::Clean)),
                ("repo/changed", Some(Tracked::Modified)),
                ("repo/mixed", Some(Tracked::Modified)),
                ("repo/mixed/u", Some(Tracked::Untracked)),
                ("repo/new", Some(Tracked::Untracked)),
                ("repo", Some(Tracked::Modified)),
                ("repo/.git", Some(Tracked::Untracked)),
                ("home/x", None),
            ] {
                assert_eq!(world.tracked(&space.path(path)), want, "{path} in version {version}");
            }
        }
    }

    #[test]
    fn follows_worktrees_and_submodules() {
        let space = repository("2");
        space.git("repo", &["worktree", "add", "-q", &format!("{}/tree", space.dir.path().display())]);
        space.git("repo", &["submodule", "add", "-q", "./", "sub"]);
        let world = space.world("tree/src");
        assert_eq!(world.workspace(), Some(space.path("tree").as_str()));
        assert_eq!(world.tracked(&space.path("tree/src/a.rs")), Some(Tracked::Clean));
        assert_eq!(world.tracked(&space.path("repo/sub/src/a.rs")), Some(Tracked::Clean));
    }

    #[test]
    fn workspaces() {
        let space = repository("2");
        space.write("plain/x", "");
        space.write("home/proj/x", "");
        for (cwd, want) in
            [("repo/src", Some("repo")), ("plain", Some("plain")), ("home", None), ("home/proj", Some("home/proj"))]
        {
            assert_eq!(space.world(cwd).workspace(), want.map(|dir| space.path(dir)).as_deref(), "{cwd}");
        }
        for cwd in ["/", "/usr/bin", "/etc", "/tmp", "/home"] {
            assert_eq!(RealWorld::with_home(Arc::default(), cwd, &space.path("home")).workspace(), None, "{cwd}");
        }
        space.git("home", &["init", "-q"]);
        assert_eq!(space.world("home/proj").workspace(), Some(space.path("home/proj").as_str()));
        let above = space.path("");
        assert_eq!(space.world("repo").with_workspace(&above).workspace(), Some(space.path("repo").as_str()));
        assert_eq!(
            space.world("repo").with_workspace(&space.path("plain")).workspace(),
            Some(space.path("plain").as_str())
        );
    }

    #[test]
    fn paths_kinds_and_links() {
        let space = repository("2");
        let world = space.world("repo");
        std::os::unix::fs::symlink(space.path("home"), space.path("repo/link")).unwrap();
        std::os::unix::fs::symlink("loop", space.dir.path().join("repo/loop")).unwrap();
        let here = |name: &str| format!("{}/{name}", space.path("repo"));
        assert_eq!(world.real_path(&here("link/gone/x")), space.path("home/gone/x"));
        assert_eq!(world.real_path(&here("link/../repo/src")), space.path("repo/src"));
        assert_eq!(world.real_path(&here("gone/../src/./none")), space.path("repo/src/none"));
        assert!(world.real_path(&here("loop/x")).ends_with("/x"));
        assert_eq!(world.kind(&here("src")), PathKind::Dir);
        assert_eq!(world.kind(&here("src/a.rs")), PathKind::File);
        assert_eq!(world.kind(&here("none")), PathKind::Missing);
        assert_eq!(world.kind("/dev/null"), PathKind::Device);
        assert_eq!(world.read(&here("changed"), 2).as_deref(), Some(&b"12"[..]));
        assert_eq!(world.read(&here("changed"), 1), None);
        assert_eq!(world.read("/dev/zero", 10), None);
    }

    #[test]
    fn globs() {
        let space = repository("2");
        for name in ["repo/g/a.txt", "repo/g/b.txt", "repo/g/.hid.txt", "repo/g/s*r", "repo/h/a.txt"] {
            space.write(name, "");
        }
        let world = space.world("repo");
        let top = space.path("repo");
        for (pattern, want) in [
            ("g/*.txt", &["g/a.txt", "g/b.txt"][..]),
            ("g/.*", &["g/.hid.txt"]),
            ("g/[!a]*.txt", &["g/b.txt"]),
            ("?/a.txt", &["g/a.txt", "h/a.txt"]),
            ("g/s\\*r", &["g/s*r"]),
            ("g/none*", &[]),
            ("g/**", &["g/a.txt", "g/b.txt", "g/s*r"]),
        ] {
            let want: Vec<String> = want.iter().map(|name| format!("{top}/{name}")).collect();
            assert_eq!(world.glob(&format!("{top}/{pattern}"), 100), want, "{pattern}");
        }
        assert_eq!(world.glob(&format!("{top}/g/*"), 1).len(), 1);
    }

    #[test]
    fn finds_programs() {
        let space = repository("2");
        space.write("bin/tool", "");
        space.write("bin/data", "");
        fs::set_permissions(space.path("bin/tool"), fs::Permissions::from_mode(0o755)).unwrap();
        let world = space.world("repo");
        assert_eq!(world.which("tool"), Some(space.path("bin/tool")));
        assert_eq!(world.which("data"), None);
        assert!(world.which("sh").is_some());
    }
}
