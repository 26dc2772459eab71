//! Functions whose result is known when their arguments are: joining, decoding, turning round.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::val::{Val, concat, join, unknown};
use crate::syntax::{Seg, Value};

/// What a pure function does with its first argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    /// Gives it back.
    Same,
    /// The characters with these numbers.
    Chars,
    /// Base64.
    Base64,
    /// Hexadecimal.
    Hex,
    /// The letters shifted by thirteen.
    Rot13,
    /// Back to front.
    Reverse,
    /// `%41`.
    Percent,
    /// By the name in the second argument (`codecs.decode`, `Buffer.from`).
    Named,
    /// Unpacked bytes: nothing is known of them.
    Hidden,
    /// The pieces with the receiver or a separator in between.
    Join,
    /// Path parts.
    JoinPath,
    /// All arguments one after the other.
    Concat,
    /// Words of a text.
    Split,
    /// Some text replaced.
    Replace,
    /// Blanks cut off.
    Trim,
    /// Lower case.
    Lower,
    /// Upper case.
    Upper,
    /// Placeholders filled.
    Format,
    /// The folder part of a path.
    Parent,
    /// The last part of a path.
    Base,
    /// `pack` with a format.
    Pack,
}

/// Methods of texts and lists, in all languages; the receiver is the first argument.
const METHODS: &[(&str, Fold)] = &[
    ("join", Fold::Join),
    ("replace", Fold::Replace),
    ("replaceAll", Fold::Replace),
    ("gsub", Fold::Replace),
    ("sub", Fold::Replace),
    ("strip", Fold::Trim),
    ("lstrip", Fold::Trim),
    ("rstrip", Fold::Trim),
    ("trim", Fold::Trim),
    ("trimEnd", Fold::Trim),
    ("chomp", Fold::Trim),
    ("lower", Fold::Lower),
    ("toLowerCase", Fold::Lower),
    ("downcase", Fold::Lower),
    ("upper", Fold::Upper),
    ("toUpperCase", Fold::Upper),
    ("upcase", Fold::Upper),
    ("split", Fold::Split),
    ("reverse", Fold::Reverse),
    ("reverse!", Fold::Reverse),
    ("format", Fold::Format),
    ("concat", Fold::Concat),
    ("pack", Fold::Pack),
    ("unpack1", Fold::Pack),
    ("unpack", Fold::Pack),
    ("encode", Fold::Same),
    ("decode", Fold::Named),
    ("toString", Fold::Same),
    ("to_s", Fold::Same),
    ("to_a", Fold::Same),
    ("to_path", Fold::Same),
    ("toUTF8", Fold::Same),
    ("freeze", Fold::Same),
    ("dup", Fold::Same),
    ("copy", Fold::Same),
    ("sort", Fold::Same),
    ("sorted", Fold::Same),
    ("uniq", Fold::Same),
    ("compact", Fold::Same),
    ("flatten", Fold::Same),
    ("each", Fold::Same),
    ("each_with_index", Fold::Same),
    ("each_slice", Fold::Same),
    ("map", Fold::Same),
    ("filter", Fold::Same),
    ("select", Fold::Same),
    ("reject", Fold::Same),
    ("force_encoding", Fold::Same),
    ("as_posix", Fold::Same),
    ("expanduser", Fold::Same),
    ("resolve", Fold::Same),
    ("absolute", Fold::Same),
    ("expand_path", Fold::Same),
    ("hex", Fold::Same),
];

/// Decodes with a method's or function's fold.
pub(super) fn method(recv: &Val, name: &str, args: &[Val]) -> Option<Val> {
    let fold = METHODS.iter().find(|(own, _)| *own == name)?.1;
    if matches!(recv, Val::Name(_) | Val::Unknown | Val::Object(..) | Val::Map(_)) {
        return None;
    }
    let mut all = Vec::with_capacity(args.len() + 1);
    // `", ".join(list)` in Python, `list.join(", ")` elsewhere: the list is what is joined.
    match (fold, recv, args.first()) {
        (Fold::Join, Val::List(_) | Val::OneOf(_), _) => all.extend([recv.clone()]),
        (Fold::Join, _, Some(list)) => return Some(join_list(list, recv)),
        _ => all.push(recv.clone()),
    }
    all.extend_from_slice(args);
    Some(apply(fold, &all))
}

/// Applies a fold to arguments.
pub(super) fn apply(fold: Fold, args: &[Val]) -> Val {
    let Some(first) = args.first() else { return Val::Unknown };
    if matches!(first, Val::Remote | Val::Env) && fold != Fold::Base {
        return first.clone();
    }
    match fold {
        Fold::Same => first.clone(),
        Fold::Chars => chars(args),
        Fold::Base64 => decoded(first, base64),
        Fold::Hex => decoded(first, hex),
        Fold::Rot13 => decoded(first, |text| Some(text.chars().map(rot13).collect())),
        Fold::Percent => decoded(first, percent),
        Fold::Reverse => reverse(first),
        Fold::Named => named(first, args),
        Fold::Hidden => Val::Unknown,
        Fold::Join => join_list(first, args.get(1).unwrap_or(&Val::lit(""))),
        Fold::JoinPath => super::val::join_all(args),
        Fold::Concat => args.iter().skip(1).fold(first.clone(), |left, right| concat(&left, right)),
        Fold::Split => split(first, args.get(1)),
        Fold::Replace => replace(first, args),
        Fold::Trim => decoded(first, |text| Some(text.trim().to_owned())),
        Fold::Lower => decoded(first, |text| Some(text.to_lowercase())),
        Fold::Upper => decoded(first, |text| Some(text.to_uppercase())),
        Fold::Format => format(first, args.get(1..).unwrap_or_default()),
        Fold::Parent => parent(first),
        Fold::Base => base(first),
        Fold::Pack => pack(args),
    }
}

fn decoded(val: &Val, decode: fn(&str) -> Option<String>) -> Val {
    match (val, val.literal()) {
        (Val::Path(_), Some(text)) => decode(text).map_or(Val::Unknown, |text| Val::Path(Value::lit(text))),
        (_, Some(text)) => decode(text).map_or(Val::Unknown, Val::lit),
        _ => Val::Unknown,
    }
}

fn chars(args: &[Val]) -> Val {
    let mut text = String::new();
    let list: Vec<&Val> = match args {
        [Val::List(list)] => list.iter().collect(),
        other => other.iter().collect(),
    };
    for val in list {
        match val {
            Val::Num(number) => match u32::try_from(*number).ok().and_then(char::from_u32) {
                Some(c) => text.push(c),
                None => return Val::Unknown,
            },
            _ => return Val::Unknown,
        }
    }
    Val::lit(text)
}

pub(super) fn base64(text: &str) -> Option<String> {
    let clean: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let bytes = GeneralPurpose::new(&alphabet::STANDARD, config).decode(clean).ok()?;
    String::from_utf8(bytes).ok()
}

fn hex(text: &str) -> Option<String> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let bytes = digits.chunks(2).map(|pair| pair.iter().fold(0_u8, |all, digit| all << 4 | digit)).collect();
    String::from_utf8(bytes).ok()
}

fn rot13(c: char) -> char {
    let turn = |base: u8| {
        let index = (u32::from(c) - u32::from(base) + 13) % 26;
        char::from_u32(u32::from(base) + index).unwrap_or(c)
    };
    match c {
        'a'..='z' => turn(b'a'),
        'A'..='Z' => turn(b'A'),
        other => other,
    }
}

fn percent(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn reverse(val: &Val) -> Val {
    match val {
        Val::List(list) => Val::List(list.iter().rev().cloned().collect()),
        Val::OneOf(_) => val.clone(),
        other => decoded(other, |text| Some(text.chars().rev().collect())),
    }
}

fn named(first: &Val, args: &[Val]) -> Val {
    let name = args.get(1).and_then(Val::literal).unwrap_or("utf8").to_lowercase().replace(['-', '_'], "");
    match name.as_str() {
        "base64" | "base64url" => decoded(first, base64),
        "hex" => decoded(first, hex),
        "rot13" => apply(Fold::Rot13, std::slice::from_ref(first)),
        "zlib" | "bz2" | "zip" => Val::Unknown,
        _ => match first {
            Val::List(list) => chars(list),
            other => other.clone(),
        },
    }
}

fn join_list(list: &Val, between: &Val) -> Val {
    match list {
        Val::List(items) => {
            let mut out = Val::lit("");
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out = concat(&out, between);
                }
                out = concat(&out, item);
            }
            out
        }
        Val::Text(_) if between.literal() == Some("") => list.clone(),
        Val::Remote | Val::Env => list.clone(),
        _ => Val::Unknown,
    }
}

fn split(first: &Val, by: Option<&Val>) -> Val {
    let Some(text) = first.literal() else { return Val::Unknown };
    let parts: Vec<Val> = match by.map(Val::literal) {
        Some(Some("")) => text.chars().map(|c| Val::lit(c.to_string())).collect(),
        None | Some(Some(" ")) => text.split_whitespace().map(Val::lit).collect(),
        Some(Some(by)) => text.split(by).map(Val::lit).collect(),
        Some(None) => return Val::Unknown,
    };
    if parts.len() > 4096 { Val::Unknown } else { Val::List(parts) }
}

fn replace(first: &Val, args: &[Val]) -> Val {
    let texts = (first.literal(), args.get(1).and_then(Val::literal), args.get(2).and_then(Val::literal));
    match texts {
        (Some(text), Some(from), Some(to)) if !from.is_empty() && text.len() * (to.len() + 1) < 1 << 20 => {
            Val::lit(text.replace(from, to))
        }
        _ => Val::Unknown,
    }
}

/// `'{} {name}'.format(…)` and `'%s %d' % (…)`.
pub(super) fn format(template: &Val, args: &[Val]) -> Val {
    let Val::Text(template) = template else { return Val::Unknown };
    let mut next = args.iter();
    let mut out = Val::lit("");
    for seg in template.segs() {
        match seg {
            Seg::Lit(text) => out = format_text(text, out, &mut next),
            other => {
                let mut value = Value::default();
                value.push(other.clone());
                out = concat(&out, &Val::Text(value));
            }
        }
    }
    out
}

fn format_text<'a>(text: &str, mut out: Val, args: &mut impl Iterator<Item = &'a Val>) -> Val {
    let mut rest = text;
    while let Some(index) = rest.find(['{', '%']) {
        let (before, from) = rest.split_at(index);
        out = concat(&out, &Val::lit(before));
        let length = if from.starts_with('{') {
            from.find('}').map(|end| end + 1)
        } else {
            from.find(|c: char| c.is_ascii_alphabetic() || (c == '%' && !from.starts_with(c)))
                .filter(|&end| end < 8)
                .map(|end| end + 1)
        };
        let Some(length) = length else {
            out = concat(&out, &Val::lit(from));
            return out;
        };
        let (_, after) = from.split_at(length.min(from.len()));
        let filled = args.next().cloned().unwrap_or(Val::Unknown);
        out = concat(&out, &Val::Text(filled.text()));
        rest = after;
    }
    concat(&out, &Val::lit(rest))
}

fn parent(val: &Val) -> Val {
    let Some(text) = val.literal() else {
        return if matches!(val, Val::Path(_)) { Val::Path(unknown()) } else { Val::Text(unknown()) };
    };
    let trimmed = text.trim_end_matches('/');
    let folder = match trimmed.rfind('/') {
        Some(0) => "/",
        Some(index) => trimmed.get(..index).unwrap_or("."),
        None if trimmed == "~" => "/home",
        None if matches!(trimmed, "." | "..") => "..",
        None => ".",
    };
    let value =
        if trimmed.ends_with("..") { join(&Value::lit(trimmed), &Value::lit("..")) } else { Value::lit(folder) };
    if matches!(val, Val::Path(_)) { Val::Path(value) } else { Val::Text(value) }
}

fn base(val: &Val) -> Val {
    decoded(val, |text| text.trim_end_matches('/').rsplit('/').next().map(str::to_owned))
}

/// Perl's `pack('H*', x)`, Ruby's `[x].pack('m')` and `x.unpack1('m')`.
fn pack(args: &[Val]) -> Val {
    let format = args.iter().find_map(|val| val.literal().filter(|text| text.len() <= 4));
    let data = args.iter().find(|val| val.literal().is_none_or(|text| Some(text) != format));
    let first = match data {
        Some(Val::List(list)) => list.first(),
        other => other,
    };
    match (format.and_then(|format| format.chars().next()), first, data) {
        (Some('H' | 'h'), Some(val), _) => decoded(val, hex),
        (Some('m' | 'u'), Some(val), _) => decoded(val, base64),
        (Some('c' | 'C' | 'U' | 'W'), _, Some(Val::List(list))) => chars(list),
        (Some('c' | 'C' | 'U' | 'W'), _, _) => {
            let numbers: Vec<Val> = args.iter().filter(|val| matches!(val, Val::Num(_))).cloned().collect();
            chars(&numbers)
        }
        (Some('a' | 'A'), Some(val), _) => val.clone(),
        _ => Val::Unknown,
    }
}
