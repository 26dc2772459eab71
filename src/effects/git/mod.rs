//! git: what is thrown away, rewritten or deleted, here and on remotes.
//!
//! Aliases and `-c` settings that hold programs are taken apart by `syntax`; pushing data away is data flow.

mod discard;
mod push;
mod refs;

use super::options::{Spec, Words};
use super::paths::{join, normalize, parent};
use super::{Cx, Effect, EffectKind, Scope, Trait, place, scope};
use crate::syntax::{Arg, Invocation, PathKind, Value, paths as syntax_paths};

/// Global options that take the next word.
const GLOBALS: Spec = Spec::gnu(&[
    "-C",
    "-c",
    "--git-dir",
    "--work-tree",
    "--namespace",
    "--super-prefix",
    "--config-env",
    "--exec-path",
])
.stopping();

/// One `git` command, taken apart.
struct Git<'a> {
    inv: &'a Invocation,
    cx: &'a Cx<'a>,
    /// The invocation as it would stand with `-C` followed.
    here: Invocation,
    sub: &'a str,
    args: &'a [Arg],
    /// `-c` settings in lower case.
    settings: Vec<String>,
}

impl Git<'_> {
    /// Says whether the repository lies in a folder that `mktemp` has made for the line, or the line itself.
    fn is_temporary(&self) -> bool {
        let cwd = &self.here.cwd;
        let made = |cwd: &str| syntax_paths::is_temporary(cwd) && self.cx.shared.makes.before(cwd, self.cx);
        cwd.literal().is_some_and(made)
            || syntax_paths::is_temporary(cwd.prefix())
                && cwd.has_unknown()
                && cwd.unknowns().all(|unknown| unknown.token)
    }
}

/// Reads one subcommand.
type Reader = fn(&Git<'_>, &mut Vec<Effect>);

/// Subcommands, and who reads them.
const READERS: &[(&str, Reader)] = &[
    ("reset", discard::reset),
    ("checkout", discard::checkout),
    ("co", discard::checkout),
    ("restore", discard::restore),
    ("switch", discard::switch),
    ("clean", discard::clean),
    ("stash", discard::stash),
    ("rm", discard::rm),
    ("worktree", discard::worktree),
    ("submodule", discard::submodule),
    ("checkout-index", discard::checkout_index),
    ("read-tree", discard::read_tree),
    ("reflog", discard::reflog),
    ("gc", discard::gc),
    ("prune", discard::prune),
    ("lfs", discard::lfs),
    ("branch", refs::branch),
    ("tag", refs::tag),
    ("update-ref", refs::update_ref),
    ("symbolic-ref", refs::symbolic_ref),
    ("remote", refs::remote),
    ("notes", refs::notes),
    ("replace", refs::replace),
    ("filter-branch", refs::rewrite_all),
    ("filter-repo", refs::rewrite_all),
    ("fetch", refs::fetch),
    ("push", push::push),
    ("send-pack", push::push),
];

/// Yields what a git invocation does.
pub(super) fn effects(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    match inv.name() {
        Some("git" | "git.exe" | "hub") => {
            let Some(git) = Git::read(inv, cx) else { return };
            if git.passes_hooks_by() {
                out.push(git.effect(EffectKind::PersistInstall, "hooks passed by", None));
            }
            if let Some((_, reader)) = READERS.iter().find(|(sub, _)| *sub == git.sub) {
                let from = out.len();
                reader(&git, out);
                if git.is_temporary() {
                    let own = !matches!(git.sub, "push" | "send-pack");
                    let mut at = 0;
                    out.retain(|effect| {
                        at += 1;
                        at <= from
                            || !(effect.kind == EffectKind::VcsDiscard || own && effect.kind == EffectKind::VcsRewrite)
                    });
                }
            }
        }
        Some("git-filter-repo" | "bfg" | "bfg.jar") => rewrites(inv, cx, out),
        Some("java") if inv.words().flatten().any(is_bfg) => rewrites(inv, cx, out),
        _ => {}
    }
}

/// `java -jar lib/bfg-1.14.0.jar`
fn is_bfg(word: &str) -> bool {
    let file = word.rsplit('/').next().unwrap_or(word);
    file.strip_suffix(".jar").is_some_and(|name| name.starts_with("bfg"))
}

/// Tools that do nothing but rewrite all of history.
fn rewrites(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let place = place::place(inv.cwd.literal().unwrap_or("/"), cx);
    out.push(cx.effect(EffectKind::VcsRewrite, "all of history", place, inv.span).with([Trait::Whole]));
}

impl<'a> Git<'a> {
    fn read(inv: &'a Invocation, cx: &'a Cx<'a>) -> Option<Self> {
        let words = Words::of(&inv.args, &GLOBALS);
        let first = *words.operands.first()?;
        let at = inv.args.iter().position(|arg| std::ptr::eq(arg, first))?;
        let mut here = inv.clone();
        let mut settings = Vec::new();
        for opt in &words.options {
            match (&opt.value, opt.name.as_str()) {
                (Some(dir), "-C" | "--work-tree") => here.cwd = under(&here.cwd, dir),
                (Some(setting), "-c") => settings.push(setting.text().to_lowercase()),
                _ => {}
            }
        }
        Some(Self {
            inv,
            cx,
            here,
            sub: first.value.literal()?,
            args: inv.args.get(at + 1..).unwrap_or_default(),
            settings,
        })
    }

    /// Says whether an earlier `git worktree add` of the line made the worktree of this name; git refuses a folder that has
    /// something in it.
    fn is_added(&self, path: &Arg) -> bool {
        // Where one stands already, nothing is added.
        let fresh = match path.value.literal() {
            Some(text) => scope::lexical(text, &self.here, self.cx)
                .is_some_and(|path| self.cx.world.kind(&path) == PathKind::Missing),
            None => path.value.unknowns().all(|unknown| unknown.token),
        };
        if !fresh {
            return false;
        }
        let earlier = self.cx.line.invocations.iter().take(self.cx.index).rev().take(256);
        let adds = |inv: &Invocation| {
            let word = |wanted: &str| inv.words().flatten().any(|word| word == wanted);
            inv.name() == Some("git")
                && inv.remote == self.inv.remote
                && word("worktree")
                && word("add")
                && !word("-f")
                && !word("--force")
        };
        let same = |arg: &Arg| arg.value == path.value && !arg.value.is_wholly_unknown();
        earlier.filter(|inv| adds(inv) && inv.cwd == self.inv.cwd).any(|inv| inv.args.iter().any(same))
    }

    /// Says whether the repository is the line's own, below a temporary folder, and so is every one that the line names as a
    /// place to push to: experiments with throw-away clones.
    fn pushes_to_own(&self) -> bool {
        // A name below the folder that git is called in, or a path.
        let temporary = |inv: &Invocation, text: &str| {
            let below = !text.is_empty() && !text.contains([':', '@']) && !text.starts_with(['/', '~', '.']);
            syntax_paths::is_temporary(text) || below && syntax_paths::is_temporary(inv.cwd.prefix())
        };
        let mut sources = 0;
        let own = |inv: &Invocation| {
            let words: Vec<&Arg> = inv.args.iter().filter(|arg| !arg.value.prefix().starts_with('-')).collect();
            if inv.args.iter().any(|arg| ["remote.", "url."].iter().any(|key| arg.value.prefix().starts_with(key))) {
                return Some(false);
            }
            let verb = words.iter().position(|arg| matches!(arg.value.literal(), Some("clone" | "remote" | "push")));
            match verb.and_then(|at| words.get(at..)) {
                Some([clone, source, ..]) if clone.value.is("clone") => Some(temporary(inv, &source.value.text())),
                Some([remote, add, _, url, ..])
                    if remote.value.is("remote") && matches!(add.value.literal(), Some("add" | "set-url")) =>
                {
                    Some(temporary(inv, &url.value.text()))
                }
                // A name is the clone's own remote.
                Some([push, to, ..]) if push.value.is("push") => {
                    Some(to.value.is("origin") || temporary(inv, &to.value.text()) && to.value.text().contains('/'))
                }
                _ => None,
            }
        };
        let all = self.cx.line.invocations.iter().take(self.cx.index + 1).filter(|inv| inv.name() == Some("git"));
        let fits = all.filter_map(own).all(|fits| {
            sources += 1;
            fits
        });
        // A clone and this push at least.
        let fresh = self.here.cwd.literal().is_none_or(|cwd| self.cx.world.kind(cwd) == PathKind::Missing);
        fits && fresh && sources >= 2 && self.is_temporary() && self.clones()
    }

    /// Says whether the line has cloned something before.
    fn clones(&self) -> bool {
        let clone = |inv: &Invocation| inv.name() == Some("git") && inv.words().flatten().any(|word| word == "clone");
        self.cx.line.invocations.iter().take(self.cx.index).any(clone)
    }

    /// Says whether the line itself has made the branch before.
    fn makes_branch(&self, name: &str) -> bool {
        // One that stands already is not made.
        if self.git_dir().is_none() || self.is_ref(name) {
            return false;
        }
        let fetched = format!(":{name}");
        let makes = |inv: &Invocation| {
            let words: Vec<&str> = inv.words().flatten().collect();
            let has = |word: &str| words.contains(&word);
            inv.name() == Some("git")
                && (has("fetch") && words.iter().any(|word| word.ends_with(&fetched) && !word.starts_with('+'))
                    || (has("checkout") || has("switch") || has("worktree"))
                        && words.windows(2).any(|two| matches!(two, ["-b" | "-c" | "--create", made] if *made == name))
                    || matches!(words.as_slice(), ["branch", made, ..] if *made == name))
        };
        self.cx.line.invocations.iter().take(self.cx.index).rev().take(64).any(makes)
    }

    /// Says whether the same command without `--no-verify` comes right before: what its hooks refuse is done all the same.
    fn passes_hooks_by(&self) -> bool {
        let short = self.sub == "commit";
        if !matches!(self.sub, "commit" | "push" | "merge" | "am") {
            return false;
        }
        let skips = |args: &[Arg]| {
            args.iter().filter_map(|arg| arg.value.literal()).any(|word| {
                word == "--no-verify"
                    || short
                        && word.starts_with('-')
                        && !word.starts_with("--")
                        && word.split(['m', 'F', 'C', 'c']).next().is_some_and(|flags| flags.contains('n'))
            })
        };
        if !skips(self.args) {
            return false;
        }
        let before = self.cx.index.checked_sub(1).and_then(|at| self.cx.line.invocations.get(at));
        before.is_some_and(|inv| {
            inv.name() == Some("git") && inv.words().flatten().take(6).any(|word| word == self.sub) && !skips(&inv.args)
        })
    }

    /// Reads the subcommand's words.
    fn words(&self, spec: Spec) -> Words<'a> {
        Words::of(self.args, &spec)
    }

    /// The words in front of `--` and those behind it; `None` where there is none.
    fn around_dashes(&self) -> (&'a [Arg], Option<&'a [Arg]>) {
        match self.args.iter().position(|arg| arg.value.is("--")) {
            Some(at) => (self.args.get(..at).unwrap_or_default(), self.args.get(at + 1..)),
            None => (self.args, None),
        }
    }

    /// Where the repository lies.
    fn scope(&self) -> Scope {
        match self.here.cwd.literal() {
            Some(dir) => place::place(dir, self.cx),
            None => Scope::Unknown,
        }
    }

    /// An effect on the repository itself.
    fn effect(&self, kind: EffectKind, target: impl Into<String>, arg: Option<&Arg>) -> Effect {
        self.cx.effect(kind, target, self.scope(), arg.map_or(self.inv.span, |arg| arg.span))
    }

    /// Paths given to a subcommand, as effects; a pathspec for everything is the whole work tree.
    fn paths(&self, kind: EffectKind, paths: &[&Arg], out: &mut Vec<Effect>) {
        let tops = paths.iter().filter(|arg| self.is_top_folder(arg)).count();
        for arg in paths {
            let all = tops > 1 && self.is_top_folder(arg)
                || matches!(arg.value.literal(), Some("." | "./" | ":/" | "*" | ":" | "./*" | ":/*"))
                || is_star(&arg.value);
            for mut target in scope::targets(&arg.value, self.cx, &self.here) {
                target
                    .traits
                    .retain(|known| !matches!(known, Trait::Missing | Trait::Whole | Trait::Valuable | Trait::Scratch));
                let folder = self.cx.world.kind(&target.path) == PathKind::Dir;
                let top = self.here.cwd.literal().is_some_and(|cwd| normalize(cwd) == target.path);
                if all || top {
                    // What is unmodified now may not be when it runs.
                    target.traits.retain(|known| *known != Trait::Recoverable);
                }
                let effect = target.effect(kind, self.cx, arg.span);
                out.push(match (all || top, folder) {
                    (true, _) => effect.with([Trait::Whole, Trait::Recursive]),
                    (false, true) => effect.with([Trait::Recursive]),
                    (false, false) => effect,
                });
            }
        }
    }

    /// Says whether a word is a folder directly in the workspace.
    fn is_top_folder(&self, arg: &Arg) -> bool {
        scope::targets(&arg.value, self.cx, &self.here).iter().any(|target| {
            target.scope == Scope::Workspace
                && target.has(Trait::Valuable)
                && self.cx.world.kind(&target.path) == PathKind::Dir
        })
    }

    /// The folder that holds the repository's data, found from where git runs.
    fn git_dir(&self) -> Option<String> {
        let mut at = normalize(self.here.cwd.literal()?);
        for _ in 0..64 {
            let dot = join(&at, ".git");
            match self.cx.world.kind(&dot) {
                PathKind::Dir => return Some(dot),
                PathKind::File => {
                    let text = self.text_of(&dot)?;
                    return Some(normalize(&join(&at, text.strip_prefix("gitdir:")?.trim())));
                }
                _ if at == "/" => return None,
                _ => at = parent(&at).to_owned(),
            }
        }
        None
    }

    /// The branch that is checked out.
    fn branch(&self) -> Option<String> {
        let head = self.text_of(&join(&self.git_dir()?, "HEAD"))?;
        head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned)
    }

    /// Says whether a name is that of a branch, tag or remote branch.
    fn is_ref(&self, name: &str) -> bool {
        let Some(dir) = self.git_dir() else { return false };
        if name == "HEAD"
            || name.starts_with("HEAD~")
            || name.starts_with("HEAD^")
            || name == "-"
            || name.starts_with("@{")
        {
            return true;
        }
        let loose = ["refs/heads", "refs/tags", "refs/remotes"]
            .iter()
            .any(|kind| self.cx.world.kind(&format!("{dir}/{kind}/{name}")) == PathKind::File);
        loose
            || self.text_of(&join(&dir, "packed-refs")).is_some_and(|text| {
                text.lines().any(|line| {
                    line.ends_with(name)
                        && line
                            .split_once(" refs/")
                            .is_some_and(|(_, rest)| rest.split_once('/').is_some_and(|(_, short)| short == name))
                })
            })
    }

    fn text_of(&self, path: &str) -> Option<String> {
        Some(String::from_utf8_lossy(&self.cx.world.read(path, 1 << 20)?).into_owned())
    }
}

fn is_star(value: &Value) -> bool {
    value.has_glob() && !value.has_unknown() && matches!(value.text().as_ref(), "*" | "./*" | "**")
}

/// A folder seen from another one.
fn under(cwd: &Value, dir: &Value) -> Value {
    if dir.prefix().starts_with(['/', '~']) {
        return dir.clone();
    }
    let mut value = cwd.clone();
    value.push_lit("/");
    value.push_value(dir);
    value
}

/// Branches that others work from.
const SHARED: &[&str] = &[
    "main",
    "master",
    "trunk",
    "develop",
    "development",
    "dev",
    "release",
    "release/*",
    "release-*",
    "releases/*",
    "production",
    "prod",
    "staging",
    "stable",
    "stable/*",
    "default",
    "hotfix/*",
    "gh-pages",
    "next",
];

/// What a branch's name tells.
fn branch_traits(name: &str) -> Vec<Trait> {
    let name = name.strip_prefix("refs/heads/").unwrap_or(name);
    let mut traits = Vec::new();
    if super::paths::matches_any(SHARED, name) {
        traits.push(Trait::Valuable);
    }
    if matches!(name, "production" | "prod") || name.starts_with("prod-") || name.starts_with("production-") {
        traits.push(Trait::Production);
    }
    traits
}
