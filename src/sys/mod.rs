//! The only place of unsafe code and raw system calls.
//!
//! Every block says why it is sound. Nothing here decides anything.

mod exec;
mod ids;
mod interrupts;
mod locks;
mod peer;
mod signals;

pub use exec::exec;
pub use ids::{foreground, parent, process_group, session_leader};
pub use interrupts::{Caught, Interrupts};
pub use locks::{claim, holder as lock_holder};
pub use peer::{Peer, name_senders, peer, receive};
pub use signals::{end_on_closed_pipe, restore_sigpipe};
