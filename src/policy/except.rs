//! Exceptions: what a policy lets through, and when it does.

use super::context::Context;
use super::file::{Excepted, Exception};
use super::glob;
use super::layers::{Policy, absolute};
use super::matching;
use super::rule::Rule;
use crate::effects::EffectKind;
use crate::syntax::Invocation;

/// Finds the exception that lets a rule's match on an invocation through; also its layer.
///
/// A command is compared word by word with an invocation that has no assignments, redirections or opaque parts. The
/// folder has to be known. `opaque` says that something about the invocation could not be seen.
#[must_use]
pub fn find<'p>(
    policy: &'p Policy,
    rule: &Rule,
    inv: &Invocation,
    opaque: bool,
    cx: &Context<'_>,
) -> Option<(usize, &'p Exception)> {
    let today = cx.today()?;
    let cwd = inv.cwd.literal()?;
    policy.exceptions().find(|(layer, exception)| {
        let named = match &exception.what {
            Excepted::Rule(id) => *id == rule.id,
            Excepted::Command(words) => !opaque && !hides(rule) && is_command(inv, words),
        };
        named
            && today <= exception.until
            && inside(&exception.inside, cwd, policy, *layer)
            && policy.may_loosen(*layer, rule).is_ok()
    })
}

/// Rules about what could not be seen: naming a command says nothing about that.
fn hides(rule: &Rule) -> bool {
    rule.effect == Some(EffectKind::CodeOpaque)
}

fn is_command(inv: &Invocation, words: &[String]) -> bool {
    matching::is_plain(inv)
        && inv.program.value.literal() == words.first().map(String::as_str)
        && inv.args.len() + 1 == words.len()
        && inv.words().zip(words.iter().skip(1)).all(|(has, wanted)| has == Some(wanted))
}

fn inside(pattern: &str, cwd: &str, policy: &Policy, layer: usize) -> bool {
    let folder =
        policy.layers.get(layer).and_then(|layer| layer.path.rsplit_once('/')).map_or("", |(folder, _)| folder);
    let Ok(globs) = glob::expand(&absolute(pattern, folder, policy.home())) else { return false };
    globs.iter().any(|glob| in_folder(glob, cwd))
}

/// Matches a path glob: `*` stays within one component, `**` is any number of them (none as well).
fn in_folder(pattern: &str, path: &str) -> bool {
    if path.split('/').any(|part| part == ".." || part == ".") {
        return false;
    }
    let wanted: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    // Row n says whether the parts up to a point match the first n components.
    let mut reach = vec![false; parts.len() + 1];
    if let Some(start) = reach.first_mut() {
        *start = true;
    }
    for component in wanted {
        let mut next = vec![false; parts.len() + 1];
        let mut any = false;
        for (at, cell) in next.iter_mut().enumerate() {
            let here = reach.get(at).copied().unwrap_or(false);
            if component == "**" {
                any |= here;
                *cell = any;
            } else if let Some(before) = at.checked_sub(1) {
                let fits = parts.get(before).is_some_and(|part| glob::matches(component, part));
                *cell = fits && reach.get(before).copied().unwrap_or(false);
            }
        }
        reach = next;
    }
    reach.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_by_path_glob() {
        let rows = [
            ("/h/sandbox/**", "/h/sandbox", true),
            ("/h/sandbox/**", "/h/sandbox/a/b", true),
            ("/h/sandbox/**", "/h/sandbox2", false),
            ("/h/sandbox/**", "/h", false),
            ("/h/sandbox/*", "/h/sandbox/a", true),
            ("/h/sandbox/*", "/h/sandbox/a/b", false),
            ("/h/sandbox", "/h/sandbox/", true),
            ("/h/**/x", "/h/a/b/x", true),
            ("/h/**/x", "/h/x", true),
            ("/**", "/", true),
            ("/h/sandbox/**", "/h/sandbox/../other", false),
            ("/h/sand*", "/h/sandbox", true),
        ];
        for (pattern, path, expected) in rows {
            assert_eq!(in_folder(pattern, path), expected, "{pattern} on {path}");
        }
    }
}
