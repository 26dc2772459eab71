//! How programs read their words: options, the options' values, operands.

use std::borrow::Cow;

use crate::syntax::{Arg, Seg, Span, Value};

/// How one program takes options.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    /// Options that take the next word as their value, with their dashes.
    pub values: &'static [&'static str],
    /// `-rf` means `-r -f`; where not, `-name` is one option.
    pub bundle: bool,
}

impl Spec {
    /// A program whose short options may be bundled.
    pub(super) const fn new(values: &'static [&'static str]) -> Self {
        Self { values, bundle: true }
    }

    /// A program whose options are whole words behind one dash.
    pub(super) const fn long(values: &'static [&'static str]) -> Self {
        Self { values, bundle: false }
    }

    fn takes_short(&self, letter: char) -> bool {
        self.values.iter().any(|name| {
            let mut letters = name.chars();
            letters.next() == Some('-') && letters.next() == Some(letter) && letters.next().is_none()
        })
    }
}

/// One option that is set.
#[derive(Clone, Debug)]
pub(super) struct Opt<'a> {
    /// With its dashes: `-d`, `--data`.
    pub name: String,
    /// Its value, from the same word or the next.
    pub value: Option<Cow<'a, Value>>,
    /// The words it stands in.
    pub span: Span,
}

/// The words of an invocation, taken apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Words<'a> {
    /// In order.
    pub options: Vec<Opt<'a>>,
    /// In order; wholly unknown words count as operands.
    pub operands: Vec<&'a Arg>,
}

impl<'a> Words<'a> {
    /// Takes words apart.
    pub(super) fn of(args: &'a [Arg], spec: &Spec) -> Self {
        let mut words = Self::default();
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            let head = arg.value.prefix();
            if arg.value.is("--") {
                words.operands.extend(rest.by_ref());
            } else if !head.starts_with('-') || arg.value.is("-") {
                words.operands.push(arg);
            } else if head.starts_with("--") || !spec.bundle {
                words.long(arg, head, spec, &mut rest);
            } else {
                words.short(arg, head, spec, &mut rest);
            }
        }
        words
    }

    fn long(&mut self, arg: &'a Arg, head: &str, spec: &Spec, rest: &mut std::slice::Iter<'a, Arg>) {
        if let Some((name, _)) = head.split_once('=') {
            let value = Some(Cow::Owned(behind(&arg.value, name.len() + 1)));
            self.options.push(Opt { name: name.to_owned(), value, span: arg.span });
        } else if spec.values.contains(&head) {
            self.with_next(head.to_owned(), arg, rest);
        } else {
            self.options.push(Opt { name: head.to_owned(), value: None, span: arg.span });
        }
    }

    fn short(&mut self, arg: &'a Arg, head: &str, spec: &Spec, rest: &mut std::slice::Iter<'a, Arg>) {
        let whole = arg.value.literal().is_some();
        for (at, letter) in head.char_indices().skip(1) {
            let name = format!("-{letter}");
            let next = at + letter.len_utf8();
            if !spec.takes_short(letter) {
                self.options.push(Opt { name, value: None, span: arg.span });
            } else if whole && next >= head.len() {
                self.with_next(name, arg, rest);
                return;
            } else {
                let value = Some(Cow::Owned(behind(&arg.value, next)));
                self.options.push(Opt { name, value, span: arg.span });
                return;
            }
        }
    }

    fn with_next(&mut self, name: String, arg: &'a Arg, rest: &mut std::slice::Iter<'a, Arg>) {
        let next = rest.next();
        let span = next.map_or(arg.span, |next| arg.span.join(next.span));
        self.options.push(Opt { name, value: next.map(|next| Cow::Borrowed(&next.value)), span });
    }

    /// Says whether one of these options is set.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.options.iter().any(|option| names.contains(&option.name.as_str()))
    }

    /// The values of these options, in order.
    pub(super) fn values<'s>(&'s self, names: &'s [&str]) -> impl Iterator<Item = &'s Value> {
        self.options
            .iter()
            .filter(|option| names.contains(&option.name.as_str()))
            .filter_map(|option| option.value.as_deref())
    }

    /// The literal text of the last of these options.
    pub(super) fn last<'s>(&'s self, names: &'s [&str]) -> Option<&'s str> {
        self.values(names).last().and_then(Value::literal)
    }

    /// The literal operand at a place.
    pub(super) fn operand(&self, at: usize) -> Option<&'a str> {
        self.operands.get(at).and_then(|arg| arg.value.literal())
    }

    /// Says whether these words stand next to each other among the operands.
    pub(super) fn says(&self, wanted: &[&str]) -> bool {
        !wanted.is_empty()
            && self.operands.windows(wanted.len()).any(|words| {
                words.iter().zip(wanted).all(|(arg, wanted)| arg.value.literal().is_some_and(|w| glob(wanted, w)))
            })
    }
}

/// The value without its first `count` bytes, which are literal.
pub(super) fn behind(value: &Value, count: usize) -> Value {
    let mut left = count;
    let mut tail = Value::default();
    for seg in value.segs() {
        match seg {
            Seg::Lit(text) if left > 0 => {
                tail.push_lit(text.get(left..).unwrap_or(""));
                left = left.saturating_sub(text.len());
            }
            other => tail.push(other.clone()),
        }
    }
    tail
}

/// Matches a text against a pattern of literals, `*` and `?`; linear but for the last star.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut pos) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(&byte) = text.get(pos) {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, pos));
                at += 1;
            }
            Some(&wanted) if wanted == b'?' || wanted == byte => {
                at += 1;
                pos += 1;
            }
            _ => {
                let Some((star_at, star_pos)) = star else { return false };
                star = Some((star_at, star_pos + 1));
                at = star_at + 1;
                pos = star_pos + 1;
            }
        }
    }
    pattern.get(at..).is_none_or(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Vec<Arg> {
        line.split(' ').map(|word| Arg::lit(word, Span::default())).collect()
    }

    #[test]
    fn options_and_operands() {
        let spec = Spec::new(&["-d", "-o", "--data"]);
        let given = args("-sd body -ofile --data=x url -- -z");
        let words = Words::of(&given, &spec);
        let names: Vec<_> = words.options.iter().map(|option| option.name.as_str()).collect();
        assert_eq!(names, ["-s", "-d", "-o", "--data"]);
        assert_eq!(words.last(&["-d"]), Some("body"));
        assert_eq!(words.last(&["-o"]), Some("file"));
        assert_eq!(words.last(&["--data"]), Some("x"));
        assert_eq!(words.operand(0), Some("url"));
        assert_eq!(words.operand(1), Some("-z"));
    }

    #[test]
    fn whole_word_options() {
        let given = args("s_client -connect host:1 -quiet");
        let words = Words::of(&given, &Spec::long(&["-connect"]));
        assert_eq!(words.last(&["-connect"]), Some("host:1"));
        assert!(words.has(&["-quiet"]) && words.says(&["s_client"]));
    }

    #[test]
    fn globs() {
        for (pattern, text, matches) in [
            ("id_*", "id_rsa", true),
            ("*.pem", "a.pem", true),
            ("*.pem", "a.pem.txt", false),
            ("a*b*c", "axxbyyc", true),
            ("?at", "cat", true),
            ("", "x", false),
            ("*", "", true),
        ] {
            assert_eq!(glob(pattern, text), matches, "{pattern} {text}");
        }
    }
}
