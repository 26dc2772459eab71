//! Which files hold secrets, by name and place.

use smallvec::SmallVec;

use super::super::paths::Patterns;
use super::super::{Cx, home};
use crate::syntax::{Roster, World, glob};

/// How bad it is when others see it; later is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Sources and other files in bulk.
    Tree,
    /// The list of accounts.
    Account,
    /// State files that often hold secrets.
    State,
    /// What a user typed.
    History,
    /// One token, key or password.
    Token,
    /// The whole environment.
    Environment,
    /// A project's `.env`.
    EnvFile,
    /// The home folder, with all that it holds.
    Home,
    /// A program's stored credentials.
    Credential,
    /// A private key, a password store.
    Key,
}

/// Something sensitive: how bad, and a name for the reader.
pub(super) type Sensitive = (Class, &'static str);

const SSH: &str = "ssh private key";
const KEY: &str = "private key";
const CREDENTIALS: &str = "stored credentials";
const STORE: &str = "password store";
const BROWSER: &str = "browser secrets";

/// Trailing path components → what it is. `~/` in front: only right in a home folder; `/` in front: the whole path;
/// `**` at the end: anything below. The first match counts.
static SECRET_FILES: Table = Table::of(&[
    (".ssh/**", Class::Key, SSH),
    ("id_rsa", Class::Key, SSH),
    ("id_dsa", Class::Key, SSH),
    ("id_ecdsa", Class::Key, SSH),
    ("id_ed25519", Class::Key, SSH),
    ("/etc/ssh/ssh_host_*_key", Class::Key, SSH),
    (".gnupg/private-keys-v1.d/**", Class::Key, KEY),
    (".gnupg/secring.gpg", Class::Key, KEY),
    ("/etc/ssl/private/**", Class::Key, KEY),
    ("/proc/*/mem", Class::Key, "a program's memory"),
    ("/etc/shadow*", Class::Key, "password hashes"),
    ("/etc/gshadow*", Class::Key, "password hashes"),
    ("/etc/master.passwd", Class::Key, "password hashes"),
    ("*.keytab", Class::Key, "kerberos keys"),
    ("*.kdbx", Class::Key, STORE),
    (".password-store/**", Class::Key, STORE),
    (".local/share/keyrings/**", Class::Key, STORE),
    ("Library/Keychains/**", Class::Key, STORE),
    ("wallet.dat", Class::Key, "wallet"),
    (".ethereum/keystore/**", Class::Key, "wallet"),
    (".config/solana/id.json", Class::Key, "wallet"),
    ("Login Data", Class::Key, BROWSER),
    ("logins.json", Class::Key, BROWSER),
    ("key4.db", Class::Key, BROWSER),
    ("cookies.sqlite", Class::Key, BROWSER),
    ("Default/Cookies", Class::Key, BROWSER),
    ("Network/Cookies", Class::Key, BROWSER),
    (".aws/credentials", Class::Credential, "aws credentials"),
    (".aws/cli/cache/**", Class::Credential, "aws credentials"),
    (".aws/sso/cache/**", Class::Credential, "aws credentials"),
    (".config/gcloud/**", Class::Credential, "gcloud credentials"),
    (".azure/*oken*", Class::Credential, "azure credentials"),
    (".kube/config", Class::Credential, "cluster credentials"),
    ("/etc/kubernetes/*.conf", Class::Credential, "cluster credentials"),
    ("/etc/rancher/k3s/k3s.yaml", Class::Credential, "cluster credentials"),
    ("*.kubeconfig", Class::Credential, "cluster credentials"),
    (".docker/config.json", Class::Credential, "registry credentials"),
    (".config/containers/auth.json", Class::Credential, "registry credentials"),
    (".config/gh/hosts.yml", Class::Credential, "github credentials"),
    (".config/hub", Class::Credential, "github credentials"),
    (".config/glab-cli/config.yml", Class::Credential, "gitlab credentials"),
    (".git-credentials", Class::Credential, "git credentials"),
    (".config/git/credentials", Class::Credential, "git credentials"),
    (".netrc", Class::Credential, CREDENTIALS),
    ("_netrc", Class::Credential, CREDENTIALS),
    (".authinfo", Class::Credential, CREDENTIALS),
    (".pgpass", Class::Credential, "database passwords"),
    (".my.cnf", Class::Credential, "database passwords"),
    (".mylogin.cnf", Class::Credential, "database passwords"),
    ("~/.npmrc", Class::Credential, "registry token"),
    ("~/.yarnrc.yml", Class::Credential, "registry token"),
    (".pypirc", Class::Credential, "registry token"),
    (".cargo/credentials", Class::Credential, "registry token"),
    (".cargo/credentials.toml", Class::Credential, "registry token"),
    (".gem/credentials", Class::Credential, "registry token"),
    (".composer/auth.json", Class::Credential, "registry token"),
    (".m2/settings-security.xml", Class::Credential, "registry token"),
    (".terraform.d/credentials.tfrc.json", Class::Credential, "terraform credentials"),
    (".config/rclone/rclone.conf", Class::Credential, CREDENTIALS),
    (".config/doctl/config.yaml", Class::Credential, CREDENTIALS),
    (".s3cfg", Class::Credential, CREDENTIALS),
    (".boto", Class::Credential, CREDENTIALS),
    (".fly/config.yml", Class::Credential, CREDENTIALS),
    (".smbcredentials", Class::Credential, CREDENTIALS),
    (".config/op/**", Class::Credential, CREDENTIALS),
    (".claude/.credentials.json", Class::Credential, "agent credentials"),
    (".codex/auth.json", Class::Credential, "agent credentials"),
    (".gemini/oauth_creds.json", Class::Credential, "agent credentials"),
    ("opencode/auth.json", Class::Credential, "agent credentials"),
    ("application_default_credentials.json", Class::Credential, "gcloud credentials"),
    ("/run/secrets/**", Class::Token, "mounted secret"),
    ("/var/run/secrets/**", Class::Token, "mounted secret"),
    (".vault-token", Class::Token, "vault token"),
    ("/proc/*/environ", Class::Environment, "environment"),
    ("terraform.tfstate", Class::State, "terraform state"),
    ("terraform.tfstate.backup", Class::State, "terraform state"),
    ("*.tfstate", Class::State, "terraform state"),
    (".bash_history", Class::History, "shell history"),
    (".zsh_history", Class::History, "shell history"),
    (".zhistory", Class::History, "shell history"),
    (".sh_history", Class::History, "shell history"),
    (".python_history", Class::History, "shell history"),
    (".node_repl_history", Class::History, "shell history"),
    (".psql_history", Class::History, "shell history"),
    (".mysql_history", Class::History, "shell history"),
    (".rediscli_history", Class::History, "shell history"),
    (".local/share/fish/fish_history", Class::History, "shell history"),
]);

/// Names that mean a secret unless the folder says that it is a fixture.
static SECRET_UNLESS_FIXTURE: Table = Table::of(&[
    ("*.pem", Class::Key, KEY),
    ("*.key", Class::Key, KEY),
    ("*.ppk", Class::Key, KEY),
    ("*.p12", Class::Key, KEY),
    ("*.pfx", Class::Key, KEY),
    ("*.jks", Class::Key, KEY),
    ("*.keystore", Class::Key, KEY),
    ("*.p8", Class::Key, KEY),
    (".htpasswd", Class::Credential, "password hashes"),
    ("service-account*.json", Class::Credential, "service account key"),
    ("service_account*.json", Class::Credential, "service account key"),
    ("serviceaccount*.json", Class::Credential, "service account key"),
    ("credentials.json", Class::Credential, CREDENTIALS),
    ("client_secret*.json", Class::Credential, CREDENTIALS),
    (".streamlit/secrets.toml", Class::EnvFile, "project secrets"),
    ("secrets.yml", Class::EnvFile, "project secrets"),
    ("secrets.yaml", Class::EnvFile, "project secrets"),
    ("secrets.json", Class::EnvFile, "project secrets"),
    (".env", Class::EnvFile, ".env file"),
    (".env.*", Class::EnvFile, ".env file"),
    ("*.env", Class::EnvFile, ".env file"),
]);

/// Names that only look like secrets.
static PUBLIC: Patterns = Patterns::of(&[
    "*.pub",
    "*.crt",
    "*.cer",
    "*.csr",
    "known_hosts*",
    "authorized_keys*",
    "*.example",
    "*.sample",
    "*.template",
    "*.tmpl",
    "*.dist",
    "*.defaults",
    "*.md",
    "*.d.ts",
    "*.ts",
    "*.js",
    "*.example.*",
    "*.sample.*",
    ".env.vault",
    ".env.schema",
    "*.enc",
    "*.age",
    "*.sops",
    "*.gpg",
    "*.asc",
    "*.sops.*",
    "*.enc.*",
    "example.env",
    "test.env",
    ".env.test",
    ".env.ci",
    "sample.env",
    "template.env",
    "*public*",
    "*cert*.pem",
    "*chain*.pem",
    "ca.pem",
    "*-ca.pem",
    "cacert*",
    "dhparam*",
    "*csr*.pem",
    "*.socket",
    "ssh_config",
    "agent.*",
]);

/// Files below `.ssh` without secrets.
const SSH_PLAIN: &[&str] =
    &["config", "config.d", "environment", "rc", "allowed_signers", "control", "cm-*", "sockets"];

/// Folders whose keys are made for tests.
const FIXTURES: &[&str] = &[
    "fixtures",
    "fixture",
    "testdata",
    "test-data",
    "test_data",
    "test",
    "tests",
    "spec",
    "__tests__",
    "examples",
    "example",
    "certs-test",
    "mocks",
    "site-packages",
    "node_modules",
];

/// Folders that hold secrets, for programs that take a folder as a whole.
static SECRET_DIRS: Table = Table::of(&[
    (".ssh", Class::Key, "ssh keys"),
    (".gnupg", Class::Key, "gpg keys"),
    (".password-store", Class::Key, STORE),
    ("Library/Keychains", Class::Key, STORE),
    (".local/share/keyrings", Class::Key, STORE),
    ("/etc/ssl/private", Class::Key, KEY),
    ("/etc/ssh", Class::Key, SSH),
    (".mozilla", Class::Key, BROWSER),
    (".mozilla/firefox", Class::Key, BROWSER),
    (".config/google-chrome", Class::Key, BROWSER),
    (".config/chromium", Class::Key, BROWSER),
    (".aws", Class::Credential, "aws credentials"),
    (".azure", Class::Credential, "azure credentials"),
    (".kube", Class::Credential, "cluster credentials"),
    (".docker", Class::Credential, "registry credentials"),
    (".config/gcloud", Class::Credential, "gcloud credentials"),
    (".config/gh", Class::Credential, "github credentials"),
    ("~/.config", Class::Credential, CREDENTIALS),
    ("/etc", Class::Account, "system configuration"),
    ("/run/secrets", Class::Token, "mounted secrets"),
    ("/var/run/secrets", Class::Token, "mounted secrets"),
]);

/// Names the secret that a file holds; the path may be absolute, start with `~`, be relative, or hold globs.
#[must_use]
pub fn sensitive_path(path: &str, cx: &Cx) -> Option<&'static str> {
    classify(path, cx).map(|(_, what)| what)
}

/// As [`sensitive_path`], with how bad it is.
#[must_use]
pub fn classify(path: &str, cx: &Cx) -> Option<Sensitive> {
    let parts = parts_of(path);
    let name = *parts.last()?;
    if PUBLIC.fit(name) {
        return None;
    }
    let place = Place { parts: &parts, absolute: path.starts_with('/'), world: cx.world };
    if let Some(found) = find(&SECRET_FILES, &place) {
        let below_ssh = parts.iter().position(|part| *part == ".ssh").and_then(|at| parts.get(at + 1));
        let plain = below_ssh.is_some_and(|name| SSH_PLAIN.iter().any(|plain| glob::matches(plain, name)));
        return (!plain).then_some(found);
    }
    if parts.iter().rev().skip(1).any(|part| FIXTURES.contains(part)) {
        return None;
    }
    find(&SECRET_UNLESS_FIXTURE, &place)
}

/// Names the secrets that a folder holds, for programs that take it as a whole.
#[must_use]
pub fn classify_dir(path: &str, cx: &Cx) -> Option<Sensitive> {
    let parts = parts_of(path);
    find(&SECRET_DIRS, &Place { parts: &parts, absolute: path.starts_with('/'), world: cx.world })
}

/// The components of a path, `.` not counted.
fn parts_of(path: &str) -> SmallVec<[&str; 16]> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").collect()
}

struct Place<'a> {
    parts: &'a [&'a str],
    absolute: bool,
    world: &'a dyn World,
}

fn find(table: &Table, place: &Place) -> Option<Sensitive> {
    if !table.may_hold(place.parts) {
        return None;
    }
    // What a pattern ends with, a plain path ends with: most patterns need no other look.
    let last = place.parts.last().filter(|last| !last.contains(['*', '?', '[']));
    let ends = |pattern: &str| last.is_none_or(|last| glob::may_end(pattern, last));
    let found = table.all.iter().find(|(pattern, ..)| ends(pattern) && matches_place(pattern, place));
    found.map(|(_, class, what)| (*class, *what))
}

/// Secrets by place, and what tells most paths at a glance that they are none of them.
#[derive(Debug)]
struct Table {
    all: &'static [(&'static str, Class, &'static str)],
    /// Last components of the patterns.
    names: Roster,
    /// Last components of the folders of which everything counts.
    tops: Roster,
}

impl Table {
    const fn of(all: &'static [(&'static str, Class, &'static str)]) -> Self {
        let (mut names, mut tops) = (Roster::EMPTY, Roster::EMPTY);
        let mut at = 0;
        while at < all.len() {
            let pattern = all[at].0;
            let bytes = pattern.as_bytes();
            let deep = bytes.len() > 3 && bytes[bytes.len() - 1] == b'*' && bytes[bytes.len() - 3] == b'/';
            let (path, _) = pattern.split_at(bytes.len() - if deep { 3 } else { 0 });
            let mut start = path.len();
            while start > 0 && bytes[start - 1] != b'/' {
                start -= 1;
            }
            let (_, last) = path.split_at(start);
            if deep {
                tops = tops.with(&[last]);
            } else {
                names = names.with(&[last]);
            }
            at += 1;
        }
        Self { all, names, tops }
    }

    /// Says whether a path may be one of these: false only where it is not.
    fn may_hold(&self, parts: &[&str]) -> bool {
        parts.last().is_some_and(|last| self.names.may_know(last))
            || parts.iter().any(|part| part.contains(['*', '?', '[']) || self.tops.may_know(part))
    }
}

fn matches_place(pattern: &str, place: &Place) -> bool {
    if let Some(pattern) = pattern.strip_prefix("~/") {
        let whole = format!("{}{}", if place.absolute { "/" } else { "" }, place.parts.join("/"));
        return home::behind(&whole, place.world)
            .is_some_and(|rest| rest.split('/').count() == pattern.split('/').count() && glob::matches(pattern, rest));
    }
    if let Some(pattern) = pattern.strip_prefix('/') {
        if !place.absolute {
            return false;
        }
        if let Some(top) = pattern.strip_suffix("/**") {
            let count = top.split('/').count();
            return place.parts.len() > count && all(top, place.parts.get(..count).unwrap_or(&[]));
        }
        return place.parts.len() == pattern.split('/').count() && all(pattern, place.parts);
    }
    if let Some(top) = pattern.strip_suffix("/**") {
        let count = top.split('/').count();
        return place.parts.windows(count + 1).any(|window| all(top, window.get(..count).unwrap_or(&[])));
    }
    let count = pattern.split('/').count();
    let Some(start) = place.parts.len().checked_sub(count) else { return false };
    all(pattern, place.parts.get(start..).unwrap_or(&[]))
}

/// `*`, `*.json`: the name of no file in particular.
fn is_general(part: &str) -> bool {
    let stem = part.rsplit_once('.').map_or(part, |(stem, _)| if stem.is_empty() { part } else { stem });
    !stem.contains(|letter: char| letter.is_ascii_alphanumeric())
}

/// Compares component by component; a component of the path may itself be a glob of the shell.
fn all(pattern: &str, parts: &[&str]) -> bool {
    let several = parts.len() > 1;
    pattern.split('/').zip(parts).all(|(wanted, part)| {
        if !part.contains(['*', '?', '[']) {
            return glob::matches(wanted, part);
        }
        if !several && is_general(part) {
            return glob::matches(wanted, part);
        }
        let sample = wanted.replace('*', "x");
        sample.starts_with('.') == part.starts_with('.')
            && (glob::matches(part, &sample) || glob::matches(wanted, part))
    })
}
