//! `mongosh`, `mongo`, `arangosh`: JavaScript against a document store.
//!
//! A look by tokens: the method, and whether its filter is empty.

use super::{Hit, options, scripts};
use crate::effects::sql::{self, Script};
use crate::effects::{Certainty, Cx, Effect, EffectKind};
use crate::syntax::{Invocation, Span, Value};

const TAKES: &[&str] = &[
    "--eval",
    "--file",
    "-f",
    "--host",
    "-h",
    "--port",
    "-u",
    "--username",
    "-p",
    "--password",
    "--authenticationDatabase",
    "--authenticationMechanism",
    "--tlsCAFile",
    "--tlsCertificateKeyFile",
    "--json",
    "--javascript.execute-string",
    "--javascript.execute",
    "--server.endpoint",
    "--server.username",
    "--server.password",
    "--server.database",
    "--apiVersion",
];

/// Adds what the shell's script does.
pub(super) fn effects(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let found = options(inv, TAKES);
    let mut given: Vec<(Script, Span)> = Vec::new();
    let (mut host, mut database) = (None, None);
    for (name, value, span) in &found.values {
        match *name {
            "--eval" | "--javascript.execute-string" => given.push((Script::Text((*value).clone()), *span)),
            "--file" | "-f" | "--javascript.execute" => {
                given.extend(sql::file(value, inv, cx).into_iter().map(|script| (script, *span)));
            }
            "--host" | "-h" | "--server.endpoint" => host = Some(value.text().into_owned()),
            "--server.database" => database = Some(value.text().into_owned()),
            option => {
                let inline =
                    option.strip_prefix("--eval=").or_else(|| option.strip_prefix("--javascript.execute-string="));
                let code = inline.map(|code| {
                    let mut code = Value::lit(code);
                    value.segs().iter().skip(1).for_each(|seg| code.push(seg.clone()));
                    code
                });
                given.extend(code.map(|code| (Script::Text(code), *span)));
                host = host.or_else(|| option.strip_prefix("--host=").map(str::to_owned));
            }
        }
    }
    for (word, span) in &found.words {
        if matches!(word.suffix().rsplit_once('.'), Some((_, "js" | "mongodb"))) {
            given.extend(sql::file(word, inv, cx).into_iter().map(|script| (script, *span)));
        } else if let Some((url_host, url_database)) = sql::url(&word.text()) {
            (host, database) = (url_host, url_database);
        } else {
            database = Some(word.text().into_owned());
        }
    }
    if given.is_empty() {
        given.extend(sql::stdin(inv, cx).into_iter().map(|script| (script, inv.span)));
    }
    let place = sql::named("mongodb", host.as_deref(), database.as_deref());
    scripts(given, &place, cx, out, &|code| read(code, database.as_deref().unwrap_or("")));
}

/// A piece of JavaScript.
#[derive(Clone, Debug, PartialEq)]
enum Tok {
    Word(String),
    Str(String),
    Op(char),
}

/// More tokens than this are not looked at.
const MAX_TOKENS: usize = 200_000;

/// Words, strings and punctuation; comments and blanks vanish.
fn lex(code: &str) -> Vec<Tok> {
    let mut tokens = Vec::new();
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        if tokens.len() >= MAX_TOKENS {
            break;
        }
        match c {
            _ if c.is_whitespace() => {}
            '/' if chars.peek() == Some(&'/') => while chars.next().is_some_and(|c| c != '\n') {},
            '/' if chars.peek() == Some(&'*') => {
                let mut last = ' ';
                chars.next();
                for c in chars.by_ref() {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
            }
            '\'' | '"' | '`' => {
                let mut text = String::new();
                while let Some(inner) = chars.next() {
                    match inner {
                        '\\' => text.extend(chars.next()),
                        _ if inner == c => break,
                        _ => text.push(inner),
                    }
                }
                tokens.push(Tok::Str(text));
            }
            _ if c.is_alphanumeric() || matches!(c, '_' | '$') => {
                let mut word = String::from(c);
                while let Some(more) = chars.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | '$')) {
                    word.push(more);
                }
                tokens.push(Tok::Word(word));
            }
            _ => tokens.push(Tok::Op(c)),
        }
    }
    tokens
}

/// The tokens inside the parentheses that open at `open`.
fn inside(tokens: &[Tok], open: usize) -> &[Tok] {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Tok::Op('(' | '{' | '[') => depth += 1,
            Tok::Op(')' | '}' | ']') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return tokens.get(open + 1..at).unwrap_or(&[]);
                }
            }
            _ => {}
        }
    }
    tokens.get(open + 1..).unwrap_or(&[])
}

/// The first argument of a call.
fn first_argument(arguments: &[Tok]) -> &[Tok] {
    let mut depth = 0usize;
    for (at, token) in arguments.iter().enumerate() {
        match token {
            Tok::Op('(' | '{' | '[') => depth += 1,
            Tok::Op(')' | '}' | ']') => depth = depth.saturating_sub(1),
            Tok::Op(',') if depth == 0 => return arguments.get(..at).unwrap_or(&[]),
            _ => {}
        }
    }
    arguments
}

/// How much a filter lets through.
fn selects(filter: &[Tok]) -> Option<Certainty> {
    let words: Vec<&str> = filter
        .iter()
        .filter_map(|token| match token {
            Tok::Word(word) | Tok::Str(word) => Some(word.as_str()),
            Tok::Op(_) => None,
        })
        .collect();
    match words.as_slice() {
        [] => Some(Certainty::Certain),
        ["_id", "$exists", "true" | "1"] | ["_id", "$ne", "null" | "undefined" | ""] | ["$where", "true" | "1"] => {
            Some(Certainty::Likely)
        }
        _ => None,
    }
}

/// The collection that a method is called on: the name before the dot.
fn receiver(tokens: &[Tok], dot: usize) -> String {
    match tokens.get(..dot).and_then(<[Tok]>::last) {
        Some(Tok::Word(word)) => word.clone(),
        Some(Tok::Op(')' | ']')) => match tokens.get(dot.saturating_sub(2)) {
            Some(Tok::Str(name) | Tok::Word(name)) => name.clone(),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

fn read(code: &str, database: &str) -> Vec<Hit> {
    let tokens = lex(code);
    let mut hits = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Tok::Word(method) = token else { continue };
        if tokens.get(at + 1) != Some(&Tok::Op('(')) || hits.len() >= 64 {
            continue;
        }
        let arguments = inside(&tokens, at + 1);
        let method_of = at.checked_sub(1).filter(|dot| matches!(tokens.get(*dot), Some(Tok::Op('.'))));
        let Some(dot) = method_of else { continue };
        if is_explained(&tokens, dot) {
            continue;
        }
        hits.extend(call(method, &receiver(&tokens, dot), arguments, database));
    }
    hits
}

/// `db.c.explain().remove({})`: only the plan is made.
fn is_explained(tokens: &[Tok], dot: usize) -> bool {
    let front = tokens.get(..dot).unwrap_or_default();
    let call = |open: usize| open.checked_sub(1).and_then(|at| front.get(at)) == Some(&Tok::Word("explain".to_owned()));
    front.last() == Some(&Tok::Op(')')) && front.iter().rposition(|token| *token == Tok::Op('(')).is_some_and(call)
}

/// What one method call does.
fn call(method: &str, on: &str, arguments: &[Tok], database: &str) -> Option<Hit> {
    let collection = if on.is_empty() { "collection".to_owned() } else { format!("collection {on}") };
    let name = || match arguments.first() {
        Some(Tok::Str(name)) => name.clone(),
        _ => String::new(),
    };
    let hit = match method {
        "dropDatabase" | "_dropDatabase" => {
            let name = if method.starts_with('_') { name() } else { database.to_owned() };
            Hit::new(EffectKind::DbDrop, format!("database {name}").trim())
        }
        "drop" => Hit::new(EffectKind::DbDrop, collection),
        "_drop" => Hit::new(EffectKind::DbDrop, format!("collection {}", name())),
        "truncate" => Hit::new(EffectKind::DbTruncate, collection),
        "deleteMany" | "remove" => {
            let filter = first_argument(arguments);
            Hit::new(EffectKind::DbDeleteBulk, collection).sure(selects(filter)?)
        }
        "updateMany" => Hit::new(EffectKind::DbUpdateBulk, collection).sure(selects(first_argument(arguments))?),
        "update" if arguments.iter().any(|token| *token == Tok::Word("multi".to_owned())) => {
            Hit::new(EffectKind::DbUpdateBulk, collection).sure(selects(first_argument(arguments))?)
        }
        "aggregate" if has_word(arguments, &["$out"]) => {
            let at =
                arguments.iter().position(|token| matches!(token, Tok::Word(word) | Tok::Str(word) if word == "$out"));
            let name = at.and_then(|at| arguments.get(at + 2));
            let name = match name {
                Some(Tok::Str(name)) => name.as_str(),
                _ => "",
            };
            // What the collection of that name held before is gone.
            Hit::new(EffectKind::DbDrop, format!("collection {name}").trim())
        }
        "bulkWrite" => bulk_write(&collection, arguments)?,
        "dropIndexes" | "dropIndex" => {
            Hit::new(EffectKind::DbSchema, format!("index of {on}")).sure(Certainty::Possible)
        }
        "dropUser" | "dropRole" | "dropAllUsers" | "dropAllRoles" => {
            Hit::new(EffectKind::DbDrop, format!("user {}", name()))
        }
        "shutdownServer" => Hit::new(EffectKind::SysService, "database server"),
        "grantRolesToUser" | "createUser" | "updateUser" => granted(&name(), arguments),
        "runCommand" | "adminCommand" => command(arguments, database)?,
        _ => return None,
    };
    Some(hit)
}

fn has_word(tokens: &[Tok], wanted: &[&str]) -> bool {
    tokens.iter().any(|token| match token {
        Tok::Word(word) | Tok::Str(word) => wanted.contains(&word.as_str()),
        Tok::Op(_) => false,
    })
}

fn granted(user: &str, arguments: &[Tok]) -> Hit {
    let strong = [
        "root",
        "userAdminAnyDatabase",
        "dbAdminAnyDatabase",
        "readWriteAnyDatabase",
        "clusterAdmin",
        "__system",
        "dbOwner",
    ];
    let hit = Hit::new(EffectKind::DbGrant, format!("rights to {user}").trim());
    if has_word(arguments, &strong) { hit } else { hit.sure(Certainty::Possible) }
}

/// `bulkWrite([{ deleteMany: { filter: {} } }])`.
fn bulk_write(collection: &str, arguments: &[Tok]) -> Option<Hit> {
    let empty = arguments.windows(4).any(|window| {
        matches!(window, [Tok::Word(key) | Tok::Str(key), Tok::Op(':'), Tok::Op('{'), Tok::Op('}')] if key == "filter")
    });
    (empty && has_word(arguments, &["deleteMany"])).then(|| Hit::new(EffectKind::DbDeleteBulk, collection))
}

/// `runCommand({ drop: 'users' })`.
fn command(arguments: &[Tok], database: &str) -> Option<Hit> {
    let (key, value) = match arguments {
        [Tok::Op('{'), Tok::Word(key) | Tok::Str(key), Tok::Op(':'), value, ..] => (key.as_str(), value),
        [Tok::Str(key), ..] => (key.as_str(), &Tok::Op(' ')),
        _ => return None,
    };
    let name = match value {
        Tok::Str(name) => name.as_str(),
        _ => "",
    };
    match key {
        "dropDatabase" => Some(Hit::new(EffectKind::DbDrop, format!("database {database}").trim())),
        "drop" => Some(Hit::new(EffectKind::DbDrop, format!("collection {name}"))),
        "shutdown" => Some(Hit::new(EffectKind::SysService, "database server")),
        "dropUser" | "dropAllUsersFromDatabase" => Some(Hit::new(EffectKind::DbDrop, format!("user {name}"))),
        _ => None,
    }
}
