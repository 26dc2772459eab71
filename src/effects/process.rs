//! Processes and the machine's power. Services belong to rule packs.

use super::options::{Spec, Words};
use super::paths::matches_any;
use super::{Cx, Effect, EffectKind, Scope, Trait};
use crate::syntax::{Arg, CodeFact, Invocation, Origin, Stdin, Value};

/// Programs without which the machine, or others' work on it, stops.
const VITAL: &[&str] = &[
    "init",
    "systemd*",
    "sshd",
    "ssh-agent",
    "dockerd",
    "containerd*",
    "kubelet",
    "postgres*",
    "mysqld*",
    "mariadbd",
    "mongod",
    "redis-server",
    "nginx",
    "apache2",
    "httpd",
    "cron",
    "crond",
    "dbus*",
    "networkmanager",
    "launchd",
    "windowserver",
    "finder",
    "loginwindow",
    "xorg",
    "x",
    "gdm*",
    "lightdm",
    "gnome-shell",
    "wayland*",
    "sway",
    "login",
    "getty",
    "agetty",
    "udevd",
    "rsyslogd",
    "journald",
    "auditd",
    "fail2ban*",
    "falco",
    "clamd",
    "crowdstrike*",
    "falcon-sensor",
    "osqueryd",
    "keycloak",
    "etcd",
    "kube-*",
    "vault",
    "consul",
    "haproxy",
    "elasticsearch",
    "rabbitmq*",
    "kafka*",
];

/// Yields what an invocation does to processes.
pub(super) fn effects(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    for fact in &inv.facts {
        if let CodeFact::Kill(value) = fact {
            let arg = Arg { value: value.clone(), span: inv.span };
            kill_one(&arg, cx, out);
        }
    }
    match inv.name() {
        Some("kill") => kill(inv, cx, out),
        Some("pkill" | "killall" | "skill" | "killall5" | "taskkill" | "taskkill.exe") => by_name(inv, cx, out),
        Some("fuser") => fuser(inv, cx, out),
        Some("xkill") => out.push(cx.effect(EffectKind::ProcKill, "a window's program", Scope::Unknown, inv.span)),
        Some("shutdown" | "poweroff" | "halt" | "reboot" | "pm-suspend" | "telinit" | "init") => power(inv, cx, out),
        Some("systemctl" | "loginctl") => systemctl(inv, cx, out),
        _ => {}
    }
}

fn kill(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let mut args = inv.args.iter().peekable();
    let mut first = true;
    // bash takes the last one that is named: `kill -0 -s KILL 1`.
    let names_signal =
        |arg: &&Arg| ["-s", "-n", "--signal"].iter().any(|option| arg.value.prefix().starts_with(option));
    let named = inv.args.iter().filter(names_signal).count();
    while let Some(arg) = args.next() {
        let text = arg.value.prefix();
        if matches!(text, "-s" | "-n" | "--signal") {
            if args.next().is_some_and(|signal| signal.value.is("0")) && named == 1 {
                return;
            }
        } else if text == "-0" && named == 0 || matches!(text, "-l" | "-L" | "--list" | "--table" | "--help") {
            return;
        } else if text == "--" {
            first = false;
        } else if first && text.starts_with('-') && text.len() > 1 && arg.value.literal().is_some() {
            // The first `-N` is a signal unless it is the only word.
            first = false;
            if args.peek().is_none() {
                kill_one(arg, cx, out);
            }
        } else {
            first = false;
            kill_one(arg, cx, out);
        }
    }
}

fn kill_one(arg: &Arg, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let target = arg.value.text().into_owned();
    let effect = cx.effect(EffectKind::ProcKill, target.as_str(), Scope::Unknown, arg.span);
    out.push(match arg.value.literal() {
        Some("-1") => effect.with([Trait::Whole, Trait::Bulk]),
        Some("1") => effect.with([Trait::Valuable]),
        Some(text) if !text.is_empty() && text.chars().all(|c| matches!(c, '*' | '?')) => effect.with([Trait::Whole]),
        Some(_) => effect,
        None if vital(arg, cx) => effect.with([Trait::UnknownTarget, Trait::Valuable]),
        None if everybody(arg, cx) => effect.with([Trait::UnknownTarget, Trait::Whole, Trait::Bulk]),
        None if own(&arg.value) => effect,
        None => effect.with([Trait::UnknownTarget]),
    });
}

/// `kill $(pidof systemd)`
fn vital(arg: &Arg, cx: &Cx<'_>) -> bool {
    // Ids are known to be one harmless word each; who was asked for them stands right before.
    let ids = arg.value.unknowns().any(|unknown| matches!(unknown.origin, Origin::Other("process ids")));
    let near = if ids { cx.index.saturating_sub(4)..cx.index } else { 0..0 };
    arg.value.sources().take(8).chain(near).filter_map(|at| cx.line.invocations.get(at)).any(|inv| {
        matches!(inv.name(), Some("pidof" | "pgrep"))
            && inv.words().flatten().any(|word| matches_any(VITAL, &word.trim_matches(['^', '$']).to_lowercase()))
    })
}

/// Says whether the ids come from a list of all processes of which nothing was picked out.
fn everybody(arg: &Arg, cx: &Cx<'_>) -> bool {
    let fed = cx.line.invocations.get(cx.index).map(|inv| &inv.stdin);
    let piped = match fed {
        Some(Stdin::Pipe(from)) => from.as_slice(),
        _ => &[],
    };
    let all =
        |at: usize| cx.line.invocations.get(at).is_some_and(|inv| inv.name() == Some("pgrep")) && lists_all(at, cx, 1);
    arg.value.sources().chain(piped.iter().copied()).take(8).any(|at| lists_all(at, cx, 8))
        || arg.value.has_unknown() && (cx.index.saturating_sub(2)..cx.index).any(all)
}

/// Says whether a program's output is a list of all processes, handed on by filters that only cut columns.
fn lists_all(at: usize, cx: &Cx<'_>, depth: u8) -> bool {
    let (Some(inv), Some(depth)) = (cx.line.invocations.get(at), depth.checked_sub(1)) else { return false };
    let handed_on = || match &inv.stdin {
        Stdin::Pipe(from) => from.iter().take(8).any(|from| lists_all(*from, cx, depth)),
        _ => false,
    };
    let words = || inv.words().flatten();
    match inv.name() {
        Some("ps") => !words().any(|word| {
            let picks = ["-C", "-p", "-t", "-g", "-G", "-s", "--ppid", "--pid", "--tty", "-q"];
            picks.iter().any(|pick| word == *pick || pick.starts_with("--") && word.starts_with(pick))
        }),
        Some("pgrep") => inv.args.len() == 1 && words().all(|word| matches!(word, "." | ".*" | "" | "^" | "$")),
        Some("awk" | "gawk" | "mawk") => {
            let program = words().find(|word| !word.starts_with('-')).unwrap_or_default();
            !program.contains(['/', '~', '=', '<', '>']) && handed_on()
        }
        Some("grep") => words().any(|word| word.starts_with('-') && word.contains('v')) && handed_on(),
        Some("cut" | "tr" | "sort" | "uniq" | "cat" | "tac" | "xargs") => handed_on(),
        Some("tail") => words().any(|word| word.starts_with('+') || word.contains("n+")) && handed_on(),
        Some("sed") => words().all(|word| matches!(word, "1d" | "-e")) && handed_on(),
        _ => false,
    }
}

/// `$!`, `$$`, `$PID` and the like: what the line itself started, most often.
fn own(value: &Value) -> bool {
    value.unknowns().all(|unknown| {
        unknown.token
            || matches!(&unknown.origin, Origin::Variable(name) if name == "!" || name.to_lowercase().contains("pid"))
    })
}

fn by_name(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let spec = Spec::gnu(&[
        "-u",
        "-U",
        "-g",
        "-G",
        "-t",
        "-s",
        "-P",
        "-F",
        "-o",
        "-y",
        "-Z",
        "--user",
        "--euid",
        "--uid",
        "--pgroup",
        "--group",
        "--terminal",
        "--session",
        "--signal",
        "--parent",
        "--pidfile",
        "--older-than",
        "--younger-than",
    ]);
    let slashes = inv.name().is_some_and(|name| name.starts_with("taskkill"));
    let args: Vec<Arg> = inv.args.iter().filter(|arg| !is_signal(&arg.value)).cloned().collect();
    let words = Words::of(&args, &spec);
    if inv.args.iter().any(|arg| matches!(arg.value.literal(), Some("-0" | "-l" | "--list" | "-V" | "--help"))) {
        return;
    }
    let full = words.has_exactly(&["-f", "--full"]);
    let limits: Vec<&Arg> = words
        .options
        .iter()
        .filter(|opt| {
            opt.is_exactly(&["-u", "--euid"]) || opt.is_exactly(&["-U", "--uid"]) || opt.is_exactly(&["-u", "--user"])
        })
        .map(|opt| opt.arg)
        .collect();
    if words.operands.is_empty() {
        for arg in limits {
            let name = words
                .value(&["-u", "--user"])
                .or_else(|| words.value(&["-U", "--uid"]))
                .map(|value| value.text().into_owned())
                .unwrap_or_default();
            let effect = cx.effect(EffectKind::ProcKill, format!("all processes of {name}"), Scope::Unknown, arg.span);
            out.push(effect.with([Trait::Bulk, Trait::Whole]));
        }
        if inv.name() == Some("killall5") {
            out.push(cx.effect(EffectKind::ProcKill, "all processes", Scope::Unknown, inv.span).with([Trait::Whole]));
        }
        return;
    }
    let runtimes = words.operands.iter().filter(|arg| arg.value.literal().is_some_and(is_runtime)).count();
    for arg in words.operands.iter().filter(|arg| !slashes || !arg.value.prefix().starts_with('/')) {
        let text = arg.value.text().into_owned();
        let effect = cx.effect(EffectKind::ProcKill, text.as_str(), Scope::Unknown, arg.span);
        let mut traits = Vec::new();
        if arg.value.has_unknown() && !own(&arg.value) {
            traits.push(Trait::UnknownTarget);
        }
        if text.chars().all(|c| matches!(c, '.' | '*' | '^' | '$' | '?')) || (full && text.len() < 2) {
            traits.push(Trait::Whole);
        }
        let plain = text.trim_matches(['^', '$']).rsplit('/').next().unwrap_or_default().to_lowercase();
        if matches_any(VITAL, plain.trim_end_matches(".exe")) {
            traits.push(Trait::Valuable);
        }
        if runtimes > 1 && !traits.contains(&Trait::Whole) {
            traits.push(Trait::Bulk);
        }
        out.push(effect.with(traits));
    }
}

/// Says whether a name is that of an interpreter, which runs all kinds of programs.
fn is_runtime(name: &str) -> bool {
    matches!(
        name.trim_end_matches(".exe"),
        "node" | "python" | "python3" | "java" | "ruby" | "php" | "deno" | "bun" | "perl" | "dotnet" | "beam.smp"
    )
}

/// `-9`, `-KILL`, `-SIGTERM`: not a bundle of options.
fn is_signal(value: &Value) -> bool {
    let Some(rest) = value.literal().and_then(|text| text.strip_prefix('-')) else { return false };
    !rest.is_empty()
        && (rest.bytes().all(|b| b.is_ascii_digit())
            || (rest.len() > 2 && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())))
}

/// `fuser -k 3000/tcp` is a dev server; a mount point is everything that has a file open there.
fn fuser(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &Spec::gnu(&["-n", "-N", "--namespace"]));
    if !words.has_exactly(&["-k", "--kill"]) {
        return;
    }
    for arg in &words.operands {
        let effect = cx.effect(EffectKind::ProcKill, arg.value.text(), Scope::Unknown, arg.span);
        out.push(if words.has_exactly(&["-m", "--mount"]) { effect.with([Trait::Bulk, Trait::Whole]) } else { effect });
    }
}

fn power(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words: Vec<&str> = inv.words().flatten().collect();
    let name = inv.name().unwrap_or_default();
    let only_says = words.iter().any(|word| {
        matches!(*word, "-c" | "--help" | "-k" | "-w" | "--wtmp-only" | "--show" | "/a" | "-V" | "--version")
    });
    let level = matches!(name, "init" | "telinit");
    if only_says || level && !words.iter().any(|word| matches!(*word, "0" | "1" | "6" | "s" | "S")) {
        return;
    }
    out.push(cx.effect(EffectKind::SysPower, inv.text(), Scope::System, inv.span));
}

fn systemctl(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let words = Words::of(
        &inv.args,
        &Spec::gnu(&[
            "-t",
            "-p",
            "-H",
            "-M",
            "-n",
            "-o",
            "-s",
            "--type",
            "--property",
            "--host",
            "--machine",
            "--state",
            "--output",
            "--signal",
        ]),
    );
    let Some(verb) = words.operands.first().and_then(|arg| arg.value.literal()) else { return };
    let stops = matches!(
        verb,
        "poweroff"
            | "reboot"
            | "halt"
            | "kexec"
            | "suspend"
            | "hibernate"
            | "hybrid-sleep"
            | "soft-reboot"
            | "rescue"
            | "emergency"
            | "exit"
    );
    let target = verb == "isolate"
        || verb == "start"
            && words.operands.iter().any(|arg| {
                matches!(
                    arg.value.literal(),
                    Some("poweroff.target" | "reboot.target" | "halt.target" | "rescue.target" | "emergency.target")
                )
            });
    if stops || target {
        out.push(cx.effect(EffectKind::SysPower, verb, Scope::System, inv.span));
    }
    if matches!(verb, "kill-user" | "kill-session" | "terminate-user" | "terminate-session") {
        out.push(
            cx.effect(EffectKind::ProcKill, inv.text(), Scope::Unknown, inv.span).with([Trait::Bulk, Trait::Whole]),
        );
    }
}
