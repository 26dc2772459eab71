//! Coding agents started without their own guards.

use super::{Certainty, Cx, Effect, EffectKind, Scope};
use crate::syntax::{Invocation, Roster, glob, roster};

/// An option of an agent, or an option and the value behind it, that takes its guards off.
struct Unguarded {
    programs: &'static [&'static str],
    option: &'static str,
    value: Option<&'static str>,
    sure: Certainty,
}

const fn flag(programs: &'static [&'static str], option: &'static str) -> Unguarded {
    Unguarded { programs, option, value: None, sure: Certainty::Certain }
}

const fn value(programs: &'static [&'static str], option: &'static str, value: &'static str) -> Unguarded {
    Unguarded { programs, option, value: Some(value), sure: Certainty::Certain }
}

const CLAUDE: &[&str] = &["claude", "claude-code", "claude.exe", "@anthropic-ai/claude-code*"];
const CODEX: &[&str] = &["codex", "@openai/codex*"];
const GEMINI: &[&str] = &["gemini", "agy", "qwen", "@google/gemini-cli*"];
const CURSOR: &[&str] = &["cursor-agent"];
const COPILOT: &[&str] = &["copilot", "@github/copilot*"];

const TABLE: &[Unguarded] = &[
    flag(CLAUDE, "--dangerously-skip-permissions"),
    flag(CLAUDE, "--allow-dangerously-skip-permissions"),
    value(CLAUDE, "--permission-mode", "bypassPermissions"),
    value(CLAUDE, "--settings", "*disableAllHooks*true*"),
    value(CLAUDE, "--settings", "*bypassPermissions*"),
    flag(CODEX, "--dangerously-bypass-approvals-and-sandbox"),
    flag(CODEX, "--dangerously-bypass-hook-trust"),
    flag(CODEX, "--yolo"),
    value(CODEX, "-s", "danger-full-access"),
    value(CODEX, "--sandbox", "danger-full-access"),
    value(CODEX, "-c", "sandbox_mode=*danger-full-access*"),
    value(CODEX, "-c", "hooks=*"),
    Unguarded { programs: CODEX, option: "--full-auto", value: None, sure: Certainty::Possible },
    Unguarded { programs: CODEX, option: "-a", value: Some("never"), sure: Certainty::Possible },
    Unguarded { programs: CODEX, option: "--ask-for-approval", value: Some("never"), sure: Certainty::Possible },
    flag(GEMINI, "--yolo"),
    flag(GEMINI, "-y"),
    flag(GEMINI, "--dangerously-skip-permissions"),
    value(GEMINI, "--approval-mode", "yolo"),
    flag(CURSOR, "-f"),
    flag(CURSOR, "--force"),
    flag(CURSOR, "--yolo"),
    flag(COPILOT, "--allow-all-tools"),
    flag(COPILOT, "--allow-all"),
    flag(COPILOT, "--yolo"),
    flag(&["opencode", "crush"], "--yolo"),
    flag(&["opencode"], "--dangerously-skip-permissions"),
    // A variable.
    flag(&["opencode"], "OPENCODE_PERMISSION"),
    flag(&["crush"], "-y"),
    flag(&["aider"], "--yes-always"),
    flag(&["amp"], "--dangerously-allow-all"),
    flag(&["droid"], "--skip-permissions-unsafe"),
    value(&["droid"], "--auto", "high"),
    flag(&["q", "kiro-cli", "kiro"], "--trust-all-tools"),
    flag(&["cline", "roo", "kilocode"], "--yolo"),
    flag(&["kilocode", "cline"], "--auto-approve-all"),
    flag(&["auggie"], "--dangerously-skip-permissions"),
    flag(&["openhands"], "--always-approve"),
    flag(&["claude", "codex", "gemini", "cursor-agent", "copilot", "opencode", "amp", "goose"], "--no-sandbox"),
    value(GEMINI, "--sandbox", "false"),
    value(CURSOR, "--sandbox", "disabled"),
];

/// Effects of starting an agent.
pub fn effects(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    static ROSTER: Roster = roster!(TABLE, programs).with(&["npx", "bunx", "pnpx", "pnpm", "yarn", "bun", "goose"]);
    let Some(name) = inv.name().filter(|name| ROSTER.may_know(name)) else { return };
    // `npx @openai/codex --yolo`: the package names the agent.
    let runner = matches!(name, "npx" | "bunx" | "pnpx" | "pnpm" | "yarn" | "bun");
    let package = if runner {
        inv.words().flatten().find(|word| !word.starts_with('-') && !matches!(*word, "dlx" | "x" | "exec"))
    } else {
        None
    };
    let name = package.unwrap_or(name);
    if !TABLE.iter().any(|row| row.programs.iter().any(|program| glob::matches(program, name))) {
        if name == "goose" && inv.assigns.iter().any(|(name, value)| name == "GOOSE_MODE" && value.is("auto")) {
            push(inv, cx, "goose GOOSE_MODE=auto", Certainty::Possible, out);
        }
        return;
    }
    for row in TABLE.iter().filter(|row| row.programs.iter().any(|program| glob::matches(program, name))) {
        if set(inv, row) {
            let target = row
                .value
                .map_or_else(|| format!("{name} {}", row.option), |value| format!("{name} {} {value}", row.option));
            push(inv, cx, &target, row.sure, out);
        }
    }
}

fn push(inv: &Invocation, cx: &Cx, target: &str, sure: Certainty, out: &mut Vec<Effect>) {
    let mut effect = cx.effect(EffectKind::AgentUnguarded, target, Scope::Unknown, inv.span);
    effect.certainty = sure;
    out.push(effect);
}

fn set(inv: &Invocation, row: &Unguarded) -> bool {
    if row.option.ends_with("_PERMISSION") {
        let allows = |text: &str| {
            text.contains("allow") && (text.contains("bash") || text.contains('*') || text.trim_matches('"') == "allow")
        };
        return inv.assigns.iter().any(|(name, value)| name == row.option && allows(&value.text()));
    }
    let words = || inv.args.iter().map(|arg| arg.value.text()).take_while(|word| word != "--");
    let Some(wanted) = row.value else {
        return words().any(|word| word == row.option || word == format!("{}=true", row.option));
    };
    let joined = words().any(|word| {
        word.strip_prefix(row.option)
            .and_then(|rest| rest.strip_prefix('='))
            .is_some_and(|rest| glob::matches(wanted, rest))
    });
    joined || words().zip(words().skip(1)).any(|(option, given)| option == row.option && glob::matches(wanted, &given))
}

#[cfg(test)]
mod tests {
    use super::super::testline::run;
    use super::*;

    #[test]
    fn guards_off() {
        for (line, sure) in [
            ("claude --dangerously-skip-permissions -p x", Some(Certainty::Certain)),
            ("claude -p x --permission-mode bypassPermissions", Some(Certainty::Certain)),
            ("claude --permission-mode=bypassPermissions", Some(Certainty::Certain)),
            ("claude --settings '{\"disableAllHooks\":true}'", Some(Certainty::Certain)),
            ("codex --yolo", Some(Certainty::Certain)),
            ("codex exec --dangerously-bypass-approvals-and-sandbox x", Some(Certainty::Certain)),
            ("codex exec -s danger-full-access x", Some(Certainty::Certain)),
            ("codex --sandbox=danger-full-access", Some(Certainty::Certain)),
            ("codex exec --full-auto x", Some(Certainty::Possible)),
            ("gemini -y -p x", Some(Certainty::Certain)),
            ("gemini --approval-mode yolo", Some(Certainty::Certain)),
            ("cursor-agent -p -f x", Some(Certainty::Certain)),
            ("copilot --allow-all-tools -p x", Some(Certainty::Certain)),
            ("npx -y @openai/codex --yolo", Some(Certainty::Certain)),
            ("aider --yes-always", Some(Certainty::Certain)),
            ("amp --dangerously-allow-all", Some(Certainty::Certain)),
            ("claude -p 'say hi'", None),
            ("claude --permission-mode plan", None),
            ("codex exec x", None),
            ("codex -s read-only", None),
            ("gemini -p x", None),
            ("echo claude --dangerously-skip-permissions", None),
            ("grep -r dangerously-skip-permissions .", None),
            ("claude -p '--dangerously-skip-permissions is bad'", None),
            ("npx -y create-app", None),
            ("claude mcp list", None),
        ] {
            let found = run(line, effects).into_iter().map(|effect| effect.certainty).max();
            assert_eq!(found, sure, "{line}");
        }
    }
}
