//! A makefile's rules and variables.

use super::expand::Expander;
use super::{Cx, MOST_LINES, read_file};
use crate::syntax::Value;
use std::collections::HashMap;

/// A rule: its targets share prerequisites and recipe.
#[derive(Debug, Default)]
pub(super) struct Rule {
    pub(super) targets: Vec<String>,
    pub(super) needs: Vec<String>,
    pub(super) lines: Vec<String>,
}

/// A variable; a simple one was expanded when it was set.
#[derive(Debug, Default)]
pub(super) struct Var {
    pub(super) value: Value,
    pub(super) simple: bool,
}

#[derive(Debug, Default)]
pub(super) struct Makefile {
    pub(super) folder: String,
    pub(super) rules: Vec<Rule>,
    pub(super) vars: HashMap<String, Var>,
    /// Something was included or defined that is not known here.
    pub(super) partial: bool,
    pub(super) one_shell: bool,
    /// Bytes that expansion has yielded.
    pub(super) spent: usize,
    /// Text of `$(shell …)` that is run while the file is read.
    pub(super) shells: Vec<Value>,
    /// Files included.
    pub(super) files: usize,
}

impl Makefile {
    /// Expands text with what is known so far.
    fn expanded(&mut self, cx: &Cx<'_>, text: &str) -> Value {
        let mut spent = self.spent;
        let mut expander =
            Expander { cx, makefile: self, target: "", needs: &[], spent: &mut spent, shells: Vec::new() };
        let value = expander.expand(&Value::lit(text), 0);
        let shells = std::mem::take(&mut expander.shells);
        self.shells.extend(shells);
        self.spent = spent;
        value
    }
}

/// Joins continued lines; a recipe line keeps its backslash and newline, for the shell joins those.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        match lines.last_mut().filter(|_| open) {
            Some(last) if last.starts_with('\t') => {
                last.push('\n');
                last.push_str(line.strip_prefix('\t').unwrap_or(line));
            }
            Some(last) => {
                last.pop();
                last.push(' ');
                last.push_str(line.trim_start());
            }
            None => lines.push(line.to_owned()),
        }
        open = line.ends_with('\\') && !line.ends_with("\\\\");
    }
    lines
}

/// Reads text into rules and variables.
pub(super) fn read(cx: &Cx<'_>, text: &str, makefile: &mut Makefile) {
    let mut in_rule = false;
    let mut in_define = false;
    for line in logical_lines(text) {
        let bare = line.trim();
        if in_define {
            in_define = bare != "endef";
            continue;
        }
        if let Some(recipe) = line.strip_prefix('\t').filter(|_| in_rule) {
            if let Some(rule) = makefile.rules.last_mut().filter(|rule| rule.lines.len() < MOST_LINES) {
                rule.lines.push(recipe.to_owned());
            }
            continue;
        }
        let first = bare.split_whitespace().next().unwrap_or("");
        match first {
            "" | "ifeq" | "ifneq" | "ifdef" | "ifndef" | "else" | "endif" | "vpath" | "unexport" => continue,
            _ if bare.starts_with('#') => continue,
            "include" | "-include" | "sinclude" => {
                for name in bare.split_whitespace().skip(1) {
                    include(cx, makefile, name, first == "include");
                }
                in_rule = false;
                continue;
            }
            "define" => {
                in_define = true;
                makefile.partial = true;
                continue;
            }
            _ => {}
        }
        if bare.starts_with("$(") && bare.ends_with(')') {
            makefile.expanded(cx, bare);
            makefile.partial = true;
        } else if let Some((name, operator, value)) = assignment(bare) {
            assign(cx, makefile, name, operator, value);
        } else if let Some(rule) = rule(cx, makefile, bare) {
            makefile.one_shell |= rule.targets.iter().any(|target| target == ".ONESHELL");
            makefile.rules.push(rule);
            in_rule = true;
        }
    }
}

/// `NAME := value`; the operator is told by its first byte.
fn assignment(line: &str) -> Option<(&str, u8, &str)> {
    let line = line.strip_prefix("export ").or_else(|| line.strip_prefix("override ")).unwrap_or(line).trim_start();
    let end = line.find(['=', ':', '?', '+', '!', ' ', '\t'])?;
    let (name, rest) = line.split_at_checked(end)?;
    let rest = rest.trim_start();
    let operator = *rest.as_bytes().first()?;
    let value = [":::=", "::=", ":=", "?=", "+=", "!=", "="].iter().find_map(|sign| rest.strip_prefix(sign))?;
    (!name.is_empty() && !name.contains(['$', '%', '/'])).then_some((name, operator, value.trim()))
}

fn assign(cx: &Cx<'_>, makefile: &mut Makefile, name: &str, operator: u8, value: &str) {
    let value = value.split(" #").next().unwrap_or(value).trim_end();
    let old = makefile.vars.get(name);
    match operator {
        b'?' if old.is_some() || cx.var(name).is_some() => return,
        b'+' if old.is_some() => {
            let added =
                if old.is_some_and(|var| var.simple) { makefile.expanded(cx, value) } else { Value::lit(value) };
            if let Some(var) = makefile.vars.get_mut(name) {
                var.value.push_lit(" ");
                var.value.push_value(&added);
            }
            return;
        }
        _ => {}
    }
    let var = match operator {
        b':' => Var { value: makefile.expanded(cx, value), simple: true },
        b'!' => Var { value: Value::lit(format!("$(shell {value})")), simple: false },
        _ => Var { value: Value::lit(value), simple: false },
    };
    makefile.vars.insert(name.to_owned(), var);
}

/// Reads another makefile in place; one that cannot be read leaves the rest partly known, if it has to be there.
fn include(cx: &Cx<'_>, makefile: &mut Makefile, name: &str, needed: bool) {
    let name = makefile.expanded(cx, name);
    makefile.files += 1;
    let text = name.literal().filter(|_| makefile.files < 16).and_then(|name| read_file(cx, &makefile.folder, name));
    match text {
        Some(text) => read(cx, &text, makefile),
        None => makefile.partial |= needed || name.literal().is_none(),
    }
}

/// `targets: needs ; recipe`
fn rule(cx: &Cx<'_>, makefile: &mut Makefile, line: &str) -> Option<Rule> {
    let (targets, rest) = line.split_once(':')?;
    let rest = rest.trim_start_matches(':');
    let (needs, recipe) = rest.split_once(';').map_or((rest, None), |(needs, recipe)| (needs, Some(recipe.trim())));
    if let Some((name, operator, value)) = assignment(needs.trim()).filter(|_| recipe.is_none()) {
        assign(cx, makefile, name, operator, value);
        return None;
    }
    let mut plain = |text: &str| {
        let value = makefile.expanded(cx, text.split(" #").next().unwrap_or(text));
        value.text().split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let (targets, needs) = (plain(targets), plain(needs));
    let lines = recipe.filter(|line| !line.is_empty()).map(str::to_owned).into_iter().collect();
    (!targets.is_empty()).then_some(Rule { targets, needs, lines })
}
