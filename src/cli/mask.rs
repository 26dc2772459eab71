//! `wardsh mask`: a filter for pipes and CI logs. Standard input, without its secrets, to standard output.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result};
use clap::Args;

use super::{Exit, Places, setup};
use crate::mask::known::MIN_LEN;
use crate::mask::{Known, Masker, Rules, Selection, Surface, Tagger};
use crate::policy::file::Profile;
use crate::store::{SecretPlaces, known_values};

/// Bytes that are read at a time.
const CHUNK: usize = 64 << 10;

#[derive(Debug, Args)]
pub(super) struct MaskArgs {
    /// Which kinds: `standard`, or `strict` for mail addresses and telephone numbers as well
    #[arg(long, value_name = "PROFILE", value_parser = profile)]
    profile: Option<Profile>,
}

fn profile(text: &str) -> Result<Profile, String> {
    let found = Profile::ALL.iter().copied().find(|profile| profile.as_str() == text);
    found.ok_or_else(|| format!("`{text}` is none of relaxed, standard, strict"))
}

pub(super) fn run(places: &Places, args: &MaskArgs) -> Result<Exit> {
    let session = setup::session(places)?;
    let cwd = setup::cwd()?;
    let settings = session.settings(&[&cwd])?;
    let profile = args.profile.unwrap_or(settings.policy.profile.value);
    let mut selection = Selection::default();
    selection.show_last_four.extend(settings.policy.show_last_four.iter().map(|kind| kind.value.clone()));
    if profile == Profile::Strict {
        selection.on = crate::mask::builtin::rules().into_iter().map(|rule| rule.label).collect();
    }
    let env: Vec<_> = std::env::vars_os().collect();
    let (home, cwd) = (Path::new(session.machine().home.as_str()), Path::new(cwd.as_str()));
    let mut known = Known::new();
    let places = SecretPlaces { home, workspace: cwd, cwd, env: &env, min_len: MIN_LEN };
    for value in known_values(&places) {
        let literals = value.literals();
        let forms = literals.iter().map(|literal| (literal.bytes.bytes(), literal.whole_word));
        known.add(value.label, value.secret.bytes(), forms);
    }
    // Tags of one run only: equal secrets look equal within it.
    let key = random().context("the system's random source")?;
    let (rules, known) = (Arc::new(Rules::builtin(&selection)), Arc::new(Mutex::new(known)));
    let mut masker = Masker::new(rules, known, Arc::new(Tagger::new(key, key)), Surface::Line);
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let (mut bytes, mut out) = (vec![0; CHUNK], Vec::with_capacity(2 * CHUNK));
    loop {
        let count = match input.read(&mut bytes) {
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error).context("standard input"),
        };
        if count == 0 {
            masker.finish(&mut out);
        } else {
            masker.feed(&bytes[..count], &mut out);
        }
        output.write_all(&out).and_then(|()| output.flush()).context("standard output")?;
        out.clear();
        if count == 0 {
            return Ok(Exit::Done);
        }
    }
}

fn random() -> std::io::Result<[u8; 32]> {
    let mut key = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut key)?;
    Ok(key)
}
