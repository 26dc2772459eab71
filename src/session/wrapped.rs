//! Commands in an agent's wrapping: what is judged is the command, after the state that the wrapping brings along.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Judgement, Session, Submission};
use crate::agents::envelope;
use crate::store::RealWorld;
use crate::syntax::{Code, FileRead, PathKind, Setting, Span, World, bytes, paths};

/// A command without the wrapping that an agent put around it.
pub(super) struct Wrapped {
    pub command: String,
    pub place: envelope::Inner,
    pub setting: Setting,
    /// The snapshot that runs before it, as read.
    pub snapshot: Option<FileRead>,
}

/// Bytes of a snapshot that are read.
const MAX_SNAPSHOT: usize = 4 << 20;

/// The content of a snapshot that lies in one of the agent's own folders, which no link leads out of; empty where there
/// is no file. `None` where it is some other file, or cannot be read.
fn snapshot(world: &RealWorld, path: &str, own: &[String]) -> Option<FileRead> {
    let real = world.real_path(path);
    if !own.iter().any(|own| paths::is_within(&real, own) && real != *own) {
        return None;
    }
    match world.kind(&real) {
        PathKind::Missing => Some(FileRead { path: real, content: Vec::new() }),
        PathKind::File => {
            let content = world.read(&real, MAX_SNAPSHOT)?;
            Some(FileRead { path: real, content })
        }
        _ => None,
    }
}

impl Session {
    /// Where an agent keeps its snapshots: below the home, and where it was told to when it was started.
    fn own_folders(&self, world: &RealWorld, kept: &envelope::Kept) -> Vec<String> {
        let home = paths::join(&world.real_path(world.home()), kept.home);
        let told = || self.started_with.as_ref()?(kept.variable).filter(|dir| dir.starts_with('/'));
        let now = self.machine.vars.contains_key(kept.variable);
        let told = now.then(told).flatten().map(|dir| world.real_path(&dir)).filter(|dir| dir != "/");
        std::iter::once(home).chain(told).map(|dir| paths::join(&dir, kept.folder)).collect()
    }

    /// Takes an agent's wrapping off a text, where it has one that can be relied on.
    pub(super) fn unwrapped(
        &self,
        submission: &Submission<'_>,
        text: &str,
        at: &Setting,
        vars: &Arc<HashMap<String, String>>,
    ) -> Option<Wrapped> {
        if at.standing || at.remote.is_some() || at.script.is_some() {
            return None;
        }
        let params: Vec<&str> = at.params.iter().map(String::as_str).collect();
        let found = envelope::find(text, &params)?;
        let envelope::Place::Text(place) = found.place else { return None };
        let mut before = at.before.clone();
        let mut read = None;
        match &found.state {
            None => {}
            Some(envelope::State::File { path, span, kept }) => {
                let world = RealWorld::with_home(Arc::clone(vars), submission.cwd, &self.machine.home);
                let snapshot = snapshot(&world, path, &self.own_folders(&world, kept))?;
                if !snapshot.content.is_empty() {
                    let text = bytes::decode(&snapshot.content).text.into_owned();
                    before.push(Code { label: path.clone(), text, span: *span, standing: true });
                }
                read = Some(snapshot);
            }
            Some(envelope::State::Descriptor { .. }) => return None,
        }
        let params = if found.params.is_empty() { at.params.clone() } else { found.params };
        let setting = Setting { offset: place.span.start, before, params, around: envelope::COMMANDS, ..at.clone() };
        Some(Wrapped { command: found.inner, place, setting, snapshot: read })
    }
}

/// Says of everything that was found in the command where it stands in the whole text.
pub(super) fn put_back(place: &envelope::Inner, judgement: &mut Judgement) {
    let put = |span: &mut Span| *span = place.outer(*span);
    let verdict = &mut judgement.verdict;
    verdict.inner = Some(place.span);
    verdict.effects.iter_mut().for_each(|effect| put(&mut effect.span));
    verdict.matches.iter_mut().for_each(|found| put(&mut found.span));
    verdict.unresolved.iter_mut().for_each(|gap| put(&mut gap.span));
    for inv in &mut judgement.line.invocations {
        put(&mut inv.span);
        put(inv.program.span_mut());
        inv.args.iter_mut().for_each(|arg| put(&mut arg.span));
        inv.redirects.iter_mut().for_each(|redirect| put(&mut redirect.span));
    }
    judgement.line.assigns.iter_mut().for_each(|assign| put(&mut assign.span));
    judgement.line.unresolved.iter_mut().for_each(|gap| put(&mut gap.span));
}
