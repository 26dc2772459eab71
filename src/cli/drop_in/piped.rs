//! Commands that come through a pipe: the real shell runs, and gets each one after it was judged.
//!
//! What earlier commands have set counts for later ones, as far as judging can carry it; the folder is the shell's own at
//! that moment. A command that may not run ends the script.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, Instant};

use super::script::{self, Source};
use super::{Call, Task, start};
use crate::cli::gate::{self, Wanted};
use crate::cli::launch::{self, Fed};
use crate::cli::{Exit, Places, render, setup};
use crate::policy::{Actor, Decision};
use crate::run::{Censor, Feeder, Plan, Readers, Reads};
use crate::session::{Judgement, Session, Submission};
use crate::shells::arguments::{Dialect, Mode, Reading};
use crate::syntax::{Earlier, Setting, bytes};
use crate::sys::{self, Forked};

/// Bytes of earlier commands that are read again for each later one.
const MAX_EARLIER: usize = 128 << 10;
/// What else can be done.
const HINT: &str = "hint: wardsh -c 'COMMAND' is judged and run, and so is a file: wardsh -s < FILE";
/// Policy and trust are read again after this time.
const FRESH: Duration = Duration::from_secs(2);

/// Runs the shell where its commands come through a pipe; `None` where they do not.
pub(super) fn run(
    places: &Places,
    call: &Call<'_>,
    dialect: Dialect,
    reading: &Reading,
) -> Option<anyhow::Result<Exit>> {
    let names = match &reading.mode {
        Mode::Stdin { params, inert: false } => call.params(&[]).into_iter().chain(decoded(params)).collect(),
        Mode::Script { path, params } if script::names_stdin(path) => {
            std::iter::once(gate::decoded(path.as_bytes())).chain(decoded(params)).collect()
        }
        _ => return None,
    };
    let (input, socket) = script::piped()?;
    Some(fed(places, call, (dialect, reading), names, (input, socket)))
}

fn decoded(words: &[std::ffi::OsString]) -> Vec<String> {
    words.iter().map(|word| gate::decoded(word.as_bytes())).collect()
}

fn fed(
    places: &Places,
    call: &Call<'_>,
    (dialect, reading): (Dialect, &Reading),
    params: Vec<String>,
    (input, socket): (std::os::fd::OwnedFd, bool),
) -> anyhow::Result<Exit> {
    let session = setup::session(places)?;
    let setting = Setting { params, ..Setting::default() };
    let wanted = Wanted { text: Vec::new(), shell: call.shell_words(None), setting, wrapped: false };
    let mut task = Task { wanted, sources: Vec::new() };
    call.begin(&mut task, dialect, reading);
    // What runs before the first command, and whether policy can be read at all.
    let Some(judgement) = gate::passes(&session, &task.wanted)? else { return Ok(Exit::Refused) };
    if task.sources.iter().any(|source: &Source| !source.is_as_read()) {
        gate::changed();
        return Ok(Exit::Refused);
    }
    match launch::fed_by(&session, &input) {
        // What comes was looked at, and goes to whoever is seen to wait for it: that has to be the shell itself.
        Fed::ByUs => return start::run_shell(call, &session, &judgement),
        // Only root sees what a wardsh waits for: with two of them, nothing would ever come.
        Fed::Unsure if !rustix::process::geteuid().is_root() => {
            eprintln!("wardsh: refused: commands on standard input: another wardsh hands them out");
            eprintln!("{HINT}");
            return Ok(Exit::Refused);
        }
        Fed::Unsure | Fed::No => {}
    }
    let mut commands = Commands {
        places,
        actor: setup::caller(&session),
        cwd: setup::cwd()?,
        session: setup::session(places)?,
        read: Instant::now(),
        wanted: task.wanted,
        earlier: String::new(),
        watched: false,
        lost: false,
        any: false,
    };
    let reads = if dialect == Dialect::Dash { Reads::Blocks } else { Reads::Commands };
    let (mut feeder, stdin) = Feeder::new(input, socket, reads, &mut commands)?;
    let plan =
        Plan { path: OsStr::new(call.path).to_owned(), argv: start::argv(call), stdin: Some(stdin), ..Plan::default() };
    let outcome = launch::watched(&session, &judgement, plan, &mut feeder)?;
    let refused = feeder.refused();
    match outcome {
        Ok(_) if refused => {
            if commands.any {
                eprintln!("note: the commands before it have run, and nothing behind it has");
            }
            Ok(Exit::Refused)
        }
        Ok(ended) => sys::die_as(ended),
        Err(exit) => Ok(exit),
    }
}

/// Judges the commands of one script.
struct Commands<'a> {
    places: &'a Places,
    session: Session,
    /// When policy was read.
    read: Instant,
    actor: Actor,
    /// Where the script has started.
    cwd: String,
    wanted: Wanted,
    /// What has run and may count for later commands.
    earlier: String,
    /// Something may run between commands, or give names another meaning.
    watched: bool,
    /// Too much has run to be read again.
    lost: bool,
    any: bool,
}

impl Commands<'_> {
    /// What is judged of a text that a process is about to get, behind other commands that only it has got.
    fn wanted(&self, text: &[u8], (pid, before): Place<'_>) -> Wanted {
        // Reading what has run again takes time that a plain command need not.
        let plain = leaves_nothing(text, &self.earlier) || is_plain_value(text);
        let alone = plain && !self.watched && before.is_empty();
        let cwd = std::fs::read_link(format!("/proc/{pid}/cwd")).ok();
        let cwd = cwd.map(|path| bytes::decode(path.as_os_str().as_bytes()).text.into_owned());
        let text_before = if alone { String::new() } else { self.earlier.clone() + &bytes::decode(before).text };
        let earlier = Earlier { text: text_before, cwd };
        let setting = Setting { earlier: Some(earlier), ..self.wanted.setting.clone() };
        Wanted { text: text.to_vec(), shell: self.wanted.shell.clone(), setting, wrapped: false }
    }

    fn judge(&self, text: &[u8], place: Place<'_>) -> anyhow::Result<Judgement> {
        let wanted = self.wanted(text, place);
        let submission = Submission { command: &wanted.text, cwd: &self.cwd, actor: &self.actor, shell: &wanted.shell };
        gate::judge(&self.session, &wanted, &submission)
    }

    fn passes_at(&mut self, text: &[u8], place: Place<'_>) -> bool {
        let Ok(mut judgement) = self.judge(text, place) else { return false };
        if judgement.verdict.actor.kind == crate::policy::decision::ActorKind::Agent {
            self.session.tighten(&|| setup::session_key(&self.session), &mut judgement.verdict);
        }
        judgement.verdict.decision <= Decision::Warn
    }

    fn refresh(&mut self) {
        if self.read.elapsed() > FRESH
            && let Ok(session) = setup::session(self.places)
        {
            self.session = session;
            self.read = Instant::now();
        }
    }
}

impl Censor for Commands<'_> {
    fn passes(&mut self, text: &[u8], readers: Readers<'_>) -> bool {
        self.refresh();
        if self.lost {
            return false;
        }
        if is_blank(text) {
            return true;
        }
        places(readers).all(|place| self.passes_at(text, place))
    }

    fn decide(&mut self, text: &[u8], readers: Readers<'_>) -> io::Result<i32> {
        if self.lost {
            self.gives_up("the script is too long to follow what its commands have set");
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let parent = sys::own_id();
        match sys::fork()? {
            Forked::Parent(pid) => Ok(pid),
            Forked::Child => {
                let alive = sys::die_with(parent);
                sys::SignalSet::of(&[]).set();
                // One of them has stopped it, maybe both.
                let stopped: Vec<Place<'_>> = places(readers).filter(|place| !self.passes_at(text, *place)).collect();
                let decided = |place: Place<'_>| {
                    let wanted = self.wanted(text, place);
                    match gate::passes_as(&self.session, &wanted, &self.cwd, &self.actor) {
                        Ok(judgement) => judgement.is_some(),
                        Err(error) => {
                            render::error(&error);
                            false
                        }
                    }
                };
                let yes = alive && stopped.into_iter().all(decided);
                sys::leave(i32::from(!yes))
            }
        }
    }

    fn ran(&mut self, text: &[u8]) {
        self.any = true;
        if !leaves_nothing(text, &self.earlier) {
            self.earlier.push_str(&bytes::decode(text).text);
            if !self.earlier.ends_with('\n') {
                self.earlier.push('\n');
            }
            self.lost |= self.earlier.len() > MAX_EARLIER;
            self.watched |= WATCHING.iter().any(|word| self.earlier.contains(word));
        }
    }

    fn says(&mut self, why: &str) {
        eprintln!("wardsh: commands on standard input: {why}");
        eprintln!("hint: give that program an input of its own (`sudo program < FILE`), or end it with Ctrl-C");
    }

    fn gives_up(&mut self, why: &str) {
        eprintln!("wardsh: refused: commands on standard input: {why}");
        eprintln!("{HINT}");
    }
}

/// A process, and what only it has got.
type Place<'a> = (i32, &'a [u8]);

/// Where a text may run: in the program that waits for it, and in the shell where that program takes it no more.
fn places(readers: Readers<'_>) -> impl Iterator<Item = Place<'_>> {
    readers.other.into_iter().chain(std::iter::once((readers.shell, &[][..])))
}

/// Commands that change nothing in the shell that runs them.
const PLAIN: &[&str] = &[
    "echo", "printf", "true", "false", ":", "ls", "pwd", "cat", "date", "whoami", "id", "uname", "head", "tail", "wc",
    "grep", "sleep", "test", "which", "hostname", "git",
];

/// An empty line or a comment.
fn is_blank(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    text.is_empty() || text.starts_with(b"#") && !text.contains(&b'\n')
}

/// Words without which nothing runs by itself between commands and no variable stands for another.
const WATCHING: &[&str] =
    &["trap", "TRAP", "DEBUG", "PS4", "PROMPT_COMMAND", "precmd", "preexec", "declare", "typeset", "local", "nameref"];

/// Says whether a command surely leaves nothing behind that later ones could use: one plain program, of a name that
/// nothing before has given another meaning.
fn leaves_nothing(text: &[u8], earlier: &str) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    if is_blank(text.as_bytes()) {
        return true;
    }
    let line = without_document(text.trim());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b" _-./:,%+@'\"$!?".contains(&byte);
    let name = line.split(' ').next().unwrap_or_default();
    let writes = line.contains(" -v") || name == "git" && !line.starts_with("git status");
    line.bytes().all(plain) && PLAIN.contains(&name) && !writes && !earlier.contains(name)
}

/// A command's first line without the here-document behind it, where that is plain text to the end.
fn without_document(text: &str) -> &str {
    let parts = || {
        let (line, body) = text.split_once('\n')?;
        let (command, word) = line.strip_suffix('\'')?.rsplit_once("<<'")?;
        let last = body.lines().position(|line| line == word)? + 1 == body.lines().count();
        (last && !word.is_empty()).then_some(command.trim_end())
    };
    parts().unwrap_or(text)
}

/// `NAME=value`, all of it literal.
fn is_plain_value(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let Some((name, value)) = text.trim().split_once('=') else { return false };
    let ident = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let literal = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./:,%+@".contains(&byte));
    ident && literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_nothing_behind() {
        for line in ["echo a b\n", "", "\n", "# x = y\n", "ls -l \"$HOME\"\n"] {
            assert!(leaves_nothing(line.as_bytes(), ""), "{line:?}");
        }
        for line in ["x=1\n", "echo a > f\n", "printf -v x y\n", "cd x\n", "echo `x`\n", "echo a; b\n", "echo\ncd /\n"]
        {
            assert!(!leaves_nothing(line.as_bytes(), ""), "{line:?}");
        }
        assert!(leaves_nothing(b"wc -c <<'E'\nx=$(y)\nE\n", ""));
        for text in ["wc -c <<E\n$((x=1))\nE\n", "wc <<'E'\nE\nx=1\nE\n", "x=1 <<'E'\nE\n", "cat > f <<'E'\nE\n"] {
            assert!(!leaves_nothing(text.as_bytes(), ""), "{text:?}");
        }
        for (line, plain) in
            [("x=1\n", true), ("x=a b\n", false), ("x=$y\n", false), ("x=`y`\n", false), ("x=1\nls\n", false)]
        {
            assert_eq!(is_plain_value(line.as_bytes()), plain, "{line:?}");
        }
        assert!(!leaves_nothing(b"echo a\n", "echo() { x=1; }\n"));
    }
}
