//! `wardsh`, `wardsh -l`, `-bash`: the user's own shell, each line judged before it runs.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;

use super::{Exit, Places, drop_in, explain, launch, render, setup};
use crate::approve::prompt::Ask;
use crate::approve::terminal::{self, Manner};
use crate::config::{Settings, who};
use crate::interactive::{self, Asked, Guard, Ruling};
use crate::mask::fields::Hint;
use crate::policy::decision::ActorKind;
use crate::policy::{Actor, Decision, Verdict};
use crate::request::{Asking, Request, RequestId};
use crate::session::{Error, Judgement, Session, Submission};
use crate::shells::Shell;
use crate::shells::integration::Interactive;
use crate::shells::protocol::Kind;
use crate::syntax::{Dialect, Gap, Setting, World as _};
use crate::{approve, run, store, sys};

/// The interactive shell, where no subcommand is named.
#[derive(Debug, Default, Args)]
pub(super) struct ShellArgs {
    /// The shell underneath: bash, zsh or fish
    #[arg(long, value_name = "PATH")]
    shell: Option<PathBuf>,
    /// As a login shell
    #[arg(short, long)]
    login: bool,
}

/// Says whether a shell called with these words, and no text to run, would be interactive.
pub(super) fn wanted(words: &[OsString]) -> bool {
    let short = |letter: u8| {
        words.iter().any(|word| matches!(word.as_bytes(), [b'-', first, rest @ ..] if *first != b'-' && (*first == letter || rest.contains(&letter))))
    };
    if short(b's') && !short(b'i') {
        return std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    }
    short(b'i') || (std::io::stdin().is_terminal() && std::io::stderr().is_terminal())
}

/// `wardsh`, `wardsh --shell PATH`, `wardsh --login`
pub(super) fn run(places: &Places, args: &ShellArgs) -> Result<Exit> {
    if !wanted(&[]) {
        bail!("standard input is no terminal: say what to do, or give a command with -c");
    }
    let path = match &args.shell {
        Some(path) => path.clone(),
        None => own_shell(),
    };
    let Some(kind) = Interactive::of_name(&path.to_string_lossy()) else {
        bail!("{}: only bash, zsh and fish can be guarded line by line", path.display());
    };
    if is_ours(&path) || rustix::fs::access(&path, rustix::fs::Access::EXEC_OK).is_err() {
        bail!("{}: not a shell that can be started", path.display());
    }
    start(places, kind, &path, args.login)
}

/// A link named like a shell, or a shell's own options.
pub(super) fn as_shell(shell: Shell, path: &str, words: &[OsString], argv0: bool) -> Result<Exit> {
    let login = argv0
        || words.iter().any(|word| {
            word == "--login"
                || matches!(word.as_bytes(), [b'-', first, ..] if *first != b'-' && word.as_bytes().contains(&b'l'))
        });
    let refused = ["--norc", "--noprofile", "--rcfile", "--init-file", "--posix", "-f", "-r", "--restricted"];
    if let Some(word) = words.iter().find(|word| refused.iter().any(|refused| *word == *refused)) {
        eprintln!(
            "wardsh: {}: not possible for an interactive shell that is guarded",
            render::visible(&word.to_string_lossy(), false)
        );
        eprintln!("hint: the real shell is at {path}; what is entered there is not judged");
        return Ok(Exit::Refused);
    }
    let Some(kind) = Interactive::of_name(shell.name()) else {
        // sh and dash ask nobody before a line runs.
        let Some(bash) = drop_in::real_shell(Shell::Bash) else {
            eprintln!(
                "wardsh: {} cannot be guarded line by line, and there is no bash\nhint: install bash",
                shell.name()
            );
            return Ok(Exit::NotFound);
        };
        return start(&Places::default(), Interactive::Bash, Path::new(bash), login);
    };
    start(&Places::default(), kind, Path::new(path), login)
}

/// The user's login shell where it can be guarded, else bash.
fn own_shell() -> PathBuf {
    let uid = rustix::process::getuid().as_raw();
    let named = store::shell_of_uid(uid).filter(|path| Interactive::of_name(path).is_some());
    let usable = named.map(PathBuf::from).filter(|path| !is_ours(path) && path.exists());
    usable.unwrap_or_else(|| PathBuf::from(drop_in::real_shell(Shell::Bash).unwrap_or("/bin/bash")))
}

/// Says whether a path leads to this very program.
fn is_ours(path: &Path) -> bool {
    let identity = |path: &Path| std::fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
    let own = std::env::current_exe().ok().and_then(|path| identity(&path));
    own.is_some() && identity(path) == own
}

fn start(places: &Places, kind: Interactive, path: &Path, login: bool) -> Result<Exit> {
    let mut lines = Lines::open(places, kind, path)?;
    if lines.actor.kind == ActorKind::Agent && !lines.faults.is_empty() {
        bail!("{}", lines.faults);
    }
    let shell = interactive::Shell {
        kind,
        path: path.as_os_str().to_owned(),
        login,
        environment: std::env::vars_os().collect(),
        runtime: runtime(places),
        greeting: lines.banner(),
    };
    let session = lines.session()?;
    let cwd = setup::cwd().unwrap_or_else(|_| "/".to_owned());
    let settings = session.settings(&[&cwd])?;
    let off = settings.policy.masks_nothing(lines.actor.kind);
    let filter = launch::filter(&session, &settings, Vec::new(), &cwd)?;
    let _entered = launch::enter(&session);
    let mut stages = |outlet: run::Outlet| -> Box<dyn run::Stage> {
        if off { Box::new(run::Pass) } else { filter.stage(outlet, Hint::None) }
    };
    let ended = interactive::run(shell, &mut lines, &mut stages)?;
    sys::die_as(ended)
}

/// Where the channel's folder is made: below `--state-dir` where that is given, else in the user's own runtime folder, else
/// in the one for temporary files.
fn runtime(places: &Places) -> PathBuf {
    let given = places.state_dir.as_ref().and_then(|dir| std::path::absolute(dir).ok());
    if let Some(dir) = given.filter(|dir| std::fs::create_dir_all(dir).is_ok()) {
        return dir;
    }
    let uid = rustix::process::getuid().as_raw();
    let own = PathBuf::from(format!("/run/user/{uid}"));
    let fits = std::fs::metadata(&own).is_ok_and(|meta| meta.uid() == uid && meta.permissions().mode() % 0o100 == 0);
    if fits && rustix::fs::access(&own, rustix::fs::Access::WRITE_OK).is_ok() { own } else { PathBuf::from("/tmp") }
}

/// Judges the lines of one interactive shell.
struct Lines {
    places: Places,
    shell: Interactive,
    path: PathBuf,
    actor: Actor,
    /// What is wrong with files; the built-in rules and what was trusted before hold.
    faults: String,
    /// Effects of the line that was let through last, for the look at its expanded form.
    passed: Vec<String>,
    digest: String,
}

impl Lines {
    fn open(places: &Places, shell: Interactive, path: &Path) -> Result<Self> {
        let mut lines = Self {
            places: places.clone(),
            shell,
            path: path.to_owned(),
            actor: Actor { kind: ActorKind::Agent, name: String::new() },
            faults: String::new(),
            passed: Vec::new(),
            digest: String::new(),
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

    fn banner(&self) -> String {
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
    fn session(&self) -> Result<Session> {
        match setup::session(&self.places) {
            Ok(session) => Ok(session.tolerant()),
            Err(_) => Ok(Session::fixed(setup::machine(&self.places)?, Settings::built_in()?)),
        }
    }

    fn look(&self, asked: &Asked) -> Result<Judgement> {
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
        let vars = std::sync::Arc::clone(&session.machine().vars);
        let judged = match session.judge_in(&submission, &setting, &vars) {
            Err(Error::Damaged(_) | Error::Settings(_)) => Session::fixed(
                setup::machine(&self.places)?,
                Settings::built_in()?,
            )
            .judge_in(&submission, &setting, &vars),
            judged => judged,
        };
        let mut judged = judged?;
        // That the shell rejects a text as well is no excuse any more once it is about to run it.
        let taken = asked.rejected && asked.kind != Kind::Line;
        // zsh shows what it made of a text before it runs; fish does not, and its own words hide commands.
        let unread = self.shell == Interactive::Fish
            && judged.line.unresolved.iter().any(|gap| matches!(gap.what, Gap::Syntax | Gap::Bound));
        if taken || unread {
            judged.verdict.decision = judged.verdict.decision.max(Decision::Ask);
        }
        Ok(judged)
    }
}

fn list(problems: &[crate::policy::located::Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl Guard for Lines {
    fn judge(&mut self, asked: &Asked) -> Ruling {
        let judgement = match self.look(asked) {
            Ok(judgement) => judgement,
            Err(error) => {
                return Ruling::Refuse(format!(
                    "wardsh: {}\nhint: nothing was run",
                    render::visible(&format!("{error:#}"), true)
                ));
            }
        };
        let verdict = &judgement.verdict;
        let effects: Vec<String> =
            verdict.effects.iter().map(|effect| format!("{} {}", effect.kind.as_str(), effect.target)).collect();
        let second = asked.kind == Kind::Run && effects.iter().all(|effect| self.passed.contains(effect));
        match verdict.decision {
            // A second look at a line that was let through, and nothing that was not seen then.
            _ if second && verdict.decision != Decision::Deny => Ruling::Run(String::new()),
            Decision::Allow => {
                self.passed = effects;
                Ruling::Run(nested(&judgement, asked))
            }
            Decision::Warn => {
                self.passed = effects;
                Ruling::Run(warning(verdict))
            }
            Decision::Deny => Ruling::Refuse(short(verdict, "this is refused for everyone; no approval changes it")),
            Decision::Ask if self.actor.kind == ActorKind::Human => {
                self.passed = effects;
                self.digest.clone_from(&verdict.digest);
                // Only before a question is it worth to look who is behind the terminal.
                match who::person_here().map_err(|doubt| doubt.to_string()).and_then(|()| {
                    let ask = self.session().and_then(|session| Ok(question(&session, &judgement)?));
                    ask.map_err(|error| format!("nobody can be asked: {error:#}"))
                }) {
                    Ok(ask) => Ruling::Ask(ask),
                    Err(doubt) => {
                        Ruling::Refuse(short(verdict, &format!("this needs a person at the terminal: {doubt}")))
                    }
                }
            }
            Decision::Ask => Ruling::Refuse(short(verdict, "this needs a person at the terminal")),
        }
    }

    fn approved(&mut self, asked: &Asked) -> Result<(), String> {
        let again = self.look(asked).map_err(|error| format!("wardsh: {error:#}"))?;
        if again.verdict.digest == self.digest {
            return Ok(());
        }
        Err("wardsh: not run: something that the answer rested on has changed in the meantime\nhint: enter the line again".to_owned())
    }
}

/// What the person is asked about a line.
fn question(session: &Session, judgement: &Judgement) -> std::io::Result<Ask> {
    let asking = Asking {
        id: RequestId::from_random(approve::random()?),
        nonce: approve::random()?,
        now: approve::now(),
        timeout_secs: 0,
        host: session.machine().host.clone(),
        session: String::new(),
        grantable: false,
    };
    let manner = Manner {
        explain: explain::explain(judgement),
        plain: setup::is_plain(session),
        shared: false,
        elsewhere: String::new(),
        by: session.machine().user.clone(),
    };
    terminal::ask(&Request::new(&judgement.verdict, asking), &manner)
}

fn short(verdict: &Verdict, how: &str) -> String {
    render::refusal_text(verdict, how).trim_end().to_owned()
}

/// One line.
fn warning(verdict: &Verdict) -> String {
    verdict
        .matches
        .iter()
        .find(|found| found.decision == Decision::Warn)
        .map_or_else(String::new, |found| format!("wardsh: {}: {}", found.rule, render::visible(&found.because, false)))
}

/// Programs in which lines are entered that nobody judges.
const PLACES_TO_TYPE: &[&str] = &[
    "bash", "zsh", "fish", "sh", "dash", "ksh", "mksh", "tcsh", "csh", "ash", "nu", "xonsh", "elvish", "pwsh", "tmux",
    "screen", "zellij",
];

/// A note where a line opens a shell in which lines come by nobody; empty where that shell is guarded as well.
fn nested(judgement: &Judgement, asked: &Asked) -> String {
    let opened = judgement.line.invocations.iter().find(|inv| {
        let shell = inv.name().is_some_and(|name| PLACES_TO_TYPE.contains(&name));
        let runs = inv.args.iter().any(|arg| {
            let text = arg.value.text();
            !text.starts_with(['-', '+'])
                || text.starts_with("--version")
                || text.starts_with("--help")
                || (!text.starts_with("--") && text.contains('c'))
        });
        let multiplexer = matches!(inv.name(), Some("tmux" | "screen" | "zellij"));
        shell && inv.remote.is_none() && inv.stdin == crate::syntax::Stdin::Inherit && (multiplexer || !runs)
    });
    let Some(inv) = opened else { return String::new() };
    let Some(program) = inv.program.value.literal() else { return String::new() };
    let world = store::RealWorld::new(std::sync::Arc::default(), &asked.cwd);
    let path =
        if program.contains('/') { Some(program.to_owned()) } else { which(program).or_else(|| world.which(program)) };
    let name = inv.name().unwrap_or("it");
    if matches!(name, "tmux" | "screen" | "zellij") {
        let shell = std::env::var_os("SHELL").map(PathBuf::from);
        if shell.is_some_and(|shell| is_ours(&shell)) {
            return String::new();
        }
    } else if path.is_some_and(|path| is_ours(Path::new(&path))) {
        return String::new();
    }
    format!("wardsh: what is entered in {} is not judged", render::visible(name, false))
}

fn which(program: &str) -> Option<String> {
    let path = std::env::var("PATH").ok()?;
    path.split(':')
        .map(|dir| format!("{dir}/{program}"))
        .find(|path| rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok())
}
