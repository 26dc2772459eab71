//! Pure commands on known text: what `echo … | base64 -d | sh` hides.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::syntax::{Arg, Value, bytes, word};

/// Lenient about padding, as base64(1) mostly is.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Bytes that a filter works on at most.
const MAX_INPUT: usize = 64 << 10;

/// What a pure command prints; `None` where it is not one of these, or its input is not known.
pub(super) fn run(name: &str, args: &[Arg], stdin: Option<&Value>) -> Option<Value> {
    match name {
        "echo" => return Some(echo(args)),
        "printf" => return printf(args),
        "true" | ":" | "false" => return Some(Value::default()),
        "cat" | "tee" if args.iter().all(|arg| arg.value.prefix().starts_with('-')) || name == "tee" => {
            return stdin.cloned();
        }
        "seq" => return seq(args),
        _ => {}
    }
    let text = stdin?.literal()?;
    let words: Vec<&str> = args.iter().map(|arg| arg.value.literal()).collect::<Option<_>>()?;
    if text.len() > MAX_INPUT {
        return None;
    }
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    let operands = words.iter().any(|word| !word.starts_with('-'));
    Some(match name {
        "rev" if !operands => Value::lit(by_line(text, |line| line.chars().rev().collect())),
        "tac" if !operands => Value::lit(text.lines().rev().fold(String::new(), |all, line| all + line + "\n")),
        "base64" | "gbase64" if has(&["-d", "-D", "--decode", "-di", "-id"]) => decoded(base64_decode(text)?),
        "base64" if !operands => Value::lit(BASE64.encode(bytes::encode(text)) + "\n"),
        "openssl"
            if (words.first() == Some(&"base64") || has(&["-base64", "-a"]) && words.first() == Some(&"enc"))
                && has(&["-d"]) =>
        {
            decoded(base64_decode(text)?)
        }
        "base32" if has(&["-d", "--decode"]) => decoded(base32_decode(text)?),
        "xxd" if has(&["-r"]) || words.iter().any(|word| word.starts_with("-r")) => decoded(hex_decode(text)?),
        "tr" => Value::lit(tr(text, &words)?),
        "sed" => Value::lit(sed(text, &words)?),
        "cut" => Value::lit(cut(text, &words)?),
        "head" | "tail" => Value::lit(head_or_tail(name, text, &words)?),
        "sort" | "uniq" if words.is_empty() => return None,
        "fold" | "fmt" | "xargs" => return None,
        _ => return None,
    })
}

fn decoded(raw: Vec<u8>) -> Value {
    Value::lit(bytes::decode(&raw).text.into_owned())
}

fn by_line(text: &str, convert: impl Fn(&str) -> String) -> String {
    let mut out: Vec<String> = text.split('\n').map(convert).collect();
    if text.ends_with('\n') {
        out.pop();
        out.push(String::new());
    }
    out.join("\n")
}

fn echo(args: &[Arg]) -> Value {
    let mut escapes = false;
    let mut newline = true;
    let mut start = 0;
    for arg in args {
        match arg.value.literal() {
            Some(flags)
                if flags.len() > 1 && flags.starts_with('-') && flags[1..].bytes().all(|b| b"neE".contains(&b)) =>
            {
                for flag in flags.bytes() {
                    match flag {
                        b'n' => newline = false,
                        b'e' => escapes = true,
                        b'E' => escapes = false,
                        _ => {}
                    }
                }
                start += 1;
            }
            _ => break,
        }
    }
    let mut out = Value::default();
    for (at, arg) in args.iter().skip(start).enumerate() {
        if at > 0 {
            out.push_lit(" ");
        }
        match arg.value.literal() {
            Some(text) if escapes => out.push_lit(&word::ansi_c(&text.replace('\'', "\\'"))),
            _ => out.push_value(&arg.value),
        }
    }
    if newline {
        out.push_lit("\n");
    }
    out
}

/// printf(1) with `%s %d %b %q %x %c %%` and escapes; the format is used again while words are left.
fn printf(args: &[Arg]) -> Option<Value> {
    let mut args = args.iter();
    let mut format = args.next()?;
    if format.value.is("--") {
        format = args.next()?;
    }
    let format = format.value.literal()?;
    if format == "-v" {
        return Some(Value::default());
    }
    let mut rest: Vec<&Value> = args.map(|arg| &arg.value).collect();
    rest.truncate(512);
    rest.reverse();
    let mut out = Value::default();
    loop {
        let before = rest.len();
        printf_once(format, &mut rest, &mut out)?;
        if rest.is_empty() || rest.len() == before {
            return Some(out);
        }
    }
}

/// The escapes of a format; unlike in a word, `\0` goes on behind the NUL byte.
fn format_text(text: &str) -> String {
    text.split("\\0")
        .enumerate()
        .map(|(at, part)| match part.bytes().next() {
            _ if at == 0 => word::ansi_c(part),
            Some(b'0'..=b'7') => word::ansi_c(&format!("\\0{part}")),
            _ => format!("\0{}", word::ansi_c(part)),
        })
        .collect()
}

fn printf_once(format: &str, rest: &mut Vec<&Value>, out: &mut Value) -> Option<()> {
    let mut pieces = format.split('%');
    out.push_lit(&format_text(&pieces.next()?.replace('\'', "\\'")));
    let mut skip = false;
    for piece in pieces {
        if skip {
            out.push_lit(&word::ansi_c(piece));
            skip = false;
            continue;
        }
        if piece.is_empty() {
            // `%%`
            out.push_lit("%");
            skip = true;
            continue;
        }
        let conversion = piece.find(|ch: char| ch.is_ascii_alphabetic())?;
        let tail = piece.get(conversion + 1..)?;
        let value = rest.pop();
        match piece.as_bytes().get(conversion)? {
            b's' | b'q' | b'd' | b'i' | b'u' => {
                if let Some(value) = value {
                    out.push_value(value);
                }
            }
            b'b' => match value.map(|value| value.literal()) {
                Some(Some(text)) => out.push_lit(&word::ansi_c(&text.replace('\'', "\\'"))),
                Some(None) => return None,
                None => {}
            },
            b'c' => out.push_lit(value?.literal()?.get(..1)?),
            b'x' => out.push_lit(&format!("{:x}", value?.literal()?.parse::<i64>().ok()?)),
            b'o' => out.push_lit(&format!("{:o}", value?.literal()?.parse::<i64>().ok()?)),
            _ => return None,
        }
        out.push_lit(&format_text(&tail.replace('\'', "\\'")));
    }
    Some(())
}

fn seq(args: &[Arg]) -> Option<Value> {
    let numbers: Vec<i64> = args.iter().map(|arg| arg.value.literal()?.parse().ok()).collect::<Option<_>>()?;
    let (from, step, to) = match *numbers.as_slice() {
        [to] => (1, 1, to),
        [from, to] => (from, 1, to),
        [from, step, to] => (from, step, to),
        _ => return None,
    };
    if step == 0 || (to.checked_sub(from)? / step) > 256 {
        return None;
    }
    let mut out = String::new();
    let mut at = from;
    while (step > 0 && at <= to) || (step < 0 && at >= to) {
        out.push_str(&at.to_string());
        out.push('\n');
        at = at.checked_add(step)?;
    }
    Some(Value::lit(out))
}

fn base64_decode(text: &str) -> Option<Vec<u8>> {
    let clean: String = text.chars().filter(|ch| !ch.is_whitespace()).collect();
    BASE64.decode(clean.trim_end_matches('=')).ok()
}

fn base32_decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5 | u32::from(value)) & 0xfff;
        count += 5;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    Some(out)
}

/// Plain hex (`xxd -r -p`), or the hex columns of a dump (`xxd -r`).
fn hex_decode(text: &str) -> Option<Vec<u8>> {
    let mut digits = String::new();
    for line in text.lines() {
        let columns = match line.split_once(": ") {
            Some((_, columns)) => columns.split("  ").next().unwrap_or(columns),
            None => line,
        };
        digits.extend(columns.chars().filter(|ch| !ch.is_whitespace()));
    }
    let digits = digits.replace("\\x", "");
    (0..digits.len() / 2).map(|at| u8::from_str_radix(digits.get(at * 2..at * 2 + 2)?, 16).ok()).collect()
}

/// Members of a tr(1) set: ranges, escapes and classes.
fn tr_set(text: &str) -> Option<Vec<char>> {
    let expanded = match text {
        "[:upper:]" => "A-Z",
        "[:lower:]" => "a-z",
        "[:digit:]" => "0-9",
        "[:alpha:]" => "A-Za-z",
        "[:alnum:]" => "A-Za-z0-9",
        "[:space:]" => " \t\n\r",
        other if other.contains("[:") => return None,
        other => other,
    };
    let chars: Vec<char> = word::ansi_c(&expanded.replace('\'', "\\'")).chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if chars.get(at + 1) == Some(&'-')
            && let Some(&last) = chars.get(at + 2)
        {
            if u32::from(last).saturating_sub(u32::from(chars[at])) > 512 {
                return None;
            }
            out.extend(chars[at]..=last);
            at += 3;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    Some(out)
}

fn tr(text: &str, words: &[&str]) -> Option<String> {
    match words {
        ["-d", set] => {
            let set = tr_set(set)?;
            Some(text.chars().filter(|ch| !set.contains(ch)).collect())
        }
        ["-s" | "-c" | "-cd" | "-dc", ..] => None,
        [from, to] => {
            let (from, to) = (tr_set(from)?, tr_set(to)?);
            let last = *to.last()?;
            Some(
                text.chars()
                    .map(|ch| match from.iter().rposition(|member| *member == ch) {
                        Some(at) => to.get(at).copied().unwrap_or(last),
                        None => ch,
                    })
                    .collect(),
            )
        }
        _ => None,
    }
}

/// sed(1) with plain `s` commands only.
fn sed(text: &str, words: &[&str]) -> Option<String> {
    let mut scripts = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            "-e" => scripts.push(*rest.next()?),
            "-E" | "-r" => {}
            word if word.starts_with('-') => return None,
            word => scripts.push(word),
        }
    }
    let mut text = text.to_owned();
    for script in scripts.iter().flat_map(|script| script.split(';')) {
        let script = script.trim().strip_prefix('s')?;
        let separator = script.chars().next()?;
        let mut parts = script.get(separator.len_utf8()..)?.split(separator);
        let (from, to, flags) = (parts.next()?, parts.next()?, parts.next()?);
        if from.is_empty() || from.contains(['\\', '[', '*', '.', '^', '$', '+', '?', '(']) || to.contains(['\\', '&'])
        {
            return None;
        }
        text = by_line(
            &text,
            |line| if flags.contains('g') { line.replace(from, to) } else { line.replacen(from, to, 1) },
        );
    }
    Some(text)
}

/// cut(1) of single columns or fields.
fn cut(text: &str, words: &[&str]) -> Option<String> {
    let (mut delimiter, mut field, mut chars) = ('\t', None, None);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let mut value = |flag: &str| match word.strip_prefix(flag)? {
            "" => rest.next().copied(),
            value => Some(value),
        };
        if word.starts_with("-d") {
            delimiter = value("-d")?.chars().next()?;
        } else if word.starts_with("-f") {
            field = Some(value("-f")?.parse::<usize>().ok()?);
        } else if word.starts_with("-c") {
            chars = Some(value("-c")?);
        } else {
            return None;
        }
    }
    if let Some(range) = chars {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        let from: usize = if from.is_empty() { 1 } else { from.parse().ok()? };
        let to: usize = if to.is_empty() { usize::MAX } else { to.parse().ok()? };
        return Some(by_line(text, |line| line.chars().take(to).skip(from.saturating_sub(1)).collect()));
    }
    let field = field?.checked_sub(1)?;
    Some(by_line(text, |line| line.split(delimiter).nth(field).unwrap_or("").to_owned()))
}

fn head_or_tail(name: &str, text: &str, words: &[&str]) -> Option<String> {
    let count = match words {
        [] => 10,
        ["-n" | "--lines", count] => count.parse::<usize>().ok()?,
        ["-c", count] if name == "head" => {
            return text.get(..count.parse::<usize>().ok()?.min(text.len())).map(str::to_owned);
        }
        [count] => count.strip_prefix("-n").or_else(|| count.strip_prefix('-'))?.parse::<usize>().ok()?,
        _ => return None,
    };
    let lines: Vec<&str> = text.lines().collect();
    let kept: &[&str] = if name == "head" {
        lines.get(..count.min(lines.len()))?
    } else {
        lines.get(lines.len().saturating_sub(count)..)?
    };
    Some(kept.iter().fold(String::new(), |all, line| all + line + "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Span;

    fn filtered(command: &str, stdin: &str) -> Option<String> {
        let words = shell_words::split(command).unwrap();
        let args: Vec<Arg> = words[1..].iter().map(|word| Arg::lit(word.clone(), Span::default())).collect();
        run(&words[0], &args, Some(&Value::lit(stdin))).and_then(|value| value.literal().map(str::to_owned))
    }

    #[test]
    fn filters_do_what_the_programs_do() {
        let table = [
            ("echo a  b", "", "a b\n"),
            ("echo -n a", "", "a"),
            ("echo -e 'r\\x6d'", "", "rm\n"),
            ("printf '%s-%s\\n' a b c d", "", "a-b\nc-d\n"),
            ("printf 'r\\155'", "", "rm"),
            ("printf '100%%\\n'", "", "100%\n"),
            ("rev", "fr- mr\n", "rm -rf\n"),
            ("base64 -d", "cm0gLXJmIC8=\n", "rm -rf /"),
            ("xxd -r -p", "726d", "rm"),
            ("tr a-z b-za", "ql", "rm"),
            ("tr -d x", "rxmx", "rm"),
            ("tr '[:upper:]' '[:lower:]'", "RM", "rm"),
            ("sed s/X/r/g", "Xm", "rm"),
            ("cut -d, -f2", "a,rm,c\n", "rm\n"),
            ("cut -c 2-3", "xrmx\n", "rm\n"),
            ("head -n1", "a\nb\n", "a\n"),
            ("tail -1", "a\nb\n", "b\n"),
            ("base32 -d", "OJWQ====", "rm"),
            ("seq 3", "", "1\n2\n3\n"),
        ];
        for (command, stdin, want) in table {
            assert_eq!(filtered(command, stdin).as_deref(), Some(want), "{command}");
        }
        assert_eq!(filtered("sort", "b\na\n"), None);
    }
}
