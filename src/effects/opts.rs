//! How programs read their words: options in any order and spelling, values, operands.

use crate::syntax::{Arg, Value};

/// How one program reads its options.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spec {
    /// Short options that take a value (`n` in `-n 5`).
    pub short: &'static str,
    /// Long options that take the next word as their value, without dashes.
    pub long: &'static [&'static str],
    /// Options end at the first operand.
    pub stop: bool,
    /// Short options whose value, if any, is the rest of their own word (`i` in `-i.bak`).
    pub attached: &'static str,
}

impl Spec {
    /// Options without values.
    pub const PLAIN: Self = Self { short: "", long: &[], stop: false, attached: "" };

    /// Short and long options that take values.
    #[must_use]
    pub const fn new(short: &'static str, long: &'static [&'static str]) -> Self {
        Self { short, long, stop: false, attached: "" }
    }

    /// The same with options whose value is attached.
    #[must_use]
    pub const fn attached(mut self, attached: &'static str) -> Self {
        self.attached = attached;
        self
    }

    /// The same for programs whose options end at the first operand.
    #[must_use]
    pub const fn stopping(mut self) -> Self {
        self.stop = true;
        self
    }
}

/// One option as given.
#[derive(Clone, Debug)]
pub struct Opt<'a> {
    /// `r` for `-r`, `recursive` for `--recursive`.
    pub name: String,
    /// Given with two dashes.
    pub long: bool,
    /// Its value, where one was given.
    pub value: Option<Value>,
    /// The word it stands in.
    pub arg: &'a Arg,
}

/// The words of a program, read.
#[derive(Clone, Debug, Default)]
pub struct Words<'a> {
    /// Options in order.
    pub opts: Vec<Opt<'a>>,
    /// All other words in order.
    pub operands: Vec<&'a Arg>,
}

impl<'a> Words<'a> {
    /// Reads words. `--` ends the options; a lone `-` is an operand.
    #[must_use]
    pub fn read(args: &'a [Arg], spec: Spec) -> Self {
        let mut words = Self::default();
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            let text = arg.value.prefix();
            if arg.value.is("--") {
                words.operands.extend(rest.by_ref());
            } else if text.starts_with("--") {
                words.long(arg, spec, &mut rest);
            } else if text.len() > 1 && text.starts_with('-') {
                words.short(arg, spec, &mut rest);
            } else {
                words.operands.push(arg);
                if spec.stop {
                    words.operands.extend(rest.by_ref());
                }
            }
        }
        words
    }

    fn long(&mut self, arg: &'a Arg, spec: Spec, rest: &mut std::slice::Iter<'a, Arg>) {
        let text = arg.value.prefix().trim_start_matches('-');
        let (name, value) = match text.split_once('=') {
            Some((name, _)) => (name, Some(behind(&arg.value, name.len() + 3))),
            None if spec.long.contains(&text) => (text, rest.next().map(|arg| arg.value.clone())),
            None => (text, None),
        };
        self.opts.push(Opt { name: name.to_owned(), long: true, value, arg });
    }

    fn short(&mut self, arg: &'a Arg, spec: Spec, rest: &mut std::slice::Iter<'a, Arg>) {
        let text = arg.value.prefix();
        for (at, c) in text.char_indices().skip(1) {
            let next = at + c.len_utf8();
            let more = next < text.len() || arg.value.literal().is_none();
            if spec.attached.contains(c) {
                self.opts.push(Opt {
                    name: c.to_string(),
                    long: false,
                    value: more.then(|| behind(&arg.value, next)),
                    arg,
                });
                return;
            }
            let value = spec
                .short
                .contains(c)
                .then(|| if more { Some(behind(&arg.value, next)) } else { rest.next().map(|arg| arg.value.clone()) });
            let takes = value.is_some();
            self.opts.push(Opt { name: c.to_string(), long: false, value: value.flatten(), arg });
            if takes {
                return;
            }
        }
    }

    /// Says whether an option is given, by its letter or an abbreviation of its long name; `'\0'` for none of the former.
    #[must_use]
    pub fn has(&self, short: char, long: &str) -> bool {
        self.find(short, long).is_some()
    }

    /// As [`Words::has`], for programs whose long options differ only in their tails.
    #[must_use]
    pub fn has_exactly(&self, short: char, long: &str) -> bool {
        self.opts.iter().any(|opt| opt.is_exactly(short, long))
    }

    /// The last of some option.
    #[must_use]
    pub fn find(&self, short: char, long: &str) -> Option<&Opt<'a>> {
        self.opts.iter().rev().find(|opt| opt.is(short, long))
    }

    /// The value of the last of some option.
    #[must_use]
    pub fn value(&self, short: char, long: &str) -> Option<&Value> {
        self.find(short, long)?.value.as_ref()
    }
}

impl Opt<'_> {
    /// Says whether this is the option of that letter or (abbreviated) long name.
    #[must_use]
    pub fn is(&self, short: char, long: &str) -> bool {
        if self.long {
            !self.name.is_empty() && long.starts_with(&self.name)
        } else {
            let mut name = [0; 4];
            self.name == *short.encode_utf8(&mut name)
        }
    }

    /// As [`Opt::is`], abbreviations not taken.
    #[must_use]
    pub fn is_exactly(&self, short: char, long: &str) -> bool {
        self.is(short, long) && (!self.long || self.name == long)
    }
}

/// The value behind the first `skip` bytes of its leading text.
#[must_use]
pub fn behind(value: &Value, skip: usize) -> Value {
    let mut out = Value::default();
    let mut segs = value.segs().iter();
    if let Some(crate::syntax::Seg::Lit(first)) = segs.next() {
        out.push_lit(first.get(skip..).unwrap_or_default());
    }
    for seg in segs {
        out.push(seg.clone());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Span;

    fn args(text: &str) -> Vec<Arg> {
        text.split_whitespace().map(|word| Arg::lit(word, Span::default())).collect()
    }

    #[test]
    fn reads_every_spelling() {
        let spec = Spec::new("n", &["lines"]);
        let words = args("-rfn5 a --rec --lines 3 --lines=4 -n 7 b -- -x");
        let read = Words::read(&words, spec);
        assert!(read.has('r', "recursive") && read.has('f', "force"));
        assert!(!read.has('x', "exclude"));
        assert!(read.opts.iter().any(|opt| opt.long && opt.is('R', "recursive")));
        assert_eq!(read.value('n', "lines").map(|v| v.text().into_owned()), Some("7".into()));
        let operands: Vec<_> = read.operands.iter().map(|a| a.value.text().into_owned()).collect();
        assert_eq!(operands, ["a", "b", "-x"]);
    }
}
