//! What commands are known to print: pure filters on known text, and a few commands whose answer has a known shape.

use super::filters;
use crate::syntax::{Invocation, Origin, Seg, Stdin, Unknown, Value, World, paths};

/// Bytes of known output that are carried on.
const MAX_OUTPUT: usize = 64 << 10;

/// The whole standard output of an invocation, where it is known.
pub(super) fn known(inv: &Invocation, world: &dyn World) -> Option<Value> {
    if inv.remote.is_some() {
        return None;
    }
    let name = inv.name()?;
    // A program of one's own may be called as it likes.
    let place = inv.program.value.prefix();
    let elsewhere = |place: &str| {
        !["/bin/", "/usr/", "/sbin/", "/opt/homebrew/", "/nix/", "/run/current-system/"]
            .iter()
            .any(|top| place.starts_with(top))
    };
    if place.contains('/') && elsewhere(place) {
        return None;
    }
    let stdin = match &inv.stdin {
        Stdin::Text(text) => Some(text),
        _ => None,
    };
    let output = filters::run(name, &inv.args, stdin).or_else(|| shaped(name, inv, world))?;
    let size: usize = output.segs().iter().map(|seg| if let Seg::Lit(text) = seg { text.len() } else { 8 }).sum();
    (size <= MAX_OUTPUT).then_some(output)
}

/// The value without newlines at its end, as `$(…)` leaves it.
pub(super) fn trim_newlines(value: &Value) -> Value {
    let tail = value.suffix();
    if !tail.ends_with('\n') {
        return value.clone();
    }
    let mut out = Value::default();
    for seg in value.segs().iter().take(value.segs().len() - 1) {
        out.push(seg.clone());
    }
    out.push_lit(tail.trim_end_matches('\n'));
    out
}

/// Names for paths that the line has `mktemp` make; what further ones hold is not followed.
pub(super) const TEMPORARIES: &[&str] = &[
    "temporary file 1",
    "temporary file 2",
    "temporary file 3",
    "temporary file 4",
    "temporary file 5",
    "temporary file 6",
    "temporary file 7",
    "temporary file 8",
];

/// The part of a path that `mktemp` fills in.
pub(super) const TEMPORARY: &str = "temporary file";

/// One unknown word that is a harmless path component.
fn token(what: &'static str) -> Value {
    Value::token(Origin::Other(what))
}

/// Commands whose answer is not known, but its shape is.
fn shaped(name: &str, inv: &Invocation, world: &dyn World) -> Option<Value> {
    let words = || inv.words().map(|word| word.unwrap_or("\u{0}"));
    let first = || words().next().unwrap_or("");
    match name {
        "pwd" => Some(inv.cwd.clone()),
        "mktemp" => Some(mktemp(&words().collect::<Vec<_>>(), inv)),
        // What was started a moment ago is no list of what others run.
        "docker" | "podman" | "nerdctl" if starts_container(inv) => Some(token("new container")),
        "tempfile" => Some(below("/tmp/", TEMPORARY)),
        "date" if words().any(|word| word.starts_with('+') && word.contains([' ', ';', '|', '&', '\n', '\0'])) => None,
        "date" | "hostname" | "nproc" | "arch" | "getconf" | "uuidgen" | "tty" => Some(token("short answer")),
        "whoami" | "logname" | "uname" => Some(token("user name")),
        "id" if !inv.args.is_empty() => Some(token("user id")),
        "wc" => Some(token("count")),
        "md5sum" | "sha256sum" | "sha1sum" | "cksum" => Some(token("checksum")),
        "basename" => match inv.args.first() {
            Some(arg) if arg.value.literal().is_some() => {
                let text = arg.value.literal()?.trim_end_matches('/');
                let base = text.rsplit('/').next().unwrap_or(text);
                let base = words().nth(1).and_then(|suffix| base.strip_suffix(suffix)).unwrap_or(base);
                Some(Value::lit(base))
            }
            _ => Some(token("file name")),
        },
        "dirname" => {
            let value = &inv.args.first()?.value;
            match value.literal() {
                Some(text) => {
                    let text = text.trim_end_matches('/');
                    Some(Value::lit(match text.rsplit_once('/') {
                        Some(("", _)) => "/",
                        Some((dir, _)) => dir,
                        None => ".",
                    }))
                }
                None => None,
            }
        }
        "realpath" | "readlink" => {
            let target = inv.args.iter().rev().find(|arg| !arg.value.prefix().starts_with('-'))?;
            let (path, cwd) = (target.value.literal()?, inv.cwd.literal()?);
            Some(Value::lit(world.real_path(&paths::join(cwd, path))))
        }
        "which" | "type" | "command" => {
            let program = words().find(|word| !word.starts_with('-'))?;
            (name != "command" || words().any(|word| matches!(word, "-v" | "-V")))
                .then(|| Value::lit(world.which(program).unwrap_or_else(|| program.to_owned())))
        }
        "git" => git(&words().collect::<Vec<_>>(), inv, world),
        "pgrep" | "pidof" | "lsof" | "fuser" => {
            let mut value = Value::default();
            value.push(Seg::Unknown(Unknown {
                origin: Origin::Other("process ids"),
                quoted: false,
                may_be_empty: true,
                token: true,
            }));
            Some(value)
        }
        "npm" if first() == "root" => None,
        "npm" if matches!(first(), "pkg" | "--version" | "-v") => Some(token("version")),
        "node" | "python" | "python3" | "go" | "rustc" | "cargo"
            if matches!(first(), "--version" | "-v" | "-V" | "version") =>
        {
            Some(token("version"))
        }
        _ => None,
    }
}

/// `docker run -d …`, `docker create …`
fn starts_container(inv: &Invocation) -> bool {
    let mut words = inv.words().flatten().skip_while(|word| *word == "container");
    match words.next() {
        Some("create") => true,
        Some("run") => {
            words.any(|word| matches!(word, "-d" | "--detach" | "-dit" | "-itd" | "-td" | "-dt" | "-di" | "-id"))
        }
        _ => false,
    }
}

fn below(dir: &str, what: &'static str) -> Value {
    let mut value = Value::lit(dir);
    value.push_value(&token(what));
    value
}

fn mktemp(words: &[&str], inv: &Invocation) -> Value {
    let mut dir: Option<String> = None;
    let mut template = None;
    let mut words = words.iter();
    let mut in_tmp = false;
    let mut suffix = "";
    while let Some(word) = words.next() {
        match *word {
            "-p" => dir = words.next().map(|dir| (*dir).to_owned()),
            "-t" => in_tmp = true,
            "--suffix" => suffix = words.next().copied().unwrap_or_default(),
            word if word.starts_with("--suffix=") => suffix = word.split_once('=').map_or("", |(_, suffix)| suffix),
            word if word.starts_with("--tmpdir=") => dir = word.split_once('=').map(|(_, dir)| dir.to_owned()),
            "--tmpdir" => in_tmp = true,
            word if word.starts_with('-') => {}
            word => template = Some(word.to_owned()),
        }
    }
    if dir.as_deref() == Some("\u{0}") || template.as_deref() == Some("\u{0}") {
        // The template has an unknown part: use the value itself.
        return inv.args.last().map_or_else(|| below("/tmp/", TEMPORARY), |arg| arg.value.clone());
    }
    let base = match (&dir, &template) {
        (Some(dir), _) => format!("{}/", dir.trim_end_matches('/')),
        (None, Some(template)) if !in_tmp && template.contains('/') => String::new(),
        (None, Some(_)) if !in_tmp => String::new(),
        _ => "/tmp/".to_owned(),
    };
    if suffix.contains(['\0', '/']) {
        return Value::unknown(Origin::Other("template"));
    }
    let mut made = match template {
        Some(template) => below(&format!("{base}{}", template.trim_end_matches('X')), TEMPORARY),
        None => below(&base, TEMPORARY),
    };
    made.push_lit(suffix);
    made
}

fn git(words: &[&str], inv: &Invocation, world: &dyn World) -> Option<Value> {
    let mut rest = words.iter().copied().skip_while(|word| word.starts_with('-'));
    match (rest.next()?, rest.next().unwrap_or("")) {
        ("rev-parse", "--show-toplevel") => {
            let cwd = inv.cwd.literal()?;
            match world.workspace() {
                Some(workspace) if paths::is_within(cwd, workspace) => Some(Value::lit(workspace)),
                _ => None,
            }
        }
        ("rev-parse" | "describe" | "merge-base" | "hash-object" | "write-tree" | "symbolic-ref", _)
        | ("branch", "--show-current") => {
            let mut value = Value::default();
            value.push(Seg::Unknown(Unknown {
                origin: Origin::Other("git name"),
                quoted: true,
                may_be_empty: false,
                token: false,
            }));
            Some(value)
        }
        _ => None,
    }
}
