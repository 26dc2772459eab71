//! Which shell reads a text.

/// Which shell reads a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// bash, and anything not known better.
    #[default]
    Bash,
    /// zsh.
    Zsh,
    /// POSIX sh, dash, ash, busybox.
    Sh,
    /// fish.
    Fish,
    /// csh, PowerShell, cmd: not our grammar.
    Foreign,
}

impl Dialect {
    /// The shell of a program's name or path; `None` where that is no shell.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.rsplit('/').next().unwrap_or(name).trim_start_matches('-');
        Some(match name {
            "bash" | "rbash" | "ksh" | "ksh93" | "mksh" | "pdksh" | "oksh" | "loksh" | "yash" => Self::Bash,
            "zsh" | "rzsh" => Self::Zsh,
            "sh" | "dash" | "ash" | "hush" | "posh" | "osh" => Self::Sh,
            "fish" => Self::Fish,
            "csh" | "tcsh" | "pwsh" | "powershell" | "cmd" | "nu" | "xonsh" | "elvish" | "ion" | "rc" | "es" => {
                Self::Foreign
            }
            _ => return None,
        })
    }
}
