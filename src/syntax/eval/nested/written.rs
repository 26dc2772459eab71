//! What a program leaves in files that the line may run later.

use crate::syntax::eval::simple::Redirects;
use crate::syntax::eval::state::State;
use crate::syntax::eval::{Eval, Written, filters};
use crate::syntax::{Arg, Invocation, PathKind, Stdin, Value, paths};

impl Eval<'_> {
    /// Files that come to be, move or change under another name, as far as later commands of the line may run them.
    pub(super) fn file_effects(&mut self, st: &State, inv: &Invocation, index: usize) {
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
                    if let Some(path) = target.and_then(|target| self.landing(st, &target)) {
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
                    let Some(mut from) = self.absolute(st, &source.value) else {
                        // What cannot be followed takes the place of what the line wrote there.
                        if let Some(known) = self.absolute(st, &target.value).and_then(|to| self.files.get_mut(&to)) {
                            *known = Written::By(vec![index]);
                        }
                        continue;
                    };
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
                Some("sed") => filters::run("sed", &script, Some(text)),
                _ => None,
            };
            self.files.insert(path, edited.map_or(Written::By(vec![index]), Written::Text));
        }
    }
}

/// `-s`, alone or in a bundle, and `--symbolic`.
fn is_symbolic(word: &str) -> bool {
    word == "--symbolic" || word.starts_with('-') && !word.starts_with("--") && word.contains('s')
}
