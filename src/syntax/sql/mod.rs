//! The words and scripts of database clients: where their SQL stands, how it is cut into statements, and which of
//! their own commands run a shell.
//!
//! What the statements do is the matter of `effects`.

pub(crate) mod clients;
pub(crate) mod command;
pub(crate) mod dialect;
pub(crate) mod lex;
pub(crate) mod placeholder;
pub(crate) mod reading;
pub(crate) mod split;

pub use dialect::Dialect;

use command::Command;
use placeholder::Text;
use reading::Reading;
use split::{Commands, Piece};

use super::{Invocation, Span, Stdin, Value, World};

/// Larger scripts are not looked into.
const MAX_SCRIPT: usize = 1 << 20;
/// How deep scripts that read other scripts are followed.
const MAX_INCLUDES: u8 = 3;
/// More than these are not followed.
const MAX_FOUND: usize = 64;

/// The shell text that a client's script would run (`\! …`, `.shell …`, `\copy … program '…'`), in order, with the
/// span of the word that holds it.
///
/// Empty for programs that are no clients. Scripts that the words name are read through the world.
#[must_use]
pub fn shell_escapes(inv: &Invocation, world: &dyn World) -> Vec<(Value, Span)> {
    let mut found = Vec::new();
    if let Some(reading) = reading::reading(inv).filter(|reading| reading.client.commands != Commands::None) {
        for (text, span) in texts(&reading, inv, world) {
            let mut escapes = Escapes { reading: &reading, inv, world, found: Vec::new() };
            escapes.script(&text.text, 0);
            found.extend(escapes.found.iter().map(|shell| (text.value(shell), span)));
        }
    }
    found
}

/// The scripts that can be seen from here.
fn texts(reading: &Reading, inv: &Invocation, world: &dyn World) -> Vec<(Text, Span)> {
    let mut texts: Vec<_> = reading.texts.iter().map(|(value, span)| (Text::of(value), *span)).collect();
    for (path, span) in reading.files.iter().filter(|_| inv.remote.is_none()) {
        texts.extend(path.literal().and_then(|path| read(path, inv, world)).map(|text| (Text::known(text), *span)));
    }
    match &inv.stdin {
        Stdin::Text(value) if reading.stdin => texts.push((Text::of(value), inv.span)),
        Stdin::File(path) if reading.stdin => {
            texts.extend(
                path.literal().and_then(|path| read(path, inv, world)).map(|text| (Text::known(text), inv.span)),
            );
        }
        _ => {}
    }
    texts
}

fn read(path: &str, inv: &Invocation, world: &dyn World) -> Option<String> {
    let path = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{}/{path}", inv.cwd.literal()?.trim_end_matches('/'))
    };
    world.read(&path, MAX_SCRIPT).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

struct Escapes<'a> {
    reading: &'a Reading,
    inv: &'a Invocation,
    world: &'a dyn World,
    found: Vec<String>,
}

impl Escapes<'_> {
    fn script(&mut self, text: &str, depth: u8) {
        let client = self.reading.client;
        for piece in split::pieces(text, client.dialect, client.commands) {
            let Piece::Command(line) = piece else { continue };
            for command in command::read(line, client.commands) {
                match command {
                    Command::Shell(shell) if self.found.len() < MAX_FOUND => self.found.push(shell),
                    Command::Include(name) if depth < MAX_INCLUDES => {
                        if let Some(text) = read(&name, self.inv, self.world) {
                            self.script(&text, depth + 1);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}
