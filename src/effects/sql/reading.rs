//! An invocation of a client → the SQL texts and scripts that it would run, and where.

use super::clients::{CLIENTS, Client, Opt, Style, Words};
use crate::syntax::{Arg, Invocation, Roster, Seg, Span, Value, is_among, roster};

/// What an invocation of a client would run.
#[derive(Debug)]
pub(super) struct Reading {
    /// The client.
    pub client: &'static Client,
    /// SQL texts, in order.
    pub texts: Vec<(Value, Span)>,
    /// Scripts, in order.
    pub files: Vec<(Value, Span)>,
    /// Host or URL as given.
    pub host: Option<Value>,
    /// Database, URL or database file as given.
    pub database: Option<Value>,
    /// It reads SQL from standard input.
    pub stdin: bool,
    /// It only shows what would be done.
    pub dry: bool,
}

/// Reads an invocation; `None` where it is no client of a database.
pub(super) fn reading(inv: &Invocation) -> Option<Reading> {
    static ROSTER: Roster = roster!(CLIENTS, names);
    let name = inv.name().filter(|name| ROSTER.may_know(name))?;
    CLIENTS.iter().filter(|client| is_among(name, client.names)).find_map(|client| read(client, &inv.args))
}

fn read(client: &'static Client, args: &[Arg]) -> Option<Reading> {
    let mut reading =
        Reading { client, texts: Vec::new(), files: Vec::new(), host: None, database: None, stdin: true, dry: false };
    let mut words = Vec::new();
    let mut at = 0;
    let mut plain = false;
    while let Some(arg) = args.get(at) {
        at += 1;
        let head = arg.value.prefix();
        if plain || !head.starts_with('-') || head == "-" {
            words.push(arg);
        } else if arg.value.is("--") {
            plain = true;
        } else {
            option(&mut reading, arg, args, &mut at);
        }
    }
    let starts = client.sub.iter().zip(&words).filter(|(sub, word)| word.value.is(sub)).count() == client.sub.len();
    if !starts {
        return None;
    }
    reading.take_words(words.get(client.sub.len()..).unwrap_or(&[]));
    let dash = reading.files.iter().any(|(file, _)| file.is("-") || file.is("/dev/stdin"));
    reading.files.retain(|(file, _)| !file.is("-") && !file.is("/dev/stdin"));
    reading.stdin = dash || (reading.texts.is_empty() && reading.files.is_empty());
    Some(reading)
}

fn option(reading: &mut Reading, arg: &Arg, args: &[Arg], at: &mut usize) {
    let head = arg.value.prefix();
    let long = head.starts_with("--") || reading.client.style == Style::Single;
    if long {
        let name = head.split('=').next().unwrap_or(head);
        let Some(opt) = find_long(reading.client, name) else { return };
        if name.len() < head.len() {
            reading.set(opt, without(&arg.value, name.len() + 1), arg.span);
        } else if opt == Opt::Dry {
            reading.dry = true;
        } else if opt != Opt::Attached && arg.value.literal().is_some() {
            take_next(reading, opt, args, at);
        }
        return;
    }
    if let Some((_, opt)) = reading.client.options.iter().find(|(name, _)| name.len() > 2 && arg.value.is(name)) {
        take_next(reading, *opt, args, at);
        return;
    }
    for (place, c) in head.char_indices().skip(1) {
        let mut buffer = [0u8; 4];
        let letter: &str = c.encode_utf8(&mut buffer);
        let known = reading.client.options.iter().find(|(name, _)| name.len() == 2 && name.ends_with(letter));
        let Some((_, opt)) = known else { continue };
        let rest = without(&arg.value, place + c.len_utf8());
        match (*opt, rest.segs().is_empty()) {
            (Opt::Dry, _) => reading.dry = true,
            (Opt::Attached, _) => {}
            (opt, false) => reading.set(opt, rest, arg.span),
            (opt, true) => take_next(reading, opt, args, at),
        }
        return;
    }
}

fn take_next(reading: &mut Reading, opt: Opt, args: &[Arg], at: &mut usize) {
    if let Some(next) = args.get(*at) {
        *at += 1;
        reading.set(opt, next.value.clone(), next.span);
    }
}

/// Finds a long option, also by an unambiguous beginning of its name; `--x` and `-x` are the same for some clients.
fn find_long(client: &Client, name: &str) -> Option<Opt> {
    let single = client.style == Style::Single;
    let name = if single {
        name.strip_prefix("--").map_or(name.to_owned(), |rest| format!("-{rest}"))
    } else {
        name.to_owned()
    };
    let exact = client.options.iter().find(|(known, _)| *known == name);
    let begins = || {
        let mut hits =
            client.options.iter().filter(|(known, _)| known.starts_with("--") && known.starts_with(name.as_str()));
        hits.next().filter(|_| name.len() > 4)
    };
    exact.or_else(begins).map(|(_, opt)| *opt)
}

/// A value without its first `len` bytes, which are literal.
fn without(value: &Value, len: usize) -> Value {
    let mut out = Value::default();
    for (at, seg) in value.segs().iter().enumerate() {
        match seg {
            Seg::Lit(text) if at == 0 => out.push_lit(text.get(len..).unwrap_or("")),
            other => out.push(other.clone()),
        }
    }
    out
}

impl Reading {
    fn set(&mut self, opt: Opt, value: Value, span: Span) {
        match opt {
            Opt::Sql | Opt::Before => self.texts.push((value, span)),
            Opt::File => self.files.push((value, span)),
            Opt::Host => self.host = Some(value),
            Opt::Database => self.database = Some(value),
            Opt::Dry => self.dry = !value.is("false"),
            Opt::Value | Opt::Attached => {}
        }
    }

    fn take_words(&mut self, words: &[&Arg]) {
        let mut words = words.iter().copied();
        match self.client.words {
            Words::Nothing => {
                if self.client.names == ["bcp"] {
                    let sql = words.next().filter(|_| words.any(|word| word.value.is("queryout")));
                    self.texts.extend(sql.map(|word| (word.value.clone(), word.span)));
                    self.stdin = false;
                }
            }
            Words::Database => {
                if let Some(word) = words.next() {
                    self.database = Some(word.value.clone());
                }
            }
            Words::Host => {
                if let Some(word) = words.next() {
                    self.host = Some(word.value.clone());
                }
            }
            Words::FileThenSql | Words::NameThenSql => {
                self.database = words.next().map(|word| word.value.clone());
                self.texts.extend(words.map(|word| (word.value.clone(), word.span)));
            }
            Words::Sql => self.join(words),
            Words::Scripts => {
                for word in words {
                    match word.value.prefix().strip_prefix('@') {
                        Some(_) => self.files.push((without(&word.value, 1), word.span)),
                        None => self.host = Some(word.value.clone()),
                    }
                }
            }
        }
    }

    /// All words are one text.
    fn join<'a>(&mut self, words: impl Iterator<Item = &'a Arg>) {
        let mut text: Option<(Value, Span)> = None;
        for word in words {
            match &mut text {
                None => text = Some((word.value.clone(), word.span)),
                Some((value, span)) => {
                    value.push_lit(" ");
                    value.push_value(&word.value);
                    *span = span.join(word.span);
                }
            }
        }
        self.texts.extend(text);
    }
}
