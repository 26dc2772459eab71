//! Text that was put together from parts of a file, with a way back to where each part stands.

use crate::syntax::Span;

/// A part of a [`Text`]: up to the next part, `exact` ones byte by byte, others as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    at: usize,
    source: Span,
    exact: bool,
}

/// A command's text and where it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    text: String,
    parts: Vec<Part>,
}

impl Text {
    /// A part of a file as it stands.
    #[must_use]
    pub fn of(file: &str, span: Span) -> Self {
        let mut text = Self::default();
        text.push(file, span);
        text
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Says whether nothing but blanks is in it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Appends a part of the file as it stands.
    pub fn push(&mut self, file: &str, span: Span) {
        let Some(piece) = file.get(span.start..span.end).filter(|piece| !piece.is_empty()) else { return };
        let grows = self.parts.last().is_some_and(|part| {
            part.exact && part.source.end == span.start && part.at + (part.source.end - part.source.start) == self.len()
        });
        match self.parts.last_mut().filter(|_| grows) {
            Some(part) => part.source.end = span.end,
            None => self.parts.push(Part { at: self.len(), source: span, exact: true }),
        }
        self.text.push_str(piece);
    }

    /// Appends text that stands for a part of the file.
    pub fn push_for(&mut self, text: &str, source: Span) {
        if !text.is_empty() {
            self.parts.push(Part { at: self.len(), source, exact: false });
            self.text.push_str(text);
        }
    }

    /// Appends a part of another text.
    pub fn push_part(&mut self, other: &Self, span: Span) {
        let mut at = span.start;
        while at < span.end {
            let Some((index, part)) = other.part(at) else { return };
            let next = other.parts.get(index + 1).map_or(other.len(), |next| next.at).min(span.end);
            let Some(piece) = other.text.get(at..next) else { return };
            let start = part.source.start + (at - part.at);
            let source = if part.exact { Span::new(start, start + piece.len()) } else { part.source };
            self.parts.push(Part { at: self.len(), source, exact: part.exact });
            self.text.push_str(piece);
            at = next;
        }
    }

    /// Appends another text.
    pub fn push_text(&mut self, other: &Self) {
        self.push_part(other, Span::new(0, other.len()));
    }

    /// The same with some parts replaced; edits are in order and do not overlap.
    #[must_use]
    pub fn edited(&self, edits: &[(Span, String)]) -> Self {
        if edits.is_empty() {
            return self.clone();
        }
        let mut out = Self::default();
        let mut at = 0;
        for (span, text) in edits {
            out.push_part(self, Span::new(at, span.start));
            out.push_for(text, self.origin(*span));
            at = span.end;
        }
        out.push_part(self, Span::new(at, self.len()));
        out
    }

    /// Without blanks at both ends.
    #[must_use]
    pub fn trimmed(&self) -> Self {
        let start = self.len() - self.text.trim_start().len();
        let mut out = Self::default();
        out.push_part(self, Span::new(start, start + self.text.trim().len()));
        out
    }

    /// What `words` start with this text as one quoted word.
    #[must_use]
    pub fn quoted_behind(&self, words: &str) -> Self {
        let whole = self.origin(Span::new(0, self.len()));
        let mut out = Self::default();
        out.push_for(words, whole);
        out.push_for(" '", whole);
        let edits: Vec<(Span, String)> =
            self.text.match_indices('\'').map(|(at, _)| (Span::new(at, at + 1), "'\\''".to_owned())).collect();
        out.push_text(&self.edited(&edits));
        out.push_for("'", whole);
        out
    }

    /// Where a span of the text stands in the file.
    #[must_use]
    pub fn origin(&self, span: Span) -> Span {
        let start = match self.part(span.start) {
            Some((_, part)) if part.exact => (part.source.start + (span.start - part.at)).min(part.source.end),
            Some((_, part)) => part.source.start,
            None => return Span::default(),
        };
        if span.end <= span.start {
            return Span::new(start, start);
        }
        let end = match self.part(span.end - 1) {
            Some((_, part)) if part.exact => (part.source.start + (span.end - part.at)).min(part.source.end),
            Some((_, part)) => part.source.end,
            None => start,
        };
        Span::new(start, end)
    }

    /// From the first to the last place that it comes from.
    #[must_use]
    pub fn extent(&self) -> Span {
        let start = self.parts.iter().map(|part| part.source.start).min().unwrap_or_default();
        Span::new(start, self.parts.iter().map(|part| part.source.end).max().unwrap_or_default())
    }

    fn len(&self) -> usize {
        self.text.len()
    }

    fn part(&self, at: usize) -> Option<(usize, Part)> {
        let index = self.parts.partition_point(|part| part.at <= at).checked_sub(1)?;
        Some((index, *self.parts.get(index)?))
    }
}

/// Where the lines of a file begin.
#[derive(Debug)]
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Finds the lines of a text.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        Self { text, starts: std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect() }
    }

    /// Line and column of an offset, both from 1; columns count characters.
    #[must_use]
    pub fn place(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|&start| start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start..offset.min(self.text.len())).unwrap_or("");
        (line, before.chars().count() + 1)
    }

    /// A line, from 1, without its end.
    #[must_use]
    pub fn line(&self, number: usize) -> &'a str {
        let start = number.checked_sub(1).and_then(|at| self.starts.get(at)).copied().unwrap_or(0);
        self.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_lead_back_through_edits() {
        let file = "RUN rm -rf @X@ 'b'\n";
        let text = Text::of(file, Span::new(4, 18));
        let edited = text.edited(&[(Span::new(7, 10), "${X_LONG}".to_owned())]);
        assert_eq!(edited.as_str(), "rm -rf ${X_LONG} 'b'");
        let whole = edited.quoted_behind("bash -c");
        assert_eq!(whole.as_str(), "bash -c 'rm -rf ${X_LONG} '\\''b'\\'''");
        for (part, want) in [("rm", 4..6), ("${X_LONG}", 11..14), ("X_L", 11..14), ("b'", 16..18), ("bash", 4..18)] {
            let at = whole.as_str().find(part).unwrap();
            assert_eq!(whole.origin(Span::new(at, at + part.len())), Span::new(want.start, want.end), "{part}");
        }
    }

    #[test]
    fn places_count_characters() {
        let lines = Lines::of("a\né b\n");
        assert_eq!(lines.place(0), (1, 1));
        assert_eq!(lines.place(5), (2, 3));
        assert_eq!(lines.line(2), "é b");
        assert_eq!(lines.place(99), (3, 1));
    }
}
