//! A look into PowerShell: commands with their parameters, and the .NET calls that matter.

use super::fold;
use super::val::{Val, glob, unknown};
use super::{CodeFact, Look, Run};
use crate::syntax::{Origin, Seg, Value};

/// Other names of commands.
const ALIASES: &[(&str, &str)] = &[
    ("ri", "remove-item"),
    ("rm", "remove-item"),
    ("del", "remove-item"),
    ("erase", "remove-item"),
    ("rd", "remove-item"),
    ("rmdir", "remove-item"),
    ("iex", "invoke-expression"),
    ("iwr", "invoke-webrequest"),
    ("irm", "invoke-restmethod"),
    ("wget", "invoke-webrequest"),
    ("curl", "invoke-webrequest"),
    ("saps", "start-process"),
    ("start", "start-process"),
    ("spps", "stop-process"),
    ("kill", "stop-process"),
    ("clc", "clear-content"),
    ("sc", "set-content"),
    ("mi", "move-item"),
    ("mv", "move-item"),
    ("move", "move-item"),
    ("ren", "rename-item"),
    ("rni", "rename-item"),
    ("cp", "copy-item"),
    ("copy", "copy-item"),
    ("gc", "get-content"),
    ("cat", "get-content"),
    ("type", "get-content"),
    ("gci", "get-childitem"),
    ("ls", "get-childitem"),
    ("dir", "get-childitem"),
    ("icm", "invoke-command"),
];

/// Commands that are as good as a program of other systems.
const SAME: &[(&str, &[&str])] = &[
    ("stop-computer", &["shutdown", "-h", "now"]),
    ("restart-computer", &["reboot"]),
    ("format-volume", &["mkfs", "/dev/disk"]),
    ("clear-disk", &["wipefs", "-a", "/dev/disk"]),
    ("initialize-disk", &["wipefs", "-a", "/dev/disk"]),
    ("remove-partition", &["wipefs", "-a", "/dev/disk"]),
    ("stop-service", &["systemctl", "stop"]),
    ("remove-service", &["systemctl", "disable"]),
];

/// Commands whose words are not a program's.
const HARMLESS: &[&str] = &[
    "if", "else", "elseif", "foreach", "for", "while", "do", "switch", "function", "param", "return", "try", "catch",
    "finally", "throw", "echo", "where", "select", "sort", "exit", "cd", "sl", "pushd", "popd", "pwd", "in", "filter",
    "begin", "process", "end", "break", "continue", "mkdir", "md", "ni", "tee", "measure", "group", "ft", "fl", "h",
    "gm", "gp", "gps", "ps", "?", "%",
];

/// Parameters without a value.
const SWITCHES: &[&str] = &[
    "-force",
    "-recurse",
    "-r",
    "-rf",
    "-fo",
    "-confirm",
    "-verbose",
    "-whatif",
    "-usebasicparsing",
    "-wait",
    "-nonewline",
    "-passthru",
    "-raw",
    "-append",
    "-nonewwindow",
    "-hidden",
    "-directory",
    "-file",
    "-rec",
    "-recur",
];

/// A word of a command.
#[derive(Clone, Debug, PartialEq)]
enum Item {
    Word(Value),
    /// Quoted text.
    Text(Value),
    /// What stands in parentheses or braces, unread.
    Group(char, String),
}

/// Looks into PowerShell code.
pub(super) fn look(code: &str) -> Look {
    let mut shell = PowerShell { vars: Vec::new(), look: Look::default() };
    shell.script(code, 0);
    shell.look
}

struct PowerShell {
    vars: Vec<(String, Value)>,
    look: Look,
}

impl PowerShell {
    fn script(&mut self, code: &str, depth: usize) {
        if depth > 8 {
            self.fact(CodeFact::Opaque("nesting".to_owned()));
            return;
        }
        let mut reader = Reader { text: code.chars().collect(), at: 0 };
        while let Some(pipeline) = reader.pipeline(&self.vars) {
            let mut before = Piped::Nothing;
            for command in &pipeline {
                before = self.command(command, before, depth);
            }
        }
    }

    fn fact(&mut self, fact: CodeFact) {
        if self.look.facts.len() < 512 && !self.look.facts.contains(&fact) {
            self.look.facts.push(fact);
        }
    }

    fn run(&mut self, run: Run) {
        if self.look.runs.len() < 512 && !self.look.runs.contains(&run) {
            self.look.runs.push(run);
        }
    }

    /// The items of the first command of a text.
    fn items(&self, code: &str) -> Vec<Item> {
        let mut reader = Reader { text: code.chars().collect(), at: 0 };
        reader.pipeline(&self.vars).and_then(|pipeline| pipeline.into_iter().next()).unwrap_or_default()
    }

    fn command(&mut self, items: &[Item], piped: Piped, depth: usize) -> Piped {
        for item in items {
            if let Item::Group(_, code) = item {
                self.script(code, depth + 1);
            }
        }
        self.dotnet(items);
        let (called, items) = match items {
            [Item::Word(op), rest @ ..] if op.is("&") || op.is(".") => (true, rest),
            other => (false, other),
        };
        let Some(first) = items.first() else { return piped };
        let name = match first {
            Item::Word(value) => value.clone(),
            Item::Text(value) if called => value.clone(),
            Item::Text(_) => return Piped::Unknown,
            Item::Group(..) if !called => return downloads(items).map_or(Piped::Unknown, |()| Piped::Remote),
            Item::Group(_, code) => match self.value_of(code) {
                Some(value) => value,
                None => return downloads(items).map_or(Piped::Unknown, |()| Piped::Remote),
            },
        };
        if let (Item::Word(name), Some(Item::Word(sign))) = (first, items.get(1))
            && name.prefix().starts_with('$')
            && sign.is("=")
        {
            self.assign(name.prefix(), items.get(2..).unwrap_or_default());
            return Piped::Nothing;
        }
        let Some(name) = name.literal().map(str::to_lowercase) else {
            if called {
                self.run(Run::Hidden("&".to_owned()));
            }
            return Piped::Unknown;
        };
        let known = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name.as_str(), |(_, full)| full);
        self.cmdlet(known, items.get(1..).unwrap_or_default(), piped, depth)
    }

    fn assign(&mut self, name: &str, items: &[Item]) {
        let value = match items {
            [] => return,
            [Item::Group(_, code)] => self.value_of(code).unwrap_or_else(unknown),
            items => concat(items).unwrap_or_else(unknown),
        };
        if self.vars.len() < 256 {
            self.vars.push((name.trim_start_matches('$').to_lowercase(), value));
        }
    }

    /// The text that `('a' + 'b')` or `([Text.Encoding]::…GetString([Convert]::FromBase64String('…')))` yields.
    fn value_of(&self, code: &str) -> Option<Value> {
        let lower = code.to_lowercase();
        if lower.contains("frombase64string") {
            let quoted = code.split(['\'', '"']).nth(1)?;
            return fold::base64(quoted).or_else(|| utf16(quoted)).map(|text| Value::lit(text.replace('\0', "")));
        }
        concat(&self.items(code))
    }

    fn cmdlet(&mut self, name: &str, items: &[Item], piped: Piped, depth: usize) -> Piped {
        let words = words(items);
        let flag = |flag: &str| {
            words
                .iter()
                .any(|word| word.literal().is_some_and(|word| word.len() > 1 && flag.starts_with(&word.to_lowercase())))
        };
        match name {
            _ if flag("-whatif") => {}
            "remove-item" => {
                let recursive = flag("-recurse") || words.iter().any(|word| word.is("-rf") || word.is("-fr"));
                let mut paths = operands(&words, &["-path", "-literalpath", "-lp"]);
                if paths.is_empty() {
                    paths.push(piped.path());
                }
                for path in paths {
                    self.fact(CodeFact::Delete { path: glob(&path), recursive });
                }
            }
            "clear-content" | "set-content" | "out-file" | "add-content" | "clear-item" => {
                if let Some(path) = operands(&words, &["-path", "-filepath", "-literalpath"]).into_iter().next() {
                    self.fact(CodeFact::Overwrite(path));
                }
            }
            "move-item" | "rename-item" => {
                if let Some(path) = operands(&words, &["-path", "-literalpath"]).into_iter().next() {
                    self.fact(CodeFact::Move(path));
                }
            }
            "get-content" => {
                let path = operands(&words, &["-path", "-literalpath"]).into_iter().next();
                if let Some(path) = path {
                    self.fact(CodeFact::Read(path));
                }
                return Piped::Unknown;
            }
            "get-childitem" => {
                if words.iter().any(|word| word.text().to_lowercase().starts_with("env:")) {
                    self.fact(CodeFact::ReadEnv(None));
                }
                return Piped::Path(operands(&words, &["-path", "-literalpath"]).into_iter().next());
            }
            "stop-process" => {
                let target = operands(&words, &["-id", "-name"]).into_iter().next().unwrap_or_else(unknown);
                self.fact(CodeFact::Kill(target));
            }
            "invoke-webrequest" | "invoke-restmethod" | "start-bitstransfer" => {
                let host = operands(&words, &["-uri", "-source"]).into_iter().next().unwrap_or_else(unknown);
                self.fact(CodeFact::Network { host, sends: flag("-body") || flag("-infile") });
                return Piped::Remote;
            }
            "invoke-expression" => self.expression(items, &piped, depth),
            "invoke-command" | "start-job" => {}
            "start-process" => self.start_process(&words),
            "invoke-sqlcmd" => {
                if let Some(text) = operands(&words, &["-query", "-q"]).into_iter().next() {
                    self.fact(CodeFact::Sql(text));
                }
            }
            "where-object" | "select-object" | "sort-object" | "foreach-object" | "?" | "%" | "where" | "select"
            | "sort" => {
                return piped;
            }
            _ => self.program(name, items, &words),
        }
        Piped::Unknown
    }

    /// `iex TEXT`, `… | iex`.
    fn expression(&mut self, items: &[Item], piped: &Piped, depth: usize) {
        let value = match items {
            [] => None,
            [Item::Group(_, code)] => self.value_of(code),
            items => concat(items),
        };
        match value.as_ref().and_then(Value::literal) {
            Some(code) => self.script(&code.to_owned(), depth + 1),
            None => {
                let what =
                    if *piped == Piped::Remote { "Invoke-Expression of a download" } else { "Invoke-Expression" };
                self.fact(CodeFact::Opaque(what.to_owned()));
            }
        }
    }

    fn start_process(&mut self, words: &[Value]) {
        let list: Vec<Value> = words
            .iter()
            .filter(|word| !word.prefix().starts_with('-') || word.prefix().contains(' '))
            .map(|word| word.literal().map_or_else(|| word.clone(), |text| Value::lit(text.trim_matches(','))))
            .collect();
        match list.split_first() {
            Some((program, _)) if program.is_wholly_unknown() => self.run(Run::Hidden("Start-Process".to_owned())),
            Some((program, [arguments])) if arguments.literal().is_some_and(|text| text.contains(' ')) => {
                let mut text = program.clone();
                text.push_lit(" ");
                text.push_value(arguments);
                self.run(Run::Shell(text));
            }
            Some(_) => self.run(Run::Words(list)),
            None => {}
        }
    }

    fn program(&mut self, name: &str, items: &[Item], words: &[Value]) {
        if let Some((_, same)) = SAME.iter().find(|(own, _)| *own == name) {
            self.run(Run::Words(same.iter().map(|word| Value::lit(*word)).collect()));
            return;
        }
        let cmdlet =
            name.split_once('-').is_some_and(|(verb, noun)| !noun.contains(['/', '.', '\\']) && VERBS.contains(&verb));
        let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '\\' | ':' | '~'));
        if cmdlet || HARMLESS.contains(&name) || !plain || name.starts_with('-') || name.parse::<f64>().is_ok() {
            return;
        }
        if items.iter().any(|item| matches!(item, Item::Word(word) if word.is("="))) {
            return;
        }
        let mut list = vec![Value::lit(name.trim_end_matches(".exe"))];
        list.extend(words.iter().cloned());
        self.run(Run::Words(list));
    }

    /// `[IO.File]::Delete('x')`, `(New-Object Net.WebClient).DownloadString('…')`.
    fn dotnet(&mut self, items: &[Item]) {
        for (index, item) in items.iter().enumerate() {
            let Item::Word(word) = item else { continue };
            let lower = word.text().to_lowercase();
            let Some(Item::Group('(', inner)) = items.get(index + 1) else { continue };
            let args = self.items(inner);
            let first = words(&args).into_iter().next().unwrap_or_else(unknown);
            let is = |name: &str| lower.ends_with(name);
            if is("]::delete") && lower.contains("io.") {
                let recursive = inner.to_lowercase().contains("$true");
                self.fact(CodeFact::Delete { path: first, recursive });
            } else if is("]::writealltext") || is("]::writeallbytes") || is("]::create") && lower.contains("io.") {
                self.fact(CodeFact::Overwrite(first));
            } else if is(".downloadstring") || is(".downloadfile") || is(".downloaddata") || is(".openread") {
                self.fact(CodeFact::Network { host: first, sends: false });
            } else if is(".uploadstring") || is(".uploadfile") || is(".uploaddata") {
                self.fact(CodeFact::Network { host: first, sends: true });
            } else if is("process]::start") {
                self.run(Run::Words(words(&args)));
            } else if is("]::load") && lower.contains("assembly") {
                self.fact(CodeFact::Opaque("Assembly.Load".to_owned()));
            } else if is("scriptblock]::create") {
                match first.literal() {
                    Some(code) => self.script(&code.to_owned(), 7),
                    None => self.fact(CodeFact::Opaque("ScriptBlock.Create".to_owned())),
                }
            } else if is("tcpclient") {
                self.fact(CodeFact::Network { host: first, sends: false });
                self.fact(CodeFact::ReverseShell);
            }
        }
        let text: Vec<String> = items
            .iter()
            .filter_map(|item| match item {
                Item::Word(word) => Some(word.text().to_lowercase()),
                _ => None,
            })
            .collect();
        if text.iter().any(|word| word == "new-object") && text.iter().any(|word| word.ends_with("tcpclient")) {
            self.fact(CodeFact::ReverseShell);
        }
    }
}

/// First parts of commands' names.
const VERBS: &[&str] = &[
    "get",
    "set",
    "new",
    "add",
    "out",
    "write",
    "read",
    "test",
    "convertto",
    "convertfrom",
    "convert",
    "select",
    "where",
    "foreach",
    "sort",
    "group",
    "measure",
    "format",
    "import",
    "export",
    "join",
    "split",
    "resolve",
    "start",
    "wait",
    "invoke",
    "copy",
    "update",
    "install",
    "enable",
    "disable",
    "clear",
    "compare",
    "remove",
    "stop",
    "register",
    "push",
    "pop",
    "tee",
    "show",
    "find",
    "save",
    "receive",
    "enter",
    "exit",
    "use",
    "trace",
    "debug",
    "unblock",
    "restart",
    "rename",
    "move",
    "limit",
    "checkpoint",
    "expand",
    "compress",
    "suspend",
    "resume",
    "send",
    "publish",
    "uninstall",
];

/// What comes through a pipe.
#[derive(Clone, Debug, PartialEq)]
enum Piped {
    Nothing,
    Unknown,
    Remote,
    Path(Option<Value>),
}

impl Piped {
    fn path(&self) -> Value {
        match self {
            Self::Path(Some(path)) if path.suffix().contains('*') || path.has_glob() => path.clone(),
            Self::Path(path) => super::val::all_in(&path.clone().unwrap_or_default()),
            _ => unknown(),
        }
    }
}

fn downloads(items: &[Item]) -> Option<()> {
    items
        .iter()
        .any(|item| matches!(item, Item::Word(word) if word.text().to_lowercase().contains(".download")))
        .then_some(())
}

fn words(items: &[Item]) -> Vec<Value> {
    items
        .iter()
        .filter_map(|item| match item {
            Item::Word(value) | Item::Text(value) => Some(value.clone()),
            Item::Group('{', _) => None,
            Item::Group(..) => Some(unknown()),
        })
        .collect()
}

/// The values that are no parameters: of the named parameters, or by place.
fn operands(words: &[Value], names: &[&str]) -> Vec<Value> {
    let mut out = Vec::new();
    let mut skip = false;
    for word in words {
        let text = word.prefix().to_lowercase();
        if text.starts_with('-') && text.len() > 1 && !word.has_unknown() {
            skip = !SWITCHES.contains(&text.as_str()) && !names.contains(&text.as_str()) && !text.contains(':');
            continue;
        }
        if skip {
            skip = false;
            continue;
        }
        if word.is("+") || word.is(",") {
            continue;
        }
        match word.literal() {
            Some(text) if text.contains(',') => {
                out.extend(text.split(',').filter(|part| !part.is_empty()).map(Value::lit))
            }
            _ => out.push(word.clone()),
        }
    }
    out
}

/// `'a' + 'b'`.
fn concat(items: &[Item]) -> Option<Value> {
    let mut value = Value::default();
    for item in items {
        match item {
            Item::Text(text) => value.push_value(text),
            Item::Word(word) if word.is("+") => {}
            Item::Word(word) if items.len() == 1 || word.has_unknown() => value.push_value(word),
            _ => return None,
        }
    }
    Some(value)
}

/// Base64 of UTF-16, as `-EncodedCommand` takes it.
pub(super) fn utf16(text: &str) -> Option<String> {
    use base64::Engine as _;
    let clean: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(&clean)
        .or_else(|_| base64::engine::general_purpose::STANDARD_NO_PAD.decode(clean.trim_end_matches('=')))
        .ok()?;
    let units: Vec<u16> =
        bytes.chunks(2).map(|pair| pair.iter().rev().fold(0, |all, byte| all << 8 | u16::from(*byte))).collect();
    String::from_utf16(&units).ok()
}

enum Next {
    Item(Item),
    Pipe,
    End,
}

struct Reader {
    text: Vec<char>,
    at: usize,
}

/// Variables and their values, the last one counts.
type Vars = [(String, Value)];

impl Reader {
    /// The commands of the next pipeline.
    fn pipeline(&mut self, vars: &Vars) -> Option<Vec<Vec<Item>>> {
        let mut pipeline = Vec::new();
        let mut command = Vec::new();
        while let Some(next) = self.next(vars) {
            match next {
                Next::Item(item) => command.push(item),
                Next::Pipe => pipeline.push(std::mem::take(&mut command)),
                Next::End => {
                    pipeline.push(command);
                    return Some(pipeline);
                }
            }
        }
        if pipeline.is_empty() && command.is_empty() {
            return None;
        }
        pipeline.push(command);
        Some(pipeline)
    }

    fn peek(&self, ahead: usize) -> char {
        self.text.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn next(&mut self, vars: &Vars) -> Option<Next> {
        loop {
            let c = self.peek(0);
            if self.at >= self.text.len() {
                return None;
            }
            match c {
                ' ' | '\t' | '\r' => self.at += 1,
                '`' if self.peek(1) == '\n' => self.at += 2,
                '#' => {
                    while self.at < self.text.len() && self.peek(0) != '\n' {
                        self.at += 1;
                    }
                }
                '<' if self.peek(1) == '#' => {
                    while self.at < self.text.len() && !(self.peek(0) == '#' && self.peek(1) == '>') {
                        self.at += 1;
                    }
                    self.at += 2;
                }
                '\n' | ';' => {
                    self.at += 1;
                    return Some(Next::End);
                }
                '|' | '&' if self.peek(1) == c => {
                    self.at += 2;
                    return Some(Next::End);
                }
                '|' => {
                    self.at += 1;
                    return Some(Next::Pipe);
                }
                _ => return Some(Next::Item(self.item(vars))),
            }
        }
    }

    fn item(&mut self, vars: &Vars) -> Item {
        match (self.peek(0), self.peek(1)) {
            ('(' | '{', _) => self.group(),
            ('$' | '@', '(' | '{') => {
                self.at += 1;
                self.group()
            }
            (')' | '}', _) => {
                self.at += 1;
                Item::Word(Value::lit(")"))
            }
            ('@', quote @ ('"' | '\'')) => self.here_string(quote),
            (quote @ ('"' | '\''), _) => Item::Text(self.quoted(quote, vars)),
            ('+' | ',', '"' | '\'' | ' ' | '(' | '$') => {
                let sign = self.peek(0).to_string();
                self.at += 1;
                Item::Word(Value::lit(sign))
            }
            _ => self.word(vars),
        }
    }

    fn group(&mut self) -> Item {
        let open = self.peek(0);
        let close = if open == '(' { ')' } else { '}' };
        let start = self.at + 1;
        let mut depth = 0_usize;
        let mut quote = None;
        while self.at < self.text.len() {
            let c = self.peek(0);
            match quote {
                Some(own) if c == own => quote = None,
                Some(_) => {}
                None if c == '"' || c == '\'' => quote = Some(c),
                None if c == open => depth += 1,
                None if c == close => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                None => {}
            }
            self.at += 1;
        }
        let inner = self.text.get(start..self.at).unwrap_or_default().iter().collect();
        self.at += 1;
        Item::Group(open, inner)
    }

    fn here_string(&mut self, quote: char) -> Item {
        self.at += 2;
        let start = self.at;
        while self.at < self.text.len() && !(self.peek(0) == '\n' && self.peek(1) == quote && self.peek(2) == '@') {
            self.at += 1;
        }
        let text: String = self.text.get(start..self.at).unwrap_or_default().iter().collect();
        self.at += 3;
        Item::Text(Val::marked(text.trim_start_matches('\n')))
    }

    fn quoted(&mut self, quote: char, vars: &Vars) -> Value {
        self.at += 1;
        let mut value = Value::default();
        while self.at < self.text.len() {
            let c = self.peek(0);
            if c == quote {
                if self.peek(1) != quote {
                    self.at += 1;
                    break;
                }
                self.at += 1;
                value.push_lit(&c.to_string());
            } else if c == '`' && quote == '"' {
                self.at += 1;
                value.push_lit(&self.peek(0).to_string());
            } else if c == '$' && quote == '"' {
                self.variable(&mut value, vars);
                continue;
            } else {
                value.push_lit(&c.to_string());
            }
            self.at += 1;
        }
        marked(value)
    }

    fn word(&mut self, vars: &Vars) -> Item {
        let mut value = Value::default();
        let start = self.at;
        while self.at < self.text.len() {
            let c = self.peek(0);
            match c {
                '`' => {
                    self.at += 1;
                    value.push_lit(&self.peek(0).to_string());
                    self.at += 1;
                }
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '(' | ')' | '{' | '}' => break,
                '"' | '\'' => {
                    let text = self.quoted(c, vars);
                    value.push_value(&text);
                }
                '$' if !self.is_target(start) => self.variable(&mut value, vars),
                _ => {
                    value.push_lit(&c.to_string());
                    self.at += 1;
                }
            }
        }
        if self.at == start {
            self.at += 1;
        }
        Item::Word(marked(value))
    }

    /// A variable that is being assigned keeps its name.
    fn is_target(&self, start: usize) -> bool {
        if start != self.at {
            return false;
        }
        let mut ahead = 1;
        while self.peek(ahead).is_alphanumeric() || matches!(self.peek(ahead), '_' | ':') {
            ahead += 1;
        }
        while self.peek(ahead) == ' ' {
            ahead += 1;
        }
        self.peek(ahead) == '=' && self.peek(ahead + 1) != '='
    }

    fn variable(&mut self, value: &mut Value, vars: &Vars) {
        self.at += 1;
        let braced = self.peek(0) == '{';
        if self.peek(0) == '(' {
            let Item::Group(..) = self.group() else { return };
            value.push_value(&unknown());
            return;
        }
        self.at += usize::from(braced);
        let mut name = String::new();
        while self.peek(0).is_alphanumeric() || matches!(self.peek(0), '_' | ':') {
            name.push(self.peek(0).to_ascii_lowercase());
            self.at += 1;
        }
        self.at += usize::from(braced && self.peek(0) == '}');
        let known = vars.iter().rev().find(|(own, _)| *own == name).map(|(_, value)| value.clone());
        match (known, name.as_str()) {
            (Some(known), _) => value.push_value(&known),
            (None, "home" | "env:userprofile" | "env:home") => value.push_lit("~"),
            (None, "env:temp" | "env:tmp") => value.push_lit("/tmp"),
            (None, "true" | "false" | "null") => value.push_lit(&format!("${name}")),
            (None, "pwd") => value.push_lit("."),
            (None, name) => value.push_value(&match name.strip_prefix("env:") {
                Some(name) => Value::unknown(Origin::Variable(name.to_uppercase())),
                None => unknown(),
            }),
        }
    }
}

/// Puts unknown parts in the place of the caller's marks.
fn marked(value: Value) -> Value {
    let mut out = Value::default();
    for seg in value.segs() {
        match seg {
            Seg::Lit(text) => out.push_value(&Val::marked(text)),
            other => out.push(other.clone()),
        }
    }
    out
}
