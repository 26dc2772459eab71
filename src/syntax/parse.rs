//! Text → tree: the grammar crate behind our guards, translated into our own tree.
//!
//! The guards make overflow and exponential time impossible: length, nesting and open parentheses are bounded by a
//! linear walk before the grammar sees the text. What is nested too deep is unread, never safe.

use std::io::Cursor;
use std::rc::Rc;

use brush_parser::ast as brush;

use smallvec::smallvec;

use super::ast::{
    Assign, AssignValue, Chain, Command, CommandKind, FileTest, Join, Pipeline, Redir, RedirOp, Script, SyntaxError,
    Word,
};
use super::filled::Filled;
use super::word::{self, Mode};
use super::{Dialect, Span, dash, fish, list, skim, zsh};

/// Open parentheses at one time; the grammar is exponential in unclosed ones.
const MAX_PARENS: usize = 12;
/// Nesting that is read on a thread with a large stack.
const DEEP: Nesting = Nesting { substitutions: 120, keywords: 1_000 };
/// Nesting that fits on any thread's stack.
const SHALLOW: Nesting = Nesting { substitutions: 16, keywords: 40 };

/// Nesting of what is read without the grammar: quotes around a substitution.
pub(super) const FLAT: usize = 2;

struct Nesting {
    substitutions: usize,
    keywords: usize,
}

/// How deep a text stands in others, how much stack there is, and which shell reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Depth {
    level: usize,
    /// The caller runs on a thread with a large stack.
    large: bool,
    /// Who reads it.
    pub(crate) dialect: Dialect,
    /// `#` begins no comment: zsh at its prompt, unless told otherwise.
    pub(crate) literal_hash: bool,
}

impl Depth {
    /// The outermost text.
    pub(crate) fn top(large: bool) -> Self {
        Self { level: 0, large, dialect: Dialect::Bash, literal_hash: false }
    }

    /// The same place, read by another shell.
    pub(crate) fn read_by(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// The same place, where `#` begins no comment.
    pub(crate) fn without_comments(self) -> Self {
        Self { literal_hash: true, ..self }
    }

    /// Says whether a text of this depth may not be read here.
    pub(crate) fn is_too_deep(self, inner: usize) -> bool {
        self.level + inner > self.limit().substitutions
    }

    /// Compound commands inside each other that fit on the stack.
    pub(crate) fn keywords(self) -> usize {
        self.limit().keywords
    }

    /// One level further in.
    pub(crate) fn deeper(self) -> Self {
        Self { level: self.level + 1, literal_hash: false, ..self }
    }

    /// Says whether nothing deeper may be read.
    pub(crate) fn exhausted(self) -> bool {
        self.level >= self.limit().substitutions
    }

    fn limit(self) -> &'static Nesting {
        if self.large { &DEEP } else { &SHALLOW }
    }
}

/// Says whether a text is nested so deep that judging it wants a large stack.
pub(crate) fn wants_large_stack(text: &str) -> bool {
    if !may_be_deep(text) {
        return false;
    }
    let outline = skim::outline(text);
    outline.depth > SHALLOW.substitutions || outline.keywords > SHALLOW.keywords
}

/// Says whether a text has in it what deep nesting takes: quotes stand in each other only with something else between.
fn may_be_deep(text: &str) -> bool {
    let opened = text.bytes().filter(|byte| matches!(byte, b'(' | b'{')).count();
    let begins = |at: usize, word: &[u8]| text.as_bytes()[at..].starts_with(word);
    // Byte by byte: what searches faster first asks the processor what it can, which costs more than a line takes.
    let begun = text.bytes().enumerate().filter(|(at, byte)| match byte {
        b'i' => begins(*at, b"if"),
        b'w' => begins(*at, b"while"),
        b'u' => begins(*at, b"until"),
        b'f' => begins(*at, b"for"),
        b's' => begins(*at, b"select"),
        b'c' => begins(*at, b"case"),
        _ => false,
    });
    2 * opened + 1 > SHALLOW.substitutions || opened + begun.take(SHALLOW.keywords + 1).count() > SHALLOW.keywords
}

/// Bytes of one part, here-documents not counted.
pub(crate) const MAX_PART: usize = 64 << 10;
/// Bytes of one part with its here-documents.
pub(crate) const MAX_WITH_BODIES: usize = 1 << 20;

/// Where a text's spans point to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// The text stands in the submitted line at this offset.
    At(usize),
    /// The text was decoded or came from elsewhere: everything has this span.
    Flat(Span),
}

impl Base {
    /// The span of a range of the text.
    pub(crate) fn span(self, start: usize, end: usize) -> Span {
        match self {
            Self::At(offset) => Span::new(offset + start, offset + end),
            Self::Flat(span) => span,
        }
    }

    /// The base of what stands further behind.
    pub(crate) fn shift(self, by: usize) -> Self {
        match self {
            Self::At(offset) => Self::At(offset + by),
            flat @ Self::Flat(_) => flat,
        }
    }
}

/// Reads a text as one script; `depth` is how deep it stands.
pub(crate) fn script(text: &str, base: Base, depth: Depth) -> Result<Script, SyntaxError> {
    if depth.exhausted() {
        return Err(SyntaxError::Bound);
    }
    if let Some(script) = plain(text, base, depth.dialect) {
        return Ok(script);
    }
    match depth.dialect {
        Dialect::Zsh => return zsh::script(text, base, depth),
        Dialect::Fish => return fish::script(text, base, depth),
        Dialect::Bash | Dialect::Sh | Dialect::Foreign => {}
    }
    if text.len() <= MAX_PART
        && !depth.is_too_deep(FLAT)
        && let Some(script) = list::read(text, base, depth)
    {
        return Ok(script);
    }
    let outline = skim::outline(text);
    let bodies: usize = outline.bodies.iter().map(ExactSizeIterator::len).sum();
    let limit = depth.limit();
    if text.len() - bodies.min(text.len()) > MAX_PART
        || text.len() > MAX_WITH_BODIES
        || outline.parens > MAX_PARENS
        || outline.depth + depth.level > limit.substitutions
        || outline.keywords > limit.keywords
    {
        return Err(SyntaxError::Bound);
    }
    if outline.unended.is_empty() {
        return read(text, text, base, depth);
    }
    let ended: String =
        std::iter::once(text).chain(outline.unended.iter().map(String::as_str)).fold(String::new(), |mut all, line| {
            all.push_str(line);
            if !all.ends_with('\n') {
                all.push('\n');
            }
            all
        });
    read(text, &ended, base, depth)
}

/// Words of plain letters need no grammar: most lines of a substitution and many whole ones.
fn plain(text: &str, base: Base, dialect: Dialect) -> Option<Script> {
    if text.len() > 4096 || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" -_./:,@%+".contains(&byte)) {
        return None;
    }
    let mut words = Vec::new();
    let mut at = 0;
    for piece in text.split(' ') {
        if !piece.is_empty() {
            words.push(word::word(piece, base.shift(at), Depth::default().read_by(dialect)));
        }
        at += piece.len() + 1;
    }
    let first = text.split(' ').find(|piece| !piece.is_empty())?;
    if KEYWORDS.contains(&first) || dialect == Dialect::Zsh && zsh::is_reserved(first) || dialect == Dialect::Fish {
        return None;
    }
    let span = words.first()?.span.join(words.last()?.span);
    let kind = CommandKind::Simple { assigns: Vec::new(), words };
    let command = Command { kind, redirects: Vec::new(), span };
    let pipeline = Pipeline { commands: smallvec![command], negated: false };
    Some(Script { chains: vec![Chain { pipelines: smallvec![(Join::Then, pipeline)], background: false }] })
}

/// Words that begin or belong to compound commands.
pub(super) const KEYWORDS: &[&str] = &[
    "if", "then", "else", "elif", "fi", "case", "esac", "for", "select", "while", "until", "do", "done", "in",
    "function", "time", "coproc",
];

/// Reads a text; `ended` is the same with the ends of its here-documents.
fn read(text: &str, ended: &str, base: Base, depth: Depth) -> Result<Script, SyntaxError> {
    let options = brush_parser::ParserOptions::default();
    let mut parser = brush_parser::Parser::new(Cursor::new(ended), &options);
    let program = match parser.parse_program() {
        Ok(program) => program,
        Err(_) => {
            // The grammar crate has no `select`; to judging it is a `for`.
            let replaced = as_for(ended).ok_or(SyntaxError::Rejected)?;
            let mut parser = brush_parser::Parser::new(Cursor::new(replaced.as_str()), &options);
            parser.parse_program().map_err(|_| SyntaxError::Rejected)?
        }
    };
    let reader = Reader::new(text, base, depth);
    let mut script = Script::default();
    for list in &program.complete_commands {
        script.chains.extend(reader.list(list).chains);
    }
    Ok(script)
}

/// The text with `select` as first word of a line or command written as `for`, in the same length.
fn as_for(text: &str) -> Option<String> {
    let mut out = text.to_owned();
    let mut from = 0;
    let mut changed = false;
    while let Some(at) = out.get(from..).and_then(|rest| rest.find("select ")).map(|at| from + at) {
        let before = out.get(..at).unwrap_or("").trim_end_matches([' ', '\t']);
        if before.is_empty() || before.ends_with([';', '\n', '&', '|', '(', '{']) {
            out.replace_range(at..at + 6, "for   ");
            changed = true;
        }
        from = at + 7;
    }
    changed.then_some(out)
}

/// Reads a text with the grammar crate, whatever could be read without.
#[cfg(test)]
pub(super) fn grammar(text: &str, base: Base, depth: Depth) -> Result<Script, SyntaxError> {
    read(text, text, base, depth)
}

struct Reader<'a> {
    text: &'a str,
    base: Base,
    depth: Depth,
    /// Byte offset of each character, where the text is not ASCII.
    offsets: Option<Vec<usize>>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, base: Base, depth: Depth) -> Self {
        let offsets = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).chain([text.len()]).collect());
        Self { text, base, depth, offsets }
    }

    fn byte(&self, index: usize) -> usize {
        let byte = match &self.offsets {
            Some(offsets) => offsets.get(index).copied().unwrap_or(self.text.len()),
            None => index,
        };
        byte.min(self.text.len())
    }

    /// Byte range of a location, blanks at its front left out.
    fn range(&self, loc: &brush_parser::SourceSpan) -> (usize, usize) {
        let (start, end) = (self.byte(loc.start.index), self.byte(loc.end.index));
        let slice = self.text.get(start..end).unwrap_or("");
        (start + (slice.len() - slice.trim_start_matches([' ', '\t', '\n']).len()), end)
    }

    /// `function f {`, without parentheses.
    fn is_bare_function(&self, function: &brush::FunctionDefinition) -> bool {
        let Some(loc) = &function.fname.loc else { return true };
        let (start, end) = self.range(loc);
        let before = self.text.get(..start).unwrap_or("").trim_end_matches([' ', '\t']);
        let behind = self.text.get(end..).unwrap_or("").trim_start_matches([' ', '\t']);
        before.ends_with("function") && !behind.starts_with('(')
    }

    fn span(&self, loc: Option<&brush_parser::SourceSpan>) -> Span {
        loc.map_or_else(
            || self.base.span(0, self.text.len()),
            |loc| {
                let (start, end) = self.range(loc);
                self.base.span(start, end)
            },
        )
    }

    /// A word's text as it stands in the source where the two agree, and its base.
    fn source<'w>(&'w self, word: &'w brush::Word, fallback: Span) -> (&'w str, Base) {
        if let Some(loc) = &word.loc {
            let (start, end) = self.range(loc);
            let slice = self.text.get(start..end).unwrap_or("");
            if slice == word.value || (slice.contains("\\\n") && slice.replace("\\\n", "") == word.value) {
                return (slice, self.base.shift(start));
            }
            return (&word.value, Base::Flat(self.base.span(start, end)));
        }
        (&word.value, Base::Flat(fallback))
    }

    fn word(&self, word: &brush::Word) -> Word {
        let (text, base) = self.source(word, self.base.span(0, self.text.len()));
        word::word(text, base, self.depth)
    }

    fn list(&self, list: &brush::CompoundList) -> Script {
        Script { chains: list.0.iter().map(|item| self.chain(item)).collect() }
    }

    fn chain(&self, item: &brush::CompoundListItem) -> Chain {
        let mut pipelines = smallvec![(Join::Then, self.pipeline(&item.0.first))];
        for next in &item.0.additional {
            pipelines.push(match next {
                brush::AndOr::And(pipeline) => (Join::And, self.pipeline(pipeline)),
                brush::AndOr::Or(pipeline) => (Join::Or, self.pipeline(pipeline)),
            });
        }
        Chain { pipelines, background: matches!(item.1, brush::SeparatorOperator::Async) }
    }

    fn pipeline(&self, pipeline: &brush::Pipeline) -> Pipeline {
        Pipeline {
            commands: pipeline.seq.iter().map(|command| self.command(command)).collect(),
            negated: pipeline.bang,
        }
    }

    fn command(&self, command: &brush::Command) -> Command {
        match command {
            brush::Command::Simple(simple) => self.simple(simple),
            brush::Command::Compound(compound, redirects) => {
                let (kind, span) = self.compound(compound);
                Command { kind, redirects: self.redirects(redirects.as_ref(), span), span }
            }
            brush::Command::Function(function) => {
                let bare = self.depth.dialect == Dialect::Sh && self.is_bare_function(function);
                let (kind, span) = self.compound(&function.body.0);
                let body = Command { kind, redirects: self.redirects(function.body.1.as_ref(), span), span };
                let name = function.fname.value.clone();
                // To dash, `function` is a command, and what stands on the next lines runs at once.
                let also = bare.then(|| body.clone());
                let kind = CommandKind::Function { name, body: Rc::new(body) };
                let defined = Command { kind, redirects: Vec::new(), span };
                match also {
                    Some(body) => dash::both(defined, Script { chains: vec![dash::chain(body)] }, span),
                    None => defined,
                }
            }
            brush::Command::ExtendedTest(test, redirects) => {
                let mut words = Vec::new();
                self.test_words(&test.expr, &mut words);
                let file = self.file_test(&test.expr);
                let filled = self.filled(&test.expr);
                let span = self.span(Some(&test.loc));
                let redirects = self.redirects(redirects.as_ref(), span);
                let test_command = Command { kind: CommandKind::Test { words, file, filled }, redirects, span };
                if self.depth.dialect == Dialect::Sh {
                    let (start, end) = self.range(&test.loc);
                    let text = self.text.get(start..end).unwrap_or("");
                    let script = dash::condition(text, self.base.shift(start), self.depth);
                    return dash::both(test_command, script, span);
                }
                test_command
            }
        }
    }

    /// The one test for a file that a condition consists of.
    fn file_test(&self, expr: &brush::ExtendedTestExpr) -> Option<FileTest> {
        use brush::UnaryPredicate as P;
        match expr {
            brush::ExtendedTestExpr::Not(inner) => {
                let inner = self.file_test(inner)?;
                Some(FileTest { negated: !inner.negated, ..inner })
            }
            brush::ExtendedTestExpr::Parenthesized(inner) => self.file_test(inner),
            brush::ExtendedTestExpr::UnaryTest(P::FileExists | P::FileExistsAndIsRegularFile, word) => {
                Some(FileTest { negated: false, path: self.word(word) })
            }
            _ => None,
        }
    }

    /// What a condition's outcome shows of variables.
    fn filled(&self, expr: &brush::ExtendedTestExpr) -> Filled {
        use brush::{BinaryPredicate as B, ExtendedTestExpr as E, UnaryPredicate as U};
        match expr {
            E::Not(inner) => self.filled(inner).negated(),
            E::Parenthesized(inner) => self.filled(inner),
            E::And(left, right) => self.filled(left).and(self.filled(right)),
            E::Or(left, right) => self.filled(left).or(self.filled(right)),
            E::UnaryTest(U::StringHasZeroLength, word) => Filled::empty(&self.word(word)),
            // No file, option or variable has an empty name.
            E::UnaryTest(_, word) => Filled::not_empty(&self.word(word)),
            E::BinaryTest(B::StringExactlyMatchesString | B::StringExactlyMatchesPattern, left, right) => {
                Filled::equal(&self.word(left), &self.word(right))
            }
            E::BinaryTest(B::StringDoesNotExactlyMatchString | B::StringDoesNotExactlyMatchPattern, left, right) => {
                Filled::equal(&self.word(left), &self.word(right)).negated()
            }
            E::BinaryTest(..) => Filled::default(),
        }
    }

    fn test_words(&self, expr: &brush::ExtendedTestExpr, out: &mut Vec<Word>) {
        match expr {
            brush::ExtendedTestExpr::And(left, right) | brush::ExtendedTestExpr::Or(left, right) => {
                self.test_words(left, out);
                self.test_words(right, out);
            }
            brush::ExtendedTestExpr::Not(inner) | brush::ExtendedTestExpr::Parenthesized(inner) => {
                self.test_words(inner, out);
            }
            brush::ExtendedTestExpr::UnaryTest(_, word) => out.push(self.word(word)),
            brush::ExtendedTestExpr::BinaryTest(_, left, right) => {
                out.push(self.word(left));
                out.push(self.word(right));
            }
        }
    }

    fn compound(&self, compound: &brush::CompoundCommand) -> (CommandKind, Span) {
        use brush::CompoundCommand as C;
        match compound {
            C::Arithmetic(arith) => {
                let span = self.span(Some(&arith.loc));
                if let Some(script) = self.subshell_in_subshell(&arith.loc) {
                    return (CommandKind::Subshell(script), span);
                }
                let kind = CommandKind::Arith(self.arith(&arith.expr.value, span));
                if self.depth.dialect == Dialect::Sh {
                    let command = Command { kind, redirects: Vec::new(), span };
                    let script = dash::subshells(&arith.expr.value, Base::Flat(span), self.depth);
                    return (dash::both(command, script, span).kind, span);
                }
                (kind, span)
            }
            C::ArithmeticForClause(clause) => {
                let span = self.span(Some(&clause.loc));
                let exprs = [&clause.initializer, &clause.condition, &clause.updater]
                    .into_iter()
                    .flatten()
                    .map(|expr| self.arith(&expr.value, span))
                    .collect();
                (CommandKind::ArithFor { exprs, body: self.list(&clause.body.list) }, span)
            }
            C::BraceGroup(group) => (CommandKind::Group(self.list(&group.list)), self.span(Some(&group.loc))),
            C::Subshell(group) => (CommandKind::Subshell(self.list(&group.list)), self.span(Some(&group.loc))),
            C::ForClause(clause) => {
                let words = clause.values.as_ref().map(|words| words.iter().map(|word| self.word(word)).collect());
                let body = self.list(&clause.body.list);
                let kind = CommandKind::For { name: clause.variable_name.clone(), words, body };
                (kind, self.span(Some(&clause.loc)))
            }
            C::CaseClause(clause) => {
                let arms = clause
                    .cases
                    .iter()
                    .map(|arm| {
                        let patterns = arm.patterns.iter().map(|word| self.word(word)).collect();
                        (patterns, arm.cmd.as_ref().map(|list| self.list(list)).unwrap_or_default())
                    })
                    .collect();
                (CommandKind::Case { value: self.word(&clause.value), arms }, self.span(Some(&clause.loc)))
            }
            C::IfClause(clause) => (self.if_clause(clause), self.span(Some(&clause.loc))),
            C::WhileClause(clause) | C::UntilClause(clause) => {
                let kind = CommandKind::While { condition: self.list(&clause.0), body: self.list(&clause.1.list) };
                (kind, self.span(Some(&clause.2)))
            }
            C::Coprocess(coproc) => {
                (CommandKind::Coproc(Box::new(self.command(&coproc.body))), self.span(Some(&coproc.loc)))
            }
        }
    }

    /// What `( (a) )` and `((a) )` run: the grammar takes any two parentheses for arithmetic's, the shell only those with
    /// nothing between them at both ends.
    fn subshell_in_subshell(&self, loc: &brush_parser::SourceSpan) -> Option<Script> {
        let (start, end) = self.range(loc);
        let text = self.text.get(start..end)?;
        if text.starts_with("((") && skim::arith_end(self.text, start + 2) == end.checked_sub(2) {
            return None;
        }
        let inner = text.strip_prefix('(')?.strip_suffix(')')?;
        Some(dash::inner(inner, self.base.shift(start + 1), self.depth))
    }

    fn if_clause(&self, clause: &brush::IfClauseCommand) -> CommandKind {
        let mut branches = vec![(self.list(&clause.condition), self.list(&clause.then))];
        let mut otherwise = None;
        for part in clause.elses.iter().flatten() {
            match &part.condition {
                Some(condition) => branches.push((self.list(condition), self.list(&part.body))),
                None => otherwise = Some(self.list(&part.body)),
            }
        }
        CommandKind::If { branches, otherwise }
    }

    fn arith(&self, text: &str, span: Span) -> Word {
        let parts = word::parts(text, Base::Flat(span), Mode::Here, self.depth);
        Word { parts: parts.into(), span, assign: None }
    }

    fn simple(&self, simple: &brush::SimpleCommand) -> Command {
        let (mut assigns, mut words, mut redirects) = (Vec::new(), Vec::new(), Vec::new());
        let items = simple.prefix.iter().flat_map(|prefix| &prefix.0);
        let mut span: Option<Span> = None;
        let mut cover = |more: Span| span = Some(span.map_or(more, |span| span.join(more)));
        for item in items {
            match item {
                brush::CommandPrefixOrSuffixItem::AssignmentWord(assignment, word) => {
                    let assign = self.assignment(assignment, word);
                    cover(assign.span);
                    assigns.push(assign);
                }
                other => self.item(other, &mut words, &mut redirects, &mut cover),
            }
        }
        if let Some(name) = &simple.word_or_name {
            let name = self.word(name);
            cover(name.span);
            words.push(name);
        }
        for item in simple.suffix.iter().flat_map(|suffix| &suffix.0) {
            self.item(item, &mut words, &mut redirects, &mut cover);
        }
        let span = span.unwrap_or_else(|| self.base.span(0, self.text.len()));
        Command { kind: CommandKind::Simple { assigns, words }, redirects, span }
    }

    fn item(
        &self,
        item: &brush::CommandPrefixOrSuffixItem,
        words: &mut Vec<Word>,
        redirects: &mut Vec<Redir>,
        cover: &mut impl FnMut(Span),
    ) {
        match item {
            brush::CommandPrefixOrSuffixItem::IoRedirect(redirect) => {
                let redirect = self.redirect(redirect);
                if !matches!(redirect.op, RedirOp::Here(_)) {
                    cover(redirect.span);
                }
                redirects.push(redirect);
            }
            brush::CommandPrefixOrSuffixItem::Word(word) => {
                let word = self.word(word);
                cover(word.span);
                words.push(word);
            }
            brush::CommandPrefixOrSuffixItem::AssignmentWord(assignment, word) => {
                let assign = self.assignment(assignment, word);
                let mut word = self.word(word);
                word.assign = Some(Box::new(assign));
                cover(word.span);
                words.push(word);
            }
            brush::CommandPrefixOrSuffixItem::ProcessSubstitution(kind, subshell) => {
                let word = self.process(kind, subshell);
                cover(word.span);
                words.push(word);
            }
        }
    }

    fn process(&self, kind: &brush::ProcessSubstitutionKind, subshell: &brush::SubshellCommand) -> Word {
        let span = self.span(Some(&subshell.loc));
        let write = matches!(kind, brush::ProcessSubstitutionKind::Write);
        let part = super::ast::Part::Process { script: Ok(self.list(&subshell.list)), write, span };
        Word { parts: smallvec![part], span, assign: None }
    }

    fn assignment(&self, assignment: &brush::Assignment, word: &brush::Word) -> Assign {
        let (text, base) = self.source(word, self.base.span(0, self.text.len()));
        let span = base.span(0, text.len());
        let (name, index) = match &assignment.name {
            brush::AssignmentName::VariableName(name) => (name.clone(), None),
            brush::AssignmentName::ArrayElementName(name, index) => {
                let parts = word::parts(index, base.shift(name.len() + 1), Mode::Here, self.depth);
                (name.clone(), Some(Word { parts: parts.into(), span, assign: None }))
            }
        };
        let head = match &assignment.name {
            brush::AssignmentName::VariableName(name) => name.len(),
            brush::AssignmentName::ArrayElementName(name, index) => name.len() + index.len() + 2,
        } + usize::from(assignment.append)
            + 1;
        let value = match &assignment.value {
            brush::AssignmentValue::Scalar(_) => {
                AssignValue::Scalar(word::word(text.get(head..).unwrap_or(""), base.shift(head), self.depth))
            }
            brush::AssignmentValue::Array(elements) => {
                let mut from = head;
                let mut locate = |piece: &brush::Word| {
                    let found = text.get(from..).and_then(|rest| rest.find(piece.value.as_str()));
                    let base = found.map_or(Base::Flat(span), |at| base.shift(from + at));
                    from += found.map_or(0, |at| at + piece.value.len());
                    word::word(&piece.value, base, self.depth)
                };
                AssignValue::Array(
                    elements.iter().map(|(key, value)| (key.as_ref().map(&mut locate), locate(value))).collect(),
                )
            }
        };
        Assign { name, index, append: assignment.append, value, span }
    }

    fn redirects(&self, list: Option<&brush::RedirectList>, around: Span) -> Vec<Redir> {
        let mut out: Vec<Redir> = list.iter().flat_map(|list| &list.0).map(|one| self.redirect(one)).collect();
        for redirect in &mut out {
            if redirect.span == Span::default() {
                redirect.span = around;
            }
        }
        out
    }

    fn redirect(&self, redirect: &brush::IoRedirect) -> Redir {
        use brush::{IoFileRedirectKind as Kind, IoFileRedirectTarget as Target};
        let (fd, op) = match redirect {
            brush::IoRedirect::File(fd, kind, target) => {
                let word = match target {
                    Target::Filename(word) | Target::Duplicate(word) => self.word(word),
                    Target::Fd(fd) => word::word(&fd.to_string(), Base::Flat(Span::default()), self.depth),
                    Target::ProcessSubstitution(kind, subshell) => self.process(kind, subshell),
                };
                let op = match kind {
                    Kind::Read => RedirOp::Read(word),
                    Kind::Write | Kind::Clobber => RedirOp::Write(word),
                    Kind::Append => RedirOp::Append(word),
                    Kind::ReadAndWrite => RedirOp::ReadWrite(word),
                    Kind::DuplicateInput => RedirOp::Dup(word),
                    Kind::DuplicateOutput if list::is_descriptor(&word) => RedirOp::Dup(word),
                    Kind::DuplicateOutput => RedirOp::Both(word),
                };
                let fd = if matches!(kind, Kind::DuplicateInput) { fd.or(Some(0)) } else { *fd };
                (fd, op)
            }
            brush::IoRedirect::HereDocument(fd, here) => (*fd, RedirOp::Here(self.here_document(here))),
            brush::IoRedirect::HereString(fd, word) => (*fd, RedirOp::HereString(self.word(word))),
            brush::IoRedirect::OutputAndError(word, append) => {
                let word = self.word(word);
                (None, if *append { RedirOp::BothAppend(word) } else { RedirOp::Both(word) })
            }
        };
        let span = match &op {
            RedirOp::Read(word)
            | RedirOp::Write(word)
            | RedirOp::Append(word)
            | RedirOp::ReadWrite(word)
            | RedirOp::Both(word)
            | RedirOp::BothAppend(word)
            | RedirOp::Dup(word)
            | RedirOp::Here(word)
            | RedirOp::HereString(word) => word.span,
        };
        Redir { fd, op, span }
    }

    fn here_document(&self, here: &brush::IoHereDocument) -> Word {
        let value = &here.doc.value;
        let start = here.doc.loc.as_ref().map(|loc| self.byte(loc.start.index));
        let base = match start {
            Some(start) if self.text.get(start..).is_some_and(|rest| rest.starts_with(value.as_str())) => {
                self.base.shift(start)
            }
            _ => Base::Flat(self.span(here.doc.loc.as_ref())),
        };
        let span = base.span(0, value.len());
        let parts = if here.requires_expansion {
            word::parts(value, base, Mode::Here, self.depth)
        } else {
            vec![super::ast::Part::Lit { text: value.clone(), quoted: true }]
        };
        Word { parts: parts.into(), span, assign: None }
    }
}
