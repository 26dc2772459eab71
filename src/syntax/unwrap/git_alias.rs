//! git's aliases, from the words, the environment and the configuration files. git-config(1) "alias.*".

use super::git::{MOST_BYTES, counted, pair};
use super::options::Walk;
use super::words::{at, fields, strip_front};
use super::{Cx, Dialect, Inner, Step};
use crate::syntax::{Arg, PathKind, Value};

/// Configuration files that one look-up reads, includes among them.
const MOST_FILES: usize = 12;

/// The alias that a word which is no subcommand stands for, in the order git asks: `-c`, repository, user.
pub(super) fn alias(cx: &Cx<'_>, found: &Walk, folder: Option<&str>, verb: &Arg, rest: &[Arg]) -> Option<Step> {
    let name = verb.value.literal()?;
    let wanted = format!("alias.{}", name.to_ascii_lowercase());
    let given = found.opts.iter().rev().filter(|opt| opt.name == "c").find_map(|opt| {
        let (key, value) = pair(opt.value.as_ref()?)?;
        (key.to_ascii_lowercase() == wanted).then_some(value)
    });
    let set =
        || counted(cx).into_iter().rev().find(|(key, _)| key.to_ascii_lowercase() == wanted).map(|(_, value)| value);
    let own = || found.value("git-dir").and_then(|dir| in_file(cx, &format!("{}/config", cx.path(dir)?), name, &mut 0));
    let stored = || own().or_else(|| configured(cx, folder?, name)).map(Value::lit);
    let body = given.or_else(set).or_else(stored)?;
    let label = format!("git alias {name}");
    if let Some(text) = strip_front(&body, "!") {
        let mut text = text;
        let mut params = Vec::new();
        if !rest.is_empty() {
            text.push_lit(" \"$@\"");
            params.push(verb.clone());
            params.extend(rest.iter().cloned());
        }
        let mut step = Step::new(label, Inner::Shell { text, span: verb.span, params, dialect: Dialect::Sh });
        step.chdir = folder.and_then(|folder| top_level(cx, folder)).map(|(top, _)| Value::lit(top));
        return Some(step);
    }
    let mut words = vec![cx.inv.program.word().clone()];
    words.extend(at(fields(&body), verb.span));
    // An alias that names itself is an error of git's, not a loop of ours.
    if words.get(1).is_some_and(|first| first.value.is(name)) {
        return None;
    }
    let before = cx.args().get(..found.next).unwrap_or_default();
    let keep = before.iter().zip(before.iter().skip(1)).filter(|(option, _)| option.value.is("-c"));
    let settings: Vec<Arg> = keep.flat_map(|(option, value)| [option.clone(), value.clone()]).collect();
    words.splice(1..1, settings);
    words.extend(rest.iter().cloned());
    Cx::words(label, &words)
}

/// The work tree above a folder and its configuration's path.
fn top_level(cx: &Cx<'_>, folder: &str) -> Option<(String, String)> {
    let mut top = folder.trim_end_matches('/').to_owned();
    for _ in 0..64 {
        let dot = format!("{top}/.git");
        match cx.world.kind(&dot) {
            PathKind::Dir => return Some((top, format!("{dot}/config"))),
            PathKind::File => {
                let link = cx.world.read(&dot, 4096).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                let dir = link.as_deref().and_then(|text| text.trim().strip_prefix("gitdir:")).map(str::trim)?;
                let common = dir.split("/worktrees/").next().unwrap_or(dir);
                return Some((top.clone(), format!("{common}/config")));
            }
            _ => top.truncate(top.rfind('/')?),
        }
    }
    None
}

/// An alias in the configuration files, the nearest first.
fn configured(cx: &Cx<'_>, folder: &str, name: &str) -> Option<String> {
    let home = cx.world.home();
    let var = |name: &str| cx.var(name).and_then(|value| cx.path(&value)).filter(|path| path.len() > 1);
    // What a variable puts in a file's place counts beside that file: which of them git takes need not be known.
    let moved = [
        var("GIT_DIR").map(|dir| format!("{dir}/config")),
        var("GIT_CONFIG"),
        var("GIT_CONFIG_GLOBAL"),
        var("HOME").filter(|dir| dir != home).map(|dir| format!("{dir}/.gitconfig")),
        var("XDG_CONFIG_HOME").map(|dir| format!("{dir}/git/config")),
        var("GIT_CONFIG_SYSTEM"),
    ];
    let files = moved.into_iter().flatten().chain(top_level(cx, folder).map(|(_, config)| config)).chain([
        format!("{home}/.gitconfig"),
        format!("{home}/.config/git/config"),
        "/etc/gitconfig".to_owned(),
    ]);
    let mut reads = 0;
    files.take(MOST_FILES).find_map(|path| in_file(cx, &path, name, &mut reads))
}

/// Reads the sections `[alias]`, `[alias "name"]` and `[include]` of one file.
fn in_file(cx: &Cx<'_>, path: &str, name: &str, reads: &mut usize) -> Option<String> {
    *reads += 1;
    if *reads > MOST_FILES {
        return None;
    }
    let text = cx.world.read(path, MOST_BYTES)?;
    let text = String::from_utf8_lossy(&text).replace("\\\n", " ");
    let mut section = String::new();
    let mut found = None;
    for line in text.lines().map(str::trim) {
        let line = if let Some(head) = line.strip_prefix('[') {
            let (head, rest) = head.split_once(']').unwrap_or((head, ""));
            section = head.trim().to_ascii_lowercase();
            rest.trim()
        } else {
            line
        };
        if line.starts_with(['#', ';']) {
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let (key, value) = (key.trim(), unquoted(value.trim()));
        if section == "alias" && key.eq_ignore_ascii_case(name) {
            found = Some(value);
        } else if (section == "include" || section.starts_with("includeif")) && key.eq_ignore_ascii_case("path") {
            let base = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let target = match value.strip_prefix("~/") {
                Some(rest) => format!("{}/{rest}", cx.world.home()),
                None if value.starts_with('/') => value,
                None => format!("{base}/{value}"),
            };
            found = in_file(cx, &target, name, reads).or(found);
        }
    }
    found
}

/// A value of a configuration file: quotes and escapes taken off, comment cut.
fn unquoted(value: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(c) => out.push(c),
                None => {}
            },
            '#' | ';' if !quoted => break,
            c => out.push(c),
        }
    }
    out.trim_end().to_owned()
}
