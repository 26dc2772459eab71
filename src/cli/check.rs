//! `wardsh check`: the verdict, and nothing runs.

use std::io::{BufRead, Read, Write};

use anyhow::{Context as _, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde::Deserialize;

use super::{Exit, Places, check_file, render, setup};
use crate::policy::{Actor, Decision, Verdict};
use crate::session::{Error, Judgement, Session, Submission};
use crate::syntax::{Dialect, Setting, bytes};

/// Bytes of a line on standard input or in a batch.
const MAX_LINE: u64 = 16 << 20;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Print the verdict as JSON
    #[arg(long)]
    json: bool,
    /// Who submits the command: human, agent or agent:NAME
    #[arg(long, value_parser = setup::actor, default_value = "agent")]
    actor: Actor,
    /// The folder it would run in
    #[arg(long, value_name = "DIR")]
    cwd: Option<String>,
    /// The shell that would read it
    #[arg(long, value_name = "SHELL", default_value = "bash", value_parser = setup::dialect)]
    shell: Dialect,
    /// Read JSON lines from standard input, write a verdict for each
    #[arg(long, conflicts_with_all = ["command", "json"])]
    batch: bool,
    /// Check every command in scripts, makefiles, Dockerfiles, CI files and package.json; folders with all below
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with_all = ["command", "batch"])]
    file: Vec<std::path::PathBuf>,
    /// With --file: how to say what was found
    #[arg(
        long,
        value_enum,
        default_value_t = check_file::Format::Text,
        conflicts_with_all = ["json", "command", "batch"]
    )]
    format: check_file::Format,
    /// The command; `-` reads it from standard input
    #[arg(value_name = "CMD", required_unless_present_any = ["batch", "file"], allow_hyphen_values = true)]
    command: Vec<std::ffi::OsString>,
}

pub(super) fn run(places: &Places, args: &CheckArgs) -> Result<Exit> {
    let cwd = setup::folder(args.cwd.as_deref())?;
    let session = setup::session(places)?;
    if args.batch {
        return batch(&session, &cwd, &args.actor, args.shell);
    }
    if !args.file.is_empty() {
        let format = if args.json { check_file::Format::Json } else { args.format };
        return check_file::run(&session, &cwd, &args.actor, &args.file, format);
    }
    let command = command(&args.command)?;
    let submission = Submission { command: &command, cwd: &cwd, actor: &args.actor, shell: &[] };
    let verdict = judge(&session, &submission, args.shell)?.verdict;
    if args.json {
        println!("{}", serde_json::to_string(&verdict)?);
    } else {
        render::brief(&verdict);
    }
    Ok(exit(verdict.decision))
}

/// Judges a line that this shell would read.
pub(super) fn judge(session: &Session, submission: &Submission<'_>, dialect: Dialect) -> Result<Judgement, Error> {
    let setting = Setting { dialect, ..Setting::default() };
    session.judge_in(submission, &setting, &session.machine().vars)
}

/// The bytes of the command: the one word, the words joined by blanks, or standard input for `-`.
pub(super) fn command(words: &[std::ffi::OsString]) -> Result<Vec<u8>> {
    use std::os::unix::ffi::OsStrExt;
    if let [word] = words
        && word == "-"
    {
        let mut text = Vec::new();
        std::io::stdin().lock().take(MAX_LINE + 1).read_to_end(&mut text).context("standard input")?;
        if text.len() as u64 > MAX_LINE {
            bail!("the command on standard input is longer than {} MB", MAX_LINE >> 20);
        }
        return Ok(text);
    }
    Ok(words.iter().map(|word| word.as_bytes()).collect::<Vec<_>>().join(&b' '))
}

pub(super) fn exit(decision: Decision) -> Exit {
    match decision {
        Decision::Allow | Decision::Warn => Exit::Done,
        Decision::Ask => Exit::Ask,
        Decision::Deny => Exit::Deny,
    }
}

/// One line of a batch.
#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    id: Option<serde_json::Value>,
    #[serde(default)]
    command: Option<String>,
    #[serde(default)]
    command_b64: Option<String>,
    #[serde(default)]
    cwd: Option<String>,
    #[serde(default)]
    actor: Option<String>,
}

fn batch(session: &Session, cwd: &str, actor: &Actor, shell: Dialect) -> Result<Exit> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut all_judged = true;
    let mut input = std::io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line).context("standard input")? == 0 {
            break;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match answer(session, cwd, (actor, shell), &line) {
            Ok(verdict) => serde_json::to_writer(&mut out, &verdict)?,
            Err((id, code, message)) => {
                all_judged = false;
                let mut error = serde_json::json!({"v": 1, "error": {"code": code, "message": message}});
                if let Some(id) = id {
                    error["id"] = id;
                }
                serde_json::to_writer(&mut out, &error)?;
            }
        }
        out.write_all(b"\n")?;
        out.flush()?;
    }
    Ok(if all_judged { Exit::Done } else { Exit::Usage })
}

type BatchError = (Option<serde_json::Value>, &'static str, String);

fn answer(session: &Session, cwd: &str, (actor, shell): (&Actor, Dialect), line: &[u8]) -> Result<Verdict, BatchError> {
    let request: Request =
        serde_json::from_slice(line).map_err(|error| (None, "malformed", format!("not a request: {error}")))?;
    let id = request.id;
    let fail = |code, message: &str| (id.clone(), code, message.to_owned());
    let command = match (request.command, request.command_b64) {
        (Some(text), None) => text.into_bytes(),
        (None, Some(text)) => {
            STANDARD.decode(text).map_err(|error| fail("malformed", &format!("command_b64: {error}")))?
        }
        _ => return Err(fail("malformed", "give exactly one of `command` and `command_b64`")),
    };
    let cwd = match request.cwd {
        Some(dir) if dir.starts_with('/') => dir,
        Some(dir) => crate::syntax::paths::join(cwd, &dir),
        None => cwd.to_owned(),
    };
    let actor = match request.actor {
        Some(text) => setup::actor(&text).map_err(|message| fail("malformed", &message))?,
        None => actor.clone(),
    };
    let submission =
        Submission { command: &command, cwd: &bytes::decode(cwd.as_bytes()).text, actor: &actor, shell: &[] };
    let mut verdict = judge(session, &submission, shell).map_err(|error| fail("config", &error.to_string()))?.verdict;
    verdict.id = id;
    Ok(verdict)
}
