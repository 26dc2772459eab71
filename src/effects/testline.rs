//! Tests only: tables of lines, judged by one family at a time on a machine where nothing stands.

use super::{Cx, Effect, Shared};
use crate::syntax::{Analysis, Invocation, PathKind, Tracked, World};

/// A machine on which nothing stands: home `/home/u`, workspace and folder `/code/app`.
pub(super) struct Stub;

impl World for Stub {
    fn cwd(&self) -> &'static str {
        "/code/app"
    }
    fn home(&self) -> &'static str {
        "/home/u"
    }
    fn home_of(&self, user: &str) -> Option<String> {
        Some(format!("/home/{user}"))
    }
    fn workspace(&self) -> Option<&str> {
        Some("/code/app")
    }
    fn var(&self, name: &str) -> Option<String> {
        (name == "DEPLOY_TOKEN").then(|| "tok-0123456789abcdef".to_owned())
    }
    fn var_names(&self) -> Vec<String> {
        vec!["PATH".into(), "DEPLOY_TOKEN".into()]
    }
    fn alias(&self, _: &str) -> Option<String> {
        None
    }
    fn function(&self, _: &str) -> Option<String> {
        None
    }
    fn kind(&self, path: &str) -> PathKind {
        if matches!(path, "/tmp" | "/home/u" | "/code/app" | "/etc/systemd/system") {
            PathKind::Dir
        } else {
            PathKind::Missing
        }
    }
    fn real_path(&self, path: &str) -> String {
        path.to_owned()
    }
    fn glob(&self, _: &str, _: usize) -> Vec<String> {
        Vec::new()
    }
    fn list(&self, _: &str, _: usize) -> Vec<String> {
        Vec::new()
    }
    fn read(&self, _: &str, _: usize) -> Option<Vec<u8>> {
        None
    }
    fn which(&self, name: &str) -> Option<String> {
        (name == "wardsh").then(|| "/home/u/.local/bin/wardsh".to_owned())
    }
    fn tracked(&self, _: &str) -> Option<Tracked> {
        None
    }
}

/// Runs one family over a line.
pub(super) fn run(line: &str, family: fn(&Invocation, &Cx, &mut Vec<Effect>)) -> Vec<Effect> {
    judge(&analyse(line), family)
}

/// Runs one family over an analysis.
pub(super) fn judge(analysis: &Analysis, family: fn(&Invocation, &Cx, &mut Vec<Effect>)) -> Vec<Effect> {
    let mut out = Vec::new();
    for (index, inv) in analysis.invocations.iter().enumerate() {
        family(inv, &Cx::new(&Stub, analysis, index, &[], &Shared::default()), &mut out);
    }
    out
}

/// The kinds that one family finds, in order.
pub(super) fn kinds(line: &str, family: fn(&Invocation, &Cx, &mut Vec<Effect>)) -> Vec<&'static str> {
    run(line, family).iter().map(|effect| effect.kind.as_str()).collect()
}

/// Reads a line.
pub(super) fn analyse(line: &str) -> Analysis {
    crate::syntax::analyse(line, &Stub, false)
}
