//! Code on the line that shows secrets, as far as the facts about it and its text tell.

use super::super::touch::absolute;
use super::super::{Certainty, Cx, Effect};
use super::paths::{Class, classify};
use super::tokens::secret_name;
use super::{secret, shows};
use crate::syntax::{CodeFact, Invocation, Stdin};

/// Options behind which code stands.
const CODE: &[&str] = &["-c", "-e", "-p", "-r", "-E", "--eval", "-n", "-ne", "-pe"];

/// Code that reads a secret file: what it does with it cannot be seen. Code on the line itself is most often there to show it.
pub(super) fn effects(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    let inline = matches!(inv.stdin, Stdin::Text(_)) || inv.words().flatten().any(|word| CODE.contains(&word));
    for fact in inv.facts.iter().take(256) {
        let CodeFact::Read(path) = fact else { continue };
        let path = absolute(path, inv, cx);
        let Some((class, _)) = classify(&path, cx).filter(|(class, _)| *class >= Class::EnvFile) else { continue };
        let sure = if inline { Certainty::Likely } else { Certainty::Possible };
        out.push(secret(cx, &path, class, inv.span, sure, inline && shows(cx.index, cx, 0)));
    }
    if inline
        && let Some(name) = printed_variable(inv)
        && shows(cx.index, cx, 0)
    {
        out.push(secret(cx, &format!("${name}"), Class::Token, inv.span, Certainty::Likely, true));
    }
}

/// Calls that print one variable of the environment, up to its name.
const PRINTERS: &[&str] = &[
    "print(os.environ[",
    "print(os.environ.get(",
    "print(os.getenv(",
    "print(environ[",
    "console.log(process.env.",
    "console.log(process.env[",
    "puts ENV[",
    "puts(ENV[",
    "p ENV[",
    "echo getenv(",
    "echo $_ENV[",
    "print $ENV{",
    "print(System.get_env(",
];

/// The secret variable that code prints as it is: not its length, its first letters, or whether it is set.
fn printed_variable(inv: &Invocation) -> Option<String> {
    let stdin = match &inv.stdin {
        Stdin::Text(text) => Some(text),
        _ => None,
    };
    inv.args.iter().map(|arg| &arg.value).chain(stdin).take(32).find_map(|value| {
        let text = value.text();
        // None of them is without one.
        if !text.contains(['(', '[', '{']) {
            return None;
        }
        PRINTERS.iter().find_map(|printer| {
            let (_, rest) = text.split_once(printer)?;
            let rest = rest.trim_start_matches(['"', '\'']);
            let end =
                rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).unwrap_or(rest.len());
            let (name, behind) = rest.split_at_checked(end)?;
            let behind = behind.trim_start_matches(['"', '\'', ')', ']', '}', ' ']);
            let whole = behind.is_empty() || behind.starts_with([';', '\n', ',']);
            (whole && secret_name(name)).then(|| name.to_owned())
        })
    })
}
