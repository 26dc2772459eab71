//! Programs that move or copy: what leaves its place, and what is written over where it lands.

use super::super::options::{Spec, Words};
use super::super::paths::base;
use super::super::scope::{self, Target};
use super::super::{Cx, Effect, EffectKind, Scope, Trait};
use super::{perm, rm, write};
use crate::syntax::{Arg, Invocation, PathKind, Value};

const COPY: Spec = Spec::gnu(&["-t", "-S", "--target-directory", "--suffix"]);

/// Sources and the place they go to.
struct Journey<'a> {
    from: Vec<&'a Arg>,
    to: Option<Arg>,
    /// `-n`, `-b`, `-u`: nothing is lost where they land.
    keeps: bool,
}

impl<'a> Journey<'a> {
    fn read(words: &Words<'a>) -> Self {
        let keeps = words.has_exactly(&["-n", "--no-clobber"])
            || words.has_exactly(&["-b", "--backup"])
            || words.has_exactly(&["-i", "--interactive"]);
        let mut from = words.operands.clone();
        let to = match words.find(&["-t", "--target-directory"]) {
            Some(opt) => opt.value.as_deref().map(|value| Arg { value: value.clone(), span: opt.span }),
            None if from.len() > 1 => from.pop().cloned(),
            None => None,
        };
        Self { from, to, keeps }
    }

    /// Adds what is written over.
    fn lands(&self, entry: bool, cx: &Cx<'_>, inv: &Invocation, out: &mut Vec<Effect>) {
        let Some(to) = &self.to else { return };
        let traits: &[Trait] = if self.keeps { &[Trait::KeepsOld] } else { &[] };
        let mut put = |arg: &Arg| {
            if entry { write::replace(arg, traits, cx, inv, out) } else { write::overwrite(arg, traits, cx, inv, out) }
        };
        if !is_folder(&to.value, cx, inv) {
            return put(to);
        }
        for source in self.from.iter().take(32) {
            let Some(name) = source.value.literal().map(base).filter(|name| !matches!(*name, "" | "." | "..")) else {
                put(to);
                continue;
            };
            let mut value = to.value.clone();
            value.push_lit("/");
            value.push_lit(name);
            put(&Arg { value, span: to.span });
        }
    }
}

fn is_folder(value: &Value, cx: &Cx<'_>, inv: &Invocation) -> bool {
    if value.has_unknown() || value.has_glob() || inv.remote.is_some() {
        return false;
    }
    let text = value.text();
    text.ends_with('/') || scope::lexical(&text, inv, cx).is_some_and(|path| cx.world.kind(&path) == PathKind::Dir)
}

pub(super) fn mv(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &COPY);
    let journey = Journey::read(&words);
    if journey.to.as_ref().is_some_and(|to| to.value.is("/dev/null")) {
        return rm::delete(&journey.from, &[Trait::Recursive], inv, cx, out);
    }
    let from = out.len();
    leaves(&journey.from, inv, cx, out);
    let thrown = journey
        .to
        .as_ref()
        .is_some_and(|to| scope::targets(&to.value, cx, inv).iter().any(|target| matches!(target.scope, Scope::Temp)));
    if thrown {
        for effect in out.iter_mut().skip(from).filter(|effect| is_many(effect, cx)) {
            *effect = effect.clone().with([Trait::Recursive]);
        }
    }
    journey.lands(true, cx, inv, out);
}

/// Says whether a move takes a folder or many files.
fn is_many(effect: &Effect, cx: &Cx<'_>) -> bool {
    effect.has(Trait::Bulk) || cx.world.kind(&effect.target) == PathKind::Dir
}

/// Adds a move for each source; what lies in temporary or build folders may go anywhere.
fn leaves(from: &[&Arg], inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    for arg in from {
        for target in scope::entries(&arg.value, cx, inv) {
            if !matches!(target.scope, Scope::Temp | Scope::Regenerable) {
                out.push(target.effect(EffectKind::FsMove, cx, arg.span));
            }
        }
    }
}

pub(super) fn cp(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &COPY);
    if let [from, to] = words.operands.as_slice()
        && from.value.is("/dev/null")
    {
        return write::empty(to, cx, inv, out);
    }
    Journey::read(&words).lands(words.has_exactly(&["--remove-destination"]), cx, inv, out);
}

pub(super) fn install(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(
        &inv.args,
        &Spec::gnu(&["-t", "-S", "-m", "-o", "-g", "--target-directory", "--suffix", "--mode", "--owner", "--group"]),
    );
    if words.has_exactly(&["-d", "--directory"]) {
        return;
    }
    let journey = Journey::read(&words);
    journey.lands(true, cx, inv, out);
    if let (Some(mode), Some(to)) = (words.value(&["-m", "--mode"]).and_then(Value::literal), &journey.to)
        && perm::Change::of(mode) == perm::Change::Setuid
    {
        perm::escalate(to, inv, cx, out);
    }
}

/// A link replaces what stands in its place only with `-f`.
pub(super) fn ln(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &COPY);
    let journey = Journey::read(&words);
    let Some(to) = &journey.to else { return };
    if words.has_exactly(&["-f", "--force"]) {
        let no_folder =
            words.has_exactly(&["-n", "--no-dereference"]) || words.has_exactly(&["-T", "--no-target-directory"]);
        if no_folder { write::replace(to, &[], cx, inv, out) } else { journey.lands(true, cx, inv, out) }
    } else {
        for target in scope::entries(&to.value, cx, inv) {
            // A new link in a place where it is run later, or where the system looks.
            if target.has(Trait::Startup) || matches!(target.scope, Scope::System | Scope::Protected) {
                out.push(target.effect(EffectKind::FsOverwrite, cx, to.span).with([Trait::KeepsOld]));
            }
        }
    }
}

pub(super) fn rsync(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let spec = Spec::gnu(&[
        "-e",
        "-f",
        "-B",
        "-T",
        "-M",
        "-x",
        "--rsh",
        "--exclude",
        "--include",
        "--exclude-from",
        "--include-from",
        "--files-from",
        "--filter",
        "--bwlimit",
        "--backup-dir",
        "--link-dest",
        "--password-file",
        "--port",
        "--timeout",
        "--rsync-path",
    ]);
    let words = Words::of(&inv.args, &spec);
    if words.has_exactly(&["-n", "--dry-run"]) || words.has_exactly(&["--list-only"]) || words.operands.len() < 2 {
        return;
    }
    let (Some(to), from) = (words.operands.last(), words.operands.get(..words.operands.len() - 1).unwrap_or_default())
    else {
        return;
    };
    let keeps: &[Trait] = if words.has_exactly(&["-b", "--backup"]) { &[Trait::KeepsOld] } else { &[] };
    let deletes = words.options.iter().any(|opt| opt.name.starts_with("--delete") || opt.name == "--del");
    let host = host_of(&to.value);
    if deletes {
        for mut target in reached(to, host.as_deref(), inv, cx) {
            target.traits.extend_from_slice(&[Trait::Recursive, Trait::Bulk]);
            out.push(target.effect(EffectKind::FsDelete, cx, to.span).with(keeps.iter().copied()));
        }
    } else if host.is_none() {
        for target in scope::targets(&to.value, cx, inv) {
            if matches!(target.scope, Scope::Root | Scope::System | Scope::Protected) {
                out.push(
                    target
                        .effect(EffectKind::FsOverwrite, cx, to.span)
                        .with(keeps.iter().copied())
                        .with([Trait::Recursive]),
                );
            }
        }
    }
    if words.has_exactly(&["--remove-source-files"]) {
        leaves(from, inv, cx, out);
    }
}

/// `host:path` and `rsync://host/path`, not `./a:b`.
fn host_of(value: &Value) -> Option<String> {
    let text = value.text();
    if let Some(rest) = text.strip_prefix("rsync://") {
        return rest.split('/').next().map(str::to_owned);
    }
    let (host, _) = text.split_once(':')?;
    (!host.contains('/') && !host.is_empty()).then(|| host.rsplit('@').next().unwrap_or(host).to_owned())
}

fn reached(to: &Arg, host: Option<&str>, inv: &Invocation, cx: &Cx<'_>) -> Vec<Target> {
    let Some(host) = host else { return scope::targets(&to.value, cx, inv) };
    let text = to.value.text().into_owned();
    vec![Target {
        path: text,
        scope: Scope::Remote(host.to_owned()),
        certainty: super::super::Certainty::Certain,
        traits: Vec::new(),
    }]
}

/// Only what lands here.
pub(super) fn scp(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &Spec::gnu(&["-c", "-D", "-F", "-i", "-J", "-l", "-o", "-P", "-S", "-X"]));
    let journey = Journey {
        from: words.operands.get(..words.operands.len().saturating_sub(1)).unwrap_or_default().to_vec(),
        to: words.operands.last().map(|arg| (*arg).clone()),
        keeps: false,
    };
    if journey.to.as_ref().is_some_and(|to| host_of(&to.value).is_none()) {
        journey.lands(false, cx, inv, out);
    }
}
