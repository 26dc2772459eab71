//! Builtins that change what the shell knows, and variables that are code.

use std::rc::Rc;

use super::Eval;
use super::control::{Flow, Out};
use super::filters;
use super::simple::Call;
use super::state::{Folders, State};
use crate::syntax::ast::{AssignValue, Word};
use crate::syntax::{Arg, Gap, Origin, PathKind, Span, Stdin, Value, paths};

/// Says whether the first word declares variables in its other words.
pub(super) fn declares(first: Option<&Arg>) -> bool {
    first.and_then(|arg| arg.value.literal()).is_some_and(|name| {
        matches!(name, "declare" | "typeset" | "local" | "export" | "readonly" | "integer" | "float")
    })
}

/// Says whether bash reads what such a builtin is given as an array's elements, where it looks like them.
pub(super) fn declares_arrays(args: &[Arg]) -> bool {
    let named = args.first().and_then(|arg| arg.value.literal());
    let flag = || args.iter().skip(1).any(|arg| is_bundle(arg, 'a') || is_bundle(arg, 'A'));
    named.is_some_and(|name| matches!(name, "declare" | "typeset" | "local" | "readonly") || name == "export" && flag())
}

impl Eval<'_> {
    /// `declare -a 'x=(…)'`, `declare -a x=$y`: a value in parentheses is read once more, as words.
    pub(super) fn array_text(&mut self, st: &mut State, word: &Word) {
        let text = match word.assign.as_deref().map(|assign| &assign.value) {
            Some(AssignValue::Array(_)) => return,
            Some(AssignValue::Scalar(value)) => self.single(st, value),
            None => self.single(st, word),
        };
        let Some(text) = text.literal().filter(|text| text.ends_with(')')) else { return };
        let text = if word.assign.is_some() { Some(text) } else { text.split_once('=').map(|(_, text)| text) };
        if let Some(text) = text.filter(|text| text.starts_with('(')) {
            self.expand_words(&mut st.clone(), text, word.span);
        }
    }

    /// What a builtin does to the state; `None` where nothing or only its output is known.
    pub(super) fn builtin(&mut self, st: &mut State, name: &str, call: &Call) -> Option<Flow> {
        let args = call.args.get(1..).unwrap_or(&[]);
        match name {
            "unset" | "set" | "shift" => self.may_end(st),
            _ => {}
        }
        match name {
            "true" | ":" | "false" => {
                return Some(Flow { constant: Some(name != "false"), ..Flow::here(st, Some(Value::default())) });
            }
            "cd" | "chdir" => return Some(self.change_dir(st, call, args)),
            "pushd" => {
                st.dirs.push(st.cwd.clone());
                return Some(self.change_dir(st, call, args));
            }
            "popd" => {
                if let Some(cwd) = st.dirs.pop() {
                    st.cwd = cwd;
                }
            }
            "exit" | "return" | "break" | "continue" => {
                let levels = args.first().and_then(|arg| arg.value.literal()?.parse().ok()).unwrap_or(1);
                match name {
                    "break" | "continue" => self.leave(st, Out::Loops(levels)),
                    "return" => self.leave(st, Out::Function),
                    _ => self.ends(st),
                }
                return Some(Flow {
                    output: Some(Value::default()),
                    exits: true,
                    ok: None,
                    fail: None,
                    constant: None,
                });
            }
            "export" => {
                for arg in args {
                    let text = arg.value.prefix();
                    st.export(text.split('=').next().unwrap_or(text));
                }
                for arg in args.iter().filter_map(|arg| arg.value.literal()).filter_map(|text| text.split_once('=')) {
                    // `export "X=$Y"` is no assignment to the grammar.
                    if !st.vars.contains_key(arg.0) {
                        st.set(arg.0, Value::lit(arg.1));
                        st.export(arg.0);
                    }
                }
            }
            "declare" | "typeset" | "local" | "readonly" => {
                for arg in args {
                    self.subscripts(st, &arg.value, arg.span);
                    let text = arg.value.prefix();
                    let declared = text.split('=').next().unwrap_or(text);
                    if args.iter().any(|arg| is_bundle(arg, 'i')) {
                        self.numbers(st, &arg.value, arg.span);
                    }
                    if args.iter().any(|arg| arg.value.is("-x")) {
                        st.export(declared);
                    }
                    if args.iter().any(|arg| arg.value.is("-n")) {
                        st.refer(declared);
                    }
                }
            }
            "unset" => {
                for arg in args {
                    self.subscripts(st, &arg.value, arg.span);
                    if let Some(name) = arg.value.literal() {
                        Rc::make_mut(&mut st.functions).remove(name);
                        st.unset(name);
                    }
                }
            }
            "set" => set(st, args),
            "shift" => {
                let count = args.first().and_then(|arg| arg.value.literal()?.parse().ok()).unwrap_or(1_usize);
                if let Some(params) = &mut st.params {
                    params.drain(..count.min(params.len()));
                }
            }
            "read" => self.read(st, call, args),
            "mapfile" | "readarray" => self.mapfile(st, call, args),
            "getopts" => {
                if let Some(name) = args.get(1).and_then(|arg| arg.value.literal()) {
                    st.set(name, Value::token(Origin::Other("option letter")));
                    st.set("OPTARG", Value::unknown(Origin::Positional));
                }
            }
            "alias" => alias(st, args),
            "unalias" => {
                for name in args.iter().filter_map(|arg| arg.value.literal()) {
                    Rc::make_mut(&mut st.aliases).remove(name);
                }
            }
            "hash" => {
                if let [flag, path, names @ ..] = args
                    && flag.value.is("-p")
                {
                    for name in names.iter().filter_map(|arg| arg.value.literal()) {
                        let path = path.value.text().into_owned();
                        Rc::make_mut(&mut st.aliases).insert(name.to_owned(), shell_words::quote(&path).into_owned());
                    }
                }
            }
            "enable" if args.first().is_some_and(|arg| arg.value.is("-f")) => {
                self.gap(st, Gap::Code, "enable -f loads a library into the shell", call.span);
            }
            "compgen" | "complete" => self.completion(st, args),
            "bind" => {
                if let [flag, text, ..] = args
                    && flag.value.is("-x")
                    && let Some((_, command)) = text.value.literal().and_then(|text| text.split_once(':'))
                {
                    let command = Value::lit(command.trim().trim_matches('"'));
                    self.nested_text(&mut st.clone(), &command, text.span, "bind -x", &[]);
                }
            }
            "let" | "test" | "[" => {
                for arg in args {
                    self.subscripts(st, &arg.value, arg.span);
                    if name == "let" {
                        self.numbers(st, &arg.value, arg.span);
                    }
                }
            }
            "printf" if args.first().is_some_and(|arg| arg.value.is("-v")) => {
                if let Some(target) = args.get(1) {
                    self.subscripts(st, &target.value, target.span);
                    let value = filters::run("printf", args.get(2..).unwrap_or(&[]), None);
                    if let Some(name) = target.value.literal() {
                        st.set(name, value.unwrap_or_else(|| Value::unknown(Origin::Variable(name.to_owned()))));
                    }
                }
            }
            _ => {}
        }
        None
    }

    fn change_dir(&mut self, st: &mut State, call: &Call, args: &[Arg]) -> Flow {
        self.may_end(st);
        let target = args.iter().find(|arg| !(arg.value.prefix().starts_with('-') && arg.value.text().len() > 1));
        let old = st.cwd.clone();
        let value = match target {
            None => self.lookup(st, "HOME").unwrap_or_default(),
            Some(arg) if arg.value.is("-") => {
                st.old_cwd.clone().unwrap_or_else(|| Value::unknown(Origin::Variable("OLDPWD".to_owned())))
            }
            Some(arg) => arg.value.clone(),
        };
        st.old_cwd = old.first().cloned();
        // An empty word goes nowhere; an unset variable may be one.
        if value.literal() == Some("") {
            return Flow {
                output: Some(Value::default()),
                exits: false,
                ok: Some(old.clone()),
                fail: Some(old),
                constant: None,
            };
        }
        let mut reached: Folders = old.iter().map(|cwd| joined(cwd, &value)).collect();
        let relative = !value.prefix().starts_with(['/', '.']);
        let search = call.assigns.iter().find(|(name, _)| name == "CDPATH").map(|(_, value)| value.clone());
        if let Some(search) = search.or_else(|| self.lookup(st, "CDPATH")).filter(|_| relative)
            && let Some(search) = search.literal().filter(|search| !search.is_empty())
        {
            reached.extend(search.split(':').take(4).map(|dir| joined(&Value::lit(dir), &value)));
        }
        if value.is_wholly_unknown() && value.unknowns().any(|unknown| unknown.may_be_empty && !unknown.quoted) {
            // `cd $UNSET` goes home.
            reached.extend(self.lookup(st, "HOME"));
        }
        reached.dedup();
        let there = |value: &Value| value.literal().is_some_and(|path| self.world.kind(path) == PathKind::Dir);
        let certain = reached.iter().all(there);
        st.cwd.clone_from(&reached);
        Flow {
            output: Some(Value::default()),
            exits: false,
            ok: Some(reached),
            fail: if certain { None } else { Some(old) },
            constant: None,
        }
    }

    fn read(&mut self, st: &mut State, call: &Call, args: &[Arg]) {
        let stdin = call.redirects.stdin.clone().unwrap_or_else(|| st.stdin.clone());
        let mut names: Vec<String> = Vec::new();
        let mut array = None;
        let mut words = args.iter();
        while let Some(arg) = words.next() {
            self.subscripts(st, &arg.value, arg.span);
            match arg.value.literal() {
                Some("-p" | "-d" | "-n" | "-N" | "-t" | "-u" | "-i" | "-k") => {
                    words.next();
                }
                Some(word) if word.starts_with('-') && word.ends_with(['a', 'A']) => {
                    array = words.next().and_then(|arg| arg.value.literal()).map(str::to_owned);
                }
                Some(word) if word.starts_with('-') => {}
                Some(name) => names.push(name.to_owned()),
                None => {}
            }
        }
        if names.is_empty() {
            names.push("REPLY".to_owned());
        }
        let known = match &stdin {
            Stdin::Text(text) => text.literal().map(|text| text.lines().next().unwrap_or("").trim().to_owned()),
            _ => None,
        };
        let ifs = call
            .assigns
            .iter()
            .find(|(name, _)| name == "IFS")
            .and_then(|(_, value)| value.literal())
            .unwrap_or(" \t\n")
            .to_owned();
        let separates = |ch: char| ifs.contains(ch);
        if let Some(name) = array {
            let elements = match &known {
                Some(line) => line.split(separates).filter(|word| !word.is_empty()).map(Value::lit).collect(),
                None => vec![Value::unknown(Origin::Variable(name.clone()))],
            };
            st.set_array(&name, elements);
            return;
        }
        let mut rest = known.as_deref();
        let last = names.len() - 1;
        for (at, name) in names.iter().enumerate() {
            let value = match (&mut rest, &stdin) {
                (Some(rest), _) => {
                    let (word, tail) = match rest.split_once(separates) {
                        Some((word, tail)) if at < last => (word, tail.trim_start()),
                        _ => (*rest, ""),
                    };
                    *rest = tail;
                    Value::lit(word)
                }
                (None, Stdin::Pipe(from)) => Value::unknown(Origin::Command(from.clone())),
                (None, _) => Value::unknown(Origin::Variable(name.clone())),
            };
            st.set(name, value);
        }
    }

    fn mapfile(&mut self, st: &mut State, call: &Call, args: &[Arg]) {
        let mut words = args.iter();
        let mut name = "MAPFILE".to_owned();
        while let Some(arg) = words.next() {
            match arg.value.literal() {
                Some("-C") => {
                    if let Some(callback) = words.next() {
                        self.nested_text(&mut st.clone(), &callback.value, callback.span, "mapfile -C", &[]);
                    }
                }
                Some("-d" | "-n" | "-O" | "-s" | "-u" | "-c") => {
                    words.next();
                }
                Some(word) if word.starts_with('-') => {}
                Some(word) => word.clone_into(&mut name),
                None => {}
            }
        }
        let stdin = call.redirects.stdin.clone().unwrap_or_else(|| st.stdin.clone());
        let elements = match &stdin {
            Stdin::Text(text) if text.literal().is_some() => text.text().lines().take(256).map(Value::lit).collect(),
            Stdin::Pipe(from) => vec![Value::unknown(Origin::Command(from.clone()))],
            _ => vec![Value::unknown(Origin::Variable(name.clone()))],
        };
        st.set_array(&name, elements);
    }

    fn completion(&mut self, st: &mut State, args: &[Arg]) {
        for pair in args.windows(2) {
            let [flag, value] = pair else { continue };
            match flag.value.literal() {
                Some("-W") => {
                    if let Some(text) = value.value.literal() {
                        self.expand_text(st, text, value.span);
                    }
                }
                Some("-C") => self.nested_text(&mut st.clone(), &value.value, value.span, "compgen -C", &[]),
                _ => {}
            }
        }
    }

    /// Variables whose value a shell or a program runs as code.
    pub(super) fn environment_code(&mut self, st: &mut State, name: &str, value: &Value, span: Span) {
        match name {
            "PROMPT_COMMAND" if value.literal() != Some("") => {
                self.nested_text(&mut st.clone(), value, span, "PROMPT_COMMAND", &[]);
            }
            "PS0" | "PS1" | "PS2" | "PS3" | "PS4" => {
                if let Some(text) = value.literal() {
                    let text = text.to_owned();
                    self.expand_text(&mut st.clone(), &text, span);
                }
            }
            "BASH_ENV" | "ENV" => {
                let label = format!("{name}=");
                let path = match value.literal() {
                    Some(text) if text.contains("$(") || text.contains('`') => {
                        let text = text.to_owned();
                        self.expand_text(&mut st.clone(), &text, span)
                    }
                    _ => value.clone(),
                };
                if path.literal() == Some("") {
                    return;
                }
                let readable = self
                    .key(st, &path)
                    .is_some_and(|full| self.files.contains_key(&full) || self.world.kind(&full) == PathKind::File);
                if readable {
                    let mut text = Value::lit(". ");
                    super::nested::push_quoted(&mut text, &path);
                    self.nested_text(&mut st.clone(), &text, span, &label, &[]);
                } else {
                    self.gap(st, Gap::Code, &format!("{label}{}", path.text()), span);
                }
            }
            "LD_PRELOAD" | "LD_AUDIT" | "DYLD_INSERT_LIBRARIES" => {
                let known = value.literal().is_some_and(|text| {
                    text.is_empty()
                        || ["jemalloc", "tcmalloc", "asan", "tsan", "faketime", "mimalloc", "gtk3-nocsd"]
                            .iter()
                            .any(|library| text.contains(library))
                });
                if !known {
                    self.gap(st, Gap::Code, &format!("{name}={}", value.text()), span);
                }
            }
            "LD_LIBRARY_PATH" | "PYTHONPATH" | "PERL5LIB" | "NODE_PATH" | "PYTHONSTARTUP" | "ZDOTDIR" => {
                let text = value.literal().unwrap_or_default();
                let mut dirs = text.split(':').filter_map(|dir| self.absolute(st, &Value::lit(dir)));
                if name == "ZDOTDIR" || dirs.any(|dir| self.swaps(name, &dir)) {
                    self.gap(st, Gap::Code, &format!("{name}={}", value.text()), span);
                }
            }
            "NODE_OPTIONS" | "PERL5OPT" | "RUBYOPT" | "JAVA_TOOL_OPTIONS" | "_JAVA_OPTIONS" => {
                let loads = value.text().split_whitespace().any(|word| {
                    let path = word.trim_start_matches(|ch| ch != '/');
                    word.starts_with("-e")
                        || word.contains("data:")
                        // Perl takes what stands behind a module's name for code.
                        || name == "PERL5OPT" && word.contains([';', '('])
                        || self.is_temporary(path)
                        || word.starts_with("-Mexec")
                });
                if loads {
                    self.gap(st, Gap::Code, &format!("{name}={}", value.text()), span);
                }
            }
            "PERL5DB" if value.literal() != Some("") => {
                self.gap(st, Gap::Code, &format!("{name}={}", value.text()), span);
            }
            name if name.starts_with("BASH_FUNC_") => {
                let body = value.text().into_owned();
                let body =
                    body.split_once('{').map_or("", |(_, body)| body).trim_end().trim_end_matches('}').to_owned();
                self.nested_text(&mut st.clone(), &Value::lit(body), span, name, &[]);
            }
            _ => {}
        }
    }

    /// Says whether a folder that a variable puts in front of a program's own may hold what nobody has seen: the line
    /// itself wrote there, or it is a temporary one. Libraries of a language are as visible there as its scripts are,
    /// but for those that it loads unasked.
    fn swaps(&self, name: &str, dir: &str) -> bool {
        const UNASKED: [&str; 2] = ["sitecustomize.py", "usercustomize.py"];
        let unasked = || UNASKED.iter().any(|file| self.world.kind(&paths::join(dir, file)) != PathKind::Missing);
        let hidden = !matches!(name, "PYTHONPATH" | "NODE_PATH") || unasked();
        self.is_temporary(dir) && hidden || self.files.keys().any(|path| paths::is_within(path, dir))
    }

    /// Says whether a path lies in a temporary folder, and not in a workspace that lies in one itself.
    pub(super) fn is_temporary(&self, path: &str) -> bool {
        let root = self.world.workspace().unwrap_or_else(|| self.world.cwd());
        let of_one = paths::is_temporary(root) && !TEMPORARY_TOPS.contains(&root);
        paths::is_temporary(path) && !(of_one && paths::is_within(path, root))
    }
}

/// Temporary folders that are nobody's workspace.
const TEMPORARY_TOPS: [&str; 6] = ["/tmp", "/var/tmp", "/dev/shm", "/private/tmp", "/private/var/tmp", "/var/folders"];

/// The folder that `cd` reaches.
fn joined(cwd: &Value, target: &Value) -> Value {
    match (cwd.literal(), target.literal()) {
        (Some(cwd), Some(target)) => Value::lit(paths::join(cwd, target)),
        (_, Some(target)) if target.starts_with('/') => Value::lit(paths::normal(target)),
        _ if target.prefix().starts_with('/') => target.clone(),
        // Wholly unknown: it may be an absolute path.
        _ if target.prefix().is_empty() => target.clone(),
        _ => {
            let mut out = cwd.clone();
            out.push_lit("/");
            out.push_value(target);
            out
        }
    }
}

fn set(st: &mut State, args: &[Arg]) {
    let mut args = args.iter();
    let mut positional = None;
    while let Some(arg) = args.next() {
        match arg.value.literal() {
            Some("--") => {
                positional = Some(args.by_ref().map(|arg| arg.value.clone()).collect());
            }
            Some(flags) if flags.starts_with(['-', '+']) => {
                let sets = flags.starts_with('-');
                let option = if flags.ends_with('o') { args.next().and_then(|arg| arg.value.literal()) } else { None };
                if flags.contains('e') || option == Some("errexit") {
                    st.errexit = sets;
                }
                if flags.contains('a')
                    || option.is_some_and(|name| name.replace('_', "").eq_ignore_ascii_case("allexport"))
                {
                    st.allexport = sets;
                }
            }
            _ => {
                let mut all = vec![arg.value.clone()];
                all.extend(args.by_ref().map(|arg| arg.value.clone()));
                positional = Some(all);
            }
        }
    }
    if positional.is_some() {
        st.params = positional;
    }
}

/// In front of the names of global aliases; no command's name has it.
pub(super) const GLOBAL_ALIAS: &str = "\u{0}";

fn alias(st: &mut State, args: &[Arg]) {
    // zsh's global aliases stand for any word of a later command.
    let global =
        args.iter().any(|arg| arg.value.literal().is_some_and(|flag| flag.starts_with('-') && flag.contains('g')));
    let suffix = args.iter().any(|arg| {
        arg.value.literal().is_some_and(|flag| flag.starts_with('-') && flag.contains('s') && !flag.contains('='))
    });
    for text in args.iter().filter_map(|arg| arg.value.literal()) {
        if let Some((name, body)) = text.split_once('=') {
            let name = match (global, suffix) {
                (true, _) => format!("{GLOBAL_ALIAS}{name}"),
                (_, true) => format!("{}{name}", super::zsh::SUFFIX_ALIAS),
                _ => name.to_owned(),
            };
            Rc::make_mut(&mut st.aliases).insert(name, body.to_owned());
        }
    }
}

/// Says whether a word is a bundle of options with a letter in it.
fn is_bundle(arg: &Arg, letter: char) -> bool {
    arg.value.literal().and_then(|word| word.strip_prefix('-')).is_some_and(|letters| letters.contains(letter))
}
