//! Walks the tree as a shell would, with values known as far as they can be, and writes down every program that
//! would start.
//!
//! Nothing is executed and nothing is dropped: a branch that may run is walked, a value that may differ is followed
//! in each form, and what cannot be known becomes [`Unresolved`]. Steps are counted, not timed.

mod braces;
mod builtins;
mod control;
mod expand;
mod files;
mod filters;
mod fish;
pub(crate) mod gates;
mod nested;
mod outputs;
mod overlay;
mod params;
mod redirects;
mod simple;
mod standing;
mod state;
#[cfg(test)]
mod tests;
mod traps;
mod zsh;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use smallvec::smallvec;

use control::Way;
use files::{Files, Written};
use state::{CodeFile, State};
use traps::Trap;

use super::ast::{Command, Script, SyntaxError};
use super::parse::{self, Base, Depth};
use super::{Analysis, Dialect, FileRead, Gap, Invocation, Span, Unresolved, Value, World, skim};

/// Commands and expansions that are followed in one line.
const MAX_STEPS: usize = 20_000;
/// Programs that one line may start before the rest counts as unresolved.
const MAX_INVOCATIONS: usize = 3_000;
/// Functions, wrappers and files inside each other.
const MAX_LEVEL: usize = 24;
/// Values of changing variables that are tried for one command.
const MAX_CHOICES: usize = 8;
/// Bytes of one script that is read to look inside.
const MAX_SCRIPT: usize = 256 << 10;

/// Bytes that all expansions of one line may yield together.
const MAX_VOLUME: usize = 4 << 20;

/// What the commands before are called.
const EARLIER: &str = "standard input";

struct Eval<'w> {
    world: &'w dyn World,
    out: Analysis,
    steps: usize,
    volume: usize,
    exhausted: bool,
    /// Which alternative of each variable is being followed.
    choice: HashMap<String, usize>,
    /// Variables with several values that were looked up, and how many they have.
    consulted: RefCell<HashMap<String, usize>>,
    /// The loops and functions that are being walked, outermost first.
    ways: Vec<Way>,
    /// Files written earlier in the line, by absolute path.
    files: Files,
    /// Links to folders that the line makes: from where to where, absolute.
    links: Vec<(String, String)>,
    /// Traps of the shell process that is being walked.
    traps: Vec<Trap>,
    /// The states in which it may have come to an `exit` since it has set one.
    ended: Option<State>,
    /// How many of them were noted before something changed.
    endings: usize,
    /// How many paths `mktemp` has made.
    made: Cell<usize>,
    /// Functions that were called.
    called: HashSet<String>,
    escapes: &'w Escapes<'w>,
    /// The inherited `PATH` leads through a folder that anybody may have filled.
    odd_path: OnceCell<bool>,
    /// The text comes on the standard input of its shell.
    fed: bool,
}

/// Where a text stands, if it is not a line that somebody is about to run here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// The caller runs on a stack of at least 64 MB; without it deeply nested text is unresolved.
    pub large_stack: bool,
    /// It runs on another machine or in an image; a name for the reader.
    pub remote: Option<String>,
    /// It stands in a file for others to run: functions that nobody calls are walked too, and a program or code that
    /// only a caller knows is left alone.
    pub standing: bool,
    /// `$0`, `$1`, … of the shell that runs the text; none where the text is run without any.
    pub params: Vec<String>,
    /// Where the text begins in what was submitted: the first byte's offset.
    pub offset: usize,
    /// Code that the same shell runs before: its functions and aliases may hold for the text.
    pub before: Vec<Code>,
    /// Commands around the text that are no part of it: they count where the code before makes functions of them.
    pub around: &'static [&'static str],
    /// The text only says how this file is run: the file is what is read.
    pub script: Option<Code>,
    /// What names mean already in the shell that the text is for: its variables, aliases and functions as it prints them
    /// itself (`declare -p`). Nothing of it runs.
    pub known: String,
    /// It is a line of an interactive shell that asks before each one.
    pub interactive: bool,
    /// Which shell reads the text.
    pub dialect: Dialect,
    /// That shell's path where it is not at one of the known places: it is asked whether it takes what our grammar rejects.
    pub reader: Option<String>,
    /// The text comes on the standard input of its shell: commands that have run already, maybe none.
    pub earlier: Option<Earlier>,
}

/// Commands that have run: what they set, define and write counts for the text, and they are not judged again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Earlier {
    /// Their text.
    pub text: String,
    /// The folder that they have led to, where that is known; absolute.
    pub cwd: Option<String>,
}

/// A file's code that was read already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its path, or what it is; a name for the reader.
    pub label: String,
    /// What was read.
    pub text: String,
    /// What stands for it in what was submitted.
    pub span: Span,
    /// It stood there before the line: what cannot be seen in it is left alone.
    pub standing: bool,
}

/// Finds the shell commands that a program's own script language starts (`\!` of a database client): the invocation,
/// its index, and the line so far; texts with their spans.
pub type Escapes<'a> = dyn Fn(&Invocation, usize, &Analysis, &dyn World) -> Vec<(Value, Span)> + 'a;

/// Reads a command line and yields what it would start.
///
/// `large_stack` says that the caller runs on a stack of at least 64 MB; without it deeply nested text is unresolved.
#[must_use]
pub fn analyse(line: &str, world: &dyn World, large_stack: bool) -> Analysis {
    analyse_with(line, world, large_stack, &|_, _, _, _| Vec::new())
}

/// As [`analyse`], with a reader for the script languages of programs that start shells.
#[must_use]
pub fn analyse_with<'w>(line: &str, world: &'w dyn World, large_stack: bool, escapes: &'w Escapes<'w>) -> Analysis {
    analyse_in(line, world, &Setting { large_stack, ..Setting::default() }, escapes)
}

/// As [`analyse_with`], for text that stands somewhere else than on a command line.
#[must_use]
pub fn analyse_in<'w>(line: &str, world: &'w dyn World, setting: &Setting, escapes: &'w Escapes<'w>) -> Analysis {
    let mut eval = Eval {
        world,
        out: Analysis::default(),
        steps: 0,
        volume: 0,
        exhausted: false,
        choice: HashMap::new(),
        consulted: RefCell::default(),
        ways: Vec::new(),
        files: Files::default(),
        links: Vec::new(),
        traps: Vec::new(),
        ended: None,
        endings: 0,
        made: Cell::new(0),
        called: HashSet::new(),
        escapes,
        odd_path: OnceCell::new(),
        fed: setting.earlier.is_some(),
    };
    let depth = Depth::top(setting.large_stack).read_by(setting.dialect);
    let mut st = State::new(world, depth);
    st.remote.clone_from(&setting.remote);
    if !setting.known.is_empty() {
        eval.learn(&mut st, &setting.known, depth);
    }
    st.quiet = setting.standing;
    if let Some((name, rest)) = setting.params.split_first() {
        st.name = Value::lit(name.as_str());
        st.params = Some(rest.iter().map(|param| Value::lit(param.as_str())).collect());
    }
    if !setting.before.is_empty() {
        let pristine = st.clone();
        for before in &setting.before {
            eval.in_file(&mut st, before, depth);
        }
        // It may end at a mistake that our grammar does not see, and its shell may start the one that runs the text.
        st.doubt();
        let names: Vec<String> = st.vars.keys().cloned().collect();
        for name in names {
            let inherited = eval.lookup(&pristine, &name).unwrap_or_default();
            st.add_alternative(&name, inherited);
        }
        let span = setting.before.first().map_or_else(Span::default, |code| code.span);
        for name in setting.around.iter().filter(|name| st.functions.contains_key(**name)) {
            eval.text(&mut st.clone(), name, Base::Flat(span), depth);
        }
        for text in setting.around.iter().filter_map(|name| st.aliases.get(*name).cloned()) {
            eval.text(&mut st.clone(), &text, Base::Flat(span), depth);
        }
    }
    if let Some(earlier) = &setting.earlier {
        eval.recall(&mut st, earlier, Span::new(0, line.len()), depth);
    }
    match &setting.script {
        Some(script) => eval.in_file(&mut st, script, depth),
        None => {
            let base = Base::At(setting.offset);
            // zshoptions(1), INTERACTIVE_COMMENTS: off unless somebody turned it on, so both readings count.
            let plain = depth.without_comments();
            let differs = setting.interactive && setting.dialect == Dialect::Zsh && line.contains('#');
            if differs && parse::script(line, base, plain).ok() != parse::script(line, base, depth).ok() {
                eval.text(&mut st.clone(), line, base, plain);
            }
            eval.text(&mut st, line, base, depth);
        }
    }
    if setting.standing {
        eval.uncalled(&st);
    }
    eval.run_traps(&st);
    eval.out
}

/// Says whether [`analyse`] of this text wants a large stack.
#[must_use]
pub fn wants_large_stack(line: &str) -> bool {
    parse::wants_large_stack(line)
}

impl Eval<'_> {
    /// Takes over what names mean in the shell. What cannot be read of it stays unresolved; what it would start does not run.
    fn learn(&mut self, st: &mut State, known: &str, depth: Depth) {
        let mut shell = st.clone();
        let base = Base::Flat(Span::default());
        if depth.dialect == Dialect::Fish {
            self.learn_fish(&mut shell, known, base, depth);
        } else {
            self.text(&mut shell, known, base, depth);
        }
        (st.vars, st.functions, st.aliases) = (shell.vars, shell.functions, shell.aliases);
        let mut unread = std::mem::take(&mut self.out).unresolved;
        unread.retain(|gap| matches!(gap.what, Gap::Syntax | Gap::Bound));
        self.out.unresolved = unread;
        (self.steps, self.volume, self.exhausted) = (0, 0, false);
        self.files.clear();
        self.links.clear();
        self.traps.clear();
        self.ended = None;
        self.called.clear();
        self.consulted.take();
    }

    /// Takes over what commands that have run have left behind.
    fn recall(&mut self, st: &mut State, earlier: &Earlier, span: Span, depth: Depth) {
        if earlier.text.is_empty() {
            st.cwd =
                earlier.cwd.iter().map(|cwd| Value::lit(cwd.as_str())).chain(st.cwd.first().cloned()).take(1).collect();
            return;
        }
        let code = Code { label: EARLIER.to_owned(), text: earlier.text.clone(), span, standing: false };
        self.in_file(st, &code, depth);
        if let Some(cwd) = &earlier.cwd {
            st.cwd = smallvec![Value::lit(cwd.as_str())];
        }
        self.out.earlier = self.out.invocations.len();
        self.out.assigns.clear();
        self.out.absent.clear();
        // What was not understood may have set anything.
        self.out.unresolved.retain(|gap| matches!(gap.what, Gap::Bound));
        (self.steps, self.volume) = (0, 0);
    }

    /// Counts a step; false once there were too many.
    fn step(&mut self, st: &State, span: Span) -> bool {
        self.steps += 1;
        let many = self.steps > MAX_STEPS || self.out.invocations.len() > MAX_INVOCATIONS;
        if many || self.files.is_exhausted() {
            if !self.exhausted {
                self.exhausted = true;
                self.gap(st, Gap::Bound, "too many steps to follow", span);
            }
            return false;
        }
        true
    }

    /// Walks a file's code in the shell itself.
    fn in_file(&mut self, st: &mut State, code: &Code, depth: Depth) {
        self.out.reads.push(FileRead {
            path: code.label.clone(),
            content: crate::syntax::bytes::encode(&code.text).into_owned(),
        });
        let file = CodeFile::new(format!("script {}", code.label), &code.text, code.span);
        let saved = (st.file.replace(Rc::new(file)), st.quiet);
        st.quiet |= code.standing;
        self.text(st, &code.text, Base::At(0), depth);
        (st.file, st.quiet) = saved;
    }

    /// Notes something that cannot be known.
    fn gap(&mut self, st: &State, what: Gap, text: &str, span: Span) {
        let (span, via) = st.locate(span);
        // What the grammar cannot read counts in the text itself, wherever that stands.
        let grave = st.file.is_none() && matches!(what, Gap::Syntax | Gap::Bound);
        let what = if st.quiet && !grave { Gap::Argument } else { what };
        let mut text: String = text.chars().take(200).collect();
        if text.is_empty() {
            text.push_str("(empty)");
        }
        let gap = Unresolved { what, text, span, via };
        if !self.out.unresolved.contains(&gap) && self.out.unresolved.len() < 64 {
            self.out.unresolved.push(gap);
        }
    }

    /// Walks functions that the text defines and does not call, in source order.
    fn uncalled(&mut self, st: &State) {
        let mut left: Vec<(String, Rc<Command>)> =
            st.functions.iter().map(|(name, function)| (name.clone(), Rc::clone(&function.body))).collect();
        left.sort_by_key(|(_, body)| body.span);
        for (name, body) in left {
            if !self.called.contains(&name) {
                let mut inner = st.clone();
                inner.params = None;
                inner.calls.push(name);
                inner.level += 1;
                self.compound(&mut inner, &body);
            }
        }
    }

    /// Lists a program; gives its index.
    fn emit(&mut self, st: &State, mut inv: Invocation) -> usize {
        let (span, via) = st.locate(inv.span);
        inv.span = span;
        inv.via = via;
        if st.file.is_some() {
            *inv.program.span_mut() = span;
            inv.args.iter_mut().for_each(|arg| arg.span = span);
            inv.redirects.iter_mut().for_each(|redirect| redirect.span = span);
        }
        self.out.invocations.push(inv);
        self.out.invocations.len() - 1
    }

    /// Walks a text: whole where the grammar takes it, else command by command up to the error.
    fn text(&mut self, st: &mut State, text: &str, base: Base, depth: Depth) {
        // Of `a |& b` the tree of zsh keeps only the pipe.
        st.joined |= depth.dialect == Dialect::Zsh && text.contains("|&");
        if let Some(at) = text.find('\0') {
            // Some shells leave it out, some end the word there.
            self.gap(st, Gap::Syntax, "a NUL byte, which shells read differently", base.span(at, at + 1));
        }
        if depth.dialect == Dialect::Sh
            && let Some(other) = super::dash::without_escapes(text)
        {
            self.text(&mut st.clone(), &other, base, depth);
        }
        let fits = text.len() <= parse::MAX_PART;
        match if fits { parse::script(text, base, depth) } else { Err(SyntaxError::Bound) } {
            Ok(script) => {
                self.script(st, &script);
            }
            Err(SyntaxError::Bound) if fits => self.unread(st, true, text, base.span(0, text.len())),
            Err(error) => self.parts(st, text, base, depth, error),
        }
    }

    /// Walks a text in parts, cut where complete commands end.
    fn parts(&mut self, st: &mut State, text: &str, base: Base, depth: Depth, error: SyntaxError) {
        let zsh = depth.dialect == Dialect::Zsh;
        let mut cuts = if zsh && error == SyntaxError::Rejected {
            super::zsh::cuts(text, base, depth)
        } else {
            skim::outline(text).cuts
        };
        // Parts that were cut for their size alone are no lines that zsh would reject.
        let doubtful = zsh && error == SyntaxError::Bound;
        if cuts.last() != Some(&text.len()) {
            cuts.push(text.len());
        }
        if error == SyntaxError::Bound {
            cuts = coarse(&cuts);
        }
        let mut start = 0;
        for &cut in &cuts {
            let part = text.get(start..cut).unwrap_or("");
            if part.trim().is_empty() {
                start = cut;
                continue;
            }
            match parse::script(part, base.shift(start), depth) {
                Ok(script) => {
                    let flow = self.script(st, &script);
                    if flow.exits {
                        return;
                    }
                }
                Err(error) => {
                    let rest = text.get(start..).unwrap_or("");
                    let span = base.span(start, cut);
                    if self.unreadable(st, part, rest, span, (depth.dialect, doubtful || error == SyntaxError::Bound)) {
                        return;
                    }
                }
            }
            start = cut;
            if self.exhausted {
                return;
            }
        }
    }

    /// A part that the grammar rejects: harmless where the real shell rejects it too. True where nothing behind it runs.
    fn unreadable(
        &mut self,
        st: &State,
        part: &str,
        rest: &str,
        span: Span,
        (dialect, bound): (Dialect, bool),
    ) -> bool {
        if bound {
            self.gap(st, Gap::Bound, part, span);
            return false;
        }
        let rejected = self.world.shell_accepts(part, dialect) == Some(false);
        if rejected && (rest == part || self.world.shell_accepts(rest, dialect) == Some(false)) {
            self.gap(st, Gap::Argument, "the shell itself rejects this text", span);
            return true;
        }
        self.gap(st, Gap::Syntax, part, span);
        rejected
    }

    /// Text of a substitution or of nested code that was not read.
    fn unread(&mut self, st: &State, bound: bool, text: &str, span: Span) {
        if bound {
            self.gap(st, Gap::Bound, text, span);
        } else if self.world.shell_accepts(text, st.depth.dialect) == Some(false) {
            self.gap(st, Gap::Argument, "the shell itself rejects this text", span);
        } else {
            self.gap(st, Gap::Syntax, text, span);
        }
    }

    /// A path that stands for known text (`<(echo …)`).
    fn literal_file(&mut self, text: Value) -> Value {
        let path = format!("/dev/fd/wardsh-{}", self.files.len());
        self.files.put(path.clone(), Written::Text(text), false);
        Value::lit(path)
    }

    /// Walks the commands of a substitution in a subshell: known output, and the invocations it comes from.
    fn captured(&mut self, st: &State, script: &Script) -> (Option<Value>, Vec<usize>) {
        let mut inner = st.clone();
        inner.stdout = super::Stdout::Captured;
        inner.level += 1;
        if inner.level > MAX_LEVEL {
            self.gap(st, Gap::Bound, "nested too deep", Span::default());
            return (None, Vec::new());
        }
        let before = self.out.invocations.len();
        let flow = self.in_process(&mut inner, |eval, inner| eval.script(inner, script));
        let from = (before..self.out.invocations.len())
            .filter(|&at| self.out.invocations.get(at).is_some_and(|inv| inv.stdout == super::Stdout::Captured))
            .collect();
        (flow.output, from)
    }

    /// The value of `$(…)`.
    fn capture(&mut self, st: &State, script: &Script) -> Value {
        let (output, from) = self.captured(st, script);
        match output {
            Some(value) => outputs::trim_newlines(&value),
            None => Value::unknown(super::Origin::Command(from)),
        }
    }
}

/// Joins cuts so that parts are as large as may be read at once.
fn coarse(cuts: &[usize]) -> Vec<usize> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut last = 0;
    for &cut in cuts {
        if cut - start > parse::MAX_PART && last > start {
            out.push(last);
            start = last;
        }
        last = cut;
    }
    out.push(last);
    out
}
