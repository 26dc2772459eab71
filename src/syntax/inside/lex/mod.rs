//! Text of a language → tokens: words, strings with their escapes resolved, brackets with their mates.
//!
//! One lexer for all languages; what differs is in a [`Grammar`]. Linear, tolerant: nothing is an error.

mod quote;
mod string;

/// A part of a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text as the language reads it.
    Lit(String),
    /// Source text of an expression that is put in at run time.
    Code(String),
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword, with its sigil where the language has them.
    Word(String),
    /// A string.
    Text(Vec<Piece>),
    /// A string in backquotes that may be tagged (JavaScript).
    Template(Vec<Piece>),
    /// A string that the language hands to a shell (backquotes in Perl, Ruby, PHP, Julia).
    Command(Vec<Piece>),
    /// A list of words (`qw()`, `%w[]`).
    Words(Vec<String>),
    /// A pattern.
    Regex,
    /// A number as written.
    Number(String),
    /// An operator or bracket.
    Op(&'static str),
    /// The end of a line where it may end a statement.
    Newline,
}

/// A token and where it stands among the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// Blank space stands before it.
    pub(super) spaced: bool,
    /// For an opening bracket: the index of its closing one, or the number of tokens.
    pub(super) mate: usize,
    /// For an opening bracket: the index of the first `for` directly in it (a comprehension); 0 without.
    pub(super) each: usize,
}

impl Token {
    /// Says whether the token is this operator.
    pub(super) fn is(&self, op: &str) -> bool {
        matches!(self.kind, Kind::Op(own) if own == op)
    }

    /// The word, where it is one.
    pub(super) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// How a string is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As it stands.
    Raw,
    /// Only `\\` and the escaped quote.
    Single,
    /// C-like escapes.
    Escaped,
    /// C-like escapes and interpolation.
    Interpolated,
    /// As `Interpolated`, may be tagged.
    Template,
    /// As `Interpolated`, given to a shell.
    Command,
}

/// How code is put into a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interpolation {
    /// Not at all.
    None,
    /// `{x}`, in strings with the prefix `f`.
    Brace,
    /// `${x}`.
    DollarBrace,
    /// `#{x}`.
    HashBrace,
    /// `$x`, `${x}`, `$(x)`, `{$x}`, `@{[x]}`.
    Dollar,
}

/// What the lexer must know of a language.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is one fact about a language")]
pub(super) struct Grammar {
    /// What starts a comment to the end of the line.
    pub(super) comments: &'static [&'static str],
    /// Comments with an end.
    pub(super) blocks: &'static [(&'static str, &'static str)],
    /// Strings: opening, closing, form; longer openings first.
    pub(super) strings: &'static [(&'static str, &'static str, Form)],
    /// Letters may stand before a quote and change its form (Python).
    pub(super) prefixes: bool,
    /// How code is put into strings.
    pub(super) interpolation: Interpolation,
    /// Characters that start a name.
    pub(super) sigils: &'static str,
    /// Characters beside letters, digits and `_` that stand in names.
    pub(super) inner: &'static str,
    /// Characters that may end a name.
    pub(super) tail: &'static str,
    /// `q qq qw qx m s tr y qr` quote (Perl).
    pub(super) quote_words: bool,
    /// `%w() %q() %x()` quote (Ruby).
    pub(super) percent: bool,
    /// The operator of here-documents; empty where there are none.
    pub(super) heredoc: &'static str,
    /// `/…/` is a pattern where a value may start.
    pub(super) regex: bool,
}

/// A grammar with double and single quotes and nothing else; others are written as a change of it.
pub(super) const PLAIN: Grammar = Grammar {
    comments: &["#"],
    blocks: &[],
    strings: &[("\"", "\"", Form::Escaped), ("'", "'", Form::Escaped)],
    prefixes: false,
    interpolation: Interpolation::None,
    sigils: "",
    inner: "",
    tail: "",
    quote_words: false,
    percent: false,
    heredoc: "",
    regex: false,
};

/// Operators, longer ones first.
const OPS: &[&str] = &[
    "...", "===", "!==", "**=", "<=>", "//=", "||=", "&&=", "??=", "<<<", "->", "=>", "::", "?.", "&.", "==", "!=",
    "<=", ">=", "+=", "-=", "*=", "/=", ".=", "%=", "|=", "&=", "&&", "||", "??", "**", "//", "<<", ">>", "..", "|>",
    ":=", "<-", "++", "--", "=~", "!~", "(", ")", "[", "]", "{", "}", ",", ";", ":", ".", "=", "+", "-", "*", "/", "%",
    "<", ">", "!", "?", "&", "|", "^", "~", "@", "$", "\\", "#", "`",
];

/// Words behind which a value starts, so that `/` starts a pattern.
const BEFORE_VALUE: &[&str] = &[
    "return", "if", "unless", "while", "and", "or", "not", "split", "grep", "when", "typeof", "case", "in", "of",
    "print", "do", "else", "until",
];

/// A here-document whose body is still to come.
#[derive(Debug)]
struct Pending {
    token: usize,
    tag: String,
    form: Form,
    indented: bool,
}

/// The lexer's state.
#[derive(Debug)]
pub(super) struct Lexer<'g> {
    grammar: &'g Grammar,
    text: Vec<char>,
    at: usize,
    out: Vec<Token>,
    open: Vec<usize>,
    spaced: bool,
    pending: Vec<Pending>,
    /// An unfinished string was met; looking for a second one would take quadratic time.
    gave_up: bool,
    /// How often a search for a closing bracket or slash was in vain; bounded for the same reason.
    failures: usize,
}

/// Cuts a text into tokens.
pub(super) fn tokens(grammar: &Grammar, text: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        grammar,
        text: text.chars().collect(),
        at: 0,
        out: Vec::new(),
        open: Vec::new(),
        spaced: true,
        pending: Vec::new(),
        gave_up: false,
        failures: 0,
    };
    while lexer.at < lexer.text.len() {
        let before = lexer.at;
        lexer.token();
        if lexer.at == before {
            lexer.at += 1;
        }
    }
    let end = lexer.out.len();
    for &index in &lexer.open {
        if let Some(token) = lexer.out.get_mut(index) {
            token.mate = end;
        }
    }
    lexer.out
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> char {
        self.text.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn starts(&self, prefix: &str) -> bool {
        !prefix.is_empty() && prefix.chars().enumerate().all(|(index, c)| self.text.get(self.at + index) == Some(&c))
    }

    fn push(&mut self, kind: Kind) {
        let index = self.out.len();
        self.out.push(Token { kind, spaced: self.spaced, mate: index, each: 0 });
        self.spaced = false;
    }

    /// Says whether the last token ends a value, so that what follows is an operator.
    fn after_value(&self) -> bool {
        match self.out.last().map(|token| &token.kind) {
            None | Some(Kind::Newline) => false,
            Some(Kind::Op(op)) => matches!(*op, ")" | "]" | "}"),
            Some(Kind::Word(word)) => !BEFORE_VALUE.contains(&word.as_str()),
            Some(_) => true,
        }
    }

    fn token(&mut self) {
        let c = self.peek(0);
        if c == '\n' {
            self.newline();
        } else if c.is_whitespace() || (c == '\\' && self.peek(1) == '\n') {
            self.at += if c == '\\' { 2 } else { 1 };
            self.spaced = true;
        } else if !self.comment() && !self.string() && !self.special() {
            if c.is_ascii_digit() {
                self.number();
            } else if self.starts_word(c) {
                self.name();
            } else {
                self.op();
            }
        }
    }

    fn newline(&mut self) {
        self.at += 1;
        self.spaced = true;
        for pending in std::mem::take(&mut self.pending) {
            self.heredoc_body(&pending);
        }
        let inner = self.open.last().and_then(|&index| self.out.get(index));
        if !inner.is_some_and(|token| token.is("(") || token.is("[")) {
            self.push(Kind::Newline);
        }
        self.spaced = true;
    }

    fn comment(&mut self) -> bool {
        for (open, close) in self.grammar.blocks {
            if self.starts(open) {
                self.at += open.chars().count();
                while self.at < self.text.len() && !self.starts(close) {
                    self.at += 1;
                }
                self.at += close.chars().count();
                self.spaced = true;
                return true;
            }
        }
        if (self.grammar.quote_words || self.grammar.percent) && self.pod() {
            return true;
        }
        // In `$#array` and `s#a#b#` the mark is not a comment; those start elsewhere.
        if self.grammar.comments.iter().any(|mark| self.starts(mark)) {
            while self.at < self.text.len() && self.peek(0) != '\n' {
                self.at += 1;
            }
            return true;
        }
        false
    }

    /// Documentation between `=head1` and `=cut` (Perl), `=begin` and `=end` (Ruby), and what follows `__END__`.
    fn pod(&mut self) -> bool {
        let line_start = self.at == 0 || self.text.get(self.at - 1) == Some(&'\n');
        if !line_start {
            return false;
        }
        if self.starts("__END__") || self.starts("__DATA__") {
            self.at = self.text.len();
            return true;
        }
        if self.peek(0) != '=' || !self.peek(1).is_ascii_alphabetic() {
            return false;
        }
        let close = if self.grammar.percent { "=end" } else { "=cut" };
        while self.at < self.text.len() {
            let last = self.starts(close);
            while self.at < self.text.len() && self.peek(0) != '\n' {
                self.at += 1;
            }
            if last {
                break;
            }
            self.at += 1;
        }
        true
    }

    fn starts_word(&self, c: char) -> bool {
        if self.grammar.sigils.contains(c) {
            let next = self.peek(1);
            let named = next.is_alphanumeric() || next == '_' || (c == '$' && "!@$&0;/\\,#".contains(next));
            let twice = c == '@' && next == '@';
            let function = self.spaced
                && self.out.last().is_some_and(|token| {
                    token.word().is_some_and(|word| !word.starts_with(|c: char| self.grammar.sigils.contains(c)))
                });
            return (named || twice) && (matches!(c, '$' | '@') || function || !self.after_value());
        }
        c.is_alphabetic() || c == '_' || self.grammar.inner.contains(c)
    }

    fn name(&mut self) {
        let start = self.at;
        if self.grammar.sigils.contains(self.peek(0)) {
            self.at += 1;
            let next = self.peek(0);
            if !(next.is_alphanumeric() || next == '_') {
                self.at += 1;
            }
        }
        while self.peek(0).is_alphanumeric()
            || self.peek(0) == '_'
            || (self.at > start && self.grammar.inner.contains(self.peek(0)) && self.peek(0) != '\0')
            || (self.at == start && self.grammar.inner.contains(self.peek(0)))
        {
            self.at += 1;
        }
        let next = self.peek(0);
        if next != '\0' && self.grammar.tail.contains(next) && self.peek(1) != '=' && self.peek(1) != next {
            self.at += 1;
        }
        let word: String = self.text.get(start..self.at).unwrap_or_default().iter().collect();
        if word == "for"
            && let Some(&index) = self.open.last()
        {
            let here = self.out.len();
            if let Some(bracket) = self.out.get_mut(index)
                && bracket.each == 0
                && here > index + 1
            {
                bracket.each = here;
            }
        }
        self.push(Kind::Word(word));
    }

    fn number(&mut self) {
        let start = self.at;
        while self.peek(0).is_alphanumeric()
            || self.peek(0) == '_'
            || (self.peek(0) == '.' && self.peek(1).is_ascii_digit())
        {
            self.at += 1;
        }
        let number = self.text.get(start..self.at).unwrap_or_default().iter().collect();
        self.push(Kind::Number(number));
    }

    fn op(&mut self) {
        let Some(op) = OPS.iter().find(|op| self.starts(op)).copied() else {
            self.at += 1;
            self.spaced = false;
            return;
        };
        self.at += op.len();
        let index = self.out.len();
        match op {
            "(" | "[" | "{" => {
                self.push(Kind::Op(op));
                self.open.push(index);
            }
            ")" | "]" | "}" => {
                self.close(op, index);
                self.push(Kind::Op(op));
            }
            _ => self.push(Kind::Op(op)),
        }
    }

    /// Links a closing bracket with the opening one it belongs to; brackets left open in between end here too.
    fn close(&mut self, op: &str, index: usize) {
        let wanted = match op {
            ")" => "(",
            "]" => "[",
            _ => "{",
        };
        let fits = self.open.last().and_then(|&top| self.out.get(top)).is_some_and(|token| token.is(wanted));
        if fits
            && let Some(top) = self.open.pop()
            && let Some(token) = self.out.get_mut(top)
        {
            token.mate = index;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(grammar: &Grammar, text: &str) -> Vec<Kind> {
        tokens(grammar, text).into_iter().map(|token| token.kind).collect()
    }

    fn text(text: &str) -> Kind {
        Kind::Text(vec![Piece::Lit(text.to_owned())])
    }

    #[test]
    fn words_strings_and_comments() {
        let kinds = kinds(&PLAIN, "a.b('x\\x41', \"y\") # 'no'\nc");
        assert_eq!(
            kinds,
            vec![
                Kind::Word("a".into()),
                Kind::Op("."),
                Kind::Word("b".into()),
                Kind::Op("("),
                text("xA"),
                Kind::Op(","),
                text("y"),
                Kind::Op(")"),
                Kind::Newline,
                Kind::Word("c".into()),
            ]
        );
    }

    #[test]
    fn brackets_know_their_mates() {
        let tokens = tokens(&PLAIN, "f([x for x in (y)]");
        assert_eq!(tokens[1].mate, tokens.len());
        assert_eq!(tokens[2].mate, tokens.len() - 1);
        assert_eq!(tokens[2].each, 4);
    }
}
