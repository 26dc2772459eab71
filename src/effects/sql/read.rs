//! One statement → what it does, by its first keyword.

use super::cursor::{Cursor, find, inside};
use super::ddl;
use super::dialect::Dialect;
use super::finding::Finding;
use super::functions;
use super::lex::{Kind, Token};
use super::rows;
use crate::effects::{Certainty, EffectKind, Trait};

/// How deep SQL inside SQL is followed (`EXECUTE '…'`, `DO $$ … $$`).
const MAX_NESTING: u8 = 4;

/// Statements that change or read more than they say when they stand in a string that is run.
pub(super) const VERBS: &[&str] = &[
    "DROP", "TRUNCATE", "DELETE", "UPDATE", "ALTER", "GRANT", "REVOKE", "MERGE", "COPY", "SHUTDOWN", "KILL", "EXEC",
    "EXECUTE",
];

/// Words before a statement inside a block.
const BLOCK_WORDS: &[&str] = &["BEGIN", "THEN", "LOOP", "ELSE", "DO", "REPEAT", "ATOMIC"];

/// Reads statements of one text.
pub(super) struct Reader<'r> {
    /// The text that the tokens stand in.
    pub text: &'r str,
    /// Its dialect.
    pub dialect: Dialect,
    /// Temporary tables of the session, in lower case.
    pub temp: &'r mut Vec<String>,
    /// Strings that hold a statement and were put into a variable.
    pub kept: &'r mut Vec<String>,
    /// What was found.
    pub out: &'r mut Vec<Finding>,
    /// How deep this text is nested.
    pub depth: u8,
}

impl Reader<'_> {
    /// Reads one statement.
    pub(super) fn statement(&mut self, tokens: &[Token<'_>]) {
        let from = self.out.len();
        let mut cursor = Cursor::new(tokens);
        while cursor.eat_op("(") {}
        let tokens = cursor.rest();
        let Some(first) = tokens.first() else { return };
        if first.kind != Kind::Word && first.kind != Kind::Str {
            return;
        }
        let word = first.text.to_ascii_uppercase();
        if super::placeholder::starts_with_hole(first.text) {
            self.out.push(Finding::new(EffectKind::CodeOpaque, "SQL", first.text).sure(Certainty::Likely));
            return;
        }
        self.by_word(&word, tokens);
        if ddl::WORDS.contains(&word.as_str())
            && self.out.len() > from
            && !rows::parses(self.text, tokens, self.dialect)
        {
            for finding in self.out.iter_mut().skip(from) {
                finding.certainty = finding.certainty.min(Certainty::Likely);
            }
        }
        if !matches!(word.as_str(), "EXPLAIN" | "CREATE" | "DESCRIBE" | "DESC" | "COMMENT" | "HELP") {
            functions::calls(self, tokens);
        }
    }

    fn by_word(&mut self, word: &str, tokens: &[Token<'_>]) {
        let cursor = Cursor::new(tokens.get(1..).unwrap_or(&[]));
        match word {
            "EXPLAIN" => self.explain(tokens),
            "DELETE" | "UPDATE" | "MERGE" => self.rows(tokens),
            "WITH" => self.with(tokens),
            "SELECT" => self.select(tokens),
            "COPY" => self.copy(tokens),
            "UNLOAD" => self.push(Finding::new(EffectKind::DbExport, "query result", "").sure(Certainty::Possible)),
            "EXPORT" if cursor.is("DATA") => {
                self.push(Finding::new(EffectKind::DbExport, "query result", "").sure(Certainty::Possible));
            }
            "INSERT" if cursor.is("OVERWRITE") => self.overwrite(cursor),
            "DO" | "PERFORM" => self.block(tokens),
            "EXEC" | "EXECUTE" | "CALL" | "PREPARE" => self.execute(tokens),
            "SET" | "DECLARE" => self.keep(tokens),
            _ if ddl::WORDS.contains(&word) => ddl::read(self, word, cursor),
            _ => super::server::read(self, word, cursor),
        }
    }

    pub(super) fn push(&mut self, finding: Finding) {
        self.out.push(finding);
    }

    /// Says whether a table lives only as long as the session.
    pub(super) fn is_temp(&self, name: &str) -> bool {
        let lower = name.to_lowercase();
        lower.starts_with(['#', '@'])
            || lower.starts_with("pg_temp")
            || lower.starts_with("temp.")
            || lower.starts_with("tempdb.")
            || self.temp.contains(&lower)
    }

    /// Reads a statement inside another one.
    pub(super) fn nested(&mut self, tokens: &[Token<'_>]) {
        if self.depth >= MAX_NESTING {
            return;
        }
        self.depth += 1;
        self.statement(tokens);
        self.depth -= 1;
    }

    fn rows(&mut self, tokens: &[Token<'_>]) {
        if let Some(rows) = rows::rows(self.text, tokens, self.dialect)
            && let Some(finding) = rows.finding().filter(|_| !self.is_temp(&rows.table))
        {
            self.push(finding);
        }
    }

    /// `EXPLAIN` shows a plan; `EXPLAIN ANALYZE` runs the statement to time it.
    fn explain(&mut self, tokens: &[Token<'_>]) {
        let mut cursor = Cursor::new(tokens.get(1..).unwrap_or(&[]));
        let mut runs = false;
        loop {
            if cursor.peek().is_some_and(|token| token.op("(")) {
                let options = inside(cursor.rest());
                let at = options.iter().position(|token| token.is_any(&["ANALYZE", "ANALYSE"]));
                runs |= at.is_some_and(|at| {
                    !options.get(at + 1).is_some_and(|value| value.is_any(&["OFF", "FALSE"]) || value.text == "0")
                });
                cursor.eat_parens();
            } else if cursor.eat_any(&["ANALYZE", "ANALYSE"]) {
                runs = true;
            } else if !cursor.eat_any(&["VERBOSE", "EXTENDED", "FORMAT", "JSON", "TREE", "TEXT", "DEBUG", "DISTSQL"])
                && !cursor.eat_op("=")
            {
                break;
            }
        }
        if runs && self.dialect != Dialect::Sqlite {
            self.nested(cursor.rest());
        }
    }

    /// `WITH gone AS (DELETE …) SELECT …`, and the statement behind the list.
    fn with(&mut self, tokens: &[Token<'_>]) {
        self.in_parens(tokens);
        if let Some(at) = find(tokens, &["DELETE", "UPDATE", "MERGE", "SELECT", "INSERT"]) {
            self.nested(tokens.get(at..).unwrap_or(&[]));
        }
    }

    /// Reads statements that change data and stand right behind an opening parenthesis.
    fn in_parens(&mut self, tokens: &[Token<'_>]) {
        let mut at = 0;
        while let Some([open, verb]) = tokens.get(at..at + 2) {
            at += 1;
            if open.op("(") && verb.is_any(&["DELETE", "UPDATE", "MERGE", "WITH"]) {
                let inner = inside(tokens.get(at - 1..).unwrap_or(&[]));
                self.nested(inner);
                at += inner.len();
            }
        }
    }

    fn select(&mut self, tokens: &[Token<'_>]) {
        let Some(at) = tokens
            .windows(2)
            .position(|pair| matches!(pair, [into, file] if into.is("INTO") && file.is_any(&["OUTFILE", "DUMPFILE"])))
        else {
            return;
        };
        if self.dialect != Dialect::ClickHouse {
            let file = tokens.get(at + 2).map_or("", |token| token.text);
            self.push(Finding::new(EffectKind::DbExport, "server file", file));
        }
    }

    /// `COPY table TO 'file' | PROGRAM 'command' | STDOUT`, and the other way.
    fn copy(&mut self, tokens: &[Token<'_>]) {
        self.in_parens(tokens);
        if tokens.get(1).is_some_and(|token| token.is("INTO")) {
            let out = tokens.get(2).is_some_and(|token| token.op("@") || token.kind == Kind::Str);
            if out {
                self.push(Finding::new(EffectKind::DbExport, "query result", "").sure(Certainty::Possible));
            }
            return;
        }
        let Some(at) = find(tokens, &["TO", "FROM"]) else { return };
        let exports = tokens.get(at).is_some_and(|token| token.is("TO"));
        match tokens.get(at + 1) {
            Some(program) if program.is("PROGRAM") => {
                let command = tokens.get(at + 2).map_or("", |token| token.text);
                let kind = if exports { EffectKind::DbExport } else { EffectKind::PrivEscalate };
                self.push(Finding::new(kind, "server program", command));
            }
            Some(file) if exports && file.kind == Kind::Str && self.dialect != Dialect::DuckDb => {
                self.push(Finding::new(EffectKind::DbExport, "server file", file.text));
            }
            _ => {}
        }
    }

    fn overwrite(&mut self, mut cursor: Cursor<'_, '_>) {
        cursor.eat("OVERWRITE");
        if cursor.eat_any(&["DIRECTORY", "LOCAL"]) {
            return;
        }
        cursor.eat("INTO");
        cursor.eat("TABLE");
        let table = cursor.name().unwrap_or_default();
        self.push(Finding::new(EffectKind::DbTruncate, "table", &table).sure(Certainty::Possible));
    }

    /// `DO $$ … $$`: the body's statements.
    fn block(&mut self, tokens: &[Token<'_>]) {
        for token in tokens.iter().filter(|token| token.kind == Kind::Str) {
            self.script(token.text, Certainty::Likely);
        }
        if tokens.first().is_some_and(|token| token.is("PERFORM")) {
            return;
        }
        if tokens.get(1).is_some_and(|token| token.is_any(VERBS)) {
            self.nested(tokens.get(1..).unwrap_or(&[]));
        }
    }

    /// `EXECUTE '…'`, `EXEC('…')`, `PREPARE s FROM '…'`, `PREPARE s AS …`.
    fn execute(&mut self, tokens: &[Token<'_>]) {
        let before = self.out.len();
        self.strings(tokens);
        if let Some(at) = find(tokens, &["AS"]) {
            self.nested(tokens.get(at + 1..).unwrap_or(&[]));
        }
        let variable = tokens.iter().any(|token| token.op("@") || token.text.starts_with('@')) || tokens.len() == 2;
        if self.out.len() == before && variable {
            for text in std::mem::take(self.kept) {
                self.script(&text, Certainty::Likely);
            }
        }
    }

    /// `SET @s = 'DROP …'`: remembered until something is executed.
    fn keep(&mut self, tokens: &[Token<'_>]) {
        let texts = tokens.iter().filter(|token| token.kind == Kind::Str && holds_statement(token.text));
        self.kept.extend(texts.take(16).map(|token| token.text.to_owned()));
        if tokens.len() > 2 && tokens.get(1).is_some_and(|scope| scope.is("PASSWORD")) {
            self.push(Finding::new(EffectKind::DbGrant, "password", "").sure(Certainty::Possible));
        }
    }

    /// Reads every string of the tokens that holds a statement.
    pub(super) fn strings(&mut self, tokens: &[Token<'_>]) {
        for token in tokens.iter().filter(|token| token.kind == Kind::Str && holds_statement(token.text)) {
            self.script(token.text, Certainty::Likely);
        }
    }

    /// Reads the statements of a text inside this one.
    pub(super) fn script(&mut self, text: &str, sure: Certainty) {
        if self.depth >= MAX_NESTING {
            return;
        }
        let text = text.replace("''", "'");
        let from = self.out.len();
        let mut reader = Reader {
            text: &text,
            dialect: self.dialect,
            temp: &mut *self.temp,
            kept: &mut *self.kept,
            out: &mut *self.out,
            depth: self.depth + 1,
        };
        for piece in super::split::pieces(&text, reader.dialect, super::split::Commands::None) {
            if let super::split::Piece::Statement(tokens) = piece {
                for part in parts(&tokens, false) {
                    reader.statement(part);
                }
            }
        }
        for finding in self.out.iter_mut().skip(from) {
            finding.certainty = finding.certainty.min(sure);
            if finding.target.split(' ').count() < 2 || finding.target.contains('%') {
                finding.traits.push(Trait::UnknownTarget);
            }
        }
    }
}

/// Says whether a string starts like a statement that matters.
pub(super) fn holds_statement(text: &str) -> bool {
    super::lex::Lexer::new(text, Dialect::Generic).token().is_some_and(|token| token.is_any(VERBS))
}

/// Cuts statements that follow each other without `;`: behind the words of a block, and in T-SQL (`free`) anywhere.
pub(super) fn parts<'t, 'a>(tokens: &'t [Token<'a>], free: bool) -> Vec<&'t [Token<'a>]> {
    let mut parts = Vec::new();
    let (mut from, mut depth) = (0, 0usize);
    for (at, token) in tokens.iter().enumerate() {
        if token.op("(") {
            depth += 1;
        } else if token.op(")") {
            depth = depth.saturating_sub(1);
        }
        let Some(before) = at.checked_sub(1).and_then(|before| tokens.get(before)).filter(|_| depth == 0) else {
            continue;
        };
        let head = tokens.get(from);
        let starts = if before.is_any(BLOCK_WORDS) {
            let verb =
                token.is_any(VERBS) || token.is_any(&["WITH", "INSERT", "SELECT", "PERFORM", "CREATE", "SET", "CALL"]);
            let clause = head.is_some_and(|head| head.is_any(&["MERGE", "INSERT", "WITH", "CREATE", "SELECT"]));
            verb && !clause
        } else {
            free && starts_freely(tokens, at, before)
                && !head.is_some_and(|head| head.is_any(&["GRANT", "DENY", "REVOKE", "CREATE"]))
        };
        if starts && at > from {
            parts.extend(tokens.get(from..at));
            from = at;
        }
    }
    parts.extend(tokens.get(from..).filter(|part| !part.is_empty()));
    parts
}

/// T-SQL: a keyword that can only start a statement here.
fn starts_freely(tokens: &[Token<'_>], at: usize, before: &Token<'_>) -> bool {
    if before.is_any(&["ON", "FOR", "OF", "AFTER", "INSTEAD", "THEN", "ALTER", "WITH", "AS", "TABLE", "FROM", "INTO"])
        || before.op(",")
        || before.op(".")
    {
        return false;
    }
    let Some(token) = tokens.get(at) else { return false };
    let next = tokens.get(at + 1);
    if token.is("DROP") {
        return next.is_some_and(|next| {
            next.is_any(&[
                "TABLE",
                "DATABASE",
                "SCHEMA",
                "VIEW",
                "LOGIN",
                "USER",
                "PROCEDURE",
                "PROC",
                "FUNCTION",
                "INDEX",
                "TRIGGER",
                "ROLE",
            ])
        });
    }
    if token.is("UPDATE") {
        return find(tokens.get(at..).unwrap_or(&[]), &["SET"]).is_some();
    }
    if token.is("BEGIN") {
        return next.is_some_and(|next| next.is_any(&["TRAN", "TRANSACTION"]));
    }
    if token.is("TRUNCATE") {
        return next.is_some_and(|next| next.is("TABLE"));
    }
    token.is_any(&["DELETE", "MERGE", "EXEC", "EXECUTE", "COMMIT", "ROLLBACK", "SHUTDOWN", "INSERT"])
}
