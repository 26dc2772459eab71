//! Expressions: operands, members, calls, operators.

use super::act::Args;
use super::lex::{Kind, Token};
use super::val::{MARK, Val, concat, join_all};
use super::walk::{Stream, Walker};
use super::{fold, val};

/// Words in front of a value that change nothing for us.
const PREFIX_WORDS: &[&str] =
    &["await", "new", "not", "typeof", "void", "async", "yield", "defined", "delete", "clone"];

/// Operators in front of a value that change nothing for us.
const PREFIX_OPS: &[&str] = &["!", "-", "+", "~", "*", "**", "...", "&", "@", "\\", "++", "--"];

/// Words between two values.
const INFIX_WORDS: &[&str] =
    &["and", "or", "in", "is", "instanceof", "eq", "ne", "lt", "gt", "le", "ge", "cmp", "x", "xor", "isa", "not"];

/// Operators between two values, beside those that put texts together.
const INFIX_OPS: &[&str] = &[
    "==", "!=", "===", "!==", "<=", ">=", "<", ">", "&&", "||", "??", "+", "-", "*", "/", "%", "**", "//", "|", "&",
    "^", "<<", ">>", "|>", "=~", "!~", "<=>", "..",
];

/// Words that end the arguments of a call without parentheses.
const STOP_WORDS: &[&str] =
    &["if", "unless", "for", "foreach", "while", "until", "or", "and", "do", "then", "rescue", "end", "else", "x"];

/// Functions of Perl that work on the topic without arguments.
const NULLARY: &[&str] = &["unlink", "rmdir", "eval", "shift"];

/// Methods that call their argument with each element.
const EACH: &[&str] = &[
    "forEach",
    "map",
    "filter",
    "each",
    "flatMap",
    "for_each",
    "some",
    "every",
    "select",
    "reject",
    "each_with_index",
];

impl Walker<'_> {
    /// Reads one expression. Always stops at `end` at the latest; may consume nothing.
    pub(super) fn expr(&mut self, s: &mut Stream<'_>, end: usize) -> Val {
        let mut left = self.operand(s, end);
        while s.at < end {
            let Some(token) = s.token() else { break };
            left = match &token.kind {
                Kind::Op("?") => self.choice(s, end),
                Kind::Op(op) if INFIX_OPS.contains(op) || self.lang.concat.contains(op) => {
                    if self.ends_argument(s, op) {
                        break;
                    }
                    s.at += 1;
                    self.skip_lines(s, end);
                    let right = self.operand(s, end);
                    self.combine(op, &left, &right)
                }
                Kind::Word(word) if INFIX_WORDS.contains(&word.as_str()) => {
                    s.at += 1;
                    let right = self.operand(s, end);
                    match word.as_str() {
                        "or" => Val::one_of(vec![left, right]),
                        "and" => right,
                        _ => Val::Unknown,
                    }
                }
                Kind::Word(word) if word == "if" && self.lang.style.python => match self.python_choice(s, end) {
                    Some(other) => Val::one_of(vec![left, other]),
                    None => break,
                },
                _ => break,
            };
        }
        left
    }

    /// `*` in front of a glob in a call without parentheses and `<` of a here-document do not stand between values.
    fn ends_argument(&self, s: &Stream<'_>, op: &str) -> bool {
        matches!(op, "<" | ">" | "<<") && s.ahead(1).is_none()
    }

    fn skip_lines(&self, s: &mut Stream<'_>, end: usize) {
        while s.at < end && s.token().is_some_and(|token| token.kind == Kind::Newline) {
            s.at += 1;
        }
    }

    /// `? a : b`.
    fn choice(&mut self, s: &mut Stream<'_>, end: usize) -> Val {
        s.at += 1;
        let yes = self.operand_chain(s, end);
        if s.is(":") {
            s.at += 1;
            let no = self.operand_chain(s, end);
            return Val::one_of(vec![yes, no]);
        }
        yes
    }

    fn operand_chain(&mut self, s: &mut Stream<'_>, end: usize) -> Val {
        if self.too_deep() {
            s.at += 1;
            return Val::Unknown;
        }
        self.depth += 1;
        let val = self.expr(s, end);
        self.depth -= 1;
        val
    }

    /// `if c else b`; nothing is consumed where no `else` follows.
    fn python_choice(&mut self, s: &mut Stream<'_>, end: usize) -> Option<Val> {
        let start = s.at;
        s.at += 1;
        self.operand_chain(s, end);
        if s.word() == Some("else") {
            s.at += 1;
            return Some(self.operand_chain(s, end));
        }
        if s.at <= start {
            s.at = start;
        }
        None
    }

    fn combine(&mut self, op: &str, left: &Val, right: &Val) -> Val {
        if self.lang.concat.contains(&op) {
            return concat(left, right);
        }
        match (op, left, right) {
            ("/", Val::Path(_), _) | ("/", _, Val::Path(_)) => match join_all(&[left.clone(), right.clone()]) {
                Val::Text(value) => Val::Path(value),
                Val::OneOf(list) => Val::OneOf(list.into_iter().map(|one| Val::Path(one.text())).collect()),
                other => other,
            },
            ("%", Val::Text(_), _) => {
                let args = match right {
                    Val::List(list) => list.clone(),
                    other => vec![other.clone()],
                };
                fold::format(left, &args)
            }
            ("*", Val::Text(text), Val::Num(times)) => match text.literal() {
                Some(text) if text.len() * usize::try_from(*times).unwrap_or(0) < 4096 => {
                    Val::lit(text.repeat(usize::try_from(*times).unwrap_or(0)))
                }
                _ => Val::Unknown,
            },
            ("||" | "??", ..) => Val::one_of(vec![left.clone(), right.clone()]),
            ("&&", ..) => right.clone(),
            ("-", Val::Num(a), Val::Num(b)) => a.checked_sub(*b).map_or(Val::Unknown, Val::Num),
            ("*", Val::Num(a), Val::Num(b)) => a.checked_mul(*b).map_or(Val::Unknown, Val::Num),
            ("^", Val::Num(a), Val::Num(b)) => Val::Num(a ^ b),
            _ => Val::Unknown,
        }
    }

    /// Reads one operand with its prefixes, members and calls.
    pub(super) fn operand(&mut self, s: &mut Stream<'_>, end: usize) -> Val {
        if s.at >= end {
            return Val::Unknown;
        }
        if self.too_deep() {
            s.at += 1;
            return Val::Unknown;
        }
        self.depth += 1;
        while s.at < end {
            let prefix = match s.token().map(|token| &token.kind) {
                Some(Kind::Op(op)) => PREFIX_OPS.contains(op),
                Some(Kind::Word(word)) => {
                    PREFIX_WORDS.contains(&word.as_str())
                        && !s.ahead(1).is_some_and(|next| next.is("(") || next.is(".") || next.is("=") || next.is(":"))
                }
                _ => false,
            };
            if !prefix {
                break;
            }
            s.at += 1;
        }
        let val = self.primary(s, end);
        let val = self.postfix(val, s, end);
        self.depth -= 1;
        val
    }

    fn primary(&mut self, s: &mut Stream<'_>, end: usize) -> Val {
        if s.at >= end {
            return Val::Unknown;
        }
        if let Some(val) = self.odd_primary(s, end) {
            return val;
        }
        let Some(token) = s.token() else { return Val::Unknown };
        match &token.kind {
            Kind::Number(number) => {
                s.at += 1;
                number_of(number)
            }
            Kind::Text(pieces) | Kind::Template(pieces) => {
                s.at += 1;
                let mut val = self.pieces(pieces);
                while self.lang.style.adjacent
                    && s.at < end
                    && let Some(Kind::Text(more)) = s.token().map(|next| &next.kind)
                {
                    s.at += 1;
                    val = concat(&val, &self.pieces(more));
                }
                val
            }
            Kind::Command(pieces) => {
                s.at += 1;
                let text = self.pieces(pieces);
                self.shell_arg(Some(&text), "`…`", &Args::default());
                Val::Unknown
            }
            Kind::Words(words) => {
                s.at += 1;
                Val::List(words.iter().map(|word| Val::Text(Val::marked(word))).collect())
            }
            Kind::Regex => {
                s.at += 1;
                Val::Unknown
            }
            Kind::Word(word) => self.named(word, s, end),
            Kind::Op("(") => self.group(s, end),
            Kind::Op("[") => self.list(s),
            Kind::Op("{") => self.map(s),
            Kind::Op(":") if self.lang.style.implicit => self.symbol(s),
            Kind::Op(_) | Kind::Newline => Val::Unknown,
        }
    }

    /// `:name` of Ruby and Elixir.
    fn symbol(&self, s: &mut Stream<'_>) -> Val {
        match s.ahead(1) {
            Some(next) if !next.spaced => match &next.kind {
                Kind::Word(word) => {
                    s.at += 2;
                    // `:os.cmd(…)` names a module.
                    if s.is(".") { Val::Name(word.clone()) } else { Val::lit(word.as_str()) }
                }
                _ => Val::Unknown,
            },
            _ => Val::Unknown,
        }
    }

    fn named(&mut self, word: &str, s: &mut Stream<'_>, end: usize) -> Val {
        s.at += 1;
        if word.contains(MARK) {
            if s.is("(") || s.is(".") {
                self.opaque("text inserted at run time");
            }
            return Val::Unknown;
        }
        if self.lang.style.arrows && s.is("=>") {
            return self.arrow(&[word.to_owned()], s, end);
        }
        if s.is(":=") && self.lang.style.python {
            s.at += 1;
            let val = self.operand_chain(s, end);
            self.set(word, val.clone());
            return val;
        }
        self.resolve(word)
    }

    /// `=>` and the body behind it; parameters without a value so far are unknown.
    fn arrow(&mut self, params: &[String], s: &mut Stream<'_>, end: usize) -> Val {
        s.at += 1;
        let bound = self.bind_params(params);
        let body = self.operand_chain(s, end);
        self.unbind(bound);
        match body {
            Val::Map(_) => Val::Unknown,
            other => other,
        }
    }

    /// `( … )`: a value, a tuple, or the parameters of an arrow function.
    fn group(&mut self, s: &mut Stream<'_>, end: usize) -> Val {
        let (open, close) = (s.at, s.mate().min(end));
        if self.lang.style.arrows && s.tokens.get(close + 1).is_some_and(|next| next.is("=>")) {
            let params = param_names(s.tokens.get(open + 1..close).unwrap_or_default());
            s.at = close + 1;
            return self.arrow(&params, s, end);
        }
        let (mut list, commas) = self.items(s, open, close);
        s.at = (close + 1).min(s.tokens.len());
        if list.len() == 1 && !commas { list.swap_remove(0) } else { Val::List(list) }
    }

    fn list(&mut self, s: &mut Stream<'_>) -> Val {
        let (open, close) = (s.at, s.mate());
        let (list, _) = self.items(s, open, close);
        s.at = (close + 1).min(s.tokens.len());
        Val::List(list)
    }

    /// The values between two brackets, and whether there was a comma.
    fn items(&mut self, s: &mut Stream<'_>, open: usize, close: usize) -> (Vec<Val>, bool) {
        let each = s.tokens.get(open).map_or(0, |token| token.each);
        if self.lang.style.python && each > open && each < close {
            let val = self.comprehension(s, open, each, close);
            return (val, true);
        }
        let args = self.arguments(s, open, close);
        let commas = args.commas;
        let mut list = args.args.pos;
        if !args.args.named.is_empty() {
            if list.is_empty() && commas == 0 {
                return (vec![Val::Map(args.args.named)], false);
            }
            list.push(Val::Map(args.args.named));
        }
        (list, commas > 0)
    }

    /// `[f(x) for x in y if c]`: the loop is read first, then what it does.
    fn comprehension(&mut self, s: &mut Stream<'_>, open: usize, each: usize, close: usize) -> Vec<Val> {
        s.at = each;
        while s.at < close {
            let before = s.at;
            if s.word() == Some("for") {
                let filtered = s.tokens.get(s.at..close).unwrap_or_default().iter().any(|t| t.word() == Some("if"));
                self.loop_head(s, close, filtered);
            } else {
                self.operand_chain(s, close);
            }
            if s.at == before {
                s.at += 1;
            }
        }
        s.at = open + 1;
        let mut val = self.operand_chain(s, each);
        while s.at < each {
            let before = s.at;
            let next = self.operand_chain(s, each);
            if next.holds_env() {
                val = next;
            }
            if s.at == before {
                s.at += 1;
            }
        }
        s.at = close;
        match val {
            Val::OneOf(list) => list,
            other => vec![other],
        }
    }

    /// `{ … }`: an object literal, a dictionary or a block.
    fn map(&mut self, s: &mut Stream<'_>) -> Val {
        let (open, close) = (s.at, s.mate());
        let each = s.tokens.get(open).map_or(0, |token| token.each);
        let key_value = s.tokens.get(open + 2).is_some_and(|token| token.is(":") || token.is(","));
        if self.lang.style.python && each > open && key_value {
            let list = self.comprehension(s, open, each, close);
            s.at = (close + 1).min(s.tokens.len());
            return Val::List(list);
        }
        let mut fields = Vec::new();
        s.at = open + 1;
        while s.at < close {
            let before = s.at;
            match (self.key(s), s.ahead(1)) {
                (Some(key), Some(sign)) if (sign.is(":") || sign.is("=>")) && !s.ahead(2).is_some_and(is_line) => {
                    s.at += 2;
                    let val = self.operand_chain(s, close);
                    fields.push((key, val));
                }
                _ if s.is("...") || s.is("**") => {
                    s.at += 1;
                    let val = self.operand_chain(s, close);
                    // A copy of the environment with more in it is made for a child; it is not read.
                    if let Val::Map(inner) = val {
                        fields.extend(inner);
                    }
                }
                _ => self.statement(s, close),
            }
            if s.at == before {
                s.at += 1;
            }
        }
        s.at = (close + 1).min(s.tokens.len());
        Val::Map(fields)
    }

    fn key(&self, s: &Stream<'_>) -> Option<String> {
        match s.token().map(|token| &token.kind) {
            Some(Kind::Word(word)) => Some(word.clone()),
            Some(Kind::Text(pieces)) => match pieces.as_slice() {
                [super::lex::Piece::Lit(text)] => Some(text.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Members, calls and indices behind a value.
    fn postfix(&mut self, first: Val, s: &mut Stream<'_>, end: usize) -> Val {
        let mut val = first;
        while s.at < end {
            let Some(token) = s.token() else { break };
            let next = match &token.kind {
                Kind::Op(op) if self.lang.member.contains(op) => self.member(&val, s, end),
                Kind::Op("(") => {
                    let args = self.call_args(s, None);
                    Some(self.call_value(&val, &args))
                }
                Kind::Op("[") if !(token.spaced && self.lang.style.bare) => Some(self.index(&val, s)),
                Kind::Op("{") if self.lang.style.sigils && !token.spaced && matches!(val, Val::Name(_)) => {
                    Some(self.index(&val, s))
                }
                Kind::Op("{") if self.lang.style.implicit => self.ruby_block(&val, s, "{"),
                Kind::Word(word) if word == "do" && self.lang.style.implicit => self.ruby_block(&val, s, "do"),
                Kind::Op("++" | "--") => {
                    s.at += 1;
                    Some(Val::Unknown)
                }
                Kind::Template(pieces) if self.lang.style.arrows => {
                    s.at += 1;
                    let text = self.pieces(pieces);
                    let args = Args { pos: vec![text], named: Vec::new() };
                    Some(self.call_value(&val, &args))
                }
                _ => self.bare_call(&val, s, end),
            };
            match next {
                Some(next) => val = next,
                None => break,
            }
        }
        // Where the part that is read ends, a function without arguments has not been called yet.
        if s.at >= end && matches!(val, Val::Name(_)) {
            return self.bare_call(&val, s, end).unwrap_or(val);
        }
        val
    }

    /// `.name` and the call behind it.
    fn member(&mut self, recv: &Val, s: &mut Stream<'_>, end: usize) -> Option<Val> {
        let next = s.ahead(1)?;
        if s.at + 1 >= end {
            return None;
        }
        let name = match &next.kind {
            Kind::Word(word) => word.clone(),
            Kind::Op("(" | "[" | "{") => {
                // `?.(`, `->[`, `.(`: the bracket is what counts.
                s.at += 1;
                return Some(if next.is("(") {
                    let args = self.call_args(s, None);
                    self.call_value(recv, &args)
                } else {
                    self.index(recv, s)
                });
            }
            _ => return None,
        };
        s.at += 2;
        if name.contains(MARK) {
            self.opaque("text inserted at run time");
            return Some(Val::Unknown);
        }
        if s.is("(") {
            let args = self.call_args(s, Some((recv, &name)));
            return Some(self.call_method(recv, &name, &args));
        }
        if self.lang.style.implicit && !s.is("=") {
            return Some(self.implicit_call(recv, &name, s, end));
        }
        if *recv == Val::Env && s.is("=") {
            return Some(Val::Unknown);
        }
        Some(self.attribute(recv, &name))
    }

    /// A method without parentheses.
    fn implicit_call(&mut self, recv: &Val, name: &str, s: &mut Stream<'_>, end: usize) -> Val {
        let full = match recv {
            Val::Name(own) => format!("{own}.{name}"),
            _ => String::new(),
        };
        let known = self.act(&full).is_some() || self.lang.methods.iter().any(|(own, _)| *own == name);
        if self.starts_argument(s) && (known || !full.is_empty()) && s.token().is_some_and(|token| token.spaced) {
            let args = self.bare_args(s, end);
            return self.call_method(recv, name, &args);
        }
        if known || !matches!(recv, Val::Name(_)) {
            return self.call_method(recv, name, &Args::default());
        }
        let all = Args { pos: vec![recv.clone()], named: Vec::new() };
        match (self.lang.on_value)(self, name, &all) {
            Some(val) => val,
            None => self.attribute(recv, name),
        }
    }

    pub(super) fn attribute(&mut self, recv: &Val, name: &str) -> Val {
        match recv {
            Val::Name(own) => self.resolve(&format!("{own}.{name}")),
            Val::Remote => Val::Remote,
            Val::Object(kind, detail) => Val::Object(kind, detail.clone()),
            Val::Map(_) => recv.field(name).cloned().unwrap_or(Val::Unknown),
            Val::Path(_) => match name {
                "parent" => fold::apply(fold::Fold::Parent, std::slice::from_ref(recv)),
                "name" => Val::Text(fold::apply(fold::Fold::Base, std::slice::from_ref(recv)).text()),
                _ => Val::Unknown,
            },
            Val::Text(_) if matches!(name, "path" | "to_s" | "fullName" | "FullName") => recv.clone(),
            Val::Env => (self.lang.on_value)(self, "[]", &Args { pos: vec![Val::Env, Val::lit(name)], named: vec![] })
                .unwrap_or(Val::Unknown),
            _ => Val::Unknown,
        }
    }

    /// `x[i]`, `x{k}`.
    fn index(&mut self, recv: &Val, s: &mut Stream<'_>) -> Val {
        let (open, close) = (s.at, s.mate());
        let brace = s.is("{");
        let word = s.tokens.get(open + 1).and_then(Token::word);
        let slice =
            s.tokens.get(open + 1..close).unwrap_or_default().iter().any(|token| token.is(":") || token.is("::"));
        let backwards =
            slice && s.tokens.get(close.saturating_sub(2)..close).is_some_and(|last| last.iter().any(|t| t.is("-")));
        let args = self.arguments(s, open, close).args;
        s.at = (close + 1).min(s.tokens.len());
        let key = match (brace, word, close - open) {
            (true, Some(word), 2) if !word.starts_with('$') => Val::lit(word),
            _ => args.get(0).cloned().unwrap_or(Val::Unknown),
        };
        if s.is("=") && *recv == Val::Env {
            return Val::Unknown;
        }
        if slice {
            return sliced(recv, backwards, args.get(0));
        }
        if matches!(recv, Val::Name(_) | Val::Object(..)) {
            let all = Args { pos: vec![recv.clone(), key.clone()], named: Vec::new() };
            if let Some(val) = (self.lang.on_value)(self, "[]", &all) {
                return val;
            }
        }
        match (recv, &key) {
            (Val::List(list), Val::Num(index)) => {
                usize::try_from(*index).ok().and_then(|index| list.get(index)).cloned().unwrap_or(Val::Unknown)
            }
            (Val::Map(_), key) => key.literal().and_then(|key| recv.field(key)).cloned().unwrap_or(Val::Unknown),
            (Val::Name(name), Val::Num(index)) => self.resolve(&format!("{name}[{index}]")),
            (Val::Name(name), key) => match key.literal() {
                Some(key) if self.lang.style.sigils => self.resolve(&format!("{name}{{{key}}}")),
                Some(key) => {
                    let name = name.trim_end_matches(".__dict__").to_owned();
                    self.attribute(&Val::Name(name), key)
                }
                None => Val::Unknown,
            },
            (Val::Remote | Val::Object(..), _) => recv.clone(),
            _ => {
                let all = Args { pos: vec![recv.clone(), key], named: Vec::new() };
                (self.lang.on_value)(self, "[]", &all).unwrap_or(Val::Unknown)
            }
        }
    }

    /// `{ |x| … }` or `do |x| … end` behind a call: the parameter is an element of what it is called on.
    fn ruby_block(&mut self, recv: &Val, s: &mut Stream<'_>, open: &str) -> Option<Val> {
        if !s.ahead(1).is_some_and(|next| next.is("|")) {
            return None;
        }
        let param = s.ahead(2).and_then(Token::word)?;
        self.set(param, recv.element());
        let close = if open == "{" { s.mate() } else { s.at };
        let mut at = s.at + 3;
        while s.tokens.get(at).is_some_and(|token| !token.is("|")) && at < s.at + 16 {
            at += 1;
        }
        s.at = at + 1;
        if open == "{" {
            self.block(s, close);
            s.at = (close + 1).min(s.tokens.len());
        }
        Some(recv.clone())
    }

    /// A call without parentheses, where the function is one that we know.
    fn bare_call(&mut self, callee: &Val, s: &mut Stream<'_>, end: usize) -> Option<Val> {
        let Val::Name(name) = callee else { return None };
        if self.lang.style.sigils && NULLARY.contains(&name.as_str()) && ends_statement(s, end) {
            return Some(self.call_name(&name.clone(), &Args::default()));
        }
        if !self.lang.style.bare || !self.starts_argument(s) || !s.token().is_some_and(|token| token.spaced) {
            return None;
        }
        let known = self.act(name).is_some() || self.functions.contains_key(name);
        if !known {
            return None;
        }
        let args = self.bare_args(s, end);
        Some(self.call_name(&name.clone(), &args))
    }

    pub(super) fn starts_argument(&self, s: &Stream<'_>) -> bool {
        match s.token().map(|token| &token.kind) {
            Some(Kind::Word(word)) => !STOP_WORDS.contains(&word.as_str()) && !INFIX_WORDS.contains(&word.as_str()),
            Some(Kind::Newline) | None => false,
            Some(Kind::Op(op)) => match *op {
                "[" | "\\" | "@" | "$" => true,
                "<" | ":" | "-" | "*" | "&" | "+" => s.ahead(1).is_some_and(|next| !next.spaced),
                _ => false,
            },
            Some(_) => true,
        }
    }

    /// Arguments up to the end of the statement.
    pub(super) fn bare_args(&mut self, s: &mut Stream<'_>, end: usize) -> Args {
        let stop = bare_end(s, end);
        let start = s.at;
        let args = self.arguments_between(s, start, stop).args;
        s.at = stop;
        args
    }

    /// The arguments in parentheses; callbacks get an element of the receiver.
    fn call_args(&mut self, s: &mut Stream<'_>, recv: Option<(&Val, &str)>) -> Args {
        let (open, close) = (s.at, s.mate());
        if let Some((recv, name)) = recv
            && let Some(param) = callback_param(s, open)
        {
            if recv.has_elements() && EACH.contains(&name) {
                self.preset = Some((param, recv.element()));
            } else if name == "then" {
                self.preset = Some((param, recv.clone()));
            }
        }
        let each = s.tokens.get(open).map_or(0, |token| token.each);
        if self.lang.style.python && each > open && each < close {
            let list = self.comprehension(s, open, each, close);
            s.at = (close + 1).min(s.tokens.len());
            return Args { pos: vec![Val::List(list)], named: Vec::new() };
        }
        let args = self.arguments(s, open, close).args;
        s.at = (close + 1).min(s.tokens.len());
        args
    }

    fn arguments(&mut self, s: &mut Stream<'_>, open: usize, close: usize) -> Counted {
        self.arguments_between(s, open + 1, close)
    }

    fn arguments_between(&mut self, s: &mut Stream<'_>, start: usize, close: usize) -> Counted {
        let mut out = Counted::default();
        s.at = start;
        let mut fresh = true;
        while s.at < close {
            let before = s.at;
            let Some(token) = s.token() else { break };
            if token.is(",") || token.kind == Kind::Newline || token.is(";") {
                out.commas += usize::from(!is_line(token));
                fresh = true;
                s.at += 1;
                continue;
            }
            if let Some(name) = self.argument_name(s) {
                s.at += 2;
                let val = self.operand_chain(s, close);
                out.args.named.push((name, val));
                fresh = false;
                continue;
            }
            if fresh && (s.is("**") || s.is("...") || s.is("*")) {
                s.at += 1;
                self.splat(s, close, &mut out.args);
            } else {
                let val = if self.plain_assign(s) { self.inner_assign(s, close) } else { self.operand_chain(s, close) };
                if s.is("=>") && !self.lang.style.arrows {
                    s.at += 1;
                    let right = self.operand_chain(s, close);
                    let key = val.literal().map(str::to_owned).or(match val {
                        Val::Name(name) => Some(name),
                        _ => None,
                    });
                    out.args.named.push((key.unwrap_or_default(), right));
                } else if fresh || s.at == before {
                    out.args.pos.push(val);
                }
            }
            fresh = false;
            if s.at == before {
                s.at += 1;
            }
        }
        s.at = s.at.max(close.min(s.tokens.len()));
        out
    }

    fn splat(&mut self, s: &mut Stream<'_>, close: usize, args: &mut Args) {
        match self.operand_chain(s, close) {
            Val::List(list) => args.pos.extend(list.into_iter().take(1024)),
            Val::Map(fields) => args.named.extend(fields),
            other => args.pos.push(other),
        }
    }

    fn argument_name(&self, s: &Stream<'_>) -> Option<String> {
        let name = s.word()?;
        let sign = s.ahead(1)?;
        let named = (sign.is("=") && self.lang.style.named_equal)
            || (sign.is(":") && self.lang.style.named_colon && !sign.spaced);
        named.then(|| name.to_owned())
    }

    fn plain_assign(&self, s: &Stream<'_>) -> bool {
        !self.lang.style.named_equal && s.word().is_some() && s.ahead(1).is_some_and(|next| next.is("="))
    }

    fn inner_assign(&mut self, s: &mut Stream<'_>, close: usize) -> Val {
        let name = s.word().unwrap_or_default().to_owned();
        s.at += 2;
        let val = self.operand_chain(s, close);
        self.set(&name, val.clone());
        val
    }
}

/// Arguments, and how many commas stand between them.
#[derive(Default)]
struct Counted {
    args: Args,
    commas: usize,
}

/// Says whether the statement, or the part of it that is read, ends here.
fn ends_statement(s: &Stream<'_>, end: usize) -> bool {
    s.at >= end
        || s.token().is_none_or(|token| match &token.kind {
            Kind::Newline | Kind::Op(";" | "}" | ")" | "," | "||" | "//") => true,
            Kind::Word(word) => STOP_WORDS.contains(&word.as_str()),
            _ => false,
        })
}

fn is_line(token: &Token) -> bool {
    token.kind == Kind::Newline
}

/// Where the arguments of a call without parentheses end.
fn bare_end(s: &Stream<'_>, end: usize) -> usize {
    let mut at = s.at;
    while at < end {
        let Some(token) = s.tokens.get(at) else { break };
        match &token.kind {
            Kind::Newline if s.tokens.get(at.saturating_sub(1)).is_some_and(|last| last.is(",")) => {}
            Kind::Newline | Kind::Op(";" | ")" | "]" | "}" | "&&" | "||") => break,
            Kind::Word(word) if STOP_WORDS.contains(&word.as_str()) && at > s.at => break,
            Kind::Op("(" | "[" | "{") => at = token.mate.max(at),
            _ => {}
        }
        at += 1;
    }
    at.min(end)
}

fn number_of(text: &str) -> Val {
    let clean = text.replace('_', "");
    let parsed = match clean.get(..2) {
        Some("0x" | "0X") => i64::from_str_radix(clean.get(2..).unwrap_or_default(), 16),
        Some("0o" | "0O") => i64::from_str_radix(clean.get(2..).unwrap_or_default(), 8),
        Some("0b" | "0B") => i64::from_str_radix(clean.get(2..).unwrap_or_default(), 2),
        _ => clean.parse(),
    };
    parsed.map_or(Val::Unknown, Val::Num)
}

fn sliced(recv: &Val, backwards: bool, from: Option<&Val>) -> Val {
    if backwards && from.is_none_or(|val| *val == Val::Unknown || matches!(val, Val::Num(1))) {
        return fold::apply(fold::Fold::Reverse, std::slice::from_ref(recv));
    }
    match (recv, from) {
        (Val::List(list), Some(Val::Num(from))) => {
            let from = usize::try_from(*from).unwrap_or(0);
            Val::List(list.get(from..).unwrap_or_default().to_vec())
        }
        (Val::List(_) | Val::OneOf(_) | Val::Remote | Val::Content(_), _) => recv.clone(),
        _ => Val::Text(val::unknown()),
    }
}

/// The first parameter of a function that is the first argument.
fn callback_param(s: &Stream<'_>, open: usize) -> Option<String> {
    let mut at = open + 1;
    if s.tokens.get(at).and_then(Token::word) == Some("async") {
        at += 1;
    }
    let function = s.tokens.get(at).and_then(Token::word) == Some("function");
    if function {
        at += 1;
    }
    let token = s.tokens.get(at)?;
    if token.is("(") {
        let word = s.tokens.get(at + 1).and_then(Token::word)?;
        let arrow = s.tokens.get(token.mate + 1).is_some_and(|next| next.is("=>"));
        return (arrow || function).then(|| word.to_owned());
    }
    let arrow = s.tokens.get(at + 1).is_some_and(|next| next.is("=>"));
    token.word().filter(|_| arrow).map(str::to_owned)
}

/// The names among the tokens of a parameter list; defaults and types are skipped.
pub(super) fn param_names(tokens: &[Token]) -> Vec<String> {
    let mut names = Vec::new();
    let mut fresh = true;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match &token.kind {
            Kind::Word(word) if fresh => {
                // `string $x`: the name is the one with the sigil.
                let typed = tokens.get(at + 1).and_then(Token::word).filter(|next| next.starts_with('$'));
                names.push(typed.unwrap_or(word).to_owned());
                fresh = false;
            }
            Kind::Op(",") => fresh = true,
            _ => {}
        }
        at += 1;
    }
    names.truncate(32);
    names
}
