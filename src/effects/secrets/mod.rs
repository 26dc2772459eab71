//! Secrets that come to be seen: printed to whoever reads the output, or copied away from where they are kept.
//!
//! Using a secret is not showing it: `source .env`, `docker login --password-stdin` and a captured token stay silent.

mod code;
mod paths;
mod read;
mod tokens;

pub use paths::{Class, classify, classify_dir, sensitive_path};
use read::searches;
pub(super) use read::{Read, consumers, filters, reads, reduces, shows};
pub(super) use tokens::{dumps_environment, inherited, secret_name, told, variables_in};

use super::home;
use super::options::{Spec, Words};
use super::touch::absolute;
use super::{Certainty, Cx, Effect, EffectKind, Scope, Trait};
use crate::syntax::{Arg, Invocation, Origin, PathKind, Span, Stdin, Stdout, Value};

/// Effects of showing or copying secrets.
pub fn effects(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    code::effects(inv, cx, out);
    if inv.wrapper {
        return;
    }
    let Some(name) = inv.name() else { return };
    match name {
        "echo" | "printf" | "print" => variables(inv, cx, out),
        "printenv" => named_variables(inv, cx, out),
        "cp" | "mv" | "install" | "ln" | "ditto" => copied(&inv.args, inv, cx, out),
        "docker" | "podman" | "nerdctl" | "kubectl" | "oc" => {
            if let Some(at) = inv.args.iter().take(8).position(|arg| arg.value.is("cp")) {
                copied(inv.args.get(at + 1..).unwrap_or_default(), inv, cx, out);
            }
        }
        "tar" | "zip" | "7z" | "gtar" | "bsdtar" => archived(inv, cx, out),
        "curl" | "wget" | "http" => metadata(inv, cx, out),
        _ => {}
    }
    if let Some((class, what)) = told(inv, cx) {
        let seen = shows(cx.index, cx, 0);
        if seen || (class == Class::Key && inv.redirects.iter().any(|redirect| redirect.fd == 1)) {
            out.push(secret(cx, what, class, inv.span, Certainty::Likely, seen));
        }
    }
    if !matches!(name, "tar" | "zip" | "7z" | "gtar" | "bsdtar") {
        shown_files(inv, cx, out);
        searched(inv, cx, out);
        picked(inv, cx, out);
    }
}

/// How many files of a pattern are looked at.
const MOST_FILES: usize = 256;

/// How sure we are that content of a class is a secret.
fn sureness(class: Class, sure: Certainty) -> Certainty {
    if matches!(class, Class::State) { Certainty::Possible } else { sure }
}

fn secret(cx: &Cx, target: &str, class: Class, span: Span, sure: Certainty, prints: bool) -> Effect {
    let scope = if home::holds(target, cx.world) { Scope::Home } else { Scope::Unknown };
    let mut effect = cx.effect(EffectKind::SecretRead, target, scope, span).with([Trait::Secret]);
    effect.certainty = sureness(class, sure);
    if matches!(class, Class::Key | Class::Credential) {
        effect = effect.with([Trait::Valuable]);
    }
    if prints { effect.with([Trait::Prints]) } else { effect }
}

/// What a read file holds, as far as its name tells; a folder counts where it is read as a whole.
pub(super) fn holds(read: &Read, cx: &Cx) -> Option<paths::Sensitive> {
    let by_name = match on_disk(&read.path, cx) {
        Some(files) => files.iter().filter_map(|file| classify(file, cx)).max_by_key(|(class, _)| *class),
        None => classify(&read.path, cx),
    };
    if read.recursive { by_name.or_else(|| classify_dir(&read.path, cx)) } else { by_name }
}

/// The files that a pattern stands for now; `None` where it is none, or stands for none or for too many.
fn on_disk(path: &str, cx: &Cx) -> Option<Vec<String>> {
    let elsewhere = cx.line.invocations.get(cx.index).is_some_and(|inv| inv.remote.is_some());
    if elsewhere || !path.starts_with('/') || !path.contains(['*', '?', '[']) {
        return None;
    }
    Some(cx.world.glob(path, MOST_FILES)).filter(|files| (1..MOST_FILES).contains(&files.len()))
}

fn shown_files(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    let mut found: Vec<(String, Class, Span)> = reads(inv, cx)
        .into_iter()
        .filter_map(|read| holds(&read, cx).map(|(class, _)| (read.path, class, read.span)))
        .collect();
    if let Stdin::File(file) = &inv.stdin
        && filters(inv)
    {
        let path = absolute(file, inv, cx);
        found.extend(classify(&path, cx).map(|(class, _)| (path, class, inv.span)));
    }
    // In a temporary folder a pattern of common names stands for what is there.
    found.retain(|(path, ..)| {
        let open = path.contains('*') && path.starts_with("/tmp/");
        !open || cx.world.glob(path, 256).iter().any(|path| classify(path, cx).is_some())
    });
    found.retain(|(_, class, _)| !matches!(class, Class::Account | Class::Tree));
    if found.is_empty() || !shows(cx.index, cx, 0) {
        copied_by_redirect(&found, inv, cx, out);
        return;
    }
    for (path, class, span) in found.into_iter().take(16) {
        // A process's own environment is what `env` prints, and that is everyday.
        if class == Class::Environment {
            if path != "/proc/self/environ" {
                out.push(secret(cx, &path, class, span, Certainty::Likely, true));
            }
            continue;
        }
        out.push(secret(cx, &path, class, span, Certainty::Certain, true));
    }
}

/// `cat ~/.ssh/id_rsa > /tmp/x`, `cat ~/.ssh/id_rsa | tr -d x > /tmp/x`
fn copied_by_redirect(found: &[(String, Class, Span)], inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    if found.is_empty() {
        return;
    }
    let Some(target) = landing(cx.index, cx, 0) else { return };
    let target = absolute(&target, inv, cx);
    if target == "/dev/null" || target.starts_with("/dev/tcp/") {
        return;
    }
    for (path, class, span) in found {
        if *class >= Class::Credential && !stays(path, &target, cx) {
            out.push(secret(cx, path, *class, *span, Certainty::Likely, false));
        }
    }
}

/// The file that an invocation's output lands in, perhaps through filters.
fn landing(index: usize, cx: &Cx, depth: usize) -> Option<Value> {
    let inv = cx.line.invocations.get(index)?;
    if let Some(redirect) = inv.redirects.iter().find(|redirect| redirect.fd == 1) {
        return Some(redirect.target.clone());
    }
    if inv.stdout != Stdout::Pipe || depth >= 16 {
        return None;
    }
    consumers(index, cx)
        .filter(|next| cx.line.invocations.get(*next).is_some_and(filters))
        .find_map(|next| landing(next, cx, depth + 1))
}

/// A copy beside the original, inside the workspace, or in another place for secrets is a backup or an installation.
fn stays(source: &str, landing: &str, cx: &Cx) -> bool {
    let folder = |path: &str| path.rsplit_once('/').map(|(dir, _)| dir.to_owned());
    let inside = |path: &str| cx.world.workspace().is_some_and(|top| path.starts_with(top));
    let hidden = home::behind(landing, cx.world).is_some_and(|rest| rest.starts_with('.'));
    folder(source) == folder(landing) || (inside(source) && inside(landing)) || hidden || landing.starts_with("/etc/")
}

fn copied(args: &[Arg], inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    let words = Words::of(args, &Spec::new(&["-t", "--target-directory", "-m", "-o", "-g", "-S"]));
    let Some((last, sources)) = words.operands.split_last() else { return };
    let target = absolute(&last.value, inv, cx);
    for arg in sources.iter().take(64) {
        let path = absolute(&arg.value, inv, cx);
        let found = classify(&path, cx).or_else(|| classify_dir(&path, cx));
        let Some((class, _)) = found else { continue };
        if class == Class::EnvFile && served(&target) {
            out.push(secret(cx, &path, class, arg.span, Certainty::Likely, false).with([Trait::Valuable]));
        }
        if class < Class::Credential {
            continue;
        }
        let link = inv.name() == Some("ln");
        let base = path.rsplit('/').next().unwrap_or("");
        let landing = if cx.world.kind(&target) == PathKind::Dir || last.value.text().ends_with('/') {
            format!("{}/{base}", target.trim_end_matches('/'))
        } else {
            target.clone()
        };
        if stays(&path, &landing, cx) {
            continue;
        }
        let sure = if link { Certainty::Possible } else { Certainty::Likely };
        out.push(secret(cx, &path, class, arg.span, sure, false));
    }
}

/// Folders that web servers hand out.
fn served(path: &str) -> bool {
    path.split('/')
        .any(|part| matches!(part, "public" | "public_html" | "static" | "www" | "htdocs" | "html" | "wwwroot"))
}

fn archived(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    for read in reads(inv, cx) {
        if let Some((class, _)) = holds(&read, cx)
            && class >= Class::Credential
        {
            out.push(secret(cx, &read.path, class, read.span, Certainty::Likely, false));
        }
    }
}

fn variables(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    let args = || inv.args.iter().take(64);
    if let Some((path, class)) = args().find_map(|arg| line_of_file(&arg.value, cx))
        && shows(cx.index, cx, 0)
    {
        out.push(secret(cx, &path, class, inv.span, Certainty::Likely, true));
    }
    let names: Vec<String> = args().flat_map(|arg| variables_in(&arg.value, cx)).collect();
    if !names.is_empty() && shows(cx.index, cx, 0) {
        let first = names.first().map(|name| format!("${name}")).unwrap_or_default();
        out.push(secret(cx, &first, Class::Token, inv.span, Certainty::Likely, true));
    }
}

/// `while read -r l; do echo "$l"; done < .env`
fn line_of_file(value: &Value, cx: &Cx) -> Option<(String, Class)> {
    let name = value.unknowns().find_map(|unknown| match &unknown.origin {
        Origin::Variable(name) => Some(name),
        _ => None,
    })?;
    let start = cx.index.saturating_sub(64);
    let reader = cx.line.invocations.get(start..cx.index)?.iter().rev().find(|inv| {
        matches!(inv.name(), Some("read" | "mapfile" | "readarray")) && inv.words().flatten().any(|word| word == name)
    })?;
    let Stdin::File(file) = &reader.stdin else { return None };
    let path = absolute(file, reader, cx);
    let (class, _) = classify(&path, cx).filter(|(class, _)| *class >= Class::EnvFile)?;
    Some((path, class))
}

fn named_variables(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    if let Some(name) = inv.words().flatten().find(|word| secret_name(word))
        && shows(cx.index, cx, 0)
    {
        out.push(secret(cx, &format!("${name}"), Class::Token, inv.span, Certainty::Likely, true));
    }
}

/// The credentials that a cloud machine hands to whoever asks.
pub(super) fn asks_metadata(inv: &Invocation) -> bool {
    const HOSTS: &[&str] =
        &["169.254.169.254", "metadata.google.internal", "169.254.170.2", "100.100.100.200", "[fd00:ec2::254]"];
    const PATHS: &[&str] =
        &["security-credentials/", "/token", "user-data", "/credentials", "identity/oauth2", "ssh-keys", "userdata"];
    inv.args.iter().any(|arg| {
        let text = arg.value.text();
        HOSTS.iter().any(|host| text.contains(host))
            && PATHS.iter().any(|path| text.contains(path))
            && !text.ends_with("/api/token")
    })
}

/// `env | grep -i token`: the environment as a whole is everyday, its secrets are not.
fn picked(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    if !matches!(inv.name(), Some("grep" | "egrep" | "rg" | "ag" | "awk" | "sed")) {
        return;
    }
    let Stdin::Pipe(from) = &inv.stdin else { return };
    let wanted = ["token", "secret", "passw", "_key", "credential", "api.key", "|key", "key|"];
    let picks = inv.words().flatten().any(|word| word.eq_ignore_ascii_case("key") || says(word, &wanted));
    let dumps = || filters(inv) && from.iter().take(8).any(|index| lists_environment(*index, cx, 4));
    if picks && dumps() && shows(cx.index, cx, 0) {
        out.push(secret(cx, "secrets of the environment", Class::Token, inv.span, Certainty::Likely, true));
    }
}

/// `env`, and `cat /proc/self/environ | tr '\0' '\n'`.
fn lists_environment(index: usize, cx: &Cx, depth: u8) -> bool {
    const OWN: &str = "/proc/self/environ";
    let (Some(inv), Some(depth)) = (cx.line.invocations.get(index), depth.checked_sub(1)) else { return false };
    dumps_environment(inv)
        || inv.words().flatten().any(|word| word == OWN)
        || match &inv.stdin {
            Stdin::File(file) => file.is(OWN),
            Stdin::Pipe(from) if filters(inv) => from.iter().take(8).any(|from| lists_environment(*from, cx, depth)),
            _ => false,
        }
}

fn metadata(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    if asks_metadata(inv) && shows(cx.index, cx, 0) {
        out.push(secret(cx, "cloud machine credentials", Class::Credential, inv.span, Certainty::Likely, true));
    }
}

const HUNTED: &[&str] = &[
    "akia",
    "begin rsa",
    "begin openssh",
    "private key",
    "aws_secret",
    "api_key",
    "apikey",
    "passw",
    "secret",
    "token",
];

/// What only a key is found by.
const KEY_MATERIAL: &[&str] = &["akia", "begin rsa", "begin openssh", "private key", "begin ec "];

/// Says whether a word has one of some texts in it, in letters of any case; the texts are not empty.
fn says(word: &str, texts: &[&str]) -> bool {
    let word = word.as_bytes();
    let here =
        |at: usize, text: &[u8]| word.get(at..at + text.len()).is_some_and(|part| part.eq_ignore_ascii_case(text));
    word.iter().enumerate().any(|(at, byte)| {
        let byte = byte.to_ascii_lowercase();
        texts.iter().any(|text| text.as_bytes().first() == Some(&byte) && here(at, text.as_bytes()))
    })
}

/// `grep -r AKIA ~`: looking for secrets where they are not part of the work.
fn searched(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    if !matches!(inv.name(), Some("grep" | "egrep" | "rg" | "ag" | "ack")) {
        return;
    }
    let hunts = inv.words().flatten().any(|word| says(word, HUNTED));
    // Whoever looks for keys by what they begin with has no other use for the list.
    let keys = || inv.words().flatten().any(|word| says(word, KEY_MATERIAL));
    let wide = |read: &Read| {
        read.recursive
            && (home::is_covered_by(&read.path, cx.world) || matches!(read.path.as_str(), "/etc" | "/var" | "/opt"))
    };
    if hunts && searches(inv, cx).iter().any(wide) && (keys() || shows(cx.index, cx, 0)) {
        out.push(secret(cx, "secrets found by searching", Class::Token, inv.span, Certainty::Likely, true));
    }
}

#[cfg(test)]
mod tests;
