//! What the line's own programs make before it gets to a path: what a path is that does not stand yet.

use std::cell::RefCell;
use std::rc::Rc;

use super::Cx;
use super::paths::base;
use super::scope::lexical;
use crate::syntax::{Invocation, RedirectKind};

/// Programs that make the files or folders which they are given.
const MAKERS: &[&str] = &[
    "mkdir",
    "touch",
    "cp",
    "mv",
    "git",
    "tar",
    "curl",
    "wget",
    "unzip",
    "tee",
    "ln",
    "python",
    "python3",
    "virtualenv",
    "cargo",
    "gcc",
    "cc",
    "go",
];

/// Files and folders by the invocation that makes them: absolute paths, worked out when first asked for.
#[derive(Debug, Default)]
pub struct Makes(RefCell<Vec<Option<Rc<[String]>>>>);

impl Makes {
    /// What the invocation at an index makes.
    pub(super) fn of(&self, index: usize, inv: &Invocation, cx: &Cx<'_>) -> Rc<[String]> {
        let mut known = self.0.borrow_mut();
        if known.len() <= index {
            known.resize(index + 1, None);
        }
        let Some(slot) = known.get_mut(index) else { return Rc::default() };
        Rc::clone(slot.get_or_insert_with(|| made(inv, cx).into()))
    }
}

fn made(inv: &Invocation, cx: &Cx<'_>) -> Vec<String> {
    let written = inv.redirects.iter().filter(|redirect| redirect.kind != RedirectKind::Read);
    let written = written.filter_map(|redirect| redirect.target.literal());
    let words = written.chain(given(inv)).filter(|text| !text.is_empty());
    words.filter_map(|text| lexical(text, inv, cx)).collect()
}

/// The words that name the files or folders which a program makes.
fn given(inv: &Invocation) -> Vec<&str> {
    let Some(name) = inv.name().filter(|name| MAKERS.contains(name)) else { return Vec::new() };
    let words = || inv.words().flatten();
    match name {
        "cp" | "mv" | "ln" => {
            let folders = words().zip(words().skip(1)).filter(|(option, _)| *option == "-t").map(|(_, folder)| folder);
            words().last().into_iter().chain(folders).collect()
        }
        "git" => match words().find(|word| !word.starts_with('-')) {
            Some("clone") => vec![cloned(&words().filter(|word| !word.starts_with('-')).collect::<Vec<_>>())],
            Some("init" | "worktree" | "submodule" | "archive" | "bundle" | "format-patch") => words().collect(),
            _ => Vec::new(),
        },
        // What goes into an archive was there before.
        "tar" if !words().enumerate().any(|(at, word)| takes_out(word, at == 0)) => {
            words().filter(|word| word.contains(".t")).collect()
        }
        _ => words().collect(),
    }
}

/// The folder that `git clone` makes: the last word behind the source, else called as the source is.
fn cloned<'w>(operands: &[&'w str]) -> &'w str {
    match operands {
        [.., source, folder] if source.contains(['/', ':']) => folder,
        [.., source] => base(source).trim_end_matches(".git"),
        [] => "",
    }
}

/// Says whether a word tells `tar` to take something out of an archive: `-xzf`, `xf` in front, `--extract`.
fn takes_out(word: &str, first: bool) -> bool {
    if word.starts_with("--") {
        return matches!(word, "--extract" | "--get");
    }
    (first || word.starts_with('-'))
        && word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
        && word.contains('x')
}
