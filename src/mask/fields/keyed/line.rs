//! What a line is: its key, the mark that it is, whether it goes on with a value.

use super::super::flow::{Flow, Hold};
use super::super::names::FieldId;
use super::super::stage::{Masking, one_line, trim, trimmed};
use super::Separator;

/// A key at the beginning of a line.
pub(super) struct Key {
    /// Without quotes.
    pub name: Vec<u8>,
    /// Its column.
    pub indent: usize,
    /// The separator's column.
    pub at: usize,
    pub separator: Separator,
    /// It stands in quotes.
    pub quoted: bool,
}

impl Key {
    /// The separator's column, where it is this one with a blank in front.
    pub(super) fn separator_at(&self, byte: u8) -> Option<usize> {
        (byte == b'=' && self.separator == Separator::Equals).then_some(self.at)
    }
}

/// What a line may be that matters to those behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// `*** 1. row ***`
    Vertical,
    /// `-[ RECORD 1 ]---`
    Record,
    /// `* Record 1`
    Plain,
    /// `2 rows in set`, `(2 rows)`
    Count,
    Blank,
    /// `kind: Secret`, and its column.
    Secret(usize),
    /// Another kind.
    Kind(usize),
    /// `---`
    Document,
}

/// The key that has just become complete with the line's last byte. `plain`: a blank parts it from its value.
pub(super) fn key(line: &[u8], plain: bool) -> Option<Key> {
    let (separator, width) = match line {
        // A colon counts with the blank behind it, or at the line's end.
        [.., b':', b' ' | b'\t' | b'\r'] => (Separator::Colon, 2),
        [.., b'='] => (Separator::Equals, 1),
        [.., b'|'] => (Separator::Bar, 1),
        [.., 0xe2, 0x94, 0x82] => (Separator::Bar, 3),
        [.., b' '] if plain => (Separator::Blank, 1),
        _ => return None,
    };
    let at = line.len() - width;
    let head = line.get(..at)?;
    let head = if separator == Separator::Bar {
        if is_blank(head) {
            return None;
        }
        head.strip_prefix(b"|").or_else(|| head.strip_prefix("\u{2502}".as_bytes())).unwrap_or(head)
    } else {
        head
    };
    let mut rest = head.trim_ascii_start();
    while separator == Separator::Colon
        && let Some(item) = rest.strip_prefix(b"- ").or_else(|| rest.strip_prefix(b"? "))
    {
        rest = item.trim_ascii_start();
    }
    let indent = at - rest.len();
    if separator == Separator::Equals {
        rest = rest.strip_prefix(b"export ").unwrap_or(rest);
    }
    let name = rest.trim_ascii();
    let (name, quoted) = match name {
        [quote @ (b'"' | b'\''), inner @ .., last] if quote == last => (inner, true),
        _ => (name, false),
    };
    if name.is_empty() {
        return None;
    }
    Some(Key { name: name.to_vec(), indent, at, separator, quoted })
}

/// What a line is.
pub(super) fn mark(line: &[u8]) -> Option<Mark> {
    let text = String::from_utf8_lossy(line.get(..line.len().min(256)).unwrap_or_default()).into_owned();
    let line = text.trim();
    if line.is_empty() {
        return Some(Mark::Blank);
    }
    if line.starts_with("**") && line.contains(". row **") {
        return Some(Mark::Vertical);
    }
    if line.contains("[ RECORD ") && line.starts_with(['-', '+', '\u{2500}', '\u{250c}', '\u{251c}', '\u{2554}']) {
        return Some(Mark::Record);
    }
    if line.starts_with("* Record ") {
        return Some(Mark::Plain);
    }
    if line.contains(" in set") || (line.starts_with('(') && line.ends_with(" rows)")) || line == "(1 row)" {
        return Some(Mark::Count);
    }
    if line == "---" {
        return Some(Mark::Document);
    }
    let bare = text.trim_start().trim_start_matches("- ").trim_start();
    let indent = text.trim_end_matches(['\r', '\n']).len() - bare.trim_end_matches(['\r', '\n']).len();
    let kind = bare.strip_prefix("kind:")?.trim().trim_matches(['"', '\'']);
    Some(if kind.eq_ignore_ascii_case("secret") { Mark::Secret(indent) } else { Mark::Kind(indent) })
}

/// Says whether a line stands at the margin and is no key, no item and no comment.
pub(super) fn is_outside(line: &[u8]) -> bool {
    match line.first() {
        None | Some(b' ' | b'\t' | b'#' | b'-' | b'\r') => false,
        Some(_) => !looks_keyed(line),
    }
}

/// Says whether a line has left the block below a key at this column: it is known by its first visible byte.
pub(super) fn left(line: &[u8], indent: usize) -> bool {
    let Some((last, before)) = line.split_last() else { return false };
    !last.is_ascii_whitespace() && is_blank(before) && before.len() <= indent
}

/// Says whether there is nothing but blanks.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

/// Says whether a line has a key.
pub(super) fn looks_keyed(line: &[u8]) -> bool {
    let line = trim(line);
    line.ends_with(b":") || line.windows(2).any(|two| two == b": ")
}

/// Says whether a value says that a block scalar follows: `|`, `>-`, `|2+`.
pub(super) fn is_block_header(value: &[u8]) -> bool {
    let Some((b'|' | b'>', rest)) = value.split_first() else { return false };
    let end = rest.iter().position(|byte| !matches!(byte, b'+' | b'-' | b'0'..=b'9')).unwrap_or(rest.len());
    let rest = trim(rest.get(end..).unwrap_or_default());
    rest.is_empty() || rest.starts_with(b"#")
}

/// Says whether a line of expanded output goes on with the value before: it has no key.
pub(super) fn continues(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let bar = |c: char| matches!(c, '|' | '\u{2502}');
    let inner = text.strip_prefix(bar).unwrap_or(&text);
    match inner.split_once(bar) {
        Some((key, _)) => key.trim().is_empty(),
        None => !super::super::stage::is_public(line),
    }
}

/// Lets a line or its value go, masked; bars at both ends, a mark for the next line and the width stay.
pub(super) fn close_bar(hold: &mut Hold, field: FieldId, masking: &mut Masking, out: &mut Flow) {
    const ENDS: &[&str] = &["|", "\u{2502}", "\u{21b5}", "+", "\u{2026}"];
    let (mut from, mut to) = trimmed(hold.text());
    if hold.is_over() {
        to = hold.text().len();
    }
    let text = hold.text();
    let at = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    while let Some(bar) = ENDS.iter().take(2).find(|bar| at(from, to).starts_with(bar.as_bytes())) {
        from += bar.len();
        from += trimmed(at(from, to)).0;
    }
    let mut framed = false;
    while let Some(end) = ENDS.iter().find(|end| at(from, to).ends_with(end.as_bytes())) {
        to -= end.len();
        to = from + trimmed(at(from, to)).1;
        framed = true;
    }
    let value = at(from, to).to_vec();
    if !hold.is_over() && Masking::passes(field, &value) {
        hold.release(out);
        return;
    }
    let mut mask = one_line(&masking.value(field, &value));
    if framed {
        let (need, have) = (super::super::stage::width(&mask), super::super::stage::width(&value));
        if need < have {
            mask.extend(std::iter::repeat_n(b' ', have - need));
        } else {
            let room = text.get(to..).unwrap_or_default().iter().take_while(|byte| **byte == b' ').count();
            to += (need - have).min(room.saturating_sub(1));
        }
    }
    hold.replace(from, to, &mask, out);
}
