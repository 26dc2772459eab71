//! Permissions, owners, attributes.

use super::super::options::{Spec, Words};
use super::super::scope::{self, Target};
use super::super::{Cx, Effect, EffectKind, Scope, Trait};
use super::rm;
use crate::syntax::{Arg, Invocation, Value};

/// What a mode does to who may do what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Runs with the owner's rights.
    Setuid,
    /// Everybody may write.
    Opens,
    /// The owner loses rights.
    Blocks,
    /// Only the owner keeps rights.
    Tightens,
    /// Anything else.
    Plain,
}

impl Change {
    /// Reads a mode as chmod does.
    pub(super) fn of(mode: &str) -> Self {
        if !mode.is_empty() && mode.bytes().all(|b| (b'0'..=b'7').contains(&b)) {
            return u32::from_str_radix(mode, 8).map_or(Self::Plain, Self::of_octal);
        }
        let mut change = Self::Plain;
        for clause in mode.split(',') {
            let (who, rest) = clause.split_at(clause.find(['+', '-', '=']).unwrap_or(0));
            let (sign, what) = rest.split_at(rest.chars().next().map_or(0, char::len_utf8));
            let all = who.is_empty() || who.contains('a');
            match sign {
                "+" | "=" if what.contains('s') && (all || who.contains('u')) => return Self::Setuid,
                "+" | "=" if what.contains('w') && (who.contains('o') || who.contains('a')) => change = Self::Opens,
                "-" if (all || who.contains('u')) && (what.contains('r') || what.contains('w')) => {
                    change = Self::Blocks;
                }
                "-" if all || who.contains('u') => {}
                "-" => change = Self::Tightens,
                "=" if what.is_empty() && (all || who.contains('u')) => change = Self::Blocks,
                "=" if what.is_empty() => change = Self::Tightens,
                _ => {}
            }
        }
        change
    }

    const fn of_octal(mode: u32) -> Self {
        if mode & 0o4000 != 0 {
            Self::Setuid
        } else if mode & 0o2 != 0 && mode & 0o1000 == 0 {
            Self::Opens
        } else if mode & 0o400 == 0 {
            Self::Blocks
        } else if mode.trailing_zeros() >= 6 {
            Self::Tightens
        } else {
            Self::Plain
        }
    }
}

/// Adds a change of rights; what is only tightened, or plain and in one's own place, is nothing.
fn change(words: &[&Arg], kind: Change, recursive: bool, inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    for arg in words {
        if kind == Change::Setuid {
            escalate(arg, inv, cx, out);
        }
        for mut target in scope::targets(&arg.value, cx, inv) {
            rm::widen(&mut target, inv, &arg.value);
            if matters(&target, kind, recursive, inv) {
                let effect = target.effect(EffectKind::FsPermission, cx, arg.span);
                out.push(if recursive { effect.with([Trait::Recursive]) } else { effect });
            }
        }
    }
}

fn matters(target: &Target, kind: Change, recursive: bool, inv: &Invocation) -> bool {
    let own = matches!(
        target.scope,
        Scope::Workspace | Scope::Temp | Scope::Regenerable | Scope::Home | Scope::OutsideWorkspace | Scope::Unknown
    );
    match kind {
        Change::Opens | Change::Blocks | Change::Setuid => {
            !matches!(target.scope, Scope::Temp | Scope::Regenerable) || inv.remote.is_some()
        }
        Change::Tightens => matches!(target.scope, Scope::Root | Scope::System),
        Change::Plain => !own || (recursive && target.has(Trait::Whole)) || target.has(Trait::Secret),
    }
}

/// A program that runs with its owner's rights.
pub(super) fn escalate(arg: &Arg, inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    for target in scope::targets(&arg.value, cx, inv) {
        out.push(target.effect(EffectKind::PrivEscalate, cx, arg.span));
    }
}

/// `chmod`: a mode may look like an option (`-x`).
pub(super) fn chmod(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let mut recursive = false;
    let mut by_reference = false;
    let mut mode: Option<&Value> = None;
    let mut files: Vec<&Arg> = Vec::new();
    let mut ended = false;
    for arg in &inv.args {
        let text = arg.value.prefix();
        if !ended && text == "--" {
            ended = true;
        } else if !ended && text.starts_with("--") {
            recursive |= "--recursive".starts_with(text) && text.len() > 4;
            by_reference |= text.starts_with("--ref");
        } else if !ended
            && text.len() > 1
            && text.starts_with('-')
            && text.chars().skip(1).all(|c| "RvfchHLP".contains(c))
        {
            recursive |= text.contains('R');
        } else if mode.is_none() && !by_reference {
            mode = Some(&arg.value);
        } else {
            files.push(arg);
        }
    }
    let kind = mode.and_then(Value::literal).map_or(Change::Plain, Change::of);
    change(&files, kind, recursive, inv, cx, out);
}

pub(super) fn chown(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &Spec::gnu(&["--from", "--reference"]));
    let recursive = words.has(&["-R", "--recursive"]);
    let files = if words.has(&["--reference"]) {
        words.operands.as_slice()
    } else {
        words.operands.get(1..).unwrap_or_default()
    };
    for arg in files {
        for mut target in scope::targets(&arg.value, cx, inv) {
            rm::widen(&mut target, inv, &arg.value);
            let own =
                matches!(target.scope, Scope::Workspace | Scope::Temp | Scope::Regenerable | Scope::OutsideWorkspace);
            if !own || recursive && target.has(Trait::Whole) && target.scope != Scope::Workspace {
                let effect = target.effect(EffectKind::FsPermission, cx, arg.span);
                out.push(if recursive { effect.with([Trait::Recursive]) } else { effect });
            }
        }
    }
}

/// Access lists, attributes, capabilities: the first operand says what, the rest where.
pub(super) fn attributes(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(
        &inv.args,
        &Spec::gnu(&[
            "-m",
            "-x",
            "-M",
            "-X",
            "-v",
            "-p",
            "--modify",
            "--remove",
            "--modify-file",
            "--remove-file",
            "--set",
        ]),
    );
    let name = inv.name().unwrap_or_default();
    let what = words.operands.first().map(|arg| arg.value.text().into_owned()).unwrap_or_default();
    let by_option = name == "setfacl";
    let files = if by_option { words.operands.as_slice() } else { words.operands.get(1..).unwrap_or_default() };
    let recursive = words.has(&["-R", "--recursive"]);
    if name == "setcap" && !what.starts_with('-') && !words.has_exactly(&["-r"]) {
        let harmless = what.contains("net_bind_service") && !what.contains(',');
        for arg in files {
            if !harmless {
                escalate(arg, inv, cx, out);
            }
        }
        return;
    }
    let opens = by_option
        && words.options.iter().filter_map(|opt| opt.value.as_ref()).any(|value| {
            let text = value.text();
            text.starts_with("o:") && text.contains('w') || text.contains("other::") && text.contains('w')
        });
    change(files, if opens { Change::Opens } else { Change::Plain }, recursive, inv, cx, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes() {
        for (mode, want) in [
            ("777", Change::Opens),
            ("0777", Change::Opens),
            ("666", Change::Opens),
            ("1777", Change::Plain),
            ("755", Change::Plain),
            ("644", Change::Plain),
            ("600", Change::Tightens),
            ("700", Change::Tightens),
            ("000", Change::Blocks),
            ("4755", Change::Setuid),
            ("u+s", Change::Setuid),
            ("+s", Change::Setuid),
            ("g+s", Change::Plain),
            ("+x", Change::Plain),
            ("a+rwx", Change::Opens),
            ("o+w", Change::Opens),
            ("ugo+rwx", Change::Opens),
            ("a-rwx", Change::Blocks),
            ("go-rwx", Change::Tightens),
            ("u=rwx,go=", Change::Tightens),
            ("-x", Change::Plain),
            ("+w", Change::Plain),
            ("é+x", Change::Plain),
            ("", Change::Plain),
        ] {
            assert_eq!(Change::of(mode), want, "{mode}");
        }
    }
}
