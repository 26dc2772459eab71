//! Programs that fetch: whose output comes from the network, and which files they save.

use super::host::host_of;
use super::send::{CURL, NETCAT, RSYNC, WGET};
use crate::effects::Cx;
use crate::effects::options::{Spec, Words};
use crate::effects::touch::{absolute, absolute_text};
use crate::syntax::{CodeFact, Invocation, Value};

/// The host whose answer an invocation prints; `None` where it prints nothing from the network.
pub(super) fn fetches(inv: &Invocation) -> Option<String> {
    let unknown = || "the network".to_owned();
    match inv.name() {
        Some("curl" | "curlie") => {
            let words = Words::of(&inv.args, &CURL);
            let to_file = words.has(&["-O", "--remote-name", "-I", "--head", "--remote-name-all"])
                || words.values(&["-o", "--output"]).any(|value| !matches!(value.literal(), Some("-" | "/dev/stdout")));
            (!to_file).then(|| urls(&words).next().map_or_else(unknown, |url| host_of(&url.text())))
        }
        Some("wget" | "wget2") => {
            let words = Words::of(&inv.args, &WGET);
            let prints = words
                .values(&["-O", "--output-document"])
                .any(|value| matches!(value.literal(), Some("-" | "/dev/stdout")));
            prints.then(|| first_host(&words))
        }
        Some("fetch") => {
            let words = Words::of(&inv.args, &Spec::new(&["-o"]));
            (words.last(&["-o"]) == Some("-")).then(|| first_host(&words))
        }
        Some("http" | "https" | "xh" | "httpie" | "lynx" | "w3m" | "links" | "elinks") => {
            let words = Words::of(&inv.args, &Spec::new(&["-a", "-A", "-o", "-s"]));
            let url = words.operands.iter().find(|arg| arg.value.text().contains('.'))?;
            Some(host_of(&url.value.text()))
        }
        Some("nc" | "ncat" | "netcat") => {
            let words = Words::of(&inv.args, &NETCAT);
            (!words.has(&["-z"])).then(|| words.operand(0).map_or_else(unknown, host_of))
        }
        Some("telnet") => Some(first_host(&Words::of(&inv.args, &Spec::new(&[])))),
        Some("socat") => inv.words().flatten().any(|word| word.to_ascii_uppercase().starts_with("TCP")).then(unknown),
        Some("openssl") => {
            let words = Words::of(&inv.args, &Spec::long(&["-connect", "-host", "-port"]));
            (words.operand(0) == Some("s_client")).then(|| words.last(&["-connect"]).map_or_else(unknown, host_of))
        }
        Some("dig" | "nslookup" | "host" | "drill") => {
            let words = Words::of(&inv.args, &Spec::new(&[]));
            Some(
                words
                    .operands
                    .iter()
                    .find_map(|arg| arg.value.literal().filter(|word| word.contains('.')))
                    .map_or_else(unknown, host_of),
            )
        }
        Some("gh") => {
            let words = Words::of(&inv.args, &Spec::new(&["-R", "--repo", "-q", "--jq", "-H"]));
            (words.says(&["gist", "view"]) || words.operand(0) == Some("api")).then(|| "github.com".to_owned())
        }
        Some("aws" | "gsutil" | "rclone") => {
            let words = Words::of(&inv.args, &Spec::long(&["--profile", "--region"]));
            let prints = words.operands.last().is_some_and(|arg| arg.value.is("-")) || words.operand(0) == Some("cat");
            let from = words.operands.iter().find_map(|arg| arg.value.literal().filter(|word| word.contains(':')));
            from.filter(|_| prints).map(host_of)
        }
        _ => code(inv),
    }
}

/// Code that talks to the network and prints what comes.
fn code(inv: &Invocation) -> Option<String> {
    inv.facts.iter().find_map(|fact| match fact {
        CodeFact::Network { host, sends: false } => Some(host_of(&host.text())),
        _ => None,
    })
}

fn urls<'w>(words: &'w Words) -> impl Iterator<Item = &'w Value> {
    words.values(&["--url"]).chain(words.operands.iter().map(|arg| &arg.value))
}

fn first_host(words: &Words) -> String {
    words.operands.first().map_or_else(|| "the network".to_owned(), |arg| host_of(&arg.value.text()))
}

/// Files that an invocation saves from the network, absolute.
pub(in super::super) fn saved(inv: &Invocation, cx: &Cx) -> Vec<String> {
    let named = |words: &Words, names: &[&str]| -> Vec<String> {
        words.values(names).filter(|value| !value.is("-")).map(|value| absolute(value, inv, cx)).collect()
    };
    match inv.name() {
        Some("curl" | "curlie") => {
            let words = Words::of(&inv.args, &CURL);
            let mut found = named(&words, &["-o", "--output"]);
            if words.has(&["-O", "--remote-name", "--remote-name-all"]) {
                found.extend(urls(&words).filter_map(base).map(|name| absolute_text(&name, inv, cx)));
            }
            if let Some(dir) = words.last(&["--output-dir"]) {
                let inside = found
                    .iter()
                    .filter_map(|path| path.rsplit('/').next())
                    .map(|name| absolute_text(&format!("{dir}/{name}"), inv, cx));
                found = inside.collect();
            }
            found
        }
        Some("wget" | "wget2") => {
            let words = Words::of(&inv.args, &WGET);
            if words.has(&["-O", "--output-document"]) {
                return named(&words, &["-O", "--output-document"]);
            }
            let dir = words.last(&["-P", "--directory-prefix"]).unwrap_or(".");
            urls(&words).filter_map(base).map(|name| absolute_text(&format!("{dir}/{name}"), inv, cx)).collect()
        }
        Some("fetch" | "aria2c" | "axel") => {
            let words = Words::of(&inv.args, &Spec::new(&["-o", "-d", "--out", "--dir", "-x", "-s", "-n"]));
            let dir = words.last(&["-d", "--dir"]).unwrap_or(".");
            let given: Vec<String> = words.values(&["-o", "--out"]).map(|value| value.text().into_owned()).collect();
            let names = if given.is_empty() { urls(&words).filter_map(base).collect() } else { given };
            names
                .iter()
                .map(|name| if name.starts_with('/') { name.clone() } else { format!("{dir}/{name}") })
                .map(|path| absolute_text(&path, inv, cx))
                .collect()
        }
        Some("scp" | "rsync") => {
            let words = Words::of(&inv.args, &RSYNC);
            let Some((to, from)) = words.operands.split_last() else { return Vec::new() };
            let remote = |arg: &&&crate::syntax::Arg| arg.value.prefix().contains(':') && arg.value.literal().is_some();
            let names = from.iter().filter(remote).filter_map(|arg| {
                let text = arg.value.text();
                let name = text.rsplit([':', '/']).next().filter(|name| !name.is_empty())?;
                let to = to.value.literal()?;
                Some(if to == "." || to.ends_with('/') { format!("{to}/{name}") } else { to.to_owned() })
            });
            names.map(|name| absolute_text(&name, inv, cx)).collect()
        }
        Some("gh") => {
            let words =
                Words::of(&inv.args, &Spec::new(&["-R", "--repo", "-p", "--pattern", "-O", "--output", "-D", "--dir"]));
            if words.says(&["release", "download"]) {
                named(&words, &["-O", "--output", "-p", "--pattern"])
            } else {
                Vec::new()
            }
        }
        _ => Vec::new(),
    }
}

/// The last path component of a URL.
fn base(url: &Value) -> Option<String> {
    let text = url.text();
    let rest = text.split_once("://").map_or(text.as_ref(), |(_, rest)| rest);
    let (_, path) = rest.split_once('/')?;
    let path = path.split(['?', '#']).next().unwrap_or(path);
    path.rsplit('/').next().filter(|name| !name.is_empty()).map(str::to_owned)
}
