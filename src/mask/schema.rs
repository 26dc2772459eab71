//! Masking rules: YAML text → checked rules. `rules/secrets/README.md` describes the form.
//!
//! Also compiled into the build script, which is how a fault in a file fails the build.

#![forbid(unsafe_code)]

use regex::bytes::RegexBuilder;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::class::Class;
use super::rule::{Boundary, Check, Form, Prefix, SecretExamples, SecretRule, Trigger, ValueSpec};

/// Longest body.
pub const MAX_BODY: u16 = 4096;
/// Longest shape, in bytes of its text.
const MAX_SHAPE: usize = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackDoc {
    family: String,
    secrets: Vec<Spanned<RuleDoc>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleDoc {
    id: String,
    label: String,
    #[serde(default)]
    prefix: Vec<String>,
    #[serde(default)]
    keys: Vec<String>,
    #[serde(default)]
    url: bool,
    #[serde(default)]
    begin: Vec<String>,
    #[serde(default)]
    end: Vec<String>,
    form: Option<String>,
    body: Option<String>,
    length: Option<LengthDoc>,
    shape: Option<String>,
    check: Option<String>,
    #[serde(default)]
    entropy: f32,
    #[serde(default)]
    mixed: bool,
    #[serde(default)]
    machine: bool,
    boundary: Option<String>,
    #[serde(default)]
    ignore_case: bool,
    #[serde(default)]
    keep: bool,
    gap: Option<String>,
    before: Option<String>,
    before_length: Option<LengthDoc>,
    #[serde(default)]
    line: Vec<String>,
    #[serde(default)]
    above: u8,
    front: Option<String>,
    lines: Option<LengthDoc>,
    #[serde(default)]
    unless: Vec<String>,
    #[serde(default = "yes")]
    default: bool,
    #[serde(default)]
    personal: bool,
    examples: ExamplesDoc,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum LengthDoc {
    Exactly(u16),
    Between([u16; 2]),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExamplesDoc {
    #[serde(rename = "match")]
    hits: Vec<String>,
    pass: Vec<String>,
}

fn yes() -> bool {
    true
}

impl LengthDoc {
    fn bounds(self) -> (u16, u16) {
        match self {
            Self::Exactly(n) => (n, n),
            Self::Between([min, max]) => (min, max),
        }
    }
}

/// Reads one file.
///
/// # Errors
/// Everything that is wrong with it, one line each, with its place.
pub fn read(file: &str, text: &str) -> Result<Vec<(SecretRule, SecretExamples)>, Vec<String>> {
    let pack: PackDoc = serde_saphyr::from_str(text).map_err(|error| vec![format!("{file}: {error}")])?;
    let stem = file.rsplit('/').next().unwrap_or_default().trim_end_matches(".yaml");
    let personal = file.contains("personal/");
    let mut faults = Vec::new();
    if pack.family != stem {
        faults.push(format!("{file}: the family is `{}`, the file's stem `{stem}`", pack.family));
    }
    let mut rules = Vec::new();
    for doc in pack.secrets {
        let (line, doc) = (doc.referenced.line(), doc.value);
        let id = doc.id.clone();
        let examples = SecretExamples {
            id: id.clone(),
            file: file.to_owned(),
            hits: doc.examples.hits.clone(),
            pass: doc.examples.pass.clone(),
        };
        if !id.starts_with(&format!("{}.", pack.family)) {
            faults.push(format!("{file}:{line}: `{id}` does not start with its family"));
        }
        match rule(doc, personal) {
            Ok(rule) => rules.push((rule, examples)),
            Err(fault) => faults.push(format!("{file}:{line}: `{id}`: {fault}")),
        }
    }
    if faults.is_empty() { Ok(rules) } else { Err(faults) }
}

/// Reads all files and stores them: rules, then examples.
///
/// # Errors
/// As [`read`], and ids that are used twice.
pub fn compile(files: &[(String, String)]) -> Result<(Vec<u8>, Vec<u8>), Vec<String>> {
    let (mut rules, mut examples, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for (file, text) in files {
        match read(file, text) {
            Ok(pairs) => pairs.into_iter().for_each(|(rule, example): (SecretRule, SecretExamples)| {
                if rules.iter().any(|known: &SecretRule| known.id == rule.id) {
                    faults.push(format!("{file}: the id `{}` is used twice", rule.id));
                }
                rules.push(rule);
                examples.push(example);
            }),
            Err(mut more) => faults.append(&mut more),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let store = |error: postcard::Error| vec![error.to_string()];
    Ok((postcard::to_stdvec(&rules).map_err(store)?, postcard::to_stdvec(&examples).map_err(store)?))
}

fn rule(doc: RuleDoc, personal: bool) -> Result<SecretRule, String> {
    let label_fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if doc.label.is_empty() || !doc.label.chars().all(label_fits) || doc.label.len() > 40 {
        return Err("the label is not small letters, digits and `-`".to_owned());
    }
    if doc.examples.hits.is_empty() || doc.examples.pass.is_empty() {
        return Err("it needs a `match` and a `pass` example".to_owned());
    }
    let value = value(&doc)?;
    let trigger = trigger(&doc)?;
    if matches!(&trigger, Trigger::Prefix(prefix) if prefix.lines.is_none()) && value.body.is_none() {
        return Err("a prefix needs a body".to_owned());
    }
    Ok(SecretRule {
        id: doc.id,
        label: doc.label,
        trigger,
        value,
        default: doc.default,
        personal: doc.personal || personal,
    })
}

fn trigger(doc: &RuleDoc) -> Result<Trigger, String> {
    let given = [!doc.prefix.is_empty(), !doc.keys.is_empty(), doc.url, !doc.begin.is_empty(), doc.form.is_some()];
    if given.iter().filter(|given| **given).count() != 1 {
        return Err("it needs exactly one of `prefix`, `keys`, `url`, `begin`, `form`".to_owned());
    }
    if !doc.prefix.is_empty() {
        let digits = |text: &&String| text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if let Some(text) = doc.prefix.iter().find(digits) {
            return Err(format!("the prefix `{text}` is made of hex digits: digests begin with it, too"));
        }
        return prefix(doc).map(Trigger::Prefix);
    }
    let literal = |text: &String, least: usize| {
        let fits = text.len() >= least && text.len() <= 80;
        if fits { Ok(()) } else { Err(format!("`{text}` is not a literal of {least} to 80 ASCII characters")) }
    };
    if !doc.keys.is_empty() {
        let mut keys = Vec::new();
        for key in &doc.keys {
            literal(key, 3)?;
            if !key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || !b.is_ascii()) {
                return Err(format!("the key `{key}` is not small letters, digits and `_`"));
            }
            keys.extend(["_", "-", ".", ""].map(|between| key.replace('_', between)));
            // `API key: …`, of names of two words.
            let spoken = key.split_once('_').filter(|(one, two)| one.len() > 2 && two.len() > 2 && !two.contains('_'));
            keys.extend(spoken.map(|(one, two)| format!("{one} {two}")));
        }
        keys.sort();
        keys.dedup();
        return Ok(Trigger::Keys(keys));
    }
    if !doc.begin.is_empty() {
        if doc.end.is_empty() {
            return Err("a block needs an `end`".to_owned());
        }
        doc.begin.iter().chain(&doc.end).try_for_each(|text| literal(text, 8))?;
        return Ok(Trigger::Block { begin: doc.begin.clone(), end: doc.end.clone() });
    }
    match doc.form.as_deref() {
        None => Ok(Trigger::Url),
        Some("card") => Ok(Trigger::Form(Form::Card)),
        Some("iban") => Ok(Trigger::Form(Form::Iban)),
        Some("ssn") => Ok(Trigger::Form(Form::Ssn)),
        Some("phone") => Ok(Trigger::Form(Form::Phone)),
        Some(other) => Err(format!("unknown form `{other}`")),
    }
}

fn prefix(doc: &RuleDoc) -> Result<Prefix, String> {
    let before = match (&doc.before, doc.before_length) {
        (None, None) => None,
        (Some(class), Some(length)) => {
            let (min, max) = length.bounds();
            if max == 0 || min > max || max > 128 {
                return Err("`before_length` is not within 0 to 128".to_owned());
            }
            Some((set("before", class)?, min, max))
        }
        _ => return Err("`before` and `before_length` go together".to_owned()),
    };
    let gap = doc.gap.as_ref().map(|gap| set("gap", gap)).transpose()?;
    if gap.is_some() && !doc.keep {
        return Err("a gap is for prefixes that are kept".to_owned());
    }
    let least = match (&before, &doc.shape) {
        (Some(_), _) => 1,
        (None, Some(_)) => 2,
        (None, None) => 3,
    };
    for literal in &doc.prefix {
        let printable = literal.bytes().all(|b| b.is_ascii_graphic() || matches!(b, b' ' | b'\t'));
        if literal.len() < least || literal.len() > 80 || !printable {
            return Err(format!("the prefix `{literal}` is not {least} to 80 printable ASCII characters"));
        }
        if doc.keep && doc.ignore_case && *literal != literal.to_ascii_lowercase() {
            return Err(format!("write the prefix `{literal}` in small letters"));
        }
    }
    let boundary = match doc.boundary.as_deref() {
        None | Some("word") => Boundary::Word,
        Some("left") => Boundary::Left,
        Some("none") => Boundary::None,
        Some(other) => return Err(format!("unknown boundary `{other}`; word, left or none")),
    };
    if doc.line.iter().any(|word| word.is_empty() || *word != word.to_ascii_lowercase())
        || !doc.line.is_empty() && !doc.keep
    {
        return Err("`line` is small letters, for prefixes that are kept".to_owned());
    }
    if doc.unless.iter().any(|word| word.is_empty() || *word != word.to_ascii_lowercase()) {
        return Err("`unless` is small letters".to_owned());
    }
    if doc.above > 0 && doc.line.is_empty() {
        return Err("`above` goes with `line`".to_owned());
    }
    let lines = doc.lines.map(LengthDoc::bounds);
    if lines.is_some_and(|(min, max)| min == 0 || min > max || max > 64) {
        return Err("`lines` is not within 1 to 64".to_owned());
    }
    if lines.is_some() && (!doc.keep || doc.shape.is_none() || before.is_some() || gap.is_some()) {
        return Err("`lines` is for prefixes that are kept, with a `shape`, without `before` and `gap`".to_owned());
    }
    Ok(Prefix {
        literals: doc.prefix.clone(),
        ignore_case: doc.ignore_case,
        keep: doc.keep,
        gap,
        before,
        boundary,
        line: doc.line.clone(),
        front: doc.front.as_ref().map(|front| set("front", front)).transpose()?,
        above: doc.above,
        lines,
        unless: doc.unless.clone(),
    })
}

fn value(doc: &RuleDoc) -> Result<ValueSpec, String> {
    let body = doc.body.as_ref().map(|body| set("body", body)).transpose()?;
    let (min, max) = doc.length.map_or((1, MAX_BODY), LengthDoc::bounds);
    if min == 0 || min > max || max > MAX_BODY {
        return Err(format!("`length` is not within 1 to {MAX_BODY}"));
    }
    if !doc.prefix.is_empty() && doc.length.is_none() {
        return Err("a prefix needs a `length`".to_owned());
    }
    if let Some(shape) = &doc.shape {
        lint(shape)?;
    }
    let check = match doc.check.as_deref() {
        None => None,
        Some("github") => Some(Check::Github),
        Some("luhn") => Some(Check::Luhn),
        Some("mod97") => Some(Check::Mod97),
        Some("jwt") => Some(Check::Jwt),
        Some(other) => return Err(format!("unknown check `{other}`; github, luhn, mod97 or jwt")),
    };
    if !(0.0..=8.0).contains(&doc.entropy) {
        return Err("`entropy` is not within 0 to 8".to_owned());
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be within 0 to 8")]
    let entropy = (doc.entropy * 100.0) as u16;
    let (mixed, machine) = (doc.mixed, doc.machine);
    Ok(ValueSpec { body, min, max, shape: doc.shape.clone(), check, entropy, mixed, machine })
}

fn set(key: &str, text: &str) -> Result<Class, String> {
    Class::parse(text).ok_or_else(|| format!("`{key}` is not a set of bytes: `{text}`"))
}

/// Refuses what a shape must not hold.
fn lint(shape: &str) -> Result<(), String> {
    if shape.len() > MAX_SHAPE {
        return Err(format!("the shape is longer than {MAX_SHAPE} bytes"));
    }
    if shape.contains("\\p") || shape.contains("\\P") || !shape.is_ascii() {
        return Err("the shape has a Unicode class".to_owned());
    }
    if shape.contains("(?") && shape.replace("(?:", "").replace("(?P<secret>", "").contains("(?") {
        return Err("the shape has a group or flag other than `(?:` and `(?P<secret>`".to_owned());
    }
    let (mut in_set, mut escaped, mut previous) = (false, false, ' ');
    for (at, c) in shape.char_indices() {
        let unbounded =
            matches!(c, '*' | '+') || (c == '{' && shape[at..].split('}').next().is_some_and(|r| r.ends_with(',')));
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ']' if in_set => in_set = false,
            '[' if !in_set => in_set = true,
            _ if unbounded && !in_set && previous != '\\' => {
                return Err(format!("the shape repeats without a bound at byte {at}"));
            }
            _ => {}
        }
        previous = c;
    }
    let compiled = RegexBuilder::new(&anchored(shape)).unicode(false).size_limit(1 << 20).build();
    compiled.map(drop).map_err(|error| format!("the shape does not compile: {error}"))
}

/// A shape as the text of the regex that is run.
#[must_use]
pub fn anchored(shape: &str) -> String {
    format!("^(?:{shape})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(rest: &str) -> String {
        let text = format!(
            "family: x\nsecrets:\n  - id: x.y\n    label: x\n{rest}\n    examples: {{ match: [a], pass: [b] }}\n"
        );
        read("rules/secrets/x.yaml", &text).err().map(|faults| faults.join("\n")).unwrap_or_default()
    }

    #[test]
    fn faults_have_a_place_and_a_reason() {
        assert_eq!(fault("    prefix: [abc_]\n    body: alnum\n    length: 8"), "");
        for (rest, part) in [
            ("    prefix: [abc_]\n    keys: [abc]\n    body: alnum\n    length: 8", "exactly one"),
            ("    prefix: [xy]\n    body: alnum\n    length: 8", "3 to 80"),
            ("    prefix: [abc_]\n    length: 8", "needs a body"),
            ("    prefix: ['4b1d']\n    body: alnum\n    length: 8", "made of hex digits"),
            ("    prefix: [abc_]\n    body: alnum", "needs a `length`"),
            ("    prefix: [abc_]\n    body: alnum\n    length: [8, 9000]", "within 1 to"),
            ("    prefix: [abc_]\n    body: alnum\n    length: 8\n    shape: 'a+'", "without a bound"),
            ("    prefix: [abc_]\n    body: alnum\n    length: 8\n    shape: 'a{2,}'", "without a bound"),
            ("    prefix: [abc_]\n    body: alnum\n    length: 8\n    shape: '\\pL'", "Unicode"),
            ("    prefix: [abc_]\n    body: alnum\n    length: 8\n    shape: '(?i)a'", "group or flag"),
            ("    prefix: [abc_]\n    body: 'a-z'\n    length: 8", "not a set"),
            ("    begin: [\"-----BEGIN X-----\"]", "needs an `end`"),
            ("    form: dna", "unknown form"),
            ("    prefx: [abc_]", "prefx"),
        ] {
            let fault = fault(rest);
            assert!(fault.contains(part), "{rest}: {fault}");
            assert!(fault.contains("rules/secrets/x.yaml:"), "{fault}");
        }
    }
}
