//! Masking: what a guarded command prints, without the secrets in it.
//!
//! Owns the rules' form, the streaming masker, known values and fields. Does not read files, the environment or the
//! clock; what it should know is handed in. What is masked and why is in `rules/secrets/README.md`.

#![forbid(unsafe_code)]

pub mod class;
pub mod known;
pub mod rule;
pub mod schema;
