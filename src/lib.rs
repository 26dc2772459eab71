//! wardsh: a shell that judges a command line by its effects before the real shell runs it.
//!
//! A module imports only from those above it; `tests/layers.rs` reads the order from this list.

pub mod syntax;

pub mod effects;

pub mod policy;

pub mod scan;

pub mod mask;

pub mod request;

pub mod shells;

pub mod agents;

pub mod sys;

pub mod config;

pub mod store;

pub mod approve;

pub mod run;

pub mod output;

pub mod session;

pub mod interactive;

pub mod cli;
