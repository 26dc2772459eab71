//! A look into vim commands, gdb commands, `AppleScript` and Tcl.

use super::lex::{Form, Grammar, Kind, PLAIN, Piece, Token, tokens};
use super::val::{Val, unknown};
use super::{CodeFact, Lang, Look, Run};
use crate::syntax::Value;

fn shell(look: &mut Look, text: &str, what: &str) {
    let text = text.trim();
    if text.is_empty() || look.runs.len() >= 256 {
        return;
    }
    let value = Val::marked(text);
    look.runs.push(if value.is_wholly_unknown() { Run::Hidden(what.to_owned()) } else { Run::Shell(value) });
}

fn extend(look: &mut Look, other: Look) {
    look.facts.extend(other.facts);
    look.runs.extend(other.runs);
}

/// The first word of a line and the rest.
fn split(line: &str) -> (&str, &str) {
    let end = line.find(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_')).unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    (word, rest.trim_start())
}

/// Looks into gdb commands, one a line.
pub(super) fn gdb(code: &str) -> Look {
    let mut look = Look::default();
    let mut python: Option<String> = None;
    for line in code.lines() {
        if let Some(block) = &mut python {
            if line.trim() == "end" {
                let block = python.take().unwrap_or_default();
                extend(&mut look, super::look(Lang::Python, &block, &[]));
            } else {
                block.push_str(line);
                block.push('\n');
            }
            continue;
        }
        let line = line.trim();
        if let Some(command) = line.strip_prefix('!') {
            shell(&mut look, command, "gdb !");
            continue;
        }
        let (word, rest) = split(line);
        match word {
            "shell" | "sh" | "she" => shell(&mut look, rest, "gdb shell"),
            "make" => shell(&mut look, line, "gdb make"),
            "pipe" => shell(&mut look, rest.split_once('|').map_or("", |(_, command)| command), "gdb pipe"),
            "python" | "py" | "python-interactive" | "pi" if rest.is_empty() => python = Some(String::new()),
            "python" | "py" | "pi" | "python-interactive" => extend(&mut look, super::look(Lang::Python, rest, &[])),
            "call" | "print" | "p" | "printf" if rest.contains("system") => {
                let quoted = rest.split('"').nth(1).unwrap_or_default();
                shell(&mut look, quoted, "gdb call");
            }
            _ => {}
        }
    }
    if let Some(block) = python {
        extend(&mut look, super::look(Lang::Python, &block, &[]));
    }
    look
}

/// Looks into vim commands, one a line or between bars.
pub(super) fn vim(code: &str) -> Look {
    let mut look = Look::default();
    for line in code.lines() {
        let mut rest = line.trim();
        for _ in 0..64 {
            rest = rest.trim_start_matches([':', ' ', '|']);
            if rest.is_empty() {
                break;
            }
            let bar = vim_command(rest, &mut look);
            rest = match bar {
                Some(bar) => rest.get(bar..).unwrap_or_default(),
                None => "",
            };
        }
    }
    look
}

/// Reads one command; says where the next one starts.
fn vim_command(text: &str, look: &mut Look) -> Option<usize> {
    let ranged =
        text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '%' | ',' | '$' | '.' | '\'' | '<' | '>'));
    if let Some(command) = ranged.strip_prefix('!') {
        shell(look, command, "vim !");
        return None;
    }
    let (word, rest) = split(ranged);
    match word {
        "silent" | "sil" | "verbose" | "noautocmd" | "keepalt" => {
            // The mark of `silent!` belongs to it, the one of `silent !cmd` does not.
            let after = ranged.get(word.len()..).unwrap_or_default();
            let inner = after.strip_prefix('!').unwrap_or(after).trim_start();
            return Some(text.len() - inner.len());
        }
        "r" | "read" | "w" | "write" if rest.starts_with('!') => {
            shell(look, rest.trim_start_matches('!'), "vim !");
            return None;
        }
        "w" | "write" | "sav" | "saveas" => {
            let path = rest.trim_start_matches(['!', ' ']).split([' ', '|']).next().unwrap_or_default();
            if !path.is_empty() {
                look.facts.push(CodeFact::Overwrite(Val::marked(path)));
            }
        }
        "py" | "python" | "py3" | "python3" | "pyx" => {
            extend(look, super::look(Lang::Python, rest, &[]));
            return None;
        }
        "lua" => {
            extend(look, super::look(Lang::Lua, rest, &[]));
            return None;
        }
        "perl" | "ruby" => {
            extend(look, super::look(if word == "perl" { Lang::Perl } else { Lang::Ruby }, rest, &[]));
            return None;
        }
        "term" | "terminal" | "te" => {
            shell(look, rest, "vim terminal");
            return None;
        }
        "call" | "echo" | "let" | "eval" | "exe" | "execute" | "put" => vim_calls(rest, look),
        _ => {}
    }
    bar(text)
}

/// Where a bar ends the command: not in quotes, not `||`, not `\|`.
fn bar(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quote = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (quote, byte) {
            (_, b'\\') => at += 1,
            (Some(open), _) if byte == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'|') if bytes.get(at + 1) == Some(&b'|') => at += 1,
            (None, b'|') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// `system('…')`, `delete('…', 'rf')`, `writefile(…)` in an expression; `execute "…"`.
fn vim_calls(text: &str, look: &mut Look) {
    let grammar = Grammar { strings: &[("\"", "\"", Form::Escaped), ("'", "'", Form::Single)], comments: &[], ..PLAIN };
    let tokens = tokens(&grammar, text);
    let literal = |at: usize| tokens.get(at).and_then(literal);
    if let Some(command) = literal(0) {
        let bare = command.trim_start_matches([':', ' ']);
        if let Some(command) = bare.strip_prefix('!').or_else(|| bare.strip_prefix("silent !")) {
            shell(look, command, "vim !");
        }
    }
    for (at, token) in tokens.iter().enumerate() {
        let Some(word) = token.word() else { continue };
        if !tokens.get(at + 1).is_some_and(|next| next.is("(")) {
            continue;
        }
        let first = literal(at + 2);
        match word {
            "system" | "systemlist" | "job_start" | "term_start" => match first {
                Some(command) => shell(look, &command, "vim system"),
                None => look.runs.push(Run::Hidden("vim system".to_owned())),
            },
            "delete" => {
                let path = first.map_or_else(unknown, |path| Val::marked(&path));
                let recursive = literal(at + 4).is_some_and(|flags| flags.contains('r'));
                look.facts.push(CodeFact::Delete { path, recursive });
            }
            _ => {}
        }
    }
}

fn literal(token: &Token) -> Option<String> {
    match &token.kind {
        Kind::Text(pieces) => match pieces.as_slice() {
            [] => Some(String::new()),
            [Piece::Lit(text)] => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Looks into `AppleScript`.
pub(super) fn applescript(code: &str) -> Look {
    let grammar =
        Grammar { comments: &["--", "#"], blocks: &[("(*", "*)")], strings: &[("\"", "\"", Form::Escaped)], ..PLAIN };
    let tokens = tokens(&grammar, code);
    let mut look = Look::default();
    let words = |at: usize, wanted: &[&str]| {
        wanted.iter().enumerate().all(|(index, word)| {
            tokens.get(at + index).and_then(Token::word).is_some_and(|own| own.eq_ignore_ascii_case(word))
        })
    };
    let finder = (0..tokens.len()).any(|at| {
        words(at, &["application"]) && tokens.get(at + 1).and_then(literal).is_some_and(|name| name == "Finder")
    }) || (0..tokens.len())
        .any(|at| words(at, &["app"]) && tokens.get(at + 1).and_then(literal).is_some_and(|name| name == "Finder"));
    for at in 0..tokens.len() {
        if words(at, &["do", "shell", "script"]) {
            let text = joined(&tokens, at + 3);
            push_text(&mut look, text, "do shell script");
        } else if words(at, &["do", "script"]) {
            let text = joined(&tokens, at + 2);
            push_text(&mut look, text, "do script");
        } else if words(at, &["empty", "trash"]) || words(at, &["empty", "the", "trash"]) {
            look.facts.push(CodeFact::Delete { path: Value::lit("~/.Trash"), recursive: true });
        } else if words(at, &["shut", "down"]) {
            look.runs.push(Run::Words(vec![Value::lit("shutdown"), Value::lit("-h"), Value::lit("now")]));
        } else if finder && words(at, &["delete"]) {
            let quoted = tokens.get(at..).unwrap_or_default().iter().take(8).find_map(literal);
            let path = quoted.map_or_else(unknown, |path| Val::marked(&path));
            look.facts.push(CodeFact::Delete { path, recursive: true });
        } else if words(at, &["run", "script"]) && tokens.get(at + 2).is_some_and(|token| literal(token).is_none()) {
            look.facts.push(CodeFact::Opaque("run script".to_owned()));
        }
    }
    look
}

fn push_text(look: &mut Look, text: Value, what: &str) {
    if !text.segs().is_empty() {
        look.runs.push(if text.is_wholly_unknown() { Run::Hidden(what.to_owned()) } else { Run::Shell(text) });
    }
}

/// `"a" & quoted form of x & "b"`.
fn joined(tokens: &[Token], from: usize) -> Value {
    let mut value = Value::default();
    let mut expect = true;
    for token in tokens.get(from..).unwrap_or_default().iter().take(64) {
        match &token.kind {
            Kind::Newline => break,
            Kind::Op("&") => expect = true,
            Kind::Text(_) if expect => {
                value.push_value(&literal(token).map_or_else(unknown, |text| Val::marked(&text)));
                expect = false;
            }
            Kind::Word(word) if matches!(word.as_str(), "with" | "without" | "in") => break,
            Kind::Word(_) if expect => {
                value.push_value(&unknown());
                expect = false;
            }
            _ => {}
        }
    }
    value
}

/// Looks into Tcl and expect scripts.
pub(super) fn tcl(code: &str) -> Look {
    let mut look = Look::default();
    tcl_script(code, 0, &mut look);
    look
}

/// A word of Tcl: its text, and whether it stood in braces.
struct TclWord {
    text: String,
    braced: bool,
}

fn tcl_script(code: &str, depth: usize, look: &mut Look) {
    if depth > 12 || look.runs.len() + look.facts.len() > 256 {
        look.facts.push(CodeFact::Opaque("nesting".to_owned()));
        return;
    }
    let text: Vec<char> = code.chars().collect();
    let mut at = 0;
    while at < text.len() {
        let words = tcl_command(&text, &mut at, depth, look);
        tcl_run(&words, depth, look);
    }
}

/// Reads the words of one command.
fn tcl_command(text: &[char], at: &mut usize, depth: usize, look: &mut Look) -> Vec<TclWord> {
    let mut words = Vec::new();
    while let Some(&c) = text.get(*at) {
        match c {
            '\n' | ';' => {
                *at += 1;
                break;
            }
            '#' if words.is_empty() => {
                while text.get(*at).is_some_and(|c| *c != '\n') {
                    *at += 1;
                }
            }
            c if c.is_whitespace() => *at += 1,
            '\\' if text.get(*at + 1) == Some(&'\n') => *at += 2,
            '{' => words.push(TclWord { text: bracketed(text, at, '{', '}'), braced: true }),
            _ => words.push(TclWord { text: tcl_word(text, at, depth, look), braced: false }),
        }
    }
    words
}

fn bracketed(text: &[char], at: &mut usize, open: char, close: char) -> String {
    let start = *at + 1;
    let mut level = 0_usize;
    while let Some(&c) = text.get(*at) {
        if c == '\\' {
            *at += 1;
        } else if c == open {
            level += 1;
        } else if c == close {
            level -= 1;
            if level == 0 {
                break;
            }
        }
        *at += 1;
    }
    let inner = text.get(start..(*at).min(text.len())).unwrap_or_default().iter().collect();
    *at += 1;
    inner
}

fn tcl_word(text: &[char], at: &mut usize, depth: usize, look: &mut Look) -> String {
    let quoted = text.get(*at) == Some(&'"');
    *at += usize::from(quoted);
    let mut out = String::new();
    while let Some(&c) = text.get(*at) {
        match c {
            '"' if quoted => {
                *at += 1;
                break;
            }
            '[' => {
                let inner = bracketed(text, at, '[', ']');
                tcl_script(&inner, depth + 1, look);
                out.push_str(super::val::MARK);
                continue;
            }
            '$' => {
                let mut end = *at + 1;
                while text.get(end).is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '(' | ')')) {
                    end += 1;
                }
                let name: String = text.get(*at + 1..end).unwrap_or_default().iter().collect();
                out.push_str(match name.as_str() {
                    "env(HOME)" | "::env(HOME)" => "~",
                    _ => super::val::MARK,
                });
                *at = end.max(*at + 1);
                continue;
            }
            '\\' => {
                *at += 1;
                out.extend(text.get(*at));
            }
            c if !quoted && (c.is_whitespace() || c == ';') => break,
            c => out.push(c),
        }
        *at += 1;
    }
    out
}

fn tcl_run(words: &[TclWord], depth: usize, look: &mut Look) {
    let Some(first) = words.first() else { return };
    let rest = words.get(1..).unwrap_or_default();
    let values = |from: usize| -> Vec<Value> {
        rest.get(from..).unwrap_or_default().iter().map(|word| Val::marked(&word.text)).collect()
    };
    match first.text.as_str() {
        "exec" | "spawn" => {
            let list: Vec<Value> = values(0)
                .into_iter()
                .filter(|value| !matches!(value.literal(), Some("-ignorestderr" | "--" | "-noecho")))
                .collect();
            match list.first() {
                Some(program) if program.is_wholly_unknown() => look.runs.push(Run::Hidden(first.text.clone())),
                Some(_) => look.runs.push(Run::Words(list)),
                None => {}
            }
        }
        "file" if rest.first().is_some_and(|word| word.text == "delete") => {
            let recursive = rest.iter().any(|word| word.text == "-force");
            for path in values(1).into_iter().filter(|path| !path.prefix().starts_with('-')) {
                look.facts.push(CodeFact::Delete { path, recursive });
            }
        }
        "file" if rest.first().is_some_and(|word| word.text == "rename") => {
            if let Some(path) = values(1).into_iter().find(|path| !path.prefix().starts_with('-')) {
                look.facts.push(CodeFact::Move(path));
            }
        }
        "open" => tcl_open(rest, look),
        "socket" => {
            let host = values(0).into_iter().find(|word| !word.prefix().starts_with('-')).unwrap_or_else(unknown);
            look.facts.push(CodeFact::Network { host, sends: false });
        }
        "eval" | "subst" | "uplevel" if rest.iter().any(|word| word.text.contains(super::val::MARK)) => {
            look.facts.push(CodeFact::Opaque(first.text.clone()));
        }
        "eval" => {
            let code: Vec<&str> = rest.iter().map(|word| word.text.as_str()).collect();
            tcl_script(&code.join(" "), depth + 1, look);
        }
        "expr" | "set" | "puts" | "regexp" | "regsub" | "string" | "list" | "lappend" | "send" => {}
        _ => {
            for word in rest.iter().filter(|word| word.braced) {
                tcl_script(&word.text, depth + 1, look);
            }
        }
    }
}

fn tcl_open(rest: &[TclWord], look: &mut Look) {
    let Some(path) = rest.first() else { return };
    if let Some(command) = path.text.trim_start().strip_prefix('|') {
        shell(look, command, "open");
    } else if rest.get(1).is_some_and(|mode| mode.text.starts_with(['w', 'a'])) {
        look.facts.push(CodeFact::Overwrite(Val::marked(&path.text)));
    } else {
        look.facts.push(CodeFact::Read(Val::marked(&path.text)));
    }
}
