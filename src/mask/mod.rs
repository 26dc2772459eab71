//! Masking: what a guarded command prints, without the secrets in it.
//!
//! Owns the rules' form, the streaming masker, known values and fields. Does not read files, the environment or the
//! clock; what it should know is handed in. What is masked and why is in `rules/secrets/README.md`.

#![forbid(unsafe_code)]

mod ansi;
pub mod builtin;
pub mod class;
mod digits;
pub mod fields;
mod find;
pub mod known;
mod lanes;
mod masker;
mod numbers;
mod ranges;
pub mod rule;
mod rules;
pub mod schema;
mod screen;
mod sieve;
mod tag;
#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "small texts")]
mod tests;
mod trie;
mod values;
mod verify;

pub use masker::{Masker, Surface, mask_bytes, mask_text};
pub use ranges::{Hidden, ranges};
pub use rules::{Rules, Selection};
pub use tag::{TAG_LEN, Tagger};
pub use values::Known;

/// Most text that is held back, in bytes.
pub const HELD: usize = 64 << 10;
