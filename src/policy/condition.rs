//! `when:` conditions in CEL. Compiled only when the rest of a rule has matched; bounded in length and nesting.
//!
//! A condition that fails or lacks a value holds where it tightens and does not hold where it loosens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use cel::{Context as CelContext, ExecutionError, Program, Value};

use super::context::{Actor, Context, Date, Now, WEEKDAYS};

/// Variables that a condition may use.
const VARIABLES: &[&str] = &["actor", "user", "host", "cwd", "env", "environment", "git", "kube", "now"];
/// How deep brackets may nest.
const MAX_NESTING: usize = 16;
/// Bytes.
const MAX_LENGTH: usize = 1_000;
/// How many loops (`all`, `exists`, …) there may be: each can multiply the work of the others.
const MAX_LOOPS: usize = 2;
const LOOPS: &[&str] = &[".all(", ".exists(", ".exists_one(", ".map(", ".filter("];

/// What a condition is for: decides what it yields where it cannot be evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Something stricter follows from it.
    Tighten,
    /// Something milder follows from it.
    Loosen,
}

/// Conditions compiled so far.
#[derive(Debug, Default)]
pub struct Conditions {
    known: Mutex<HashMap<String, Option<Arc<Program>>>>,
}

impl Conditions {
    /// Evaluates a condition.
    #[must_use]
    pub fn holds(&self, text: &str, cx: &Context<'_>, purpose: Purpose) -> bool {
        let otherwise = purpose == Purpose::Tighten;
        let Some(program) = self.program(text) else { return otherwise };
        match evaluate(&program, text, cx) {
            Ok(Value::Bool(yes)) => yes,
            _ => otherwise,
        }
    }

    fn program(&self, text: &str) -> Option<Arc<Program>> {
        let Ok(mut known) = self.known.lock() else { return compile(text).ok().map(Arc::new) };
        if let Some(program) = known.get(text) {
            return program.clone();
        }
        let program = compile(text).ok().map(Arc::new);
        known.insert(text.to_owned(), program.clone());
        program
    }
}

/// Compiles a condition that is within the bounds.
fn compile(text: &str) -> Result<Program, String> {
    if text.len() > MAX_LENGTH {
        return Err(format!("it is longer than {MAX_LENGTH} bytes"));
    }
    let mut depth = 0_usize;
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err(format!("brackets nest deeper than {MAX_NESTING}"));
        }
    }
    let packed: String = text.split_whitespace().collect();
    if LOOPS.iter().map(|call| packed.matches(call).count()).sum::<usize>() > MAX_LOOPS {
        return Err(format!("it has more than {MAX_LOOPS} loops"));
    }
    if packed.matches(['?', '!']).count() + packed.matches("--").count() > 2 * MAX_NESTING {
        return Err("it has too many operators".to_owned());
    }
    Program::compile(text).map_err(|errors| {
        let first = errors.errors.first().map(|error| error.msg.clone()).unwrap_or_default();
        first.lines().next().unwrap_or("it is not an expression").to_owned()
    })
}

/// Checks a condition: compiles it and tries it on a context in which everything is known.
///
/// # Errors
/// What is wrong with it.
pub fn check(text: &str) -> Result<(), String> {
    let program = compile(text)?;
    let loops = LOOPS.iter().any(|call| text.contains(call));
    let references = program.references();
    let mut unknown: Vec<&str> = references.variables().into_iter().filter(|name| !VARIABLES.contains(name)).collect();
    unknown.sort_unstable();
    if let (Some(name), false) = (unknown.first(), loops) {
        return Err(format!("`{name}` is not known; there are {}", VARIABLES.join(", ")));
    }
    let actor = Actor { name: "claude".into(), ..Actor::default() };
    let now = Now { date: Date { year: 2026, month: 1, day: 1 }, hour: 12, weekday: 3 };
    let cx = Context {
        user: "user",
        host: "host",
        cwd: "/code",
        env: &|_| Some("value".to_owned()),
        environment: Some("production"),
        branch: Some("main"),
        kube: Some("context"),
        now: Some(now),
        ..Context::bare("", &actor)
    };
    match evaluate(&program, text, &cx) {
        Ok(Value::Bool(_)) => Ok(()),
        Ok(_) => Err("it does not yield true or false".to_owned()),
        // A variable that the text names in a way that is not seen.
        Err(ExecutionError::NoSuchKey(_)) if text.contains("env") => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

fn evaluate(program: &Program, text: &str, cx: &Context<'_>) -> Result<Value, ExecutionError> {
    let mut cel = CelContext::default();
    let one = |key: &str, value: Option<&str>| -> HashMap<String, Value> {
        value.map(|value| (key.to_owned(), Value::from(value))).into_iter().collect()
    };
    let mut actor = one("kind", Some(cx.actor.kind.as_str()));
    actor.extend(one("name", Some(&*cx.actor.name).filter(|name| !name.is_empty())));
    cel.add_variable_from_value("actor", actor);
    for (name, value) in [("user", cx.user), ("host", cx.host), ("cwd", cx.cwd)] {
        if !value.is_empty() {
            cel.add_variable_from_value(name, value);
        }
    }
    if let Some(environment) = cx.environment {
        cel.add_variable_from_value("environment", environment);
    }
    cel.add_variable_from_value("git", one("branch", cx.branch));
    cel.add_variable_from_value("kube", one("context", cx.kube));
    let mut now: HashMap<String, Value> = HashMap::new();
    if let Some(at) = cx.now {
        now.insert("hour".to_owned(), Value::Int(i64::from(at.hour)));
        now.extend(one("weekday", WEEKDAYS.get(usize::from(at.weekday)).copied()));
    }
    cel.add_variable_from_value("now", now);
    let env: HashMap<String, Value> =
        names_in(text).filter_map(|name| Some((name.to_owned(), Value::from((cx.env)(name)?)))).collect();
    cel.add_variable_from_value("env", env);
    program.execute(&cel)
}

/// Everything in a condition that could name an environment variable.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::decision::ActorKind;

    #[test]
    fn conditions_see_the_context() {
        let actor = Actor { kind: ActorKind::Agent, name: "claude".into() };
        let env = |name: &str| (name == "CI").then(|| "true".to_owned());
        let now = Now { date: Date { year: 2026, month: 11, day: 20 }, hour: 17, weekday: 4 };
        let cx = Context {
            user: "ann",
            host: "box",
            cwd: "/w",
            env: &env,
            environment: Some("production"),
            branch: Some("main"),
            kube: Some("prod-eu"),
            now: Some(now),
            ..Context::bare("", &actor)
        };
        let conditions = Conditions::default();
        let rows = [
            ("actor.kind == 'agent'", true),
            ("actor.kind == \"human\"", false),
            ("actor.name == 'claude' && user == 'ann' && host == 'box'", true),
            ("cwd.startsWith('/w')", true),
            ("environment == 'production'", true),
            ("environment in ['staging', 'test']", false),
            ("git.branch == 'main' || kube.context.contains('x')", true),
            ("kube.context.startsWith('prod-')", true),
            ("env.CI == 'true'", true),
            ("env['CI'] == 'true'", true),
            ("has(env.CI) && !has(env.NOPE)", true),
            ("'CI' in env", true),
            ("now.hour >= 16 && now.weekday == 'friday'", true),
            ("now.weekday in ['saturday', 'sunday']", false),
        ];
        for (text, expected) in rows {
            for purpose in [Purpose::Tighten, Purpose::Loosen] {
                assert_eq!(conditions.holds(text, &cx, purpose), expected, "{text}");
            }
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_evaluated_tightens() {
        let actor = Actor::default();
        let cx = Context::bare("", &actor);
        let conditions = Conditions::default();
        for text in [
            "environment == 'x'",
            "env.NOPE == 'x'",
            "kube.context == 'x'",
            "now.hour > 3",
            "cwd == ''",
            "1",
            "((",
            "x.y",
            "1/0 == 1",
        ] {
            assert!(conditions.holds(text, &cx, Purpose::Tighten), "{text}");
            assert!(!conditions.holds(text, &cx, Purpose::Loosen), "{text}");
        }
    }

    #[test]
    fn faulty_conditions_are_named() {
        let rows = [
            ("actr.kind == 'agent'", "`actr` is not known"),
            ("actor.kind", "true or false"),
            ("actor.kind ==", ""),
            ("frob(user)", "frob"),
            ("actor.kidn == 'agent'", "kidn"),
        ];
        for (text, part) in rows {
            let error = check(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn hostile_conditions_are_refused() {
        let deep = format!("{}1{}", "(".repeat(400), ")".repeat(400));
        let loops = "[1,2,3].all(a, [1,2,3].all(b, [1,2,3].all(c, true)))";
        let nots = "!".repeat(900) + "true";
        let minus = "-".repeat(900) + "1 == 1";
        let long = "a".repeat(5_000);
        let ternaries = "true?true:".repeat(90) + "true";
        for text in [
            deep.as_str(),
            loops,
            &nots,
            &minus,
            &long,
            &ternaries,
            "\u{0}",
            "'",
            "\"\\",
            "1 == 1 //",
            "é",
            "a.b.",
            "[",
            "{'a':",
            "0x",
            "1e999 == 1.0",
            "b'\\xff'",
        ] {
            let _ = check(text);
        }
        assert!(check(&deep).is_err() && check(loops).is_err() && check(&nots).is_err());
    }
}
