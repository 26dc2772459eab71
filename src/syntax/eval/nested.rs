//! What a program starts itself: wrappers' programs, text for shells, scripts, interpreters' code.

mod code;
mod content;
mod manifest;
mod program;
mod project;
mod text;
mod touched;
mod written;

use std::rc::Rc;

use smallvec::smallvec;

pub(super) use self::text::push_quoted;
use super::overlay::Overlay;
use super::redirects::Redirects;
use super::simple::Call;
use super::state::State;
use super::{Eval, MAX_LEVEL};
use crate::syntax::inside;
use crate::syntax::unwrap::{self, Inner, Step};
use crate::syntax::{Dialect, Gap, Invocation, Stdin, Value, paths};

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

/// Programs that may leave what they start behind, running beside the rest of the line.
const DETACHED: &[&str] = &[
    "setsid",
    "nohup",
    "at",
    "batch",
    "systemd-run",
    "tmux",
    "screen",
    "daemonize",
    "start-stop-daemon",
    "ssh",
    "crontab",
    "dtach",
    "abduco",
    "zellij",
    "launchctl",
    "watch",
    "entr",
    "script",
];

impl Eval<'_> {
    /// Follows what an invocation starts.
    pub(super) fn follow(&mut self, st: &mut State, call: &Call, index: usize) {
        let Some(inv) = self.out.invocations.get(index).cloned() else { return };
        for (name, value) in &call.assigns {
            self.environment_code(st, name, value, call.span);
        }
        // In zsh, one that a function sets runs when the function ends.
        if inv.name() == Some("trap")
            && self.defer(st, &inv)
            && (st.calls.is_empty() || st.depth.dialect != Dialect::Zsh)
        {
            return;
        }
        self.libraries(st, &inv, index);
        self.plugin(st, call, &inv);
        self.project_code(st, &inv, index);
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
                // What our own grammar cannot read of it, its reader can; `$PSVersionTable` by itself is a value, no program.
                let letter = |c: char| c.is_alphanumeric() || c == '.';
                let shows_value = inv.args.last().and_then(|arg| arg.value.literal()).is_some_and(|text| {
                    text.strip_prefix('$').is_some_and(|name| !name.is_empty() && name.chars().all(letter))
                });
                let mut at = 0;
                self.out.unresolved.retain(|gap| {
                    at += 1;
                    let said = gap.what == Gap::Code || gap.what == Gap::Program && shows_value;
                    at <= known || !said || gap.text.starts_with("PowerShell")
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

    /// Follows one program behind a wrapper.
    fn unwrapped(&mut self, st: &mut State, call: &Call, inv: &Invocation, step: Step) {
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
            inner.cwd = smallvec![resolved(&inv.cwd, dir)];
        }
        for (name, value) in &step.assigns {
            self.environment_code(st, name, value, call.span);
        }
        let apart = inv.name().is_some_and(|name| DETACHED.contains(&name));
        if apart {
            self.files.step_aside();
        }
        if in_place(inv) {
            self.inside(&mut inner, call, inv, step);
        } else {
            self.in_process(&mut inner, |eval, inner| eval.inside(inner, call, inv, step));
        }
        if apart {
            self.files.step_back();
        }
        if same_shell(inv) {
            st.vars = inner.vars;
            st.functions = inner.functions;
            st.aliases = inner.aliases;
            st.cwd = inner.cwd;
            st.errexit = inner.errexit;
        }
    }

    /// What stands behind a wrapper, in its own state.
    fn inside(&mut self, inner: &mut State, call: &Call, inv: &Invocation, step: Step) {
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
                self.dispatch(inner, inner_call);
            }
            Inner::Shell { text, span, params, dialect } => {
                for (name, value) in step.assigns.iter().chain(&call.assigns) {
                    inner.set(name, value.clone());
                    inner.export(name);
                }
                if let Some((name, rest)) = params.split_first() {
                    inner.name = name.value.clone();
                    inner.params = Some(rest.iter().map(|arg| arg.value.clone()).collect());
                } else if !same_shell(inv) {
                    inner.params = Some(Vec::new());
                }
                let dialect = if in_place(inv) { inner.depth.dialect } else { dialect };
                self.shell_text(inner, &text, span, dialect);
            }
            Inner::ShellFile { path, span, params, dialect } => {
                if !params.is_empty() || !same_shell(inv) {
                    inner.params = Some(params.iter().map(|arg| arg.value.clone()).collect());
                }
                inner.name = path.clone();
                for (name, value) in step.assigns.iter().chain(&call.assigns) {
                    inner.set(name, value.clone());
                    inner.export(name);
                }
                let dialect = if in_place(inv) { inner.depth.dialect } else { dialect };
                self.shell_file(inner, &path, span, dialect);
            }
            Inner::ShellStdin(dialect) => self.shell_stdin(inner, inv, dialect),
            // What the line itself wrote is followed by the step beside this one.
            Inner::Hidden(what) if self.files.contains_key(&what) => {}
            Inner::Hidden(what) => self.gap(inner, Gap::Code, &what, inv.span),
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
/// `eval`, `source` and `.` run in the shell itself.
fn same_shell(inv: &Invocation) -> bool {
    matches!(inv.name(), Some("eval" | "source" | "."))
}

/// Its code runs in the process of the shell that has it, by the same grammar.
fn in_place(inv: &Invocation) -> bool {
    same_shell(inv) || inv.name() == Some("trap")
}

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
