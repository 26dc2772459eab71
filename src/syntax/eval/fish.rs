//! Builtins that mean something else to fish.

use super::Eval;
use super::control::Flow;
use super::simple::Call;
use super::state::State;
use crate::syntax::parse::{self, Base, Depth};
use crate::syntax::{Arg, Dialect, Gap, Stdin, Value};

/// What stands between definitions in what is known.
const BETWEEN: char = '\u{1e}';
/// The body of a function that cannot be read: whoever calls it runs code that nobody knows.
const UNREAD: &str = "eval $__unread";

impl Eval<'_> {
    /// Takes over definitions, each by itself: one that our grammar does not read leaves the others alone.
    pub(super) fn learn_fish(&mut self, st: &mut State, known: &str, base: Base, depth: Depth) {
        for text in known.split(BETWEEN) {
            if let Ok(script) = parse::script(text, base, depth) {
                self.script(st, &script);
                continue;
            }
            let name = text.trim_start().strip_prefix("function '").and_then(|rest| rest.split('\'').next());
            let Some(name) = name else { continue };
            if let Ok(script) = parse::script(&format!("function '{name}'\n{UNREAD}\nend\n"), base, depth) {
                self.script(st, &script);
            }
        }
    }

    /// Commands of fish that change what it knows, or run code.
    pub(super) fn fish_command(&mut self, st: &mut State, name: &str, call: &Call) -> Option<Flow> {
        let args = call.args.get(1..).unwrap_or(&[]);
        let flag = |arg: &&Arg| arg.value.prefix().starts_with('-');
        match name {
            "set" => {
                let (flags, words): (Vec<&Arg>, Vec<&Arg>) = {
                    let at = args.iter().position(|arg| !arg.value.prefix().starts_with('-')).unwrap_or(args.len());
                    (args.iter().take(at).collect(), args.iter().skip(at).collect())
                };
                let exported = flags.iter().any(|arg| {
                    let text = arg.value.text();
                    text == "--export" || !text.starts_with("--") && text.contains('x')
                });
                let erases = flags.iter().any(|arg| arg.value.text().contains('e') && !arg.value.text().contains('x'));
                let queries = flags.iter().any(|arg| arg.value.is("-q") || arg.value.is("--query"));
                if let Some((first, values)) = words.split_first()
                    && let Some(name) =
                        first.value.literal().map(|name| name.split('[').next().unwrap_or(name).to_owned())
                    && !queries
                {
                    self.reaches(st, &name, call.span);
                    let mut elements: Vec<Value> = values.iter().map(|arg| arg.value.clone()).collect();
                    if erases && values.is_empty() {
                        st.unset(&name);
                    } else {
                        if flags
                            .iter()
                            .any(|arg| matches!(arg.value.literal(), Some("-a" | "-p" | "--append" | "--prepend")))
                        {
                            elements.extend(self.list(st, &name).unwrap_or_default());
                        }
                        if name == "PATH" {
                            let mut path = Value::default();
                            for (at, element) in elements.iter().enumerate() {
                                if at > 0 {
                                    path.push_lit(":");
                                }
                                path.push_value(element);
                            }
                            st.set(&name, path);
                        } else {
                            st.set_array(&name, elements.clone());
                        }
                        if exported {
                            st.export(&name);
                            for value in &elements {
                                self.environment_code(st, &name, value, call.span);
                            }
                        }
                    }
                }
                return Some(Flow::here(st, Some(Value::default())));
            }
            "alias" => {
                let words: Vec<&Arg> = args.iter().filter(|arg| !flag(arg)).collect();
                if let [name, text] = words.as_slice()
                    && let (Some(name), Some(text)) = (name.value.literal(), text.value.literal())
                {
                    std::rc::Rc::make_mut(&mut st.aliases).insert(name.to_owned(), text.to_owned());
                }
            }
            // Without a file, standard input is read.
            "source" | "." if args.iter().find(|arg| !flag(arg)).is_none_or(|arg| arg.value.is("-")) => {
                match call.redirects.stdin.clone().unwrap_or_else(|| st.stdin.clone()) {
                    Stdin::Text(text) => self.nested_text(&mut st.clone(), &text, call.span, "source", &[]),
                    Stdin::Inherit => {}
                    _ => self.gap(st, Gap::Code, "commands read from a pipe", call.span),
                }
            }
            "bind" | "complete" | "abbr" | "emit" | "fish_add_path"
                if args.iter().any(|arg| arg.value.text().contains('(')) =>
            {
                self.gap(st, Gap::Code, name, call.span);
            }
            "psub" => {
                let text = st.stdin.clone();
                if let Stdin::Text(text) = text {
                    let path = self.literal_file(text);
                    return Some(Flow::here(st, Some(path)));
                }
            }
            _ => {}
        }
        debug_assert_eq!(st.depth.dialect, Dialect::Fish);
        None
    }
}
