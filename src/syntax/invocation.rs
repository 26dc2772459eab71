//! What the syntax stage yields: the programs a line would start, unwrapped, with all that is known of them.

use std::ops::Deref;
use std::sync::Arc;

use super::{Span, Value};

/// Says whether a program's name is one of those in a table: what every program is asked dozens of times.
#[must_use]
pub fn is_among(name: &str, names: &[&str]) -> bool {
    let first = name.as_bytes().first();
    names.iter().any(|known| known.len() == name.len() && known.as_bytes().first() == first && *known == name)
}

/// One word of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arg {
    /// What is known of it.
    pub value: Value,
    /// Where it stands in the submitted line.
    pub span: Span,
}

impl Arg {
    /// A word of known text.
    pub fn lit(text: impl Into<String>, span: Span) -> Self {
        Self { value: Value::lit(text), span }
    }
}

/// The word that names a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    word: Arg,
    /// Where the basename begins in what is known of the word's end: every program is asked for it dozens of times.
    name: Option<usize>,
}

impl Program {
    /// The word itself.
    #[must_use]
    pub fn word(&self) -> &Arg {
        &self.word
    }

    /// Where the word stands in the submitted line.
    pub fn span_mut(&mut self) -> &mut Span {
        &mut self.word.span
    }
}

impl From<Arg> for Program {
    fn from(word: Arg) -> Self {
        let known = word.value.suffix();
        let behind = super::paths::last_slash(known).map(|at| at + 1);
        let name = match word.value.literal() {
            Some(_) => Some(behind.unwrap_or(0)),
            None => behind.filter(|at| *at < known.len()),
        };
        Self { word, name }
    }
}

impl Deref for Program {
    type Target = Arg;

    fn deref(&self) -> &Arg {
        &self.word
    }
}

/// What a redirection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectKind {
    /// `<`
    Read,
    /// `>`, `>|`, `&>`: truncates.
    Write,
    /// `>>`, `&>>`
    Append,
    /// `<>`
    ReadWrite,
}

/// A redirection to or from a file. Duplicated and closed descriptors are not listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The descriptor that is redirected (1 for `>` and `&>`).
    pub fd: i32,
    /// What it does.
    pub kind: RedirectKind,
    /// The file.
    pub target: Value,
    /// Where it stands.
    pub span: Span,
}

/// What the program reads on its standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stdin {
    /// Whatever the shell's own standard input is.
    Inherit,
    /// Text known in part or whole: a here-document, a here-string, a pipeline of literals.
    Text(Value),
    /// A file.
    File(Value),
    /// The output of other invocations of the line (indices).
    Pipe(Vec<usize>),
}

/// Where the program's standard output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stdout {
    /// Whatever the shell's own standard output is (or a file: see the redirections).
    Inherit,
    /// Into the standard input of later invocations of the same pipeline.
    Pipe,
    /// Into a command substitution.
    Captured,
}

/// Something that code in another language would do (`python -c`, a readable script), as far as a look inside tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeFact {
    /// Deletes a path (absolute or relative to the invocation's folder).
    Delete {
        /// The path.
        path: Value,
        /// With everything below it.
        recursive: bool,
    },
    /// Overwrites or truncates a file.
    Overwrite(Value),
    /// Writes nothing into a file, which stands beside that it overwrites it.
    Empty(Value),
    /// Moves or renames a path.
    Move(Value),
    /// Changes permissions or owner.
    Permission(Value),
    /// Reads a file.
    Read(Value),
    /// Reads the environment as a whole, or a variable by name.
    ReadEnv(Option<String>),
    /// Talks to the network; `host` is a URL or host where known; `sends` says that it uploads data of its own.
    Network {
        /// URL or host.
        host: Value,
        /// It sends a body, a file or a mail.
        sends: bool,
    },
    /// Opens a socket for others, or hands a shell to one (`listen`, reverse shell).
    Listen,
    /// Connects a shell to the network.
    ReverseShell,
    /// Runs SQL text.
    Sql(Value),
    /// Kills processes.
    Kill(Value),
    /// Runs code that cannot be seen (`exec(base64…)`, `eval` of input); the text names what.
    Opaque(String),
}

/// One program that the line would start, with wrappers taken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The program's name or path as the shell sees it.
    pub program: Program,
    /// The words behind it, its own name not included.
    pub args: Vec<Arg>,
    /// Variables set for this program alone or exported earlier in the line, in order.
    pub assigns: Arc<[(String, Value)]>,
    /// Redirections to files, in order.
    pub redirects: Vec<Redirect>,
    /// What it reads.
    pub stdin: Stdin,
    /// Where its output goes.
    pub stdout: Stdout,
    /// The folder it would run in: absolute; an unknown part where `cd` went somewhere unknown.
    pub cwd: Value,
    /// Steps that led here, outermost first (`sudo`, `base64 -d`, `script ./x.sh:12`).
    pub via: Vec<String>,
    /// Runs with another user's rights, most often root's.
    pub elevated: bool,
    /// Runs on another machine, in a container or a cluster; a name for the reader (`ssh:web1`, `docker:db`).
    pub remote: Option<String>,
    /// The whole command, from first word to last redirection.
    pub span: Span,
    /// What a look inside its code found, in source order.
    pub facts: Vec<CodeFact>,
    /// The invocation is only a wrapper around another one that is listed by itself (`sudo` around `rm`).
    pub wrapper: bool,
    /// It stands in a loop, or a wrapper repeats it for many inputs (`xargs`, `find -exec`).
    pub repeated: bool,
}

impl Invocation {
    /// The program's basename where it is known; `rm` for `/bin/rm`, `python` for `$VENV/bin/python`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let (text, start) = (self.program.word.value.suffix(), self.program.name?);
        text.get(start..)
    }

    /// The literal words; `None` in the place of a word that is not wholly known.
    pub fn words(&self) -> impl Iterator<Item = Option<&str>> {
        self.args.iter().map(|arg| arg.value.literal())
    }

    /// Program and words for a reader, blank-separated, quotes removed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = self.program.value.text().into_owned();
        for arg in &self.args {
            text.push(' ');
            text.push_str(&arg.value.text());
        }
        text
    }
}

/// Something that could not be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// What kind of thing: `program`, `code`, `syntax`, `size`, `nesting`, `budget`, `sourced-file`, …
    pub what: Gap,
    /// The text concerned, or a note for the reader.
    pub text: String,
    /// Where.
    pub span: Span,
    /// Steps that led here, as in [`Invocation::via`].
    pub via: Vec<String>,
}

/// Kinds of things that cannot be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gap {
    /// Which program would run.
    Program,
    /// Code that a shell or an interpreter would run.
    Code,
    /// The grammar did not accept the text, but a shell might.
    Syntax,
    /// Too long, nested too deep, or too many steps.
    Bound,
    /// An argument (listed for the reader; only rules that look at it care).
    Argument,
}

impl Gap {
    /// The name used in the verdict.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Code => "code",
            Self::Syntax => "syntax",
            Self::Bound => "bound",
            Self::Argument => "argument",
        }
    }
}

/// A variable assignment that stays in the shell (no program behind it).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellAssign {
    /// The variable.
    pub name: String,
    /// Its new value.
    pub value: Value,
    /// Where.
    pub span: Span,
}

/// A file that the line reads, sources or runs: part of what a verdict depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRead {
    /// Absolute path.
    pub path: String,
    /// Its content as judged.
    pub content: Vec<u8>,
}

/// Everything the syntax stage knows of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Analysis {
    /// Programs in source order; what stands inside a wrapper or nested code follows it.
    pub invocations: Vec<Invocation>,
    /// Assignments in the shell itself, in source order.
    pub assigns: Vec<ShellAssign>,
    /// What could not be known.
    pub unresolved: Vec<Unresolved>,
    /// Files that were read to know the rest.
    pub reads: Vec<FileRead>,
    /// What a test in front has shown to be missing (`[ -f x ] || …`).
    pub absent: Vec<Absent>,
    /// How many of the invocations are of commands that have run already ([`super::Setting::earlier`]): they come first,
    /// and tell only where values come from.
    pub earlier: usize,
}

impl Analysis {
    /// What would start now, with its index.
    pub fn starting(&self) -> impl Iterator<Item = (usize, &Invocation)> {
        self.invocations.iter().enumerate().skip(self.earlier)
    }
}

/// A path that is missing wherever a part of the line is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// The path, absolute.
    pub path: String,
    /// Where that holds, by index into the invocations.
    pub within: std::ops::Range<usize>,
}
