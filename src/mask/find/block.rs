//! Blocks: private keys between a first and a last line.

#![forbid(unsafe_code)]

use memchr::memmem;

use super::{Candidate, Found, Look, Text};
use crate::mask::tag::mask_at;

/// Longest block that is held; of a longer one the rest is dropped.
const LONGEST: u64 = 16 << 10;
/// Most bytes of a line that are looked at in one piece.
const PIECE: usize = 4096;
/// So many lines of something else end a block that has no last line.
const STRANGE: u8 = 3;
/// So much base64 makes a line part of a key.
const RUN: usize = 16;
/// The same of bytes in hexadecimal with colons between.
const OCTETS: usize = 20;

/// What is in most last lines.
const MARK: &[u8] = b"END ";

/// What a block's lines were so far.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::mask) struct Lines {
    /// There was a line of a key.
    pub(in crate::mask) good: bool,
    strange: u8,
    /// Where the first of the last strange lines begins.
    since: u64,
}

pub(super) fn look(candidate: &mut Candidate, text: Text<'_>, ends: &[String]) -> Look {
    let from = match candidate.value {
        Some(from) => from,
        None => match begin(candidate, text) {
            Some(from) => from,
            None => return Look::More,
        },
    };
    let marked = ends.iter().all(|end| memmem::find(end.as_bytes(), MARK).is_some());
    let longest = ends.iter().map(String::len).max().unwrap_or(0) as u64;
    loop {
        let at = candidate.seen;
        let rest = &text.bytes[text.index(at)..];
        let line = memchr::memchr(b'\n', &rest[..rest.len().min(PIECE)]).map(|end| end + 1);
        let size = match line {
            Some(size) => size,
            None if rest.len() >= PIECE => PIECE,
            None if text.end => rest.len(),
            None => return if candidate.open { extend(candidate, candidate.start, false) } else { Look::More },
        };
        // A last line may stand across two pieces.
        let search_from = at.saturating_sub(longest).max(from);
        let window = text.between(search_from, at + size as u64);
        let possible = !marked || memmem::find(window, MARK).is_some();
        let found = ends.iter().filter(|_| possible).filter_map(|end| memmem::find(window, end.as_bytes()));
        let last = found.min();
        if let Some(last) = last {
            return finish(candidate, text, from, search_from + last as u64);
        }
        judge(&mut candidate.lines, &rest[..size], at);
        candidate.seen += size as u64;
        if candidate.lines.strange >= STRANGE {
            let since = candidate.lines.since;
            return if candidate.open || candidate.lines.good {
                finish(candidate, text, from, since)
            } else {
                Look::No
            };
        }
        if text.end && text.index(candidate.seen) == text.bytes.len() {
            let good = candidate.open || candidate.lines.good;
            return if good { finish(candidate, text, from, candidate.seen) } else { Look::No };
        }
        if candidate.seen - from >= LONGEST {
            if !candidate.lines.good {
                return Look::No;
            }
            // Lines that may prove to be something else stay held.
            let to = if candidate.lines.strange > 0 { candidate.lines.since } else { candidate.seen };
            let to = to.max(from);
            if candidate.open {
                if to > candidate.start && candidate.seen - candidate.start >= LONGEST {
                    return extend(candidate, to, false);
                }
            } else {
                candidate.open = true;
                candidate.start = to;
                let tagged = (from, to.min(from + LONGEST));
                return Look::Open(Found { from, to, tagged, cut: true });
            }
        }
    }
}

/// Finds where the block's own text begins: behind the first line's end, plain or escaped.
fn begin(candidate: &mut Candidate, text: Text<'_>) -> Option<u64> {
    let at = text.index(candidate.at);
    let skip = match &text.bytes[at..] {
        [b'\n', ..] => 1,
        [b'\\', b'n', ..] => 2,
        [b'\\', b'r', b'\\', b'n', ..] => 4,
        [b'\\', ..] | [] if text.bytes.len() - at < 4 && !text.end => return None,
        _ => 0,
    };
    let from = text.place(at + skip);
    candidate.value = Some(from);
    candidate.start = from;
    candidate.seen = from;
    Some(from)
}

/// What was dropped of an open block since the last look.
fn extend(candidate: &mut Candidate, to: u64, last: bool) -> Look {
    let from = candidate.start;
    candidate.start = to.max(from);
    let found = Found { from, to: to.max(from), tagged: (from, from), cut: true };
    if last { Look::Yes(found) } else { Look::Open(found) }
}

fn finish(candidate: &mut Candidate, text: Text<'_>, from: u64, to: u64) -> Look {
    if candidate.open {
        return extend(candidate, to, true);
    }
    let body = text.between(from, to);
    let body = body.strip_suffix(b"\n").unwrap_or(body);
    let body = body.strip_suffix(b"\\n").unwrap_or(body);
    if !candidate.lines.good && !run_of_base64(body, RUN) || mask_at(body) == Some(body.len()) {
        return Look::No;
    }
    Look::Yes(Found::whole(from, from + body.len() as u64))
}

fn run_of_base64(line: &[u8], least: usize) -> bool {
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    line.split(|byte| !base64(byte)).any(|run| run.len() >= least)
}

/// Says whether it is bytes in hexadecimal with colons between: `3c:de:c1:`.
fn is_octets(line: &[u8]) -> bool {
    let octet = |part: &[u8]| part.len() == 2 && part.iter().all(u8::is_ascii_hexdigit);
    let text = line.strip_suffix(b":").unwrap_or(line);
    text.len() > OCTETS && text.split(|byte| *byte == b':').all(octet)
}

fn judge(lines: &mut Lines, line: &[u8], at: u64) {
    let text = line.trim_ascii();
    if is_octets(text) {
        (lines.good, lines.strange) = (true, 0);
        return;
    }
    let neutral = text.len() < RUN && text.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b));
    let header = text.split(|byte| *byte == b':').next().is_some_and(|name| {
        name.len() < text.len() && name.len() < 24 && name.iter().all(|b| b.is_ascii_alphabetic() || *b == b'-')
    });
    if neutral || header {
        return;
    }
    if run_of_base64(text, RUN) && mask_at(text).is_none() {
        (lines.good, lines.strange) = (true, 0);
        return;
    }
    if lines.strange == 0 {
        lines.since = at;
    }
    lines.strange += 1;
}
