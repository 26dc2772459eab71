//! Programs that delete the paths they are given.

use super::super::names;
use super::super::options::{Spec, Words};
use super::super::paths::{base, parent};
use super::super::scope::{self, Target};
use super::super::{Certainty, Cx, Effect, EffectKind, Scope, Trait};
use super::device;
use crate::syntax::{Arg, Invocation, Origin, Seg, Tracked, Value};

/// From how many turns on a loop over sources is more than a list of names.
const TURNS: usize = 3;

/// Adds one effect for each thing that each word points at.
pub(super) fn delete(words: &[&Arg], traits: &[Trait], inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let is_turn = !words.is_empty() && is_turn(inv, cx);
    for arg in words {
        for mut target in scope::entries(&arg.value, cx, inv) {
            widen(&mut target, inv, &arg.value);
            if is_turn && matches!(target.scope, Scope::Home | Scope::OutsideWorkspace | Scope::System) {
                target.traits.push(Trait::Bulk);
            }
            if is_turn && names::is_source(&target.path) && is_tracked(&target, cx) {
                target.traits.extend([Trait::Bulk, Trait::Valuable]);
            }
            if traits.contains(&Trait::Recursive) && is_lost_work(&target) && !is_made_again(&arg.value, cx) {
                target.traits.push(Trait::Valuable);
            }
            // A lock file is one file, and its tool writes it again; `-r` adds nothing.
            let more = if names::is_lock(base(&target.path)) { &[] } else { traits };
            out.push(target.effect(EffectKind::FsDelete, cx, arg.span).with(more.iter().copied()));
        }
    }
}

/// Says whether an invocation is one of several turns of a loop, each of which is listed by itself.
fn is_turn(inv: &Invocation, cx: &Cx<'_>) -> bool {
    let near = cx.line.invocations.iter().skip(cx.index.saturating_sub(TURNS)).take(2 * TURNS);
    near.filter(|other| other.span == inv.span && other.name() == inv.name()).count() >= TURNS
}

/// Says whether a folder that is not there now lies where only work lies: it may be there when the line runs.
fn is_lost_work(target: &Target) -> bool {
    target.scope == Scope::Workspace
        && target.has(Trait::Missing)
        && !target.has(Trait::Scratch)
        && names::holds_work(base(parent(&target.path)))
}

/// `rm -rf data/x && mkdir data/x`
fn is_made_again(folder: &Value, cx: &Cx<'_>) -> bool {
    let later = cx.line.invocations.iter().skip(cx.index + 1).take(TURNS * 4);
    later.filter(|inv| inv.name() == Some("mkdir")).any(|inv| inv.args.iter().any(|arg| arg.value == *folder))
}

fn is_tracked(target: &Target, cx: &Cx<'_>) -> bool {
    !target.has(Trait::Missing) && cx.world.tracked(&target.path) != Some(Tracked::Untracked)
}

/// What `xargs` or `find` repeats over unknown input is many.
pub(super) fn widen(target: &mut Target, inv: &Invocation, value: &Value) {
    let outside = matches!(target.scope, Scope::Home | Scope::OutsideWorkspace | Scope::System);
    let many = |origin: &Origin| match origin {
        Origin::Appended(_) => true,
        Origin::Variable(_) | Origin::Other("file name") => outside,
        _ => false,
    };
    if inv.repeated && value.unknowns().any(|unknown| many(&unknown.origin)) {
        target.traits.push(Trait::Bulk);
    }
}

/// Nothing to see here; another program of the line does the work.
pub(super) fn nothing(_: &Invocation, _: &Cx<'_>, _: &mut Vec<Effect>) {}

pub(super) fn rm(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &Spec::gnu(&[]));
    if words.has_exactly(&["--help"]) || words.has_exactly(&["--version"]) {
        return;
    }
    let recursive = words.has(&["-r", "--recursive"]) || words.has(&["-R", "--recursive"]);
    // BSD's rm overwrites with -P and takes whiteouts with -W; neither changes what is gone.
    let traits: &[Trait] = if recursive { &[Trait::Recursive] } else { &[] };
    delete(&words.operands, traits, inv, cx, out);
    if words.operands.is_empty() && inv.repeated {
        fed(traits, inv, cx, out);
    }
}

/// `xargs rm` whose input is not listed as a word.
fn fed(traits: &[Trait], inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let effect = cx.effect(EffectKind::FsDelete, "words from standard input", Scope::Unknown, inv.span);
    out.push(effect.with([Trait::Bulk, Trait::UnknownTarget]).with(traits.iter().copied()));
}

/// Only empty folders go: worth nothing, but seen.
pub(super) fn rmdir(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &Spec::gnu(&[]));
    // Windows' `rmdir /s /q`.
    if inv.words().flatten().any(|word| word.eq_ignore_ascii_case("/s")) {
        return super::windows::rd(inv, cx, out);
    }
    delete(&words.operands, &[Trait::Scratch], inv, cx, out);
}

pub(super) fn unlink(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    delete(&Words::of(&inv.args, &Spec::gnu(&[])).operands, &[], inv, cx, out);
}

/// Overwrites the content; whether the name goes as well does not matter.
pub(super) fn shred(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &Spec::gnu(&["-n", "-s", "--iterations", "--size", "--random-source"]));
    let recursive =
        inv.name() != Some("shred") && (words.has(&["-r", "--recursive"]) || words.has(&["-R", "--recursive"]));
    for arg in &words.operands {
        if device::write(arg, cx, inv, out) {
            continue;
        }
        for mut target in scope::targets(&arg.value, cx, inv) {
            widen(&mut target, inv, &arg.value);
            target.traits.retain(|known| *known != Trait::Recoverable);
            let effect = target.effect(EffectKind::FsDelete, cx, arg.span);
            out.push(if recursive { effect.with([Trait::Recursive]) } else { effect });
        }
    }
}

/// Moves into the trash, where it can be taken back from; emptying the trash cannot.
pub(super) fn trash(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &Spec::gnu(&[]));
    let mut operands = words.operands.clone();
    match inv.name() {
        Some("gio") if words.has_exactly(&["--empty"]) => return emptied_trash(inv, cx, out),
        Some("gio" | "kioclient") => {
            if !operands.first().is_some_and(|arg| matches!(arg.value.literal(), Some("trash" | "remove"))) {
                return;
            }
            let gone = operands.remove(0).value.is("remove");
            return delete(&operands, if gone { &[] } else { &[Trait::KeepsOld] }, inv, cx, out);
        }
        Some("trash-empty") => return emptied_trash(inv, cx, out),
        _ => {}
    }
    delete(&operands, &[Trait::KeepsOld], inv, cx, out);
}

fn emptied_trash(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let mut effect = cx.effect(EffectKind::FsDelete, "the trash", Scope::Home, inv.span);
    effect.certainty = Certainty::Likely;
    out.push(effect.with([Trait::Bulk, Trait::Recursive]));
}

/// Node's deleters: always recursive, and `shx rm`.
pub(super) fn rimraf(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &Spec::gnu(&[]));
    match inv.name() {
        Some("del") => super::windows::del(inv, cx, out),
        Some("shx") => {
            if words.operands.first().is_some_and(|arg| arg.value.is("rm")) {
                let traits: &[Trait] = if words.has(&["-r", "--recursive"]) { &[Trait::Recursive] } else { &[] };
                delete(words.operands.get(1..).unwrap_or_default(), traits, inv, cx, out);
            }
        }
        Some("trash-cli") => delete(&words.operands, &[Trait::KeepsOld], inv, cx, out),
        _ => {
            let operands: Vec<Arg> = words.operands.iter().map(|arg| patterned(arg)).collect();
            delete(&operands.iter().collect::<Vec<_>>(), &[Trait::Recursive], inv, cx, out);
        }
    }
}

/// A word of which the program itself expands the wildcards.
fn patterned(arg: &Arg) -> Arg {
    let mut value = Value::default();
    for seg in arg.value.segs() {
        let Seg::Lit(text) = seg else {
            value.push(seg.clone());
            continue;
        };
        for (index, piece) in text.split('*').enumerate() {
            if index > 0 {
                value.push(Seg::Glob("*".into()));
            }
            value.push_lit(piece);
        }
    }
    Arg { value, span: arg.span }
}
