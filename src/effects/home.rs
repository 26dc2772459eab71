//! The home folder: which paths are it, and which lie in it. The one place that knows how a home is recognised.

use super::paths::{below, is_within};
use crate::syntax::World;

/// Says whether a path is one of the user's homes.
#[must_use]
pub(super) fn is(path: &str, world: &dyn World) -> bool {
    world.homes().iter().any(|top| top == path)
}

/// Says whether a path is or lies in one of the user's homes.
#[must_use]
pub(super) fn holds(path: &str, world: &dyn World) -> bool {
    world.homes().iter().any(|top| is_within(path, top))
}

/// The part of a path behind a home folder: the user's, or anybody's by its usual place; `~` and `$HOME` may stand for it.
#[must_use]
pub(super) fn behind<'p>(path: &'p str, world: &dyn World) -> Option<&'p str> {
    let own = world.homes();
    if let Some(rest) = own.iter().map(String::as_str).chain(["/root"]).find_map(|top| below(path, top)) {
        return Some(rest);
    }
    if !path.starts_with('/') {
        return ["~", "$HOME", "${HOME}"].iter().find_map(|top| path.strip_prefix(top)?.strip_prefix('/'));
    }
    ["/home/", "/Users/"].iter().find_map(|top| path.strip_prefix(top)?.split_once('/')).map(|(_, rest)| rest)
}

/// Says whether a path is a home folder or something that holds homes.
#[must_use]
pub(super) fn is_covered_by(path: &str, world: &dyn World) -> bool {
    let path = path.trim_end_matches("/*").trim_end_matches("/.");
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    matches!(path, "" | "/" | "~" | "$HOME" | "${HOME}" | "/home" | "/root" | "/Users")
        || is(path, world)
        || ["/home/", "/Users/"].iter().any(|top| path.strip_prefix(top).is_some_and(|rest| !rest.contains('/')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::FakeWorld;

    #[test]
    fn both_homes_count() {
        let world = FakeWorld::default().set("HOME", "/data/me/").link("/data/me", "/disk/me");
        for (path, rest) in [
            ("/home/me/.ssh/id_rsa", Some(".ssh/id_rsa")),
            ("/data/me/.bashrc", Some(".bashrc")),
            ("/home/other/x/y", Some("x/y")),
            ("/root/.ssh", Some(".ssh")),
            ("~/.ssh", Some(".ssh")),
            ("$HOME/a", Some("a")),
            ("/data/meier/.ssh", None),
            ("/etc/passwd", None),
            ("/home/me", None),
        ] {
            assert_eq!(behind(path, &world), rest, "{path}");
        }
        assert!(is("/disk/me", &world) && is("/home/me", &world) && !is("/data", &world));
        assert!(holds("/disk/me/x", &world) && !holds("/disk", &world));
        assert!(is_covered_by("/data/me/*", &world) && is_covered_by("/home", &world));
    }

    #[test]
    fn a_home_that_is_the_root_is_none() {
        let world = FakeWorld { home: "/".into(), ..FakeWorld::default() }.set("HOME", "/");
        assert!(!is("/", &world) && behind("/etc/passwd", &world).is_none());
    }
}
