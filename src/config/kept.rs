//! Settings kept in memory from one line to the next, with what their rules have been made into: valid for the files that
//! were found, as long as these are the same.

use std::sync::Arc;

use super::compiled::Stamp;
use super::places;
use super::{Origin, Settings};
use crate::policy::builtin;

/// Sets of files that are remembered: folders between which somebody moves.
const MAX_KEPT: usize = 16;

/// Settings that were loaded before.
#[derive(Debug, Default)]
pub struct Kept {
    all: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    home: String,
    trust: [u8; 32],
    stamps: Vec<Stamp>,
    settings: Arc<Settings>,
}

impl Kept {
    /// As [`Settings::load`]; files are looked for each time, and read again only where they are not the same.
    ///
    /// # Errors
    /// As there.
    pub fn load(&mut self, from: &Origin<'_>) -> Result<Arc<Settings>, builtin::Damaged> {
        let found = places::find(from);
        let trust = from.trust.fingerprint();
        let holds = |entry: &Entry| {
            entry.home == from.home
                && entry.trust == trust
                && entry.stamps.len() == found.len()
                && entry.stamps.iter().zip(&found).all(|(stamp, file)| stamp.holds(file))
        };
        if let Some(at) = self.all.iter().position(holds) {
            let entry = self.all.remove(at);
            let settings = Arc::clone(&entry.settings);
            self.all.push(entry);
            return Ok(settings);
        }
        // Before the files are read: what changes in between makes the next look differ.
        let stamps = found.iter().map(Stamp::of).collect();
        let settings = Arc::new(Settings::of(&found, from)?);
        if self.all.len() >= MAX_KEPT {
            self.all.remove(0);
        }
        self.all.push(Entry { home: from.home.to_owned(), trust, stamps, settings: Arc::clone(&settings) });
        Ok(settings)
    }
}
