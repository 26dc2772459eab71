//! Programs that send: where to, and which of their words and files go along.

use super::host::host_of;
use crate::effects::options::{Opt, Spec, Words, behind};
use crate::syntax::{Arg, Invocation, RedirectKind, Seg, Stdin, Value};

/// How far the other end is known to belong to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    /// Anybody's server: HTTP, raw sockets, mail, DNS.
    Open,
    /// Behind a login of the user's: ssh, cloud storage, a code host.
    Account,
}

/// How a word travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// In the body or as a path or query.
    Data,
    /// In a header: its name decides.
    Header,
    /// As the credentials of the request itself.
    Login,
    /// As a name that is looked up.
    Name,
}

/// Something that is sent.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// A file's content, or a folder with all that is in it.
    File(Value),
    /// A word.
    Text(Value, Role),
    /// Standard input.
    Stdin,
    /// The program's own output (a redirection to the network).
    Output,
    /// The repository.
    Repository,
}

/// What an invocation sends where.
#[derive(Clone, Debug)]
pub(super) struct Sending {
    /// The other end; `None` where it cannot be known.
    pub host: Option<String>,
    /// How much it is the user's own.
    pub transport: Transport,
    /// In no particular order.
    pub parts: Vec<Part>,
}

impl Sending {
    fn new(host: Option<&Value>, transport: Transport) -> Self {
        Self { host: host.and_then(known_host), transport, parts: Vec::new() }
    }

    fn files<'a>(mut self, args: impl IntoIterator<Item = &'a &'a Arg>) -> Self {
        self.parts.extend(args.into_iter().map(|arg| Part::File(arg.value.clone())));
        self
    }

    fn stdin(mut self) -> Self {
        self.parts.push(Part::Stdin);
        self
    }
}

/// The host of a word, where the part that names it is literal.
fn known_host(value: &Value) -> Option<String> {
    let host = host_of(value.prefix());
    let scheme = value.prefix().split_once("://").map_or(value.prefix(), |(_, rest)| rest);
    let complete = value.literal().is_some() || scheme.contains(['/', '?', ':']);
    if complete && !host.is_empty() {
        return Some(host);
    }
    if let Some((_, rest)) = value.suffix().split_once('@') {
        return Some(host_of(rest));
    }
    // `$X.evil.example`: the domain is known where it stands behind the unknown part.
    let suffix = host_of(value.suffix().trim_start_matches('.'));
    (value.suffix().starts_with('.') && suffix.contains('.')).then_some(suffix)
}

/// Says what an invocation sends; `None` where it is no sender.
pub(super) fn sending(inv: &Invocation) -> Option<Sending> {
    if let Some(sending) = device(inv) {
        return Some(sending);
    }
    match inv.name()? {
        "curl" | "curlie" => Some(curl(inv)),
        "wget" | "wget2" => Some(wget(inv)),
        "http" | "https" | "xh" | "xhs" | "httpie" => Some(httpie(inv)),
        "nc" | "ncat" | "netcat" | "nc.openbsd" | "nc.traditional" => Some(netcat(inv)),
        "socat" => socat(inv),
        "telnet" => Some(first_operand(inv, &Spec::new(&["-l"]), Transport::Open).stdin()),
        "openssl" => openssl(inv),
        "scp" | "rsync" => remote_copy(inv),
        "sftp" | "ftp" | "lftp" | "tftp" | "ncftpput" => Some(ftp(inv)),
        "smbclient" => Some(ftp(inv)),
        "ssh" | "mosh" => Some(ssh(inv)),
        "git" => git(inv),
        "aws" | "gsutil" | "gcloud" | "az" | "rclone" | "mc" | "s3cmd" | "b2" | "s5cmd" => storage(inv),
        "gh" | "glab" | "hub" => code_host(inv),
        "mail" | "mailx" | "mutt" | "sendmail" | "msmtp" | "swaks" | "s-nail" => Some(mail(inv)),
        "dig" | "nslookup" | "host" | "drill" | "kdig" | "ping" | "ping6" | "resolvectl" | "traceroute" | "getent" => {
            Some(lookup(inv))
        }
        "pastebinit" | "croc" | "wormhole" | "magic-wormhole" | "ffsend" | "transfer" | "wgetpaste" | "nopaste"
        | "telegram-send" | "slackcat" | "slack-cli" => {
            let words = Words::of(&inv.args, &Spec::new(&["-a", "-f"]));
            let host = Value::lit(inv.name().unwrap_or("paste"));
            Some(Sending::new(Some(&host), Transport::Open).files(&words.operands).stdin())
        }
        _ => None,
    }
}

/// `… > /dev/tcp/host/port`
fn device(inv: &Invocation) -> Option<Sending> {
    inv.redirects.iter().find_map(|redirect| {
        let text = redirect.target.text();
        let rest = text.strip_prefix("/dev/tcp/").or_else(|| text.strip_prefix("/dev/udp/"))?;
        if redirect.kind == RedirectKind::Read {
            return None;
        }
        let host = Value::lit(rest.split('/').next().unwrap_or(rest));
        Some(Sending { parts: vec![Part::Output], ..Sending::new(Some(&host), Transport::Open) })
    })
}

pub(super) const CURL: Spec = Spec::new(&[
    "-A",
    "-b",
    "-c",
    "-C",
    "-d",
    "-D",
    "-e",
    "-E",
    "-F",
    "-H",
    "-K",
    "-m",
    "-o",
    "-P",
    "-Q",
    "-r",
    "-t",
    "-T",
    "-u",
    "-U",
    "-w",
    "-x",
    "-X",
    "-y",
    "-Y",
    "-z",
    "--data",
    "--data-ascii",
    "--data-binary",
    "--data-raw",
    "--data-urlencode",
    "--json",
    "--form",
    "--form-string",
    "--upload-file",
    "--header",
    "--user",
    "--url",
    "--url-query",
    "--output",
    "--output-dir",
    "--request",
    "--user-agent",
    "--referer",
    "--cookie",
    "--cookie-jar",
    "--cert",
    "--key",
    "--cacert",
    "--capath",
    "--proxy",
    "--proxy-user",
    "--max-time",
    "--connect-timeout",
    "--retry",
    "--retry-delay",
    "--retry-max-time",
    "--write-out",
    "--resolve",
    "--connect-to",
    "--interface",
    "--limit-rate",
    "--oauth2-bearer",
    "--aws-sigv4",
    "--unix-socket",
    "--config",
    "--max-redirs",
    "--range",
    "--dump-header",
    "--continue-at",
    "--ciphers",
    "--pass",
    "--cert-type",
    "--key-type",
    "--noproxy",
    "--proto",
    "--tls-max",
    "--mail-from",
    "--mail-rcpt",
    "--stderr",
    "--trace",
    "--trace-ascii",
    "--variable",
    "--expand-data",
    "--netrc-file",
    "--proto-default",
    "--socks5",
    "--socks5-hostname",
    "--doh-url",
    "--dns-servers",
    "--ftp-port",
    "--quote",
    "--time-cond",
    "--speed-limit",
    "--speed-time",
    "--keepalive-time",
    "--local-port",
    "--max-filesize",
    "--rate",
    "--parallel-max",
    "--etag-save",
    "--etag-compare",
]);

fn curl(inv: &Invocation) -> Sending {
    let words = Words::of(&inv.args, &CURL);
    let urls: Vec<&Value> = words
        .operands
        .iter()
        .map(|arg| &arg.value)
        .chain(words.values(&["--url"]))
        .filter(|url| !url.prefix().starts_with("file:"))
        .collect();
    let mut sending = Sending::new(urls.first().copied(), Transport::Open);
    sending.parts.extend(urls.iter().map(|url| Part::Text((*url).clone(), Role::Data)));
    for option in &words.options {
        let Some(value) = option.value.as_deref() else { continue };
        sending.parts.extend(curl_part(option, value));
    }
    sending
}

fn curl_part(option: &Opt, value: &Value) -> Option<Part> {
    Some(match option.name.as_str() {
        "-d" | "--data" | "--data-ascii" | "--data-binary" | "--json" => at_file(value, "@"),
        "--data-raw" | "--form-string" | "--expand-data" => Part::Text(value.clone(), Role::Data),
        "--data-urlencode" | "--url-query" => match value.prefix().find(['@', '=']) {
            Some(at) if value.prefix().as_bytes().get(at) == Some(&b'@') => file_or_stdin(behind(value, at + 1)),
            _ => Part::Text(value.clone(), Role::Data),
        },
        "-F" | "--form" => form(value),
        "-T" | "--upload-file" => file_or_stdin(value.clone()),
        "-H" | "--header" | "-A" | "--user-agent" | "-e" | "--referer" => {
            if value.prefix().starts_with('@') {
                file_or_stdin(behind(value, 1))
            } else {
                Part::Text(value.clone(), Role::Header)
            }
        }
        "-u" | "--user" | "--oauth2-bearer" | "--proxy-user" | "-U" => Part::Text(value.clone(), Role::Login),
        "-b" | "--cookie" => Part::Text(value.clone(), Role::Header),
        _ => return None,
    })
}

/// `@file`, `@-`, else text.
fn at_file(value: &Value, mark: &str) -> Part {
    if value.prefix().starts_with(mark) {
        file_or_stdin(behind(value, mark.len()))
    } else {
        Part::Text(value.clone(), Role::Data)
    }
}

fn file_or_stdin(value: Value) -> Part {
    match value.literal() {
        Some("-" | "." | "/dev/stdin") => Part::Stdin,
        _ => Part::File(value),
    }
}

/// `name=@file;type=…`, `name=<file`, `name=text`
fn form(value: &Value) -> Part {
    let Some(at) = value.prefix().find('=') else { return Part::Text(value.clone(), Role::Data) };
    let content = behind(value, at + 1);
    if !content.prefix().starts_with(['@', '<']) {
        return Part::Text(value.clone(), Role::Data);
    }
    let file = behind(&content, 1);
    match file.literal().and_then(|text| text.split_once(';')) {
        Some((name, _)) => file_or_stdin(Value::lit(name)),
        None => file_or_stdin(file),
    }
}

pub(super) const WGET: Spec = Spec::new(&[
    "-O",
    "-o",
    "-a",
    "-P",
    "-U",
    "-t",
    "-T",
    "-w",
    "-Q",
    "-i",
    "-A",
    "-R",
    "-D",
    "-I",
    "-X",
    "-l",
    "-e",
    "-B",
    "--output-document",
    "--post-data",
    "--post-file",
    "--body-data",
    "--body-file",
    "--header",
    "--user-agent",
    "--user",
    "--password",
    "--directory-prefix",
    "--method",
    "--timeout",
    "--tries",
    "--referer",
    "--load-cookies",
    "--save-cookies",
    "--input-file",
]);

fn wget(inv: &Invocation) -> Sending {
    let words = Words::of(&inv.args, &WGET);
    let mut sending = Sending::new(words.operands.first().map(|arg| &arg.value), Transport::Open);
    sending.parts.extend(words.operands.iter().map(|arg| Part::Text(arg.value.clone(), Role::Data)));
    for option in &words.options {
        let Some(value) = option.value.as_deref() else { continue };
        sending.parts.push(match option.name.as_str() {
            "--post-data" | "--body-data" => Part::Text(value.clone(), Role::Data),
            "--post-file" | "--body-file" => file_or_stdin(value.clone()),
            "--header" | "-U" | "--user-agent" | "--referer" => Part::Text(value.clone(), Role::Header),
            "--password" | "--user" => Part::Text(value.clone(), Role::Login),
            _ => continue,
        });
    }
    sending
}

fn httpie(inv: &Invocation) -> Sending {
    const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    let words = Words::of(
        &inv.args,
        &Spec::new(&[
            "-a",
            "--auth",
            "-A",
            "--auth-type",
            "-o",
            "--output",
            "--session",
            "--timeout",
            "--verify",
            "--raw",
            "-p",
            "-s",
        ]),
    );
    let mut items =
        words.operands.iter().filter(|arg| !arg.value.literal().is_some_and(|word| METHODS.contains(&word)));
    let url = items.next();
    let mut sending = Sending::new(url.map(|arg| &arg.value), Transport::Open).stdin();
    sending.parts.extend(url.map(|arg| Part::Text(arg.value.clone(), Role::Data)));
    for arg in items {
        sending.parts.push(item(&arg.value));
    }
    sending.parts.extend(words.values(&["--raw"]).map(|value| Part::Text(value.clone(), Role::Data)));
    sending
}

fn item(value: &Value) -> Part {
    let head = value.prefix();
    let Some(at) = head.find(['=', ':', '@']) else { return Part::Text(value.clone(), Role::Data) };
    let rest = head.get(at..).unwrap_or("");
    for mark in [":=@", "=@", "@"] {
        if rest.starts_with(mark) {
            return file_or_stdin(behind(value, at + mark.len()));
        }
    }
    let header = rest.starts_with(':') && !rest.starts_with(":=");
    Part::Text(value.clone(), if header { Role::Header } else { Role::Data })
}

fn first_operand(inv: &Invocation, spec: &Spec, transport: Transport) -> Sending {
    let words = Words::of(&inv.args, spec);
    Sending::new(words.operands.first().map(|arg| &arg.value), transport)
}

pub(super) const NETCAT: Spec = Spec::new(&[
    "-p",
    "-e",
    "-c",
    "-w",
    "-q",
    "-s",
    "-i",
    "-x",
    "-X",
    "-I",
    "-O",
    "-T",
    "-V",
    "-g",
    "-G",
    "-o",
    "--exec",
    "--sh-exec",
    "--proxy",
    "--wait",
    "--ssl-cert",
    "--ssl-key",
]);

fn netcat(inv: &Invocation) -> Sending {
    let words = Words::of(&inv.args, &NETCAT);
    if words.has(&["-l", "--listen"]) {
        return Sending {
            host: Some("whoever connects".to_owned()),
            transport: Transport::Open,
            parts: vec![Part::Stdin],
        };
    }
    if words.has(&["-z"]) {
        return Sending::new(None, Transport::Open);
    }
    Sending::new(words.operands.first().map(|arg| &arg.value), Transport::Open).stdin()
}

fn socat(inv: &Invocation) -> Option<Sending> {
    let mut sending = None;
    let mut parts = vec![Part::Stdin];
    for arg in &inv.args {
        let text = arg.value.text();
        let (kind, rest) = text.split_once(':').unwrap_or((&text, ""));
        match kind.to_ascii_uppercase().as_str() {
            "TCP" | "TCP4" | "TCP6" | "UDP" | "UDP4" | "OPENSSL" | "SSL" | "TCP-CONNECT" | "SOCKS4" | "UDP-SENDTO" => {
                let host = Value::lit(rest.split([':', ',']).next().unwrap_or(rest));
                sending = Some(Sending::new(Some(&host), Transport::Open));
            }
            "FILE" | "OPEN" | "GOPEN" => {
                let path = rest.split(',').next().unwrap_or(rest);
                parts.push(Part::File(Value::lit(path)));
            }
            _ => {}
        }
    }
    sending.map(|sending| Sending { parts, ..sending })
}

fn openssl(inv: &Invocation) -> Option<Sending> {
    let words =
        Words::of(&inv.args, &Spec::long(&["-connect", "-host", "-port", "-servername", "-CAfile", "-cert", "-key"]));
    (words.operand(0) == Some("s_client")).then(|| {
        let host = words.values(&["-connect", "-host"]).last().or(words.operands.get(1).map(|arg| &arg.value));
        Sending::new(host, Transport::Open).stdin()
    })
}

/// `rsync`'s options with values.
pub(in super::super) const RSYNC: Spec = Spec::new(&[
    "-e",
    "-f",
    "-T",
    "-B",
    "-M",
    "--rsh",
    "--exclude",
    "--include",
    "--exclude-from",
    "--include-from",
    "--files-from",
    "--filter",
    "--bwlimit",
    "--port",
    "--password-file",
    "--rsync-path",
    "--log-file",
    "--temp-dir",
    "--partial-dir",
    "--backup-dir",
    "--suffix",
    "--max-size",
    "--min-size",
    "--timeout",
    "--chmod",
    "--chown",
    "--info",
    "--out-format",
    "--link-dest",
    "--compare-dest",
]);
const SCP: Spec = Spec::new(&["-i", "-P", "-o", "-F", "-c", "-l", "-S", "-J", "-D", "-X"]);

fn remote_copy(inv: &Invocation) -> Option<Sending> {
    let spec = if inv.name() == Some("rsync") { RSYNC } else { SCP };
    let words = Words::of(&inv.args, &spec);
    let (last, sources) = words.operands.split_last()?;
    if !is_remote(&last.value) {
        return None;
    }
    let local: Vec<&&Arg> = sources.iter().filter(|arg| !is_remote(&arg.value)).collect();
    Some(Sending::new(Some(&last.value), Transport::Account).files(local))
}

/// `host:path`, `rsync://…`, `scp://…`; not `./a:b`.
fn is_remote(value: &Value) -> bool {
    let text = value.text();
    if ["rsync://", "scp://", "sftp://"].iter().any(|scheme| text.starts_with(scheme)) {
        return true;
    }
    text.find(':').is_some_and(|at| at > 1 && !text.get(..at).unwrap_or("").contains('/'))
}

/// `/a/path`, not `//server/share`.
fn is_path(word: &str) -> bool {
    word.starts_with('/') && !word.starts_with("//")
}

fn ftp(inv: &Invocation) -> Sending {
    let words = Words::of(&inv.args, &Spec::new(&["-b", "-c", "-e", "-i", "-P", "-o", "-u", "-p", "-F"]));
    let transport = if inv.name() == Some("sftp") { Transport::Account } else { Transport::Open };
    let mut sending =
        Sending::new(words.operands.iter().find(|arg| !is_path(arg.value.prefix())).map(|arg| &arg.value), transport);
    let batch = match &inv.stdin {
        Stdin::Text(text) => Some(text.text()),
        _ => None,
    };
    let commands = words.values(&["-c", "-e"]).map(Value::text).chain(batch);
    for text in commands {
        for command in text.split([';', '\n']) {
            let mut words = command.split_whitespace();
            if matches!(words.next(), Some("put" | "mput" | "send" | "mirror" | "reput")) {
                let files = words.filter(|word| !word.starts_with('-')).take(8);
                sending.parts.extend(files.map(|word| Part::File(Value::lit(word))));
            }
        }
    }
    if inv.name() == Some("ncftpput") {
        return sending.files(words.operands.iter().skip(2));
    }
    sending
}

/// `ssh`'s options with values.
pub(super) const SSH: Spec = Spec::new(&[
    "-b", "-c", "-D", "-E", "-e", "-F", "-I", "-i", "-J", "-L", "-l", "-m", "-O", "-o", "-p", "-Q", "-R", "-S", "-W",
    "-w",
]);

fn ssh(inv: &Invocation) -> Sending {
    let words = Words::of(&inv.args, &SSH);
    let mut operands = words.operands.iter();
    let mut sending = Sending::new(operands.next().map(|arg| &arg.value), Transport::Account).stdin();
    sending.parts.extend(operands.map(|arg| Part::Text(arg.value.clone(), Role::Data)));
    sending
}

fn git(inv: &Invocation) -> Option<Sending> {
    let words = Words::of(
        &inv.args,
        &Spec::new(&["-C", "-c", "-o", "--git-dir", "--work-tree", "--push-option", "--repo", "--receive-pack"]),
    );
    if words.operand(0) != Some("push") {
        return None;
    }
    let target = words.operands.get(1).map(|arg| &arg.value).or(words.values(&["--repo"]).last())?;
    Some(Sending { parts: vec![Part::Repository], ..Sending::new(Some(target), Transport::Account) })
}

fn storage(inv: &Invocation) -> Option<Sending> {
    let words = Words::of(
        &inv.args,
        &Spec::long(&[
            "--profile",
            "--region",
            "--endpoint-url",
            "--acl",
            "--exclude",
            "--include",
            "--body",
            "--bucket",
            "--key",
            "--file",
            "-f",
            "--name",
            "-n",
            "--container-name",
            "-c",
            "--account-name",
            "--account-key",
            "--source",
            "-s",
            "--destination",
            "-d",
            "--config",
            "--content-type",
            "--cache-control",
            "--storage-class",
            "--sse",
            "-h",
            "--project",
        ]),
    );
    let remote = |value: &Value| {
        let text = value.text();
        text.contains("://") || (text.find(':').is_some_and(|at| at > 0) && !text.starts_with(['/', '.', '~', '$']))
    };
    let name = inv.name()?;
    let sends = match name {
        "aws" => {
            words.says(&["s3", "cp"])
                || words.says(&["s3", "mv"])
                || words.says(&["s3", "sync"])
                || words.says(&["s3api", "put-object"])
        }
        "az" => {
            words.says(&["storage"])
                && words.operands.iter().any(|arg| arg.value.literal().is_some_and(|word| word.starts_with("upload")))
        }
        "rclone" => matches!(words.operand(0), Some("copy" | "sync" | "copyto" | "move" | "moveto" | "rcat")),
        "b2" => words.operand(0).is_some_and(|word| word.starts_with("upload") || word == "sync" || word == "file"),
        _ => words
            .operands
            .iter()
            .any(|arg| matches!(arg.value.literal(), Some("cp" | "mv" | "rsync" | "put" | "sync" | "mirror" | "pipe"))),
    };
    if !sends {
        return None;
    }
    let host = words.operands.iter().map(|arg| &arg.value).rfind(|value| remote(value));
    let named = Value::lit(name);
    let download = name != "az"
        && words.operands.last().is_some_and(|arg| !remote(&arg.value))
        && words.operands.iter().any(|arg| remote(&arg.value));
    if download {
        return None;
    }
    let local: Vec<&&Arg> = words.operands.iter().filter(|arg| !remote(&arg.value)).collect();
    let mut sending = Sending::new(Some(host.unwrap_or(&named)), Transport::Account).files(local);
    sending
        .parts
        .extend(words.values(&["--body", "--file", "-f", "--source", "-s"]).map(|value| Part::File(value.clone())));
    Some(sending.stdin())
}

fn code_host(inv: &Invocation) -> Option<Sending> {
    let words = Words::of(
        &inv.args,
        &Spec::new(&[
            "-R",
            "--repo",
            "-b",
            "--body",
            "-F",
            "--body-file",
            "-t",
            "--title",
            "-d",
            "--desc",
            "-n",
            "--notes",
            "--notes-file",
            "-f",
            "--field",
            "--raw-field",
            "-H",
            "--header",
            "-X",
            "--method",
            "-m",
            "--input",
            "-l",
            "--label",
            "-q",
            "--jq",
            "--filename",
        ]),
    );
    let host = Value::lit("github.com");
    let mut sending = Sending::new(Some(&host), Transport::Account);
    let gist = words.operand(0) == Some("gist") && matches!(words.operand(1), Some("create" | "edit" | "new"));
    let release = words.says(&["release", "upload"]) || words.says(&["release", "create"]);
    let speaks = matches!(words.operand(0), Some("issue" | "pr" | "mr" | "api" | "release" | "discussion"));
    if !(gist || speaks) {
        return None;
    }
    for option in &words.options {
        let Some(value) = option.value.as_deref() else { continue };
        match option.name.as_str() {
            "--body-file" | "--notes-file" | "--input" => sending.parts.push(file_or_stdin(value.clone())),
            "-b" | "--body" | "-n" | "--notes" | "-m" | "-t" | "--title" => {
                sending.parts.push(Part::Text(value.clone(), Role::Data));
            }
            "-f" | "-F" | "--field" | "--raw-field" => sending.parts.push(form(value)),
            _ => {}
        }
    }
    if gist || release {
        sending = sending.files(words.operands.iter().skip(2));
    }
    Some(if gist { Sending { transport: Transport::Open, ..sending }.stdin() } else { sending })
}

fn mail(inv: &Invocation) -> Sending {
    let words = Words::of(
        &inv.args,
        &Spec::new(&[
            "-s", "-a", "-A", "-c", "-b", "-r", "-S", "--attach", "--body", "--to", "--from", "--server", "--header",
            "-t", "-f",
        ]),
    );
    let swaks = inv.name() == Some("swaks");
    let host = words.values(&["--to", "--server"]).next().or(words.operands.last().map(|arg| &arg.value));
    let mut sending = Sending::new(host, Transport::Open).stdin();
    sending.parts.extend(words.values(&["-a", "-A", "--attach"]).map(|value| {
        let value = if value.prefix().starts_with('@') { behind(value, 1) } else { value.clone() };
        Part::File(value)
    }));
    sending.parts.extend(words.values(&["-s", "--body", "--header"]).map(|value| {
        if swaks && value.prefix().starts_with('@') {
            Part::File(behind(value, 1))
        } else {
            Part::Text(value.clone(), Role::Data)
        }
    }));
    sending
}

fn lookup(inv: &Invocation) -> Sending {
    let words = Words::of(&inv.args, &Spec::new(&["-c", "-i", "-W", "-w", "-t", "-s", "-I", "-p", "-k", "-y"]));
    let name = words.operands.iter().find(|arg| arg.value.segs().iter().any(|seg| matches!(seg, Seg::Unknown(_))));
    let mut sending = Sending::new(name.or(words.operands.last()).map(|arg| &arg.value), Transport::Open);
    sending.parts.extend(words.operands.iter().map(|arg| Part::Text(arg.value.clone(), Role::Name)));
    sending.parts.extend(words.values(&["-p"]).map(|value| Part::Text(value.clone(), Role::Name)));
    sending
}
