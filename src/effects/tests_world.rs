//! A machine made of tables, for tests.

use std::collections::BTreeMap;

use crate::syntax::{Analysis, Arg, Invocation, PathKind, Seg, Span, Stdin, Stdout, Tracked, Value, World};

use super::paths;

/// A machine with a home folder, a workspace in it, and some files.
pub(crate) struct Fake {
    pub(crate) cwd: String,
    pub(crate) files: BTreeMap<String, (PathKind, Option<Tracked>)>,
    pub(crate) links: BTreeMap<String, String>,
    pub(crate) content: BTreeMap<String, String>,
    pub(crate) vars: BTreeMap<String, String>,
}

pub(crate) const HOME: &str = "/home/u";
pub(crate) const WORK: &str = "/home/u/proj";

impl Fake {
    /// `path`, `path/`, with `=` clean, `*` modified in front.
    pub(crate) fn new(entries: &[&str]) -> Self {
        let mut fake = Self {
            cwd: WORK.into(),
            files: BTreeMap::new(),
            links: BTreeMap::new(),
            content: BTreeMap::new(),
            vars: BTreeMap::new(),
        };
        for dir in ["/", "/home", HOME, WORK, "/tmp", "/etc", "/usr", "/usr/bin", "/var", "/dev"] {
            fake.files.insert(dir.into(), (PathKind::Dir, None));
        }
        for entry in entries {
            let (tracked, path) = match entry.chars().next() {
                Some('=') => (Tracked::Clean, &entry[1..]),
                Some('*') => (Tracked::Modified, &entry[1..]),
                _ => (Tracked::Untracked, *entry),
            };
            let kind = if path.ends_with('/') { PathKind::Dir } else { PathKind::File };
            let path = paths::normalize(&paths::join(WORK, path));
            let tracked = path.starts_with(WORK).then_some(tracked);
            fake.files.insert(path, (kind, tracked));
        }
        fake
    }

    pub(crate) fn link(mut self, from: &str, to: &str) -> Self {
        self.links.insert(from.into(), to.into());
        self
    }

    pub(crate) fn dir(mut self, path: &str) -> Self {
        self.files.insert(paths::join(WORK, path), (PathKind::Dir, None));
        self
    }

    pub(crate) fn text(mut self, path: &str, text: &str) -> Self {
        let path = paths::join(WORK, path);
        self.files.insert(path.clone(), (PathKind::File, None));
        self.content.insert(path, text.into());
        self
    }
}

impl World for Fake {
    fn cwd(&self) -> &str {
        &self.cwd
    }
    fn home(&self) -> &str {
        HOME
    }
    fn home_of(&self, user: &str) -> Option<String> {
        (user == "root").then(|| "/root".into())
    }
    fn workspace(&self) -> Option<&str> {
        Some(WORK)
    }
    fn var(&self, name: &str) -> Option<String> {
        self.vars.get(name).cloned()
    }
    fn var_names(&self) -> Vec<String> {
        self.vars.keys().cloned().collect()
    }
    fn alias(&self, _: &str) -> Option<String> {
        None
    }
    fn function(&self, _: &str) -> Option<String> {
        None
    }
    fn kind(&self, path: &str) -> PathKind {
        let real = self.real_path(path);
        self.files.get(&real).map_or(PathKind::Missing, |(kind, _)| *kind)
    }
    fn real_path(&self, path: &str) -> String {
        let mut real = paths::normalize(path);
        for (from, to) in &self.links {
            if paths::is_within(&real, from) {
                real = format!("{to}{}", &real[from.len()..]);
            }
        }
        real
    }
    fn glob(&self, pattern: &str, limit: usize) -> Vec<String> {
        let depth = pattern.matches('/').count();
        let hit = |path: &&String| {
            path.matches('/').count() == depth
                && path.as_str() != "/"
                && crate::syntax::glob::matches(pattern, path)
                && !paths::base(path).starts_with('.')
        };
        self.files.keys().filter(hit).take(limit).cloned().collect()
    }
    fn list(&self, dir: &str, limit: usize) -> Vec<String> {
        self.files
            .keys()
            .filter(|path| paths::parent(path) == dir && path.as_str() != "/")
            .map(|path| paths::base(path).to_owned())
            .take(limit)
            .collect()
    }
    fn read(&self, path: &str, _: usize) -> Option<Vec<u8>> {
        self.content.get(path).map(|text| text.clone().into_bytes())
    }
    fn which(&self, _: &str) -> Option<String> {
        None
    }
    fn tracked(&self, path: &str) -> Option<Tracked> {
        self.files.get(path)?.1
    }
}

/// Builds an invocation from words: `$X` is an unknown variable, `$(N)` the output of invocation N, `*` and `?` are globs
/// unless the word stands in single quotes, `>` and `>>` are redirections, `^N` at the end a pipe from invocation N.
pub(crate) fn invocation(text: &str) -> Invocation {
    let span = Span::new(0, text.len());
    let mut inv = Invocation {
        program: Arg::lit("", span).into(),
        args: Vec::new(),
        assigns: [].into(),
        redirects: Vec::new(),
        stdin: Stdin::Inherit,
        stdout: Stdout::Inherit,
        cwd: Value::lit(WORK),
        via: Vec::new(),
        elevated: false,
        remote: None,
        span,
        facts: Vec::new(),
        wrapper: false,
        repeated: false,
    };
    let mut words = text.split_whitespace();
    if let Some(program) = words.next() {
        inv.program = Arg { value: word(program), span }.into();
    }
    while let Some(text) = words.next() {
        let kind = match text {
            ">" => crate::syntax::RedirectKind::Write,
            ">>" => crate::syntax::RedirectKind::Append,
            "<" => crate::syntax::RedirectKind::Read,
            _ if text.starts_with('^') => {
                inv.stdin = Stdin::Pipe(vec![text[1..].parse().unwrap()]);
                continue;
            }
            _ => {
                inv.args.push(Arg { value: word(text), span });
                continue;
            }
        };
        let target = word(words.next().unwrap());
        inv.redirects.push(crate::syntax::Redirect { fd: 1, kind, target, span });
    }
    inv
}

/// One word in the small notation of [`invocation`].
pub(crate) fn word(text: &str) -> Value {
    use crate::syntax::{Origin, Unknown};
    if text.len() > 1 && text.starts_with('\'') && text.ends_with('\'') {
        return Value::lit(&text[1..text.len() - 1]);
    }
    let mut value = Value::default();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' | '?' => value.push(Seg::Glob(c.to_string())),
            '$' if chars.peek() == Some(&'(') => {
                let index: String = chars.by_ref().take_while(|c| *c != ')').filter(char::is_ascii_digit).collect();
                let origin = Origin::Command(vec![index.parse().unwrap()]);
                value.push(Seg::Unknown(Unknown { origin, quoted: true, may_be_empty: true, token: false }));
            }
            '$' => {
                let mut name = String::new();
                while let Some(c) = chars.peek().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '!')) {
                    name.push(*c);
                    chars.next();
                }
                let token = name.starts_with("TOKEN");
                let origin = Origin::Variable(name);
                value.push(Seg::Unknown(Unknown { origin, quoted: true, may_be_empty: !token, token }));
            }
            c => value.push_lit(c.encode_utf8(&mut [0; 4])),
        }
    }
    value
}

/// Several commands as one line.
pub(crate) fn line(commands: &[&str]) -> Analysis {
    let mut line = Analysis::default();
    for command in commands {
        line.invocations.push(invocation(command));
    }
    line
}
