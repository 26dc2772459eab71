//! What we know of Perl and PHP.

use super::Lang;
use super::act::{Act, Args};
use super::fold::{self, Fold};
use super::lex::{Form, Grammar, Interpolation, PLAIN};
use super::val::{Val, all_in, glob, join};
use super::walk::{Language, Style, Walker};
use crate::syntax::{CodeFact, Value};

const STYLE: Style = Style {
    bare: true,
    adjacent: false,
    named_equal: false,
    named_colon: false,
    sigils: true,
    implicit: false,
    text_calls: false,
    python: false,
    arrows: false,
};

pub(super) static PERL: Language = Language {
    lang: Lang::Perl,
    grammar: &Grammar {
        strings: &[("\"", "\"", Form::Interpolated), ("'", "'", Form::Single), ("`", "`", Form::Command)],
        interpolation: Interpolation::Dollar,
        sigils: "$@%&",
        quote_words: true,
        heredoc: "<<",
        regex: true,
        ..PLAIN
    },
    program: Some("perl"),
    calls: PERL_CALLS,
    methods: &[("do", Act::Sql(1)), ("prepare", Act::Sql(1)), ("remove_tree", Act::Tree(0)), ("rmtree", Act::Tree(0))],
    special: perl_special,
    on_value: perl_on_value,
    attribute: perl_attribute,
    rename: &[
        ("CORE.GLOBAL.", ""),
        ("CORE.", ""),
        ("main.", ""),
        ("&", ""),
        ("File.Path.", ""),
        ("MIME.Base64.", ""),
        ("File.Copy.", ""),
        ("POSIX.", ""),
        ("File.Spec.Functions.", ""),
    ],
    concat: &["."],
    member: &["->", "::"],
    style: STYLE,
};

const PERL_CALLS: &[(&str, Act)] = &[
    ("unlink", Act::DeleteAll),
    ("rmdir", Act::Delete(0)),
    ("rmtree", Act::TreeAll),
    ("remove_tree", Act::TreeAll),
    ("rename", Act::Move),
    ("move", Act::Move),
    ("copy", Act::Copy),
    ("truncate", Act::Overwrite(0)),
    ("chmod", Act::Permission(1)),
    ("chown", Act::Permission(2)),
    ("system", Act::System(0)),
    ("exec", Act::System(0)),
    ("kill", Act::Kill(1)),
    ("eval", Act::Code(0)),
    ("do", Act::Nothing),
    ("open", Act::Nothing),
    ("glob", Act::Glob(0)),
    ("readdir", Act::Nothing),
    ("chdir", Act::Chdir(0)),
    ("pack", Act::Fold(Fold::Pack)),
    ("unpack", Act::Fold(Fold::Pack)),
    ("join", Act::Nothing),
    ("reverse", Act::Fold(Fold::Reverse)),
    ("chr", Act::Fold(Fold::Chars)),
    ("lc", Act::Fold(Fold::Lower)),
    ("uc", Act::Fold(Fold::Upper)),
    ("sprintf", Act::Fold(Fold::Format)),
    ("decode_base64", Act::Fold(Fold::Base64)),
    ("print", Act::Print),
    ("say", Act::Print),
    ("get", Act::Nothing),
    ("getstore", Act::Fetch(0)),
    ("LWP.Simple.get", Act::Fetch(0)),
    ("HTTP.Tiny.new", Act::Object("http")),
    ("LWP.UserAgent.new", Act::Object("http")),
    ("catfile", Act::Fold(Fold::JoinPath)),
    ("catdir", Act::Fold(Fold::JoinPath)),
    ("tempdir", Act::Temp),
    ("dirname", Act::Fold(Fold::Parent)),
    ("basename", Act::Fold(Fold::Base)),
    ("dup2", Act::Dup),
    ("socket", Act::Nothing),
    ("listen", Act::Listen),
    ("bind", Act::Listen),
    ("shift", Act::Nothing),
];

fn perl_special(w: &mut Walker<'_>, name: &str, args: &Args) -> Option<Val> {
    match name {
        "unlink" | "rmdir" | "rmtree" | "eval" if args.pos.is_empty() => {
            let topic = w.var("$_").unwrap_or(Val::Unknown);
            let act = w.act(name)?;
            Some(w.apply(act, name, &Args { pos: vec![topic], named: Vec::new() }))
        }
        // `eval { … }` only catches errors.
        "eval" if matches!(args.get(0), Some(Val::Map(_))) => Some(Val::Unknown),
        "open" => Some(perl_open(w, args)),
        "join" => {
            let rest = Val::List(args.pos.get(1..)?.iter().flat_map(flat).collect());
            Some(fold::apply(Fold::Join, &[rest, args.get(0)?.clone()]))
        }
        // Inside of a function it is one of its own arguments.
        "shift" => Some(Val::one_of(vec![w.arg(0), Val::Text(super::val::unknown())])),
        "connect" => {
            w.flow.connected = true;
            Some(Val::Unknown)
        }
        "IO.Socket.INET.new" | "IO.Socket.new" | "IO.Socket.SSL.new" => {
            let option = |name: &str| args.option(name).cloned();
            if option("Listen").is_some() || option("LocalPort").is_some() {
                w.flow.listens = true;
                return Some(Val::Object("socket", String::new()));
            }
            let host = option("PeerAddr").or_else(|| option("PeerHost")).or_else(|| args.get(0).cloned());
            Some(w.connect(host.as_ref()))
        }
        "Net.FTP.new" | "Net.SMTP.new" => Some(w.network(args.get(0), args, false)),
        "get" if args.literal(0).is_some_and(|text| text.contains("://")) => Some(w.network(args.get(0), args, false)),
        "fork" => Some(Val::Unknown),
        // Names without their folder; `"$dir/$_"` puts it in front.
        "readdir" => Some(Val::List(vec![Val::Text(all_in(&Value::default()))])),
        "find" | "finddepth" | "File.Find.find" | "File.Find.finddepth" => Some(found_below(w, args)),
        _ => None,
    }
}

/// `find(sub { unlink $_ }, dir…)`: what the function removes without a known name lies below the folders.
fn found_below(w: &mut Walker<'_>, args: &Args) -> Val {
    let unknown = |fact: &CodeFact| matches!(fact, CodeFact::Delete { path, .. } if path.is_wholly_unknown());
    if w.look.facts.iter().any(unknown) {
        w.look.facts.retain(|fact| !unknown(fact));
        for dir in args.pos.get(1..).unwrap_or_default() {
            for dir in w.paths(Some(dir)) {
                let below = join(&dir, &glob(&Value::lit("**/*")));
                w.fact(CodeFact::Delete { path: below, recursive: false });
            }
        }
    }
    Val::Unknown
}

fn flat(val: &Val) -> Vec<Val> {
    match val {
        Val::List(list) => list.clone(),
        other => vec![other.clone()],
    }
}

/// `open(F, "cmd |")`, `open(F, "-|", "cmd", …)`, `open(F, ">", path)`, `open(F, ">path")`, `open(STDIN, ">&S")`.
fn perl_open(w: &mut Walker<'_>, args: &Args) -> Val {
    let mode = args.get(1).map_or_else(Value::default, Val::text);
    let text = mode.prefix().trim_start().to_owned();
    if text.starts_with(">&") || text.starts_with("<&") {
        w.flow.dup = true;
        return Val::Unknown;
    }
    match (args.pos.get(2..), mode.literal()) {
        (Some([path, ..]), Some("-|" | "|-")) => {
            let rest = Args { pos: args.pos.get(2..).unwrap_or_default().to_vec(), named: Vec::new() };
            let _ = path;
            return w.apply(Act::System(0), "open", &rest);
        }
        (Some([path, ..]), Some(mode)) => {
            return if mode.contains('>') { w.overwrite(Some(path)) } else { w.read(Some(path)) };
        }
        _ => {}
    }
    if text.starts_with('|') || mode.suffix().trim_end().ends_with('|') {
        let command =
            mode.literal().map_or_else(|| Val::Text(mode.clone()), |text| Val::lit(text.trim_matches(['|', ' '])));
        return w.shell_arg(Some(&command), "open", &Args::default());
    }
    match mode.literal() {
        Some(path) if path.trim_start().starts_with(['>', '+']) => {
            w.overwrite(Some(&Val::lit(path.trim_start_matches(['>', '+', '<', ' ']))))
        }
        Some(path) => w.read(Some(&Val::lit(path.trim_start_matches(['<', ' '])))),
        None => Val::Unknown,
    }
}

fn perl_attribute(w: &mut Walker<'_>, name: &str) -> Option<Val> {
    match name {
        "@ARGV" => Some(w.arg_list(0)),
        "%ENV" => Some(Val::Env),
        "$0" => Some(w.script.clone().map_or(Val::Unknown, Val::Text)),
        _ => {
            if let Some(key) = name.strip_prefix("$ENV{").and_then(|rest| rest.strip_suffix('}')) {
                return Some(w.getenv(Some(key)));
            }
            let index = name.strip_prefix("$ARGV[").and_then(|rest| rest.strip_suffix(']'))?;
            Some(w.arg(index.parse().ok()?))
        }
    }
}

fn perl_on_value(w: &mut Walker<'_>, method: &str, args: &Args) -> Option<Val> {
    let recv = args.get(0)?.clone();
    match (&recv, method) {
        (Val::Object("http", _), "get" | "head" | "mirror") => Some(w.network(args.get(1), &Args::default(), false)),
        (Val::Object("http", _), "post" | "put" | "request") => Some(w.network(args.get(1), &Args::default(), true)),
        (Val::Name(name), "[]") if name == "$ENV" && args.literal(1).is_none() => {
            w.fact(CodeFact::ReadEnv(None));
            Some(Val::Unknown)
        }
        // `STDIN->fdopen($socket, "r")`
        (_, "fdopen") => {
            w.flow.dup = true;
            Some(Val::Unknown)
        }
        // `$a[0]`: the element of `@a`.
        (Val::Name(name), "[]") if name.starts_with('$') && !matches!(name.as_str(), "$ENV" | "$ARGV") => {
            let list = w.var(&format!("@{}", name.trim_start_matches('$')))?;
            Some(list.element())
        }
        _ => None,
    }
}

pub(super) static PHP: Language = Language {
    lang: Lang::Php,
    grammar: &Grammar {
        comments: &["#", "//"],
        blocks: &[("/*", "*/"), ("?>", "<?php"), ("?>", "<?=")],
        strings: &[("\"", "\"", Form::Interpolated), ("'", "'", Form::Single), ("`", "`", Form::Command)],
        interpolation: Interpolation::Dollar,
        sigils: "$",
        inner: "",
        heredoc: "<<<",
        ..PLAIN
    },
    program: Some("php"),
    calls: PHP_CALLS,
    methods: &[("query", Act::Sql(1)), ("exec", Act::Sql(1)), ("prepare", Act::Sql(1)), ("multi_query", Act::Sql(1))],
    special: php_special,
    on_value: |w, method, args| {
        let key = args.get(1).and_then(Val::literal);
        match (args.get(0)?, method) {
            (Val::Env, "[]") => Some(w.getenv(key)),
            (Val::Object("table", table), "truncate" | "delete") => {
                w.fact(CodeFact::Sql(Value::lit(format!(
                    "{} {table}",
                    if method == "delete" { "DELETE FROM" } else { "TRUNCATE" }
                ))));
                Some(Val::Unknown)
            }
            (Val::Object("table", _), condition) if condition.to_lowercase().contains("where") => Some(Val::Unknown),
            (Val::Name(model), "truncate") if model.starts_with(char::is_uppercase) => {
                w.fact(CodeFact::Sql(Value::lit(format!("TRUNCATE {model}"))));
                Some(Val::Unknown)
            }
            _ => None,
        }
    },
    attribute: |w, name| match name {
        "$argv" => Some(w.arg_list(1)),
        "$_ENV" | "$_SERVER" => Some(Val::Env),
        "__FILE__" => Some(w.script.clone().map_or(Val::Unknown, Val::Text)),
        "__DIR__" => Some(match w.script.clone() {
            Some(script) => fold::apply(Fold::Parent, &[Val::Text(script)]),
            None => Val::lit("."),
        }),
        "DIRECTORY_SEPARATOR" => Some(Val::lit("/")),
        _ => None,
    },
    rename: &[("\\", "")],
    concat: &["."],
    member: &["->", "::"],
    style: Style { text_calls: true, sigils: false, ..STYLE },
};

const PHP_CALLS: &[(&str, Act)] = &[
    ("unlink", Act::Delete(0)),
    ("rmdir", Act::Delete(0)),
    ("rename", Act::Move),
    ("copy", Act::Copy),
    ("file_put_contents", Act::Overwrite(0)),
    ("fopen", Act::Open),
    ("chmod", Act::Permission(0)),
    ("chown", Act::Permission(0)),
    ("file_get_contents", Act::Read(0)),
    ("readfile", Act::Read(0)),
    ("file", Act::Read(0)),
    ("exec", Act::Shell(0)),
    ("shell_exec", Act::Shell(0)),
    ("system", Act::Shell(0)),
    ("passthru", Act::Shell(0)),
    ("popen", Act::Shell(0)),
    ("proc_open", Act::Process),
    ("pcntl_exec", Act::Spawn),
    ("eval", Act::Code(0)),
    ("assert", Act::Nothing),
    ("create_function", Act::Code(1)),
    ("include", Act::Nothing),
    ("posix_kill", Act::Kill(0)),
    ("chdir", Act::Chdir(0)),
    ("getcwd", Act::Cwd),
    ("glob", Act::Glob(0)),
    ("scandir", Act::List(0)),
    ("tempnam", Act::Temp),
    ("sys_get_temp_dir", Act::Temp),
    ("fsockopen", Act::Connect(0)),
    ("stream_socket_client", Act::Connect(0)),
    ("stream_socket_server", Act::Listen),
    ("curl_init", Act::Fetch(0)),
    ("mail", Act::Nothing),
    ("echo", Act::Print),
    ("print", Act::Print),
    ("print_r", Act::Print),
    ("var_dump", Act::Print),
    ("json_encode", Act::Fold(Fold::Same)),
    ("base64_decode", Act::Fold(Fold::Base64)),
    ("hex2bin", Act::Fold(Fold::Hex)),
    ("str_rot13", Act::Fold(Fold::Rot13)),
    ("strrev", Act::Fold(Fold::Reverse)),
    ("urldecode", Act::Fold(Fold::Percent)),
    ("rawurldecode", Act::Fold(Fold::Percent)),
    ("gzinflate", Act::Fold(Fold::Hidden)),
    ("gzuncompress", Act::Fold(Fold::Hidden)),
    ("chr", Act::Fold(Fold::Chars)),
    ("trim", Act::Fold(Fold::Trim)),
    ("strtolower", Act::Fold(Fold::Lower)),
    ("dirname", Act::Fold(Fold::Parent)),
    ("basename", Act::Fold(Fold::Base)),
    ("realpath", Act::Fold(Fold::Same)),
    ("escapeshellarg", Act::Fold(Fold::Same)),
    ("sprintf", Act::Fold(Fold::Format)),
    ("mysqli_query", Act::Sql(1)),
    ("pg_query", Act::Sql(1)),
    ("DB.table", Act::Object("table")),
    ("DB.statement", Act::Sql(0)),
    ("DB.unprepared", Act::Sql(0)),
    ("DB.delete", Act::Sql(0)),
    ("phpinfo", Act::Nothing),
];

fn php_special(w: &mut Walker<'_>, name: &str, args: &Args) -> Option<Val> {
    match name {
        "getenv" => Some(match args.literal(0) {
            Some(name) => w.getenv(Some(name)),
            None => Val::Env,
        }),
        "phpinfo" => {
            w.fact(CodeFact::ReadEnv(None));
            Some(Val::Unknown)
        }
        "assert" if matches!(args.get(0), Some(Val::Text(_) | Val::Remote)) => Some(w.code(args.get(0), name)),
        "call_user_func" | "call_user_func_array" => {
            let rest = args.pos.get(1..)?.iter().flat_map(flat).collect();
            let rest = Args { pos: rest, named: Vec::new() };
            Some(w.call_value(args.get(0)?, &rest))
        }
        "array_map" | "array_walk" | "array_filter" => {
            let (function, list) = if name == "array_map" { (0, 1) } else { (1, 0) };
            let called = args.literal(function)?.to_owned();
            let element = args.get(list).map_or(Val::Unknown, Val::element);
            w.call_if_active(&called, &Args { pos: vec![element], named: Vec::new() });
            Some(Val::Unknown)
        }
        "file_get_contents" | "fopen"
            if args.literal(0).is_some_and(|text| text.contains("://") && !text.starts_with("php://")) =>
        {
            Some(w.network(args.get(0), args, false))
        }
        "file_get_contents" if args.literal(0) == Some("php://stdin") => Some(Val::Unknown),
        "implode" | "join" => Some(fold::apply(Fold::Join, &[args.get(1)?.clone(), args.get(0)?.clone()])),
        "str_replace" => {
            Some(fold::apply(Fold::Replace, &[args.get(2)?.clone(), args.get(0)?.clone(), args.get(1)?.clone()]))
        }
        "array_reverse" => Some(fold::apply(Fold::Reverse, &args.pos)),
        "glob" => Some(Val::OneOf(args.get(0)?.texts().iter().map(|text| Val::Text(glob(text))).collect())),
        _ => None,
    }
}
