//! Settings as they are kept between starts: checked layers and stored rules, valid for the files that they were made of.
//!
//! Form: length of the head (`u32`, little-endian), the head in postcard, the bundles' bytes. Valid for our version,
//! for what is trusted, and for the SHA-256 of each file; a file whose identity, size and times are unchanged is not
//! read again, unless it had changed so shortly before that its times could be the same after another change.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::Origin;
use super::places::{Found, read};
use crate::policy::bundle::Bundle;
use crate::policy::layers::{Layer, LayerKind, digest};
use crate::policy::located::Problem;
use crate::policy::ruleset::RuleLayer;

/// How long after its last change a file's times say for certain that it is the same, in nanoseconds.
const SETTLED_NS: i128 = 2_000_000_000;

/// Checked settings before they are resolved.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    pub(super) layers: Vec<Layer>,
    pub(super) rules: Vec<RuleLayer>,
    pub(super) rules_digest: [u8; 32],
    pub(super) problems: Vec<Problem>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    version: String,
    trust: [u8; 32],
    files: Vec<Stamp>,
    layers: Vec<Layer>,
    /// Kind, whether trusted, and length of each bundle.
    bundles: Vec<(LayerKind, bool, u32)>,
    rules_digest: [u8; 32],
    problems: Vec<Problem>,
}

/// A file's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    kind: LayerKind,
    path: String,
    /// Device, inode, size, and both times in nanoseconds; `None` where it does not exist or cannot be seen.
    identity: Option<(u64, u64, u64, i128, i128)>,
    sha256: Option<[u8; 32]>,
    /// Its times alone say that it is the same.
    settled: bool,
}

impl Compiled {
    /// Takes settings from the cache where they are still valid.
    pub(super) fn load(found: &[Found], from: &Origin<'_>) -> Option<Self> {
        let bytes = from.cache.get(&name(found))?;
        let head_len = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?);
        let head_end = usize::try_from(head_len).ok()?.checked_add(4)?;
        let head: Head = postcard::from_bytes(bytes.get(4..head_end)?).ok()?;
        let valid = head.version == env!("CARGO_PKG_VERSION")
            && head.trust == from.trust.fingerprint()
            && head.files.len() == found.len()
            && head.files.iter().zip(found).all(|(stamp, file)| stamp.holds(file));
        if !valid {
            return None;
        }
        let mut rules = Vec::new();
        let mut at = head_end;
        for (kind, trusted, len) in head.bundles {
            let end = at.checked_add(usize::try_from(len).ok()?)?;
            rules.push(RuleLayer { kind, trusted, bundle: Bundle::open(bytes.get(at..end)?.to_vec())? });
            at = end;
        }
        Some(Self { layers: head.layers, rules, rules_digest: head.rules_digest, problems: head.problems })
    }

    /// Keeps settings for the next start.
    pub(super) fn store(&self, found: &[Found], from: &Origin<'_>) {
        let len = |layer: &RuleLayer| u32::try_from(layer.bundle.bytes().len()).unwrap_or(u32::MAX);
        let head = Head {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            trust: from.trust.fingerprint(),
            files: found.iter().map(Stamp::of).collect(),
            layers: self.layers.clone(),
            bundles: self.rules.iter().map(|layer| (layer.kind, layer.trusted, len(layer))).collect(),
            rules_digest: self.rules_digest,
            problems: self.problems.clone(),
        };
        let Ok(head) = postcard::to_stdvec(&head) else { return };
        let Ok(head_len) = u32::try_from(head.len()) else { return };
        let mut bytes = head_len.to_le_bytes().to_vec();
        bytes.extend(head);
        for layer in &self.rules {
            bytes.extend_from_slice(layer.bundle.bytes());
        }
        from.cache.put(&name(found), &bytes);
    }
}

/// The name under which settings made of these files are kept.
fn name(found: &[Found]) -> String {
    let paths: Vec<&str> = found.iter().map(|file| file.path.as_str()).collect();
    let sum = digest(paths.join("\0").as_bytes());
    sum.iter().take(8).fold("settings-".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

impl Stamp {
    pub(super) fn of(file: &Found) -> Self {
        // The identity is taken first: a change in between makes the digest newer, which the next start sees.
        let identity = identity(&file.path);
        let sha256 = read(&file.path).ok().flatten().map(|text| digest(text.as_bytes()));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let now = i128::try_from(now).unwrap_or(0);
        let settled = identity.is_some_and(|(.., changed)| changed + SETTLED_NS < now);
        Self { kind: file.kind, path: file.path.clone(), identity, sha256, settled }
    }

    pub(super) fn holds(&self, file: &Found) -> bool {
        if self.kind != file.kind || self.path != file.path || self.identity != identity(&file.path) {
            return false;
        }
        self.settled
            || self.identity.is_none()
            || read(&file.path).ok().flatten().map(|text| digest(text.as_bytes())) == self.sha256
    }
}

fn identity(path: &str) -> Option<(u64, u64, u64, i128, i128)> {
    let meta = fs::metadata(path).ok()?;
    let nanos = |secs: i64, rest: i64| i128::from(secs) * 1_000_000_000 + i128::from(rest);
    let (modified, changed) = (nanos(meta.mtime(), meta.mtime_nsec()), nanos(meta.ctime(), meta.ctime_nsec()));
    Some((meta.dev(), meta.ino(), meta.size(), modified, changed))
}
