//! The event loop beside the bare shell: the same bytes, the same status, the same behaviour at a terminal.
//!
//! This program is its own subject: called with `-c` it runs bash under the loop, with nothing judged and nothing masked;
//! otherwise it runs the tests, of which an argument selects those whose name contains it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]

mod hands;
mod lifetime;
mod relay;
mod screen;
mod terminal;

use std::ffi::{OsStr, OsString};
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use wardsh::run::{self, Alone, Party, Pass, Plan, Watch};
use wardsh::sys;

/// The real shell.
const BASH: &str = "/bin/bash";

/// A named test.
type Test = (&'static str, fn());

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    match args.get(1).map(OsString::as_os_str) {
        Some(first) if first == "-c" => under_the_loop(args, Party::Person, &mut Alone),
        Some(first) if first == "--agent" => under_the_loop(without(args, 1), Party::Agent, &mut Alone),
        Some(first) if first == "--hands" => {
            let mut puppet = hands::Puppet::on(args[2].as_ref());
            under_the_loop(without(args, 2), Party::Person, &mut puppet)
        }
        filter => test(filter),
    }
}

/// The words without the first ones behind our name.
fn without(mut args: Vec<OsString>, count: usize) -> Vec<OsString> {
    args.drain(1..=count);
    args
}

/// Runs bash with these words.
fn under_the_loop(mut args: Vec<OsString>, party: Party, watch: &mut dyn Watch) -> ExitCode {
    args[0] = "bash".into();
    let plan = Plan { path: BASH.into(), argv: args, party, ..Plan::default() };
    match run::run(plan, &mut |_| Box::new(Pass), watch) {
        Ok(ended) => sys::die_as(ended),
        Err(error) => {
            eprintln!("loop: {error}");
            ExitCode::from(125)
        }
    }
}

/// The loop's own program.
fn own() -> PathBuf {
    std::env::current_exe().unwrap()
}

/// Waits until something holds; false after a time that no machine needs.
fn within(mut holds: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(30) {
        if holds() {
            return true;
        }
        thread::sleep(Duration::from_millis(5));
    }
    false
}

fn test(filter: Option<&OsStr>) -> ExitCode {
    let filter = filter.map(|text| text.to_string_lossy().into_owned()).filter(|text| !text.starts_with('-'));
    let tests: Vec<Test> = [relay::TESTS, lifetime::TESTS, terminal::TESTS, hands::TESTS]
        .concat()
        .into_iter()
        .filter(|(name, _)| filter.as_ref().is_none_or(|filter| name.contains(filter.as_str())))
        .collect();
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((name, run)) = tests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let start = Instant::now();
                    let passed = catch_unwind(run).is_ok();
                    println!(
                        "{} {name} ({:.1} s)",
                        if passed { "ok    " } else { "FAILED" },
                        start.elapsed().as_secs_f32()
                    );
                    if !passed {
                        failed.lock().unwrap().push(*name);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    println!("\n{} run, {} failed {failed:?}", tests.len(), failed.len());
    ExitCode::from(u8::from(!failed.is_empty()))
}
