//! A small option walker in the manner of `getopt_long(3)`: enough to find where a wrapper's options end.
//!
//! A table is one string: items between blanks, each a list of names for the same option, the first of which is
//! the name that callers see. `x` is a short option, `long` a long one, `-name` one with a single dash. An item that
//! ends in `=` takes a value, in `==` two, in `?` one only when attached.

use super::words::{strip_front, without_front};
use crate::syntax::{Arg, Span, Value};

/// How many values an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arity {
    None,
    Attached,
    One,
    Two,
}

/// One option as it was found.
#[derive(Clone, Debug)]
pub(super) struct Opt {
    /// The first name in the table; as written where the table does not know it.
    pub(super) name: String,
    /// Its value.
    pub(super) value: Option<Value>,
    /// Where its value stands, else where it stands itself.
    pub(super) span: Span,
}

/// What a walk over options found.
#[derive(Clone, Debug, Default)]
pub(super) struct Walk {
    /// The options, in order.
    pub(super) opts: Vec<Opt>,
    /// Index of the first word that is no option.
    pub(super) next: usize,
    /// The options were ended by `--`.
    pub(super) dashes: bool,
}

/// Looks an option up; long names may be shortened as far as they stay unique.
fn find(table: &'static str, name: &str, long: bool) -> Option<(&'static str, Arity)> {
    let mut short_for = None;
    let mut candidates = 0;
    for item in table.split_ascii_whitespace() {
        let (names, arity) = if let Some(names) = item.strip_suffix("==") {
            (names, Arity::Two)
        } else if let Some(names) = item.strip_suffix('=') {
            (names, Arity::One)
        } else if let Some(names) = item.strip_suffix('?') {
            (names, Arity::Attached)
        } else {
            (item, Arity::None)
        };
        let first = names.split(',').next().unwrap_or(names);
        for known in names.split(',') {
            let is_long = known.chars().count() > 1;
            if is_long != long {
                continue;
            }
            if known == name {
                return Some((first, arity));
            }
            if long && !known.starts_with('-') && name.len() > 1 && known.starts_with(name) {
                candidates += 1;
                short_for = Some((first, arity));
            }
        }
    }
    if candidates == 1 { short_for } else { None }
}

/// Walks over options from `from` on, up to the first operand or past `--`.
pub(super) fn walk(args: &[Arg], from: usize, table: &'static str) -> Walk {
    let mut found = Walk { next: from, ..Walk::default() };
    while let Some(arg) = args.get(found.next) {
        let front = arg.value.prefix();
        if arg.value.is("--") {
            found.next += 1;
            found.dashes = true;
            break;
        }
        if !front.starts_with('-') || arg.value.is("-") {
            break;
        }
        found.next += 1;
        if front.starts_with("--") {
            long(args, &mut found, table, arg);
        } else {
            short(args, &mut found, table, arg);
        }
    }
    found
}

/// Takes the following word as a value.
fn take(args: &[Arg], found: &mut Walk) -> Option<(Value, Span)> {
    let arg = args.get(found.next)?;
    found.next += 1;
    Some((arg.value.clone(), arg.span))
}

fn long(args: &[Arg], found: &mut Walk, table: &'static str, arg: &Arg) {
    let front = arg.value.prefix().trim_start_matches("--");
    let (name, attached) = match front.split_once('=') {
        Some((name, _)) => (name, Some(without_front(&arg.value, 2 + name.len() + 1))),
        None => (front, None),
    };
    push(args, found, arg, find(table, name, true), name, attached);
}

/// Records an option that does not share its word with others.
fn push(
    args: &[Arg],
    found: &mut Walk,
    arg: &Arg,
    known: Option<(&'static str, Arity)>,
    name: &str,
    attached: Option<Value>,
) {
    let (name, arity) = known.unwrap_or((name, Arity::None));
    let mut opt = Opt { name: name.to_owned(), value: attached, span: arg.span };
    let wanted = match arity {
        Arity::None | Arity::Attached => 0,
        Arity::One => usize::from(opt.value.is_none()),
        Arity::Two => 2,
    };
    for _ in 0..wanted {
        if let Some((value, span)) = take(args, found) {
            opt.value = Some(value);
            opt.span = span;
        }
    }
    found.opts.push(opt);
}

fn short(args: &[Arg], found: &mut Walk, table: &'static str, arg: &Arg) {
    let front = arg.value.prefix();
    let (single, attached) = match front.split_once('=') {
        Some((name, _)) => (name, Some(without_front(&arg.value, name.len() + 1))),
        None => (front, None),
    };
    if single.chars().count() > 2
        && let known @ Some(_) = find(table, single, true)
    {
        push(args, found, arg, known, single, attached);
        return;
    }
    for (at, letter) in front.char_indices().skip(1) {
        let name = letter.to_string();
        let (known, arity) = find(table, &name, false).map_or((name.as_str(), Arity::None), |known| known);
        let mut opt = Opt { name: known.to_owned(), value: None, span: arg.span };
        if arity == Arity::None {
            found.opts.push(opt);
            continue;
        }
        let rest = without_front(&arg.value, at + letter.len_utf8());
        match arity {
            Arity::None => {}
            Arity::Attached => opt.value = (!rest.segs().is_empty()).then_some(rest),
            Arity::One | Arity::Two if !rest.segs().is_empty() => {
                opt.value = Some(strip_front(&rest, "=").unwrap_or(rest));
            }
            Arity::One | Arity::Two => {
                if let Some((value, span)) = take(args, found) {
                    opt.value = Some(value);
                    opt.span = span;
                }
            }
        }
        found.opts.push(opt);
        break;
    }
}

impl Walk {
    /// Says whether one of these options (blank-separated) is set.
    pub(super) fn has(&self, names: &str) -> bool {
        has(&self.opts, names)
    }

    /// The last value of one of these options (blank-separated).
    pub(super) fn value(&self, names: &str) -> Option<&Value> {
        value(&self.opts, names)
    }
}

/// Says whether one of these options (blank-separated) is set.
pub(super) fn has(opts: &[Opt], names: &str) -> bool {
    opts.iter().any(|opt| names.split_ascii_whitespace().any(|name| name == opt.name))
}

/// The last value of one of these options (blank-separated).
pub(super) fn value<'a>(opts: &'a [Opt], names: &str) -> Option<&'a Value> {
    opts.iter()
        .rev()
        .find(|opt| names.split_ascii_whitespace().any(|name| name == opt.name))
        .and_then(|opt| opt.value.as_ref())
}
