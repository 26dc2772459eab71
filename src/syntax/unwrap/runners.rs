//! Tool runners: they prepare an environment and then run what stands in the words.

use super::engine::{self, Form, Table, Wrapper};
use super::options::walk;
use super::words::{join, span_of, split, strip_front};
use super::{Cx, Step};
use crate::syntax::{Arg, PathKind, Value};

const UV: &str = "with= with-editable= with-requirements= p,python= directory= project= group= extra= \
        only-group= no-group= \
    no-extra= env-file= package= from= index= i,index-url= extra-index-url= default-index= f,find-links= \
    P,upgrade-package= reinstall-package= cache-dir= config-file= index-strategy= keyring-provider= resolution= \
    prerelease= exclude-newer= link-mode= C,config-setting= no-build-package= no-binary-package= refresh-package= \
    color= allow-insecure-host= python-platform= w,with-executable-from= m,module s,script gui-script all-extras \
    no-project isolated frozen locked active no-sync offline n,no-cache q v no-dev dev all-groups U exact all-packages \
    spec= pip-args= torch-backend=";

/// What a table describes.
static TABLE: Table = Table::of(&[
    Wrapper::of(&["poetry"], "C,directory= P,project= q n v no-ansi no-cache no-plugins").sub("run").chdir("C"),
    Wrapper::of(&["pipenv"], "python= pypi-mirror= q v").sub("run"),
    Wrapper::of(&["pdm"], "p,project= c,config= s,site-packages json S no-throw v q l,list").sub("run").inert("l"),
    Wrapper::of(&["rye"], "pyproject= v q l,list").sub("run").inert("l"),
    Wrapper::of(&["pipx"], "spec= python= pip-args= no-cache pypackages verbose index-url= i=").sub("run"),
    Wrapper::of(
        &["conda", "mamba", "micromamba"],
        "n,name= p,prefix= v,verbose dev debug-wrapper-scripts cwd= \
        no-capture-output \
        live-stream r,root-prefix= e,env= a,attach= d,detach label= clean-env",
    )
    .sub("run")
    .chdir("cwd"),
    Wrapper::of(
        &["pixi"],
        "e,environment= manifest-path= frozen locked as-is clean-env skip-deps x,executable \
        no-install v q force-activate",
    )
    .sub("run|exec"),
    Wrapper::of(&["bundle", "bundler"], "gemfile= keep-file-descriptors no-color V r,retry=").sub("exec"),
    Wrapper::of(&["bundle", "bundler"], "").sub("e"),
    Wrapper::of(&["rbenv", "pyenv", "nodenv", "goenv", "jenv", "plenv", "phpenv", "asdf"], "").sub("exec"),
    Wrapper::of(&["rvm"], "").skip(1).also(|word| word == "do"),
    Wrapper::of(
        &["mise", "rtx"],
        "c,command= C,cd= E,env= j,jobs= raw fresh-env no-prepare q v y env= \
        no-config no-env no-hooks",
    )
    .sub("exec|x")
    .text("c")
    .chdir("C")
    .form(Form::Dashes),
    Wrapper::of(&["direnv"], "").sub("exec").skip(1),
    Wrapper::of(
        &["devbox"],
        "c,config= e,env= env-file= pure q list recompute \
        all-projects",
    )
    .sub("run")
    .form(Form::Either),
    Wrapper::of(
        &["flox"],
        "d,dir= r,remote= t,trust c,command= s,start-services \
        print-script",
    )
    .sub("activate")
    .text("c")
    .form(Form::Dashes),
    Wrapper::of(
        &["guix"],
        "m,manifest= f,file= e,expression= D,development C,container N,network p,profile= P \
        L,load-path= u,user= preserve= E= \
        share= expose= pure check",
    )
    .sub("shell|environment")
    .form(Form::Dashes),
    Wrapper::of(
        &["dotenv", "dotenvx"],
        "e? p= f,file= q,quote= o,override c v,env= export V overload \
        convention= env-vault-file= k= strict \
        dotenv-path= ignore= quiet verbose",
    )
    .also(|word| word == "run")
    .form(Form::Dashes),
    Wrapper::of(
        &["env-cmd"],
        "f,file= r,rc-file= e,environments= x,expand-envs fallback no-override silent \
        use-shell verbose",
    ),
    Wrapper::of(&["cross-env", "cross-env-shell"], "").assigns("").form(Form::Words),
    Wrapper::of(
        &["op"],
        "env-file= no-masking account= session= cache config= debug format= \
        environment=",
    )
    .sub("run")
    .form(Form::Dashes),
    Wrapper::of(
        &["doppler"],
        "command= p,project= c,config= t,token= scope= config-dir= fallback= passphrase= \
        mount= mount-format= \
        mount-template= mount-max-reads= preserve-env? forward-signals name-transformer= only-secrets= watch silent \
        no-fallback fallback-only",
    )
    .sub("run")
    .text("command")
    .form(Form::Dashes),
    Wrapper::of(
        &["infisical"],
        "c,command= env= path= projectId= token= tags= domain= recursive expand silent \
        include-imports \
        watch project-config-dir= log-level=",
    )
    .sub("run")
    .text("c")
    .form(Form::Dashes),
    Wrapper::of(
        &["aws-vault"],
        "d,duration= n,no-session region= t,mfa-token= j,json s,server ecs-server \
        l,lazy stdout prompt= backend= debug",
    )
    .sub("exec")
    .skip(1),
    Wrapper::of(
        &["aws-okta", "saml2aws", "awsume", "granted"],
        "d= a= p= role= idp-account= exec-profile= t= \
        m= session-duration=",
    )
    .sub("exec")
    .also(|word| !word.starts_with('-'))
    .form(Form::Dashes),
    Wrapper::of(
        &["chamber"],
        "pristine strict b,backend= r,retries= \
        v,verbose",
    )
    .sub("exec")
    .skip(1)
    .form(Form::Dashes),
    Wrapper::of(&["teller"], "c,config= r,reset s,shell").sub("run").form(Form::Dashes),
    Wrapper::of(&["envconsul", "berglas"], "config= prefix= secret= exec= once pristine upcase").form(Form::Dashes),
    Wrapper::of(
        &["sops"],
        "background pristine user= same-process no-fifo filename= \
        input-type=",
    )
    .sub("exec-env|exec-file")
    .skip(1)
    .form(Form::Either),
    Wrapper::of(
        &["tox"],
        "e= c= r q v skip-pkg-install notest p= x= root= \
        workdir=",
    )
    .sub("exec|e")
    .form(Form::Dashes),
    Wrapper::of(
        &["lerna", "turbo", "nx"],
        "scope= ignore= concurrency= stream parallel no-bail no-prefix \
        since= profile projects= all=",
    )
    .sub("exec")
    .form(Form::Dashes),
    Wrapper::of(&["railway"], "s,service= e,environment= p,project=").sub("run"),
    Wrapper::of(
        &["nodemon"],
        "x,exec= e,ext= w,watch= i,ignore= d,delay= C V q L I s,signal= cwd= config= \
        spawn polling-interval=",
    )
    .text("x")
    .form(Form::Nothing),
    Wrapper::of(
        &["chokidar", "chokidar-cli", "onchange", "reflex"],
        "c,command= d,debounce= t,throttle= \
        i,ignore= initial silent p,polling r,regex= \
        R= g,glob= G= s e,exclude= v k",
    )
    .text("c")
    .form(Form::Dashes)
    .repeated(),
    Wrapper::of(
        &["concurrently", "conc"],
        "n,names= name-separator= c,prefix-colors= p,prefix= s,success= \
        m,max-processes= k,kill-others \
        kill-others-on-fail r,raw g,group i,handle-input timings restart-tries= restart-after= l,prefix-length= \
        t,timestamp-format= default-input-target= kill-signal= teardown= hide= no-color P,passthrough-arguments",
    )
    .text("")
    .form(Form::Each),
    Wrapper::of(
        &["wait-for-it", "wait-for-it.sh", "wait-for", "dockerize", "wait4x"],
        "h,host= p,port= \
        t,timeout= s,strict q,quiet \
        -wait= -timeout= -template= interval=",
    )
    .also(|word| word.contains(':'))
    .form(Form::Dashes),
]);

pub(super) fn steps(cx: &Cx<'_>) -> Option<Vec<Step>> {
    Some(match cx.name {
        "npx" | "bunx" | "pnpx" => npx(cx, cx.args()),
        "uv" | "uvx" => uv(cx),
        "hatch" => hatch(cx),
        "nix" => nix(cx),
        "direnv" if cx.args().first().is_some_and(|arg| arg.value.is("allow") || arg.value.is("permit")) => {
            vec![direnv(cx)]
        }
        "deno" => deno(cx)?,
        name if is_python(name) => module(cx)?,
        "nix-shell" => nix_shell(cx),
        "cargo" => [cargo_settings(cx), cargo_watch(cx)].concat(),
        "pip" | "pip3" => local_package(cx),
        "pipx" => packages(cx, engine::steps(cx, &TABLE)?),
        _ => return engine::steps(cx, &TABLE),
    })
}

/// `pip install .`: runs the folder's `setup.py`, where it has one.
fn local_package(cx: &Cx<'_>) -> Vec<Step> {
    let found = walk(cx.args(), 0, PIP);
    let rest = cx.args().get(found.next..).unwrap_or_default();
    let Some((_, words)) = rest.split_first().filter(|(verb, _)| verb.value.is("install") || verb.value.is("wheel"))
    else {
        return Vec::new();
    };
    let folders = words.iter().filter(|arg| arg.value.is(".") || arg.value.prefix().starts_with(['.', '/']));
    let scripts = folders.filter_map(|arg| {
        let bare = arg.value.literal()?.split('[').next()?.trim_end_matches('/');
        let script = if bare == "." { "setup.py".to_owned() } else { format!("{bare}/setup.py") };
        let there = cx.world.kind(&cx.path(&Value::lit(script.as_str()))?) == PathKind::File;
        let words = [Arg::lit("python3", arg.span), Arg::lit(script, arg.span), Arg::lit("install", arg.span)];
        there.then(|| Cx::words("pip install", &words)).flatten()
    });
    scripts.take(8).collect()
}

/// pip's options in front of its verb.
const PIP: &str = "q,quiet v,verbose proxy= timeout= retries= cache-dir= no-cache-dir isolated python= log= \
    disable-pip-version-check no-input no-color";

/// `direnv allow [FOLDER]`: its `.envrc` runs from now on.
fn direnv(cx: &Cx<'_>) -> Step {
    let given = cx.args().get(1);
    let mut path = given.map_or_else(Value::default, |arg| arg.value.clone());
    if path.suffix().rsplit('/').next() != Some(".envrc") {
        path.push_lit(if given.is_some() { "/.envrc" } else { ".envrc" });
    }
    let span = given.map_or(cx.inv.span, |arg| arg.span);
    Step::new("direnv", super::Inner::ShellFile { path, span, params: Vec::new(), dialect: super::Dialect::Bash })
}

/// What the packages' programs are called where the names differ.
const PROGRAMS: &[(&str, &str)] = &[
    ("@anthropic-ai/claude-code", "claude"),
    ("@openai/codex", "codex"),
    ("@google/gemini-cli", "gemini"),
    ("@qwen-code/qwen-code", "qwen"),
    ("@github/copilot", "copilot"),
    ("@sourcegraph/amp", "amp"),
    ("@angular/cli", "ng"),
    ("@nestjs/cli", "nest"),
    ("@vue/cli", "vue"),
    ("@railway/cli", "railway"),
    ("@sentry/cli", "sentry-cli"),
    ("@redocly/cli", "redocly"),
    ("@cloudflare/wrangler", "wrangler"),
    ("firebase-tools", "firebase"),
    ("netlify-cli", "netlify"),
    ("aws-cdk", "cdk"),
    ("typescript", "tsc"),
    ("opencode-ai", "opencode"),
    ("aider-chat", "aider"),
    ("trash-cli", "trash"),
];

/// `pkg@1.2` → the program it brings.
fn program_of(word: &Value) -> Value {
    let Some(text) = word.literal() else { return word.clone() };
    let bare = match text.rfind('@') {
        Some(at) if at > 0 => text.get(..at).unwrap_or(text),
        _ => text,
    };
    let bare = bare.split("==").next().unwrap_or(bare).split('[').next().unwrap_or(bare);
    Value::lit(PROGRAMS.iter().find(|(package, _)| *package == bare).map_or(bare, |(_, program)| *program))
}

/// The same steps with package names turned into programs.
fn packages(_: &Cx<'_>, mut steps: Vec<Step>) -> Vec<Step> {
    for step in &mut steps {
        if let super::Inner::Words(words) = &mut step.inner
            && let Some(first) = words.first_mut()
        {
            first.value = program_of(&first.value);
        }
    }
    steps
}

/// `npx [-y] [-p pkg] tool words`, `npx -c text`; also what stands behind `npm exec`, `pnpm dlx`, `bun x`.
pub(super) fn npx(cx: &Cx<'_>, args: &[Arg]) -> Vec<Step> {
    const OPTS: &str = "p,package= c,call= w,workspace= ws,workspaces y,yes no no-install q,quiet prefix= \
        cache= registry= \
        userconfig= npm= n,node-arg= node-options= ignore-existing shell? shell-auto-fallback? include-workspace-root \
        bun silent C,dir= filter= F= r,recursive parallel reporter= loglevel= shell-mode allow-build= b verbose";
    let found = walk(args, 0, OPTS);
    if let Some(opt) = found.opts.iter().find(|opt| opt.name == "c") {
        return opt.value.as_ref().map(|text| Cx::shell(cx.name, text, opt.span)).into_iter().collect();
    }
    let rest = args.get(found.next..).unwrap_or_default();
    packages(cx, Cx::words(cx.name, rest).into_iter().collect())
}

/// `uv run x`, `uv run script.py`, `uv run -m mod`, `uvx tool@1`, `uv tool run tool`.
fn uv(cx: &Cx<'_>) -> Vec<Step> {
    let args = cx.args();
    let outer = walk(args, 0, UV);
    let word = |at: usize| args.get(at).and_then(|arg| arg.value.literal());
    let (tool, from) = match (cx.name, word(outer.next), word(outer.next + 1)) {
        ("uvx", ..) => (true, 0),
        (_, Some("run"), _) => (false, outer.next + 1),
        (_, Some("tool"), Some("run")) => (true, outer.next + 2),
        _ => return Vec::new(),
    };
    let found = walk(args, from, UV);
    let rest = args.get(found.next..).unwrap_or_default();
    let Some(first) = rest.first() else { return Vec::new() };
    let mut words = rest.to_vec();
    if !tool {
        let python = Arg::lit("python", first.span);
        let is_script = first.value.suffix().rsplit_once('.').is_some_and(|(_, end)| end == "py")
            || first.value.is("-")
            || found.has("s");
        if found.has("m") {
            words.splice(0..0, [python, Arg::lit("-m", first.span)]);
        } else if is_script {
            words.insert(0, python);
        }
    }
    let mut steps: Vec<Step> = Cx::words(if tool { "uvx" } else { "uv run" }, &words).into_iter().collect();
    if tool {
        steps = packages(cx, steps);
    }
    let chdir = super::options::value(&outer.opts, "directory").or_else(|| found.value("directory"));
    for step in &mut steps {
        step.chdir = chdir.cloned();
    }
    steps
}

/// `hatch run [env:]cmd words`
fn hatch(cx: &Cx<'_>) -> Vec<Step> {
    const HATCH: Wrapper = Wrapper::of(&[], "e,env= p,project= v q data-dir= cache-dir= config= color").sub("run");
    let Some(reading) = engine::read(cx.args(), &HATCH) else { return Vec::new() };
    let mut words = reading.rest.to_vec();
    if let Some(first) = words.first_mut() {
        let parts = split(&first.value, ':');
        if let [env, program] = parts.as_slice()
            && env.literal().is_some_and(|env| env.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c)))
        {
            first.value = program.clone();
        }
    }
    Cx::words("hatch run", &words).into_iter().collect()
}

/// `nix develop -c cmd words`, `nix shell … --command cmd words`; options of nix end there.
fn nix(cx: &Cx<'_>) -> Vec<Step> {
    let args = cx.args();
    let verb = args.iter().find_map(|arg| arg.value.literal().filter(|word| !word.starts_with('-')));
    if verb == Some("run") {
        return nix_run(args).into_iter().collect();
    }
    if !matches!(verb, Some("develop" | "shell" | "env")) {
        return Vec::new();
    }
    let at = args.iter().position(|arg| ["-c", "--command"].iter().any(|name| arg.value.is(name)));
    let rest = at.and_then(|at| args.get(at + 1..)).unwrap_or_default();
    Cx::words("nix", rest).into_iter().collect()
}

/// `nix run nixpkgs#tool -- words`
fn nix_run(args: &[Arg]) -> Option<Step> {
    let (flake, name) = args.iter().find_map(|arg| Some((arg, arg.value.literal()?.rsplit_once('#')?.1)))?;
    let behind = args.iter().position(|arg| arg.value.is("--")).and_then(|at| args.get(at + 1..)).unwrap_or_default();
    let name = name.rsplit('.').next().unwrap_or(name);
    Cx::words("nix run", &[&[Arg::lit(name, flake.span)], behind].concat())
}

/// `deno run -A npm:tool@1 words`
fn deno(cx: &Cx<'_>) -> Option<Vec<Step>> {
    let at = cx.args().iter().position(|arg| arg.value.prefix().starts_with("npm:"))?;
    let runs = cx.args().first().is_some_and(|verb| verb.value.is("run") || verb.value.is("x") || at == 0);
    let (first, rest) = cx.args().get(at..).and_then(<[Arg]>::split_first).filter(|_| runs)?;
    let tool = Arg { value: strip_front(&first.value, "npm:")?, span: first.span };
    Some(packages(cx, Cx::words("deno run", &[&[tool], rest].concat()).into_iter().collect()))
}

fn is_python(name: &str) -> bool {
    name.strip_prefix("python").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.')) || name == "py"
}

/// Modules of which the program goes by another name, or runs other programs, or is known to the rules.
const MODULES: &[(&str, &str)] = &[
    ("awscli", "aws"),
    ("ansible", "ansible"),
    ("celery", "celery"),
    ("conda", "conda"),
    ("dvc", "dvc"),
    ("hatch", "hatch"),
    ("mlflow", "mlflow"),
    ("pdm", "pdm"),
    ("pip", "pip"),
    ("pipenv", "pipenv"),
    ("pipx", "pipx"),
    ("poetry", "poetry"),
    ("prefect", "prefect"),
    ("tox", "tox"),
    ("twine", "twine"),
    ("uv", "uv"),
];

/// `python -m pip words`: a module that is a tool by itself.
fn module(cx: &Cx<'_>) -> Option<Vec<Step>> {
    let found = walk(cx.args(), 0, "b B d E i I O P q s S u v x W= X= c= m= check-hash-based-pycs=");
    let opt = found.opts.iter().find(|opt| opt.name == "m" || opt.name == "c").filter(|opt| opt.name == "m")?;
    let name = opt.value.as_ref()?.literal()?;
    let (_, program) = MODULES.iter().find(|(module, _)| *module == name)?;
    let at = cx.args().iter().position(|arg| arg.span == opt.span)?;
    let rest = cx.args().get(at + 1..).unwrap_or_default();
    let step = Cx::words(format!("{} -m", cx.name), &[&[Arg::lit(*program, opt.span)], rest].concat());
    Some(step.into_iter().collect())
}

/// `nix-shell -p a b --run text`
fn nix_shell(cx: &Cx<'_>) -> Vec<Step> {
    let pairs = cx.args().windows(2).filter_map(|pair| match pair {
        [name, text] if name.value.is("--run") || name.value.is("--command") => Some(text),
        _ => None,
    });
    pairs.map(|text| Cx::shell("nix-shell", &text.value, text.span)).collect()
}

/// `cargo --config 'target.x.runner="cmd"'`: programs that cargo starts in the place of its own.
fn cargo_settings(cx: &Cx<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for (index, arg) in cx.args().iter().enumerate() {
        let given = match strip_front(&arg.value, "--config=") {
            Some(given) => given,
            None if arg.value.is("--") => break,
            None if arg.value.is("--config") => {
                cx.args().get(index + 1).map(|next| next.value.clone()).unwrap_or_default()
            }
            None => continue,
        };
        let Some((key, text)) = given.literal().and_then(|given| given.split_once('=')) else { continue };
        let names =
            ["runner", "rustc", "rustc-wrapper", "rustc-workspace-wrapper", "rustdoc", "linker", "credential-provider"];
        if key.trim().rsplit('.').next().is_some_and(|name| names.contains(&name.trim_matches('"'))) {
            let words: Vec<&str> =
                text.split(['[', ']', ',', '"', '\'']).map(str::trim).filter(|word| !word.is_empty()).collect();
            steps.extend(cx.hook("cargo --config", &Value::lit(words.join(" ")), arg.span));
        }
    }
    steps
}

/// `cargo watch -x 'test' -s 'text' -- cmd`
fn cargo_watch(cx: &Cx<'_>) -> Vec<Step> {
    const OPTS: &str = "x,exec= s,shell= w,watch= i,ignore= d,delay= features= use-shell= E,env= C,workdir= B= \
        L= N c q why \
        no-gitignore no-ignore no-vcs-ignores postpone no-restart watch-when-idle";
    let args = match cx.args().split_first() {
        Some((first, rest)) if first.value.prefix().starts_with('+') => rest,
        _ => cx.args(),
    };
    let Some((verb, args)) = args.split_first().filter(|(verb, _)| verb.value.is("watch")) else { return Vec::new() };
    let found = walk(args, 0, OPTS);
    let mut steps = Vec::new();
    for opt in &found.opts {
        match (opt.name.as_str(), &opt.value) {
            ("s", Some(text)) => steps.push(Cx::shell("", text, opt.span)),
            ("x", Some(words)) => {
                let mut text = Value::lit("cargo ");
                text.push_value(words);
                steps.push(Cx::shell("", &text, opt.span));
            }
            _ => {}
        }
    }
    let rest = args.get(found.next..).unwrap_or_default();
    if !rest.is_empty() {
        steps.push(Cx::shell("", &join(rest), span_of(rest, verb.span)));
    }
    for step in &mut steps {
        "cargo watch".clone_into(&mut step.label);
        step.repeated = true;
    }
    steps
}
