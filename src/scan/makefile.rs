//! Recipes of a makefile, line by line, each for a shell of its own (GNU make manual, 5).
//!
//! Plain variables are put in. What only make itself can tell becomes a shell variable that nobody has set.

use std::collections::HashMap;

use super::template::{Quotes, variable};
use super::{Command, Text};
use crate::syntax::Span;

/// Variables inside each other.
const MAX_DEPTH: usize = 12;
/// Bytes that all expansions of a file may yield.
const MAX_VOLUME: usize = 1 << 20;

/// Variables that make sets itself.
const BUILT_IN: &[(&str, &str)] = &[
    ("MAKE", "make"),
    ("CURDIR", "."),
    ("RM", "rm -f"),
    ("CC", "cc"),
    ("CXX", "c++"),
    ("AR", "ar"),
    ("AS", "as"),
    ("LD", "ld"),
    ("SHELL", "/bin/sh"),
];

/// Directives that are no rules.
const DIRECTIVES: &[&str] = &[
    "ifeq", "ifneq", "ifdef", "ifndef", "else", "endif", "include", "-include", "sinclude", "vpath", "unexport",
    "export", "undefine",
];

pub(super) fn commands(text: &str) -> Vec<Command> {
    let mut make = Makefile { text, vars: HashMap::new(), spent: 0, recipes: Vec::new(), shells: Vec::new() };
    let one_shell = make.read();
    let recipes = std::mem::take(&mut make.recipes);
    let mut found: Vec<Command> = Vec::new();
    for recipe in recipes {
        let label = format!("recipe {}", recipe.target);
        let texts: Vec<Text> = recipe.lines.iter().map(|line| make.recipe_line(line, &recipe.target)).collect();
        if one_shell {
            let mut whole = Text::default();
            for text in &texts {
                whole.push_text(text);
                let end = text.origin(Span::new(0, text.as_str().len())).end;
                whole.push_for("\n", Span::new(end, end));
            }
            found.push(Command::new(&whole, label));
        } else {
            found.extend(texts.into_iter().map(|text| Command::new(&text, label.as_str())));
        }
    }
    for span in std::mem::take(&mut make.shells) {
        let text = make.filled(&Text::of(text, span), "");
        found.push(Command::new(&text, "shell function"));
    }
    found.retain(|command| !command.text.as_str().starts_with('#') || command.text.as_str().contains('\n'));
    found
}

struct Recipe {
    target: String,
    lines: Vec<Text>,
}

struct Makefile<'a> {
    text: &'a str,
    vars: HashMap<String, String>,
    spent: usize,
    recipes: Vec<Recipe>,
    /// What `$(shell …)` in assignments runs.
    shells: Vec<Span>,
}

impl Makefile<'_> {
    /// Reads rules and variables; true where a recipe is for one shell as a whole.
    fn read(&mut self) -> bool {
        let mut one_shell = false;
        let (mut in_rule, mut in_define) = (false, false);
        let mut rows = Rows { text: self.text, at: 0 };
        while let Some((at, line)) = rows.next() {
            if in_define {
                in_define = line.trim() != "endef";
                continue;
            }
            if line.starts_with('\t') && in_rule {
                let recipe = rows.continued(at + 1, line.get(1..).unwrap_or(""), true);
                if let Some(last) = self.recipes.last_mut() {
                    last.lines.push(recipe);
                }
                continue;
            }
            let whole = rows.continued(at, line, false);
            let bare = whole.as_str().trim();
            let first = bare.split_whitespace().next().unwrap_or("");
            if bare.is_empty() || bare.starts_with('#') {
                continue;
            }
            if first == "define" {
                in_define = true;
                continue;
            }
            let plain = bare.strip_prefix("export ").or_else(|| bare.strip_prefix("override ")).unwrap_or(bare);
            if let Some((name, sign, value)) = assignment(plain) {
                self.assign(name, sign, value);
                self.note_shells(&whole);
            } else if DIRECTIVES.contains(&first) {
                self.note_shells(&whole);
            } else if let Some(recipe) = self.rule(&whole) {
                one_shell |= recipe.target == ".ONESHELL";
                in_rule = true;
                self.recipes.push(recipe);
            }
        }
        one_shell
    }

    fn assign(&mut self, name: &str, sign: &str, value: &str) {
        let value = value.split(" #").next().unwrap_or(value).trim();
        match (sign, self.vars.get_mut(name)) {
            ("?=", Some(_)) => {}
            ("+=", Some(old)) => {
                if old.len() < MAX_VOLUME {
                    old.push(' ');
                    old.push_str(value);
                }
            }
            ("!=", _) => drop(self.vars.insert(name.to_owned(), format!("$(shell {value})"))),
            _ => drop(self.vars.insert(name.to_owned(), value.to_owned())),
        }
    }

    /// `$(shell …)` outside of recipes runs as soon as make reads the file.
    fn note_shells(&mut self, line: &Text) {
        let mut done = 0;
        for (at, opening) in line.as_str().match_indices("$(shell ") {
            if at >= done {
                done = closing(line.as_str(), at + 1);
                self.shells.push(line.origin(Span::new(at + opening.len(), done)));
            }
        }
    }

    /// `targets: needs ; recipe`; variables for one target are none.
    fn rule(&mut self, line: &Text) -> Option<Recipe> {
        let text = line.as_str();
        let colon = outer_colon(text)?;
        let targets = text.get(..colon)?.trim().to_owned();
        let needs = text.get(colon..)?.trim_start_matches(':');
        let start = text.len() - needs.len();
        let semicolon = needs.find(';').map(|at| start + at + 1);
        if let Some((name, sign, value)) = assignment(needs.trim()).filter(|_| semicolon.is_none()) {
            self.assign(name, sign, value);
            return None;
        }
        let mut lines = Vec::new();
        if let Some(semicolon) = semicolon {
            let mut recipe = Text::default();
            recipe.push_part(line, Span::new(semicolon, text.len()));
            lines.push(recipe.trimmed());
        }
        let target = if targets.contains('$') { self.expanded(&targets, "", 0) } else { targets };
        (!target.is_empty()).then_some(Recipe { target, lines })
    }

    /// A line of a recipe without make's own marks.
    fn recipe_line(&mut self, line: &Text, target: &str) -> Text {
        let filled = self.filled(&line.trimmed(), target);
        let marks = |ch: char| ch.is_whitespace() || matches!(ch, '@' | '-' | '+');
        let skip = filled.as_str().len() - filled.as_str().trim_start_matches(marks).len();
        let mut out = Text::default();
        out.push_part(&filled, Span::new(skip, filled.as_str().len()));
        out
    }

    /// The text with make's references put in.
    fn filled(&mut self, text: &Text, target: &str) -> Text {
        let line = text.as_str();
        let mut edits = Vec::new();
        let mut quotes = Quotes::default();
        let mut at = 0;
        while let Some(ch) = line.get(at..).and_then(|rest| rest.chars().next()) {
            if ch != '$' {
                quotes.step(ch);
                at += ch.len_utf8();
                continue;
            }
            let (name, end) = reference_at(line, at);
            let glued = line.get(end..).is_some_and(|rest| rest.starts_with(|ch: char| ch.is_ascii_alphanumeric()));
            let value = match self.reference(name, target, 0) {
                // `$(Q)rm`: what stands glued to the program is one of make's marks.
                value if glued && value.starts_with("${") && line.get(..at).unwrap_or("").trim().is_empty() => {
                    String::new()
                }
                value if quotes.single() && value.starts_with("${") => format!("'\"{value}\"'"),
                value => value,
            };
            edits.push((Span::new(at, end), value));
            at = end;
        }
        text.edited(&edits)
    }

    /// Expands a text within a variable or a target.
    fn expanded(&mut self, text: &str, target: &str, depth: usize) -> String {
        let mut out = String::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let plain = rest.find('$').unwrap_or(rest.len());
            out.push_str(rest.get(..plain).unwrap_or(""));
            self.spent += plain + 1;
            if plain == rest.len() || self.spent > MAX_VOLUME {
                break;
            }
            let (name, end) = reference_at(text, at + plain);
            out.push_str(&self.reference(name, target, depth + 1));
            at = end;
        }
        out
    }

    /// What stands for a reference in the shell's text.
    fn reference(&mut self, name: &str, target: &str, depth: usize) -> String {
        if name == "$" {
            return "$".to_owned();
        }
        if depth > MAX_DEPTH || self.spent > MAX_VOLUME {
            return format!("${{{}}}", variable(name));
        }
        if name == "@" && !target.is_empty() && !target.contains(['%', '$', ' ']) {
            return target.to_owned();
        }
        if let Some((function, words)) = name.split_once(char::is_whitespace) {
            return match function {
                "shell" => format!("$({})", self.expanded(words, target, depth)),
                "wildcard" | "strip" | "sort" | "abspath" | "realpath" => self.expanded(words.trim(), target, depth),
                "info" | "warning" | "error" | "eval" => String::new(),
                _ => format!("${{make_{}}}", variable(function)),
            };
        }
        if let Some(value) = self.vars.get(name).cloned() {
            return self.expanded(&value, target, depth);
        }
        match BUILT_IN.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => (*value).to_owned(),
            None if name.chars().all(|ch| ch.is_ascii_alphanumeric() || ch == '_') && name.len() > 1 => {
                format!("${{{name}}}")
            }
            None => format!("${{make_{}}}", variable(name)),
        }
    }
}

/// The name of a reference that starts at a `$`, and where it ends.
fn reference_at(text: &str, at: usize) -> (&str, usize) {
    let rest = text.get(at + 1..).unwrap_or("");
    match rest.chars().next() {
        Some('(' | '{') => {
            let end = closing(text, at + 1);
            (text.get(at + 2..end).unwrap_or(""), (end + 1).min(text.len()))
        }
        Some(ch) => (rest.get(..ch.len_utf8()).unwrap_or(""), at + 1 + ch.len_utf8()),
        None => ("$", at + 1),
    }
}

/// Where the bracket at an offset closes; the end where it does not.
fn closing(text: &str, at: usize) -> usize {
    let mut open = 0_usize;
    for (offset, ch) in text.get(at..).unwrap_or("").char_indices() {
        match ch {
            '(' | '{' => open += 1,
            ')' | '}' => {
                open = open.saturating_sub(1);
                if open == 0 {
                    return at + offset;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// `NAME := value`: name, sign, value.
fn assignment(line: &str) -> Option<(&str, &str, &str)> {
    let end = line.find(|ch: char| ch.is_whitespace() || matches!(ch, '=' | ':' | '?' | '+' | '!'))?;
    let (name, rest) = line.split_at_checked(end)?;
    let rest = rest.trim_start();
    let sign = [":::=", "::=", ":=", "?=", "+=", "!=", "="].into_iter().find(|sign| rest.starts_with(sign))?;
    let valid = !name.is_empty() && !name.contains(['$', '%', '/', '(']);
    valid.then(|| (name, sign, rest.get(sign.len()..).unwrap_or("").trim()))
}

/// The colon of a rule, outside of references.
fn outer_colon(line: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, ch) in line.char_indices() {
        match ch {
            '(' | '{' => open += 1,
            ')' | '}' => open = open.saturating_sub(1),
            ':' if open == 0 => return Some(at),
            '#' => return None,
            _ => {}
        }
    }
    None
}

/// Lines with their offsets.
struct Rows<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Rows<'a> {
    fn next(&mut self) -> Option<(usize, &'a str)> {
        let at = self.at;
        let line = self.text.get(at..)?.split_inclusive('\n').next()?;
        self.at += line.len();
        Some((at, line.trim_end_matches(['\n', '\r'])))
    }

    /// A line with those that continue it: a recipe keeps backslash and newline for the shell, others get a blank.
    fn continued(&mut self, at: usize, line: &str, recipe: bool) -> Text {
        let mut out = Text::default();
        let (mut at, mut line) = (at, line);
        loop {
            let slashes = line.len() - line.trim_end_matches('\\').len();
            if slashes % 2 == 0 {
                out.push(self.text, Span::new(at, at + line.len()));
                return out;
            }
            let kept = at + line.len() - 1;
            out.push(self.text, Span::new(at, kept));
            out.push_for(if recipe { "\\\n" } else { " " }, Span::new(kept, kept + 1));
            let Some((next, text)) = self.next() else { return out };
            let skip = if recipe { usize::from(text.starts_with('\t')) } else { text.len() - text.trim_start().len() };
            (at, line) = (next + skip, text.get(skip..).unwrap_or(""));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scan::{Kind, Lines, commands};

    #[test]
    fn recipes_with_their_variables() {
        let table: &[(&str, &[&str])] = &[
            ("a: b\n\t@rm -rf $(OUT)/x\nOUT := build # y\n", &["2:3 a|rm -rf build/x"]),
            ("OUT=a\nx:\n\techo $$HOME ${OUT} $(NONE) $@ $<\n", &["3:2 x|echo $HOME a ${NONE} x ${make_x}"]),
            ("x:\n\ta && \\\n\t  b\n", &["2:2 x|a && \\\n  b"]),
            ("x: y ; make z\n", &["1:8 x|make z"]),
            ("A = $(B)/c\nB = d\nx:\n\t-@+ rm $(A)\n", &["4:6 x|rm d/c"]),
            ("V := $(shell rm x)\nx:\n\techo $(shell git log)\n", &["1:14 |rm x", "3:2 x|echo $(git log)"]),
            ("x:\n\t$(Q)rm -rf a\n\t$(CC) -c y\n", &["2:6 x|rm -rf a", "3:2 x|cc -c y"]),
            ("x:\n\techo '$(NONE)'\n\t# no\n", &["2:2 x|echo ''\"${NONE}\"''"]),
            ("define d\n\trm x\nendef\nx: V = 1\nx:\n\techo $(V)\n", &["6:2 x|echo 1"]),
            (".ONESHELL:\nx:\n\tcd a\n\trm b\n", &["3:2 x|cd a\nrm b"]),
            ("A = $(A)\nx:\n\trm $(A)\n", &["3:2 x|rm ${A}"]),
            ("ifeq (a,b)\nx:\n\trm $(addprefix a,b)\nendif\n", &["3:2 x|rm ${make_addprefix}"]),
        ];
        for (text, want) in table {
            let lines = Lines::of(text);
            let found: Vec<String> = commands(Kind::Make, "Makefile", text)
                .unwrap()
                .iter()
                .map(|command| {
                    let (line, column) = lines.place(command.span.start);
                    let target = command.label.strip_prefix("recipe ").unwrap_or("");
                    format!("{line}:{column} {target}|{}", command.text.as_str())
                })
                .collect();
            assert_eq!(found, *want, "{text}");
        }
    }
}
