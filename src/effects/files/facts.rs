//! What a look inside code of another language found, as far as files are concerned.

use super::super::scope;
use super::super::{Certainty, Cx, Effect, EffectKind, Scope, Trait};
use super::write;
use crate::syntax::{Arg, CodeFact, Invocation, Value};

pub(super) fn effects(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    for fact in &inv.facts {
        match fact {
            CodeFact::Delete { path, recursive } => delete(path, *recursive, inv, cx, out),
            CodeFact::Overwrite(path) => {
                // Written from what was read there: an edit.
                let edits = inv.facts.contains(&CodeFact::Read(path.clone()));
                let traits: &[Trait] = if edits { &[Trait::KeepsOld] } else { &[] };
                write::overwrite(&Arg { value: path.clone(), span: inv.span }, traits, cx, inv, out);
            }
            CodeFact::Empty(path) => {
                write::empty_each(&[&Arg { value: path.clone(), span: inv.span }], cx, inv, out);
            }
            CodeFact::Move(path) => entries(path, EffectKind::FsMove, inv, cx, out),
            CodeFact::Permission(path) => permission(path, inv, cx, out),
            _ => {}
        }
    }
}

/// Code is not always run to its end, and its paths are often computed.
fn delete(path: &Value, recursive: bool, inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    for target in scope::entries(path, cx, inv) {
        let mut effect = target.effect(EffectKind::FsDelete, cx, inv.span);
        effect.certainty = effect.certainty.min(Certainty::Likely);
        out.push(if recursive { effect.with([Trait::Recursive]) } else { effect });
    }
}

fn entries(path: &Value, kind: EffectKind, inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    for target in scope::entries(path, cx, inv) {
        if !matches!(target.scope, Scope::Temp | Scope::Regenerable | Scope::Unknown) {
            out.push(target.effect(kind, cx, inv.span));
        }
    }
}

fn permission(path: &Value, inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    for target in scope::targets(path, cx, inv) {
        if matches!(target.scope, Scope::Root | Scope::System | Scope::Protected) || target.has(Trait::Startup) {
            out.push(target.effect(EffectKind::FsPermission, cx, inv.span));
        }
    }
}
