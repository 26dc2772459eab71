//! Tokens: a public prefix and a run of bytes behind it.

#![forbid(unsafe_code)]

use super::value::placeholder;
use super::{Candidate, Found, Look, Run, Text};
use crate::mask::class::Class;
use crate::mask::rule::{Boundary, Prefix};
use crate::mask::rules::Ready;
use crate::mask::schema::MAX_BODY;
use crate::mask::verify;

/// Most bytes between a prefix that is kept and its body.
const GAP: usize = 16;
/// So much of a token that was corrected is hidden.
const TYPED: u64 = 6;
/// So far back in a line is looked for what must stand in it.
const LINE: usize = 160;
/// After so many candidates in one run whose form was wrong, the run is masked.
const TRIES: u16 = 64;

pub(super) fn look(candidate: &mut Candidate, text: Text<'_>, ready: &Ready, prefix: &Prefix, run: &mut Run) -> Look {
    let Some(body) = ready.rule.value.body else { return Look::No };
    if candidate.open {
        return goes_on(candidate, text, &body);
    }
    let body_at = match candidate.value {
        Some(at) => at,
        None => match begin(candidate, text, prefix) {
            Ok(at) => at,
            Err(look) => return look,
        },
    };
    // The run of body bytes, measured from where it was left.
    if !(run.from <= body_at && body_at <= run.to) {
        *run = Run { from: body_at, to: body_at, tries: 0 };
    }
    let ahead = &text.bytes[text.index(run.to)..];
    run.to += ahead.iter().take_while(|byte| body.has(**byte)).count() as u64;
    let (min, max) = (u64::from(ready.rule.value.min), u64::from(ready.rule.value.max));
    let open_end = text.index(run.to) == text.bytes.len() && !text.end;
    let length = run.to - body_at;
    if length > max && prefix.boundary == Boundary::Word && max < u64::from(MAX_BODY) {
        return Look::No;
    }
    if open_end && length <= max {
        return Look::More;
    }
    if length < min {
        // Somebody corrects what they type: the rest comes behind the backspace. What may have blanks is no token but a
        // command line, in which editors move with backspaces.
        let corrected = text.bytes.get(text.index(run.to)) == Some(&0x08)
            && length >= min.div_ceil(4).max(TYPED)
            && !body.has(b' ');
        return if corrected { Look::Yes(Found::whole(candidate.start, run.to)) } else { Look::No };
    }
    let to = body_at + length.min(max);
    let next = text.bytes.get(text.index(to));
    if prefix.boundary == Boundary::Word && length <= max && next.is_some_and(u8::is_ascii_alphanumeric) {
        return Look::No;
    }
    let bytes = text.between(body_at, to);
    let from = if prefix.keep { body_at } else { candidate.start };
    if run.tries >= TRIES {
        return Look::Yes(Found::whole(from, to));
    }
    // What a shape finds behind a word may only stand for a secret.
    let named = prefix.keep && ready.rule.value.shape.is_some();
    let shown = |(first, last): &(usize, usize)| !named || !placeholder(&bytes[*first..*last]);
    let Some((first, last)) = ready
        .shape(bytes)
        .filter(|(first, last)| verify::sound(&ready.rule.value, &bytes[*first..*last]))
        .filter(shown)
    else {
        run.tries += 1;
        return Look::No;
    };
    if last - first < usize::from(ready.rule.value.min).min(bytes.len()) && ready.rule.value.shape.is_none() {
        return Look::No;
    }
    let from = if first > 0 { body_at + first as u64 } else { from };
    let end = body_at + last as u64;
    if length > max && max == u64::from(MAX_BODY) && end == to {
        candidate.open = true;
        candidate.seen = to;
        return Look::Open(Found { from, to, tagged: (from, to), cut: true });
    }
    Look::Yes(Found::whole(from, end))
}

/// Checks what stands in front, and finds where the body begins.
fn begin(candidate: &mut Candidate, text: Text<'_>, prefix: &Prefix) -> Result<u64, Look> {
    let literal = text.index(candidate.at) - candidate.literal;
    let mut from = literal;
    if let Some((class, min, max)) = &prefix.before {
        let run = text.bytes[..literal].iter().rev().take(usize::from(*max) + 1).take_while(|b| class.has(**b)).count();
        if run < usize::from(*min) || run > usize::from(*max) && prefix.boundary != Boundary::None {
            return Err(Look::No);
        }
        from = literal - run.min(usize::from(*max));
    }
    if !stands(text, from, literal, prefix) {
        return Err(Look::No);
    }
    let mut at = text.index(candidate.at);
    if let Some(gap) = &prefix.gap {
        at += text.bytes[at..].iter().take(GAP).take_while(|byte| gap.has(**byte)).count();
        if at == text.bytes.len() && !text.end && at - text.index(candidate.at) < GAP {
            return Err(Look::More);
        }
    }
    // What ends a line with a colon is about the next.
    if prefix.keep && text.bytes[..text.index(candidate.at)].ends_with(b":") {
        let below = text.bytes[at..].iter().take(GAP).take_while(|byte| matches!(byte, b' ' | b'\n')).count();
        if at + below == text.bytes.len() && !text.end && below < GAP {
            return Err(Look::More);
        }
        at += below;
    }
    let value = text.place(at);
    candidate.start = if prefix.keep { value } else { text.place(from) };
    candidate.value = Some(value);
    Ok(value)
}

/// Says whether there stands in front of a token, which begins at `from`, and of its literal what must, and nothing that
/// must not.
pub(super) fn stands(text: Text<'_>, from: usize, literal: usize, prefix: &Prefix) -> bool {
    let before = &text.bytes[..literal];
    (prefix.boundary == Boundary::None || verify::begins(text.bytes, from))
        && (prefix.line.is_empty() || stands_in_line(before, &prefix.line, prefix.above))
        && prefix.front.is_none_or(|front| begins_line(before, front))
        && !prefix.unless.iter().any(|word| ends_with(before, word.as_bytes()))
}

fn ends_with(text: &[u8], word: &[u8]) -> bool {
    text.len().checked_sub(word.len()).is_some_and(|at| text[at..].eq_ignore_ascii_case(word))
}

/// Says whether a line is of some bytes alone, as far back as is looked.
fn begins_line(before: &[u8], front: Class) -> bool {
    let run = before.iter().rev().take(LINE).take_while(|byte| front.has(**byte)).count();
    run > 0 && run < LINE && (run == before.len() || before[before.len() - run - 1] == b'\n')
}

/// Says whether one of the words stands in what is there of a line, or in so many lines above it.
fn stands_in_line(before: &[u8], words: &[String], above: u8) -> bool {
    let before = &before[before.len().saturating_sub(LINE)..];
    let mut line = memchr::memrchr(b'\n', before).map_or(0, |line| line + 1);
    let named = |byte: &u8| byte.is_ascii_alphanumeric() || b" \t_.".contains(byte);
    if before[line..].iter().all(named) {
        for _ in 0..above {
            line = memchr::memrchr(b'\n', &before[..line.saturating_sub(1)]).map_or(0, |line| line + 1);
        }
    }
    let lower = before[line..].to_ascii_lowercase();
    words.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
}

/// A token longer than may be held is masked to the end of its run.
fn goes_on(candidate: &mut Candidate, text: Text<'_>, body: &Class) -> Look {
    let from = candidate.seen;
    let ahead = &text.bytes[text.index(from)..];
    let to = from + ahead.iter().take_while(|byte| body.has(**byte)).count() as u64;
    let found = Found { from, to, tagged: (from, from), cut: true };
    candidate.seen = to;
    if text.index(to) == text.bytes.len() && !text.end { Look::Open(found) } else { Look::Yes(found) }
}
