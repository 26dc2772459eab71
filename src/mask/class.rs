//! Sets of bytes.
//!
//! Also compiled into the build script.

#![forbid(unsafe_code)]

use serde::{Deserialize, Serialize};

/// A set of bytes. Of control bytes, only a tab that is named (`\t`) is in one that was parsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Class([u64; 4]);

/// Sets that have a name.
const NAMED: &[(&str, &str)] = &[
    ("alnum", "[A-Za-z0-9]"),
    ("upper", "[A-Z0-9]"),
    ("lower", "[a-z]"),
    ("digits", "[0-9]"),
    ("hex", "[0-9a-fA-F]"),
    ("base64", "[A-Za-z0-9+/=]"),
    ("base64url", "[A-Za-z0-9_=-]"),
    ("word", "[A-Za-z0-9_]"),
    ("token", "[A-Za-z0-9_.~+/=-]"),
];

impl Class {
    /// Says whether a byte is in it.
    #[must_use]
    pub const fn has(&self, byte: u8) -> bool {
        self.0[(byte >> 6) as usize] & (1 << (byte & 63)) != 0
    }

    /// Adds a byte.
    pub const fn add(&mut self, byte: u8) {
        self.0[(byte >> 6) as usize] |= 1 << (byte & 63);
    }

    /// A set of these bytes.
    #[must_use]
    pub const fn of(bytes: &[u8]) -> Self {
        let mut class = Self([0; 4]);
        let mut at = 0;
        while at < bytes.len() {
            class.add(bytes[at]);
            at += 1;
        }
        class
    }

    /// What is in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        let (a, b) = (self.0, other.0);
        Self([a[0] | b[0], a[1] | b[1], a[2] | b[2], a[3] | b[3]])
    }

    /// All bytes that are in it.
    pub fn bytes(&self) -> impl Iterator<Item = u8> + '_ {
        (0..=255).filter(|byte| self.has(*byte))
    }

    /// Reads a name or `[…]`; `None` where it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = NAMED.iter().find(|(name, _)| *name == text).map_or(text, |(_, set)| set);
        let inner = text.strip_prefix('[')?.strip_suffix(']')?;
        let (negated, inner) = inner.strip_prefix('^').map_or((false, inner), |rest| (true, rest));
        let mut bytes = inner.bytes().peekable();
        let tab = !negated && inner.contains("\\t");
        let mut class = Self::default();
        while let Some(first) = one(&mut bytes) {
            let first = first?;
            let range = bytes.peek() == Some(&b'-') && bytes.clone().nth(1).is_some();
            let last = if range {
                bytes.next();
                one(&mut bytes)??
            } else {
                first
            };
            (first..=last).for_each(|byte| class.add(byte));
        }
        if negated {
            class = Self(class.0.map(|word| !word));
        }
        for byte in (0..0x20).chain([0x7f]) {
            class.0[byte >> 6] &= !(1 << (byte & 63));
        }
        if tab {
            class.add(b'\t');
        }
        (class != Self::default()).then_some(class)
    }
}

/// The next byte of a set; the inner `None` is an escape that is not known.
#[allow(clippy::option_option, reason = "the end, and what cannot be read")]
fn one(bytes: &mut impl Iterator<Item = u8>) -> Option<Option<u8>> {
    match bytes.next()? {
        b'\\' => Some(match bytes.next() {
            Some(b't') => Some(b'\t'),
            byte => byte.filter(|byte| !byte.is_ascii_alphanumeric()),
        }),
        byte if byte.is_ascii() => Some(Some(byte)),
        _ => Some(None),
    }
}

#[cfg(test)]
mod tests {
    use super::Class;

    #[test]
    fn sets() {
        let class = Class::parse("[A-Za-z0-9_-]").unwrap();
        assert_eq!(class.bytes().count(), 64);
        assert!(class.has(b'-') && class.has(b'_') && !class.has(b'.'));
        let class = Class::parse(r#"[^\s"']"#);
        assert!(class.is_none(), "no classes inside");
        let class = Class::parse(r"[\]\\]").unwrap();
        assert_eq!(class.bytes().collect::<Vec<_>>(), b"\\]");
        let class = Class::parse(r"[a\t]").unwrap();
        assert!(class.has(b'\t') && !class.has(b't') && !class.has(b'\n'));
        let class = Class::parse("[^ ]").unwrap();
        assert!(class.has(0xff) && !class.has(b'\n') && !class.has(0));
        assert!(Class::parse("A-Z").is_none() && Class::parse("[]").is_none() && Class::parse("hex").is_some());
    }
}
