//! Envelopes: the texts that agents put around the command they were asked to run.
//!
//! An envelope is recognised by its exact syntax tree: what varies (the command, the snapshot's path, options that
//! come and go between versions) is taken out, the agent's own text is written down again with exactly that in it,
//! and both trees must be equal. Whatever else stands in the text makes it no envelope, and it is judged as
//! written. Does not read files: whether a snapshot is the agent's own is for whoever can look.
//!
//! Forms as seen in process lists and sources of the agents, 2025-03 to 2026-11.

mod claude;
mod codex;
mod cursor;
mod literal;
mod raw;
#[cfg(test)]
mod tests;

use crate::syntax::Span;
use crate::syntax::ast::{Chain, Command, CommandKind, Join, Pipeline, Script};

/// Bytes of a text in which an envelope is looked for.
const MAX_TEXT: usize = 1 << 20;

/// Commands of the envelopes themselves.
pub const COMMANDS: &[&str] = &[
    ".", ":", "[", "alias", "builtin", "command", "echo", "eval", "exec", "exit", "export", "jobs", "pwd", "set",
    "setopt", "shopt", "source", "trap", "true", "unalias", "unset", "unsetopt",
];

/// A command in an agent's own wrapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The agent.
    pub agent: &'static str,
    /// The command.
    pub inner: String,
    /// Where the command comes from.
    pub place: Place,
    /// State of an earlier shell that runs before it.
    pub state: Option<State>,
    /// `$0`, `$1`, … of the command.
    pub params: Vec<String>,
}

/// Where an envelope has its command from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// It stands in the text.
    Text(Inner),
    /// It is the shell's parameter of this number, `$0` being the first.
    Param(usize),
}

/// The part of the text that is the command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inner {
    /// From its first to behind its last byte, quotes around it not included.
    pub span: Span,
    /// For each byte of the command its offset in the text, and the end; `None` where they follow each other.
    offsets: Option<Vec<usize>>,
}

/// A folder of an agent's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The agent's folder below the user's home.
    pub home: &'static str,
    /// The variable that names another one in its place. It counts as the agent was started, not as a command has it.
    pub variable: &'static str,
    /// The folder in there.
    pub folder: &'static str,
}

/// State of an earlier shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// A file that is sourced.
    File {
        /// Its path as given; absolute.
        path: String,
        /// The word.
        span: Span,
        /// The folder that the agent keeps such files in.
        kept: Kept,
    },
    /// What can be read on this descriptor; then the value of a variable, and after the command a function of it.
    Descriptor {
        /// The descriptor.
        fd: i32,
        /// The variable, whose value is code.
        variable: &'static str,
        /// The function.
        ends_with: &'static str,
    },
}

impl Inner {
    /// Maps a span that counts from [`Inner::span`]'s start as if nothing were quoted to the text.
    ///
    /// Spans that lie before the command stay as they are.
    #[must_use]
    pub fn outer(&self, span: Span) -> Span {
        let start = self.span.start;
        let Some(offsets) = &self.offsets else { return span };
        let map = |at: usize| match at.checked_sub(start) {
            Some(within) => offsets.get(within).or_else(|| offsets.last()).copied().unwrap_or(at),
            None => at,
        };
        if span.end <= start || span.start < start {
            return span;
        }
        // The end is the one of the last byte, not where the next one begins.
        let end = if span.end > span.start { map(span.end - 1) + 1 } else { map(span.end) };
        Span::new(map(span.start), end.max(map(span.start)))
    }
}

/// Finds the command in a text that a shell is given with `-c` and these parameters (`$0` first).
#[must_use]
pub fn find(text: &str, params: &[&str]) -> Option<Envelope> {
    if text.len() > MAX_TEXT {
        return None;
    }
    claude::find(text).or_else(|| codex::find(text)).or_else(|| raw::find(text)).or_else(|| cursor::find(text, params))
}

/// The pipelines of a script one after the other, each with how it is joined to the one before.
///
/// `None` where something runs in the background.
fn flat(script: &Script) -> Option<Vec<(Join, &Pipeline)>> {
    if script.chains.iter().any(|chain: &Chain| chain.background) {
        return None;
    }
    Some(script.chains.iter().flat_map(|chain| &chain.pipelines).map(|(join, line)| (*join, line)).collect())
}

/// A pipeline that is one simple command without assignments: where its words stand.
fn words<'t>(text: &'t str, pipeline: &Pipeline) -> Option<Vec<(&'t str, Span)>> {
    let [Command { kind: CommandKind::Simple { assigns, words }, .. }] = pipeline.commands.as_slice() else {
        return None;
    };
    if !assigns.is_empty() {
        return None;
    }
    words.iter().map(|word| Some((text.get(word.span.start..word.span.end)?, word.span))).collect()
}
