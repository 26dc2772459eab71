//! Where a client's script comes from: words, files, standard input, and what stands before it in the pipeline.

use super::read::holds_statement;
use super::session::Included;
use crate::effects::Cx;
use crate::syntax::{Invocation, PathKind, RedirectKind, Stdin, Value};

/// Larger scripts are not looked into.
const MAX_SCRIPT: usize = 1 << 20;
/// How many programs before it in a pipeline are looked at.
const MAX_PIPES: u8 = 4;
/// How many files a pattern may name.
const MAX_GLOB: usize = 32;

/// A script, as far as it can be seen.
pub(in crate::effects) enum Script {
    /// Its text.
    Text(Value),
    /// What a program writes that dumps a database; `true` where the dump drops what it brings.
    Dump(bool),
    /// The result of another client's query.
    Result(usize),
    /// It cannot be seen; the text names it.
    Hidden(String),
    /// It is known where it comes from, but not what it holds (a file too large, a name not known).
    Unread(String),
}

/// The absolute form of a path of an invocation, where both are known.
fn absolute(path: &str, inv: &Invocation, cx: &Cx<'_>) -> Option<String> {
    if path.starts_with('/') {
        return Some(path.to_owned());
    }
    if let Some(rest) = path.strip_prefix("~/") {
        return Some(format!("{}/{rest}", cx.world.home()));
    }
    Some(format!("{}/{path}", inv.cwd.literal()?.trim_end_matches('/')))
}

/// Reads a script by its name.
pub(in crate::effects) fn load(path: &str, inv: &Invocation, cx: &Cx<'_>) -> Included {
    let Some(path) = absolute(path, inv, cx) else { return Included::Unreadable };
    match cx.world.read(&path, MAX_SCRIPT) {
        Some(bytes) => Included::Text(String::from_utf8_lossy(&bytes).into_owned()),
        None => match writer(&path, cx) {
            Some((at, before)) if inv.remote.is_none() => {
                let scripts = output(at, before, cx, MAX_PIPES);
                let texts: Option<Vec<_>> = scripts.iter().map(text_of).collect();
                texts
                    .filter(|texts| !texts.is_empty())
                    .map_or(Included::Unreadable, |texts| Included::Text(texts.concat()))
            }
            None if cx.world.kind(&path) == PathKind::Missing => Included::Missing,
            _ => Included::Unreadable,
        },
    }
}

fn text_of(script: &Script) -> Option<String> {
    match script {
        Script::Text(text) => text.literal().map(str::to_owned),
        _ => None,
    }
}

/// The last command before this one that redirects its output to the file.
fn writer<'a>(path: &str, cx: &Cx<'a>) -> Option<(usize, &'a Invocation)> {
    let earlier = cx.line.invocations.iter().enumerate().take(cx.index);
    earlier.rev().take(64).find(|(_, before)| {
        before.redirects.iter().any(|redirect| {
            let target = redirect.target.literal().and_then(|target| absolute(target, before, cx));
            redirect.kind != RedirectKind::Read && target.as_deref() == Some(path)
        })
    })
}

/// Reads a script that the words name; nothing where it does not exist.
pub(in crate::effects) fn file(value: &Value, inv: &Invocation, cx: &Cx<'_>) -> Vec<Script> {
    let mut names = Vec::new();
    if let Some(name) = value.literal() {
        names.push(name.to_owned());
    } else if value.has_unknown() {
        return vec![Script::Unread(value.to_string())];
    } else if let Some(pattern) = absolute(&value.text(), inv, cx) {
        names = cx.world.glob(&pattern, MAX_GLOB);
    }
    let mut scripts = Vec::new();
    for name in names {
        // A script inside a container or on another machine is not the file of that name here.
        let included = if inv.remote.is_some() { Included::Unreadable } else { load(&name, inv, cx) };
        match included {
            Included::Text(text) => scripts.push(Script::Text(Value::lit(text))),
            Included::Missing | Included::Unreadable => scripts.push(Script::Unread(name)),
        }
    }
    scripts
}

/// Reads what an invocation gets on its standard input.
pub(in crate::effects) fn stdin(inv: &Invocation, cx: &Cx<'_>) -> Vec<Script> {
    from_stdin(inv, cx, MAX_PIPES)
}

fn from_stdin(inv: &Invocation, cx: &Cx<'_>, pipes: u8) -> Vec<Script> {
    match &inv.stdin {
        Stdin::Inherit => Vec::new(),
        Stdin::Text(text) => vec![Script::Text(text.clone())],
        Stdin::File(path) => local_file(path, inv, cx),
        Stdin::Pipe(from) => {
            let before = from.iter().filter_map(|at| Some((*at, cx.line.invocations.get(*at)?)));
            let scripts: Vec<_> = before.flat_map(|(at, before)| output(at, before, cx, pipes)).collect();
            if from.is_empty() { vec![Script::Hidden("a pipe".to_owned())] } else { scripts }
        }
    }
}

/// A redirection reads the file here, wherever the program runs.
fn local_file(path: &Value, inv: &Invocation, cx: &Cx<'_>) -> Vec<Script> {
    if path.is("/dev/null") {
        return Vec::new();
    }
    if path.is_wholly_unknown() && path.sources().next().is_none() {
        return vec![Script::Hidden(path.to_string())];
    }
    if inv.remote.is_none() {
        return file(path, inv, cx);
    }
    let here = Invocation { remote: None, ..inv.clone() };
    file(path, &here, cx)
}

/// Programs that hand their input on, more or less as it is.
const FILTERS: &[&str] = &[
    "cat", "tee", "pv", "head", "tail", "grep", "rg", "sed", "envsubst", "tac", "sort", "uniq", "iconv", "dos2unix",
    "bat", "stdbuf", "unbuffer",
];

/// Programs that write a database out as SQL.
const DUMPERS: &[&str] =
    &["pg_dump", "pg_dumpall", "mysqldump", "mariadb-dump", "mysqlpump", "sqlite3", "sqlite-utils"];

/// What a program writes.
fn output(at: usize, inv: &Invocation, cx: &Cx<'_>, pipes: u8) -> Vec<Script> {
    let hidden = || vec![Script::Hidden(inv.program.value.to_string())];
    let (Some(name), Some(pipes)) = (inv.name(), pipes.checked_sub(1)) else { return hidden() };
    let words: Vec<&Value> = inv.args.iter().map(|arg| &arg.value).collect();
    if FILTERS.contains(&name) {
        let operands = words.iter().filter(|word| !word.prefix().starts_with('-') || word.is("-"));
        let skip = usize::from(matches!(name, "sed" | "grep" | "rg"));
        // `sed 's/.*/DROP TABLE "&";/'` makes statements out of names.
        if name == "sed"
            && let Some(made) =
                words.iter().find_map(|word| substitute(word.literal()?)).filter(|made| holds_statement(made))
        {
            return vec![Script::Text(Value::lit(made))];
        }
        let files: Vec<_> = operands.skip(skip).filter(|word| !is_number(word)).collect();
        if files.is_empty() || name == "tee" {
            return from_stdin(inv, cx, pipes);
        }
        return files.iter().flat_map(|path| file(path, inv, cx)).collect();
    }
    if matches!(name, "echo" | "printf") {
        let mut text = Value::default();
        for word in words.iter().filter(|word| !word.is("-e") && !word.is("-n")) {
            text.push_value(word);
            text.push_lit(" ");
        }
        return vec![Script::Text(text)];
    }
    if DUMPERS.contains(&name) && dumps(name, &words) {
        let keeps = words.iter().any(|word| word.is("--skip-add-drop-table"));
        let drops = name.starts_with("my")
            || name.starts_with("maria")
            || words.iter().any(|word| word.is("-c") || word.is("--clean"));
        return vec![Script::Dump(drops && !keeps)];
    }
    if super::reading::reading(inv).is_some() {
        return vec![Script::Result(at)];
    }
    hidden()
}

/// What `s/…/…/` puts in the place of what it finds.
fn substitute(script: &str) -> Option<&str> {
    let rest = script.strip_prefix('s')?;
    let limit = rest.chars().next().filter(char::is_ascii_punctuation)?;
    rest.split(limit).nth(2)
}

fn is_number(word: &Value) -> bool {
    word.literal().is_some_and(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
}

fn dumps(name: &str, words: &[&Value]) -> bool {
    !name.starts_with("sqlite") || words.iter().any(|word| word.prefix().starts_with(".dump") || word.is("dump"))
}
