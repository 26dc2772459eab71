//! Wrappers: programs whose words hold another program, or text for a shell.
//!
//! Takes one layer off at a time; `eval` calls again on what comes out. Pure but for [`World`].

mod container;
mod engine;
mod environment;
mod escapes;
mod git;
mod git_alias;
mod just;
mod make;
mod options;
mod prefix;
mod prefix_table;
mod remote;
mod repeat;
mod runners;
mod scripts;
mod shells;
mod terminal;
#[cfg(test)]
mod tests;
mod words;

pub use super::Dialect;
use super::{Arg, Invocation, Span, Stdin, Value, World, paths};
pub use environment::holds_code;

/// Larger programs are not looked into.
const MOST_SCRIPT: usize = 256 * 1024;

/// What a wrapper runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inner {
    /// A program with its words, the program first; never empty.
    Words(Vec<Arg>),
    /// Text that a shell runs.
    Shell {
        /// The text; unknown parts stay unknown.
        text: Value,
        /// Where it stands.
        span: Span,
        /// `$0`, `$1`, … of the text; may be empty.
        params: Vec<Arg>,
        /// Which shell.
        dialect: Dialect,
    },
    /// A shell that reads its script from a file.
    ShellFile {
        /// The file, as given.
        path: Value,
        /// Where it stands.
        span: Span,
        /// `$1`, … of the script.
        params: Vec<Arg>,
        /// Which shell.
        dialect: Dialect,
    },
    /// A shell that reads its commands from the invocation's standard input.
    ShellStdin(Dialect),
    /// A program that cannot be known, or a place where code comes from that cannot be seen.
    Hidden(String),
}

/// One program behind a wrapper, and what the wrapper changes for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The wrapper for a reader: `sudo`, `ssh web1`, `make test`.
    pub label: String,
    /// What is run.
    pub inner: Inner,
    /// Runs with another user's rights.
    pub elevated: bool,
    /// Runs elsewhere: `ssh:web1`, `docker:db`, `kubernetes:pod/x`.
    pub remote: Option<String>,
    /// The folder it runs in, where the wrapper changes it; as given (relative to the invocation's).
    pub chdir: Option<Value>,
    /// Variables that the wrapper sets for it.
    pub assigns: Vec<(String, Value)>,
    /// It is run once for each of many inputs.
    pub repeated: bool,
    /// The wrapper eats standard input (`xargs`), so the inner program does not get it.
    pub eats_stdin: bool,
}

impl Step {
    /// A step that changes nothing.
    pub fn new(label: impl Into<String>, inner: Inner) -> Self {
        Self {
            label: label.into(),
            inner,
            elevated: false,
            remote: None,
            chdir: None,
            assigns: Vec::new(),
            repeated: false,
            eats_stdin: false,
        }
    }
}

/// An invocation under the unwrapper's eyes.
#[derive(Clone, Copy)]
struct Cx<'a> {
    inv: &'a Invocation,
    world: &'a dyn World,
    /// The program's basename.
    name: &'a str,
}

impl<'a> Cx<'a> {
    fn args(&self) -> &'a [Arg] {
        &self.inv.args
    }

    /// Something other than the shell's own input is fed to the program.
    fn is_fed(&self) -> bool {
        self.inv.stdin != Stdin::Inherit
    }

    /// A step that runs a program with its words; `None` where there is none.
    fn words(label: impl Into<String>, words: &[Arg]) -> Option<Step> {
        (!words.is_empty()).then(|| Step::new(label, Inner::Words(words.to_vec())))
    }

    /// A step that runs text in a POSIX shell.
    fn shell(label: impl Into<String>, text: &Value, span: Span) -> Step {
        Step::new(label, Inner::Shell { text: words::as_text(text), span, params: Vec::new(), dialect: Dialect::Sh })
    }

    /// Steps that run text in a POSIX shell, for places that name a program and are seldom used: one that lies in a
    /// temporary folder and cannot be read is hidden.
    fn hook(&self, label: impl Into<String>, text: &Value, span: Span) -> Vec<Step> {
        let label = label.into();
        let unseen = words::fields(text).first().and_then(Value::literal).and_then(|word| self.unseen(word));
        let hidden = unseen.map(|path| Step::new(label.clone(), Inner::Hidden(path)));
        std::iter::once(Self::shell(label, text, span)).chain(hidden).collect()
    }

    /// The path, where it leads into a temporary folder to something that is not a readable script.
    fn unseen(&self, path: &str) -> Option<String> {
        let readable = |bytes: Vec<u8>| bytes.starts_with(b"#!") || !bytes.iter().take(512).any(|&byte| byte == 0);
        let is_seen = || self.world.read(path, MOST_SCRIPT).is_some_and(readable);
        (paths::is_temporary(path) && !is_seen()).then(|| path.to_owned())
    }

    /// An absolute path for a word, where the word and the folder are known.
    fn path(&self, word: &Value) -> Option<String> {
        let text = word.literal()?;
        if text.starts_with('/') {
            return Some(text.to_owned());
        }
        let cwd = self.inv.cwd.literal()?.trim_end_matches('/');
        Some(if text.is_empty() || text == "." { cwd.to_owned() } else { format!("{cwd}/{text}") })
    }

    /// A variable as the program sees it: set for it, else inherited.
    fn var(&self, name: &str) -> Option<Value> {
        let set = self.inv.assigns.iter().rev().find(|(set, _)| set == name).map(|(_, value)| value.clone());
        set.or_else(|| self.world.var(name).map(Value::lit))
    }
}

/// Says whether a name is a shell's.
#[must_use]
pub fn is_shell(name: &str) -> bool {
    Dialect::of_name(name).is_some()
}

/// Takes one layer off. Empty where the invocation runs nothing else.
///
/// Steps are in the order in which they stand in the words. A wrapper without a program (`env`, `sudo -l`) yields none.
#[must_use]
pub fn unwrap(inv: &Invocation, world: &dyn World) -> Vec<Step> {
    let Some(name) = words::program_name(&inv.program.value) else { return Vec::new() };
    let cx = Cx { inv, world, name };
    let mut steps = environment::steps(&cx);
    steps.extend(layer(&cx));
    steps
}

/// What knows some programs: the steps of one of them, `None` for any other.
type Family = fn(&Cx<'_>) -> Option<Vec<Step>>;

/// The families, asked one after another until one knows the program.
fn layer(cx: &Cx<'_>) -> Vec<Step> {
    const FAMILIES: &[Family] = &[
        shells::steps,
        prefix::steps,
        repeat::steps,
        remote::steps,
        container::steps,
        terminal::steps,
        git::steps,
        make::steps,
        just::steps,
        scripts::steps,
        runners::steps,
        escapes::steps,
    ];
    FAMILIES.iter().find_map(|family| family(cx)).unwrap_or_default()
}
