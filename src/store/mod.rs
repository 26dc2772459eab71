//! What lies on disk: the real [`World`](crate::syntax::World) that judging asks.
//!
//! The only module that reads files for a verdict. Everything is bounded, and nothing fails: what cannot be seen is
//! missing.
#![forbid(unsafe_code)]

mod asked;
mod compiled;
mod folders;
mod glob;
mod grants;
mod index;
mod journal;
mod keys;
pub mod leftovers;
mod queue;
mod refusals;
pub mod running;
mod seal;
mod secrets;
mod trust;
mod unasked;
mod users;
mod world;

pub use asked::Asked;
pub use compiled::CompiledStore;
pub use grants::Grants;
pub use keys::installation_key;
pub use queue::{Attempt, Full, Queue, Slot, Waiting};
pub use refusals::{Refusal, Refusals};
pub use secrets::{SecretPlaces, Stock, known_values};
pub use trust::{Trust, Trusted};
pub use unasked::{Done, UnaskedJob, UnaskedJobs};
pub use users::{home_of_uid, name_of_uid, own_uid, shell_of_uid};
pub use world::RealWorld;
