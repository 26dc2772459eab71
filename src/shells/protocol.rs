//! What an interactive shell and its front end say to each other, as bytes.
//!
//! The shell writes questions: fields that end with NUL, then `.` and a newline. The front end answers with one line of
//! fields separated by blanks and ended by NUL. Each question carries a key that only the shell and the front end know.
//! Each yes carries another one that no question has ever carried, together with the next: reading a question helps
//! nobody to give an answer, and a yes that was read is worth nothing afterwards. A no needs no key. Yeses are counted,
//! and a question says how many the shell has had: one that was interrupted may have had one less than was given.
#![forbid(unsafe_code)]

use super::meaning::Meaning;

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The shell has read its start-up files; the text is its version.
    Ready,
    /// A line stands in the editor and was entered.
    Line,
    /// A line that was let through, as the parser sees it, aliases expanded.
    Run,
    /// A command is about to run that came past the editor; the text is known.
    Late,
    /// As [`Kind::Late`], and nobody knows the text.
    Blind,
    /// Enter was pressed where it enters no line: nothing is asked, and nothing is answered.
    Seen,
}

impl Kind {
    fn of(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"ready" => Self::Ready,
            b"line" => Self::Line,
            b"run" => Self::Run,
            b"late" => Self::Late,
            b"blind" => Self::Blind,
            b"seen" => Self::Seen,
            _ => return None,
        })
    }
}

/// A question of the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Names it; an answer with another id is not for it.
    pub id: String,
    /// How many yeses the shell has had.
    pub at: u64,
    /// What it is about.
    pub kind: Kind,
    /// The shell's folder.
    pub pwd: Vec<u8>,
    /// The text, without its last newline.
    pub text: Vec<u8>,
}

/// What comes from the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A question.
    Question(Question),
    /// What names mean now, for the question with this id, that stands or comes next. The names are those that were looked
    /// up beside the ones that were asked for.
    Meanings(String, Vec<String>, Vec<Meaning>),
    /// Something with this id that does not carry the key: a shell that has lost it, or somebody else.
    Keyless(String),
}

/// Bytes that are kept of an unfinished message.
const MAX_MESSAGE: usize = 16 << 20;

/// Puts messages together; of what does not carry the key nothing but the id is heard.
#[derive(Debug, Default)]
pub struct Reader {
    bytes: Vec<u8>,
}

impl Reader {
    /// Takes bytes as they come.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.bytes.len() + bytes.len() > MAX_MESSAGE {
            self.bytes.clear();
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next complete message under a key.
    pub fn next(&mut self, key: &str) -> Option<Message> {
        loop {
            let (message, used) = match parse(&self.bytes, key) {
                Parsed::Unfinished => return None,
                Parsed::Message(message, used) => (Some(message), used),
                Parsed::Foreign => {
                    let end = self.bytes.windows(3).position(|three| three == b"\0.\n")?;
                    (self.bytes.get(..end).and_then(keyless), end + 3)
                }
            };
            self.bytes.drain(..used);
            if message.is_some() {
                return message;
            }
        }
    }
}

enum Parsed {
    Unfinished,
    Message(Message, usize),
    Foreign,
}

/// A message of three words in front, the second of which may be an id.
fn keyless(bytes: &[u8]) -> Option<Message> {
    let head = std::str::from_utf8(bytes.split(|&byte| byte == 0).next()?).ok()?;
    let mut words = head.split(' ');
    let (_, id, at) = (words.next()?, words.next()?, words.next()?);
    let number = |text: &str| !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = words.next().is_none() && id.split('.').all(number) && number(at) && id != "0";
    fits.then(|| Message::Keyless(id.to_owned()))
}

fn parse(bytes: &[u8], key: &str) -> Parsed {
    let mut from = 0;
    let mut field = || {
        let rest = bytes.get(from..)?;
        let end = rest.iter().position(|&byte| byte == 0)?;
        from += end + 1;
        Some((rest.get(..end)?, from))
    };
    let Some((head, _)) = field() else { return Parsed::Unfinished };
    let head = String::from_utf8_lossy(head).into_owned();
    let mut words = head.split(' ');
    let said = (words.next(), words.next(), words.next().and_then(|at| at.parse().ok()));
    let (Some(_), Some(id), Some(at)) = (said.0.filter(|said| *said == key), said.1, said.2) else {
        return Parsed::Foreign;
    };
    let id = id.to_owned();
    let Some((kind, mut end)) = field() else { return Parsed::Unfinished };
    if kind == b"def" {
        let mut all = Vec::new();
        while !bytes.get(end..).is_some_and(|rest| rest.starts_with(b".\n")) {
            let (Some((tag, _)), Some((name, _)), Some((text, behind))) = (field(), field(), field()) else {
                return Parsed::Unfinished;
            };
            end = behind;
            all.extend(Meaning::new(tag, name, text));
        }
        return Parsed::Message(Message::Meanings(id, Vec::new(), all), end + 2);
    }
    if kind == b"means" {
        let fields = (field(), field(), field(), field());
        let (Some((names, _)), Some((aliases, _)), Some((functions, _)), Some((variables, end))) = fields else {
            return Parsed::Unfinished;
        };
        return match bytes.get(end..end + 2) {
            None => Parsed::Unfinished,
            Some(b".\n") => {
                let names = String::from_utf8_lossy(names).split_whitespace().map(str::to_owned).collect();
                let all = Meaning::printed(aliases, functions, variables);
                Parsed::Message(Message::Meanings(id, names, all), end + 2)
            }
            Some(_) => Parsed::Foreign,
        };
    }
    let Some(kind) = Kind::of(kind) else { return Parsed::Foreign };
    let (Some((pwd, _)), Some((text, end))) = (field(), field()) else { return Parsed::Unfinished };
    match bytes.get(end..end + 2) {
        None => Parsed::Unfinished,
        Some(b".\n") => {
            let question = Question { id, at, kind, pwd: pwd.to_vec(), text: text.to_vec() };
            Parsed::Message(Message::Question(question), end + 2)
        }
        Some(_) => Parsed::Foreign,
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It may run: so many commands.
    Allow {
        /// Commands that the run gate lets through.
        count: usize,
        /// Shown first; may be empty.
        message: String,
    },
    /// It is not complete; the shell shows its own prompt for more.
    More,
    /// It does not run; the text is shown.
    Deny(String),
    /// Names whose meaning is wanted first.
    Meanings(Vec<String>),
}

impl Answer {
    /// The bytes of an answer. `next` is the key of what comes after a yes.
    #[must_use]
    pub fn encode(&self, key: &str, id: &str, next: &str) -> Vec<u8> {
        let text = match self {
            Self::Allow { count, message } => format!("{key} {id} allow {count} {next} {message}"),
            Self::More => format!("{key} {id} more 0 {next} "),
            Self::Deny(message) => format!("- {id} deny {message}"),
            Self::Meanings(names) => format!("- {id} def {}", names.join(" ")),
        };
        let mut bytes = text.replace('\0', "").into_bytes();
        bytes.push(0);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(key: &str, id: u32, kind: &str, text: &str) -> Vec<u8> {
        format!("{key} {id} 0\0{kind}\0/home\0{text}\0.\n").into_bytes()
    }

    #[test]
    fn messages_come_in_any_pieces() {
        let mut bytes = question("k", 1, "line", "echo 'a\n.\nb'");
        bytes.extend(b"k 2 5\0def\0a\0ll\0alias ll='ls'\n\0v\0X\0\0.\n");
        bytes.extend(b"k 3 5\0means\0 ll X\0alias ll='ls'\n\0\0declare -- X=\"\n.\n\"\n\0.\n");
        for step in [1, 2, 3, 7, 1000] {
            let mut reader = Reader::default();
            let mut found = Vec::new();
            for piece in bytes.chunks(step) {
                reader.push(piece);
                while let Some(message) = reader.next("k") {
                    found.push(message);
                }
            }
            let [Message::Question(question), Message::Meanings(id, _, all), Message::Meanings(_, names, more)] =
                found.as_slice()
            else {
                panic!("{found:?}");
            };
            assert_eq!((question.kind, question.text.as_slice()), (Kind::Line, "echo 'a\n.\nb'".as_bytes()));
            assert_eq!((id.as_str(), all.len()), ("2", 1));
            assert_eq!((names.join(" "), more.len()), ("ll X".to_owned(), 2));
        }
    }

    #[test]
    fn without_the_key_nothing_is_heard() {
        let mut reader = Reader::default();
        reader.push(&question("guess", 1, "line", "x"));
        reader.push(b"guess 0 0\0seen\0\0\0.\n");
        reader.push(b"noise\0.\n");
        reader.push(&question("k", 2, "shout", "x"));
        reader.push(&question("k", 3, "late", "y"));
        assert_eq!(reader.next("k"), Some(Message::Keyless("1".to_owned())));
        assert_eq!(reader.next("k"), Some(Message::Keyless("2".to_owned())));
        assert!(matches!(reader.next("k"), Some(Message::Question(Question { kind: Kind::Late, .. }))));
        assert_eq!(reader.next("k"), None);
    }

    #[test]
    fn a_flood_is_forgotten() {
        let mut reader = Reader::default();
        let noise = vec![b'x'; 1 << 20];
        for _ in 0..40 {
            reader.push(&noise);
        }
        assert!(reader.bytes.len() <= MAX_MESSAGE);
    }

    #[test]
    fn answers() {
        let allow = Answer::Allow { count: 2, message: "note".to_owned() };
        assert_eq!(allow.encode("k", "7", "n"), b"k 7 allow 2 n note\0");
        assert_eq!(Answer::More.encode("k", "7", "n"), b"k 7 more 0 n \0");
        assert_eq!(Answer::Deny("a\nb\0c".to_owned()).encode("k", "7", "n"), b"- 7 deny a\nbc\0");
        assert_eq!(Answer::Meanings(vec!["a".into(), "b".into()]).encode("k", "7", "n"), b"- 7 def a b\0");
    }
}
