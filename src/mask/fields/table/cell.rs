//! A held cell of a drawn table, masked so that its column stays where it is, if the mask fits.

use super::super::flow::{Flow, Hold};
use super::super::names::FieldId;
use super::super::stage::{Masking, one_line, trimmed, unquoted, width};

/// Marks in the margin of a cell that goes on in the next line.
const MARKS: &[&str] = &["+", "\u{21b5}", ".", "\u{2026}"];

/// How a cell is let go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// Its column has a width.
    pub aligned: bool,
    /// It has margins in which a mark may stand.
    pub margins: bool,
    /// Nothing follows in the line.
    pub last: bool,
    /// What it may stand between.
    pub quote: Option<char>,
}

/// Lets a held cell go, masked.
pub(super) fn close(hold: &mut Hold, field: FieldId, style: Style, masking: &mut Masking, out: &mut Flow) {
    let text = hold.text();
    let (mut from, mut to) = trimmed(text);
    if !hold.is_over() && Masking::passes(field, text.get(from..to).unwrap_or_default()) {
        hold.release(out);
        return;
    }
    if style.margins {
        (from, to) = within_marks(text, from, to);
    }
    let mut value = text.get(from..to).unwrap_or_default().to_vec();
    if let Some(quote) = style.quote.and_then(|quote| u8::try_from(quote).ok())
        && let [first, inner @ ..] = value.as_slice()
        && *first == quote
    {
        let closed = inner.last() == Some(&quote);
        let inner = if closed { inner.get(..inner.len() - 1).unwrap_or_default() } else { inner };
        if closed && !hold.is_over() && Masking::passes(field, inner) {
            hold.release(out);
            return;
        }
        let mask = masking.value(field, &unquoted(inner, quote));
        let mask: Vec<u8> = one_line(&mask).into_iter().filter(|byte| *byte != quote).collect();
        hold.replace(from, to, &[&[quote], mask.as_slice(), &[quote]].concat(), out);
        return;
    }
    if !hold.is_over() && Masking::passes(field, &value) {
        hold.release(out);
        return;
    }
    if value.last() == Some(&b'\r') {
        value.pop();
    }
    let mut mask = one_line(&masking.value(field, &value));
    if style.aligned {
        let blanks = |text: &mut dyn Iterator<Item = &u8>| text.take_while(|byte| **byte == b' ').count();
        let left = blanks(&mut hold.text().get(..from).unwrap_or_default().iter().rev());
        let right = blanks(&mut hold.text().get(to..).unwrap_or_default().iter());
        let (need, have) = (width(&mask), width(&value));
        let at_right = left > 1 && right <= 1;
        if need < have {
            let pad = vec![b' '; have - need];
            if at_right {
                mask.splice(0..0, pad);
            } else if !(style.last && right == 0) {
                mask.extend(pad);
            }
        } else {
            let mut extra = need - have;
            let mut take = |room: usize| {
                let taken = extra.min(room.saturating_sub(1));
                extra -= taken;
                taken
            };
            let (before, behind) = if at_right {
                let before = take(left);
                (before, take(right))
            } else {
                let behind = take(right);
                (take(left), behind)
            };
            from -= before;
            to += behind;
        }
    }
    hold.replace(from, to, &mask, out);
}

/// Leaves out marks at the ends of a cell, and the blanks inside of them.
fn within_marks(text: &[u8], mut from: usize, mut to: usize) -> (usize, usize) {
    let at_end = MARKS.iter().find(|mark| text.get(..to).is_some_and(|text| text.ends_with(mark.as_bytes())));
    if let Some(mark) = at_end
        && to - from > mark.len()
    {
        to -= mark.len();
        to = from + trimmed(text.get(from..to).unwrap_or_default()).1;
    }
    let at_start = MARKS.iter().skip(2).find(|mark| text.starts_with(mark.as_bytes()));
    if let Some(mark) = at_start
        && to - from > mark.len()
    {
        from += mark.len();
    }
    (from, to)
}
