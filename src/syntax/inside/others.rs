//! What we know of Lua, R, Julia, Java and Groovy, Go.

use super::Lang;
use super::act::{Act, Args};
use super::fold::Fold;
use super::lex::{Form, Grammar, Interpolation, PLAIN};
use super::val::{Val, join, unknown};
use super::walk::{Language, Style, Walker};
use crate::syntax::Value;

pub(super) const PLAIN_STYLE: Style = Style {
    bare: false,
    adjacent: false,
    named_equal: false,
    named_colon: false,
    sigils: false,
    implicit: false,
    text_calls: false,
    python: false,
    arrows: false,
};

pub(super) static LUA: Language = Language {
    lang: Lang::Lua,
    grammar: &Grammar {
        comments: &["--", "#!"],
        blocks: &[("--[[", "]]")],
        strings: &[
            ("[[", "]]", Form::Raw),
            ("[=[", "]=]", Form::Raw),
            ("\"", "\"", Form::Escaped),
            ("'", "'", Form::Escaped),
        ],
        ..PLAIN
    },
    program: Some("lua"),
    calls: &[
        ("os.remove", Act::Delete(0)),
        ("os.rename", Act::Move),
        ("os.execute", Act::Shell(0)),
        ("io.popen", Act::Shell(0)),
        ("io.open", Act::Open),
        ("io.lines", Act::Read(0)),
        ("os.getenv", Act::Getenv(0)),
        ("os.tmpname", Act::Temp),
        ("load", Act::Code(0)),
        ("loadstring", Act::Code(0)),
        ("dofile", Act::Same(&["lua"])),
        ("string.char", Act::Fold(Fold::Chars)),
        ("string.reverse", Act::Fold(Fold::Reverse)),
        ("string.format", Act::Fold(Fold::Format)),
        ("vim.fn.delete", Act::Delete(0)),
        ("vim.fn.system", Act::Process),
        ("vim.system", Act::Process),
        ("socket.connect", Act::Connect(0)),
        ("http.request", Act::Fetch(0)),
        ("print", Act::Print),
    ],
    methods: &[("execute", Act::Sql(1))],
    special: |w, name, args| match name {
        "require" => Some(Val::Name(args.literal(0).unwrap_or("module").to_owned())),
        "socket.tcp" => Some(Val::Object("socket", String::new())),
        "loadstring" | "load" if matches!(args.get(0), Some(Val::Name(_))) => {
            w.opaque(name);
            Some(Val::Unknown)
        }
        _ => None,
    },
    on_value: |w, method, args| match (args.get(0)?, method) {
        (Val::Object("socket", _), "connect") => Some(w.connect(args.get(1))),
        (Val::Object("socket", _), "receive") => Some(Val::Remote),
        _ => None,
    },
    attribute: |w, name| {
        let index = name.strip_prefix("arg[")?.strip_suffix(']')?;
        Some(w.arg(index.parse::<usize>().ok()?.checked_sub(1)?))
    },
    rename: &[("_G.", "")],
    concat: &[".."],
    member: &[".", ":"],
    style: Style { bare: true, ..PLAIN_STYLE },
};

pub(super) static R: Language = Language {
    lang: Lang::R,
    grammar: &Grammar {
        strings: &[("r\"(", ")\"", Form::Raw), ("\"", "\"", Form::Escaped), ("'", "'", Form::Escaped)],
        ..PLAIN
    },
    program: Some("Rscript"),
    calls: &[
        ("file.remove", Act::DeleteAll),
        ("fs.file_delete", Act::Delete(0)),
        ("fs.dir_delete", Act::Tree(0)),
        ("file.rename", Act::Move),
        ("file.copy", Act::Copy),
        ("Sys.chmod", Act::Permission(0)),
        ("system", Act::Shell(0)),
        ("shell", Act::Shell(0)),
        ("pipe", Act::Shell(0)),
        ("system2", Act::Spawn),
        ("processx.run", Act::Spawn),
        ("source", Act::Same(&["Rscript"])),
        ("readLines", Act::Read(0)),
        ("readRDS", Act::Nothing),
        ("writeLines", Act::Overwrite(1)),
        ("download.file", Act::Fetch(0)),
        ("url", Act::Fetch(0)),
        ("httr.GET", Act::Fetch(0)),
        ("httr.POST", Act::Send(0)),
        ("Sys.getenv", Act::Nothing),
        ("file.path", Act::Fold(Fold::JoinPath)),
        ("path.expand", Act::Fold(Fold::Same)),
        ("normalizePath", Act::Fold(Fold::Same)),
        ("c", Act::Nothing),
        ("paste0", Act::Fold(Fold::Concat)),
        ("tempfile", Act::Temp),
        ("tempdir", Act::Temp),
        ("setwd", Act::Chdir(0)),
        ("getwd", Act::Cwd),
        ("dbExecute", Act::Sql(1)),
        ("DBI.dbExecute", Act::Sql(1)),
        ("dbSendQuery", Act::Sql(1)),
        ("dbGetQuery", Act::Sql(1)),
        ("DBI.dbSendQuery", Act::Sql(1)),
        ("base64enc.base64decode", Act::Fold(Fold::Base64)),
        ("rawToChar", Act::Fold(Fold::Same)),
        ("intToUtf8", Act::Fold(Fold::Chars)),
        ("print", Act::Print),
        ("cat", Act::Print),
    ],
    methods: &[],
    special: r_special,
    on_value: |_, _, _| None,
    attribute: |_, _| None,
    rename: &[("base.", ""), ("utils.", "")],
    concat: &[],
    member: &[".", "::", ":::", "$"],
    style: Style { named_equal: true, ..PLAIN_STYLE },
};

fn r_special(w: &mut Walker<'_>, name: &str, args: &Args) -> Option<Val> {
    match name {
        "unlink" => {
            Some(w.delete(args.get(0), args.is_on("recursive") || args.get(1).is_some_and(|val| !val.is_false())))
        }
        "c" | "list" => Some(Val::List(args.pos.clone())),
        "do.call" => match args.get(0) {
            Some(Val::Text(name)) => {
                let name = name.literal()?.to_owned();
                let pos = match args.get(1) {
                    Some(Val::List(list)) => list.clone(),
                    other => other.cloned().into_iter().collect(),
                };
                Some(w.call_name(&name, &Args { pos, named: Vec::new() }))
            }
            _ => None,
        },
        // `eval(parse(text = …))`; `eval(quote(x))` and the like are everyday.
        "parse" => {
            let text = args.option("text").cloned()?;
            w.code(Some(&text), "eval(parse())");
            Some(Val::Unknown)
        }
        "list.files" | "dir" => {
            let folder = args.get(0).or_else(|| args.option("path")).map_or_else(|| Value::lit("."), Val::text);
            let all = super::val::all_in(&Value::default());
            let full = args.is_on("full.names");
            Some(Val::OneOf(vec![Val::Text(if full { join(&folder, &all) } else { all })]))
        }
        "Sys.glob" => Some(w.apply(Act::Glob(0), name, args)),
        "Sys.getenv" => Some(match args.literal(0) {
            Some(name) => w.getenv(Some(name)),
            None => Val::Env,
        }),
        "commandArgs" => Some(w.arg_list(0)),
        "paste" => {
            let mut out = Val::lit("");
            for (index, part) in args.pos.iter().enumerate() {
                let between = args.option("sep").and_then(Val::literal).unwrap_or(" ").to_owned();
                if index > 0 {
                    out = super::val::concat(&out, &Val::lit(between));
                }
                out = super::val::concat(&out, part);
            }
            Some(out)
        }
        "lapply" | "sapply" | "walk" | "purrr.walk" => match (args.get(0), args.get(1)) {
            (Some(list), Some(Val::Name(function))) => {
                let pos = vec![list.element()];
                let args = Args { pos, named: args.named.clone() };
                if function == "unlink" {
                    w.call_name("unlink", &args);
                } else {
                    w.call_if_active(&function.clone(), &args);
                }
                Some(Val::Unknown)
            }
            _ => None,
        },
        _ => None,
    }
}

pub(super) static JULIA: Language = Language {
    lang: Lang::Julia,
    grammar: &Grammar {
        blocks: &[("#=", "=#")],
        strings: &[
            ("\"\"\"", "\"\"\"", Form::Interpolated),
            ("\"", "\"", Form::Interpolated),
            ("`", "`", Form::Command),
        ],
        interpolation: Interpolation::Dollar,
        tail: "!",
        ..PLAIN
    },
    program: Some("julia"),
    calls: &[
        ("rm", Act::Remove(0)),
        ("Base.rm", Act::Remove(0)),
        ("mv", Act::Move),
        ("cp", Act::Copy),
        ("write", Act::Overwrite(0)),
        ("open", Act::Open),
        ("chmod", Act::Permission(0)),
        ("include", Act::Same(&["julia"])),
        ("download", Act::Fetch(0)),
        ("Downloads.download", Act::Fetch(0)),
        ("HTTP.get", Act::Fetch(0)),
        ("HTTP.post", Act::Send(0)),
        ("include_string", Act::Code(1)),
        ("Meta.parse", Act::Code(0)),
        ("homedir", Act::Home),
        ("pwd", Act::Cwd),
        ("cd", Act::Chdir(0)),
        ("mktempdir", Act::Temp),
        ("tempname", Act::Temp),
        ("joinpath", Act::Fold(Fold::JoinPath)),
        ("expanduser", Act::Fold(Fold::Same)),
        ("string", Act::Fold(Fold::Concat)),
        ("base64decode", Act::Fold(Fold::Base64)),
        ("readdir", Act::List(0)),
        ("println", Act::Print),
        ("print", Act::Print),
        ("show", Act::Print),
        ("connect", Act::Connect(0)),
        ("kill", Act::Kill(0)),
    ],
    methods: &[],
    special: |_, name, args| match name {
        // `write(io, …)` of an open stream.
        "write" | "open" if !matches!(args.get(0), Some(Val::Text(_) | Val::Path(_))) => Some(Val::Unknown),
        _ => None,
    },
    on_value: |w, method, args| match (args.get(0)?, method) {
        (Val::Env, "[]") => Some(w.getenv(args.literal(1))),
        _ => None,
    },
    attribute: |w, name| match name {
        "ARGS" => Some(Val::List([vec![Val::Unknown], list_of(w.arg_list(0))].concat())),
        "ENV" => Some(Val::Env),
        _ => None,
    },
    rename: &[],
    concat: &["*"],
    member: &["."],
    style: Style { named_equal: true, ..PLAIN_STYLE },
};

fn list_of(val: Val) -> Vec<Val> {
    if let Val::List(list) = val { list } else { Vec::new() }
}

pub(super) static JAVA: Language = Language {
    lang: Lang::Java,
    grammar: &Grammar {
        comments: &["//", "#!"],
        blocks: &[("/*", "*/")],
        strings: &[
            ("\"\"\"", "\"\"\"", Form::Interpolated),
            ("'''", "'''", Form::Escaped),
            ("\"", "\"", Form::Interpolated),
            ("'", "'", Form::Escaped),
        ],
        interpolation: Interpolation::DollarBrace,
        ..PLAIN
    },
    program: None,
    calls: &[
        ("Files.delete", Act::Delete(0)),
        ("Files.deleteIfExists", Act::Delete(0)),
        ("FileUtils.deleteDirectory", Act::Tree(0)),
        ("FileUtils.forceDelete", Act::Tree(0)),
        ("Files.write", Act::Overwrite(0)),
        ("Files.writeString", Act::Overwrite(0)),
        ("Files.readString", Act::Read(0)),
        ("Files.move", Act::Move),
        ("Files.copy", Act::Copy),
        ("ProcessBuilder", Act::Process),
        ("System.getenv", Act::Nothing),
        ("Paths.get", Act::Fold(Fold::JoinPath)),
        ("Path.of", Act::Fold(Fold::JoinPath)),
        ("Eval.me", Act::Code(0)),
        ("URL", Act::Fold(Fold::Same)),
        ("Socket", Act::Connect(0)),
        ("println", Act::Print),
    ],
    methods: &[("deleteDir", Act::Tree(0)), ("deleteRecursively", Act::Tree(0)), ("deleteDirectory", Act::Tree(1))],
    special: java_special,
    on_value: java_on_value,
    attribute: |w, name| {
        let index = name.strip_prefix("args[")?.strip_suffix(']')?;
        Some(w.arg(index.parse().ok()?))
    },
    rename: &[("java.io.", ""), ("java.nio.file.", ""), ("java.net.", ""), ("java.lang.", "")],
    concat: &["+"],
    member: &[".", "?."],
    style: Style { bare: true, named_colon: true, ..PLAIN_STYLE },
};

fn java_special(w: &mut Walker<'_>, name: &str, args: &Args) -> Option<Val> {
    match name {
        "File" | "java.io.File" => Some(Val::Path(args.get(0).map_or_else(unknown, Val::text))),
        "Runtime.getRuntime" => Some(Val::Object("runtime", String::new())),
        "System.getenv" => Some(match args.literal(0) {
            Some(name) => w.getenv(Some(name)),
            None => Val::Env,
        }),
        "System.getProperty" if args.literal(0) == Some("user.home") => Some(Val::lit("~")),
        "ProcessBuilder" if args.pos.len() > 1 => Some(w.words(&Val::List(args.pos.clone()), name, args)),
        "evaluate" | "GroovyShell.evaluate" => Some(w.code(args.get(0), name)),
        _ => None,
    }
}

fn java_on_value(w: &mut Walker<'_>, method: &str, args: &Args) -> Option<Val> {
    let recv = args.get(0)?.clone();
    match (&recv, method) {
        (Val::Object("runtime", _), "exec") => Some(w.apply(Act::Process, "Runtime.exec", &rest(args))),
        (Val::Path(_), "delete" | "deleteOnExit") => Some(w.delete(Some(&recv), false)),
        (Val::Path(_), "write" | "append" | "setText" | "withWriter") => Some(w.overwrite(Some(&recv))),
        (Val::Path(_), "getText" | "readLines" | "eachLine") => Some(w.read(Some(&recv))),
        (Val::Text(_), "execute") => Some(w.shell_arg(Some(&recv), method, &Args::default())),
        (Val::List(_), "execute") => Some(w.words(&recv, method, &Args::default())),
        (Val::Text(_), "toURL") => Some(w.network(Some(&recv), &Args::default(), false)),
        _ => None,
    }
}

fn rest(args: &Args) -> Args {
    Args { pos: args.pos.get(1..).unwrap_or_default().to_vec(), named: args.named.clone() }
}

pub(super) static GO: Language = Language {
    lang: Lang::Go,
    grammar: &Grammar {
        comments: &["//"],
        blocks: &[("/*", "*/")],
        strings: &[("`", "`", Form::Raw), ("\"", "\"", Form::Escaped), ("'", "'", Form::Escaped)],
        interpolation: Interpolation::None,
        ..PLAIN
    },
    program: None,
    calls: &[
        ("os.Remove", Act::Delete(0)),
        ("os.RemoveAll", Act::Tree(0)),
        ("os.Rename", Act::Move),
        ("os.WriteFile", Act::Overwrite(0)),
        ("ioutil.WriteFile", Act::Overwrite(0)),
        ("os.Create", Act::Overwrite(0)),
        ("os.Truncate", Act::Overwrite(0)),
        ("os.ReadFile", Act::Read(0)),
        ("os.Open", Act::Read(0)),
        ("os.Chmod", Act::Permission(0)),
        ("exec.Command", Act::Words(0)),
        ("exec.CommandContext", Act::Words(1)),
        ("http.Get", Act::Fetch(0)),
        ("http.Post", Act::Send(0)),
        ("net.Dial", Act::Connect(1)),
        ("os.Getenv", Act::Getenv(0)),
        ("os.Environ", Act::Environ),
        ("os.Chdir", Act::Chdir(0)),
        ("os.MkdirTemp", Act::Temp),
        ("os.TempDir", Act::Temp),
        ("os.UserHomeDir", Act::Home),
        ("filepath.Join", Act::Fold(Fold::JoinPath)),
        ("path.Join", Act::Fold(Fold::JoinPath)),
        ("syscall.Kill", Act::Kill(0)),
        ("fmt.Sprintf", Act::Fold(Fold::Format)),
        ("fmt.Println", Act::Print),
        ("fmt.Print", Act::Print),
    ],
    methods: &[("Exec", Act::Sql(1)), ("MustExec", Act::Sql(1))],
    special: |_, _, _| None,
    on_value: |_, _, _| None,
    attribute: |w, name| match name {
        "os.Args" => Some(w.arg_list(1)),
        _ => None,
    },
    rename: &[],
    concat: &["+"],
    member: &["."],
    style: PLAIN_STYLE,
};
