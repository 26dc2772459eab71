//! Lines that would take away what an interactive shell asks before a line runs. They matter only there: what a script
//! does to its own prompt is nobody's business.
//!
//! Each shell has two gates, and the one between parsing and running holds by itself as long as nobody touches it; so
//! what counts is that gate, our own names, and another shell in this one's place.

use crate::effects::Certainty;
use crate::syntax::Invocation;

/// Shells that nothing asks in when they take this one's place.
const SHELLS: &[&str] =
    &["bash", "zsh", "fish", "sh", "dash", "ksh", "mksh", "tcsh", "csh", "ash", "busybox", "nu", "pwsh", "xonsh"];
/// Variables that carry a gate.
const CARRIERS: &[&str] = &["PS0", "preexec_functions", "zle_line_finish_functions"];
/// The names that our definitions begin with, and the array that a refusal names.
const OURS: &str = "__wardsh";

/// An assignment in the shell itself.
pub(super) fn variable(name: &str) -> Option<Certainty> {
    if name.starts_with(OURS) || name == "wardsh" {
        return Some(Certainty::Certain);
    }
    CARRIERS.contains(&name).then_some(Certainty::Likely)
}

/// What an invocation does to the gates.
pub(super) fn touched(inv: &Invocation) -> Option<(String, Certainty)> {
    let words: Vec<&str> = inv.words().flatten().collect();
    let has = |any: &[&str]| words.iter().any(|word| any.contains(word));
    let name = inv.name()?;
    let prints =
        matches!(name, "echo" | "printf" | "grep" | "rg" | "cat" | "less" | "wardsh" | "git" | "type" | "which");
    if !prints || (name == "printf" && words.first() == Some(&"-v")) {
        let assigned = words.iter().find_map(|word| {
            let name = word.split(['=', '[', '+']).next().unwrap_or(word);
            (name.starts_with(OURS)).then(|| name.to_owned())
        });
        if let Some(name) = assigned {
            return Some((name, Certainty::Certain));
        }
    }
    let likely = |what: &str| Some((what.to_owned(), Certainty::Likely));
    match name {
        "declare" | "typeset" | "local" | "export" | "readonly" | "unset" | "read" | "mapfile" | "readarray"
        | "printf" | "set" => {
            if name == "set" && !has(&["-e", "--erase"]) {
                return None;
            }
            let carrier = words.iter().map(|word| word.split(['=', '[', '+']).next().unwrap_or(word));
            let mut carriers = carrier.filter(|name| CARRIERS.contains(name) || *name == "wardsh");
            carriers.next().and_then(likely)
        }
        "bind" if has(&["-f", "-r", "-u"]) || words.iter().any(|word| enters(word)) => likely("keys that enter a line"),
        "shopt" if has(&["-u"]) && has(&["promptvars"]) => likely("promptvars"),
        "enable" if has(&["-n", "-f", "-d"]) => likely("builtins of the shell"),
        "zle" if words.iter().any(|word| word.starts_with("zle-line-finish") || word.contains("azhw:")) => {
            likely("zle-line-finish")
        }
        "add-zle-hook-widget" if words.iter().any(|word| word.contains("line-finish")) => likely("line-finish"),
        "add-zsh-hook" if has(&["-d", "-D"]) && has(&["preexec"]) => likely("preexec"),
        "unfunction" | "functions"
            if words.iter().any(|word| word.contains("preexec")) && has(&["-e", "--erase", "-m"]) =>
        {
            likely("preexec")
        }
        "emulate" if !has(&["-L", "-c"]) && !words.is_empty() => likely("the shell's options"),
        _ if SHELLS.contains(&name) && replaces(inv) => likely("another shell in this one's place"),
        _ => None,
    }
}

/// A binding of the keys that enter a line, or of any key to what enters one without its being asked about. In fish's
/// `bind`, each of its words.
fn enters(word: &str) -> bool {
    let (keys, bound) = word.rsplit_once(':').unwrap_or((word, word));
    let (keys, bound) = (keys.to_ascii_lowercase(), bound.trim());
    let entering = ["\\c-m", "\\c-j", "\\r", "\\n", "return", "newline", "\\e[990", "control-m", "control-j"];
    // Text that is typed for the user ends at the editor like all other.
    let typed = bound.starts_with(['"', '\'']);
    let functions = ["accept-line", "operate-and-get-next", "edit-and-execute-command"];
    entering.iter().any(|key| keys.contains(key))
        || (!typed && functions.iter().any(|function| bound.contains(function)))
        || matches!(word, "enter" | "\r" | "\n" | "execute" | "-e" | "--erase" | "ctrl-j" | "ctrl-m")
}

/// `exec bash`: started in the shell's own place, with nothing to run.
fn replaces(inv: &Invocation) -> bool {
    inv.remote.is_none()
        && inv.via.iter().any(|step| step == "exec")
        && !inv.words().flatten().any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains('c'))
}

#[cfg(test)]
mod tests {
    use crate::effects::{Cx, tamper};
    use crate::effects::{Effect, EffectKind};
    use crate::syntax::{self, FakeWorld};

    fn found(line: &str, interactive: bool) -> Vec<Effect> {
        let world = FakeWorld { interactive, ..FakeWorld::default() };
        let line = syntax::analyse(line, &world, false);
        let mut out = Vec::new();
        tamper::line_effects(&line, &world, &mut out);
        for (index, inv) in line.invocations.iter().enumerate() {
            tamper::effects(inv, &Cx { world: &world, line: &line, index, protect: &[] }, &mut out);
        }
        out.retain(|effect| effect.kind == EffectKind::GuardTamper);
        out
    }

    #[test]
    fn what_takes_the_gates_away_is_seen_where_there_are_any() {
        for line in [
            "PS0=",
            "PS0=; PROMPT_COMMAND=",
            "unset PS0",
            "declare PS0=x",
            "printf -v PS0 x",
            "read PS0 < f",
            "__wardsh_left=99",
            "unset __wardsh_key",
            "wardsh[0]=1",
            "bind '\"\\C-m\": accept-line'",
            "bind '\"\\C-j\": accept-line'",
            "bind '\"\\C-t\": accept-line'",
            "bind -f x",
            "bind -r '\\C-m'",
            "shopt -u promptvars",
            "enable -n printf",
            "enable -f ./x.so y",
            "exec bash --norc",
            "exec /bin/zsh -f",
            "exec fish",
            "preexec_functions=()",
            "unset preexec_functions",
            "zle -N zle-line-finish x",
            "zle -D zle-line-finish",
            "add-zle-hook-widget -D line-finish",
            "functions -e __wardsh_before",
            "unset -f __wardsh_ask",
            "unfunction __wardsh_before",
            "eval 'PS0='",
            "f() { PS0=; }; f",
        ] {
            assert!(!found(line, true).is_empty(), "{line}");
            if !line.contains("__wardsh") {
                assert!(found(line, false).is_empty(), "{line}: a script's own prompt");
            }
        }
    }

    #[test]
    fn what_a_prompt_is_made_of_is_left_alone() {
        for line in [
            "PS1=x",
            "preexec_functions+=(mine)",
            "PROMPT_COMMAND=",
            "PROMPT_COMMAND=\"x;$PROMPT_COMMAND\"",
            "HISTCONTROL=ignorespace",
            "set +o history",
            "set -o vi",
            "bind -p",
            "bind '\"\\e[A\": history-search-backward'",
            "bind '\"\\C-t\": \"ls -l\\C-m\"'",
            "bind 'set completion-ignore-case on'",
            "bindkey -v",
            "shopt -s globstar",
            "unset FOO",
            "declare -x A=1",
            "echo PS0= $PS0",
            "echo $__wardsh_key",
            "grep __wardsh_left f",
            "exec 3>&-",
            "exec bash -c 'ls'",
            "find . -exec bash -c 'ls' ';'",
            "bash",
            "zsh -f",
            "set -- a",
            "read -r x",
        ] {
            assert!(found(line, true).is_empty(), "{line}: {:?}", found(line, true));
        }
    }
}
