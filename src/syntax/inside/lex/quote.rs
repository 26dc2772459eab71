//! Quoting by words: Perl's `q qq qw qx m s tr y`, Ruby's `%w %q %x`, here-documents, patterns between slashes.

use super::{Form, Kind, Lexer, Pending, Piece};

/// Perl's quoting words.
const QUOTE_WORDS: &[&str] = &["qq", "qw", "qx", "qr", "q", "m", "tr", "y", "s"];

impl Lexer<'_> {
    /// Reads what only some languages have.
    pub(super) fn special(&mut self) -> bool {
        let grammar = self.grammar;
        (grammar.quote_words && self.quote_word())
            || (grammar.percent && self.percent())
            || (!grammar.heredoc.is_empty() && self.heredoc())
            || (grammar.regex && self.regex())
    }

    fn delimited(&mut self, form: Form) -> Vec<Piece> {
        let open = self.peek(0);
        self.at += 1;
        let close = closing(open);
        if close == open {
            return self.body(&close.to_string(), form, false);
        }
        // Brackets nest: find the end first, then read what is in between as a text of its own.
        let start = self.at;
        let mut depth = 1_usize;
        while self.at < self.text.len() && depth > 0 {
            match self.peek(0) {
                '\\' => self.at += 1,
                c if c == open => depth += 1,
                c if c == close => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
        let end = if depth == 0 { self.at.saturating_sub(1) } else { self.text.len() };
        let inner: Vec<char> = self.text.get(start..end).unwrap_or_default().to_vec();
        self.read_apart(inner, form)
    }

    /// Reads a text apart from the rest, with the same rules.
    fn read_apart(&mut self, inner: Vec<char>, form: Form) -> Vec<Piece> {
        let outer = std::mem::replace(&mut self.text, inner);
        let at = std::mem::replace(&mut self.at, 0);
        let gave_up = std::mem::replace(&mut self.gave_up, true);
        let pieces = self.body("\0", form, false);
        self.text = outer;
        self.at = at;
        self.gave_up = gave_up;
        pieces
    }

    fn skip_blank(&mut self) {
        while self.peek(0) == ' ' {
            self.at += 1;
        }
    }

    fn quote_word(&mut self) -> bool {
        let Some(word) = QUOTE_WORDS.iter().find(|word| self.starts(word)) else { return false };
        let mut after = word.len();
        let direct = self.peek(after);
        while self.peek(after) == ' ' {
            after += 1;
        }
        let open = self.peek(after);
        let blank = direct == ' ';
        let delimiter = open.is_ascii_punctuation()
            && !matches!(open, '_' | ',' | ';' | ')' | '=' | '-' | '.' | '>' | ']')
            && !(blank && matches!(open, '#' | '<' | '\'' | '"' | '?' | '*' | '+' | '&' | '|'))
            && (open != '}');
        let member = self.out.last().is_some_and(|token| token.is("->") || token.is("::") || token.is("$"));
        let hash_key = self.out.last().is_some_and(|token| token.is("{")) && self.peek(after) == '}';
        let inside = self.at > 0
            && self
                .text
                .get(self.at - 1)
                .is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '@' | '%' | '&'));
        if !delimiter || member || hash_key || inside {
            return false;
        }
        self.at += after;
        self.quoted(word, open);
        true
    }

    fn quoted(&mut self, word: &str, open: char) {
        let form = if open == '\'' { Form::Single } else { Form::Interpolated };
        match word {
            "q" => {
                let pieces = self.delimited(Form::Single);
                self.push(Kind::Text(pieces));
            }
            "qq" => {
                let pieces = self.delimited(Form::Interpolated);
                self.push(Kind::Text(pieces));
            }
            "qx" => {
                let pieces = self.delimited(form);
                self.push(Kind::Command(pieces));
            }
            "qw" => {
                let pieces = self.delimited(Form::Single);
                self.push(Kind::Words(words(&pieces)));
            }
            "s" | "tr" | "y" => self.substitution(word, open),
            _ => {
                self.delimited(Form::Raw);
                self.flags();
                self.push(Kind::Regex);
            }
        }
    }

    fn flags(&mut self) -> String {
        let mut flags = String::new();
        while self.peek(0).is_ascii_alphabetic() {
            flags.push(self.peek(0));
            self.at += 1;
        }
        flags
    }

    /// `s/a/b/e`: the replacement is code.
    fn substitution(&mut self, word: &str, open: char) {
        self.delimited(Form::Raw);
        if closing(open) == open {
            self.at -= 1;
        } else {
            self.skip_blank();
        }
        let start = self.at + 1;
        self.delimited(Form::Raw);
        let end = self.at.saturating_sub(1);
        let flags = self.flags();
        if word == "s" && flags.contains('e') && start <= end {
            let code = self.text.get(start..end).unwrap_or_default().iter().collect();
            self.push(Kind::Text(vec![Piece::Code(code)]));
        } else {
            self.push(Kind::Regex);
        }
    }

    fn percent(&mut self) -> bool {
        if self.peek(0) != '%' || self.after_value() && !(self.spaced && self.peek(1) != ' ') {
            return false;
        }
        let (letter, ahead) = if self.peek(1).is_ascii_alphabetic() { (self.peek(1), 2) } else { ('Q', 1) };
        if !matches!(self.peek(ahead), '(' | '[' | '{' | '<' | '|' | '!' | '/') || !"qQwWiIxr".contains(letter) {
            return false;
        }
        self.at += ahead;
        match letter {
            'w' | 'W' | 'i' | 'I' => {
                let pieces = self.delimited(Form::Single);
                self.push(Kind::Words(words(&pieces)));
            }
            'x' => {
                let pieces = self.delimited(Form::Interpolated);
                self.push(Kind::Command(pieces));
            }
            'r' => {
                self.delimited(Form::Raw);
                self.flags();
                self.push(Kind::Regex);
            }
            _ => {
                let pieces = self.delimited(if letter == 'q' { Form::Single } else { Form::Interpolated });
                self.push(Kind::Text(pieces));
            }
        }
        true
    }

    fn heredoc(&mut self) -> bool {
        let op = self.grammar.heredoc;
        if !self.starts(op) {
            return false;
        }
        let mut ahead = op.len();
        while op == "<<<" && self.peek(ahead) == ' ' {
            ahead += 1;
        }
        let indented = matches!(self.peek(ahead), '~' | '-') || op == "<<<";
        ahead += usize::from(matches!(self.peek(ahead), '~' | '-'));
        let quote = self.peek(ahead);
        let quoted = matches!(quote, '"' | '\'' | '`');
        ahead += usize::from(quoted);
        let mut tag = String::new();
        while tag.len() < 64 && (self.peek(ahead).is_alphanumeric() || self.peek(ahead) == '_') {
            tag.push(self.peek(ahead));
            ahead += 1;
        }
        let plausible = tag.chars().next().is_some_and(|c| quoted || indented || c.is_uppercase() || c == '_');
        if !plausible || (quoted && self.peek(ahead) != quote) {
            return false;
        }
        self.at += ahead + usize::from(quoted);
        let form = match quote {
            '\'' => Form::Raw,
            '`' => Form::Command,
            _ => Form::Interpolated,
        };
        self.pending.push(Pending { token: self.out.len(), tag, form, indented });
        self.push(Kind::Text(Vec::new()));
        true
    }

    /// Reads a here-document's body; the lexer stands at the start of its first line.
    pub(super) fn heredoc_body(&mut self, pending: &Pending) {
        let start = self.at;
        let mut end = self.text.len();
        while self.at < self.text.len() {
            let line = self.at;
            while self.at < self.text.len() && self.peek(0) != '\n' {
                self.at += 1;
            }
            let content: String = self.text.get(line..self.at).unwrap_or_default().iter().collect();
            self.at += 1;
            let bare = content.trim_end_matches([';', ',', ')', '\r']);
            if bare == pending.tag || (pending.indented && bare.trim_start() == pending.tag) {
                end = line;
                break;
            }
        }
        let inner = self.text.get(start..end).unwrap_or_default().to_vec();
        let pieces = self.read_apart(inner, pending.form);
        if let Some(token) = self.out.get_mut(pending.token) {
            token.kind = if pending.form == Form::Command { Kind::Command(pieces) } else { Kind::Text(pieces) };
        }
    }

    /// A pattern between slashes, where a value may start and it ends on the same line.
    fn regex(&mut self) -> bool {
        if self.peek(0) != '/' || self.failures > 64 {
            return false;
        }
        let bare = self.spaced && !matches!(self.peek(1), ' ' | '=') && !self.grammar.sigils.is_empty();
        let word = self.out.last().is_some_and(|token| token.word().is_some_and(|word| !word.starts_with('$')));
        if self.after_value() && !(bare && word) {
            return false;
        }
        let mut ahead = 1;
        let mut class = false;
        loop {
            match self.peek(ahead) {
                '\0' | '\n' => {
                    self.failures += 1;
                    return false;
                }
                '\\' => ahead += 1,
                '[' => class = true,
                ']' => class = false,
                '/' if !class => break,
                _ => {}
            }
            ahead += 1;
        }
        self.at += ahead + 1;
        self.flags();
        self.push(Kind::Regex);
        true
    }
}

fn closing(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        '<' => '>',
        other => other,
    }
}

fn words(pieces: &[Piece]) -> Vec<String> {
    let mut list = Vec::new();
    for piece in pieces {
        if let Piece::Lit(text) = piece {
            list.extend(text.split_whitespace().map(str::to_owned));
        }
    }
    list
}
