//! Tables: command → effects on files.

use super::tests_world::{Fake, WORK, invocation, line};
use super::{Effect, effects};

/// `kind scope trait trait` of files, git, processes and the machine, one effect after the other, parted by `; `; alike ones once.
pub(crate) fn shown(found: &[Effect]) -> String {
    let mut out: Vec<String> = Vec::new();
    let own = |effect: &&Effect| {
        ["fs.", "vcs.", "proc.", "sys.", "priv."].iter().any(|kind| effect.kind.as_str().starts_with(kind))
    };
    for effect in found.iter().filter(own) {
        let mut text = format!("{} {}", effect.kind.as_str(), effect.scope);
        for known in &effect.traits {
            text.push(' ');
            text.push_str(serde_json::to_string(known).unwrap().trim_matches('"'));
        }
        if !out.contains(&text) {
            out.push(text);
        }
    }
    out.join("; ")
}

fn world() -> Fake {
    Fake::new(&[
        "Cargo.toml",
        "package.json",
        "=src/",
        "=src/main.rs",
        "*src/lib.rs",
        "target/",
        "node_modules/",
        "node_modules/x/",
        "notes/",
        "notes/a.md",
        "photos.zip",
        ".env",
        "app.db",
        "run.log",
        "tmp_x/",
        "*mixed/",
        "=README.md",
        ".git/",
        ".git/index.lock",
        ".git/config",
        "link",
        "=dist/",
        "build/",
        "/etc/passwd",
        "/etc/nginx/",
        "/etc/nginx/nginx.conf",
        "/home/u/other/",
        "/home/u/other/a.txt",
        "/home/u/.bashrc",
        "/home/u/.ssh/",
        "/home/u/.ssh/id_rsa",
        "/home/u/.cache/",
        "/srv/x/",
        "/data/",
        "/tmp/x/",
        "/tmp/y",
        "/usr/bin/ls",
        "/var/log/",
        "/var/lib/",
        "/home/u/.npm/",
        "/mnt/disk/",
        "out.txt",
        "a.o",
        "b.o",
    ])
    .link(&format!("{WORK}/link"), "/home/u/other")
}

pub(crate) fn judge(world: &Fake, text: &str) -> String {
    let commands: Vec<&str> = text.split(" ;; ").collect();
    shown(&effects(&line(&commands), world, &["/home/u/clients".to_owned()]))
}

#[track_caller]
fn check(rows: &[(&str, &str)]) {
    let world = world();
    let mut wrong = Vec::new();
    for (text, want) in rows {
        let got = judge(&world, text);
        if got != *want {
            wrong.push(format!("    (\"{text}\", \"{got}\"),"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn deleting() {
    check(&[
        ("rm -rf /", "fs.delete root recursive whole"),
        ("rm -rf /*", "fs.delete root recursive bulk whole"),
        ("rm -rf //", "fs.delete root recursive whole"),
        ("rm -rf /.", "fs.delete root recursive whole"),
        ("rm -rf /etc/..", "fs.delete root recursive whole"),
        ("rm --recursive --force /", "fs.delete root recursive whole"),
        ("rm -fr --no-preserve-root /", "fs.delete root recursive whole"),
        ("rm -rf ~", "fs.delete home recursive valuable whole"),
        ("rm -rf ~/", "fs.delete home recursive valuable whole"),
        ("rm -rf ~/*", "fs.delete home recursive bulk valuable whole"),
        ("rm -rf ~root", "fs.delete system recursive missing whole"),
        ("rm -rf /home/u", "fs.delete home recursive valuable whole"),
        ("rm -rf /home", "fs.delete system recursive valuable whole"),
        ("rm -rf /home/*", "fs.delete system recursive bulk valuable whole"),
        ("rm -rf /home/other", "fs.delete outside-workspace recursive missing valuable whole"),
        ("rm -rf /etc", "fs.delete system recursive whole"),
        ("rm -rf /usr/bin", "fs.delete system recursive whole"),
        ("rm -rf /var/lib/*", "fs.delete system recursive bulk whole"),
        ("rm -rf /etc/nginx", "fs.delete system recursive"),
        ("rm /etc/passwd", "fs.delete protected valuable"),
        ("rm /etc/nginx/nginx.conf", "fs.delete system"),
        ("rm -rf /boot", "fs.delete protected recursive missing valuable whole"),
        ("rm -rf .", "fs.delete workspace recursive whole"),
        ("rm -rf ./*", "fs.delete workspace recursive bulk whole"),
        ("rm -rf *", "fs.delete workspace recursive bulk whole"),
        ("rm -f *", "fs.delete workspace bulk whole"),
        ("rm -rf ..", "fs.delete home recursive valuable whole"),
        ("rm -rf ../other", "fs.delete home recursive"),
        ("rm -rf ~/other", "fs.delete home recursive"),
        ("rm -rf ~/gone", "fs.delete home recursive missing"),
        ("rm ~/other/a.txt", "fs.delete home"),
        ("rm -rf ~/.ssh", "fs.delete protected recursive valuable secret"),
        ("rm ~/.ssh/known_hosts", "fs.delete protected missing valuable"),
        ("rm ~/.bashrc", "fs.delete home startup"),
        ("rm -rf ~/.cache", "fs.delete home recursive scratch"),
        ("rm -rf ~/.npm/_cacache", "fs.delete home recursive missing scratch"),
        ("rm -rf ~/clients/acme", "fs.delete protected recursive missing valuable"),
        ("rm -rf src", "fs.delete workspace recursive valuable recoverable"),
        ("rm src/main.rs", "fs.delete workspace recoverable"),
        ("rm src/lib.rs", "fs.delete workspace"),
        ("rm -rf target", "fs.delete regenerable recursive"),
        ("rm -rf ./target/debug", "fs.delete regenerable recursive missing"),
        ("rm -rf node_modules package-lock.json", "fs.delete regenerable recursive; fs.delete workspace missing"),
        ("rm -rf dist", "fs.delete workspace recursive recoverable"),
        ("rm -rf build", "fs.delete regenerable recursive"),
        ("rm -rf coverage", "fs.delete regenerable recursive missing"),
        ("rm -rf .venv", "fs.delete regenerable recursive missing"),
        ("rm -rf notes", "fs.delete workspace recursive valuable"),
        ("rm -rf notes/*", "fs.delete workspace recursive bulk valuable"),
        ("rm notes/a.md", "fs.delete workspace"),
        ("rm -rf mixed", "fs.delete workspace recursive valuable"),
        ("rm photos.zip", "fs.delete workspace"),
        ("rm .env", "fs.delete workspace valuable secret"),
        ("rm .env.example", "fs.delete workspace missing"),
        ("rm app.db", "fs.delete workspace valuable"),
        ("rm run.log", "fs.delete workspace scratch"),
        ("rm -rf tmp_x", "fs.delete workspace recursive scratch"),
        ("rm *.o", "fs.delete workspace bulk scratch"),
        ("rm -f *.pyc", "fs.delete workspace bulk missing scratch"),
        ("rm -rf .git", "fs.delete protected recursive valuable whole"),
        ("rm -f .git/index.lock", "fs.delete workspace scratch"),
        ("rm -rf data", "fs.delete workspace recursive missing valuable"),
        ("rm -rf thing", "fs.delete workspace recursive missing"),
        ("rm -rf link", "fs.delete workspace recursive"),
        ("rm -rf link/", "fs.delete home recursive"),
        ("rm -rf link/*", "fs.delete home recursive bulk"),
        ("rm -rf /tmp/x", "fs.delete temp recursive"),
        ("rm -rf /tmp/*", "fs.delete temp recursive bulk whole"),
        ("rm -rf /tmp", "fs.delete temp recursive whole"),
        ("rm -rf /tmp/../etc", "fs.delete system recursive whole"),
        ("rm -rf /var/tmp/build-$TOKEN", "fs.delete temp recursive missing"),
        ("rm -rf /tmp/$X", "fs.delete temp recursive unknown-target; fs.delete temp recursive whole"),
        ("rm -rf $X", "fs.delete unknown recursive unknown-target"),
        ("rm -rf $X/", "fs.delete unknown recursive unknown-target; fs.delete root recursive whole"),
        ("rm -rf $X/*", "fs.delete unknown recursive bulk unknown-target; fs.delete root recursive bulk whole"),
        ("rm -rf $X/build", "fs.delete unknown recursive unknown-target scratch"),
        ("rm $X/a.txt", "fs.delete unknown unknown-target"),
        ("rm $f", "fs.delete unknown unknown-target"),
        ("rm -rf ./$X", "fs.delete workspace recursive unknown-target; fs.delete workspace recursive whole"),
        ("rm -rf build-$TOKEN", "fs.delete workspace recursive missing scratch"),
        ("rm -rf '$X'", "fs.delete workspace recursive missing"),
        ("rm -rf '*'", "fs.delete workspace recursive bulk whole"),
        ("rm -rf /srv/x", "fs.delete system recursive"),
        ("rm -rf /data", "fs.delete outside-workspace recursive valuable"),
        ("rm -rf /opt/tool", "fs.delete system recursive missing"),
        ("rm -rf /mnt/disk", "fs.delete outside-workspace recursive valuable whole"),
        ("rm -rf -- -x", "fs.delete workspace recursive missing"),
        ("rm -- -rf", "fs.delete workspace missing"),
        ("rm --help", ""),
        ("rm -rf /dev/shm/x", "fs.delete temp recursive missing"),
        ("rm -rf /var/lib/apt/lists/*", "fs.delete system recursive bulk missing scratch"),
        ("rm -rf $PWD", "fs.delete workspace recursive whole"),
        ("mktemp -d ;; rm -rf $(0)", "fs.delete temp recursive missing"),
        ("mktemp -d ;; rm -rf $(0)/*", "fs.delete temp recursive bulk missing"),
        ("pwd ;; rm -rf $(0)/node_modules", "fs.delete regenerable recursive"),
        ("git rev-parse --show-toplevel ;; rm -rf $(0)", "fs.delete workspace recursive whole"),
        ("mkdir -p fresh ;; rm -rf fresh", "fs.delete workspace recursive missing scratch"),
        ("echo hi > made.md ;; rm made.md", "fs.delete workspace missing scratch"),
        ("rmdir notes", "fs.delete workspace scratch valuable"),
        ("unlink photos.zip", "fs.delete workspace"),
        ("shred -u src/main.rs", "fs.delete workspace"),
        ("shred /dev/sda", "fs.device system whole"),
        ("trash notes", "fs.delete workspace valuable keeps-old"),
        ("gio trash notes", "fs.delete workspace valuable keeps-old"),
        ("rimraf dist node_modules", "fs.delete workspace recursive recoverable; fs.delete regenerable recursive"),
        ("srm -rf ~/other", "fs.delete home recursive"),
        ("cmd /c rd /s /q notes", "fs.delete workspace recursive valuable"),
        ("cmd /c del /s /q C:\\", "fs.delete root recursive whole"),
    ]);
}

#[test]
fn finding() {
    check(&[
        ("find . -delete", "fs.delete workspace recursive bulk whole"),
        ("find . -type f -delete", "fs.delete workspace recursive bulk whole"),
        ("find . -name '*.pyc' -delete", "fs.delete workspace recursive bulk scratch"),
        ("find . -delete -name '*.pyc'", "fs.delete workspace recursive bulk whole"),
        ("find . -name '*.txt' -delete", "fs.delete workspace recursive bulk"),
        ("find . -name '*.pyc' -o -name '*.pyo' -delete", "fs.delete workspace recursive bulk scratch"),
        ("find . '(' -name '*.pyc' -o -name '*.md' ')' -delete", "fs.delete workspace recursive bulk"),
        ("find . '(' -name '*.pyc' -o -name '*.pyo' ')' -delete", "fs.delete workspace recursive bulk scratch"),
        ("find . -name a -o -delete", "fs.delete workspace recursive bulk whole"),
        ("find . ! -name keep -delete", "fs.delete workspace recursive bulk whole"),
        ("find / -name x -delete", "fs.delete root recursive bulk"),
        ("find -name '*.orig' -delete", "fs.delete workspace recursive bulk scratch"),
        ("find . -type d -empty -delete", "fs.delete workspace recursive bulk scratch"),
        ("find ~ -name .DS_Store -delete", "fs.delete home recursive bulk scratch"),
        ("find /tmp -mtime +3 -delete", "fs.delete temp recursive bulk"),
        ("find /var/log -name '*.log' -mtime +7 -delete", "fs.delete system recursive bulk scratch"),
        ("find target -name '*.rlib' -delete", "fs.delete regenerable recursive bulk"),
        ("find src -name '*.rs' -delete", "fs.delete workspace recursive bulk valuable recoverable"),
        ("find $X -name '*.tmp' -delete", "fs.delete unknown recursive bulk unknown-target scratch"),
        ("find . -name '*.py' -print", ""),
        ("find . -fprint /etc/passwd", "fs.overwrite protected bulk valuable"),
        (
            "find . -name __pycache__ -exec rm -rf {} + ;; rm -rf $(0)",
            "fs.delete workspace recursive bulk unknown-target scratch",
        ),
        ("find . -name '*.txt' -exec rm {} ';' ;; rm $(0)", "fs.delete workspace bulk unknown-target"),
        ("find . -name '*.log' ;; xargs rm -f ^0 ;; rm -f $(0)", "fs.delete workspace bulk unknown-target scratch"),
        ("find . -type f ;; grep -v keep ^0 ;; rm $(1)", "fs.delete workspace bulk unknown-target whole"),
        ("ls ;; grep '\\.log$' ^0 ;; rm $(1)", "fs.delete workspace bulk unknown-target scratch"),
        ("ls -t ;; tail -n +5 ^0 ;; rm -rf $(1)", "fs.delete workspace recursive bulk unknown-target"),
        ("git ls-files ;; rm $(0)", "fs.delete workspace bulk unknown-target recoverable"),
        ("fd -e pyc ;; rm $(0)", "fs.delete workspace bulk unknown-target scratch"),
        ("grep -rl foo src ;; rm $(0)", "fs.delete workspace bulk unknown-target valuable"),
    ]);
}

#[test]
fn writing() {
    check(&[
        ("echo hi > notes/a.md", "fs.overwrite workspace"),
        ("echo hi > new.md", ""),
        ("echo hi > /tmp/y", ""),
        ("echo hi > /dev/null", ""),
        ("echo hi > /dev/stderr", ""),
        ("echo hi > /dev/sda", "fs.device system whole"),
        ("echo hi > /dev/ttyUSB0", ""),
        ("echo hi >> /dev/nvme0n1p1", "fs.device system whole"),
        ("echo hi > /etc/hosts", "fs.overwrite system missing"),
        ("echo hi >> /etc/hosts", "fs.overwrite system missing keeps-old"),
        ("echo hi > ~/.bashrc", "fs.overwrite home startup"),
        ("echo hi >> ~/.bashrc", "fs.overwrite home startup keeps-old"),
        (": > app.db", "fs.overwrite workspace valuable"),
        ("cat /dev/null > run.log", ""),
        ("echo b > /proc/sysrq-trigger", "sys.power system"),
        ("echo hi > $X", ""),
        ("echo hi > /tmp/$X", ""),
        ("tee /etc/hosts", "fs.overwrite system missing"),
        ("tee -a notes/a.md", ""),
        ("tee out.txt", "fs.overwrite workspace"),
        ("dd if=/dev/zero of=/dev/sda bs=1M", "fs.device system whole"),
        ("dd if=/dev/zero of=disk.img bs=1M", ""),
        ("dd if=a of=/dev/$X", "fs.device system whole"),
        ("dd if=/dev/sda of=/tmp/img", ""),
        ("truncate -s 0 app.db", "fs.overwrite workspace valuable"),
        ("truncate -s +1M app.db", "fs.overwrite workspace valuable keeps-old"),
        ("sed -i s/a/b/ src/main.rs", ""),
        ("sed -i s/a/b/ /etc/hosts", "fs.overwrite system missing"),
        ("sed -i.bak s/a/b/ /etc/hosts", "fs.overwrite system missing keeps-old"),
        ("sed -n s/a/b/ /etc/hosts", ""),
        ("perl -pi -e s/a/b/ /etc/hosts", "fs.overwrite system missing"),
        ("perl -i.bak -pe s/a/b/ ~/.bashrc", "fs.overwrite home startup keeps-old"),
        ("perl -ne print /etc/hosts", ""),
        ("cp a.txt notes/a.md", "fs.overwrite workspace"),
        ("cp -n a.txt notes/a.md", "fs.overwrite workspace keeps-old"),
        ("cp a.txt notes/", ""),
        ("cp notes/a.md /etc/nginx", "fs.overwrite system missing"),
        ("cp tool /usr/bin/ls", "fs.overwrite system"),
        ("cp /dev/null app.db", "fs.overwrite workspace valuable"),
        ("cp x /dev/sda", "fs.device system whole"),
        ("cp -t /etc a b", "fs.overwrite system missing"),
        ("cp .env.example .env", "fs.overwrite workspace valuable secret"),
        ("cp -r src /tmp/x", ""),
        ("mv notes/a.md notes/b.md", "fs.move workspace"),
        ("mv photos.zip /dev/null", "fs.delete workspace recursive"),
        ("mv ~ /tmp/x", "fs.move home recursive valuable whole"),
        ("mv ~/* /tmp/x", "fs.move home recursive bulk valuable whole"),
        ("mv /etc/nginx /tmp", "fs.move system recursive"),
        ("mv ~/.ssh /tmp", "fs.move protected recursive valuable secret"),
        ("mv /tmp/y out.txt", "fs.overwrite workspace"),
        ("ln -s a b", ""),
        ("ln -sf a ~/.bashrc", "fs.overwrite home startup"),
        ("ln -sf /tmp/y notes/a.md", "fs.overwrite workspace"),
        ("install -m 755 tool /usr/local/bin/tool", "fs.overwrite system missing"),
        ("install -m 4755 tool /usr/local/bin/tool", "fs.overwrite system missing; priv.escalate system missing"),
        ("install -d /usr/local/lib/x", ""),
        ("rsync -a src/ /tmp/x/", ""),
        ("rsync -a --delete src/ ~/other/", "fs.delete home recursive bulk"),
        ("rsync -a --delete build/ dist/", "fs.delete workspace recursive bulk recoverable"),
        ("rsync -an --delete src/ /", ""),
        ("rsync -a --delete ./ web1:/var/www/", "fs.delete remote:web1 recursive bulk"),
        ("rsync -a --remove-source-files notes/ web1:/x", "fs.move workspace valuable"),
        ("scp web1:x notes/a.md", "fs.overwrite workspace"),
        ("scp notes/a.md web1:x", ""),
        ("curl -o out.txt http://x", "fs.overwrite workspace"),
        ("curl -sSLo /usr/local/bin/x http://x", "fs.overwrite system missing"),
        ("wget -O /etc/hosts http://x", "fs.overwrite system missing"),
        ("tar xzf a.tgz", ""),
        ("tar xzf a.tgz -C /", "fs.overwrite root recursive bulk whole"),
        ("tar -C /usr/local -xzf go.tgz", "fs.overwrite system recursive bulk missing whole"),
        ("tar czf a.tgz --remove-files notes", "fs.delete workspace recursive valuable keeps-old"),
        ("tar czf photos.zip notes", "fs.overwrite workspace"),
        ("unzip -o a.zip -d /etc", "fs.overwrite system recursive bulk whole"),
        ("unzip -l a.zip -d /etc", ""),
        ("zip -rm a.zip notes", "fs.delete workspace recursive valuable keeps-old"),
        ("touch /etc/x", ""),
        ("mkdir -p /etc/x", ""),
    ]);
}

#[test]
fn devices_and_permissions() {
    check(&[
        ("mkfs.ext4 /dev/sdb1", "fs.device system whole"),
        ("mkfs -t ext4 /dev/sdb1", "fs.device system whole"),
        ("mkfs.ext4 disk.img", ""),
        ("mkfs.ext4 $DEV", "fs.device unknown unknown-target"),
        ("wipefs -a /dev/sdb", "fs.device system whole"),
        ("wipefs /dev/sdb", ""),
        ("fdisk -l /dev/sda", ""),
        ("fdisk /dev/sda", "fs.device system whole"),
        ("parted -s /dev/sda mklabel gpt", "fs.device system whole"),
        ("parted /dev/sda print", ""),
        ("sgdisk --zap-all /dev/sda", "fs.device system whole"),
        ("blkdiscard -f /dev/nvme0n1", "fs.device system whole"),
        ("hdparm -I /dev/sda", ""),
        ("hdparm --security-erase p /dev/sda", "fs.device system whole"),
        ("nvme list", ""),
        ("nvme format /dev/nvme0n1", "fs.device system whole"),
        ("badblocks -wsv /dev/sdb", "fs.device system whole"),
        ("diskutil eraseDisk JHFS+ x disk2", "fs.device system whole"),
        ("diskutil list", ""),
        ("mkswap /dev/sdb2", "fs.device system whole"),
        ("chmod +x run.sh", ""),
        ("chmod 755 src", ""),
        ("chmod -R 755 .", "fs.permission workspace recursive whole"),
        ("chmod 777 out.txt", "fs.permission workspace"),
        ("chmod -R 777 .", "fs.permission workspace recursive whole"),
        ("chmod -R 777 /", "fs.permission root recursive whole"),
        ("chmod -R 777 /tmp/x", ""),
        ("chmod -R a+rwx src", "fs.permission workspace recursive valuable recoverable"),
        ("chmod 600 ~/.ssh/id_rsa", ""),
        ("chmod 644 ~/.ssh/id_rsa", "fs.permission protected valuable secret"),
        ("chmod u+s run.sh", "priv.escalate workspace missing; fs.permission workspace missing"),
        ("chmod 4755 /usr/bin/ls", "priv.escalate system; fs.permission system"),
        ("chmod -x /usr/bin/ls", "fs.permission system"),
        ("chmod -R 000 ~", "fs.permission home recursive valuable whole"),
        ("chmod +x /usr/local/bin/tool", "fs.permission system missing"),
        ("chmod --recursive 755 /etc", "fs.permission system recursive whole"),
        ("chown -R u:u .", ""),
        ("chown -R u:u ~/.npm", "fs.permission home recursive scratch"),
        ("chown -R u /", "fs.permission root recursive whole"),
        ("chown -R u /usr", "fs.permission system recursive whole"),
        ("chown root:root run.sh", ""),
        ("chattr +i /etc/passwd", "fs.permission protected valuable"),
        ("setcap cap_setuid+ep run.sh", "priv.escalate workspace missing"),
        ("setcap cap_net_bind_service=+ep run.sh", ""),
        ("setfacl -R -m o::rwx /srv/x", "fs.permission system recursive"),
    ]);
}

#[test]
fn hostile_words_end() {
    let world = world();
    for text in [
        "find . ".to_owned() + &"( ".repeat(500),
        "find . ".to_owned() + &") -o ".repeat(500),
        "rm -rf ".to_owned() + &"../".repeat(2000),
        "chmod -R".to_owned(),
        "cp".to_owned(),
        "tar x".to_owned(),
        "git -C".to_owned(),
        "kill -".to_owned(),
        "dd of=".to_owned(),
    ] {
        let _ = judge(&world, &text);
    }
}

#[test]
fn elsewhere() {
    let world = world();
    let mut far = invocation("rm -rf /var/www");
    far.remote = Some("ssh:web1".into());
    let mut whole = invocation("rm -rf /");
    whole.remote = Some("ssh:web1".into());
    let mut scratch = invocation("rm -rf /tmp/x");
    scratch.remote = Some("ssh:web1".into());
    for (inv, want) in [
        (far, "fs.delete remote:ssh:web1 recursive valuable"),
        (whole, "fs.delete remote:ssh:web1 recursive valuable whole"),
        (scratch, "fs.delete remote:ssh:web1 recursive scratch"),
    ] {
        let mut line = line(&[]);
        line.invocations.push(inv);
        assert_eq!(shown(&effects(&line, &world, &[])), want);
    }
}

#[test]
fn a_home_in_what_is_built_is_a_home() {
    let mut world = world();
    world.vars.insert("HOME".into(), format!("{WORK}/target/tmp/home"));
    for (text, want) in [
        ("rm -rf target/tmp/home", "fs.delete home recursive missing whole"),
        ("rm -rf target", "fs.delete home recursive whole"),
        ("rm -rf target/debug", "fs.delete regenerable recursive missing"),
    ] {
        assert_eq!(judge(&world, text), want, "{text}");
    }
    world.vars.insert("HOME".into(), "/home/u/.cache/run/home".into());
    for (text, want) in [
        ("rm -rf ~/.cache", "fs.delete home recursive whole"),
        ("rm -rf ~/.cache/run/home", "fs.delete home recursive missing whole"),
    ] {
        assert_eq!(judge(&world, text), want, "{text}");
    }
}
