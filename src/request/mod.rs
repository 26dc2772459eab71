//! What an approval binds to: the action digest over everything that a judgement rests on, the request that people are
//! asked with, their reply, and grants for a session.
//!
//! Types, texts and hashing only; who asks whom is `approve`, what is judged is `session`. The canonical form is RFC 8785
//! (JSON Canonicalization Scheme): no blanks, keys sorted by UTF-16 code units, so equal actions have equal bytes.
#![forbid(unsafe_code)]

pub mod grant;
mod question;
pub mod show;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

pub use self::question::{Answer, Asking, Reply, Request, RequestId, Shown, are_letters, letters};

/// Everything that decides what a command does. Equal actions have equal digests; no time, no randomness.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Action {
    /// The command line as submitted.
    pub command: Vec<u8>,
    /// The real shell and its options; empty for `check`, which runs nothing.
    pub shell: Vec<Vec<u8>>,
    /// Programs: name, resolved path, device and inode where there is a file.
    pub programs: Vec<(String, String, Option<(u64, u64)>)>,
    /// The folder.
    pub cwd: Vec<u8>,
    /// The machine's name.
    pub host: String,
    /// The user's number.
    pub uid: u32,
    /// Kind and name of the actor.
    pub actor: (String, String),
    /// Variables that programs take for code or arguments, and those that the line's paths rest on.
    pub environment: Vec<(String, String)>,
    /// Files that were read, with the SHA-256 of their content.
    pub reads: Vec<(String, [u8; 32])>,
    /// Targets after resolution, sorted.
    pub targets: Vec<String>,
    /// Facts of the context that were used or shown: `git.branch`, `kube.context`, …
    pub facts: Vec<(String, String)>,
    /// The version of rules and policy.
    pub policy: String,
}

impl Action {
    /// The digest, as `sha256:` and 64 hex digits.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut out = String::new();
        canonical(&self.to_json(), &mut out);
        let hash = Sha256::digest(out.as_bytes());
        format!("sha256:{}", hex(&hash))
    }

    fn to_json(&self) -> Value {
        let pairs = |list: &[(String, String)]| {
            Value::Array(list.iter().map(|(name, value)| Value::from(vec![name.as_str(), value.as_str()])).collect())
        };
        let mut map = Map::new();
        let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
        put("v", Value::from(1));
        put("command", bytes(&self.command));
        put("shell", Value::Array(self.shell.iter().map(|word| bytes(word)).collect()));
        let programs = self.programs.iter().map(|(name, path, file)| {
            let file = file.map_or(Value::Null, |(dev, ino)| Value::from(vec![dev.to_string(), ino.to_string()]));
            Value::Array(vec![Value::from(name.as_str()), Value::from(path.as_str()), file])
        });
        put("programs", Value::Array(programs.collect()));
        put("cwd", bytes(&self.cwd));
        put("host", Value::from(self.host.as_str()));
        put("uid", Value::from(self.uid));
        put("actor", Value::from(vec![self.actor.0.as_str(), self.actor.1.as_str()]));
        put("environment", pairs(&self.environment));
        let reads = self.reads.iter().map(|(path, hash)| Value::from(vec![path.as_str(), hex(hash).as_str()]));
        put("reads", Value::Array(reads.collect()));
        put("targets", Value::from(self.targets.clone()));
        put("facts", pairs(&self.facts));
        put("policy", Value::from(self.policy.as_str()));
        Value::Object(map)
    }
}

/// SHA-256 of bytes.
#[must_use]
pub fn sha256(content: &[u8]) -> [u8; 32] {
    Sha256::digest(content).into()
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    crate::syntax::bytes::hex(bytes)
}

/// Text as a string, other bytes as `{"b64": …}`.
fn bytes(content: &[u8]) -> Value {
    match std::str::from_utf8(content) {
        Ok(text) => Value::from(text),
        Err(_) => {
            let mut map = Map::new();
            map.insert("b64".to_owned(), Value::from(STANDARD.encode(content)));
            Value::Object(map)
        }
    }
}

/// Writes RFC 8785 form. Numbers here are small integers, whose form is their decimal digits.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (at, key) in keys.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                quoted(key, out);
                out.push(':');
                canonical(&map[key.as_str()], out);
            }
            out.push('}');
        }
        Value::String(text) => quoted(text, out),
        scalar => out.push_str(&scalar.to_string()),
    }
}

/// Writes a JSON string. Nearly all are plain: those are copied as they are.
fn quoted(text: &str, out: &mut String) {
    if text.bytes().any(|byte| byte < b' ' || matches!(byte, b'"' | b'\\')) {
        out.push_str(&Value::from(text).to_string());
        return;
    }
    out.push('"');
    out.push_str(text);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_actions_have_equal_digests_and_every_field_counts() {
        let base = Action { command: b"rm x".to_vec(), cwd: b"/w".to_vec(), uid: 7, ..Action::default() };
        assert_eq!(base.digest(), base.clone().digest());
        let variants = [
            Action { command: b"rm y".to_vec(), ..base.clone() },
            Action { command: b"rm \xff".to_vec(), ..base.clone() },
            Action { cwd: b"/v".to_vec(), ..base.clone() },
            Action { uid: 8, ..base.clone() },
            Action { targets: vec!["/w/x".to_owned()], ..base.clone() },
            Action { reads: vec![("/w/s".to_owned(), sha256(b"a"))], ..base.clone() },
            Action { programs: vec![("rm".to_owned(), "/bin/rm".to_owned(), Some((1, 2)))], ..base.clone() },
        ];
        for variant in variants {
            assert_ne!(variant.digest(), base.digest(), "{variant:?}");
        }
    }

    #[test]
    fn canonical_form_sorts_keys() {
        let mut out = String::new();
        canonical(&serde_json::json!({"b": 1, "a": ["x\n", "\"", "\u{7f}é", null]}), &mut out);
        assert_eq!(out, "{\"a\":[\"x\\n\",\"\\\"\",\"\u{7f}é\",null],\"b\":1}");
    }
}
