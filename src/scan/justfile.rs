//! Recipes of a justfile: each line for a shell of its own, or the whole where it starts with `#!`.

use super::template::{Template, filled};
use super::{Command, Text};
use crate::syntax::Span;

pub(super) fn commands(text: &str) -> Vec<Command> {
    let mut found = Vec::new();
    let mut recipe: Option<Recipe<'_>> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let span = Span::new(at, at + line.trim_end().len());
        at += line.len();
        if line.trim().is_empty() {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            if let Some(recipe) = &mut recipe {
                recipe.line(text, Span::new(span.start + line.len() - line.trim_start().len(), span.end));
            }
            continue;
        }
        if line.starts_with('#') || line.starts_with('[') {
            continue;
        }
        found.extend(recipe.take().into_iter().flat_map(Recipe::commands));
        let head = line.trim_end();
        if let Some(colon) = colon(head) {
            let name = head.get(..colon).unwrap_or("").split_whitespace().next().unwrap_or("").trim_start_matches('@');
            recipe = Some(Recipe { name, lines: Vec::new() });
        } else if let Some(start) = head.find('`') {
            // `name := `command``
            let end = head.rfind('`').unwrap_or(start);
            let whole = Text::of(text, Span::new(span.start + start + 1, span.start + end.max(start + 1)));
            found.push(Command::new(&filled(&whole, &[Template::Braces]), "backticks"));
        }
    }
    found.extend(recipe.into_iter().flat_map(Recipe::commands));
    found
}

/// The colon behind a recipe's name and parameters; none in an assignment.
fn colon(head: &str) -> Option<usize> {
    let mut quote = None;
    for (at, ch) in head.char_indices() {
        match (quote, ch) {
            (Some(open), ch) if ch == open => quote = None,
            (None, '\'' | '"' | '`') => quote = Some(ch),
            (None, ':') => return (head.as_bytes().get(at + 1) != Some(&b'=')).then_some(at),
            _ => {}
        }
    }
    None
}

struct Recipe<'a> {
    name: &'a str,
    lines: Vec<Text>,
}

impl Recipe<'_> {
    fn line(&mut self, file: &str, span: Span) {
        match self.lines.last_mut().filter(|last| last.as_str().ends_with('\\')) {
            Some(last) => {
                let mut joined = Text::default();
                joined.push_part(last, Span::new(0, last.as_str().len() - 1));
                joined.push(file, span);
                *last = joined;
            }
            None => self.lines.push(Text::of(file, span)),
        }
    }

    fn commands(self) -> Vec<Command> {
        let label = format!("recipe {}", self.name);
        let texts = match self.lines.first().filter(|line| line.as_str().starts_with("#!")) {
            Some(first) if first.as_str().contains("sh") => {
                let mut whole = Text::default();
                for line in &self.lines {
                    whole.push_text(line);
                    let end = line.origin(Span::new(0, line.as_str().len())).end;
                    whole.push_for("\n", Span::new(end, end));
                }
                vec![whole]
            }
            Some(_) => Vec::new(),
            None => self.lines.iter().map(without_marks).collect(),
        };
        let filled = texts.iter().map(|text| filled(text, &[Template::Braces]));
        filled
            .filter(|text| !text.as_str().starts_with('#') || text.as_str().contains('\n'))
            .map(|text| Command::new(&text, label.as_str()))
            .collect()
    }
}

fn without_marks(text: &Text) -> Text {
    let skip = text.as_str().len() - text.as_str().trim_start_matches(['@', '-']).len();
    let mut out = Text::default();
    out.push_part(text, Span::new(skip, text.as_str().len()));
    out
}

#[cfg(test)]
mod tests {
    use crate::scan::{Kind, Lines, commands};

    #[test]
    fn recipes() {
        let text = "v := `git tag`\nalias b := build\n\nbuild target='a:b': dep\n    @rm -rf {{target}} \\\n      x\n    # no\n\n    -ls\ns:\n  #!/usr/bin/env bash\n  cd a\n  rm x\np:\n  #!/usr/bin/env python3\n  x\n";
        let lines = Lines::of(text);
        let found: Vec<String> = commands(Kind::Just, "justfile", text)
            .unwrap()
            .iter()
            .map(|command| format!("{:?} {} {}", lines.place(command.span.start), command.label, command.text.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                "(1, 7) backticks git tag",
                "(5, 6) recipe build rm -rf ${target} x",
                "(9, 6) recipe build ls",
                "(11, 3) recipe s #!/usr/bin/env bash\ncd a\nrm x",
            ]
        );
    }
}
