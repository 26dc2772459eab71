//! Credentials inside addresses and connection strings.
//!
//! Source: RFC 3986 3.2.1 for addresses; ADO, libpq and Go driver documentation for the rest.

use zeroize::Zeroizing;

use super::names::{Hint, hint};

/// A candidate and the name that it has there.
pub(super) type Found = (String, Zeroizing<Vec<u8>>);

/// Longest text that is looked at, in bytes.
const MAX_TEXT: usize = 8 << 10;
/// Most candidates of one text.
const MAX_FOUND: usize = 64;

/// Gives what stands in a place for a password: candidates that still have to look like a secret.
///
/// `secret` says that the whole is known to be secret, so that its user name and its path count too.
pub(super) fn credentials(text: &str, secret: bool) -> Vec<Found> {
    let mut out = Vec::new();
    let text = head(text);
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        rest = &rest[at + 3..];
        let end =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`')).unwrap_or(rest.len());
        address(&rest[..end], secret, &mut out);
        if out.len() > MAX_FOUND {
            return out;
        }
    }
    // Go's `user:password@tcp(host)/name`.
    let open = text.find('(').and_then(|bracket| text[..bracket].rfind('@'));
    if let Some((_, password)) = open.filter(|_| !text.contains("://")).and_then(|at| text[..at].split_once(':')) {
        push(&mut out, "password", password);
    }
    for part in text.split([';', '&', '?', ' ']).take(MAX_FOUND) {
        if let Some((name, value)) = part.split_once('=').filter(|(name, _)| hint(name.trim()) == Hint::Strong) {
            push(&mut out, name.trim(), value.trim().trim_matches(['"', '\'']));
        }
    }
    out
}

/// As much of a text as is looked at, whole characters.
fn head(text: &str) -> &str {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// One address behind its `scheme://`.
fn address(text: &str, secret: bool, out: &mut Vec<Found>) {
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    let (user_info, path) = match text[..end].rfind('@') {
        Some(at) => (&text[..at], &text[end..]),
        // A password with an unquoted `/` in it.
        None => text.rfind('@').map_or(("", &text[end..]), |at| (&text[..at], "")),
    };
    match user_info.split_once(':') {
        Some((user, password)) => {
            push(out, "password", password);
            if password.is_empty() || password == "x-oauth-basic" {
                push(out, "token", user);
            }
        }
        None if secret && user_info.len() >= 16 => push(out, "token", user_info),
        None => {}
    }
    if secret {
        // The address of a webhook: what nobody could guess is the secret.
        let segments = path.split(['/', '?', '#', '&']).filter(|part| part.len() >= 16 && !part.contains('='));
        segments.for_each(|part| push(out, "", part));
    }
}

fn push(out: &mut Vec<Found>, name: &str, value: &str) {
    if value.is_empty() {
        return;
    }
    let plain = percent_decoded(value);
    if plain.as_slice() != value.as_bytes() {
        out.push((name.to_owned(), plain));
    }
    out.push((name.to_owned(), Zeroizing::new(value.as_bytes().to_vec())));
}

/// Resolves `%41`; what is no such pair stays.
fn percent_decoded(text: &str) -> Zeroizing<Vec<u8>> {
    let bytes = text.as_bytes();
    let digit = |i: usize| bytes.get(i).and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut i = 0;
    while i < bytes.len() {
        match (digit(i + 1), digit(i + 2)) {
            (Some(high), Some(low)) if bytes[i] == b'%' => {
                out.push(high * 16 + low);
                i += 3;
            }
            _ => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    out
}
