//! Where a path lies: the scopes of the design, taken on real paths.

use super::paths::{base, below, is_below, is_within, join, matches_any, normalize, parent};
use super::{Cx, Scope, Trait};
use super::{home, names};
use crate::syntax::{PathKind, Tracked, World};

/// What the place of a path tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The scope.
    pub scope: Scope,
    /// `Whole`, `Valuable`, `Secret`, `Startup`, `Scratch` as far as the place itself tells.
    pub traits: Vec<Trait>,
}

impl Place {
    fn new(scope: Scope) -> Self {
        Self { scope, traits: Vec::new() }
    }

    fn with(mut self, traits: &[Trait]) -> Self {
        self.traits.extend_from_slice(traits);
        self
    }
}

/// Temporary folders, by their real and their usual names.
const TEMP: &[&str] = &[
    "/tmp",
    "/var/tmp",
    "/dev/shm",
    "/private/tmp",
    "/private/var/tmp",
    "/var/folders",
    "/private/var/folders",
    "/usr/tmp",
    "/run/shm",
];

/// Top folders of an operating system.
const SYSTEM: &[&str] = &[
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/usr",
    "/etc",
    "/var",
    "/boot",
    "/dev",
    "/proc",
    "/sys",
    "/run",
    "/root",
    "/snap",
    "/nix",
    "/System",
    "/Library",
    "/Applications",
    "/private",
    "/cores",
    "/efi",
    "/sysroot",
    "/ostree",
    "/gnu",
    "/opt",
    "/srv",
    "/selinux",
    "/lost+found",
];

/// Folders of the system whose loss breaks it as a whole, beside the tops themselves.
const SYSTEM_WHOLE: &[&str] = &[
    "/usr/bin",
    "/usr/sbin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/share",
    "/usr/local",
    "/var/lib",
    "/var/lib/dpkg",
    "/var/lib/rpm",
    "/var/db",
    "/etc/ssl",
    "/etc/pam.d",
    "/etc/systemd",
    "/etc/ssh",
    "/private/etc",
    "/private/var",
    "/System/Library",
    "/home",
    "/Users",
    "/var/log",
    "/lib/modules",
    "/usr/lib/modules",
    "/boot/efi",
    "/boot/grub",
];

/// Caches of the system: it fills them again by itself.
const SYSTEM_CACHES: &[&str] = &[
    "/var/cache",
    "/var/lib/apt/lists",
    "/var/crash",
    "/run/user",
    "/usr/share/doc",
    "/usr/share/man",
    "/usr/local/share/.cache",
];

/// Places in the home folder that hold credentials or what cannot be got back.
const PROTECTED_HOME: &[&str] = &[
    ".ssh",
    ".gnupg",
    ".aws",
    ".kube",
    ".azure",
    ".config/gcloud",
    ".config/gh",
    ".docker/config.json",
    ".password-store",
    ".local/share/keyrings",
    ".netrc",
    ".pgpass",
    ".git-credentials",
    ".vault-token",
    ".config/sops",
    ".config/op",
    ".terraform.d",
    ".mozilla",
    ".thunderbird",
    ".config/google-chrome",
    ".config/chromium",
    ".config/BraveSoftware",
    ".config/microsoft-edge",
    "Library/Keychains",
    "Library/Application Support/Google/Chrome",
    "Library/Application Support/Firefox",
    "Library/Mail",
    "Library/Messages",
    ".electrum",
    ".bitcoin",
    ".ethereum",
    ".config/solana",
    ".config/Bitwarden",
    ".age",
    ".config/age",
];

/// The same for the machine.
const PROTECTED_SYSTEM: &[&str] = &[
    "/boot",
    "/etc/passwd",
    "/etc/shadow",
    "/etc/group",
    "/etc/gshadow",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/fstab",
    "/etc/ssh",
    "/etc/pam.d",
    "/etc/kubernetes",
    "/efi",
    "/etc/machine-id",
];

/// Folders of the home that tools fill again by themselves.
const HOME_CACHES: &[&str] = &[
    ".cache",
    ".npm",
    ".cargo/registry",
    ".cargo/git",
    ".gradle/caches",
    ".gradle/daemon",
    ".m2/repository",
    ".ivy2/cache",
    ".sbt/boot",
    "go/pkg/mod",
    ".yarn/cache",
    ".pnpm-store",
    ".bun/install/cache",
    ".local/share/Trash",
    ".local/share/pnpm/store",
    "Library/Caches",
    "Library/Developer/Xcode/DerivedData",
    ".nuget/packages",
    ".composer/cache",
    ".pub-cache",
    ".conda/pkgs",
    ".node-gyp",
    ".expo",
    ".local/share/virtualenvs",
    ".rustup/tmp",
    ".rustup/downloads",
    ".ccache",
    ".nv",
    ".triton",
    ".eslintcache",
    "Library/Logs",
    ".Trash",
    ".wandb/cache",
    "tmp",
    ".tmp",
];

/// Parts of a path below the workspace that are looked at; what lies deeper is not taken for something that a tool builds.
const MAX_PARTS: usize = 512;

/// Where mounted disks stand; a folder directly in one is a disk.
const MOUNTS: &[&str] = &["/mnt", "/media", "/Volumes", "/run/media"];

/// The scope of a path: strictest of its text and its real place. The path may hold `.`, `..` and doubled slashes.
#[must_use]
pub fn place(path: &str, cx: &Cx<'_>) -> Scope {
    full(path, &cx.world.real_path(&normalize(path)), cx).scope
}

/// As [`place`], with what the place tells beside; the path as it is, and the real one of what it is when normalised.
#[must_use]
pub(super) fn full(path: &str, real: &str, cx: &Cx<'_>) -> Place {
    let first = on_real(real, cx);
    if !path.contains("..") {
        return first;
    }
    let second = on_real(&cx.world.real_path(path), cx);
    if rank(&second.scope) > rank(&first.scope) { second } else { first }
}

/// The place of what stands at a path itself, a link at its end not followed; the path as it is, normalised, and as
/// [`entry_path`] has it.
#[must_use]
pub(super) fn of_entry(path: &str, plain: &str, entry: &str, cx: &Cx<'_>) -> Place {
    if plain == "/" || path.ends_with('/') || matches!(base(path), "." | "..") {
        return full(path, &cx.world.real_path(plain), cx);
    }
    let first = on_real(entry, cx);
    if !path.contains("..") {
        return first;
    }
    let dir = path.rfind('/').map_or("/", |at| path.get(..=at).unwrap_or("/"));
    let second = on_real(&normalize(&join(&cx.world.real_path(dir), base(path))), cx);
    if rank(&second.scope) > rank(&first.scope) { second } else { first }
}

/// The real path of a folder entry: links are followed up to its folder.
#[must_use]
pub(super) fn entry_path(plain: &str, world: &dyn World) -> String {
    if plain == "/" { plain.to_owned() } else { join(&world.real_path(parent(plain)), base(plain)) }
}

/// How much a scope weighs where several are possible.
#[must_use]
pub(super) const fn rank(scope: &Scope) -> u8 {
    match scope {
        Scope::Root => 9,
        Scope::System => 8,
        Scope::Protected => 7,
        Scope::Home => 6,
        Scope::OutsideWorkspace => 5,
        Scope::Unknown => 4,
        Scope::Remote(_) => 3,
        Scope::Workspace => 2,
        Scope::Temp => 1,
        Scope::Regenerable => 0,
    }
}

/// The workspace as a real path, unless it is one that cannot be (a temporary top, the home folder, `/`).
#[must_use]
pub fn workspace(world: &dyn World) -> Option<String> {
    let real = world.real_path(world.workspace()?);
    let user = world.real_path(world.home());
    let taken = is_within(&user, &real) || home::is(&real, world) || TEMP.contains(&real.as_str());
    (real != "/" && !taken).then_some(real)
}

/// Judges a real path.
fn on_real(path: &str, cx: &Cx<'_>) -> Place {
    if path == "/" {
        return Place::new(Scope::Root).with(&[Trait::Whole]);
    }
    let homes = cx.world.homes();
    let work = cx.workspace();
    if let Some(found) = protected(path, &homes, work, cx) {
        return found;
    }
    if let Some(work) = work {
        if path == work {
            return Place::new(Scope::Workspace).with(&[Trait::Whole]);
        }
        if is_below(path, work) {
            if homes.iter().any(|home| is_within(home, path)) {
                return Place::new(Scope::Home).with(&[Trait::Whole]);
            }
            return in_workspace(path, work, cx.world);
        }
    }
    let mut found = elsewhere(path, &homes, cx.world);
    if !found.traits.contains(&Trait::Whole)
        && cx.protect.iter().any(|place| is_below(&cx.world.real_path(place), path))
    {
        found = Place::new(Scope::Protected).with(&[Trait::Valuable]);
    }
    if work.is_some_and(|work| is_below(work, path)) {
        found.traits.push(Trait::Valuable);
    }
    found
}

/// Protected places: the policy's, those of the home folder and the machine, a repository's own data.
fn protected(path: &str, homes: &[String], work: Option<&str>, cx: &Cx<'_>) -> Option<Place> {
    if cx.protect.iter().any(|place| is_within(path, &cx.world.real_path(place))) {
        return Some(Place::new(Scope::Protected).with(&[Trait::Valuable]));
    }
    let below_home = homes.iter().find_map(|home| below(path, home));
    if let Some(rest) = below_home
        && PROTECTED_HOME
            .iter()
            .any(|place| rest == *place || rest.strip_prefix(place).is_some_and(|r| r.starts_with('/')))
        && work.is_none_or(|work| !is_within(path, work))
    {
        let mut found = Place::new(Scope::Protected).with(&[Trait::Valuable]);
        if !matches_any(&["known_hosts", "known_hosts.old", "*.pub"], base(path)) {
            found.traits.push(Trait::Secret);
        }
        if names::is_startup_in_home(rest) {
            found.traits.push(Trait::Startup);
        }
        return Some(found);
    }
    if PROTECTED_SYSTEM.iter().any(|place| is_within(path, place)) {
        let mut found = Place::new(Scope::Protected).with(&[Trait::Valuable]);
        if matches!(path, "/boot" | "/efi") {
            found.traits.push(Trait::Whole);
        }
        return Some(found);
    }
    git_data(path, work)
}

/// A repository's own data in the workspace; its lock and message files are not.
fn git_data(path: &str, work: Option<&str>) -> Option<Place> {
    let rest = below(path, work?)?;
    let inside = rest.strip_prefix(".git").or_else(|| rest.split_once("/.git").map(|(_, rest)| rest))?;
    match inside.strip_prefix('/') {
        None if inside.is_empty() => Some(Place::new(Scope::Protected).with(&[Trait::Valuable, Trait::Whole])),
        None => None,
        Some(inner) if is_git_scrap(inner) => Some(Place::new(Scope::Workspace).with(&[Trait::Scratch])),
        Some(inner) if inner.starts_with("hooks/") => Some(Place::new(Scope::Protected).with(&[Trait::Startup])),
        Some(_) => Some(Place::new(Scope::Protected).with(&[Trait::Valuable])),
    }
}

/// Files that git leaves behind and that are in the way rather than of worth.
fn is_git_scrap(inner: &str) -> bool {
    matches_any(
        &[
            "*.lock",
            "*_MSG",
            "COMMIT_EDITMSG",
            "*_HEAD",
            "rebase-merge*",
            "rebase-apply*",
            "gc.pid",
            "gc.log",
            "*.tmp",
            "info/exclude",
            "info/sparse-checkout",
            "BISECT_*",
            "tmp*",
            "AUTO_MERGE",
            "MERGE_MODE",
        ],
        inner,
    ) && inner != "FETCH_HEAD/"
}

/// A path below the workspace: regenerable, or plainly in it.
fn in_workspace(path: &str, work: &str, world: &dyn World) -> Place {
    let Some(rest) = below(path, work) else { return Place::new(Scope::Workspace) };
    let mut end = path.len() - rest.len();
    let mut built_name = false;
    for part in rest.split('/').take(MAX_PARTS) {
        end += part.len();
        match built(path.get(..end).unwrap_or(path), part, work, world) {
            Built::Yes => return Place::new(Scope::Regenerable),
            Built::ByName => built_name = true,
            Built::No => {}
        }
        end += 1;
    }
    if rest.contains("vendor/bundle") && world.tracked(path) != Some(Tracked::Clean) {
        return Place::new(Scope::Regenerable);
    }
    let found = Place::new(Scope::Workspace);
    if built_name || names::in_scratch_dir(rest) {
        return found.with(&[Trait::Scratch]);
    }
    let scratch = names::is_scratch(rest) || names::built_by(rest).is_some();
    let top = !rest.contains('/') && !scratch && world.kind(path) == PathKind::Dir && world.real_path(path) == path;
    if top { found.with(&[Trait::Valuable]) } else { found }
}

/// How sure it is that a tool builds a folder.
enum Built {
    Yes,
    /// The name says so, but no file beside it tells which tool.
    ByName,
    No,
}

fn built(dir: &str, name: &str, work: &str, world: &dyn World) -> Built {
    let Some(tools) = names::built_by(name) else { return Built::No };
    if world.kind(dir) == PathKind::Missing {
        return Built::Yes;
    }
    if matches!(world.tracked(dir), Some(Tracked::Clean | Tracked::Modified)) {
        return Built::No;
    }
    if tools.is_empty()
        || world.kind(&join(dir, "CACHEDIR.TAG")) == PathKind::File
        || world.kind(&join(dir, "pyvenv.cfg")) == PathKind::File
    {
        return Built::Yes;
    }
    let mut at = parent(dir);
    loop {
        let names = world.list(at, 512);
        if names.iter().any(|name| matches_any(tools, &name.to_lowercase())) {
            return Built::Yes;
        }
        if at == work || !is_below(at, work) {
            return Built::ByName;
        }
        at = parent(at);
    }
}

/// A path outside the workspace.
fn elsewhere(path: &str, homes: &[String], world: &dyn World) -> Place {
    // A home in a temporary folder is a home all the same, unless it is that folder.
    let homes: Vec<&String> = homes.iter().filter(|home| !TEMP.iter().any(|top| is_within(top, home))).collect();
    if let Some(found) = temp(path, world).filter(|_| !homes.iter().any(|home| is_within(path, home))) {
        return found;
    }
    // One home may lie in another: whatever holds one is whole.
    let holds = homes.iter().any(|home| is_within(home, path));
    if holds && homes.iter().any(|home| is_within(path, home)) {
        return Place::new(Scope::Home).with(&[Trait::Whole]);
    }
    if holds || matches!(path, "/home" | "/Users") {
        return Place::new(Scope::System).with(&[Trait::Whole]);
    }
    if let Some(rest) = homes.iter().find_map(|home| below(path, home)) {
        return in_home(rest);
    }
    if let Some(top) = SYSTEM.iter().find(|top| is_within(path, top)) {
        return in_system(path, top);
    }
    let dir = parent(path);
    if MOUNTS.contains(&path) || MOUNTS.contains(&dir) || matches!(dir, "/home" | "/Users") || dir == "/" {
        return Place::new(Scope::OutsideWorkspace).with(if dir == "/" {
            &[]
        } else {
            &[Trait::Whole, Trait::Valuable]
        });
    }
    Place::new(Scope::OutsideWorkspace)
}

fn in_home(rest: &str) -> Place {
    let found = Place::new(Scope::Home);
    if names::is_startup_in_home(rest) {
        return found.with(&[Trait::Startup]);
    }
    if HOME_CACHES.iter().any(|cache| rest == *cache || rest.strip_prefix(cache).is_some_and(|r| r.starts_with('/'))) {
        return found.with(&[Trait::Scratch]);
    }
    if names::in_scratch_dir(rest) { found.with(&[Trait::Scratch]) } else { found }
}

fn in_system(path: &str, top: &str) -> Place {
    let found = Place::new(Scope::System);
    if path == top || SYSTEM_WHOLE.contains(&path) {
        return found.with(&[Trait::Whole]);
    }
    if names::is_startup(path) {
        return found.with(&[Trait::Startup]);
    }
    if SYSTEM_CACHES.iter().any(|cache| is_within(path, cache)) { found.with(&[Trait::Scratch]) } else { found }
}

/// Temporary folders: the known ones, and the inherited `TMPDIR` where it lies in one or is called like one.
fn temp(path: &str, world: &dyn World) -> Option<Place> {
    let whole = |top: &str| if path == top { &[Trait::Whole][..] } else { &[] };
    if let Some(top) = TEMP.iter().find(|top| is_within(path, top)) {
        return Some(Place::new(Scope::Temp).with(whole(top)));
    }
    let own = world.real_path(&normalize(&world.var("TMPDIR")?));
    let named = matches_any(&["tmp", "tmp-*", "tmp.*", ".tmp", "temp", "t", "claude*"], &base(&own).to_lowercase());
    (own.matches('/').count() > 1 && named && is_within(path, &own)).then(|| Place::new(Scope::Temp).with(whole(&own)))
}

/// Judges a path on another machine by its text alone: nothing is known of what stands there.
#[must_use]
pub(super) fn remote_traits(path: &str) -> Vec<Trait> {
    let home = path.starts_with('~');
    let plain = if home { path.trim_end_matches('/').to_owned() } else { normalize(path) };
    let whole = plain == "/"
        || plain == "~"
        || SYSTEM.contains(&plain.as_str())
        || SYSTEM_WHOLE.contains(&plain.as_str())
        || is_below(&plain, "/home") && plain.matches('/').count() == 2;
    if whole {
        return vec![Trait::Whole, Trait::Valuable];
    }
    let scratch = TEMP.iter().any(|top| is_below(&plain, top))
        || SYSTEM_CACHES.iter().any(|cache| is_within(&plain, cache))
        || plain.strip_prefix("~/").is_some_and(|rest| HOME_CACHES.iter().any(|cache| rest.starts_with(cache)))
        || plain.split('/').any(|part| !part.is_empty() && names::built_by(part).is_some_and(<[_]>::is_empty));
    if scratch { vec![Trait::Scratch] } else { Vec::new() }
}
