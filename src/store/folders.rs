//! What folders are known not to hold: a line of thousands of paths looks at the folder once, not at each of them.
//!
//! Only that nothing stands at a path is ever answered from here; what may be there is looked at itself. A folder is
//! read when about as many single looks as that costs were spent on it, so that a short line reads none, and only on
//! file systems whose folders list all that can be opened in them (some hide snapshots, or mount on demand).
//!
//! Sources: `getdents(2)`, `statfs(2)`, `path_resolution(7)`.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

use crate::effects::paths::parent;
use crate::syntax::paths::last_slash;

/// After how many looks a folder is read for the first time; again whenever that number has doubled.
const FIRST: usize = 64;
/// How many looks of a line are not even counted by their folder.
const FEW: usize = 64;
/// How many of a folder's entries may be read for each look that was spent on it: reading one is that much cheaper.
const ENTRIES: usize = 4;
/// Bytes of a folder for each of its entries, roughly.
#[cfg(target_os = "linux")]
const ENTRY: u64 = 32;
/// How many entries a folder may have at most.
const MOST: usize = 1 << 15;

/// Bytes of the longest name that a folder can hold (`NAME_MAX`).
const LONGEST: usize = 255;

/// Folders as far as they were asked for. Each is read once: one judgement sees one state of the disk.
#[derive(Debug, Default)]
pub(super) struct Folders {
    hashes: RandomState,
    known: RefCell<Known>,
    /// Looks of the whole line.
    asked: Cell<usize>,
}

#[derive(Debug, Default)]
struct Known {
    folders: Vec<Folder>,
    by_path: HashMap<String, usize>,
    /// The one that was asked for last: what comes next is in the same one, most often.
    last: usize,
}

#[derive(Debug)]
struct Folder {
    path: String,
    asked: usize,
    seen: Seen,
}

/// One of the folders that were asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number(usize);

/// A name, by its hash.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name(u64);

/// What is known of a folder.
#[derive(Debug)]
enum Seen {
    /// It was not read, or not to its end.
    NotYet,
    /// Nothing stands there, or no folder.
    Gone,
    /// Hashes of all its names in lower case, sorted.
    Names(Vec<u64>),
    /// What it lists says nothing of what it lacks.
    Unknowable,
}

impl Folders {
    /// Says that nothing stands at an absolute path, not even a link. `false` says nothing at all.
    pub(super) fn is_missing(&self, path: &str) -> bool {
        if !self.many() {
            return false;
        }
        let name = last_slash(path).and_then(|at| path.get(at + 1..));
        name.is_some_and(|name| self.lacks(parent(path), name))
    }

    /// Counts a look; says whether there were so many that folders are worth a thought.
    pub(super) fn many(&self) -> bool {
        self.asked.set(self.asked.get().saturating_add(1));
        self.had_many()
    }

    /// Says whether there were so many looks that folders are worth a thought.
    pub(super) fn had_many(&self) -> bool {
        self.asked.get() > FEW
    }

    /// Says that a folder has nothing of a name. `false` says nothing at all.
    fn lacks(&self, dir: &str, name: &str) -> bool {
        dir.starts_with('/') && self.name(name).is_some_and(|name| self.lacks_in(self.folder(dir), name))
    }

    /// A folder's number, by its absolute path.
    pub(super) fn folder(&self, dir: &str) -> Number {
        let known = &mut *self.known.borrow_mut();
        let at = known.at(dir).unwrap_or_else(|| {
            let seen = if self.is_below_nothing(dir, known) { Seen::Gone } else { Seen::NotYet };
            known.add(Folder { path: dir.to_owned(), asked: 0, seen })
        });
        known.last = at;
        Number(at)
    }

    /// A name to ask for; `None` for one that is not answered for.
    pub(super) fn name(&self, name: &str) -> Option<Name> {
        self.hash(name.as_bytes()).map(Name)
    }

    /// As [`Folders::lacks`].
    pub(super) fn lacks_in(&self, Number(dir): Number, Name(name): Name) -> bool {
        let known = &mut *self.known.borrow_mut();
        let Some(folder) = known.folders.get_mut(dir) else { return false };
        if matches!(folder.seen, Seen::NotYet) {
            folder.asked += 1;
            if folder.asked >= FIRST && folder.asked.is_power_of_two() {
                let most = folder.asked.saturating_mul(ENTRIES).min(MOST);
                folder.seen = read(&folder.path, most, |name| self.hash(name));
            }
        }
        folder.lacks(name)
    }

    /// Says that a folder is not there, by what is known of the one that it would stand in.
    fn is_below_nothing(&self, dir: &str, known: &Known) -> bool {
        let name = dir.rfind('/').and_then(|at| self.hash(dir.get(at + 1..)?.as_bytes()));
        let above = known.at(parent(dir)).and_then(|at| known.folders.get(at));
        name.zip(above).is_some_and(|(name, above)| above.lacks(name))
    }

    /// A name's hash in lower case; `None` for one that a file system may know by other names than those of other case.
    fn hash(&self, name: &[u8]) -> Option<u64> {
        if matches!(name, b"" | b"." | b"..") || !name.is_ascii() {
            return None;
        }
        let mut lower = [0; LONGEST];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        let mut hasher = self.hashes.build_hasher();
        hasher.write(lower);
        Some(hasher.finish())
    }
}

impl Known {
    fn at(&self, path: &str) -> Option<usize> {
        let is_last = self.folders.get(self.last).is_some_and(|folder| folder.path == path);
        if is_last { Some(self.last) } else { self.by_path.get(path).copied() }
    }

    fn add(&mut self, folder: Folder) -> usize {
        self.by_path.insert(folder.path.clone(), self.folders.len());
        self.folders.push(folder);
        self.folders.len() - 1
    }
}

impl Folder {
    fn lacks(&self, name: u64) -> bool {
        match &self.seen {
            Seen::Gone => true,
            Seen::Names(names) => names.binary_search(&name).is_err(),
            Seen::NotYet | Seen::Unknowable => false,
        }
    }
}

/// Reads a folder of at most `most` entries.
#[cfg(target_os = "linux")]
fn read(dir: &str, most: usize, hash: impl Fn(&[u8]) -> Option<u64>) -> Seen {
    use rustix::fs::{AtFlags, CWD, Mode, OFlags, RawDir, fstatfs, openat, statat};
    use rustix::io::Errno;
    let folder = match openat(CWD, dir, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
        Ok(folder) => folder,
        Err(Errno::NOENT | Errno::NOTDIR) => return Seen::Gone,
        Err(_) => return Seen::Unknowable,
    };
    // Without the right to search it, what is there and what is not look alike.
    let Ok(meta) = statat(&folder, ".", AtFlags::empty()) else { return Seen::Unknowable };
    if !fstatfs(&folder).is_ok_and(|system| lists_all(system.f_type)) {
        return Seen::Unknowable;
    }
    if u64::try_from(meta.st_size).is_ok_and(|size| size / ENTRY > most as u64) && most < MOST {
        return Seen::NotYet;
    }
    let mut buffer = Vec::with_capacity(8 << 10);
    let mut entries = RawDir::new(&folder, buffer.spare_capacity_mut());
    let mut names = Vec::new();
    while let Some(entry) = entries.next() {
        let Ok(entry) = entry else { return Seen::Unknowable };
        let name = entry.file_name().to_bytes();
        if matches!(name, b"." | b"..") {
            continue;
        }
        let Some(name) = hash(name) else { return Seen::Unknowable };
        names.push(name);
        if names.len() > most {
            return if most == MOST { Seen::Unknowable } else { Seen::NotYet };
        }
    }
    names.sort_unstable();
    Seen::Names(names)
}

#[cfg(not(target_os = "linux"))]
fn read(_: &str, _: usize, _: impl Fn(&[u8]) -> Option<u64>) -> Seen {
    Seen::Unknowable
}

/// Says whether the folders of a file system list everything that can be opened in them, by its number from `statfs`.
#[cfg(target_os = "linux")]
fn lists_all(system: impl Into<i64>) -> bool {
    const EXT: i64 = 0xef53;
    const XFS: i64 = 0x5846_5342;
    const BTRFS: i64 = 0x9123_683e;
    const F2FS: i64 = 0xf2f5_2010;
    const TMPFS: i64 = 0x0102_1994;
    const OVERLAY: i64 = 0x794c_7630;
    [EXT, XFS, BTRFS, F2FS, TMPFS, OVERLAY].contains(&(system.into() & 0xffff_ffff))
}

#[cfg(test)]
mod tests {
    use super::super::RealWorld;
    use super::*;
    use crate::effects::Effect;
    use crate::syntax::{Span, World};
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;
    use std::sync::Arc;

    /// Folders of every sort, with links; a repository with tracked and untracked files.
    struct Space {
        dir: tempfile::TempDir,
        /// Its real path.
        top: String,
    }

    impl Drop for Space {
        fn drop(&mut self) {
            for (name, _) in MODES {
                let _ = fs::set_permissions(self.dir.path().join(name), fs::Permissions::from_mode(0o755));
            }
        }
    }

    /// Folders that let a user look at their names only, at what is in them only, and at nothing.
    const MODES: [(&str, u32); 3] = [("listed", 0o444), ("searched", 0o111), ("closed", 0o000)];

    fn space() -> Space {
        let dir = tempfile::tempdir().unwrap();
        let top = fs::canonicalize(dir.path()).unwrap();
        for name in ["home", "repo/src", "repo/build", "other/deep", "listed", "searched", "closed", "odd", "tools"] {
            fs::create_dir_all(top.join(name)).unwrap();
        }
        for name in ["repo/src/a.rs", "repo/src/B.rs", "repo/new", "repo/build/x", "other/deep/f", "odd/é", "odd/f1"] {
            fs::write(top.join(name), name).unwrap();
        }
        for name in ["tools/one", "tools/two", "tools/data", "listed/f", "searched/f", "closed/f", "repo/changed"] {
            fs::write(top.join(name), "").unwrap();
        }
        for name in ["tools/one", "tools/two"] {
            fs::set_permissions(top.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        for (link, to) in [
            ("repo/out", "../other"),
            ("repo/dangling", "../none/at/all"),
            ("repo/loop", "loop"),
            ("repo/src/up", ".."),
            ("other/abs", "/etc"),
            ("repo/none", "/nonexistent-folder"),
            ("repo/file", "src/a.rs"),
        ] {
            symlink(to, top.join(link)).unwrap();
        }
        let git = |args: &[&str]| {
            let mut git = Command::new("git");
            git.args(["-c", "user.name=x", "-c", "user.email=x@example.invalid"])
                .args(args)
                .current_dir(top.join("repo"));
            git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null").env_remove("GIT_DIR");
            assert!(git.output().unwrap().status.success(), "{args:?}");
        };
        git(&["init", "-q"]);
        git(&["add", "src", "changed"]);
        git(&["commit", "-qm", "x"]);
        fs::write(top.join("repo/changed"), "more").unwrap();
        fs::remove_file(top.join("repo/src/B.rs")).unwrap();
        for (name, mode) in MODES {
            fs::set_permissions(top.join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        let top = top.to_str().unwrap().to_owned();
        Space { dir, top }
    }

    fn world(top: &str) -> RealWorld {
        let path = format!("{top}/tools:{top}/none:{top}/closed:{top}/listed:/usr/bin:/bin:.:");
        RealWorld::with_home(Arc::new([("PATH".into(), path)].into()), &format!("{top}/repo"), &format!("{top}/home"))
    }

    const FOLDERS: &[&str] = &[
        "",
        "/repo",
        "/repo/src",
        "/repo/build",
        "/repo/out",
        "/repo/out/deep",
        "/repo/out/abs",
        "/repo/src/up",
        "/repo/src/up/src/../build",
        "/repo/src/..",
        "/repo//src/.",
        "/repo/none",
        "/repo/dangling",
        "/repo/loop",
        "/repo/file",
        "/repo/src/a.rs",
        "/repo/missing",
        "/repo/missing/deeper/still",
        "/REPO",
        "/listed",
        "/searched",
        "/closed",
        "/odd",
    ];

    const NAMES: &[&str] = &[
        "f", "F", "f1", "x", "new", "NEW", "a.rs", "A.RS", "B.rs", "b.rs", "up", "UP", "out", "loop", "dangling", "é",
        "E\u{301}", "\u{212a}", "", ".", "..", ".git", "src", "SRC", "deep", "abs", "passwd", "changed", "none", "one",
        "file", "hosts",
    ];

    /// Whatever was asked before, the answer is that of a world that was asked nothing else.
    #[test]
    fn answers_are_the_same_however_many_were_asked() {
        let space = space();
        let top = &space.top;
        let asked = world(top);
        for round in 0..2 {
            for folder in FOLDERS {
                for number in 0..(FIRST + 8) {
                    let path = format!("{top}{folder}/gone-{round}-{number}");
                    let fresh = world(top);
                    assert_eq!(asked.kind(&path), fresh.kind(&path), "{path}");
                    assert_eq!(asked.real_path(&path), fresh.real_path(&path), "{path}");
                }
                for name in NAMES {
                    for path in [format!("{top}{folder}/{name}"), format!("{top}{folder}/{name}/inner")] {
                        let fresh = world(top);
                        assert_eq!(asked.kind(&path), fresh.kind(&path), "{path}");
                        assert_eq!(asked.real_path(&path), fresh.real_path(&path), "{path}");
                        assert_eq!(asked.tracked(&path), fresh.tracked(&path), "{path}");
                        assert_eq!(asked.read(&path, 64), fresh.read(&path, 64), "{path}");
                    }
                }
            }
        }
    }

    #[test]
    fn programs_are_found_however_many_were_asked() {
        let space = space();
        let top = &space.top;
        let asked = world(top);
        for number in 0..2_000 {
            assert_eq!(asked.which(&format!("no-such-program-{number}")), None);
        }
        for name in ["one", "two", "data", "ONE", "sh", "ls", "env", "f", "none", "new", "src", "file", "", ".", "é"] {
            assert_eq!(asked.which(name), world(top).which(name), "{name}");
        }
    }

    /// What a line does to which paths, and where they lie.
    fn effects_of(line: &str, world: &RealWorld) -> Vec<Effect> {
        let analysis = crate::effects::analyse(line, world, false);
        let effects = crate::effects::effects(&analysis, world, &[]);
        effects.into_iter().map(|effect| Effect { span: Span::default(), invocation: 0, ..effect }).collect()
    }

    /// Each of many paths in one line lies where it lies in a line of its own.
    #[test]
    fn scopes_are_the_same_in_a_line_of_many() {
        let space = space();
        let top = &space.top;
        let gone: Vec<String> = (0..FIRST + 8).map(|number| format!("gone-{number}")).collect();
        // What the line wrote a moment ago is not what it was: a file that is written stands in it once.
        let written = |name: &&str| !matches!(*name, "" | "." | "..");
        for verb in ["rm -rf", "echo x >"] {
            let asked = world(top);
            for folder in FOLDERS {
                let names = gone.iter().map(String::as_str).chain(NAMES.iter().copied());
                let names = names.filter(|name| verb != "echo x >" || written(name));
                let lines: Vec<String> = names.map(|name| format!("{verb} '{top}{folder}/{name}'")).collect();
                let alone: Vec<Effect> = lines.iter().flat_map(|line| effects_of(line, &world(top))).collect();
                assert_eq!(effects_of(&lines.join("\n"), &asked), alone, "{verb} {folder}");
            }
        }
    }

    /// Folders that were asked for much already.
    fn awake() -> Folders {
        Folders { asked: Cell::new(FEW), ..Folders::default() }
    }

    fn gone(folders: &Folders, dir: &str, count: usize) -> usize {
        (0..count).filter(|number| folders.is_missing(&format!("{dir}/gone-{number}"))).count()
    }

    #[test]
    fn few_looks_read_nothing() {
        let space = space();
        let top = &space.top;
        let folders = awake();
        assert_eq!(gone(&folders, &format!("{top}/repo"), FIRST - 1), 0);
        assert!(matches!(folders.known.borrow().folders[0].seen, Seen::NotYet));
        let folders = Folders::default();
        assert_eq!(gone(&folders, &format!("{top}/repo"), FEW), 0);
        assert!(folders.known.borrow().folders.is_empty());
    }

    /// A folder is read when as many looks were spent on it as that is worth, and never one without a bound.
    #[test]
    fn large_folders_are_read_late_or_never() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().to_str().unwrap();
        for number in 0..=(FIRST * ENTRIES * 2) {
            fs::write(dir.path().join(format!("f{number}")), "").unwrap();
        }
        let folders = awake();
        if !matches!(read(top, MOST, |_| Some(0)), Seen::Names(_)) {
            return;
        }
        assert_eq!(gone(&folders, top, FIRST * 4), FIRST * 4 - (FIRST * 4 - 1));
        assert!(matches!(read(top, FIRST, |_| Some(0)), Seen::NotYet));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn folders_that_do_not_list_all_are_never_relied_on() {
        for dir in ["/proc", "/proc/self", "/sys"] {
            assert_eq!(gone(&awake(), dir, 4 * FIRST), 0, "{dir}");
        }
        // A thread's own folder can be opened, and is not listed.
        let folders = awake();
        gone(&folders, "/proc", 4 * FIRST);
        assert!(!folders.is_missing("/proc/thread-self") && !folders.is_missing("relative/path"));
    }
}
