//! Secrets on the lines behind a prefix: recovery codes, the words of a wallet, what a command prints that was typed.

#![forbid(unsafe_code)]

use super::value::placeholder;
use super::{Candidate, Found, Look, Text, list, token};
use crate::mask::rule::Prefix;
use crate::mask::rules::Ready;
use crate::mask::verify;

/// Longest rest of the line that the prefix stands in.
const REST: u64 = 240;
/// Longest list that is looked at, and longest line of one.
const LIST: usize = 4096;
/// Most blank and ruled lines in front of the first.
const SKIPPED: usize = 3;

/// What a line is.
enum Line {
    /// Blank, or drawn.
    Empty,
    /// One of the list: where its secret begins and ends.
    One(usize, usize),
    /// Something else.
    Other,
}

/// Looks at the lines behind a prefix: from `least` of them on that have the rule's shape they are secret, at most `most`
/// of them. Of lists that may have one line each has a mask of its own.
pub(super) fn look(
    candidate: &mut Candidate,
    text: Text<'_>,
    ready: &Ready,
    prefix: &Prefix,
    (least, most): (u16, u16),
) -> Look {
    let Some(from) = candidate.value else {
        return match line_end(candidate, text, prefix) {
            Ok(()) => look(candidate, text, ready, prefix, (least, most)),
            Err(look) => look,
        };
    };
    let each = least == 1 && most > 1;
    let from = text.index(from);
    let room = text.bytes.len().min(from + LIST);
    let over = text.end || room == from + LIST;
    let (mut at, mut skipped, mut count) = (from, 0, 0);
    let mut found = None::<(usize, usize)>;
    while at < room && count < most {
        let end = match memchr::memchr(b'\n', &text.bytes[at..room]) {
            Some(end) => at + end,
            None if over => room,
            None => return Look::More,
        };
        match read(&text.bytes[at..end], ready) {
            Line::Empty if count == 0 && !candidate.lines.good && skipped < SKIPPED => skipped += 1,
            Line::Other if each && !candidate.lines.good && skipped < SKIPPED => skipped += 1,
            Line::One(first, last) if each => {
                let next = text.place((end + 1).min(room));
                let found = Found::whole(text.place(at + first), text.place(at + last));
                (candidate.value, candidate.start, candidate.lines.good) = (Some(next), next, true);
                return Look::Open(found);
            }
            Line::One(first, last) => {
                found = Some((found.map_or(at + first, |(first, _)| first), at + last));
                count += 1;
            }
            Line::Empty | Line::Other => break,
        }
        at = end + 1;
        if at >= room && !over && count < most {
            return Look::More;
        }
    }
    if from == room && !text.end {
        return Look::More;
    }
    match found {
        Some((first, last)) if count >= least => Look::Yes(Found::whole(text.place(first), text.place(last))),
        _ => Look::No,
    }
}

/// Goes to the end of the line that the prefix stands in; what is in it is shown.
fn line_end(candidate: &mut Candidate, text: Text<'_>, prefix: &Prefix) -> Result<(), Look> {
    let literal = text.index(candidate.at).saturating_sub(candidate.literal);
    // What stands in front is looked at once: it may be forgotten then.
    if candidate.seen == candidate.at && !token::stands(text, literal, literal, prefix) {
        return Err(Look::No);
    }
    let rest = text.between(candidate.seen, candidate.at + REST);
    let Some(end) = memchr::memchr(b'\n', rest) else {
        candidate.seen += rest.len() as u64;
        candidate.start = candidate.seen;
        let over = text.end || candidate.seen >= candidate.at + REST;
        return Err(if over { Look::No } else { Look::More });
    };
    let from = candidate.seen + end as u64 + 1;
    (candidate.value, candidate.start) = (Some(from), from);
    Ok(())
}

fn read(line: &[u8], ready: &Ready) -> Line {
    let begin = line.len() - line.trim_ascii_start().len();
    let trimmed = line.trim_ascii();
    if trimmed.iter().all(|byte| b"=-*_~#|+ ".contains(byte)) {
        return Line::Empty;
    }
    // A frame, and what marks an item.
    let framed = trimmed.len() > 2 && trimmed.starts_with(b"|") && trimmed.ends_with(b"|");
    let inner = if framed { &trimmed[1..trimmed.len() - 1] } else { trimmed };
    let text = inner.trim_ascii();
    let text = text[list::marked(text)..].trim_ascii_start();
    // What is left of it ends where the text does.
    let begin = begin + usize::from(framed) + inner.trim_ascii_end().len() - text.len();
    let trimmed = text;
    let spec = &ready.rule.value;
    let Some((first, last)) = ready.shape(trimmed) else { return Line::Other };
    let value = &trimmed[first..last];
    let fits = (usize::from(spec.min)..=usize::from(spec.max)).contains(&value.len())
        && spec.body.is_none_or(|body| value.iter().all(|byte| body.has(*byte)))
        && !placeholder(value)
        && verify::sound(spec, value);
    if fits { Line::One(begin + first, begin + last) } else { Line::Other }
}
