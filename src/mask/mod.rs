//! Masks secrets in a stream of bytes.
#![forbid(unsafe_code)]

pub mod fields;
