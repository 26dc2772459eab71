//! Small operations on words that may be known only in part.

use crate::syntax::{Arg, Seg, Span, Value};

/// The basename of a program word, `.exe` taken off; also where only the folder in front of it is unknown.
pub(super) fn program_name(value: &Value) -> Option<&str> {
    let text = match value.literal() {
        Some(text) => text,
        None => value.suffix().rsplit_once('/').map(|_| value.suffix())?,
    };
    let base = text.rsplit('/').next().unwrap_or(text);
    let base = base.rsplit('\\').next().unwrap_or(base);
    let base = base.strip_suffix(".exe").unwrap_or(base);
    (!base.is_empty()).then_some(base)
}

/// The value as text for a shell: a glob operator is text again.
pub(super) fn as_text(value: &Value) -> Value {
    let mut text = Value::default();
    for seg in value.segs() {
        match seg {
            Seg::Lit(part) | Seg::Glob(part) => text.push_lit(part),
            Seg::Unknown(_) => text.push(seg.clone()),
        }
    }
    text
}

/// Words joined by single blanks, as `eval` and `ssh` do it.
pub(super) fn join(args: &[Arg]) -> Value {
    let mut text = Value::default();
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            text.push_lit(" ");
        }
        text.push_value(&as_text(&arg.value));
    }
    text
}

/// From the first word to the last; `fallback` where there is none.
pub(super) fn span_of(args: &[Arg], fallback: Span) -> Span {
    match (args.first(), args.last()) {
        (Some(first), Some(last)) => first.span.join(last.span),
        _ => fallback,
    }
}

/// The parts between the separators that are known; never empty.
pub(super) fn split(value: &Value, separator: char) -> Vec<Value> {
    let mut parts = vec![Value::default()];
    for seg in value.segs() {
        let Seg::Lit(text) = seg else {
            push_last(&mut parts, seg.clone());
            continue;
        };
        for (index, piece) in text.split(separator).enumerate() {
            if index > 0 {
                parts.push(Value::default());
            }
            push_last(&mut parts, Seg::Lit(piece.to_owned()));
        }
    }
    parts
}

fn push_last(parts: &mut [Value], seg: Seg) {
    if let Some(last) = parts.last_mut() {
        last.push(seg);
    }
}

/// What stands behind the first `count` bytes of the known text at the front.
pub(super) fn without_front(value: &Value, count: usize) -> Value {
    let mut rest = Value::default();
    for (index, seg) in value.segs().iter().enumerate() {
        match seg {
            Seg::Lit(text) if index == 0 => rest.push_lit(text.get(count..).unwrap_or("")),
            _ => rest.push(seg.clone()),
        }
    }
    rest
}

/// What stands behind a known front, if it is there.
pub(super) fn strip_front(value: &Value, front: &str) -> Option<Value> {
    value.prefix().starts_with(front).then(|| without_front(value, front.len()))
}

/// Splits `NAME=value`; `None` where the word is no assignment.
pub(super) fn assignment(value: &Value) -> Option<(String, Value)> {
    let (name, _) = value.prefix().split_once('=')?;
    let mut chars = name.chars();
    let valid = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
    valid.then(|| (name.to_owned(), without_front(value, name.len() + 1)))
}

/// As [`assignment`], for env(1), which takes any name: `BASH_FUNC_ls%%` is how a function is handed on.
pub(super) fn any_assignment(value: &Value) -> Option<(String, Value)> {
    let (name, _) = value.prefix().split_once('=')?;
    (!name.is_empty()).then(|| (name.to_owned(), without_front(value, name.len() + 1)))
}

/// Puts `with` in the place of every `token`; says whether there was one.
pub(super) fn replace(value: &Value, token: &str, with: &Value) -> (Value, bool) {
    let mut out = Value::default();
    let mut found = false;
    for seg in value.segs() {
        let (Seg::Lit(text) | Seg::Glob(text)) = seg else {
            out.push(seg.clone());
            continue;
        };
        if token.is_empty() || !text.contains(token) {
            out.push(seg.clone());
            continue;
        }
        found = true;
        for (index, piece) in text.split(token).enumerate() {
            if index > 0 {
                out.push_value(with);
            }
            out.push_lit(piece);
        }
    }
    (out, found)
}

/// The word quoted so that a shell reads it as one; unknown parts stay as they are, marked as quoted.
pub(super) fn quoted(value: &Value) -> Value {
    let mut out = Value::default();
    for seg in value.segs() {
        match seg {
            Seg::Lit(text) | Seg::Glob(text) => out.push_lit(&shell_words::quote(text)),
            Seg::Unknown(unknown) => {
                let mut unknown = unknown.clone();
                unknown.quoted = true;
                out.push(Seg::Unknown(unknown));
            }
        }
    }
    if value.segs().is_empty() {
        out.push_lit("''");
    }
    out
}

/// Splits text into words at blanks outside of quotes, as programs do that start a command without a shell.
///
/// An unknown part is one part of a word. An unclosed quote ends with the text.
pub(super) fn fields(value: &Value) -> Vec<Value> {
    let mut words = Vec::new();
    let mut word: Option<Value> = None;
    let mut quote: Option<char> = None;
    for seg in value.segs() {
        let (Seg::Lit(text) | Seg::Glob(text)) = seg else {
            word.get_or_insert_default().push(seg.clone());
            continue;
        };
        let mut chars = text.chars();
        let mut literal = String::new();
        while let Some(c) = chars.next() {
            match (quote, c) {
                (Some(open), c) if c == open => quote = None,
                (None, '\'' | '"') => {
                    quote = Some(c);
                    word.get_or_insert_default();
                }
                (None | Some('"'), '\\') => literal.extend(chars.next()),
                (None, c) if c.is_ascii_whitespace() => {
                    if !literal.is_empty() || word.is_some() {
                        let mut done = word.take().unwrap_or_default();
                        done.push_lit(&std::mem::take(&mut literal));
                        words.push(done);
                    }
                }
                (_, c) => literal.push(c),
            }
        }
        if !literal.is_empty() {
            word.get_or_insert_default().push_lit(&literal);
        }
    }
    words.extend(word);
    words
}

/// The same values as words that all stand at one place.
pub(super) fn at(values: Vec<Value>, span: Span) -> Vec<Arg> {
    values.into_iter().map(|value| Arg { value, span }).collect()
}

/// Says whether nothing is known of an unquoted word: it may be none, one or several words, options among them.
pub(super) fn may_be_many(value: &Value) -> bool {
    value.is_wholly_unknown() && value.unknowns().any(|unknown| !unknown.quoted && !unknown.token)
}
