//! The masking rules: each hides its own `match` examples, none touches a `pass` example or recorded harmless output.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use wardsh::mask::{Known, Rules, Selection, Tagger, builtin, mask_text};

const DIGITS: &str = "0123456789";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";

/// Made-up characters, the same in every run.
struct Filler(u64);

impl Filler {
    fn number(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    fn from(&mut self, sets: &[&str], length: usize) -> String {
        let set: Vec<char> = sets.concat().chars().collect();
        (0..length).map(|_| set[self.number(set.len())]).collect()
    }

    /// What stands for one template; `None` where it is none.
    fn part(&mut self, kind: &str, rest: &str) -> Option<String> {
        let length = || rest.parse().ok();
        Some(match kind {
            "hide" => rest.to_owned(),
            "alnum" => self.from(&[UPPER, LOWER, DIGITS], length()?),
            "upper" => self.from(&[UPPER, DIGITS], length()?),
            "lower" => self.from(&[LOWER], length()?),
            "digits" => self.from(&[DIGITS], length()?),
            "hex" => self.from(&[DIGITS, "abcdef"], length()?),
            "base64" => self.from(&[UPPER, LOWER, DIGITS, "+/"], length()?),
            "base64url" => self.from(&[UPPER, LOWER, DIGITS, "-_"], length()?),
            "word" => self.from(&[UPPER, LOWER, DIGITS, "_"], length()?),
            "github" => rest.to_owned() + &self.from(&[UPPER, LOWER, DIGITS], 36),
            "jwt" => {
                let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
                let head = part("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
                format!("{head}.{}.{}", part("{\"sub\":\"1234567890\"}"), self.from(&[UPPER, LOWER, DIGITS], 43))
            }
            "card" => {
                let (head, length) = rest.split_once(':')?;
                let length: usize = length.parse().ok()?;
                let number = head.to_owned() + &self.from(&[DIGITS], length - head.len() - 1);
                (0..10).map(|digit| format!("{number}{digit}")).find(|number| luhn(number))?
            }
            "iban" => {
                let body = match rest {
                    "DE" => self.from(&[DIGITS], 18),
                    "FR" => self.from(&[DIGITS], 23),
                    _ => self.from(&[UPPER], 4) + &self.from(&[DIGITS], 14),
                };
                (2..99).map(|check| format!("{rest}{check:02}{body}")).find(|number| mod97(number))?
            }
            _ => return None,
        })
    }

    /// A template's text, and what of it is secret.
    fn fill(&mut self, template: &str) -> (String, Vec<String>) {
        let (mut text, mut hidden, mut rest) = (String::new(), Vec::new(), template);
        while let Some((before, behind)) = rest.split_once('{') {
            text += before;
            let inner = behind.split('}').next().unwrap_or_default();
            let (kind, of) = inner.split_once(':').unwrap_or((inner, ""));
            match self.part(kind, of) {
                Some(part) => {
                    text += &part;
                    hidden.push(part);
                    rest = &behind[inner.len() + 1..];
                }
                None if inner == "nl" => {
                    text.push('\n');
                    rest = &behind[3..];
                }
                None => {
                    text.push('{');
                    rest = behind;
                }
            }
        }
        (text + rest, hidden)
    }
}

fn luhn(number: &str) -> bool {
    let digit = |(place, byte): (usize, u8)| {
        let value = u32::from(byte - b'0') * if place % 2 == 1 { 2 } else { 1 };
        if value > 9 { value - 9 } else { value }
    };
    number.bytes().rev().enumerate().map(digit).sum::<u32>() % 10 == 0
}

fn mod97(number: &str) -> bool {
    let rest = number[4..].bytes().chain(number[..4].bytes()).fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    rest == 1
}

struct Setup {
    tagger: Arc<Tagger>,
    known: Arc<Mutex<Known>>,
}

impl Setup {
    fn new() -> Self {
        Self { tagger: Arc::new(Tagger::new([1; 32], [2; 32])), known: Arc::new(Mutex::new(Known::new())) }
    }

    fn mask(&self, rules: &Arc<Rules>, text: &str) -> String {
        mask_text(rules, &self.known, &self.tagger, text)
    }
}

/// Everything is on, also what is off by default.
fn everything() -> Selection {
    let off = builtin::rules().into_iter().filter(|rule| !rule.default).map(|rule| rule.label);
    Selection { on: off.collect(), ..Selection::default() }
}

#[test]
fn every_rule_hides_its_examples() {
    let (setup, selection) = (Setup::new(), everything());
    let all = Arc::new(Rules::builtin(&selection));
    let rules = builtin::rules();
    let mut filler = Filler(0x9e37_79b9_7f4a_7c15);
    let mut faults = Vec::new();
    for examples in builtin::examples() {
        let rule = rules.iter().find(|rule| rule.id == examples.id).unwrap();
        let alone = Arc::new(Rules::new(vec![rule.clone()], &selection));
        for template in &examples.hits {
            for _ in 0..5 {
                let (text, hidden) = filler.fill(template);
                assert!(!hidden.is_empty(), "{}: `{template}` hides nothing", rule.id);
                let (one, full) = (setup.mask(&alone, &text), setup.mask(&all, &text));
                let shown = |masked: &str| hidden.iter().any(|part| part.len() > 3 && masked.contains(part.as_str()));
                if shown(&one) || shown(&full) || !one.contains(&format!("[masked:{}:", rule.label)) {
                    faults.push(format!("{}: `{text}` becomes `{one}`, with all rules `{full}`", rule.id));
                }
                if setup.mask(&all, &full) != full {
                    faults.push(format!("{}: masking `{full}` again changes it", rule.id));
                }
            }
        }
        for template in &examples.pass {
            let (text, _) = filler.fill(template);
            let masked = setup.mask(&all, &text);
            if masked != text {
                faults.push(format!("{}: `{text}` becomes `{masked}`", rule.id));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn recorded_output_without_secrets_passes_unchanged() {
    let setup = Setup::new();
    let rules = Arc::new(Rules::builtin(&Selection::default()));
    let mut lines = 0;
    for entry in fs::read_dir("tests/mask/harmless").unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let masked = setup.mask(&rules, &text);
        for (line, out) in text.lines().zip(masked.lines()) {
            assert_eq!(line, out, "{}", path.display());
        }
        assert_eq!(text, masked, "{}", path.display());
        lines += text.lines().count();
    }
    assert!(lines > 400, "the samples were not found");
}

#[test]
fn known_values_are_masked_in_all_their_forms() {
    let setup = Setup::new();
    let secret = ["q7Zt'", "W2x\"", "9vL$", "B4n/", "c8Hd"].concat();
    for value in wardsh::mask::known::environment("DEPLOY_TOKEN", secret.as_bytes(), 8) {
        let literals = value.literals();
        let forms = literals.iter().map(|literal| (literal.bytes.bytes(), literal.whole_word));
        setup.known.lock().unwrap().add(value.label, value.secret.bytes(), forms);
    }
    let rules = Arc::new(Rules::none());
    let json = serde_json::to_string(&secret).unwrap();
    let coded = |before: &str| base64::engine::general_purpose::STANDARD.encode(format!("{before}{secret}:behind"));
    for text in [secret.clone(), json, coded(""), coded("x"), coded("xy"), shell_words::quote(&secret).into_owned()] {
        let masked = setup.mask(&rules, &text);
        assert!(masked.contains("[masked:env:"), "{text} becomes {masked}");
    }
}
