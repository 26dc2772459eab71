//! At a terminal: each row is played in bare bash first and then under the loop. Afterwards the terminal's modes are what
//! they were.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::screen::{PROMPT, Screen};
use super::{BASH, Test, own, within};
use Step::{Keys, Missing, Resize, Wait};

pub(super) const TESTS: &[Test] = &[
    ("what_works_in_bash_at_a_terminal_works_under_the_loop", plays),
    ("full_screen_programs_work_under_the_loop", full_screen),
    ("an_interrupt_from_the_terminal_arrives_once", one_interrupt),
    ("killing_the_monitor_gives_the_terminal_back", monitor_killed),
    ("killing_the_loop_gives_the_terminal_back", loop_killed),
    ("a_closed_window_hangs_up", window_closed),
    ("an_agent_never_reaches_our_terminal", confined),
];

/// One thing that happens.
enum Step {
    Keys(&'static str),
    Wait(&'static str),
    Resize(u16, u16),
    /// Fails where this was shown.
    Missing(&'static str),
}

const C: &str = "\u{3}";
const Z: &str = "\u{1a}";

/// Plays rows in bare bash and under the loop, a terminal for each.
fn play(rows: &[(&str, &[&str], &[Step])]) {
    let own = own();
    for (name, needs, steps) in rows {
        if let Some(missing) = needs.iter().find(|program| !has(program)) {
            println!("skipped: {name}: {missing} is not installed");
            continue;
        }
        for sh in [Path::new(BASH), &own] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("text"), "first line of the file\n").unwrap();
            let mut screen = Screen::new(sh, folder.path());
            let before = screen.modes();
            eprintln!("{name}: {}", sh.display());
            for step in *steps {
                match step {
                    Keys(keys) => screen.keys(keys),
                    Wait(text) => screen.wait(text),
                    Resize(rows, columns) => screen.resize(*rows, *columns),
                    Missing(text) => assert!(!screen.shown().contains(text), "{name}: {}", screen.shown()),
                }
            }
            assert_eq!(screen.modes(), before, "{name}");
        }
    }
}

fn has(program: &str) -> bool {
    Command::new("sh").args(["-c", &format!("command -v {program}")]).output().unwrap().status.success()
}

fn plays() {
    play(&[
        ("a status", &[], &[Keys("$SH -c 'tty | sed s/pts/PTS/; exit 5'\r"), Wait("/PTS/"), Wait("5 ok> ")]),
        (
            "Ctrl-C to a pipeline",
            &[],
            &[
                Keys("$SH -c 'echo re\"\"ady; sleep 1000 | cat; echo not re\"\"ached'\r"),
                Wait("ready"),
                Keys(C),
                Wait("130 ok> "),
                Missing("not reached"),
            ],
        ),
        (
            "Ctrl-C in a script around",
            &[],
            &[
                Keys("bash -c '$SH -c \"echo re\\\"\\\"ady; sleep 1000\"; echo not re\"\"ached'\r"),
                Wait("ready"),
                Keys(C),
                Wait("130 ok> "),
                Missing("not reached"),
            ],
        ),
        (
            "Ctrl-D that was typed before",
            &[],
            &[
                Keys("echo re\"\"ady; sleep 1; $SH -c 'cat; echo do\"\"ne'\r"),
                Wait("ready"),
                Keys("a line\r\u{4}"),
                Wait("done"),
                Wait("0 ok> "),
                Missing("^@"),
            ],
        ),
        (
            "Ctrl-Z and fg",
            &[],
            &[
                Keys("$SH -c 'echo re\"\"ady; sleep 0.3; echo do\"\"ne; exit 4'\r"),
                Wait("ready"),
                Keys(Z),
                Wait("^Z"),
                Wait("148 ok> "),
                Keys("fg\r"),
                Wait("done"),
                Wait("4 ok> "),
            ],
        ),
        (
            "Ctrl-Z, bg, fg",
            &[],
            &[
                Keys("$SH -c 'echo re\"\"ady; sleep 0.5; echo do\"\"ne; read x; echo \"<$x>\"'\r"),
                Wait("ready"),
                Keys(Z),
                Wait("148 ok> "),
                Keys("bg\r"),
                Wait("done"),
                Keys("fg\r"),
                Wait("fg\r\n"),
                Keys("word\r"),
                Wait("<word>"),
                Wait("0 ok> "),
            ],
        ),
        (
            "a script around is stopped as a whole",
            &[],
            &[
                Keys("bash -c '$SH -c \"echo re\\\"\\\"ady; sleep 0.3\"; echo goes o\"\"n'\r"),
                Wait("ready"),
                Keys(Z),
                Wait("148 ok> "),
                Missing("goes on"),
                Keys("fg\r"),
                Wait("goes on"),
            ],
        ),
        (
            "suspend in an inner shell",
            &[],
            &[
                Keys("$SH -c 'bash --norc --noprofile'\r"),
                Wait("bash-"),
                Keys("suspend\r"),
                Wait(" ok> "),
                Keys("fg\r"),
                Wait("bash-"),
                Keys("bash -c 'echo sta\"\"rted; sleep 1000'\r"),
                Wait("started"),
                Keys(Z),
                Wait("Stopped"),
                Wait("bash-"),
                Keys("exit\r"),
                Wait("stopped jobs"),
                Keys("exit\r"),
                Wait(" ok> "),
            ],
        ),
        (
            "a password",
            &[],
            &[
                Keys("$SH -c 'read -p \"wo\"\"rd: \" -s x </dev/tty; echo; echo \"<$x>\"'\r"),
                Wait("word: "),
                Keys("hidden\r"),
                Wait("<hidden>"),
                Wait(PROMPT),
            ],
        ),
        (
            "a question on the terminal with the output caught",
            &[],
            &[
                Keys("x=$($SH -c 'read -p \"wo\"\"rd: \" x </dev/tty; echo \"<$x>\"'); echo got $x\r"),
                Wait("word: "),
                Keys("word\r"),
                Wait("got <word>"),
                Wait(PROMPT),
            ],
        ),
        (
            "a new size",
            &[],
            &[
                Keys("$SH -c 'trap \"stty size\" WINCH; echo re\"\"ady; while ! read -t 0.1 x; do :; done'\r"),
                Wait("ready"),
                Resize(33, 111),
                Wait("33 111"),
                Keys("\r"),
                Wait(PROMPT),
            ],
        ),
        (
            "a new size where only the output is a terminal",
            &[],
            &[
                Keys("sleep 2 | $SH -c 'trap \"stty size <&1\" WINCH; echo re\"\"ady; sleep 0.2; read x'\r"),
                Wait("ready"),
                Resize(31, 101),
                Wait("31 101"),
                Wait(PROMPT),
            ],
        ),
        (
            "in the background",
            &[],
            &[
                Keys("$SH -c 'sleep 0.1; echo from be\"\"hind' &\r"),
                Wait("from behind"),
                Keys("$SH -c 'read x; echo \"<$x>\"' &\r"),
                Wait(PROMPT),
                Keys("until jobs | grep -q Stopped; do sleep 0.05; done; fg\r"),
                Wait("fg\r\n"),
                Keys("word\r"),
                Wait("<word>"),
                Wait(PROMPT),
            ],
        ),
        (
            "in the background of a terminal that stops writers",
            &[],
            &[
                Keys("stty tostop; $SH -c 'sleep 0.1; echo from be\"\"hind' &\r"),
                Wait(PROMPT),
                Keys("until jobs | grep -q Stopped; do sleep 0.05; done; echo sto\"\"pped\r"),
                Wait("stopped"),
                Missing("from behind"),
                Keys("fg\r"),
                Wait("from behind"),
                Wait(PROMPT),
                Keys("stty -tostop\r"),
                Wait(PROMPT),
            ],
        ),
        (
            "one newline is one newline",
            &[],
            &[
                Keys("true | $SH -c 'printf \"a1\\nb2\\n\"; echo e''nd'\r"),
                Wait("a1\r\nb2\r\nend\r\n"),
                Wait(PROMPT),
                Keys("$SH -c 'printf \"a1\\nb2\\n\"; echo e''nd'\r"),
                Wait("a1\r\nb2\r\nend\r\n"),
                Wait(PROMPT),
            ],
        ),
        (
            "a job that stays",
            &[],
            &[
                Keys("$SH -c '(sleep 0.3; echo la\"\"te) & echo fi\"\"rst'\r"),
                Wait("first"),
                Wait(PROMPT),
                Wait("late\r\n"),
            ],
        ),
    ]);
}

fn full_screen() {
    play(&[
        (
            "vim",
            &["vim"],
            &[
                Keys("$SH -c 'vim -u NONE text'\r"),
                Wait("first line of the file"),
                Keys(Z),
                Wait("148 ok> "),
                Keys("fg\r"),
                Wait("first line of the file"),
                Keys(":q!\r"),
                Wait("0 ok> "),
            ],
        ),
        (
            "a pager below",
            &["less"],
            &[Keys("$SH -c 'seq 500 | less'\r"), Wait("\n23\r"), Keys("G"), Wait("500"), Keys("q"), Wait("0 ok> ")],
        ),
        (
            "a pager behind",
            &["less"],
            &[Keys("$SH -c 'seq 500' | less\r"), Wait("\n23\r"), Keys("G"), Wait("500"), Keys("q"), Wait("0 ok> ")],
        ),
        (
            "a pager whose input is a pipe",
            &["less"],
            &[
                Keys("seq 500 | $SH -c less\r"),
                Wait("\n23\r"),
                Keys("G"),
                Wait("500"),
                Keys(Z),
                Wait(" ok> "),
                Keys("fg\r"),
                Wait("500"),
                Keys("q"),
                Wait("0 ok> "),
            ],
        ),
        (
            "vim whose input is a pipe",
            &["vim"],
            &[Keys("seq -f 'line %g' 5 | $SH -c 'vim -u NONE -'\r"), Wait("line 5"), Keys(":q!\r"), Wait(" ok> ")],
        ),
        ("top", &["top"], &[Keys("$SH -c top\r"), Wait("PID"), Keys("q"), Wait(" ok> ")]),
    ]);
}

fn one_interrupt() {
    let line =
        "$SH -c 'trap \"echo ca\"\"ught\" INT; echo re\"\"ady; for i in 1 2 3 4 5 6; do sleep 0.05; done; exit 7'\r";
    for before in ["", "true | "] {
        let folder = tempfile::tempdir().unwrap();
        let mut screen = Screen::new(&own(), folder.path());
        screen.keys(&format!("{before}{line}"));
        screen.wait("ready");
        screen.keys(C);
        screen.wait("7 ok> ");
        assert_eq!(screen.shown().matches("caught").count(), 1, "{}", screen.shown());
    }
}

fn monitor_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut screen = Screen::new(&own(), folder.path());
    let before = screen.modes();
    screen.keys("$SH -c 'kill -9 $PPID; sleep 1000'\r");
    screen.wait("137 ok> ");
    assert_eq!(screen.modes(), before);
    screen.keys("$SH -c 'kill -9 $$'\r");
    screen.wait("137 ok> ");
    assert_eq!(screen.modes(), before);
}

fn loop_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut screen = Screen::new(&own(), folder.path());
    let before = screen.modes();
    screen.keys("$SH -c 'kill -9 $(ps -o ppid= $PPID); sleep 1000'\r");
    screen.wait("137 ok> ");
    // The monitor puts the modes back, perhaps after the prompt.
    assert!(within(|| screen.modes() == before));
}

fn window_closed() {
    for sh in [Path::new(BASH), &own()] {
        let folder = tempfile::tempdir().unwrap();
        let mut screen = Screen::new(sh, folder.path());
        screen.keys("$SH -c 'trap \"touch hung-up; exit\" HUP; echo re\"\"ady; while :; do sleep 0.05; done'\r");
        screen.wait("ready");
        screen.close();
        assert!(within(|| folder.path().join("hung-up").exists()), "{}", sh.display());
    }
}

fn confined() {
    let folder = tempfile::tempdir().unwrap();
    let mut screen = Screen::new(&own(), folder.path());
    let before = screen.modes();
    // Everything that names a terminal leads to its own one.
    screen.keys("t=$(tty); $SH --agent -c 'echo a >/dev/tty; ps -o tty= $$; cat <&- ; exit 3' >out 2>err </dev/null\r");
    screen.wait("a\r\n");
    screen.wait("3 ok> ");
    screen.keys("[ /dev/$(head -n 1 out) != $t ] && echo diff\"\"ers\r");
    screen.wait("differs");
    screen.keys("echo x | $SH --agent -c 'cat; read y </dev/tty; echo \"<$y>\"' 2>&1 | cat\r");
    screen.wait("| cat\r\n");
    // The terminal may be taken before or after the last program of the pipeline writes to it.
    screen.wait("x");
    screen.keys("word\r");
    screen.wait("<word>");
    screen.wait("0 ok> ");
    assert_eq!(screen.modes(), before);
}
