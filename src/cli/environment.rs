//! Variables that programs take for code, as an agent's command inherits them.
//!
//! What a person's session had when the agent was started is not asked about; anything else is judged as if the line
//! had set it itself: an agent's settings can set variables for every command.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use super::gate;
use crate::config::who;
use crate::syntax::{Code, Span, unwrap};
use crate::sys;

/// Programs that nobody needs to be asked about, with their options.
const PLAIN: &[&str] = &[
    "true", "false", ":", "cat", "less", "more", "most", "bat", "delta", "head", "vi", "vim", "nvim", "nano", "emacs",
    "ed", "code", "cursor", "subl", "ssh",
];
/// Bytes of values that are judged.
const MAX_BYTES: usize = 64 << 10;

/// The variables as code that runs before; empty where a person had them, too.
pub(super) fn code() -> Option<Code> {
    let mut found: Vec<(String, String)> = sys::environment()
        .iter()
        .filter(|(name, value)| name.to_str().is_some_and(unwrap::holds_code) && !is_plain(value))
        .map(|(name, value)| (gate::decoded(name.as_bytes()), gate::decoded(value.as_bytes())))
        .collect();
    if found.is_empty() {
        return None;
    }
    let start = who::started_environment().unwrap_or_default();
    found.retain(|(name, value)| {
        !start.iter().any(|pair| pair.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) == Some(value))
    });
    found.sort();
    let mut text = String::new();
    for (name, value) in found.iter().filter(|(_, value)| value.len() < MAX_BYTES) {
        text.push_str(&format!("export {name}='{}'\n", value.replace('\'', "'\\''")));
    }
    let label = "the environment".to_owned();
    (!text.is_empty()).then(|| Code { label, text, span: Span::default(), standing: false })
}

/// One of the plain programs with plain words.
fn is_plain(value: &OsStr) -> bool {
    let Some(text) = value.to_str() else { return false };
    let plain = |ch: char| ch.is_ascii_alphanumeric() || " -_+=".contains(ch);
    let mut words = text.split_whitespace();
    words.next().is_none_or(|first| PLAIN.contains(&first)) && text.chars().all(plain)
        || text == ":"
        || text.chars().all(|ch| ch.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plain() {
        for (value, want) in [
            ("", true),
            ("cat", true),
            ("less -R", true),
            ("code --wait", true),
            ("1", true),
            ("rm -rf x", false),
            ("less; rm", false),
            ("less $X", false),
            ("ssh -o ProxyCommand=/tmp/x", false),
            ("/tmp/less", false),
        ] {
            assert_eq!(is_plain(OsStr::new(value)), want, "{value}");
        }
    }
}
