//! The form of a case file, and reading a folder of them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

/// What the verdict must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Want {
    /// Ask or deny.
    Stop,
    /// Allow or warn.
    Run,
    /// Deny, nothing less.
    Deny,
}

impl Want {
    /// Says whether the command may not run unasked.
    pub(crate) fn is_dangerous(self) -> bool {
        self != Self::Run
    }
}

/// The files of a throw-away workspace, path → content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tree {
    /// Committed.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
    /// There, and not committed.
    #[serde(default)]
    pub(crate) untracked: BTreeMap<String, String>,
}

/// One labelled command line.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The command line.
    pub(crate) cmd: String,
    /// Its label.
    pub(crate) want: Want,
    /// Kinds that must be among the effects.
    pub(crate) effects: Vec<String>,
    /// Also run for real, to compare what vanishes.
    pub(crate) really: bool,
    /// Its workspace; `None` is the typical project.
    pub(crate) tree: Option<Tree>,
    /// Variables that the session started with, beside the usual ones.
    pub(crate) env: BTreeMap<String, String>,
    /// The family of its file.
    pub(crate) family: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    cmd: String,
    want: Want,
    #[serde(default)]
    effects: Vec<String>,
    #[serde(default)]
    really: bool,
    workspace: Option<String>,
    files: Option<BTreeMap<String, String>>,
    #[serde(default)]
    untracked: BTreeMap<String, String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    family: String,
    #[serde(default)]
    workspaces: BTreeMap<String, Tree>,
    cases: Vec<Written>,
}

/// Reads every `*.yaml` directly in a folder of the package, sorted by name.
pub(crate) fn load(folder: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    paths.sort();
    paths.iter().flat_map(|path| load_file(path)).collect()
}

fn load_file(path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).unwrap();
    let file: CaseFile = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let CaseFile { family, workspaces, cases } = file;
    cases
        .into_iter()
        .map(|written| {
            let tree = match (&written.workspace, written.files) {
                (Some(name), None) => Some(workspaces[name].clone()),
                (None, Some(files)) => Some(Tree { files, untracked: written.untracked }),
                (None, None) => None,
                (Some(_), Some(_)) => panic!("`{}` has both `workspace` and `files`", written.cmd),
            };
            Case {
                cmd: written.cmd,
                want: written.want,
                effects: written.effects,
                really: written.really,
                tree,
                env: written.env,
                family: family.clone(),
            }
        })
        .collect()
}
