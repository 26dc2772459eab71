//! Throw-away home and throw-away repositories.

use std::collections::{BTreeMap, HashMap};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use tempfile::TempDir;

use crate::cases::Tree;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Typical {
    files: BTreeMap<String, String>,
    untracked: BTreeMap<String, String>,
    home: BTreeMap<String, String>,
}

/// A home folder with repositories in its `work/`, gone when dropped.
pub(crate) struct Workspaces {
    home: TempDir,
    typical: Tree,
    shared: HashMap<Tree, PathBuf>,
    made: usize,
}

impl Workspaces {
    /// Makes the home folder.
    pub(crate) fn new() -> Self {
        let text = include_str!("../cases/workspace/typical.yaml");
        let Typical { files, untracked, home: in_home } = serde_yaml::from_str(text).unwrap();
        let home = tempfile::Builder::new().prefix("home-").tempdir_in(base()).unwrap();
        write_all(home.path(), &in_home);
        Self { home, typical: Tree { files, untracked }, shared: HashMap::new(), made: 0 }
    }

    /// The home folder.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The repository for a tree, made once for all cases that only look at it.
    pub(crate) fn shared(&mut self, tree: Option<&Tree>) -> &Path {
        let tree = tree.unwrap_or(&self.typical).clone();
        if !self.shared.contains_key(&tree) {
            let path = self.fresh(Some(&tree));
            self.shared.insert(tree.clone(), path);
        }
        &self.shared[&tree]
    }

    /// A repository of its own for a case that changes it.
    pub(crate) fn fresh(&mut self, tree: Option<&Tree>) -> PathBuf {
        self.made += 1;
        let path = self.home.path().join(format!("work/{}/demo", self.made));
        let tree = tree.unwrap_or(&self.typical);
        write_all(&path, &tree.files);
        git(&path, &["init", "-q", "-b", "main"]);
        git(&path, &["add", "-A", "--force"]);
        git(&path, &["commit", "-q", "--allow-empty", "-m", "start"]);
        git(&path, &["checkout", "-q", "-b", "feature/work"]);
        write_all(&path, &tree.untracked);
        path.canonicalize().unwrap()
    }
}

/// Where throw-away folders may be: not below a temporary folder, because what lies there counts as scratch.
fn base() -> PathBuf {
    let built = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    if ["/tmp", "/var/tmp", "/dev/shm"].iter().all(|temp| !built.starts_with(temp)) {
        return built;
    }
    let cache = PathBuf::from(std::env::var_os("HOME").unwrap()).join(".wardsh-tests");
    std::fs::create_dir_all(&cache).unwrap();
    cache
}

fn write_all(root: &Path, files: &BTreeMap<String, String>) {
    std::fs::create_dir_all(root).unwrap();
    for (name, content) in files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        if content.starts_with("#!") {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
}

fn git(repository: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=Dev", "-c", "user.email=dev@example.com", "-c", "commit.gpgSign=false"])
        .args(arguments)
        .current_dir(repository)
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "git {arguments:?} failed in {}", repository.display());
}
