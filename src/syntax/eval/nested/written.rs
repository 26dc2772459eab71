//! What a program leaves in files that the line may run later.

use crate::syntax::eval::files::Written;
use crate::syntax::eval::redirects::Redirects;
use crate::syntax::eval::state::State;
use crate::syntax::eval::{Eval, filters};
use crate::syntax::inside::{self, Source};
use crate::syntax::{Arg, CodeFact, Invocation, PathKind, Seg, Stdin, Value, paths};

/// Programs that may write what they like into files that they are given.
const EDITORS: &[&str] = &[
    "sort", "patch", "ed", "ex", "vi", "vim", "nvim", "view", "emacs", "nano", "awk", "gawk", "mawk", "nawk", "xxd",
    "openssl", "gpg", "gpg2", "age", "gzip", "gunzip", "bunzip2", "unxz", "xz", "zstd", "unzstd", "lz4", "split",
    "csplit", "uniq", "iconv", "truncate", "sponge", "script", "objcopy", "gcc", "g++", "cc", "c++", "clang",
    "clang++", "ld", "rename", "mount", "scp", "sftp", "lftp", "socat", "perl", "ruby", "php", "node", "deno", "bun",
    "python", "python3", "lua", "tclsh", "expect", "sqlite3", "expand", "envsubst", "m4", "pandoc", "ffmpeg", "base64",
    "yq", "rcp", "docker", "podman", "kubectl",
];
/// Programs that put files of the same names below folders that they are given, or into the one that they run in.
const UNPACKERS: &[&str] =
    &["tar", "bsdtar", "unzip", "7z", "7za", "7zr", "cpio", "pax", "ar", "patch", "rsync", "scp", "sftp"];
/// Words behind which git writes files that are there.
const GIT_WRITES: &[&str] =
    &["checkout", "restore", "apply", "am", "stash", "archive", "show", "diff", "format-patch", "mv", "cat-file"];

impl Eval<'_> {
    /// Files that come to be, move or change under another name, as far as later commands of the line may run them.
    pub(super) fn file_effects(&mut self, st: &State, inv: &Invocation, index: usize) {
        let Some(name) = inv.name() else { return };
        self.touched(st, inv, name, index);
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
                    if let Some(target) = target {
                        let stdout_file = Some((target, false));
                        self.written(st, &Redirects { stdout_file, ..Redirects::default() }, None, vec![index]);
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
                    self.moved(st, inv, &source.value, &target.value, index);
                }
            }
            _ => {}
        }
    }

    /// `cp`, `mv`, `ln`, `install`: what one source leaves under the name of the target.
    fn moved(&mut self, st: &State, inv: &Invocation, source: &Value, target: &Value, index: usize) {
        let links = inv.name() == Some("ln");
        let doubtful = self.may_have_left();
        let (Some(mut from), Some(mut to)) = (self.key(st, source), self.key(st, target)) else {
            // What cannot be followed takes the place of what the line wrote there.
            if let Some(to) = self.key(st, target) {
                self.files.touch(&to, index);
                self.files.touch_below(&to, index);
            } else {
                self.files.touch_vaguely(&Self::vague(st, target), None, index);
            }
            return;
        };
        // What a symbolic link says is read from where it lies.
        if links
            && !source.prefix().starts_with(['/', '~'])
            && inv.args.iter().any(|arg| is_symbolic(arg.value.prefix()))
            && let (Some(text), Some((folder, _))) = (source.literal(), to.rsplit_once('/'))
        {
            from = paths::join(folder, text);
        }
        let is_dir = self.world.kind(&from) == PathKind::Dir;
        if links {
            self.files.tie(to.clone(), from.clone());
            if is_dir {
                self.links.push((to, from));
                return;
            }
        } else {
            self.files.copy_below(&from, &to);
        }
        if self.world.kind(&to) == PathKind::Dir || target.suffix().ends_with('/') {
            to = paths::join(&to, from.rsplit('/').next().unwrap_or(""));
        }
        if is_dir {
            // Files of the same names below both.
            self.files.touch_below(&to, index);
        } else if !self.files.copy(&from, to.clone()) {
            self.files.put(to, Written::Program(from), doubtful);
        }
    }

    /// Files that the line wrote and now edits: plain replacements are followed, anything else hides the content.
    fn edited_in_place(&mut self, st: &State, inv: &Invocation, operands: &[&Arg], index: usize) {
        let script: Vec<Arg> = inv
            .args
            .iter()
            .filter(|arg| !arg.value.prefix().starts_with("-i") && !arg.value.is("--in-place"))
            .filter(|arg| self.key(st, &arg.value).is_none_or(|path| !self.files.contains_key(&path)))
            .cloned()
            .collect();
        let doubtful = self.may_have_left();
        for operand in operands {
            let Some(path) = self.key(st, &operand.value) else {
                self.files.touch_vaguely(&Self::vague(st, &operand.value), None, index);
                continue;
            };
            if !self.files.contains_key(&path) {
                continue;
            }
            let text = match self.files.seen(&path).only() {
                Some(Written::Text(text)) if inv.name() == Some("sed") => filters::run("sed", &script, Some(&text)),
                _ => None,
            };
            self.files.put(path, text.map_or(Written::By(vec![index]), Written::Text), doubtful);
        }
    }

    /// Files that the line wrote and a program is given that may change them.
    fn touched(&mut self, st: &State, inv: &Invocation, name: &str, index: usize) {
        if self.files.is_empty() {
            return;
        }
        let own = inv.program.value.prefix().contains('/')
            || !inv.program.value.segs().iter().all(|seg| matches!(seg, Seg::Lit(_)));
        let verb = || inv.words().flatten().find(|word| !word.starts_with('-')).unwrap_or("");
        let edits = match name {
            "git" => GIT_WRITES.contains(&verb()),
            "docker" | "podman" | "kubectl" => verb() == "cp",
            _ => own || EDITORS.contains(&name),
        };
        let unpacks = UNPACKERS.contains(&name) || name == "git" && matches!(verb(), "apply" | "am" | "stash");
        if !edits && !unpacks {
            return;
        }
        // What an interpreter runs is read, not written.
        let script = inside::interpreter(inv).and_then(|found| match found.source {
            Source::File { path, .. } => self.key(st, &path),
            _ => None,
        });
        let mut here = unpacks;
        for arg in &inv.args {
            let text = arg.value.prefix();
            let inner = match arg.value.literal() {
                Some(text) if text.starts_with("--") => text.split_once('=').map(|(_, value)| Value::lit(value)),
                Some(text) if text.starts_with('-') => text.get(2..).filter(|rest| !rest.is_empty()).map(Value::lit),
                Some(text) => text.split_once('=').map(|(_, value)| Value::lit(value)),
                None => None,
            };
            for value in std::iter::once(&arg.value).chain(&inner) {
                match self.key(st, value) {
                    Some(path) if Some(&path) == script.as_ref() => {}
                    Some(path) if unpacks => {
                        self.files.touch(&path, index);
                        self.files.touch_below(&path, index);
                        here &= text.starts_with('-') || self.world.kind(&path) != PathKind::Dir;
                    }
                    Some(path) => self.files.touch(&path, index),
                    None if unpacks || value.has_glob() => {
                        self.files.touch_vaguely(&Self::vague(st, value), script.as_deref(), index);
                    }
                    None => {}
                }
            }
        }
        if let (true, Some(cwd)) = (here, inv.cwd.literal()) {
            self.files.touch_below(cwd, index);
        }
    }

    /// Files that the line wrote and code of another language writes.
    pub(super) fn touched_by_code(&mut self, st: &State, facts: &[CodeFact], script: Option<&Value>, index: usize) {
        if self.files.is_empty() {
            return;
        }
        let script = script.and_then(|path| self.key(st, path));
        for fact in facts {
            let (CodeFact::Overwrite(path) | CodeFact::Empty(path) | CodeFact::Move(path)) = fact else { continue };
            match self.key(st, path) {
                Some(path) => self.files.touch(&path, index),
                None => self.files.touch_vaguely(&Self::vague(st, path), script.as_deref(), index),
            }
        }
    }
}

/// `-s`, alone or in a bundle, and `--symbolic`.
fn is_symbolic(word: &str) -> bool {
    word == "--symbolic" || word.starts_with('-') && !word.starts_with("--") && word.contains('s')
}
