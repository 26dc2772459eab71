//! Tests of the streaming masker.

mod examples;
mod lines;
mod live;
mod naive;
mod named;
mod shapes;
mod streaming;

use std::sync::{Arc, Mutex};

use super::*;

/// A rule of every sort, so that these tests do not depend on the built-in ones.
const RULES: &str = r#"
family: test
secrets:
  - { id: test.git, label: git-token, prefix: [ghp_, gho_], body: alnum, length: [36, 255], examples: { match: [a], pass: [b] } }
  - { id: test.key, label: aws-key, prefix: [AKIA], body: upper, length: 16, examples: { match: [a], pass: [b] } }
  - { id: test.sk, label: sk-key, prefix: [sk-], body: base64url, length: [20, 4096], examples: { match: [a], pass: [b] } }
  - { id: test.bot, label: bot-token, prefix: [":AA"], before: digits, before_length: [8, 10], body: base64url, length: 33, examples: { match: [a], pass: [b] } }
  - { id: test.bearer, label: bearer, prefix: ["bearer "], ignore_case: true, keep: true, gap: "[ ]", body: token, length: [12, 2048], examples: { match: [a], pass: [b] } }
  - { id: test.password, label: password, keys: [password, passwd, pwd], length: [4, 4096], examples: { match: [a], pass: [b] } }
  - { id: test.api, label: api-key, keys: [api_key, client_secret, auth_token, token], mixed: true, entropy: 2.5, length: [8, 4096], examples: { match: [a], pass: [b] } }
  - { id: test.url, label: url-password, url: true, examples: { match: [a], pass: [b] } }
  - id: test.pem
    label: private-key
    begin: ["-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----"]
    end: ["-----END RSA PRIVATE KEY-----", "-----END PRIVATE KEY-----"]
    examples: { match: [a], pass: [b] }
  - { id: test.card, label: card, form: card, personal: true, examples: { match: [a], pass: [b] } }
  - { id: test.ssn, label: ssn, form: ssn, personal: true, examples: { match: [a], pass: [b] } }
  - { id: test.iban, label: iban, form: iban, personal: true, examples: { match: [a], pass: [b] } }
  - { id: test.phone, label: phone, form: phone, personal: true, examples: { match: [a], pass: [b] } }
  - { id: test.mail, label: mail, prefix: ["@"], before: "[A-Za-z0-9._%+-]", before_length: [1, 64], body: "[A-Za-z0-9.-]", length: [4, 250], shape: '[a-z0-9-]{1,60}(?:\.[a-z0-9-]{2,60}){1,4}', default: false, examples: { match: [a], pass: [b] } }
"#;

/// What a masker is made of.
#[derive(Clone)]
struct Kit {
    rules: Arc<Rules>,
    known: Arc<Mutex<Known>>,
    tagger: Arc<Tagger>,
}

impl Kit {
    fn new(known: &[&str]) -> Self {
        Self::with(known, &Selection { on: vec!["mail".to_owned()], ..Selection::default() })
    }

    /// With the kinds that are on by default.
    fn usual(known: &[&str]) -> Self {
        Self::with(known, &Selection::default())
    }

    fn with(known: &[&str], selection: &Selection) -> Self {
        let rules = schema::read("rules/secrets/test.yaml", RULES).unwrap();
        let rules = Rules::new(rules.into_iter().map(|(rule, _)| rule).collect(), selection);
        let mut all = Known::new();
        for value in known {
            all.add_plain("env", value.as_bytes());
        }
        let tagger = Tagger::new([7; 32], [9; 32]);
        Self { rules: Arc::new(rules), known: Arc::new(Mutex::new(all)), tagger: Arc::new(tagger) }
    }

    fn builtin() -> Self {
        Self { rules: Arc::new(Rules::builtin(&Selection::default())), ..Self::new(&[]) }
    }

    fn masker(&self, surface: Surface) -> Masker {
        Masker::new(Arc::clone(&self.rules), Arc::clone(&self.known), Arc::clone(&self.tagger), surface)
    }

    fn mask(&self, text: impl AsRef<[u8]>) -> String {
        String::from_utf8_lossy(&mask_bytes(&self.rules, &self.known, &self.tagger, text.as_ref())).into_owned()
    }

    /// As [`Kit::mask`], with `[masked:KIND]` for every mask, whatever its tag is.
    fn plain(&self, text: impl AsRef<[u8]>) -> String {
        without_tags(&self.mask(text))
    }

    /// Masks what comes in these pieces.
    fn pieces<'a>(&self, surface: Surface, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let (mut masker, mut out) = (self.masker(surface), Vec::new());
        pieces.into_iter().for_each(|piece| masker.feed(piece, &mut out));
        masker.finish(&mut out);
        out
    }
}

fn without_tags(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("[masked:") {
        let Some(length) = tag::mask_at(&rest.as_bytes()[at..]) else {
            out.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            continue;
        };
        let mask = &rest[at..at + length];
        let kind = mask[8..].split(':').next().unwrap();
        out.push_str(&format!("{}[masked:{kind}{}]", &rest[..at], if mask.ends_with(":cut]") { ":cut" } else { "" }));
        rest = &rest[at + length..];
    }
    out + rest
}

/// Made-up letters and digits, always the same.
fn made_up(length: usize) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut seed = length as u64 + 17;
    let mut one = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(alphabet[(seed >> 33) as usize % alphabet.len()])
    };
    (0..length).map(|_| one()).collect()
}

fn git() -> String {
    format!("{}{}", "ghp_", made_up(36))
}

fn aws() -> String {
    format!("{}{}", "AKIA", made_up(16).to_ascii_uppercase())
}

fn pem() -> String {
    let lines: Vec<String> = (0..8).map(|n| made_up(64 - n)).collect();
    format!("{}\n{}\n{}\n", "-----BEGIN RSA PRIVATE KEY-----", lines.join("\n"), "-----END RSA PRIVATE KEY-----")
}
