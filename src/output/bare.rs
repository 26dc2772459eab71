//! Programs that print a secret and nothing else: `pass show x`, `gh auth token`, `vault kv get -field=…`.
//!
//! Such a value has no name beside it and often no form of its own, so the command is what tells. Where it goes counts:
//! into a variable or another program's input it is not seen. Sources: the programs' manuals.
#![forbid(unsafe_code)]

use super::Hint;
use crate::mask::known::names::{Hint as Name, hint as named};
use crate::syntax::{Invocation, Stdin, Stdout};

/// What a command prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Prints {
    /// What may be a secret.
    Perhaps,
    /// A secret.
    Secret,
}

/// A command that prints a secret: program, its first words, and one of which must be among its words (or begin one of
/// them); an empty list is nothing that must be.
type Command = (&'static [&'static str], &'static [&'static str], &'static [&'static str], Prints);

const COMMANDS: &[Command] = {
    use Prints::{Perhaps, Secret};
    &[
        (&["pass", "gopass"], &["show"], &[], Secret),
        (&["gopass"], &["otp"], &[], Secret),
        (&["vault", "bao"], &["kv", "get"], &["-field", "--field"], Secret),
        (&["vault", "bao"], &["read"], &["-field", "--field"], Secret),
        (&["vault", "bao"], &["login"], &["-token-only", "-field"], Secret),
        (&["vault", "bao"], &["token", "create"], &["-field"], Secret),
        (&["vault", "bao"], &["write"], &["-field"], Secret),
        (&["vault", "bao"], &["print", "token"], &[], Secret),
        (&["gh"], &["auth", "token"], &[], Secret),
        (&["glab"], &["config", "get", "token"], &[], Secret),
        (&["gcloud"], &["auth", "print-access-token"], &[], Secret),
        (&["gcloud"], &["auth", "print-identity-token"], &[], Secret),
        (&["gcloud"], &["auth", "application-default", "print-access-token"], &[], Secret),
        (&["gcloud"], &["secrets", "versions", "access"], &[], Secret),
        (&["aws"], &["secretsmanager", "get-secret-value"], &["--query", "text"], Secret),
        (&["aws"], &["secretsmanager", "get-random-password"], &["--query", "text"], Secret),
        (&["aws"], &["ssm", "get-parameter"], &["--with-decryption"], Secret),
        (&["aws"], &["ssm", "get-parameters"], &["--with-decryption"], Secret),
        (&["aws"], &["configure", "get"], &["aws_secret", "aws_session", "aws_access"], Secret),
        (&["aws"], &["ecr", "get-login-password"], &[], Secret),
        (&["aws"], &["ecr-public", "get-login-password"], &[], Secret),
        (&["aws"], &["rds", "generate-db-auth-token"], &[], Secret),
        (&["aws"], &["codeartifact", "get-authorization-token"], &["--query", "text"], Secret),
        (&["aws"], &["iam", "create-access-key"], &["--query", "text"], Secret),
        (&["aws"], &["sts"], &["--query"], Perhaps),
        (&["az"], &["account", "get-access-token"], &["--query", "tsv"], Secret),
        (&["az"], &["keyvault", "secret", "show"], &["--query", "tsv"], Secret),
        (&["az"], &["storage", "account", "keys", "list"], &["--query", "tsv"], Secret),
        (&["az"], &["storage", "account", "generate-sas"], &[], Secret),
        (&["az"], &["storage", "container", "generate-sas"], &[], Secret),
        (&["az"], &["acr", "credential", "show"], &["--query", "tsv"], Secret),
        (&["az"], &["acr", "login"], &["--expose-token"], Secret),
        (&["az"], &["ad", "sp"], &["--query", "tsv"], Perhaps),
        (&["doctl"], &["auth", "token"], &[], Secret),
        (&["doctl"], &["auth", "list"], &[], Perhaps),
        (&["heroku"], &["auth:token"], &[], Secret),
        (&["heroku"], &["config:get"], &[], Perhaps),
        (&["fly", "flyctl"], &["auth", "token"], &[], Secret),
        (&["fly", "flyctl"], &["tokens", "create"], &[], Perhaps),
        (&["op"], &["read"], &[], Secret),
        (&["op"], &["item", "get"], &["--fields", "--field", "--reveal", "--otp"], Secret),
        (&["bw"], &["get", "password"], &[], Secret),
        (&["bw"], &["get", "totp"], &[], Secret),
        (&["bw"], &["unlock"], &["--raw"], Secret),
        (&["bw"], &["login"], &["--raw"], Secret),
        (&["bw"], &["generate"], &[], Secret),
        (&["rbw"], &["get"], &[], Secret),
        (&["lpass"], &["show"], &["-p", "--password", "--field"], Secret),
        (&["secret-tool"], &["lookup"], &[], Secret),
        (&["security"], &["find-generic-password"], &["-w", "-gw", "-wa", "-ws"], Secret),
        (&["security"], &["find-internet-password"], &["-w", "-gw", "-wa", "-ws"], Secret),
        (&["keyring"], &["get"], &[], Secret),
        (&["kwallet-query"], &[], &["-r", "--read-password"], Secret),
        (&["kubectl", "oc"], &["create", "token"], &[], Secret),
        (&["oc"], &["whoami"], &["-t", "--show-token"], Secret),
        (&["oc"], &["serviceaccounts", "get-token"], &[], Secret),
        (&["argocd"], &["account", "generate-token"], &[], Secret),
        (&["argocd"], &["admin", "initial-password"], &[], Secret),
        (&["npm", "pnpm"], &["config", "get"], &["_auth", "//"], Secret),
        (&["npm", "pnpm"], &["token", "create"], &[], Perhaps),
        (&["etcdctl"], &["get"], &[], Perhaps),
        (&["consul"], &["kv", "get"], &[], Perhaps),
        (&["terraform", "tofu", "terragrunt"], &["output"], &["-raw", "--raw"], Perhaps),
        (&["pulumi"], &["config", "get"], &[], Perhaps),
        (&["pulumi"], &["stack", "output"], &["--show-secrets"], Perhaps),
        (&["chamber"], &["read"], &["-q", "--quiet"], Secret),
        (&["doppler"], &["secrets", "get"], &["--plain"], Secret),
        (&["infisical"], &["secrets", "get"], &["--plain", "--raw-value"], Secret),
        (&["sops"], &[], &["--extract"], Secret),
        (&["gpg", "gpg2"], &[], &["-d", "--decrypt"], Perhaps),
        (&["age"], &[], &["-d", "--decrypt"], Perhaps),
        (&["openssl"], &["rand"], &[], Perhaps),
        (&["pwgen", "apg", "xkcdpass", "diceware"], &[], &[], Perhaps),
        (&["wg"], &["genkey"], &[], Secret),
        (&["wg"], &["genpsk"], &[], Secret),
        (&["databricks"], &["auth", "token"], &[], Perhaps),
        (&["dotenv"], &["get"], &[], Perhaps),
        (&["git"], &["config"], &["token", "password", "secret"], Perhaps),
    ]
};

/// Words of `pass` that do something else than show; without one of them it shows what it is given.
const PASS: &[&str] = &[
    "ls", "list", "find", "search", "grep", "insert", "add", "edit", "rm", "mv", "cp", "git", "init", "help",
    "version", "show",
];
/// Options by which a value goes to the clipboard.
const CLIPBOARD: &[&str] = &["-c", "--clip"];
/// Programs that print what they read, or a part of it.
const FILTERS: &[&str] = &[
    "base64", "basenc", "base32", "cat", "tr", "head", "tail", "cut", "sed", "awk", "gawk", "jq", "yq", "tee", "grep",
    "xargs", "openssl", "rev", "fold", "paste", "sort", "uniq", "strings", "gunzip", "zcat", "xxd", "od", "nl",
    "column", "dasel", "python3", "python", "perl", "ruby", "node", "printf", "echo", "less", "more", "bat",
];
/// Programs that print a file.
const PRINTERS: &[&str] = &["cat", "head", "tail", "less", "more", "bat", "batcat", "tac", "nl"];

/// What the programs of a line say about secrets without a name in its output.
pub(super) fn hint(all: &[Invocation]) -> Hint {
    let found = all.iter().enumerate().filter(|(_, inv)| !inv.wrapper);
    let best =
        found.filter_map(|(at, inv)| Some((prints(inv)?, seen(all, at)?, inv.span))).max_by_key(|(p, s, _)| (*p, *s));
    let Some((prints, seen, span)) = best else { return Hint::None };
    // What a script of that name does stands at the same place.
    let other = |(at, inv): (usize, &Invocation)| {
        let apart = inv.span.end <= span.start || span.end <= inv.span.start;
        apart && !inv.wrapper && inv.stdout == Stdout::Inherit && !reads(all, at)
    };
    if prints == Prints::Secret && seen == Seen::Itself && !all.iter().enumerate().any(other) {
        Hint::Secret
    } else {
        // Beside the output of others, only what looks like a secret.
        Hint::MaybeSecret
    }
}

/// How what a program prints comes to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    /// Within what another prints.
    Within,
    /// As it is, or changed by a filter.
    Itself,
}

/// Says whether what an invocation prints is seen.
pub(super) fn is_seen(all: &[Invocation], at: usize) -> bool {
    seen(all, at).is_some()
}

/// How what an invocation prints is seen; `None` where it goes elsewhere.
fn seen(all: &[Invocation], at: usize) -> Option<Seen> {
    let mut at = at;
    // A pipeline goes forward only.
    loop {
        let inv = all.get(at)?;
        if inv.redirects.iter().any(|redirect| redirect.fd == 1) && !is_terminal(inv) {
            return None;
        }
        match inv.stdout {
            Stdout::Inherit => return Some(Seen::Itself),
            Stdout::Captured => {
                let says = |inv: &Invocation| {
                    matches!(inv.name(), Some("echo" | "printf" | "print"))
                        && inv.stdout == Stdout::Inherit
                        && inv.words().any(|word| word.is_none())
                };
                return all.iter().any(says).then_some(Seen::Within);
            }
            Stdout::Pipe => {
                let next = (at + 1..all.len())
                    .find(|next| matches!(&all[*next].stdin, Stdin::Pipe(from) if from.contains(&at)))?;
                let name = all[next].name();
                if !name.is_none_or(|name| FILTERS.contains(&name)) {
                    return None;
                }
                at = next;
            }
        }
    }
}

/// Says whether its output goes to the terminal by name.
fn is_terminal(inv: &Invocation) -> bool {
    let to = |path: &str| {
        ["/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/fd/1", "/dev/fd/2", "/proc/self/fd/1"].contains(&path)
    };
    inv.redirects.iter().filter(|redirect| redirect.fd == 1).all(|redirect| redirect.target.literal().is_none_or(to))
}

/// Says whether it reads what another printed.
fn reads(all: &[Invocation], at: usize) -> bool {
    all.get(at).is_some_and(|inv| matches!(inv.stdin, Stdin::Pipe(_)))
}

/// What a program prints, by its words.
fn prints(inv: &Invocation) -> Option<Prints> {
    let name = inv.name()?;
    let words: Vec<&str> = inv.words().flatten().collect();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.iter().any(|wanted| word == wanted));
    if PRINTERS.contains(&name) {
        return words.iter().filter_map(|word| file(word)).max();
    }
    let plain: Vec<&str> = words.iter().copied().filter(|word| !word.starts_with('-')).collect();
    if name == "pass" || name == "gopass" {
        if has(CLIPBOARD) {
            return None;
        }
        let shows = plain.first().is_some_and(|word| !PASS.contains(word) || *word == "show");
        return shows.then_some(Prints::Secret);
    }
    let fits = |(programs, first, any, _): &&Command| {
        let begins = |word: &&str| any.iter().any(|wanted| word.contains(wanted));
        programs.contains(&name) && follows(&plain, first) && (any.is_empty() || words.iter().any(begins))
    };
    let found = COMMANDS.iter().filter(fits).map(|(.., prints)| *prints).max()?;
    let secret = || plain.iter().any(|word| says_secret(word));
    Some(if found == Prints::Perhaps && secret() { Prints::Secret } else { found })
}

/// Says whether the words stand in this order, with other words (values of options) between them at most.
fn follows(words: &[&str], wanted: &[&str]) -> bool {
    let mut rest = words.iter();
    wanted.iter().all(|word| rest.any(|there| there == word))
}

fn says_secret(word: &str) -> bool {
    word.split(['/', ':', '.']).any(|part| named(part) == Name::Strong)
}

/// What a file holds, by its path.
fn file(path: &str) -> Option<Prints> {
    let (folder, base) = path.rsplit_once('/').unwrap_or(("", path));
    if path.starts_with("/run/secrets/") || path.starts_with("/var/run/secrets/") {
        return Some(Prints::Secret);
    }
    let (stem, ending) = match base.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, ending),
        _ => (base.trim_start_matches('.'), ""),
    };
    let kept = ["", "txt", "token", "key", "pass", "password", "secret", "pw", "pat"].contains(&ending);
    let says = |text: &str| named(text) == Name::Strong;
    let inside = folder.rsplit('/').next().is_some_and(|folder| matches!(folder, "secrets" | ".secrets" | "private"));
    let held = says(stem) || matches!(ending, "token" | "pass" | "password" | "secret" | "pw" | "pat");
    match (kept, held, inside) {
        (true, true, _) => Some(Prints::Secret),
        (true, false, true) => Some(Prints::Perhaps),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{FakeWorld, analyse};

    fn told(line: &str) -> Hint {
        super::super::hint(&analyse(line, &FakeWorld::default(), false))
    }

    #[test]
    fn a_command_that_prints_a_secret_is_known() {
        for line in [
            "pass show work/db",
            "pass work/db",
            "etcdctl get /app/db/password",
            "vault kv get -field=password secret/db",
            "vault kv get -mount=secret -field password db",
            "aws secretsmanager get-secret-value --secret-id x --query SecretString --output text",
            "gcloud auth print-access-token",
            "sudo -u ci gh auth token",
            "env GH_HOST=x gh auth token | cat",
            "op read op://dev/db/password",
            "security find-generic-password -s x -w",
            "aws configure get aws_secret_access_key",
            "aws --profile dev configure get aws_secret_access_key",
            "heroku auth:token",
            "doctl auth token",
            "bw get password github",
            "aws ssm get-parameter --name /p --with-decryption --query Parameter.Value --output text | tr -d '\\n'",
            "cat /run/secrets/db",
            "cat /var/lib/jenkins/secrets/initialAdminPassword",
            "head -1 ~/.vault-token",
            "terraform output -raw db_password",
        ] {
            assert_eq!(told(line), Hint::Secret, "{line}");
        }
    }

    #[test]
    fn what_a_script_of_that_name_does_is_the_same_command() {
        let mut line = analyse("pass show x", &FakeWorld::default(), false);
        let inner = analyse("echo a b", &FakeWorld::default(), false).invocations;
        let span = line.invocations[0].span;
        line.invocations.extend(inner.into_iter().map(|inv| Invocation { span, ..inv }));
        assert_eq!(super::super::hint(&line), Hint::Secret);
    }

    #[test]
    fn beside_other_output_only_what_looks_like_one_is_masked() {
        for line in [
            "gh auth token; git status",
            "git log --oneline && pass show x",
            "terraform output -raw endpoint",
            "etcdctl get /app/mode",
            "T=$(gh auth token); echo \"$T\"",
            "openssl rand -hex 16",
        ] {
            assert_eq!(told(line), Hint::MaybeSecret, "{line}");
        }
    }

    #[test]
    fn what_goes_elsewhere_is_not_seen() {
        for line in [
            "TOKEN=$(gh auth token) cargo publish",
            "gh auth token | docker login ghcr.io -u x --password-stdin",
            "pass -c work/db",
            "pass ls",
            "pass show x > /tmp/x",
            "curl -H \"Authorization: Bearer $(gcloud auth print-access-token)\" https://example.org",
            "P=$(kubectl get secret db -o jsonpath='{.data.p}' | base64 -d) psql -h db",
            "gh auth status",
            "vault kv list secret/",
            "aws secretsmanager list-secrets",
            "cat src/token.rs",
            "cat README.md",
            "heroku auth:whoami",
            "git config user.name",
            "printenv",
        ] {
            assert!(matches!(told(line), Hint::None | Hint::Psql), "{line}");
        }
        assert_eq!(told("kubectl get secret db -o jsonpath='{.data.p}' | base64 -d"), Hint::KubectlSecretValue);
    }
}
