//! make: the recipes that a target would run, read from the makefile.
//!
//! Simple expansion only: what a variable holds is known where it is plainly assigned; what a function yields is not.
//! Both branches of a conditional count. A target that cannot be found yields nothing.

mod expand;
mod read;

use super::options::{Walk, walk};
use super::words::{at, fields};
use super::{Cx, Dialect, Inner, Step};
use crate::syntax::{Arg, Origin, Seg, Stdin, Unknown, Value};
use expand::Expander;
use read::{Makefile, Rule, Var, read};
use std::collections::{HashMap, HashSet};

/// Larger makefiles are not read.
const MOST_BYTES: usize = 256 * 1024;
/// Recipe lines that one `make` may yield.
const MOST_LINES: usize = 200;
/// How deep a variable may name another one.
const MOST_DEPTH: usize = 16;
/// Bytes of expanded text, over all lines.
const MOST_TEXT: usize = 1 << 20;
/// Targets that one `make` may lead to.
const MOST_TARGETS: usize = 2_000;

const OPTS: &str = "b m B,always-make C,directory= d debug? e,environment-overrides E,eval= f,file,makefile= h,help \
    i,ignore-errors I,include-dir= j,jobs? k,keep-going l,load-average? L,check-symlink-times n,just-print,dry-run,recon \
    o,old-file,assume-old= O,output-sync? p,print-data-base q,question r,no-builtin-rules R,no-builtin-variables \
    s,silent,quiet S,no-keep-going,stop t,touch trace v,version w,print-directory no-print-directory \
    W,what-if,new-file,assume-new= warn-undefined-variables";

pub(super) fn steps(cx: &Cx<'_>) -> Option<Vec<Step>> {
    matches!(cx.name, "make" | "gmake" | "bmake" | "mingw32-make").then(|| make(cx).unwrap_or_default())
}

/// The words of make: options, variables and goals in any order.
struct Words {
    opts: Walk,
    vars: Vec<(String, Value)>,
    goals: Vec<Arg>,
}

fn words(cx: &Cx<'_>) -> Words {
    let mut found = Words { opts: Walk::default(), vars: Vec::new(), goals: Vec::new() };
    let mut args = inherited(cx);
    args.extend(cx.args().iter().cloned());
    let mut next = 0;
    while next < args.len() {
        let part = walk(&args, next, OPTS);
        found.opts.opts.extend(part.opts);
        next = part.next + 1;
        let Some(arg) = args.get(part.next) else { break };
        match variable(&arg.value) {
            Some(pair) => found.vars.push(pair),
            // `-j 4`
            None if arg.value.literal().is_some_and(|word| word.bytes().all(|b| b.is_ascii_digit())) => {}
            None => found.goals.push(arg.clone()),
        }
    }
    found
}

/// The words in `MAKEFLAGS`, of which the first may be letters without a dash.
fn inherited(cx: &Cx<'_>) -> Vec<Arg> {
    let mut all = Vec::new();
    for name in ["GNUMAKEFLAGS", "MAKEFLAGS"] {
        let Some(flags) = cx.var(name) else { continue };
        let mut words = fields(&flags);
        if let Some(first) = words.first_mut()
            && !first.prefix().starts_with('-')
            && !first.prefix().contains('=')
        {
            let mut dashed = Value::lit("-");
            dashed.push_value(first);
            *first = dashed;
        }
        all.extend(at(words, cx.inv.span));
    }
    all
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
    if words.opts.has("h v") {
        return None;
    }
    let mut steps = recipes(cx, &words).unwrap_or_default();
    if steps.is_empty() {
        steps = shell_program(cx, &words);
    }
    steps.extend(built_in(cx, &words));
    Some(steps)
}

/// `make SHELL='rm -rf ~'` where no line is known: a program that is no shell takes the place of one.
fn shell_program(cx: &Cx<'_>, words: &Words) -> Vec<Step> {
    let shells = words.vars.iter().filter(|(name, _)| name == "SHELL");
    let programs =
        shells.filter(|(_, shell)| super::words::program_name(shell).and_then(super::Dialect::of_name).is_none());
    programs.flat_map(|(_, shell)| cx.hook(format!("{} SHELL", cx.name), shell, cx.inv.span)).collect()
}

/// `make CC='rm -rf ~; cc' x.o`: what make's own rules would hand to the shell.
fn built_in(cx: &Cx<'_>, words: &Words) -> Vec<Step> {
    const PROGRAMS: &[&str] =
        &["CC", "CXX", "CPP", "LD", "AR", "AS", "FC", "RM", "LEX", "YACC", "CFLAGS", "CXXFLAGS", "LDFLAGS"];
    let joined = |value: &Value| value.text().contains([';', '|', '&', '`', '\n']);
    let texts = words.vars.iter().filter(|(name, value)| PROGRAMS.contains(&name.as_str()) && joined(value));
    texts.map(|(name, value)| Cx::shell(format!("{} {name}", cx.name), value, cx.inv.span)).collect()
}

/// What is run while the makefile is read, then the recipes of the goals.
fn recipes(cx: &Cx<'_>, words: &Words) -> Option<Vec<Step>> {
    let folder = folder(cx, &words.opts)?;
    let text = makefile_text(cx, &words.opts, &folder)?;
    let mut makefile = Makefile { folder, ..Makefile::default() };
    // Words win over the file, but the file may use them while it is read.
    for last in [false, true] {
        for (name, value) in &words.vars {
            makefile.vars.insert(name.clone(), Var { value: value.clone(), simple: false });
        }
        if !last {
            read(cx, &text, &mut makefile);
        }
    }
    let goals: Vec<String> = if words.goals.is_empty() {
        let default = makefile.rules.iter().flat_map(|rule| &rule.targets);
        default.filter(|target| !target.starts_with('.') && !target.contains('%')).take(1).cloned().collect()
    } else {
        words.goals.iter().filter_map(|arg| arg.value.literal().map(str::to_owned)).collect()
    };
    let mut by_target: HashMap<&str, Vec<&Rule>> = HashMap::new();
    for rule in &makefile.rules {
        for target in &rule.targets {
            by_target.entry(target).or_default().push(rule);
        }
    }
    let mut run = Run { cx, makefile: &makefile, by_target, seen: HashSet::new(), spent: 0, steps: Vec::new() };
    run.at_once(&makefile.shells);
    // A dry run reads the makefile all the same.
    for goal in goals.iter().filter(|_| !words.opts.has("n q t")) {
        run.target(goal);
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
    let path = if name.starts_with('/') { name.to_owned() } else { [folder.trim_end_matches('/'), "/", name].concat() };
    cx.world.read(&path, MOST_BYTES).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn makefile_text(cx: &Cx<'_>, opts: &Walk, folder: &str) -> Option<String> {
    // The files that `MAKEFILES` names are read before any other.
    let first = cx.var("MAKEFILES").unwrap_or_default();
    let mut text: String = super::words::fields(&first)
        .iter()
        .filter_map(|name| read_file(cx, folder, name.literal()?))
        .map(|text| text + "\n")
        .collect();
    let mut found = !text.is_empty();
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

/// The walk over targets.
struct Run<'a> {
    cx: &'a Cx<'a>,
    makefile: &'a Makefile,
    by_target: HashMap<&'a str, Vec<&'a Rule>>,
    seen: HashSet<String>,
    spent: usize,
    steps: Vec<Step>,
}

impl Run<'_> {
    /// A target with what it needs first; each once. A stack of our own, so depth costs no calls.
    fn target(&mut self, goal: &str) {
        let mut stack = vec![(goal.to_owned(), false)];
        while let Some((name, ready)) = stack.pop() {
            if self.steps.len() >= MOST_LINES || self.seen.len() > MOST_TARGETS || stack.len() > 10 * MOST_TARGETS {
                return;
            }
            let rules = self.by_target.get(name.as_str()).cloned().unwrap_or_default();
            if ready {
                for rule in rules {
                    self.recipe(&name, rule);
                }
            } else if self.seen.insert(name.clone()) {
                stack.push((name, true));
                for need in rules.iter().flat_map(|rule| &rule.needs).rev().filter(|need| *need != "|") {
                    if !self.seen.contains(need) {
                        stack.push((need.clone(), false));
                    }
                }
            }
        }
    }

    /// Text of `$(shell …)` that is run whatever the goal.
    fn at_once(&mut self, shells: &[Value]) {
        for text in shells.iter().take(MOST_LINES) {
            let text = named_programs(text);
            let step = Cx::shell(format!("{} $(shell)", self.cx.name), &text, self.cx.inv.span);
            self.steps.push(Step { chdir: Some(Value::lit(self.makefile.folder.as_str())), ..step });
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
            if line.is_empty() || line.starts_with('#') || self.steps.len() >= MOST_LINES || self.spent > MOST_TEXT {
                continue;
            }
            let mut expander = Expander {
                cx: self.cx,
                makefile: self.makefile,
                target: name,
                needs: &rule.needs,
                spent: &mut self.spent,
                shells: Vec::new(),
            };
            let text = expander.expand(&Value::lit(line), 0);
            let shown = text.text().into_owned();
            let mut lost = std::mem::take(&mut expander.shells);
            lost.retain(|shell| !shown.contains(&*shell.text()));
            self.at_once(&lost);
            if !text.literal().is_some_and(|text| text.trim().is_empty()) {
                self.steps.push(self.line(name, named_programs(&text)));
            }
        }
    }

    /// One line of a recipe, run by `SHELL`.
    fn line(&self, target: &str, text: Value) -> Step {
        let label = format!("{} {target}", self.cx.name);
        let span = self.cx.inv.span;
        let shell = self.makefile.vars.get("SHELL").map_or(Value::lit("sh"), |var| var.value.clone());
        let inner = match super::words::program_name(&shell).and_then(super::Dialect::of_name) {
            Some(dialect) => Inner::Shell { text, span, params: Vec::new(), dialect },
            None if shell.prefix().contains('$') => {
                Inner::Shell { text, span, params: Vec::new(), dialect: Dialect::Sh }
            }
            None if shell.text().contains(char::is_whitespace) => {
                let mut whole = shell;
                whole.push_lit(" -c ");
                whole.push_value(&super::words::quoted(&text));
                Inner::Shell { text: whole, span, params: Vec::new(), dialect: Dialect::Sh }
            }
            None => Inner::Words([shell, Value::lit("-c"), text].map(|value| Arg { value, span }).to_vec()),
        };
        let folder = self.makefile.folder.as_str();
        let chdir = (self.cx.inv.cwd.literal() != Some(folder)).then(|| Value::lit(folder));
        Step { chdir, ..Step::new(label, inner) }
    }
}

/// The text with the names of unknown variables in the place of programs: `$(PYTHON) -m x` says enough.
fn named_programs(text: &Value) -> Value {
    let mut out = Value::default();
    let mut starts = true;
    let mut segs = text.segs().iter().peekable();
    while let Some(seg) = segs.next() {
        match seg {
            Seg::Lit(part) => {
                let before = part.trim_end_matches([' ', '\t', '@', '-']);
                let word = before.rsplit([' ', '\t', '\n']).next().unwrap_or(before);
                starts = before.ends_with([';', '&', '|', '(', '{', '\n'])
                    || matches!(word, "then" | "do" | "else" | "if" | "while" | "!" | "exec" | "time")
                    || starts && before.is_empty();
                out.push_lit(part);
            }
            Seg::Unknown(Unknown { origin: Origin::Variable(name), .. })
                if starts
                    && segs.peek().is_none_or(|next| matches!(next, Seg::Lit(rest) if rest.starts_with(is_blank))) =>
            {
                let plain: String =
                    name.chars().take_while(|c| c.is_ascii_alphanumeric() || "_-".contains(*c)).collect();
                out.push_lit(&plain.to_ascii_lowercase());
                starts = false;
            }
            other => {
                out.push(other.clone());
                starts = false;
            }
        }
    }
    out
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, ';' | '&' | '|' | ')')
}
