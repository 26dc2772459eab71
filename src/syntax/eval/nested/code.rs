//! Code of other languages: looked into, and what it starts followed.

use std::rc::Rc;

use super::content::Content;
use crate::syntax::eval::redirects::Redirects;
use crate::syntax::eval::simple::Call;
use crate::syntax::eval::state::State;
use crate::syntax::eval::{Eval, MAX_LEVEL};
use crate::syntax::inside::{self, Interpreter, Lang, Run, Source};
use crate::syntax::{Arg, CodeFact, Dialect, Gap, Invocation, Seg, Span, Stdin, Value};

/// How the label of a library begins.
pub(super) const LIBRARY: &str = "library ";

/// Stands for an unknown part inside code of another language.
const UNKNOWN_IN_CODE: &str = "__WARDSH_UNKNOWN__";

impl Eval<'_> {
    pub(super) fn interpret(&mut self, st: &mut State, inv: &Invocation, interpreter: &Interpreter, index: usize) {
        let name = inv.name().unwrap_or("interpreter").to_owned();
        let (code, span, standing, label) = match &interpreter.source {
            Source::Module(_) => return,
            Source::Text { code, span } => (code.clone(), *span, false, format!("{name} -c")),
            Source::Stdin => match &inv.stdin {
                Stdin::Text(text) => (text.clone(), inv.span, false, format!("{name} -")),
                Stdin::File(path) => {
                    let path = path.clone();
                    return self.interpret_file(st, inv, interpreter, &path, inv.span, index);
                }
                Stdin::Pipe(_) => {
                    self.gap(st, Gap::Code, "code read from a pipe", inv.span);
                    return;
                }
                Stdin::Inherit => return,
            },
            Source::File { path, span } => {
                let (path, span) = (path.clone(), *span);
                return self.interpret_file(st, inv, interpreter, &path, span, index);
            }
        };
        if code.is_wholly_unknown() {
            self.gap(st, Gap::Code, &code.text(), span);
            return;
        }
        let mut inner = st.clone();
        inner.stdin = Stdin::Inherit;
        let text = code_text(&code);
        self.look(&mut inner, inv, interpreter.lang, &text, &interpreter.args, index, standing, &label, None);
    }

    pub(super) fn interpret_file(
        &mut self,
        st: &mut State,
        inv: &Invocation,
        interpreter: &Interpreter,
        path: &Value,
        span: Span,
        index: usize,
    ) {
        if path.sources().next().is_some() {
            if !self.stands(st, path) {
                self.gap(st, Gap::Code, &path.text(), span);
            }
            return;
        }
        let contents = self.contents_of(st, path, span);
        let label = format!("script {}", path.text());
        for content in contents {
            let (text, standing) = match content {
                Content::Fresh(text, _) => (code_text(&text), false),
                Content::Standing(text, _) => (text, true),
                Content::Hidden => {
                    self.gap(st, Gap::Code, &path.text(), span);
                    continue;
                }
            };
            let mut inner = st.clone();
            self.look(&mut inner, inv, interpreter.lang, &text, &interpreter.args, index, standing, &label, Some(path));
        }
    }

    /// Looks into code of another language; facts go to the invocation, started programs are followed.
    #[allow(clippy::too_many_arguments, reason = "one call per way that code is found")]
    pub(super) fn look(
        &mut self,
        st: &mut State,
        inv: &Invocation,
        lang: Lang,
        code: &str,
        args: &[Arg],
        index: usize,
        standing: bool,
        label: &str,
        script: Option<&Value>,
    ) {
        if st.level >= MAX_LEVEL {
            self.gap(st, Gap::Bound, "nested too deep", inv.span);
            return;
        }
        let look = inside::look_script(lang, code, args, script);
        let home = self.lookup(st, "HOME").unwrap_or_default();
        let library = label.starts_with(LIBRARY);
        let facts: Vec<CodeFact> = look
            .facts
            .into_iter()
            .filter(|fact| !(library && is_vague(fact)))
            .filter(|fact| !(standing && matches!(fact, CodeFact::Opaque(_))))
            .map(|fact| untilde(fact, &home))
            .collect();
        self.touched_by_code(st, &facts, script, standing, index);
        if let Some(listed) = self.out.invocations.get_mut(index) {
            listed.facts.extend(facts);
        }
        st.via.push(label.to_owned());
        st.level += 1;
        st.functions = Rc::default();
        st.aliases = Rc::default();
        st.quiet |= standing;
        for run in look.runs {
            let mut inner = st.clone();
            match run {
                Run::Shell(text) => self.in_process(&mut inner, |eval, inner| {
                    eval.shell_text(inner, &restore_unknown(&text), inv.span, Dialect::Sh);
                }),
                Run::Words(words) => {
                    let args: Vec<Arg> =
                        words.iter().map(|value| Arg { value: restore_unknown(value), span: inv.span }).collect();
                    // What a library's functions are given is not known here.
                    let args: Vec<Arg> =
                        args.into_iter().filter(|arg| !(library && arg.value.is_wholly_unknown())).collect();
                    if args.is_empty() {
                        continue;
                    }
                    let call = Call { args, assigns: Vec::new(), redirects: Redirects::default(), span: inv.span };
                    self.dispatch(&mut inner, call);
                }
                Run::Hidden(what) => self.gap(&inner, Gap::Code, &what, inv.span),
            }
        }
        st.via.pop();
        st.level -= 1;
    }

    /// Libraries that an interpreter loads by the line's words or variables: looked into as scripts are.
    pub(super) fn libraries(&mut self, st: &State, inv: &Invocation, index: usize) {
        for library in inside::libraries(inv) {
            for file in &library.files {
                let path = Value::lit(file.as_str());
                let Some(full) = self.absolute(st, &path) else { continue };
                let contents = self.contents(st, &full);
                let found = !contents.is_empty();
                for content in contents {
                    let (text, standing) = match content {
                        Content::Fresh(text, _) => (code_text(&text), false),
                        Content::Standing(text, _) => (text, true),
                        Content::Hidden => {
                            self.gap(st, Gap::Code, file, inv.span);
                            continue;
                        }
                    };
                    let label = format!("{LIBRARY}{file}");
                    self.look(&mut st.clone(), inv, library.lang, &text, &[], index, standing, &label, Some(&path));
                }
                if found {
                    break;
                }
            }
        }
    }
}

/// Code as text, with a name in the place of what is not known.
pub(super) fn code_text(code: &Value) -> String {
    code.segs()
        .iter()
        .map(|seg| match seg {
            Seg::Lit(text) | Seg::Glob(text) => text.as_str(),
            Seg::Unknown(_) => UNKNOWN_IN_CODE,
        })
        .collect()
}

/// A fact whose target is not known.
fn is_vague(fact: &CodeFact) -> bool {
    match fact {
        CodeFact::Delete { path, .. }
        | CodeFact::Overwrite(path)
        | CodeFact::Empty(path)
        | CodeFact::Move(path)
        | CodeFact::Permission(path)
        | CodeFact::Read(path) => restore_unknown(path).literal().is_none(),
        _ => false,
    }
}

/// Turns the placeholder in values that came back from a look into an unknown part again.
pub(super) fn restore_unknown(value: &Value) -> Value {
    let mut out = Value::default();
    for seg in value.segs() {
        match seg {
            Seg::Lit(text) if text.contains(UNKNOWN_IN_CODE) => {
                for (at, piece) in text.split(UNKNOWN_IN_CODE).enumerate() {
                    if at > 0 {
                        out.push_value(&Value::unknown(crate::syntax::Origin::Other("inserted text")));
                    }
                    out.push_lit(piece);
                }
            }
            other => out.push(other.clone()),
        }
    }
    out
}

/// Replaces `~` at the front of a fact's path by the home folder.
fn untilde(fact: CodeFact, home: &Value) -> CodeFact {
    let expand = |value: Value| {
        let value = restore_unknown(&value);
        match value.prefix().strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                let mut out = home.clone();
                out.push_lit(rest);
                value.segs().iter().skip(1).for_each(|seg| out.push(seg.clone()));
                out
            }
            _ => value,
        }
    };
    match fact {
        CodeFact::Delete { path, recursive } => CodeFact::Delete { path: expand(path), recursive },
        CodeFact::Overwrite(path) => CodeFact::Overwrite(expand(path)),
        CodeFact::Empty(path) => CodeFact::Empty(expand(path)),
        CodeFact::Move(path) => CodeFact::Move(expand(path)),
        CodeFact::Permission(path) => CodeFact::Permission(expand(path)),
        CodeFact::Read(path) => CodeFact::Read(expand(path)),
        other => other,
    }
}
