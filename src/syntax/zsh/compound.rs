//! Compound commands with all their forms, and functions.

use std::rc::Rc;

use smallvec::{SmallVec, smallvec};

use super::super::ast::{Chain, Command, CommandKind, Join, Part, Pipeline, Script, SyntaxError, Word};
use super::super::word::{self, Mode};
use super::super::{Span, skim};
use super::{Parser, Read};

/// How the name of a function begins that has none. The function's text follows: inside it none has the same.
pub(crate) const NAMELESS: &str = "(anon)";

impl Parser<'_> {
    /// A compound command or a function's definition, where one begins here.
    pub(super) fn compound(&mut self) -> Read<Option<CommandKind>> {
        let start = self.pos;
        match self.at(0) {
            b'(' if self.at(1) == b')' => {
                self.pos += 2;
                return self.nameless(start).map(Some);
            }
            b'(' => {
                if self.at(1) == b'('
                    && let Some(end) = skim::arith_end(self.text, self.pos + 2)
                {
                    let expression = self.arith(self.pos + 2, end);
                    self.pos = end + 2;
                    return Ok(Some(CommandKind::Arith(expression)));
                }
                self.pos += 1;
                let script = self.any_list()?;
                self.close(")")?;
                return Ok(Some(CommandKind::Subshell(script)));
            }
            _ => {}
        }
        let keyword = ["{", "[[", "if", "for", "foreach", "select", "while", "until", "repeat", "case", "function"]
            .into_iter()
            .find(|word| self.is_word(word));
        let Some(keyword) = keyword else { return Ok(None) };
        self.pos += keyword.len();
        self.enter()?;
        let kind = match keyword {
            "{" => self.group()?,
            "[[" => self.condition()?,
            "if" => self.if_clause()?,
            "for" | "foreach" | "select" => self.for_clause(keyword == "foreach")?,
            "while" | "until" => self.while_clause()?,
            "repeat" => self.repeat()?,
            "case" => self.case()?,
            _ => self.function(start)?,
        };
        self.leave();
        Ok(Some(kind))
    }

    fn close(&mut self, operator: &str) -> Read<()> {
        self.separators()?;
        if self.eat(operator) { Ok(()) } else { Err(SyntaxError::Rejected) }
    }

    fn arith(&self, start: usize, end: usize) -> Word {
        let parts = word::parts(self.slice(start, end), self.base.shift(start), Mode::Here, self.depth);
        Word { parts: parts.into(), span: self.base.span(start, end), assign: None }
    }

    /// What stands behind `{`, and behind `always {`.
    fn group(&mut self) -> Read<CommandKind> {
        let script = self.braced()?;
        let here = self.pos;
        self.blanks();
        if !self.eat_word("always") {
            self.pos = here;
            return Ok(CommandKind::Group(script));
        }
        self.need_word("{")?;
        let always = self.braced()?;
        let mut both = script;
        both.chains.extend(always.chains);
        Ok(CommandKind::Group(both))
    }

    /// Commands up to `}`, which is taken.
    fn braced(&mut self) -> Read<Script> {
        let script = self.any_list()?;
        self.separators()?;
        self.need_word("}")?;
        Ok(script)
    }

    fn if_clause(&mut self) -> Read<CommandKind> {
        let mut branches = Vec::new();
        loop {
            let condition = self.full_list()?;
            if self.eat_word("then") {
                branches.push((condition, self.full_list()?));
                if self.eat_word("elif") {
                    continue;
                }
                let otherwise = if self.eat_word("else") { Some(self.full_list()?) } else { None };
                self.need_word("fi")?;
                return Ok(CommandKind::If { branches, otherwise });
            }
            if !self.eat_word("{") {
                branches.push((condition, self.short()?));
                return Ok(CommandKind::If { branches, otherwise: None });
            }
            branches.push((condition, self.braced()?));
            if self.eat_word("elif") {
                continue;
            }
            let mut otherwise = None;
            if self.eat_word("else") {
                otherwise = Some(if self.eat_word("{") { self.braced()? } else { self.short()? });
            }
            return Ok(CommandKind::If { branches, otherwise });
        }
    }

    fn for_clause(&mut self, ends_with_end: bool) -> Read<CommandKind> {
        self.blanks();
        if self.at(0) == b'(' && self.at(1) == b'(' {
            let end = skim::arith_end(self.text, self.pos + 2).ok_or(SyntaxError::Rejected)?;
            let from = self.pos + 2;
            let exprs = self
                .slice(from, end)
                .split(';')
                .scan(from, |at, piece| {
                    let start = *at;
                    *at += piece.len() + 1;
                    Some(self.arith(start, start + piece.len()))
                })
                .filter(|word| !word.parts.is_empty())
                .collect();
            self.pos = end + 2;
            let body = self.body(ends_with_end)?;
            return Ok(CommandKind::ArithFor { exprs, body });
        }
        let mut names = Vec::new();
        loop {
            self.blanks();
            if !names.is_empty() && (self.is_word("in") || self.is_word("do") || self.is_word("{")) {
                break;
            }
            let rest = self.rest();
            let length = rest.find(|ch: char| !(ch.is_ascii_alphanumeric() || ch == '_')).unwrap_or(rest.len());
            if length == 0 {
                break;
            }
            names.push(rest.get(..length).unwrap_or("").to_owned());
            self.pos += length;
        }
        let name = names.first().cloned().ok_or(SyntaxError::Rejected)?;
        let here = self.pos;
        self.newlines()?;
        let words = if self.eat("(") {
            let mut words = Vec::new();
            loop {
                self.newlines()?;
                if self.eat(")") {
                    break;
                }
                words.push(self.word(false)?.ok_or(SyntaxError::Rejected)?);
            }
            Some(words)
        } else if self.eat_word("in") {
            let mut words = Vec::new();
            loop {
                self.blanks();
                match self.word(false)? {
                    Some(word) => words.push(word),
                    None => break,
                }
            }
            Some(words)
        } else {
            self.pos = here;
            None
        };
        let body = self.body(ends_with_end)?;
        // Several names take several words each round; which is which does not matter for what may be hit.
        let body = names.iter().skip(1).fold(body, |body, name| Script {
            chains: vec![alone(CommandKind::For { name: name.clone(), words: words.clone(), body }, Span::default())],
        });
        Ok(CommandKind::For { name, words, body })
    }

    /// `do … done`, `{ … }`, `… end`, or one command.
    fn body(&mut self, ends_with_end: bool) -> Read<Script> {
        self.separators()?;
        if self.eat_word("do") {
            let body = self.full_list()?;
            self.need_word("done")?;
            return Ok(body);
        }
        if self.eat_word("{") {
            return self.braced();
        }
        if ends_with_end {
            let body = self.full_list()?;
            self.need_word("end")?;
            return Ok(body);
        }
        self.short()
    }

    fn while_clause(&mut self) -> Read<CommandKind> {
        let condition = self.full_list()?;
        let body = if self.eat_word("do") {
            let body = self.full_list()?;
            self.need_word("done")?;
            body
        } else if self.eat_word("{") {
            self.braced()?
        } else {
            self.short()?
        };
        Ok(CommandKind::While { condition, body })
    }

    fn repeat(&mut self) -> Read<CommandKind> {
        let count = self.need()?;
        let body = self.body(false)?;
        Ok(CommandKind::ArithFor { exprs: vec![count], body })
    }

    fn case(&mut self) -> Read<CommandKind> {
        let value = self.need()?;
        self.newlines()?;
        let braces = if self.eat_word("in") {
            false
        } else {
            self.need_word("{")?;
            true
        };
        let end = if braces { "}" } else { "esac" };
        let mut arms = Vec::new();
        loop {
            self.separators()?;
            if self.eat_word(end) {
                return Ok(CommandKind::Case { value, arms });
            }
            let patterns = self.patterns()?;
            let body = self.any_list()?;
            self.separators()?;
            arms.push((patterns, body));
            if !(self.eat(";;") || self.eat(";&") || self.eat(";|")) {
                self.need_word(end)?;
                return Ok(CommandKind::Case { value, arms });
            }
        }
    }

    /// Patterns up to the `)` that ends them.
    fn patterns(&mut self) -> Read<Vec<Word>> {
        let mut patterns = Vec::new();
        self.blanks();
        self.eat("(");
        loop {
            self.newlines()?;
            if self.eat(")") {
                return Ok(patterns);
            }
            if self.eat("|") {
                continue;
            }
            patterns.push(self.word(false)?.ok_or(SyntaxError::Rejected)?);
        }
    }

    /// What stands behind `function`.
    fn function(&mut self, start: usize) -> Read<CommandKind> {
        let mut names = Vec::new();
        loop {
            self.blanks();
            if self.is_word("{") {
                break;
            }
            if self.at(0) == b'-'
                && matches!(self.at(1), b'T')
                && super::lex::ends_word(self.bytes.get(self.pos + 2).copied())
            {
                self.pos += 2;
                continue;
            }
            match self.word(true)? {
                Some(word) => names.push(word),
                None => break,
            }
        }
        self.parentheses();
        self.newlines()?;
        if names.is_empty() {
            return self.nameless(start);
        }
        self.defined(&names)
    }

    /// `()`, with blanks between and around.
    fn parentheses(&mut self) -> bool {
        let here = self.pos;
        self.blanks();
        if self.eat("(") {
            self.blanks();
            if self.eat(")") {
                return true;
            }
        }
        self.pos = here;
        false
    }

    /// Says whether words so far are the names of a function: `()` follows.
    pub(super) fn at_function(&mut self, words: &[Word]) -> bool {
        !words.is_empty() && self.at(0) == b'(' && self.parentheses()
    }

    /// The definition of a function with these names; its body begins here.
    pub(super) fn function_named(&mut self, names: &[Word], start: usize) -> Read<Command> {
        self.newlines()?;
        self.enter()?;
        let kind = self.defined(names)?;
        self.leave();
        let span = self.base.span(start, self.pos);
        Ok(Command { kind, redirects: Vec::new(), span })
    }

    fn defined(&mut self, names: &[Word]) -> Read<CommandKind> {
        let body = self.function_body()?;
        let mut chains = Vec::new();
        for word in names {
            // A name that is only known when it runs may be any.
            let name = match word.parts.as_slice() {
                [Part::Lit { text, .. }] => text.clone(),
                _ => return Ok(CommandKind::Group(Script { chains: vec![chain_of(body)] })),
            };
            let kind = CommandKind::Function { name, body: Rc::new(body.clone()) };
            chains.push(alone(kind, body.span));
        }
        match <[Chain; 1]>::try_from(chains) {
            Ok([Chain { pipelines, .. }]) => Ok(only(pipelines)),
            Err(chains) => Ok(CommandKind::Group(Script { chains })),
        }
    }

    fn function_body(&mut self) -> Read<Command> {
        self.newlines()?;
        if !self.begins_command() {
            return Err(SyntaxError::Rejected);
        }
        self.command()
    }

    /// A function without a name runs at once, with the words behind it.
    fn nameless(&mut self, start: usize) -> Read<CommandKind> {
        self.enter()?;
        let from = self.pos;
        let body = self.function_body()?;
        let name = format!("{NAMELESS} {}", self.slice(from, self.pos));
        self.leave();
        let span = self.base.span(start, self.pos);
        let mut words =
            vec![Word { parts: smallvec![Part::Lit { text: name.clone(), quoted: true }], span, assign: None }];
        let mut redirects = Vec::new();
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            if self.is_word("}") {
                break;
            }
            match self.word(false)? {
                Some(word) => words.push(word),
                None => break,
            }
        }
        let definition = alone(CommandKind::Function { name, body: Rc::new(body) }, span);
        let call = chain_of(Command { kind: CommandKind::Simple { assigns: Vec::new(), words }, redirects, span });
        Ok(CommandKind::Group(Script { chains: vec![definition, call] }))
    }
}

fn chain_of(command: Command) -> Chain {
    let pipeline = Pipeline { commands: smallvec![command], negated: false };
    Chain { pipelines: smallvec![(Join::Then, pipeline)], background: false }
}

fn alone(kind: CommandKind, span: Span) -> Chain {
    chain_of(Command { kind, redirects: Vec::new(), span })
}

/// The kind of the one command that these pipelines are.
fn only(pipelines: SmallVec<[(Join, Pipeline); 1]>) -> CommandKind {
    let command = pipelines.into_iter().next().and_then(|(_, pipeline)| pipeline.commands.into_iter().next());
    command.map_or(CommandKind::Group(Script::default()), |command| command.kind)
}
