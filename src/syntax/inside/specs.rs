//! How interpreters read their words.

use super::Lang;
use crate::syntax::{Roster, is_among, roster};

/// How one interpreter reads its words.
#[allow(clippy::struct_excessive_bools, reason = "each is one fact about an interpreter")]
pub(super) struct Spec {
    pub(super) lang: Lang,
    /// Names, also with a version behind them.
    pub(super) names: &'static [&'static str],
    /// Options whose value is code.
    pub(super) code: &'static [&'static str],
    /// Letters in a bundle whose value is code.
    pub(super) code_letters: &'static str,
    /// Options whose value is the script.
    pub(super) files: &'static [&'static str],
    /// Letters in a bundle whose value is the script.
    pub(super) file_letters: &'static str,
    /// The letter whose value is a module.
    pub(super) module_letter: Option<char>,
    /// Options with another value.
    pub(super) values: &'static [&'static str],
    /// Letters in a bundle with another value, in the same word or the next.
    pub(super) value_letters: &'static str,
    /// Letters that take the rest of their word, and nothing else.
    pub(super) attached_letters: &'static str,
    /// Options with which nothing is run.
    pub(super) none: &'static [&'static str],
    /// Letters with which nothing is run.
    pub(super) none_letters: &'static str,
    /// First operands that are subcommands, not scripts.
    pub(super) subcommands: &'static [&'static str],
    /// The first operand is the code.
    pub(super) operand_is_code: bool,
    /// Operands are no scripts.
    pub(super) no_file: bool,
    /// Behind the code no more options are read.
    pub(super) once: bool,
    /// Options are words with one dash; there are no bundles.
    pub(super) words: bool,
}

/// The interpreter of a name, or of the name in front of a version: `python3.12`.
pub(super) fn named(name: &str) -> Option<&'static Spec> {
    static ROSTER: Roster = roster!(SPECS, names);
    let base = without_version(name);
    if !ROSTER.may_know(base) && !ROSTER.may_know(name) {
        return None;
    }
    SPECS.iter().find(|spec| is_among(name, spec.names) || base != name && is_among(base, spec.names))
}

/// A name without the version behind it.
pub(super) fn without_version(name: &str) -> &str {
    name.trim_end_matches(|ch: char| ch.is_ascii_digit() || matches!(ch, '.' | '-'))
}

const NOTHING: &[&str] = &["--version", "--help", "-h", "-help", "-version", "-?"];

const PLAIN: Spec = Spec {
    lang: Lang::Python,
    names: &[],
    code: &[],
    code_letters: "",
    files: &[],
    file_letters: "",
    module_letter: None,
    values: &[],
    value_letters: "",
    attached_letters: "",
    none: NOTHING,
    none_letters: "",
    subcommands: &[],
    operand_is_code: false,
    no_file: false,
    once: false,
    words: false,
};

pub(super) const SPECS: &[Spec] = &[
    Spec {
        lang: Lang::Unread,
        names: &[
            "scala",
            "ghci",
            "ghc",
            "erl",
            "swift",
            "kotlin",
            "sbcl",
            "guile",
            "racket",
            "clojure",
            "clj",
            "bb",
            "janet",
            "raku",
            "ocaml",
            "emacs",
            "emacsclient",
            "nimble",
            "csi",
            "dotnet-script",
            "io",
            "pike",
            "factor",
        ],
        code: &["-e", "-eval", "--eval", "-E", "--expr", "--execute"],
        no_file: true,
        words: true,
        ..PLAIN
    },
    Spec {
        lang: Lang::Python,
        names: &["python", "python3", "python2", "pypy", "pypy3", "py", "pythonw", "micropython", "jython", "graalpy"],
        code_letters: "c",
        module_letter: Some('m'),
        values: &["--check-hash-based-pycs"],
        value_letters: "WXQ",
        none_letters: "V",
        once: true,
        ..PLAIN
    },
    Spec {
        lang: Lang::Python,
        names: &["ipython", "ipython3", "bpython", "ptpython"],
        code: &["-c"],
        module_letter: Some('m'),
        values: &["--profile", "--ipython-dir"],
        once: true,
        subcommands: &["kernel", "locate", "history", "profile"],
        ..PLAIN
    },
    Spec {
        lang: Lang::JavaScript,
        names: &[
            "node",
            "nodejs",
            "electron",
            "tsx",
            "ts-node",
            "ts-node-esm",
            "esno",
            "babel-node",
            "swc-node",
            "jiti",
            "vite-node",
        ],
        code: &["-e", "--eval", "-p", "--print", "-pe"],
        values: &[
            "-r",
            "--require",
            "--import",
            "--loader",
            "--experimental-loader",
            "-C",
            "--conditions",
            "--inspect-port",
            "--env-file",
            "-P",
            "--project",
            "-O",
            "--compiler-options",
            "--tsconfig",
            "--title",
            "-c",
            "--config",
        ],
        none: &["--version", "--help", "-h", "-v", "--check", "--test", "--run", "--v8-options", "--completion-bash"],
        subcommands: &["inspect", "watch"],
        words: true,
        ..PLAIN
    },
    Spec {
        lang: Lang::Ruby,
        names: &["ruby", "jruby", "truffleruby", "irb", "pry", "mruby"],
        code: &["--exec"],
        code_letters: "e",
        values: &["--require", "--encoding", "--external-encoding"],
        value_letters: "rIEC",
        attached_letters: "iFKxW",
        none: &["--version", "--help", "-h", "-v", "--copyright", "-c"],
        ..PLAIN
    },
    Spec {
        lang: Lang::Perl,
        names: &["perl", "rperl"],
        code_letters: "eE",
        value_letters: "I",
        attached_letters: "iFMmxDdV",
        none: &["--version", "--help", "-h", "-v", "-V", "-c"],
        none_letters: "v",
        ..PLAIN
    },
    Spec {
        lang: Lang::Php,
        names: &["php", "php-cli", "php-cgi"],
        code: &["-r", "--run", "-B", "-R", "-E", "--process-code", "--process-begin", "--process-end"],
        files: &["-f", "--file", "-F"],
        values: &["-d", "-c", "-z", "-t", "--define", "--php-ini", "-g"],
        none: &[
            "--version",
            "--help",
            "-h",
            "-v",
            "-i",
            "--info",
            "-m",
            "--modules",
            "-l",
            "--syntax-check",
            "-S",
            "--server",
            "--ini",
            "--rf",
            "--re",
            "--rc",
            "-s",
            "-w",
        ],
        words: true,
        ..PLAIN
    },
    Spec {
        lang: Lang::Awk,
        names: &["awk", "gawk", "mawk", "nawk", "original-awk", "goawk", "frawk"],
        code: &["-e", "--source"],
        files: &["--file", "-E", "--exec"],
        file_letters: "f",
        values: &["--assign", "--field-separator", "--include", "--load", "-W"],
        value_letters: "vFil",
        none: &["--version", "--help", "-h", "-V", "--copyright"],
        operand_is_code: true,
        ..PLAIN
    },
    Spec {
        lang: Lang::Sed,
        names: &["sed", "gsed", "ssed"],
        code: &["--expression"],
        code_letters: "e",
        files: &["--file"],
        file_letters: "f",
        values: &["--line-length"],
        value_letters: "l",
        attached_letters: "i",
        none: &["--version", "--help"],
        operand_is_code: true,
        ..PLAIN
    },
    Spec {
        lang: Lang::Lua,
        names: &["lua", "luajit", "texlua", "luau"],
        code_letters: "e",
        value_letters: "l",
        none: &["-v", "--version", "--help", "-h"],
        ..PLAIN
    },
    Spec {
        lang: Lang::R,
        names: &["rscript", "littler"],
        code: &["-e"],
        none: &["--version", "--help"],
        words: true,
        ..PLAIN
    },
    Spec {
        lang: Lang::R,
        names: &["r"],
        code: &["-e"],
        files: &["-f", "--file"],
        values: &["-g", "--gui", "-d", "--debugger"],
        subcommands: &["CMD"],
        no_file: true,
        words: true,
        ..PLAIN
    },
    Spec {
        lang: Lang::Julia,
        names: &["julia"],
        code: &["-e", "-E", "--eval", "--print"],
        values: &["-p", "--procs", "-t", "--threads", "-L", "--load", "-J", "--sysimage", "-H", "--home", "-C"],
        none: &["--version", "--help", "-h", "-v"],
        words: true,
        ..PLAIN
    },
    Spec {
        lang: Lang::Tcl,
        names: &["tclsh", "wish", "expect", "jimsh"],
        code: &["-c"],
        files: &["-f"],
        values: &["-encoding"],
        none: &["-v", "-h"],
        words: true,
        ..PLAIN
    },
    Spec {
        lang: Lang::Elixir,
        names: &["elixir", "iex"],
        code: &["-e", "--eval", "--rpc-eval"],
        values: &["-r", "-S", "-pr", "-pa", "-pz", "--cookie", "--name", "--sname", "--app"],
        none: &["--version", "--help", "-h", "-v"],
        words: true,
        ..PLAIN
    },
    Spec {
        lang: Lang::Java,
        names: &["groovy", "jshell", "scala", "kotlin", "jbang", "scala-cli"],
        code: &["-e"],
        values: &[
            "-cp",
            "-classpath",
            "--classpath",
            "--class-path",
            "-D",
            "-c",
            "--execution",
            "--feedback",
            "--startup",
            "-R",
        ],
        none: &["--version", "-version", "--help", "-h", "-v"],
        words: true,
        subcommands: &["run", "compile", "test", "init", "app", "jdk"],
        ..PLAIN
    },
    Spec { lang: Lang::AppleScript, names: &["osascript"], code: &["-e"], values: &["-l", "-s"], words: true, ..PLAIN },
    Spec {
        lang: Lang::Gdb,
        names: &["gdb", "gdb-multiarch", "rust-gdb", "cgdb"],
        code: &["-ex", "--ex", "-eval-command", "--eval-command", "-iex", "--init-eval-command"],
        files: &["-x", "-command", "--command", "-ix"],
        values: &["-p", "-pid", "--pid", "-c", "-core", "--core", "-s", "-e", "-d", "-cd", "-tty", "-b", "-l"],
        no_file: true,
        words: true,
        ..PLAIN
    },
];
