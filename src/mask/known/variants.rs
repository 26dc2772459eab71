//! The forms in which programs print a value.
//!
//! Sources: RFC 8259 (JSON), RFC 3986 (addresses), RFC 4648 (base64), XML 1.0 2.4, POSIX XCU 2.2, the manuals of bash
//! (`$'…'`, `printf %q`), Go's `strconv` and the HTML escapers of Go, Python and the browsers.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::{MIN_LEN, Secret, Value};

/// Values longer than this, in bytes, are looked for in the forms that keep them whole only.
const LONG: usize = 512;
/// Values shorter than this, in bytes, count only between characters that are no part of a word.
const WORD: usize = 12;

/// One form of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Literal {
    /// What is printed.
    pub bytes: Secret,
    /// Counts only where the bytes before and behind it are no letters, digits or `_`.
    pub whole_word: bool,
}

impl Value {
    /// Gives every form in which the value may be printed, sorted and without doubles; the first form is always the
    /// value itself. Forms shorter than eight bytes are left out.
    #[must_use]
    pub fn literals(&self) -> Vec<Literal> {
        let raw = self.secret.bytes();
        let mut forms = Forms { raw, out: BTreeSet::new() };
        if !self.part {
            forms.all();
        }
        let short = raw.len() < WORD;
        let literal = |bytes: Secret| Literal { whole_word: short && bytes.bytes() == raw, bytes };
        let mut out = vec![literal(self.secret.clone())];
        out.extend(forms.out.into_iter().filter(|form| form.bytes() != raw).map(literal));
        out
    }
}

type Bytes = Zeroizing<Vec<u8>>;

struct Forms<'a> {
    raw: &'a [u8],
    out: BTreeSet<Secret>,
}

impl Forms<'_> {
    fn all(&mut self) {
        let raw = self.raw;
        let plain = json(raw, Json::Plain);
        self.add(&plain);
        self.add(&percent(raw, "-._~"));
        self.base64(raw);
        if raw.contains(&b'\n') {
            self.add(&replaced(raw, &[(b'\n', b"\r\n")]));
            self.add(&replaced(raw, &[(b'\n', b" ")]));
        }
        // JSON inside of JSON.
        self.add(&json(&plain, Json::Plain));
        if raw.len() <= LONG {
            for form in written(raw) {
                self.add(&form);
            }
            self.hex();
        }
    }

    /// All three alignments, without the signs that depend on the neighbours; in one piece and in lines.
    fn base64(&mut self, raw: &[u8]) {
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            for offset in 0..3 {
                let mut shifted = Zeroizing::new(vec![0; offset]);
                shifted.extend_from_slice(raw);
                let text = Zeroizing::new(engine.encode(shifted.as_slice()).into_bytes());
                let head = [0, 2, 3][offset];
                let tail = usize::from(shifted.len() % 3 != 0);
                self.add(text.get(head..text.len() - tail).unwrap_or_default());
            }
        }
        let whole = Zeroizing::new(STANDARD_NO_PAD.encode(raw).into_bytes());
        self.add(&whole);
        let mut padded = whole.clone();
        padded.resize(whole.len().next_multiple_of(4), b'=');
        self.add(&padded);
        for width in [64, 76] {
            self.add(&folded(&whole, width));
        }
    }

    fn hex(&mut self) {
        let mut text = Zeroizing::new(String::with_capacity(self.raw.len() * 2));
        for byte in self.raw {
            let _ = write!(text, "{byte:02x}");
        }
        self.add(text.as_bytes());
        self.add(&folded(text.as_bytes(), 60));
        self.add(Zeroizing::new(text.to_ascii_uppercase()).as_bytes());
        let spaced: Vec<&str> = (0..text.len()).step_by(2).map(|at| &text[at..at + 2]).collect();
        self.add(Zeroizing::new(spaced.join(" ")).as_bytes());
        self.add(Zeroizing::new(spaced.join(":")).as_bytes());
    }

    fn add(&mut self, form: &[u8]) {
        if form.len() >= MIN_LEN {
            self.out.insert(Secret::from(form));
        }
    }
}

/// The forms that quote single signs.
fn written(raw: &[u8]) -> Vec<Bytes> {
    let mut out = vec![
        json(raw, Json::Plain),
        json(raw, Json::Ascii),
        json(raw, Json::Html),
        json(raw, Json::Go),
        replaced(&json(raw, Json::Plain), &[(b'/', b"\\/")]),
        // 'it'\''s', 'it'"'"'s', 'it''s', "it""s"
        replaced(raw, &[(b'\'', b"'\\''")]),
        replaced(raw, &[(b'\'', b"'\"'\"'")]),
        replaced(raw, &[(b'\'', b"''")]),
        replaced(raw, &[(b'"', b"\"\"")]),
        // Python's and JavaScript's own.
        replaced(&json(raw, Json::Go), &[(b'\'', b"\\'")]),
        replaced(raw, &[(b'\\', b"\\\\"), (b'\'', b"\\'")]),
        // "a\$b" and the same as bash and zsh would write it
        replaced(raw, &[(b'\\', b"\\\\"), (b'"', b"\\\""), (b'$', b"\\$"), (b'`', b"\\`")]),
        replaced(raw, &[(b'\\', b"\\\\"), (b'"', b"\\\""), (b'$', b"\\$"), (b'`', b"\\`"), (b'!', b"\\!")]),
        replaced(raw, &[(b'`', b"``"), (b'"', b"`\""), (b'$', b"`$")]),
        dollar_quoted(raw),
        backslashed(raw),
    ];
    for keep in ["-._~", "-_.!~*'()", "/-_.~", "-._~!$&'()*+,;=", "-._~!$&'()*+,;=:@/"] {
        let upper = percent(raw, keep);
        out.push(replaced(&upper, &[]));
        out.push(lower_percent(&upper));
        out.push(plus(&upper));
        // An address inside of an address.
        out.push(replaced(&upper, &[(b'%', b"%25")]));
    }
    let (less, more) = ((b'<', b"&lt;".as_slice()), (b'>', b"&gt;".as_slice()));
    let and = (b'&', b"&amp;".as_slice());
    out.push(replaced(raw, &[and, less, more]));
    for (double, single) in
        [("&quot;", "&#39;"), ("&quot;", "&apos;"), ("&#34;", "&#39;"), ("&quot;", "&#x27;"), ("&quot;", "'")]
    {
        out.push(replaced(raw, &[and, less, more, (b'"', double.as_bytes()), (b'\'', single.as_bytes())]));
    }
    out
}

/// Puts texts in the place of single signs.
fn replaced(raw: &[u8], pairs: &[(u8, &[u8])]) -> Bytes {
    let mut out = Zeroizing::new(Vec::with_capacity(raw.len() * 2));
    for &byte in raw {
        match pairs.iter().find(|(sign, _)| *sign == byte) {
            Some((_, text)) => out.extend_from_slice(text),
            None => out.push(byte),
        }
    }
    out
}

/// Breaks a line every `width` bytes.
fn folded(text: &[u8], width: usize) -> Bytes {
    Zeroizing::new(text.chunks(width).collect::<Vec<_>>().join(&b'\n'))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Json {
    /// As little as RFC 8259 asks for.
    Plain,
    /// Nothing but ASCII.
    Ascii,
    /// Fit for HTML, as Go does it.
    Html,
    /// Go's `%q`.
    Go,
}

fn json(raw: &[u8], how: Json) -> Bytes {
    let mut out = Zeroizing::new(Vec::with_capacity(raw.len() * 2));
    for chunk in raw.utf8_chunks() {
        for c in chunk.valid().chars() {
            json_char(c, how, &mut out);
        }
        for byte in chunk.invalid() {
            if how == Json::Go {
                let _ = std::io::Write::write_fmt(&mut *out, format_args!("\\x{byte:02x}"));
            } else {
                out.push(*byte);
            }
        }
    }
    out
}

fn json_char(c: char, how: Json, out: &mut Bytes) {
    let short = match c {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\u{7}' if how == Json::Go => "\\a",
        '\u{b}' if how == Json::Go => "\\v",
        _ => "",
    };
    let html = how == Json::Html && matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
    if !short.is_empty() {
        out.extend_from_slice(short.as_bytes());
    } else if how == Json::Go && (c.is_ascii_control()) {
        let _ = std::io::Write::write_fmt(&mut **out, format_args!("\\x{:02x}", u32::from(c)));
    } else if c.is_ascii_control() && c != '\u{7f}' || html || (how == Json::Ascii && !c.is_ascii()) {
        let mut units = [0; 2];
        for unit in c.encode_utf16(&mut units) {
            let _ = std::io::Write::write_fmt(&mut **out, format_args!("\\u{unit:04x}"));
        }
    } else {
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// The inside of bash's `$'…'`.
fn dollar_quoted(raw: &[u8]) -> Bytes {
    let mut out = Zeroizing::new(Vec::with_capacity(raw.len() * 2));
    for &byte in raw {
        match byte {
            b'\'' => out.extend_from_slice(b"\\'"),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x1b => out.extend_from_slice(b"\\E"),
            0x20..=0x7e => out.push(byte),
            _ => {
                let _ = std::io::Write::write_fmt(&mut *out, format_args!("\\{byte:03o}"));
            }
        }
    }
    out
}

/// A `\` in front of whatever a shell would look at, as `printf %q` writes it.
fn backslashed(raw: &[u8]) -> Bytes {
    let mut out = Zeroizing::new(Vec::with_capacity(raw.len() * 2));
    for &byte in raw {
        if b" !\"#$&'()*,;<>?[\\]^`{|}~".contains(&byte) {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out
}

fn percent(raw: &[u8], keep: &str) -> Bytes {
    let mut out = Zeroizing::new(Vec::with_capacity(raw.len() * 3));
    for &byte in raw {
        if byte.is_ascii_alphanumeric() || keep.as_bytes().contains(&byte) {
            out.push(byte);
        } else {
            let _ = std::io::Write::write_fmt(&mut *out, format_args!("%{byte:02X}"));
        }
    }
    out
}

fn lower_percent(text: &[u8]) -> Bytes {
    let mut out = Zeroizing::new(text.to_vec());
    for at in 0..out.len() {
        if out[at] == b'%' {
            let end = (at + 3).min(out.len());
            out[at..end].make_ascii_lowercase();
        }
    }
    out
}

/// `+` for a blank, as forms are sent.
fn plus(text: &[u8]) -> Bytes {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        if let Some(behind) = rest.strip_prefix(b"%20") {
            out.push(b'+');
            rest = behind;
        } else {
            out.push(byte);
            rest = behind;
        }
    }
    out
}
