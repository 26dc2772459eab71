//! `$name[…]`, `$+name`, `${(flags)name…}`, nested expansions and modifiers. zshexpn(1), "Parameter Expansion".

use super::super::ast::{Flags, Param, ParamOp, Part};
use super::super::{skim, word};

/// What stands unbraced behind a `$`, where zsh reads more or other than a name: the expansion and its length. `nested`
/// reads a range of the text.
pub(crate) fn bare(text: &str, nested: impl Fn(usize, usize) -> Vec<Part>) -> Option<(Param, usize)> {
    let bytes = text.as_bytes();
    let mut at = 1;
    let mut flags = Flags::default();
    let mut op = ParamOp::Plain;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'=' | b'~' => flags.letters.push(char::from(*byte)),
            b'^' => {}
            b'#' if name_length(text.get(at + 1..)?) > 0 => op = ParamOp::Length,
            b'+' if name_length(text.get(at + 1..)?) > 0 => op = ParamOp::Names,
            _ => break,
        }
        at += 1;
    }
    let length = name_length(text.get(at..)?);
    // `$=$(…)` and the like: what follows is read by itself.
    if length == 0 {
        return None;
    }
    let name = text.get(at..at + length)?.to_owned();
    at += length;
    let mut index = None;
    if bytes.get(at) == Some(&b'[')
        && let Some(close) = word::subscript_end(text, at)
    {
        index = Some(nested(at + 1, close));
        at = close + 1;
    }
    let (modifiers, used) = modifiers(text.get(at..).unwrap_or(""));
    flags.modifiers = modifiers;
    at += used;
    let zsh = (flags != Flags::default()).then(|| Box::new(flags));
    Some((Param { name, index, indirect: false, op, zsh }, at))
}

/// The length of a variable's name, or of a special one.
fn name_length(text: &str) -> usize {
    match text.chars().next() {
        Some(ch) if ch.is_ascii_alphabetic() || ch == '_' => {
            text.find(|ch: char| !(ch.is_ascii_alphanumeric() || ch == '_')).unwrap_or(text.len())
        }
        Some(ch) if ch.is_ascii_digit() => text.find(|ch: char| !ch.is_ascii_digit()).unwrap_or(text.len()),
        Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => 1,
        _ => 0,
    }
}

/// What stands between `${` and `}`. `nested` reads a range of it, as it is or as a word.
pub(crate) fn braced(inner: &str, nested: &dyn Fn(usize, usize, bool) -> Vec<Part>) -> Param {
    read(inner, nested).unwrap_or_else(|| Param {
        name: String::new(),
        index: None,
        indirect: false,
        op: ParamOp::Foreign(inner.to_owned()),
        zsh: None,
    })
}

fn read(inner: &str, nested: &dyn Fn(usize, usize, bool) -> Vec<Part>) -> Option<Param> {
    let bytes = inner.as_bytes();
    let mut flags = Flags::default();
    let mut at = 0;
    if bytes.first() == Some(&b'(') {
        at = read_flags(inner, &mut flags)?;
    }
    let mut op = None;
    while let Some(byte) = bytes.get(at) {
        let behind = inner.get(at + 1..).unwrap_or("");
        match byte {
            b'=' | b'~' if at == 0 || begins_value(behind) => flags.letters.push(char::from(*byte)),
            b'^' => {}
            b'#' if begins_value(behind) => op = Some(ParamOp::Length),
            b'+' if begins_value(behind) => op = Some(ParamOp::Names),
            _ => break,
        }
        at += 1;
    }
    let length = name_length(inner.get(at..)?);
    let mut name = inner.get(at..at + length)?.to_owned();
    if length > 0 {
        at += length;
    } else if let Some(end) = value_end(inner, at) {
        flags.over = Some(nested(at, end, false));
        at = end;
    } else if inner.get(at..).is_some_and(|rest| rest.starts_with(':') || rest.starts_with('-')) {
        flags.over = Some(Vec::new());
        name.clear();
    } else {
        return None;
    }
    let mut index = None;
    while bytes.get(at) == Some(&b'[') {
        let close = word::subscript_end(inner, at)?;
        // Of several only the last is followed; the value is at most what the first one yields.
        index = Some(nested(at + 1, close, true));
        at = close + 1;
    }
    let rest = inner.get(at..)?;
    let (modifiers, used) = modifiers(rest);
    let found = if used == rest.len() {
        flags.modifiers = modifiers;
        ParamOp::Plain
    } else {
        operator(rest, at, inner.len(), nested)?
    };
    let indirect = flags.letters.contains('P');
    let op = if found == ParamOp::Plain { op.unwrap_or(ParamOp::Plain) } else { found };
    let zsh = (flags != Flags::default()).then(|| Box::new(flags));
    Some(Param { name, index, indirect, op, zsh })
}

fn begins_value(text: &str) -> bool {
    name_length(text) > 0 || text.starts_with(['{', '$', '(', '"', '`', '=', '~', '^', ':', '#', '+'])
}

/// The end of a nested expansion or quoted text that begins at `at`.
fn value_end(inner: &str, at: usize) -> Option<usize> {
    let rest = inner.get(at..)?;
    if rest.starts_with("$((") {
        return Some(skim::arith_end(inner, at + 3)? + 2);
    }
    if rest.starts_with("$(") {
        return Some(skim::command_end(inner, at + 2)? + 1);
    }
    if rest.starts_with("${") {
        return Some(skim::brace_end(inner, at + 2, false)? + 1);
    }
    if rest.starts_with('"') {
        return Some(word::double_end(inner, at + 1)? + 1);
    }
    if rest.starts_with('`') {
        return Some(at + 2 + rest.get(1..)?.find('`')?);
    }
    let length = rest.strip_prefix('$').map_or(0, name_length);
    (length > 0).then_some(at + 1 + length)
}

/// Reads `(…)`; gives where it ends.
fn read_flags(inner: &str, flags: &mut Flags) -> Option<usize> {
    let mut at = 1;
    loop {
        let ch = inner.get(at..)?.chars().next()?;
        at += ch.len_utf8();
        match ch {
            ')' => return Some(at),
            's' | 'j' | 'l' | 'r' | 'g' | 'I' | 'Z' | '_' => {
                let open = inner.get(at..)?.chars().next()?;
                let close = match open {
                    '[' => ']',
                    '{' => '}',
                    '<' => '>',
                    '(' => ')',
                    other => other,
                };
                let start = at + open.len_utf8();
                let length = inner.get(start..)?.find(close)?;
                let text = inner.get(start..start + length)?.to_owned();
                at = start + length + close.len_utf8();
                match ch {
                    's' => flags.split = Some(text),
                    'j' => flags.join = Some(text),
                    other => flags.letters.push(other),
                }
                // Padding takes up to two texts more.
                while matches!(ch, 'l' | 'r') && inner.get(at..)?.starts_with(open) {
                    let start = at + open.len_utf8();
                    at = start + inner.get(start..)?.find(close)? + close.len_utf8();
                }
            }
            'f' => flags.split = Some("\n".to_owned()),
            '0' => flags.split = Some("\0".to_owned()),
            'F' => flags.join = Some("\n".to_owned()),
            other => flags.letters.push(other),
        }
    }
}

/// Modifiers at the front of a text (`:h`, `:t:r`, `:s/a/b/`), and how long they are.
fn modifiers(text: &str) -> (String, usize) {
    let mut found = String::new();
    let mut at = 0;
    while text.get(at..).is_some_and(|rest| rest.starts_with(':')) {
        let rest = text.get(at + 1..).unwrap_or("");
        let mut chars = rest.chars();
        let first = chars.next().unwrap_or(' ');
        let (letter, skip) = if first == 'g' { (chars.next().unwrap_or(' '), 1) } else { (first, 0) };
        let end = match letter {
            'h' | 't' => {
                let digits = rest.get(1..).unwrap_or("").bytes().take_while(u8::is_ascii_digit).count();
                1 + digits
            }
            'r' | 'e' | 'l' | 'u' | 'a' | 'A' | 'P' | 'q' | 'Q' | 'x' | 'c' => 1 + skip,
            's' => match substitution(rest.get(skip + 1..).unwrap_or("")) {
                Some(length) => skip + 1 + length,
                None => break,
            },
            _ => break,
        };
        found.push(':');
        found.push_str(rest.get(..end).unwrap_or(""));
        at += 1 + end;
    }
    (found, at)
}

/// The length of `/old/new/` behind `s`.
fn substitution(text: &str) -> Option<usize> {
    let mark = text.chars().next().filter(|ch| !ch.is_alphanumeric() && !ch.is_whitespace() && *ch != '}')?;
    let first = text.get(1..)?.find(mark)? + 1;
    let second = text.get(first + 1..)?.find(mark).map(|at| first + 1 + at + 1);
    Some(second.unwrap_or(text.len()))
}

fn operator(rest: &str, at: usize, end: usize, nested: &dyn Fn(usize, usize, bool) -> Vec<Part>) -> Option<ParamOp> {
    let word = |skip: usize| nested(at + skip, end, false);
    let verbatim = |skip: usize| nested(at + skip, end, true);
    let starts = |text: &str| rest.starts_with(text);
    Some(if rest.is_empty() {
        ParamOp::Plain
    } else if starts("::=") {
        ParamOp::Set(word(3))
    } else if starts(":-") {
        ParamOp::Default(true, word(2))
    } else if starts(":=") {
        ParamOp::Assign(true, word(2))
    } else if starts(":?") {
        ParamOp::Error(true, word(2))
    } else if starts(":+") {
        ParamOp::Alternative(true, word(2))
    } else if starts(":#") || starts(":|") || starts(":*") || starts(":^") {
        ParamOp::Choose(word(2))
    } else if starts(":/") {
        replace(rest, 2, at, end, Some('/'), nested)
    } else if starts(":") {
        ParamOp::Substring(verbatim(1))
    } else if starts("-") {
        ParamOp::Default(false, word(1))
    } else if starts("=") {
        ParamOp::Assign(false, word(1))
    } else if starts("?") {
        ParamOp::Error(false, word(1))
    } else if starts("+") {
        ParamOp::Alternative(false, word(1))
    } else if starts("##") {
        ParamOp::TrimStart(true, word(2))
    } else if starts("#") {
        ParamOp::TrimStart(false, word(1))
    } else if starts("%%") {
        ParamOp::TrimEnd(true, word(2))
    } else if starts("%") {
        ParamOp::TrimEnd(false, word(1))
    } else if starts("/") {
        let how = rest.chars().nth(1).filter(|ch| matches!(ch, '/' | '#' | '%'));
        replace(rest, 1 + usize::from(how.is_some()), at, end, how, nested)
    } else {
        return None;
    })
}

fn replace(
    rest: &str,
    from: usize,
    at: usize,
    end: usize,
    how: Option<char>,
    nested: &dyn Fn(usize, usize, bool) -> Vec<Part>,
) -> ParamOp {
    let split = word::replace_split(rest.get(from..).unwrap_or("")).map(|split| from + split);
    let pattern = nested(at + from, split.map_or(end, |split| at + split), false);
    let replacement = split.map_or_else(Vec::new, |split| nested(at + split + 1, end, false));
    ParamOp::Replace(how, pattern, replacement)
}
