//! The only place of unsafe code and raw system calls.
//!
//! Every block says why it is sound. Nothing here decides anything.

mod exec;
mod signals;

pub use exec::exec;
pub use signals::{end_on_closed_pipe, restore_sigpipe};
