//! A report as SARIF 2.1.0, the form that code hosts show next to the lines.
//! See <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::report::{Fault, Region, Report};
use crate::policy::verdict::MatchOut;
use crate::policy::{Decision, Severity};

/// The log; paths are relative to the current folder or absolute.
#[must_use]
pub fn log(report: &Report) -> Value {
    let mut rules: BTreeMap<&str, &MatchOut> = BTreeMap::new();
    for found in all(report).map(|(_, found, _)| found) {
        rules.entry(&found.rule).or_insert(found);
    }
    let results: Vec<Value> = all(report).map(|(path, found, place)| result(&rules, path, found, place)).collect();
    let mut run = json!({
        "tool": {"driver": {
            "name": "wardsh",
            "version": env!("CARGO_PKG_VERSION"),
            "informationUri": env!("CARGO_PKG_REPOSITORY"),
            "rules": rules.values().map(|found| rule(found)).collect::<Vec<_>>(),
        }},
        "columnKind": "unicodeCodePoints",
        "results": results,
    });
    if !report.errors.is_empty() {
        run["invocations"] = json!([{
            "executionSuccessful": false,
            "toolExecutionNotifications": report.errors.iter().map(notification).collect::<Vec<_>>(),
        }]);
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    })
}

/// Every match that is more than an allowance, with its file and place.
fn all(report: &Report) -> impl Iterator<Item = (&str, &MatchOut, Region)> {
    report.files.iter().flat_map(|file| {
        file.commands.iter().flat_map(|command| {
            let pairs = command.verdict.matches.iter().zip(&command.places);
            let told = pairs.filter(|(found, _)| found.decision > Decision::Allow);
            told.map(|(found, place)| (file.path.as_str(), found, *place))
        })
    })
}

fn rule(found: &MatchOut) -> Value {
    let score = match found.severity {
        Severity::Low => "3.0",
        Severity::Medium => "5.5",
        Severity::High => "8.0",
        Severity::Critical => "9.5",
    };
    let mut rule = json!({
        "id": found.rule,
        "shortDescription": {"text": found.because},
        "defaultConfiguration": {"level": level(found.decision)},
        "properties": {"security-severity": score, "tags": ["security"]},
    });
    if !found.instead.is_empty() {
        rule["help"] = json!({"text": found.instead});
    }
    rule
}

fn result(rules: &BTreeMap<&str, &MatchOut>, path: &str, found: &MatchOut, place: Region) -> Value {
    let index = rules.keys().position(|id| *id == found.rule).unwrap_or(0);
    let mut message = found.because.clone();
    if !found.instead.is_empty() {
        message.push_str(" Instead: ");
        message.push_str(&found.instead);
    }
    json!({
        "ruleId": found.rule,
        "ruleIndex": index,
        "level": level(found.decision),
        "message": {"text": message},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(path)},
            "region": {
                "startLine": place.line,
                "startColumn": place.column,
                "endLine": place.end_line,
                "endColumn": place.end_column,
            },
        }}],
    })
}

fn notification(fault: &Fault) -> Value {
    let mut location = json!({"artifactLocation": {"uri": uri(&fault.path)}});
    if let Some(line) = fault.line.filter(|line| *line > 0) {
        location["region"] = json!({"startLine": line, "startColumn": fault.column.unwrap_or(1).max(1)});
    }
    json!({
        "level": "error",
        "message": {"text": fault.message},
        "locations": [{"physicalLocation": location}],
    })
}

fn level(decision: Decision) -> &'static str {
    match decision {
        Decision::Deny => "error",
        Decision::Ask => "warning",
        Decision::Warn | Decision::Allow => "note",
    }
}

/// A path as a URI reference, RFC 3986: relative paths stay relative.
fn uri(path: &str) -> String {
    let bytes = crate::syntax::bytes::encode(path);
    let bytes = bytes.strip_prefix(b"./").unwrap_or(&bytes);
    let mut out = String::from(if bytes.starts_with(b"/") { "file://" } else { "" });
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Actor, Verdict};
    use crate::scan::report::{FileReport, judged};
    use crate::scan::{Kind, Lines, commands};

    /// A report on one file where every command is refused for one reason.
    fn report(path: &str, text: &str) -> Report {
        let lines = Lines::of(text);
        let commands = commands(Kind::Docker, path, text).unwrap();
        let verdict = |text: &str| Verdict::failed(text, "/w", &Actor::default());
        let commands = commands.iter().map(|command| judged(&lines, command, verdict(command.text.as_str()))).collect();
        let errors = vec![Fault { path: "b.yml".to_owned(), line: Some(2), column: Some(3), message: "no".to_owned() }];
        Report { v: 1, files: vec![FileReport { path: path.to_owned(), commands }], errors }
    }

    #[test]
    fn a_log_names_rules_places_and_faults() {
        let mut log = log(&report("./a b/é.Dockerfile", "FROM x\nRUN é \\\n  && b\n"));
        log["runs"][0]["tool"]["driver"]["version"] = "X".into();
        insta::assert_json_snapshot!(log, @r#"
        {
          "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
          "runs": [
            {
              "columnKind": "unicodeCodePoints",
              "invocations": [
                {
                  "executionSuccessful": false,
                  "toolExecutionNotifications": [
                    {
                      "level": "error",
                      "locations": [
                        {
                          "physicalLocation": {
                            "artifactLocation": {
                              "uri": "b.yml"
                            },
                            "region": {
                              "startColumn": 3,
                              "startLine": 2
                            }
                          }
                        }
                      ],
                      "message": {
                        "text": "no"
                      }
                    }
                  ]
                }
              ],
              "results": [
                {
                  "level": "error",
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "a%20b/%C3%A9.Dockerfile"
                        },
                        "region": {
                          "endColumn": 7,
                          "endLine": 3,
                          "startColumn": 5,
                          "startLine": 2
                        }
                      }
                    }
                  ],
                  "message": {
                    "text": "wardsh failed while it judged this line, so the line is not run. Instead: Write it in another way, and report the line as a fault of wardsh."
                  },
                  "ruleId": "guard.failed",
                  "ruleIndex": 0
                }
              ],
              "tool": {
                "driver": {
                  "informationUri": "https://github.com/wardsh/wardsh",
                  "name": "wardsh",
                  "rules": [
                    {
                      "defaultConfiguration": {
                        "level": "error"
                      },
                      "help": {
                        "text": "Write it in another way, and report the line as a fault of wardsh."
                      },
                      "id": "guard.failed",
                      "properties": {
                        "security-severity": "9.5",
                        "tags": [
                          "security"
                        ]
                      },
                      "shortDescription": {
                        "text": "wardsh failed while it judged this line, so the line is not run."
                      }
                    }
                  ],
                  "version": "X"
                }
              }
            }
          ],
          "version": "2.1.0"
        }
        "#);
    }

    #[test]
    fn paths_become_references() {
        let table = [("./a/b.sh", "a/b.sh"), ("/w/a#1", "file:///w/a%231"), ("a:b c", "a%3Ab%20c"), ("é", "%C3%A9")];
        for (path, want) in table {
            assert_eq!(uri(path), want);
        }
    }
}
