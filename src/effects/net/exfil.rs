//! Sensitive data that leaves for the network.

use super::flow::{DUMP, Flow, Taint};
use super::host::{host_of, is_bare_address, is_drop, is_forge, is_local, vendor};
use super::send::{Part, Role, Sending, Transport, sending};
use crate::effects::options::{Spec, Words};
use crate::effects::secrets::{Class, secret_name};
use crate::effects::touch::{absolute, absolute_text};
use crate::effects::{Certainty, Cx, Effect, EffectKind, Scope, Trait};
use crate::syntax::{CodeFact, Invocation, Origin, Seg, Stdin, Unknown, Value};

/// Effects of sending.
pub(super) fn effects(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    code(inv, cx, out);
    if inv.wrapper && inv.name() != Some("ssh") {
        return;
    }
    workflow(inv, cx, out);
    let Some(sending) = sending(inv) else { return };
    if sending.parts.iter().any(|part| matches!(part, Part::Repository)) {
        repository(inv, cx, out);
        return;
    }
    let flow = Flow::new(cx);
    let worst = sending
        .parts
        .iter()
        .take(64)
        .filter_map(|part| taint(part, &sending, inv, cx, &flow))
        .fold(None, |worst, taint| Taint::worst(worst, Some(taint)));
    let host = sending.host.clone().unwrap_or_else(|| "unknown host".to_owned());
    let sure = worst.as_ref().and_then(|taint| {
        let dump_by_ssh = taint.what == DUMP && inv.name() == Some("ssh");
        sureness(taint, &sending).or_else(|| dump_by_ssh.then_some(Certainty::Likely))
    });
    if let Some((taint, sure)) = worst.as_ref().zip(sure) {
        out.push(leave(inv, cx, &host, taint, sure));
    } else if is_drop(&host) && uploads(inv, &sending)
        || pours(inv, &sending, cx)
        || database(&sending)
        || is_bare_address(&host) && (work(inv, &sending, cx) || about_people(&sending))
        || is_mail(inv) && about_people(&sending)
        || (is_bare_address(&host) || inv.name() == Some("rclone"))
            && sending.parts.iter().take(64).any(|part| match part {
                Part::File(value) => personal(value, inv, cx) || everything(value, inv, cx),
                _ => false,
            })
    {
        let taint = Taint { what: "a file".to_owned(), class: Class::Tree, variable: None, sure: true };
        out.push(leave(inv, cx, &host, &taint, Certainty::Likely));
    }
}

/// A workflow that hands all secrets of the CI to its own script.
fn workflow(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    let written = inv.redirects.iter().map(|redirect| &redirect.target).chain(inv.args.iter().map(|arg| &arg.value));
    let workflow = |path: &Value| {
        let name = path.suffix();
        name.contains(".github/workflows/") && matches!(name.rsplit_once('.'), Some((_, "yml" | "yaml")))
    };
    if !written.into_iter().any(workflow) {
        return;
    }
    let text = match &inv.stdin {
        Stdin::Text(text) => text.text(),
        _ => inv.text().into(),
    };
    let text = text.to_ascii_lowercase();
    if text.split("tojson(").skip(1).any(|rest| rest.trim_start().starts_with("secrets")) {
        let host = text.find("http").and_then(|at| text.get(at..)).map_or_else(|| "the CI's log".to_owned(), host_of);
        let taint =
            Taint { what: "every secret of the CI".to_owned(), class: Class::Token, variable: None, sure: true };
        out.push(leave(inv, cx, &host, &taint, Certainty::Likely));
    }
}

fn is_mail(inv: &Invocation) -> bool {
    matches!(inv.name(), Some("mail" | "mailx" | "mutt" | "sendmail" | "msmtp" | "swaks" | "s-nail" | "neomutt"))
}

/// Says whether a table of people goes along, by its name.
fn about_people(sending: &Sending) -> bool {
    const PEOPLE: &[&str] = &["customer", "patient", "payroll", "salar", "employee", "subscriber", "donor", "pii"];
    const TABLES: &[&str] = &[".csv", ".tsv", ".xlsx", ".xls", ".json", ".jsonl", ".parquet", ".sql", ".gz", ".zip"];
    sending.parts.iter().take(64).any(|part| {
        let Part::File(value) = part else { return false };
        let name = value.suffix().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        PEOPLE.iter().any(|word| name.contains(word)) && TABLES.iter().any(|end| name.ends_with(end))
    })
}

/// Says whether a path is one of the folders of a home in which people keep what is theirs, or lies below one.
fn personal(value: &Value, inv: &Invocation, cx: &Cx) -> bool {
    const FOLDERS: &[&str] =
        &["Documents", "Desktop", "Pictures", "Photos", "Mail", "Maildir", "Movies", "Videos", ".thunderbird"];
    let path = absolute(value, inv, cx);
    let below = |home: &str| {
        let rest = path.strip_prefix(home).and_then(|rest| rest.strip_prefix('/'));
        rest.is_some_and(|rest| FOLDERS.contains(&rest.split('/').next().unwrap_or_default()))
    };
    below(cx.world.home()) || cx.world.homes().iter().any(|home| below(home))
}

/// Says whether a path is the workspace as a whole, or an archive that the line has made of one.
fn everything(value: &Value, inv: &Invocation, cx: &Cx) -> bool {
    let path = absolute(value, inv, cx);
    if cx.world.workspace() == Some(path.as_str()) {
        return true;
    }
    let packs = |inv: &&Invocation| {
        let says = |verb: &str| inv.words().flatten().take(6).any(|word| word == verb);
        inv.name() == Some("git") && (says("archive") || says("bundle"))
    };
    let into = |inv: &Invocation| {
        let written = inv.redirects.iter().map(|redirect| &redirect.target);
        written.chain(inv.args.iter().map(|arg| &arg.value)).any(|target| {
            let text = target.text();
            let text = text.strip_prefix("--output=").or(text.strip_prefix("-o")).unwrap_or(&text);
            !text.is_empty() && absolute_text(text, inv, cx) == path
        })
    };
    cx.line.invocations.iter().take(cx.index).rev().take(64).filter(packs).any(into)
}

/// Says whether a whole database goes to another machine, over something that asks for no account.
fn database(sending: &Sending) -> bool {
    const ENDS: &[&str] = &[".db", ".sqlite", ".sqlite3", ".db3", ".duckdb", ".rdb", ".mdb", ".dump", ".sql.gz"];
    let is_one = |value: &Value| {
        let name = value.suffix().rsplit('/').next().unwrap_or_default();
        ENDS.iter().any(|end| name.ends_with(end)) && !name.contains("test") && !name.contains("sample")
    };
    sending.transport == Transport::Open
        && sending.host.as_deref().is_some_and(|host| !is_local(host))
        && sending.parts.iter().take(64).any(|part| matches!(part, Part::File(value) if is_one(value)))
}

/// Says whether a bare socket to another machine gets a file, or what a program other than `echo` writes.
fn pours(inv: &Invocation, sending: &Sending, cx: &Cx) -> bool {
    let bare = matches!(inv.name(), Some("nc" | "ncat" | "netcat" | "nc.openbsd" | "nc.traditional"));
    let Some(host) = sending.host.as_deref().filter(|host| bare && !is_local(host)) else { return false };
    let said = |at: &usize| {
        let name = cx.line.invocations.get(*at).and_then(Invocation::name);
        name.is_none_or(|name| matches!(name, "echo" | "printf" | "print" | "sleep" | "yes" | "true" | "curl"))
    };
    host != "whoever connects"
        && match &inv.stdin {
            Stdin::File(file) => !file.is("/dev/null"),
            Stdin::Pipe(from) => from.iter().take(16).any(|at| !said(at)),
            _ => false,
        }
}

/// Says whether somebody's work goes along: archives, folders, source text, what git prints. Data for a service of
/// one's own (`-d @request.json`, `-F image=@cat.jpg`) is none.
fn work(inv: &Invocation, sending: &Sending, cx: &Cx) -> bool {
    const PACKERS: &[&str] = &[
        "tar", "zip", "7z", "gzip", "bzip2", "xz", "zstd", "git", "base64", "base32", "xxd", "openssl", "cpio", "gpg",
    ];
    const ENDS: &[&str] = &[
        ".tar", ".gz", ".tgz", ".zip", ".7z", ".xz", ".zst", ".bundle", ".patch", ".py", ".rs", ".go", ".js", ".ts",
        ".tsx", ".java", ".rb", ".php", ".c", ".h", ".cpp", ".cs", ".kt", ".swift", ".sh", ".sql",
    ];
    let is_work = |value: &Value| ENDS.iter().any(|end| value.suffix().ends_with(end));
    let mirrors = matches!(inv.name(), Some("lftp" | "ftp" | "sftp"));
    fn comes(index: usize, cx: &Cx, depth: u8, wanted: &dyn Fn(&Invocation) -> bool) -> bool {
        let (Some(inv), Some(depth)) = (cx.line.invocations.get(index), depth.checked_sub(1)) else { return false };
        let below = || match &inv.stdin {
            Stdin::Pipe(from) => from.iter().take(8).any(|from| comes(*from, cx, depth, wanted)),
            _ => false,
        };
        wanted(inv) || below()
    }
    let gives = |inv: &Invocation| {
        inv.name().is_some_and(|name| {
            PACKERS.contains(&name) || name == "cat" && inv.args.iter().any(|arg| is_work(&arg.value))
        })
    };
    let piped = |at: &usize| comes(*at, cx, 6, &gives);
    (sending.transport == Transport::Open || mirrors)
        && sending.parts.iter().take(64).any(|part| match part {
            Part::File(value) => mirrors || is_work(value),
            Part::Stdin => match &inv.stdin {
                Stdin::Pipe(from) => from.iter().take(16).any(piped),
                Stdin::File(file) => is_work(file),
                _ => false,
            },
            _ => false,
        })
}

fn leave(inv: &Invocation, cx: &Cx, host: &str, taint: &Taint, sure: Certainty) -> Effect {
    let mut effect = cx.effect(EffectKind::NetExfiltrate, host, Scope::Remote(host.to_owned()), inv.span);
    effect.scope = Scope::Remote(host.to_owned());
    effect.certainty = sure;
    effect.via.push(format!("reads {}", taint.what));
    match taint.class {
        Class::Tree => effect.with([Trait::Bulk]),
        Class::Account | Class::State => effect,
        Class::History | Class::Token | Class::Environment | Class::EnvFile => effect.with([Trait::Secret]),
        Class::Home => effect.with([Trait::Bulk, Trait::Whole, Trait::Secret]),
        Class::Credential | Class::Key => effect.with([Trait::Secret, Trait::Valuable]),
    }
}

/// How sure we are that it should not leave; `None` where it is everyday.
fn sureness(taint: &Taint, sending: &Sending) -> Option<Certainty> {
    let local = sending.host.as_deref().is_some_and(is_local);
    if local && taint.class < Class::Key {
        return None;
    }
    match (sending.transport, taint.class) {
        (Transport::Account, Class::Tree | Class::Account | Class::State | Class::Token | Class::History) => None,
        (Transport::Account, _) => Some(Certainty::Likely),
        (Transport::Open, Class::Tree | Class::Account | Class::State | Class::Token | Class::History) => {
            Some(Certainty::Likely)
        }
        (Transport::Open, _) if local || !taint.sure => Some(Certainty::Likely),
        (Transport::Open, _) => Some(Certainty::Certain),
    }
}

fn taint(part: &Part, sending: &Sending, inv: &Invocation, cx: &Cx, flow: &Flow) -> Option<Taint> {
    match part {
        Part::File(value) => flow.sent(value, inv, cx.index),
        Part::Stdin => flow.input(inv, cx.index, 0),
        Part::Output => flow.output(cx.index, 0),
        Part::Repository => None,
        Part::Text(value, role) => {
            let taint = flow.value(value, cx.index, 0).or_else(|| encoded_name(value, *role, cx))?;
            (is_whole_file(&taint, value, cx) || !is_login(&taint, value, *role, sending)).then_some(taint)
        }
    }
}

/// What turns up in a name only to be carried away by it.
const ENCODERS: &[&str] =
    &["base64", "base32", "xxd", "od", "hexdump", "id", "cat", "env", "printenv", "md5sum", "sha1sum", "sha256sum"];

/// `$(cat .env)`: all of it, not the one value in it that logs in somewhere.
fn is_whole_file(taint: &Taint, value: &Value, cx: &Cx) -> bool {
    fn whole(index: usize, cx: &Cx, depth: u8) -> bool {
        let (Some(inv), Some(depth)) = (cx.line.invocations.get(index), depth.checked_sub(1)) else { return false };
        let hands_on = matches!(inv.name(), Some("cat" | "tac" | "bat" | "base64" | "base32" | "xxd" | "gzip" | "od"));
        hands_on
            && match &inv.stdin {
                Stdin::Pipe(from) => from.iter().take(16).all(|from| whole(*from, cx, depth)),
                _ => true,
            }
    }
    taint.class == Class::EnvFile && value.sources().take(16).any(|from| whole(from, cx, 8))
}

/// `dig $(… | base64).evil.example`: output that somebody took care to encode as a name.
fn encoded_name(value: &Value, role: Role, cx: &Cx) -> Option<Taint> {
    fn encoded(index: usize, cx: &Cx, depth: u8) -> bool {
        let (Some(inv), Some(depth)) = (cx.line.invocations.get(index), depth.checked_sub(1)) else { return false };
        let below = || match &inv.stdin {
            Stdin::Pipe(from) => from.iter().take(4).any(|from| encoded(*from, cx, depth)),
            _ => false,
        };
        inv.name().is_some_and(|name| ENCODERS.contains(&name)) || below()
    }
    let tells = |unknown: &Unknown| matches!(unknown.origin, Origin::Other("user name" | "user id" | "checksum"));
    let named = role == Role::Name
        && value.suffix().contains('.')
        && (value.sources().take(16).any(|index| encoded(index, cx, 4)) || value.unknowns().any(tells));
    named.then(|| Taint { what: "encoded output".to_owned(), class: Class::Account, variable: None, sure: false })
}

/// Says whether a secret travels as what it is for: to log in where it belongs.
fn is_login(taint: &Taint, value: &Value, role: Role, sending: &Sending) -> bool {
    if taint.class > Class::EnvFile || taint.class == Class::Environment {
        return role == Role::Login && taint.class < Class::Key && taint.class != Class::Environment;
    }
    if taint.class < Class::Token {
        return false;
    }
    let host = sending.host.as_deref();
    if host.is_some_and(is_drop) {
        return false;
    }
    let owners = taint.variable.as_deref().and_then(vendor);
    let at_home = owners.is_some_and(|owners| host.is_none_or(|host| owners.iter().any(|owner| host.contains(owner))));
    let cloud_key =
        taint.variable.as_deref().is_some_and(|name| name.starts_with("AWS_SECRET") || name.starts_with("AWS_SESSION"));
    match role {
        Role::Login => true,
        Role::Name => false,
        Role::Header if cloud_key => at_home,
        Role::Header => at_home || is_login_name(header_name(value)),
        Role::Data if owners.is_some() => at_home,
        Role::Data => {
            host.is_none()
                || in_address(value)
                || is_chat(host) && value.prefix().starts_with("http")
                || is_login_name(&name_in_front(value))
        }
    }
}

fn header_name(value: &Value) -> &str {
    value.prefix().split(':').next().unwrap_or("")
}

fn is_login_name(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "auth",
        "token",
        "key",
        "secret",
        "pass",
        "pwd",
        "cookie",
        "appid",
        "sig",
        "session",
        "credential",
        "code",
        "x-amz",
        "bearer",
    ];
    let name = name.to_ascii_lowercase();
    NAMES.iter().any(|known| name.contains(known))
}

/// The name that stands in front of the first unknown part: `key=`, `"token": "`.
fn name_in_front(value: &Value) -> String {
    let mut front = "";
    for seg in value.segs() {
        match seg {
            Seg::Lit(text) => front = text,
            Seg::Unknown(unknown) if !matches!(unknown.origin, Origin::Other(_)) => break,
            _ => {}
        }
    }
    let front = front.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
    front
        .rsplit(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-')))
        .next()
        .unwrap_or("")
        .to_owned()
}

/// `https://user:$TOKEN@host/`
fn in_address(value: &Value) -> bool {
    value.segs().iter().any(|seg| matches!(seg, Seg::Lit(text) if text.starts_with('@')))
}

/// Hosts whose addresses hold a token by design.
fn is_chat(host: Option<&str>) -> bool {
    host.is_some_and(|host| {
        matches!(
            host,
            "api.telegram.org" | "hooks.slack.com" | "discord.com" | "discordapp.com" | "ntfy.sh" | "api.pushover.net"
        )
    })
}

/// Says whether a file or the output of a program goes along.
fn uploads(inv: &Invocation, sending: &Sending) -> bool {
    sending.parts.iter().any(|part| match part {
        Part::File(..) => true,
        Part::Stdin => matches!(inv.stdin, Stdin::Pipe(_) | Stdin::File(_)),
        Part::Text(value, Role::Data) => value.sources().next().is_some(),
        _ => false,
    })
}

/// Code that reads something sensitive and talks to the network.
fn code(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    let Some(host) = inv.facts.iter().find_map(|fact| match fact {
        CodeFact::Network { host, sends } if *sends || is_foreign(inv, host) => Some(host_of(&host.text())),
        _ => None,
    }) else {
        return;
    };
    let flow = Flow::new(cx);
    let foreign = foreign_variable(inv, &host);
    let Some(taint) = Taint::worst(foreign.clone(), Taint::worst(flow.facts(inv), flow.input(inv, cx.index, 0))) else {
        return;
    };
    if foreign.is_some() && !is_local(&host) && taint.class == Class::Token {
        out.push(leave(inv, cx, &host, &taint, Certainty::Likely));
        return;
    }
    if (is_local(&host) && taint.class < Class::Key) || matches!(taint.class, Class::Token | Class::State | Class::Tree)
    {
        return;
    }
    let sure = if taint.class == Class::EnvFile { Certainty::Possible } else { Certainty::Likely };
    let text =
        inv.words().flatten().any(|word| matches!(word, "-c" | "-e" | "-r")) || matches!(inv.stdin, Stdin::Text(_));
    out.push(leave(inv, cx, &host, &taint, if text { Certainty::Likely } else { sure }));
}

/// Says whether an address that code puts together goes to somebody whom a variable it reads is not for.
fn is_foreign(inv: &Invocation, host: &Value) -> bool {
    host.has_unknown() && foreign_variable(inv, &host_of(&host.text())).is_some()
}

/// A variable of one provider that code sends to another's host.
fn foreign_variable(inv: &Invocation, host: &str) -> Option<Taint> {
    inv.facts.iter().take(256).find_map(|fact| match fact {
        CodeFact::ReadEnv(Some(name)) => {
            let owners = vendor(name).filter(|_| secret_name(name))?;
            let at_home = host.is_empty() || host.starts_with('$') || owners.iter().any(|owner| host.contains(owner));
            (!at_home && host.contains('.')).then(|| Taint {
                what: format!("${name}"),
                class: Class::Token,
                variable: Some(name.clone()),
                sure: false,
            })
        }
        _ => None,
    })
}

/// `git push https://somewhere/x`: the repository goes to a place that is not set up as its remote.
fn repository(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    let words = Words::of(
        &inv.args,
        &Spec::new(&["-C", "-c", "-o", "--git-dir", "--work-tree", "--push-option", "--repo", "--receive-pack"]),
    );
    let Some(target) = words.operands.get(1).map(|arg| &arg.value) else { return };
    let named = target.text();
    let text = if is_address(&named) { named.to_string() } else { remote_of(&named, cx).unwrap_or_default() };
    if !is_address(&text) {
        return;
    }
    let host = host_of(&text);
    // A new home for a project is called `origin`; all of it to a remote of another name is a copy for somebody.
    let given = !is_address(&named) && !matches!(&*named, "origin" | "upstream" | "heroku" | "github" | "gitlab");
    let copies = (given || is_address(&named)) && words.has(&["--all", "--mirror"]);
    if is_local(&host) || is_forge(&host) && !copies || host.starts_with('$') || host.contains("$(") {
        return;
    }
    let sure =
        if text.starts_with("http") || text.starts_with("git://") { Certainty::Likely } else { Certainty::Possible };
    let taint = Taint { what: "the repository".to_owned(), class: Class::Tree, variable: None, sure: true };
    out.push(leave(inv, cx, &host, &taint, sure));
}

/// `https://…`, `me@host:path`; not a remote's name, a folder or `file://`.
fn is_address(text: &str) -> bool {
    if text.starts_with("file:") {
        return false;
    }
    text.contains("://") || text.find('@').is_some_and(|at| text.get(at..).is_some_and(|rest| rest.contains(':')))
}

/// The URL that the same line gave to a remote.
fn remote_of(name: &str, cx: &Cx) -> Option<String> {
    let start = cx.index.saturating_sub(64);
    cx.line.invocations.get(start..cx.index)?.iter().rev().filter(|inv| inv.name() == Some("git")).find_map(|inv| {
        let words = Words::of(&inv.args, &Spec::new(&["-C", "-c", "-t", "-m"]));
        let adds = words.operand(0) == Some("remote") && matches!(words.operand(1), Some("add" | "set-url"));
        (adds && words.operand(2) == Some(name))
            .then(|| words.operands.get(3).map(|arg| arg.value.text().into_owned()))?
    })
}
