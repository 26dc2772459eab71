//! git: options, settings, subcommands and aliases that hold a command. git(1), git-config(1).

use super::options::{Opt, Walk, has, walk};
use super::words::{as_text, at, fields, span_of, strip_front, without_front};
use super::{Cx, Dialect, Inner, Step};
use crate::syntax::{Arg, PathKind, Span, Value};

const OPTS: &str = "C= c= git-dir= work-tree= namespace= super-prefix= exec-path? config-env= p,paginate P,no-pager bare \
    no-replace-objects literal-pathspecs glob-pathspecs noglob-pathspecs icase-pathspecs no-optional-locks no-advice \
    list-cmds= attr-source= html-path man-path info-path v,version h,help";

/// Larger configuration files are not read.
const MOST_BYTES: usize = 256 * 1024;

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
        "setup= subdirectory-filter= env-filter= tree-filter= index-filter= parent-filter= msg-filter= commit-filter= \
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
    match cx.name {
        "git" => Some(git(cx)),
        // A front for git that hands on what it does not know.
        "hub" | "yadm" => Some(git(cx)),
        _ => None,
    }
}

fn git(cx: &Cx<'_>) -> Vec<Step> {
    let found = walk(cx.args(), 0, OPTS);
    let Some((verb, rest)) = cx.args().get(found.next..).and_then(<[Arg]>::split_first) else { return Vec::new() };
    let Some(name) = verb.value.literal() else { return Vec::new() };
    let folder = folder(cx, &found.opts);
    let mut steps = Vec::new();
    for opt in found.opts.iter().filter(|opt| opt.name == "c") {
        if let Some((key, value)) = opt.value.as_ref().and_then(pair) {
            steps.extend(setting(&key, &value, opt.span, Some(name)));
        }
    }
    if !BUILTINS.contains(&name) {
        steps.extend(alias(cx, &found, folder.as_deref(), verb, rest));
    }
    steps.extend(subcommand(name, rest));
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
fn pair(word: &Value) -> Option<(String, Value)> {
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
fn setting(key: &str, value: &Value, span: Span, verb: Option<&str>) -> Option<Step> {
    let label = format!("git config {key}");
    if let Some(alias) = key.strip_prefix("alias.") {
        // The subcommand's own alias is run with its words elsewhere.
        if verb.is_some() {
            return None;
        }
        return match strip_front(value, "!") {
            Some(text) => Some(Cx::shell(label, &text, span)),
            None if value.is("") || alias.is_empty() => None,
            None => {
                let mut words = vec![Arg::lit("git", span)];
                words.extend(at(fields(value), span));
                Cx::words(label, &words)
            }
        };
    }
    let needs_mark = holds_command(key)?;
    let plain = value.literal().unwrap_or("?");
    if matches!(plain, "" | "true" | "false" | "yes" | "no" | "on" | "off" | "0" | "1" | "cat") {
        return None;
    }
    if needs_mark {
        let text = strip_front(value, "!").or_else(|| value.prefix().starts_with('/').then(|| value.clone()))?;
        return Some(Cx::shell(label, &text, span));
    }
    Some(Cx::shell(label, value, span))
}

/// Subcommands whose words hold a command.
fn subcommand(name: &str, rest: &[Arg]) -> Vec<Step> {
    let mut steps = Vec::new();
    let label = format!("git {name}");
    for (names, opts, wanted) in TEXTS.iter().filter(|(names, ..)| names.contains(&name)) {
        for opt in all_options(rest, opts) {
            let Some(value) = &opt.value else { continue };
            if wanted.contains(&opt.name.as_str()) {
                steps.push(Cx::shell(label.clone(), value, opt.span));
            } else if names.contains(&"clone") && opt.name == "c" {
                steps.extend(pair(value).and_then(|(key, value)| setting(&key, &value, opt.span, Some(name))));
            }
        }
    }
    for arg in rest {
        if let Some(text) = strip_front(&arg.value, "ext::") {
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
        "config" => steps.extend(config(rest)),
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
fn config(rest: &[Arg]) -> Option<Step> {
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
    setting(&lowered(key.value.literal()?), &as_text(&value.value), value.span, None)
}

/// The alias that a word which is no subcommand stands for, in the order git asks: `-c`, repository, user.
fn alias(cx: &Cx<'_>, found: &Walk, folder: Option<&str>, verb: &Arg, rest: &[Arg]) -> Option<Step> {
    let name = verb.value.literal()?;
    let wanted = format!("alias.{}", name.to_ascii_lowercase());
    let given = found.opts.iter().rev().filter(|opt| opt.name == "c").find_map(|opt| {
        let (key, value) = pair(opt.value.as_ref()?)?;
        (key.to_ascii_lowercase() == wanted).then_some(value)
    });
    let set =
        || counted(cx).into_iter().rev().find(|(key, _)| key.to_ascii_lowercase() == wanted).map(|(_, value)| value);
    let stored = || configured(cx, folder?, name).map(Value::lit);
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
    let mut words = vec![cx.inv.program.clone()];
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
    let files = top_level(cx, folder).map(|(_, config)| config).into_iter().chain([
        format!("{home}/.gitconfig"),
        format!("{home}/.config/git/config"),
        "/etc/gitconfig".to_owned(),
    ]);
    files.take(4).find_map(|path| in_file(cx, &path, name, 0))
}

/// Reads the sections `[alias]`, `[alias "name"]` and `[include]` of one file.
fn in_file(cx: &Cx<'_>, path: &str, name: &str, depth: usize) -> Option<String> {
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
        } else if (section == "include" || section.starts_with("includeif"))
            && key.eq_ignore_ascii_case("path")
            && depth < 3
        {
            let base = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let target = match value.strip_prefix("~/") {
                Some(rest) => format!("{}/{rest}", cx.world.home()),
                None if value.starts_with('/') => value,
                None => format!("{base}/{value}"),
            };
            found = in_file(cx, &target, name, depth + 1).or(found);
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

/// `GIT_CONFIG_COUNT`, `GIT_CONFIG_KEY_0`, `GIT_CONFIG_VALUE_0`, …, and `GIT_CONFIG_PARAMETERS`.
fn counted(cx: &Cx<'_>) -> Vec<(String, Value)> {
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
    settings.iter().filter_map(|(key, value)| setting(key, value, cx.inv.span, Some(""))).collect()
}
