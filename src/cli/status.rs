//! `wardsh status`: am I guarded, by which policy, and what is not covered here.

use anyhow::Result;
use clap::Args;

use super::decide::spoken;
use super::{Exit, Places, launch, render, setup};
use crate::approve::now;
use crate::policy::decision::ActorKind;
use crate::store::{UnaskedJob, UnaskedJobs};

/// Jobs that ran unjudged: so many are shown, and so many given as JSON, the last ones first.
const MAX_SHOWN: usize = 5;
const MAX_JSON: usize = 100;

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What this version leaves to others; said plainly so that nobody relies on it.
const NOT_COVERED: &[&str] = &[
    "what a permitted program does by itself, without starting another one",
    "programs that scripts of other languages start at run time from values that cannot be seen",
    "descriptors above 2 that the caller opened: they are handed on, neither masked nor looked at",
    "what is entered in programs below an interactive shell that take commands of their own (ssh, database clients)",
    "records: nothing that ran is kept in this version, but for jobs of an interactive shell that nobody had judged",
];

pub(super) fn run(places: &Places, args: &StatusArgs) -> Result<Exit> {
    let session = setup::session(places)?;
    let cwd = setup::cwd()?;
    let settings = session.settings(&[&cwd])?;
    let actor = setup::caller(&session);
    let shell = session.machine().vars.get("SHELL").cloned().unwrap_or_default();
    let guarded = ["wardsh"].iter().any(|name| shell.contains(name));
    let below = !launch::is_edge(&session);
    let policy = &settings.policy;
    let unasked = UnaskedJobs::new(&session.machine().state_dir).all();
    if args.json {
        let unasked: Vec<_> = unasked.iter().rev().take(MAX_JSON).collect();
        let layers: Vec<_> = policy
            .layers
            .iter()
            .map(|layer| serde_json::json!({"kind": layer.kind, "path": layer.path, "trusted": layer.trusted, "remembered": layer.remembered}))
            .collect();
        let problems: Vec<String> = settings.problems.iter().map(ToString::to_string).collect();
        println!(
            "{}",
            serde_json::json!({
                "v": 1, "version": env!("CARGO_PKG_VERSION"), "actor": actor, "guarded": below, "shell_is_wardsh": guarded,
                "profile": policy.profile.value.as_str(), "rules": settings.rules.iter().count(), "layers": layers,
                "problems": problems, "unasked_jobs": unasked, "not_covered": NOT_COVERED, "policy": policy.fingerprint(),
            })
        );
        return Ok(if settings.problems.is_empty() { Exit::Done } else { Exit::Usage });
    }
    println!("wardsh {}", env!("CARGO_PKG_VERSION"));
    println!(
        "caller   {}{}",
        actor.kind,
        match actor.kind {
            ActorKind::Human => " (in the foreground of a terminal, no mark of an agent)",
            ActorKind::Agent if actor.name.is_empty() => " (no proof of a person)",
            ActorKind::Agent => "",
        }
    );
    println!(
        "guarded  {}",
        if below {
            "yes: a wardsh above this command judges what its shell is given"
        } else {
            "no: nothing above this command judges what it is given"
        }
    );
    println!(
        "shell    SHELL is {}",
        if guarded { "wardsh" } else { "not wardsh: commands started through it are not guarded" }
    );
    println!(
        "profile  {} (from {})",
        policy.profile.value.as_str(),
        super::policy::layer_name(policy, policy.profile.layer)
    );
    println!("rules    {}", settings.rules.iter().count());
    println!("layers   built-in");
    for layer in &policy.layers {
        println!(
            "         {} {}{}",
            layer.kind,
            layer.path,
            if layer.trusted { "" } else { " (not trusted: it only tightens)" }
        );
    }
    for problem in &settings.problems {
        println!("problem  {problem}");
    }
    print_unasked(&unasked);
    println!("not covered");
    for line in NOT_COVERED {
        println!("  - {line}");
    }
    Ok(if settings.problems.is_empty() { Exit::Done } else { Exit::Usage })
}

/// Jobs that came to the front of an interactive shell although nobody had judged their lines: where they did, its gates
/// were off.
fn print_unasked(all: &[UnaskedJob]) {
    if all.is_empty() {
        return;
    }
    println!("unasked  {}, the last one first", counted(all.len()));
    for job in all.iter().rev().take(MAX_SHOWN) {
        let shown = |text: &str| render::visible(text, false);
        let ago = spoken(now().saturating_sub(job.at));
        println!("  - {ago} ago in {} {} ({}): {}", shown(&job.shell), job.shell_pid, job.actor, job.done.as_str());
        let what = if job.command.is_empty() { "(nobody told what)" } else { job.command.as_str() };
        println!("    {}", shown(what));
        println!("    group {}, {} in {}", job.group, or_unknown(&shown(&job.exe)), or_unknown(&shown(&job.cwd)));
    }
    if all.len() > MAX_SHOWN {
        println!("  - {} more: wardsh status --json", all.len() - MAX_SHOWN);
    }
}

fn counted(count: usize) -> String {
    match count {
        1 => "1 job ran without being judged".to_owned(),
        _ => format!("{count} jobs ran without being judged"),
    }
}

fn or_unknown(text: &str) -> &str {
    if text.is_empty() { "?" } else { text }
}
