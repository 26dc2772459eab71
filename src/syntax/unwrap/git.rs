//! git: options, settings, subcommands and aliases that hold a command. git(1), git-config(1).

use super::git_alias::alias;
use super::options::{Opt, has, walk};
use super::words::{as_text, at, fields, span_of, strip_front, without_front};
use super::{Cx, Step};
use crate::syntax::{Arg, Span, Value, is_among};

const OPTS: &str = "C= c= git-dir= work-tree= namespace= super-prefix= exec-path? config-env= p,paginate \
        P,no-pager bare \
    no-replace-objects literal-pathspecs glob-pathspecs noglob-pathspecs icase-pathspecs no-optional-locks no-advice \
    list-cmds= attr-source= html-path man-path info-path v,version h,help";

/// Larger configuration files are not read.
pub(super) const MOST_BYTES: usize = 256 * 1024;

/// Subcommands that git knows; an alias of such a name is never used.
const BUILTINS: &[&str] = &[
    "add",
    "am",
    "annotate",
    "apply",
    "archimport",
    "archive",
    "bisect",
    "blame",
    "branch",
    "bugreport",
    "bundle",
    "cat-file",
    "check-attr",
    "check-ignore",
    "check-mailmap",
    "check-ref-format",
    "checkout",
    "checkout-index",
    "cherry",
    "cherry-pick",
    "citool",
    "clean",
    "clone",
    "column",
    "commit",
    "commit-graph",
    "commit-tree",
    "config",
    "count-objects",
    "credential",
    "credential-cache",
    "credential-store",
    "daemon",
    "describe",
    "diagnose",
    "diff",
    "diff-files",
    "diff-index",
    "diff-tree",
    "difftool",
    "fast-export",
    "fast-import",
    "fetch",
    "fetch-pack",
    "filter-branch",
    "fmt-merge-msg",
    "for-each-ref",
    "for-each-repo",
    "format-patch",
    "fsck",
    "fsmonitor--daemon",
    "gc",
    "get-tar-commit-id",
    "grep",
    "gui",
    "hash-object",
    "help",
    "hook",
    "http-backend",
    "imap-send",
    "index-pack",
    "init",
    "init-db",
    "instaweb",
    "interpret-trailers",
    "last-modified",
    "log",
    "ls-files",
    "ls-remote",
    "ls-tree",
    "mailinfo",
    "mailsplit",
    "maintenance",
    "merge",
    "merge-base",
    "merge-file",
    "merge-index",
    "merge-tree",
    "mergetool",
    "mktag",
    "mktree",
    "multi-pack-index",
    "mv",
    "name-rev",
    "notes",
    "p4",
    "pack-objects",
    "pack-redundant",
    "pack-refs",
    "patch-id",
    "prune",
    "prune-packed",
    "pull",
    "push",
    "quiltimport",
    "range-diff",
    "read-tree",
    "rebase",
    "receive-pack",
    "reflog",
    "refs",
    "remote",
    "repack",
    "replace",
    "replay",
    "repo",
    "request-pull",
    "rerere",
    "reset",
    "restore",
    "rev-list",
    "rev-parse",
    "revert",
    "rm",
    "send-email",
    "send-pack",
    "shortlog",
    "show",
    "show-branch",
    "show-index",
    "show-ref",
    "sparse-checkout",
    "stage",
    "stash",
    "status",
    "stripspace",
    "submodule",
    "svn",
    "switch",
    "symbolic-ref",
    "tag",
    "unpack-file",
    "unpack-objects",
    "update-index",
    "update-ref",
    "update-server-info",
    "upload-archive",
    "upload-pack",
    "var",
    "verify-commit",
    "verify-pack",
    "verify-tag",
    "version",
    "whatchanged",
    "worktree",
    "write-tree",
];

/// Options of subcommands that hold text for a shell or a program with its words.
const TEXTS: &[(&[&str], &str, &[&str])] = &[
    (
        &["rebase"],
        "x,exec= s= X= C= S? onto= strategy= strategy-option= i,interactive r f q v k m n keep-base autosquash",
        &["x"],
    ),
    (
        &["filter-branch"],
        "setup= subdirectory-filter= env-filter= tree-filter= index-filter= parent-filter= msg-filter= \
        commit-filter= \
         tag-name-filter= original= d= f,force prune-empty state-branch= remap-to-ancestor",
        &[
            "setup",
            "env-filter",
            "tree-filter",
            "index-filter",
            "parent-filter",
            "msg-filter",
            "commit-filter",
            "tag-name-filter",
        ],
    ),
    (&["difftool"], "x,extcmd= t,tool= y,no-prompt d,dir-diff g,gui prompt", &["x"]),
    (&["grep"], "O,open-files-in-pager? e= f= A= B= C= m= i n l c w v r E G P F", &["O"]),
    (
        &["clone", "fetch", "fetch-pack", "pull", "ls-remote"],
        "u,upload-pack= c,config= o= b= j= q v depth= n l s",
        &["u"],
    ),
    (&["push", "send-pack"], "receive-pack,exec= o= f u q v n d", &["receive-pack"]),
    (&["archive"], "exec= remote= format= prefix= o,output= v l", &["exec"]),
    (
        &["send-email"],
        "sendmail-cmd= to-cmd= cc-cmd= header-cmd= smtp-server=",
        &["sendmail-cmd", "to-cmd", "cc-cmd", "header-cmd"],
    ),
    (&["instaweb"], "d,httpd= b,browser= m= p= l", &["d", "b"]),
];

pub(super) fn steps(cx: &Cx<'_>) -> Option<Vec<Step>> {
    // hub and yadm hand on to git what they do not know.
    matches!(cx.name, "git" | "hub" | "yadm").then(|| {
        let mut steps = git(cx);
        if cx.name == "yadm" {
            let words = [&[Arg::lit("git", cx.inv.span)], cx.args()].concat();
            let home = Some(Value::lit(cx.world.home()));
            steps.extend(Cx::words("yadm", &words).map(|step| Step { chdir: home, ..step }));
        }
        steps
    })
}

fn git(cx: &Cx<'_>) -> Vec<Step> {
    let found = walk(cx.args(), 0, OPTS);
    let Some((verb, rest)) = cx.args().get(found.next..).and_then(<[Arg]>::split_first) else { return Vec::new() };
    let Some(name) = verb.value.literal() else { return Vec::new() };
    let folder = folder(cx, &found.opts);
    let mut steps = Vec::new();
    for opt in found.opts.iter().filter(|opt| opt.name == "c") {
        if let Some((key, value)) = opt.value.as_ref().and_then(pair) {
            steps.extend(setting(cx, &key, &value, opt.span, Some(name)));
        }
    }
    if let Some(folder) = found.value("exec-path") {
        steps.extend(super::environment::hidden_folder("git --exec-path", folder));
    }
    if !BUILTINS.contains(&name) {
        steps.extend(alias(cx, &found, folder.as_deref(), verb, rest));
    }
    steps.extend(subcommand(cx, name, rest));
    for step in &mut steps {
        step.chdir = step
            .chdir
            .take()
            .or_else(|| folder.clone().map(Value::lit))
            .filter(|_| has(&found.opts, "C") || step.label.starts_with("git alias"));
    }
    steps
}

/// Where git would run: `-C` adds up.
fn folder(cx: &Cx<'_>, opts: &[Opt]) -> Option<String> {
    let mut folder = cx.inv.cwd.literal()?.to_owned();
    for opt in opts.iter().filter(|opt| opt.name == "C") {
        let dir = opt.value.as_ref()?.literal()?;
        folder = if dir.starts_with('/') { dir.to_owned() } else { format!("{}/{dir}", folder.trim_end_matches('/')) };
    }
    Some(folder)
}

/// `key=value`; the key in lower case but for its middle.
pub(super) fn pair(word: &Value) -> Option<(String, Value)> {
    let (key, _) = word.prefix().split_once('=')?;
    Some((lowered(key), without_front(word, key.len() + 1)))
}

fn lowered(key: &str) -> String {
    match (key.split_once('.'), key.rsplit_once('.')) {
        (Some((section, _)), Some((front, name))) => {
            let middle = front.get(section.len()..).unwrap_or("");
            format!("{}{middle}.{}", section.to_ascii_lowercase(), name.to_ascii_lowercase())
        }
        _ => key.to_ascii_lowercase(),
    }
}

/// Says whether a setting's value is a command, and one that needs `!` in front to be one.
fn holds_command(key: &str) -> Option<bool> {
    let (section, rest) = key.split_once('.')?;
    let name = rest.rsplit('.').next().unwrap_or(rest);
    match (section, name) {
        ("core", "pager" | "editor" | "sshcommand" | "fsmonitor" | "gitproxy" | "askpass" | "alternaterefscommand")
        | ("sequence", "editor")
        | ("pager", _)
        | ("diff", "external" | "command" | "textconv")
        | ("merge", "driver")
        | ("filter", "clean" | "smudge" | "process")
        | ("difftool" | "mergetool" | "browser" | "man" | "guitool", "cmd")
        | ("interactive", "difffilter")
        | ("gpg", "program" | "defaultkeycommand")
        | ("uploadpack", "packobjectshook")
        | ("trailer", "command" | "cmd")
        | ("sendemail", "sendmailcmd" | "tocmd" | "cccmd" | "headercmd")
        | ("remote", "uploadpack" | "receivepack")
        | ("tar", "command") => Some(false),
        ("credential", "helper") | ("submodule", "update") => Some(true),
        _ => None,
    }
}

/// What a setting would run; `verb` is the subcommand at hand, of which alone an alias counts.
fn setting(cx: &Cx<'_>, key: &str, value: &Value, span: Span, verb: Option<&str>) -> Vec<Step> {
    let label = format!("git config {key}");
    if let Some(alias) = key.strip_prefix("alias.") {
        // The subcommand's own alias is run with its words elsewhere.
        if verb.is_some() {
            return Vec::new();
        }
        return match strip_front(value, "!") {
            Some(text) => vec![Cx::shell(label, &text, span)],
            None if value.is("") || alias.is_empty() => Vec::new(),
            None => {
                let mut words = vec![Arg::lit("git", span)];
                words.extend(at(fields(value), span));
                Cx::words(label, &words).into_iter().collect()
            }
        };
    }
    if key == "core.hookspath" {
        return super::environment::hidden_folder(&label, value).into_iter().collect();
    }
    let Some(needs_mark) = holds_command(key) else { return Vec::new() };
    let plain = value.literal().unwrap_or("?");
    if matches!(plain, "" | "true" | "false" | "yes" | "no" | "on" | "off" | "0" | "1" | "cat") {
        return Vec::new();
    }
    if needs_mark {
        let text = strip_front(value, "!").or_else(|| value.prefix().starts_with('/').then(|| value.clone()));
        return text.map(|text| cx.hook(label, &text, span)).unwrap_or_default();
    }
    cx.hook(label, value, span)
}

/// Subcommands whose words hold a command.
fn subcommand(cx: &Cx<'_>, name: &str, rest: &[Arg]) -> Vec<Step> {
    let mut steps = Vec::new();
    let label = format!("git {name}");
    for (names, opts, wanted) in TEXTS.iter().filter(|(names, ..)| is_among(name, names)) {
        for opt in all_options(rest, opts) {
            let Some(value) = &opt.value else { continue };
            if wanted.contains(&opt.name.as_str()) {
                steps.extend(cx.hook(label.clone(), value, opt.span));
            } else if names.contains(&"clone") && opt.name == "c" {
                steps.extend(
                    pair(value).map(|(key, value)| setting(cx, &key, &value, opt.span, Some(name))).unwrap_or_default(),
                );
            }
        }
    }
    for arg in rest {
        if let Some(text) = strip_front(&arg.value, "ext::") {
            // A blank that is not to part words is written `% ` there.
            let text = text.literal().map_or(text.clone(), |text| Value::lit(text.replace("% ", " ")));
            steps.push(Cx::shell(label.clone(), &text, arg.span));
        }
    }
    match name {
        "bisect" => {
            if let Some((_, words)) = rest.split_first().filter(|(first, _)| first.value.is("run")) {
                steps.extend(Cx::words("git bisect run", words).map(|step| Step { repeated: true, ..step }));
            }
        }
        "submodule" => steps.extend(foreach(rest)),
        "for-each-repo" => {
            let found = walk(rest, 0, "config= keep-going");
            let mut words = vec![Arg::lit("git", span_of(rest, Span::default()))];
            words.extend(rest.iter().skip(found.next).cloned());
            steps.extend(Cx::words(label, &words).filter(|_| words.len() > 1));
        }
        "config" => steps.extend(config(cx, rest).unwrap_or_default()),
        _ => {}
    }
    steps
}

/// The options of a subcommand, wherever they stand.
fn all_options(args: &[Arg], table: &'static str) -> Vec<Opt> {
    let mut opts = Vec::new();
    let mut next = 0;
    while next < args.len() {
        let found = walk(args, next, table);
        opts.extend(found.opts);
        if found.dashes {
            break;
        }
        next = found.next + 1;
    }
    opts
}

/// `git submodule [--quiet] foreach [--recursive] TEXT`
fn foreach(rest: &[Arg]) -> Option<Step> {
    let at = rest.iter().position(|arg| arg.value.is("foreach"))?;
    let found = walk(rest, at + 1, "recursive q,quiet");
    let words = rest.get(found.next..).unwrap_or_default();
    let step = match words {
        [] => return None,
        [text] => Cx::shell("git submodule foreach", &text.value, text.span),
        words => Cx::words("git submodule foreach", words)?,
    };
    Some(Step { repeated: true, ..step })
}

/// `git config [options] [set] key value`: what is stored there runs later.
fn config(cx: &Cx<'_>, rest: &[Arg]) -> Option<Vec<Step>> {
    const OPTS: &str = "f,file= blob= type= t= value= fixed-value default= comment= global system local worktree add \
        replace-all get get-all get-regexp unset unset-all list l e,edit all append bool int path";
    let mut operands = Vec::new();
    let mut next = 0;
    while next < rest.len() {
        let found = walk(rest, next, OPTS);
        if has(&found.opts, "get get-all get-regexp unset unset-all list l e") {
            return None;
        }
        operands.extend(rest.get(found.next));
        next = found.next + 1;
    }
    if operands.first().is_some_and(|arg| arg.value.is("set")) {
        operands.remove(0);
    }
    let [key, value, ..] = operands.as_slice() else { return None };
    Some(setting(cx, &lowered(key.value.literal()?), &as_text(&value.value), value.span, None))
}

/// `GIT_CONFIG_COUNT`, `GIT_CONFIG_KEY_0`, `GIT_CONFIG_VALUE_0`, …, and `GIT_CONFIG_PARAMETERS`.
pub(super) fn counted(cx: &Cx<'_>) -> Vec<(String, Value)> {
    let mut settings = Vec::new();
    for (name, key) in cx.inv.assigns.iter().take(200) {
        if let Some(number) = name.strip_prefix("GIT_CONFIG_KEY_") {
            let wanted = format!("GIT_CONFIG_VALUE_{number}");
            let value = cx.inv.assigns.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone());
            settings.extend(key.literal().map(lowered).zip(value));
        } else if name == "GIT_CONFIG_PARAMETERS" {
            settings.extend(fields(key).iter().filter_map(pair));
        }
    }
    settings
}

/// Commands in settings that come through the environment.
pub(super) fn environment(cx: &Cx<'_>) -> Vec<Step> {
    let settings = counted(cx);
    settings.iter().flat_map(|(key, value)| setting(cx, key, value, cx.inv.span, Some(""))).collect()
}
