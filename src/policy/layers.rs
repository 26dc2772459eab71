//! Layers of policy: built-in → system → user → project → what the environment points to.
//!
//! Anyone may tighten. Loosening needs standing: the layer is trusted, the thing is not locked by an earlier layer, a
//! project layer may only loosen what was opened to it, and rules about the guard itself are never loosened. Every
//! value remembers its layer; a loosening that does not count is listed with the reason.

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::decision::{ActorKind, Decision, Severity};
use super::file::{DEFAULT_CHANNELS, Environment, Exception, Mode, Override, PolicyFile, Profile};
use super::load::Source;
use super::located::{Place, Problem};
use super::rule::Rule;
use crate::syntax::bytes;

/// Where a policy file stands in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayerKind {
    /// What the binary carries.
    BuiltIn,
    /// The machine's.
    System,
    /// The user's.
    User,
    /// The project's.
    Project,
    /// Found through `HOME`, `XDG_*` or `WARDSH_*`: only tightens.
    Environment,
}

impl LayerKind {
    /// The name for readers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
            Self::System => "system",
            Self::User => "user",
            Self::Project => "project",
            Self::Environment => "environment",
        }
    }
}

impl fmt::Display for LayerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One policy file in the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Where it stands.
    pub kind: LayerKind,
    /// Its file; absolute.
    pub path: String,
    /// A human has trusted this very content at this path (or the file is root's).
    pub trusted: bool,
    /// It is what was trusted earlier; the file is another one by now.
    pub remembered: bool,
    /// What it says.
    pub file: PolicyFile,
    /// SHA-256 of its text.
    pub sha256: [u8; 32],
}

/// What humans have trusted.
pub trait TrustStore {
    /// Says whether this content is what was trusted last at this path. An older one is not: bringing it back would
    /// remove what a human has added since.
    fn is_trusted(&self, path: &str, sha256: &[u8; 32]) -> bool;
    /// The content that was trusted last at this path and was not untrusted since.
    fn last_trusted(&self, path: &str) -> Option<String>;
    /// Every path at which something is trusted, sorted.
    fn paths(&self) -> Vec<String>;
    /// A digest of all that is trusted.
    fn fingerprint(&self) -> [u8; 32];
}

/// A store in which nothing is trusted.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTrust;

impl TrustStore for NoTrust {
    fn is_trusted(&self, _path: &str, _sha256: &[u8; 32]) -> bool {
        false
    }

    fn last_trusted(&self, _path: &str) -> Option<String> {
        None
    }

    fn paths(&self) -> Vec<String> {
        Vec::new()
    }

    fn fingerprint(&self) -> [u8; 32] {
        [0; 32]
    }
}

/// SHA-256 of a text.
#[must_use]
pub fn digest(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// The layers that a file amounts to: itself, and what was trusted there before where it is not that any more.
///
/// `text` is the file as it is now; `None` where it does not exist. What was trusted keeps applying when the file
/// changes, vanishes or breaks: removing a restriction is loosening. A file that cannot be read as a policy is
/// reported and otherwise left out.
pub fn standing(
    kind: LayerKind,
    path: &str,
    text: Option<&str>,
    trust: &dyn TrustStore,
    condition: &dyn Fn(&str) -> Result<(), String>,
    problems: &mut Vec<Problem>,
) -> Vec<Layer> {
    let mut layers = Vec::new();
    let sha256 = text.map(|text| digest(text.as_bytes()));
    // The system layer is root's, whose word it is: the caller has checked that.
    let trusted = kind == LayerKind::System || sha256.as_ref().is_some_and(|sha256| trust.is_trusted(path, sha256));
    let mut add = |text: &str, trusted: bool, remembered: bool, problems: &mut Vec<Problem>| match super::file::read(
        Source { file: path, text },
        condition,
    ) {
        Ok(file) => {
            layers.push(Layer {
                kind,
                path: path.to_owned(),
                trusted: trusted && kind != LayerKind::Environment,
                remembered,
                file,
                sha256: digest(text.as_bytes()),
            });
            true
        }
        Err(more) => {
            problems.extend(more);
            false
        }
    };
    let remembers = kind != LayerKind::System && kind != LayerKind::Environment;
    if !trusted
        && remembers
        && let Some(before) = trust.last_trusted(path)
    {
        // It was read once; should this version no longer be able to, that is no reason to stop.
        add(&before, true, true, &mut Vec::new());
    }
    if let Some(text) = text {
        add(text, trusted, false, problems);
    }
    layers
}

/// A value and the layer that it comes from: an index into [`Policy::layers`], `None` for built-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Its layer.
    pub layer: Option<usize>,
}

impl<T> Setting<T> {
    const fn built_in(value: T) -> Self {
        Self { value, layer: None }
    }
}

/// A loosening that does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncounted {
    /// Index into [`Policy::layers`].
    pub layer: usize,
    /// Where it stands; unknown for settings that are one line.
    pub place: Place,
    /// What it would loosen.
    pub what: String,
    /// Why it does not.
    pub why: Refusal,
}

/// Why a loosening does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Rules about the guard itself stay as they are.
    Guard,
    /// Found through the environment.
    Environment,
    /// Nobody trusted the file.
    Untrusted,
    /// An earlier layer closed it.
    Locked,
    /// No earlier layer opened it to projects.
    NotOpen,
    /// It is for the system and the user alone.
    NotUpper,
    /// This wardsh has no such thing yet.
    NotThere,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Guard => "rules about the guard itself are never loosened",
            Self::Environment => "a file that the environment points to only tightens",
            Self::Untrusted => "the file is not trusted; see `wardsh policy trust`",
            Self::Locked => "an earlier layer has locked it",
            Self::NotOpen => "no earlier layer opens it to projects",
            Self::NotUpper => "only the system's or the user's policy may",
            Self::NotThere => "this version of wardsh has no such channel",
        })
    }
}

/// What applies, from all layers.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The files, in order.
    pub layers: Vec<Layer>,
    /// How strict.
    pub profile: Setting<Profile>,
    /// Whether decisions are enforced.
    pub mode: Setting<Mode>,
    /// Protected places beside the built-in ones: absolute.
    pub protect: Vec<Setting<String>>,
    /// What is production, staging, ….
    pub environments: Vec<Setting<Environment>>,
    /// How long an answer is waited for, in seconds.
    pub timeout_secs: Setting<u64>,
    /// Channels for approval.
    pub channels: Setting<Vec<String>>,
    /// Fields that are masked.
    pub mask_fields: Vec<Setting<String>>,
    /// Kinds of which the last four characters stay.
    pub show_last_four: Vec<Setting<String>>,
    /// Kinds that are masked or not, other than they are by themselves; sorted, each once.
    pub mask_kinds: Vec<(String, Setting<bool>)>,
    /// Nothing is masked: see [`Policy::masks_nothing`].
    pub mask_off: Setting<bool>,
    /// Every audit entry reaches the disk before the command starts.
    pub sync_always: Setting<bool>,
    /// A digest of the rules beside the built-in ones; part of the fingerprint.
    pub rules_digest: [u8; 32],
    /// Loosenings of settings that do not count; those of rules are found by [`Policy::uncounted_rules`].
    pub uncounted: Vec<Uncounted>,
    home: String,
    locks: Vec<(String, usize)>,
    opens: Vec<(String, usize)>,
}

/// How long an answer is waited for where no policy says so.
const TIMEOUT_SECS: u64 = 300;

impl Policy {
    /// The policy without any file.
    #[must_use]
    pub fn built_in() -> Self {
        Self::resolve(Vec::new(), "")
    }

    /// Resolves layers, which must be in order. `home` is what `~` stands for.
    #[must_use]
    pub fn resolve(layers: Vec<Layer>, home: &str) -> Self {
        let mut policy = Self {
            layers: Vec::new(),
            profile: Setting::built_in(Profile::default()),
            mode: Setting::built_in(Mode::Enforce),
            protect: Vec::new(),
            environments: Vec::new(),
            timeout_secs: Setting::built_in(TIMEOUT_SECS),
            channels: Setting::built_in(DEFAULT_CHANNELS.iter().map(|name| (*name).to_owned()).collect()),
            mask_fields: Vec::new(),
            show_last_four: Vec::new(),
            mask_kinds: Vec::new(),
            mask_off: Setting::built_in(false),
            sync_always: Setting::built_in(false),
            rules_digest: [0; 32],
            uncounted: Vec::new(),
            home: home.trim_end_matches('/').to_owned(),
            locks: Vec::new(),
            opens: Vec::new(),
        };
        for layer in layers {
            policy.layers.push(layer);
            policy.apply_last();
        }
        policy
    }

    /// Applies the settings of the layer that was added last.
    fn apply_last(&mut self) {
        let Some(at) = self.layers.len().checked_sub(1) else { return };
        let Some(layer) = self.layers.get(at) else { return };
        let file = layer.file.clone();
        self.apply_strictness(at, &file);
        self.apply_places(at, &file);
        self.apply_approval(at, &file);
        self.apply_mask(at, &file);
        if let Some(always) = file.audit.sync_always
            && always != self.sync_always.value
            && (always || self.loosens(at, "audit", "sync: grouped"))
        {
            self.sync_always = Setting { value: always, layer: Some(at) };
        }
        for name in &file.open {
            if self.loosens(at, name, &format!("open: {name}")) {
                self.opens.push((name.clone(), at));
            }
        }
        self.locks.extend(file.lock.iter().map(|name| (name.clone(), at)));
    }

    fn apply_strictness(&mut self, at: usize, file: &PolicyFile) {
        if let Some(profile) = file.profile
            && profile != self.profile.value
            && (profile > self.profile.value || self.loosens(at, "profile", &format!("profile: {}", profile.as_str())))
        {
            self.profile = Setting { value: profile, layer: Some(at) };
        }
        match file.mode {
            Some(Mode::Enforce) if self.mode.value != Mode::Enforce => {
                self.mode = Setting { value: Mode::Enforce, layer: Some(at) };
            }
            Some(mode @ Mode::Observe(_)) if self.loosens(at, "mode", "mode: observe") => {
                self.mode = Setting { value: mode, layer: Some(at) };
            }
            _ => {}
        }
    }

    fn apply_places(&mut self, at: usize, file: &PolicyFile) {
        let folder = self.layers.get(at).and_then(|layer| layer.path.rsplit_once('/')).map_or("", |(folder, _)| folder);
        let places: Vec<String> = file.protect.iter().map(|place| absolute(place, folder, &self.home)).collect();
        self.protect.extend(places.into_iter().map(|value| Setting { value, layer: Some(at) }));
        for environment in &file.environments {
            // Whoever is not trusted may call more things production, and nothing anything milder.
            if environment.name == "production"
                || self.loosens(at, "environments", &format!("environments: {}", environment.name))
            {
                self.environments.push(Setting { value: environment.clone(), layer: Some(at) });
            }
        }
    }

    fn apply_mask(&mut self, at: usize, file: &PolicyFile) {
        let fields = file.mask.fields.iter().map(|field| Setting { value: field.clone(), layer: Some(at) });
        self.mask_fields.extend(fields);
        for kind in &file.mask.show_last_four {
            if self.loosens(at, "mask", &format!("show_last_four: {kind}")) {
                self.show_last_four.push(Setting { value: kind.clone(), layer: Some(at) });
            }
        }
        for (kind, on) in &file.mask.kinds {
            if *on || self.loosens(at, "mask", &format!("kinds: {kind}: off")) {
                let setting = Setting { value: *on, layer: Some(at) };
                match self.mask_kinds.binary_search_by(|(known, _)| known.cmp(kind)) {
                    Ok(known) => self.mask_kinds[known].1 = setting,
                    Err(place) => self.mask_kinds.insert(place, (kind.clone(), setting)),
                }
            }
        }
        match file.mask.off {
            Some(true) => {
                let upper = self.layers.get(at).is_some_and(|layer| layer.kind < LayerKind::Project);
                if !upper {
                    let what = "mask: off".to_owned();
                    self.uncounted.push(Uncounted { layer: at, place: Place::default(), what, why: Refusal::NotUpper });
                } else if self.loosens(at, "mask", "mask: off") {
                    self.mask_off = Setting { value: true, layer: Some(at) };
                }
            }
            Some(false) if self.mask_off.value => self.mask_off = Setting { value: false, layer: Some(at) },
            _ => {}
        }
    }

    /// Says whether nothing is masked for this actor: `mask: off` counts for a human alone, and only at a terminal,
    /// which the caller has to see to.
    #[must_use]
    pub fn masks_nothing(&self, actor: ActorKind) -> bool {
        self.mask_off.value && actor == ActorKind::Human
    }

    fn apply_approval(&mut self, at: usize, file: &PolicyFile) {
        if let Some(secs) = file.approve.timeout_secs
            && secs != self.timeout_secs.value
            && (secs < self.timeout_secs.value || self.loosens(at, "approve", &format!("timeout: {secs}s")))
        {
            self.timeout_secs = Setting { value: secs, layer: Some(at) };
        }
        if let Some(wanted) = &file.approve.channels {
            let (wanted, absent): (Vec<String>, Vec<String>) =
                wanted.iter().cloned().partition(|channel| DEFAULT_CHANNELS.contains(&channel.as_str()));
            if !absent.is_empty() {
                let what = format!("channels: {}", absent.join(", "));
                self.uncounted.push(Uncounted { layer: at, place: Place::default(), what, why: Refusal::NotThere });
            }
            let added = wanted.iter().any(|channel| !self.channels.value.contains(channel));
            let value = if added && self.loosens(at, "approve", &format!("channels: {}", wanted.join(", "))) {
                wanted.clone()
            } else {
                self.channels.value.iter().filter(|channel| wanted.contains(channel)).cloned().collect()
            };
            if value != self.channels.value {
                self.channels = Setting { value, layer: Some(at) };
            }
        }
    }

    /// Says whether a layer may loosen a setting; notes it where not.
    fn loosens(&mut self, layer: usize, name: &str, what: &str) -> bool {
        match self.standing_of(layer, &[name]) {
            Ok(()) => true,
            Err(why) => {
                self.uncounted.push(Uncounted { layer, place: Place::default(), what: what.to_owned(), why });
                false
            }
        }
    }

    /// Says whether a layer may loosen something that goes by these names.
    fn standing_of(&self, at: usize, names: &[&str]) -> Result<(), Refusal> {
        let Some(layer) = self.layers.get(at) else { return Err(Refusal::Untrusted) };
        if layer.kind == LayerKind::Environment {
            return Err(Refusal::Environment);
        }
        if !layer.trusted {
            return Err(Refusal::Untrusted);
        }
        let meant = |name: &String| names.contains(&name.as_str());
        let other = |by: usize| self.layers.get(by).filter(|other| by < at && other.path != layer.path);
        if self.locks.iter().any(|(name, by)| meant(name) && other(*by).is_some()) {
            return Err(Refusal::Locked);
        }
        let opens = |by: usize| other(by).is_some_and(|other| other.kind < LayerKind::Project);
        let open = || self.opens.iter().any(|(name, by)| meant(name) && opens(*by));
        if layer.kind == LayerKind::Project && !open() {
            return Err(Refusal::NotOpen);
        }
        Ok(())
    }

    /// Says whether a layer may loosen a rule.
    ///
    /// # Errors
    /// Why it may not.
    pub fn may_loosen(&self, layer: usize, rule: &Rule) -> Result<(), Refusal> {
        if rule.guards_the_guard() {
            return Err(Refusal::Guard);
        }
        let family = format!("{}.*", rule.family());
        let mut names = vec![rule.id.as_str(), family.as_str()];
        names.extend(rule.tags.iter().map(String::as_str));
        self.standing_of(layer, &names)
    }

    /// What a rule decides under this policy, and the layer that changed it last.
    ///
    /// `holds` evaluates a condition, told whether something stricter follows from it.
    pub fn decide(&self, rule: &Rule, holds: &mut dyn FnMut(&str, bool) -> bool) -> (Decision, Option<usize>) {
        let mut decision = self.by_profile(rule);
        let mut from = None;
        for (at, layer) in self.layers.iter().enumerate() {
            let mut strictest: Option<Decision> = None;
            for change in layer.file.overrides.iter().filter(|change| rule.is_named(&change.rule)) {
                let tightens = change.decision >= decision;
                if !tightens && self.may_loosen(at, rule).is_err() {
                    continue;
                }
                if change.when.as_ref().is_none_or(|when| holds(when, tightens)) {
                    strictest = strictest.max(Some(change.decision));
                }
            }
            if let Some(changed) = strictest
                && changed != decision
            {
                decision = changed;
                from = Some(at);
            }
        }
        (decision, from)
    }

    /// What a rule decides under the profile alone.
    fn by_profile(&self, rule: &Rule) -> Decision {
        match (self.profile.value, rule.decision) {
            (Profile::Relaxed, Decision::Ask) if rule.severity <= Severity::Medium && !rule.guards_the_guard() => {
                Decision::Warn
            }
            (Profile::Strict, Decision::Warn) => Decision::Ask,
            (_, decision) => decision,
        }
    }

    /// Exceptions in the order of the layers, each with its layer.
    pub fn exceptions(&self) -> impl Iterator<Item = (usize, &Exception)> {
        let of = |(at, layer)| {
            let layer: &Layer = layer;
            layer.file.exceptions.iter().map(move |exception| (at, exception))
        };
        self.layers.iter().enumerate().flat_map(of)
    }

    /// Changes to rules in the order of the layers, each with its layer.
    pub fn overrides(&self) -> impl Iterator<Item = (usize, &Override)> {
        let of = |(at, layer)| {
            let layer: &Layer = layer;
            layer.file.overrides.iter().map(move |change| (at, change))
        };
        self.layers.iter().enumerate().flat_map(of)
    }

    /// Loosenings of rules that do not count. Looks at every rule: for showing a policy, not for judging.
    #[must_use]
    pub fn uncounted_rules<'r>(&self, rules: impl Iterator<Item = &'r Rule>) -> Vec<Uncounted> {
        use super::file::Excepted;
        let mut found: Vec<Uncounted> = Vec::new();
        let mut note = |layer: usize, place: Place, what: String, why: Refusal| {
            if !found.iter().any(|known| known.layer == layer && known.place == place) {
                found.push(Uncounted { layer, place, what, why });
            }
        };
        for rule in rules {
            for (layer, change) in self.overrides().filter(|(_, change)| rule.is_named(&change.rule)) {
                if change.decision < self.by_profile(rule)
                    && let Err(why) = self.may_loosen(layer, rule)
                {
                    note(layer, change.place, format!("{}: {}", change.rule, change.decision), why);
                }
            }
            for (layer, exception) in self.exceptions() {
                if matches!(&exception.what, Excepted::Rule(id) if *id == rule.id)
                    && let Err(why) = self.may_loosen(layer, rule)
                {
                    note(layer, exception.place, format!("exception: {}", rule.id), why);
                }
            }
        }
        for (layer, exception) in self.exceptions() {
            if let Excepted::Command(words) = &exception.what
                && let Some(standing) = self.layers.get(layer)
                && !standing.trusted
            {
                let why =
                    if standing.kind == LayerKind::Environment { Refusal::Environment } else { Refusal::Untrusted };
                note(layer, exception.place, format!("exception: {}", words.join(" ")), why);
            }
        }
        found
    }

    /// What `~` stands for.
    #[must_use]
    pub fn home(&self) -> &str {
        &self.home
    }

    /// What the circumstances are called; production before anything else, then in the order of the layers.
    #[must_use]
    pub fn environment(&self, kube: Option<&str>, host: Option<&str>, branch: Option<&str>) -> Option<&str> {
        let fits = |globs: &[String], value: Option<&str>| {
            value.is_some_and(|value| globs.iter().any(|glob| super::glob::matches(glob, value)))
        };
        let is = |environment: &&Setting<Environment>| {
            let Environment { kube: contexts, hosts, branches, .. } = &environment.value;
            fits(contexts, kube) || fits(hosts, host) || fits(branches, branch)
        };
        let mut found = self.environments.iter().filter(is);
        let first = found.next()?;
        let production = std::iter::once(first).chain(found).find(|found| found.value.name == "production");
        Some(production.unwrap_or(first).value.name.as_str())
    }

    /// A name for everything that applies: equal policies have equal fingerprints.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut sum = Sha256::new();
        sum.update(env!("CARGO_PKG_VERSION"));
        sum.update(self.rules_digest);
        for layer in &self.layers {
            sum.update([layer.kind as u8, u8::from(layer.trusted)]);
            sum.update(layer.sha256);
            sum.update(u64::try_from(layer.path.len()).unwrap_or(u64::MAX).to_le_bytes());
            sum.update(&layer.path);
        }
        "sha256:".to_owned() + &bytes::hex(&sum.finalize())
    }
}

/// A place as an absolute path: `~` is the home folder, anything else without `/` in front is in `folder`.
#[must_use]
pub fn absolute(place: &str, folder: &str, home: &str) -> String {
    let place = if place.len() > 1 { place.trim_end_matches('/') } else { place };
    if let Some(rest) = place.strip_prefix('~')
        && (rest.is_empty() || rest.starts_with('/'))
    {
        return format!("{home}{rest}");
    }
    if place.starts_with('/') {
        return place.to_owned();
    }
    let place = place.strip_prefix("./").unwrap_or(place);
    if place == "." { folder.to_owned() } else { format!("{folder}/{place}") }
}
