//! Work that is not committed, or that only the reflog still holds.

use super::super::options::{Spec, Words};
use super::super::{Certainty, Effect, EffectKind, Scope, Trait, scope};
use super::Git;
use crate::syntax::{Arg, PathKind};

const KIND: EffectKind = EffectKind::VcsDiscard;

/// Everything uncommitted in the work tree.
fn everything(git: &Git<'_>, arg: Option<&Arg>, out: &mut Vec<Effect>) {
    let mut effect = git.effect(KIND, "uncommitted changes", arg).with([Trait::Whole]);
    effect.certainty = Certainty::Likely;
    out.push(effect);
}

pub(super) fn reset(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&[]));
    for (long, keeps) in [("--hard", false), ("--merge", false), ("--keep", true)] {
        let Some(opt) = words.find(&[long]) else { continue };
        let before = out.len();
        everything(git, Some(opt.arg), out);
        if keeps && let Some(effect) = out.get_mut(before) {
            effect.traits.push(Trait::KeepsOld);
            effect.traits.sort_unstable();
        }
    }
}

const CHECKOUT: Spec = Spec::gnu(&["-b", "-B", "--orphan", "--conflict", "--pathspec-from-file"]);

pub(super) fn checkout(git: &Git<'_>, out: &mut Vec<Effect>) {
    let (before, behind) = git.around_dashes();
    let words = Words::of(before, &CHECKOUT);
    if let Some(paths) = behind.filter(|paths| !paths.is_empty()) {
        let paths: Vec<&Arg> = paths.iter().collect();
        return files(git, &words, &paths, out);
    }
    if words.has_exactly(&["-f", "--force"]) {
        return everything(git, words.find(&["-f", "--force"]).map(|opt| opt.arg), out);
    }
    if words.has_exactly(&["-b", "-B", "--orphan", "-t", "--track", "--detach", "-d"]) {
        return;
    }
    let paths = match words.operands.as_slice() {
        [one] if is_path(git, one) => vec![*one],
        [] | [_] => Vec::new(),
        [first, rest @ ..] if is_path(git, first) && !first.value.literal().is_some_and(|name| git.is_ref(name)) => {
            let mut all = vec![*first];
            all.extend(rest);
            all
        }
        [_, rest @ ..] => rest.to_vec(),
    };
    files(git, &words, &paths, out);
}

/// Says whether a lone word of `checkout` is a path rather than a branch.
fn is_path(git: &Git<'_>, arg: &Arg) -> bool {
    let Some(text) = arg.value.literal() else { return arg.value.has_glob() };
    if matches!(text, "." | ".." | "*" | ":/")
        || text.starts_with("./")
        || text.starts_with("../")
        || text.starts_with('/')
        || text.ends_with('/')
    {
        return true;
    }
    if git.is_ref(text) {
        return false;
    }
    let known =
        scope::lexical(text, &git.here, git.cx).is_some_and(|path| git.cx.world.kind(&path) != PathKind::Missing);
    known || (git.git_dir().is_none() && has_extension(text))
}

/// `src/main.rs`, not `feature/v1.2`.
fn has_extension(text: &str) -> bool {
    let name = text.rsplit('/').next().unwrap_or(text);
    name.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty() && (1..=5).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_alphabetic())
    })
}

fn files(git: &Git<'_>, words: &Words<'_>, paths: &[&Arg], out: &mut Vec<Effect>) {
    if words.has_exactly(&["-p", "--patch"]) {
        return;
    }
    let from = out.len();
    git.paths(KIND, paths, out);
    // Taking one side of a conflict is how a conflict is solved.
    if words.has_exactly(&["--ours", "--theirs", "--merge"]) {
        for effect in out.iter_mut().skip(from) {
            effect.traits.retain(|known| *known != Trait::Whole);
            effect.certainty = Certainty::Possible;
        }
    }
}

pub(super) fn restore(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&["-s", "--source", "--pathspec-from-file", "--conflict"]));
    let staged = words.has_exactly(&["-S", "--staged"]);
    if staged && !words.has_exactly(&["-W", "--worktree"]) {
        return;
    }
    let operands = words.operands.clone();
    files(git, &words, &operands, out);
}

pub(super) fn switch(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&["-c", "-C", "--create", "--force-create", "--orphan"]));
    if words.has_exactly(&["-f", "--force"]) || words.has_exactly(&["--discard-changes"]) {
        everything(git, words.options.first().map(|opt| opt.arg), out);
    }
}

pub(super) fn clean(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&["-e", "--exclude"]));
    let forced = words.has_exactly(&["-f", "--force"])
        || git
            .settings
            .iter()
            .any(|setting| setting == "clean.requireforce=false" || setting == "clean.requireforce=0");
    if !forced || words.has_exactly(&["-n", "--dry-run"]) || words.has_exactly(&["-i", "--interactive"]) {
        return;
    }
    let mut traits = vec![Trait::Bulk];
    if words.has_exactly(&["-d"]) {
        traits.push(Trait::Recursive);
    }
    if words.has_exactly(&["-x"]) || words.has_exactly(&["-X"]) {
        traits.push(Trait::Valuable);
    }
    if words.operands.is_empty() {
        traits.push(Trait::Whole);
        return out.push(git.effect(KIND, git.here.cwd.text(), None).with(traits));
    }
    for arg in &words.operands {
        for mut target in scope::targets(&arg.value, git.cx, &git.here) {
            let harmless = matches!(target.scope, Scope::Regenerable | Scope::Temp)
                || target.has(Trait::Scratch)
                || target.has(Trait::Missing) && !target.has(Trait::Whole);
            target.traits.retain(|known| !matches!(known, Trait::Missing | Trait::Recoverable));
            if !harmless {
                out.push(target.effect(KIND, git.cx, arg.span).with(traits.iter().copied()));
            }
        }
    }
}

pub(super) fn stash(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&["-m", "--message"]).stopping());
    let Some(verb) = words.operands.first() else { return };
    match verb.value.literal() {
        Some("clear") => out.push(git.effect(KIND, "all stashes", Some(verb)).with([Trait::Whole])),
        Some("drop") => {
            let which = words
                .operands
                .iter()
                .skip(1)
                .find(|arg| !arg.value.prefix().starts_with('-'))
                .map_or_else(|| "stash@{0}".to_owned(), |arg| arg.value.text().into_owned());
            out.push(git.effect(KIND, which, Some(verb)));
        }
        _ => {}
    }
}

/// `git rm` refuses what is changed unless forced, so what goes can be given back.
pub(super) fn rm(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&["--pathspec-from-file"]));
    if words.has_exactly(&["--cached"]) || words.has_exactly(&["-n", "--dry-run"]) {
        return;
    }
    let forced = words.has_exactly(&["-f", "--force"]);
    let recursive = words.has_exactly(&["-r"]);
    for arg in &words.operands {
        for mut target in scope::targets(&arg.value, git.cx, &git.here) {
            target.traits.retain(|known| match known {
                Trait::Missing => false,
                Trait::Valuable => forced || recursive,
                Trait::Secret | Trait::Startup => forced,
                _ => true,
            });
            if !forced {
                target.traits.push(Trait::Recoverable);
            }
            if recursive {
                target.traits.push(Trait::Recursive);
            }
            // Only what git tracks goes; a folder stays where something else is in it.
            let mut effect = target.effect(EffectKind::FsDelete, git.cx, arg.span);
            effect.certainty = effect.certainty.min(Certainty::Likely);
            out.push(effect);
        }
    }
}

pub(super) fn worktree(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&["-b", "--reason"]));
    let [verb, paths @ ..] = words.operands.as_slice() else { return };
    if verb.value.is("remove") && words.has_exactly(&["-f", "--force"]) {
        // One that the line itself has added holds what the line has put there.
        for arg in paths.iter().filter(|arg| !git.is_added(arg)) {
            out.push(git.effect(KIND, arg.value.text(), Some(arg)).with([Trait::Recursive]));
        }
    }
}

pub(super) fn submodule(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&[]));
    let [verb, rest @ ..] = words.operands.as_slice() else { return };
    match verb.value.literal() {
        Some("deinit") if words.has_exactly(&["-f", "--force"]) || words.has_exactly(&["--all"]) => {
            let target = rest.first().map_or_else(|| "all submodules".to_owned(), |arg| arg.value.text().into_owned());
            out.push(git.effect(KIND, target, Some(verb)));
        }
        Some("foreach") => {
            let inner: Vec<&str> =
                rest.iter().filter_map(|arg| arg.value.literal()).flat_map(str::split_whitespace).collect();
            let hard = inner.contains(&"reset") && self::words_have(git, &inner, "--hard");
            let clean = inner.contains(&"clean") && words.has_exactly(&["-f"])
                || inner
                    .iter()
                    .any(|word| word.starts_with("-f") || word.starts_with("-df") || word.starts_with("-xf"));
            if hard || clean {
                out.push(git.effect(KIND, "uncommitted changes of all submodules", Some(verb)).with([Trait::Whole]));
            }
        }
        _ => {}
    }
}

fn words_have(git: &Git<'_>, inner: &[&str], option: &str) -> bool {
    inner.contains(&option) || git.args.iter().any(|arg| arg.value.is(option))
}

pub(super) fn checkout_index(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&["--prefix", "--stage"]));
    if !words.has_exactly(&["-f", "--force"]) || words.has_exactly(&["--prefix"]) {
        return;
    }
    if words.has_exactly(&["-a", "--all"]) { everything(git, None, out) } else { git.paths(KIND, &words.operands, out) }
}

pub(super) fn read_tree(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&["--prefix", "--index-output"]));
    if words.has_exactly(&["-u"]) && words.has_exactly(&["--reset"]) {
        everything(git, None, out);
    }
}

pub(super) fn reflog(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&[]));
    let verb = words.operands.first().and_then(|arg| arg.value.literal());
    if words.has_exactly(&["-n", "--dry-run"]) {
        return;
    }
    if verb == Some("delete")
        || verb == Some("expire")
            && (words.has_exactly(&["--all"]) || words.options.iter().any(|opt| opt.name.starts_with("--expire")))
    {
        out.push(git.effect(KIND, "reflog", words.operands.first().copied()).with([Trait::Whole]));
    }
}

pub(super) fn gc(git: &Git<'_>, out: &mut Vec<Effect>) {
    let now = git.words(Spec::gnu(&[])).options.into_iter().any(|opt| {
        opt.name == "--prune" && opt.value.is_some_and(|value| matches!(value.literal(), Some("now" | "all" | "0")))
    });
    if now {
        out.push(git.effect(KIND, "unreachable objects", None));
    }
}

pub(super) fn prune(git: &Git<'_>, out: &mut Vec<Effect>) {
    if !git.words(Spec::gnu(&["--expire"])).has_exactly(&["-n", "--dry-run"]) {
        out.push(git.effect(KIND, "unreachable objects", None));
    }
}

/// Local copies of large files; the server still has what was pushed.
pub(super) fn lfs(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&[]));
    if words.operands.first().is_some_and(|arg| arg.value.is("migrate"))
        && words.operands.iter().any(|arg| matches!(arg.value.literal(), Some("import" | "export")))
    {
        out.push(git.effect(EffectKind::VcsRewrite, "all of history", None).with([Trait::Whole]));
    }
}
