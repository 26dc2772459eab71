//! Code that the line writes into a project and that its tools compile or run: `cat > conftest.py …; pytest`, and files
//! that hold commands (`manifest.rs`).
//!
//! Only what the line itself wrote is looked into; which of the files a tool takes is not asked.

use super::content::Content;
use super::manifest::{self, How, MANIFESTS};
use crate::syntax::eval::redirects::Redirects;
use crate::syntax::eval::simple::Call;
use crate::syntax::eval::state::State;
use crate::syntax::eval::{Eval, MAX_LEVEL};
use crate::syntax::inside::Lang;
use crate::syntax::{Arg, Invocation, Value, paths};

/// Files of one line that are looked into for one tool.
const MAX_FILES: usize = 16;

/// What tools run, by the words that make them: the tool, its verbs, and the languages of its files; words stand with blanks
/// between them.
struct Tool {
    names: &'static str,
    /// Any of these among the first words; empty for any words.
    verbs: &'static str,
    langs: &'static [(Lang, &'static [&'static str])],
}

const PYTHON: (Lang, &[&str]) = (Lang::Python, &["py"]);
const SCRIPT: (Lang, &[&str]) = (Lang::JavaScript, &["js", "mjs", "cjs", "ts", "tsx", "jsx", "mts"]);
const NATIVE: (Lang, &[&str]) = (Lang::C, &["c", "cc", "cpp", "cxx", "h", "hpp"]);
const RUST: (Lang, &[&str]) = (Lang::Rust, &["rs"]);
const GO: (Lang, &[&str]) = (Lang::Go, &["go"]);
const RUBY: (Lang, &[&str]) = (Lang::Ruby, &["rb"]);
const PERL: (Lang, &[&str]) = (Lang::Perl, &["pl", "pm", "t"]);
const PHP: (Lang, &[&str]) = (Lang::Php, &["php", "inc"]);

const TOOLS: &[Tool] = &[
    Tool { names: "pytest py.test tox nox nose2 behave robot locust", verbs: "", langs: &[PYTHON] },
    Tool { names: "python python3", verbs: "", langs: &[PYTHON] },
    Tool { names: "coverage uv poetry hatch pdm pip pip3", verbs: "run install build test", langs: &[PYTHON] },
    Tool {
        names: "jest vitest mocha ava tap jasmine karma cypress playwright vite webpack rollup gulp grunt \
            eslint next nuxt nuxi astro remix gatsby svelte-kit vue-cli-service ng expo rspack rsbuild \
            parcel esbuild tsup storybook tailwindcss postcss babel prettier stylelint commitlint \
            semantic-release lint-staged drizzle-kit knex sequelize typeorm prisma hardhat truffle electron \
            electron-builder wrangler nyc c8 stryker testcafe wdio nightwatch codeceptjs hexo eleventy \
            docusaurus vuepress vitepress",
        verbs: "",
        langs: &[SCRIPT],
    },
    Tool { names: "npm pnpm yarn bun deno node tsx ts-node nodemon pm2", verbs: "", langs: &[SCRIPT] },
    Tool { names: "cargo", verbs: "run r test t build b check c bench install clippy nextest", langs: &[RUST] },
    Tool { names: "go", verbs: "run test generate build install", langs: &[GO] },
    Tool { names: "gcc g++ cc c++ clang clang++ tcc make cmake ninja meson zig bazel", verbs: "", langs: &[NATIVE] },
    Tool { names: "perl prove", verbs: "", langs: &[PERL] },
    Tool { names: "php phpunit composer", verbs: "", langs: &[PHP] },
    Tool {
        names: "torchrun accelerate streamlit invoke fab scons doit uvicorn gunicorn flask celery ipython",
        verbs: "",
        langs: &[PYTHON],
    },
    Tool { names: "rustc", verbs: "", langs: &[RUST] },
    Tool { names: "ruby rspec rake cucumber bundle rails", verbs: "", langs: &[RUBY] },
];

/// A bit for each name of a tool in the tables, by its length and three of its letters; several may share one.
static KNOWN: [u64; 32] = {
    let mut marks = [0; 32];
    let mut at = 0;
    while at < TOOLS.len() {
        marks = marked(marks, TOOLS[at].names.as_bytes());
        at += 1;
    }
    at = 0;
    while at < MANIFESTS.len() {
        marks = marked(marks, MANIFESTS[at].tools.as_bytes());
        at += 1;
    }
    marks
};

/// Adds names with blanks between them.
const fn marked(mut marks: [u64; 32], names: &[u8]) -> [u64; 32] {
    let (mut start, mut at) = (0, 0);
    while at <= names.len() {
        if at == names.len() || names[at] == b' ' {
            if at > start {
                let length = at - start;
                let mark = mark(names[start], names[start + length / 2], names[at - 1], length);
                marks[mark / 64] |= 1 << (mark % 64);
            }
            start = at + 1;
        }
        at += 1;
    }
    marks
}

/// A name's place, by its length and three of its letters.
const fn mark(first: u8, middle: u8, last: u8, length: usize) -> usize {
    (first as usize * 37 + middle as usize * 7 + last as usize * 101 + length * 257) % 2048
}

/// Says whether the tables may have a tool of this name: false only where they do not.
fn may_be_tool(name: &str) -> bool {
    let name = name.as_bytes();
    let (Some(first), Some(last)) = (name.first(), name.last()) else { return false };
    let mark = mark(*first, name.get(name.len() / 2).copied().unwrap_or(0), *last, name.len());
    KNOWN.get(mark / 64).is_some_and(|marks| marks >> (mark % 64) & 1 != 0)
}

/// Tools that read code and run none of it, besides what configures them.
const LINTERS: &str = "eslint prettier stylelint commitlint tailwindcss postcss babel esbuild";
/// Modules of python that read code and run none of it.
const READERS: &str = "py_compile compileall ast tokenize tabnanny black ruff isort flake8 mypy pylint pyflakes pyright \
    pycodestyle autopep8 yapf vulture bandit radon json.tool";

/// `python3 -m py_compile x.py`, `node --check x.js`, `php -l x.php`.
fn only_reads(name: &str, inv: &Invocation) -> bool {
    let words = || inv.words().map(Option::unwrap_or_default);
    match name {
        "python" | "python3" => words()
            .zip(words().skip(1))
            .next()
            .is_some_and(|(option, module)| option == "-m" && READERS.split(' ').any(|known| known == module)),
        "node" => matches!(words().next(), Some("--check" | "-c")),
        "php" => matches!(words().next(), Some("-l" | "--syntax-check")),
        "ruby" => words().next() == Some("-c"),
        _ => false,
    }
}

impl Eval<'_> {
    /// `git -c core.hooksPath=DIR commit`, `git config core.hooksPath DIR`: hooks that the line itself wrote.
    fn hooks(&mut self, st: &State, inv: &Invocation) {
        let mut words = inv.args.iter().map(|arg| &arg.value);
        let mut folder = None;
        while let Some(word) = words.next() {
            if word.prefix().eq_ignore_ascii_case("core.hookspath") {
                folder = words.next().cloned();
            } else if word.prefix().get(..15).is_some_and(|front| front.eq_ignore_ascii_case("core.hookspath=")) {
                let front = word.prefix().get(..15).unwrap_or_default().to_owned();
                folder = super::written::behind(word, &front);
            }
        }
        // `husky` has put its own folder into the configuration long ago.
        let standing = Value::lit(".husky");
        let folders: Vec<String> =
            [folder, Some(standing)].into_iter().flatten().filter_map(|folder| self.key(st, &folder)).collect();
        let hooks: Vec<String> = self
            .files
            .keys()
            .filter(|path| folders.iter().any(|folder| paths::is_within(path, folder)))
            .take(MAX_FILES)
            .cloned()
            .collect();
        for hook in hooks {
            let call = Call {
                args: vec![Arg::lit(hook, inv.span)],
                assigns: Vec::new(),
                redirects: Redirects::default(),
                span: inv.span,
            };
            let mut inner = st.clone();
            inner.via.push("git hook".to_owned());
            inner.level += 1;
            if inner.level <= MAX_LEVEL {
                self.dispatch(&mut inner, call);
            }
        }
    }

    /// Looks into what the line wrote and a tool of a project runs.
    pub(super) fn project_code(&mut self, st: &State, inv: &Invocation, index: usize) {
        // A file that is being looked into is not looked into again for what it starts.
        let inside = st.via.iter().any(|via| via.starts_with(super::code::LIBRARY));
        if self.files.is_empty() || inv.remote.is_some() || inside {
            return;
        }
        if inv.name() == Some("git") {
            self.hooks(st, inv);
        }
        if !inv.name().is_some_and(may_be_tool) {
            return;
        }
        self.manifests(st, inv, index);
        let (Some(name), Some(cwd)) = (inv.name(), inv.cwd.literal().map(str::to_owned)) else { return };
        let lists = |list: &str, word: &str| list.split(' ').any(|known| known == word);
        let says = |verbs: &str| verbs.is_empty() || inv.words().flatten().take(4).any(|word| lists(verbs, word));
        let Some(tool) = TOOLS.iter().find(|tool| lists(tool.names, name) && says(tool.verbs)) else { return };
        if only_reads(name, inv) {
            return;
        }
        // Of a linter's files only those that configure it run.
        let linter = lists(LINTERS, name);
        let runs = |path: &str| {
            let file = path.rsplit('/').next().unwrap_or_default();
            !linter || file.starts_with('.') || file.contains("config") || file.contains("plugin")
        };
        let named = |path: &str| inv.words().flatten().any(|word| paths::join(&cwd, word) == path);
        let found: Vec<(String, Lang)> = self
            .files
            .keys()
            .filter(|path| (paths::is_within(path, &cwd) || named(path)) && runs(path))
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
                let text = super::code::code_text(&text);
                self.look(&mut st.clone(), inv, lang, &text, &[], index, true, &label, Some(&script));
            }
        }
    }

    /// Looks into files that hold commands, where the line wrote one and runs a tool that takes it.
    fn manifests(&mut self, st: &State, inv: &Invocation, index: usize) {
        let Some(name) = inv.name() else { return };
        for held in MANIFESTS.iter().filter(|held| held.is_for(name)) {
            let words: Vec<&str> = inv.words().flatten().collect();
            let mut paths: Vec<String> =
                held.named(&words).into_iter().filter_map(|word| self.key(st, &Value::lit(word))).collect();
            paths.retain(|path| self.files.contains_key(path));
            paths.extend(self.files.keys().filter(|path| held.holds(path)).take(MAX_FILES).cloned());
            paths.dedup();
            for path in paths {
                for content in self.contents(st, &path) {
                    let Content::Fresh(text, _) = content else { continue };
                    let text = super::code::code_text(&text);
                    self.manifest(st, inv, index, held.how, &path, &text);
                }
            }
        }
    }

    /// Judges what one file of commands would run. Its other lines are no commands: what is not clear in them says nothing.
    fn manifest(&mut self, st: &State, inv: &Invocation, index: usize, how: How, path: &str, text: &str) {
        if let How::Code(lang) = how {
            let label = format!("{}{path}", super::code::LIBRARY);
            return self.look(&mut st.clone(), inv, lang, text, &[], index, true, &label, Some(&Value::lit(path)));
        }
        for command in manifest::commands(how, text) {
            let mut inner = st.clone();
            inner.quiet = true;
            inner.params = Some(Vec::new());
            let label = format!("commands of {path}");
            let command = super::code::restore_unknown(&command);
            self.in_process(&mut inner, |eval, inner| eval.nested_text(inner, &command, inv.span, &label, &[]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tool_of_the_tables_is_passed_over() {
        let names = TOOLS.iter().map(|tool| tool.names).chain(MANIFESTS.iter().map(|held| held.tools));
        for name in names.flat_map(|names| names.split_whitespace()) {
            assert!(may_be_tool(name), "{name}");
        }
        assert!(!may_be_tool("") && !may_be_tool("ls") && !may_be_tool("echo"));
    }
}
