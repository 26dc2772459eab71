//! Which files a program shows or hands on, and which programs let nothing through.

use super::super::Cx;
use super::super::options::{Spec, Words, behind};
use super::super::touch::{absolute, absolute_text, appended, fed_paths};
use super::tokens::secret_name;
use crate::syntax::{Invocation, RedirectKind, Roster, Span, Stdin, Stdout, Value, is_among, roster};

/// A file (or folder) whose content an invocation hands on.
#[derive(Clone, Debug)]
pub(in super::super) struct Read {
    /// As `touch::absolute` gives it.
    pub path: String,
    /// The word.
    pub span: Span,
    /// Folders are taken with all that is in them.
    pub recursive: bool,
}

/// How a program that shows files reads its words.
struct Reader {
    names: &'static [&'static str],
    spec: Spec,
    /// Leading operands that are no files.
    skip: usize,
    /// Where one of these options is set, nothing is skipped (`grep -e`).
    unless: &'static [&'static str],
    /// Where one of these options is set, no content comes out.
    quiet: &'static [&'static str],
}

const NONE: &[&str] = &[];

const READERS: &[Reader] = &[
    Reader {
        names: &[
            "cat",
            "tac",
            "nl",
            "less",
            "more",
            "most",
            "bat",
            "batcat",
            "rev",
            "sort",
            "uniq",
            "paste",
            "expand",
            "unexpand",
            "column",
            "gcat",
            "zcat",
            "bzcat",
            "xzcat",
            "zstdcat",
            "view",
            "pr",
            "fmt",
            "fold",
            "iconv",
            "uuencode",
            "vis",
            "ccat",
            "lolcat",
            "shuf",
            "pv",
            "mapfile",
            "readarray",
            "html2text",
            "pygmentize",
            "glow",
            "csvlook",
            "ccze",
        ],
        spec: Spec::new(&[
            "-l",
            "-w",
            "-s",
            "-d",
            "-H",
            "-r",
            "--language",
            "--style",
            "--theme",
            "-f",
            "-t",
            "-k",
            "-S",
            "-n",
        ]),
        skip: 0,
        unless: NONE,
        quiet: &["--help", "--version"],
    },
    Reader {
        names: &["head", "tail", "ghead", "gtail"],
        spec: Spec::new(&["-n", "-c", "--lines", "--bytes", "--pid", "-s"]),
        skip: 0,
        unless: NONE,
        quiet: &["--help"],
    },
    Reader {
        names: &["xxd", "od", "hexdump", "hd", "base64", "base32", "basenc", "strings", "gbase64", "hexyl", "base58"],
        spec: Spec::new(&[
            "-l", "-s", "-c", "-g", "-n", "-A", "-t", "-N", "-j", "-w", "--wrap", "-e", "-b", "-i", "-o",
        ]),
        skip: 0,
        unless: NONE,
        quiet: &["--help"],
    },
    Reader {
        names: &["grep", "egrep", "fgrep", "zgrep", "rg", "ag", "ack", "ggrep", "ugrep", "ripgrep"],
        spec: Spec::new(&[
            "-e",
            "-f",
            "-A",
            "-B",
            "-C",
            "-m",
            "-d",
            "-g",
            "-t",
            "-T",
            "--include",
            "--exclude",
            "--exclude-dir",
            "--regexp",
            "--file",
            "--glob",
            "--type",
            "--max-count",
            "--context",
            "-M",
            "--after-context",
            "--before-context",
        ]),
        skip: 1,
        unless: &["-e", "-f", "--regexp", "--file"],
        quiet: &[
            "-q",
            "-l",
            "-L",
            "-c",
            "--quiet",
            "--silent",
            "--count",
            "--files-with-matches",
            "--files-without-match",
            "--files",
        ],
    },
    Reader {
        names: &["sed", "gsed"],
        spec: Spec::new(&["-e", "-f", "--expression", "--file", "-l"]),
        skip: 1,
        unless: &["-e", "-f", "--expression", "--file"],
        quiet: &["-i", "--in-place"],
    },
    Reader {
        names: &["awk", "gawk", "mawk", "nawk"],
        spec: Spec::new(&["-F", "-v", "-f", "--field-separator", "--assign", "--file"]),
        skip: 1,
        unless: &["-f", "--file"],
        quiet: NONE,
    },
    Reader {
        names: &["jq", "yq", "gojq", "jaq", "dasel", "tomlq", "xq", "fx"],
        spec: Spec::long(&["-f", "--from-file", "--indent", "-p", "-o"]),
        skip: 1,
        unless: &["-f", "--from-file"],
        quiet: &["-e"],
    },
    Reader {
        names: &["cut", "tr"],
        spec: Spec::new(&["-d", "-f", "-c", "-b", "--delimiter", "--fields", "--output-delimiter"]),
        skip: 0,
        unless: NONE,
        quiet: NONE,
    },
    Reader {
        names: &["diff", "colordiff", "sdiff", "comm", "join", "delta", "difft"],
        spec: Spec::new(&["-U", "-W", "-I", "-x", "-t", "-1", "-2"]),
        skip: 0,
        unless: NONE,
        quiet: &["-q", "--brief"],
    },
    Reader {
        names: &["gzip", "gunzip", "bzip2", "xz", "zstd", "lz4", "brotli", "pigz"],
        spec: Spec::new(&["-S", "-T", "-o"]),
        skip: 0,
        unless: NONE,
        quiet: NONE,
    },
    Reader {
        names: &["split", "csplit"],
        spec: Spec::new(&["-b", "-n", "-l", "-a"]),
        skip: 0,
        unless: NONE,
        quiet: NONE,
    },
    Reader { names: &["tee"], spec: Spec::new(&[]), skip: usize::MAX, unless: NONE, quiet: NONE },
];

/// Files whose content comes out of an invocation on its standard output, or into the archive that it writes.
pub(in super::super) fn reads(inv: &Invocation, cx: &Cx) -> Vec<Read> {
    let Some(name) = inv.name() else { return Vec::new() };
    if let Some(reader) = reader(name) {
        return shown(inv, cx, reader);
    }
    match name {
        "tar" | "gtar" | "bsdtar" => archived(inv, cx),
        "zip" | "7z" | "7za" | "rar" | "ar" | "cpio" => zipped(inv, cx, name),
        "dd" => options_as_words(inv, cx, "if="),
        "openssl" => openssl(inv, cx),
        "gpg" | "gpg2" | "age" | "ccrypt" => {
            let words =
                Words::of(&inv.args, &Spec::new(&["-o", "--output", "-r", "--recipient", "-u", "--passphrase", "-i"]));
            if words.has(&["--import", "--verify", "--list-keys", "--recv-keys"]) {
                Vec::new()
            } else {
                operands(&words, 0, inv, cx, false)
            }
        }
        "git" => git(inv, cx),
        // Without a terminal they print what they are told to.
        "vim" | "nvim" | "vi" | "ex" | "ed" => {
            let words = Words::of(&inv.args, &Spec::new(&["-c", "-u", "-i", "-S", "--cmd", "-s"]));
            let silent =
                name.starts_with('e') || words.has(&["-e", "-E", "-s"]) || !matches!(inv.stdin, Stdin::Inherit);
            if silent { operands(&words, 0, inv, cx, false) } else { Vec::new() }
        }
        "curl" => file_urls(inv, cx),
        "sqlite3" | "duckdb" => {
            operands(&Words::of(&inv.args, &Spec::long(&["-cmd", "-init", "-separator"])), 0, inv, cx, false)
        }
        // `$(<file)`
        ":" if matches!(inv.stdout, Stdout::Captured) => inv
            .redirects
            .iter()
            .filter(|redirect| redirect.kind == RedirectKind::Read)
            .map(|redirect| Read { path: absolute(&redirect.target, inv, cx), span: redirect.span, recursive: false })
            .collect(),
        "xmllint" | "plutil" | "python3" | "python" => json_tool(inv, cx, name),
        _ => Vec::new(),
    }
}

fn operands(words: &Words, skip: usize, inv: &Invocation, cx: &Cx, recursive: bool) -> Vec<Read> {
    let mut found = Vec::new();
    for arg in words.operands.iter().skip(skip).take(256) {
        let fed = appended(&arg.value);
        if fed.is_empty() {
            found.push(Read { path: absolute(&arg.value, inv, cx), span: arg.span, recursive });
        } else {
            found.extend(fed_paths(&fed, cx).into_iter().map(|path| Read { path, span: arg.span, recursive }));
        }
    }
    found
}

fn shown(inv: &Invocation, cx: &Cx, reader: &Reader) -> Vec<Read> {
    let words = Words::of(&inv.args, &reader.spec);
    if words.has(reader.quiet) || names_only(inv, &words) { Vec::new() } else { gone_through(&words, inv, cx, reader) }
}

/// What a search goes through, also where it prints nothing but the names of files.
pub(super) fn searches(inv: &Invocation, cx: &Cx) -> Vec<Read> {
    let Some(reader) = inv.name().and_then(reader) else { return Vec::new() };
    gone_through(&Words::of(&inv.args, &reader.spec), inv, cx, reader)
}

fn gone_through(words: &Words, inv: &Invocation, cx: &Cx, reader: &Reader) -> Vec<Read> {
    let skip = if words.has(reader.unless) { 0 } else { reader.skip };
    let grep = reader.names.contains(&"grep");
    let recursive =
        grep && (words.has(&["-r", "-R", "--recursive"]) || matches!(inv.name(), Some("rg" | "ag" | "ack")));
    operands(words, skip, inv, cx, recursive)
}

/// `cut -d= -f1`, `sed 's/=.*//'`, `awk -F= '{print $1}'`, `grep -o '^[^=]*'`: names without their values.
fn names_only(inv: &Invocation, words: &Words) -> bool {
    match inv.name() {
        Some("cut") => {
            matches!(words.last(&["-d", "--delimiter"]), Some("=" | ":"))
                && words.last(&["-f", "--fields"]) == Some("1")
        }
        Some("sed" | "gsed") => inv.words().flatten().any(|word| {
            ["=.*", "=\\(.*", "=.\\+", "=[^"].iter().any(|cut| word.contains(cut))
                && word.contains('s')
                && !word.contains("\\2")
        }),
        Some("awk" | "gawk" | "mawk" | "nawk") => {
            words.values(&["-F", "--field-separator"]).any(|value| value.text().contains(['=', ':']))
                && inv.words().flatten().any(|word| word.contains("$1"))
                && !inv.words().flatten().any(|word| word.contains("$2") || word.contains("$0"))
        }
        Some("grep" | "egrep" | "rg") => {
            let names = |pattern: &str| pattern.starts_with('^') && !pattern.contains(".*");
            let more = words.has(&["-v", "-A", "-B", "-C", "--invert-match", "--after-context", "--context"]);
            let pattern = words.operand(0).unwrap_or_default();
            words.has(&["-o", "--only-matching"]) && names(pattern) || !more && picks_plain(pattern)
        }
        Some("jq" | "gojq" | "yq") => words.operand(0).is_some_and(|filter| {
            ["keys", "length", "to_entries[].key", "type", "has("].iter().any(|word| filter.contains(word))
        }),
        _ => false,
    }
}

fn archived(inv: &Invocation, cx: &Cx) -> Vec<Read> {
    let old_style = inv.args.first().and_then(|arg| arg.value.literal()).filter(|word| {
        !word.starts_with('-') && word.len() < 8 && word.chars().all(|letter| "cxtrugzjJvfpPkhaZ".contains(letter))
    });
    let words = Words::of(
        &inv.args,
        &Spec::new(&["-f", "--file", "-C", "--directory", "-X", "-T", "--exclude", "--transform", "-I", "-b"]),
    );
    let creates = words.has(&["-c", "--create", "-r", "-u", "--append"])
        || old_style.is_some_and(|word| word.contains(['c', 'r', 'u']));
    if !creates {
        return Vec::new();
    }
    let skip = old_style.map_or(0, |word| 1 + usize::from(word.contains('f')));
    let folder = words.values(&["-C", "--directory"]).last().map(|value| absolute(value, inv, cx));
    let mut found = operands(&words, skip, inv, cx, true);
    if let Some(folder) = folder {
        for (read, arg) in found.iter_mut().zip(words.operands.iter().skip(skip)) {
            let text = arg.value.text();
            if !text.starts_with(['/', '~', '$']) {
                read.path = absolute_text(&format!("{folder}/{text}"), inv, cx);
            }
        }
    }
    found
}

fn zipped(inv: &Invocation, cx: &Cx, name: &str) -> Vec<Read> {
    let words = Words::of(&inv.args, &Spec::long(&["-x", "-i", "-P"]));
    let skip = match name {
        "zip" => 1,
        "7z" | "7za" | "rar" if words.operand(0) == Some("a") => 2,
        "ar" => 2,
        _ => return Vec::new(),
    };
    operands(&words, skip, inv, cx, true)
}

fn options_as_words(inv: &Invocation, cx: &Cx, head: &str) -> Vec<Read> {
    inv.args
        .iter()
        .filter(|arg| arg.value.prefix().starts_with(head))
        .map(|arg| Read { path: absolute(&behind(&arg.value, head.len()), inv, cx), span: arg.span, recursive: false })
        .collect()
}

fn openssl(inv: &Invocation, cx: &Cx) -> Vec<Read> {
    let words =
        Words::of(&inv.args, &Spec::long(&["-in", "-out", "-k", "-pass", "-passin", "-passout", "-inkey", "-connect"]));
    let hands_on = matches!(
        words.operand(0),
        Some(
            "enc"
                | "base64"
                | "aes-256-cbc"
                | "rsa"
                | "ec"
                | "pkey"
                | "pkcs12"
                | "pkcs8"
                | "rsautl"
                | "cms"
                | "smime"
                | "dgst"
        )
    ) && words.operand(0) != Some("dgst")
        && !words.has(&["-noout", "-pubout", "-nokeys"]);
    if !hands_on {
        return Vec::new();
    }
    words
        .values(&["-in"])
        .map(|value| Read { path: absolute(value, inv, cx), span: inv.span, recursive: false })
        .collect()
}

fn git(inv: &Invocation, cx: &Cx) -> Vec<Read> {
    let words = Words::of(&inv.args, &Spec::new(&["-C", "-c", "-n", "--format", "--pretty"]));
    let history = matches!(words.operand(0), Some("show" | "cat-file" | "diff" | "blame"))
        || (words.operand(0) == Some("log") && words.has(&["-p", "--patch", "-u"]));
    if !history
        || words.has(&["--stat", "--name-only", "--name-status", "--quiet", "--check", "--numstat", "--shortstat"])
    {
        return Vec::new();
    }
    let path_of = |value: &Value| {
        let text = value.text();
        let path = text.split_once(':').map_or(text.as_ref(), |(_, path)| path);
        absolute_text(path, inv, cx)
    };
    words
        .operands
        .iter()
        .skip(1)
        .map(|arg| Read { path: path_of(&arg.value), span: arg.span, recursive: false })
        .collect()
}

fn file_urls(inv: &Invocation, cx: &Cx) -> Vec<Read> {
    let head = "file://";
    inv.args
        .iter()
        .filter(|arg| arg.value.prefix().starts_with(head))
        .map(|arg| Read { path: absolute(&behind(&arg.value, head.len()), inv, cx), span: arg.span, recursive: false })
        .collect()
}

fn json_tool(inv: &Invocation, cx: &Cx, name: &str) -> Vec<Read> {
    let words = Words::of(&inv.args, &Spec::long(&["-m", "-c"]));
    let python = name.starts_with("python");
    let shows = !python || matches!(words.last(&["-m"]), Some("json.tool" | "base64"));
    if shows { operands(&words, 0, inv, cx, false) } else { Vec::new() }
}

/// The reader of this name.
fn reader(name: &str) -> Option<&'static Reader> {
    static ROSTER: Roster = roster!(READERS, names);
    ROSTER.may_know(name).then(|| READERS.iter().find(|reader| is_among(name, reader.names))).flatten()
}

/// Says whether an invocation is a filter of text: what comes in goes out, perhaps in another form.
pub(in super::super) fn filters(inv: &Invocation) -> bool {
    let Some(name) = inv.name() else { return false };
    if let Some(reader) = reader(name) {
        let words = Words::of(&inv.args, &reader.spec);
        return (!words.has(reader.quiet) || matches!(name, "jq" | "yq")) && !names_only(inv, &words);
    }
    match name {
        "openssl" => {
            inv.words().flatten().any(|word| matches!(word, "enc" | "base64" | "rsautl" | "pkeyutl"))
                || inv.words().flatten().any(|word| word.starts_with("aes"))
        }
        "gpg" | "age" | "tar" | "zip" | "cpio" | "dd" | "envsubst" | "perl" | "ruby" | "uudecode" | "qrencode" => true,
        "xargs" => !inv.wrapper && inv.args.is_empty(),
        "python" | "python3" => inv.words().flatten().any(|word| word == "json.tool" || word == "base64"),
        _ => false,
    }
}

/// `grep '^PORT='`: lines of variables that are called as no secret is; several may stand beside each other.
fn picks_plain(pattern: &str) -> bool {
    let pattern = pattern.replace('\\', "");
    let group = pattern.trim_start_matches('^').strip_prefix('(').and_then(|rest| rest.strip_suffix(")="));
    let plain = |name: &str| {
        let telling = ["URL", "URI", "DSN", "CONN"].iter().any(|part| name.contains(part));
        let letters = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        letters && name.len() > 1 && !telling && !secret_name(name)
    };
    match group {
        Some(names) => names.split('|').all(plain),
        None => pattern.split('|').all(|name| name.trim_start_matches('^').strip_suffix('=').is_some_and(plain)),
    }
}

const REDUCERS: &[&str] = &[
    "wc",
    "md5sum",
    "sha1sum",
    "sha224sum",
    "sha256sum",
    "sha384sum",
    "sha512sum",
    "shasum",
    "md5",
    "b2sum",
    "b3sum",
    "cksum",
    "sum",
    "test",
    "[",
    "ls",
    "stat",
    "file",
    "basename",
    "dirname",
    "read",
    "true",
    "false",
    "sleep",
    "cmp",
    "ssh-keygen",
    "ssh-add",
    "docker",
    "podman",
    "du",
    "pbcopy",
    "xclip",
    "xsel",
    "wl-copy",
    "source",
    ".",
    "export",
];

/// Says whether nothing of what comes in goes out: counts, digests, checks.
pub(in super::super) fn reduces(inv: &Invocation) -> bool {
    let Some(name) = inv.name() else { return false };
    if REDUCERS.contains(&name) {
        return true;
    }
    let Some(reader) = reader(name) else { return false };
    let words = Words::of(&inv.args, &reader.spec);
    (words.has(reader.quiet) && !matches!(name, "jq" | "yq")) || names_only(inv, &words)
}

/// Says whether the output of an invocation comes to be seen: on the terminal, perhaps through filters.
pub(in super::super) fn shows(index: usize, cx: &Cx, depth: usize) -> bool {
    let Some(inv) = cx.line.invocations.get(index) else { return false };
    for redirect in inv.redirects.iter().rev() {
        if redirect.fd == 1 && redirect.kind != RedirectKind::Read {
            return matches!(redirect.target.literal(), Some("/dev/tty" | "/dev/stdout" | "/dev/stderr"));
        }
    }
    match inv.stdout {
        Stdout::Captured => captured(index, cx, depth),
        Stdout::Pipe if depth < 16 => {
            consumers(index, cx)
                .any(|next| cx.line.invocations.get(next).is_some_and(filters) && shows(next, cx, depth + 1))
                || captured(index, cx, depth)
        }
        Stdout::Inherit | Stdout::Pipe => true,
    }
}

/// `echo "$(cat key)"`, `cat <(gh auth token)`: what is captured is shown after all.
fn captured(index: usize, cx: &Cx, depth: usize) -> bool {
    depth < 16
        && near(index, cx).any(|(next, inv)| {
            (matches!(inv.name(), Some("echo" | "printf" | "print")) || filters(inv))
                && inv.args.iter().any(|arg| arg.value.sources().any(|from| from == index))
                && shows(next, cx, depth + 1)
        })
}

/// The invocations that read the output of another.
pub(in super::super) fn consumers<'a>(index: usize, cx: &'a Cx) -> impl Iterator<Item = usize> + 'a {
    near(index, cx)
        .filter(move |(_, inv)| matches!(&inv.stdin, Stdin::Pipe(from) if from.contains(&index)))
        .map(|(next, _)| next)
}

/// The invocations around one, far enough for any pipeline that people write.
fn near<'a>(index: usize, cx: &'a Cx) -> impl Iterator<Item = (usize, &'a Invocation)> + 'a {
    cx.line.invocations.iter().enumerate().skip(index.saturating_sub(64)).take(128)
}
