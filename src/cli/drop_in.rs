//! wardsh in a shell's place: whatever shape the call has, what the shell would run is judged, then the real shell
//! takes over this process.

mod inherited;
#[cfg(target_os = "linux")]
mod piped;
mod script;
mod start;
mod state;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::process::ExitCode;

use super::gate::{self, Wanted};
use super::{Exit, Places, interactive, render, setup};
use crate::agents::envelope::{self, Place};
use crate::shells::Shell;
use crate::shells::arguments::{self, Dialect, Mode, Reading};
use crate::syntax::{self, Code, Earlier, Setting, Span};

use script::{Content, Source};
use state::Before;

pub(super) use start::real_shell;

/// Says whether the first word makes this a call of a shell: `-c`, `-lc`, `-o`, … but no long option of ours.
pub(super) fn is_shell_shape(first: &OsStr) -> bool {
    let bytes = first.as_bytes();
    match bytes {
        b"-h" | b"-V" => false,
        [b'-', b'-', ..] => {
            matches!(bytes, b"--login" | b"--norc" | b"--noprofile" | b"--posix" | b"--rcfile" | b"--init-file")
        }
        [b'-' | b'+', ..] => true,
        _ => false,
    }
}

/// Says whether standard input can bring commands: a pipe, a socket or a file.
pub(super) fn has_commands() -> bool {
    script::piped().is_some() || Source::stdin().is_some_and(|source| matches!(source.content, Content::Text(_)))
}

/// Judges what a shell would run, and becomes that shell where it may.
pub(super) fn run(places: &Places, shell: Shell, args: &[OsString]) -> ExitCode {
    match guarded(places, shell, args) {
        Ok(exit) => exit.into(),
        Err(error) => {
            render::error(&error);
            eprintln!("hint: nothing was run; `wardsh policy lint` shows what is wrong with policy and rule files");
            Exit::Broken.into()
        }
    }
}

fn guarded(places: &Places, shell: Shell, args: &[OsString]) -> anyhow::Result<Exit> {
    let Some(path) = start::real_shell(shell) else {
        eprintln!("wardsh: no real {} was found\nhint: looked for {}", shell.name(), shell.places().join(", "));
        return Ok(Exit::NotFound);
    };
    let call = Call { shell, path, args };
    let dialect = shell.dialect(&start::file_name(path));
    let reading = arguments::read(dialect, call.words());
    if let Mode::Stdin { .. } = reading.mode
        && interactive::wanted(call.words())
    {
        let login = args.first().is_some_and(|argv0| argv0.as_bytes().starts_with(b"-"));
        return interactive::as_shell(places, shell, path, call.words(), login);
    }
    #[cfg(target_os = "linux")]
    if let Some(outcome) = piped::run(places, &call, dialect, &reading) {
        return outcome;
    }
    let task = match call.task(dialect, &reading) {
        Ok(Some(task)) => task,
        Ok(None) => return Ok(start::become_shell(&call)),
        Err(reason) => {
            eprintln!("wardsh: refused: {}", reason.what);
            eprintln!("hint: {}", reason.hint);
            return Ok(Exit::Refused);
        }
    };
    let session = setup::session(places)?.lean();
    let Some(judgement) = gate::passes(&session, &task.wanted)? else { return Ok(Exit::Refused) };
    // What was judged is what runs: the shell reads the same files by itself.
    if task.sources.iter().any(|source| !source.is_as_read()) {
        return Ok(gate::changed());
    }
    start::run_shell(&call, &session, &judgement)
}

/// One call of a shell.
struct Call<'a> {
    shell: Shell,
    /// The real one.
    path: &'static str,
    /// With argv\[0\].
    args: &'a [OsString],
}

/// What is judged, and the files that it was read from.
struct Task {
    wanted: Wanted,
    sources: Vec<Source>,
}

impl Task {
    /// bash leaves NUL bytes out of a script, wherever they stand; nobody else reads the file as commands.
    fn without_nul(mut self) -> Self {
        if let Some(script) = &mut self.wanted.setting.script {
            script.text.retain(|ch| ch != '\0');
        }
        self
    }
}

/// Why a call is refused before anything is judged.
struct Reason {
    what: String,
    hint: &'static str,
}

impl Call<'_> {
    /// The words behind argv\[0\].
    fn words(&self) -> &[OsString] {
        self.args.get(1..).unwrap_or(&[])
    }

    /// The real shell and its words without those that are judged as text.
    fn shell_words(&self, without: Option<usize>) -> Vec<Vec<u8>> {
        let words = self.words().iter().enumerate().filter(|(at, _)| Some(*at) != without);
        std::iter::once(self.path.as_bytes().to_vec()).chain(words.map(|(_, word)| word.as_bytes().to_vec())).collect()
    }

    /// `$0`, `$1`, … where the call names none for `$0`.
    fn params(&self, given: &[OsString]) -> Vec<String> {
        if given.is_empty() {
            return self.args.first().map(|argv0| gate::decoded(argv0.as_bytes())).into_iter().collect();
        }
        given.iter().map(|word| gate::decoded(word.as_bytes())).collect()
    }

    /// What is to be judged; nothing where the shell would run nothing.
    fn task(&self, dialect: Dialect, reading: &Reading) -> Result<Option<Task>, Reason> {
        let mut task = match &reading.mode {
            Mode::Nothing => return Ok(None),
            Mode::Command { text, at, params } => self.command(text, *at, params)?,
            Mode::Script { path, params } => match self.script(path, params)? {
                Some(task) if dialect == Dialect::Bash => task.without_nul(),
                Some(task) => task,
                None => return Ok(None),
            },
            Mode::Stdin { params, inert } => match self.stdin(params, *inert)? {
                Some(task) => task,
                None => return Ok(None),
            },
        };
        if reading.then_stdin
            && let Some(Source { content: Content::Text(text), .. }) = read_stdin()?
        {
            task.wanted.text.push(b'\n');
            task.wanted.text.extend(text);
        }
        self.begin(&mut task, dialect, reading);
        Ok(Some(task))
    }

    /// Adds what runs before anything else: what the environment brings, then a start-up file.
    fn begin(&self, task: &mut Task, dialect: Dialect, reading: &Reading) {
        if let Some(path) = &reading.startup
            && let Some(source) = Source::read(path).filter(|source| matches!(source.content, Content::Text(_)))
        {
            task.wanted.setting.before.extend(source.code(false));
            task.sources.push(source);
        }
        task.wanted.setting.dialect = read_by(dialect);
        // What the environment brings runs first.
        let mut before = inherited::code(&inherited::Start {
            dialect,
            reading,
            words: self.words(),
            login: self.args.first().is_some_and(|argv0| argv0.as_bytes().starts_with(b"-")),
            as_sh: self.shell == Shell::Sh,
        });
        before.append(&mut task.wanted.setting.before);
        task.wanted.setting.before = before;
    }

    fn command(&self, text: &OsStr, at: usize, given: &[OsString]) -> Result<Task, Reason> {
        let params = self.params(given);
        let words: Vec<&str> = params.iter().map(String::as_str).collect();
        let found = envelope::find(&gate::decoded(text.as_bytes()), &words);
        if let Some(envelope) = found
            && let Place::Param(number) = envelope.place
            && let Some(inner) = given.get(number)
            && let before = state::before(&envelope)?
            && !matches!(before, Before::Unknown)
        {
            let before = if let Before::Code(code) = before { vec![code] } else { Vec::new() };
            // The parameters stand behind the text.
            let shell = self.shell_words(Some(at + 1 + number));
            let setting = Setting { params: params.clone(), before, around: envelope::COMMANDS, ..Setting::default() };
            let wanted = Wanted { text: inner.as_bytes().to_vec(), shell, setting, wrapped: true };
            return Ok(Task { wanted, sources: Vec::new() });
        }
        let setting = Setting { params, ..Setting::default() };
        let (text, shell) = (text.as_bytes().to_vec(), self.shell_words(Some(at)));
        Ok(Task { wanted: Wanted { text, shell, setting, wrapped: false }, sources: Vec::new() })
    }

    fn script(&self, path: &OsStr, params: &[OsString]) -> Result<Option<Task>, Reason> {
        if script::is_stdin(path) {
            return self.stdin(params, false);
        }
        let Some(source) = Source::find(path) else { return Ok(None) };
        match &source.content {
            Content::Text(_) => {}
            Content::Nothing => return Ok(None),
            Content::Hidden(why) => {
                return Err(Reason {
                    what: format!("{}: {why}", render::visible(&path.to_string_lossy(), false)),
                    hint: source.content.hint(),
                });
            }
        }
        let mut words = vec![OsString::from(self.shell.name()), path.to_owned()];
        words.extend(params.iter().cloned());
        let text = arguments::joined(&words).as_bytes().to_vec();
        let span = Span::new(0, text.len());
        let script = source.code(true).map(|code| Code { span, ..code });
        let mut names = vec![gate::decoded(path.as_bytes())];
        names.extend(params.iter().map(|word| gate::decoded(word.as_bytes())));
        let setting = Setting { params: names, script, ..Setting::default() };
        let wanted = Wanted { text, shell: self.shell_words(None), setting, wrapped: false };
        Ok(Some(Task { wanted, sources: vec![source] }))
    }

    fn stdin(&self, params: &[OsString], inert: bool) -> Result<Option<Task>, Reason> {
        if inert && !script::is_terminal() {
            return Ok(None);
        }
        let Some(source) = read_stdin()? else { return Ok(None) };
        let Content::Text(text) = &source.content else { return Ok(None) };
        let mut names = self.params(&[]);
        names.extend(params.iter().map(|word| gate::decoded(word.as_bytes())));
        let setting = Setting { params: names, earlier: Some(Earlier::default()), ..Setting::default() };
        let wanted = Wanted { text: text.clone(), shell: self.shell_words(None), setting, wrapped: false };
        Ok(Some(Task { wanted, sources: vec![source] }))
    }
}

/// Which grammar a shell of this kind has.
fn read_by(dialect: Dialect) -> syntax::Dialect {
    match dialect {
        Dialect::Bash => syntax::Dialect::Bash,
        Dialect::Zsh => syntax::Dialect::Zsh,
        Dialect::Dash => syntax::Dialect::Sh,
    }
}

/// The commands on standard input, its offset left as it is.
fn read_stdin() -> Result<Option<Source>, Reason> {
    match Source::stdin() {
        Some(Source { content: Content::Hidden(why), .. }) => Err(Reason {
            what: format!("commands on standard input: {why}"),
            hint: "wardsh -c 'COMMAND' is judged and run, and so is a file: wardsh -s < FILE",
        }),
        other => Ok(other.filter(|source| matches!(source.content, Content::Text(_)))),
    }
}
