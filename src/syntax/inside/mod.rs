//! A look inside code of other languages: enough to see deletion, process start and network.
//!
//! Not a parser of those languages: a tokenizer that knows strings and comments, and tables of calls. What is
//! code built at run time is reported as opaque; plain computing stays silent. Pure.

use super::{Arg, CodeFact, Invocation, Span, Value};

/// A language of which we know some calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "names of languages")]
pub enum Lang {
    Python,
    JavaScript,
    Ruby,
    Perl,
    Php,
    Awk,
    Sed,
    Lua,
    R,
    Julia,
    PowerShell,
    AppleScript,
    Tcl,
    Elixir,
    Java,
    Go,
    Gdb,
    Vim,
}

/// Where an interpreter's code comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// From words (`-c`, `-e`); several `-e` are joined by newlines.
    Text {
        /// The code.
        code: Value,
        /// Where it stands.
        span: Span,
    },
    /// From a file, as given.
    File {
        /// The file.
        path: Value,
        /// Where it stands.
        span: Span,
    },
    /// From standard input.
    Stdin,
    /// A module or installed tool by name (`python -m pytest`).
    Module(String),
}

/// An interpreter at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// The language.
    pub lang: Lang,
    /// Its code.
    pub source: Source,
    /// The script's own arguments.
    pub args: Vec<Arg>,
}

/// Something that code starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    /// Text for a shell (`os.system`, backticks).
    Shell(Value),
    /// A program with its words; never empty.
    Words(Vec<Value>),
    /// A process whose command cannot be seen (the text names the call, `subprocess.run(cmd)`).
    Hidden(String),
}

/// What a look inside found, in source order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Facts other than started programs.
    pub facts: Vec<CodeFact>,
    /// Started programs.
    pub runs: Vec<Run>,
}

/// Says whether an invocation is an interpreter, and where its code comes from. `None` for `python --version` and the like.
#[must_use]
pub fn interpreter(_inv: &Invocation) -> Option<Interpreter> {
    None
}

/// Looks into code. Never fails; what it does not understand it skips, what hides code it reports as [`CodeFact::Opaque`].
#[must_use]
pub fn look(_lang: Lang, _code: &str, _args: &[Arg]) -> Look {
    Look::default()
}
