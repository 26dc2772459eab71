//! How the shells read their own arguments.
//!
//! Owns the question "what would bash, zsh or dash run if it were called like this?". Starts nothing. bash(1)
//! "Options" and "Invocation", POSIX XCU `sh`.
#![forbid(unsafe_code)]

pub mod foreign;
pub mod integration;
pub mod meaning;
pub mod protocol;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// A shell that stands underneath.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// The system's sh.
    Sh,
    /// dash
    Dash,
}

impl Shell {
    /// The shell that a link of ours stands for; a leading `-` (a login shell) is left out of account.
    #[must_use]
    pub fn of_argv0(argv0: &OsStr) -> Option<Self> {
        let bytes = argv0.as_bytes();
        let bytes = bytes.strip_prefix(b"-").unwrap_or(bytes);
        match bytes.rsplit(|&byte| byte == b'/').next()? {
            b"bash" => Some(Self::Bash),
            b"zsh" => Some(Self::Zsh),
            b"sh" => Some(Self::Sh),
            b"dash" => Some(Self::Dash),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Sh => "sh",
            Self::Dash => "dash",
        }
    }

    /// Where it is looked for, first hit wins; never through `PATH`.
    #[must_use]
    pub const fn places(self) -> &'static [&'static str] {
        match self {
            Self::Bash => &["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/opt/homebrew/bin/bash"],
            Self::Zsh => &["/bin/zsh", "/usr/bin/zsh", "/usr/local/bin/zsh", "/opt/homebrew/bin/zsh"],
            Self::Sh => &["/bin/sh", "/usr/bin/sh"],
            Self::Dash => &["/bin/dash", "/usr/bin/dash"],
        }
    }
}

/// What a shell's arguments ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `-c TEXT [NAME ARG…]`
    Command {
        /// The text.
        text: OsString,
        /// `$0`, `$1`, …; may be empty.
        params: Vec<OsString>,
    },
    /// A script file.
    Script(OsString),
    /// Commands from standard input, or an interactive shell where that is a terminal.
    Stdin,
    /// `--version`, `--help`, `-n`: nothing is executed.
    Nothing,
    /// `-c` without a text; the real shell says so.
    Invalid,
}

/// Reads the words behind argv\[0\] as the shell would.
#[must_use]
pub fn read(args: &[OsString]) -> Mode {
    let (mut command, mut stdin, mut nothing) = (false, false, false);
    let mut rest = args.iter();
    let mut operands: Vec<OsString> = Vec::new();
    while let Some(word) = rest.next() {
        let bytes = word.as_bytes();
        match bytes {
            b"--" | b"-" => {
                operands.extend(rest.by_ref().cloned());
            }
            b"--version" | b"--help" => nothing = true,
            b"--rcfile" | b"--init-file" => {
                rest.next();
            }
            [b'-', b'-', ..] => {}
            [sign @ (b'-' | b'+'), letters @ ..] if !letters.is_empty() => {
                for letter in letters {
                    match letter {
                        b'c' if *sign == b'-' => command = true,
                        b's' if *sign == b'-' => stdin = true,
                        b'n' if *sign == b'-' => nothing = true,
                        // Each takes a word of its own, in order.
                        b'o' | b'O' => {
                            rest.next();
                        }
                        _ => {}
                    }
                }
            }
            _ => {
                operands.push(word.clone());
                operands.extend(rest.by_ref().cloned());
            }
        }
    }
    let mut operands = operands.into_iter();
    if nothing {
        return Mode::Nothing;
    }
    if command {
        return match operands.next() {
            Some(text) => Mode::Command { text, params: operands.collect() },
            None => Mode::Invalid,
        };
    }
    match operands.next() {
        Some(path) if !stdin => Mode::Script(path),
        _ => Mode::Stdin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_as_the_shells_do() {
        let command = |text: &str, params: &[&str]| Mode::Command {
            text: text.into(),
            params: params.iter().map(OsString::from).collect(),
        };
        let table: [(&[&str], Mode); 17] = [
            (&["-c", "ls"], command("ls", &[])),
            (&["-lc", "ls"], command("ls", &[])),
            (&["-c", "-l", "ls"], command("ls", &[])),
            (&["-l", "-c", "ls", "a0", "a1"], command("ls", &["a0", "a1"])),
            (&["-c", "-o", "pipefail", "ls"], command("ls", &[])),
            (&["-o", "pipefail", "-c", "ls"], command("ls", &[])),
            (&["-euo", "pipefail", "-c", "ls"], command("ls", &[])),
            (&["+o", "histexpand", "-c", "ls"], command("ls", &[])),
            (&["-O", "extglob", "-c", "ls", "--", "x"], command("ls", &["--", "x"])),
            (&["-c", "--", "ls"], command("ls", &[])),
            (&["--norc", "--rcfile", "f", "-c", "ls"], command("ls", &[])),
            (&["-c"], Mode::Invalid),
            (&["x.sh", "-c", "ls"], Mode::Script("x.sh".into())),
            (&["-s", "a"], Mode::Stdin),
            (&[], Mode::Stdin),
            (&["--version"], Mode::Nothing),
            (&["-n", "x.sh"], Mode::Nothing),
        ];
        for (args, want) in table {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            assert_eq!(read(&args), want, "{args:?}");
        }
    }
}
