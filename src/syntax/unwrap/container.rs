//! Containers on this machine: what runs inside, and what of it reaches the host through mounts.
//!
//! A command in a container yields one step that runs elsewhere. Where its words name a mounted folder (or it works
//! in one) and it looks as if it changed files, a second step follows with the words as the host sees them: paths in
//! a mount are rewritten, other absolute paths are put below [`NOWHERE`], for they do not exist on the host.

use super::options::{Opt, has, value, walk};
use super::words::{assignment, at, fields, join, may_be_many, program_name, split, strip_front};
use super::{Cx, Inner, Step};
use crate::syntax::{Arg, Seg, Value};

/// Where a path is put that exists only in the container: a place that may vanish.
const NOWHERE: &str = "/tmp/.container";

/// Paths that mean the same in the words of a command everywhere, or are looked up as programs.
const EVERYWHERE: &[&str] =
    &["/dev/", "/proc/", "/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/"];

/// Signs that text changes files, or hands the machine to something that does.
const CHANGES: &[&str] = &[
    "rm", "mv", "dd", "unlink", "delete", "remove", "trunc", "shred", "chmod", "chown", "find", "rsync", "cp", "git",
    ">", "chroot", "mkfs", "wipe", "clean", "sed", "tee", "nsenter", "write", "cat", "tar", "curl", "base64",
];

const OPTS: &str = "config= context= D,debug H,host= log-level= tls tlscacert= tlscert= tlskey= tlsverify \
    f,file= p,publish,project-name= profile= project-directory= ansi= progress= parallel= compatibility dry-run \
    a,attach= add-host= annotation= blkio-weight= blkio-weight-device= cap-add= cap-drop= cgroup-parent= cgroupns= \
    cidfile= cpu-count= cpu-percent= cpu-period= cpu-quota= cpu-rt-period= cpu-rt-runtime= c,cpu-shares= cpus= \
    cpuset-cpus= cpuset-mems= d,detach detach-keys= device= device-cgroup-rule= device-read-bps= device-read-iops= \
    device-write-bps= device-write-iops= disable-content-trust dns= dns-option,dns-opt= dns-search= domainname= \
    entrypoint= e,env= env-file= expose= gpus= group-add= health-cmd= health-interval= health-retries= \
    health-start-period= health-timeout= h,hostname= help init i,interactive index= ip= ip6= ipc= isolation= \
    kernel-memory= l,label= label-file= link= link-local-ip= log-driver= log-opt= mac-address= m,memory= \
    memory-reservation= memory-swap= memory-swappiness= mount= name= network,net= network-alias,net-alias= \
    no-healthcheck oom-kill-disable oom-score-adj= pid= pids-limit= platform= privileged P,publish-all pull= q,quiet \
    read-only restart= rm runtime= security-opt= shm-size= sig-proxy stop-signal= stop-timeout= storage-opt= sysctl= \
    tmpfs= t,tty ulimit= u,user= userns= uts= v,volume= volume-driver= volumes-from= w,workdir= T,no-tty \
    service-ports use-aliases build no-deps quiet-pull remove-orphans pod= secret= systemd= tz= umask= authfile= \
    arch= os= variant= hooks-dir= image-volume= rootfs replace requires= sdnotify= cgroup-manager= connection= \
    remote root= runroot= url= namespace= address= snapshotter= cwd= container= exec-id=";

pub(super) fn steps(cx: &Cx<'_>) -> Option<Vec<Step>> {
    match cx.name {
        "docker" | "podman" | "nerdctl" | "docker-compose" | "podman-compose" | "podman-remote" | "finch" => {
            Some(docker(cx).unwrap_or_default())
        }
        _ => None,
    }
}

/// What leads to the command: `compose exec`, `container run`, `run`.
fn verb(cx: &Cx<'_>) -> Option<(Vec<Opt>, bool, usize)> {
    let mut opts = Vec::new();
    let mut next = 0;
    for _ in 0..3 {
        let found = walk(cx.args(), next, OPTS);
        opts.extend(found.opts);
        next = found.next + 1;
        match cx.args().get(found.next)?.value.literal()? {
            "compose" | "container" => {}
            "run" | "create" => return Some((opts, true, next)),
            "exec" => return Some((opts, false, next)),
            _ => return None,
        }
    }
    None
}

fn docker(cx: &Cx<'_>) -> Option<Vec<Step>> {
    let (mut opts, is_run, next) = verb(cx)?;
    let elsewhere =
        has(&opts, "H host context") || cx.var("DOCKER_HOST").is_some_and(|host| !host.prefix().starts_with("unix:"));
    let found = walk(cx.args(), next, OPTS);
    opts.extend(found.opts);
    let place = cx.args().get(found.next)?;
    let mut words = Vec::new();
    if let Some(entry) = opts.iter().rev().find(|opt| opt.name == "entrypoint")
        && let Some(program) = &entry.value
        && !program.is("")
    {
        // compose splits it, docker does not.
        let is_service = cx.name.ends_with("compose") || cx.args().iter().take(next).any(|arg| arg.value.is("compose"));
        let program = if is_service { fields(program) } else { vec![program.clone()] };
        words.extend(at(program, entry.span));
    }
    words.extend(cx.args().iter().skip(found.next + 1).cloned());
    let name = place.value.text();
    let verb = if is_run { "run" } else { "exec" };
    let label = format!("{} {verb} {name}", cx.name);
    // One word with blanks goes to an entry point that runs text.
    if let [only] = words.as_slice()
        && is_run
        && only.value.prefix().trim().contains(' ')
    {
        words = [Arg::lit("sh", only.span), Arg::lit("-c", only.span), only.clone()].to_vec();
    }
    let mut step = Cx::words(label, &words)?;
    step.remote = Some(format!("docker:{name}"));
    step.chdir = value(&opts, "w").cloned();
    step.assigns =
        opts.iter().filter(|opt| opt.name == "e").filter_map(|opt| assignment(opt.value.as_ref()?)).collect();
    let mut steps = Vec::new();
    if !elsewhere {
        steps.extend(on_host(cx, &opts, is_run, step.clone(), &words));
        // What a service mounts stands in its file.
        let is_service = cx.args().iter().take(next).any(|arg| arg.value.is("compose")) || cx.name.ends_with("compose");
        if is_run && !is_service && !has(&opts, "volumes-from rootfs") {
            step = in_new(&opts, step, &words);
        }
    }
    steps.insert(0, step);
    // What is unknown may have been options: then the next word names the container.
    if may_be_many(&place.value)
        && let Some((name, command)) = words.split_first()
        && command
            .first()
            .is_some_and(|arg| program_name(&arg.value).is_some_and(|name| !name.contains(['-', '.', '='])))
    {
        let name = name.value.text();
        let step = Cx::words(format!("{} {verb} {name}", cx.name), command);
        steps.extend(step.map(|step| Step { remote: Some(format!("docker:{name}")), ..step }));
    }
    Some(steps)
}

/// The command as a new container runs it: what it changes there, but for named volumes, is gone with it.
fn in_new(opts: &[Opt], step: Step, words: &[Arg]) -> Step {
    let text = join(words).text().into_owned();
    if !CHANGES.iter().any(|sign| text.contains(sign)) {
        return step;
    }
    let volumes = Mounts { list: opts.iter().filter_map(named_volume).collect(), keep: false };
    let mut words = words.to_vec();
    remap(words.get_mut(1..).unwrap_or_default(), &volumes);
    let folder = step.chdir.as_ref().map_or(Some("/"), |dir| dir.literal());
    let chdir = match folder.map(|dir| volumes.map(dir)) {
        Some(Mapped::Inside(path)) => path,
        _ => Value::lit(NOWHERE),
    };
    Step { inner: Inner::Words(words), chdir: Some(chdir), ..step }
}

/// Where a container sees a volume that outlives it.
fn named_volume(opt: &Opt) -> Option<(String, Value)> {
    let given = opt.value.as_ref()?;
    let place = match opt.name.as_str() {
        "v" => {
            let parts = split(given, ':');
            let [host, place, ..] = parts.as_slice() else { return None };
            (!host.prefix().starts_with(['/', '.', '~'])).then(|| place.clone())?
        }
        "mount" => {
            let parts = split(given, ',');
            let bound = parts.iter().any(|part| part.is("type=bind") || part.is("type=tmpfs"));
            let keys = ["target=", "dst=", "destination="];
            let place = parts.iter().find_map(|part| keys.iter().find_map(|key| strip_front(part, key)))?;
            (!bound).then_some(place)?
        }
        _ => return None,
    };
    let text = place.literal()?.trim_end_matches('/').to_owned();
    Some((text.clone(), Value::lit(text)))
}

/// The same command as it reaches the host; empty where it does not.
fn on_host(cx: &Cx<'_>, opts: &[Opt], is_run: bool, inside: Step, words: &[Arg]) -> Vec<Step> {
    let program = words.first().and_then(|arg| program_name(&arg.value));
    if program == Some("nsenter") {
        return vec![Step { remote: None, chdir: None, elevated: true, ..inside }];
    }
    let mounts = if is_run { Mounts::of(cx, opts) } else { Mounts::default() };
    let text = join(words).text().into_owned();
    if mounts.list.is_empty() || !CHANGES.iter().any(|sign| text.contains(sign)) {
        return Vec::new();
    }
    let workdir = inside.chdir.as_ref().and_then(|dir| mounts.map(dir.literal()?).reached());
    let mut steps = Vec::new();
    for first in 0..mounts.list.len().min(4) {
        let mut mounts = Mounts { keep: text.contains("chroot"), ..mounts.clone() };
        mounts.list.rotate_left(first);
        let mut words = words.to_vec();
        let outcome = remap(&mut words, &mounts);
        if !outcome.inside && !outcome.above && workdir.is_none() {
            break;
        }
        let chdir = Some(workdir.clone().unwrap_or_else(|| Value::lit(NOWHERE)));
        let inner = Inner::Words(words);
        steps.push(Step { remote: None, chdir, inner, ..inside.clone() });
        if !outcome.above {
            break;
        }
    }
    steps
}

/// Folders of the host and where a container sees them.
#[derive(Clone, Debug, Default)]
pub(super) struct Mounts {
    list: Vec<(String, Value)>,
    /// Paths outside of all mounts stay as they are.
    keep: bool,
}

/// How a path of the container stands to the mounts.
enum Mapped {
    /// In a mount: the host's path.
    Inside(Value),
    /// Above a mount: the mount's path on the host.
    Above(Value),
    /// Not on the host.
    Elsewhere,
}

impl Mapped {
    fn reached(self) -> Option<Value> {
        match self {
            Self::Inside(path) | Self::Above(path) => Some(path),
            Self::Elsewhere => None,
        }
    }
}

/// What a rewrite of words came upon.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outcome {
    inside: bool,
    above: bool,
}

impl Mounts {
    /// One folder of the host as the root of everything.
    pub(super) fn root(dir: Value) -> Self {
        Self { list: vec![("/".to_owned(), dir)], keep: false }
    }

    /// The writable bind mounts among a container's options.
    fn of(cx: &Cx<'_>, opts: &[Opt]) -> Self {
        let mut mounts = Vec::new();
        for opt in opts {
            let Some(given) = &opt.value else { continue };
            let pair = match opt.name.as_str() {
                "v" => volume(given),
                "mount" => mount(given),
                _ => None,
            };
            let Some((host, place)) = pair else { continue };
            let Some(host) = host_path(cx, host) else { continue };
            if let Some(place) = place.literal().filter(|place| place.starts_with('/')) {
                mounts.push((place.trim_end_matches('/').to_owned(), host));
            }
        }
        Self { list: mounts, keep: false }
    }

    fn map(&self, path: &str) -> Mapped {
        let bare = path.trim_end_matches('*').trim_end_matches('/');
        let mut best: Option<(&str, &Value)> = None;
        let mut above = None;
        for (place, host) in &self.list {
            let place = place.trim_end_matches('/');
            let below = path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            if below && best.is_none_or(|(longest, _)| place.len() > longest.len()) {
                best = Some((place, host));
            }
            if above.is_none() && place.strip_prefix(bare).is_some_and(|rest| rest.starts_with('/')) {
                above = Some(host);
            }
        }
        if let Some((place, host)) = best {
            return Mapped::Inside(continued(host, path.get(place.len()..).unwrap_or("")));
        }
        above.map_or(Mapped::Elsewhere, |host| Mapped::Above(continued(host, path.get(bare.len()..).unwrap_or(""))))
    }
}

fn continued(host: &Value, rest: &str) -> Value {
    let mut path = host.clone();
    if host.is("/") {
        path = Value::lit(if rest.is_empty() { "/" } else { rest });
    } else {
        path.push_lit(rest);
    }
    path
}

/// The host's side of a mount as an absolute path; `None` for a named volume.
fn host_path(cx: &Cx<'_>, host: Value) -> Option<Value> {
    match host.prefix().chars().next() {
        Some('/') | None => Some(host),
        Some('.') => Some(cx.path(&host).map_or(host, Value::lit)),
        Some('~') => {
            let mut path = Value::lit(cx.world.home());
            path.push_value(&strip_front(&host, "~")?);
            Some(path)
        }
        Some(_) => None,
    }
}

/// `HOST:PLACE[:ro]`
fn volume(given: &Value) -> Option<(Value, Value)> {
    let mut parts = split(given, ':').into_iter();
    let (host, place) = (parts.next()?, parts.next()?);
    let read_only = parts.next().is_some_and(|flags| flags.text().split(',').any(|flag| flag == "ro"));
    (!read_only).then_some((host, place))
}

/// `type=bind,source=HOST,target=PLACE[,readonly]`
fn mount(given: &Value) -> Option<(Value, Value)> {
    let (mut host, mut place) = (None, None);
    for part in split(given, ',') {
        if part.is("readonly") || part.is("ro") || part.is("readonly=true") || part.is("type=volume") {
            return None;
        }
        for key in ["source=", "src="] {
            host = strip_front(&part, key).or(host);
        }
        for key in ["target=", "dst=", "destination="] {
            place = strip_front(&part, key).or(place);
        }
    }
    host.zip(place)
}

/// Rewrites the absolute paths in words (also inside text) as the host sees them.
pub(super) fn remap(words: &mut [Arg], mounts: &Mounts) -> Outcome {
    let mut outcome = Outcome::default();
    for word in words {
        word.value = remap_value(&word.value, mounts, &mut outcome);
    }
    outcome
}

fn remap_value(value: &Value, mounts: &Mounts, outcome: &mut Outcome) -> Value {
    let mut out = Value::default();
    let mut bounded = true;
    for seg in value.segs() {
        let Seg::Lit(text) = seg else {
            out.push(seg.clone());
            bounded = false;
            continue;
        };
        let mut rest = text.as_str();
        while let Some(c) = rest.chars().next() {
            let is_path = c == '/' && bounded;
            let end = if is_path { rest.find(is_bound).unwrap_or(rest.len()) } else { c.len_utf8() };
            let (token, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
            if is_path && !EVERYWHERE.iter().any(|front| token.starts_with(front)) {
                push_path(&mut out, token, mounts, outcome);
            } else {
                out.push_lit(token);
            }
            bounded = token.ends_with(is_bound);
            rest = behind;
        }
    }
    out
}

fn push_path(out: &mut Value, token: &str, mounts: &Mounts, outcome: &mut Outcome) {
    match mounts.map(token) {
        Mapped::Inside(path) => {
            outcome.inside = true;
            out.push_value(&path);
        }
        Mapped::Above(path) => {
            outcome.above = true;
            out.push_value(&path);
        }
        Mapped::Elsewhere if mounts.keep => out.push_lit(token),
        Mapped::Elsewhere => out.push_lit(&format!("{NOWHERE}{token}")),
    }
}

fn is_bound(c: char) -> bool {
    c.is_whitespace() || "\"'`=(){}<>,;|&".contains(c)
}
