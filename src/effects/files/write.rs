//! What replaces or empties the content of a file: redirections, `tee`, `dd`, `truncate`, editing in place.

use super::super::names;
use super::super::options::{Spec, Words, behind};
use super::super::paths::base;
use super::super::scope::{self, Target};
use super::super::{Cx, Effect, EffectKind, Scope, Trait};
use super::{device, rm};
use crate::syntax::{Arg, Invocation, Origin, RedirectKind, Stdin};

/// Adds what overwriting each thing that a word points at amounts to. A new file in a harmless place is nothing.
pub(super) fn overwrite(arg: &Arg, traits: &[Trait], cx: &Cx<'_>, inv: &Invocation, out: &mut Vec<Effect>) {
    if device::write(arg, cx, inv, out) {
        return;
    }
    for target in scope::targets(&arg.value, cx, inv) {
        push(target, arg, traits, cx, inv, out);
    }
}

/// As [`overwrite`], for programs that replace a link rather than what it leads to.
pub(super) fn replace(arg: &Arg, traits: &[Trait], cx: &Cx<'_>, inv: &Invocation, out: &mut Vec<Effect>) {
    for target in scope::entries(&arg.value, cx, inv) {
        push(target, arg, traits, cx, inv, out);
    }
}

/// As [`overwrite`], where nothing is put in the place of what was there: of a file of worth, also one that is not there
/// now (another command of the line may bring it).
pub(super) fn empty(arg: &Arg, cx: &Cx<'_>, inv: &Invocation, out: &mut Vec<Effect>) {
    let before = out.len();
    overwrite(arg, &[], cx, inv, out);
    if out.len() == before && !device::write(arg, cx, inv, &mut Vec::new()) {
        let found_by_loop = arg.value.unknowns().any(|unknown| unknown.origin == Origin::Other("file name"));
        let gone = |target: &Target| (found_by_loop || target.has(Trait::Missing)) && !target.has(Trait::Scratch);
        for target in scope::targets(&arg.value, cx, inv).into_iter().filter(gone) {
            // A pattern stands for what is there when the line runs.
            let many = (found_by_loop || target.path.contains('*'))
                && !matches!(target.scope, Scope::Temp | Scope::Regenerable);
            // A document of the user's is not emptied to make it, as `: > file` does.
            let document = target.scope == Scope::Home && !arg.value.has_unknown() && !writes_nothing(inv);
            if many || document {
                let effect = target.effect(EffectKind::FsOverwrite, cx, arg.span);
                out.push(effect.with([Trait::Bulk, Trait::Valuable]));
            } else if target.has(Trait::Valuable) {
                out.push(target.effect(EffectKind::FsOverwrite, cx, arg.span));
            }
        }
    }
    keep_evidence(out, before);
}

/// Logs are scratch where somebody writes over his own; the machine's are evidence.
fn keep_evidence(out: &mut [Effect], from: usize) {
    for effect in out.iter_mut().skip(from).filter(|effect| effect.target.starts_with("/var/log/")) {
        effect.traits.retain(|known| *known != Trait::Scratch);
    }
}

/// As [`empty`] for several words: sources that a glob or a search names are many, however few there are now.
pub(super) fn empty_each(args: &[&Arg], cx: &Cx<'_>, inv: &Invocation, out: &mut Vec<Effect>) {
    let from = out.len();
    for arg in args {
        empty(arg, cx, inv, out);
    }
    let many = inv.repeated || args.len() > 1 || args.iter().any(|arg| arg.value.has_glob());
    for effect in out.iter_mut().skip(from).filter(|_| many) {
        if names::is_source(&effect.target) || effect.has(Trait::Bulk) && effect.has(Trait::UnknownTarget) {
            *effect = effect.clone().with([Trait::Bulk, Trait::Valuable]);
        }
    }
}

/// Says whether a program writes nothing at all: `:`, `true`, `cat /dev/null`, no program.
fn writes_nothing(inv: &Invocation) -> bool {
    match inv.name() {
        Some("" | ":" | "true") => true,
        Some("cat") => !inv.args.is_empty() && inv.args.iter().all(|arg| arg.value.is("/dev/null")),
        Some("printf" | "echo") => {
            inv.args.iter().all(|arg| arg.value.is("") || arg.value.is("-n")) && !inv.args.is_empty()
        }
        _ => false,
    }
}

fn push(mut target: Target, arg: &Arg, traits: &[Trait], cx: &Cx<'_>, inv: &Invocation, out: &mut Vec<Effect>) {
    rm::widen(&mut target, inv, &arg.value);
    if matters(&target, inv) {
        out.push(target.effect(EffectKind::FsOverwrite, cx, arg.span).with(traits.iter().copied()));
    }
}

/// Writing to temporary and build folders and making new files is what everybody does all day.
fn matters(target: &Target, inv: &Invocation) -> bool {
    if target.has(Trait::Startup) || inv.remote.is_some() || is_history(&target.path) {
        return true;
    }
    match target.scope {
        Scope::Temp | Scope::Regenerable | Scope::Unknown => false,
        Scope::Workspace | Scope::OutsideWorkspace | Scope::Home => {
            !target.has(Trait::Missing) && !target.has(Trait::Scratch)
        }
        _ => true,
    }
}

/// What a shell keeps of what was run.
fn is_history(path: &str) -> bool {
    matches!(base(path), ".bash_history" | ".zsh_history" | ".zhistory" | "fish_history" | ".histfile")
}

/// Output redirections of any program.
pub(super) fn redirects(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    for redirect in &inv.redirects {
        let arg = Arg { value: redirect.target.clone(), span: redirect.span };
        match redirect.kind {
            RedirectKind::Read => {}
            RedirectKind::Write if writes_nothing(inv) => empty(&arg, cx, inv, out),
            RedirectKind::Write => overwrite(&arg, &[], cx, inv, out),
            RedirectKind::Append | RedirectKind::ReadWrite => append(&arg, cx, inv, out),
        }
    }
}

/// Appending loses nothing; it still changes files of the system, protected ones, and those that run later.
fn append(arg: &Arg, cx: &Cx<'_>, inv: &Invocation, out: &mut Vec<Effect>) {
    if device::write(arg, cx, inv, out) {
        return;
    }
    for target in scope::targets(&arg.value, cx, inv) {
        let matters =
            target.has(Trait::Startup) || matches!(target.scope, Scope::System | Scope::Protected | Scope::Root);
        if matters && !target.has(Trait::Scratch) {
            out.push(target.effect(EffectKind::FsOverwrite, cx, arg.span).with([Trait::KeepsOld]));
        }
    }
}

pub(super) fn tee(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &Spec::gnu(&[]));
    let appends = words.has(&["-a", "--append"]);
    let nothing = match &inv.stdin {
        Stdin::File(file) => file.is("/dev/null"),
        Stdin::Text(text) => text.is(""),
        _ => false,
    };
    if !appends && nothing {
        return empty_each(&words.operands, cx, inv, out);
    }
    for arg in &words.operands {
        if appends { append(arg, cx, inv, out) } else { overwrite(arg, &[], cx, inv, out) }
    }
}

pub(super) fn dd(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let noise = inv.words().flatten().any(|word| matches!(word, "if=/dev/zero" | "if=/dev/urandom" | "if=/dev/random"));
    let new = inv.words().flatten().any(|word| word.starts_with("count=")) && !inv.words().flatten().any(keeps_length);
    for arg in inv.args.iter().filter(|arg| arg.value.prefix().starts_with("of=")) {
        let file = Arg { value: behind(&arg.value, 3), span: arg.span };
        // Noise of some length makes a file; over one that keeps its length it is there to spoil it.
        if noise && !new { empty(&file, cx, inv, out) } else { overwrite(&file, &[], cx, inv, out) }
    }
}

pub(super) fn truncate(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &Spec::gnu(&["-s", "-r", "--size", "--reference"]));
    let grows = words.value(&["-s", "--size"]).is_some_and(|size| size.prefix().starts_with(['+', '>', '%']));
    if !grows {
        return empty_each(&words.operands, cx, inv, out);
    }
    for arg in &words.operands {
        overwrite(arg, &[Trait::KeepsOld], cx, inv, out);
    }
}

/// `conv=notrunc`
fn keeps_length(word: &str) -> bool {
    word.strip_prefix("conv=").is_some_and(|how| how.split(',').any(|how| how == "notrunc"))
}

/// Punching and collapsing loses content; allocating does not.
pub(super) fn fallocate(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &Spec::gnu(&["-l", "-o", "--length", "--offset"]));
    if words.has(&["-p", "-c", "-z", "--punch-hole", "--collapse-range", "--zero-range"]) {
        for arg in &words.operands {
            overwrite(arg, &[], cx, inv, out);
        }
    }
}

pub(super) fn sed(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words =
        Words::of(&inv.args, &Spec::gnu(&["-e", "-f", "-l", "--expression", "--file", "--line-length"]).attached("i"));
    let Some(place) = words.find(&["-i", "--in-place"]) else { return };
    let keeps = place.value.as_ref().is_some_and(|suffix| !suffix.is("") && suffix.literal() != Some("E"));
    let mut files: Vec<&Arg> = words.operands.iter().copied().filter(|arg| !arg.value.is("")).collect();
    let mut script = words.value(&["-e", "--expression"]).map(|value| value.text().into_owned());
    if script.is_none() && words.find(&["-f", "--file"]).is_none() && !files.is_empty() {
        script = Some(files.remove(0).value.text().into_owned());
    }
    let all = |script: &str| matches!(script, "d" | "1,$d" | "1,$ d" | "/.*/d" | "/./d" | "s/.*//" | "s/.*//g");
    if !keeps && script.is_some_and(|script| all(script.trim())) {
        return empty_each(&files, cx, inv, out);
    }
    edit(&files, keeps, inv, cx, out);
}

/// `perl -i`, `ruby -i`: the same options in both.
pub(super) fn perl(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &Spec::gnu(&["-e", "-E", "-I"]).attached("i0MmFlCDdtr"));
    let Some(place) = words.find(&["-i"]) else { return };
    let keeps = place.value.as_ref().is_some_and(|suffix| !suffix.is(""));
    let mut files = words.operands.clone();
    if words.find(&["-e"]).is_none()
        && words.find(&["-E"]).is_none()
        && !place.value.as_ref().is_some_and(|v| v.suffix().ends_with('e'))
        && !files.is_empty()
    {
        files.remove(0);
    }
    // `-n` prints nothing by itself, and neither does no code at all.
    let prints_nothing = words.has(&["-n"])
        && words
            .value(&["-e", "-E"])
            .is_some_and(|code| matches!(code.text().trim_matches([' ', ';']), "" | "1" | "0"));
    if prints_nothing && !keeps {
        return empty_each(&files, cx, inv, out);
    }
    edit(&files, keeps, inv, cx, out);
}

/// `gawk -i inplace`
pub(super) fn awk(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    const SPEC: &[&str] =
        &["-i", "--include", "-f", "--file", "-v", "--assign", "-F", "--field-separator", "-l", "--load"];
    let words = Words::of(&inv.args, &Spec::gnu(SPEC));
    if !words.values(&["-i", "--include"]).any(|value| value.is("inplace")) {
        return;
    }
    let program = usize::from(words.find(&["-f", "--file"]).is_none());
    let keeps = words.values(&["-v", "--assign"]).any(|value| value.prefix().starts_with("inplace::suffix="));
    edit(words.operands.get(program..).unwrap_or_default(), keeps, inv, cx, out);
}

fn edit(files: &[&Arg], keeps: bool, inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let from = out.len();
    for arg in files {
        let many = arg.value.has_glob() || inv.repeated && arg.value.has_unknown();
        for target in scope::targets(&arg.value, cx, inv) {
            // All of a home's files of a kind are no one's to rewrite at once.
            let several = many || target.has(Trait::Bulk);
            if target.scope == Scope::Home && several && !target.has(Trait::Scratch) && !keeps {
                let effect = target.effect(EffectKind::FsOverwrite, cx, arg.span);
                out.push(effect.with([Trait::Bulk, Trait::Valuable]));
                continue;
            }
            // Editing changes part of a file: only worth a word where the place or the file is delicate.
            let delicate =
                target.has(Trait::Startup) || matches!(target.scope, Scope::System | Scope::Protected | Scope::Root);
            if delicate {
                let effect = target.effect(EffectKind::FsOverwrite, cx, arg.span);
                out.push(if keeps { effect.with([Trait::KeepsOld]) } else { effect });
            }
        }
    }
    keep_evidence(out, from);
}

const WGET: Spec = Spec::gnu(&[
    "-O",
    "-o",
    "-P",
    "-U",
    "-t",
    "-e",
    "-a",
    "-i",
    "-B",
    "-Q",
    "-w",
    "-T",
    "-l",
    "--output-document",
    "--header",
]);
const CURL: Spec = Spec::gnu(&[
    "-o",
    "-T",
    "-H",
    "-d",
    "-X",
    "-A",
    "-e",
    "-u",
    "-b",
    "-F",
    "-c",
    "-m",
    "-w",
    "-x",
    "-r",
    "-K",
    "-E",
    "-C",
    "-D",
    "-P",
    "-t",
    "-y",
    "-Y",
    "-z",
    "-Q",
    "-U",
    "--output",
    "--header",
    "--data",
    "--request",
]);

/// Programs that write a file named by `-o`, `-O` or `--output`.
/// `yes | ssh-keygen -f ~/.ssh/id_rsa`: a key that is there is replaced where somebody answers yes.
pub(super) fn ssh_keygen(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let yes = |text: &str| text.trim_start().starts_with(['y', 'Y']);
    let says = |at: &usize| {
        cx.line
            .invocations
            .get(*at)
            .is_some_and(|inv| inv.name() == Some("yes") || inv.args.iter().any(|arg| yes(&arg.value.text())))
    };
    let answered = match &inv.stdin {
        Stdin::Text(text) => yes(&text.text()),
        Stdin::Pipe(from) => from.iter().take(8).any(says),
        _ => false,
    };
    if !answered {
        return;
    }
    let words = Words::of(&inv.args, &Spec::gnu(&["-f", "-t", "-b", "-C", "-N", "-P", "-m", "-a", "-O", "-Z"]));
    for opt in words.options.iter().filter(|opt| opt.is_exactly(&["-f"])) {
        if let Some(value) = &opt.value {
            overwrite(&Arg { value: value.as_ref().clone(), span: opt.span }, &[], cx, inv, out);
        }
    }
}

pub(super) fn output(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let (letter, spec) = match inv.name() {
        Some("wget") => ("-O", WGET),
        Some("curl") => ("-o", CURL),
        _ => ("-o", Spec::gnu(&["-o", "-k", "-t", "-S", "-T", "--output"])),
    };
    let words = Words::of(&inv.args, &spec);
    for opt in words.options.iter().filter(|opt| opt.is_exactly(&[letter, "--output", "--output-document"])) {
        if let Some(value) = &opt.value
            && !value.is("-")
        {
            overwrite(&Arg { value: value.as_ref().clone(), span: opt.span }, &[], cx, inv, out);
        }
    }
}
