//! Consoles of web frameworks that run code against the application's database: `rails runner`, `manage.py shell`,
//! `artisan tinker`.
//!
//! A look by tokens, not a parser: calls that empty a table as a whole, and strings that hold SQL.

use super::dialect::Dialect;
use super::finding::Finding;
use super::lex::{Kind, Lexer, Token};
use super::place::Place;
use super::placeholder::Text;
use super::{Script, stdin};
use crate::effects::options::{Spec, Words};
use crate::effects::{Cx, Effect, EffectKind, Scope, Trait};
use crate::syntax::{Invocation, Roster, Span, Value, is_among, roster};

/// A console: programs, the words behind them, and the options that take code.
struct Console {
    programs: &'static [&'static str],
    /// The script that the program runs; empty where it is the console itself.
    script: &'static str,
    verbs: &'static [&'static str],
    code: &'static [&'static str],
    /// The first word behind the verb is code.
    word: bool,
}

const CONSOLES: &[Console] = &[
    Console { programs: &["rails"], script: "", verbs: &["runner", "r"], code: &[], word: true },
    Console { programs: &["rails"], script: "", verbs: &["console", "c"], code: &[], word: false },
    Console {
        programs: &["python", "python3", "py", "pypy3"],
        script: "manage.py",
        verbs: &["shell", "shell_plus"],
        code: &["-c", "--command"],
        word: false,
    },
    Console {
        programs: &["manage.py", "django-admin"],
        script: "",
        verbs: &["shell", "shell_plus"],
        code: &["-c", "--command"],
        word: false,
    },
    Console { programs: &["php"], script: "artisan", verbs: &["tinker"], code: &["--execute"], word: false },
    Console { programs: &["artisan"], script: "", verbs: &["tinker"], code: &["--execute"], word: false },
    Console { programs: &["flask"], script: "", verbs: &["shell"], code: &[], word: false },
];

/// Calls that reach every row of a model, written without blanks; `S` stands for a string.
const CALLS: &[(&str, EffectKind)] = &[
    (".delete_all", EffectKind::DbDeleteBulk),
    (".destroy_all", EffectKind::DbDeleteBulk),
    (".update_all(", EffectKind::DbUpdateBulk),
    (".objects.all().delete()", EffectKind::DbDeleteBulk),
    (".objects.delete()", EffectKind::DbDeleteBulk),
    (".objects.filter().delete()", EffectKind::DbDeleteBulk),
    (".objects.all().update(", EffectKind::DbUpdateBulk),
    (".objects.update(", EffectKind::DbUpdateBulk),
    (".query.delete()", EffectKind::DbDeleteBulk),
    (".drop_all(", EffectKind::DbDrop),
    (".drop_table", EffectKind::DbDrop),
    ("::truncate()", EffectKind::DbTruncate),
    ("->truncate()", EffectKind::DbTruncate),
    ("::query()->delete()", EffectKind::DbDeleteBulk),
    ("table(S)->delete()", EffectKind::DbDeleteBulk),
    ("Schema::drop", EffectKind::DbDrop),
    ("dropAllTables", EffectKind::DbDrop),
];

/// Calls that choose rows.
const LIMITS: &[&str] =
    &[".where(", ".where.", "->where", "::where", ".find(", ".filter(", ".limit(", ".exclude(", ".not("];

/// `python -c 'from app import db; db.drop_all()'`: the application's own code, outside its console.
fn outside(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let code = inv.args.iter().skip_while(|arg| !arg.value.is("-c")).nth(1);
    if let Some(arg) = code
        && arg.value.text().contains(".drop_all(")
        && !arg.value.text().contains("sqlite://")
    {
        look(&arg.value, arg.span, cx, out);
    }
}

/// Adds what code given to a console does.
pub(super) fn effects(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    static ROSTER: Roster = roster!(CONSOLES, programs);
    let Some(name) = inv.name() else { return };
    if name.starts_with("python") {
        outside(inv, cx, out);
    }
    if !ROSTER.may_know(name) {
        return;
    }
    for console in CONSOLES.iter().filter(|console| is_among(name, console.programs)) {
        if let Some(codes) = codes(console, inv, cx) {
            for (code, span) in codes {
                look(&code, span, cx, out);
            }
            return;
        }
    }
}

/// The code that a console gets; `None` where this is not that console.
fn codes(console: &Console, inv: &Invocation, cx: &Cx<'_>) -> Option<Vec<(Value, Span)>> {
    let mut args = inv.args.as_slice();
    if !console.script.is_empty() {
        let (script, rest) = args.split_first()?;
        let text = script.value.literal()?;
        args = (text.rsplit('/').next() == Some(console.script)).then_some(rest)?;
    }
    let at = args.iter().position(|arg| !arg.value.prefix().starts_with('-'))?;
    let verb = args.get(at)?.value.literal()?;
    if !console.verbs.contains(&verb) {
        return None;
    }
    let rest = args.get(at + 1..)?;
    let mut codes = Vec::new();
    for (at, arg) in rest.iter().enumerate() {
        let head = arg.value.prefix();
        if console.code.contains(&head) && arg.value.literal().is_some() {
            codes.extend(rest.get(at + 1).map(|next| (next.value.clone(), next.span)));
        } else if let Some(code) = console.code.iter().find_map(|option| head.strip_prefix(option)?.strip_prefix('=')) {
            codes.push((Value::lit(code), arg.span));
        }
    }
    if console.word {
        let words = Words::of(rest, &Spec::gnu(&["-e", "--environment"]));
        codes.extend(words.operands.first().map(|arg| (arg.value.clone(), arg.span)));
    }
    if codes.is_empty() {
        for script in stdin(inv, cx) {
            if let Script::Text(text) = script {
                codes.push((text, inv.span));
            }
        }
    }
    Some(codes)
}

fn look(code: &Value, span: Span, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let place = Place { scope: Scope::Remote("database".to_owned()), production: false, scratch: false };
    let text = Text::of(code);
    for line in text.text.split(['\n', ';']) {
        let tokens = Lexer::all(line, Dialect::Generic);
        let flat = flat(&tokens);
        let limited = LIMITS.iter().any(|limit| flat.contains(limit));
        for (call, kind) in CALLS {
            if flat.contains(call) && !limited {
                let model = flat.split(call).next().unwrap_or("");
                let model = model
                    .rsplit(|c: char| !c.is_alphanumeric() && c != '_')
                    .find(|part| !part.is_empty() && *part != "all");
                let finding = Finding::new(*kind, "table", model.unwrap_or("")).with(Trait::Bulk);
                super::add(vec![finding], &place, span, cx, out);
                break;
            }
        }
        for token in tokens.iter().filter(|token| matches!(token.kind, Kind::Str | Kind::Name)) {
            if super::read::holds_statement(token.text) {
                super::run(&text.value(token.text), span, Dialect::Generic, &place, cx, out);
            }
        }
    }
}

/// The tokens without blanks, strings as `S`; a comment of the language ends the line.
fn flat(tokens: &[Token<'_>]) -> String {
    let mut flat = String::new();
    for token in tokens.iter().take_while(|token| !token.op("#")) {
        match token.kind {
            Kind::Str | Kind::Name => flat.push('S'),
            _ => flat.push_str(token.text),
        }
    }
    flat
}
