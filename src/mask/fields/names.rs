//! The fields that a policy names, and the search for them.

use super::find::{Finder, Hit};
use crate::mask::lanes::{self, BLOCK, low_bits};

/// The name under which values of cluster secrets are masked.
const SECRET_NAME: &str = "secret";

/// A field of the policy; a number below the count of names, or a cluster secret's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FieldId(usize);

impl FieldId {
    /// A cluster secret's value.
    pub(super) const SECRET: Self = Self(usize::MAX);
    /// A value in the data of a cluster object that may prove to be a secret.
    pub(super) const MAYBE: Self = Self(usize::MAX - 1);
    /// A cell below a column's name that says password.
    pub(super) const PASSWORD: Self = Self(usize::MAX - 2);
    /// A cell below a column's name that says secret.
    pub(super) const TOKEN: Self = Self(usize::MAX - 3);
}

#[derive(Debug)]
struct Name {
    /// As written.
    text: String,
    /// In lower case, the outermost first; never empty.
    segments: Vec<String>,
}

impl Name {
    fn last(&self) -> &str {
        self.segments.last().map_or("", String::as_str)
    }

    /// Those in front of the last.
    fn above(&self) -> &[String] {
        self.segments.split_last().map_or(&[], |(_, above)| above)
    }
}

/// Fields whose values are masked: `email`, `users.phone` (a table's column, or a key below another key).
///
/// Upper and lower case are equal. A name without a dot is meant wherever it stands. Where a stream does not show the
/// table (most tables do not), a column's own name is enough.
#[derive(Debug)]
pub struct Fields {
    names: Vec<Name>,
    /// Marks, and words that matter only in headers.
    finder: Finder,
    /// Marks alone.
    marks: Finder,
    paths: bool,
    /// Columns count whose names say secret.
    secrets: bool,
}

impl Fields {
    /// Takes names as a policy has them; blank ones are left out.
    pub fn new<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Self {
        Self::build(names, false)
    }

    /// As [`Fields::new`]; columns whose names say secret count too, where their cells look like one.
    pub fn with_secrets<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Self {
        Self::build(names, true)
    }

    fn build<S: AsRef<str>>(names: impl IntoIterator<Item = S>, secrets: bool) -> Self {
        let name = |text: S| {
            let text = text.as_ref().trim();
            let segments: Vec<String> =
                text.split('.').map(|part| part.trim().to_lowercase()).filter(|part| !part.is_empty()).collect();
            (!segments.is_empty()).then(|| Name { text: text.to_owned(), segments })
        };
        let names: Vec<Name> = names.into_iter().filter_map(name).collect();
        let paths = names.iter().any(|name| name.segments.len() > 1);
        let marks = patterns(&names, paths, secrets);
        let columns = COLUMNS.iter().filter(|_| secrets).map(|word| word.as_bytes().to_vec());
        let finder = Finder::new(marks.clone(), columns.collect());
        let marks = Finder::new(marks, Vec::new());
        Self { names, finder, marks, paths, secrets }
    }

    /// Says whether nothing is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Says whether a name has more than one segment.
    pub(super) fn has_paths(&self) -> bool {
        self.paths
    }

    /// The name as the policy has it.
    pub(super) fn name(&self, field: FieldId) -> &str {
        self.names.get(field.0).map_or(SECRET_NAME, |name| &name.text)
    }

    /// The field that a column is, whose table may be known.
    pub(super) fn column(&self, table: Option<&str>, cell: &[u8]) -> Option<FieldId> {
        let cell = bare(cell)?;
        let whole = self.names.iter().position(|name| name.text.to_lowercase() == cell);
        let (of, column) = match cell.rsplit_once('.') {
            Some((of, column)) => (Some(of.rsplit('.').next().unwrap_or(of).to_owned()), column),
            None => (table.map(str::to_lowercase), cell.as_str()),
        };
        let fits = |name: &Name| {
            name.last() == column && name.above().last().is_none_or(|above| of.as_deref().is_none_or(|of| of == above))
        };
        let named = whole.or_else(|| self.names.iter().position(fits)).map(FieldId);
        named.or_else(|| self.secret_column(column))
    }

    /// What a column's name says of its cells, whatever the policy names.
    fn secret_column(&self, column: &str) -> Option<FieldId> {
        if !self.secrets {
            return None;
        }
        let name: String = column.chars().filter(|c| !matches!(c, '_' | '-' | ' ' | '.')).collect();
        let is = |list: &[&str]| list.contains(&name.as_str());
        if is(PASSWORDS) {
            return Some(FieldId::PASSWORD);
        }
        let short = is_short(column.as_bytes());
        (is(TOKENS) || short && ends_secret(name.bytes().rev())).then_some(FieldId::TOKEN)
    }

    /// The field that the key of a record is which a database's client prints.
    pub(super) fn record(&self, key: &[u8]) -> Option<FieldId> {
        self.secret_column(&bare(key)?)
    }

    /// The field that a key is, below other keys (in lower case, the outermost first; `None` where not known).
    ///
    /// What a name has in front of its last segment must be among them in this order; where nothing is above, the key's
    /// own name is enough.
    pub(super) fn key(&self, above: Option<&[&str]>, key: &[u8]) -> Option<FieldId> {
        let key = bare(key)?;
        let fits = |name: &Name| {
            if name.last() != key {
                return name.segments.len() > 1 && name.text.to_lowercase() == key;
            }
            let Some(above) = above.filter(|above| !above.is_empty()) else { return true };
            let mut rest = above.iter();
            name.above().iter().all(|wanted| rest.any(|key| key == wanted))
        };
        self.names.iter().position(fits).map(FieldId)
    }

    /// Says whether a key stands in front of another in some name.
    pub(super) fn leads(&self, key: &[u8]) -> bool {
        let Some(key) = bare(key) else { return false };
        self.paths && self.names.iter().any(|name| name.above().contains(&key))
    }

    /// The first name, mark, or word that matters in a header, that ends behind `from`.
    pub(super) fn find(&self, text: &[u8], from: usize) -> Option<Hit> {
        self.finder.find(text, from)
    }

    /// As [`Fields::find`], without words that matter only in a header.
    pub(super) fn find_mark(&self, text: &[u8], from: usize) -> Option<Hit> {
        self.marks.find(text, from)
    }

    /// Says whether a line may be a header with a column that is called secret.
    pub(super) fn heads(&self, line: &[u8]) -> bool {
        // A dump's columns.
        if line.get(..5).is_some_and(|head| head.eq_ignore_ascii_case(b"copy "))
            && memchr::memmem::find(line, b" (").is_some()
        {
            return true;
        }
        self.secrets && has_secret_cell(line)
    }

    /// Length of the longest that `find` looks for.
    pub(super) fn longest(&self) -> usize {
        self.finder.longest()
    }
}

/// What the bytes of a block are to a line that may be a header.
struct Kinds {
    /// Those that stand between cells. Lines and bars that are drawn are beyond ASCII, and no name that counts is.
    bars: u64,
    /// Blanks; two of them stand between cells.
    blanks: u64,
    /// Those that stand neither in the name of a column nor around it.
    others: u64,
}

impl Kinds {
    fn of(block: &[u8; BLOCK]) -> Self {
        let beyond = lanes::bits(block, |lanes| lanes);
        let bars = lanes::bits(block, |lanes| {
            let lines = lanes.within(b'\t', 2);
            lanes.is(b',').or(lanes.is(b';')).or(lanes.is(b'|')).or(lines)
        }) | beyond;
        let blanks = lanes::bits(block, |lanes| lanes.is(b' '));
        let names = lanes::bits(block, |lanes| {
            let words = lanes.within(b'0', 10).or(lanes.within(b'A', 26)).or(lanes.within(b'a', 26));
            let signs = lanes.is(b'_').or(lanes.within(b'-', 2));
            let quotes = lanes.is(b'"').or(lanes.is(b'\'')).or(lanes.is(b'`')).or(lanes.within(0x0c, 2));
            words.or(signs).or(quotes)
        });
        Self { bars, blanks, others: !(bars | blanks | names) }
    }
}

/// Says whether a cell of a line, between bars or two blanks, is called secret.
fn has_secret_cell(line: &[u8]) -> bool {
    // Where the cell begins, whether it has a byte in it that says it is no name, and whether a blank came last.
    let (mut start, mut no_name, mut blank) = (0, false, 0);
    for (number, part) in line.chunks(BLOCK).enumerate() {
        let kinds = part.first_chunk().map_or_else(
            || {
                let mut block = [0; BLOCK];
                block.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
                Kinds::of(&block)
            },
            Kinds::of,
        );
        let Kinds { bars, blanks, others } = kinds;
        let (all, mut from) = (low_bits(part.len()), 0);
        let mut ends = (bars | blanks & (blanks << 1 | blank)) & all;
        while ends != 0 {
            let bit = ends.trailing_zeros() as usize;
            let end = number * BLOCK + bit;
            let named = !no_name && others & low_bits(bit) >> from << from == 0;
            // No name is shorter.
            if named && end > start + 3 && line.get(start..end).is_some_and(says_secret) {
                return true;
            }
            (start, from, no_name) = (end + 1, bit + 1, false);
            ends &= ends - 1;
        }
        no_name |= from < BLOCK && others & all >> from << from != 0;
        blank = blanks >> (BLOCK - 1);
    }
    !no_name && line.get(start..).is_some_and(says_secret)
}

/// Says whether a cell, with blanks, quotes and signs in it, is the name of a column that is called secret.
fn says_secret(cell: &[u8]) -> bool {
    let around = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`".contains(byte);
    let Some(start) = cell.iter().position(|byte| !around(byte)) else { return false };
    let end = cell.iter().rposition(|byte| !around(byte)).map_or(start, |at| at + 1);
    let cell = cell.get(start..end).unwrap_or_default();
    // Most often something else stands at its end.
    let mut last = cell.iter().rev().filter(|byte| !SIGNS.contains(byte)).map(u8::to_ascii_lowercase);
    let (Some(three), Some(two), Some(one)) = (last.next(), last.next(), last.next()) else { return false };
    if !LASTS.contains(&&[one, two, three]) {
        return false;
    }
    if cell.len() > LONGEST_CELL || !cell.iter().all(|byte| byte.is_ascii_alphanumeric() || SIGNS.contains(byte)) {
        return false;
    }
    // `users.password`
    let column = cell.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let letters = || column.iter().filter(|byte| !SIGNS.contains(byte)).map(u8::to_ascii_lowercase);
    let count = letters().count();
    let is = |name: &&str| name.len() == count && name.bytes().eq(letters());
    PASSWORDS.iter().chain(TOKENS).any(is) || is_short(column) && ends_secret(letters().rev())
}

/// What the names of columns with secrets end with.
const LASTS: &[&[u8; 3]] = &[b"ord", b"ken", b"ret", b"key", b"swd", b"ort", b"ase", b"ash", b"est", b"ing", b"alt"];

/// Says whether a name is of few words: prose that ends in one for a secret is no column.
fn is_short(column: &[u8]) -> bool {
    column.split(|byte| *byte == b' ').nth(MOST_WORDS).is_none()
}

/// Most words in the name of a column that is known by its last one.
const MOST_WORDS: usize = 3;

/// Says whether a column's name, read from its end, ends with a word for a secret.
fn ends_secret(mut letters: impl Iterator<Item = u8> + Clone) -> bool {
    let ends = |word: &&&str| letters.clone().take(word.len()).eq(word.bytes().rev());
    let Some(word) = ENDS.iter().find(ends) else { return false };
    letters.nth(word.len() - 1);
    let page = |word: &&str| letters.clone().take(word.len()).eq(word.bytes().rev());
    !PAGES.iter().any(page)
}

/// What the names of other columns with secrets end with.
const ENDS: &[&str] = &["token", "secret", "apikey", "secretkey", "privatekey", "password"];
/// What makes of a token the mark of a page.
const PAGES: &[&str] = &["next", "page", "prev", "previous", "continuation", "sync", "synced"];

/// Signs within the name of a column.
const SIGNS: &[u8] = b"_- .";
/// Longest cell of a header that may be called secret.
const LONGEST_CELL: usize = 80;

/// A cell or key without blanks and quotes, in lower case; `None` where it is nothing that could be a name.
fn bare(cell: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(cell.get(..cell.len().min(512))?).ok()?;
    let text = text.trim_start_matches('\u{feff}').trim();
    let quoted = |quote: char| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    let text = quoted('"').or_else(|| quoted('\'')).or_else(|| quoted('`')).unwrap_or(text).trim();
    if text.is_empty() {
        return None;
    }
    let text = text.to_lowercase();
    Some(if text.contains("\\u") { unescape(&text) } else { text })
}

/// Resolves `\uXXXX` (outside of surrogates) in a key.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("\\u") {
        out.push_str(before);
        let code = behind.get(..4).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
        match code {
            Some(code) => {
                out.extend(code.to_lowercase());
                rest = behind.get(4..).unwrap_or_default();
            }
            None => {
                out.push_str("\\u");
                rest = behind;
            }
        }
    }
    out + rest
}

/// What must be looked for in a stream so that nothing is missed.
fn patterns(names: &[Name], paths: bool, secrets: bool) -> Vec<Vec<u8>> {
    if names.is_empty() {
        let records = RECORDS.iter().filter(|_| secrets);
        return SECRETS.iter().chain(records).map(|mark| mark.as_bytes().to_vec()).collect();
    }
    let mut all: Vec<Vec<u8>> = [MARKS, SECRETS].concat().iter().map(|mark| mark.as_bytes().to_vec()).collect();
    if paths {
        all.extend(PATHS.iter().map(|mark| mark.as_bytes().to_vec()));
    }
    for segment in names.iter().flat_map(|name| &name.segments) {
        all.push(segment.as_bytes().to_vec());
        if !segment.is_ascii() {
            all.push(segment.to_uppercase().into_bytes());
            let upper = segment.to_uppercase();
            let mut title: String = segment.chars().take(1).flat_map(char::to_uppercase).collect();
            title.extend(segment.chars().skip(1));
            for text in [segment.as_str(), &upper, &title] {
                all.push(escaped(text).into_bytes());
            }
            all.push(title.into_bytes());
        }
    }
    all.sort();
    all.dedup();
    all
}

/// As JSON writers that stay within ASCII spell it.
fn escaped(text: &str) -> String {
    let one = |c: char| {
        if c.is_ascii() {
            return c.to_string();
        }
        let mut units = [0; 2];
        c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
    };
    text.chars().map(one).collect()
}

/// What tells of a record.
const RECORDS: &[&str] = &["[ record", "* record", ". row **", "<th>", "<th "];
/// What tells the shape of what follows: records, HTML headers, SQL statements.
const MARKS: &[&str] = &["[ record", "* record", ". row **", "<th", "create table"];
/// Names of columns with passwords, without the signs in them.
const PASSWORDS: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "passphrase",
    "userpassword",
    "loginpassword",
    "dbpassword",
    "adminpassword",
    "passwordhash",
    "passwdhash",
    "hashedpassword",
    "encryptedpassword",
    "passworddigest",
    "pwhash",
    "rolpassword",
    "authenticationstring",
    "mailpassword",
    "smtppassword",
];
/// Names of columns with tokens and keys, without the signs in them.
const TOKENS: &[&str] = &[
    "secret",
    "token",
    "apikey",
    "apitoken",
    "apisecret",
    "accesstoken",
    "authtoken",
    "refreshtoken",
    "sessiontoken",
    "resettoken",
    "passwordresettoken",
    "resetpasswordtoken",
    "confirmationtoken",
    "remembertoken",
    "csrftoken",
    "devicetoken",
    "bearertoken",
    "oauthtoken",
    "clientsecret",
    "appsecret",
    "secretkey",
    "secretaccesskey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "webhooksecret",
    "otpsecret",
    "totpsecret",
    "mfasecret",
    "twofactorsecret",
    "salt",
    "passwordsalt",
    "jwtsecret",
    "sharedsecret",
    "secrettoken",
    "licensekey",
];
/// What such names have in them.
const COLUMNS: &[&str] = &[
    "passw",
    "passphrase",
    "pwhash",
    "pw_hash",
    "token",
    "secret",
    "api_key",
    "apikey",
    "api key",
    "api-key",
    "authentication_string",
    "private_key",
    "privatekey",
    "private key",
    "signing_key",
    "encryption_key",
    "salt",
    "license_key",
];
/// What tells that a cluster secret's values follow.
const SECRETS: &[&str] = &[
    "apiversion",
    "kind: secret",
    "kind: \"secret\"",
    "kind: 'secret'",
    "\"kind\": \"secret\"",
    "\"kind\":\"secret\"",
    "\\\"kind\\\":\\\"secret\\\"",
];
/// Where a document over several lines may begin, whose nesting matters.
const PATHS: &[&str] = &["\n{\n", "\n[\n", "\n{\r\n", "\n[\r\n"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_ends_as_is_told() {
        for name in [PASSWORDS, TOKENS, ENDS].concat() {
            assert!(LASTS.iter().any(|last| name.as_bytes().ends_with(*last)), "{name}");
        }
    }

    /// The same, byte by byte.
    fn slowly(line: &[u8]) -> bool {
        let (mut cell, mut all) = (Vec::new(), Vec::new());
        for (at, byte) in line.iter().enumerate() {
            let doubled = *byte == b' ' && at > 0 && line[at - 1] == b' ';
            if b",;\t|\n".contains(byte) || *byte >= 0x80 || doubled {
                all.push(std::mem::take(&mut cell));
            } else {
                cell.push(*byte);
            }
        }
        all.push(cell);
        all.iter().any(|cell| {
            let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b" _-.\"'`\r\x0c".contains(byte);
            cell.iter().all(fits) && says_secret(cell)
        })
    }

    #[test]
    fn cells_in_every_place_of_a_line() {
        let pieces = [
            "token",
            "pass_word",
            "\"Api Key\"",
            "next token",
            "id",
            ",",
            "  ",
            " ",
            "|",
            ":",
            "\t",
            "é",
            "salt",
            "\r\n",
            "\n",
            "a long cell without a meaning that goes on",
            "users.password",
            "0",
            "=",
            "'",
            "secret key",
        ];
        let mut seed = 11_u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % below
        };
        let mut found = 0;
        for _ in 0..4000 {
            let line: String = (0..random(14)).map(|_| pieces[random(pieces.len())]).collect();
            assert_eq!(has_secret_cell(line.as_bytes()), slowly(line.as_bytes()), "{line:?}");
            found += usize::from(slowly(line.as_bytes()));
        }
        assert!((400..3600).contains(&found), "{found}");
    }
}
