//! What is fuzzed: three functions over bytes that must not fail, whatever the bytes. The fuzz targets, the plain test
//! over the seeds and the properties all call these. The world is a table; nothing on the machine is asked.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "each caller uses its part; a failure is a panic"
)]

use std::sync::LazyLock;

use wardsh::effects;
use wardsh::policy::bundle::Bundle;
use wardsh::policy::decision::ActorKind;
use wardsh::policy::load::{Checks, Source, load};
use wardsh::policy::located::Problem;
use wardsh::policy::{self, Actor, Context, Policy, RuleSet, Verdict, condition, file};
use wardsh::syntax::{self, Analysis, PathKind, Span, Tracked, World, bytes};

/// A machine in a table: a workspace with a few files, a home, and nothing else.
pub(crate) struct TableWorld;

/// Files and their content; folders are what stands above them.
const FILES: &[(&str, &str)] = &[
    ("/home/me/work/.git/HEAD", "ref: refs/heads/main\n"),
    ("/home/me/work/Makefile", "all:\n\techo built\nclean:\n\trm -rf build\n"),
    ("/home/me/work/package.json", "{\"scripts\": {\"build\": \"tsc\", \"reset\": \"rm -rf dist\"}}"),
    ("/home/me/work/a.txt", "a\n"),
    ("/home/me/work/run.sh", "#!/bin/sh\nset -e\nls \"$1\"\n"),
    ("/home/me/work/src/main.py", "print('x')\n"),
    ("/home/me/.bashrc", "alias ll='ls -l'\n"),
    ("/etc/hosts", "127.0.0.1 localhost\n"),
    ("/usr/bin/ls", ""),
];

impl World for TableWorld {
    fn cwd(&self) -> &'static str {
        "/home/me/work"
    }
    fn home(&self) -> &'static str {
        "/home/me"
    }
    fn home_of(&self, user: &str) -> Option<String> {
        (user == "root").then(|| "/root".to_owned())
    }
    fn workspace(&self) -> Option<&str> {
        Some("/home/me/work")
    }
    fn var(&self, name: &str) -> Option<String> {
        let known = [("HOME", "/home/me"), ("PATH", "/usr/bin:/bin"), ("PWD", "/home/me/work"), ("USER", "me")];
        known.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }
    fn var_names(&self) -> Vec<String> {
        ["HOME", "PATH", "PWD", "USER"].map(str::to_owned).to_vec()
    }
    fn alias(&self, _name: &str) -> Option<String> {
        None
    }
    fn function(&self, _name: &str) -> Option<String> {
        None
    }
    fn kind(&self, path: &str) -> PathKind {
        let path = syntax::paths::join("/", path);
        let inside = format!("{}/", path.trim_end_matches('/'));
        if FILES.iter().any(|(file, _)| *file == path) {
            PathKind::File
        } else if path == "/" || FILES.iter().any(|(file, _)| file.starts_with(&inside)) {
            PathKind::Dir
        } else {
            PathKind::Missing
        }
    }
    fn real_path(&self, path: &str) -> String {
        syntax::paths::join("/", path)
    }
    fn glob(&self, pattern: &str, limit: usize) -> Vec<String> {
        let Some(folder) = pattern.strip_suffix("/*") else { return Vec::new() };
        self.list(folder, limit).into_iter().map(|name| format!("{folder}/{name}")).collect()
    }
    fn list(&self, dir: &str, limit: usize) -> Vec<String> {
        let inside = format!("{}/", dir.trim_end_matches('/'));
        let inner = FILES.iter().filter_map(|(file, _)| file.strip_prefix(&inside));
        let mut names: Vec<String> = inner.filter_map(|rest| rest.split('/').next()).map(str::to_owned).collect();
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names.dedup();
        names.truncate(limit);
        names
    }
    fn read(&self, path: &str, max: usize) -> Option<Vec<u8>> {
        let (_, content) = FILES.iter().find(|(file, _)| *file == path)?;
        (content.len() <= max).then(|| content.as_bytes().to_vec())
    }
    fn which(&self, program: &str) -> Option<String> {
        (!program.contains('/')).then(|| format!("/usr/bin/{program}"))
    }
    fn tracked(&self, path: &str) -> Option<Tracked> {
        path.starts_with("/home/me/work/").then_some(Tracked::Untracked)
    }
}

/// Reads bytes as a command line; every span must lie in the text.
pub(crate) fn grammar(input: &[u8]) -> Analysis {
    let text = bytes::decode(input).text;
    let line = syntax::analyse(&text, &TableWorld, false);
    for inv in &line.invocations {
        let words = inv.args.iter().chain([inv.program.word()]).map(|arg| arg.span);
        for span in words.chain(inv.redirects.iter().map(|redirect| redirect.span)).chain([inv.span]) {
            within(span, text.len());
        }
    }
    line.assigns.iter().for_each(|assign| within(assign.span, text.len()));
    line.unresolved.iter().for_each(|gap| within(gap.span, text.len()));
    line
}

fn within(span: Span, len: usize) {
    assert!(span.start <= span.end && span.end <= len, "{span:?} in {len} bytes");
}

/// Reads bytes as a rule pack and as a policy file: complaints have a place, what is accepted can be stored.
pub(crate) fn rules(input: &[u8]) -> Vec<Problem> {
    let text = String::from_utf8_lossy(input);
    let source = Source { file: "fuzz.yaml", text: &text };
    let checks = Checks { built_in: false, examples: 0, condition: &condition::check, taken: &|_| false };
    let loaded = load(&[source], &checks);
    let bundle = Bundle::build(&loaded.rules, &loaded.programs).unwrap();
    assert_eq!(bundle.len(), loaded.rules.len());
    for rule in &loaded.rules {
        assert_eq!(bundle.by_id(&rule.id).unwrap().id, rule.id);
    }
    let mut problems = loaded.problems;
    problems.extend(file::read(source, &condition::check).err().unwrap_or_default());
    for problem in &problems {
        assert!(problem.to_string().starts_with("fuzz.yaml"), "{problem}");
    }
    problems
}

/// Judges bytes as an agent's line under the built-in rules.
pub(crate) fn judge(input: &[u8]) -> Verdict {
    static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::builtin().unwrap());
    static POLICY: LazyLock<Policy> = LazyLock::new(Policy::built_in);
    let text = bytes::decode(input).text;
    let line = effects::analyse(&text, &TableWorld, false);
    let found = effects::effects(&line, &TableWorld, &[]);
    let actor = Actor { kind: ActorKind::Agent, ..Actor::default() };
    let env = |name: &str| TableWorld.var(name);
    let context = Context {
        command: &text,
        actor: &actor,
        user: "me",
        host: "table",
        cwd: "/home/me/work",
        env: &env,
        environment: None,
        branch: Some("main"),
        kube: None,
        now: None,
    };
    let verdict = policy::judge(&RULES, &POLICY, &line, &found, &context);
    verdict.effects.iter().for_each(|effect| within(effect.span, text.len()));
    verdict.matches.iter().for_each(|found| within(found.span, text.len()));
    verdict.unresolved.iter().for_each(|gap| within(gap.span, text.len()));
    let strictest = verdict.matches.iter().filter(|found| found.exception.is_none()).map(|found| found.decision).max();
    assert!(verdict.decision >= strictest.unwrap_or_default(), "{verdict:?}");
    let json = serde_json::to_string(&verdict).unwrap();
    assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict);
    verdict
}

/// Masks bytes whole, byte by byte, and in pieces whose sizes the bytes themselves say: always the same.
pub(crate) fn mask(input: &[u8]) -> Vec<u8> {
    use std::sync::{Arc, Mutex};
    use wardsh::mask::{Known, Masker, Rules, Selection, Surface, Tagger};
    static RULES: LazyLock<Arc<Rules>> = LazyLock::new(|| {
        let on = wardsh::mask::builtin::rules().into_iter().map(|rule| rule.label).collect();
        Arc::new(Rules::builtin(&Selection { on, ..Selection::default() }))
    });
    let mut known = Known::new();
    for value in ["tok-tok-9f3", "known-value-0042", "deploy-token-2026"] {
        known.add_plain("env", value.as_bytes());
    }
    let (known, tagger) = (Arc::new(Mutex::new(known)), Arc::new(Tagger::new([1; 32], [2; 32])));
    let masked = |pieces: &mut dyn Iterator<Item = &[u8]>| {
        let (known, tagger) = (Arc::clone(&known), Arc::clone(&tagger));
        let mut masker = Masker::new(Arc::clone(&RULES), known, tagger, Surface::Line);
        let mut out = Vec::new();
        pieces.for_each(|piece| masker.feed(piece, &mut out));
        masker.finish(&mut out);
        out
    };
    let whole = masked(&mut std::iter::once(input));
    assert!(whole == masked(&mut input.chunks(1)), "byte by byte");
    let mut rest = input;
    let mut pieces = std::iter::from_fn(|| {
        let size = usize::from(*rest.first()?).clamp(1, rest.len());
        let (piece, more) = rest.split_at(size);
        rest = more;
        Some(piece)
    });
    assert!(whole == masked(&mut pieces), "in pieces");
    whole
}
