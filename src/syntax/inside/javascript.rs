//! What we know of JavaScript and TypeScript: node, deno, bun.

use super::Lang;
use super::act::{Act, Args};
use super::fold::Fold;
use super::lex::{Form, Grammar, Interpolation, PLAIN};
use super::val::{Val, all_in, glob};
use super::walk::{Language, Style, Walker};
use crate::syntax::{CodeFact, Value};

const GRAMMAR: Grammar = Grammar {
    comments: &["//", "#!"],
    blocks: &[("/*", "*/")],
    strings: &[("`", "`", Form::Template), ("\"", "\"", Form::Escaped), ("'", "'", Form::Escaped)],
    interpolation: Interpolation::DollarBrace,
    inner: "$",
    regex: true,
    ..PLAIN
};

pub(super) static JAVASCRIPT: Language = Language {
    lang: Lang::JavaScript,
    grammar: &GRAMMAR,
    program: Some("node"),
    calls: CALLS,
    methods: METHODS,
    special,
    on_value,
    attribute,
    rename: &[
        ("node:", ""),
        ("globalThis.", ""),
        ("global.", ""),
        ("window.", ""),
        ("module.require", "require"),
        ("process.mainModule.require", "require"),
        ("fs/promises", "fs"),
        ("fs.promises", "fs"),
        ("fs-extra", "fs"),
        ("graceful-fs", "fs"),
        ("fs.default", "fs"),
        ("child_process.default", "child_process"),
        ("zx.", ""),
        ("bun.$", "$"),
        ("Bun.$", "$"),
    ],
    concat: &["+"],
    member: &[".", "?."],
    style: Style {
        bare: false,
        adjacent: false,
        named_equal: false,
        named_colon: false,
        sigils: false,
        implicit: false,
        text_calls: false,
        python: false,
        arrows: true,
    },
};

const CALLS: &[(&str, Act)] = &[
    ("fs.unlink", Act::Delete(0)),
    ("fs.unlinkSync", Act::Delete(0)),
    ("fs.rm", Act::Remove(0)),
    ("fs.rmSync", Act::Remove(0)),
    ("fs.rmdir", Act::Remove(0)),
    ("fs.rmdirSync", Act::Remove(0)),
    ("fs.remove", Act::Tree(0)),
    ("fs.removeSync", Act::Tree(0)),
    ("fs.emptyDir", Act::Tree(0)),
    ("fs.emptyDirSync", Act::Tree(0)),
    ("fs.writeFile", Act::Overwrite(0)),
    ("fs.writeFileSync", Act::Overwrite(0)),
    ("fs.appendFile", Act::Overwrite(0)),
    ("fs.appendFileSync", Act::Overwrite(0)),
    ("fs.outputFileSync", Act::Overwrite(0)),
    ("fs.writeJsonSync", Act::Overwrite(0)),
    ("fs.createWriteStream", Act::Overwrite(0)),
    ("fs.truncate", Act::Overwrite(0)),
    ("fs.truncateSync", Act::Overwrite(0)),
    ("fs.open", Act::Open),
    ("fs.openSync", Act::Open),
    ("fs.rename", Act::Move),
    ("fs.renameSync", Act::Move),
    ("fs.move", Act::Move),
    ("fs.moveSync", Act::Move),
    ("fs.copyFile", Act::Copy),
    ("fs.copyFileSync", Act::Copy),
    ("fs.cp", Act::Copy),
    ("fs.cpSync", Act::Copy),
    ("fs.chmod", Act::Permission(0)),
    ("fs.chmodSync", Act::Permission(0)),
    ("fs.chown", Act::Permission(0)),
    ("fs.chownSync", Act::Permission(0)),
    ("fs.readFile", Act::Read(0)),
    ("fs.readFileSync", Act::Read(0)),
    ("fs.createReadStream", Act::Read(0)),
    ("fs.readdir", Act::List(0)),
    ("rimraf", Act::TreeAll),
    ("rimraf.sync", Act::TreeAll),
    ("rimraf.rimraf", Act::TreeAll),
    ("rimraf.rimrafSync", Act::TreeAll),
    ("del", Act::TreeAll),
    ("del.sync", Act::TreeAll),
    ("del.deleteSync", Act::TreeAll),
    ("del.deleteAsync", Act::TreeAll),
    ("trash", Act::TreeAll),
    ("shelljs.exec", Act::Shell(0)),
    ("shelljs.rm", Act::Same(&["rm"])),
    ("child_process.exec", Act::Shell(0)),
    ("child_process.execSync", Act::Shell(0)),
    ("child_process.spawn", Act::Spawn),
    ("child_process.spawnSync", Act::Spawn),
    ("child_process.execFile", Act::Spawn),
    ("child_process.execFileSync", Act::Spawn),
    ("child_process.fork", Act::Same(&["node"])),
    ("execa", Act::Spawn),
    ("execa.execa", Act::Spawn),
    ("execa.sync", Act::Spawn),
    ("execa.execaSync", Act::Spawn),
    ("execa.execaCommand", Act::Shell(0)),
    ("execa.command", Act::Shell(0)),
    ("cross-spawn", Act::Spawn),
    ("cross-spawn.sync", Act::Spawn),
    ("$.system", Act::Shell(0)),
    ("Bun.spawn", Act::Process),
    ("Bun.spawnSync", Act::Process),
    ("Bun.write", Act::Overwrite(0)),
    ("Bun.file", Act::Read(0)),
    ("Deno.remove", Act::Remove(0)),
    ("Deno.removeSync", Act::Remove(0)),
    ("Deno.writeTextFile", Act::Overwrite(0)),
    ("Deno.writeTextFileSync", Act::Overwrite(0)),
    ("Deno.writeFile", Act::Overwrite(0)),
    ("Deno.writeFileSync", Act::Overwrite(0)),
    ("Deno.truncate", Act::Overwrite(0)),
    ("Deno.rename", Act::Move),
    ("Deno.renameSync", Act::Move),
    ("Deno.copyFile", Act::Copy),
    ("Deno.chmod", Act::Permission(0)),
    ("Deno.readTextFile", Act::Read(0)),
    ("Deno.readTextFileSync", Act::Read(0)),
    ("Deno.readFile", Act::Read(0)),
    ("Deno.kill", Act::Kill(0)),
    ("Deno.connect", Act::Connect(0)),
    ("Deno.env.get", Act::Getenv(0)),
    ("Deno.env.toObject", Act::Environ),
    ("Deno.makeTempDir", Act::Temp),
    ("Deno.makeTempDirSync", Act::Temp),
    ("eval", Act::Code(0)),
    ("vm.runInThisContext", Act::Code(0)),
    ("vm.runInNewContext", Act::Code(0)),
    ("vm.runInContext", Act::Code(0)),
    ("vm.Script", Act::Code(0)),
    ("vm.compileFunction", Act::Code(0)),
    ("process.kill", Act::Kill(0)),
    ("process.chdir", Act::Chdir(0)),
    ("process.cwd", Act::Cwd),
    ("process.binding", Act::Opaque),
    ("process.dlopen", Act::Opaque),
    ("os.homedir", Act::Home),
    ("os.tmpdir", Act::Temp),
    ("fs.mkdtemp", Act::Temp),
    ("fs.mkdtempSync", Act::Temp),
    ("path.join", Act::Fold(Fold::JoinPath)),
    ("path.resolve", Act::Fold(Fold::JoinPath)),
    ("path.normalize", Act::Fold(Fold::Same)),
    ("path.dirname", Act::Fold(Fold::Parent)),
    ("path.basename", Act::Fold(Fold::Base)),
    ("url.fileURLToPath", Act::Fold(Fold::Same)),
    ("util.promisify", Act::Fold(Fold::Same)),
    ("promisify", Act::Fold(Fold::Same)),
    ("String", Act::Fold(Fold::Same)),
    ("JSON.stringify", Act::Fold(Fold::Same)),
    ("Object.assign", Act::Nothing),
    ("Object.keys", Act::Fold(Fold::Same)),
    ("Object.entries", Act::Fold(Fold::Same)),
    ("Object.values", Act::Fold(Fold::Same)),
    ("Array.from", Act::Fold(Fold::Same)),
    ("Promise.all", Act::Fold(Fold::Same)),
    ("URL", Act::Fold(Fold::Same)),
    ("atob", Act::Fold(Fold::Base64)),
    ("Buffer.from", Act::Fold(Fold::Named)),
    ("Buffer", Act::Fold(Fold::Named)),
    ("String.fromCharCode", Act::Fold(Fold::Chars)),
    ("String.fromCodePoint", Act::Fold(Fold::Chars)),
    ("decodeURIComponent", Act::Fold(Fold::Percent)),
    ("unescape", Act::Fold(Fold::Percent)),
    ("fetch", Act::Fetch(0)),
    ("node-fetch", Act::Fetch(0)),
    ("undici.fetch", Act::Fetch(0)),
    ("undici.request", Act::Fetch(0)),
    ("got", Act::Fetch(0)),
    ("got.get", Act::Fetch(0)),
    ("got.post", Act::Send(0)),
    ("axios", Act::Fetch(0)),
    ("axios.get", Act::Fetch(0)),
    ("axios.post", Act::Send(0)),
    ("axios.put", Act::Send(0)),
    ("axios.patch", Act::Send(0)),
    ("http.get", Act::Fetch(0)),
    ("https.get", Act::Fetch(0)),
    ("http.request", Act::Fetch(0)),
    ("https.request", Act::Fetch(0)),
    ("WebSocket", Act::Fetch(0)),
    ("MongoClient.connect", Act::Object("mongo")),
    ("MongoClient", Act::Object("mongo")),
    ("mongodb.MongoClient", Act::Object("mongo")),
    ("mongodb.MongoClient.connect", Act::Object("mongo")),
    ("net.createServer", Act::Listen),
    ("console.log", Act::Print),
    ("console.error", Act::Print),
    ("console.info", Act::Print),
    ("console.dir", Act::Print),
    ("console.table", Act::Print),
    ("process.stdout.write", Act::Print),
];

const METHODS: &[(&str, Act)] = &[
    ("execSync", Act::Shell(1)),
    ("unlinkSync", Act::Delete(1)),
    ("rmSync", Act::Remove(1)),
    ("rmdirSync", Act::Remove(1)),
    ("writeFileSync", Act::Overwrite(1)),
    ("appendFileSync", Act::Overwrite(1)),
    ("doShellScript", Act::Shell(1)),
    ("$executeRawUnsafe", Act::Sql(1)),
    ("$queryRawUnsafe", Act::Sql(1)),
    ("$executeRaw", Act::Sql(1)),
    ("flushall", Act::Same(&["redis-cli", "FLUSHALL"])),
    ("flushAll", Act::Same(&["redis-cli", "FLUSHALL"])),
    ("flushdb", Act::Same(&["redis-cli", "FLUSHDB"])),
    ("dropDatabase", Act::Same(&["mongosh", "--eval", "db.dropDatabase()"])),
    ("query", Act::Sql(1)),
    ("execute", Act::Sql(1)),
    ("prepare", Act::Sql(1)),
    ("raw", Act::Sql(1)),
    ("sendMail", Act::Fetch(2)),
];

fn special(w: &mut Walker<'_>, name: &str, args: &Args) -> Option<Val> {
    match name {
        "require" | "import" => Some(match args.literal(0) {
            Some(module) => Val::Name(module.trim_start_matches("node:").to_owned()),
            None => Val::Unknown,
        }),
        "createRequire" | "module.createRequire" => Some(Val::Name("require".to_owned())),
        "Function" => Some(function(w, args)),
        _ if name.ends_with("constructor.constructor") => Some(function(w, args)),
        "setTimeout" | "setInterval" | "setImmediate" => {
            if args.literal(0).is_some() {
                w.code(args.get(0), name);
            }
            Some(Val::Unknown)
        }
        "path.join" | "path.resolve" if args.pos.is_empty() => Some(Val::lit(".")),
        "fs.readdirSync" | "fs.readdir" | "Deno.readDirSync" | "Deno.readDir" => {
            Some(Val::OneOf(vec![Val::Text(all_in(&Value::default()))]))
        }
        "glob.sync" | "glob.globSync" | "glob" | "glob.glob" | "fast-glob.sync" | "globby" | "globby.sync"
        | "fs.globSync" | "tiny-glob" | "fast-glob" => Some(Val::OneOf(
            args.get(0).map(Val::texts).unwrap_or_default().iter().map(|text| Val::Text(glob(text))).collect(),
        )),
        "net.connect" | "net.createConnection" | "tls.connect" => {
            let at = usize::from(matches!(args.get(0), Some(Val::Num(_))));
            Some(w.connect(args.get(at)))
        }
        "net.Socket" => Some(Val::Object("socket", String::new())),
        "nodemailer.createTransport" => Some(Val::Object("mail", String::new())),
        "Deno.Command" => {
            let mut words = vec![args.get(0).cloned().unwrap_or(Val::Unknown)];
            if let Some(Val::List(list)) = args.option("args") {
                words.extend(list.iter().cloned());
            }
            Some(w.words(&Val::List(words), name, args))
        }
        "Deno.run" | "Bun.spawn" | "Bun.spawnSync" if args.option("cmd").is_some() => {
            Some(w.words(&args.option("cmd").cloned()?, name, args))
        }
        "shelljs.rm" => {
            let recursive = args.literal(0).is_some_and(|flags| flags.starts_with('-') && flags.contains('r'));
            let from = usize::from(args.literal(0).is_some_and(|flags| flags.starts_with('-')));
            let paths = Val::List(args.pos.get(from..)?.to_vec());
            Some(w.delete(Some(&paths), recursive))
        }
        "axios" | "axios.request" if matches!(args.get(0), Some(Val::Map(_))) => {
            Some(w.network(args.get(0), args, false))
        }
        "Reflect.get" => match (args.get(0), args.literal(1)) {
            (Some(recv), Some(name)) => Some(w.attribute(recv, name)),
            _ => None,
        },
        _ => None,
    }
}

/// `new Function('a', 'return a')`: the body is the last argument.
fn function(w: &mut Walker<'_>, args: &Args) -> Val {
    if let Some(body) = args.pos.last().cloned() {
        w.code(Some(&body), "Function");
    }
    Val::Unknown
}

fn attribute(w: &mut Walker<'_>, name: &str) -> Option<Val> {
    match name {
        "process.env" | "Bun.env" | "import.meta.env" => Some(Val::Env),
        "process.argv" | "Bun.argv" => Some(w.arg_list(2)),
        "Deno.args" => Some(w.arg_list(0)),
        "process.argv0" | "process.execPath" => Some(Val::lit("node")),
        "__filename" | "import.meta.url" | "import.meta.filename" | "import.meta.path" => {
            Some(w.script.clone().map_or(Val::Unknown, Val::Text))
        }
        "__dirname" | "import.meta.dirname" | "import.meta.dir" => Some(match w.script.clone() {
            Some(script) => super::fold::apply(Fold::Parent, &[Val::Text(script)]),
            None => Val::lit("."),
        }),
        "path.sep" => Some(Val::lit("/")),
        "path.posix" => Some(Val::Name("path".to_owned())),
        _ => None,
    }
}

fn on_value(w: &mut Walker<'_>, method: &str, args: &Args) -> Option<Val> {
    let recv = args.get(0)?.clone();
    let first = args.get(1);
    match (&recv, method) {
        (Val::Object("mongo", _), "db" | "collection" | "getCollection" | "[]") => Some(recv),
        (Val::Object("mongo", _), "drop") => {
            Some(w.apply(Act::Same(&["mongosh", "--eval", "db.collection.drop()"]), method, &Args::default()))
        }
        (Val::Object("mongo", _), "deleteMany" | "remove")
            if first.is_none_or(|filter| *filter == Val::Map(Vec::new())) =>
        {
            Some(w.apply(Act::Same(&["mongosh", "--eval", "db.collection.deleteMany({})"]), method, &Args::default()))
        }
        (Val::Env, "[]") => Some(w.getenv(first.and_then(Val::literal))),
        (Val::Object("socket", _), "connect") => {
            let at = usize::from(matches!(first, Some(Val::Num(_)))) + 1;
            Some(w.connect(args.get(at)))
        }
        (Val::Object("socket", _), "on") => Some(recv),
        (Val::Object("process", kind), "write" | "end") if kind == "shell" => {
            if let Some(input) = first.cloned() {
                w.feed(&input);
            }
            Some(Val::Unknown)
        }
        (Val::Object("mail", _), "sendMail") => {
            w.fact(CodeFact::Network { host: super::val::unknown(), sends: true });
            Some(Val::Unknown)
        }
        (Val::Name(name), "[]")
            if first.is_none_or(|key| key.literal().is_none() && !matches!(key, Val::Num(_)))
                && matches!(name.as_str(), "fs" | "child_process" | "process" | "global" | "globalThis") =>
        {
            w.opaque("a function named at run time");
            Some(Val::Unknown)
        }
        (Val::Remote, "then") => Some(Val::Remote),
        _ => None,
    }
}
