//! `wardsh rules`: look at rules and run their examples.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;

use super::{Exit, Places, setup};
use crate::effects;
use crate::policy::condition;
use crate::policy::load::{Checks, Source, load};
use crate::policy::rule::{Examples, Rule};
use crate::policy::{RuleSet, builtin, examples};
use crate::store::RealWorld;
use crate::syntax;

/// The folder in which examples are judged: no file of the user's bears on them.
const NOWHERE: &str = "/home/nobody-is-called-this/project";
/// The home that it lies in, which no machine has either.
const HOME: &str = "/home/nobody-is-called-this";

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// List every rule that applies
    List {
        /// Only rules whose id starts with this
        prefix: Option<String>,
    },
    /// Show one rule
    Show {
        /// Its id
        id: String,
    },
    /// Judge the examples that rules carry: the built-in ones, or those of these files
    Test {
        /// Rule packs
        paths: Vec<PathBuf>,
    },
    /// Check rule packs for faults
    Lint {
        /// Rule packs
        paths: Vec<PathBuf>,
    },
}

pub(super) fn run(places: &Places, command: &RulesCommand) -> Result<Exit> {
    match command {
        RulesCommand::List { prefix } => list(places, prefix.as_deref().unwrap_or("")),
        RulesCommand::Show { id } => show(places, id),
        RulesCommand::Test { paths } => test(paths),
        RulesCommand::Lint { paths } => lint(paths),
    }
}

fn list(places: &Places, prefix: &str) -> Result<Exit> {
    let session = setup::session(places)?;
    let settings = session.settings(&[&setup::cwd()?])?;
    for rule in settings.rules.iter().filter(|rule| rule.id.starts_with(prefix)) {
        println!("{:<6} {:<9} {:<40} {}", rule.decision.as_str(), rule.severity.as_str(), rule.id, rule.because);
    }
    Ok(Exit::Done)
}

fn show(places: &Places, id: &str) -> Result<Exit> {
    let session = setup::session(places)?;
    let settings = session.settings(&[&setup::cwd()?])?;
    let Some((layer, rule)) = settings.rules.by_id(id) else {
        bail!("there is no rule `{id}`; `wardsh rules list` names them all");
    };
    println!("{}\n  decision  {}\n  severity  {}\n  layer     {}", rule.id, rule.decision, rule.severity, layer.kind);
    println!("  from      {}:{}", rule.file, rule.place.line);
    println!("  because   {}\n  instead   {}", rule.because, rule.instead);
    if !rule.tags.is_empty() {
        println!("  tags      {}", rule.tags.join(", "));
    }
    if let Some(when) = &rule.when {
        println!("  when      {when}");
    }
    for of in builtin::examples()?.iter().filter(|of| of.rule == rule.id) {
        for (title, lines) in [("matches", &of.hits), ("passes", &of.pass)] {
            println!("  {title}");
            for example in lines {
                println!("    {}", example.line.replace('\n', "\n      "));
            }
        }
    }
    Ok(Exit::Done)
}

/// What an example amounts to, in a place where nothing stands.
fn analyse(line: &str) -> (syntax::Analysis, Vec<effects::Effect>) {
    let vars = [("HOME", HOME), ("PATH", "/usr/bin:/bin")];
    let vars = Arc::new(vars.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    let world = RealWorld::with_home(vars, NOWHERE, HOME).with_workspace(NOWHERE);
    let line = effects::analyse(line, &world, false);
    let found = effects::effects(&line, &world, &[]);
    (line, found)
}

fn test(paths: &[PathBuf]) -> Result<Exit> {
    let (failures, rules, lines) = if paths.is_empty() {
        built_in()?
    } else {
        let loaded = read(paths)?;
        let programs = loaded.programs;
        let mut failures = Vec::new();
        let mut lines = 0;
        for (rule, of) in pairs(&loaded.rules, &loaded.examples) {
            lines += of.hits.len() + of.pass.len();
            failures.extend(examples::run_alone(rule, &programs, of, &analyse).map_err(anyhow::Error::msg)?);
        }
        (failures, loaded.rules.len(), lines)
    };
    for failure in &failures {
        eprintln!("{failure}");
    }
    println!("{rules} rules, {lines} examples, {} failed", failures.len());
    Ok(if failures.is_empty() { Exit::Done } else { Exit::Failed })
}

/// The examples of the built-in rules that do not hold, and how many rules and examples there are.
fn built_in() -> Result<(Vec<examples::Failure>, usize, usize)> {
    let set = RuleSet::builtin()?;
    let all = builtin::examples()?;
    let lines = all.iter().map(|of| of.hits.len() + of.pass.len()).sum();
    Ok((examples::run(&set, &all, &analyse), all.len(), lines))
}

fn pairs<'a>(rules: &'a [Rule], all: &'a [Examples]) -> impl Iterator<Item = (&'a Rule, &'a Examples)> {
    rules.iter().filter_map(|rule| Some((rule, all.iter().find(|of| of.rule == rule.id)?)))
}

fn lint(paths: &[PathBuf]) -> Result<Exit> {
    if paths.is_empty() {
        println!("{} built-in rules, checked when wardsh was built", RuleSet::builtin()?.iter().count());
        return Ok(Exit::Done);
    }
    let loaded = read(paths)?;
    println!("{} rules, no fault found", loaded.rules.len());
    Ok(Exit::Done)
}

fn read(paths: &[PathBuf]) -> Result<crate::policy::load::Loaded> {
    let mut texts = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
        texts.push((path.display().to_string(), text));
    }
    let sources: Vec<Source<'_>> = texts.iter().map(|(file, text)| Source { file, text }).collect();
    let checks = Checks { built_in: false, examples: 0, condition: &condition::check, taken: &|_| false };
    let loaded = load(&sources, &checks);
    if !loaded.problems.is_empty() {
        let lines: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
        bail!("{} in rule packs\n{}", if lines.len() == 1 { "a fault" } else { "faults" }, lines.join("\n"));
    }
    Ok(loaded)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    /// Every rule that ships does what its examples say.
    #[test]
    fn built_in_examples_hold() {
        let (failures, rules, lines) = super::built_in().unwrap();
        assert!(rules > 300 && lines >= rules * 6, "{rules} rules, {lines} examples");
        let failures: Vec<String> = failures.iter().map(ToString::to_string).collect();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
