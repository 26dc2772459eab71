//! Redirections, and what they leave in files.

use super::Eval;
use super::files::{self, Vague, Written};
use super::simple::Call;
use super::state::State;
use crate::syntax::ast::{Part, Redir, RedirOp, Word};
use crate::syntax::{Arg, Gap, Invocation, PathKind, Redirect, RedirectKind, Span, Stdin, Value, paths};

/// How many files that `exec` opened are followed.
const MAX_OPENED: usize = 16;

/// What the redirections of a command amount to.
#[derive(Clone, Debug, Default)]
pub(super) struct Redirects {
    /// Files, in order.
    pub files: Vec<Redirect>,
    /// What standard input becomes.
    pub stdin: Option<Stdin>,
    /// The file that standard output goes to, and whether it is appended to.
    pub stdout_file: Option<(Value, bool)>,
    /// Standard output goes to another descriptor or nowhere.
    pub elsewhere: bool,
    /// What goes to standard error goes to standard output.
    pub joined: bool,
    /// A file to read may not be there: then nothing runs.
    pub may_fail: bool,
}

impl Redirects {
    /// What reaches standard output of what a command writes there.
    pub(super) fn passed(&self, output: Option<Value>, joined: bool) -> Option<Value> {
        match output {
            Some(output) if output.is("") => Some(output),
            Some(_) if self.elsewhere && !joined && !self.joined => Some(Value::default()),
            Some(_) if self.elsewhere || self.may_fail => None,
            output => output,
        }
    }
}

impl Eval<'_> {
    /// Notes that the file for standard output is open from now on; true where [`files::Files::end_write`] must follow.
    pub(super) fn opens(&mut self, st: &State, redirects: &Redirects) -> bool {
        let path = redirects.stdout_file.as_ref().and_then(|(target, _)| self.key(st, target));
        let Some(path) = path.filter(|path| !files::is_device(path)) else { return false };
        self.files.begin_write(path);
        true
    }

    /// Expands redirections.
    pub(super) fn redirects(&mut self, st: &mut State, list: &[Redir]) -> Redirects {
        let mut out = Redirects::default();
        for redir in list {
            let (word, kind, default_fd) = match &redir.op {
                RedirOp::Here(body) => {
                    out.stdin = Some(Stdin::Text(self.single(st, body)));
                    continue;
                }
                RedirOp::HereString(word) => {
                    let mut text = self.single(st, word);
                    text.push_lit("\n");
                    out.stdin = Some(Stdin::Text(text));
                    continue;
                }
                RedirOp::Dup(word) => {
                    let from = self.single(st, word);
                    if redir.fd == Some(0) && !from.is("0") && !from.is("-") {
                        // What another descriptor leads to is not followed; by its name it is known for one.
                        let mut name = Value::lit("/dev/fd/");
                        name.push_value(&from);
                        out.stdin = Some(Stdin::File(name));
                    }
                    let closes = from.is("-");
                    let from = from.literal().and_then(|fd| fd.parse::<i32>().ok());
                    // Opened by the same command, or before it.
                    let here = |fd: i32| {
                        let opens = |file: &&Redirect| file.fd == fd && fd > 2 && file.kind != RedirectKind::Read;
                        out.files.iter().rev().find(opens).map(|file| (file.target.clone(), file.kind))
                    };
                    let before = |fd: i32| st.opened(fd).map(|target| (target, RedirectKind::Append));
                    let opened = from.and_then(|fd| here(fd).or_else(|| before(fd)));
                    if let (None | Some(1), Some((target, kind))) = (redir.fd, opened) {
                        let (span, _) = st.locate(word.span);
                        out.stdout_file = Some((target.clone(), kind == RedirectKind::Append));
                        out.files.push(Redirect { fd: 1, kind, target, span });
                    } else if let (Some(2..), Some((target, kind))) =
                        (redir.fd, from.and_then(|fd| here(fd).or_else(|| before(fd))))
                    {
                        // The same file by another number.
                        if let (Some(fd), true) = (redir.fd, st.opened.len() < MAX_OPENED) {
                            st.opened.retain(|(open, _)| *open != fd);
                            st.opened.push((fd, target.clone()));
                        }
                        // What else is written there is not followed.
                        let file = Redirects {
                            stdout_file: Some((target, kind == RedirectKind::Append)),
                            ..Redirects::default()
                        };
                        self.written(st, &file, None, Vec::new());
                    } else if matches!(redir.fd, None | Some(1)) && from != Some(1) {
                        // Another number may stand for standard output itself.
                        out.elsewhere |= from == Some(2) || closes;
                        out.may_fail |= from != Some(2) && !closes;
                    } else if redir.fd == Some(2) && from == Some(1) {
                        out.joined = true;
                    }
                    continue;
                }
                RedirOp::Read(word) => (word, RedirectKind::Read, 0),
                RedirOp::ReadWrite(word) => (word, RedirectKind::ReadWrite, 0),
                RedirOp::Write(word) | RedirOp::Both(word) => (word, RedirectKind::Write, 1),
                RedirOp::Append(word) | RedirOp::BothAppend(word) => (word, RedirectKind::Append, 1),
            };
            let fd = redir.fd.unwrap_or(default_fd);
            let target = self.redirected(st, word);
            if self.fed && kind != RedirectKind::Read && names_input(&target) {
                self.gap(st, Gap::Code, "text for the shell's own input", word.span);
            }
            if kind == RedirectKind::Read {
                let path = self.key(st, &target);
                out.may_fail |= path.is_none_or(|path| {
                    !self.files.contains_key(&path)
                        && !files::is_device(&path)
                        && self.world.kind(&path) == PathKind::Missing
                }) && target.sources().next().is_none();
            }
            if kind == RedirectKind::Read && fd == 0 {
                out.stdin = Some(self.stdin_of(st, &target));
            }
            if fd > 1 && kind != RedirectKind::Read {
                // What else is written there is not followed.
                let file = Redirects { stdout_file: Some((target.clone(), false)), ..Redirects::default() };
                self.written(st, &file, None, Vec::new());
            }
            if fd == 1 && kind != RedirectKind::Read {
                out.stdout_file = Some((target.clone(), kind == RedirectKind::Append));
            }
            // `> >(cmd)` and `< <(cmd)` are pipes, not files.
            if target.sources().next().is_none() || target.segs().len() > 1 || target.literal().is_some() {
                let (span, _) = st.locate(word.span);
                out.files.push(Redirect { fd, kind, target, span });
            }
        }
        out
    }

    /// The name of a file to read or write: a pattern that one file matches stands for that.
    fn redirected(&mut self, st: &mut State, word: &Word) -> Value {
        let pattern = |part: &Part| matches!(part, Part::Lit { text, quoted: false } if text.contains(['*', '?', '[']));
        if !word.parts.iter().any(pattern) {
            return self.single(st, word);
        }
        let fields = self.fields(st, std::slice::from_ref(word));
        let [named] = fields.as_slice() else { return self.single(st, word) };
        match self.on_disk(st, &named.value).as_slice() {
            [one] => one.clone(),
            _ => named.value.clone(),
        }
    }

    /// What is read from a file of this name.
    pub(super) fn stdin_of(&self, st: &State, target: &Value) -> Stdin {
        if target.is("/dev/null") {
            return Stdin::Text(Value::default());
        }
        let sources: Vec<usize> = target.sources().collect();
        if !sources.is_empty() {
            return Stdin::Pipe(sources);
        }
        let Some(path) = self.key(st, target).filter(|_| !self.files.is_empty()) else {
            return Stdin::File(target.clone());
        };
        let seen = self.files.seen_run(&path, |path| self.world.real_path(path));
        let made = |written: &Written| if let Written::By(from) = written { Some(from.clone()) } else { None };
        let from: Vec<Vec<usize>> = seen.ways.iter().filter_map(made).collect();
        match seen.only() {
            Some(Written::Text(text)) => Stdin::Text(text),
            _ if !from.is_empty() => Stdin::Pipe(from.concat()),
            _ => Stdin::File(target.clone()),
        }
    }

    /// The absolute path that a known word names.
    pub(super) fn absolute(&self, st: &State, target: &Value) -> Option<String> {
        let path = target.literal()?;
        if path.starts_with('/') {
            return Some(paths::normal(path));
        }
        let cwd = st.cwd.first()?.literal()?;
        Some(paths::join(cwd, path))
    }

    /// What names a file among those that the line wrote: its absolute path, or what stands for one that `mktemp` made.
    pub(super) fn key(&self, st: &State, target: &Value) -> Option<String> {
        self.absolute(st, target).or_else(|| {
            if target.prefix().starts_with('/') {
                return files::temporary(target);
            }
            let mut path = st.cwd.first()?.clone();
            path.push_lit("/");
            path.push_value(target);
            files::temporary(&path)
        })
    }

    /// The shape of a word that names a file.
    pub(super) fn vague(st: &State, target: &Value) -> Vague {
        let cwd = if let [cwd] = st.cwd.as_slice() { cwd.literal() } else { None };
        Vague::new(cwd, target)
    }

    /// Lists redirections that belong to no program (`> file`, `{ …; } > file`).
    pub(super) fn bare_redirects(&mut self, st: &State, redirects: &Redirects, span: Span) {
        let call = Call {
            args: vec![Arg::lit(":", span)],
            assigns: Vec::new(),
            redirects: Redirects { stdin: None, ..redirects.clone() },
            span,
        };
        let inv = self.invocation(st, &call);
        self.emit(st, inv);
    }

    /// `exec 3> file`: what is written to the descriptor from now on goes there.
    pub(super) fn open(&mut self, st: &mut State, redirects: &Redirects) {
        for redirect in redirects.files.iter().filter(|redirect| redirect.fd > 2 && redirect.kind != RedirectKind::Read)
        {
            st.opened.retain(|(fd, _)| *fd != redirect.fd);
            if st.opened.len() < MAX_OPENED {
                st.opened.push((redirect.fd, redirect.target.clone()));
                let appends = redirect.kind == RedirectKind::Append;
                let target =
                    Redirects { stdout_file: Some((redirect.target.clone(), appends)), ..Redirects::default() };
                self.written(st, &target, Some(&Value::default()), Vec::new());
            }
        }
    }

    /// Remembers what a command wrote into files.
    pub(super) fn written(&mut self, st: &State, redirects: &Redirects, output: Option<&Value>, from: Vec<usize>) {
        let Some((target, append)) = &redirects.stdout_file else { return };
        let span = from.last().and_then(|at| self.out.invocations.get(*at)).map_or_else(Span::default, |inv| inv.span);
        let text = || output.map_or_else(|| Written::By(from.clone()), |text| Written::Text(text.clone()));
        let Some(path) = self.key(st, target) else {
            let in_time = self.files.put_loose(Self::vague(st, target), text());
            return self.check_order(st, in_time, &target.text(), span);
        };
        if files::is_device(&path) {
            // By its descriptor, a file may be reached that is open.
            if path.contains("/fd/") {
                let opened: Vec<Value> = st.opened.iter().map(|(_, target)| target.clone()).collect();
                let keys: Vec<String> = opened.iter().filter_map(|target| self.key(st, target)).collect();
                for key in keys {
                    self.files.put(key, Written::By(from.clone()), true);
                }
            }
            return;
        }
        let doubtful = self.may_have_left() || st.cwd.len() > 1 && !target.prefix().starts_with('/');
        let in_time = if *append {
            let standing = || self.world.read(&path, super::MAX_SCRIPT);
            let before = if self.files.seen(&path).settled { None } else { standing() };
            let before = before.map(|bytes| Value::lit(String::from_utf8_lossy(&bytes).into_owned()));
            self.files.append(path.clone(), output.ok_or_else(|| from.clone()), before, doubtful)
        } else {
            self.files.put(path.clone(), text(), doubtful)
        };
        self.check_order(st, in_time, &path, span);
    }

    /// A file that was run in a loop or in the background may be run again, or only later, with what is written now.
    fn check_order(&mut self, st: &State, in_time: bool, path: &str, span: Span) {
        if !in_time {
            self.gap(st, Gap::Code, path, span);
        }
    }

    /// Says whether a loop or function that is walked may have been left before.
    pub(super) fn may_have_left(&self) -> bool {
        self.ways.iter().any(|way| way.left.is_some())
    }

    /// What `cat FILE…` prints, where the line itself wrote the files.
    pub(super) fn printed(&self, st: &State, inv: &Invocation) -> Option<Value> {
        if inv.name() != Some("cat") || inv.args.is_empty() || inv.remote.is_some() {
            return None;
        }
        let mut all = Value::default();
        for arg in &inv.args {
            match self.files.seen_run(&self.key(st, &arg.value)?, |path| self.world.real_path(path)).only()? {
                Written::Text(text) => all.push_value(&text),
                Written::By(_) | Written::Program(_) => return None,
            }
        }
        Some(all)
    }
}

/// Says whether a path may be the standard input of a process.
pub(super) fn names_input(path: &Value) -> bool {
    path.is("/dev/stdin")
        || path.is("/dev/fd/0")
        || path.prefix().starts_with("/proc/") && path.suffix().ends_with("fd/0")
}
