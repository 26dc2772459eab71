//! Traps: code that a shell process runs when it ends, or when a signal comes (POSIX, `trap`).
//!
//! One that runs at the end sees the variables of the end, or of the `exit` that came before it. One that a signal
//! starts may run between any two commands: what it sets may be set from then on.

use std::mem;
use std::rc::Rc;

use super::Eval;
use super::state::{CodeFile, State};
use crate::syntax::{Invocation, Origin, Span, Value};

/// Rounds of traps that set traps.
const MAX_ROUNDS: usize = 8;
/// States of one line in which a shell may end early that are followed.
const MAX_ENDINGS: usize = 256;
/// Values that signals may give variables.
const MAX_UNSTEADY: usize = 64;

/// Code that runs at the end of a shell process.
#[derive(Clone, Debug)]
pub(super) struct Trap {
    text: Value,
    span: Span,
    /// The file that it stands in, and whether that stood there before.
    home: (Option<Rc<CodeFile>>, bool),
}

impl Trap {
    pub(super) fn new(st: &State, text: Value, span: Span) -> Self {
        Self { text, span, home: (st.file.clone(), st.quiet) }
    }
}

impl Eval<'_> {
    /// Walks what a shell process of its own runs, and behind it the traps that it has set.
    pub(super) fn in_process<T>(&mut self, st: &mut State, walk: impl FnOnce(&mut Self, &mut State) -> T) -> T {
        let outer = (mem::take(&mut self.traps), self.ended.take());
        let out = walk(self, st);
        self.run_traps(st);
        (self.traps, self.ended) = outer;
        out
    }

    /// Walks the traps of the process that ends in this state.
    pub(super) fn run_traps(&mut self, st: &State) {
        for _ in 0..MAX_ROUNDS {
            let traps = mem::take(&mut self.traps);
            if traps.is_empty() {
                return;
            }
            let mut states = vec![st.clone()];
            if let Some(ended) = self.ended.take() {
                states[0].merge(&ended);
                // Words of the shell itself are not merged.
                states.extend(Some(ended).filter(|ended| ended.params != st.params));
            }
            for (state, trap) in states.iter().flat_map(|state| traps.iter().map(move |trap| (state, trap))) {
                let mut inner = state.clone();
                (inner.file, inner.quiet) = trap.home.clone();
                self.nested_text(&mut inner, &trap.text, trap.span, "trap", &[]);
            }
        }
    }

    /// `exit`: the traps of the process may run in this state.
    pub(super) fn ends(&mut self, st: &State) {
        if self.traps.is_empty() {
            return;
        }
        match &mut self.ended {
            Some(ended) => ended.merge(st),
            None => self.ended = Some(st.clone()),
        }
    }

    /// Notes the state before it changes: a signal or `set -e` may end the process in it.
    pub(super) fn may_end(&mut self, st: &State) {
        if !self.traps.is_empty() && self.endings < MAX_ENDINGS {
            self.endings += 1;
            self.ends(st);
        }
    }

    /// Takes over a `trap`; false where its code is to be walked at once.
    pub(super) fn defer(&mut self, st: &mut State, inv: &Invocation) -> bool {
        let args = match inv.args.as_slice() {
            [end, rest @ ..] if end.value.is("--") => rest,
            all => all,
        };
        let [text, signals @ ..] = args else { return false };
        if text.value.prefix().starts_with('-') || signals.is_empty() {
            return false;
        }
        let trap = Trap::new(st, text.value.clone(), text.span);
        if !signals.iter().all(|signal| signal.value.is("EXIT") || signal.value.is("0")) {
            self.may_set(st, &trap);
        }
        let at_once = signals.iter().any(|arg| matches!(arg.value.literal(), None | Some("DEBUG" | "ERR" | "RETURN")));
        if !at_once {
            self.traps.push(trap);
        }
        !at_once
    }

    /// What a signal's code sets may hold from now on, whatever the line sets later.
    fn may_set(&mut self, st: &mut State, trap: &Trap) {
        let mut after = st.clone();
        // Only what it sets matters here; what it does is walked in its own time.
        let kept = (mem::take(&mut self.out), mem::take(&mut self.traps));
        self.nested_text(&mut after, &trap.text, trap.span, "trap", &[]);
        (self.out, self.traps) = kept;
        if Rc::ptr_eq(&st.vars, &after.vars) {
            return;
        }
        let set = |name: &str| !name.starts_with("__unknown_");
        let changed = after.vars.iter().filter(|(name, var)| set(name) && st.vars.get(*name) != Some(*var));
        let mut values: Vec<(String, Value)> = changed
            .filter_map(|(name, var)| Some((name, var.alternatives.first()?)))
            // Where a value came from was counted for the walk that was thrown away.
            .map(|(name, value)| match value.literal() {
                Some(_) => (name.clone(), value.clone()),
                None => (name.clone(), Value::unknown(Origin::Variable(name.clone()))),
            })
            .collect();
        values.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, value) in &values {
            st.may_be(name, value);
        }
        let room = MAX_UNSTEADY.saturating_sub(st.unsteady.len());
        Rc::make_mut(&mut st.unsteady).extend(values.into_iter().take(room));
    }
}
