//! What happens on a terminal: what is held, for how long, and what becomes of it.

use std::time::Duration;

use super::*;

fn live(kit: &Kit, surface: Surface, pieces: &[&str]) -> String {
    let (mut masker, mut out) = (kit.masker(surface), Vec::new());
    for piece in pieces {
        masker.feed(piece.as_bytes(), &mut out);
        if masker.hold().is_some() {
            masker.release(&mut out);
        }
    }
    masker.finish(&mut out);
    String::from_utf8(out).unwrap()
}

/// 23, 24: line buffering hid dots and prompts.
#[test]
fn prompts_and_typing_are_not_held() {
    let kit = Kit::usual(&["deploy-token-2026"]);
    let (mut masker, mut out) = (kit.masker(Surface::Screen), Vec::new());
    for text in ["$ ", "l", "s", " ", "-", "l", ".", ".", "\x1b[0m", "\r 5%", "\nPassword: "] {
        masker.feed(text.as_bytes(), &mut out);
        if let Some(wait) = masker.hold() {
            assert_eq!(wait, Duration::ZERO, "{text} {:?} {:?}", masker.pending, masker.walk.held(&masker.trie));
            masker.release(&mut out);
        }
        assert!(!masker.held(), "{text}");
        assert!(String::from_utf8_lossy(&out).ends_with(text));
    }
}

#[test]
fn a_secret_that_is_written_slowly_is_not_shown() {
    let kit = Kit::usual(&["deploy-token-2026"]);
    let token = git();
    let letters: Vec<&str> = token.split("").collect();
    let shown = live(&kit, Surface::Line, &letters);
    assert!(!shown.contains(&token[..24]), "{shown}");
    let letters: Vec<&str> = "x deploy-token-2026 y".split("").collect();
    let shown = live(&kit, Surface::Screen, &letters);
    assert_eq!(shown, "x deplo•••••••••••• y");
    let halves = [&token[..30], &token[30..], " after"];
    assert_eq!(without_tags(&live(&kit, Surface::Line, &halves)), "[masked:git-token] after");
    assert_eq!(
        without_tags(&live(&kit, Surface::Line, &["password=hunt", "er2", "\n"])),
        "password=[masked:password]\n"
    );
}

#[test]
fn a_false_beginning_is_shown_in_the_end() {
    let kit = Kit::usual(&["deploy-token-2026"]);
    assert_eq!(live(&kit, Surface::Line, &["depl", "oy it"]), "deploy it");
    assert_eq!(live(&kit, Surface::Line, &["ghp", "_ is a prefix"]), "ghp_ is a prefix");
    let (mut masker, mut out) = (kit.masker(Surface::Line), Vec::new());
    masker.feed(b"a deploy-tok", &mut out);
    assert_eq!(out, b"a ");
    assert_eq!(masker.hold(), Some(Duration::from_millis(250)));
    masker.feed(b" b", &mut out);
    assert_eq!(out, b"a deploy-tok b");
}

#[test]
fn full_screen_programs_keep_their_width() {
    let kit = Kit::usual(&["wide-漢字-value"]);
    let token = git();
    let text = format!("\x1b[?1049h\x1b[1;1H{token}|\x1b[2;1Hwide-漢字-value|\x1b[?1049l{token}");
    let masked = kit.mask(&text);
    let dots = "•".repeat(40);
    assert!(
        masked.starts_with(&format!(
            "\x1b[?1049h\x1b[1;1H{dots}|\x1b[2;1H{}|\x1b[?1049l[masked:git-token:",
            "•".repeat(15)
        )),
        "{masked}"
    );
    let prompt = format!("\x1b]133;A\x07$ \x1b]133;B\x07x {token}\x1b]133;C\x07\n{token}\n");
    let masked = without_tags(&kit.mask(prompt));
    assert!(masked.contains(&format!("x {dots}\x1b]133;C")) && masked.ends_with("\n[masked:git-token]\n"), "{masked}");
}

#[test]
fn part_of_a_value_at_the_end_is_masked() {
    let kit = Kit::usual(&["deploy-token-2026", "short-77"]);
    assert_eq!(kit.plain("x deploy-to"), "x [masked:env]");
    assert_eq!(kit.plain("x deploy"), "x deploy");
    assert_eq!(kit.plain("x short-7"), "x [masked:env]");
}

/// Drawn programs move the cursor over blanks instead of printing them; colours stand within words.
#[test]
fn what_a_full_screen_program_draws() {
    let kit = Kit::usual(&["deploy-token-2026"]);
    let token = git();
    let (head, tail) = token.split_at(12);
    for (drawn, shown) in [
        ("\x1b[5;3Hpassword:\x1b[4Chunter2\x1b[K".to_owned(), "\x1b[5;3Hpassword:\x1b[4C•••••••\x1b[K".to_owned()),
        (
            format!("\x1b[2;1H  12 \x1b[33mexport X={head}\x1b[0m\x1b[7m{tail}\x1b[0m\x1b[3;1H~"),
            format!(
                "\x1b[2;1H  12 \x1b[33mexport X={}\x1b[0m\x1b[7m{}\x1b[0m\x1b[3;1H~",
                "•".repeat(12),
                "•".repeat(28)
            ),
        ),
        (
            "\x1b[H\x1b[2J PID deploy-token-2026\x1b[9;9H".to_owned(),
            format!("\x1b[H\x1b[2J PID {}\x1b[9;9H", "•".repeat(17)),
        ),
    ] {
        let text = format!("\x1b[?1049h{drawn}\x1b[?1049l");
        assert_eq!(kit.mask(&text), format!("\x1b[?1049h{shown}\x1b[?1049l"));
    }
}
