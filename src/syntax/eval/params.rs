//! What `${x…}` does to a value, on as much of it as is known.

use crate::syntax::{Origin, Seg, Unknown, Value, glob};

/// The value with its unknown parts known not to be empty.
pub(super) fn not_empty(value: Value) -> Value {
    let mut out = Value::default();
    for seg in value.segs() {
        out.push(match seg {
            Seg::Unknown(unknown) => Seg::Unknown(Unknown { may_be_empty: false, ..unknown.clone() }),
            other => other.clone(),
        });
    }
    out
}

/// The value as one unknown part that comes from the same place.
fn blurred(value: &Value) -> Value {
    let mut unknown = value.unknowns().next().cloned().unwrap_or(Unknown {
        origin: Origin::Other("expansion"),
        quoted: false,
        may_be_empty: true,
        token: false,
    });
    unknown.token &= value.segs().len() == 1;
    unknown.may_be_empty |= !unknown.token;
    let mut out = Value::default();
    out.push(Seg::Unknown(unknown));
    out
}

/// `${x#p}` and `${x##p}`.
pub(super) fn trim_start(value: &Value, pattern: &Value, longest: bool) -> Value {
    let Some(pattern) = pattern.literal() else { return blurred(value) };
    let Some(text) = value.literal() else {
        // `${x##*/}` leaves a file's name: no slash in it.
        if pattern == "*/" && longest {
            let tail = value.suffix();
            if let Some((_, name)) = tail.rsplit_once('/') {
                return Value::lit(name);
            }
            let mut unknown = blurred(value);
            if let Some(Seg::Unknown(inner)) = unknown.segs().first() {
                let inner = Unknown { token: true, quoted: true, ..inner.clone() };
                unknown = Value::default();
                unknown.push(Seg::Unknown(inner));
            }
            unknown.push_lit(tail);
            return unknown;
        }
        return blurred(value);
    };
    let mut cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).take(4_096).collect();
    if longest {
        cuts.reverse();
    }
    let cut = cuts.into_iter().find(|&at| glob::matches(pattern, text.get(..at).unwrap_or("")));
    Value::lit(text.get(cut.unwrap_or(0)..).unwrap_or(""))
}

/// `${x%p}` and `${x%%p}`.
pub(super) fn trim_end(value: &Value, pattern: &Value, longest: bool) -> Value {
    let Some(pattern) = pattern.literal() else { return blurred(value) };
    let Some(text) = value.literal() else {
        // Cutting a known ending (`${f%.txt}`) leaves the rest as it was.
        let tail = value.suffix();
        if !pattern.contains(['*', '?', '[']) {
            let mut out = Value::default();
            let last = value.segs().len().saturating_sub(usize::from(!tail.is_empty()));
            value.segs().iter().take(last).for_each(|seg| out.push(seg.clone()));
            out.push_lit(tail.strip_suffix(pattern).unwrap_or(tail));
            return out;
        }
        return blurred(value);
    };
    let mut cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).take(4_096).collect();
    if !longest {
        cuts.reverse();
    }
    let cut = cuts.into_iter().find(|&at| glob::matches(pattern, text.get(at..).unwrap_or("")));
    Value::lit(text.get(..cut.unwrap_or(text.len())).unwrap_or(""))
}

/// `${x/p/r}` and its kin; only plain patterns are followed.
pub(super) fn replace(value: &Value, how: Option<char>, pattern: &Value, replacement: &Value) -> Value {
    // `${x/#/p}`, `${x/%/s}`: something in front or behind, whatever it is.
    if pattern.is("") && matches!(how, Some('#' | '%')) {
        let (mut front, back) =
            if how == Some('#') { (replacement.clone(), value) } else { (value.clone(), replacement) };
        front.push_value(back);
        return front;
    }
    let (Some(text), Some(pattern), Some(replacement)) = (value.literal(), pattern.literal(), replacement.literal())
    else {
        return blurred(value);
    };
    if pattern.is_empty() {
        return value.clone();
    }
    if pattern.contains(['*', '?', '[', '\\']) {
        return replace_pattern(text, how, pattern, replacement).map_or_else(|| blurred(value), Value::lit);
    }
    Value::lit(match how {
        Some('/') => text.replace(pattern, replacement),
        Some('#') => text.strip_prefix(pattern).map_or_else(|| text.to_owned(), |rest| format!("{replacement}{rest}")),
        Some('%') => text.strip_suffix(pattern).map_or_else(|| text.to_owned(), |rest| format!("{rest}{replacement}")),
        _ => text.replacen(pattern, replacement, 1),
    })
}

/// Replacement where the pattern has glob operators: the longest match at each place; short texts only.
fn replace_pattern(text: &str, how: Option<char>, pattern: &str, replacement: &str) -> Option<String> {
    if text.len() > 256 || matches!(how, Some('#' | '%')) {
        return None;
    }
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut out = String::new();
    let mut at = 0;
    let mut replaced = false;
    while at < text.len() {
        let hit = (!replaced || how == Some('/'))
            .then(|| {
                ends.iter()
                    .rev()
                    .copied()
                    .find(|&end| end > at && text.get(at..end).is_some_and(|piece| glob::matches(pattern, piece)))
            })
            .flatten();
        if let Some(end) = hit {
            out.push_str(replacement);
            replaced = true;
            at = end;
        } else {
            let ch = text.get(at..)?.chars().next()?;
            out.push(ch);
            at += ch.len_utf8();
        }
    }
    Some(out)
}

/// `${x:o}` and `${x:o:n}`; the text is what stands behind the first colon.
pub(super) fn substring(value: &Value, range: &Value) -> Value {
    let (Some(text), Some(range)) = (value.literal(), range.literal()) else {
        // A few characters of a secret are no secret.
        let few = range.literal().and_then(|range| range.split_once(':')).and_then(|(_, length)| sum(length));
        if few.is_some_and(|length| (0..=8).contains(&length)) {
            return Value::unknown(Origin::Other("part of a value"));
        }
        return blurred(value);
    };
    let (offset, length) = match range.split_once(':') {
        Some((offset, length)) => (offset, Some(length)),
        None => (range, None),
    };
    let chars: Vec<char> = text.chars().collect();
    let count = i64::try_from(chars.len()).unwrap_or(i64::MAX);
    let (Some(offset), Some(length)) = (sum(offset), length.map_or(Some(count), sum)) else { return blurred(value) };
    let start = if offset < 0 { (count + offset).max(0) } else { offset.min(count) };
    let end = if length < 0 { (count + length).max(start) } else { (start + length.min(count)).min(count) };
    let at = |position: i64| usize::try_from(position).unwrap_or(0);
    Value::lit(chars.get(at(start)..at(end)).unwrap_or(&[]).iter().collect::<String>())
}

/// `${x^^}` and its kin.
pub(super) fn case(value: &Value, operator: &str) -> Value {
    let Some(text) = value.literal() else { return value.clone() };
    let first = |convert: fn(&str) -> String| {
        let split = text.chars().next().map_or(0, char::len_utf8);
        format!("{}{}", convert(text.get(..split).unwrap_or("")), text.get(split..).unwrap_or(""))
    };
    match operator {
        "^^" => Value::lit(text.to_uppercase()),
        ",," => Value::lit(text.to_lowercase()),
        "^" => Value::lit(first(str::to_uppercase)),
        "," => Value::lit(first(str::to_lowercase)),
        _ => blurred(value),
    }
}

/// The value of a small arithmetic text: numbers, `+ - *`, from left to right without parentheses.
pub(super) fn sum(text: &str) -> Option<i64> {
    let text: String = text.chars().filter(|ch| !ch.is_whitespace()).collect();
    if text.is_empty() || text.len() > 32 {
        return None;
    }
    let mut total = 0_i64;
    let mut rest = text.as_str();
    let mut sign = 1_i64;
    loop {
        while let Some(after) = rest.strip_prefix(['-', '+']) {
            if rest.starts_with('-') {
                sign = -sign;
            }
            rest = after;
        }
        let mut product = 1_i64;
        loop {
            let end = rest.find(|ch: char| !ch.is_ascii_digit()).unwrap_or(rest.len());
            product = product.checked_mul(rest.get(..end)?.parse().ok()?)?;
            rest = rest.get(end..)?;
            match rest.strip_prefix('*') {
                Some(after) => rest = after,
                None => break,
            }
        }
        total = total.checked_add(sign.checked_mul(product)?)?;
        sign = 1;
        if rest.is_empty() {
            return Some(total);
        }
        if !rest.starts_with(['+', '-']) {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn does_what_bash_does() {
        let v = Value::lit;
        assert_eq!(trim_start(&v("a/b/c"), &v("*/"), true), v("c"));
        assert_eq!(trim_start(&v("a/b/c"), &v("*/"), false), v("b/c"));
        assert_eq!(trim_end(&v("a.tar.gz"), &v(".*"), true), v("a"));
        assert_eq!(trim_end(&v("a.tar.gz"), &v(".*"), false), v("a.tar"));
        assert_eq!(replace(&v("rXmX"), Some('/'), &v("X"), &v("")), v("rm"));
        assert_eq!(replace(&v("main"), Some('#'), &v(""), &v(":")), v(":main"));
        assert_eq!(replace(&v("main"), Some('%'), &v(""), &v(":x")), v("main:x"));
        assert_eq!(replace(&Value::unknown(Origin::Positional), Some('#'), &v(""), &v(":")).prefix(), ":");
        assert_eq!(replace(&v("r12m"), None, &v("[0-9]*2"), &v("")), v("r").also("m"));
        assert_eq!(substring(&v("xxrm"), &v("2")), v("rm"));
        assert_eq!(substring(&v("xrmx"), &v("1:2")), v("rm"));
        assert_eq!(case(&v("RM"), ",,"), v("rm"));
        assert_eq!(sum("1+2*3 - 4"), Some(3));
        assert_eq!(sum("1/0"), None);
    }

    trait Also {
        fn also(self, more: &str) -> Self;
    }
    impl Also for Value {
        fn also(mut self, more: &str) -> Self {
            self.push_lit(more);
            self
        }
    }
}
