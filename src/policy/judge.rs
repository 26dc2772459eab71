//! The judgement: all rules against all invocations and effects of a line; the strictest match decides.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use super::condition::Purpose;
use super::context::Context;
use super::decision::{Decision, Severity};
use super::except;
use super::file::{Mode, Profile};
use super::layers::{LayerKind, Policy};
use super::matching::{self, Found, Subject};
use super::rule::{Block, ProgramSpec, Rule};
use super::ruleset::{RuleLayer, RuleSet};
use super::verdict::{EffectOut, MatchOut, UnresolvedOut, Verdict};
use crate::effects::{Certainty, Effect, EffectKind, Scope, Trait};
use crate::syntax::{Analysis, Invocation, Span, only_asks_help};

/// Most matches that a verdict lists; a line of 64 KB can have thousands that say the same.
const MAX_MATCHES: usize = 256;

/// Judges one analysed line against the rules and the policy.
///
/// `effects` are what the effect stage found, in source order; may be empty. The verdict takes the strictest decision
/// of all matching rules, and what the profile says about unmatched lines where none matches. There is no error case.
pub fn judge(rules: &RuleSet, policy: &Policy, line: &Analysis, effects: &[Effect], cx: &Context<'_>) -> Verdict {
    let mut bench = Bench::new(rules, policy, line, effects, cx);
    bench.try_all();
    bench.verdict()
}

/// Every rule that matches the line, whatever actor, condition and policy say: for examples.
#[must_use]
pub fn matching_rules<'r>(rules: &'r RuleSet, line: &Analysis, effects: &[Effect]) -> Vec<&'r Rule> {
    let actor = super::context::Actor::default();
    let cx = Context::bare("", &actor);
    let policy = Policy::built_in();
    let mut bench = Bench { everything: true, ..Bench::new(rules, &policy, line, effects, &cx) };
    bench.try_all();
    bench.hits.iter().map(|hit| hit.rule).collect()
}

/// A rule that matched.
struct Hit<'r> {
    layer: &'r RuleLayer,
    rule: &'r Rule,
    /// The invocation that it matched on or that causes the effect.
    invocation: Option<usize>,
    certainty: Certainty,
    span: Span,
}

/// A match with what the policy makes of it.
struct Ruling<'r> {
    hit: &'r Hit<'r>,
    decision: Decision,
    changed_by: Option<String>,
    exception: Option<String>,
}

/// What one layer says of programs of one name.
#[derive(Clone)]
struct Named<'r> {
    /// How they read their words.
    spec: &'r ProgramSpec,
    /// Rules that may be about them.
    rules: Rc<[&'r Rule]>,
}

struct Bench<'a, 'r> {
    rules: &'r RuleSet,
    policy: &'a Policy,
    line: &'a Analysis,
    effects: &'a [Effect],
    cx: &'a Context<'a>,
    hits: Vec<Hit<'r>>,
    /// Effects that rules about programs name.
    made: Vec<Effect>,
    /// What was looked up for the programs of this name, by layer; lines start the same ones again and again.
    by_name: HashMap<(usize, Option<&'a str>), Named<'r>>,
    /// Rules that may be about programs of any name, by layer.
    nameless: HashMap<usize, Rc<[&'r Rule]>>,
    /// Rules about each kind of effect, by layer.
    by_kind: HashMap<(usize, EffectKind), Rc<[&'r Rule]>>,
    /// Those of them that may be about an effect in such a scope by a program of that name.
    by_place: HashMap<(usize, EffectKind, &'static str, Option<&'a str>), Rc<[&'r Rule]>>,
    /// Matches noted so far, to note none twice.
    seen: HashMap<(*const Rule, Span, Option<usize>), usize>,
    /// Rules are noted whatever they decide and for whomever.
    everything: bool,
    /// A rule's record could not be read.
    damaged: bool,
}

impl<'a, 'r> Bench<'a, 'r> {
    fn new(
        rules: &'r RuleSet,
        policy: &'a Policy,
        line: &'a Analysis,
        effects: &'a [Effect],
        cx: &'a Context<'a>,
    ) -> Self {
        let (hits, made, seen) = (Vec::new(), Vec::new(), HashMap::new());
        let (by_name, nameless) = (HashMap::new(), HashMap::new());
        Self {
            rules,
            policy,
            line,
            effects,
            cx,
            hits,
            made,
            by_name,
            nameless,
            by_kind: HashMap::new(),
            by_place: HashMap::new(),
            seen,
            everything: false,
            damaged: false,
        }
    }

    fn try_all(&mut self) {
        self.try_invocations();
        self.try_effects();
        self.try_made_effects();
    }

    /// Rules by their numbers, each once.
    fn rules_of(&mut self, layer: &'r RuleLayer, mut numbers: Vec<usize>) -> Rc<[&'r Rule]> {
        numbers.sort_unstable();
        numbers.dedup();
        let found: Rc<[&Rule]> = numbers.iter().filter_map(|at| layer.bundle.rule(*at)).collect();
        self.damaged |= found.len() < numbers.len();
        found
    }

    fn try_invocations(&mut self) {
        let rules = self.rules;
        for (at, inv) in self.line.starting() {
            let helps = only_asks_help(inv);
            for (number, layer) in rules.layers().iter().enumerate() {
                // Who forbids a program in rules of his own means all of it.
                if helps && layer.kind == LayerKind::BuiltIn {
                    continue;
                }
                let named = self.named(number, layer, inv);
                let subject = Subject::new(inv, named.spec);
                for rule in named.rules.iter().copied() {
                    if let Some(found) = matching::matches(rule, Some(&subject), None) {
                        self.note_invocation(layer, rule, at, &subject, found);
                    }
                }
            }
        }
    }

    /// What a layer says of an invocation's program.
    fn named(&mut self, number: usize, layer: &'r RuleLayer, inv: &'a Invocation) -> Named<'r> {
        let name = inv.name();
        if let Some(known) = self.by_name.get(&(number, name)) {
            return known.clone();
        }
        let spec = self.rules.spec(layer, name);
        let subject = Subject::new(inv, spec);
        let by_name: Vec<usize> = subject.names().iter().flat_map(|name| layer.bundle.for_program(name)).collect();
        let rules = match self.nameless.get(&number) {
            Some(known) if by_name.is_empty() => Rc::clone(known),
            _ => {
                let all = self.rules_of(layer, by_name.iter().copied().chain(layer.bundle.always()).collect());
                all.iter().copied().filter(|rule| matching::is_about_programs(rule)).collect()
            }
        };
        if by_name.is_empty() {
            self.nameless.entry(number).or_insert_with(|| Rc::clone(&rules));
        }
        let found = Named { spec, rules };
        self.by_name.insert((number, name), found.clone());
        found
    }

    /// Rules of a layer that may be about an effect of a program of some name; `subject` is one.
    fn about(
        &mut self,
        (number, layer): (usize, &'r RuleLayer),
        effect: &Effect,
        name: Option<&'a str>,
        subject: Option<&Subject<'_>>,
    ) -> Rc<[&'r Rule]> {
        let key = (number, effect.kind, effect.scope.kind(), name);
        if let Some(known) = self.by_place.get(&key) {
            return Rc::clone(known);
        }
        let all = self.about_kind(number, layer, effect.kind);
        let found: Rc<[&Rule]> =
            all.iter().copied().filter(|rule| matching::may_concern(rule, subject, effect)).collect();
        self.by_place.insert(key, Rc::clone(&found));
        found
    }

    /// Rules of a layer that may be about effects of a kind.
    fn about_kind(&mut self, number: usize, layer: &'r RuleLayer, kind: EffectKind) -> Rc<[&'r Rule]> {
        if let Some(known) = self.by_kind.get(&(number, kind)) {
            return Rc::clone(known);
        }
        let all = self.rules_of(layer, layer.bundle.for_kind(kind).chain(layer.bundle.always()).collect());
        let found: Rc<[&Rule]> = all.iter().copied().filter(|rule| mentions_effect(&rule.block)).collect();
        self.by_kind.insert((number, kind), Rc::clone(&found));
        found
    }

    fn note_invocation(&mut self, layer: &'r RuleLayer, rule: &'r Rule, at: usize, on: &Subject<'_>, found: Found) {
        let span = on.span(found);
        let hit = Hit { layer, rule, invocation: Some(at), certainty: found.certainty, span };
        if !self.note(hit) {
            return;
        }
        let Some(kind) = rule.effect else { return };
        let inv = on.invocation();
        let operand = found.operand.and_then(|at| inv.args.get(at));
        let name = on.names().first().copied().unwrap_or_default();
        let effect = Effect {
            kind,
            target: operand.map_or_else(|| Cow::Borrowed(name), |arg| arg.value.text()).into_owned(),
            scope: scope_of(kind, rule, inv.remote.as_deref()),
            certainty: found.certainty,
            traits: Vec::new(),
            via: inv.via.clone(),
            span,
            invocation: at,
        };
        let effect = if inv.elevated { effect.with([Trait::Elevated]) } else { effect };
        let same = |other: &Effect| other.kind == kind && other.invocation == at && other.target == effect.target;
        if !self.effects.iter().any(same) && !self.made.iter().any(same) {
            self.made.push(effect);
        }
    }

    fn try_effects(&mut self) {
        let rules = self.rules;
        for effect in self.effects {
            for (number, layer) in rules.layers().iter().enumerate() {
                self.try_effect(number, layer, effect);
            }
        }
    }

    /// Rules of system, user and projects also see the effects that rules about programs name.
    ///
    /// The built-in packs were written with both in view and must not count one thing twice.
    fn try_made_effects(&mut self) {
        let rules = self.rules;
        for effect in std::mem::take(&mut self.made) {
            for (number, layer) in rules.layers().iter().enumerate() {
                if layer.kind != LayerKind::BuiltIn {
                    self.try_effect(number, layer, &effect);
                }
            }
            self.made.push(effect);
        }
    }

    fn try_effect(&mut self, number: usize, layer: &'r RuleLayer, effect: &Effect) {
        let line = self.line;
        let inv = line.invocations.get(effect.invocation);
        let subject = inv.map(|inv| Subject::new(inv, self.named(number, layer, inv).spec));
        let about = self.about((number, layer), effect, inv.and_then(Invocation::name), subject.as_ref());
        for rule in about.iter().copied() {
            if let Some(found) = matching::matches(rule, subject.as_ref(), Some(effect)) {
                let certainty = found.certainty.min(effect.certainty);
                let invocation = inv.map(|_| effect.invocation);
                self.note(Hit { layer, rule, invocation, certainty, span: effect.span });
            }
        }
    }

    /// Notes a match unless it says nothing new; says whether it does.
    fn note(&mut self, hit: Hit<'r>) -> bool {
        if !self.everything && !self.concerns(&hit) {
            return false;
        }
        let key = (std::ptr::from_ref(hit.rule), hit.span, hit.invocation);
        if let Some(known) = self.seen.get(&key).and_then(|at| self.hits.get_mut(*at)) {
            known.certainty = known.certainty.max(hit.certainty);
            return false;
        }
        self.seen.insert(key, self.hits.len());
        self.hits.push(hit);
        true
    }

    /// Says whether a match can matter to this actor under this policy: what is allowed does only where something asks.
    fn concerns(&self, hit: &Hit<'_>) -> bool {
        let asked = || self.policy.profile.value == Profile::Strict && hit.layer.trusted;
        let changed = || self.policy.overrides().any(|(_, change)| hit.rule.is_named(&change.rule));
        (hit.rule.decision != Decision::Allow || asked() || changed())
            && hit.rule.actor.is_none_or(|kind| kind == self.cx.actor.kind)
    }

    fn verdict(self) -> Verdict {
        let mut rulings: Vec<Ruling<'_>> = self.hits.iter().filter_map(|hit| self.rule_on(hit)).collect();
        rulings.sort_by(|a, b| {
            let key = |ruling: &Ruling<'_>| (ruling.decision, ruling.hit.rule.severity);
            key(b).cmp(&key(a)).then(a.hit.span.cmp(&b.hit.span)).then_with(|| a.hit.rule.id.cmp(&b.hit.rule.id))
        });
        let mut matches: Vec<MatchOut> = rulings.iter().take(MAX_MATCHES).map(match_out).collect();
        let mut decision = rulings.first().map_or(Decision::Allow, |ruling| ruling.decision);
        for (found, by) in
            [(self.unmatched(&rulings), unmatched_out as fn(Span) -> MatchOut), (self.damage(), damaged_out)]
        {
            if let Some(span) = found {
                decision = decision.max(Decision::Ask);
                matches.push(by(span));
                matches.sort_by_key(|found| std::cmp::Reverse((found.decision, found.severity)));
            }
        }
        let (decision, observed) = self.observe(decision, &rulings);
        let mut effects: Vec<&Effect> = self.effects.iter().chain(&self.made).collect();
        effects.sort_by_key(|effect| effect.span);
        let mut unresolved: Vec<UnresolvedOut> = self.line.unresolved.iter().map(UnresolvedOut::from).collect();
        unresolved.sort_by_key(|gap| gap.span);
        Verdict {
            v: 1,
            id: None,
            decision,
            observed,
            command: self.cx.command.to_owned(),
            command_b64: None,
            inner: None,
            cwd: self.cx.cwd.to_owned(),
            actor: self.cx.actor.clone(),
            effects: effects.into_iter().map(EffectOut::from).collect(),
            matches,
            unresolved,
            digest: String::new(),
        }
    }

    /// What conditions, policy and exceptions make of a match; `None` where the rule's own condition does not hold.
    fn rule_on<'h>(&'h self, hit: &'h Hit<'h>) -> Option<Ruling<'h>> {
        let facts = self.facts_of(hit);
        let conditions = &self.rules.conditions;
        let own = if hit.rule.decision == Decision::Allow { Purpose::Loosen } else { Purpose::Tighten };
        let cx = facts.as_context(self.cx);
        if hit.rule.when.as_ref().is_some_and(|when| !conditions.holds(when, &cx, own)) {
            return None;
        }
        let mut holds = |when: &str, tightens: bool| {
            conditions.holds(when, &cx, if tightens { Purpose::Tighten } else { Purpose::Loosen })
        };
        let (decision, changed) = self.policy.decide(hit.rule, &mut holds);
        let layer_path = |at: usize| self.policy.layers.get(at).map(|layer| layer.path.clone());
        let mut ruling = Ruling { hit, decision, changed_by: changed.and_then(layer_path), exception: None };
        if decision.stops()
            && let Some(inv) = hit.invocation.and_then(|at| self.line.invocations.get(at))
            && let Some((layer, exception)) = except::find(self.policy, hit.rule, inv, self.is_opaque(hit), &cx)
        {
            ruling.decision = Decision::Allow;
            ruling.changed_by = layer_path(layer);
            ruling.exception = Some(exception.reason.clone());
        }
        Some(ruling)
    }

    /// Says whether something about the invocation of a match could not be seen.
    fn is_opaque(&self, hit: &Hit<'_>) -> bool {
        let of = |effect: &&Effect| Some(effect.invocation) == hit.invocation;
        let span = hit.invocation.and_then(|at| self.line.invocations.get(at)).map_or(hit.span, |inv| inv.span);
        self.effects.iter().filter(of).any(|effect| effect.kind == EffectKind::CodeOpaque)
            || self.line.unresolved.iter().any(|gap| span.contains(gap.span))
    }

    /// Facts that the line itself states: a cluster context on it wins over the current one.
    fn facts_of(&self, hit: &Hit<'_>) -> Facts {
        let asked = hit.rule.when.is_some() || self.policy.overrides().any(|(_, change)| change.when.is_some());
        if !asked {
            return Facts::default();
        }
        let inv = hit.invocation.and_then(|at| self.line.invocations.get(at));
        let stated = inv.and_then(|inv| {
            let subject = Subject::new(inv, self.rules.spec(hit.layer, inv.name()));
            subject.option("--context").or_else(|| subject.option("--kube-context")).map(str::to_owned)
        });
        let kube = stated.or_else(|| self.cx.kube.map(str::to_owned));
        let host = inv
            .and_then(|inv| inv.remote.as_deref())
            .and_then(|remote| remote.strip_prefix("ssh:"))
            .map(|host| host.rsplit('@').next().unwrap_or(host));
        let given = || self.cx.environment;
        let own = |name: &str| if name.is_empty() { None } else { Some(name.to_owned()) };
        let named = self.policy.environment(kube.as_deref(), host.or(Some(self.cx.host)), self.cx.branch);
        let environment = given().or(named).and_then(own);
        Facts { kube, environment }
    }

    /// Where the strict profile finds a command that no rule allows or judges.
    fn unmatched(&self, rulings: &[Ruling<'_>]) -> Option<Span> {
        if self.policy.profile.value != Profile::Strict {
            return None;
        }
        let does = |at: usize| {
            self.effects.iter().any(|effect| effect.invocation == at)
                || self.line.invocations.get(at).is_some_and(|inv| {
                    inv.redirects.iter().any(|redirect| redirect.kind != crate::syntax::RedirectKind::Read)
                })
        };
        let covered = |at: usize| {
            rulings.iter().any(|ruling| {
                let allows =
                    ruling.decision == Decision::Allow && ruling.exception.is_none() && ruling.changed_by.is_none();
                ruling.hit.invocation == Some(at) && (!allows || !does(at))
            })
        };
        let open = self.line.starting().filter(|(at, inv)| !inv.wrapper && !covered(*at)).map(|(_, inv)| inv.span);
        open.chain(
            self.line.unresolved.iter().filter(|gap| gap.what != crate::syntax::Gap::Argument).map(|gap| gap.span),
        )
        .next()
    }

    /// Where a rule could not be read: nobody knows what it would have said.
    fn damage(&self) -> Option<Span> {
        self.damaged.then(|| Span::new(0, self.cx.command.len()))
    }

    /// Applies `mode: observe`, which never covers what the rules about the guard itself say.
    fn observe(&self, decision: Decision, rulings: &[Ruling<'_>]) -> (Decision, Option<Decision>) {
        let in_force = match self.policy.mode.value {
            Mode::Enforce => false,
            Mode::Observe(until) => self.cx.today().is_some_and(|today| today <= until),
        };
        if !in_force || !decision.stops() {
            return (decision, None);
        }
        let guard =
            rulings.iter().filter(|ruling| ruling.hit.rule.guards_the_guard()).map(|ruling| ruling.decision).max();
        let tampers = self.effects.iter().any(|effect| effect.kind == EffectKind::GuardTamper);
        match guard {
            _ if tampers => (decision, None),
            Some(kept) if kept.stops() => (kept, (kept != decision).then_some(decision)),
            _ => (Decision::Warn, Some(decision)),
        }
    }
}

/// Facts of one match.
#[derive(Default)]
struct Facts {
    kube: Option<String>,
    environment: Option<String>,
}

impl Facts {
    fn as_context<'c>(&'c self, cx: &Context<'c>) -> Context<'c> {
        Context { kube: self.kube.as_deref(), environment: self.environment.as_deref(), ..*cx }
    }
}

/// Says whether a block looks at effects.
fn mentions_effect(block: &Block) -> bool {
    block.effect != 0 || block.any.iter().any(mentions_effect)
}

/// Where an effect that a rule names lands: the program family's service, unless the kind says this machine.
fn scope_of(kind: EffectKind, rule: &Rule, remote: Option<&str>) -> Scope {
    if let Some(name) = remote {
        return Scope::Remote(name.to_owned());
    }
    match kind.as_str().split('.').next().unwrap_or_default() {
        "fs" | "code" | "agent" => Scope::Unknown,
        "proc" | "sys" | "priv" | "persist" | "guard" => Scope::System,
        "net" if kind == EffectKind::NetConfig || kind == EffectKind::NetListen => Scope::System,
        "pkg" if kind != EffectKind::PkgPublish => Scope::System,
        _ => Scope::Remote(rule.family().to_owned()),
    }
}

fn match_out(ruling: &Ruling<'_>) -> MatchOut {
    let rule = ruling.hit.rule;
    MatchOut {
        rule: rule.id.clone(),
        decision: ruling.decision,
        severity: rule.severity,
        because: rule.because.clone(),
        instead: rule.instead.clone(),
        span: ruling.hit.span,
        certainty: ruling.hit.certainty,
        changed_by: ruling.changed_by.clone(),
        exception: ruling.exception.clone(),
    }
}

/// The strict profile's own word.
fn unmatched_out(span: Span) -> MatchOut {
    own_match(
        "policy.unmatched",
        Severity::Low,
        "The strict profile asks about every command that no rule allows.",
        span,
    )
}

fn damaged_out(span: Span) -> MatchOut {
    own_match(
        "policy.damaged-rules",
        Severity::High,
        "Some rules could not be read, so nobody knows what they say.",
        span,
    )
}

fn own_match(rule: &str, severity: Severity, because: &str, span: Span) -> MatchOut {
    MatchOut {
        rule: rule.to_owned(),
        decision: Decision::Ask,
        severity,
        because: because.to_owned(),
        instead: String::new(),
        span,
        certainty: Certainty::Certain,
        changed_by: None,
        exception: None,
    }
}
