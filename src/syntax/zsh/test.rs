//! `[[ … ]]`: its words, which are expanded.

use super::super::ast::{CommandKind, FileTest, Part, SyntaxError, Word};
use super::super::filled::{Filled, is_text};
use super::{Parser, Read};

impl Parser<'_> {
    /// What stands behind `[[`.
    pub(super) fn condition(&mut self) -> Read<CommandKind> {
        let mut words: Vec<Word> = Vec::new();
        // Operators are not expanded; where there is one, the next word may begin with a parenthesis.
        let mut operators = 0_usize;
        let (mut pattern, mut negated) = (false, false);
        let mut all: Vec<(bool, Word)> = Vec::new();
        loop {
            self.newlines()?;
            if self.eat_word("]]") {
                break;
            }
            if self.pos >= self.bytes.len() {
                return Err(SyntaxError::Rejected);
            }
            let joins = self.eat("&&") || self.eat("||");
            let structural = joins || !pattern && (self.eat("(") || self.eat(")")) || pattern && self.eat(")");
            if !structural && self.is_word("!") && self.eat("!") {
                negated = !negated;
                continue;
            }
            if structural || matches!(self.at(0), b'<' | b'>') && self.at(1) != b'(' && self.range_follows() {
                operators += 1;
                pattern = false;
                continue;
            }
            let start = self.pos;
            let Some(word) = self.word(false)? else { return Err(SyntaxError::Rejected) };
            let text = self.slice(start, self.pos);
            let binary = matches!(text, "=" | "==" | "!=" | "=~" | "-eq" | "-ne" | "-lt" | "-gt" | "-le" | "-ge")
                || matches!(text, "-nt" | "-ot" | "-ef" | "-pcre-match");
            let unary = text.len() == 2 && text.starts_with('-') && !pattern;
            pattern = binary;
            if !binary && !unary {
                words.push(word.clone());
            }
            all.push((binary || unary, word));
        }
        let file = match all.as_slice() {
            [(true, operator), (false, path)] if is_file(operator) && operators == 0 => {
                Some(FileTest { negated, path: path.clone() })
            }
            _ => None,
        };
        let filled = match all.as_slice() {
            _ if operators > 0 => Filled::default(),
            [(false, word)] => Filled::not_empty(word),
            [(true, operator), (false, word)] if is_text(operator, "-z") => Filled::empty(word),
            [(true, _), (false, word)] => Filled::not_empty(word),
            [(false, left), (true, operator), (_, right)] if is_text(operator, "=") || is_text(operator, "==") => {
                Filled::equal(left, right)
            }
            [(false, left), (true, operator), (_, right)] if is_text(operator, "!=") => {
                Filled::equal(left, right).negated()
            }
            _ => Filled::default(),
        };
        let filled = if negated { filled.negated() } else { filled };
        Ok(CommandKind::Test { words, file, filled })
    }

    /// `<` and `>` compare strings here; `<1-5>` is a pattern.
    fn range_follows(&mut self) -> bool {
        if self.at(0) == b'<' && self.word_end(false).is_ok_and(|end| end > self.pos) {
            return false;
        }
        self.pos += 1;
        true
    }
}

fn is_file(operator: &Word) -> bool {
    matches!(operator.parts.as_slice(), [Part::Lit { text, .. }] if matches!(text.as_str(), "-e" | "-f" | "-a"))
}
