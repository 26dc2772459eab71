//! Here-documents inside lists: those whose end is a plain word, on a line that holds nothing which could hide its end.
//! POSIX XCU 2.7.4.

use super::super::ast::{Part, Redir, RedirOp, Word};
use super::super::word::{self, Mode};
use super::Reader;

impl Reader<'_> {
    /// Reads `<<WORD`, with the body that comes behind the line; the reader stands behind the operator.
    pub(super) fn here_document(&mut self, fd: Option<i32>) -> Option<Redir> {
        self.blanks();
        let quote = Some(self.ahead(0)).filter(|byte| matches!(byte, b'\'' | b'"'));
        self.at += usize::from(quote.is_some());
        let start = self.at;
        while matches!(self.ahead(0), b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_') {
            self.at += 1;
        }
        let end = self.text.get(start..self.at).filter(|end| !end.is_empty())?;
        if let Some(quote) = quote {
            (self.ahead(0) == quote).then_some(())?;
            self.at += 1;
        }
        matches!(self.ahead(0), b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'>' | b')').then_some(())?;
        let from = match self.bodies {
            Some(behind) => behind,
            None => {
                let line = self.bytes.get(self.at..)?;
                let length = line.iter().position(|byte| *byte == b'\n')?;
                let hides = |byte: &u8| matches!(byte, b'\'' | b'"' | b'\\' | b'(' | b'{' | b'#');
                if line.iter().take(length).any(hides) {
                    return None;
                }
                self.at + length + 1
            }
        };
        let mut at = from;
        let (body, behind) = loop {
            let rest = self.text.get(at..).filter(|rest| !rest.is_empty())?;
            let line = rest.split('\n').next()?;
            if line == end {
                break (self.text.get(from..at)?, (at + line.len() + 1).min(self.bytes.len()));
            }
            at += line.len() + 1;
        };
        self.bodies = Some(behind);
        let base = self.base.shift(from);
        let parts = match quote {
            None => word::parts(body, base, Mode::Here, self.depth),
            Some(_) => vec![Part::Lit { text: body.to_owned(), quoted: true }],
        };
        let span = base.span(0, body.len());
        Some(Redir { fd, op: RedirOp::Here(Word { parts: parts.into(), span, assign: None }), span })
    }
}
