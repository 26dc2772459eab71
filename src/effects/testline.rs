//! Tests only: a small reader of command lines, so that tables of lines can be judged without the real grammar.
//!
//! Knows quotes, `|`, `;`, `&&`, redirections, `$NAME`, `$(…)`, `<(…)`, `cd`, `sudo`, assignments, `xargs`.

use super::{Cx, Effect};
use crate::syntax::{
    Analysis, Arg, Invocation, Origin, PathKind, Redirect, RedirectKind, Seg, Span, Stdin, Stdout, Tracked, Unknown,
    Value, World,
};

/// A machine on which nothing stands: home `/home/u`, workspace and folder `/work/app`.
pub(super) struct Stub;

impl World for Stub {
    fn cwd(&self) -> &'static str {
        "/work/app"
    }
    fn home(&self) -> &'static str {
        "/home/u"
    }
    fn home_of(&self, user: &str) -> Option<String> {
        Some(format!("/home/{user}"))
    }
    fn workspace(&self) -> Option<&str> {
        Some("/work/app")
    }
    fn var(&self, name: &str) -> Option<String> {
        (name == "DEPLOY_TOKEN").then(|| "tok-0123456789abcdef".to_owned())
    }
    fn var_names(&self) -> Vec<String> {
        vec!["PATH".into(), "DEPLOY_TOKEN".into()]
    }
    fn alias(&self, _: &str) -> Option<String> {
        None
    }
    fn function(&self, _: &str) -> Option<String> {
        None
    }
    fn kind(&self, path: &str) -> PathKind {
        if matches!(path, "/tmp" | "/home/u" | "/work/app" | "/etc/systemd/system") {
            PathKind::Dir
        } else {
            PathKind::Missing
        }
    }
    fn real_path(&self, path: &str) -> String {
        path.to_owned()
    }
    fn glob(&self, _: &str, _: usize) -> Vec<String> {
        Vec::new()
    }
    fn list(&self, _: &str, _: usize) -> Vec<String> {
        Vec::new()
    }
    fn read(&self, _: &str, _: usize) -> Option<Vec<u8>> {
        None
    }
    fn which(&self, _: &str) -> Option<String> {
        None
    }
    fn tracked(&self, _: &str) -> Option<Tracked> {
        None
    }
}

/// Runs one family over a line.
pub(super) fn run(line: &str, family: fn(&Invocation, &Cx, &mut Vec<Effect>)) -> Vec<Effect> {
    judge(&analyse(line), family)
}

/// Runs one family over an analysis.
pub(super) fn judge(analysis: &Analysis, family: fn(&Invocation, &Cx, &mut Vec<Effect>)) -> Vec<Effect> {
    let mut out = Vec::new();
    for (index, inv) in analysis.invocations.iter().enumerate() {
        family(inv, &Cx { world: &Stub, line: analysis, index, protect: &[] }, &mut out);
    }
    out
}

/// The kinds that one family finds, in order.
pub(super) fn kinds(line: &str, family: fn(&Invocation, &Cx, &mut Vec<Effect>)) -> Vec<&'static str> {
    run(line, family).iter().map(|effect| effect.kind.as_str()).collect()
}

/// Reads a line.
pub(super) fn analyse(line: &str) -> Analysis {
    let mut reader = Reader { text: line.chars().collect(), at: 0, line: Analysis::default(), cwd: "/work/app".into() };
    reader.list(None);
    reader.line
}

struct Reader {
    text: Vec<char>,
    at: usize,
    line: Analysis,
    cwd: String,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }
    fn looking_at(&self, wanted: &str) -> bool {
        wanted.chars().enumerate().all(|(n, c)| self.text.get(self.at + n) == Some(&c))
    }

    /// Pipelines up to `end`; the indices of the last one's last program.
    fn list(&mut self, end: Option<char>) -> Vec<usize> {
        let mut last = Vec::new();
        loop {
            let piped = self.pipeline(end);
            if !piped.is_empty() {
                last = piped;
            }
            match self.peek() {
                None => return last,
                c if c == end => {
                    self.at += 1;
                    return last;
                }
                _ if self.looking_at("&&") || self.looking_at("||") => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    fn pipeline(&mut self, end: Option<char>) -> Vec<usize> {
        let mut before: Vec<usize> = Vec::new();
        loop {
            let made = self.command(&before, end);
            if self.peek() == Some('|') && !self.looking_at("||") {
                self.at += 1;
                for &index in &made {
                    self.line.invocations[index].stdout = Stdout::Pipe;
                }
                before = made;
            } else {
                return made;
            }
        }
    }

    fn command(&mut self, before: &[usize], end: Option<char>) -> Vec<usize> {
        let start = self.at;
        let mut words: Vec<Arg> = Vec::new();
        let mut redirects = Vec::new();
        let mut stdin = if before.is_empty() { Stdin::Inherit } else { Stdin::Pipe(before.to_vec()) };
        loop {
            while self.peek() == Some(' ') {
                self.at += 1;
            }
            match self.peek() {
                None | Some('|' | ';' | '\n') => break,
                c if c == end => break,
                _ if self.looking_at("&&") => break,
                _ => {}
            }
            if self.looking_at("<<< ") {
                self.at += 4;
                stdin = Stdin::Text(self.word(end).value);
            } else if self.looking_at("2>&1") || self.looking_at("0>&1") || self.looking_at("0<&1") {
                self.at += 4;
            } else if self.looking_at("2>") {
                self.at += 2;
                self.redirect(2, RedirectKind::Write, end);
            } else if self.looking_at("5<>") {
                self.at += 3;
                redirects.push(self.redirect(5, RedirectKind::ReadWrite, end));
            } else if self.looking_at("<(") {
                words.push(self.word(end));
            } else if let Some((mark, kind)) = [
                (">>", RedirectKind::Append),
                (">&", RedirectKind::Write),
                ("&>", RedirectKind::Write),
                (">", RedirectKind::Write),
                ("<", RedirectKind::Read),
            ]
            .into_iter()
            .find(|(mark, _)| self.looking_at(mark))
            {
                self.at += mark.len();
                let redirect = self.redirect(i32::from(kind != RedirectKind::Read), kind, end);
                if kind == RedirectKind::Read {
                    stdin = Stdin::File(redirect.target.clone());
                }
                redirects.push(redirect);
            } else {
                words.push(self.word(end));
            }
        }
        self.finish(words, redirects, stdin, Span::new(start, self.at))
    }

    fn redirect(&mut self, fd: i32, kind: RedirectKind, end: Option<char>) -> Redirect {
        while self.peek() == Some(' ') {
            self.at += 1;
        }
        let word = self.word(end);
        Redirect { fd, kind, target: word.value, span: word.span }
    }

    fn finish(&mut self, mut words: Vec<Arg>, redirects: Vec<Redirect>, stdin: Stdin, span: Span) -> Vec<usize> {
        let mut assigns = Vec::new();
        while let Some((name, _)) = words.first().and_then(|word| word.value.prefix().split_once('=')) {
            let name = name.to_owned();
            if !name.chars().all(|c| c.is_ascii_uppercase() || c == '_') {
                break;
            }
            assigns.push((name.clone(), super::options::behind(&words.remove(0).value, name.len() + 1)));
        }
        let elevated = words.first().is_some_and(|word| word.value.is("sudo"));
        if elevated {
            words.remove(0);
        }
        if words.is_empty() {
            return Vec::new();
        }
        let program = words.remove(0);
        if program.value.is("cd") {
            self.cwd = words.first().map(|word| word.value.text().into_owned()).unwrap_or_default();
        }
        let mut inv = Invocation {
            program,
            args: words,
            assigns,
            redirects,
            stdin: stdin.clone(),
            stdout: Stdout::Inherit,
            cwd: Value::lit(self.cwd.clone()),
            via: Vec::new(),
            elevated,
            remote: None,
            span,
            facts: Vec::new(),
            wrapper: false,
            repeated: false,
        };
        let inner = (inv.name() == Some("xargs"))
            .then(|| inv.args.iter().position(|arg| !arg.value.prefix().starts_with('-')))
            .flatten()
            .map(|at| inv.args.clone().split_off(at));
        inv.wrapper = inner.is_some();
        self.line.invocations.push(inv.clone());
        let mut index = self.line.invocations.len() - 1;
        if let (Some(mut words), Stdin::Pipe(from)) = (inner, stdin) {
            let appended = Value::unknown(Origin::Appended(from));
            let mut used = false;
            for word in &mut words {
                if let Some((front, back)) = word.value.literal().and_then(|text| text.split_once("{}")) {
                    let mut value = Value::lit(front);
                    value.push_value(&appended);
                    value.push_lit(back);
                    word.value = value;
                    used = true;
                }
            }
            if !used {
                words.push(Arg { value: appended, span });
            }
            inv.program = words.remove(0);
            inv.args = words;
            inv.wrapper = false;
            inv.repeated = true;
            inv.stdin = Stdin::Inherit;
            self.line.invocations.push(inv);
            index += 1;
        }
        vec![index]
    }

    fn word(&mut self, end: Option<char>) -> Arg {
        let start = self.at;
        let mut value = Value::default();
        let mut quoted = false;
        if self.peek() == Some('~') && matches!(self.text.get(self.at + 1), None | Some(' ' | '/' | ';' | '|')) {
            self.at += 1;
            value.push_lit("/home/u");
        }
        while let Some(c) = self.peek() {
            if !quoted && (matches!(c, ' ' | '|' | ';' | '\n') || Some(c) == end || self.looking_at("&&")) {
                break;
            }
            if !quoted && matches!(c, '>' | '<') && !self.looking_at("<(") {
                break;
            }
            self.at += 1;
            match c {
                '"' => quoted = !quoted,
                '\\' => {
                    let next = self.peek().unwrap_or('\\');
                    self.at += 1;
                    value.push_lit(&next.to_string());
                }
                '\'' if !quoted => {
                    while let Some(c) = self.peek().filter(|c| *c != '\'') {
                        value.push_lit(&c.to_string());
                        self.at += 1;
                    }
                    self.at += 1;
                }
                '$' | '<' if self.peek() == Some('(') => {
                    self.at += 1;
                    let first = self.line.invocations.len();
                    let last = self.list(Some(')'));
                    for index in last.iter().filter(|index| **index >= first) {
                        self.line.invocations[*index].stdout = Stdout::Captured;
                    }
                    value.push(unknown(Origin::Command(last), quoted));
                }
                '$' => {
                    let mut name = String::new();
                    while let Some(c) = self.peek().filter(|c| c.is_ascii_alphanumeric() || *c == '_') {
                        name.push(c);
                        self.at += 1;
                    }
                    match name.as_str() {
                        "" => value.push_lit("$"),
                        "HOME" => value.push_lit("/home/u"),
                        "DEPLOY_TOKEN" => value.push_lit("tok-0123456789abcdef"),
                        _ => value.push(unknown(Origin::Variable(name), quoted)),
                    }
                }
                '*' if !quoted => value.push(Seg::Glob("*".into())),
                c => value.push_lit(&c.to_string()),
            }
        }
        Arg { value, span: Span::new(start, self.at) }
    }
}

fn unknown(origin: Origin, quoted: bool) -> Seg {
    Seg::Unknown(Unknown { origin, quoted, may_be_empty: true, token: false })
}
