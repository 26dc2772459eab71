//! How programs read their words: options, the options' values, operands.

use std::borrow::Cow;

use crate::syntax::{Arg, Seg, Span, Value, glob};

/// How one program takes options.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    /// Options that take the next word as their value, with their dashes.
    pub values: &'static [&'static str],
    /// `-rf` means `-r -f`; where not, `-name` is one option.
    pub bundle: bool,
    /// `--rec` means `--recursive`.
    abbreviates: bool,
    /// Options end at the first operand.
    stops: bool,
    /// Letters of options whose value, if any, is the rest of their own word (`i` in `-i.bak`).
    attached: &'static str,
}

impl Spec {
    /// A program whose short options may be bundled.
    pub(super) const fn new(values: &'static [&'static str]) -> Self {
        Self { values, bundle: true, abbreviates: false, stops: false, attached: "" }
    }

    /// A program whose short options may be bundled, and whose long ones may be shortened.
    pub(super) const fn gnu(values: &'static [&'static str]) -> Self {
        Self { abbreviates: true, ..Self::new(values) }
    }

    /// A program whose options are whole words behind one dash.
    pub(super) const fn long(values: &'static [&'static str]) -> Self {
        Self { bundle: false, ..Self::new(values) }
    }

    /// The same with options whose value is attached.
    pub(super) const fn attached(mut self, attached: &'static str) -> Self {
        self.attached = attached;
        self
    }

    /// The same for programs whose options end at the first operand.
    pub(super) const fn stopping(mut self) -> Self {
        self.stops = true;
        self
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
    /// The word it stands in.
    pub arg: &'a Arg,
    /// That word and its value's.
    pub span: Span,
    abbreviates: bool,
}

impl Opt<'_> {
    /// Says whether this is one of some options, abbreviations taken where the program takes them.
    pub(super) fn is(&self, names: &[&str]) -> bool {
        let cut =
            |name: &&str| self.abbreviates && self.name.len() > 2 && self.is_long() && name.starts_with(&self.name);
        self.is_exactly(names) || names.iter().any(cut)
    }

    /// As [`Opt::is`], abbreviations not taken.
    pub(super) fn is_exactly(&self, names: &[&str]) -> bool {
        names.contains(&self.name.as_str())
    }

    /// Given with two dashes.
    pub(super) fn is_long(&self) -> bool {
        self.name.starts_with("--")
    }
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
                if spec.stops {
                    words.operands.extend(rest.by_ref());
                }
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
            self.push(name.to_owned(), value, arg, spec);
        } else if spec.values.contains(&head) {
            self.with_next(head.to_owned(), arg, spec, rest);
        } else {
            self.push(head.to_owned(), None, arg, spec);
        }
    }

    fn short(&mut self, arg: &'a Arg, head: &str, spec: &Spec, rest: &mut std::slice::Iter<'a, Arg>) {
        let whole = arg.value.literal().is_some();
        for (at, letter) in head.char_indices().skip(1) {
            let name = String::from_iter(['-', letter]);
            let next = at + letter.len_utf8();
            let more = !whole || next < head.len();
            let attached = spec.attached.contains(letter);
            if !attached && !spec.takes_short(letter) {
                self.push(name, None, arg, spec);
            } else if more || attached {
                let value = more.then(|| Cow::Owned(behind(&arg.value, next)));
                self.push(name, value, arg, spec);
                return;
            } else {
                self.with_next(name, arg, spec, rest);
                return;
            }
        }
    }

    fn push(&mut self, name: String, value: Option<Cow<'a, Value>>, arg: &'a Arg, spec: &Spec) {
        self.options.push(Opt { name, value, arg, span: arg.span, abbreviates: spec.abbreviates });
    }

    fn with_next(&mut self, name: String, arg: &'a Arg, spec: &Spec, rest: &mut std::slice::Iter<'a, Arg>) {
        let next = rest.next();
        self.push(name, next.map(|next| Cow::Borrowed(&next.value)), arg, spec);
        if let (Some(next), Some(option)) = (next, self.options.last_mut()) {
            option.span = arg.span.join(next.span);
        }
    }

    /// Says whether one of these options is set, abbreviations taken where the program takes them.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.find(names).is_some()
    }

    /// As [`Words::has`], abbreviations not taken.
    pub(super) fn has_exactly(&self, names: &[&str]) -> bool {
        self.options.iter().any(|option| option.is_exactly(names))
    }

    /// The last of these options.
    pub(super) fn find(&self, names: &[&str]) -> Option<&Opt<'a>> {
        self.options.iter().rev().find(|option| option.is(names))
    }

    /// The value of the last of these options.
    pub(super) fn value(&self, names: &[&str]) -> Option<&Value> {
        self.find(names)?.value.as_deref()
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
                words
                    .iter()
                    .zip(wanted)
                    .all(|(arg, wanted)| arg.value.literal().is_some_and(|w| glob::matches(wanted, w)))
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
    fn every_spelling() {
        let spec = Spec::gnu(&["-n", "--lines"]).attached("i");
        let given = args("-rfn5 a --rec --lines 3 --lines=4 -n 7 -i.bak -ri b -- -x");
        let words = Words::of(&given, &spec);
        assert!(words.has(&["-r", "--recursive"]) && words.has(&["--recursive"]) && words.has(&["-f"]));
        assert!(!words.has_exactly(&["--recursive"]) && !words.has(&["-x", "--exclude"]));
        assert_eq!(words.value(&["-n", "--lines"]).and_then(Value::literal), Some("7"));
        assert_eq!(words.last(&["-i"]), Some(".bak"));
        let operands: Vec<_> = words.operands.iter().map(|arg| arg.value.text().into_owned()).collect();
        assert_eq!(operands, ["a", "b", "-x"]);
        assert_eq!(Words::of(&given, &spec.stopping()).operands.len(), 12);
    }

    #[test]
    fn whole_word_options() {
        let given = args("s_client -connect host:1 -quiet");
        let words = Words::of(&given, &Spec::long(&["-connect"]));
        assert_eq!(words.last(&["-connect"]), Some("host:1"));
        assert!(words.has(&["-quiet"]) && words.says(&["s_client"]));
    }
}
