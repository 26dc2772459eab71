//! Disks, partition tables, filesystems as a whole, and the memory of the machine.

use super::super::options::{Spec, Words};
use super::super::paths::{below, matches_any};
use super::super::scope;
use super::super::{Cx, Effect, EffectKind, Scope, Trait};
use crate::syntax::{Arg, Invocation, Roster, paths, roster};

/// Names below `/dev` behind which data lies.
const DISKS: &[&str] = &[
    "sd[a-z]*",
    "hd[a-z]*",
    "vd[a-z]*",
    "xvd[a-z]*",
    "nvme*",
    "mmcblk*",
    "disk*",
    "rdisk*",
    "md*",
    "dm-*",
    "mapper/*",
    "loop[0-9]*",
    "sr[0-9]*",
    "nbd*",
    "zd*",
    "bcache*",
    "ram[0-9]*",
    "disk/*",
    "ada*",
    "da[0-9]*",
    "nvd*",
    "mem",
    "kmem",
    "port",
    "fb[0-9]*",
    "mtd*",
    "ubi*",
    "rbd*",
    "drbd*",
    "vg*/*",
    "*-vg/*",
    "pve/*",
    "block/*",
    "st[0-9]*",
    "nst[0-9]*",
    "mst*",
    "ubuntu-vg/*",
    "vg_*/*",
    "data/*",
];

/// Programs whose operands are devices that they format, wipe or repartition; the words with which they only look.
const WIPERS: &[(&str, &[&str])] = &[
    ("mkfs*", &["-V", "--version", "--help", "-n"]),
    ("mke2fs", &["-n", "-V"]),
    ("newfs*", &["-N"]),
    ("mkswap", &["--help"]),
    ("mkntfs", &["-n"]),
    ("mkdosfs", &[]),
    ("mkexfatfs", &[]),
    ("blkdiscard", &[]),
    ("fdisk", &["-l", "--list", "-s", "-x", "--list-details"]),
    ("cfdisk", &[]),
    ("gdisk", &["-l"]),
    ("cgdisk", &[]),
    (
        "sfdisk",
        &[
            "-l",
            "--list",
            "-d",
            "--dump",
            "-J",
            "--json",
            "-V",
            "--verify",
            "-n",
            "--no-act",
            "-s",
            "--show-size",
            "-g",
        ],
    ),
    ("sgdisk", &["-p", "--print", "-i", "--info", "-v", "--verify", "-O", "-P", "--pretend", "-b", "--backup"]),
    ("parted", &["-l", "--list", "print", "p", "unit", "align-check"]),
    ("badblocks", &[]),
    ("hdparm", &[]),
    ("wipefs", &[]),
    ("nvme", &[]),
    ("sg_format", &[]),
    ("scrub", &[]),
    ("nwipe", &[]),
    ("dban", &[]),
    ("dcfldd", &[]),
];

/// Judges writing to a path that is a device; `true` where nothing more is to be said of it.
pub(super) fn write(arg: &Arg, cx: &Cx<'_>, inv: &Invocation, out: &mut Vec<Effect>) -> bool {
    let text = arg.value.prefix();
    let path = match arg.value.literal() {
        Some(_) => scope::lexical(text, inv, cx).unwrap_or_default(),
        None if text.starts_with("/dev/") && text != "/dev/" => text.to_owned(),
        None if text == "/dev/" => "/dev/sd?".to_owned(),
        None => return false,
    };
    if path == "/proc/sysrq-trigger" {
        out.push(cx.effect(EffectKind::SysPower, path, Scope::System, arg.span));
        return true;
    }
    if path.starts_with("/proc/self/fd/") {
        return true;
    }
    let Some(name) = below(&path, "/dev") else { return false };
    if name.starts_with("shm/") || name == "shm" {
        return false;
    }
    if matches_any(DISKS, name) || path == "/dev/sd?" {
        out.push(whole(&arg.value.text(), inv, cx, arg));
    }
    true
}

fn whole(path: &str, _inv: &Invocation, cx: &Cx<'_>, arg: &Arg) -> Effect {
    cx.effect(EffectKind::FsDevice, path, Scope::System, arg.span).with([Trait::Whole])
}

/// Programs that work on devices. Says whether it knew the program.
pub(super) fn effects(name: &str, inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) -> bool {
    static ROSTER: Roster = roster!(WIPERS, [0]);
    if name == "diskutil" {
        diskutil(inv, cx, out);
        return true;
    }
    if !ROSTER.may_know(name) {
        return false;
    }
    let Some((_, looks)) = WIPERS.iter().find(|(pattern, _)| matches_any(&[pattern], name)) else { return false };
    let words: Vec<&str> = inv.words().flatten().collect();
    if words.iter().any(|word| looks.contains(word) || matches!(*word, "--help" | "--version")) || !writes(name, &words)
    {
        return true;
    }
    let read = Words::of(
        &inv.args,
        &Spec::gnu(&[
            "-t", "-L", "-U", "-b", "-N", "-E", "-O", "-T", "-m", "-i", "-I", "-J", "-R", "-g", "-G", "-K", "-M", "-q",
            "-r", "-w", "-S", "-F", "-s", "-C", "-e", "-o", "-V", "-n", "-u", "-A", "-D", "-c", "-d", "--type",
            "--label", "--offset", "--size",
        ]),
    );
    let before = out.len();
    for arg in &inv.args {
        let text = arg.value.prefix();
        if text.starts_with("/dev/") || text.starts_with("of=/dev/") {
            out.push(whole(text.trim_start_matches("of="), inv, cx, arg));
        }
    }
    if out.len() == before {
        for arg in
            read.operands.iter().filter(|arg| arg.value.has_unknown() || arg.value.prefix().contains('/')).take(4)
        {
            // A name that is made up in a temporary folder is no device.
            if arg.value.has_unknown() && !paths::is_temporary(arg.value.prefix()) {
                out.push(
                    cx.effect(EffectKind::FsDevice, arg.value.text(), Scope::Unknown, arg.span)
                        .with([Trait::UnknownTarget]),
                );
            } else {
                super::write::overwrite(arg, &[], cx, inv, out);
            }
        }
    }
    true
}

/// Says whether a program that also reads would write with these words.
fn writes(name: &str, words: &[&str]) -> bool {
    let any = |wanted: &[&str]| words.iter().any(|word| matches_any(wanted, word));
    match name {
        "wipefs" => any(&["-a", "--all", "-af", "-fa", "-o", "--offset*", "-aq"]) && !any(&["-n", "--no-act"]),
        "badblocks" => any(&["-w", "-n", "-*w*"]),
        "hdparm" => any(&[
            "--security-erase*",
            "--trim-sector*",
            "--make-bad-sector*",
            "--write-sector*",
            "--repair-sector*",
            "--dco-restore",
            "-N*",
            "--drq-hsm-error",
            "--fwdownload*",
        ]),
        "nvme" => any(&["format", "sanitize", "write", "write-zeroes", "delete-ns", "dsm", "fw-*"]),
        _ => true,
    }
}

fn diskutil(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let verb = inv.words().flatten().next().unwrap_or_default().to_lowercase();
    let wipes = [
        "erase*",
        "zerodisk",
        "randomdisk",
        "secureerase",
        "partitiondisk",
        "reformat",
        "mergepartitions",
        "splitpartition",
    ];
    let deletes = matches!(verb.as_str(), "apfs" | "appleraid" | "corestorage" | "cs")
        && inv.words().flatten().any(|word| word.to_lowercase().starts_with("delete"));
    if matches_any(&wipes, &verb) || deletes {
        let target = inv.args.last().map_or_else(String::new, |arg| arg.value.text().into_owned());
        out.push(cx.effect(EffectKind::FsDevice, target, Scope::System, inv.span).with([Trait::Whole]));
    }
}
