//! Programs that print a secret, and variables that hold one.

use super::super::Cx;
use super::super::options::{Spec, Words};
use super::paths::Class;
use crate::syntax::{Invocation, Origin, Roster, Seg, Value, World, roster};

/// A program that prints a secret: leading words next to each other, and one of these options where any is named.
struct Teller {
    program: &'static str,
    words: &'static [&'static str],
    options: &'static [&'static str],
    class: Class,
    what: &'static str,
}

const fn token(program: &'static str, words: &'static [&'static str], what: &'static str) -> Teller {
    Teller { program, words, options: &[], class: Class::Token, what }
}

const TELLERS: &[Teller] = &[
    token("gh", &["auth", "token"], "github token"),
    Teller {
        program: "gh",
        words: &["auth", "status"],
        options: &["-t", "--show-token"],
        class: Class::Token,
        what: "github token",
    },
    token("glab", &["auth", "token"], "gitlab token"),
    token("aws", &["configure", "get", "aws_secret_access_key"], "aws secret key"),
    token("aws", &["configure", "get", "*.aws_secret_access_key"], "aws secret key"),
    token("aws", &["configure", "get", "aws_session_token"], "aws session token"),
    token("aws", &["configure", "export-credentials"], "aws credentials"),
    token("aws", &["secretsmanager", "get-secret-value"], "aws secret"),
    token("aws", &["secretsmanager", "batch-get-secret-value"], "aws secret"),
    Teller {
        program: "aws",
        words: &["ssm", "get-parameter*"],
        options: &["--with-decryption"],
        class: Class::Token,
        what: "aws parameter",
    },
    token("aws", &["ecr", "get-login-password"], "registry password"),
    token("gcloud", &["auth", "print-access-token"], "gcloud token"),
    token("gcloud", &["auth", "print-identity-token"], "gcloud token"),
    token("gcloud", &["application-default", "print-access-token"], "gcloud token"),
    token("gcloud", &["secrets", "versions", "access"], "gcloud secret"),
    token("az", &["account", "get-access-token"], "azure token"),
    token("az", &["keyvault", "secret", "show"], "azure secret"),
    token("az", &["storage", "account", "keys", "list"], "azure storage keys"),
    token("vault", &["kv", "get"], "vault secret"),
    token("vault", &["read"], "vault secret"),
    token("vault", &["print", "token"], "vault token"),
    token("op", &["read"], "1Password secret"),
    Teller {
        program: "op",
        words: &["item", "get"],
        options: &["--reveal", "--fields"],
        class: Class::Token,
        what: "1Password secret",
    },
    token("pass", &["show"], "password"),
    token("gopass", &["show"], "password"),
    token("bw", &["get", "password"], "password"),
    token("bw", &["get", "item"], "password"),
    token("bw", &["export"], "password store"),
    token("lpass", &["show"], "password"),
    Teller {
        program: "security",
        words: &["find-*-password"],
        options: &["-w", "-g"],
        class: Class::Key,
        what: "keychain password",
    },
    token("security", &["dump-keychain"], "keychain"),
    token("secret-tool", &["lookup"], "keyring password"),
    token("keyring", &["get"], "keyring password"),
    token("doppler", &["secrets", "download"], "secrets"),
    token("doppler", &["secrets", "get"], "secrets"),
    token("chamber", &["read"], "secrets"),
    token("chamber", &["export"], "secrets"),
    token("heroku", &["config:get"], "heroku config value"),
    Teller {
        program: "sops",
        words: &[],
        options: &["-d", "--decrypt"],
        class: Class::Token,
        what: "decrypted secrets",
    },
    token("sops", &["decrypt"], "decrypted secrets"),
    token("ansible-vault", &["view"], "decrypted secrets"),
    token("git", &["credential", "fill"], "git credentials"),
    Teller {
        program: "kubectl",
        words: &["config", "view"],
        options: &["--raw"],
        class: Class::Credential,
        what: "cluster credentials",
    },
    Teller {
        program: "gpg",
        words: &[],
        options: &["--export-secret-keys", "--export-secret-subkeys"],
        class: Class::Key,
        what: "gpg secret keys",
    },
    Teller {
        program: "gpg2",
        words: &[],
        options: &["--export-secret-keys", "--export-secret-subkeys"],
        class: Class::Key,
        what: "gpg secret keys",
    },
    token("docker-credential-*", &["get"], "registry credentials"),
];

const GENERAL: Spec = Spec::long(&[
    "-n",
    "--namespace",
    "--context",
    "-o",
    "--output",
    "--profile",
    "--region",
    "--query",
    "--secret-id",
    "--name",
    "-l",
    "--selector",
    "--project",
    "--secret",
    "--kubeconfig",
    "--vault",
    "-C",
    "-a",
    "-s",
    "--template",
]);

/// The secret that an invocation prints by its very purpose.
pub(in super::super) fn told(inv: &Invocation, cx: &Cx) -> Option<(Class, &'static str)> {
    static ROSTER: Roster = roster!(TELLERS, [program]);
    let name = inv.name()?;
    if (name == "kubectl" || name == "oc")
        && let Some(found) = cluster_secret(inv, cx)
    {
        return Some(found);
    }
    if !ROSTER.may_know(name) || !TELLERS.iter().any(|teller| crate::syntax::glob::matches(teller.program, name)) {
        return None;
    }
    let words = Words::of(&inv.args, &GENERAL);
    if words.has(&["--help", "-h"]) {
        return None;
    }
    TELLERS
        .iter()
        .filter(|teller| crate::syntax::glob::matches(teller.program, name))
        .find(|teller| {
            (teller.words.is_empty() || words.says(teller.words))
                && (teller.options.is_empty() || words.has(teller.options))
        })
        .map(|teller| (teller.class, teller.what))
}

/// `kubectl get secret x -o yaml|json|jsonpath=…|go-template=…`, but not names or metadata.
fn cluster_secret(inv: &Invocation, cx: &Cx) -> Option<(Class, &'static str)> {
    let words = Words::of(
        &inv.args,
        &Spec::new(&[
            "-n",
            "--namespace",
            "--context",
            "-o",
            "--output",
            "-l",
            "--selector",
            "--kubeconfig",
            "--template",
        ]),
    );
    let secret = ["secret", "secrets", "secret/*", "secrets/*", "secret,*", "*,secret"];
    let listed = || {
        let of_secrets = |at: usize| {
            let listing = cx.line.invocations.get(at).filter(|inv| matches!(inv.name(), Some("kubectl" | "oc")));
            listing.is_some_and(|inv| inv.words().flatten().any(|word| matches!(word, "secret" | "secrets")))
        };
        words.operand(0) == Some("get") && words.operands.iter().any(|arg| arg.value.sources().take(8).any(of_secrets))
    };
    if !secret.iter().any(|kind| words.says(&["get", kind])) && !listed() {
        return None;
    }
    // A cluster on this machine holds what somebody tries out.
    let context = words.values(&["--context"]).last().map(|value| value.text().into_owned()).unwrap_or_default();
    let context = context.trim_start_matches('=');
    if ["kind-", "k3d-"].iter().any(|start| context.starts_with(start))
        || matches!(context, "minikube" | "docker-desktop")
    {
        return None;
    }
    let form = words.values(&["-o", "--output"]).last()?.text().into_owned();
    let form = form.trim_start_matches('=');
    let whole = matches!(form, "yaml" | "json");
    let picks = ["jsonpath", "go-template", "custom-columns"].iter().any(|head| form.starts_with(head))
        && form.replace("metadata", "").contains("data");
    (whole || picks).then_some((Class::Token, "cluster secret"))
}

const PLAIN_ENDS: &[&str] = &[
    "FILE",
    "PATH",
    "ID",
    "NAME",
    "NAMES",
    "URL",
    "ARN",
    "COUNT",
    "LENGTH",
    "LEN",
    "TYPE",
    "DIR",
    "LIMIT",
    "TTL",
    "EXPIRY",
    "COST",
    "SIZE",
    "PARALLELISM",
    "VERSION",
    "HOST",
    "PORT",
    "USER",
    "ENDPOINT",
    "REGION",
    "STATUS",
    "EXISTS",
    "SET",
    "STORE",
];

const WORDS: &[&str] = &[
    "TOKEN",
    "SECRET",
    "SECRETS",
    "PASSWORD",
    "PASSWD",
    "PGPASSWORD",
    "CREDENTIAL",
    "CREDENTIALS",
    "APIKEY",
    "PASSPHRASE",
    "PAT",
];

/// Says whether a variable of this name holds a secret: upper case, and a word for one in it.
pub(in super::super) fn secret_name(name: &str) -> bool {
    if name.len() < 4 || name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return false;
    }
    let parts: Vec<&str> = name.split('_').filter(|part| !part.is_empty()).collect();
    let Some(last) = parts.last() else { return false };
    if PLAIN_ENDS.contains(last) {
        return false;
    }
    if parts.iter().any(|part| WORDS.contains(part)) || matches!(*last, "PASS" | "AUTHTOKEN" | "MYSQLPWD") {
        return true;
    }
    parts.windows(2).any(|pair| {
        matches!(
            pair,
            ["API" | "PRIVATE" | "ACCESS" | "SECRET" | "ENCRYPTION" | "SIGNING" | "MASTER" | "ACCOUNT", "KEY"]
        ) || *pair == ["MYSQL", "PWD"]
    })
}

/// The secret variables whose value (or name, where the value is not known) stands in a word.
pub(in super::super) fn variables_in(value: &Value, cx: &Cx) -> Vec<String> {
    let mut names: Vec<String> = value
        .unknowns()
        .filter_map(|unknown| match &unknown.origin {
            Origin::Variable(name) if secret_name(name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    let long = value.segs().iter().any(|seg| matches!(seg, Seg::Lit(text) if text.len() >= LEAST));
    if long {
        let holds =
            |secret: &str| value.segs().iter().any(|seg| matches!(seg, Seg::Lit(text) if text.contains(secret)));
        names.extend(cx.secrets().iter().filter(|(_, secret)| holds(secret)).map(|(name, _)| name.clone()));
    }
    names
}

/// A secret shorter than this is not looked for in words.
const LEAST: usize = 12;

/// Inherited secret variables that are looked for in words, with their values.
pub(in super::super) fn inherited(world: &dyn World) -> Vec<(String, String)> {
    let names = world.var_names().into_iter().filter(|name| secret_name(name)).take(64);
    let known = names.filter_map(|name| world.var(&name).map(|secret| (name, secret)));
    known.filter(|(_, secret)| secret.len() >= LEAST).collect()
}

/// Says whether an invocation prints the environment as a whole.
pub(in super::super) fn dumps_environment(inv: &Invocation) -> bool {
    match inv.name() {
        Some("env") => {
            !inv.wrapper
                && inv.args.iter().all(|arg| arg.value.prefix().starts_with('-') || arg.value.prefix().contains('='))
        }
        Some("printenv") => inv.args.iter().all(|arg| arg.value.prefix().starts_with('-')),
        Some("set" | "declare" | "typeset") => {
            inv.args.is_empty()
                || inv.args.iter().all(|arg| matches!(arg.value.literal(), Some("-x" | "-p" | "-xp" | "-px")))
        }
        Some("export") => inv.args.is_empty() || inv.args.iter().all(|arg| arg.value.is("-p")),
        _ => false,
    }
}
