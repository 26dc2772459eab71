//! What we know of Ruby and Elixir.

use super::Lang;
use super::act::{Act, Args};
use super::fold::{self, Fold};
use super::lex::{Form, Grammar, Interpolation, PLAIN};
use super::val::{Val, all_in, glob, join, join_all};
use super::walk::{Language, Style, Walker};
use crate::syntax::{CodeFact, Value};

const GRAMMAR: Grammar = Grammar {
    strings: &[("\"", "\"", Form::Interpolated), ("'", "'", Form::Single), ("`", "`", Form::Command)],
    interpolation: Interpolation::HashBrace,
    sigils: "$@",
    tail: "?!",
    percent: true,
    heredoc: "<<",
    regex: true,
    ..PLAIN
};

const STYLE: Style = Style {
    bare: true,
    adjacent: true,
    named_equal: false,
    named_colon: true,
    sigils: false,
    implicit: true,
    text_calls: false,
    python: false,
    arrows: false,
};

pub(super) static RUBY: Language = Language {
    lang: Lang::Ruby,
    grammar: &GRAMMAR,
    program: Some("ruby"),
    calls: CALLS,
    methods: METHODS,
    special,
    on_value,
    attribute,
    rename: &[("Kernel.", ""), ("Object.", ""), ("self.class.", ""), ("IO.File.", "File.")],
    concat: &["+", "<<"],
    member: &[".", "&.", "::"],
    style: STYLE,
};

const CALLS: &[(&str, Act)] = &[
    ("File.delete", Act::DeleteAll),
    ("File.unlink", Act::DeleteAll),
    ("Dir.rmdir", Act::Delete(0)),
    ("Dir.delete", Act::Delete(0)),
    ("Dir.unlink", Act::Delete(0)),
    ("FileUtils.rm", Act::DeleteAll),
    ("FileUtils.rm_f", Act::DeleteAll),
    ("FileUtils.remove", Act::DeleteAll),
    ("FileUtils.rmdir", Act::DeleteAll),
    ("FileUtils.rm_r", Act::TreeAll),
    ("FileUtils.rm_rf", Act::TreeAll),
    ("FileUtils.rmtree", Act::TreeAll),
    ("FileUtils.remove_dir", Act::TreeAll),
    ("FileUtils.remove_entry", Act::TreeAll),
    ("FileUtils.remove_entry_secure", Act::TreeAll),
    ("rm_rf", Act::TreeAll),
    ("rm_r", Act::TreeAll),
    ("FileUtils.mv", Act::Move),
    ("FileUtils.cp", Act::Copy),
    ("FileUtils.cp_r", Act::Copy),
    ("FileUtils.chmod", Act::Permission(1)),
    ("FileUtils.chmod_R", Act::Permission(1)),
    ("FileUtils.chown_R", Act::Permission(2)),
    ("FileUtils.cd", Act::Chdir(0)),
    ("Dir.chdir", Act::Chdir(0)),
    ("File.rename", Act::Move),
    ("File.truncate", Act::Overwrite(0)),
    ("File.chmod", Act::Permission(1)),
    ("File.write", Act::Overwrite(0)),
    ("File.binwrite", Act::Overwrite(0)),
    ("IO.write", Act::Overwrite(0)),
    ("File.open", Act::Open),
    ("File.new", Act::Open),
    ("open", Act::Open),
    ("URI.open", Act::Fetch(0)),
    ("File.read", Act::Read(0)),
    ("File.readlines", Act::Read(0)),
    ("File.foreach", Act::Read(0)),
    ("IO.read", Act::Read(0)),
    ("IO.readlines", Act::Read(0)),
    ("system", Act::System(0)),
    ("exec", Act::System(0)),
    ("spawn", Act::System(0)),
    ("Process.spawn", Act::System(0)),
    ("Process.exec", Act::System(0)),
    ("IO.popen", Act::Process),
    ("Open3.capture2", Act::System(0)),
    ("Open3.capture2e", Act::System(0)),
    ("Open3.capture3", Act::System(0)),
    ("Open3.popen3", Act::System(0)),
    ("Open3.popen2", Act::System(0)),
    ("PTY.spawn", Act::System(0)),
    ("sh", Act::System(0)),
    ("eval", Act::Code(0)),
    ("load", Act::Same(&["ruby"])),
    ("Process.kill", Act::Kill(1)),
    ("Net.HTTP.get", Act::Fetch(0)),
    ("Net.HTTP.get_response", Act::Fetch(0)),
    ("Net.HTTP.post", Act::Send(0)),
    ("Net.HTTP.post_form", Act::Send(0)),
    ("Net.HTTP.start", Act::Fetch(0)),
    ("HTTParty.get", Act::Fetch(0)),
    ("HTTParty.post", Act::Send(0)),
    ("Faraday.get", Act::Fetch(0)),
    ("Faraday.post", Act::Send(0)),
    ("RestClient.get", Act::Fetch(0)),
    ("RestClient.post", Act::Send(0)),
    ("URI", Act::Fold(Fold::Same)),
    ("URI.parse", Act::Fold(Fold::Same)),
    ("TCPSocket.new", Act::Connect(0)),
    ("TCPSocket.open", Act::Connect(0)),
    ("TCPServer.new", Act::Listen),
    ("Marshal.load", Act::Unpickle(0)),
    ("ENV.fetch", Act::Getenv(0)),
    ("ENV.to_h", Act::Environ),
    ("ENV.to_a", Act::Environ),
    ("ENV.to_hash", Act::Environ),
    ("ENV.inspect", Act::Environ),
    ("puts", Act::Print),
    ("p", Act::Print),
    ("pp", Act::Print),
    ("print", Act::Print),
    ("JSON.generate", Act::Fold(Fold::Same)),
    ("Dir.home", Act::Home),
    ("Dir.pwd", Act::Cwd),
    ("Dir.tmpdir", Act::Temp),
    ("Dir.mktmpdir", Act::Temp),
    ("Dir.glob", Act::Glob(0)),
    ("Dir.entries", Act::List(0)),
    ("Dir.children", Act::List(0)),
    ("File.join", Act::Fold(Fold::JoinPath)),
    ("File.expand_path", Act::Fold(Fold::Same)),
    ("File.dirname", Act::Fold(Fold::Parent)),
    ("File.basename", Act::Fold(Fold::Base)),
    ("Base64.decode64", Act::Fold(Fold::Base64)),
    ("Base64.strict_decode64", Act::Fold(Fold::Base64)),
    ("Base64.urlsafe_decode64", Act::Fold(Fold::Base64)),
    ("String", Act::Fold(Fold::Same)),
    ("Array", Act::Fold(Fold::Same)),
];

const METHODS: &[(&str, Act)] = &[
    ("rmtree", Act::Tree(0)),
    ("unlink", Act::Delete(0)),
    ("instance_eval", Act::Nothing),
    ("execute", Act::Sql(1)),
    ("exec_query", Act::Sql(1)),
    ("drop_table", Act::Nothing),
    ("flushall", Act::Same(&["redis-cli", "FLUSHALL"])),
    ("flushdb", Act::Same(&["redis-cli", "FLUSHDB"])),
];

fn special(w: &mut Walker<'_>, name: &str, args: &Args) -> Option<Val> {
    match name {
        "send" | "public_send" | "__send__" | "method" => Some(match args.literal(0) {
            Some(method) => {
                let rest = Args { pos: args.pos.get(1..)?.to_vec(), named: args.named.clone() };
                w.call_name(method, &rest)
            }
            None if args.pos.is_empty() => Val::Unknown,
            None => {
                w.opaque(name);
                Val::Unknown
            }
        }),
        "Pathname.new" | "Pathname" => Some(Val::Path(args.get(0)?.text())),
        "const_get" => Some(Val::Name(args.literal(0)?.to_owned())),
        "ENV.[]" => Some(w.getenv(args.literal(0))),
        "open" if args.literal(0).is_some_and(|text| text.contains("://")) => Some(w.network(args.get(0), args, false)),
        "Find.find" => Some(Val::List(vec![Val::Text(join(&args.get(0)?.text(), &glob(&Value::lit("**/*"))))])),
        "Dir.exist?" | "File.exist?" => Some(Val::Unknown),
        _ if name.ends_with(".delete_all") || name.ends_with(".destroy_all") => Some(all_rows(w, name)),
        _ if name.ends_with(".connection.drop_table") => {
            let table = args.literal(0).unwrap_or("table").to_owned();
            w.fact(CodeFact::Sql(Value::lit(format!("DROP TABLE {table}"))));
            Some(Val::Unknown)
        }
        _ => None,
    }
}

/// `User.delete_all`, without a condition before it.
fn all_rows(w: &mut Walker<'_>, name: &str) -> Val {
    let model = name.rsplit_once('.').map_or(name, |(model, _)| model);
    let model = model.trim_end_matches(".all");
    if model.chars().next().is_some_and(char::is_uppercase) && !model.contains("where") {
        w.fact(CodeFact::Sql(Value::lit(format!("DELETE FROM {}", model.replace('.', "_")))));
    }
    Val::Unknown
}

fn attribute(w: &mut Walker<'_>, name: &str) -> Option<Val> {
    match name {
        "ARGV" => Some(w.arg_list(0)),
        "ENV" => Some(Val::Env),
        "__FILE__" | "$0" | "$PROGRAM_NAME" => Some(w.script.clone().map_or(Val::Unknown, Val::Text)),
        "__dir__" => Some(match w.script.clone() {
            Some(script) => fold::apply(Fold::Parent, &[Val::Text(script)]),
            None => Val::lit("."),
        }),
        _ if name.ends_with(".delete_all") || name.ends_with(".destroy_all") => Some(all_rows(w, name)),
        "Dir.home" => Some(Val::lit("~")),
        "Dir.pwd" => Some(Val::lit(".")),
        "Dir.mktmpdir" | "Dir.tmpdir" => Some(super::act::temp()),
        _ => None,
    }
}

fn on_value(w: &mut Walker<'_>, method: &str, args: &Args) -> Option<Val> {
    let recv = args.get(0)?.clone();
    let first = args.get(1);
    match (&recv, method) {
        (Val::Env, "[]" | "fetch") => Some(w.getenv(first.and_then(Val::literal))),
        (Val::Env, "keys") => Some(Val::Unknown),
        (Val::Env, "each" | "to_h" | "to_a" | "inspect" | "map" | "sort" | "each_pair") => Some(Val::Env),
        (Val::Name(name), "[]") if name == "Dir" => {
            Some(Val::OneOf(first?.texts().iter().map(|text| Val::Text(glob(text))).collect()))
        }
        (Val::Name(name), "send" | "public_send" | "method") => Some(match first.and_then(Val::literal) {
            Some(method) => {
                let full = format!("{name}.{method}");
                w.call_name(&full, &Args { pos: args.pos.get(2..)?.to_vec(), named: args.named.clone() })
            }
            None => Val::Unknown,
        }),
        (Val::Object("socket", _), "gets" | "read" | "recv" | "readline") => Some(Val::Remote),
        (Val::Object("socket", _), "accept") => Some(recv),
        (Val::Path(dir), "+" | "join") => Some(Val::Path(join(dir, &first?.text()))),
        (Val::Path(_), "delete" | "rmdir") => Some(w.delete(Some(&recv), false)),
        (Val::Path(_), "write") => Some(w.overwrite(Some(&recv))),
        (Val::Path(_), "read") => Some(w.read(Some(&recv))),
        (Val::Path(_), "children" | "each_child") => Some(Val::OneOf(vec![Val::Path(all_in(&recv.text()))])),
        (Val::Path(_), "glob") => match join_all(&[recv.clone(), first?.clone()]) {
            Val::Text(text) => Some(Val::OneOf(vec![Val::Path(glob(&text))])),
            _ => None,
        },
        (Val::Text(_), "eval") => Some(w.code(Some(&recv), method)),
        (_, "instance_eval" | "class_eval" | "module_eval") if first.is_some() => Some(w.code(first, method)),
        _ => None,
    }
}

pub(super) static ELIXIR: Language = Language {
    lang: Lang::Elixir,
    grammar: &Grammar {
        strings: &[
            ("\"\"\"", "\"\"\"", Form::Interpolated),
            ("\"", "\"", Form::Interpolated),
            ("'", "'", Form::Interpolated),
        ],
        interpolation: Interpolation::HashBrace,
        tail: "?!",
        ..PLAIN
    },
    program: Some("elixir"),
    calls: &[
        ("File.rm", Act::Delete(0)),
        ("File.rm!", Act::Delete(0)),
        ("File.rmdir", Act::Delete(0)),
        ("File.rm_rf", Act::Tree(0)),
        ("File.rm_rf!", Act::Tree(0)),
        ("File.write", Act::Overwrite(0)),
        ("File.write!", Act::Overwrite(0)),
        ("File.read", Act::Read(0)),
        ("File.read!", Act::Read(0)),
        ("File.rename", Act::Move),
        ("File.chmod", Act::Permission(0)),
        ("File.cd!", Act::Chdir(0)),
        ("System.cmd", Act::Spawn),
        ("System.shell", Act::Shell(0)),
        ("os.cmd", Act::Shell(0)),
        ("Code.eval_string", Act::Code(0)),
        ("Code.eval_file", Act::Same(&["elixir"])),
        ("System.get_env", Act::Getenv(0)),
        ("System.user_home!", Act::Home),
        ("System.user_home", Act::Home),
        ("Path.join", Act::Fold(Fold::JoinPath)),
        ("Path.expand", Act::Fold(Fold::Same)),
        ("Path.wildcard", Act::Glob(0)),
        ("Base.decode64!", Act::Fold(Fold::Base64)),
        ("HTTPoison.get!", Act::Fetch(0)),
        ("Req.get!", Act::Fetch(0)),
        ("Req.post!", Act::Send(0)),
    ],
    methods: &[("delete_all", Act::Nothing), ("query!", Act::Sql(1)), ("query", Act::Sql(1))],
    special: |w, name, args| match name {
        "System.get_env" if args.pos.is_empty() => {
            w.fact(CodeFact::ReadEnv(None));
            Some(Val::Unknown)
        }
        _ if name.ends_with("Repo.delete_all") => {
            if let Some(Val::Name(model)) = args.get(0) {
                let text = format!("DELETE FROM {}", model.replace('.', "_"));
                w.fact(CodeFact::Sql(Value::lit(text)));
            }
            Some(Val::Unknown)
        }
        _ => None,
    },
    on_value: |_, _, _| None,
    attribute: |w, name| match name {
        "System.argv" => Some(w.arg_list(0)),
        _ => None,
    },
    rename: &[],
    concat: &["<>", "+"],
    member: &["."],
    style: Style { named_colon: true, ..STYLE },
};
