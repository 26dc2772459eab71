//! Commands in the wrapping of the agents, judged on a real disk: harmless ones are silent, dangerous ones are found
//! where they stand, and no wrapping hides anything.
#![allow(clippy::unwrap_used, reason = "a failure is a panic")]

use std::collections::HashMap;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use wardsh::policy::decision::ActorKind;
use wardsh::policy::{Actor, Decision, Verdict};
use wardsh::session::{Judgement, Machine, Session, Submission};

/// A home folder with a project, and an agent that works there.
struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        for folder in [".claude/shell-snapshots", ".codex/shell_snapshots", "work/.git", "elsewhere"] {
            std::fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        std::fs::write(dir.path().join("work/.git/HEAD"), "ref: refs/heads/main\n").unwrap();
        std::fs::write(dir.path().join("work/src.txt"), "text\n").unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.dir.path().join(name), text).unwrap();
        self.path(name)
    }

    fn session(&self) -> Session {
        self.session_with(&[])
    }

    fn session_with(&self, more: &[(&str, &str)]) -> Session {
        let home = self.path("");
        let home = home.trim_end_matches('/').to_owned();
        let mut vars =
            HashMap::from([("HOME".to_owned(), home.clone()), ("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        vars.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Session::open(Machine {
            vars: Arc::new(vars),
            host: "host".into(),
            user: "me".into(),
            uid: 1000,
            home,
            now: None,
            config_dir: None,
            state_dir: Path::new(&self.path("state")).to_path_buf(),
        })
        .unwrap()
    }

    fn judge_in(&self, session: &Session, line: &str) -> Judgement {
        let actor = Actor { kind: ActorKind::Agent, ..Actor::default() };
        let cwd = self.path("work");
        session.judge(&Submission { command: line.as_bytes(), cwd: &cwd, actor: &actor, shell: &[] }).unwrap()
    }

    fn judge(&self, line: &str) -> Verdict {
        self.judge_in(&self.session(), line).verdict
    }

    fn claude(&self, snapshot: &str, command: &str) -> String {
        format!(
            "source {snapshot} 2>/dev/null || true && shopt -u extglob 2>/dev/null || true && {} eval '{}' < /dev/null \
             && pwd -P >| /tmp/claude-1a2b-cwd",
            r"{ \builtin unalias -- 'unsetenv'; \builtin unset -f -- 'unsetenv'; } >/dev/null 2>&1 || true &&",
            command.replace('\'', "'\"'\"'")
        )
    }

    fn codex(&self, snapshot: &str, command: &str) -> String {
        let quoted = command.replace('\'', "'\"'\"'");
        format!("if . '{snapshot}' >/dev/null 2>&1; then :; fi\n\nexec '/bin/bash' -c '{quoted}'")
    }

    fn gemini(&self, command: &str) -> String {
        format!(
            "shopt -u promptvars nullglob extglob nocaseglob dotglob; _bgpids_file=/tmp/gemini-shell-a/bgpids.tmp\n(\n  \
             trap 'jobs -p > \"$_bgpids_file\"' EXIT\n{command}\n)\n__code=$?\nexit $__code"
        )
    }

    fn copilot(&self, command: &str) -> String {
        format!(
            "{{\n echo ___BEGIN___COMMAND_OUTPUT_MARKER___;\n PS1=\"\";PS2=\"\";unset HISTFILE;\n {command}\n EC=$?;\n \
             echo \"___BEGIN___COMMAND_DONE_MARKER___$EC\";\n}}"
        )
    }

    /// A command in every wrapping.
    fn every(&self, command: &str) -> Vec<(&'static str, String)> {
        let claude = self.path(".claude/shell-snapshots/snapshot-bash-1-a.sh");
        let codex = self.path(".codex/shell_snapshots/1.sh");
        vec![
            ("claude", self.claude(&claude, command)),
            ("codex", self.codex(&codex, command)),
            ("gemini", self.gemini(command)),
            ("copilot", self.copilot(command)),
        ]
    }
}

/// As Claude Code writes it.
const SNAPSHOT: &str = r#"# Snapshot file
# Unset all aliases to avoid conflicts with functions
unalias -a 2>/dev/null || true
# Functions
eval "$(echo 'Z3JlZXQgKCkgCnsgCiAgICBlY2hvIGhpCn0K' | base64 -d)" > /dev/null 2>&1
gawklibpath_append () {
    [ -z "$AWKLIBPATH" ] && AWKLIBPATH=`gawk 'BEGIN {print ENVIRON["AWKLIBPATH"]}'`;
    export AWKLIBPATH="$AWKLIBPATH:$*"
}
_quiet () {
    case $1 in
        +([0-9])) echo number ;;
    esac
}
# Shell Options
shopt -u autocd
shopt -s checkwinsize
set -o braceexpand
set -o hashall
shopt -s expand_aliases
# Aliases
alias -- l='ls -CF'
alias -- ll='ls -alF'
# Check for rg availability
if ! (unalias rg 2>/dev/null; command -v rg) >/dev/null 2>&1; then
  function rg {
  local _cc_bin="${CLAUDE_CODE_EXECPATH:-}"
  [[ -x $_cc_bin ]] || _cc_bin=/opt/claude/bin/claude
  if [[ ! -x $_cc_bin ]]; then command rg "$@"; return; fi
  if [[ -n $ZSH_VERSION ]]; then
    ARGV0=rg "$_cc_bin" "$@"
  elif [[ $BASHPID != $$ ]]; then
    exec -a rg "$_cc_bin" "$@"
  else
    (exec -a rg "$_cc_bin" "$@")
  fi
}
fi
unalias find 2>/dev/null || true
function find {
  local _cc_bin="${CLAUDE_CODE_EXECPATH:-}"
  [[ -x $_cc_bin ]] || _cc_bin=/opt/claude/bin/claude
  if [[ ! -x $_cc_bin ]]; then command find "$@"; return; fi
  (exec -a bfs "$_cc_bin" -S dfs -regextype findutils-default "$@")
}
export PATH=/usr/local/bin:/usr/bin:/bin
"#;

#[test]
fn what_is_harmless_is_silent_in_every_wrapping() {
    let desk = Desk::new();
    for (snapshot, text) in [(false, ""), (true, SNAPSHOT)] {
        if snapshot {
            desk.write(".claude/shell-snapshots/snapshot-bash-1-a.sh", text);
            desk.write(".codex/shell_snapshots/1.sh", text);
        }
        for command in [
            "git status",
            "ll",
            "rg -n 'TODO' src.txt | head",
            "find . -name '*.rs' | xargs wc -l",
            "echo \"it's\" > out.txt && cat out.txt",
            "cat > note.md <<'EOF'\nrm -rf ~ is dangerous\nEOF",
            "cargo test --quiet 2>&1 | tail -5; echo done",
            "for f in *.txt; do echo \"$f\"; done",
            &format!("cat > long.txt <<'EOF'\n{}EOF", "it's a line\n".repeat(8_000)),
        ] {
            for (agent, line) in desk.every(command) {
                let verdict = desk.judge(&line);
                assert_eq!(verdict.decision, Decision::Allow, "{agent}: {command}: {:?}", verdict.matches);
                let inner = verdict.inner.unwrap_or_else(|| panic!("{agent}: {line}"));
                let plain = line[inner.start..inner.end].replace("'\"'\"'", "'");
                assert_eq!(plain.trim(), command, "{agent}");
                assert_eq!(verdict.command, line);
            }
        }
    }
}

#[test]
fn what_is_dangerous_is_found_where_it_stands() {
    let desk = Desk::new();
    for (command, part) in [
        ("rm -rf ~", "rm -rf ~"),
        ("echo 'a'; rm -rf ~", "rm -rf ~"),
        ("echo 'it is' && git push --force", "git push --force"),
        ("find ~ -delete", "find ~ -delete"),
        ("grep x src.txt || rm -rf \"$HOME\"", "rm -rf \"$HOME\""),
    ] {
        let bare = desk.judge(command);
        assert!(bare.decision >= Decision::Ask, "{command}");
        for with_snapshot in [false, true] {
            if with_snapshot {
                desk.write(".claude/shell-snapshots/snapshot-bash-1-a.sh", SNAPSHOT);
                desk.write(".codex/shell_snapshots/1.sh", SNAPSHOT);
            }
            for (agent, line) in desk.every(command) {
                let verdict = desk.judge(&line);
                assert_eq!(verdict.decision, bare.decision, "{agent}: {command}");
                assert_eq!(verdict.matches[0].rule, bare.matches[0].rule, "{agent}: {command}");
                let at = verdict.matches[0].span;
                assert!(part.contains(&line[at.start..at.end]), "{agent}: {command}: {at:?}");
                assert!(verdict.inner.unwrap().contains(at), "{agent}: {command}");
            }
        }
        let _ = std::fs::remove_file(desk.path(".claude/shell-snapshots/snapshot-bash-1-a.sh"));
        let _ = std::fs::remove_file(desk.path(".codex/shell_snapshots/1.sh"));
    }
}

#[test]
fn a_snapshot_is_read_like_a_script() {
    let desk = Desk::new();
    let claude = ".claude/shell-snapshots/snapshot-bash-1-a.sh";
    let table = [
        // What it defines holds, also where the command's name says nothing.
        ("alias wipe='rm -rf ~'\n", "wipe", Decision::Deny),
        ("wipe() { rm -rf ~; }\n", "wipe", Decision::Deny),
        ("wipe() {\n local x=1\n rm -rf ~\n}\n", "echo x; wipe", Decision::Deny),
        ("D=~\n", "rm -rf \"$D\"", Decision::Deny),
        // What it does counts.
        ("rm -rf ~\n", "ls", Decision::Deny),
        // What it defines hides nothing: it may end before, and the next shell does not get it.
        ("rm() { :; }\n", "rm -rf ~", Decision::Deny),
        ("alias rm=:\n", "rm -rf ~", Decision::Deny),
        ("D=/tmp/x\n", "rm -rf \"$D\"/*", Decision::Deny),
        ("exit() { :; }\n", "exit; rm -rf ~", Decision::Deny),
        ("return 0\n", "rm -rf ~", Decision::Deny),
        // What it makes of the wrapping's own commands, and what is called without being told.
        ("shopt() { rm -rf ~; }\n", "ls", Decision::Deny),
        ("alias pwd='rm -rf ~; pwd'\n", "ls", Decision::Deny),
        ("trap 'rm -rf ~' EXIT\n", "ls", Decision::Deny),
        ("TRAPEXIT() { rm -rf ~; }\n", "ls", Decision::Deny),
        ("wipe() { echo hi; }\n", "wipe", Decision::Allow),
    ];
    for (text, command, want) in table {
        let path = desk.write(claude, text);
        let verdict = desk.judge(&desk.claude(&path, command));
        assert!(verdict.inner.is_some());
        assert!(
            if want == Decision::Allow { verdict.decision == want } else { verdict.decision >= Decision::Ask },
            "{text:?} then {command}: {:?}",
            verdict.decision
        );
        let path = desk.write(".codex/shell_snapshots/1.sh", text);
        let verdict = desk.judge(&desk.codex(&path, command));
        if command == "rm -rf ~" || text.starts_with("rm") {
            assert!(verdict.decision >= Decision::Ask, "codex: {text:?} then {command}");
        }
    }
    // What was read is part of the action.
    let path = desk.write(claude, "a=1\n");
    let before = desk.judge(&desk.claude(&path, "ls")).digest;
    desk.write(claude, "a=2\n");
    assert_ne!(desk.judge(&desk.claude(&path, "ls")).digest, before);
}

#[test]
fn a_snapshot_elsewhere_is_just_a_sourced_file() {
    let desk = Desk::new();
    let bad = "wipe() { rm -rf ~; }\n";
    let outside = desk.write("elsewhere/snapshot-bash-1-a.sh", bad);
    let folder = desk.path(".claude/shell-snapshots");
    symlink(&outside, format!("{folder}/snapshot-bash-2-b.sh")).unwrap();
    symlink(desk.path("elsewhere"), format!("{folder}/away")).unwrap();
    std::fs::create_dir(format!("{folder}/folder.sh")).unwrap();
    desk.write("work/snapshot-bash-3-c.sh", bad);
    for path in [
        outside.clone(),
        format!("{folder}/snapshot-bash-2-b.sh"),
        format!("{folder}/away/snapshot-bash-1-a.sh"),
        format!("{folder}/../../elsewhere/snapshot-bash-1-a.sh"),
        format!("{folder}/folder.sh"),
        format!("{folder}-not/x.sh"),
        folder.clone(),
        "relative.sh".to_owned(),
    ] {
        assert_eq!(desk.judge(&desk.claude(&path, "ls")).inner, None, "{path}");
    }
    // In the project it is read, as any file that a line sources.
    let verdict = desk.judge(&desk.claude(&desk.path("work/snapshot-bash-3-c.sh"), "wipe"));
    assert_eq!((verdict.inner, verdict.decision), (None, Decision::Deny));
    // Another agent's folder is not this one's.
    let codex = desk.write(".codex/shell_snapshots/1.sh", "a=1\n");
    assert_eq!(desk.judge(&desk.claude(&codex, "ls")).inner, None);
    assert!(desk.judge(&desk.codex(&codex, "ls")).inner.is_some());
}

/// What agents run once at their start: no question about any of it.
#[test]
fn startup_probes_are_silent() {
    let desk = Desk::new();
    desk.write(".bashrc", "alias ll='ls -l'\nexport EDITOR=vim\n");
    let home = desk.path("");
    let home = home.trim_end_matches('/');
    let snapshot = format!(
        r##"SNAPSHOT_FILE={home}/.claude/shell-snapshots/snapshot-bash-9-z.sh
      source "{home}/.bashrc" < /dev/null
      # First, create/clear the snapshot file
      echo "# Snapshot file" >| "$SNAPSHOT_FILE"
      echo "unalias -a 2>/dev/null || true" >> "$SNAPSHOT_FILE"
      echo "# Functions" >> "$SNAPSHOT_FILE"
      declare -f > /dev/null 2>&1
      declare -F | cut -d' ' -f3 | grep -vE '^_[^_]' | while read func; do
        encoded_func=$(declare -f "$func" | base64 )
        echo "eval \"\$(echo '$encoded_func' | base64 -d)\" > /dev/null 2>&1" >> "$SNAPSHOT_FILE"
      done
      echo "# Shell Options" >> "$SNAPSHOT_FILE"
      shopt -p | head -n 1000 >> "$SNAPSHOT_FILE"
      set -o | grep "on" | awk '{{print "set -o " $1}}' | head -n 1000 >> "$SNAPSHOT_FILE"
      echo "shopt -s expand_aliases" >> "$SNAPSHOT_FILE"
      echo "# Aliases" >> "$SNAPSHOT_FILE"
      alias | sed 's/^alias //g' | sed 's/^/alias -- /' | head -n 1000 >> "$SNAPSHOT_FILE"
      echo "export PATH=/usr/bin:/bin" >> "$SNAPSHOT_FILE"
      if [ ! -f "$SNAPSHOT_FILE" ]; then
        echo "Error: Snapshot file was not created at $SNAPSHOT_FILE" >&2
        exit 1
      fi
    "##
    );
    for probe in [
        "env",
        "echo $PATH",
        "printf '%s' \"$PATH\"",
        "command -v node",
        "echo -n 5a6b; cat /proc/self/environ; echo -n 5a6b",
        "'/usr/share/code/code' -p '\"5a6b\" + JSON.stringify(process.env) + \"5a6b\"'",
        &snapshot,
    ] {
        let verdict = desk.judge(probe);
        assert_eq!(verdict.decision, Decision::Allow, "{probe}: {:?} {:?}", verdict.matches, verdict.unresolved);
    }
}

/// Whoever can write the snapshot must not be able to do so between the verdict and the exec.
#[test]
fn a_snapshot_that_changes_after_the_verdict_is_noticed() {
    let desk = Desk::new();
    for (name, wrap) in [
        (".claude/shell-snapshots/snapshot-bash-1-a.sh", Desk::claude as fn(&Desk, &str, &str) -> String),
        (".codex/shell_snapshots/1.sh", Desk::codex),
    ] {
        let path = desk.write(name, "export A=1\n");
        let line = wrap(&desk, &path, "git status");
        let session = desk.session();
        let before = desk.judge_in(&session, &line);
        assert_eq!(before.verdict.decision, Decision::Allow, "{line}");
        assert!(session.still_holds(&before), "{line}");
        for changed in ["export A=2\n", "export A=1\nrm -rf ~\n", ""] {
            desk.write(name, changed);
            assert!(!session.still_holds(&before), "{line}: {changed:?}");
            assert_ne!(desk.judge(&line).digest, before.verdict.digest, "{line}: {changed:?}");
        }
        std::fs::remove_file(&path).unwrap();
        assert!(!session.still_holds(&before), "{line}: gone");
        // One that was not there, and is.
        let without = desk.judge_in(&session, &line);
        assert!(session.still_holds(&without), "{line}");
        desk.write(name, "rm -rf ~\n");
        assert!(!session.still_holds(&without), "{line}: it has come");
    }
}

#[test]
fn a_script_that_changes_after_the_verdict_is_noticed() {
    let desk = Desk::new();
    desk.write("work/build.sh", "echo built\n");
    for line in ["bash build.sh", "./build.sh", ". ./build.sh", "cd . && sh build.sh"] {
        desk.write("work/build.sh", "echo built\n");
        let session = desk.session();
        let before = desk.judge_in(&session, line);
        assert!(session.still_holds(&before), "{line}");
        desk.write("work/build.sh", "echo built; rm -rf ~\n");
        assert!(!session.still_holds(&before), "{line}");
    }
}

/// `CLAUDE_CONFIG_DIR` and `CODEX_HOME` move an agent's own folder, where a person has set them before it was started;
/// a command that sets them moves nothing.
#[test]
fn an_agents_folder_is_where_a_person_has_moved_it() {
    let desk = Desk::new();
    for (variable, folder, wrap) in [
        ("CLAUDE_CONFIG_DIR", "moved/shell-snapshots", Desk::claude as fn(&Desk, &str, &str) -> String),
        ("CODEX_HOME", "moved/shell_snapshots", Desk::codex),
    ] {
        std::fs::create_dir_all(desk.path(folder)).unwrap();
        let path = desk.write(&format!("{folder}/s.sh"), "export A=1\n");
        let line = wrap(&desk, &path, "git status");
        let moved = desk.path("moved");
        let is_envelope = |session: &Session| desk.judge_in(session, &line).verdict.inner.is_some();
        let started = |value: &str| {
            let (variable, value) = (variable.to_owned(), value.to_owned());
            move |name: &str| (name == variable).then(|| value.clone())
        };
        let told = || desk.session_with(&[(variable, &moved)]);
        assert!(!is_envelope(&desk.session()), "{variable} is not set");
        assert!(!is_envelope(&told()), "{variable} is set by nobody known");
        assert!(!is_envelope(&told().started_with(|_| None)), "{variable} is set by a command");
        assert!(!is_envelope(&told().started_with(started("/elsewhere"))), "{variable} was another one");
        assert!(!is_envelope(&told().started_with(started("/"))), "{variable} is no folder of its own");
        let session = told().started_with(started(&moved));
        assert!(is_envelope(&session), "{variable}");
        // It is judged all the same.
        desk.write(&format!("{folder}/s.sh"), "rm -rf ~\n");
        assert_eq!(desk.judge_in(&session, &line).verdict.decision, Decision::Deny, "{variable}");
    }
}

/// `CLAUDE_CODE_SHELL_PREFIX` gets the whole command line as one word.
#[test]
fn a_shell_prefix_hides_nothing() {
    let desk = Desk::new();
    let snapshot = desk.write(".claude/shell-snapshots/snapshot-bash-1-a.sh", "export A=1\n");
    for prefix in ["/opt/x/wrap", "/opt/x/wrap --quiet"] {
        let session = desk.session_with(&[("CLAUDE_CODE_SHELL_PREFIX", prefix)]);
        let quoted = |text: &str| format!("{prefix} '{}'", text.replace('\'', "'\\''"));
        for (command, wanted) in [("git status", Decision::Allow), ("ls; rm -rf ~", Decision::Deny)] {
            for text in [command.to_owned(), desk.claude(&snapshot, command)] {
                let verdict = desk.judge_in(&session, &quoted(&text)).verdict;
                assert_eq!(verdict.decision, wanted, "{text}: {verdict:?}");
            }
        }
    }
}
