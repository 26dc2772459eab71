//! Dockerfiles and Containerfiles: what `RUN`, `CMD`, `ENTRYPOINT` and `HEALTHCHECK` start.
//! See <https://docs.docker.com/reference/dockerfile/>.

use super::{Command, Place, Text, problem};
use crate::policy::located::Problem;
use crate::syntax::Span;

/// Instructions that may stand at the start of a line.
const INSTRUCTIONS: &[&str] = &[
    "FROM",
    "RUN",
    "CMD",
    "LABEL",
    "MAINTAINER",
    "EXPOSE",
    "ENV",
    "ADD",
    "COPY",
    "ENTRYPOINT",
    "VOLUME",
    "USER",
    "WORKDIR",
    "ARG",
    "ONBUILD",
    "STOPSIGNAL",
    "HEALTHCHECK",
    "SHELL",
];

/// One instruction, continued lines joined, its here-documents behind it.
struct Instruction {
    name: String,
    at: usize,
    body: Text,
    /// The here-document that is the whole body, if one is.
    script: Option<Text>,
}

pub(super) fn commands(path: &str, text: &str) -> Result<Vec<Command>, Problem> {
    let mut found = Vec::new();
    let mut vars: Vec<(String, String)> = vec![("HOME".to_owned(), "/root".to_owned())];
    let windows = escape_of(text) == '`';
    let mut shell = if windows { vec!["cmd".to_owned(), "/c".to_owned()] } else { Vec::new() };
    let mut reader = Reader { text, at: 0, escape: escape_of(text) };
    while let Some(mut inst) = reader.next() {
        if inst.name == "ONBUILD" {
            let (name, rest) = word(&inst.body);
            inst = Instruction { name: name.to_ascii_uppercase(), body: rest, ..inst };
        }
        if !INSTRUCTIONS.contains(&inst.name.as_str()) {
            return Err(problem(path, text, inst.at, format!("`{}` is not an instruction", shown(&inst.name))));
        }
        match inst.name.as_str() {
            "FROM" if !windows => shell.clear(),
            "SHELL" => match exec_form(&inst.body) {
                Some(words) => shell = words,
                None => return Err(problem(path, text, inst.at, "`SHELL` takes a JSON list of words")),
            },
            "ENV" | "ARG" => vars.extend(assignments(inst.body.as_str())),
            "RUN" | "CMD" | "ENTRYPOINT" | "HEALTHCHECK" => {
                if let Some(body) = started(&inst, &shell) {
                    let mut command = Command::new(&body, inst.name.as_str());
                    command.place = Place::Image;
                    command.vars.clone_from(&vars);
                    found.push(command);
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

/// What an instruction starts, as a shell would read it.
fn started(inst: &Instruction, shell: &[String]) -> Option<Text> {
    let mut body = inst.body.clone();
    while body.as_str().starts_with("--") {
        body = word(&body).1;
    }
    if inst.name == "HEALTHCHECK" {
        let (kind, rest) = word(&body);
        if !kind.eq_ignore_ascii_case("cmd") {
            return None;
        }
        body = rest;
    }
    if let Some(words) = exec_form(&body) {
        let mut text = Text::default();
        text.push_for(&shell_words::join(words), body.origin(Span::new(0, body.as_str().len())));
        return Some(text);
    }
    if let Some(script) = inst.script.as_ref().filter(|_| body.as_str().trim_start().starts_with("<<")) {
        return Some(match interpreter(script.as_str()) {
            Some(program) => script.quoted_behind(&program),
            None => script.clone(),
        });
    }
    let program = shell.first().map_or("sh", |program| program.rsplit(['/', '\\']).next().unwrap_or(program));
    match program.trim_end_matches(".exe") {
        "sh" | "bash" | "zsh" | "ash" | "dash" | "ksh" => Some(body),
        _ => Some(body.quoted_behind(&shell_words::join(shell))),
    }
}

/// The interpreter that a script's first line names, with what makes it take code; `None` for a shell.
fn interpreter(script: &str) -> Option<String> {
    let line = script.lines().next()?.strip_prefix("#!")?;
    let mut words = line.split_whitespace();
    let name = words.next()?.rsplit('/').next()?;
    let name = if name == "env" { words.find(|word| !word.starts_with('-'))? } else { name };
    match name {
        "sh" | "bash" | "zsh" | "dash" | "ash" | "ksh" => None,
        "perl" | "ruby" | "node" => Some(format!("{name} -e")),
        _ => Some(format!("{} -c", shell_words::quote(name))),
    }
}

/// A JSON list of strings.
fn exec_form(body: &Text) -> Option<Vec<String>> {
    let text = body.as_str().trim();
    text.starts_with('[').then(|| serde_json::from_str(text).ok())?
}

/// The first word and the rest.
fn word(text: &Text) -> (String, Text) {
    let text = text.trimmed();
    let end = text.as_str().find(char::is_whitespace).unwrap_or(text.as_str().len());
    let mut rest = Text::default();
    rest.push_part(&text, Span::new(end, text.as_str().len()));
    (text.as_str().get(..end).unwrap_or("").to_owned(), rest.trimmed())
}

/// `A=b C="d e"` or `A b`, as far as the values are known.
fn assignments(body: &str) -> Vec<(String, String)> {
    let words = shell_words::split(body).unwrap_or_default();
    let known = |name: &str, value: &str| (!value.contains('$')).then(|| (name.to_owned(), value.to_owned()));
    match words.as_slice() {
        [name, value, ..] if !name.contains('=') => known(name, value).into_iter().collect(),
        words => words.iter().filter_map(|word| word.split_once('=')).filter_map(|(n, v)| known(n, v)).collect(),
    }
}

/// The escape sign: a directive in the first lines may set it to a backtick.
fn escape_of(text: &str) -> char {
    for line in text.lines().map_while(|line| line.trim_start().strip_prefix('#')) {
        if let Some((name, value)) = line.split_once('=')
            && name.trim().eq_ignore_ascii_case("escape")
        {
            return if value.trim() == "`" { '`' } else { '\\' };
        }
    }
    '\\'
}

fn shown(word: &str) -> String {
    word.chars().filter(|ch| !ch.is_control()).take(40).collect()
}

/// Reads instruction by instruction.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    escape: char,
}

impl<'a> Reader<'a> {
    /// The next line without its end, and where it begins.
    fn line(&mut self) -> Option<(usize, &'a str)> {
        let at = self.at;
        let line = self.text.get(at..)?.split_inclusive('\n').next()?;
        self.at += line.len();
        Some((at, line.trim_end_matches(['\n', '\r'])))
    }

    fn next(&mut self) -> Option<Instruction> {
        let (at, first) = loop {
            let (at, line) = self.line()?;
            if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
                break (at, line);
            }
        };
        let mut whole = Text::default();
        let (mut at_line, mut line) = (at, first);
        loop {
            let bare = line.trim_end();
            let open = bare.strip_suffix(self.escape);
            let kept = open.unwrap_or(bare);
            whole.push(self.text, Span::new(at_line, at_line + kept.len()));
            if open.is_none() {
                break;
            }
            // Comments and empty lines between continued lines are left out.
            let next = loop {
                match self.line() {
                    Some((_, line)) if line.trim().is_empty() || line.trim_start().starts_with('#') => {}
                    next => break next,
                }
            };
            let Some(next) = next else { break };
            (at_line, line) = next;
        }
        let (name, body) = word(&whole);
        let name = name.to_ascii_uppercase();
        let at = whole.trimmed().origin(Span::new(0, 1)).start;
        let mut inst = Instruction { name, at, body, script: None };
        if matches!(inst.name.as_str(), "RUN" | "COPY" | "ADD" | "ONBUILD") {
            self.documents(&mut inst);
        }
        Some(inst)
    }

    /// Takes the here-documents that the instruction names.
    fn documents(&mut self, inst: &mut Instruction) {
        for (tabs, name) in documents_of(inst.body.as_str()) {
            let mut content = Text::default();
            let mut last = None;
            while let Some((at, line)) = self.line() {
                let bare = if tabs { line.trim_start_matches('\t') } else { line };
                if bare == name {
                    last = Some(Span::new(at, at + line.len()));
                    break;
                }
                let skip = line.len() - bare.len();
                content.push(self.text, Span::new(at + skip, self.at));
            }
            if inst.name == "RUN" {
                let here = inst.body.origin(Span::new(0, inst.body.as_str().len())).end;
                inst.body.push_for("\n", Span::new(here, here));
                inst.body.push_text(&content);
                match last {
                    Some(last) => inst.body.push(self.text, last),
                    None => inst.body.push_for(&format!("\n{name}"), Span::new(self.at, self.at)),
                }
            }
            inst.script.get_or_insert(content);
        }
    }
}

/// Names of here-documents in a line, and whether tabs in front of their lines go.
fn documents_of(body: &str) -> Vec<(bool, String)> {
    let mut found = Vec::new();
    for (at, _) in body.match_indices("<<") {
        let around = (body.get(..at).unwrap_or(""), body.get(at + 2..).unwrap_or(""));
        if around.0.ends_with('<') || around.1.starts_with('<') || around.0.ends_with("((") || found.len() > 16 {
            continue;
        }
        let rest = around.1.strip_prefix('-').unwrap_or(around.1);
        let tabs = rest.len() < around.1.len();
        let rest = rest.trim_start_matches(['"', '\'']);
        let end = rest.find(|ch: char| !ch.is_ascii_alphanumeric() && ch != '_').unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or("");
        if name.starts_with(|ch: char| ch.is_ascii_alphabetic() || ch == '_') {
            found.push((tabs, name.to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::scan::{Kind, Lines, commands};

    fn found(text: &str) -> Vec<String> {
        let lines = Lines::of(text);
        let all = commands(Kind::Docker, "Dockerfile", text).unwrap();
        let place = |at| {
            let (line, column) = lines.place(at);
            format!("{line}:{column}")
        };
        all.iter().map(|command| format!("{} {}", place(command.span.start), command.text.as_str())).collect()
    }

    #[test]
    fn instructions_start_commands() {
        let table: &[(&str, &[&str])] = &[
            ("FROM a\nRUN apt-get update \\\n  # why\n\n  && x\n", &["2:5 apt-get update   && x"]),
            ("FROM a\nRUN --mount=type=cache,target=/x --network=none make\n", &["2:49 make"]),
            ("RUN [\"rm\", \"-rf\", \"/a b\"]\n", &["1:5 rm -rf '/a b'"]),
            ("RUN <<EOF\nset -e\nrm x\nEOF\nCMD run\n", &["2:1 set -e\nrm x", "5:5 run"]),
            ("RUN <<-'E' \n\techo a\n\tE\n", &["2:2 echo a"]),
            ("RUN cat <<EOF > /x && y\na\nEOF\n", &["1:5 cat <<EOF > /x && y\na\nEOF"]),
            (
                "RUN <<X\n#!/usr/bin/env python3\nprint('a')\nX\n",
                &["2:1 python3 -c '#!/usr/bin/env python3\nprint('\\''a'\\'')\n'"],
            ),
            ("COPY <<EOF /x\nRUN rm\nEOF\nRUN a <<< b\n", &["4:5 a <<< b"]),
            ("HEALTHCHECK --interval=1s CMD curl x\nHEALTHCHECK NONE\n", &["1:31 curl x"]),
            ("onbuild run make\n", &["1:13 make"]),
            ("SHELL [\"/bin/bash\", \"-c\"]\nRUN a\n", &["2:5 a"]),
            (
                "# escape=`\nFROM w\nSHELL [\"powershell\", \"-Command\"]\nRUN a `\n b\n",
                &["4:5 powershell -Command 'a  b'"],
            ),
            ("RUN a\r\nRUN b \\\r\n c\r\n", &["1:5 a", "2:5 b  c"]),
        ];
        for (text, want) in table {
            assert_eq!(found(text), *want, "{text}");
        }
    }

    #[test]
    fn known_variables_and_faults() {
        let all = commands(Kind::Docker, "D", "FROM a\nARG V=1 W\nENV A b\nENV C=\"d e\" F=$A\nRUN x\n").unwrap();
        let names: Vec<String> = all[0].vars.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(names, ["HOME=/root", "V=1", "A=b", "C=d e"]);
        let error = commands(Kind::Docker, "D", "FROM a\n  RUNN x\n").unwrap_err().to_string();
        assert!(error.starts_with("D:2:3: `RUNN` is not an instruction"), "{error}");
    }
}
