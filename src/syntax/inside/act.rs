//! What a known call does, and how that becomes a fact or a started program.

use super::fold::{self, Fold};
use super::val::{self, Val, unknown};
use super::walk::Walker;
use super::{CodeFact, Run};
use crate::syntax::{Origin, Value};

/// The arguments of a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Args {
    /// By position; a method's receiver comes first where a table of methods is asked.
    pub(super) pos: Vec<Val>,
    /// By name; the fields of an options object are found through [`Args::option`].
    pub(super) named: Vec<(String, Val)>,
}

impl Args {
    /// The argument at a place.
    pub(super) fn get(&self, index: usize) -> Option<&Val> {
        self.pos.get(index)
    }

    /// The literal text of the argument at a place.
    pub(super) fn literal(&self, index: usize) -> Option<&str> {
        self.get(index).and_then(Val::literal)
    }

    /// An argument by name, or a field of an options object among the others.
    pub(super) fn option(&self, name: &str) -> Option<&Val> {
        let named = self.named.iter().find(|(key, _)| key == name).map(|(_, val)| val);
        named.or_else(|| self.pos.iter().find_map(|val| val.field(name)))
    }

    /// Says whether an option is given and not known to be false.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.option(name).is_some_and(|val| !val.is_false())
    }

    /// The arguments from a place on, as one list, their lists flattened.
    fn rest(&self, from: usize) -> Val {
        Val::List(self.pos.get(from..).unwrap_or_default().to_vec())
    }

    /// The argument at a place, or of one of these names.
    fn at(&self, index: usize, names: &[&str]) -> Option<&Val> {
        self.get(index).or_else(|| names.iter().find_map(|name| self.option(name)))
    }

    fn with_first(&self, first: &Val) -> Self {
        let mut pos = vec![first.clone()];
        pos.extend(self.pos.iter().cloned());
        Self { pos, named: self.named.clone() }
    }
}

/// What a call does. Numbers are places of arguments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Act {
    /// Deletes the path there.
    Delete(usize),
    /// Deletes the path there and what is below it.
    Tree(usize),
    /// Deletes every argument.
    DeleteAll,
    /// Deletes every argument and what is below it.
    TreeAll,
    /// Deletes the path there; recursively with the option `recursive` or `force`.
    Remove(usize),
    /// Writes the file there anew.
    Overwrite(usize),
    /// Moves 0 to 1.
    Move,
    /// Copies 0 to 1.
    Copy,
    /// Changes rights or owner of the path there.
    Permission(usize),
    /// Reads the file there.
    Read(usize),
    /// Opens 0 with the mode in 1.
    Open,
    /// Hands the text there to a shell.
    Shell(usize),
    /// Starts the program there, its words are the arguments; a single text goes to a shell.
    System(usize),
    /// Starts a program: the words are arguments from there on.
    Words(usize),
    /// Starts 0, a list of words, or a text for a shell.
    Process,
    /// Starts 0 with the words in 1 (`spawn`).
    Spawn,
    /// Runs the text there as code of the same language.
    Code(usize),
    /// Asks a server: the address is there.
    Fetch(usize),
    /// Sends something to a server: the address is there.
    Send(usize),
    /// Connects to a host there.
    Connect(usize),
    /// Waits for connections.
    Listen,
    /// Puts a descriptor in another one's place.
    Dup,
    /// Runs the SQL there.
    Sql(usize),
    /// Kills the process there.
    Kill(usize),
    /// Reads the variable named there.
    Getenv(usize),
    /// The environment as a whole.
    Environ,
    /// Prints or writes its arguments.
    Print,
    /// Is the same as this command line; the arguments follow.
    Same(&'static [&'static str]),
    /// Runs code that cannot be seen.
    Opaque,
    /// Unpacks objects, which runs code, where the data comes from the network.
    Unpickle(usize),
    /// A new temporary path.
    Temp,
    /// The home folder.
    Home,
    /// The working folder.
    Cwd,
    /// Changes the working folder.
    Chdir(usize),
    /// The paths that match the pattern there.
    Glob(usize),
    /// The names in the folder there.
    List(usize),
    /// An object of a known kind.
    Object(&'static str),
    /// A result that is known with its arguments.
    Fold(Fold),
    /// Changes nothing and yields nothing known; listed so that no method of the same name is looked for.
    Nothing,
}

impl Act {
    /// Says whether a function that does this is worth following when it is handed to another one.
    const fn is_active(self) -> bool {
        matches!(
            self,
            Self::Delete(_)
                | Self::Tree(_)
                | Self::DeleteAll
                | Self::TreeAll
                | Self::Remove(_)
                | Self::Shell(_)
                | Self::System(_)
                | Self::Words(_)
                | Self::Process
                | Self::Spawn
                | Self::Code(_)
        )
    }
}

/// Words of SQL that change or take data; other texts are not reported.
const SQL_WORDS: &[&str] = &[
    "drop",
    "truncate",
    "delete",
    "update",
    "alter",
    "grant",
    "copy",
    "outfile",
    "dumpfile",
    "flushall",
    "revoke",
    "pg_terminate_backend",
    "xp_cmdshell",
    "load_extension",
];

/// Says whether a database lives in memory or in a temporary file: it is gone soon anyhow.
fn is_scratch_database(place: &str) -> bool {
    place == ":memory:"
        || crate::syntax::paths::is_temporary(&crate::syntax::paths::normal(place)) && place.starts_with('/')
}

impl Walker<'_> {
    /// Looks a function up that was handed over as a value, and calls it where it does something.
    pub(super) fn call_if_active(&mut self, name: &str, args: &Args) -> bool {
        let active = self.act(name).is_some_and(Act::is_active);
        if active {
            self.call_name(name, args);
        }
        active
    }

    /// Does what a method of this name does with its receiver.
    pub(super) fn method_act(&mut self, recv: &Val, name: &str, args: &Args) -> Option<Val> {
        if let Val::Object("database", place) = recv {
            if matches!(name, "cursor" | "__enter__") {
                return Some(recv.clone());
            }
            if is_scratch_database(place) && name.starts_with("execute") {
                return Some(recv.clone());
            }
        }
        let (_, act) = self.lang.methods.iter().find(|(own, _)| *own == name)?;
        Some(self.apply(*act, name, &args.with_first(recv)))
    }

    /// Applies an act to arguments, and says what the call yields.
    pub(super) fn apply(&mut self, act: Act, name: &str, args: &Args) -> Val {
        match act {
            Act::Delete(at) => self.delete(args.at(at, &["path", "file"]), false),
            Act::Tree(at) => self.delete(args.at(at, &["path", "dir"]), true),
            Act::DeleteAll => self.delete(Some(&args.rest(0)), false),
            Act::TreeAll => self.delete(Some(&args.rest(0)), true),
            Act::Remove(at) => {
                let recursive = ["recursive", "recurse"].iter().any(|option| args.is_on(option));
                self.delete(args.get(at), recursive)
            }
            Act::Overwrite(at) => {
                let file = args.at(at, &["path", "file", "fname"]);
                if args.literal(at + 1).is_some_and(str::is_empty) {
                    for path in self.known(file) {
                        self.fact(CodeFact::Empty(path));
                    }
                }
                self.overwrite(file)
            }
            Act::Move => self.rename(args),
            Act::Copy => {
                self.read(args.at(0, &["src"]));
                self.overwrite(args.at(1, &["dst"]))
            }
            Act::Permission(at) => {
                for value in self.known(args.get(at)) {
                    self.fact(CodeFact::Permission(value));
                }
                Val::Unknown
            }
            Act::Read(at) => self.read(args.get(at)),
            Act::Open => self.open(args),
            Act::Fetch(at) => self.network(args.at(at, &["url", "uri", "host"]), args, false),
            Act::Send(at) => self.network(args.at(at, &["url", "uri", "host"]), args, true),
            Act::Connect(at) => self.connect(args.get(at)),
            Act::Sql(at) => self.sql(args.at(at, &["sql", "query", "statement"])),
            Act::Kill(at) => {
                let value = args.get(at).map_or_else(unknown, Val::text);
                self.fact(CodeFact::Kill(value));
                Val::Unknown
            }
            Act::Unpickle(at) => {
                if args.get(at) == Some(&Val::Remote) {
                    self.opaque(name);
                }
                Val::Unknown
            }
            Act::Print => self.print(args),
            other => self.apply_rest(other, name, args),
        }
    }

    fn apply_rest(&mut self, act: Act, name: &str, args: &Args) -> Val {
        match act {
            Act::Shell(at) => self.shell_arg(args.at(at, &["cmd", "command", "args"]), name, args),
            Act::System(at) => match args.pos.get(at..) {
                Some([only]) => self.shell_arg(Some(only), name, args),
                _ => self.words(&args.rest(at), name, args),
            },
            Act::Words(at) => self.words(&args.rest(at), name, args),
            Act::Process => self.process(args.at(0, &["args", "cmd", "command"]), name, args),
            Act::Spawn => self.spawn(name, args),
            Act::Code(at) => self.code(args.at(at, &["source", "code", "object"]), name),
            Act::Getenv(at) => self.getenv(args.literal(at)),
            Act::Same(words) => {
                let mut list: Vec<Value> = words.iter().map(|word| Value::lit(*word)).collect();
                list.extend(args.pos.iter().flat_map(Val::texts).filter(|value| !value.is_wholly_unknown()));
                self.run(Run::Words(list));
                Val::Unknown
            }
            Act::Opaque => {
                self.opaque(name);
                Val::Unknown
            }
            Act::Temp => temp(),
            Act::Home => Val::lit("~"),
            Act::Cwd => Val::Text(self.cwd.clone().unwrap_or_else(|| Value::lit("."))),
            Act::Chdir(at) => {
                self.chdir(args.get(at));
                Val::Unknown
            }
            Act::Glob(at) => globbed(args, at),
            Act::List(at) => listed(args.get(at)),
            Act::Object(kind) => Val::Object(kind, args.literal(0).unwrap_or_default().to_owned()),
            Act::Fold(fold) => fold::apply(fold, &args.pos),
            Act::Listen => {
                self.flow.listens = true;
                Val::Unknown
            }
            Act::Dup => {
                self.flow.dup = true;
                Val::Unknown
            }
            Act::Environ => Val::Env,
            _ => Val::Unknown,
        }
    }

    /// Records a fact, within a bound.
    pub(super) fn fact(&mut self, fact: CodeFact) {
        if self.look.facts.len() < 512 && !self.look.facts.contains(&fact) {
            self.look.facts.push(fact);
        }
    }

    pub(super) fn opaque(&mut self, what: &str) {
        self.fact(CodeFact::Opaque(what.to_owned()));
    }

    /// The paths that an argument stands for, where anything is known of them.
    fn known(&self, val: Option<&Val>) -> Vec<Value> {
        self.paths(val).into_iter().filter(|value| !value.is_wholly_unknown()).collect()
    }

    /// The paths that an argument stands for, seen from where the code stands now.
    pub(super) fn paths(&self, val: Option<&Val>) -> Vec<Value> {
        let texts = val.map_or_else(|| vec![unknown()], Val::texts);
        match &self.cwd {
            Some(cwd) => texts.iter().map(|text| Self::below(cwd, text)).collect(),
            None => texts,
        }
    }

    fn below(cwd: &Value, path: &Value) -> Value {
        if path.is_wholly_unknown() { path.clone() } else { val::join(cwd, path) }
    }

    pub(super) fn delete(&mut self, val: Option<&Val>, recursive: bool) -> Val {
        for path in self.paths(val) {
            self.fact(CodeFact::Delete { path, recursive });
        }
        Val::Unknown
    }

    pub(super) fn overwrite(&mut self, val: Option<&Val>) -> Val {
        for path in self.known(val) {
            self.fact(CodeFact::Overwrite(path));
        }
        Val::Unknown
    }

    pub(super) fn read(&mut self, val: Option<&Val>) -> Val {
        let paths = self.known(val);
        for path in &paths {
            self.fact(CodeFact::Read(path.clone()));
        }
        paths.into_iter().next().map_or(Val::Unknown, Val::Content)
    }

    fn rename(&mut self, args: &Args) -> Val {
        for path in self.known(args.at(0, &["src"])) {
            self.fact(CodeFact::Move(path));
        }
        self.overwrite(args.at(1, &["dst"]))
    }

    /// `open(path, mode)`.
    fn open(&mut self, args: &Args) -> Val {
        let mode = args.at(1, &["mode"]).and_then(Val::literal).unwrap_or("r");
        let path = args.at(0, &["file", "path"]);
        if let Some(command) = args.literal(0).and_then(|text| text.strip_prefix('|')) {
            self.run(Run::Shell(Value::lit(command)));
            return Val::Unknown;
        }
        if mode.contains(['w', 'a', 'x', 'c']) {
            self.overwrite(path);
            return Val::Object("file", String::new());
        }
        if mode.contains('+') {
            self.overwrite(path);
        }
        if args.literal(0).is_some_and(|text| text.contains("://")) {
            return self.network(path, args, false);
        }
        self.read(path)
    }

    /// A request: sends where it says so or a body is among its options.
    pub(super) fn network(&mut self, host: Option<&Val>, args: &Args, body: bool) -> Val {
        // A request that was made before.
        if host == Some(&Val::Remote) {
            return Val::Remote;
        }
        let posts = args
            .option("method")
            .and_then(Val::literal)
            .is_some_and(|method| ["post", "put", "patch"].contains(&method.to_lowercase().as_str()));
        let named = ["data", "json", "files", "body", "content", "postdata"].iter().any(|name| args.is_on(name));
        let sends = posts || named || (body && args.pos.len() > 1);
        if args.pos.iter().any(Val::holds_env) || args.named.iter().any(|(_, val)| val.holds_env()) {
            self.fact(CodeFact::ReadEnv(None));
        }
        let host = host.map_or_else(unknown, |val| match val {
            Val::Map(_) => {
                ["hostname", "host", "url"].iter().find_map(|name| val.field(name)).map_or_else(unknown, Val::text)
            }
            other => other.text(),
        });
        self.fact(CodeFact::Network { host, sends });
        Val::Remote
    }

    /// A connection: the host is a text or the first of a pair.
    pub(super) fn connect(&mut self, val: Option<&Val>) -> Val {
        self.flow.connected = true;
        let host = match val {
            Some(Val::List(pair)) => pair.first().map_or_else(unknown, Val::text),
            Some(Val::Map(_)) => val.and_then(|val| val.field("host")).map_or_else(unknown, Val::text),
            other => other.map_or_else(unknown, Val::text),
        };
        self.fact(CodeFact::Network { host, sends: false });
        Val::Object("socket", String::new())
    }

    pub(super) fn sql(&mut self, val: Option<&Val>) -> Val {
        for text in val.map(Val::texts).unwrap_or_default() {
            let lower = text.text().to_lowercase();
            let mut words = lower.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            if words.any(|word| SQL_WORDS.contains(&word)) {
                self.fact(CodeFact::Sql(text));
            }
        }
        Val::Unknown
    }

    pub(super) fn getenv(&mut self, name: Option<&str>) -> Val {
        match name {
            Some("HOME" | "USERPROFILE") => Val::lit("~"),
            Some("TMPDIR" | "TEMP" | "TMP") => Val::lit("/tmp"),
            Some(name) => {
                self.fact(CodeFact::ReadEnv(Some(name.to_owned())));
                Val::Text(Value::unknown(Origin::Variable(name.to_owned())))
            }
            None => Val::Unknown,
        }
    }

    fn print(&mut self, args: &Args) -> Val {
        if args.pos.iter().any(Val::holds_env) {
            self.fact(CodeFact::ReadEnv(None));
        }
        Val::Unknown
    }

    pub(super) fn chdir(&mut self, val: Option<&Val>) {
        let Some(val) = val else { return };
        let to = val.text();
        if to.is_wholly_unknown() {
            return;
        }
        let to = match &self.cwd {
            Some(cwd) => val::join(cwd, &to),
            None => to,
        };
        self.cwd = (!to.is(".")).then_some(to);
    }
}

/// A path in the temporary folder that nobody else has.
pub(super) fn temp() -> Val {
    let mut value = Value::lit("/tmp/");
    value.push_value(&Value::token(Origin::Other("temporary name")));
    Val::Text(value)
}

fn globbed(args: &Args, at: usize) -> Val {
    let base = args.option("root_dir").or_else(|| args.option("cwd")).map(Val::text);
    let mut out = Vec::new();
    for pattern in args.get(at).map(Val::texts).unwrap_or_default() {
        let full = base.as_ref().map_or_else(|| pattern.clone(), |base| val::join(base, &pattern));
        out.push(Val::Text(val::glob(&full)));
    }
    // Kept as a list of one, so that a loop over it knows what it gets.
    Val::OneOf(out)
}

fn listed(dir: Option<&Val>) -> Val {
    let _ = dir;
    Val::OneOf(vec![Val::Text(val::all_in(&Value::default()))])
}
