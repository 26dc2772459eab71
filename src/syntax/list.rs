//! Lists of commands, read without the grammar crate: most of what is typed, at a fraction of the cost.
//!
//! Takes only what every shell of the Bourne family reads alike and a glance can tell: words, plain quotes, variables,
//! substitutions of plain words, assignments, redirections, pipes, `&&`, `||`, `;`, `&`, newlines, and the common
//! compound commands and here-documents. Anything else (`case`, conditions in brackets, backquotes, continued lines, letters
//! beyond ASCII) is left to the grammar, whose trees these equal. POSIX XCU 2.10.

mod compound;
mod here;

use smallvec::{SmallVec, smallvec};

use self::compound::End;
use super::ast::{
    Assign, AssignValue, Chain, Command, CommandKind, Join, Part, Pipeline, Redir, RedirOp, Script, Word,
};
use super::parse::{Base, Depth, FLAT, KEYWORDS};
use super::{Span, is_among, word};

/// Words that begin something else than a simple command, beside the keywords of letters.
const RESERVED: &[&str] = &["!", "{", "}", "[[", "]]"];

/// Reads a text that is nothing but a list of such commands; `None` where it may be more than that.
pub(super) fn read(text: &str, base: Base, depth: Depth) -> Option<Script> {
    let usual = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n');
    if !text.as_bytes().iter().all(usual) {
        return None;
    }
    Reader { text, bytes: text.as_bytes(), at: 0, base, depth, nested: 0, parens: false, bodies: None }.script()
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    base: Base,
    depth: Depth,
    /// Compound commands around this place.
    nested: usize,
    /// The innermost of the lists around this place ends at a parenthesis.
    parens: bool,
    /// Behind the bodies of this line's here-documents.
    bodies: Option<usize>,
}

/// A simple command under construction.
#[derive(Default)]
struct Simple {
    assigns: Vec<Assign>,
    words: Vec<Word>,
    redirects: Vec<Redir>,
    span: Option<Span>,
}

impl Simple {
    fn cover(&mut self, more: Span) {
        self.span = Some(self.span.map_or(more, |span| span.join(more)));
    }
}

impl<'a> Reader<'a> {
    /// The byte so far ahead; 0 behind the end, which no text holds that is read here.
    fn ahead(&self, offset: usize) -> u8 {
        self.bytes.get(self.at + offset).copied().unwrap_or(0)
    }

    /// Skips blanks, and a comment where one stands.
    fn blanks(&mut self) {
        while matches!(self.ahead(0), b' ' | b'\t') {
            self.at += 1;
        }
        if self.ahead(0) == b'#' {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        }
    }

    /// Skips blanks, comments and newlines.
    fn lines(&mut self) {
        self.blanks();
        while self.ahead(0) == b'\n' {
            self.at = self.bodies.take().unwrap_or(self.at + 1);
            self.blanks();
        }
    }

    fn script(mut self) -> Option<Script> {
        let chains = self.list(End::Text)?;
        (!chains.is_empty()).then_some(Script { chains })
    }

    /// Reads commands up to what ends them.
    fn list(&mut self, end: End) -> Option<Vec<Chain>> {
        // One command, most often, inside of another.
        let mut chains = Vec::with_capacity(if end == End::Text { 4 } else { 1 });
        self.lines();
        while !self.ends(end) {
            let pipelines = self.chain()?;
            let ended = self.ahead(0);
            if matches!(ended, b'&' | b';') {
                self.at += 1;
                // `;&` and `;;` belong to `case`.
                if ended == b';' && self.ahead(0) == b'&' {
                    return None;
                }
            } else if ended != b'\n' && !(matches!(end, End::Text | End::Paren) && self.ends(end)) {
                return None;
            }
            chains.push(Chain { pipelines, background: ended == b'&' });
            self.lines();
        }
        Some(chains)
    }

    fn chain(&mut self) -> Option<SmallVec<[(Join, Pipeline); 1]>> {
        let mut pipelines = smallvec![(Join::Then, self.pipeline()?)];
        loop {
            let join = match (self.ahead(0), self.ahead(1)) {
                (b'&', b'&') => Join::And,
                (b'|', b'|') => Join::Or,
                _ => return Some(pipelines),
            };
            self.at += 2;
            self.lines();
            pipelines.push((join, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Option<Pipeline> {
        self.blanks();
        let negated = self.ahead(0) == b'!' && matches!(self.ahead(1), b' ' | b'\t');
        if negated {
            self.at += 1;
        }
        let mut commands = smallvec![self.command()?];
        while self.ahead(0) == b'|' && self.ahead(1) != b'|' {
            self.at += 1;
            if self.ahead(0) == b'&' {
                return None;
            }
            self.lines();
            commands.push(self.command()?);
        }
        Some(Pipeline { commands, negated })
    }

    /// Reads up to the operator that ends the command.
    fn command(&mut self) -> Option<Command> {
        self.blanks();
        if let Some(compound) = self.compound()? {
            return Some(compound);
        }
        let mut simple = Simple::default();
        loop {
            self.blanks();
            match self.ahead(0) {
                0 | b'\n' | b';' | b'|' => break,
                b')' if self.parens => break,
                b'&' if self.ahead(1) != b'>' => break,
                b'&' | b'<' | b'>' => self.redirect(None, &mut simple)?,
                _ => self.item(&mut simple)?,
            }
        }
        let Simple { assigns, words, redirects, span } = simple;
        Some(Command { kind: CommandKind::Simple { assigns, words }, redirects, span: span? })
    }

    /// Reads an assignment, a word, or a descriptor's number with its redirection.
    fn item(&mut self, simple: &mut Simple) -> Option<()> {
        let start = self.at;
        let raw = self.raw()?;
        if matches!(self.ahead(0), b'<' | b'>') {
            if raw.bytes().all(|byte| byte.is_ascii_digit()) {
                return self.redirect(Some(raw.parse().ok()?), simple);
            }
            // `{name}>file`
            if raw.starts_with('{') {
                return None;
            }
        }
        let base = self.base.shift(start);
        let mut assign = None;
        if raw.contains('=')
            && let Some((name, rest)) = named(raw)
        {
            if rest.starts_with('[') {
                return None;
            }
            assign = self.assign(name, rest, raw.len(), base);
        }
        if simple.words.is_empty() {
            if let Some(assign) = assign {
                simple.cover(assign.span);
                simple.assigns.push(assign);
                return Some(());
            }
            if is_among(raw, KEYWORDS) || is_among(raw, RESERVED) {
                return None;
            }
        }
        let mut word = word::word(raw, base, self.depth);
        word.assign = assign.map(Box::new);
        simple.cover(word.span);
        simple.words.push(word);
        Some(())
    }

    /// The assignment that a word is, if it is one.
    fn assign(&self, name: &str, rest: &str, length: usize, base: Base) -> Option<Assign> {
        let append = rest.starts_with("+=");
        let value = rest.strip_prefix(if append { "+=" } else { "=" })?;
        let value = AssignValue::Scalar(word::word(value, base.shift(length - value.len()), self.depth));
        Some(Assign { name: name.to_owned(), index: None, append, value, span: base.span(0, length) })
    }

    fn redirect(&mut self, fd: Option<i32>, simple: &mut Simple) -> Option<()> {
        const OPERATORS: [&str; 10] = ["&>>", "&>", "<<<", "<&", "<>", "<", ">>", ">&", ">|", ">"];
        let rest = self.text.get(self.at..)?;
        let operator = OPERATORS.into_iter().find(|operator| rest.starts_with(operator))?;
        if operator == "<" && rest.starts_with("<<") {
            self.at += 2;
            let redirect = self.here_document(fd)?;
            simple.redirects.push(redirect);
            return Some(());
        }
        self.at += operator.len();
        self.blanks();
        let start = self.at;
        let raw = self.raw()?;
        let number = raw.bytes().all(|byte| byte.is_ascii_digit());
        if raw.is_empty() || number && matches!(self.ahead(0), b'<' | b'>') {
            return None;
        }
        let target = word::word(raw, self.base.shift(start), self.depth);
        let span = target.span;
        let op = match operator {
            "&>>" => RedirOp::BothAppend(target),
            "&>" => RedirOp::Both(target),
            "<<<" => RedirOp::HereString(target),
            "<&" => RedirOp::Dup(target),
            "<>" => RedirOp::ReadWrite(target),
            "<" => RedirOp::Read(target),
            ">>" => RedirOp::Append(target),
            ">&" if is_descriptor(&target) => RedirOp::Dup(target),
            ">&" => RedirOp::Both(target),
            _ => RedirOp::Write(target),
        };
        let fd = if operator == "<&" { fd.or(Some(0)) } else { fd };
        simple.cover(span);
        simple.redirects.push(Redir { fd, op, span });
        Some(())
    }

    /// The text of the word that stands here; empty where none does.
    fn raw(&mut self) -> Option<&'a str> {
        let start = self.at;
        loop {
            match self.ahead(0) {
                0 | b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' => break,
                b')' if self.parens => break,
                b'(' | b')' | b'`' => return None,
                b'\\' => self.escape()?,
                b'\'' => {
                    let rest = self.bytes.get(self.at + 1..)?;
                    self.at += 2 + rest.iter().position(|byte| *byte == b'\'')?;
                }
                b'"' => self.double()?,
                b'$' => self.dollar(false)?,
                _ => self.at += 1,
            }
        }
        self.text.get(start..self.at)
    }

    /// Skips a backslash and what it escapes, which is no newline.
    fn escape(&mut self) -> Option<()> {
        if matches!(self.ahead(1), 0 | b'\n') {
            return None;
        }
        self.at += 2;
        Some(())
    }

    /// Skips what stands in double quotes.
    fn double(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.ahead(0) {
                0 | b'`' => return None,
                b'"' => break,
                b'\\' => self.escape()?,
                b'$' => self.dollar(true)?,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(())
    }

    /// Skips a dollar with what belongs to it as far as that may hold blanks or quotes.
    fn dollar(&mut self, quoted: bool) -> Option<()> {
        let (close, inner): (u8, &[u8]) = match self.ahead(1) {
            b'(' => (b')', b" -_./:,@%+=|~*?$"),
            b'{' => (b'}', b"-_./:,@%+=^*?"),
            b'[' => return None,
            b'\'' | b'"' if !quoted => return None,
            _ => {
                self.at += 1;
                return Some(());
            }
        };
        self.at += 2;
        while self.ahead(0) != close {
            let byte = self.ahead(0);
            if !byte.is_ascii_alphanumeric() && !inner.contains(&byte) {
                return None;
            }
            self.at += 1;
        }
        self.at += 1;
        Some(())
    }
}

/// A variable's name in front of a word, and what follows it.
fn named(raw: &str) -> Option<(&str, &str)> {
    let length = raw.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    raw.split_at_checked(length).filter(|(name, _)| name.starts_with(|ch: char| !ch.is_ascii_digit()))
}

/// Says whether the target of `>&` is a descriptor, or `-`, rather than a file.
pub(super) fn is_descriptor(target: &Word) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    target.parts.iter().all(|part| matches!(part, Part::Lit { text, .. } if digits(text)))
}

#[cfg(test)]
mod tests {
    use super::super::parse::grammar;
    use super::*;

    /// Says whether a text is read here, and as the grammar reads it; `None` where it is the grammar's.
    fn agrees(text: &str) -> Option<bool> {
        let (base, depth) = (Base::At(7), Depth::top(false));
        Some(Ok(read(text, base, depth)?) == grammar(text, base, depth))
    }

    #[test]
    fn everyday_lists_are_read_here() {
        for text in [
            "cd src && git status --short | head -5; echo done",
            "A=1 B=\"$C x\" make -j8 CC=gcc 2>&1 | tail -n 3 > out.txt",
            "x=$(basename f1); echo \"$x ${x:-no}\" 'a\nb' # why not",
            "a &\nb || c >> log 2>/dev/null &",
            "\n# first\n\nls a*.[ch] ~/x {a,b}\n;".trim_end_matches(';'),
            "cat < in <<< \"$x\" &> all &>> more >&2 2>&- 3<&1 >| f <> g",
            "> empty",
            "x+=1 y= ; export z=3",
            "echo a\\ b \\; \"q\\\"uo\" \\$x #c",
            "grep -E 'if|then' if then fi done",
            "if a; then b; elif c && d\nthen e | f; else\n g\nfi 2>&1 > x; h",
            "while read -r x; do echo $x & done < in | sort",
            "until a; do b; done; for x in a \"b c\" d=1 *.c; do { e; f; } > g; done",
            "for x in a\n\ndo # why\n b\ndone || c",
            "(cd a && b) && ! c | (d; e)",
            "cat > f <<'END'\nrm -rf $x `\nEND\ncat <<E | g 2>&1; h\n\"$x\" $(a b)\nE\n",
            "f() { a \"$1\"; }; g ()\n(b)\nh() { i; } >> log; f x",
            "{ { a; }; (b); }; { if c; then d; fi; } | e",
            "( (a) ); if (b); then (c); fi",
        ] {
            assert_eq!(agrees(text), Some(true), "{text}");
        }
    }

    #[test]
    fn what_is_more_is_left_to_the_grammar() {
        for text in [
            "",
            "# nothing",
            "a ;; b",
            "a | | b",
            "; a",
            "a && ",
            "a=(1 2)",
            "a[1]=2",
            "cat <<-E\nx\nE",
            "cat <<E\nx",
            "cat <<E \"a\"\nx\nE",
            "cat <<E'F'\nx\nEF",
            "echo `a`",
            "echo $(a $(b))",
            "echo 'open",
            "a \\\n b",
            "echo ü",
            "a |& b",
            "case a in b) c;; esac",
            "select x in a; do b; done",
            "for x; do a; done",
            "for ((;;)); do a; done",
            "function f { a; }",
            "[[ a ]] && b",
            "((a))",
            "{ a }",
            "( a",
            "( )",
            "if a; then fi",
            "while a; do b; done c",
            "f-g() { a; }",
            "! ! a",
            "((((((((a) ) ) ) ) ) ) )",
            "time a",
            "diff <(a) b",
            "{fd}>f a",
            "echo $'a'",
            "echo $((1+2))",
            "a 2>1<3",
        ] {
            assert_eq!(agrees(text), None, "{text}");
        }
    }

    /// Compound commands put together at random.
    #[test]
    fn compound_commands_in_each_other_equal_the_grammars_tree() {
        const SHAPES: &[&str] = &[
            "if @ then @ fi",
            "if @ then @ else @ fi",
            "if @ then @ elif @ then @ fi",
            "while @ do @ done",
            "until @ do @ done",
            "for x in a \"$b\" c*; do @ done",
            "for y in 1\ndo @ done",
            "{ @ }",
            "( @ )",
            "(@)",
            "f() { @ }",
            "g () ( @ )",
            "! ls",
            "ls -l | wc",
            "x=1 y > z",
            "a && b || c",
            "a | ( @ ) | b",
            "{ @ } && a",
            "cat < in",
            "echo if",
            "( @ ) > out 2>&1",
            "while @ do @ done <in | sort",
            "a &",
            "{ @ } & b",
            "# why\n a",
            "cat <<E\n$x {b} (\nE\n",
            "tee <<\"E\" f && a\n'x' $y\n\nE\n",
            "cat <<A 3<<'B' > c\n1\nA\n\nA\nB\n",
            "a <<E | b\nE\n",
            "while @ do @ done <<END\n$(a `b`) \\$c\nEN\nEND\n",
            "( a <<E )\nx\nE\n",
            "(a <<E\nx\nE\n)",
            "if a <<X; then @ fi\nX\n",
        ];
        let mut seed = 5_u64;
        let mut next = move |of: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % of
        };
        let (mut read_here, mut other) = (0, Vec::new());
        for _ in 0..6_000 {
            let mut text = SHAPES[next(SHAPES.len())].to_owned();
            for _ in 0..12 {
                let Some(at) = text.find('@') else { break };
                let inner = SHAPES[next(SHAPES.len())];
                let end = [";", "; ", "\n", " ;", " &", "", "\n\n"][next(7)];
                text.replace_range(at..=at, &format!("{inner}{end}"));
            }
            match agrees(&text.replace('@', "a;")) {
                Some(false) => other.push(text),
                same => read_here += usize::from(same.is_some()),
            }
        }
        assert!(other.is_empty(), "{other:#?}");
        assert!(read_here > 1_000, "{read_here}");
    }

    /// Pieces put together at random, always the same ones.
    #[test]
    fn whatever_is_read_here_equals_the_grammars_tree() {
        const PIECES: &[&str] = &[
            "a",
            "ls",
            "x=1",
            "x+=2",
            "x[1]",
            " ",
            " ",
            " ",
            "  ",
            "\t",
            "\n",
            ";",
            "&",
            "&&",
            "||",
            "|",
            "|&",
            ">",
            ">>",
            "<",
            "2>",
            "2>&1",
            ">&2",
            "&>",
            "<<<",
            "<>",
            ">|",
            ">&",
            "<&",
            "-",
            "'q u'",
            "\"d $x\"",
            "\"",
            "'",
            "\\",
            "\\ ",
            "$x",
            "${x}",
            "${x:-y}",
            "${x%.c}",
            "$(a b)",
            "$(a | b)",
            "$",
            "$1",
            "#c",
            "#",
            "a#b",
            "~",
            "~/b",
            "{a,b}",
            "{",
            "}",
            "!",
            "if",
            "fi",
            "done",
            "in",
            "time",
            "[",
            "]",
            "[[",
            "*",
            "?",
            "=",
            "1",
            "12",
            "f(",
            ")",
            "export",
            "\"$(a)\"",
            "\"a\nb\"",
            "é",
            "a.b/c",
            "--f=v",
            "%1",
            "^x",
            "@",
            ":",
            "if ",
            "; then ",
            "; elif ",
            "; else ",
            "; fi",
            "while ",
            "until ",
            "for x in a b",
            "; do ",
            "; done",
            "{ ",
            "; }",
            "(",
            ")",
            "( a )",
            "f() ",
            "! ",
            "\nthen\n",
            "\ndo\n",
        ];
        let mut seed = 11_u64;
        let mut next = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap()
        };
        let texts = (0..60_000).map(|_| {
            let count = 1 + next() % 12;
            (0..count).map(|_| PIECES[next() % PIECES.len()]).collect::<String>()
        });
        let (same, other): (Vec<_>, Vec<_>) =
            texts.filter_map(|text| Some((agrees(&text)?, text))).partition(|(same, _)| *same);
        assert!(other.is_empty(), "{other:#?}");
        assert!(same.len() > 1_000, "{}", same.len());
    }

    #[test]
    fn the_labelled_lines_too() {
        let mut read_here = 0;
        for folder in ["tests/labelled", "tests/cases", "tests/cases/known", "rules"] {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            for file in std::fs::read_dir(folder).unwrap().flatten() {
                let Ok(text) = std::fs::read_to_string(file.path()) else { continue };
                for line in text.lines() {
                    let line = line.trim_start_matches([' ', '-', '"', '\'']).trim_end_matches(['"', '\'', ',']);
                    let same = agrees(line);
                    assert_ne!(same, Some(false), "{line}");
                    read_here += usize::from(same.is_some());
                }
            }
        }
        assert!(read_here > 1_000, "{read_here}");
    }
}
