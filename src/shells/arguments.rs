//! How bash, zsh and dash read their own arguments: what would be run if the shell were called like this?
//!
//! They differ. bash takes long options first, with one dash or two, and `-o` takes a later word; zsh takes the rest of
//! the word behind `-o`, and long names anywhere; dash knows letters only. What is read here is compared with the
//! shells themselves in `tests/arguments.rs`. bash(1) "OPTIONS", zshmisc(1) and zshoptions(1), dash(1).

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// A way of reading arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// bash, also when it is called `sh`.
    Bash,
    /// zsh
    Zsh,
    /// dash and its kin.
    Dash,
}

/// What a shell's arguments ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What is run.
    pub mode: Mode,
    /// `-i`
    pub interactive: bool,
    /// `-l`, `--login`; a dash in front of argv\[0\] says the same and is not seen here.
    pub login: bool,
    /// dash with `-s` beside `-c`: standard input is run as well, after the text.
    pub then_stdin: bool,
    /// A file that an interactive bash reads in place of its own start-up file.
    pub startup: Option<OsString>,
}

/// What is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `-c TEXT [NAME ARG…]`
    Command {
        /// The text.
        text: OsString,
        /// Which of the words it is, counted from the one behind argv\[0\].
        at: usize,
        /// `$0`, `$1`, …; may be empty.
        params: Vec<OsString>,
    },
    /// A script file.
    Script {
        /// Its path as given; also `$0`.
        path: OsString,
        /// `$1`, …
        params: Vec<OsString>,
    },
    /// Commands from standard input, or an interactive shell where that is a terminal.
    Stdin {
        /// `$1`, …
        params: Vec<OsString>,
        /// `-n`: nothing is run unless the shell turns out to be interactive.
        inert: bool,
    },
    /// `--version`, `--help`, `-n`, or words that the shell itself rejects: nothing is run.
    Nothing,
}

/// Reads the words behind argv\[0\] as the shell would.
#[must_use]
pub fn read(dialect: Dialect, args: &[OsString]) -> Reading {
    let mut seen = Seen::default();
    let next = match dialect {
        Dialect::Bash => bash(args, &mut seen),
        Dialect::Zsh => zsh(args, &mut seen),
        Dialect::Dash => dash(args, &mut seen),
    };
    let mode = match next {
        Some(next) => seen.mode(dialect, args, next),
        None => Mode::Nothing,
    };
    let startup = seen.startup.filter(|_| seen.interactive);
    let then_stdin = dialect == Dialect::Dash && seen.stdin && matches!(mode, Mode::Command { .. });
    Reading { mode, interactive: seen.interactive, login: seen.login, then_stdin, startup }
}

/// What the options said so far.
#[derive(Default)]
struct Seen {
    command: bool,
    stdin: bool,
    inert: bool,
    interactive: bool,
    login: bool,
    startup: Option<OsString>,
}

impl Seen {
    /// What follows from the options and the words from `next` on.
    fn mode(&self, dialect: Dialect, args: &[OsString], next: usize) -> Mode {
        let rest = args.get(next..).unwrap_or(&[]);
        // An interactive bash and an interactive dash take no notice of `-n`.
        let inert = self.inert && (dialect == Dialect::Zsh || !self.interactive);
        if inert && (self.command || !rest.is_empty() && !self.stdin) {
            return Mode::Nothing;
        }
        if self.command {
            return match rest.split_first() {
                Some((text, params)) => Mode::Command { text: text.clone(), at: next, params: params.to_vec() },
                None => Mode::Nothing,
            };
        }
        match rest.split_first() {
            Some((path, params)) if !self.stdin => Mode::Script { path: path.clone(), params: params.to_vec() },
            _ => Mode::Stdin { params: rest.to_vec(), inert },
        }
    }
}

/// bash's long options; those with `true` take the next word.
const BASH_LONG: &[(&str, bool)] = &[
    ("debug", false),
    ("debugger", false),
    ("dump-po-strings", false),
    ("dump-strings", false),
    ("help", false),
    ("init-file", true),
    ("login", false),
    ("noediting", false),
    ("noprofile", false),
    ("norc", false),
    ("posix", false),
    ("pretty-print", false),
    ("rcfile", true),
    ("restricted", false),
    ("verbose", false),
    ("version", false),
    ("wordexp", false),
];

/// The index of the first operand; `None` where bash ends at once.
fn bash(args: &[OsString], seen: &mut Seen) -> Option<usize> {
    let mut next = 0;
    let mut ends = false;
    // Long options come first, and end at the first word that is none.
    while let Some(word) = args.get(next).map(|word| word.as_bytes()) {
        let Some(name) = word.strip_prefix(b"-") else { break };
        let name = name.strip_prefix(b"-").filter(|name| !name.is_empty()).unwrap_or(name);
        let Some((name, takes)) = BASH_LONG.iter().find(|(known, _)| known.as_bytes() == name) else {
            if word.starts_with(b"--") && word.len() > 2 {
                return None;
            }
            break;
        };
        next += 1;
        match *name {
            "help" | "version" => ends = true,
            "login" => seen.login = true,
            "dump-strings" | "dump-po-strings" => seen.inert = true,
            _ => {}
        }
        if *takes {
            seen.startup = Some(args.get(next)?.clone());
            next += 1;
        }
    }
    if ends {
        return None;
    }
    while let Some(word) = args.get(next).map(|word| word.as_bytes()) {
        let Some((sign @ (b'-' | b'+'), letters)) = word.split_first() else { break };
        next += 1;
        if *sign == b'-' && matches!(letters, [] | [b'-']) {
            break;
        }
        for letter in letters {
            match letter {
                b'c' => seen.command = true,
                b's' => seen.stdin = true,
                b'l' => seen.login = true,
                b'D' => seen.inert = true,
                b'i' => seen.interactive = *sign == b'-',
                b'n' => seen.inert = *sign == b'-',
                // Without a word behind it the options are listed.
                b'o' | b'O' => {
                    if let Some(name) = args.get(next) {
                        if *letter == b'o' && name == "noexec" {
                            seen.inert = *sign == b'-';
                        }
                        next += 1;
                    }
                }
                b'-' | b'+' => return None,
                _ => {}
            }
        }
    }
    Some(next)
}

/// The index of the first operand; `None` where dash ends at once.
fn dash(args: &[OsString], seen: &mut Seen) -> Option<usize> {
    let mut next = 0;
    while let Some(word) = args.get(next).map(|word| word.as_bytes()) {
        let Some((sign @ (b'-' | b'+'), letters)) = word.split_first() else { break };
        next += 1;
        if *sign == b'-' && matches!(letters, [] | [b'-']) {
            break;
        }
        for letter in letters {
            let on = *sign == b'-';
            match letter {
                b'c' => seen.command = true,
                b'l' => seen.login = true,
                b's' => seen.stdin = on,
                b'i' => seen.interactive = on,
                b'n' => seen.inert = on,
                b'o' => {
                    if let Some(name) = args.get(next) {
                        match name.as_bytes() {
                            b"noexec" => seen.inert = on,
                            b"interactive" => seen.interactive = on,
                            b"stdin" => seen.stdin = on,
                            _ => {}
                        }
                        next += 1;
                    }
                }
                b'-' => return None,
                _ => {}
            }
        }
    }
    Some(next)
}

/// The index of the first operand; `None` where zsh ends at once.
fn zsh(args: &[OsString], seen: &mut Seen) -> Option<usize> {
    let mut next = 0;
    while let Some(word) = args.get(next).map(|word| word.as_bytes()) {
        let Some((sign @ (b'-' | b'+'), letters)) = word.split_first() else { break };
        let on = *sign == b'-';
        next += 1;
        if letters.is_empty() {
            // A lone `-` or `+` ends the options as `--` does.
            break;
        }
        let mut at = 0;
        while let Some(letter) = letters.get(at) {
            at += 1;
            let rest = letters.get(at..).unwrap_or(&[]);
            match letter {
                b'-' if rest.is_empty() => return Some(next),
                b'-' => {
                    match rest {
                        b"version" | b"help" => return None,
                        b"emulate" => next += 1,
                        name => seen.named(name, on),
                    }
                    break;
                }
                b'b' => return Some(next),
                b'c' => seen.command = true,
                b's' => seen.stdin = on,
                b'i' => seen.interactive = on,
                b'l' => seen.login = on,
                b'n' => seen.inert = on,
                b'o' if rest.is_empty() => {
                    seen.named(args.get(next)?.as_bytes(), on);
                    next += 1;
                }
                b'o' => {
                    seen.named(rest, on);
                    break;
                }
                letter if letter.is_ascii_whitespace() => break,
                _ => {}
            }
        }
    }
    Some(next)
}

impl Seen {
    /// One of zsh's options by name: letters of either case, `_` and `-` count for nothing, `no` in front turns it.
    fn named(&mut self, name: &[u8], on: bool) {
        let plain: Vec<u8> = name.iter().filter(|byte| !b"_-".contains(byte)).map(u8::to_ascii_lowercase).collect();
        let (plain, on) = match plain.strip_prefix(b"no") {
            Some(rest) => (rest.to_vec(), !on),
            None => (plain, on),
        };
        match plain.as_slice() {
            b"exec" => self.inert = !on,
            b"interactive" => self.interactive = on,
            b"login" => self.login = on,
            b"shinstdin" | b"stdin" => self.stdin = on,
            _ => {}
        }
    }
}

/// Words that a shell takes for its grammar where a command begins.
const KEYWORDS: &[&[u8]] = &[
    b"if",
    b"then",
    b"else",
    b"elif",
    b"fi",
    b"case",
    b"esac",
    b"for",
    b"select",
    b"while",
    b"until",
    b"do",
    b"done",
    b"in",
    b"function",
    b"time",
    b"coproc",
];

/// Words as one command line that every shell reads back as these words.
#[must_use]
pub fn joined(words: &[OsString]) -> OsString {
    let mut out = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        // A word of the shell's grammar is none in quotes.
        if at == 0 && KEYWORDS.contains(&word.as_bytes()) {
            out.extend_from_slice(b"''");
        }
        out.extend_from_slice(&quoted(word));
    }
    OsString::from_vec(out)
}

/// A word as every shell reads it back: bare where nothing in it means anything, else in single quotes.
fn quoted(word: &OsStr) -> Vec<u8> {
    let bytes = word.as_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_./:@%+=,-".contains(byte);
    // `=word` and `NAME=value` would be read otherwise at the front.
    if !bytes.is_empty() && !bytes.contains(&b'=') && bytes.iter().all(plain) {
        return bytes.to_vec();
    }
    let mut out = vec![b'\''];
    for byte in bytes {
        match byte {
            b'\'' => out.extend_from_slice(b"'\\''"),
            byte => out.push(*byte),
        }
    }
    out.push(b'\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_words_are_read_back_as_they_were() {
        for (words, want) in [
            (&["ls", "-l"][..], "ls -l"),
            (&["rm", "-rf", "~"], "rm -rf '~'"),
            (&["if", "x"], "''if x"),
            (&["a=b", "$x", ""], "'a=b' '$x' ''"),
            (&["echo", "it's"], "echo 'it'\\''s'"),
            (&["!", "{", "#"], "'!' '{' '#'"),
        ] {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            assert_eq!(joined(&words), want);
        }
    }
}
