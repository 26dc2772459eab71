//! Which words are code, which are a script, which are neither.

use super::super::{Lang, Source, interpreter};
use super::{arg, show};
use crate::syntax::{Invocation, Span, Stdin, Stdout, Value};

fn invocation(line: &str, fed: bool) -> Invocation {
    let mut words = shell_words::split(line).unwrap().into_iter();
    Invocation {
        program: arg(&words.next().unwrap()).into(),
        args: words.map(|word| arg(&word)).collect(),
        assigns: [].into(),
        redirects: Vec::new(),
        stdin: if fed { Stdin::Text(Value::lit("x")) } else { Stdin::Inherit },
        stdout: Stdout::Inherit,
        cwd: Value::lit("/w"),
        via: Vec::new(),
        elevated: false,
        remote: None,
        span: Span::default(),
        facts: Vec::new(),
        wrapper: false,
        repeated: false,
    }
}

fn read(line: &str, fed: bool) -> Option<(Lang, String)> {
    let found = interpreter(&invocation(line, fed))?;
    let mut text = match &found.source {
        Source::Text { code, .. } => format!("text {}", show(code).replace('\n', "⏎")),
        Source::File { path, .. } => format!("file {}", show(path)),
        Source::Stdin => "stdin".to_owned(),
        Source::Module(name) => format!("module {name}"),
    };
    if !found.args.is_empty() {
        let args: Vec<String> = found.args.iter().map(|arg| show(&arg.value)).collect();
        text = format!("{text} : {}", args.join(" "));
    }
    Some((found.lang, text))
}

#[test]
fn words_are_read_as_the_interpreters_do() {
    use Lang::{
        AppleScript, Awk, Elixir, Gdb, Go, Java, JavaScript, Julia, Lua, Perl, Php, PowerShell, Python, R, Ruby, Sed,
        Tcl, Vim,
    };
    let rows: &[(&str, Lang, &str)] = &[
        ("python -c 'print(1)' a b", Python, "text print(1) : a b"),
        ("python3.12 -Ic 'x'", Python, "text x"),
        ("/usr/bin/python3 -u -X dev -W ignore s.py --flag", Python, "file s.py : --flag"),
        ("python3 -cprint", Python, "text print"),
        ("python -m pytest -q", Python, "module pytest : -q"),
        ("python -m timeit -n 3 -s 'import os' 'os.getcwd()'", Python, "text import os⏎os.getcwd()"),
        ("python -m cProfile -o out s.py a", Python, "file s.py : a"),
        ("python - a", Python, "stdin : a"),
        ("python manage.py flush --noinput", Python, "file manage.py : flush --noinput"),
        ("python manage.py shell -c 'x()'", Python, "text x()"),
        ("ipython -c 'x'", Python, "text x"),
        ("pypy3 -c x", Python, "text x"),
        ("python __WARDSH_UNKNOWN__", Python, "file ?"),
        ("node -e 'x'", JavaScript, "text x"),
        ("node --eval=x", JavaScript, "text x"),
        ("node -p '1+1' a", JavaScript, "text 1+1 : a"),
        ("node -r dotenv/config --import tsx app.js -e y", JavaScript, "file app.js : -e y"),
        ("tsx -e 'x'", JavaScript, "text x"),
        ("deno eval 'x'", JavaScript, "text x"),
        ("deno run -A main.ts", JavaScript, "file main.ts"),
        ("bun -e 'x'", JavaScript, "text x"),
        ("bun run a.ts", JavaScript, "file a.ts"),
        ("ruby -ne 'puts $_' f", Ruby, "text puts $_ : f"),
        ("ruby -rjson -e x -e y", Ruby, "text x⏎y"),
        ("ruby -r json s.rb", Ruby, "file s.rb"),
        ("rails runner 'User.delete_all'", Ruby, "text User.delete_all"),
        ("perl -lane 'print' f", Perl, "text print : f"),
        ("perl -MFoo=bar -i.bak -pe 's/a/b/' f", Perl, "text s/a/b/ : f"),
        ("perl -0777 -E 'say 1'", Perl, "text say 1"),
        ("perl -pi -e s/a/b/ f", Perl, "text s/a/b/ : f"),
        ("perl s.pl a", Perl, "file s.pl : a"),
        ("php -r 'x();'", Php, "text x();"),
        ("php -d memory_limit=-1 artisan migrate:fresh", Php, "file artisan : migrate:fresh"),
        ("awk -F, '{print $1}' f", Awk, "text {print $1} : f"),
        ("awk -F ',' -v x=1 '{print x}' f", Awk, "text {print x} : f"),
        ("gawk -f p.awk f", Awk, "file p.awk : f"),
        ("sed -n '1,20p' f", Sed, "text 1,20p : f"),
        ("sed -i.bak -e 's/a/b/' -e 's/c/d/' f", Sed, "text s/a/b/⏎s/c/d/ : f"),
        ("sed -i 's/a/b/' f", Sed, "text s/a/b/ : f"),
        ("sed -ne p f", Sed, "text p : f"),
        ("sed --expression=p f", Sed, "text p : f"),
        ("lua5.4 -e 'x'", Lua, "text x"),
        ("Rscript -e 'x'", R, "text x"),
        ("Rscript s.R a", R, "file s.R : a"),
        ("R -e 'x'", R, "text x"),
        ("julia --project=. -e 'x'", Julia, "text x"),
        ("julia -E x", Julia, "text x"),
        ("osascript -e 'a' -e 'b'", AppleScript, "text a⏎b"),
        ("osascript -l JavaScript -e 'a'", JavaScript, "text a"),
        ("pwsh -NoProfile -Command rm x", PowerShell, "text rm x"),
        ("powershell.exe -ExecutionPolicy Bypass -enc cgBtACAAeAA=", PowerShell, "text rm x"),
        ("pwsh -File a.ps1 b", PowerShell, "file a.ps1 : b"),
        ("pwsh a.ps1", PowerShell, "file a.ps1"),
        ("powershell Get-Date", PowerShell, "text Get-Date"),
        ("elixir -e 'x'", Elixir, "text x"),
        ("mix run -e 'x'", Elixir, "text x"),
        ("groovy -e 'x'", Java, "text x"),
        ("java A.java", Java, "file A.java"),
        ("go run -race x.go y", Go, "file x.go"),
        ("gdb -batch -ex 'shell id' -ex bt ./a", Gdb, "text shell id⏎bt : ./a"),
        ("vim -es -c '%s/a/b/' -c wq f", Vim, "text %s/a/b/⏎wq"),
        ("vim +'!id' +q", Vim, "text !id⏎q"),
        ("nvim -l a.lua", Lua, "file a.lua"),
        ("expect -c 'spawn x'", Tcl, "text spawn x"),
        ("tclsh a.tcl", Tcl, "file a.tcl"),
    ];
    for (line, lang, wanted) in rows {
        assert_eq!(read(line, false), Some((*lang, (*wanted).to_owned())), "{line}");
    }
}

#[test]
fn standard_input_counts_where_it_is_given() {
    for line in ["python", "python3 -u", "node", "ruby", "perl", "php", "bash"] {
        assert_eq!(read(line, false), None, "{line}");
    }
    for (line, lang) in
        [("python3 -", Lang::Python), ("python -u", Lang::Python), ("node", Lang::JavaScript), ("psql", Lang::Sed)]
    {
        let wanted = (line != "psql").then(|| (lang, "stdin".to_owned()));
        assert_eq!(read(line, true), wanted, "{line}");
    }
}

#[test]
fn what_runs_no_code_is_no_interpreter() {
    for line in [
        "python --version",
        "python3 -V",
        "node -v",
        "node --check a.js",
        "node --test",
        "ruby -v",
        "perl -v",
        "perl -c x.pl",
        "php -l x.php",
        "php -v",
        "java -jar a.jar",
        "go run ./cmd/x",
        "go build x.go",
        "bun install",
        "deno test",
        "deno task build",
        "vim file",
        "vim +12 file",
        "gdb ./a",
        "R CMD check",
        "Rscript --version",
        "git status",
        "pwsh --version",
        "lua -v",
        "bun run build",
    ] {
        assert_eq!(read(line, false), None, "{line}");
        if !line.starts_with("gdb") {
            assert_eq!(read(line, true), None, "{line}");
        }
    }
}
