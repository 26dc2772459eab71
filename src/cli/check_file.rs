//! `wardsh check --file`: every command of files and folders.

use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::ValueEnum;

use super::{Exit, check, render, setup};
use crate::policy::located::Problem;
use crate::policy::{Actor, Decision};
use crate::scan::report::{self, Fault, FileReport, Judged, Report};
use crate::scan::{self, Command, Kind, Lines, Place, sarif};
use crate::session::{Session, Submission};
use crate::syntax::{Setting, bytes, paths};

/// Bytes of one file.
const MAX_FILE: u64 = 1 << 20;
/// Files with commands below all folders.
const MAX_FILES: usize = 10_000;
/// Entries of folders that are looked at to find them.
const MAX_SEEN: usize = 500_000;
/// Folders inside each other.
const MAX_DEPTH: usize = 64;
/// Folders that hold what others wrote.
const SKIPPED: &[&str] = &[".git", ".hg", ".svn", "node_modules", "target", "vendor", ".venv", "__pycache__"];

/// How to say what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Lines for people
    Text,
    /// One JSON document
    Json,
    /// SARIF 2.1.0
    Sarif,
}

pub(super) fn run(session: &Session, cwd: &str, actor: &Actor, given: &[PathBuf], format: Format) -> Result<Exit> {
    let here = setup::cwd()?;
    let mut report = Report { v: 1, ..Report::default() };
    let mut walk = Walk { report: &mut report, files: Vec::new(), seen: 0, full: false };
    for path in given {
        walk.given(path);
    }
    let files = walk.files;
    let mut texts = Vec::new();
    for (path, kind) in files {
        let shown = shown(&path);
        match read(&path, kind, &here) {
            Ok((text, commands)) => {
                let lines = Lines::of(&text);
                let commands = commands
                    .iter()
                    .map(|command| judged(session, cwd, &here, actor, command, &lines))
                    .collect::<Result<_>>()?;
                report.files.push(FileReport { path: shown, commands });
                texts.push(text);
            }
            Err(fault) => report.errors.push(Fault { path: shown, ..fault }),
        }
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match format {
        Format::Text => text(&mut out, &report, &texts),
        Format::Json => serde_json::to_writer(&mut out, &report).map_err(Into::into).and_then(|()| writeln!(out)),
        Format::Sarif => serde_json::to_writer_pretty(&mut out, &sarif::log(&report))
            .map_err(Into::into)
            .and_then(|()| writeln!(out)),
    }
    .and_then(|()| out.flush())
    .context("standard output")?;
    for fault in &report.errors {
        eprintln!("wardsh: {}", render::visible(&told(fault), true));
    }
    Ok(match check::exit(report.decision()) {
        _ if !report.errors.is_empty() => Exit::Usage,
        exit => exit,
    })
}

/// Judges one command where it would run.
fn judged(
    session: &Session,
    cwd: &str,
    here: &str,
    actor: &Actor,
    command: &Command,
    lines: &Lines<'_>,
) -> Result<Judged> {
    let cwd = if command.folder.is_empty() { cwd.to_owned() } else { paths::join(here, &command.folder) };
    let mut vars = match command.place {
        Place::Here => HashMap::clone(&session.machine().vars),
        Place::Runner => runner(session, &cwd).into_iter().collect(),
        Place::Image => HashMap::new(),
    };
    vars.extend(command.vars.iter().cloned());
    let remote = (command.place == Place::Image).then(|| "image".to_owned());
    let setting = Setting { remote, standing: true, ..Setting::default() };
    let submission = Submission { command: command.text.as_str().as_bytes(), cwd: &cwd, actor, shell: &[] };
    let verdict = session.judge_in(&submission, &setting, &Arc::new(vars))?.verdict;
    Ok(report::judged(lines, command, verdict))
}

/// What a CI service sets: the checkout is this repository, the rest lies in a temporary folder.
fn runner(session: &Session, checkout: &str) -> Vec<(String, String)> {
    const CHECKOUT: &[&str] = &[
        "GITHUB_WORKSPACE",
        "CI_PROJECT_DIR",
        "CIRCLE_WORKING_DIRECTORY",
        "Build_SourcesDirectory",
        "BUILD_SOURCESDIRECTORY",
        "BITBUCKET_CLONE_DIR",
        "TRAVIS_BUILD_DIR",
        "DRONE_WORKSPACE",
    ];
    const TEMPORARY: &[&str] = &[
        "RUNNER_TEMP",
        "AGENT_TEMPDIRECTORY",
        "GITHUB_ENV",
        "GITHUB_OUTPUT",
        "GITHUB_PATH",
        "GITHUB_STATE",
        "GITHUB_STEP_SUMMARY",
    ];
    let pair = |name: &str, value: String| (name.to_owned(), value);
    let mut vars = vec![pair("CI", "true".to_owned()), pair("HOME", session.machine().home.clone())];
    vars.extend(CHECKOUT.iter().map(|name| pair(name, checkout.to_owned())));
    vars.extend(TEMPORARY.iter().map(|name| pair(name, format!("/tmp/runner/{}", name.to_ascii_lowercase()))));
    vars
}

/// Collects files in the order in which they were given, those of a folder by name.
struct Walk<'a> {
    report: &'a mut Report,
    files: Vec<(PathBuf, Kind)>,
    seen: usize,
    full: bool,
}

impl Walk<'_> {
    fn given(&mut self, path: &Path) {
        if path.is_dir() {
            self.folder(path, 0);
            return;
        }
        match fs::metadata(path) {
            Ok(meta) if !meta.is_file() => return self.fault(path, "no regular file".to_owned()),
            _ => {}
        }
        match fs::File::open(path).map(|_| kind(path)) {
            Ok(Some(kind)) => self.files.push((path.to_owned(), kind)),
            Ok(None) => self.fault(path, "no kind of file in which commands are known".to_owned()),
            Err(error) => self.fault(path, reason(&error)),
        }
    }

    fn folder(&mut self, dir: &Path, depth: usize) {
        let entries = match fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(error) => return self.fault(dir, reason(&error)),
        };
        let mut entries: Vec<fs::DirEntry> = entries.filter_map(Result::ok).take(MAX_SEEN).collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            self.seen += 1;
            if self.full {
                return;
            }
            if self.files.len() >= MAX_FILES || self.seen > MAX_SEEN {
                self.full = true;
                return self.fault(&entry.path(), "too many files: from here on none is checked".to_owned());
            }
            let (path, name) = (entry.path(), entry.file_name());
            let Ok(what) = entry.file_type() else { continue };
            if what.is_dir() && depth < MAX_DEPTH && !SKIPPED.iter().any(|skipped| name == *skipped) {
                self.folder(&path, depth + 1);
            } else if what.is_file() {
                self.files.extend(kind(&path).map(|kind| (path, kind)));
            }
        }
    }

    fn fault(&mut self, path: &Path, message: String) {
        self.report.errors.push(Fault { path: shown(path), line: None, column: None, message });
    }
}

/// The kind by the whole path, else by the first line of a file without an ending.
fn kind(path: &Path) -> Option<Kind> {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let whole = whole.to_string_lossy();
    Kind::of_path(&whole).or_else(|| {
        if path.extension().is_some() {
            return None;
        }
        let mut head = Vec::new();
        fs::File::open(path).ok()?.take(256).read_to_end(&mut head).ok()?;
        Kind::of_first_line(&head)
    })
}

/// A file's text and commands.
fn read(path: &Path, kind: Kind, here: &str) -> Result<(String, Vec<Command>), Fault> {
    let fault = |message: String| Fault { path: String::new(), line: None, column: None, message };
    let mut content = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut content))
        .map_err(|error| fault(reason(&error)))?;
    if content.len() as u64 > MAX_FILE {
        return Err(fault(format!("larger than {} MB", MAX_FILE >> 20)));
    }
    if content.iter().take(8_192).any(|&byte| byte == 0) {
        return Err(fault("not a text file".to_owned()));
    }
    let text = bytes::decode(&content).text.into_owned();
    let whole = paths::join(here, &shown(path));
    let commands = scan::commands(kind, &whole, &text).map_err(|problem| {
        let Problem { place, message, .. } = problem;
        Fault { line: Some(place.line), column: Some(place.column), ..fault(message) }
    })?;
    Ok((text, commands))
}

/// A path as it is shown and written into reports.
fn shown(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let text = bytes::decode(path.as_os_str().as_bytes()).text.into_owned();
    text.strip_prefix("./").map(str::to_owned).unwrap_or(text)
}

/// The error without its number.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

fn told(fault: &Fault) -> String {
    match (fault.line, fault.column) {
        (Some(line), Some(column)) if line > 0 => format!("{}:{line}:{column}: {}", fault.path, fault.message),
        _ => format!("{}: {}", fault.path, fault.message),
    }
}

/// One paragraph for each match, and a last line that counts.
fn text(out: &mut impl Write, report: &Report, texts: &[String]) -> std::io::Result<()> {
    let mut counts = [0_usize; 4];
    for (file, text) in report.files.iter().zip(texts) {
        let lines = Lines::of(text);
        for command in &file.commands {
            if let Some(count) = counts.get_mut(command.verdict.decision as usize) {
                *count += 1;
            }
            let mut told: Vec<_> = command.verdict.matches.iter().zip(&command.places).collect();
            told.retain(|(found, _)| found.decision > Decision::Allow);
            told.sort_by_key(|(found, place)| (place.line, place.column, std::cmp::Reverse(found.decision)));
            for (found, place) in told {
                writeln!(
                    out,
                    "{}:{}:{}: {} {}: {}",
                    render::visible(&file.path, false),
                    place.line,
                    place.column,
                    found.decision,
                    found.rule,
                    render::visible(&found.because, false)
                )?;
                let line = lines.line(place.line);
                let width =
                    if place.end_line == place.line { place.end_column - place.column } else { line.chars().count() };
                pointed(out, line, place.column, width)?;
                if !found.instead.is_empty() {
                    writeln!(out, "  instead: {}", render::visible(&found.instead, false))?;
                }
            }
        }
    }
    let [_, warn, ask, deny] = counts;
    let total: usize = counts.iter().sum();
    writeln!(
        out,
        "{total} {} in {} {}: {deny} refused, {ask} to ask about, {warn} to warn about",
        if total == 1 { "command" } else { "commands" },
        report.files.len(),
        if report.files.len() == 1 { "file" } else { "files" },
    )
}

/// The line and a row of carets below it; a long line is cut around the place.
fn pointed(out: &mut impl Write, line: &str, column: usize, width: usize) -> std::io::Result<()> {
    const MOST: usize = 110;
    let long = line.chars().count() > MOST;
    let skip = if long && column > MOST / 2 { column - MOST / 4 } else { 0 };
    let cut: String = line.chars().skip(skip).take(MOST).collect();
    let before: String = cut.chars().take(column - 1 - skip).collect();
    let marked: String = cut.chars().skip(column - 1 - skip).take(width).collect();
    let columns = |text: &str| render::visible(text, false).chars().count();
    writeln!(out, "  | {}", render::visible(&cut, false))?;
    writeln!(out, "  | {}{}", " ".repeat(columns(&before)), "^".repeat(columns(&marked).max(1)))
}
