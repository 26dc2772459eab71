//! What we know of Python.

use super::Lang;
use super::act::{Act, Args, temp};
use super::fold::{self, Fold};
use super::lex::{Form, Grammar, Interpolation, PLAIN};
use super::val::{Val, all_in, glob, join, join_all};
use super::walk::{Language, Style, Walker};
use crate::syntax::{CodeFact, Seg, Value};

const GRAMMAR: Grammar = Grammar {
    strings: &[
        ("\"\"\"", "\"\"\"", Form::Escaped),
        ("'''", "'''", Form::Escaped),
        ("\"", "\"", Form::Escaped),
        ("'", "'", Form::Escaped),
    ],
    prefixes: true,
    interpolation: Interpolation::Brace,
    ..PLAIN
};

pub(super) static PYTHON: Language = Language {
    lang: Lang::Python,
    grammar: &GRAMMAR,
    program: Some("python3"),
    calls: CALLS,
    methods: METHODS,
    special,
    on_value,
    attribute,
    rename: &[
        ("builtins.", ""),
        ("__builtins__.", ""),
        ("posixpath.", "os.path."),
        ("posix.", "os."),
        ("urllib2.", "urllib.request."),
        ("nt.", "os."),
    ],
    concat: &["+"],
    member: &["."],
    style: Style {
        bare: false,
        adjacent: true,
        named_equal: true,
        named_colon: false,
        sigils: false,
        implicit: false,
        text_calls: false,
        python: true,
        arrows: false,
    },
};

const CALLS: &[(&str, Act)] = &[
    ("os.remove", Act::Delete(0)),
    ("os.unlink", Act::Delete(0)),
    ("os.rmdir", Act::Delete(0)),
    ("os.removedirs", Act::Delete(0)),
    ("shutil.rmtree", Act::Tree(0)),
    ("send2trash.send2trash", Act::Tree(0)),
    ("send2trash", Act::Tree(0)),
    ("distutils.dir_util.remove_tree", Act::Tree(0)),
    ("os.rename", Act::Move),
    ("os.replace", Act::Move),
    ("os.renames", Act::Move),
    ("shutil.move", Act::Move),
    ("shutil.copy", Act::Copy),
    ("shutil.copy2", Act::Copy),
    ("shutil.copyfile", Act::Copy),
    ("shutil.copytree", Act::Copy),
    ("os.truncate", Act::Overwrite(0)),
    ("os.chmod", Act::Permission(0)),
    ("os.chown", Act::Permission(0)),
    ("os.lchown", Act::Permission(0)),
    ("shutil.chown", Act::Permission(0)),
    ("os.kill", Act::Kill(0)),
    ("os.killpg", Act::Kill(0)),
    ("os.system", Act::Shell(0)),
    ("os.popen", Act::Shell(0)),
    ("os.startfile", Act::Shell(0)),
    ("commands.getoutput", Act::Shell(0)),
    ("subprocess.getoutput", Act::Shell(0)),
    ("subprocess.getstatusoutput", Act::Shell(0)),
    ("subprocess.run", Act::Process),
    ("subprocess.call", Act::Process),
    ("subprocess.Popen", Act::Process),
    ("subprocess.check_call", Act::Process),
    ("subprocess.check_output", Act::Process),
    ("asyncio.create_subprocess_shell", Act::Shell(0)),
    ("asyncio.create_subprocess_exec", Act::Words(0)),
    ("pty.spawn", Act::Process),
    ("pexpect.spawn", Act::Process),
    ("pexpect.run", Act::Shell(0)),
    ("sh.sh", Act::Words(0)),
    ("invoke.run", Act::Shell(0)),
    ("os.execl", Act::Words(1)),
    ("os.execle", Act::Words(1)),
    ("os.execlp", Act::Words(1)),
    ("os.execlpe", Act::Words(1)),
    ("os.execv", Act::Words(1)),
    ("os.execve", Act::Words(1)),
    ("os.execvp", Act::Words(1)),
    ("os.execvpe", Act::Words(1)),
    ("os.spawnl", Act::Words(2)),
    ("os.spawnlp", Act::Words(2)),
    ("os.spawnv", Act::Words(2)),
    ("os.spawnve", Act::Words(2)),
    ("os.spawnvp", Act::Words(2)),
    ("os.posix_spawn", Act::Words(1)),
    ("os.posix_spawnp", Act::Words(1)),
    ("exec", Act::Code(0)),
    ("eval", Act::Code(0)),
    ("timeit.timeit", Act::Code(0)),
    ("code.InteractiveInterpreter.runcode", Act::Code(0)),
    ("runpy.run_path", Act::Same(&["python3"])),
    ("runpy.run_module", Act::Same(&["python3", "-m"])),
    ("execfile", Act::Same(&["python3"])),
    ("compile", Act::Fold(Fold::Same)),
    ("open", Act::Open),
    ("io.open", Act::Open),
    ("codecs.open", Act::Open),
    ("gzip.open", Act::Open),
    ("os.open", Act::Read(0)),
    ("numpy.fromfile", Act::Read(0)),
    ("requests.get", Act::Fetch(0)),
    ("requests.head", Act::Fetch(0)),
    ("requests.options", Act::Fetch(0)),
    ("requests.delete", Act::Fetch(0)),
    ("requests.request", Act::Send(1)),
    ("requests.post", Act::Send(0)),
    ("requests.put", Act::Send(0)),
    ("requests.patch", Act::Send(0)),
    ("httpx.get", Act::Fetch(0)),
    ("httpx.stream", Act::Fetch(1)),
    ("httpx.post", Act::Send(0)),
    ("httpx.put", Act::Send(0)),
    ("httpx.patch", Act::Send(0)),
    ("urllib.request.urlopen", Act::Send(0)),
    ("urllib.request.Request", Act::Send(0)),
    ("urllib.urlopen", Act::Send(0)),
    ("urllib.request.urlretrieve", Act::Fetch(0)),
    ("wget.download", Act::Fetch(0)),
    ("http.client.HTTPConnection", Act::Fetch(0)),
    ("http.client.HTTPSConnection", Act::Fetch(0)),
    ("ftplib.FTP", Act::Fetch(0)),
    ("smtplib.SMTP", Act::Object("mail")),
    ("smtplib.SMTP_SSL", Act::Object("mail")),
    ("paramiko.SSHClient", Act::Object("ssh")),
    ("telnetlib.Telnet", Act::Connect(0)),
    ("socket.socket", Act::Object("socket")),
    ("socket.create_connection", Act::Connect(0)),
    ("websocket.create_connection", Act::Fetch(0)),
    ("os.dup2", Act::Dup),
    ("pickle.loads", Act::Unpickle(0)),
    ("pickle.load", Act::Unpickle(0)),
    ("dill.loads", Act::Unpickle(0)),
    ("marshal.loads", Act::Fold(Fold::Hidden)),
    ("os.getenv", Act::Getenv(0)),
    ("dotenv_values", Act::Read(0)),
    ("dotenv.dotenv_values", Act::Read(0)),
    ("print", Act::Print),
    ("pprint", Act::Print),
    ("pprint.pprint", Act::Print),
    ("sys.stdout.write", Act::Print),
    ("json.dump", Act::Print),
    ("dict", Act::Fold(Fold::Same)),
    ("str", Act::Fold(Fold::Same)),
    ("shutil.which", Act::Fold(Fold::Same)),
    ("repr", Act::Fold(Fold::Same)),
    ("list", Act::Fold(Fold::Same)),
    ("tuple", Act::Fold(Fold::Same)),
    ("set", Act::Fold(Fold::Same)),
    ("sorted", Act::Fold(Fold::Same)),
    ("bytes", Act::Fold(Fold::Named)),
    ("bytearray", Act::Fold(Fold::Named)),
    ("reversed", Act::Fold(Fold::Reverse)),
    ("json.dumps", Act::Fold(Fold::Same)),
    ("shlex.split", Act::Fold(Fold::Same)),
    ("os.fspath", Act::Fold(Fold::Same)),
    ("os.fsencode", Act::Fold(Fold::Same)),
    ("ast.literal_eval", Act::Fold(Fold::Same)),
    ("textwrap.dedent", Act::Fold(Fold::Same)),
    ("chr", Act::Fold(Fold::Chars)),
    ("base64.b64decode", Act::Fold(Fold::Base64)),
    ("base64.standard_b64decode", Act::Fold(Fold::Base64)),
    ("base64.urlsafe_b64decode", Act::Fold(Fold::Base64)),
    ("base64.decodebytes", Act::Fold(Fold::Base64)),
    ("binascii.a2b_base64", Act::Fold(Fold::Base64)),
    ("bytes.fromhex", Act::Fold(Fold::Hex)),
    ("bytearray.fromhex", Act::Fold(Fold::Hex)),
    ("binascii.unhexlify", Act::Fold(Fold::Hex)),
    ("binascii.a2b_hex", Act::Fold(Fold::Hex)),
    ("codecs.decode", Act::Fold(Fold::Named)),
    ("codecs.encode", Act::Fold(Fold::Named)),
    ("urllib.parse.unquote", Act::Fold(Fold::Percent)),
    ("os.path.join", Act::Fold(Fold::JoinPath)),
    ("os.path.expanduser", Act::Fold(Fold::Same)),
    ("os.path.expandvars", Act::Fold(Fold::Same)),
    ("os.path.abspath", Act::Fold(Fold::Same)),
    ("os.path.realpath", Act::Fold(Fold::Same)),
    ("os.path.normpath", Act::Fold(Fold::Same)),
    ("os.path.dirname", Act::Fold(Fold::Parent)),
    ("os.path.basename", Act::Fold(Fold::Base)),
    ("tempfile.mkdtemp", Act::Temp),
    ("tempfile.mktemp", Act::Temp),
    ("tempfile.gettempdir", Act::Temp),
    ("tempfile.TemporaryDirectory", Act::Temp),
    ("tempfile.NamedTemporaryFile", Act::Temp),
    ("os.getcwd", Act::Cwd),
    ("os.chdir", Act::Chdir(0)),
    ("glob.glob", Act::Glob(0)),
    ("glob.iglob", Act::Glob(0)),
    ("os.listdir", Act::List(0)),
    ("sqlite3.connect", Act::Object("database")),
    ("psycopg2.connect", Act::Object("database")),
    ("psycopg.connect", Act::Object("database")),
    ("pymysql.connect", Act::Object("database")),
    ("MySQLdb.connect", Act::Object("database")),
    ("mysql.connector.connect", Act::Object("database")),
    ("duckdb.connect", Act::Object("database")),
    ("duckdb.sql", Act::Sql(0)),
    ("duckdb.query", Act::Sql(0)),
    ("sqlalchemy.text", Act::Fold(Fold::Same)),
    ("text", Act::Fold(Fold::Same)),
    ("pandas.read_sql", Act::Sql(0)),
    ("pandas.read_pickle", Act::Nothing),
    ("pymongo.MongoClient", Act::Object("mongo")),
    ("MongoClient", Act::Object("mongo")),
    ("redis.Redis", Act::Object("redis")),
    ("redis.StrictRedis", Act::Object("redis")),
    ("redis.from_url", Act::Object("redis")),
    ("redis.Redis.from_url", Act::Object("redis")),
    ("boto3.client", Act::Object("aws")),
    ("boto3.resource", Act::Object("aws")),
    ("django.core.management.call_command", Act::Same(&["python", "manage.py"])),
    ("call_command", Act::Same(&["python", "manage.py"])),
    ("ctypes.CDLL.system", Act::Shell(0)),
    ("platform.system", Act::Nothing),
    ("re.compile", Act::Nothing),
];

const METHODS: &[(&str, Act)] = &[
    ("unlink", Act::Delete(0)),
    ("rmtree", Act::Tree(0)),
    ("write_text", Act::Overwrite(0)),
    ("write_bytes", Act::Overwrite(0)),
    ("drop_database", Act::Same(&["mongosh", "--eval", "db.dropDatabase()"])),
    ("flushall", Act::Same(&["redis-cli", "FLUSHALL"])),
    ("flushdb", Act::Same(&["redis-cli", "FLUSHDB"])),
    ("execute", Act::Sql(1)),
    ("executescript", Act::Sql(1)),
    ("exec_driver_sql", Act::Sql(1)),
    ("executemany", Act::Sql(1)),
    ("exec_command", Act::Shell(1)),
    ("urlopen", Act::Fetch(1)),
    ("sendmail", Act::Nothing),
];

/// Modules through which something can be done; a name built at run time in one of them hides what.
const MODULES: &[&str] =
    &["os", "subprocess", "shutil", "builtins", "__builtins__", "pty", "posix", "sys", "importlib"];

/// Attributes that lead to `object`.
const BASES: &[&str] = &[".__base__", ".__bases__", ".__mro__"];

fn special(w: &mut Walker<'_>, name: &str, args: &Args) -> Option<Val> {
    match name {
        "__import__" | "importlib.import_module" => Some(import(w, name, args)),
        "getattr" | "operator.attrgetter" | "object.__getattribute__" => Some(getattr(w, args)),
        "vars" | "globals" | "locals" => Some(match args.get(0) {
            Some(module @ Val::Name(_)) => module.clone(),
            _ => Val::Object("names", String::new()),
        }),
        "map" => match (args.get(0), args.get(1)) {
            (Some(Val::Name(function)), Some(Val::List(list))) => match w.act(function) {
                Some(Act::Fold(fold)) => {
                    let each = list.iter().map(|val| fold::apply(fold, std::slice::from_ref(val)));
                    Some(Val::List(each.collect()))
                }
                _ => None,
            },
            _ => None,
        },
        "psutil.Process" => Some(Val::Object("process id", String::new())),
        "psutil.process_iter" => Some(Val::OneOf(vec![Val::Object("process id", String::new())])),
        "Path" | "pathlib.Path" | "PosixPath" | "pathlib.PosixPath" | "PurePath" | "pathlib.PurePath" => {
            let text = if args.pos.is_empty() { Val::lit(".") } else { join_all(&args.pos) };
            Some(Val::one_of(text.texts().into_iter().map(Val::Path).collect()))
        }
        "pathlib.Path.home" | "Path.home" => Some(Val::Path(Value::lit("~"))),
        "pathlib.Path.cwd" | "Path.cwd" => Some(Val::Path(Value::lit("."))),
        "os.walk" | "os.fwalk" => Some(walk_folder(args)),
        "os.scandir" => Some(Val::OneOf(vec![Val::Path(all_in(&args.get(0).map_or_else(Value::default, Val::text)))])),
        "ctypes.CDLL" | "ctypes.cdll.LoadLibrary" | "CDLL" => Some(Val::Name("ctypes.CDLL".to_owned())),
        "os.fork" | "functools.reduce" | "input" | "sys.stdin.read" | "sys.stdin.readline" => Some(Val::Unknown),
        "enumerate" => {
            Some(Val::List(vec![Val::List(vec![Val::Unknown, args.get(0).map_or(Val::Unknown, Val::element)])]))
        }
        "tqdm" | "tqdm.tqdm" | "iter" | "next" | "set" | "filterfalse" => args.get(0).cloned(),
        "int" | "ord" => Some(number(name, args)),
        "types.FunctionType" | "types.CodeType" => {
            w.opaque(name);
            Some(Val::Unknown)
        }
        "exec" | "eval" if args.get(0).is_some_and(|val| matches!(val, Val::Name(own) if own.ends_with("__doc__"))) => {
            w.opaque(name);
            Some(Val::Unknown)
        }
        _ if name.starts_with("requests.Session")
            || name.starts_with("httpx.Client")
            || name.starts_with("aiohttp.") =>
        {
            Some(Val::Object("http", String::new()))
        }
        _ => manager(name),
    }
}

/// Django's `Model.objects.all()`.
fn manager(name: &str) -> Option<Val> {
    let model = name.strip_suffix(".objects.all")?;
    Some(Val::Object("every row", model.rsplit('.').next().unwrap_or(model).to_owned()))
}

fn import(w: &mut Walker<'_>, name: &str, args: &Args) -> Val {
    match args.get(0) {
        Some(val) => match val.literal() {
            Some(module) => Val::Name(module.to_owned()),
            None if matches!(val, Val::OneOf(_)) => Val::Unknown,
            None => {
                // With more arguments it is the idiom of libraries.
                if name == "__import__" && args.pos.len() == 1 {
                    w.opaque(name);
                }
                Val::Unknown
            }
        },
        None => Val::Unknown,
    }
}

fn getattr(w: &mut Walker<'_>, args: &Args) -> Val {
    match (args.get(0), args.literal(1)) {
        (Some(recv), Some(name)) => w.attribute(recv, name),
        (Some(Val::Name(module)), None) if MODULES.contains(&module.as_str()) && args.pos.len() > 1 => {
            w.opaque("getattr");
            Val::Unknown
        }
        _ => Val::Unknown,
    }
}

fn environ(w: &mut Walker<'_>, args: &Args) -> Val {
    let val = w.getenv(args.literal(0));
    match args.get(1) {
        Some(default) if val.literal().is_none() => Val::one_of(vec![val, default.clone()]),
        _ => val,
    }
}

fn walk_folder(args: &Args) -> Val {
    let top = args.get(0).map_or_else(super::val::unknown, Val::text);
    let mut below = Value::default();
    below.push(Seg::Glob("**".to_owned()));
    let star = || Val::OneOf(vec![Val::Text(all_in(&Value::default()))]);
    Val::List(vec![Val::List(vec![Val::Text(join(&top, &below)), star(), star()])])
}

fn number(name: &str, args: &Args) -> Val {
    let text = args.literal(0).unwrap_or_default();
    let radix = match args.get(1) {
        Some(Val::Num(radix)) => u32::try_from(*radix).unwrap_or(10).clamp(2, 36),
        _ => 10,
    };
    let mut chars = text.chars();
    match (name, args.get(0), chars.next(), chars.next()) {
        ("ord", _, Some(c), None) => Val::Num(i64::from(u32::from(c))),
        ("int", Some(val @ Val::Num(_)), ..) => val.clone(),
        ("int", ..) => {
            let digits = text.trim().trim_start_matches("0x").trim_start_matches("0X");
            i64::from_str_radix(digits, radix).map_or(Val::Unknown, Val::Num)
        }
        _ => Val::Unknown,
    }
}

fn attribute(w: &mut Walker<'_>, name: &str) -> Option<Val> {
    match name {
        "os.environ" | "os.environb" => Some(Val::Env),
        "sys.argv" => Some(w.arg_list(1)),
        "sys.executable" => Some(Val::lit("python3")),
        "sys.modules" => Some(Val::Object("names", String::new())),
        "os.sep" => Some(Val::lit("/")),
        "os.curdir" => Some(Val::lit(".")),
        "os.pardir" => Some(Val::lit("..")),
        "string.ascii_lowercase" => Some(Val::lit("abcdefghijklmnopqrstuvwxyz")),
        "__file__" => Some(w.script.clone().map_or(Val::Unknown, Val::Text)),
        "ctypes.cdll" => Some(Val::Name("ctypes.CDLL".to_owned())),
        _ if BASES.iter().any(|base| name.ends_with(base)) => Some(Val::Name("object".to_owned())),
        _ => None,
    }
}

/// Methods and indices of values that we know; the receiver is the first argument.
fn on_value(w: &mut Walker<'_>, method: &str, args: &Args) -> Option<Val> {
    let recv = args.get(0)?.clone();
    let first = args.get(1);
    match (&recv, method) {
        (Val::Env, "get" | "pop" | "[]") => {
            Some(environ(w, &Args { pos: args.pos.get(1..)?.to_vec(), named: Vec::new() }))
        }
        (Val::Env, "keys" | "setdefault" | "update") => Some(Val::Unknown),
        // `cls.__subclasses__()` is everyday; all there are below `object` are looked through for one that runs code.
        (Val::Name(name), "__subclasses__") if name.starts_with("object") => {
            w.opaque(method);
            Some(Val::Unknown)
        }
        (Val::Object("names", _), "[]" | "get") => Some(match first.and_then(Val::literal) {
            Some("__builtins__") => Val::Name("builtins".to_owned()),
            Some(name) => w.resolve(name),
            None => Val::Unknown,
        }),
        (Val::Object("mongo", _), "drop") => {
            Some(w.apply(Act::Same(&["mongosh", "--eval", "db.collection.drop()"]), method, &Args::default()))
        }
        (Val::Object("mongo", _), "delete_many" | "remove")
            if first.is_none_or(|filter| *filter == Val::Map(Vec::new())) =>
        {
            Some(w.apply(Act::Same(&["mongosh", "--eval", "db.collection.deleteMany({})"]), method, &Args::default()))
        }
        (Val::Object("every row", model), "delete" | "_raw_delete") => {
            w.fact(CodeFact::Sql(Value::lit(format!("DELETE FROM {model}"))));
            Some(Val::Unknown)
        }
        // `boto3.resource('s3').Bucket('b').objects.all()`: what it holds, one after another.
        (Val::Object("aws", service), verb)
            if verb.starts_with(char::is_uppercase) || matches!(verb, "all" | "filter" | "pages") =>
        {
            let inner = Val::Object("aws", service.clone());
            Some(if verb.starts_with(char::is_uppercase) { inner } else { Val::List(vec![inner]) })
        }
        (Val::List(list), "delete" | "terminate") if matches!(list.as_slice(), [Val::Object("aws", _)]) => {
            let [inner] = list.as_slice() else { return None };
            w.call_method(inner, method, args);
            Some(Val::Unknown)
        }
        (Val::Object("aws", service), verb) if is_aws_deletion(verb) => {
            let verb = verb.replace('_', "-");
            // Resources have short verbs.
            let words: Vec<String> = match (service.as_str(), verb.as_str()) {
                ("s3", "delete") => ["aws", "s3", "rm", "--recursive", "s3://bucket"].map(str::to_owned).to_vec(),
                ("ec2", "terminate" | "delete") => ["aws", "ec2", "terminate-instances"].map(str::to_owned).to_vec(),
                ("dynamodb", "delete") => ["aws", "dynamodb", "delete-table"].map(str::to_owned).to_vec(),
                ("sqs", "delete") => ["aws", "sqs", "delete-queue"].map(str::to_owned).to_vec(),
                ("cloudformation", "delete") => ["aws", "cloudformation", "delete-stack"].map(str::to_owned).to_vec(),
                _ => vec!["aws".to_owned(), service.clone(), verb],
            };
            let mut list: Vec<Val> = words.into_iter().map(Val::lit).collect();
            list.extend(args.named.iter().flat_map(|(_, val)| val.texts()).map(Val::Text));
            Some(w.words(&Val::List(list), method, &Args::default()))
        }
        (Val::Object("socket", _), _) => socket(w, method, first),
        (Val::Object("ssh", _), "connect") => Some(w.network(first, &Args::default(), false)),
        (Val::Object("mail", host), "sendmail" | "send_message") => {
            w.fact(CodeFact::Network { host: Value::lit(host.as_str()), sends: true });
            Some(Val::Unknown)
        }
        (Val::Object("http", _), verb) => http(w, verb, args),
        (Val::Object("process", kind), "communicate" | "write") if kind == "shell" => {
            if let Some(input) = args.option("input").or(first).cloned() {
                w.feed(&input);
            }
            Some(Val::Unknown)
        }
        (Val::Object("process id", _), "kill" | "terminate") => {
            w.fact(CodeFact::Kill(super::val::unknown()));
            Some(Val::Unknown)
        }
        (Val::Remote, "request") if args.option("body").is_some() || args.pos.len() > 3 => {
            w.fact(CodeFact::Network { host: super::val::unknown(), sends: true });
            Some(Val::Remote)
        }
        (Val::Remote, "storbinary" | "storlines") => {
            w.fact(CodeFact::Network { host: super::val::unknown(), sends: true });
            Some(Val::Remote)
        }
        (Val::Content(_), "read" | "decode" | "strip" | "read_text" | "readlines") => Some(recv),
        (Val::Path(_) | Val::OneOf(_), _) => path(w, &recv, method, args),
        (Val::Text(_), "translate" | "join") if first == Some(&Val::Remote) => Some(Val::Remote),
        (_, "rmdir") if matches!(recv, Val::Path(_)) => Some(w.delete(Some(&recv), false)),
        _ => None,
    }
}

/// Methods of the SDK that change who may do what.
const AWS_ACCESS: &[&str] = &[
    "put_role_policy",
    "put_user_policy",
    "put_group_policy",
    "attach_role_policy",
    "attach_user_policy",
    "attach_group_policy",
    "update_assume_role_policy",
    "create_access_key",
    "create_login_profile",
    "update_login_profile",
    "add_user_to_group",
    "create_policy_version",
    "set_default_policy_version",
    "put_public_access_block",
    "put_bucket_acl",
    "put_object_acl",
    "put_key_policy",
    "authorize_security_group_ingress",
    "modify_db_instance",
    "modify_snapshot_attribute",
    "modify_image_attribute",
    "stop_logging",
    "disable_key",
];

fn is_aws_deletion(verb: &str) -> bool {
    matches!(verb, "delete" | "terminate")
        || ["delete_", "terminate_", "deregister_", "remove_", "purge_", "put_bucket_policy", "schedule_key_deletion"]
            .iter()
            .any(|start| verb.starts_with(start))
        || AWS_ACCESS.contains(&verb)
}

fn socket(w: &mut Walker<'_>, method: &str, first: Option<&Val>) -> Option<Val> {
    match method {
        "connect" | "connect_ex" => Some(w.connect(first)),
        "bind" | "listen" => Some(w.apply(Act::Listen, method, &Args::default())),
        "recv" | "makefile" | "recvfrom" => Some(Val::Remote),
        "send" | "sendall" => {
            let env = first.is_some_and(Val::holds_env);
            if env {
                w.fact(CodeFact::ReadEnv(None));
            }
            Some(Val::Unknown)
        }
        _ => None,
    }
}

fn http(w: &mut Walker<'_>, verb: &str, args: &Args) -> Option<Val> {
    let rest = Args { pos: args.pos.get(1..)?.to_vec(), named: args.named.clone() };
    match verb {
        "get" | "head" | "options" | "delete" | "ws_connect" => Some(w.network(rest.get(0), &rest, false)),
        "post" | "put" | "patch" => Some(w.network(rest.get(0), &rest, true)),
        "request" => Some(w.network(rest.get(1), &rest, false)),
        _ => None,
    }
}

/// Methods of `pathlib.Path`.
fn path(w: &mut Walker<'_>, recv: &Val, method: &str, args: &Args) -> Option<Val> {
    let first = args.get(1);
    let all_paths = match recv {
        Val::Path(_) => true,
        Val::OneOf(list) => !list.is_empty() && list.iter().all(|val| matches!(val, Val::Path(_))),
        _ => false,
    };
    if !all_paths {
        return None;
    }
    match method {
        "rmdir" => Some(w.delete(Some(recv), false)),
        "rename" | "replace" => Some(w.apply(
            Act::Move,
            method,
            &Args { pos: vec![recv.clone(), first.cloned().unwrap_or(Val::Unknown)], named: Vec::new() },
        )),
        "chmod" | "lchmod" => Some(w.apply(Act::Permission(0), method, args)),
        "open" => Some(w.apply(Act::Open, method, args)),
        "read_text" | "read_bytes" => Some(w.read(Some(recv))),
        "glob" | "rglob" => Some(globbed(recv, method, first)),
        "iterdir" => Some(Val::OneOf(recv.texts().iter().map(|dir| Val::Path(all_in(dir))).collect())),
        "joinpath" => Some(match join_all(&args.pos) {
            Val::Text(value) => Val::Path(value),
            other => other,
        }),
        "expanduser" | "resolve" | "absolute" => Some(recv.clone()),
        "with_suffix" | "with_name" | "with_stem" => {
            let Val::Path(folder) = fold::apply(Fold::Parent, std::slice::from_ref(recv)) else { return None };
            let name = first.map_or_else(|| temp().text(), Val::text);
            Some(Val::Path(if method == "with_name" { join(&folder, &name) } else { join(&folder, &temp().text()) }))
        }
        "exists" | "is_dir" | "is_file" | "mkdir" | "stat" | "touch" => Some(Val::Unknown),
        _ => None,
    }
}

fn globbed(recv: &Val, method: &str, pattern: Option<&Val>) -> Val {
    let pattern = pattern.map_or_else(|| Value::lit("*"), Val::text);
    let mut out = Vec::new();
    for dir in recv.texts() {
        let dir = if method == "rglob" { join(&dir, &Value::lit("**")) } else { dir };
        out.push(Val::Path(glob(&join(&dir, &pattern))));
    }
    Val::OneOf(out)
}
