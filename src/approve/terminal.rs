//! This terminal: a question to the person in front of it, and a typed challenge for what cannot be taken back.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::Instant;

use super::prompt::{self, Ask, Prompt};
use super::{Channel, random};
use crate::policy::Severity;
use crate::request::{Answer, Reply, Request, letters, show};

/// Letters of the word to be typed.
const CHALLENGE: usize = 5;

/// The channel.
#[derive(Debug)]
pub struct Terminal {
    prompt: Option<Prompt>,
    digest: String,
    by: String,
}

/// How a question is put here.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// What whoever wants to know more is shown.
    pub explain: String,
    /// Plain text only.
    pub plain: bool,
    /// Guarded processes run on this terminal, and could type an answer: a word that is only shown here is wanted.
    pub shared: bool,
    /// How else it can be answered, for the reader; may be empty.
    pub elsewhere: String,
    /// Who sits here.
    pub by: String,
}

impl Terminal {
    /// Puts a request to the person at the controlling terminal.
    ///
    /// # Errors
    /// There is none, or no helper to be had.
    pub fn open(request: &Request, manner: &Manner) -> io::Result<Self> {
        let ask = ask(request, manner)?;
        Ok(Self { prompt: Some(Prompt::put(&ask)?), digest: request.digest.clone(), by: manner.by.clone() })
    }
}

/// What the person at the terminal is asked about a request.
///
/// # Errors
/// The system has no random bytes.
pub fn ask(request: &Request, manner: &Manner) -> io::Result<Ask> {
    let critical = request.shown.severity() == Severity::Critical;
    let word = if critical || manner.shared { Some(random_word()?) } else { None };
    let mut text = format!("wardsh asks before this runs:\n{}", show::question(&request.shown));
    let mut last = vec![format!("  {}", show::identity(request))];
    last.extend((!manner.elsewhere.is_empty()).then(|| format!("  {}", manner.elsewhere)));
    // The head and what is below belong to the lines that a question may have.
    let room = show::MAX_LINES - 1 - last.len();
    let kept: Vec<&str> = text.lines().take(room).collect();
    text = format!("{}\n{}\n", kept.join("\n"), last.join("\n"));
    Ok(Ask {
        text,
        explain: manner.explain.clone(),
        session: request.grantable && word.is_none(),
        word,
        purpose: "run it once".to_owned(),
        otherwise: String::new(),
        plain: manner.plain,
    })
}

impl Channel for Terminal {
    fn fds(&self) -> Vec<BorrowedFd<'_>> {
        self.prompt.iter().map(Prompt::fd).collect()
    }

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn step(&mut self) -> Option<Reply> {
        let typed = self.prompt.as_mut()?.step()?;
        self.prompt = None;
        Some(Reply {
            digest: self.digest.clone(),
            answer: typed.answer,
            channel: "this terminal".to_owned(),
            by: self.by.clone(),
        })
    }

    fn withdraw(&mut self, why: &str) {
        if let Some(prompt) = self.prompt.take() {
            prompt.withdraw(why);
        }
    }
}

/// Asks the person at the controlling terminal to type a word; false where they do not.
///
/// # Errors
/// There is no terminal, or nothing random.
pub fn challenge(what: &str, plain: bool) -> io::Result<bool> {
    let ask = Ask {
        text: format!("{}\n", show::visible(what, true)),
        word: Some(random_word()?),
        purpose: "go on".to_owned(),
        plain,
        ..Ask::default()
    };
    Ok(prompt::ask(&ask, None)?.is_some_and(|typed| typed.answer != Answer::No))
}

/// A short word that cannot be typed ahead.
fn random_word() -> io::Result<String> {
    random::<CHALLENGE>().map(|bytes| letters(&bytes))
}
