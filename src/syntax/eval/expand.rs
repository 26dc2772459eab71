//! Words → values: parameters, substitutions, splitting, globs; never more than is known.

use smallvec::SmallVec;

use super::Eval;
use super::braces;
use super::params;
use super::state::State;
use crate::syntax::ast::{Param, ParamOp, Part, Word};
use crate::syntax::parse::Base;
use crate::syntax::word::{self, Mode};
use crate::syntax::{Arg, Dialect, Gap, Origin, Seg, Span, Unknown, Value};

/// What an expansion yields before splitting.
pub(super) enum Expanded {
    /// One value.
    One(Value),
    /// Several words (`"$@"`, `"${a[@]}"`).
    Many(Vec<Value>),
}

/// Fields under construction.
#[derive(Default)]
struct Fields {
    /// One, most often.
    done: SmallVec<[Value; 1]>,
    current: Value,
    /// The current field exists even if it is empty.
    present: bool,
}

/// Variables that one arithmetic expression is followed into.
const MAX_NUMBERS: usize = 16;

impl Fields {
    fn seg(&mut self, seg: Seg) {
        self.present = true;
        self.current.push(seg);
    }

    fn text(&mut self, text: &str, quoted: bool) {
        if quoted {
            self.present = true;
            self.current.push_lit(text);
        } else if !text.is_empty() {
            self.present = true;
            push_globs(&mut self.current, text);
        }
    }

    fn finish(&mut self) {
        if self.present {
            self.done.push(std::mem::take(&mut self.current));
        }
        self.present = false;
    }

    /// Adds an unquoted value: its text is split at `ifs` and globbed.
    fn split(&mut self, value: &Value, ifs: &str) {
        for seg in value.segs() {
            match seg {
                Seg::Lit(text) => {
                    let mut rest = text.as_str();
                    while let Some(at) = rest.find(|ch| ifs.contains(ch)) {
                        self.text(rest.get(..at).unwrap_or(""), false);
                        self.finish();
                        let width = rest.get(at..).and_then(|tail| tail.chars().next()).map_or(1, char::len_utf8);
                        rest = rest.get(at + width..).unwrap_or("");
                    }
                    self.text(rest, false);
                }
                Seg::Glob(text) => self.seg(Seg::Glob(text.clone())),
                Seg::Unknown(unknown) => self.seg(Seg::Unknown(Unknown { quoted: unknown.token, ..unknown.clone() })),
            }
        }
    }

    fn quoted(&mut self, value: &Value) {
        self.present = true;
        self.current.push_value(&as_quoted(value));
    }
}

/// The value as it stands in double quotes.
fn as_quoted(value: &Value) -> Value {
    let mut out = Value::default();
    for seg in value.segs() {
        out.push(match seg {
            Seg::Glob(text) => Seg::Lit(text.clone()),
            Seg::Unknown(unknown) => Seg::Unknown(Unknown { quoted: true, ..unknown.clone() }),
            Seg::Lit(text) => Seg::Lit(text.clone()),
        });
    }
    out
}

/// Adds unquoted text, its glob operators apart.
fn push_globs(value: &mut Value, text: &str) {
    let mut rest = text;
    while let Some(at) = memchr::memchr3(b'*', b'?', b'[', rest.as_bytes()) {
        value.push_lit(rest.get(..at).unwrap_or(""));
        let tail = rest.get(at..).unwrap_or("");
        let width = match tail.as_bytes().first() {
            Some(b'[') => match tail.get(2..).and_then(|inner| inner.find(']')) {
                Some(close) if !tail.get(..close + 3).unwrap_or("").contains('/') => close + 3,
                _ => 0,
            },
            _ => 1,
        };
        if width == 0 {
            value.push_lit("[");
            rest = tail.get(1..).unwrap_or("");
        } else {
            value.push(Seg::Glob(tail.get(..width).unwrap_or("").to_owned()));
            rest = tail.get(width..).unwrap_or("");
        }
    }
    value.push_lit(rest);
}

/// The text of a word that stands for nothing else.
fn plain(word: &Word) -> Option<&str> {
    let [Part::Lit { text, quoted }] = word.parts.as_slice() else { return None };
    let stands =
        *quoted || !text.is_empty() && !text.bytes().any(|byte| matches!(byte, b'{' | b'*' | b'?' | b'[' | b'('));
    stands.then_some(text)
}

/// Where a value comes from that may be there only if another way was taken, and else is nothing.
const UNSET: &str = "unset";

/// A word that is nothing but what was not set is empty; beside other text its emptiness counts.
fn nothing_else(value: Value) -> Value {
    match value.segs() {
        [Seg::Unknown(unknown)] if unknown.origin == Origin::Other(UNSET) => Value::lit(""),
        _ => value,
    }
}

impl Eval<'_> {
    /// Expands words into arguments.
    pub(super) fn fields(&mut self, st: &mut State, words: &[Word]) -> Vec<Arg> {
        let mut out = Vec::with_capacity(words.len());
        for word in words {
            if let Some(text) = plain(word).filter(|_| st.depth.dialect != Dialect::Zsh) {
                out.push(Arg::lit(text, word.span));
                continue;
            }
            let braced = braces::expand(word);
            let (expanded, cut) = braced.as_ref().map_or((std::slice::from_ref(word), false), |(all, cut)| (all, *cut));
            if cut {
                self.gap(st, Gap::Argument, "brace expansion cut short", word.span);
            }
            for word in expanded {
                let pattern = (st.depth.dialect == Dialect::Zsh).then(|| st.widened(word)).flatten();
                let word = pattern.as_ref().unwrap_or(word);
                let mut fields = Fields::default();
                for part in &word.parts {
                    self.part(st, part, word.span, &mut fields);
                }
                fields.finish();
                out.extend(fields.done.into_iter().map(|value| Arg { value: nothing_else(value), span: word.span }));
            }
        }
        out
    }

    /// Expands a word into one value: no splitting, no globbing (assignments, redirections, `case`).
    pub(super) fn single(&mut self, st: &mut State, word: &Word) -> Value {
        self.joined(st, &word.parts, word.span)
    }

    /// Expands parts into one value, as in double quotes.
    pub(super) fn joined(&mut self, st: &mut State, parts: &[Part], span: Span) -> Value {
        let mut out = Value::default();
        for part in parts {
            match part {
                Part::Lit { text, .. } => out.push_lit(text),
                other => {
                    let mut fields = Fields::default();
                    self.part(st, &quoted(other), word::part_span(other, span), &mut fields);
                    fields.finish();
                    for (at, value) in fields.done.iter().enumerate() {
                        if at > 0 {
                            out.push_lit(" ");
                        }
                        out.push_value(value);
                    }
                }
            }
        }
        out
    }

    fn part(&mut self, st: &mut State, part: &Part, span: Span, fields: &mut Fields) {
        match part {
            Part::Lit { text, quoted } => {
                if !quoted && runs_in_zsh(text) {
                    self.gap(st, Gap::Code, text, span);
                }
                fields.text(text, *quoted);
            }
            Part::Tilde(user) => {
                let value = self.tilde(st, user);
                fields.quoted(&value);
            }
            Part::Param { param, quoted, span } => {
                let mut expanded = self.param(st, param, *span);
                // zsh's `"$a"` is one word.
                if let Expanded::Many(values) = &expanded
                    && *quoted
                    && matches!(st.depth.dialect, Dialect::Zsh | Dialect::Fish)
                    && !stays_many(param)
                {
                    expanded = Expanded::One(spaced(values));
                }
                self.place(st, expanded, *quoted, fields);
            }
            Part::Command { script, quoted, text, span } => {
                let value = match script {
                    Ok(script) => self.capture(st, script),
                    Err(error) => {
                        self.unread(st, *error == crate::syntax::ast::SyntaxError::Bound, text, *span);
                        Value::unknown(Origin::Other("unread substitution"))
                    }
                };
                self.place(st, Expanded::One(value), *quoted, fields);
            }
            Part::Arith { parts, .. } => {
                let value = self.arith(st, parts, span);
                fields.quoted(&value);
            }
            Part::Runs { script, text, span } => match script {
                Ok(script) => {
                    let mut inner = st.clone();
                    inner.level += 1;
                    inner.set("REPLY", Value::unknown(Origin::Other("file name")));
                    if inner.level > super::MAX_LEVEL {
                        self.gap(st, Gap::Bound, "nested too deep", *span);
                    } else {
                        self.script(&mut inner, script);
                    }
                }
                Err(error) => self.unread(st, *error == crate::syntax::ast::SyntaxError::Bound, text, *span),
            },
            Part::Process { script, write, span } => {
                let value = self.process(st, script.as_ref().ok(), *write, *span);
                fields.quoted(&value);
            }
        }
    }

    fn place(&mut self, st: &State, expanded: Expanded, quoted: bool, fields: &mut Fields) {
        let ifs = match st.vars.get("IFS").and_then(|var| var.alternatives.first()) {
            Some(value) => value.literal().unwrap_or(" \t\n").to_owned(),
            None => " \t\n".to_owned(),
        };
        let expanded = self.bounded(expanded);
        match expanded {
            Expanded::One(value) if quoted => fields.quoted(&value),
            // zsh leaves a value in one piece, unless an option says otherwise.
            Expanded::One(value) if self.whole_in_zsh(st, &value, &ifs) => fields.quoted(&value),
            Expanded::One(value) => fields.split(&value, &ifs),
            Expanded::Many(values) => {
                for (at, value) in values.iter().enumerate() {
                    if at > 0 {
                        fields.finish();
                    }
                    if quoted {
                        fields.quoted(value);
                    } else {
                        fields.split(value, &ifs);
                    }
                }
            }
        }
    }

    /// Values may double with every assignment: beyond a total of bytes they are unknown.
    fn bounded(&mut self, expanded: Expanded) -> Expanded {
        let size = match &expanded {
            Expanded::One(value) => value.size(),
            Expanded::Many(values) => values.iter().map(Value::size).sum(),
        };
        self.volume = self.volume.saturating_add(size);
        if self.volume > super::MAX_VOLUME {
            return Expanded::One(Value::unknown(Origin::Other("text too long to follow")));
        }
        expanded
    }

    fn tilde(&self, st: &State, user: &str) -> Value {
        match user {
            "" => self.lookup(st, "HOME").unwrap_or_else(|| Value::lit(self.world.home())),
            "+" => st.cwd.first().cloned().unwrap_or_default(),
            "-" => st.old_cwd.clone().unwrap_or_else(|| Value::unknown(Origin::Variable("OLDPWD".to_owned()))),
            user => match self.world.home_of(user) {
                Some(home) => Value::lit(home),
                None => Value::lit(format!("~{user}")),
            },
        }
    }

    /// A variable's value, of those that are being followed now; `None` where it is not set.
    pub(super) fn lookup(&self, st: &State, name: &str) -> Option<Value> {
        if let Some(var) = st.vars.get(name) {
            let value = var.alternatives.get(self.chosen(name, var.count())).cloned();
            if var.reference
                && let Some(target) = value.as_ref().and_then(Value::literal)
                && st.vars.get(target).is_none_or(|var| !var.reference)
            {
                return self.lookup(st, target);
            }
            if value.is_some() {
                return value;
            }
            if self.world.var(name).is_none() {
                return Some(Value::unknown(Origin::Other(UNSET)));
            }
        }
        match name {
            "PWD" => st.cwd.first().cloned(),
            "OLDPWD" => st.old_cwd.clone().or_else(|| self.world.var("OLDPWD").map(Value::lit)),
            "RANDOM" | "SRANDOM" | "SECONDS" | "EPOCHSECONDS" | "EPOCHREALTIME" | "BASHPID" | "PPID" | "UID"
            | "EUID" | "LINENO" | "SHLVL" | "COLUMNS" | "LINES" | "HOSTNAME" | "OSTYPE" | "HOSTTYPE" => {
                Some(Value::token(Origin::Variable(name.to_owned())))
            }
            "IFS" => Some(Value::lit(" \t\n")),
            "HOME" => Some(Value::lit(self.world.var("HOME").unwrap_or_else(|| self.world.home().to_owned()))),
            // The value of what may be a secret is never looked at: its name says enough.
            _ if secret_name(name) => self.world.var(name).map(|_| secret_value(name)),
            _ => self.world.var(name).map(Value::lit),
        }
    }

    /// Which of several possible values of a name this round is about.
    fn chosen(&self, name: &str, count: usize) -> usize {
        if count <= 1 {
            return 0;
        }
        self.consulted.borrow_mut().insert(name.to_owned(), count);
        self.choice.get(name).copied().unwrap_or(0).min(count - 1)
    }

    /// The elements of an array; `None` where a name stands for none.
    pub(super) fn list(&self, st: &State, name: &str) -> Option<Vec<Value>> {
        let var = st.vars.get(name).filter(|var| !var.lists.is_empty())?;
        let at = if var.list_count() > 1 { self.chosen(&format!("{name}[]"), var.list_count()) } else { 0 };
        var.lists.get(at).cloned()
    }

    /// A variable's value, unknown where it is not set.
    fn value_of(&self, st: &State, name: &str) -> Value {
        self.lookup(st, name).unwrap_or_else(|| {
            let mut value = Value::default();
            value.push(Seg::Unknown(Unknown {
                origin: Origin::Variable(name.to_owned()),
                quoted: false,
                may_be_empty: !st.tested.iter().any(|tested| tested == name),
                token: false,
            }));
            value
        })
    }

    pub(super) fn param(&mut self, st: &mut State, param: &Param, span: Span) -> Expanded {
        if let ParamOp::Foreign(text) = &param.op {
            if text.contains("(e") || text.contains("$(") || text.contains('`') {
                self.gap(st, Gap::Code, text, span);
            }
            return Expanded::One(Value::unknown(Origin::Other("expansion")));
        }
        let index = param.index.as_ref().map(|parts| self.joined(st, parts, span));
        if let Some(index) = &index {
            self.numbers(st, index, span);
        }
        if matches!(st.depth.dialect, Dialect::Zsh | Dialect::Fish) {
            return self.zsh_param(st, param, index.as_ref(), span);
        }
        let all = index.as_ref().is_some_and(|index| index.is("@") || index.is("*"));
        let base = self.base_value(st, param, index.as_ref());
        let base = if param.indirect { self.indirect(st, base) } else { base };
        match base {
            Some(Expanded::Many(values)) => match &param.op {
                ParamOp::Plain => Expanded::Many(values),
                ParamOp::Length => Expanded::One(Value::lit(values.len().to_string())),
                ParamOp::Substring(_) => Expanded::Many(values),
                ParamOp::Names => Expanded::One(Value::token(Origin::Other("names"))),
                ParamOp::Default(..) | ParamOp::Assign(..) | ParamOp::Alternative(..) if values.is_empty() => {
                    self.apply(st, param, None, span)
                }
                _ => Expanded::Many(
                    values.iter().map(|value| self.apply_one(st, param, Some(value.clone()), span)).collect(),
                ),
            },
            Some(Expanded::One(value)) => self.apply(st, param, Some(value), span),
            None if all => self.apply(st, param, None, span),
            None => self.apply(st, param, None, span),
        }
    }

    fn apply(&mut self, st: &mut State, param: &Param, value: Option<Value>, span: Span) -> Expanded {
        Expanded::One(self.apply_one(st, param, value, span))
    }

    pub(super) fn apply_one(&mut self, st: &mut State, param: &Param, value: Option<Value>, span: Span) -> Value {
        let unset = value.is_none();
        let empty = value.as_ref().is_none_or(|value| value.literal() == Some(""));
        let known = value.unwrap_or_else(|| match param.name.as_str() {
            "@" | "*" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" => Value::unknown(Origin::Positional),
            name => self.value_of(st, name),
        });
        match &param.op {
            ParamOp::Default(colon, parts) if unset || (*colon && empty) => self.joined(st, parts, span),
            ParamOp::Assign(colon, parts) if unset || (*colon && empty) => {
                self.reaches(st, &param.name, span);
                let value = self.joined(st, parts, span);
                st.set(&param.name, value.clone());
                value
            }
            // The shell stops where the variable is not set: what runs has a value.
            ParamOp::Error(..) => {
                st.tested.push(param.name.clone());
                params::not_empty(known)
            }
            ParamOp::Alternative(colon, parts) => {
                let value = self.joined(st, parts, span);
                if unset || (*colon && empty) { Value::default() } else { value }
            }
            ParamOp::Set(parts) => {
                let value = self.joined(st, parts, span);
                st.set(&param.name, value.clone());
                value
            }
            ParamOp::Choose(parts) => {
                self.joined(st, parts, span);
                known
            }
            ParamOp::Transform('P') => self.prompt_expanded(st, &known, span),
            ParamOp::TrimStart(longest, parts) => {
                let pattern = self.joined(st, parts, span);
                params::trim_start(&known, &pattern, *longest)
            }
            ParamOp::TrimEnd(longest, parts) => {
                let pattern = self.joined(st, parts, span);
                params::trim_end(&known, &pattern, *longest)
            }
            ParamOp::Replace(how, pattern, replacement) => {
                let pattern = self.joined(st, pattern, span);
                let replacement = self.joined(st, replacement, span);
                params::replace(&known, *how, &pattern, &replacement)
            }
            ParamOp::Substring(parts) => {
                let range = self.joined(st, parts, span);
                self.subscripts(st, &range, span);
                self.numbers(st, &range, span);
                params::substring(&known, &range)
            }
            ParamOp::Case(operator) => params::case(&known, operator),
            ParamOp::Length => match known.literal() {
                Some(text) if !unset => Value::lit(text.chars().count().to_string()),
                _ => Value::token(Origin::Other("length")),
            },
            ParamOp::Names => Value::unknown(Origin::Other("names")),
            ParamOp::Transform('Q' | 'E' | 'U' | 'u' | 'L' | 'A' | 'K' | 'a' | 'k') | ParamOp::Plain => known,
            ParamOp::Default(..) | ParamOp::Assign(..) => known,
            ParamOp::Transform(_) | ParamOp::Foreign(_) => Value::unknown(Origin::Other("expansion")),
        }
    }

    /// `${x@P}` expands the value once more, like a prompt: substitutions in it run.
    pub(super) fn prompt_expanded(&mut self, st: &mut State, value: &Value, span: Span) -> Value {
        match value.literal() {
            Some(text) => self.expand_text(st, text, span),
            None => {
                self.gap(st, Gap::Code, "${…@P} of an unknown value", span);
                Value::unknown(Origin::Other("prompt expansion"))
            }
        }
    }

    /// Expands text as the inside of double quotes, running its substitutions.
    pub(super) fn expand_text(&mut self, st: &mut State, text: &str, span: Span) -> Value {
        self.expand_as(st, text, Mode::Double, span)
    }

    /// As `expand_text`, for text that is read as words.
    pub(super) fn expand_words(&mut self, st: &mut State, text: &str, span: Span) -> Value {
        self.expand_as(st, text, Mode::Word, span)
    }

    fn expand_as(&mut self, st: &mut State, text: &str, mode: Mode, span: Span) -> Value {
        if st.level > super::MAX_LEVEL {
            return Value::unknown(Origin::Other("nested text"));
        }
        let parts = word::parts(text, Base::Flat(span), mode, st.depth.deeper());
        st.level += 1;
        let value = self.joined(st, &parts, span);
        st.level -= 1;
        value
    }

    pub(super) fn base_value(&mut self, st: &mut State, param: &Param, index: Option<&Value>) -> Option<Expanded> {
        match param.name.as_str() {
            "@" | "*" => match &st.params {
                Some(params) => Some(Expanded::Many(params.clone())),
                None => Some(Expanded::One(Value::unknown(Origin::Positional))),
            },
            "#" => Some(Expanded::One(Value::token(Origin::Other("count")))),
            "?" | "$" | "!" | "-" => Some(Expanded::One(Value::token(Origin::Variable(param.name.clone())))),
            "0" => Some(Expanded::One(st.name.clone())),
            name if name.bytes().all(|byte| byte.is_ascii_digit()) => {
                let at: usize = name.parse().unwrap_or(usize::MAX);
                match &st.params {
                    Some(params) => at.checked_sub(1).and_then(|at| params.get(at)).cloned().map(Expanded::One),
                    None => Some(Expanded::One(Value::unknown(Origin::Positional))),
                }
            }
            name => {
                let elements = self.list(st, name);
                match (index, elements) {
                    (None, _) => self.lookup(st, name).map(Expanded::One),
                    (Some(index), Some(elements)) if index.is("@") || index.is("*") => Some(Expanded::Many(elements)),
                    (Some(index), Some(elements)) => {
                        let at = index.literal().and_then(|text| text.trim().parse::<i64>().ok());
                        match at {
                            Some(at) => {
                                let at = if at < 0 { at + i64::try_from(elements.len()).unwrap_or(0) } else { at };
                                usize::try_from(at).ok().and_then(|at| elements.get(at)).cloned().map(Expanded::One)
                            }
                            None => Some(Expanded::One(Value::unknown(Origin::Variable(name.to_owned())))),
                        }
                    }
                    (Some(_), None) => self.lookup(st, name).map(Expanded::One),
                }
            }
        }
    }

    pub(super) fn indirect(&self, st: &State, base: Option<Expanded>) -> Option<Expanded> {
        match base {
            Some(Expanded::One(value)) => match value.literal() {
                Some(name) if name.bytes().all(|byte| byte.is_ascii_digit()) => {
                    let at: usize = name.parse().unwrap_or(usize::MAX);
                    let params = st.params.as_ref()?;
                    at.checked_sub(1).and_then(|at| params.get(at)).cloned().map(Expanded::One)
                }
                Some(name) => self.lookup(st, name).map(Expanded::One),
                None => Some(Expanded::One(Value::unknown(Origin::Other("indirect variable")))),
            },
            other => other,
        }
    }

    /// Expands an arithmetic expression: substitutions in it run, also those in the values of variables it names
    /// (bash evaluates array subscripts in values).
    pub(super) fn arith(&mut self, st: &mut State, parts: &[Part], span: Span) -> Value {
        let text = self.joined(st, parts, span);
        self.subscripts(st, &text, span);
        self.numbers(st, &text, span);
        if let Some(text) = text.literal() {
            if text.trim().parse::<i64>().is_ok() {
                return Value::lit(text.trim());
            }
            if let Some(number) = params::sum(text) {
                return Value::lit(number.to_string());
            }
        }
        Value::token(Origin::Other("arithmetic"))
    }

    /// Follows the variables that an arithmetic expression names: bash takes their values for expressions again.
    pub(super) fn numbers(&mut self, st: &mut State, text: &Value, span: Span) {
        let mut seen: Vec<String> = Vec::new();
        let mut texts: Vec<String> = text.literal().map(str::to_owned).into_iter().collect();
        while let Some(text) = texts.pop() {
            let names = text.split(|ch: char| !(ch.is_ascii_alphanumeric() || ch == '_'));
            for name in names.filter(|name| name.starts_with(|ch: char| ch.is_ascii_alphabetic() || ch == '_')) {
                if seen.len() >= MAX_NUMBERS || seen.iter().any(|known| known == name) {
                    continue;
                }
                seen.push(name.to_owned());
                self.reaches(st, name, span);
                let Some(value) = self.lookup(st, name) else { continue };
                self.subscripts(st, &value, span);
                texts.extend(value.literal().map(str::to_owned));
            }
        }
    }

    /// Runs substitutions in the array subscripts of a text that bash takes for a variable or number.
    pub(super) fn subscripts(&mut self, st: &mut State, value: &Value, span: Span) {
        if let Some(text) = value.literal()
            && text.contains('[')
            && (text.contains("$(") || text.contains('`'))
        {
            self.expand_text(st, text, span);
        }
    }

    fn process(
        &mut self,
        st: &mut State,
        script: Option<&crate::syntax::ast::Script>,
        write: bool,
        span: Span,
    ) -> Value {
        let Some(script) = script else {
            self.gap(st, Gap::Syntax, "process substitution", span);
            return Value::unknown(Origin::Other("unread substitution"));
        };
        if write {
            let mut inner = st.clone();
            inner.stdin = crate::syntax::Stdin::Pipe(Vec::new());
            let before = self.out.invocations.len();
            self.in_process(&mut inner, |eval, inner| eval.script(inner, script));
            let to = (before..self.out.invocations.len()).collect();
            return Value::token(Origin::Command(to));
        }
        let (output, from) = self.captured(st, script);
        match output {
            Some(text) => self.literal_file(text),
            None => {
                let mut value = Value::default();
                value.push(Seg::Unknown(Unknown {
                    origin: Origin::Command(from),
                    quoted: true,
                    may_be_empty: false,
                    token: false,
                }));
                value
            }
        }
    }
}

/// Says whether unquoted text holds a glob qualifier by which zsh runs code (zshexpn(1), "Glob Qualifiers").
fn runs_in_zsh(text: &str) -> bool {
    text.contains('(') && ["(e:", "(e{", "(e[", "(e'", "(+"].iter().any(|form| text.contains(form))
}

/// Says whether zsh gives several words for an expansion in double quotes.
fn stays_many(param: &Param) -> bool {
    let at = |parts: &[Part]| matches!(parts, [Part::Lit { text, .. }] if text == "@");
    let flags = param.zsh.as_deref();
    param.name == "@"
        || param.index.as_deref().is_some_and(at)
        || flags.is_some_and(|flags| flags.letters.contains('@') || flags.split.is_some())
}

fn spaced(values: &[Value]) -> Value {
    let mut all = Value::default();
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            all.push_lit(" ");
        }
        all.push_value(value);
    }
    all
}

/// The part as it would stand in double quotes.
fn quoted(part: &Part) -> Part {
    let mut part = part.clone();
    match &mut part {
        Part::Lit { quoted, .. } | Part::Param { quoted, .. } | Part::Command { quoted, .. } => *quoted = true,
        Part::Tilde(_) | Part::Arith { .. } | Part::Process { .. } | Part::Runs { .. } => {}
    }
    part
}

/// What stands for the value of a variable that may hold a secret.
pub(super) fn secret_value(name: &str) -> Value {
    let mut value = Value::default();
    value.push(Seg::Unknown(Unknown {
        origin: Origin::Variable(name.to_owned()),
        quoted: true,
        may_be_empty: false,
        token: false,
    }));
    value
}

/// Says whether a variable's name says that it holds a secret.
pub(crate) fn secret_name(name: &str) -> bool {
    const PARTS: [&str; 14] = [
        "TOKEN",
        "SECRET",
        "PASSWORD",
        "PASSWD",
        "APIKEY",
        "API_KEY",
        "ACCESS_KEY",
        "PRIVATE_KEY",
        "CREDENTIAL",
        "_PAT",
        "_KEY",
        "PASSPHRASE",
        "AUTH_",
        "DATABASE_URL",
    ];
    // Every variable that is looked up is asked.
    let name = name.as_bytes();
    let stands_at = |at: usize, part: &str| {
        name.get(at..at + part.len()).is_some_and(|found| found.eq_ignore_ascii_case(part.as_bytes()))
    };
    let within = (0..name.len().saturating_sub(3)).any(|at| PARTS.iter().any(|part| stands_at(at, part)));
    let last = |part: &str| name.len() >= part.len() && stands_at(name.len() - part.len(), part);
    within || name.eq_ignore_ascii_case(b"PASS") || last("_PASS")
}
