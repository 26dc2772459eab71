//! The one place where the stages meet: judge → decide → run.
//!
//! Every entry point walks this way. Settings, the world and the actor come in; a [`Judgement`] comes out. A panic in
//! a stage becomes a refusal here, and nowhere else.
#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::effects::{self, Effect};
use crate::policy::context::Now;
use crate::policy::{self, Actor, Context, Decision, Policy, RuleSet, Verdict};
use crate::request::{self, Action};
use crate::store::RealWorld;
use crate::syntax::{self, Analysis, Setting, World, bytes};

/// Stack for what is nested deep; address space only, touched as needed.
const LARGE_STACK: usize = 256 << 20;

/// What all lines of one process share.
pub struct Session {
    /// Rules of all layers.
    pub rules: RuleSet,
    /// The resolved policy.
    pub policy: Policy,
    /// The inherited environment, as taken once at start.
    pub vars: Vec<(String, String)>,
    /// The machine's name.
    pub host: String,
    /// The user's name.
    pub user: String,
    /// The user's number.
    pub uid: u32,
    /// The real user's home folder.
    pub home: String,
    /// The local time, for conditions and what expires.
    pub now: Option<Now>,
}

/// One line to be judged.
#[derive(Clone, Debug)]
pub struct Submission<'a> {
    /// The line's bytes.
    pub command: &'a [u8],
    /// Where it starts; absolute.
    pub cwd: &'a str,
    /// Who submits it.
    pub actor: &'a Actor,
    /// The real shell and its options; empty where nothing is run.
    pub shell: &'a [Vec<u8>],
}

/// What was found, and what was made of it.
#[derive(Debug)]
pub struct Judgement {
    /// The verdict, spans in bytes of the submission.
    pub verdict: Verdict,
    /// What the line would start; spans as in the decoded text.
    pub line: Analysis,
}

impl Session {
    /// Judges one line. Never fails: what goes wrong inside is a refusal that says so.
    pub fn judge(&self, submission: &Submission<'_>) -> Judgement {
        self.judge_in(submission, &Setting::default(), &self.vars)
    }

    /// As [`Session::judge`], for text that stands in a file, maybe for another machine whose environment is `vars`.
    pub fn judge_in(&self, submission: &Submission<'_>, at: &Setting, vars: &[(String, String)]) -> Judgement {
        let decoded = bytes::decode(submission.command);
        let whole = || self.judge_here(submission, &decoded, at, vars);
        let roomy = Setting { large_stack: true, ..at.clone() };
        let deep = || self.judge_here(submission, &decoded, &roomy, vars);
        let outcome = if syntax::wants_large_stack(&decoded.text) {
            std::thread::scope(|scope| {
                std::thread::Builder::new()
                    .stack_size(LARGE_STACK)
                    .spawn_scoped(scope, deep)
                    .map_or_else(|_| catch_unwind(AssertUnwindSafe(whole)), std::thread::ScopedJoinHandle::join)
            })
        } else {
            catch_unwind(AssertUnwindSafe(whole))
        };
        outcome.unwrap_or_else(|_| self.broken(submission, &decoded.text))
    }

    fn judge_here(
        &self,
        submission: &Submission<'_>,
        decoded: &bytes::Decoded<'_>,
        at: &Setting,
        vars: &[(String, String)],
    ) -> Judgement {
        let world = RealWorld::with_home(vars.to_vec(), submission.cwd, &self.home);
        let line = effects::analyse_in(&decoded.text, &world, at);
        let protect: Vec<String> = self.policy.protect.iter().map(|place| place.value.clone()).collect();
        let found = effects::effects(&line, &world, &protect);
        let branch = facts::branch(&world);
        let kube = facts::kube_context(&world, &line);
        let env = |name: &str| world.var(name);
        let context = Context {
            command: &decoded.text,
            actor: submission.actor,
            user: &self.user,
            host: &self.host,
            cwd: submission.cwd,
            env: &env,
            environment: None,
            branch: branch.as_deref(),
            kube: kube.as_deref(),
            now: self.now,
        };
        let mut verdict = policy::judge(&self.rules, &self.policy, &line, &found, &context);
        verdict.digest = self
            .action(submission, &line, &found, &world, &[("git.branch", &branch), ("kube.context", &kube)])
            .digest();
        finish(&mut verdict, submission, decoded);
        Judgement { verdict, line }
    }

    fn action(
        &self,
        submission: &Submission<'_>,
        line: &Analysis,
        found: &[Effect],
        world: &RealWorld,
        facts: &[(&str, &Option<String>)],
    ) -> Action {
        let mut programs: Vec<(String, String, Option<(u64, u64)>)> = Vec::new();
        for inv in line.invocations.iter().filter(|inv| inv.remote.is_none()) {
            let Some(name) = inv.program.value.literal() else { continue };
            if programs.iter().any(|(known, ..)| known == name) {
                continue;
            }
            let path = if name.contains('/') { Some(name.to_owned()) } else { world.which(name) };
            let identity = path.as_deref().and_then(|path| world.identity(path));
            programs.push((name.to_owned(), path.unwrap_or_default(), identity));
        }
        let mut targets: Vec<String> =
            found.iter().map(|effect| format!("{} {} {}", effect.kind.as_str(), effect.scope, effect.target)).collect();
        targets.sort();
        targets.dedup();
        let mut environment: Vec<(String, String)> =
            self.vars.iter().filter(|(name, _)| is_code_variable(name)).cloned().collect();
        environment.sort();
        Action {
            command: submission.command.to_vec(),
            shell: submission.shell.to_vec(),
            programs,
            cwd: submission.cwd.as_bytes().to_vec(),
            host: self.host.clone(),
            uid: self.uid,
            actor: (submission.actor.kind.as_str().to_owned(), submission.actor.name.clone()),
            environment,
            reads: line.reads.iter().map(|read| (read.path.clone(), request::sha256(&read.content))).collect(),
            targets,
            facts: facts
                .iter()
                .filter_map(|(name, value)| Some(((*name).to_owned(), value.as_ref()?.clone())))
                .collect(),
            policy: self.policy.fingerprint(),
        }
    }

    /// What is said where a stage has panicked: a refusal, whatever the policy.
    fn broken(&self, submission: &Submission<'_>, text: &str) -> Judgement {
        let verdict = Verdict::failed(text, submission.cwd, submission.actor);
        Judgement { verdict, line: Analysis::default() }
    }
}

/// Puts the submission's own bytes and offsets into a verdict.
fn finish(verdict: &mut Verdict, submission: &Submission<'_>, decoded: &bytes::Decoded<'_>) {
    if decoded.is_utf8() {
        return;
    }
    verdict.command = String::from_utf8_lossy(submission.command).into_owned();
    verdict.command_b64 = Some(STANDARD.encode(submission.command));
    for effect in &mut verdict.effects {
        effect.span = decoded.original(effect.span);
    }
    for found in &mut verdict.matches {
        found.span = decoded.original(found.span);
    }
    for gap in &mut verdict.unresolved {
        gap.span = decoded.original(gap.span);
    }
}

/// Variables that programs take for code or arguments (design 2.1): part of what a line means.
fn is_code_variable(name: &str) -> bool {
    const NAMES: [&str; 24] = [
        "BASH_ENV",
        "ENV",
        "ZDOTDIR",
        "PROMPT_COMMAND",
        "PS4",
        "SHELLOPTS",
        "BASHOPTS",
        "PATH",
        "CDPATH",
        "IFS",
        "PAGER",
        "EDITOR",
        "VISUAL",
        "LESSOPEN",
        "LESSCLOSE",
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "NODE_OPTIONS",
        "MAKEFLAGS",
        "TAR_OPTIONS",
        "PERL5OPT",
        "RUBYOPT",
        "KUBECONFIG",
        "HOME",
    ];
    const PREFIXES: [&str; 6] = ["LD_", "DYLD_", "GIT_", "TF_CLI_ARGS", "BASH_FUNC_", "AWS_PROFILE"];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || name.ends_with("_EDITOR")
}

/// Says whether a line may run without anybody being asked.
#[must_use]
pub fn runs(decision: Decision) -> bool {
    decision <= Decision::Warn
}

/// Facts of the context that conditions may ask for.
mod facts {
    use crate::syntax::{Analysis, World, paths};

    /// The branch that is checked out where the line starts.
    pub(super) fn branch(world: &dyn World) -> Option<String> {
        let mut dir = world.cwd().to_owned();
        loop {
            let head = paths::join(&dir, ".git/HEAD");
            if let Some(text) = world.read(&head, 4_096) {
                let text = String::from_utf8_lossy(&text).into_owned();
                return text.trim().strip_prefix("ref: refs/heads/").map(str::to_owned);
            }
            if dir == "/" {
                return None;
            }
            dir = paths::join(&dir, "..");
        }
    }

    /// The cluster that the line talks to: `--context` in the line wins, else the client's current one. Read only
    /// where a client of a cluster is called.
    pub(super) fn kube_context(world: &dyn World, line: &Analysis) -> Option<String> {
        let clients = ["kubectl", "oc", "helm", "k9s", "kustomize", "argocd", "flux"];
        let inv = line.invocations.iter().find(|inv| inv.name().is_some_and(|name| clients.contains(&name)))?;
        let mut words = inv.words().flatten();
        while let Some(word) = words.next() {
            if matches!(word, "--context" | "--kube-context") {
                return words.next().map(str::to_owned);
            }
            if let Some(value) = word.strip_prefix("--context=").or_else(|| word.strip_prefix("--kube-context=")) {
                return Some(value.to_owned());
            }
        }
        let path = world.var("KUBECONFIG").unwrap_or_else(|| paths::join(world.home(), ".kube/config"));
        let text = world.read(path.split(':').next()?, 1 << 20)?;
        String::from_utf8_lossy(&text)
            .lines()
            .find_map(|line| line.strip_prefix("current-context:"))
            .map(|value| value.trim().trim_matches('"').to_owned())
    }
}
