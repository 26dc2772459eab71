//! Programs that are no wrappers, but of which some option or word holds a command: tar, rsync, less, vim, gdb, man, …

use super::engine::{self, Form, Table, Wrapper};
use super::options::{Opt, walk};
use super::words::{as_text, split, strip_front, without_front};
use super::{Cx, Inner, Step};
use crate::syntax::{Arg, Roster, Span, Stdin, Value, is_among, roster};

/// Options whose value is text for a shell, wherever they stand: programs, option table, canonical names.
const TEXTS: &[(&[&str], &str, &str)] = &[
    (
        &["tar", "gtar", "bsdtar"],
        "I,use-compress-program= to-command= rsh-command= rmt-command= F,info-script,new-volume-script= \
        checkpoint-action= \
         checkpoint? f,file= C,directory= T,files-from= X,exclude-from= b,blocking-factor= g,listed-incremental= \
         L,tape-length= H,format= K,starting-file= N,newer= V,label= exclude= transform,xform= strip-components= owner= \
         group= mode= mtime= sort= warning= suffix= s=",
        "I to-command rsh-command F",
    ),
    (&["cpio"], "rsh-command= F,file= I= O= M= H,format= C= D= E=", "rsh-command"),
    (&["zip"], "TT,unzip-command= T b= t= tt= i= x= n= P= O= s= -TT= -tt= -lf=", "TT -TT"),
    (&["man"], "P,pager= H,html= l C= M= m= s= S= e= L= R= p= E= r? a f k w", "P H"),
    (&["split"], "filter= b= C= l= n= a= t= additional-suffix=", "filter"),
    (&["sort"], "compress-program= k= o= S= t= T= parallel= batch-size=", "compress-program"),
    (
        &["rsync"],
        "e,rsh= rsync-path= f= T= B= exclude= include= exclude-from= include-from= files-from= M=",
        "e rsync-path",
    ),
    (&["tcpdump"], "z= i= w= r= c= C= G= s= W= E= F= T= y= Z=", "z"),
    (&["dpkg"], "pre-invoke= post-invoke= D= root= admindir= instdir= log=", "pre-invoke post-invoke"),
    (&["go"], "-exec= -toolexec= -vettool= -run= -o= -tags= -ldflags=", "-exec -toolexec -vettool"),
    (
        &["fzf", "sk"],
        "preview= with-shell= q= f= d= n= m= bind= prompt= height= header= delimiter= nth= c,cmd=",
        "preview c",
    ),
    (&["wget"], "use-askpass= O= P= o= U= e= header= post-data= post-file=", "use-askpass"),
    (
        &["openvpn"],
        "-up= -down= -route-up= -ipchange= up= down= route-up= ipchange= tls-verify= auth-user-pass-verify=",
        "up down route-up ipchange tls-verify",
    ),
    (&["genie"], "c=", "c"),
    (
        &["nc", "ncat", "netcat", "nc.traditional"],
        "c,sh-exec= e,exec= lua-exec= g= G= i,idle-timeout= I= o,output= O= p,source-port= P= q= s,source= T= V= w,wait= \
         W= x,hex-dump= X= m,max-conns= d,delay= allow= deny= allowfile= denyfile= proxy= proxy-type= proxy-auth=",
        "c e",
    ),
    (&["svn"], "editor-cmd= diff-cmd= diff3-cmd= config-option=", "editor-cmd diff-cmd diff3-cmd"),
    (&["rpm", "rpmbuild"], "pipe= E,eval= D,define=", "pipe"),
];

/// Programs whose operands hold a command but that are used for something else most of the time.
static WORDS: Table = Table::of(&[
    Wrapper::of(&["logsave"], "a s v").skip(1),
    Wrapper::of(
        &["msgexec", "msgfilter"],
        "i= o= \
        D=",
    )
    .form(Form::Words),
]);

pub(super) fn steps(cx: &Cx<'_>) -> Option<Vec<Step>> {
    let mut steps = texts(cx);
    match cx.name {
        "tar" | "gtar" | "bsdtar" => steps.extend(tar(cx)),
        "less" | "more" | "most" => steps.extend(plus_commands(cx, pager_command)),
        "vim" | "vi" | "nvim" | "ex" | "view" | "gvim" | "rvim" | "vimdiff" | "mvim" => steps.extend(vim(cx)),
        "ed" | "red" | "telnet" => steps.extend(lines_behind(cx, "!")),
        "emacs" | "emacsclient" => steps.extend(emacs(cx)),
        "gdb" | "lldb" | "cgdb" => steps.extend(debugger(cx)),
        "dc" => steps.extend(dc(cx)),
        "gnuplot" | "octave" | "octave-cli" | "matlab" | "sage" | "maxima" => steps.extend(system_calls(cx)),
        "sftp" | "lftp" | "ftp" | "tnftp" | "ncftp" => steps.extend(transfer(cx)),
        "socat" | "socat1" => steps.extend(socat(cx)),
        "fzf" | "sk" => steps.extend(bindings(cx)),
        "apt" | "apt-get" | "aptitude" => steps.extend(hooks(cx)),
        "rsync" => {
            let serves = cx.args().iter().any(|arg| arg.value.is("--server"));
            steps.retain(|step| !(is_plain_ssh(step) || serves && is_protocol(step)));
        }
        _ => steps.extend(engine::steps(cx, &WORDS).unwrap_or_default()),
    }
    (!steps.is_empty()).then_some(steps)
}

/// All options of the invocation, wherever they stand.
fn every_option(args: &[Arg], table: &'static str) -> Vec<Opt> {
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

fn texts(cx: &Cx<'_>) -> Vec<Step> {
    static ROSTER: Roster = roster!(TEXTS, 0);
    let mut steps = Vec::new();
    if !ROSTER.may_know(cx.name) {
        return steps;
    }
    for (_, table, wanted) in TEXTS.iter().filter(|(names, ..)| is_among(cx.name, names)) {
        for opt in every_option(cx.args(), table) {
            let is_wanted = wanted.split_ascii_whitespace().any(|name| name == opt.name);
            if let (true, Some(value)) = (is_wanted, &opt.value) {
                let dashes = if opt.name.chars().count() > 1 { "--" } else { "-" };
                let label = format!("{} {dashes}{}", cx.name, opt.name.trim_start_matches('-'));
                steps.extend(cx.hook(label, value, opt.span));
            }
        }
    }
    steps
}

/// `rsync -e 'ssh -p 22'` starts nothing that matters here.
fn is_plain_ssh(step: &Step) -> bool {
    let Inner::Shell { text, .. } = &step.inner else { return false };
    step.label != "rsync --rsync-path"
        && text.literal().is_some_and(|text| text.split_whitespace().next() == Some("ssh") && !text.contains("Command"))
}

/// `rsync --server -e.LsfxCIvu`: what the other end can do, by letters. A server starts no remote shell.
fn is_protocol(step: &Step) -> bool {
    let Inner::Shell { text, .. } = &step.inner else { return false };
    let letters =
        text.literal().and_then(|text| text.trim_start_matches(|ch: char| ch.is_ascii_digit()).strip_prefix('.'));
    letters.is_some_and(|letters| letters.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// `--checkpoint-action=exec=CMD`, and `tar xIf CMD file` with options in a first word without a dash.
fn tar(cx: &Cx<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for arg in cx.args() {
        let front = arg.value.prefix();
        let Some((option, _)) = front.split_once('=') else { continue };
        if option.len() > "--checkpoint-".len() - 1 && "--checkpoint-action".starts_with(option) {
            let action = without_front(&arg.value, option.len() + 1);
            steps.extend(
                strip_front(&action, "exec=").map(|text| Cx::shell("tar --checkpoint-action", &text, arg.span)),
            );
        }
    }
    for pair in cx.args().windows(2) {
        if let [option, action] = pair
            && option.value.is("--checkpoint-action")
        {
            steps.extend(
                strip_front(&action.value, "exec=")
                    .map(|text| Cx::shell("tar --checkpoint-action", &text, action.span)),
            );
        }
    }
    if let Some((first, rest)) = cx.args().split_first()
        && let Some(letters) = first.value.literal().filter(|word| !word.starts_with('-'))
    {
        let valued = letters.chars().filter(|letter| "fbCTXgLHKNVIF".contains(*letter));
        for (letter, arg) in valued.zip(rest) {
            if matches!(letter, 'I' | 'F') {
                steps.push(Cx::shell(format!("tar -{letter}"), &arg.value, arg.span));
            }
        }
    }
    steps
}

/// Words that begin with `+`, and what they hold.
fn plus_commands(cx: &Cx<'_>, read: fn(&Value) -> Option<Value>) -> Vec<Step> {
    let commands = cx.args().iter().filter_map(|arg| {
        let command = strip_front(&arg.value, "+")?;
        Some(Cx::shell(cx.name, &read(&command)?, arg.span))
    });
    commands.collect()
}

/// `less '+!cmd'`, also behind other commands of less.
fn pager_command(command: &Value) -> Option<Value> {
    let front = command.prefix();
    let at = front.find(['!', '#']).filter(|&at| front.get(..at).is_some_and(|before| before.len() < 4))?;
    Some(without_front(command, at + 1))
}

/// `:!cmd`, `:%!cmd`, `:r !cmd`, `:w !cmd`, `:call system('cmd')`, `:terminal cmd`.
fn vim_command(command: &Value) -> Option<Value> {
    let front = command.prefix();
    if let Some(at) = front.find("system(") {
        let rest = without_front(command, at + "system(".len());
        let quote = rest.prefix().chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let inner = without_front(&rest, 1);
        let text = inner.literal()?;
        return Some(Value::lit(text.split(quote).next().unwrap_or(text)));
    }
    let trimmed = front.trim_start_matches([':', ' ']);
    let skipped = front.len() - trimmed.len();
    for verb in ["terminal ", "term ", "ter "] {
        if trimmed.starts_with(verb) {
            return Some(without_front(command, skipped + verb.len()));
        }
    }
    let bang = trimmed.find('!')?;
    let before = trimmed.get(..bang).unwrap_or("");
    let is_range = before.chars().all(|c| c.is_ascii_digit() || "%.,$'<>+- ".contains(c));
    let is_filter = matches!(
        before.trim(),
        "r" | "read" | "w" | "write" | "silent" | "sil" | "exe" | "execute" | "sil exe" | "%w" | "w !" | "silent !"
    );
    (is_range || is_filter || before.ends_with([' ', '|'])).then(|| without_front(command, skipped + bang + 1))
}

fn vim(cx: &Cx<'_>) -> Vec<Step> {
    let mut steps = plus_commands(cx, vim_command);
    for opt in every_option(cx.args(), "c,cmd= S= s= u= U= t= T= i= w= W= r= o? O? p? -cmd=") {
        if opt.name != "c" {
            continue;
        }
        if let Some(text) = opt.value.as_ref().and_then(vim_command) {
            steps.push(Cx::shell(cx.name, &text, opt.span));
        }
    }
    if let Stdin::Text(text) = &cx.inv.stdin
        && let Some(text) = text.literal()
        && (cx.name == "ex"
            || cx.args().iter().any(|arg| ["-e", "-es", "-s", "-E"].iter().any(|flag| arg.value.is(flag))))
    {
        let commands = text.lines().take(200).filter_map(|line| vim_command(&Value::lit(line)));
        steps.extend(commands.map(|text| Cx::shell(cx.name, &text, cx.inv.span)));
    }
    steps
}

/// Lines of known standard input that hand the rest to a shell.
fn lines_behind(cx: &Cx<'_>, mark: &str) -> Vec<Step> {
    let Stdin::Text(text) = &cx.inv.stdin else { return Vec::new() };
    let Some(text) = text.literal() else { return Vec::new() };
    text.lines()
        .take(200)
        .filter_map(|line| line.trim_start().strip_prefix(mark))
        .map(|text| Cx::shell(cx.name, &Value::lit(text), cx.inv.span))
        .collect()
}

/// `emacs --eval '(shell-command "cmd")'`
fn emacs(cx: &Cx<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for opt in every_option(cx.args(), "eval,execute= e= l,load= f,funcall= batch Q q nw -batch -eval= -execute=") {
        let Some(code) = opt.value.as_ref().and_then(Value::literal) else { continue };
        for call in ["(shell-command-to-string \"", "(shell-command \"", "(async-shell-command \"", "(compile \""] {
            for (at, _) in code.match_indices(call).take(20) {
                let rest = code.get(at + call.len()..).unwrap_or("");
                let text: String = rest.split('"').next().unwrap_or(rest).to_owned();
                steps.push(Cx::shell("emacs", &Value::lit(text), opt.span));
            }
        }
    }
    steps
}

/// `gdb --args prog words`, `gdb -ex 'shell cmd'`, `lldb -o 'platform shell cmd'`, `lldb -- prog words`.
fn debugger(cx: &Cx<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut next = 0;
    let args = cx.args();
    while let Some(arg) = args.get(next) {
        next += 1;
        let word = arg.value.prefix();
        if matches!(word, "--args" | "-args") || word == "--" && cx.name == "lldb" {
            steps.extend(Cx::words(cx.name, args.get(next..).unwrap_or_default()));
            break;
        }
        let flags = ["-ex", "--ex", "-iex", "--iex", "--eval-command", "-eval-command", "-o", "-O", "--one-line", "-k"];
        let command = match flags.iter().find_map(|flag| strip_front(&arg.value, &format!("{flag}="))) {
            Some(command) => Some((command, arg.span)),
            None if flags.iter().any(|flag| arg.value.is(flag)) => {
                next += 1;
                args.get(next - 1).map(|arg| (as_text(&arg.value), arg.span))
            }
            None => None,
        };
        if let Some((command, span)) = command {
            steps.extend(shell_of_debugger(cx, &command, span));
        }
    }
    if let Stdin::Text(text) = &cx.inv.stdin
        && let Some(text) = text.literal()
    {
        steps.extend(
            text.lines()
                .take(200)
                .filter_map(|line| shell_of_debugger(cx, &Value::lit(line.trim_start()), cx.inv.span)),
        );
    }
    steps
}

fn shell_of_debugger(cx: &Cx<'_>, command: &Value, span: Span) -> Option<Step> {
    let verbs = ["shell ", "sh ", "!", "pipe ", "make ", "platform shell ", "shell\t"];
    let text = verbs.iter().find_map(|verb| strip_front(command, verb))?;
    Some(Cx::shell(cx.name, &text, span))
}

/// `dc -e '!cmd'`
fn dc(cx: &Cx<'_>) -> Vec<Step> {
    let mut steps = lines_behind(cx, "!");
    for opt in every_option(cx.args(), "e,expression= f,file=") {
        if let Some(text) = opt.value.as_ref().and_then(|code| strip_front(code, "!")) {
            steps.push(Cx::shell("dc", &text, opt.span));
        }
    }
    steps
}

/// `gnuplot -e 'system("cmd")'`, `octave --eval …`: calls with one text in quotes.
fn system_calls(cx: &Cx<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for arg in cx.args() {
        let code = arg.value.text();
        for call in ["system(", "unix(", "shell(", "dos(", "popen("] {
            for (at, _) in code.match_indices(call).take(20) {
                let rest = code.get(at + call.len()..).unwrap_or("").trim_start();
                let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
                let text = rest.get(1..).and_then(|rest| rest.split(quote).next()).unwrap_or("");
                steps.push(Cx::shell(cx.name, &Value::lit(text), arg.span));
            }
        }
    }
    steps
}

/// Commands for `sftp`, `lftp` and `ftp`: on standard input, or behind `-e` and `-c`.
fn transfer(cx: &Cx<'_>) -> Vec<Step> {
    let mut texts = Vec::new();
    if let Stdin::Text(text) = &cx.inv.stdin {
        texts.push((text.text().into_owned(), cx.inv.span));
    }
    if cx.name == "lftp" {
        let opts = every_option(cx.args(), "c= e= f= u,user= p= d");
        let given = opts.iter().filter(|opt| matches!(opt.name.as_str(), "c" | "e"));
        texts.extend(given.filter_map(|opt| Some((opt.value.as_ref()?.text().into_owned(), opt.span))));
    }
    let host = cx.args().iter().rev().map(|arg| arg.value.text().into_owned()).find(|word| !word.starts_with('-'));
    let mut steps = Vec::new();
    for (text, span) in texts {
        for line in text.split(['\n', ';']).map(|line| line.trim().trim_start_matches('-')).take(200) {
            if let Some(command) = line.strip_prefix('!') {
                steps.push(Cx::shell(cx.name, &Value::lit(command), span));
                continue;
            }
            let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
            let program = match verb {
                "rm" | "rmdir" | "mrm" | "delete" | "mdelete" | "del" => "rm",
                _ => continue,
            };
            let step = Cx::shell(cx.name, &Value::lit(format!("{program} {rest}")), span);
            steps.push(Step { remote: Some(format!("ssh:{}", host.as_deref().unwrap_or(""))), ..step });
        }
    }
    steps
}

/// `socat TCP:host:1 EXEC:"cmd",pty`, `SYSTEM:…`, `SHELL:…`
fn socat(cx: &Cx<'_>) -> Vec<Step> {
    let places = cx.args().iter().flat_map(|arg| split(&arg.value, '!').into_iter().map(|place| (place, arg.span)));
    let texts = places.filter_map(|(place, span)| {
        let (kind, _) = place.prefix().split_once(':')?;
        let runs =
            ["exec", "system", "shell"].iter().any(|name| name.eq_ignore_ascii_case(kind.trim_start_matches('!')));
        let text = split(&without_front(&place, kind.len() + 1), ',').into_iter().next()?;
        runs.then(|| Cx::shell("socat", &text, span))
    });
    texts.collect()
}

/// `fzf --bind 'enter:execute(rm {})'`
fn bindings(cx: &Cx<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for opt in every_option(cx.args(), "bind= preview= q= f= d= n= prompt= height= header=") {
        let Some(text) = opt.value.as_ref().filter(|_| opt.name == "bind").and_then(Value::literal) else { continue };
        for action in ["execute-silent", "execute", "become", "reload", "transform"] {
            for (at, _) in text.match_indices(action).take(20) {
                let rest = text.get(at + action.len()..).unwrap_or("");
                let command = match rest.chars().next() {
                    Some('(') => rest.get(1..).map(|rest| rest.split(')').next().unwrap_or(rest)),
                    Some(':') => rest.get(1..),
                    _ => None,
                };
                steps.extend(command.map(|text| Cx::shell("fzf --bind", &Value::lit(text), opt.span)));
            }
        }
    }
    steps
}

/// `apt-get -o APT::Update::Pre-Invoke::=CMD`
fn hooks(cx: &Cx<'_>) -> Vec<Step> {
    let opts = every_option(cx.args(), "o,option= c= t= q y");
    let hooks = opts.iter().filter(|opt| opt.name == "o").filter_map(|opt| {
        let given = opt.value.as_ref()?;
        let (key, _) = given.prefix().split_once('=')?;
        let key_lower = key.to_ascii_lowercase();
        let is_hook = ["pre-invoke", "post-invoke", "pre-install-pkgs", "post-invoke-success"]
            .iter()
            .any(|name| key_lower.contains(name));
        is_hook.then(|| Cx::shell(format!("{} -o", cx.name), &without_front(given, key.len() + 1), opt.span))
    });
    hooks.collect()
}
