//! How shells read their own words, and the builtins that take text or files for code.
//!
//! bash(1) "OPTIONS", zshoptions(1) "INVOCATION", dash(1), fish(1), pwsh; `eval`, `trap`, `source`.

use super::options::walk;
use super::words::{as_text, join, may_be_many, span_of, without_front};
use super::{Cx, Dialect, Inner, Step};
use crate::syntax::{Arg, Span, Value};
use base64::Engine as _;

pub(super) fn steps(cx: &Cx<'_>) -> Option<Vec<Step>> {
    match cx.name {
        "eval" => Some(eval(cx)),
        "trap" => Some(trap(cx)),
        "source" | "." => Some(source(cx)),
        "pwsh" | "powershell" => Some(powershell(cx)),
        "cmd" => Some(windows_cmd(cx)),
        "wardsh" => Some(wardsh(cx)),
        name => Dialect::of_name(name).map(|dialect| shell(cx, dialect)).or_else(|| prefix(cx)),
    }
}

/// Ourselves: a shell where the first word is an option of one, else `run -- PROGRAM`.
fn wardsh(cx: &Cx<'_>) -> Vec<Step> {
    let Some(first) = cx.args().first().and_then(|arg| arg.value.literal()) else { return Vec::new() };
    if first.starts_with('-') && !first.starts_with("--") {
        return shell(cx, Dialect::Bash);
    }
    if first != "run" {
        return Vec::new();
    }
    let behind = cx.args().iter().position(|arg| arg.value.is("--")).map_or(1, |at| at + 1);
    Cx::words("wardsh run", cx.args().get(behind..).unwrap_or_default()).into_iter().collect()
}

/// Claude Code's `CLAUDE_CODE_SHELL_PREFIX`: the program that it names gets a whole command line as its last word.
fn prefix(cx: &Cx<'_>) -> Option<Vec<Step>> {
    let prefix = cx.world.var("CLAUDE_CODE_SHELL_PREFIX")?;
    let mut words = shell_words::split(&prefix).ok()?.into_iter();
    if words.next().is_none_or(|program| !cx.inv.program.value.is(&program)) {
        return None;
    }
    let (text, given) = cx.args().split_last()?;
    let options = words.len() == given.len() && words.zip(given).all(|(word, arg)| arg.value.is(&word));
    let inner =
        Inner::Shell { text: as_text(&text.value), span: text.span, params: Vec::new(), dialect: Dialect::Bash };
    options.then(|| vec![Step::new("CLAUDE_CODE_SHELL_PREFIX", inner)])
}

/// What a shell's leading words say.
#[derive(Default)]
struct Start {
    command: bool,
    stdin: bool,
    inert: bool,
    login: bool,
    interactive: bool,
    /// Start files are left out, and start files of a login.
    bare: (bool, bool),
    /// Files and texts that run before everything else.
    before: Vec<Step>,
    next: usize,
}

/// Options of a shell that take the next word.
const LONG_VALUES: &[&str] =
    &["--rcfile", "--init-file", "--emulate", "--debug-output", "--profile-startup", "--features"];

fn shell(cx: &Cx<'_>, dialect: Dialect) -> Vec<Step> {
    let start = read_options(cx, dialect);
    let mut steps = if start.inert { Vec::new() } else { own_files(cx, &start, dialect) };
    steps.extend(start.before);
    if start.inert {
        return steps;
    }
    let rest = cx.args().get(start.next..).unwrap_or_default();
    let inner = match rest.split_first() {
        Some((text, params)) if start.command => {
            Inner::Shell { text: as_text(&text.value), span: text.span, params: params.to_vec(), dialect }
        }
        None if start.command => return steps,
        Some((path, params)) if !start.stdin && !is_stdin(&path.value) => {
            Inner::ShellFile { path: path.value.clone(), span: path.span, params: params.to_vec(), dialect }
        }
        _ => Inner::ShellStdin(dialect),
    };
    steps.push(Step::new(cx.name, inner));
    steps
}

/// The files that a shell reads by itself, where the line has given it another home: bash(1) "INVOCATION",
/// zsh(1) "STARTUP/SHUTDOWN FILES". A user's own ones are not asked about.
fn own_files(cx: &Cx<'_>, start: &Start, dialect: Dialect) -> Vec<Step> {
    let set = |name: &str| cx.inv.assigns.iter().rev().find(|(set, _)| set == name).map(|(_, value)| value);
    let zsh = dialect == Dialect::Zsh;
    let Some(home) = set("HOME").filter(|home| !home.is(cx.world.home()) && !(zsh && set("ZDOTDIR").is_some())) else {
        return Vec::new();
    };
    let (login, interactive) = (start.login && !start.bare.1, start.interactive && !start.bare.0);
    let names: &[(&str, bool)] = match dialect {
        Dialect::Bash => &[
            (".bash_profile", login),
            (".bash_login", login),
            (".profile", login),
            (".bashrc", interactive && !start.login),
            (".bash_logout", login),
        ],
        Dialect::Zsh => &[
            (".zshenv", !start.bare.0),
            (".zprofile", login),
            (".zshrc", interactive),
            (".zlogin", login),
            (".zlogout", login),
        ],
        Dialect::Sh => &[(".profile", login)],
        Dialect::Fish => &[(".config/fish/config.fish", true)],
        _ => &[],
    };
    let read = names.iter().filter(|(_, read)| *read).map(|(name, _)| {
        let mut path = home.clone();
        path.push_lit(&format!("/{name}"));
        let inner = Inner::ShellFile { path, span: cx.inv.span, params: Vec::new(), dialect };
        Step::new(format!("{} {name}", cx.name), inner)
    });
    read.collect()
}

fn is_stdin(path: &Value) -> bool {
    ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].iter().any(|name| path.is(name))
}

/// Reads `-lc`, `-c -l`, `-o pipefail`, `+O x`, `--rcfile F`, `--`, up to the first operand.
fn read_options(cx: &Cx<'_>, dialect: Dialect) -> Start {
    let mut start = Start::default();
    while let Some(arg) = cx.args().get(start.next) {
        let word = arg.value.prefix();
        let behind = cx.args().get(start.next + 1).map_or("", |arg| arg.value.prefix());
        let maybe_options = may_be_many(&arg.value) && behind.starts_with('-');
        if !word.starts_with(['-', '+']) && !maybe_options {
            break;
        }
        start.next += 1;
        if matches!(word, "-" | "--" | "+") {
            break;
        }
        if word.starts_with("--") {
            long_option(cx, &mut start, arg, dialect);
        } else if short_options(&mut start, word, dialect) {
            start.next += 1;
        }
    }
    start
}

fn long_option(cx: &Cx<'_>, start: &mut Start, arg: &Arg, dialect: Dialect) {
    let word = arg.value.prefix();
    let (name, attached) = match word.split_once('=') {
        Some((name, _)) => (name, Some(without_front(&arg.value, name.len() + 1))),
        None => (word, None),
    };
    match name {
        "--version" | "--help" | "--dump-strings" | "--dump-po-strings" | "--rpm-requires" => start.inert = true,
        "--command" | "--init-command" if is_foreign(dialect) => {
            let value = attached.map(|text| (text, arg.span)).or_else(|| next_word(cx, start));
            if let Some((text, span)) = value {
                let inner = Inner::Shell { text: as_text(&text), span, params: Vec::new(), dialect };
                start.before.push(Step::new(cx.name, inner));
                start.inert |= name == "--command";
            }
        }
        "--login" => start.login = true,
        "--norc" => start.bare.0 = true,
        "--noprofile" => start.bare.1 = true,
        "--rcfile" | "--init-file" => {
            start.bare.0 = true;
            if let Some((path, span)) = attached.map(|path| (path, arg.span)).or_else(|| next_word(cx, start))
                && !path.is("/dev/null")
            {
                let inner = Inner::ShellFile { path, span, params: Vec::new(), dialect };
                start.before.push(Step::new(format!("{} {name}", cx.name), inner));
            }
        }
        _ if attached.is_none() && LONG_VALUES.contains(&name) => start.next += 1,
        _ => {}
    }
}

fn next_word(cx: &Cx<'_>, start: &mut Start) -> Option<(Value, Span)> {
    let arg = cx.args().get(start.next)?;
    start.next += 1;
    Some((arg.value.clone(), arg.span))
}

/// Shells with options of their own.
fn is_foreign(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::Foreign | Dialect::Fish)
}

/// A bundle of letters; says whether one of them takes the next word.
fn short_options(start: &mut Start, word: &str, dialect: Dialect) -> bool {
    let mut takes = false;
    let on = word.starts_with('-');
    for letter in word.chars().skip(1) {
        match letter {
            'c' => start.command = on,
            's' if on => start.stdin = true,
            'l' => start.login = on,
            'i' => start.interactive = on,
            'f' if dialect == Dialect::Zsh => start.bare = (on, on),
            'n' if on && !is_foreign(dialect) => start.inert = true,
            'o' => takes = true,
            'O' if dialect == Dialect::Bash => takes = true,
            'C' | 'd' | 'D' if is_foreign(dialect) => takes = true,
            _ => {}
        }
    }
    takes
}

/// `eval words`: joined by blanks.
fn eval(cx: &Cx<'_>) -> Vec<Step> {
    let words = match cx.args().split_first() {
        Some((first, rest)) if first.value.is("--") => rest,
        _ => cx.args(),
    };
    if words.is_empty() {
        return Vec::new();
    }
    let span = span_of(words, cx.inv.span);
    let inner = Inner::Shell { text: join(words), span, params: Vec::new(), dialect: Dialect::Bash };
    vec![Step::new("eval", inner)]
}

/// `trap 'text' SIGNAL…`
fn trap(cx: &Cx<'_>) -> Vec<Step> {
    let found = walk(cx.args(), 0, "l p P");
    let rest = cx.args().get(found.next..).unwrap_or_default();
    let [text, _, ..] = rest else { return Vec::new() };
    if found.has("l p P") || text.value.is("-") || text.value.is("") {
        return Vec::new();
    }
    let inner =
        Inner::Shell { text: as_text(&text.value), span: text.span, params: Vec::new(), dialect: Dialect::Bash };
    vec![Step::new("trap", inner)]
}

/// `source FILE words`
fn source(cx: &Cx<'_>) -> Vec<Step> {
    let found = walk(cx.args(), 0, "p=");
    let Some((file, params)) = cx.args().get(found.next..).and_then(<[Arg]>::split_first) else { return Vec::new() };
    if is_stdin(&file.value) {
        return vec![Step::new("source", Inner::ShellStdin(Dialect::Bash))];
    }
    let (path, span) = (file.value.clone(), file.span);
    vec![Step::new("source", Inner::ShellFile { path, span, params: params.to_vec(), dialect: Dialect::Bash })]
}

/// PowerShell takes any unique abbreviation, with `-` or `/`, in any case.
fn powershell(cx: &Cx<'_>) -> Vec<Step> {
    let dialect = Dialect::Foreign;
    let mut args = cx.args().iter().enumerate();
    while let Some((index, arg)) = args.next() {
        let rest = cx.args().get(index + 1..).unwrap_or_default();
        let Some(option) = arg.value.literal().and_then(|word| word.strip_prefix(['-', '/'])) else {
            let inner = if cx.name == "pwsh" {
                Inner::ShellFile { path: arg.value.clone(), span: arg.span, params: rest.to_vec(), dialect }
            } else {
                let words = cx.args().get(index..).unwrap_or_default();
                Inner::Shell { text: join(words), span: span_of(words, arg.span), params: Vec::new(), dialect }
            };
            return vec![Step::new(cx.name, inner)];
        };
        let option = option.trim_start_matches('-').to_ascii_lowercase();
        let is = |long: &str, least: usize| option.len() >= least && long.starts_with(&option);
        if is("commandwithargs", 11) || is("command", 1) {
            if matches!(rest, [only] if only.value.is("-")) {
                return vec![Step::new(cx.name, Inner::ShellStdin(dialect))];
            }
            let inner = Inner::Shell { text: join(rest), span: span_of(rest, arg.span), params: Vec::new(), dialect };
            return if rest.is_empty() { Vec::new() } else { vec![Step::new(cx.name, inner)] };
        }
        if is("encodedcommand", 1) || option == "ec" {
            return rest.first().map(|text| Step::new(cx.name, encoded(text))).into_iter().collect();
        }
        if is("file", 1) {
            return rest
                .split_first()
                .map(|(file, params)| {
                    let (path, span) = (file.value.clone(), file.span);
                    Step::new(cx.name, Inner::ShellFile { path, span, params: params.to_vec(), dialect })
                })
                .into_iter()
                .collect();
        }
        if matches!(option.as_str(), "version" | "v" | "help" | "h" | "?") {
            return Vec::new();
        }
        let valued = ["executionpolicy", "ep", "ex", "exec", "inputformat", "outputformat", "windowstyle", "w"];
        if valued.contains(&option.as_str())
            || ["psconsolefile", "workingdirectory", "wd", "configurationname"].contains(&option.as_str())
        {
            args.next();
        }
    }
    vec![Step::new(cx.name, Inner::ShellStdin(dialect))]
}

/// `-EncodedCommand`: UTF-16LE in base64.
fn encoded(word: &Arg) -> Inner {
    let bytes = word.value.literal().and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
    let Some(bytes) = bytes else { return Inner::Hidden("PowerShell -EncodedCommand".into()) };
    let (units, odd) = bytes.as_chunks::<2>();
    let text: String = char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit)))
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    // Bytes of another encoding turn up as far-off letters.
    if !odd.is_empty() || text.chars().any(|letter| letter >= '\u{2e80}') {
        return Inner::Hidden("PowerShell -EncodedCommand".into());
    }
    Inner::Shell { text: Value::lit(text), span: word.span, params: Vec::new(), dialect: Dialect::Foreign }
}

/// `cmd /c text`
fn windows_cmd(cx: &Cx<'_>) -> Vec<Step> {
    let dialect = Dialect::Foreign;
    let at = cx.args().iter().position(|arg| {
        arg.value.literal().is_some_and(|word| {
            let word = word.trim_start_matches('/').to_ascii_lowercase();
            matches!(word.as_str(), "c" | "k" | "r")
        })
    });
    let rest = at.and_then(|at| cx.args().get(at + 1..)).unwrap_or_default();
    if rest.is_empty() {
        return vec![Step::new("cmd", Inner::ShellStdin(dialect))];
    }
    vec![Step::new(
        "cmd",
        Inner::Shell { text: join(rest), span: span_of(rest, cx.inv.span), params: Vec::new(), dialect },
    )]
}
