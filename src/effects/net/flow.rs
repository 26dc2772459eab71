//! Where sensitive data and downloads go inside a line: along pipes, substitutions, and files written on the way.

use std::cell::Cell;

use memchr::memmem;

use super::fetch::{fetches, saved};
use super::host::{host_of, is_local};
use crate::effects::options::{Spec, Words};
use crate::effects::secrets::{
    Class, Read, asks_metadata, classify, classify_dir, dumps_environment, filters, reads, reduces, secret_name, told,
    variables_in,
};
use crate::effects::touch::{absolute, appended, fed_paths};
use crate::effects::{Cx, home};
use crate::syntax::{CodeFact, Invocation, Origin, PathKind, Stdin, Value};

/// Sensitive data on its way.
#[derive(Clone, Debug)]
pub(super) struct Taint {
    /// For the reader.
    pub what: String,
    /// How bad.
    pub class: Class,
    /// The variable that it comes from, where it does.
    pub variable: Option<String>,
    /// Every program on the way is known to hand it on.
    pub sure: bool,
}

impl Taint {
    fn new(what: impl Into<String>, class: Class) -> Self {
        Self { what: what.into(), class, variable: None, sure: true }
    }

    /// The worse of two.
    pub(super) fn worst(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(if other.class > one.class { other } else { one }),
            (one, other) => one.or(other),
        }
    }
}

/// What a dump of a database is called for the reader.
pub(super) const DUMP: &str = "a database dump";

/// How far back a file written in the line is looked for.
const WINDOW: usize = 128;
/// How long a chain may be.
const DEPTH: usize = 24;
/// Look-ups per question.
const STEPS: usize = 256;

/// Follows data backwards from one invocation.
pub(super) struct Flow<'a> {
    cx: &'a Cx<'a>,
    steps: Cell<usize>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(cx: &'a Cx<'a>) -> Self {
        Self { cx, steps: Cell::new(STEPS) }
    }

    fn step(&self, depth: usize) -> bool {
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        left > 0 && depth < DEPTH
    }

    fn invocation(&self, index: usize) -> Option<&'a Invocation> {
        self.cx.line.invocations.get(index)
    }

    /// What is sensitive in the output of an invocation.
    pub(super) fn output(&self, index: usize, depth: usize) -> Option<Taint> {
        let inv = self.invocation(index).filter(|_| self.step(depth))?;
        if reduces(inv) {
            return None;
        }
        let own = self.own(inv, index, depth);
        if matches!(inv.name(), Some("echo" | "printf" | "print"))
            || super::send::sending(inv).is_some_and(|_| !inv.wrapper && !filters(inv))
        {
            return own;
        }
        let handed = self.input(inv, index, depth + 1).map(|taint| Taint { sure: taint.sure && filters(inv), ..taint });
        Taint::worst(own, handed)
    }

    /// What an invocation itself adds to its output.
    fn own(&self, inv: &Invocation, index: usize, depth: usize) -> Option<Taint> {
        let name = inv.name()?;
        let mut found = None;
        if matches!(name, "echo" | "printf" | "print" | "jq") {
            for arg in inv.args.iter().take(64) {
                found = Taint::worst(found, self.value(&arg.value, index, depth + 1));
            }
        }
        if let Some((class, what)) = told(inv, self.cx) {
            found = Taint::worst(found, Some(Taint { variable: Some(vendor_of(name)), ..Taint::new(what, class) }));
        }
        if dumps_environment(inv) {
            found = Taint::worst(found, Some(Taint::new("the environment", Class::Environment)));
        }
        if name == "printenv" {
            for word in inv.words().flatten().filter(|word| secret_name(word)) {
                found = Taint::worst(
                    found,
                    Some(Taint { variable: Some(word.to_owned()), ..Taint::new(format!("${word}"), Class::Token) }),
                );
            }
        }
        if asks_metadata(inv) {
            found = Taint::worst(found, Some(Taint::new("cloud machine credentials", Class::Credential)));
        }
        found = Taint::worst(found, dump(name, inv));
        for read in reads(inv, self.cx).into_iter().take(64) {
            found = Taint::worst(found, self.read(&read, index, depth + 1));
        }
        Taint::worst(found, self.facts(inv))
    }

    /// What code looks at.
    pub(super) fn facts(&self, inv: &Invocation) -> Option<Taint> {
        inv.facts.iter().take(256).fold(None, |found, fact| {
            let taint = match fact {
                CodeFact::Read(path) => {
                    let path = absolute(path, inv, self.cx);
                    self.place(&path, false)
                }
                CodeFact::ReadEnv(None) => Some(Taint::new("the environment", Class::Environment)),
                _ => None,
            };
            Taint::worst(found, taint.map(|taint| Taint { sure: false, ..taint }))
        })
    }

    /// What is sensitive on the standard input of an invocation.
    pub(super) fn input(&self, inv: &Invocation, index: usize, depth: usize) -> Option<Taint> {
        match &inv.stdin {
            Stdin::Inherit => None,
            Stdin::Text(value) => self.value(value, index, depth + 1),
            Stdin::File(file) => {
                let read = Read { path: absolute(file, inv, self.cx), span: inv.span, recursive: false };
                let sources =
                    file.sources().take(16).fold(None, |found, from| Taint::worst(found, self.output(from, depth + 1)));
                Taint::worst(sources, self.read(&read, index, depth + 1))
            }
            Stdin::Pipe(from) => {
                from.iter().take(64).fold(None, |found, from| Taint::worst(found, self.output(*from, depth + 1)))
            }
        }
    }

    /// What is sensitive in a word.
    pub(super) fn value(&self, value: &Value, index: usize, depth: usize) -> Option<Taint> {
        if !self.step(depth) {
            return None;
        }
        let mut found = variables_in(value, self.cx)
            .into_iter()
            .next()
            .map(|name| Taint { variable: Some(name.clone()), ..Taint::new(format!("${name}"), Class::Token) });
        for unknown in value.unknowns().take(16) {
            let taint = match &unknown.origin {
                Origin::Command(from) | Origin::Appended(from) => {
                    from.iter().take(16).fold(None, |found, from| Taint::worst(found, self.output(*from, depth + 1)))
                }
                Origin::Variable(name) => self.variable(name, index, depth + 1),
                _ => None,
            };
            found = Taint::worst(found, taint);
        }
        found
    }

    /// A variable that was read from something sensitive, or assigned it.
    fn variable(&self, name: &str, index: usize, depth: usize) -> Option<Taint> {
        let start = index.saturating_sub(WINDOW);
        for (at, inv) in self.cx.line.invocations.iter().enumerate().take(index).skip(start) {
            if matches!(inv.name(), Some("read" | "mapfile" | "readarray"))
                && inv.words().flatten().any(|word| word == name)
            {
                return self.input(inv, at, depth + 1);
            }
        }
        let assign = self.cx.line.assigns.iter().take(WINDOW).find(|assign| assign.name == name)?;
        let same = assign.value.unknowns().any(|unknown| unknown.origin == Origin::Variable(name.to_owned()));
        if same { None } else { self.value(&assign.value, index, depth + 1) }
    }

    /// What is sensitive in a file, by name or by what was written to it earlier in the line.
    pub(super) fn read(&self, read: &Read, index: usize, depth: usize) -> Option<Taint> {
        let by_name = self.place(&read.path, read.recursive);
        if by_name.is_some() || !self.step(depth) {
            return by_name;
        }
        let (at, _) = self.writer(&read.path, index)?;
        self.carried(at, depth + 1)
    }

    fn place(&self, path: &str, recursive: bool) -> Option<Taint> {
        if let Some((class, _)) = classify(path, self.cx) {
            return Some(Taint::new(path, class));
        }
        if path == "/etc/passwd" || path == "/etc/group" {
            return Some(Taint::new(path, Class::Account));
        }
        if !recursive {
            return None;
        }
        if home::is_covered_by(path, self.cx.world) {
            return Some(Taint::new(path, Class::Home));
        }
        if let Some((class, _)) = classify_dir(path, self.cx) {
            return Some(Taint::new(path, class));
        }
        let top = path.trim_end_matches("/*");
        let whole = self
            .cx
            .world
            .workspace()
            .is_some_and(|workspace| workspace == top || workspace.starts_with(&format!("{top}/")));
        let whole = whole || top.strip_suffix("/.git").is_some_and(|top| self.cx.world.workspace() == Some(top));
        whole.then(|| Taint::new(path, Class::Tree))
    }

    /// The last invocation before `index` that writes a path.
    fn writer(&self, path: &str, index: usize) -> Option<(usize, &'a Invocation)> {
        let base = path.rsplit('/').next().filter(|base| !base.is_empty())?;
        let stem = [".zip", ".gz", ".bz2", ".xz", ".zst", ".lz4"]
            .iter()
            .find_map(|end| base.strip_suffix(end))
            .unwrap_or(base);
        let stem = memmem::Finder::new(stem);
        let start = index.saturating_sub(WINDOW);
        let writes = &self.cx.shared.writes;
        let mut by = writes.of(path, start, index, self.cx);
        if let Some(bare) = path.strip_suffix(".zip") {
            by.extend(writes.of(bare, start, index, self.cx));
            by.sort_unstable_by(|one, other| other.cmp(one));
        }
        let mut earlier = by.into_iter().filter_map(|at| Some((at, self.invocation(at)?)));
        earlier.find(|(_, inv)| mentions(inv, &stem))
    }

    /// What an invocation puts into the files that it writes.
    fn carried(&self, index: usize, depth: usize) -> Option<Taint> {
        let inv = self.invocation(index)?;
        let mut found = self.output(index, depth + 1);
        if matches!(inv.name(), Some("cp" | "mv" | "install" | "ln" | "rsync")) {
            for arg in inv.args.iter().take(64) {
                let read = Read { path: absolute(&arg.value, inv, self.cx), span: arg.span, recursive: true };
                found = Taint::worst(found, self.read(&read, index, depth + 1));
            }
        }
        found
    }

    /// A file or folder among the words of a sender.
    pub(super) fn sent(&self, value: &Value, inv: &Invocation, index: usize) -> Option<Taint> {
        let fed = appended(value);
        if !fed.is_empty() {
            return fed_paths(&fed, self.cx)
                .iter()
                .take(64)
                .fold(None, |found, path| Taint::worst(found, self.place(path, true)));
        }
        let captured = value.sources().take(16).fold(None, |found, from| Taint::worst(found, self.output(from, 1)));
        let read = Read { path: absolute(value, inv, self.cx), span: inv.span, recursive: true };
        Taint::worst(captured, self.read(&read, index, 0))
    }

    /// The host whose answer is the output of an invocation, and whether all programs in between hand it on.
    pub(super) fn fetched(&self, index: usize, depth: usize) -> Option<(String, bool)> {
        let inv = self.invocation(index).filter(|_| self.step(depth))?;
        if let Some(host) = fetches(inv) {
            return Some((host, true));
        }
        if matches!(inv.name(), Some("echo" | "printf" | "print")) {
            return inv.args.iter().take(64).find_map(|arg| self.fetched_value(&arg.value, depth + 1));
        }
        if reduces(inv) {
            return None;
        }
        let known = filters(inv);
        if known
            && let Some(found) =
                reads(inv, self.cx).iter().take(16).find_map(|read| self.downloaded(&read.path, index, depth + 1))
        {
            return Some(found);
        }
        self.fetched_input(inv, index, depth + 1).map(|(host, sure)| (host, sure && known))
    }

    /// As [`Flow::fetched`], for standard input.
    pub(super) fn fetched_input(&self, inv: &Invocation, index: usize, depth: usize) -> Option<(String, bool)> {
        match &inv.stdin {
            Stdin::Inherit => None,
            Stdin::Text(value) => self.fetched_value(value, depth + 1),
            Stdin::File(file) => {
                let text = file.text();
                if let Some(rest) = text.strip_prefix("/dev/tcp/") {
                    return Some((rest.split('/').next().unwrap_or(rest).to_owned(), true));
                }
                self.fetched_value(file, depth + 1)
                    .or_else(|| self.downloaded(&absolute(file, inv, self.cx), index, depth + 1))
            }
            Stdin::Pipe(from) => from.iter().take(64).find_map(|from| self.fetched(*from, depth + 1)),
        }
    }

    /// As [`Flow::fetched`], for a word.
    pub(super) fn fetched_value(&self, value: &Value, depth: usize) -> Option<(String, bool)> {
        if !self.step(depth) {
            return None;
        }
        value.sources().take(16).find_map(|from| self.fetched(from, depth + 1))
    }

    /// As [`Flow::downloaded`], for what comes out of an archive that was downloaded; nothing may stand there yet.
    fn unpacked(&self, path: &str, index: usize, depth: usize) -> Option<(String, bool)> {
        if self.cx.world.kind(path) != PathKind::Missing {
            return None;
        }
        let start = index.saturating_sub(WINDOW);
        let earlier = self.cx.line.invocations.get(start..index)?;
        earlier.iter().enumerate().rev().filter(|(_, inv)| unpacks(inv)).take(4).find_map(|(at, inv)| {
            let words = || inv.args.iter().take(16).map(|arg| absolute(&arg.value, inv, self.cx));
            let below = |folder: String| path.starts_with(&format!("{}/", folder.trim_end_matches('/')));
            if !words().chain([inv.cwd.text().into_owned()]).any(below) {
                return None;
            }
            let found = words()
                .find_map(|archive| self.downloaded(&archive, start + at, depth + 1))
                .or_else(|| self.fetched_input(inv, start + at, depth + 1))?;
            let between = self.cx.line.invocations.get(start + at..index).unwrap_or(&[]);
            Some((found.0, found.1 && !between.iter().any(verifies)))
        })
    }

    /// The host of a repository that the line clones, for a script of it that sets things up.
    fn cloned(&self, path: &str, index: usize) -> Option<(String, bool)> {
        const SETS_UP: &[&str] = &["install", "setup", "bootstrap", "init", "deploy", "update", "get-"];
        let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let sets_up = SETS_UP.iter().any(|start| name.starts_with(start)) && !name.starts_with("setup.py");
        if !sets_up || self.cx.world.kind(path) != PathKind::Missing {
            return None;
        }
        let earlier = self.cx.line.invocations.get(index.saturating_sub(WINDOW)..index)?;
        earlier.iter().rev().take(WINDOW).find_map(|inv| {
            let words: Vec<&str> = inv.words().flatten().filter(|word| !word.starts_with('-')).collect();
            let at = words.iter().position(|word| *word == "clone").filter(|at| *at < 4)?;
            if !matches!(inv.name(), Some("git" | "gh" | "glab")) {
                return None;
            }
            let source = words.iter().skip(at + 1).find(|word| word.contains(['/', ':']))?;
            let last = words.last()?;
            let folder = if last == source { source.trim_end_matches('/').rsplit(['/', ':']).next()? } else { last };
            let folder = absolute(&Value::lit(folder.trim_end_matches(".git")), inv, self.cx);
            let host = if source.contains(':') { host_of(source) } else { "a forge".to_owned() };
            let remote =
                source.contains(':') && !source.starts_with("file:") && !is_local(&host) || inv.name() != Some("git");
            (remote && path.starts_with(&format!("{folder}/"))).then_some((host, true))
        })
    }

    /// The host that a file was downloaded from earlier in the line; not sure where a checksum or signature was looked at.
    pub(super) fn downloaded(&self, path: &str, index: usize, depth: usize) -> Option<(String, bool)> {
        if !self.step(depth) {
            return None;
        }
        let Some((at, inv)) = self.writer(path, index) else {
            return self.unpacked(path, index, depth).or_else(|| self.cloned(path, index));
        };
        let host = if saved(inv, self.cx).iter().any(|saved| saved == path) {
            fetch_host(inv)
        } else if matches!(inv.name(), Some("cp" | "mv" | "install" | "ln")) {
            inv.args
                .iter()
                .take(16)
                .find_map(|arg| self.downloaded(&absolute(&arg.value, inv, self.cx), at, depth + 1))
                .map(|(host, _)| host)?
        } else {
            self.fetched(at, depth + 1).or_else(|| self.fetched_input(inv, at, depth + 1))?.0
        };
        let between = self.cx.line.invocations.get(at..index).unwrap_or(&[]);
        Some((host, !between.iter().any(verifies)))
    }
}

/// Says whether a program unpacks an archive.
fn unpacks(inv: &Invocation) -> bool {
    let first = || inv.words().flatten().next().unwrap_or_default();
    match inv.name() {
        Some("tar" | "gtar" | "bsdtar") => {
            first().trim_start_matches('-').starts_with('x')
                || inv.words().flatten().any(|word| {
                    word == "--extract" || word.starts_with('-') && !word.starts_with("--") && word.contains('x')
                })
        }
        Some("7z" | "7za" | "unrar") => matches!(first(), "x" | "e"),
        Some("unzip") => true,
        _ => false,
    }
}

fn fetch_host(inv: &Invocation) -> String {
    super::send::sending(inv).and_then(|sending| sending.host).unwrap_or_else(|| "the network".to_owned())
}

/// `sha256sum -c`, `gpg --verify` and the like.
fn verifies(inv: &Invocation) -> bool {
    let word = |wanted: &[&str]| inv.words().flatten().any(|word| wanted.contains(&word));
    match inv.name() {
        Some("sha256sum" | "sha512sum" | "shasum" | "sha1sum" | "b2sum") => word(&["-c", "--check"]),
        Some("gpg" | "gpgv") => word(&["--verify"]),
        Some("cosign" | "minisign" | "slsa-verifier" | "signify") => true,
        _ => false,
    }
}

/// A cheap look before an expensive one: the name stands in some word or redirection.
fn mentions(inv: &Invocation, base: &memmem::Finder<'_>) -> bool {
    let within = |text: &str| base.find(text.as_bytes()).is_some();
    let in_value = |value: &Value| within(value.prefix()) || value.segs().len() > 1 && within(value.suffix());
    inv.redirects.iter().any(|redirect| in_value(&redirect.target))
        || inv.args.iter().take(256).any(|arg| in_value(&arg.value))
}

fn vendor_of(program: &str) -> String {
    match program {
        "gh" => "GITHUB_",
        "aws" => "AWS_",
        "gcloud" => "GOOGLE_",
        "az" => "AZURE_",
        "glab" => "GITLAB_",
        _ => "",
    }
    .to_owned()
}

/// Programs that print much that is not theirs to give away.
fn dump(name: &str, inv: &Invocation) -> Option<Taint> {
    let words = || Words::of(&inv.args, &Spec::new(&[]));
    match name {
        "mysqldump" | "mariadb-dump" | "pg_dump" | "pg_dumpall" | "mongodump" | "mongoexport" => {
            Some(Taint::new(DUMP, Class::Tree))
        }
        "sqlite3" if inv.words().flatten().any(|word| word.starts_with(".dump")) => Some(Taint::new(DUMP, Class::Tree)),
        "git" if matches!(words().operand(0), Some("archive" | "bundle")) => {
            Some(Taint::new("the repository", Class::Tree))
        }
        "history" | "fc" => Some(Taint::new("shell history", Class::History)),
        "pbpaste" | "wl-paste" => Some(Taint::new("the clipboard", Class::History)),
        _ => None,
    }
}
