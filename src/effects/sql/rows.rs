//! `DELETE`, `UPDATE` and `MERGE`: do they reach every row?
//!
//! The statement goes through sqlparser in the client's dialect, then in the generic one. What does not parse, is too
//! long or nested too deep is read by its tokens.

use sqlparser::ast::{
    Delete, Expr, FromTable, JoinConstraint, JoinOperator, MergeAction, Statement, TableFactor, TableWithJoins, Update,
    UpdateTableFromKind,
};
use sqlparser::parser::Parser;

use super::cursor::{Cursor, find};
use super::dialect::Dialect;
use super::finding::Finding;
use super::fold::{Truth, truth};
use super::lex::{Kind, Token};
use crate::effects::{Certainty, EffectKind};

/// Bounds within which the parser is quick and does not need much stack.
const MAX_TOKENS: usize = 1500;
const MAX_PARENS: usize = 10;
const RECURSION: usize = 32;

/// What a statement about rows comes to.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// What it does.
    pub kind: EffectKind,
    /// The table, as written without quotes; empty where it cannot be seen.
    pub table: String,
    /// Which rows.
    pub truth: Truth,
    /// The parser understood the statement.
    pub parsed: bool,
}

impl Rows {
    /// The finding, where the statement reaches every row.
    pub(super) fn finding(&self) -> Option<Finding> {
        let sure = match (self.truth, self.parsed) {
            (Truth::Always, true) => Certainty::Certain,
            (Truth::Always, false) | (Truth::Nearly, _) => Certainty::Likely,
            _ => return None,
        };
        Some(Finding::new(self.kind, "table", &self.table).sure(sure))
    }
}

/// Reads a statement whose first token is `DELETE`, `UPDATE` or `MERGE`.
pub(super) fn rows(text: &str, tokens: &[Token<'_>], dialect: Dialect) -> Option<Rows> {
    // The parser takes `ONLY` for the table's name.
    let only = tokens.iter().take(3).position(|token| token.is("ONLY"));
    let plain: Vec<_> =
        tokens.iter().enumerate().filter(|(at, _)| Some(*at) != only).map(|(_, token)| *token).collect();
    let tokens = plain.as_slice();
    if let Some(statement) = parse(text, tokens, dialect) {
        match statement {
            Statement::Delete(delete) => return Some(deleted(&delete)),
            Statement::Update(update) => return Some(updated(&update)),
            Statement::Merge(merge) => return merged(&merge),
            _ => {}
        }
    }
    by_tokens(text, tokens, dialect)
}

/// Says whether the parser understands the whole statement.
pub(super) fn parses(text: &str, tokens: &[Token<'_>], dialect: Dialect) -> bool {
    parse(text, tokens, dialect).is_some()
}

/// The source of the tokens, comments taken out.
fn source(text: &str, tokens: &[Token<'_>]) -> String {
    let mut out = String::new();
    let mut end = None;
    for token in tokens {
        if end.is_some_and(|end| end != token.start) {
            out.push(' ');
        }
        out.push_str(text.get(token.start..token.end).unwrap_or(""));
        end = Some(token.end);
    }
    out
}

fn within_bounds(tokens: &[Token<'_>]) -> bool {
    let (mut depth, mut deepest) = (0usize, 0usize);
    for token in tokens {
        if token.op("(") || token.op("[") || token.op("{") || token.is("CASE") {
            depth += 1;
            deepest = deepest.max(depth);
        } else if token.op(")") || token.op("]") || token.op("}") || token.is("END") {
            depth = depth.saturating_sub(1);
        }
    }
    tokens.len() <= MAX_TOKENS && deepest <= MAX_PARENS
}

fn parse(text: &str, tokens: &[Token<'_>], dialect: Dialect) -> Option<Statement> {
    if !within_bounds(tokens) {
        return None;
    }
    let source = source(text, tokens);
    let dialects: &[Dialect] = if dialect == Dialect::Generic {
        &[Dialect::Generic, Dialect::MySql, Dialect::Postgres]
    } else {
        &[dialect, Dialect::Generic]
    };
    dialects.iter().find_map(|dialect| {
        let parser = dialect.parser();
        let mut parser = Parser::new(parser.as_ref()).with_recursion_limit(RECURSION).try_with_sql(&source).ok()?;
        let statement = parser.parse_statement().ok()?;
        (parser.peek_token().token == sqlparser::tokenizer::Token::EOF).then_some(statement)
    })
}

fn parse_condition(text: &str, tokens: &[Token<'_>], dialect: Dialect) -> Option<Expr> {
    if !within_bounds(tokens) {
        return None;
    }
    let source = source(text, tokens);
    let parser = dialect.parser();
    let mut parser = Parser::new(parser.as_ref()).with_recursion_limit(RECURSION).try_with_sql(&source).ok()?;
    let expr = parser.parse_expr().ok()?;
    (parser.peek_token().token == sqlparser::tokenizer::Token::EOF).then_some(expr)
}

fn bare(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).to_lowercase()
}

fn table_name(factor: &TableFactor) -> String {
    match factor {
        TableFactor::Table { name, .. } => plain(&name.to_string()),
        _ => String::new(),
    }
}

fn plain(name: &str) -> String {
    name.replace(['"', '`', '[', ']'], "")
}

fn deleted(delete: &Delete) -> Rows {
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
    let table = delete
        .tables
        .first()
        .map(|name| plain(&name.to_string()))
        .or_else(|| from.first().map(|from| table_name(&from.relation)))
        .unwrap_or_default();
    let truth = match &delete.selection {
        Some(condition) => truth(condition, &bare(&table)),
        None if joins_limit(from) || delete.using.as_deref().is_some_and(joins_limit) => Truth::Depends,
        None => Truth::Always,
    };
    Rows { kind: EffectKind::DbDeleteBulk, table, truth, parsed: true }
}

fn updated(update: &Update) -> Rows {
    let table = table_name(&update.table.relation);
    let from = match &update.from {
        Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) => from.as_slice(),
        None => &[],
    };
    let truth = match &update.selection {
        Some(condition) => truth(condition, &bare(&table)),
        None if joins_limit(std::slice::from_ref(&update.table)) || joins_limit(from) => Truth::Depends,
        None => Truth::Always,
    };
    Rows { kind: EffectKind::DbUpdateBulk, table, truth, parsed: true }
}

/// An inner join with a condition that is not always true limits the rows.
fn joins_limit(from: &[TableWithJoins]) -> bool {
    from.iter().flat_map(|table| &table.joins).any(|join| {
        let (JoinOperator::Join(on)
        | JoinOperator::Inner(on)
        | JoinOperator::Right(on)
        | JoinOperator::RightOuter(on)
        | JoinOperator::Semi(on)
        | JoinOperator::StraightJoin(on)) = &join.join_operator
        else {
            return false;
        };
        match on {
            JoinConstraint::On(condition) => truth(condition, "") == Truth::Depends && !is_parent(condition),
            JoinConstraint::Using(_) | JoinConstraint::Natural => true,
            JoinConstraint::None => false,
        }
    })
}

/// `c.id = o.customer_id`: every row has its parent, so the join limits nothing.
fn is_parent(condition: &Expr) -> bool {
    let Expr::BinaryOp { left, op: sqlparser::ast::BinaryOperator::Eq, right } = condition else { return false };
    let column = |expr: &Expr| match expr {
        Expr::CompoundIdentifier(parts) => parts.last().map(|part| part.value.to_lowercase()),
        _ => None,
    };
    let (Some(left), Some(right)) = (column(left), column(right)) else { return false };
    (left == "id" && right.ends_with("_id")) || (right == "id" && left.ends_with("_id"))
}

/// `MERGE … THEN DELETE` deletes what the source says: everything only where the condition is always true.
fn merged(merge: &sqlparser::ast::Merge) -> Option<Rows> {
    let deletes = merge.clauses.iter().any(|clause| matches!(clause.action, MergeAction::Delete { .. }));
    let table = table_name(&merge.table);
    let always = truth(&merge.on, &bare(&table)) != Truth::Depends;
    deletes.then_some(Rows {
        kind: EffectKind::DbDeleteBulk,
        table,
        truth: if always { Truth::Nearly } else { Truth::Depends },
        parsed: true,
    })
}

/// The reading without a parser: is there a `WHERE`, and does its own text say *true*?
fn by_tokens(text: &str, tokens: &[Token<'_>], dialect: Dialect) -> Option<Rows> {
    let mut cursor = Cursor::new(tokens);
    let verb = cursor.next()?;
    let kind = match verb.text.to_ascii_uppercase().as_str() {
        "DELETE" => EffectKind::DbDeleteBulk,
        "UPDATE" => EffectKind::DbUpdateBulk,
        _ => return None,
    };
    cursor.eat_any(&["LOW_PRIORITY", "QUICK", "IGNORE", "OR"]);
    cursor.eat("FROM");
    cursor.eat("ONLY");
    let table = cursor.name().unwrap_or_default();
    if kind == EffectKind::DbUpdateBulk && find(tokens, &["SET"]).is_none() {
        return None;
    }
    if kind == EffectKind::DbDeleteBulk && table.is_empty() {
        return None;
    }
    let truth = match find(tokens, &["WHERE"]) {
        Some(at) => condition(text, tokens.get(at + 1..).unwrap_or(&[]), dialect, &bare(&table)),
        None if find(tokens, &["ON", "USING"]).is_some() => Truth::Depends,
        None => Truth::Always,
    };
    Some(Rows { kind, table, truth, parsed: false })
}

/// Judges the tokens of a condition up to the clause behind it.
pub(super) fn condition(text: &str, tokens: &[Token<'_>], dialect: Dialect, table: &str) -> Truth {
    let end =
        find(tokens, &["RETURNING", "ORDER", "LIMIT", "OPTION", "SETTINGS", "INTO", "IF"]).unwrap_or(tokens.len());
    let tokens = tokens.get(..end).unwrap_or(tokens);
    match parse_condition(text, tokens, dialect).or_else(|| parse_condition(text, tokens, Dialect::Generic)) {
        Some(expr) => truth(&expr, table),
        None => condition_by_tokens(tokens),
    }
}

/// `1 = 1`, `'a' = 'a'`, `id = id`, `true` as the whole condition or between two `OR`.
fn condition_by_tokens(tokens: &[Token<'_>]) -> Truth {
    let mut rest = tokens;
    loop {
        let end = find(rest, &["OR"]);
        let part = rest.get(..end.unwrap_or(rest.len())).unwrap_or(&[]);
        let always = match part {
            [one] => one.is("TRUE") || (one.kind == Kind::Num && one.text.bytes().any(|b| (b'1'..=b'9').contains(&b))),
            [a, is, b] => is.op("=") && a.kind == b.kind && a.kind != Kind::Op && a.text.eq_ignore_ascii_case(b.text),
            _ => false,
        };
        if always {
            return Truth::Always;
        }
        let Some(end) = end else { return Truth::Depends };
        rest = rest.get(end + 1..).unwrap_or(&[]);
    }
}
