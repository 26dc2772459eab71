//! Envelopes that hold the command as it is, without quotes: Gemini CLI and the older Copilot CLI.
//!
//! The command must be complete in itself: read alone it must yield the very commands that stand between the agent's
//! own, so that no part of it can close the brackets around it.

use super::{Envelope, Inner, Place, literal};
use crate::syntax::ast::{Command, CommandKind, Script};
use crate::syntax::{self, Span};

pub(super) fn find(text: &str) -> Option<Envelope> {
    gemini(text).or_else(|| copilot(text))
}

const GEMINI_OPTIONS: &str = "shopt -u promptvars nullglob extglob nocaseglob dotglob;";
const GEMINI_TRAP: &str = "trap 'jobs -p > \"$_bgpids_file\"' EXIT\n";
const GEMINI_END: &str = "\n)\n__code=$?\nexit $__code";

fn gemini(text: &str) -> Option<Envelope> {
    let text_behind = text.split_once(GEMINI_TRAP)?.1;
    let inner = text_behind.strip_suffix(GEMINI_END)?;
    let start = text.len() - text_behind.len();
    let front = text.get(..start)?;
    let (_, behind) = front.split_once("_bgpids_file=")?;
    let file = behind.split(['\n', ';', ' ']).next()?;
    let path = literal::text(file)?;
    if !path.starts_with('/') || path.contains("/../") || !path.ends_with("/bgpids.tmp") {
        return None;
    }
    let options = if front.starts_with(GEMINI_OPTIONS) { GEMINI_OPTIONS } else { "" };
    let frame = format!("{options} _bgpids_file={file}\n(\n{GEMINI_TRAP}:{GEMINI_END}");
    around(text, &frame, inner, 1).then(|| envelope("gemini", inner, start))
}

const COPILOT_START: &str = "echo ___BEGIN___COMMAND_OUTPUT_MARKER___;";
const COPILOT_STATE: &str = "PS1=\"\";PS2=\"\";unset HISTFILE;";
const COPILOT_END: &str = "EC=$?;";
const COPILOT_DONE: &str = "echo \"___BEGIN___COMMAND_DONE_MARKER___$EC\";";

fn copilot(text: &str) -> Option<Envelope> {
    if !text.contains(COPILOT_START) {
        return None;
    }
    let (_, behind) = text.split_once(COPILOT_STATE)?;
    let start = text.len() - behind.len();
    let (inner, _) = behind.rsplit_once(COPILOT_END)?;
    let frame = format!("{{\n{COPILOT_START}\n{COPILOT_STATE}\n:\n{COPILOT_END}\n{COPILOT_DONE}\n}}");
    around(text, &frame, inner, 4).then(|| envelope("copilot", inner, start))
}

fn envelope(agent: &'static str, inner: &str, start: usize) -> Envelope {
    let place = Place::Text(Inner { span: Span::new(start, start + inner.len()), offsets: None });
    Envelope { agent, inner: inner.to_owned(), place, state: None, params: Vec::new() }
}

/// Says whether a text is the frame with the inner text's commands in the place of its one `:`, which is the command
/// of this number in the frame's brackets.
fn around(text: &str, frame: &str, inner: &str, at: usize) -> bool {
    let (Ok(text), Ok(mut frame), Ok(inner)) =
        (syntax::placeless(text), syntax::placeless(frame), syntax::placeless(inner))
    else {
        return false;
    };
    let Some(body) = body(&mut frame) else { return false };
    if at >= body.chains.len() {
        return false;
    }
    body.chains.splice(at..=at, inner.chains);
    frame == text
}

/// The commands in the one pair of brackets.
fn body(script: &mut Script) -> Option<&mut Script> {
    let mut commands =
        script.chains.iter_mut().flat_map(|chain| &mut chain.pipelines).flat_map(|(_, line)| &mut line.commands);
    commands.find_map(|Command { kind, .. }| match kind {
        CommandKind::Subshell(body) | CommandKind::Group(body) => Some(body),
        _ => None,
    })
}
