//! Marks by which an agent is known. A mark can only take the status of a human away; its absence proves nothing.
//!
//! Names and values as vendors document them. Pure: whoever asks brings the environment and the ancestors.
#![forbid(unsafe_code)]

/// Environment variables that agents set for the commands they run, and the agent's name.
const MARKS: &[(&str, &str)] = &[
    ("CLAUDECODE", "claude"),
    ("CLAUDE_CODE_SESSION_ID", "claude"),
    ("CLAUDE_CODE_CHILD_SESSION", "claude"),
    ("CODEX_THREAD_ID", "codex"),
    ("CODEX_CI", "codex"),
    ("CODEX_SANDBOX", "codex"),
    ("GEMINI_CLI", "gemini"),
    ("CURSOR_AGENT", "cursor"),
    ("CURSOR_TRACE_ID", "cursor"),
    ("COPILOT_CLI", "copilot"),
    ("OPENCODE", "opencode"),
    ("CRUSH", "crush"),
    ("GOOSE_TERMINAL", "goose"),
    ("CLINE_ACTIVE", "cline"),
    ("AMP_CURRENT_THREAD_ID", "amp"),
    ("AGENT", "agent"),
    ("AI_AGENT", "agent"),
];

/// Variables that hold an agent's own id of its session.
const SESSIONS: &[&str] =
    &["CLAUDE_CODE_SESSION_ID", "CODEX_THREAD_ID", "CURSOR_TRACE_ID", "AMP_CURRENT_THREAD_ID", "GEMINI_SESSION_ID"];

/// Basenames of agents' programs.
const PROGRAMS: &[&str] = &[
    "claude",
    "codex",
    "gemini",
    "agy",
    "cursor-agent",
    "copilot",
    "opencode",
    "crush",
    "goose",
    "aider",
    "amp",
    "cline",
    "droid",
    "qwen",
    "openhands",
    "sweagent",
];

/// The agent that an environment speaks of.
#[must_use]
pub fn in_environment(var: &dyn Fn(&str) -> Option<String>) -> Option<&'static str> {
    MARKS.iter().find(|(name, _)| var(name).is_some_and(|value| !value.is_empty())).map(|(_, agent)| *agent)
}

/// The agent's own id of its session, as claimed.
#[must_use]
pub fn session(var: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    SESSIONS.iter().find_map(|name| var(name).filter(|value| !value.is_empty()))
}

/// The agent that a process's command line speaks of: the program itself, or the script that node, bun or python runs.
#[must_use]
pub fn in_command_line(words: &[String]) -> Option<&'static str> {
    let name = |word: &str| {
        let base = word.rsplit('/').next().unwrap_or(word);
        let base = base.strip_suffix(".js").or_else(|| base.strip_suffix(".mjs")).unwrap_or(base);
        PROGRAMS.iter().copied().find(|program| *program == base)
    };
    let first = words.first()?;
    if let Some(found) = name(first) {
        return Some(found);
    }
    let runtime = first.rsplit('/').next().unwrap_or(first);
    if !["node", "bun", "deno", "npx", "uvx"].contains(&runtime) && !runtime.starts_with("python") {
        return None;
    }
    words.iter().skip(1).find(|word| !word.starts_with('-')).and_then(|script| name(script))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_seen() {
        let set = |wanted: &'static str| move |name: &str| (name == wanted).then(|| "1".to_owned());
        assert_eq!(in_environment(&set("CLAUDECODE")), Some("claude"));
        assert_eq!(in_environment(&set("HOME")), None);
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(in_command_line(&words("node --max-old-space-size=1 /usr/bin/claude -p")), Some("claude"));
        assert_eq!(in_command_line(&words("/opt/codex exec")), Some("codex"));
        assert_eq!(in_command_line(&words("vim claude")), None);
        assert_eq!(in_command_line(&[]), None);
    }
}
