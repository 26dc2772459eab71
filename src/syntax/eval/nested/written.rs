//! What a program leaves in files that the line may run later.

use crate::syntax::eval::files::Written;
use crate::syntax::eval::redirects::Redirects;
use crate::syntax::eval::state::State;
use crate::syntax::eval::{Eval, filters};
use crate::syntax::{Arg, Gap, Invocation, PathKind, Stdin, Value, paths};

impl Eval<'_> {
    /// Files that come to be, move or change under another name, as far as later commands of the line may run them.
    pub(super) fn file_effects(&mut self, st: &State, inv: &Invocation, index: usize) {
        let Some(name) = inv.name() else { return };
        self.touched(st, inv, name, index);
        self.leaves(st, inv, name, index);
        if self.files.take_late() {
            self.gap(st, Gap::Code, "a file that was run already", inv.span);
        }
    }

    fn leaves(&mut self, st: &State, inv: &Invocation, name: &str, index: usize) {
        let operands = || -> Vec<&Arg> { inv.args.iter().filter(|arg| !arg.value.prefix().starts_with('-')).collect() };
        match name {
            "curl" | "wget" | "aria2c" | "fetch" => self.fetched(st, inv, name, index),
            "tee" => {
                let append = inv.args.iter().any(|arg| arg.value.is("-a") || arg.value.is("--append"));
                let output = if let Stdin::Text(text) = &inv.stdin { Some(text.clone()) } else { None };
                for operand in operands() {
                    let redirects =
                        Redirects { stdout_file: Some((operand.value.clone(), append)), ..Redirects::default() };
                    self.written(st, &redirects, output.as_ref(), vec![index]);
                }
            }
            "dd" => {
                let output = if let Stdin::Text(text) = &inv.stdin { Some(text.clone()) } else { None };
                if let Some(path) = inv.args.iter().find_map(|arg| behind(&arg.value, "of=")) {
                    let partly = |word: &str| ["conv=", "seek=", "oflag="].iter().any(|part| word.starts_with(part));
                    let output = output.filter(|_| !inv.words().flatten().any(partly));
                    self.write_to(st, path, output.as_ref(), index);
                }
            }
            "sed" | "gsed" | "perl" | "ruby" if inv.words().flatten().any(in_place) => {
                self.edited_in_place(st, inv, &operands(), index);
            }
            "cp" | "mv" | "ln" | "install" | "rsync" | "scp" | "ditto" | "link" | "gcp" | "gmv" | "gln"
            | "ginstall" => {
                self.copied(st, inv, &operands(), index);
            }
            _ => {}
        }
    }

    /// `cp`, `mv`, `ln`, `install`: what one source leaves under the name of the target.
    fn moved(&mut self, st: &State, inv: &Invocation, source: &Value, target: &Value, index: usize) {
        let hard = |word: &str| word.starts_with('-') && !word.starts_with("--") && word.contains(['l', 's']);
        let links = matches!(inv.name(), Some("ln" | "gln" | "link"));
        let ties = links
            || inv.name() == Some("cp")
                && inv.words().flatten().any(|word| hard(word) || matches!(word, "--link" | "--symbolic-link"));
        let doubtful = self.may_have_left();
        if source.literal().is_some_and(|path| path.starts_with("/dev/")) {
            let output = if let Stdin::Text(text) = &inv.stdin { Some(text.clone()) } else { None };
            return self.write_to(st, target.clone(), output.as_ref(), index);
        }
        if source.has_glob() {
            return self.copied_vaguely(st, source, target, index);
        }
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
        if ties {
            self.files.tie(to.clone(), from.clone());
            self.files.tie(paths::join(&to, from.rsplit('/').next().unwrap_or("")), from.clone());
            if is_dir && links {
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
            self.files.put(to.clone(), Written::Program(from), doubtful);
            if matches!(inv.name(), Some("rsync" | "scp")) {
                self.files.touch(&to, index);
            }
        }
    }

    /// `cp d/* e`: what the line wrote below the one lands below the other.
    fn copied_vaguely(&mut self, st: &State, source: &Value, target: &Value, index: usize) {
        let name = Self::vague(st, source);
        let Some(to) = self.key(st, target) else { return };
        self.files.touch(&to, index);
        for from in self.files.named(&name) {
            self.files.copy(&from, paths::join(&to, from.rsplit('/').next().unwrap_or("")));
            self.files.copy(&from, to.clone());
        }
        let programs = self.on_disk(st, source);
        if programs.iter().any(|path| path.literal().is_some()) {
            let first = programs.iter().find_map(|path| self.key(st, path));
            let doubtful = self.may_have_left();
            if let Some(first) = first.filter(|path| self.world.kind(path) == PathKind::File) {
                self.files.put(to, Written::Program(first), doubtful);
            }
        }
    }

    /// `cp SOURCE… TARGET`, `cp -t FOLDER SOURCE…`, `ln SOURCE`.
    fn copied(&mut self, st: &State, inv: &Invocation, operands: &[&Arg], index: usize) {
        let words: Vec<&Value> = inv.args.iter().map(|arg| &arg.value).collect();
        let folder = words.iter().enumerate().find_map(|(at, word)| match word.literal() {
            Some("-t" | "--target-directory") => words.get(at + 1).map(|word| (*word).clone()),
            _ => behind(word, "--target-directory=").or_else(|| behind(word, "-t")),
        });
        if let Some(folder) = folder.filter(|folder| !folder.is("")) {
            let mut below = folder.clone();
            below.push_lit("/");
            for source in operands.iter().filter(|arg| arg.value != folder) {
                self.moved(st, inv, &source.value, &below, index);
            }
            return;
        }
        match operands {
            [source] if matches!(inv.name(), Some("ln" | "gln")) => {
                let name = source.value.suffix().rsplit('/').next().unwrap_or("").to_owned();
                self.moved(st, inv, &source.value, &Value::lit(name), index);
            }
            [sources @ .., target] => {
                for source in sources {
                    self.moved(st, inv, &source.value, &target.value, index);
                }
            }
            [] => {}
        }
    }

    /// `curl -o FILE URL`
    fn fetched(&mut self, st: &State, inv: &Invocation, name: &str, index: usize) {
        let mut words = inv.args.iter();
        while let Some(arg) = words.next() {
            let text = arg.value.prefix();
            let bundle = text.starts_with('-') && !text.starts_with("--") && arg.value.literal().is_some();
            let short = if name == "wget" { 'O' } else { 'o' };
            let target = match text {
                "-o" | "--output" | "--out" if name != "wget" => words.next().map(|arg| arg.value.clone()),
                _ if name == "wget" && "--output-document".starts_with(text) && text.len() > 9 => {
                    words.next().map(|arg| arg.value.clone())
                }
                _ if text.starts_with("--output=") => behind(&arg.value, "--output="),
                _ if text.starts_with("--output-document=") => behind(&arg.value, "--output-document="),
                _ if bundle && text.ends_with(short) => words.next().map(|arg| arg.value.clone()),
                _ if text.starts_with(['-']) && text.get(1..2) == Some(if name == "wget" { "O" } else { "o" }) => {
                    behind(&arg.value, if name == "wget" { "-O" } else { "-o" })
                }
                _ if text.contains("://") && matches!(name, "wget" | "curl") && self.by_name(inv, name) => {
                    text.split(['?', '#']).next().and_then(|url| url.rsplit('/').next()).map(Value::lit)
                }
                _ => None,
            };
            if let Some(target) = target {
                self.write_to(st, target, None, index);
            }
        }
    }

    /// A file that a program writes anew.
    pub(super) fn write_to(&mut self, st: &State, target: Value, output: Option<&Value>, index: usize) {
        let stdout_file = Some((target, false));
        self.written(st, &Redirects { stdout_file, ..Redirects::default() }, output, vec![index]);
    }

    /// Files that the line wrote and now edits: plain replacements are followed, anything else hides the content.
    fn edited_in_place(&mut self, st: &State, inv: &Invocation, operands: &[&Arg], index: usize) {
        let script: Vec<Arg> = inv
            .args
            .iter()
            .filter(|arg| !arg.value.literal().is_some_and(in_place))
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
            for suffix in inv.words().flatten().filter_map(backup) {
                self.files.copy(&path, format!("{path}{suffix}"));
            }
            let text = match self.files.seen(&path).only() {
                Some(Written::Text(text)) if matches!(inv.name(), Some("sed" | "gsed")) => {
                    filters::run("sed", &script, Some(&text))
                }
                _ => None,
            };
            self.files.put(path, text.map_or(Written::By(vec![index]), Written::Text), doubtful);
        }
    }
}

/// `-s`, alone or in a bundle, and `--symbolic`.
fn is_symbolic(word: &str) -> bool {
    word == "--symbolic" || word.starts_with('-') && !word.starts_with("--") && word.contains('s')
}

/// Says whether a word tells `sed`, `perl` or `ruby` to edit in place: `-i`, `-Ei`, `-pi.bak`, `--in-place`.
fn in_place(word: &str) -> bool {
    let Some(bundle) = word.strip_prefix('-') else { return false };
    if bundle.starts_with('-') {
        return word.starts_with("--in-p") || word.starts_with("--i") && "--in-place".starts_with(word);
    }
    bundle.split(['e', 'f', 'E', 'I', 'M']).next().is_some_and(|front| front.contains('i'))
        || bundle.starts_with(['E', 'n', 'r'])
            && bundle.split(['e', 'f']).next().is_some_and(|front| front.contains('i'))
}

/// The ending of the copy that an edit in place leaves: `-i.bak`.
fn backup(word: &str) -> Option<&str> {
    if !in_place(word) {
        return None;
    }
    let ending = match word.strip_prefix("--") {
        Some(long) => long.split_once('=')?.1,
        None => word.split_once('i')?.1,
    };
    Some(ending).filter(|ending| !ending.is_empty())
}

/// What stands behind the front of a word, unknown parts with it.
pub(super) fn behind(word: &Value, front: &str) -> Option<Value> {
    let mut out = Value::lit(word.prefix().strip_prefix(front)?);
    word.segs().iter().skip(1).for_each(|seg| out.push(seg.clone()));
    Some(out)
}
