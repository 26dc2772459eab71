//! Keys with their values in the files of lines: ini, TOML, HCL, YAML, `.env`, `.netrc`, `.pgpass`.
//!
//! Read as far as values go, and forgiving: a file that its own program would reject may still hold a secret.

use zeroize::Zeroizing;

/// A key and the value behind it; lists repeat their key.
pub(super) type Entry = (String, Zeroizing<Vec<u8>>);

/// Reads `.env` files: `export`, comments, the three quotes, values over several lines.
pub(super) fn dotenv(text: &str) -> Vec<Entry> {
    let mut out = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (line, behind) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = behind;
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { continue };
        let value = value.trim_start();
        let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) else {
            let end = value.find(" #").unwrap_or(value.len());
            push(&mut out, key, value[..end].trim().as_bytes());
            continue;
        };
        // The value goes on behind this line where its quote is still open.
        let start = value.as_ptr() as usize - text.as_ptr() as usize + 1;
        match closing(&text[start..], quote) {
            Some(len) => {
                out.push((key.trim().to_owned(), unquoted(&text[start..start + len], quote)));
                let end = start + len;
                rest = text[end..].split_once('\n').map_or("", |(_, behind)| behind);
            }
            None => push(&mut out, key, value[1..].trim().as_bytes()),
        }
    }
    out
}

/// Where the quote closes; text behind more than 64 KiB is not looked for.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().take_while(|(at, _)| *at < 64 << 10) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            c if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

fn unquoted(text: &str, quote: char) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let escape = byte == b'\\' && quote == '"';
        match if escape { bytes.next() } else { None } {
            Some(b'n') => out.push(b'\n'),
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(other @ (b'"' | b'\\' | b'$' | b'`' | b'\'')) => out.push(other),
            Some(other) => out.extend_from_slice(&[b'\\', other]),
            None => out.push(byte),
        }
    }
    out
}

/// Reads `key = value` and `key: value`, one a line, quoted or not; sections, comments and indentation do not matter.
pub(super) fn lines(text: &str, separator: char) -> Vec<Entry> {
    let mut out = Vec::new();
    for line in text.lines() {
        let line = line.trim().trim_start_matches("- ");
        if line.starts_with(['#', ';', '[']) && !line.contains(separator) {
            continue;
        }
        let Some((key, value)) = split_key(line, separator) else { continue };
        push(&mut out, key.trim().trim_matches(['"', '\'', ':']), scalar(value).as_bytes());
    }
    out
}

/// The separator that ends the key: in YAML one with a blank behind it, elsewhere the first.
fn split_key(line: &str, separator: char) -> Option<(&str, &str)> {
    if separator == ':' { line.split_once(": ") } else { line.split_once(separator) }
}

/// Takes off one pair of quotes or a comment.
fn scalar(value: &str) -> &str {
    let value = value.trim().trim_end_matches(',');
    for quote in ['"', '\''] {
        if let Some((inner, _)) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inner;
        }
    }
    value.split_once(" #").map_or(value, |(value, _)| value).trim()
}

/// Reads `.netrc`: words, of which the one behind `password` counts.
pub(super) fn netrc(text: &str) -> Vec<Entry> {
    let mut out = Vec::new();
    let mut words = text.lines().filter(|line| !line.trim_start().starts_with('#')).flat_map(str::split_whitespace);
    while let Some(word) = words.next() {
        if matches!(word, "password" | "passwd" | "account") {
            let value = words.next().unwrap_or_default();
            push(&mut out, "password", value.trim_matches('"').as_bytes());
        }
    }
    out
}

/// Reads `.pgpass`: five fields between colons, `\` in front of a colon or a `\` in one.
pub(super) fn pgpass(text: &str) -> Vec<Entry> {
    let mut out = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut field = 0;
        let mut password = Zeroizing::new(Vec::new());
        let mut bytes = line.bytes();
        while let Some(byte) = bytes.next() {
            match byte {
                b':' if field < 4 => field += 1,
                byte if field == 4 => password.push(if byte == b'\\' { bytes.next().unwrap_or(byte) } else { byte }),
                b'\\' => drop(bytes.next()),
                _ => {}
            }
        }
        out.push(("password".to_owned(), password));
    }
    out
}

fn push(out: &mut Vec<Entry>, key: &str, value: &[u8]) {
    if !value.is_empty() {
        out.push((key.trim().to_owned(), Zeroizing::new(value.to_vec())));
    }
}
