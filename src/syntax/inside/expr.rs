//! Expressions: operands, members, calls, operators.

use super::act::Args;
use super::fold;
use super::lex::Kind;
use super::postfix::{is_line, param_names};
use super::val::{MARK, Val, concat, join_all};
use super::walk::{Stream, Walker};

/// Words in front of a value that change nothing for us.
const PREFIX_WORDS: &[&str] =
    &["await", "new", "not", "typeof", "void", "async", "yield", "defined", "delete", "clone"];

/// Operators in front of a value that change nothing for us.
const PREFIX_OPS: &[&str] = &["!", "-", "+", "~", "*", "**", "...", "&", "@", "\\", "++", "--"];

/// Words between two values.
pub(super) const INFIX_WORDS: &[&str] =
    &["and", "or", "in", "is", "instanceof", "eq", "ne", "lt", "gt", "le", "ge", "cmp", "x", "xor", "isa", "not"];

/// Operators between two values, beside those that put texts together.
const INFIX_OPS: &[&str] = &[
    "==", "!=", "===", "!==", "<=", ">=", "<", ">", "&&", "||", "??", "+", "-", "*", "/", "%", "**", "//", "|", "&",
    "^", "<<", ">>", "|>", "=~", "!~", "<=>", "..",
];

impl Walker<'_> {
    /// Reads one expression. Always stops at `end` at the latest; may consume nothing.
    pub(super) fn expr(&mut self, s: &mut Stream<'_>, end: usize) -> Val {
        let mut left = self.operand(s, end);
        while s.at < end {
            let Some(token) = s.token() else { break };
            left = match &token.kind {
                Kind::Op("?") => self.choice(s, end),
                Kind::Op(op) if INFIX_OPS.contains(op) || self.lang.concat.contains(op) => {
                    if Self::ends_argument(s, op) {
                        break;
                    }
                    s.at += 1;
                    Self::skip_lines(s, end);
                    let right = self.operand(s, end);
                    self.combine(op, &left, &right)
                }
                Kind::Word(word) if INFIX_WORDS.contains(&word.as_str()) => {
                    s.at += 1;
                    let right = self.operand(s, end);
                    match word.as_str() {
                        "or" => Val::one_of(vec![left, right]),
                        "and" => right,
                        _ => Val::Unknown,
                    }
                }
                Kind::Word(word) if word == "if" && self.lang.style.python => match self.python_choice(s, end) {
                    Some(other) => Val::one_of(vec![left, other]),
                    None => break,
                },
                _ => break,
            };
        }
        left
    }

    /// `*` in front of a glob in a call without parentheses and `<` of a here-document do not stand between values.
    fn ends_argument(s: &Stream<'_>, op: &str) -> bool {
        matches!(op, "<" | ">" | "<<") && s.ahead(1).is_none()
    }

    fn skip_lines(s: &mut Stream<'_>, end: usize) {
        while s.at < end && s.token().is_some_and(|token| token.kind == Kind::Newline) {
            s.at += 1;
        }
    }

    /// `? a : b`.
    fn choice(&mut self, s: &mut Stream<'_>, end: usize) -> Val {
        s.at += 1;
        let yes = self.operand_chain(s, end);
        if s.is(":") {
            s.at += 1;
            let no = self.operand_chain(s, end);
            return Val::one_of(vec![yes, no]);
        }
        yes
    }

    pub(super) fn operand_chain(&mut self, s: &mut Stream<'_>, end: usize) -> Val {
        if self.too_deep() {
            s.at += 1;
            return Val::Unknown;
        }
        self.depth += 1;
        let val = self.expr(s, end);
        self.depth -= 1;
        val
    }

    /// `if c else b`; nothing is consumed where no `else` follows.
    fn python_choice(&mut self, s: &mut Stream<'_>, end: usize) -> Option<Val> {
        let start = s.at;
        s.at += 1;
        self.operand_chain(s, end);
        if s.word() == Some("else") {
            s.at += 1;
            return Some(self.operand_chain(s, end));
        }
        if s.at <= start {
            s.at = start;
        }
        None
    }

    fn combine(&mut self, op: &str, left: &Val, right: &Val) -> Val {
        if self.lang.concat.contains(&op) {
            return concat(left, right);
        }
        match (op, left, right) {
            // Only a path can be divided by a text.
            ("/", Val::Path(_) | Val::OneOf(_), _) | ("/", _, Val::Path(_) | Val::Text(_))
                if self.lang.style.python =>
            {
                match join_all(&[left.clone(), right.clone()]) {
                    Val::Text(value) => Val::Path(value),
                    Val::OneOf(list) => Val::OneOf(list.into_iter().map(|one| Val::Path(one.text())).collect()),
                    other => other,
                }
            }
            ("%", Val::Text(_), _) => {
                let args = match right {
                    Val::List(list) => list.clone(),
                    other => vec![other.clone()],
                };
                fold::format(left, &args)
            }
            ("*", Val::Text(text), Val::Num(times)) => match text.literal() {
                Some(text) if text.len() * usize::try_from(*times).unwrap_or(0) < 4096 => {
                    Val::lit(text.repeat(usize::try_from(*times).unwrap_or(0)))
                }
                _ => Val::Unknown,
            },
            ("||" | "??", ..) => Val::one_of(vec![left.clone(), right.clone()]),
            ("&&", ..) => right.clone(),
            ("-", Val::Num(a), Val::Num(b)) => a.checked_sub(*b).map_or(Val::Unknown, Val::Num),
            ("*", Val::Num(a), Val::Num(b)) => a.checked_mul(*b).map_or(Val::Unknown, Val::Num),
            ("^", Val::Num(a), Val::Num(b)) => Val::Num(a ^ b),
            _ => Val::Unknown,
        }
    }

    /// Reads one operand with its prefixes, members and calls.
    pub(super) fn operand(&mut self, s: &mut Stream<'_>, end: usize) -> Val {
        if s.at >= end {
            return Val::Unknown;
        }
        if self.too_deep() {
            s.at += 1;
            return Val::Unknown;
        }
        self.depth += 1;
        while s.at < end {
            let prefix = match s.token().map(|token| &token.kind) {
                Some(Kind::Op(op)) => PREFIX_OPS.contains(op),
                Some(Kind::Word(word)) => {
                    PREFIX_WORDS.contains(&word.as_str())
                        && !s.ahead(1).is_some_and(|next| next.is("(") || next.is(".") || next.is("=") || next.is(":"))
                }
                _ => false,
            };
            if !prefix {
                break;
            }
            s.at += 1;
        }
        let val = self.primary(s, end);
        let val = self.postfix(val, s, end);
        self.depth -= 1;
        val
    }

    fn primary(&mut self, s: &mut Stream<'_>, end: usize) -> Val {
        if s.at >= end {
            return Val::Unknown;
        }
        if let Some(val) = self.odd_primary(s, end) {
            return val;
        }
        let Some(token) = s.token() else { return Val::Unknown };
        match &token.kind {
            Kind::Number(number) => {
                s.at += 1;
                number_of(number)
            }
            Kind::Text(pieces) | Kind::Template(pieces) => {
                s.at += 1;
                let mut val = self.pieces(pieces);
                while self.lang.style.adjacent
                    && s.at < end
                    && let Some(Kind::Text(more)) = s.token().map(|next| &next.kind)
                {
                    s.at += 1;
                    val = concat(&val, &self.pieces(more));
                }
                val
            }
            Kind::Command(pieces) => {
                s.at += 1;
                let text = self.pieces(pieces);
                self.shell_arg(Some(&text), "`…`", &Args::default());
                Val::Unknown
            }
            Kind::Words(words) => {
                s.at += 1;
                Val::List(words.iter().map(|word| Val::Text(Val::marked(word))).collect())
            }
            Kind::Regex => {
                s.at += 1;
                Val::Unknown
            }
            Kind::Word(word) => self.named(word, s, end),
            Kind::Op("(") => self.group(s, end),
            Kind::Op("[") => self.list(s),
            Kind::Op("{") => self.map(s),
            Kind::Op(":") if self.lang.style.implicit => Self::symbol(s),
            Kind::Op(_) | Kind::Newline => Val::Unknown,
        }
    }

    /// `:name` of Ruby and Elixir.
    fn symbol(s: &mut Stream<'_>) -> Val {
        match s.ahead(1) {
            Some(next) if !next.spaced => match &next.kind {
                Kind::Word(word) => {
                    s.at += 2;
                    // `:os.cmd(…)` names a module.
                    if s.is(".") { Val::Name(word.clone()) } else { Val::lit(word.as_str()) }
                }
                _ => Val::Unknown,
            },
            _ => Val::Unknown,
        }
    }

    fn named(&mut self, word: &str, s: &mut Stream<'_>, end: usize) -> Val {
        s.at += 1;
        if word.contains(MARK) {
            if s.is("(") || s.is(".") {
                self.opaque("text inserted at run time");
            }
            return Val::Unknown;
        }
        if self.lang.style.arrows && s.is("=>") {
            return self.arrow(&[word.to_owned()], s, end);
        }
        if s.is(":=") && self.lang.style.python {
            s.at += 1;
            let val = self.operand_chain(s, end);
            self.set(word, val.clone());
            return val;
        }
        self.resolve(word)
    }

    /// `=>` and the body behind it; parameters without a value so far are unknown.
    fn arrow(&mut self, params: &[String], s: &mut Stream<'_>, end: usize) -> Val {
        s.at += 1;
        let bound = self.bind_params(params);
        let body = self.operand_chain(s, end);
        self.unbind(bound);
        match body {
            Val::Map(_) => Val::Unknown,
            other => other,
        }
    }

    /// `( … )`: a value, a tuple, or the parameters of an arrow function.
    fn group(&mut self, s: &mut Stream<'_>, end: usize) -> Val {
        let (open, close) = (s.at, s.mate().min(end));
        if self.lang.style.arrows && s.tokens.get(close + 1).is_some_and(|next| next.is("=>")) {
            let params = param_names(s.tokens.get(open + 1..close).unwrap_or_default());
            s.at = close + 1;
            return self.arrow(&params, s, end);
        }
        let (mut list, commas) = self.items(s, open, close);
        s.at = (close + 1).min(s.tokens.len());
        if list.len() == 1 && !commas { list.swap_remove(0) } else { Val::List(list) }
    }

    fn list(&mut self, s: &mut Stream<'_>) -> Val {
        let (open, close) = (s.at, s.mate());
        let (list, _) = self.items(s, open, close);
        s.at = (close + 1).min(s.tokens.len());
        Val::List(list)
    }

    /// The values between two brackets, and whether there was a comma.
    fn items(&mut self, s: &mut Stream<'_>, open: usize, close: usize) -> (Vec<Val>, bool) {
        let each = s.tokens.get(open).map_or(0, |token| token.each);
        if self.lang.style.python && each > open && each < close {
            let val = self.comprehension(s, open, each, close);
            return (val, true);
        }
        let args = self.arguments(s, open, close);
        let commas = args.commas;
        let mut list = args.args.pos;
        if !args.args.named.is_empty() {
            if list.is_empty() && commas == 0 {
                return (vec![Val::Map(args.args.named)], false);
            }
            list.push(Val::Map(args.args.named));
        }
        (list, commas > 0)
    }

    /// `[f(x) for x in y if c]`: the loop is read first, then what it does.
    pub(super) fn comprehension(&mut self, s: &mut Stream<'_>, open: usize, each: usize, close: usize) -> Vec<Val> {
        s.at = each;
        while s.at < close {
            let before = s.at;
            if s.word() == Some("for") {
                let rest = s.tokens.get(s.at..close).unwrap_or_default();
                let filtered = rest.iter().any(|t| t.word() == Some("if")) && !rest.iter().any(names_secrets);
                self.loop_head(s, close, filtered);
            } else {
                self.operand_chain(s, close);
            }
            if s.at == before {
                s.at += 1;
            }
        }
        s.at = open + 1;
        let mut val = self.operand_chain(s, each);
        while s.at < each {
            let before = s.at;
            let next = self.operand_chain(s, each);
            if next.holds_env() {
                val = next;
            }
            if s.at == before {
                s.at += 1;
            }
        }
        s.at = close;
        match val {
            Val::OneOf(list) => list,
            other => vec![other],
        }
    }

    /// `{ … }`: an object literal, a dictionary or a block.
    fn map(&mut self, s: &mut Stream<'_>) -> Val {
        let (open, close) = (s.at, s.mate());
        let each = s.tokens.get(open).map_or(0, |token| token.each);
        let key_value = s.tokens.get(open + 2).is_some_and(|token| token.is(":") || token.is(","));
        if self.lang.style.python && each > open && key_value {
            let list = self.comprehension(s, open, each, close);
            s.at = (close + 1).min(s.tokens.len());
            return Val::List(list);
        }
        let mut fields = Vec::new();
        s.at = open + 1;
        while s.at < close {
            let before = s.at;
            match (Self::key(s), s.ahead(1)) {
                (Some(key), Some(sign)) if (sign.is(":") || sign.is("=>")) && !s.ahead(2).is_some_and(is_line) => {
                    s.at += 2;
                    let val = self.operand_chain(s, close);
                    fields.push((key, val));
                }
                _ if s.is("...") || s.is("**") => {
                    s.at += 1;
                    let val = self.operand_chain(s, close);
                    // A copy of the environment with more in it is made for a child; it is not read.
                    if let Val::Map(inner) = val {
                        fields.extend(inner);
                    }
                }
                _ => self.statement(s, close),
            }
            if s.at == before {
                s.at += 1;
            }
        }
        s.at = (close + 1).min(s.tokens.len());
        Val::Map(fields)
    }

    fn key(s: &Stream<'_>) -> Option<String> {
        match s.token().map(|token| &token.kind) {
            Some(Kind::Word(word)) => Some(word.clone()),
            Some(Kind::Text(pieces)) => match pieces.as_slice() {
                [super::lex::Piece::Lit(text)] => Some(text.clone()),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Says whether a text is what one looks for in the names of secrets: `'TOKEN' in name`.
fn names_secrets(token: &super::lex::Token) -> bool {
    const PARTS: &[&str] = &["KEY", "TOKEN", "SECRET", "PASS", "CRED"];
    let Kind::Text(pieces) = &token.kind else { return false };
    pieces.iter().any(|piece| match piece {
        super::lex::Piece::Lit(text) => PARTS.iter().any(|part| text.to_ascii_uppercase().contains(part)),
        super::lex::Piece::Code(_) => false,
    })
}

fn number_of(text: &str) -> Val {
    let clean = text.replace('_', "");
    let parsed = match clean.get(..2) {
        Some("0x" | "0X") => i64::from_str_radix(clean.get(2..).unwrap_or_default(), 16),
        Some("0o" | "0O") => i64::from_str_radix(clean.get(2..).unwrap_or_default(), 8),
        Some("0b" | "0B") => i64::from_str_radix(clean.get(2..).unwrap_or_default(), 2),
        _ => clean.parse(),
    };
    parsed.map_or(Val::Unknown, Val::Num)
}
