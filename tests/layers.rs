//! The order of the layers: a module imports only from those above it in the list of `src/lib.rs`, only `sys` holds
//! unsafe code and raw system calls, and the pure core touches no file, environment, clock, thread or terminal.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// Modules that get everything they know as arguments.
const PURE: &[&str] = &["syntax", "effects", "policy", "scan", "mask", "record", "request", "wire", "shells", "agents"];

/// What the pure core does not name.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::process",
    "std::net",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "rustix",
];

/// Macros that print.
const PRINTING: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];

/// The crate's modules as `src/lib.rs` lists them, the most basic one first.
struct Layers(Vec<String>);

impl Layers {
    fn read(lib: &str) -> Self {
        let tokens = tokens(lib);
        let names = tokens.windows(4).filter_map(|four| match four {
            [a, b, name, end] if a == "pub" && b == "mod" && end == ";" => Some(name.clone()),
            _ => None,
        });
        Self(names.collect())
    }

    fn row(&self, module: &str) -> Option<usize> {
        self.0.iter().position(|name| name == module)
    }

    /// What is wrong with a file of a module; `depth` is how many modules the file's own one stands in.
    fn faults(&self, module: &str, depth: usize, text: &str) -> Vec<String> {
        let tokens = without_tests(&tokens(text));
        let pure = PURE.contains(&module);
        let mut faults = Vec::new();
        for (path, at) in paths(&tokens) {
            let depth = if path[0] == "super" { depth + nesting(&tokens, at) } else { 0 };
            let Some(names) = from_root(&path, depth) else {
                let named = path.join("::");
                let is = |known: &&&str| named == **known || named.starts_with(&format!("{known}::"));
                if let Some(known) = IMPURE.iter().find(is).filter(|_| pure) {
                    faults.push(format!("the pure module `{module}` names `{known}`"));
                }
                if path[0] == "libc" && path.len() > 1 && module != "sys" {
                    faults.push(format!("`{module}` makes raw system calls"));
                }
                continue;
            };
            let Some(target) = names.first() else { continue };
            match self.row(target) {
                None => faults.push(format!("`{target}` is not in the list of modules")),
                Some(row) if Some(row) > self.row(module) => faults.push(format!("`{module}` imports `{target}`")),
                Some(_) => {}
            }
        }
        let prints = |pair: &&[String]| pair[1] == "!" && PRINTING.contains(&pair[0].as_str());
        faults.extend(
            tokens.windows(2).filter(prints).filter(|_| pure).map(|pair| format!("`{module}` uses `{}!`", pair[0])),
        );
        faults
    }
}

/// A path's names below the crate's root; `None` where it leads elsewhere.
///
/// `depth` is the number of modules around the place where it is written.
fn from_root(path: &[String], depth: usize) -> Option<&[String]> {
    if path[0] == "crate" {
        return path.get(1..);
    }
    let ups = path.iter().take_while(|name| *name == "super").count();
    (ups > 0 && ups >= depth).then(|| &path[ups..])
}

/// Words, and signs one by one (`::` is one); comments, texts and attributes' texts are left out.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut out: Vec<String> = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        match at(i) {
            '/' if at(i + 1) == '/' => i += chars[i..].iter().take_while(|c| **c != '\n').count(),
            '"' => i = behind_text(&chars, i + 1),
            'r' | 'b' if let Some((hashes, start)) = raw_text(&chars, i) => {
                let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                i = start;
                while i < chars.len() && !chars[i..].starts_with(&end) {
                    i += 1;
                }
                i += end.len();
            }
            // A character, not a lifetime.
            '\'' if at(i + 1) == '\\' => i += 3 + chars[i + 3..].iter().take_while(|c| **c != '\'').count() + 1,
            '\'' if at(i + 2) == '\'' => i += 3,
            ':' if at(i + 1) == ':' => {
                out.push("::".to_owned());
                i += 2;
            }
            c if is_word(c) => {
                let word: String = chars[i..].iter().take_while(|c| is_word(**c)).collect();
                i += word.chars().count();
                out.push(word);
            }
            c => {
                if !c.is_whitespace() {
                    out.push(c.to_string());
                }
                i += 1;
            }
        }
    }
    out
}

/// The position behind a text's closing quote.
fn behind_text(chars: &[char], mut i: usize) -> usize {
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

/// The number of hashes and the start of the content where a raw text begins.
fn raw_text(chars: &[char], i: usize) -> Option<(usize, usize)> {
    let r = if chars[i] == 'b' { i + 1 } else { i };
    let after_word = i > 0 && (chars[i - 1].is_alphanumeric() || chars[i - 1] == '_');
    if after_word || chars.get(r) != Some(&'r') {
        return None;
    }
    let hashes = chars[r + 1..].iter().take_while(|c| **c == '#').count();
    (chars.get(r + 1 + hashes) == Some(&'"')).then_some((hashes, r + 2 + hashes))
}

/// Leaves out every item behind `#[cfg(test)]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if !starts_test(&tokens[i..]) {
            out.push(tokens[i].clone());
            i += 1;
            continue;
        }
        let mut open = 0;
        while i < tokens.len() {
            let token = tokens[i].as_str();
            i += 1;
            match token {
                "{" => open += 1,
                "}" => open -= 1,
                ";" => {}
                _ => continue,
            }
            if open == 0 {
                break;
            }
        }
    }
    out
}

fn starts_test(tokens: &[String]) -> bool {
    tokens.iter().take(7).map(String::as_str).eq(["#", "[", "cfg", "(", "test", ")", "]"])
}

/// Names of the modules in files of their own that are compiled for tests only.
fn test_modules(text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let starts = (0..tokens.len()).filter(|&i| starts_test(&tokens[i..]));
    let item = starts.map(|i| tokens[i + 7..].split(|token| token == ";" || token == "{").next().unwrap_or(&[]));
    item.filter(|item| item.iter().any(|token| token == "mod")).filter_map(|item| item.last().cloned()).collect()
}

/// Every path that is written, groups taken apart, and where it starts.
fn paths(tokens: &[String]) -> Vec<(Vec<String>, usize)> {
    let is_name =
        |i: usize| tokens.get(i).is_some_and(|token| token.starts_with(|c: char| c.is_alphabetic() || c == '_'));
    let mut out = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if is_name(i) && tokens.get(i + 1).is_some_and(|token| token == "::") {
            let start = i;
            let mut ends = Vec::new();
            i = tree(tokens, i, &[], &mut ends);
            out.extend(ends.into_iter().map(|path| (path, start)));
        } else {
            i += 1;
        }
    }
    out
}

/// Reads one `a::{b, c::d}`; gives the position behind it.
fn tree(tokens: &[String], mut i: usize, head: &[String], out: &mut Vec<Vec<String>>) -> usize {
    let mut path = head.to_vec();
    loop {
        let token = tokens.get(i).map_or("", String::as_str);
        if token == "{" && path.len() > head.len() {
            i += 1;
            while i < tokens.len() && tokens[i] != "}" {
                i = if tokens[i] == "," { i + 1 } else { tree(tokens, i, &path, out).max(i + 1) };
            }
            return i + 1;
        }
        if token.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            path.push(token.to_owned());
            i += 1;
        }
        if tokens.get(i).is_some_and(|token| token == "::") {
            i += 1;
        } else {
            break;
        }
        // `::<T>` and `::*` end a path.
        if tokens.get(i).is_some_and(|token| token == "<" || token == "*") {
            break;
        }
    }
    // An import's other name.
    if tokens.get(i).is_some_and(|token| token == "as") {
        i += 2;
    }
    if path.len() > head.len() {
        out.push(path);
    }
    i
}

/// How many `mod name { … }` are open at a place.
fn nesting(tokens: &[String], place: usize) -> usize {
    let mut open: Vec<bool> = Vec::new();
    for (i, token) in tokens.iter().enumerate().take(place) {
        match token.as_str() {
            "{" => open.push(i >= 2 && tokens[i - 2] == "mod"),
            "}" => drop(open.pop()),
            _ => {}
        }
    }
    open.into_iter().filter(|module| *module).count()
}

/// All source files below a folder that are not compiled for tests only, with the names of the modules they are.
fn files(dir: &Path, modules: &[String], out: &mut Vec<(Vec<String>, PathBuf)>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let tests: Vec<String> = entries
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .flat_map(|path| test_modules(&fs::read_to_string(path).unwrap()))
        .collect();
    for path in entries {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if tests.contains(&name) {
            continue;
        }
        let mut inner = modules.to_vec();
        if name != "mod" {
            inner.push(name);
        }
        if path.is_dir() {
            files(&path, &inner, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push((inner, path));
        }
    }
}

fn source() -> Vec<(Vec<String>, PathBuf)> {
    let mut all = Vec::new();
    files(Path::new("src"), &[], &mut all);
    all.retain(|(modules, _)| !matches!(modules[0].as_str(), "lib" | "main"));
    all
}

fn layers() -> Layers {
    Layers::read(&fs::read_to_string("src/lib.rs").unwrap())
}

#[test]
fn modules_import_only_from_above() {
    let layers = layers();
    let source = source();
    assert!(layers.0.len() >= 10 && source.len() > 100, "the source was not found");
    let mut faults = Vec::new();
    for (modules, path) in source {
        assert!(layers.row(&modules[0]).is_some(), "{}: not in the list of src/lib.rs", path.display());
        let text = fs::read_to_string(&path).unwrap();
        let found = layers.faults(&modules[0], modules.len(), &text);
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", path.display())));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn only_sys_may_hold_unsafe_code() {
    for module in layers().0.iter().filter(|module| *module != "sys") {
        let text = fs::read_to_string(format!("src/{module}/mod.rs"))
            .or_else(|_| fs::read_to_string(format!("src/{module}.rs")))
            .unwrap();
        let attribute = text.lines().find(|line| !line.starts_with("//!") && !line.is_empty());
        assert_eq!(attribute, Some("#![forbid(unsafe_code)]"), "head of the module `{module}`");
    }
}

#[test]
fn faults_are_found() {
    let layers = Layers::read("/// x\npub mod syntax;\n\npub mod policy;\npub mod sys;\npub mod cli;\nmod hidden;\n");
    assert_eq!(layers.0, ["syntax", "policy", "sys", "cli"]);
    let table: &[(&str, usize, &str, usize)] = &[
        ("policy", 1, "use crate::syntax::Span; use crate::policy::x;", 0),
        ("policy", 1, "use crate::cli::Exit;", 1),
        ("policy", 1, "use crate::{syntax::Span, cli::{Exit, Other as X}, sys};", 3),
        ("policy", 1, "fn f() { let x = crate::sys::exec(); }", 1),
        ("policy", 2, "use super::super::cli::Exit; use super::super::syntax::Span;", 1),
        ("policy", 2, "use super::cli::Exit;", 0),
        ("policy", 1, "mod inner { use super::super::cli::Exit; }", 1),
        ("policy", 1, "use crate::gone::X;", 1),
        (
            "policy",
            1,
            "// crate::cli\n/// [`crate::cli`]\nconst A: &str = \"crate::cli\"; const B: &str = r#\"\"crate::cli\"#;",
            0,
        ),
        (
            "policy",
            1,
            "const Q: char = '\"'; use crate::cli::X; const R: char = '\\''; fn f<'a>(x: &'a crate::sys::X) {}",
            2,
        ),
        ("policy", 1, "#[cfg(test)]\nmod tests { use crate::cli::X; fn f() { {} } }\nuse crate::sys::x;", 1),
        ("policy", 1, "#[cfg(test)]\nuse crate::cli::X;\n#[cfg(test)] mod fake;", 0),
        ("policy", 1, "use std::fs; use std::{env, io::Read, time::{Duration, SystemTime}};", 3),
        ("policy", 1, "fn f() { std::process::exit(1); println!(\"x\"); }", 2),
        ("policy", 1, "fn f() { std::thread::scope(|s| s); write!(x, \"println!\"); env!(\"OUT_DIR\") }", 1),
        ("cli", 1, "use std::fs; fn f() { println!(\"x\"); crate::policy::judge::<u8>(); }", 0),
        ("cli", 1, "fn f() { libc::kill(1, 9); }", 1),
        ("sys", 1, "fn f() { libc::kill(1, 9); }", 0),
    ];
    for (module, depth, text, want) in table {
        let faults = layers.faults(module, *depth, text);
        assert_eq!(faults.len(), *want, "{text}\n{faults:?}");
    }
    assert_eq!(
        test_modules("#[cfg(test)]\nmod tests;\nmod x;\n#[cfg(test)] pub(crate) mod fake { mod y; }"),
        ["tests", "fake"]
    );
}
