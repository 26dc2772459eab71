//! The one place where the stages meet: judge → decide → run.
//!
//! Every entry point walks this way. The machine and the actor come in; a [`Judgement`] comes out, then what was
//! decided. A panic in a stage becomes a refusal here, and nowhere else.
#![forbid(unsafe_code)]

mod wrapped;

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::config::{Kept, Origin, Settings};
use crate::effects::{self, Effect};
use crate::policy::context::Now;
use crate::policy::located::Problem;
use crate::policy::verdict::MatchOut;
use crate::policy::{self, Actor, Context, Decision, Severity, Verdict};
use crate::request::grant::{self, Circumstances};
use crate::request::{self, Action};
use crate::store::{self, CompiledStore, Grants, RealWorld, Refusal, Refusals, Trust};
use crate::syntax::{self, Analysis, PathKind, Setting, Span, World, bytes, paths};

/// Stack for what is nested deep; address space only, touched as needed.
const LARGE_STACK: usize = 256 << 20;
/// Folders whose projects have a say about one line.
const MAX_FOLDERS: usize = 16;

/// What all lines of one process share: who and where we are.
pub struct Machine {
    /// The inherited environment, as taken once at start.
    pub vars: Arc<HashMap<String, String>>,
    /// The machine's name.
    pub host: String,
    /// The user's name.
    pub user: String,
    /// The user's number.
    pub uid: u32,
    /// The real user's home folder, from the user database.
    pub home: String,
    /// The local time, for conditions and what expires.
    pub now: Option<Now>,
    /// `--config-dir`, in place of `~/.config/wardsh`.
    pub config_dir: Option<String>,
    /// The state folder.
    pub state_dir: PathBuf,
}

/// Judges lines on one machine.
pub struct Session {
    machine: Machine,
    trust: Trust,
    /// Settings that hold wherever a line runs.
    fixed: Option<Arc<Settings>>,
    settings: Mutex<HashMap<Vec<String>, Arc<Settings>>>,
    /// What sessions before this one have loaded.
    kept: Arc<Mutex<Kept>>,
    /// Faults in files do not stop lines: what was trusted before and the built-in rules hold then.
    tolerant: bool,
    /// Nobody looks at the digest of a line that runs without a question.
    lean: AtomicBool,
    /// The environment that the agent was started with.
    started_with: Option<Start>,
}

/// Looks up a variable in an environment.
type Start = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// One line to be judged.
#[derive(Clone, Copy, Debug)]
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
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The verdict, spans in bytes of the submission.
    pub verdict: Verdict,
    /// What the line would start; spans as in the decoded text.
    pub line: Analysis,
    /// The folder, and branch, cluster and the like, as far as they were looked at.
    pub context: Vec<(String, String)>,
    /// The settings it was judged by; none where judging itself has failed.
    pub settings: Option<Arc<Settings>>,
    /// The workspace that it starts in, else the folder; none where judging itself has failed.
    pub workspace: Option<String>,
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Policy files or rule packs have faults; each with its place.
    #[error("{}", list(.0))]
    Settings(Vec<Problem>),
    /// The binary's own rules cannot be read.
    #[error(transparent)]
    Damaged(#[from] policy::builtin::Damaged),
    /// The trust store cannot be read: what was trusted is not known, which is not the same as nothing.
    #[error("{path}: the trust store cannot be read: {source}", path = .0.display(), source = .1)]
    Trust(PathBuf, std::io::Error),
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl Session {
    /// Opens the state of a machine.
    ///
    /// # Errors
    /// The trust store is there and cannot be read.
    pub fn open(machine: Machine) -> Result<Self, Error> {
        let trust = Trust::open(&machine.state_dir)
            .map_err(|source| Error::Trust(machine.state_dir.join("trust.json"), source))?;
        Ok(Self {
            machine,
            trust,
            fixed: None,
            settings: Mutex::default(),
            kept: Arc::default(),
            tolerant: false,
            lean: AtomicBool::new(false),
            started_with: None,
        })
    }

    /// A session under given settings: no file of the machine's has a say.
    #[must_use]
    pub fn fixed(machine: Machine, settings: Settings) -> Self {
        Self {
            machine,
            trust: Trust::default(),
            fixed: Some(Arc::new(settings)),
            settings: Mutex::default(),
            kept: Arc::default(),
            tolerant: false,
            lean: AtomicBool::new(false),
            started_with: None,
        }
    }

    /// Judges lines although files have faults, under what was trusted before and the built-in rules: for a person's
    /// interactive shell, which starts all the same.
    #[must_use]
    pub fn tolerant(mut self) -> Self {
        self.tolerant = true;
        self
    }

    /// Leaves out the digest of what runs without a question: for whoever starts it and shows nothing of it.
    #[must_use]
    pub fn lean(self) -> Self {
        self.lean.store(true, Ordering::Relaxed);
        self
    }

    /// Gives everything its digest from now on: a line that no rule asks about turned out to be asked about.
    pub fn thorough(&self) {
        self.lean.store(false, Ordering::Relaxed);
    }

    /// Shares loaded settings with the sessions before and after: whoever judges line after line.
    #[must_use]
    pub fn keeping(mut self, kept: &Arc<Mutex<Kept>>) -> Self {
        self.kept = Arc::clone(kept);
        self
    }

    /// Adds what can be known of the environment that the agent at work was started with, asked for one variable at a
    /// time: unlike its own, no command has made it.
    #[must_use]
    pub fn started_with(mut self, start: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.started_with = Some(Box::new(start));
        self
    }

    /// Who and where we are.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// What humans have trusted.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Rules and policy for lines that touch these folders; absolute paths.
    ///
    /// # Errors
    /// The binary is damaged. Faults in files are listed in the settings.
    pub fn settings(&self, folders: &[&str]) -> Result<Arc<Settings>, Error> {
        if let Some(settings) = &self.fixed {
            return Ok(Arc::clone(settings));
        }
        let key: Vec<String> = folders.iter().map(|folder| (*folder).to_owned()).collect();
        let mut known = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(settings) = known.get(&key) {
            return Ok(Arc::clone(settings));
        }
        let vars: Vec<(String, String)> = crate::config::VARIABLES
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), self.machine.vars.get(*name)?.clone())))
            .collect();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let settings = kept.load(&Origin {
            home: &self.machine.home,
            vars: &vars,
            config_dir: self.machine.config_dir.as_deref(),
            system_dir: "/etc/wardsh",
            system_owner: 0,
            folders,
            trust: &self.trust,
            cache: &CompiledStore::new(&self.machine.state_dir),
        })?;
        known.insert(key, Arc::clone(&settings));
        Ok(settings)
    }

    /// Judges one line. What goes wrong inside a stage is a refusal that says so.
    ///
    /// # Errors
    /// Policy or rules cannot be relied on: nothing may run then.
    pub fn judge(&self, submission: &Submission<'_>) -> Result<Judgement, Error> {
        self.judge_in(submission, &Setting::default(), &self.machine.vars)
    }

    /// As [`Session::judge`], for text that stands in a file, maybe for another machine whose environment is `vars`.
    ///
    /// # Errors
    /// As there.
    pub fn judge_in(
        &self,
        submission: &Submission<'_>,
        at: &Setting,
        vars: &Arc<HashMap<String, String>>,
    ) -> Result<Judgement, Error> {
        let decoded = bytes::decode(submission.command);
        let mut judgement = match self.unwrapped(submission, &decoded.text, at, vars) {
            Some(wrapped) => {
                let mut judgement = self.judge_text(submission, &wrapped.command, &wrapped.setting, vars)?;
                wrapped::put_back(&wrapped.place, &mut judgement);
                judgement.line.reads.extend(wrapped.snapshot);
                judgement.verdict.command = decoded.text.clone().into_owned();
                judgement
            }
            None => self.judge_text(submission, &decoded.text, at, vars)?,
        };
        finish(&mut judgement.verdict, submission, &decoded);
        Ok(judgement)
    }

    /// Judges decoded text; spans are of that text.
    fn judge_text(
        &self,
        submission: &Submission<'_>,
        text: &str,
        at: &Setting,
        vars: &Arc<HashMap<String, String>>,
    ) -> Result<Judgement, Error> {
        let attempt = |large_stack| {
            let at = Setting { large_stack, ..at.clone() };
            catch_unwind(AssertUnwindSafe(|| self.judge_here(submission, text, &at, vars)))
        };
        let before = at.before.iter().chain(&at.script).any(|code| syntax::wants_large_stack(&code.text));
        let outcome = if before || syntax::wants_large_stack(text) {
            std::thread::scope(|scope| {
                std::thread::Builder::new()
                    .stack_size(LARGE_STACK)
                    .spawn_scoped(scope, || attempt(true))
                    .map_or_else(|_| attempt(false), |thread| thread.join().unwrap_or_else(Err))
            })
        } else {
            attempt(false)
        };
        outcome.unwrap_or_else(|_| {
            let verdict = Verdict::failed(text, submission.cwd, submission.actor);
            Ok(Judgement { verdict, line: Analysis::default(), context: Vec::new(), settings: None, workspace: None })
        })
    }

    fn judge_here(
        &self,
        submission: &Submission<'_>,
        text: &str,
        at: &Setting,
        vars: &Arc<HashMap<String, String>>,
    ) -> Result<Judgement, Error> {
        let machine = &self.machine;
        let world = RealWorld::with_home(Arc::clone(vars), submission.cwd, &machine.home)
            .with_interactive(at.interactive)
            .with_reader(at.reader.clone());
        let line = effects::analyse_in(text, &world, at);
        let folders = folders(submission.cwd, &line);
        let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
        let settings = self.settings(&folders)?;
        if !settings.problems.is_empty() && !self.tolerant {
            return Err(Error::Settings(settings.problems.clone()));
        }
        let protect: Vec<String> = settings.policy.protect.iter().map(|place| place.value.clone()).collect();
        let found = effects::effects(&line, &world, &protect);
        let branch = facts::branch(&world);
        let kube = facts::kube_context(&world, &line);
        let env = |name: &str| world.var(name);
        let context = Context {
            command: text,
            actor: submission.actor,
            user: &machine.user,
            host: &machine.host,
            cwd: submission.cwd,
            env: &env,
            environment: None,
            branch: branch.as_deref(),
            kube: kube.as_deref(),
            now: machine.now,
        };
        let mut verdict = policy::judge(&settings.rules, &settings.policy, &line, &found, &context);
        let facts = [("git.branch", branch), ("kube.context", kube)];
        let facts: Vec<(String, String)> =
            facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        if verdict.decision >= Decision::Ask || !self.lean.load(Ordering::Relaxed) {
            let fingerprint = settings.policy.fingerprint();
            verdict.digest = self.action(submission, &line, &found, &world, &facts, (fingerprint, at)).digest();
        }
        let mut context = facts;
        context.push(("cwd".to_owned(), submission.cwd.to_owned()));
        let workspace = effects::scope::workspace(&world).unwrap_or_else(|| submission.cwd.to_owned());
        Ok(Judgement { verdict, line, context, settings: Some(settings), workspace: Some(workspace) })
    }

    /// Says whether every file that a judgement rests on still says what it said. To be asked right before the program
    /// starts; what is read again by the program itself a moment later is its own affair.
    #[must_use]
    pub fn still_holds(&self, judgement: &Judgement) -> bool {
        // Other names than paths stand for what was handed to us.
        let mut files = judgement.line.reads.iter().filter(|read| read.path.starts_with('/')).peekable();
        if files.peek().is_none() {
            return true;
        }
        let world = RealWorld::with_home(Arc::clone(&self.machine.vars), &judgement.verdict.cwd, &self.machine.home);
        files.all(|read| match world.read(&read.path, read.content.len()) {
            Some(now) => now == read.content,
            // An empty one may not have been there.
            None => read.content.is_empty() && world.kind(&read.path) == PathKind::Missing,
        })
    }

    fn action(
        &self,
        submission: &Submission<'_>,
        line: &Analysis,
        found: &[Effect],
        world: &RealWorld,
        facts: &[(String, String)],
        (policy, at): (String, &Setting),
    ) -> Action {
        let known = Some(at.known.as_str()).filter(|known| !known.is_empty());
        let mut programs: Vec<(String, String, Option<(u64, u64)>)> = Vec::new();
        let mut known_programs = HashSet::new();
        for inv in line.invocations.iter().filter(|inv| inv.remote.is_none()) {
            let Some(name) = inv.program.value.literal() else { continue };
            if !known_programs.insert(name) {
                continue;
            }
            let path = if name.contains('/') { Some(name.to_owned()) } else { world.which(name) };
            let identity = path.as_deref().and_then(|path| world.identity(path));
            programs.push((name.to_owned(), path.unwrap_or_default(), identity));
        }
        let mut targets: Vec<String> = found
            .iter()
            .map(|effect| [effect.kind.as_str(), " ", &effect.scope.text(), " ", &effect.target].concat())
            .collect();
        targets.sort();
        targets.dedup();
        let mut environment: Vec<(String, String)> = self
            .machine
            .vars
            .iter()
            .filter(|(name, _)| is_code_variable(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        environment.sort();
        Action {
            command: submission.command.to_vec(),
            shell: submission.shell.to_vec(),
            programs,
            cwd: submission.cwd.as_bytes().to_vec(),
            host: self.machine.host.clone(),
            uid: self.machine.uid,
            actor: (submission.actor.kind.as_str().to_owned(), submission.actor.name.to_string()),
            environment,
            reads: line
                .reads
                .iter()
                .map(|read| (read.path.clone(), request::sha256(&read.content)))
                .chain(
                    known.map(|known| ("what names mean in the shell".to_owned(), request::sha256(known.as_bytes()))),
                )
                .collect(),
            targets,
            facts: facts.to_vec(),
            policy,
        }
    }

    /// Says whether grants for the session cover all that a line is asked about; their ids then.
    ///
    /// `process` is the one that the session hangs on ([`crate::config::who::session_process`]), `now` in seconds
    /// since 1970.
    #[must_use]
    pub fn granted(&self, judgement: &Judgement, process: (i32, u64), now: u64) -> Option<Vec<String>> {
        let at = Circumstances { process, context: &judgement.context };
        grant::covered(&Grants::new(&self.machine.state_dir).all(now), &judgement.verdict, &at, now)
    }

    /// Tightens a verdict by what was refused before in the same session.
    ///
    /// `key` names the session; it is only asked for where something was refused.
    pub fn tighten(&self, key: &dyn Fn() -> String, verdict: &mut Verdict) {
        if verdict.decision >= Decision::Ask || verdict.effects.is_empty() || !Refusals::any(&self.machine.state_dir) {
            return;
        }
        let before = Refusals::new(&self.machine.state_dir, &key()).all();
        if before.is_empty() {
            return;
        }
        let seal = store::installation_key(&self.machine.state_dir).unwrap_or_default();
        let again = verdict.effects.iter().find_map(|effect| {
            let old = before.iter().find(|old| old.covers(effect.kind, &effect.target, &seal))?;
            Some((effect.span, old.clone()))
        });
        let Some((span, old)) = again else { return };
        verdict.decision = Decision::Ask;
        let found = MatchOut {
            rule: "policy.refused-before".to_owned(),
            decision: Decision::Ask,
            severity: Severity::High,
            because: format!(
                "The same was refused earlier in this session by `{}`: {} {}.",
                old.rule,
                old.kind.as_str(),
                old.target
            ),
            instead: "Stop here and ask the person you work for; another way to the same end needs their word."
                .to_owned(),
            span,
            certainty: effects::Certainty::Certain,
            changed_by: None,
            exception: None,
        };
        verdict.matches.insert(0, found);
    }

    /// Remembers for the session named `key` that a line was refused; `shown` is its verdict as others may see it.
    pub fn note_refusal(&self, key: &str, verdict: &Verdict, shown: &Verdict) {
        // What is kept on disk has no secrets in it.
        let Ok(seal) = store::installation_key(&self.machine.state_dir) else { return };
        let rule = verdict.matches.first().map_or_else(String::new, |found| found.rule.clone());
        let stopped: Vec<Refusal> = verdict
            .effects
            .iter()
            .zip(&shown.effects)
            .filter(|(effect, _)| {
                verdict.matches.iter().any(|found| found.decision >= Decision::Ask && overlaps(found.span, effect.span))
            })
            .map(|(effect, shown)| Refusal::new(effect.kind, &effect.target, &shown.target, &rule, &seal))
            .collect();
        if stopped.is_empty() {
            return;
        }
        // A refusal stands whether or not it could be written down.
        let _ = Refusals::new(&self.machine.state_dir, key).add(&stopped);
    }
}

fn overlaps(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end
}

/// Folders whose projects have a say: where the line starts, and where its programs run.
fn folders(cwd: &str, line: &Analysis) -> Vec<String> {
    let mut all = vec![paths::normal(cwd)];
    for inv in line.invocations.iter().filter(|inv| inv.remote.is_none()) {
        let Some(dir) = inv.cwd.literal() else { continue };
        if all.len() < MAX_FOLDERS && !all.iter().any(|known| known == dir) {
            all.push(dir.to_owned());
        }
    }
    all
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
    verdict.inner = verdict.inner.map(|span| decoded.original(span));
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

/// Facts of the context that conditions may ask for.
mod facts {
    use crate::syntax::{Analysis, PathKind, World, paths};

    /// The branch that is checked out where the line starts.
    pub(super) fn branch(world: &dyn World) -> Option<String> {
        let mut dir = world.cwd().to_owned();
        loop {
            let small = |path: &str| Some(String::from_utf8_lossy(&world.read(path, 4_096)?).into_owned());
            let dot = paths::join(&dir, ".git");
            if world.kind(&dot) == PathKind::Missing {
                if dir == "/" {
                    return None;
                }
                dir = paths::join(&dir, "..");
                continue;
            }
            // In a linked work tree and in a submodule `.git` is a file that says where the rest is.
            let elsewhere = || small(&dot)?.strip_prefix("gitdir:").map(|path| paths::join(&dir, path.trim()));
            let head = small(&paths::join(&dot, "HEAD"))
                .or_else(|| elsewhere().and_then(|git| small(&paths::join(&git, "HEAD"))));
            if let Some(text) = head {
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
        let (_, inv) = line.starting().find(|(_, inv)| inv.name().is_some_and(|name| clients.contains(&name)))?;
        let mut words = inv.words().flatten();
        while let Some(word) = words.next() {
            if matches!(word, "--context" | "--kube-context") {
                return words.next().map(str::to_owned);
            }
            if let Some(value) = word.strip_prefix("--context=").or_else(|| word.strip_prefix("--kube-context=")) {
                return Some(value.to_owned());
            }
        }
        // `kubectl config use-context prod && kubectl apply …`, `kubectx prod`.
        let switches = line.starting().filter_map(|(_, inv)| {
            let words: Vec<&str> = inv.words().flatten().collect();
            match (inv.name(), words.as_slice()) {
                (Some("kubectl" | "oc"), words) => {
                    let at = words.iter().position(|word| *word == "use-context")?;
                    words.get(at + 1).map(|name| (*name).to_owned())
                }
                (Some("kubectx" | "kubectl-ctx"), [name]) if !name.starts_with('-') => Some((*name).to_owned()),
                _ => None,
            }
        });
        if let Some(name) = switches.last() {
            return Some(name);
        }
        let path = world.var("KUBECONFIG").unwrap_or_else(|| paths::join(world.home(), ".kube/config"));
        let text = world.read(path.split(':').next()?, 1 << 20)?;
        String::from_utf8_lossy(&text)
            .lines()
            .find_map(|line| line.strip_prefix("current-context:"))
            .map(|value| value.trim().trim_matches('"').to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Policy, RuleSet};

    #[test]
    fn a_lean_session_gives_a_digest_where_somebody_looks() {
        let folder = tempfile::tempdir().unwrap();
        let cwd = folder.path().to_str().unwrap();
        let machine = Machine {
            vars: Arc::default(),
            host: "host".into(),
            user: "dev".into(),
            uid: 1000,
            home: "/home/dev".into(),
            now: None,
            config_dir: None,
            state_dir: folder.path().join("state"),
        };
        let settings =
            Settings { policy: Policy::built_in(), rules: RuleSet::builtin().unwrap(), problems: Vec::new() };
        let session = Session::fixed(machine, settings).lean();
        let actor = Actor::default();
        let digest = |line: &str| {
            let submission = Submission { command: line.as_bytes(), cwd, actor: &actor, shell: &[] };
            session.judge(&submission).unwrap().verdict.digest
        };
        assert_eq!(digest("echo hi"), "");
        assert!(digest("git push --force origin main").starts_with("sha256:"));
        session.thorough();
        assert!(digest("echo hi").starts_with("sha256:"));
    }
}
