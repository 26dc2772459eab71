use super::*;

const SNAP: &str = "/home/me/.claude/shell-snapshots/snapshot-bash-1790452891926-09cuz2.sh";

fn claude(between: &str, command: &str) -> String {
    let quoted = command.replace('\'', "'\"'\"'");
    format!(
        "source {SNAP} 2>/dev/null || true && {between}eval '{quoted}' < /dev/null && pwd -P >| /tmp/claude-1a2b-cwd"
    )
}

const BASH: &str = "shopt -u extglob 2>/dev/null || true && ";
const ZSH: &str = "setopt NO_EXTENDED_GLOB NO_BARE_GLOB_QUAL 2>/dev/null || true && ";
const UNSETENV: &str =
    r"{ \builtin unalias -- 'unsetenv'; \builtin unset -f -- 'unsetenv'; } >/dev/null 2>&1 || true && ";

fn codex(command: &str) -> String {
    format!(
        "if . '/home/me/.codex/shell_snapshots/0199.sh' >/dev/null 2>&1; then :; fi\n\nexec '/bin/bash' -c '{}'",
        command.replace('\'', "'\"'\"'")
    )
}

fn codex_with_variables(command: &str) -> String {
    let plain = codex(command);
    let (snapshot, exec) = plain.split_once("\n\n").unwrap();
    let o = "__CODEX_SNAPSHOT_OVERRIDE";
    let p = "__CODEX_SNAPSHOT_PROXY_OVERRIDE";
    format!(
        "{o}_SET_0=\"${{CODEX_THREAD_ID+x}}\"\n{o}_0=\"${{CODEX_THREAD_ID-}}\"\n\
         {p}_SET_0=\"${{ALL_PROXY+x}}\"\n{p}_0=\"${{ALL_PROXY-}}\"\n\
         __CODEX_SNAPSHOT_PROXY_ENV_SET=\"${{CODEX_NETWORK_PROXY_ACTIVE+x}}\"\n\n{snapshot}\n\n\
         if [ -n \"${{{o}_SET_0}}\" ]; then export CODEX_THREAD_ID=\"${{{o}_0}}\"; else unset CODEX_THREAD_ID; fi\n\
         if [ -n \"$__CODEX_SNAPSHOT_PROXY_ENV_SET\" ] || [ -n \"${{CODEX_NETWORK_PROXY_ACTIVE+x}}\" ]; then\n\
         if [ -n \"${{{p}_SET_0}}\" ]; then export ALL_PROXY=\"${{{p}_0}}\"; else unset ALL_PROXY; fi\nfi\n\n{exec}"
    )
}

fn gemini(command: &str) -> String {
    format!(
        "shopt -u promptvars nullglob extglob nocaseglob dotglob; _bgpids_file=/tmp/gemini-shell-DJy1jL/bgpids.tmp\n(\n  \
         trap 'jobs -p > \"$_bgpids_file\"' EXIT\n{command}\n)\n__code=$?\nexit $__code"
    )
}

fn copilot(command: &str) -> String {
    format!(
        "{{\n    echo ___BEGIN___COMMAND_OUTPUT_MARKER___;\n    PS1=\"\";PS2=\"\";unset HISTFILE;\n    {command}\n    EC=$?;\n    \
         echo \"___BEGIN___COMMAND_DONE_MARKER___$EC\";\n}}"
    )
}

const CURSOR_BASH: &str = "snap=$(command cat <&3) && builtin shopt -s extglob && builtin eval -- \"$snap\" && { builtin set +u 2>/dev/null || true; builtin eval \"${__CURSOR_SANDBOX_ENV_RESTORE:-}\" 2>/dev/null; builtin export PWD=\"$(builtin pwd)\"; builtin shopt -s expand_aliases 2>/dev/null; builtin eval \"$1\" < /dev/null; }; COMMAND_EXIT_CODE=$?; dump_bash_state >&4; builtin exit $COMMAND_EXIT_CODE";
const CURSOR_ZSH: &str = "snap=$(command cat <&3); builtin unsetopt aliases 2>/dev/null; builtin unalias -m '*' 2>/dev/null || true; builtin setopt extendedglob; builtin eval \"$snap\" && { builtin unsetopt nounset 2>/dev/null || true; builtin export PWD=\"$(builtin pwd)\"; builtin setopt aliases 2>/dev/null; builtin eval \"$1\" < /dev/null; }; COMMAND_EXIT_CODE=$?; dump_zsh_state >&4; builtin exit $COMMAND_EXIT_CODE";

/// Commands of every kind: quotes, several lines, here-documents, comments, another agent's envelope.
const COMMANDS: &[&str] = &[
    "git status",
    "echo 'it'\"'\"'s' \"$HOME\" | wc -c",
    "cat <<'EOF'\n) && rm -rf ~ #\nEOF\necho done # comment",
    "for f in *.rs; do wc -l \"$f\"; done",
    "grep -n 'größe' x.txt",
    "(cd sub && make) || exit 3",
];

#[test]
fn every_agents_envelope_is_recognised_and_its_command_found_where_it_stands() {
    type Make = fn(&str) -> String;
    let table: &[(&str, Make)] = &[
        ("claude", |command| claude(BASH, command)),
        ("claude", |command| claude(ZSH, command)),
        ("claude", |command| claude(&format!("{BASH}{UNSETENV}"), command)),
        ("claude", |command| {
            claude("{ shopt -u extglob || setopt NO_EXTENDED_GLOB; } 2>/dev/null || true && ", command)
        }),
        ("claude", |command| claude("", command).replacen(&format!("source {SNAP} 2>/dev/null || true && "), "", 1)),
        ("claude", |command| claude(BASH, command).replace(" < /dev/null && pwd", " && pwd")),
        ("codex", codex),
        ("codex", codex_with_variables),
        ("gemini", gemini),
        ("copilot", copilot),
    ];
    for (agent, make) in table {
        for command in COMMANDS {
            let text = make(command);
            let found = find(&text, &[]).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((found.agent, found.inner.trim()), (*agent, *command), "{text}");
            let Place::Text(place) = &found.place else { panic!("{text}") };
            // Each byte of the command is found again in the text.
            for (at, byte) in found.inner.bytes().enumerate() {
                let start = place.span.start + at;
                let outer = place.outer(Span::new(start, start + 1));
                assert_eq!(text.as_bytes()[outer.start], byte, "byte {at} of {command} in {text}");
                assert!(place.span.contains(outer), "{text}");
            }
        }
        // An envelope in an envelope is only a command.
        let text = make(&codex("ls"));
        assert_eq!(find(&text, &[]).unwrap().inner.trim(), codex("ls"), "{text}");
    }
    // A file that is written whole is longer than the grammar takes a part.
    let long = format!("cat > x <<'E'\n{}E\n", "it's a line\n".repeat(9_000));
    for text in [claude(BASH, &long), codex(&long)] {
        assert_eq!(find(&text, &[]).unwrap().inner, long);
    }
    for script in [CURSOR_BASH, CURSOR_ZSH] {
        let found = find(script, &["--", "git status"]).unwrap();
        assert_eq!((found.agent, found.inner.as_str(), &found.place), ("cursor", "git status", &Place::Param(1)));
    }
    assert!(
        matches!(find(&codex("ls"), &[]).unwrap().state, Some(State::File { path, .. }) if path.ends_with("/0199.sh"))
    );
}

#[test]
fn whatever_else_stands_in_the_text_makes_it_no_envelope() {
    let base = claude(BASH, "ls");
    let table = [
        // An extra command before, between, behind, in the background, in a pipe.
        format!("rm -rf ~; {base}"),
        format!("{base}; rm -rf ~"),
        format!("{base} && rm -rf ~"),
        format!("{base} &"),
        format!("{base} | sh"),
        format!("{base}\nrm -rf ~"),
        base.replace("&& shopt", "&& rm -rf ~ && shopt"),
        base.replace("|| true && shopt", "|| rm -rf ~ && shopt"),
        base.replace("|| true && shopt", "; shopt"),
        base.replace("2>/dev/null || true && shopt", "2>~/.bashrc || true && shopt"),
        base.replace("shopt -u extglob", "shopt -s extglob"),
        base.replace("source ", "X=1 source "),
        base.replace(SNAP, &format!("{SNAP} extra")),
        base.replace(SNAP, "\"$(rm -rf ~)\""),
        base.replace(SNAP, "\"$HOME\"/.claude/shell-snapshots/x.sh"),
        base.replace(SNAP, "<(echo rm)"),
        // The argument of `eval` is not one fixed text.
        base.replace("eval 'ls'", "eval 'ls' \"$X\""),
        base.replace("eval 'ls'", "eval \"$X\""),
        base.replace("eval 'ls'", "eval \"ls\""),
        base.replace("eval 'ls'", "eval 'ls'\"$X\""),
        base.replace("eval 'ls'", "eval 'ls'$'\\x3b'"),
        base.replace("eval 'ls'", "eval 'ls' 'rm -rf ~'"),
        base.replace("eval 'ls'", "eval -- 'ls'"),
        base.replace("eval 'ls'", "eval 'a''b'"),
        base.replace("eval 'ls'", "eval 'ls' > ~/.bashrc"),
        // Another tail.
        base.replace("/tmp/claude-1a2b-cwd", "~/.bashrc"),
        base.replace("/tmp/claude-1a2b-cwd", "/home/me/.bashrc"),
        base.replace("/tmp/claude-1a2b-cwd", "/tmp/../etc/claude-1-cwd"),
        base.replace("/tmp/claude-1a2b-cwd", "/tmp/claude-1a2b/../../home/me/.profile"),
        base.replace("pwd -P", "rm -rf ~"),
        base.replace("< /dev/null", "< <(rm -rf ~)"),
        // A comment and a here-document that swallow a part.
        base.replace("&& eval", "# && eval"),
        base.replace("&& eval", "<<X && eval") + "\nX\n",
        // Twice.
        format!("{base}\n{base}"),
        format!("{base} && {base}"),
        // Codex.
        codex("ls").replace("then :; fi", "then rm -rf ~; fi"),
        codex("ls").replace("\n\nexec", "\nrm -rf ~\nexec"),
        codex("ls").replace("exec '/bin/bash'", "exec '/tmp/bash'"),
        codex("ls").replace("exec '/bin/bash' -c", "exec '/bin/bash' -x -c"),
        codex("ls").replace("exec", "X=1 exec"),
        codex("ls") + " \"$(rm -rf ~)\"",
        codex("ls").replace(". '", ". \"$X\" '"),
        codex_with_variables("ls").replace("{CODEX_THREAD_ID-}", "{CODEX_THREAD_ID-$(rm -rf ~)}"),
        codex_with_variables("ls").replace("{CODEX_THREAD_ID-}", "{EVIL-}"),
        codex_with_variables("ls").replacen("export CODEX_THREAD_ID", "export LD_PRELOAD", 1),
        codex_with_variables("ls").replacen("unset CODEX_THREAD_ID", "rm CODEX_THREAD_ID", 1),
        // Gemini: brackets that close early.
        gemini("ls\n)\nrm -rf ~\n("),
        gemini("ls\n) ; (rm -rf ~"),
        gemini("cat <<EOF\nx"),
        gemini("echo 'x"),
        gemini("echo \\"),
        gemini("ls").replace("_bgpids_file=/tmp/gemini-shell-DJy1jL/bgpids.tmp", "_bgpids_file=$(rm -rf ~)/bgpids.tmp"),
        gemini("ls").replace("_bgpids_file=/tmp/", "_bgpids_file=/tmp/../etc/../"),
        gemini("ls").replace("shopt", "rm -rf ~; shopt"),
        gemini("ls").replace("jobs -p >", "rm -rf ~ >"),
        gemini("ls") + "\nrm -rf ~",
        // Copilot.
        copilot("ls\n}\nrm -rf ~\n{"),
        copilot("ls").replace("unset HISTFILE", "unset HISTFILE PATH"),
        copilot("ls") + "; rm -rf ~",
        copilot("ls").replace("MARKER___$EC", "MARKER___$(rm -rf ~)"),
        CURSOR_BASH.to_owned(),
    ];
    for text in table {
        assert_eq!(find(&text, &[]), None, "{text}");
    }
    for script in [
        CURSOR_BASH.replace("; }; COMMAND", "; rm -rf ~; }; COMMAND"),
        CURSOR_BASH.replace("dump_bash_state", "rm -rf ~; dump_bash_state"),
        CURSOR_BASH.replace("<&3", "<&5"),
        CURSOR_BASH.replace("\"$1\"", "\"$1\" \"$2\""),
        CURSOR_BASH.replace("$1", "$0"),
        CURSOR_ZSH.replace("dump_zsh_state", "dump_bash_state"),
        format!("{CURSOR_BASH}; ls"),
    ] {
        assert_eq!(find(&script, &["--", "ls"]), None, "{script}");
    }
    assert_eq!(find(CURSOR_BASH, &["--", "ls", "more"]), None);
}
