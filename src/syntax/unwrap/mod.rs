//! Wrappers: programs whose words hold another program, or text for a shell.
//!
//! Takes one layer off at a time; `eval` calls again on what comes out. Pure but for [`World`].

use super::{Arg, Invocation, Span, Value, World};

/// Which shell reads a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// bash, and anything not known better.
    Bash,
    /// zsh.
    Zsh,
    /// POSIX sh, dash, ash, busybox.
    Sh,
    /// fish, csh, PowerShell, cmd: not our grammar.
    Foreign,
}

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

/// Takes one layer off. Empty where the invocation runs nothing else.
///
/// Steps are in the order in which they stand in the words. A wrapper without a program (`env`, `sudo -l`) yields none.
#[must_use]
pub fn unwrap(_inv: &Invocation, _world: &dyn World) -> Vec<Step> {
    Vec::new()
}
