//! The same result by the simplest means: the whole input at once, every literal compared at every place.

use super::super::ansi::{Meaning, Sequence, Step};
use super::super::digits::HIT;
use super::super::find::{Candidate, Found, Look, Run, Text, What, look};
use super::super::masker::Span;
use super::super::rule::{Form, Trigger};
use super::*;

/// What stands in front of a byte, and what is written instead of it.
type Cell = (Vec<u8>, Option<Vec<u8>>);

/// Text without escape sequences; each byte with what stands in front of it, and one more cell for the end.
pub(super) fn split(input: &[u8]) -> (Vec<u8>, Vec<Cell>) {
    let (mut text, mut marks, mut front) = (Vec::new(), Vec::new(), Vec::new());
    let mut at = 0;
    while at < input.len() {
        match input[at] {
            0x1b => {
                let mut sequence = Sequence::default();
                sequence.begin();
                at += 1;
                let mut meaning = Meaning::Break;
                while at < input.len() {
                    match sequence.push(input[at]) {
                        Step::More => at += 1,
                        Step::Done(is) => {
                            at += 1;
                            meaning = is;
                            break;
                        }
                        Step::Broken => break,
                        Step::Text => unreachable!("short inputs"),
                    }
                }
                if matches!(meaning, Meaning::Break | Meaning::Blank | Meaning::Screen(_)) {
                    text.push(if meaning == Meaning::Blank { b' ' } else { 0 });
                    marks.push((std::mem::take(&mut front), Some(sequence.raw.clone())));
                } else {
                    front.extend_from_slice(&sequence.raw);
                }
            }
            b'\r' if input.get(at + 1) == Some(&b'\n') => {
                front.push(b'\r');
                at += 1;
            }
            0x08 => {
                let again = super::super::screen::without_last(&text).to_vec();
                text.push(0x08);
                marks.push((std::mem::take(&mut front), Some(vec![0x08])));
                marks.extend(again.iter().map(|_| (Vec::new(), Some(Vec::new()))));
                text.extend(again);
                at += 1;
            }
            byte => {
                text.push(byte);
                marks.push((std::mem::take(&mut front), None));
                at += 1;
            }
        }
    }
    marks.push((front, None));
    (text, marks)
}

fn decide(candidate: Candidate, bytes: &[u8], kit: &Kit, spans: &mut Vec<(What, Found)>) {
    let mut candidate = candidate;
    let mut runs = vec![Run::default(); kit.rules.rules.len()];
    loop {
        let text = Text { bytes, base: 0, end: true };
        match look(&mut candidate, text, &kit.rules, &mut runs) {
            Look::Yes(found) => return spans.push((candidate.what, found)),
            Look::Open(found) if found.from < found.to => spans.push((candidate.what, found)),
            _ => return,
        }
    }
}

pub(super) fn mask(kit: &Kit, input: &[u8]) -> Vec<u8> {
    let (text, marks) = split(input);
    let mut found = Vec::new();
    for end in 1..=text.len() {
        for number in 0..kit.rules.count() {
            let literal = kit.rules.literal(number).unwrap();
            if text[..end].to_ascii_lowercase().ends_with(&literal.bytes.to_ascii_lowercase()) {
                let from = end - literal.bytes.len();
                if literal.is(&text[from..end]) {
                    let keep = !matches!(&kit.rules.rules[literal.rule].rule.trigger, Trigger::Prefix(p) if !p.keep);
                    let start = if keep { end } else { from };
                    let what = What::Rule(literal.rule);
                    decide(Candidate::new(what, start as u64, end as u64, literal.bytes.len()), &text, kit, &mut found);
                }
            }
        }
        let known = kit.known.lock().unwrap();
        for (number, form) in known.forms.iter().enumerate() {
            if text[..end].ends_with(&form.bytes) {
                let from = (end - form.bytes.len()) as u64;
                if form.whole_word {
                    decide(
                        Candidate::new(What::Known(number), from, end as u64, form.bytes.len()),
                        &text,
                        kit,
                        &mut found,
                    );
                } else {
                    found.push((What::Known(number), Found::whole(from, end as u64)));
                }
            }
        }
    }
    let mut digits = kit.rules.digits.clone();
    for (at, byte) in text.iter().enumerate() {
        digits.state = digits.table[usize::from(digits.state) + usize::from(digits.kinds[usize::from(*byte)])];
        for (form, rule) in kit.rules.forms.iter().filter(|_| digits.state >= HIT) {
            if digits.stops(*form) {
                let back = if *form == Form::Iban { 4 } else { 24 };
                let end = at + 1;
                let candidate = Candidate::new(What::Rule(*rule), end.saturating_sub(back) as u64, end as u64, 0);
                decide(candidate, &text, kit, &mut found);
            }
        }
    }
    for from in (0..text.len()).rev() {
        let tail = &text[from..];
        let known = kit.known.lock().unwrap();
        let begun = |form: &super::super::values::Form| {
            form.bytes.len() > tail.len()
                && form.bytes.starts_with(tail)
                && tail.len() >= 6.max(form.bytes.len().div_ceil(2))
        };
        if let Some(number) = known.forms.iter().position(begun) {
            found.push((What::Known(number), Found::whole(from as u64, text.len() as u64)));
        }
    }
    render(kit, &text, &marks, found)
}

fn render(kit: &Kit, text: &[u8], marks: &[Cell], found: Vec<(What, Found)>) -> Vec<u8> {
    let mut spans: Vec<Span> = found
        .into_iter()
        .map(|(what, found)| {
            let rank = match what {
                What::Known(_) => 0,
                What::Rule(number) => {
                    let rule = &kit.rules.rules[number].rule;
                    match rule.trigger {
                        _ if rule.personal => 3,
                        Trigger::Prefix(_) | Trigger::Block { .. } => 1,
                        _ => 2,
                    }
                }
            };
            Span { from: found.from, to: found.to, rank, what, tagged: found.tagged, cut: found.cut }
        })
        .collect();
    spans.sort_by_key(Span::order);
    let mut unions: Vec<(Span, u64)> = Vec::new();
    for span in spans {
        match unions.last_mut() {
            Some((_, end)) if span.from <= *end => *end = span.to.max(*end),
            _ => unions.push((span, span.to)),
        }
    }
    let helper = kit.masker(Surface::Line);
    let mut out = Vec::new();
    let mut unions = unions.into_iter().peekable();
    let (mut due, mut hidden) = (None::<Span>, 0);
    for (at, (front, instead)) in marks.iter().enumerate() {
        out.extend_from_slice(front);
        if let Some((span, end)) = unions.next_if(|(span, _)| span.from == at as u64) {
            (due, hidden) = (Some(span), end);
        }
        // What was only read again is nowhere.
        if let Some(span) = due.take_if(|span| at as u64 >= span.to || !instead.as_ref().is_some_and(Vec::is_empty))
            && (at as u64) < span.to
        {
            let secret = &text[span.tagged.0 as usize..span.tagged.1 as usize];
            out.extend_from_slice(helper.mask(&span, secret).as_bytes());
        }
        match (instead, text.get(at)) {
            (Some(instead), _) => out.extend_from_slice(instead),
            (None, Some(byte)) if at as u64 >= hidden => out.push(*byte),
            _ => {}
        }
    }
    out
}
