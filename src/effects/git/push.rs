//! `git push`: what a remote loses.

use super::super::options::{Spec, Words};
use super::super::{Effect, EffectKind, Scope, Trait};
use super::{Git, branch_traits};
use crate::syntax::{Arg, Stdin};

const PUSH: Spec = Spec::gnu(&["-o", "--push-option", "--receive-pack", "--exec", "--repo"]);

/// How hard a push insists.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Force {
    No,
    /// Only where the remote is as last seen.
    Lease,
    Yes,
}

pub(super) fn push(git: &Git<'_>, out: &mut Vec<Effect>) {
    let words = git.words(PUSH);
    if words.has_exactly(&["-n", "--dry-run"]) {
        return;
    }
    let (remote, specs) = match words.operands.as_slice() {
        [] => (None, &[][..]),
        [remote, specs @ ..] => (Some(*remote), specs),
    };
    let place = Scope::Remote(remote.map_or_else(|| "origin".to_owned(), |arg| arg.value.text().into_owned()));
    let force = forced(&words);
    if words.has_exactly(&["--mirror"]) {
        out.push(git.cx.effect(EffectKind::VcsRewrite, "all refs", place.clone(), git.inv.span).with([Trait::Whole]));
    }
    if words.has_exactly(&["--prune"]) {
        out.push(
            git.cx
                .effect(EffectKind::VcsDeleteRef, "refs that are not here", place.clone(), git.inv.span)
                .with([Trait::Bulk]),
        );
    }
    let deletes = words.has_exactly(&["-d", "--delete"]);
    for spec in specs {
        refspec(git, spec, deletes, force, &place, out);
    }
    if specs.is_empty() && force != Force::No {
        let all = words.has_exactly(&["--all"]) || words.has_exactly(&["--branches"]);
        let branch = git.branch().filter(|_| !all);
        let effect = git.cx.effect(
            EffectKind::VcsRewrite,
            branch.clone().unwrap_or_else(|| "the current branch".to_owned()),
            place,
            git.inv.span,
        );
        let effect = effect.with(branch.map_or_else(|| vec![Trait::UnknownTarget], |name| branch_traits(&name)));
        let effect = if all { effect.with([Trait::Whole]) } else { effect };
        out.push(if force == Force::Lease { effect.with([Trait::KeepsOld]) } else { effect });
    }
}

/// The last of `--force`, `--no-force` and the like wins; plain force beats a lease.
fn forced(words: &Words<'_>) -> Force {
    let mut force = false;
    let mut lease = false;
    for opt in &words.options {
        match opt.name.as_str() {
            "-f" | "--force" => force = true,
            "--no-force" => force = false,
            "--force-with-lease" => lease = true,
            "--no-force-with-lease" => lease = false,
            _ => {}
        }
    }
    if force {
        Force::Yes
    } else if lease {
        Force::Lease
    } else {
        Force::No
    }
}

/// `$(git branch --show-current | sed 's/^/+/')`: a refspec whose unknown beginning another program writes a plus into.
fn writes_plus(git: &Git<'_>, arg: &Arg) -> bool {
    fn writes(index: usize, git: &Git<'_>, depth: u8) -> bool {
        let (Some(inv), Some(depth)) = (git.cx.line.invocations.get(index), depth.checked_sub(1)) else { return false };
        let writer =
            matches!(inv.name(), Some("sed" | "awk" | "gawk" | "printf" | "echo" | "perl" | "xargs" | "python3"));
        let below = || match &inv.stdin {
            Stdin::Pipe(from) => from.iter().take(4).any(|from| writes(*from, git, depth)),
            _ => false,
        };
        writer && inv.args.iter().any(|arg| arg.value.text().contains('+')) || below()
    }
    arg.value.prefix().is_empty() && arg.value.sources().take(4).any(|from| writes(from, git, 6))
}

/// `git tag -l | sed 's,^,:refs/tags/,' | xargs git push origin`: a refspec that is all unknown, and what another program
/// writes in front of it deletes.
fn writes_colon(git: &Git<'_>, arg: &Arg) -> bool {
    fn writes(index: usize, git: &Git<'_>, depth: u8) -> bool {
        let (Some(inv), Some(depth)) = (git.cx.line.invocations.get(index), depth.checked_sub(1)) else { return false };
        let front = |text: &str| {
            [",^,:", "/^/:", "|^|:", "#^#:", ":refs/"].iter().any(|mark| text.contains(mark)) || text.starts_with(':')
        };
        let writer = matches!(inv.name(), Some("sed" | "awk" | "gawk" | "printf" | "perl" | "xargs" | "jq"));
        let below = || match &inv.stdin {
            Stdin::Pipe(from) => from.iter().take(4).any(|from| writes(*from, git, depth)),
            _ => false,
        };
        writer && inv.args.iter().any(|arg| front(&arg.value.text())) || below()
    }
    arg.value.prefix().is_empty() && arg.value.sources().take(4).any(|from| writes(from, git, 6))
}

/// One refspec: `+from:to`, `:to`, `name`, `tag NAME`.
fn refspec(git: &Git<'_>, arg: &Arg, deletes: bool, force: Force, place: &Scope, out: &mut Vec<Effect>) {
    let text = arg.value.text().into_owned();
    let (plus, spec) = text.strip_prefix('+').map_or((false, text.as_str()), |rest| (true, rest));
    let plus = plus || writes_plus(git, arg);
    let (from, to) = spec.split_once(':').map_or((spec, spec), |(from, to)| (from, to));
    let mut to = if to.is_empty() { from.to_owned() } else { to.to_owned() };
    if matches!(to.as_str(), "HEAD" | "@") {
        to = git.branch().unwrap_or(to);
    }
    let removes = deletes || (spec.len() > 1 && spec.starts_with(':')) || writes_colon(git, arg);
    let kind = if removes { EffectKind::VcsDeleteRef } else { EffectKind::VcsRewrite };
    if !removes && !plus && force == Force::No {
        return;
    }
    let effect = git.cx.effect(kind, to.as_str(), place.clone(), arg.span).with(branch_traits(&to));
    let effect = if arg.value.has_unknown() || matches!(to.as_str(), "HEAD" | "@") {
        effect.with([Trait::UnknownTarget])
    } else {
        effect
    };
    out.push(if force == Force::Lease && !plus && !removes { effect.with([Trait::KeepsOld]) } else { effect });
}
