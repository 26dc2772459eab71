//! Variables that hold code for the program they are set for.
//!
//! Only what the line itself sets counts: what the session's start already had is not asked about.

use super::{Cx, Dialect, Inner, Step};
use crate::syntax::{Arg, Value, paths};

/// What a variable holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// Text for a shell.
    Text,
    /// A file that a shell reads first.
    File,
    /// A folder with the shell's start files.
    Folder,
    /// A filter: text behind a bar.
    Filter,
    /// Options of the program itself.
    Options,
    /// A shell, or another program in its place.
    Program,
    /// A folder with programs.
    Programs,
}

/// Terraform's variable for words of its own.
const TERRAFORM: &str = "TF_CLI_ARGS";

const SHELLS: &[&str] = &["bash", "sh", "zsh", "dash", "ksh", "ash"];
const EDITED: &[&str] = &[
    "git",
    "crontab",
    "kubectl",
    "oc",
    "gh",
    "less",
    "svn",
    "hg",
    "systemctl",
    "visudo",
    "vipw",
    "sudoedit",
    "psql",
    "chezmoi",
    "jj",
    "edquota",
    "vigr",
    "pass",
    "sops",
    "ansible-vault",
    "bundle",
    "gem",
    "helm",
];
const PAGED: &[&str] = &[
    "git",
    "man",
    "systemctl",
    "journalctl",
    "psql",
    "mysql",
    "gh",
    "aws",
    "bat",
    "less",
    "gdb",
    "sqlite3",
    "timedatectl",
    "loginctl",
    "networkctl",
    "machinectl",
    "jj",
    "hg",
];

/// Variable, the programs that read it, and how.
const TABLE: &[(&str, &[&str], Holds)] = &[
    ("GIT_SSH_COMMAND", &["git"], Holds::Text),
    ("GIT_SSH", &["git"], Holds::Text),
    ("GIT_PAGER", &["git"], Holds::Text),
    ("GIT_EDITOR", &["git"], Holds::Text),
    ("GIT_SEQUENCE_EDITOR", &["git"], Holds::Text),
    ("GIT_EXTERNAL_DIFF", &["git"], Holds::Text),
    ("GIT_PROXY_COMMAND", &["git"], Holds::Text),
    ("GIT_ASKPASS", &["git"], Holds::Text),
    ("SSH_ASKPASS", &["git", "ssh", "scp", "sftp", "ssh-add"], Holds::Text),
    ("SUDO_ASKPASS", &["sudo"], Holds::Text),
    ("SUDO_EDITOR", &["sudo", "sudoedit"], Holds::Text),
    ("PAGER", PAGED, Holds::Text),
    ("MANPAGER", &["man"], Holds::Text),
    ("SYSTEMD_PAGER", &["systemctl", "journalctl", "timedatectl", "loginctl"], Holds::Text),
    ("GH_PAGER", &["gh"], Holds::Text),
    ("AWS_PAGER", &["aws"], Holds::Text),
    ("BAT_PAGER", &["bat", "batcat"], Holds::Text),
    ("PSQL_PAGER", &["psql"], Holds::Text),
    ("PSQL_EDITOR", &["psql"], Holds::Text),
    ("EDITOR", EDITED, Holds::Text),
    ("VISUAL", EDITED, Holds::Text),
    ("KUBE_EDITOR", &["kubectl", "oc"], Holds::Text),
    ("GH_EDITOR", &["gh"], Holds::Text),
    ("GH_BROWSER", &["gh"], Holds::Text),
    ("BROWSER", &["gh", "git", "npm", "xdg-open", "man", "gcloud", "az"], Holds::Text),
    ("LESSOPEN", &["less", "man", "git", "zless", "bat", "batcat"], Holds::Filter),
    ("LESSCLOSE", &["less", "man", "git"], Holds::Filter),
    ("RSYNC_RSH", &["rsync"], Holds::Text),
    ("RSYNC_CONNECT_PROG", &["rsync"], Holds::Text),
    ("CVS_RSH", &["cvs"], Holds::Text),
    ("SVN_SSH", &["svn"], Holds::Text),
    ("TAR_OPTIONS", &["tar", "gtar"], Holds::Options),
    ("FZF_DEFAULT_COMMAND", &["fzf"], Holds::Text),
    ("RUSTC_WRAPPER", &["cargo"], Holds::Text),
    ("RUSTC_WORKSPACE_WRAPPER", &["cargo"], Holds::Text),
    ("RUSTC", &["cargo"], Holds::Text),
    ("GIT_EXEC_PATH", &["git"], Holds::Programs),
    ("GOFLAGS", &["go"], Holds::Options),
    ("ANSIBLE_SSH_EXECUTABLE", &["ansible", "ansible-playbook"], Holds::Text),
    ("KUBECTL_EXTERNAL_DIFF", &["kubectl", "oc"], Holds::Text),
    ("CARGO_BUILD_RUSTC_WRAPPER", &["cargo"], Holds::Text),
    ("npm_config_script_shell", &["npm", "npx", "pnpm"], Holds::Program),
    ("MAKESHELL", &["make", "gmake"], Holds::Program),
    ("BASH_ENV", &["bash", "sh"], Holds::File),
    ("ENV", &["sh", "dash", "ksh", "ash"], Holds::File),
    ("ZDOTDIR", &["zsh"], Holds::Folder),
    ("PROMPT_COMMAND", &["bash"], Holds::Text),
];

/// Says whether some program takes a variable's value for code, or for words of its own.
#[must_use]
pub fn holds_code(name: &str) -> bool {
    let git = ["GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"].contains(&name)
        || name.strip_prefix("GIT_CONFIG_KEY_").or_else(|| name.strip_prefix("GIT_CONFIG_VALUE_")).is_some();
    // What shells read for themselves is the affair of whoever starts one.
    let shells = ["BASH_ENV", "ENV", "ZDOTDIR", "PROMPT_COMMAND"].contains(&name);
    let options = ["PERL5OPT", "PERL5DB", "NODE_OPTIONS", "RUBYOPT", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS"];
    git || name.starts_with(TERRAFORM)
        || options.contains(&name)
        || !shells && TABLE.iter().any(|(known, ..)| *known == name)
}

pub(super) fn steps(cx: &Cx<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for (index, (name, value)) in cx.inv.assigns.iter().enumerate() {
        let entry = TABLE.iter().find(|(var, programs, _)| var == name && programs.contains(&cx.name));
        if entry.is_none() && name != "PS4" || cx.inv.assigns.iter().skip(index + 1).any(|(later, _)| later == name) {
            continue;
        }
        if let Some((_, _, holds)) = entry {
            steps.extend(step(cx, name, value, *holds));
        } else if name == "PS4" && SHELLS.contains(&cx.name) && value.text().contains(['$', '`']) && traces(cx) {
            let mut text = Value::lit(": \"");
            text.push_value(value);
            text.push_lit("\"");
            steps.push(Cx::shell(name.as_str(), &text, cx.inv.span));
        }
    }
    if cx.name == "git" {
        steps.extend(super::git::environment(cx));
    }
    if matches!(cx.name, "terraform" | "tofu") {
        steps.extend(terraform(cx));
    }
    steps
}

/// `TF_CLI_ARGS`, `TF_CLI_ARGS_apply`: words that terraform puts behind its first operand.
fn terraform(cx: &Cx<'_>) -> Vec<Step> {
    let verb = cx.args().iter().position(|arg| !arg.value.prefix().starts_with('-'));
    let name = verb.and_then(|at| cx.args().get(at)).and_then(|arg| arg.value.literal()).unwrap_or_default();
    let own = format!("{TERRAFORM}_{}", name.replace(' ', "_"));
    let mut steps = Vec::new();
    let mut words = cx.args().to_vec();
    let mut assigns = Vec::new();
    // The verb's own come to stand behind the general ones.
    for variable in [own.as_str(), TERRAFORM] {
        let set = cx.inv.assigns.iter().rev().find(|(set, _)| set == variable);
        let Some((_, value)) = set.filter(|(_, value)| !value.is("")) else { continue };
        let more = super::words::at(super::words::fields(value), cx.inv.span);
        // A verb among them counts by itself: which of two is taken need not be known.
        if more.first().is_some_and(|first| !first.value.prefix().starts_with('-')) {
            let alone: Vec<Arg> = std::iter::once(cx.inv.program.word().clone()).chain(more.iter().cloned()).collect();
            steps.push(Step::new(variable, Inner::Words(alone)));
        }
        let at = verb.map_or(0, |at| at + 1).min(words.len());
        words.splice(at..at, more);
        assigns.push((variable.to_owned(), Value::default()));
    }
    if !assigns.is_empty() {
        words.insert(0, cx.inv.program.word().clone());
        steps.push(Step::new(TERRAFORM, Inner::Words(words)));
    }
    for step in &mut steps {
        step.assigns.clone_from(&assigns);
    }
    steps
}

/// A folder of programs that lies in a temporary one, or is not known.
pub(super) fn hidden_folder(label: &str, folder: &Value) -> Option<Step> {
    let hidden = folder.literal().is_none_or(paths::is_temporary);
    hidden.then(|| Step::new(label, Inner::Hidden(format!("{label}={}", folder.text()))))
}

/// The shell prints what it runs, and so expands `PS4`.
fn traces(cx: &Cx<'_>) -> bool {
    let flag = cx.args().iter().any(|arg| arg.value.prefix().starts_with('-') && arg.value.prefix().contains('x'));
    flag || cx.inv.assigns.iter().any(|(name, _)| name == "SHELLOPTS")
}

fn step(cx: &Cx<'_>, name: &str, value: &Value, holds: Holds) -> Vec<Step> {
    if value.is("") {
        return Vec::new();
    }
    let span = cx.inv.span;
    let inner = match holds {
        Holds::Program if super::words::program_name(value).and_then(super::Dialect::of_name).is_some() => {
            return Vec::new();
        }
        Holds::Text | Holds::Program => return cx.hook(name, value, span),
        Holds::Filter => {
            let text = value.prefix().trim_start_matches(['|', '-', ' ']);
            let text = super::words::without_front(value, value.prefix().len() - text.len());
            return cx.hook(name, &super::words::replace(&text, "%s", &Value::lit("file")).0, span);
        }
        Holds::File => {
            if value.is("/dev/null") {
                return Vec::new();
            }
            Inner::ShellFile { path: value.clone(), span, params: Vec::new(), dialect: Dialect::Bash }
        }
        Holds::Folder => {
            let mut path = value.clone();
            path.push_lit("/.zshenv");
            Inner::ShellFile { path, span, params: Vec::new(), dialect: Dialect::Zsh }
        }
        Holds::Programs => return hidden_folder(name, value).into_iter().collect(),
        Holds::Options => {
            // What stands in the variable is read as if it stood in front of the words.
            let mut words = vec![cx.inv.program.word().clone()];
            words.extend(super::words::at(super::words::fields(value), span));
            Inner::Words(words)
        }
    };
    let mut step = Step::new(name, inner);
    if holds == Holds::Options {
        step.assigns.push((name.to_owned(), Value::default()));
    }
    vec![step]
}
