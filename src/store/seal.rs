//! Seals on what this program keeps in its state folder and believes later: grants, what was trusted, compiled settings.
//!
//! A file that an editor has put there bears none. The key lies in the same folder (0600): whoever runs programs of
//! their own as this user, unguarded, can read it, and seals do not stop them; a guarded line that reads it is asked
//! about.

use std::fmt;
use std::path::Path;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::keys;

/// Bytes of a seal.
pub(super) const LEN: usize = 32;

/// Makes and checks seals.
pub(super) struct Seal {
    key: [u8; keys::LEN],
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seal").finish_non_exhaustive()
    }
}

impl Seal {
    /// The seal of a state folder; its key is made where there is none. One for this process alone where it cannot be
    /// kept: nothing that others have sealed is believed then.
    ///
    /// # Errors
    /// The system has no random bytes.
    pub(super) fn of(state: &Path) -> std::io::Result<Self> {
        keys::key(state, "seal.key").map(|key| Self { key })
    }

    /// A seal; `what` tells apart for what it is.
    pub(super) fn put(&self, what: &str, bytes: &[u8]) -> Option<[u8; LEN]> {
        Some(self.mac(what, bytes)?.finalize().into_bytes().into())
    }

    /// Says whether a seal is ours.
    pub(super) fn holds(&self, what: &str, bytes: &[u8], seal: &[u8]) -> bool {
        self.mac(what, bytes).is_some_and(|mac| mac.verify_slice(seal).is_ok())
    }

    fn mac(&self, what: &str, bytes: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(what.as_bytes());
        mac.update(&[0]);
        mac.update(bytes);
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_for_one_thing_and_one_key() {
        let dir = tempfile::tempdir().unwrap();
        let seal = Seal::of(dir.path()).unwrap();
        let put = seal.put("a", b"x").unwrap();
        assert!(Seal::of(dir.path()).unwrap().holds("a", b"x", &put));
        for (what, bytes) in [("b", &b"x"[..]), ("a", b"y"), ("", b"a\0x")] {
            assert!(!seal.holds(what, bytes, &put), "{what}");
        }
        assert!(!seal.holds("a", b"x", &put[..31]) && !seal.holds("a", b"x", &[]));
        std::fs::remove_file(dir.path().join("seal.key")).unwrap();
        assert!(!Seal::of(dir.path()).unwrap().holds("a", b"x", &put));
    }
}
