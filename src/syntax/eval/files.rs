//! The files that a line writes, and what they may say when the line runs them.
//!
//! A file may hold any text that was written to it where a write may not have happened, happens beside the others, or goes
//! to a name that is not fully known. Whoever reads it later in the line sees all of these ways; only a write that surely
//! came last hides the ones before.

use std::cell::RefCell;
use std::collections::HashMap;

use super::outputs::TEMPORARIES;
use crate::syntax::{Origin, Unknown, Value, paths};

/// Ways that are kept of one file; beyond them its content is unknown.
const MAX_WAYS: usize = 16;
/// Writes to names that are not fully known that are kept.
const MAX_LOOSE: usize = 64;
/// Other names that are looked up for one that is run.
const MAX_NAMES: usize = 64;

/// Names that are looked through for programs that change or copy whatever they find; behind them the line is not
/// followed any further.
const MAX_LOOKS: usize = 1 << 16;

/// What the line has written to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// With this content.
    Text(Value),
    /// By these invocations, content unknown.
    By(Vec<usize>),
    /// A copy of or a link to a program.
    Program(String),
}

/// One write: what the file holds behind it.
#[derive(Clone, Debug)]
struct Way {
    texts: Vec<Written>,
    /// The conditions under which it happens, outermost first.
    under: Vec<u32>,
    /// It happens beside what follows.
    beside: bool,
    /// A later write has replaced it, if that did not fail.
    replaced: bool,
}

/// What a reader may find in a file.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Texts of the line, the latest first, without repetition.
    pub(super) ways: Vec<Written>,
    /// One of them is there for sure: what stood on disk before is gone.
    pub(super) settled: bool,
    /// Texts that were replaced, which count where the write that did so has failed.
    pub(super) replaced: Vec<Written>,
}

impl Seen {
    /// What is there, if there is no doubt.
    pub(super) fn only(self) -> Option<Written> {
        let mut ways = self.ways;
        if self.settled && ways.len() == 1 && self.replaced.is_empty() { ways.pop() } else { None }
    }
}

/// A name of which the head and the tail are known; a head that is not empty is absolute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Vague {
    head: String,
    tail: String,
}

impl Vague {
    /// The shape of a word in a folder; none where nothing of it is known.
    pub(super) fn new(cwd: Option<&str>, word: &Value) -> Self {
        let head = match (word.prefix(), cwd) {
            (head, _) if head.starts_with('/') => head.to_owned(),
            (head, Some(cwd)) if !head.is_empty() => format!("{}/{head}", cwd.trim_end_matches('/')),
            _ => String::new(),
        };
        let odd = head.contains("/../") || head.contains("/./") || head.contains("//");
        let tail = word.suffix().rsplit('/').next().unwrap_or("").to_owned();
        Self { head: if odd { String::new() } else { head }, tail }
    }

    /// Nothing is known of it.
    pub(super) fn is_open(&self) -> bool {
        self.head.is_empty() && self.tail.is_empty()
    }

    /// Says whether a file of the line may be the one.
    fn may_be(&self, key: &str) -> bool {
        match key.strip_prefix('\0') {
            None => key.starts_with(&self.head) && key.ends_with(&self.tail),
            Some(key) => {
                let (head, rest) = key.split_once('<').unwrap_or((key, ""));
                let tail = rest.split_once('>').map_or("", |(_, tail)| tail);
                let tail = tail.rsplit('/').next().unwrap_or("");
                let (head, tail) = (head.to_owned(), tail.to_owned());
                self.meets(&Self { head, tail })
            }
        }
    }

    /// Says whether both may name one file.
    fn meets(&self, other: &Self) -> bool {
        meets(&self.head, &other.head, |text, part| text.starts_with(part))
            && meets(&self.tail, &other.tail, |text, part| text.ends_with(part))
    }
}

fn meets(one: &str, other: &str, part_of: impl Fn(&str, &str) -> bool) -> bool {
    part_of(one, other) || part_of(other, one)
}

/// The files of one line.
#[derive(Debug, Default)]
pub(super) struct Files {
    known: HashMap<String, Vec<Way>>,
    loose: Vec<(Vague, Written)>,
    /// Names of one and the same file.
    same: Vec<(String, String)>,
    /// Files that were run where a later write may come before.
    ran: Vec<String>,
    /// Files that are being written while something else happens.
    open: Vec<String>,
    /// A file was written that was run before, where it may be run again, or later.
    late: bool,
    /// More happened than is kept: any file may hold anything.
    lost: bool,
    under: Vec<u32>,
    conditions: u32,
    beside: usize,
    looks: usize,
    /// The first names that were written to, in order.
    first: Vec<String>,
    real: RefCell<Real>,
}

/// Names that were written to, by where they lead.
#[derive(Debug, Default)]
struct Real {
    names: HashMap<String, Vec<String>>,
    /// How many of the first names are among them.
    upto: usize,
}

impl Files {
    /// Counts a look through all names; false where there were too many.
    fn look_through(&mut self) -> bool {
        self.looks += self.known.len();
        !self.is_exhausted()
    }

    /// Says whether there was too much to follow: what is written may not be known.
    pub(super) fn is_exhausted(&self) -> bool {
        self.looks > MAX_LOOKS
    }

    /// Enters what may not happen; [`Files::leave`] takes what this returns.
    pub(super) fn enter(&mut self) -> usize {
        self.conditions += 1;
        self.under.push(self.conditions);
        self.under.len() - 1
    }

    /// Leaves it again, and what was entered since.
    pub(super) fn leave(&mut self, to: usize) {
        self.under.truncate(to);
    }

    /// How deep in what may not happen.
    pub(super) fn depth(&self) -> usize {
        self.under.len()
    }

    /// Enters what happens beside the rest of the line.
    pub(super) fn step_aside(&mut self) {
        self.beside += 1;
    }

    /// Leaves it again.
    pub(super) fn step_back(&mut self) {
        self.beside -= 1;
    }

    /// Enters a pipe, of which all parts happen beside each other; [`Files::end_pipe`] takes what this returns.
    pub(super) fn begin_pipe(&mut self) -> usize {
        self.beside += 1;
        self.ran.len()
    }

    /// Leaves it again: all of its parts have ended, and come back only in a loop.
    pub(super) fn end_pipe(&mut self, ran: usize, repeated: bool) {
        self.beside -= 1;
        if self.beside == 0 && !repeated {
            self.ran.truncate(ran);
        }
    }

    /// Says whether what is walked happens beside the rest of the line.
    pub(super) fn is_beside(&self) -> bool {
        self.beside > 0
    }

    /// Notes a write. False where the file was run already and may be run again, or later, with this text.
    pub(super) fn put(&mut self, path: String, written: Written, doubtful: bool) -> bool {
        self.add(path, vec![written], doubtful)
    }

    fn add(&mut self, path: String, texts: Vec<Written>, doubtful: bool) -> bool {
        let known = |ways: &Vec<Way>| texts.iter().all(|text| ways.iter().any(|way| way.texts.contains(text)));
        let late = self.ran.contains(&path) && !self.known.get(&path).is_some_and(known);
        let mut under = self.under.clone();
        if doubtful {
            self.conditions += 1;
            under.push(self.conditions);
        }
        self.late |= late;
        if self.first.len() < MAX_NAMES && !path.starts_with('\0') && !self.known.contains_key(&path) {
            self.first.push(path.clone());
        }
        let ways = self.known.entry(path).or_default();
        // A write may fail in ways that nobody sees (no room, no right, `set -C`): what it replaces may still be there.
        ways.retain_mut(|way| {
            if !way.beside && way.under.starts_with(&under) {
                way.replaced = true;
                way.texts
                    .retain(|text| matches!(text, Written::Text(_) | Written::Program(_)) && !texts.contains(text));
            }
            !way.texts.is_empty()
        });
        ways.push(Way { texts, under, beside: self.beside > 0, replaced: false });
        if ways.len() > MAX_WAYS {
            let hidden = vec![Written::By(Vec::new())];
            *ways = vec![Way { texts: hidden, under: Vec::new(), beside: true, replaced: false }];
        }
        !late
    }

    /// Notes that text was added to a file, `None` for text that is not known; `before` is what stands on disk.
    pub(super) fn append(
        &mut self,
        path: String,
        text: Result<&Value, Vec<usize>>,
        before: Option<Value>,
        doubtful: bool,
    ) -> bool {
        let seen = self.seen(&path);
        let text = match text {
            Ok(text) => text,
            Err(from) => return self.put(path, Written::By(from), doubtful),
        };
        let joined = |before: &Value| {
            let mut all = before.clone();
            all.push_value(text);
            Written::Text(all)
        };
        let mut texts: Vec<Written> = seen
            .ways
            .iter()
            .map(|way| match way {
                Written::Text(before) => joined(before),
                Written::By(from) => Written::By(from.clone()),
                Written::Program(_) => Written::By(Vec::new()),
            })
            .collect();
        if !seen.settled {
            texts.push(before.map_or_else(|| Written::Text(text.clone()), |before| joined(&before)));
        }
        texts.dedup();
        if let (false, true, Some(ways)) = (doubtful, self.beside == 0, self.known.get_mut(&path)) {
            // Without what is added, the file is never there longer than until now.
            let under = &self.under;
            ways.retain(|way| way.replaced || way.beside || !way.under.starts_with(under));
        }
        self.add(path, texts, doubtful)
    }

    /// Takes over what a file may hold for another one; false where nothing is known of it.
    pub(super) fn copy(&mut self, from: &str, to: String) -> bool {
        let seen = self.seen(from);
        if seen.ways.is_empty() {
            return false;
        }
        let doubtful = !seen.settled;
        self.add(to, seen.ways.into_iter().chain(seen.replaced).collect(), doubtful);
        true
    }

    /// Notes that a program was given a file that the line wrote, and may have changed it.
    pub(super) fn touch(&mut self, path: &str, by: usize) {
        if self.known.contains_key(path) {
            self.put(path.to_owned(), Written::By(vec![by]), true);
        }
    }

    /// As [`Files::touch`], for any file that a name may stand for, but for one.
    pub(super) fn touch_vaguely(&mut self, name: &Vague, but: Option<&str>, by: usize) {
        if !self.look_through() {
            return;
        }
        let hit = |path: &&String| name.may_be(path) && Some(path.as_str()) != but;
        let hit: Vec<String> = self.known.keys().filter(hit).cloned().collect();
        for path in &hit {
            self.touch(path, by);
        }
    }

    /// Takes over what the files below a folder may hold for those of another one.
    pub(super) fn copy_below(&mut self, from: &str, to: &str) {
        if !self.look_through() {
            return;
        }
        let below: Vec<String> = self.known.keys().filter(|path| paths::is_within(path, from)).cloned().collect();
        let name = from.rsplit('/').next().unwrap_or("");
        for path in below {
            let rest = path.strip_prefix(from).unwrap_or("");
            // A folder that is there takes it up.
            self.copy(&path, format!("{to}{rest}"));
            self.copy(&path, format!("{to}/{name}{rest}"));
        }
    }

    /// Notes that anything below a folder that the line wrote may have changed.
    pub(super) fn touch_below(&mut self, folder: &str, by: usize) {
        if !self.look_through() {
            return;
        }
        let below: Vec<String> = self.known.keys().filter(|path| paths::is_within(path, folder)).cloned().collect();
        for path in &below {
            self.touch(path, by);
        }
    }

    /// Notes a write to a name that is not fully known. False where a file was run already that may be the one.
    pub(super) fn put_loose(&mut self, name: Vague, written: Written) -> bool {
        let late = self.ran.iter().any(|path| name.may_be(path));
        let entry = if self.loose.len() < MAX_LOOSE {
            (name, written)
        } else {
            self.lost = true;
            (Vague { head: String::new(), tail: String::new() }, Written::By(Vec::new()))
        };
        if !self.loose.contains(&entry) {
            self.loose.push(entry);
        }
        !late
    }

    /// Says whether a file was written that was run before where that counts, and forgets it.
    pub(super) fn take_late(&mut self) -> bool {
        std::mem::take(&mut self.late)
    }

    /// The files that the line wrote and a name may stand for.
    pub(super) fn named(&mut self, name: &Vague) -> Vec<String> {
        if !self.look_through() {
            return Vec::new();
        }
        self.known.keys().filter(|path| name.may_be(path)).cloned().collect()
    }

    /// Notes that two names stand for one file.
    pub(super) fn tie(&mut self, one: String, other: String) {
        if self.same.len() < MAX_NAMES {
            self.same.push((one, other));
        } else {
            self.lost = true;
        }
    }

    /// Notes that a file is run where later writes of the line may come before.
    pub(super) fn note_run(&mut self, path: &str) {
        if !self.ran.iter().any(|known| known == path) {
            if self.ran.len() < MAX_NAMES {
                self.ran.push(path.to_owned());
            } else {
                self.lost = true;
            }
        }
    }

    /// Notes that a file is open for what happens until [`Files::end_write`].
    pub(super) fn begin_write(&mut self, path: String) {
        self.open.push(path);
    }

    /// Notes that it is closed again.
    pub(super) fn end_write(&mut self) {
        self.open.pop();
    }

    /// What the line may have written to a file, by this name alone.
    pub(super) fn seen(&self, path: &str) -> Seen {
        let mut seen = Seen::default();
        for way in self.known.get(path).into_iter().flatten().rev() {
            if way.replaced {
                seen.replaced.extend(way.texts.iter().cloned());
                continue;
            }
            if seen.settled && !way.beside {
                continue;
            }
            for text in &way.texts {
                if !seen.ways.contains(text) {
                    seen.ways.push(text.clone());
                }
            }
            seen.settled |= !way.beside && self.under.starts_with(&way.under);
        }
        seen.replaced.retain(|text| !seen.ways.contains(text));
        if self.open.iter().any(|open| open == path) {
            seen.ways.push(Written::By(Vec::new()));
        }
        if self.loose.is_empty() || is_device(path) {
            return seen;
        }
        // Nobody aims at a file of the project with a name of which nothing is known.
        let here = !seen.ways.is_empty();
        for (name, written) in &self.loose {
            let aimed = here || !name.is_open() || matches!(written, Written::Text(_));
            if aimed && name.may_be(path) && !seen.ways.contains(written) {
                seen.ways.push(written.clone());
            }
        }
        seen
    }

    /// What a file may hold that is run, under all of its names; `real` follows links on disk.
    pub(super) fn seen_run(&self, path: &str, real: impl Fn(&str) -> String) -> Seen {
        let mut seen = self.seen(path);
        if self.lost && !is_device(path) {
            seen.ways.push(Written::By(Vec::new()));
            return seen;
        }
        if self.known.is_empty() || path.starts_with('\0') && self.same.is_empty() {
            return seen;
        }
        let mut names = vec![path.to_owned()];
        let mut at = 0;
        while let Some(name) = names.get(at).cloned() {
            at += 1;
            for (from, to) in self.same.iter().flat_map(|(one, other)| [(one, other), (other, one)]) {
                let below = name.strip_prefix(from.as_str()).filter(|rest| rest.is_empty() || rest.starts_with('/'));
                let Some(same) = below.map(|rest| format!("{to}{rest}")) else { continue };
                if !names.contains(&same) && names.len() < MAX_NAMES {
                    names.push(same);
                }
            }
        }
        let home = real(path);
        if self.known.len() > MAX_NAMES {
            let linked = home != path;
            names.extend(self.known.contains_key(&home).then_some(home));
            if linked {
                seen.ways.push(Written::By(Vec::new()));
            }
        } else {
            names.extend(self.leading_to(&home, real).into_iter().filter(|key| key != path));
        }
        for name in names.iter().skip(1) {
            let other = self.seen(name);
            for way in other.ways {
                if !seen.ways.contains(&way) {
                    seen.ways.push(way);
                }
            }
            seen.replaced.extend(other.replaced);
            seen.settled |= other.settled;
        }
        seen.replaced.retain(|text| !seen.ways.contains(text));
        seen
    }

    /// The first names that were written to and lead to a place.
    fn leading_to(&self, home: &str, real: impl Fn(&str) -> String) -> Vec<String> {
        let mut known = self.real.borrow_mut();
        let known = &mut *known;
        for name in self.first.iter().skip(known.upto) {
            known.names.entry(real(name)).or_default().push(name.clone());
        }
        known.upto = self.first.len();
        known.names.get(home).cloned().unwrap_or_default()
    }

    /// What the line may have written to any file that a word may name.
    pub(super) fn seen_vaguely(&self, name: &Vague) -> Vec<Written> {
        if name.is_open() {
            return Vec::new();
        }
        let mut ways: Vec<Written> = Vec::new();
        for key in self.known.keys().filter(|key| name.may_be(key)) {
            let seen = self.seen(key);
            ways.extend(seen.ways.into_iter().chain(seen.replaced));
        }
        if self.lost || ways.len() > MAX_WAYS {
            ways.insert(0, Written::By(Vec::new()));
        }
        ways.extend(self.loose.iter().filter(|(other, _)| other.meets(name)).map(|(_, written)| written.clone()));
        ways.truncate(MAX_WAYS);
        ways
    }

    /// Says whether the line wrote to this name.
    pub(super) fn contains_key(&self, path: &str) -> bool {
        self.known.contains_key(path)
    }

    /// The names that the line wrote to.
    pub(super) fn keys(&self) -> impl Iterator<Item = &String> {
        self.known.keys()
    }

    /// Says whether the line wrote a text or anything else that is no copy of a program below a folder.
    pub(super) fn any_below(&self, folder: &str) -> bool {
        let own = |way: &Way| way.texts.iter().any(|text| !matches!(text, Written::Program(_)));
        self.known.iter().any(|(path, ways)| paths::is_within(path, folder) && ways.iter().any(own))
    }

    /// How many names the line wrote to.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Says whether nothing was written.
    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty() && self.loose.is_empty()
    }

    /// Says whether a reader finds nothing of the line's, whatever the name.
    pub(super) fn are_untouched(&self) -> bool {
        self.is_empty() && self.open.is_empty() && !self.lost
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Says whether a path names a device or a descriptor, not a file that keeps what is written to it.
pub(super) fn is_device(path: &str) -> bool {
    path.starts_with("/dev/") && !path.starts_with("/dev/shm/") && !path.starts_with("/dev/mqueue/")
        || path.starts_with("/proc/")
}

/// What stands for an absolute path that `mktemp` has made, or for one below it; no path that a line can name is like it.
pub(super) fn temporary(path: &Value) -> Option<String> {
    let mut unknowns = path.unknowns();
    let made = |unknown: &Unknown| matches!(unknown.origin, Origin::Other(name) if TEMPORARIES.contains(&name));
    let only = unknowns.next().is_some_and(made) && unknowns.next().is_none() && !path.has_glob();
    if !only || !path.prefix().starts_with('/') {
        return None;
    }
    let text = paths::normal(&path.text());
    Some(if text.contains('<') { format!("\0{text}") } else { text })
}
