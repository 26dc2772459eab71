//! The table of layers, and what stays in force when files change.

use std::collections::HashMap;

use super::super::context::{Actor, Context, Date, Now};
use super::super::file;
use super::super::judge::judge;
use super::super::testing;
use super::*;
use LayerKind::{Environment, Project, System, User};

const PACK: &str = "
family: t
rules:
  - { id: t.low, match: { program: a }, severity: low, decision: ask, because: b }
  - { id: t.high, match: { program: b }, severity: high, decision: ask, because: b }
  - { id: t.warn, match: { program: c }, severity: low, decision: warn, because: b }
  - { id: t.deny, match: { program: d }, severity: critical, decision: deny, because: b }
  - { id: t.tagged, match: { program: e }, severity: medium, decision: ask, because: b, tags: [grp] }
  - { id: t.guarded, match: { program: g }, effect: guard.tamper, severity: low, decision: ask, because: b }
  - { id: t.fine, match: { program: h }, severity: low, decision: allow, because: b }
  - { id: t.critical, match: { program: k }, severity: critical, decision: ask, because: b }
";

fn layer(kind: LayerKind, trusted: bool, text: &str) -> Layer {
    let text = format!("version: 1\n{text}");
    let path = format!("/{kind}/policy.yaml");
    let file = file::read(Source { file: "p.yaml", text: &text }, &super::super::condition::check).unwrap();
    Layer { kind, path, trusted, remembered: false, file, sha256: digest(text.as_bytes()) }
}

fn decide(layers: &[(LayerKind, bool, &str)], command: &str) -> (Decision, Option<Decision>) {
    let rules = testing::rules(&[(LayerKind::BuiltIn, true, PACK)]);
    let layers = layers.iter().map(|(kind, trusted, text)| layer(*kind, *trusted, text)).collect();
    let policy = Policy::resolve(layers, "/home/u");
    let actor = Actor::default();
    let now = Now { date: Date { year: 2026, month: 6, day: 15 }, hour: 12, weekday: 0 };
    let cx = Context { now: Some(now), kube: Some("prod-eu"), cwd: "/w", ..Context::bare(command, &actor) };
    let verdict = judge(&rules, &policy, &testing::line(&[command]), &[], &cx);
    (verdict.decision, verdict.observed)
}

#[test]
fn who_may_change_what() {
    use Decision::{Allow, Ask, Deny, Warn};
    const T: bool = true;
    const N: bool = false;
    let rule = |id: &str, decision: &str| format!("rules: [{{ rule: {id}, decision: {decision} }}]");
    let except = |what: &str| format!("exceptions: [{{ {what}, in: /w, reason: r, until: 2026-12-31 }}]");
    let (low_allow, low_deny, high_allow, deny_ask) =
        (rule("t.low", "allow"), rule("t.low", "deny"), rule("t.high", "allow"), rule("t.deny", "ask"));
    let (guard_allow, guard_deny, fine_ask) =
        (rule("t.guarded", "allow"), rule("t.guarded", "deny"), rule("t.fine", "ask"));
    let tag = "rules: [{ tag: grp, decision: warn }]";
    let family = "rules: [{ rule: \"t.*\", decision: deny }]";
    let by_when = "rules: [{ rule: t.low, when: 'actor.kind == \"agent\"', decision: deny }]";
    let by_other = "rules: [{ rule: t.low, when: 'actor.kind == \"human\"', decision: deny }]";
    let lacking_deny = "rules: [{ rule: t.low, when: 'git.branch == \"x\"', decision: deny }]";
    let lacking_allow = "rules: [{ rule: t.low, when: 'git.branch == \"x\"', decision: allow }]";
    let both = "rules: [{ rule: t.low, decision: allow }, { rule: t.low, decision: deny }]";
    let (ex_a, ex_rule, ex_guard) = (except("command: a x"), except("rule: t.low"), except("rule: t.guarded"));
    let expired = "exceptions: [{ command: a x, in: /w, reason: r, until: 2026-06-14 }]";
    let today = "exceptions: [{ command: a x, in: /w, reason: r, until: 2026-06-15 }]";
    let elsewhere = "exceptions: [{ command: a x, in: /v, reason: r, until: 2026-12-31 }]";
    let open_low = "open: [t.low]";
    let open_ex = "open: [\"t.*\"]";
    let rows: Vec<(Vec<(LayerKind, bool, &str)>, &str, Decision)> = vec![
        (vec![], "a", Ask),
        (vec![], "c", Warn),
        (vec![], "d", Deny),
        (vec![], "h", Allow),
        (vec![], "zzz", Allow),
        // Anyone may tighten.
        (vec![(System, T, &low_deny)], "a", Deny),
        (vec![(User, N, &low_deny)], "a", Deny),
        (vec![(Project, N, &low_deny)], "a", Deny),
        (vec![(Environment, N, &low_deny)], "a", Deny),
        (vec![(Project, N, &fine_ask)], "h", Ask),
        (vec![(Project, N, family)], "c", Deny),
        (vec![(Project, N, &guard_deny)], "g", Deny),
        (vec![(User, N, by_when)], "a", Deny),
        (vec![(User, N, by_other)], "a", Ask),
        (vec![(User, N, lacking_deny)], "a", Deny),
        // Loosening needs trust.
        (vec![(System, T, &low_allow)], "a", Allow),
        (vec![(User, T, &low_allow)], "a", Allow),
        (vec![(User, N, &low_allow)], "a", Ask),
        (vec![(User, T, &high_allow)], "b", Allow),
        (vec![(User, T, &deny_ask)], "d", Ask),
        (vec![(User, T, tag)], "e", Warn),
        (vec![(User, T, tag)], "a", Ask),
        (vec![(User, T, lacking_allow)], "a", Ask),
        (vec![(Environment, T, &low_allow)], "a", Ask),
        (vec![(User, T, both)], "a", Deny),
        // Never the guard.
        (vec![(System, T, &guard_allow)], "g", Ask),
        (vec![(User, T, &guard_allow)], "g", Ask),
        (vec![(User, T, "profile: relaxed")], "g", Ask),
        (vec![(User, T, &ex_guard)], "g", Ask),
        // The project layer only what was opened to it.
        (vec![(Project, T, &low_allow)], "a", Ask),
        (vec![(User, T, open_low), (Project, T, &low_allow)], "a", Allow),
        (vec![(User, T, open_low), (Project, N, &low_allow)], "a", Ask),
        (vec![(User, N, open_low), (Project, T, &low_allow)], "a", Ask),
        (vec![(System, T, "open: [grp]"), (Project, T, tag)], "e", Warn),
        (vec![(System, T, "open: [grp]"), (Project, T, &low_allow)], "a", Ask),
        (vec![(System, T, open_ex), (Project, T, &low_allow)], "a", Allow),
        (vec![(Project, T, open_low), (Project, T, &low_allow)], "a", Ask),
        // Locks.
        (vec![(System, T, "lock: [t.low]"), (User, T, &low_allow)], "a", Ask),
        (vec![(System, T, "lock: [t.low]"), (User, T, &high_allow)], "b", Allow),
        (vec![(System, T, "lock: [grp]"), (User, T, tag)], "e", Ask),
        (vec![(System, T, "lock: [\"t.*\"]"), (User, T, &low_allow)], "a", Ask),
        (vec![(System, T, "lock: [t.low]"), (User, T, &low_deny)], "a", Deny),
        (vec![(System, T, "lock: [t.low]"), (User, T, open_low), (Project, T, &low_allow)], "a", Ask),
        (vec![(User, T, "open: [t.low]\nlock: [t.low]"), (Project, T, &low_allow)], "a", Ask),
        // A later layer may undo what an earlier one tightened, where it has standing.
        (vec![(System, T, &low_deny), (User, T, &low_allow)], "a", Allow),
        (vec![(User, T, &low_allow), (Project, N, &low_deny)], "a", Deny),
        // Profiles.
        (vec![(User, T, "profile: relaxed")], "a", Warn),
        (vec![(User, T, "profile: relaxed")], "e", Warn),
        (vec![(User, T, "profile: relaxed")], "b", Ask),
        (vec![(User, T, "profile: relaxed")], "k", Ask),
        (vec![(User, T, "profile: relaxed")], "d", Deny),
        (vec![(User, N, "profile: relaxed")], "a", Ask),
        (vec![(User, N, "profile: strict")], "c", Ask),
        (vec![(User, N, "profile: strict")], "zzz", Ask),
        (vec![(User, N, "profile: strict")], "h", Allow),
        (vec![(System, T, "profile: strict"), (User, T, "profile: standard")], "c", Warn),
        (vec![(System, T, "profile: strict\nlock: [profile]"), (User, T, "profile: standard")], "c", Ask),
        (vec![(User, T, "profile: relaxed"), (Project, N, "profile: standard")], "a", Ask),
        // Exceptions.
        (vec![(User, T, &ex_a)], "a x", Allow),
        (vec![(User, T, &ex_a)], "a x y", Ask),
        (vec![(User, T, &ex_a)], "a", Ask),
        (vec![(User, T, &ex_a)], "V=1 a x", Ask),
        (vec![(User, T, &ex_a)], "a $X", Ask),
        (vec![(User, T, &ex_a)], "/tmp/a x", Ask),
        (vec![(User, N, &ex_a)], "a x", Ask),
        (vec![(Project, T, &ex_a)], "a x", Ask),
        (vec![(User, T, open_low), (Project, T, &ex_a)], "a x", Allow),
        (vec![(User, T, &ex_rule)], "a y $X", Allow),
        (vec![(User, T, expired)], "a x", Ask),
        (vec![(User, T, today)], "a x", Allow),
        (vec![(User, T, elsewhere)], "a x", Ask),
        (vec![(User, T, &ex_a), (Project, N, &low_deny)], "a x", Allow),
    ];
    assert!(rows.len() >= 40);
    for (layers, command, expected) in rows {
        assert_eq!(decide(&layers, command).0, expected, "{command} under {layers:?}");
    }
}

#[test]
fn observing_records_and_lets_run() {
    use Decision::{Allow, Ask, Deny, Warn};
    let on = "mode: observe\nuntil: 2026-06-15";
    let over = "mode: observe\nuntil: 2026-06-14";
    let rows: &[(&[(LayerKind, bool, &str)], &str, (Decision, Option<Decision>))] = &[
        (&[(User, true, on)], "b", (Warn, Some(Ask))),
        (&[(User, true, on)], "d", (Warn, Some(Deny))),
        (&[(User, true, on)], "c", (Warn, None)),
        (&[(User, true, on)], "zzz", (Allow, None)),
        (&[(User, true, on)], "g", (Ask, None)),
        (&[(User, false, on)], "b", (Ask, None)),
        (&[(User, true, over)], "b", (Ask, None)),
        (&[(Project, true, on)], "b", (Ask, None)),
        (&[(User, true, on), (Project, false, "mode: enforce")], "b", (Ask, None)),
        (&[(System, true, "lock: [mode]"), (User, true, on)], "b", (Ask, None)),
    ];
    for (layers, command, expected) in rows {
        assert_eq!(decide(layers, command), *expected, "{command} under {layers:?}");
    }
}

#[test]
fn settings_remember_their_layer() {
    let policy = Policy::resolve(
        vec![
            layer(System, true, "approve: { timeout: 2m, channels: [terminal, hub] }\nmask: { fields: [email] }"),
            layer(
                User,
                true,
                "protect: [\"~/clients\", rel, /abs/]\napprove: { timeout: 1h }\naudit: { sync: always }",
            ),
            layer(
                Project,
                false,
                "protect: [data]\napprove: { timeout: 30s, channels: [terminal, local] }\nmask: { show_last_four: [card], fields: [ssn] }\nenvironments: { production: { kube: [\"prod-*\"] }, dev: { kube: [\"*\"] } }",
            ),
        ],
        "/home/u",
    );
    let protect: Vec<(&str, Option<usize>)> =
        policy.protect.iter().map(|setting| (setting.value.as_str(), setting.layer)).collect();
    assert_eq!(
        protect,
        [("/home/u/clients", Some(1)), ("/user/rel", Some(1)), ("/abs", Some(1)), ("/project/data", Some(2))]
    );
    assert_eq!(policy.timeout_secs, Setting { value: 30, layer: Some(2) });
    assert_eq!(policy.channels, Setting { value: vec!["terminal".to_owned()], layer: Some(0) });
    assert_eq!(policy.sync_always, Setting { value: true, layer: Some(1) });
    assert_eq!(policy.mask_fields.len(), 2);
    assert!(policy.show_last_four.is_empty());
    assert_eq!(policy.environment(Some("prod-eu"), None, None), Some("production"));
    assert_eq!(policy.environment(Some("dev"), None, None), None);
    let uncounted: Vec<String> =
        policy.uncounted.iter().map(|loose| format!("{} {}: {}", loose.layer, loose.what, loose.why)).collect();
    insta::assert_snapshot!(uncounted.join("\n"), @r##"
0 channels: hub: this version of wardsh has no such channel
2 environments: dev: the file is not trusted; see `wardsh policy trust`
2 channels: terminal, local: the file is not trusted; see `wardsh policy trust`
2 show_last_four: card: the file is not trusted; see `wardsh policy trust`
"##);
}

#[test]
fn loosenings_of_rules_that_do_not_count_are_listed() {
    let rules = testing::rules(&[(LayerKind::BuiltIn, true, PACK)]);
    let policy = Policy::resolve(
        vec![
            layer(
                User,
                false,
                "rules: [{ rule: t.low, decision: allow }, { rule: t.warn, decision: deny }]\nexceptions: [{ command: a x, in: /w, reason: r, until: 2026-12-31 }]",
            ),
            layer(Project, true, "rules: [{ tag: grp, decision: allow }, { rule: t.guarded, decision: warn }]"),
        ],
        "/home/u",
    );
    let uncounted: Vec<String> = policy
        .uncounted_rules(rules.iter())
        .iter()
        .map(|loose| format!("{}:{} {}: {}", loose.layer, loose.place.line, loose.what, loose.why))
        .collect();
    insta::assert_snapshot!(uncounted.join("\n"), @r##"
0:2 t.low: allow: the file is not trusted; see `wardsh policy trust`
1:2 grp: allow: no earlier layer opens it to projects
1:2 t.guarded: warn: rules about the guard itself are never loosened
0:3 exception: a x: the file is not trusted; see `wardsh policy trust`
"##);
}

#[derive(Default)]
struct Trusted(HashMap<String, Vec<String>>);

impl TrustStore for Trusted {
    fn is_trusted(&self, path: &str, sha256: &[u8; 32]) -> bool {
        self.last_trusted(path).is_some_and(|text| digest(text.as_bytes()) == *sha256)
    }

    fn last_trusted(&self, path: &str) -> Option<String> {
        self.0.get(path)?.last().cloned()
    }

    fn paths(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn fingerprint(&self) -> [u8; 32] {
        [0; 32]
    }
}

#[test]
fn what_was_trusted_stays_in_force() {
    let mut trust = Trusted::default();
    let old = "version: 1\nprofile: strict\nrules: [{ rule: t.low, decision: allow }]";
    trust.0.insert("/p".to_owned(), vec!["version: 1".to_owned(), old.to_owned()]);
    let stand = |kind: LayerKind, text: Option<&str>, problems: &mut Vec<Problem>| {
        let layers = standing(kind, "/p", text, &trust, &|_| Ok(()), problems);
        layers.iter().map(|layer| (layer.trusted, layer.remembered, layer.file.profile)).collect::<Vec<_>>()
    };
    let mut problems = Vec::new();
    let (kept, strict) = ((true, true, Some(Profile::Strict)), Some(Profile::Strict));
    // As trusted; as it was trusted before that, which must not bring the older one back; changed; vanished; broken.
    assert_eq!(stand(User, Some(old), &mut problems), [(true, false, strict)]);
    assert_eq!(stand(User, Some("version: 1"), &mut problems), [kept, (false, false, None)]);
    assert_eq!(
        stand(User, Some("version: 1\nprofile: relaxed"), &mut problems),
        [kept, (false, false, Some(Profile::Relaxed))]
    );
    assert_eq!(stand(User, None, &mut problems), [kept]);
    assert!(problems.is_empty());
    assert_eq!(stand(User, Some("versio: 1"), &mut problems), [kept]);
    assert_eq!(problems.len(), 1);
    // What the environment points to is never trusted, and leaves no memory.
    assert_eq!(stand(Environment, Some(old), &mut problems), [(false, false, strict)]);
    assert_eq!(stand(System, Some("version: 1"), &mut problems), [(true, false, None)]);
}

#[test]
fn faulty_policies_are_located() {
    let rows = [
        "version: 2",
        "profile: strict",
        "version: 1\nprofil: strict",
        "version: 1\nprofile: strct",
        "version: 1\nmode: observe",
        "version: 1\nmode: watch",
        "version: 1\nuntil: 2026-01-01",
        "version: 1\nrules: [{ rule: a, decision: no }]",
        "version: 1\nrules: [{ decision: ask }]",
        "version: 1\nrules: [{ rule: a, when: \"x ==\", decision: ask }]",
        "version: 1\nexceptions:\n  - { command: a, in: /w, until: 2026-01-01 }",
        "version: 1\nexceptions:\n  - { command: \"a 'b\", in: /w, reason: r, until: 2026-01-01 }",
        "version: 1\nexceptions:\n  - { rule: a, in: w, reason: r, until: soon }",
        "version: 1\napprove: { timeout: 5, channels: [mail] }",
        "version: 1\nenvironments: { production: { kube: [\"[a\"] } }",
        "version: 1\nlock: [\"\"]",
        "- a",
    ];
    let read = |text: &str| file::read(Source { file: "p.yaml", text }, &super::super::condition::check);
    let all: Vec<String> =
        rows.iter().flat_map(|text| read(text).unwrap_err()).map(|problem| problem.to_string()).collect();
    insta::assert_snapshot!(all.join("\n"), @r##"
p.yaml:1:10: version 2 is not known; this is version 1
  version: 2
           ^
p.yaml:1:1: missing field `version`
  profile: strict
  ^
p.yaml:2:1: unknown field `profil`, expected one of version, profile, mode, until, rules, exceptions, protect, environments, approve, mask, audit, lock, open
  profil: strict
  ^
p.yaml:2:10: unknown profile `strct`; did you mean `strict`?
  profile: strct
           ^
p.yaml:2:7: `mode: observe` needs a last day, `until: 2027-01-31`
  mode: observe
        ^
p.yaml:2:7: unknown mode `watch`; known: enforce, observe
  mode: watch
        ^
p.yaml:2:8: `until` belongs to `mode: observe`
  until: 2026-01-01
         ^
p.yaml:2:30: unknown decision `no`; known: allow, warn, ask, deny
  rules: [{ rule: a, decision: no }]
                               ^
p.yaml:2:9: an entry of `rules` names one `rule` or one `tag`
  rules: [{ decision: ask }]
          ^
p.yaml:2:26: the condition does not compile: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
  rules: [{ rule: a, when: "x ==", decision: ask }]
                           ^
p.yaml:3:5: an exception needs `reason`
    - { command: a, in: /w, until: 2026-01-01 }
      ^
p.yaml:3:16: the command cannot be split into words
    - { command: "a 'b", in: /w, reason: r, until: 2026-01-01 }
                 ^
p.yaml:3:20: `in` is a folder: it starts with `/`, `~/` or `./`
    - { rule: a, in: w, reason: r, until: soon }
                     ^
p.yaml:3:41: `soon` is not a day such as 2027-01-31
    - { rule: a, in: w, reason: r, until: soon }
                                          ^
p.yaml:2:21: `5` is not a time such as 90s, 5m or 2h, at most 24h
  approve: { timeout: 5, channels: [mail] }
                      ^
p.yaml:2:35: unknown channel `mail`; known: terminal, local, agent, hub
  approve: { timeout: 5, channels: [mail] }
                                    ^
p.yaml:2:38: the glob `[a` has a `[` that is not closed
  environments: { production: { kube: ["[a"] } }
                                       ^
p.yaml:2:8: an empty text
  lock: [""]
         ^
p.yaml:1:1: expected mapping start
  - a
  ^
"##);
}

#[test]
fn masks_are_added_by_anyone_and_taken_away_by_the_trusted() {
    let kinds = "mask: { kinds: { email: on, phone: on } }";
    let off = "mask: { kinds: { email: off }, show_last_four: [card] }";
    let resolve = |layers: &[(LayerKind, bool, &str)]| {
        let layers = layers.iter().map(|(kind, trusted, text)| layer(*kind, *trusted, text)).collect();
        Policy::resolve(layers, "/home/u")
    };
    let of = |policy: &Policy| -> Vec<(String, bool)> {
        policy.mask_kinds.iter().map(|(kind, on)| (kind.clone(), on.value)).collect()
    };
    let on = |kind: &str, on: bool| (kind.to_owned(), on);

    assert_eq!(of(&resolve(&[(Project, false, kinds)])), [on("email", true), on("phone", true)]);
    assert_eq!(of(&resolve(&[(User, true, kinds), (Project, false, off)])), [on("email", true), on("phone", true)]);
    assert_eq!(of(&resolve(&[(System, true, kinds), (User, true, off)])), [on("email", false), on("phone", true)]);
    assert_eq!(of(&resolve(&[(User, true, off), (Project, false, kinds)])), [on("email", true), on("phone", true)]);
    let opened = "open: [mask]\nmask: { kinds: { email: on } }";
    assert_eq!(of(&resolve(&[(User, true, opened), (Project, true, off)])), [on("email", false)]);

    let rows: &[(&[(LayerKind, bool, &str)], bool)] = &[
        (&[(User, true, "mask: off")], true),
        (&[(System, true, "mask: { off: true }")], true),
        (&[(User, false, "mask: off")], false),
        (&[(Project, true, "mask: off")], false),
        (&[(User, true, "open: [mask]"), (Project, true, "mask: off")], false),
        (&[(System, true, "lock: [mask]"), (User, true, "mask: off")], false),
        (&[(User, true, "mask: off"), (Project, false, "mask: on")], false),
        (&[(Environment, true, "mask: off")], false),
    ];
    for (layers, expected) in rows {
        let policy = resolve(layers);
        assert_eq!(policy.masks_nothing(ActorKind::Human), *expected, "{layers:?}");
        assert!(!policy.masks_nothing(ActorKind::Agent), "{layers:?}");
    }
    let policy = resolve(&[(User, true, "open: [mask]"), (Project, true, "mask: off")]);
    assert_eq!(policy.uncounted[0].why.to_string(), "only the system's or the user's policy may");
}

#[test]
fn faulty_masks_are_located() {
    let rows = [
        "version: 1\nmask: maybe",
        "version: 1\nmask: { kinds: { email: maybe } }",
        "version: 1\nmask: { off: later }",
        "version: 1\nmask: { fields: [\"users.\"] }",
        "version: 1\nmask: { field: [email] }",
    ];
    let read = |text: &str| file::read(Source { file: "p.yaml", text }, &super::super::condition::check);
    let all: Vec<String> =
        rows.iter().flat_map(|text| read(text).unwrap_err()).map(|problem| problem.to_string()).collect();
    insta::assert_snapshot!(all.join("\n"), @r##"
p.yaml:2:1: invalid value: string "maybe", expected `on`, `off`, or what is masked
  mask: maybe
  ^
p.yaml:2:25: `maybe` in `kinds` is neither `on` nor `off`
  mask: { kinds: { email: maybe } }
                          ^
p.yaml:2:14: `later` in `off` is neither `on` nor `off`
  mask: { off: later }
               ^
p.yaml:2:18: `users.` is not a field such as email or users.phone
  mask: { fields: ["users."] }
                   ^
p.yaml:2:9: unknown field `field`, expected one of fields, show_last_four, kinds, off
  mask: { field: [email] }
          ^
"##);
}
