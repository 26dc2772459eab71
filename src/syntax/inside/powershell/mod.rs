//! A look into PowerShell: commands with their parameters, and the .NET calls that matter.

mod names;
mod read;

use self::names::{ALIASES, HARMLESS, SAME, SWITCHES, VERBS};
use self::read::{Item, Reader};
use super::fold;
use super::val::{glob, unknown};
use super::{CodeFact, Look, Run};
use crate::syntax::Value;

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
        let mut reader = Reader::new(code);
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
        let mut reader = Reader::new(code);
        reader.pipeline(&self.vars).and_then(|pipeline| pipeline.into_iter().next()).unwrap_or_default()
    }

    fn command(&mut self, items: &[Item], piped: Piped, depth: usize) -> Piped {
        if let Piped::Path(_) = &piped {
            self.vars.push(("_".to_owned(), piped.path()));
            self.vars.truncate(256);
        }
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
                if let Some(at) = words.iter().position(|word| word.text().eq_ignore_ascii_case("-infile"))
                    && let Some(path) = words.get(at + 1)
                {
                    self.fact(CodeFact::Read(path.clone()));
                }
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
        if let Some(code) = value.as_ref().and_then(Value::literal) {
            self.script(code, depth + 1);
        } else {
            let what = if *piped == Piped::Remote { "Invoke-Expression of a download" } else { "Invoke-Expression" };
            self.fact(CodeFact::Opaque(what.to_owned()));
        }
    }

    fn start_process(&mut self, words: &[Value]) {
        let is_args = |word: &Value| {
            let text = word.text().to_lowercase();
            text == "-args" || text.len() > 2 && "-argumentlist".starts_with(&text)
        };
        let at = words.iter().position(is_args).unwrap_or(words.len());
        let (before, after) = words.split_at(at);
        let named = before.iter().filter(|word| !word.prefix().starts_with('-') || word.prefix().contains(' '));
        let given =
            after.iter().skip(1).take_while(|word| !word.text().starts_with("-W") && !word.text().starts_with("-V"));
        let list: Vec<Value> = named
            .chain(given)
            .flat_map(|word| match word.literal() {
                Some(text) => text.split(',').map(|part| Value::lit(part.trim_matches(['\'', '"']))).collect(),
                None => vec![word.clone()],
            })
            .filter(|word: &Value| !word.is(""))
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
                    Some(code) => self.script(code, 7),
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
                out.extend(text.split(',').filter(|part| !part.is_empty()).map(Value::lit));
            }
            _ => out.push(word.clone()),
        }
    }
    out
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
