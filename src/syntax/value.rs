//! What is known of a word's value after expansion: literal, partly known, unknown.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Where an unknown part of a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A variable that is not set, or whose value cannot be known; the name without `$`.
    Variable(String),
    /// The output of commands; indices into `Analysis::invocations`, may be empty.
    Command(Vec<usize>),
    /// Words that a wrapper appends at run time (`xargs`, `find -exec {}`); indices of the invocations that feed it.
    Appended(Vec<usize>),
    /// A positional parameter (`$1`, `$@`) of a script or function whose caller is not known.
    Positional,
    /// Anything else; a short noun for the reader ("arithmetic", "decoded text").
    Other(&'static str),
}

/// A part of a value that cannot be known before the command runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unknown {
    /// Where it comes from.
    pub origin: Origin,
    /// It stood in double quotes (or an assignment): it cannot become several words.
    pub quoted: bool,
    /// It may be the empty string.
    pub may_be_empty: bool,
    /// It is known to be one harmless path component: not empty, no slash, blank, glob or leading dash (`$$`, `$(date +%s)`).
    pub token: bool,
}

/// One part of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Seg {
    /// Text with the quotes already removed.
    Lit(String),
    /// An unquoted glob operator (`*`, `?`, `[a-z]`, `@(a|b)`), as written.
    Glob(String),
    /// A part that cannot be known.
    Unknown(Unknown),
}

/// The value of one word: its parts in order; no parts is the empty string.
///
/// Copies share their parts: the same folder, variable or word stands in hundreds of places of one line's reading.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Value {
    segs: Segs,
}

/// The parts of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
enum Segs {
    #[default]
    None,
    One(Arc<Seg>),
    /// At least two.
    Many(Arc<Vec<Seg>>),
}

impl Segs {
    fn last_mut(&mut self) -> Option<&mut Seg> {
        match self {
            Self::None => None,
            Self::One(seg) => Some(Arc::make_mut(seg)),
            Self::Many(segs) => Arc::make_mut(segs).last_mut(),
        }
    }

    fn push(&mut self, seg: Seg) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(Arc::new(seg)),
            Self::One(first) => Self::Many(Arc::new(vec![Arc::unwrap_or_clone(first), seg])),
            Self::Many(mut segs) => {
                Arc::make_mut(&mut segs).push(seg);
                Self::Many(segs)
            }
        };
    }
}

impl Value {
    /// A value of known text.
    pub fn lit(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::default() } else { Self::of(Seg::Lit(text)) }
    }

    fn of(seg: Seg) -> Self {
        Self { segs: Segs::One(Arc::new(seg)) }
    }

    /// A value of which nothing is known.
    #[must_use]
    pub fn unknown(origin: Origin) -> Self {
        Self::of(Seg::Unknown(Unknown { origin, quoted: false, may_be_empty: true, token: false }))
    }

    /// One unknown path component: not empty, no slash, blank or glob.
    #[must_use]
    pub fn token(origin: Origin) -> Self {
        Self::of(Seg::Unknown(Unknown { origin, quoted: true, may_be_empty: false, token: true }))
    }

    /// The parts in order; neighbouring literals are merged, none is empty.
    #[must_use]
    pub fn segs(&self) -> &[Seg] {
        match &self.segs {
            Segs::None => &[],
            Segs::One(seg) => std::slice::from_ref(seg),
            Segs::Many(segs) => segs,
        }
    }

    /// Appends known text.
    pub fn push_lit(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if matches!(self.segs().last(), Some(Seg::Lit(_)))
            && let Some(Seg::Lit(last)) = self.segs.last_mut()
        {
            last.push_str(text);
        } else {
            self.segs.push(Seg::Lit(text.to_owned()));
        }
    }

    /// Appends one part.
    pub fn push(&mut self, seg: Seg) {
        match seg {
            Seg::Lit(text) => self.push_lit(&text),
            other => self.segs.push(other),
        }
    }

    /// Appends all parts of another value.
    pub fn push_value(&mut self, other: &Self) {
        if matches!(self.segs, Segs::None) {
            self.segs = other.segs.clone();
            return;
        }
        for seg in other.segs() {
            self.push(seg.clone());
        }
    }

    /// The whole text where every part is literal.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        match self.segs() {
            [] => Some(""),
            [Seg::Lit(text)] => Some(text),
            _ => None,
        }
    }

    /// Says whether the text is exactly `text`.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.literal() == Some(text)
    }

    /// The known text at the front; empty where the value starts with something unknown.
    #[must_use]
    pub fn prefix(&self) -> &str {
        match self.segs().first() {
            Some(Seg::Lit(text)) => text,
            _ => "",
        }
    }

    /// The known text at the back; empty where the value ends with something unknown.
    #[must_use]
    pub fn suffix(&self) -> &str {
        match self.segs().last() {
            Some(Seg::Lit(text)) => text,
            _ => "",
        }
    }

    /// Says whether any part is unknown (a glob is not).
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        self.segs().iter().any(|seg| matches!(seg, Seg::Unknown(_)))
    }

    /// Says whether any part is an unquoted glob operator.
    #[must_use]
    pub fn has_glob(&self) -> bool {
        self.segs().iter().any(|seg| matches!(seg, Seg::Glob(_)))
    }

    /// Says whether nothing at all is known: not a single literal or glob part.
    #[must_use]
    pub fn is_wholly_unknown(&self) -> bool {
        !self.segs().is_empty() && self.segs().iter().all(|seg| matches!(seg, Seg::Unknown(_)))
    }

    /// The unknown parts in order.
    pub fn unknowns(&self) -> impl Iterator<Item = &Unknown> {
        self.segs().iter().filter_map(|seg| match seg {
            Seg::Unknown(unknown) => Some(unknown),
            _ => None,
        })
    }

    /// The text with globs as written and unknown parts as `$NAME` or `$(…)`: for display and loose matching.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self.literal() {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(self.to_string()),
        }
    }

    /// Bytes of known text, and a few for each other part.
    #[must_use]
    pub fn size(&self) -> usize {
        self.segs()
            .iter()
            .map(|seg| match seg {
                Seg::Lit(text) | Seg::Glob(text) => text.len(),
                Seg::Unknown(_) => 16,
            })
            .sum()
    }

    /// The invocations whose output reaches this value.
    pub fn sources(&self) -> impl Iterator<Item = usize> + '_ {
        self.unknowns()
            .flat_map(|unknown| match &unknown.origin {
                Origin::Command(from) | Origin::Appended(from) => from.as_slice(),
                _ => &[],
            })
            .copied()
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for seg in self.segs() {
            match seg {
                Seg::Lit(text) | Seg::Glob(text) => f.write_str(text)?,
                Seg::Unknown(unknown) => match &unknown.origin {
                    Origin::Variable(name) => write!(f, "${name}")?,
                    Origin::Command(_) => f.write_str("$(…)")?,
                    Origin::Appended(_) => f.write_str("{}")?,
                    Origin::Positional => f.write_str("$@")?,
                    Origin::Other(what) => write!(f, "<{what}>")?,
                },
            }
        }
        Ok(())
    }
}
