//! Pipes or PTY, decided per run from what the standard descriptors are.

use std::os::fd::BorrowedFd;

use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat, major, minor};

use super::stage::Outlet;
use crate::sys;

/// What a standard descriptor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Our caller closed it.
    Closed,
    /// A device that keeps nothing: `/dev/null`, `/dev/full`.
    Sink,
    /// A file or a pipe that is open for reading only: writing fails without us.
    Unwritable,
    /// A terminal, by its device number.
    Terminal(u32),
    Pipe,
    Socket,
    File {
        append: bool,
    },
    Other,
}

/// A standard descriptor and what tells it from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standard {
    pub(super) kind: Kind,
    /// Device and inode.
    pub(super) file: (u64, u64),
}

impl Standard {
    /// Looks at a descriptor, which may be closed.
    pub(super) fn look(fd: Option<BorrowedFd<'_>>) -> Self {
        let Some((fd, stat)) = fd.and_then(|fd| Some((fd, fstat(fd).ok()?))) else {
            return Self { kind: Kind::Closed, file: (0, 0) };
        };
        let flags = fcntl_getfl(fd).unwrap_or(OFlags::RDWR);
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Fifo | FileType::RegularFile if !flags.intersects(OFlags::WRONLY | OFlags::RDWR) => {
                Kind::Unwritable
            }
            FileType::Fifo => Kind::Pipe,
            FileType::Socket => Kind::Socket,
            FileType::RegularFile => Kind::File { append: flags.contains(OFlags::APPEND) },
            FileType::CharacterDevice if major(stat.st_rdev) == 1 && matches!(minor(stat.st_rdev), 3 | 7) => Kind::Sink,
            FileType::CharacterDevice => sys::terminal(fd).map_or(Kind::Other, Kind::Terminal),
            _ => Kind::Other,
        };
        Self { kind, file: (stat.st_dev, stat.st_ino) }
    }

    /// A device that keeps nothing.
    pub(super) fn is_sink(self) -> bool {
        self.kind == Kind::Sink
    }

    /// The number of the terminal that it is.
    pub(super) fn terminal(self) -> Option<u32> {
        match self.kind {
            Kind::Terminal(number) => Some(number),
            _ => None,
        }
    }
}

/// What the layout rests on.
pub(super) struct Facts {
    /// Descriptors 0, 1, 2.
    pub(super) standard: [Standard; 3],
    /// The terminal of which our process group is the foreground one.
    pub(super) front: Option<u32>,
    /// Our controlling terminal, where a guarded agent runs: it must not lead past us.
    pub(super) confined: Option<u32>,
    /// 1 and 2 share one open file description; asked only where it matters.
    pub(super) shared: fn() -> bool,
}

/// How an output goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Via {
    Pipe,
    /// A PTY that is nobody's controlling terminal.
    Pty,
}

/// One output that is relayed: which descriptors of the program it is, and which of ours it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) via: Via,
    pub(super) outlet: Outlet,
    /// 1 or 2.
    pub(super) to: i32,
}

/// The decision.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The program gets a controlling terminal of its own in place of this one.
    pub(super) own: Option<Own>,
    /// What is relayed beside that.
    pub(super) routes: Vec<Route>,
}

/// A controlling terminal for the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Own {
    /// Which of 0, 1, 2 it stands for.
    pub(super) standing_for: [bool; 3],
    /// Our terminal is taken only when the program stops because it wants it.
    pub(super) shy: bool,
}

impl Layout {
    pub(super) fn of(facts: &Facts) -> Self {
        let [input, output, error] = facts.standard;
        let both = input.terminal().filter(|number| output.terminal() == Some(*number) && facts.front == Some(*number));
        let outer = both.or(facts.confined);
        let is_outer = |one: Standard| outer.is_some() && one.terminal() == outer;
        let own = outer.map(|_| Own { standing_for: [input, output, error].map(is_outer), shy: both.is_none() });
        let via = |one: Standard| match one.kind {
            Kind::Closed | Kind::Sink | Kind::Unwritable => None,
            Kind::Terminal(_) if is_outer(one) => None,
            Kind::Terminal(_) => Some(Via::Pty),
            _ => Some(Via::Pipe),
        };
        let routes = match (via(output), via(error)) {
            (Some(via), Some(_)) if same(output, error, facts) => vec![Route { via, outlet: Outlet::Both, to: 1 }],
            (first, second) => [(first, Outlet::Output, 1), (second, Outlet::Error, 2)]
                .into_iter()
                .filter_map(|(via, outlet, to)| Some(Route { via: via?, outlet, to }))
                .collect(),
        };
        Self { own, routes }
    }
}

/// Says whether two outputs are one place, in which the order of what is written counts. Two separate opens of a regular
/// file without `O_APPEND` are not: each has its own offset.
fn same(a: Standard, b: Standard, facts: &Facts) -> bool {
    match (a.kind, b.kind) {
        (Kind::Terminal(a), Kind::Terminal(b)) => a == b,
        _ if a.file != b.file => false,
        (Kind::File { append: true }, Kind::File { append: true }) => true,
        (Kind::File { .. }, Kind::File { .. }) => (facts.shared)(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Standard = Standard { kind: Kind::Closed, file: (0, 0) };
    const NULL: Standard = Standard { kind: Kind::Sink, file: (1, 1) };

    const READ: Standard = Standard { kind: Kind::Unwritable, file: (1, 2) };

    fn tty(number: u32) -> Standard {
        // The same terminal may stand at another inode.
        Standard { kind: Kind::Terminal(number), file: (2, number.into()) }
    }

    fn pipe(inode: u64) -> Standard {
        Standard { kind: Kind::Pipe, file: (3, inode) }
    }

    fn file(inode: u64, append: bool) -> Standard {
        Standard { kind: Kind::File { append }, file: (4, inode) }
    }

    fn layout(standard: [Standard; 3], front: Option<u32>, confined: Option<u32>, shared: fn() -> bool) -> String {
        let layout = Layout::of(&Facts { standard, front, confined, shared });
        let routes: Vec<String> =
            layout.routes.iter().map(|route| format!("{:?}:{:?}>{}", route.outlet, route.via, route.to)).collect();
        let own = layout.own.map_or(String::new(), |own| {
            let stands: String = own.standing_for.iter().map(|stands| if *stands { '1' } else { '0' }).collect();
            format!("{}{stands} ", if own.shy { "shy" } else { "own" })
        });
        own + &routes.join(" ")
    }

    #[test]
    fn pipes_or_pty() {
        let (yes, no): (fn() -> bool, fn() -> bool) = (|| true, || false);
        let t = tty(7);
        let rows: &[([Standard; 3], Option<u32>, Option<u32>, fn() -> bool, &str)] = &[
            ([t, t, t], Some(7), None, no, "own111 "),
            ([t, t, pipe(1)], Some(7), None, no, "own110 Error:Pipe>2"),
            ([t, t, NULL], Some(7), None, no, "own110 "),
            ([t, t, tty(8)], Some(7), None, no, "own110 Error:Pty>2"),
            // In the background, or with the keyboard elsewhere.
            ([t, t, t], None, None, no, "Both:Pty>1"),
            ([pipe(1), t, t], None, None, no, "Both:Pty>1"),
            ([t, pipe(1), t], Some(7), None, no, "Output:Pipe>1 Error:Pty>2"),
            ([tty(8), t, t], Some(8), None, no, "Both:Pty>1"),
            ([t, tty(8), t], Some(7), None, no, "Output:Pty>1 Error:Pty>2"),
            // One place or two.
            ([NULL, pipe(1), pipe(1)], None, None, no, "Both:Pipe>1"),
            ([NULL, pipe(1), pipe(2)], None, None, no, "Output:Pipe>1 Error:Pipe>2"),
            ([NULL, file(1, true), file(1, true)], None, None, no, "Both:Pipe>1"),
            ([NULL, file(1, false), file(1, false)], None, None, yes, "Both:Pipe>1"),
            ([NULL, file(1, false), file(1, false)], None, None, no, "Output:Pipe>1 Error:Pipe>2"),
            ([NULL, file(1, false), file(2, false)], None, None, yes, "Output:Pipe>1 Error:Pipe>2"),
            // Passed through.
            ([NULL, NULL, NULL], None, None, no, ""),
            ([NONE, NONE, NONE], None, None, no, ""),
            ([NULL, NONE, pipe(1)], None, None, no, "Error:Pipe>2"),
            ([READ, READ, pipe(1)], None, None, no, "Error:Pipe>2"),
            // An agent with a terminal somewhere.
            ([pipe(1), pipe(2), pipe(2)], None, Some(7), no, "shy000 Both:Pipe>1"),
            ([t, pipe(2), pipe(3)], Some(7), Some(7), no, "shy100 Output:Pipe>1 Error:Pipe>2"),
            ([t, t, t], Some(7), Some(7), no, "own111 "),
            ([t, t, t], None, Some(7), no, "shy111 "),
        ];
        for (standard, front, confined, shared, want) in rows {
            assert_eq!(layout(*standard, *front, *confined, *shared), *want, "{standard:?} {front:?} {confined:?}");
        }
    }
}
