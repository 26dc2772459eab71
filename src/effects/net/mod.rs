//! Data flow to and from the network: secrets that leave, downloads that run, ports and shells that open.

mod download;
mod exfil;
mod fetch;
mod flow;
mod host;
mod listen;
mod send;

pub(super) use fetch::saved;
pub(super) use send::RSYNC;

use super::{Cx, Effect};
use crate::syntax::Invocation;

/// Effects of data flow.
pub fn effects(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    exfil::effects(inv, cx, out);
    download::effects(inv, cx, out);
    listen::effects(inv, cx, out);
}

#[cfg(test)]
mod tests;
