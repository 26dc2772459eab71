//! Code that an interpreter loads unasked or by the name of a library: perlrun(1) `-I`, `-M`, `PERL5LIB`, `PERL5OPT`;
//! python's `-m`, `PYTHONPATH` with `sitecustomize`; node's `--require` and `NODE_OPTIONS`; ruby's `-r`, `RUBYLIB`.
//!
//! Names files only; whether they are there, and whose they are, is seen by whoever asks. Libraries that are found in an
//! installation's own folders are left alone.

use super::Lang;
use super::specs;
use crate::syntax::{Invocation, Value};

/// Libraries that one invocation is followed into.
const MOST: usize = 16;
/// Programs that start the interpreter themselves, or are written for it.
const STARTERS: &[(&str, Lang)] = &[
    ("npm", Lang::JavaScript),
    ("npx", Lang::JavaScript),
    ("pnpm", Lang::JavaScript),
    ("yarn", Lang::JavaScript),
    ("jest", Lang::JavaScript),
    ("mocha", Lang::JavaScript),
    ("vitest", Lang::JavaScript),
    ("tsc", Lang::JavaScript),
    ("eslint", Lang::JavaScript),
    ("pytest", Lang::Python),
    ("pip", Lang::Python),
    ("mypy", Lang::Python),
    ("ruff", Lang::Python),
    ("tox", Lang::Python),
    ("prove", Lang::Perl),
    ("cpanm", Lang::Perl),
    ("rake", Lang::Ruby),
    ("rspec", Lang::Ruby),
    ("bundle", Lang::Ruby),
];

/// Files of which the first that is there is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// The language.
    pub lang: Lang,
    /// The files, as given or relative to the folder that the program starts in.
    pub files: Vec<String>,
}

/// The libraries that an invocation loads by the line's own words or variables.
#[must_use]
pub fn libraries(inv: &Invocation) -> Vec<Library> {
    let Some((lang, interprets)) = language(inv) else { return Vec::new() };
    let words: Vec<&str> = if interprets { inv.args.iter().map(literal).collect() } else { Vec::new() };
    let mut found = match lang {
        Lang::Perl => perl(inv, &words),
        Lang::Python => python(inv, &words, interprets),
        Lang::JavaScript => node(inv, &words),
        Lang::Ruby => ruby(inv, &words),
        _ => Vec::new(),
    };
    found.truncate(MOST);
    found.into_iter().map(|files| Library { lang, files }).collect()
}

/// The language, and whether the invocation is its interpreter.
fn language(inv: &Invocation) -> Option<(Lang, bool)> {
    let name = inv.name()?;
    let spec = specs::named(name).map(|spec| (spec.lang, true));
    let base = specs::without_version(name);
    spec.or_else(|| STARTERS.iter().find(|(starter, _)| *starter == base).map(|(_, lang)| (*lang, false)))
}

/// A word, empty where it is not wholly known.
fn literal(arg: &crate::syntax::Arg) -> &str {
    arg.value.literal().unwrap_or_default()
}

/// A variable that the line has set, empty otherwise.
fn variable<'i>(inv: &'i Invocation, name: &str) -> &'i str {
    let set = inv.assigns.iter().rev().find(|(set, _)| set == name);
    set.and_then(|(_, value)| Value::literal(value)).unwrap_or_default()
}

fn folders(text: &str) -> Vec<String> {
    text.split(':').filter(|folder| !folder.is_empty()).map(str::to_owned).collect()
}

/// Options of one letter: `f` is told each letter with the rest of its word and the next word, and says how it went.
fn letters<'w>(words: &[&'w str], mut f: impl FnMut(char, &'w str, Option<&'w str>) -> Letter) {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        let Some(bundle) = word.strip_prefix('-').filter(|rest| !rest.is_empty() && !rest.starts_with('-')) else {
            return;
        };
        for (index, letter) in bundle.char_indices() {
            let rest = bundle.get(index + letter.len_utf8()..).unwrap_or_default();
            let next = words.get(at).copied().filter(|_| rest.is_empty());
            match f(letter, rest, next) {
                Letter::Plain => {}
                Letter::Rest => break,
                Letter::Value => {
                    at += usize::from(rest.is_empty());
                    break;
                }
                Letter::Last => return,
            }
        }
    }
}

/// What a letter takes.
enum Letter {
    /// Nothing.
    Plain,
    /// What is left of its word.
    Rest,
    /// That, or the next word.
    Value,
    /// Nothing behind it is an option.
    Last,
}

fn perl(inv: &Invocation, words: &[&str]) -> Vec<Vec<String>> {
    let mut dirs = Vec::new();
    let mut modules: Vec<&str> = Vec::new();
    let options: Vec<&str> = variable(inv, "PERL5OPT").split_whitespace().collect();
    for words in [words, &options] {
        letters(words, |letter, rest, next| match letter {
            'I' => {
                dirs.extend(folders(if rest.is_empty() { next.unwrap_or_default() } else { rest }));
                Letter::Value
            }
            'M' | 'm' => {
                modules.push(rest);
                Letter::Rest
            }
            'e' | 'E' => Letter::Value,
            'i' | 'F' | 'x' | '0' | 'l' | 'C' | 'D' | 'd' | 'V' => Letter::Rest,
            _ => Letter::Plain,
        });
    }
    let own = modules.iter().filter_map(|module| module.strip_prefix("lib="));
    dirs.extend(own.flat_map(|list| list.split(',').map(str::to_owned)));
    dirs.extend(folders(variable(inv, "PERL5LIB")));
    let name = |module: &str| {
        let module = module.strip_prefix('-').unwrap_or(module);
        let end =
            module.find(|ch: char| !(ch.is_ascii_alphanumeric() || matches!(ch, '_' | ':'))).unwrap_or(module.len());
        module.get(..end).unwrap_or_default().replace("::", "/")
    };
    let modules = modules.into_iter().map(name).filter(|module| !module.is_empty() && module != "lib");
    modules.map(|module| dirs.iter().map(|dir| format!("{dir}/{module}.pm")).collect()).collect()
}

fn python(inv: &Invocation, words: &[&str], interprets: bool) -> Vec<Vec<String>> {
    let mut dirs = folders(variable(inv, "PYTHONPATH"));
    let (mut unasked, mut environment) = (true, true);
    let mut module = "";
    letters(words, |letter, rest, next| match letter {
        'c' => Letter::Last,
        'm' => {
            module = if rest.is_empty() { next.unwrap_or_default() } else { rest };
            Letter::Last
        }
        'W' | 'X' | 'Q' => Letter::Value,
        'I' | 'E' => {
            environment = false;
            Letter::Plain
        }
        'S' => {
            unasked = false;
            Letter::Plain
        }
        _ => Letter::Plain,
    });
    if !environment {
        dirs.clear();
    }
    let mut found: Vec<Vec<String>> = Vec::new();
    if unasked {
        let named = |name: &str| dirs.iter().map(|dir| format!("{dir}/{name}.py")).collect::<Vec<_>>();
        found.extend([named("sitecustomize"), named("usercustomize")].into_iter().filter(|files| !files.is_empty()));
    }
    if interprets && !module.is_empty() {
        let path = module.replace('.', "/");
        let all = std::iter::once(".").chain(dirs.iter().map(String::as_str));
        found.push(all.flat_map(|dir| [format!("{dir}/{path}.py"), format!("{dir}/{path}/__main__.py")]).collect());
    }
    found
}

fn node(inv: &Invocation, words: &[&str]) -> Vec<Vec<String>> {
    const LOADS: [&str; 5] = ["-r", "--require", "--import", "--loader", "--experimental-loader"];
    let mut found = Vec::new();
    let options: Vec<&str> = variable(inv, "NODE_OPTIONS").split_whitespace().collect();
    for words in [words, &options] {
        let mut at = 0;
        while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
            at += 1;
            let (name, attached) = word.split_once('=').map_or((*word, None), |(name, value)| (name, Some(value)));
            if !LOADS.contains(&name) {
                // The code of `-e` is no option, and options stand behind it.
                at += usize::from(matches!(name, "-e" | "--eval" | "-p" | "--print" | "-C" | "--conditions"));
                continue;
            }
            let value = attached.or_else(|| words.get(at).copied()).unwrap_or_default();
            at += usize::from(attached.is_none());
            let path = value.strip_prefix("file://").unwrap_or(value).trim_matches(['"', '\'']);
            if path.starts_with(['.', '/']) {
                let ends = ["", ".js", ".cjs", ".mjs", "/index.js"];
                found.push(ends.iter().map(|end| format!("{path}{end}")).collect());
            }
        }
    }
    found
}

fn ruby(inv: &Invocation, words: &[&str]) -> Vec<Vec<String>> {
    let mut dirs = Vec::new();
    let mut libraries: Vec<&str> = Vec::new();
    let options: Vec<&str> = variable(inv, "RUBYOPT").split_whitespace().collect();
    for words in [words, &options] {
        letters(words, |letter, rest, next| match letter {
            'I' => {
                dirs.extend(folders(if rest.is_empty() { next.unwrap_or_default() } else { rest }));
                Letter::Value
            }
            'r' => {
                libraries.push(if rest.is_empty() { next.unwrap_or_default() } else { rest });
                Letter::Value
            }
            'e' | 'C' | 'E' => Letter::Value,
            'i' | 'F' | 'K' | 'x' | 'W' | '0' | 'T' => Letter::Rest,
            _ => Letter::Plain,
        });
    }
    dirs.extend(folders(variable(inv, "RUBYLIB")));
    let files = |library: &str| -> Vec<String> {
        let ends = |path: String| format!("{}.rb", path.strip_suffix(".rb").unwrap_or(&path));
        if library.starts_with(['.', '/']) {
            return vec![ends(library.to_owned())];
        }
        dirs.iter().map(|dir| ends(format!("{dir}/{library}"))).collect()
    };
    libraries.into_iter().filter(|library| !library.is_empty()).map(files).collect()
}
