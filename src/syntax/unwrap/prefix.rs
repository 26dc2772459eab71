//! Wrappers of the local machine: the rest of the words is a program, on the same files.

use super::container::{Mounts, remap};
use super::engine::{self, Wrapper};
use super::options::{has, value, walk};
use super::prefix_table::{HYPERFINE, SYSTEMD_RUN, TABLE};
use super::words::{any_assignment, at, fields, may_be_many};
use super::{Cx, Dialect, Inner, Step};
use crate::syntax::{Arg, Origin, Value};

pub(super) fn steps(cx: &Cx<'_>) -> Option<Vec<Step>> {
    match cx.name {
        "env" | "genv" => Some(env(cx)),
        "su" | "runuser" => Some(su(cx)),
        "chroot" | "gchroot" | "systemd-nspawn" | "arch-chroot" => Some(chroot(cx)),
        "capsh" => Some(capsh(cx)),
        "start-stop-daemon" => Some(start_stop_daemon(cx)),
        "cmake" => Some(cmake(cx)),
        "systemd-run" => Some(systemd_run(cx)),
        "hyperfine" => Some(hyperfine(cx)),
        name if name.starts_with("ld-linux") || name.starts_with("ld-musl") || name.starts_with("ld.so") => {
            let table =
                "library-path= inhibit-rpath= audit= preload= argv0= list verify list-tunables list-diagnostics";
            let found = walk(cx.args(), 0, table);
            let rest = cx.args().get(found.next..).unwrap_or_default();
            Some(if found.has("list verify") { Vec::new() } else { Cx::words(name, rest).into_iter().collect() })
        }
        _ => engine::steps(cx, &TABLE),
    }
}

/// `env`: assignments, then a command; `-S` splits a word into more words of the same kind.
fn env(cx: &Cx<'_>) -> Vec<Step> {
    const OPTS: &str = "i,ignore-environment 0,null u,unset= C,chdir= S,split-string= a,argv0= v,debug P= \
        block-signal? default-signal? ignore-signal? list-signal-handling L= U= help version";
    let mut words = cx.args().to_vec();
    let (mut assigns, mut chdir) = (Vec::new(), None);
    // Each round takes options and assignments off; `-S` puts words in their place.
    for _ in 0..16 {
        let found = walk(&words, 0, OPTS);
        if found.has("help version") {
            return Vec::new();
        }
        chdir = found.value("C").cloned().or(chdir);
        let split = found.opts.iter().find(|opt| opt.name == "S");
        let mut rest: Vec<Arg> =
            split.and_then(|opt| opt.value.as_ref().map(|text| at(fields(text), opt.span))).unwrap_or_default();
        let again = split.is_some();
        let behind = words.get(found.next..).unwrap_or_default();
        let bare = behind.first().is_some_and(|arg| arg.value.is("-"));
        rest.extend(behind.iter().skip(usize::from(bare)).cloned());
        words = rest;
        if again {
            continue;
        }
        let end = words.iter().enumerate().position(|(index, arg)| {
            let pair = any_assignment(&arg.value);
            let skipped = pair.is_some() || is_assignments(&arg.value, words.get(index + 1..).unwrap_or_default());
            assigns.extend(pair);
            !skipped
        });
        let taken = end.unwrap_or(words.len());
        words.drain(..taken);
        if taken == 0 || words.first().is_none_or(|arg| !arg.value.prefix().starts_with('-')) {
            break;
        }
    }
    let step = Cx::words("env", &words);
    step.map(|step| Step { chdir, assigns, ..step }).into_iter().collect()
}

/// `env $(cat .env) cmd`: an unknown word that is assignments rather than the program.
fn is_assignments(value: &Value, rest: &[Arg]) -> bool {
    let printed = value.unknowns().any(|unknown| matches!(unknown.origin, Origin::Command(_)));
    let behind = rest.first().map(|arg| arg.value.prefix());
    may_be_many(value) && behind.map_or(printed, |front| !front.starts_with('-'))
}

/// `su [-] [user [words for the shell]]`; `runuser -u user command`.
fn su(cx: &Cx<'_>) -> Vec<Step> {
    const OPTS: &str = "c,command,session-command= f,fast g,group= G,supp-group= l,login \
        m,p,preserve-environment P,pty \
        s,shell= u,user= w,whitelist-environment= T,no-pty h,help V,version";
    let mut opts = Vec::new();
    let mut operands: Vec<Arg> = Vec::new();
    let mut next = 0;
    let args = cx.args();
    loop {
        let found = walk(args, next, OPTS);
        opts.extend(found.opts);
        next = found.next;
        if has(&opts, "u") || operands.len() == 1 && found.dashes {
            break;
        }
        let Some(arg) = args.get(next) else { break };
        next += 1;
        if !arg.value.is("-") {
            operands.push(arg.clone());
        }
    }
    let rest = args.get(next..).unwrap_or_default();
    let mut steps = Vec::new();
    if has(&opts, "h V") {
        return steps;
    }
    if cx.name == "runuser" && has(&opts, "u") {
        steps.extend(Cx::words("runuser", rest));
    } else if let Some(opt) = opts.iter().rev().find(|opt| opt.name == "c") {
        let mut step = Cx::shell("", opt.value.as_ref().unwrap_or(&Value::default()), opt.span);
        if let (Inner::Shell { params, .. }, Some(behind)) = (&mut step.inner, operands.get(1..)) {
            *params = behind.to_vec();
        }
        steps.push(step);
    } else {
        let mut words = vec![Arg { value: value(&opts, "s").cloned().unwrap_or(Value::lit("sh")), span: cx.inv.span }];
        words.extend(operands.iter().skip(1).chain(rest).cloned());
        if words.len() > 1 {
            steps.extend(Cx::words("", &words));
        } else if cx.is_fed() {
            steps.push(Step::new("", Inner::ShellStdin(Dialect::Sh)));
        }
    }
    for step in &mut steps {
        cx.name.clone_into(&mut step.label);
        step.elevated = true;
    }
    steps
}

/// `chroot DIR cmd`: absolute paths of the command stand below DIR.
fn chroot(cx: &Cx<'_>) -> Vec<Step> {
    const CHROOT: Wrapper = Wrapper::of(
        &[],
        "userspec= groups= skip-chdir help version h N u= S r U,private-users? chdir= M,machine= user= b,boot a \
         bind= bind-ro= E,setenv= q,quiet",
    )
    .skip(1)
    .inert("help version")
    .shell();
    const NSPAWN: &str = "D,directory= i,image= M,machine= u,user= chdir= E,setenv= bind= bind-ro= b,boot \
        a,as-pid2 q,quiet \
        x,ephemeral U private-users= network-veth n tmpfs= P,pipe capability= h,help version";
    let (root, reading) = if cx.name == "systemd-nspawn" {
        let table = Wrapper { opts: NSPAWN, skip: 0, ..CHROOT };
        let Some(reading) = engine::read(cx.args(), &table) else { return Vec::new() };
        (value(&reading.opts, "D").cloned(), reading)
    } else {
        let Some(reading) = engine::read(cx.args(), &CHROOT) else { return Vec::new() };
        (reading.operands.first().map(|arg| arg.value.clone()), reading)
    };
    let Some(root) = root else { return Vec::new() };
    let mut steps = engine::run(cx, &CHROOT, &reading);
    for step in &mut steps {
        cx.name.clone_into(&mut step.label);
        step.elevated = true;
        if !root.is("/")
            && let Inner::Words(words) = &mut step.inner
        {
            remap(words, &Mounts::root(root.clone()));
            step.chdir = Some(root.clone());
        }
    }
    steps
}

/// `capsh … -- words for a shell`.
fn capsh(cx: &Cx<'_>) -> Vec<Step> {
    let Some(dashes) = cx.args().iter().position(|arg| arg.value.is("--") || arg.value.is("==")) else {
        return Vec::new();
    };
    let mut words = vec![Arg::lit("bash", cx.inv.span)];
    words.extend(cx.args().iter().skip(dashes + 1).cloned());
    Cx::words("capsh", &words).filter(|_| words.len() > 1).into_iter().collect()
}

fn start_stop_daemon(cx: &Cx<'_>) -> Vec<Step> {
    let found = walk(
        cx.args(),
        0,
        "S,start K,stop T,status x,exec= a,startas= p,pidfile= c,chuid= g,group= u,user= n,name= s,signal= R,retry= \
         N,nicelevel= P,procsched= I,iosched= k,umask= d,chdir= r,chroot= b,background m,make-pidfile o,oknodo q,quiet \
         t,test v,verbose O,output= C,no-close ppid= pid=",
    );
    let Some(program) = found.value("a").or_else(|| found.value("x")) else { return Vec::new() };
    if !found.has("S") || found.has("t") {
        return Vec::new();
    }
    let mut words = vec![Arg { value: program.clone(), span: cx.inv.span }];
    words.extend(cx.args().iter().skip(found.next).cloned());
    let step = Cx::words("start-stop-daemon", &words);
    step.map(|step| Step { chdir: found.value("d").cloned(), ..step }).into_iter().collect()
}

/// `cmake -E env A=b cmd`, `-E time cmd`, `-E chdir DIR cmd`, and the file verbs, which are coreutils by another name.
fn cmake(cx: &Cx<'_>) -> Vec<Step> {
    let [mode, verb, rest @ ..] = cx.args() else { return Vec::new() };
    if !mode.value.is("-E") {
        return Vec::new();
    }
    let span = verb.span;
    let (program, flags, rest, chdir): (&str, &[&str], &[Arg], Option<Value>) = match verb.value.literal() {
        Some("env") => ("env", &[], rest, None),
        Some("time") => ("time", &[], rest, None),
        Some("chdir") => match rest.split_first() {
            Some((dir, [program, rest @ ..])) => {
                let mut words = vec![program.clone()];
                words.extend(rest.iter().cloned());
                let step = Cx::words("cmake -E chdir", &words);
                return step.map(|step| Step { chdir: Some(dir.value.clone()), ..step }).into_iter().collect();
            }
            _ => return Vec::new(),
        },
        Some("rm") => ("rm", &[], rest, None),
        Some("remove") => ("rm", &["-f"], rest, None),
        Some("remove_directory") => ("rm", &["-rf"], rest, None),
        Some("rename") => ("mv", &[], rest, None),
        _ => return Vec::new(),
    };
    let mut words = vec![Arg::lit(program, span)];
    words.extend(flags.iter().map(|flag| Arg::lit(*flag, span)));
    words.extend(rest.iter().cloned());
    Cx::words("cmake -E", &words).map(|step| Step { chdir, ..step }).into_iter().collect()
}

/// `systemd-run`: the system's manager runs it as root unless told otherwise; `-M` and `-H` lead elsewhere.
fn systemd_run(cx: &Cx<'_>) -> Vec<Step> {
    let mut steps = engine::steps(cx, &TABLE).unwrap_or_default();
    let found = walk(cx.args(), 0, SYSTEMD_RUN);
    for step in &mut steps {
        step.elevated = !found.has("user scope");
        step.remote = found.value("M H").map(|host| format!("systemd:{}", host.text()));
        if !found.has("user scope d working-directory") {
            step.chdir = Some(Value::lit("/"));
        }
    }
    steps
}

/// `hyperfine`: each word is shell text, and so are the values of the options that prepare and clean up.
fn hyperfine(cx: &Cx<'_>) -> Vec<Step> {
    let found = walk(cx.args(), 0, HYPERFINE);
    let texts = found.opts.iter().filter(|opt| ["s", "p", "C", "c", "reference"].contains(&opt.name.as_str()));
    let mut steps: Vec<Step> =
        texts.filter_map(|opt| Some(Cx::shell("hyperfine", opt.value.as_ref()?, opt.span))).collect();
    let mut next = found.next;
    while let Some(arg) = cx.args().get(next) {
        steps.push(Cx::shell("hyperfine", &arg.value, arg.span));
        next = walk(cx.args(), next + 1, HYPERFINE).next;
    }
    for step in &mut steps {
        step.repeated = true;
    }
    steps
}
