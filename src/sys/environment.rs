//! The environment that this process was started with, taken once: nothing in this program changes it.

use std::ffi::OsString;
use std::sync::OnceLock;

/// Names and values, in their order.
#[must_use]
pub fn environment() -> &'static [(OsString, OsString)] {
    static TAKEN: OnceLock<Vec<(OsString, OsString)>> = OnceLock::new();
    TAKEN.get_or_init(|| std::env::vars_os().collect())
}
