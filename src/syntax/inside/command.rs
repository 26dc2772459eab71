//! Reads an interpreter's words: where its code comes from, and what the code gets as arguments.

use super::specs::{self, SPECS, Spec};
use super::{Interpreter, Lang, Source, powershell};
use crate::syntax::{Arg, Invocation, Seg, Span, Stdin, Value};

/// Says whether an invocation is an interpreter, and where its code comes from. `None` for `python --version` and the like.
#[must_use]
pub fn interpreter(inv: &Invocation) -> Option<Interpreter> {
    let name = inv.name()?;
    let lower = name.bytes().any(|byte| byte.is_ascii_uppercase()).then(|| name.to_ascii_lowercase());
    let name = lower.as_deref().unwrap_or(name);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    match name {
        "pwsh" | "powershell" | "pwsh-preview" => return powershell_words(inv, name == "powershell"),
        "vim" | "nvim" | "vi" | "ex" | "view" | "gvim" | "mvim" | "vimdiff" | "rvim" => return vim(inv, name),
        "deno" | "bun" => return runtime(inv, name),
        "rails" | "mix" | "django-admin" => return framework(inv, name),
        "java" => return java(inv),
        "go" if inv.args.first().is_some_and(|arg| arg.value.is("run")) => {
            let file =
                inv.args.iter().find(|arg| arg.value.suffix().rsplit_once('.').is_some_and(|(_, end)| end == "go"))?;
            let source = Source::File { path: file.value.clone(), span: file.span };
            return Some(Interpreter { lang: Lang::Go, source, args: Vec::new() });
        }
        "crystal" if inv.args.first().is_some_and(|arg| arg.value.is("eval")) => {
            let code = inv.args.get(1)?;
            let source = Source::Text { code: code.value.clone(), span: code.span };
            return Some(Interpreter { lang: Lang::Unread, source, args: Vec::new() });
        }
        _ => {}
    }
    read(specs::named(name)?, inv, &inv.args)
}

/// What reading the words has found so far.
#[derive(Default)]
struct Found {
    code: Option<(Value, Span)>,
    file: Option<Arg>,
    module: Option<String>,
    stdin: bool,
    nothing: bool,
    lang: Option<Lang>,
}

impl Found {
    fn add_code(&mut self, value: Value, span: Span) {
        match &mut self.code {
            Some((code, whole)) => {
                code.push_lit("\n");
                code.push_value(&value);
                *whole = whole.join(span);
            }
            None => self.code = Some((value, span)),
        }
    }
}

/// Reads words as a spec says.
fn read(spec: &Spec, inv: &Invocation, args: &[Arg]) -> Option<Interpreter> {
    let mut found = Found::default();
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        if done(spec, &found) {
            break;
        }
        let head = arg.value.prefix();
        if head == "--" && arg.value.literal().is_some() {
            at += 1;
            break;
        }
        if arg.value.is("-") {
            found.stdin = true;
            at += 1;
            break;
        }
        if !head.starts_with('-') {
            break;
        }
        at += 1;
        at += option(spec, arg, args.get(at), &mut found);
        if found.nothing {
            return None;
        }
    }
    finish(spec, inv, found, args.get(at..).unwrap_or_default())
}

/// What comes next belongs to the code.
fn done(spec: &Spec, found: &Found) -> bool {
    found.module.is_some() || (spec.once && found.code.is_some())
}

/// Reads one option; says how many further words it takes.
fn option(spec: &Spec, arg: &Arg, next: Option<&Arg>, found: &mut Found) -> usize {
    let head = arg.value.prefix().to_owned();
    let (name, attached) = match head.split_once('=') {
        Some((name, _)) if name.starts_with("--") => (name.to_owned(), Some(without(&arg.value, name.len() + 1))),
        _ => (head.clone(), None),
    };
    let exact = arg.value.literal().is_some() || attached.is_some();
    let value = attached.map(|value| Arg { value, span: arg.span });
    let taken = usize::from(value.is_none() && next.is_some());
    let given = value.as_ref().or(next);
    if exact && spec.none.contains(&name.as_str()) {
        found.nothing = true;
        return 0;
    }
    if exact && spec.code.contains(&name.as_str()) {
        if let Some(given) = given {
            found.add_code(given.value.clone(), given.span);
        }
        return taken;
    }
    if exact && spec.files.contains(&name.as_str()) {
        found.file = given.cloned();
        return taken;
    }
    if exact && spec.values.contains(&name.as_str()) {
        if spec.lang == Lang::AppleScript && given.is_some_and(|given| given.value.is("JavaScript")) {
            found.lang = Some(Lang::JavaScript);
        }
        return taken;
    }
    if head.starts_with("--") || spec.words {
        return 0;
    }
    bundle(spec, arg, next, found)
}

/// Reads short options in one word.
fn bundle(spec: &Spec, arg: &Arg, next: Option<&Arg>, found: &mut Found) -> usize {
    let head = arg.value.prefix().to_owned();
    for (index, letter) in head.char_indices().skip(1) {
        let rest = without(&arg.value, index + letter.len_utf8());
        let own = !rest.segs().is_empty();
        let given = if own { Some(Arg { value: rest, span: arg.span }) } else { next.cloned() };
        let taken = usize::from(!own && next.is_some());
        if spec.code_letters.contains(letter) {
            if let Some(given) = given {
                found.add_code(given.value, given.span);
            }
            return taken;
        }
        if spec.file_letters.contains(letter) {
            found.file = given;
            return taken;
        }
        if spec.module_letter == Some(letter) {
            found.module = given.map(|given| given.value.text().into_owned());
            return taken;
        }
        if spec.value_letters.contains(letter) {
            return taken;
        }
        if spec.attached_letters.contains(letter) {
            return 0;
        }
        if spec.none_letters.contains(letter) {
            found.nothing = true;
            return 0;
        }
    }
    0
}

/// The value without its first bytes, which are known text.
fn without(value: &Value, bytes: usize) -> Value {
    let mut out = Value::default();
    for (index, seg) in value.segs().iter().enumerate() {
        match seg {
            Seg::Lit(text) if index == 0 => out.push_lit(text.get(bytes..).unwrap_or_default()),
            other => out.push(other.clone()),
        }
    }
    out
}

fn finish(spec: &Spec, inv: &Invocation, found: Found, rest: &[Arg]) -> Option<Interpreter> {
    let lang = found.lang.unwrap_or(spec.lang);
    let made = |source, args: &[Arg]| Some(Interpreter { lang, source, args: args.to_vec() });
    if let Some((code, span)) = found.code {
        return made(Source::Text { code, span }, rest);
    }
    if let Some(file) = found.file {
        return made(Source::File { path: file.value, span: file.span }, rest);
    }
    if let Some(module) = found.module {
        return python_module(lang, &module, rest);
    }
    if found.stdin {
        return made(Source::Stdin, rest);
    }
    let Some((first, rest)) = rest.split_first() else {
        let fed = inv.stdin != Stdin::Inherit && !spec.operand_is_code;
        return if fed { made(Source::Stdin, &[]) } else { None };
    };
    if spec.operand_is_code {
        return made(Source::Text { code: first.value.clone(), span: first.span }, rest);
    }
    if let Some(code) = django_shell(first, rest) {
        return made(Source::Text { code: code.value.clone(), span: code.span }, &[]);
    }
    if spec.no_file || spec.subcommands.iter().any(|name| first.value.is(name)) {
        return None;
    }
    made(Source::File { path: first.value.clone(), span: first.span }, rest)
}

/// `manage.py shell -c CODE`.
fn django_shell<'a>(first: &Arg, rest: &'a [Arg]) -> Option<&'a Arg> {
    let manage = first.value.literal().is_some_and(|path| path.rsplit('/').next() == Some("manage.py"));
    let shell = rest.first().is_some_and(|arg| arg.value.is("shell") || arg.value.is("shell_plus"));
    if !manage || !shell {
        return None;
    }
    let place = rest.iter().position(|arg| arg.value.is("-c") || arg.value.is("--command"))?;
    rest.get(place + 1)
}

/// `python -m NAME`: some modules run code or a script of their own words.
fn python_module(lang: Lang, module: &str, rest: &[Arg]) -> Option<Interpreter> {
    let module_only = Interpreter { lang, source: Source::Module(module.to_owned()), args: rest.to_vec() };
    match module {
        "timeit" => {
            let mut found = Found::default();
            let mut at = 0;
            while let Some(arg) = rest.get(at) {
                match arg.value.literal() {
                    Some("-n" | "-r" | "-u" | "-t") => at += 1,
                    Some("-s" | "--setup") => {
                        at += 1;
                        if let Some(code) = rest.get(at) {
                            found.add_code(code.value.clone(), code.span);
                        }
                    }
                    Some(text) if text.starts_with('-') && text.len() > 1 => {}
                    _ => found.add_code(arg.value.clone(), arg.span),
                }
                at += 1;
            }
            let (code, span) = found.code?;
            Some(Interpreter { lang, source: Source::Text { code, span }, args: Vec::new() })
        }
        "pdb" | "cProfile" | "profile" | "trace" | "runpy" | "ipdb" => {
            let mut at = 0;
            while let Some(arg) = rest.get(at) {
                match arg.value.literal() {
                    Some("-m") => return Some(module_only),
                    Some("-o" | "-s" | "-c") => at += 2,
                    Some(text) if text.starts_with('-') => at += 1,
                    _ => break,
                }
            }
            let file = rest.get(at)?;
            let source = Source::File { path: file.value.clone(), span: file.span };
            Some(Interpreter { lang, source, args: rest.get(at + 1..).unwrap_or_default().to_vec() })
        }
        _ => Some(module_only),
    }
}

/// deno and bun: subcommands first.
fn runtime(inv: &Invocation, name: &str) -> Option<Interpreter> {
    let spec = SPECS.iter().find(|spec| spec.names.contains(&"node"))?;
    let first = inv.args.first();
    let rest = inv.args.get(1..).unwrap_or_default();
    let script = |arg: &Arg| {
        arg.value.literal().is_none_or(|path| {
            [".js", ".ts", ".mjs", ".mts", ".cjs", ".tsx", ".jsx"].iter().any(|end| path.ends_with(end))
        })
    };
    match (name, first.and_then(|arg| arg.value.literal())) {
        ("deno", Some("eval")) => {
            let code = rest.iter().find(|arg| !arg.value.prefix().starts_with('-'))?;
            let source = Source::Text { code: code.value.clone(), span: code.span };
            Some(Interpreter { lang: Lang::JavaScript, source, args: Vec::new() })
        }
        (_, Some("run")) => {
            let found = read(spec, inv, rest)?;
            match &found.source {
                Source::File { path, .. } if !script(&Arg { value: path.clone(), span: inv.span }) => None,
                _ => Some(found),
            }
        }
        _ => {
            let found = read(spec, inv, &inv.args)?;
            match &found.source {
                Source::File { path, .. } if !script(&Arg { value: path.clone(), span: inv.span }) => None,
                Source::Stdin if !inv.args.is_empty() && !inv.args.iter().any(|arg| arg.value.is("-")) => None,
                _ => Some(found),
            }
        }
    }
}

/// `rails runner CODE`, `mix run -e CODE`, `mix eval CODE`.
fn framework(inv: &Invocation, name: &str) -> Option<Interpreter> {
    let first = inv.args.first()?.value.literal()?;
    let rest = inv.args.get(1..).unwrap_or_default();
    let text = |lang, arg: &Arg| {
        let source = Source::Text { code: arg.value.clone(), span: arg.span };
        Some(Interpreter { lang, source, args: Vec::new() })
    };
    match (name, first) {
        ("rails", "runner" | "r") => {
            let place = rest.iter().position(|arg| !arg.value.prefix().starts_with('-') || arg.value.is("-"))?;
            let code = rest.get(place)?;
            let args = rest.get(place + 1..).unwrap_or_default().to_vec();
            match code.value.literal() {
                Some("-") => Some(Interpreter { lang: Lang::Ruby, source: Source::Stdin, args }),
                Some(path) if has_ending(path, &[".rb"]) => {
                    let source = Source::File { path: code.value.clone(), span: code.span };
                    Some(Interpreter { lang: Lang::Ruby, source, args })
                }
                _ => text(Lang::Ruby, code),
            }
        }
        ("rails", "console" | "c") if inv.stdin != Stdin::Inherit => {
            Some(Interpreter { lang: Lang::Ruby, source: Source::Stdin, args: Vec::new() })
        }
        ("mix", "run" | "eval") => {
            let place = rest.iter().position(|arg| arg.value.is("-e") || arg.value.is("--eval"));
            match place {
                Some(place) => text(Lang::Elixir, rest.get(place + 1)?),
                None if first == "eval" => text(Lang::Elixir, rest.first()?),
                None => None,
            }
        }
        ("django-admin", "shell") => {
            let place = rest.iter().position(|arg| arg.value.is("-c") || arg.value.is("--command"))?;
            text(Lang::Python, rest.get(place + 1)?)
        }
        _ => None,
    }
}

/// Says whether a path has one of these endings, as written: interpreters mind the case.
fn has_ending(path: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| path.ends_with(ending))
}

/// `java File.java`: a source file run at once.
fn java(inv: &Invocation) -> Option<Interpreter> {
    let place = inv.args.iter().position(|arg| arg.value.literal().is_some_and(|path| has_ending(path, &[".java"])))?;
    let jar = inv.args.get(..place)?.iter().any(|arg| !arg.value.prefix().starts_with('-'));
    let file = inv.args.get(place).filter(|_| !jar)?;
    let source = Source::File { path: file.value.clone(), span: file.span };
    Some(Interpreter { lang: Lang::Java, source, args: inv.args.get(place + 1..)?.to_vec() })
}

/// Options of vim that take the next word.
const VIM_VALUES: &[&str] =
    &["-S", "-s", "-w", "-W", "-u", "-U", "-i", "-T", "-t", "-q", "-l", "--servername", "--remote"];

fn is_bundle(word: &str) -> bool {
    word.strip_prefix('-')
        .is_some_and(|letters| !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

/// `vim -c CMD`, `+CMD`; anything else only edits.
fn vim(inv: &Invocation, name: &str) -> Option<Interpreter> {
    let mut found = Found::default();
    let mut at = 0;
    let mut silent = name == "ex";
    while let Some(arg) = inv.args.get(at) {
        at += 1;
        match arg.value.prefix() {
            // Letters may stand together: `ex -sc CMD`.
            option
                if arg.value.literal().is_some()
                    && (option == "--cmd" || (is_bundle(option) && option.ends_with('c'))) =>
            {
                let code = inv.args.get(at)?;
                found.add_code(code.value.clone(), code.span);
                at += 1;
            }
            "-e" | "-es" | "-Es" | "-E" => silent = true,
            option if VIM_VALUES.contains(&option) => {
                if option == "-S" || (option == "-l" && name == "nvim") {
                    found.file = inv.args.get(at).cloned();
                    found.lang = (option == "-l").then_some(Lang::Lua);
                }
                at += 1;
            }
            head if head.starts_with('+')
                && head.len() > 1
                && !head.starts_with("+/")
                && head.get(1..).is_some_and(|rest| rest.parse::<u64>().is_err()) =>
            {
                found.add_code(without(&arg.value, 1), arg.span);
            }
            _ => {}
        }
    }
    let lang = found.lang.unwrap_or(Lang::Vim);
    let source = match (found.code, found.file) {
        (Some((code, span)), _) => Source::Text { code, span },
        (None, Some(file)) => Source::File { path: file.value, span: file.span },
        (None, None) if silent && inv.stdin != Stdin::Inherit => Source::Stdin,
        _ => return None,
    };
    Some(Interpreter { lang, source, args: Vec::new() })
}

/// Parameters of PowerShell that take a value, beside code and file.
const POWERSHELL_VALUES: &[&str] = &[
    "executionpolicy",
    "ep",
    "ex",
    "windowstyle",
    "version",
    "inputformat",
    "outputformat",
    "configurationname",
    "workingdirectory",
    "wd",
    "settingsfile",
    "psconsolefile",
    "custompipename",
];

/// PowerShell takes any beginning of a parameter's name, in any case.
fn powershell_words(inv: &Invocation, windows: bool) -> Option<Interpreter> {
    let lang = Lang::PowerShell;
    let mut at = 0;
    while let Some(arg) = inv.args.get(at) {
        let head = arg.value.prefix().to_ascii_lowercase();
        let option = head
            .strip_prefix("--")
            .or_else(|| head.strip_prefix('-'))
            .or_else(|| head.strip_prefix('/').filter(|_| windows));
        let Some(option) = option.filter(|option| !option.is_empty()) else { break };
        at += 1;
        if "command".starts_with(option) {
            return command_words(inv, at);
        }
        if "encodedcommand".starts_with(option) || option == "ec" {
            let code = inv.args.get(at)?;
            let text = code.value.literal().and_then(powershell::utf16);
            let value = text.map_or_else(super::val::unknown, Value::lit);
            return Some(Interpreter { lang, source: Source::Text { code: value, span: code.span }, args: Vec::new() });
        }
        if "file".starts_with(option) {
            let file = inv.args.get(at)?;
            let source = if file.value.is("-") {
                Source::Stdin
            } else {
                Source::File { path: file.value.clone(), span: file.span }
            };
            return Some(Interpreter { lang, source, args: inv.args.get(at + 1..)?.to_vec() });
        }
        if matches!(option, "v" | "version" | "help" | "h" | "?") {
            return None;
        }
        if POWERSHELL_VALUES.iter().any(|name| name == &option || (option.len() > 2 && name.starts_with(option))) {
            at += 1;
        }
    }
    match inv.args.get(at) {
        Some(_) if windows => command_words(inv, at),
        Some(file) if file.value.is("-") => Some(Interpreter { lang, source: Source::Stdin, args: Vec::new() }),
        Some(file) => {
            let source = Source::File { path: file.value.clone(), span: file.span };
            Some(Interpreter { lang, source, args: inv.args.get(at + 1..)?.to_vec() })
        }
        None if inv.stdin != Stdin::Inherit => Some(Interpreter { lang, source: Source::Stdin, args: Vec::new() }),
        None => None,
    }
}

/// Everything behind `-Command` is code, blank-separated.
fn command_words(inv: &Invocation, at: usize) -> Option<Interpreter> {
    let words = inv.args.get(at..)?;
    let first = words.first()?;
    if first.value.is("-") {
        return Some(Interpreter { lang: Lang::PowerShell, source: Source::Stdin, args: Vec::new() });
    }
    let mut code = Value::default();
    let mut span = first.span;
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            code.push_lit(" ");
        }
        code.push_value(&word.value);
        span = span.join(word.span);
    }
    Some(Interpreter { lang: Lang::PowerShell, source: Source::Text { code, span }, args: Vec::new() })
}
