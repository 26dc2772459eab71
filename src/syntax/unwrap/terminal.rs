//! Terminals and queues: text that is typed into a shell, or that a shell reads later.
//!
//! tmux(1), screen(1), script(1), expect(1), at(1).

use super::options::{has, value, walk};
use super::words::{at, fields, join, span_of};
use super::{Cx, Dialect, Inner, Step};
use crate::syntax::{Arg, Span, Value};

pub(super) fn steps(cx: &Cx<'_>) -> Option<Vec<Step>> {
    Some(match cx.name {
        "tmux" | "tmate" | "byobu" => tmux(cx),
        "screen" => screen(cx),
        "zellij" => zellij(cx),
        "script" => script(cx),
        "expect" => expect(cx),
        "at" | "batch" => at_queue(cx),
        "xterm"
        | "gnome-terminal"
        | "konsole"
        | "alacritty"
        | "kitty"
        | "urxvt"
        | "foot"
        | "wezterm"
        | "x-terminal-emulator"
        | "terminator"
        | "xfce4-terminal" => terminal(cx),
        _ => return None,
    })
}

/// One word is text for a shell, several are a program.
fn either(label: &str, words: &[Arg], span: Span) -> Option<Step> {
    match words {
        [only] => Some(Cx::shell(label, &only.value, only.span)),
        [] => None,
        _ => Cx::words(label, words)
            .map(|step| Step { label: label.to_owned(), ..step })
            .or_else(|| Some(Cx::shell(label, &join(words), span))),
    }
}

/// Shell text that is not run by `sh` but typed into whatever shell is there.
fn typed(label: &str, text: Value, span: Span) -> Option<Step> {
    let blank = text.literal().is_some_and(|text| text.trim().is_empty());
    let inner = Inner::Shell { text, span, params: Vec::new(), dialect: Dialect::Bash };
    (!blank).then(|| Step::new(label, inner))
}

fn tmux(cx: &Cx<'_>) -> Vec<Step> {
    let found = walk(cx.args(), 0, "2 C c= D f= L= l N S= T= u U v V");
    if let Some(opt) = found.opts.iter().find(|opt| opt.name == "c") {
        return opt.value.as_ref().map(|text| Cx::shell("tmux", text, opt.span)).into_iter().collect();
    }
    let rest = cx.args().get(found.next..).unwrap_or_default();
    let commands = rest.split(|arg| arg.value.is(";") || arg.value.is("\\;"));
    commands.filter_map(<[Arg]>::split_first).flat_map(|(verb, words)| tmux_command(cx, verb, words, 0)).collect()
}

fn tmux_command(cx: &Cx<'_>, verb: &Arg, words: &[Arg], depth: usize) -> Vec<Step> {
    let verb = verb.value.text().into_owned();
    let is = |names: &[&str]| names.contains(&verb.as_str());
    let label = format!("tmux {verb}");
    let span = span_of(words, cx.inv.span);
    let opts = if is(&["new", "new-session"]) {
        "A D d E P X c= e= f= F= n= s= t= x= y="
    } else if is(&[
        "neww",
        "new-window",
        "splitw",
        "split-window",
        "respawnp",
        "respawn-pane",
        "respawnw",
        "respawn-window",
    ]) {
        "a b d f h I k P S v Z c= e= F= l= n= p= t="
    } else if is(&["popup", "display-popup"]) {
        "B C E N b= c= d= e= h= s= S= t= T= w= x= y="
    } else if is(&["run", "run-shell", "pipep", "pipe-pane", "if", "if-shell"]) {
        "b C E F I O o c= d= t="
    } else if is(&["send", "send-keys"]) {
        "F H K l M R X c= N= t="
    } else {
        return Vec::new();
    };
    let found = walk(words, 0, opts);
    let rest = words.get(found.next..).unwrap_or_default();
    if is(&["if", "if-shell"]) {
        let mut steps: Vec<Step> = if found.has("F") { None } else { rest.first() }
            .map(|text| Cx::shell(label.clone(), &text.value, text.span))
            .into_iter()
            .collect();
        for command in rest.iter().skip(1).filter(|_| depth < 2) {
            let parts = at(fields(&command.value), command.span);
            steps.extend(
                parts.split_first().map(|(verb, words)| tmux_command(cx, verb, words, depth + 1)).unwrap_or_default(),
            );
        }
        return steps;
    }
    let step = if is(&["send", "send-keys"]) {
        if found.has("X H M") { None } else { typed(&label, keys(rest, found.has("l")), span) }
    } else if is(&["run", "run-shell", "pipep", "pipe-pane", "if", "if-shell"]) {
        rest.first().filter(|_| !found.has("C F")).map(|text| Cx::shell(label.clone(), &text.value, text.span))
    } else {
        either(&label, rest, span)
    };
    step.map(|step| Step { chdir: found.value("c").cloned(), ..step }).into_iter().collect()
}

/// Key names and texts as they reach the terminal.
fn keys(words: &[Arg], literally: bool) -> Value {
    let mut text = Value::default();
    for word in words {
        let key = word.value.literal().filter(|_| !literally).unwrap_or("");
        let is_control = key.len() == 3 && (key.starts_with("C-") || key.starts_with("M-"));
        let named = [
            "Escape", "Up", "Down", "Left", "Right", "BSpace", "BTab", "Home", "End", "DC", "PageUp", "PageDown",
            "NPage", "PPage",
        ];
        match key {
            "Enter" | "KPEnter" | "C-m" | "C-M" | "C-j" => text.push_lit("\n"),
            "Space" => text.push_lit(" "),
            "Tab" => text.push_lit("\t"),
            _ if is_control || named.contains(&key) => text.push_lit("\n"),
            _ => text.push_value(&super::words::as_text(&word.value)),
        }
    }
    text
}

fn screen(cx: &Cx<'_>) -> Vec<Step> {
    const OPTS: &str = "A a c= d? D? e= f h= i I l L Logfile= m n O p= q Q r? R? s= S= t= T= U v wipe x X -dm \
        -dmS= -DmS= -dRR= -ls -list -wipe";
    let found = walk(cx.args(), 0, OPTS);
    let rest = cx.args().get(found.next..).unwrap_or_default();
    if found.has("-ls -list -wipe v") {
        return Vec::new();
    }
    if has(&found.opts, "X") {
        let [verb, words @ ..] = rest else { return Vec::new() };
        let span = span_of(words, cx.inv.span);
        return match verb.value.literal() {
            Some("stuff") => {
                let mut text = join(words);
                for (written, key) in [("\\n", "\n"), ("\\r", "\n"), ("^M", "\n"), ("\\015", "\n"), ("\r", "\n")] {
                    text = super::words::replace(&text, written, &Value::lit(key)).0;
                }
                typed("screen -X stuff", text, span).into_iter().collect()
            }
            Some("exec" | "screen") => Cx::words("screen -X", words).into_iter().collect(),
            _ => Vec::new(),
        };
    }
    Cx::words("screen", rest).into_iter().collect()
}

/// `zellij run -- cmd`, `zellij action write-chars text`
fn zellij(cx: &Cx<'_>) -> Vec<Step> {
    let is = |word: &str| cx.args().iter().take(3).any(|arg| arg.value.is(word));
    if let (true, Some(text)) = (is("write-chars"), cx.args().last()) {
        return typed("zellij write-chars", text.value.clone(), text.span).into_iter().collect();
    }
    let Some(at) = cx.args().iter().position(|arg| arg.value.is("--")) else { return Vec::new() };
    Cx::words("zellij", cx.args().get(at + 1..).unwrap_or_default()).into_iter().collect()
}

/// util-linux: `script -c TEXT file`, BSD: `script file cmd words`.
fn script(cx: &Cx<'_>) -> Vec<Step> {
    const OPTS: &str = "a,append c,command= E,echo= e,return f,flush force B,log-io= I,log-in= O,log-out= \
        T,log-timing= \
        m,logging-format= o,output-limit= q,quiet t? h,help V,version F k r d p";
    let found = walk(cx.args(), 0, OPTS);
    if found.has("h V p") {
        return Vec::new();
    }
    if let Some(opt) = found.opts.iter().rev().find(|opt| opt.name == "c") {
        return opt.value.as_ref().map(|text| Cx::shell("script", text, opt.span)).into_iter().collect();
    }
    let behind = cx.args().get(found.next + 1..).unwrap_or_default();
    let late = walk(behind, 0, OPTS);
    if let Some(opt) = late.opts.iter().rev().find(|opt| opt.name == "c") {
        return opt.value.as_ref().map(|text| Cx::shell("script", text, opt.span)).into_iter().collect();
    }
    let words = behind.get(late.next..).unwrap_or_default();
    match Cx::words("script", words) {
        Some(step) => vec![step],
        None if cx.is_fed() => vec![Step::new("script", Inner::ShellStdin(Dialect::Sh))],
        None => Vec::new(),
    }
}

/// `at TIME` and `batch` read text for `sh`; `-f` names a file.
fn at_queue(cx: &Cx<'_>) -> Vec<Step> {
    let found = walk(cx.args(), 0, "b c d f= l m M q= r t= u= v V");
    if found.has("c d l r V") {
        return Vec::new();
    }
    let inner = match value(&found.opts, "f") {
        Some(path) => {
            let span = found.opts.iter().find(|opt| opt.name == "f").map_or(cx.inv.span, |opt| opt.span);
            Inner::ShellFile { path: path.clone(), span, params: Vec::new(), dialect: Dialect::Sh }
        }
        None if cx.is_fed() => Inner::ShellStdin(Dialect::Sh),
        None => return Vec::new(),
    };
    vec![Step::new(cx.name, inner)]
}

/// `xterm -e cmd words`, `gnome-terminal -- cmd`, `kitty cmd`.
fn terminal(cx: &Cx<'_>) -> Vec<Step> {
    let starts = ["-e", "-x", "--", "--command", "-hold"];
    for (index, arg) in cx.args().iter().enumerate() {
        if let Some(text) = super::words::strip_front(&arg.value, "--command=") {
            return vec![Cx::shell(cx.name, &text, arg.span)];
        }
        if starts.iter().any(|start| arg.value.is(start)) && !arg.value.is("-hold") {
            let rest = cx.args().get(index + 1..).unwrap_or_default();
            return either(cx.name, rest, cx.inv.span).into_iter().collect();
        }
    }
    Vec::new()
}

/// `expect -c SCRIPT`: what `spawn`, `exec` and `system` start, and what is sent to a shell.
fn expect(cx: &Cx<'_>) -> Vec<Step> {
    let found = walk(cx.args(), 0, "b c= d D= f= i n N v");
    let mut steps = Vec::new();
    for opt in found.opts.iter().filter(|opt| opt.name == "c") {
        let Some(code) = &opt.value else { continue };
        match code.literal() {
            Some(code) => expect_script(cx, code, opt.span, &mut steps),
            None => steps.push(Step::new("expect", Inner::Hidden("expect -c".into()))),
        }
    }
    steps
}

/// `$env(NAME)` with the variable's value.
fn with_environment(cx: &Cx<'_>, code: &str) -> String {
    let mut out = String::new();
    let mut parts = code.split("$env(");
    out.push_str(parts.next().unwrap_or(""));
    for part in parts.take(200) {
        let (name, rest) = part.split_once(')').unwrap_or((part, ""));
        match cx.var(name) {
            Some(value) => out.push_str(&value.text()),
            None if name == "HOME" => out.push_str(cx.world.home()),
            None => out.extend(["$", name]),
        }
        out.push_str(rest);
    }
    out
}

/// Reads Tcl by the line: enough for the scripts that people write for expect.
fn expect_script(cx: &Cx<'_>, code: &str, span: Span, steps: &mut Vec<Step>) {
    let mut shell: Option<Option<String>> = None;
    let code = with_environment(cx, code);
    for line in code.split(['\n', ';', '{', '}', '[', ']']).map(str::trim).take(400) {
        let (verb, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        match verb {
            "spawn" | "exec" => {
                let words: Vec<String> =
                    fields(&Value::lit(rest)).iter().map(|word| word.text().into_owned()).collect();
                let words: Vec<Arg> = words
                    .into_iter()
                    .skip_while(|word| word.starts_with('-'))
                    .map(|word| Arg::lit(word, span))
                    .collect();
                let Some(program) = words.first().and_then(|arg| arg.value.literal()) else { continue };
                if program.starts_with('$') {
                    steps.push(Step::new("expect", Inner::Hidden(format!("expect {line}"))));
                    continue;
                }
                let name = program.rsplit('/').next().unwrap_or(program);
                shell = match name {
                    "ssh" => Some(
                        words
                            .iter()
                            .skip(1)
                            .find_map(|arg| arg.value.literal().filter(|word| word.contains('@')).map(str::to_owned)),
                    ),
                    "su" | "sudo" => Some(None),
                    name if super::Dialect::of_name(name).is_some() => Some(None),
                    _ => None,
                };
                steps.extend(Cx::words("expect", &words));
            }
            "system" => steps.push(Cx::shell("expect", &Value::lit(rest.trim_matches(['"', '{', '}'])), span)),
            "send" | "exp_send" => {
                let text = rest.trim_start_matches("-- ").trim_matches('"').replace("\\r", "\n").replace("\\n", "\n");
                if let (Some(place), Some(mut step)) = (&shell, typed("expect send", Value::lit(text), span)) {
                    step.remote =
                        place.as_ref().map(|place| format!("ssh:{}", place.rsplit('@').next().unwrap_or(place)));
                    steps.push(step);
                }
            }
            _ => {}
        }
    }
}
