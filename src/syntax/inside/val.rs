//! What is known of an expression's value.

use crate::syntax::{Origin, Seg, Value};

/// The text that the caller puts where a part of the code is unknown.
pub(super) const MARK: &str = "__WARDSH_UNKNOWN__";

/// Longest text kept, in bytes; longer ones become unknown.
const LONGEST: usize = 1 << 16;

/// Most alternatives or elements kept.
pub(super) const MOST: usize = 64;

/// The value of an expression, as far as it can be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Val {
    /// Nothing is known.
    Unknown,
    /// Text, known in part or whole.
    Text(Value),
    /// A path object.
    Path(Value),
    /// A number.
    Num(i64),
    /// A list or tuple.
    List(Vec<Val>),
    /// One of these, depending on how the code runs.
    OneOf(Vec<Val>),
    /// An object literal or keyword arguments.
    Map(Vec<(String, Val)>),
    /// A function, module or variable that is not known better; dotted.
    Name(String),
    /// An object of a kind that we know (`socket`, `mongo`), and a detail.
    Object(&'static str, String),
    /// The environment as a whole.
    Env,
    /// What the network answered.
    Remote,
    /// The content of a file.
    Content(Value),
}

/// A value of which the code does not say anything.
pub(super) fn unknown() -> Value {
    Value::unknown(Origin::Other("code"))
}

impl Val {
    /// Says whether it is a pattern of paths.
    fn is_pattern(&self) -> bool {
        matches!(self, Val::Text(value) | Val::Path(value) if value.has_glob())
    }

    /// Known text.
    pub(super) fn lit(text: impl Into<String>) -> Self {
        Self::Text(Value::lit(text))
    }

    /// Text that holds the caller's mark where it is unknown.
    pub(super) fn marked(text: &str) -> Value {
        let mut value = Value::default();
        for (index, part) in text.split(MARK).enumerate() {
            if index > 0 {
                value.push_value(&unknown());
            }
            value.push_lit(part);
        }
        value
    }

    /// The text of the value; unknown for what is none.
    pub(super) fn text(&self) -> Value {
        match self {
            Self::Text(value) | Self::Path(value) => value.clone(),
            Self::Num(number) => Value::lit(number.to_string()),
            Self::OneOf(list) if list.len() == 1 => list.first().map_or_else(unknown, Self::text),
            _ => unknown(),
        }
    }

    /// The whole text where it is known.
    pub(super) fn literal(&self) -> Option<&str> {
        match self {
            Self::Text(value) | Self::Path(value) => value.literal(),
            Self::OneOf(list) if list.len() == 1 => list.first().and_then(Self::literal),
            _ => None,
        }
    }

    /// Every text that the value may be or hold.
    pub(super) fn texts(&self) -> Vec<Value> {
        let mut out = Vec::new();
        self.collect(&mut out, 0);
        out
    }

    fn collect(&self, out: &mut Vec<Value>, depth: usize) {
        if out.len() >= MOST || depth > 4 {
            return;
        }
        match self {
            Self::List(list) | Self::OneOf(list) => list.iter().for_each(|val| val.collect(out, depth + 1)),
            other => out.push(other.text()),
        }
    }

    /// Says whether the value is known to be false, nothing or empty.
    pub(super) fn is_false(&self) -> bool {
        match self {
            Self::Num(0) => true,
            Self::Name(name) => {
                matches!(name.as_str(), "False" | "false" | "FALSE" | "None" | "null" | "nil" | "undefined" | "NULL")
            }
            Self::Text(value) => value.is(""),
            _ => false,
        }
    }

    /// What a loop over the value yields.
    pub(super) fn element(&self) -> Self {
        match self {
            Self::List(list) | Self::OneOf(list) => Self::one_of(list.clone()),
            Self::Remote => Self::Remote,
            Self::Env => Self::Object("variable", String::new()),
            _ => Self::Unknown,
        }
    }

    /// Says whether a loop over the value has known elements.
    pub(super) fn has_elements(&self) -> bool {
        matches!(self, Self::List(_) | Self::OneOf(_) | Self::Env)
    }

    /// One of several values; doubles are dropped.
    pub(super) fn one_of(list: Vec<Self>) -> Self {
        let mut out: Vec<Self> = Vec::new();
        for val in list.into_iter().take(MOST) {
            let parts = if let Self::OneOf(inner) = val { inner } else { vec![val] };
            for part in parts {
                if !out.contains(&part) && out.len() < MOST {
                    out.push(part);
                }
            }
        }
        match out.len() {
            0 => Self::Unknown,
            1 => out.swap_remove(0),
            _ => Self::OneOf(out),
        }
    }

    /// The field of a map.
    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(fields) => fields.iter().find(|(key, _)| key == name).map(|(_, val)| val),
            _ => None,
        }
    }

    /// Says whether the value is or holds the whole environment.
    pub(super) fn holds_env(&self) -> bool {
        match self {
            Self::Env => true,
            Self::List(list) | Self::OneOf(list) => list.iter().any(Self::holds_env),
            Self::Map(fields) => fields.iter().any(|(_, val)| val.holds_env()),
            _ => false,
        }
    }

    /// How much copying the value costs.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(value) | Self::Path(value) | Self::Content(value) => value_size(value),
            Self::List(list) | Self::OneOf(list) => 8 + list.iter().map(Self::size).sum::<usize>(),
            Self::Map(fields) => 8 + fields.iter().map(|(key, val)| key.len() + val.size()).sum::<usize>(),
            Self::Name(name) | Self::Object(_, name) => name.len(),
            _ => 8,
        }
    }
}

fn value_size(value: &Value) -> usize {
    value
        .segs()
        .iter()
        .map(|seg| match seg {
            Seg::Lit(text) | Seg::Glob(text) => text.len(),
            Seg::Unknown(_) => 32,
        })
        .sum()
}

/// Two values one after the other: texts are joined, alternatives multiplied out while they are few.
pub(super) fn concat(left: &Val, right: &Val) -> Val {
    match (left, right) {
        (Val::Num(a), Val::Num(b)) => a.checked_add(*b).map_or(Val::Unknown, Val::Num),
        // `glob('a/*') + glob('b/*')`: what a pattern stands for may be a list.
        (Val::OneOf(a), Val::OneOf(b)) if a.len() + b.len() <= MOST && a.iter().chain(b).all(Val::is_pattern) => {
            let joined = a.iter().zip(b).map(|(left, right)| concat_two(left, right));
            Val::one_of(a.iter().chain(b).cloned().chain(joined).collect())
        }
        (Val::OneOf(list), other) if list.len() <= MOST => {
            Val::one_of(list.iter().map(|val| concat_two(val, other)).collect())
        }
        (other, Val::OneOf(list)) if list.len() <= MOST => {
            Val::one_of(list.iter().map(|val| concat_two(other, val)).collect())
        }
        (Val::Remote, _) | (_, Val::Remote) => Val::Remote,
        _ => concat_two(left, right),
    }
}

fn concat_two(left: &Val, right: &Val) -> Val {
    match (left, right) {
        (Val::List(a), Val::List(b)) if a.len() + b.len() <= MOST * 16 => {
            return Val::List(a.iter().chain(b).cloned().collect());
        }
        // What follows is not known; what stands in front is.
        (Val::List(a), Val::Unknown | Val::Name(_) | Val::Object(..)) if a.len() <= MOST * 16 => {
            return Val::List(a.iter().cloned().chain([Val::Unknown]).collect());
        }
        _ => {}
    }
    let (mut value, right) = (left.text(), right.text());
    if value.is_wholly_unknown() && right.is_wholly_unknown() {
        return Val::Unknown;
    }
    if value_size(&value) + value_size(&right) > LONGEST || value.segs().len() + right.segs().len() > 256 {
        return Val::Unknown;
    }
    value.push_value(&right);
    Val::Text(value)
}

/// Appends a value where the whole stays small; else only that something follows.
pub(super) fn append(value: &mut Value, more: &Value) {
    if value.segs().len() > 256 {
        return;
    }
    if value_size(value) + value_size(more) > LONGEST {
        value.push_value(&unknown());
    } else {
        value.push_value(more);
    }
}

/// A path below another one, as `os.path.join` sees it.
pub(super) fn join(base: &Value, rest: &Value) -> Value {
    if rest.prefix().starts_with(['/', '~']) || base.segs().is_empty() {
        return rest.clone();
    }
    let mut value = base.clone();
    if !base.suffix().ends_with('/') {
        value.push_lit("/");
    }
    let first = rest.prefix();
    let trimmed = first.strip_prefix("./").unwrap_or(first);
    value.push_lit(trimmed);
    let skip = usize::from(!first.is_empty());
    for seg in rest.segs().iter().skip(skip) {
        value.push(seg.clone());
    }
    if value_size(&value) > LONGEST { unknown() } else { value }
}

/// Joins path parts; alternatives in one of them are multiplied out.
pub(super) fn join_all(parts: &[Val]) -> Val {
    let mut all = vec![Value::default()];
    for part in parts {
        let rights = match part {
            Val::List(_) => vec![unknown()],
            other => other.texts(),
        };
        let mut next = Vec::new();
        for left in &all {
            for right in &rights {
                if next.len() < MOST {
                    next.push(join(left, right));
                }
            }
        }
        all = next;
    }
    Val::one_of(all.into_iter().map(Val::Text).collect())
}

/// A pattern's text with its operators as globs.
pub(super) fn glob(pattern: &Value) -> Value {
    let mut out = Value::default();
    for seg in pattern.segs() {
        match seg {
            Seg::Lit(text) => glob_text(text, &mut out),
            other => out.push(other.clone()),
        }
    }
    out
}

fn glob_text(text: &str, out: &mut Value) {
    let mut rest = text;
    while let Some(index) = rest.find(['*', '?', '[', '{']) {
        let (before, from) = rest.split_at(index);
        out.push_lit(before);
        let length = match from.chars().next() {
            Some('[') => from.find(']').map(|end| end + 1),
            // `{a,b}` names one of several: any name stands for it.
            Some('{') => {
                let group = from.find('}').filter(|end| from.get(..*end).is_some_and(|inside| inside.contains(',')));
                if let Some(end) = group {
                    out.push(Seg::Glob("*".to_owned()));
                    rest = from.get(end + 1..).unwrap_or_default();
                    continue;
                }
                None
            }
            Some('*') if from.starts_with("**") => Some(2),
            _ => Some(1),
        };
        let (operator, after) = from.split_at(length.unwrap_or(1));
        if length.is_some() {
            out.push(Seg::Glob(operator.to_owned()));
        } else {
            out.push_lit(operator);
        }
        rest = after;
    }
    out.push_lit(rest);
}

/// Everything in a folder.
pub(super) fn all_in(dir: &Value) -> Value {
    let mut star = Value::default();
    star.push(Seg::Glob("*".to_owned()));
    if dir.segs().is_empty() { star } else { join(dir, &star) }
}
