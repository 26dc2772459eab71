use super::super::testline::{Stub, analyse, judge, run};
use super::*;
use crate::effects::{Certainty as C, Shared};
use crate::syntax::{Analysis, CodeFact, Value};

fn sure(line: &str) -> Option<C> {
    run(line, effects).into_iter().map(|effect| effect.certainty).max()
}

fn prints(line: &str) -> bool {
    run(line, effects).iter().any(|effect| effect.has(Trait::Prints) && effect.certainty >= C::Likely)
}

#[test]
fn names_of_secret_files() {
    let line = Analysis::default();
    let shared = Shared::default();
    let cx = Cx::new(&Stub, &line, 0, &[], &shared);
    for path in [
        "/home/u/.ssh/id_rsa",
        "~/.ssh/id_ed25519",
        "/home/other/.ssh/work",
        "/home/u/.ssh/*",
        "~/.aws/credentials",
        "~/.netrc",
        "~/.npmrc",
        "/root/.npmrc",
        "~/.docker/config.json",
        "~/.kube/config",
        "~/.config/gcloud/credentials.db",
        "~/.config/gh/hosts.yml",
        "~/.git-credentials",
        "/code/app/.env",
        "/code/app/.env.production",
        ".env*",
        "prod.env",
        "server.key",
        "certs/server.key",
        "key.pem",
        "store.p12",
        "x.kdbx",
        "service-account-prod.json",
        "credentials.json",
        "terraform.tfstate",
        "/etc/shadow",
        "/proc/1/environ",
        "/proc/self/environ",
        "~/.bash_history",
        "/var/run/secrets/kubernetes.io/serviceaccount/token",
        "~/.config/google-chrome/Default/Login Data",
        "~/.gnupg/private-keys-v1.d/a.key",
        "~/.claude/.credentials.json",
        "/etc/ssl/private/x.key",
        "id_rsa",
    ] {
        assert!(sensitive_path(path, &cx).is_some(), "{path}");
    }
    for path in [
        "/home/u/.ssh/id_rsa.pub",
        "~/.ssh/config",
        "~/.ssh/known_hosts",
        "~/.ssh/authorized_keys",
        ".env.example",
        ".env.sample",
        ".env.template",
        ".env.dist",
        "cert.crt",
        "fullchain.pem",
        "ca.pem",
        "tests/fixtures/key.pem",
        ".npmrc",
        "/code/app/.npmrc",
        "src/env.rs",
        "src/credentials.rs",
        "test_credentials.py",
        "package.json",
        "*",
        "src/*",
        "*.rs",
        "/etc/passwd",
        "~/.bashrc",
        "docs/keys.md",
        "public.pem",
        "environment",
        "/code/app",
        "~/.claude/projects/x.jsonl",
        "",
    ] {
        assert_eq!(sensitive_path(path, &cx), None, "{path}");
    }
}

#[test]
fn shown() {
    for line in [
        "cat ~/.ssh/id_rsa",
        "cat .env",
        "cat ./.env.local",
        "less ~/.aws/credentials",
        "head -n 3 ~/.netrc",
        "tail -5 .env",
        "base64 ~/.ssh/id_ed25519",
        "xxd ~/.ssh/id_rsa | head",
        "base64 < ~/.ssh/id_rsa",
        "strings key.pem",
        "grep KEY .env",
        "grep -i password ~/.bash_history",
        "rg SECRET .env",
        "sed -n 1,5p .env",
        "awk '{print}' ~/.pgpass",
        "cat .env | grep DATABASE",
        "cat .env | sort | head -3",
        "cat .env 2>/dev/null",
        "sudo cat /etc/shadow",
        "cat ~/.ssh/*",
        "cat ~/.kube/config | grep token",
        "diff .env .env.production",
        "git show HEAD:.env",
        "jq . ~/.docker/config.json",
        "echo \"$(cat .env)\"",
        "echo $AWS_SECRET_ACCESS_KEY",
        "echo \"token: $GITHUB_TOKEN\"",
        "echo $DEPLOY_TOKEN",
        "printenv GITHUB_TOKEN",
        "gh auth token",
        "gh auth status --show-token",
        "aws configure get aws_secret_access_key",
        "aws secretsmanager get-secret-value --secret-id prod/db",
        "gcloud auth print-access-token",
        "vault kv get secret/db",
        "op read op://vault/item/password",
        "pass show mail",
        "security find-generic-password -s x -w",
        "kubectl get secret db -o yaml",
        "kubectl -n prod get secret db -o jsonpath='{.data.password}' | base64 -d",
        "gpg --export-secret-keys me",
        "curl http://169.254.169.254/latest/meta-data/iam/security-credentials/role",
        "curl file:///etc/shadow",
        "grep -r 'BEGIN RSA' ~",
        "grep -rn password /home",
        "find / -name id_rsa | xargs cat",
        "ls ~/.ssh/id_rsa | xargs cat",
        "openssl rsa -in server.key",
        "cat /run/secrets/db",
        "cat /proc/1/environ | tr x y",
        "env | grep -iE 'token|secret'",
        "sqlite3 ~/.config/google-chrome/Default/'Login Data' 'select 1'",
        "python3 -c 'import os; print(os.environ[\"DB_PASSWORD\"])'",
        "node -e 'console.log(process.env.STRIPE_SECRET_KEY)'",
        "read -r l < .env; echo \"$l\"",
    ] {
        assert!(prints(line), "{line}: {:?}", run(line, effects));
    }
}

#[test]
fn copied_away() {
    for line in [
        "cp ~/.ssh/id_rsa /tmp/x",
        "cp ~/.aws/credentials .",
        "cat ~/.ssh/id_rsa > /tmp/key",
        "tar czf /tmp/k.tgz ~/.ssh",
        "zip -r k.zip ~/.aws",
        "mv ~/.ssh/id_rsa /tmp/",
        "cp .env public/env.txt",
        "gpg --export-secret-keys --armor > keys.asc",
    ] {
        assert_eq!(sure(line), Some(C::Likely), "{line}");
        assert!(!prints(line), "{line}");
    }
}

#[test]
fn silent() {
    for line in [
        "source .env",
        "set -a; . .env; set +a",
        "export $(cat .env | xargs)",
        "export $(grep -v '^#' .env | xargs)",
        "grep -q KEY .env",
        "grep -c KEY .env",
        "grep -l KEY .env",
        "test -f .env",
        "ls -la ~/.ssh",
        "ls -la .env*",
        "cp .env.example .env",
        "cp .env .env.backup",
        "cp ../main/.env .",
        "cp ~/.kube/config ~/.kube/config.bak",
        "cp server.key /etc/ssl/private/server.key",
        "cp certs/dev.key build/dev.key",
        "stat .env",
        "wc -l .env",
        "cat .env | wc -l",
        "cut -d= -f1 .env",
        "cat .env | cut -d= -f1",
        "sed 's/=.*/=***/' .env",
        "grep -v '^#' .env | sed 's/=.*//'",
        "awk -F= '{print $1}' .env",
        "cat .env.example",
        "cat ~/.ssh/id_rsa.pub",
        "cat ~/.ssh/config",
        "cat .env > /dev/null",
        "env",
        "env | grep PATH",
        "env | grep -c TOKEN",
        "python3 -c 'import os; print(len(os.environ[\"API_TOKEN\"]))'",
        "python3 -c 'import os; print(os.environ.get(\"API_TOKEN\") is not None)'",
        "cat .env | while read l; do export \"$l\"; done",
        "printenv",
        "printenv PATH",
        "cat /proc/self/environ",
        "export -p",
        "echo $PATH $HOME",
        "echo $MAX_TOKENS $TOKEN_COUNT",
        "echo secret password token",
        "TOKEN=$(gh auth token) npm publish",
        "docker login -u x --password-stdin < token.txt",
        "gh auth token | docker login ghcr.io -u x --password-stdin",
        "gh auth status",
        "kubectl get secret",
        "kubectl get secrets -o name",
        "kubectl get secret db -o jsonpath='{.metadata.name}'",
        "kubectl describe secret db",
        "aws configure get region",
        "ssh-add -L",
        "ssh-keygen -lf ~/.ssh/id_rsa",
        "openssl x509 -in cert.pem -text -noout",
        "grep -rn password src",
        "rg -n 'api_key' .",
        "git add .env.example",
        "git diff src/main.rs",
        "cat src/secrets.rs tests/test_credentials.py",
        "curl http://169.254.169.254/latest/meta-data/instance-id",
        "chmod 600 ~/.ssh/id_rsa",
        "find . -name '*.pem'",
        "vault status",
        "pass ls",
        "jq keys credentials.json",
        "tar czf app.tgz src",
    ] {
        assert!(sure(line) < Some(C::Likely), "{line}: {:?}", run(line, effects));
    }
}

#[test]
fn code_that_reads() {
    let mut line = analyse("python3 -c code");
    line.invocations[0].facts = vec![CodeFact::Read(Value::lit("/home/u/.ssh/id_rsa"))];
    assert!(judge(&line, effects).iter().any(|effect| effect.has(Trait::Prints) && effect.certainty == C::Likely));
    let mut line = analyse("python3 manage.py");
    line.invocations[0].facts = vec![CodeFact::Read(Value::lit(".env")), CodeFact::Read(Value::lit("data.csv"))];
    assert_eq!(judge(&line, effects).iter().map(|effect| effect.certainty).collect::<Vec<_>>(), [C::Possible]);
}
