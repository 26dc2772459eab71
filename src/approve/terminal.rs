//! This terminal: a question before the command starts, and a typed challenge for what cannot be taken back.
//!
//! Nothing of the command runs while the question stands, so it is asked in this very process. Typed-ahead keys are
//! dropped; Ctrl-C, end of input and anything unclear mean no.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use dialoguer::{Confirm, Input};

/// How long the terminal must be quiet before a key counts.
const QUIET: Duration = Duration::from_millis(300);
/// How long quiet is waited for; a key held down does not keep the question away for ever.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks whether something may be done once; `question` is shown as it is.
#[must_use]
pub fn confirm(question: &str) -> bool {
    settle();
    Confirm::new().with_prompt(question).default(false).interact().unwrap_or(false)
}

/// Asks for a word to be typed; true where it is exactly that one.
#[must_use]
pub fn challenge(question: &str, word: &str) -> bool {
    settle();
    Input::<String>::new()
        .with_prompt(format!("{question} Type {word} to go on"))
        .allow_empty(true)
        .interact_text()
        .is_ok_and(|typed| typed.trim() == word)
}

/// A short word that cannot be typed ahead: four letters from the system's random source.
#[must_use]
pub fn random_word() -> String {
    let mut bytes = [0_u8; 4];
    let filled = File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes));
    if filled.is_err() {
        return "confirm".to_owned();
    }
    // Letters that look like no others.
    const LETTERS: &[u8; 16] = b"acdefhkmnprtuvwx";
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 16)])).collect()
}

/// Drops what was typed before the question, and waits for a moment of quiet.
fn settle() {
    let Ok(tty) = File::options().read(true).write(true).open("/dev/tty") else { return };
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        let _ = rustix::termios::tcflush(tty.as_fd(), rustix::termios::QueueSelector::IFlush);
        std::thread::sleep(QUIET);
        if rustix::io::ioctl_fionread(tty.as_fd()).is_ok_and(|waiting| waiting == 0) {
            return;
        }
    }
}
