//! How fast output is masked: a generated log of 200 MB, all rules on, with known values; one core.
//!
//! `cargo bench --bench mask`; `-- 20` takes 20 MB. Ratios are to copying the same bytes. What is installed is linked
//! otherwise, and with another C library: `cargo bench --bench mask --config .cargo/release.toml --target
//! "$(.cargo/release-target)"` measures that.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

mod corpus;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use corpus::{Seeded, corpus};
use wardsh::mask::fields::Hint;
use wardsh::mask::{Known, Masker, Rules, Selection, Surface, Tagger};
use wardsh::output::{Around, Filter};
use wardsh::policy::Policy;
use wardsh::policy::layers::Setting;
use wardsh::run::Outlet;

// As the binary has it.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: wardsh::sys::Heap<dlmalloc::GlobalDlmalloc> = wardsh::sys::Heap::new(dlmalloc::GlobalDlmalloc);

/// What every third line of a dense log says.
const DENSE: &[&str] = &[
    "password reset mail queued for user",
    "token expired, refreshing session of worker",
    "invalid password for account, attempt",
    "auth token validated by gateway, worker",
];

/// A log of that many megabytes without a secret; where it is dense, every third line has words in it that secrets stand
/// behind.
fn lines(megabytes: usize, dense: bool) -> Vec<u8> {
    let mut random = Seeded(43);
    let mut text = String::with_capacity((megabytes << 20) + 4096);
    let mut line = 0;
    while text.len() < megabytes << 20 {
        line += 1;
        let (minute, second, milli) = (random.below(60), random.below(60), random.below(1000));
        let said = random.pick(DENSE);
        let said = if dense && line % 3 == 0 { said } else { "items of the order were packed by worker" };
        writeln!(text, "2026-03-01T10:{minute:02}:{second:02}.{milli:03}Z INFO api::worker: {said} {milli}").unwrap();
    }
    text.into_bytes()
}

/// Processor time of this thread where the system tells, or else time.
struct Clock(Option<Duration>, Instant);

impl Clock {
    fn start() -> Self {
        Self(Self::processor(), Instant::now())
    }

    fn processor() -> Option<Duration> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    }

    fn elapsed(&self) -> Duration {
        let processor = self.0.zip(Self::processor()).map(|(start, now)| now.saturating_sub(start));
        processor.unwrap_or_else(|| self.1.elapsed())
    }
}

fn main() {
    let size = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(200);
    let corpus = corpus(size);
    let rules = Arc::new(Rules::builtin(&Selection::default()));
    let mut random = Seeded(7);
    let values: Vec<String> = (0..100).map(|_| random.alnum(32)).collect();
    let tagger = Arc::new(Tagger::new([1; 32], [2; 32]));
    let known = || {
        let mut known = Known::new();
        for value in &values {
            known.add_plain("env", value.as_bytes());
        }
        known.add_plain("env", b"deploy-token-2026");
        Arc::new(Mutex::new(known))
    };
    // The best of many, in time: the processor's clock is too coarse here.
    let best = |what: &dyn Fn()| {
        let once = || {
            let start = Instant::now();
            what();
            start.elapsed()
        };
        (0..50).map(|_| once()).min().unwrap_or_default()
    };
    let made = best(&|| drop(Rules::builtin(&Selection::default())));
    let sets: Vec<_> = (0..60).map(|_| known()).collect();
    let next = std::cell::Cell::new(0);
    let first = best(&|| {
        let set = Arc::clone(&sets[next.replace(next.get() + 1)]);
        drop(Masker::new(Arc::clone(&rules), set, Arc::clone(&tagger), Surface::Line));
    });
    let known = known();
    let mut masker = Masker::new(Arc::clone(&rules), Arc::clone(&known), Arc::clone(&tagger), Surface::Line);
    let more = best(&|| {
        drop(Masker::new(Arc::clone(&rules), Arc::clone(&known), Arc::clone(&tagger), Surface::Line));
    });
    let musl = cfg!(target_env = "musl");
    println!("{}", if musl { "linked as it is installed (musl)" } else { "linked with the system's C library" });
    println!("start: rules {made:?}, first masker {first:?}, another one {more:?}");
    let mut out = Vec::with_capacity(1 << 20);
    let start = Clock::start();
    for chunk in corpus.chunks(64 << 10) {
        out.clear();
        out.extend_from_slice(chunk);
        std::hint::black_box(&out);
    }
    let copying = start.elapsed().as_secs_f64();
    for chunk_size in [64 << 10, 4096] {
        let mut written = 0;
        let start = Clock::start();
        for chunk in corpus.chunks(chunk_size) {
            out.clear();
            masker.feed(chunk, &mut out);
            written += out.len();
        }
        out.clear();
        masker.finish(&mut out);
        written += out.len();
        let taken = start.elapsed().as_secs_f64();
        let speed = corpus.len() as f64 / taken / 1e6;
        println!(
            "{size} MB in chunks of {chunk_size}: {taken:.2} s, {speed:.0} MB/s, {:.0} times copying; {written} bytes out",
            taken / copying,
        );
    }
    stage(&corpus, &[]);
    stage(&corpus, &["email", "users.phone", "ssn"]);
    println!("lines without words that matter:");
    let plain = stage(&lines(size, false), &[]);
    println!("every third line says password or token:");
    let dense = stage(&lines(size, true), &[]);
    println!("{:.2} times the time of the lines without (goal: 1.5)", dense / plain);
    scanner(&corpus);
}

/// The whole stage as a run has it, and with fields named by a policy; how many seconds it takes.
fn stage(corpus: &[u8], names: &[&str]) -> f64 {
    let (nowhere, state) = (Path::new("/nonexistent"), tempfile::tempdir().unwrap());
    let around = Around { home: nowhere, workspace: nowhere, cwd: nowhere, env: &[], state: state.path() };
    let mut policy = Policy::built_in();
    let field = |name: &&str| Setting { value: (*name).to_owned(), layer: None };
    policy.mask_fields = names.iter().map(field).collect();
    let mut stage =
        Filter::new(&policy, &around, Box::new(|| "bench".to_owned())).unwrap().stage(Outlet::Output, Hint::None);
    let mut out = Vec::with_capacity(1 << 20);
    let start = Clock::start();
    for chunk in corpus.chunks(64 << 10) {
        out.clear();
        stage.feed(chunk, &mut out);
    }
    stage.finish(&mut out);
    let taken = start.elapsed().as_secs_f64();
    let named = names.len();
    println!("the whole stage, {named} fields named: {taken:.2} s, {:.0} MB/s", corpus.len() as f64 / taken / 1e6);
    taken
}

/// Another scanner on the same bytes, where it is installed: `cargo install ripsecrets`.
fn scanner(corpus: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    std::fs::write(&file, corpus).unwrap();
    let start = Instant::now();
    let Ok(status) = Command::new("ripsecrets").arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).status() else {
        println!("ripsecrets: not installed");
        return;
    };
    let taken = start.elapsed().as_secs_f64();
    println!("ripsecrets: {taken:.2} s, {:.1} MB/s ({status})", corpus.len() as f64 / taken / 1e6);
}
