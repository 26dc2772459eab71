//! Lines that would take away what an interactive shell asks before a line runs. They matter only there: what a script
//! does to its own prompt is nobody's business.
//!
//! Each shell has two gates, and the one between parsing and running holds by itself as long as nobody touches it; so
//! what counts is that gate, our own names, and another shell in this one's place.

use crate::effects::Certainty;
use crate::syntax::gates::{CARRIERS, OURS};
use crate::syntax::{Invocation, glob};

/// Shells that nothing asks in when they take this one's place.
const SHELLS: &[&str] =
    &["bash", "zsh", "fish", "sh", "dash", "ksh", "mksh", "tcsh", "csh", "ash", "busybox", "nu", "pwsh", "xonsh"];
/// zsh keeps its functions in these: each is one by its name.
const TABLES: &[&str] = &["functions", "dis_functions"];
/// Some of what a pattern for names would take away.
const SOME: &[&str] = &["__wardsh_finish", "__wardsh_before", "__wardsh_ask", "preexec_functions", "zle-line-finish"];

/// An assignment in the shell itself.
pub(super) fn variable(name: &str) -> Option<Certainty> {
    if name.starts_with(OURS) || name == "wardsh" {
        return Some(Certainty::Certain);
    }
    (CARRIERS.contains(&name) || TABLES.contains(&name)).then_some(Certainty::Likely)
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
            let ours = word.get(word.find(OURS)?..)?;
            Some(ours.split(|ch: char| !ch.is_ascii_alphanumeric() && ch != '_').next().unwrap_or(ours).to_owned())
        });
        if let Some(name) = assigned {
            return Some((name, Certainty::Certain));
        }
    }
    let likely = |what: &str| Some((what.to_owned(), Certainty::Likely));
    if matches!(name, "unset" | "unfunction" | "functions" | "disable" | "enable")
        && has(&["-m", "-fm", "-mf"])
        && inv
            .args
            .iter()
            .any(|arg| arg.value.literal().is_none_or(|word| SOME.iter().any(|name| glob::matches(word, name))))
    {
        return likely("functions of the shell");
    }
    match name {
        "declare" | "typeset" | "local" | "export" | "readonly" | "unset" | "read" | "mapfile" | "readarray"
        | "printf" | "set" => {
            if name == "set" && (has(&["-r"]) || (has(&["-o"]) && has(&["restricted"]))) {
                return likely("restricted mode, in which no line can be asked about");
            }
            if name == "set" && !has(&["-e", "--erase"]) {
                return None;
            }
            let carrier = words.iter().map(|word| word.split(['=', '[', '+']).next().unwrap_or(word));
            let mut carriers =
                carrier.filter(|name| CARRIERS.contains(name) || TABLES.contains(name) || *name == "wardsh");
            carriers.next().and_then(likely)
        }
        "bind" if has(&["-f", "-r", "-u"]) || words.iter().any(|word| enters(word)) => likely("keys that enter a line"),
        "setopt" if words.iter().any(|word| word.replace('_', "").eq_ignore_ascii_case("restricted")) => {
            likely("restricted mode, in which no line can be asked about")
        }
        "shift" if words.iter().any(|word| CARRIERS.contains(word)) => likely("preexec"),
        "disable" if !words.is_empty() && !has(&["-a", "-s", "-p"]) => likely("builtins of the shell"),
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

/// What shells that ask by this trap hang on.
pub(super) fn debug_trap(inv: &Invocation) -> Option<(String, Certainty)> {
    let has = |wanted: &str| inv.words().flatten().any(|word| word == wanted);
    let sets = inv.name() == Some("trap") && has("DEBUG") && !has("-p");
    sets.then(|| ("trap DEBUG".to_owned(), Certainty::Likely))
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
    use crate::effects::{Cx, Shared, tamper};
    use crate::effects::{Effect, EffectKind};
    use crate::syntax::{self, FakeWorld};

    fn found(line: &str, interactive: bool) -> Vec<Effect> {
        let world = FakeWorld { interactive, ..FakeWorld::default() };
        let line = syntax::analyse(line, &world, false);
        let mut out = Vec::new();
        tamper::line_effects(&line, &world, &mut out);
        for (index, inv) in line.invocations.iter().enumerate() {
            tamper::effects(inv, &Cx::new(&world, &line, index, &[], &Shared::default()), &mut out);
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
            "for PS0 in ''; do :; done",
            "PS0() { :; }",
            "__wardsh_ask() { __wardsh_v=allow; }",
            "function __wardsh_before { :; }",
            "builtin() { :; }",
            "(( __wardsh_left = 99 ))",
            "echo $((__wardsh_left=99))",
            "x='__wardsh_left=99'; [[ x -eq 1 ]]",
            "let x=__wardsh_left=99",
            "declare -n R=__wardsh_left; R=99",
            ": ${__wardsh_ok:=x}",
            "A[__wardsh_left=9]=1",
            "for __wardsh_left in 9; do :; done",
            "unfunction -m '__w*'",
            "unset -f -m '*'",
            "unset -m \"$x\"",
            "disable -f -m '*'",
            "disable builtin",
            "shift preexec_functions",
            "unset functions",
            "functions[x]=:",
            "setopt RESTRICTED",
            "set -r",
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
            "unset -m 'FOO*'",
            "disable -a ll",
            "for i in 1 2; do echo $((i + 1)); done",
            "f() { ls; }",
            "read -r x",
        ] {
            assert!(found(line, true).is_empty(), "{line}: {:?}", found(line, true));
        }
    }
}
