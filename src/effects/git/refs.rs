//! Branches, tags and other refs; history as a whole.

use super::super::options::Spec;
use super::super::{Effect, EffectKind, Trait};
use super::{Git, branch_traits};

pub(super) fn branch(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&[
        "-u",
        "--set-upstream-to",
        "--contains",
        "--no-contains",
        "--merged",
        "--no-merged",
        "--points-at",
        "--sort",
        "--format",
    ]));
    let force = words.has_exactly(&["-f", "--force"]);
    let forced = words.has_exactly(&["-D"]) || force;
    if words.has_exactly(&["-d", "--delete"]) || words.has_exactly(&["-D"]) {
        let tracking = words.has_exactly(&["-r", "--remotes"]);
        for arg in &words.operands {
            let name = arg.value.text().into_owned();
            if git.makes_branch(&name) {
                continue;
            }
            let effect = git.effect(EffectKind::VcsDeleteRef, name.as_str(), Some(arg)).with(branch_traits(&name));
            let effect = if arg.value.has_unknown() { effect.with([Trait::UnknownTarget]) } else { effect };
            out.push(if forced && !tracking { effect } else { effect.with([Trait::Recoverable]) });
        }
    } else if force
        && !words.has_exactly(&["-m", "--move"])
        && !words.has_exactly(&["-c", "--copy"])
        && words.operands.len() > 1
    {
        let name = words.operands.first().map(|arg| arg.value.text().into_owned()).unwrap_or_default();
        out.push(
            git.effect(EffectKind::VcsRewrite, name.as_str(), words.operands.first().copied())
                .with(branch_traits(&name)),
        );
    }
}

pub(super) fn tag(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&[
        "-m",
        "-u",
        "-F",
        "-n",
        "--message",
        "--local-user",
        "--file",
        "--sort",
        "--format",
        "--contains",
        "--points-at",
        "--merged",
        "--cleanup",
    ]));
    if words.has_exactly(&["-d", "--delete"]) {
        for arg in &words.operands {
            out.push(git.effect(EffectKind::VcsDeleteRef, format!("refs/tags/{}", arg.value.text()), Some(arg)));
        }
    } else if words.has_exactly(&["-f", "--force"])
        && let Some(arg) = words.operands.first()
    {
        out.push(
            git.effect(EffectKind::VcsRewrite, format!("refs/tags/{}", arg.value.text()), Some(arg))
                .with([Trait::Recoverable]),
        );
    }
}

pub(super) fn update_ref(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&["-m"]));
    if words.has_exactly(&["-d", "--delete"]) {
        let arg = words.operands.first().copied();
        let name = arg.map(|arg| arg.value.text().into_owned()).unwrap_or_default();
        out.push(git.effect(EffectKind::VcsDeleteRef, name.as_str(), arg).with(branch_traits(&name)));
    } else if words.has_exactly(&["--stdin"]) {
        out.push(
            git.effect(EffectKind::VcsDeleteRef, "refs from standard input", None)
                .with([Trait::Bulk, Trait::UnknownTarget]),
        );
    }
}

pub(super) fn symbolic_ref(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&["-m"]));
    if words.has_exactly(&["-d", "--delete"]) {
        out.push(git.effect(EffectKind::VcsDeleteRef, "symbolic ref", words.operands.first().copied()));
    }
}

/// Removing a remote takes its settings and tracking branches; a fetch brings the branches back.
pub(super) fn remote(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&[]));
    let [verb, names @ ..] = words.operands.as_slice() else { return };
    if matches!(verb.value.literal(), Some("remove" | "rm")) {
        for arg in names {
            out.push(
                git.effect(EffectKind::VcsDeleteRef, format!("refs/remotes/{}", arg.value.text()), Some(arg))
                    .with([Trait::Recoverable]),
            );
        }
    }
}

pub(super) fn notes(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&["-m", "-F", "-C", "-c", "--ref"]));
    if words.operands.first().is_some_and(|arg| matches!(arg.value.literal(), Some("remove" | "prune"))) {
        out.push(
            git.effect(EffectKind::VcsDeleteRef, "refs/notes", words.operands.first().copied())
                .with([Trait::Recoverable]),
        );
    }
}

pub(super) fn replace(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&["--format"]));
    if !words.operands.is_empty() && !words.has_exactly(&["-l", "--list"]) && !words.has_exactly(&["-d", "--delete"]) {
        out.push(
            git.effect(EffectKind::VcsRewrite, "refs/replace", words.operands.first().copied())
                .with([Trait::Recoverable]),
        );
    }
}

pub(super) fn rewrite_all(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(Spec::gnu(&[]));
    if words.has_exactly(&["-h", "--analyze", "--dry-run", "--help", "--version"]) {
        return;
    }
    out.push(git.effect(EffectKind::VcsRewrite, "all of history", None).with([Trait::Whole]));
}

/// `git fetch origin +main:main` moves a local branch, whatever stood there.
pub(super) fn fetch(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words =
        git.words(Spec::gnu(&["-j", "-o", "--depth", "--refmap", "--upload-pack", "--filter", "--negotiation-tip"]));
    let force = words.has_exactly(&["-f", "--force"]);
    for arg in words.operands.iter().skip(1) {
        let text = arg.value.text();
        if let Some((from, to)) = text.split_once(':')
            && (force || from.starts_with('+'))
            && !to.starts_with("refs/remotes/")
            && !to.is_empty()
        {
            out.push(git.effect(EffectKind::VcsRewrite, to, Some(arg)).with([Trait::Recoverable]));
        }
    }
}
