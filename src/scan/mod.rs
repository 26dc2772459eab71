//! Files that hold commands → the commands, each with its place: scripts, makefiles, images, CI, package scripts.
//!
//! Finds and words commands; does not judge them (that is `session`) and reads no file: texts come in as arguments.
//! What stands for a value that only the outside knows (`${{ … }}`, `{{ … }}`, `$(VAR)` of make) becomes a shell
//! variable that nobody has set.
#![forbid(unsafe_code)]

mod ci;
mod cron;
mod dockerfile;
mod justfile;
mod kind;
mod makefile;
mod package;
pub mod report;
pub mod sarif;
mod shell;
mod systemd;
mod template;
mod text;
mod yaml;

pub use kind::Kind;
pub use text::{Lines, Text};

use crate::policy::located::Problem;
use crate::syntax::Span;

/// Commands that one file may hold; the rest is a problem.
const MAX_COMMANDS: usize = 5_000;

/// Where a command would run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// On this machine.
    #[default]
    Here,
    /// On a machine that a CI service lends, in a checkout of this repository.
    Runner,
    /// In an image or a container.
    Image,
}

/// One command of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// What a shell would read.
    pub text: Text,
    /// Where it stands in the file.
    pub span: Span,
    /// What it is, for the reader: `RUN`, `script build`.
    pub label: String,
    /// Where it would run.
    pub place: Place,
    /// The folder that it starts in, relative to where `path` is; empty where the caller decides.
    pub folder: String,
    /// Variables that the file sets for it.
    pub vars: Vec<(String, String)>,
    /// What is wrong with it before any shell reads it.
    pub findings: Vec<Finding>,
}

/// Something that no rule about commands can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where, in the file.
    pub span: Span,
    /// Its id, as for rules.
    pub rule: &'static str,
    /// Why.
    pub because: String,
    /// What to do instead.
    pub instead: &'static str,
}

impl Command {
    /// A command of this text, at the place where the text stands.
    fn new(text: &Text, label: impl Into<String>) -> Self {
        let text = text.trimmed();
        let span = text.extent();
        Self { text, span, label: label.into(), ..Self::default() }
    }
}

/// Finds the commands of a file, in the order in which they stand there.
///
/// `path` says where the commands start, and names the file in a problem.
///
/// # Errors
/// Fails with a place where the file is not what its kind says.
pub fn commands(kind: Kind, path: &str, text: &str) -> Result<Vec<Command>, Problem> {
    let mut found = match kind {
        Kind::Shell => shell::commands(text),
        Kind::Make => makefile::commands(text),
        Kind::Docker => dockerfile::commands(path, text)?,
        Kind::Package => package::commands(path, text)?,
        Kind::Just => justfile::commands(text),
        Kind::Cron => cron::commands(path, text),
        Kind::Systemd => systemd::commands(text),
        Kind::Yaml(form) => ci::commands(form, path, text)?,
    };
    found.retain(|command| !command.text.is_blank());
    if found.len() > MAX_COMMANDS {
        let message = format!("it has more than {MAX_COMMANDS} commands");
        return Err(Problem::new(path, text, crate::policy::located::Place::default(), message));
    }
    found.sort_by_key(|command| command.span);
    found.dedup_by_key(|command| command.span);
    let base = kind.folder(path);
    for command in &mut found {
        if !base.is_empty() && !command.folder.starts_with('/') {
            let inner = std::mem::take(&mut command.folder);
            command.folder = if inner.is_empty() { base.clone() } else { format!("{base}/{inner}") };
        }
    }
    Ok(found)
}

/// Says that something is wrong at an offset.
fn problem(path: &str, text: &str, offset: usize, message: impl Into<String>) -> Problem {
    let (line, column) = Lines::of(text).place(offset);
    let number = |n: usize| u32::try_from(n).unwrap_or(0);
    let place = crate::policy::located::Place { line: number(line), column: number(column) };
    Problem::new(path, text, place, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: &[Kind] = &[
        Kind::Shell,
        Kind::Make,
        Kind::Docker,
        Kind::Package,
        Kind::Just,
        Kind::Cron,
        Kind::Systemd,
        Kind::Yaml(ci::Form::GitHub),
        Kind::Yaml(ci::Form::GitLab),
        Kind::Yaml(ci::Form::Azure),
        Kind::Yaml(ci::Form::Compose),
        Kind::Yaml(ci::Form::Task),
    ];

    proptest::proptest! {
        #[test]
        fn any_text_has_commands_within_it(
            parts in proptest::collection::vec("(run: |\n|  |RUN |\\t|\\\\|\n|x:|- |script: |\\$\\{\\{ a \\}\\}|\\$\\(a\\)|<<E|E|'|\"|%|é|#|\\[|=|@)", 0..40)
        ) {
            let text = parts.concat();
            for kind in KINDS {
                for command in commands(*kind, "x", &text).unwrap_or_default() {
                    let len = command.text.as_str().len();
                    for (at, ch) in command.text.as_str().char_indices() {
                        let origin = command.text.origin(Span::new(at, at + ch.len_utf8()));
                        assert!(command.span.contains(origin) && text.get(origin.start..origin.end).is_some());
                    }
                    assert!(command.text.origin(Span::new(0, len)).end <= text.len());
                }
            }
        }
    }

    #[test]
    fn hostile_files_end_soon() {
        for part in
            ["$(", "${{", "{{", "$(shell ", "run: |\n ", "RUN <<E\n", "x:\n\t$(A)", "A += $(A)\n", "'", "- &a *a\n"]
        {
            let text = part.repeat((200 << 10) / part.len());
            for kind in KINDS {
                let start = std::time::Instant::now();
                let _ = commands(*kind, "x", &text);
                assert!(start.elapsed().as_secs() < 5, "{kind:?} {part:?}");
            }
        }
    }
}
