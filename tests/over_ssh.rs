//! wardsh as what a real sshd starts at a login: commands, sessions at a terminal, transfer servers; and ssh from a guarded
//! shell. The server listens on loopback only, with keys and files of the test's own.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod terminal;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use terminal::{Options, PATIENCE, Terminal};

/// How wardsh comes to run at a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The user database names it; a copy of that is mounted for the server alone.
    LoginShell,
    /// `ForceCommand` stands in for a login shell: it becomes wardsh.
    StandIn,
}

/// Where programs are that do not stand in everybody's `PATH`.
const PLACES: [&str; 6] =
    ["/usr/sbin", "/usr/bin", "/sbin", "/usr/local/sbin", "/usr/lib/openssh", "/usr/libexec/openssh"];

fn program(name: &str) -> Option<PathBuf> {
    let found = PLACES.iter().map(|dir| Path::new(dir).join(name)).find(|path| path.exists());
    if found.is_none() {
        println!("skipped: {name} is not installed");
    }
    found
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Says whether the server can have mounts of its own; root's needs some, which nothing else should see.
fn has_mounts() -> bool {
    let tried = Command::new("unshare").args(["-m", "--propagation", "private", "true"]).stderr(Stdio::null()).status();
    is_root() && tried.is_ok_and(|status| status.success())
}

/// The ways that are possible here.
fn ways() -> Vec<Way> {
    match (is_root(), has_mounts()) {
        (true, true) => vec![Way::LoginShell, Way::StandIn],
        (true, false) => {
            println!("skipped: root's sshd needs mounts of its own");
            Vec::new()
        }
        _ => vec![Way::StandIn],
    }
}

/// A server, and what a client needs to reach it. Dropping it ends the server and removes everything.
struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    /// Starts a server; none where something that it needs is missing.
    fn open(way: Way) -> Option<Self> {
        let (sshd, sftp) = (program("sshd")?, program("sftp-server")?);
        for name in ["ssh", "ssh-keygen"] {
            program(name)?;
        }
        let desk = Self { dir: tempfile::tempdir().unwrap() };
        for folder in ["home/.config/wardsh/rules", "bin", "state"] {
            fs::create_dir_all(desk.path(folder)).unwrap();
        }
        desk.write("home/.config/wardsh/rules/tables.yaml", terminal::RULES);
        desk.write("home/.bash_profile", "PS1='REMOTE PROMPT> '\n");
        symlink(env!("CARGO_BIN_EXE_wardsh"), desk.path("bin/bash")).unwrap();
        for name in ["host", "id"] {
            let mut command = Command::new("ssh-keygen");
            command.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(desk.path(name));
            assert!(command.status().unwrap().success());
        }
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            // Somebody else may have taken the port by the time that the server asks for it.
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            desk.serve(way, port, &sshd, &sftp);
            if desk.answers(port) {
                return Some(desk);
            }
            desk.end();
        }
        panic!("no server: {}", desk.read("log"));
    }

    fn serve(&self, way: Way, port: u16, sshd: &Path, sftp: &Path) {
        let dir = self.dir.path().display();
        let mut config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {dir}/host\nAuthorizedKeysFile {dir}/id.pub\nPidFile {dir}/pid\n\
             StrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             PrintMotd no\nPrintLastLog no\nAcceptEnv CLAUDECODE\nSubsystem sftp {}\n",
            sftp.display()
        );
        if way == Way::StandIn {
            let wardsh = env!("CARGO_BIN_EXE_wardsh");
            let places = format!("--config-dir {dir}/home/.config/wardsh --state-dir {dir}/state");
            self.write(
                "login",
                &format!(
                    "#!/bin/sh\nexport HOME={dir}/home\ncd\n[ -n \"${{SSH_ORIGINAL_COMMAND-}}\" ] || exec {wardsh} {places} -l --shell bash\n\
                     exec {wardsh} {places} -c \"$SSH_ORIGINAL_COMMAND\"\n"
                ),
            );
            fs::set_permissions(self.path("login"), fs::Permissions::from_mode(0o755)).unwrap();
            config.push_str(&format!("ForceCommand exec {dir}/login\n"));
        }
        self.write("sshd_config", &config);
        let user = Command::new("id").arg("-un").output().unwrap();
        let user = String::from_utf8(user.stdout).unwrap();
        self.write(
            "ssh_config",
            &format!(
                "Host desk\nHostName 127.0.0.1\nPort {port}\nUser {user}IdentityFile {dir}/id\nIdentitiesOnly yes\n\
                 StrictHostKeyChecking no\nUserKnownHostsFile {dir}/known-{port}\nLogLevel ERROR\nBatchMode yes\nConnectTimeout 30\n"
            ),
        );
        // A daemon's parent is no test. Were the test killed, the server would end by itself.
        let serve = format!("exec timeout 900 {} -D -e -f {dir}/sshd_config", sshd.display());
        let mut text = String::new();
        if is_root() {
            // What it needs and what it would write down lie in mounts that nobody else sees.
            text.push_str("set -e\nmount -t tmpfs tmpfs /run\nmkdir -m 755 /run/sshd\nmount -t tmpfs tmpfs /var/log\n");
        }
        if way == Way::LoginShell {
            let users = fs::read_to_string("/etc/passwd").unwrap();
            let own = format!("root:x:0:0:root:{dir}/home:{dir}/bin/bash");
            let users: Vec<&str> =
                users.lines().map(|line| if line.starts_with("root:") { own.as_str() } else { line }).collect();
            self.write("passwd", &(users.join("\n") + "\n"));
            text.push_str(&format!("mount --bind {dir}/passwd /etc/passwd\n"));
        }
        text.push_str(&serve);
        self.write("serve", &text);
        let mut command = Command::new("setsid");
        command.arg("-f");
        if is_root() {
            command.args(["unshare", "-m", "--propagation", "private"]);
        }
        let log = || fs::OpenOptions::new().append(true).create(true).open(self.path("log")).unwrap();
        command.arg("sh").arg(self.path("serve")).stdin(Stdio::null()).stdout(log()).stderr(log());
        assert!(command.status().unwrap().success());
    }

    /// Says whether the server has come up.
    fn answers(&self, port: u16) -> bool {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            let listens = self.path("pid").exists() && self.read("log").contains(&format!("port {port}."));
            if listens && TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return true;
            }
            if self.read("log").contains("in use") {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    fn end(&self) {
        let pid = self.read("pid").trim().parse().ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let _ = fs::remove_file(self.path("pid"));
        let _ = fs::remove_file(self.path("log"));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// A client's options.
    fn config(&self) -> String {
        self.path("ssh_config").display().to_string()
    }

    /// A client in the test's folder.
    fn client(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new("timeout");
        command.args(["-k", "5", "60", program]).args(args).current_dir(self.dir.path()).env_clear();
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", self.dir.path());
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "a").env(format!("GIT_{role}_EMAIL"), "a@example.com");
        }
        command.env("GIT_SSH_COMMAND", format!("ssh -F {}", self.config())).stdin(Stdio::null());
        command
    }

    fn run(&self, program: &str, args: &[&str]) -> Output {
        self.client(program, args).output().unwrap()
    }

    /// `ssh desk COMMAND`.
    fn ssh(&self, command: &str) -> Output {
        self.run("ssh", &["-F", &self.config(), "desk", command])
    }

    /// Says whether the server can give a terminal: an ordinary user's can where that has the right group from the start.
    fn has_terminals(&self) -> bool {
        let _ = self.run("ssh", &["-tt", "-F", &self.config(), "desk", "true"]);
        let has = !self.read("log").contains("chown(/dev/");
        if !has {
            println!("skipped: this server cannot give a terminal");
        }
        has
    }

    /// A person who has logged in at a terminal, in a folder where the terminal sees what is made.
    fn login(&self) -> Terminal {
        let config = self.config();
        let options = Options { bare: true, args: &["-F", &config, "-tt", "desk"], ..Options::default() };
        let mut terminal = Terminal::start(&program("ssh").unwrap(), &options);
        let home = terminal.home.path().display().to_string();
        terminal.keys(&format!("cd {home}\r"));
        terminal.after("there");
        terminal
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.end();
    }
}

fn each(test: impl Fn(Way, &Desk)) {
    for way in ways() {
        let Some(desk) = Desk::open(way) else { return };
        test(way, &desk);
    }
}

fn each_with_a_terminal(test: impl Fn(Way, &Desk)) {
    each(|way, desk| {
        if desk.has_terminals() {
            test(way, desk);
        }
    });
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A token by its shape alone.
fn token() -> String {
    ["gl", "pat-", "Zx81", "Kq02", "Lm77", "Pw3v", "Rt5y"].concat()
}

/// Bytes of every kind, and secrets between them.
fn secrets() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    while bytes.len() < 300_000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
        if bytes.len() % 10_000 < 8 {
            bytes.extend_from_slice(format!("\ntoken={}\r\n", token()).as_bytes());
        }
    }
    bytes
}

#[test]
fn a_command_over_ssh_is_one_of_the_shells() {
    each(|way, desk| {
        let rows: [(&str, i32, &str, &str); 8] = [
            ("echo out; echo err >&2", 0, "out\n", "err\n"),
            ("exit 7", 7, "", ""),
            ("(exit 300)", 44, "", ""),
            ("nosuchprogram 2>/dev/null", 127, "", ""),
            ("sh -c 'kill -TERM $$'; exit $?", 143, "", ""),
            // The client's word for a death by signal.
            ("kill -KILL $$", 255, "", ""),
            ("touch BAD", 126, "", "wardsh: refused: touch BAD"),
            ("echo one; touch BAD; echo two", 126, "", "wardsh: refused"),
        ];
        for (command, status, out, err) in rows {
            let output = desk.ssh(command);
            assert_eq!(output.status.code(), Some(status), "{way:?} {command}: {}", text(&output.stderr));
            assert_eq!(text(&output.stdout), out, "{way:?} {command}");
            assert!(text(&output.stderr).starts_with(err), "{way:?} {command}: {}", text(&output.stderr));
        }
        assert!(!desk.path("home/BAD").exists());
        // It is an edge: what is printed is masked, what it reads is not touched, nor what holds no secret.
        fs::write(desk.path("home/secret"), secrets()).unwrap();
        let shown = desk.ssh("cat secret").stdout;
        assert!(!text(&shown).contains(&token()) && text(&shown).contains("[masked:"), "{way:?}");
        let mut child = desk.client("ssh", &["-F", &desk.config(), "desk", "cat >given; wc -c <given"]);
        let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&secrets()).unwrap();
        let mut count = String::new();
        child.stdout.take().unwrap().read_to_string(&mut count).unwrap();
        assert!(child.wait().unwrap().success());
        assert_eq!(count.trim(), secrets().len().to_string());
        assert!(fs::read(desk.path("home/given")).unwrap() == secrets(), "{way:?}");
        let plain: Vec<u8> = (0..1 << 20).map(|at: u32| u8::try_from(at * 7 % 251).unwrap()).collect();
        fs::write(desk.path("home/plain"), &plain).unwrap();
        assert!(desk.ssh("cat plain").stdout == plain, "{way:?}");
    });
}

#[test]
fn transfers_arrive_byte_for_byte() {
    each(|way, desk| {
        let secrets = secrets();
        fs::write(desk.path("home/secret"), &secrets).unwrap();
        fs::write(desk.path("secret"), &secrets).unwrap();
        fs::write(desk.path("batch"), "get secret got\nput secret put\n").unwrap();
        let config = desk.config();
        let remote_shell = format!("ssh -F {config}");
        // What is fetched comes to be `got`, what is sent `home/put`.
        let rows: [(&str, &str, &[&str]); 7] = [
            ("scp", "got", &["-F", &config, "desk:secret", "got"]),
            ("scp", "home/put", &["-F", &config, "secret", "desk:put"]),
            // The old protocol: `scp -f` and `scp -t` at the other end.
            ("scp", "got", &["-O", "-F", &config, "desk:secret", "got"]),
            ("scp", "home/put", &["-O", "-F", &config, "secret", "desk:put"]),
            ("sftp", "got", &["-q", "-b", "batch", "-F", &config, "desk"]),
            ("rsync", "got", &["-a", "-e", &remote_shell, "desk:secret", "got"]),
            ("rsync", "home/put", &["-az", "-e", &remote_shell, "secret", "desk:put"]),
        ];
        for (name, made, args) in rows {
            if program(name).is_none() {
                continue;
            }
            let _ = (fs::remove_file(desk.path("got")), fs::remove_file(desk.path("home/put")));
            let output = desk.run(name, args);
            assert!(output.status.success(), "{way:?} {name} {args:?}: {}", text(&output.stderr));
            assert!(fs::read(desk.path(made)).unwrap() == secrets, "{way:?} {name} {args:?}");
        }
        // The sftp batch has also sent one.
        let output = desk.run("sftp", &["-q", "-b", "batch", "-F", &config, "desk"]);
        assert!(output.status.success() && fs::read(desk.path("home/put")).unwrap() == secrets, "{way:?}");
        fs::create_dir(desk.path("home/folder")).unwrap();
        fs::write(desk.path("home/folder/secret"), &secrets).unwrap();
        for protocol in ["-O", "-s"] {
            let _ = fs::remove_dir_all(desk.path("folder"));
            let output = desk.run("scp", &["-rpq", protocol, "-F", &config, "desk:folder", "."]);
            assert!(output.status.success(), "{way:?} {protocol}: {}", text(&output.stderr));
            assert!(fs::read(desk.path("folder/secret")).unwrap() == secrets, "{way:?} {protocol}");
        }
        git(way, desk);
    });
}

/// A repository with a secret in it is cloned, and a branch with one pushed.
fn git(way: Way, desk: &Desk) {
    let run = |args: &[&str]| {
        let output = desk.run("git", args);
        assert!(output.status.success(), "{way:?} git {args:?}: {}", text(&output.stderr));
        output.stdout
    };
    run(&["init", "-q", "home/repo"]);
    fs::write(desk.path("home/repo/secret"), secrets()).unwrap();
    run(&["-C", "home/repo", "add", "secret"]);
    run(&["-C", "home/repo", "commit", "-q", "-m", "one"]);
    run(&["clone", "-q", "desk:repo", "clone"]);
    assert!(fs::read(desk.path("clone/secret")).unwrap() == secrets(), "{way:?}");
    let archive = run(&["archive", "--format=tar", "--remote=desk:repo", "HEAD"]);
    assert!(archive.windows(secrets().len()).any(|part| part == secrets()), "{way:?}");
    fs::write(desk.path("clone/more"), token()).unwrap();
    run(&["-C", "clone", "add", "more"]);
    run(&["-C", "clone", "commit", "-q", "-m", "two"]);
    run(&["-C", "clone", "push", "-q", "origin", "HEAD:refs/heads/sent"]);
    assert_eq!(text(&run(&["-C", "home/repo", "show", "sent:more"])), token(), "{way:?}");
}

#[test]
fn only_a_persons_transfer_server_is_excused_from_the_masker() {
    each(|way, desk| {
        fs::write(desk.path("home/secret"), secrets()).unwrap();
        let config = desk.config();
        // An agent's mark came with the login.
        let marked = ["-o", "SetEnv=CLAUDECODE=1", "-F", &config];
        let output = desk.run("ssh", &[&marked[..], &["desk", "echo $CLAUDECODE"]].concat());
        assert_eq!(text(&output.stdout), "1\n", "{way:?}: the mark arrives");
        for protocol in ["-O", "-s"] {
            // A mask has another length, so that what the client waits for may never come.
            let args = [&["5", "scp", "-q", protocol][..], &marked, &["desk:secret", "got"]].concat();
            let output = desk.run("timeout", &args);
            assert!(!output.status.success(), "{way:?} {protocol}");
            let got = fs::read(desk.path("got")).unwrap_or_default();
            assert!(!text(&got).contains(&token()), "{way:?} {protocol}");
        }
        // What is no transfer server alone, or only looks like one.
        for command in ["true; cat secret", "scp -f nothing; cat secret", "cat secret | cat", "cat secret # scp -f"] {
            let output = desk.ssh(command);
            let shown = text(&output.stdout);
            assert!(shown.contains("[masked:") && !shown.contains(&token()), "{way:?} {command}");
        }
    });
}

#[test]
fn a_session_at_a_terminal_over_ssh() {
    each_with_a_terminal(|way, desk| {
        let mut terminal = desk.login();
        terminal.keys("touch BAD\r");
        terminal.shows("refused:");
        terminal.after("after-1");
        assert!(!terminal.made("BAD"), "{way:?}");
        terminal.resize(33, 77);
        terminal.settle();
        terminal.keys("stty size >size; tty >tty\r");
        terminal.after("after-2");
        assert_eq!(fs::read_to_string(terminal.home.path().join("size")).unwrap().trim(), "33 77", "{way:?}");
        terminal.keys(": >up; sleep 300\r");
        terminal.wait("the job", |terminal| terminal.made("up"));
        terminal.settle();
        terminal.keys("\x03");
        terminal.keys("echo $? >status\r");
        terminal.after("after-3");
        assert_eq!(fs::read_to_string(terminal.home.path().join("status")).unwrap().trim(), "130", "{way:?}");
        terminal.keys("exit 37\r");
        assert_eq!(terminal.ends(), 37, "{way:?}");
    });
}

#[test]
fn a_closed_ssh_session_leaves_nothing_running() {
    each_with_a_terminal(|way, desk| {
        let mut terminal = desk.login();
        terminal.keys("echo $$ >shell; sh -c 'echo $$ >job; exec sleep 300'\r");
        let read = |terminal: &Terminal, name: &str| {
            fs::read_to_string(terminal.home.path().join(name)).unwrap_or_default().trim().to_owned()
        };
        terminal.wait("the job", |terminal| !read(terminal, "job").is_empty());
        let pids = [read(&terminal, "shell"), read(&terminal, "job")];
        let wardsh = parent(&pids[0]);
        drop(terminal);
        let started = Instant::now();
        while pids.iter().chain([&wardsh]).any(|pid| lives(pid)) {
            assert!(started.elapsed() < PATIENCE, "{way:?}: {pids:?} or {wardsh} are still there");
            std::thread::sleep(Duration::from_millis(20));
        }
    });
}

/// Says whether a process is there, and is no zombie.
fn lives(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim().starts_with(['Z', 'X']))
}

/// A process's parent.
fn parent(pid: &str) -> String {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit_once(')').unwrap().1.split_whitespace().nth(1).unwrap().to_owned()
}

#[test]
fn a_question_over_ssh_is_asked_where_a_person_sits() {
    each_with_a_terminal(|way, desk| {
        let mut terminal = desk.login();
        terminal.keys("git init -q . && echo a >f && git add f && echo b >f\r");
        terminal.after("after-1");
        terminal.keys("git reset --hard\r");
        terminal.shows("Run it?");
        terminal.keys("\r");
        terminal.shows("not run");
        terminal.after("after-2");
        assert_eq!(fs::read_to_string(terminal.home.path().join("f")).unwrap(), "b\n", "{way:?}");
    });
}

#[test]
fn ssh_from_a_guarded_shell() {
    let Some(bash) = terminal::shell("bash") else { return };
    each_with_a_terminal(|way, desk| {
        fs::write(desk.path("home/secret"), secrets()).unwrap();
        let mut terminal = Terminal::start(&bash, &Options::default());
        let config = desk.config();
        terminal.clear();
        terminal.keys(&format!("ssh -F {config} desk; echo $? >status\r"));
        terminal.shows("what is entered in ssh is not judged");
        terminal.shows("REMOTE PROMPT> ");
        terminal.settle();
        // There a wardsh of its own judges, an edge of its own.
        terminal.clear();
        terminal.keys("touch BAD\r");
        terminal.shows("refused:");
        terminal.settle();
        terminal.keys("sleep 300\r");
        terminal.settle();
        terminal.keys("\x03");
        terminal.keys("echo status $? >status\r");
        terminal.wait("Ctrl-C over there", |_| desk.read("home/status").trim() == "status 130");
        terminal.keys("exit 5\r");
        let status = |terminal: &Terminal| fs::read_to_string(terminal.home.path().join("status")).unwrap_or_default();
        terminal.wait("the end of ssh", |terminal| !status(terminal).is_empty());
        assert_eq!(status(&terminal).trim(), "5", "{way:?}");
        terminal.settle();
        terminal.keys(&format!("scp -q -F {config} desk:secret got; scp -q -O -F {config} desk:secret old\r"));
        terminal.after("after-2");
        for name in ["got", "old"] {
            assert!(fs::read(terminal.home.path().join(name)).unwrap() == secrets(), "{way:?} {name}");
        }
        terminal.clear();
        terminal.keys(&format!("ssh -F {config} desk 'tail -c 100 secret'\r"));
        terminal.after("after-3");
        assert!(!terminal.screen().contains(&token()), "{way:?}");
        assert!(!desk.path("home/BAD").exists() && !terminal.made("BAD"), "{way:?}");
    });
}
