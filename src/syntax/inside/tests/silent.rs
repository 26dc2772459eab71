//! Code as agents run it all day: nothing, or only facts that no family minds.

use super::super::Lang;
use super::{check, seen};

/// Rows of which nothing at all may be seen.
fn silent(lang: Lang, rows: &[&str]) {
    for code in rows {
        assert_eq!(seen(lang, code), Vec::<String>::new(), "{lang:?}: {code}");
    }
}

#[test]
fn python() {
    silent(
        Lang::Python,
        &[
            "print('hello')",
            "import torch\nx = torch.randn(3, 4)\nprint(x.shape, x.mean().item())",
            "import torch\nmodel.eval()\nmodel = torch.compile(model)\nwith torch.no_grad():\n    print(model(x).argmax(-1))",
            "import json, sys\nd = json.load(sys.stdin)\nprint(d['version'])",
            "import json,sys; [print(x['name']) for x in json.load(sys.stdin)['items']]",
            "import re\np = re.compile(r'rm -rf (\\S+)')\nprint(p.findall(text))",
            "import pandas as pd\ndf = pd.DataFrame({'a': [1], 'b': [2]})\nprint(df.eval('a + b'))\ndf.drop(columns=['a']).rename(columns={'b': 'c'})",
            "import ast\nprint(ast.literal_eval('[1, 2]'))\ntree = ast.parse(src)",
            "print(\"os.remove('/')\")",
            "# os.system('rm -rf /')\nprint(1)",
            "'''\nimport os\nos.system('rm -rf /')\n'''\nprint(2)",
            "x = \"\"\"shutil.rmtree('/')\"\"\"\nprint(len(x))",
            "def test_eval():\n    assert evaluate('1') == 1\ntest_eval()",
            "def exec(x):\n    return x\nexec(3)",
            "class A:\n    def remove(self, x):\n        self.items.remove(x)\n    def system(self): pass\na.remove(1)",
            "items = [1, 2]\nitems.remove(1)\ns = 'a'.replace('a', 'b')",
            "import platform\nprint(platform.system(), platform.python_version())",
            "import numpy as np\nprint(np.linalg.norm(np.array([1, 2, 3])))",
            "import sys; print(sys.version)",
            "import os\nprint(os.getcwd(), os.listdir('.'), os.path.exists('a'))",
            "import importlib\nfor m in ['numpy', 'torch']:\n    try:\n        importlib.import_module(m); print(m, 'ok')\n    except ImportError as e:\n        print(m, e)",
            "for m in ('json', 'yaml'): __import__(m)",
            "from sympy import symbols, solve\nx = symbols('x')\nprint(solve(x**2 - 4, x))",
            "import inspect, torch\nprint(inspect.getsource(torch.nn.Linear))",
            "import ast,sys\nfor f in sys.argv[1:]:\n    pass",
            "session.exec(select(User)).all()\napp.run()",
            "cur.execute('SELECT * FROM users WHERE deleted = 0')",
            "import subprocess\nhelp(subprocess.run)\nprint(subprocess.PIPE)",
            "import os\nprint('CUDA' in os.environ)",
            "import os\nfor k in os.environ: print(k)",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'app.settings')",
            "x = 10 / 4\ny = a / b / 2\nprint(x / y)",
            "print(type.__subclasses__(Base), [c for c in Base.__subclasses__()])",
            "import os\nos.environ['CUDA_VISIBLE_DEVICES'] = '0'\nprint(len(os.environ))",
            "import os\nenv = {**os.environ, 'A': '1'}",
            "import os\nfor k, v in os.environ.items():\n    if 'CUDA' in k: print(k, v)",
            "import os\nprint({k: v for k, v in os.environ.items() if k.startswith('NCCL')})",
            "import pickle\nd = pickle.load(f)\nprint(type(d))",
            "from collections import Counter\nprint(Counter('abracadabra').most_common(3))",
            "import math; print(f'{math.pi:.3f} {1+1!r} {{x}}')",
            "from app import create_app\napp = create_app()\nprint([r.rule for r in app.url_map.iter_rules()])",
            "x = __WARDSH_UNKNOWN__\nprint(x + 1)",
            "print(__WARDSH_UNKNOWN__ * 2)",
            "print(round(__WARDSH_UNKNOWN__/1024, 2))",
            "import datetime; print(datetime.datetime.now().isoformat())",
            "print(eval.__doc__)",
            "import time, random\nwhile True:\n    time.sleep(1)\n    break",
            "from transformers import AutoTokenizer\nt = AutoTokenizer.from_pretrained('gpt2')\nprint(t.decode(t.encode('hi')))",
            "import sqlite3\nc = sqlite3.connect('a.db')\nprint(c.execute('select count(*) from t').fetchall())",
            "parser.add_argument('--exec', help='run os.system')",
            "import base64\nprint(base64.b64decode('aGVsbG8='))",
            "import http.server\nhttp.server.HTTPServer(('', 8000), H).serve_forever()",
            "d = {'exec': 1, 'os.system': 2}\nprint(d['exec'])",
            "import unittest.mock as m\nwith m.patch('os.remove') as r:\n    r.assert_called()",
            "s = socket.socket()\ns.bind(('', 0))\nprint(s.getsockname()[1])",
            "res = [x for x in range(10) if x % 2]\nprint(sum(res))",
        ],
    );
}

#[test]
fn python_reading_and_writing_the_project() {
    check(
        Lang::Python,
        &[
            ("import json\nd = json.load(open('package.json'))\nprint(d['name'])", &["read package.json"]),
            (
                "import json\nwith open('a.json') as f:\n    d = json.load(f)\nd['x'] = 1\nwith open('a.json', 'w') as f:\n    json.dump(d, f, indent=2)",
                &["read a.json", "write a.json"],
            ),
            (
                "import re\np='src/lib.rs'\ns=open(p).read()\ns=s.replace('a','b')\nopen(p,'w').write(s)",
                &["read src/lib.rs", "write src/lib.rs"],
            ),
            (
                "from pathlib import Path\np = Path('src/a.py')\nt = p.read_text()\nt = t.replace('x', 'y')\np.write_text(t)",
                &["read src/a.py", "write src/a.py"],
            ),
            ("import pandas as pd\ndf = pd.read_csv('a.csv')\nprint(df.head())", &[]),
            ("with open(path) as f: print(f.read())", &[]),
            ("with open(out, 'w') as f: f.write('x')", &[]),
        ],
    );
}

#[test]
fn javascript() {
    silent(
        Lang::JavaScript,
        &[
            "console.log(require('./package.json').version)",
            "console.log(1 + 1)",
            "const m = /a(b)/.exec('ab'); console.log(m[1])",
            "const s = \"fs.unlinkSync('x')\"; console.log(s) // fs.rmSync('/')",
            "/* require('child_process').exec('rm -rf /') */ console.log(2)",
            "const http = require('http'); http.createServer((q, r) => r.end('ok')).listen(3000)",
            "const express = require('express'); const app = express(); app.get('/', (q, r) => r.send('x')); app.listen(3000)",
            "import('./dist/index.js').then(m => console.log(Object.keys(m)))",
            "[1,2,3].map(x => x * 2).filter(Boolean).forEach(x => console.log(x))",
            "new Set([1]).delete(1); const o = {a: 1}; delete o.a",
            "let d='';process.stdin.on('data',c=>d+=c).on('end',()=>console.log(JSON.parse(d).name))",
            "console.log(process.version, process.platform, process.cwd())",
            "process.env.NODE_ENV = 'test'; require('./x')",
            "page.evaluate(() => document.title)",
            "setTimeout(() => console.log('x'), 10)",
            "const a = `x ${1 + 1} y`; console.log(a.length / 2)",
            "const {a, b} = JSON.parse(x); console.log(a?.b ?? 'none')",
            "db.query('SELECT 1').then(r => console.log(r.rows))",
            "$('#delete').on('click', function () { $('#form').submit() })",
            "class A { exec(cmd) { return cmd } remove(x) { return x } } new A().exec('rm -rf /')",
            "console.log(typeof eval, 'eval(x)')",
            "const t = require('typescript'); console.log(t.version)",
            "async function f() { const r = await g(); return r.status } f()",
        ],
    );
    check(
        Lang::JavaScript,
        &[
            ("console.log(JSON.parse(require('fs').readFileSync('a.json','utf8')).x)", &["read a.json"]),
            (
                "fetch('http://localhost:3000/health').then(r => r.json()).then(console.log)",
                &["net http://localhost:3000/health"],
            ),
        ],
    );
}

#[test]
fn shell_tools() {
    silent(
        Lang::Awk,
        &[
            "{print $2}",
            "NR==1 {print $1; exit}",
            "/rm -rf/ {print NR\": \"$0}",
            "{s+=$1} END {print s/NR}",
            "BEGIN{FS=\",\"} $3 > 10 {print $1, $2}",
            "{ if ($1 > 5 && $2 < 3) print $0 > \"/dev/stderr\" }",
            "!seen[$0]++",
            "{printf \"%s %d\\n\", $1, $2}",
            "{gsub(/system\\(/, \"x\"); print}",
            "{ print \"system(rm)\" }",
            "/^a/,/^b/",
            "{a[$1]++} END {for (k in a) print a[k], k}",
            "NR>=__WARDSH_UNKNOWN__ && NR<=20",
        ],
    );
    silent(
        Lang::Sed,
        &[
            "1,20p",
            "s/a/b/",
            "s/a/b/g",
            "s|/etc/w|/x|g;s/e w/x/",
            "/^$/d",
            "$!N;P;D",
            "/start/,/end/p",
            "s/\\(.*\\)e/\\1/",
            "1i\\\nwrite this e",
            "/x/a exec rm",
            "/x/c\\w /etc/passwd",
            "y/abc/xyz/",
            ":a;N;$!ba;s/\\n/ /g",
            "__WARDSH_UNKNOWN__p",
            "__WARDSH_UNKNOWN__,+5p",
            "s/__WARDSH_UNKNOWN__/x/g",
            "s/x/__WARDSH_UNKNOWN__/",
            "/foo/{s/a/b/;p;q}",
            "5q",
            "s#http://e.w#x#",
            "s/[/]e/x/;s/we/w/",
            "$d",
        ],
    );
}

#[test]
fn other_languages() {
    silent(
        Lang::Perl,
        &[
            "s/a/b/g",
            "print if /rm -rf/",
            "print $F[0]",
            "BEGIN{undef $/} s/\\n+/\\n/g",
            "$s += $1 if /(\\d+)/; END { print $s }",
            "my %h = (unlink => 1, system => 2); print $h{unlink}",
            "while (<>) { chomp; print \"$_\\n\" unless $seen{$_}++ }",
            "print join(',', map { $_ * 2 } 1..3)",
            "use strict; use warnings; print \"x\\n\";",
            "eval { die 'x' }; print $@ if $@;",
            "s/foo/bar/ if $. > 3; tr/a-z/A-Z/;",
            "# unlink 'x'\nprint 'unlink glob';",
            "print 1;\n\n=head1 X\n\nunlink 'x';\n\n=cut\nprint 2;\n__END__\nunlink 'y';",
            "print \"$1\\n\" while /href=\"([^\"]+)\"/g",
        ],
    );
    silent(
        Lang::Ruby,
        &[
            "puts 1 + 1",
            "require 'json'; puts JSON.parse(STDIN.read)['name']",
            "puts RUBY_VERSION",
            "[1, 2].each { |x| puts x }",
            "h = { delete: 1, 'system' => 2 }; h.delete(:delete); puts h",
            "puts 'File.delete(\"x\")' # system 'rm'",
            "require 'yaml'; puts YAML.load_file('a.yml').inspect",
            "puts \"#{1 + 1} / 2\"",
            "User.where(id: 3).count",
            "a = [3,1]; a.delete(3); puts a.sort.first",
            "def system_name; 'x'; end; puts system_name",
            "puts <<~EOS\n  system 'rm -rf /'\nEOS",
        ],
    );
    silent(
        Lang::Php,
        &[
            "echo PHP_VERSION;",
            "<?php echo json_encode(['a' => 1]);",
            "print_r(array_filter([1, 0]));",
            "$x = 'system'; echo $x;",
        ],
    );
    silent(
        Lang::Lua,
        &["print(1 + 1)", "for i = 1, 3 do print(i) end -- os.execute('x')", "print(('x'):rep(3), #arg)"],
    );
    silent(
        Lang::R,
        &[
            "x <- c(1, 2); print(mean(x))",
            "library(dplyr); df %>% filter(a > 1)",
            "eval(quote(1 + 1))",
            "cat(R.version.string)",
        ],
    );
    silent(Lang::Julia, &["println(1 + 1)", "using Pkg; Pkg.status()", "x = [1, 2]; println(sum(x) / length(x))"]);
    silent(Lang::Elixir, &["IO.puts(1 + 1)", "Enum.map([1, 2], fn x -> x * 2 end) |> IO.inspect()"]);
    silent(
        Lang::PowerShell,
        &[
            "Get-ChildItem -Recurse *.ts | Select-Object -First 5",
            "Write-Host 'Remove-Item x'",
            "# rm -rf /\n$PSVersionTable",
            "Get-Process | Where-Object { $_.CPU -gt 10 }",
            "Remove-Item x -WhatIf",
            "$x = 1 + 2; Write-Output $x",
            "(Get-Date).ToString('yyyy')",
            "Test-Path ./a; Get-Item b | Format-List",
        ],
    );
    silent(
        Lang::Vim,
        &["set nu", "if has('x') || !exists('y') | set nu | endif", "%s/a/b/g", "normal dd", "wq", "echo 'system(x)'"],
    );
    silent(
        Lang::AppleScript,
        &[
            "display notification \"done\"",
            "tell application \"Safari\" to get URL of front document",
            "-- do shell script \"x\"",
        ],
    );
    silent(Lang::Tcl, &["puts hello", "set x 3; puts $x", "# exec rm x"]);
}

#[test]
fn hostile_input_ends_soon() {
    for lang in [
        Lang::Python,
        Lang::JavaScript,
        Lang::Perl,
        Lang::Ruby,
        Lang::Php,
        Lang::Sed,
        Lang::Awk,
        Lang::PowerShell,
        Lang::Tcl,
        Lang::Vim,
        Lang::Gdb,
        Lang::R,
        Lang::Julia,
    ] {
        for piece in [
            "(",
            "[",
            "{",
            "f(",
            "\"${",
            "`${",
            "f'{",
            "a+",
            "x=",
            "a,",
            "s/",
            "/[",
            "qw(",
            "<<A\n",
            "#{",
            "%w(",
            "$x{",
            "lambda:",
            "x=>",
            "if ",
            "'",
            "\"",
            "\\",
            "$(",
            "@{[",
            "f'{f\"{",
            "a.b",
            "map{",
            "for x in [",
            "x for ",
            "é",
            "unlink ",
        ] {
            let code = piece.repeat(400);
            let _ = seen(lang, &code);
        }
    }
}
