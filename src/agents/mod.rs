//! Coding agents: the marks by which one is known, and the texts in which they wrap a command.
//!
//! Pure: whoever asks brings the environment, the ancestors and the text.
#![forbid(unsafe_code)]

pub mod envelope;
mod marks;

pub use marks::{in_command_line, in_environment, session};
