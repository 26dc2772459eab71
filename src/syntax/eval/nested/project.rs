//! Code that the line writes into a project and that its tools compile or run: `cat > conftest.py …; pytest`.
//!
//! Only what the line itself wrote is looked into; which of the files a tool takes is not asked.

use super::content::Content;
use crate::syntax::eval::Eval;
use crate::syntax::eval::state::State;
use crate::syntax::inside::Lang;
use crate::syntax::{Invocation, Value, paths};

/// Files of one line that are looked into for one tool.
const MAX_FILES: usize = 16;

/// What tools run, by the words that make them: the tool, its verbs, and the languages of its files.
struct Tool {
    names: &'static [&'static str],
    /// Any of these among the first words; empty for any words.
    verbs: &'static [&'static str],
    langs: &'static [(Lang, &'static [&'static str])],
}

const PYTHON: (Lang, &[&str]) = (Lang::Python, &["py"]);
const SCRIPT: (Lang, &[&str]) = (Lang::JavaScript, &["js", "mjs", "cjs", "ts", "tsx", "jsx", "mts"]);
const NATIVE: (Lang, &[&str]) = (Lang::C, &["c", "cc", "cpp", "cxx", "h", "hpp"]);
const RUST: (Lang, &[&str]) = (Lang::Rust, &["rs"]);
const GO: (Lang, &[&str]) = (Lang::Go, &["go"]);
const RUBY: (Lang, &[&str]) = (Lang::Ruby, &["rb"]);

const TOOLS: &[Tool] = &[
    Tool {
        names: &["pytest", "py.test", "tox", "nox", "nose2", "behave", "robot", "locust"],
        verbs: &[],
        langs: &[PYTHON],
    },
    Tool {
        names: &["python", "python3"],
        verbs: &["pytest", "unittest", "tox", "nox", "pip", "build", "coverage"],
        langs: &[PYTHON],
    },
    Tool {
        names: &["coverage", "uv", "poetry", "hatch", "pdm", "pip", "pip3"],
        verbs: &["run", "install", "build", "test"],
        langs: &[PYTHON],
    },
    Tool {
        names: &[
            "jest",
            "vitest",
            "mocha",
            "ava",
            "tap",
            "jasmine",
            "karma",
            "cypress",
            "playwright",
            "vite",
            "webpack",
            "rollup",
            "gulp",
            "grunt",
            "eslint",
        ],
        verbs: &[],
        langs: &[SCRIPT],
    },
    Tool {
        names: &["npm", "pnpm", "yarn", "bun", "deno", "node"],
        verbs: &["test", "t", "run", "start", "build", "ci", "install", "i", "--test"],
        langs: &[SCRIPT],
    },
    Tool {
        names: &["cargo"],
        verbs: &["run", "r", "test", "t", "build", "b", "check", "c", "bench", "install", "clippy", "nextest"],
        langs: &[RUST],
    },
    Tool { names: &["go"], verbs: &["run", "test", "generate", "build", "install"], langs: &[GO] },
    Tool {
        names: &[
            "gcc", "g++", "cc", "c++", "clang", "clang++", "tcc", "make", "cmake", "ninja", "meson", "zig", "bazel",
        ],
        verbs: &[],
        langs: &[NATIVE],
    },
    Tool { names: &["rustc"], verbs: &[], langs: &[RUST] },
    Tool { names: &["rspec", "rake", "cucumber", "bundle", "rails"], verbs: &[], langs: &[RUBY] },
];

impl Eval<'_> {
    /// Looks into what the line wrote and a tool of a project runs.
    pub(super) fn project_code(&mut self, st: &State, inv: &Invocation, index: usize) {
        if self.files.is_empty() || inv.remote.is_some() {
            return;
        }
        let (Some(name), Some(cwd)) = (inv.name(), inv.cwd.literal().map(str::to_owned)) else { return };
        let says = |verbs: &[&str]| verbs.is_empty() || inv.words().flatten().take(4).any(|word| verbs.contains(&word));
        let Some(tool) = TOOLS.iter().find(|tool| tool.names.contains(&name) && says(tool.verbs)) else { return };
        let named = |path: &str| inv.words().flatten().any(|word| paths::join(&cwd, word) == path);
        let found: Vec<(String, Lang)> = self
            .files
            .keys()
            .filter(|path| paths::is_within(path, &cwd) || named(path))
            .filter_map(|path| {
                let (_, end) = path.rsplit_once('.')?;
                let (lang, _) = tool.langs.iter().find(|(_, ends)| ends.contains(&end))?;
                Some((path.clone(), *lang))
            })
            .take(MAX_FILES)
            .collect();
        for (path, lang) in found {
            for content in self.contents(st, &path) {
                let Content::Fresh(text, _) = content else { continue };
                let label = format!("{}{path}", super::code::LIBRARY);
                let script = Value::lit(path.as_str());
                self.look(&mut st.clone(), inv, lang, &text, &[], index, true, &label, Some(&script));
            }
        }
    }
}
