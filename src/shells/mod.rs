//! The shells that stand underneath: their names, their places, how they read their own arguments.
//!
//! Starts nothing.
#![forbid(unsafe_code)]

pub mod arguments;
pub mod feed;
pub mod integration;
pub mod meaning;
pub mod protocol;

use std::ffi::OsStr;
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

    /// How it reads its arguments; `file` is the name of the program that stands at its place once links are followed
    /// (`sh` is another shell on every system).
    #[must_use]
    pub fn dialect(self, file: &OsStr) -> arguments::Dialect {
        use arguments::Dialect;
        match self {
            Self::Bash => Dialect::Bash,
            Self::Zsh => Dialect::Zsh,
            Self::Dash => Dialect::Dash,
            Self::Sh => match file.as_bytes() {
                name if name.starts_with(b"bash") => Dialect::Bash,
                name if name.starts_with(b"zsh") => Dialect::Zsh,
                _ => Dialect::Dash,
            },
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
