//! A script as a client runs it: statements in order, transactions, temporary tables, the client's own commands.

use super::command::{self, Command};
use super::dialect::Dialect;
use super::finding::{Finding, Undo};
use super::lex::{Kind, Lexer, Token};
use super::placeholder::Text;
use super::read::{Reader, holds_statement, parts};
use super::split::{Commands, Piece, pieces};
use crate::effects::{Certainty, EffectKind, Trait};

/// How deep included scripts are followed.
const MAX_INCLUDES: u8 = 3;
/// More findings than this of one script add nothing for a reader.
const MAX_FINDINGS: usize = 64;

/// Another script that one names.
pub(in crate::effects) enum Included {
    /// Its text.
    Text(String),
    /// It does not exist: the client stops or goes on without it.
    Missing,
    /// It exists but cannot be read, or which one cannot be known.
    Unreadable,
}

/// Reads another script by its name.
pub(super) type Loader<'l> = dyn Fn(&str) -> Included + 'l;

/// A run of one client.
pub(super) struct Session<'l> {
    dialect: Dialect,
    commands: Commands,
    loader: &'l Loader<'l>,
    temp: Vec<String>,
    kept: Vec<String>,
    out: Vec<Finding>,
    /// What was handed to a shell.
    shell: Vec<String>,
    /// Where the open transaction's findings begin.
    open: Option<usize>,
    database: Option<String>,
    /// Strings of the last statement.
    last: Vec<String>,
}

impl<'l> Session<'l> {
    pub(super) fn new(dialect: Dialect, commands: Commands, loader: &'l Loader<'l>) -> Self {
        Self {
            dialect,
            commands,
            loader,
            temp: Vec::new(),
            kept: Vec::new(),
            out: Vec::new(),
            shell: Vec::new(),
            open: None,
            database: None,
            last: Vec::new(),
        }
    }

    /// What was found so far; the transaction that is open stays open.
    pub(super) fn findings(self) -> Vec<Finding> {
        self.out
    }

    /// Text that the client would hand to a shell, in order.
    pub(super) fn shell(self) -> Vec<String> {
        self.shell
    }

    /// Runs a script.
    pub(super) fn run(&mut self, text: &Text) {
        let from = self.out.len();
        self.script(&text.text, 0);
        for finding in self.out.iter_mut().skip(from) {
            let target = text.value(&finding.target);
            if target.has_unknown() {
                finding.target = target.to_string();
                finding.traits.push(Trait::UnknownTarget);
            }
            if let Some(database) = &finding.database {
                finding.database = Some(text.value(database).to_string());
            }
        }
    }

    fn script(&mut self, text: &str, depth: u8) {
        for piece in pieces(text, self.dialect, self.commands) {
            if self.out.len() >= MAX_FINDINGS {
                return;
            }
            match piece {
                Piece::Statement(tokens) => {
                    for part in parts(&tokens, self.dialect == Dialect::MsSql) {
                        self.statement(text, part);
                    }
                    let strings = tokens.iter().filter(|token| token.kind == Kind::Str).take(32);
                    self.last = strings.map(|token| token.text.to_owned()).collect();
                }
                Piece::Command(line) => {
                    for command in command::read(line, self.commands) {
                        self.command(command, depth);
                    }
                }
            }
        }
    }

    fn statement(&mut self, text: &str, tokens: &[Token<'_>]) {
        if self.transaction(tokens) {
            return;
        }
        if let [uses, name, ..] = tokens
            && uses.is("USE")
        {
            let noun = name.is_any(&["DATABASE", "SCHEMA", "CATALOG"]);
            let name = tokens.get(2).filter(|_| noun).unwrap_or(name);
            self.database = Some(name.text.to_owned());
            return;
        }
        let from = self.out.len();
        let (dialect, depth) = (self.dialect, 0);
        Reader { text, dialect, temp: &mut self.temp, kept: &mut self.kept, out: &mut self.out, depth }
            .statement(tokens);
        for finding in self.out.iter_mut().skip(from) {
            if finding.database.is_none() {
                finding.database.clone_from(&self.database);
            }
        }
        let commits =
            !dialect.transactional_ddl() && self.out.iter().skip(from).any(|finding| finding.undo == Undo::Objects);
        if commits {
            self.open = None;
        }
    }

    /// Follows transactions; says whether the statement was about one.
    fn transaction(&mut self, tokens: &[Token<'_>]) -> bool {
        let Some(first) = tokens.first() else { return true };
        let second = tokens.get(1);
        let begins = first.is("BEGIN")
            && second.is_none_or(|word| {
                word.is_any(&[
                    "TRANSACTION",
                    "TRAN",
                    "WORK",
                    "DEFERRED",
                    "IMMEDIATE",
                    "EXCLUSIVE",
                    "ISOLATION",
                    "READ",
                    "CONCURRENT",
                ])
            });
        if begins || (first.is("START") && second.is_some_and(|word| word.is("TRANSACTION"))) {
            self.open.get_or_insert(self.out.len());
            return true;
        }
        if first.is_any(&["COMMIT", "END"]) && tokens.len() <= 4 {
            self.open = None;
            return true;
        }
        if first.is_any(&["ROLLBACK", "ABORT"]) {
            if !tokens.iter().any(|token| token.is_any(&["TO", "PREPARED"])) {
                self.roll_back();
            }
            return true;
        }
        false
    }

    fn roll_back(&mut self) {
        let Some(from) = self.open.take() else { return };
        if !self.dialect.transactions() {
            return;
        }
        let objects = self.dialect.transactional_ddl();
        let undone = |finding: &Finding| match finding.undo {
            Undo::Rows => true,
            Undo::Objects => objects,
            Undo::Never => false,
        };
        let mut at = 0;
        self.out.retain(|finding| {
            at += 1;
            at <= from || !undone(finding)
        });
    }

    fn command(&mut self, command: Command, depth: u8) {
        match command {
            Command::Shell(text) => {
                if self.shell.len() < MAX_FINDINGS {
                    self.shell.push(text);
                }
            }
            Command::Include(name) if depth < MAX_INCLUDES => match (self.loader)(&name) {
                Included::Text(text) => self.script(&text, depth + 1),
                Included::Missing => {}
                Included::Unreadable => self.opaque(&name),
            },
            Command::Include(name) => self.opaque(&name),
            Command::RunResult => self.run_result(),
            Command::Database(name) => self.database = Some(name),
            Command::Restore(_) => {
                let finding = Finding::new(EffectKind::DbDrop, "database", "").sure(Certainty::Likely);
                self.out.push(finding);
            }
            Command::Copy(words) => self.copy(&words),
        }
    }

    fn opaque(&mut self, name: &str) {
        self.open = None;
        self.out.push(Finding::new(EffectKind::CodeOpaque, "SQL file", name).sure(Certainty::Possible));
    }

    /// `\copy (DELETE … RETURNING *) to …`.
    fn copy(&mut self, words: &str) {
        let tokens = Lexer::all(words, self.dialect);
        if tokens.first().is_some_and(|token| token.op("(")) {
            let inner = super::cursor::inside(&tokens).to_vec();
            self.statement(words, &inner);
        }
    }

    /// `\gexec`: the strings of the query before it are what will be run.
    fn run_result(&mut self) {
        let last = std::mem::take(&mut self.last);
        let findings = generated(&last, self.dialect);
        self.out.extend(findings);
    }
}

/// First words of generated statements that lose nothing.
const HARMLESS: &[&str] = &[
    "CREATE", "ALTER", "GRANT", "ANALYZE", "ANALYSE", "VACUUM", "REINDEX", "REFRESH", "SELECT", "INSERT", "COMMENT",
    "CLUSTER", "SET", "COPY", "EXPLAIN", "SHOW",
];

/// What SQL that a query puts together from these strings may do.
pub(super) fn generated(strings: &[String], dialect: Dialect) -> Vec<Finding> {
    let mut out = Vec::new();
    let (mut temp, mut kept) = (Vec::new(), Vec::new());
    for text in strings.iter().filter(|text| holds_statement(text)) {
        let mut reader = Reader { text: "", dialect, temp: &mut temp, kept: &mut kept, out: &mut out, depth: 0 };
        reader.script(text, Certainty::Likely);
    }
    for finding in &mut out {
        finding.traits.push(Trait::Bulk);
    }
    let harmless = strings
        .iter()
        .any(|text| Lexer::new(text, Dialect::Generic).token().is_some_and(|token| token.is_any(HARMLESS)));
    if out.is_empty() && !harmless {
        out.push(Finding::new(EffectKind::CodeOpaque, "SQL that a query returns", "").sure(Certainty::Possible));
    }
    out
}
