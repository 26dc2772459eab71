//! Where policy files and rule packs are looked for, and how they are read.

use std::fs;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::{Origin, VARIABLES};
use crate::policy::layers::LayerKind;

/// Largest file, in bytes.
const MAX_FILE: u64 = 16 << 20;
/// Most packs in one folder.
const MAX_PACKS: usize = 1_000;
/// Most folders between a project's folder and its root.
const MAX_LEVELS: usize = 64;

/// What a file is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A policy file.
    Policy,
    /// A rule pack.
    Rules,
}

/// A file that has a say, or had one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Whose it is.
    pub(super) kind: LayerKind,
    /// What it is read as.
    pub(super) role: Role,
    /// Absolute.
    pub(super) path: String,
}

/// Finds all files, in the order of their layers.
pub(super) fn find(from: &Origin<'_>) -> Vec<Found> {
    let remembered = from.trust.paths();
    let mut search = Search { remembered: &remembered, found: Vec::new() };
    search.folder(LayerKind::System, from.system_dir);
    for file in &mut search.found {
        let owner = fs::metadata(&file.path).map(|meta| (meta.uid(), meta.mode()));
        if !owner.is_ok_and(|(uid, mode)| uid == from.system_owner && mode & 0o022 == 0) {
            // Somebody else can write it: it tightens, and that is all.
            file.kind = LayerKind::Environment;
        }
    }
    let standard = format!("{}/.config/wardsh", from.home.trim_end_matches('/'));
    let user = from.config_dir.unwrap_or(&standard);
    search.folder(LayerKind::User, user);
    for folder in project_folders(from) {
        search.file(LayerKind::Project, Role::Policy, &format!("{folder}/.wardsh.yaml"));
        search.packs(LayerKind::Project, &format!("{folder}/.wardsh/rules"));
    }
    for folder in pointed_to(from).into_iter().filter(|folder| *folder != standard) {
        search.folder(LayerKind::Environment, &folder);
    }
    let mut found = search.found;
    found.sort_by_key(|file| file.kind);
    found
}

struct Search<'a> {
    /// Paths at which something is trusted: they count even where nothing stands there any more.
    remembered: &'a [String],
    found: Vec<Found>,
}

impl Search<'_> {
    fn folder(&mut self, kind: LayerKind, folder: &str) {
        self.file(kind, Role::Policy, &format!("{folder}/policy.yaml"));
        self.packs(kind, &format!("{folder}/rules"));
    }

    fn file(&mut self, kind: LayerKind, role: Role, path: &str) {
        let known = self.found.iter().any(|file| file.path == path);
        let there = || self.remembered.iter().any(|known| known == path) || fs::symlink_metadata(path).is_ok();
        if !known && there() {
            self.found.push(Found { kind, role, path: path.to_owned() });
        }
    }

    fn packs(&mut self, kind: LayerKind, folder: &str) {
        let inside = format!("{folder}/");
        let mut paths: Vec<String> = self.remembered.iter().filter(|path| path.starts_with(&inside)).cloned().collect();
        if let Ok(entries) = fs::read_dir(folder) {
            let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
            let yaml =
                names.filter(|name| Path::new(name).extension().is_some_and(|end| end == "yaml" || end == "yml"));
            paths.extend(yaml.take(MAX_PACKS).map(|name| format!("{inside}{name}")));
        }
        paths.sort();
        paths.dedup();
        for path in paths {
            self.file(kind, Role::Rules, &path);
        }
    }
}

/// Folders of projects, outermost first, without doubles.
fn project_folders(from: &Origin<'_>) -> Vec<String> {
    let home = from.home.trim_end_matches('/');
    let mut all: Vec<String> = Vec::new();
    for start in from.folders {
        let start = Path::new(start);
        let start = if is_real(start) { start.to_path_buf() } else { real(start) };
        let mut chain: Vec<String> = Vec::new();
        for folder in start.ancestors().take(MAX_LEVELS) {
            let Some(text) = folder.to_str() else { break };
            if text == "/" || text == home || !text.starts_with('/') {
                break;
            }
            chain.push(text.to_owned());
            if fs::symlink_metadata(folder.join(".git")).is_ok() {
                break;
            }
        }
        for folder in chain.into_iter().rev() {
            if !all.contains(&folder) {
                all.push(folder);
            }
        }
    }
    all
}

/// Follows every link; what is not there stays as it is.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// Says whether a path is that of a folder without links on the way: the current folder's mostly is.
fn is_real(path: &Path) -> bool {
    let plain = path.as_os_str().as_bytes();
    let is_no_link =
        |at: &Path| fs::read_link(at).is_err_and(|error| error.raw_os_error() == Some(Errno::INVAL.raw_os_error()));
    plain.starts_with(b"/")
        && !plain.ends_with(b"/")
        && plain[1..].split(|byte| *byte == b'/').all(|part| !matches!(part, b"" | b"." | b".."))
        && path.ancestors().filter(|at| at.parent().is_some()).all(is_no_link)
}

/// Folders that the environment points to and that are not the standard one.
fn pointed_to(from: &Origin<'_>) -> Vec<String> {
    let value = |wanted: &str| {
        let found = from.vars.iter().rev().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.trim_end_matches('/')).filter(|value| value.starts_with('/'))
    };
    let mut folders = Vec::new();
    let [home, config, own] = VARIABLES;
    folders.extend(value(home).map(|home| format!("{home}/.config/wardsh")));
    folders.extend(value(config).map(|config| format!("{config}/wardsh")));
    folders.extend(value(own).map(str::to_owned));
    folders
}

/// Reads a file; `None` where it does not exist.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn read(path: &str) -> Result<Option<String>, String> {
    // What is no file at all is looked at before it is read; a pipe would hold us up.
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
    let file = match fs::File::options().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot be read: {error}")),
    };
    let meta = file.metadata().map_err(|error| format!("cannot be read: {error}"))?;
    if !meta.is_file() {
        return Err("is not a regular file".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(format!("is larger than {} MB", MAX_FILE >> 20));
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("is not UTF-8 (at byte {at})")
    })
}
