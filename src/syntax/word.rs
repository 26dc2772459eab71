//! Takes a word apart: quotes, expansions, substitutions.
//!
//! The grammar crate gives words as raw text; this reads that text once, linearly, with spans into the submitted
//! line. Bash manual, "Shell Expansions".

mod ends;

use smallvec::smallvec;

use self::ends::group_end;
pub(crate) use self::ends::{double_end, replace_split, subscript_end};
use super::ast::{Param, ParamOp, Part, Word};
use super::parse::{self, Base, Depth};
use super::{Dialect, Span, bytes, skim, zsh};

/// How text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A word: all quotes count.
    Word,
    /// The inside of double quotes.
    Double,
    /// A here-document or an arithmetic expression: quotes are text, expansions count.
    Here,
    /// A word inside `"${x:-…}"`: double quotes count, single quotes are text.
    InDouble,
}

/// Reads a word that stands at `base`.
pub(crate) fn word(text: &str, base: Base, depth: Depth) -> Word {
    let span = base.span(0, text.len());
    if depth.dialect != Dialect::Zsh && is_plain(text) {
        return Word { parts: smallvec![Part::Lit { text: text.to_owned(), quoted: false }], span, assign: None };
    }
    let mut reader = Reader { text, base, depth, pos: 0, out: Vec::new(), groups: depth.dialect == Dialect::Zsh };
    reader.tilde();
    reader.run(Mode::Word, text.len());
    Word { parts: reader.out.into(), span, assign: None }
}

/// Says whether a word is letters that stand for themselves, or for a pattern.
fn is_plain(text: &str) -> bool {
    let special = |byte: &u8| matches!(byte, b'\\' | b'\'' | b'"' | b'$' | b'`' | b'<' | b'>');
    !text.is_empty() && !text.starts_with('~') && !text.as_bytes().iter().any(special)
}

/// Reads text into parts. `depth` is the nesting so far; beyond the bound substitutions come out as unread.
pub(crate) fn parts(text: &str, base: Base, mode: Mode, depth: Depth) -> Vec<Part> {
    let mut reader = Reader { text, base, depth, pos: 0, out: Vec::new(), groups: false };
    if mode == Mode::Word {
        reader.tilde();
    }
    reader.run(mode, text.len());
    reader.out
}

struct Reader<'a> {
    text: &'a str,
    base: Base,
    depth: Depth,
    pos: usize,
    out: Vec<Part>,
    /// Parentheses are patterns.
    groups: bool,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.pos..).unwrap_or("")
    }

    fn slice(&self, start: usize, end: usize) -> &str {
        self.text.get(start..end).unwrap_or("")
    }

    fn lit(&mut self, text: &str, quoted: bool) {
        if let Some(Part::Lit { text: last, quoted: same }) = self.out.last_mut()
            && *same == quoted
        {
            last.push_str(text);
        } else {
            self.out.push(Part::Lit { text: text.to_owned(), quoted });
        }
    }

    fn tilde(&mut self) {
        let Some(after) = self.text.strip_prefix('~') else { return };
        let end = after.find('/').unwrap_or(after.len());
        let name = after.get(..end).unwrap_or("");
        if name.chars().all(|ch| ch.is_alphanumeric() || matches!(ch, '_' | '-' | '.' | '+')) {
            self.out.push(Part::Tilde(name.to_owned()));
            self.pos = 1 + end;
        }
    }

    fn run(&mut self, mode: Mode, end: usize) {
        while self.pos < end {
            let before = self.pos;
            self.step(mode, end);
            if self.pos <= before {
                // Nothing may stand still; skip one character as text.
                let ch = self.rest().chars().next().map_or(1, char::len_utf8);
                let text = self.slice(before, before + ch).to_owned();
                self.lit(&text, mode != Mode::Word);
                self.pos = before + ch;
            }
        }
        self.pos = end;
    }

    fn step(&mut self, mode: Mode, end: usize) {
        let quoted = mode != Mode::Word;
        let start = self.pos;
        let rest = self.slice(start, end);
        let special: &[char] = match mode {
            Mode::Word if self.groups && start == 0 => &['\\', '\'', '"', '$', '`', '<', '>', '(', '='],
            Mode::Word if self.groups => &['\\', '\'', '"', '$', '`', '<', '>', '('],
            Mode::Word => &['\\', '\'', '"', '$', '`', '<', '>'],
            Mode::InDouble => &['\\', '"', '$', '`'],
            Mode::Double | Mode::Here => &['\\', '$', '`'],
        };
        let plain = rest.find(special).unwrap_or(rest.len());
        if plain > 0 {
            let (from, text) = (self.pos, self.text);
            self.lit(text.get(from..from + plain).unwrap_or(""), quoted);
            self.pos += plain;
            return;
        }
        let mut chars = rest.chars();
        match (chars.next(), chars.next()) {
            (Some('\\'), next) => self.backslash(mode, next),
            (Some('\''), _) => self.single(end),
            (Some('"'), _) => self.double(end),
            (Some('$'), Some('\'')) if mode == Mode::Word => self.ansi_c(end),
            (Some('$'), Some('"')) if mode == Mode::Word => {
                self.pos += 1;
                self.double(end);
            }
            (Some('$'), _) => self.dollar(quoted, end),
            (Some('`'), _) => self.backquote(quoted, end),
            (Some('<' | '>'), Some('(')) => self.process(end),
            (Some('='), Some('(')) if start == 0 && self.groups => self.process(end),
            (Some('('), _) if self.groups && mode == Mode::Word => self.group(end),
            (Some('<'), _) if self.groups && rest.find('>').is_some() => {
                self.pos += rest.find('>').map_or(1, |at| at + 1);
                self.lit("*", false);
            }
            (Some(ch), _) => {
                self.lit(ch.encode_utf8(&mut [0; 4]), quoted);
                self.pos += ch.len_utf8();
            }
            (None, _) => {}
        }
    }

    fn backslash(&mut self, mode: Mode, next: Option<char>) {
        let Some(next) = next else {
            self.lit("\\", true);
            self.pos += 1;
            return;
        };
        self.pos += 1 + next.len_utf8();
        let escapes = match mode {
            Mode::Word => true,
            Mode::Double | Mode::InDouble => matches!(next, '$' | '`' | '"' | '\\' | '\n'),
            Mode::Here => matches!(next, '$' | '`' | '\\' | '\n'),
        };
        if next == '\n' && escapes {
            return;
        }
        if !escapes {
            self.lit("\\", true);
        }
        self.lit(next.encode_utf8(&mut [0; 4]), true);
    }

    fn single(&mut self, end: usize) {
        let start = self.pos + 1;
        let close = self.slice(start, end).find('\'').map_or(end, |at| start + at);
        let text = self.text;
        self.lit(text.get(start..close).unwrap_or(""), true);
        self.pos = (close + 1).min(end);
    }

    fn ansi_c(&mut self, end: usize) {
        let start = self.pos + 2;
        let mut escaped = false;
        let close = self
            .slice(start, end)
            .char_indices()
            .find(|&(_, ch)| {
                let ends = ch == '\'' && !escaped;
                escaped = ch == '\\' && !escaped;
                ends
            })
            .map_or(end, |(at, _)| start + at);
        let text = ansi_c(self.slice(start, close));
        self.lit(&text, true);
        self.pos = (close + 1).min(end);
    }

    fn double(&mut self, end: usize) {
        let start = self.pos + 1;
        let close = double_end(self.text, start).unwrap_or(end).min(end);
        self.pos = start;
        let before = self.out.len();
        self.run(Mode::Double, close);
        if self.out.len() == before {
            self.lit("", true);
        }
        self.pos = (close + 1).min(end);
    }

    fn process(&mut self, end: usize) {
        let write = self.rest().starts_with('>');
        let start = self.pos;
        let close = self.command_end(start + 2, end);
        let script = self.script(start + 2, close);
        self.out.push(Part::Process { script, write, span: self.base.span(start, (close + 1).min(end)) });
        self.pos = (close + 1).min(end);
    }

    /// zsh's parentheses in a word.
    fn group(&mut self, end: usize) {
        let start = self.pos;
        let close = group_end(self.text, start).filter(|&close| close < end).unwrap_or(end);
        let inner = self.slice(start + 1, close).to_owned();
        let span = self.base.span(start, (close + 1).min(end));
        let repeated = self.slice(close + 1, end).starts_with('#');
        self.pos = (close + 1).min(end);
        // With the option `kshglob`, `!(x)` is everything else.
        if let Some(Part::Lit { text, quoted: false }) = self.out.last_mut()
            && text.ends_with(['!', '@', '+'])
        {
            text.pop();
            return self.lit("*", false);
        }
        match zsh::group(&inner, self.pos == end, start == 0) {
            _ if repeated => {
                self.lit("*", false);
                self.pos =
                    end.min(self.pos + self.slice(self.pos, end).bytes().take_while(|byte| *byte == b'#').count());
            }
            zsh::Group::Any => {
                // What is expanded in it is expanded all the same.
                let parts = self.nested_parts(start + 1, close, Mode::Here);
                self.lit("*", false);
                for part in parts {
                    if let Part::Command { script, text, span, .. } = part {
                        self.out.push(Part::Runs { script, text, span });
                    }
                }
            }
            zsh::Group::Alternatives(text) => self.lit(&text, false),
            zsh::Group::Qualifiers(codes) => {
                for code in codes {
                    let (text, script) = match code {
                        zsh::Code::Text(text) => {
                            let script = parse::script(&text, Base::Flat(span), self.depth.deeper());
                            (text, script)
                        }
                        zsh::Code::Hidden(text) => (text, Err(super::ast::SyntaxError::Bound)),
                    };
                    self.out.push(Part::Runs { script, text, span });
                }
            }
        }
    }

    fn command_end(&self, start: usize, end: usize) -> usize {
        skim::command_end(self.text, start).filter(|&close| close < end).unwrap_or(end)
    }

    fn script(&self, start: usize, end: usize) -> Result<super::ast::Script, super::ast::SyntaxError> {
        parse::script(self.slice(start, end), self.base.shift(start), self.depth.deeper())
    }

    fn backquote(&mut self, quoted: bool, end: usize) {
        let start = self.pos;
        let mut inner = String::new();
        let mut chars = self.slice(start + 1, end).char_indices();
        let mut close = end;
        let mut plain = true;
        while let Some((at, ch)) = chars.next() {
            match ch {
                '`' => {
                    close = start + 1 + at;
                    break;
                }
                '\\' => match chars.next() {
                    Some((_, next @ ('`' | '$' | '\\'))) => {
                        plain = false;
                        inner.push(next);
                    }
                    Some((_, '"')) if quoted => {
                        plain = false;
                        inner.push('"');
                    }
                    Some((_, next)) => inner.extend(['\\', next]),
                    None => inner.push('\\'),
                },
                _ => inner.push(ch),
            }
        }
        let span = self.base.span(start, (close + 1).min(end));
        let base = if plain { self.base.shift(start + 1) } else { Base::Flat(span) };
        let script = parse::script(&inner, base, self.depth.deeper());
        self.out.push(Part::Command { script, quoted, text: inner, span });
        self.pos = (close + 1).min(end);
    }

    fn dollar(&mut self, quoted: bool, end: usize) {
        let start = self.pos;
        let rest = self.slice(start, end);
        if self.depth.dialect == Dialect::Zsh
            && let Some((param, length)) =
                zsh::bare(rest, |from, to| self.nested_parts(start + from, start + to, Mode::Here))
        {
            self.pos = start + length;
            self.out.push(Part::Param { param: Box::new(param), quoted, span: self.base.span(start, self.pos) });
        } else if rest.starts_with("$((")
            && let Some(close) = skim::arith_end(self.text, start + 3).filter(|&close| close + 1 < end)
        {
            self.arith(start, start + 3, close, 2);
        } else if rest.starts_with("$(") {
            let close = self.command_end(start + 2, end);
            let script = self.script(start + 2, close);
            let text = self.slice(start + 2, close).to_owned();
            self.out.push(Part::Command { script, quoted, text, span: self.base.span(start, (close + 1).min(end)) });
            self.pos = (close + 1).min(end);
        } else if rest.starts_with("${") {
            let close = skim::brace_end(self.text, start + 2, quoted).filter(|&close| close < end).unwrap_or(end);
            let span = self.base.span(start, (close + 1).min(end));
            let param = Box::new(self.param(start + 2, close, quoted));
            self.out.push(Part::Param { param, quoted, span });
            self.pos = (close + 1).min(end);
        } else if rest.starts_with("$[") {
            let close = rest.find(']').map_or(end, |at| start + at);
            self.arith(start, start + 2, close, 1);
        } else {
            self.plain_param(quoted, rest.len());
        }
    }

    fn arith(&mut self, start: usize, from: usize, close: usize, behind: usize) {
        let parts = self.nested_parts(from, close, Mode::Here);
        self.pos = (close + behind).min(self.text.len());
        self.out.push(Part::Arith { parts, span: self.base.span(start, self.pos) });
    }

    fn plain_param(&mut self, quoted: bool, limit: usize) {
        let start = self.pos;
        let after = self.slice(start + 1, start + limit);
        let length = match after.chars().next() {
            Some(ch) if ch.is_ascii_alphabetic() || ch == '_' => {
                after.find(|ch: char| !(ch.is_ascii_alphanumeric() || ch == '_')).unwrap_or(after.len())
            }
            Some('0'..='9' | '@' | '*' | '#' | '?' | '-' | '$' | '!') => 1,
            _ => {
                self.lit("$", true);
                self.pos += 1;
                return;
            }
        };
        let name = self.slice(start + 1, start + 1 + length).to_owned();
        let param = Box::new(Param { name, index: None, indirect: false, op: ParamOp::Plain, zsh: None });
        self.pos = start + 1 + length;
        self.out.push(Part::Param { param, quoted, span: self.base.span(start, self.pos) });
    }

    fn nested_parts(&self, start: usize, end: usize, mode: Mode) -> Vec<Part> {
        let text = self.slice(start, end);
        if self.depth.exhausted() {
            return vec![Part::Command {
                script: Err(super::ast::SyntaxError::Bound),
                quoted: true,
                text: text.to_owned(),
                span: self.base.span(start, end),
            }];
        }
        parts(text, self.base.shift(start), mode, self.depth.deeper())
    }

    /// Reads what stands between `${` and `}`.
    fn param(&self, start: usize, end: usize, quoted: bool) -> Param {
        let inner = self.slice(start, end);
        let mode = if quoted { Mode::InDouble } else { Mode::Word };
        if self.depth.dialect == Dialect::Zsh {
            return zsh::braced(inner, &|from, to, verbatim| {
                self.nested_parts(start + from, start + to, if verbatim { Mode::Here } else { mode })
            });
        }
        let foreign = || Param {
            name: String::new(),
            index: None,
            indirect: false,
            op: ParamOp::Foreign(inner.to_owned()),
            zsh: None,
        };
        let mut at = 0;
        let length = inner.starts_with('#') && inner.len() > 1 && !inner.starts_with("##") && !inner.starts_with("#%");
        let indirect = inner.starts_with('!') && inner.len() > 1;
        if length || indirect {
            at = 1;
        }
        let body = inner.get(at..).unwrap_or("");
        let name_length = match body.chars().next() {
            Some(ch) if ch.is_ascii_alphabetic() || ch == '_' => {
                body.find(|ch: char| !(ch.is_ascii_alphanumeric() || ch == '_')).unwrap_or(body.len())
            }
            Some('0'..='9') => body.find(|ch: char| !ch.is_ascii_digit()).unwrap_or(body.len()),
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => 1,
            _ => return foreign(),
        };
        let name = body.get(..name_length).unwrap_or("").to_owned();
        at += name_length;
        let mut index = None;
        if inner.get(at..).is_some_and(|rest| rest.starts_with('[')) {
            let Some(close) = subscript_end(inner, at) else { return foreign() };
            index = Some(self.nested_parts(start + at + 1, start + close, Mode::Here));
            at = close + 1;
        }
        let rest = inner.get(at..).unwrap_or("");
        let op = if length {
            ParamOp::Length
        } else if indirect && matches!(rest, "*" | "@") {
            ParamOp::Names
        } else {
            match self.param_op(rest, start + at, end, mode) {
                Some(op) => op,
                None => return foreign(),
            }
        };
        Param { name, index, indirect: indirect && op != ParamOp::Names, op, zsh: None }
    }

    fn param_op(&self, rest: &str, at: usize, end: usize, mode: Mode) -> Option<ParamOp> {
        let nested = |skip: usize| self.nested_parts(at + skip, end, mode);
        let mut chars = rest.chars();
        let (first, second) = (chars.next(), chars.next());
        Some(match (first, second) {
            (None, _) => ParamOp::Plain,
            (Some(':'), Some('-')) => ParamOp::Default(true, nested(2)),
            (Some('-'), _) => ParamOp::Default(false, nested(1)),
            (Some(':'), Some('=')) => ParamOp::Assign(true, nested(2)),
            (Some('='), _) => ParamOp::Assign(false, nested(1)),
            (Some(':'), Some('?')) => ParamOp::Error(true, nested(2)),
            (Some('?'), _) => ParamOp::Error(false, nested(1)),
            (Some(':'), Some('+')) => ParamOp::Alternative(true, nested(2)),
            (Some('+'), _) => ParamOp::Alternative(false, nested(1)),
            (Some(':'), _) => ParamOp::Substring(self.nested_parts(at + 1, end, Mode::Here)),
            (Some('#'), Some('#')) => ParamOp::TrimStart(true, nested(2)),
            (Some('#'), _) => ParamOp::TrimStart(false, nested(1)),
            (Some('%'), Some('%')) => ParamOp::TrimEnd(true, nested(2)),
            (Some('%'), _) => ParamOp::TrimEnd(false, nested(1)),
            (Some('/'), second) => {
                let how = second.filter(|ch| matches!(ch, '/' | '#' | '%'));
                let from = 1 + usize::from(how.is_some());
                let split = replace_split(rest.get(from..).unwrap_or("")).map(|split| from + split);
                let pattern_end = split.map_or(end, |split| at + split);
                let replacement = split.map_or_else(Vec::new, |split| self.nested_parts(at + split + 1, end, mode));
                ParamOp::Replace(how, self.nested_parts(at + from, pattern_end, mode), replacement)
            }
            (Some('^' | ',' | '~'), _) => ParamOp::Case(rest.to_owned()),
            (Some('@'), Some(letter)) if rest.len() == 2 => ParamOp::Transform(letter),
            _ => return None,
        })
    }
}

/// Decodes what stands between `$'` and `'`.
pub(crate) fn ansi_c(text: &str) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(ch) = chars.next() {
        if ch != '\\' {
            out.extend_from_slice(ch.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let Some(escape) = chars.next() else {
            out.push(b'\\');
            break;
        };
        let mut digits = |first: Option<char>, radix: u32, most: usize| {
            let mut value = first.and_then(|ch| ch.to_digit(radix));
            let mut used = usize::from(first.is_some());
            while used < most
                && let Some(digit) = chars.peek().and_then(|ch| ch.to_digit(radix))
            {
                value = Some(value.unwrap_or(0).wrapping_mul(radix).wrapping_add(digit));
                chars.next();
                used += 1;
            }
            value
        };
        match escape {
            'a' => out.push(7),
            'b' => out.push(8),
            'e' | 'E' => out.push(27),
            'f' => out.push(12),
            'n' => out.push(b'\n'),
            'r' => out.push(b'\r'),
            't' => out.push(b'\t'),
            'v' => out.push(11),
            '0'..='7' => out.extend(digits(Some(escape), 8, 3).map(|value| (value & 0xff) as u8)),
            'x' => out.extend(digits(None, 16, 2).map(|value| (value & 0xff) as u8)),
            'u' | 'U' => {
                let value = digits(None, 16, if escape == 'u' { 4 } else { 8 }).and_then(char::from_u32);
                out.extend(value.map(String::from).unwrap_or_default().into_bytes());
            }
            'c' => out.extend(chars.next().map(|ch| (u32::from(ch) & 0x1f) as u8)),
            '\\' | '\'' | '"' | '?' => out.push(escape as u8),
            other => {
                out.push(b'\\');
                out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
    // NUL ends the string in bash.
    if let Some(end) = out.iter().position(|&byte| byte == 0) {
        out.truncate(end);
    }
    bytes::decode(&out).text.into_owned()
}

/// A span for a part that has none of its own.
pub(crate) fn part_span(part: &Part, word: Span) -> Span {
    match part {
        Part::Param { span, .. }
        | Part::Command { span, .. }
        | Part::Arith { span, .. }
        | Part::Runs { span, .. }
        | Part::Process { span, .. } => *span,
        Part::Lit { .. } | Part::Tilde(_) => word,
    }
}
