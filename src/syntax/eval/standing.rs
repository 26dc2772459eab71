//! Scripts and programs of the project of which only the place is known: `for t in tests/*.sh; do bash "$t"; done`.
//!
//! A script that is run by its whole name is not asked about where it stands in the project and cannot be read. Neither
//! is one of which the line says only the folder, as long as the line itself wrote nothing there.

use super::Eval;
use super::state::State;
use crate::syntax::{Invocation, Origin, Seg, Stdin, Value, paths};

/// How many steps of a pipeline are walked up.
const STEPS: usize = 8;

/// Programs that pass on some of the lines they read.
const FILTERS: &[&str] = &["grep", "egrep", "fgrep", "rg", "sort", "head", "tail", "uniq", "tac", "cat"];

/// Tops of the system where every program stands.
const SYSTEM: &[&str] = &["/bin", "/sbin", "/usr", "/lib", "/etc", "/opt", "/dev", "/proc", "/sys", "/var", "/snap"];

impl Eval<'_> {
    /// Says whether an unknown word names a file that stands in a folder of a project.
    pub(super) fn stands(&self, st: &State, word: &Value) -> bool {
        if st.remote.is_some() {
            return false;
        }
        if let [Seg::Unknown(unknown)] = word.segs() {
            let (Origin::Command(from) | Origin::Appended(from)) = &unknown.origin else { return false };
            return !from.is_empty() && from.iter().all(|index| self.lists(*index, STEPS));
        }
        let plain = word.unknowns().all(|unknown| match &unknown.origin {
            Origin::Command(from) => from.iter().all(|index| self.lists(*index, STEPS)),
            Origin::Variable(_) | Origin::Positional => unknown.token || !word.suffix().is_empty(),
            _ => true,
        });
        let Some((dir, _)) = word.prefix().rsplit_once('/') else { return false };
        plain && self.is_project(st, dir)
    }

    /// Says whether a command prints names of what stands in folders of a project, and nothing else.
    fn lists(&self, index: usize, steps: usize) -> bool {
        let (Some(inv), Some(steps)) = (self.out.invocations.get(index), steps.checked_sub(1)) else { return false };
        let mut operands = inv.args.iter().map(|arg| &arg.value).filter(|value| !value.prefix().starts_with('-'));
        let here = |value: &Value| {
            let text = value.prefix();
            let dir = if value.literal().is_some() { text } else { text.rsplit_once('/').map_or(".", |(dir, _)| dir) };
            inv.cwd.literal().is_some_and(|cwd| self.is_project_dir(&paths::join(cwd, dir)))
        };
        match inv.name() {
            Some("find") => {
                let starts: Vec<&Value> = inv
                    .args
                    .iter()
                    .map(|arg| &arg.value)
                    .take_while(|value| !value.prefix().starts_with(['-', '(', '!']))
                    .collect();
                let prints = inv.words().flatten().any(|word| matches!(word, "-printf" | "-fprintf" | "-exec"));
                !prints && starts.into_iter().all(here)
            }
            Some("ls") => operands.all(here),
            Some("git") => inv.args.first().is_some_and(|arg| arg.value.is("ls-files")) && here(&Value::lit(".")),
            Some(name) if FILTERS.contains(&name) => match &inv.stdin {
                Stdin::Pipe(from) => !from.is_empty() && from.iter().all(|index| self.lists(*index, steps)),
                _ => false,
            },
            _ => false,
        }
    }

    fn is_project(&self, st: &State, dir: &str) -> bool {
        let cwd = st.cwd.first().and_then(Value::literal);
        let path = if dir.starts_with('/') { Some(paths::normal(dir)) } else { cwd.map(|cwd| paths::join(cwd, dir)) };
        path.is_some_and(|path| self.is_project_dir(&path))
    }

    fn is_project_dir(&self, dir: &str) -> bool {
        let home = self.world.home();
        let root = self.world.workspace().unwrap_or_else(|| self.world.cwd());
        let above = paths::is_within(root, dir) && dir != root;
        let top = above
            || dir == "/"
            || paths::is_within(home, dir)
            || dir.matches('/').count() < 2 && dir != self.world.cwd();
        !top && !self.is_temporary(dir)
            && !SYSTEM.iter().any(|system| paths::is_within(dir, system))
            && !self.files.any_below(dir)
    }

    /// Says whether a file to be sourced has a known name below the folder where a tool says that it is installed
    /// (`$(conda info --base)/etc/profile.d/conda.sh`).
    pub(super) fn set_up(&self, word: &Value) -> bool {
        const TOOLS: &[(&str, &str)] = &[
            ("conda", "info"),
            ("mamba", "info"),
            ("micromamba", "info"),
            ("brew", "--prefix"),
            ("poetry", "env"),
            ("pipenv", "--venv"),
            ("pyenv", "root"),
            ("pyenv", "prefix"),
            ("mise", "where"),
            ("asdf", "where"),
            ("git", "rev-parse"),
            ("npm", "root"),
            ("npm", "prefix"),
            ("xcode-select", "-p"),
            ("rustc", "--print"),
            ("go", "env"),
            ("dirname", ""),
        ];
        let tool = |inv: &Invocation| {
            TOOLS.iter().any(|(name, verb)| {
                inv.name() == Some(name) && inv.args.first().is_some_and(|arg| arg.value.prefix().starts_with(verb))
            })
        };
        let named = word.suffix().rsplit_once('/').is_some_and(|(_, name)| !name.is_empty());
        named && word.sources().all(|index| self.out.invocations.get(index).is_some_and(tool))
    }

    /// The names that `$(which a || which b)` may yield.
    pub(super) fn looked_up(&self, word: &Value) -> Option<Vec<String>> {
        let [Seg::Unknown(unknown)] = word.segs() else { return None };
        let Origin::Command(from) = &unknown.origin else { return None };
        let found = |inv: &Invocation| {
            let asks = match inv.name()? {
                "which" => true,
                "command" => inv.args.first().is_some_and(|arg| arg.value.is("-v")),
                "type" => inv.args.first().is_some_and(|arg| arg.value.is("-p") || arg.value.is("-P")),
                _ => false,
            };
            let name = inv.args.last().and_then(|arg| arg.value.literal())?;
            (asks && !name.starts_with('-')).then(|| name.to_owned())
        };
        let names: Option<Vec<String>> =
            from.iter().map(|index| self.out.invocations.get(*index).and_then(found)).collect();
        names.filter(|names| !names.is_empty())
    }
}
