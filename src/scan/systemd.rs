//! What a systemd unit starts, systemd.service(5): words without a shell, `;` between commands.

use super::{Command, Text};
use crate::syntax::Span;

/// Settings that hold a command.
const SETTINGS: &[&str] = &[
    "ExecStart",
    "ExecStartPre",
    "ExecStartPost",
    "ExecCondition",
    "ExecReload",
    "ExecStop",
    "ExecStopPre",
    "ExecStopPost",
];

pub(super) fn commands(text: &str) -> Vec<Command> {
    let mut found = Vec::new();
    let mut lines = text.split_inclusive('\n');
    let mut start = 0;
    while let Some(line) = lines.next() {
        let here = start;
        start += line.len();
        let Some((name, value)) = line.split_once('=') else { continue };
        if !SETTINGS.contains(&name.trim()) {
            continue;
        }
        let mut part = value;
        let mut at = here + line.len() - value.len();
        let mut whole = Text::default();
        loop {
            let bare = part.trim_end();
            let open = bare.ends_with('\\');
            let width = bare.trim_end_matches('\\').len().max(bare.len().saturating_sub(1));
            whole.push(text, Span::new(at, at + if open { width } else { bare.len() }));
            if !open {
                break;
            }
            whole.push_for(" ", Span::new(at + width, at + bare.len()));
            at = start;
            let Some(next) = lines.next() else { break };
            start += next.len();
            part = next;
        }
        let marks = |ch: char| ch.is_whitespace() || matches!(ch, '@' | '-' | ':' | '+' | '!' | '|');
        let skip = whole.as_str().len() - whole.as_str().trim_start_matches(marks).len();
        let mut bare = Text::default();
        bare.push_part(&whole, Span::new(skip, whole.as_str().len()));
        found.push(Command::new(&plain(&bare), name.trim()));
    }
    found
}

/// Takes the meaning of the shell's own signs from words, for no shell reads them; `%i` and its like are unknown.
fn plain(text: &Text) -> Text {
    let mut edits = Vec::new();
    let mut quote = None;
    let mut chars = text.as_str().char_indices().peekable();
    while let Some((at, ch)) = chars.next() {
        let span = Span::new(at, at + ch.len_utf8());
        match (quote, ch) {
            (Some(open), ch) if ch == open => quote = None,
            (None, '\'' | '"') => quote = Some(ch),
            (_, '\\') => drop(chars.next()),
            (None, '|' | '&' | '<' | '>' | '(' | ')' | '*' | '?' | '#' | '~' | '`' | '!') => {
                edits.push((span, format!("\\{ch}")));
            }
            (Some('"'), '`') => edits.push((span, "\\`".to_owned())),
            (_, '$') if chars.peek().is_some_and(|(_, next)| *next == '$') => {
                chars.next();
                edits.push((Span::new(at, at + 2), if quote == Some('\'') { "$" } else { "\\$" }.to_owned()));
            }
            (_, '%') => match chars.peek().copied() {
                Some((_, '%')) => {
                    chars.next();
                    edits.push((Span::new(at, at + 2), "%".to_owned()));
                }
                Some((_, letter)) if letter.is_ascii_alphabetic() => {
                    chars.next();
                    let value = format!("${{specifier_{letter}}}");
                    let value = if quote == Some('\'') { format!("'\"{value}\"'") } else { value };
                    edits.push((Span::new(at, at + 2), value));
                }
                _ => {}
            },
            _ => {}
        }
    }
    text.edited(&edits)
}

#[cfg(test)]
mod tests {
    use crate::scan::{Kind, Lines, commands};

    #[test]
    fn units_start_words() {
        let text =
            "[Service]\nExecStartPre=-/bin/rm -rf /run/%i | x\nExecStart=/bin/sh -c 'a | b' \\\n  \"c\"\n# Exec\n";
        let lines = Lines::of(text);
        let found: Vec<String> = commands(Kind::Systemd, "x.service", text)
            .unwrap()
            .iter()
            .map(|command| format!("{:?} {}", lines.place(command.span.start), command.text.as_str()))
            .collect();
        assert_eq!(found, ["(2, 15) /bin/rm -rf /run/${specifier_i} \\| x", "(3, 11) /bin/sh -c 'a | b'    \"c\""]);
    }
}
