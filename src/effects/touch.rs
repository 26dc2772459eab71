//! Which paths an invocation writes, moves away or removes: enough for families that guard certain places.
//!
//! Not the whole truth about files (that is the files family), only what may reach a place that matters.

use std::borrow::Cow;

use super::Cx;
use super::options::{Spec, Words, behind};
use super::paths::{normalised, normalize};
use crate::syntax::{CodeFact, Invocation, Origin, PathKind, RedirectKind, Span, Value};

/// What happens to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Written anew or in place.
    Write,
    /// Appended to.
    Append,
    /// Removed, moved away or emptied of its name.
    Remove,
    /// Mode, owner or attributes change.
    Permission,
}

/// One touched path.
#[derive(Clone, Debug)]
pub(super) struct Touched {
    /// Absolute where that can be known; `.` and `..` resolved by name; globs as written.
    pub path: String,
    /// What happens.
    pub how: How,
    /// The words.
    pub span: Span,
}

/// The most paths that one invocation reports.
const MOST: usize = 256;

/// A word as a path: absolute where that can be known, `.` and `..` resolved by name, globs as written.
pub(super) fn absolute(value: &Value, inv: &Invocation, cx: &Cx) -> String {
    absolute_text(&value.text(), inv, cx)
}

/// As [`absolute`], for text.
pub(super) fn absolute_text(text: &str, inv: &Invocation, cx: &Cx) -> String {
    let text: Cow<str> = if text == "~" || text == "$HOME" || text == "${HOME}" {
        Cow::Borrowed(cx.world.home())
    } else if let Some(rest) = ["~/", "$HOME/", "${HOME}/"].iter().find_map(|top| text.strip_prefix(top)) {
        Cow::Owned(format!("{}/{rest}", cx.world.home().trim_end_matches('/')))
    } else if text.starts_with(['/', '$', '<', '~']) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned([inv.cwd.text().trim_end_matches('/'), "/", text].concat())
    };
    if text.starts_with('/') {
        return normalised(text.into_owned());
    }
    normalize(&text).trim_start_matches('/').to_owned()
}

/// The paths that an invocation touches, in no particular order.
pub(super) fn touched(inv: &Invocation, cx: &Cx) -> Vec<Touched> {
    let mut found = Touches { inv, cx, out: Vec::new() };
    for redirect in &inv.redirects {
        let how = match redirect.kind {
            RedirectKind::Read => continue,
            RedirectKind::Write | RedirectKind::ReadWrite => How::Write,
            RedirectKind::Append => How::Append,
        };
        found.add(&redirect.target, how, redirect.span);
    }
    for fact in &inv.facts {
        match fact {
            CodeFact::Overwrite(path) => found.add(path, How::Write, inv.span),
            CodeFact::Delete { path, .. } | CodeFact::Move(path) => found.add(path, How::Remove, inv.span),
            CodeFact::Permission(path) => found.add(path, How::Permission, inv.span),
            _ => {}
        }
    }
    if !inv.wrapper || inv.name() == Some("find") {
        found.program();
    }
    found.out
}

struct Touches<'a> {
    inv: &'a Invocation,
    cx: &'a Cx<'a>,
    out: Vec<Touched>,
}

impl Touches<'_> {
    fn add(&mut self, value: &Value, how: How, span: Span) {
        if self.out.len() >= MOST {
            return;
        }
        let fed: Vec<usize> = appended(value);
        if fed.is_empty() {
            self.out.push(Touched { path: absolute(value, self.inv, self.cx), how, span });
        } else {
            for path in fed_paths(&fed, self.cx) {
                self.out.push(Touched { path, how, span });
            }
        }
    }

    fn all(&mut self, words: &Words, skip: usize, how: How) {
        for arg in words.operands.iter().skip(skip) {
            self.add(&arg.value, how, arg.span);
        }
    }

    fn program(&mut self) {
        let inv = self.inv;
        let Some(name) = inv.name() else { return };
        match name {
            "tee" | "sponge" => {
                let words = Words::of(&inv.args, &Spec::new(&[]));
                self.all(&words, 0, if words.has(&["-a", "--append"]) { How::Append } else { How::Write });
            }
            "cp" | "install" | "ln" | "gcp" | "ginstall" | "ditto" | "rsync" => self.copy(name, false),
            "mv" | "gmv" => self.copy(name, true),
            "rm" | "unlink" | "shred" | "srm" | "trash" | "trash-put" | "rmdir" | "grm" => {
                let words = Words::of(&inv.args, &Spec::new(&["-n", "--iterations", "-s", "--size"]));
                self.all(&words, 0, How::Remove);
            }
            "truncate" => {
                self.all(&Words::of(&inv.args, &Spec::new(&["-s", "--size", "-r", "--reference"])), 0, How::Write);
            }
            "sed" | "gsed" | "perl" | "ruby" | "awk" | "gawk" | "yq" => self.in_place(),
            "ed" | "ex" | "patch" => self.all(&Words::of(&inv.args, &Spec::new(&["-p", "-d", "-i"])), 0, How::Write),
            "dd" => self.dd(),
            "chmod" | "chown" | "chgrp" | "chattr" | "setfacl" | "chflags" => self.permission(name),
            "git" => self.git(),
            "find" => self.find(),
            "gzip" | "pigz" | "bzip2" | "xz" | "zstd" | "lz4" | "compress" => self.compress(name),
            "gpg" | "openssl" | "sort" | "age" => self.output_option(),
            "tar" | "gtar" | "bsdtar" | "zip" | "7z" | "7za" => self.archive(name),
            _ => {}
        }
        for path in super::net::saved(inv, self.cx) {
            self.out.push(Touched { path, how: How::Write, span: inv.span });
        }
    }

    fn copy(&mut self, name: &str, moves: bool) {
        let spec = if name == "rsync" {
            super::net::RSYNC
        } else {
            Spec::new(&["-t", "--target-directory", "-m", "-o", "-g", "-S", "--mode", "--owner", "--group"])
        };
        let words = Words::of(&self.inv.args, &spec);
        let folder = if name == "rsync" { None } else { words.values(&["-t", "--target-directory"]).last().cloned() };
        let (sources, target) = match (&folder, words.operands.split_last()) {
            (Some(folder), _) => (words.operands.as_slice(), folder),
            (None, Some((last, sources))) => (sources, &last.value),
            (None, None) => return,
        };
        if moves {
            for arg in sources {
                self.add(&arg.value, How::Remove, arg.span);
            }
        }
        let text = target.text();
        let path = absolute(target, self.inv, self.cx);
        let inside = folder.is_some()
            || text.ends_with('/')
            || matches!(text.as_ref(), "." | ".." | "~")
            || self.cx.world.kind(&path) == PathKind::Dir;
        let span = words.operands.last().map_or(self.inv.span, |arg| arg.span);
        if inside {
            for arg in sources {
                let text = arg.value.text();
                let base = text.trim_end_matches('/').rsplit('/').next().unwrap_or("");
                self.out.push(Touched {
                    path: format!("{}/{base}", path.trim_end_matches('/')),
                    how: How::Write,
                    span,
                });
            }
        }
        self.out.push(Touched { path, how: How::Write, span });
        self.out.truncate(MOST);
    }

    /// `gzip x` leaves `x.gz` in its place.
    fn compress(&mut self, name: &str) {
        let words = Words::of(&self.inv.args, &Spec::new(&["-S", "--suffix", "-T", "-p", "-o"]));
        if words.has(&["-c", "-d", "-t", "-l", "--stdout", "--decompress", "--test", "--list"]) {
            return;
        }
        let end = match name {
            "gzip" | "pigz" => ".gz",
            "bzip2" => ".bz2",
            "xz" => ".xz",
            "zstd" => ".zst",
            "lz4" => ".lz4",
            _ => ".Z",
        };
        for arg in &words.operands {
            let mut packed = arg.value.clone();
            packed.push_lit(end);
            self.add(&packed, How::Write, arg.span);
        }
    }

    fn permission(&mut self, name: &str) {
        let spec = if name == "setfacl" { Spec::new(&["-m", "-x", "-M", "-X"]) } else { Spec::new(&[]) };
        let words = Words::of(&self.inv.args, &spec);
        // `chmod -x file`, `chattr -i file`, `setfacl -m … file`: the change looks like an option.
        let as_option = match name {
            "chmod" => words.has(&["-x", "-w", "-r", "--reference"]),
            "chattr" => !words.operands.first().is_some_and(|arg| arg.value.prefix().starts_with(['+', '='])),
            "setfacl" => true,
            _ => words.has(&["--reference"]),
        };
        self.all(&words, usize::from(!as_option), How::Permission);
    }

    fn in_place(&mut self) {
        let words = Words::of(&self.inv.args, &Spec::new(&["-e", "-f", "--expression", "--file", "-n", "-I"]));
        let mut raw = self.inv.words().flatten().take_while(|word| *word != "--");
        let in_place = raw.any(|word| {
            word.starts_with("--in-place")
                || word == "--inplace"
                || word == "inplace"
                || (word.starts_with('-') && !word.starts_with("--") && word.contains('i') && !word.contains('/'))
        });
        if in_place {
            self.all(&words, 0, How::Write);
        }
    }

    fn dd(&mut self) {
        for arg in &self.inv.args {
            if arg.value.prefix().starts_with("of=") {
                self.add(&behind(&arg.value, 3), How::Write, arg.span);
            }
        }
    }

    fn git(&mut self) {
        let words = Words::of(&self.inv.args, &Spec::new(&["-C", "-c", "--git-dir", "--work-tree", "-s", "--source"]));
        let how = match words.operand(0) {
            Some("checkout" | "restore" | "apply") => How::Write,
            Some("rm" | "mv" | "clean") => How::Remove,
            _ => return,
        };
        self.all(&words, 1, how);
    }

    fn find(&mut self) {
        if self.inv.words().flatten().any(|word| word == "-delete") {
            for path in find_paths(self.inv, self.cx) {
                self.out.push(Touched { path, how: How::Remove, span: self.inv.span });
            }
        }
    }

    fn archive(&mut self, name: &str) {
        let words = Words::of(&self.inv.args, &Spec::new(&["-f", "--file", "-C", "-X", "-T"]));
        let old_style = words.operand(0).is_some_and(|word| word.contains('f') && word.contains(['c', 'r', 'u']));
        let place = match name {
            "zip" => 0,
            "7z" | "7za" => 1,
            _ if words.has(&["-f", "--file"]) => {
                for value in words.values(&["-f", "--file"]).filter(|_| words.has(&["-c", "-r", "-u", "--create"])) {
                    self.add(value, How::Write, self.inv.span);
                }
                return;
            }
            _ if old_style => 1,
            _ => return,
        };
        if let Some(arg) = words.operands.get(place) {
            self.add(&arg.value, How::Write, arg.span);
        }
    }

    fn output_option(&mut self) {
        let words = Words::of(&self.inv.args, &Spec::long(&["-o", "--output", "-out"]));
        for option in words.options.iter().filter(|option| ["-o", "--output", "-out"].contains(&option.name.as_str())) {
            if let Some(value) = &option.value {
                self.add(value, How::Write, option.span);
            }
        }
    }
}

/// The invocations that append words here (`xargs`, `find -exec`).
pub(super) fn appended(value: &Value) -> Vec<usize> {
    value
        .unknowns()
        .flat_map(|unknown| match &unknown.origin {
            Origin::Appended(from) => from.as_slice(),
            _ => &[],
        })
        .copied()
        .collect()
}

/// Paths that listing programs hand to `xargs` or `-exec`: `find`'s names, operands of `ls`, `echo`, `printf`.
pub(super) fn fed_paths(from: &[usize], cx: &Cx) -> Vec<String> {
    let mut paths = Vec::new();
    for inv in from.iter().take(8).filter_map(|index| cx.line.invocations.get(*index)) {
        match inv.name() {
            Some("find" | "fd" | "fdfind") => paths.extend(find_paths(inv, cx)),
            Some("ls" | "echo" | "printf" | "which" | "realpath" | "readlink" | "locate") => {
                let words = Words::of(&inv.args, &Spec::new(&[]));
                paths.extend(words.operands.iter().take(MOST).map(|arg| absolute(&arg.value, inv, cx)));
            }
            _ => {}
        }
    }
    paths
}

/// What `find` would list: its starting points, each with the names it asks for.
fn find_paths(inv: &Invocation, cx: &Cx) -> Vec<String> {
    let mut roots = Vec::new();
    let mut names = Vec::new();
    let mut words = inv.args.iter();
    let mut in_roots = true;
    while let Some(arg) = words.next() {
        let word = arg.value.text();
        if word.starts_with(['-', '(', '!']) {
            in_roots = in_roots && matches!(word.as_ref(), "-L" | "-H" | "-P");
            if matches!(word.as_ref(), "-name" | "-iname" | "-path" | "-ipath" | "-wholename") {
                names.extend(words.next().map(|arg| arg.value.text().into_owned()));
            }
        } else if in_roots {
            roots.push(absolute(&arg.value, inv, cx));
        }
    }
    if roots.is_empty() {
        roots.push(inv.cwd.text().into_owned());
    }
    roots.truncate(16);
    names.truncate(16);
    if names.is_empty() {
        return roots;
    }
    roots.iter().flat_map(|root| names.iter().map(move |name| join(root, name))).collect()
}

fn join(root: &str, name: &str) -> String {
    let name = name.trim_start_matches("*/").trim_start_matches('/');
    format!("{}/{name}", root.trim_end_matches('/'))
}
