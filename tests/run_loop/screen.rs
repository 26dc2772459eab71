//! A terminal with a person at it: an interactive bash on a PTY, keys in, text out.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::within;

/// What bash shows when it waits: the last status first.
pub(super) const PROMPT: &str = " ok> ";

/// The terminal.
pub(super) struct Screen {
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    shown: Arc<Mutex<String>>,
    /// How much of what is shown was looked at.
    seen: usize,
    /// The reader is to leave at the next byte, so that nobody holds the terminal.
    closing: Arc<AtomicBool>,
}

impl Screen {
    /// Starts bash; `$SH` is the shell under test.
    pub(super) fn new(sh: &Path, folder: &Path) -> Self {
        let pair = native_pty_system().openpty(size(24, 80)).unwrap();
        let mut command = CommandBuilder::new("/bin/bash");
        command.args(["--norc", "--noprofile", "-i"]);
        command.cwd(folder);
        for (name, value) in [("PS1", "$? ok> "), ("TERM", "xterm"), ("HISTFILE", "/dev/null"), ("LESS", "")] {
            command.env(name, value);
        }
        command.env("SH", sh);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let shown = Arc::new(Mutex::new(String::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let copy = Arc::clone(&shown);
        let closing = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&closing);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                copy.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..count]));
                if ends.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        let mut screen = Self { master: Some(pair.master), keys: Some(keys), child, shown, seen: 0, closing };
        screen.wait(PROMPT);
        screen
    }

    /// Types keys.
    pub(super) fn keys(&mut self, keys: &str) {
        let writer = self.keys.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Waits until a text appears behind what was looked at.
    pub(super) fn wait(&mut self, text: &str) {
        let mut end = None;
        let found = within(|| {
            let shown = self.shown.lock().unwrap();
            end = shown[self.seen..].find(text).map(|at| self.seen + at + text.len());
            end.is_some()
        });
        assert!(found, "`{text}` did not appear:\n{:?}", &self.shown()[self.seen..]);
        self.seen = end.unwrap();
    }

    /// Everything that was ever shown.
    pub(super) fn shown(&self) -> String {
        self.shown.lock().unwrap().clone()
    }

    pub(super) fn resize(&self, rows: u16, columns: u16) {
        self.master.as_ref().unwrap().resize(size(rows, columns)).unwrap();
    }

    /// Closes the window.
    pub(super) fn close(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        // Its echo wakes the reader.
        self.keys("x");
        self.keys = None;
        self.master = None;
    }

    /// The modes of the terminal, asked from the shell itself.
    pub(super) fn modes(&mut self) -> String {
        self.keys("echo \"mo\"\"des <$(stty -g)>\"\r");
        self.wait("modes <");
        let start = self.seen;
        self.wait(">");
        let modes = self.shown.lock().unwrap()[start..self.seen].to_owned();
        self.wait(PROMPT);
        modes
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size(rows: u16, columns: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}
