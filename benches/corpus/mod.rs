//! A log as a developer's terminal shows it, always the same: what the benches of the masker and of the loop read.
#![allow(missing_docs, unreachable_pub, dead_code)]

use std::fmt::Write as _;

/// A generator whose numbers are always the same.
pub struct Seeded(pub u64);

impl Seeded {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    pub fn of(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }

    pub fn hex(&mut self, length: usize) -> String {
        self.of(b"0123456789abcdef", length)
    }

    pub fn alnum(&mut self, length: usize) -> String {
        self.of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", length)
    }

    pub fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

const PATHS: &[&str] = &["users", "orders/items", "auth/token/refresh", "health", "static/js/app.min.js", "v2/search"];
const WORDS: &[&str] = &[
    "request", "handled", "cache", "miss", "worker", "started", "password", "reset", "token", "expired", "task", "disk",
];

/// What the tokens of a code host begin with.
const MARK: &str = "ghp_";

/// A log of that many megabytes: JSON, colours, progress, hashes, one secret in some five thousand lines.
pub fn corpus(megabytes: usize) -> Vec<u8> {
    let mut random = Seeded(42);
    let mut text = String::with_capacity((megabytes << 20) + 4096);
    let mut line = 0;
    while text.len() < megabytes << 20 {
        line += 1;
        let (minute, second, milli) = (random.below(60), random.below(60), random.below(1000));
        match random.below(10) {
            0 | 1 => {
                let (id, path, words) = (random.hex(32), random.pick(PATHS), random.pick(WORDS));
                writeln!(text, "{{\"ts\":\"2026-03-01T10:{minute:02}:{second:02}.{milli:03}Z\",\"level\":\"info\",\"trace_id\":\"{id}\",\"path\":\"/{path}\",\"status\":200,\"msg\":\"{words} {words}\"}}").unwrap();
            }
            2 => {
                let word = random.pick(WORDS);
                writeln!(text, "\x1b[2m2026-03-01 10:{minute:02}:{second:02}\x1b[0m \x1b[32mINFO\x1b[0m api::{word}: \x1b[1mdone\x1b[0m in {milli} ms").unwrap();
            }
            3 => write!(text, "\rDownloading {milli}/1000 KiB [{:<20}]", "#".repeat(milli / 50)).unwrap(),
            4 => writeln!(text, "commit {}\nAuthor: dev <dev@example.com>", random.hex(40)).unwrap(),
            5 => {
                let (a, b) = (random.hex(8), random.hex(12));
                writeln!(
                    text,
                    "10.2.{}.{} - - \"GET /{}/{a}-1f2e-4a5b-8c9d-{b} HTTP/1.1\" 200 {milli}",
                    second,
                    minute,
                    random.pick(PATHS)
                )
                .unwrap();
            }
            6 => writeln!(text, "      \"integrity\": \"sha512-{}==\",", random.alnum(86)).unwrap(),
            7 => writeln!(
                text,
                "   Compiling {}-{} v1.{second}.{minute} (https://registry.example.com/{})",
                random.pick(WORDS),
                random.pick(WORDS),
                random.pick(PATHS)
            )
            .unwrap(),
            8 => {
                for _ in 0..12 {
                    text.push_str(random.pick(WORDS));
                    text.push(' ');
                }
                text.push('\n');
            }
            _ => writeln!(
                text,
                "[{minute:02}:{second:02}] pod/web-{}-{} 1/1 Running 0 {milli}m sha256:{}",
                random.hex(9),
                random.hex(5),
                random.hex(64)
            )
            .unwrap(),
        }
        if line % 5000 == 0 {
            let token = random.alnum(36);
            writeln!(text, "using {MARK}{token} now, password={}", &token[..14]).unwrap();
        }
    }
    text.into_bytes()
}
