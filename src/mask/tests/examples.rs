//! The rules' own examples, each rule alone and all together, and output in which nothing is to be masked.

use std::collections::HashMap;

use base64::Engine as _;

use super::*;

struct Filler(u64);

impl Filler {
    fn of(&mut self, alphabet: &str, length: usize) -> String {
        let mut one = || {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(alphabet.as_bytes()[usize::try_from(self.0 >> 33).unwrap() % alphabet.len()])
        };
        (0..length).map(|_| one()).collect()
    }

    /// Fills a template: the text, and what is secret in it.
    fn fill(&mut self, template: &str) -> (String, Vec<String>) {
        let (mut text, mut hidden, mut rest) = (String::new(), Vec::new(), template);
        while let Some(at) = rest.find('{') {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            let Some(end) = rest.find('}') else { break };
            let (name, value) = rest[1..end].split_once(':').unwrap_or((&rest[1..end], ""));
            match self.secret(name, value) {
                Some(secret) => {
                    text.push_str(&secret);
                    hidden.extend((name != "nl").then_some(secret));
                }
                None => text.push_str(&rest[..=end]),
            }
            rest = &rest[end + 1..];
        }
        text.push_str(rest);
        (text, hidden)
    }

    fn secret(&mut self, name: &str, value: &str) -> Option<String> {
        let (upper, lower) = ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz");
        let alnum = format!("{upper}{lower}0123456789");
        let base64 = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        Some(match name {
            "nl" => "\n".to_owned(),
            "hide" => value.to_owned(),
            "jwt" => {
                let signature = self.of(&alnum, 43);
                format!("{}.{}.{signature}", base64(r#"{"alg":"HS256","typ":"JWT"}"#), base64(r#"{"sub":"12345"}"#))
            }
            "github" => {
                let body = self.of(&alnum, 30);
                let sum = verify::base62(verify::crc32(body.as_bytes()));
                format!("{value}{body}{}", String::from_utf8_lossy(&sum))
            }
            "card" => {
                let (head, length) = value.split_once(':')?;
                let length: usize = length.parse().ok()?;
                let body = format!("{head}{}", self.of("0123456789", length - head.len() - 1));
                let fits = |last: &u8| verify::luhn(format!("{body}{last}").as_bytes());
                format!("{body}{}", (0..10).find(fits)?)
            }
            "iban" => match value {
                "DE" => "DE89370400440532013000".to_owned(),
                "FR" => "FR1420041010050500013M02606".to_owned(),
                "GB" => "GB29NWBK60161331926819".to_owned(),
                _ => return None,
            },
            _ => {
                let alphabet = match name {
                    "alnum" => alnum,
                    "upper" => format!("{upper}0123456789"),
                    "lower" => lower.to_owned(),
                    "digits" => "0123456789".to_owned(),
                    "hex" => "0123456789abcdef".to_owned(),
                    "base64" => format!("{alnum}+/"),
                    "base64url" => format!("{alnum}-_"),
                    "word" => format!("{alnum}_"),
                    _ => return None,
                };
                // Real ones of any length hold a digit and a letter.
                let length = value.parse().ok()?;
                let both =
                    |text: &str| text.contains(|c: char| c.is_ascii_digit()) && text.contains(char::is_alphabetic);
                let mut text = self.of(&alphabet, length);
                while length >= 8 && name != "digits" && name != "lower" && !both(&text) {
                    text = self.of(&alphabet, length);
                }
                text
            }
        })
    }
}

#[test]
fn every_example_holds() {
    let (rules, examples) = (builtin::rules(), builtin::examples());
    assert!(rules.len() > 100 && rules.len() == examples.len(), "{} rules", rules.len());
    let on = Selection { on: rules.iter().map(|rule| rule.label.clone()).collect(), ..Selection::default() };
    let labels: HashMap<&str, &str> = rules.iter().map(|rule| (rule.id.as_str(), rule.label.as_str())).collect();
    let kit = |rules: Vec<rule::SecretRule>| Kit { rules: Arc::new(Rules::new(rules, &on)), ..Kit::new(&[]) };
    let all = kit(rules.clone());
    let mut filler = Filler(11);
    let mut faults = Vec::new();
    for example in &examples {
        let alone = kit(rules.iter().filter(|rule| rule.id == example.id).cloned().collect());
        for template in example.hits.iter().flat_map(|template| std::iter::repeat_n(template, 5)) {
            let (text, hidden) = filler.fill(template);
            assert!(!hidden.is_empty(), "{}: `{template}` hides nothing", example.id);
            let (one, full) = (alone.mask(&text), all.mask(&text));
            let shown = hidden.iter().any(|secret| secret.len() > 3 && (one.contains(secret) || full.contains(secret)));
            if shown || !one.contains(&format!("[masked:{}:", labels[example.id.as_str()])) {
                faults.push(format!("{} does not mask {text}: {one}; all rules: {full}", example.id));
            }
            if all.mask(&full) != full {
                faults.push(format!("{}: masking twice differs: {full}", example.id));
            }
        }
        for template in &example.pass {
            let (text, _) = filler.fill(template);
            let full = all.mask(&text);
            if full != text {
                faults.push(format!("{} masks {text}: {full}", example.id));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn harmless_output_passes_unchanged() {
    let kit = Kit::builtin();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mask/harmless");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let masked = kit.mask(&text);
        let changed: Vec<_> = text.lines().zip(masked.lines()).filter(|(was, is)| was != is).collect();
        assert!(masked == text, "{}: {changed:#?}", path.display());
        files += 1;
    }
    assert!(files >= 5);
}
