//! Archivers: what unpacking writes over, and what packing takes away.

use super::super::options::{Spec, Words};
use super::super::scope;
use super::super::{Certainty, Cx, Effect, EffectKind, Scope, Trait};
use super::{rm, write};
use crate::syntax::{Arg, Invocation, Value};

pub(super) fn tar(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let args = dashed(&inv.args);
    let spec = Spec::gnu(&[
        "-f",
        "-C",
        "-T",
        "-X",
        "-b",
        "-H",
        "-N",
        "-V",
        "-g",
        "-K",
        "-L",
        "-F",
        "--file",
        "--directory",
        "--files-from",
        "--exclude",
        "--exclude-from",
        "--transform",
        "--strip-components",
        "--owner",
        "--group",
        "--mode",
        "--use-compress-program",
        "--checkpoint-action",
        "--checkpoint",
    ]);
    let words = Words::of(&args, &spec);
    let dir = words.value(&["-C", "--directory"]).cloned().unwrap_or_else(|| Value::lit("."));
    if words.has_exactly(&["-x", "--extract"]) || words.has_exactly(&["--get"]) {
        unpack(&dir, inv, cx, out);
        if words.has_exactly(&["-P", "--absolute-names"]) {
            let mut effect =
                cx.effect(EffectKind::FsOverwrite, "absolute names in the archive", Scope::Unknown, inv.span);
            effect.certainty = Certainty::Possible;
            out.push(effect.with([Trait::Bulk, Trait::UnknownTarget]));
        }
        return;
    }
    if words.has_exactly(&["--remove-files"]) {
        packed_away(words.value(&["-f", "--file"]), &words.operands, inv, cx, out);
    }
    if let Some(opt) = words.find(&["-f", "--file"]).filter(|_| words.has_exactly(&["-c", "--create"]))
        && let Some(value) = opt.value.as_deref().cloned().filter(|value| !value.is("-") && !value.text().contains(':'))
    {
        write::overwrite(&Arg { value, span: opt.span }, &[], cx, inv, out);
    }
}

/// What is packed away stays reachable, unless the archive lies where things are thrown away or all of a place is gone.
fn packed_away(archive: Option<&Value>, away: &[&Arg], inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let thrown = archive.is_some_and(|value| {
        value.is("/dev/null") || scope::targets(value, cx, inv).iter().any(|target| matches!(target.scope, Scope::Temp))
    });
    let whole = |arg: &&&Arg| {
        arg.value.suffix().trim_end_matches('/').rsplit('/').next() == Some(".git")
            || scope::targets(&arg.value, cx, inv).iter().any(|target| target.has(Trait::Whole))
    };
    let (lost, kept): (Vec<&Arg>, Vec<&Arg>) = away.iter().copied().partition(|arg| thrown || whole(&arg));
    rm::delete(&lost, &[Trait::Recursive], inv, cx, out);
    rm::delete(&kept, &[Trait::Recursive, Trait::KeepsOld], inv, cx, out);
}

/// The old form without a dash: `tar xzf a.tgz`.
fn dashed(args: &[Arg]) -> Vec<Arg> {
    let mut args = args.to_vec();
    let Some(first) = args.first_mut() else { return args };
    let Some(bundle) = first
        .value
        .literal()
        .filter(|text| !text.starts_with('-') && !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic()))
    else {
        return args;
    };
    // In the old form each letter with a value takes the next word in turn; `f` comes last in practice.
    let mut letters: String = bundle.chars().filter(|c| !matches!(c, 'f' | 'C')).collect();
    letters.extend(bundle.chars().filter(|c| matches!(c, 'f' | 'C')));
    first.value = Value::lit(format!("-{letters}"));
    args
}

/// Unpacking into a place of the system or over the whole home folder; elsewhere it is everyday.
fn unpack(dir: &Value, inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    for target in scope::targets(dir, cx, inv) {
        let delicate = matches!(target.scope, Scope::Root | Scope::System | Scope::Protected)
            || (target.scope == Scope::Home && target.has(Trait::Whole));
        if delicate {
            let effect = target.effect(EffectKind::FsOverwrite, cx, inv.span);
            out.push(effect.with([Trait::Recursive, Trait::Bulk]));
        }
    }
}

pub(super) fn unzip(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &Spec::gnu(&["-d", "-x", "-P"]));
    if words.has(&["-l", "-t", "-p", "-Z", "-v", "-z"]) {
        return;
    }
    unpack(&words.value(&["-d"]).cloned().unwrap_or_else(|| Value::lit(".")), inv, cx, out);
}

/// `zip -m` moves what it packs.
pub(super) fn zip(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &Spec::gnu(&["-x", "-i", "-b", "-t", "-n", "-P"]));
    if words.has_exactly(&["-m", "--move"]) {
        let archive = words.operands.first().map(|arg| &arg.value);
        packed_away(archive, words.operands.get(1..).unwrap_or_default(), inv, cx, out);
    }
}

pub(super) fn other(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &Spec::gnu(&["-D", "-E", "-F", "--directory"]));
    match inv.name() {
        Some("cpio") if words.has_exactly(&["-i", "--extract"]) => {
            unpack(&words.value(&["-D", "--directory"]).cloned().unwrap_or_else(|| Value::lit(".")), inv, cx, out);
        }
        Some("7z" | "7za" | "unrar")
            if words.operands.first().is_some_and(|arg| matches!(arg.value.literal(), Some("x" | "e"))) =>
        {
            let into = inv.args.iter().find_map(|arg| arg.value.literal()?.strip_prefix("-o"));
            unpack(&Value::lit(into.unwrap_or(".")), inv, cx, out);
        }
        _ => {}
    }
}
