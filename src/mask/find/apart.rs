//! Values that stand apart from their key's name: name and value as a pair of fields, columns, `.netrc`, directives,
//! and the lines of a YAML block.
//!
//! Everything here looks back at most [`BACK`] bytes, so that what was forgotten never counts.

#![forbid(unsafe_code)]

use super::Text;
use super::key::Close;
use crate::mask::class::Class;

/// So far back is looked for what a name stands behind.
const BACK: usize = 120;
/// Most bytes between a name and the value of its pair.
pub(super) const PAIR: usize = 224;
/// Most blank bytes within a block.
const BLANK: usize = 256;
/// Fields whose value is a name, and those that hold what it stands for.
const NAMES: &[&str] =
    &["name", "key", "k", "variable", "parameterkey", "parametername", "env", "label", "id", "varname", "type"];
const VALUES: &[&str] = &["value", "parametervalue", "secretvalue", "val", "string", "content", "v"];
/// What sets the variable that it is followed by.
const DIRECTIVES: &[&str] = &[
    "ENV",
    "ARG",
    "setenv",
    "set -x",
    "set -gx",
    "set -Ux",
    "set -xg",
    "set --export",
    "proxy_set_header",
    "add_header",
    "fastcgi_param",
    "uwsgi_param",
    "SetEnv",
    "RequestHeader set",
];

/// What they end with.
const LASTS: Class = {
    let (mut all, mut at) = (Class::of(b""), 0);
    while at < DIRECTIVES.len() {
        if let Some(last) = DIRECTIVES[at].as_bytes().last() {
            all.add(*last);
        }
        at += 1;
    }
    all
};

/// Most other fields between the name and the value of a pair.
const MEMBERS: usize = 4;
/// Tags of YAML behind which a name stands, and what Rust has behind `&`.
const TAGS: &[&str] = &[
    "Ref",
    "Sub",
    "GetAtt",
    "Join",
    "ImportValue",
    "Select",
    "FindInMap",
    "reference",
    "secret",
    "env",
    "env_var",
    "ENV",
    "mut",
    "dyn",
    "include",
    "var",
    "lookup",
    "important",
];
/// Words that go on with a sentence about an option.
const PROSE: &[&str] = &[
    "a",
    "an",
    "and",
    "argument",
    "arguments",
    "are",
    "as",
    "at",
    "before",
    "but",
    "by",
    "can",
    "cannot",
    "command",
    "does",
    "flag",
    "flags",
    "for",
    "from",
    "has",
    "if",
    "in",
    "instead",
    "is",
    "may",
    "must",
    "not",
    "on",
    "option",
    "options",
    "or",
    "parameter",
    "requires",
    "should",
    "so",
    "the",
    "then",
    "to",
    "too",
    "unless",
    "value",
    "values",
    "via",
    "was",
    "were",
    "when",
    "where",
    "which",
    "will",
    "with",
    "without",
];

/// Where a value stands.
pub(super) enum Apart {
    /// More text is needed.
    More,
    /// Nowhere.
    No,
    /// Here.
    At(usize),
}

fn trim_end<'a>(mut text: &'a [u8], set: &[u8]) -> &'a [u8] {
    while let [rest @ .., last] = text {
        if !set.contains(last) {
            break;
        }
        text = rest;
    }
    text
}

fn ends_with(text: &[u8], word: &str) -> bool {
    let from = text.len().checked_sub(word.len());
    from.is_some_and(|from| text[from..].eq_ignore_ascii_case(word.as_bytes()))
}

/// What stands in front of a name, in its line.
pub(super) fn before(bytes: &[u8], named: usize) -> &[u8] {
    let text = &bytes[named.saturating_sub(BACK)..named];
    memchr::memrchr(b'\n', text).map_or(text, |line| &text[line + 1..])
}

/// Says whether a name is itself the value of a field like `name`.
pub(super) fn is_named(bytes: &[u8], named: usize) -> bool {
    // Most often nothing of the kind stands in front.
    let near = &bytes[named.saturating_sub(BACK)..named];
    if !trim_end(near, b"\"'\\ \t").last().is_some_and(|byte| b":=>/".contains(byte)) {
        return false;
    }
    let text = before(bytes, named);
    if let Some(tag) = text.strip_suffix(b">") {
        return NAMES
            .iter()
            .any(|name| tag.len() > name.len() && ends_with(tag, name) && tag[tag.len() - name.len() - 1] == b'<');
    }
    // The last part of a path: `/prod/api_key`.
    let path = if text.ends_with(b"/") {
        text.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b"/_.-".contains(byte)).count()
    } else {
        0
    };
    let text = &text[..text.len() - path];
    let text = trim_end(trim_end(text, b"\"'\\"), b" \t");
    let Some(text) = text.strip_suffix(b":").or_else(|| text.strip_suffix(b"=")) else { return false };
    let text = trim_end(trim_end(text, b" \t"), b"\"'\\");
    let word = text.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let word = &text[text.len() - word..];
    NAMES.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()))
}

/// Where the value of a pair begins whose name ends at `place`: `", "value": `, a next line's `value: `,
/// `</key><string>`.
pub(super) fn pair(text: Text<'_>, place: usize) -> Apart {
    let bytes = &text.bytes[..text.bytes.len().min(place + PAIR)];
    let missing = if bytes.len() == place + PAIR || text.end { Apart::No } else { Apart::More };
    let skip = |mut at: usize, set: &[u8]| {
        while bytes.get(at).is_some_and(|byte| set.contains(byte)) {
            at += 1;
        }
        at
    };
    let mut at = skip(place, b"\"'\\");
    let tags = bytes.get(at) == Some(&b'<');
    if tags {
        let Some(end) = memchr::memchr(b'>', &bytes[at..]) else { return missing };
        if bytes.get(at + 1) != Some(&b'/') {
            return Apart::No;
        }
        at += end + 1;
    }
    at = skip(at, b", \t\n");
    if tags {
        match bytes.get(at) {
            None => return missing,
            Some(b'<') => at += 1,
            Some(_) => return Apart::No,
        }
    }
    if !tags {
        // Other fields of the pair: `"slotSetting": false,`.
        for _ in 0..MEMBERS {
            let word = skip(at, b"\"'\\");
            let length = bytes[word..].iter().take(16).take_while(|byte| byte.is_ascii_alphabetic()).count();
            if bytes.get(at) != Some(&b'"') || is_value(&bytes[word..word + length]) {
                break;
            }
            match other_member(bytes, at) {
                Apart::At(next) => at = skip(next, b" \t\n"),
                Apart::More => return missing,
                Apart::No => return Apart::No,
            }
        }
    }
    at = skip(at, b"\"'\\");
    let word = bytes[at..].iter().take(16).take_while(|byte| byte.is_ascii_alphabetic()).count();
    if at + word == bytes.len() {
        return missing;
    }
    if !is_value(&bytes[at..at + word]) {
        return Apart::No;
    }
    at += word;
    if !tags {
        at = skip(skip(at, b"\"'\\"), b" \t");
    }
    match bytes.get(at) {
        None => missing,
        // `<value><string>X`.
        Some(b'>') if tags && bytes.get(at + 1).is_none() => missing,
        Some(b'>') if tags && bytes.get(at + 1) == Some(&b'<') => match memchr::memchr(b'>', &bytes[at + 1..]) {
            None => missing,
            Some(end) if bytes[at + 2..at + 1 + end].iter().all(u8::is_ascii_alphabetic) => Apart::At(at + end + 2),
            Some(_) => Apart::No,
        },
        Some(b'>') if tags => Apart::At(at + 1),
        Some(b':' | b'=') if !tags => Apart::At(at + 1),
        Some(_) => Apart::No,
    }
}

/// Where the value of `"key": {"sensitive": true, "value": "X"}` begins; `at` is behind the brace.
pub(super) fn member(text: Text<'_>, at: usize) -> Apart {
    let room = text.bytes.len().min(at + PAIR);
    let bytes = &text.bytes[..room];
    let missing = if room == at + PAIR || text.end { Apart::No } else { Apart::More };
    let blank = |mut at: usize| {
        while bytes.get(at).is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n')) {
            at += 1;
        }
        at
    };
    let mut at = blank(at);
    for _ in 0..=MEMBERS {
        let rest = &bytes[at..];
        if let Some(behind) = rest.strip_prefix(b"\"value\"") {
            let colon = blank(room - behind.len());
            return match bytes.get(colon) {
                None => missing,
                Some(b':') => Apart::At(blank(colon + 1)),
                Some(_) => Apart::No,
            };
        }
        match other_member(bytes, at) {
            Apart::At(next) => at = blank(next),
            Apart::More => return missing,
            Apart::No => return Apart::No,
        }
    }
    Apart::No
}

/// Where the default of a variable begins whose block begins at `at`.
pub(super) fn default_of(text: Text<'_>, at: usize) -> Apart {
    let room = text.bytes.len().min(at + PAIR);
    let bytes = &text.bytes[at..room];
    let missing = if room == at + PAIR || text.end { Apart::No } else { Apart::More };
    let close = memchr::memchr(b'}', bytes);
    let Some(word) = memchr::memmem::find(bytes, b"default") else {
        return if close.is_some() { Apart::No } else { missing };
    };
    if close.is_some_and(|close| close < word) {
        return Apart::No;
    }
    let sign = word + 7 + bytes[word + 7..].iter().take_while(|byte| **byte == b' ').count();
    match bytes.get(sign) {
        None => missing,
        Some(b'=') => Apart::At(at + sign + 1),
        Some(_) => Apart::No,
    }
}

/// Where the value of a member `name` begins that stands right behind the member of an object whose name begins at
/// `named`.
pub(super) fn sibling(text: Text<'_>, named: usize, name: &[u8]) -> Apart {
    let Some(from) = named.checked_sub(1).filter(|from| text.bytes[*from] == b'"') else { return Apart::No };
    let room = text.bytes.len().min(from + PAIR);
    let bytes = &text.bytes[..room];
    let missing = if room == from + PAIR || text.end { Apart::No } else { Apart::More };
    let next = match other_member(bytes, from) {
        Apart::At(next) => next,
        Apart::More => return missing,
        Apart::No => return Apart::No,
    };
    let at = next + bytes[next..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n')).count();
    let wanted = [b"\"", name, b"\":"].concat();
    let there = &bytes[at..bytes.len().min(at + wanted.len())];
    if there == wanted {
        Apart::At(at + wanted.len())
    } else if wanted.starts_with(there) {
        missing
    } else {
        Apart::No
    }
}

/// What somebody has typed to see a value, in front of its name.
const SHOWS: &[&str] =
    &["(Pdb) p", "(Pdb) pp", "(Pdb)", "ipdb>", ">>>", "(gdb) p", "(gdb) print", "(lldb) p", "(dlv) p", "echo", "irb>"];

/// Where a value begins on the line below its name, which ends its line at `place`: `>>> token`, `echo $TOKEN`.
pub(super) fn shown(text: Text<'_>, named: usize, place: usize) -> Option<(Apart, Close)> {
    let front = trim_end(before(text.bytes, named), b"${\"");
    let trimmed = trim_end(front, b" ");
    let numbered = trimmed.ends_with(b"]:") && memchr::memmem::find(trimmed, b"In [").is_some()
        || trimmed.ends_with(b">") && trimmed.starts_with(b"irb(");
    let shows = SHOWS.iter().any(|word| trimmed.ends_with(word.as_bytes()));
    if trimmed.len() == front.len() || !shows && !numbered {
        return None;
    }
    let room = text.bytes.len().min(place + PAIR);
    let bytes = &text.bytes[..room];
    let missing = if room == place + PAIR || text.end { Apart::No } else { Apart::More };
    let line = &bytes[place + 1..];
    // `=> "X"`, `$1 = 0x5555 "X"`, `Out[3]: 'X'`.
    let signs =
        line.iter().take(48).take_while(|byte| byte.is_ascii_alphanumeric() || b"$=>:[] ()".contains(byte)).count();
    match line.get(signs) {
        None if signs < 48 => Some((missing, Close::Cell)),
        Some(quote @ (b'"' | b'\'')) if signs == 0 || line[signs - 1] == b' ' => {
            Some((Apart::At(place + 2 + signs), Close::Quote(*quote)))
        }
        _ if line[0].is_ascii_alphanumeric() => Some((Apart::At(place + 1), Close::Cell)),
        _ => None,
    }
}

/// Where the answer begins to what a mail server asked on the line that ends at `place`, behind what a log has in front.
pub(super) fn answered(text: Text<'_>, place: usize) -> Apart {
    let line = &text.bytes[place + 1..];
    let signs = line.iter().take(12).take_while(|byte| b" -~<>*:C".contains(byte)).count();
    match line.get(signs) {
        None if !text.end && signs < 12 => Apart::More,
        // Letters of base64.
        Some(byte) if byte.is_ascii_alphanumeric() || b"+/".contains(byte) => Apart::At(place + 1 + signs),
        _ => Apart::No,
    }
}

/// Where the default of a parameter begins whose lines begin behind `place`, deeper than `column`: `Type: String` and
/// `Default: X`, each on a line of its own.
pub(super) fn default_below(text: Text<'_>, place: usize, column: usize) -> Apart {
    let room = text.bytes.len().min(place + PAIR);
    let bytes = &text.bytes[..room];
    let missing = if room == place + PAIR || text.end { Apart::No } else { Apart::More };
    let mut at = place + 1;
    loop {
        let blank = bytes[at..].iter().take_while(|byte| **byte == b' ').count();
        let name = at + blank;
        let word = bytes[name..].iter().take(24).take_while(|byte| byte.is_ascii_alphabetic()).count();
        match bytes.get(name + word) {
            None => return missing,
            Some(b':') if blank > column && word > 0 => {}
            Some(_) => return Apart::No,
        }
        if [b"default".as_slice(), b"value"].iter().any(|known| known.eq_ignore_ascii_case(&bytes[name..name + word])) {
            return Apart::At(name + word + 1);
        }
        let Some(end) = memchr::memchr(b'\n', &bytes[name..]) else { return missing };
        // A block of its own.
        if end == word + 1 {
            return Apart::No;
        }
        at = name + end + 1;
    }
}

/// What asks for a variable, and takes what stands in for it.
const ASKED: &[&str] =
    &["getenv(", "environ.get(", "env(", "config(", "fetch(", "getProperty(", "GetEnv(", "LookupEnv(", "getOrDefault("];
/// What sets something by its name.
const SET: &[&str] = &[
    "put(",
    "Put(",
    "set(",
    "Set(",
    "etProperty(",
    "etenv(",
    "putenv(",
    "Add(",
    ".add(",
    "append(",
    "Append(",
    "setItem(",
    ".insert(",
    "setdefault(",
    "eader(",
    "set_var(",
    "ield(",
    "aram(",
    "arameter(",
    "update(",
    "set_env(",
    "define(",
    "efault(",
    "ariable(",
    "String(",
];

/// Says whether a quoted name is what a program asks its environment for.
pub(super) fn is_asked(bytes: &[u8], named: usize) -> bool {
    let text = trim_end(before(bytes, named), b"\"'");
    ASKED.iter().chain(SET).any(|word| text.ends_with(word.as_bytes())) && !text.ends_with(b"errors.add(")
}

/// Says whether a name stands in the name of a resource: `arn:aws:secretsmanager:eu-west-1:1:secret:`.
pub(super) fn is_arn(bytes: &[u8], named: usize) -> bool {
    let text = before(bytes, named);
    let word = text.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b":-_*".contains(byte)).count();
    text[text.len() - word..].starts_with(b"arn:")
}

/// Says whether a name is what a test compares.
pub(super) fn is_tested(bytes: &[u8], named: usize) -> bool {
    let text = before(bytes, named);
    [b"assert".as_slice(), b"Equal", b"expect"].iter().any(|word| memchr::memmem::find(text, word).is_some())
}

/// Says whether a name is that of a part of a form that was sent.
pub(super) fn is_part(bytes: &[u8], named: usize) -> bool {
    before(bytes, named).ends_with(b"form-data; name=\"")
}

/// Where the value begins of a name that a server's numbered reply has on the line before `place`: `2) "X"`.
pub(super) fn reply(text: Text<'_>, named: usize, place: usize) -> Apart {
    let room = text.bytes.len().min(place + 16);
    let bytes = &text.bytes[place..room];
    let missing = if room == place + 16 || text.end { Apart::No } else { Apart::More };
    let numbered = |text: &[u8]| {
        let digits = text.trim_ascii_start();
        let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        count > 0 && digits[count..].starts_with(b") \"") && digits.len() == count + 3
    };
    if !numbered(before(text.bytes, named)) {
        return Apart::No;
    }
    match memchr::memchr2(b'"', b'\n', bytes) {
        None => missing,
        Some(quote) if numbered(&bytes[..=quote]) => Apart::At(place + quote + 1),
        Some(_) => Apart::No,
    }
}

/// Says whether a name is that of a tag that opens here, with or without a namespace.
pub(super) fn is_tag(bytes: &[u8], named: usize) -> bool {
    if !bytes[..named].last().is_some_and(|byte| b"<:".contains(byte)) {
        return false;
    }
    let text = before(bytes, named);
    let text = text.strip_suffix(b":").map_or(text, |text| {
        let name = text.iter().rev().take(16).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        &text[..text.len() - name]
    });
    text.ends_with(b"<")
}

/// Where the text behind a tag begins whose attributes begin at `place`.
pub(super) fn tag_end(text: Text<'_>, place: usize) -> Apart {
    let room = text.bytes.len().min(place + PAIR);
    let bytes = &text.bytes[place..room];
    match bytes.iter().position(|byte| b"<>".contains(byte)) {
        Some(end) if bytes[end] == b'>' && end > 0 && bytes[end - 1] != b'/' => Apart::At(place + end + 1),
        Some(_) => Apart::No,
        None if room == place + PAIR || text.end => Apart::No,
        None => Apart::More,
    }
}

/// Most tags between two cells, and most bytes.
const TAGS_BETWEEN: usize = 5;
const TAG_BYTES: usize = 160;

/// Where the text of the next cell begins, behind the tags that end a cell with a name at `place`.
pub(super) fn next_tag(text: Text<'_>, place: usize) -> Apart {
    let room = text.bytes.len().min(place + TAG_BYTES);
    let bytes = &text.bytes[..room];
    let missing = if room == place + TAG_BYTES || text.end { Apart::No } else { Apart::More };
    let mut at = place;
    let mut opened = false;
    for number in 0..=TAGS_BETWEEN {
        match bytes.get(at) {
            None => return missing,
            Some(b'<') if number < TAGS_BETWEEN => {}
            Some(_) if !opened => return Apart::No,
            // A quote.
            Some(b'&') => {
                let quotes = [b"&#x27;".as_slice(), b"&#39;", b"&quot;"];
                let rest = &bytes[at..];
                if rest.len() < 6 && quotes.iter().any(|quote| quote.starts_with(rest)) {
                    return missing;
                }
                let quote = quotes.iter().find(|quote| rest.starts_with(quote)).map_or(0, |quote| quote.len());
                return Apart::At(at + quote);
            }
            Some(_) => return Apart::At(at),
        }
        let Some(end) = memchr::memchr(b'>', &bytes[at..]) else { return missing };
        let tag = &bytes[at + 1..at + end];
        let closes = tag.first() == Some(&b'/');
        let name = tag.strip_prefix(b"/").unwrap_or(tag);
        let cell = [b"td".as_slice(), b"th", b"dt", b"dd"].iter().any(|cell| name.starts_with(cell));
        let plain = [b"b".as_slice(), b"strong", b"code", b"span", b"pre", b"em", b"tt", b"kbd"];
        if number == 0 && !closes || !cell && !plain.iter().any(|known| name.starts_with(known)) {
            return Apart::No;
        }
        opened |= cell && !closes;
        at += end + 1;
        at += bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\t')).count();
    }
    Apart::No
}

/// Where a value begins on a line of its own, behind a name that ends its line with a colon; or in PHP's dump of an
/// array. `begin` is behind the sign, the line ends at `place`.
pub(super) fn below(text: Text<'_>, named: usize, begin: usize, place: usize) -> Apart {
    let room = text.bytes.len().min(place + TAG_BYTES);
    let bytes = &text.bytes[..room];
    let missing = if room == place + TAG_BYTES || text.end { Apart::No } else { Apart::More };
    let blank = bytes[place..].iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\t')).count();
    let lines = memchr::memchr_iter(b'\n', &bytes[place..place + blank]).count();
    let at = place + blank;
    let Some(first) = bytes.get(at) else { return missing };
    if bytes[..begin].ends_with(b"=>") {
        let rest = &bytes[at..];
        let known = rest.len().min(7);
        if rest[..known] != b"string("[..known] {
            return Apart::No;
        }
        let digits = rest[known..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let end = known + digits;
        return match rest.get(end..end + 3) {
            None => missing,
            Some(b") \"") => Apart::At(at + end + 3),
            Some(_) => Apart::No,
        };
    }
    let colon = bytes[..begin].ends_with(b":");
    let bare = first.is_ascii_alphanumeric() || b"!@%^_+=~".contains(first);
    // JSON that was spread out.
    if colon && lines == 1 && *first == b'"' && bytes[..named].ends_with(b"\"") {
        return Apart::At(at + 1);
    }
    if !colon || lines > 2 || !bare {
        return Apart::No;
    }
    // A line with a name of its own: `Modulus=…`.
    let name = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'_').count();
    match bytes.get(at + name..at + name + 2) {
        None => missing_or(text, at, at + name + 2),
        Some([b'=', next]) if name > 2 && *next > b' ' && *next != b'=' => Apart::No,
        Some(_) => Apart::At(at),
    }
}

/// More text, as long as there may be some before `limit`; else what is known, that a value stands at `at`.
fn missing_or(text: Text<'_>, at: usize, limit: usize) -> Apart {
    if text.end || text.bytes.len() >= limit { Apart::At(at) } else { Apart::More }
}

fn is_value(word: &[u8]) -> bool {
    VALUES.iter().any(|value| value.as_bytes().eq_ignore_ascii_case(word))
}

/// Where a flat member of a JSON object ends that begins at `at`, with its comma: `"type": "string",`.
fn other_member(bytes: &[u8], at: usize) -> Apart {
    let blank = |at: usize| at + bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n')).count();
    let word = |at: usize, most: usize, fits: fn(&u8) -> bool| {
        at + bytes[at..].iter().take(most).take_while(|byte| fits(byte)).count()
    };
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+');
    let mut at = at;
    for sign in [b'"', b'"', b':'] {
        match bytes.get(at) {
            None => return Apart::More,
            Some(byte) if *byte == sign => at += 1,
            Some(_) => return Apart::No,
        }
        at = if sign == b'"' && bytes[at - 1] == b'"' { word(at, 40, name) } else { blank(at) };
        if sign == b'"' && bytes.get(at) == Some(&b' ') {
            at = blank(at);
        }
    }
    match bytes.get(at) {
        None => return Apart::More,
        Some(b'"') => {
            at = word(at + 1, 80, |byte| *byte >= b' ' && !b"\"\\".contains(byte));
            match bytes.get(at) {
                None => return Apart::More,
                Some(b'"') => at += 1,
                Some(_) => return Apart::No,
            }
        }
        Some(_) => at = word(at, 12, name),
    }
    at = blank(at);
    match bytes.get(at) {
        None => Apart::More,
        Some(b',') => Apart::At(at + 1),
        Some(_) => Apart::No,
    }
}

/// Says whether a name begins its line.
pub(super) fn begins_line(bytes: &[u8], named: usize) -> bool {
    before(bytes, named).is_empty()
}

/// Says whether a name stands where keys of YAML stand: with nothing but blanks and the signs of items in front.
pub(super) fn is_yaml(bytes: &[u8], named: usize) -> bool {
    before(bytes, named).iter().all(|byte| b" -?+\"'".contains(byte))
}

/// How long an anchor or tag is with the blanks behind it, where a value follows; 0 where it is no such thing, `None`
/// where that is not to be seen yet.
pub(super) fn behind_tag(text: &[u8]) -> Option<usize> {
    let sign = |byte: &&u8| byte.is_ascii_alphanumeric() || b"!_-.:/".contains(byte);
    let name = 1 + text[1..].iter().take(32).take_while(sign).count();
    let blanks = text[name..].iter().take(8).take_while(|byte| **byte == b' ').count();
    let next = text.get(name + blanks)?;
    let other = TAGS.iter().any(|tag| tag.as_bytes() == &text[1..name]);
    Some(if other || blanks == 0 || *next < b' ' || *next == b'|' || *next == b'>' { 0 } else { name + blanks })
}

/// Says whether a quote closes a string that begins in front of the name; `sign` is behind what parts name and value.
pub(super) fn closes_quote(bytes: &[u8], named: usize, sign: usize, quote: u8) -> bool {
    let front = before(bytes, named);
    if bytes[named..sign].contains(&quote) {
        return false;
    }
    // Where the line's beginning is not seen, only what stands right in front counts.
    if front.len() >= BACK {
        return front.last() == Some(&quote);
    }
    let letter = |at: Option<usize>| at.and_then(|at| front.get(at)).is_some_and(u8::is_ascii_alphabetic);
    let apostrophe = |at: usize| quote == b'\'' && letter(at.checked_sub(1)) && letter(Some(at + 1));
    front.iter().enumerate().filter(|(at, byte)| **byte == quote && !apostrophe(*at)).count() % 2 == 1
}

/// Says whether a text about an option goes on at `place`, and no value of it stands there; `None` where that is not to
/// be seen yet.
pub(super) fn is_prose(text: Text<'_>, place: usize, blanks: usize) -> Option<bool> {
    let rest = &text.bytes[place..];
    let word = rest.iter().take(24).take_while(|byte| byte.is_ascii_alphabetic()).count();
    if word == rest.len() && word < 24 && !text.end {
        return None;
    }
    let alone = rest.get(word).is_none_or(|byte| *byte <= b' ' || b".,;:)".contains(byte));
    let (word, lower) = (&rest[..word], rest[..word].to_ascii_lowercase());
    if !alone || word.is_empty() {
        return Some(false);
    }
    let described = blanks > 1 && word[0].is_ascii_uppercase() && word[1..].iter().all(u8::is_ascii_lowercase);
    Some(described || PROSE.iter().any(|known| known.as_bytes() == lower))
}

/// Says whether a name stands behind a directive that takes its value.
pub(super) fn directs(bytes: &[u8], named: usize) -> bool {
    let near = trim_end(&bytes[named.saturating_sub(BACK)..named], b" \t");
    if !near.last().is_some_and(|byte| LASTS.has(*byte)) {
        return false;
    }
    let front = before(bytes, named);
    let trimmed = trim_end(front, b" \t");
    trimmed.len() < front.len()
        && DIRECTIVES.iter().any(|word| {
            trimmed
                .strip_suffix(word.as_bytes())
                .is_some_and(|rest| !rest.last().is_some_and(u8::is_ascii_alphanumeric))
        })
}

/// What is drawn between columns.
const BARS: &[&str] = &["\u{2502}", "\u{2503}", "\u{2551}"];

/// Says whether a byte is a sign that most often does not begin a value.
pub(super) fn is_sign(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| b"\"'`|=:<>(){}[],;.?!".contains(byte))
}

/// What may stand in a cell between a name and its value: a flag, a type of Windows' registry or of a store.
const FLAGS: &[&str] = &["True", "False", "REG_SZ", "REG_EXPAND_SZ", "REG_MULTI_SZ", "SecureString"];

/// Where the next cell begins behind one at `place` that holds a flag.
fn behind_flag(text: Text<'_>, place: usize) -> Apart {
    let rest = &text.bytes[place..];
    let word = rest.iter().take(16).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let blank = rest[word..].iter().take(64).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let (word, behind) = (&rest[..word], &rest[word..word + blank]);
    let open = word.len() + blank == rest.len() && blank < 64 && !text.end;
    if open && FLAGS.iter().any(|flag| flag.as_bytes().starts_with(word)) {
        return Apart::More;
    }
    let flag = FLAGS.iter().any(|flag| flag.as_bytes() == word);
    let cell = behind.len() > 1 || behind == b"\t";
    if flag && cell && rest.get(word.len() + blank).is_some_and(|byte| *byte > b' ') {
        Apart::At(place + word.len() + blank)
    } else {
        Apart::No
    }
}

/// How a value is closed that stands behind blanks at `place`, or where it stands in the next cell.
pub(super) fn spaced(text: Text<'_>, named: usize, blanks: usize, place: usize) -> Option<(Apart, Close)> {
    let bytes = text.bytes;
    let column = blanks >= 2 || place > 0 && bytes[place - 1] == b'\t';
    // Most often a sentence goes on.
    let word = bytes.get(place).is_some_and(u8::is_ascii_alphanumeric);
    if word && !column && !directs(bytes, named) && !is_netrc(bytes, named) {
        return None;
    }
    let front = before(bytes, named);
    let trimmed = trim_end(front, b" \t`*");
    // What a name belongs to: `app:secretKey`.
    let spaced = |text: &[u8]| text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte));
    let trimmed = trimmed.strip_suffix(b":").filter(|name| column && spaced(name)).map_or(trimmed, |_| &[]);
    let (place, flagged) = match if column { behind_flag(text, place) } else { Apart::No } {
        Apart::More => return Some((Apart::More, Close::Cell)),
        Apart::No => (place, false),
        Apart::At(at) => (at, true),
    };
    let column = column || flagged;
    let bare = !is_sign(bytes[place..].first());
    // A password may begin with a sign, too; it is looked at closely.
    let cell = bare || bytes[place..].first().is_some_and(|byte| b":<>(){}[],;.?!".contains(byte));
    if bare && (directs(bytes, named) || is_netrc(bytes, named)) {
        return Some((Apart::At(place), Close::Blank));
    }
    let bar = |text: &[u8]| {
        if text.starts_with(b"|") {
            1
        } else if BARS.iter().any(|bar| text.starts_with(bar.as_bytes())) {
            3
        } else {
            0
        }
    };
    // The first bytes of a bar whose rest has not come.
    let half = |text_: &[u8]| {
        !text.end && !text_.is_empty() && text_.len() < 3 && BARS.iter().any(|bar| bar.as_bytes().starts_with(text_))
    };
    let width = bar(&bytes[place..]);
    let framed = trimmed.ends_with(b"|") || BARS.iter().any(|bar| trimmed.ends_with(bar.as_bytes()));
    if (framed || trimmed.is_empty()) && half(&bytes[place..]) {
        return Some((Apart::More, Close::Cell));
    }
    if width > 0 && (framed || trimmed.is_empty()) {
        let blank = bytes[place + width..].iter().take(64).take_while(|byte| **byte == b' ').count();
        let at = place + width + blank;
        // Markdown's signs.
        let at = at + bytes[at..].iter().take(2).take_while(|byte| b"`*".contains(byte)).count();
        let apart = match bytes.get(at) {
            Some(_) if half(&bytes[at..]) => Apart::More,
            None if text.end => Apart::No,
            None => Apart::More,
            Some(byte) if *byte < b' ' || bar(&bytes[at..]) > 0 => Apart::No,
            Some(_) => Apart::At(at),
        };
        return Some((apart, Close::Cell));
    }
    // A column of several that tabs part; a name of several words.
    let behind = front.ends_with(b"\t") && bytes[place - 1] == b'\t';
    let words = front.len() < 32
        && front.ends_with(b" ")
        && front.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b' ');
    (cell && (trimmed.is_empty() || behind || words) && column).then_some((Apart::At(place), Close::Cell))
}

/// Says whether a name stands behind `machine … login …`.
fn is_netrc(bytes: &[u8], named: usize) -> bool {
    let text = &bytes[named.saturating_sub(BACK)..named];
    // The word in front of the last, where there is one.
    let word = |text: &[u8]| {
        let end = text.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(0, |at| at + 1);
        text[..end].iter().rposition(u8::is_ascii_whitespace).map_or(0, |at| at + 1)
    };
    let last = trim_end(&text[..word(text)], b" \t\n\x0c\r");
    if !(last.ends_with(b"login") || last.ends_with(b"account")) {
        return false;
    }
    let mut words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).rev();
    let login = words.nth(1).is_some_and(|word| word == b"login" || word == b"account");
    login && words.take(4).any(|word| word == b"machine" || word == b"default" || word == b"login")
}

/// Says what stands behind a value in a column: the end of its cell.
pub(super) fn closes_cell(text: Text<'_>, end: usize) -> Option<bool> {
    let rest = &text.bytes[end..];
    let marks = rest.iter().take(2).take_while(|byte| b"`*".contains(byte)).count();
    if marks == rest.len() && !text.end {
        return None;
    }
    let rest = &rest[marks..];
    let blank = rest.iter().take(BLANK).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match rest.get(blank) {
        None if !text.end => None,
        None | Some(b'\n' | b'|' | b'<') => Some(true),
        // A quote in HTML.
        Some(b'&') => Some(true),
        Some(_)
            if !text.end
                && rest.len() - blank < 3
                && BARS.iter().any(|bar| bar.as_bytes().starts_with(&rest[blank..])) =>
        {
            None
        }
        Some(_) => Some(BARS.iter().any(|bar| rest[blank..].starts_with(bar.as_bytes()))),
    }
}

/// Where the lines of a YAML block begin whose mark (`|`, `>-`) stands at `place`, and the column of its key.
pub(super) fn block(text: Text<'_>, named: usize, place: usize) -> Option<(Apart, u8)> {
    let bytes = text.bytes;
    let front = before(bytes, named);
    let quiet = front.iter().all(|byte| b" -?+\"'".contains(byte));
    let column =
        u8::try_from(front.len() - front.iter().rev().take_while(|byte| b"\"'".contains(byte)).count()).ok()?;
    if !quiet || !matches!(bytes.get(place), Some(b'|' | b'>')) {
        return None;
    }
    let missing = if text.end { Apart::No } else { Apart::More };
    let mut at =
        place + 1 + bytes[place + 1..].iter().take(8).take_while(|byte| b"+-123456789 ".contains(byte)).count();
    match bytes.get(at) {
        None => return Some((missing, column)),
        Some(b'\n') => at += 1,
        Some(_) => return None,
    }
    let blank = bytes[at..].iter().take(BLANK).take_while(|byte| matches!(byte, b' ' | b'\n')).count();
    let Some(_) = bytes.get(at + blank) else { return Some((missing, column)) };
    let line = memchr::memrchr(b'\n', &bytes[at..at + blank]).map_or(at, |line| at + line + 1);
    let inside = at + blank - line > usize::from(column);
    Some((if inside { Apart::At(at + blank) } else { Apart::No }, column))
}

/// Where a block ends that goes on at `from`; else how far it was looked at.
pub(super) fn block_end(text: Text<'_>, from: usize, column: u8) -> Result<usize, usize> {
    let bytes = text.bytes;
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' => {
                let blank = bytes[at..].iter().take(BLANK).take_while(|byte| matches!(byte, b' ' | b'\n')).count();
                let line = memchr::memrchr(b'\n', &bytes[at..at + blank]).map_or(at, |line| at + line + 1);
                match bytes.get(at + blank) {
                    None if !text.end => return Err(at),
                    Some(_) if at + blank - line > usize::from(column) && blank < BLANK => at += blank,
                    _ => return Ok(at),
                }
            }
            b'\t' | b' '.. => at += 1,
            _ => return Ok(at),
        }
    }
    if text.end { Ok(at) } else { Err(at) }
}
