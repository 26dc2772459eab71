//! The event loop beside the bare shell, by turns in the same run: what a short run costs, what a large output through a
//! terminal costs (beside `script -q`), what a key adds. Prints; never asserts a time.
//!
//! This program is its own subject: called with `-c` it runs bash under the loop, with `-m -c` it masks as well. `MB` is the size of the output.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

mod corpus;

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use wardsh::mask::fields::Hint;
use wardsh::output::{Around, Filter};
use wardsh::policy::Policy;
use wardsh::run::{self, Alone, Party, Plan};
use wardsh::sys;

const BASH: &str = "/bin/bash";
/// How often each short run is started.
const STARTS: usize = 300;
/// How many lines are entered.
const LINES: usize = 300;
/// How many keys are typed.
const KEYS: usize = 2000;

fn main() -> ExitCode {
    let mut args: Vec<OsString> = std::env::args_os().collect();
    if args.get(1).is_some_and(|first| first == "-c") {
        args[0] = "bash".into();
        return match run::shell(BASH.as_ref(), args, Party::Person) {
            Ok(ended) => sys::die_as(ended),
            Err(error) => {
                eprintln!("loop: {error}");
                ExitCode::from(125)
            }
        };
    }
    if args.get(1).is_some_and(|first| first == "-m") {
        args.remove(1);
        args[0] = "bash".into();
        return masked(args);
    }
    let own = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
    starts(&own);
    lines();
    echo(&own);
    output(&own);
    ExitCode::SUCCESS
}

/// Runs bash with everything on that is masked unless policy says otherwise.
fn masked(argv: Vec<OsString>) -> ExitCode {
    let (nowhere, state) = (Path::new("/nonexistent"), tempfile::tempdir().unwrap());
    let around =
        Around { home: nowhere, workspace: nowhere, cwd: nowhere, env: sys::environment(), state: state.path() };
    let filter = Filter::new(&Policy::built_in(), &around, Box::new(|| "bench".to_owned())).unwrap();
    let plan = Plan { path: BASH.into(), argv, party: Party::Person, ..Plan::default() };
    let ended = run::run(plan, &mut |outlet| filter.stage(outlet, Hint::None), &mut Alone);
    state.close().unwrap();
    sys::die_as(ended.unwrap())
}

fn starts(own: &str) {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..STARTS {
        for (program, times) in [BASH, own].iter().zip(&mut times) {
            let start = Instant::now();
            let mut command = Command::new(program);
            command.args(["-c", "true"]).stdin(Stdio::null()).output().unwrap();
            times.push(start.elapsed());
        }
    }
    let [bash, ours] = times.map(|mut times| at(&mut times, 50));
    println!("-c true, two pipes    {bash:>9.1?}  loop {ours:>9.1?}  {:.2}x", ours.as_secs_f64() / bash.as_secs_f64());
}

/// From Enter to the first byte of what the line prints, in an interactive bash and in one whose lines are judged.
fn lines() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().to_str().unwrap();
    let state = format!("{folder}/state");
    fs::write(home.path().join(".bashrc"), "PS1='% '\n").unwrap();
    let guarded = [env!("CARGO_BIN_EXE_wardsh"), "--config-dir", folder, "--state-dir", &state, "--shell", BASH];
    let mut shells = [&[BASH, "-i"][..], &guarded].map(|args| (Terminal::start_in(args, home.path()), Vec::new()));
    for _ in 0..LINES {
        for (terminal, times) in &mut shells {
            terminal.until(b'%');
            std::thread::sleep(Duration::from_millis(10));
            terminal.keys.write_all(b"echo $'\\x40'").unwrap();
            terminal.until(b'0');
            std::thread::sleep(Duration::from_millis(10));
            let start = Instant::now();
            terminal.keys.write_all(b"\r").unwrap();
            terminal.until(b'@');
            times.push(start.elapsed());
        }
    }
    let [(first, mut bare), (second, mut judged)] = shells;
    added("a line", "judged", "its check as it is felt, goal 2 ms", &mut bare, &mut judged);
    let mut shells = [(first, Vec::new()), (second, Vec::new())];
    for (terminal, _) in &mut shells {
        terminal.until(b'%');
    }
    std::thread::sleep(Duration::from_millis(100));
    for _ in 0..KEYS {
        for (terminal, times) in &mut shells {
            let start = Instant::now();
            terminal.keys.write_all(b"k").unwrap();
            terminal.until(b'k');
            times.push(start.elapsed());
            // The editor takes it back: one step to the left, and clear what is behind.
            terminal.keys.write_all(b"\x7f").unwrap();
            terminal.until(b'K');
        }
    }
    let [(_, mut bare), (_, mut judged)] = shells;
    added("a key at the prompt", "judged", "added, goal p99 below 1 ms", &mut bare, &mut judged);
}

fn echo(own: &str) {
    let mut shells =
        [BASH, own].map(|program| (Terminal::start(&[program, "-c", "stty raw -echo; echo r; exec cat"]), Vec::new()));
    for (terminal, _) in &mut shells {
        terminal.until(b'r');
    }
    for _ in 0..KEYS {
        for (terminal, times) in &mut shells {
            let start = Instant::now();
            terminal.keys.write_all(b"k").unwrap();
            terminal.until(b'k');
            times.push(start.elapsed());
        }
    }
    let [(_, mut bare), (_, mut ours)] = shells;
    added("a key's echo", "loop", "added, goal p99 below 1 ms", &mut bare, &mut ours);
}

/// Prints what was measured bare and with us, by turns, and the difference.
fn added(what: &str, name: &str, goal: &str, bare: &mut [Duration], ours: &mut [Duration]) {
    let mut figures = Vec::new();
    for (name, times) in [("bare", bare), (name, ours)] {
        let pair = [at(times, 50), at(times, 99)];
        println!("{:<27} median {:>8.1?}  p99 {:>8.1?}", format!("{what}, {name}"), pair[0], pair[1]);
        figures.push(pair);
    }
    let more = |at: usize| (figures[1][at].as_secs_f64() - figures[0][at].as_secs_f64()) * 1e3;
    println!("{:<27} median {:>+7.3} ms p99 {:>+7.3} ms  ({goal})", format!("{what}, more"), more(0), more(1));
}

/// Repeated lines: such as a log has them, and with every third one about passwords and tokens, though none is there.
const LOGS: &[(&str, &[&str])] = &[
    ("plain", &["the quick brown fox jumps over the lazy dog, and some more text that a log may have\n"]),
    (
        "dense",
        &[
            "10:22:31 INFO api::worker: the order was packed and handed to the carrier by worker 4\n",
            "10:22:31 INFO api::worker: items were counted again, as the first count was not 17\n",
            "10:22:32 WARN api::auth: password reset asked for by user 4711, token expired\n",
        ],
    ),
];

/// How often each row of a large output is taken, by turns; the middle one is printed.
const TURNS: usize = 3;

fn output(own: &str) {
    let megabytes = std::env::var("MB").ok().and_then(|text| text.parse().ok()).unwrap_or(200);
    // The log that the masker's bench reads.
    large(own, "log", megabytes, &corpus::corpus(megabytes));
    for (log, lines) in LOGS {
        let lines = lines.concat();
        large(own, log, megabytes, lines.repeat(megabytes * 1_000_000 / lines.len()).as_bytes());
    }
}

fn large(own: &str, log: &str, megabytes: usize, text: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lines");
    fs::write(&file, text).unwrap();
    let cat = format!("cat {}", file.display());
    let rows: [(&str, Vec<&str>); 4] = [
        ("bare", vec![BASH, "-c", &cat]),
        ("script -q", vec!["/usr/bin/script", "-q", "-c", &cat, "/dev/null"]),
        ("loop", vec![own, "-c", &cat]),
        ("masked", vec![own, "-m", "-c", &cat]),
    ];
    let rows: Vec<_> = rows.iter().filter(|(_, args)| Path::new(args[0]).exists()).collect();
    let mut taken: Vec<(Vec<f64>, Vec<f64>)> = vec![Default::default(); rows.len()];
    for _ in 0..TURNS {
        for ((_, args), (walls, processors)) in rows.iter().zip(&mut taken) {
            let (start, processor) = (Instant::now(), processor_time());
            let mut terminal = Terminal::start(args);
            terminal.drain();
            walls.push(start.elapsed().as_secs_f64());
            processors.push((processor_time() - processor) as f64 / 100.0);
        }
    }
    let mut beside = None;
    for ((name, _), (walls, processors)) in rows.iter().zip(&mut taken) {
        let (wall, processor) = (middle(walls), middle(processors));
        if *name == "script -q" {
            beside = Some((wall, processor));
        }
        let ratio = beside.map_or_else(String::new, |(walls, processors)| {
            let (wall, processor) = (wall / walls, processor / processors);
            format!("  wall {wall:.2}x, processor {processor:.2}x of script -q (goals 1.0x, 1.3x)")
        });
        println!(
            "{megabytes} MB to a terminal, {log}, {name:<10} wall {wall:>6.2} s  processor {processor:>6.2} s{ratio}"
        );
    }
}

fn middle(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A program on a terminal.
struct Terminal {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    shown: Box<dyn Read + Send>,
    /// Read, and not looked at yet.
    read: Vec<u8>,
}

impl Terminal {
    fn start(args: &[&str]) -> Self {
        Self::start_in(args, Path::new("/"))
    }

    fn start_in(args: &[&str], home: &Path) -> Self {
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(args[0]);
        command.args(&args[1..]);
        if home != Path::new("/") {
            command.env("HOME", home);
            command.cwd(home);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        Self {
            child,
            keys: pair.master.take_writer().unwrap(),
            shown: pair.master.try_clone_reader().unwrap(),
            read: Vec::new(),
        }
    }

    /// Reads through the next such byte.
    fn until(&mut self, byte: u8) {
        let mut buffer = [0; 4096];
        loop {
            if let Some(at) = self.read.iter().position(|read| *read == byte) {
                self.read.drain(..=at);
                return;
            }
            self.read.clear();
            match self.shown.read(&mut buffer).unwrap() {
                0 => return,
                count => self.read.extend_from_slice(&buffer[..count]),
            }
        }
    }

    fn drain(&mut self) {
        let mut buffer = vec![0; 65536];
        while self.shown.read(&mut buffer).is_ok_and(|count| count > 0) {}
        self.child.wait().unwrap();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sorts, and gives the value below which so many of a hundred lie.
fn at(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100]
}

/// Hundredths of a second that children took which were waited for, as proc(5) tells.
fn processor_time() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    fields.split_whitespace().skip(13).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}
