//! Hands on the guard itself: its files and binary, its verbs for people, its variables, the agents' hook settings.

mod gates;

use super::home;
use super::options::{Spec, Words};
use super::touch::{How, Touched};
use super::{Certainty, Cx, Effect, EffectKind, Scope, Trait};
use crate::syntax::{Analysis, Invocation, Origin, RedirectKind, Span, Stdin, Value, World};
use crate::syntax::{glob, paths};

/// Folders and files of ours below a home folder.
const OURS_HOME: &[&str] = &[".config/wardsh", ".local/state/wardsh", ".local/share/wardsh", ".wardsh"];
/// … and of the system.
const OURS_SYSTEM: &[&str] =
    &["/etc/wardsh", "/var/lib/wardsh", "/usr/lib/wardsh", "/usr/share/wardsh", "/opt/wardsh", "/run/wardsh"];

/// Where agents keep hooks and settings, below a home folder or a project; a `*` for one name.
const AGENTS: &[&str] = &[
    ".claude/settings.json",
    ".claude/settings.local.json",
    ".claude/hooks/*",
    ".claude/hooks",
    ".codex/hooks.json",
    ".codex/config.toml",
    ".gemini/settings.json",
    ".gemini/config/hooks.json",
    ".agents/hooks.json",
    ".cursor/hooks.json",
    ".cursor/hooks/*",
    ".copilot/hooks/*",
    ".copilot/hooks",
    ".copilot/settings.json",
    ".copilot/config.json",
    ".github/hooks/*",
    ".github/hooks",
    ".config/opencode/opencode.json",
    ".config/opencode/plugin/*",
    ".config/opencode/plugins/*",
    ".opencode/plugin/*",
    ".opencode/plugins/*",
    ".config/crush/crush.json",
    ".config/goose/config.yaml",
    ".config/amp/settings.json",
    ".hermes/hooks/*",
];
/// Folders of agents whose removal takes the hooks with it.
const AGENT_DIRS: &[&str] = &[".claude", ".codex", ".gemini", ".cursor", ".copilot", ".config/opencode"];
/// Settings of the system for agents.
const AGENTS_SYSTEM: &[&str] = &[
    "/etc/claude-code",
    "/etc/cursor",
    "/etc/codex",
    "/etc/github-copilot",
    "/Library/Application Support/ClaudeCode",
];

/// Variables that put the guard into an agent's way.
const GUARD_VARIABLES: &[&str] = &["CLAUDE_CODE_SHELL", "CLAUDE_CODE_SHELL_PREFIX", "WARDSH"];

/// Effects on the guard.
pub fn effects(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    for (touched, sure) in
        cx.touched().iter().filter_map(|touched| guarded(touched, cx).map(|sure| (touched, sure))).take(16)
    {
        push(cx, &touched.path, sure, touched.span, out);
    }
    if let Some(text) = others_descriptor(inv) {
        push(cx, &text, Certainty::Likely, inv.span, out);
    }
    if speaks_to_socket(inv) {
        push(cx, "wardsh socket", Certainty::Certain, inv.span, out);
    }
    if let Some(what) = binary_word(inv, cx) {
        push(cx, &what, Certainty::Certain, inv.span, out);
    }
    for (name, _) in inv.assigns.iter().filter(|(name, _)| is_guard_variable(name)).take(4) {
        let shell_wide = cx.line.assigns.iter().any(|assign| assign.name == *name);
        if !shell_wide {
            push(cx, name, Certainty::Certain, inv.span, out);
        }
    }
    let found = match inv.name() {
        _ if is_us(inv, cx) => verb(inv).map(|what| (what, Certainty::Certain)),
        Some("pkill" | "killall" | "kill" | "systemctl" | "launchctl" | "xkill") => killed(inv, cx),
        Some("gdb" | "lldb" | "strace" | "reptyr" | "gcore") => attached(inv, cx),
        Some("cargo" | "brew" | "npm" | "pip" | "pip3" | "pipx" | "snap" | "pacman" | "nix" | "nix-env") => {
            let words: Vec<_> = inv.words().flatten().collect();
            let removes =
                |word: &&str| matches!(*word, "uninstall" | "remove" | "rm" | "unlink" | "-R" | "-Rns" | "-e");
            let us = words.iter().any(|word| word.trim_end_matches("-bin") == "wardsh");
            (us && words.iter().any(removes)).then(|| ("wardsh uninstalled".to_owned(), Certainty::Certain))
        }
        Some("export" | "declare" | "typeset" | "readonly" | "unset" | "env" | "local" | "setenv") => variables(inv),
        Some("chsh") => inv
            .words()
            .flatten()
            .any(|word| word == "-s" || word == "--shell")
            .then(|| ("login shell".to_owned(), Certainty::Likely)),
        _ => None,
    };
    if let Some((what, sure)) = found {
        push(cx, &what, sure, inv.span, out);
    }
    let gate = if cx.world.interactive() { gates::touched(inv) } else { None };
    if let Some((what, sure)) = gate.or_else(|| gates::debug_trap(inv)) {
        let effect = cx.effect(EffectKind::GuardTamper, &what, Scope::Protected, inv.span);
        out.push(Effect { certainty: sure, ..effect }.with([Trait::Gate]));
    }
}

/// Assignments in the shell itself that reach for the guard's variables; once per line, also where no program is started.
pub fn line_effects(line: &Analysis, world: &dyn World, out: &mut Vec<Effect>) {
    let sure = |name: &str| {
        if is_guard_variable(name) {
            return Some((Certainty::Certain, Vec::new()));
        }
        let gate = if world.interactive() { gates::variable(name) } else { None };
        gate.map(|sure| (sure, vec![Trait::Gate]))
    };
    let all = line.assigns.iter().filter_map(|assign| Some((assign, sure(&assign.name)?)));
    for (assign, (certainty, traits)) in all.take(16) {
        out.push(Effect {
            kind: EffectKind::GuardTamper,
            target: assign.name.clone(),
            scope: Scope::Unknown,
            certainty,
            traits,
            via: Vec::new(),
            span: assign.span,
            invocation: line.earlier,
        });
    }
}

/// A descriptor of another process that is written to, `/proc/$PPID/fd/1`: it leads past the masker where that process is
/// the guard. One's own, and the first process's, where a container's log is, lead nowhere else.
fn others_descriptor(inv: &Invocation) -> Option<String> {
    let redirected = inv.redirects.iter().filter(|redirect| redirect.kind != RedirectKind::Read).map(|to| &to.target);
    let writes = matches!(inv.name(), Some("tee" | "dd" | "cp" | "install" | "sponge"));
    let named = inv.args.iter().filter(|_| writes).map(|arg| &arg.value);
    redirected.chain(named).map(|value| value.text().into_owned()).find(|text| {
        let text = text.strip_prefix("of=").unwrap_or(text);
        let Some((process, _)) = text.strip_prefix("/proc/").and_then(|rest| rest.split_once("/fd/")) else {
            return false;
        };
        !matches!(process, "self" | "thread-self" | "1" | "$$" | "$BASHPID") && !process.starts_with("self/task/")
    })
}

fn push(cx: &Cx, target: &str, sure: Certainty, span: Span, out: &mut Vec<Effect>) {
    let mut effect = cx.effect(EffectKind::GuardTamper, target, Scope::Protected, span);
    effect.certainty = sure;
    out.push(effect);
}

fn is_guard_variable(name: &str) -> bool {
    name.starts_with("WARDSH_") || GUARD_VARIABLES.contains(&name)
}

/// Says how sure we are that touching a path touches the guard.
fn guarded(touched: &Touched, cx: &Cx) -> Option<Certainty> {
    let path = touched.path.as_str();
    let removes = touched.how == How::Remove;
    // All that we guard there stands in folders with a leading dot, and a pattern matches such a one only with it.
    let hidden = |rest: &&str| rest.starts_with('.');
    let rest = home::behind(path, cx.world).filter(hidden);
    let called = path.contains("wardsh");
    let in_system = || {
        let rest = path.trim_start_matches('/');
        path.starts_with('/') && OURS_SYSTEM.iter().any(|ours| lies(ours.trim_start_matches('/'), rest, false))
    };
    // Nothing else of ours lies anywhere without being called so, but what a pattern may stand for.
    if rest.is_some_and(|rest| OURS_HOME.iter().any(|ours| lies(ours, rest, removes)))
        || (called || path.contains(['*', '?', '['])) && in_system()
        || called && (is_binary(path, cx) || project_file(path, cx))
    {
        return Some(Certainty::Certain);
    }
    if AGENTS_SYSTEM.iter().any(|dir| path == *dir || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/')))
    {
        return Some(Certainty::Likely);
    }
    let local = cx
        .world
        .workspace()
        .and_then(|top| path.strip_prefix(top))
        .and_then(|rest| rest.strip_prefix('/'))
        .filter(hidden);
    let hooks = [rest, local].into_iter().flatten().any(|rest| {
        AGENTS.iter().any(|known| same(known, rest)) || (removes && AGENT_DIRS.iter().any(|dir| same(dir, rest)))
    });
    hooks.then_some(Certainty::Likely)
}

/// Whether a path is `ours` or below it; where it is removed, also what `ours` lies in (but not the home as a whole).
fn lies(ours: &str, path: &str, removes: bool) -> bool {
    let (mut ours, mut path) = (ours.split('/'), path.split('/'));
    loop {
        match (ours.next(), path.next()) {
            (None, _) => return true,
            (Some(_), None) => return removes,
            (Some(ours), Some(part)) if part_matches(ours, part) => {}
            _ => return false,
        }
    }
}

fn same(known: &str, path: &str) -> bool {
    let (mut known, mut path) = (known.split('/'), path.split('/'));
    loop {
        match (known.next(), path.next()) {
            (None, None) => return true,
            (Some(known), Some(part)) if part_matches(known, part) => {}
            _ => return false,
        }
    }
}

/// Components match by name, or as a pattern of the shell that has some letters of its own.
fn part_matches(known: &str, part: &str) -> bool {
    if part.contains(['*', '?', '[']) {
        let telling = part.chars().filter(char::is_ascii_alphanumeric).count() > 0 || part == "*";
        return telling && known.starts_with('.') == part.starts_with('.') && glob::matches(part, known);
    }
    glob::matches(known, part)
}

fn is_binary(path: &str, cx: &Cx) -> bool {
    let mut parts = path.rsplit('/');
    let (Some(name), folder) = (parts.next(), parts.next().unwrap_or("")) else { return false };
    if path.contains("/wardsh/shims/") || path.ends_with("/wardsh/shims") {
        return true;
    }
    matches!(name, "wardsh" | "wardsh-hub")
        && (matches!(folder, "bin" | "sbin" | "libexec") || cx.world.which(name).as_deref() == Some(path))
}

/// `.wardsh.yaml` and `.wardsh/`, but not those that a project keeps for its tests.
fn project_file(path: &str, cx: &Cx) -> bool {
    let mut parts = path.split('/');
    let named = parts.clone().any(|part| matches!(part, ".wardsh.yaml" | ".wardsh.yml" | ".wardsh"));
    let inside = cx.world.workspace().and_then(|top| path.strip_prefix(top));
    let below = inside.unwrap_or("");
    let fixture = below.split('/').any(|part| matches!(part, "tests" | "test" | "fixtures" | "testdata" | "examples"));
    let temp = inside.is_none() && (path.starts_with("/tmp/") || parts.any(|part| part.starts_with("tmp.")));
    named && !fixture && !temp
}

/// `rm $(which wardsh)`, `chmod -x "$(command -v wardsh)"`
fn binary_word(inv: &Invocation, cx: &Cx) -> Option<String> {
    if !matches!(
        inv.name(),
        Some(
            "rm" | "mv"
                | "cp"
                | "chmod"
                | "chown"
                | "ln"
                | "truncate"
                | "shred"
                | "dd"
                | "tee"
                | "install"
                | "unlink"
                | "chattr"
        )
    ) {
        return None;
    }
    let looks_up = |index: usize| {
        cx.line.invocations.get(index).is_some_and(|source| {
            matches!(source.name(), Some("which" | "command" | "type" | "whereis" | "realpath" | "readlink" | "whence"))
                && source.words().flatten().any(|word| word == "wardsh")
        })
    };
    let fed = inv.args.iter().take(64).any(|arg| arg.value.sources().take(8).any(looks_up));
    (fed || captured(inv, cx).any(looks_up)).then(|| "wardsh binary".to_owned())
}

/// `nc -U ~/.local/state/wardsh/approve.sock`
fn speaks_to_socket(inv: &Invocation) -> bool {
    matches!(inv.name(), Some("nc" | "ncat" | "netcat" | "socat" | "curl" | "websocat"))
        && inv.args.iter().any(|arg| {
            let text = arg.value.text();
            text.contains("/wardsh/") && (text.contains(".sock") || text.to_ascii_uppercase().contains("UNIX"))
        })
}

/// Says whether a program is ours, maybe by another name.
fn is_us(inv: &Invocation, cx: &Cx) -> bool {
    let Some(name) = inv.name() else { return false };
    if name == "wardsh" {
        return true;
    }
    // Only words that could be one of our verbs are worth a look at the disk.
    let verbs = ["approvals", "policy", "sessions", "install", "uninstall", "hub"];
    if inv.remote.is_some() || !inv.words().flatten().any(|word| verbs.contains(&word)) {
        return false;
    }
    let Some(word) = inv.program.value.literal() else { return false };
    let path = if word.contains('/') { Some(paths::join(cx.world.cwd(), word)) } else { cx.world.which(word) };
    path.is_some_and(|path| cx.world.real_path(&path).rsplit('/').next() == Some("wardsh"))
}

/// The verbs that only a person may use.
fn verb(inv: &Invocation) -> Option<String> {
    let words = Words::of(&inv.args, &Spec::new(&["--config-dir", "--state-dir", "--actor", "--cwd"]));
    if words.has(&["--help", "-h"]) {
        return None;
    }
    if words.has(&["--config-dir", "--state-dir"]) {
        return Some("wardsh with other folders".to_owned());
    }
    let first = words.operand(0)?;
    let human = matches!(
        (first, words.operand(1)),
        ("approvals", Some("approve" | "deny" | "watch" | "revoke"))
            | ("policy", Some("trust" | "untrust" | "except"))
            | ("sessions", Some("prune" | "delete" | "rm"))
            | ("install" | "uninstall" | "hub", _)
    );
    // No verbs of ours; whoever tries them wants what they say.
    let wished = ["approve", "trust", "allow", "grant", "disable", "unlock", "off", "bypass"].contains(&first);
    (human || wished).then(|| format!("wardsh {first} {}", words.operand(1).unwrap_or("")).trim_end().to_owned())
}

fn killed(inv: &Invocation, cx: &Cx) -> Option<(String, Certainty)> {
    let named = |word: &str| word.contains("wardsh");
    if inv.words().flatten().any(named) {
        let harmless = inv
            .words()
            .flatten()
            .any(|word| matches!(word, "status" | "is-active" | "list" | "print" | "-0" | "start"));
        return (!harmless).then(|| ("wardsh process".to_owned(), Certainty::Certain));
    }
    if inv.name() != Some("kill") {
        return None;
    }
    // Signal 0 only asks whether a process is there; a later option would bring another one.
    let words: Vec<Option<&str>> = inv.words().take(4).collect();
    if matches!(words.as_slice(), [Some("-0"), _] | [Some("-s" | "-n"), Some("0"), _]) {
        return None;
    }
    let parent = |value: &Value| value.unknowns().any(|unknown| unknown.origin == Origin::Variable("PPID".to_owned()));
    if inv.args.iter().any(|arg| parent(&arg.value)) {
        return Some(("the process that started this shell".to_owned(), Certainty::Likely));
    }
    let sources = inv.args.iter().take(16).flat_map(|arg| arg.value.sources()).take(16);
    let found = sources.chain(captured(inv, cx)).any(|index| finds_us(index, cx, 0));
    found.then(|| ("wardsh process".to_owned(), Certainty::Certain))
}

/// A debugger at our process.
fn attached(inv: &Invocation, cx: &Cx) -> Option<(String, Certainty)> {
    let by_process = inv.words().flatten().any(|word| matches!(word, "-p" | "--pid" | "attach"));
    let sources = inv.args.iter().take(16).flat_map(|arg| arg.value.sources()).take(16);
    let found = by_process && sources.chain(captured(inv, cx)).any(|index| finds_us(index, cx, 0));
    found.then(|| ("wardsh process".to_owned(), Certainty::Certain))
}

/// The command substitutions in an invocation's words: where the answer is a known word, only their place tells.
fn captured<'a>(inv: &'a Invocation, cx: &'a Cx) -> impl Iterator<Item = usize> + 'a {
    let before = cx.line.invocations.iter().enumerate().take(cx.index).skip(cx.index.saturating_sub(16));
    before.filter(|(_, other)| inv.span.contains(other.span)).map(|(index, _)| index)
}

/// `pgrep wardsh`, `ps … | grep wardsh | awk …`
fn finds_us(index: usize, cx: &Cx, depth: usize) -> bool {
    let Some(inv) = cx.line.invocations.get(index).filter(|_| depth < 8) else { return false };
    let finder = matches!(inv.name(), Some("pgrep" | "pidof" | "grep" | "awk" | "rg" | "lsof" | "fuser" | "ps"));
    if finder && inv.words().flatten().any(|word| word.contains("wardsh") && !word.contains('/')) {
        return true;
    }
    match &inv.stdin {
        Stdin::Pipe(from) => from.iter().take(8).any(|from| finds_us(*from, cx, depth + 1)),
        _ => false,
    }
}

/// `export WARDSH_X=…`, `unset CLAUDE_CODE_SHELL`, `env -u WARDSH_SESSION`
fn variables(inv: &Invocation) -> Option<(String, Certainty)> {
    let name = inv.args.iter().map(|arg| arg.value.prefix()).find_map(|word| {
        let word = word.trim_start_matches("--unset=").trim_start_matches("-u");
        let name = word.split('=').next().unwrap_or(word);
        (is_guard_variable(name) || name.contains("__wardsh") || name.starts_with("_wardsh")).then(|| name.to_owned())
    })?;
    Some((name, Certainty::Certain))
}

#[cfg(test)]
mod tests {
    use super::super::testline::run;
    use super::*;

    fn sure(line: &str) -> Option<Certainty> {
        run(line, effects).into_iter().map(|effect| effect.certainty).max()
    }

    #[test]
    fn hands_on_the_guard() {
        for line in [
            "rm -rf ~/.config/wardsh",
            "rm -rf ~/.config",
            "rm ~/.config/ward*/policy.yaml",
            "echo x > ~/.config/wardsh/policy.yaml",
            "echo x >> .wardsh.yaml",
            "rm .wardsh.yaml",
            "git checkout -- .wardsh.yaml",
            "mv ~/.local/state/wardsh /tmp/x",
            "sed -i s/deny/allow/ ~/.config/wardsh/policy.yaml",
            "cp evil.yaml .wardsh/rules/x.yaml",
            "cargo uninstall wardsh",
            "brew uninstall wardsh",
            "gdb -p $(pgrep wardsh)",
            "sudo tee /etc/wardsh/policy.yaml",
            "rm ~/.local/bin/wardsh",
            "cp /bin/true /usr/local/bin/wardsh",
            "rm $(which wardsh)",
            "chmod -x \"$(command -v wardsh)\"",
            "ln -sf /bin/bash ~/.local/share/wardsh/shims/bash",
            "pkill wardsh",
            "pkill -9 -f wardsh",
            "killall wardsh",
            "kill -9 $(pgrep wardsh)",
            "kill $(ps aux | grep wardsh | awk '{print $2}')",
            "wardsh approvals approve 12",
            "wardsh approvals --json watch",
            "wardsh approvals revoke 12",
            "(env -i setsid wardsh approvals approve 12 &)",
            "wardsh policy trust .wardsh.yaml",
            "wardsh policy except 'rm -rf x'",
            "wardsh uninstall claude",
            "wardsh install claude",
            "wardsh sessions prune",
            "wardsh hub login",
            "wardsh --config-dir /tmp/x check ls",
            "WARDSH_MODE=off ls",
            "export WARDSH_X=1",
            "unset CLAUDE_CODE_SHELL",
            "env -u WARDSH_SESSION bash",
            "find ~/.config/wardsh -delete",
            "truncate -s 0 ~/.local/state/wardsh/audit.jsonl",
        ] {
            assert_eq!(sure(line), Some(Certainty::Certain), "{line}");
        }
    }

    #[test]
    fn settings_of_agents() {
        for line in [
            "echo '{}' > ~/.claude/settings.json",
            "sed -i s/hooks/x/ .claude/settings.local.json",
            "rm .cursor/hooks.json",
            "cp x ~/.codex/config.toml",
            "rm -rf ~/.claude",
            "rm -rf .claude",
            "mv ~/.gemini/settings.json /tmp/",
            "git checkout -- .claude/settings.json",
            "rm .github/hooks/wardsh.json",
            "sudo rm -rf /etc/claude-code",
            "chsh -s /bin/zsh",
            "trap - DEBUG",
            "kill -9 $PPID",
            "kill -0 -s KILL $PPID",
            "kill -0 $X $PPID",
        ] {
            assert_eq!(sure(line), Some(Certainty::Likely), "{line}");
        }
    }

    #[test]
    fn looking_is_fine() {
        for line in [
            "cat ~/.config/wardsh/policy.yaml",
            "ls ~/.local/state/wardsh",
            "wardsh check 'rm -rf /'",
            "wardsh explain ls",
            "wardsh status",
            "wardsh rules list",
            "wardsh policy show",
            "wardsh approvals list",
            "wardsh approvals grants",
            "apt-get install hub",
            "wardsh sessions list",
            "wardsh install --help",
            "cat ~/.claude/settings.json",
            "rm -rf ~/.claude/projects/x/cache",
            "grep -r wardsh src",
            "rm -rf target",
            "rm target/debug/wardsh",
            "cp src/wardsh.rs src/old.rs",
            "echo x > tests/cases/.wardsh.yaml",
            "git add .wardsh.yaml",
            "git commit -m 'wardsh: kill'",
            "pkill node",
            "kill 1234",
            "kill -0 $PPID",
            "kill -s 0 $PPID",
            "export PATH=/x:$PATH",
            "unset FOO",
            "trap 'rm -f x' EXIT",
            "rm -rf ~/src/wardsh",
            "mkdir -p .claude/commands",
            "echo x > .claude/commands/go.md",
            "grep wardsh ~/.bashrc",
        ] {
            assert_eq!(sure(line), None, "{line}: {:?}", run(line, effects));
        }
    }

    #[test]
    fn assignments_of_the_shell() {
        let line = Analysis {
            assigns: vec![crate::syntax::ShellAssign {
                name: "WARDSH_OFF".into(),
                value: Value::lit("1"),
                span: Span::new(0, 12),
            }],
            ..Analysis::default()
        };
        let mut out = Vec::new();
        line_effects(&line, &super::super::testline::Stub, &mut out);
        assert_eq!(out.len(), 1);
    }
}
