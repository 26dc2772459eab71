//! Cards, accounts, social security and telephone numbers: digits of a certain form.
//!
//! Sources: ISO/IEC 7812 (cards), ISO 13616 (IBAN), SSA's rules for numbers in use, ITU-T E.164.

#![forbid(unsafe_code)]

use super::{Candidate, Found, Look, Text};
use crate::mask::rule::Form;
use crate::mask::verify::{luhn, mod97};

/// Lengths of account numbers by country.
const IBAN: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NL", 18),
    (b"NO", 15),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"SA", 24),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
];

/// How cards are grouped in print.
const GROUPS: &[&[usize]] = &[&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 4, 3]];

/// What names an id, a time or a count: words at the end of a key's name.
const IDS: &[&str] = &[
    "id",
    "ids",
    "span",
    "trace",
    "parent",
    "guid",
    "uid",
    "gid",
    "pid",
    "tid",
    "ts",
    "time",
    "timestamp",
    "nanos",
    "micros",
    "ns",
    "us",
    "seq",
    "sequence",
    "offset",
    "lsn",
    "xid",
    "cursor",
    "inode",
    "nonce",
    "hash",
    "checksum",
    "crc",
    "etag",
    "version",
    "revision",
    "rev",
    "build",
    "size",
    "bytes",
    "count",
    "seed",
    "hwm",
    "watermark",
    "oid",
    "epoch",
    "snowflake",
];
/// Words in such a name that speak for a card all the same.
const CARDS: &[&str] = &["card", "payment", "credit", "debit", "visa", "amex", "account"];

/// Says whether a number is the value of a key whose name says id: `span_id=…`, `"spanId":"…"`, `X-B3-SpanId: …`.
fn is_id(before: &[u8]) -> bool {
    let line = &before[before.len().saturating_sub(64)..];
    let line = memchr::memrchr(b'\n', line).map_or(line, |end| &line[end + 1..]);
    let end = line.iter().rposition(|byte| !b" \t\"'\\".contains(byte)).map_or(0, |at| at + 1);
    let (line, gap) = (&line[..end], line.len() - end);
    let signed = matches!(line.last(), Some(b'=' | b':'));
    if !signed && gap == 0 {
        return false;
    }
    let line = if signed { &line[..line.len() - 1] } else { line };
    let quoted = line.iter().rposition(|byte| !b" \"'\\".contains(byte)).map_or(0, |at| at + 1);
    let name = line[..quoted].iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(byte));
    let name = &line[quoted - name.count()..quoted];
    // The last word: behind a sign, or from its capital on.
    let small = name.iter().rev().take_while(|byte| byte.is_ascii_lowercase()).count();
    let capital = name[..name.len() - small].last().is_some_and(u8::is_ascii_uppercase);
    let all = name.iter().rev().take_while(|byte| byte.is_ascii_uppercase()).count();
    let word = if small > 0 { small + usize::from(capital) } else { all };
    let word = name[name.len() - word..].to_ascii_lowercase();
    let lower = name.to_ascii_lowercase();
    let card = CARDS.iter().any(|card| memchr::memmem::find(&lower, card.as_bytes()).is_some());
    !card && IDS.iter().any(|id| id.as_bytes() == word)
}

/// Says whether ids in hexadecimal stand beside a number, as long as it is or twice as long; `None` where that is not to
/// be seen yet.
fn among_ids(before: &[u8], after: &[u8], length: usize, end: bool) -> Option<bool> {
    let parts = |byte: &u8| b",;|: \t-/".contains(byte);
    let hex = |run: &[u8]| {
        (run.len() == length || run.len() == length * 2)
            && run.iter().any(u8::is_ascii_digit)
            && run.iter().any(u8::is_ascii_alphabetic)
    };
    let digit = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    if before.last().is_some_and(parts) {
        let text = &before[..before.len() - 1];
        let run = text.iter().rev().take(length * 2 + 1).take_while(digit).count();
        let free = text[..text.len() - run].last().is_none_or(|byte| !byte.is_ascii_alphanumeric());
        if free && hex(&text[text.len() - run..]) {
            return Some(true);
        }
    }
    let Some((sign, text)) = after.split_first() else { return if end { Some(false) } else { None } };
    if !parts(sign) {
        return Some(false);
    }
    let run = text.iter().take(length * 2 + 1).take_while(digit).count();
    match text.get(run) {
        None if !end && run <= length * 2 => None,
        next => Some(next.is_none_or(|byte| !byte.is_ascii_alphanumeric()) && hex(&text[..run])),
    }
}

pub(super) fn look(candidate: &mut Candidate, text: Text<'_>, form: Form) -> Look {
    let at = text.index(candidate.at);
    let whole = |from: usize, to: usize| Look::Yes(Found::whole(text.place(from), text.place(to)));
    if form == Form::Iban {
        return iban(text.bytes, at, text.end).map_or_else(|look| look, |(from, to)| whole(from, to));
    }
    // A digit behind it, or a point and a digit: the number goes on.
    let rest = &text.bytes[at..];
    if rest.len() < 2 && !text.end && rest.first().is_none_or(|byte| matches!(byte, b'.' | b'-')) {
        return Look::More;
    }
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let goes_on = matches!(rest, [b'.' | b'-', digit, ..] if digit.is_ascii_digit());
    if rest.first().is_some_and(|byte| word(byte) || matches!(byte, b'*' | b'^')) || goes_on {
        return Look::No;
    }
    let before = &text.bytes[..at];
    if let Some(from) = card(before).filter(|from| form == Form::Card && before[*from..].contains(&b' ')) {
        match in_dump(&before[..from], rest, text.end) {
            None => return Look::More,
            Some(true) => return Look::No,
            Some(false) => {}
        }
    }
    // Spans and traces have ids of 16 hexadecimal digits, which may all be decimal.
    if let Some(from) = card(before).filter(|from| form == Form::Card && at - from == 16) {
        if is_id(&before[..from]) {
            return Look::No;
        }
        match among_ids(&before[..from], rest, at - from, text.end) {
            None => return Look::More,
            Some(true) => return Look::No,
            Some(false) => {}
        }
    }
    let from = match form {
        Form::Card => card(before),
        Form::Ssn => ssn(before),
        Form::Phone => phone(before),
        Form::Iban => None,
    };
    from.map_or(Look::No, |from| whole(from, at))
}

/// Says whether a number may begin here.
fn begins(before: &[u8]) -> bool {
    match before {
        [.., digit, b'.' | b'-'] if digit.is_ascii_alphanumeric() => false,
        [.., b'>'] => ends_tag(before),
        [.., last] => !last.is_ascii_alphanumeric() && !b"_.]<*+^~".contains(last),
        [] => true,
    }
}

/// Says whether a tag with a name ends here: `<CardNumber>`, `<pay:pan>`.
fn ends_tag(text: &[u8]) -> bool {
    let text = &text[..text.len() - 1];
    let name = text.iter().rev().take(64).take_while(|byte| byte.is_ascii_alphanumeric() || b":_-".contains(byte));
    let name = &text[text.len() - name.count()..];
    text[..text.len() - name.len()].ends_with(b"<") && name.iter().filter(|byte| byte.is_ascii_alphabetic()).count() > 1
}

/// Says whether a number in groups of four stands in a row of many such groups, as a dump or a table of codes has them;
/// `None` where that is not to be seen yet.
fn in_dump(before: &[u8], after: &[u8], end: bool) -> Option<bool> {
    let group = |bytes: &[u8]| bytes.len() == 5 && bytes.iter().filter(|byte| byte.is_ascii_hexdigit()).count() == 4;
    let letter = |bytes: &[u8]| bytes.iter().any(u8::is_ascii_alphabetic);
    let in_front = before.rchunks(5).take(2).take_while(|bytes| bytes.last() == Some(&b' ') && group(bytes));
    let (mut groups, mut letters) = in_front.fold((0, false), |(n, some), bytes| (n + 1, some || letter(bytes)));
    for bytes in after.chunks(5).take(2) {
        let cut = bytes.len() < 5 && bytes[0] == b' ' && bytes[1..].iter().all(u8::is_ascii_hexdigit);
        if cut && !end {
            return None;
        }
        if bytes[0] != b' ' || !group(bytes) {
            break;
        }
        (groups, letters) = (groups + 1, letters || letter(bytes));
    }
    if groups == 1 && !letters && after.len() == 5 && !end {
        return None;
    }
    Some(groups > 1 || letters)
}

fn card(text: &[u8]) -> Option<usize> {
    let single = text.iter().rev().take(20).take_while(|byte| byte.is_ascii_digit()).count();
    if single >= 13 {
        let from = text.len() - single;
        return (issued(&text[from..]) && luhn(&text[from..]) && begins(&text[..from])).then_some(from);
    }
    GROUPS.iter().find_map(|groups| {
        let length = groups.iter().sum::<usize>() + groups.len() - 1;
        let from = text.len().checked_sub(length)?;
        let bytes = &text[from..];
        let between = *bytes.get(groups[0])?;
        if !matches!(between, b' ' | b'-') {
            return None;
        }
        let parts: Vec<&[u8]> = bytes.split(|byte| *byte == between).collect();
        let fits = parts.len() == groups.len()
            && parts.iter().zip(*groups).all(|(part, size)| part.len() == *size && part.iter().all(u8::is_ascii_digit));
        let digits: Vec<u8> = bytes.iter().copied().filter(u8::is_ascii_digit).collect();
        (fits && issued(&digits) && luhn(&digits) && begins(&text[..from])).then_some(from)
    })
}

/// Says whether an issuer gives out such numbers.
fn issued(digits: &[u8]) -> bool {
    let head = |n: usize| digits[..n].iter().fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'));
    let same = digits[4..].iter().all(|digit| *digit == digits[4]) && digits[4] == b'0';
    let fits = match digits.len() {
        14 => matches!(head(3), 300..=305 | 309) || matches!(head(2), 36 | 38 | 39),
        15 => matches!(head(2), 34 | 37),
        16 => {
            matches!(head(1), 4)
                || matches!(head(2), 51..=55 | 62 | 65)
                || matches!(head(4), 2221..=2720 | 6011 | 3528..=3589)
                || matches!(head(3), 644..=649)
        }
        19 => head(2) == 62 || head(4) == 6011,
        _ => false,
    };
    fits && !same
}

fn ssn(text: &[u8]) -> Option<usize> {
    let from = text.len().checked_sub(11)?;
    let number = &text[from..];
    let never = number.starts_with(b"000") || number.starts_with(b"666") || number.starts_with(b"9");
    let empty = &number[4..6] == b"00" || &number[7..] == b"0000";
    // Printed in advertisements, and so in everyone's documents.
    let printed = matches!(number, b"078-05-1120" | b"219-09-9999" | b"123-45-6789" | b"111-22-3333");
    (!never && !empty && !printed && begins(&text[..from])).then_some(from)
}

fn phone(text: &[u8]) -> Option<usize> {
    let part = |byte: &&u8| byte.is_ascii_digit() || b" -.()+".contains(byte);
    let run = text.iter().rev().take(24).take_while(part).count();
    let run = &text[text.len() - run..];
    let plus = run.iter().rposition(|byte| *byte == b'+');
    let from = match plus {
        Some(plus) => text.len() - run.len() + plus,
        None => {
            // `555-123-4567`, `(555) 123-4567`.
            let shape = |form: &[u8]| {
                let at = text.len().checked_sub(form.len())?;
                let fits =
                    |(byte, wanted): (&u8, &u8)| if *wanted == b'd' { byte.is_ascii_digit() } else { byte == wanted };
                text[at..].iter().zip(form).all(fits).then_some(at)
            };
            [b"(ddd) ddd-dddd".as_slice(), b"ddd-ddd-dddd", b"ddd.ddd.dddd"].into_iter().find_map(shape)?
        }
    };
    let digits = text[from..].iter().filter(|byte| byte.is_ascii_digit()).count();
    let area = text[from..].iter().find(|byte| byte.is_ascii_digit()).is_some_and(|digit| *digit != b'0');
    (area && (10..=15).contains(&digits) && begins(&text[..from])).then_some(from)
}

/// `at` is behind two letters and two digits.
fn iban(text: &[u8], at: usize, end: bool) -> Result<(usize, usize), Look> {
    let from = at - 4;
    let Some((_, length)) = IBAN.iter().find(|(country, _)| country.as_slice() == &text[from..from + 2]) else {
        return Err(Look::No);
    };
    if !begins(&text[..from]) {
        return Err(Look::No);
    }
    let (mut count, mut place) = (4, at);
    while count < *length {
        match text.get(place) {
            None if end => return Err(Look::No),
            None => return Err(Look::More),
            Some(b' ') if count % 4 == 0 && text[place - 1] != b' ' => {}
            Some(byte) if byte.is_ascii_uppercase() || byte.is_ascii_digit() => count += 1,
            _ => return Err(Look::No),
        }
        place += 1;
    }
    match text.get(place) {
        None if !end => Err(Look::More),
        Some(next) if next.is_ascii_alphanumeric() => Err(Look::No),
        _ if mod97(&text[from..place]) => Ok((from, place)),
        _ => Err(Look::No),
    }
}
