//! Imports, and expressions that start like no other.

use super::lex::{Kind, Piece, Token};
use super::val::Val;
use super::walk::{Stream, Walker};
use super::{Lang, val};
use crate::syntax::Value;

impl Walker<'_> {
    /// `import …`, `from … import …`, `use …`. Says whether it was one.
    pub(super) fn import(&mut self, word: &str, s: &mut Stream<'_>, end: usize) -> bool {
        match (self.lang.lang, word) {
            (Lang::Python, "import") => {
                s.at += 1;
                self.python_names(s, end, "");
                true
            }
            (Lang::Python, "from") => self.python_from(s, end),
            (Lang::JavaScript, "import") if !s.ahead(1).is_some_and(|next| next.is("(") || next.is(".")) => {
                self.javascript_import(s, end);
                true
            }
            (Lang::Perl | Lang::Php, "use") => {
                while s.at < end && !s.is(";") && s.token().is_some_and(|token| token.kind != Kind::Newline) {
                    s.at += 1;
                }
                true
            }
            _ => false,
        }
    }

    /// `a.b as c, d`, or `(x as y, z)` of a module.
    fn python_names(&mut self, s: &mut Stream<'_>, end: usize, module: &str) {
        let stop = if s.is("(") { s.mate().min(end) } else { end };
        s.at += usize::from(s.is("("));
        while s.at < stop {
            if s.is("*") {
                if self.stars.len() < 32 {
                    self.stars.push(module.to_owned());
                }
                s.at += 1;
                continue;
            }
            let name = dotted_word(s);
            if name.is_empty() {
                break;
            }
            let full = if module.is_empty() { name.clone() } else { format!("{module}.{name}") };
            if s.word() == Some("as") {
                let alias = s.ahead(1).and_then(Token::word).unwrap_or_default().to_owned();
                s.at += 2;
                let val = self.resolve_import(&full);
                self.set(&alias, val);
            } else if !module.is_empty() {
                let val = self.resolve_import(&full);
                self.set(&name, val);
            } else {
                self.vars.remove(&name);
            }
            if !s.is(",") {
                break;
            }
            s.at += 1;
        }
        s.at = s.at.max(if stop < end { stop + 1 } else { s.at });
    }

    fn resolve_import(&mut self, full: &str) -> Val {
        self.vars.remove(full);
        self.resolve(full)
    }

    fn python_from(&mut self, s: &mut Stream<'_>, end: usize) -> bool {
        let start = s.at;
        s.at += 1;
        while s.is(".") || s.is("..") || s.is("...") {
            s.at += 1;
        }
        let module = dotted_word(s);
        if s.word() != Some("import") {
            s.at = start;
            return false;
        }
        s.at += 1;
        self.python_names(s, end, &module);
        true
    }

    /// `import a, {b as c} from 'm'`, `import * as n from 'm'`, `import 'm'`.
    fn javascript_import(&mut self, s: &mut Stream<'_>, end: usize) {
        s.at += 1;
        let start = s.at;
        let mut at = start;
        let module = loop {
            if at >= end || at > start + 256 {
                return;
            }
            match s.tokens.get(at).map(|token| &token.kind) {
                Some(Kind::Text(pieces)) => match pieces.as_slice() {
                    [Piece::Lit(text)] => break text.clone(),
                    _ => return,
                },
                Some(Kind::Op(";")) | None => return,
                _ => at += 1,
            }
        };
        let names = s.tokens.get(start..at).unwrap_or_default();
        self.bind_imports(names, &module);
        s.at = at + 1;
    }

    fn bind_imports(&mut self, names: &[Token], module: &str) {
        let mut inside = false;
        let mut at = 0;
        while let Some(token) = names.get(at) {
            let alias = (names.get(at + 1).and_then(Token::word) == Some("as"))
                .then(|| names.get(at + 2).and_then(Token::word))
                .flatten();
            match &token.kind {
                Kind::Op("{") => inside = true,
                Kind::Op("}") => inside = false,
                Kind::Op("*") => {
                    if let Some(alias) = alias {
                        let val = self.resolve_import(module);
                        self.set(alias, val);
                    }
                    at += 2;
                }
                Kind::Word(word) if word == "from" || word == "type" => {}
                Kind::Word(word) => {
                    let full = if inside && word != "default" { format!("{module}.{word}") } else { module.to_owned() };
                    let val = self.resolve_import(&full);
                    self.set(alias.unwrap_or(word), val);
                    at += if alias.is_some() { 2 } else { 0 };
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Operands that only one language has.
    pub(super) fn odd_primary(&mut self, s: &mut Stream<'_>, end: usize) -> Option<Val> {
        let token = s.token()?;
        match (&token.kind, self.lang.lang) {
            (Kind::Word(word), Lang::Python) if word == "lambda" => {
                let stop = s.tokens.get(s.at..end.min(s.at + 64))?.iter().position(|token| token.is(":"))?;
                let params = super::postfix::param_names(s.tokens.get(s.at + 1..s.at + stop)?);
                let bound = self.bind_params(&params);
                s.at += stop + 1;
                let val = self.expr(s, end);
                self.unbind(bound);
                Some(if val.holds_env() { val } else { Val::Unknown })
            }
            (Kind::Word(word), Lang::JavaScript | Lang::Php | Lang::R | Lang::Lua | Lang::Perl)
                if matches!(word.as_str(), "function" | "sub" | "fn") =>
            {
                self.function_value(s);
                Some(Val::Unknown)
            }
            (Kind::Op("<"), Lang::Perl) => Self::perl_glob(s),
            (Kind::Word(word), Lang::Perl) if matches!(word.as_str(), "map" | "grep" | "sort") => self.perl_map(s, end),
            _ => None,
        }
    }

    /// `function name(params) { … }` as a value: the body is read as a block.
    fn function_value(&mut self, s: &mut Stream<'_>) {
        s.at += 1;
        if s.word().is_some() {
            s.at += 1;
        }
        if s.is("(") {
            let close = s.mate();
            let params = super::postfix::param_names(s.tokens.get(s.at + 1..close).unwrap_or_default());
            self.bind_params(&params);
            s.at = (close + 1).min(s.tokens.len());
        }
    }

    /// `<*.log>`, `</tmp/*>`.
    fn perl_glob(s: &mut Stream<'_>) -> Option<Val> {
        let rest = s.tokens.get(s.at + 1..(s.at + 40).min(s.tokens.len()))?;
        let length = rest.iter().position(|token| token.is(">"))?;
        let mut text = String::new();
        for (index, token) in rest.iter().take(length).enumerate() {
            if index > 0 && token.spaced {
                return None;
            }
            match &token.kind {
                Kind::Word(word) | Kind::Number(word) => text.push_str(word),
                Kind::Op(op) => text.push_str(op),
                _ => return None,
            }
        }
        s.at += length + 2;
        if !text.contains(['*', '?', '/']) {
            return Some(Val::Unknown);
        }
        Some(Val::OneOf(vec![Val::Text(val::glob(&Value::lit(text)))]))
    }

    /// `map { … } list`: the list is read first.
    fn perl_map(&mut self, s: &mut Stream<'_>, end: usize) -> Option<Val> {
        let block = s.ahead(1).filter(|token| token.is("{"))?;
        let (open, close) = (s.at + 1, block.mate);
        s.at = close + 1;
        let list = if s.at < end { self.expr(s, end) } else { Val::Unknown };
        let after = s.at;
        self.set("$_", list.element());
        s.at = open + 1;
        self.block(s, close.min(end));
        s.at = after;
        Some(list)
    }
}

fn dotted_word(s: &mut Stream<'_>) -> String {
    let mut name = String::new();
    while let Some(word) = s.word() {
        name.push_str(word);
        s.at += 1;
        if s.is(".") && s.ahead(1).and_then(Token::word).is_some() {
            name.push('.');
            s.at += 1;
        } else {
            break;
        }
    }
    name
}
