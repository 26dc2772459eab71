//! wardsh: a shell that judges a command line by its effects before the real shell runs it.

pub mod syntax;

pub mod effects;

pub mod store;
