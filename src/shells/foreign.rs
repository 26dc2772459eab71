//! Words that zsh and fish read otherwise than the grammar that judging knows: taken out where they only stand in front
//! of a command, and pointed at where they could hide one.
#![forbid(unsafe_code)]

use super::integration::Interactive;

/// The text with words blanked that stand in front of a command and are none (`and`, `repeat 3`). Offsets stay.
#[must_use]
pub fn plain(shell: Interactive, text: &str) -> String {
    let fronts: &[&str] = match shell {
        Interactive::Bash => return text.to_owned(),
        Interactive::Zsh => &["repeat"],
        Interactive::Fish => &["and", "or", "not", "begin", "else"],
    };
    let mut out = text.to_owned();
    let mut command = true;
    let mut from = 0;
    while from < text.len() {
        let rest = text.get(from..).unwrap_or("");
        let end = rest.find(|ch: char| ch.is_whitespace() || ";|&({".contains(ch)).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or("");
        if command && fronts.contains(&word) {
            blank(&mut out, from, from + end);
            if word == "repeat" {
                let count = rest.get(end..).unwrap_or("");
                let start = end + (count.len() - count.trim_start().len());
                let length = rest.get(start..).and_then(|count| count.find(char::is_whitespace)).unwrap_or(0);
                blank(&mut out, from + start, from + start + length);
                from += start + length;
                continue;
            }
        } else if !word.is_empty() {
            command = false;
        }
        let Some(next) = rest.get(end..).and_then(|rest| rest.chars().next()) else { break };
        command |= ";|&({\n".contains(next);
        from += end + next.len_utf8();
    }
    out
}

fn blank(text: &mut String, from: usize, to: usize) {
    text.replace_range(from..to, &" ".repeat(to - from));
}

/// Says whether a text may hold code, or end its quotes, where the known grammar sees a pattern or a string.
#[must_use]
pub fn unclear(shell: Interactive, text: &str) -> bool {
    match shell {
        Interactive::Bash => false,
        // In fish a backslash counts inside single quotes.
        Interactive::Fish => text.contains("\\'") || text.contains("\\\\'"),
        Interactive::Zsh => qualifier_runs(text) || text.contains("${(") && flags_run(text),
    }
}

/// zsh's `*(e:code:)` and `*(+function)`.
fn qualifier_runs(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().skip(1).any(|(at, &byte)| {
        let before = bytes.get(at - 1).copied().unwrap_or(b' ');
        if byte != b'(' || before.is_ascii_whitespace() || b";|&$<>=(`".contains(&before) {
            return false;
        }
        let inner = bytes.get(at + 1..).unwrap_or(&[]);
        let inner = inner.split(|&byte| byte == b')').next().unwrap_or(&[]);
        inner.windows(2).any(|two| {
            matches!(two, [b'e', mark] if !mark.is_ascii_alphanumeric() && !b"|*.?_-".contains(mark))
                || matches!(two, [b'+', name] if name.is_ascii_alphabetic() || *name == b'_')
        })
    })
}

/// zsh's `${(e)…}` expands what the value holds.
fn flags_run(text: &str) -> bool {
    text.split("${(").skip(1).any(|rest| rest.split(')').next().is_some_and(|flags| flags.contains(['e', '%'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_front_are_taken_out() {
        let table = [
            (Interactive::Fish, "true; and rm x", "true;     rm x"),
            (Interactive::Fish, "not rm x", "    rm x"),
            (Interactive::Fish, "echo and not", "echo and not"),
            (Interactive::Fish, "begin; ls; end", "     ; ls; end"),
            (Interactive::Zsh, "repeat 3 rm x", "         rm x"),
            (Interactive::Zsh, "ls | repeat 3 rm x", "ls |          rm x"),
            (Interactive::Bash, "repeat 3 rm x", "repeat 3 rm x"),
        ];
        for (shell, text, want) in table {
            assert_eq!(plain(shell, text), want);
        }
    }

    #[test]
    fn what_hides_code() {
        for text in ["ls *(e:'rm x':)", "ls **/*(.e{rm})", "ls *(+f)", "echo ${(e)X}", "echo ${(e@)X}"] {
            assert!(unclear(Interactive::Zsh, text), "{text}");
        }
        for text in [
            "ls *(.)",
            "ls **/*(.om[1])",
            "echo ${(f)X}",
            "f() { ls; }",
            "echo $(ls -e x)",
            "a=(e x)",
            "ls *.(rs|toml)",
        ] {
            assert!(!unclear(Interactive::Zsh, text), "{text}");
        }
        assert!(unclear(Interactive::Fish, "echo 'a\\' ' ; rm x; echo 'b'"));
    }
}
