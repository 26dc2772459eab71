//! `find`: which of its start folders, and what in them, an action reaches.
//!
//! The order of an expression matters: `-delete` in front of a test deletes everything.

use super::super::names;
use super::super::paths::join;
use super::super::scope::{self, Target};
use super::super::{Certainty, Cx, Effect, EffectKind, Scope, Trait};
use super::write;
use crate::syntax::{Arg, Invocation, Value};

/// How deep parentheses may nest.
const DEPTH: usize = 32;

/// Tests that take one word and say nothing of names.
const LIMITS: &[&str] = &[
    "-mtime",
    "-atime",
    "-ctime",
    "-mmin",
    "-amin",
    "-cmin",
    "-newer",
    "-anewer",
    "-cnewer",
    "-size",
    "-user",
    "-group",
    "-uid",
    "-gid",
    "-perm",
    "-links",
    "-inum",
    "-samefile",
    "-used",
    "-fstype",
    "-xtype",
    "-lname",
    "-ilname",
    "-context",
    "-mindepth",
    "-maxdepth",
    "-type",
    "-regextype",
    "-printf",
    "-flags",
];

/// What an action can reach: the tests that stand in front of it.
#[derive(Clone, Debug, Default)]
struct Reach {
    /// Patterns of names, one list for each test; a file matches one of each list.
    names: Vec<Vec<String>>,
    /// Age, size or owner limit it.
    limited: bool,
    /// Only what stands directly at a start point (`-maxdepth 0`, `-empty`).
    empty: bool,
}

/// An action that changes something.
#[derive(Debug)]
struct Action<'a> {
    reach: Reach,
    /// `-delete`, or the program of an `-exec`.
    program: Option<String>,
    arg: &'a Arg,
}

/// A `find` read from its words.
struct Find<'a> {
    starts: Vec<&'a Arg>,
    actions: Vec<Action<'a>>,
    prints: Vec<&'a Arg>,
    whole: Reach,
}

pub(super) fn find(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let read = Find::read(&inv.args);
    for action in read.actions.iter().filter(|action| action.program.is_none()) {
        for target in read.reached(&action.reach, cx, inv) {
            // What the tests leave out stays, and with it the folder.
            let mut effect = target.effect(EffectKind::FsDelete, cx, action.arg.span).with([Trait::Recursive]);
            effect.certainty = effect.certainty.min(Certainty::Likely);
            out.push(effect);
        }
    }
    for file in &read.prints {
        let from = out.len();
        write::overwrite(file, &[], cx, inv, out);
        // A list of names never belongs where something stands already.
        for effect in out.iter_mut().skip(from).filter(|effect| !effect.has(Trait::Missing)) {
            *effect = effect.clone().with([Trait::Bulk, Trait::Valuable]);
        }
    }
}

/// What a `find` hands to a program: by `-exec`, or by its output.
#[must_use]
pub(in crate::effects) fn listed(inv: &Invocation, taker: &str, cx: &Cx<'_>) -> Vec<Target> {
    let read = Find::read(&inv.args);
    let by_exec = read.actions.iter().find(|action| action.program.as_deref() == Some(taker));
    read.reached(by_exec.map_or(&read.whole, |action| &action.reach), cx, inv)
}

impl<'a> Find<'a> {
    fn read(args: &'a [Arg]) -> Self {
        let mut at = 0;
        while let Some(word) = args.get(at).map(|arg| arg.value.prefix()) {
            match word {
                "-H" | "-L" | "-P" | "-E" | "-X" | "-d" | "-s" | "-x" => at += 1,
                "-D" | "-f" => at += 2,
                _ if word.starts_with("-O") => at += 1,
                _ => break,
            }
        }
        let starts: Vec<&Arg> = args.iter().skip(at).take_while(|arg| !starts_expression(&arg.value)).collect();
        let mut found = Self { whole: Reach::default(), actions: Vec::new(), prints: Vec::new(), starts };
        at += found.starts.len();
        let mut reader = Reader { args, at, depth: 0, find: &mut found };
        let whole = reader.alternatives();
        found.whole = whole;
        found
    }

    /// The start folders, narrowed to what an action reaches in them.
    fn reached(&self, reach: &Reach, cx: &Cx<'_>, inv: &Invocation) -> Vec<Target> {
        let here = Value::lit(".");
        let values: Vec<&Value> =
            if self.starts.is_empty() { vec![&here] } else { self.starts.iter().map(|arg| &arg.value).collect() };
        let mut out = Vec::new();
        for value in values {
            for mut target in scope::targets(value, cx, inv) {
                narrow(&mut target, reach);
                out.push(target);
            }
        }
        out
    }
}

fn starts_expression(value: &Value) -> bool {
    let text = value.prefix();
    matches!(text, "(" | "!" | ")" | ",") || (text.len() > 1 && text.starts_with('-'))
}

/// Applies tests to a start folder.
fn narrow(target: &mut Target, reach: &Reach) {
    target.traits.push(Trait::Bulk);
    let scratch =
        reach.empty || reach.names.iter().any(|names| names.iter().all(|name| names::pattern_is_scratch(name)));
    let named = reach.names.iter().flatten().next();
    let whole = target.has(Trait::Whole);
    if scratch || named.is_some() || reach.limited {
        target.traits.retain(|known| *known != Trait::Whole);
    }
    // A name for scratch says little of files that belong to the system or to others.
    let anywhere =
        target.scope == Scope::Root || whole && matches!(target.scope, Scope::System | Scope::OutsideWorkspace);
    if scratch && (!anywhere || reach.limited) {
        target.traits.retain(|known| *known != Trait::Valuable);
        target.traits.push(Trait::Scratch);
    }
    if let Some(name) = named {
        target.path = join(&target.path, name.trim_start_matches(['/', '.']));
        if names::is_secret(name) {
            target.traits.push(Trait::Secret);
        }
    }
}

/// Walks an expression.
struct Reader<'a, 'b> {
    args: &'a [Arg],
    at: usize,
    depth: usize,
    find: &'b mut Find<'a>,
}

impl<'a> Reader<'a, '_> {
    /// Terms joined by `-o` or `,` up to the end or a closing parenthesis.
    fn alternatives(&mut self) -> Reach {
        let mut all: Vec<Reach> = vec![self.terms()];
        while let Some(word) = self.args.get(self.at).map(|arg| arg.value.prefix()) {
            match word {
                "-o" | "-or" | "," => {
                    self.at += 1;
                    let next = self.terms();
                    all.push(next);
                }
                _ => break,
            }
        }
        either(all)
    }

    /// Tests and actions joined by *and*.
    fn terms(&mut self) -> Reach {
        let mut reach = Reach::default();
        let mut negated = false;
        while let Some(arg) = self.args.get(self.at) {
            let word = arg.value.prefix();
            match word {
                "-o" | "-or" | "," => break,
                ")" | "\\)" => {
                    if self.depth > 0 {
                        break;
                    }
                    self.at += 1;
                }
                "(" | "\\(" => {
                    self.at += 1;
                    let inner = self.group();
                    if !negated {
                        reach.and(inner);
                    }
                    negated = false;
                }
                "!" | "-not" => {
                    self.at += 1;
                    negated = !negated;
                }
                "-a" | "-and" => self.at += 1,
                _ => {
                    self.primary(arg, word, negated, &mut reach);
                    negated = false;
                }
            }
        }
        reach
    }

    fn group(&mut self) -> Reach {
        if self.depth >= DEPTH {
            return Reach::default();
        }
        self.depth += 1;
        let inner = self.alternatives();
        self.depth -= 1;
        if self.args.get(self.at).is_some_and(|arg| matches!(arg.value.prefix(), ")" | "\\)")) {
            self.at += 1;
        }
        inner
    }

    /// One test or action and its words.
    fn primary(&mut self, arg: &'a Arg, word: &str, negated: bool, reach: &mut Reach) {
        self.at += 1;
        match word {
            "-name" | "-iname" | "-path" | "-ipath" | "-wholename" | "-iwholename" => {
                let name = self.args.get(self.at).map(|arg| arg.value.text().into_owned());
                self.at += 1;
                if let (Some(name), false) = (name, negated) {
                    reach.names.push(vec![name]);
                }
            }
            "-regex" | "-iregex" => {
                let name = self
                    .args
                    .get(self.at)
                    .map(|arg| arg.value.text().replace(".*", "*").replace("\\.", ".").replace('$', ""));
                self.at += 1;
                if let (Some(name), false) = (name, negated) {
                    reach.names.push(vec![name]);
                }
            }
            "-empty" => reach.empty |= !negated,
            "-delete" => self.find.actions.push(Action { reach: reach.clone(), program: None, arg }),
            "-exec" | "-execdir" | "-ok" | "-okdir" => self.exec(arg, reach),
            "-fprint" | "-fls" | "-fprint0" | "-fprintf" => {
                self.find.prints.extend(self.args.get(self.at));
                self.at += if word == "-fprintf" { 2 } else { 1 };
            }
            _ if LIMITS.contains(&word) => {
                reach.limited |=
                    !matches!(word, "-type" | "-xtype" | "-mindepth" | "-maxdepth" | "-regextype" | "-printf");
                self.at += 1;
            }
            _ if word.starts_with("-newer") => {
                reach.limited = true;
                self.at += 1;
            }
            _ => {}
        }
    }

    fn exec(&mut self, arg: &'a Arg, reach: &Reach) {
        let program =
            self.args.get(self.at).map(|arg| arg.value.text().rsplit('/').next().unwrap_or_default().to_owned());
        self.find.actions.push(Action { reach: reach.clone(), program: Some(program.unwrap_or_default()), arg });
        while let Some(word) = self.args.get(self.at) {
            self.at += 1;
            if word.value.is(";")
                || word.value.is("\\;")
                || (word.value.is("+")
                    && self.args.get(self.at.wrapping_sub(2)).is_some_and(|before| before.value.text().contains("{}")))
            {
                break;
            }
        }
    }
}

impl Reach {
    fn and(&mut self, other: Self) {
        self.names.extend(other.names);
        self.limited |= other.limited;
        self.empty |= other.empty;
    }
}

/// What one of several terms reaches: a limit holds only where each has it.
fn either(mut all: Vec<Reach>) -> Reach {
    if all.len() == 1 {
        return all.pop().unwrap_or_default();
    }
    let limited = all.iter().all(|reach| reach.limited);
    let empty = all.iter().all(|reach| reach.empty);
    let everywhere = all.iter().all(|reach| !reach.names.is_empty());
    let names = if everywhere {
        vec![all.iter().flat_map(|reach| reach.names.first().cloned().unwrap_or_default()).collect()]
    } else {
        Vec::new()
    };
    Reach { names, limited, empty }
}
