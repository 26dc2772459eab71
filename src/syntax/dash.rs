//! What text that bash's grammar takes means to dash, where that is something else. POSIX XCU 2.
//!
//! Which shell `sh` is differs from system to system: both readings are followed.

use smallvec::smallvec;

use super::Span;
use super::ast::{Chain, Command, CommandKind, Join, Part, Pipeline, Script, SyntaxError, Word};
use super::parse::{self, Base, Depth};

/// A command, and what dash would make of the same text.
pub(crate) fn both(command: Command, other: Script, span: Span) -> Command {
    if other.chains.is_empty() {
        return command;
    }
    let mut chains = vec![chain(command)];
    chains.extend(other.chains);
    Command { kind: CommandKind::Group(Script { chains }), redirects: Vec::new(), span }
}

/// One command as a chain.
pub(crate) fn chain(command: Command) -> Chain {
    let pipeline = Pipeline { commands: smallvec![command], negated: false };
    Chain { pipelines: smallvec![(Join::Then, pipeline)], background: false }
}

/// `[[ a && b > c ]]`: `[[` is a command's name like any other.
pub(crate) fn condition(text: &str, base: Base, depth: Depth) -> Script {
    let Some(inner) = text.strip_prefix("[[") else { return Script::default() };
    // Without what ends or redirects a command, it is one that is not found.
    if !inner.contains(['&', '|', ';', '<', '>', '\n']) {
        return Script::default();
    }
    let mut script = read(&format!(": {inner}"), base, depth);
    for chain in &mut script.chains {
        chain.pipelines.retain(|(_, pipeline)| !pipeline.commands.iter().all(is_comparison));
    }
    script.chains.retain(|chain| !chain.pipelines.is_empty());
    script
}

/// `$a -gt 5`: the value of a variable that is compared is no program's name.
fn is_comparison(command: &Command) -> bool {
    let CommandKind::Simple { words, .. } = &command.kind else { return false };
    let [first, operator, _, ..] = words.as_slice() else { return false };
    let compares = matches!(operator.parts.as_slice(), [Part::Lit { text, .. }]
        if ["-eq", "-ne", "-lt", "-gt", "-le", "-ge", "=", "==", "!=", "=~"].contains(&text.as_str()));
    compares && command.redirects.is_empty() && matches!(first.parts.first(), Some(Part::Param { .. }))
}

/// `((a))`: a subshell in a subshell.
pub(crate) fn subshells(text: &str, base: Base, depth: Depth) -> Script {
    let script = read(text, base, depth);
    let span = base.span(0, text.len());
    Script { chains: vec![chain(Command { kind: CommandKind::Subshell(script), redirects: Vec::new(), span })] }
}

/// `$'…'` is a dollar sign and single quotes, in which no backslash counts: the text as it reads then, in the same length.
/// `None` where that is no difference.
pub(crate) fn without_escapes(text: &str) -> Option<String> {
    (text.contains("$'") && text.contains("\\'")).then(|| text.replace("$'", "_'"))
}

fn read(text: &str, base: Base, depth: Depth) -> Script {
    inner(text, Base::Flat(base.span(0, text.len())), depth)
}

/// What stands in another command; where it cannot be read, that is noted.
pub(crate) fn inner(text: &str, base: Base, depth: Depth) -> Script {
    parse::script(text, base, depth.deeper()).unwrap_or_else(|error| unread(text, base.span(0, text.len()), error))
}

/// A text that was not read, in a place where that is noted.
fn unread(text: &str, span: Span, error: SyntaxError) -> Script {
    let part = Part::Runs { script: Err(error), text: text.to_owned(), span };
    let word = |part| Word { parts: smallvec![part], span, assign: None };
    let words = vec![word(Part::Lit { text: ":".to_owned(), quoted: true }), word(part)];
    let kind = CommandKind::Simple { assigns: Vec::new(), words };
    Script { chains: vec![chain(Command { kind, redirects: Vec::new(), span })] }
}
