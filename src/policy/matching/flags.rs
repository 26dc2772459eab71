//! Whether an option is set.

use super::words::{Name, Opt, Reading, abbreviates};
use crate::effects::Certainty;
use crate::policy::glob;
use crate::policy::rule::{Flag, ProgramSpec};

/// Values that switch an option off.
const OFF: &[&str] = &["false", "0", "no", "none", "off", "never"];

/// How much a match is allowed to assume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// What tightens: what may well be so counts.
    Loose,
    /// What loosens: only what is certain counts.
    Strict,
}

impl Care {
    /// What an exception to an exception is.
    #[must_use]
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Loose => Self::Strict,
            Self::Strict => Self::Loose,
        }
    }
}

/// Finds an option: how sure it is set, and the index of its word.
///
/// The last one wins: `--no-x` takes `--x` back, and the other way round.
#[must_use]
pub(super) fn set(flag: &Flag, reading: &Reading<'_>, spec: &ProgramSpec, care: Care) -> Option<(Certainty, usize)> {
    let opposite = opposite(&flag.name);
    let named = |opt: &Opt<'_>| is_named(opt.name, &flag.name, spec, care);
    let taken_back = |opt: &Opt<'_>| matches!(opt.name, Name::Long(name) if opposite.as_deref() == Some(name));
    let last = reading.options.iter().rposition(named)?;
    let undone = |from: usize| reading.options.iter().skip(from + 1).any(taken_back);
    let Some(wanted) = &flag.value else {
        let opt = reading.options.get(last)?;
        return (!undone(last) && !is_off(opt, spec, care)).then_some((Certainty::Certain, opt.at));
    };
    if care == Care::Strict {
        let opt = reading.options.get(last)?;
        let value = opt.value?.literal()?;
        return (!undone(last) && glob::matches(wanted, value)).then_some((Certainty::Certain, opt.at));
    }
    let found = reading.options.iter().enumerate().filter(|(at, opt)| named(opt) && !undone(*at));
    let fit = |opt: &Opt<'_>| {
        let sure = opt.value.and_then(|value| value.fit(wanted));
        sure.or_else(|| {
            let value = opt.maybe?;
            // `-xVALUE` and `-x=VALUE` of an option that is not declared.
            let bare = value.literal().and_then(|text| text.strip_prefix('='));
            bare.is_some_and(|bare| glob::matches(wanted, bare))
                .then_some(Certainty::Likely)
                .or_else(|| value.fit(wanted))
        })
    };
    found.filter_map(|(_, opt)| Some((fit(opt)?, opt.at))).max_by_key(|(certainty, _)| *certainty)
}

fn is_named(name: Name<'_>, wanted: &str, spec: &ProgramSpec, care: Care) -> bool {
    match name {
        Name::Short(letter) => wanted.strip_prefix('-').is_some_and(|rest| {
            let mut letters = rest.chars();
            (letters.next() == Some(letter) || rest == "?" || rest.starts_with('?')) && letters.next().is_none()
        }),
        Name::Word(word) => glob::matches(wanted, word),
        Name::Long(long) => {
            glob::matches(wanted, long) || (care == Care::Loose && spec.abbrev && abbreviates(long, wanted))
        }
    }
}

/// `--no-x` for `--x`, and the other way round.
fn opposite(name: &str) -> Option<String> {
    let bare = name.strip_prefix("--").filter(|bare| !bare.is_empty() && glob::is_literal(bare))?;
    Some(bare.strip_prefix("no-").map_or_else(|| format!("--no-{bare}"), |positive| format!("--{positive}")))
}

/// Says whether an option's value switches it off. Not so where the option is declared to take a value of any kind.
fn is_off(opt: &Opt<'_>, spec: &ProgramSpec, care: Care) -> bool {
    let Some(value) = opt.value else { return false };
    let Some(text) = value.literal() else { return care == Care::Strict };
    match care {
        Care::Strict => OFF.contains(&text),
        Care::Loose => {
            let declared = matches!(opt.name, Name::Long(name) if spec.values.iter().any(|known| known.name == name));
            text == "false" && !declared
        }
    }
}
