//! What names mean in a shell right now: which ones a line may use, and what the shell prints about them as text that
//! judging reads first.
#![forbid(unsafe_code)]

use std::collections::HashSet;

use super::integration::Interactive;

/// Names that one line is asked about; a line with more of them is not understood.
pub const MAX_NAMES: usize = 3_000;
/// A longer name is none.
const MAX_NAME: usize = 128;

/// A longer definition is left out.
const MAX_TEXT: usize = 1 << 20;

/// Variables that change with each look, or that are ours.
const MOMENTARY: &[&str] = &[
    "RANDOM",
    "SRANDOM",
    "SECONDS",
    "LINENO",
    "BASHPID",
    "EPOCHSECONDS",
    "EPOCHREALTIME",
    "BASH_COMMAND",
    "HISTCMD",
    "REPLY",
    "PWD",
    "_",
    "BASH_ARGV",
    "BASH_ARGC",
    "FUNCNAME",
    "BASH_LINENO",
    "BASH_SOURCE",
    "READLINE_LINE",
    "READLINE_POINT",
    "status",
    "pipestatus",
    "argv",
];

/// What a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Alias,
    Function,
    Variable,
    /// fish's elements, each ended by a unit separator.
    List,
}

/// One thing that a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    what: What,
    /// The name.
    pub name: String,
    /// As the shell prints it; never empty.
    text: String,
}

impl Meaning {
    /// Reads the three fields of a message; `None` where the name means nothing of this kind.
    #[must_use]
    pub fn new(tag: &[u8], name: &[u8], text: &[u8]) -> Option<Self> {
        let what = match tag {
            b"a" => What::Alias,
            b"f" => What::Function,
            b"v" => What::Variable,
            b"l" => What::List,
            _ => return None,
        };
        let text = String::from_utf8_lossy(text).into_owned();
        let name = String::from_utf8_lossy(name).into_owned();
        (!text.trim().is_empty() && text.len() <= MAX_TEXT).then_some(Self { what, name, text })
    }

    /// Reads what bash prints about many names at once. Functions stay one text: only the shell's grammar tells where one
    /// ends, and judging reads them by that.
    #[must_use]
    pub fn printed(aliases: &[u8], functions: &[u8], variables: &[u8]) -> Vec<Self> {
        let mut all = Vec::new();
        for (what, head, bytes) in [(What::Alias, "alias ", aliases), (What::Variable, "declare ", variables)] {
            for text in definitions(&String::from_utf8_lossy(bytes)) {
                let mut rest = text.strip_prefix(head).unwrap_or(text);
                while let Some((_, behind)) = rest.split_once(' ').filter(|(word, _)| word.starts_with('-')) {
                    rest = behind;
                }
                let name = rest.split(['=', '\n']).next().unwrap_or("").to_owned();
                // In POSIX mode bash leaves the word `alias` out.
                let text = if what == What::Alias { format!("alias {rest}") } else { text.to_owned() };
                all.push(Self { what, name, text });
            }
        }
        all.extend(Self::new(b"f", b"", functions));
        all.retain(|meaning| meaning.text.len() <= MAX_TEXT);
        all
    }

    /// Says whether this only tells that a variable is what it was when the shell was started with `inherited`, or what it
    /// always is: judging knows that already.
    #[must_use]
    pub fn is_unchanged(&self, inherited: Option<&str>) -> bool {
        let text = self.text.trim_end_matches('\n');
        if self.what != What::Variable {
            return false;
        }
        if self.name == "IFS" {
            return [r"declare -- IFS=$' \t\n'", "declare -- IFS=\" \t\n\"", r"typeset IFS=$' \t\n\C-@'"]
                .contains(&text);
        }
        // What every shell prints as it is.
        let plain = |ch: char| ch.is_ascii_alphanumeric() || "/:._-+,@%".contains(ch);
        inherited.filter(|value| value.chars().all(plain)).is_some_and(|value| {
            if text == format!("export -T PATH path=( {} )", value.replace(':', " ")) {
                return self.name == "PATH";
            }
            let set =
                text.split_once('=').filter(|(_, set)| set.trim_matches('"') == value && set.len() != value.len() + 1);
            set.is_some_and(|(head, _)| {
                ["declare -x ", "export "].iter().any(|word| head.strip_prefix(word) == Some(&self.name))
            })
        })
    }

    /// Says whether both tell about the same name.
    #[must_use]
    pub fn is_of(&self, other: &Self) -> bool {
        self.what == other.what && self.name == other.name && !self.name.is_empty()
    }

    /// The text that may use names which matter in turn: of an alias and of a variable, what stands behind its name.
    #[must_use]
    pub fn text(&self) -> &str {
        match self.what {
            What::Alias | What::Variable => self.text.split_once('=').map_or("", |(_, value)| value),
            What::Function | What::List => &self.text,
        }
    }

    /// The definition in words that judging reads.
    fn definition(&self, fish: bool) -> Option<String> {
        match self.what {
            What::Variable | What::List if MOMENTARY.contains(&self.name.as_str()) => None,
            What::Function if fish => Some(fish_function(&self.text, &self.name)),
            What::Alias | What::Function | What::Variable => Some(self.text.clone()),
            What::List => fish_list(&self.name, &self.text),
        }
    }
}

/// Cuts what bash prints about aliases or variables at the newlines that stand outside of quotes: its way of quoting leaves
/// nothing that ends one early.
fn definitions(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let (mut from, mut quote, mut before) = (0, 0, 0);
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match (quote, byte) {
            (0 | b'"' | b'$', b'\\') => drop(bytes.next()),
            (0, b'\'') => quote = if before == b'$' { b'$' } else { byte },
            (0, b'"') => quote = byte,
            (b'$', b'\'') => quote = 0,
            (_, _) if quote == byte => quote = 0,
            (0, b'\n') => {
                all.extend(text.get(from..at));
                from = at + 1;
            }
            _ => {}
        }
        before = byte;
    }
    all.extend(text.get(from..));
    all.retain(|part| !part.trim().is_empty());
    all
}

/// What stands between the definitions of fish: what is not understood of one is left out without the others.
pub const BETWEEN: char = '\u{1e}';

/// All definitions as one text in the shell's words, in the order in which it would have to read them: functions last, so
/// that no alias changes how their bodies are read.
#[must_use]
pub fn prelude(shell: Interactive, all: &[Meaning], gone: &[String]) -> String {
    let mut out = String::new();
    let order = [What::Variable, What::List, What::Function, What::Alias];
    let fish = shell == Interactive::Fish;
    for name in gone {
        let unset = if fish { format!("set -e {name}\n{BETWEEN}") } else { format!("unset {name}\n") };
        out.push_str(&unset);
    }
    for what in order {
        for meaning in all.iter().filter(|meaning| meaning.what == what) {
            if let Some(text) = meaning.definition(fish) {
                let text = text.trim_end_matches('\n');
                if fish {
                    out.push_str(&text.replace(BETWEEN, " "));
                    out.push_str(&format!("\n{BETWEEN}"));
                } else {
                    out.push_str(&format!("{text}\n"));
                }
            }
        }
    }
    out
}

/// Names in a text that may be a command, an alias or a variable; `None` where there are too many.
#[must_use]
pub fn names(text: &str) -> Option<Vec<String>> {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    let mut add = |name: &str| {
        let fits = !name.is_empty() && name.len() <= MAX_NAME && !name.starts_with('-') && !name.contains("__wardsh");
        if fits
            && !name.bytes().all(|byte| byte.is_ascii_digit() || b"./".contains(&byte))
            && seen.insert(name.to_owned())
        {
            out.push(name.to_owned());
        }
    };
    let ident = |ch: char| ch.is_alphanumeric() || ch == '_';
    text.split(|ch: char| !ident(ch)).for_each(&mut add);
    // Aliases and functions may be called nearly anything, and quotes inside a function's name count for nothing.
    for word in text.split(|ch: char| ch.is_whitespace() || ";|&()<>`".contains(ch)) {
        let plain: String = word.chars().filter(|ch| !"'\"\\".contains(*ch)).collect();
        if !plain.contains(['=', '$', '/', '\u{0}']) && plain.chars().any(|ch| !ident(ch)) {
            add(&plain);
        }
        if plain.chars().all(ident) {
            add(&plain);
        }
    }
    (out.len() <= MAX_NAMES).then_some(out)
}

/// Whether a name can be a variable's.
#[must_use]
pub fn is_variable(name: &str) -> bool {
    !name.starts_with(|ch: char| ch.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A variable and its elements.
fn fish_list(name: &str, text: &str) -> Option<String> {
    if !is_variable(name) {
        return None;
    }
    let elements = text.trim_end_matches('\u{1f}').split('\u{1f}');
    let quoted = elements.map(|word| format!(" '{}'", word.replace('\\', "\\\\").replace('\'', "\\'")));
    Some(format!("set -g {name}{}", quoted.collect::<String>()))
}

/// fish's way to print a function, of whose options only the names of its arguments matter: an event does not call it now.
fn fish_function(text: &str, name: &str) -> String {
    let mut lines = text.trim().lines().skip_while(|line| !line.starts_with("function "));
    let head = lines.next().unwrap_or("");
    // fish 3 prints `--argument x y`, fish 4 `--argument-names x --argument-names y`.
    let (mut arguments, mut named) = (String::new(), false);
    for word in head.split(' ') {
        if word.starts_with('-') {
            named = matches!(word, "--argument" | "--argument-names" | "-a");
        } else if named && !word.is_empty() {
            let start = if arguments.is_empty() { " --argument " } else { " " };
            arguments.push_str(&format!("{start}{word}"));
        }
    }
    let body: Vec<&str> = lines.collect();
    format!("function '{}'{arguments}\n{}", name.replace(['\'', '\\'], ""), body.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_line_may_use() {
        let table: [(&str, &[&str]); 7] = [
            ("rm -rf $X", &["rm", "rf", "X"]),
            ("gco main && g'i't x", &["gco", "main", "g", "i", "t", "x", "git"]),
            ("..; my-func \"${A[@]}\"", &["my", "func", "A", "my-func"]),
            ("echo 1 2", &["echo"]),
            ("l* x", &["l", "l*", "x"]),
            ("__wardsh_key", &[]),
            ("", &[]),
        ];
        for (text, want) in table {
            let mut found = names(text).expect("few names");
            found.sort();
            let mut want: Vec<String> = want.iter().map(|&name| name.to_owned()).collect();
            want.sort();
            assert_eq!(found, want, "{text}");
        }
        assert_eq!(names(&(0..5_000).map(|at| format!("n{at} ")).collect::<String>()), None);
    }

    #[test]
    fn definitions_as_text() {
        let meaning =
            |tag: &str, name: &str, text: &str| Meaning::new(tag.as_bytes(), name.as_bytes(), text.as_bytes());
        let all: Vec<Meaning> = [
            meaning("a", "ll", "alias ll='ls -l'\n"),
            meaning("f", "f", "f () \n{ \n    ls\n}\n"),
            meaning("v", "X", "declare -- X=\"/\"\n"),
            meaning("v", "RANDOM", "declare -i RANDOM=\"7\"\n"),
            meaning("v", "Y", ""),
        ]
        .into_iter()
        .flatten()
        .collect();
        assert_eq!(
            prelude(Interactive::Bash, &all, &["GONE".to_owned()]),
            "unset GONE\ndeclare -- X=\"/\"\nf () \n{ \n    ls\n}\nalias ll='ls -l'\n"
        );
    }

    #[test]
    fn what_bash_prints_at_once() {
        let aliases = b"alias ll='ls -l'\nq='it'\\''s\nx=1'\n";
        let functions = b"f () \n{ \n    cat <<E\n}\nls () \n{ \n    true\n}\nE\n}\n";
        let variables = b"declare -x A=\"a\\\"\nB=2\"\ndeclare -ar C=([0]=\"x\" [1]=$'y\\'\\n')\ndeclare -- D\ndeclare -i RANDOM=\"7\"\n";
        let all = Meaning::printed(aliases, functions, variables);
        let names: Vec<&str> = all.iter().map(|meaning| meaning.name.as_str()).collect();
        assert_eq!(names, ["ll", "q", "A", "C", "D", "RANDOM", ""]);
        assert_eq!(all[1].text, "alias q='it'\\''s\nx=1'");
        assert_eq!(all[2].text, "declare -x A=\"a\\\"\nB=2\"");
        assert!(all[0].is_of(&all[0]) && !all[0].is_of(&all[1]) && !all[6].is_of(&all[6]));
        let known = prelude(Interactive::Bash, &all, &[]);
        assert!(known.contains("ls () \n") && !known.contains("RANDOM"), "{known}");
        assert_eq!(Meaning::printed(b"", b"", b""), []);
    }

    #[test]
    fn what_is_as_it_was() {
        let table = [
            ("declare -x PATH=\"/bin:/usr/bin\"", "PATH", "/bin:/usr/bin", true),
            ("export PATH=/bin:/usr/bin\n", "PATH", "/bin:/usr/bin", true),
            ("declare -x PATH=\"/bin\"", "PATH", "/bin:/usr/bin", false),
            ("declare -x PATH=\"/bin", "PATH", "/bin", false),
            ("export -T PATH path=( /bin /usr/bin )\n", "PATH", "/bin:/usr/bin", true),
            ("declare -xr PATH=\"/bin\"", "PATH", "/bin", false),
            ("declare -- PATH=\"/bin\"", "PATH", "/bin", false),
            ("declare -x X=\"a$b\"", "X", "a$b", false),
            ("declare -x X=\"\"", "X", "", true),
            ("declare -- IFS=$' \\t\\n'", "IFS", "", true),
            ("declare -- IFS=\" \t\n\"", "IFS", "", true),
            ("declare -- IFS=\"/\"", "IFS", "", false),
        ];
        for (text, name, value, want) in table {
            let meaning = Meaning::new(b"v", name.as_bytes(), text.as_bytes()).expect("a variable");
            assert_eq!(meaning.is_unchanged(Some(value)), want, "{text}");
            assert!(name == "IFS" || !meaning.is_unchanged(None), "{text}");
        }
    }

    #[test]
    fn definitions_of_fish() {
        let meaning =
            |tag: &str, name: &str, text: &str| Meaning::new(tag.as_bytes(), name.as_bytes(), text.as_bytes());
        let all: Vec<Meaning> = [
            meaning("f", "q", "function q --wraps=touch --argument x y\n  touch $argv\nend\n"),
            meaning("f", "r", "function r --argument-names x --argument-names y --description 'd'\n  touch $y\nend\n"),
            meaning("l", "Z", "a b\u{1f}it's\u{1f}"),
            meaning("l", "status", "0\u{1f}"),
        ]
        .into_iter()
        .flatten()
        .collect();
        assert_eq!(
            prelude(Interactive::Fish, &all, &["GONE".to_owned()]),
            "set -e GONE\n\u{1e}set -g Z 'a b' 'it\\'s'\n\u{1e}function 'q' --argument x y\n  touch $argv\nend\n\u{1e}function 'r' --argument x y\n  touch $y\nend\n\u{1e}"
        );
    }
}
