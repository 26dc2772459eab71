//! Programs that are scripts themselves, or are not what their name says: found by a path, or in a folder that the line
//! has put into `PATH`.

use std::rc::Rc;

use super::content::Content;
use crate::syntax::eval::files::Written;
use crate::syntax::eval::simple::Call;
use crate::syntax::eval::state::State;
use crate::syntax::eval::{Eval, MAX_LEVEL};
use crate::syntax::inside;
use crate::syntax::{Arg, Dialect, Gap, Invocation, PathKind, Value, paths};

/// Folders of a changed `PATH` that are looked into.
const MAX_FOLDERS: usize = 256;

/// Words of git among which its subcommand is looked for.
const MAX_VERB: usize = 6;

impl Eval<'_> {
    /// A program given by its path, or one that the line itself put into `PATH`: a script is looked into.
    pub(super) fn by_path(&mut self, st: &mut State, inv: &Invocation, call: &Call) {
        if inv.remote.is_some() {
            return;
        }
        let Some(program) = inv.program.value.literal() else {
            let key = self.key(st, &inv.program.value);
            let contents = match &key {
                Some(key) => {
                    self.copied_programs(st, key, call);
                    self.contents(st, key)
                }
                None => self.contents_vaguely(st, &inv.program.value),
            };
            return self.run_contents(st, inv, call, contents);
        };
        let path = if program.contains('/') {
            self.key(st, &inv.program.value)
        } else {
            self.in_changed_path(st, call, program).or_else(|| self.in_odd_path(program))
        };
        let Some(path) = path else { return };
        if self.copied_programs(st, &path, call) {
            return;
        }
        let mut contents = self.contents(st, &path);
        if contents.is_empty() && !program.contains('/') && self.is_added(&path) {
            contents.extend(self.file_code(&path));
        }
        self.run_contents(st, inv, call, contents);
    }

    /// Runs each program of which the file may be a copy; true where it surely is one.
    fn copied_programs(&mut self, st: &State, path: &str, call: &Call) -> bool {
        let mut seen = self.files.seen_run(path, |path| self.world.real_path(path));
        let sure = matches!(seen.ways.as_slice(), [Written::Program(real)] if real != path) && seen.settled;
        seen.ways.append(&mut seen.replaced);
        for way in seen.ways {
            let Written::Program(real) = way else { continue };
            if real == path || real.starts_with('\0') {
                continue;
            }
            let mut same = call.clone();
            let name = path.trim_start_matches('\0').to_owned();
            if let Some(first) = same.args.first_mut() {
                first.value = Value::lit(real);
            }
            let mut inner = st.clone();
            inner.via.push(name);
            inner.level += 1;
            if inner.level > MAX_LEVEL {
                self.gap(st, Gap::Bound, "nested too deep", call.span);
                return false;
            }
            self.dispatch(&mut inner, same);
        }
        sure
    }

    /// Looks into the texts that a program may be.
    fn run_contents(&mut self, st: &State, inv: &Invocation, call: &Call, contents: Vec<Content>) {
        for content in contents {
            match content {
                Content::Fresh(text, _) => self.run_script(st, inv, call, &super::code::code_text(&text), false),
                Content::Standing(text, _) => self.run_script(st, inv, call, &text, true),
                Content::Hidden => self.gap(st, Gap::Code, &inv.program.value.text(), inv.program.span),
            }
        }
    }

    /// Walks a script that is run by its path.
    fn run_script(&mut self, st: &State, inv: &Invocation, call: &Call, text: &str, standing: bool) {
        let mut inner = st.clone();
        inner.stdin = inv.stdin.clone();
        inner.stdout = inv.stdout.clone();
        inner.params = Some(inv.args.iter().map(|arg| arg.value.clone()).collect());
        inner.name = inv.program.value.clone();
        inner.vars = Rc::new(st.vars.exported());
        let first = text.lines().next().unwrap_or("");
        let hashbang = first.strip_prefix("#!").map(str::trim);
        let words: Vec<&str> = hashbang.map(hashbang_words).unwrap_or_default();
        let interpreter =
            hashbang.map(|_| words.first().map_or("sh", |word| word.rsplit('/').next().unwrap_or(word)).to_owned());
        let label = inv.program.value.text().into_owned();
        match interpreter.as_deref() {
            None => self.in_process(&mut inner, |eval, inner| {
                eval.shell_script(inner, text, &label, call.span, inner.depth.dialect, standing);
            }),
            Some(name) if is_posix(name) => {
                let dialect = Dialect::of_name(name).unwrap_or_default();
                self.in_process(&mut inner, |eval, inner| {
                    eval.shell_script(inner, text, &label, call.span, dialect, standing);
                });
            }
            Some(name) => {
                let mut args = vec![Arg { value: inv.program.value.clone(), span: inv.program.span }];
                args.extend(inv.args.iter().cloned());
                let as_called = Invocation { program: Arg::lit(name, inv.program.span).into(), args, ..inv.clone() };
                if let Some(found) = inside::interpreter(&as_called) {
                    let index = self.out.invocations.len().saturating_sub(1);
                    let script = inv.program.value.clone();
                    self.look(
                        &mut inner,
                        &as_called,
                        found.lang,
                        text,
                        &found.args,
                        index,
                        standing,
                        &label,
                        Some(&script),
                    );
                } else if !standing {
                    // Any other program gets the script as a word.
                    let mut args: Vec<Arg> = words.iter().map(|word| Arg::lit(*word, inv.program.span)).collect();
                    args.push(Arg { value: inv.program.value.clone(), span: inv.program.span });
                    args.extend(inv.args.iter().cloned());
                    inner.level += 1;
                    if inner.level > MAX_LEVEL {
                        return self.gap(st, Gap::Bound, "nested too deep", call.span);
                    }
                    self.dispatch(&mut inner, Call { args, ..call.clone() });
                }
            }
        }
    }

    /// `git foo` starts `git-foo` where a folder holds it that the line itself has put into `PATH`, or one of the workspace.
    pub(super) fn plugin(&mut self, st: &State, call: &Call, inv: &Invocation) {
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
    pub(super) fn in_changed_path(&self, st: &State, call: &Call, program: &str) -> Option<String> {
        let path = call
            .assigns
            .iter()
            .rev()
            .find(|(name, _)| name == "PATH")
            .map(|(_, value)| value.clone())
            .or_else(|| st.vars.get("PATH").and_then(|var| var.alternatives.first().cloned()))?;
        let text = path.text().into_owned();
        text.split(':').take(MAX_FOLDERS).find_map(|dir| {
            let dir = self.absolute(st, &Value::lit(if dir.is_empty() { "." } else { dir }))?;
            let candidate = paths::join(&dir, program);
            let there = self.files.contains_key(&candidate) || self.world.kind(&candidate) == PathKind::File;
            there.then_some(candidate)
        })
    }

    /// Says whether a program's folder is one that only the line itself has put into `PATH`, and no place of installed tools.
    pub(super) fn is_added(&self, path: &str) -> bool {
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
    pub(super) fn in_odd_path(&self, program: &str) -> Option<String> {
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
}

/// The words in front of a script's path, without `env` and what belongs to it.
fn hashbang_words(line: &str) -> Vec<&str> {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    if words.first().is_some_and(|word| word.rsplit('/').next() == Some("env")) {
        let own = words.iter().skip(1).take_while(|word| word.starts_with('-') || word.contains('=')).count();
        words.drain(..=own.min(words.len() - 1));
    }
    words
}

/// Shells whose scripts are read as shell text.
fn is_posix(name: &str) -> bool {
    matches!(Dialect::of_name(name), Some(Dialect::Bash | Dialect::Zsh | Dialect::Sh))
}
