//! For tests of the families: a machine in memory, and lines of plain words split into invocations.

use super::{Certainty, Cx, Effect, Shared};
use crate::syntax::{
    Analysis, Arg, Invocation, Origin, PathKind, Seg, Span, Stdin, Stdout, Tracked, Unknown, Value, World,
};

/// A machine with some files; the workspace is `/work`.
pub(crate) struct Fake {
    files: Vec<(String, String)>,
}

impl Fake {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect() }
    }
}

impl World for Fake {
    fn cwd(&self) -> &'static str {
        "/code"
    }
    fn home(&self) -> &'static str {
        "/home/me"
    }
    fn home_of(&self, _: &str) -> Option<String> {
        None
    }
    fn workspace(&self) -> Option<&str> {
        Some("/code")
    }
    fn var(&self, _: &str) -> Option<String> {
        None
    }
    fn var_names(&self) -> Vec<String> {
        Vec::new()
    }
    fn alias(&self, _: &str) -> Option<String> {
        None
    }
    fn function(&self, _: &str) -> Option<String> {
        None
    }
    fn kind(&self, path: &str) -> PathKind {
        if self.files.iter().any(|(known, _)| known == path) { PathKind::File } else { PathKind::Missing }
    }
    fn real_path(&self, path: &str) -> String {
        path.to_owned()
    }
    fn glob(&self, _: &str, _: usize) -> Vec<String> {
        Vec::new()
    }
    fn list(&self, _: &str, _: usize) -> Vec<String> {
        Vec::new()
    }
    fn read(&self, path: &str, max: usize) -> Option<Vec<u8>> {
        let (_, text) = self.files.iter().find(|(known, _)| known == path)?;
        (text.len() <= max).then(|| text.as_bytes().to_vec())
    }
    fn which(&self, _: &str) -> Option<String> {
        None
    }
    fn tracked(&self, _: &str) -> Option<Tracked> {
        None
    }
}

/// A word in which `$NAME` is not known.
fn value(word: &str) -> Value {
    let mut value = Value::default();
    let mut rest = word;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        let name: String = from[1..].chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
        value.push_lit(before);
        if name.is_empty() || before.ends_with('$') || value.suffix().ends_with('$') {
            value.push_lit("$");
            rest = &from[1..];
            continue;
        }
        let origin = Origin::Variable(name.clone());
        value.push(Seg::Unknown(Unknown { origin, quoted: true, may_be_empty: true, token: false }));
        rest = &from[1 + name.len()..];
    }
    value.push_lit(rest);
    value
}

/// Splits at a mark that stands outside quotes.
fn split<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    let (mut parts, mut from, mut quote) = (Vec::new(), 0, None);
    for (at, c) in text.char_indices() {
        match quote {
            None if matches!(c, '\'' | '"') => quote = Some(c),
            None if text[at..].starts_with(mark) && at >= from => {
                parts.push(&text[from..at]);
                from = at + mark.len();
            }
            Some(open) if open == c => quote = None,
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

fn invocation(part: &str, at: usize) -> Invocation {
    let pair = split(part, " < ");
    let (part, file) = (pair[0], pair.get(1).copied());
    let words = shell_words::split(part).unwrap_or_else(|error| panic!("{part}: {error}"));
    let mut args: Vec<Arg> = words.iter().map(|word| Arg { value: value(word), span: Span::default() }).collect();
    let program = args.remove(0);
    let stdin = match (file, at.checked_sub(1)) {
        (Some(file), _) => Stdin::File(value(file)),
        (None, Some(before)) => Stdin::Pipe(vec![before]),
        (None, None) => Stdin::Inherit,
    };
    Invocation {
        program: program.into(),
        args,
        assigns: [].into(),
        redirects: Vec::new(),
        stdin,
        stdout: Stdout::Inherit,
        cwd: Value::lit("/code"),
        via: Vec::new(),
        elevated: false,
        remote: None,
        span: Span::default(),
        facts: Vec::new(),
        wrapper: false,
        repeated: false,
    }
}

/// The pipeline of a line of plain words: ` | ` between programs, ` < FILE` at the end of one.
pub(crate) fn line(text: &str) -> Analysis {
    let invocations = split(text, " | ").into_iter().enumerate().map(|(at, part)| invocation(part, at)).collect();
    Analysis { invocations, ..Analysis::default() }
}

/// What one family finds in the last program of a line.
pub(crate) fn effects(text: &str, world: &Fake, family: fn(&Invocation, &Cx<'_>, &mut Vec<Effect>)) -> Vec<Effect> {
    let line = line(text);
    let mut out = Vec::new();
    if let Some((index, inv)) = line.invocations.iter().enumerate().next_back() {
        family(inv, &Cx::new(world, &line, index, &[], &Shared::default()), &mut out);
    }
    out
}

/// `kind target`, with `~` before what is only possible.
pub(crate) fn shown(effect: &Effect) -> String {
    let mark = if effect.certainty == Certainty::Possible { "~" } else { "" };
    format!("{mark}{} {}", effect.kind.as_str(), effect.target)
}
