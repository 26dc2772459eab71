//! What a program starts itself: wrappers' programs, text for shells, scripts, interpreters' code.

use std::rc::Rc;

use super::overlay::Overlay;
use super::simple::{Call, Redirects};
use super::state::{CodeFile, State};
use super::{Eval, MAX_LEVEL, MAX_SCRIPT, Written};
use crate::syntax::inside::{self, Interpreter, Lang, Run, Source};
use crate::syntax::parse::Base;
use crate::syntax::unwrap::{self, Dialect, Inner, Step};
use crate::syntax::{Arg, CodeFact, FileRead, Gap, Invocation, PathKind, Seg, Span, Stdin, Value, paths};

/// Programs that only run another one: the inner invocation says all.
const PURE_WRAPPERS: &[&str] = &[
    "sudo",
    "doas",
    "env",
    "nohup",
    "nice",
    "ionice",
    "timeout",
    "time",
    "stdbuf",
    "setsid",
    "command",
    "builtin",
    "exec",
    "xargs",
    "chronic",
    "unbuffer",
    "busybox",
    "toybox",
    "caffeinate",
    "taskset",
    "chrt",
    "gosu",
    "su-exec",
    "run0",
    "pkexec",
    "fakeroot",
    "setarch",
    "parallel",
    "watch",
    "flock",
];

/// How the label of a library begins.
const LIBRARY: &str = "library ";

/// Words of git among which its subcommand is looked for.
const MAX_VERB: usize = 6;

/// Stands for an unknown part inside code of another language.
const UNKNOWN_IN_CODE: &str = "__WARDSH_UNKNOWN__";

/// Text that was found in a file.
enum Content {
    /// The line itself wrote it, or the file is new: judged in full.
    Fresh(String, String),
    /// It stood there before: what is seen counts, what is not seen is left alone.
    Standing(String, String),
    /// Written by the line, content unknown.
    Hidden,
    /// Not there, not readable, not text, or not ours to look into.
    None,
}

/// Appends a value so that a shell reads it as part of one word.
pub(super) fn push_quoted(out: &mut Value, value: &Value) {
    for seg in value.segs() {
        match seg {
            Seg::Lit(text) => out.push_lit(&shell_words::quote(text)),
            other => out.push(other.clone()),
        }
    }
}

/// `-s`, alone or in a bundle, and `--symbolic`.
fn is_symbolic(word: &str) -> bool {
    word == "--symbolic" || word.starts_with('-') && !word.starts_with("--") && word.contains('s')
}

/// Shells whose scripts are read as shell text.
fn is_posix(name: &str) -> bool {
    matches!(Dialect::of_name(name), Some(Dialect::Bash | Dialect::Zsh | Dialect::Sh))
}

impl Eval<'_> {
    /// Follows what an invocation starts.
    pub(super) fn follow(&mut self, st: &mut State, call: &Call, index: usize) {
        let Some(inv) = self.out.invocations.get(index).cloned() else { return };
        for (name, value) in &call.assigns {
            self.environment_code(st, name, value, call.span);
        }
        if inv.name() == Some("trap") && st.level == 0 && self.defer(&inv) {
            return;
        }
        self.libraries(st, &inv, index);
        self.plugin(st, call, &inv);
        let steps = unwrap::unwrap(&inv, &Overlay { world: self.world, files: &self.files });
        if !steps.is_empty() {
            let known = self.out.unresolved.len();
            let pure = inv.name().is_some_and(|name| PURE_WRAPPERS.contains(&name));
            if let Some(listed) = self.out.invocations.get_mut(index) {
                listed.wrapper = pure;
            }
            for step in steps {
                self.unwrapped(st, call, &inv, step);
            }
            // PowerShell's commands are programs to the rules; its .NET calls and pipes show in its own reading.
            if matches!(inv.name(), Some("pwsh" | "powershell" | "pwsh.exe" | "powershell.exe"))
                && let Some(interpreter) = inside::interpreter(&inv)
            {
                // What our own grammar cannot read of it, its reader can.
                let mut at = 0;
                self.out.unresolved.retain(|gap| {
                    at += 1;
                    at <= known || gap.what != Gap::Code || gap.text.starts_with("PowerShell")
                });
                self.interpret(st, &inv, &interpreter, index);
            }
            return;
        }
        self.file_effects(st, &inv, index);
        if let Some(interpreter) = inside::interpreter(&inv) {
            self.interpret(st, &inv, &interpreter, index);
            return;
        }
        for (text, span) in (self.escapes)(&inv, index, &self.out, self.world) {
            let mut inner = st.clone();
            inner.stdin = Stdin::Inherit;
            self.nested_text(&mut inner, &text, span, inv.name().unwrap_or("client"), &[]);
        }
        self.by_path(st, &inv, call);
    }

    /// Puts off a trap that runs when the line has ended: it sees the variables of then.
    fn defer(&mut self, inv: &Invocation) -> bool {
        let [text, signals @ ..] = inv.args.as_slice() else { return false };
        let at_once = signals.iter().any(|arg| matches!(arg.value.literal(), None | Some("DEBUG" | "ERR" | "RETURN")));
        if at_once || text.value.prefix().starts_with('-') || signals.is_empty() {
            return false;
        }
        self.traps.push(super::Trap { text: text.value.clone(), span: text.span });
        true
    }

    /// Follows one program behind a wrapper.
    fn unwrapped(&mut self, st: &mut State, call: &Call, inv: &Invocation, step: Step) {
        // `eval`, `source` and `.` run in the shell itself.
        let same_shell = matches!(inv.name(), Some("eval" | "source" | "."));
        let in_place = same_shell || inv.name() == Some("trap");
        let mut inner = st.clone();
        if inv.name().is_some_and(unwrap::is_shell) {
            inner.enter_child();
        }
        inner.via.push(step.label.clone());
        inner.level += 1;
        if inner.level > MAX_LEVEL {
            self.gap(st, Gap::Bound, "nested too deep", call.span);
            return;
        }
        inner.elevated |= step.elevated;
        inner.repeated |= step.repeated;
        inner.stdin = if step.eats_stdin { Stdin::Text(Value::default()) } else { inv.stdin.clone() };
        inner.stdout = inv.stdout.clone();
        if let Some(remote) = &step.remote {
            inner.remote = Some(remote.clone());
        }
        if let Some(dir) = &step.chdir {
            inner.cwd = vec![resolved(&inv.cwd, dir)];
        }
        for (name, value) in &step.assigns {
            self.environment_code(st, name, value, call.span);
        }
        match step.inner {
            Inner::Words(args) => {
                let mut assigns = call.assigns.clone();
                assigns.extend(step.assigns);
                let keep = inv.name().is_some_and(|name| PURE_WRAPPERS.contains(&name));
                let redirects = if keep { call.redirects.clone() } else { Redirects::default() };
                let redirects = Redirects { stdin: None, ..redirects };
                // What follows a wrapper is a program, not a function of this shell.
                inner.functions = Rc::default();
                inner.aliases = Rc::default();
                let inner_call = Call { args, assigns, redirects, span: call.span };
                self.dispatch(&mut inner, inner_call);
            }
            Inner::Shell { text, span, params, dialect } => {
                for (name, value) in step.assigns.iter().chain(&call.assigns) {
                    inner.set(name, value.clone());
                    inner.export(name);
                }
                if let Some((name, rest)) = params.split_first() {
                    inner.name = name.value.clone();
                    inner.params = Some(rest.iter().map(|arg| arg.value.clone()).collect());
                } else if !same_shell {
                    inner.params = Some(Vec::new());
                }
                let dialect = if in_place { st.depth.dialect } else { dialect };
                self.shell_text(&mut inner, &text, span, dialect);
            }
            Inner::ShellFile { path, span, params, dialect } => {
                if !params.is_empty() || !same_shell {
                    inner.params = Some(params.iter().map(|arg| arg.value.clone()).collect());
                }
                inner.name = path.clone();
                for (name, value) in step.assigns.iter().chain(&call.assigns) {
                    inner.set(name, value.clone());
                    inner.export(name);
                }
                let dialect = if in_place { st.depth.dialect } else { dialect };
                self.shell_file(&mut inner, &path, span, dialect);
            }
            Inner::ShellStdin(dialect) => self.shell_stdin(&mut inner, inv, dialect),
            // What the line itself wrote is followed by the step beside this one.
            Inner::Hidden(what) if self.files.contains_key(&what) => {}
            Inner::Hidden(what) => self.gap(&inner, Gap::Code, &what, inv.span),
        }
        if same_shell {
            st.vars = inner.vars;
            st.functions = inner.functions;
            st.aliases = inner.aliases;
            st.cwd = inner.cwd;
            st.errexit = inner.errexit;
        }
    }

    /// Follows text that a shell would run, in a state of its own that the caller made.
    pub(super) fn nested_text(&mut self, st: &mut State, text: &Value, span: Span, label: &str, params: &[Arg]) {
        if st.level >= MAX_LEVEL {
            self.gap(st, Gap::Bound, "nested too deep", span);
            return;
        }
        st.via.push(label.to_owned());
        st.level += 1;
        let saved = st.params.clone();
        if let Some((_, rest)) = params.split_first() {
            st.params = Some(rest.iter().map(|arg| arg.value.clone()).collect());
        }
        self.shell_text(st, text, span, st.depth.dialect);
        st.params = saved;
        st.level -= 1;
        st.via.pop();
    }

    fn shell_text(&mut self, st: &mut State, text: &Value, span: Span, dialect: Dialect) {
        if text.is_wholly_unknown() {
            self.gap(st, Gap::Code, &text.text(), span);
            return;
        }
        let mut source = String::new();
        for (at, seg) in text.segs().iter().enumerate() {
            match seg {
                Seg::Lit(text) | Seg::Glob(text) => source.push_str(text),
                Seg::Unknown(unknown) => {
                    let name = format!("__unknown_{}_{at}", st.level);
                    let mut value = Value::default();
                    value.push(Seg::Unknown(unknown.clone()));
                    st.set(&name, value);
                    source.push_str("${");
                    source.push_str(&name);
                    source.push('}');
                }
            }
        }
        if dialect == Dialect::Foreign && crate::syntax::parse::script(&source, st.flat(span), st.depth).is_err() {
            self.gap(st, Gap::Code, &source, span);
            return;
        }
        let depth = st.depth.deeper().read_by(dialect);
        if depth.exhausted() {
            self.gap(st, Gap::Bound, &source, span);
            return;
        }
        let saved = std::mem::replace(&mut st.depth, depth);
        self.text(st, &source, st.flat(span), depth);
        st.depth = saved;
    }

    fn shell_stdin(&mut self, st: &mut State, inv: &Invocation, dialect: Dialect) {
        match &inv.stdin {
            Stdin::Inherit => {}
            Stdin::Text(text) => {
                st.stdin = Stdin::Text(Value::default());
                if text.literal() != Some("") {
                    self.shell_text(st, text, inv.span, dialect);
                }
            }
            Stdin::File(path) => {
                let path = path.clone();
                self.shell_file(st, &path, inv.span, dialect);
            }
            Stdin::Pipe(_) => self.gap(st, Gap::Code, "commands read from a pipe", inv.span),
        }
    }

    fn shell_file(&mut self, st: &mut State, path: &Value, span: Span, dialect: Dialect) {
        if path.sources().next().is_some() {
            if !self.stands(st, path) && !self.set_up(path) {
                self.gap(st, Gap::Code, &path.text(), span);
            }
            return;
        }
        let Some(full) = self.absolute(st, path) else {
            if self.stands(st, path) {
                return;
            }
            // `"$DIR/deploy.sh"` has a name at least.
            let named = path.suffix().rsplit_once('/').is_some_and(|(_, name)| !name.is_empty());
            self.gap(st, if named { Gap::Argument } else { Gap::Code }, &path.text(), span);
            return;
        };
        match self.content(st, &full) {
            Content::Fresh(text, path) => self.shell_script(st, &text, &path, span, dialect, false),
            Content::Standing(text, path) => self.shell_script(st, &text, &path, span, dialect, true),
            Content::Hidden => self.gap(st, Gap::Code, &path.text(), span),
            Content::None => {}
        }
    }

    fn shell_script(&mut self, st: &mut State, text: &str, path: &str, span: Span, dialect: Dialect, standing: bool) {
        if dialect == Dialect::Foreign || st.level >= MAX_LEVEL {
            return;
        }
        let (outer, _) = st.locate(span);
        let file = CodeFile::new(format!("script {path}"), text, outer);
        let saved = (st.file.replace(Rc::new(file)), st.quiet);
        st.quiet |= standing;
        st.level += 1;
        let depth = st.depth.read_by(dialect);
        let reader = std::mem::replace(&mut st.depth, depth);
        self.text(st, text, Base::At(0), depth);
        st.depth = reader;
        st.level -= 1;
        (st.file, st.quiet) = saved;
    }

    /// A program given by its path, or one that the line itself put into `PATH`: a script is looked into.
    fn by_path(&mut self, st: &mut State, inv: &Invocation, call: &Call) {
        let Some(program) = inv.program.value.literal() else { return };
        if inv.remote.is_some() {
            return;
        }
        let path = if program.contains('/') {
            self.absolute(st, &inv.program.value)
        } else {
            self.in_changed_path(st, call, program).or_else(|| self.in_odd_path(program))
        };
        let Some(path) = path else { return };
        if let Some(Written::Program(real)) = self.files.get(&path)
            && *real != path
        {
            let mut same = call.clone();
            if let Some(program) = same.args.first_mut() {
                program.value = Value::lit(real.clone());
            }
            let mut inner = st.clone();
            inner.via.push(program.to_owned());
            inner.level += 1;
            self.dispatch(&mut inner, same);
            return;
        }
        let content = match self.content(st, &path) {
            Content::None if !program.contains('/') && self.is_added(&path) => self.file_code(&path),
            content => content,
        };
        let (text, standing) = match content {
            Content::Fresh(text, _) => (text, false),
            Content::Standing(text, _) => (text, true),
            Content::Hidden => {
                self.gap(st, Gap::Code, program, inv.program.span);
                return;
            }
            Content::None => return,
        };
        let mut inner = st.clone();
        inner.stdin = inv.stdin.clone();
        inner.stdout = inv.stdout.clone();
        inner.params = Some(inv.args.iter().map(|arg| arg.value.clone()).collect());
        inner.name = inv.program.value.clone();
        inner.vars = Rc::new(st.vars.exported());
        let first = text.lines().next().unwrap_or("");
        let hashbang = first.strip_prefix("#!").map(str::trim);
        let interpreter = hashbang.map(|line| {
            let words: Vec<&str> = line.split_whitespace().filter(|word| !word.starts_with('-')).collect();
            let name = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
            match words.as_slice() {
                [env, program, ..] if name(env) == "env" => name(program),
                [program, ..] => name(program),
                [] => "sh".to_owned(),
            }
        });
        let label = program.to_owned();
        match interpreter.as_deref() {
            None => self.shell_script(&mut inner, &text, &label, call.span, st.depth.dialect, standing),
            Some(name) if is_posix(name) => {
                let dialect = Dialect::of_name(name).unwrap_or_default();
                self.shell_script(&mut inner, &text, &label, call.span, dialect, standing);
            }
            Some(name) => {
                let mut args = vec![Arg { value: inv.program.value.clone(), span: inv.program.span }];
                args.extend(inv.args.iter().cloned());
                let as_called = Invocation { program: Arg::lit(name, inv.program.span), args, ..inv.clone() };
                if let Some(found) = inside::interpreter(&as_called) {
                    let index = self.out.invocations.len().saturating_sub(1);
                    let script = inv.program.value.clone();
                    self.look(
                        &mut inner,
                        &as_called,
                        found.lang,
                        &text,
                        &found.args,
                        index,
                        standing,
                        &label,
                        Some(&script),
                    );
                }
            }
        }
    }

    /// Libraries that an interpreter loads by the line's words or variables: looked into as scripts are.
    fn libraries(&mut self, st: &State, inv: &Invocation, index: usize) {
        for library in inside::libraries(inv) {
            for file in &library.files {
                let path = Value::lit(file.as_str());
                let Some(full) = self.absolute(st, &path) else { continue };
                let (text, standing) = match self.content(st, &full) {
                    Content::Fresh(text, _) => (text, false),
                    Content::Standing(text, _) => (text, true),
                    Content::Hidden => {
                        self.gap(st, Gap::Code, file, inv.span);
                        break;
                    }
                    Content::None => continue,
                };
                let label = format!("{LIBRARY}{file}");
                self.look(&mut st.clone(), inv, library.lang, &text, &[], index, standing, &label, Some(&path));
                break;
            }
        }
    }

    /// `git foo` starts `git-foo` where a folder holds it that the line itself has put into `PATH`, or one of the workspace.
    fn plugin(&mut self, st: &State, call: &Call, inv: &Invocation) {
        let Some(name) = inv.name().filter(|name| matches!(*name, "git" | "cargo" | "kubectl" | "oc")) else { return };
        let found = inv.args.iter().enumerate().take(MAX_VERB).find_map(|(at, arg)| {
            let word = arg.value.literal().filter(|word| !word.contains(['/', '=']) && !word.starts_with('-'))?;
            let program = format!("{name}-{word}");
            let added = |path: &String| self.files.contains_key(path) || self.is_added(path);
            let path = self.in_changed_path(st, call, &program).filter(added).or_else(|| self.in_odd_path(&program))?;
            Some((path, arg, inv.args.get(at + 1..)?))
        });
        let Some((path, verb, rest)) = found else { return };
        let mut inner = st.clone();
        inner.via.push(format!("{name} {}", verb.value.text()));
        inner.level += 1;
        if inner.level > MAX_LEVEL {
            self.gap(st, Gap::Bound, "nested too deep", call.span);
            return;
        }
        let args = std::iter::once(Arg::lit(path, verb.span)).chain(rest.iter().cloned()).collect();
        self.dispatch(&mut inner, Call { args, ..call.clone() });
    }

    /// Where a bare name is found if the line itself changed `PATH`.
    fn in_changed_path(&self, st: &State, call: &Call, program: &str) -> Option<String> {
        let path = call
            .assigns
            .iter()
            .rev()
            .find(|(name, _)| name == "PATH")
            .map(|(_, value)| value.clone())
            .or_else(|| st.vars.get("PATH").and_then(|var| var.alternatives.first().cloned()))?;
        let text = path.text().into_owned();
        text.split(':').take(16).find_map(|dir| {
            let dir = self.absolute(st, &Value::lit(if dir.is_empty() { "." } else { dir }))?;
            let candidate = paths::join(&dir, program);
            let there = self.files.contains_key(&candidate) || self.world.kind(&candidate) == PathKind::File;
            there.then_some(candidate)
        })
    }

    /// Says whether a program's folder is one that only the line itself has put into `PATH`, and no place of installed tools.
    fn is_added(&self, path: &str) -> bool {
        const TOOLS: [&str; 8] = ["/usr/", "/bin/", "/sbin/", "/opt/", "/snap/", "/nix/", "/home/linuxbrew/", "/."];
        let Some((dir, _)) = path.rsplit_once('/') else { return false };
        let inherited = self.world.var("PATH").unwrap_or_default();
        let at = format!("{dir}/");
        let installed =
            TOOLS.iter().any(|top| at.starts_with(top)) || at.contains("/.") || at.contains("/node_modules/");
        !installed && inherited.split(':').all(|known| known.trim_end_matches('/') != dir)
    }

    /// Where a bare name is found in an inherited `PATH` that leads through a temporary folder, the workspace, or whatever
    /// folder the shell is in, where it is found there.
    fn in_odd_path(&self, program: &str) -> Option<String> {
        if !*self.odd_path.get_or_init(|| self.has_odd_path()) {
            return None;
        }
        let found = paths::normal(&self.world.which(program)?);
        let here = found.rsplit_once('/').is_some_and(|(dir, _)| dir == self.world.cwd());
        (here || self.inspectable(&found)).then_some(found)
    }

    fn has_odd_path(&self) -> bool {
        let root = self.world.workspace().unwrap_or_else(|| self.world.cwd());
        let odd =
            |dir: &str| !dir.starts_with('/') || paths::is_temporary(dir) || root != "/" && paths::is_within(dir, root);
        self.world.var("PATH").is_some_and(|dirs| dirs.split(':').any(odd))
    }

    /// Looks at a file that is about to be run.
    fn content(&mut self, st: &State, path: &str) -> Content {
        match self.files.get(path) {
            Some(Written::Text(text)) => {
                return match text.literal() {
                    Some(text) => Content::Fresh(text.to_owned(), path.to_owned()),
                    None => Content::Fresh(text.text().into_owned(), path.to_owned()),
                };
            }
            Some(Written::By(_)) => return Content::Hidden,
            Some(Written::Program(real)) if real != path && !self.files.contains_key(real) => {
                let real = real.clone();
                return self.content(st, &real);
            }
            None | Some(Written::Program(_)) => {}
        }
        if is_descriptor(path) {
            return Content::Hidden;
        }
        if st.remote.is_some() || !self.inspectable(path) {
            return Content::None;
        }
        self.file_code(path)
    }

    fn file_code(&mut self, path: &str) -> Content {
        let Some(bytes) = self.world.read(path, MAX_SCRIPT) else { return Content::None };
        if bytes.iter().take(512).any(|&byte| byte == 0) {
            return Content::None;
        }
        let text = crate::syntax::bytes::decode(&bytes).text.into_owned();
        if !self.out.reads.iter().any(|read| read.path == path) {
            self.out.reads.push(FileRead { path: path.to_owned(), content: bytes });
        }
        if self.is_temporary(path) {
            return Content::Fresh(text, path.to_owned());
        }
        Content::Standing(text, path.to_owned())
    }

    /// Files of the workspace, the folder the line runs in and temporary folders are looked into; installed tools and
    /// a user's own start-up files are not.
    fn inspectable(&self, path: &str) -> bool {
        const SKIPPED: [&str; 8] =
            ["/node_modules/", "/.venv/", "/venv/", "/site-packages/", "/.git/", "/.nvm/", "/.cargo/", "/.asdf/"];
        if SKIPPED.iter().any(|part| path.contains(part)) || path.ends_with("/activate") {
            return false;
        }
        let root = self.world.workspace().unwrap_or_else(|| self.world.cwd());
        paths::is_temporary(path) || (paths::is_within(path, root) && root != "/")
    }

    fn interpret(&mut self, st: &mut State, inv: &Invocation, interpreter: &Interpreter, index: usize) {
        let name = inv.name().unwrap_or("interpreter").to_owned();
        let (code, span, standing, label) = match &interpreter.source {
            Source::Module(_) => return,
            Source::Text { code, span } => (code.clone(), *span, false, format!("{name} -c")),
            Source::Stdin => match &inv.stdin {
                Stdin::Text(text) => (text.clone(), inv.span, false, format!("{name} -")),
                Stdin::File(path) => {
                    let path = path.clone();
                    return self.interpret_file(st, inv, interpreter, &path, inv.span, index);
                }
                Stdin::Pipe(_) => {
                    self.gap(st, Gap::Code, "code read from a pipe", inv.span);
                    return;
                }
                Stdin::Inherit => return,
            },
            Source::File { path, span } => {
                let (path, span) = (path.clone(), *span);
                return self.interpret_file(st, inv, interpreter, &path, span, index);
            }
        };
        if code.is_wholly_unknown() {
            self.gap(st, Gap::Code, &code.text(), span);
            return;
        }
        let mut inner = st.clone();
        inner.stdin = Stdin::Inherit;
        let text = code_text(&code);
        self.look(&mut inner, inv, interpreter.lang, &text, &interpreter.args, index, standing, &label, None);
    }

    fn interpret_file(
        &mut self,
        st: &mut State,
        inv: &Invocation,
        interpreter: &Interpreter,
        path: &Value,
        span: Span,
        index: usize,
    ) {
        if path.sources().next().is_some() {
            if !self.stands(st, path) {
                self.gap(st, Gap::Code, &path.text(), span);
            }
            return;
        }
        let Some(full) = self.absolute(st, path) else {
            if self.stands(st, path) {
                return;
            }
            let named = path.suffix().rsplit_once('/').is_some_and(|(_, name)| !name.is_empty());
            self.gap(st, if named { Gap::Argument } else { Gap::Code }, &path.text(), span);
            return;
        };
        let (text, standing) = match self.content(st, &full) {
            Content::Fresh(text, _) => (text, false),
            Content::Standing(text, _) => (text, true),
            Content::Hidden => {
                self.gap(st, Gap::Code, &path.text(), span);
                return;
            }
            Content::None => return,
        };
        let label = format!("script {}", path.text());
        let mut inner = st.clone();
        self.look(&mut inner, inv, interpreter.lang, &text, &interpreter.args, index, standing, &label, Some(path));
    }

    /// Looks into code of another language; facts go to the invocation, started programs are followed.
    #[allow(clippy::too_many_arguments, reason = "one call per way that code is found")]
    fn look(
        &mut self,
        st: &mut State,
        inv: &Invocation,
        lang: Lang,
        code: &str,
        args: &[Arg],
        index: usize,
        standing: bool,
        label: &str,
        script: Option<&Value>,
    ) {
        if st.level >= MAX_LEVEL {
            self.gap(st, Gap::Bound, "nested too deep", inv.span);
            return;
        }
        let look = inside::look_script(lang, code, args, script);
        let home = self.lookup(st, "HOME").unwrap_or_default();
        let library = label.starts_with(LIBRARY);
        let facts: Vec<CodeFact> = look
            .facts
            .into_iter()
            .filter(|fact| !(library && is_vague(fact)))
            .filter(|fact| !(standing && matches!(fact, CodeFact::Opaque(_))))
            .map(|fact| untilde(fact, &home))
            .collect();
        if let Some(listed) = self.out.invocations.get_mut(index) {
            listed.facts.extend(facts);
        }
        st.via.push(label.to_owned());
        st.level += 1;
        st.functions = Rc::default();
        st.aliases = Rc::default();
        st.quiet |= standing;
        for run in look.runs {
            let mut inner = st.clone();
            match run {
                Run::Shell(text) => self.shell_text(&mut inner, &restore_unknown(&text), inv.span, Dialect::Sh),
                Run::Words(words) => {
                    let args: Vec<Arg> =
                        words.iter().map(|value| Arg { value: restore_unknown(value), span: inv.span }).collect();
                    // What a library's functions are given is not known here.
                    let args: Vec<Arg> =
                        args.into_iter().filter(|arg| !(library && arg.value.is_wholly_unknown())).collect();
                    if args.is_empty() {
                        continue;
                    }
                    let call = Call { args, assigns: Vec::new(), redirects: Redirects::default(), span: inv.span };
                    self.dispatch(&mut inner, call);
                }
                Run::Hidden(what) => self.gap(&inner, Gap::Code, &what, inv.span),
            }
        }
        st.via.pop();
        st.level -= 1;
    }

    /// Files that come to be, move or change under another name, as far as later commands of the line may run them.
    fn file_effects(&mut self, st: &State, inv: &Invocation, index: usize) {
        let Some(name) = inv.name() else { return };
        let operands: Vec<&Arg> = inv.args.iter().filter(|arg| !arg.value.prefix().starts_with('-')).collect();
        match name {
            "curl" | "wget" | "aria2c" | "fetch" => {
                let mut words = inv.args.iter();
                while let Some(arg) = words.next() {
                    let text = arg.value.prefix();
                    let target = match (name, text) {
                        ("curl" | "aria2c" | "fetch", "-o" | "--output" | "--out")
                        | ("wget", "-O" | "--output-document") => words.next().map(|arg| arg.value.clone()),
                        _ if text.starts_with("--output=") || text.starts_with("--output-document=") => {
                            text.split_once('=').map(|(_, path)| Value::lit(path))
                        }
                        ("wget", text) if text.starts_with('-') && !text.starts_with("--") && text.ends_with('O') => {
                            words.next().map(|arg| arg.value.clone())
                        }
                        ("curl", text) if text.starts_with('-') && !text.starts_with("--") && text.ends_with('o') => {
                            words.next().map(|arg| arg.value.clone())
                        }
                        ("wget" | "curl", text) if text.contains("://") && self.by_name(inv, name) => {
                            text.split(['?', '#']).next().and_then(|url| url.rsplit('/').next()).map(Value::lit)
                        }
                        _ => None,
                    };
                    if let Some(path) = target.and_then(|target| self.absolute(st, &target)) {
                        self.files.insert(path, Written::By(vec![index]));
                    }
                }
            }
            "tee" => {
                let append = inv.args.iter().any(|arg| arg.value.is("-a") || arg.value.is("--append"));
                let output = if let Stdin::Text(text) = &inv.stdin { Some(text.clone()) } else { None };
                for operand in operands {
                    let redirects =
                        Redirects { stdout_file: Some((operand.value.clone(), append)), ..Redirects::default() };
                    self.written(st, &redirects, output.as_ref(), vec![index]);
                }
            }
            "dd" => {
                let output = if let Stdin::Text(text) = &inv.stdin { Some(text.clone()) } else { None };
                if let Some(path) = inv.words().flatten().find_map(|word| word.strip_prefix("of=")) {
                    let stdout_file = Some((Value::lit(path), false));
                    self.written(st, &Redirects { stdout_file, ..Redirects::default() }, output.as_ref(), vec![index]);
                }
            }
            "sed" | "perl" if inv.words().flatten().any(|word| word.starts_with("-i") || word == "--in-place") => {
                self.edited_in_place(st, inv, &operands, index);
            }
            "cp" | "mv" | "ln" | "install" => {
                let [sources @ .., target] = operands.as_slice() else { return };
                for source in sources {
                    let Some(mut from) = self.absolute(st, &source.value) else { continue };
                    // What a symbolic link says is read from where it lies.
                    if name == "ln"
                        && !source.value.prefix().starts_with(['/', '~'])
                        && inv.args.iter().any(|arg| is_symbolic(arg.value.prefix()))
                        && let Some(link) = self.absolute(st, &target.value)
                        && let (Some(text), Some((folder, _))) = (source.value.literal(), link.rsplit_once('/'))
                    {
                        from = paths::join(folder, text);
                    }
                    let is_dir = self.world.kind(&from) == PathKind::Dir;
                    if name == "ln"
                        && is_dir
                        && let Some(link) = self.absolute(st, &target.value)
                    {
                        self.links.push((link, from));
                        continue;
                    }
                    let program = || (!is_dir).then(|| Written::Program(from.clone()));
                    let Some(written) = self.files.get(&from).cloned().or_else(program) else { continue };
                    let Some(mut to) = self.absolute(st, &target.value) else { continue };
                    if self.world.kind(&to) == PathKind::Dir || target.value.suffix().ends_with('/') {
                        to = paths::join(&to, from.rsplit('/').next().unwrap_or(""));
                    }
                    self.files.insert(to, written);
                }
            }
            _ => {}
        }
    }

    /// Files that the line wrote and now edits: plain replacements are followed, anything else hides the content.
    fn edited_in_place(&mut self, st: &State, inv: &Invocation, operands: &[&Arg], index: usize) {
        let script: Vec<Arg> = inv
            .args
            .iter()
            .filter(|arg| !arg.value.prefix().starts_with("-i") && !arg.value.is("--in-place"))
            .filter(|arg| self.absolute(st, &arg.value).is_none_or(|path| !self.files.contains_key(&path)))
            .cloned()
            .collect();
        for operand in operands {
            let Some(path) = self.absolute(st, &operand.value) else { continue };
            let Some(Written::Text(text)) = self.files.get(&path) else { continue };
            let edited = match inv.name() {
                Some("sed") => super::filters::run("sed", &script, Some(text)),
                _ => None,
            };
            self.files.insert(path, edited.map_or(Written::By(vec![index]), Written::Text));
        }
    }

    /// `wget URL` and `curl -O URL` write a file named after the URL.
    fn by_name(&self, inv: &Invocation, name: &str) -> bool {
        let flag = |wanted: &str, letter: char| {
            inv.words().flatten().any(|word| {
                word == wanted || (word.starts_with('-') && !word.starts_with("--") && word.contains(letter))
            })
        };
        if name == "wget" { !flag("--output-document", 'O') } else { flag("--remote-name", 'O') }
    }
}

/// The folder that a wrapper changes to.
fn resolved(cwd: &Value, dir: &Value) -> Value {
    match (cwd.literal(), dir.literal()) {
        (Some(cwd), Some(dir)) => Value::lit(paths::join(cwd, dir)),
        _ if dir.prefix().starts_with('/') => dir.clone(),
        _ => {
            let mut out = cwd.clone();
            out.push_lit("/");
            out.push_value(dir);
            out
        }
    }
}

/// Code as text, with a name in the place of what is not known.
fn code_text(code: &Value) -> String {
    code.segs()
        .iter()
        .map(|seg| match seg {
            Seg::Lit(text) | Seg::Glob(text) => text.as_str(),
            Seg::Unknown(_) => UNKNOWN_IN_CODE,
        })
        .collect()
}

/// A fact whose target is not known.
fn is_vague(fact: &CodeFact) -> bool {
    match fact {
        CodeFact::Delete { path, .. }
        | CodeFact::Overwrite(path)
        | CodeFact::Move(path)
        | CodeFact::Permission(path)
        | CodeFact::Read(path) => restore_unknown(path).literal().is_none(),
        _ => false,
    }
}

/// Turns the placeholder in values that came back from a look into an unknown part again.
fn restore_unknown(value: &Value) -> Value {
    let mut out = Value::default();
    for seg in value.segs() {
        match seg {
            Seg::Lit(text) if text.contains(UNKNOWN_IN_CODE) => {
                for (at, piece) in text.split(UNKNOWN_IN_CODE).enumerate() {
                    if at > 0 {
                        out.push_value(&Value::unknown(crate::syntax::Origin::Other("inserted text")));
                    }
                    out.push_lit(piece);
                }
            }
            other => out.push(other.clone()),
        }
    }
    out
}

/// Replaces `~` at the front of a fact's path by the home folder.
fn untilde(fact: CodeFact, home: &Value) -> CodeFact {
    let expand = |value: Value| {
        let value = restore_unknown(&value);
        match value.prefix().strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                let mut out = home.clone();
                out.push_lit(rest);
                value.segs().iter().skip(1).for_each(|seg| out.push(seg.clone()));
                out
            }
            _ => value,
        }
    };
    match fact {
        CodeFact::Delete { path, recursive } => CodeFact::Delete { path: expand(path), recursive },
        CodeFact::Overwrite(path) => CodeFact::Overwrite(expand(path)),
        CodeFact::Move(path) => CodeFact::Move(expand(path)),
        CodeFact::Permission(path) => CodeFact::Permission(expand(path)),
        CodeFact::Read(path) => CodeFact::Read(expand(path)),
        other => other,
    }
}

/// Says whether a path names a descriptor: what is read from there is whatever the line, or our caller, has opened.
fn is_descriptor(path: &str) -> bool {
    path.starts_with("/dev/fd/") || path.starts_with("/proc/") && path.contains("/fd/")
}
