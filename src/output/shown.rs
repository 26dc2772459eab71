//! A command line as others may see it: values masked; program names, flags and paths as they are.
//!
//! Whoever is asked about a line must see what it does, and whoever wrote it must not be able to hide that behind
//! something that looks like a secret (`PASSWORD=x;rm -rf ~`). So what the line would start, its options, its paths and
//! what its effects land on are kept, and only what is left of a secret is masked.
#![forbid(unsafe_code)]

use std::collections::{HashMap, HashSet};

use crate::mask::Hidden;
use crate::policy::Verdict;
use crate::policy::verdict::{EffectOut, MatchOut, UnresolvedOut};
use crate::syntax::{Analysis, Invocation, Span, Value};

/// A text with parts of it replaced.
#[derive(Debug, Default, PartialEq, Eq)]
struct Veiled {
    text: String,
    /// What was replaced and what stands there now, in order.
    moves: Vec<(Span, Span)>,
}

impl Veiled {
    /// Replaces what is hidden, but for what is to be kept; `kept` is in order and without overlaps.
    fn new(text: &str, hidden: Vec<Hidden>, kept: &[Span], whole: &[Span]) -> Self {
        let mut parts: Vec<Hidden> = hidden.into_iter().flat_map(|one| without(one, kept, whole)).collect();
        parts.sort_by_key(|part| part.from);
        let mut out = Self::default();
        let mut at = 0;
        for part in parts {
            // What overlaps is one secret, under the name of the one that begins first.
            if let Some((old, _)) = out.moves.last_mut().filter(|(old, _)| part.from < old.end) {
                old.end = old.end.max(part.to);
                at = old.end;
                continue;
            }
            out.text.push_str(text.get(at..part.from).unwrap_or_default());
            let start = out.text.len();
            out.text.push_str(&part.mask);
            out.moves.push((Span::new(part.from, part.to), Span::new(start, out.text.len())));
            at = part.to;
        }
        out.text.push_str(text.get(at..).unwrap_or_default());
        out
    }

    /// Where a span of the old text stands now; half of a mask is all of it.
    fn moved(&self, span: Span) -> Span {
        let place = |at: usize, end: bool| {
            let before = self.moves.partition_point(|(old, _)| old.start < at || !end && old.start == at);
            match before.checked_sub(1).map(|last| self.moves[last]) {
                Some((old, new)) if at < old.end => {
                    if end {
                        new.end
                    } else {
                        new.start
                    }
                }
                Some((old, new)) => new.end + (at - old.end),
                None => at,
            }
        };
        Span::new(place(span.start, false), place(span.end, true))
    }
}

/// What is left of a hidden part: without what is kept, and without what in `whole` lies inside it.
fn without(hidden: Hidden, kept: &[Span], whole: &[Span]) -> Vec<Hidden> {
    let own = Span::new(hidden.from, hidden.to);
    let first = kept.partition_point(|span| span.end <= own.start);
    let mut holes: Vec<Span> = kept[first..].iter().take_while(|span| span.start < own.end).copied().collect();
    let first = whole.partition_point(|span| span.start < own.start);
    holes.extend(whole[first..].iter().take_while(|span| span.start < own.end).filter(|span| own.contains(**span)));
    holes.sort_unstable();
    let mut at = own.start;
    let mut parts = Vec::new();
    let mut part = |from: usize, to: usize| {
        if from < to {
            parts.push(Hidden { from, to, mask: hidden.mask.clone() });
        }
    };
    for hole in holes {
        part(at, hole.start);
        at = at.max(hole.end);
    }
    part(at, own.end);
    parts
}

/// What must stay visible of a line: words, and whole commands where they lie inside something that looks secret.
fn kept(text: &str, verdict: &Verdict, line: &Analysis) -> (Vec<Span>, Vec<Span>) {
    let mut spans = Vec::new();
    let mut words: HashMap<Span, HashSet<String>> = HashMap::new();
    let mut keep = |span: Span, literal: &str, portion: &str| {
        let there = text.get(span.start..span.end).unwrap_or_default();
        if there == literal {
            spans.push(Span::new(span.start, span.start + portion.len()));
        } else if literal == portion && there.len() <= 2 * literal.len() + 8 && !there.contains(char::is_whitespace) {
            // Quoted in some way.
            spans.push(span);
        } else {
            words.entry(span).or_default().insert(portion.to_owned());
        }
    };
    for inv in &line.invocations {
        if let Some(name) = inv.program.value.literal() {
            keep(inv.program.span, name, name);
        }
        for arg in &inv.args {
            if let Some(literal) = arg.value.literal() {
                keep(arg.span, literal, public_part(literal));
            }
        }
        for redirect in &inv.redirects {
            if let Some(literal) = redirect.target.literal() {
                keep(redirect.span, "", literal);
            }
        }
    }
    for effect in verdict.effects.iter().filter(|effect| effect.kind.as_str().starts_with("fs.")) {
        words.entry(effect.span).or_default().insert(last_name(&effect.target).to_owned());
    }
    for (span, wanted) in words {
        let there = text.get(span.start..span.end).unwrap_or_default();
        for (at, token) in tokens(there) {
            if wanted.contains(token) || token.contains('/') && wanted.contains(last_name(token)) {
                spans.push(Span::new(span.start + at, span.start + at + token.len()));
            }
        }
    }
    spans.retain(|span| span.start < span.end);
    let mut whole: Vec<Span> = line.invocations.iter().map(|inv| inv.span).collect();
    whole.sort_unstable();
    (merged(spans), whole)
}

/// A path's last name.
fn last_name(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// The part of a word that no secret is: an option's name, a path.
fn public_part(word: &str) -> &str {
    if let Some(option) = word.strip_prefix("--") {
        return &word[..2 + option.find('=').unwrap_or(option.len())];
    }
    if let Some(letters) = word.strip_prefix('-') {
        let short = letters.len() <= 8 && letters.bytes().all(|byte| byte.is_ascii_alphabetic());
        return if short { word } else { "" };
    }
    let place = ["/", "./", "../", "~"].iter().any(|start| word.starts_with(start));
    let plain = |byte: &u8| byte.is_ascii_lowercase() || b"/.-_~*".contains(byte);
    let path = place && word.bytes().filter(|byte| plain(byte)).count() * 3 >= word.len() * 2;
    if path { word } else { "" }
}

/// The words of a text that may itself be a command line, with their places.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let between = |ch: char| ch.is_whitespace() || "=;&|<>()`'\"{}$\\".contains(ch);
    let mut at = 0;
    text.split(between).filter_map(move |token| {
        // Every separator is one byte long, or a blank of several.
        let from = at + text.get(at..).and_then(|rest| rest.find(token)).unwrap_or(0);
        at = from + token.len();
        (!token.is_empty()).then_some((from, token))
    })
}

/// In order and without overlaps.
fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut out: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match out.last_mut().filter(|last| span.start <= last.end) {
            Some(last) => last.end = last.end.max(span.end),
            None => out.push(span),
        }
    }
    out
}

/// The verdict with the values of its texts masked, and its spans where they belong then. Its digest is that of what was
/// judged.
pub(super) fn verdict(verdict: &Verdict, line: &Analysis, find: &dyn Fn(&str) -> Vec<Hidden>) -> Verdict {
    let (kept, whole) = kept(&verdict.command, verdict, line);
    let veiled = Veiled::new(&verdict.command, find(&verdict.command), &kept, &whole);
    let text = |text: &str| masked(text, find);
    let steps = |via: &[String]| via.iter().map(|step| text(step)).collect::<Vec<_>>();
    let effects = verdict.effects.iter().map(|effect| EffectOut {
        target: if effect.kind.as_str().starts_with("fs.") { effect.target.clone() } else { text(&effect.target) },
        via: steps(&effect.via),
        span: veiled.moved(effect.span),
        ..effect.clone()
    });
    let matches = verdict.matches.iter().map(|found| MatchOut {
        because: text(&found.because),
        instead: text(&found.instead),
        span: veiled.moved(found.span),
        ..found.clone()
    });
    let unresolved = verdict.unresolved.iter().map(|gap| UnresolvedOut {
        text: text(&gap.text),
        via: steps(&gap.via),
        span: veiled.moved(gap.span),
        ..gap.clone()
    });
    Verdict {
        effects: effects.collect(),
        matches: matches.collect(),
        unresolved: unresolved.collect(),
        inner: verdict.inner.map(|span| veiled.moved(span)),
        command: veiled.text,
        // Nobody looks at it who is shown something.
        command_b64: None,
        ..verdict.clone()
    }
}

/// A text with its values masked.
fn masked(text: &str, find: &dyn Fn(&str) -> Vec<Hidden>) -> String {
    Veiled::new(text, find(text), &[], &[]).text
}

/// Program and words of an invocation as [`Invocation::text`] has them, values masked.
pub(super) fn invocation(inv: &Invocation, find: &dyn Fn(&str) -> Vec<Hidden>) -> String {
    let text = inv.text();
    let width = |value: &Value| value.text().len();
    let mut at = width(&inv.program.value);
    let mut spans = vec![Span::new(0, at)];
    for arg in &inv.args {
        let word = arg.value.text();
        spans.push(Span::new(at + 1, at + 1 + public_part(&word).len()));
        at += 1 + word.len();
    }
    spans.retain(|span| span.start < span.end);
    Veiled::new(&text, find(&text), &merged(spans), &[]).text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str, part: &str) -> Hidden {
        let from = text.find(part).unwrap();
        Hidden { from, to: from + part.len(), mask: "[m]".to_owned() }
    }

    #[test]
    fn spans_stand_where_they_belong() {
        let text = "ab SECRET cd SECOND ef";
        let veiled = Veiled::new(text, vec![hidden(text, "SECRET"), hidden(text, "SECOND")], &[], &[]);
        assert_eq!(veiled.text, "ab [m] cd [m] ef");
        for (part, wanted) in [
            ("ab", "ab"),
            ("ab SECRET", "ab [m]"),
            ("SECRET", "[m]"),
            ("CRE", "[m]"),
            ("cd", "cd"),
            ("RET cd SEC", "[m] cd [m]"),
            ("ef", "ef"),
            ("", ""),
        ] {
            let from = text.find(part).unwrap();
            let span = veiled.moved(Span::new(from, from + part.len()));
            assert_eq!(&veiled.text[span.start..span.end], wanted, "{part}");
        }
        assert_eq!(veiled.moved(Span::new(text.len(), text.len())).start, veiled.text.len());
    }

    #[test]
    fn what_is_kept_is_cut_out_of_a_mask() {
        let text = "x=AAA;rm -rf ~BBB y";
        let all = hidden(text, "AAA;rm -rf ~BBB");
        let veiled = Veiled::new(text, vec![all.clone()], &[Span::new(6, 8)], &[]);
        assert_eq!(veiled.text, "x=[m]rm[m] y");
        let veiled = Veiled::new(text, vec![all], &[], &[Span::new(6, 14)]);
        assert_eq!(veiled.text, "x=[m]rm -rf ~[m] y");
    }

    #[test]
    fn words_and_their_places() {
        let text = "a='b c';rm\u{a0}-rf \"é/x\"";
        for (at, token) in tokens(text) {
            assert_eq!(&text[at..at + token.len()], token);
        }
        let found: Vec<&str> = tokens(text).map(|(_, token)| token).collect();
        assert_eq!(found, ["a", "b", "c", "rm", "-rf", "é/x"]);
    }

    #[test]
    fn what_no_secret_is_of_a_word() {
        for (word, part) in [
            ("--password=abc", "--password"),
            ("--force", "--force"),
            ("-rf", "-rf"),
            ("-pS3cret99", ""),
            ("/etc/passwd", "/etc/passwd"),
            ("~", "~"),
            ("./x.sh", "./x.sh"),
            ("/9j4AAQSkZJRg+Ab=", ""),
            ("hunter2", ""),
        ] {
            assert_eq!(public_part(word), part, "{word}");
        }
    }
}
