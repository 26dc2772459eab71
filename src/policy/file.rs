//! A policy file: YAML text → checked settings. What a setting is worth is decided by `layers`.

use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

use super::context::Date;
use super::decision::Decision;
use super::glob;
use super::load::{Source, closest, parse, place_of};
use super::located::{Place, Problem};
use super::schema::Many;

/// How strict the whole is; weakest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// `ask` of low or medium severity becomes `warn`.
    Relaxed,
    /// As the rules say.
    #[default]
    Standard,
    /// `warn` becomes `ask`, and so does what no rule allows.
    Strict,
}

impl Profile {
    /// Every profile, weakest first.
    pub const ALL: &'static [Self] = &[Self::Relaxed, Self::Standard, Self::Strict];

    /// The name in policy files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Relaxed => "relaxed",
            Self::Standard => "standard",
            Self::Strict => "strict",
        }
    }
}

/// What a policy file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFile {
    /// How strict.
    pub profile: Option<Profile>,
    /// Whether decisions are enforced.
    pub mode: Option<Mode>,
    /// Changes to known rules.
    pub overrides: Vec<Override>,
    /// What is let through.
    pub exceptions: Vec<Exception>,
    /// Protected places: absolute, or starting with `~` or relative to the file's folder.
    pub protect: Vec<String>,
    /// What is production, staging, ….
    pub environments: Vec<Environment>,
    /// How approval is asked for.
    pub approve: Approve,
    /// What is masked beside what always is.
    pub mask: Mask,
    /// How decisions are written down.
    pub audit: Audit,
    /// Rule ids, tags and setting names that later layers may not loosen.
    pub lock: Vec<String>,
    /// Rule ids, tags and setting names that the project layer may loosen.
    pub open: Vec<String>,
}

/// Whether decisions are enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// They are.
    Enforce,
    /// They are only recorded, up to and including this day.
    Observe(Date),
}

/// A change to known rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// A rule's id, a tag, or `family.*`.
    pub rule: String,
    /// A CEL condition.
    pub when: Option<String>,
    /// What they decide now.
    pub decision: Decision,
    /// Where it stands.
    pub place: Place,
}

/// Something that is let through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// What.
    pub what: Excepted,
    /// A path glob for the folder that it runs in; `~` stands for the home folder.
    pub inside: String,
    /// Why.
    pub reason: String,
    /// The last day.
    pub until: Date,
    /// Where it stands.
    pub place: Place,
}

/// What an exception names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Excepted {
    /// A command, word by word.
    Command(Vec<String>),
    /// A rule's id.
    Rule(String),
}

/// Names that mean an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// `production`, `staging`, ….
    pub name: String,
    /// Globs on cluster contexts.
    pub kube: Vec<String>,
    /// Globs on host names.
    pub hosts: Vec<String>,
    /// Globs on branches.
    pub branches: Vec<String>,
}

/// How approval is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approve {
    /// How long an answer is waited for, in seconds.
    pub timeout_secs: Option<u64>,
    /// Which channels.
    pub channels: Option<Vec<String>>,
}

/// What is masked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mask {
    /// Fields in tables, CSV, JSON and YAML.
    pub fields: Vec<String>,
    /// Kinds of which the last four characters stay.
    pub show_last_four: Vec<String>,
    /// Kinds that are masked or not, other than they are by themselves.
    pub kinds: Vec<(String, bool)>,
    /// Nothing is masked (`false`: all that the kinds say is).
    pub off: Option<bool>,
}

/// How decisions are written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Every entry reaches the disk before the command starts.
    pub sync_always: Option<bool>,
}

/// Ways to ask for approval.
pub const CHANNELS: &[&str] = &["terminal", "local", "agent", "hub"];

/// Those of them that are there: what policy leaves open where it says nothing.
pub const DEFAULT_CHANNELS: &[&str] = &["terminal", "local"];

/// Longest time that an answer is waited for.
const MAX_TIMEOUT_SECS: u64 = 24 * 60 * 60;

/// The file's shape.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Doc {
    version: Spanned<u32>,
    profile: Option<Spanned<String>>,
    mode: Option<Spanned<String>>,
    until: Option<Spanned<String>>,
    #[serde(default)]
    rules: Vec<Spanned<OverrideDoc>>,
    #[serde(default)]
    exceptions: Vec<Spanned<ExceptionDoc>>,
    #[serde(default)]
    protect: Many,
    #[serde(default)]
    environments: std::collections::BTreeMap<String, EnvironmentDoc>,
    #[serde(default)]
    approve: ApproveDoc,
    #[serde(default, deserialize_with = "mask_doc")]
    mask: MaskDoc,
    #[serde(default)]
    audit: AuditDoc,
    #[serde(default)]
    lock: Many,
    #[serde(default)]
    open: Many,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OverrideDoc {
    rule: Option<Spanned<String>>,
    tag: Option<Spanned<String>>,
    when: Option<Spanned<String>>,
    decision: Spanned<String>,
    /// For the reader.
    #[serde(default, rename = "reason")]
    _reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExceptionDoc {
    command: Option<Spanned<String>>,
    rule: Option<Spanned<String>>,
    #[serde(rename = "in")]
    inside: Option<Spanned<String>>,
    reason: Option<Spanned<String>>,
    until: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvironmentDoc {
    #[serde(default)]
    kube: Many,
    #[serde(default)]
    hosts: Many,
    #[serde(default)]
    branches: Many,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApproveDoc {
    timeout: Option<Spanned<String>>,
    channels: Option<Many>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MaskDoc {
    #[serde(default)]
    fields: Many,
    #[serde(default)]
    show_last_four: Many,
    #[serde(default)]
    kinds: std::collections::BTreeMap<String, Spanned<String>>,
    off: Option<Spanned<String>>,
}

/// `mask: off` in place of `mask: { off: true }`.
fn mask_doc<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<MaskDoc, D::Error> {
    struct Either;
    impl<'de> serde::de::Visitor<'de> for Either {
        type Value = MaskDoc;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("`on`, `off`, or what is masked")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<MaskDoc, E> {
            match text {
                "on" | "off" => self.visit_bool(text == "on"),
                _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
            }
        }

        fn visit_bool<E: serde::de::Error>(self, on: bool) -> Result<MaskDoc, E> {
            let nowhere = serde_saphyr::Location::UNKNOWN;
            let off = Spanned::new(if on { "off" } else { "on" }.to_owned(), nowhere, nowhere);
            Ok(MaskDoc { off: Some(off), ..MaskDoc::default() })
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<MaskDoc, A::Error> {
            MaskDoc::deserialize(serde::de::value::MapAccessDeserializer::new(map))
        }
    }
    deserializer.deserialize_any(Either)
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct AuditDoc {
    sync: Option<Spanned<String>>,
}

/// Reads a policy file. `condition` compiles a CEL condition to see whether it is one.
///
/// # Errors
/// Everything that is wrong with it, in order; never empty.
pub fn read(source: Source<'_>, condition: &dyn Fn(&str) -> Result<(), String>) -> Result<PolicyFile, Vec<Problem>> {
    let doc: Doc = parse(source).map_err(|problem| vec![problem])?;
    let mut reader = Reader { source, condition, problems: Vec::new() };
    let file = reader.file(&doc);
    if reader.problems.is_empty() { Ok(file) } else { Err(reader.problems) }
}

/// Kinds of masks that a policy file names and that are none of `known`; nothing where the file cannot be read at all.
#[must_use]
pub fn unknown_kinds(source: Source<'_>, known: &[&str]) -> Vec<Problem> {
    let Ok(doc) = parse::<Doc>(source) else { return Vec::new() };
    let mut reader = Reader { source, condition: &|_| Ok(()), problems: Vec::new() };
    let named = doc.mask.kinds.iter().chain(doc.mask.show_last_four.0.iter().map(|text| (&text.value, text)));
    for (kind, place) in named.filter(|(kind, _)| !known.contains(&kind.as_str())) {
        reader.complain(place, format!("unknown kind of mask `{kind}`; {}", closest(kind, known)));
    }
    reader.problems
}

struct Reader<'a> {
    source: Source<'a>,
    condition: &'a dyn Fn(&str) -> Result<(), String>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn complain<T>(&mut self, at: &Spanned<T>, message: impl Into<String>) {
        self.problems.push(Problem::new(self.source.file, self.source.text, place_of(at.referenced), message));
    }

    fn file(&mut self, doc: &Doc) -> PolicyFile {
        if doc.version.value != 1 {
            self.complain(&doc.version, format!("version {} is not known; this is version 1", doc.version.value));
        }
        PolicyFile {
            profile: doc.profile.as_ref().and_then(|text| self.word(text, "profile", Profile::ALL, Profile::as_str)),
            mode: self.mode(doc),
            overrides: doc.rules.iter().filter_map(|rule| self.change(rule)).collect(),
            exceptions: doc.exceptions.iter().filter_map(|exception| self.exception(exception)).collect(),
            protect: self.texts(&doc.protect),
            environments: doc.environments.iter().map(|(name, doc)| self.environment(name, doc)).collect(),
            approve: self.approve(&doc.approve),
            mask: self.mask(&doc.mask),
            audit: self.audit(&doc.audit),
            lock: self.texts(&doc.lock),
            open: self.texts(&doc.open),
        }
    }

    fn word<T: Copy>(
        &mut self,
        text: &Spanned<String>,
        key: &str,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let found = all.iter().copied().find(|value| name(*value) == text.value);
        if found.is_none() {
            let names: Vec<&str> = all.iter().map(|value| name(*value)).collect();
            self.complain(text, format!("unknown {key} `{}`; {}", text.value, closest(&text.value, &names)));
        }
        found
    }

    fn texts(&mut self, many: &Many) -> Vec<String> {
        for text in many.0.iter().filter(|text| text.value.trim().is_empty()) {
            self.complain(text, "an empty text");
        }
        many.0.iter().map(|text| text.value.clone()).collect()
    }

    fn date(&mut self, text: &Spanned<String>) -> Option<Date> {
        let date = Date::parse(&text.value);
        if date.is_none() {
            self.complain(text, format!("`{}` is not a day such as 2027-01-31", text.value));
        }
        date
    }

    fn mode(&mut self, doc: &Doc) -> Option<Mode> {
        let until = doc.until.as_ref().and_then(|text| self.date(text));
        let Some(mode) = &doc.mode else {
            if let Some(until) = &doc.until {
                self.complain(until, "`until` belongs to `mode: observe`");
            }
            return None;
        };
        match mode.value.as_str() {
            "enforce" => Some(Mode::Enforce),
            "observe" => {
                if doc.until.is_none() {
                    self.complain(mode, "`mode: observe` needs a last day, `until: 2027-01-31`");
                }
                until.map(Mode::Observe)
            }
            other => {
                self.complain(mode, format!("unknown mode `{other}`; {}", closest(other, &["enforce", "observe"])));
                None
            }
        }
    }

    fn change(&mut self, doc: &Spanned<OverrideDoc>) -> Option<Override> {
        let ((Some(named), None) | (None, Some(named))) = (&doc.value.rule, &doc.value.tag) else {
            self.complain(doc, "an entry of `rules` names one `rule` or one `tag`");
            return None;
        };
        let decision = self.word(&doc.value.decision, "decision", Decision::ALL, Decision::as_str)?;
        if let Some(when) = &doc.value.when
            && let Err(why) = (self.condition)(&when.value)
        {
            self.complain(when, format!("the condition does not compile: {why}"));
            return None;
        }
        Some(Override {
            rule: named.value.clone(),
            when: doc.value.when.as_ref().map(|when| when.value.clone()),
            decision,
            place: place_of(named.referenced),
        })
    }

    fn exception(&mut self, doc: &Spanned<ExceptionDoc>) -> Option<Exception> {
        let what = match (&doc.value.command, &doc.value.rule) {
            (Some(command), None) => match shell_words::split(&command.value) {
                Ok(words) if !words.is_empty() => Excepted::Command(words),
                _ => {
                    self.complain(command, "the command cannot be split into words");
                    return None;
                }
            },
            (None, Some(rule)) => Excepted::Rule(rule.value.clone()),
            _ => {
                self.complain(doc, "an exception names one `command` or one `rule`");
                return None;
            }
        };
        let ExceptionDoc { inside, reason, until, .. } = &doc.value;
        for (key, given) in [("in", inside), ("reason", reason), ("until", until)] {
            if given.as_ref().is_none_or(|text| text.value.trim().is_empty()) {
                self.complain(doc, format!("an exception needs `{key}`"));
            }
        }
        let inside = inside.as_ref()?;
        if !inside.value.starts_with(['/', '~', '.']) && inside.value != "**" {
            self.complain(inside, "`in` is a folder: it starts with `/`, `~/` or `./`");
        }
        if let Err(why) = glob::expand(&inside.value) {
            self.complain(inside, format!("the glob `{}` {why}", inside.value));
        }
        let until = self.date(until.as_ref()?)?;
        let place = place_of(doc.referenced);
        Some(Exception { what, inside: inside.value.clone(), reason: reason.as_ref()?.value.clone(), until, place })
    }

    fn environment(&mut self, name: &str, doc: &EnvironmentDoc) -> Environment {
        let mut globs = |many: &Many| {
            let mut all = Vec::new();
            for text in &many.0 {
                match glob::expand(&text.value) {
                    Ok(spelled) => all.extend(spelled),
                    Err(why) => self.complain(text, format!("the glob `{}` {why}", text.value)),
                }
            }
            all
        };
        Environment {
            name: name.to_owned(),
            kube: globs(&doc.kube),
            hosts: globs(&doc.hosts),
            branches: globs(&doc.branches),
        }
    }

    fn approve(&mut self, doc: &ApproveDoc) -> Approve {
        let timeout_secs = doc.timeout.as_ref().and_then(|text| {
            let seconds = duration_secs(&text.value).filter(|seconds| (1..=MAX_TIMEOUT_SECS).contains(seconds));
            if seconds.is_none() {
                self.complain(text, format!("`{}` is not a time such as 90s, 5m or 2h, at most 24h", text.value));
            }
            seconds
        });
        let channels = doc.channels.as_ref().map(|many| {
            for text in &many.0 {
                if !CHANNELS.contains(&text.value.as_str()) {
                    let known = closest(&text.value, CHANNELS);
                    self.complain(text, format!("unknown channel `{}`; {known}", text.value));
                }
            }
            many.0.iter().map(|text| text.value.clone()).collect()
        });
        Approve { timeout_secs, channels }
    }

    fn mask(&mut self, doc: &MaskDoc) -> Mask {
        for field in &doc.fields.0 {
            if field.value.split('.').any(|part| part.trim().is_empty()) && !field.value.trim().is_empty() {
                self.complain(field, format!("`{}` is not a field such as email or users.phone", field.value));
            }
        }
        let mut kinds = Vec::new();
        for (kind, word) in &doc.kinds {
            if let Some(on) = self.switch(word, "kinds") {
                kinds.push((kind.clone(), on));
            }
        }
        let off = doc.off.as_ref().and_then(|word| self.switch(word, "off"));
        Mask { fields: self.texts(&doc.fields), show_last_four: self.texts(&doc.show_last_four), kinds, off }
    }

    /// Reads `on`, `true`, `off` or `false`.
    fn switch(&mut self, word: &Spanned<String>, key: &str) -> Option<bool> {
        match word.value.as_str() {
            "on" | "true" => Some(true),
            "off" | "false" => Some(false),
            other => {
                self.complain(word, format!("`{other}` in `{key}` is neither `on` nor `off`"));
                None
            }
        }
    }

    fn audit(&mut self, doc: &AuditDoc) -> Audit {
        let sync = doc.sync.as_ref().and_then(|text| {
            let name = |always: bool| if always { "always" } else { "grouped" };
            self.word(text, "sync", &[true, false], name)
        });
        Audit { sync_always: sync }
    }
}

/// Reads `90s`, `5m`, `2h`.
fn duration_secs(text: &str) -> Option<u64> {
    let unit = match text.chars().next_back()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        _ => return None,
    };
    let digits = text.get(..text.len() - 1)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_mul(unit)
}
