//! Settings: policy files and rule packs from every place that has a say, as one [`Settings`].
//!
//! Owns where files are looked for and how they are read; what they are worth is `policy`'s to say. The standard
//! places follow from the home folder in the user database, never from `$HOME`; what `HOME`, `XDG_CONFIG_HOME` and
//! `WARDSH_CONFIG_DIR` point to is read in addition and only tightens. Nothing here fails: what cannot be read is a
//! problem with a place, and what was trusted before stays in force.
#![forbid(unsafe_code)]

mod compiled;
mod kept;
mod places;
#[cfg(test)]
mod tests;
pub mod who;

use std::collections::HashSet;

use crate::policy::bundle::Bundle;
use crate::policy::layers::{LayerKind, TrustStore, digest, standing};
use crate::policy::load::{self, Checks, Loaded, Source};
use crate::policy::located::{Place, Problem};
use crate::policy::ruleset::RuleLayer;
use crate::policy::{Policy, RuleSet, builtin, condition};

pub use self::kept::Kept;

use self::compiled::Compiled;
use self::places::{Found, Role};

/// Variables of [`Origin::vars`] that are looked at.
pub const VARIABLES: [&str; 3] = ["HOME", "XDG_CONFIG_HOME", "WARDSH_CONFIG_DIR"];

/// Where settings come from.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    /// The real user's home folder.
    pub home: &'a str,
    /// The inherited environment, as taken once at start; of it only [`VARIABLES`] are looked at.
    pub vars: &'a [(String, String)],
    /// `--config-dir`: in place of `~/.config/wardsh`.
    pub config_dir: Option<&'a str>,
    /// The machine's folder, `/etc/wardsh`.
    pub system_dir: &'a str,
    /// Whose files in the machine's folder count as the machine's: 0, root.
    pub system_owner: u32,
    /// Folders whose projects have a say: where the line starts, where it moves to, what it targets.
    pub folders: &'a [&'a str],
    /// What humans have trusted.
    pub trust: &'a dyn TrustStore,
    /// Where compiled settings are kept.
    pub cache: &'a dyn Cache,
}

/// A place for compiled settings; may forget at any time.
pub trait Cache {
    /// What was kept under a name.
    fn get(&self, name: &str) -> Option<Vec<u8>>;
    /// Keeps something; a failure is no error.
    fn put(&self, name: &str, bytes: &[u8]);
}

/// A cache that keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCache;

impl Cache for NoCache {
    fn get(&self, _name: &str) -> Option<Vec<u8>> {
        None
    }

    fn put(&self, _name: &str, _bytes: &[u8]) {}
}

/// Everything that applies.
#[derive(Debug)]
pub struct Settings {
    /// The resolved policy.
    pub policy: Policy,
    /// All rules.
    pub rules: RuleSet,
    /// What is wrong with files, in order.
    pub problems: Vec<Problem>,
}

impl Settings {
    /// The built-in rules under the built-in policy.
    ///
    /// # Errors
    /// The binary is damaged.
    pub fn built_in() -> Result<Self, builtin::Damaged> {
        Ok(Self { policy: Policy::built_in(), rules: RuleSet::builtin()?, problems: Vec::new() })
    }

    /// Reads everything that has a say.
    ///
    /// # Errors
    /// The binary is damaged; files are never an error.
    pub fn load(from: &Origin<'_>) -> Result<Self, builtin::Damaged> {
        Self::of(&places::find(from), from)
    }

    /// Reads these files.
    fn of(found: &[Found], from: &Origin<'_>) -> Result<Self, builtin::Damaged> {
        let mut rules = RuleSet::builtin()?;
        if found.is_empty() {
            return Ok(Self { policy: Policy::resolve(Vec::new(), from.home), rules, problems: Vec::new() });
        }
        let compiled = Compiled::load(found, from).unwrap_or_else(|| {
            let fresh = compile(found, from, &rules);
            fresh.store(found, from);
            fresh
        });
        let mut policy = Policy::resolve(compiled.layers, from.home);
        policy.rules_digest = compiled.rules_digest;
        for layer in compiled.rules {
            rules.push(layer);
        }
        Ok(Self { policy, rules, problems: compiled.problems })
    }
}

/// Kinds of masks that a policy file names and that no rule masks.
fn unknown_kinds(path: &str, text: &str) -> Vec<Problem> {
    let rules = crate::mask::builtin::rules();
    let mut known: Vec<&str> = rules.iter().map(|rule| rule.label.as_str()).collect();
    known.sort_unstable();
    known.dedup();
    crate::policy::file::unknown_kinds(Source { file: path, text }, &known)
}

/// Reads and checks all files.
fn compile(found: &[Found], from: &Origin<'_>, builtin: &RuleSet) -> Compiled {
    let mut done = Compiled::default();
    let mut packs: Vec<Pack> = Vec::new();
    for file in found {
        let text = match places::read(&file.path) {
            Ok(text) => text,
            Err(why) => {
                done.problems.push(Problem::new(&file.path, "", Place::default(), why));
                None
            }
        };
        match file.role {
            Role::Policy => {
                let check = &condition::check;
                done.layers.extend(standing(
                    file.kind,
                    &file.path,
                    text.as_deref(),
                    from.trust,
                    check,
                    &mut done.problems,
                ));
                if let Some(text) = text.as_deref().filter(|text| text.contains("mask")) {
                    done.problems.extend(unknown_kinds(&file.path, text));
                }
            }
            Role::Rules => packs.extend(standing_packs(file, text, from.trust)),
        }
    }
    done.rules = bundles(packs, builtin, &mut done.problems);
    let all: Vec<u8> = done.rules.iter().flat_map(|layer| digest(layer.bundle.bytes())).collect();
    done.rules_digest = digest(&all);
    done
}

/// A rule pack's text and standing.
struct Pack {
    kind: LayerKind,
    trusted: bool,
    /// It is what was trusted earlier.
    remembered: bool,
    path: String,
    text: String,
}

/// The packs that a file amounts to: itself, and what was trusted there before where it is not that any more.
fn standing_packs(file: &Found, text: Option<String>, trust: &dyn TrustStore) -> Vec<Pack> {
    let pack = |text: String, trusted: bool, remembered: bool| Pack {
        kind: file.kind,
        trusted,
        remembered,
        path: file.path.clone(),
        text,
    };
    let trusted = match file.kind {
        LayerKind::System => true,
        LayerKind::Environment => false,
        _ => text.as_ref().is_some_and(|text| trust.is_trusted(&file.path, &digest(text.as_bytes()))),
    };
    let mut packs = Vec::new();
    let remembers = matches!(file.kind, LayerKind::User | LayerKind::Project);
    if !trusted
        && remembers
        && let Some(before) = trust.last_trusted(&file.path)
    {
        packs.push(pack(before, true, true));
    }
    packs.extend(text.map(|text| pack(text, trusted, false)));
    packs
}

/// Stores packs, one bundle for each kind of standing.
fn bundles(packs: Vec<Pack>, builtin: &RuleSet, problems: &mut Vec<Problem>) -> Vec<RuleLayer> {
    let mut groups: Vec<((LayerKind, bool, bool), Vec<Pack>)> = Vec::new();
    for pack in packs {
        let key = (pack.kind, pack.trusted, pack.remembered);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.push(pack),
            None => groups.push((key, vec![pack])),
        }
    }
    let mut layers = Vec::new();
    let mut taken: HashSet<String> = HashSet::new();
    for ((kind, trusted, remembered), group) in groups {
        let sources: Vec<Source<'_>> = group.iter().map(|pack| Source { file: &pack.path, text: &pack.text }).collect();
        let is_taken = |id: &str| builtin.by_id(id).is_some() || taken.contains(id);
        let checks = Checks { built_in: false, examples: 0, condition: &condition::check, taken: &is_taken };
        let Loaded { rules, programs, problems: more, .. } = load::load(&sources, &checks);
        if !remembered {
            problems.extend(more);
            // What is only remembered does not take an id from the file as it is now.
            taken.extend(rules.iter().map(|rule| rule.id.clone()));
        }
        if rules.is_empty() && programs.is_empty() {
            continue;
        }
        match Bundle::build(&rules, &programs) {
            Ok(bundle) => layers.push(RuleLayer { kind, trusted, bundle }),
            Err(why) => {
                let file = group.first().map_or("", |pack| pack.path.as_str());
                problems.push(Problem::new(file, "", Place::default(), why));
            }
        }
    }
    layers
}
