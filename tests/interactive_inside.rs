//! Programs that have a terminal of their own to give: sudo and screen below a guarded shell, and a guarded shell below
//! screen.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod terminal;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use terminal::{Options, Terminal};

fn program(name: &str) -> Option<PathBuf> {
    let found = ["/usr/bin", "/bin", "/usr/local/bin"].iter().map(|dir| Path::new(dir).join(name));
    let found = found.into_iter().find(|path| path.exists());
    if found.is_none() {
        println!("skipped: {name} is not installed");
    }
    found
}

fn read(terminal: &Terminal, name: &str) -> String {
    fs::read_to_string(terminal.home.path().join(name)).unwrap_or_default().trim().to_owned()
}

/// Enters a line that writes a status into a file; gives the status.
fn status(terminal: &mut Terminal, line: &str) -> String {
    let _ = fs::remove_file(terminal.home.path().join("status"));
    terminal.keys(&format!("{line}; echo \"$?.\" >status\r"));
    terminal.wait(line, |terminal| read(terminal, "status").ends_with('.'));
    terminal.settle();
    read(terminal, "status")
}

/// What sudo does below a guarded shell, once it asks for no word.
fn sudo_works(terminal: &mut Terminal) {
    assert_eq!(status(terminal, "sudo -n true"), "0.");
    assert_eq!(status(terminal, "sudo -n sh -c 'id -u >uid; tty >tty; exit 9'"), "9.");
    assert_eq!(read(terminal, "uid"), "0");
    assert!(read(terminal, "tty").starts_with("/dev/"), "{}", read(terminal, "tty"));
    terminal.keys("sudo -n sh -c ': >up; sleep 300'\r");
    terminal.wait("the job", |terminal| terminal.made("up"));
    terminal.settle();
    // Stopped, gone on with, and ended by keys, as ever.
    terminal.clear();
    terminal.keys("\x1a");
    terminal.shows("Stopped");
    terminal.settle();
    terminal.keys("fg\r");
    terminal.settle();
    terminal.keys("\x03");
    terminal.settle();
    assert_eq!(status(terminal, "jobs >jobs; [ ! -s jobs ]"), "0.");
    terminal.clear();
    terminal.keys("sudo -n touch BAD\r");
    terminal.shows("refused:");
    terminal.after("after-sudo");
    assert!(!terminal.made("BAD"));
}

#[test]
fn sudo_below_a_guarded_shell() {
    let (Some(bash), Some(sudo)) = (terminal::shell("bash"), program("sudo")) else { return };
    let free = Command::new(sudo).args(["-n", "true"]).stdin(Stdio::null()).stderr(Stdio::null()).status();
    if !free.is_ok_and(|status| status.success()) {
        println!("skipped: sudo wants a word here");
        return;
    }
    sudo_works(&mut Terminal::start(&bash, &Options::default()));
}

/// The user database with somebody in it who has to give sudo a word; nobody but that shell sees it.
fn with_a_guest(dir: &Path, word: &str) -> Option<PathBuf> {
    let hash = Command::new("openssl").args(["passwd", "-6", word]).output().ok()?;
    let hash = String::from_utf8(hash.stdout).ok()?;
    let write = |name: &str, text: &str, mode: u32| {
        fs::write(dir.join(name), text).unwrap();
        fs::set_permissions(dir.join(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let shown = dir.display();
    write("passwd", &format!("{users}guest:x:64321:64321::{shown}/guest:/bin/bash\n"), 0o644);
    write("shadow", &format!("root:*:19000::::::\nguest:{}:19000::::::\n", hash.trim()), 0o640);
    write(
        "sudoers",
        "Defaults use_pty\nDefaults lecture=never\nroot ALL=(ALL:ALL) ALL\nguest ALL=(ALL:ALL) ALL\n",
        0o440,
    );
    fs::create_dir_all(dir.join("guest/rules")).ok()?;
    write("guest/rules/tables.yaml", terminal::RULES, 0o644);
    fs::copy(env!("CARGO_BIN_EXE_wardsh"), dir.join("wardsh")).ok()?;
    write(
        "enter",
        &format!(
            "set -e\nfor name in passwd shadow sudoers; do mount --bind {shown}/$name /etc/$name; done\n\
             mount -t tmpfs tmpfs /run\nmkdir -m 700 /run/sudo\n[ ! -d /var/lib/sudo ] || mount -t tmpfs tmpfs /var/lib/sudo\n\
             chown -R 64321:64321 \"$HOME\" {shown}/guest\n\
             exec setpriv --reuid 64321 --regid 64321 --clear-groups {shown}/wardsh --config-dir {shown}/guest --state-dir {shown}/guest/state --shell bash\n"
        ),
        0o644,
    );
    Some(dir.join("enter"))
}

#[test]
fn sudo_asks_for_a_word_that_nobody_sees() {
    if !rustix::process::geteuid().is_root() || program("sudo").is_none() || program("setpriv").is_none() {
        println!("skipped: this needs root and sudo");
        return;
    }
    let private = ["-m", "--propagation", "private"];
    let mounts = Command::new("unshare").args(private).arg("true").stderr(Stdio::null()).status();
    let dir = tempfile::tempdir().unwrap();
    let word = ["open", "-sesame-", "4711"].concat();
    let Some(enter) = with_a_guest(dir.path(), &word).filter(|_| mounts.is_ok_and(|status| status.success())) else {
        println!("skipped: no mounts or no openssl here");
        return;
    };
    let args = [&private[..], &["sh", enter.to_str().unwrap()]].concat();
    let options = Options { bare: true, args: &args, ..Options::default() };
    let mut terminal = Terminal::start(&program("unshare").unwrap(), &options);
    assert_eq!(status(&mut terminal, "sudo -n true"), "1.");
    terminal.clear();
    terminal.keys("sudo -v && touch granted\r");
    // The prompt comes although no line ends there.
    terminal.shows("[sudo] password for guest:");
    terminal.settle();
    terminal.keys(&format!("{word}\r"));
    terminal.wait("sudo", |terminal| terminal.made("granted"));
    assert!(!terminal.screen().contains(&word), "{}", terminal.screen());
    assert_eq!(status(&mut terminal, "true"), "0.");
    sudo_works(&mut terminal);
}

/// screen's own files, and what ends its server.
struct Screen {
    dir: tempfile::TempDir,
    program: PathBuf,
}

impl Screen {
    fn new() -> Option<Self> {
        let screen = Self { program: program("screen")?, dir: tempfile::tempdir().unwrap() };
        fs::create_dir(screen.path("sockets")).unwrap();
        fs::set_permissions(screen.path("sockets"), fs::Permissions::from_mode(0o700)).unwrap();
        fs::create_dir_all(screen.path("config/rules")).unwrap();
        fs::write(screen.path("config/rules/tables.yaml"), terminal::RULES).unwrap();
        fs::write(screen.path("rc"), "startup_message off\nvbell off\n").unwrap();
        Some(screen)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let mut command = Command::new(&self.program);
        command.env("SCREENDIR", self.path("sockets")).args(["-S", "test", "-X", "quit"]);
        let _ = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

#[test]
fn a_guarded_shell_below_screen() {
    let (Some(screen), Some(_)) = (Screen::new(), terminal::shell("bash")) else { return };
    let (rc, config, state) = (screen.text("rc"), screen.text("config"), screen.text("state"));
    let sockets = screen.text("sockets");
    let own = ["--config-dir", &config, "--state-dir", &state, "--shell", "bash"];
    let args = [&["-c", &rc, "-S", "test", env!("CARGO_BIN_EXE_wardsh")][..], &own].concat();
    let vars = [("SCREENDIR", sockets.as_str())];
    let options = Options { bare: true, args: &args, vars: &vars, ..Options::default() };
    let mut terminal = Terminal::start(&screen.program, &options);
    terminal.keys("touch BAD\r");
    terminal.shows("refused:");
    terminal.after("after-1");
    terminal.resize(25, 70);
    terminal.settle();
    assert_eq!(status(&mut terminal, "stty size >size"), "0.");
    assert_eq!(read(&terminal, "size"), "25 70");
    terminal.keys("sleep 300\r");
    terminal.settle();
    terminal.keys("\x03");
    assert_eq!(status(&mut terminal, "echo $? >seen"), "0.");
    assert_eq!(read(&terminal, "seen"), "130");
    // A question finds a person there.
    assert_eq!(status(&mut terminal, "git init -q . && echo a >f && git add f && echo b >f"), "0.");
    terminal.clear();
    terminal.keys("git reset --hard\r");
    terminal.shows("Run it?");
    terminal.keys("\r");
    terminal.shows("not run");
    terminal.settle();
    assert_eq!(read(&terminal, "f"), "b");
    // Let go of and taken up again.
    assert_eq!(status(&mut terminal, "KEPT=kept"), "0.");
    terminal.keys("\x01d");
    assert_eq!(terminal.ends(), 0);
    let args = ["-c", &rc, "-r", "test"];
    let mut again =
        Terminal::start(&screen.program, &Options { bare: true, args: &args, vars: &vars, ..Options::default() });
    let home = again.home.path().display().to_string();
    again.keys(&format!("cd {home}\r"));
    again.settle();
    assert_eq!(status(&mut again, "echo $KEPT >kept"), "0.");
    assert_eq!(read(&again, "kept"), "kept");
    again.clear();
    again.keys("touch BAD\r");
    again.shows("refused:");
    again.settle();
    again.keys("exit\r");
    again.ends();
    assert!(!again.made("BAD") && !terminal.made("BAD"));
}

#[test]
fn screen_below_a_guarded_shell() {
    let (Some(screen), Some(bash)) = (Screen::new(), terminal::shell("bash")) else { return };
    let sockets = screen.text("sockets");
    let vars = [("SCREENDIR", sockets.as_str())];
    let mut terminal = Terminal::start(&bash, &Options { vars: &vars, ..Options::default() });
    terminal.clear();
    terminal.keys(&format!("screen -c {} -S test bash --norc; echo \"$?.\" >ended\r", screen.text("rc")));
    terminal.shows("is not judged");
    terminal.wait("a window", |terminal| terminal.screen().contains("bash-"));
    terminal.settle();
    terminal.keys(": >inside; stty size >size\r");
    terminal.wait("a line in the window", |terminal| terminal.made("size"));
    assert_eq!(read(&terminal, "size"), "30 100");
    terminal.resize(25, 70);
    terminal.settle();
    terminal.keys("stty size >size\r");
    terminal.wait("another size", |terminal| read(terminal, "size") == "25 70");
    // Enter there is none of the shell's own.
    assert!(!terminal.screen().contains("without being judged"), "{}", terminal.screen());
    // Let go of, taken up again, left.
    terminal.keys("\x01d");
    terminal.wait("the shell", |terminal| read(terminal, "ended") == "0.");
    terminal.settle();
    terminal.clear();
    terminal.keys("touch BAD\r");
    terminal.shows("refused:");
    terminal.after("after-1");
    terminal.keys("screen -r test\r");
    terminal.settle();
    terminal.keys(": >again\r");
    terminal.wait("the window again", |terminal| terminal.made("again"));
    terminal.keys("exit\r");
    terminal.shows("screen is terminating");
    terminal.settle();
    terminal.clear();
    terminal.keys("touch BAD\r");
    terminal.shows("refused:");
    terminal.after("after-2");
    assert!(!terminal.made("BAD"));
}
