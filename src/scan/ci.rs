//! YAML of CI services and tools: which keys hold commands, and what stands around them.

use std::collections::HashSet;
use std::rc::Rc;

use super::template::{self, Template};
use super::yaml::{self, Node};
use super::{Command, Place, Text};
use crate::policy::located::Problem;
use crate::syntax::Span;

/// Whose YAML it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// GitHub Actions: workflows and actions; Gitea and Forgejo have taken the form over.
    GitHub,
    /// GitLab CI.
    GitLab,
    /// `CircleCI`.
    Circle,
    /// Azure Pipelines.
    Azure,
    /// Bitbucket Pipelines.
    Bitbucket,
    /// Travis CI.
    Travis,
    /// Drone and Woodpecker.
    Drone,
    /// Docker Compose.
    Compose,
    /// Task.
    Task,
    /// pre-commit.
    PreCommit,
}

/// How a key's value holds commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// A text, or a list of texts that one shell reads.
    Shell,
    /// As `Shell`, for PowerShell.
    PowerShell,
    /// A text or a map with a `command`.
    Run,
    /// A list of texts, each for a shell of its own.
    Each,
    /// Words for no shell: a list, or a text that is split.
    Words,
}

/// What a form's keys mean.
struct Spec {
    form: Form,
    place: Place,
    keys: &'static [(&'static str, How)],
    vars: &'static [&'static str],
    folder: &'static str,
    templates: &'static [Template],
}

const SPECS: &[Spec] = &[
    Spec {
        form: Form::GitHub,
        place: Place::Runner,
        keys: &[("run", How::Shell)],
        vars: &["env"],
        folder: "working-directory",
        templates: &[Template::Dollars],
    },
    Spec {
        form: Form::GitLab,
        place: Place::Runner,
        keys: &[
            ("before_script", How::Shell),
            ("script", How::Shell),
            ("after_script", How::Shell),
            ("pre_get_sources_script", How::Shell),
        ],
        vars: &["variables"],
        folder: "",
        templates: &[Template::Brackets],
    },
    Spec {
        form: Form::Circle,
        place: Place::Runner,
        keys: &[("run", How::Run)],
        vars: &["environment"],
        folder: "working_directory",
        templates: &[Template::Angles],
    },
    Spec {
        form: Form::Azure,
        place: Place::Runner,
        keys: &[
            ("script", How::Shell),
            ("bash", How::Shell),
            ("inlineScript", How::Shell),
            ("powershell", How::PowerShell),
            ("pwsh", How::PowerShell),
        ],
        vars: &["env", "variables"],
        folder: "workingDirectory",
        templates: &[Template::Dollars, Template::Macro],
    },
    Spec {
        form: Form::Bitbucket,
        place: Place::Runner,
        keys: &[("script", How::Shell), ("after-script", How::Shell)],
        vars: &[],
        folder: "",
        templates: &[],
    },
    Spec {
        form: Form::Travis,
        place: Place::Runner,
        keys: &[
            ("before_install", How::Shell),
            ("install", How::Shell),
            ("before_script", How::Shell),
            ("script", How::Shell),
            ("before_cache", How::Shell),
            ("after_success", How::Shell),
            ("after_failure", How::Shell),
            ("before_deploy", How::Shell),
            ("after_deploy", How::Shell),
            ("after_script", How::Shell),
        ],
        vars: &[],
        folder: "",
        templates: &[],
    },
    Spec {
        form: Form::Drone,
        place: Place::Runner,
        keys: &[("commands", How::Shell)],
        vars: &["environment"],
        folder: "directory",
        templates: &[],
    },
    Spec {
        form: Form::Compose,
        place: Place::Image,
        keys: &[("command", How::Words), ("entrypoint", How::Words), ("test", How::Words)],
        vars: &["environment"],
        folder: "",
        templates: &[Template::Doubled],
    },
    Spec {
        form: Form::Task,
        place: Place::Here,
        keys: &[("cmds", How::Each), ("cmd", How::Each), ("status", How::Each), ("sh", How::Each)],
        vars: &["env", "vars"],
        folder: "dir",
        templates: &[Template::Braces],
    },
    Spec {
        form: Form::PreCommit,
        place: Place::Here,
        keys: &[("entry", How::Shell)],
        vars: &[],
        folder: "",
        templates: &[],
    },
];

/// Nodes that are looked at; aliases can name one node many times.
const MAX_STEPS: usize = 200_000;

/// What holds for the nodes below.
#[derive(Clone, Debug, Default)]
struct Around {
    vars: Rc<Vec<(String, String)>>,
    folder: String,
    shell: Option<String>,
    windows: bool,
}

struct Walk {
    spec: &'static Spec,
    steps: usize,
    found: Vec<Command>,
    /// Where commands were found: aliases lead to one place many times.
    seen: HashSet<Span>,
}

pub(super) fn commands(form: Form, path: &str, text: &str) -> Result<Vec<Command>, Problem> {
    let Some(spec) = SPECS.iter().find(|spec| spec.form == form) else { return Ok(Vec::new()) };
    let mut walk = Walk { spec, steps: 0, found: Vec::new(), seen: HashSet::new() };
    for document in yaml::read(path, text)? {
        walk.node(&document, &Around::default());
    }
    Ok(walk.found)
}

impl Walk {
    fn node(&mut self, node: &Node, around: &Around) {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return;
        }
        for item in node.items() {
            self.node(item, around);
        }
        let mut entries = node.entries().peekable();
        if entries.peek().is_none() {
            return;
        }
        let here = self.around(node, around);
        for (key, value) in entries {
            let how = self.spec.keys.iter().find(|(name, _)| *name == key).map(|(_, how)| *how);
            match how {
                // Values of variables and inputs may have any name.
                _ if self.spec.vars.contains(&key) && self.spec.form != Form::Task => {}
                _ if key == "with" && self.spec.form == Form::GitHub => {}
                Some(how) => self.held(key, value, how, &here),
                None => self.node(value, &here),
            }
        }
    }

    /// What a map says for itself and what is in it.
    fn around(&self, node: &Node, outer: &Around) -> Around {
        let mut here = outer.clone();
        for vars in self.spec.vars.iter().filter_map(|key| node.get(key)) {
            let own: Vec<(String, String)> = variables(vars).collect();
            if !own.is_empty() {
                Rc::make_mut(&mut here.vars).extend(own);
            }
        }
        let defaults = node.get("defaults").and_then(|defaults| defaults.get("run"));
        for place in defaults.map(|run| &**run).into_iter().chain([node]) {
            if let Some(folder) = place.get_str(self.spec.folder).filter(|folder| !folder.contains('$')) {
                folder.clone_into(&mut here.folder);
            }
            if let Some(shell) = place.get_str("shell") {
                here.shell = Some(shell.to_owned());
            }
        }
        if node.get_str("task").is_some_and(|task| task.contains("PowerShell")) {
            here.shell = Some("pwsh".to_owned());
        }
        let machine = node.get("runs-on").or_else(|| node.get("vmImage"));
        let machine = machine.or_else(|| node.get("pool").and_then(|pool| pool.get("vmImage")));
        if let Some(machine) = machine.and_then(|machine| machine.str()) {
            here.windows = machine.to_ascii_lowercase().contains("windows");
        }
        here
    }

    /// The value of a key that holds commands.
    fn held(&mut self, key: &str, value: &Node, how: How, around: &Around) {
        match (how, value) {
            (How::Run, Node::Map(_)) => {
                let here = self.around(value, around);
                if let Some(text) = value.get("command").and_then(|command| command.text()) {
                    self.add(key, text, None, &here);
                }
            }
            (How::Each, Node::List(items)) => {
                for item in items {
                    match item.text() {
                        Some(text) => self.add(key, text, None, around),
                        None => self.node(item, around),
                    }
                }
            }
            (How::Words, Node::List(items)) => self.words(key, items, around),
            (How::Words, Node::Scalar(text)) if self.spec.form == Form::Compose && key == "test" => {
                self.add(key, text, None, around);
            }
            (How::Shell | How::PowerShell, Node::List(items)) => {
                let mut whole = Text::default();
                lines(items, &mut whole, 0);
                self.add(key, &whole, (how == How::PowerShell).then_some("pwsh"), around);
                // `pipe:` and the like beside the commands.
                items.iter().filter(|item| matches!(***item, Node::Map(_))).for_each(|item| self.node(item, around));
            }
            (_, Node::Scalar(text)) => self.add(key, text, (how == How::PowerShell).then_some("pwsh"), around),
            (_, node) => self.node(node, around),
        }
    }

    /// A list of words; `CMD-SHELL` in front means that a shell reads the next one.
    fn words(&mut self, key: &str, items: &[Rc<Node>], around: &Around) {
        let texts: Vec<&Text> = items.iter().filter_map(|item| item.text()).collect();
        match texts.as_slice() {
            [first, text, ..] if first.as_str() == "CMD-SHELL" => self.add(key, text, None, around),
            [first, ..] if first.as_str() == "NONE" => {}
            [first, rest @ ..] => {
                let texts = if first.as_str() == "CMD" { rest } else { &texts };
                let mut whole = Text::default();
                for text in texts {
                    let place = text.origin(Span::new(0, text.as_str().len()));
                    let text = template::filled(text, self.spec.templates);
                    whole.push_for(" ", Span::new(place.start, place.start));
                    whole.push_for(&shell_words::quote(text.as_str()), place);
                }
                self.push(key, &whole, Vec::new(), around);
            }
            [] => {}
        }
    }

    fn add(&mut self, key: &str, text: &Text, shell: Option<&str>, around: &Around) {
        let findings = if self.spec.form == Form::GitHub { template::injections(text) } else { Vec::new() };
        let text = template::filled(text, self.spec.templates);
        let windows = match self.spec.form {
            Form::GitHub => Some("pwsh"),
            _ => Some("cmd"),
        };
        let named = shell.or(around.shell.as_deref());
        let text = match named.or(windows.filter(|_| around.windows && key != "bash")) {
            Some(shell) => behind_shell(&text, shell),
            None => text,
        };
        self.push(key, &text, findings, around);
    }

    fn push(&mut self, key: &str, text: &Text, findings: Vec<super::Finding>, around: &Around) {
        let mut command = Command::new(text, key);
        command.place = self.spec.place;
        command.folder.clone_from(&around.folder);
        command.vars.clone_from(&around.vars);
        command.findings = findings;
        if self.seen.insert(command.span) {
            self.found.push(command);
        }
    }
}

/// The text as the word that another shell gets; as it is where the shell is one of ours.
fn behind_shell(text: &Text, shell: &str) -> Text {
    let mut names = shell.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
    let first = names.next().unwrap_or("");
    let ours = |name: &str| matches!(name, "sh" | "bash" | "zsh" | "dash" | "ksh");
    if ours(first) || shell.contains('$') || names.any(ours) {
        return text.clone();
    }
    let trimmed = text.trimmed();
    match first.trim_end_matches(".exe") {
        "pwsh" | "powershell" => trimmed.quoted_behind("pwsh -Command"),
        "python" | "python3" => trimmed.quoted_behind("python3 -c"),
        "node" => trimmed.quoted_behind("node -e"),
        "perl" | "ruby" => trimmed.quoted_behind(&format!("{first} -e")),
        "cmd" => trimmed.quoted_behind("cmd /c"),
        _ => trimmed.quoted_behind(&format!("{} -c", shell_words::quote(first))),
    }
}

/// Texts of a list, one below the other; lists in it count as their items.
fn lines(items: &[Rc<Node>], out: &mut Text, depth: usize) {
    for item in items {
        match &**item {
            Node::Scalar(text) => {
                let start = text.origin(Span::new(0, 0)).start;
                if !out.as_str().is_empty() {
                    out.push_for("\n", Span::new(start, start));
                }
                out.push_text(text);
            }
            Node::List(items) if depth < 10 => lines(items, out, depth + 1),
            _ => {}
        }
    }
}

/// Names and values that are known: `NAME: value`, `NAME: { value: … }`, `- NAME=value`, `- { name, value }`.
fn variables(node: &Node) -> impl Iterator<Item = (String, String)> {
    let maps = node.entries().filter_map(|(name, value)| {
        let value = value.str().or_else(|| value.get_str("value"))?;
        Some((name.to_owned(), value.to_owned()))
    });
    let lists = node.items().iter().filter_map(|item| match item.str() {
        Some(pair) => pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())),
        None => Some((item.get_str("name")?.to_owned(), item.get_str("value")?.to_owned())),
    });
    let known = |(name, value): &(String, String)| {
        let open = ["$", "{{", "<<"].iter().any(|sign| value.contains(sign));
        !open && !name.is_empty() && name.chars().all(|ch| ch.is_ascii_alphanumeric() || ch == '_')
    };
    maps.chain(lists).filter(known).take(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::{Kind, Lines};

    fn found(form: Form, text: &str) -> Vec<String> {
        let lines = Lines::of(text);
        let all = crate::scan::commands(Kind::Yaml(form), "x.yml", text).unwrap();
        all.iter()
            .map(|command| {
                let (line, column) = lines.place(command.span.start);
                let folder = if command.folder.is_empty() { String::new() } else { format!(" in {}", command.folder) };
                let vars: Vec<String> = command.vars.iter().map(|(name, value)| format!(" {name}={value}")).collect();
                format!("{line}:{column} {}{folder}{}", command.text.as_str(), vars.concat())
            })
            .collect()
    }

    #[test]
    fn github() {
        let text = "env: {A: b, C: '${{ x }}'}
defaults: {run: {working-directory: d}}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: |
          one
            two ${{ env.A }}
      - {run: make, working-directory: e, env: {F: g}}
      - run: print('x')
        shell: python
      - run: bash x
        shell: bash -e {0}
  w:
    runs-on: windows-latest
    steps:
      - run: >-
          dir
          x
      - with: {run: no}
        uses: some/action
";
        assert_eq!(
            found(Form::GitHub, text),
            [
                "8:11 one\n  two ${A} in d A=b",
                "10:15 make in e A=b F=g",
                "11:14 python3 -c 'print('\\''x'\\'')' in d A=b",
                "13:14 bash x in d A=b",
                "19:11 pwsh -Command 'dir x' in d A=b",
            ]
        );
    }

    #[test]
    fn other_services_and_tools() {
        let table: &[(Form, &str, &[&str])] = &[
            (
                Form::GitLab,
                "variables: {A: b, D: {value: e}}\n.x: &x [one, [two]]\nj:\n  before_script: *x\n  script:\n    - !reference [.x, script]\n    - cd $[[ inputs.dir ]]\n    - |\n      rm a\n",
                &["2:9 one\ntwo A=b D=e", "7:7 cd ${inputs_dir}\nrm a A=b D=e"],
            ),
            (
                Form::Circle,
                "jobs:\n  b:\n    steps:\n      - run: make << parameters.t >>\n      - run:\n          name: n\n          command: |\n            rm x\n          working_directory: w\n",
                &["4:14 make ${parameters_t}", "8:13 rm x in w"],
            ),
            (
                Form::Azure,
                "steps:\n- script: cd $(Build.SourcesDirectory)\n- pwsh: ls\n- task: PowerShell@2\n  inputs:\n    script: dir\n- bash: a\n  workingDirectory: w\n",
                &[
                    "2:11 cd ${Build_SourcesDirectory}",
                    "3:9 pwsh -Command 'ls'",
                    "6:13 pwsh -Command 'dir'",
                    "7:9 a in w",
                ],
            ),
            (
                Form::Bitbucket,
                "pipelines:\n  default:\n    - step:\n        script:\n          - a\n          - pipe: x/y\n          - b\n",
                &["5:13 a\nb"],
            ),
            (Form::Travis, "script: make\nafter_success:\n - a\n", &["1:9 make", "3:4 a"]),
            (Form::Drone, "steps:\n- name: x\n  commands: [a, b]\n---\nkind: y\n", &["3:14 a\nb"]),
            (
                Form::Compose,
                "services:\n  a:\n    command: [\"rm\", \"-rf\", \"/a b\"]\n    entrypoint: run $$X\n    healthcheck:\n      test: [CMD-SHELL, \"curl x\"]\n",
                &["3:16 rm -rf '/a b'", "4:17 run $X", "6:26 curl x"],
            ),
            (
                Form::Task,
                "tasks:\n  a:\n    dir: d\n    vars: {V: {sh: git tag}}\n    cmds:\n      - rm {{.OUT}}\n      - cmd: ls\n      - task: b\n",
                &["4:20 git tag in d", "6:9 rm ${OUT} in d", "7:14 ls in d"],
            ),
            (Form::PreCommit, "repos:\n- hooks:\n  - entry: make lint\n", &["3:12 make lint"]),
        ];
        for (form, text, want) in table {
            assert_eq!(found(*form, text), *want, "{text}");
        }
    }

    #[test]
    fn what_strangers_write_is_no_script() {
        let text = "jobs: {a: {steps: [{run: 'echo \"${{ github.head_ref }}\"'}]}}\n";
        let all = crate::scan::commands(Kind::Yaml(Form::GitHub), "x.yml", text).unwrap();
        let finding = &all[0].findings[0];
        assert_eq!(
            (finding.rule, &text[finding.span.start..finding.span.end]),
            ("ci.expression-injection", "${{ github.head_ref }}")
        );
    }

    #[test]
    fn aliases_do_not_multiply() {
        let mut text = "a: &a0 {script: x}\n".to_owned();
        for at in 1..40 {
            let below = format!("*a{}", at - 1);
            text = [&text, "a: &a", &at.to_string(), " [", &below, ", ", &below, "]\n"].concat();
        }
        assert_eq!(found(Form::GitLab, &text), ["1:17 x"]);
    }
}
