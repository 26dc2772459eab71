//! Tables: a line, and the programs it would start.

use crate::syntax::world::fake::FakeWorld;
use crate::syntax::{Analysis, Gap, Invocation, analyse};

fn world() -> FakeWorld {
    let empty = FakeWorld { workspace: Some("/w".to_owned()), ..FakeWorld::default() };
    empty
        .at("/w")
        .dir("/w")
        .dir("/w/sub")
        .set("HOME", "/home/u")
        .set("KNOWN", "value")
        .set("INHERITED", "a[$(rm -rf /)]")
        .file("/w/clean.sh", "#!/bin/bash\nset -e\nrm -rf \"$1\"\n")
        .file("/w/run.py", "#!/usr/bin/env python3\nprint(1)\n")
}

fn read(line: &str) -> Analysis {
    analyse(line, &world(), true)
}

fn texts(line: &str) -> Vec<String> {
    read(line).invocations.iter().map(super::super::Invocation::text).collect()
}

/// What hides a deletion from a reader of text does not hide it from one of grammar.
#[test]
fn disguises_come_off() {
    let table = [
        ("rm -rf /", "rm -rf /"),
        ("'rm' -rf /", "rm -rf /"),
        ("r\\m -r\\f /", "rm -rf /"),
        ("$'\\x72m' -rf /", "rm -rf /"),
        ("$'\\162\\u006d' -rf /", "rm -rf /"),
        ("\"r\"'m' -rf /", "rm -rf /"),
        ("{rm,-rf,/}", "rm -rf /"),
        ("r{m,} -rf /", "rm r -rf /"),
        ("${x:-rm} -rf /", "rm -rf /"),
        ("${x-rm} -rf /", "rm -rf /"),
        (": ${x:=rm}; $x -rf /", "rm -rf /"),
        ("X=rm; $X -rf /", "rm -rf /"),
        ("X='rm -rf'; $X /", "rm -rf /"),
        ("X=mr; Y=$(echo $X | rev); $Y -rf /", "rm -rf /"),
        ("A=r B=m; A=r; B=m; $A$B -rf /", "rm -rf /"),
        ("X=RM; ${X,,} -rf /", "rm -rf /"),
        ("X=xrmx; ${X:1:2} -rf /", "rm -rf /"),
        ("X=rZm; ${X/Z/} -rf /", "rm -rf /"),
        ("X=rm.txt; ${X%.txt} -rf /", "rm -rf /"),
        ("n=x; x=rm; ${!n} -rf /", "rm -rf /"),
        ("a=(rm -rf /); \"${a[@]}\"", "rm -rf /"),
        ("a=(x rm); ${a[1]} -rf /", "rm -rf /"),
        ("a[0]=rm; a[1]=-rf; ${a[@]} /", "rm -rf /"),
        ("set -- rm -rf /; \"$@\"", "rm -rf /"),
        ("set -- rm -rf /; $1 $2 $3", "rm -rf /"),
        ("rm$IFS-rf$IFS/", "rm -rf /"),
        ("rm${IFS}-rf${IFS}/", "rm -rf /"),
        ("IFS=_; X=rm_-rf_/; $X", "rm -rf /"),
        ("rm \\\n -rf \\\n /", "rm -rf /"),
        ("printf -v X '%s' rm; $X -rf /", "rm -rf /"),
        ("read X <<< rm; $X -rf /", "rm -rf /"),
        ("read -r X <<< rm; $X -rf /", "rm -rf /"),
        ("mapfile -t A <<< rm; ${A[0]} -rf /", "rm -rf /"),
        ("f() { rm -rf \"$1\"; }; f /", "rm -rf /"),
        ("function f { \"$@\"; }; f rm -rf /", "rm -rf /"),
        ("alias x='rm -rf'; x /", "rm -rf /"),
        // What does not hold there hides nothing.
        ("alias rm=:; rm -rf /", "rm -rf /"),
        ("rm(){ :; }; bash -c 'rm -rf /'", "rm -rf /"),
        ("f(){ rm -rf /; }; export -f f; bash -c f", "rm -rf /"),
        ("if true; then rm -rf /; fi", "rm -rf /"),
        ("while :; do rm -rf /; break; done", "rm -rf /"),
        ("for c in ls rm; do $c -rf /; done", "rm -rf /"),
        ("case x in *) rm -rf /;; esac", "rm -rf /"),
        ("select x in rm; do $x -rf /; done", "rm -rf /"),
        ("(rm -rf /)", "rm -rf /"),
        ("{ rm -rf /; } 2>&1 | tail", "rm -rf /"),
        ("coproc rm -rf /", "rm -rf /"),
        ("echo $(rm -rf /)", "rm -rf /"),
        ("echo \"`rm -rf /`\"", "rm -rf /"),
        ("echo \"${x:-$(rm -rf /)}\"", "rm -rf /"),
        ("cat <<EOF\n$(rm -rf /)\nEOF", "rm -rf /"),
        ("diff <(rm -rf /) x", "rm -rf /"),
        ("echo > >(rm -rf /)", "rm -rf /"),
        ("[[ -n $(rm -rf /) ]]", "rm -rf /"),
        ("(( x = $(rm -rf /) ))", "rm -rf /"),
        ("echo $(( $(rm -rf /) ))", "rm -rf /"),
        ("x='a[$(rm -rf /)]'; echo $((x))", "rm -rf /"),
        ("x='a[$(rm -rf /)]'; let x", "rm -rf /"),
        ("x='a[$(rm -rf /)]'; y=x; (( y ))", "rm -rf /"),
        ("x='a[$(rm -rf /)]'; [[ x -eq 1 ]]", "rm -rf /"),
        ("x='a[$(rm -rf /)]'; y=abc; echo ${y:x}", "rm -rf /"),
        ("x='a[$(rm -rf /)]'; y=(1 2); echo ${y[x]}", "rm -rf /"),
        ("x='a[$(rm -rf /)]'; y[x]=1", "rm -rf /"),
        ("x='a[$(rm -rf /)]'; declare -i y=x", "rm -rf /"),
        ("echo $((INHERITED))", "rm -rf /"),
        ("x[$(rm -rf /)]=1", "rm -rf /"),
        ("test -v 'a[$(rm -rf /)]'", "rm -rf /"),
        ("printf -v 'a[$(rm -rf /)]' x", "rm -rf /"),
        ("unset 'a[$(rm -rf /)]'", "rm -rf /"),
        ("X='$(rm -rf /)'; echo ${X@P}", "rm -rf /"),
        ("PS4='$(rm -rf /)' ; set -x; ls", "rm -rf /"),
        ("PROMPT_COMMAND='rm -rf /'", "rm -rf /"),
        ("compgen -W '$(rm -rf /)'", "rm -rf /"),
        ("compgen -C 'rm -rf /'", "rm -rf /"),
        ("mapfile -C 'rm -rf /' -c 1 x", "rm -rf /"),
        ("hash -p /bin/rm ls; ls -rf /", "/bin/rm -rf /"),
        ("! rm -rf /", "rm -rf /"),
        ("! false && rm -rf /", "rm -rf /"),
        ("false; rm -rf /", "rm -rf /"),
        ("false() { :; }; false && rm -rf /", "rm -rf /"),
        ("false && ls || rm -rf /", "rm -rf /"),
        ("time rm -rf /", "rm -rf /"),
        ("true && false || rm -rf /", "rm -rf /"),
        ("rm -rf / &", "rm -rf /"),
        ("ls;rm -rf /#x", "rm -rf /#x"),
        ("if [ -d x ]; then D=x; else D=/; fi; rm -rf $D", "rm -rf /"),
        ("D=/; false && D=x; rm -rf $D", "rm -rf /"),
        ("rm -rf ~", "rm -rf /home/u"),
        ("rm -rf $HOME/x", "rm -rf /home/u/x"),
        ("cd sub && rm -rf \"$PWD\"", "rm -rf /w/sub"),
        ("echo rm -rf / | while read c; do $c; done", "rm -rf /"),
        ("printf '%s\\n' /etc /usr | while read d; do rm -rf $d; done", "rm -rf /usr"),
        ("./clean.sh /etc", "rm -rf /etc"),
        ("printf 'rm -rf /' > x.sh; cat > y.sh < x.sh; chmod +x y.sh; ./y.sh", "rm -rf /"),
    ];
    let wrong: Vec<_> = table
        .iter()
        .filter(|(line, want)| !texts(line).iter().any(|text| text == want))
        .map(|(line, _)| line)
        .collect();
    assert!(wrong.is_empty(), "not seen through: {wrong:#?}");
}

/// Text that is data stays data.
#[test]
fn data_starts_nothing() {
    let table = [
        "grep 'rm -rf /' x",
        "git commit -m \"rm -rf /\"",
        "echo \"rm -rf /\"",
        "echo rm -rf /",
        "# rm -rf /\nls",
        "cat > x.md <<'EOF'\nrm -rf /\n$(rm -rf /)\nEOF",
        "git commit -m \"$(cat <<'EOF'\nit's `rm -rf /`\nEOF\n)\"",
        "f() { rm -rf /; }; ls",
        "X='rm -rf /'; echo \"$X\"",
        "alias x='rm -rf /'",
        "[[ $x == 'rm -rf /' ]]",
        "case x in rm) ls;; esac",
        "echo '$(rm -rf /)'",
        "printf '%s' '`rm -rf /`' > notes",
        "exit 0; rm -rf /",
        "false && rm -rf /; ls",
        "true || rm -rf /",
    ];
    for line in table {
        let found = texts(line);
        assert!(!found.iter().any(|text| text.starts_with("rm")), "{line}: {found:?}");
        let opaque: Vec<_> = read(line).unresolved.into_iter().filter(|gap| gap.what != Gap::Argument).collect();
        assert!(opaque.is_empty(), "{line}: {opaque:?}");
    }
}

/// Folders after `cd`: with `&&` the one moved to, with `;` both unless the move is certain.
#[test]
fn folders_are_followed() {
    let table: [(&str, &[&str]); 8] = [
        ("cd sub && ls", &["/w/sub"]),
        ("cd sub; ls", &["/w/sub"]),
        ("cd gone && ls", &["/w/gone"]),
        ("cd gone; ls", &["/w/gone", "/w"]),
        ("cd gone || exit 1; ls", &["/w/gone"]),
        ("set -e\ncd gone\nls", &["/w/gone"]),
        ("(cd gone && true); ls", &["/w"]),
        ("pushd sub; popd; ls", &["/w"]),
    ];
    for (line, want) in table {
        let found: Vec<String> = read(line)
            .invocations
            .iter()
            .filter(|inv| inv.name() == Some("ls"))
            .map(|inv| inv.cwd.to_string())
            .collect();
        assert_eq!(found, want, "{line}");
    }
}

/// What cannot be known is said, with its span.
#[test]
fn gaps_are_named() {
    let table = [
        ("$CMD x", Some((Gap::Program, "$CMD"))),
        (":(){ :|:& };:", Some((Gap::Code, ":"))),
        ("LD_PRELOAD=/tmp/x.so ls", Some((Gap::Code, "LD_PRELOAD=/tmp/x.so ls"))),
        ("enable -f ./x.so x", Some((Gap::Code, "enable -f ./x.so x"))),
        ("echo $KNOWN $UNKNOWN", None),
        ("\"$VENV/bin/python\" x.py", None),
        ("${SUDO} apt-get update", None),
    ];
    for (line, want) in table {
        let gap = read(line).unresolved.into_iter().find(|gap| gap.what != Gap::Argument);
        let found = gap.as_ref().map(|gap| (gap.what, line.get(gap.span.start..gap.span.end).unwrap_or("")));
        assert_eq!(found, want, "{line}");
    }
}

/// Hostile input ends quickly, in bounded memory, and is never taken as nothing.
#[test]
fn hostile_input_is_bounded() {
    let table = [
        "$(".repeat(10_000),
        format!("{}{}", "$(".repeat(10_000), ")".repeat(10_000)),
        "(".repeat(10_000),
        "{ ".repeat(5_000),
        "if ".repeat(5_000),
        "[[ ( ".repeat(5_000),
        "\"${x:-".repeat(10_000),
        "a|".repeat(500_000),
        "`".repeat(9_999),
        "x".repeat(2 << 20),
        "echo $(( ".repeat(3_000),
        "f() { g; }; g() { f; }; f; ls".to_owned(),
        "alias a=b b=a; a; ls".to_owned(),
        format!("{}ls $x", "x=$x$x; ".repeat(60)),
        "echo {1..100000000}{1..100000000}{a..z}".to_owned(),
        "for i in {1..99}; do for j in {1..99}; do for k in {1..99}; do ls $i $j $k; done; done; done".to_owned(),
        "echo \u{0}\u{1}\u{202e}".to_owned(),
    ];
    for line in &table {
        let head: String = line.chars().take(20).collect();
        let large = std::thread::scope(|scope| {
            std::thread::Builder::new()
                .stack_size(256 << 20)
                .spawn_scoped(scope, || read(line))
                .unwrap()
                .join()
                .unwrap_or_else(|_| panic!("{head}"))
        });
        let small = analyse(line, &world(), false);
        for analysis in [large, small] {
            assert!(analysis.invocations.len() + analysis.unresolved.len() > 0, "{head}");
        }
    }
}

/// Spans point into the line and are cut at characters.
#[test]
fn spans_point_at_what_causes() {
    let line = "echo é; cd sub && sudo rm -rf \"$(echo /)\"";
    let analysis = read(line);
    let rm = analysis.invocations.iter().find(|inv| inv.text().contains("rm -rf")).unwrap();
    assert!(line.get(rm.span.start..rm.span.end).unwrap().ends_with("rm -rf \"$(echo /)\""));
}

/// A trap sees the variables of where its process may end; what a signal sets may hold from then on.
#[test]
fn traps_see_the_end_of_their_process() {
    let table = [
        ("D=/etc; trap 'rm -rf \"$D\"' EXIT; [ -f x ] && exit; D=build", "rm -rf /etc"),
        ("D=build; trap 'rm -rf \"$D\"' EXIT; [ -f x ] && { D=/etc; exit; }; D=build", "rm -rf /etc"),
        ("set -e; D=/etc; trap 'rm -rf \"$D\"' EXIT; false; D=build", "rm -rf /etc"),
        ("D=/etc; trap 'rm -rf \"$D\"' EXIT; kill $$; D=build", "rm -rf /etc"),
        ("D=/etc; trap 'rm -rf \"$D\"' EXIT; kill $$; unset D", "rm -rf /etc"),
        ("set -- /etc; trap 'rm -rf \"$1\"' EXIT; kill $$; set -- build", "rm -rf /etc"),
        ("D=build; trap -- 'rm -rf \"$D\"' EXIT; D=/etc", "rm -rf /etc"),
        ("(D=/etc; trap 'rm -rf \"$D\"' EXIT); D=build", "rm -rf /etc"),
        ("D=build; (trap 'rm -rf \"$D\"' EXIT; D=/etc)", "rm -rf /etc"),
        ("bash -c 'D=build; trap \"rm -rf \\$D\" EXIT; D=/etc'", "rm -rf /etc"),
        ("f() { trap 'rm -rf \"$D\"' EXIT; }; D=build; f; D=/etc", "rm -rf /etc"),
        ("f() { rm -rf \"$D\"; }; D=build; trap f EXIT; D=/etc", "rm -rf /etc"),
        ("x=$(trap 'rm -rf \"$D\"' EXIT; D=/etc); D=build", "rm -rf /etc"),
        ("D=build; ls | (trap 'rm -rf \"$D\"' EXIT; D=/etc)", "rm -rf /etc"),
        ("D=build; { trap 'rm -rf \"$D\"' EXIT; D=/etc; } &", "rm -rf /etc"),
        ("trap 'trap \"rm -rf /etc\" EXIT' EXIT", "rm -rf /etc"),
        ("D=build; trap 'D=/etc' USR1; rm -rf \"$D\"", "rm -rf /etc"),
        ("trap 'D=/etc' USR1; D=build; rm -rf \"$D\"", "rm -rf /etc"),
        ("D=build; trap 'D=/etc' ERR; false; rm -rf \"$D\"", "rm -rf /etc"),
        ("f() { D=/etc; }; trap f INT TERM; D=build; rm -rf \"$D\"", "rm -rf /etc"),
        ("trap 'D=/etc' EXIT; D=build; rm -rf \"$D\"", "rm -rf build"),
        ("(trap 'rm -rf \"$D\"' EXIT; D=build); D=/etc", "rm -rf build"),
        ("d=a; trap 'rm -rf \"$d\"' EXIT; ls", "rm -rf a"),
    ];
    let wrong: Vec<_> = table
        .iter()
        .filter(|(line, want)| {
            let found: Vec<String> = read(line).invocations.iter().map(Invocation::text).collect();
            let other = if want.ends_with("/etc") { "" } else { "rm -rf /etc" };
            !found.iter().any(|text| text == want) || found.iter().any(|text| text == other)
        })
        .map(|(line, _)| line)
        .collect();
    assert!(wrong.is_empty(), "not followed: {wrong:#?}");
}

/// What the line itself sets up is followed: links, copies, traps, references, code in variables.
#[test]
fn what_the_line_sets_up_is_followed() {
    let table = [
        ("declare -n r=c; c=rm; $r -rf /", "rm -rf /"),
        ("IFS=, read -ra c <<< 'rm,-rf,/'; \"${c[@]}\"", "rm -rf /"),
        ("zsh -c 'zf_rm -rf /'", "rm -rf /"),
        ("alias -g X='-rf /'; rm X", "rm -rf /"),
        ("env 'BASH_FUNC_ls%%=() { rm -rf /; }' bash -c ls", "rm -rf /"),
        ("ln -s /bin/rm ./ls2 && ./ls2 -rf /", "/bin/rm -rf /"),
        ("cp /bin/rm x; ./x -rf /", "/bin/rm -rf /"),
        ("ln -s /etc here && rm -rf here/*", "rm -rf /etc/*"),
        ("CDPATH=/ cd etc && rm -rf \"$PWD\"", "rm -rf /w/etc"),
        ("trap 'rm -rf \"$t\"' EXIT; t=/etc", "rm -rf /etc"),
        ("bash -c 'rm -rf \"$1\"' x /", "rm -rf /"),
        ("eval \"X=rm\"; $X -rf /", "rm -rf /"),
        ("echo 'X=rm' > e; . ./e; $X -rf /", "rm -rf /"),
        ("sudo bash -c 'cd / && rm -rf *'", "rm -rf *"),
        ("timeout 5 nice env A=b sh -c 'rm -rf /'", "rm -rf /"),
        ("echo cm0gLXJmIC8= | base64 -d | sh", "rm -rf /"),
        ("sh <<< 'rm -rf /'", "rm -rf /"),
        ("bash <<'EOF'\nrm -rf /\nEOF", "rm -rf /"),
        ("bash <(echo rm -rf /)", "rm -rf /"),
        ("source <(printf 'rm -rf /')", "rm -rf /"),
        ("find . -name x -exec sh -c 'rm -rf /' \\;", "rm -rf /"),
        ("echo / | xargs rm -rf", "rm -rf /"),
        ("ssh host 'rm -rf /'", "rm -rf /"),
        ("n=3; set -- a b rm; ${!n} -rf /", "rm -rf /"),
        ("echo 'rm -rf /' | dd of=s.sh 2>/dev/null; sh s.sh", "rm -rf /"),
        ("printf 'cp -rf /' > s.sh; sed -i 's/cp/rm/' s.sh; sh s.sh", "rm -rf /"),
        ("command_not_found_handle() { rm -rf /; }; nosuch", "rm -rf /"),
        ("yarn exec -- rm -rf /", "rm -rf /"),
        ("wardsh -c 'rm -rf /'", "rm -rf /"),
        ("wardsh run -- rm -rf /", "rm -rf /"),
    ];
    let mut world = world();
    world.dirs.insert("/etc".to_owned());
    world.files.insert("/bin/rm".to_owned(), b"\x7fELF\0".to_vec());
    let wrong: Vec<_> = table
        .iter()
        .filter(|(line, want)| !analyse(line, &world, true).invocations.iter().any(|inv| inv.text() == *want))
        .map(|(line, _)| line)
        .collect();
    assert!(wrong.is_empty(), "not followed: {wrong:#?}");
}

/// Code of which nothing can be seen is said to be so.
#[test]
fn hidden_code_is_named() {
    let table = [
        "curl https://x | sh",
        "bash -c \"$CODE\"",
        "eval \"$(generate)\"",
        "BASH_ENV=/tmp/evil.sh bash -c true",
        "zsh -c 'ls *(e:\"$x\":)'",
        "for s in \"$DIR\"/*; do bash \"$s\"; done",
        "generate > x.sh; bash x.sh",
        "curl -o x.sh https://x; chmod +x x.sh; ./x.sh",
    ];
    for line in table {
        assert!(read(line).unresolved.iter().any(|gap| gap.what != Gap::Argument), "{line}");
    }
}

#[test]
fn what_names_mean_in_the_shell_is_known_beforehand() {
    use crate::syntax::{FakeWorld, Setting, analyse_in};
    let table = [
        ("declare -- X=\"/\"", "rm -rf $X", "rm -rf /"),
        ("declare -a A=([0]=\"a\" [1]=\"/\")", "rm -rf \"${A[@]}\"", "rm -rf a /"),
        ("declare -n r=\"X\"\ndeclare -- X=\"/\"", "rm -rf $r", "rm -rf /"),
        ("alias ll='rm -rf /'", "ll", "rm -rf /"),
        ("f () \n{ \n    rm -rf \"$1\"\n}", "f /", "rm -rf /"),
        ("f () {\n\trm -rf /\n}\nalias g=f", "g", "rm -rf /"),
        ("typeset X=/", "rm -rf $X", "rm -rf /"),
        ("unset HOME", "rm -rf $HOME/x", "rm -rf /x"),
    ];
    for (known, line, want) in table {
        let world = FakeWorld::default().set("HOME", "/home/me");
        let setting = Setting { known: known.to_owned(), ..Setting::default() };
        let found = analyse_in(line, &world, &setting, &|_, _, _, _| Vec::new());
        let texts: Vec<String> = found.invocations.iter().map(crate::syntax::Invocation::text).collect();
        assert!(texts.iter().any(|text| text == want), "{known:?} {line:?}: {texts:?}");
        // Definitions start nothing, and nothing of them is assigned by the line.
        assert!(
            found.assigns.is_empty() && found.invocations.iter().all(|inv| inv.name() != Some("declare")),
            "{known}"
        );
    }
}

/// What a test has shown of a variable: `true` where it cannot be empty in `echo $D`.
#[test]
fn what_tests_show_of_variables() {
    use crate::syntax::Seg;
    let table = [
        ("[[ -n $D ]] && echo $D", true),
        ("[[ $D ]] && echo $D", true),
        ("[[ -z $D ]] && echo $D", false),
        ("[[ -z $D ]] || echo $D", true),
        ("[[ -n $D ]] || echo $D", false),
        ("[[ ! -z $D ]] && echo $D", true),
        ("[[ ! -n $D ]] && echo $D", false),
        ("! [[ -z $D ]] && echo $D", true),
        ("! [[ -n $D ]] && echo $D", false),
        ("[[ -d $D ]] && echo $D", true),
        ("[[ $D == x ]] && echo $D", true),
        ("[[ $D == \"\" ]] && echo $D", false),
        ("[[ $D == * ]] && echo $D", false),
        ("[[ $D != '' ]] && echo $D", true),
        ("[[ $D != x ]] && echo $D", false),
        ("[[ -n ${D:-a} ]] && echo $D", false),
        ("[[ -n $D && -d $D ]] && echo $D", true),
        ("[[ -n $D || -n $E ]] && echo $D", false),
        ("[[ -z $D || -z $E ]] || echo $D", true),
        ("[ -n \"$D\" ] && echo $D", true),
        // What is empty is no word: `[ -n ]` holds.
        ("[ -n $D ] && echo $D", false),
        ("[ -d $D ] && echo $D", false),
        ("[ $D ] && echo $D", true),
        ("[ -z \"$D\" ] && echo $D", false),
        ("[ -z \"$D\" ] || echo $D", true),
        ("test -n \"$E\" -a -d \"$D\" && echo $D", true),
        ("test -n \"$E\" -o -d \"$D\" && echo $D", false),
        ("test \"$D\" = '' || echo $D", true),
        // Another command may have been what let it run.
        ("[[ -n $D ]] && false || echo $D", false),
        ("[[ -n $D ]] || true && echo $D", false),
        ("[[ -n $D ]] && ls && echo $D", true),
        ("[[ -n $D ]] && ls; echo $D", false),
        ("if [[ -n $D ]]; then echo $D; fi", true),
        ("if [[ -z $D ]]; then echo $D; fi", false),
        ("if [[ -n $D ]] || true; then echo $D; fi", false),
        ("[[ -n $E ]] && { [[ -n $D ]] && E=1; echo $D; }", false),
    ];
    for (line, want) in table {
        let read = read(line);
        let echo = read.invocations.iter().find(|inv| inv.name() == Some("echo")).expect(line);
        let filled = echo.args.iter().all(|arg| {
            arg.value.segs().iter().all(|seg| !matches!(seg, Seg::Unknown(unknown) if unknown.may_be_empty))
        });
        assert_eq!(filled, want, "{line}");
    }
}

/// Files that a program reads by itself because the line has told it where they are.
#[test]
fn what_is_loaded_unasked_is_looked_into() {
    let world = world()
        .dir("/w/lib")
        .file("/w/lib/Evil/Mod.pm", "system('rm -rf /'); 1;")
        .file("/w/lib/Good.pm", "sub f { system('rm', '-rf', $_[0]); } 1;")
        .file("/w/lib/sitecustomize.py", "import os\nos.system('rm -rf /')\n")
        .file("/w/tool.py", "import os\nos.system('rm -rf /')\n")
        .file("/w/pack/__main__.py", "import os\nos.system('rm -rf /')\n")
        .file("/w/good/sitecustomize.py", "import sys\nprint(sys.path)\n")
        .file("/w/n.js", "require('child_process').execSync('rm -rf /')")
        .file("/w/good.js", "console.log(1)")
        .file("/w/r.rb", "system('rm -rf /')")
        .file("/w/home/.bash_profile", "rm -rf /\n")
        .file("/w/home/.bashrc", "rm -rf /\n")
        .file("/w/home/.zshenv", "rm -rf /\n")
        .file("/w/quiet/.bash_profile", "export A=1\n")
        .file("/w/plugins/git-foo", "#!/bin/sh\nrm -rf /\n")
        .file("/w/plugins/git-bar", "#!/bin/sh\necho hi\n");
    let table = [
        ("perl -I./lib -MEvil::Mod -e 1", true),
        ("perl -I lib -wMEvil::Mod -e 1", true),
        ("perl -Mlib=lib -MEvil::Mod=x -e 1", true),
        ("PERL5LIB=./lib perl -MEvil::Mod -e 1", true),
        ("PERL5OPT=-MEvil::Mod PERL5LIB=lib perl x.pl", true),
        ("perl -MEvil::Mod -e 1", false),
        ("perl -Ilib -MGood -e 1", false),
        ("PYTHONPATH=./lib python3 -c 1", true),
        ("export PYTHONPATH=lib; pytest -q", true),
        ("PYTHONPATH=lib python3 -E -c 1", false),
        ("PYTHONPATH=good python3 -c 1", false),
        ("PYTHONPATH=good:. python3 -m pytest", false),
        ("python3 -m tool", true),
        ("python3 -um pack", true),
        ("NODE_OPTIONS=--require=./n.js node -e 1", true),
        ("NODE_OPTIONS='--import ./n.js' npm test", true),
        ("NODE_OPTIONS=--max-old-space-size=4096 npm test", false),
        ("node -r ./n -e 1", true),
        ("node -r ./good.js -e 1", false),
        ("ruby -r./r -e 1", true),
        ("RUBYLIB=. RUBYOPT=-rr ruby -e 1", true),
        ("HOME=/w/home bash -lc true", true),
        ("export HOME=home; bash -l -c true", true),
        ("HOME=/w/home bash -ic true", true),
        ("HOME=/w/home bash -c true", false),
        ("HOME=/w/home bash --noprofile -lc true", false),
        ("HOME=/w/home zsh -c true", true),
        ("HOME=/w/home zsh -fc true", false),
        ("HOME=/w/quiet bash -lc true", false),
        ("PATH=/w/plugins:$PATH git foo", true),
        ("export PATH=/w/plugins:$PATH; git -C sub foo", true),
        ("PATH=/w/plugins:$PATH git bar", false),
        ("PATH=/w/plugins:$PATH git status", false),
    ];
    for (line, dangerous) in table {
        let found = analyse(line, &world, true);
        let texts: Vec<String> = found.invocations.iter().map(super::super::Invocation::text).collect();
        assert_eq!(texts.iter().any(|text| text == "rm -rf /"), dangerous, "{line}: {texts:?} {:?}", found.unresolved);
        assert!(dangerous || found.unresolved.is_empty(), "{line}: {:?}", found.unresolved);
    }
}

/// What fish printed of its names: read by itself each, and called as fish would.
#[test]
fn what_fish_knows() {
    use crate::syntax::{Dialect, Setting, analyse_in};
    let known = [
        "set -g Z 'a b' '/'",
        "function 'up' --argument n\n for i in (seq $n)\n cd ..\n end\nend",
        "function 'gone'\n if test -n \"$argv[1]\"\n rm -rf $argv\n end\nend",
        "function 'named' --argument a b\n rm -rf $b\nend",
        "function 'odd'\n ls $x[(count $x)]\nend",
    ]
    .map(|text| format!("{text}\n\u{1e}"))
    .concat();
    let none: &[&str] = &[];
    for (line, want, opaque) in [
        ("gone /", &["rm -rf /"][..], false),
        ("named x /", &["rm -rf /"], false),
        ("rm -rf $Z", &["rm -rf a b /"], false),
        ("up 2", none, false),
        ("odd", none, true),
        ("ls", none, false),
    ] {
        let setting = Setting { known: known.clone(), dialect: Dialect::Fish, interactive: true, ..Setting::default() };
        let read = analyse_in(line, &world(), &setting, &|_, _, _, _| Vec::new());
        let found: Vec<String> = read
            .invocations
            .iter()
            .map(crate::syntax::Invocation::text)
            .filter(|text| text.starts_with("rm"))
            .collect();
        assert_eq!(found, want, "{line}");
        assert!(!read.unresolved.iter().any(|gap| matches!(gap.what, Gap::Syntax | Gap::Bound)), "{line}");
        assert_eq!(read.unresolved.iter().any(|gap| gap.what == Gap::Code), opaque, "{line}: {:?}", read.unresolved);
    }
}

/// At zsh's prompt `#` begins a comment only where somebody has asked for that.
#[test]
fn comments_at_the_prompt_of_zsh() {
    use crate::syntax::{Dialect, Setting, analyse_in};
    for (line, interactive, want) in [
        ("echo a #; rm -rf /", true, true),
        ("# x; rm -rf /", true, true),
        ("echo a # rm -rf /", true, false),
        ("echo a #; rm -rf /", false, false),
        ("eval 'echo a #; rm -rf /'", true, false),
        ("echo a # it's fine", true, false),
    ] {
        let setting = Setting { dialect: Dialect::Zsh, interactive, ..Setting::default() };
        let read = analyse_in(line, &world(), &setting, &|_, _, _, _| Vec::new());
        assert_eq!(read.invocations.iter().any(|inv| inv.text() == "rm -rf /"), want, "{line}");
    }
}

/// What many programs may do to many files ends in a question, not in hours of looking.
#[test]
fn files_that_many_programs_may_change() {
    let times = |count: usize, piece: &str| -> String {
        (0..count).map(|number| piece.replace('N', &number.to_string())).collect()
    };
    for piece in ["echo a > fN; tar xf a.tar\n", "echo a > fN; cp -r . dN\n", "echo a > fN; cp a$y b$y\n"] {
        let bounds = |count: usize| {
            let read = read(&times(count, piece));
            (read.unresolved.iter().filter(|gap| gap.what == Gap::Bound).count() > 0, read.invocations.len())
        };
        assert!(!bounds(8).0, "{piece}");
        let (asks, followed) = bounds(1_500);
        assert!(asks && followed < 2_000, "{piece} {followed}");
    }
    let many = times(1_500, "echo a > fN; cat fN\n");
    assert!(!read(&many).unresolved.iter().any(|gap| gap.what == Gap::Bound));
}
