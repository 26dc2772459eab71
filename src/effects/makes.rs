//! What the line's own programs make before it gets to a path: what a path is that does not stand yet.

use std::cell::RefCell;
use std::collections::HashMap;

use smallvec::SmallVec;

use super::Cx;
use super::paths::base;
use super::scope::lexical;
use crate::syntax::{Invocation, PathKind, RedirectKind};

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

/// How many earlier invocations are asked whether they made a path.
const EARLIER: usize = 64;

/// What invocations make, noted as far as somebody has asked.
#[derive(Debug, Default)]
pub(super) struct Makes(RefCell<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Invocations before this one are noted, or too far back.
    upto: usize,
    /// Those that make a path, in order; absolute paths.
    by_path: HashMap<String, SmallVec<[usize; 1]>>,
    /// A bit for the length of each such path, the same for some lengths: most folders above one have another.
    lengths: u128,
}

impl Known {
    fn note(&mut self, path: String, by: usize) {
        self.lengths |= length(&path);
        self.by_path.entry(path).or_default().push(by);
    }

    /// What makes a path, in order.
    fn makers(&self, path: &str) -> &[usize] {
        let by = (self.lengths & length(path) != 0).then(|| self.by_path.get(path)).flatten();
        by.map(SmallVec::as_slice).unwrap_or_default()
    }
}

/// The bit of a path's length.
fn length(path: &str) -> u128 {
    1 << (path.len() % 128)
}

impl Makes {
    /// Says whether the line itself makes the path, or a folder above it that does not stand yet, before it gets to the
    /// invocation of `cx`.
    pub(super) fn before(&self, path: &str, cx: &Cx<'_>) -> bool {
        let mut known = self.0.borrow_mut();
        let earliest = cx.index.saturating_sub(EARLIER);
        for index in known.upto.max(earliest)..cx.index {
            let Some(inv) = cx.line.invocations.get(index) else { break };
            for path in made(inv, cx) {
                known.note(path, index);
            }
        }
        known.upto = known.upto.max(cx.index);
        let now = cx.line.invocations.get(cx.index);
        // A program that runs this one has not made what it names.
        let runs_now = |index: &usize| {
            now.zip(cx.line.invocations.get(*index)).is_some_and(|(now, inv)| {
                now.span == inv.span && now.via.len() > inv.via.len() && now.via.starts_with(&inv.via)
            })
        };
        let made = |path: &str| {
            let mut by = known.makers(path).iter().rev().take_while(|index| **index >= earliest);
            by.any(|index| *index < cx.index && !runs_now(index))
        };
        made(path)
            || !known.by_path.is_empty()
                && path
                    .bytes()
                    .enumerate()
                    .skip(1)
                    .filter(|(at, byte)| *byte == b'/' && known.lengths >> (at % 128) & 1 != 0)
                    .filter_map(|(at, _)| path.get(..at))
                    .any(|folder| made(folder) && cx.world.kind(folder) == PathKind::Missing)
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
