//! A look inside code of other languages: enough to see deletion, process start and network.
//!
//! Not a parser of those languages: a tokenizer that knows strings and comments, and tables of calls. What is
//! code built at run time is reported as opaque; plain computing stays silent. Pure.

mod act;
mod awk;
mod beside;
mod command;
mod compiled;
mod editors;
mod expr;
mod fold;
mod import;
mod javascript;
mod lex;
mod others;
mod perl;
mod postfix;
mod powershell;
mod process;
mod python;
mod ruby;
mod specs;
mod stmt;
#[cfg(test)]
mod tests;
mod unread;
mod val;
mod walk;

pub use beside::{Library, libraries};
pub use command::interpreter;

use super::{Arg, CodeFact, Span, Value};

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
    C,
    Rust,
    Gdb,
    Vim,
    /// One of which only the texts are understood.
    Unread,
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

/// Looks into code. Never fails; what it does not understand it skips, what hides code it reports as [`CodeFact::Opaque`].
///
/// Parts of the code that are not known are given as `__WARDSH_UNKNOWN__`. In the paths and words that come out, `~` in
/// front stands for the home folder, and a path is relative to the folder in which the interpreter runs.
#[must_use]
pub fn look(lang: Lang, code: &str, args: &[Arg]) -> Look {
    look_script(lang, code, args, None)
}

/// As [`look`], for code from a file: `script` is its path, from which `__file__`, `__dirname` and `$0` follow.
#[must_use]
pub fn look_script(lang: Lang, code: &str, args: &[Arg], script: Option<&Value>) -> Look {
    let language = match lang {
        Lang::Python => &python::PYTHON,
        Lang::JavaScript => &javascript::JAVASCRIPT,
        Lang::Ruby => &ruby::RUBY,
        Lang::Elixir => &ruby::ELIXIR,
        Lang::Perl => &perl::PERL,
        Lang::Php => &perl::PHP,
        Lang::Lua => &others::LUA,
        Lang::R => &others::R,
        Lang::Julia => &others::JULIA,
        Lang::Java => &others::JAVA,
        Lang::Go => &others::GO,
        Lang::C => &compiled::C,
        Lang::Rust => &compiled::RUST,
        Lang::Awk => return awk::awk(code),
        Lang::Sed => return awk::sed(code),
        Lang::PowerShell => return powershell::look(code),
        Lang::AppleScript => return editors::applescript(code),
        Lang::Tcl => return editors::tcl(code),
        Lang::Gdb => return editors::gdb(code),
        Lang::Vim => return editors::vim(code),
        Lang::Unread => return unread::look(code),
    };
    let mut look = walk::walk(language, code, args, script);
    let fetches = look.facts.iter().any(|fact| matches!(fact, CodeFact::Network { .. }));
    let seen = look.facts.iter().any(|fact| matches!(fact, CodeFact::Opaque(_) | CodeFact::ReverseShell));
    if matches!(lang, Lang::JavaScript | Lang::Python) && code.contains("package.json") {
        look.runs.extend(written_scripts(code));
    }
    if fetches && !seen && matches!(lang, Lang::JavaScript | Lang::Ruby | Lang::Php) && evaluates(code) {
        look.facts.push(CodeFact::Opaque("eval beside a download".to_owned()));
    }
    look
}

/// `pkg.scripts.test = 'CMD'`: commands that code puts among a manifest's scripts.
fn written_scripts(code: &str) -> impl Iterator<Item = Run> {
    let commands = code.lines().filter(|line| line.contains("scripts")).filter_map(|line| {
        let (_, value) = line.split_once("scripts")?.1.split_once('=')?;
        let start = value.find(['"', '\'', '`'])?;
        let quote = value.get(start..)?.chars().next()?;
        let text = value.get(start + 1..)?.split(quote).next()?;
        text.contains(' ').then(|| Run::Shell(Value::lit(text)))
    });
    commands.take(32)
}

/// Says whether code uses `eval` as a function of its own, not as something's method.
fn evaluates(code: &str) -> bool {
    code.match_indices("eval").take(64).any(|(at, word)| {
        let before = code.get(..at).and_then(|text| text.chars().next_back());
        let after = code.get(at + word.len()..).and_then(|text| text.trim_start().chars().next());
        before.is_none_or(|letter| !letter.is_alphanumeric() && !matches!(letter, '.' | '_' | '$' | '"' | '\''))
            && matches!(after, Some('(' | ')' | ','))
    })
}
