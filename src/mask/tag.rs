//! Tags of masks: equal secrets get equal tags, and nobody can guess the secret from one.

#![forbid(unsafe_code)]

use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// How long a tag is.
pub const TAG_LEN: usize = 8;

/// Makes tags: under the installation's key, and for personal data under the session's.
pub struct Tagger {
    installation: Zeroizing<[u8; 32]>,
    session: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Tagger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tagger").finish_non_exhaustive()
    }
}

impl Tagger {
    /// Takes both keys: random bytes, the first kept with the installation, the second thrown away with the session.
    #[must_use]
    pub fn new(installation: [u8; 32], session: [u8; 32]) -> Self {
        Self { installation: Zeroizing::new(installation), session: Zeroizing::new(session) }
    }

    /// The tag of a secret.
    #[must_use]
    pub fn tag(&self, secret: &[u8]) -> String {
        tag(&self.installation, secret)
    }

    /// The tag of personal data.
    #[must_use]
    pub fn personal(&self, data: &[u8]) -> String {
        tag(&self.session, data)
    }
}

fn tag(key: &[u8; 32], bytes: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return "A".repeat(TAG_LEN) };
    mac.update(bytes);
    let sum = mac.finalize().into_bytes();
    let bits = sum.iter().take(5).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    (0..TAG_LEN).map(|at| char::from(BASE32[usize::try_from(bits >> (35 - 5 * at) & 31).unwrap_or(0)])).collect()
}

/// The length of the mask that a text begins with: `[masked:KIND:TAG]`, also with `:cut` or the last four at its end.
pub(super) fn mask_at(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"[masked:")?;
    let kind = rest.iter().take(41).position(|byte| *byte == b':')?;
    let small = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    if kind == 0 || !rest[..kind].iter().all(small) {
        return None;
    }
    let tag = rest.get(kind + 1..kind + 1 + TAG_LEN)?;
    if !tag.iter().all(|byte| BASE32.contains(byte)) {
        return None;
    }
    let at = kind + 1 + TAG_LEN;
    let end = match rest.get(at)? {
        b']' => at,
        b':' => at + rest[at..].iter().take(6).position(|byte| *byte == b']')?,
        _ => return None,
    };
    Some(8 + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_secrets_look_equal() {
        let tagger = Tagger::new([1; 32], [2; 32]);
        assert_eq!(tagger.tag(b"a"), tagger.tag(b"a"));
        assert_ne!(tagger.tag(b"a"), tagger.tag(b"b"));
        assert_ne!(tagger.tag(b"a"), tagger.personal(b"a"));
        assert_ne!(tagger.tag(b"a"), Tagger::new([3; 32], [2; 32]).tag(b"a"));
        let mask = format!("[masked:github-token:{}]", tagger.tag(b"a"));
        assert_eq!(mask_at(mask.as_bytes()), Some(mask.len()));
        assert_eq!(mask_at(b"[masked:x:ABCDEFGH:cut] y"), Some(23));
        for not in
            ["[masked:x]", "[masked:x:abc]", "[masked:X:ABCDEFGH]", "[masked:x:ABCDEFGH", "[masked:x:ABCDEFGH:toolong]"]
        {
            assert_eq!(mask_at(not.as_bytes()), None, "{not}");
        }
    }
}
