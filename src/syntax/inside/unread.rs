//! Languages that nobody reads here: their texts, where the code starts programs or deletes.

use super::{CodeFact, Look, Run};
use crate::syntax::Value;

/// Names by which code starts programs.
const STARTS: &[&str] = &[
    "system",
    "exec",
    "process",
    "shell",
    "spawn",
    "os:cmd",
    "popen",
    "run-program",
    "\".!",
    "run(",
    "sh(",
    "qx",
    "cmd(",
];
/// Names by which code deletes.
const DELETES: &[&str] = &[
    "delete-file",
    "delete-directory",
    "delete_file",
    "deletefile",
    "removefile",
    "removedirectory",
    "remove_file",
    "rm_rf",
    "rm_r",
    "unlink",
    "removeitem",
    "deleterecursively",
    "removeall",
    "file:delete",
    "del_dir",
    "deletetree",
    "removepathforcibly",
    "delete-tree",
    "rmdir",
    "rmtree",
    "file.delete",
    "files.delete",
];
/// … with all that is below.
const TREES: &[&str] = &[
    "delete-directory",
    "rm_r",
    "recursive",
    "removedirectoryrecursive",
    "removepathforcibly",
    "tree",
    "del_dir_r",
    "removeitem",
    "removeall",
];

/// How many texts are looked at.
const MAX_TEXTS: usize = 64;

/// Looks into code of which only the texts are understood.
pub(super) fn look(code: &str) -> Look {
    let mut look = Look::default();
    let lower = code.to_lowercase();
    let holds = |names: &[&str]| names.iter().any(|name| lower.contains(name));
    let (starts, deletes) = (holds(STARTS), holds(DELETES));
    if !starts && !deletes {
        return look;
    }
    for text in texts(code).into_iter().take(MAX_TEXTS).filter(|text| !text.trim().is_empty()) {
        if deletes && !text.contains(' ') {
            look.facts.push(CodeFact::Delete { path: Value::lit(text.as_str()), recursive: holds(TREES) });
        }
        if starts {
            look.runs.push(Run::Shell(Value::lit(text)));
        }
    }
    look
}

/// What stands between double quotes, or between backticks.
fn texts(code: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut chars = code.chars();
    while let Some(mark) = chars.by_ref().find(|letter| matches!(letter, '"' | '`')) {
        let mut text = String::new();
        while let Some(letter) = chars.next() {
            match letter {
                '\\' => text.extend(chars.next()),
                _ if letter == mark => break,
                _ => text.push(letter),
            }
        }
        out.push(text);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_beside_a_start_or_a_deletion() {
        for code in
            ["import sys.process._; \"rm -rf a\".!", "os:cmd(\"rm -rf a\").", "System.Process.system \"rm -rf a\""]
        {
            assert_eq!(look(code).runs, [Run::Shell(Value::lit("rm -rf a"))], "{code}");
        }
        let deleted = look("(delete-directory \"src\" t)").facts;
        assert_eq!(deleted, [CodeFact::Delete { path: Value::lit("src"), recursive: true }]);
        for code in ["println(\"rm -rf a\")", "(message \"hello\")", "1 + 1"] {
            assert!(look(code).runs.is_empty() && look(code).facts.is_empty(), "{code}");
        }
    }
}
