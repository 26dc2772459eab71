//! What everything that comes out goes through: masking and recording are stages.

use std::time::Duration;

/// Which of the program's outputs a stage serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlet {
    /// Standard output alone.
    Output,
    /// Standard error alone.
    Error,
    /// Standard output and standard error, which lead to the same place.
    Both,
    /// A terminal of the program's own.
    Terminal,
}

/// Bytes in → bytes out, in order.
pub trait Stage {
    /// Takes what the program wrote; appends what may go on to `out`. What is unclear yet may be kept back.
    fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>);

    /// How long what is kept back may wait for more; `None` where nothing is kept back.
    fn hold(&self) -> Option<Duration>;

    /// Lets go of what is kept back, because its time is up.
    fn release(&mut self, out: &mut Vec<u8>);

    /// The shell has ended, or nothing more comes. Where a background process keeps the channel, the stage is fed again
    /// afterwards, as if anew.
    fn finish(&mut self, out: &mut Vec<u8>);
}

/// The stage that changes nothing.
pub struct Pass;

impl Stage for Pass {
    fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(bytes);
    }

    fn hold(&self) -> Option<Duration> {
        None
    }

    fn release(&mut self, _: &mut Vec<u8>) {}

    fn finish(&mut self, _: &mut Vec<u8>) {}
}
