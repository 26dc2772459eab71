//! make: the recipes that a target would run, read from the makefile.
//!
//! Simple expansion only: what a variable holds is known where it is plainly assigned; what a function yields is not.
//! Both branches of a conditional count. A target that cannot be found yields nothing.

use super::options::{Walk, walk};
use super::{Cx, Dialect, Inner, Step};
use crate::syntax::{Arg, Origin, Seg, Stdin, Unknown, Value};
use std::collections::HashSet;

const MOST_BYTES: usize = 512 * 1024;
/// Recipe lines that one `make` may yield.
const MOST_LINES: usize = 200;
/// How deep a variable may name another one.
const MOST_DEPTH: usize = 16;
/// Parts of expanded text, over all lines.
const MOST_PARTS: usize = 20_000;

const OPTS: &str = "b m B,always-make C,directory= d debug? e,environment-overrides E,eval= f,file,makefile= h,help \
    i,ignore-errors I,include-dir= j,jobs? k,keep-going l,load-average? L,check-symlink-times n,just-print,dry-run,recon \
    o,old-file,assume-old= O,output-sync? p,print-data-base q,question r,no-builtin-rules R,no-builtin-variables \
    s,silent,quiet S,no-keep-going,stop t,touch trace v,version w,print-directory no-print-directory \
    W,what-if,new-file,assume-new= warn-undefined-variables";

pub(super) fn steps(cx: &Cx<'_>) -> Option<Vec<Step>> {
    matches!(cx.name, "make" | "gmake" | "bmake" | "mingw32-make").then(|| make(cx).unwrap_or_default())
}

/// A rule: its targets share prerequisites and recipe.
#[derive(Debug, Default)]
struct Rule {
    targets: Vec<String>,
    needs: Vec<String>,
    lines: Vec<String>,
}

#[derive(Debug, Default)]
struct Makefile {
    rules: Vec<Rule>,
    vars: Vec<(String, Value)>,
    /// Something was included or defined that is not known here.
    partial: bool,
    one_shell: bool,
}

/// The words of make: options, variables and goals in any order.
struct Words {
    opts: Walk,
    vars: Vec<(String, Value)>,
    goals: Vec<Arg>,
}

fn words(cx: &Cx<'_>) -> Words {
    let mut found = Words { opts: Walk::default(), vars: Vec::new(), goals: Vec::new() };
    let mut next = 0;
    while next < cx.args().len() {
        let part = walk(cx.args(), next, OPTS);
        found.opts.opts.extend(part.opts);
        next = part.next + 1;
        let Some(arg) = cx.args().get(part.next) else { break };
        match variable(&arg.value) {
            Some(pair) => found.vars.push(pair),
            // `-j 4`
            None if arg.value.literal().is_some_and(|word| word.bytes().all(|b| b.is_ascii_digit())) => {}
            None => found.goals.push(arg.clone()),
        }
    }
    found
}

/// `NAME=value`, `NAME:=value`, `NAME+=value` among the words.
fn variable(word: &Value) -> Option<(String, Value)> {
    let (name, _) = word.prefix().split_once('=')?;
    let bare = name.trim_end_matches([':', '+', '?', '!']);
    let valid = !bare.is_empty() && bare.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    valid.then(|| (bare.to_owned(), super::words::without_front(word, name.len() + 1)))
}

fn make(cx: &Cx<'_>) -> Option<Vec<Step>> {
    let words = words(cx);
    let flags = cx.var("MAKEFLAGS").and_then(|flags| flags.literal().map(str::to_owned)).unwrap_or_default();
    let first = flags.split_whitespace().next().unwrap_or("");
    if words.opts.has("n q h v t")
        || !first.contains('=') && first.trim_start_matches('-').contains('n') && !first.starts_with("--")
    {
        return None;
    }
    let folder = folder(cx, &words.opts)?;
    let text = makefile_text(cx, &words.opts, &folder)?;
    let mut makefile = Makefile::default();
    read(cx, &text, &folder, &mut makefile, 0);
    makefile.vars.extend(words.vars.iter().cloned());
    let shell =
        words.vars.iter().chain(&makefile.vars).find(|(name, _)| name == "SHELL").map(|(_, value)| value.clone());
    let goals: Vec<String> = if words.goals.is_empty() {
        let default = makefile.rules.iter().flat_map(|rule| &rule.targets);
        default.filter(|target| !target.starts_with('.') && !target.contains('%')).take(1).cloned().collect()
    } else {
        words.goals.iter().filter_map(|arg| arg.value.literal().map(str::to_owned)).collect()
    };
    let mut run =
        Run { cx, makefile: &makefile, folder: &folder, shell, seen: HashSet::new(), parts: 0, steps: Vec::new() };
    for goal in goals {
        run.target(&goal);
    }
    Some(run.steps)
}

/// `-C` moves before anything is read; several add up.
fn folder(cx: &Cx<'_>, opts: &Walk) -> Option<String> {
    let mut folder = cx.inv.cwd.literal()?.to_owned();
    for opt in opts.opts.iter().filter(|opt| opt.name == "C") {
        let dir = opt.value.as_ref()?.literal()?;
        folder = if dir.starts_with('/') { dir.to_owned() } else { format!("{}/{dir}", folder.trim_end_matches('/')) };
    }
    Some(folder)
}

fn read_file(cx: &Cx<'_>, folder: &str, name: &str) -> Option<String> {
    let path = if name.starts_with('/') { name.to_owned() } else { format!("{}/{name}", folder.trim_end_matches('/')) };
    cx.world.read(&path, MOST_BYTES).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn makefile_text(cx: &Cx<'_>, opts: &Walk, folder: &str) -> Option<String> {
    let mut text = String::new();
    let mut found = false;
    for opt in &opts.opts {
        match (opt.name.as_str(), opt.value.as_ref().and_then(Value::literal)) {
            ("E", Some(line)) => {
                text.push_str(line);
                text.push('\n');
                found = true;
            }
            ("f", Some("-" | "/dev/stdin")) => {
                let Stdin::Text(given) = &cx.inv.stdin else { return None };
                text.push_str(given.literal()?);
                found = true;
            }
            ("f", Some(name)) => {
                text.push_str(&read_file(cx, folder, name)?);
                text.push('\n');
                found = true;
            }
            _ => {}
        }
    }
    if !opts.has("f") {
        let default = ["GNUmakefile", "makefile", "Makefile"].iter().find_map(|name| read_file(cx, folder, name));
        text.push_str(default.as_deref().unwrap_or(""));
        found |= default.is_some();
    }
    found.then_some(text)
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

fn read(cx: &Cx<'_>, text: &str, folder: &str, makefile: &mut Makefile, depth: usize) {
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
                    match read_file(cx, folder, name).filter(|_| depth < 4) {
                        Some(text) => read(cx, &text, folder, makefile, depth + 1),
                        None => makefile.partial |= first == "include" || name.contains('$'),
                    }
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
    let known = makefile.vars.iter().any(|(var, _)| var == name);
    match operator {
        b'?' if known || cx.var(name).is_some() => {}
        b'+' => {
            let mut sum = makefile
                .vars
                .iter()
                .rev()
                .find(|(var, _)| var == name)
                .map_or(Value::default(), |(_, old)| old.clone());
            if sum.to_string().len() < MOST_PARTS {
                sum.push_lit(" ");
                sum.push_lit(value);
            }
            makefile.vars.push((name.to_owned(), sum));
        }
        b'!' => makefile.vars.push((name.to_owned(), Value::lit(format!("$(shell {value})")))),
        _ => makefile.vars.push((name.to_owned(), Value::lit(value))),
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
    let mut budget = 1000;
    let mut plain = |text: &str| {
        let text = text.split(" #").next().unwrap_or(text);
        let value = Expander { cx, makefile, target: "", needs: &[], parts: &mut budget }.expand(&Value::lit(text), 0);
        value.text().split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let (targets, needs) = (plain(targets), plain(needs));
    let lines = recipe.filter(|line| !line.is_empty()).map(str::to_owned).into_iter().collect();
    (!targets.is_empty()).then_some(Rule { targets, needs, lines })
}

/// The walk over targets.
struct Run<'a> {
    cx: &'a Cx<'a>,
    makefile: &'a Makefile,
    folder: &'a str,
    shell: Option<Value>,
    seen: HashSet<String>,
    parts: usize,
    steps: Vec<Step>,
}

impl Run<'_> {
    /// A target with what it needs first; each once. A stack of our own, so depth costs no calls.
    fn target(&mut self, goal: &str) {
        let mut stack = vec![(goal.to_owned(), false)];
        while let Some((name, ready)) = stack.pop() {
            if self.steps.len() >= MOST_LINES || stack.len() > 10_000 {
                return;
            }
            let makefile = self.makefile;
            let rules = makefile.rules.iter().filter(|rule| rule.targets.contains(&name));
            if ready {
                for rule in rules {
                    self.recipe(&name, rule);
                }
            } else if self.seen.insert(name.clone()) {
                stack.push((name.clone(), true));
                for need in rules.flat_map(|rule| &rule.needs).rev().filter(|need| *need != "|") {
                    if !self.seen.contains(need) {
                        stack.push((need.clone(), false));
                    }
                }
            }
        }
    }

    fn recipe(&mut self, name: &str, rule: &Rule) {
        let joined;
        let lines = if self.makefile.one_shell {
            joined = vec![rule.lines.join("\n")];
            &joined
        } else {
            &rule.lines
        };
        for line in lines {
            let line = line.trim_start().trim_start_matches(['@', '-', '+', ' ', '\t']);
            if line.is_empty() || line.starts_with('#') || self.steps.len() >= MOST_LINES || self.parts > MOST_PARTS {
                continue;
            }
            let mut expander = Expander {
                cx: self.cx,
                makefile: self.makefile,
                target: name,
                needs: &rule.needs,
                parts: &mut self.parts,
            };
            let text = expander.expand(&Value::lit(line), 0);
            let label = format!("{} {name}", self.cx.name);
            let mut step = match &self.shell {
                Some(shell) if super::words::program_name(shell).and_then(super::shells::dialect).is_none() => {
                    let words =
                        [shell.clone(), Value::lit("-c"), text].map(|value| Arg { value, span: self.cx.inv.span });
                    Step::new(label, Inner::Words(words.to_vec()))
                }
                shell => {
                    let name = shell.as_ref().and_then(super::words::program_name);
                    let dialect = name.and_then(super::shells::dialect).unwrap_or(Dialect::Sh);
                    Step::new(label, Inner::Shell { text, span: self.cx.inv.span, params: Vec::new(), dialect })
                }
            };
            step.chdir = (self.cx.inv.cwd.literal() != Some(self.folder)).then(|| Value::lit(self.folder));
            self.steps.push(step);
        }
    }
}

/// Expands `$(NAME)`, `${NAME}`, `$@` and their like.
struct Expander<'a> {
    cx: &'a Cx<'a>,
    makefile: &'a Makefile,
    target: &'a str,
    needs: &'a [String],
    parts: &'a mut usize,
}

impl Expander<'_> {
    fn expand(&mut self, value: &Value, depth: usize) -> Value {
        let mut out = Value::default();
        for seg in value.segs() {
            match seg {
                Seg::Lit(text) => self.expand_text(text, depth, &mut out),
                other => out.push(other.clone()),
            }
        }
        out
    }

    fn expand_text(&mut self, text: &str, depth: usize, out: &mut Value) {
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('$') {
            *self.parts += 1;
            out.push_lit(before);
            if *self.parts > MOST_PARTS {
                out.push_value(&hidden("make"));
                return;
            }
            let Some(c) = behind.chars().next() else {
                rest = "";
                break;
            };
            let width = c.len_utf8();
            if matches!(c, '(' | '{') {
                let close = closing(behind);
                let name = behind.get(width..close).unwrap_or("");
                out.push_value(&self.reference(name, depth));
                rest = behind.get(close + 1..).unwrap_or("");
            } else {
                match c {
                    '$' => out.push_lit("$"),
                    c => out.push_value(&self.reference(&c.to_string(), depth)),
                }
                rest = behind.get(width..).unwrap_or("");
            }
        }
        out.push_lit(rest);
    }

    fn reference(&mut self, name: &str, depth: usize) -> Value {
        if depth >= MOST_DEPTH {
            return hidden(name);
        }
        match name {
            "@" => return Value::lit(self.target),
            "<" => return self.needs.first().map_or(Value::default(), Value::lit),
            "^" | "+" | "?" => return Value::lit(self.needs.join(" ")),
            "*" => return hidden("stem"),
            "MAKE" => return Value::lit("make"),
            "CURDIR" | "PWD" => return self.cx.inv.cwd.clone(),
            "RM" => return Value::lit("rm -f"),
            _ => {}
        }
        if let Some((function, words)) = name.split_once(char::is_whitespace) {
            return self.function(function, words, depth);
        }
        let name = name.split(':').next().unwrap_or(name);
        if name.contains('$') {
            return hidden(name);
        }
        if let Some((_, value)) = self.makefile.vars.iter().rev().find(|(var, _)| var == name) {
            return self.expand(&value.clone(), depth + 1);
        }
        match self.cx.var(name) {
            Some(value) => value,
            None if self.makefile.partial => hidden(name),
            None => builtin(name),
        }
    }

    /// `$(shell cmd)` becomes a command substitution; of most others only what they are is known.
    fn function(&mut self, function: &str, words: &str, depth: usize) -> Value {
        match function {
            "shell" => {
                let mut out = Value::lit("$(");
                out.push_value(&self.expand(&Value::lit(words), depth + 1));
                out.push_lit(")");
                out
            }
            "wildcard" | "strip" | "sort" | "abspath" | "realpath" => self.expand(&Value::lit(words), depth + 1),
            "info" | "warning" | "error" | "eval" => Value::default(),
            _ => hidden(function),
        }
    }
}

/// make's own variables that name programs; any other one is empty.
fn builtin(name: &str) -> Value {
    Value::lit(match name {
        "CC" => "cc",
        "CXX" => "c++",
        "AR" => "ar",
        "LD" => "ld",
        "AS" => "as",
        "SHELL" => "/bin/sh",
        _ => "",
    })
}

fn hidden(name: &str) -> Value {
    let origin = Origin::Variable(name.chars().take(40).collect());
    let mut value = Value::default();
    value.push(Seg::Unknown(Unknown { origin, quoted: false, may_be_empty: true, token: false }));
    value
}

/// Where the bracket that opens `text` closes; the end where it does not.
fn closing(text: &str) -> usize {
    let (open, close) = if text.starts_with('(') { ('(', ')') } else { ('{', '}') };
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
    }
    text.len()
}
