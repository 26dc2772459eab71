//! What a [`Watch`] may do: hold output, lend the terminal, type, show, send and keep signals, take keys.
//!
//! The watch of these tests does what it is told through a pipe, one letter after another.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Command;

use wardsh::run::{Hands, Interest, Watch, Whom};

use super::screen::{PROMPT, Screen};
use super::{Test, own, within};

pub(super) const TESTS: &[Test] = &[
    ("held_output_waits_and_comes_whole", held),
    ("held_output_holds_up_the_end", held_at_the_end),
    ("a_lent_terminal_is_the_callers", lent),
    ("what_a_watch_types_is_read_by_the_program", typed),
    ("keys_that_a_watch_takes_are_not_read", taken),
    ("a_signal_that_a_watch_keeps_does_not_arrive", kept),
    ("a_watch_sends_signals_to_the_foreground", sent),
];

/// Does what it is told.
pub(super) struct Puppet {
    strings: File,
    keeps: bool,
    takes: bool,
}

impl Puppet {
    /// Opens the pipe at a path, both ways, so that it never ends.
    pub(super) fn on(path: &Path) -> Self {
        let strings = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
            .open(path)
            .unwrap();
        Self { strings, keeps: false, takes: false }
    }
}

impl Watch for Puppet {
    fn interests(&self) -> Vec<Interest<'_>> {
        vec![Interest { id: 7, fd: self.strings.as_fd(), write: false }]
    }

    fn ready(&mut self, id: usize, hands: &mut Hands) {
        assert_eq!(id, 7);
        let mut letter = [0];
        if self.strings.read(&mut letter).is_err() {
            return;
        }
        match letter[0] {
            b'h' => hands.hold = Some(true),
            b'g' => hands.hold = Some(false),
            b'l' => hands.lend = Some(true),
            b't' => hands.lend = Some(false),
            b'k' => hands.typed = b"typed in\r".to_vec(),
            b'i' => hands.signals.push((Whom::Foreground, 2)),
            b'n' => self.keeps = true,
            b'f' => self.keeps = false,
            b'q' => self.takes = true,
            digit => hands.screen = format!("\r\n[mark {}]\r\n", char::from(digit)).into_bytes(),
        }
    }

    fn keys(&mut self, keys: Vec<u8>, hands: &mut Hands) -> Vec<u8> {
        if !self.takes {
            return keys;
        }
        let (taken, rest): (Vec<u8>, Vec<u8>) = keys.into_iter().partition(|key| *key == b'q');
        hands.screen = b"[taken]".repeat(taken.len());
        rest
    }

    fn signal(&mut self, _signal: i32, hands: &mut Hands) -> bool {
        if self.keeps {
            hands.screen = b"[kept]".to_vec();
        }
        !self.keeps
    }
}

/// A line under the loop at a terminal, and the pipe to its watch.
struct Stage {
    screen: Screen,
    folder: tempfile::TempDir,
    strings: File,
}

impl Stage {
    /// Starts the line, and waits until it has said that it is ready.
    fn start(line: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("strings");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let strings = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        std::fs::write(folder.path().join("line"), format!("echo $PPID >loop; echo re\"\"ady\n{line}\n")).unwrap();
        let mut screen = Screen::new(&own(), folder.path());
        screen.keys("$SH --hands strings -c '. ./line'\r");
        screen.wait("ready");
        Self { screen, folder, strings }
    }

    /// Has the watch do something; it has happened when this returns.
    fn pull(&mut self, letters: &str, mark: char) {
        self.strings.write_all(format!("{letters}{mark}").as_bytes()).unwrap();
        self.screen.wait(&format!("[mark {mark}]"));
    }

    fn exists(&self, name: &str) -> bool {
        self.folder.path().join(name).exists()
    }
}

fn held() {
    let mut stage =
        Stage::start("while [ ! -e go ]; do sleep 0.02; done; echo one; echo two >&2; touch wrote; read x; exit 3");
    stage.pull("h", '1');
    File::create(stage.folder.path().join("go")).unwrap();
    assert!(within(|| stage.exists("wrote")));
    stage.pull("", '2');
    assert!(!stage.screen.shown().contains("one"), "it is held: {:?}", stage.screen.shown());
    stage.strings.write_all(b"g").unwrap();
    stage.screen.wait("one\r\ntwo\r\n");
    stage.screen.keys("\r");
    stage.screen.wait("3 ok> ");
}

fn held_at_the_end() {
    let mut stage = Stage::start("while [ ! -e go ]; do sleep 0.02; done; trap 'touch over' EXIT; echo last; exit 4");
    stage.pull("h", '1');
    File::create(stage.folder.path().join("go")).unwrap();
    assert!(within(|| stage.exists("over")));
    stage.pull("", '2');
    assert!(!stage.screen.shown().contains("last"), "{:?}", stage.screen.shown());
    stage.strings.write_all(b"g").unwrap();
    stage.screen.wait("last");
    stage.screen.wait("4 ok> ");
}

fn lent() {
    let mut stage = Stage::start("stty -echo; echo qui\"\"et; read x; echo \"<$x>\"; exit 5");
    stage.screen.wait("quiet");
    stage.pull("l", '1');
    stage.screen.keys("for somebody else\r");
    // Our caller's terminal shows what is typed, as it did before; the program's does not.
    stage.screen.wait("for somebody else");
    stage.pull("t", '2');
    stage.screen.keys("for the program\r");
    stage.screen.wait("<for the program>");
    stage.screen.wait("5 ok> ");
    let before = stage.screen.modes();
    assert!(!stage.screen.shown().contains("<for somebody"), "{:?}", stage.screen.shown());
    stage.screen.keys("true\r");
    stage.screen.wait(PROMPT);
    assert_eq!(stage.screen.modes(), before);
}

fn typed() {
    let mut stage = Stage::start("read x; echo \"<$x>\"; exit 6");
    stage.strings.write_all(b"k").unwrap();
    stage.screen.wait("<typed in>");
    stage.screen.wait("6 ok> ");
}

fn taken() {
    let mut stage = Stage::start("read x; echo \"<$x>\"; exit 7");
    stage.pull("q", '1');
    stage.screen.keys("aqbq\r");
    stage.screen.wait("<ab>");
    stage.screen.wait("7 ok> ");
    assert_eq!(stage.screen.shown().matches("[taken]").count(), 2, "{:?}", stage.screen.shown());
}

fn kept() {
    let mut stage = Stage::start(
        "trap 'echo g\"\"ot; n=$((n+1))' USR1; touch set; until [ $((n)) = 1 ]; do sleep 0.05; done; exit 8",
    );
    assert!(within(|| stage.exists("set")));
    let words = std::fs::read_to_string(stage.folder.path().join("loop")).unwrap();
    // The line's parent is the monitor; the loop is the monitor's.
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", words.trim())).unwrap();
    let front = stat.rsplit_once(") ").unwrap().1.split(' ').nth(1).unwrap().to_owned();
    let signal = || assert!(Command::new("kill").args(["-USR1", &front]).status().unwrap().success());
    stage.pull("n", '1');
    signal();
    stage.screen.wait("[kept]");
    stage.pull("f", '2');
    signal();
    stage.screen.wait("got");
    stage.screen.wait("8 ok> ");
    assert_eq!(stage.screen.shown().matches("got").count(), 1, "{:?}", stage.screen.shown());
}

fn sent() {
    let mut stage = Stage::start("trap 'echo interr\"\"upted; exit 9' INT; touch set; while :; do sleep 0.05; done");
    assert!(within(|| stage.exists("set")));
    stage.strings.write_all(b"i").unwrap();
    stage.screen.wait("interrupted");
    stage.screen.wait("9 ok> ");
}
