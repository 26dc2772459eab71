//! Where values come from: variables and the files in which programs keep their credentials.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use super::entries::{self, Entry};
use super::like::is_secret_like;
use super::names::{Hint, hint};
use super::{MAX_LEN, Secret, Value, json, settle, url};

/// Most values of one source.
const MAX_VALUES: usize = 500;
/// Shortest line of a value with several that counts by itself, in bytes.
const MIN_LINE: usize = 12;

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `.env`: all keys count, those that say nothing only with a value that looks random.
    DotEnv,
    /// `key = value` under `[sections]`; TOML and HCL too.
    Ini,
    /// `key: value`.
    Yaml,
    /// Any JSON.
    Json,
    /// `.netrc`, `.authinfo`.
    Netrc,
    /// `.pgpass`.
    Pgpass,
    /// Addresses with credentials in them.
    Urls,
    /// One token and nothing else.
    Token,
}

/// Gives the values of an environment variable, labelled `env`; none where its name says nothing and its value holds
/// no credentials. `min` is the shortest length in bytes.
#[must_use]
pub fn environment(name: &str, value: &[u8], min: usize) -> Vec<Value> {
    let mut reader = Reader { label: "env", min, out: Vec::new() };
    let named = hint(name);
    if named != Hint::None {
        reader.candidate(name, value, 0);
    } else if let Ok(text) = std::str::from_utf8(value) {
        reader.addresses(text, Hint::None);
    }
    reader.finish()
}

/// Gives the values of a file, the longest first; empty where there is none or the file is not what was said.
#[must_use]
pub fn read(kind: Kind, label: &'static str, bytes: &[u8], min: usize) -> Vec<Value> {
    let mut reader = Reader { label, min, out: Vec::new() };
    let text = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
    let brace = text.trim_start().starts_with('{');
    match kind {
        Kind::DotEnv => reader.all(&entries::dotenv(&text), Hint::None),
        Kind::Json => reader.all(&json::texts(bytes), Hint::Strong),
        Kind::Ini | Kind::Yaml if brace => reader.all(&json::texts(bytes), Hint::Strong),
        Kind::Ini => reader.all(&entries::lines(&text, '='), Hint::Strong),
        Kind::Yaml => reader.all(&entries::lines(&text, ':'), Hint::Strong),
        Kind::Netrc => reader.all(&entries::netrc(&text), Hint::Strong),
        Kind::Pgpass => reader.all(&entries::pgpass(&text), Hint::Strong),
        Kind::Urls => {
            for line in text.lines() {
                reader.addresses(line, Hint::Strong);
            }
        }
        Kind::Token => reader.candidate("token", text.trim().as_bytes(), 0),
    }
    reader.finish()
}

struct Reader {
    label: &'static str,
    min: usize,
    out: Vec<Value>,
}

impl Reader {
    /// Takes entries whose key says at least `least`; of the others only the credentials in addresses.
    fn all(&mut self, entries: &[Entry], least: Hint) {
        for (key, value) in entries.iter().take(MAX_VALUES * 4) {
            if hint(key) >= least {
                self.candidate(key, value, 0);
            } else if let Ok(text) = std::str::from_utf8(value) {
                self.addresses(text, Hint::None);
            }
        }
    }

    /// Takes what may be a secret, or may hold some.
    fn candidate(&mut self, name: &str, value: &[u8], depth: usize) {
        let value = value.trim_ascii();
        let Ok(text) = std::str::from_utf8(value) else { return };
        if depth > 3 || value.is_empty() || value.len() > MAX_LEN * 4 {
            return;
        }
        if text.starts_with(['{', '[']) && text.contains('"') {
            let named = hint(name) == Hint::Strong;
            for (key, inner) in json::texts(value).iter().filter(|(key, _)| named || hint(key) == Hint::Strong) {
                self.candidate(key, inner, depth + 1);
            }
        } else if text.contains('\n') {
            self.lines(name, text);
        } else if text.contains("-----BEGIN ") && text.contains("\\n") {
            // A key in one line, as variables often have it; programs print it either way.
            let unfolded = Zeroizing::new(text.replace("\\r", "").replace("\\n", "\n"));
            self.lines(name, &unfolded);
            self.push(value);
        } else {
            let parts = self.addresses(text, hint(name));
            if !parts && is_secret_like(value, name, self.min) {
                self.push(value);
                self.decoded(name, text, depth);
            }
        }
    }

    /// Takes the secret parts of addresses and connection strings; says whether there were any.
    fn addresses(&mut self, text: &str, named: Hint) -> bool {
        let connection = named == Hint::Strong && text.contains(['=', '@']) && text.contains([';', '(', ' ', '&']);
        if !text.contains("://") && !connection {
            return false;
        }
        let before = self.out.len();
        for (name, value) in url::credentials(text, named == Hint::Strong) {
            if is_secret_like(&value, &name, self.min) {
                self.push(&value);
            }
        }
        self.out.len() > before
    }

    /// Takes what base64 hides: `user:password` of registries, keys of clusters.
    fn decoded(&mut self, name: &str, text: &str, depth: usize) {
        let bare = text.trim_end_matches('=');
        let Ok(plain) = STANDARD_NO_PAD.decode(bare).map(Zeroizing::new) else { return };
        let Ok(inner) = std::str::from_utf8(&plain) else { return };
        if inner.starts_with("-----BEGIN ") || inner.starts_with('{') {
            self.candidate(name, inner.as_bytes(), depth + 1);
        } else if inner.chars().all(|c| !c.is_control() && !c.is_whitespace()) {
            let password = inner.split_once(':').map_or(inner, |(_, password)| password);
            self.candidate("password", password.as_bytes(), depth + 1);
        }
    }

    /// Takes a value of several lines: as a whole where it holds no prose, and each line that could stand alone.
    fn lines(&mut self, name: &str, text: &str) {
        let key = text.contains("-----BEGIN ");
        let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
        let frame = |line: &str| key && (line.starts_with("-----") || line.contains(": "));
        let body = lines().filter(|line| !frame(line));
        let secret = |line: &&str| line.len() >= MIN_LINE && is_secret_like(line.as_bytes(), name, self.min);
        let found: Vec<&str> = body.clone().filter(secret).take(MAX_VALUES).collect();
        let bare = body.clone().all(|line| !line.contains(char::is_whitespace));
        if bare && !found.is_empty() && text.len() <= MAX_LEN {
            self.push(text.trim().as_bytes());
        }
        for line in found {
            self.add(line.as_bytes(), true);
        }
    }

    fn push(&mut self, value: &[u8]) {
        self.add(value, false);
    }

    fn add(&mut self, value: &[u8], part: bool) {
        if self.out.len() < MAX_VALUES {
            self.out.push(Value { secret: Secret::from(value), label: self.label, part });
        }
    }

    fn finish(mut self) -> Vec<Value> {
        settle(&mut self.out);
        self.out
    }
}
