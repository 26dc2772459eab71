//! Crontabs, crontab(5): five fields or `@daily`, in the system's own files a user, then the command.

use super::{Command, Text};
use crate::syntax::Span;

pub(super) fn commands(path: &str, text: &str) -> Vec<Command> {
    let rooted = format!("/{path}");
    let with_user = rooted.contains("/cron.d/") || rooted.ends_with("/etc/crontab");
    let mut vars: Vec<(String, String)> = Vec::new();
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let (here, end) = (start, start + line.trim_end().len());
        start += line.len();
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        if let Some((name, value)) = setting(bare) {
            vars.push((name.to_owned(), value.to_owned()));
            continue;
        }
        let fields = if bare.starts_with('@') { 1 } else { 5 } + usize::from(with_user);
        let Some(offset) = behind_fields(line, fields) else { continue };
        let whole = Text::of(text, Span::new(here + offset, end));
        let mut command = Command::new(&until_percent(&whole), "cron");
        command.vars.clone_from(&vars);
        found.push(command);
    }
    found
}

/// `NAME = value`; the name is a word of letters.
fn setting(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let valid = !name.is_empty() && name.chars().all(|ch| ch.is_ascii_alphanumeric() || ch == '_');
    valid.then(|| (name, value.trim().trim_matches(['"', '\''])))
}

/// The offset behind so many fields and the blanks after them.
fn behind_fields(line: &str, fields: usize) -> Option<usize> {
    let mut rest = line.trim_start();
    for _ in 0..fields {
        let end = rest.find(char::is_whitespace)?;
        rest = rest.get(end..)?.trim_start();
    }
    (!rest.is_empty()).then(|| line.len() - rest.len())
}

/// The first `%` ends the command, what follows is its input; `\%` is a percent sign.
fn until_percent(text: &Text) -> Text {
    let bytes = text.as_str().as_bytes();
    let mut edits = Vec::new();
    for (at, _) in text.as_str().match_indices('%') {
        if at > 0 && bytes.get(at - 1) == Some(&b'\\') {
            edits.push((Span::new(at - 1, at), String::new()));
        } else {
            edits.push((Span::new(at, bytes.len()), String::new()));
            break;
        }
    }
    text.edited(&edits)
}

#[cfg(test)]
mod tests {
    use crate::scan::{Kind, Lines, commands};

    #[test]
    fn tables_of_users_and_of_the_system() {
        let text = "MAILTO=me\n# x\n*/5 * * * *  cd /srv && ./run\n@daily echo 100\\% %in\n0 3 * * * root rm -rf /x\n";
        let found = |path: &str| -> Vec<String> {
            let lines = Lines::of(text);
            let all = commands(Kind::Cron, path, text).unwrap();
            all.iter()
                .map(|command| {
                    let (line, column) = lines.place(command.span.start);
                    format!("{line}:{column} {}", command.text.as_str())
                })
                .collect()
        };
        assert_eq!(found("my.cron"), ["3:14 cd /srv && ./run", "4:8 echo 100%", "5:11 root rm -rf /x"]);
        assert_eq!(found("/etc/cron.d/x")[2], "5:16 rm -rf /x");
    }
}
