//! Approvals with real processes: whoever waits, agents that look for a way around, and a person in a terminal.
//!
//! The person is a shell in a tmux server that was started with an empty environment and is nobody's child: the tests
//! themselves may run below an agent. Where tmux is missing, what needs a person is left out and says so.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a failure is a panic; what is left out is said")]

mod attacks;
mod interactive;
mod person;
mod stage;
mod terminal;
mod waiting;
