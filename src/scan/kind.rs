//! What kind of file it is, by name and first line.

use super::ci::Form;

/// A kind of file that holds commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A script for sh, bash, zsh or one of their kin.
    Shell,
    /// A makefile.
    Make,
    /// A Dockerfile or Containerfile.
    Docker,
    /// `package.json`.
    Package,
    /// A justfile.
    Just,
    /// A crontab.
    Cron,
    /// A systemd unit.
    Systemd,
    /// YAML of a CI service or a tool.
    Yaml(Form),
}

/// Shells whose scripts are read.
const SHELLS: &[&str] = &["sh", "bash", "zsh", "dash", "ksh", "mksh", "ash", "busybox"];

/// Whole names.
const NAMES: &[(&str, Kind)] = &[
    ("makefile", Kind::Make),
    ("gnumakefile", Kind::Make),
    ("dockerfile", Kind::Docker),
    ("containerfile", Kind::Docker),
    ("package.json", Kind::Package),
    ("justfile", Kind::Just),
    (".justfile", Kind::Just),
    ("crontab", Kind::Cron),
    (".gitlab-ci.yml", Kind::Yaml(Form::GitLab)),
    (".gitlab-ci.yaml", Kind::Yaml(Form::GitLab)),
    ("azure-pipelines.yml", Kind::Yaml(Form::Azure)),
    ("azure-pipelines.yaml", Kind::Yaml(Form::Azure)),
    ("bitbucket-pipelines.yml", Kind::Yaml(Form::Bitbucket)),
    ("bitbucket-pipelines.yaml", Kind::Yaml(Form::Bitbucket)),
    (".travis.yml", Kind::Yaml(Form::Travis)),
    (".drone.yml", Kind::Yaml(Form::Drone)),
    (".woodpecker.yml", Kind::Yaml(Form::Drone)),
    (".woodpecker.yaml", Kind::Yaml(Form::Drone)),
    ("action.yml", Kind::Yaml(Form::GitHub)),
    ("action.yaml", Kind::Yaml(Form::GitHub)),
    ("taskfile.yml", Kind::Yaml(Form::Task)),
    ("taskfile.yaml", Kind::Yaml(Form::Task)),
    ("taskfile.dist.yml", Kind::Yaml(Form::Task)),
    (".pre-commit-config.yaml", Kind::Yaml(Form::PreCommit)),
    (".bashrc", Kind::Shell),
    (".bash_profile", Kind::Shell),
    (".bash_login", Kind::Shell),
    (".bash_logout", Kind::Shell),
    (".bash_aliases", Kind::Shell),
    (".profile", Kind::Shell),
    (".zshrc", Kind::Shell),
    (".zshenv", Kind::Shell),
    (".zprofile", Kind::Shell),
    (".zlogin", Kind::Shell),
    (".envrc", Kind::Shell),
];

/// Endings behind the last dot.
const ENDINGS: &[(&str, Kind)] = &[
    ("sh", Kind::Shell),
    ("bash", Kind::Shell),
    ("zsh", Kind::Shell),
    ("ksh", Kind::Shell),
    ("mk", Kind::Make),
    ("mak", Kind::Make),
    ("make", Kind::Make),
    ("dockerfile", Kind::Docker),
    ("containerfile", Kind::Docker),
    ("just", Kind::Just),
    ("cron", Kind::Cron),
    ("crontab", Kind::Cron),
    ("service", Kind::Systemd),
    ("socket", Kind::Systemd),
    ("mount", Kind::Systemd),
];

/// Folders somewhere above a file, and what the files of an ending in them are.
const FOLDERS: &[(&str, &[&str], Kind)] = &[
    ("/.github/workflows/", &["yml", "yaml"], Kind::Yaml(Form::GitHub)),
    ("/.gitea/workflows/", &["yml", "yaml"], Kind::Yaml(Form::GitHub)),
    ("/.forgejo/workflows/", &["yml", "yaml"], Kind::Yaml(Form::GitHub)),
    ("/.circleci/", &["yml", "yaml"], Kind::Yaml(Form::Circle)),
    ("/.gitlab/", &["yml", "yaml"], Kind::Yaml(Form::GitLab)),
    ("/.azure-pipelines/", &["yml", "yaml"], Kind::Yaml(Form::Azure)),
    ("/.woodpecker/", &["yml", "yaml"], Kind::Yaml(Form::Drone)),
    ("/cron.d/", &[""], Kind::Cron),
    ("/.husky/", &[""], Kind::Shell),
];

impl Kind {
    /// Tells the kind by the path alone.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        if let Some((_, kind)) = NAMES.iter().find(|(known, _)| *known == name) {
            return Some(*kind);
        }
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let rooted = format!("/{path}");
        if let Some((.., kind)) =
            FOLDERS.iter().find(|(folder, endings, _)| rooted.contains(folder) && endings.contains(&ending))
        {
            return Some(*kind);
        }
        let yaml = matches!(ending, "yml" | "yaml");
        if yaml && (name.starts_with("docker-compose") || name.starts_with("compose.")) {
            return Some(Self::Yaml(Form::Compose));
        }
        if yaml && name.ends_with(&format!(".gitlab-ci.{ending}")) {
            return Some(Self::Yaml(Form::GitLab));
        }
        if name.starts_with("dockerfile.") || name.starts_with("containerfile.") {
            return Some(Self::Docker);
        }
        ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, kind)| *kind)
    }

    /// Tells the kind by the first line, where it names a shell.
    #[must_use]
    pub fn of_first_line(head: &[u8]) -> Option<Self> {
        let line = head.strip_prefix(b"#!")?.split(|&byte| byte == b'\n').next()?;
        let line = String::from_utf8_lossy(line);
        let mut words = line.split_whitespace();
        let program = words.next()?.rsplit('/').next()?;
        let program = match program {
            "env" => words.find(|word| !word.starts_with('-') && !word.contains('='))?.rsplit('/').next()?,
            program => program,
        };
        match program {
            "make" => Some(Self::Make),
            "just" => Some(Self::Just),
            program => SHELLS.contains(&program).then_some(Self::Shell),
        }
    }

    /// Where commands of a file start: empty where that is up to who runs it.
    pub(super) fn folder(self, path: &str) -> String {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| if parent.is_empty() { "/" } else { parent });
        match self {
            Self::Shell | Self::Cron | Self::Systemd | Self::Docker => String::new(),
            Self::Make | Self::Package | Self::Just => parent.to_owned(),
            Self::Yaml(_) => {
                let rooted = format!("/{path}");
                let top = [".github", ".gitea", ".forgejo", ".circleci", ".gitlab", ".azure-pipelines", ".woodpecker"]
                    .iter()
                    .find_map(|folder| rooted.rfind(&format!("/{folder}/")));
                match top {
                    Some(0) => String::new(),
                    Some(at) => path.get(..at - 1).unwrap_or(parent).to_owned(),
                    None => parent.to_owned(),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_first_lines() {
        let table = [
            ("a/build.sh", Some(Kind::Shell)),
            ("Makefile", Some(Kind::Make)),
            ("x/rules.mk", Some(Kind::Make)),
            ("Dockerfile.dev", Some(Kind::Docker)),
            ("api.Dockerfile", Some(Kind::Docker)),
            ("Containerfile", Some(Kind::Docker)),
            (".github/workflows/ci.yml", Some(Kind::Yaml(Form::GitHub))),
            ("/r/.github/workflows/ci.yaml", Some(Kind::Yaml(Form::GitHub))),
            (".github/dependabot.yml", None),
            (".github/actions/x/action.yml", Some(Kind::Yaml(Form::GitHub))),
            (".circleci/config.yml", Some(Kind::Yaml(Form::Circle))),
            ("ci/deploy.gitlab-ci.yml", Some(Kind::Yaml(Form::GitLab))),
            ("docker-compose.prod.yml", Some(Kind::Yaml(Form::Compose))),
            (".husky/pre-commit", Some(Kind::Shell)),
            ("etc/cron.d/backup", Some(Kind::Cron)),
            ("web.service", Some(Kind::Systemd)),
            ("values.yaml", None),
            ("main.rs", None),
            ("README", None),
        ];
        for (path, want) in table {
            assert_eq!(Kind::of_path(path), want, "{path}");
        }
        let heads = [
            ("#!/bin/sh\n", Some(Kind::Shell)),
            ("#! /usr/bin/env -S bash -e\n", Some(Kind::Shell)),
            ("#!/usr/bin/env FOO=1 zsh\n", Some(Kind::Shell)),
            ("#!/usr/bin/env python3\n", None),
            ("#!/usr/bin/make -f", Some(Kind::Make)),
            ("echo\n", None),
        ];
        for (head, want) in heads {
            assert_eq!(Kind::of_first_line(head.as_bytes()), want, "{head}");
        }
    }

    #[test]
    fn folders_of_commands() {
        let github = Kind::Yaml(Form::GitHub);
        let table = [
            (Kind::Make, "a/b/Makefile", "a/b"),
            (Kind::Make, "Makefile", ""),
            (Kind::Make, "/Makefile", "/"),
            (Kind::Shell, "a/x.sh", ""),
            (github, ".github/workflows/ci.yml", ""),
            (github, "/w/r/.github/workflows/ci.yml", "/w/r"),
            (github, "sub/.github/actions/x/action.yml", "sub"),
            (Kind::Yaml(Form::GitLab), "r/.gitlab-ci.yml", "r"),
        ];
        for (kind, path, want) in table {
            assert_eq!(kind.folder(path), want, "{path}");
        }
    }
}
