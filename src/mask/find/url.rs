//! The password in `scheme://user:password@host`.

#![forbid(unsafe_code)]

use super::value::placeholder;
use super::{Candidate, Found, Look, Text};
use crate::mask::class::Class;
use crate::mask::known::like::is_thing;
use crate::mask::tag::mask_at;
use crate::mask::verify::entropy;

/// What stands in no URL, beside blanks.
const OUTSIDE: Class = Class::of(b"\x7f\"'<>`\\|");
/// Longest user and password together.
const LONGEST: usize = 1024;
/// Shortest user without a password that is taken for a token.
const TOKEN: usize = 16;
/// The same where it has capitals, small letters and digits.
const SHORT: usize = 10;

pub(super) fn look(candidate: &mut Candidate, text: Text<'_>) -> Look {
    let at = text.index(candidate.at);
    let rest = &text.bytes[at..];
    // An address in brackets, or a pattern.
    match rest {
        [b'[', next, ..] if *next != b'm' => return Look::No,
        [b'(', ..] => return Look::No,
        _ => {}
    }
    let outside = |byte: &u8| *byte <= b' ' || OUTSIDE.has(*byte);
    let resume = text.index(candidate.seen) - at;
    let room = rest.len().min(LONGEST);
    let stop = rest[resume..room].iter().position(outside).map(|more| resume + more);
    // As long as the host may have begun without anything in front of it, nothing is held.
    let first = rest[..stop.unwrap_or(room)].iter().position(|byte| b":@/?#".contains(byte));
    match first.map(|first| rest[first]) {
        Some(b'/' | b'?' | b'#') => return Look::No,
        None if stop.is_some() || text.end => return Look::No,
        None if room == LONGEST => return Look::No,
        _ => {}
    }
    // Most often a port.
    let port = first.filter(|first| rest[*first] == b':').map(|first| &rest[first + 1..room]);
    let digits = port.map_or(0, |port| port.iter().take_while(|byte| byte.is_ascii_digit()).count());
    if port.is_some_and(|port| port.get(digits).is_some_and(|byte| b"/?#".contains(byte))) {
        return Look::No;
    }
    if stop.is_none() && room < LONGEST && !text.end {
        candidate.seen = text.place(at + room);
        return Look::More;
    }
    let all = &rest[..stop.unwrap_or(room)];
    let host = all.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(all.len());
    let sign = all[..host].iter().rposition(|byte| *byte == b'@');
    let masked = mask_at(all).unwrap_or(0);
    let colon = all[masked..].iter().position(|byte| *byte == b':').map(|at| masked + at);
    let whole = |from: usize, to: usize| Look::Yes(Found::whole(text.place(at + from), text.place(at + to)));
    match (colon, sign) {
        (_, Some(sign)) if mask_at(&all[..sign]) == Some(sign) => Look::No,
        (Some(colon), Some(sign)) if colon < sign => {
            let secret = &all[colon + 1..sign];
            // A token stands in the user's place.
            if [b"x-oauth-basic".as_slice(), b"x-oauth-token", b"oauth2"].contains(&secret) && colon >= TOKEN {
                return if masked == colon { Look::No } else { whole(0, colon) };
            }
            if secret.is_empty() || placeholder(secret) { Look::No } else { whole(colon + 1, sign) }
        }
        (_, Some(sign)) => {
            let user = &all[..sign];
            let mixed = user.iter().any(u8::is_ascii_digit) && user.iter().any(u8::is_ascii_alphabetic);
            let small = user.iter().any(u8::is_ascii_lowercase) && user.iter().any(u8::is_ascii_uppercase);
            let thing = || std::str::from_utf8(user).is_ok_and(is_thing);
            let long = user.len() >= TOKEN && entropy(user) >= 3.3;
            let short = user.len() >= SHORT && small && entropy(user) >= 3.0 && !thing();
            let random = mixed && (long || short) && !placeholder(user);
            if random && !user.contains(&b'.') { whole(0, sign) } else { Look::No }
        }
        (Some(colon), None) if colon < host => {
            // A password with a `/` in it; a port has digits only.
            let port = all[colon + 1..host].iter().all(u8::is_ascii_digit);
            let sign = all.iter().rposition(|byte| *byte == b'@').filter(|sign| *sign > host);
            match sign {
                Some(sign) if !port => whole(colon + 1, sign),
                _ if !port && stop.is_none() && room == LONGEST => {
                    let (from, to) = (text.place(at + colon + 1), text.place(at + room));
                    Look::Yes(Found { from, to, tagged: (from, to), cut: true })
                }
                _ => Look::No,
            }
        }
        (_, None) => Look::No,
    }
}
