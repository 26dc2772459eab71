//! Conditions that are true for every row: a small constant folder over the parser's expressions.

use sqlparser::ast::{BinaryOperator as Op, Expr, Query, SetExpr, UnaryOperator, Value};

/// What is known of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    /// Holds for every row.
    Always,
    /// Holds for nearly every row (`id > 0`, `id IN (SELECT id FROM the_same)`).
    Nearly,
    /// Holds for no row.
    Never,
    /// Depends on the row, or cannot be seen.
    Depends,
}

/// A known value.
#[derive(Clone, Debug, PartialEq)]
enum Known {
    Number(f64),
    Text(String),
    Bool(bool),
    Null,
}

/// Deeper conditions are taken as depending on the row.
const MAX_DEPTH: usize = 120;

/// Columns of which every row has a value above zero.
const KEYS: &[&str] = &["id", "_id", "rowid", "_rowid_", "oid", "ctid", "uuid", "guid", "pk"];

/// Judges a condition for the rows of `table` (lower case, without its qualifiers).
pub(super) fn truth(condition: &Expr, table: &str) -> Truth {
    Folder { table }.truth(condition, MAX_DEPTH)
}

struct Folder<'a> {
    table: &'a str,
}

impl Folder<'_> {
    fn truth(&self, expr: &Expr, depth: usize) -> Truth {
        let Some(depth) = depth.checked_sub(1) else { return Truth::Depends };
        match expr {
            Expr::Nested(inner) | Expr::IsTrue(inner) | Expr::IsNotFalse(inner) => self.truth(inner, depth),
            Expr::IsFalse(inner) | Expr::IsNotTrue(inner) => not(self.truth(inner, depth)),
            Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::BangNot, expr } => not(self.truth(expr, depth)),
            Expr::BinaryOp { left, op: Op::Or, right } => self.or(left, right, depth),
            Expr::BinaryOp { left, op: Op::And, right } => and(self.truth(left, depth), self.truth(right, depth)),
            Expr::BinaryOp { left, op, right } => compared(left, op, right),
            Expr::IsNull(inner) => known(inner).map_or(Truth::Depends, |value| truly(value == Known::Null)),
            Expr::IsNotNull(inner) => not_null(inner),
            Expr::IsNotDistinctFrom(a, b) if same(a, b) => Truth::Always,
            Expr::Like { negated, expr, pattern, .. } | Expr::ILike { negated, expr, pattern, .. } => {
                negate(*negated, likes(expr, pattern))
            }
            Expr::RLike { negated, pattern, .. } => negate(*negated, matches_all(pattern)),
            Expr::SimilarTo { negated, pattern, expr, .. } => negate(*negated, likes(expr, pattern)),
            Expr::Between { expr, negated, low, high } => negate(*negated, between(expr, low, high)),
            Expr::InList { expr, list, negated } => {
                let hit = list.iter().any(|item| same(expr, item) || equal(expr, item) == Some(true));
                if hit { negate(*negated, Truth::Always) } else { Truth::Depends }
            }
            Expr::InSubquery { expr, subquery, negated: false } => self.in_same_table(expr, subquery),
            Expr::Exists { subquery, negated } => negate(*negated, exists(subquery)),
            other => known(other).map_or(Truth::Depends, |value| match value {
                Known::Number(number) => truly(number != 0.0),
                Known::Bool(is) => truly(is),
                Known::Text(text) => {
                    truly(text.trim().parse::<f64>().is_ok_and(|number| number != 0.0) || is_yes(&text))
                }
                Known::Null => Truth::Never,
            }),
        }
    }

    fn or(&self, left: &Expr, right: &Expr, depth: usize) -> Truth {
        if opposites(left, right) {
            return Truth::Always;
        }
        match (self.truth(left, depth), self.truth(right, depth)) {
            (Truth::Always, _) | (_, Truth::Always) => Truth::Always,
            (Truth::Nearly, _) | (_, Truth::Nearly) => Truth::Nearly,
            (Truth::Never, Truth::Never) => Truth::Never,
            _ => Truth::Depends,
        }
    }

    /// `id IN (SELECT id FROM the_same_table)`.
    fn in_same_table(&self, expr: &Expr, query: &Query) -> Truth {
        let SetExpr::Select(select) = query.body.as_ref() else { return Truth::Depends };
        let bare = select.selection.is_none()
            && select.having.is_none()
            && query.limit_clause.is_none()
            && query.fetch.is_none()
            && select.top.is_none()
            && query.with.is_none();
        let [only] = select.from.as_slice() else { return Truth::Depends };
        let sqlparser::ast::TableFactor::Table { name, .. } = &only.relation else { return Truth::Depends };
        let from = name.0.last().map(|part| part.to_string().trim_matches(['"', '`', '[', ']']).to_lowercase());
        let column = match select.projection.as_slice() {
            [sqlparser::ast::SelectItem::UnnamedExpr(item)] => column(item),
            _ => None,
        };
        if bare
            && only.joins.is_empty()
            && from.as_deref() == Some(self.table)
            && column.is_some()
            && column == column_of(expr)
        {
            Truth::Nearly
        } else {
            Truth::Depends
        }
    }
}

fn compared(left: &Expr, op: &Op, right: &Expr) -> Truth {
    if same(left, right) {
        return match op {
            Op::Eq | Op::GtEq | Op::LtEq | Op::Spaceship => Truth::Always,
            Op::NotEq | Op::Gt | Op::Lt => Truth::Never,
            _ => Truth::Depends,
        };
    }
    match op {
        Op::PGLikeMatch | Op::PGILikeMatch => return likes(left, right),
        Op::PGRegexMatch | Op::PGRegexIMatch | Op::Regexp => return matches_all(right),
        Op::Glob => {
            return if text(right).is_some_and(|text| text == "*") { Truth::Always } else { Truth::Depends };
        }
        _ => {}
    }
    if let (Some(a), Some(b)) = (known(left), known(right)) {
        return holds(&a, op, &b).map_or(Truth::Depends, truly);
    }
    if !is_key(left) && !is_length(left) {
        return Truth::Depends;
    }
    let low = match known(right) {
        Some(Known::Number(number)) => number,
        Some(Known::Text(text)) if text.is_empty() && *op == Op::NotEq => return Truth::Nearly,
        _ => return Truth::Depends,
    };
    match op {
        Op::Gt | Op::NotEq if low < 1.0 => Truth::Nearly,
        Op::GtEq if low <= 1.0 => Truth::Nearly,
        _ => Truth::Depends,
    }
}

fn not_null(inner: &Expr) -> Truth {
    match known(inner) {
        Some(value) => truly(value != Known::Null),
        None if is_key(inner) => Truth::Nearly,
        None => Truth::Depends,
    }
}

fn truly(is: bool) -> Truth {
    if is { Truth::Always } else { Truth::Never }
}

fn is_yes(text: &str) -> bool {
    ["t", "true", "yes", "on"].iter().any(|yes| text.eq_ignore_ascii_case(yes))
}

const fn not(truth: Truth) -> Truth {
    match truth {
        Truth::Always => Truth::Never,
        Truth::Never => Truth::Always,
        Truth::Nearly | Truth::Depends => Truth::Depends,
    }
}

const fn negate(negated: bool, truth: Truth) -> Truth {
    if negated { not(truth) } else { truth }
}

fn and(a: Truth, b: Truth) -> Truth {
    match (a, b) {
        (Truth::Never, _) | (_, Truth::Never) => Truth::Never,
        (Truth::Depends, _) | (_, Truth::Depends) => Truth::Depends,
        (Truth::Nearly, _) | (_, Truth::Nearly) => Truth::Nearly,
        _ => Truth::Always,
    }
}

/// The same expression that is not a constant: a column compared with itself.
fn same(a: &Expr, b: &Expr) -> bool {
    match (a, b) {
        (Expr::Nested(a), b) => same(a, b),
        (a, Expr::Nested(b)) => same(a, b),
        (Expr::CompoundIdentifier(a), Expr::CompoundIdentifier(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.value.eq_ignore_ascii_case(&b.value))
        }
        _ => column(a).is_some() && column(a) == column(b),
    }
}

/// A column's name in lower case, without its table.
fn column(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(ident) => Some(ident.value.to_lowercase()),
        Expr::CompoundIdentifier(parts) => parts.last().map(|ident| ident.value.to_lowercase()),
        _ => None,
    }
}

fn column_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Nested(inner) => column_of(inner),
        other => column(other),
    }
}

fn is_key(expr: &Expr) -> bool {
    column_of(expr).is_some_and(|name| KEYS.contains(&name.as_str()))
}

/// `LENGTH(x)` and its like: never below zero.
fn is_length(expr: &Expr) -> bool {
    let Expr::Function(function) = expr else { return false };
    let name = function.name.to_string();
    ["length", "char_length", "len", "octet_length", "abs"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn opposites(a: &Expr, b: &Expr) -> bool {
    match (a, b) {
        (Expr::Nested(a), b) => opposites(a, b),
        (a, Expr::Nested(b)) => opposites(a, b),
        (Expr::IsNull(a), Expr::IsNotNull(b)) | (Expr::IsNotNull(a), Expr::IsNull(b)) => same(a, b),
        (Expr::BinaryOp { left, op, right }, Expr::BinaryOp { left: left_b, op: op_b, right: right_b }) => {
            let pair = matches!(
                (op, op_b),
                (Op::Eq, Op::NotEq)
                    | (Op::NotEq, Op::Eq)
                    | (Op::Gt, Op::LtEq)
                    | (Op::LtEq, Op::Gt)
                    | (Op::Lt, Op::GtEq)
                    | (Op::GtEq, Op::Lt)
            );
            pair && same(left, left_b) && equal(right, right_b) == Some(true)
        }
        _ => false,
    }
}

fn equal(a: &Expr, b: &Expr) -> Option<bool> {
    holds(&known(a)?, &Op::Eq, &known(b)?)
}

fn between(expr: &Expr, low: &Expr, high: &Expr) -> Truth {
    let (Some(value), Some(low), Some(high)) = (known(expr), known(low), known(high)) else { return Truth::Depends };
    match (holds(&value, &Op::GtEq, &low), holds(&value, &Op::LtEq, &high)) {
        (Some(a), Some(b)) => truly(a && b),
        _ => Truth::Depends,
    }
}

fn text(expr: &Expr) -> Option<String> {
    match known(expr)? {
        Known::Text(text) => Some(text),
        _ => None,
    }
}

/// `x LIKE '%'`.
fn likes(expr: &Expr, pattern: &Expr) -> Truth {
    let Some(pattern) = text(pattern) else { return if same(expr, pattern) { Truth::Always } else { Truth::Depends } };
    if !pattern.is_empty() && pattern.bytes().all(|b| b == b'%') {
        return Truth::Always;
    }
    match text(expr) {
        Some(text) if !pattern.contains(['%', '_', '\\']) => truly(text == pattern),
        _ => Truth::Depends,
    }
}

/// `x ~ '.*'`.
fn matches_all(pattern: &Expr) -> Truth {
    let all = ["", ".*", "^", "$", "^.*$", "^.*", ".*$"];
    if text(pattern).is_some_and(|pattern| all.contains(&pattern.as_str())) { Truth::Always } else { Truth::Depends }
}

/// `EXISTS (SELECT 1)`.
fn exists(query: &Query) -> Truth {
    match query.body.as_ref() {
        SetExpr::Select(select) if select.from.is_empty() && select.selection.is_none() => Truth::Always,
        SetExpr::Values(_) => Truth::Always,
        _ => Truth::Depends,
    }
}

fn known(expr: &Expr) -> Option<Known> {
    known_at(expr, 40)
}

fn known_at(expr: &Expr, depth: usize) -> Option<Known> {
    let depth = depth.checked_sub(1)?;
    match expr {
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => known_at(inner, depth),
        Expr::Value(value) => literal(&value.value),
        Expr::UnaryOp { op, expr } => match (op, known_at(expr, depth)?) {
            (UnaryOperator::Minus, Known::Number(number)) => Some(Known::Number(-number)),
            (UnaryOperator::Plus, Known::Number(number)) => Some(Known::Number(number)),
            (UnaryOperator::Not | UnaryOperator::BangNot, Known::Bool(is)) => Some(Known::Bool(!is)),
            (UnaryOperator::Not | UnaryOperator::BangNot, Known::Number(number)) => Some(Known::Bool(number == 0.0)),
            _ => None,
        },
        Expr::BinaryOp { left, op, right } => {
            let (a, b) = (known_at(left, depth)?, known_at(right, depth)?);
            match (a, op, b) {
                (Known::Number(a), Op::Plus, Known::Number(b)) => Some(Known::Number(a + b)),
                (Known::Number(a), Op::Minus, Known::Number(b)) => Some(Known::Number(a - b)),
                (Known::Number(a), Op::Multiply, Known::Number(b)) => Some(Known::Number(a * b)),
                (Known::Text(a), Op::StringConcat, Known::Text(b)) => Some(Known::Text(a + &b)),
                (a, op, b) => holds(&a, op, &b).map(Known::Bool),
            }
        }
        Expr::Identifier(ident) if ident.quote_style.is_none() => match ident.value.to_ascii_lowercase().as_str() {
            "true" => Some(Known::Bool(true)),
            "false" => Some(Known::Bool(false)),
            _ => None,
        },
        _ => None,
    }
}

fn literal(value: &Value) -> Option<Known> {
    match value {
        Value::Number(number, _) => number.parse().ok().map(Known::Number),
        Value::SingleQuotedString(text)
        | Value::DoubleQuotedString(text)
        | Value::EscapedStringLiteral(text)
        | Value::NationalStringLiteral(text)
        | Value::TripleSingleQuotedString(text)
        | Value::TripleDoubleQuotedString(text)
        | Value::SingleQuotedRawStringLiteral(text)
        | Value::UnicodeStringLiteral(text) => Some(Known::Text(text.clone())),
        Value::DollarQuotedString(text) => Some(Known::Text(text.value.clone())),
        Value::HexStringLiteral(text) => {
            u32::from_str_radix(text, 16).ok().map(|number| Known::Number(f64::from(number)))
        }
        Value::Boolean(is) => Some(Known::Bool(*is)),
        Value::Null => Some(Known::Null),
        _ => None,
    }
}

/// Compares two known values; `None` where the operator does not compare, or one of them is null.
fn holds(a: &Known, op: &Op, b: &Known) -> Option<bool> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let order = match (a, b) {
        (Known::Text(a), Known::Text(b)) => a.cmp(b),
        (Known::Null, _) | (_, Known::Null) => return None,
        (a, b) => number(a)?.partial_cmp(&number(b)?)?,
    };
    match op {
        Op::Eq | Op::Spaceship => Some(order == Equal),
        Op::NotEq => Some(order != Equal),
        Op::Lt => Some(order == Less),
        Op::LtEq => Some(order != Greater),
        Op::Gt => Some(order == Greater),
        Op::GtEq => Some(order != Less),
        Op::And => Some(number(a)? != 0.0 && number(b)? != 0.0),
        Op::Or => Some(number(a)? != 0.0 || number(b)? != 0.0),
        _ => None,
    }
}

fn number(value: &Known) -> Option<f64> {
    match value {
        Known::Number(number) => Some(*number),
        Known::Bool(is) => Some(f64::from(u8::from(*is))),
        Known::Text(text) => text.trim().parse().ok(),
        Known::Null => None,
    }
}
