//! Brace expansion: `{a,b}`, `{1..9}`, nested, bounded.

use crate::syntax::ast::{Part, Word};

/// How many words one word may become; beyond it the rest is left out and said so.
const MAX_WORDS: usize = 512;
/// How many open braces of a word are looked at.
const MAX_OPEN: usize = 64;
/// How many members of a sequence are followed.
const MAX_SEQUENCE: usize = 128;

/// One element of a word: an unquoted character, or anything else as a whole.
#[derive(Clone)]
enum Piece {
    Char(char),
    Part(Part),
}

/// Expands the braces of a word; `None` where it has none. The flag says that there were more words than are followed.
pub(crate) fn expand(word: &Word) -> Option<(Vec<Word>, bool)> {
    let braced = word.parts.iter().any(|part| matches!(part, Part::Lit { text, quoted: false } if text.contains('{')));
    if !braced {
        return None;
    }
    let mut pieces = Vec::new();
    for part in &word.parts {
        match part {
            Part::Lit { text, quoted: false } => pieces.extend(text.chars().map(Piece::Char)),
            other => pieces.push(Piece::Part(other.clone())),
        }
    }
    let mut cut = false;
    let expanded = combine(&pieces, 0, &mut cut);
    let words = expanded
        .into_iter()
        .map(|pieces| Word { parts: parts(pieces).into(), span: word.span, assign: word.assign.clone() })
        .collect();
    Some((words, cut))
}

fn parts(pieces: Vec<Piece>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Part(part) => parts.push(part),
            Piece::Char(ch) => {
                if let Some(Part::Lit { text, quoted: false }) = parts.last_mut() {
                    text.push(ch);
                } else {
                    parts.push(Part::Lit { text: ch.to_string(), quoted: false });
                }
            }
        }
    }
    parts
}

fn combine(pieces: &[Piece], depth: usize, cut: &mut bool) -> Vec<Vec<Piece>> {
    let Some((open, close, members)) = first_brace(pieces) else { return vec![pieces.to_vec()] };
    if depth > 8 {
        *cut = true;
        return vec![pieces.to_vec()];
    }
    let (before, after) = (&pieces[..open], &pieces[close + 1..]);
    let tails = combine(after, depth + 1, cut);
    let mut out = Vec::new();
    for member in members.into_iter().flat_map(|member| combine(&member, depth + 1, cut)) {
        for tail in &tails {
            if out.len() >= MAX_WORDS {
                *cut = true;
                return out;
            }
            out.push([before, &member, tail].concat());
        }
    }
    out
}

/// Finds the first brace expression: where it opens and closes, and its members. Only so many open braces are tried.
fn first_brace(pieces: &[Piece]) -> Option<(usize, usize, Vec<Vec<Piece>>)> {
    let opens = pieces.iter().enumerate().filter(|(_, piece)| is_char(piece, '{')).map(|(at, _)| at);
    opens.take(MAX_OPEN).find_map(|open| {
        let (close, commas) = closing(pieces, open)?;
        let bounds: Vec<usize> = [open].into_iter().chain(commas.iter().copied()).chain([close]).collect();
        let members: Vec<Vec<Piece>> =
            bounds.windows(2).filter_map(|pair| Some(pieces.get(pair[0] + 1..pair[1])?.to_vec())).collect();
        if !commas.is_empty() {
            return Some((open, close, members));
        }
        Some((open, close, sequence(members.first()?)?))
    })
}

/// Where the brace at `open` closes, and the commas between that belong to it.
fn closing(pieces: &[Piece], open: usize) -> Option<(usize, Vec<usize>)> {
    let mut depth = 0_usize;
    let mut commas = Vec::new();
    for (at, piece) in pieces.iter().enumerate().skip(open) {
        if is_char(piece, '{') {
            depth += 1;
        } else if is_char(piece, '}') {
            depth -= 1;
            if depth == 0 {
                return Some((at, commas));
            }
        } else if is_char(piece, ',') && depth == 1 {
            commas.push(at);
        }
    }
    None
}

fn is_char(piece: &Piece, wanted: char) -> bool {
    matches!(piece, Piece::Char(ch) if *ch == wanted)
}

/// Reads `1..9`, `a..e`, `01..10..2`. What is longer than followed is cut in the middle: first and last members stay.
fn sequence(member: &[Piece]) -> Option<Vec<Vec<Piece>>> {
    let text: String = member
        .iter()
        .map(|piece| match piece {
            Piece::Char(ch) => Some(*ch),
            Piece::Part(_) => None,
        })
        .collect::<Option<_>>()?;
    let mut bounds = text.split("..");
    let (from, to, step) = (bounds.next()?, bounds.next()?, bounds.next());
    if bounds.next().is_some() {
        return None;
    }
    let step: i64 = step.map_or(Some(1), |step| step.parse().ok())?;
    let step = step.unsigned_abs().max(1);
    let values: Vec<String> = if let (Ok(from_number), Ok(to_number)) = (from.parse::<i64>(), to.parse::<i64>()) {
        let padded =
            |text: &str| text.trim_start_matches('-').starts_with('0') && text.trim_start_matches('-').len() > 1;
        let width = if padded(from) || padded(to) { from.len().max(to.len()) } else { 0 };
        numbers(from_number, to_number, step).into_iter().map(|number| format!("{number:0width$}")).collect()
    } else {
        let (from, to) = (single(from)?, single(to)?);
        numbers(i64::from(u32::from(from)), i64::from(u32::from(to)), step)
            .into_iter()
            .filter_map(|code| u32::try_from(code).ok().and_then(char::from_u32).map(String::from))
            .collect()
    };
    Some(values.iter().map(|value| value.chars().map(Piece::Char).collect()).collect())
}

fn single(text: &str) -> Option<char> {
    let mut chars = text.chars();
    let ch = chars.next().filter(char::is_ascii_alphabetic)?;
    chars.next().is_none().then_some(ch)
}

fn numbers(from: i64, to: i64, step: u64) -> Vec<i64> {
    let count = usize::try_from(from.abs_diff(to) / step + 1).unwrap_or(usize::MAX);
    let at = |index: usize| {
        let offset = i64::try_from(u64::try_from(index).unwrap_or(0).saturating_mul(step)).unwrap_or(i64::MAX);
        if from <= to { from.saturating_add(offset) } else { from.saturating_sub(offset) }
    };
    if count <= MAX_SEQUENCE {
        (0..count).map(at).collect()
    } else {
        (0..MAX_SEQUENCE / 2).chain(count - MAX_SEQUENCE / 2..count).map(at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse::{Base, Depth};
    use crate::syntax::word::word;

    fn texts(text: &str) -> Vec<String> {
        let whole = word(text, Base::At(0), Depth::default());
        expand(&whole)
            .map_or_else(|| vec![whole], |(words, _)| words)
            .iter()
            .map(|word| {
                word.parts
                    .iter()
                    .map(|part| match part {
                        Part::Lit { text, .. } => text.as_str(),
                        _ => "§",
                    })
                    .collect()
            })
            .collect()
    }

    #[test]
    fn expands_as_bash_does() {
        let table: [(&str, &[&str]); 10] = [
            ("a", &["a"]),
            ("{a,b}", &["a", "b"]),
            ("x{a,b}y", &["xay", "xby"]),
            ("{a,{b,c}}", &["a", "b", "c"]),
            ("{1..3}", &["1", "2", "3"]),
            ("{01..3}", &["01", "02", "03"]),
            ("{c..a}", &["c", "b", "a"]),
            ("'{a,b}'", &["{a,b}"]),
            ("{a}", &["{a}"]),
            ("{,x}{$y,z}", &["§", "z", "x§", "xz"]),
        ];
        for (text, want) in table {
            assert_eq!(texts(text), want, "{text}");
        }
    }

    #[test]
    fn stays_small() {
        assert_eq!(texts("{1..100000000}").len(), MAX_SEQUENCE);
        assert!(expand(&word("{1..99}{1..99}{1..99}", Base::At(0), Depth::default())).unwrap().0.len() <= MAX_WORDS);
        assert_eq!(texts("{1..99999999999999999999999}"), ["{1..99999999999999999999999}"]);
    }
}
