//! fish's grammar: simple lines → tree; what is not simple is rejected, and so asked about.
//!
//! fish(1), "The fish language". Words, quotes, `$x`, `(…)`, pipes, `and or not`, blocks that end in `end`.

use std::rc::Rc;

use smallvec::smallvec;

use super::ast::{
    Assign, AssignValue, Chain, Command, CommandKind, Join, Param, ParamOp, Part, Pipeline, Redir, RedirOp, Script,
    SyntaxError, Word,
};
use super::parse::{Base, Depth, MAX_PART};
use super::{Span, word};

type Read<T> = Result<T, SyntaxError>;

/// Reads a text as one script.
pub(crate) fn script(text: &str, base: Base, depth: Depth) -> Read<Script> {
    if text.len() > MAX_PART || depth.exhausted() {
        return Err(SyntaxError::Bound);
    }
    let mut parser = Parser { text, pos: 0, base, depth, nested: 0 };
    let script = parser.list(&[])?;
    if parser.pos < text.len() { Err(SyntaxError::Rejected) } else { Ok(script) }
}

struct Parser<'a> {
    text: &'a str,
    pos: usize,
    base: Base,
    depth: Depth,
    nested: usize,
}

/// Words at which a list ends.
const ENDS: &[&str] = &["end", "else", "case"];

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.pos..).unwrap_or("")
    }

    fn at(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        self.pos += if found { text.len() } else { 0 };
        found
    }

    fn blanks(&mut self) {
        loop {
            if self.rest().starts_with([' ', '\t', '\r']) {
                self.pos += 1;
            } else if self.rest().starts_with("\\\n") {
                self.pos += 2;
            } else if self.rest().starts_with('#') {
                self.pos += self.rest().find('\n').unwrap_or(self.rest().len());
            } else {
                return;
            }
        }
    }

    /// Blanks, newlines and semicolons.
    fn separators(&mut self) {
        loop {
            self.blanks();
            if !(self.eat("\n") || self.eat(";")) {
                return;
            }
        }
    }

    fn is_word(&self, word: &str) -> bool {
        self.rest()
            .strip_prefix(word)
            .is_some_and(|rest| rest.chars().next().is_none_or(|ch| ch.is_whitespace() || ";|&<>()".contains(ch)))
    }

    fn eat_word(&mut self, word: &str) -> bool {
        self.blanks();
        let found = self.is_word(word);
        self.pos += if found { word.len() } else { 0 };
        found
    }

    fn enter(&mut self) -> Read<()> {
        self.nested += 1;
        if self.nested > self.depth.keywords() { Err(SyntaxError::Bound) } else { Ok(()) }
    }

    /// Commands up to one of these words, which is left.
    fn list(&mut self, ends: &[&str]) -> Read<Script> {
        self.enter()?;
        let mut script = Script::default();
        loop {
            self.separators();
            if self.rest().is_empty() || ends.iter().any(|end| self.is_word(end)) {
                break;
            }
            if ENDS.iter().any(|end| self.is_word(end)) {
                return Err(SyntaxError::Rejected);
            }
            let joined = if self.eat_word("and") || self.eat("&&") {
                Join::And
            } else if self.eat_word("or") || self.eat("||") {
                Join::Or
            } else {
                Join::Then
            };
            let pipeline = self.pipeline()?;
            self.blanks();
            let background = !self.rest().starts_with("&&") && self.eat("&");
            match (joined, script.chains.last_mut()) {
                (Join::And | Join::Or, Some(chain)) => chain.pipelines.push((joined, pipeline)),
                _ => script.chains.push(Chain { pipelines: smallvec![(Join::Then, pipeline)], background }),
            }
        }
        self.nested -= 1;
        Ok(script)
    }

    fn pipeline(&mut self) -> Read<Pipeline> {
        let mut negated = false;
        loop {
            self.blanks();
            if self.eat_word("not") || self.eat_word("!") {
                negated = !negated;
            } else if !(self.eat_word("time") || self.eat_word("and") || self.eat_word("or")) {
                break;
            }
        }
        let mut commands = vec![self.command()?];
        loop {
            self.blanks();
            if self.rest().starts_with("||") || !(self.eat("|") || self.eat("&|") || self.eat("2>|")) {
                return Ok(Pipeline { commands: commands.into(), negated });
            }
            while self.at().is_some_and(char::is_whitespace) {
                self.pos += 1;
            }
            commands.push(self.command()?);
        }
    }

    fn end(&mut self) -> Read<()> {
        if self.eat_word("end") { Ok(()) } else { Err(SyntaxError::Rejected) }
    }

    fn command(&mut self) -> Read<Command> {
        self.blanks();
        let start = self.pos;
        self.enter()?;
        let kind = if self.eat_word("begin") {
            let script = self.list(&["end"])?;
            self.end()?;
            Some(CommandKind::Group(script))
        } else if self.eat_word("if") {
            Some(self.if_block()?)
        } else if self.eat_word("while") {
            let condition = self.condition()?;
            let body = self.list(&["end"])?;
            self.end()?;
            Some(CommandKind::While { condition, body })
        } else if self.eat_word("for") {
            let name = self.name()?;
            if !self.eat_word("in") {
                return Err(SyntaxError::Rejected);
            }
            let words = Some(self.words()?);
            let body = self.list(&["end"])?;
            self.end()?;
            Some(CommandKind::For { name, words, body })
        } else if self.eat_word("switch") {
            Some(self.switch()?)
        } else if self.eat_word("function") {
            Some(self.function(start)?)
        } else {
            None
        };
        self.nested -= 1;
        let Some(kind) = kind else { return self.simple(start) };
        let mut redirects = Vec::new();
        loop {
            self.blanks();
            match self.redirect()? {
                Some(redirect) => redirects.push(redirect),
                None => return Ok(Command { kind, redirects, span: self.base.span(start, self.pos) }),
            }
        }
    }

    /// The pipeline behind `if` and `while`, with what `and` and `or` add to it.
    fn condition(&mut self) -> Read<Script> {
        let mut pipelines = smallvec![(Join::Then, self.pipeline()?)];
        loop {
            self.separators();
            let join = if self.eat_word("and") || self.eat("&&") {
                Join::And
            } else if self.eat_word("or") || self.eat("||") {
                Join::Or
            } else {
                return Ok(Script { chains: vec![Chain { pipelines, background: false }] });
            };
            pipelines.push((join, self.pipeline()?));
        }
    }

    fn if_block(&mut self) -> Read<CommandKind> {
        let mut branches = Vec::new();
        loop {
            let condition = self.condition()?;
            branches.push((condition, self.list(&["end", "else"])?));
            if self.eat_word("end") {
                return Ok(CommandKind::If { branches, otherwise: None });
            }
            if !self.eat_word("else") {
                return Err(SyntaxError::Rejected);
            }
            if !self.eat_word("if") {
                let otherwise = Some(self.list(&["end"])?);
                self.end()?;
                return Ok(CommandKind::If { branches, otherwise });
            }
        }
    }

    fn switch(&mut self) -> Read<CommandKind> {
        let value = self.word()?.ok_or(SyntaxError::Rejected)?;
        let mut arms = Vec::new();
        self.separators();
        while self.eat_word("case") {
            let patterns = self.words()?;
            arms.push((patterns, self.list(&["end", "case"])?));
        }
        self.end()?;
        Ok(CommandKind::Case { value, arms })
    }

    /// A function; one with options may be called by the shell itself, so its body counts at once, unless these are known.
    fn function(&mut self, start: usize) -> Read<CommandKind> {
        let words = self.words()?;
        let Some(Part::Lit { text: name, .. }) = words.first().and_then(|word| word.parts.first()) else {
            return Err(SyntaxError::Rejected);
        };
        let name = name.clone();
        let (arguments, called) = options(words.get(1..).unwrap_or(&[]));
        let mut body = self.list(&["end"])?;
        self.end()?;
        let span = self.base.span(start, self.pos);
        for (at, name) in arguments.iter().enumerate().rev() {
            body.chains.insert(0, argument(name, at + 1, span));
        }
        let body = Command { kind: CommandKind::Group(body), redirects: Vec::new(), span };
        let at_once = called.then(|| alone(body.clone()));
        let kind = CommandKind::Function { name, body: Rc::new(body) };
        let Some(at_once) = at_once else { return Ok(kind) };
        let defined = alone(Command { kind, redirects: Vec::new(), span });
        Ok(CommandKind::Group(Script { chains: vec![defined, at_once] }))
    }

    fn name(&mut self) -> Read<String> {
        self.blanks();
        let rest = self.rest();
        let length = name_length(rest);
        self.pos += length;
        if length == 0 { Err(SyntaxError::Rejected) } else { Ok(rest.get(..length).unwrap_or("").to_owned()) }
    }

    fn words(&mut self) -> Read<Vec<Word>> {
        let mut words = Vec::new();
        loop {
            self.blanks();
            match self.word()? {
                Some(word) => words.push(word),
                None => return Ok(words),
            }
        }
    }

    fn simple(&mut self, start: usize) -> Read<Command> {
        let (mut assigns, mut words, mut redirects) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            let length = name_length(self.rest());
            if words.is_empty() && length > 0 && self.rest().get(length..).is_some_and(|rest| rest.starts_with('=')) {
                let (from, name) = (self.pos, self.name()?);
                self.pos += 1;
                let value = AssignValue::Scalar(self.word()?.unwrap_or_default());
                let span = self.base.span(from, self.pos);
                assigns.push(Assign { name, index: None, append: false, value, span });
                continue;
            }
            match self.word()? {
                Some(word) => words.push(word),
                None => break,
            }
        }
        if words.is_empty() {
            return Err(SyntaxError::Rejected);
        }
        let span = self.base.span(start, self.pos);
        Ok(Command { kind: CommandKind::Simple { assigns, words }, redirects, span })
    }

    fn redirect(&mut self) -> Read<Option<Redir>> {
        let start = self.pos;
        let digit = self.at().filter(char::is_ascii_digit);
        self.pos += usize::from(digit.is_some());
        let fd = digit.and_then(|digit| digit.to_digit(10)).and_then(|digit| i32::try_from(digit).ok());
        let operators = ["&>>", "&>?", "&>", ">>", ">&", ">?", ">|", "<&", "<?", "<", ">"];
        let found = operators.into_iter().find(|operator| self.rest().starts_with(operator));
        let Some(operator) =
            found.filter(|operator| *operator != ">|" && (digit.is_none() || !operator.starts_with('&')))
        else {
            self.pos = start;
            return Ok(None);
        };
        self.pos += operator.len();
        self.blanks();
        let target = self.word()?.ok_or(SyntaxError::Rejected)?;
        let span = target.span;
        let op = match operator {
            "&>>" => RedirOp::BothAppend(target),
            "&>" | "&>?" => RedirOp::Both(target),
            ">>" => RedirOp::Append(target),
            ">&" | "<&" => RedirOp::Dup(target),
            "<" | "<?" => RedirOp::Read(target),
            _ => RedirOp::Write(target),
        };
        Ok(Some(Redir { fd, op, span }))
    }

    /// A word; `None` where none begins.
    fn word(&mut self) -> Read<Option<Word>> {
        self.blanks();
        let start = self.pos;
        let mut parts: Vec<Part> = Vec::new();
        if self.rest().starts_with('~') {
            let after = self.rest().get(1..).unwrap_or("");
            let end = after.find(|ch: char| !(ch.is_alphanumeric() || "_-.".contains(ch))).unwrap_or(after.len());
            parts.push(Part::Tilde(after.get(..end).unwrap_or("").to_owned()));
            self.pos += 1 + end;
        }
        while let Some(ch) = self.at() {
            match ch {
                ch if ch.is_whitespace() || ";|&<>)".contains(ch) => break,
                '\'' => self.single(&mut parts)?,
                '"' => self.double(&mut parts)?,
                '\\' => self.escape(&mut parts)?,
                '$' => self.variable(&mut parts, false)?,
                '(' => self.substitution(&mut parts, false, 1)?,
                ch => {
                    push(&mut parts, &ch.to_string(), false);
                    self.pos += ch.len_utf8();
                }
            }
        }
        let span = self.base.span(start, self.pos);
        Ok((self.pos > start).then_some(Word { parts: parts.into(), span, assign: None }))
    }

    fn single(&mut self, parts: &mut Vec<Part>) -> Read<()> {
        self.pos += 1;
        let mut text = String::new();
        loop {
            let ch = self.at().ok_or(SyntaxError::Rejected)?;
            self.pos += ch.len_utf8();
            match ch {
                '\'' => break,
                '\\' => match self.at() {
                    Some(next @ ('\'' | '\\')) => {
                        self.pos += 1;
                        text.push(next);
                    }
                    _ => text.push('\\'),
                },
                ch => text.push(ch),
            }
        }
        push(parts, &text, true);
        Ok(())
    }

    fn double(&mut self, parts: &mut Vec<Part>) -> Read<()> {
        self.pos += 1;
        push(parts, "", true);
        loop {
            let ch = self.at().ok_or(SyntaxError::Rejected)?;
            match ch {
                '"' => {
                    self.pos += 1;
                    return Ok(());
                }
                '$' if self.rest().starts_with("$(") => self.substitution(parts, true, 2)?,
                '$' => self.variable(parts, true)?,
                '\\' => {
                    self.pos += 1;
                    let next = self.at().ok_or(SyntaxError::Rejected)?;
                    self.pos += next.len_utf8();
                    match next {
                        '"' | '$' | '\\' => push(parts, &next.to_string(), true),
                        '\n' => {}
                        next => push(parts, &format!("\\{next}"), true),
                    }
                }
                ch => {
                    self.pos += ch.len_utf8();
                    push(parts, &ch.to_string(), true);
                }
            }
        }
    }

    fn escape(&mut self, parts: &mut Vec<Part>) -> Read<()> {
        self.pos += 1;
        let next = self.at().ok_or(SyntaxError::Rejected)?;
        let rest = self.rest();
        let length = match next {
            'x' | 'X' => 1 + rest.get(1..).unwrap_or("").bytes().take(2).take_while(u8::is_ascii_hexdigit).count(),
            'u' => 1 + rest.get(1..).unwrap_or("").bytes().take(4).take_while(u8::is_ascii_hexdigit).count(),
            'U' => 1 + rest.get(1..).unwrap_or("").bytes().take(8).take_while(u8::is_ascii_hexdigit).count(),
            '0'..='7' => rest.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count(),
            'c' => 2.min(rest.len()),
            next => next.len_utf8(),
        };
        let text = rest.get(..length).ok_or(SyntaxError::Rejected)?;
        let coded = "abefnrtvxXuUc01234567".contains(next);
        let plain = if coded { word::ansi_c(&format!("\\{}", text.replace('X', "x"))) } else { text.to_owned() };
        self.pos += length;
        if next != '\n' {
            push(parts, &plain, true);
        }
        Ok(())
    }

    fn variable(&mut self, parts: &mut Vec<Part>, quoted: bool) -> Read<()> {
        let start = self.pos;
        if self.rest().starts_with("$(") {
            return self.substitution(parts, quoted, 2);
        }
        let dollars = self.rest().bytes().take_while(|byte| *byte == b'$').count();
        self.pos += dollars;
        let mut name = self.rest().get(..name_length(self.rest())).unwrap_or("").to_owned();
        if name.is_empty() {
            return Err(SyntaxError::Rejected);
        }
        self.pos += name.len();
        let mut index = None;
        while self.rest().starts_with('[') {
            let close = self.rest().find(']').ok_or(SyntaxError::Rejected)?;
            let inner = self.rest().get(1..close).unwrap_or("");
            if inner.contains(['(', '\'', '"']) {
                return Err(SyntaxError::Rejected);
            }
            let text = inner.replace("..", ",");
            index = Some(vec![Part::Lit { text, quoted: true }]);
            self.pos += close + 1;
        }
        // What a function was called with.
        if name == "argv" && dollars == 1 {
            let index = index.take().unwrap_or_default();
            let at = match index.as_slice() {
                [Part::Lit { text, .. }] => text.trim().parse::<usize>().ok().filter(|at| (1..10).contains(at)),
                _ => None,
            };
            name = match at {
                Some(at) => at.to_string(),
                None if quoted => "*".to_owned(),
                None => "@".to_owned(),
            };
        }
        let op = if dollars > 2 { ParamOp::Foreign(name.clone()) } else { ParamOp::Plain };
        let param = Box::new(Param { name, index, indirect: dollars == 2, op, zsh: None });
        parts.push(Part::Param { param, quoted, span: self.base.span(start, self.pos) });
        Ok(())
    }

    /// `(…)` and `$(…)`.
    fn substitution(&mut self, parts: &mut Vec<Part>, quoted: bool, front: usize) -> Read<()> {
        let start = self.pos;
        let from = start + front;
        let close = close_of(self.text, from).ok_or(SyntaxError::Rejected)?;
        let text = self.text.get(from..close).unwrap_or("");
        let script = script(text, self.base.shift(from), self.depth.deeper());
        self.pos = close + 1;
        let span = self.base.span(start, self.pos);
        parts.push(Part::Command { script, quoted, text: text.to_owned(), span });
        if self.rest().starts_with('[') {
            let close = self.rest().find(']').ok_or(SyntaxError::Rejected)?;
            self.pos += close + 1;
        }
        Ok(())
    }
}

fn alone(command: Command) -> Chain {
    Chain {
        pipelines: smallvec![(Join::Then, Pipeline { commands: smallvec![command], negated: false })],
        background: false,
    }
}

/// `set -l NAME $argv[AT]`
fn argument(name: &str, at: usize, span: Span) -> Chain {
    let word = |part: Part| Word { parts: smallvec![part], span, assign: None };
    let text = |text: &str| word(Part::Lit { text: text.to_owned(), quoted: true });
    let param = Param { name: at.to_string(), index: None, indirect: false, op: ParamOp::Plain, zsh: None };
    let value = word(Part::Param { param: Box::new(param), quoted: false, span });
    let words = vec![text("set"), text("-l"), text(name), value];
    alone(Command { kind: CommandKind::Simple { assigns: Vec::new(), words }, redirects: Vec::new(), span })
}

/// The names of a function's arguments, and whether something else than its name may call it.
fn options(words: &[Word]) -> (Vec<String>, bool) {
    let mut names = Vec::new();
    let mut words = words.iter().map(|word| match word.parts.as_slice() {
        [Part::Lit { text, .. }] => text.as_str(),
        _ => "",
    });
    let mut named = false;
    while let Some(word) = words.next() {
        match word {
            "-a" | "--argument" | "--argument-names" => named = true,
            "-S" | "--no-scope-shadowing" => named = false,
            "-d" | "--description" | "-w" | "--wraps" | "-V" | "--inherit-variable" => {
                named = false;
                words.next();
            }
            word if ["--description=", "--wraps="].iter().any(|known| word.starts_with(known)) => named = false,
            name if named && !name.is_empty() && name_length(name) == name.len() => names.push(name.to_owned()),
            _ => return (names, true),
        }
    }
    (names, false)
}

fn name_length(text: &str) -> usize {
    text.find(|ch: char| !(ch.is_ascii_alphanumeric() || ch == '_')).unwrap_or(text.len())
}

fn push(parts: &mut Vec<Part>, text: &str, quoted: bool) {
    if let Some(Part::Lit { text: last, quoted: same }) = parts.last_mut()
        && *same == quoted
    {
        last.push_str(text);
    } else {
        parts.push(Part::Lit { text: text.to_owned(), quoted });
    }
}

/// The `)` that ends what begins at `from`; quotes count as fish reads them. Comments may hold anything: then it is not
/// clear where one ends.
fn close_of(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut quote = None;
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        match (quote, byte) {
            (_, b'\\') => at += 1,
            (Some(open), byte) if byte == open => quote = None,
            (Some(b'"'), b'$') if bytes.get(at + 1) == Some(&b'(') => return None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'#') => return None,
            (None, b'(') => depth += 1,
            (None, b')') if depth == 0 => return Some(at),
            (None, b')') => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}
