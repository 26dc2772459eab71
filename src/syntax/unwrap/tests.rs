//! Commands and what they run, one layer down.

use super::{Dialect, Inner, Step, unwrap};
use crate::syntax::world::fake::FakeWorld;
use crate::syntax::{Arg, Invocation, Origin, Span, Stdin, Stdout, Value};

/// Builds an invocation from words: leading `A=b` are assignments, a word `$X` is unknown and unquoted, `x$Y` ends
/// unknown; `<<<` takes the next word as standard input, `<|` is a pipe from invocation 0.
fn invocation(line: &str) -> Invocation {
    let mut words = shell_words::split(line).expect(line).into_iter().peekable();
    let span = Span::default();
    let mut assigns = Vec::new();
    while let Some((name, value)) = words.peek().and_then(|word| word.split_once('=')) {
        if name.starts_with('-') || name.contains('/') {
            break;
        }
        assigns.push((name.to_owned(), Value::lit(value)));
        words.next();
    }
    let mut stdin = Stdin::Inherit;
    let mut args: Vec<Arg> = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "<<<" => stdin = Stdin::Text(Value::lit(words.next().unwrap_or_default())),
            "<|" => stdin = Stdin::Pipe(vec![0]),
            _ => args.push(Arg { value: value(&word), span }),
        }
    }
    Invocation {
        program: args.remove(0).into(),
        args,
        assigns: assigns.into(),
        redirects: Vec::new(),
        stdin,
        stdout: Stdout::Inherit,
        cwd: Value::lit("/home/me/work"),
        via: Vec::new(),
        elevated: false,
        remote: None,
        span,
        facts: Vec::new(),
        wrapper: false,
        repeated: false,
    }
}

fn value(word: &str) -> Value {
    match word.split_once('$') {
        Some((front, name)) if !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase()) => {
            let mut value = Value::lit(front);
            value.push_value(&Value::unknown(Origin::Variable(name.into())));
            value
        }
        _ => Value::lit(word),
    }
}

/// `words`, `{text}(params)`, `@file params`, `<stdin`, `?hidden`; then `!` elevated, `>place`, `cd=…`, `A=b`, `*` repeated.
fn render(step: &Step) -> String {
    let words = |args: &[Arg]| args.iter().map(|arg| arg.value.to_string()).collect::<Vec<_>>().join(" ");
    let name = |dialect: Dialect| match dialect {
        Dialect::Bash => "bash",
        Dialect::Zsh => "zsh",
        Dialect::Sh => "sh",
        Dialect::Fish => "fish",
        Dialect::Foreign => "foreign",
    };
    let mut out = match &step.inner {
        Inner::Words(args) => words(args),
        Inner::Shell { text, params, dialect, .. } => {
            let params = if params.is_empty() { String::new() } else { format!("({})", words(params)) };
            format!("{}{{{text}}}{params}", name(*dialect))
        }
        Inner::ShellFile { path, params, .. } => format!("@{path} {}", words(params)).trim_end().to_owned(),
        Inner::ShellStdin(dialect) => format!("<{}", name(*dialect)),
        Inner::Hidden(what) => format!("?{what}"),
    };
    if step.elevated {
        out.push_str(" !");
    }
    if let Some(place) = &step.remote {
        out.push_str(&format!(" >{place}"));
    }
    if let Some(dir) = &step.chdir {
        out.push_str(&format!(" cd={dir}"));
    }
    for (name, value) in &step.assigns {
        out.push_str(&format!(" {name}={value}"));
    }
    if step.repeated {
        out.push_str(" *");
    }
    out
}

fn check(world: &FakeWorld, rows: &[(&str, &[&str])]) {
    let mut wrong = String::new();
    for (line, wanted) in rows {
        let got: Vec<String> = unwrap(&invocation(line), world).iter().map(render).collect();
        if got != *wanted {
            wrong.push_str(&format!("{line}\n  wanted {wanted:?}\n  got    {got:?}\n"));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn prefixes_run_the_words_behind_their_options() {
    check(
        &FakeWorld::default(),
        &[
            ("sudo rm -rf /", &["rm -rf / !"]),
            ("sudo -u x -E -- rm -rf /", &["rm -rf / !"]),
            ("sudo -ux -nE rm a", &["rm a !"]),
            ("sudo --user=x --chdir=/srv rm a", &["rm a ! cd=/srv"]),
            ("sudo --us x rm a", &["rm a !"]),
            ("sudo -D /srv -g wheel rm a", &["rm a ! cd=/srv"]),
            ("sudo A=1 B=2 rm a", &["rm a ! A=1 B=2"]),
            ("sudo -i rm a", &["rm a !"]),
            ("sudo -s rm a", &["rm a !"]),
            ("sudo -s <<< 'rm a'", &["<sh !"]),
            ("sudo -s", &[]),
            ("sudo -l", &[]),
            ("sudo -e /etc/hosts", &[]),
            ("sudo -v", &[]),
            ("sudo $CMD a", &["$CMD a !"]),
            ("/usr/bin/sudo rm a", &["rm a !"]),
            ("sudo.exe rm a", &["rm a !"]),
            ("doas -u root rm a", &["rm a !"]),
            ("pkexec --user root rm a", &["rm a !"]),
            ("run0 -D /x rm a", &["rm a ! cd=/x"]),
            ("gosu postgres rm a", &["rm a !"]),
            ("su-exec root:root rm a", &["rm a !"]),
            ("su - u -c 'rm a'", &["sh{rm a} !"]),
            ("su -c 'rm a' u", &["sh{rm a} !"]),
            ("su u --command='rm a'", &["sh{rm a} !"]),
            ("su -s /bin/bash u script.sh", &["/bin/bash script.sh !"]),
            ("su -", &[]),
            ("su - <<< 'rm a'", &["<sh !"]),
            ("runuser -u www -- rm a", &["rm a !"]),
            ("runuser - www -c 'rm a'", &["sh{rm a} !"]),
            ("env", &[]),
            ("env A=b", &[]),
            ("env -i A=b -u C rm a", &["rm a A=b"]),
            ("env -i -u C A=b rm a", &["rm a A=b"]),
            ("env -C /x rm a", &["rm a cd=/x"]),
            ("env -S 'rm -rf \"a b\"' c", &["rm -rf a b c"]),
            ("env '-Srm -rf a'", &["rm -rf a"]),
            ("env --split-string='A=b rm a'", &["rm a A=b"]),
            ("env -i A=b -S 'rm a'", &["rm a A=b"]),
            ("env -vS 'rm a'", &["rm a"]),
            ("env - rm a", &["rm a"]),
            ("env $VARS npm start", &["npm start"]),
            ("env $CMD -rf a", &["$CMD -rf a"]),
            ("env $CMD", &["$CMD"]),
            ("nohup rm a", &["rm a"]),
            ("nice -n 10 rm a", &["rm a"]),
            ("nice -10 rm a", &["rm a"]),
            ("nice --adjustment=5 rm a", &["rm a"]),
            ("ionice -c 3 rm a", &["rm a"]),
            ("ionice -c2 -n7 -t rm a", &["rm a"]),
            ("chrt -f 99 rm a", &["rm a"]),
            ("taskset -c 0-3 rm a", &["rm a"]),
            ("taskset -p 123", &[]),
            ("timeout 5 rm a", &["rm a"]),
            ("timeout -k 5 10s rm a", &["rm a"]),
            ("timeout -s KILL --foreground 10 rm a", &["rm a"]),
            ("timeout --preserve-status --signal=9 10 rm a", &["rm a"]),
            ("timeout $T rm a", &["rm a"]),
            ("time -v -o f rm a", &["rm a"]),
            ("time -p rm a", &["rm a"]),
            ("stdbuf -oL -e0 rm a", &["rm a"]),
            ("stdbuf -o L rm a", &["rm a"]),
            ("setsid -w rm a", &["rm a"]),
            ("setarch x86_64 -R rm a", &["rm a"]),
            ("setarch -R rm a", &["rm a"]),
            ("unbuffer -p rm a", &["rm a"]),
            ("catchsegv rm a", &["rm a"]),
            ("command rm a", &["rm a"]),
            ("command -p rm a", &["rm a"]),
            ("command -v rm", &[]),
            ("command -V rm", &[]),
            ("builtin eval x", &["eval x"]),
            ("exec -a name -c -l rm a", &["rm a"]),
            ("exec", &[]),
            ("flock /tmp/l rm a", &["rm a"]),
            ("flock -n -w 5 /tmp/l -c 'rm a'", &["sh{rm a}"]),
            ("flock -c 'rm a' /tmp/l", &["sh{rm a}"]),
            ("strace -f -o out -e trace=file rm a", &["rm a"]),
            ("strace -p 12", &[]),
            ("ltrace -S rm a", &["rm a"]),
            ("valgrind --leak-check=full ./a b", &["./a b"]),
            ("perf record -g -- rm a", &["rm a"]),
            ("perf stat -e cycles rm a", &["rm a"]),
            ("perf report", &[]),
            ("rr record rm a", &["rm a"]),
            ("heaptrack ./a", &["./a"]),
            ("gdb --args rm a", &["rm a"]),
            ("gdb -q a.out", &[]),
            ("unshare -rm rm a", &["rm a"]),
            ("nsenter -t 1 -m rm a", &["rm a !"]),
            ("nsenter --target 1 --mount --uts -- rm a", &["rm a !"]),
            ("chroot / rm -rf /x", &["rm -rf /x !"]),
            ("chroot /mnt/r rm -rf /x", &["rm -rf /mnt/r/x ! cd=/mnt/r"]),
            ("chroot --userspec=a:b /mnt/r /bin/sh -c 'rm /x'", &["/bin/sh -c rm /mnt/r/x ! cd=/mnt/r"]),
            ("systemd-run --user -p A=b --unit x rm a", &["rm a"]),
            ("systemd-run --on-calendar=daily rm a", &["rm a ! cd=/"]),
            ("systemd-inhibit --what=idle rm a", &["rm a"]),
            ("dbus-run-session -- rm a", &["rm a"]),
            ("xvfb-run -a -s '-screen 0' rm a", &["rm a"]),
            ("firejail --net=none rm a", &["rm a"]),
            ("bwrap --ro-bind / / --dev /dev rm a", &["rm a"]),
            ("proot -r /x -b /y rm a", &["rm a"]),
            ("fakeroot -- rm a", &["rm a"]),
            ("busybox rm -rf a", &["rm -rf a"]),
            ("busybox --list", &[]),
            ("toybox rm a", &["rm a"]),
            ("/lib64/ld-linux-x86-64.so.2 /bin/rm a", &["/bin/rm a"]),
            ("ssh-agent rm a", &["rm a"]),
            ("hyperfine -w 3 'rm a' 'ls' --prepare 'rm b'", &["sh{rm a} *", "sh{ls} *"]),
            ("hyperfine --prepare 'rm b' 'rm a'", &["sh{rm b} *", "sh{rm a} *"]),
            ("cmake -E rm -rf a", &["rm -rf a"]),
            ("cmake -E remove_directory a", &["rm -rf a"]),
            ("cmake -E chdir d rm a", &["rm a cd=d"]),
            ("cmake -E env A=b rm a", &["env A=b rm a"]),
            ("cmake --build build", &[]),
            ("start-stop-daemon --start --exec /bin/rm -- a", &["/bin/rm a"]),
            ("caffeinate -i rm a", &["rm a"]),
            ("proxychains4 -q rm a", &["rm a"]),
            ("tini -- rm a", &["rm a"]),
            ("ip netns exec n rm a", &["rm a"]),
            ("ip addr show", &[]),
            ("ls -l", &[]),
            ("git status", &[]),
            ("echo sudo rm a", &[]),
        ],
    );
}

#[test]
fn shells_read_their_words_as_they_do() {
    check(
        &FakeWorld::default(),
        &[
            ("bash -c 'rm a'", &["bash{rm a}"]),
            ("bash -lc 'rm a' name x y", &["bash{rm a}(name x y)"]),
            ("bash -c -l 'rm a'", &["bash{rm a}"]),
            ("bash -euo pipefail -c 'rm a'", &["bash{rm a}"]),
            ("bash -o pipefail -c 'rm a'", &["bash{rm a}"]),
            ("bash -O extglob -c 'rm a' -- x", &["bash{rm a}(-- x)"]),
            ("bash +O extglob -c 'rm a'", &["bash{rm a}"]),
            ("bash --norc --noprofile -c 'rm a'", &["bash{rm a}"]),
            ("bash -s x y <<< 'rm a'", &["<bash"]),
            ("bash", &["<bash"]),
            ("bash script.sh x y", &["@script.sh x y"]),
            ("bash -x -- script.sh x", &["@script.sh x"]),
            ("bash -n script.sh", &[]),
            ("bash --rcfile F -i", &["@F", "<bash"]),
            ("bash --init-file F -c 'rm a'", &["@F", "bash{rm a}"]),
            ("bash --version", &[]),
            ("bash -c $CODE", &["bash{$CODE}"]),
            ("bash $FLAGS -c 'rm a'", &["bash{rm a}"]),
            ("bash /dev/stdin x <|", &["<bash"]),
            ("bash - <|", &["<bash"]),
            ("sh -ec 'rm a'", &["sh{rm a}"]),
            ("/bin/dash -c 'rm a'", &["sh{rm a}"]),
            ("zsh -fc 'rm a'", &["zsh{rm a}"]),
            ("ksh -c 'rm a'", &["bash{rm a}"]),
            ("fish -c 'rm a'", &["fish{rm a}"]),
            ("fish --command='rm a'", &["fish{rm a}"]),
            ("pwsh -NoProfile -Command Remove-Item a", &["foreign{Remove-Item a}"]),
            ("powershell -ep bypass -c 'rm a'", &["foreign{rm a}"]),
            ("pwsh -EncodedCommand cgBtACAAYQA=", &["foreign{rm a}"]),
            ("pwsh -File x.ps1 a", &["@x.ps1 a"]),
            ("cmd /c del a", &["foreign{del a}"]),
            ("cmd.exe /C 'del a'", &["foreign{del a}"]),
            ("eval rm -rf 'a b'", &["bash{rm -rf a b}"]),
            ("eval $X a", &["bash{$X a}"]),
            ("eval", &[]),
            ("trap 'rm a' EXIT", &["bash{rm a}"]),
            ("trap -- 'rm a' EXIT INT", &["bash{rm a}"]),
            ("trap - EXIT", &[]),
            ("trap '' INT", &[]),
            ("trap -p", &[]),
            ("trap INT", &[]),
            ("source ./env.sh x", &["@./env.sh x"]),
            (". env.sh", &["@env.sh"]),
            ("source /dev/stdin <<< 'rm a'", &["<bash"]),
            ("BASH_ENV=e.sh bash -c ls", &["@e.sh", "bash{ls}"]),
            ("PS4='$(rm a)' bash -xc ls", &["sh{: \"$(rm a)\"}", "bash{ls}"]),
        ],
    );
}

#[test]
fn repeaters_put_their_input_in() {
    check(
        &FakeWorld::default(),
        &[
            ("xargs rm -rf <|", &["rm -rf {} *"]),
            ("xargs -0 -n1 -P4 rm <|", &["rm {} *"]),
            ("xargs -I{} rm -rf x/{}/y <|", &["rm -rf x/{}/y *"]),
            ("xargs -I % sh -c 'rm %' <|", &["sh -c rm {} *"]),
            ("xargs -i rm {} <|", &["rm {} *"]),
            ("xargs --replace=X rm X <|", &["rm {} *"]),
            ("xargs -L 1 -d '\\n' -a file rm", &["rm {} *"]),
            ("xargs --max-args=1 --no-run-if-empty rm <|", &["rm {} *"]),
            ("xargs <|", &[]),
            ("xargs rm <<< 'a b\nc'", &["rm a b c *"]),
            ("xargs -n1 rm <<< 'a b'", &["rm a *", "rm b *"]),
            ("xargs -n 2 rm <<< 'a b c'", &["rm a b *", "rm c *"]),
            ("xargs -I{} rm x{} <<< 'a b\nc'", &["rm xa b *", "rm xc *"]),
            ("xargs -d, rm <<< 'a b,c'", &["rm a b c *"]),
            ("xargs rm <<< \"'a b' c\"", &["rm a b c *"]),
            ("xargs sudo rm <|", &["sudo rm {} *"]),
            ("find . -name '*.tmp' -exec rm {} ';'", &["rm ./{}.tmp *"]),
            ("find . -exec rm -rf {} +", &["rm -rf ./{} *"]),
            ("find /data -type d -name node_modules -prune -exec rm -rf '{}' +", &["rm -rf /data/{}/node_modules *"]),
            ("find . -name x -not -path './.git/*' -exec rm -rf {} +", &["rm -rf ./{}/x *"]),
            ("find . -not -name x -exec rm {} +", &["rm ./{} *"]),
            ("find . ! '(' -name y -o -name x ')' -name z -exec rm {} +", &["rm ./{} *"]),
            ("find . '(' -name a -o -name '*.b' ')' -exec rm {} +", &["rm ./{}/a *", "rm ./{}.b *"]),
            ("find . -type d '(' -name a -o -name b ')' -prune -exec rm {} +", &["rm ./{}/a *", "rm ./{}/b *"]),
            ("find . '(' -name a -o -path b ')' -exec rm {} +", &["rm ./{} *"]),
            ("find . '(' -name a -o -name b ')' -o -name c -exec rm {} +", &["rm ./{} *"]),
            ("find . -name a -o -name b -exec rm {} +", &["rm ./{} *"]),
            ("find . '(' -name a ')' -exec rm {} +", &["rm ./{}/a *"]),
            ("find . ! '(' -path y ')' -name z -exec rm {} +", &["rm ./{} *"]),
            ("find -L /a /b -exec rm {} ';'", &["rm /a/{} *", "rm /b/{} *"]),
            ("find -exec rm {} ';'", &["rm ./{} *"]),
            ("find . -execdir rm {} ';'", &["rm ./{} cd=.{} *"]),
            ("find . -exec ls {} ';' -exec rm {} ';'", &["ls ./{} *", "rm ./{} *"]),
            ("find . -ok rm {} ';'", &["rm ./{} *"]),
            ("find . -exec sh -c 'rm \"$1\"' _ {} ';'", &["sh -c rm \"$1\" _ ./{} *"]),
            ("find . -name x -delete", &[]),
            ("find $D -exec rm {} ';'", &["rm $D/{} *"]),
            ("fd -e pyc -x rm", &["rm ./{}.pyc *"]),
            ("fd pat src -X rm -rf {}", &["rm -rf src/{} *"]),
            ("fd --hidden --exec echo {/}", &["echo ./{} *"]),
            ("fd pat", &[]),
            ("parallel rm ::: a b", &["sh{rm a} *", "sh{rm b} *"]),
            ("parallel -j4 --bar 'rm {}.x' ::: a", &["sh{rm a.x} *"]),
            ("parallel rm -rf {1}/{2} ::: a ::: b c", &["sh{rm -rf a/b} *", "sh{rm -rf a/c} *"]),
            ("parallel rm <|", &["sh{rm {}} *"]),
            ("parallel ::: 'rm a' 'ls'", &["sh{rm a} *", "sh{ls} *"]),
            ("parallel <|", &["<bash *"]),
            ("parallel --dry-run rm ::: a", &[]),
            ("parallel -S web1 rm ::: a", &["sh{rm a} >ssh:web1 *"]),
            ("watch -n 5 rm a", &["sh{rm a} *"]),
            ("watch -x rm a", &["rm a *"]),
            ("watch -d -n1 'ls | wc'", &["sh{ls | wc} *"]),
            ("entr -r rm /_ <|", &["rm {} *"]),
            ("entr -s 'rm a' <|", &["sh{rm a} *"]),
            ("rg --pre ./x pat", &["./x {} *"]),
            ("rg 'rm -rf' src", &[]),
            ("watchexec -e rs -- rm a", &["sh{rm a} *"]),
        ],
    );
}

#[test]
fn other_machines_and_containers() {
    check(
        &FakeWorld::default(),
        &[
            ("ssh web1 rm -rf /x", &["bash{rm -rf /x} >ssh:web1"]),
            ("ssh -p 22 u@h rm -rf '/x y'", &["bash{rm -rf /x y} >ssh:h"]),
            ("ssh -o StrictHostKeyChecking=no -i k -tt u@h -p 22 -- 'cd /x && ls'", &["bash{cd /x && ls} >ssh:h"]),
            ("ssh -oProxyCommand='nc %h' h ls", &["sh{nc %h}", "bash{ls} >ssh:h"]),
            ("ssh -o 'ProxyCommand rm a' h", &["sh{rm a}"]),
            ("ssh h", &[]),
            ("ssh h <<< 'rm a'", &["<bash >ssh:h"]),
            ("ssh -N -L 1:h:2 h", &[]),
            ("ssh localhost rm a", &["bash{rm a} cd=/home/me"]),
            ("ssh $HOST rm a", &["bash{rm a} >ssh:$HOST"]),
            ("sshpass -p x ssh h rm a", &["ssh h rm a"]),
            ("mosh u@h -- rm a", &["rm a >ssh:h"]),
            ("docker exec -it db psql -c x", &["psql -c x >docker:db"]),
            ("docker exec -u root -w /x -e A=b db rm a", &["rm a >docker:db cd=/x A=b"]),
            ("docker compose -f x.yml exec -T web rm -rf /x", &["rm -rf /x >docker:web"]),
            ("docker-compose run --rm web rm -rf /x", &["rm -rf /x >docker:web"]),
            ("docker container exec db rm a", &["rm a >docker:db"]),
            ("docker run alpine", &[]),
            (
                "docker run --rm -it alpine rm -rf /h/x",
                &["rm -rf /tmp/.container/h/x >docker:alpine cd=/tmp/.container"],
            ),
            (
                "docker run -v /home/me:/h alpine rm -rf /h/x",
                &[
                    "rm -rf /tmp/.container/h/x >docker:alpine cd=/tmp/.container",
                    "rm -rf /home/me/x cd=/tmp/.container",
                ],
            ),
            (
                "docker run --volume=/home/me:/h:rw alpine sh -c 'rm -rf /h/x /var/lib/y'",
                &[
                    "sh -c rm -rf /tmp/.container/h/x /tmp/.container/var/lib/y >docker:alpine cd=/tmp/.container",
                    "sh -c rm -rf /home/me/x /tmp/.container/var/lib/y cd=/tmp/.container",
                ],
            ),
            (
                "docker run -v /home/me:/h alpine rm -rf /",
                &["rm -rf /tmp/.container/ >docker:alpine cd=/tmp/.container", "rm -rf /home/me/ cd=/tmp/.container"],
            ),
            (
                "docker run -v /home/me:/h:ro alpine rm -rf /h/x",
                &["rm -rf /tmp/.container/h/x >docker:alpine cd=/tmp/.container"],
            ),
            ("docker run -v vol:/h alpine rm -rf /h/x", &["rm -rf /h/x >docker:alpine cd=/tmp/.container"]),
            (
                "docker run --mount type=bind,src=/srv,dst=/m alpine rm -rf /m",
                &["rm -rf /tmp/.container/m >docker:alpine cd=/tmp/.container", "rm -rf /srv cd=/tmp/.container"],
            ),
            (
                "docker run -v /home/me/work:/w -w /w node rm -rf dist",
                &["rm -rf dist >docker:node cd=/tmp/.container", "rm -rf dist cd=/home/me/work"],
            ),
            ("docker run -v /home/me/work:/w -w /w node npm test", &["npm test >docker:node cd=/w"]),
            (
                "docker run -v ./d:/d alpine rm -rf /d",
                &[
                    "rm -rf /tmp/.container/d >docker:alpine cd=/tmp/.container",
                    "rm -rf /home/me/work/./d cd=/tmp/.container",
                ],
            ),
            (
                "docker run -v /:/host alpine chroot /host rm -rf /x",
                &[
                    "chroot /tmp/.container/host rm -rf /tmp/.container/x >docker:alpine cd=/tmp/.container",
                    "chroot / rm -rf /x cd=/tmp/.container",
                ],
            ),
            (
                "docker run --privileged --pid=host alpine nsenter -t 1 -m rm -rf /x",
                &[
                    "nsenter -t 1 -m rm -rf /tmp/.container/x >docker:alpine cd=/tmp/.container",
                    "nsenter -t 1 -m rm -rf /x !",
                ],
            ),
            (
                "docker run --entrypoint sh alpine -c 'rm -rf /x'",
                &["sh -c rm -rf /tmp/.container/x >docker:alpine cd=/tmp/.container"],
            ),
            ("docker ps -a", &[]),
            ("docker exec $CID rm -rf /x", &["rm -rf /x >docker:$CID"]),
            ("docker exec $OPTS web rm -rf /x", &["web rm -rf /x >docker:$OPTS", "rm -rf /x >docker:web"]),
            ("podman run --rm alpine ls", &["ls >docker:alpine"]),
            ("kubectl exec -it pod -n ns -c ctr -- rm -rf /x", &["rm -rf /x >kubernetes:pod"]),
            ("kubectl exec deploy/web -- npm run x -- --y", &["npm run x -- --y >kubernetes:deploy/web"]),
            ("kubectl -n prod exec pod rm a", &["rm a >kubernetes:pod"]),
            ("kubectl run t --image=alpine --rm -it -- rm a", &["rm a >kubernetes:t"]),
            ("kubectl delete pod exec", &[]),
            ("oc rsh pod rm a", &["rm a >kubernetes:pod"]),
            ("k3s kubectl delete ns x", &["kubectl delete ns x"]),
            ("lxc exec c -- rm a", &["rm a >lxc:c"]),
            ("multipass exec vm -- rm a", &["rm a >multipass:vm"]),
            ("vagrant ssh -c 'rm a'", &["sh{rm a} >vagrant"]),
            ("vagrant ssh web -- rm a", &["sh{rm a} >vagrant:web"]),
            ("gcloud compute ssh vm --zone z --command='rm a'", &["sh{rm a} >gcloud:vm"]),
            ("gcloud compute ssh vm -- rm a", &["sh{rm a} >gcloud:vm"]),
            (
                "aws ssm send-command --instance-ids i --parameters 'commands=[\"rm a\",\"ls\"]'",
                &["sh{rm a\nls} >ssm:send-command"],
            ),
            ("aws ssm send-command --parameters commands='rm a'", &["sh{rm a} >ssm:send-command"]),
            ("aws ecs execute-command --cluster c --command 'rm a'", &["sh{rm a} >ecs"]),
            ("aws s3 ls", &[]),
            ("fly ssh console -C 'rm a'", &["sh{rm a} >fly"]),
            ("heroku run -a app rails c", &["sh{rails c} >heroku:app"]),
            ("adb shell rm -rf /sdcard", &["sh{rm -rf /sdcard} >adb"]),
            ("ansible all -m shell -a 'rm a' -b", &["sh{rm a} ! >ssh:all"]),
            ("ansible all -m ping", &[]),
            ("salt '*' cmd.run 'rm a'", &["sh{rm a} >ssh:*"]),
            ("pdsh -w web[1-3] rm a", &["sh{rm a} >ssh:web[1-3]"]),
        ],
    );
}

#[test]
fn terminals_and_queues() {
    check(
        &FakeWorld::default(),
        &[
            ("tmux new -d 'rm a'", &["sh{rm a}"]),
            ("tmux new-session -d -s x -c /srv rm a", &["rm a cd=/srv"]),
            ("tmux new -d -s x", &[]),
            ("tmux send-keys -t x 'rm a' Enter", &["bash{rm a\n}"]),
            ("tmux send-keys -t x rm Space a C-m", &["bash{rm a\n}"]),
            ("tmux send-keys -t x C-c", &[]),
            ("tmux split-window -h 'rm a' ';' attach", &["sh{rm a}"]),
            ("tmux kill-server", &[]),
            ("tmux ls", &[]),
            ("screen -dmS x rm a", &["rm a"]),
            ("screen -S x -X stuff 'rm a\\n'", &["bash{rm a\n}"]),
            ("screen -ls", &[]),
            ("script -qc 'rm a' /dev/null", &["sh{rm a}"]),
            ("script -c 'rm a' out", &["sh{rm a}"]),
            ("script -q f rm a", &["rm a"]),
            ("script out", &[]),
            ("at now <<< 'rm a'", &["<sh"]),
            ("at -f job.sh now", &["@job.sh"]),
            ("at -l", &[]),
            ("batch <|", &["<sh"]),
            ("expect -c 'spawn rm -rf a; expect eof'", &["rm -rf a"]),
            ("expect -c 'spawn ssh u@h; send \"rm a\\r\"'", &["ssh u@h", "bash{rm a\n} >ssh:h"]),
            ("expect -c $CODE", &["?expect -c"]),
            ("expect -c 'spawn rm -rf $env(HOME)'", &["rm -rf /home/me"]),
            ("xterm -e rm a", &["rm a"]),
        ],
    );
}

#[test]
fn runners_run_the_words_behind_them() {
    check(
        &FakeWorld::default(),
        &[
            ("npx prisma@5.1 migrate reset", &["prisma migrate reset"]),
            ("npx -y @anthropic-ai/claude-code -p x", &["claude -p x"]),
            ("npx -p pkg -c 'rm a'", &["sh{rm a}"]),
            ("npx --yes -p rimraf rimraf dist", &["rimraf dist"]),
            ("bunx rimraf dist", &["rimraf dist"]),
            ("npm exec -- rimraf dist", &["rimraf dist"]),
            ("npm exec -c 'rm a'", &["sh{rm a}"]),
            ("pnpm dlx rimraf a", &["rimraf a"]),
            ("pnpm exec rm a", &["rm a"]),
            ("yarn dlx rimraf a", &["rimraf a"]),
            ("uvx ruff@latest check", &["ruff check"]),
            ("uvx --from pkg tool x", &["tool x"]),
            ("uv tool run ruff", &["ruff"]),
            ("uv run pytest -q", &["pytest -q"]),
            ("uv run --with y python -c 'x'", &["python -c x"]),
            ("uv run script.py a", &["python script.py a"]),
            ("uv run -m mod a", &["python -m mod a"]),
            ("uv --directory d run rm a", &["rm a cd=d"]),
            ("uv pip install x", &[]),
            ("poetry run rm a", &["rm a"]),
            ("poetry install", &[]),
            ("pipenv run rm a", &["rm a"]),
            ("hatch run test:rm a", &["rm a"]),
            ("pdm run rm a", &["rm a"]),
            ("rye run rm a", &["rm a"]),
            ("conda run -n env --no-capture-output rm a", &["rm a"]),
            ("bundle exec rake db:drop", &["rake db:drop"]),
            ("rbenv exec rm a", &["rm a"]),
            ("mise exec -- rm a", &["rm a"]),
            ("mise x node@20 -- rm a", &["rm a"]),
            ("mise exec -c 'rm a'", &["sh{rm a}"]),
            ("asdf exec rm a", &["rm a"]),
            ("direnv exec . rm a", &["rm a"]),
            ("direnv status", &[]),
            ("nix develop -c rm a", &["rm a"]),
            ("nix develop .#x --command bash -c 'rm a'", &["bash -c rm a"]),
            ("nix-shell -p hello --run 'rm a'", &["sh{rm a}"]),
            ("dotenv -- rm a", &["rm a"]),
            ("dotenv -f .env run -- rm a", &["rm a"]),
            ("op run --env-file=.env -- rm a", &["rm a"]),
            ("doppler run -- rm a", &["rm a"]),
            ("doppler run --command 'rm a'", &["sh{rm a}"]),
            ("aws-vault exec prod -- rm a", &["rm a"]),
            ("chamber exec a b -- rm a", &["rm a"]),
            ("sops exec-env f 'rm a'", &["sh{rm a}"]),
            ("cross-env A=b rm a", &["rm a A=b"]),
            ("nodemon --exec 'rm a' x", &["sh{rm a}"]),
            ("concurrently -k 'rm a' 'ls'", &["sh{rm a}", "sh{ls}"]),
            ("cargo watch -x test -s 'rm a'", &["sh{cargo test} *", "sh{rm a} *"]),
            ("cargo test", &[]),
            ("go run .", &[]),
        ],
    );
}

#[test]
fn options_that_hold_a_command() {
    check(
        &FakeWorld::default(),
        &[
            ("tar cf a.tar --checkpoint=1 --checkpoint-action=exec='rm a' b", &["sh{rm a}"]),
            ("tar --checkpoint-action exec='rm a' -cf a b", &["sh{rm a}"]),
            ("tar -I 'rm a' -xf b", &["sh{rm a}"]),
            ("tar --use-compress-program=zstd -xf b", &["sh{zstd}"]),
            ("tar xf a --to-command='rm a'", &["sh{rm a}"]),
            ("tar xzf a.tgz -C /x", &[]),
            ("tar xIf 'rm a' b", &["sh{rm a}"]),
            ("rsync -e 'ssh -p 22' a h:b", &[]),
            ("rsync -ave 'sh -c x' a h:b", &["sh{sh -c x}"]),
            ("rsync --server --sender -logDtpre.iLsfxCIvu . a", &[]),
            ("rsync --server -e31.14LsfxC . a", &[]),
            ("rsync --server -e './x' . a", &["sh{./x}"]),
            ("rsync -e.x . h:a", &["sh{.x}"]),
            ("zip a.zip b -T -TT 'rm a'", &["sh{rm a}"]),
            ("less '+!rm a' f", &["sh{rm a}"]),
            ("less +F log", &[]),
            ("vim -c ':!rm a' -c q f", &["sh{rm a}"]),
            ("vim '+!rm a' f", &["sh{rm a}"]),
            ("nvim -es +'%!rm a' f", &["sh{rm a}"]),
            ("vim -c 'call system(\"rm a\")'", &["sh{rm a}"]),
            ("vim -c 'wq!' +q! f", &[]),
            ("vim f", &[]),
            ("man -P 'rm a' ls", &["sh{rm a}"]),
            ("gdb -ex 'shell rm a' -ex '!ls' -batch", &["sh{rm a}", "sh{ls}"]),
            ("gdb -batch -ex run --args ./a b", &["./a b"]),
            ("split --filter='rm a' f", &["sh{rm a}"]),
            ("sort --compress-program=./x f", &["sh{./x}"]),
            ("ed f <<< '!rm a'", &["sh{rm a}"]),
            ("emacs --batch --eval '(shell-command \"rm a\")'", &["sh{rm a}"]),
            ("go test -exec ./x ./...", &["sh{./x}"]),
            ("fzf --preview 'cat {}' --bind 'enter:execute(rm {})'", &["sh{cat {}}", "sh{rm {}}"]),
            ("apt-get -o DPkg::Pre-Invoke::='rm a' update", &["sh{rm a}"]),
            ("TAR_OPTIONS=--checkpoint-action=exec=x tar cf a b", &["tar --checkpoint-action=exec=x TAR_OPTIONS="]),
            ("PAGER='rm a' man ls", &["sh{rm a}"]),
            ("PAGER='rm a' ls", &[]),
            ("EDITOR='rm a' crontab -e", &["sh{rm a}"]),
            ("LESSOPEN='|rm a %s' less f", &["sh{rm a file}"]),
        ],
    );
}

#[test]
fn git_runs_what_its_settings_say() {
    let world = FakeWorld::default()
        .dir("/home/me/work/.git")
        .file(
            "/home/me/work/.git/config",
            "[core]\n\tbare = false\n[alias]\n\tnuke = \"!rm -rf build\"\n\tst = status -s\n",
        )
        .file("/home/me/.gitconfig", "[include]\n path = more\n[alias] co = checkout\n nuke = status\n")
        .file("/home/me/more", "[alias]\n wipe = !git clean -fdx # all\n");
    check(
        &world,
        &[
            ("git nuke", &["sh{rm -rf build} cd=/home/me/work"]),
            ("git nuke x", &["sh{rm -rf build \"$@\"}(nuke x) cd=/home/me/work"]),
            ("git st -b", &["git status -s -b cd=/home/me/work"]),
            ("git co .", &["git checkout . cd=/home/me/work"]),
            ("git wipe", &["sh{git clean -fdx} cd=/home/me/work"]),
            ("git -C src st", &["git status -s cd=/home/me/work/src"]),
            ("git unknown", &[]),
            ("git status", &[]),
            ("git -c alias.x='!rm a' x", &["sh{rm a} cd=/home/me/work"]),
            ("git -c alias.x='reset --hard' x", &["git -c alias.x=reset --hard reset --hard cd=/home/me/work"]),
            ("git -c core.pager='rm a' log", &["sh{rm a}"]),
            ("git -c core.pager=cat log", &[]),
            ("git -c core.sshCommand='ssh -i k' fetch", &["sh{ssh -i k}"]),
            ("git -c core.fsmonitor='rm a' status", &["sh{rm a}"]),
            ("git -c core.fsmonitor=false status", &[]),
            ("git -c diff.external=./x diff", &["sh{./x}"]),
            ("git -c credential.helper='!rm a' fetch", &["sh{rm a}"]),
            ("git -c credential.helper=store fetch", &[]),
            ("git -c user.name=x commit -m y", &[]),
            ("git config alias.x '!rm a'", &["sh{rm a}"]),
            ("git config --global core.editor 'rm a'", &["sh{rm a}"]),
            ("git config alias.st status", &["git status"]),
            ("git config --get core.editor", &[]),
            ("git config user.name 'A B'", &[]),
            ("git config core.hooksPath .githooks", &[]),
            ("git config core.hooksPath /tmp/h", &["?git config core.hookspath=/tmp/h"]),
            ("git --exec-path=/tmp/e status", &["?git --exec-path=/tmp/e"]),
            ("git --exec-path=/usr/lib/git-core status", &[]),
            ("GIT_EXEC_PATH=/tmp/e git status", &["?GIT_EXEC_PATH=/tmp/e"]),
            ("GIT_SSH_COMMAND=/tmp/e git fetch", &["sh{/tmp/e}", "?/tmp/e"]),
            ("GIT_SSH_COMMAND='rm a' git fetch", &["sh{rm a}"]),
            ("GIT_EDITOR=true git rebase --continue", &["sh{true}"]),
            ("GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.pager GIT_CONFIG_VALUE_0='rm a' git log", &["sh{rm a}"]),
            ("git rebase -i -x 'rm a' main", &["sh{rm a}"]),
            ("git rebase main --exec='rm a'", &["sh{rm a}"]),
            ("git bisect run ./t.sh x", &["./t.sh x *"]),
            ("git bisect start", &[]),
            ("git submodule foreach --recursive 'git clean -fdx'", &["sh{git clean -fdx} *"]),
            ("git submodule foreach git reset --hard", &["git reset --hard *"]),
            ("git filter-branch --tree-filter 'rm a' HEAD", &["sh{rm a}"]),
            ("git filter-branch -f --index-filter 'git rm x' -- --all", &["sh{git rm x}"]),
            ("git clone 'ext::rm a' d", &["sh{rm a}"]),
            ("git clone -c core.sshCommand='rm a' u d", &["sh{rm a}"]),
            ("git fetch --upload-pack='rm a' u", &["sh{rm a}"]),
            ("git grep -O'rm a' x", &["sh{rm a}"]),
            ("git difftool -x 'rm a'", &["sh{rm a}"]),
            ("git commit -m 'rm -rf /'", &[]),
        ],
    );
}

#[test]
fn projects_scripts_are_read() {
    let package = r#"{"scripts": {"clean": "rm -rf dist", "pretest": "ls", "test": "jest", "posttest": "rm a", "start": "node .", "postinstall": "node x.js", "test:a": "a"}}"#;
    let makefile = "D := build\nX = $(D)/$(Y)\nY ?= out\n.PHONY: all clean\nall: dep | order\n\t@echo $@ $<\ndep:\n\t-rm -rf $(X) $$HOME\\\n\t b\nclean: ; rm -rf $(D)\nsub:\n\t$(MAKE) -C d\nifdef Q\nundef:\n\trm -rf $(NOPE)/*\nendif\nsh:\n\tkill $(shell pidof x)\nS := $(wildcard src/*.c)\nO := $(patsubst src/%.c,obj/%.o,$(S))\nP = a.c b.c\nO := $(O) $(P:.c=.o)\nobjs:\n\trm -f $(O) $(abspath $(if $(NO),y,x))\n";
    let justfile = "dir := \"build\"\nalias c := clean\n\ndefault: clean\n    @echo hi\n\n[private]\nclean what='all':\n    rm -rf {{dir}} {{what}}\n\npy:\n    #!/usr/bin/env python\n    x\n";
    let world = FakeWorld::default()
        .file("/home/me/work/package.json", package)
        .file("/home/me/work/Makefile", makefile)
        .file("/home/me/work/d/Makefile", "x:\n\trm x\n")
        .file("/home/me/work/justfile", justfile);
    let event = |name: &str, text: &str| format!("sh{{{text}}} npm_lifecycle_event={name}");
    let (clean, pre, test, post, start) = (
        event("clean", "rm -rf dist"),
        event("pretest", "ls"),
        event("test", "jest"),
        event("posttest", "rm a"),
        event("start", "node ."),
    );
    check(
        &world,
        &[
            ("npm run clean", &[&clean]),
            ("npm run clean -- -v", &["sh{rm -rf dist \"$@\"}(clean -v) npm_lifecycle_event=clean"]),
            ("npm test", &[&pre, &test, &post]),
            ("npm t", &[&pre, &test, &post]),
            ("pnpm run test", &[&pre, &test, &post]),
            ("yarn clean", &[&clean]),
            ("yarn test", &[&pre, &test, &post]),
            ("bun run start", &[&start]),
            ("npm start", &[&start]),
            ("npm --prefix /none run clean", &[]),
            ("npm run nothing", &[]),
            ("npm ci", &["sh{node x.js} npm_lifecycle_event=postinstall"]),
            ("npm install lodash", &[]),
            ("npm install --ignore-scripts", &[]),
            ("npm publish", &[]),
            ("run-s 'test:*' clean", &["sh{a} npm_lifecycle_event=test:a", &clean]),
            ("make", &["sh{rm -rf build/out $HOME\\\n b}", "sh{echo all dep}"]),
            ("make -j 4 clean", &["sh{rm -rf build}"]),
            ("make D=/ clean", &["sh{rm -rf /}"]),
            ("make clean D=$X", &["sh{rm -rf $X}"]),
            ("make -n clean", &[]),
            ("MAKEFLAGS=n make clean", &[]),
            ("make sub", &["sh{make -C d}"]),
            ("make -C d", &["sh{rm x} cd=/home/me/work/d"]),
            ("make undef", &["sh{rm -rf /*}"]),
            ("make sh", &["sh{kill $(pidof x)}"]),
            ("make objs", &["sh{rm -f obj/*.o a.o b.o /home/me/work/x}"]),
            ("make nothing", &[]),
            ("make -C none", &[]),
            ("npm pkg set scripts.x='rm a' name=y", &["sh{rm a}"]),
            ("npm set-script x 'rm a'", &["sh{rm a}"]),
            ("npm pkg get scripts", &[]),
            ("make SHELL=/bin/x clean", &["/bin/x -c rm -rf build"]),
            ("make --eval='y:;rm y' y", &["sh{rm y}"]),
            ("make -f - <<< 'x:\n\trm x'", &["sh{rm x}"]),
            ("just", &["sh{rm -rf build all}", "sh{echo hi}"]),
            ("just clean b", &["sh{rm -rf build b}"]),
            ("just dir=/ c", &["sh{rm -rf / all}"]),
            ("just -n clean", &[]),
            ("just --list", &[]),
            ("just py", &[]),
        ],
    );
}

#[test]
fn labels_name_the_wrapper() {
    let world = FakeWorld::default().file("/home/me/work/package.json", r#"{"scripts": {"x": "ls"}}"#);
    for (line, label) in [
        ("sudo rm a", "sudo"),
        ("ssh u@web1 ls", "ssh web1"),
        ("docker exec db ls", "docker exec db"),
        ("kubectl exec p -- ls", "kubectl exec p"),
        ("npm run x", "npm run x"),
        ("poetry run ls", "poetry run"),
        ("env A=b ls", "env"),
        ("find . -exec ls {} +", "find -exec"),
    ] {
        let steps = unwrap(&invocation(line), &world);
        assert_eq!(steps.first().map(|step| step.label.as_str()), Some(label), "{line}");
    }
}

#[test]
fn xargs_input_names_its_source() {
    let steps = unwrap(&invocation("xargs rm <|"), &FakeWorld::default());
    let Some(Step { inner: Inner::Words(words), eats_stdin: true, .. }) = steps.first() else {
        panic!("{steps:?}");
    };
    assert_eq!(words.last().map(|word| word.value.sources().collect::<Vec<_>>()), Some(vec![0]));
}

#[test]
fn hostile_input_ends() {
    let cyclic = "A = $(B) $(B)\nB = $(A) $(A)\nx: y\ny: x\n\trm $(A)\n";
    let world = FakeWorld::default().file("/home/me/work/Makefile", cyclic);
    assert_eq!(unwrap(&invocation("make x"), &world).len(), 1);
    let many = format!("xargs -n1 rm <<< '{}'", "a ".repeat(100_000));
    assert_eq!(unwrap(&invocation(&many), &world).len(), 1);
    let long = format!("sudo {}", "-u ".repeat(50_000));
    assert!(unwrap(&invocation(&long), &world).is_empty());
    let brackets = format!("x:\n\t{}\n", "$(".repeat(20_000));
    let world = FakeWorld::default().file("/home/me/work/Makefile", &brackets);
    assert!(unwrap(&invocation("make x"), &world).len() <= 1);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    /// Any words at all: no panic, and a program where there are words.
    #[test]
    fn any_words_end(
        program in "(sudo|env|su|xargs|find|fd|parallel|ssh|docker|kubectl|tmux|screen|git|make|just|npm|tar|vim|gdb|bash|nix|uv|expect|aws|timeout|chroot|less|pwsh)",
        words in proptest::collection::vec("(-[a-zA-Z]{1,3}|--[a-z]{1,6}(=.{0,3})?|exec|run|-exec|;|:::|\\{\\}|\\$X|a=b|.{0,4}|-c|é/ü|\\+!|-)", 0..8),
    ) {
        let mut inv = invocation(&program);
        inv.args = words.iter().map(|word| Arg { value: value(word), span: Span::default() }).collect();
        inv.stdin = Stdin::Text(Value::lit(words.concat()));
        let world = FakeWorld::default().file("/home/me/work/Makefile", &words.join("\n\t")).file("/home/me/work/justfile", &words.join("\n "));
        for step in unwrap(&inv, &world) {
            if let Inner::Words(words) = step.inner {
                assert!(!words.is_empty());
            }
        }
    }
}

#[test]
fn terraforms_own_words_in_the_environment() {
    for (line, wanted) in [
        ("TF_CLI_ARGS=-destroy terraform apply x", &["terraform apply -destroy x"][..]),
        ("TF_CLI_ARGS_apply=-auto-approve terraform apply", &["terraform apply -auto-approve"]),
        ("TF_CLI_ARGS_apply=-auto-approve terraform plan", &[]),
        ("TF_CLI_ARGS='destroy -auto-approve' terraform", &["terraform destroy -auto-approve"; 2]),
        ("TF_CLI_ARGS= terraform apply", &[]),
    ] {
        let steps = unwrap(&invocation(line), &FakeWorld::default());
        let found: Vec<String> = steps.iter().map(render).collect();
        assert_eq!(found.len(), wanted.len(), "{line}: {found:?}");
        for (found, wanted) in found.iter().zip(wanted) {
            assert!(found.starts_with(wanted), "{line}: {found}");
        }
    }
}
