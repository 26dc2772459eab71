//! `wardsh explain`: the verdict as a person wants to read it.

use anyhow::Result;
use clap::Args;

use super::{Exit, Places, check, render, setup};
use crate::approve;
use crate::config::who::{self, Process};
use crate::policy::decision::ActorKind;
use crate::policy::{Actor, Verdict};
use crate::session::{Judgement, Session, Submission};
use crate::store::Grants;
use crate::syntax::{Analysis, Dialect, Invocation, Span};

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Who submits the command: human, agent or agent:NAME
    #[arg(long, value_parser = setup::actor, default_value = "agent")]
    actor: Actor,
    /// The folder it would run in
    #[arg(long, value_name = "DIR")]
    cwd: Option<String>,
    /// The shell that would read it
    #[arg(long, value_name = "SHELL", default_value = "bash", value_parser = setup::dialect)]
    shell: Dialect,
    /// The command; `-` reads it from standard input
    #[arg(value_name = "CMD", required = true, allow_hyphen_values = true)]
    command: Vec<std::ffi::OsString>,
}

pub(super) fn run(places: &Places, args: &ExplainArgs) -> Result<Exit> {
    let cwd = setup::folder(args.cwd.as_deref())?;
    let session = setup::session(places)?;
    let command = check::command(&args.command)?;
    let mut actor = args.actor.clone();
    if actor.kind == ActorKind::Human && actor.name.is_empty() {
        actor.name = session.machine().user.as_str().into();
    }
    let submission = Submission { command: &command, cwd: &cwd, actor: &actor, shell: &[] };
    let judgement = check::judge(&session, &submission, args.shell)?;
    print!("{}", explain(&judgement.verdict, &judgement.line, &Invocation::text));
    // A guarded shell above has grants of its own.
    let above = who::ancestors().into_iter().filter_map(|pid| Some((pid, Process::read(pid)?.started)));
    let said = above.chain(who::session_process()).map(|process| grants(&session, &judgement, process));
    print!("{}", said.into_iter().find(|text| !text.is_empty()).unwrap_or_default());
    Ok(Exit::Done)
}

/// What grants have to do with it; empty where they cover nothing of it. `process` is the one that they hang on.
pub(super) fn grants(session: &Session, judgement: &Judgement, process: (i32, u64)) -> String {
    let now = approve::now();
    if let Some(ids) = session.granted(judgement, process, now) {
        return format!("\ngranted for this session: {} (wardsh approvals revoke ID takes it back)\n", ids.join(", "));
    }
    let asks = |rule: &str| judgement.verdict.matches.iter().any(|found| found.rule == rule);
    let all = Grants::new(&session.machine().state_dir).all(now);
    let near: Vec<String> = all
        .iter()
        .filter(|grant| grant.terms.process == process && asks(&grant.terms.rule))
        .map(|grant| format!("  {} {} does not cover all of this\n", grant.id, grant.terms.rule))
        .collect();
    if near.is_empty() { String::new() } else { format!("\ngrants\n{}", near.concat()) }
}

/// The whole explanation, ending with a newline; `text` says how an invocation reads.
pub(super) fn explain(verdict: &Verdict, line: &Analysis, text: &dyn Fn(&Invocation) -> String) -> String {
    let mut out =
        format!("{}  (for {} in {})\n", verdict.decision, verdict.actor.kind, render::visible(&verdict.cwd, false));
    let worst = verdict.matches.first().map(|found| found.span);
    out.push_str(&underlined(&verdict.command, worst));
    section(
        &mut out,
        "would start",
        line.invocations.iter().map(|inv| {
            let mut text = render::visible(&text(inv), false);
            if text.chars().count() > 160 {
                text = text.chars().take(160).collect::<String>() + "…";
            }
            if !inv.via.is_empty() {
                text.push_str(&format!("   via {}", render::visible(&inv.via.join(" → "), false)));
            }
            if let Some(remote) = &inv.remote {
                text.push_str(&format!("   on {}", render::visible(remote, false)));
            }
            text
        }),
    );
    section(
        &mut out,
        "would do",
        verdict.effects.iter().map(|effect| {
            let mut text = format!(
                "{} {}   scope {}, {}",
                effect.kind.as_str(),
                render::visible(&effect.target, false),
                effect.scope,
                word(&effect.certainty)
            );
            for more in &effect.traits {
                text.push_str(", ");
                text.push_str(&word(more));
            }
            text
        }),
    );
    section(
        &mut out,
        "could not be known",
        verdict.unresolved.iter().map(|gap| format!("{}: {}", gap.what, render::visible(&gap.text, false))),
    );
    for found in &verdict.matches {
        out.push_str(&format!("\n{} by {} ({})\n", found.decision, found.rule, found.severity));
        out.push_str(&underlined(&verdict.command, Some(found.span)));
        out.push_str(&format!("  why      {}\n", render::visible(&found.because, false)));
        if !found.instead.is_empty() {
            out.push_str(&format!("  instead  {}\n", render::visible(&found.instead, false)));
        }
        if let Some(layer) = &found.changed_by {
            out.push_str(&format!("  changed  by {layer}\n"));
        }
        if let Some(reason) = &found.exception {
            out.push_str(&format!("  except   {}\n", render::visible(reason, false)));
        }
    }
    if verdict.matches.is_empty() {
        out.push_str("\nno rule matches\n");
    }
    out.push_str(&format!("\ndigest {}\n", verdict.digest));
    out
}

fn section(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return;
    }
    out.push_str(&format!("\n{title}\n"));
    for line in lines.iter().take(40) {
        out.push_str(&format!("  {line}\n"));
    }
    if lines.len() > 40 {
        out.push_str(&format!("  … and {} more\n", lines.len() - 40));
    }
}

/// A unit variant's name as in the JSON.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default().trim_matches('"').to_owned()
}

/// The command's lines, those of the span with a line of carets below; at most 12.
pub(super) fn underlined(command: &str, span: Option<Span>) -> String {
    let mut out = String::new();
    let mut start = 0;
    let mut shown = 0;
    let lines: Vec<&str> = command.split('\n').collect();
    for line in &lines {
        let end = start + line.len();
        let marked = span.map(|span| (span.start.max(start), span.end.min(end))).filter(|(from, to)| from < to);
        // Long commands: the lines of the span, and the first ones.
        if (shown < 6 || marked.is_some()) && shown < 12 {
            shown += 1;
            let (text, window) = clipped(line, marked.map(|(from, _)| from - start));
            out.push_str(&format!("  | {}\n", render::visible(text, false)));
            if let Some((from, to)) = marked {
                let head = line.get(window..(from - start).max(window)).unwrap_or("");
                let body = line.get((from - start)..(to - start)).unwrap_or("");
                let width = |text: &str| render::visible(text, false).chars().count();
                let room = 110_usize.saturating_sub(width(head)).max(1);
                out.push_str(&format!("  | {}{}\n", " ".repeat(width(head)), "^".repeat(width(body).clamp(1, room))));
            }
        }
        start = end + 1;
    }
    if lines.len() > shown {
        out.push_str(&format!("  | … {} more lines\n", lines.len() - shown));
    }
    out
}

/// A line cut to what fits a terminal, around the marked offset; the second value is where the cut begins.
fn clipped(line: &str, around: Option<usize>) -> (&str, usize) {
    const MOST: usize = 110;
    if line.len() <= MOST {
        return (line, 0);
    }
    let boundary = |mut at: usize| {
        while !line.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let from = boundary(around.unwrap_or(0).saturating_sub(30).min(line.len()));
    let to = boundary((from + MOST).min(line.len()));
    (line.get(from..to).unwrap_or(line), from)
}
