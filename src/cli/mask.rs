//! `wardsh mask`: a filter for pipes and CI logs. Standard input, without its secrets, to standard output.

use std::io::{Read as _, Write as _};

use anyhow::{Context as _, Result};
use clap::Args;

use super::{Exit, Places, launch, setup};
use crate::mask::fields::Hint;
use crate::policy::file::Profile;
use crate::run::Outlet;

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
    let kinds = match profile {
        Profile::Strict => crate::mask::builtin::rules().into_iter().map(|rule| rule.label).collect(),
        _ => Vec::new(),
    };
    let filter = launch::filter(&session, &settings.policy, kinds, &cwd)?;
    let mut stage = filter.stage(Outlet::Output, Hint::None);
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let (mut bytes, mut out) = (vec![0; CHUNK], Vec::with_capacity(2 * CHUNK));
    loop {
        let count = match input.read(&mut bytes) {
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error).context("standard input"),
        };
        if count == 0 {
            stage.finish(&mut out);
        } else {
            stage.feed(&bytes[..count], &mut out);
        }
        output.write_all(&out).and_then(|()| output.flush()).context("standard output")?;
        out.clear();
        if count == 0 {
            return Ok(Exit::Done);
        }
    }
}
