//! Judges the lines of one interactive shell, and says who is asked about them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::Result;

use super::super::launch::{self, Shown};
use super::super::{Places, decide, explain, render, setup};
use super::{nested, unasked};
use crate::approve::local::Local;
use crate::approve::terminal::Manner;
use crate::approve::{self, Channel};
use crate::config::who::{self, Process};
use crate::config::{Kept, Settings};
use crate::interactive::{Asked, Guard, Query, Ruling, Unasked};
use crate::output::Expected;
use crate::policy::decision::ActorKind;
use crate::policy::located::Problem;
use crate::policy::{Actor, Decision, Verdict};
use crate::request::{Answer, Reply, Request};
use crate::session::{Error, Judgement, Session, Submission};
use crate::shells::integration::Interactive;
use crate::shells::protocol::Kind;
use crate::store::Queue;
use crate::syntax::{Dialect, Gap, Setting};

/// Judges the lines of one interactive shell.
pub(super) struct Lines {
    places: Places,
    pub(super) shell: Interactive,
    path: PathBuf,
    pub(super) actor: Actor,
    /// What is wrong with files; the built-in rules and what was trusted before hold.
    pub(super) faults: String,
    /// Effects of the line that was let through last, for the look at its expanded form.
    passed: Vec<String>,
    /// Programs of which was said that what is entered there is not judged.
    named: HashSet<String>,
    /// Settings as they were loaded for lines before.
    kept: Arc<Mutex<Kept>>,
    /// What people are asked about right now.
    open: Option<(Judgement, Request)>,
    /// What the terminal's output is told of each line.
    pub(super) expected: Expected,
}

/// A judgement, and whether the grammar has read the line as the shell will.
struct Looked {
    judgement: Judgement,
    /// Something in it means something else to the shell than to us: only people can tell.
    unclear: bool,
}

impl Lines {
    pub(super) fn open(places: &Places, shell: Interactive, path: &Path) -> Result<Self> {
        let mut lines = Self {
            places: places.clone(),
            shell,
            path: path.to_owned(),
            actor: Actor { kind: ActorKind::Agent, ..Actor::default() },
            faults: String::new(),
            passed: Vec::new(),
            named: HashSet::new(),
            kept: Arc::default(),
            open: None,
            expected: Expected::default(),
        };
        let cwd = setup::cwd().unwrap_or_else(|_| "/".to_owned());
        match setup::session(places) {
            Ok(session) => {
                lines.actor = setup::caller(&session);
                match session.settings(&[&cwd]) {
                    Ok(settings) => lines.faults = list(&settings.problems),
                    Err(error) => lines.faults = error.to_string(),
                }
            }
            Err(error) => {
                lines.faults = format!("{error:#}");
                let machine = setup::machine(places)?;
                lines.actor = setup::caller(&Session::fixed(machine, Settings::built_in()?));
            }
        }
        Ok(lines)
    }

    pub(super) fn banner(&self) -> String {
        if self.faults.is_empty() {
            return String::new();
        }
        let shown: Vec<String> =
            self.faults.lines().take(5).map(|line| format!("  {}", render::visible(line, false))).collect();
        format!(
            "wardsh: POLICY OR RULES HAVE FAULTS; this shell runs under what was trusted before and the built-in rules\n{}\nhint: wardsh policy lint",
            shown.join("\n")
        )
    }

    /// Everything as it is now: files of the policy may have changed since the last line.
    pub(super) fn session(&self) -> Result<Session> {
        match setup::session(&self.places) {
            // What runs without a question needs no digest.
            Ok(session) => Ok(session.tolerant().keeping(&self.kept).lean()),
            Err(_) => Ok(Session::fixed(setup::machine(&self.places)?, Settings::built_in()?)),
        }
    }

    fn look(&self, asked: &Asked) -> Result<Looked> {
        let session = self.session()?;
        let reader = (self.shell != Interactive::Bash).then(|| self.path.to_string_lossy().into_owned());
        let dialect = match self.shell {
            Interactive::Bash => Dialect::Bash,
            Interactive::Zsh => Dialect::Zsh,
            Interactive::Fish => Dialect::Fish,
        };
        let known = asked.known.clone();
        let setting = Setting { known, interactive: true, dialect, reader, ..Setting::default() };
        let shell = [self.shell.name().as_bytes().to_vec(), b"-i".to_vec()];
        let submission = Submission { command: &asked.text, cwd: &asked.cwd, actor: &self.actor, shell: &shell };
        let vars = Arc::clone(&session.machine().vars);
        let judge = || match session.judge_in(&submission, &setting, &vars) {
            Err(Error::Damaged(_) | Error::Settings(_)) => {
                Session::fixed(setup::machine(&self.places)?, Settings::built_in()?)
                    .judge_in(&submission, &setting, &vars)
                    .map_err(anyhow::Error::from)
            }
            judged => judged.map_err(anyhow::Error::from),
        };
        let mut judged = judge()?;
        // That the shell rejects a text as well is no excuse any more once it is about to run it.
        let taken = asked.rejected && asked.kind != Kind::Line;
        // zsh shows what it made of a text before it runs; fish does not, and its own words hide commands.
        let unread = self.shell == Interactive::Fish
            && judged.line.unresolved.iter().any(|gap| matches!(gap.what, Gap::Syntax | Gap::Bound));
        let unclear = taken || unread;
        if unclear && judged.verdict.decision < Decision::Ask {
            session.thorough();
            judged = judge()?;
            judged.verdict.decision = judged.verdict.decision.max(Decision::Ask);
        }
        Ok(Looked { judgement: judged, unclear })
    }
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl Lines {
    /// A line that does not run, and what is said of it.
    fn refused(&self, judgement: &Judgement, how: &str) -> Ruling {
        let shown = match self.session() {
            Ok(session) => launch::shown(&session, judgement),
            Err(error) => launch::not_shown(&judgement.verdict, &error),
        };
        Ruling::Refuse(render::refusal_text(&shown.verdict, how).trim_end().to_owned())
    }

    /// Asks people about a line, unless they have said yes to the like for this session.
    fn ask(&mut self, looked: Looked) -> Ruling {
        let Looked { judgement, unclear } = looked;
        if self.actor.kind != ActorKind::Human {
            return self.refused(&judgement, "this needs a person at the terminal");
        }
        // Only before a question is it worth to look who is behind the terminal.
        if let Err(doubt) = who::person_here() {
            return self.refused(&judgement, &format!("this needs a person at the terminal: {doubt}"));
        }
        let process = own_process();
        let session = self.session();
        let put = || -> Result<Ruling> {
            let session = session?;
            if !unclear && let Some(ids) = session.granted(&judgement, process, approve::now()) {
                return Ok(Ruling::Run(format!("wardsh: allowed for this session (grant {})", ids.join(", "))));
            }
            let here = decide::is_open(&judgement, "terminal");
            let shown = launch::shown(&session, &judgement);
            let request = decide::request(&session, &judgement, &shown.verdict, process)?;
            let request = if unclear { request.ungrantable() } else { request };
            let elsewhere = elsewhere(&session, &judgement, &request);
            if !here && elsewhere.is_empty() {
                let how =
                    format!("this needs a person, and policy leaves no way to ask one{}", decide::absent(&judgement));
                return Ok(self.refused(&judgement, &how));
            }
            self.open = Some((judgement.clone(), request.clone()));
            Ok(Ruling::Ask(Box::new(query(&session, &judgement, &shown, request, here, elsewhere))))
        };
        put().unwrap_or_else(|error| {
            self.refused(&judgement, &format!("nobody can be asked: {}", render::visible(&format!("{error:#}"), true)))
        })
    }
}

impl Guard for Lines {
    fn judge(&mut self, asked: &Asked) -> Ruling {
        let looked = match self.look(asked) {
            Ok(looked) => looked,
            Err(error) => {
                return Ruling::Refuse(format!(
                    "wardsh: {}\nhint: nothing was run",
                    render::visible(&format!("{error:#}"), true)
                ));
            }
        };
        self.expected.begin(&looked.judgement.line, asked.kind != Kind::Line);
        let verdict = &looked.judgement.verdict;
        let effects: Vec<String> =
            verdict.effects.iter().map(|effect| format!("{} {}", effect.kind.as_str(), effect.target)).collect();
        let second = asked.kind == Kind::Run && effects.iter().all(|effect| self.passed.contains(effect));
        match verdict.decision {
            // A second look at a line that was let through, and nothing that was not seen then.
            _ if second && verdict.decision != Decision::Deny => Ruling::Run(String::new()),
            Decision::Allow => {
                self.passed = effects;
                Ruling::Run(nested::note(&looked.judgement, &asked.cwd, &mut self.named))
            }
            Decision::Warn => {
                self.passed = effects;
                Ruling::Run(warning(verdict))
            }
            Decision::Deny => self.refused(&looked.judgement, "this is refused for everyone; no approval changes it"),
            Decision::Ask => {
                self.passed = effects;
                self.ask(looked)
            }
        }
    }

    fn approved(&mut self, asked: &Asked, reply: &Reply) -> Result<(), String> {
        const CHANGED: &str = "wardsh: not run: something that the answer rested on has changed in the meantime\nhint: enter the line again";
        let (judgement, request) = self.open.take().ok_or(CHANGED)?;
        let again = self.look(asked).map_err(|error| format!("wardsh: {error:#}"))?;
        if again.judgement.verdict.digest != request.action {
            return Err(CHANGED.to_owned());
        }
        if reply.answer == Answer::Session && request.grantable {
            let kept =
                self.session().and_then(|session| decide::grant(&session, &judgement, own_process(), reply, &request));
            kept.map_err(|error| format!("wardsh: not run: the grant cannot be kept: {error:#}"))?;
        }
        Ok(())
    }

    fn unasked(&mut self, job: &Unasked) -> String {
        unasked::told(self, job)
    }
}

/// What grants of this shell hang on: they end with it.
fn own_process() -> (i32, u64) {
    Process::own().map_or((0, 0), |own| (own.pid, own.started))
}

/// Other terminals, where policy leaves that open and there is room among the questions.
fn elsewhere(session: &Session, judgement: &Judgement, request: &Request) -> Vec<Box<dyn Channel>> {
    if !decide::is_open(judgement, "local") {
        return Vec::new();
    }
    let queue = Queue::new(&session.machine().state_dir);
    let Ok(slot) = queue.join(request) else { return Vec::new() };
    let local = Local::open(request.clone(), queue, slot, session.machine().user.clone());
    local.into_iter().map(|local| Box::new(local) as Box<dyn Channel>).collect()
}

/// How people are asked.
fn query(
    session: &Session,
    judgement: &Judgement,
    shown: &Shown,
    request: Request,
    here: bool,
    elsewhere: Vec<Box<dyn Channel>>,
) -> Query {
    let way = if elsewhere.is_empty() { String::new() } else { format!("wardsh approvals approve {}", request.id) };
    let manner = here.then(|| Manner {
        explain: shown.explain.clone() + &explain::grants(session, judgement, own_process()),
        plain: setup::is_plain(session),
        // Programs below have a terminal of their own, into which they may type.
        shared: false,
        elsewhere: if way.is_empty() { String::new() } else { format!("elsewhere: {way}") },
        by: session.machine().user.clone(),
    });
    let waiting = render::stopped(&shown.verdict, "waiting for a person at another terminal")
        + &format!(
            "hint: {way}\nhint: no answer within {} means no; Ctrl-C means no\n",
            decide::spoken(request.expires - request.created)
        );
    Query { request, here: manner, elsewhere, waiting }
}

/// One line.
fn warning(verdict: &Verdict) -> String {
    verdict
        .matches
        .iter()
        .find(|found| found.decision == Decision::Warn)
        .map_or_else(String::new, |found| format!("wardsh: {}: {}", found.rule, render::visible(&found.because, false)))
}
