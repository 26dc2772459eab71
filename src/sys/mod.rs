//! The only place of unsafe code and raw system calls.
//!
//! Every block says why it is sound. Nothing here decides anything.

mod descriptors;
mod environment;
mod exec;
mod heap;
mod ids;
mod interrupts;
mod locks;
mod peer;
mod process;
mod pty;
mod signals;
mod spawn;
mod start;
mod streams;
#[cfg(target_os = "linux")]
mod waits;
mod witness;

pub use descriptors::{high, same_description, terminal};
pub use environment::environment;
pub use exec::exec;
pub use heap::Heap;
pub use ids::{foreground, parent, process_group, session_leader};
pub use interrupts::{Caught, Interrupts};
pub use locks::{claim, holder as lock_holder};
pub use peer::{Peer, name_senders, peer, receive};
pub use process::{Change, Ended, Forked, changed, die_as, die_with, fork, leave, new_session, own_id, wait_for};
pub use pty::{Pty, set_foreground, take_terminal};
pub use signals::{
    Arrived, SignalSet, next_signal, signal, signal_group, signal_own_group, signal_process, signal_self, stop_self,
};
pub use spawn::{Group, Spawn, spawn};
pub use start::{
    be_looked_at, closed_at_start, end_on_closed_pipe, expect_children, let_go_of, let_go_of_inherited,
    restore_sigpipe, standard,
};
pub use streams::{Stream, duplicate, is_inherited, take_stream};
#[cfg(target_os = "linux")]
pub use waits::{Seen, Waits, waits};
pub use witness::Witness;
