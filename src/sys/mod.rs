//! The only place of unsafe code and raw system calls.
//!
//! Every block says why it is sound. Nothing here decides anything.

mod closed;
mod exec;
mod ids;
mod signals;
mod streams;

pub use closed::was_closed;
pub use exec::exec;
pub use ids::{foreground, parent, process_group, session_leader};
pub use signals::{end_on_closed_pipe, restore_sigpipe};
pub use streams::{Stream, duplicate, take_stream};
