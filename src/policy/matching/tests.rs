//! Tables on reading words and matching blocks.

use super::*;
use crate::effects::{EffectKind, Scope};
use crate::policy::bundle::Bundle;
use crate::policy::testing::{bundle, invocation};

const PROGRAMS: &str = "
  kubectl: { aliases: [oc, k], values: [-n, --namespace, --context, -o, --output, -f, -l], bundle: true }
  terraform: { values: [-chdir, -target], bundle: false }
  git: { values: [-C, -c, --git-dir, commit -m, --message, \"push -o\"], abbrev: true, switches: [--paginate] }
  docker: { values: [-H, --name, -v], stops: [run, \"compose exec\"] }
  ssh: { values: [-p], stops: [\"\"] }
";

fn rules(block: &str, severity: &str) -> Bundle {
    let text = format!(
        "family: t\nprograms:{PROGRAMS}\nrules:\n  - {{ id: t.x, match: {block}, severity: {severity}, decision: ask, because: b }}\n"
    );
    bundle(&text)
}

fn find(block: &str, severity: &str, inv: &Invocation, effect: Option<&Effect>) -> Option<(Certainty, Span)> {
    let bundle = rules(block, severity);
    let unknown = ProgramSpec::unknown();
    let spec = inv.name().and_then(|name| bundle.spec(name)).unwrap_or(&unknown);
    let subject = Subject::new(inv, spec);
    let rule = bundle.rule(0).unwrap();
    matches(rule, Some(&subject), effect).map(|found| (found.certainty, subject.span(found)))
}

/// Each row: block, then lines that match, then lines that do not.
fn table(rows: &[(&str, &[&str], &[&str])]) {
    for (block, hits, passes) in rows {
        for line in *hits {
            assert!(find(block, "medium", &invocation(line), None).is_some(), "{block} should match: {line}");
        }
        for line in *passes {
            assert!(find(block, "medium", &invocation(line), None).is_none(), "{block} should not match: {line}");
        }
    }
}

#[test]
fn programs_by_name() {
    table(&[
        (
            "{ program: [kubectl] }",
            &["kubectl", "/usr/bin/kubectl get", "oc x", "k x", "./kubectl", "kubectl.exe x"],
            &["kubect", "xkubectl", "$P x"],
        ),
        ("{ program: [oc] }", &["oc x"], &["kubectl x", "k x"]),
        ("{ program: [\"python*\"] }", &["python", "python3.12 x", "/opt/python3"], &["ipython"]),
        ("{ program: [\"{mk,x}fs\"] }", &["mkfs", "xfs"], &["fs"]),
    ]);
}

#[test]
fn subcommands_behind_options() {
    table(&[
        (
            "{ program: [kubectl], subcommand: [delete] }",
            &[
                "kubectl delete x",
                "kubectl -n prod delete x",
                "kubectl -nprod delete x",
                "kubectl --namespace prod delete x",
                "kubectl --namespace=prod delete x",
                "kubectl --context a -n b delete x",
                "kubectl --undeclared v delete x",
                "kubectl --undeclared delete x",
                "kubectl --one v --flag delete x",
                "kubectl --flag --one v delete x",
                "kubectl -- delete x",
                "kubectl -v delete",
                "kubectl --namespace $NS delete x",
                "kubectl -n \"$NS\" delete x",
                "kubectl -n$NS delete x",
            ],
            &[
                "kubectl get delete",
                "kubectl -n delete get x",
                "kubectl --namespace delete get x",
                "kubectl",
                "kubectl $VERB x",
                "kubectl \"$ARGS\" x",
                "kubectl get --undeclared delete",
                "kubectl --verbose get delete",
                "kubectl deleted",
            ],
        ),
        (
            "{ program: [kubectl], subcommand: [\"rollout undo\", \"config set-*\"] }",
            &[
                "kubectl rollout undo d/x",
                "kubectl rollout -n a undo",
                "kubectl config set-context x",
                "kubectl -n a config --x set-cluster",
            ],
            &["kubectl rollout", "kubectl undo rollout", "kubectl rollout status undo", "kubectl config use-context x"],
        ),
        (
            "{ program: [git], subcommand: [push] }",
            &[
                "git push",
                "git -C /x push",
                "git -c a.b=c push",
                "git -ca.b=c push",
                "git --git-dir=x push",
                "git --git-dir x push",
                "git --no-pager push",
                "git --paginate push",
                "git --git x push",
            ],
            &[
                "git -C push status",
                "git commit -m push",
                "git log push",
                "git stash push",
                "git --paginate log push",
                "git --no-pager log push",
            ],
        ),
        (
            "{ program: [terraform], subcommand: [destroy] }",
            &["terraform -chdir=infra destroy", "terraform -chdir infra destroy", "terraform destroy -auto-approve"],
            &["terraform -chdir destroy plan", "terraform plan -target destroy"],
        ),
    ]);
}

#[test]
fn options_in_every_spelling() {
    table(&[
        (
            "{ program: [rm], flags: [-f] }",
            &["rm -f x", "rm -rf x", "rm -fr x", "rm x -f", "rm -r -f x", "rm -rvf x"],
            &["rm x", "rm -r x", "rm -- -f", "rm --f x", "rm f", "rm -r-f"],
        ),
        (
            "{ program: [git], flags: [--force] }",
            &[
                "git push --force",
                "git push --force=true",
                "git push x --force y",
                "git push --forc",
                "git push --no-force --force",
            ],
            &[
                "git push --force=false",
                "git push --force --no-force",
                "git push -- --force",
                "git push --forced",
                "git commit -m --force",
                "git push --fo",
                "git push --force-with-lease",
            ],
        ),
        ("{ program: [x], flags: [\"--no-verify\"] }", &["x --no-verify"], &["x --verify", "x --no-verify --verify"]),
        (
            "{ program: [kubectl], flags: [\"--output=json*\"] }",
            &["kubectl get --output=json", "kubectl get --output json", "kubectl get --output=jsonpath=x"],
            &[
                "kubectl get --output yaml",
                "kubectl get --output",
                "kubectl get json",
                "kubectl get --output=yaml json",
            ],
        ),
        (
            "{ program: [docker], flags: [\"-v=/:*\"] }",
            &[
                "docker run -v /:/host x",
                "docker run -v/:/host x",
                "docker run -v=/:/host x",
                "docker run -itv /:/host x",
            ],
            &["docker run -v /a:/b x", "docker run x -v /:/host", "docker run -- -v /:/host"],
        ),
        (
            "{ program: [x], flags: [\"-p=*\"] }",
            &["x -p a", "x -pa", "x -p=a", "x -qp a"],
            &["x -p", "x a", "x -p -q", "x -- -p a"],
        ),
        (
            "{ program: [x], flags: [\"--mode=drop\"] }",
            &["x --mode drop", "x --mode=drop"],
            &["x --mode", "x drop", "x --mode keep drop"],
        ),
        (
            "{ program: [terraform], flags: [-auto-approve] }",
            &["terraform apply -auto-approve", "terraform apply -auto-approve=true"],
            &["terraform apply -auto", "terraform apply -auto-approve=false", "terraform apply -a"],
        ),
        (
            "{ program: [find], flags: [-delete] }",
            &["find . -delete", "find . -name x -delete"],
            &["find . -name delete", "find . -depth"],
        ),
        (
            "{ program: [kill], flags: [\"-9\", -KILL] }",
            &["kill -9 1", "kill -KILL 1"],
            &["kill 9", "kill -1 9", "kill -K 1"],
        ),
        ("{ program: [x], flags: [\"--purge*\"] }", &["x --purge", "x --purge-all=1"], &["x --pur"]),
        ("{ program: [git], flags: [\"--\"] }", &["git checkout -- a"], &["git checkout a", "git checkout -"]),
        (
            "{ program: [rm], all_flags: [[-r, -R, --recursive], [-f, --force]] }",
            &["rm -rf x", "rm --recursive -f x", "rm -R x --force"],
            &["rm -r x", "rm -f x", "rm x"],
        ),
        (
            "{ program: [kubectl], flags: [-n] }",
            &["kubectl -n a get", "kubectl -na get", "kubectl get -n $X"],
            &["kubectl get a", "kubectl -o -n get"],
        ),
        ("{ program: [ssh], flags: [-x] }", &["ssh -x h", "ssh -p 22 -x h"], &["ssh h -x", "ssh -p 22 h ls -x"]),
        ("{ program: [git], subcommand: [push], flags: [-o] }", &["git push -o x", "git push -ox"], &["git push x"]),
    ]);
}

#[test]
fn exceptions_count_only_where_they_work() {
    table(&[
        (
            "{ program: [kubectl], subcommand: [delete], unless: { flags: [\"--dry-run=client\", \"--dry-run=server\"] } }",
            &[
                "kubectl delete x",
                "kubectl delete x --dry-run=none",
                "kubectl delete x -- --dry-run=client",
                "kubectl delete x --dry-run=client --dry-run=none",
                "kubectl delete x --dry-run client",
                "kubectl delete x --dry-run=$MODE",
                "kubectl delete x -l --dry-run=client",
                "kubectl delete x $ARGS",
            ],
            &[
                "kubectl delete x --dry-run=client",
                "kubectl --dry-run=server delete x",
                "kubectl delete x --dry-run=none --dry-run=client",
            ],
        ),
        (
            "{ program: [git], subcommand: [push], unless: { flags: [-n, --dry-run] } }",
            &[
                "git push",
                "git push --dry-run --no-dry-run",
                "git push --dry-run=false",
                "git push --dry-run=no",
                "git push --dry",
                "git push -o -n",
                "git push -- -n",
            ],
            &["git push -n", "git push --dry-run", "git push -fn", "git push --no-dry-run --dry-run"],
        ),
        (
            "{ program: [x], unless: [{ flags: [-a] }, { args: { any: [safe, \"tmp/*\"] } }, { assigns: [DRY=1] }] }",
            &["x", "x $X", "x tmp/$X", "DRY=0 x", "x -b"],
            &["x -a", "x y safe", "x tmp/a", "DRY=1 x"],
        ),
        ("{ program: [x], unless: { subcommand: [a b] } }", &["x a", "x b a", "x a $X"], &["x a b", "x -q a b c"]),
        ("{ program: [x], subcommand: [a], unless: { subcommand: [\"a list\"] } }", &["x a del", "x a"], &["x a list"]),
        ("{ program: [x], unless: { args: { max: 0 } } }", &["x a", "x $A"], &["x", "x -f"]),
        ("{ program: [x], unless: { args: { none: [\"/*\"] } } }", &["x /a", "x a /b", "x $A"], &["x a", "x"]),
        ("{ program: [x], unless: { flags: [-q], unless: { flags: [-z] } } }", &["x", "x -q -z"], &["x -q"]),
    ]);
}

#[test]
fn operands_behind_the_subcommand() {
    table(&[
        (
            "{ program: [kubectl], subcommand: [delete], args: { any: [ns, \"ns/*\"] } }",
            &[
                "kubectl delete ns x",
                "kubectl delete -n a ns/x",
                "kubectl delete pod ns",
                "kubectl delete ns/$X",
                "kubectl delete -- ns",
            ],
            &["kubectl delete pod x", "kubectl delete -n ns pod", "kubectl delete $KIND x"],
        ),
        ("{ program: [x], args: { all: [\"a*\", \"b*\"] } }", &["x a1 b1", "x b a", "x c a b"], &["x a", "x b", "x"]),
        (
            "{ program: [x], args: { none: [\"*.log\"] } }",
            &["x", "x a", "x a.log.gz", "x $A"],
            &["x a.log", "x b a.log", "x $A.log"],
        ),
        ("{ program: [x], args: { first: [\"/*\"] } }", &["x /a b", "x -v /a"], &["x a /b", "x"]),
        ("{ program: [x], args: { last: [\"/*\"] } }", &["x a /b", "x /b"], &["x /a b", "x"]),
        (
            "{ program: [x], unless: { args: { any: [\"*_test\"] } } }",
            &["x --undeclared app"],
            &["x --undeclared app_test", "x --one a --two app_test"],
        ),
        ("{ program: [x], args: { min: 2 } }", &["x a b", "x -v a -w b c"], &["x a", "x"]),
        ("{ program: [x], args: { max: 0 } }", &["x", "x -v"], &["x a", "x -- a"]),
        (
            "{ program: [dd], args: { any: [\"of=/dev/*\"] } }",
            &["dd if=a of=/dev/sda", "dd of=/dev/$DISK", "dd of=$DISK"],
            &["dd if=/dev/zero of=a", "dd $OF"],
        ),
        ("{ program: [x], args: { any: [\"*\"] } }", &["x a", "x $A", "x \"$A\""], &["x", "x -a"]),
        (
            "{ program: [x], args: { any: [\"/etc/*\"] } }",
            &["x /etc/$F", "x /e$F"],
            &["x /$F", "x $F", "x $F/passwd", "x ./$F"],
        ),
        (
            "{ program: [x], args: { any: [\"*.db\"] } }",
            &["x $N.db", "x a$N.db", "x a.db"],
            &["x $N", "x $N.d", "x a$N"],
        ),
        ("{ program: [x], args: { any: [\"*prod*\"] } }", &["x prod-$N", "x $A-prod-$B"], &["x p$N", "x $N"]),
        ("{ program: [x], args: { any: [prod] } }", &["x pr$N", "x pro$N"], &["x production$N", "x prox$N", "x $N"]),
    ]);
}

#[test]
fn words_that_may_be_anything_count_for_grave_rules() {
    let rows: &[(&str, &str, Option<Certainty>, Option<Certainty>)] = &[
        ("{ program: [git], subcommand: [push], flags: [--force] }", "git $ARGS", None, Some(Certainty::Possible)),
        ("{ program: [git], subcommand: [push], flags: [--force] }", "git $@", None, Some(Certainty::Possible)),
        ("{ program: [git], subcommand: [push], flags: [--force] }", "git \"$@\"", None, None),
        (
            "{ program: [git], subcommand: [push], flags: [--force] }",
            "git \"$ARGS[@]\"",
            None,
            Some(Certainty::Possible),
        ),
        ("{ program: [git], subcommand: [push], flags: [--force] }", "git $THING", None, None),
        ("{ program: [git], subcommand: [push], flags: [--force] }", "git $GIT_OPTS log", None, None),
        (
            "{ program: [git], subcommand: [push] }",
            "git $GIT_OPTS push",
            Some(Certainty::Certain),
            Some(Certainty::Certain),
        ),
        (
            "{ program: [git], subcommand: [push], flags: [--force] }",
            "git push $PUSH_FLAGS",
            None,
            Some(Certainty::Possible),
        ),
        ("{ program: [git], subcommand: [push], flags: [--force] }", "git push -$F", None, Some(Certainty::Possible)),
        ("{ program: [git], subcommand: [push], flags: [--force] }", "git push -- $PUSH_FLAGS", None, None),
        (
            "{ program: [kubectl], subcommand: [delete], args: { any: [ns] } }",
            "kubectl delete $ARGS",
            None,
            Some(Certainty::Possible),
        ),
        ("{ program: [kubectl], subcommand: [delete], args: { any: [ns] } }", "kubectl delete $KIND", None, None),
        ("{ program: [x], args: { any: [\"ns/*\"] } }", "x ns$X", Some(Certainty::Likely), Some(Certainty::Likely)),
    ];
    for (block, line, mild, grave) in rows {
        for (severity, expected) in [("medium", mild), ("high", grave)] {
            let found = find(block, severity, &invocation(line), None).map(|(certainty, _)| certainty);
            assert_eq!(found, *expected, "{severity} {block} on {line}");
        }
    }
}

#[test]
fn circumstances_patterns_and_blocks() {
    table(&[
        ("{ program: [x], assigns: [\"PG*\"] }", &["PGHOST=a x"], &["x", "A=1 x"]),
        (
            "{ program: [x], assigns: [\"MODE={a,b}\"] }",
            &["MODE=a x", "MODE=b x", "MODE=c MODE=a x"],
            &["MODE=c x", "MODE=a MODE=c x"],
        ),
        ("{ pattern: \"^curl .*\\\\| *sh$\" }", &["curl x | sh"], &["curl x", "wget x | sh"]),
        ("{ program: [x], pattern: \"x a b\" }", &["/bin/x a b", "x a bc"], &["x b a"]),
        (
            "{ any: [{ program: [a], flags: [-f] }, { program: [b], subcommand: [c] }] }",
            &["a -f", "b c"],
            &["a", "b", "a c", "b -f"],
        ),
        (
            "{ program: [a], subcommand: [rm], any: [{ flags: [-f] }, { args: { any: [\"all\"] } }] }",
            &["a rm -f", "a rm x all"],
            &["a rm", "a all rm", "a x -f"],
        ),
        ("{ program: [x], elevated: true }", &[], &["x"]),
        ("{ program: [x], remote: false, repeated: false, elevated: false }", &["x"], &[]),
    ]);
    let mut inv = invocation("x a");
    (inv.elevated, inv.remote, inv.repeated) = (true, Some("ssh:h".to_owned()), true);
    assert!(find("{ program: [x], elevated: true, remote: true, repeated: true }", "low", &inv, None).is_some());
    assert!(find("{ program: [x], remote: false }", "low", &inv, None).is_none());
}

#[test]
fn effects_by_kind_scope_traits_and_target() {
    let effect = Effect {
        kind: EffectKind::FsDelete,
        target: "/home/u/data".to_owned(),
        scope: Scope::Home,
        certainty: Certainty::Likely,
        traits: vec![Trait::Recursive, Trait::Whole],
        via: Vec::new(),
        span: Span::new(0, 1),
        invocation: 0,
    };
    let rows = [
        ("{ effect: fs.delete }", true),
        ("{ effect: \"fs.*\" }", true),
        ("{ effect: [fs.move, fs.delete] }", true),
        ("{ effect: fs.move }", false),
        ("{ effect: fs.delete, scope: [root, home] }", true),
        ("{ effect: fs.delete, scope: [root] }", false),
        ("{ effect: fs.delete, traits: [recursive, whole] }", true),
        ("{ effect: fs.delete, traits: [recursive, bulk] }", false),
        ("{ effect: fs.delete, any_traits: [bulk, whole] }", true),
        ("{ effect: fs.delete, any_traits: [bulk] }", false),
        ("{ effect: fs.delete, target: [\"*/data\"] }", true),
        ("{ effect: fs.delete, target: [data] }", false),
        ("{ effect: fs.delete, certainty: likely }", true),
        ("{ effect: fs.delete, certainty: certain }", false),
        ("{ effect: fs.delete, unless: { traits: [recursive] } }", false),
        ("{ effect: fs.delete, unless: { scope: [temp] } }", true),
        ("{ effect: fs.delete, program: [rm], flags: [-r] }", true),
        ("{ effect: fs.delete, program: [mv] }", false),
        ("{ any: [{ effect: fs.delete, scope: [home] }, { effect: fs.move }] }", true),
        ("{ any: [{ effect: fs.delete, scope: [root] }, { effect: fs.move }] }", false),
    ];
    for (block, expected) in rows {
        let found = find(block, "low", &invocation("rm -r data"), Some(&effect));
        assert_eq!(found.is_some(), expected, "{block}");
    }
    assert!(find("{ effect: fs.delete }", "low", &invocation("rm x"), None).is_none());
}

#[test]
fn the_span_is_the_word_that_decided() {
    let rows = [
        ("{ program: [git], subcommand: [push], flags: [--force] }", "git push origin --force", Span::new(16, 23)),
        ("{ program: [rm], args: { any: [b] }, flags: [-f] }", "rm -f a b", Span::new(8, 9)),
        ("{ program: [git], subcommand: [push] }", "git push", Span::new(0, 8)),
    ];
    for (block, line, span) in rows {
        assert_eq!(find(block, "low", &invocation(line), None).unwrap().1, span, "{line}");
    }
}

#[test]
fn hostile_words_take_linear_time() {
    let many = "--a b ".repeat(20_000) + "c";
    assert!(
        find("{ program: [x], subcommand: [c], flags: [--z] }", "high", &invocation(&format!("x {many}")), None)
            .is_none()
    );
    let long = format!("x {}", "a".repeat(200_000));
    assert!(find("{ program: [x], args: { any: [\"*a*a*a*b\"] } }", "high", &invocation(&long), None).is_none());
}
