//! What goes over the socket of a waiting request: lines of JSON, versioned, short.

use serde::{Deserialize, Serialize};

use crate::request::{Answer, Request};

/// Longest line from a client, in bytes.
pub(super) const MAX_SAID: usize = 4 << 10;
/// Longest line from whoever waits, in bytes.
pub(super) const MAX_TOLD: usize = 256 << 10;

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "kebab-case")]
pub(super) enum Said {
    /// Asks for the request.
    Hello {
        /// The form's version.
        v: u32,
    },
    /// Answers it.
    Answer {
        /// The form's version.
        v: u32,
        /// The request's digest, as it was shown.
        digest: String,
        /// What was answered.
        answer: Answer,
        /// What was typed.
        typed: String,
    },
}

/// What whoever waits tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tell", rename_all = "kebab-case")]
pub(super) enum Told {
    /// The request, and the word to be typed for a yes.
    Request {
        /// The form's version.
        v: u32,
        /// The request.
        request: Box<Request>,
        /// The word.
        challenge: String,
    },
    /// The client does not count.
    Refused {
        /// The form's version.
        v: u32,
        /// Why.
        why: String,
    },
    /// The answer counts.
    Accepted {
        /// The form's version.
        v: u32,
    },
    /// It is over without this client's answer.
    Over {
        /// The form's version.
        v: u32,
        /// Why.
        why: String,
    },
}
