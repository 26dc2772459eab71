//! Channels by which a human answers.
//!
//! So far one: this terminal, for a human that `config::who` has proven. Others (another terminal, the hub) come with
//! the full run path.
#![forbid(unsafe_code)]

pub mod terminal;
