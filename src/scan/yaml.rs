//! YAML as a tree whose scalars know where they stand.

use std::collections::HashMap;
use std::rc::Rc;

use granit_parser::{Event, Parser, ScalarStyle, Span as Found};

use super::problem;
use super::text::Text;
use crate::policy::located::Problem;
use crate::syntax::Span;

/// Collections inside each other.
const MAX_DEPTH: usize = 64;
/// Nodes of one file.
const MAX_NODES: usize = 200_000;
/// How far a word is looked for behind the last one.
const WINDOW: usize = 512;

/// A node of the tree. What an alias names is the same node again.
#[derive(Debug)]
pub(super) enum Node {
    /// A scalar: its value, each word with its place.
    Scalar(Text),
    /// A sequence.
    List(Vec<Rc<Node>>),
    /// A mapping, in source order.
    Map(Vec<(Rc<Node>, Rc<Node>)>),
}

impl Node {
    /// The value of a scalar.
    pub(super) fn str(&self) -> Option<&str> {
        self.text().map(Text::as_str)
    }

    /// A scalar.
    pub(super) fn text(&self) -> Option<&Text> {
        match self {
            Self::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The entries of a mapping; none for other nodes.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Rc<Self>)> {
        let entries = match self {
            Self::Map(entries) => entries.as_slice(),
            _ => &[],
        };
        entries.iter().filter_map(|(key, value)| Some((key.str()?, value)))
    }

    /// The items of a sequence; none for other nodes.
    pub(super) fn items(&self) -> &[Rc<Self>] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Rc<Self>> {
        self.entries().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The text of a key's scalar.
    pub(super) fn get_str(&self, key: &str) -> Option<&str> {
        self.get(key)?.str()
    }
}

/// A collection that is still open, with its anchor.
enum Open {
    /// `!reference [.job, script]` names a value and is none.
    List {
        items: Vec<Rc<Node>>,
        reference: bool,
    },
    Map(Vec<(Rc<Node>, Rc<Node>)>, Option<Rc<Node>>),
}

/// A level of the tree that is still open: its anchor, and the height of what is in it.
struct Level {
    open: Open,
    anchor: usize,
    height: usize,
}

impl Level {
    fn new(open: Open, anchor: usize) -> Self {
        Self { open, anchor, height: 0 }
    }
}

/// Reads all documents of a file.
pub(super) fn read(path: &str, text: &str) -> Result<Vec<Rc<Node>>, Problem> {
    let options =
        granit_parser::options! { emit_comments: false, emit_unresolved_aliases: true, block_nesting_limit: MAX_DEPTH };
    let mut tree = Tree::default();
    for (count, next) in Parser::new_from_str_with_options(text, options).enumerate() {
        let (event, span) = next.map_err(|error| {
            let mark = error.marker();
            let at = mark.byte_offset().unwrap_or_else(|| byte_of(text, mark.index()));
            problem(path, text, at, error.info().to_lowercase())
        })?;
        let at = start(text, &span);
        tree.take(event, &span, text);
        if count > MAX_NODES || tree.open.len() > MAX_DEPTH || tree.height > MAX_DEPTH {
            return Err(problem(path, text, at, "it is nested too deep or too long to be read"));
        }
    }
    Ok(tree.documents)
}

#[derive(Default)]
struct Tree {
    documents: Vec<Rc<Node>>,
    open: Vec<Level>,
    anchors: HashMap<usize, (Rc<Node>, usize)>,
    /// Nodes inside each other, aliases followed, at their most.
    height: usize,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, span: &Found, text: &str) {
        match event {
            Event::Scalar(value, style, anchor, _) => {
                let range = Span::new(start(text, span), end(text, span));
                self.close(Node::Scalar(aligned(&value, style, text, range)), anchor, 0);
            }
            Event::SequenceStart(_, anchor, tag) => {
                let reference = tag.is_some_and(|tag| tag.is_custom());
                self.open.push(Level::new(Open::List { items: Vec::new(), reference }, anchor));
            }
            Event::MappingStart(_, anchor, _) => self.open.push(Level::new(Open::Map(Vec::new(), None), anchor)),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Level { open, anchor, height }) = self.open.pop() else { return };
                let node = match open {
                    Open::List { reference: true, .. } => Node::List(Vec::new()),
                    Open::List { items, .. } => Node::List(items),
                    Open::Map(entries, _) => Node::Map(entries),
                };
                self.close(node, anchor, height + 1);
            }
            Event::Alias(id) => match self.anchors.get(&id).cloned() {
                Some((node, height)) => self.add(node, height),
                None => self.add(Rc::new(Node::List(Vec::new())), 0),
            },
            Event::UnresolvedAlias(_) => self.add(Rc::new(Node::List(Vec::new())), 0),
            _ => {}
        }
    }

    fn close(&mut self, node: Node, anchor: usize, height: usize) {
        let node = Rc::new(node);
        if anchor > 0 {
            self.anchors.insert(anchor, (Rc::clone(&node), height));
        }
        self.add(node, height);
    }

    fn add(&mut self, node: Rc<Node>, height: usize) {
        self.height = self.height.max(height);
        let Some(level) = self.open.last_mut() else { return self.documents.push(node) };
        level.height = level.height.max(height);
        match &mut level.open {
            Open::List { items, .. } => items.push(node),
            Open::Map(entries, key) => match key.take() {
                Some(key) => entries.push((key, node)),
                None => *key = Some(node),
            },
        }
    }
}

fn start(text: &str, span: &Found) -> usize {
    span.start.byte_offset().unwrap_or_else(|| byte_of(text, span.start.index()))
}

fn end(text: &str, span: &Found) -> usize {
    span.end.byte_offset().unwrap_or_else(|| byte_of(text, span.end.index()))
}

fn byte_of(text: &str, chars: usize) -> usize {
    text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at)
}

/// A scalar's value, each word laid over the place in the source where it stands.
///
/// Styles differ in how they fold lines and escape characters, but words keep their order. A word that is written
/// otherwise in the source stands for the whole stretch up to the next one.
fn aligned(value: &str, style: ScalarStyle, file: &str, range: Span) -> Text {
    let mut at = range.start;
    let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
    let source = file.get(range.start..range.end).unwrap_or("");
    if block && source.starts_with(['|', '>']) {
        at += source.find('\n').map_or(0, |end| end + 1);
    }
    if source == value {
        return Text::of(file, range);
    }
    let mut out = Text::default();
    let mut rest = value;
    while !rest.is_empty() {
        let blanks = rest.len() - rest.trim_start().len();
        let (blank, behind) = rest.split_at_checked(blanks).unwrap_or(("", rest));
        let (word, behind) =
            behind.split_at_checked(behind.find(char::is_whitespace).unwrap_or(behind.len())).unwrap_or((behind, ""));
        rest = behind;
        let found = place_of(file, word, at, range.end);
        let next = found.unwrap_or(at);
        out.push_for(blank, Span::new(at, next));
        if word.is_empty() {
            continue;
        }
        if let Some(place) = found {
            out.push(file, Span::new(place, place + word.len()));
            at = place + word.len();
        } else {
            let end = (at + word.len()..range.end).find(|&end| file.is_char_boundary(end)).unwrap_or(range.end);
            out.push_for(word, Span::new(at, end));
        }
    }
    out
}

/// Where a word stands next.
fn place_of(file: &str, word: &str, at: usize, end: usize) -> Option<usize> {
    if word.is_empty() {
        return None;
    }
    let last = (at.saturating_add(word.len() + WINDOW)).min(end);
    let last = (at..=last).rev().find(|&last| file.is_char_boundary(last))?;
    file.get(at..last)?.find(word).map(|found| at + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each scalar's value, and where its last word stands.
    fn scalars(text: &str) -> Vec<(String, String)> {
        fn walk(node: &Node, file: &str, out: &mut Vec<(String, String)>) {
            match node {
                Node::Scalar(text) => {
                    let value = text.as_str();
                    let last = value.trim_end().rfind(char::is_whitespace).map_or(0, |at| at + 1);
                    let span = text.origin(Span::new(last, value.trim_end().len()));
                    let (line, column) = crate::scan::Lines::of(file).place(span.start);
                    out.push((value.to_owned(), format!("{line}:{column} {}", &file[span.start..span.end])));
                }
                Node::List(items) => items.iter().for_each(|item| walk(item, file, out)),
                Node::Map(entries) => entries.iter().for_each(|(_, value)| walk(value, file, out)),
            }
        }
        let mut out = Vec::new();
        for document in read("x.yml", text).unwrap() {
            walk(&document, text, &mut out);
        }
        out
    }

    #[test]
    fn every_style_knows_its_places() {
        let table = [
            ("a: make all\n", "make all", "1:9 all"),
            ("a: 'it''s b'\n", "it's b", "1:11 b"),
            ("a: \"x\\ty b\"\n", "x\ty b", "1:10 b"),
            ("a: |\n  one two\n    three\n", "one two\n  three\n", "3:5 three"),
            ("a: >-\n  one\n  two\n", "one two", "3:3 two"),
            ("a: |-\n  - x\n", "- x", "2:5 x"),
            ("a: one\n  two\n", "one two", "2:3 two"),
            ("é: é b\n", "é b", "1:6 b"),
            ("a: &x one two\n", "one two", "1:11 two"),
            ("a: [b c]\nd: !reference [e]\n", "b c", "1:7 c"),
        ];
        for (text, value, place) in table {
            assert_eq!(scalars(text), [(value.to_owned(), place.to_owned())], "{text}");
        }
    }

    #[test]
    fn faults_have_a_place_and_aliases_are_followed() {
        let error = read("x.yml", "a: b\n c: [\n").unwrap_err();
        assert!(error.to_string().starts_with("x.yml:2:"), "{error}");
        assert_eq!(scalars("a: &x b\nc: *x\nd: *gone\n").len(), 2);
        assert!(read("x.yml", &"[".repeat(10_000)).is_err());
        let chain: String =
            (1..50_000).map(|at| ["- &", &at.to_string(), " [*", &(at - 1).to_string(), "]\n"].concat()).collect();
        assert!(read("x.yml", &format!("- &0 x\n{chain}")).is_err());
    }
}
