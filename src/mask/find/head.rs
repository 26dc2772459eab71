//! From a key's name to where its value begins: what stands behind the name, and what it says.

#![forbid(unsafe_code)]

use super::apart::{self, Apart};
use super::key::Close;
use super::value::{Written, is_unclosed};
use super::{Text, code, list};
use crate::mask::class::Class;
use crate::mask::known::like::is_thing;
use crate::mask::verify;

/// Longest string that a name is defined as.
const DEFINED: usize = 512;

/// Most bytes between a key and its value.
const BETWEEN: usize = 48;
/// Ends of a key's name behind the word that it is known by.
const ENDINGS: &[&str] = &[
    "b64",
    "base64",
    "bak",
    "default",
    "dev",
    "development",
    "live",
    "local",
    "main",
    "new",
    "old",
    "plain",
    "preprod",
    "primary",
    "prod",
    "production",
    "qa",
    "raw",
    "ro",
    "rw",
    "sandbox",
    "secondary",
    "stage",
    "staging",
    "test",
    "uat",
    "v1",
    "v2",
    "v3",
    "v4",
    "value",
];

/// What they begin with, and what makes a plural.
const LEADS: Class = {
    let (mut all, mut at) = (Class::of(b"s"), 0);
    while at < ENDINGS.len() {
        all.add(ENDINGS[at].as_bytes()[0]);
        at += 1;
    }
    all
};

/// What makes a token the mark of a page in a listing.
const PAGES: &[&str] =
    &["page", "next", "prev", "previous", "continuation", "pagination", "sync", "start", "marker", "output"];

/// `Password:` in base64.
const ASKED: &[u8] = b"UGFzc3dvcmQ6";
/// What stands in front of the result of Terraform's `random_password`, in JSON.
const BESIDE: &[u8] = b"override_special";

/// Where a key's value begins.
pub(super) enum Head {
    /// More text is needed.
    More,
    /// Nowhere.
    No,
    /// Here; how it ends, and how it is written.
    Value(usize, Close, Written),
}

/// A key's name, and what comes behind it.
struct Name<'t> {
    text: Text<'t>,
    /// So far is looked.
    room: usize,
    /// Where the whole name begins, and the word that it is known by.
    named: usize,
    start: usize,
    /// Behind the word, behind the name, and behind the quotes and brackets that close it.
    after: usize,
    end: usize,
    closed: usize,
    /// Where the first byte stands that is no blank, and how many blanks are in front of it.
    place: usize,
    blanks: usize,
    /// It is the word in the plural: only a list of them counts.
    plural: bool,
}

/// Reads on from behind a key's word to where its value begins.
pub(super) fn head(text: Text<'_>, after: usize, literal: usize) -> Head {
    // `passw`: whatever follows, this is no name that ends here.
    if text.bytes.get(after).is_some_and(|byte| byte.is_ascii_alphabetic() && !LEADS.has(byte.to_ascii_lowercase())) {
        return Head::No;
    }
    let room = text.bytes.len().min(after + BETWEEN);
    let start = after - literal;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let back = text.bytes[..start].iter().rev().take(64).take_while(|byte| is_name(byte)).count();
    let named = start - back;
    let mut name =
        Name { text, room, named, start, after, end: after, closed: after, place: after, blanks: 0, plural: false };
    if name.is_other() {
        return Head::No;
    }
    match name.read() {
        Err(head) => head,
        Ok(sign) => name.behind(sign),
    }
}

/// What becomes of a place.
fn then(apart: Apart, value: impl FnOnce(usize) -> Head) -> Head {
    match apart {
        Apart::More => Head::More,
        Apart::No => Head::No,
        Apart::At(at) => value(at),
    }
}

impl Name<'_> {
    fn at(&self, place: usize) -> Option<u8> {
        if place < self.room { self.text.bytes.get(place).copied() } else { None }
    }

    fn skip(&self, mut place: usize, set: &[u8]) -> usize {
        while self.at(place).is_some_and(|byte| set.contains(&byte)) {
            place += 1;
        }
        place
    }

    /// What a place without text says.
    fn more(&self) -> Head {
        if self.room == self.after + BETWEEN || self.text.end { Head::No } else { Head::More }
    }

    /// Reads a value from `at` on.
    fn value(&self, at: usize, room: usize, sign: Sign) -> Head {
        value(self.text, self.named, at, self.after + room, sign)
    }

    /// The string behind a quote at `place`, or blanks in front of one.
    fn quoted(&self, place: usize, quotes: &[u8], fits: impl Fn(u8, u8) -> bool) -> Head {
        let quote = self.skip(place, b" ");
        match (self.at(quote), self.at(quote + 1)) {
            (None, _) => self.more(),
            (Some(sign), None) if quotes.contains(&sign) => self.more(),
            (Some(sign), Some(first)) if quotes.contains(&sign) && fits(sign, first) => {
                Head::Value(quote + 1, Close::Quote(sign), Written::Quoted)
            }
            _ => Head::No,
        }
    }

    /// Says whether the word belongs to a name of something else.
    fn is_other(&self) -> bool {
        let bytes = self.text.bytes;
        let (front, own) = (&bytes[..self.named], &bytes[self.named..self.start]);
        let word = &bytes[self.start..self.after];
        // A mask's text; `checksum/secret` is what clusters are told to notice changes by; a group of a pattern.
        if [b"[masked:".as_slice(), b"checksum/", b"(?P<"].iter().any(|end| front.ends_with(end)) {
            return true;
        }
        // A type in a schema: `"AWS::IAM::AccessKey"`; what an ARN names; the name of a public key.
        if front.ends_with(b"::") && bytes.get(self.after) == Some(&b'"')
            || front.ends_with(b":") && apart::is_arn(bytes, self.named)
            || bytes[self.named..self.after].eq_ignore_ascii_case(b"user.signingkey")
            // In git's own file.
            || front.ends_with(b"\t") && bytes[self.named..].starts_with(b"signingkey = ")
        {
            return true;
        }
        // What a listing goes on with.
        if word.eq_ignore_ascii_case(b"token") && pages(own) {
            return true;
        }
        // Short words begin where a word may begin.
        let (Some(before), true) = (self.start.checked_sub(1).map(|at| bytes[at]), word.len() <= 5) else {
            return false;
        };
        let camel = before.is_ascii_lowercase() && word[0].is_ascii_uppercase();
        before.is_ascii_alphabetic() && !camel && !verify::begins(bytes, self.start)
    }

    /// Reads the name to its end, and on to the first byte that says something.
    fn read(&mut self) -> Result<u8, Head> {
        let bytes = self.text.bytes;
        let mut place = self.after;
        while self.at(place).is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
            place += 1;
            if place - self.after > 14 {
                return Err(Head::No);
            }
        }
        if place == self.room {
            return Err(self.more());
        }
        self.plural = bytes[self.after..place].eq_ignore_ascii_case(b"s");
        if place > self.after && !self.plural && !ending(&bytes[self.after..place]) {
            return Err(Head::No);
        }
        if bytes[self.start..self.after] == *BESIDE {
            return Err(then(apart::sibling(self.text, self.named, b"result"), |at| {
                self.value(at, apart::PAIR, Sign::Pair)
            }));
        }
        if !self.plural && apart::is_named(bytes, self.named) {
            match apart::pair(self.text, place) {
                Apart::More => return Err(Head::More),
                Apart::At(at) if bytes[at - 1] == b'>' => return Err(Head::Value(at, Close::Tag, Written::Quoted)),
                Apart::At(at) => return Err(self.value(at, apart::PAIR + BETWEEN, Sign::Pair)),
                Apart::No => {}
            }
        }
        // A closing tag's sign.
        if !self.plural && self.at(place) == Some(b'>') && bytes[..self.named].ends_with(b"<") {
            // `<AdministratorPassword><Value>X`.
            let inside = self.skip(place + 1, b" \t\n");
            let inner = &bytes[inside..self.room.max(inside)];
            for tag in [b"<Value>".as_slice(), b"<value>", b"<string>"] {
                if inner.starts_with(tag) {
                    return Err(Head::Value(inside + tag.len(), Close::Tag, Written::Quoted));
                }
                if inner.len() < tag.len() && tag.starts_with(inner) {
                    return Err(self.more());
                }
            }
            return Err(Head::Value(place + 1, Close::Tag, Written::Quoted));
        }
        self.end = place;
        self.closed = self.skip(place, b"\"'`\\]*");
        if self.closed - place > 4 {
            return Err(Head::No);
        }
        self.place = self.skip(self.closed, b" \t");
        self.blanks = self.place - self.closed;
        self.at(self.place).ok_or_else(|| self.more())
    }

    /// What comes behind the name, by the first byte of it.
    fn behind(&self, sign: u8) -> Head {
        if matches!(sign, b'=' | b':') {
            return match self.assigned(sign) {
                Head::Value(_, close, _) if self.plural && !matches!(close, Close::List | Close::Items(_)) => Head::No,
                head => head,
            };
        }
        if self.plural {
            return Head::No;
        }
        let options = || self.option(sign);
        let head =
            options().or_else(|| self.in_code(sign)).or_else(|| self.compared(sign)).or_else(|| self.laid_out(sign));
        head.unwrap_or(Head::No)
    }

    /// The value behind a sign that ends at `place`.
    fn signed(&self, place: usize, tight: bool) -> Head {
        let escaped = self.text.bytes[self.end..self.closed].contains(&b'\\');
        let sign = match () {
            () if escaped => Sign::Escaped,
            () if tight => Sign::Tight,
            () => Sign::Loose,
        };
        self.value(place, BETWEEN, sign)
    }

    /// `key = value`, `key: value`, `key => value`, `key == "value"`.
    fn assigned(&self, sign: u8) -> Head {
        let bytes = self.text.bytes;
        let Some(two) = self.at(self.place + 1) else { return self.more() };
        // What is compared is shown only in quotes.
        if (sign, two) == (b'=', b'=') {
            return then(code::compared(self.text, self.place + 2), |at| self.value(at, BETWEEN, Sign::Loose));
        }
        let double = matches!((sign, two), (b'=', b'>') | (b':', b'='));
        // `PASSWORD :password` binds a parameter.
        let bound = self.blanks > 0 && two.is_ascii_alphabetic();
        // `case "password": return X`.
        if sign == b':' && bytes[..self.named].ends_with(b"case \"") {
            return Head::No;
        }
        // `${PASSWORD:?message}`, `${PASSWORD:+other}`.
        if sign == b':' && matches!(two, b'?' | b'+') && bytes[..self.named].ends_with(b"${") {
            return Head::No;
        }
        // `userPassword:: cGFzcw==`: LDIF's base64.
        let encoded = two == b':' && self.closed == self.end && apart::begins_line(bytes, self.named);
        if encoded && self.at(self.place + 2).is_none() {
            return self.more();
        }
        let encoded = encoded && self.at(self.place + 2) == Some(b' ');
        // The user's name in a URL: what stands behind its colon is the URL's affair.
        let user = bytes[..self.named].ends_with(b"://");
        if sign == b':' && (two == b':' && !encoded || bound || user && self.blanks == 0) {
            return Head::No;
        }
        let width = if double || encoded { 2 } else { 1 };
        self.signed(self.place + width, self.blanks == 0 && sign == b'=' && !double)
    }

    /// `--password hunter2`, `["--password", "X"]`.
    fn option(&self, sign: u8) -> Option<Head> {
        // `--password X`, PowerShell's `-ClientSecret X`.
        let own = &self.text.bytes[self.named..self.after];
        let single = own.len() > 2 && own[0] == b'-' && own[1].is_ascii_uppercase() && own[2].is_ascii_lowercase();
        if !own.starts_with(b"--") && !single {
            return None;
        }
        if sign == b',' && self.closed == self.end + 1 {
            let own = self.text.bytes[self.end];
            return Some(self.quoted(self.place + 1, b"\"'", |quote, first| first != b'-' && quote == own));
        }
        if self.blanks == 0 {
            return None;
        }
        // The next option.
        if sign == b'-' {
            match self.at(self.place + 1) {
                None => return Some(self.more()),
                Some(b'-') => return Some(Head::No),
                Some(_) => {}
            }
        }
        if self.closed != self.after {
            return None;
        }
        // `--secret id=npmrc,src=.npmrc` says where it is.
        for place in [b"id=".as_slice(), b"type=", b"source=", b"src="] {
            let there = &self.text.bytes[self.place..self.text.bytes.len().min(self.place + place.len())];
            if there == place {
                return Some(Head::No);
            }
            if place.starts_with(there) && !self.text.end {
                return Some(self.more());
            }
        }
        Some(match apart::is_prose(self.text, self.place, self.blanks) {
            None => Head::More,
            Some(true) => Head::No,
            Some(false) => self.signed(self.place, true),
        })
    }

    /// What stands behind a name in a program: the arguments of a call, what stands in for it, its type.
    fn in_code(&self, sign: u8) -> Option<Head> {
        let (text, bytes, place) = (self.text, self.text.bytes, self.place);
        let (plain, quoted) = (self.closed == self.after, self.closed == self.end + 1);
        let tight = self.blanks == 0;
        let head = match sign {
            // `('token', 'X')`, where it is plain what it is.
            b',' if quoted
                && !apart::is_asked(bytes, self.named)
                && !bytes[self.named..self.start].starts_with(b"--") =>
            {
                then(code::paired(text, place + 1, bytes[self.end]), |at| {
                    Head::Value(at, Close::Quote(bytes[self.end]), Written::Quoted)
                })
            }
            // `variable "db_password" { default = "X" }`.
            b'{' if !tight && quoted && bytes[..self.named].ends_with(b"variable \"") => {
                then(apart::default_of(text, place + 1), |at| self.value(at, apart::PAIR + BETWEEN, Sign::Pair))
            }
            // `os.getenv("DB_PASSWORD", "X")`: what stands in where nothing is set.
            b',' if quoted && apart::is_asked(bytes, self.named) => {
                self.quoted(place + 1, b"\"'", |quote, first| first != quote)
            }
            // `ENV["X"] ||= "…"`, `opts.password ?? "…"`.
            b'|' | b'?' if code::stands(text, place) != Some(false) => {
                then(code::stands_in(text, place), |at| self.value(at, BETWEEN, Sign::Loose))
            }
            // `getenv("X") || "…"`.
            b')' if quoted => {
                let behind = self.skip(place + 1, b" ");
                then(code::stands_in(text, behind), |at| self.value(at, BETWEEN + BETWEEN, Sign::Loose))
            }
            // `setPassword("X")`.
            b'(' | b'{' if tight && plain && code::sets(&bytes[self.named.saturating_sub(8)..self.start]) => {
                match self.at(place + 1) {
                    Some(first) if first.is_ascii_alphabetic() => {
                        then(code::expression(text, place + 1, false), |at| self.value(at, apart::PAIR, Sign::Pair))
                    }
                    _ => self.quoted(place + 1, b"\"'`", |quote, first| first != quote),
                }
            }
            // `char password[] = "X"`.
            b'[' if tight && plain => {
                let end = self.skip(place + 1, b"0123456789]");
                let sign = self.skip(end, b" ");
                match self.at(sign) {
                    None => self.more(),
                    Some(b'=') if end > place + 1 => self.value(sign + 1, BETWEEN, Sign::Loose),
                    _ => Head::No,
                }
            }
            // Go's `const apiKey string = "X"`.
            b's' | b'A' if self.blanks == 1 && plain => match code::typed(text, place) {
                None => Head::More,
                Some(0) => return None,
                Some(width) => self.value(place + width, BETWEEN, Sign::Loose),
            },
            // `#define API_TOKEN "X"`.
            b'"' if !tight
                && plain
                && (code::defines(apart::before(bytes, self.named)) || apart::directs(bytes, self.named)) =>
            {
                let value = &bytes[place + 1..];
                match memchr::memchr2(b'"', b'\n', &value[..value.len().min(DEFINED)]) {
                    None if value.len() < DEFINED && !text.end => Head::More,
                    Some(end) if !std::str::from_utf8(&value[..end]).is_ok_and(is_thing) => {
                        self.quoted(place, b"\"", |quote, first| first != quote)
                    }
                    _ => Head::No,
                }
            }
            // Elixir's `{:password, "X"}`, Erlang's `{password, "X"}`.
            b',' if tight
                && plain
                && [b"{:".as_slice(), b"{"].iter().any(|sign| bytes[..self.named].ends_with(sign)) =>
            {
                self.quoted(place + 1, b"\"", |quote, first| first != quote)
            }
            // R's `password <- "X"`.
            b'<' if !tight && plain => match self.at(place + 1) {
                None => self.more(),
                Some(b'-') => then(code::compared(text, place + 2), |at| self.value(at, BETWEEN, Sign::Loose)),
                Some(_) => return None,
            },
            _ => return None,
        };
        Some(head)
    }

    /// What a program or a test compares with the value.
    fn compared(&self, sign: u8) -> Option<Head> {
        let (text, bytes, place) = (self.text, self.text.bytes, self.place);
        let loose = |at: usize| self.value(at, BETWEEN, Sign::Loose);
        let tested = || self.closed == self.after && self.blanks == 0 && apart::is_tested(bytes, self.named);
        let head = match sign {
            // `token != "X"`.
            b'!' if self.blanks == 1 => match self.at(place + 1) {
                None => self.more(),
                Some(b'=') => then(code::compared(text, place + 2), loose),
                Some(_) => Head::No,
            },
            // `assert_eq!(cfg.api_key, "X")`.
            b',' if tested() => then(code::compared(text, place + 1), loose),
            // `expect(x.token).toBe("X")`.
            b')' if tested() => {
                let dot = self.skip(place, b")");
                let rest = bytes[dot..self.room].iter();
                let call = dot + rest.take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'.').count();
                match self.at(call) {
                    None => self.more(),
                    Some(b'(') => then(code::compared(text, call + 1), |at| self.value(at, BETWEEN, Sign::Pair)),
                    Some(_) => Head::No,
                }
            }
            _ => return None,
        };
        Some(head)
    }

    /// What is told by where it stands: in tags, cells, columns, on the next line.
    fn laid_out(&self, sign: u8) -> Option<Head> {
        let (text, bytes, place) = (self.text, self.text.bytes, self.place);
        let (plain, quoted) = (self.closed == self.after, self.closed == self.end + 1);
        let tight = self.blanks == 0;
        // Markdown's signs are no quotes.
        let marked = bytes[self.end..self.closed].iter().all(|byte| b"`*".contains(byte));
        let head = match sign {
            // `Password [hidden]: X`.
            b'[' | b'(' if self.blanks == 1 && plain => {
                let inside = bytes[place + 1..self.room].iter();
                let end = place + 1 + inside.take_while(|byte| byte.is_ascii_alphabetic() || **byte == b' ').count();
                match (self.at(end), self.at(end + 1)) {
                    (None, _) | (Some(b']' | b')'), None) => self.more(),
                    (Some(b']' | b')'), Some(b':')) => self.value(end + 2, BETWEEN + BETWEEN, Sign::Loose),
                    _ => return None,
                }
            }
            // `<wsse:Password Type="…">X<`.
            b'A'..=b'Z' | b'a'..=b'z' if self.blanks == 1 && plain && apart::is_tag(bytes, self.named) => {
                then(apart::tag_end(text, place), |at| Head::Value(at, Close::Tag, Written::Quoted))
            }
            // `<td>Password</td><td>X</td>`.
            b'<' if self.blanks <= 1 && self.closed == self.end && self.at(place + 1) != Some(b'-') => {
                then(apart::next_tag(text, place), |at| Head::Value(at, Close::Cell, Written::Assigned))
            }
            b'|' if tight && self.closed == self.end => {
                let cell = self.skip(place + 1, b" ");
                if cell == self.room { self.more() } else { Head::Value(cell, Close::Cell, Written::Assigned) }
            }
            // `Content-Disposition: form-data; name="password"`, and the value behind a blank line.
            b'\n' if quoted && apart::is_part(bytes, self.named) => match (self.at(place + 1), self.at(place + 2)) {
                (None, _) | (Some(b'\n'), None) => self.more(),
                (Some(b'\n'), Some(first)) if first >= b' ' => Head::Value(place + 2, Close::Blank, Written::Assigned),
                _ => Head::No,
            },
            // `1) "requirepass"`, and the value on the next line.
            b'\n' if quoted && bytes[self.end] == b'"' && !bytes[..self.named].ends_with(b"$") => {
                then(apart::reply(text, self.named, place + 1), |at| {
                    Head::Value(at, Close::Quote(b'"'), Written::Quoted)
                })
            }
            // `password.......X`.
            b'.' if tight && plain => {
                let dots = place + bytes[place..].iter().take(64).take_while(|byte| **byte == b'.').count();
                match bytes.get(dots) {
                    None if !text.end => Head::More,
                    Some(byte) if dots >= place + 4 && byte.is_ascii_alphanumeric() => {
                        Head::Value(dots, Close::Cell, Written::Assigned)
                    }
                    _ => return None,
                }
            }
            // `334 UGFzc3dvcmQ6`: a mail server asks for the password.
            b'\n' if tight && bytes[self.start..self.after] == *ASKED => {
                then(apart::answered(text, place), |at| Head::Value(at, Close::Blank, Written::Quoted))
            }
            // `>>> token`, and the value on the next line.
            b'\n' => match apart::shown(text, self.named, place) {
                Some((Apart::At(at), close)) => Head::Value(at, close, Written::Assigned),
                Some((Apart::More, _)) => Head::More,
                _ => Head::No,
            },
            // `PASSWORD 'hunter2'`.
            b'\'' if !tight && plain => self.signed(place, false),
            _ if !tight && marked => {
                let written = |close| if close == Close::Blank { Written::Assigned } else { Written::Spaced };
                match apart::spaced(text, self.named, self.blanks, place) {
                    Some((Apart::At(at), close)) => Head::Value(at, close, written(close)),
                    Some((Apart::More, _)) => Head::More,
                    _ => Head::No,
                }
            }
            _ => return None,
        };
        Some(head)
    }
}

/// What stands between a name and its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// `=`, nothing else.
    Tight,
    /// With blanks, or a colon.
    Loose,
    /// The name was in escaped quotes.
    Escaped,
    /// They are a pair of fields.
    Pair,
}

/// Reads on from behind the sign, as far as `limit`.
fn value(text: Text<'_>, named: usize, begin: usize, limit: usize, sign: Sign) -> Head {
    let bytes = text.bytes;
    let room = bytes.len().min(limit);
    let more = if text.end || room == limit { Head::No } else { Head::More };
    let at = |place: usize| if place < room { bytes.get(place).copied() } else { None };
    let skip = |mut place: usize, set: &[u8]| {
        while at(place).is_some_and(|byte| set.contains(&byte)) {
            place += 1;
        }
        place
    };
    let in_front = named.checked_sub(1).map(|place| bytes[place]);
    let mut tight = sign == Sign::Tight;
    let mut place = skip(begin, b" \t");
    if place > begin {
        tight = false;
    }
    // `**Password:** X`.
    if place == begin && at(place) == Some(b'*') && in_front == Some(b'*') && bytes[..begin].ends_with(b":") {
        place = skip(skip(place, b"*"), b" `");
    }
    if place == room {
        return more;
    }
    // `Authorization: Bearer …`.
    for scheme in [b"bearer ".as_slice(), b"basic ", b"token "] {
        let there = &bytes[place..room.min(place + scheme.len())];
        if !there.is_empty() && scheme[..there.len()].eq_ignore_ascii_case(there) {
            if there.len() < scheme.len() {
                if room == limit || text.end {
                    break;
                }
                return more;
            }
            place = skip(place + scheme.len(), b" ");
            break;
        }
    }
    // `&anchor X`, `!tag X`.
    if sign == Sign::Loose && matches!(at(place), Some(b'&' | b'!')) && apart::is_yaml(bytes, named) {
        match apart::behind_tag(&bytes[place..room]) {
            None if room == limit || text.end => {}
            None => return more,
            Some(length) => place += length,
        }
    }
    // A letter in front of a quote: `b"…"`, `r'…'`.
    let Some(first) = at(place) else { return more };
    if b"bBrRfFuUN@".contains(&first) {
        match at(place + 1) {
            None => return more,
            Some(b'"' | b'\'') => place += 1,
            _ => {}
        }
    }
    let Some(first) = at(place) else { return more };
    if sign != Sign::Escaped && (first.is_ascii_alphabetic() || b"&_$[0".contains(&first)) {
        match code::expression(text, place, bytes[..begin].ends_with(b":")) {
            Apart::More => return Head::More,
            Apart::At(at) => return value(text, named, at, at + BETWEEN, Sign::Pair),
            Apart::No => {}
        }
    }
    match first {
        b'"' | b'\'' | b'`' => {
            let (two, three) = (at(place + 1), at(place + 2));
            if two.is_none() || two == Some(first) && three.is_none() {
                return more;
            }
            // A shell's way to write a quote in quotes: `'\''`.
            if first == b'\'' && two == Some(b'\\') {
                match (three, at(place + 3)) {
                    (None | Some(b'\''), None) => return more,
                    (Some(b'\''), Some(b'\'')) => {
                        return Head::Value(place + 4, Close::Quote(first), Written::Quoted);
                    }
                    _ => {}
                }
            }
            let closes = !matches!(sign, Sign::Pair) && apart::closes_quote(bytes, named, begin, first);
            if closes && two.is_some_and(|byte| byte < b' ' || b" ,;)]}+.:\\".contains(&byte)) {
                return Head::No;
            }
            // `"""X"""`.
            let width = if two == Some(first) && three == Some(first) { 3 } else { 1 };
            // Its text may begin on the next line.
            if width == 3 && at(place + 3).is_none() {
                return more;
            }
            let width = width + usize::from(width == 3 && at(place + 3) == Some(b'\n'));
            Head::Value(place + width, Close::Quote(first), Written::Quoted)
        }
        b'\\' => {
            let behind = skip(place, b"\\");
            match at(behind) {
                None => more,
                Some(quote @ (b'"' | b'\'')) if behind - place < 16 => {
                    Head::Value(behind + 1, Close::Escaped(quote), Written::Quoted)
                }
                _ => Head::No,
            }
        }
        b'\n' if sign == Sign::Loose => below(text, named, begin, place),
        byte if byte < b' ' => Head::No,
        b'|' | b'>' if sign == Sign::Loose && bytes[..begin].ends_with(b":") => {
            match apart::block(text, named, place) {
                Some((Apart::At(at), column)) => Head::Value(at, Close::Block(column), Written::Quoted),
                Some((Apart::More, _)) => Head::More,
                Some((Apart::No, _)) => Head::No,
                None => Head::Value(place, Close::Sign, Written::Spaced),
            }
        }
        // A password that begins with a bracket.
        b'{' | b'[' if sign == Sign::Loose && closes_line(text, place) != Some(false) => match closes_line(text, place)
        {
            None => Head::More,
            Some(_) => Head::Value(place, Close::Blank, Written::Spaced),
        },
        // Unquoted in JSON: a number, an object, a list.
        b'{' if !tight && sign != Sign::Pair => match apart::member(text, place + 1) {
            Apart::More => Head::More,
            Apart::No => Head::No,
            Apart::At(at) => value(text, named, at, place + apart::PAIR + BETWEEN, Sign::Pair),
        },
        b'[' if !tight && sign != Sign::Pair => Head::Value(place + 1, Close::List, Written::Quoted),
        b'{' | b'[' if !tight => Head::No,
        _ if sign == Sign::Escaped => Head::Value(place, Close::Sign, Written::Spaced),
        _ if tight && (in_front.is_none_or(|byte| byte <= b' ' || b"\"'$:".contains(&byte))) => {
            Head::Value(place, Close::Blank, Written::Assigned)
        }
        _ if tight => Head::Value(place, Close::Sign, Written::Assigned),
        _ => Head::Value(place, Close::Sign, Written::Spaced),
    }
}

/// Longest password that begins with a bracket.
const BRACKETED: usize = 64;

/// Says whether what begins with a bracket at `place` is a password that ends its line.
fn closes_line(text: Text<'_>, place: usize) -> Option<bool> {
    let rest = &text.bytes[place..];
    let run = rest.iter().take(BRACKETED).take_while(|byte| **byte > b' ').count();
    match rest.get(run) {
        None if run < BRACKETED && !text.end => None,
        next => Some(next.is_none_or(|byte| *byte == b'\n') && is_unclosed(&rest[..run])),
    }
}

/// Where a value or a list of them begins on the lines behind a name, of which the first ends at `place`.
fn below(text: Text<'_>, named: usize, begin: usize, place: usize) -> Head {
    if text.bytes[..begin].ends_with(b":") {
        let several = text.bytes[..begin - 1].ends_with(b"s");
        let column = apart::before(text.bytes, named).len();
        match list::begins(text, named, place + 1, column, several) {
            Apart::More => return Head::More,
            // Names stand no further behind than is looked back.
            Apart::At(at) => {
                return Head::Value(at, Close::Items(u8::try_from(column).unwrap_or(u8::MAX)), Written::Quoted);
            }
            Apart::No => {}
        }
        if apart::is_yaml(text.bytes, named) {
            match apart::default_below(text, place, column) {
                Apart::More => return Head::More,
                Apart::At(at) => return value(text, named, at, at + BETWEEN, Sign::Pair),
                Apart::No => {}
            }
        }
    }
    match apart::below(text, named, begin, place) {
        Apart::More => Head::More,
        Apart::No => Head::No,
        Apart::At(at) if text.bytes[at - 1] == b'"' => Head::Value(at, Close::Quote(b'"'), Written::Quoted),
        Apart::At(at) => Head::Value(at, Close::Cell, Written::Assigned),
    }
}

/// Says whether a name's front makes a token the mark of a page.
fn pages(front: &[u8]) -> bool {
    if front.is_empty() {
        return false;
    }
    let front: Vec<u8> = front.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
    PAGES.iter().any(|word| front.ends_with(word.as_bytes()))
}

fn ending(text: &[u8]) -> bool {
    let text = text.iter().position(|byte| !b"_-".contains(byte)).map_or(&text[..0], |from| &text[from..]);
    let lower = text.to_ascii_lowercase();
    text.iter().all(u8::is_ascii_digit) || ENDINGS.iter().any(|ending| ending.as_bytes() == lower)
}
