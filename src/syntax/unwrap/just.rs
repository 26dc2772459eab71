//! just: the recipes that a justfile names. See <https://just.systems/man/en>.

use super::options::walk;
use super::words::{as_text, join};
use super::{Cx, Step};
use crate::syntax::{Arg, Origin, Value};
use std::collections::HashSet;

/// Larger files are not read.
const MOST_BYTES: usize = 256 * 1024;
/// Lines that one `just` may yield.
const MOST_LINES: usize = 200;

pub(super) fn steps(cx: &Cx<'_>) -> Option<Vec<Step>> {
    (cx.name == "just").then(|| just(cx))
}

/// One recipe of a justfile.
#[derive(Debug, Default)]
struct Recipe {
    name: String,
    /// Parameters and their defaults.
    params: Vec<(String, Option<String>)>,
    needs: Vec<String>,
    lines: Vec<String>,
    /// Another name for what it needs.
    is_alias: bool,
}

fn just(cx: &Cx<'_>) -> Vec<Step> {
    const OPTS: &str = "f,justfile= d,working-directory= n,dry-run l,list summary show,s? dump evaluate? e,edit \
        init choose \
        fmt check set== shell= shell-arg= q,quiet v,verbose color= dotenv-path= dotenv-filename= tempdir= u,unsorted \
        variables groups help,h V,version c,command= yes no-deps one g,global-justfile completions=";
    let found = walk(cx.args(), 0, OPTS);
    if found.has("n l summary show dump evaluate e init choose fmt variables groups help V completions") {
        return Vec::new();
    }
    if let Some(command) = found.opts.iter().find(|opt| opt.name == "c") {
        // All words behind it are the command's, options too.
        let first = command.value.clone().map(|value| Arg { value, span: command.span });
        let at = cx.args().iter().position(|arg| command.span.end <= arg.span.start).unwrap_or(cx.args().len());
        let words: Vec<Arg> =
            first.into_iter().chain(cx.args().get(at..).unwrap_or_default().iter().cloned()).collect();
        return Cx::words("just --command", &words).into_iter().collect();
    }
    let dir = found.value("d").map_or_else(|| cx.inv.cwd.literal().map(str::to_owned), |dir| cx.path(dir));
    let Some((folder, text)) = justfile(cx, found.value("f"), dir) else { return Vec::new() };
    let (recipes, mut vars) = read_justfile(&text);
    let mut words = cx.args().get(found.next..).unwrap_or_default();
    while let Some((name, value)) = words.first().and_then(|arg| arg.value.literal()?.split_once('=')) {
        vars.push((name.to_owned(), value.to_owned()));
        words = words.get(1..).unwrap_or_default();
    }
    let mut run = Run { cx, recipes: &recipes, vars: &vars, folder: &folder, seen: HashSet::new(), steps: Vec::new() };
    if words.is_empty()
        && let Some(first) = recipes.iter().find(|recipe| !recipe.is_alias)
    {
        run.recipe(first, &[], 0);
    }
    while let Some((name, rest)) = words.split_first() {
        let Some(recipe) = recipes.iter().find(|recipe| name.value.is(&recipe.name)) else { break };
        let target = recipe.needs.first().filter(|_| recipe.is_alias);
        let shape = target.and_then(|name| recipes.iter().find(|recipe| recipe.name == *name)).unwrap_or(recipe);
        let variadic = shape.params.iter().any(|(name, _)| name.starts_with(['*', '+']));
        let count = if variadic { rest.len() } else { shape.params.len().min(rest.len()) };
        let (args, behind) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        run.recipe(recipe, args, 0);
        words = behind;
    }
    run.steps
}

fn justfile(cx: &Cx<'_>, given: Option<&Value>, dir: Option<String>) -> Option<(String, String)> {
    let read = |path: &str| cx.world.read(path, MOST_BYTES).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    if let Some(file) = given {
        let path = cx.path(file)?;
        let text = read(&path)?;
        return Some((path.rsplit_once('/').map_or("/", |(folder, _)| folder).to_owned(), text));
    }
    let mut at = dir?;
    for _ in 0..32 {
        for name in ["justfile", "Justfile", ".justfile", "JUSTFILE"] {
            if let Some(text) = read(&format!("{}/{name}", at.trim_end_matches('/'))) {
                return Some((at, text));
            }
        }
        at.truncate(at.rfind('/').filter(|&slash| slash > 0)?);
    }
    None
}

/// Recipes in order (aliases as recipes without lines), and plain variables.
fn read_justfile(text: &str) -> (Vec<Recipe>, Vec<(String, String)>) {
    let mut recipes: Vec<Recipe> = Vec::new();
    let mut vars = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with([' ', '\t']) {
            if let (true, Some(recipe)) = (inside, recipes.last_mut()) {
                match recipe.lines.last_mut().filter(|last| last.ends_with('\\')) {
                    Some(last) => {
                        last.pop();
                        last.push_str(line.trim_start());
                    }
                    None => recipe.lines.push(line.trim().to_owned()),
                }
            }
            continue;
        }
        let line = line.split(" #").next().unwrap_or(line).trim_end();
        if line.is_empty() || line.starts_with(['#', '[']) {
            continue;
        }
        inside = false;
        if let Some((name, value)) = line.split_once(":=") {
            let name = name.trim().trim_start_matches("export ").trim();
            let value = value.trim();
            if let Some(target) = name.strip_prefix("alias ") {
                recipes.push(Recipe {
                    name: target.trim().into(),
                    needs: vec![value.into()],
                    is_alias: true,
                    ..Recipe::default()
                });
            } else if let Some(value) = plain(value) {
                vars.push((name.to_owned(), value));
            }
        } else if let Some((head, needs)) = split_head(line) {
            inside = true;
            let mut words = head.trim_start_matches('@').split_whitespace();
            let name = words.next().unwrap_or("").to_owned();
            let params = words.map(parameter).collect();
            let needs = needs.replace(['(', ')', '&'], " ");
            recipes.push(Recipe {
                name,
                params,
                needs: needs.split_whitespace().map(str::to_owned).collect(),
                ..Recipe::default()
            });
        }
    }
    (recipes, vars)
}

/// `name params: needs`, the colon outside of quotes.
fn split_head(line: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, ':') => return Some((line.get(..at)?, line.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

fn parameter(word: &str) -> (String, Option<String>) {
    match word.split_once('=') {
        Some((name, default)) => (name.to_owned(), plain(default)),
        None => (word.to_owned(), None),
    }
}

/// A string without interpolation, quotes taken off.
fn plain(value: &str) -> Option<String> {
    let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inner = value.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inner.contains(quote)).then(|| inner.to_owned())
}

/// The walk over recipes.
struct Run<'a> {
    cx: &'a Cx<'a>,
    recipes: &'a [Recipe],
    vars: &'a [(String, String)],
    folder: &'a str,
    seen: HashSet<&'a str>,
    steps: Vec<Step>,
}

impl<'a> Run<'a> {
    /// A recipe with what it needs first; what is needed by several runs once.
    fn recipe(&mut self, recipe: &'a Recipe, args: &[Arg], depth: usize) {
        for need in &recipe.needs {
            let Some(needed) = self.recipes.iter().find(|recipe| recipe.name == *need) else { continue };
            if depth < 12 && self.seen.insert(&needed.name) {
                self.recipe(needed, if recipe.is_alias { args } else { &[] }, depth + 1);
            }
        }
        let first = recipe.lines.first().filter(|line| line.starts_with("#!"));
        let texts: Vec<String> = match first {
            Some(shebang) if shebang.contains("sh") && !shebang.contains("fish") => vec![recipe.lines.join("\n")],
            Some(_) => Vec::new(),
            None => recipe.lines.iter().map(|line| line.trim_start_matches(['@', '-']).to_owned()).collect(),
        };
        for text in texts.iter().filter(|text| !text.trim().is_empty()) {
            if self.steps.len() >= MOST_LINES {
                return;
            }
            let text = interpolated(text, &|name| self.known(recipe, args, name));
            let mut step = Cx::shell(format!("just {}", recipe.name), &text, self.cx.inv.span);
            step.chdir = (self.cx.inv.cwd.literal() != Some(self.folder)).then(|| Value::lit(self.folder));
            self.steps.push(step);
        }
    }

    /// What a name in `{{…}}` stands for: a parameter, else a variable of the file.
    fn known(&self, recipe: &Recipe, args: &[Arg], name: &str) -> Option<Value> {
        let is_meant = |param: &str| param.trim_start_matches(['*', '+', '$']) == name;
        let Some(at) = recipe.params.iter().position(|(param, _)| is_meant(param)) else {
            return self.vars.iter().rev().find(|(var, _)| var == name).map(|(_, value)| Value::lit(value.as_str()));
        };
        let (param, default) = recipe.params.get(at)?;
        let default = default.clone().map(Value::lit);
        if param.starts_with(['*', '+']) {
            let rest = args.get(at..).filter(|rest| !rest.is_empty());
            return rest.map(join).or(default).or(Some(Value::default()));
        }
        args.get(at).map(|arg| as_text(&arg.value)).or(default)
    }
}

/// Puts `{{name}}` in; what is not a plain name stays unknown.
fn interpolated(text: &str, known: &dyn Fn(&str) -> Option<Value>) -> Value {
    let mut out = Value::default();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{") {
        out.push_lit(before);
        let (name, after) = behind.split_once("}}").unwrap_or((behind, ""));
        let name = name.trim();
        match known(name) {
            Some(value) => out.push_value(&value),
            None => out.push_value(&Value::unknown(Origin::Variable(name.to_owned()))),
        }
        rest = after;
    }
    out.push_lit(rest);
    out
}
