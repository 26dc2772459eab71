//! Scripts that a package.json names, for npm, pnpm, yarn and bun.

use super::options::{has, value, walk};
use super::runners::npx;
use super::words::without_front;
use super::{Cx, Dialect, Inner, Step};
use crate::syntax::{Arg, Span, Value};

/// Larger files are not read.
const MOST_BYTES: usize = 512 * 1024;

pub(super) fn steps(cx: &Cx<'_>) -> Option<Vec<Step>> {
    Some(match cx.name {
        "npm" | "pnpm" | "yarn" | "bun" => package(cx),
        "run-s" | "run-p" | "npm-run-all" | "npm-run-all2" => run_all(cx),
        "jq" | "gojq" | "jaq" => edited(cx),
        _ => return None,
    })
}

/// Verbs of npm that run the script of the same name.
const NAMED: &[(&str, &str)] =
    &[("test", "test"), ("t", "test"), ("tst", "test"), ("start", "start"), ("stop", "stop"), ("restart", "restart")];

/// Verbs that install the project's own dependencies and then run its install scripts.
const INSTALLS: &[&str] = &["install", "i", "ci", "clean-install", "it", "install-test", "cit"];

/// What pnpm, yarn and bun do themselves; any other word may be a script.
const OWN: &[&str] = &[
    "add",
    "audit",
    "autoclean",
    "bin",
    "cache",
    "ci",
    "config",
    "constraints",
    "create",
    "dedupe",
    "deploy",
    "env",
    "explain",
    "fetch",
    "generate-lock-entry",
    "global",
    "help",
    "i",
    "import",
    "info",
    "init",
    "install",
    "licenses",
    "link",
    "list",
    "ll",
    "login",
    "logout",
    "ls",
    "node",
    "npm",
    "outdated",
    "owner",
    "pack",
    "patch",
    "patch-commit",
    "plugin",
    "policies",
    "prune",
    "publish",
    "rebuild",
    "remove",
    "rm",
    "root",
    "search",
    "self-update",
    "set",
    "setup",
    "store",
    "tag",
    "team",
    "uninstall",
    "unlink",
    "unplug",
    "up",
    "update",
    "upgrade",
    "upgrade-interactive",
    "version",
    "versions",
    "view",
    "whoami",
    "why",
    "workspace",
    "workspaces",
    "pm",
];

const OPTS: &str = "C,prefix,dir,cwd= w,workspace= ws,workspaces include-workspace-root if-present s,silent q,quiet \
    loglevel= F,filter= r,recursive script-shell= ignore-scripts userconfig= registry= reporter= parallel stream \
    workspace-concurrency= resume-from= no-bail cache= omit= include= save-dev D g,global node-options= modules-folder= \
    mutex= network-timeout= use-yarnrc= p,package= c,call= y,yes bun b,bun no-install if-exists config= \
        top-level T B v";

fn package(cx: &Cx<'_>) -> Vec<Step> {
    // `bun -e CODE` is an interpreter at work.
    let code = |arg: &Arg| matches!(arg.value.literal(), Some("-e" | "--eval" | "-p" | "--print"));
    if cx.name == "bun" && cx.args().first().is_some_and(code) {
        return Vec::new();
    }
    let outer = walk(cx.args(), 0, OPTS);
    let args = cx.args().get(outer.next..).unwrap_or_default();
    let Some((verb, rest)) = args.split_first() else {
        return if cx.name == "yarn" && cx.args().is_empty() { installs(cx, None) } else { Vec::new() };
    };
    let Some(verb_name) = verb.value.literal() else { return Vec::new() };
    let dir = value(&outer.opts, "C").cloned();
    let spread = has(&outer.opts, "w ws F r");
    if let Some(step) = script_shell(cx) {
        return vec![step];
    }
    match verb_name {
        "exec" | "x" if cx.name != "yarn" => npx(cx, rest),
        "dlx" => npx(cx, rest),
        "pkg" | "set-script" => stored(cx, verb_name, rest),
        "node" if cx.name == "yarn" => {
            let node = Arg::lit("node", verb.span);
            Cx::words("yarn node", &[std::slice::from_ref(&node), rest].concat()).into_iter().collect()
        }
        "exec" => {
            let bare = rest.first().is_some_and(|arg| arg.value.is("--"));
            Cx::words("yarn exec", rest.get(usize::from(bare)..).unwrap_or_default()).into_iter().collect()
        }
        "run" | "run-script" | "rum" | "urn" => {
            let inner = walk(rest, 0, OPTS);
            let dir = inner.value("C").cloned().or(dir);
            match rest.get(inner.next..).and_then(<[Arg]>::split_first) {
                Some((name, args)) if !spread && !inner.has("w ws F r") => script(cx, dir.as_ref(), name, args, true),
                _ => Vec::new(),
            }
        }
        _ if spread => Vec::new(),
        name if NAMED.iter().any(|(verb, _)| *verb == name) && !(cx.name == "bun" && name == "test") => {
            let script_name = NAMED.iter().find(|(verb, _)| *verb == name).map_or(name, |(_, script)| script);
            script(cx, dir.as_ref(), &Arg::lit(script_name, verb.span), rest, true)
        }
        name if INSTALLS.contains(&name) => {
            let inner = walk(rest, 0, OPTS);
            let named = rest.iter().any(|arg| !arg.value.prefix().starts_with('-'));
            if named || inner.has("ignore-scripts g") {
                Vec::new()
            } else {
                installs(cx, inner.value("C").or(dir.as_ref()))
            }
        }
        "build" | "repl" if cx.name == "bun" => Vec::new(),
        "deploy" | "setup" | "env" | "fetch" | "store" | "rebuild" | "prune" | "root" | "ci" if cx.name == "yarn" => {
            script(cx, dir.as_ref(), verb, rest, true)
        }
        name if cx.name == "npm" || OWN.contains(&name) => Vec::new(),
        _ => script(cx, dir.as_ref(), verb, rest, false),
    }
}

/// `npm --script-shell=CMD run x`: a program that is no shell takes the place of one.
fn script_shell(cx: &Cx<'_>) -> Option<Step> {
    let mut from = 0;
    while from < cx.args().len() {
        let found = walk(cx.args(), from, OPTS);
        if let Some(opt) = found.opts.iter().find(|opt| opt.name == "script-shell") {
            let shell = opt.value.as_ref()?;
            let known = super::words::program_name(shell).and_then(super::Dialect::of_name).is_some();
            return (!known).then(|| Cx::shell("npm --script-shell", shell, opt.span));
        }
        if found.dashes {
            return None;
        }
        from = found.next + 1;
    }
    None
}

/// `npm pkg set scripts.x=CMD`, `npm set-script x CMD`: what is stored there runs later.
fn stored(cx: &Cx<'_>, verb: &str, rest: &[Arg]) -> Vec<Step> {
    let label = format!("{} {verb}", cx.name);
    if let ("set-script", [_, text, ..]) = (verb, rest) {
        return vec![Cx::shell(label, &text.value, text.span)];
    }
    let Some((_, pairs)) = rest.split_first().filter(|(first, _)| first.value.is("set")) else { return Vec::new() };
    let texts = pairs.iter().filter_map(|pair| {
        let (key, _) = pair.value.prefix().split_once('=')?;
        let text = without_front(&pair.value, key.len() + 1);
        key.starts_with("scripts").then(|| Cx::shell(label.clone(), &text, pair.span))
    });
    texts.collect()
}

/// `jq '.scripts.x = "CMD"' package.json`: texts with a blank that a filter puts among the scripts.
fn edited(cx: &Cx<'_>) -> Vec<Step> {
    let file = cx.args().iter().any(|arg| arg.value.suffix().ends_with("package.json"));
    let filter = cx.args().iter().find(|arg| arg.value.literal().is_some_and(|text| text.contains("scripts")));
    let Some((filter, text)) = filter.filter(|_| file).and_then(|arg| Some((arg, arg.value.literal()?))) else {
        return Vec::new();
    };
    let mut steps = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let mut read = serde_json::Deserializer::from_str(rest.get(start..).unwrap_or_default()).into_iter::<String>();
        let Some(Ok(command)) = read.next() else { break };
        if command.contains(' ') && steps.len() < 64 {
            steps.push(Cx::shell(format!("{} .scripts", cx.name), &Value::lit(command), filter.span));
        }
        rest = rest.get(start + read.byte_offset()..).unwrap_or_default();
    }
    steps
}

/// The nearest folder with a package.json, and its scripts.
fn manifest(cx: &Cx<'_>, dir: Option<&Value>) -> Option<(String, serde_json::Value)> {
    let mut at = cx.path(dir.unwrap_or(&Value::lit(".")))?;
    for _ in 0..32 {
        if let Some(bytes) = cx.world.read(&[at.trim_end_matches('/'), "/package.json"].concat(), MOST_BYTES) {
            let json: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
            return Some((at, json.get("scripts")?.clone()));
        }
        at.truncate(at.rfind('/').filter(|_| at.len() > 1)?);
        if at.is_empty() {
            at.push('/');
        }
    }
    None
}

/// A script with its `pre` and `post`; `named` says that the word must be a script, else it may be an installed tool.
fn script(cx: &Cx<'_>, dir: Option<&Value>, name: &Arg, args: &[Arg], named: bool) -> Vec<Step> {
    let Some(text) = name.value.literal() else { return Vec::new() };
    let found = manifest(cx, dir);
    let scripts = found.as_ref().map(|(_, scripts)| scripts);
    let body = |name: &str| scripts.and_then(|scripts| scripts.get(name)?.as_str());
    if body(text).is_none() {
        let is_file =
            [".js", ".ts", ".mjs", ".cjs", ".jsx", ".tsx", ".mts"].iter().any(|ending| text.ends_with(ending))
                || text.contains('/');
        if named && cx.name != "bun" || is_file && cx.name == "bun" {
            return Vec::new();
        }
        let words: Vec<Arg> = std::iter::once(name).chain(args).cloned().collect();
        return Cx::words(cx.name, &words).into_iter().collect();
    }
    let args = match args.split_first() {
        Some((dashes, rest)) if dashes.value.is("--") => rest,
        _ if cx.name == "npm" => {
            args.iter().position(|arg| arg.value.is("--")).and_then(|at| args.get(at + 1..)).unwrap_or(
                // npm takes options for itself and hands operands on.
                if args.iter().any(|arg| arg.value.prefix().starts_with('-')) { &[] } else { args },
            )
        }
        _ => args,
    };
    let folder = found.as_ref().map(|(folder, _)| folder.as_str());
    let mut steps = Vec::new();
    for (front, args) in [("pre", &[] as &[Arg]), ("", args), ("post", &[])] {
        let name_of = format!("{front}{text}");
        if let Some(code) = body(&name_of) {
            steps.push(run_script(cx, &name_of, code, args, name.span, folder));
        }
    }
    steps
}

fn run_script(cx: &Cx<'_>, name: &str, code: &str, args: &[Arg], span: Span, folder: Option<&str>) -> Step {
    let mut text = Value::lit(code);
    let mut params = Vec::new();
    if !args.is_empty() {
        text.push_lit(" \"$@\"");
        params.push(Arg::lit(name, span));
        params.extend(args.iter().cloned());
    }
    let label = format!("{} run {name}", cx.name);
    let mut step = Step::new(label, Inner::Shell { text, span, params, dialect: Dialect::Sh });
    step.chdir = folder.filter(|folder| cx.inv.cwd.literal() != Some(folder)).map(Value::lit);
    step.assigns.push(("npm_lifecycle_event".into(), Value::lit(name)));
    step
}

/// What the project itself runs around an installation.
fn installs(cx: &Cx<'_>, dir: Option<&Value>) -> Vec<Step> {
    let Some((folder, scripts)) = manifest(cx, dir) else { return Vec::new() };
    ["preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare"]
        .iter()
        .filter_map(|name| Some(run_script(cx, name, scripts.get(name)?.as_str()?, &[], cx.inv.span, Some(&folder))))
        .collect()
}

/// `run-s build test:*`: several scripts of the same package.json.
fn run_all(cx: &Cx<'_>) -> Vec<Step> {
    let Some((folder, scripts)) = manifest(cx, None) else { return Vec::new() };
    let Some(scripts) = scripts.as_object() else { return Vec::new() };
    let mut steps = Vec::new();
    for arg in cx.args().iter().take(32) {
        let Some(wanted) = arg.value.literal().filter(|word| !word.starts_with('-')) else { continue };
        let wanted = wanted.split_whitespace().next().unwrap_or("");
        let front = wanted.split('*').next().unwrap_or("");
        for (name, code) in scripts {
            let is_meant = name == wanted || wanted.contains('*') && name.starts_with(front);
            if let (true, Some(code)) = (is_meant && steps.len() < 64, code.as_str()) {
                steps.push(run_script(cx, name, code, &[], arg.span, Some(&folder)));
            }
        }
    }
    steps
}
