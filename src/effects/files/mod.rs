//! Files and filesystems: deleting, overwriting, moving, permissions, devices.
//!
//! One table says which function reads which program. Redirections and what a look inside code found are judged for
//! every program.

mod archive;
mod copy;
mod device;
mod facts;
pub(super) mod find;
mod perm;
mod rm;
mod windows;
mod write;

use super::{Cx, Effect};
use crate::syntax::{Invocation, Roster, is_among, roster};

/// Reads one program's words.
type Reader = fn(&Invocation, &Cx<'_>, &mut Vec<Effect>);

/// Program names, and who reads them.
const READERS: &[(&[&str], Reader)] = &[
    (&["rm", "grm"], rm::rm),
    (&["rmdir", "grmdir"], rm::rmdir),
    (&["unlink", "gunlink"], rm::unlink),
    (&["shred", "srm", "gshred", "wipe", "scrub", "sfill"], rm::shred),
    (&["trash", "trash-put", "gio", "rmtrash", "kioclient", "trash-empty", "rip"], rm::trash),
    (&["rimraf", "del-cli", "del", "shx", "trash-cli"], rm::rimraf),
    (&["find", "gfind"], find::find),
    (&["fd", "fdfind"], rm::nothing),
    (&["mv", "gmv"], copy::mv),
    (&["cp", "gcp"], copy::cp),
    (&["install", "ginstall"], copy::install),
    (&["ln", "gln", "link"], copy::ln),
    (&["rsync"], copy::rsync),
    (&["scp"], copy::scp),
    (&["dd", "gdd"], write::dd),
    (&["tee", "gtee", "sponge"], write::tee),
    (&["truncate", "gtruncate"], write::truncate),
    (&["fallocate"], write::fallocate),
    (&["sed", "gsed"], write::sed),
    (&["perl", "ruby"], write::perl),
    (&["gawk", "awk"], write::awk),
    (&["sort", "curl", "wget", "gcc", "cc", "clang", "pandoc", "objcopy", "uniq", "split"], write::output),
    (&["ssh-keygen"], write::ssh_keygen),
    (&["chmod", "gchmod"], perm::chmod),
    (&["chown", "gchown", "chgrp", "gchgrp"], perm::chown),
    (&["setfacl", "chattr", "chflags", "setcap", "chcon", "xattr"], perm::attributes),
    (&["tar", "gtar", "bsdtar"], archive::tar),
    (&["unzip"], archive::unzip),
    (&["zip"], archive::zip),
    (&["cpio", "7z", "7za", "unrar"], archive::other),
    (&["gzip", "bzip2", "xz", "zstd"], rm::nothing),
    (&["cmd", "cmd.exe", "rd", "erase"], windows::cmd),
];

/// Yields what an invocation does to files.
pub(super) fn effects(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    static ROSTER: Roster = roster!(READERS, 0);
    write::redirects(inv, cx, out);
    facts::effects(inv, cx, out);
    let Some(name) = inv.name() else { return };
    if device::effects(name, inv, cx, out) {
        return;
    }
    if ROSTER.may_know(name)
        && let Some((_, reader)) = READERS.iter().find(|(names, _)| is_among(name, names))
    {
        reader(inv, cx, out);
    }
}
