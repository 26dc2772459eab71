//! Agents that look for a way to answer their own question. All are refused and written down, and the question stands.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::person::Person;
use super::stage::{Asking, CRITICAL, Stage, eventually};

fn has(program: &str) -> bool {
    let there = Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status();
    let there = there.is_ok_and(|status| status.success());
    if !there {
        eprintln!("left out: {program} is not installed");
    }
    there
}

/// Where python is; a version manager's stand-in would need its own environment.
fn python() -> Option<String> {
    let output = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    let path = output.ok().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let path = path.filter(|path| path.starts_with('/'));
    if path.is_none() {
        eprintln!("left out: python3 is not installed");
    }
    path
}

/// Has an agent's shell run a script, and waits until one more attempt was written down.
fn attack(stage: &Stage, asking: &mut Asking, what: &str, script: &str) {
    let before = stage.attempts().len();
    let mut child = stage.agent("sh").args(["-c", script]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let attempts = eventually(&format!("the refusal of {what}: {script}"), || {
        let attempts = stage.attempts();
        (attempts.len() > before).then_some(attempts)
    });
    eprintln!("{what}: {}", attempts.last().unwrap());
    assert!(asking.still_waits(), "{what}: {}", asking.said());
    assert!(!stage.ran(), "{what}");
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn an_agent_does_not_answer_for_itself() {
    let stage = Stage::new();
    let mut asking = stage.ask(CRITICAL);
    let wardsh = format!("{} approvals approve {}", stage.words(), asking.id);
    let mut table = vec![
        ("directly", wardsh.clone()),
        ("a no", format!("{} approvals deny {}", stage.words(), asking.id)),
        ("setsid", format!("setsid {wardsh}")),
        ("nohup", format!("nohup {wardsh}")),
        ("an empty environment", format!("env -i {wardsh}")),
        ("a double fork", format!("(env -i setsid sh -c '{wardsh} & exit' &)")),
        ("a double fork in the group", format!("(env -i {wardsh} &)")),
    ];
    if has("script") {
        table.push(("script", format!("script -qec '{wardsh}' /dev/null")));
        table.push(("script, cut off", format!("(env -i setsid script -qec '{wardsh}' /dev/null &)")));
    }
    if let Some(python) = python() {
        let spawn = format!("import pty; pty.spawn({wardsh:?}.split())");
        let file = stage.path("drive.py");
        std::fs::write(&file, spawn).unwrap();
        table.push(("a pty of python", format!("{python} {}", file.display())));
        table.push((
            "a pty of python, cut off",
            format!("(env -i PATH=\"$PATH\" setsid {python} {} </dev/null &)", file.display()),
        ));
    }
    if has("expect") {
        let file = stage.path("x.exp");
        std::fs::write(&file, format!("spawn {wardsh}\nexpect eof\n")).unwrap();
        table.push(("expect", format!("expect {}", file.display())));
        table.push(("expect, cut off", format!("(env -i PATH=\"$PATH\" setsid expect {} &)", file.display())));
    }
    for (what, script) in table {
        attack(&stage, &mut asking, what, &script);
    }
    let shown = stage.says(&["approvals", "show", &asking.id]);
    assert!(shown.contains("not accepted: process"), "{shown}");
}

#[test]
fn a_terminal_of_the_agents_own_is_none_of_a_person() {
    if !has("tmux") {
        return;
    }
    let stage = Stage::new();
    let mut asking = stage.ask(CRITICAL);
    let tmux = format!("TMUX_TMPDIR={} tmux -L agent -f /dev/null", stage.dir.path().display());
    let wardsh = format!("{} approvals approve {}", stage.words(), asking.id);
    attack(&stage, &mut asking, "tmux", &format!("{tmux} new-session -d '{wardsh}; sleep 60'"));
    let _ = stage.agent("sh").args(["-c", &format!("{tmux} kill-server")]).status();
}

#[test]
fn a_program_that_is_not_ours_is_not_heard() {
    let Some(python) = python() else { return };
    let stage = Stage::new();
    let mut asking = stage.ask(CRITICAL);
    let socket = stage.path(&format!("state/queue/{}.sock", asking.id));
    let client = stage.path("client.py");
    let code = format!(
        "import os, socket, sys, time\n\
         os.chdir({:?})\n\
         s = socket.socket(socket.AF_UNIX)\n\
         s.connect({:?})\n\
         if sys.argv[1] == 'talk': s.sendall(b'{{\"say\":\"hello\",\"v\":1}}\\n')\n\
         print('told', s.recv(65536).decode())\n",
        socket.parent().unwrap().to_str().unwrap(),
        socket.file_name().unwrap().to_str().unwrap(),
    );
    std::fs::write(&client, code).unwrap();
    for manner in ["talk", "silent"] {
        attack(&stage, &mut asking, manner, &format!("{python} {} {manner}", client.display()));
        assert_eq!(stage.attempts().last().unwrap(), "it is not this very program");
    }
    // Not even in a person's terminal, nor a copy of our program.
    let Some(person) = Person::new(&stage) else { return };
    let before = stage.attempts().len();
    person.types(&format!("{python} {} talk", client.display()));
    person.sees("\"refused\"");
    assert_eq!(stage.attempts().len(), before + 1);
    let copy = stage.path("copy");
    std::fs::copy(env!("CARGO_BIN_EXE_wardsh"), &copy).unwrap();
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o755)).unwrap();
    person.types("clear");
    let words = stage.words().replacen(env!("CARGO_BIN_EXE_wardsh"), copy.to_str().unwrap(), 1);
    person.types(&format!("{words} approvals approve {}", asking.id));
    person.sees("another program");
    assert!(asking.still_waits() && !stage.ran());
}

/// An agent that a person has started in their own terminal leaves its own ancestry, but not the terminal.
#[test]
fn an_agent_in_a_persons_terminal_is_no_person() {
    let stage = Stage::new();
    let Some(person) = Person::new(&stage) else { return };
    let mut asking = stage.ask(CRITICAL);
    let wardsh = format!("{} approvals approve {}", stage.words(), asking.id);
    for (n, line) in [
        format!("env CLAUDECODE=1 sh -c '{wardsh}; true'"),
        format!("env CLAUDECODE=1 sh -c '(env -i {wardsh} &) ; sleep 5'"),
        format!("env CLAUDECODE=1 sh -c 'true; sh -c \"env -i {wardsh} & exit\"; sleep 5'"),
    ]
    .into_iter()
    .enumerate()
    {
        person.types(&line);
        let attempts = eventually("a refusal", || Some(stage.attempts()).filter(|all| all.len() > n));
        assert!(attempts[n].contains("bears a mark of claude"), "{line}: {attempts:?}");
        assert!(asking.still_waits());
    }
}

#[test]
fn foreign_code_inside_our_program_is_not_heard() {
    let stage = Stage::new();
    let Some(person) = Person::new(&stage) else { return };
    let mut asking = stage.ask(CRITICAL);
    person.types(&format!("LD_PRELOAD=/nowhere.so {} approvals approve {}", stage.words(), asking.id));
    person.sees("it was started with LD_PRELOAD");
    assert!(asking.still_waits());
}

#[test]
fn a_job_in_the_background_is_nobody() {
    let stage = Stage::new();
    let Some(person) = Person::new(&stage) else { return };
    let mut asking = stage.ask(CRITICAL);
    person.types(&format!("set -m; {} approvals deny {} &", stage.words(), asking.id));
    person.sees("not in the foreground");
    assert!(asking.still_waits());
}

#[test]
fn another_user_is_refused() {
    let root = rustix::process::geteuid().is_root();
    if !root || !has("setpriv") {
        eprintln!("left out: only root can be two users");
        return;
    }
    let stage = Stage::new();
    for name in ["", "state", "config", "work"] {
        std::os::unix::fs::chown(stage.path(name), Some(65_534), Some(65_534)).unwrap();
    }
    let reaches = |path: &Path| {
        let mut probe = Command::new("setpriv");
        probe.args(["--reuid=65534", "--clear-groups", "test", "-x"]).arg(path);
        probe.status().is_ok_and(|status| status.success())
    };
    if !reaches(Path::new(env!("CARGO_BIN_EXE_wardsh"))) {
        eprintln!("left out: another user cannot reach our program here");
        return;
    }
    let mut other = stage
        .agent("setpriv")
        .args(["--reuid=65534", "--clear-groups", "sh", "-c"])
        .arg(format!("exec {} -c 'git push --force; touch ran'", stage.words()))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let id = eventually("a request", || {
        let entries = std::fs::read_dir(stage.path("state/queue")).ok()?;
        let mut names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.find_map(|name| name.strip_suffix(".json").map(str::to_owned))
    });
    // What another user keeps there is nothing that we go by.
    let said = stage.says(&["approvals", "deny", &id]);
    assert!(said.contains("belongs to another user (65534)"), "{said}");
    // Nor is who waits there deceived about us.
    std::os::unix::fs::chown(stage.path("state"), Some(0), Some(65_534)).unwrap();
    std::fs::set_permissions(stage.path("state"), std::fs::Permissions::from_mode(0o770)).unwrap();
    let said = stage.says(&["approvals", "deny", &id]);
    assert!(said.contains("it belongs to another user"), "{said}");
    assert!(other.try_wait().unwrap().is_none());
    other.kill().unwrap();
    other.wait().unwrap();
}

/// A waiting process of an agent's own: it listens, hands the socket to a child that talks, and becomes our program.
const PRETENDER: &str = r#"
import hashlib, json, os, socket, sys
queue, mode, program = sys.argv[1:4]
os.chdir(queue)
known = json.load(open([name for name in os.listdir('.') if name.endswith('.json')][0]))
request = known['request']
request['id'] = 'acdefhkm'
if mode == 'disguised':
    request['shown']['command'] = 'ls'
bound = {key: request[key] for key in ('v', 'action', 'id', 'nonce', 'expires')}
text = json.dumps(bound, sort_keys=True, separators=(',', ':'))
request['digest'] = 'sha256:' + hashlib.sha256(text.encode()).hexdigest()
known['pid'] = os.getpid()
known['started'] = int(open('/proc/self/stat').read().rsplit(')', 1)[1].split()[19])
listener = socket.socket(socket.AF_UNIX)
listener.bind('acdefhkm.sock')
listener.listen(8)
json.dump(known, open('acdefhkm.json', 'w'))
word = 'acdef' if mode == 'disguised' else '\x1b[2J\x1b[Hharmless'
told = {'tell': 'request', 'v': 1, 'request': request, 'challenge': word}
if os.fork():
    listener.set_inheritable(True)
    os.execv(program, ['wardsh', 'mask'])
parent = os.getppid()
listener.settimeout(1)
while os.getppid() == parent:
    try:
        client, _ = listener.accept()
        client.settimeout(60)
        client.recv(4096)
        client.sendall((json.dumps(told) + '\n').encode())
        client.recv(4096)
        client.sendall(b'{"tell":"accepted","v":1}\n')
    except OSError:
        pass
"#;

#[test]
fn a_question_in_disguise_takes_no_answer_to_another_one() {
    let Some(python) = python() else { return };
    for mode in ["disguised", "painted"] {
        let stage = Stage::new();
        let Some(person) = Person::new(&stage) else { return };
        let mut asking = stage.ask(CRITICAL);
        let file = stage.path("pretend.py");
        std::fs::write(&file, PRETENDER).unwrap();
        let mut pretender = stage
            .agent(&python)
            .arg(&file)
            .arg(stage.path("state/queue"))
            .args([mode, env!("CARGO_BIN_EXE_wardsh")])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        eventually("the pretender", || stage.path("state/queue/acdefhkm.json").exists().then_some(()));
        // It has to be our program by the time that somebody looks.
        let comm = format!("/proc/{}/comm", pretender.id());
        eventually("our program", || {
            std::fs::read_to_string(&comm).is_ok_and(|name| name.starts_with("wardsh")).then_some(())
        });
        if mode == "disguised" {
            person.approvals("approve acdefhkm");
            let word = person.word();
            assert!(!word.contains('-') && person.screen().contains("ls"), "{}", person.screen());
            person.types(&word);
            person.sees("approved  request");
            assert!(asking.still_waits() && !stage.ran(), "{}", person.screen());
        } else {
            person.approvals(&format!("approve {}", asking.id));
            let word = person.word();
            assert!(!word.contains('-') && !person.screen().contains("harmless"), "{}", person.screen());
            assert!(person.screen().contains("git push --force"), "{}", person.screen());
        }
        drop(pretender.stdin.take());
        pretender.wait().unwrap();
    }
}
