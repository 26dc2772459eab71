//! What is given to an interactive shell so that it asks before a line runs: start-up files that read the user's own in
//! the shell's order, and the gates.
//!
//! Pure text; who writes it where is the front end's business.
#![forbid(unsafe_code)]

/// A shell that can be guarded line by line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interactive {
    /// bash, from 4.4 on.
    Bash,
    /// zsh, from 5.3 on.
    Zsh,
    /// fish, from 3.4 on.
    Fish,
}

impl Interactive {
    /// By a program's name; a leading `-` is left out of account.
    #[must_use]
    pub fn of_name(path: &str) -> Option<Self> {
        match path.rsplit('/').next()?.trim_start_matches('-') {
            "bash" => Some(Self::Bash),
            "zsh" => Some(Self::Zsh),
            "fish" => Some(Self::Fish),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
        }
    }

    /// Says whether each command that was let through is counted.
    #[must_use]
    pub const fn counts(self) -> bool {
        !matches!(self, Self::Fish)
    }

    /// Says whether an answer to a question with this id keeps its key: it went to a fork, which cannot hand on the next.
    #[must_use]
    pub fn keeps_key(self, id: &str) -> bool {
        self == Self::Bash && id.contains('.')
    }
}

/// The user's start-up files that a shell reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The one of every interactive shell: `None` for none (of zsh, then, none of all), empty for the usual one.
    pub rc: Option<String>,
    /// Those of login shells.
    pub profile: bool,
}

impl Default for Files {
    fn default() -> Self {
        Self { rc: Some(String::new()), profile: true }
    }
}

/// How the shell starts.
#[derive(Clone, Debug)]
pub struct Start<'a> {
    /// The folder that holds the files and the pipes; absolute.
    pub dir: &'a str,
    /// The key of all questions.
    pub key: &'a str,
    /// The key of the first yes.
    pub yes: &'a str,
    /// As a login shell.
    pub login: bool,
    /// `ZDOTDIR` as it was inherited.
    pub zdotdir: Option<&'a str>,
    /// The user's files.
    pub files: &'a Files,
    /// `PS1` as it was inherited.
    pub prompt: Option<&'a str>,
}

/// Files to write, and how to call the shell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// Names in the folder, and contents.
    pub files: Vec<(&'static str, String)>,
    /// Arguments behind argv\[0\].
    pub args: Vec<String>,
    /// argv\[0\], where it is not the shell's name.
    pub argv0: Option<&'static str>,
    /// Variables that are set.
    pub vars: Vec<(&'static str, String)>,
}

/// The pipe that questions come through, in the folder.
pub const ASK: &str = "ask";
/// The pipe that answers go through.
pub const ANSWER: &str = "answer";

const BASH: &str = include_str!("integration/bash.sh");
const ZSH: &str = include_str!("integration/zsh.zsh");
const FISH: &str = include_str!("integration/fish.fish");

const BASH_PLAIN: &str = "if [ -f ~/.bashrc ]; then . ~/.bashrc; fi";
/// bash(1) "INVOCATION": a login shell. `--rcfile` excludes `-l`, so its files are read here.
const BASH_LOGIN: &str = "if [ -r /etc/profile ]; then . /etc/profile; fi
if [ -r ~/.bash_profile ]; then . ~/.bash_profile
elif [ -r ~/.bash_login ]; then . ~/.bash_login
elif [ -r ~/.profile ]; then . ~/.profile
fi
if [ -r ~/.bash_logout ] && [ -z \"$(trap -p EXIT)\" ]; then trap '. ~/.bash_logout' EXIT; fi";

const BASH_LOGOUT: &str =
    "if [ -r ~/.bash_logout ] && [ -z \"$(trap -p EXIT)\" ]; then trap '. ~/.bash_logout' EXIT; fi";

/// `.` looks a name without a slash up in `PATH`.
fn as_path(file: &str) -> String {
    if file.contains('/') { file.to_owned() } else { format!("./{file}") }
}

/// zsh(1) "STARTUP/SHUTDOWN FILES": ours stand in a folder of ours, and each reads the user's with `ZDOTDIR` as it was.
const ZSH_RESTORE: &str = "if (( ${+__wardsh_zdotdir} )); then ZDOTDIR=$__wardsh_zdotdir; else unset ZDOTDIR; fi\n";
const ZSH_REMEMBER: &str =
    "if (( ${+ZDOTDIR} )); then typeset -g __wardsh_zdotdir=$ZDOTDIR; else unset __wardsh_zdotdir; fi\n";

fn zsh_reads(file: &str) -> String {
    format!("if [[ -f ${{ZDOTDIR:-$HOME}}/{file} ]]; then . ${{ZDOTDIR:-$HOME}}/{file}; fi\n")
}

/// What a shell needs.
#[must_use]
pub fn setup(shell: Interactive, start: &Start<'_>) -> Setup {
    let fill = |text: &str| {
        text.replace("@KEY@", &quoted(start.key))
            .replace("@YES@", &quoted(start.yes))
            .replace("@ASK@", &quoted(&format!("{}/{ASK}", start.dir)))
            .replace("@ANSWER@", &quoted(&format!("{}/{ANSWER}", start.dir)))
    };
    match shell {
        Interactive::Bash => {
            // A distribution's own file may have been read all the same; the prompt is what would be seen of it.
            let prompt = format!("PS1={}", quoted(start.prompt.unwrap_or(r"\s-\v\$ ")));
            let files = match (&start.files.rc, start.login) {
                (_, true) if start.files.profile => BASH_LOGIN.to_owned(),
                (_, true) => format!("{prompt}\n{BASH_LOGOUT}"),
                (None, false) => prompt,
                (Some(file), false) if file.is_empty() => BASH_PLAIN.to_owned(),
                (Some(file), false) => format!("if [ -f {0} ]; then . {0}; fi", quoted(&as_path(file))),
            };
            Setup {
                files: vec![("rc", fill(&BASH.replace("@START@", &files)))],
                args: vec!["--rcfile".into(), format!("{}/rc", start.dir), "-i".into()],
                ..Setup::default()
            }
        }
        Interactive::Zsh => zsh(start, &fill(ZSH)),
        Interactive::Fish => {
            let mut args = Vec::new();
            if start.login {
                args.push("-l".to_owned());
            }
            args.extend(["-i".into(), "-C".into(), format!("source {}", quoted(&format!("{}/rc", start.dir)))]);
            Setup { files: vec![("rc", fill(FISH))], args, ..Setup::default() }
        }
    }
}

fn zsh(start: &Start<'_>, gates: &str) -> Setup {
    let ours = quoted(start.dir);
    let inherited =
        start.zdotdir.map_or_else(String::new, |dir| format!("typeset -g __wardsh_zdotdir={}\n", quoted(dir)));
    let again = format!("{ZSH_REMEMBER}ZDOTDIR={ours}\n");
    let last = format!(
        "if [[ ${{HISTFILE-}} == {ours}/* ]]; then HISTFILE=${{ZDOTDIR:-$HOME}}/${{HISTFILE:t}}; fi\n{}unset __wardsh_zdotdir\n__wardsh_init\n",
        zsh_reads(".zshrc")
    );
    // Where the user's .zshenv turns the other files off, it is the last one that is read.
    let early = "if [[ ! -o rcs ]]; then\n  unset __wardsh_zdotdir\n  __wardsh_init\nelse\n";
    // `zsh -f` would not read ours either, so the option is set here.
    let user = if start.files.rc.is_some() { zsh_reads(".zshenv") } else { "setopt no_rcs\n".to_owned() };
    let env = format!("{gates}\n{inherited}{ZSH_RESTORE}{user}{early}{again}fi\n");
    let profile = format!("{ZSH_RESTORE}{}{again}", zsh_reads(".zprofile"));
    let rc = format!("{ZSH_RESTORE}{last}");
    let mut args = vec!["-i".to_owned()];
    if start.login {
        args.insert(0, "-l".to_owned());
    }
    Setup {
        files: vec![(".zshenv", env), (".zprofile", profile), (".zshrc", rc)],
        args,
        argv0: start.login.then_some("-zsh"),
        vars: vec![("ZDOTDIR", start.dir.to_owned())],
    }
}

/// A word in single quotes, where that is needed; fish reads these the same way.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_placeholder_is_left() {
        for shell in [Interactive::Bash, Interactive::Zsh, Interactive::Fish] {
            for login in [false, true] {
                let files = Files::default();
                let start = Start {
                    dir: "/run/it's",
                    key: "k1",
                    yes: "y1",
                    login,
                    zdotdir: Some("/z d"),
                    files: &files,
                    prompt: None,
                };
                let setup = setup(shell, &start);
                assert!(!setup.files.is_empty());
                for (name, text) in &setup.files {
                    assert!(
                        !["@KEY@", "@YES@", "@ASK@", "@ANSWER@", "@START@"].iter().any(|left| text.contains(left)),
                        "{name}"
                    );
                }
            }
        }
    }

    #[test]
    fn shells_by_name() {
        assert_eq!(Interactive::of_name("/bin/bash"), Some(Interactive::Bash));
        assert_eq!(Interactive::of_name("-zsh"), Some(Interactive::Zsh));
        assert_eq!(Interactive::of_name("/bin/dash"), None);
    }
}
