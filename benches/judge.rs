//! Judging inside the process: lines, rules, and what a start has to open.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::sync::Arc;

use divan::Bencher;
use wardsh::config::{Origin, Settings};
use wardsh::policy::decision::ActorKind;
use wardsh::policy::layers::NoTrust;
use wardsh::policy::{Actor, Policy, RuleSet};
use wardsh::session::{Machine, Session, Submission};
use wardsh::store::CompiledStore;

fn main() {
    divan::main();
}

/// 64 KB, the size up to which a line is judged in one piece.
const LARGE: usize = 64 << 10;

const PIPELINE: &str = "git log --oneline -20 | grep -v Merge | awk '{print $1}' | sort -u | head -5 2>&1";

/// Forty-seven lines of what an agent sends in one go.
const SCRIPT: &str = include_str!("script.sh");

fn session(rules: RuleSet) -> Session {
    let machine = Machine {
        vars: Arc::new(std::env::vars().collect()),
        host: "bench".into(),
        user: "dev".into(),
        uid: 1000,
        home: "/home/dev".into(),
        now: None,
        config_dir: None,
        state_dir: "/nonexistent".into(),
    };
    Session::fixed(machine, Settings { policy: Policy::built_in(), rules, problems: Vec::new() })
}

/// Measures one line, told in bytes as well.
fn line(bencher: Bencher<'_, '_>, session: &Session, text: &str) {
    let folder = tempfile::tempdir().unwrap();
    let cwd = folder.path().to_str().unwrap();
    let actor = Actor { kind: ActorKind::Agent, ..Default::default() };
    let submission = Submission { command: text.as_bytes(), cwd, actor: &actor, shell: &[] };
    bencher.counter(divan::counter::BytesCount::of_str(text)).bench_local(|| session.judge(&submission));
}

fn built_in(bencher: Bencher<'_, '_>, text: &str) {
    line(bencher, &session(RuleSet::builtin().unwrap()), text);
}

/// A text of the largest size out of numbered pieces.
fn large(head: &str, piece: impl Fn(usize) -> String) -> String {
    let mut text = head.to_owned();
    let mut number = 0;
    loop {
        let next = piece(number);
        // What closes the text comes behind it.
        if text.len() + next.len() + 8 > LARGE {
            return text;
        }
        text.push_str(&next);
        number += 1;
    }
}

/// Goal: 50 µs.
mod typical {
    use super::{Bencher, PIPELINE, SCRIPT, built_in};

    #[divan::bench]
    fn git_status(bencher: Bencher<'_, '_>) {
        built_in(bencher, "git status");
    }

    #[divan::bench]
    fn pipeline_of_five(bencher: Bencher<'_, '_>) {
        built_in(bencher, PIPELINE);
    }

    #[divan::bench]
    fn dangerous(bencher: Bencher<'_, '_>) {
        built_in(bencher, "cd /srv && rm -rf \"$HOME\"/data");
    }

    #[divan::bench]
    fn script_of_47_lines(bencher: Bencher<'_, '_>) {
        built_in(bencher, SCRIPT);
    }
}

/// Goal: 10 ms.
mod kilobytes_64 {
    use super::{Bencher, built_in, large};

    #[divan::bench(sample_count = 20)]
    fn quoted_words(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("echo", |n| format!(" 'word {n}'")));
    }

    #[divan::bench(sample_count = 20)]
    fn expansions(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("x=1; echo", |n| format!(" \"${{x:-$y{n}}}\"$((x+{n}))")));
    }

    #[divan::bench(sample_count = 20)]
    fn commands(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("true", |n| format!("; ls -l f{n}")));
    }

    #[divan::bench(sample_count = 20)]
    fn removals(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("true", |n| format!("; rm -rf build/f{n}")));
    }

    #[divan::bench(sample_count = 20)]
    fn substitutions(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("echo", |n| format!(" $(basename f{n})")));
    }

    #[divan::bench(sample_count = 20)]
    fn here_document(bencher: Bencher<'_, '_>) {
        let body = large("cat > notes.md <<'END'\n", |n| format!("Line {n}: rm -rf / is only text here.\n"));
        built_in(bencher, &(body + "END\n"));
    }

    #[divan::bench(sample_count = 20)]
    fn here_documents(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("true\n", |n| format!("cat > f{n} <<EOF\nsome text\nEOF\n")));
    }

    #[divan::bench(sample_count = 20)]
    fn equal_commands(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("true", |_| "; ls -la /tmp/x; git status".to_owned()));
    }

    /// What an agent runs in a day.
    #[divan::bench(sample_count = 20)]
    fn different_commands(bencher: Bencher<'_, '_>) {
        const USUAL: &[&str] = &[
            "git status --short",
            "ls -la src",
            "grep -rn foo src",
            "cat README.md",
            "cargo test --quiet",
            "sed -n 1,20p x.rs",
            "mkdir -p out/a",
            "cp a.txt b.txt",
            "python3 run.py",
            "npm run build",
            "docker ps",
            "find . -name '*.rs'",
            "curl -s https://example.org/x",
            "echo done",
            "head -5 log.txt",
            "rm -f out/a.o",
        ];
        built_in(bencher, &large("true", |n| format!("\n{} {n}", USUAL[n % USUAL.len()])));
    }

    #[divan::bench(sample_count = 20)]
    fn unknown_programs(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("true", |n| format!("; tool{n} a b")));
    }

    #[divan::bench(sample_count = 20)]
    fn pipeline(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("cat x", |n| format!(" | grep -v w{n}")));
    }

    #[divan::bench(sample_count = 20)]
    fn arguments(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("git add", |n| format!(" src/file{n}.rs")));
    }

    #[divan::bench(sample_count = 20)]
    fn one_word(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("echo ", |_| "x".to_owned()));
    }

    #[divan::bench(sample_count = 20)]
    fn assignments(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("true", |n| format!("; V{n}=value{n}")));
    }

    #[divan::bench(sample_count = 20)]
    fn assignments_in_front(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("true", |n| format!("; A=b{n} make x")));
    }

    #[divan::bench(sample_count = 20)]
    fn redirections(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("true", |n| format!("; echo a > f{n}")));
    }

    #[divan::bench(sample_count = 20)]
    fn nested_quotes(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("true", |n| format!("; bash -c 'echo \"a'\\''b {n}\"'")));
    }

    #[divan::bench(sample_count = 20)]
    fn and_chain(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("true", |n| format!(" && test -f f{n}")));
    }

    #[divan::bench(sample_count = 20)]
    fn functions(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("true", |n| format!("; f{n}() {{ echo $1; }}; f{n} x")));
    }

    #[divan::bench(sample_count = 20)]
    fn loops(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("true", |n| format!("; for i in a b; do echo $i{n}; done")));
    }

    #[divan::bench(sample_count = 20)]
    fn conditions(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("true", |n| format!("; if [ -f a{n} ]; then echo y; fi")));
    }

    #[divan::bench(sample_count = 20)]
    fn subshells(bencher: Bencher<'_, '_>) {
        built_in(bencher, &large("true", |n| format!("; (cd d{n} && ls)")));
    }

    #[divan::bench(sample_count = 20)]
    fn sql(bencher: Bencher<'_, '_>) {
        let text = large("psql -c \"select 1", |n| format!("; update t set a = {n} where id = {n}"));
        built_in(bencher, &(text + "\""));
    }

    #[divan::bench(sample_count = 20)]
    fn python(bencher: Bencher<'_, '_>) {
        let text = large("python3 -c '", |n| format!("x{n} = open(\"f{n}\").read()\nprint(x{n})\n"));
        built_in(bencher, &(text + "'"));
    }
}

/// Goal: 10,000 rules within 1.2 times of 100.
mod rules {
    use super::{Bencher, NoTrust, PIPELINE, RuleSet, Settings, fs, line, policies, session};

    #[divan::bench]
    fn open_built_in(bencher: Bencher<'_, '_>) {
        bencher.bench(RuleSet::builtin);
    }

    /// What a start does about a user's rules that were compiled earlier.
    #[divan::bench(args = [100, 10_000])]
    fn open_compiled(bencher: Bencher<'_, '_>, count: usize) {
        let folder = tempfile::tempdir().unwrap();
        policies::write(folder.path(), count);
        let load = || policies::load(folder.path(), &NoTrust);
        assert_eq!(load().rules.layers()[1].bundle.len(), count);
        bencher.bench_local(|| drop(load()));
    }

    /// Judging under them.
    #[divan::bench(args = [100, 10_000])]
    fn judge(bencher: Bencher<'_, '_>, count: usize) {
        let folder = tempfile::tempdir().unwrap();
        policies::write(folder.path(), count);
        let Settings { rules, .. } = policies::load(folder.path(), &NoTrust);
        line(bencher, &session(rules), PIPELINE);
    }

    /// Both, and a first use, as a process has it.
    #[divan::bench(args = [100, 10_000])]
    fn open_and_judge(bencher: Bencher<'_, '_>, count: usize) {
        let folder = tempfile::tempdir().unwrap();
        policies::write(folder.path(), count);
        let _ = policies::load(folder.path(), &NoTrust);
        let actor = super::Actor { kind: super::ActorKind::Agent, ..Default::default() };
        let cwd = folder.path().to_str().unwrap();
        let submission = super::Submission { command: PIPELINE.as_bytes(), cwd, actor: &actor, shell: &[] };
        bencher.bench_local(|| session(policies::load(folder.path(), &NoTrust).rules).judge(&submission));
        drop(fs::remove_dir_all(folder.path()));
    }
}

/// Users' rules in a folder.
mod policies {
    use super::{CompiledStore, NoTrust, Origin, Settings, fs};
    use std::fmt::Write as _;
    use std::path::Path;

    /// Writes a pack of this many rules, a tenth of them about programs that the measured lines use.
    pub(crate) fn write(folder: &Path, count: usize) {
        let mut text = "family: mine\nrules:\n".to_owned();
        for number in 0..count {
            let program = if number % 1_000 == 7 { "git".to_owned() } else { format!("tool-{number}") };
            writeln!(
                text,
                "  - {{ id: mine.rule-{number}, match: {{ program: {program}, subcommand: [delete-{number}], flags: [--now] }}, \
                 severity: high, decision: ask, because: It deletes thing {number}. }}"
            )
            .unwrap();
        }
        fs::create_dir_all(folder.join("rules")).unwrap();
        fs::write(folder.join("rules/mine.yaml"), text).unwrap();
        // Settled, as far as the cache can tell: it does not read again what was last changed long ago.
        std::thread::sleep(std::time::Duration::from_millis(2_100));
    }

    pub(crate) fn load(folder: &Path, trust: &NoTrust) -> Settings {
        let dir = folder.to_str().unwrap();
        let settings = Settings::load(&Origin {
            home: "/nonexistent",
            vars: &[],
            config_dir: Some(dir),
            system_dir: "/nonexistent",
            system_owner: 0,
            folders: &[],
            trust,
            cache: &CompiledStore::new(&folder.join("state")),
        })
        .unwrap();
        assert!(settings.problems.is_empty(), "{}", settings.problems[0]);
        settings
    }
}
