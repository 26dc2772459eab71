//! What a masking rule says, in the form in which the binary carries it.
//!
//! Also compiled into the build script. The YAML form is in `schema.rs`, its meaning in `rules/secrets/README.md`.

#![forbid(unsafe_code)]

use serde::{Deserialize, Serialize};

use super::class::Class;

/// One kind of secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecretRule {
    /// `family.name`.
    pub id: String,
    /// The KIND of its masks.
    pub label: String,
    /// What it is found by.
    pub trigger: Trigger,
    /// What the secret consists of.
    pub value: ValueSpec,
    /// Masked unless policy says otherwise.
    pub default: bool,
    /// Personal data: tags change with each session.
    pub personal: bool,
}

/// What a secret is found by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Trigger {
    /// A literal in front of it.
    Prefix(Prefix),
    /// The name of a key; every spelling, in small letters.
    Keys(Vec<String>),
    /// A password in a URL.
    Url,
    /// The first line of a block.
    Block {
        /// First lines.
        begin: Vec<String>,
        /// Last lines.
        end: Vec<String>,
    },
    /// Digits of a certain form.
    Form(Form),
}

/// A literal in front of a secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prefix {
    /// The literals.
    pub literals: Vec<String>,
    /// Letter case does not count.
    pub ignore_case: bool,
    /// The literal is context and stays visible.
    pub keep: bool,
    /// What may stand between literal and body.
    pub gap: Option<Class>,
    /// What stands in front of the literal and belongs to the secret: bytes, fewest, most.
    pub before: Option<(Class, u16, u16)>,
    /// What must hold around the token.
    pub boundary: Boundary,
    /// One of these stands in front of it in its line.
    pub line: Vec<String>,
    /// Only such bytes stand in front of it in its line.
    pub front: Option<Class>,
    /// In so many lines above it, too, where only a name stands in front of it in its own.
    pub above: u8,
    /// The secrets are on the lines behind the one that it stands in: fewest, most.
    pub lines: Option<(u16, u16)>,
    /// None of these stands right in front of it.
    pub unless: Vec<String>,
}

/// What must hold around a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Boundary {
    /// No letter or digit in front; the body ends within its greatest length.
    Word,
    /// No letter or digit in front; a longer body is cut.
    Left,
    /// Nothing; a longer body is cut.
    None,
}

/// What a secret consists of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueSpec {
    /// Its bytes; for keys `None` means up to the delimiter.
    pub body: Option<Class>,
    /// Fewest bytes.
    pub min: u16,
    /// Most bytes.
    pub max: u16,
    /// A regex over the body.
    pub shape: Option<String>,
    /// Check digits.
    pub check: Option<Check>,
    /// Least entropy, in hundredths of a bit per byte.
    pub entropy: u16,
    /// A letter and a digit are in it.
    pub mixed: bool,
    /// It was made by a machine: what names a thing is none.
    pub machine: bool,
}

/// Check digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Check {
    /// Six base62 digits of a CRC-32 over the body before them.
    Github,
    /// Luhn.
    Luhn,
    /// ISO 7064 mod 97.
    Mod97,
    /// The first part is base64 of a JSON object.
    Jwt,
}

/// Digits of a certain form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// A payment card.
    Card,
    /// An international bank account number.
    Iban,
    /// A US social security number.
    Ssn,
    /// A telephone number in international form, or a North American one with separators.
    Phone,
}

/// A rule's examples, as templates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretExamples {
    /// The rule.
    pub id: String,
    /// Its file.
    pub file: String,
    /// Where something is masked.
    pub hits: Vec<String>,
    /// Where nothing is.
    pub pass: Vec<String>,
}
