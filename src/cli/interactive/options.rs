//! The words with which a shell is called where it would be interactive: what they mean for start-up files, and which of
//! them the real shell is given. What would take the gates away is not possible.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

use crate::shells::integration::{Files, Interactive};

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// As a login shell.
    pub(super) login: bool,
    /// Which start-up files are read.
    pub(super) files: Files,
    /// Words for the real shell.
    pub(super) rest: Vec<OsString>,
}

/// Options that the gates do not live with: they read no file of ours, may not write to a pipe, or are not interactive.
const NEVER: &[&str] =
    &["posix", "restricted", "privileged", "noexec", "exec", "promptvars", "globalrcs", "noglobalrcs"];

/// Reads the words behind argv\[0\]; the word that is not possible otherwise.
pub(super) fn read(kind: Interactive, words: &[OsString]) -> Result<Options, OsString> {
    let mut options = Options::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let not_possible = || Err(word.clone());
        match word.as_bytes() {
            b"--login" => options.login = true,
            b"--norc" if kind == Interactive::Bash => options.files.rc = None,
            b"--noprofile" if kind == Interactive::Bash => options.files.profile = false,
            b"--noediting" if kind == Interactive::Bash => options.rest.insert(0, word.clone()),
            b"--rcfile" | b"--init-file" if kind == Interactive::Bash => {
                let Some(file) = words.next().and_then(|file| file.to_str()) else { return not_possible() };
                options.files.rc = Some(file.to_owned());
            }
            [b'-' | b'+', b'o' | b'O'] => {
                let Some(name) = words.next().filter(|name| !is_never(name)) else { return not_possible() };
                if kind == Interactive::Zsh && word.as_bytes()[0] == b'-' && is_no_rcs(name) {
                    options.files.rc = None;
                } else {
                    options.rest.extend([word.clone(), name.clone()]);
                }
            }
            b"-" => {}
            [sign @ (b'-' | b'+'), letters @ ..] if !letters.is_empty() && letters[0] != b'-' => {
                let Some(rest) = cluster(kind, *sign, letters, &mut options) else { return not_possible() };
                options.rest.extend(rest);
            }
            _ => return not_possible(),
        }
    }
    Ok(options)
}

/// Single letters behind one sign: those of ours are taken out.
fn cluster(kind: Interactive, sign: u8, letters: &[u8], options: &mut Options) -> Option<Vec<OsString>> {
    // bash(1) SHELL BUILTIN COMMANDS, set; zshoptions(1): what changes how lines run, and nothing of how they are read.
    let known: &[u8] =
        if kind == Interactive::Bash { b"abefhkmtuvxBCEHPT" } else { b"abdefghkmuvxyCEFGHJKNQTVXYZ0123456789" };
    let mut left = vec![sign];
    for &letter in letters {
        match letter {
            b'i' | b's' if sign == b'-' => {}
            b'l' if sign == b'-' => options.login = true,
            b'f' if kind == Interactive::Zsh && sign == b'-' => options.files.rc = None,
            _ if known.contains(&letter) => left.push(letter),
            _ => return None,
        }
    }
    let left = (left.len() > 1).then(|| OsStr::from_bytes(&left).to_owned());
    Some(left.into_iter().collect())
}

/// An option's name as the shells compare it: zsh leaves case and underscores out of account.
fn plain(name: &OsStr) -> String {
    name.to_string_lossy().to_ascii_lowercase().replace('_', "")
}

fn is_never(name: &OsStr) -> bool {
    NEVER.contains(&plain(name).as_str())
}

fn is_no_rcs(name: &OsStr) -> bool {
    plain(name) == "norcs"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Interactive, line: &str) -> Result<Options, OsString> {
        read(kind, &line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn start_up_files_by_option() {
        let files = |rc: Option<&str>, profile| Files { rc: rc.map(str::to_owned), profile };
        let usual = Files::default();
        for (kind, line, login, want, rest) in [
            (Interactive::Bash, "", false, usual.clone(), ""),
            (Interactive::Bash, "-il", true, usual.clone(), ""),
            (Interactive::Bash, "--norc", false, files(None, true), ""),
            (Interactive::Bash, "--norc --noprofile -l", true, files(None, false), ""),
            (Interactive::Bash, "--rcfile x -o vi -eu", false, files(Some("x"), true), "-o vi -eu"),
            (Interactive::Zsh, "-f", false, files(None, true), ""),
            (Interactive::Zsh, "-fx", false, files(None, true), "-x"),
            (Interactive::Zsh, "-o NO_rcs -o autocd", false, files(None, true), "-o autocd"),
        ] {
            let options = of(kind, line).unwrap();
            assert_eq!((options.login, options.files), (login, want), "{line}");
            assert_eq!(options.rest.join(OsStr::new(" ")), rest, "{line}");
        }
    }

    #[test]
    fn what_takes_the_gates_away_is_not_possible() {
        for (kind, line) in [
            (Interactive::Bash, "--posix"),
            (Interactive::Bash, "-o posix"),
            (Interactive::Bash, "-r"),
            (Interactive::Bash, "-ir"),
            (Interactive::Bash, "+O promptvars"),
            (Interactive::Bash, "--rcfile"),
            (Interactive::Bash, "-c x"),
            (Interactive::Bash, "-p"),
            (Interactive::Zsh, "-o restricted"),
            (Interactive::Zsh, "-o RESTRICTED"),
            (Interactive::Zsh, "--emulate sh"),
            (Interactive::Zsh, "-n"),
        ] {
            assert!(of(kind, line).is_err(), "{line}");
        }
    }
}
