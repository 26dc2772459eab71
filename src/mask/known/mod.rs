//! Known values: secrets that this machine already holds, which are masked wherever they are printed.
//!
//! Bytes in, values out: [`environment`] and [`read`] find the values in variables and credential files, [`like`]
//! decides what may count as one, and [`Value::literals`] gives every form in which it may be printed. Where the files
//! are and reading them belongs to `store`; finding the literals in output belongs to the engine.
//!
//! Whoever is guarded can write a `.env`. A value therefore has to look like a secret: a command, a path or a host name
//! in such a file never becomes one, and so cannot be made to vanish from what others read.

mod entries;
mod json;
pub mod like;
pub mod names;
mod sources;
mod url;
mod variants;

#[cfg(test)]
mod tests;

pub use sources::{Kind, environment, read};
pub use variants::Literal;

use zeroize::Zeroize as _;

/// Shortest value, in bytes, where policy says nothing.
pub const MIN_LEN: usize = 8;
/// Shortest value that policy may ask for, in bytes.
pub const LEAST_LEN: usize = 6;
/// Longest value, in bytes; a private key of 16,384 bits has 13 KiB.
pub const MAX_LEN: usize = 16 << 10;

/// Bytes of a secret: never printed, and overwritten when they are given up.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The bytes themselves.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Secret {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret(..)")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// A secret and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The secret as its program would use it.
    pub secret: Secret,
    /// Kind for the mask's text: lower-case letters and `-`, never taken from what was read.
    pub label: &'static str,
    /// A line of a longer value, which is looked for as it stands only.
    pub part: bool,
}

/// Leaves out what is there twice, and puts longer values first: no shorter one may break up a longer one.
pub fn settle(values: &mut Vec<Value>) {
    values.sort_by(|a, b| {
        let (left, right) = (a.secret.bytes(), b.secret.bytes());
        right.len().cmp(&left.len()).then_with(|| left.cmp(right)).then(a.part.cmp(&b.part))
    });
    values.dedup_by(|a, b| a.secret == b.secret);
}
