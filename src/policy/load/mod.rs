//! Rule packs: YAML text → checked rules. Every complaint has a place; one bad rule does not take the others with it.
//!
//! Also compiled into the build script, which is how the built-in packs are checked.

mod block;
mod reach;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use serde_saphyr::{Location, Spanned};

use super::decision::{ActorKind, Decision, Severity};
use super::located::{Place, Problem};
use super::rule::{Example, Examples, ProgramSpec, Rule, ValueOption};
use super::schema::{Many, PackDoc, ProgramDoc, RuleDoc};
use crate::effects::EffectKind;

/// Longest CEL condition, in bytes.
const MAX_CONDITION: usize = 1_000;

/// One pack as it was read.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The file's name for the reader.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// What a loader demands beyond the form.
#[derive(Clone, Copy)]
pub struct Checks<'a> {
    /// The file's stem must be the family, ids start with it, and every rule has this many examples of either kind,
    /// a reason, and an advice.
    pub built_in: bool,
    /// Fewest examples of either kind.
    pub examples: usize,
    /// Compiles a CEL condition to see whether it is one.
    pub condition: &'a dyn Fn(&str) -> Result<(), String>,
    /// Says whether an id is taken already by a rule that is not among the sources.
    pub taken: &'a dyn Fn(&str) -> bool,
}

/// What became of the packs.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Rules without a fault, in the order of the sources.
    pub rules: Vec<Rule>,
    /// How programs read their words; one entry per name.
    pub programs: Vec<ProgramSpec>,
    /// The rules' examples, in the order of the rules.
    pub examples: Vec<Examples>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
}

/// Loads packs.
#[must_use]
pub fn load(sources: &[Source<'_>], checks: &Checks<'_>) -> Loaded {
    let mut loaded = Loaded::default();
    let mut seen: HashMap<String, String> = HashMap::new();
    for source in sources {
        let pack: PackDoc = match parse(*source) {
            Ok(pack) => pack,
            Err(problem) => {
                loaded.problems.push(problem);
                continue;
            }
        };
        let mut file = FileLoad { source: *source, checks, problems: Vec::new() };
        file.pack(&pack, &mut loaded, &mut seen);
        loaded.problems.append(&mut file.problems);
    }
    loaded
}

/// Reads YAML into a document's type; the error says where.
///
/// # Errors
/// What is wrong with the text, and where.
pub fn parse<T: serde::de::DeserializeOwned>(source: Source<'_>) -> Result<T, Problem> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: 4_000_000,
            max_events: 8_000_000,
            max_depth: 32,
            max_aliases: 1_000,
            max_documents: 1,
        },
    };
    serde_saphyr::from_str_with_options(source.text, options).map_err(|error| {
        let place = error.location().map(place_of).unwrap_or_default();
        Problem::new(source.file, source.text, place, plain_message(&error))
    })
}

/// The first line of a YAML error, without the place and the excerpt that it repeats.
fn plain_message(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("not YAML");
    let line = line.trim_start_matches("error: ");
    line.split(" at line ").next().unwrap_or(line).trim_end_matches([':', ',']).to_owned()
}

/// A place from a YAML location.
#[must_use]
pub fn place_of(location: Location) -> Place {
    let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    Place { line: number(location.line()), column: number(location.column()) }
}

/// Loading one file.
struct FileLoad<'a> {
    source: Source<'a>,
    checks: &'a Checks<'a>,
    problems: Vec<Problem>,
}

impl FileLoad<'_> {
    fn complain(&mut self, place: Place, message: impl Into<String>) {
        self.problems.push(Problem::new(self.source.file, self.source.text, place, message));
    }

    fn pack(&mut self, pack: &PackDoc, loaded: &mut Loaded, seen: &mut HashMap<String, String>) {
        let family = pack.family.value.as_str();
        let stem = self.source.file.rsplit('/').next().unwrap_or_default().trim_end_matches(".yaml");
        if self.checks.built_in && family != stem {
            self.complain(
                place_of(pack.family.referenced),
                format!("the family is `{family}`, the file's stem `{stem}`"),
            );
        }
        for (name, doc) in &pack.programs {
            let place = place_of(doc.referenced);
            let Some(spec) = self.program(name, &doc.value, place) else { continue };
            match loaded.programs.iter_mut().find(|known| known.name == *name) {
                Some(known) => {
                    if let Err(what) = merge_spec(known, spec, &doc.value) {
                        self.complain(place, format!("`{name}` is described in two packs, which differ in `{what}`"));
                    }
                }
                None => loaded.programs.push(spec),
            }
        }
        for doc in &pack.rules {
            let before = self.problems.len();
            let Some((rule, examples)) = self.rule(&doc.value, place_of(doc.referenced), family) else { continue };
            if let Some(first) = seen.get(&rule.id) {
                self.complain(rule.place, format!("the id `{}` is used twice; first in {first}", rule.id));
            } else if (self.checks.taken)(&rule.id) {
                self.complain(rule.place, format!("the id `{}` belongs to a built-in rule", rule.id));
            }
            if self.problems.len() == before {
                seen.insert(rule.id.clone(), format!("{}:{}", rule.file, rule.place.line));
                loaded.rules.push(rule);
                loaded.examples.push(examples);
            }
        }
    }

    fn program(&mut self, name: &str, doc: &ProgramDoc, place: Place) -> Option<ProgramSpec> {
        let before = self.problems.len();
        let mut values = Vec::new();
        for text in &doc.values.0 {
            let mut words: Vec<String> = text.value.split_whitespace().map(str::to_owned).collect();
            match words.pop() {
                Some(option) if option.starts_with('-') && words.iter().all(|word| !word.starts_with('-')) => {
                    values.push(ValueOption { under: words, name: option });
                }
                _ => self.complain(
                    at(text, place),
                    format!("`{}` is not an option: it has to start with `-`, or be `subcommand -o`", text.value),
                ),
            }
        }
        for text in &doc.switches.0 {
            if !text.value.starts_with('-') {
                self.complain(at(text, place), format!("`{}` is not an option: it has to start with `-`", text.value));
            }
        }
        for text in &doc.aliases.0 {
            if text.value.contains('/') || text.value.is_empty() {
                self.complain(at(text, place), format!("`{}` is not a program's basename", text.value));
            }
        }
        let spec = ProgramSpec {
            name: name.to_owned(),
            aliases: doc.aliases.0.iter().map(|text| text.value.clone()).collect(),
            values,
            switches: doc.switches.0.iter().map(|text| text.value.clone()).collect(),
            bundle: doc.bundle.unwrap_or(true),
            abbrev: doc.abbrev.unwrap_or(false),
            stops: doc.stops.0.iter().map(|text| text.value.split_whitespace().map(str::to_owned).collect()).collect(),
        };
        (self.problems.len() == before).then_some(spec)
    }

    fn rule(&mut self, doc: &RuleDoc, place: Place, family: &str) -> Option<(Rule, Examples)> {
        let before = self.problems.len();
        let id = doc.id.value.clone();
        let id_place = at(&doc.id, place);
        self.check_id(&id, id_place, family);
        let severity = self.word(doc.severity.as_ref(), "severity", id_place, Severity::ALL, Severity::as_str, true);
        let decision = self.word(doc.decision.as_ref(), "decision", id_place, Decision::ALL, Decision::as_str, true);
        let actor = self.word(doc.actor.as_ref(), "actor", id_place, ActorKind::ALL, ActorKind::as_str, false);
        let effect = self.word(doc.effect.as_ref(), "effect", id_place, EffectKind::ALL, EffectKind::as_str, false);
        let because = self.text(doc.because.as_ref(), "because", id_place);
        let allows = decision == Some(Decision::Allow);
        let instead = if allows || !self.checks.built_in {
            doc.instead.as_ref().map(|text| text.value.clone()).unwrap_or_default()
        } else {
            self.text(doc.instead.as_ref(), "instead", id_place)
        };
        let block_place = at(&doc.block, place);
        let sound = self.problems.len();
        let block = self.block(&doc.block.value, block_place, 0);
        if self.problems.len() == sound {
            self.check_whole(doc, &block, block_place);
        }
        let when = doc.when.as_ref().map(|text| text.value.clone());
        if let (Some(text), Some(spanned)) = (&when, &doc.when) {
            self.check_condition(text, at(spanned, id_place));
        }
        let examples = self.examples(doc, id_place);
        if self.problems.len() != before {
            return None;
        }
        let rule = Rule {
            id,
            block,
            effect,
            severity: severity?,
            decision: decision?,
            because,
            instead,
            tags: doc.tags.0.iter().map(|tag| tag.value.clone()).collect(),
            actor,
            when,
            file: self.source.file.to_owned(),
            place: id_place,
        };
        Some((rule, examples))
    }

    fn check_id(&mut self, id: &str, place: Place, family: &str) {
        let well_formed = id.split_once('.').is_some_and(|(head, tail)| {
            let word = |text: &str| {
                !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            };
            word(head) && tail.split('.').all(word)
        });
        if !well_formed {
            self.complain(place, format!("the id `{id}` is not `family.thing-done` in small letters, digits and `-`"));
        } else if id.split('.').next() != Some(family) {
            self.complain(place, format!("the id `{id}` does not start with its family `{family}.`"));
        }
    }

    /// Finds an enumeration's value by its name.
    fn word<T: Copy>(
        &mut self,
        given: Option<&Spanned<String>>,
        key: &str,
        place: Place,
        all: &[T],
        name: impl Fn(T) -> &'static str,
        required: bool,
    ) -> Option<T> {
        let Some(given) = given else {
            if required {
                self.complain(place, format!("the rule has no `{key}`"));
            }
            return None;
        };
        let found = all.iter().copied().find(|value| name(*value) == given.value);
        if found.is_none() {
            let names: Vec<&str> = all.iter().map(|value| name(*value)).collect();
            let known = closest(&given.value, &names);
            self.complain(at(given, place), format!("unknown {key} `{}`; {known}", given.value));
        }
        found
    }

    fn text(&mut self, given: Option<&Spanned<String>>, key: &str, place: Place) -> String {
        match given {
            Some(text) if !text.value.trim().is_empty() => text.value.trim().to_owned(),
            _ => {
                self.complain(place, format!("the rule has no `{key}`"));
                String::new()
            }
        }
    }

    fn check_condition(&mut self, text: &str, place: Place) {
        if text.len() > MAX_CONDITION {
            self.complain(place, format!("the condition is longer than {MAX_CONDITION} bytes"));
        } else if let Err(why) = (self.checks.condition)(text) {
            self.complain(place, format!("the condition does not compile: {why}"));
        }
    }

    fn examples(&mut self, doc: &RuleDoc, place: Place) -> Examples {
        let take = |texts: &Many| {
            let one = |text: &Spanned<String>| Example { line: text.value.clone(), place: at(text, place) };
            texts.0.iter().map(one).collect::<Vec<_>>()
        };
        let examples = Examples {
            rule: doc.id.value.clone(),
            file: self.source.file.to_owned(),
            hits: take(&doc.examples.hits),
            pass: take(&doc.examples.pass),
        };
        let least = self.checks.examples;
        for (kind, list) in [("match", &examples.hits), ("pass", &examples.pass)] {
            if list.len() < least {
                let message = format!("the rule has {} `{kind}` examples; it needs at least {least}", list.len());
                self.complain(place, message);
            }
        }
        if let Some(both) = examples.hits.iter().find(|hit| examples.pass.iter().any(|pass| pass.line == hit.line)) {
            self.complain(both.place, "the same example stands under `match` and `pass`");
        }
        examples
    }
}

/// A text's place, or the place of what holds it.
fn at<T>(text: &Spanned<T>, outer: Place) -> Place {
    if text.referenced.line() == 0 { outer } else { place_of(text.referenced) }
}

/// Adds a second description of a program to the first; names the key in which they contradict each other.
fn merge_spec(known: &mut ProgramSpec, more: ProgramSpec, doc: &ProgramDoc) -> Result<(), &'static str> {
    if doc.bundle.is_some() && known.bundle != more.bundle {
        return Err("bundle");
    }
    known.abbrev |= more.abbrev;
    extend(&mut known.aliases, more.aliases);
    extend(&mut known.values, more.values);
    extend(&mut known.switches, more.switches);
    extend(&mut known.stops, more.stops);
    Ok(())
}

/// Appends what is not there yet.
fn extend<T: PartialEq>(list: &mut Vec<T>, more: Vec<T>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

/// Says which names there are: the nearest one where something is near, else all.
#[must_use]
pub fn closest(given: &str, names: &[&str]) -> String {
    let near = names.iter().map(|name| (distance(given, name), name)).min();
    match near {
        Some((steps, name)) if steps <= 2 => format!("did you mean `{name}`?"),
        _ if names.len() > 12 => {
            let family = given.split('.').next().unwrap_or_default();
            let kin: Vec<&str> =
                names.iter().copied().filter(|name| !family.is_empty() && name.starts_with(family)).collect();
            if kin.is_empty() { "see rules/README.md".to_owned() } else { format!("known: {}", kin.join(", ")) }
        }
        _ => format!("known: {}", names.join(", ")),
    }
}

/// Edit distance of two short words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(40).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(40).enumerate() {
        let mut left_up = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let up = *cell;
            let value = (left_up + usize::from(x != *y)).min(left + 1).min(up + 1);
            left_up = up;
            left = value;
            *cell = value;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}
