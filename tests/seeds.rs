//! Every fuzz seed through the functions that are fuzzed, as a plain test.
#![allow(clippy::unwrap_used)]

#[path = "fuzz/entries.rs"]
mod entries;

use std::fs;

/// Runs all seeds of a target, each named in a failure.
fn run<T>(target: &str, entry: impl Fn(&[u8]) -> T) {
    let folder = format!("{}/tests/fuzz/seeds/{target}", env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = fs::read_dir(&folder).unwrap().map(|seed| seed.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 30, "{folder} holds only {} seeds", paths.len());
    for path in paths {
        let input = fs::read(&path).unwrap();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(entry(&input))));
        assert!(outcome.is_ok(), "{} fails", path.display());
    }
}

#[test]
fn grammar() {
    run("grammar", entries::grammar);
}

#[test]
fn rules() {
    run("rules", entries::rules);
}

#[test]
fn judge() {
    run("judge", entries::judge);
}

#[test]
fn mask() {
    run("mask", entries::mask);
}
