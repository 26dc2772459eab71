//! Downloads that run: in a shell, an interpreter, or as a program.

use super::flow::Flow;
use super::host::{host_of, is_bare_address, is_local};
use crate::effects::options::{Spec, Words};
use crate::effects::touch::absolute;
use crate::effects::{Certainty, Cx, Effect, EffectKind, Scope, Trait};
use crate::syntax::{Invocation, Roster, Seg, Stdin, Value, roster};

/// Where a program takes its code from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// Standard input.
    Stdin,
    /// These words.
    Words(Vec<Value>),
    /// A file.
    File(Value),
}

const SHELLS: &[&str] = &["sh", "bash", "zsh", "dash", "ash", "ksh", "mksh", "fish", "csh", "tcsh", "rbash"];

/// Says whether a program is a shell by name.
pub(super) fn is_shell(name: &str) -> bool {
    SHELLS.contains(&name)
}

/// How an interpreter takes code: its names, the options whose value is code, options with other values.
struct Runner {
    names: &'static [&'static str],
    code: &'static [&'static str],
    spec: Spec,
    /// Without words it reads code from standard input.
    stdin: bool,
}

const RUNNERS: &[Runner] = &[
    Runner { names: &["python*", "pypy*"], code: &["-c"], spec: Spec::new(&["-c", "-m", "-W", "-X"]), stdin: true },
    Runner {
        names: &["node", "nodejs", "bun", "ts-node", "tsx"],
        code: &["-e", "-p", "--eval", "--print"],
        spec: Spec::new(&["-e", "-p", "--eval", "--print", "-r", "--require", "--import"]),
        stdin: true,
    },
    Runner { names: &["ruby", "jruby"], code: &["-e"], spec: Spec::new(&["-e", "-r", "-I"]), stdin: true },
    Runner { names: &["perl"], code: &["-e", "-E"], spec: Spec::new(&["-e", "-E", "-I"]), stdin: true },
    Runner {
        names: &["php*"],
        code: &["-r"],
        spec: Spec::new(&["-r", "-d", "-S", "-t", "-R", "-B", "-E", "-F"]),
        stdin: true,
    },
    Runner { names: &["lua*", "luajit"], code: &["-e"], spec: Spec::new(&["-e", "-l"]), stdin: true },
    Runner {
        names: &["Rscript", "julia"],
        code: &["-e", "-E", "--eval"],
        spec: Spec::new(&["-e", "-E", "--eval"]),
        stdin: true,
    },
    Runner {
        names: &["osascript", "pwsh", "powershell*"],
        code: &["-e", "-c", "-Command", "-command", "-EncodedCommand"],
        spec: Spec::long(&["-e", "-c", "-Command", "-command", "-File", "-EncodedCommand"]),
        stdin: true,
    },
    Runner {
        names: &["elixir", "iex"],
        code: &["-e", "--eval"],
        spec: Spec::new(&["-e", "--eval", "-r", "-S"]),
        stdin: true,
    },
    Runner {
        names: &["tclsh", "expect", "groovy", "java"],
        code: &["-e", "-c"],
        spec: Spec::new(&["-e", "-c"]),
        stdin: false,
    },
];

/// Where a shell, an interpreter, `eval` or `source` takes its code from; `None` for all others.
pub(super) fn code(inv: &Invocation) -> Option<Code> {
    static ROSTER: Roster = roster!(RUNNERS, names);
    let name = inv.name()?;
    if is_shell(name) {
        return Some(shell(&inv.args));
    }
    match name {
        "busybox" if inv.args.first().and_then(|arg| arg.value.literal()).is_some_and(is_shell) => {
            return Some(shell(inv.args.get(1..).unwrap_or(&[])));
        }
        "eval" => return Some(Code::Words(inv.args.iter().map(|arg| arg.value.clone()).collect())),
        "make" | "gmake" | "bmake" | "ninja" | "just" => {
            return program_file(inv, &["-f", "--file", "--makefile", "--justfile"]);
        }
        "awk" | "gawk" | "mawk" | "sed" => return program_file(inv, &["-f", "--file"]),
        "bun" => {
            let words = Words::of(&inv.args, &Spec::new(&["-c", "--config", "--cwd"]));
            let file = words.operands.get(usize::from(words.operand(0) == Some("run")));
            return file.filter(|arg| arg.value.text().starts_with("http")).map(|arg| Code::File(arg.value.clone()));
        }
        "source" | "." => return inv.args.first().map(|arg| Code::File(arg.value.clone())),
        "ssh" => {
            let words = Words::of(&inv.args, &super::send::SSH);
            return (words.operands.len() == 1).then_some(Code::Stdin);
        }
        "deno" => {
            let words = Words::of(&inv.args, &Spec::new(&["-c", "--config"]));
            return match words.operand(0) {
                Some("run") => words
                    .operands
                    .get(1)
                    .map(|arg| if arg.value.is("-") { Code::Stdin } else { Code::File(arg.value.clone()) }),
                Some("eval") => words.operands.get(1).map(|arg| Code::Words(vec![arg.value.clone()])),
                _ => None,
            };
        }
        _ => {}
    }
    if !ROSTER.may_know(name) {
        return None;
    }
    let runner =
        RUNNERS.iter().find(|runner| runner.names.iter().any(|known| crate::syntax::glob::matches(known, name)))?;
    interpreter(inv, runner)
}

fn shell(args: &[crate::syntax::Arg]) -> Code {
    let words = Words::of(args, &Spec::new(&["-o", "-O", "--rcfile", "--init-file"]));
    if words.has(&["-c"]) {
        return Code::Words(words.operands.first().map(|arg| arg.value.clone()).into_iter().collect());
    }
    match words.operands.first() {
        Some(file)
            if !words.has(&["-s"]) && !file.value.is("-") && !matches!(file.value.literal(), Some("/dev/stdin")) =>
        {
            Code::File(file.value.clone())
        }
        _ => Code::Stdin,
    }
}

/// `make -f FILE`, `awk -f -`
fn program_file(inv: &Invocation, options: &'static [&'static str]) -> Option<Code> {
    let words = Words::of(&inv.args, &Spec::new(options));
    let file = words.values(options).next()?;
    Some(if matches!(file.literal(), Some("-" | "/dev/stdin")) { Code::Stdin } else { Code::File(file.clone()) })
}

fn interpreter(inv: &Invocation, runner: &Runner) -> Option<Code> {
    let words = Words::of(&inv.args, &runner.spec);
    let given: Vec<Value> = words.values(runner.code).cloned().collect();
    if !given.is_empty() {
        return Some(Code::Words(given));
    }
    let info = ["-m", "--version", "-V", "-v", "--help", "-h", "-n", "-S", "-pe", "-ne"];
    if words.has(&info) {
        return None;
    }
    match words.operands.first() {
        Some(file) if !matches!(file.value.literal(), Some("-" | "/dev/stdin")) => Some(Code::File(file.value.clone())),
        _ => runner.stdin.then_some(Code::Stdin),
    }
}

/// Effects of running what was just downloaded.
pub(super) fn effects(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    let flow = Flow::new(cx);
    let found = by_code(inv, cx, &flow).or_else(|| by_name(inv, cx, &flow)).or_else(|| installs(inv, cx, &flow));
    if let Some((host, sure)) = found {
        let mut effect = cx.effect(EffectKind::NetDownloadExec, host, Scope::Unknown, inv.span);
        effect.certainty = sure;
        out.push(effect.with([Trait::UnknownTarget]));
    }
}

type Found = Option<(String, Certainty)>;

fn certainty((host, sure): (String, bool), yes: Certainty, no: Certainty) -> (String, Certainty) {
    (host, if sure { yes } else { no })
}

fn by_code(inv: &Invocation, cx: &Cx, flow: &Flow) -> Found {
    match code(inv)? {
        Code::Stdin => {
            flow.fetched_input(inv, cx.index, 0).map(|found| certainty(found, Certainty::Certain, Certainty::Likely))
        }
        Code::Words(words) => words.iter().take(64).find_map(|word| {
            let found = flow.fetched_value(word, 0)?;
            // `bash -c "$(curl …)"` runs it; `bash -c "echo $(curl …)"` most often only uses it.
            let leads = matches!(word.segs().first(), Some(Seg::Unknown(_)));
            Some(if leads {
                certainty(found, Certainty::Certain, Certainty::Likely)
            } else {
                (found.0, Certainty::Possible)
            })
        }),
        Code::File(file) => {
            let text = file.text();
            if text.starts_with("https://") || text.starts_with("http://") {
                return Some((host_of(&text), Certainty::Likely));
            }
            if let Some(found) = flow.fetched_value(&file, 0) {
                return Some(certainty(found, Certainty::Certain, Certainty::Likely));
            }
            if matches!(file.literal(), Some("/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0")) {
                return flow
                    .fetched_input(inv, cx.index, 0)
                    .map(|found| certainty(found, Certainty::Certain, Certainty::Likely));
            }
            let path = absolute(&file, inv, cx);
            flow.downloaded(&path, cx.index, 0).map(|found| certainty(found, Certainty::Certain, Certainty::Possible))
        }
    }
}

/// The program itself was downloaded, or is made runnable.
fn by_name(inv: &Invocation, cx: &Cx, flow: &Flow) -> Found {
    let program = &inv.program.value;
    if program.text().contains('/') {
        let path = absolute(program, inv, cx);
        if let Some(found) = flow.downloaded(&path, cx.index, 0) {
            return Some(certainty(found, Certainty::Certain, Certainty::Possible));
        }
    }
    if inv.name() == Some("chmod") {
        let words = Words::of(&inv.args, &Spec::new(&[]));
        let runnable =
            words.operand(0).is_some_and(|mode| mode.contains('x') || mode.contains('7') || mode.contains('5'));
        let found = words
            .operands
            .iter()
            .skip(1)
            .take(16)
            .find_map(|arg| flow.downloaded(&absolute(&arg.value, inv, cx), cx.index, 0));
        return found.filter(|_| runnable).map(|(host, _)| (host, Certainty::Possible));
    }
    None
}

/// No option takes a value.
const BARE: Spec = Spec::new(&[]);

/// Package managers that run scripts of packages from anywhere.
fn installs(inv: &Invocation, cx: &Cx, flow: &Flow) -> Found {
    const LANGUAGE: Spec = Spec::new(&[
        "-r",
        "-c",
        "-i",
        "--index-url",
        "--extra-index-url",
        "-p",
        "--package",
        "--registry",
        "-f",
        "--find-links",
        "--from",
        "-t",
        "--index",
        "--default-index",
        "--source",
        "--trusted-host",
    ]);
    let name = inv.name()?;
    let (first, sure) = match name {
        "pip" | "pip3" | "pipx" | "uv" | "uvx" | "npm" | "pnpm" | "yarn" | "gem" => {
            (&["install", "add", "i", "run", "tool"][..], Certainty::Possible)
        }
        "npx" | "bunx" | "pnpx" => (&[][..], Certainty::Likely),
        "dpkg" | "rpm" | "apt" | "apt-get" | "yum" | "dnf" | "zypper" | "brew" | "installer" | "snap" | "apk" => {
            (&[][..], Certainty::Likely)
        }
        _ => return None,
    };
    let words = Words::of(&inv.args, if matches!(name, "dpkg" | "rpm") { &BARE } else { &LANGUAGE });
    if !first.is_empty()
        && !words.operands.iter().any(|arg| arg.value.literal().is_some_and(|word| first.contains(&word)))
    {
        return None;
    }
    if let Some(host) = index(&words, inv) {
        return Some((host, Certainty::Likely));
    }
    // Behind the package's name stand words for what it brings.
    let packages = match name {
        "npx" | "bunx" | "pnpx" | "uvx" => 1,
        "pipx" => 2,
        _ => 64,
    };
    for arg in words.operands.iter().take(packages) {
        let text = arg.value.text();
        let bare = text.strip_prefix("git+").unwrap_or(&text);
        let fetched = ["http://", "https://", "ssh://"].iter().any(|scheme| bare.starts_with(scheme));
        if fetched && !is_local(&host_of(bare)) {
            // Nobody vouches for what an address without a name and without a check hands out.
            let nameless = bare.starts_with("http://") && is_bare_address(&host_of(bare));
            return Some((host_of(bare), if nameless { Certainty::Likely } else { sure }));
        }
        if sure == Certainty::Likely
            && text.contains(['/', '.'])
            && let Some(found) = flow.downloaded(&absolute(&arg.value, inv, cx), cx.index, 0)
        {
            return Some(certainty(found, Certainty::Likely, Certainty::Possible));
        }
    }
    None
}

/// The bare address on the internet that packages are taken from, by option or by variable.
fn index(words: &Words<'_>, inv: &Invocation) -> Option<String> {
    const OPTIONS: &[&str] = &[
        "-i",
        "--index-url",
        "--extra-index-url",
        "--index",
        "--default-index",
        "--registry",
        "-f",
        "--find-links",
        "--source",
    ];
    const VARIABLES: &[&str] = &[
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "UV_INDEX_URL",
        "UV_DEFAULT_INDEX",
        "UV_EXTRA_INDEX_URL",
        "npm_config_registry",
        "NPM_CONFIG_REGISTRY",
        "YARN_REGISTRY",
        "YARN_NPM_REGISTRY_SERVER",
    ];
    let set = inv.assigns.iter().filter(|(name, _)| VARIABLES.contains(&name.as_str())).map(|(_, value)| value);
    words
        .values(OPTIONS)
        .chain(set)
        .filter(|value| value.prefix().contains("://"))
        .map(|value| host_of(value.prefix()))
        .find(|host| is_bare_address(host))
}

/// Says whether an invocation is a shell that reads commands from its standard input.
pub(super) fn obeys_stdin(inv: &Invocation) -> bool {
    inv.name().is_some_and(|name| is_shell(name) || name == "busybox")
        && code(inv) == Some(Code::Stdin)
        && !matches!(inv.stdin, Stdin::Text(_))
}
