//! Wrappers that run a command once for each of many inputs: xargs, find, fd, parallel, watch, entr.

use super::options::{has, value, walk};
use super::words::{at, fields, join, quoted, replace, span_of};
use super::{Cx, Inner, Step};
use crate::syntax::{Arg, Origin, Seg, Span, Stdin, Unknown, Value};

/// More known inputs than this are not run one by one.
const MOST_INPUTS: usize = 64;

pub(super) fn steps(cx: &Cx<'_>) -> Option<Vec<Step>> {
    let mut steps = match cx.name {
        "xargs" | "gxargs" => xargs(cx),
        "find" | "gfind" | "bfs" => find(cx),
        "fd" | "fdfind" => fd(cx),
        "parallel" | "sem" => parallel(cx),
        "watch" | "viddy" | "gwatch" => watch(cx),
        "entr" => entr(cx),
        "rg" => rg(cx),
        "watchexec" => watchexec(cx),
        _ => return None,
    };
    for step in &mut steps {
        step.repeated = true;
    }
    Some(steps)
}

/// The invocations whose output is the input.
fn feeders(cx: &Cx<'_>) -> Vec<usize> {
    match &cx.inv.stdin {
        Stdin::Pipe(from) => from.clone(),
        Stdin::Text(text) => text.sources().collect(),
        _ => Vec::new(),
    }
}

fn appended(from: Vec<usize>, quoted: bool, may_be_empty: bool) -> Value {
    let mut value = Value::default();
    value.push(Seg::Unknown(Unknown { origin: Origin::Appended(from), quoted, may_be_empty, token: false }));
    value
}

/// How xargs cuts and uses its input.
struct Xargs {
    /// The token that `-I` replaces.
    token: Option<String>,
    /// Items (or lines) per run.
    per_run: Option<usize>,
    items: Option<Vec<Vec<Value>>>,
}

fn xargs(cx: &Cx<'_>) -> Vec<Step> {
    const OPTS: &str = "0,null a,arg-file= d,delimiter= E= e,eof? I= i,replace? J= L= l,max-lines? n,max-args= \
        o,open-tty \
        P,max-procs= p,interactive process-slot-var= R= r,no-run-if-empty s,max-chars= S= t,verbose x,exit show-limits \
        help version";
    let found = walk(cx.args(), 0, OPTS);
    let command = cx.args().get(found.next..).unwrap_or_default();
    if command.is_empty() || found.has("help version") {
        return Vec::new();
    }
    let number = |names: &str| found.value(names).and_then(|value| value.literal()?.parse::<usize>().ok());
    let token = if found.has("i") {
        found.value("i").map_or(Some("{}".into()), text_of)
    } else {
        found.value("I J").and_then(text_of)
    };
    let per_line = token.is_some() || found.has("L l");
    let items = known_input(cx, &found).map(|text| cut(&text, &found, per_line));
    let per_run =
        if token.is_some() { Some(1) } else { number("n").or_else(|| number("L")).or(found.has("l").then_some(1)) };
    let xargs = Xargs { token, per_run, items };
    let mut steps: Vec<Step> = xargs
        .runs(cx)
        .into_iter()
        .filter_map(|input| Cx::words("xargs", &xargs.fill(command, &input, cx.inv.span)))
        .collect();
    for step in &mut steps {
        step.eats_stdin = !found.has("a");
    }
    steps
}

fn text_of(value: &Value) -> Option<String> {
    value.literal().map(str::to_owned)
}

/// The input, where the line itself says what it is.
fn known_input(cx: &Cx<'_>, found: &super::options::Walk) -> Option<String> {
    if found.has("a E e") {
        return None;
    }
    let Stdin::Text(text) = &cx.inv.stdin else { return None };
    text.literal().map(str::to_owned)
}

/// Cuts known input into lines of items.
fn cut(text: &str, found: &super::options::Walk, per_line: bool) -> Vec<Vec<Value>> {
    let delimiter = if found.has("0") {
        Some('\0')
    } else {
        found.value("d").and_then(|value| match value.literal()? {
            "\\n" => Some('\n'),
            "\\t" => Some('\t'),
            "\\0" => Some('\0'),
            text => text.chars().next(),
        })
    };
    if let Some(delimiter) = delimiter {
        let text = text.strip_suffix(delimiter).unwrap_or(text);
        return text.split(delimiter).take(MOST_INPUTS + 1).map(|item| vec![Value::lit(item)]).collect();
    }
    let whole = found.has("I i");
    let lines = text.lines().filter(|line| !line.trim().is_empty()).take(MOST_INPUTS + 1);
    let cut_line = |line: &str| {
        if whole {
            vec![Value::lit(line.trim_start().replace(['\'', '"', '\\'], ""))]
        } else {
            fields(&Value::lit(line))
        }
    };
    let lines: Vec<Vec<Value>> = lines.map(cut_line).collect();
    if per_line { lines } else { lines.into_iter().flatten().take(MOST_INPUTS + 1).map(|item| vec![item]).collect() }
}

impl Xargs {
    /// What each run gets; one run of something unknown where the input is not known.
    fn runs(&self, cx: &Cx<'_>) -> Vec<Vec<Value>> {
        let unknown = || vec![vec![appended(feeders(cx), self.token.is_some(), self.token.is_none())]];
        let Some(items) = &self.items else { return unknown() };
        if items.len() > MOST_INPUTS {
            return unknown();
        }
        let runs = items.chunks(self.per_run.unwrap_or(MOST_INPUTS).max(1));
        runs.map(|run| run.iter().flatten().cloned().collect()).collect()
    }

    /// The command with a run's input put in.
    fn fill(&self, command: &[Arg], input: &[Value], span: Span) -> Vec<Arg> {
        let mut words = command.to_vec();
        if let Some(token) = &self.token {
            let with = input.first().cloned().unwrap_or_default();
            for word in &mut words {
                word.value = replace(&word.value, token, &with).0;
            }
        } else {
            words.extend(at(input.to_vec(), span));
        }
        words
    }
}

/// `find … -exec … ;`: in the order they stand.
fn find(cx: &Cx<'_>) -> Vec<Step> {
    let args = cx.args();
    let is_expression = |arg: &Arg| {
        let word = arg.value.prefix();
        word.starts_with('-') && word.len() > 1 || matches!(word, "(" | "!" | ")" | ",")
    };
    let mut next = 0;
    while let Some(word) = args.get(next).map(|arg| arg.value.prefix()) {
        match word {
            "-H" | "-L" | "-P" | "-E" | "-X" | "-d" | "-s" | "-x" => next += 1,
            "-D" | "-f" => next += 2,
            _ if word.starts_with("-O") => next += 1,
            _ => break,
        }
    }
    let first = args.get(next..).unwrap_or_default();
    let paths = first.iter().position(is_expression).unwrap_or(first.len());
    let (paths, tests) = first.split_at_checked(paths).unwrap_or((first, &[]));
    let mut starts: Vec<Value> = paths.iter().map(|arg| arg.value.clone()).collect();
    if starts.is_empty() {
        starts.push(Value::lit("."));
    }
    if starts.len() > 8 || tests.iter().any(|arg| arg.value.is("-files0-from")) {
        starts = vec![Value::default()];
    }
    let mut steps = Vec::new();
    let mut at = 0;
    while let Some(action) = tests.get(at) {
        at += 1;
        let in_folder = action.value.is("-execdir") || action.value.is("-okdir");
        if !in_folder && !action.value.is("-exec") && !action.value.is("-ok") {
            continue;
        }
        let behind = tests.get(at..).unwrap_or_default();
        let end = behind
            .iter()
            .enumerate()
            .position(|(i, arg)| {
                arg.value.is(";")
                    || arg.value.is("+") && i > 0 && behind.get(i - 1).is_some_and(|arg| arg.value.is("{}"))
            })
            .unwrap_or(behind.len());
        // Past many actions the names of what is found are no longer worked out.
        let before = tests.get(..at - 1).filter(|before| before.len() < 400).unwrap_or_default();
        let command = behind.get(..end).unwrap_or_default();
        let mut names = known_names(before);
        if starts.len() * names.len() > 2 * MOST_NAMES {
            names = vec![None];
        }
        for (start, name) in starts.iter().flat_map(|start| names.iter().map(move |name| (start, name.as_deref()))) {
            steps.extend(find_step(command, action, start, (before, name), in_folder));
        }
        at += end + 1;
    }
    steps
}

fn find_step(
    command: &[Arg],
    action: &Arg,
    start: &Value,
    (tests, name): (&[Arg], Option<&str>),
    in_folder: bool,
) -> Option<Step> {
    let found = found_path(start, tests, name, in_folder);
    let mut words = command.to_vec();
    for word in &mut words {
        word.value = replace(&word.value, "{}", &found).0;
    }
    let mut step = Cx::words(format!("find {}", action.value.text()), &words)?;
    if in_folder {
        let mut folder = start.clone();
        folder.push(unknown_path(true));
        step.chdir = Some(folder);
    }
    Some(step)
}

fn unknown_path(may_be_empty: bool) -> Seg {
    Seg::Unknown(Unknown { origin: Origin::Appended(Vec::new()), quoted: true, may_be_empty, token: false })
}

/// What stands for `{}`: the start, something below it, and as much of the name as the tests before tell.
fn found_path(start: &Value, tests: &[Arg], name: Option<&str>, in_folder: bool) -> Value {
    let mut path = if in_folder { Value::lit(".") } else { start.clone() };
    if !path.segs().is_empty() && !path.suffix().ends_with('/') {
        path.push_lit("/");
    }
    let below = tests.iter().any(|arg| {
        ["-mindepth", "-iname", "-name", "-path", "-ipath", "-wholename", "-regex", "-iregex"]
            .iter()
            .any(|test| arg.value.is(test))
            || arg.value.is("f")
    });
    match name.map(|name| name.strip_prefix('*').ok_or(name)) {
        Some(Err(name)) => {
            if !in_folder {
                path.push(unknown_path(true));
                path.push_lit("/");
            }
            path.push_lit(name.trim_end_matches('*'));
            if name.ends_with('*') {
                path.push(Seg::Glob("*".to_owned()));
            }
        }
        Some(Ok(ending)) => {
            path.push(unknown_path(false));
            path.push_lit(ending);
        }
        None => path.push(unknown_path(!below)),
    }
    path
}

/// Most names that the matches of one search are followed with.
const MOST_NAMES: usize = 8;

/// The names that matches have; `None` for any.
fn known_names(tests: &[Arg]) -> Vec<Option<String>> {
    let words: Vec<&str> = tests.iter().map(|arg| arg.value.literal().unwrap_or("?")).collect();
    match grouped_names(&words) {
        Some(names) => names.into_iter().map(Some).collect(),
        None => vec![known_name(tests)],
    }
}

/// The names of `( -name a -o -name b )`, where nothing else in front is joined by *or*.
fn grouped_names(words: &[&str]) -> Option<Vec<String>> {
    let open = words.iter().position(|word| *word == "(")?;
    let close = words.iter().position(|word| *word == ")")?;
    let (inside, outside) = (words.get(open + 1..close)?, words.get(..open)?.iter().chain(words.get(close + 1..)?));
    let joins = |word: &&str| matches!(*word, "-o" | "-or" | "," | "(" | ")" | "!" | "-not" | "-name");
    if outside.clone().any(joins) {
        return None;
    }
    let mut names = Vec::new();
    for (at, term) in inside.chunks(3).enumerate() {
        match term {
            ["-name", name, "-o" | "-or"] if (at + 1) * 3 < inside.len() => names.push(*name),
            ["-name", name] if (at + 1) * 3 > inside.len() => names.push(*name),
            _ => return None,
        }
    }
    let known = names.len() <= MOST_NAMES && names.iter().all(|name| is_plain(name));
    known.then(|| names.into_iter().map(str::to_owned).collect())
}

/// Says whether a pattern is a name, the end of one behind `*`, or the front of one before `*`.
fn is_plain(name: &str) -> bool {
    let plain = name.strip_prefix('*').or(name.strip_suffix('*')).unwrap_or(name);
    !plain.is_empty() && !plain.contains(['*', '?', '[', '\\', '/'])
}

/// The name that every match has (`node_modules`, `*.pyc`), where one plain `-name` says so.
fn known_name(tests: &[Arg]) -> Option<String> {
    let words: Vec<&str> = tests.iter().map(|arg| arg.value.literal().unwrap_or("?")).collect();
    let negation = |word: &&str| matches!(*word, "!" | "-not");
    let mut pairs = words.iter().zip(words.iter().skip(1));
    if words.iter().any(|word| matches!(*word, "-o" | "-or" | ","))
        || pairs.any(|(not, of)| negation(not) && *of == "(")
    {
        return None;
    }
    let at = (0..words.len()).find(|&at| {
        words.get(at) == Some(&"-name") && !at.checked_sub(1).and_then(|before| words.get(before)).is_some_and(negation)
    })?;
    let name = *words.get(at + 1)?;
    is_plain(name).then(|| name.to_owned())
}

/// `fd [pattern] [path…] -x cmd`
fn fd(cx: &Cx<'_>) -> Vec<Step> {
    const OPTS: &str = "H I u s i g F a l L p d,max-depth= min-depth= exact-depth= E,exclude= t,type= \
        e,extension= S,size= \
        changed-within= changed-before= o,owner= format= batch-size= ignore-file= c,color= j,threads= max-results= q,quiet \
        hyperlink search-path= base-directory= path-separator= strip-cwd-prefix one-file-system hidden no-ignore";
    let args = cx.args();
    let Some(at) = args.iter().position(|arg| {
        arg.value.literal().is_some_and(|word| {
            matches!(word, "-x" | "-X" | "--exec" | "--exec-batch")
                || word.strip_prefix('-').is_some_and(|short| !short.starts_with('-') && short.ends_with(['x', 'X']))
        })
    }) else {
        return Vec::new();
    };
    let (before, behind) = (args.get(..at).unwrap_or_default(), args.get(at + 1..).unwrap_or_default());
    let (mut opts, mut operands, mut next) = (Vec::new(), Vec::new(), 0);
    while next < before.len() {
        let found = walk(before, next, OPTS);
        opts.extend(found.opts);
        operands.extend(before.get(found.next));
        next = found.next + 1;
    }
    let mut start = match operands.get(1..) {
        Some([path]) => path.value.clone(),
        Some([_, ..]) => Value::default(),
        _ => value(&opts, "search-path base-directory").cloned().unwrap_or(Value::lit(".")),
    };
    if !start.segs().is_empty() && !start.suffix().ends_with('/') {
        start.push_lit("/");
    }
    start.push(unknown_path(false));
    if let Some(extension) = value(&opts, "e") {
        start.push_lit(".");
        start.push_value(extension);
    }
    let end = behind.iter().position(|arg| arg.value.is(";")).unwrap_or(behind.len());
    Cx::words("fd --exec", &filled(behind.get(..end).unwrap_or_default(), &start)).into_iter().collect()
}

/// A command with `{}` and its relatives filled in; the value comes last where there is none.
fn filled(command: &[Arg], with: &Value) -> Vec<Arg> {
    let mut words = command.to_vec();
    let mut any = false;
    for word in &mut words {
        for token in ["{}", "{.}", "{//}", "{/.}", "{/}"] {
            let (value, found) = replace(&word.value, token, with);
            any |= found;
            word.value = value;
        }
    }
    if !any && let Some(span) = words.last().map(|arg| arg.span) {
        words.push(Arg { value: with.clone(), span });
    }
    words
}

/// GNU parallel: the words before `:::` are shell text, the words behind it (or standard input) fill it.
fn parallel(cx: &Cx<'_>) -> Vec<Step> {
    const OPTS: &str = "0,null a,arg-file= arg-sep= C,colsep= d,delimiter= E= eta bar progress halt= \
        halt-on-error= I= \
        J,profile= j,jobs,P,max-procs= joblog= k,keep-order L= l? load= m X n,max-args,N= q,quote r,no-run-if-empty \
        resume results= retries= S,sshlogin= slf,sshloginfile= semaphorename,id= shuf tag tagstring= tempdir,tmpdir= \
        timeout= t,verbose trim= u,ungroup wd,workdir= env= delay= memfree= nice= pipe block= pipepart spreadstdin dry-run,dryrun \
        will-cite citation help version fg bg wait line-buffer,lb linebuffer compress header= plus rpl= xargs s=";
    let found = walk(cx.args(), 0, OPTS);
    if found.has("dry-run citation help version wait") {
        return Vec::new();
    }
    let rest = cx.args().get(found.next..).unwrap_or_default();
    let is_source = |arg: &Arg| matches!(arg.value.prefix(), ":::" | ":::+" | "::::" | "::::+");
    let end = rest.iter().position(is_source).unwrap_or(rest.len());
    let (command, sources) = rest.split_at_checked(end).unwrap_or((rest, &[]));
    let mut steps = Vec::new();
    let inputs = inputs(cx, sources, found.has("a"));
    let text = join(command);
    let span = span_of(command, cx.inv.span);
    if cx.name == "sem" || found.has("pipe pipepart") {
        steps.push(Cx::shell("", &text, span));
    } else if command.is_empty() {
        match inputs {
            Some(inputs) => {
                steps.extend(inputs.iter().map(|words| Cx::shell("", &join(&at(words.clone(), span)), span)));
            }
            None => steps.push(Step::new("", Inner::ShellStdin(super::Dialect::Bash))),
        }
    } else {
        let inputs = inputs.unwrap_or_else(|| vec![vec![appended(feeders(cx), true, false)]]);
        let token = found.value("I").and_then(text_of).unwrap_or_else(|| "{}".into());
        steps.extend(inputs.iter().map(|words| Cx::shell("", &substituted(&text, &token, words), span)));
    }
    for step in &mut steps {
        "parallel".clone_into(&mut step.label);
        step.remote = found.value("S").filter(|host| !host.is(":")).map(|host| format!("ssh:{}", host.text()));
        step.eats_stdin = !found.has("pipe");
    }
    steps
}

/// Every combination of the words behind `:::`; `None` where the input is not in the words.
fn inputs(cx: &Cx<'_>, sources: &[Arg], from_file: bool) -> Option<Vec<Vec<Value>>> {
    if sources.is_empty() {
        let Stdin::Text(text) = &cx.inv.stdin else { return None };
        let lines = text.literal().filter(|_| !from_file)?.lines().map(|line| vec![Value::lit(line)]);
        let lines: Vec<_> = lines.take(MOST_INPUTS + 1).collect();
        return (lines.len() <= MOST_INPUTS).then_some(lines);
    }
    let mut runs: Vec<Vec<Value>> = vec![Vec::new()];
    for source in sources.split(|arg| arg.value.is(":::") || arg.value.is(":::+")).skip(1) {
        if runs.len().saturating_mul(source.len()) > MOST_INPUTS
            || source.iter().any(|arg| arg.value.prefix().starts_with("::::"))
        {
            return Some(vec![vec![appended(Vec::new(), true, false)]]);
        }
        runs = runs
            .iter()
            .flat_map(|run| source.iter().map(move |arg| [run.as_slice(), std::slice::from_ref(&arg.value)].concat()))
            .collect();
    }
    if sources.first().is_some_and(|arg| arg.value.prefix().starts_with("::::")) {
        return Some(vec![vec![appended(Vec::new(), true, false)]]);
    }
    Some(runs)
}

/// The text with one run's input put in, quoted as parallel does it; at the end where no token asks for it.
fn substituted(text: &Value, token: &str, input: &[Value]) -> Value {
    let whole = input.iter().enumerate().fold(Value::default(), |mut all, (index, value)| {
        if index > 0 {
            all.push_lit(" ");
        }
        all.push_value(&quoted(value));
        all
    });
    let mut out = text.clone();
    let mut any = false;
    let mut put = |token: &str, with: &Value| {
        let (value, found) = replace(&out, token, with);
        any |= found;
        out = value;
    };
    put(token, &whole);
    for token in ["{.}", "{//}", "{/.}", "{/}"] {
        put(token, &whole);
    }
    for (index, value) in input.iter().enumerate() {
        put(&format!("{{{}}}", index + 1), &quoted(value));
    }
    if !any {
        out.push_lit(" ");
        out.push_value(&whole);
    }
    out
}

/// `watch`: words joined into text for `sh -c`, unless `-x`.
fn watch(cx: &Cx<'_>) -> Vec<Step> {
    const OPTS: &str = "b,beep c,color C,no-color d,differences? e,errexit g,chgexit n,interval= p,precise \
        q,equexit= \
        r,no-rerun s,shotsdir= t,no-title w,no-wrap x,exec h,help v,version";
    let found = walk(cx.args(), 0, OPTS);
    let rest = cx.args().get(found.next..).unwrap_or_default();
    if rest.is_empty() || found.has("h v") {
        return Vec::new();
    }
    if found.has("x") {
        return Cx::words("watch", rest).into_iter().collect();
    }
    vec![Cx::shell("watch", &join(rest), span_of(rest, cx.inv.span))]
}

/// `entr cmd /_`: `/_` is the file that changed; `-s` takes text.
fn entr(cx: &Cx<'_>) -> Vec<Step> {
    let found = walk(cx.args(), 0, "a c d n p r s x z");
    let rest = cx.args().get(found.next..).unwrap_or_default();
    let file = appended(feeders(cx), true, false);
    let mut words = rest.to_vec();
    for word in &mut words {
        if word.value.is("/_") {
            word.value = file.clone();
        }
    }
    let mut steps: Vec<Step> = if found.has("s") {
        rest.first().map(|text| Cx::shell("entr", &text.value, text.span)).into_iter().collect()
    } else {
        Cx::words("entr", &words).into_iter().collect()
    };
    for step in &mut steps {
        step.eats_stdin = true;
    }
    steps
}

/// `rg --pre CMD`: run on every file.
fn rg(cx: &Cx<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for (index, arg) in cx.args().iter().enumerate() {
        let word = arg.value.prefix();
        let program = if arg.value.is("--") {
            break;
        } else if word == "--pre" {
            cx.args().get(index + 1).map(|arg| arg.value.clone())
        } else {
            super::words::strip_front(&arg.value, "--pre=")
        };
        let Some(program) = program.filter(|program| !program.is("")) else { continue };
        let words = [program, appended(Vec::new(), true, false)].map(|value| Arg { value, span: arg.span });
        steps.extend(Cx::words("rg --pre", &words));
    }
    steps
}

/// `watchexec [options] [--] cmd`: through a shell unless `-n` or `--shell=none`.
fn watchexec(cx: &Cx<'_>) -> Vec<Step> {
    const OPTS: &str = "w,watch= W,watch-non-recursive= F,watch-file= c,clear? o,on-busy-update= r,restart s,signal= \
        stop-signal= stop-timeout= d,debounce= stdin-quit p,postpone delay-run= poll? shell= n environment= e,exts= \
        f,filter= filter-file= j,filter-prog= i,ignore= ignore-file= fs-events= no-meta project-origin= workdir= E,env= \
        emit-events-to= N,notify q,quiet bell color= wrap-process= timings h,help V,version";
    let found = walk(cx.args(), 0, OPTS);
    let rest = cx.args().get(found.next..).unwrap_or_default();
    if rest.is_empty() || has(&found.opts, "h V") {
        return Vec::new();
    }
    let bare = found.has("n") || found.value("shell").is_some_and(|shell| shell.is("none"));
    let step = if bare {
        Cx::words("watchexec", rest)
    } else {
        Some(Cx::shell("watchexec", &join(rest), span_of(rest, cx.inv.span)))
    };
    step.map(|step| Step { chdir: found.value("workdir").cloned(), ..step }).into_iter().collect()
}
