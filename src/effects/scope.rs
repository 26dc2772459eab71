//! Words → what they point at: absolute paths with their scope and what is known of them.
//!
//! A word may point at several things: globs are matched on disk, and a word with unknown parts stands for each of its
//! readings (the unknown part empty, the unknown part anything), the strictest of which rules will see.

use std::cell::LazyCell;

use super::feeds;
use super::paths::{base, is_within, join, normalised, normalize};
use super::place::{self, Place};
use super::{Certainty, Cx, Effect, EffectKind, Scope, Trait};
use super::{home, names};
use crate::syntax::{Invocation, Origin, PathKind, Seg, Span, Tracked, Unknown, Value};

pub use super::place::{place, workspace};

/// How many paths a glob may yield.
const GLOB_LIMIT: usize = 256;
/// How many targets one word may yield.
const TARGET_LIMIT: usize = 24;

/// One thing that a word points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The absolute path where it is known, else the text for a reader; a glob's own text where it stands for many.
    pub path: String,
    /// Where it lies.
    pub scope: Scope,
    /// How sure it is that the word points here.
    pub certainty: Certainty,
    /// What is known of it.
    pub traits: Vec<Trait>,
}

impl Target {
    /// Says whether the target has a trait.
    #[must_use]
    pub fn has(&self, wanted: Trait) -> bool {
        self.traits.contains(&wanted)
    }

    /// Turns the target into an effect of the invocation.
    #[must_use]
    pub fn effect(self, kind: EffectKind, cx: &Cx<'_>, span: Span) -> Effect {
        let certainty = self.certainty;
        let mut effect = cx.effect(kind, self.path, self.scope, span).with(self.traits);
        effect.certainty = certainty;
        effect
    }

    fn drop_trait(&mut self, unwanted: Trait) {
        self.traits.retain(|known| *known != unwanted);
    }
}

/// What is asked for: the thing behind a link at the path's end, or the link itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// Writing, reading, changing permissions.
    Links,
    /// Deleting, moving.
    Entry,
}

/// Everything that a word points at, links followed. Empty only for an empty word.
#[must_use]
pub fn targets(value: &Value, cx: &Cx<'_>, inv: &Invocation) -> Vec<Target> {
    resolve(value, cx, inv, Follow::Links)
}

/// As [`targets`], for words that name an entry of a folder (`rm`, `mv`).
#[must_use]
pub fn entries(value: &Value, cx: &Cx<'_>, inv: &Invocation) -> Vec<Target> {
    resolve(value, cx, inv, Follow::Entry)
}

/// One part of a word after constants were put in.
#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Glob(String),
    /// Unknown; may it be empty?
    Open(bool),
}

fn resolve(value: &Value, cx: &Cx<'_>, inv: &Invocation, follow: Follow) -> Vec<Target> {
    if value.literal() == Some("") {
        return Vec::new();
    }
    if let Some(found) = feeds::targets(value, cx, inv) {
        return found;
    }
    let asked = Asked { cx, inv, follow };
    if let Some(text) = plain_text(value, inv) {
        let mut out = asked.plain(&text, Certainty::Certain);
        out.truncate(TARGET_LIMIT);
        return out;
    }
    let word = tilde(pieces(value, cx, inv), cx);
    let full = absolute(&word, cx, inv);
    let mut out = if full.iter().any(|piece| matches!(piece, Piece::Open(_))) {
        let mut out = vec![asked.unknown(&full, value)];
        if word.iter().all(|piece| !matches!(piece, Piece::Open(false))) {
            out.extend(asked.emptied(&word));
        }
        out
    } else {
        asked.known(&full, Certainty::Certain)
    };
    out.truncate(TARGET_LIMIT);
    out
}

/// The absolute text of a word of which nothing has to be found out: what [`absolute`] makes of it.
fn plain_text(value: &Value, inv: &Invocation) -> Option<String> {
    match value.literal()? {
        text if text.starts_with('~') => None,
        text if text.starts_with('/') => Some(text.to_owned()),
        text => Some([inv.cwd.literal()?, "/", text].concat()),
    }
}

/// Puts in what is known of a word's parts: harmless tokens as their text, `$(pwd)` and the like as their answer.
fn pieces(value: &Value, cx: &Cx<'_>, inv: &Invocation) -> Vec<Piece> {
    let mut out = Vec::new();
    for seg in value.segs() {
        match seg {
            Seg::Lit(text) => out.push(Piece::Text(text.clone())),
            Seg::Glob(text) => out.push(Piece::Glob(text.clone())),
            Seg::Unknown(unknown) => match known_answer(unknown, cx, inv) {
                Some(text) => out.push(Piece::Text(text)),
                None if unknown.token => out.push(Piece::Text(token_text(unknown))),
                None => out.push(Piece::Open(unknown.may_be_empty)),
            },
        }
    }
    out
}

/// A stand-in for a token: one path component that nothing on disk is called.
fn token_text(unknown: &Unknown) -> String {
    match &unknown.origin {
        Origin::Variable(name) if !name.contains('/') => format!("${name}"),
        _ => "$(…)".to_owned(),
    }
}

/// What a command substitution certainly yields.
fn known_answer(unknown: &Unknown, cx: &Cx<'_>, inv: &Invocation) -> Option<String> {
    if let Origin::Variable(name) = &unknown.origin {
        return match name.as_str() {
            "PWD" => inv.cwd.literal().map(str::to_owned),
            _ => None,
        };
    }
    feeds::answer(unknown, cx)
}

/// Replaces a `~` at the front.
fn tilde(mut word: Vec<Piece>, cx: &Cx<'_>) -> Vec<Piece> {
    let Some(Piece::Text(first)) = word.first_mut() else { return word };
    let Some(rest) = first.strip_prefix('~') else { return word };
    let (user, tail) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let home = if user.is_empty() {
        Some(cx.world.home().to_owned())
    } else if user.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')) {
        cx.world.home_of(user)
    } else {
        None
    };
    if let Some(home) = home {
        *first = format!("{home}{tail}");
    }
    word
}

/// Puts the folder in front of a relative word.
fn absolute(word: &[Piece], cx: &Cx<'_>, inv: &Invocation) -> Vec<Piece> {
    let relative = match word.first() {
        Some(Piece::Text(text)) => !text.starts_with('/'),
        Some(Piece::Glob(_)) => true,
        Some(Piece::Open(_)) | None => false,
    };
    if !relative {
        return word.to_vec();
    }
    let mut full = pieces(&inv.cwd, cx, inv);
    if matches!(full.as_slice(), [Piece::Open(_)]) {
        full = vec![Piece::Open(false)];
    }
    full.push(Piece::Text("/".to_owned()));
    full.extend_from_slice(word);
    full
}

/// A request for the targets of one word.
struct Asked<'a> {
    cx: &'a Cx<'a>,
    inv: &'a Invocation,
    follow: Follow,
}

impl Asked<'_> {
    /// The reading in which the unknown parts are anything.
    fn unknown(&self, full: &[Piece], value: &Value) -> Target {
        let mut before = String::new();
        for piece in full {
            match piece {
                Piece::Text(text) => before.push_str(text),
                Piece::Glob(_) | Piece::Open(_) => break,
            }
        }
        let shown = value.to_string();
        let mut traits = vec![Trait::UnknownTarget];
        if full.iter().any(|piece| matches!(piece, Piece::Glob(_))) {
            traits.push(Trait::Bulk);
        }
        if let Some(name) = known_name(full) {
            name_traits(&name, &mut traits);
            if names::pattern_is_scratch(&name) {
                traits.push(Trait::Scratch);
            }
        }
        if !traits.contains(&Trait::Valuable) && self.is_scratch_place(full, value) {
            traits.push(Trait::Scratch);
        }
        // `find / -exec … {}`: anything on the machine.
        let listed = value.unknowns().any(|unknown| matches!(unknown.origin, Origin::Appended(_)));
        if listed && before == "/" {
            traits.retain(|known| *known != Trait::Scratch);
            return Target { path: shown, scope: Scope::Root, certainty: Certainty::Likely, traits };
        }
        let Some(at) = before.rfind('/').filter(|at| *at > 0) else {
            return Target { path: shown, scope: Scope::Unknown, certainty: Certainty::Likely, traits };
        };
        let dir = before.get(..=at).unwrap_or("/");
        let mut found = self.judge(&format!("{dir}{}", "\u{2026}"), Certainty::Likely);
        found.traits.retain(|known| !matches!(known, Trait::Missing));
        found.traits.extend(traits);
        if listed && found.has(Trait::Whole) && matches!(found.scope, Scope::System | Scope::OutsideWorkspace) {
            found.traits.retain(|known| !matches!(known, Trait::Scratch | Trait::Whole));
        }
        // `dir` already holds what the word says up to its last known slash.
        let prefix = value.prefix();
        let tail = shown.get(prefix.rfind('/').map_or(0, |slash| slash + 1)..).unwrap_or(&shown);
        found.path = if shown.starts_with('/') { shown } else { join(dir, tail) };
        found
    }

    /// Says whether every unknown part is a variable that cannot be empty and is called as one for scratch (`${BUILD_DIR:?}`).
    fn is_scratch_place(&self, full: &[Piece], value: &Value) -> bool {
        let open = |pieces: &[Piece]| pieces.iter().filter(|piece| matches!(piece, Piece::Open(_))).count();
        let scratch = |value: &Value| {
            let climbs = full.iter().any(|piece| text_of(piece).split('/').any(|part| part == ".."));
            let named = !climbs && known_name(full).is_some();
            value
                .unknowns()
                .all(|unknown| unknown.token || is_scratch_variable(unknown) || named && is_temporary_variable(unknown))
        };
        let in_folder = open(full) > open(&pieces(value, self.cx, self.inv));
        scratch(value) && (!in_folder || scratch(&self.inv.cwd))
    }

    /// The reading in which the unknown parts are empty.
    fn emptied(&self, word: &[Piece]) -> Vec<Target> {
        let left: Vec<Piece> = word.iter().filter(|piece| !matches!(piece, Piece::Open(_))).cloned().collect();
        if left.is_empty() {
            return Vec::new();
        }
        let mut full = absolute(&left, self.cx, self.inv);
        // The folder's own unknown parts as well (`find -execdir`), where a path is left of it.
        full.retain(|piece| !matches!(piece, Piece::Open(true)));
        if !full.first().is_some_and(|piece| text_of(piece).starts_with('/'))
            || full.iter().any(|piece| matches!(piece, Piece::Open(_)))
        {
            return Vec::new();
        }
        // What is not there cannot be hit by accident.
        let mut found = self.known(&full, Certainty::Possible);
        found.retain(|target| !target.has(Trait::Missing) || target.has(Trait::Whole));
        found
    }

    /// The targets of a word without unknown parts.
    fn known(&self, full: &[Piece], certainty: Certainty) -> Vec<Target> {
        let parts = components(full);
        let Some(first) = parts.iter().position(|part| part.glob) else {
            let text: String = full.iter().map(text_of).collect();
            return self.plain(&text, certainty);
        };
        let head = shown(parts.get(..first).unwrap_or_default());
        let all = parts.iter().skip(first).all(Part::is_universal);
        let pattern = shown(&parts);
        let mut out = Vec::new();
        if all {
            let mut folder = self.judge(&format!("{head}/"), certainty);
            folder.traits.push(Trait::Bulk);
            folder.path.clone_from(&pattern);
            out.push(folder);
        }
        let matches = self.cx.world.glob(&escaped(full), GLOB_LIMIT);
        if !all && (matches.is_empty() || matches.len() >= GLOB_LIMIT) {
            out.push(self.unmatched(&head, &pattern, &parts, matches.is_empty(), certainty));
        }
        let many = matches.len() > 1;
        let sources = many && !all && parts.last().is_some_and(|part| names::is_source_pattern(&part.text));
        for path in matches {
            let mut found = self.judge(&path, certainty);
            if many {
                found.traits.push(Trait::Bulk);
            }
            if sources && self.cx.world.tracked(&path) != Some(Tracked::Untracked) {
                found.traits.push(Trait::Valuable);
            }
            collect(&mut out, found, &pattern, all);
        }
        out
    }

    /// The targets of plain text. Where nothing stands at it, what looks like a pattern is taken for one: words that were
    /// expanded earlier (a loop's list) arrive as text.
    fn plain(&self, text: &str, certainty: Certainty) -> Vec<Target> {
        let found = self.judge(text, certainty);
        let operator = |byte| matches!(byte, b'*' | b'?' | b'[' | b']' | b'(');
        if !found.has(Trait::Missing) || !text.bytes().any(operator) {
            return vec![found];
        }
        let parts = operators(text);
        if parts.iter().any(|piece| matches!(piece, Piece::Glob(_))) {
            self.known(&parts, certainty)
        } else {
            vec![found]
        }
    }

    /// A glob that matches nothing now, or more than was looked at.
    fn unmatched(&self, head: &str, pattern: &str, parts: &[Part], none: bool, certainty: Certainty) -> Target {
        let last = parts.last().map_or("", |part| part.text.as_str());
        let mut found = self.judge(&format!("{head}/\u{2026}"), certainty);
        found.traits.retain(|known| *known != Trait::Missing);
        found.traits.push(Trait::Bulk);
        if none {
            found.traits.push(Trait::Missing);
        }
        if names::pattern_is_scratch(last) {
            found.traits.push(Trait::Scratch);
        } else {
            name_traits(last, &mut found.traits);
        }
        pattern.clone_into(&mut found.path);
        found
    }

    /// Looks at one absolute path.
    fn judge(&self, path: &str, certainty: Certainty) -> Target {
        let follow = if path.ends_with('/') { Follow::Links } else { self.follow };
        look(path, self.cx, self.inv, follow, certainty)
    }
}

/// Takes text apart as a pattern: `*`, `?`, brackets, and groups like `!(a|b)` as a whole.
fn operators(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['*', '?', '[', ']', '!', '@', '+']) {
        let (plain, from) = rest.split_at(at);
        let group = from.get(1..).is_some_and(|inner| inner.starts_with('(')).then(|| from.find(')')).flatten();
        let length = group.map_or(1, |end| end + 1);
        let (operator, behind) = from.split_at(length);
        pieces.push(Piece::Text(plain.to_owned()));
        let stands = group.is_some() || !matches!(operator, "!" | "@" | "+");
        pieces.push(if stands { Piece::Glob(operator.to_owned()) } else { Piece::Text(operator.to_owned()) });
        rest = behind;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces.retain(|piece| !text_of(piece).is_empty());
    pieces
}

/// The last component behind all unknown parts, where it is known; a `*` where only its end is.
fn known_name(full: &[Piece]) -> Option<String> {
    let last = full.iter().rposition(|piece| matches!(piece, Piece::Open(_))).map_or(0, |at| at + 1);
    let tail: String = full.iter().skip(last).map(text_of).collect();
    let name = base(&tail);
    if name.is_empty() {
        return None;
    }
    let whole = tail.trim_end_matches('/').contains('/');
    Some(if whole { name.to_owned() } else { format!("*{name}") })
}

/// Says whether a variable that cannot be empty is called as one for scratch (`${BUILD_DIR:?}`).
fn is_scratch_variable(unknown: &Unknown) -> bool {
    matches!(&unknown.origin, Origin::Variable(name) if !unknown.may_be_empty && names::variable_is_scratch(name))
}

/// Says whether a variable is the one that holds the folder for temporary files. Unset, what is left of the path is judged.
fn is_temporary_variable(unknown: &Unknown) -> bool {
    matches!(&unknown.origin, Origin::Variable(name) if matches!(name.as_str(), "TMPDIR" | "TMP" | "TEMP" | "TEMPDIR"))
}

/// Looks at one absolute path.
#[must_use]
pub fn look(path: &str, cx: &Cx<'_>, inv: &Invocation, follow: Follow, certainty: Certainty) -> Target {
    let plain = normalize(path);
    if inv.remote.is_some() {
        let mut traits = place::remote_traits(&plain);
        if traits.is_empty() {
            name_traits(base(&plain), &mut traits);
        }
        return Target { path: plain, scope: Scope::Unknown, certainty, traits };
    }
    let entry = LazyCell::new(|| place::entry_path(&plain, cx.world));
    let real = LazyCell::new(|| cx.world.real_path(&plain));
    let Place { mut scope, mut traits } = match follow {
        Follow::Links => place::full(path, &real, cx),
        Follow::Entry => place::of_entry(path, &plain, &entry, cx),
    };
    if shown_missing(&plain, cx, inv) {
        traits.push(Trait::Missing);
    } else if cx.world.kind(&plain) == PathKind::Missing && !is_link(&plain, &entry, &real) {
        traits.push(Trait::Missing);
        if cx.shared.makes.before(&plain, cx) {
            traits.retain(|known| !matches!(known, Trait::Whole | Trait::Valuable));
            traits.push(Trait::Scratch);
            // A repository that the line itself clones holds nothing of one's own.
            if scope == Scope::Protected && place::workspace(cx.world).is_some_and(|work| is_within(&plain, &work)) {
                scope = Scope::Workspace;
            }
        }
    } else if !matches!(scope, Scope::Temp | Scope::Regenerable | Scope::System | Scope::Root)
        && cx.world.tracked(&plain) == Some(Tracked::Clean)
    {
        traits.push(Trait::Recoverable);
    }
    // What the workspace or the home itself is called says nothing of what is in it.
    let whole = traits.contains(&Trait::Whole);
    if !matches!(scope, Scope::Temp | Scope::Regenerable | Scope::Root) && !whole && !traits.contains(&Trait::Scratch) {
        name_traits(base(&plain), &mut traits);
    } else if names::is_secret(&plain) && !matches!(scope, Scope::Regenerable) {
        traits.push(Trait::Secret);
    }
    if names::is_startup(&plain) {
        traits.push(Trait::Startup);
    }
    if matches!(scope, Scope::Home | Scope::OutsideWorkspace)
        && !whole
        && names::in_built_dir(home::behind(&plain, cx.world).unwrap_or(&plain))
    {
        traits.retain(|known| *known != Trait::Valuable);
        traits.push(Trait::Scratch);
    }
    Target { path: plain, scope, certainty, traits }
}

/// A link that leads nowhere counts as something.
fn is_link(plain: &str, entry: &str, real: &str) -> bool {
    plain != "/" && real != entry
}

/// What a name tells: scratch, or of worth, or a secret.
fn name_traits(name: &str, traits: &mut Vec<Trait>) {
    if names::is_secret(name) {
        traits.push(Trait::Secret);
    }
    if names::is_scratch(name) {
        traits.push(Trait::Scratch);
    } else if names::is_valuable(name) {
        traits.push(Trait::Valuable);
    }
}

/// Says whether a test in front (`[ -f x ] || …`) lets the line come here only where the path is missing. What is no
/// plain file fails such a test as well, and so does what only another user may see.
fn shown_missing(path: &str, cx: &Cx<'_>, inv: &Invocation) -> bool {
    !inv.elevated
        && cx.line.absent.iter().any(|absent| absent.within.contains(&cx.index) && normalize(&absent.path) == path)
        && matches!(cx.world.kind(path), PathKind::File | PathKind::Missing)
}

/// The absolute text of a literal word, without a look at the disk.
#[must_use]
pub fn lexical(text: &str, inv: &Invocation, cx: &Cx<'_>) -> Option<String> {
    if let Some(rest) = text.strip_prefix('~')
        && (rest.is_empty() || rest.starts_with('/'))
    {
        return Some(normalize(&format!("{}{rest}", cx.world.home())));
    }
    if text.starts_with('/') {
        return Some(normalize(text));
    }
    Some(normalised(join(inv.cwd.literal()?, text)))
}

/// Adds a match of a glob: matches that are alike stand together under the pattern's own text.
fn collect(out: &mut Vec<Target>, mut found: Target, pattern: &str, covered: bool) {
    found.traits.sort_unstable();
    found.traits.dedup();
    if covered {
        let folder = out.first().map_or(0, |folder| place::rank(&folder.scope));
        let worse = place::rank(&found.scope) > folder || found.has(Trait::Secret) || found.has(Trait::Startup);
        if !worse {
            return;
        }
        found.drop_trait(Trait::Whole);
    }
    match out.iter_mut().find(|known| known.scope == found.scope && known.traits == found.traits) {
        Some(known) => pattern.clone_into(&mut known.path),
        None => out.push(found),
    }
}

/// One part of a path with globs.
#[derive(Debug, Default)]
struct Part {
    text: String,
    glob: bool,
    /// Text that is not a glob operator; a leading dot does not count.
    literal: bool,
}

impl Part {
    /// Matches all (or nearly all) that stands in a folder: `*`, `.*`, `**`, `?*`, `*.*`.
    fn is_universal(&self) -> bool {
        self.glob && !self.literal
    }
}

fn text_of(piece: &Piece) -> &str {
    match piece {
        Piece::Text(text) | Piece::Glob(text) => text,
        Piece::Open(_) => "",
    }
}

/// Splits at slashes; empty parts and `.` are dropped.
fn components(full: &[Piece]) -> Vec<Part> {
    let mut parts = vec![Part::default()];
    for piece in full {
        let glob = matches!(piece, Piece::Glob(_));
        let negated = glob && text_of(piece).starts_with("!(");
        for c in text_of(piece).chars() {
            if c == '/' {
                parts.push(Part::default());
                continue;
            }
            if let Some(part) = parts.last_mut() {
                part.text.push(c);
                part.glob |= glob;
                part.literal |= !glob && c != '.';
                part.literal |= glob && !negated && c.is_ascii_alphanumeric();
            }
        }
    }
    parts.retain(|part| !part.text.is_empty() && part.text != ".");
    parts
}

fn shown(parts: &[Part]) -> String {
    let mut text = String::new();
    for part in parts {
        text.push('/');
        text.push_str(&part.text);
    }
    text
}

/// The pattern for [`crate::syntax::World::glob`]: quoted text cannot become an operator.
fn escaped(full: &[Piece]) -> String {
    let mut pattern = String::new();
    for piece in full {
        match piece {
            Piece::Text(text) => {
                for c in text.chars() {
                    if matches!(c, '*' | '?' | '[' | '\\') {
                        pattern.push('\\');
                    }
                    pattern.push(c);
                }
            }
            Piece::Glob(text) => pattern.push_str(text),
            Piece::Open(_) => {}
        }
    }
    pattern
}
