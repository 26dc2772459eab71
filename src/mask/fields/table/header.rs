//! Which line is a header: its columns, what parts them, and which of them are flagged.

use unicode_width::UnicodeWidthStr;

use super::super::Hint;
use super::super::names::{FieldId, Fields};
use super::super::stage::is_rule;

/// Most columns that are looked at.
const MAX_COLUMNS: usize = 1024;
/// Longest name of a column, in bytes.
const MAX_NAME: usize = 80;

/// How a row's cells lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Geometry {
    /// Parted by a character, as long as they are.
    Free { separator: char, quote: Option<char>, padded: bool },
    /// Of these widths, with a bar behind each (and before the first where framed).
    Bars { widths: Vec<usize>, framed: bool },
    /// From these columns on, of these widths; measured in characters or on the screen.
    Spans { spans: Vec<(usize, usize)>, by_chars: bool },
}

/// A header with at least one flagged column.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub columns: Vec<Option<FieldId>>,
    pub geometry: Geometry,
}

/// Says whether it stands between columns of a drawn table.
pub(super) fn is_bar(c: char) -> bool {
    matches!(c, '|' | '\u{2502}' | '\u{2503}' | '\u{2551}' | '\u{00a6}')
}

/// Says whether a line parts rows, and nothing else.
pub(super) fn is_rule_line(line: &str) -> bool {
    let line = line.trim_end_matches(['\r', '\n']);
    line.chars().all(is_rule) && line.chars().filter(|c| matches!(c, '-' | '=' | '\u{2500}'..='\u{257f}')).count() >= 1
}

/// The columns that a header's cells flag; `None` where there is none.
fn flagged<'a>(fields: &Fields, cells: impl Iterator<Item = &'a str>) -> Option<Vec<Option<FieldId>>> {
    let cells: Vec<&str> = cells.take(MAX_COLUMNS).collect();
    if cells.iter().skip(1).any(|cell| is_type(cell.trim())) {
        return None;
    }
    let columns: Vec<_> = cells.into_iter().map(|cell| fields.column(None, cell.as_bytes())).collect();
    columns.iter().any(Option::is_some).then_some(columns)
}

/// Types of columns that are no names of such; where one stands, the line tells of a column.
const TYPES: &[&str] =
    &["bigint", "boolean", "bytea", "double precision", "integer", "not null", "smallint", "timestamptz", "tinyint"];
/// What they begin with that have a size, or say more.
const SIZED: &[&str] = &[
    "character varying",
    "character(",
    "varchar(",
    "char(",
    "nvarchar(",
    "varbinary(",
    "binary(",
    "int(",
    "bigint(",
    "tinyint(",
    "smallint(",
    "decimal(",
    "numeric(",
    "timestamp with",
    "time with",
    "enum(",
];

/// Says whether a cell is the type of a column, as of `\d users`.
fn is_type(cell: &str) -> bool {
    let lower = cell.to_ascii_lowercase();
    TYPES.contains(&lower.as_str()) || SIZED.iter().any(|kind| lower.starts_with(kind))
}

/// Reads a header with the rule below it.
pub(super) fn ruled(fields: &Fields, line: &str, rule: &str) -> Option<Header> {
    let rule = rule.trim_end_matches(['\r', '\n']);
    let line = line.trim_end_matches(['\r', '\n']);
    if rule.trim().contains(' ') {
        return spanned(fields, line, rule);
    }
    let joint = |c: char| {
        matches!(c, '+' | '|' | '\u{250c}'..='\u{254b}' | '\u{2550}'..='\u{256c}')
            && !matches!(c, '\u{2550}' | '\u{254c}'..='\u{254f}')
    };
    let framed = rule.trim_start().starts_with(joint);
    let rule = rule.trim();
    let runs: Vec<usize> = rule.split(joint).map(|run| run.chars().count()).collect();
    let widths: Vec<usize> = if framed { runs.get(1..runs.len().saturating_sub(1))?.to_vec() } else { runs };
    if widths.len() == 1 && !framed {
        // One column: a heading with a line below it is none.
        let wide = line.width().max(line.chars().count());
        let padded = line.starts_with(' ') || line.ends_with(' ');
        let columns = flagged(fields, std::iter::once(line))?;
        return (padded && wide == rule.chars().count())
            .then_some(Header { columns, geometry: Geometry::Bars { widths, framed } });
    }
    let inner = if framed { unframed(line)? } else { line };
    let columns = flagged(fields, inner.split(is_bar))?;
    if columns.len() != widths.len() {
        return None;
    }
    Some(Header { columns, geometry: Geometry::Bars { widths, framed } })
}

/// A line without the bars at its ends.
fn unframed(line: &str) -> Option<&str> {
    let line = line.trim();
    line.strip_prefix(is_bar)?.strip_suffix(is_bar)
}

/// Reads a header over a rule of which blanks part the columns.
fn spanned(fields: &Fields, line: &str, rule: &str) -> Option<Header> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let mut gap = usize::MAX;
    let mut blanks = 0;
    for (at, c) in rule.chars().enumerate() {
        if c == ' ' {
            blanks += 1;
            continue;
        }
        match spans.last_mut() {
            Some((_, width)) if blanks == 0 => *width += 1,
            _ => {
                if !spans.is_empty() {
                    gap = gap.min(blanks);
                }
                spans.push((at, 1));
            }
        }
        blanks = 0;
    }
    // psql parts columns by one blank and measures what is seen; sqlite3 by two, and counts characters.
    let by_chars = gap > 1;
    let cells: Vec<String> = spans.iter().map(|(start, width)| slice(line, *start, *width, by_chars)).collect();
    let columns = flagged(fields, cells.iter().map(String::as_str))?;
    Some(Header { columns, geometry: Geometry::Spans { spans, by_chars } })
}

/// The part of a line from a column on.
fn slice(line: &str, start: usize, width: usize, by_chars: bool) -> String {
    let mut at = 0;
    let mut out = String::new();
    let mut buffer = [0; 4];
    for c in line.chars() {
        if (start..start + width).contains(&at) {
            out.push(c);
        }
        at += if by_chars { 1 } else { c.encode_utf8(&mut buffer).width() };
    }
    out
}

/// Reads a header that no rule needs to follow.
pub(super) fn unruled(fields: &Fields, line: &str, hint: Hint) -> Option<Header> {
    let line = line.trim_end_matches(['\r', '\n']).trim_start_matches('\u{feff}');
    if let Some(inner) = unframed(line) {
        let columns = flagged(fields, inner.split(is_bar))?;
        let widths = inner.split(is_bar).map(UnicodeWidthStr::width).collect();
        return inner
            .split(is_bar)
            .all(|cell| is_name(cell.trim()))
            .then_some(Header { columns, geometry: Geometry::Bars { widths, framed: true } });
    }
    let single = hint.is_tabular() && fields.column(None, line.as_bytes()).is_some();
    if single && is_name(bare(line).unwrap_or(line)) {
        let geometry = Geometry::Free { separator: '\0', quote: quote_of(line, ','), padded: false };
        return Some(Header { columns: flagged(fields, std::iter::once(line))?, geometry });
    }
    separated(fields, line, hint).or_else(|| offsets(fields, line))
}

/// What parts columns where nothing is drawn; the last only for programs that let one choose.
const SEPARATORS: &str = "\t|\u{2502},;\u{1f}\u{1e}\u{1d}\u{1c}~^&*%!";
const CHOSEN: &str = ":=/@#?$+\0";

/// Reads a header whose names are parted by one character.
fn separated(fields: &Fields, line: &str, hint: Hint) -> Option<Header> {
    let statement = line.split(' ').next().is_some_and(|word| {
        let word = word.to_ascii_lowercase();
        matches!(
            word.as_str(),
            "select" | "insert" | "update" | "delete" | "create" | "with" | "copy" | "alter" | "grant"
        )
    });
    if statement {
        return None;
    }
    let chosen = if matches!(hint, Hint::Psql | Hint::Sqlite | Hint::Csv) { CHOSEN } else { "" };
    SEPARATORS.chars().chain(chosen.chars()).find_map(|separator| {
        let cells = line.split(separator);
        if !line.contains(separator) || cells.clone().count() > MAX_COLUMNS {
            return None;
        }
        let padded = is_bar(separator) && cells.clone().skip(1).all(|cell| cell.starts_with(' '));
        let names = cells.clone().all(|cell| {
            let cell = if padded || hint == Hint::Csv { cell.trim() } else { cell };
            is_name(bare(cell).unwrap_or(cell))
        });
        let columns = if names { flagged(fields, cells) } else { None }?;
        let quote = quote_of(line, separator);
        Some(Header { columns, geometry: Geometry::Free { separator, quote, padded } })
    })
}

/// What cells may stand between.
fn quote_of(line: &str, separator: char) -> Option<char> {
    match line.trim().chars().next() {
        Some(quote @ ('"' | '\'')) => Some(quote),
        _ => matches!(separator, ',' | ';').then_some('"'),
    }
}

/// A cell without the quotes around it.
fn bare(cell: &str) -> Option<&str> {
    let quoted = |quote: char| cell.strip_prefix(quote).and_then(|cell| cell.strip_suffix(quote));
    quoted('"').or_else(|| quoted('\''))
}

/// Says whether a cell could be a column's name.
fn is_name(cell: &str) -> bool {
    let fits =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$' | '(' | ')' | '*' | '?' | '%' | '#' | ' ');
    let count = |c: char| cell.matches(c).count();
    !cell.is_empty()
        && cell.len() <= MAX_NAME
        && cell.chars().all(fits)
        && cell.chars().any(char::is_alphabetic)
        && !cell.starts_with([' ', '-', '.'])
        && !cell.ends_with([' ', '.'])
        && count('(') == count(')')
        && count(' ') <= 3
}

/// Reads a header over columns that begin where its names do (`NAME   EMAIL   AGE`). One that is not in capitals has
/// names of one or two short words.
fn offsets(fields: &Fields, line: &str) -> Option<Header> {
    if line.contains('\t') || !line.contains("  ") || line.starts_with(' ') {
        return None;
    }
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let mut blanks = 2;
    for (at, c) in line.chars().enumerate() {
        if c != ' ' && blanks >= 2 {
            if let Some((start, width)) = spans.last_mut() {
                *width = at - *start;
            }
            spans.push((at, usize::MAX / 2));
        }
        blanks = if c == ' ' { blanks + 1 } else { 0 };
    }
    let cells: Vec<String> = spans.iter().map(|(start, width)| slice(line, *start, *width, true)).collect();
    if spans.len() < 2 || !cells.iter().all(|cell| is_name(cell.trim())) {
        return None;
    }
    let small = line.chars().any(char::is_lowercase);
    let single = |cell: &String| cell.trim().matches(' ').count() <= 1 && cell.trim().len() <= 24;
    if small && !cells.iter().all(single) {
        return None;
    }
    let columns = flagged(fields, cells.iter().map(String::as_str))?;
    Some(Header { columns, geometry: Geometry::Spans { spans, by_chars: true } })
}
