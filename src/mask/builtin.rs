//! The masking rules that the binary carries.

#![forbid(unsafe_code)]

use super::rule::{SecretExamples, SecretRule};

static RULES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/secrets.bin"));
static EXAMPLES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/secret-examples.bin"));

/// Decodes the rules; none where the binary is damaged.
#[must_use]
pub fn rules() -> Vec<SecretRule> {
    postcard::from_bytes(RULES).unwrap_or_default()
}

/// Decodes the rules' examples.
#[must_use]
pub fn examples() -> Vec<SecretExamples> {
    postcard::from_bytes(EXAMPLES).unwrap_or_default()
}
