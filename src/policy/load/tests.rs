//! What the loader says about faulty packs.

use super::*;

/// A rule that is right but for what `body` and `rest` say.
fn pack(body: &str, rest: &str) -> String {
    format!(
        "family: t\nrules:\n  - id: t.x\n    match:\n      {body}\n    severity: low\n    decision: ask\n    because: b\n{rest}"
    )
}

fn check(text: &str) -> Vec<String> {
    let checks = Checks { built_in: false, examples: 0, condition: &|_| Ok(()), taken: &|id| id == "t.taken" };
    load(&[Source { file: "t.yaml", text }], &checks).problems.iter().map(ToString::to_string).collect()
}

fn dump(texts: &[&str]) -> String {
    texts.iter().flat_map(|text| check(text)).collect::<Vec<_>>().join("\n")
}

#[test]
fn faults_of_form() {
    insta::assert_snapshot!(dump(&[
        "family: t\nrulez: []\n",
        "family: t\nrules:\n  - id: t.x\n    match: { program: [a], flag: [-f] }\n",
        "family: t\nrules: [",
        "family: t\nrules:\n  - match: { program: [a] }\n",
        "family: t\nrules:\n  - id: t.x\n    match: { program: { a: 1 } }\n",
        "family: t\nrules:\n  - id: t.x\n    match: { args: { min: x } }\n",
        "a: &a [*a]\n",
    ]), @r##"
t.yaml:2:1: unknown field `rulez`, expected one of family, programs, rules
  rulez: []
  ^
t.yaml:4:28: unknown field `flag`, expected one of program, subcommand, args, flags, all_flags, assigns, pattern, effect, scope, traits, any_traits, target, certainty, elevated, remote, repeated, any, unless
      match: { program: [a], flag: [-f] }
                             ^
t.yaml:2:8: unclosed bracket '['
  rules: [
         ^
t.yaml:3:5: missing field `id`
    - match: { program: [a] }
      ^
t.yaml:4:23: invalid type: map, expected a text or a list of texts
      match: { program: { a: 1 } }
                        ^
t.yaml:4:27: invalid u32
      match: { args: { min: x } }
                            ^
t.yaml:1:1: unknown field `a`, expected one of family, programs, rules
  a: &a [*a]
  ^
"##);
}

#[test]
fn faults_of_content() {
    insta::assert_snapshot!(dump(&[
        &pack("program: [a]", "").replace("decision: ask", "decision: prompt"),
        &pack("program: [a]", "").replace("    decision: ask\n", ""),
        &pack("program: [a]", "").replace("severity: low", "severity: lo"),
        &pack("program: [a]", "").replace("t.x", "u.x"),
        &pack("program: [a]", "").replace("t.x", "t.No_Good"),
        &pack("program: [a]", "").replace("t.x", "t.taken"),
        &pack("program: [a]", "    effect: fs.delet\n"),
        &pack("effect: fs.delete", "    effect: fs.delete\n"),
        &pack("effect: [fs.delete, nope.*]", ""),
        &pack("effect: [fs.delete]\n      scope: [home, here]", ""),
        &pack("effect: [fs.delete]\n      traits: [bulky]", ""),
        &pack("effect: [fs.delete]\n      certainty: sure", ""),
        &pack("program: [a]\n      scope: [home]", ""),
        &pack("program: [/bin/a]", ""),
        &pack("program: [a]\n      flags: [f, \"-a b\"]", ""),
        &pack("program: [a]\n      subcommand: [\"x -y\"]", ""),
        &pack("program: [a]\n      args: { any: [\"[a\"] }", ""),
        &pack("pattern: \"a(\"", ""),
        &pack("flags: [-f]", ""),
        &pack("program: []", ""),
        &format!("{}{}", pack("program: [a]", ""), "  - id: t.x\n    match: { program: [b] }\n    severity: low\n    decision: ask\n    because: b\n"),
    ]), @r##"
t.yaml:7:15: unknown decision `prompt`; known: allow, warn, ask, deny
      decision: prompt
                ^
t.yaml:3:9: the rule has no `decision`
    - id: t.x
          ^
t.yaml:6:15: unknown severity `lo`; did you mean `low`?
      severity: lo
                ^
t.yaml:3:9: the id `u.x` does not start with its family `t.`
    - id: u.x
          ^
t.yaml:3:9: the id `t.No_Good` is not `family.thing-done` in small letters, digits and `-`
    - id: t.No_Good
          ^
t.yaml:3:9: the id `t.taken` belongs to a built-in rule
    - id: t.taken
          ^
t.yaml:9:13: unknown effect `fs.delet`; did you mean `fs.delete`?
      effect: fs.delet
              ^
t.yaml:5:7: `effect` beside `match` and `effect` inside it do not mix
        effect: fs.delete
        ^
t.yaml:5:27: unknown effect `nope.*`; see rules/README.md
        effect: [fs.delete, nope.*]
                            ^
t.yaml:6:21: unknown scope `here`; did you mean `home`?
        scope: [home, here]
                      ^
t.yaml:6:16: unknown trait `bulky`; did you mean `bulk`?
        traits: [bulky]
                 ^
t.yaml:6:18: unknown certainty `sure`; known: possible, likely, certain
        certainty: sure
                   ^
t.yaml:5:7: `scope`, `traits`, `any_traits`, `target` and `certainty` need `effect` under `match`
        program: [a]
        ^
t.yaml:5:17: `/bin/a` is not a program's basename
        program: [/bin/a]
                  ^
t.yaml:6:15: `f` is not an option: it has to start with `-`, a value follows `=`
        flags: [f, "-a b"]
                ^
t.yaml:6:18: `-a b` is not an option: it has to start with `-`, a value follows `=`
        flags: [f, "-a b"]
                   ^
t.yaml:6:20: `x -y` is not a subcommand: options go under `flags`
        subcommand: ["x -y"]
                     ^
t.yaml:6:21: the glob `[a` has a `[` that is not closed
        args: { any: ["[a"] }
                      ^
t.yaml:5:16: the pattern is not a regular expression: unclosed group
        pattern: "a("
                 ^
t.yaml:5:7: the rule needs `program`, `effect` or `pattern` under `match`
        flags: [-f]
        ^
t.yaml:5:7: `program` is an empty list: nothing can ever match it
        program: []
        ^
t.yaml:9:9: the id `t.x` is used twice; first in t.yaml:3
    - id: t.x
          ^
"##);
}

#[test]
fn rules_that_can_never_match() {
    insta::assert_snapshot!(dump(&[
        &pack("program: [a]\n      args: { min: 3, max: 1 }", ""),
        &pack("program: [a]\n      args: { any: [x], max: 0 }", ""),
        &pack("program: [a]\n      args: { any: [x, xy], none: [\"x*\"] }", ""),
        &pack("program: [a]\n      flags: [-f]\n      unless: { flags: [-f, -g] }", ""),
        &pack("program: [a]\n      unless: { program: [a, b] }", ""),
        &pack("effect: [fs.delete]\n      scope: [home]\n      unless: { scope: [home, root] }", ""),
        &pack("effect: [fs.delete]\n      any: [{ effect: fs.move }, { effect: fs.overwrite }]", ""),
        &pack("program: [a]\n      unless: {}", ""),
        &pack("program: [a]\n      any: []", ""),
    ]), @r##"
t.yaml:5:7: the rule can never match: `args` asks for at least 3 and at most 1 operands
        program: [a]
        ^
t.yaml:5:7: the rule can never match: `args` asks for an operand and for none
        program: [a]
        ^
t.yaml:5:7: the rule can never match: `args.none` rules out all of `args.any`
        program: [a]
        ^
t.yaml:5:7: the rule can never match: `unless` holds whenever the rest does
        program: [a]
        ^
t.yaml:5:7: the rule can never match: `unless` holds whenever the rest does
        program: [a]
        ^
t.yaml:5:7: the rule can never match: `unless` holds whenever the rest does
        effect: [fs.delete]
        ^
t.yaml:5:7: the rule can never match: `any` asks for another `effect` than the block around it
        effect: [fs.delete]
        ^
t.yaml:5:7: a block of `unless` has no condition
        program: [a]
        ^
t.yaml:5:7: `any` is an empty list
        program: [a]
        ^
"##);
    // These can.
    assert_eq!(
        dump(&[
            &pack("program: [a]\n      flags: [-f, -h]\n      unless: { flags: [-f] }", ""),
            &pack("program: [a]\n      args: { any: [\"x*\"], none: [xy] }", ""),
            &pack("any: [{ program: [a] }, { effect: fs.delete, scope: [home] }, { pattern: x }]", ""),
        ]),
        ""
    );
}

#[test]
fn a_faulty_rule_leaves_the_others() {
    let text = "family: t\nrules:\n  - { id: t.a, match: { program: [a] }, severity: low, decision: ask, because: b }\n  - { id: t.b, match: { program: [] }, severity: low, decision: ask, because: b }\n  - { id: t.c, match: { program: c }, severity: low, decision: ask, because: b }\n";
    let checks = Checks { built_in: false, examples: 0, condition: &|_| Ok(()), taken: &|_| false };
    let loaded = load(&[Source { file: "t.yaml", text }], &checks);
    assert_eq!(loaded.rules.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>(), ["t.a", "t.c"]);
    assert_eq!(loaded.problems.len(), 1);
}

#[test]
fn built_in_packs_have_to_be_complete() {
    let checks = Checks { built_in: true, examples: 3, condition: &|_| Err("no".to_owned()), taken: &|_| false };
    let text = pack("program: [a]", "    when: x\n    examples:\n      match: [a, a]\n      pass: [a]\n");
    let loaded = load(&[Source { file: "rules/u.yaml", text: &text }], &checks);
    let all = loaded.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(all, @r##"
rules/u.yaml:1:9: the family is `t`, the file's stem `u`
  family: t
          ^
rules/u.yaml:3:9: the rule has no `instead`
    - id: t.x
          ^
rules/u.yaml:9:11: the condition does not compile: no
      when: x
            ^
rules/u.yaml:3:9: the rule has 2 `match` examples; it needs at least 3
    - id: t.x
          ^
rules/u.yaml:3:9: the rule has 1 `pass` examples; it needs at least 3
    - id: t.x
          ^
rules/u.yaml:11:15: the same example stands under `match` and `pass`
        match: [a, a]
                ^
"##);
}

#[test]
fn hostile_yaml_is_refused_quickly() {
    let deep = format!("family: t\nrules: {}", "[".repeat(10_000));
    assert_eq!(check(&deep).len(), 1);
    let bomb = "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b]\n";
    assert_eq!(check(bomb).len(), 1);
    assert_eq!(check("\u{0}\u{1}").len(), 1);
    assert_eq!(check("").len(), 1);
}
