//! A linear walk over shell text that knows quotes, substitutions, here-documents and keywords, but builds nothing.
//!
//! It answers three questions before the grammar may run: how deep is the text nested (so that recursion cannot
//! overflow), where does a substitution end, and where may a long text be cut. It is deliberately lenient: where
//! it is wrong the grammar rejects the text, and rejected text is never taken as harmless.

use std::ops::Range;

/// What the walk is inside of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ctx {
    /// `(` or the body of `$(`, `<(`: commands, ended by `)`.
    Paren,
    /// `$((` or `((`: ended by `))`; inner parentheses are counted as `ArithParen`.
    Arith,
    /// A parenthesis inside arithmetic.
    ArithParen,
    /// `${`: ended by `}`. The flag says that it stands in double quotes.
    Brace(bool),
    /// `"`.
    Double,
    /// `case … esac`.
    Case,
    /// `if`, `while`, `for`, `{`: until its closing word.
    Keyword,
}

/// A here-document whose body is still to come.
struct Pending {
    delimiter: String,
    strip_tabs: bool,
}

/// What the walk found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outline {
    /// The deepest nesting of substitutions, quotes and parentheses.
    pub depth: usize,
    /// The deepest nesting of keywords.
    pub keywords: usize,
    /// The most parentheses (subshells) open at one time.
    pub parens: usize,
    /// Offsets behind newlines at which a complete command has ended; ascending.
    pub cuts: Vec<usize>,
    /// Bodies of here-documents.
    pub bodies: Vec<Range<usize>>,
    /// Ends of here-documents that the text does not have; the shell takes its end instead, with a warning.
    pub unended: Vec<String>,
}

/// Walks over a whole text.
pub(crate) fn outline(text: &str) -> Outline {
    let mut walk = Walk::new(text, 0);
    while walk.step() {}
    let waiting = std::mem::take(&mut walk.pending);
    walk.outline.unended.extend(waiting.into_iter().map(|pending| pending.delimiter));
    if !walk.stack.is_empty() {
        walk.outline.unended.clear();
    }
    walk.outline
}

/// Finds the `)` that ends a substitution whose commands start at `start`; the offset of the `)` itself.
pub(crate) fn command_end(text: &str, start: usize) -> Option<usize> {
    let mut walk = Walk::new(text, start);
    walk.stack.push(Ctx::Paren);
    while !walk.stack.is_empty() {
        if !walk.step() {
            return None;
        }
    }
    walk.pos.checked_sub(1)
}

/// Finds the `))` that ends an arithmetic expression starting at `start`; the offset of the first `)`.
/// `None` where the text closes otherwise: then `((` was a subshell in a substitution.
pub(crate) fn arith_end(text: &str, start: usize) -> Option<usize> {
    let mut walk = Walk::new(text, start);
    walk.stack.push(Ctx::Arith);
    while !walk.stack.is_empty() {
        if walk.broken_arith || !walk.step() {
            return None;
        }
    }
    if walk.broken_arith { None } else { walk.pos.checked_sub(2) }
}

/// Finds the `}` that ends `${` whose content starts at `start`; the offset of the `}`.
pub(crate) fn brace_end(text: &str, start: usize, in_double: bool) -> Option<usize> {
    let mut walk = Walk::new(text, start);
    walk.stack.push(Ctx::Brace(in_double));
    while !walk.stack.is_empty() {
        if !walk.step() {
            return None;
        }
    }
    walk.pos.checked_sub(1)
}

/// Says whether a byte behind another one of a word is no more than that.
fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'/' | b'_' | b'=' | b',' | b':')
}

struct Walk<'a> {
    text: &'a str,
    bytes: &'a [u8],
    pos: usize,
    stack: Vec<Ctx>,
    pending: Vec<Pending>,
    /// The next word is a command's first.
    command: bool,
    /// Where the current unquoted word started.
    word: Option<usize>,
    /// An Arith context was closed by a single parenthesis.
    broken_arith: bool,
    open: [usize; 3],
    ignored: usize,
    outline: Outline,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, pos: usize) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            pos,
            stack: Vec::new(),
            pending: Vec::new(),
            command: true,
            word: None,
            broken_arith: false,
            open: [0; 3],
            ignored: 0,
            outline: Outline::default(),
        }
    }

    fn at(&self, offset: usize) -> u8 {
        self.bytes.get(self.pos + offset).copied().unwrap_or(0)
    }

    /// Counts of what is open now: nesting, keywords, parentheses.
    fn open_now(&mut self, ctx: Ctx) -> [&mut usize; 2] {
        let [depth, keywords, parens] = &mut self.open;
        match ctx {
            Ctx::Keyword | Ctx::Case => [keywords, &mut self.ignored],
            Ctx::Paren => [depth, parens],
            _ => [depth, &mut self.ignored],
        }
    }

    fn push(&mut self, ctx: Ctx) {
        self.stack.push(ctx);
        self.open_now(ctx).into_iter().for_each(|count| *count += 1);
        self.outline.depth = self.outline.depth.max(self.open[0]);
        self.outline.keywords = self.outline.keywords.max(self.open[1]);
        self.outline.parens = self.outline.parens.max(self.open[2]);
    }

    fn pop(&mut self) {
        if let Some(ctx) = self.stack.pop() {
            self.open_now(ctx).into_iter().for_each(|count| *count = count.saturating_sub(1));
        }
    }

    /// Goes over the next token-like piece; false at the end of the text.
    fn step(&mut self) -> bool {
        if self.pos >= self.bytes.len() {
            self.end_word();
            return false;
        }
        match self.stack.last() {
            Some(Ctx::Double) => self.step_double(),
            Some(Ctx::Brace(in_double)) => self.step_brace(*in_double),
            Some(Ctx::Arith | Ctx::ArithParen) => self.step_arith(),
            _ => self.step_commands(),
        }
        true
    }

    /// `\x`, `$…`, backquotes and double quotes: the same in every context. True where it was one of them.
    fn shared(&mut self) -> bool {
        match (self.at(0), self.at(1)) {
            (b'\\', _) => self.pos += 2,
            (b'$', b'(') if self.at(2) == b'(' && arith_follows(self.text, self.pos + 3) => {
                self.pos += 3;
                self.push(Ctx::Arith);
            }
            (b'$', b'(') => {
                self.pos += 2;
                self.push(Ctx::Paren);
                self.command = true;
                self.word = None;
            }
            (b'$', b'{') => {
                self.pos += 2;
                let in_double = matches!(self.stack.last(), Some(Ctx::Double | Ctx::Brace(true)));
                self.push(Ctx::Brace(in_double));
            }
            (b'`', _) => {
                self.pos += 1;
                self.skip_until(b'`');
            }
            _ => return false,
        }
        self.pos = self.pos.min(self.bytes.len());
        true
    }

    /// Goes behind the next unescaped `end`.
    fn skip_until(&mut self, end: u8) {
        while self.pos < self.bytes.len() {
            match self.at(0) {
                b'\\' => self.pos += 2,
                byte => {
                    self.pos += 1;
                    if byte == end {
                        break;
                    }
                }
            }
        }
        self.pos = self.pos.min(self.bytes.len());
    }

    fn skip_single(&mut self) {
        self.pos += 1;
        while self.pos < self.bytes.len() && self.at(0) != b'\'' {
            self.pos += 1;
        }
        self.pos = (self.pos + 1).min(self.bytes.len());
    }

    fn step_double(&mut self) {
        if self.at(0) == b'"' {
            self.pos += 1;
            self.pop();
        } else if !self.shared() {
            self.pos += 1;
        }
    }

    fn step_brace(&mut self, in_double: bool) {
        match (self.at(0), self.at(1)) {
            (b'}', _) => {
                self.pos += 1;
                self.pop();
            }
            (b'"', _) => {
                self.pos += 1;
                self.push(Ctx::Double);
            }
            (b'\'', _) if !in_double => self.skip_single(),
            (b'$', b'\'') if !in_double => {
                self.pos += 2;
                self.skip_until(b'\'');
            }
            _ => {
                if !self.shared() {
                    self.pos += 1;
                }
            }
        }
    }

    fn step_arith(&mut self) {
        match self.at(0) {
            b'(' => {
                self.pos += 1;
                self.push(Ctx::ArithParen);
            }
            b')' if self.stack.last() == Some(&Ctx::ArithParen) => {
                self.pos += 1;
                self.pop();
            }
            b')' => {
                self.broken_arith |= self.at(1) != b')';
                self.pos = (self.pos + 2).min(self.bytes.len());
                self.pop();
            }
            b'"' => {
                self.pos += 1;
                self.push(Ctx::Double);
            }
            b'\'' => self.skip_single(),
            _ => {
                if !self.shared() {
                    self.pos += 1;
                }
            }
        }
    }

    fn step_commands(&mut self) {
        let byte = self.at(0);
        match byte {
            b'\n' => self.newline(),
            b' ' | b'\t' | b'\r' => {
                self.end_word();
                self.pos += 1;
            }
            b'#' if self.word.is_none() => {
                while self.pos < self.bytes.len() && self.at(0) != b'\n' {
                    self.pos += 1;
                }
            }
            b'\'' => {
                self.begin_word();
                self.skip_single();
            }
            b'"' => {
                self.begin_word();
                self.pos += 1;
                self.push(Ctx::Double);
            }
            b'$' if self.at(1) == b'\'' => {
                self.begin_word();
                self.pos += 2;
                self.skip_until(b'\'');
            }
            b'<' if self.at(1) == b'<' && self.at(2) != b'<' => self.here_document(),
            b'<' if self.at(1) == b'<' => {
                self.end_word();
                self.pos += 3;
            }
            b'<' | b'>' if self.at(1) == b'(' => {
                self.pos += 2;
                self.push(Ctx::Paren);
                self.command = true;
                self.word = None;
            }
            b'(' => self.open_paren(),
            b')' => self.close_paren(),
            b';' | b'|' | b'&' | b'<' | b'>' => {
                self.end_word();
                // `>&2`, `&>f`: a file or a descriptor follows, not a command.
                let previous = self.pos.checked_sub(1).and_then(|at| self.bytes.get(at)).copied();
                self.command = match byte {
                    b'<' | b'>' => false,
                    b'&' => !matches!(previous, Some(b'>' | b'<')) && self.at(1) != b'>',
                    _ => true,
                };
                self.pos += 1;
            }
            _ => {
                self.begin_word();
                if !self.shared() {
                    self.pos += 1;
                    while plain(self.at(0)) {
                        self.pos += 1;
                    }
                }
            }
        }
    }

    fn begin_word(&mut self) {
        if self.word.is_none() {
            self.word = Some(self.pos);
        }
    }

    fn open_paren(&mut self) {
        let was_command = self.command && self.word.is_none();
        self.end_word();
        if was_command && self.at(1) == b'(' && arith_follows(self.text, self.pos + 2) {
            self.pos += 2;
            self.push(Ctx::Arith);
            return;
        }
        self.pos += 1;
        self.push(Ctx::Paren);
        self.command = true;
    }

    fn close_paren(&mut self) {
        self.end_word();
        self.pos += 1;
        self.command = true;
        match self.stack.last() {
            Some(Ctx::Case) | None => {}
            _ => {
                // Keywords left open inside the parentheses were no keywords.
                while matches!(self.stack.last(), Some(Ctx::Keyword)) {
                    self.pop();
                }
                if self.stack.last() == Some(&Ctx::Paren) {
                    self.pop();
                    // `f() {`: what follows empty parentheses is a body.
                    let before = self.text.get(..self.pos.saturating_sub(1)).unwrap_or("");
                    self.command = before.trim_end_matches([' ', '\t']).ends_with('(');
                }
            }
        }
    }

    fn newline(&mut self) {
        self.end_word();
        self.pos += 1;
        for pending in std::mem::take(&mut self.pending) {
            self.skip_body(&pending);
        }
        self.command = true;
        if self.stack.is_empty() {
            self.outline.cuts.push(self.pos);
        }
    }

    fn skip_body(&mut self, pending: &Pending) {
        let start = self.pos;
        while self.pos < self.bytes.len() {
            let rest = self.text.get(self.pos..).unwrap_or("");
            let line = rest.split('\n').next().unwrap_or("");
            let bare = if pending.strip_tabs { line.trim_start_matches('\t') } else { line };
            if bare == pending.delimiter {
                self.outline.bodies.push(start..self.pos);
                self.pos = (self.pos + line.len() + 1).min(self.bytes.len());
                return;
            }
            // `$(cat <<EOF … EOF)`: bash warns and goes on.
            if !self.stack.is_empty()
                && bare.strip_prefix(pending.delimiter.as_str()).is_some_and(|tail| tail.starts_with(')'))
            {
                self.outline.bodies.push(start..self.pos);
                self.pos += line.len() - bare.len() + pending.delimiter.len();
                return;
            }
            self.pos = (self.pos + line.len() + 1).min(self.bytes.len());
        }
        self.outline.bodies.push(start..self.pos);
        if self.stack.is_empty() {
            self.outline.unended.push(pending.delimiter.clone());
        }
    }

    fn here_document(&mut self) {
        self.end_word();
        self.pos += 2;
        let strip_tabs = self.at(0) == b'-';
        if strip_tabs {
            self.pos += 1;
        }
        while matches!(self.at(0), b' ' | b'\t') {
            self.pos += 1;
        }
        let mut delimiter = String::new();
        let rest = self.text.get(self.pos..).unwrap_or("");
        let mut chars = rest.char_indices().peekable();
        let mut used = rest.len();
        let mut quote = None;
        while let Some((at, ch)) = chars.next() {
            match (quote, ch) {
                (Some(open), ch) if ch == open => quote = None,
                (None, '\'' | '"') => quote = Some(ch),
                (None | Some('"'), '\\') => {
                    if let Some((_, next)) = chars.next() {
                        delimiter.push(next);
                    }
                }
                (None, ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')') => {
                    used = at;
                    break;
                }
                (_, ch) => delimiter.push(ch),
            }
        }
        self.pos += used;
        if !delimiter.is_empty() {
            self.pending.push(Pending { delimiter, strip_tabs });
        }
    }

    /// Ends the current word; an unquoted keyword in command position opens or closes a context.
    fn end_word(&mut self) {
        let Some(start) = self.word.take() else { return };
        if !self.command {
            if self.stack.last() == Some(&Ctx::Case) && self.text.get(start..self.pos) == Some("in") {
                self.command = true;
            }
            return;
        }
        let word = self.text.get(start..self.pos).unwrap_or("");
        self.command = false;
        match word {
            "if" | "while" | "until" | "{" => {
                self.push(Ctx::Keyword);
                self.command = true;
            }
            "for" | "select" => self.push(Ctx::Keyword),
            "case" => self.push(Ctx::Case),
            "fi" | "done" | "}" if self.stack.last() == Some(&Ctx::Keyword) => {
                self.pop();
            }
            "esac" if self.stack.last() == Some(&Ctx::Case) => {
                self.pop();
            }
            "then" | "do" | "else" | "elif" | "!" | "time" | "coproc" => self.command = true,
            _ if is_assignment(word) => self.command = true,
            _ => {}
        }
    }
}

/// Says whether a word is `NAME=…`: the command is still to come behind it.
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        let name = name.strip_suffix('+').unwrap_or(name);
        let name = name.split('[').next().unwrap_or(name);
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !name.starts_with(|first: char| first.is_ascii_digit())
    })
}

/// Says whether `((…` at `start` (behind both parentheses) closes with `))`: a look ahead that counts parentheses only,
/// over at most 1,000 bytes.
fn arith_follows(text: &str, start: usize) -> bool {
    let mut depth = 0_usize;
    let bytes = text.as_bytes();
    let mut at = start;
    let end = bytes.len().min(start + 1_000);
    while at < end {
        match bytes[at] {
            b'\\' => at += 1,
            b'(' => depth += 1,
            b')' if depth == 0 => return bytes.get(at + 1) == Some(&b')'),
            b')' => depth -= 1,
            b'\n' | b'\'' if depth == 0 => {}
            _ => {}
        }
        at += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_where_substitutions_end() {
        let table = [
            "$(ls) x",
            "$(echo ')' \")\" \\) ) x",
            "$(cat <<'EOF'\nit's a ) trap\nEOF\n) x",
            "$(cat <<EOF\nit's\nEOF) x",
            "$(case $x in a) echo;; (b) ;; esac) y",
            "$(echo $(echo $(ls))) y",
            "$(ls # it's )\n) y",
            "$(echo \"${x:-it's}\") y",
        ];
        for text in table {
            assert_eq!(command_end(text, 2), text.rfind(')'), "{text}");
        }
        assert_eq!(command_end("$(ls", 2), None);
        assert_eq!(arith_end("$((1+(2*3))) x", 3), Some(10));
        assert_eq!(brace_end("${x:-${y}\"}\"} z", 2, false), Some(12));
    }

    #[test]
    fn cuts_only_where_a_command_has_ended() {
        let table: [(&str, &[usize]); 8] = [
            ("a\nb\n", &[2, 4]),
            ("if x\nthen y\nfi\nz", &[15]),
            ("cat <<E\na\nb\nE\nls\n", &[14, 17]),
            ("echo \"a\nb\"\nls", &[11]),
            ("f() {\n a\n}\nls", &[11]),
            ("for i in 1 2\ndo a\ndone\nls", &[23]),
            ("(a\nb)\nc", &[6]),
            ("echo if\nls", &[8]),
        ];
        for (text, cuts) in table {
            assert_eq!(outline(text).cuts, cuts, "{text:?}");
        }
    }

    #[test]
    fn measures_depth() {
        assert_eq!(outline(&"$(".repeat(300)).depth, 300);
        assert_eq!(outline(&"(".repeat(50)).parens, 50);
        assert_eq!(outline("echo '((((' \"$(ls)\"").depth, 2);
        assert_eq!(outline(&"if ".repeat(90)).keywords, 90);
    }
}
