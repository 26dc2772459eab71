//! Simple commands: expansion, and what the first word stands for.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use smallvec::smallvec;

use super::control::{Flow, Way};
use super::expand::{secret_name, secret_value};
use super::redirects::{Redirects, names_input};
use super::state::{Function, MAX_ENVIRONMENT, State};
use super::{Eval, MAX_CHOICES, MAX_LEVEL, outputs};
use crate::syntax::ast::{Assign, AssignValue, Command, Word};
use crate::syntax::{
    Arg, Dialect, Gap, Invocation, Origin, RedirectKind, Seg, ShellAssign, Span, Stdin, Stdout, Unknown, Value, paths,
};

/// Programs that write into files they are given.
const WRITERS: &[&str] = &["tee", "dd", "cp", "install", "sponge", "chmod"];

/// A command ready to be looked up: words expanded, at least one.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub args: Vec<Arg>,
    pub assigns: Vec<(String, Value)>,
    pub redirects: Redirects,
    pub span: Span,
}

impl Eval<'_> {
    /// A simple command, once for each value of variables that may have several.
    pub(super) fn simple(&mut self, st: &mut State, assigns: &[Assign], words: &[Word], command: &Command) -> Flow {
        let outer_choice = std::mem::take(&mut self.choice);
        let outer_consulted = std::mem::take(&mut *self.consulted.borrow_mut());
        // Each value starts from the same state, and what it leaves behind counts as well.
        let before = st.varied.then(|| st.clone());
        let flow = self.simple_once(st, assigns, words, command);
        let mut consulted: Vec<(String, usize)> =
            std::mem::take(&mut *self.consulted.borrow_mut()).into_iter().collect();
        consulted.sort();
        let total = consulted.iter().fold(1_usize, |total, (_, count)| total.saturating_mul(*count));
        for round in 1..total.min(MAX_CHOICES) {
            let mut rest = round;
            for (name, count) in &consulted {
                self.choice.insert(name.clone(), rest % count);
                // Where not all combinations fit, each value of each name is tried at least once.
                rest = if total <= MAX_CHOICES { rest / count } else { round };
            }
            match &before {
                Some(before) => {
                    let mut other = before.clone();
                    self.simple_once(&mut other, assigns, words, command);
                    st.merge(&other);
                }
                None => {
                    self.simple_once(st, assigns, words, command);
                }
            }
        }
        self.choice = outer_choice;
        *self.consulted.borrow_mut() = outer_consulted;
        if total > 1 { Flow { output: None, ..flow } } else { flow }
    }

    fn simple_once(&mut self, st: &mut State, assigns: &[Assign], words: &[Word], command: &Command) -> Flow {
        let args = self.fields(st, words);
        let redirects = self.redirects(st, &command.redirects);
        if args.is_empty() {
            for assign in assigns {
                self.assign(st, assign);
            }
            if !redirects.files.is_empty() {
                self.bare_redirects(st, &redirects, command.span);
                self.written(st, &redirects, Some(&Value::default()), Vec::new());
            }
            // `$(<file)` is the file's content.
            let output = match &redirects.stdin {
                Some(Stdin::Text(text)) if st.stdout == Stdout::Captured => Some(text.clone()),
                Some(_) if st.stdout == Stdout::Captured => None,
                _ => Some(Value::default()),
            };
            return Flow::here(st, output);
        }
        let mut set = Vec::new();
        for assign in assigns {
            if let AssignValue::Scalar(word) = &assign.value {
                let value = self.single(st, word);
                set.push((assign.name.clone(), value));
            }
        }
        for word in words {
            if let Some(assign) = &word.assign
                && super::builtins::declares(args.first())
            {
                self.assign(st, assign);
            }
        }
        if super::builtins::declares_arrays(&args) {
            words.iter().skip(1).for_each(|word| self.array_text(st, word));
        }
        self.dispatch(st, Call { args, assigns: set, redirects, span: command.span })
    }

    /// Carries out an assignment in the shell.
    pub(super) fn assign(&mut self, st: &mut State, assign: &Assign) {
        if st.vars.contains_key(&assign.name) {
            self.may_end(st);
        }
        if let Some(index) = &assign.index {
            let value = self.single(st, index);
            self.subscripts(st, &value, assign.span);
            self.numbers(st, &value, assign.span);
        }
        if st.depth.dialect == Dialect::Zsh {
            self.zsh_assign(st, assign);
        }
        match &assign.value {
            AssignValue::Scalar(word) => {
                let mut value = self.single(st, word);
                if assign.append {
                    let mut all = self.lookup(st, &assign.name).unwrap_or_default();
                    all.push_value(&value);
                    value = all;
                }
                // As with inherited ones: what a file says that was there before is not repeated.
                if st.quiet && secret_name(&assign.name) && !value.is("") {
                    value = secret_value(&assign.name);
                }
                let (span, _) = st.locate(assign.span);
                self.out.assigns.push(ShellAssign { name: assign.name.clone(), value: value.clone(), span });
                self.environment_code(st, &assign.name, &value, assign.span);
                // bash keeps its aliases, and where it has found programs, in arrays by name.
                if let Some(index) = &assign.index
                    && matches!(
                        assign.name.as_str(),
                        "BASH_ALIASES" | "BASH_CMDS" | "aliases" | "galiases" | "commands"
                    )
                    && let Some(name) = self.single(st, index).literal()
                {
                    let text = value.text();
                    let global = if assign.name == "galiases" { super::builtins::GLOBAL_ALIAS } else { "" };
                    let is_path = matches!(assign.name.as_str(), "BASH_CMDS" | "commands");
                    let body = if is_path { shell_words::quote(&text) } else { text };
                    let body = body.into_owned();
                    Rc::make_mut(&mut st.aliases).insert(format!("{global}{name}"), body);
                }
                if let Some(index) = &assign.index {
                    let at = self.single(st, index).literal().and_then(|text| text.parse::<usize>().ok());
                    // zsh counts from 1.
                    let first = usize::from(st.depth.dialect == Dialect::Zsh);
                    let at = at.and_then(|at| at.checked_sub(first));
                    let mut elements = self.list(st, &assign.name).unwrap_or_default();
                    match at {
                        Some(at) if at < 256 => {
                            elements.resize(elements.len().max(at + 1), Value::default());
                            elements[at] = value;
                        }
                        _ => elements.push(value),
                    }
                    st.set_array(&assign.name, elements);
                } else {
                    st.set(&assign.name, value);
                }
            }
            AssignValue::Array(items) => {
                let words: Vec<Word> = items.iter().map(|(_, word)| word.clone()).collect();
                for (key, _) in items {
                    if let Some(key) = key {
                        self.single(st, key);
                    }
                }
                let mut elements: Vec<Value> =
                    if assign.append { self.list(st, &assign.name).unwrap_or_default() } else { Vec::new() };
                elements.extend(self.fields(st, &words).into_iter().map(|arg| arg.value));
                if !assign.append {
                    let (span, _) = st.locate(assign.span);
                    let value = elements.first().cloned().unwrap_or_default();
                    self.out.assigns.push(ShellAssign { name: assign.name.clone(), value, span });
                }
                st.set_array(&assign.name, elements);
            }
        }
    }

    /// The invocation that a call amounts to in the first folder of the state.
    pub(super) fn invocation(&self, st: &State, call: &Call) -> Invocation {
        let mut assigns = Arc::clone(st.vars.environment());
        if !call.assigns.is_empty() {
            assigns = assigns.iter().chain(&call.assigns).cloned().collect();
        }
        let mut args = call.args.iter().cloned();
        let program = args.next().unwrap_or_else(|| Arg::lit("", call.span));
        Invocation {
            program: program.into(),
            args: args.collect(),
            assigns,
            redirects: call.redirects.files.clone(),
            stdin: call.redirects.stdin.clone().unwrap_or_else(|| st.stdin.clone()),
            stdout: if call.redirects.stdout_file.is_some() { Stdout::Inherit } else { st.stdout.clone() },
            cwd: st.cwd.first().cloned().unwrap_or_default(),
            via: Vec::new(),
            elevated: st.elevated,
            remote: st.remote.clone(),
            span: call.span,
            facts: Vec::new(),
            wrapper: false,
            repeated: st.repeated,
        }
    }

    /// Finds out what the first word stands for, and follows it.
    pub(super) fn dispatch(&mut self, st: &mut State, call: Call) -> Flow {
        let Some(program) = call.args.first() else { return Flow::here(st, None) };
        if st.level > MAX_LEVEL || !self.step(st, call.span) {
            self.gap(st, Gap::Bound, "nested too deep", call.span);
            return Flow::here(st, None);
        }
        let program = program.value.clone();
        let Some(mut name) = program.literal().map(Cow::Borrowed) else {
            return self.unknown_program(st, call);
        };
        if let Some(text) = global_alias(st, &call) {
            return self.run_alias(st, super::builtins::GLOBAL_ALIAS, &text, Call { args: Vec::new(), ..call });
        }
        let mut call = call;
        if st.depth.dialect == Dialect::Zsh
            && let Some(flow) = self.zsh_command(st, &name, &call)
        {
            return flow;
        }
        if st.depth.dialect == Dialect::Fish
            && let Some(flow) = self.fish_command(st, &name, &call)
        {
            return flow;
        }
        // zsh's zsh/files module brings `zf_rm` and its kin.
        if let Some(plain) = name.strip_prefix("zf_").map(str::to_owned) {
            if let Some(program) = call.args.first_mut() {
                program.value = Value::lit(plain.clone());
            }
            name = Cow::Owned(plain);
        }
        // zsh's `=rm` is the path of `rm`.
        if let Some(plain) = name.strip_prefix('=').filter(|rest| rest.starts_with(|ch: char| ch.is_ascii_alphabetic()))
        {
            let plain = plain.to_owned();
            if let Some(program) = call.args.first_mut() {
                program.value = Value::lit(plain.clone());
            }
            name = Cow::Owned(plain);
        }
        if name.is_empty() && call.args.len() == 1 {
            return Flow::here(st, Some(Value::default()));
        }
        if let Some(text) = self.alias(st, &name) {
            // A shell without a terminal leaves aliases alone, and none knows one on the line that defines it.
            self.run_alias(&mut st.clone(), &name, &text, call.clone());
            st.calls.push(name.into_owned());
            let flow = self.dispatch(st, call);
            st.calls.pop();
            return Flow::here(st, flow.output);
        }
        if let Some(text) = self.world.alias(&name).filter(|_| !st.calls.iter().any(|call| *call == name)) {
            return self.run_alias(st, &name, &text, call);
        }
        if let Some(function) = st.functions.get(name.as_ref()).cloned() {
            if !function.doubtful {
                return self.call_function(st, &name, &function, call);
            }
            self.call_function(&mut st.clone(), &name, &function, call.clone());
            Rc::make_mut(&mut st.functions).remove(name.as_ref());
            let flow = self.dispatch(st, call);
            Rc::make_mut(&mut st.functions).insert(name.into_owned(), function);
            return Flow::here(st, flow.output);
        }
        if let Some(text) = self.world.function(&name)
            && !st.calls.iter().any(|call| *call == name)
        {
            let mut inner = st.clone();
            inner.calls.push(name.to_string());
            self.nested_text(&mut inner, &Value::lit(text), call.span, &format!("function {name}"), &call.args);
        }
        if name == "exec" && call.args.len() == 1 {
            self.open(st, &call.redirects);
        }
        if self.fed && name == "exec" {
            self.other_input(st, &call);
        }
        // `tee /dev/stdin`
        let names_it = |arg: &Arg| names_input(&arg.value) || arg.value.prefix() == "of=/dev/stdin";
        if self.fed && WRITERS.contains(&name.as_ref()) && call.args.iter().any(names_it) {
            self.gap(st, Gap::Code, "text for the shell's own input", call.span);
        }
        let known = self.run(st, &call);
        let flow = self.builtin(st, &name, &call);
        flow.unwrap_or_else(|| Flow::here(st, known))
    }

    fn alias(&self, st: &State, name: &str) -> Option<String> {
        if st.calls.iter().any(|call| call == name) {
            return None;
        }
        st.aliases.get(name).cloned()
    }

    /// An alias: its text with the words of the call behind it.
    fn run_alias(&mut self, st: &mut State, name: &str, text: &str, call: Call) -> Flow {
        let mut inner = st.clone();
        inner.calls.push(name.to_owned());
        inner.level += 1;
        let mut whole = Value::lit(text);
        for arg in call.args.iter().skip(1) {
            whole.push_lit(" ");
            let mut quoted = Value::default();
            super::nested::push_quoted(&mut quoted, &arg.value);
            whole.push_value(&quoted);
        }
        self.nested_text(&mut inner, &whole, call.span, &format!("alias {name}"), &[]);
        inner.calls.pop();
        st.cwd = inner.cwd;
        st.vars = inner.vars;
        Flow::here(st, None)
    }

    fn call_function(&mut self, st: &mut State, name: &str, function: &Function, call: Call) -> Flow {
        let running = st.calls.iter().filter(|call| *call == name).count();
        // Once more inside of itself: what one round leaves, the next one finds.
        if running > 1 {
            // A function without a name that runs inside of itself was put together while it ran.
            if name.starts_with(crate::syntax::zsh::NAMELESS) {
                self.gap(st, Gap::Code, name, call.span);
            }
            // A function that calls itself through a pipe or in the background fills the machine with processes.
            if st.stdout == Stdout::Pipe || matches!(st.stdin, Stdin::Pipe(_)) {
                self.gap(st, Gap::Code, &format!("`{name}` starts itself again and again"), call.span);
            }
            return Flow::here(st, None);
        }
        self.called.insert(name.to_owned());
        let saved = (st.params.take(), st.stdin.clone(), st.stdout.clone());
        st.params = Some(call.args.iter().skip(1).map(|arg| arg.value.clone()).collect());
        st.calls.push(name.to_owned());
        st.level += 1;
        if let Some(stdin) = &call.redirects.stdin {
            st.stdin = stdin.clone();
        }
        for (name, value) in &call.assigns {
            st.set(name, value.clone());
            st.export(name);
        }
        let before = self.out.invocations.len();
        let here = (st.file.clone(), st.quiet);
        if let Some((file, quiet)) = &function.home {
            let (outer, _) = st.locate(call.span);
            st.file = Some(Rc::new(file.seen_from(outer)));
            st.quiet |= *quiet;
        }
        let joined = st.joined;
        st.joined |= call.redirects.joined;
        self.ways.push(Way { is_function: true, ..Way::default() });
        let other = function.or.as_ref().map(|other| {
            let mut inner = st.clone();
            self.compound(&mut inner, &other.body);
            inner
        });
        let flow = self.compound(st, &function.body);
        if let Some(other) = other {
            st.merge(&other);
        }
        st.joined = joined;
        self.arrive(st);
        (st.file, st.quiet) = here;
        if !call.redirects.files.is_empty() {
            self.bare_redirects(st, &call.redirects, call.span);
            let from = (before..self.out.invocations.len()).collect();
            self.written(st, &call.redirects, flow.output.as_ref(), from);
        }
        st.level -= 1;
        st.calls.pop();
        (st.params, st.stdin, st.stdout) = saved;
        Flow::here(st, flow.output.filter(|_| call.redirects.stdout_file.is_none()))
    }

    /// The program is not known: it is said so, and what it may be is followed.
    fn unknown_program(&mut self, st: &mut State, call: Call) -> Flow {
        let Some(program) = call.args.first() else { return Flow::here(st, None) };
        let value = program.value.clone();
        // `"$VENV/bin/python"`: the name is known, the place is not.
        if let Some((_, name)) = value.suffix().rsplit_once('/')
            && !name.is_empty()
        {
            self.run(st, &call);
            return Flow::here(st, None);
        }
        if let Some(names) = self.looked_up(&value) {
            for name in names {
                let mut call = call.clone();
                if let Some(program) = call.args.first_mut() {
                    program.value = Value::lit(name);
                }
                self.dispatch(st, call);
            }
            return Flow::here(st, None);
        }
        if value.has_glob() && !value.has_unknown() {
            return self.globbed_program(st, call);
        }
        // `${SUDO} apt-get …` with nothing in SUDO runs the next word.
        let vanishes = value
            .segs()
            .iter()
            .all(|seg| matches!(seg, crate::syntax::Seg::Unknown(unknown) if unknown.may_be_empty && !unknown.quoted));
        if vanishes && call.args.len() > 1 {
            let rest = Call { args: call.args[1..].to_vec(), ..call.clone() };
            self.dispatch(st, rest);
            if matches!(value.unknowns().next().map(|unknown| &unknown.origin), Some(Origin::Variable(name)) if prefix_name(name))
            {
                return Flow::here(st, None);
            }
        }
        if !self.stands(st, &value) {
            self.gap(st, Gap::Program, &value.text(), program.span);
        }
        let inv = self.invocation(st, &call);
        let index = self.emit(st, inv);
        self.written(st, &call.redirects, None, vec![index]);
        Flow::here(st, None)
    }

    /// `/bin/r?`: what is there now.
    fn globbed_program(&mut self, st: &mut State, call: Call) -> Flow {
        let pattern = call.args.first().map(|arg| arg.value.text().into_owned()).unwrap_or_default();
        let found = self.world.glob(&pattern, 8);
        let Some(first) = found.first().cloned() else {
            if let Some(first) = call.args.first()
                && !self.stands(st, &first.value)
            {
                self.gap(st, Gap::Program, &pattern, first.span);
            }
            return Flow::here(st, None);
        };
        let span = call.args.first().map(|arg| arg.span).unwrap_or_default();
        let mut args: Vec<Arg> = found.iter().map(|path| Arg::lit(path.clone(), span)).collect();
        args.extend(call.args.iter().skip(1).cloned());
        if let Some(program) = args.first_mut() {
            program.value = Value::lit(first);
        }
        self.dispatch(st, Call { args, ..call })
    }

    /// `exec < file` where the shell reads its commands from its standard input: from here on they come from there.
    fn other_input(&mut self, st: &mut State, call: &Call) {
        if call.args.iter().skip(1).any(|arg| !arg.value.prefix().starts_with('-')) {
            return;
        }
        let given = call.redirects.stdin.as_ref().unwrap_or(&st.stdin).clone();
        let both = call.redirects.files.iter().find(|file| file.fd == 0 && file.kind == RedirectKind::ReadWrite);
        match given {
            Stdin::File(path) if both.is_none() => self.read_on(st, call, path),
            Stdin::Inherit if both.is_some() => {
                self.read_on(st, call, both.map(|file| file.target.clone()).unwrap_or_default());
            }
            Stdin::Text(text) if both.is_none() => self.nested_text(st, &text, call.span, "exec", &[]),
            Stdin::Inherit => {}
            _ => self.gap(st, Gap::Code, "commands from another descriptor", call.span),
        }
    }

    fn read_on(&mut self, st: &mut State, call: &Call, path: Value) {
        let args = vec![Arg::lit(".", call.span), Arg { value: path, span: call.span }];
        self.run(st, &Call { args, assigns: Vec::new(), redirects: Redirects::default(), span: call.span });
    }

    /// Lists a program that runs in each folder the shell may be in, and what it starts itself. Known output.
    pub(super) fn run(&mut self, st: &mut State, call: &Call) -> Option<Value> {
        if st.cwd.len() == 1 {
            let output = self.run_here(st, call);
            return call.redirects.passed(output, st.joined).filter(|_| call.redirects.stdout_file.is_none());
        }
        let mut after: Option<State> = None;
        for cwd in &st.cwd.clone() {
            let mut here = st.clone();
            here.cwd = smallvec![cwd.clone()];
            let certain = self.files.enter();
            self.run_here(&mut here, call);
            self.files.leave(certain);
            match &mut after {
                Some(after) => after.merge(&here),
                None => after = Some(here),
            }
        }
        // `eval` and `source` change the shell itself.
        if let Some(after) = after {
            (st.vars, st.functions, st.aliases) = (after.vars, after.functions, after.aliases);
            (st.cwd, st.errexit) = (after.cwd, after.errexit);
        }
        None
    }

    /// Lists a program that runs in the one folder of the state, and what it starts itself. Its output, where known.
    fn run_here(&mut self, st: &mut State, call: &Call) -> Option<Value> {
        if st.vars.environment().len() >= MAX_ENVIRONMENT {
            self.gap(st, Gap::Bound, "too many exported variables to follow", call.span);
        }
        let inv = self.invocation(st, call);
        let known = self.output_of(st, &inv);
        let through_links = self.through_links(st, call);
        let index = self.emit(st, inv);
        // What only prints runs nothing that could look at the file.
        let open = known.is_none() && self.opens(st, &call.redirects);
        self.follow(st, call, index);
        if open {
            self.files.end_write();
        }
        if let Some(call) = through_links {
            let inv = self.invocation(st, &call);
            self.emit(st, inv);
        }
        if call.redirects.stdout_file.is_some() {
            let output = known.as_ref().filter(|_| !call.redirects.may_fail);
            self.written(st, &call.redirects, output, vec![index]);
        }
        known
    }
}

impl Eval<'_> {
    /// The path of one `mktemp` differs from that of another.
    fn numbered(&self, made: Value) -> Value {
        let number = self.made.get();
        self.made.set(number + 1);
        let Some(name) = outputs::TEMPORARIES.get(number) else { return made };
        let mut out = Value::default();
        for seg in made.segs() {
            match seg {
                Seg::Unknown(unknown) if unknown.origin == Origin::Other(outputs::TEMPORARY) => {
                    out.push(Seg::Unknown(Unknown { origin: Origin::Other(name), ..unknown.clone() }));
                }
                other => out.push(other.clone()),
            }
        }
        out
    }

    /// What a program is known to print; `echo` of zsh and dash takes backslashes for more than themselves.
    fn output_of(&self, st: &State, inv: &Invocation) -> Option<Value> {
        let escapes = inv.name() == Some("echo")
            && matches!(st.depth.dialect, Dialect::Zsh | Dialect::Sh)
            && inv
                .args
                .iter()
                .any(|arg| arg.value.segs().iter().any(|seg| matches!(seg, Seg::Lit(text) if text.contains('\\'))));
        match st.depth.dialect {
            Dialect::Sh if escapes => None,
            Dialect::Zsh if escapes && !inv.args.iter().any(|arg| arg.value.is("-E")) => {
                let mut args = vec![Arg::lit("-e", inv.span)];
                args.extend(inv.args.iter().cloned());
                outputs::known(&Invocation { args, ..inv.clone() }, self.world)
            }
            _ => {
                let made = inv.name() == Some("mktemp");
                let known = outputs::known(inv, self.world);
                known.map(|known| if made { self.numbered(known) } else { known }).or_else(|| self.printed(st, inv))
            }
        }
    }
}

/// The command's text with its global aliases replaced, where it has any.
fn global_alias(st: &State, call: &Call) -> Option<String> {
    if st.aliases.is_empty() {
        return None;
    }
    let replaced =
        |arg: &Arg| st.aliases.get(&format!("{}{}", super::builtins::GLOBAL_ALIAS, arg.value.literal()?)).cloned();
    call.args.iter().find_map(replaced)?;
    let words: Vec<String> = call
        .args
        .iter()
        .map(|arg| replaced(arg).unwrap_or_else(|| shell_words::quote(&arg.value.text()).into_owned()))
        .collect();
    Some(words.join(" "))
}

impl Eval<'_> {
    /// The call with paths that lead through links which the line itself made, written as where they lead.
    fn through_links(&self, st: &State, call: &Call) -> Option<Call> {
        if self.links.is_empty() {
            return None;
        }
        let mut changed = false;
        let mut call = call.clone();
        for arg in call.args.iter_mut().skip(1) {
            let head = Value::lit(arg.value.prefix());
            let Some(path) = self.absolute(st, &head) else { continue };
            let Some((link, target)) = self.links.iter().find(|(link, _)| paths::is_within(&path, link)) else {
                continue;
            };
            let mut value = Value::lit(format!("{target}{}", path.strip_prefix(link.as_str()).unwrap_or("")));
            if arg.value.prefix().ends_with('/') {
                value.push_lit("/");
            }
            arg.value.segs().iter().skip(1).for_each(|seg| value.push(seg.clone()));
            arg.value = value;
            changed = true;
        }
        changed.then_some(call)
    }
}

/// Variables that by custom hold nothing or a word such as `sudo`.
fn prefix_name(name: &str) -> bool {
    matches!(
        name,
        "SUDO"
            | "sudo"
            | "DRY_RUN"
            | "dry_run"
            | "ECHO"
            | "RUN"
            | "run"
            | "PREFIX"
            | "TIME"
            | "NICE"
            | "Q"
            | "CMD_PREFIX"
    )
}
