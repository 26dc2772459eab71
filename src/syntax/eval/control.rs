//! Lists, pipelines and compound commands.

use std::rc::Rc;

use super::Eval;
use super::state::{Folders, Function, State, Var};
use crate::syntax::Span;
use crate::syntax::ast::{Chain, Command, CommandKind, Join, Part, Pipeline, Script, Word};
use crate::syntax::filled::{Filled, is_text, literal};
use crate::syntax::{Absent, Origin, Seg, Stdin, Stdout, Unknown, Value, paths};

/// Rounds of one loop that are walked with a known value; then one more with an unknown one.
const MAX_ROUNDS: usize = 32;
/// Loops and functions inside each other of which a round is walked again.
const MAX_AGAIN: usize = 3;
/// How many loops and functions an early way out is followed through.
const MAX_WAYS: usize = 8;

/// A loop or function that is being walked.
#[derive(Debug, Default)]
pub(super) struct Way {
    pub(super) is_function: bool,
    /// The state that an early way out has left.
    pub(super) left: Option<State>,
}

/// How code leaves early what stands around it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Out {
    /// `break N`, `continue N`: out of as many loops, or on with the last of them.
    Loops(usize),
    /// `return`
    Function,
}

/// What is known after something has run.
#[derive(Clone, Debug, Default)]
pub(super) struct Flow {
    /// Its whole standard output, where known.
    pub output: Option<Value>,
    /// Nothing behind it runs (`exit`).
    pub exits: bool,
    /// Folders if it succeeds; `None` where it cannot succeed.
    pub ok: Option<Folders>,
    /// Folders if it fails; `None` where it cannot fail.
    pub fail: Option<Folders>,
    /// It does nothing but succeed or fail (`true`, `false`).
    pub constant: Option<bool>,
}

impl Flow {
    /// Known output, folders as they are.
    pub(super) fn here(st: &State, output: Option<Value>) -> Self {
        Self { output, exits: false, ok: Some(st.cwd.clone()), fail: Some(st.cwd.clone()), constant: None }
    }
}

/// Functions that bash and zsh call without being told to.
fn is_hook(name: &str) -> bool {
    const HOOKS: &[&str] = &[
        "command_not_found_handle",
        "command_not_found_handler",
        "precmd",
        "preexec",
        "chpwd",
        "periodic",
        "zshexit",
        "zshaddhistory",
    ];
    HOOKS.contains(&name) || name.starts_with("TRAP")
}

fn joined(left: Option<Folders>, right: Option<Folders>) -> Option<Folders> {
    match (left, right) {
        (Some(mut left), Some(right)) => {
            for cwd in right {
                if !left.contains(&cwd) && left.len() < 4 {
                    left.push(cwd);
                }
            }
            Some(left)
        }
        (left, right) => left.or(right),
    }
}

impl Eval<'_> {
    /// Walks a script in the given state.
    pub(super) fn script(&mut self, st: &mut State, script: &Script) -> Flow {
        let mut output = Some(Value::default());
        for chain in &script.chains {
            let flow = if chain.background {
                self.files.step_aside();
                let flow = self.in_process(&mut st.clone(), |eval, inner| eval.chain(inner, chain));
                self.files.step_back();
                // When it comes, nobody knows.
                Flow { output: flow.output.filter(|output| output.is("")), ..flow }
            } else {
                self.chain(st, chain)
            };
            output = match (output, flow.output) {
                (Some(mut all), Some(more)) => {
                    all.push_value(&more);
                    Some(all)
                }
                _ => None,
            };
            if (flow.exits && !chain.background) || self.exhausted {
                return Flow { exits: true, ..Flow::here(st, output) };
            }
        }
        Flow::here(st, output)
    }

    fn chain(&mut self, st: &mut State, chain: &Chain) -> Flow {
        let tested = st.tested.clone();
        // What a part of the chain may have left undone; kept only where there are parts, since variables are shared.
        let mut before: Option<State> = None;
        let start = (chain.pipelines.len() > 1).then(|| st.cwd.clone());
        let (mut ok, mut fail) = (Some(st.cwd.clone()), None);
        let mut output = Some(Value::default());
        let mut constant = None;
        let mut shown: Option<(Join, &Pipeline)> = None;
        let mut mixed = false;
        let certain = self.files.depth();
        for (at, (join, pipeline)) in chain.pipelines.iter().enumerate() {
            // Where joins of two kinds stand before it, any of the tests may not have run.
            if at > 1 && chain.pipelines.get(at - 1).is_some_and(|(before, _)| before != join) {
                st.tested.retain(|name| tested.contains(name));
                mixed = true;
            } else if let Some((_, test)) = shown.filter(|_| !mixed && *join != Join::Then) {
                Self::note_tests(st, test, *join == Join::And);
            }
            // Behind another kind of join, the test may not have run at all.
            let missing = match (shown, join) {
                (Some((Join::Then | Join::And, test)), Join::And) => self.shown_missing(st, test, true),
                (Some((Join::Then | Join::Or, test)), Join::Or) => self.shown_missing(st, test, false),
                _ => None,
            };
            shown = Some((*join, pipeline));
            let from = self.out.invocations.len();
            // `false && …` never runs.
            if matches!((join, constant), (Join::And, Some(false)) | (Join::Or, Some(true))) {
                continue;
            }
            let reach = match join {
                Join::Then => Some(st.cwd.clone()),
                Join::And => ok.clone(),
                Join::Or => fail.clone(),
            };
            // What cannot be reached is walked all the same, from where the shell would be.
            if let Some(cwd) = reach.or_else(|| ok.clone()).or_else(|| start.clone()) {
                st.cwd = cwd;
            }
            // What stands behind `||` does not run because what stands before it did.
            if *join == Join::Or {
                self.files.leave(certain);
            }
            if at > 0 {
                self.files.enter();
            }
            let flow = self.pipeline(st, pipeline);
            // What follows may not run; the first certainly does.
            if before.is_none() && start.is_some() {
                before = Some(st.clone());
            }
            self.note_absent(missing, from);
            constant = flow.constant;
            output = match (output, flow.output, join) {
                (Some(mut all), Some(more), Join::Then | Join::And) => {
                    all.push_value(&more);
                    Some(all)
                }
                _ => None,
            };
            (ok, fail) = match join {
                Join::Then => (flow.ok, flow.fail),
                Join::And => (flow.ok, joined(fail, flow.fail)),
                Join::Or => (joined(ok, flow.ok), flow.fail),
            };
        }
        self.files.leave(certain);
        st.tested.retain(|name| tested.contains(name));
        if let Some(before) = before {
            let cwd = std::mem::take(&mut st.cwd);
            st.merge(&State { cwd: Folders::new(), ..before });
            st.cwd = cwd;
        }
        let exits = ok.is_none() && fail.is_none();
        let left = if st.errexit && ok.is_some() { ok.clone() } else { joined(ok.clone(), fail.clone()) };
        if let Some(cwd) = left {
            st.cwd = cwd;
        }
        Flow { output, exits, ok, fail, constant }
    }

    /// Notes variables that a test which came out as `held` has shown not to be empty.
    fn note_tests(st: &mut State, pipeline: &Pipeline, held: bool) {
        let [command] = pipeline.commands.as_slice() else { return };
        let filled = match &command.kind {
            CommandKind::Test { filled, .. } => filled.clone(),
            CommandKind::Simple { words, .. } => Filled::of_words(words),
            _ => return,
        };
        st.tested.extend(if held == pipeline.negated { filled.failing } else { filled.holding });
    }

    /// The path that a file test shows to be missing where it comes out as `held`. The test and what it guards are one
    /// moment apart; who races it is outside of what one line can say.
    fn shown_missing(&mut self, st: &State, test: &Pipeline, held: bool) -> Option<String> {
        let [command] = test.commands.as_slice() else { return None };
        let (not, path) = file_test(command)?;
        let [cwd] = st.cwd.as_slice() else { return None };
        if (not != test.negated) != held {
            return None;
        }
        let cwd = cwd.literal()?.to_owned();
        let path = self.single(&mut st.clone(), path);
        path.literal().filter(|path| !path.is_empty()).map(|path| paths::join(&cwd, path))
    }

    /// Notes what is missing for everything that was added since `from`.
    fn note_absent(&mut self, missing: Option<String>, from: usize) {
        if let Some(path) = missing {
            self.out.absent.push(Absent { path, within: from..self.out.invocations.len() });
        }
    }

    pub(super) fn pipeline(&mut self, st: &mut State, pipeline: &Pipeline) -> Flow {
        if let [command] = pipeline.commands.as_slice() {
            let flow = self.command(st, command);
            if pipeline.negated && !flow.exits {
                let constant = flow.constant.map(|constant| !constant);
                return Flow { ok: flow.fail, fail: flow.ok, constant, ..flow };
            }
            return flow;
        }
        let last = pipeline.commands.len().saturating_sub(1);
        let mut stdin = st.stdin.clone();
        let mut output = None;
        let ran = self.files.begin_pipe();
        for (at, command) in pipeline.commands.iter().enumerate() {
            let mut inner = st.clone();
            inner.stdin = stdin.clone();
            inner.stdout = if at == last { st.stdout.clone() } else { Stdout::Pipe };
            let before = self.out.invocations.len();
            let flow = self.in_process(&mut inner, |eval, inner| eval.command(inner, command));
            output = flow.output;
            stdin = match &output {
                Some(text) if at < last => Stdin::Text(text.clone()),
                _ => Stdin::Pipe(self.piped(before)),
            };
            if self.exhausted {
                break;
            }
        }
        self.files.end_pipe(ran, st.repeated);
        Flow::here(st, output)
    }

    /// Invocations since `before` that write into a pipe.
    pub(super) fn piped(&self, before: usize) -> Vec<usize> {
        (before..self.out.invocations.len())
            .filter(|&at| self.out.invocations.get(at).is_some_and(|inv| inv.stdout == Stdout::Pipe && !inv.wrapper))
            .collect()
    }

    fn command(&mut self, st: &mut State, command: &Command) -> Flow {
        if !self.step(st, command.span) {
            return Flow { exits: true, ..Flow::default() };
        }
        match &command.kind {
            CommandKind::Simple { assigns, words } => self.simple(st, assigns, words, command),
            CommandKind::Function { name, body } => {
                self.defines(st, name, command.span);
                let home = st.file.clone().map(|file| (file, st.quiet));
                let function = Function { body: Rc::clone(body), home, doubtful: false, or: None };
                Rc::make_mut(&mut st.functions).insert(name.clone(), function);
                // Bash and zsh call these themselves.
                if is_hook(name) {
                    let mut inner = st.clone();
                    inner.calls.push(name.clone());
                    self.command(&mut inner, body);
                }
                Flow::here(st, Some(Value::default()))
            }
            _ => self.compound(st, command),
        }
    }

    /// A compound command: its redirections hold for everything in it.
    pub(super) fn compound(&mut self, st: &mut State, command: &Command) -> Flow {
        let redirects = self.redirects(st, &command.redirects);
        let (stdin, stdout) = (st.stdin.clone(), st.stdout.clone());
        if let Some(replaced) = redirects.stdin.clone() {
            st.stdin = replaced;
        }
        if redirects.stdout_file.is_some() {
            st.stdout = Stdout::Inherit;
        }
        let before = self.out.invocations.len();
        let joined = st.joined;
        st.joined |= redirects.joined;
        let open = self.opens(st, &redirects);
        let flow = self.inner(st, command);
        if open {
            self.files.end_write();
        }
        st.joined = joined;
        (st.stdin, st.stdout) = (stdin, stdout);
        let flow = Flow { output: redirects.passed(flow.output.clone(), st.joined), ..flow };
        if !redirects.files.is_empty() {
            self.bare_redirects(st, &redirects, command.span);
            let from = (before..self.out.invocations.len()).collect();
            self.written(st, &redirects, flow.output.as_ref(), from);
        }
        Flow { output: flow.output.filter(|_| redirects.stdout_file.is_none()), ..flow }
    }

    fn inner(&mut self, st: &mut State, command: &Command) -> Flow {
        match &command.kind {
            CommandKind::Group(script) => self.script(st, script),
            CommandKind::Subshell(script) => {
                let flow = self.in_process(&mut st.clone(), |eval, inner| eval.script(inner, script));
                Flow::here(st, flow.output)
            }
            CommandKind::If { branches, otherwise } => self.branches(st, branches, otherwise.as_ref()),
            CommandKind::While { condition, body } => self.while_loop(st, condition, body),
            CommandKind::For { name, words, body } => self.for_loop(st, name, words.as_deref(), body),
            CommandKind::ArithFor { exprs, body } => {
                for expr in exprs {
                    self.arith(st, &expr.parts, command.span);
                    if let Some(Part::Lit { text, .. }) = expr.parts.first()
                        && let Some((name, _)) = text.split_once('=')
                    {
                        st.set(name.trim(), Value::token(Origin::Other("counter")));
                    }
                }
                self.ways.push(Way::default());
                let mut inner = st.clone();
                inner.repeated = true;
                let certain = self.files.enter();
                self.script(&mut inner, body);
                self.once_more(st, &mut inner, &[body]);
                self.files.leave(certain);
                st.merge(&inner);
                self.arrive(st);
                Flow::here(st, None)
            }
            CommandKind::Case { value, arms } => {
                self.single(st, value);
                self.case_arms(st, arms)
            }
            CommandKind::Test { words, .. } => {
                for word in words {
                    let value = self.single(st, word);
                    self.subscripts(st, &value, word.span);
                    // `-eq` and its like take names for variables; which operator it is need not be known.
                    self.numbers(st, &value, word.span);
                }
                Flow::here(st, Some(Value::default()))
            }
            CommandKind::Arith(expr) => {
                self.arith(st, &expr.parts, command.span);
                Flow::here(st, Some(Value::default()))
            }
            CommandKind::Coproc(body) => {
                let mut inner = st.clone();
                inner.stdout = Stdout::Pipe;
                // What it reads is written to it later.
                inner.stdin = Stdin::Pipe(Vec::new());
                self.files.step_aside();
                self.in_process(&mut inner, |eval, inner| eval.command(inner, body));
                self.files.step_back();
                Flow::here(st, Some(Value::default()))
            }
            CommandKind::Simple { .. } | CommandKind::Function { .. } => self.command(st, command),
        }
    }

    fn case_arms(&mut self, st: &mut State, arms: &[(Vec<Word>, Script)]) -> Flow {
        let mut after: Option<State> = None;
        let mut all_exit = true;
        let mut any = false;
        for (patterns, body) in arms {
            let mut inner = st.clone();
            for pattern in patterns {
                self.single(&mut inner, pattern);
                any |= matches!(pattern.parts.as_slice(), [Part::Lit { text, quoted: false, .. }] if text == "*");
            }
            let certain = self.files.enter();
            let flow = self.script(&mut inner, body);
            self.files.leave(certain);
            all_exit &= flow.exits;
            match &mut after {
                _ if flow.exits => {}
                Some(after) => after.merge(&inner),
                None => after = Some(inner),
            }
        }
        // Where no arm takes anything, none may have been taken.
        match after {
            Some(after) if any => *st = after,
            Some(after) => st.merge(&after),
            None => {}
        }
        Flow { exits: any && all_exit, ..Flow::here(st, None) }
    }

    fn branches(&mut self, st: &mut State, branches: &[(Script, Script)], otherwise: Option<&Script>) -> Flow {
        let mut after: Option<State> = None;
        let mut all_exit = otherwise.is_some();
        let mut join = |inner: State, exits: bool| {
            if !exits {
                match &mut after {
                    Some(after) => after.merge(&inner),
                    None => after = Some(inner),
                }
            }
        };
        let mut otherwise_missing = None;
        let outside = self.files.depth();
        for (at, (condition, body)) in branches.iter().enumerate() {
            if at > 0 {
                self.files.enter();
            }
            self.script(st, condition);
            let mut inner = st.clone();
            let mut missing = None;
            if let Some(chain) = condition.chains.last() {
                if chain.pipelines.iter().all(|(join, _)| *join != Join::Or) {
                    chain.pipelines.iter().for_each(|(_, pipeline)| Self::note_tests(&mut inner, pipeline, true));
                }
                if let [(_, test)] = chain.pipelines.as_slice() {
                    missing = self.shown_missing(st, test, true);
                    otherwise_missing = self.shown_missing(st, test, false).filter(|_| branches.len() == 1);
                }
            }
            let from = self.out.invocations.len();
            let certain = self.files.enter();
            let flow = self.script(&mut inner, body);
            self.files.leave(certain);
            self.note_absent(missing, from);
            inner.tested.clone_from(&st.tested);
            all_exit &= flow.exits;
            join(inner, flow.exits);
        }
        match otherwise {
            Some(script) => {
                let mut inner = st.clone();
                let from = self.out.invocations.len();
                let certain = self.files.enter();
                let flow = self.script(&mut inner, script);
                self.files.leave(certain);
                self.note_absent(otherwise_missing, from);
                all_exit &= flow.exits;
                join(inner, flow.exits);
            }
            None => join(st.clone(), false),
        }
        self.files.leave(outside);
        if let Some(after) = after {
            *st = after;
        }
        Flow { exits: all_exit, ..Flow::here(st, None) }
    }

    fn while_loop(&mut self, st: &mut State, condition: &Script, body: &Script) -> Flow {
        self.ways.push(Way::default());
        let mut inner = st.clone();
        inner.repeated = true;
        // `… | while read line`: known input is walked line by line.
        let lines = match (&st.stdin, read_names(condition)) {
            (Stdin::Text(text), Some(names)) => text.literal().map(|text| (text.to_owned(), names)),
            _ => None,
        };
        if let Some((text, names)) = lines {
            for line in text.lines().take(MAX_ROUNDS) {
                let mut rest = line.trim();
                for (at, name) in names.iter().enumerate() {
                    let (word, tail) = match rest.split_once(char::is_whitespace) {
                        Some((word, tail)) if at + 1 < names.len() => (word, tail.trim_start()),
                        _ => (rest, ""),
                    };
                    inner.set(name, Value::lit(word));
                    rest = tail;
                }
                self.script(&mut inner, body);
            }
        } else {
            let certain = self.files.enter();
            self.script(&mut inner, condition);
            self.script(&mut inner, body);
            self.once_more(st, &mut inner, &[condition, body]);
            self.files.leave(certain);
        }
        st.merge(&inner);
        self.arrive(st);
        Flow::here(st, None)
    }

    /// Walks a loop's body again from what one round may have left behind.
    fn once_more(&mut self, before: &State, inner: &mut State, parts: &[&Script]) {
        let same = before.shows_as(inner) && self.ways.last().is_none_or(|way| way.left.is_none());
        if same || self.ways.len() > MAX_AGAIN || self.exhausted {
            return;
        }
        let mut again = before.clone();
        again.repeated = true;
        again.merge(inner);
        if let Some(left) = self.ways.last().and_then(|way| way.left.clone()) {
            again.merge(&left);
        }
        for part in parts {
            self.script(&mut again, part);
        }
        inner.merge(&again);
    }

    /// An early way out: the loops and the function that it leaves may end with this state.
    pub(super) fn leave(&mut self, st: &State, out: Out) {
        let mut levels = match out {
            Out::Loops(levels) => levels,
            Out::Function => MAX_WAYS,
        };
        for way in self.ways.iter_mut().rev().take(MAX_WAYS) {
            if levels == 0 || way.is_function && matches!(out, Out::Loops(_)) {
                break;
            }
            match &mut way.left {
                Some(left) => left.merge(st),
                None => way.left = Some(st.clone()),
            }
            levels = if way.is_function { 0 } else { levels - 1 };
        }
    }

    /// What the loop or function that ends here may have left by an early way out counts as well.
    pub(super) fn arrive(&mut self, st: &mut State) {
        if let Some(left) = self.ways.pop().and_then(|way| way.left) {
            let repeated = st.repeated;
            st.merge(&left);
            st.repeated = repeated;
        }
    }

    fn for_loop(&mut self, st: &mut State, name: &str, words: Option<&[Word]>, body: &Script) -> Flow {
        let values: Vec<Value> = match words {
            Some(words) => {
                let listed: Vec<Value> = self.fields(st, words).into_iter().map(|arg| arg.value).collect();
                listed.iter().flat_map(|value| self.on_disk(st, value)).collect()
            }
            None => match &st.params {
                Some(params) => params.clone(),
                None => vec![Value::unknown(Origin::Positional)],
            },
        };
        let span = words.and_then(<[Word]>::first).map_or_else(Span::default, |word| word.span);
        self.reaches(st, name, span);
        self.ways.push(Way::default());
        let mut inner = st.clone();
        let more = values.len() > MAX_ROUNDS;
        let mut output = Some(Value::default());
        for value in values.iter().take(MAX_ROUNDS) {
            inner.repeated = st.repeated || value.has_unknown();
            inner.set(name, element(value));
            // What is not known may be nothing.
            let certain = value.has_unknown().then(|| self.files.enter());
            let round = certain.is_some().then(|| inner.clone());
            let flow = self.script(&mut inner, body);
            if let Some(round) = round {
                self.once_more(&round, &mut inner, &[body]);
            }
            if let Some(certain) = certain {
                self.files.leave(certain);
            }
            output = match (output, flow.output) {
                (Some(mut all), Some(more)) if !value.has_unknown() => {
                    all.push_value(&more);
                    Some(all)
                }
                _ => None,
            };
            if self.exhausted {
                break;
            }
        }
        if more {
            inner.repeated = true;
            inner.set(name, Value::unknown(Origin::Variable(name.to_owned())));
            self.script(&mut inner, body);
            output = None;
        }
        inner.repeated = st.repeated;
        if values.iter().any(|value| value.literal().is_some()) {
            // The body runs at least once.
            *st = inner;
        } else {
            st.merge(&inner);
            if let Some(last) = inner.vars.get(name) {
                Rc::make_mut(&mut st.vars).change().insert(name.to_owned(), Var { exported: false, ..last.clone() });
            }
        }
        self.arrive(st);
        Flow::here(st, output)
    }
}

impl Eval<'_> {
    /// The names that a pattern stands for: those on disk, else any name of that form.
    pub(super) fn on_disk(&self, st: &State, value: &Value) -> Vec<Value> {
        if !value.has_glob() {
            return vec![value.clone()];
        }
        let cwd = st.cwd.first().and_then(Value::literal);
        if let (Some(cwd), false) = (cwd, value.has_unknown()) {
            let text = value.text();
            let relative = !text.starts_with('/');
            let pattern = if relative { paths::join(cwd, &text) } else { text.into_owned() };
            let mut found = self.world.glob(&pattern, MAX_ROUNDS + 1);
            // What the line itself wrote there comes first.
            let folder = |path: &str| path.matches('/').count();
            let mut written: Vec<String> = self
                .files
                .keys()
                .filter(|path| folder(path) == folder(&pattern) && crate::syntax::glob::matches(&pattern, path))
                .take(MAX_ROUNDS)
                .cloned()
                .collect();
            written.sort();
            found.retain(|path| !written.contains(path));
            found.splice(0..0, written);
            found.truncate(MAX_ROUNDS + 1);
            if !found.is_empty() {
                let root = format!("{}/", cwd.trim_end_matches('/'));
                let name = |path: String| match path.strip_prefix(&root) {
                    Some(rest) if relative => Value::lit(rest),
                    _ => Value::lit(path),
                };
                return found.into_iter().map(name).collect();
            }
        }
        let mut form = Value::default();
        for seg in value.segs() {
            match seg {
                Seg::Glob(_) => form.push_value(&Value::token(Origin::Other("file name"))),
                other => form.push(other.clone()),
            }
        }
        vec![form]
    }
}

/// One element of a list: an unknown word of `for` is one word, not several.
fn element(value: &Value) -> Value {
    let mut out = Value::default();
    for seg in value.segs() {
        out.push(match seg {
            Seg::Unknown(unknown) => Seg::Unknown(Unknown { may_be_empty: false, ..unknown.clone() }),
            other => other.clone(),
        });
    }
    out
}

/// The variables of `while read …`, where the loop's condition is just that.
fn read_names(condition: &Script) -> Option<Vec<String>> {
    let [chain] = condition.chains.as_slice() else { return None };
    let (_, pipeline) = chain.pipelines.first()?;
    let [command] = pipeline.commands.as_slice() else { return None };
    let CommandKind::Simple { words, .. } = &command.kind else { return None };
    let mut names = Vec::new();
    let mut words = words.iter().map(literal);
    if words.next()? != Some("read") {
        return None;
    }
    for word in words {
        let word = word?;
        if word.starts_with('-') {
            if !matches!(word, "-r" | "-e" | "-s") {
                return None;
            }
        } else {
            names.push(word.to_owned());
        }
    }
    if names.is_empty() {
        names.push("REPLY".to_owned());
    }
    Some(names)
}

/// The file test that a command is, and whether it asks for nothing to be there.
fn file_test(command: &Command) -> Option<(bool, &Word)> {
    let words: &[Word] = match &command.kind {
        CommandKind::Test { file, .. } => return file.as_ref().map(|test| (test.negated, &test.path)),
        CommandKind::Simple { words, .. } => match words.as_slice() {
            [first, inner @ .., last] if is_text(first, "[") && is_text(last, "]") => inner,
            [first, inner @ ..] if is_text(first, "test") => inner,
            _ => return None,
        },
        _ => return None,
    };
    let (not, operator, path) = match words {
        [operator, path] => (false, operator, path),
        [not, operator, path] if is_text(not, "!") => (true, operator, path),
        _ => return None,
    };
    ["-e", "-f", "-a"].iter().any(|known| is_text(operator, known)).then_some((not, path))
}
