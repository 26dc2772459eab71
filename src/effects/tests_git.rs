//! Tables: git and process commands → effects.

use super::tests_files::judge;
use super::tests_world::Fake;

fn world() -> Fake {
    Fake::new(&["=src/", "=src/main.rs", "*src/lib.rs", "target/", "notes/", "notes/a.md", "feature"])
        .text(".git/HEAD", "ref: refs/heads/topic\n")
        .text(".git/refs/heads/feature", "x\n")
        .text(".git/packed-refs", "# pack-refs\nabc refs/remotes/origin/main\nabc refs/heads/v1.2\n")
        .dir(".git")
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
fn discarding() {
    check(&[
        ("git reset --hard", "vcs.discard workspace whole"),
        ("git reset --hard HEAD~3", "vcs.discard workspace whole"),
        ("git -C /home/u/other reset --hard", "vcs.discard home whole"),
        ("git --no-pager -c a=b reset --har", "vcs.discard workspace whole"),
        ("git reset HEAD~1", ""),
        ("git reset --soft HEAD~1", ""),
        ("git reset --keep HEAD~1", "vcs.discard workspace whole keeps-old"),
        ("git reset -- src/main.rs", ""),
        ("git checkout feature", ""),
        ("git checkout v1.2", ""),
        ("git checkout -b new origin/main", ""),
        ("git checkout -", ""),
        ("git checkout -- src/lib.rs", "vcs.discard workspace"),
        ("git checkout -- src/main.rs", "vcs.discard workspace recoverable"),
        ("git checkout src/lib.rs", "vcs.discard workspace"),
        ("git checkout HEAD~1 -- src", "vcs.discard workspace recursive recoverable"),
        ("git checkout origin/main src/lib.rs", "vcs.discard workspace"),
        ("git checkout .", "vcs.discard workspace recursive whole"),
        ("git checkout -- .", "vcs.discard workspace recursive whole"),
        ("git checkout HEAD -- .", "vcs.discard workspace recursive whole"),
        ("git checkout -f", "vcs.discard workspace whole"),
        ("git checkout --force feature", "vcs.discard workspace whole"),
        ("git checkout --theirs .", "vcs.discard workspace recursive"),
        ("git restore src/lib.rs", "vcs.discard workspace"),
        ("git restore .", "vcs.discard workspace recursive whole"),
        ("git restore --staged .", ""),
        ("git restore --staged --worktree .", "vcs.discard workspace recursive whole"),
        ("git restore -SW src/lib.rs", "vcs.discard workspace"),
        ("git switch feature", ""),
        ("git switch --discard-changes feature", "vcs.discard workspace whole"),
        ("git clean -n", ""),
        ("git clean", ""),
        ("git clean -fd", "vcs.discard workspace recursive bulk whole"),
        ("git clean -fdx", "vcs.discard workspace recursive bulk valuable whole"),
        ("git clean -fdxn", ""),
        ("git clean -fd notes", "vcs.discard workspace recursive bulk valuable"),
        ("git clean -fdX target", ""),
        ("git -c clean.requireForce=false clean -d", "vcs.discard workspace recursive bulk whole"),
        ("git stash", ""),
        ("git stash push -m drop", ""),
        ("git stash pop", ""),
        ("git stash drop", "vcs.discard workspace"),
        ("git stash drop stash@{2}", "vcs.discard workspace"),
        ("git stash clear", "vcs.discard workspace whole"),
        ("git rm src/main.rs", "fs.delete workspace recoverable"),
        ("git rm -rf .", "fs.delete workspace recursive whole"),
        ("git rm -r --cached .", ""),
        ("git worktree remove --force ../w", "vcs.discard workspace recursive"),
        ("git worktree remove ../w", ""),
        ("git worktree prune", ""),
        ("git reflog", ""),
        ("git reflog expire --expire=now --all", "vcs.discard workspace whole"),
        ("git gc", ""),
        ("git gc --prune=now", "vcs.discard workspace"),
        ("git checkout-index -fa", "vcs.discard workspace whole"),
        ("git submodule deinit -f .", "vcs.discard workspace"),
        ("git submodule update --init", ""),
    ]);
}

#[test]
fn refs() {
    check(&[
        ("git branch -d topic", "vcs.delete-ref workspace recoverable"),
        ("git branch -D topic", "vcs.delete-ref workspace"),
        ("git branch --delete --force main", "vcs.delete-ref workspace valuable"),
        ("git branch -dr origin/x", "vcs.delete-ref workspace recoverable"),
        ("git branch -m old new", ""),
        ("git branch -f main HEAD~3", "vcs.rewrite workspace valuable"),
        ("git branch -a", ""),
        ("git tag v1", ""),
        ("git tag -d v1", "vcs.delete-ref workspace"),
        ("git tag -a v1 -m delete", ""),
        ("git tag -f v1", "vcs.rewrite workspace recoverable"),
        ("git update-ref -d refs/heads/x", "vcs.delete-ref workspace"),
        ("git remote remove origin", "vcs.delete-ref workspace recoverable"),
        ("git remote add origin x", ""),
        ("git filter-branch --tree-filter x HEAD", "vcs.rewrite workspace whole"),
        ("git filter-repo --path x", "vcs.rewrite workspace whole"),
        ("git filter-repo --analyze", ""),
        ("git push", ""),
        ("git push origin topic", ""),
        ("git push -u origin HEAD", ""),
        ("git push --tags", ""),
        ("git push --force", "vcs.rewrite remote:origin"),
        ("git push -f origin main", "vcs.rewrite remote:origin valuable"),
        ("git push origin +topic", "vcs.rewrite remote:origin"),
        ("git push origin +HEAD:main", "vcs.rewrite remote:origin valuable"),
        ("git push --force-with-lease", "vcs.rewrite remote:origin keeps-old"),
        ("git push --force-with-lease origin topic", "vcs.rewrite remote:origin keeps-old"),
        ("git push --force-with-lease=topic origin main", "vcs.rewrite remote:origin valuable keeps-old"),
        ("git push --force --no-force origin x", ""),
        ("git push --force-with-lease --force origin x", "vcs.rewrite remote:origin"),
        ("git push origin --delete topic", "vcs.delete-ref remote:origin"),
        ("git push origin :topic", "vcs.delete-ref remote:origin"),
        ("git push origin :refs/tags/v1", "vcs.delete-ref remote:origin"),
        ("git push -d origin main", "vcs.delete-ref remote:origin valuable"),
        ("git push --mirror backup", "vcs.rewrite remote:backup whole"),
        ("git push --prune origin", "vcs.delete-ref remote:origin bulk"),
        ("git push -nf origin main", ""),
        ("git push -f origin $B", "vcs.rewrite remote:origin unknown-target"),
        ("git fetch origin +main:main", "vcs.rewrite workspace recoverable"),
        ("git fetch --prune", ""),
        ("git commit --amend --no-edit", ""),
        ("git rebase -i main", ""),
        ("git commit -m 'reset'", ""),
        ("git log --all", ""),
        ("git --version", ""),
        ("git", ""),
    ]);
}

#[test]
fn processes() {
    check(&[
        ("kill 1234", "proc.kill unknown"),
        ("kill -9 1234 5678", "proc.kill unknown"),
        ("kill -9 -1", "proc.kill unknown bulk whole"),
        ("kill -1", "proc.kill unknown bulk whole"),
        ("kill -TERM 1", "proc.kill unknown valuable"),
        ("kill -s KILL -1", "proc.kill unknown bulk whole"),
        ("kill -0 1234", ""),
        ("kill -0 -- -1234", ""),
        ("kill -s 0 1234", ""),
        ("kill -0 -s KILL 1", "proc.kill unknown valuable"),
        ("kill -s 0 -n 9 1", "proc.kill unknown valuable"),
        ("kill -l", ""),
        ("kill %1", "proc.kill unknown"),
        ("kill $!", "proc.kill unknown"),
        ("kill $SERVER_PID", "proc.kill unknown"),
        ("kill $X", "proc.kill unknown unknown-target"),
        ("kill -- -1234", "proc.kill unknown"),
        ("pkill -f vite", "proc.kill unknown"),
        ("pkill -f .", "proc.kill unknown whole"),
        ("pkill -u root", "proc.kill unknown bulk whole"),
        ("pkill -9 node", "proc.kill unknown"),
        ("pkill -KILL sshd", "proc.kill unknown valuable"),
        ("pkill -0 node", ""),
        ("killall node", "proc.kill unknown"),
        ("killall -9 postgres", "proc.kill unknown valuable"),
        ("killall -u u", "proc.kill unknown bulk whole"),
        ("fuser -k 3000/tcp", "proc.kill unknown"),
        ("fuser -km /mnt/x", "proc.kill unknown bulk whole"),
        ("fuser 3000/tcp", ""),
        ("xkill", "proc.kill unknown"),
        ("shutdown -h now", "sys.power system"),
        ("shutdown -c", ""),
        ("reboot", "sys.power system"),
        ("init 0", "sys.power system"),
        ("init 3", ""),
        ("systemctl poweroff", "sys.power system"),
        ("systemctl status nginx", ""),
        ("systemctl isolate rescue.target", "sys.power system"),
        ("loginctl terminate-user u", "proc.kill unknown bulk whole"),
        ("taskkill /F /IM node.exe", "proc.kill unknown"),
    ]);
}
