//! Text → commands: a real shell grammar, constant evaluation and unwrapping.
//!
//! Owns the way from a command line to [`Invocation`]s. Does not know what a program does with its words
//! (that is `effects`) nor whether it should (that is `policy`). Grammar: POSIX XCU 2, bash(1), zshall(1).
#![forbid(unsafe_code)]

pub mod ast;
pub mod bytes;
mod complete;
mod dash;
mod dialect;
mod eval;
pub mod filled;
mod fish;
pub mod glob;
mod help;
pub mod inside;
mod invocation;
mod list;
mod parse;
pub mod paths;
mod roster;
mod skim;
mod span;
pub mod unwrap;
mod value;
mod word;
mod world;
mod zsh;

pub use complete::{Shape, shape};
pub use dialect::Dialect;
pub(crate) use eval::gates;
pub use eval::{Code, Earlier, Escapes, Setting, analyse, analyse_in, analyse_with, wants_large_stack};
pub use help::only_asks_help;
pub use invocation::{
    Absent, Analysis, Arg, CodeFact, FileRead, Gap, Invocation, Redirect, RedirectKind, ShellAssign, Stdin, Stdout,
    Unresolved, is_among,
};
pub use roster::Roster;
pub(crate) use roster::roster;
pub use span::Span;
pub use value::{Origin, Seg, Unknown, Value};

/// Reads a text into its tree.
///
/// # Errors
/// The grammar does not take it, or it is nested deeper than fits on any stack.
pub fn tree(text: &str) -> Result<ast::Script, ast::SyntaxError> {
    parse::script(text, parse::Base::At(0), parse::Depth::top(false))
}

/// As [`tree`], without places: texts that mean the same are equal.
///
/// # Errors
/// As there.
pub fn placeless(text: &str) -> Result<ast::Script, ast::SyntaxError> {
    parse::script(text, parse::Base::Flat(Span::default()), parse::Depth::top(false))
}

/// As [`placeless`], as another shell reads it.
///
/// # Errors
/// As there.
pub fn placeless_by(dialect: Dialect, text: &str) -> Result<ast::Script, ast::SyntaxError> {
    parse::script(text, parse::Base::Flat(Span::default()), parse::Depth::top(false).read_by(dialect))
}

/// Offsets behind newlines at which a complete command may have ended, ascending: a linear walk that knows quotes,
/// here-documents and compound commands, and no grammar.
#[must_use]
pub fn command_ends(text: &str) -> Vec<usize> {
    let outline = skim::outline(text);
    let mut cuts = outline.cuts;
    // The body of a here-document without its end is still to come.
    if !outline.unended.is_empty() && cuts.last() == Some(&text.len()) {
        cuts.pop();
    }
    cuts
}

#[cfg(test)]
pub(crate) use world::fake::FakeWorld;
pub use world::{PathKind, Tracked, World, homes_of};
