//! State of an earlier shell that an envelope takes from a descriptor.
//!
//! A pipe or a socket can be read once only: what was read is put back as a file of ours on the same descriptor, so
//! that the shell gets exactly what was judged. A regular file is read without moving its offset, a closed
//! descriptor gives nothing to either, and anything else makes the text no envelope.

use super::Reason;
use crate::agents::envelope::{Envelope, State};
use crate::cli::gate;
use crate::syntax::{Code, Span};
use crate::sys;

/// Bytes of state that are read.
const MAX_STATE: usize = 16 << 20;

/// What runs before an envelope's command.
pub(super) enum Before {
    /// Nothing.
    Nothing,
    /// This.
    Code(Code),
    /// What cannot be known.
    Unknown,
}

/// Looks for the state that an envelope takes.
pub(super) fn before(envelope: &Envelope) -> Result<Before, Reason> {
    let Some(State::Descriptor { fd, variable, ends_with }) = &envelope.state else { return Ok(Before::Nothing) };
    let mut text = match sys::take_stream(*fd, MAX_STATE) {
        sys::Stream::Closed => Vec::new(),
        sys::Stream::Text(text) => text,
        sys::Stream::Other => return Ok(Before::Unknown),
        sys::Stream::Failed(error) => {
            return Err(Reason {
                what: format!("the state on descriptor {fd} cannot be read before it runs: {error}"),
                hint: "run the command without the earlier shell's state",
            });
        }
    };
    if let Some(code) = std::env::var_os(variable) {
        text.push(b'\n');
        text.extend_from_slice(std::os::unix::ffi::OsStrExt::as_bytes(code.as_os_str()));
    }
    if text.is_empty() {
        return Ok(Before::Nothing);
    }
    text.extend_from_slice(format!("\n({ends_with})\n").as_bytes());
    let (label, text) = (format!("state on descriptor {fd}"), gate::decoded(&text));
    Ok(Before::Code(Code { label, text, span: Span::default(), standing: true }))
}
