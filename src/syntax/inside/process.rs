//! Programs and code that code starts.

use super::Run;
use super::act::Args;
use super::val::{self, Val};
use super::walk::Walker;
use crate::syntax::Value;

/// Shells, by name.
const SHELLS: &[&str] = &["sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "cmd", "cmd.exe", "powershell", "pwsh"];

/// Alternatives of one word that are each followed by themselves.
const FEW: usize = 4;

impl Walker<'_> {
    /// Records a started program, within a bound.
    pub(super) fn run(&mut self, run: Run) {
        let run = self.in_folder(run);
        self.flow.shell |= is_bare_shell(&run);
        if self.look.runs.len() < 512 && !self.look.runs.contains(&run) {
            self.look.runs.push(run);
        }
    }

    /// The code moved elsewhere before: the program starts there.
    fn in_folder(&self, run: Run) -> Run {
        let Some(cwd) = &self.cwd else { return run };
        match run {
            Run::Words(words) => Run::Words(in_folder(cwd, words)),
            Run::Shell(text) => Run::Words(in_folder(cwd, vec![Value::lit("sh"), Value::lit("-c"), text])),
            hidden @ Run::Hidden(_) => hidden,
        }
    }

    pub(super) fn shell_arg(&mut self, val: Option<&Val>, name: &str, args: &Args) -> Val {
        match val {
            Some(Val::List(list)) => return self.words(&Val::List(list.clone()), name, args),
            Some(Val::Map(_)) | None => return Val::Unknown,
            Some(val) => {
                self.flow.remote |= *val == Val::Remote;
                for text in val.texts() {
                    if text.is("") {
                    } else if text.is_wholly_unknown() {
                        self.run(Run::Hidden(name.to_owned()));
                    } else {
                        self.shell_text(text, args);
                    }
                }
            }
        }
        Val::Object("process", String::new())
    }

    fn shell_text(&mut self, text: Value, args: &Args) {
        self.fed_shell(&Run::Shell(text.clone()), args);
        match args.option("cwd").map(Val::text) {
            Some(cwd) if !cwd.is_wholly_unknown() => {
                let words = vec![Value::lit("sh"), Value::lit("-c"), text];
                self.run(Run::Words(in_folder(&cwd, words)));
            }
            _ => self.run(Run::Shell(text)),
        }
    }

    /// Starts a program by its words.
    pub(super) fn words(&mut self, list: &Val, name: &str, args: &Args) -> Val {
        let Val::List(items) = list else { return Val::Unknown };
        if let Some(at) = items.iter().position(|item| matches!(item, Val::OneOf(all) if all.len() <= FEW)) {
            let Some(Val::OneOf(all)) = items.get(at) else { return Val::Unknown };
            let mut last = Val::Unknown;
            for one in all {
                let mut items = items.clone();
                if let Some(item) = items.get_mut(at) {
                    *item = one.clone();
                }
                last = self.words(&Val::List(items), name, args);
            }
            return last;
        }
        let mut words: Vec<Value> = Vec::new();
        for item in items.iter().take(1024) {
            match item {
                Val::List(inner) => words.extend(inner.iter().map(Val::text)),
                Val::Map(_) => {}
                Val::OneOf(_) if words.is_empty() => {
                    let firsts = item.texts();
                    words.extend(firsts.into_iter().next());
                }
                other => words.push(other.text()),
            }
        }
        let Some(first) = words.first() else {
            return Val::Unknown;
        };
        if first.is_wholly_unknown() {
            self.flow.remote |= items.contains(&Val::Remote);
            self.run(Run::Hidden(name.to_owned()));
            return Val::Unknown;
        }
        let shell = is_bare_shell(&Run::Words(words.clone()));
        self.fed_shell(&Run::Words(words.clone()), args);
        match args.option("cwd").map(Val::text) {
            Some(cwd) if !cwd.is_wholly_unknown() => self.run(Run::Words(in_folder(&cwd, words))),
            _ => self.run(Run::Words(words)),
        }
        Val::Object("process", if shell { "shell".to_owned() } else { String::new() })
    }

    /// A bare shell that gets its commands as `input`.
    fn fed_shell(&mut self, run: &Run, args: &Args) {
        if !is_bare_shell(run) {
            return;
        }
        if let Some(input) = args.option("input").cloned() {
            self.feed(&input);
        }
    }

    /// Text that is written into a shell's standard input.
    pub(super) fn feed(&mut self, input: &Val) {
        let text = input.text();
        self.run(if text.is_wholly_unknown() { Run::Hidden("shell input".to_owned()) } else { Run::Shell(text) });
    }

    pub(super) fn process(&mut self, val: Option<&Val>, name: &str, args: &Args) -> Val {
        match val {
            Some(Val::List(list)) if args.is_on("shell") && list.len() == 1 => {
                self.shell_arg(list.first().cloned().as_ref(), name, args)
            }
            Some(list @ Val::List(_)) => self.words(&list.clone(), name, args),
            Some(Val::OneOf(all)) => {
                for one in all.clone() {
                    self.process(Some(&one), name, args);
                }
                Val::Object("process", String::new())
            }
            other => self.shell_arg(other.cloned().as_ref(), name, args),
        }
    }

    /// `spawn(program, [words], options)`.
    pub(super) fn spawn(&mut self, name: &str, args: &Args) -> Val {
        let mut list = vec![args.get(0).cloned().unwrap_or(Val::Unknown)];
        match args.get(1) {
            Some(Val::List(words)) => list.extend(words.iter().cloned()),
            Some(Val::Map(_)) | None => {}
            Some(other) => list.push(other.clone()),
        }
        if args.is_on("shell") || (list.len() == 1 && matches!(list.first(), Some(Val::OneOf(_)))) {
            let text = list.iter().skip(1).fold(list.first().cloned().unwrap_or(Val::Unknown), |all, word| {
                val::concat(&val::concat(&all, &Val::lit(" ")), word)
            });
            return self.shell_arg(Some(&text), name, args);
        }
        self.words(&Val::List(list), name, args)
    }

    /// Runs text as code of the same language: known text is looked into.
    pub(super) fn code(&mut self, val: Option<&Val>, name: &str) -> Val {
        let Some(val) = val else { return Val::Unknown };
        match val {
            Val::Content(path) => {
                if let Some(program) = self.lang.program {
                    self.run(Run::Words(vec![Value::lit(program), path.clone()]));
                }
                return Val::Unknown;
            }
            Val::Name(own) if self.functions.contains_key(own) => return Val::Unknown,
            _ => {}
        }
        for text in val.texts() {
            match text.literal() {
                Some(code) => self.nested(code),
                None => self.opaque(name),
            }
        }
        Val::Unknown
    }
}

fn in_folder(cwd: &Value, words: Vec<Value>) -> Vec<Value> {
    let mut out = vec![Value::lit("env"), Value::lit("-C"), cwd.clone()];
    out.extend(words);
    out
}

/// Says whether a started program is a shell without anything to do: it is there to be spoken to.
pub(super) fn is_bare_shell(run: &Run) -> bool {
    let words: Vec<String> = match run {
        Run::Shell(text) => match text.literal() {
            Some(text) => text.split_whitespace().map(str::to_owned).collect(),
            None => return false,
        },
        Run::Words(words) => words.iter().map(|word| word.text().into_owned()).collect(),
        Run::Hidden(_) => return false,
    };
    let Some(first) = words.first() else { return false };
    let name = first.rsplit('/').next().unwrap_or(first);
    let rest = words.get(1..).unwrap_or_default();
    let bare = rest.iter().all(|word| {
        word == name
            || matches!(word.as_str(), "-i" | "-l" | "-" | "-s" | "-p" | "-il" | "--login" | "<code>")
            || word.starts_with(['>', '<', '0', '1', '2'])
    });
    SHELLS.contains(&name) && bare
}
