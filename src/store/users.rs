//! Home folders, names and login shells, from the user database; never from `$HOME`.

use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// The user database as this process has found it.
fn database() -> Option<&'static str> {
    static TEXT: LazyLock<Option<String>> = LazyLock::new(|| std::fs::read_to_string("/etc/passwd").ok());
    TEXT.as_deref()
}

/// The home folder of a user id; `/` where nobody knows it.
#[must_use]
pub fn home_of_uid(uid: u32) -> String {
    let id = uid.to_string();
    let in_file = database().and_then(|text| find(text, 2, &id));
    in_file.or_else(|| getent(&id)).unwrap_or_else(|| "/".to_owned())
}

/// The number under which the user database knows who we are. In a user namespace that an ordinary user has made
/// (`unshare -r`) we count as root, but root's files are closed to us: what holds there is that user's, whose number the
/// kernel tells and does not let anybody choose. Where root's home is open, as in a container, we are root.
#[must_use]
pub fn own_uid() -> u32 {
    static OWN: LazyLock<u32> = LazyLock::new(look_up_own_uid);
    *OWN
}

fn look_up_own_uid() -> u32 {
    let uid = rustix::process::getuid().as_raw();
    let closed = || rustix::fs::access(home_of_uid(uid), rustix::fs::Access::EXEC_OK) == Err(rustix::io::Errno::ACCESS);
    if uid != 0 || !closed() {
        return uid;
    }
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    maker(&map).unwrap_or(uid)
}

/// Who has mapped himself, and nobody else, to root: `user_namespaces(7)`.
fn maker(map: &str) -> Option<u32> {
    let mut words = map.split_ascii_whitespace();
    let (inside, outside, count) = (words.next()?, words.next()?, words.next()?);
    let outside = outside.parse().ok().filter(|uid| *uid != 0)?;
    (inside == "0" && count == "1" && words.next().is_none()).then_some(outside)
}

/// The name of a user id, where the file says one. `USER` says what whoever started us wanted it to say.
#[must_use]
pub fn name_of_uid(uid: u32) -> Option<String> {
    field(database()?, uid, 0)
}

/// The login shell of a user id, where the file says one.
#[must_use]
pub fn shell_of_uid(uid: u32) -> Option<String> {
    field(database()?, uid, 6).filter(|shell| shell.starts_with('/'))
}

/// A field of the line of a user id; not an empty one.
fn field(text: &str, uid: u32, field: usize) -> Option<String> {
    let id = uid.to_string();
    let line = text.lines().find(|line| line.split(':').nth(2) == Some(id.as_str()))?;
    line.split(':').nth(field).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The home folder of a user by name.
#[must_use]
pub(super) fn home_of_name(name: &str) -> Option<String> {
    find(database()?, 0, name)
}

/// Finds a line whose field is `want`, and answers its home folder.
fn find(text: &str, field: usize, want: &str) -> Option<String> {
    let line = text.lines().find(|line| line.split(':').nth(field) == Some(want))?;
    line.split(':').nth(5).filter(|home| home.starts_with('/')).map(str::to_owned)
}

/// Asks the system's own database where the file does not know the user (LDAP and the like).
fn getent(id: &str) -> Option<String> {
    let program = ["/usr/bin/getent", "/bin/getent"].into_iter().find(|path| std::path::Path::new(path).exists())?;
    let output = Command::new(program)
        .args(["passwd", id])
        .env_clear()
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    find(&String::from_utf8_lossy(&output.stdout), 2, id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_made_a_namespace() {
        let table = [
            ("         0       1000          1\n", Some(1000)),
            ("         0          0 4294967295\n", None),
            ("         0          0          1\n", None),
            ("      1000       1000          1\n", None),
            ("0 1000 1\n1 100000 65536\n", None),
            ("", None),
        ];
        for (map, want) in table {
            assert_eq!(maker(map), want, "{map}");
        }
    }

    #[test]
    fn reads_the_database() {
        let text = "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/zsh\nbad:x:7\n";
        assert_eq!(find(text, 2, "1000").as_deref(), Some("/home/ann"));
        assert_eq!(find(text, 0, "root").as_deref(), Some("/root"));
        assert_eq!(find(text, 2, "7"), None);
        assert_eq!(field(text, 1000, 0).as_deref(), Some("ann"));
        assert_eq!(field(text, 1000, 6).as_deref(), Some("/bin/zsh"));
        assert_eq!(field(text, 1000, 4), None);
        assert_eq!(field(text, 8, 0), None);
        assert_eq!(find(text, 0, "nobody"), None);
    }
}
