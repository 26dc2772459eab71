//! What other commands of the line feed into a word: `$(find …)`, `… | xargs rm`, `$(mktemp -d)`.

use super::files::find;
use super::names;
use super::options::{Spec, Words};
use super::paths::{join, normalize};
use super::scope::{self, Target};
use super::{Cx, Trait};
use crate::syntax::{Invocation, Origin, Seg, Stdin, Unknown, Value};

/// How many steps of a pipeline are walked up.
const STEPS: usize = 12;

/// Programs that pass on some of the lines they read.
const FILTERS: &[&str] = &[
    "grep", "egrep", "fgrep", "rg", "ag", "sort", "head", "tail", "uniq", "tr", "cat", "tee", "sed", "awk", "cut",
    "tac", "shuf", "xargs", "column", "gawk", "pv", "rev", "dirname",
];

/// The targets of a word that other commands feed as a whole; `None` where they tell nothing.
#[must_use]
pub(super) fn targets(value: &Value, cx: &Cx<'_>, inv: &Invocation) -> Option<Vec<Target>> {
    let [Seg::Unknown(unknown)] = value.segs() else { return None };
    let (Origin::Command(sources) | Origin::Appended(sources)) = &unknown.origin else { return None };
    let mut out = Vec::new();
    for source in sources.iter().take(4) {
        let feed = cx.line.invocations.get(*source).filter(|feed| !std::ptr::eq(*feed, inv))?;
        out.extend(of(feed, inv.name().unwrap_or_default(), cx, STEPS)?);
    }
    for target in &mut out {
        target.traits.push(super::Trait::UnknownTarget);
    }
    (!out.is_empty()).then_some(out)
}

/// What the output of one command names.
fn of(feed: &Invocation, taker: &str, cx: &Cx<'_>, steps: usize) -> Option<Vec<Target>> {
    let steps = steps.checked_sub(1)?;
    match feed.name()? {
        "find" | "gfind" => Some(find::listed(feed, taker, cx)),
        "fd" | "fdfind" => Some(fd(feed, cx)),
        "ls" => Some(listing(feed, Words::of(&feed.args, &Spec::gnu(&["-I", "-w", "-T"])).operands, cx)),
        "git" => git(feed, cx),
        name if FILTERS.contains(&name) => {
            if let Stdin::Pipe(from) = &feed.stdin {
                let up = from.first().and_then(|at| cx.line.invocations.get(*at))?;
                let mut out = of(up, taker, cx, steps)?;
                if names_scratch(feed) {
                    for target in &mut out {
                        target.traits.retain(|known| !matches!(known, Trait::Whole | Trait::Valuable));
                        target.traits.push(Trait::Scratch);
                    }
                }
                return Some(out);
            }
            searching(feed, cx)
        }
        _ => None,
    }
}

/// `grep -rl word dir | xargs rm`: files anywhere below.
fn searching(feed: &Invocation, cx: &Cx<'_>) -> Option<Vec<Target>> {
    if !matches!(feed.name(), Some("grep" | "rg" | "ag" | "egrep")) {
        return None;
    }
    let words = Words::of(
        &feed.args,
        &Spec::gnu(&["-e", "-A", "-B", "-C", "-m", "-g", "-t", "-f", "--include", "--exclude", "--glob", "--type"]),
    );
    let dirs = words.operands.get(1..).unwrap_or_default().to_vec();
    let mut out = listing(feed, dirs, cx);
    for target in &mut out {
        target.traits.retain(|known| *known != Trait::Whole);
    }
    Some(out)
}

/// Something below each of some folders, or below the current one.
fn listing(feed: &Invocation, dirs: Vec<&crate::syntax::Arg>, cx: &Cx<'_>) -> Vec<Target> {
    let mut out = Vec::new();
    if dirs.is_empty() {
        out.extend(scope::targets(&Value::lit("."), cx, feed));
    }
    for dir in dirs {
        out.extend(scope::targets(&dir.value, cx, feed));
    }
    for target in &mut out {
        target.traits.retain(|known| !matches!(known, Trait::Whole | Trait::Recoverable));
        target.traits.push(Trait::Bulk);
    }
    out
}

fn fd(feed: &Invocation, cx: &Cx<'_>) -> Vec<Target> {
    let spec = Spec::gnu(&[
        "-e",
        "-t",
        "-d",
        "-E",
        "-S",
        "-j",
        "-c",
        "-x",
        "-X",
        "--extension",
        "--type",
        "--max-depth",
        "--exclude",
        "--exec",
        "--exec-batch",
    ]);
    let words = Words::of(&feed.args, &spec);
    let dirs = words.operands.get(1..).unwrap_or_default().to_vec();
    let by_type = words
        .options
        .iter()
        .filter(|opt| opt.is(&["-e", "--extension"]))
        .filter_map(|opt| opt.value.as_ref()?.literal());
    let mut patterns: Vec<String> = by_type.map(|extension| format!("*.{extension}")).collect();
    if patterns.is_empty() {
        patterns.extend(
            words
                .operands
                .first()
                .and_then(|arg| arg.value.literal())
                .map(|text| from_regex(text).unwrap_or_else(|| text.to_owned())),
        );
    }
    let scratch = !patterns.is_empty() && patterns.iter().all(|pattern| names::pattern_is_scratch(pattern));
    let mut out = listing(feed, dirs, cx);
    for target in &mut out {
        if scratch {
            target.traits.retain(|known| *known != Trait::Valuable);
            target.traits.push(Trait::Scratch);
        }
    }
    out
}

/// `git ls-files`, `git diff --name-only`: tracked files, unless it asks for the others.
fn git(feed: &Invocation, cx: &Cx<'_>) -> Option<Vec<Target>> {
    let words: Vec<&str> = feed.words().flatten().collect();
    let sub = words.iter().find(|word| !word.starts_with('-'))?;
    if !matches!(*sub, "ls-files" | "diff" | "grep" | "status" | "diff-tree" | "show" | "log") {
        return None;
    }
    let names: Vec<&&str> = words.iter().filter(|word| !word.starts_with('-') && *word != sub).collect();
    let scratch = words.iter().any(|word| matches!(*word, "-d" | "--deleted" | "--diff-filter=D"))
        || (*sub == "ls-files" && !names.is_empty() && names.iter().all(|name| names::pattern_is_scratch(name)));
    let others = words.iter().any(|word| matches!(*word, "-o" | "--others" | "-i" | "--ignored"));
    let mut out = listing(feed, Vec::new(), cx);
    for target in &mut out {
        target.traits.push(if others { Trait::Bulk } else { Trait::Recoverable });
        if scratch {
            target.traits.push(Trait::Scratch);
        }
    }
    Some(out)
}

/// Says whether a filter lets only names of scratch through (`grep '\.log$'`).
fn names_scratch(filter: &Invocation) -> bool {
    if !matches!(filter.name(), Some("grep" | "egrep" | "rg")) {
        return false;
    }
    let words = Words::of(&filter.args, &Spec::gnu(&["-A", "-B", "-C", "-m", "-f"]));
    if words.has(&["-v", "--invert-match"]) {
        return false;
    }
    let pattern =
        words.value(&["-e", "--regexp"]).and_then(Value::literal).or_else(|| words.operands.first()?.value.literal());
    pattern.is_some_and(|pattern| {
        let parts: Vec<&str> = pattern.split('|').map(|part| part.trim_end_matches('\\')).collect();
        parts.iter().all(|part| from_regex(part).is_some_and(|name| names::pattern_is_scratch(&name)))
    })
}

/// A simple regex as a pattern of names; `None` where it is not simple.
fn from_regex(regex: &str) -> Option<String> {
    let (tail, closed) = regex.strip_suffix('$').map_or((regex, false), |rest| (rest, true));
    let (head, open) = tail.strip_prefix('^').map_or((tail, true), |rest| (rest, false));
    let head = head.trim_start_matches("./").trim_end_matches('/');
    let plain = head.replace("\\.", ".").replace(".*", "*");
    let simple = !plain.is_empty()
        && plain.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '*' | '/'));
    simple.then(|| format!("{}{plain}{}", if open { "*" } else { "" }, if closed { "" } else { "*" }))
}

/// What a command substitution certainly yields: the folder, the repository's top, a fresh temporary path.
#[must_use]
pub(super) fn answer(unknown: &Unknown, cx: &Cx<'_>) -> Option<String> {
    let Origin::Command(sources) = &unknown.origin else { return None };
    let [source] = sources.as_slice() else { return None };
    let inv = cx.line.invocations.get(*source)?;
    let words: Vec<&str> = inv.words().collect::<Option<_>>()?;
    match inv.name()? {
        "pwd" => inv.cwd.literal().map(str::to_owned),
        "git" if words == ["rev-parse", "--show-toplevel"] => {
            let work = scope::workspace(cx.world)?;
            super::paths::is_within(inv.cwd.literal()?, &work).then_some(work)
        }
        "mktemp" | "gmktemp" => Some(fresh(inv, cx)),
        "realpath" | "readlink" => {
            let path = words.iter().rev().find(|word| !word.starts_with('-'))?;
            scope::lexical(path, inv, cx).map(|path| cx.world.real_path(&path))
        }
        _ => None,
    }
}

/// The path that `mktemp` makes, with the letters it fills in as they stand.
fn fresh(inv: &Invocation, cx: &Cx<'_>) -> String {
    let words = Words::of(&inv.args, &Spec::gnu(&["-p", "--suffix"]));
    let dir = words.value(&["-p", "--tmpdir"]).and_then(Value::literal).unwrap_or("/tmp");
    let name = words.operands.first().map_or("tmp.XXXXXXXXXX".to_owned(), |arg| arg.value.text().into_owned());
    let in_dir = words.operands.is_empty() || words.has(&["-t"]) || words.has(&["-p", "--tmpdir"]);
    if in_dir {
        return normalize(&join(dir, &name));
    }
    scope::lexical(&name, inv, cx).unwrap_or_else(|| normalize(&join("/tmp", &name)))
}
