//! zsh's grammar: text → tree.
//!
//! A recursive descent of our own, since what zsh takes for a command differs from bash where it matters: short loops,
//! braces for `do … done`, anonymous functions, parentheses in words. What it does not take is rejected, never guessed at.
//! Words are taken apart in [`super::word`]. zshmisc(1), "Complex Commands", "Alternate Forms".

mod compound;
mod glob;
mod lex;
mod param;
mod test;
#[cfg(test)]
mod tests;

pub(crate) use compound::NAMELESS;
pub(crate) use glob::{Code, Group, group};
pub(crate) use param::{bare, braced};

use smallvec::{SmallVec, smallvec};

use super::ast::{
    Assign, AssignValue, Chain, Command, CommandKind, Join, Part, Pipeline, Redir, Script, SyntaxError, Word,
};
use super::parse::{Base, Depth, MAX_PART, MAX_WITH_BODIES};
use super::{Span, skim};
use lex::Pending;

/// Words that are no commands where a command may begin.
const RESERVED: &[&str] = &[
    "do", "done", "esac", "then", "elif", "else", "fi", "for", "case", "if", "while", "function", "repeat", "time",
    "until", "select", "coproc", "foreach", "end", "!", "[[", "{", "}", "always",
];

/// Says whether zsh reads this first word otherwise than as a command's name.
pub(crate) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

type Read<T> = Result<T, SyntaxError>;

/// Reads a text as one script.
pub(crate) fn script(text: &str, base: Base, depth: Depth) -> Read<Script> {
    let outline = skim::outline(text);
    let bodies: usize = outline.bodies.iter().map(ExactSizeIterator::len).sum();
    if text.len() - bodies.min(text.len()) > MAX_PART
        || text.len() > MAX_WITH_BODIES
        || depth.is_too_deep(outline.depth)
    {
        return Err(SyntaxError::Bound);
    }
    let mut parser = Parser { text, bytes: text.as_bytes(), pos: 0, base, depth, pending: Vec::new(), nested: 0 };
    let script = parser.list()?;
    if parser.pos < text.len() {
        return Err(SyntaxError::Rejected);
    }
    parser.bodies_at_end();
    Ok(parser.finished(script))
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    pos: usize,
    base: Base,
    depth: Depth,
    /// Here-documents whose bodies are still to come.
    pending: Vec<Pending>,
    /// Compound commands that are open.
    nested: usize,
}

/// Where complete commands end that zsh would run one after the other, up to what it does not take: it reads line by line.
pub(crate) fn cuts(text: &str, base: Base, depth: Depth) -> Vec<usize> {
    let mut parser = Parser { text, bytes: text.as_bytes(), pos: 0, base, depth, pending: Vec::new(), nested: 0 };
    let mut cuts = Vec::new();
    let mut whole = true;
    while whole {
        whole = parser.separators().is_ok() && parser.begins_command() && parser.chain().is_ok();
        let ended = parser.slice(0, parser.pos).ends_with('\n') || parser.pos == text.len();
        if whole && ended {
            cuts.push(parser.pos);
        }
    }
    cuts
}

/// What stands between two commands of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Separator {
    None,
    Then,
    Background,
}

impl<'a> Parser<'a> {
    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or("")
    }

    fn at(&self, offset: usize) -> u8 {
        self.bytes.get(self.pos + offset).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.pos..).unwrap_or("")
    }

    /// Takes an operator, where it stands here.
    fn eat(&mut self, operator: &str) -> bool {
        let found = self.rest().starts_with(operator);
        if found {
            self.pos += operator.len();
        }
        found
    }

    /// Takes a reserved word that stands here as a whole word.
    fn eat_word(&mut self, word: &str) -> bool {
        self.blanks();
        let found = self.is_word(word);
        if found {
            self.pos += word.len();
        }
        found
    }

    fn is_word(&self, word: &str) -> bool {
        let alone = word == "{" || word == "}" || lex::ends_word(self.bytes.get(self.pos + word.len()).copied());
        alone && self.rest().starts_with(word)
    }

    fn need_word(&mut self, word: &str) -> Read<()> {
        if self.eat_word(word) { Ok(()) } else { Err(SyntaxError::Rejected) }
    }

    /// Opens a compound command; the depth is bounded.
    fn enter(&mut self) -> Read<()> {
        self.nested += 1;
        if self.nested > self.depth.keywords() { Err(SyntaxError::Bound) } else { Ok(()) }
    }

    fn leave(&mut self) {
        self.nested -= 1;
    }

    /// Commands up to what cannot begin one.
    fn list(&mut self) -> Read<Script> {
        let mut script = Script::default();
        loop {
            self.separators()?;
            if !self.begins_command() {
                return Ok(script);
            }
            let (chain, separator) = self.chain()?;
            script.chains.push(chain);
            if separator == Separator::None {
                return Ok(script);
            }
        }
    }

    /// Commands, at least one.
    fn full_list(&mut self) -> Read<Script> {
        self.enter()?;
        let script = self.list()?;
        self.leave();
        if script.chains.is_empty() { Err(SyntaxError::Rejected) } else { Ok(script) }
    }

    /// Commands, maybe none: what stands between braces or parentheses.
    fn any_list(&mut self) -> Read<Script> {
        self.enter()?;
        let script = self.list()?;
        self.leave();
        Ok(script)
    }

    /// One and-or list without its separator: the body of a short form.
    fn short(&mut self) -> Read<Script> {
        self.enter()?;
        self.blanks();
        if !self.begins_command() {
            return Err(SyntaxError::Rejected);
        }
        let pipelines = self.and_or()?;
        self.leave();
        Ok(Script { chains: vec![Chain { pipelines, background: false }] })
    }

    fn chain(&mut self) -> Read<(Chain, Separator)> {
        let pipelines = self.and_or()?;
        let separator = self.separator();
        Ok((Chain { pipelines, background: separator == Separator::Background }, separator))
    }

    fn and_or(&mut self) -> Read<SmallVec<[(Join, Pipeline); 1]>> {
        let mut pipelines = smallvec![(Join::Then, self.pipeline()?)];
        loop {
            self.blanks();
            let join = if self.eat("&&") {
                Join::And
            } else if self.eat("||") {
                Join::Or
            } else {
                return Ok(pipelines);
            };
            self.newlines()?;
            pipelines.push((join, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Read<Pipeline> {
        self.blanks();
        let mut negated = false;
        if self.eat_word("coproc") {
            self.enter()?;
            let inner = self.pipeline()?;
            self.leave();
            let span = span_of(&inner.commands);
            let kind = match inner.commands.into_inner() {
                Ok([command]) => CommandKind::Coproc(Box::new(command)),
                Err(commands) => CommandKind::Coproc(Box::new(grouped(commands, span))),
            };
            let command = Command { kind, redirects: Vec::new(), span };
            return Ok(Pipeline { commands: smallvec![command], negated: false });
        }
        loop {
            if self.eat_word("!") {
                negated = !negated;
            } else if self.eat_word("time") {
                self.blanks();
                if !self.begins_command() {
                    return Ok(Pipeline { commands: smallvec![self.nothing()], negated });
                }
            } else {
                break;
            }
        }
        let mut commands = smallvec![self.command()?];
        loop {
            self.blanks();
            if self.at(0) != b'|' || self.at(1) == b'|' {
                return Ok(Pipeline { commands, negated });
            }
            self.pos += 1 + usize::from(self.at(1) == b'&');
            self.newlines()?;
            commands.push(self.command()?);
        }
    }

    fn nothing(&self) -> Command {
        let span = self.base.span(self.pos, self.pos);
        Command { kind: CommandKind::Simple { assigns: Vec::new(), words: Vec::new() }, redirects: Vec::new(), span }
    }

    fn command(&mut self) -> Read<Command> {
        self.blanks();
        let start = self.pos;
        if let Some(kind) = self.compound()? {
            // Between a function's end and its words nothing else may stand.
            let redirects = self.redirects()?;
            let span = self.base.span(start, self.pos);
            return Ok(Command { kind, redirects, span });
        }
        self.simple(start)
    }

    fn redirects(&mut self) -> Read<Vec<Redir>> {
        let mut redirects = Vec::new();
        loop {
            self.blanks();
            match self.redirect()? {
                Some(redirect) => redirects.push(redirect),
                None => return Ok(redirects),
            }
        }
    }

    /// Assignments, words and redirections; or a function that is defined.
    fn simple(&mut self, start: usize) -> Read<Command> {
        let (mut assigns, mut words, mut redirects) = (Vec::new(), Vec::<Word>::new(), Vec::new());
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            if self.at_function(&words) {
                return self.function_named(&words, start);
            }
            if words.is_empty()
                && let Some(assign) = self.assignment()?
            {
                assigns.push(assign);
                continue;
            }
            if self.is_word("}") {
                break;
            }
            let declares = words.first().is_some_and(declares);
            if declares && let Some(assign) = self.assignment()? {
                words.push(assigned(assign));
                continue;
            }
            match self.word(words.is_empty())? {
                Some(word) => words.push(word),
                None => break,
            }
        }
        if assigns.is_empty() && words.is_empty() && redirects.is_empty() {
            return Err(SyntaxError::Rejected);
        }
        let span = self.base.span(start, self.trimmed(start));
        Ok(Command { kind: CommandKind::Simple { assigns, words }, redirects, span })
    }

    /// The end of what was read, blanks left out.
    fn trimmed(&self, start: usize) -> usize {
        start + self.slice(start, self.pos).trim_end().len()
    }
}

/// Several commands of one pipeline as one command.
fn grouped(commands: SmallVec<[Command; 1]>, span: Span) -> Command {
    let pipeline = Pipeline { commands, negated: false };
    let script = Script { chains: vec![Chain { pipelines: smallvec![(Join::Then, pipeline)], background: false }] };
    Command { kind: CommandKind::Group(script), redirects: Vec::new(), span }
}

fn span_of(commands: &[Command]) -> Span {
    match (commands.first(), commands.last()) {
        (Some(first), Some(last)) => first.span.join(last.span),
        _ => Span::default(),
    }
}

/// The word that is an assignment (`export x=…`).
fn assigned(assign: Assign) -> Word {
    let append = if assign.append { "+" } else { "" };
    let mut parts = vec![Part::Lit { text: format!("{}{append}=", assign.name), quoted: false }];
    if let AssignValue::Scalar(value) = &assign.value {
        parts.extend(value.parts.iter().cloned());
    }
    Word { parts: parts.into(), span: assign.span, assign: Some(Box::new(assign)) }
}

fn declares(word: &Word) -> bool {
    const NAMES: &[&str] = &["declare", "typeset", "local", "export", "readonly", "integer", "float"];
    matches!(word.parts.as_slice(), [Part::Lit { text, quoted: false }] if NAMES.contains(&text.as_str()))
}
