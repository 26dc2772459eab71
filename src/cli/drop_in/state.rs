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

/// What runs before an envelope's command; `None` where that cannot be known.
pub(super) fn before(envelope: &Envelope) -> Result<Option<Option<Code>>, Reason> {
    let Some(State::Descriptor { fd, variable, ends_with }) = &envelope.state else { return Ok(Some(None)) };
    let mut text = match sys::take_stream(*fd, MAX_STATE) {
        sys::Stream::Closed => Vec::new(),
        sys::Stream::Text(text) => text,
        sys::Stream::Other => return Ok(None),
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
        return Ok(Some(None));
    }
    text.extend_from_slice(format!("\n({ends_with})\n").as_bytes());
    let (label, text) = (format!("state on descriptor {fd}"), gate::decoded(&text));
    Ok(Some(Some(Code { label, text, span: Span::default(), standing: true })))
}
