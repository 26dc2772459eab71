//! Files that a program may have changed or made, without telling what they say now.

use super::written::behind;
use crate::syntax::eval::Eval;
use crate::syntax::eval::files::Written;
use crate::syntax::eval::state::State;
use crate::syntax::inside;
use crate::syntax::{CodeFact, Invocation, PathKind, Value};

/// Programs that change whatever file they are given.
const EDITORS: &[&str] = &[
    "ed",
    "red",
    "ex",
    "vi",
    "vim",
    "nvim",
    "view",
    "emacs",
    "emacsclient",
    "nano",
    "patch",
    "truncate",
    "sponge",
    "script",
    "rename",
    "sd",
    "replace",
    "rpl",
    "crudini",
    "socat",
    "mount",
    "expect",
    "objcopy",
    "gunzip",
    "bunzip2",
    "unxz",
    "unzstd",
];
/// Programs that write the last of several files that they are given.
const LAST: &[&str] = &[
    "scp", "rsync", "sftp", "xxd", "uniq", "rcp", "gsutil", "aws", "docker", "podman", "kubectl", "rclone", "mc",
    "s3cmd",
];
/// Options of any program behind which the file to write stands.
const OUTPUTS: &[&str] = &[
    "-o",
    "--output",
    "-out",
    "--out",
    "--outfile",
    "--output-file",
    "--output-document",
    "-O",
    "-fprintf",
    "-fprint",
    "-fls",
    "-oN",
];
/// Programs whose `-o` is something else, or makes out of sources what those say.
const NO_OUTPUT: &[&str] = &[
    "bash",
    "sh",
    "zsh",
    "dash",
    "set",
    "ssh",
    "scp",
    "sftp",
    "grep",
    "egrep",
    "fgrep",
    "rg",
    "ps",
    "ls",
    "find",
    "git",
    "kubectl",
    "oc",
    "az",
    "gcloud",
    "mount",
    "useradd",
    "chown",
    "pytest",
    "helm",
    "docker",
    "podman",
    "jq",
    "nc",
    "rsync",
    "unzip",
    "xargs",
    "timeout",
    "cp",
    "mv",
    "gcc",
    "g++",
    "cc",
    "c++",
    "clang",
    "clang++",
    "tcc",
    "rustc",
    "go",
    "ld",
    "ghc",
    "swiftc",
    "zig",
    "javac",
    "kotlinc",
    "nim",
    "gfortran",
    "nvcc",
    "hipcc",
    "icc",
    "icx",
    "icpx",
    "mpicc",
    "mpicxx",
    "mpic++",
    "mpif90",
    "emcc",
    "em++",
    "musl-gcc",
    "cobc",
    "gnatmake",
    "ldc2",
    "gdc",
    "odin",
    "ocamlfind",
    "ocamlopt",
    "valac",
    "mlton",
    "kotlinc-native",
    "native-image",
    "pyinstaller",
    "esbuild",
    "tsc",
    "rollup",
    "webpack",
    "swc",
    "babel",
    "sass",
    "postcss",
    "tailwindcss",
    "dotnet",
    "cargo",
    "protoc",
    "as",
    "nasm",
    "ocamlc",
    "fpc",
    "dmd",
    "crystal",
    "vite",
    "parcel",
    "bun",
];
/// Programs that put files of the names that an archive holds below folders that they are given, or where they run.
const UNPACKERS: &[&str] = &["tar", "bsdtar", "unzip", "7z", "7za", "7zr", "cpio", "pax", "ar", "patch"];
/// Words behind which git writes files that are there.
const GIT_WRITES: &[&str] = &["checkout", "restore", "mv"];

impl Eval<'_> {
    /// Files that a program is given and may write.
    pub(super) fn touched(&mut self, st: &State, inv: &Invocation, name: &str, index: usize) {
        self.written_by_option(st, inv, name, index);
        if self.files.is_empty() {
            return;
        }
        let verb = || inv.words().flatten().find(|word| !word.starts_with('-')).unwrap_or("");
        // What a script does, shows in it.
        let own = inv.program.value.prefix().contains('/')
            && inside::interpreter(inv).is_none()
            && self
                .key(st, &inv.program.value)
                .is_some_and(|path| self.files.contains_key(&path) || self.world.kind(&path) == PathKind::Missing);
        let edits = EDITORS.contains(&name) || name == "git" && GIT_WRITES.contains(&verb());
        let operands = || inv.args.iter().map(|arg| &arg.value).filter(|value| !value.prefix().starts_with('-'));
        if own {
            for path in operands().filter_map(|value| self.key(st, value)).collect::<Vec<_>>() {
                self.files.touch(&path, index);
            }
        } else if edits {
            for value in operands() {
                self.touch(st, value, index);
            }
        } else if LAST.contains(&name)
            && operands().count() > 1
            && let Some(last) = operands().next_back()
        {
            self.touch(st, last, index);
        }
        if UNPACKERS.contains(&name) && takes_out(name, inv) || name == "git" && matches!(verb(), "apply" | "am") {
            self.unpacked(st, inv, index);
        }
    }

    fn touch(&mut self, st: &State, value: &Value, index: usize) {
        match self.key(st, value) {
            Some(path) => self.files.touch(&path, index),
            None => self.files.touch_vaguely(&Self::vague(st, value), None, index),
        }
    }

    /// `-o FILE`, `--output=FILE`; `sed -n 'w FILE'`, `sponge FILE` and the like, where the file is new.
    fn written_by_option(&mut self, st: &State, inv: &Invocation, name: &str, index: usize) {
        let mut targets: Vec<Value> = Vec::new();
        if !NO_OUTPUT.contains(&name) || name == "find" || name == "git" {
            let short = !NO_OUTPUT.contains(&name);
            let mut words = inv.args.iter().map(|arg| &arg.value);
            while let Some(word) = words.next() {
                let text = word.prefix();
                if !text.starts_with('-') {
                    continue;
                }
                let known = |option: &&&str| short || option.starts_with("-f") || option.starts_with("--");
                if OUTPUTS.iter().filter(known).any(|option| word.is(option)) {
                    targets.extend(words.next().cloned());
                } else if let Some((front, _)) = text.split_once('=').filter(|(front, _)| OUTPUTS.contains(front)) {
                    targets.extend(behind(word, &format!("{front}=")));
                } else if matches!(name, "sort" | "gsort") && !text.starts_with("--") && text.contains('o') {
                    let (front, rest) = text.split_at(text.find('o').map_or(0, |at| at + 1));
                    if rest.is_empty() {
                        targets.extend(words.next().cloned());
                    } else {
                        targets.extend(behind(word, front));
                    }
                }
            }
        }
        match name {
            "sponge" | "ed" | "ex" | "truncate" | "script" | "fallocate" => {
                targets.extend(
                    inv.args.iter().map(|arg| arg.value.clone()).filter(|value| !value.prefix().starts_with('-')),
                );
            }
            "sed" | "gsed" => targets.extend(inv.words().flatten().filter_map(sed_writes).map(Value::lit)),
            "uniq" => targets.extend(
                inv.args
                    .iter()
                    .map(|arg| &arg.value)
                    .filter(|value| value.is("-") || !value.prefix().starts_with('-'))
                    .nth(1)
                    .cloned(),
            ),
            _ => {}
        }
        for target in targets {
            // What stands on disk already is read from there.
            let new = self.key(st, &target).filter(|path| {
                self.files.contains_key(path) || path.starts_with('\0') || self.world.kind(path) == PathKind::Missing
            });
            if let Some(path) = new.filter(|path| !path.starts_with("/dev/")) {
                self.files.put(path, Written::By(vec![index]), true);
            }
        }
    }

    /// Files of the names that an archive or a patch holds.
    fn unpacked(&mut self, st: &State, inv: &Invocation, index: usize) {
        let mut words = inv.args.iter().map(|arg| &arg.value);
        let mut folder = None;
        while let Some(word) = words.next() {
            match word.literal() {
                Some("-C" | "-d" | "--directory") => folder = words.next().cloned(),
                Some(text) if text.starts_with("--directory=") || text.starts_with("-C") && text.len() > 2 => {
                    folder = behind(word, "--directory=").or_else(|| behind(word, "-C"));
                }
                _ => {}
            }
        }
        let path = match folder {
            Some(folder) => self.key(st, &folder),
            None => inv.cwd.literal().map(str::to_owned),
        };
        if let Some(path) = path {
            self.files.touch_below(&path, index);
        }
    }

    /// Files that code of another language writes: those that the line wrote, and new ones.
    pub(super) fn touched_by_code(
        &mut self,
        st: &State,
        facts: &[CodeFact],
        script: Option<&Value>,
        standing: bool,
        index: usize,
    ) {
        let script = script.and_then(|path| self.key(st, path));
        // What is read as well, was there before.
        let reads: Vec<String> = facts
            .iter()
            .filter_map(|fact| if let CodeFact::Read(path) = fact { self.key(st, path) } else { None })
            .collect();
        let read = |path: &String| reads.contains(path);
        for fact in facts {
            let (CodeFact::Overwrite(path) | CodeFact::Empty(path) | CodeFact::Move(path)) = fact else { continue };
            match self.key(st, path) {
                Some(path) if self.files.contains_key(&path) => self.files.touch(&path, index),
                Some(path)
                    if !standing
                        && !path.starts_with("/dev/")
                        && !read(&path)
                        && self.world.kind(&path) == PathKind::Missing =>
                {
                    self.files.put(path, Written::By(vec![index]), true);
                }
                Some(_) => {}
                None => self.files.touch_vaguely(&Self::vague(st, path), script.as_deref(), index),
            }
        }
    }
}

/// Says whether an archiver takes something out.
fn takes_out(name: &str, inv: &Invocation) -> bool {
    let first = inv.words().flatten().next().unwrap_or("");
    match name {
        "tar" | "bsdtar" => {
            first.trim_start_matches('-').starts_with('x')
                || inv.words().flatten().any(|word| {
                    matches!(word, "--extract" | "--get")
                        || word.starts_with('-') && !word.starts_with("--") && word.contains('x')
                })
        }
        "7z" | "7za" | "7zr" => matches!(first, "x" | "e"),
        "ar" => first.contains('x'),
        _ => true,
    }
}

/// The file that a script of `sed` writes: `w FILE`, `s/a/b/w FILE`.
fn sed_writes(script: &str) -> Option<&str> {
    let (front, name) = script.rsplit_once("w ")?;
    let sets = front.is_empty()
        || front.ends_with(['/', ';', ' ', '{', '|', ',', '#', 'g', 'p', 'I'])
        || front.ends_with(|ch: char| ch.is_ascii_digit());
    (sets && !name.is_empty() && !name.contains([' ', '/', '}'])).then_some(name)
}
