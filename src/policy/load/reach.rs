//! Whether a block can be met at all, and by what it is found.

use crate::policy::glob;
use crate::policy::rule::{Args, Block, Flag};

/// What a block looks at.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "four independent facts")]
pub(super) struct Needs {
    /// Every way to meet it needs a program's name, an effect, or a pattern.
    pub(super) anchor: bool,
    /// Every way to meet it needs an effect.
    pub(super) effect: bool,
    /// Some block names an effect.
    pub(super) mentions_effect: bool,
    /// Keys are used that look at an effect.
    pub(super) effect_keys: bool,
}

/// Finds what a block looks at.
pub(super) fn needs(block: &Block) -> Needs {
    let inner: Vec<Needs> = block.any.iter().map(needs).collect();
    let all = |get: fn(&Needs) -> bool| !inner.is_empty() && inner.iter().all(get);
    let unless_effect = block.unless.iter().map(needs).any(|of| of.mentions_effect || of.effect_keys);
    let own = !block.program.is_empty() || block.effect != 0 || block.pattern.is_some();
    Needs {
        anchor: own || all(|of| of.anchor),
        effect: block.effect != 0 || all(|of| of.effect),
        mentions_effect: block.effect != 0 || inner.iter().any(|of| of.mentions_effect),
        effect_keys: has_effect_keys(block) || inner.iter().any(|of| of.effect_keys && !of.effect) || unless_effect,
    }
}

fn has_effect_keys(block: &Block) -> bool {
    block.scope != 0
        || !block.traits.is_empty()
        || !block.any_traits.is_empty()
        || !block.target.is_empty()
        || block.certainty.is_some()
}

/// Says whether a block has no condition at all.
pub(super) fn is_empty(block: &Block) -> bool {
    let Block { program, subcommand, args, flags, all_flags, assigns, pattern, .. } = block;
    program.is_empty()
        && subcommand.is_empty()
        && args.is_none()
        && flags.is_empty()
        && all_flags.is_empty()
        && assigns.is_empty()
        && pattern.is_none()
        && block.effect == 0
        && !has_effect_keys(block)
        && block.elevated.is_none()
        && block.remote.is_none()
        && block.repeated.is_none()
        && block.any.is_empty()
        && block.unless.is_empty()
}

/// Says why no operands can meet the conditions.
pub(super) fn impossible_args(args: &Args) -> Option<String> {
    if let (Some(min), Some(max)) = (args.min, args.max)
        && min > max
    {
        return Some(format!("`args` asks for at least {min} and at most {max} operands"));
    }
    let wanted = !args.any.is_empty() || !args.all.is_empty() || !args.first.is_empty() || !args.last.is_empty();
    if args.max == Some(0) && wanted {
        return Some("`args` asks for an operand and for none".to_owned());
    }
    for (key, globs) in [("any", &args.any), ("first", &args.first), ("last", &args.last)] {
        if !globs.is_empty() && globs.iter().all(|glob| args.none.iter().any(|none| covers(none, glob))) {
            return Some(format!("`args.none` rules out all of `args.{key}`"));
        }
    }
    None
}

/// Says whether everything that `narrow` matches is matched by `wide`, as far as is plain.
fn covers(wide: &str, narrow: &str) -> bool {
    wide == narrow || wide == "*" || (glob::is_literal(narrow) && glob::matches(wide, narrow))
}

/// Says why a block can never be met: one of its exceptions holds whenever the rest does.
pub(super) fn never_matches(block: &Block) -> Option<String> {
    if block.unless.iter().any(|unless| implied(block, unless)) {
        return Some("`unless` holds whenever the rest does".to_owned());
    }
    let dead = |inner: &Block| never_matches(inner).or_else(|| clash(block, inner));
    let whys: Vec<Option<String>> = block.any.iter().map(dead).collect();
    if !whys.is_empty() && whys.iter().all(Option::is_some) {
        return whys.into_iter().flatten().next();
    }
    None
}

/// Says why an inner block of `any` contradicts the block around it.
fn clash(outer: &Block, inner: &Block) -> Option<String> {
    let apart = |a: u64, b: u64| a != 0 && b != 0 && a & b == 0;
    if apart(outer.effect, inner.effect) {
        return Some("`any` asks for another `effect` than the block around it".to_owned());
    }
    if apart(u64::from(outer.scope), u64::from(inner.scope)) {
        return Some("`any` asks for another `scope` than the block around it".to_owned());
    }
    let both = [
        ("elevated", outer.elevated, inner.elevated),
        ("remote", outer.remote, inner.remote),
        ("repeated", outer.repeated, inner.repeated),
    ];
    let differs = both.iter().find(|(_, a, b)| a.is_some() && b.is_some() && a != b);
    differs.map(|(key, ..)| format!("`any` asks for another `{key}` than the block around it"))
}

/// Says whether every condition of `unless` holds wherever `block`'s own conditions do. Only what is plain is seen.
fn implied(block: &Block, unless: &Block) -> bool {
    let globs = |given: &[String], wide: &[String]| {
        wide.is_empty() || (!given.is_empty() && given.iter().all(|g| wide.iter().any(|w| covers(w, g))))
    };
    let flags = |given: &[Flag], wide: &[Flag]| {
        let set = |one: &Flag| wide.iter().any(|w| w.name == one.name && (w.value.is_none() || w.value == one.value));
        wide.is_empty() || (!given.is_empty() && given.iter().all(set))
    };
    let bits = |given: u64, wide: u64| wide == 0 || (given != 0 && given & !wide == 0);
    let same = |given: Option<bool>, wide: Option<bool>| wide.is_none() || given == wide;
    let paths = || {
        let covered = |path: &Vec<String>| {
            unless.subcommand.iter().any(|wide| {
                wide.len() <= path.len() && wide.iter().zip(path).all(|(wide, narrow)| covers(wide, narrow))
            })
        };
        unless.subcommand.is_empty() || (!block.subcommand.is_empty() && block.subcommand.iter().all(covered))
    };
    let args = || match (&block.args, &unless.args) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(given), Some(wide)) => {
            let only_any = wide.all.is_empty()
                && wide.none.is_empty()
                && wide.first.is_empty()
                && wide.last.is_empty()
                && wide.max.is_none();
            let any = wide.any.is_empty() || globs(&given.any, &wide.any) || globs(&given.first, &wide.any);
            let min = wide.min.is_none_or(|min| given.min.is_some_and(|least| least >= min));
            only_any && any && min
        }
    };
    !is_empty(unless)
        && globs(&block.program, &unless.program)
        && paths()
        && args()
        && (flags(&block.flags, &unless.flags) || block.all_flags.iter().any(|list| flags(list, &unless.flags)))
        && unless.all_flags.is_empty()
        && unless.assigns.is_empty()
        && unless.pattern.is_none()
        && bits(block.effect, unless.effect)
        && bits(u64::from(block.scope), u64::from(unless.scope))
        && unless.traits.iter().all(|wanted| block.traits.contains(wanted))
        && (unless.any_traits.is_empty() || unless.any_traits.iter().any(|wanted| block.traits.contains(wanted)))
        && globs(&block.target, &unless.target)
        && unless.certainty.is_none_or(|least| block.certainty.is_some_and(|given| given >= least))
        && same(block.elevated, unless.elevated)
        && same(block.remote, unless.remote)
        && same(block.repeated, unless.repeated)
        && unless.any.is_empty()
        && unless.unless.is_empty()
}
