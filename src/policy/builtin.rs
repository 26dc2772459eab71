//! The packs that the binary carries.

use super::bundle::Bundle;
use super::rule::Examples;

static RULES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.bin"));
static EXAMPLES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/examples.bin"));

/// Opens the built-in rules; decodes nothing.
///
/// # Errors
/// The binary is damaged.
pub fn rules() -> Result<Bundle, Damaged> {
    Bundle::open(RULES).ok_or(Damaged)
}

/// Decodes the built-in rules' examples.
///
/// # Errors
/// The binary is damaged.
pub fn examples() -> Result<Vec<Examples>, Damaged> {
    postcard::from_bytes(EXAMPLES).map_err(|_| Damaged)
}

/// The binary's own rules cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the built-in rules are damaged; install wardsh again")]
pub struct Damaged;
