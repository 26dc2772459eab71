//! What stands behind a value: members, calls, indices, blocks; and the arguments of calls.

use super::act::Args;
use super::expr::INFIX_WORDS;
use super::fold;
use super::lex::{Kind, Token};
use super::val::{self, MARK, Val};
use super::walk::{Stream, Walker};

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
    /// Members, calls and indices behind a value.
    pub(super) fn postfix(&mut self, first: Val, s: &mut Stream<'_>, end: usize) -> Val {
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
                    // Bun's and zx's shell; as a plain function, `$` is jQuery's.
                    if matches!(&val, Val::Name(name) if name == "$" || name.starts_with("$.")) {
                        Some(self.shell_arg(Some(&text), "$`…`", &Args::default()))
                    } else {
                        Some(self.call_value(&val, &Args { pos: vec![text], named: Vec::new() }))
                    }
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
        if Self::starts_argument(s) && (known || !full.is_empty()) && s.token().is_some_and(|token| token.spaced) {
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
            _ if matches!(name, "__base__" | "__bases__" | "__mro__") => Val::Name("object".to_owned()),
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
        // `$h{unlink}` is a key, not a call.
        let plain = word.filter(|word| brace && close - open == 2 && !word.starts_with('$'));
        let args = match plain {
            Some(key) => Args { pos: vec![Val::lit(key)], named: Vec::new() },
            None => self.arguments(s, open, close).args,
        };
        s.at = (close + 1).min(s.tokens.len());
        let key = args.get(0).cloned().unwrap_or(Val::Unknown);
        if s.is("=") && *recv == Val::Env {
            return Val::Unknown;
        }
        if slice {
            return sliced(recv, backwards, args.get(0));
        }
        if *recv == Val::Env && matches!(key, Val::Object("variable", _)) {
            return Val::Env;
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
        if !self.lang.style.bare || !Self::starts_argument(s) || !s.token().is_some_and(|token| token.spaced) {
            return None;
        }
        let known = self.act(name).is_some() || self.functions.contains_key(name);
        if !known {
            return None;
        }
        let args = self.bare_args(s, end);
        Some(self.call_name(&name.clone(), &args))
    }

    fn starts_argument(s: &Stream<'_>) -> bool {
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

    pub(super) fn arguments(&mut self, s: &mut Stream<'_>, open: usize, close: usize) -> Counted {
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
pub(super) struct Counted {
    pub(super) args: Args,
    pub(super) commas: usize,
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

pub(super) fn is_line(token: &Token) -> bool {
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
