//! Claude Code: `source SNAPSHOT 2>/dev/null || true && shopt -u extglob … && eval 'COMMAND' < /dev/null && pwd -P >| FILE`.

use super::{Envelope, Kept, Place, State, flat, literal, words};
use crate::syntax::ast::{Join, Pipeline, RedirOp};
use crate::syntax::{self, Span};

/// Where it keeps its snapshots.
const KEPT: Kept = Kept { home: ".claude", variable: "CLAUDE_CONFIG_DIR", folder: "shell-snapshots" };

/// What may stand behind the snapshot, each once and in this order.
const BETWEEN: &[&[&str]] = &[
    &[
        "shopt -u extglob 2>/dev/null || true",
        "setopt NO_EXTENDED_GLOB 2>/dev/null || true",
        "setopt NO_EXTENDED_GLOB NO_BARE_GLOB_QUAL 2>/dev/null || true",
        "{ shopt -u extglob || setopt NO_EXTENDED_GLOB; } 2>/dev/null || true",
        "{ shopt -u extglob || setopt NO_EXTENDED_GLOB; } >/dev/null 2>&1 || true",
    ],
    &[r"{ \builtin unalias -- 'unsetenv'; \builtin unset -f -- 'unsetenv'; } >/dev/null 2>&1 || true"],
];

/// Both trees of the text, taken apart, and how far it has been read.
struct Walk<'t> {
    text: &'t str,
    /// With their places.
    placed: Vec<(Join, &'t Pipeline)>,
    /// With no places, so that equal means equal.
    shape: Vec<(Join, &'t Pipeline)>,
    at: usize,
}

impl<'t> Walk<'t> {
    /// Goes on where the next commands are these.
    fn take(&mut self, wanted: &str) -> bool {
        let Ok(tree) = syntax::placeless(wanted) else { return false };
        let Some(wanted) = flat(&tree) else { return false };
        let Some(here) = self.shape.get(self.at..self.at + wanted.len()) else { return false };
        let first = if self.at == 0 { Join::Then } else { Join::And };
        let same = here
            .iter()
            .zip(&wanted)
            .enumerate()
            .all(|(index, (have, want))| have.0 == (if index == 0 { first } else { want.0 }) && have.1 == want.1);
        if same {
            self.at += wanted.len();
        }
        same
    }

    /// The second word where the next command is `name WORD`.
    fn second_word(&self, name: &str) -> Option<(&'t str, Span)> {
        let (_, next) = self.placed.get(self.at)?;
        match words(self.text, next)?.as_slice() {
            [(first, _), second] if *first == name => Some(*second),
            _ => None,
        }
    }

    /// The file that the next command writes.
    fn written(&self) -> Option<&'t str> {
        let (_, next) = self.placed.get(self.at)?;
        let [command] = next.commands.as_slice() else { return None };
        let [redirect] = command.redirects.as_slice() else { return None };
        let RedirOp::Write(word) = &redirect.op else { return None };
        self.text.get(word.span.start..word.span.end)
    }
}

pub(super) fn find(text: &str) -> Option<Envelope> {
    if !text.contains("eval ") || !text.contains("pwd ") {
        return None;
    }
    literal::shortened(text, "eval '", find_short)
}

fn find_short(text: &str) -> Option<Envelope> {
    let (placed, shape) = (syntax::tree(text).ok()?, syntax::placeless(text).ok()?);
    if placed.chains.len() != 1 {
        return None;
    }
    let mut walk = Walk { text, placed: flat(&placed)?, shape: flat(&shape)?, at: 0 };
    let state = match walk.second_word("source") {
        Some((word, span)) => {
            let path = literal::text(word)?;
            let forms = ["source {} 2>/dev/null || true", "source {} 2>/dev/null", "source {}"];
            forms.iter().find(|form| walk.take(&form.replace("{}", word)))?;
            Some(State::File { path, span, kept: KEPT })
        }
        None => None,
    };
    for forms in BETWEEN {
        let _ = forms.iter().any(|form| walk.take(form));
    }
    let (word, span) = walk.second_word("eval")?;
    let (inner, place) = literal::read(word, span)?;
    let forms = ["eval {} < /dev/null", "eval {}"];
    forms.iter().find(|form| walk.take(&form.replace("{}", word)))?;
    let file = walk.written()?;
    if !is_cwd_file(&literal::text(file)?) {
        return None;
    }
    ["pwd -P >| {}", "pwd >| {}"].iter().find(|form| walk.take(&form.replace("{}", file)))?;
    (walk.at == walk.shape.len()).then(|| Envelope {
        agent: "claude",
        inner,
        place: Place::Text(place),
        state,
        params: Vec::new(),
    })
}

/// The file that the folder is written to: `/tmp/claude-1a2b-cwd`.
fn is_cwd_file(path: &str) -> bool {
    let Some((dir, name)) = path.rsplit_once('/') else { return false };
    let id = name.strip_prefix("claude-").and_then(|rest| rest.strip_suffix("-cwd"));
    path.starts_with('/')
        && !dir.split('/').any(|part| part == "..")
        && id.is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
}
