//! SQL text → statements and the client's own commands, in order.
//!
//! Knows where each client ends a statement: `;`, `DELIMITER`, `GO`, `\g`, a data block behind `COPY … FROM STDIN`.

use super::dialect::Dialect;
use super::lex::{Lexer, Token};

/// The commands that a client reads between statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commands {
    /// None.
    None,
    /// psql's backslash commands.
    Psql,
    /// `mysql`: `source`, `system`, `delimiter`, `\!`.
    MySql,
    /// sqlite3 and duckdb: lines that start with a dot.
    Dot,
    /// `sqlcmd`: `GO`, `:r`, `:!!`.
    SqlCmd,
    /// `SQL*Plus`: `/`, `@file`, `!`, `host`.
    SqlPlus,
}

/// A part of a script.
#[derive(Clone, Debug)]
pub(super) enum Piece<'a> {
    /// A statement without its end; never empty.
    Statement(Vec<Token<'a>>),
    /// A command of the client: the line without what introduces the line, as written (`\! ls`, `.read x.sql`).
    Command(&'a str),
}

/// Longer statements keep only their words.
const MAX_TOKENS: usize = 20_000;

/// Words that make `CREATE …` hold a body of statements.
const ROUTINES: &[&str] = &["TRIGGER", "PROCEDURE", "PROC", "FUNCTION", "EVENT", "PACKAGE", "TASK", "RULE"];

/// Cuts a script.
pub(super) fn pieces(text: &str, dialect: Dialect, commands: Commands) -> Vec<Piece<'_>> {
    let mut cutter = Cutter {
        text,
        lexer: Lexer::new(text, dialect),
        dialect,
        commands,
        delimiter: ";".to_owned(),
        tokens: Vec::new(),
        depth: 0,
        pieces: Vec::new(),
    };
    cutter.run();
    cutter.pieces
}

struct Cutter<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    dialect: Dialect,
    commands: Commands,
    delimiter: String,
    tokens: Vec<Token<'a>>,
    depth: usize,
    pieces: Vec<Piece<'a>>,
}

impl<'a> Cutter<'a> {
    fn run(&mut self) {
        while let Some(token) = self.lexer.token() {
            if self.command(&token) {
                continue;
            }
            let ends = self.text.get(token.start..).is_some_and(|rest| rest.starts_with(self.delimiter.as_str()));
            if ends && self.depth == 0 {
                self.lexer.seek(token.start + self.delimiter.len());
                self.flush();
            } else {
                self.push(token);
            }
        }
        if self.depth == 0 {
            self.flush();
        } else {
            self.flush_unfinished();
        }
    }

    fn push(&mut self, token: Token<'a>) {
        self.track_body(&token);
        if self.tokens.len() < MAX_TOKENS || token.kind == super::lex::Kind::Word {
            self.tokens.push(token);
        }
    }

    /// Counts `BEGIN … END` inside the body of a routine.
    fn track_body(&mut self, token: &Token<'a>) {
        if token.kind != super::lex::Kind::Word || !self.dialect.keeps_bodies() {
            return;
        }
        let creates = self.tokens.first().is_some_and(|first| first.is_any(&["CREATE", "ALTER"]))
            && self.tokens.iter().take(8).any(|token| token.is_any(ROUTINES));
        if !creates {
            return;
        }
        let after_end = self.tokens.last().is_some_and(|last| last.is("END"));
        let opens = if self.dialect == Dialect::Postgres { "ATOMIC" } else { "BEGIN" };
        if token.is(opens) || (self.depth > 0 && token.is("CASE") && !after_end) {
            self.depth += 1;
        } else if token.is("END") {
            self.depth = self.depth.saturating_sub(1);
        } else if after_end && token.is_any(&["IF", "LOOP", "WHILE", "REPEAT", "FOR"]) {
            self.depth += 1;
        }
    }

    fn flush(&mut self) {
        self.depth = 0;
        if self.tokens.is_empty() {
            return;
        }
        let tokens = std::mem::take(&mut self.tokens);
        if copies_from_stdin(&tokens) {
            self.skip_data();
        }
        self.pieces.push(Piece::Statement(tokens));
    }

    /// A body that never ends: every `;` in it may end a statement after all.
    fn flush_unfinished(&mut self) {
        let tokens = std::mem::take(&mut self.tokens);
        for part in tokens.split(|token| token.op(";")).filter(|part| !part.is_empty()) {
            self.pieces.push(Piece::Statement(part.to_vec()));
        }
    }

    /// Skips the lines behind `COPY … FROM STDIN` up to `\.`, where there is one.
    fn skip_data(&mut self) {
        let from = self.lexer.pos();
        let rest = self.text.get(from..).unwrap_or("");
        let end = rest.find("\n\\.\n").map(|at| at + 4).or_else(|| rest.ends_with("\n\\.").then_some(rest.len()));
        if let Some(end) = end {
            self.lexer.seek(from + end);
        }
    }

    /// Takes a command of the client that starts with this token; says whether there was one.
    fn command(&mut self, token: &Token<'a>) -> bool {
        match self.commands {
            Commands::None => false,
            Commands::Psql => token.op("\\") && self.backslash(token),
            Commands::MySql => (token.op("\\") && self.backslash(token)) || (token.first && self.mysql_word(token)),
            Commands::Dot => token.first && self.tokens.is_empty() && token.op(".") && self.line(token),
            Commands::SqlCmd => token.first && self.sqlcmd(token),
            Commands::SqlPlus => token.first && self.sqlplus(token),
        }
    }

    fn line(&mut self, token: &Token<'a>) -> bool {
        let line = self.lexer.take_line(token.start);
        self.pieces.push(Piece::Command(line.trim()));
        true
    }

    /// psql and mysql: a command that starts with a backslash; `\g` and its like end the statement before it.
    fn backslash(&mut self, token: &Token<'a>) -> bool {
        let rest = self.text.get(token.end..).unwrap_or("");
        let name = rest.split(|c: char| c.is_whitespace() || c == '\\').next().unwrap_or("");
        let psql = self.commands == Commands::Psql;
        if psql && rest.starts_with(';') {
            self.lexer.seek(token.end + 1);
            self.flush();
            return true;
        }
        if matches!(name, "g" | "gx" | "gexec" | "gset" | "gdesc" | "watch" | "crosstabview" | "G") {
            self.flush();
        }
        if !psql && matches!(name.chars().next(), Some('g' | 'G' | 'c' | 'p' | 'q')) {
            if name.starts_with('c') {
                self.tokens.clear();
            }
            self.flush();
            self.lexer.seek(token.end + 1);
            return true;
        }
        if name == "r" || name == "reset" {
            self.tokens.clear();
        }
        let line = self.lexer.take_line(token.start);
        // `\\` ends a psql command and goes back to SQL on the same line.
        let shell = name.starts_with('!');
        match line.get(1..).and_then(|rest| rest.find("\\\\")).filter(|_| psql && !shell) {
            Some(at) => {
                self.lexer.seek(token.start + 1 + at + 2);
                self.pieces.push(Piece::Command(line.get(..=at).unwrap_or(line).trim()));
            }
            None => self.pieces.push(Piece::Command(line.trim())),
        }
        true
    }

    fn mysql_word(&mut self, token: &Token<'a>) -> bool {
        if token.is("DELIMITER") {
            let line = self.lexer.take_line(token.start);
            let delimiter = line.split_whitespace().nth(1).unwrap_or(";").trim_matches(['\'', '"']);
            self.flush();
            delimiter.clone_into(&mut self.delimiter);
            if self.delimiter.is_empty() {
                ";".clone_into(&mut self.delimiter);
            }
            return true;
        }
        self.tokens.is_empty() && token.is_any(&["SOURCE", "SYSTEM", "PAGER", "TEE"]) && self.line(token)
    }

    fn sqlcmd(&mut self, token: &Token<'a>) -> bool {
        if token.is("GO") {
            let line = self.text.get(token.end..).unwrap_or("").lines().next().unwrap_or("");
            if line.trim().is_empty() || line.trim().bytes().all(|b| b.is_ascii_digit()) {
                self.lexer.take_line(token.start);
                self.flush();
                return true;
            }
        }
        let rest = self.text.get(token.start..).unwrap_or("");
        let command = rest.starts_with("!!")
            || rest.strip_prefix(':').is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic() || c == '!'));
        command && self.line(token)
    }

    fn sqlplus(&mut self, token: &Token<'a>) -> bool {
        let rest = self.text.get(token.end..).unwrap_or("").trim_start_matches([' ', '\t', '\r']);
        if token.op("/") && (rest.is_empty() || rest.starts_with('\n')) {
            self.flush();
            return true;
        }
        let command = token.op("@") || token.op("!") || token.is_any(&["HOST", "START", "SPOOL", "PROMPT"]);
        self.tokens.is_empty() && command && self.line(token)
    }
}

fn copies_from_stdin(tokens: &[Token<'_>]) -> bool {
    tokens.first().is_some_and(|token| token.is("COPY"))
        && tokens.windows(2).any(|pair| matches!(pair, [from, stdin] if from.is("FROM") && stdin.is("STDIN")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, dialect: Dialect, commands: Commands) -> Vec<String> {
        pieces(text, dialect, commands)
            .into_iter()
            .map(|piece| match piece {
                Piece::Statement(tokens) => {
                    let words: Vec<_> = tokens.iter().map(|token| token.text).collect();
                    words.join(" ")
                }
                Piece::Command(line) => format!("<{line}>"),
            })
            .collect()
    }

    #[test]
    fn statements_end_where_the_client_ends_them() {
        use {Commands as C, Dialect as D};
        let rows: &[(&str, D, C, &[&str])] = &[
            ("select 1; select 2", D::Generic, C::None, &["select 1", "select 2"]),
            ("select ';'; -- a;b\nselect 2;;", D::Generic, C::None, &["select ;", "select 2"]),
            ("select $$a;b$$; x", D::Postgres, C::Psql, &["select a;b", "x"]),
            ("select $a$ $b$;$b$ $a$; x", D::Postgres, C::Psql, &["select  $b$;$b$ ", "x"]),
            ("select 1 \\; select 2", D::Postgres, C::Psql, &["select 1", "select 2"]),
            ("\\! rm -rf x\nselect 1", D::Postgres, C::Psql, &["<\\! rm -rf x>", "select 1"]),
            ("\\c db \\\\ select 1", D::Postgres, C::Psql, &["<\\c db>", "select 1"]),
            ("select 1 \\gexec\nx", D::Postgres, C::Psql, &["select 1", "<\\gexec>", "x"]),
            ("copy t from stdin;\na;b\tdrop\n\\.\nselect 1;", D::Postgres, C::Psql, &["copy t from stdin", "select 1"]),
            ("/* a /* b */ c */ x", D::Postgres, C::None, &["x"]),
            ("/* a /* b */ c", D::MySql, C::None, &["c"]),
            ("/*!50000 drop table x */;", D::MySql, C::MySql, &["drop table x"]),
            ("/*!50000 drop table x */;y", D::Postgres, C::Psql, &["y"]),
            ("select 'a\\';b'; c", D::MySql, C::MySql, &["select a\\';b", "c"]),
            ("select 'a\\'; c", D::Postgres, C::None, &["select a\\", "c"]),
            ("select E'a\\';b'; c", D::Postgres, C::None, &["select a\\';b", "c"]),
            ("delimiter //\ncreate a; b //\ndelimiter ;\nc;", D::MySql, C::MySql, &["create a ; b", "c"]),
            ("source x.sql\nselect 1\\G select 2", D::MySql, C::MySql, &["<source x.sql>", "select 1", "select 2"]),
            (
                "create trigger t begin delete from a; end; x",
                D::Sqlite,
                C::Dot,
                &["create trigger t begin delete from a ; end", "x"],
            ),
            (
                "create trigger t begin delete from a; x",
                D::Sqlite,
                C::Dot,
                &["create trigger t begin delete from a", "x"],
            ),
            (
                "create procedure p() begin; drop table x;",
                D::MySql,
                C::MySql,
                &["create procedure p ( ) begin", "drop table x"],
            ),
            (".read x\nselect 1;", D::Sqlite, C::Dot, &["<.read x>", "select 1"]),
            ("select 1\nGO\nselect 2\ngo 5", D::MsSql, C::SqlCmd, &["select 1", "select 2"]),
            ("select [a;b]; x", D::MsSql, C::SqlCmd, &["select a;b", "x"]),
            ("# drop\nselect 1", D::MySql, C::MySql, &["select 1"]),
            ("a --x\nb", D::MySql, C::MySql, &["a - - x b"]),
        ];
        for (text, dialect, commands, wanted) in rows {
            assert_eq!(&cut(text, *dialect, *commands), wanted, "{text}");
        }
    }
}
