//! Codex: variables that are kept, `if . 'SNAPSHOT' >/dev/null 2>&1; then :; fi`, the same variables put back, then
//! `exec 'SHELL' -c 'COMMAND'`.

use std::fmt::Write as _;

use super::{Envelope, Place, State, flat, literal, words};
use crate::shells::Shell;
use crate::syntax;
use crate::syntax::ast::{AssignValue, Command, CommandKind, Part, Pipeline, Script};

const KEPT: super::Kept = super::Kept { home: ".codex", variable: "CODEX_HOME", folder: "shell_snapshots" };
const OVERRIDE: &str = "__CODEX_SNAPSHOT_OVERRIDE";
const PROXY: &str = "__CODEX_SNAPSHOT_PROXY_OVERRIDE";
const PROXY_SET: &str = "__CODEX_SNAPSHOT_PROXY_ENV_SET";

/// Variables that are kept over the snapshot.
#[derive(Default)]
struct Kept<'t> {
    own: Vec<&'t str>,
    proxy: Vec<&'t str>,
    proxy_set: Option<&'t str>,
}

pub(super) fn find(text: &str) -> Option<Envelope> {
    if !text.contains("exec ") || !text.contains("then :; fi") {
        return None;
    }
    literal::shortened(text, " -c '", find_short)
}

fn find_short(text: &str) -> Option<Envelope> {
    let placed = syntax::tree(text).ok()?;
    let lines = flat(&placed)?;
    let kept = kept(&lines.iter().map_while(|(_, line)| assigned(line)).collect::<Vec<_>>());
    let (snapshot, span) = lines.iter().find_map(|(_, line)| sourced(text, line))?;
    let last = words(text, lines.last()?.1)?;
    let [(exec, _), (shell, _), (option, _), (command, place), params @ ..] = last.as_slice() else { return None };
    if *exec != "exec" || *option != "-c" || !is_shell(&literal::text(shell)?) {
        return None;
    }
    let (inner, place) = literal::read(command, *place)?;
    let params: Vec<String> = params.iter().map(|(word, _)| literal::text(word)).collect::<Option<_>>()?;
    let path = literal::text(snapshot)?;
    let end: Vec<&str> = last.iter().map(|(word, _)| *word).collect();
    let wanted = kept.around(&format!("if . {snapshot} >/dev/null 2>&1; then :; fi"), &end.join(" "));
    let shape = syntax::placeless(text).ok()?;
    (syntax::placeless(&wanted).ok()? == shape).then_some(Envelope {
        agent: "codex",
        inner,
        place: Place::Text(place),
        state: Some(State::File { path, span, kept: KEPT }),
        params,
    })
}

/// The variable that a line sets and the one it takes the value from, where it does nothing else.
fn assigned(line: &Pipeline) -> Option<(&str, &str)> {
    let [Command { kind: CommandKind::Simple { assigns, words }, .. }] = line.commands.as_slice() else { return None };
    let ([assign], []) = (assigns.as_slice(), words.as_slice()) else { return None };
    let AssignValue::Scalar(value) = &assign.value else { return None };
    let [Part::Param { param, .. }] = value.parts.as_slice() else { return None };
    let is_name = param.name.starts_with(|first: char| first == '_' || first.is_ascii_alphabetic());
    is_name.then_some((assign.name.as_str(), param.name.as_str()))
}

fn kept<'t>(assigned: &[(&'t str, &'t str)]) -> Kept<'t> {
    let mut kept = Kept::default();
    for (name, from) in assigned {
        if *name == PROXY_SET {
            kept.proxy_set = Some(from);
        } else if name.starts_with(PROXY) && name.contains("_SET_") {
            kept.proxy.push(from);
        } else if name.starts_with(OVERRIDE) && name.contains("_SET_") {
            kept.own.push(from);
        }
    }
    kept
}

impl Kept<'_> {
    /// The whole text with these variables.
    fn around(&self, snapshot: &str, exec: &str) -> String {
        let mut out = String::new();
        for (prefix, names) in [(OVERRIDE, &self.own), (PROXY, &self.proxy)] {
            for (at, name) in names.iter().enumerate() {
                let _ = writeln!(out, "{prefix}_SET_{at}=\"${{{name}+x}}\"\n{prefix}_{at}=\"${{{name}-}}\"");
            }
        }
        if let Some(set) = self.proxy_set {
            let _ = writeln!(out, "{PROXY_SET}=\"${{{set}+x}}\"");
        }
        let _ = writeln!(out, "{snapshot}");
        out.push_str(&restored(OVERRIDE, &self.own));
        if let Some(set) = self.proxy_set {
            let _ = writeln!(out, "if [ -n \"${PROXY_SET}\" ] || [ -n \"${{{set}+x}}\" ]; then");
            out.push_str(&restored(PROXY, &self.proxy));
            out.push_str("fi\n");
        } else {
            out.push_str(&restored(PROXY, &self.proxy));
        }
        out.push_str(exec);
        out
    }
}

fn restored(prefix: &str, names: &[&str]) -> String {
    names.iter().enumerate().fold(String::new(), |mut out, (at, name)| {
        let _ = writeln!(
            out,
            "if [ -n \"${{{prefix}_SET_{at}}}\" ]; then export {name}=\"${{{prefix}_{at}}}\"; else unset {name}; fi"
        );
        out
    })
}

/// The file of `if . FILE …; then`.
fn sourced<'t>(text: &'t str, line: &Pipeline) -> Option<(&'t str, syntax::Span)> {
    let [Command { kind: CommandKind::If { branches, .. }, .. }] = line.commands.as_slice() else { return None };
    let [(condition, _)] = branches.as_slice() else { return None };
    let [(_, dot)] = flat_one(condition)?;
    match words(text, dot)?.as_slice() {
        [(".", _), file] => Some(*file),
        _ => None,
    }
}

fn flat_one(script: &Script) -> Option<[(syntax::ast::Join, &Pipeline); 1]> {
    flat(script)?.try_into().ok()
}

/// A shell by the path of an installed one.
fn is_shell(path: &str) -> bool {
    [Shell::Bash, Shell::Zsh, Shell::Sh, Shell::Dash].iter().any(|shell| shell.places().contains(&path))
}
