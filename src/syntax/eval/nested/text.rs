//! Text that a shell runs: given in the line, fed to a shell, or in a script.

use std::rc::Rc;

use super::content::Content;
use crate::syntax::eval::state::{CodeFile, State};
use crate::syntax::eval::{Eval, MAX_LEVEL};
use crate::syntax::parse::Base;
use crate::syntax::{Arg, Dialect, Gap, Invocation, Seg, Span, Stdin, Value};

impl Eval<'_> {
    /// Follows text that a shell would run, in a state of its own that the caller made.
    pub(in crate::syntax::eval) fn nested_text(
        &mut self,
        st: &mut State,
        text: &Value,
        span: Span,
        label: &str,
        params: &[Arg],
    ) {
        if st.level >= MAX_LEVEL {
            self.gap(st, Gap::Bound, "nested too deep", span);
            return;
        }
        st.via.push(label.to_owned());
        st.level += 1;
        let saved = st.params.clone();
        if let Some((_, rest)) = params.split_first() {
            st.params = Some(rest.iter().map(|arg| arg.value.clone()).collect());
        }
        self.shell_text(st, text, span, st.depth.dialect);
        st.params = saved;
        st.level -= 1;
        st.via.pop();
    }

    pub(super) fn shell_text(&mut self, st: &mut State, text: &Value, span: Span, dialect: Dialect) {
        if text.is_wholly_unknown() {
            self.gap(st, Gap::Code, &text.text(), span);
            return;
        }
        let mut source = String::new();
        for (at, seg) in text.segs().iter().enumerate() {
            match seg {
                Seg::Lit(text) | Seg::Glob(text) => source.push_str(text),
                Seg::Unknown(unknown) => {
                    let name = format!("__unknown_{}_{at}", st.level);
                    let mut value = Value::default();
                    value.push(Seg::Unknown(unknown.clone()));
                    st.set(&name, value);
                    source.push_str("${");
                    source.push_str(&name);
                    source.push('}');
                }
            }
        }
        if dialect == Dialect::Foreign && crate::syntax::parse::script(&source, st.flat(span), st.depth).is_err() {
            self.gap(st, Gap::Code, &source, span);
            return;
        }
        let depth = st.depth.deeper().read_by(dialect);
        if depth.exhausted() {
            self.gap(st, Gap::Bound, &source, span);
            return;
        }
        let saved = std::mem::replace(&mut st.depth, depth);
        self.text(st, &source, st.flat(span), depth);
        st.depth = saved;
    }

    pub(super) fn shell_stdin(&mut self, st: &mut State, inv: &Invocation, dialect: Dialect) {
        match &inv.stdin {
            Stdin::Inherit => {}
            Stdin::Text(text) => {
                st.stdin = Stdin::Text(Value::default());
                if text.literal() != Some("") {
                    self.shell_text(st, text, inv.span, dialect);
                }
            }
            Stdin::File(path) => {
                let path = path.clone();
                self.shell_file(st, &path, inv.span, dialect);
            }
            Stdin::Pipe(_) => self.gap(st, Gap::Code, "commands read from a pipe", inv.span),
        }
    }

    pub(super) fn shell_file(&mut self, st: &mut State, path: &Value, span: Span, dialect: Dialect) {
        if path.sources().next().is_some() {
            if !self.stands(st, path) && !self.set_up(path) {
                self.gap(st, Gap::Code, &path.text(), span);
            }
            return;
        }
        let contents = self.contents_of(st, path, span);
        let mut after: Option<State> = None;
        for content in contents {
            let mut inner = st.clone();
            match content {
                Content::Fresh(text, path) => match text.literal() {
                    Some(text) => self.shell_script(&mut inner, text, &path, span, dialect, false),
                    None => self.shell_text(&mut inner, &text, span, dialect),
                },
                Content::Standing(text, path) => self.shell_script(&mut inner, &text, &path, span, dialect, true),
                Content::Hidden => self.gap(st, Gap::Code, &path.text(), span),
            }
            match &mut after {
                Some(after) => after.merge(&inner),
                None => after = Some(inner),
            }
        }
        if let Some(after) = after {
            *st = after;
        }
    }

    pub(super) fn shell_script(
        &mut self,
        st: &mut State,
        text: &str,
        path: &str,
        span: Span,
        dialect: Dialect,
        standing: bool,
    ) {
        if dialect == Dialect::Foreign || st.level >= MAX_LEVEL {
            if !standing {
                self.gap(st, Gap::Code, path, span);
            }
            return;
        }
        let (outer, _) = st.locate(span);
        let file = CodeFile::new(format!("script {path}"), text, outer);
        let saved = (st.file.replace(Rc::new(file)), st.quiet);
        st.quiet |= standing;
        st.level += 1;
        let depth = st.depth.read_by(dialect);
        let reader = std::mem::replace(&mut st.depth, depth);
        self.text(st, text, Base::At(0), depth);
        st.depth = reader;
        st.level -= 1;
        (st.file, st.quiet) = saved;
    }
}

/// Appends a value so that a shell reads it as part of one word.
pub(in crate::syntax::eval) fn push_quoted(out: &mut Value, value: &Value) {
    for seg in value.segs() {
        match seg {
            Seg::Lit(text) => out.push_lit(&shell_words::quote(text)),
            other => out.push(other.clone()),
        }
    }
}
