//! What we know of C, C++ and Rust: of code that is compiled and then runs.

use super::Lang;
use super::act::{Act, Args};
use super::fold::Fold;
use super::lex::{Form, Grammar, Interpolation, PLAIN};
use super::others::PLAIN_STYLE;
use super::val::Val;
use super::walk::{Language, Walker};

/// Words of one command that are followed.
const MAX_WORDS: usize = 64;

pub(super) static C: Language = Language {
    lang: Lang::C,
    grammar: &Grammar {
        comments: &["//"],
        blocks: &[("/*", "*/")],
        strings: &[("\"", "\"", Form::Escaped), ("'", "'", Form::Escaped)],
        interpolation: Interpolation::None,
        ..PLAIN
    },
    program: None,
    calls: &[
        ("system", Act::Shell(0)),
        ("popen", Act::Shell(0)),
        ("execl", Act::Words(1)),
        ("execlp", Act::Words(1)),
        ("unlink", Act::Delete(0)),
        ("remove", Act::Delete(0)),
        ("rmdir", Act::Delete(0)),
        ("rename", Act::Move),
        ("truncate", Act::Overwrite(0)),
        ("creat", Act::Overwrite(0)),
        ("fopen", Act::Open),
        ("chmod", Act::Permission(0)),
        ("chown", Act::Permission(0)),
        ("getenv", Act::Getenv(0)),
        ("chdir", Act::Chdir(0)),
        ("std.filesystem.remove_all", Act::Tree(0)),
        ("std.filesystem.remove", Act::Delete(0)),
        ("fs.remove_all", Act::Tree(0)),
        ("fs.remove", Act::Delete(0)),
        ("std.getenv", Act::Getenv(0)),
        ("std.system", Act::Shell(0)),
        ("std.remove", Act::Delete(0)),
        ("std.ofstream", Act::Overwrite(0)),
        ("printf", Act::Print),
        ("puts", Act::Print),
        ("fprintf", Act::Nothing),
    ],
    methods: &[],
    special: |_, _, _| None,
    on_value: |_, _, _| None,
    attribute: |_, _| None,
    rename: &[],
    concat: &["+"],
    member: &[".", "->", "::"],
    style: PLAIN_STYLE,
};

pub(super) static RUST: Language = Language {
    lang: Lang::Rust,
    grammar: &Grammar {
        comments: &["//"],
        blocks: &[("/*", "*/")],
        strings: &[("r#\"", "\"#", Form::Raw), ("r\"", "\"", Form::Raw), ("\"", "\"", Form::Escaped)],
        interpolation: Interpolation::None,
        ..PLAIN
    },
    program: None,
    calls: &[
        ("fs.remove_dir_all", Act::Tree(0)),
        ("fs.remove_dir", Act::Delete(0)),
        ("fs.remove_file", Act::Delete(0)),
        ("remove_dir_all", Act::Tree(0)),
        ("remove_file", Act::Delete(0)),
        ("fs.rename", Act::Move),
        ("fs.write", Act::Overwrite(0)),
        ("File.create", Act::Overwrite(0)),
        ("fs.File.create", Act::Overwrite(0)),
        ("fs.read_to_string", Act::Read(0)),
        ("fs.read", Act::Read(0)),
        ("fs.set_permissions", Act::Permission(0)),
        ("env.var", Act::Getenv(0)),
        ("env.vars", Act::Environ),
        ("env.set_current_dir", Act::Chdir(0)),
        ("env.temp_dir", Act::Temp),
        ("TcpStream.connect", Act::Connect(0)),
        ("reqwest.get", Act::Fetch(0)),
        ("Path.new", Act::Fold(Fold::JoinPath)),
        ("PathBuf.from", Act::Fold(Fold::JoinPath)),
        ("String.from", Act::Fold(Fold::JoinPath)),
        ("println", Act::Print),
        ("print", Act::Print),
    ],
    methods: &[],
    special: |_, name, args| match name {
        "Command.new" => Some(Val::List(args.pos.first().cloned().into_iter().collect())),
        _ => None,
    },
    on_value: command,
    attribute: |_, _| None,
    rename: &[("std.", ""), ("process.", ""), ("tokio.", "")],
    concat: &["+"],
    member: &[".", "::"],
    style: PLAIN_STYLE,
};

/// `Command::new("rm").arg("-rf").args(["a", "b"]).status()`
fn command(w: &mut Walker<'_>, method: &str, args: &Args) -> Option<Val> {
    let Val::List(words) = args.get(0)?.clone() else {
        return matches!(method, "unwrap" | "expect" | "to_string" | "to_owned" | "as_str" | "into")
            .then(|| args.get(0).cloned())?;
    };
    let more = match (method, args.get(1)) {
        ("arg", Some(word)) => vec![word.clone()],
        ("args", Some(Val::List(words))) => words.clone(),
        ("args", _) => vec![Val::Unknown],
        ("spawn" | "output" | "status" | "exec", _) => {
            return Some(w.words(&Val::List(words), method, &Args::default()));
        }
        ("current_dir" | "env" | "stdin" | "stdout" | "stderr" | "unwrap" | "expect", _) => Vec::new(),
        _ => return None,
    };
    Some(Val::List(words.into_iter().chain(more).take(MAX_WORDS).collect()))
}
