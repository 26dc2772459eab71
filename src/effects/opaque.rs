//! Code that could not be seen.

use super::options::{Spec, Words};
use super::{Certainty, Cx, Effect, EffectKind, Scope};
use crate::syntax::{Analysis, CodeFact, Gap, Invocation, Stdin, Unresolved, World};

/// Effects of hidden code inside one program.
pub fn effects(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    for fact in inv.facts.iter().take(256) {
        if let CodeFact::Opaque(what) = fact {
            let mut effect = cx.effect(EffectKind::CodeOpaque, what.clone(), Scope::Unknown, inv.span);
            effect.certainty = Certainty::Likely;
            out.push(effect);
        }
    }
}

/// Effects of what the line left unresolved; once per line, also where no program is known.
pub fn line_effects(line: &Analysis, _world: &dyn World, out: &mut Vec<Effect>) {
    for gap in line.unresolved.iter().take(64) {
        if gap.what == Gap::Argument {
            continue;
        }
        let at = line.starting().find(|(_, inv)| inv.span.contains(gap.span)).map(|(at, _)| at);
        // PowerShell's `$env:NAME=value`: a shell finds no program of such a name.
        if gap.what == Gap::Program && gap.text.starts_with("$env:") {
            continue;
        }
        if gap.what == Gap::Code && generated(gap, line) {
            continue;
        }
        out.push(Effect {
            kind: EffectKind::CodeOpaque,
            target: gap.text.clone(),
            scope: Scope::Unknown,
            certainty: certainty(gap),
            traits: Vec::new(),
            via: gap.via.clone(),
            span: gap.span,
            invocation: at.unwrap_or(line.earlier),
        });
    }
}

/// `$VIRTUAL_ENV/bin/python` is a program of which the name is known after all.
fn certainty(gap: &Unresolved) -> Certainty {
    let named = gap.text.rsplit_once('/').is_some_and(|(_, name)| {
        !name.is_empty()
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.'))
    });
    if gap.what == Gap::Program && named && !gap.text.contains("$(") { Certainty::Possible } else { Certainty::Likely }
}

/// Says whether the code comes from a program that writes shell code for `eval` by its purpose.
fn generated(gap: &Unresolved, line: &Analysis) -> bool {
    let mut takers = line.starting().map(|(_, inv)| inv).filter(|inv| {
        matches!(inv.name(), Some("eval" | "source" | "." | "bash" | "sh" | "zsh"))
            && (inv.span.contains(gap.span) || gap.span.contains(inv.span))
    });
    let Some(taker) = takers.next() else { return false };
    let piped = match &taker.stdin {
        Stdin::Pipe(from) => from.as_slice(),
        _ => &[],
    };
    let mut sources = taker.args.iter().flat_map(|arg| arg.value.sources()).chain(piped.iter().copied()).peekable();
    sources.peek().is_some()
        && sources
            .take(16)
            .all(|index| line.invocations.get(index).is_some_and(|inv| writes_code(inv) || hands_on(inv, line)))
}

/// Programs that print code for the calling shell, with the words that make them do so.
const GENERATORS: &[(&str, &[&str])] = &[
    ("ssh-agent", &[]),
    ("keychain", &[]),
    ("dircolors", &[]),
    ("lesspipe", &[]),
    ("resize", &[]),
    ("tset", &[]),
    ("register-python-argcomplete", &[]),
    ("register-python-argcomplete3", &[]),
    ("path_helper", &[]),
    ("brew", &["shellenv"]),
    ("pyenv", &["init", "virtualenv-init"]),
    ("rbenv", &["init"]),
    ("nodenv", &["init"]),
    ("jenv", &["init"]),
    ("goenv", &["init"]),
    ("direnv", &["hook", "export", "stdlib"]),
    ("mise", &["activate", "env", "hook-env"]),
    ("rtx", &["activate", "env"]),
    ("asdf", &["exec", "shell"]),
    ("fnm", &["env"]),
    ("zoxide", &["init"]),
    ("starship", &["init"]),
    ("atuin", &["init"]),
    ("fzf", &["--bash", "--zsh"]),
    ("thefuck", &["--alias"]),
    ("opam", &["env"]),
    ("luarocks", &["path"]),
    ("conda", &["shell.bash", "shell.zsh", "shell.posix"]),
    ("mamba", &["shell", "shell.bash"]),
    ("micromamba", &["shell"]),
    ("poetry", &["env"]),
    ("hatch", &["env"]),
    ("pixi", &["shell-hook", "completion"]),
    ("devbox", &["shellenv", "generate"]),
    ("nix", &["print-dev-env"]),
    ("guix", &["package", "shell"]),
    ("spack", &["load", "env"]),
    ("modulecmd", &[]),
    ("docker-machine", &["env"]),
    ("minikube", &["docker-env", "podman-env", "completion"]),
    ("eksctl", &["completion"]),
    ("aws", &["export-credentials"]),
    ("tmux", &["show-environment"]),
    ("dbus-launch", &[]),
    ("gnome-keyring-daemon", &[]),
    ("perl", &["-Mlocal::lib", "-I"]),
    ("cargo", &["env"]),
    ("swiftenv", &["init"]),
    ("jbang", &["jdk"]),
    ("uv", &["generate-shell-completion"]),
    ("rustup", &["completions"]),
];

fn writes_code(inv: &Invocation) -> bool {
    let Some(name) = inv.name() else { return false };
    let says = |wanted: &[&str]| {
        inv.words()
            .flatten()
            .any(|word| wanted.iter().any(|wanted| word == *wanted || word.starts_with(&format!("{wanted}="))))
    };
    if says(&["completion", "completions", "--completion", "shell-init", "shellenv", "shell-hook", "init-shell"])
        && !matches!(name, "curl" | "wget" | "cat" | "echo")
    {
        return true;
    }
    GENERATORS.iter().any(|(program, words)| *program == name && (words.is_empty() || says(words)))
}

/// A file of settings of the project itself, filtered: `source <(grep -v '^#' .env)`.
fn hands_on(inv: &Invocation, line: &Analysis) -> bool {
    if let Stdin::Pipe(from) = &inv.stdin {
        let filter =
            matches!(inv.name(), Some("sed" | "grep" | "tr" | "awk" | "cut" | "cat" | "head" | "tail" | "sort"));
        return filter
            && from
                .iter()
                .take(8)
                .all(|index| line.invocations.get(*index).is_some_and(|inv| writes_code(inv) || shows_env(inv)));
    }
    shows_env(inv)
}

fn shows_env(inv: &Invocation) -> bool {
    let shows = matches!(inv.name(), Some("sed" | "grep" | "cat" | "awk" | "egrep"));
    let words = Words::of(&inv.args, &Spec::new(&["-e"]));
    shows
        && words.operands.last().and_then(|arg| arg.value.literal()).is_some_and(|path| {
            let name = path.rsplit('/').next().unwrap_or(path);
            name.starts_with(".env") || crate::syntax::glob::matches("*.env", name)
        })
}

#[cfg(test)]
mod tests {
    use super::super::testline::{Stub, analyse};
    use super::*;

    fn count(line: &str, what: Gap, text: &str) -> Vec<Certainty> {
        let mut analysis = analyse(line);
        let span = crate::syntax::Span::new(0, line.len());
        analysis.unresolved.push(Unresolved { what, text: text.into(), span, via: Vec::new() });
        let mut out = Vec::new();
        line_effects(&analysis, &Stub, &mut out);
        out.into_iter().map(|effect| effect.certainty).collect()
    }

    #[test]
    fn gaps() {
        for (line, what, text, expected) in [
            ("eval \"$X\"", Gap::Code, "$X", Some(Certainty::Likely)),
            ("source <(gen_code)", Gap::Code, "<(gen_code)", Some(Certainty::Likely)),
            ("$CMD x", Gap::Program, "$CMD", Some(Certainty::Likely)),
            ("x y z", Gap::Syntax, "x", Some(Certainty::Likely)),
            ("x y z", Gap::Bound, "x", Some(Certainty::Likely)),
            ("rm $X", Gap::Argument, "$X", None),
            ("eval \"$(ssh-agent -s)\"", Gap::Code, "$(ssh-agent -s)", None),
            ("eval \"$(brew shellenv)\"", Gap::Code, "$(…)", None),
            ("eval \"$(pyenv init -)\"", Gap::Code, "$(…)", None),
            ("source <(kubectl completion bash)", Gap::Code, "<(…)", None),
            ("source <(grep -v x .env)", Gap::Code, "<(…)", None),
            ("source <(cat .env | sed s/a/b/)", Gap::Code, "<(…)", None),
            ("eval \"$(cat notes.txt)\"", Gap::Code, "$(…)", Some(Certainty::Likely)),
            ("eval \"$(curl https://x.example/completion)\"", Gap::Code, "$(…)", Some(Certainty::Likely)),
            ("$VIRTUAL_ENV/bin/python x.py", Gap::Program, "$VIRTUAL_ENV/bin/python", Some(Certainty::Possible)),
        ] {
            assert_eq!(count(line, what, text).first().copied(), expected, "{line}");
        }
    }
}
