//! Expressions that something fills in before a shell reads the text: they become variables that nobody has set.

use super::{Finding, Text};
use crate::syntax::Span;

/// How a tool writes its expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Template {
    /// `${{ … }}`
    Dollars,
    /// `$[[ … ]]`
    Brackets,
    /// `<< … >>`
    Angles,
    /// `{{ … }}`
    Braces,
    /// `$(Name.Of.Variable)`, one word.
    Macro,
    /// `$$`, a dollar.
    Doubled,
}

/// Longest expression that is looked for.
const MOST: usize = 2_000;

/// Variables of a GitHub runner that are known by another name inside expressions.
const KNOWN: &[(&str, &str)] =
    &[("github.workspace", "GITHUB_WORKSPACE"), ("runner.temp", "RUNNER_TEMP"), ("github.token", "GITHUB_TOKEN")];

/// Values that anybody can set who opens an issue or a pull request, comments or pushes.
const FOREIGN: &[&str] = &[
    "github.head_ref",
    "github.event.issue.title",
    "github.event.issue.body",
    "github.event.pull_request.title",
    "github.event.pull_request.body",
    "github.event.pull_request.head.ref",
    "github.event.pull_request.head.label",
    "github.event.pull_request.head.repo.default_branch",
    "github.event.pull_request.head.repo.description",
    "github.event.pull_request.head.repo.homepage",
    "github.event.comment.body",
    "github.event.review.body",
    "github.event.review_comment.body",
    "github.event.discussion.title",
    "github.event.discussion.body",
    "github.event.discussion_comment.body",
    "github.event.head_commit.message",
    "github.event.head_commit.author.email",
    "github.event.head_commit.author.name",
    "github.event.workflow_run.head_branch",
    "github.event.workflow_run.head_commit.message",
    "github.event.workflow_run.display_title",
    "github.event.merge_group.head_commit.message",
];

/// The same where one of several is taken: `commits[0].message`.
const FOREIGN_OF_MANY: &[(&str, &str)] = &[
    ("github.event.commits.", ".message"),
    ("github.event.commits.", ".author.email"),
    ("github.event.commits.", ".author.name"),
    ("github.event.pages.", ".page_name"),
    ("github.event.pages.", ".title"),
];

/// An expression in a text.
struct Found<'a> {
    span: Span,
    inner: &'a str,
    quoted: bool,
}

/// Replaces expressions.
pub(super) fn filled(text: &Text, templates: &[Template]) -> Text {
    let edits: Vec<(Span, String)> = expressions(text.as_str(), templates)
        .into_iter()
        .map(|found| {
            let value = if found.inner == "$" { "$".to_owned() } else { format!("${{{}}}", variable(found.inner)) };
            // Between single quotes a variable would be plain text.
            let value = if found.quoted && value != "$" { format!("'\"{value}\"'") } else { value };
            (found.span, value)
        })
        .collect();
    text.edited(&edits)
}

/// Expressions whose value strangers choose: the shell reads what they wrote as code.
pub(super) fn injections(text: &Text) -> Vec<Finding> {
    let found = expressions(text.as_str(), &[Template::Dollars]);
    let foreign = found.iter().filter_map(|found| Some((found, foreign(found.inner)?)));
    foreign
        .map(|(found, name)| Finding {
            span: text.origin(found.span),
            rule: "ci.expression-injection",
            because: format!(
                "`{name}` is put into the script before the shell reads it, and whoever opens an issue or a pull \
                 request writes it: they can run commands here."
            ),
            instead: "Put the expression into `env:` and use the variable in quotes.",
        })
        .collect()
}

/// The foreign value that an expression yields; what is only compared or searched does not reach the text.
fn foreign(expression: &str) -> Option<String> {
    let mut plain = String::with_capacity(expression.len());
    for ch in expression.to_ascii_lowercase().chars() {
        match ch {
            '[' => plain.push('.'),
            ']' | '\'' | '"' => {}
            ch => plain.push(ch),
        }
    }
    let part_of_name = |ch: char| ch.is_ascii_alphanumeric() || matches!(ch, '.' | '_' | '-' | '*');
    let mut at = 0;
    for token in plain.split(|ch| !part_of_name(ch)) {
        let behind = plain.get(at + token.len()..).unwrap_or("").trim_start();
        let before = plain.get(..at).unwrap_or("");
        at +=
            token.len() + plain.get(at + token.len()..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let is_foreign = FOREIGN.contains(&token)
            || FOREIGN_OF_MANY.iter().any(|(front, end)| token.starts_with(front) && token.ends_with(end));
        let compared = behind.starts_with("==") || behind.starts_with("!=");
        if is_foreign && !compared && !searched(before) {
            return Some(token.to_owned());
        }
    }
    None
}

/// Says whether the innermost open call is one that yields only true or false.
fn searched(before: &str) -> bool {
    let mut open = Vec::new();
    for (at, ch) in before.char_indices() {
        match ch {
            '(' => open.push(at),
            ')' => drop(open.pop()),
            _ => {}
        }
    }
    let Some(at) = open.last() else { return false };
    let head = before.get(..*at).unwrap_or("").trim_end();
    ["contains", "startswith", "endswith"].iter().any(|name| head.ends_with(name))
}

/// A shell variable's name for an expression.
pub(super) fn variable(inner: &str) -> String {
    let inner = inner.trim();
    if let Some((_, name)) = KNOWN.iter().find(|(known, _)| *known == inner) {
        return (*name).to_owned();
    }
    let inner = inner.strip_prefix("env.").unwrap_or(inner).trim_start_matches('.');
    let mut name = String::new();
    for ch in inner.chars().take(60) {
        match ch {
            ch if ch.is_ascii_alphanumeric() => name.push(ch),
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_start_matches('_');
    if name.starts_with(|ch: char| ch.is_ascii_alphabetic()) { name.to_owned() } else { format!("x{name}") }
}

/// Every expression, in order.
fn expressions<'a>(text: &'a str, templates: &[Template]) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    let mut quotes = Quotes::default();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(ch) = rest.chars().next() else { break };
        let hit = matches!(ch, '$' | '<' | '{')
            .then(|| templates.iter().find_map(|template| template.at(text, at)))
            .flatten();
        if let Some((end, inner)) = hit {
            found.push(Found { span: Span::new(at, end), inner, quoted: quotes.single() });
            quotes.word = true;
            at = end;
        } else {
            quotes.step(ch);
            at += ch.len_utf8();
        }
    }
    found
}

impl Template {
    /// The end and the inner text of an expression that starts here.
    fn at(self, text: &str, at: usize) -> Option<(usize, &str)> {
        let rest = text.get(at..)?;
        let (open, close) = match self {
            Self::Dollars => ("${{", "}}"),
            Self::Brackets => ("$[[", "]]"),
            Self::Angles => ("<<", ">>"),
            Self::Braces => ("{{", "}}"),
            Self::Macro => ("$(", ")"),
            Self::Doubled => return rest.starts_with("$$").then_some((at + 2, "$")),
        };
        let body = rest.strip_prefix(open)?;
        let most = (0..=MOST.min(body.len())).rev().find(|&end| body.is_char_boundary(end))?;
        let end = body.get(..most)?.find(close)?;
        let inner = body.get(..end)?;
        let word = |inner: &str| {
            !inner.is_empty() && inner.chars().all(|ch| ch.is_ascii_alphanumeric() || matches!(ch, '.' | '_' | '-'))
        };
        let fits = match self {
            // `<< parameters.x >>` and no here-document.
            Self::Angles => !inner.contains('\n') && word(inner.trim().trim_start_matches(['#', '^', '/'])),
            // `{{{{` is how just writes two braces.
            Self::Braces => !inner.contains('\n') && !inner.starts_with('{'),
            Self::Macro => {
                word(inner) && (inner.contains('.') || inner.starts_with(|ch: char| ch.is_ascii_uppercase()))
            }
            _ => true,
        };
        fits.then_some((at + open.len() + end + close.len(), inner))
    }
}

/// Keeps track of quotes and comments, as far as one can without reading the whole grammar.
#[derive(Default)]
pub(super) struct Quotes {
    open: Option<char>,
    comment: bool,
    escaped: bool,
    word: bool,
}

impl Quotes {
    /// Says whether it is between single quotes.
    pub(super) fn single(&self) -> bool {
        self.open == Some('\'')
    }

    pub(super) fn step(&mut self, ch: char) {
        let escaped = std::mem::take(&mut self.escaped);
        match ch {
            '\n' => self.comment = false,
            _ if self.comment => {}
            ch if self.open == Some(ch) && (ch == '\'' || !escaped) => self.open = None,
            '\'' | '"' if self.open.is_none() && !escaped => self.open = Some(ch),
            '\\' if !self.single() => self.escaped = !escaped,
            '#' if self.open.is_none() && !self.word => self.comment = true,
            _ => {}
        }
        self.word = !ch.is_whitespace();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &str, templates: &[Template]) -> String {
        filled(&Text::of(text, Span::new(0, text.len())), templates).as_str().to_owned()
    }

    #[test]
    fn expressions_become_variables() {
        let table = [
            ("echo ${{ github.sha }} x", Template::Dollars, "echo ${github_sha} x"),
            ("echo '${{ env.DIR }}'", Template::Dollars, "echo ''\"${DIR}\"''"),
            ("# don't\nrm ${{a}}", Template::Dollars, "# don't\nrm ${a}"),
            ("cat <<EOF\n>> x\nEOF", Template::Angles, "cat <<EOF\n>> x\nEOF"),
            ("run << parameters.to >>", Template::Angles, "run ${parameters_to}"),
            ("go {{.NAME}} {{\"x\"}}", Template::Braces, "go ${NAME} ${x_}"),
            ("cd $(Build.SourcesDirectory) $(date)", Template::Macro, "cd ${Build_SourcesDirectory} $(date)"),
            ("echo $$HOME", Template::Doubled, "echo $HOME"),
            ("${{ open", Template::Dollars, "${{ open"),
        ];
        for (text, template, want) in table {
            assert_eq!(fill(text, &[template]), want);
        }
    }

    #[test]
    fn foreign_values_are_found() {
        let table = [
            ("github.event.issue.title", true),
            ("github.event.pull_request['head'].ref", true),
            ("github.event.commits[0].message", true),
            ("toJSON(github.event.comment.body)", true),
            ("github.head_ref || github.ref_name", true),
            ("github.event.issue.number", false),
            ("contains(github.event.head_commit.message, 'ci')", false),
            ("github.head_ref == 'main' && 1 || 2", false),
            ("github.sha", false),
        ];
        for (expression, want) in table {
            assert_eq!(foreign(expression).is_some(), want, "{expression}");
        }
    }
}
