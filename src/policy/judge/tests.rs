//! The judgement as a whole.

use proptest::prelude::*;

use super::super::context::{Actor, Context};
use super::super::decision::ActorKind;
use super::super::testing::{line, rules};
use super::*;
use crate::syntax::{Gap, Unresolved};

const PACK: &str = "
family: t
programs:
  kubectl: { aliases: [k], values: [-n, --context] }
rules:
  - { id: t.delete, match: { program: kubectl, subcommand: delete }, effect: cluster.delete, severity: high, decision: ask, because: Gone., instead: Look first. }
  - { id: t.all, match: { program: kubectl, subcommand: delete, flags: [--all] }, effect: cluster.delete, severity: critical, decision: deny, because: All gone., instead: Name one. }
  - { id: t.agents, match: { program: only }, actor: agent, severity: low, decision: ask, because: b }
  - { id: t.home, match: { effect: fs.delete, scope: home }, severity: high, decision: ask, because: b }
  - { id: t.read, match: { program: [ls, cat], elevated: false }, severity: low, decision: allow, because: b }
  - { id: t.prod, match: { program: kubectl, subcommand: scale }, when: 'kube.context == \"prod\"', severity: low, decision: ask, because: b }
";

const BUILT_IN: (LayerKind, bool, &str) = (LayerKind::BuiltIn, true, PACK);

fn effect(scope: Scope) -> Effect {
    Effect {
        kind: EffectKind::FsDelete,
        target: "/home/u/x".to_owned(),
        scope,
        certainty: Certainty::Certain,
        traits: vec![Trait::Recoverable],
        via: vec!["sudo".to_owned()],
        span: Span::new(3, 4),
        invocation: 0,
    }
}

fn ids(verdict: &Verdict) -> Vec<&str> {
    verdict.matches.iter().map(|found| found.rule.as_str()).collect()
}

#[test]
fn the_verdict_in_json() {
    let set = rules(&[BUILT_IN]);
    let mut analysis = line(&["rm x", "kubectl -n a delete pod $P --all"]);
    analysis.unresolved.push(Unresolved {
        what: Gap::Argument,
        text: "$P".to_owned(),
        span: Span::new(29, 31),
        via: Vec::new(),
    });
    let actor = Actor { kind: ActorKind::Agent, name: "claude".into() };
    let cx = Context { cwd: "/w", ..Context::bare("rm x; kubectl -n a delete pod $P --all", &actor) };
    let verdict = judge(&set, &Policy::built_in(), &analysis, &[effect(Scope::Home)], &cx);
    insta::assert_snapshot!(serde_json::to_string_pretty(&verdict).unwrap(), @r##"
{
  "v": 1,
  "decision": "deny",
  "command": "rm x; kubectl -n a delete pod $P --all",
  "cwd": "/w",
  "actor": {
    "kind": "agent",
    "name": "claude"
  },
  "effects": [
    {
      "kind": "fs.delete",
      "target": "/home/u/x",
      "scope": "home",
      "certainty": "certain",
      "recoverable": true,
      "traits": [
        "recoverable"
      ],
      "via": [
        "sudo"
      ],
      "span": [
        3,
        4
      ]
    },
    {
      "kind": "cluster.delete",
      "target": "pod",
      "scope": "remote:t",
      "certainty": "certain",
      "via": [],
      "span": [
        6,
        38
      ]
    }
  ],
  "matches": [
    {
      "rule": "t.all",
      "decision": "deny",
      "severity": "critical",
      "because": "All gone.",
      "instead": "Name one.",
      "span": [
        33,
        38
      ],
      "certainty": "certain"
    },
    {
      "rule": "t.home",
      "decision": "ask",
      "severity": "high",
      "because": "b",
      "instead": "",
      "span": [
        3,
        4
      ],
      "certainty": "certain"
    },
    {
      "rule": "t.delete",
      "decision": "ask",
      "severity": "high",
      "because": "Gone.",
      "instead": "Look first.",
      "span": [
        6,
        38
      ],
      "certainty": "certain"
    }
  ],
  "unresolved": [
    {
      "what": "argument",
      "text": "$P",
      "span": [
        29,
        31
      ]
    }
  ],
  "digest": ""
}
"##);
    let back: Verdict = serde_json::from_str(&serde_json::to_string(&verdict).unwrap()).unwrap();
    assert_eq!(back, verdict);
}

#[test]
fn nothing_matched_is_empty_rather_than_null() {
    let actor = Actor::default();
    let cx = Context::bare("true", &actor);
    let verdict = judge(&rules(&[BUILT_IN]), &Policy::built_in(), &line(&["true"]), &[], &cx);
    assert_eq!(
        serde_json::to_string(&verdict).unwrap(),
        r#"{"v":1,"decision":"allow","command":"true","cwd":"","actor":{"kind":"agent","name":""},"effects":[],"matches":[],"unresolved":[],"digest":""}"#
    );
}

#[test]
fn rules_for_one_kind_of_actor() {
    let set = rules(&[BUILT_IN]);
    for (kind, expected) in [(ActorKind::Agent, Decision::Ask), (ActorKind::Human, Decision::Allow)] {
        let actor = Actor { kind, ..Actor::default() };
        let cx = Context::bare("only", &actor);
        let decision = judge(&set, &Policy::built_in(), &line(&["only"]), &[], &cx).decision;
        assert_eq!(decision, expected);
    }
}

#[test]
fn a_context_in_the_line_wins() {
    let set = rules(&[BUILT_IN]);
    let actor = Actor::default();
    let rows = [
        ("kubectl scale", Some("prod"), true),
        ("kubectl scale", Some("dev"), false),
        ("kubectl scale", None, true),
        ("kubectl --context dev scale", Some("prod"), false),
        ("k scale --context=prod", Some("dev"), true),
    ];
    for (command, kube, asks) in rows {
        let cx = Context { kube, ..Context::bare(command, &actor) };
        let verdict = judge(&set, &Policy::built_in(), &line(&[command]), &[], &cx);
        assert_eq!(verdict.decision.stops(), asks, "{command} with {kube:?}");
    }
}

#[test]
fn users_rules_see_what_programs_do() {
    let user = "family: u\nrules:\n  - { id: u.cluster, match: { effect: cluster.*, scope: remote }, severity: low, decision: deny, because: b }\n  - { id: u.alias, match: { program: kubectl, flags: [\"-n=x\"] }, severity: low, decision: warn, because: b }\n";
    let set = rules(&[BUILT_IN, (LayerKind::Project, false, user)]);
    let actor = Actor::default();
    let cx = Context::bare("k", &actor);
    let verdict = judge(&set, &Policy::built_in(), &line(&["k -n x delete pod"]), &[], &cx);
    assert_eq!(ids(&verdict), ["u.cluster", "t.delete", "u.alias"]);
    assert_eq!(verdict.effects.len(), 1);
    assert_eq!(verdict.effects[0].scope, "remote:t");
}

#[test]
fn each_place_is_listed_once_and_not_without_end() {
    let set = rules(&[BUILT_IN]);
    let actor = Actor::default();
    let cx = Context::bare("x", &actor);
    let twice = judge(&set, &Policy::built_in(), &line(&["kubectl delete a", "kubectl delete b"]), &[], &cx);
    assert_eq!(ids(&twice), ["t.delete", "t.delete"]);
    let many: Vec<&str> = std::iter::repeat_n("kubectl delete a", 3_000).collect();
    let verdict = judge(&set, &Policy::built_in(), &line(&many), &[], &cx);
    assert_eq!(verdict.matches.len(), MAX_MATCHES);
}

#[test]
fn strict_asks_about_what_no_rule_allows() {
    use super::super::file::{self, Profile};
    use super::super::layers::Layer;
    use super::super::load::Source;
    let text = "version: 1\nprofile: strict\n";
    let file = file::read(Source { file: "p", text }, &|_| Ok(())).unwrap();
    let layer =
        Layer { kind: LayerKind::User, path: "/p".into(), trusted: false, remembered: false, file, sha256: [0; 32] };
    let policy = Policy::resolve(vec![layer], "/h");
    assert_eq!(policy.profile.value, Profile::Strict);
    let mine =
        "family: u\nrules:\n  - { id: u.all, match: { pattern: \".\" }, severity: low, decision: allow, because: b }\n";
    let actor = Actor::default();
    let cx = Context::bare("x", &actor);
    let rows: &[(&[&str], bool)] =
        &[(&["ls"], false), (&["ls -l", "cat x"], false), (&["ls", "make"], true), (&["make"], true), (&[], false)];
    for trusted in [false, true] {
        let set = rules(&[BUILT_IN, (LayerKind::Project, trusted, mine)]);
        for (commands, asks) in rows {
            let verdict = judge(&set, &policy, &line(commands), &[], &cx);
            assert_eq!(verdict.decision.stops(), *asks && !trusted, "{commands:?}");
        }
    }
    let set = rules(&[BUILT_IN]);
    let verdict = judge(&set, &policy, &line(&["cat x"]), &[effect(Scope::Workspace)], &cx);
    assert_eq!(ids(&verdict), ["policy.unmatched", "t.read"]);
}

#[test]
fn a_damaged_bundle_is_not_silence() {
    let bundle = super::super::testing::bundle(PACK);
    let bytes = bundle.bytes().to_vec();
    // The index is intact, the records are not.
    let mut broken = bytes.clone();
    let from = bytes.len() - bytes.len() / 3;
    broken[from..].fill(0xff);
    let damaged = super::super::bundle::Bundle::open(broken).unwrap();
    let set = RuleSet::new(vec![RuleLayer { kind: LayerKind::BuiltIn, trusted: true, bundle: damaged }]);
    let actor = Actor::default();
    let verdict = judge(&set, &Policy::built_in(), &line(&["kubectl scale", "only"]), &[], &Context::bare("x", &actor));
    assert!(verdict.decision.stops());
    for cut in [0, 3, 4, 20, 100, bytes.len() - 1] {
        assert!(super::super::bundle::Bundle::open(bytes[..cut].to_vec()).is_none());
    }
}

#[test]
fn conditions_of_built_in_rules_compile() {
    for rule in RuleSet::builtin().unwrap().iter() {
        if let Some(when) = &rule.when {
            assert_eq!(super::super::condition::check(when), Ok(()), "{}", rule.id);
        }
    }
}

/// A rule that may tighten, as YAML.
fn tightening() -> impl Strategy<Value = String> {
    let block = prop_oneof![
        Just("{ program: kubectl }".to_owned()),
        Just("{ program: [ls, only], flags: [-l] }".to_owned()),
        Just("{ program: kubectl, subcommand: delete, unless: { flags: [--dry-run] } }".to_owned()),
        Just("{ pattern: 'delete' }".to_owned()),
        Just("{ effect: \"fs.*\", unless: { scope: temp } }".to_owned()),
        Just("{ program: \"*\", args: { min: 1 } }".to_owned()),
    ];
    let rest = prop_oneof![
        Just(String::new()),
        Just(", actor: agent".to_owned()),
        Just(", when: 'user == \"x\"'".to_owned()),
        Just(", when: 'actor.kind == \"human\"'".to_owned()),
    ];
    (block, prop_oneof![Just("ask"), Just("deny")], prop_oneof![Just("low"), Just("critical")], rest).prop_map(
        |(block, decision, severity, rest)| {
            format!("{{ match: {block}, decision: {decision}, severity: {severity}, because: b{rest} }}")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn adding_an_ask_or_deny_rule_never_loosens(
        added in prop::collection::vec(tightening(), 1..5),
        commands in prop::collection::vec(
            prop_oneof![
                Just("kubectl delete x"), Just("kubectl -n a delete --all"), Just("ls -l"), Just("only"),
                Just("kubectl $ARGS"), Just("make all"), Just("cat x"), Just("kubectl scale x --context prod"),
            ],
            0..4,
        ),
        scope in prop_oneof![Just(Scope::Home), Just(Scope::Temp), Just(Scope::Workspace)],
        strict in any::<bool>(),
        kind in prop_oneof![Just(LayerKind::User), Just(LayerKind::Project)],
    ) {
        let text = added.iter().enumerate().fold("family: u\nrules:\n".to_owned(), |text, (n, rule)| {
            format!("{text}  - {}\n", rule.replacen('{', &format!("{{ id: u.r{n},"), 1))
        });
        let policy = if strict {
            let file = super::super::file::PolicyFile { profile: Some(Profile::Strict), ..Default::default() };
            let layer = super::super::layers::Layer {
                kind: LayerKind::User, path: "/p".into(), trusted: true, remembered: false, file, sha256: [0; 32],
            };
            Policy::resolve(vec![layer], "/h")
        } else {
            Policy::built_in()
        };
        let actor = Actor::default();
        let cx = Context::bare("x", &actor);
        let analysis = line(&commands);
        let effects = if commands.is_empty() { Vec::new() } else { vec![effect(scope)] };
        let before = judge(&rules(&[BUILT_IN]), &policy, &analysis, &effects, &cx).decision;
        let after = judge(&rules(&[BUILT_IN, (kind, false, &text)]), &policy, &analysis, &effects, &cx).decision;
        prop_assert!(after >= before);
    }
}
