//! `wardsh policy`: the resolved policy, its files, and what only a person may do to them.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;

use super::{Exit, Places, render, setup};
use crate::approve::terminal;
use crate::config::who;
use crate::policy::Policy;
use crate::policy::context::Date;
use crate::policy::decision::ActorKind;
use crate::policy::file::{Excepted, Mode};
use crate::policy::layers::Refusal;
use crate::session::Session;
use crate::store::Trust;

#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Show the resolved policy with the layer of each value
    Show,
    /// Check the policy and rule files that apply here
    Lint,
    /// Trust a policy file or rule pack as it is now, so that it may loosen (people only)
    Trust {
        /// The file
        path: PathBuf,
    },
    /// Forget that a file was trusted (people only)
    Untrust {
        /// The file
        path: PathBuf,
    },
    /// Write an exception into the user's policy and trust it (people only)
    Except {
        /// The folder it holds in, a glob; this one if not given
        #[arg(long = "in", value_name = "GLOB")]
        inside: Option<String>,
        /// Why
        #[arg(long)]
        reason: String,
        /// The last day, as 2027-01-31
        #[arg(long, value_name = "DATE")]
        until: String,
        /// A rule's id in place of a command
        #[arg(long, conflicts_with = "command", required_unless_present = "command")]
        rule: Option<String>,
        /// The exact command, word by word
        #[arg(last = true)]
        command: Vec<String>,
    },
}

pub(super) fn run(places: &Places, command: &PolicyCommand) -> Result<Exit> {
    let session = setup::session(places)?;
    match command {
        PolicyCommand::Show => show(&session),
        PolicyCommand::Lint => lint(&session),
        PolicyCommand::Trust { path } => trust(&session, path),
        PolicyCommand::Untrust { path } => untrust(&session, path),
        PolicyCommand::Except { inside, reason, until, rule, command } => {
            let Some(day) = Date::parse(until) else { bail!("`{until}` is not a day; write it as 2027-01-31") };
            except(&session, inside.as_deref(), reason, day, rule.as_deref(), command)
        }
    }
}

/// The layer that a value comes from, for a reader.
pub(super) fn layer_name(policy: &Policy, layer: Option<usize>) -> String {
    layer
        .and_then(|at| policy.layers.get(at))
        .map_or_else(|| "built-in".to_owned(), |layer| format!("{} {}", layer.kind, layer.path))
}

fn show(session: &Session) -> Result<Exit> {
    let cwd = setup::cwd()?;
    let settings = session.settings(&[&cwd])?;
    let policy = &settings.policy;
    let from = |layer| layer_name(policy, layer);
    println!("profile    {:<28} {}", policy.profile.value.as_str(), from(policy.profile.layer));
    let mode = match policy.mode.value {
        Mode::Enforce => "enforce".to_owned(),
        Mode::Observe(until) => format!("observe until {until}"),
    };
    println!("mode       {mode:<28} {}", from(policy.mode.layer));
    println!("timeout    {:<28} {}", format!("{} s", policy.timeout_secs.value), from(policy.timeout_secs.layer));
    println!("channels   {:<28} {}", policy.channels.value.join(", "), from(policy.channels.layer));
    for place in &policy.protect {
        println!("protect    {:<28} {}", place.value, from(place.layer));
    }
    for environment in &policy.environments {
        println!("environ.   {:<28} {}", environment.value.name, from(environment.layer));
    }
    if policy.mask_off.value {
        println!("mask       {:<28} {}", "off (people at a terminal)", from(policy.mask_off.layer));
    }
    for field in &policy.mask_fields {
        println!("mask field {:<28} {}", render::visible(&field.value, false), from(field.layer));
    }
    for (kind, on) in &policy.mask_kinds {
        let kind = render::visible(kind, false);
        println!("mask kind  {:<28} {}", format!("{kind} {}", if on.value { "on" } else { "off" }), from(on.layer));
    }
    for kind in &policy.show_last_four {
        println!("last four  {:<28} {}", render::visible(&kind.value, false), from(kind.layer));
    }
    for (layer, change) in policy.overrides() {
        println!("rule       {:<28} {}", change.rule, from(Some(layer)));
    }
    for (layer, exception) in policy.exceptions() {
        let what = match &exception.what {
            Excepted::Command(words) => shell_words::join(words),
            Excepted::Rule(id) => id.clone(),
        };
        println!("exception  {:<28} {}", render::visible(&what, false), from(Some(layer)));
        println!(
            "           in {}, until {}: {}",
            exception.inside,
            exception.until,
            render::visible(&exception.reason, false)
        );
    }
    for layer in &policy.layers {
        let standing = match (layer.trusted, layer.remembered) {
            (true, true) => "as it was when a person trusted it",
            (true, false) => "trusted",
            _ => "not trusted: it only tightens",
        };
        println!("layer      {:<28} {} ({standing})", layer.kind.as_str(), layer.path);
    }
    for loosening in policy.uncounted.iter().chain(&policy.uncounted_rules(settings.rules.iter())) {
        println!("ignored    {:<28} {}: {}", loosening.what, from(Some(loosening.layer)), loosening.why);
    }
    for problem in &settings.problems {
        println!("problem    {problem}");
    }
    println!("version    {}", policy.fingerprint());
    Ok(if settings.problems.is_empty() { Exit::Done } else { Exit::Usage })
}

fn lint(session: &Session) -> Result<Exit> {
    let cwd = setup::cwd()?;
    let settings = session.settings(&[&cwd])?;
    for problem in &settings.problems {
        eprintln!("{problem}");
    }
    for absent in settings.policy.uncounted.iter().filter(|one| one.why == Refusal::NotThere) {
        let path = settings.policy.layers.get(absent.layer).map_or("", |layer| layer.path.as_str());
        eprintln!("{path}: `{}`: {}", absent.what, absent.why);
    }
    let files = settings.policy.layers.len();
    println!("{files} policy files, {} rules, {} faults", settings.rules.iter().count(), settings.problems.len());
    Ok(if settings.problems.is_empty() { Exit::Done } else { Exit::Usage })
}

/// Refuses everybody but a proven human, who types a word.
fn person(session: &Session, what: &str) -> Result<()> {
    if setup::caller(session).kind != ActorKind::Human {
        bail!("{what} is for a person at a terminal, and this caller is not proven to be one");
    }
    if let Err(doubt) = who::person_here() {
        bail!("{what} is for a person at a terminal, and this caller is not proven to be one: {doubt}");
    }
    if !terminal::challenge(what, setup::is_plain(session))? {
        bail!("not done: the word was not typed");
    }
    Ok(())
}

fn absolute(path: &Path) -> Result<String> {
    let full = std::path::absolute(path).with_context(|| format!("{}", path.display()))?;
    full.into_os_string().into_string().map_err(|_| anyhow::anyhow!("{}: not UTF-8", path.display()))
}

fn today(session: &Session) -> String {
    session.machine().now.map(|now| now.date.to_string()).unwrap_or_default()
}

fn trust(session: &Session, path: &Path) -> Result<Exit> {
    let full = absolute(path)?;
    let text = std::fs::read_to_string(&full).with_context(|| full.clone())?;
    println!("{}", render::visible(&text, true));
    person(session, &format!("Trusting {full}"))?;
    Trust::open(&session.machine().state_dir)?.trust(&full, &text, &today(session))?;
    println!("trusted {full} as it is now; a changed file only tightens until it is trusted again");
    Ok(Exit::Done)
}

fn untrust(session: &Session, path: &Path) -> Result<Exit> {
    let full = absolute(path)?;
    person(session, &format!("Forgetting the trust in {full}"))?;
    if Trust::open(&session.machine().state_dir)?.untrust(&full)? {
        println!("{full} is not trusted any more");
        Ok(Exit::Done)
    } else {
        bail!("{full} was not trusted")
    }
}

/// Appends an exception to the user's policy file; the file as a whole is trusted then.
fn except(
    session: &Session,
    inside: Option<&str>,
    reason: &str,
    until: Date,
    rule: Option<&str>,
    command: &[String],
) -> Result<Exit> {
    let machine = session.machine();
    let folder = machine.config_dir.clone().unwrap_or_else(|| format!("{}/.config/wardsh", machine.home));
    let path = format!("{folder}/policy.yaml");
    let old = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "version: 1\n".to_owned(),
        Err(error) => return Err(error).with_context(|| path.clone()),
    };
    let what = match rule {
        Some(id) => format!("rule: {}", quoted(id)),
        None => format!("command: {}", quoted(&shell_words::join(command))),
    };
    let inside = match inside {
        Some(glob) => glob.to_owned(),
        None => setup::cwd()?,
    };
    let entry = format!("  - {{ {what}, in: {}, reason: {}, until: {until} }}\n", quoted(&inside), quoted(reason));
    let text = with_exception(&old, &entry);
    println!("{path}\n{entry}");
    person(session, "Writing this exception and trusting the file")?;
    std::fs::create_dir_all(&folder).with_context(|| folder.clone())?;
    let draft = format!("{path}.new");
    std::fs::File::create(&draft)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| draft.clone())?;
    std::fs::rename(&draft, &path).with_context(|| path.clone())?;
    Trust::open(&machine.state_dir)?.trust(&path, &text, &today(session))?;
    println!("written and trusted");
    Ok(Exit::Done)
}

/// A YAML double-quoted scalar, which is a JSON string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The policy's text with one more entry under `exceptions:`.
fn with_exception(old: &str, entry: &str) -> String {
    let mut out = String::new();
    let mut done = false;
    for line in old.lines() {
        out.push_str(line);
        out.push('\n');
        if !done && line.trim_end() == "exceptions:" {
            out.push_str(entry);
            done = true;
        }
    }
    if !done {
        out.push_str("exceptions:\n");
        out.push_str(entry);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_added_to_what_is_there() {
        assert_eq!(with_exception("version: 1\n", "  - x\n"), "version: 1\nexceptions:\n  - x\n");
        assert_eq!(
            with_exception("version: 1\nexceptions:\n  - a\nprofile: strict\n", "  - x\n"),
            "version: 1\nexceptions:\n  - x\n  - a\nprofile: strict\n"
        );
    }
}
