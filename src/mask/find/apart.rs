//! Values that stand apart from their key's name: name and value as a pair of fields, columns, `.netrc`, directives,
//! and the lines of a YAML block.
//!
//! Everything here looks back at most [`BACK`] bytes, so that what was forgotten never counts.

#![forbid(unsafe_code)]

use super::Text;
use super::key::Close;

/// So far back is looked for what a name stands behind.
const BACK: usize = 120;
/// Most bytes between a name and the value of its pair.
pub(super) const PAIR: usize = 224;
/// Most blank bytes within a block.
const BLANK: usize = 256;
/// Fields whose value is a name, and those that hold what it stands for.
const NAMES: &[&str] = &["name", "key", "variable", "parameterkey", "parametername", "env"];
const VALUES: &[&str] = &["value", "parametervalue", "secretvalue", "val", "string"];
/// What sets the variable that it is followed by.
const DIRECTIVES: &[&str] = &["ENV", "ARG", "setenv", "set -x", "set -gx", "set -Ux", "set -xg", "set --export"];

/// Where a value stands.
pub(super) enum Apart {
    /// More text is needed.
    More,
    /// Nowhere.
    No,
    /// Here.
    At(usize),
}

fn trim_end<'a>(mut text: &'a [u8], set: &[u8]) -> &'a [u8] {
    while let [rest @ .., last] = text {
        if !set.contains(last) {
            break;
        }
        text = rest;
    }
    text
}

fn ends_with(text: &[u8], word: &str) -> bool {
    let from = text.len().checked_sub(word.len());
    from.is_some_and(|from| text[from..].eq_ignore_ascii_case(word.as_bytes()))
}

/// What stands in front of a name, in its line.
fn before(bytes: &[u8], named: usize) -> &[u8] {
    let text = &bytes[named.saturating_sub(BACK)..named];
    memchr::memrchr(b'\n', text).map_or(text, |line| &text[line + 1..])
}

/// Says whether a name is itself the value of a field like `name`.
pub(super) fn is_named(bytes: &[u8], named: usize) -> bool {
    let text = before(bytes, named);
    if let Some(tag) = text.strip_suffix(b">") {
        return NAMES
            .iter()
            .any(|name| tag.len() > name.len() && ends_with(tag, name) && tag[tag.len() - name.len() - 1] == b'<');
    }
    let text = trim_end(trim_end(text, b"\"'\\"), b" \t");
    let Some(text) = text.strip_suffix(b":").or_else(|| text.strip_suffix(b"=")) else { return false };
    let text = trim_end(trim_end(text, b" \t"), b"\"'\\");
    let word = |name: &&&str| {
        let front = text.len().checked_sub(name.len() + 1).map(|at| text[at]);
        ends_with(text, name) && !front.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    NAMES.iter().any(|name| word(&name))
}

/// Where the value of a pair begins whose name ends at `place`: `", "value": `, a next line's `value: `,
/// `</key><string>`.
pub(super) fn pair(text: Text<'_>, place: usize) -> Apart {
    let bytes = &text.bytes[..text.bytes.len().min(place + PAIR)];
    let missing = if bytes.len() == place + PAIR || text.end { Apart::No } else { Apart::More };
    let skip = |mut at: usize, set: &[u8]| {
        while bytes.get(at).is_some_and(|byte| set.contains(byte)) {
            at += 1;
        }
        at
    };
    let mut at = skip(place, b"\"'\\");
    let tags = bytes.get(at) == Some(&b'<');
    if tags {
        let Some(end) = memchr::memchr(b'>', &bytes[at..]) else { return missing };
        if bytes.get(at + 1) != Some(&b'/') {
            return Apart::No;
        }
        at += end + 1;
    }
    at = skip(at, b", \t\n");
    if tags {
        match bytes.get(at) {
            None => return missing,
            Some(b'<') => at += 1,
            Some(_) => return Apart::No,
        }
    }
    at = skip(at, b"\"'\\");
    let word = bytes[at..].iter().take(16).take_while(|byte| byte.is_ascii_alphabetic()).count();
    if at + word == bytes.len() {
        return missing;
    }
    if !VALUES.iter().any(|value| value.as_bytes().eq_ignore_ascii_case(&bytes[at..at + word])) {
        return Apart::No;
    }
    at += word;
    if !tags {
        at = skip(skip(at, b"\"'\\"), b" \t");
    }
    match bytes.get(at) {
        None => missing,
        Some(b'>') if tags => Apart::At(at + 1),
        Some(b':' | b'=') if !tags => Apart::At(at + 1),
        Some(_) => Apart::No,
    }
}

/// How a value is closed that stands behind blanks at `place`, or where it stands in the next cell.
pub(super) fn spaced(text: Text<'_>, named: usize, blanks: usize, place: usize) -> Option<(Apart, Close)> {
    let bytes = text.bytes;
    let front = before(bytes, named);
    let trimmed = trim_end(front, b" \t");
    let bare = !bytes[place..].first().is_some_and(|byte| b"\"'`|=:<>(){}[],;.?!".contains(byte));
    let directive = |word: &&&str| {
        let at = trimmed.len().checked_sub(word.len());
        let free = |at: usize| at == 0 || !trimmed[at - 1].is_ascii_alphanumeric();
        trimmed.len() < front.len() && at.is_some_and(|at| trimmed[at..] == *word.as_bytes() && free(at))
    };
    if bare && (DIRECTIVES.iter().any(|word| directive(&word)) || is_netrc(bytes, named)) {
        return Some((Apart::At(place), Close::Blank));
    }
    let bar = |text: &[u8]| {
        if text.starts_with(b"|") {
            1
        } else if text.starts_with("│".as_bytes()) {
            3
        } else {
            0
        }
    };
    let width = bar(&bytes[place..]);
    if width > 0 && (trimmed.ends_with(b"|") || trimmed.ends_with("│".as_bytes())) {
        let at = place + width + bytes[place + width..].iter().take(64).take_while(|byte| **byte == b' ').count();
        let apart = match bytes.get(at) {
            None if text.end => Apart::No,
            None => Apart::More,
            Some(byte) if *byte < b' ' || bar(&bytes[at..]) > 0 => Apart::No,
            Some(_) => Apart::At(at),
        };
        return Some((apart, Close::Cell));
    }
    (bare && trimmed.is_empty() && blanks >= 2).then_some((Apart::At(place), Close::Cell))
}

/// Says whether a name stands behind `machine … login …`.
fn is_netrc(bytes: &[u8], named: usize) -> bool {
    let text = &bytes[named.saturating_sub(BACK)..named];
    let mut words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).rev();
    let login = words.nth(1).is_some_and(|word| word == b"login" || word == b"account");
    login && words.take(4).any(|word| word == b"machine" || word == b"default" || word == b"login")
}

/// Says what stands behind a value in a column: the end of its cell.
pub(super) fn closes_cell(text: Text<'_>, end: usize) -> Option<bool> {
    let rest = &text.bytes[end..];
    let blank = rest.iter().take(BLANK).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match rest.get(blank) {
        None if !text.end => None,
        None | Some(b'\n' | b'|') => Some(true),
        Some(_) => Some(rest[blank..].starts_with("│".as_bytes())),
    }
}

/// Where the lines of a YAML block begin whose mark (`|`, `>-`) stands at `place`, and the column of its key.
pub(super) fn block(text: Text<'_>, named: usize, place: usize) -> Option<(Apart, u8)> {
    let bytes = text.bytes;
    let front = before(bytes, named);
    let quiet = front.iter().all(|byte| b" -?+\"'".contains(byte));
    let column =
        u8::try_from(front.len() - front.iter().rev().take_while(|byte| b"\"'".contains(byte)).count()).ok()?;
    if !quiet || !matches!(bytes.get(place), Some(b'|' | b'>')) {
        return None;
    }
    let missing = if text.end { Apart::No } else { Apart::More };
    let mut at =
        place + 1 + bytes[place + 1..].iter().take(8).take_while(|byte| b"+-123456789 ".contains(byte)).count();
    match bytes.get(at) {
        None => return Some((missing, column)),
        Some(b'\n') => at += 1,
        Some(_) => return None,
    }
    let blank = bytes[at..].iter().take(BLANK).take_while(|byte| matches!(byte, b' ' | b'\n')).count();
    let Some(_) = bytes.get(at + blank) else { return Some((missing, column)) };
    let line = memchr::memrchr(b'\n', &bytes[at..at + blank]).map_or(at, |line| at + line + 1);
    let inside = at + blank - line > usize::from(column);
    Some((if inside { Apart::At(at + blank) } else { Apart::No }, column))
}

/// Where a block ends that goes on at `from`; else how far it was looked at.
pub(super) fn block_end(text: Text<'_>, from: usize, column: u8) -> Result<usize, usize> {
    let bytes = text.bytes;
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' => {
                let blank = bytes[at..].iter().take(BLANK).take_while(|byte| matches!(byte, b' ' | b'\n')).count();
                let line = memchr::memrchr(b'\n', &bytes[at..at + blank]).map_or(at, |line| at + line + 1);
                match bytes.get(at + blank) {
                    None if !text.end => return Err(at),
                    Some(_) if at + blank - line > usize::from(column) && blank < BLANK => at += blank,
                    _ => return Ok(at),
                }
            }
            b'\t' | b' '.. => at += 1,
            _ => return Ok(at),
        }
    }
    if text.end { Ok(at) } else { Err(at) }
}
