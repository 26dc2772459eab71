//! Statements: assignments, imports, loops, definitions. What is none of these is read as an expression.

use super::lex::{Kind, Token};
use super::postfix::param_names;
use super::val::{MARK, Val};
use super::walk::{Function, Stream, Walker};

/// Words that define a function or class; the name behind them is not called.
const DEFINE: &[&str] = &[
    "def",
    "defp",
    "function",
    "sub",
    "fn",
    "func",
    "fun",
    "class",
    "module",
    "defmodule",
    "struct",
    "trait",
    "macro",
];

/// Words before a variable's first value.
const DECLARE: &[&str] = &["var", "let", "const", "my", "our", "local", "val", "auto", "global", "export", "static"];

/// Assignments; the ones that add to a value keep what was known in front.
const ASSIGN: &[&str] = &["=", ":=", "<-", "+=", ".=", "||=", "??=", "//=", "&&=", "-=", "*=", "<<"];

/// A variable's value before it was bound anew.
pub(super) type Bound = Vec<(String, Option<Val>)>;

impl Walker<'_> {
    /// Reads statements up to `end`.
    pub(super) fn block(&mut self, s: &mut Stream<'_>, end: usize) {
        while s.at < end {
            let before = s.at;
            self.statement(s, end);
            if s.at == before {
                s.at += 1;
            }
        }
    }

    /// Reads one statement, or a part of one; may consume nothing.
    pub(super) fn statement(&mut self, s: &mut Stream<'_>, end: usize) {
        let Some(token) = s.token() else { return };
        if self.too_deep() {
            return;
        }
        self.depth += 1;
        match &token.kind {
            Kind::Newline | Kind::Op(";" | ")" | "]" | "}" | ",") => s.at += 1,
            Kind::Word(word) if word.contains(MARK) && !s.ahead(1).is_some_and(|next| next.is("=")) => {
                self.opaque("text inserted at run time");
                s.at += 1;
            }
            Kind::Word(word) => self.word_statement(word, s, end),
            _ => self.expression(s, end),
        }
        self.depth -= 1;
    }

    fn word_statement(&mut self, word: &str, s: &mut Stream<'_>, end: usize) {
        let next = s.ahead(1);
        let called = next.is_some_and(|token| token.is("(") && !token.spaced);
        if self.lang.style.sigils
            && let Some(stop) = postfix_loop(s, end)
        {
            self.postfix_for(s, stop, end);
            return;
        }
        if matches!(word, "while" | "fork" | "loop") && forks(s) {
            self.opaque("processes without end");
        }
        match word {
            "import" | "from" | "use" if self.import(word, s, end) => {}
            "for" | "foreach" => self.loop_head(s, end, false),
            _ if DEFINE.contains(&word) && (!called || word == "function") && self.define(s) => {}
            _ if DECLARE.contains(&word) && next.is_some_and(|token| !token.is("(") || token.spaced) => {
                s.at += 1;
                if !self.destructure(s, end) && !self.assign(s, end) {
                    self.expression(s, end);
                }
            }
            _ => {
                if !self.destructure(s, end) && !self.assign(s, end) {
                    self.expression(s, end);
                }
            }
        }
    }

    fn expression(&mut self, s: &mut Stream<'_>, end: usize) {
        let start = s.at;
        let val = self.expr(s, end);
        if s.at >= end {
            return;
        }
        if s.word() == Some("as")
            && let Some(name) = s.ahead(1).and_then(Token::word)
        {
            s.at += 2;
            self.set(name, val);
        } else if s.is("=") {
            // `self.path = …`, `x['a'] = …`
            let place = dotted(s.tokens.get(start..s.at).unwrap_or_default());
            s.at += 1;
            let right = self.value_list(s, end);
            if let Some(place) = place {
                self.set(&place, right);
            }
        } else if s.is(":") && self.lang.style.python && !s.ahead(1).is_some_and(|next| next.kind == Kind::Newline) {
            s.at += 1;
        }
    }

    /// `name = value` and its relatives.
    fn assign(&mut self, s: &mut Stream<'_>, end: usize) -> bool {
        let (Some(name), Some(sign)) = (s.word(), s.ahead(1)) else { return false };
        if self.lang.style.python && sign.is(":") && s.ahead(3).is_some_and(|token| token.is("=")) {
            s.at += 4;
            let val = self.value_list(s, end);
            self.set(name, val);
            return true;
        }
        let Kind::Op(op) = sign.kind else { return false };
        if !ASSIGN.contains(&op) || (op == "<<" && self.vars.get(name).is_none_or(|val| !matches!(val, Val::Text(_)))) {
            return false;
        }
        s.at += 2;
        while s.token().is_some_and(|token| token.kind == Kind::Newline) && s.at < end {
            s.at += 1;
        }
        if op == "=" && self.arrow_function(name, s, end) {
            return true;
        }
        let val = match s.word().filter(|_| s.ahead(1).is_some_and(|token| token.is("="))) {
            Some(inner) => self.chained(inner, s, end),
            None => self.value_list(s, end),
        };
        let val = match op {
            "=" | ":=" | "<-" => val,
            "+=" | ".=" | "<<" => {
                let old = self.var(name).unwrap_or(Val::Unknown);
                super::val::concat(&old, &val)
            }
            _ => Val::one_of(vec![self.var(name).unwrap_or(Val::Unknown), val]),
        };
        self.set(name, val);
        true
    }

    /// `a = b = value`.
    fn chained(&mut self, inner: &str, s: &mut Stream<'_>, end: usize) -> Val {
        if self.too_deep() {
            return Val::Unknown;
        }
        self.depth += 1;
        self.assign(s, end);
        self.depth -= 1;
        self.var(inner).unwrap_or(Val::Unknown)
    }

    /// A value, or several with commas between them as a list.
    fn value_list(&mut self, s: &mut Stream<'_>, end: usize) -> Val {
        let first = self.expr(s, end);
        if !s.is(",") || !self.lang.style.python {
            return first;
        }
        let mut list = vec![first];
        while s.at < end && s.is(",") && list.len() < 64 {
            s.at += 1;
            list.push(self.expr(s, end));
        }
        Val::List(list)
    }

    /// `const run = (cmd) => …`: a function of the code itself.
    fn arrow_function(&mut self, name: &str, s: &mut Stream<'_>, end: usize) -> bool {
        if !self.lang.style.arrows {
            return false;
        }
        let skip = usize::from(s.word() == Some("async"));
        let Some(token) = s.ahead(skip) else { return false };
        let (params, arrow) = if token.is("(") {
            (param_names(s.tokens.get(s.at + skip + 1..token.mate).unwrap_or_default()), token.mate + 1)
        } else if let Some(word) = token.word() {
            (vec![word.to_owned()], s.at + skip + 1)
        } else {
            return false;
        };
        if !s.tokens.get(arrow).is_some_and(|token| token.is("=>")) {
            return false;
        }
        s.at = arrow + 1;
        self.function(name, &params);
        self.expr(s, end);
        true
    }

    /// Registers a function, and binds its parameters to what it was seen to be called with.
    fn function(&mut self, name: &str, params: &[String]) {
        let constructor = self.class.clone().filter(|_| name == "__init__");
        let known = self
            .functions
            .entry(constructor.unwrap_or_else(|| name.to_owned()))
            .or_insert_with(|| Function { seen: vec![Vec::new(); params.len()], params: params.to_vec() });
        let seen = known.seen.clone();
        for (index, param) in params.iter().enumerate().filter(|(_, param)| !matches!(param.as_str(), "self" | "cls")) {
            let vals = seen.get(index).cloned().unwrap_or_default();
            self.set(param, Val::one_of(vals));
        }
        self.vars.remove(name);
    }

    /// `def name(params)`, `function name(params)`, `class Name`.
    fn define(&mut self, s: &mut Stream<'_>) -> bool {
        let class = matches!(s.word(), Some("class" | "module" | "defmodule" | "struct" | "trait"));
        let mut at = s.at + 1;
        if s.tokens.get(at).is_some_and(|token| token.is("*")) {
            at += 1;
        }
        let name = s.tokens.get(at).and_then(Token::word);
        let Some(name) = name else {
            // `function (params) {`: bound to nothing.
            if s.tokens.get(at).is_some_and(|token| token.is("(")) {
                self.skip_params(s, at);
                return true;
            }
            return false;
        };
        at += 1;
        // `def self.name`
        let mut name = name;
        while s.tokens.get(at).is_some_and(|token| token.is(".")) {
            name = s.tokens.get(at + 1).and_then(Token::word).unwrap_or(name);
            at += 2;
        }
        if class {
            self.class = Some(name.to_owned());
            s.at = at;
            return true;
        }
        if s.tokens.get(at).is_some_and(|token| token.is("(")) {
            let close = s.tokens.get(at).map_or(at, |token| token.mate);
            let params = param_names(s.tokens.get(at + 1..close).unwrap_or_default());
            self.function(name, &params);
            s.at = (close + 1).min(s.tokens.len());
        } else {
            self.function(name, &[]);
            s.at = at;
        }
        true
    }

    fn skip_params(&mut self, s: &mut Stream<'_>, open: usize) {
        let close = s.tokens.get(open).map_or(open, |token| token.mate);
        let params = param_names(s.tokens.get(open + 1..close).unwrap_or_default());
        self.bind_params(&params);
        s.at = (close + 1).min(s.tokens.len());
    }

    /// Binds parameters to nothing known, but for one whose value was set up by the caller.
    pub(super) fn bind_params(&mut self, params: &[String]) -> Bound {
        let preset = self.preset.take();
        let mut bound = Vec::new();
        for param in params {
            let val = match &preset {
                Some((name, val)) if name == param => val.clone(),
                _ => Val::Unknown,
            };
            bound.push((param.clone(), self.vars.insert(param.clone(), val)));
        }
        bound
    }

    pub(super) fn unbind(&mut self, bound: Bound) {
        for (name, old) in bound {
            match old {
                Some(val) => self.vars.insert(name, val),
                None => self.vars.remove(&name),
            };
        }
    }

    /// `{a, b: c} = value`, `[a, b] = value`, `a, b = value`, `($a, $b) = value`.
    fn destructure(&mut self, s: &mut Stream<'_>, end: usize) -> bool {
        let Some(token) = s.token() else { return false };
        let bracket = matches!(token.kind, Kind::Op("{" | "[" | "("));
        let (from, to) = if bracket {
            (s.at + 1, token.mate)
        } else {
            let mut at = s.at;
            while at < s.at + 16
                && s.tokens.get(at).is_some_and(|token| token.word().is_some())
                && s.tokens.get(at + 1).is_some_and(|token| token.is(","))
            {
                at += 2;
            }
            if at == s.at || s.tokens.get(at).and_then(Token::word).is_none() {
                return false;
            }
            (s.at, at + 1)
        };
        let sign = to + usize::from(bracket);
        // Go gives a value and an error.
        let with_error = s.tokens.get(sign).is_some_and(|token| token.is(":="));
        if !with_error && !s.tokens.get(sign).is_some_and(|token| token.is("=")) {
            return false;
        }
        let fields = token.is("{");
        let names = targets(s.tokens.get(from..to).unwrap_or_default());
        s.at = sign + 1;
        let val = self.value_list(s, end);
        for (index, (field, name)) in names.iter().enumerate() {
            let part = if fields {
                self.attribute(&val, field)
            } else {
                match &val {
                    Val::List(list) => list.get(index).cloned().unwrap_or(Val::Unknown),
                    _ if with_error && index == 0 => val.clone(),
                    _ => Val::Unknown,
                }
            };
            self.set(name, part);
        }
        true
    }

    /// `for x in y`, `for (const x of y)`, `foreach ($y as $x)`, `for my $x (y)`.
    pub(super) fn loop_head(&mut self, s: &mut Stream<'_>, end: usize, filtered: bool) {
        s.at += 1;
        if s.word() == Some("await") {
            s.at += 1;
        }
        let parens = s.is("(");
        let stop = if parens { s.mate().min(end) } else { end };
        let start = s.at + usize::from(parens);
        let within = s.tokens.get(start..stop.min(start + 24)).unwrap_or_default();
        let sign = within.iter().position(|token| matches!(token.word(), Some("in" | "of" | "as")));
        match sign {
            Some(index) if within.get(index).and_then(Token::word) == Some("as") => {
                s.at = start;
                let val = self.expr(s, start + index);
                let names = targets(s.tokens.get(start + index + 1..stop).unwrap_or_default());
                if let Some((_, name)) = names.last() {
                    self.set(name, val.element());
                }
                s.at = stop;
            }
            Some(index) => {
                let names: Vec<String> =
                    targets(within.get(..index).unwrap_or_default()).into_iter().map(|(_, name)| name).collect();
                s.at = start + index + 1;
                let val = self.expr(s, stop);
                // A loop over the environment that picks variables does not print all of it.
                let picks = filtered || (s.is(":") && (1..4).any(|n| s.ahead(n).and_then(Token::word) == Some("if")));
                let element = if picks && val.holds_env() { Val::Unknown } else { val.element() };
                self.bind_targets(&names, &element);
            }
            None if self.lang.style.sigils => self.perl_loop(s, end),
            None => {}
        }
    }

    fn bind_targets(&mut self, names: &[String], element: &Val) {
        match names {
            [only] => self.set(only, element.clone()),
            several => {
                let list: Vec<Val> = match element {
                    Val::List(list) => list.clone(),
                    _ => Vec::new(),
                };
                for (index, name) in several.iter().enumerate() {
                    self.set(name, list.get(index).cloned().unwrap_or(Val::Unknown));
                }
            }
        }
    }

    /// `for my $x (list)`, `for (list)`.
    fn perl_loop(&mut self, s: &mut Stream<'_>, end: usize) {
        let mut name = "$_".to_owned();
        if matches!(s.word(), Some("my" | "our")) {
            s.at += 1;
        }
        if let Some(word) = s.word().filter(|word| word.starts_with('$')) {
            name = word.to_owned();
            s.at += 1;
        }
        if s.is("(") {
            let val = self.operand(s, end);
            self.set(&name, element_of(&val));
        }
    }

    /// `unlink $_ for glob(…)`: the list is read first.
    fn postfix_for(&mut self, s: &mut Stream<'_>, place: (usize, usize), end: usize) {
        let (start, (at, stop)) = (s.at, place);
        s.at = at + 1;
        let val = self.expr(s, stop.min(end));
        self.set("$_", element_of(&val));
        s.at = start;
        while s.at < at {
            let before = s.at;
            self.statement(s, at);
            if s.at == before {
                s.at += 1;
            }
        }
        s.at = stop;
    }
}

/// The element of a list, or the value itself where it is none (Perl's loops).
fn element_of(val: &Val) -> Val {
    if val.has_elements() { Val::one_of(vec![val.element()]) } else { val.clone() }
}

/// `while True: os.fork()`, `fork while fork`.
fn forks(s: &Stream<'_>) -> bool {
    let near = s.tokens.get(s.at..s.tokens.len().min(s.at + 9)).unwrap_or_default();
    let has = |wanted: &[&str]| near.iter().any(|token| token.word().is_some_and(|word| wanted.contains(&word)));
    has(&["fork"]) && has(&["while", "loop"])
}

/// The place of a `for` behind a statement, and where the statement ends.
fn postfix_loop(s: &Stream<'_>, end: usize) -> Option<(usize, usize)> {
    let mut at = s.at + 1;
    let mut found = None;
    if matches!(s.word(), Some("for" | "foreach" | "sub" | "while" | "if" | "unless")) {
        return None;
    }
    while at < end.min(s.at + 200) {
        let token = s.tokens.get(at)?;
        match &token.kind {
            Kind::Newline if found.is_none() => return None,
            Kind::Newline | Kind::Op(";" | "}") => break,
            Kind::Op("(" | "[" | "{") => at = token.mate.max(at),
            Kind::Word(word) if matches!(word.as_str(), "for" | "foreach") => found = Some(at),
            _ => {}
        }
        at += 1;
    }
    found.map(|place| (place, at.min(end)))
}

/// The names in a pattern, each with the field it takes: `{a, b: c}` is `a`→`a`, `b`→`c`.
fn targets(tokens: &[Token]) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let mut alias = false;
    let mut skip = false;
    for token in tokens {
        match &token.kind {
            Kind::Word(word) if DECLARE.contains(&word.as_str()) => {}
            Kind::Word(word) if alias => {
                if let Some(last) = out.last_mut() {
                    last.1.clone_from(word);
                }
                alias = false;
                skip = true;
            }
            Kind::Word(word) if !skip => {
                out.push((word.clone(), word.clone()));
                skip = true;
            }
            Kind::Op(":") => alias = true,
            Kind::Op("," | "=>") => {
                alias = false;
                skip = false;
            }
            _ => {}
        }
    }
    out.truncate(32);
    out
}

/// The dotted name that the tokens spell, where they are nothing else.
fn dotted(tokens: &[Token]) -> Option<String> {
    if tokens.len() > 12 {
        return None;
    }
    let mut name = String::new();
    for token in tokens {
        match &token.kind {
            Kind::Word(word) => name.push_str(word),
            Kind::Op("." | "->" | "::" | "?.") => name.push('.'),
            _ => return None,
        }
    }
    (!name.is_empty()).then_some(name)
}
