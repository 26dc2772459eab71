//! What an interactive shell asks before each line hangs on names of that shell. Where a line sets one of them without an
//! assignment of its own (a function by that name, a loop's variable, arithmetic, fish's `set`), it is noted as one.

use super::Eval;
use super::state::State;
use crate::syntax::{ShellAssign, Span, Value};

/// What the names of our own functions and variables in an interactive shell begin with.
pub(crate) const OURS: &str = "__wardsh";
/// Variables of the shells that carry what is ours.
pub(crate) const CARRIERS: &[&str] = &["PS0", "preexec_functions", "zle_line_finish_functions"];

impl Eval<'_> {
    /// Notes that a name is set, where it is one of these.
    pub(super) fn reaches(&mut self, st: &State, name: &str, span: Span) {
        if self.world.interactive() && (name.starts_with(OURS) || name == "wardsh" || CARRIERS.contains(&name)) {
            let (span, _) = st.locate(span);
            self.out.assigns.push(ShellAssign { name: name.to_owned(), value: Value::default(), span });
        }
    }

    /// As [`Self::reaches`], for a function. Ours call every builtin by this one.
    pub(super) fn defines(&mut self, st: &State, name: &str, span: Span) {
        if name == "builtin" && self.world.interactive() {
            return self.reaches(st, "__wardsh (builtin)", span);
        }
        self.reaches(st, name, span);
    }
}
