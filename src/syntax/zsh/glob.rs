//! Parentheses in words: alternatives, and qualifiers behind a pattern. zshexpn(1), "Glob Operators", "Glob Qualifiers".

/// What parentheses in a word amount to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// Qualifiers choose among files; these texts are run for each.
    Qualifiers(Vec<Code>),
    /// Alternatives, as braces would say it.
    Alternatives(String),
    /// Some other pattern: any text.
    Any,
}

/// Code in a qualifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// Known.
    Text(String),
    /// Only known when it runs.
    Hidden(String),
}

/// Reads what stands between parentheses; `last` says that the word ends behind them, `front` that it began with them.
pub(crate) fn group(text: &str, last: bool, front: bool) -> Group {
    if let Some(flags) = text.strip_prefix("#q") {
        return Group::Qualifiers(codes(flags));
    }
    if text.starts_with('#') {
        // Flags of the pattern, as `(#i)`: they only say how it matches.
        return Group::Qualifiers(Vec::new());
    }
    if last && !front && !text.contains('|') {
        return Group::Qualifiers(codes(text));
    }
    let plain = !text.contains(['(', ')', '{', '}', ',', '<', '\'', '"', '\\', '$', '`', '~', '^', '#']);
    match plain {
        true if text.contains('|') => Group::Alternatives(format!("{{{}}}", text.replace('|', ","))),
        true => Group::Alternatives(text.to_owned()),
        false => Group::Any,
    }
}

/// The code that qualifiers run.
fn codes(raw: &str) -> Vec<Code> {
    let Some(text) = without_quotes(raw) else { return vec![Code::Hidden(raw.to_owned())] };
    let mut found = Vec::new();
    let mut rest = text.as_str();
    while let Some(ch) = rest.chars().next() {
        rest = rest.get(ch.len_utf8()..).unwrap_or("");
        let next = rest.chars().next();
        let skip = match ch {
            // Modifiers follow.
            ':' => break,
            '+' => {
                let length = rest.find(|ch: char| !(ch.is_alphanumeric() || "_-.".contains(ch))).unwrap_or(rest.len());
                let name = rest.get(..length).unwrap_or("");
                found.push(if name.is_empty() { Code::Hidden(raw.to_owned()) } else { Code::Text(name.to_owned()) });
                length
            }
            'e' if next.is_some_and(|next| !next.is_alphanumeric()) => match delimited(rest) {
                Some((code, length)) => {
                    found.push(Code::Text(code.to_owned()));
                    length
                }
                None => {
                    found.push(Code::Hidden(raw.to_owned()));
                    break;
                }
            },
            'u' | 'g' | 'f' | 'P' if next.is_some_and(|next| ":[{<('\"/|,".contains(next)) => {
                delimited(rest).map_or(rest.len(), |(_, length)| length)
            }
            '[' => rest.find(']').map_or(rest.len(), |close| close + 1),
            _ => 0,
        };
        rest = rest.get(skip..).unwrap_or("");
    }
    found
}

/// The text between a character and its like, and the length of it all. `None` where it is not clear which one that is.
fn delimited(text: &str) -> Option<(&str, usize)> {
    let open = text.chars().next()?;
    let close = match open {
        '[' => ']',
        '{' => '}',
        '<' => '>',
        '(' => ')',
        other => other,
    };
    let inner = text.get(open.len_utf8()..)?;
    let end = inner.find(close).filter(|end| inner.rfind(close) == Some(*end))?;
    Some((inner.get(..end)?, open.len_utf8() + end + close.len_utf8()))
}

/// The text as it is once its quotes are gone; `None` where something is expanded in it.
fn without_quotes(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(ch) = chars.next() {
        match ch {
            '\'' => loop {
                match chars.next()? {
                    '\'' => break,
                    ch => out.push(ch),
                }
            },
            '"' => loop {
                match chars.next()? {
                    '"' => break,
                    '$' | '`' => return None,
                    '\\' => out.extend(chars.next()),
                    ch => out.push(ch),
                }
            },
            '\\' => out.extend(chars.next()),
            '$' | '`' => return None,
            ch => out.push(ch),
        }
    }
    Some(out)
}
