//! What only zsh does: its expansions, options, builtins that run code, and variables that are code.
//!
//! zshexpn(1) "Parameter Expansion", zshbuiltins(1), zshmodules(1), zshparam(1).

use std::rc::Rc;

use super::Eval;
use super::control::Flow;
use super::expand::Expanded;
use super::params;
use super::redirects::Redirects;
use super::simple::Call;
use super::state::State;
use crate::syntax::ast::{Assign, AssignValue, Flags, Param, ParamOp, Part, Word};
use crate::syntax::{Arg, Dialect, Gap, Origin, Redirect, RedirectKind, Seg, Span, Value};

/// Stands among the variables for the question whether values are split into words.
const SPLIT: &str = "\u{0}split";
/// In front of the names of suffix aliases.
pub(super) const SUFFIX_ALIAS: &str = "\u{0}.";

/// Modules that give a line nothing by which it could hide what it does.
const HARMLESS_MODULES: &[&str] = &[
    "attr",
    "cap",
    "compctl",
    "complete",
    "complist",
    "computil",
    "curses",
    "datetime",
    "files",
    "langinfo",
    "mathfunc",
    "nearcolor",
    "newuser",
    "param/private",
    "parameter",
    "pcre",
    "random",
    "regex",
    "stat",
    "system",
    "termcap",
    "terminfo",
    "watch",
    "zle",
    "zleparameter",
    "zprof",
    "zselect",
    "zutil",
    "sched",
    "rlimits",
];

impl Eval<'_> {
    /// Says whether an unquoted value stays one word. Both are followed: an option may say otherwise.
    pub(super) fn whole_in_zsh(&self, st: &State, value: &Value, ifs: &str) -> bool {
        if st.depth.dialect != Dialect::Zsh || !value.literal().is_some_and(|text| text.contains(|ch| ifs.contains(ch)))
        {
            return false;
        }
        self.consulted.borrow_mut().insert(SPLIT.to_owned(), 2);
        self.choice.get(SPLIT) == Some(&1)
    }

    /// Expands a parameter; subscripts count from 1, arrays are all of their elements.
    pub(super) fn zsh_param(&mut self, st: &mut State, param: &Param, index: Option<&Value>, span: Span) -> Expanded {
        let none = Flags::default();
        let flags = param.zsh.as_deref().unwrap_or(&none);
        if param.op == ParamOp::Names {
            return Expanded::One(Value::token(Origin::Other("whether it is set")));
        }
        let base = match flags.over.as_deref() {
            Some([]) => None,
            Some([Part::Param { param, .. }]) => {
                let value = self.param(st, param, span);
                Some(index.map_or_else(|| value_of(&value), |index| element(value_of(&value), index)))
            }
            Some(parts) => {
                let value = Expanded::One(self.joined(st, parts, span));
                Some(index.map_or_else(|| value_of(&value), |index| element(value_of(&value), index)))
            }
            None => self.zsh_base(st, param, index),
        };
        let base = if param.indirect { self.indirect(st, base) } else { base };
        let values = match (base, &param.op) {
            (Some(Expanded::Many(values)), ParamOp::Plain | ParamOp::Substring(_) | ParamOp::Choose(_)) => values,
            (Some(Expanded::Many(values)), ParamOp::Length) => vec![Value::lit(values.len().to_string())],
            (Some(Expanded::Many(values)), _) if !values.is_empty() => {
                values.into_iter().map(|value| self.apply_one(st, param, Some(value), span)).collect()
            }
            (Some(Expanded::One(value)), _) => vec![self.apply_one(st, param, Some(value), span)],
            _ => vec![self.apply_one(st, param, None, span)],
        };
        let values = self.flagged(st, flags, &param.op, values, span);
        match <[Value; 1]>::try_from(values) {
            Ok([value]) => Expanded::One(value),
            Err(values) => Expanded::Many(values),
        }
    }

    fn zsh_base(&mut self, st: &State, param: &Param, index: Option<&Value>) -> Option<Expanded> {
        let name = match param.name.as_str() {
            "argv" => "@",
            name => name,
        };
        // The path of a program of that name.
        if name == "commands" {
            return Some(Expanded::One(index.cloned().unwrap_or_else(|| Value::unknown(Origin::Other("programs")))));
        }
        let plain = Param { name: name.to_owned(), index: None, indirect: false, op: ParamOp::Plain, zsh: None };
        let base = match self.list(st, name) {
            Some(elements) => Some(Expanded::Many(elements)),
            None => self.base_value(&mut st.clone(), &plain, None),
        };
        match index {
            None => base,
            Some(index) => base.map(|base| element(base, index)),
        }
    }

    /// What flags and modifiers make of values.
    fn flagged(&mut self, st: &mut State, flags: &Flags, op: &ParamOp, values: Vec<Value>, span: Span) -> Vec<Value> {
        let letters = flags.letters.as_str();
        let has = |letter: char| letters.contains(letter);
        let unknown = || vec![Value::unknown(Origin::Other("expansion"))];
        if has('k') || has('l') || has('r') || has('I') || has('V') || has('D') || has('n') && has('O') {
            return unknown();
        }
        if letters.contains(['M', 'B', 'E', 'N', 'R', 'S']) && *op != ParamOp::Plain {
            return unknown();
        }
        if has('t') {
            return vec![Value::token(Origin::Other("type"))];
        }
        let mut out = Vec::new();
        for mut value in values {
            if has('e') || has('%') {
                value = self.prompt_expanded(st, &value, span);
                if has('%') && value.text().contains('%') {
                    value = Value::unknown(Origin::Other("prompt expansion"));
                }
            }
            if has('#') {
                let letter = value.literal().and_then(params::sum).and_then(|code| u32::try_from(code).ok());
                value = match letter.and_then(char::from_u32) {
                    Some(letter) => Value::lit(letter.to_string()),
                    None => Value::unknown(Origin::Other("expansion")),
                };
            }
            value = match letters {
                letters if letters.contains('U') => params::case(&value, "^^"),
                letters if letters.contains('L') => params::case(&value, ",,"),
                letters if letters.contains('C') && value.literal().is_some() => {
                    Value::unknown(Origin::Other("capitals"))
                }
                _ => value,
            };
            if has('Q') {
                value = unquoted(&value);
            }
            out.push(modified(value, &flags.modifiers));
        }
        if has('O') && has('a') {
            out.reverse();
        } else if (has('o') || has('O')) && !has('a') {
            out.sort_by(|a, b| a.text().cmp(&b.text()));
            if has('O') {
                out.reverse();
            }
        }
        if let Some(join) = &flags.join {
            let mut all = Value::default();
            for (at, value) in out.iter().enumerate() {
                if at > 0 {
                    all.push_lit(join);
                }
                all.push_value(value);
            }
            out = vec![all];
        }
        let separator = flags.split.as_deref();
        if separator.is_some() || has('z') || has('Z') || has('=') {
            out = out.iter().flat_map(|value| pieces(value, separator)).collect();
        }
        out
    }

    /// Commands of zsh that bash has not, and words in front of commands.
    pub(super) fn zsh_command(&mut self, st: &mut State, name: &str, call: &Call) -> Option<Flow> {
        let args = call.args.get(1..).unwrap_or(&[]);
        match name {
            "noglob" | "nocorrect" | "-" if !args.is_empty() => {
                return Some(self.dispatch(st, Call { args: args.to_vec(), ..call.clone() }));
            }
            "setopt" | "unsetopt" | "set" => self.options(st, args, call.span),
            "emulate" => self.emulate(st, args),
            "zmodload" => {
                for arg in args.iter().filter(|arg| !arg.value.prefix().starts_with(['-', '+'])) {
                    let module = arg.value.literal().and_then(|name| name.strip_prefix("zsh/"));
                    let feature = arg
                        .value
                        .literal()
                        .is_some_and(|name| name.starts_with(['b', 'c', 'f', 'p']) && name.get(1..2) == Some(":"));
                    if !feature && !module.is_some_and(|module| HARMLESS_MODULES.contains(&module)) {
                        self.gap(st, Gap::Code, &format!("zmodload {}", arg.value.text()), arg.span);
                    }
                }
            }
            "sched" if args.len() > 1 => self.later(st, args.get(1..).unwrap_or(&[]), "sched"),
            "zpty" => {
                let mut words =
                    args.iter().skip_while(|arg| matches!(arg.value.literal(), Some("-e" | "-b" | "-be" | "-eb")));
                if words.next().is_some_and(|arg| arg.value.prefix().starts_with('-')) && args.len() > 2 {
                    self.gap(st, Gap::Code, "what is typed to a program through zpty", call.span);
                }
                let words: Vec<Arg> = words.cloned().collect();
                self.later(st, &words, "zpty");
            }
            "zargs" => self.zargs(st, call, args),
            "zmv" | "zcp" | "zln" => self.zmv(st, call, name, args),
            "zstyle" if args.first().is_some_and(|arg| arg.value.prefix().starts_with("-e")) => {
                self.later(st, args.get(3..).unwrap_or(&[]), "zstyle -e");
            }
            "add-zsh-hook" | "add-zle-hook-widget" => {
                self.later(st, args.last().map_or(&[], std::slice::from_ref), name);
            }
            "print" if args.iter().any(|arg| is_flag(arg, 'P')) => {
                for arg in args {
                    if let Some(text) = arg.value.literal().filter(|text| text.contains(['$', '`'])) {
                        self.expand_text(&mut st.clone(), text, arg.span);
                    }
                }
            }
            "hash" if !args.iter().any(|arg| is_flag(arg, 'd') || is_flag(arg, 'p')) => {
                for (name, path) in args.iter().filter_map(|arg| arg.value.literal()?.split_once('=')) {
                    let path = shell_words::quote(path).into_owned();
                    Rc::make_mut(&mut st.aliases).insert(name.to_owned(), path);
                }
            }
            "disable" if args.iter().any(|arg| is_flag(arg, 'r')) => {
                self.gap(st, Gap::Code, "disable -r changes how the rest is read", call.span);
            }
            "autoload" => self.autoload(st, args),
            "sysopen" if args.iter().any(|arg| is_flag(arg, 'w') || is_flag(arg, 'a')) => {
                if let Some(target) = args.last() {
                    let kind = RedirectKind::Write;
                    let file = Redirect { fd: 9, kind, target: target.value.clone(), span: target.span };
                    self.bare_redirects(st, &Redirects { files: vec![file], ..Redirects::default() }, call.span);
                }
            }
            _ => return self.suffix_alias(st, name, call),
        }
        None
    }

    /// A file whose name ends in a way that has an alias: that runs, with the file behind it.
    fn suffix_alias(&mut self, st: &mut State, name: &str, call: &Call) -> Option<Flow> {
        let (_, end) = name.rsplit_once('.')?;
        let text = st.aliases.get(&format!("{SUFFIX_ALIAS}{end}")).cloned()?;
        if st.calls.iter().any(|running| running == name) {
            return None;
        }
        let mut inner = st.clone();
        inner.calls.push(name.to_owned());
        let mut whole = Value::lit(text);
        for arg in &call.args {
            whole.push_lit(" ");
            super::nested::push_quoted(&mut whole, &arg.value);
        }
        self.nested_text(&mut inner, &whole, call.span, "suffix alias", &[]);
        Some(Flow::here(st, None))
    }

    /// Words that are put together to a text and run at another time.
    fn later(&mut self, st: &State, words: &[Arg], label: &str) {
        let mut text = Value::default();
        for arg in words {
            text.push_value(&arg.value);
            text.push_lit(" ");
        }
        if let Some(first) = words.first() {
            self.nested_text(&mut st.clone(), &text, first.span, label, &[]);
        }
    }

    fn options(&mut self, st: &mut State, args: &[Arg], span: Span) {
        for arg in args {
            let Some(text) = arg.value.literal() else {
                st.extended_glob = true;
                continue;
            };
            let option: String = text.chars().filter(|ch| *ch != '_').collect::<String>().to_ascii_lowercase();
            match option.strip_prefix("no").unwrap_or(&option) {
                "extendedglob" | "kshglob" => st.extended_glob = true,
                "rcquotes" | "cshjunkiequotes" | "ignorebraces" | "ignoreclosebraces" | "cshjunkieloops"
                | "ksharrays" => {
                    self.gap(st, Gap::Code, &format!("{text} changes how the rest is read"), span);
                }
                "errexit" => st.errexit = true,
                _ => {}
            }
        }
    }

    /// `emulate sh -c 'text'`: the text with that shell's options, and maybe its own grammar.
    fn emulate(&mut self, st: &mut State, args: &[Arg]) {
        let Some(at) = args.iter().position(|arg| is_flag(arg, 'c')) else { return };
        let Some(text) = args.get(at + 1) else { return };
        self.nested_text(&mut st.clone(), &text.value, text.span, "emulate", &[]);
        if !args.iter().any(|arg| arg.value.is("zsh")) {
            let mut inner = st.clone();
            inner.depth = inner.depth.read_by(Dialect::Bash);
            self.nested_text(&mut inner, &text.value, text.span, "emulate", &[]);
        }
    }

    /// `zargs [options] [--] words -- command`
    fn zargs(&mut self, st: &mut State, call: &Call, args: &[Arg]) {
        let Some(last) = args.iter().rposition(|arg| arg.value.is("--") || arg.value.is("..")) else { return };
        let command = args.get(last + 1..).unwrap_or(&[]);
        if command.is_empty() {
            return;
        }
        let words = args.get(..last).unwrap_or(&[]).iter().filter(|arg| !arg.value.is("--"));
        let args = command.iter().chain(words).cloned().collect();
        let mut inner = st.clone();
        inner.via.push("zargs".to_owned());
        inner.level += 1;
        self.dispatch(&mut inner, Call { args, assigns: Vec::new(), redirects: Redirects::default(), span: call.span });
    }

    /// `zmv pattern replacement`: the program that it calls for each file.
    fn zmv(&mut self, st: &mut State, call: &Call, name: &str, args: &[Arg]) {
        let mut program = Arg::lit(if name == "zmv" { "mv" } else { "cp" }, call.span);
        let mut operands = Vec::new();
        let mut words = args.iter();
        while let Some(arg) = words.next() {
            match arg.value.literal() {
                Some("-p" | "-P") => program = words.next().cloned().unwrap_or(program),
                Some("-o") => {
                    words.next();
                }
                Some(flag) if flag.starts_with('-') && flag.contains('n') => return,
                Some(flag) if flag.starts_with('-') => {}
                _ => operands.push(arg.clone()),
            }
        }
        // The pattern is quoted: the function itself reads it.
        for operand in &mut operands {
            let mut value = Value::default();
            for (at, piece) in operand.value.text().split(['*', '(', ')', '?', '$']).enumerate() {
                if at > 0 {
                    value.push(Seg::Glob("*".to_owned()));
                }
                value.push_lit(piece);
            }
            operand.value = value;
        }
        operands.insert(0, program);
        let mut inner = st.clone();
        inner.level += 1;
        let redirects = Redirects::default();
        self.dispatch(&mut inner, Call { args: operands, assigns: Vec::new(), redirects, span: call.span });
    }

    /// Functions that are read from files: those that the line itself points at are looked into.
    fn autoload(&mut self, st: &mut State, args: &[Arg]) {
        let fpath = self.list(st, "fpath").unwrap_or_default();
        for arg in args.iter().filter(|arg| !arg.value.prefix().starts_with(['-', '+'])) {
            let Some(name) = arg.value.literal() else {
                self.gap(st, Gap::Code, &format!("autoload {}", arg.value.text()), arg.span);
                continue;
            };
            let paths: Vec<String> = if name.contains('/') {
                vec![name.to_owned()]
            } else {
                fpath.iter().filter_map(|dir| Some(format!("{}/{name}", dir.literal()?))).collect()
            };
            for path in paths {
                let mut text = Value::lit(". ");
                super::nested::push_quoted(&mut text, &Value::lit(path));
                self.nested_text(&mut st.clone(), &text, arg.span, "autoload", &[]);
            }
        }
    }

    /// Assignments that define functions, aliases and hooks, or say where programs are.
    pub(super) fn zsh_assign(&mut self, st: &mut State, assign: &Assign) {
        let name = assign.name.as_str();
        let hooks = name.ends_with("_functions");
        let code = matches!(
            name,
            "functions"
                | "dis_functions"
                | "aliases"
                | "galiases"
                | "saliases"
                | "dis_aliases"
                | "dis_galiases"
                | "commands"
        );
        let tied = match name {
            "path" => "PATH",
            "cdpath" => "CDPATH",
            _ => "",
        };
        if !(hooks || code || !tied.is_empty() || matches!(name, "NULLCMD" | "READNULLCMD")) {
            return;
        }
        let values: Vec<Value> = match &assign.value {
            AssignValue::Scalar(word) => vec![self.single(st, word)],
            AssignValue::Array(items) => {
                let words: Vec<Word> = items.iter().map(|(_, word)| word.clone()).collect();
                self.fields(st, &words).into_iter().map(|arg| arg.value).collect()
            }
        };
        if !tied.is_empty() {
            let mut all = if assign.append { self.lookup(st, tied).unwrap_or_default() } else { Value::default() };
            for value in &values {
                if !all.segs().is_empty() {
                    all.push_lit(":");
                }
                all.push_value(value);
            }
            st.set(tied, all);
            return;
        }
        for value in values {
            if name.ends_with("NULLCMD") {
                if !matches!(value.literal(), Some("cat" | ":" | "more" | "less" | "true" | "")) {
                    self.gap(st, Gap::Code, &format!("{name}={}", value.text()), assign.span);
                }
            } else {
                self.nested_text(&mut st.clone(), &value, assign.span, name, &[]);
                // What it names may be defined only later.
                if hooks {
                    self.traps.push(super::Trap::new(st, value, assign.span));
                }
            }
        }
        if let (Some(index), AssignValue::Scalar(word)) = (&assign.index, &assign.value) {
            let (key, value) = (self.single(st, index), self.single(st, word));
            if let (Some(key), Some(text)) = (key.literal(), value.literal()) {
                let key = match name {
                    "galiases" => format!("{}{key}", super::builtins::GLOBAL_ALIAS),
                    "saliases" => format!("{SUFFIX_ALIAS}{key}"),
                    _ => key.to_owned(),
                };
                Rc::make_mut(&mut st.aliases).insert(key, text.to_owned());
            }
        }
    }
}

impl State {
    /// The word with patterns of zsh's `extendedglob` as ordinary ones that match more.
    pub(super) fn widened(&self, word: &Word) -> Option<Word> {
        if !self.extended_glob {
            return None;
        }
        let mut out = word.clone();
        let mut changed = false;
        let mut pattern = false;
        for (at, part) in out.parts.iter_mut().enumerate() {
            let Part::Lit { text, quoted: false } = part else { continue };
            let cut = text
                .char_indices()
                .find(|&(place, ch)| {
                    let front = at == 0 && place == 0 || text.get(..place).is_some_and(|before| before.ends_with('/'));
                    pattern |= matches!(ch, '*' | '?' | '[');
                    ch == '^' && front || ch == '~' && pattern && place + 1 < text.len() || ch == '#' && place > 0
                })
                .map(|(place, _)| place);
            if let Some(cut) = cut {
                text.truncate(cut);
                text.push('*');
                changed = true;
            }
        }
        changed.then_some(out)
    }
}

fn is_flag(arg: &Arg, letter: char) -> bool {
    let text = arg.value.prefix();
    text.starts_with('-') && !text.starts_with("--") && text.contains(letter)
}

fn value_of(expanded: &Expanded) -> Expanded {
    match expanded {
        Expanded::One(value) => Expanded::One(value.clone()),
        Expanded::Many(values) => Expanded::Many(values.clone()),
    }
}

/// An element of an array or a letter of a text; both count from 1.
fn element(base: Expanded, index: &Value) -> Expanded {
    let unknown = || Expanded::One(Value::unknown(Origin::Other("element")));
    if index.is("@") || index.is("*") {
        return base;
    }
    let Some(text) = index.literal() else { return unknown() };
    let place = |text: &str, count: usize| {
        let at = params::sum(text.trim())?;
        let count = i64::try_from(count).ok()?;
        Some(if at < 0 { count + at + 1 } else { at })
    };
    let range = |count: usize| {
        let (from, to) = text.split_once(',').unwrap_or((text, text));
        let (from, to) = (place(from, count)?, place(to, count)?);
        let first = usize::try_from(from.max(1)).ok()? - 1;
        let last = usize::try_from(to.max(0)).ok()?.min(count);
        Some(first.min(last)..last)
    };
    match base {
        Expanded::Many(values) => match range(values.len()) {
            Some(range) if text.contains(',') => {
                Expanded::Many(values.get(range).map(<[Value]>::to_vec).unwrap_or_default())
            }
            Some(range) => {
                Expanded::One(values.get(range.start).filter(|_| !range.is_empty()).cloned().unwrap_or_default())
            }
            None => unknown(),
        },
        Expanded::One(value) => {
            let Some(whole) = value.literal() else { return unknown() };
            let letters: Vec<char> = whole.chars().collect();
            match range(letters.len()) {
                Some(range) => Expanded::One(Value::lit(letters.get(range).unwrap_or(&[]).iter().collect::<String>())),
                None => unknown(),
            }
        }
    }
}

/// The value as it is once its quotes are gone.
fn unquoted(value: &Value) -> Value {
    match value.literal().map(shell_words::split) {
        Some(Ok(words)) => Value::lit(words.join(" ")),
        Some(Err(_)) => Value::unknown(Origin::Other("expansion")),
        None => value.clone(),
    }
}

/// The words of a value, cut at a separator or as a shell would.
fn pieces(value: &Value, separator: Option<&str>) -> Vec<Value> {
    let Some(text) = value.literal() else { return vec![value.clone()] };
    match separator {
        Some("") => text.chars().map(|ch| Value::lit(ch.to_string())).collect(),
        Some(separator) => text.split(separator).filter(|piece| !piece.is_empty()).map(Value::lit).collect(),
        None => text.split_whitespace().map(Value::lit).collect(),
    }
}

/// `:h`, `:t:r`, `:gs/a/b/`, …
fn modified(value: Value, modifiers: &str) -> Value {
    let mut value = value;
    let mut rest = modifiers;
    let unknown = || Value::unknown(Origin::Other("expansion"));
    while let Some(text) = rest.strip_prefix(':') {
        let global = text.starts_with('g');
        let text = text.strip_prefix('g').unwrap_or(text);
        let letter = text.chars().next().unwrap_or(' ');
        let mut used = 1;
        value = match letter {
            't' => params::trim_start(&value, &Value::lit("*/"), true),
            'h' => match value.literal().map(|text| text.trim_end_matches('/').rsplit_once('/')) {
                Some(Some(("", _))) => Value::lit("/"),
                Some(Some((head, _))) => Value::lit(head),
                Some(None) => Value::lit("."),
                None => unknown(),
            },
            'r' | 'e' => match value.literal().map(|text| text.rsplit_once('.')) {
                Some(Some((front, end))) if !end.contains('/') => Value::lit(if letter == 'r' { front } else { end }),
                Some(_) => {
                    if letter == 'r' {
                        value
                    } else {
                        Value::default()
                    }
                }
                None => unknown(),
            },
            'l' => params::case(&value, ",,"),
            'u' => params::case(&value, "^^"),
            'a' | 'A' | 'P' | 'c' if value.prefix().starts_with('/') => value,
            'q' => value,
            'Q' => unquoted(&value),
            's' => {
                let mark = text.chars().nth(1).unwrap_or('/');
                let mut parts = text.get(1 + mark.len_utf8()..).unwrap_or("").splitn(3, mark);
                let (old, new) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
                used = (1 + 2 * mark.len_utf8() + old.len() + new.len() + mark.len_utf8()).min(text.len());
                let how = global.then_some('/');
                params::replace(&value, how, &Value::lit(old), &Value::lit(new))
            }
            _ => unknown(),
        };
        rest = text.get(used..).unwrap_or("");
        rest = rest.trim_start_matches(|ch: char| ch.is_ascii_digit());
    }
    value
}
