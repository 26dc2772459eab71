//! Walks over a language's tokens once, working out what is known of expressions and what calls do.
//!
//! Loose on purpose: it knows neither precedence nor types, and takes every token that it does not understand for the
//! end of an expression. Each token is looked at a bounded number of times.

use std::collections::HashMap;

use super::act::{Act, Args};
use super::lex::{Grammar, Piece, Token, tokens};
use super::val::{MARK, Val, concat};
use super::{CodeFact, Lang, Look};
use crate::syntax::{Arg, Value};

/// How deep expressions, blocks and code in code may nest.
const DEEPEST: usize = 60;

/// How many bytes of variables' values may be copied.
const BUDGET: usize = 8 << 20;

/// How deep code may stand in code.
const NESTS: usize = 4;

/// A language's own rule for a call or a name.
pub(super) type Special = fn(&mut Walker<'_>, &str, &Args) -> Option<Val>;

/// What the walker must know of a language.
pub(super) struct Language {
    /// Which one.
    pub(super) lang: Lang,
    /// How it is cut into tokens.
    pub(super) grammar: &'static Grammar,
    /// The interpreter's name.
    pub(super) program: Option<&'static str>,
    /// Functions by their full dotted name.
    pub(super) calls: &'static [(&'static str, Act)],
    /// Methods by their name alone, on any receiver.
    pub(super) methods: &'static [(&'static str, Act)],
    /// Functions that need more than a table.
    pub(super) special: Special,
    /// Methods of known values; the receiver is the first argument.
    pub(super) on_value: Special,
    /// Names whose value is known.
    pub(super) attribute: fn(&mut Walker<'_>, &str) -> Option<Val>,
    /// Parts of names that mean nothing, or another name: `("builtins.", "")`.
    pub(super) rename: &'static [(&'static str, &'static str)],
    /// Operators that put texts together.
    pub(super) concat: &'static [&'static str],
    /// Operators before a member's name.
    pub(super) member: &'static [&'static str],
    /// What else is particular.
    pub(super) style: Style,
}

/// Particularities of a language.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is one fact about a language")]
pub(super) struct Style {
    /// Known functions are called without parentheses.
    pub(super) bare: bool,
    /// Strings next to each other are one.
    pub(super) adjacent: bool,
    /// `name=value` among arguments.
    pub(super) named_equal: bool,
    /// `name: value` among arguments.
    pub(super) named_colon: bool,
    /// `x[i]` and `x{k}` belong to the variable with another sigil.
    pub(super) sigils: bool,
    /// A method is called without parentheses even when it has no arguments.
    pub(super) implicit: bool,
    /// A text can be called as the function of that name.
    pub(super) text_calls: bool,
    /// `x if c else y`, annotations, `import x as y`.
    pub(super) python: bool,
    /// `=>` makes a function, `import {x} from 'y'`.
    pub(super) arrows: bool,
}

/// What was seen of a connection being joined with a shell.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is one thing seen")]
pub(super) struct Flow {
    pub(super) connected: bool,
    pub(super) listens: bool,
    pub(super) dup: bool,
    pub(super) shell: bool,
    /// A command came from the network.
    pub(super) remote: bool,
}

/// A function of the code itself, and what it is called with.
#[derive(Clone, Debug, Default)]
pub(super) struct Function {
    pub(super) params: Vec<String>,
    pub(super) seen: Vec<Vec<Val>>,
}

/// The state of a walk.
pub(super) struct Walker<'a> {
    pub(super) lang: &'static Language,
    pub(super) args: &'a [Arg],
    /// The script's own path.
    pub(super) script: Option<Value>,
    pub(super) vars: HashMap<String, Val>,
    pub(super) functions: HashMap<String, Function>,
    /// The class whose methods are being defined.
    pub(super) class: Option<String>,
    pub(super) stars: Vec<String>,
    pub(super) look: Look,
    pub(super) flow: Flow,
    pub(super) cwd: Option<Value>,
    /// The parameter of the next function to come, and its value.
    pub(super) preset: Option<(String, Val)>,
    pub(super) depth: usize,
    pub(super) nest: usize,
    budget: usize,
}

/// A place among tokens.
pub(super) struct Stream<'t> {
    pub(super) tokens: &'t [Token],
    pub(super) at: usize,
}

impl<'t> Stream<'t> {
    pub(super) fn token(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn ahead(&self, count: usize) -> Option<&'t Token> {
        self.tokens.get(self.at + count)
    }

    pub(super) fn is(&self, op: &str) -> bool {
        self.token().is_some_and(|token| token.is(op))
    }

    pub(super) fn word(&self) -> Option<&'t str> {
        self.token().and_then(Token::word)
    }

    pub(super) fn mate(&self) -> usize {
        self.token().map_or(self.at, |token| token.mate.max(self.at))
    }
}

/// Walks over code and says what was found.
pub(super) fn walk(lang: &'static Language, code: &str, args: &[Arg], script: Option<&Value>) -> Look {
    let tokens = tokens(lang.grammar, code);
    let mut walker = Walker::new(lang, args, script);
    walker.block(&mut Stream { tokens: &tokens, at: 0 }, tokens.len());
    // Functions whose calls came after their bodies: once more, now that their arguments are known.
    if walker.functions.values().any(|function| function.seen.iter().any(|seen| !seen.is_empty())) {
        let functions = std::mem::take(&mut walker.functions);
        walker = Walker::new(lang, args, script);
        walker.functions = functions;
        walker.block(&mut Stream { tokens: &tokens, at: 0 }, tokens.len());
    }
    walker.finish()
}

impl<'a> Walker<'a> {
    fn new(lang: &'static Language, args: &'a [Arg], script: Option<&Value>) -> Self {
        Self {
            lang,
            args,
            script: script.cloned(),
            vars: HashMap::new(),
            functions: HashMap::new(),
            class: None,
            stars: Vec::new(),
            look: Look::default(),
            flow: Flow::default(),
            cwd: None,
            preset: None,
            depth: 0,
            nest: 0,
            budget: BUDGET,
        }
    }

    fn finish(mut self) -> Look {
        let flow = self.flow;
        let spoken = flow.shell || flow.dup || flow.remote;
        if flow.connected && spoken {
            self.fact(CodeFact::ReverseShell);
        } else if flow.listens && spoken {
            self.fact(CodeFact::Listen);
        }
        self.look
    }

    /// The value of a variable.
    pub(super) fn var(&mut self, name: &str) -> Option<Val> {
        let val = self.vars.get(name)?;
        let size = val.size();
        if size > self.budget {
            return Some(Val::Unknown);
        }
        self.budget -= size;
        Some(val.clone())
    }

    pub(super) fn set(&mut self, name: &str, val: Val) {
        self.vars.insert(name.to_owned(), val);
    }

    /// The script's own argument, counted from 0.
    pub(super) fn arg(&self, index: usize) -> Val {
        let positional = || Value::unknown(crate::syntax::Origin::Positional);
        Val::Text(self.args.get(index).map_or_else(positional, |arg| arg.value.clone()))
    }

    /// All arguments of the script, behind `skip` places for its own name.
    pub(super) fn arg_list(&self, skip: usize) -> Val {
        let name = Val::Text(self.script.clone().unwrap_or_else(super::val::unknown));
        let own = std::iter::repeat_n(name, skip);
        Val::List(own.chain(self.args.iter().map(|arg| Val::Text(arg.value.clone()))).collect())
    }

    /// What a function does, by its full name.
    pub(super) fn act(&self, name: &str) -> Option<Act> {
        self.lang.calls.iter().find(|(own, _)| *own == name).map(|(_, act)| *act)
    }

    fn normal(&self, name: &str) -> String {
        let mut name = name.to_owned();
        for _ in 0..4 {
            let found = self.lang.rename.iter().find(|(from, _)| name.starts_with(from));
            let Some((from, to)) = found else { break };
            name = format!("{to}{}", name.get(from.len()..).unwrap_or_default());
        }
        name
    }

    /// What a dotted name stands for.
    pub(super) fn resolve(&mut self, name: &str) -> Val {
        if let Some(val) = self.var(name) {
            return val;
        }
        let normal = self.normal(name);
        match (self.lang.attribute)(self, &normal) {
            Some(val) => val,
            None => Val::Name(normal),
        }
    }

    /// Runs known text as code of the same language.
    pub(super) fn nested(&mut self, code: &str) {
        if self.nest >= NESTS {
            self.opaque("code nested too deep");
            return;
        }
        self.nest += 1;
        let tokens = tokens(self.lang.grammar, code);
        self.block(&mut Stream { tokens: &tokens, at: 0 }, tokens.len());
        self.nest -= 1;
    }

    /// The value of an expression that stands in a string.
    fn inserted(&mut self, code: &str) -> Val {
        if self.depth >= DEEPEST {
            self.opaque("nesting");
            return Val::Unknown;
        }
        self.depth += 4;
        let tokens = tokens(self.lang.grammar, code);
        let mut stream = Stream { tokens: &tokens, at: 0 };
        let val = self.expr(&mut stream, tokens.len());
        self.block(&mut stream, tokens.len());
        self.depth -= 4;
        val
    }

    /// The text of a string's parts.
    pub(super) fn pieces(&mut self, pieces: &[Piece]) -> Val {
        let mut out = Val::lit("");
        for piece in pieces {
            let next = match piece {
                Piece::Lit(text) if text.contains(MARK) => Val::Text(Val::marked(text)),
                Piece::Lit(text) => Val::lit(text.as_str()),
                Piece::Code(code) => match self.inserted(code) {
                    val if val.holds_env() => return Val::Env,
                    list @ Val::List(_) => super::fold::apply(super::fold::Fold::Join, &[list, Val::lit(" ")]),
                    alternatives @ Val::OneOf(_) => alternatives,
                    other => Val::Text(other.text()),
                },
            };
            out = concat(&out, &next);
            if out == Val::Unknown {
                out = Val::Text(super::val::unknown());
            }
        }
        out
    }

    /// Says that the walk has gone too deep, and notes it.
    pub(super) fn too_deep(&mut self) -> bool {
        if self.depth < DEEPEST {
            return false;
        }
        self.opaque("nesting");
        true
    }

    /// Calls a function by its dotted name.
    pub(super) fn call_name(&mut self, raw: &str, args: &Args) -> Val {
        let name = self.normal(raw);
        if self.own_function(&name, args) {
            return Val::Unknown;
        }
        if let Some(val) = (self.lang.special)(self, &name, args) {
            return val;
        }
        if let Some(act) = self.act(&name) {
            return self.apply(act, &name, args);
        }
        if !name.contains('.') {
            for star in self.stars.clone() {
                let full = format!("{star}.{name}");
                if let Some(act) = self.act(&full) {
                    return self.apply(act, &full, args);
                }
            }
        }
        if let Some((recv, method)) = name.rsplit_once('.') {
            let recv = Val::Name(recv.to_owned());
            if let Some(val) = self.known_method(&recv, method, args) {
                return val;
            }
        }
        self.handed_over(None, args);
        Val::Unknown
    }

    /// Calls a method of a value.
    pub(super) fn call_method(&mut self, recv: &Val, method: &str, args: &Args) -> Val {
        if let Val::Name(name) = recv {
            return self.call_name(&format!("{name}.{method}"), args);
        }
        if let Some(val) = self.known_method(recv, method, args) {
            return val;
        }
        if let Some(val) = super::fold::method(recv, method, &args.pos) {
            self.handed_over(Some(recv), args);
            return val;
        }
        self.handed_over(Some(recv), args);
        match recv {
            Val::Remote => Val::Remote,
            Val::Object(kind, detail) => Val::Object(kind, detail.clone()),
            Val::Content(_) => recv.clone(),
            Val::Env if matches!(method, "items" | "entries") => {
                Val::OneOf(vec![Val::List(vec![Val::Object("variable", String::new()), Val::Env])])
            }
            Val::Env if matches!(method, "copy" | "to_h" | "to_a") => Val::Env,
            // What holds the environment still does as a text.
            Val::Map(_)
                if matches!(method, "encode" | "decode" | "toString" | "to_s" | "to_json" | "inspect" | "hex")
                    && recv.holds_env() =>
            {
                Val::Env
            }
            _ => Val::Unknown,
        }
    }

    fn known_method(&mut self, recv: &Val, method: &str, args: &Args) -> Option<Val> {
        let mut all = Args { pos: vec![recv.clone()], named: args.named.clone() };
        all.pos.extend(args.pos.iter().cloned());
        (self.lang.on_value)(self, method, &all).or_else(|| self.method_act(recv, method, args))
    }

    /// Calls what an expression yields.
    pub(super) fn call_value(&mut self, callee: &Val, args: &Args) -> Val {
        match callee {
            Val::Name(name) => self.call_name(&name.clone(), args),
            Val::OneOf(list) => {
                let all = list.iter().map(|one| self.call_value(one, args)).collect();
                Val::one_of(all)
            }
            Val::Text(text) if self.lang.style.text_calls => {
                if let Some(name) = text.literal() {
                    self.call_name(name, args)
                } else {
                    self.opaque("a function named at run time");
                    Val::Unknown
                }
            }
            Val::Remote => Val::Remote,
            _ => {
                self.handed_over(None, args);
                Val::Unknown
            }
        }
    }

    /// Notes what a function of the code itself is called with.
    fn own_function(&mut self, name: &str, args: &Args) -> bool {
        let bare = name.rsplit('.').next().unwrap_or(name);
        let method = name.starts_with("self.") || name.starts_with("this.") || name.starts_with("$this.");
        let Some(function) = self.functions.get_mut(bare) else { return false };
        let bound = function.params.first().is_some_and(|param| param == "self");
        let foreign = name.contains('.') && !method;
        if foreign && !bound {
            return false;
        }
        // `Class(…)` calls its constructor, which stands under the class's name.
        let skip = usize::from(bound);
        for (index, param) in function.params.iter().enumerate().skip(skip) {
            let named = args.named.iter().find(|(key, _)| key == param).map(|(_, val)| val);
            let val = args.pos.get(index - skip).or(named).cloned().unwrap_or(Val::Unknown);
            if let Some(seen) = function.seen.get_mut(index)
                && seen.len() < 32
                && !seen.contains(&val)
            {
                seen.push(val);
            }
        }
        // `x.run(…)` may be the code's own method as well as one of a library.
        !foreign
    }

    /// A known function among the arguments is called by whoever gets it.
    fn handed_over(&mut self, recv: Option<&Val>, args: &Args) {
        let named = args.option("args").cloned();
        for (index, arg) in args.pos.iter().enumerate() {
            if let Val::Name(name) = arg {
                let rest = args.pos.get(index + 1..).unwrap_or_default();
                let pos = match (recv, rest, &named) {
                    (Some(recv), _, _) if recv.has_elements() => vec![recv.element()],
                    (_, [only], _) if only.has_elements() => vec![only.element()],
                    (_, [], Some(Val::List(list))) => list.clone(),
                    (_, [], _) => continue,
                    (_, rest, _) => rest.to_vec(),
                };
                self.call_if_active(name, &Args { pos, named: Vec::new() });
            }
        }
        if let (Some(Val::Name(name)), Some(Val::List(list))) = (args.option("target").cloned(), named) {
            self.call_if_active(&name, &Args { pos: list, named: Vec::new() });
        }
    }
}
