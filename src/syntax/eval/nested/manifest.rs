//! Files of a project that hold commands, or code under a name without an ending: `Taskfile.yml`, `tox.ini`, `Procfile`,
//! `Rakefile`, `.gdbinit`, an `ssh -F` file. Which tools run them, and what they would run.
//!
//! The texts are read as lines of keys, values and list items, which YAML, TOML and INI have in common; JSON as JSON.
//! More is found than runs (a task that was not asked for), and only what is certainly dangerous counts. Pure.

use crate::syntax::Value;
use crate::syntax::inside::Lang;

/// Commands of one file that are looked into.
const MAX_COMMANDS: usize = 64;

/// How a file holds what runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It is code.
    Code(Lang),
    /// Values of keys and items of lists.
    Values,
    /// Lines that begin with one of these words, the command behind it (`ssh_config(5)`).
    Behind(&'static [&'static str]),
    /// Each line is a command of this program (`tmux.conf`).
    Of(&'static str),
    /// `COMMAND` words of `CMake` calls.
    Cmake,
}

/// Files that some tools run; words stand with blanks between them.
pub(super) struct Manifest {
    tools: &'static str,
    /// Names, or what names end in where it begins with `*`.
    names: &'static str,
    /// Options of which the next word, or the rest of the same, names the file.
    options: &'static str,
    pub(super) how: How,
}

pub(super) const MANIFESTS: &[Manifest] = &[
    Manifest {
        tools: "rake bundle bundler vagrant guard cap pod fastlane brew rails thor danger",
        names: "Rakefile rakefile Gemfile Vagrantfile Guardfile Capfile Podfile *Fastfile Brewfile Thorfile \
            Dangerfile *.rake *.gemspec",
        options: "-f --rakefile --gemfile",
        how: How::Code(Lang::Ruby),
    },
    Manifest {
        tools: "task go-task",
        names: "*Taskfile.yml *Taskfile.yaml *askfile.dist.yml *.yml *.yaml",
        options: "-t --taskfile",
        how: How::Values,
    },
    Manifest {
        tools: "foreman honcho overmind goreman hivemind heroku",
        names: "Procfile *Procfile.dev *Procfile.local",
        options: "-f --procfile",
        how: How::Values,
    },
    Manifest {
        tools: "tox poe poethepoet hatch pdm rye taskipy pixi uv poetry cibuildwheel",
        names: "tox.ini setup.cfg pyproject.toml pixi.toml hatch.toml poe_tasks.toml",
        options: "-c --conf",
        how: How::Values,
    },
    Manifest {
        tools: "pre-commit prek lefthook git",
        names: ".pre-commit-config.yaml lefthook.yml .lefthook.yml lefthook.yaml",
        options: "-c --config",
        how: How::Values,
    },
    Manifest {
        tools: "mise rtx cargo cargo-make makers pitchfork process-compose supervisord circusd",
        names: ".mise.toml mise.toml *.mise.local.toml Makefile.toml .cargo/config.toml config.toml \
            *process-compose.yaml *supervisord.conf circus.ini",
        options: "-c -f --makefile --config --configuration",
        how: How::Values,
    },
    Manifest {
        tools: "composer deno bun npx nodemon turbo lint-staged concurrently lerna nx wireit watchexec",
        names: "composer.json deno.json deno.jsonc nodemon.json turbo.json .lintstagedrc *.lintstagedrc.json \
            project.json nx.json",
        options: "--config -c",
        how: How::Values,
    },
    Manifest {
        tools: "act gitlab-runner gitlab-ci-local circleci drone woodpecker-cli tmuxinator tmuxp teamocil dvc \
            snakemake devspace skaffold tilt earthly",
        names: "*.github/workflows/* .gitlab-ci.yml .circleci/config.yml .drone.yml .woodpecker.yml \
            .tmuxinator.yml .tmuxp.yaml dvc.yaml",
        options: "-W --workflows -c",
        how: How::Values,
    },
    Manifest { tools: "gdb rust-gdb cgdb gdb-multiarch", names: ".gdbinit", options: "", how: How::Code(Lang::Gdb) },
    Manifest {
        tools: "vim nvim vi gvim view ex vimdiff",
        names: ".vimrc .exrc .nvimrc .nvim.lua",
        options: "-u -S -s --startuptime -W",
        how: How::Code(Lang::Vim),
    },
    Manifest {
        tools: "ssh scp sftp git rsync",
        names: "*.ssh/config",
        options: "-F",
        how: How::Behind(&["ProxyCommand", "LocalCommand", "KnownHostsCommand", "Match exec"]),
    },
    Manifest { tools: "tmux", names: "*.tmux.conf", options: "-f", how: How::Of("tmux") },
    Manifest { tools: "ansible-playbook ansible-pull", names: "*.yml *.yaml", options: "", how: How::Values },
    Manifest { tools: "mix iex elixir", names: "*.exs *.ex", options: "", how: How::Code(Lang::Elixir) },
    Manifest {
        tools: "gradle gradlew mvn ant sbt",
        names: "*.gradle *.gradle.kts build.sbt",
        options: "-b -I",
        how: How::Code(Lang::Unread),
    },
    Manifest { tools: "cmake ctest make ninja", names: "CMakeLists.txt *.cmake", options: "-P -C", how: How::Cmake },
];

impl Manifest {
    /// Says whether it is for this tool.
    pub(super) fn is_for(&self, tool: &str) -> bool {
        self.tools.split(' ').any(|known| known == tool)
    }

    /// Says whether the tool takes a file of this path by itself.
    pub(super) fn holds(&self, path: &str) -> bool {
        self.names.split(' ').any(|name| match name.strip_prefix('*') {
            Some(part) if part.ends_with('*') => path.contains(part.trim_end_matches('*')),
            Some(end) => path.ends_with(end),
            None => path.strip_suffix(name).is_some_and(|front| front.ends_with('/')),
        })
    }

    /// Files that the words name behind an option.
    pub(super) fn named<'w>(&self, words: &[&'w str]) -> Vec<&'w str> {
        let mut found = Vec::new();
        for (at, word) in words.iter().enumerate() {
            for option in self.options.split(' ').filter(|option| !option.is_empty()) {
                match word.strip_prefix(option) {
                    Some("") => found.extend(words.get(at + 1).copied()),
                    Some(rest) if !option.starts_with("--") => found.push(rest),
                    Some(rest) => found.extend(rest.strip_prefix('=')),
                    None => {}
                }
            }
        }
        found
    }
}

/// The commands that a file holds.
pub(super) fn commands(how: How, text: &str) -> Vec<Value> {
    let mut found = match how {
        How::Code(_) => Vec::new(),
        How::Values => match serde_json::from_str::<serde_json::Value>(text) {
            Ok(json) => {
                let mut found = Vec::new();
                strings(&json, &mut found);
                found
            }
            Err(_) => values(text),
        },
        How::Behind(words) => text.lines().filter_map(|line| behind(line.trim(), words)).collect(),
        How::Of(program) => text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| format!("{program} {line}"))
            .collect(),
        How::Cmake => cmake(text),
    };
    found.truncate(MAX_COMMANDS);
    found.into_iter().map(Value::lit).collect()
}

/// Keys of which the values are words for people.
const PROSE: &[&str] = &[
    "name",
    "desc",
    "description",
    "help",
    "summary",
    "title",
    "id",
    "image",
    "url",
    "homepage",
    "message",
    "version",
    "echo",
];

/// All strings below a JSON value that could be commands.
fn strings(json: &serde_json::Value, found: &mut Vec<String>) {
    if found.len() >= MAX_COMMANDS {
        return;
    }
    match json {
        serde_json::Value::String(text) if text.contains(' ') => found.push(text.clone()),
        serde_json::Value::Array(list) => list.iter().for_each(|value| strings(value, found)),
        serde_json::Value::Object(map) => {
            map.iter().filter(|(key, _)| !PROSE.contains(&key.as_str())).for_each(|(_, value)| strings(value, found));
        }
        _ => {}
    }
}

/// Values of `key: value`, `key = value` and `- value`; the lines below a key, by their indentation, are one more.
fn values(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    // A text of several lines: how deep its key stands, or the mark behind it.
    let mut block: Option<(usize, &str)> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        let deep = line.len() - line.trim_start().len();
        if trimmed.is_empty() {
            continue;
        }
        if let Some((key, mark)) = block {
            let (line, ends) = match trimmed.strip_suffix(mark) {
                Some(line) if !mark.is_empty() => (line, true),
                _ => (trimmed, false),
            };
            if !mark.is_empty() || deep > key {
                if let Some(text) = found.last_mut() {
                    text.push_str(line);
                    text.push('\n');
                }
                block = block.filter(|_| !ends);
                continue;
            }
            block = None;
        }
        if trimmed.starts_with(['#', ';', '[', '{']) && !trimmed.starts_with("[\"") {
            continue;
        }
        if found.len() >= MAX_COMMANDS {
            break;
        }
        let item = trimmed.strip_prefix("- ").unwrap_or(trimmed).trim_start();
        let (key, value) = pair(item);
        if key.is_some_and(|key| PROSE.contains(&key.trim_matches('"'))) {
            continue;
        }
        match value {
            // A key of YAML with nothing behind it has further keys below.
            "" if trimmed.starts_with('-') || !trimmed.contains('=') => {}
            "" | "|" | ">" | "|-" | ">-" | "|+" | "\"\"\"" | "'''" => {
                found.push(String::new());
                block = Some((deep, if value.len() == 3 { value } else { "" }));
            }
            value => found.extend(scalars(value)),
        }
    }
    found
}

/// A key in front of a value; an item of a list has none.
fn pair(item: &str) -> (Option<&str>, &str) {
    let end = item.find(|c: char| !(c.is_alphanumeric() || "_-.\"/{}$".contains(c))).unwrap_or(item.len());
    let (key, rest) = item.split_at(end);
    let rest = rest.trim_start();
    match rest.strip_prefix([':', '=']) {
        Some(value) if !key.is_empty() => (Some(key), value.trim()),
        _ => (None, item),
    }
}

/// A text without the quotes around it.
fn bare(text: &str) -> String {
    let text = text.trim();
    let quoted = |mark| text.strip_prefix(mark).and_then(|text: &str| text.strip_suffix(mark));
    let double = quoted('"').filter(|inner| !inner.replace("\\\"", "").contains('"'));
    let single = || quoted('\'').filter(|inner| !inner.contains('\'')).map(str::to_owned);
    double.map(|text| text.replace("\\\"", "\"")).or_else(single).unwrap_or_else(|| text.to_owned())
}

/// A value; of a list in brackets each item, and all of them as the words of one command.
fn scalars(value: &str) -> Vec<String> {
    let Some(list) = value.strip_prefix('[').and_then(|list| list.strip_suffix(']')) else { return vec![bare(value)] };
    let items: Vec<String> = list.split(',').map(bare).collect();
    let words: Vec<&str> = items.iter().map(String::as_str).collect();
    let whole = shell_words::join(words);
    items.into_iter().filter(|item| item.contains(' ')).chain(std::iter::once(whole)).collect()
}

/// What stands behind one of the words at the front of a line; the case of the words does not matter.
fn behind(line: &str, words: &[&str]) -> Option<String> {
    words.iter().find_map(|word| {
        let front = line.get(..word.len())?;
        let rest = line.get(word.len()..)?;
        (front.eq_ignore_ascii_case(word) && rest.starts_with([' ', '\t', '=']))
            .then(|| bare(rest.trim_start_matches([' ', '\t', '='])))
    })
}

/// The words behind `COMMAND` up to the next word in capitals or the end of the call.
fn cmake(text: &str) -> Vec<String> {
    text.split("COMMAND ")
        .skip(1)
        .map(|rest| {
            let call = rest.split([')', '\n']).next().unwrap_or_default();
            let plain =
                |word: &&str| !(word.len() > 3 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'));
            call.split_whitespace().take_while(plain).collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(how: How, text: &str) -> Vec<String> {
        commands(how, text).iter().map(|value| value.text().into_owned()).collect()
    }

    #[test]
    fn values_of_all_formats() {
        let rows: &[(&str, &[&str])] = &[
            (
                "tasks:\n  x:\n    desc: not this\n    cmds:\n      - rm -rf a\n      - echo 'b: c'\n",
                &["rm -rf a", "echo 'b: c'"],
            ),
            ("run: |\n  one\n  two\nrun: three\n", &["one\ntwo\n", "three"]),
            ("web: rm -rf a\n", &["rm -rf a"]),
            ("[testenv]\ncommands =\n    rm a\n    rm b\n[x]\n", &["rm a\nrm b\n"]),
            ("[tasks.x]\nrun = \"rm -rf a\"\n", &["rm -rf a"]),
            ("run = [\"rm a\", \"ls\"]\n", &["rm a", "'rm a' ls"]),
            ("run = '''\nrm a\n'''\n", &["rm a\n\n"]),
            ("entry: rm -rf /x\nlanguage: system\n", &["rm -rf /x", "system"]),
            ("{\"scripts\": {\"test\": [\"rm -rf a\"], \"description\": \"rm b c\"}}", &["rm -rf a"]),
        ];
        for (text, wanted) in rows {
            assert_eq!(found(How::Values, text), *wanted, "{text}");
        }
    }

    #[test]
    fn lines_of_ssh_tmux_and_cmake() {
        let ssh = How::Behind(&["ProxyCommand", "Match exec"]);
        assert_eq!(found(ssh, "Host *\n  proxycommand sh -c 'x'\n Match exec \"rm a\"\n"), ["sh -c 'x'", "rm a"]);
        assert_eq!(found(How::Of("tmux"), "# no\nrun-shell 'rm a'\n"), ["tmux run-shell 'rm a'"]);
        assert_eq!(found(How::Cmake, "execute_process(COMMAND rm -rf x OUTPUT_VARIABLE y)"), ["rm -rf x"]);
    }
}
