//! `wardsh approvals`: questions that wait, answered from another terminal of the same user; grants.
//!
//! Shows and asks; whether an answer counts is decided by the process that waits for it.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};

use super::decide::spoken;
use super::{Exit, Places, render, setup};
use crate::approve::client::{Failed, Question};
use crate::approve::now;
use crate::approve::prompt::{self, Ask, Typed};
use crate::request::grant::Grant;
use crate::request::{Answer, Request, RequestId, show};
use crate::session::Session;
use crate::store::{Grants, Queue, Waiting};

/// How often `watch` looks for new questions.
const PACE: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub(super) struct ApprovalsArgs {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the questions that wait, and the grants for sessions
    List,
    /// Show a question, and who has tried to answer it
    Show {
        /// The request
        id: String,
    },
    /// Say yes (people only)
    Approve {
        /// The request
        id: String,
        /// Also to what the same rules ask about the like, in this session, for an hour
        #[arg(long)]
        session: bool,
    },
    /// Say no (people only)
    Deny {
        /// The request
        id: String,
    },
    /// Show questions as they come, and answer them (people only; with --json: show only)
    Watch,
    /// List the grants for sessions
    Grants,
    /// Take a grant back
    Revoke {
        /// The grant
        id: String,
    },
}

pub(super) fn run(places: &Places, args: &ApprovalsArgs) -> Result<Exit> {
    // Whoever waits looks for itself who answers.
    crate::sys::be_looked_at();
    let session = setup::session(places)?;
    let queue = Queue::new(&session.machine().state_dir);
    match args.verb.as_ref().unwrap_or(&Verb::List) {
        Verb::List => Ok(list(&session, &queue, args.json)),
        Verb::Show { id } => Ok(show(&queue, &parse(id)?, args.json)),
        Verb::Approve { id, session: lasting } => {
            let answer = if *lasting { Answer::Session } else { Answer::Once };
            approve(&session, &queue, &parse(id)?, answer)
        }
        Verb::Deny { id } => Ok(deny(&queue, &parse(id)?)),
        Verb::Watch => watch(&session, &queue, args.json),
        Verb::Grants => Ok(grants(&session, args.json)),
        Verb::Revoke { id } => revoke(&session, id),
    }
}

fn parse(id: &str) -> Result<RequestId> {
    let Some(id) = RequestId::parse(id) else { bail!("`{}` is not the id of a request", render::visible(id, false)) };
    Ok(id)
}

/// The questions, each with the number of processes that wait for its answer.
fn questions(queue: &Queue) -> Vec<(Waiting, usize)> {
    let mut all: Vec<(Waiting, usize)> = Vec::new();
    let now = now();
    for waiting in queue.list().into_iter().filter(|waiting| !waiting.request.is_over(now)) {
        match all.iter_mut().find(|(known, _)| is_same(&known.request, &waiting.request)) {
            Some((_, count)) => *count += 1,
            None => all.push((waiting, 1)),
        }
    }
    all
}

/// Says whether two requests are one question: who waits may claim any action, so what is shown must be the same, too.
fn is_same(a: &Request, b: &Request) -> bool {
    a.action == b.action && a.session == b.session && a.host == b.host && a.shown == b.shown
}

fn list(session: &Session, queue: &Queue, json: bool) -> Exit {
    let given = Grants::new(&session.machine().state_dir).all(now());
    let all = questions(queue);
    if json {
        let requests: Vec<_> = all.iter().map(|(waiting, count)| as_json(waiting, *count)).collect();
        println!("{}", serde_json::json!({"v": 1, "requests": requests, "grants": given}));
        return Exit::Done;
    }
    if all.is_empty() {
        println!("nothing waits for an answer");
    }
    for (waiting, count) in &all {
        println!("{}", line(&waiting.request, *count));
    }
    if !given.is_empty() {
        println!("\ngrants (wardsh approvals revoke ID takes one back)");
        given.iter().for_each(print_grant);
    }
    Exit::Done
}

fn as_json(waiting: &Waiting, count: usize) -> serde_json::Value {
    serde_json::json!({"request": waiting.request, "pid": waiting.pid, "waiting": count})
}

/// One question in one line.
fn line(request: &Request, count: usize) -> String {
    let shown = &request.shown;
    let rule = shown.matches.first().map_or("-", |found| found.rule.as_str());
    let left = spoken(request.expires.saturating_sub(now()));
    let who = if shown.actor.name.is_empty() { shown.actor.kind.as_str() } else { &*shown.actor.name };
    let times = if count > 1 { format!(" ×{count}") } else { String::new() };
    let span = shown.matches.first().map_or(crate::syntax::Span::new(0, shown.command.len()), |found| found.span);
    format!(
        "{}  {left:>9}  {:<10} {:<28} {}{times}",
        request.id,
        render::visible(who, false),
        rule,
        render::around(&shown.command, span, 60)
    )
}

fn show(queue: &Queue, id: &RequestId, json: bool) -> Exit {
    let attempts = queue.attempts(id);
    let found = queue.list().into_iter().find(|waiting| waiting.request.id == *id);
    if json {
        let waiting = found.as_ref().map(|waiting| as_json(waiting, 1));
        println!("{}", serde_json::json!({"v": 1, "request": waiting, "attempts": attempts}));
        return if found.is_some() { Exit::Done } else { Exit::Failed };
    }
    match &found {
        Some(waiting) => {
            print!("{}", show::question(&waiting.request.shown));
            println!("  {}", show::identity(&waiting.request));
            println!(
                "  process {} on {} waits for another {}",
                waiting.pid,
                render::visible(&waiting.request.host, false),
                spoken(waiting.request.expires.saturating_sub(now()))
            );
        }
        None => println!("no request `{id}` waits for an answer"),
    }
    for attempt in &attempts {
        println!(
            "  not accepted: process {} (uid {}, {}): {}",
            attempt.pid,
            attempt.uid,
            render::visible(&attempt.program, false),
            render::visible(&attempt.why, false)
        );
    }
    if found.is_some() { Exit::Done } else { Exit::Failed }
}

/// Opens a question at every process that waits for its answer; the named one comes first.
fn open(queue: &Queue, id: &RequestId) -> Result<Vec<Question>, Failed> {
    let first = Question::open(queue, id)?;
    let mut all = Vec::new();
    for waiting in queue.list() {
        if waiting.request.id != *id && is_same(&waiting.request, &first.request) {
            // One that has gone in the meantime needs no answer; what it sent is compared again.
            all.extend(
                Question::open(queue, &waiting.request.id).ok().filter(|other| is_same(&other.request, &first.request)),
            );
        }
    }
    all.insert(0, first);
    Ok(all)
}

/// The question as the waiting process has sent it, and what must be typed for a yes.
fn put(session: &Session, questions: &[Question], answer: Answer) -> Option<Ask> {
    let request = &questions.first()?.request;
    let words: Vec<&str> = questions.iter().map(|question| question.challenge.as_str()).collect();
    let mut text = show::question(&request.shown);
    text.push_str(&format!("  {}\n", show::identity(request)));
    if questions.len() > 1 {
        text.push_str(&format!("  {} processes wait for this answer\n", questions.len()));
    }
    let purpose = match answer {
        Answer::Session => "allow it, and the like in that session for an hour",
        _ => "let it run once",
    };
    Some(Ask {
        text,
        word: Some(words.join("-")),
        purpose: purpose.to_owned(),
        otherwise: "leaves it waiting".to_owned(),
        plain: setup::is_plain(session),
        ..Ask::default()
    })
}

fn approve(session: &Session, queue: &Queue, id: &RequestId, answer: Answer) -> Result<Exit> {
    let questions = match open(queue, id) {
        Ok(questions) => questions,
        Err(error) => return Ok(failed(&error)),
    };
    if answer == Answer::Session && questions.iter().any(|question| !question.request.grantable) {
        bail!("this is not granted for a session; without --session it can be approved once");
    }
    let Some(ask) = put(session, &questions, answer) else { return Ok(Exit::Failed) };
    let typed = prompt::ask(&ask, questions.first().map(Question::fd))?;
    Ok(hand_in(questions, answer, typed))
}

/// Hands in what was typed at every process that waits.
fn hand_in(questions: Vec<Question>, answer: Answer, typed: Option<Typed>) -> Exit {
    let Some(typed) = typed else {
        let ended = questions.into_iter().next().map(Question::ended);
        return ended.map_or(Exit::Failed, |error| failed(&error));
    };
    if typed.answer == Answer::No {
        eprintln!("wardsh: not approved: the word was not typed; the request still waits");
        if let Some(question) = questions.first() {
            eprintln!("hint: wardsh approvals approve {0}, or wardsh approvals deny {0}", question.request.id);
        }
        return Exit::Failed;
    }
    let mut worst = Exit::Done;
    for (question, word) in questions.into_iter().zip(typed.typed.split('-')) {
        let identity = show::identity(&question.request);
        match question.answer(answer, word) {
            Ok(()) => println!("approved  {identity}"),
            Err(error) => worst = failed(&error),
        }
    }
    worst
}

fn deny(queue: &Queue, id: &RequestId) -> Exit {
    let questions = match open(queue, id) {
        Ok(questions) => questions,
        Err(error) => return failed(&error),
    };
    let mut worst = Exit::Done;
    for question in questions {
        let identity = show::identity(&question.request);
        match question.answer(Answer::No, "") {
            Ok(()) => println!("denied  {identity}"),
            Err(error) => worst = failed(&error),
        }
    }
    worst
}

fn failed(error: &Failed) -> Exit {
    eprintln!("wardsh: {}", render::visible(&error.to_string(), false));
    if matches!(error, Failed::Refused(_)) {
        eprintln!("hint: answers are taken from a person in another terminal of their own, outside of any agent");
    }
    if matches!(error, Failed::Refused(_)) { Exit::Refused } else { Exit::Failed }
}

/// Shows questions as they come. People answer them; whoever only reads JSON does not.
fn watch(session: &Session, queue: &Queue, json: bool) -> Result<Exit> {
    let mut seen: HashSet<RequestId> = HashSet::new();
    if !json {
        eprintln!("wardsh: watching for questions; Ctrl-C ends it");
    }
    loop {
        for (waiting, count) in questions(queue) {
            if !seen.insert(waiting.request.id.clone()) {
                continue;
            }
            if json {
                println!("{}", as_json(&waiting, count));
            } else {
                println!("\n{}", line(&waiting.request, count));
                // What goes wrong with one question has been said; the next one is another.
                watched(session, queue, &waiting.request.id)?;
            }
        }
        std::thread::sleep(PACE);
    }
}

/// Asks about one question: leave it, no, yes.
fn watched(session: &Session, queue: &Queue, id: &RequestId) -> Result<()> {
    let questions = match open(queue, id) {
        Ok(questions) => questions,
        Err(error) => {
            failed(&error);
            return Ok(());
        }
    };
    let Some(ask) = put(session, &questions, Answer::Once) else { return Ok(()) };
    let ask = Ask { purpose: "let it run once, `no` to deny it".to_owned(), ..ask };
    let typed = prompt::ask(&ask, questions.first().map(Question::fd))?;
    let says_no = typed.as_ref().is_some_and(|typed| matches!(typed.typed.trim(), "no" | "n" | "deny"));
    if says_no {
        drop(questions);
        deny(queue, id);
    } else {
        hand_in(questions, Answer::Once, typed);
    }
    Ok(())
}

fn grants(session: &Session, json: bool) -> Exit {
    let now = now();
    let all = Grants::new(&session.machine().state_dir).all(now);
    if json {
        println!("{}", serde_json::json!({"v": 1, "grants": all}));
        return Exit::Done;
    }
    if all.is_empty() {
        println!("no grants");
    }
    all.iter().for_each(print_grant);
    Exit::Done
}

fn print_grant(grant: &Grant) {
    let terms = &grant.terms;
    println!(
        "{}  {} (up to {}) for {} {} (process {}), another {}, given by {}",
        grant.id,
        terms.rule,
        terms.severity,
        terms.actor.kind,
        render::visible(&terms.actor.name, false),
        terms.process.0,
        spoken(grant.expires.saturating_sub(now())),
        render::visible(&grant.by, false)
    );
    for cover in &terms.covers {
        println!("    {} in {} ({})", cover.kind.as_str(), render::visible(&cover.folder, false), cover.scope);
    }
}

fn revoke(session: &Session, id: &str) -> Result<Exit> {
    if Grants::new(&session.machine().state_dir).revoke(id, now())? {
        println!("{} is taken back", render::visible(id, false));
        return Ok(Exit::Done);
    }
    bail!("there is no grant `{}`", render::visible(id, false))
}
